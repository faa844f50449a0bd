//! Laws that hold for every format, on documents and bytes made up by proptest.

#![allow(clippy::unwrap_used)]

use super::*;
use crate::document::CsvWire;
use crate::document::FixedWire;
use crate::document::Format;
use crate::document::Measure;
use crate::document::Name;
use crate::document::Node;
use crate::document::Value;
use crate::document::XmlWire;
use proptest::collection::vec;
use proptest::prelude::*;

const NS: &str = "urn:example:a";

pub(super) fn xml_wire() -> Wire {
    Wire::Xml(XmlWire::new(vec![
        ("a".to_owned(), NS.to_owned()),
        ("b".to_owned(), "urn:example:b".to_owned()),
    ]))
}

fn windows_1252() -> Wire {
    Wire::Csv(CsvWire {
        encoding: Charset::Windows1252,
        crlf: false,
        ..CsvWire::default()
    })
}

fn latin_1() -> Wire {
    Wire::Fixed(FixedWire {
        encoding: Charset::Latin1,
        crlf: true,
    })
}

/// The same tree without places, to compare.
pub(super) fn bare(node: &Node) -> String {
    let list = |items: &mut dyn Iterator<Item = String>| items.collect::<Vec<_>>().join(",");
    match &node.value {
        Value::Null => "~".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(text) => format!("#{text}"),
        Value::Moment(text) => format!("@{text}"),
        Value::Measure(measure, text) => format!("{measure:?} {text}"),
        Value::Text(text) => format!("{text:?}"),
        Value::Unreadable(text) => format!("!{text}"),
        Value::List(items) => format!("[{}]", list(&mut items.iter().map(bare))),
        Value::Map(parts) => {
            let mut parts = parts
                .iter()
                .map(|(name, node)| format!("{name:?}:{}", bare(node)));
            format!("{{{}}}", list(&mut parts))
        }
    }
}

fn same(document: &Document, wire: &Wire) -> Result<(), TestCaseError> {
    let bytes = encode(document, wire).map_err(|error| TestCaseError::fail(error.to_string()))?;
    let again = encode(document, wire).map_err(|error| TestCaseError::fail(error.to_string()))?;
    prop_assert_eq!(&bytes, &again);
    let back = decode(&bytes, wire, &Limits::default())
        .map_err(|faults| TestCaseError::fail(format!("{faults:?}")))?;
    prop_assert_eq!(bare(&back.root), bare(&document.root));
    prop_assert_eq!(back.format, document.format);
    Ok(())
}

fn node(value: Value) -> Node {
    Node::made(value)
}

fn text() -> impl Strategy<Value = String> {
    // A regular expression of proptest's own: anything, with what is special in some format often.
    prop_oneof![
        "[a-zé ]{0,8}",
        "[<>&\"';,|=+@\\\\\\[\\]{}\r\n\t-]{0,6}",
        "\\PC{0,6}",
        Just("]]>".to_owned()),
        Just("_x0041_".to_owned()),
        Just("\u{FEFF}x".to_owned()),
        Just("ï»¿ÿþ".to_owned()),
    ]
}

fn name() -> impl Strategy<Value = Name> {
    "[a-d]{1,2}".prop_map(Name::from)
}

fn distinct(parts: Vec<(Name, Node)>) -> Vec<(Name, Node)> {
    let mut kept: Vec<(Name, Node)> = Vec::new();
    for part in parts {
        if kept.iter().all(|(name, _)| *name != part.0) {
            kept.push(part);
        }
    }
    kept
}

fn json() -> impl Strategy<Value = Node> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        "-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,5})?([eE][+-]?[0-9]{1,3})?"
            .prop_map(|text| Value::Number(text.into())),
        text().prop_map(|text| Value::Text(text.into())),
    ];
    leaf.prop_map(node).prop_recursive(5, 40, 6, |inner| {
        let member = (text().prop_map(Name::from), inner.clone());
        prop_oneof![
            vec(inner, 0..6).prop_map(|items| node(Value::List(items))),
            vec(member, 0..6).prop_map(|members| node(Value::Map(distinct(members)))),
        ]
    })
}

fn xml_name() -> impl Strategy<Value = Name> {
    (
        name(),
        prop_oneof![Just(""), Just("{urn:example:a}"), Just("{urn:example:b}")],
    )
        .prop_map(|(local, space)| format!("{space}{local}").into())
}

fn element() -> impl Strategy<Value = Node> {
    let scalar = || text().prop_map(|text| node(Value::Text(text.into())));
    let attribute = move || {
        (
            xml_name().prop_map(|name| Name::from(format!("@{name}"))),
            scalar(),
        )
    };
    scalar().prop_recursive(5, 40, 6, move |inner| {
        let attributes = vec(attribute(), 0..4).prop_map(distinct);
        let children = vec((xml_name(), inner), 0..5);
        (attributes, children, proptest::option::of(text())).prop_map(
            |(mut parts, children, own)| {
                let alone = children.is_empty();
                parts.extend(children);
                let layout = |text: &str| text.chars().all(|c| " \t\r\n".contains(c));
                let own = own.filter(|text| !text.is_empty() && (alone || !layout(text)));
                if let Some(own) = own {
                    if parts.is_empty() {
                        return node(Value::Text(own.into()));
                    }
                    parts.push(("#text".into(), node(Value::Text(own.into()))));
                }
                if parts.is_empty() {
                    return node(Value::Text("".into()));
                }
                node(Value::Map(parts))
            },
        )
    })
}

fn table(cell: impl Strategy<Value = String>) -> impl Strategy<Value = Node> {
    let cell = cell.prop_map(|text| node(Value::Text(text.into())));
    let row = vec(cell, 0..5).prop_map(|cells| node(Value::List(cells)));
    vec(row, 1..8)
        .prop_filter("ends in a row without cells", |rows| {
            rows.last().is_some_and(|row| !row.items().is_empty())
        })
        .prop_map(|rows| node(Value::List(rows)))
}

fn sheets() -> impl Strategy<Value = Node> {
    let digits = 0_u64..=999_999_999_999_999;
    let number =
        (any::<bool>(), 0..4, digits, 0_i32..5).prop_map(|(negative, look, digits, scale)| {
            #[allow(clippy::cast_precision_loss)]
            let number = digits as f64 / 10_f64.powi(scale);
            let number = if negative && digits > 0 {
                -number
            } else {
                number
            };
            let spelling = number.to_string().into();
            match look {
                0 => Value::Number(spelling),
                1 => Value::Moment(spelling),
                2 => Value::Measure(Measure::Percent, spelling),
                _ => Value::Measure(Measure::Span, spelling),
            }
        });
    let cell = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        number,
        text()
            .prop_filter("is empty", |text| !text.is_empty())
            .prop_map(|text| Value::Text(text.into())),
    ];
    let row = vec(cell.prop_map(node), 0..5).prop_map(|mut cells| {
        while cells.last().is_some_and(|cell| cell.value == Value::Null) {
            cells.pop();
        }
        node(Value::List(cells))
    });
    let rows = vec(row, 0..6).prop_map(|mut rows| {
        while rows.last().is_some_and(|row| row.items().is_empty()) {
            rows.pop();
        }
        node(Value::List(rows))
    });
    vec(("[A-Z][a-z]{0,5} [0-9]".prop_map(Name::from), rows), 1..3)
        .prop_map(|sheets| node(Value::Map(distinct_sheets(sheets))))
}

/// Sheet names are equal whatever their case.
fn distinct_sheets(sheets: Vec<(Name, Node)>) -> Vec<(Name, Node)> {
    let mut kept: Vec<(Name, Node)> = Vec::new();
    for sheet in sheets {
        if kept
            .iter()
            .all(|(name, _)| !name.eq_ignore_ascii_case(&sheet.0))
        {
            kept.push(sheet);
        }
    }
    kept
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_as_json_is_read_back_the_same(root in json()) {
        same(&Document::new(Format::Json, root), &Wire::Json)?;
    }

    #[test]
    fn what_is_written_as_xml_is_read_back_the_same(name in xml_name(), element in element()) {
        let root = node(Value::Map(vec![(name, element)]));
        same(&Document::new(Format::Xml, root), &xml_wire())?;
    }

    #[test]
    fn what_is_written_as_csv_is_read_back_the_same(root in table(text())) {
        same(&Document::new(Format::Csv, root), &Wire::Csv(CsvWire::default()))?;
    }

    #[test]
    fn what_is_written_at_fixed_width_is_read_back_the_same(
        lines in vec("[a-z0-9 ,éëÿþï¿½]{0,12}", 1..6),
        crlf in any::<bool>(),
        encoding in prop::sample::select(vec![Charset::Utf8, Charset::Windows1252, Charset::Latin1]),
    ) {
        let root = node(Value::List(lines.into_iter().map(Node::text).collect()));
        let document = Document::new(Format::FixedWidth, root);
        let wire = Wire::Fixed(FixedWire { encoding, crlf });
        let bytes = encode(&document, &wire);
        prop_assume!(bytes.as_ref().is_ok_and(|bytes| {
            encoding == Charset::Utf8 || bytes.is_ascii() || std::str::from_utf8(bytes).is_err()
        }));
        same(&document, &wire)?;
    }

    #[test]
    fn what_is_written_as_windows_1252_is_read_back_the_same(
        // Letters beside every accent, so that the bytes are never by accident UTF-8.
        root in table("[a-z;\"\r\n€ëÿþï]{0,6}"),
    ) {
        let document = Document::new(Format::Csv, root);
        let bytes = encode(&document, &windows_1252()).unwrap();
        prop_assume!(bytes.is_ascii() || std::str::from_utf8(&bytes).is_err());
        same(&document, &windows_1252())?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 30, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_as_a_workbook_is_read_back_the_same(root in sheets()) {
        same(&Document::new(Format::Excel, root), &Wire::Excel)?;
    }
}

fn wires() -> Vec<Wire> {
    vec![
        xml_wire(),
        Wire::Json,
        Wire::Csv(CsvWire::default()),
        windows_1252(),
        Wire::Excel,
        latin_1(),
    ]
}

/// A valid file of each format.
fn samples() -> Vec<Vec<u8>> {
    let cell = |text: &str| Node::text(text);
    let rows = || {
        node(Value::List(vec![
            node(Value::List(vec![cell("a"), cell("é \"x\"\n")])),
            node(Value::List(vec![cell("1,5"), cell("")])),
        ]))
    };
    let book = Document::new(
        Format::Excel,
        node(Value::Map(vec![("Blad 1".into(), rows())])),
    );
    let xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><!-- x --><a:b xmlns:a=\"urn:a\" c='1'>\n\
               <a:d>t&amp;&#65;<![CDATA[<]]></a:d><e/><?p q?></a:b>";
    vec![
        xml.as_bytes().to_vec(),
        "{\"a\":[1,-2.5e3,true,false,null,\"\\u00e9é\\n\"],\"b\":{}}".into(),
        "a;b\r\n\"x \"\"y\"\"\n\";é\r\n\r\n1;2;3\r\n".into(),
        b"na\xEFef;\x80\n1;2\n".to_vec(),
        encode(&book, &Wire::Excel).unwrap(),
        b"0484caf\xE9 30\r\n0484ab     L\n".to_vec(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_make_a_decoder_panic(bytes in vec(any::<u8>(), 0..200)) {
        for wire in wires() {
            let _ = decode(&bytes, &wire, &Limits::default());
        }
    }

    #[test]
    fn no_change_to_a_valid_file_makes_a_decoder_panic(
        which in 0_usize..6,
        changes in vec((any::<prop::sample::Index>(), any::<u8>(), 0_u8..4), 1..6),
    ) {
        let wire = wires().swap_remove(which);
        let mut bytes = samples().swap_remove(which);
        for (index, byte, how) in changes {
            if bytes.is_empty() {
                break;
            }
            let index = index.index(bytes.len());
            match how {
                0 => bytes[index] = byte,
                1 => bytes.insert(index, byte),
                2 => { bytes.remove(index); }
                _ => bytes.truncate(index),
            }
        }
        if let Err(faults) = decode(&bytes, &wire, &Limits::default()) {
            prop_assert!(!faults.is_empty());
            prop_assert!(faults.iter().all(Fault::refuses));
        }
    }

    #[test]
    fn strings_of_markup_make_no_decoder_panic(text in "[<>/!\\[\\]CDATA?xml='\"& ;:a-c{},0-9.\\\\u\r\n#-]{0,60}") {
        for wire in wires() {
            let _ = decode(text.as_bytes(), &wire, &Limits::default());
        }
    }
}

#[test]
fn the_valid_files_of_the_mutation_test_are_valid() {
    for (bytes, wire) in samples().iter().zip(wires()) {
        decode(bytes, &wire, &Limits::default()).unwrap();
    }
}

#[test]
fn every_file_over_its_size_and_every_empty_file_is_refused() {
    let limits = Limits {
        bytes: 10,
        ..Limits::default()
    };
    for wire in wires() {
        assert_eq!(
            decode(b"", &wire, &limits).unwrap_err()[0].code,
            "bestand.leeg"
        );
        let faults = decode(b"01234567890", &wire, &limits).unwrap_err();
        assert_eq!(faults[0].code, "bestand.te-groot");
    }
}

#[test]
fn a_content_type_is_accepted_when_the_format_can_be_of_it() {
    let csv = Wire::Csv(CsvWire::default());
    for (wire, content_type, expected) in [
        (&Wire::Json, "application/json", true),
        (&Wire::Json, "application/json; charset=utf-8", true),
        (
            &Wire::Json,
            "Application/Problem+JSON ; charset=\"UTF-8\"",
            true,
        ),
        (&Wire::Json, "application/json; charset=iso-8859-1", false),
        (&Wire::Json, "text/plain", false),
        (&xml_wire(), "text/xml; charset=iso-8859-1", true),
        (&xml_wire(), "application/soap+xml", true),
        (&xml_wire(), "application/json", false),
        (&csv, "text/csv; header=present", true),
        (&csv, "text/csv; charset=windows-1252", false),
        (&windows_1252(), "text/csv; charset=windows-1252", true),
        (&windows_1252(), "text/csv; charset=iso-8859-1", true),
        (&csv, "", false),
        (&latin_1(), "text/plain", true),
        (&latin_1(), "text/plain; charset=ISO-8859-1", true),
        (&latin_1(), "text/plain; charset=utf-8", false),
        (&latin_1(), "text/csv", false),
    ] {
        assert_eq!(accepts(wire, content_type), expected, "{content_type}");
    }
    for wire in wires() {
        assert!(accepts(&wire, content_type(&wire)));
    }
}
