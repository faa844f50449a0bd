#![allow(clippy::unwrap_used)]

use super::ExcelRows;
use super::decode;
use super::encode;
use super::look_of;
use crate::adapters::Limits;
use crate::adapters::tests::bare;
use crate::document::At;
use crate::document::Lang;
use crate::document::Node;
use crate::document::Value;
use std::io::Cursor;
use std::io::Read;
use std::io::Write;
use zip::ZipArchive;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// A workbook as a writer of the market makes it, with the cells of its sheet and its shared texts replaced.
fn workbook(cells: &str, workbook_properties: &str) -> Vec<u8> {
    let rows = Node::made(Value::List(vec![]));
    let root = Node::made(Value::Map(vec![("Blad 1".into(), rows)]));
    let plain = encode(&root).unwrap();
    let mut archive = ZipArchive::new(Cursor::new(plain)).unwrap();
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).unwrap();
        let name = entry.name().unwrap().into_owned();
        let mut text = String::new();
        entry.read_to_string(&mut text).unwrap();
        if name.ends_with("sheet1.xml") {
            text = text.replace("<sheetData/>", &format!("<sheetData>{cells}</sheetData>"));
            assert!(text.contains(cells));
        }
        if name == "xl/workbook.xml" {
            text = text.replace(
                "<workbookPr ",
                &format!("<workbookPr {workbook_properties} "),
            );
        }
        if name == "xl/styles.xml" {
            // Style 1 is a date.
            text = text.replace(
                "</cellXfs>",
                "<xf numFmtId=\"14\" applyNumberFormat=\"1\"/></cellXfs>",
            );
        }
        zip.start_file(&*name, SimpleFileOptions::default())
            .unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn read(cells: &str) -> Result<Node, String> {
    read_with(cells, "", &Limits::default())
}

fn read_with(cells: &str, properties: &str, limits: &Limits) -> Result<Node, String> {
    decode(&workbook(cells, properties), limits)
        .map(|document| document.root.get("Blad 1").unwrap().clone())
        .map_err(|faults| faults[0].code.to_string())
}

#[test]
fn each_kind_of_cell_becomes_its_value() {
    for (cell, value) in [
        ("<c r='A1'><v>12.50</v></c>", "[[#12.5]]"),
        ("<c r='A1'><v>1E3</v></c>", "[[#1000]]"),
        ("<c r='A1'><v>999990019</v></c>", "[[#999990019]]"),
        ("<c r='A1'><v>0.1</v></c>", "[[#0.1]]"),
        ("<c r='A1'><v>-0</v></c>", "[[#0]]"),
        (
            "<c r='A1' t='inlineStr'><is><t xml:space='preserve'> é </t></is></c>",
            r#"[[" é "]]"#,
        ),
        (
            "<c r='A1' t='inlineStr'><is><r><t>a</t></r><r><t>b</t></r></is></c>",
            r#"[["ab"]]"#,
        ),
        ("<c r='A1' t='b'><v>1</v></c>", "[[true]]"),
        ("<c r='A1' t='e'><v>#N/A</v></c>", "[[!#N/A]]"),
        (
            "<c r='A1' t='e'><f>1/0</f><v>#DIV/0!</v></c>",
            "[[!#DIV/0!]]",
        ),
        ("<c r='A1'><f>1+1</f><v>2</v></c>", "[[#2]]"),
        ("<c r='A1' t='str'><f>\"x\"</f><v>x</v></c>", r#"[["x"]]"#),
        ("<c r='A1' t='str'><f>\"\"</f><v></v></c>", r#"[[""]]"#),
        ("<c r='A1'><f>NOW()</f></c>", "[[!formule]]"),
        ("<c r='A1' s='1'><v>45383</v></c>", "[[@45383]]"),
        ("<c r='A1' s='1'><v>45383.25</v></c>", "[[@45383.25]]"),
        (
            "<c r='A1' t='d'><v>2024-04-01</v></c>",
            r#"[["2024-04-01"]]"#,
        ),
        ("<c r='A1' s='1'/>", "[]"),
        ("<c r='C1'><v>1</v></c><c r='E1' s='1'/>", "[[~,~,#1]]"),
    ] {
        let row = format!("<row r='1'>{cell}</row>");
        assert_eq!(
            read(&row).map(|node| bare(&node)),
            Ok(value.to_owned()),
            "{cell}"
        );
    }
}

#[test]
fn dates_count_from_the_same_day_whatever_the_workbook_counts_from() {
    let cells = "<row r='1'><c r='A1' s='1'><v>43921</v></c><c r='B1'><v>43921</v></c></row>";
    let sheet = read_with(cells, "date1904=\"1\"", &Limits::default()).unwrap();
    assert_eq!(bare(&sheet), "[[@45383,#43921]]");
}

#[test]
fn a_time_of_day_is_the_same_whatever_the_workbook_counts_from() {
    let cells = "<row r='1'><c r='A1' s='1'><v>0.375</v></c><c r='B1' s='1'><v>0</v></c><c r='C1' s='1'><v>1.375</v></c></row>";
    for (from_1904, expected) in [
        ("", "[[@0.375,@0,@1.375]]"),
        ("date1904=\"1\"", "[[@0.375,@0,@1463.375]]"),
    ] {
        let sheet = read_with(cells, from_1904, &Limits::default()).unwrap();
        assert_eq!(bare(&sheet), expected, "{from_1904}");
    }
}

#[test]
fn moments_are_written_as_dates_and_times_that_a_person_can_read() {
    let moment = |text: &str| Node::made(Value::Moment(text.into()));
    let rows = [
        vec![
            moment("0.375"),
            moment("45383"),
            moment("45383.25"),
            moment("-0.5"),
        ],
        vec![
            moment("0"),
            moment("1"),
            Node::text("x"),
            Node::made(Value::Number("45383".into())),
        ],
    ];
    let rows = rows.map(|cells| Node::made(Value::List(cells)));
    let sheet = ("B".into(), Node::made(Value::List(rows.to_vec())));
    let bytes = encode(&Node::made(Value::Map(vec![sheet]))).unwrap();
    let found = decode(&bytes, &Limits::default()).unwrap();
    assert_eq!(
        bare(&found.root.parts()[0].1),
        r#"[[@0.375,@45383,@45383.25,@-0.5],[@0,@1,"x",#45383]]"#
    );
    let mut archive = ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut part = |name: &str| {
        let mut text = String::new();
        let mut entry = archive.by_name(name).unwrap();
        entry.read_to_string(&mut text).unwrap();
        text
    };
    let (styles, sheet) = (part("xl/styles.xml"), part("xl/worksheets/sheet1.xml"));
    for moment in ["0.375", "45383", "45383.25"] {
        let look = look_of(&Value::Moment(moment.into())).unwrap();
        assert!(
            styles.contains(&format!("formatCode=\"{look}\"")),
            "{styles}"
        );
    }
    let style = |cell: &str| {
        let cell = sheet.split(&format!("<c r=\"{cell}\"")).nth(1).unwrap();
        let cell = cell.split('>').next().unwrap();
        cell.contains("s=").then(|| cell.to_owned())
    };
    assert_eq!(style("A1"), style("A2"));
    assert_eq!(style("B1"), style("B2"));
    assert_eq!(style("D2"), None, "a number is no date");
    let differ = [style("A1"), style("B1"), style("C1")];
    assert!(differ[0] != differ[1] && differ[1] != differ[2] && differ[0] != differ[2]);
    // a column of its usual width shows #### in the place of a date
    for (column, chars) in [(2, 10.0), (3, 19.0)] {
        let own = format!("min=\"{column}\"");
        let own = sheet
            .split("<col ")
            .find(|col| col.starts_with(&own))
            .unwrap();
        let width = own
            .split("width=\"")
            .nth(1)
            .unwrap()
            .split('"')
            .next()
            .unwrap();
        assert!(width.parse::<f64>().unwrap() > chars, "{own}");
    }
}

#[test]
fn rows_keep_their_numbers_and_empty_ends_are_dropped() {
    let sheet = read(
        "<row r='3'><c r='B3'><v>1</v></c><c r='D3'/></row><row r='5'><c r='A5'><v>2</v></c></row><row r='9'><c r='A9'/></row>",
    )
    .unwrap();
    assert_eq!(bare(&sheet), "[[],[],[~,#1],[],[#2]]");
    let rows = sheet.items();
    assert_eq!(rows[2].at, At::new(3, 1));
    assert_eq!(rows[2].items()[0].at, At::new(3, 1));
    assert_eq!(rows[2].items()[1].at, At::new(3, 2));
    assert_eq!(rows[4].items()[0].at, At::new(5, 1));
}

#[test]
fn rows_come_one_by_one_until_no_more_is_asked_for() {
    let cells = "<row r='2'><c r='B2'><v>1</v></c></row><row r='7'><c r='A7'><v>2</v></c></row>";
    let bytes = workbook(cells, "");
    let limits = Limits::default();
    let mut book = ExcelRows::open(&bytes, &limits).unwrap();
    assert_eq!(&*book.sheets()[0], "Blad 1");
    assert!(book.unpacked() > bytes.len() as u64);
    let mut taken = Vec::new();
    let mut take = |row: Node, go_on| {
        taken.push((row.at.line, row.items().len()));
        go_on
    };
    book.read(0, &mut |row| take(row, false)).unwrap();
    book.read(0, &mut |row| take(row, true)).unwrap();
    book.read(1, &mut |row| take(row, true)).unwrap();
    assert_eq!(taken, [(2, 2), (2, 2), (7, 1)]);
    assert_eq!(book.seen().1, 7);
}

#[test]
fn every_cap_is_kept_and_giant_coordinates_cost_nothing() {
    let limits = Limits {
        rows: 100,
        columns: 10,
        nodes: 25,
        text: 5,
        ..Limits::default()
    };
    let cell = |at: &str| format!("<row><c r='{at}'><v>1</v></c></row>");
    for (cells, expected) in [
        (cell("J100"), None),
        (cell("A101"), Some("werkmap.rijen")),
        (cell("K1"), Some("werkmap.kolommen")),
        (cell("XFD1048576"), Some("werkmap.rijen")),
        (
            cell("J1") + &cell("J2") + &cell("J3"),
            Some("werkmap.rijen"),
        ),
        (cell("A1") + &cell("A1"), Some("werkmap.vorm")),
        (cell("A1") + &cell("A2") + &cell("B1"), Some("werkmap.vorm")),
        (cell("A0"), Some("werkmap.vorm")),
        (cell("XXXXXXXX1"), Some("werkmap.vorm")),
        (
            "<row><c r='A1' t='inlineStr'><is><t>123456</t></is></c></row>".to_owned(),
            Some("werkmap.cel"),
        ),
        (
            "<row><c r='A1' t='inlineStr'><is><t>_x0000_</t></is></c></row>".to_owned(),
            None,
        ),
        (
            "<row><c r='A1' t='s'><v>99</v></c></row>".to_owned(),
            Some("werkmap.vorm"),
        ),
    ] {
        let outcome = read_with(&cells, "", &limits).err();
        assert_eq!(outcome.as_deref(), expected, "{cells}");
    }
}

#[test]
fn archives_that_are_no_plain_workbook_are_refused_before_the_library_reads_them() {
    let archive = |names: &[&str]| {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for name in names {
            zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        }
        zip.finish().unwrap().into_inner()
    };
    let few = Limits {
        entries: 3,
        ..Limits::default()
    };
    for (bytes, code) in [
        (archive(&["a", "b", "c", "d"]), "werkmap.te-zwaar"),
        (archive(&["../a"]), "werkmap.vorm"),
        (archive(&["/a"]), "werkmap.vorm"),
        (archive(&["A", "a"]), "werkmap.vorm"),
        (archive(&["a"]), "werkmap.vorm"),
        (b"PK\x03\x04".to_vec(), "werkmap.vorm"),
        (b"PK\x05\x06".to_vec(), "werkmap.vorm"),
        (b"\xD0\xCF\x11\xE0".to_vec(), "werkmap.beveiligd"),
    ] {
        assert_eq!(decode(&bytes, &few).unwrap_err()[0].code, code);
    }
}

#[test]
fn what_a_workbook_cannot_say_is_refused_with_its_cell_and_not_its_value() {
    let number = |text: &str| Node::made(Value::Number(text.into()));
    let long = Node::text("geheim ".repeat(5000));
    for (cell, code) in [
        (number("1234567890123456"), "werkmap.getal"),
        (number("1234567890123450"), "werkmap.getal"),
        (number("1e999"), "werkmap.getal"),
        (number("1,5"), "werkmap.getal"),
        (number("inf"), "werkmap.getal"),
        (long, "werkmap.vorm-uit"),
        (Node::text("geheim\0"), "werkmap.vorm-uit"),
        (Node::made(Value::List(vec![])), "werkmap.vorm-uit"),
    ] {
        let row = Node::made(Value::List(vec![Node::text("x"), cell]));
        let rows = Node::made(Value::List(vec![row]));
        let root = Node::made(Value::Map(vec![("Blad 1".into(), rows)]));
        let error = encode(&root).unwrap_err();
        assert_eq!(error.fault().code, code);
        assert_eq!(
            error.fault().place.location(Lang::Nl),
            "Blad 1: rij 1, kolom B"
        );
        assert!(!error.to_string().contains("geheim"));
    }
    let rows = Node::made(Value::List(vec![]));
    let root = Node::made(Value::Map(vec![("a/b".into(), rows)]));
    assert_eq!(encode(&root).unwrap_err().fault().code, "werkmap.vorm-uit");
}

/// The workbook UWV's layout was published with. It is not part of the project, and read where it is present.
#[test]
fn the_published_sonar_workbook_is_read() {
    let folder = std::env::var("SCHAKEL_SAMPLES")
        .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/samples").to_owned());
    let Ok(bytes) = std::fs::read(format!("{folder}/SonarDashboardExample.xlsx")) else {
        return;
    };
    let document = decode(&bytes, &Limits::default()).unwrap();
    let sheet = document
        .root
        .get("Blad 1")
        .unwrap_or(&document.root.parts()[0].1);
    let filled = |row: &&Node| !row.items().is_empty();
    assert_eq!(sheet.items().iter().filter(filled).count(), 25);
    assert_eq!(sheet.items()[0].items().len(), 35);
}
