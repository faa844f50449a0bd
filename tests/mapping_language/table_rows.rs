//! Tables of several rows, what they say, and what records are written as.

use crate::forms::mapping;
use schakel::adapters;
use schakel::adapters::Limits;
use schakel::canonical::Bundle;
use schakel::canonical::Kind;
use schakel::document::Document;
use schakel::document::Fault;
use schakel::document::Format;
use schakel::document::Lang;
use schakel::document::Name;
use schakel::document::Node;
use schakel::document::Place;
use schakel::document::Value;
use schakel::mapping::Decoded;
use schakel::mapping::Element;
use schakel::mapping::Mapping;
use serde_json::Value as Json;
use serde_json::json;
use std::fmt::Write;
use std::sync::Arc;

pub const TABLES: [&str; 3] = ["csv", "excel", "fixed"];
pub const NAMES: [&str; 6] = ["nr", "a", "b", "c", "d", "e"];
pub const WIDTH: usize = 20;

/// A goal in each row, and two attributes of the order; what else its rules say.
pub const GOALS: &str = "[[rule]]\n@a\ntarget = \"opdracht.raamcontract\"\n\
    [[rule]]\n@b\ntarget = \"opdracht.ingangsdatum\"\ncodec = { codec = \"date\", forms = [\"iso\", \"dd-mm-jjjj\"] }\n";
pub const LIST: &str = "[[rule]]\nsource = \".\"\ntarget = \"trajectplan.doelen\"\nkey = \"nr\"\n\
    [[rule.rule]]\n@c\ntarget = \"nr\"\ncodec = \"integer\"\nrequired = true\n\
    [[rule.rule]]\n@d\ntarget = \"omschrijving\"\n";

pub fn together(format: &str) -> &'static str {
    if format == "fixed" {
        "together = [[1, 20]]\n"
    } else {
        "together = [\"nr\"]\n"
    }
}

pub fn goals(format: &str, own: &str, more: &str) -> Arc<Mapping> {
    let own = format!("{}{own}", together(format));
    mapping(format, &own, &format!("{GOALS}{more}{LIST}"))
}

/// A table with these rows below its header; at fixed width there is none.
pub fn table(mapping: &Mapping, rows: &[&[&str]]) -> Document {
    let list = |rows: Vec<Node>| Node::made(Value::List(rows));
    let cells = |row: &[&str]| {
        let all = (0..NAMES.len()).map(|at| row.get(at).copied().unwrap_or_default());
        list(all.map(Node::text).collect())
    };
    let whole = || {
        list(
            [&NAMES[..]]
                .iter()
                .chain(rows)
                .map(|row| cells(row))
                .collect(),
        )
    };
    match format_of(mapping) {
        Format::FixedWidth => {
            let line = |row: &&[&str]| {
                let mut line = String::new();
                for at in 0..10 {
                    let text = row.get(at).copied().unwrap_or_default();
                    write!(line, "{text:WIDTH$}").expect("a text");
                }
                // a row that is cut short
                Node::text(if row == &["kort"] {
                    "kort".to_owned()
                } else {
                    line
                })
            };
            Document::new(Format::FixedWidth, list(rows.iter().map(line).collect()))
        }
        Format::Excel => {
            let sheet = (Name::from("Blad1"), whole());
            Document::new(Format::Excel, Node::made(Value::Map(vec![sheet])))
        }
        format => Document::new(format, whole()),
    }
}

pub fn format_of(mapping: &Mapping) -> Format {
    match mapping.wire() {
        schakel::document::Wire::Csv(_) => Format::Csv,
        schakel::document::Wire::Excel => Format::Excel,
        _ => Format::FixedWidth,
    }
}

/// What rows say, through the bytes of a file.
pub fn read(mapping: &Mapping, rows: &[&[&str]]) -> Decoded {
    let bytes = adapters::encode(&table(mapping, rows), mapping.wire()).expect("writable");
    let document = adapters::decode(&bytes, mapping.wire(), &Limits::default());
    mapping.decode(&document.unwrap_or_else(|faults| panic!("{faults:?}")))
}

/// The number of a place's row, from 1 below the header, and its column; at fixed width the first position of it.
pub fn at(mapping: &Mapping, place: &Place) -> (u32, u32) {
    match place {
        Place::Cell { row, column, .. } => (*row - 1, *column),
        Place::Positions { line, from, to } => {
            let whole = *to - *from + 1 > 20;
            (*line, if whole { 0 } else { *from / 20 + 1 })
        }
        other => panic!("{:?}: {other:?}", mapping.id()),
    }
}

pub fn is_taken(element: &Element) -> bool {
    !element.faults.iter().any(Fault::refuses)
}

/// Per element its first row, whether it is taken, and its faults with their places.
pub type Said = Vec<(u32, bool, Vec<(String, (u32, u32))>)>;

pub fn said(mapping: &Mapping, decoded: &Decoded) -> Said {
    let one = |element: &Element| {
        let faults = element.faults.iter();
        let faults = faults.map(|fault| (fault.code.to_string(), at(mapping, &fault.place)));
        (
            at(mapping, &element.place).0,
            is_taken(element),
            faults.collect(),
        )
    };
    decoded.elements.iter().map(one).collect()
}

pub fn fault(code: &str, row: u32, column: u32) -> (String, (u32, u32)) {
    (code.to_owned(), (row, column))
}

pub fn records(element: &Element) -> Json {
    let records = element.bundle.records.iter();
    let records = records.filter(|(_, record)| !record.is_empty());
    let record = |(kind, record): (&Kind, &serde_json::Map<String, Json>)| {
        (kind.to_string(), Json::Object(record.clone()))
    };
    Json::Object(records.map(record).collect())
}

pub fn bundle(records: &Json) -> Bundle {
    let mut bundle = Bundle::default();
    for (kind, record) in records.as_object().expect("records") {
        let kind = Kind::parse(kind).expect("a kind");
        let record = record.as_object().cloned().expect("a record");
        bundle.records.insert(kind, record);
    }
    bundle
}

/// What records are written as, row by row without the header, and what could not be said.
pub fn written(mapping: &Mapping, all: &[Json]) -> (Vec<String>, Vec<(String, String)>) {
    let bundles: Vec<Bundle> = all.iter().map(bundle).collect();
    let encoded = mapping.encode(&json!({}), &bundles);
    let root = &encoded.document.root;
    let sheet = root.parts().first().map_or(root, |(_, sheet)| sheet);
    let text = |cell: &Node| cell.as_text().unwrap_or_default().to_owned();
    let line = |line: &str| {
        let letters: Vec<char> = line.chars().collect();
        let cells = letters.chunks(WIDTH).take(5);
        let cells = cells.map(|cell| cell.iter().collect::<String>().trim().to_owned());
        cells.collect::<Vec<_>>().join("|")
    };
    let rows = sheet.items().iter().map(|row| {
        let cells: Vec<String> = row.items().iter().map(text).collect();
        row.as_text().map_or_else(|| cells.join("|"), line)
    });
    let header = usize::from(format_of(mapping) != Format::FixedWidth);
    let rows = rows.skip(header).collect();
    let faults = encoded.faults.iter();
    let faults = faults.map(|fault| (fault.code.to_string(), fault.place.location(Lang::Nl)));
    (rows, faults.collect())
}
