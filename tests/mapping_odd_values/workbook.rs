//! What the reader of workbooks makes of odd cells: formulas, errors, texts in several pieces. Every cell of every
//! example is each of them in turn, and every other cell stays what it is.

use crate::fixtures::of;
use crate::spots;
use crate::spots::Spot;
use schakel::adapters;
use schakel::adapters::Limits;
use schakel::document::Document;
use schakel::document::Format;
use schakel::document::NO_TEXT;
use schakel::document::Node;
use schakel::document::Value;
use schakel::document::Wire;
use schakel::document::column_letters;
use std::collections::BTreeMap;
use std::io::Cursor;
use std::io::Read;
use std::io::Write;
use zip::ZipArchive;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// The rest of a cell as it stands in a sheet, and what is read there.
fn kinds() -> Vec<(&'static str, Value)> {
    let text = |text: &str| Value::Text(text.into());
    vec![
        ("><f>A1+1</f></c>", Value::Unreadable("formule".into())),
        ("><f>1+1</f><v>2</v></c>", Value::Number("2".into())),
        (" t=\"str\"><f>\"a\"</f><v>a</v></c>", text("a")),
        (" t=\"str\"><f>\"\"</f><v></v></c>", text("")),
        (
            " t=\"e\"><f>NA()</f><v>#N/A</v></c>",
            Value::Unreadable("#N/A".into()),
        ),
        (
            " t=\"e\"><v>#REF!</v></c>",
            Value::Unreadable("#REF!".into()),
        ),
        (" t=\"b\"><v>1</v></c>", Value::Bool(true)),
        ("><v>-0.5</v></c>", Value::Number("-0.5".into())),
        (" t=\"inlineStr\"><is><t>iets</t></is></c>", text("iets")),
        (
            " t=\"inlineStr\"><is><r><t>ie</t></r><r><t>ts</t></r></is></c>",
            text("iets"),
        ),
        (
            " t=\"inlineStr\"><is><t>a_x0001_b</t></is></c>",
            text("a\u{1}b"),
        ),
        (
            " t=\"inlineStr\"><is><t>a_x0000_b</t></is></c>",
            Value::Unreadable(NO_TEXT.into()),
        ),
    ]
}

/// A part of a workbook by its name, and the other parts.
struct Parts(BTreeMap<String, Vec<u8>>);

impl Parts {
    fn of(bytes: &[u8]) -> Self {
        let mut archive = ZipArchive::new(Cursor::new(bytes)).expect("it was written here");
        let mut parts = BTreeMap::new();
        for index in 0..archive.len() {
            let mut part = archive.by_index(index).expect("it is there");
            let name = part.name().expect("a name").to_string();
            let mut bytes = Vec::new();
            part.read_to_end(&mut bytes).expect("it is whole");
            parts.insert(name, bytes);
        }
        Self(parts)
    }

    fn with(&self, name: &str, text: &str) -> Vec<u8> {
        let mut packed = ZipWriter::new(Cursor::new(Vec::new()));
        for (known, bytes) in &self.0 {
            let bytes = if known == name {
                text.as_bytes()
            } else {
                bytes
            };
            packed
                .start_file(known.as_str(), SimpleFileOptions::default())
                .expect("a new part");
            packed.write_all(bytes).expect("memory");
        }
        packed.finish().expect("memory").into_inner()
    }
}

#[test]
fn an_odd_cell_of_a_workbook_is_read_as_what_it_is_and_no_other_with_it() {
    let kinds = kinds();
    for fixture in of(Format::Excel) {
        let bytes = adapters::encode(&fixture.document, &Wire::Excel).expect("it was read");
        let parts = Parts::of(&bytes);
        let mut sheets: BTreeMap<usize, Vec<Spot>> = BTreeMap::new();
        for spot in spots::of(&fixture) {
            sheets.entry(spot.at[0]).or_default().push(spot);
        }
        let turns = 0..kinds.len() * 2;
        let each = sheets
            .iter()
            .flat_map(|sheet| turns.clone().map(move |turn| (sheet, turn)));
        for ((index, spots), turn) in each {
            let sheet = format!("xl/worksheets/sheet{}.xml", index + 1);
            let mut changed = String::from_utf8(parts.0[&sheet].clone()).expect("XML");
            let mut expected = fixture.document.clone();
            for spot in spots {
                let (row, column) = (spot.at[1], spot.at[2]);
                if (row + column + turn).is_multiple_of(2) {
                    let kind = (row * 7 + column + turn / 2) % kinds.len();
                    let (cell, value) = &kinds[kind];
                    if put(&mut changed, spot, cell) {
                        spots::put(&mut expected, &spot.at, value.clone(), false);
                    }
                }
            }
            let packed = parts.with(&sheet, &changed);
            let read = adapters::decode(&packed, &Wire::Excel, &Limits::default());
            let read =
                read.unwrap_or_else(|faults| panic!("{}: {}", fixture.label(), faults[0].code));
            for spot in spots {
                let found = cell(&read, &spot.at);
                let wanted = cell(&expected, &spot.at);
                assert!(found == wanted, "{} at {:?}", fixture.label(), spot.cell);
            }
        }
    }
}

/// What a cell holds; cells at the end of a row need not be there.
fn cell<'d>(document: &'d Document, at: &[usize]) -> &'d Value {
    let sheet = &document.root.parts()[at[0]].1;
    let row = sheet.items().get(at[1]).map_or(&[][..], Node::items);
    row.get(at[2]).map_or(&Value::Null, |cell| &cell.value)
}

/// Puts another cell in the place of one that the writer wrote.
fn put(sheet: &mut String, spot: &Spot, cell: &str) -> bool {
    let column = u32::try_from(spot.at[2] + 1).expect("small");
    let start = format!("<c r=\"{}{}\"", column_letters(column), spot.at[1] + 1);
    let Some(from) = sheet.find(&start) else {
        return false;
    };
    let end = sheet[from..].find("</c>").expect("a cell with a value");
    sheet.replace_range(from..from + end + 4, &format!("{start}{cell}"));
    true
}
