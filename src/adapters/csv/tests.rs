#![allow(clippy::unwrap_used)]

use super::CsvRows;
use super::decode;
use crate::adapters::EncodeError;
use crate::adapters::Limits;
use crate::adapters::tests::bare;
use crate::document::At;
use crate::document::Charset;
use crate::document::CsvWire;
use crate::document::Fault;
use crate::document::Lang;
use crate::document::NO_END;
use crate::document::Node;
use crate::document::Place;
use crate::document::Value;
use crate::document::Wire;
use proptest::prelude::*;

fn utf_8() -> CsvWire {
    CsvWire::default()
}

fn windows() -> CsvWire {
    CsvWire {
        encoding: Charset::Windows1252,
        ..CsvWire::default()
    }
}

fn code(bytes: &[u8], wire: &CsvWire) -> Option<String> {
    let faults = decode(bytes, wire, &Limits::default()).err()?;
    Some(faults[0].code.to_string())
}

fn encode(root: &Node, wire: &CsvWire) -> Result<Vec<u8>, EncodeError> {
    super::encode(root, wire, 0)
}

#[test]
fn rows_are_read_as_they_are() {
    for (csv, tree) in [
        ("a;b\n1;2\n", r#"[["a","b"],["1","2"]]"#),
        ("a;b\r\n1;2", r#"[["a","b"],["1","2"]]"#),
        ("a\r1\r", r#"[["a"],["1"]]"#),
        (
            "a;b;\n1\n1;2;3;4\n",
            r#"[["a","b",""],["1"],["1","2","3","4"]]"#,
        ),
        ("\"a;\"\"b\"\"\";\"x\r\ny\"\n", r#"[["a;\"b\"","x\r\ny"]]"#),
        ("a \"b\" c; \"d\"\n", r#"[["a \"b\" c"," \"d\""]]"#),
        ("a\n\n\nb\n\n\n", r#"[["a"],[],[],["b"]]"#),
        ("\"\"\n;\n", r#"[[""],["",""]]"#),
        ("\"\"\"\"", r#"[["\""]]"#),
        ("\u{FEFF}naam\nx", r#"[["naam"],["x"]]"#),
        (
            "=1+1;+31612345678;-5;@x\n",
            r#"[["=1+1","+31612345678","-5","@x"]]"#,
        ),
    ] {
        let document = decode(csv.as_bytes(), &utf_8(), &Limits::default()).unwrap();
        assert_eq!(bare(&document.root), tree, "{csv:?}");
    }
}

#[test]
fn row_numbers_are_those_a_spreadsheet_shows() {
    let csv = "a;b\n\n\"x\ny\";z\n1;2\n";
    let document = decode(csv.as_bytes(), &utf_8(), &Limits::default()).unwrap();
    let rows = document.root.items();
    assert_eq!(rows[2].items()[1].at, At::new(3, 2));
    assert_eq!(rows[3].at, At::new(4, 1));
}

#[test]
fn encodings_are_read_as_agreed_or_refused() {
    let cases: [(&[u8], &CsvWire, Result<&str, &str>); 11] = [
        (b"caf\xE9;\x80\n", &windows(), Ok(r#"[["café","€"]]"#)),
        ("café\n".as_bytes(), &utf_8(), Ok(r#"[["café"]]"#)),
        (b"caf\xE9;b\n", &utf_8(), Ok(r#"[[!tekenset,"b"]]"#)),
        // UTF-8 sent where Windows-1252 was agreed would be stored as `cafÃ©`.
        ("café\n".as_bytes(), &windows(), Err("bestand.tekenset")),
        (
            b"\xEF\xBB\xBFcaf\xC3\xA9\n",
            &windows(),
            Ok(r#"[["café"]]"#),
        ),
        (b"caf\xC3\xA9;\xE9\n", &windows(), Ok(r#"[["cafÃ©","é"]]"#)),
        (b"a\x81;b\n", &windows(), Ok(r#"[[!tekenset,"b"]]"#)),
        (b"\xFF\xFEa\0;\0", &utf_8(), Err("bestand.tekenset")),
        (b"\xFF\xFEa\0;\0", &windows(), Err("bestand.tekenset")),
        (b"a\0b;b\n", &utf_8(), Ok(r#"[[!U+0000,"b"]]"#)),
        (b"\xEF\xBB\xBF", &utf_8(), Err("bestand.leeg")),
    ];
    for (bytes, wire, expected) in cases {
        let outcome = decode(bytes, wire, &Limits::default());
        let outcome = outcome.map(|document| bare(&document.root));
        let outcome = outcome.map_err(|faults| faults[0].code.to_string());
        let expected = expected.map(str::to_owned).map_err(str::to_owned);
        assert_eq!(outcome, expected, "{bytes:?}");
    }
}

#[test]
fn a_few_bytes_of_another_encoding_are_the_matter_of_their_own_cell() {
    let tree = |bytes: &[u8], wire: &CsvWire| {
        let document = decode(bytes, wire, &Limits::default()).unwrap();
        bare(&document.root)
    };
    let rows = r#"[["a","é"],["1",!tekenset],["�","2"]]"#;
    let csv = b"a;\xC3\xA9\n1;\"x;\xE9\"\n\xEF\xBF\xBD;2\n";
    assert_eq!(tree(csv, &utf_8()), rows);
    let rows = r#"[["é","b"],["2",!tekenset,"é"]]"#;
    assert_eq!(tree(b"\xE9;b\n2;a\x81\x8D;\xE9\n", &windows()), rows);
    // with many of them it is the file that is in another encoding
    let limits = Limits {
        faults: 1,
        ..Limits::default()
    };
    for (bytes, wire) in [
        (b"a;b\n1;caf\xE9\n\xE9;", utf_8()),
        (b"a;b\n1;caf\x81\n\x81;", windows()),
    ] {
        let faults = decode(bytes, &wire, &limits).unwrap_err();
        assert_eq!(faults[0].code, "bestand.tekenset");
        assert_eq!(faults[0].place.at(), Some(At::new(2, 6)));
    }
}

#[test]
fn an_unclosed_quotation_mark_is_refused_where_it_opens() {
    let faults = decode(b"a;b\n1;\"geheim\n2;3\n", &utf_8(), &Limits::default()).unwrap_err();
    let place = Place::Cell {
        sheet: None,
        row: 2,
        column: 2,
        header: None,
    };
    assert_eq!(
        (&*faults[0].code, &faults[0].place),
        ("csv.aanhaling", &place)
    );
    assert!(!faults[0].sentence.get(Lang::Nl).contains("geheim"));
    assert_eq!(code(b"\"", &utf_8()).as_deref(), Some("csv.aanhaling"));
}

#[test]
fn text_behind_a_closing_quotation_mark_is_a_matter_of_its_own_row() {
    let bytes = b"a;b\r\n\"x\"y \"z\";2\r\n3;\"4\"5";
    let root = decode(bytes, &utf_8(), &Limits::default()).unwrap().root;
    let cells = |row: usize| -> Vec<&Value> {
        let cells = root.items()[row].items().iter();
        cells.map(|cell| &cell.value).collect()
    };
    let broken = Value::Unreadable(NO_END.into());
    let text = |text: &str| Value::Text(text.into());
    assert_eq!(cells(1), [&broken, &text("2")]);
    assert_eq!(cells(2), [&text("3"), &broken]);
    assert_eq!(root.items().len(), 3);
}

#[test]
fn every_cap_is_kept() {
    let limits = Limits {
        rows: 3,
        columns: 2,
        text: 5,
        nodes: 4,
        ..Limits::default()
    };
    for (csv, expected) in [
        ("a\nb\nc\n", None),
        ("a\nb\nc\nd\n", Some("csv.rijen")),
        ("\n\n\n\n", Some("csv.rijen")),
        ("a;b;c\n", Some("csv.kolommen")),
        ("a;b\na;b\na\n", Some("csv.rijen")),
        ("123456\n", Some("csv.cel")),
        ("\"12345\"\"\"\n", Some("csv.cel")),
    ] {
        let faults = decode(csv.as_bytes(), &utf_8(), &limits).err();
        assert_eq!(
            faults.map(|faults| faults[0].code.to_string()).as_deref(),
            expected,
            "{csv:?}"
        );
    }
}

/// What a file says that comes in pieces of a size; without blank rows at its end.
fn in_pieces(
    bytes: &[u8],
    wire: &CsvWire,
    limits: &Limits,
    size: usize,
) -> Result<Vec<Node>, Vec<Fault>> {
    let mut reader = CsvRows::new(wire, limits);
    let pieces = bytes.chunks(size).flat_map(|piece| reader.push(piece));
    let mut rows: Vec<Node> = pieces.collect();
    rows.extend(reader.end()?);
    let filled = rows.iter().rposition(|row| !row.items().is_empty());
    rows.truncate(filled.map_or(0, |last| last + 1));
    Ok(rows)
}

#[test]
fn a_row_that_does_not_end_is_not_held_for_ever() {
    let mut reader = CsvRows::new(&utf_8(), &Limits::default().in_pieces());
    assert_eq!(reader.push(b"a;b\n").len(), 1);
    let piece = vec![b'a'; 1024 * 1024];
    for _ in 0..30 {
        assert!(reader.push(&piece).is_empty());
    }
    let faults = reader.end().unwrap_err();
    assert_eq!(faults[0].code, "csv.rij");
    assert_eq!(faults[0].place.location(Lang::Nl), "rij 2");
}

#[test]
fn a_file_in_pieces_has_caps_of_its_own() {
    let limits = Limits::default();
    let mut reader = CsvRows::new(&utf_8(), &limits.in_pieces());
    let block = "a\n".repeat(10_001);
    for _ in 0..10 {
        assert_eq!(reader.push(block.as_bytes()).len(), 10_001);
    }
    assert!(reader.exceeds(&limits), "no message has so many rows");
    for _ in 0..90 {
        reader.push(block.as_bytes());
    }
    assert_eq!(reader.end().unwrap_err()[0].code, "csv.rijen");
}

fn table(cells: &[&[&str]]) -> Node {
    let row = |cells: &&[&str]| {
        let cells = cells.iter().map(|text| Node::text(*text));
        Node::made(Value::List(cells.collect()))
    };
    Node::made(Value::List(cells.iter().map(row).collect()))
}

#[test]
fn tables_are_written_as_they_are() {
    let root = table(&[&["a", "b;c", "d\"e"], &["x\ny", "", "=1"], &[""]]);
    let bytes = encode(&root, &utf_8()).unwrap();
    let expected = "a;\"b;c\";\"d\"\"e\"\r\n\"x\ny\";;=1\r\n\"\"\r\n";
    assert_eq!(String::from_utf8(bytes).unwrap(), expected);
    let wire = CsvWire {
        delimiter: b',',
        crlf: false,
        ..windows()
    };
    assert_eq!(
        encode(&table(&[&["€", "1,5"]]), &wire).unwrap(),
        b"\x80,\"1,5\"\n"
    );
}

#[test]
fn what_a_table_cannot_say_is_refused_with_its_cell_and_not_its_value() {
    for (text, wire, code) in [
        ("geheim ž ń", windows(), "csv.tekenset"),
        ("geheim \u{81}", windows(), "csv.tekenset"),
        ("geheim \0", utf_8(), "csv.vorm"),
    ] {
        let error = encode(&table(&[&["a"], &["x", text]]), &wire).unwrap_err();
        assert_eq!(error.fault().code, code);
        assert_eq!(error.fault().place.location(Lang::Nl), "rij 2, kolom B");
        assert!(!error.to_string().contains("geheim"));
    }
    assert!(encode(&Node::text("x"), &utf_8()).is_err());
    assert!(encode(&Node::made(Value::List(vec![Node::text("x")])), &utf_8()).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_usual_library_agrees_but_for_blank_lines(csv in "[ab;\" \n\r]{0,30}") {
        let own = decode(csv.as_bytes(), &utf_8(), &Limits::default());
        prop_assume!(own.is_ok());
        let is_open = |cell: &Node| matches!(cell.value, Value::Unreadable(_));
        let rows = own.iter().flat_map(|document| document.root.items());
        prop_assume!(!rows.flat_map(Node::items).any(is_open));
        let mut reader = ::csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(b';')
            .from_reader(csv.as_bytes());
        let theirs: Vec<Vec<String>> = reader
            .records()
            .map(|row| row.unwrap().iter().map(str::to_owned).collect())
            .collect();
        let ours: Vec<Vec<String>> = own.unwrap().root.items().iter()
            .filter(|row| !row.items().is_empty())
            .map(|row| row.items().iter().map(|cell| cell.as_text().unwrap().to_owned()).collect())
            .collect();
        prop_assert_eq!(ours, theirs);
    }

    #[test]
    fn a_file_in_pieces_says_what_the_whole_says(
        mark in any::<bool>(),
        parts in prop::collection::vec(prop::sample::select(vec![
            &b"a"[..], b"b", b";", b";", b"\"", b"\"", b"\n", b"\r", b"\r\n", b"\xE9", b"\xC3\xA9", b"\xC3", b"\x81", b"\0",
            b"langer", b"\"x\ny\"",
        ]), 0..40),
        size in prop::sample::select(vec![1_usize, 2, 7, 1000]),
        encoding in prop::sample::select(vec![Charset::Utf8, Charset::Windows1252, Charset::Latin1]),
    ) {
        let mut bytes = if mark { b"\xEF\xBB\xBF".to_vec() } else { Vec::new() };
        bytes.extend(parts.concat());
        let wire = CsvWire { encoding, ..CsvWire::default() };
        for limits in [
            Limits::default(),
            Limits { faults: 1, ..Limits::default() },
            Limits { rows: 4, columns: 4, text: 6, nodes: 12, bytes: 50, ..Limits::default() },
        ] {
            let whole = crate::adapters::decode(&bytes, &Wire::Csv(wire.clone()), &limits);
            let whole = whole.map(|document| document.root.items().to_vec());
            prop_assert!(in_pieces(&bytes, &wire, &limits, size) == whole);
        }
    }
}
