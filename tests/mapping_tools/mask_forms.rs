//! Masks of values that do not stand one by one in one table: on several sheets, in an envelope, in parts, together.

use crate::mask::masked;
use crate::mask::read;
use crate::mask::structure;
use crate::mask::whole;
use crate::mask::written;
use crate::shipped::SCHEMAS;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rust_xlsxwriter::DataValidation;
use rust_xlsxwriter::DocProperties;
use rust_xlsxwriter::Format as Look;
use rust_xlsxwriter::Note;
use rust_xlsxwriter::Workbook;
use schakel::adapters;
use schakel::adapters::Limits;
use schakel::canonical::Kind;
use schakel::document::Document;
use schakel::document::Format;
use schakel::document::Name;
use schakel::document::Node;
use schakel::document::Value;
use schakel::mapping::Decoded;
use schakel::mapping::Library;
use schakel::mapping::Mapping;
use serde_json::Value as Json;
use std::sync::Arc;

const KEY: &str = "een sleutel van deze proef";

fn compiled(format: &str, rules: &str) -> Arc<Mapping> {
    let text = format!(
        "[mapping]\norganisatie = \"org\"\nsoort = \"zaak\"\ntitel = \"Titel\"\nstatus = \"test\"\ndirection = \"in\"\nformat = \"{format}\"\nmain = \"opdracht\"\n{rules}"
    );
    let files = [("org/zaak.toml".to_owned(), text)];
    let library = Library::compile(&files, &SCHEMAS).unwrap_or_else(|found| panic!("{found:#?}"));
    Arc::clone(library.get("org", "zaak").expect("it is there"))
}

fn decoded(mapping: &Mapping, bytes: &[u8]) -> Document {
    adapters::decode(bytes, mapping.wire(), &Limits::default())
        .unwrap_or_else(|found| panic!("{}", found[0].sentence.en))
}

/// Masks a document, and reads it back from its bytes: the same structure, and no place that is read otherwise.
fn made(mapping: &Mapping, document: &Document) -> (Document, Decoded) {
    let masked = masked(mapping, document, KEY);
    assert_eq!(masked.differing, 0, "{}", whole(&masked.document));
    let bytes = written(&masked);
    let again = adapters::decode(&bytes, &masked.wire, &Limits::default());
    let again = again.unwrap_or_else(|found| panic!("{}", found[0].sentence.en));
    let after = read(mapping, &again);
    assert_eq!(structure(&read(mapping, document)), structure(&after));
    (again, after)
}

fn text_of<'d>(decoded: &'d Decoded, element: usize, kind: Kind, name: &str) -> &'d str {
    let record = decoded.elements[element].bundle.record(kind);
    record
        .and_then(|record| record.get(name))
        .and_then(Json::as_str)
        .unwrap_or_default()
}

#[test]
fn every_sheet_that_is_read_is_masked_by_its_own_header() {
    let row = |cells: &[&str]| {
        let cells = cells.iter().map(|text| Node::text((*text).to_owned()));
        Node::made(Value::List(cells.collect()))
    };
    let sheet = |name: &str, rows: Vec<Node>| (Name::from(name), Node::made(Value::List(rows)));
    let root = Value::Map(vec![
        sheet(
            "Noord",
            vec![
                row(&["Nr", "BSN", "Naam", "Geslacht"]),
                row(&["A-1", "999990019", "Geheimsma", "1"]),
            ],
        ),
        sheet(
            "Zuid",
            vec![
                row(&["Verslag van Geheimsma"]),
                row(&["Geslacht", "Naam", "Nr", "BSN"]),
                row(&["2", "Geheimsma", "A-2", "123456782"]),
            ],
        ),
        sheet("Geheimsma", vec![row(&["Geheimsma", "999990019"])]),
    ]);
    let document = Document::new(Format::Excel, Node::made(root));
    let mapping = compiled(
        "excel",
        r#"[excel]
sheets = ["Noord", "Zuid"]
[[rule]]
source = "Nr"
target = "opdracht.ordernummer"
required = true
[[rule]]
source = "BSN"
target = "kandidaat.bsn"
codec = "bsn"
[[rule]]
source = "Naam"
target = "kandidaat.geslachtsnaam"
[[rule]]
source = "Geslacht"
target = "kandidaat.geslacht"
"#,
    );
    let (again, after) = made(&mapping, &document);
    let text = whole(&again);
    for secret in ["geheimsma", "999990019", "123456782"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    assert!(text.contains("noord") && text.contains("zuid"), "{text}");
    // a code that anybody may know stays, on either sheet
    assert_eq!(text_of(&after, 0, Kind::Kandidaat, "geslacht"), "1");
    assert_eq!(text_of(&after, 1, Kind::Kandidaat, "geslacht"), "2");
}

#[test]
fn what_stands_in_an_envelope_is_masked_and_stays_there() {
    let mapping = compiled(
        "json",
        r#"[json]
element = ""
[[rule]]
source = "nr"
target = "opdracht.ordernummer"
[[rule]]
source = "naam"
target = "kandidaat.geslachtsnaam"
[envelope]
root = "g:envelop"
namespaces = { g = "urn:example:envelop" }
payload = "g:bericht"
[[envelope.rule]]
source = "/g:kop/g:code"
const = "Di01"
[[envelope.rule]]
source = "/g:kop/g:kenmerk"
target = "bericht.referentie"
"#,
    );
    let payload = STANDARD.encode(br#"{"nr": "1", "naam": "Geheimsma"}"#);
    let bytes = format!(
        "<e:envelop xmlns:e=\"urn:example:envelop\" xmlns:G=\"urn:Geheimsma\"><e:kop><e:code>Di01</e:code>\
         <e:kenmerk>Geheimsma-1</e:kenmerk><G:Geheimsma wie=\"Geheimsma\">Geheimsma</G:Geheimsma></e:kop>\
         <e:bericht soort=\"Geheimsma\">{payload}</e:bericht></e:envelop>"
    );
    let document = decoded(&mapping, bytes.as_bytes());
    let (again, after) = made(&mapping, &document);
    let envelope = again.envelope.as_deref().expect("it is still there");
    let shown = whole(&Document::new(Format::Xml, envelope.clone()));
    assert!(!shown.contains("geheimsma"), "{shown}");
    assert!(
        shown.contains("di01") && !shown.contains(&payload.to_lowercase()),
        "{shown}"
    );
    assert!(!whole(&again).contains("geheimsma"));
    let reference = after.envelope.reference.expect("the header is still there");
    assert_ne!(reference, "Geheimsma-1");
}

#[test]
fn a_date_in_parts_moves_as_one_date() {
    let rules = |places: &str| {
        format!(
            "[[rule]]\n{}\ntarget = \"opdracht.ordernummer\"\n[[rule]]\n{places}\ntarget = \"opdracht.ingangsdatum\"\ncodec = {{ codec = \"compose\", separator = \"-\", of = \"date\" }}\n",
            if places.starts_with("positions") {
                "position = [1, 2]"
            } else {
                "source = \"nr\""
            }
        )
    };
    let json = compiled(
        "json",
        &format!(
            "[json]\nelement = \"rijen\"\n{}",
            rules("sources = [\"op/jaar\", \"op/maand\", \"dag\"]")
        ),
    );
    let csv = compiled(
        "csv",
        &format!(
            "[csv]\n{}",
            rules("sources = [\"jaar\", \"maand\", \"dag\"]")
        ),
    );
    let fixed = compiled(
        "fixed",
        &format!(
            "[fixed]\nrecord_length = 10\n{}",
            rules("positions = [[3, 6], [7, 8], [9, 10]]")
        ),
    );
    let days = ["2024-01-31", "2023-02-28", "2024-12-31"];
    let each = |form: &dyn Fn(usize, &str, &str, &str) -> String| -> Vec<String> {
        let line = |(index, day): (usize, &&str)| {
            let parts: Vec<&str> = day.split('-').collect();
            form(index + 1, parts[0], parts[1], parts[2])
        };
        days.iter().enumerate().map(line).collect()
    };
    let objects = each(&|nr, year, month, day| {
        format!(
            "{{\"nr\": \"{nr}\", \"op\": {{\"jaar\": \"{year}\", \"maand\": \"{month}\"}}, \"dag\": \"{day}\"}}"
        )
    });
    let lines = each(&|nr, year, month, day| format!("{nr};{year};{month};{day}\r\n"));
    let records = each(&|nr, year, month, day| format!("{nr:>2}{year}{month}{day}\r\n"));
    for (mapping, bytes) in [
        (&json, format!("{{\"rijen\": [{}]}}", objects.join(", "))),
        (&csv, format!("nr;jaar;maand;dag\r\n{}", lines.concat())),
        (&fixed, records.concat()),
    ] {
        let document = decoded(mapping, bytes.as_bytes());
        let (_, after) = made(mapping, &document);
        assert_eq!(after.elements.len(), days.len());
        for (index, day) in days.iter().enumerate() {
            let moved = text_of(&after, index, Kind::Opdracht, "ingangsdatum");
            assert!(moved.len() == 10 && moved != *day, "{day} became {moved:?}");
        }
    }
}

#[test]
fn attributes_that_are_one_text_are_masked_each_as_what_it_is() {
    let mapping = compiled(
        "csv",
        r#"[csv]
[[rule]]
source = "nr"
target = "opdracht.ordernummer"
[[rule]]
source = "wie"
targets = ["kandidaat.voornamen", "kandidaat.geslachtsnaam"]
codec = { codec = "compose", separator = "/" }
placeholders = { "?" = "waardeOnbekend" }
"#,
    );
    let bytes = "nr;wie\r\n1;Janneke/Geheimsma\r\n2;/Geheimsma\r\n3;?\r\n4;Janneke Geheimsma\r\n";
    let document = decoded(&mapping, bytes.as_bytes());
    let (again, after) = made(&mapping, &document);
    let text = whole(&again);
    assert!(
        !text.contains("geheimsma") && !text.contains("janneke"),
        "{text}"
    );
    let name = |element| text_of(&after, element, Kind::Kandidaat, "geslachtsnaam");
    assert!(!name(0).is_empty() && name(0) == name(1), "{text}");
    assert!(!text_of(&after, 0, Kind::Kandidaat, "voornamen").is_empty());
    assert!(
        text.contains('?'),
        "what says that there is nothing stays: {text}"
    );
}

/// Every part of a workbook's archive, as text.
fn parts_of(bytes: &[u8]) -> Vec<(String, String)> {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).expect("a workbook");
    let names: Vec<String> = (0..archive.len())
        .map(|index| {
            let entry = archive.by_index(index).expect("an entry");
            entry.name().expect("a name").to_string()
        })
        .collect();
    let read = |name: String| {
        let mut entry = archive.by_name(&name).expect("an entry");
        let mut text = Vec::new();
        std::io::Read::read_to_end(&mut entry, &mut text).expect("readable");
        (name, String::from_utf8_lossy(&text).to_lowercase())
    };
    names.into_iter().map(read).collect()
}

/// Rules for numbers that a workbook shows as something else, and for who they are about.
const SHOWN: &str = r#"
[excel]
sheet = "Blad1"
[[rule]]
source = "Nr"
target = "opdracht.toewijzingsnummer"
[[rule]]
source = "BSN"
target = "kandidaat.bsn"
codec = "bsn"
[[rule]]
source = "Naam"
target = "kandidaat.volledigeNaam"
[[rule]]
source = "Start"
target = "opdracht.ingangsdatum"
codec = { codec = "date", forms = ["excel"] }
[[rule]]
source = "Uren"
target = "opdracht.urenToegekend"
[[rule]]
source = "Loonwaarde"
target = "verwijzing.indicatie.loonwaarde.percentage"
[[rule]]
source = "Contract"
target = "opdracht.raamcontract"
invalid = "keep"
"#;

/// A workbook that says its secret in every place where it can say something.
fn telling() -> Vec<u8> {
    let secret = "Geheimsma";
    let mut book = Workbook::new();
    book.set_properties(
        &DocProperties::new()
            .set_author(secret)
            .set_title(secret)
            .set_manager(secret)
            .set_comment(secret)
            .set_custom_property(secret, secret),
    );
    book.define_name("Geheimsma", "=Blad1!$A$2")
        .expect("a name");
    let look = |look: &str| Look::new().set_num_format(look);
    let sheet = book.add_worksheet();
    sheet.set_name("Blad1").expect("a name");
    let header = [
        "Nr",
        "BSN",
        "Naam",
        "Start",
        "Uren",
        "Loonwaarde",
        "Contract",
        "Over Geheimsma",
    ];
    for (column, name) in (0..).zip(header) {
        sheet.write_string(0, column, name).expect("a header");
    }
    for row in 1..3 {
        sheet.write_string(row, 0, "GEHEIMSMA-12").expect("a cell");
        sheet.write_string(row, 1, "999990019").expect("a cell");
        sheet.write_string(row, 2, "J. Geheimsma").expect("a cell");
        sheet
            .write_number_with_format(row, 3, 45323, &look("dd-mm-yyyy"))
            .expect("a cell");
        sheet
            .write_number_with_format(row, 4, 1.25, &look("[h]:mm"))
            .expect("a cell");
        sheet
            .write_number_with_format(row, 5, 0.625, &look("0%"))
            .expect("a cell");
        sheet
            .write_number_with_format(row, 6, 45324, &look("d-m"))
            .expect("a cell");
        sheet
            .write_string(row, 7, "ging met mevrouw Geheimsma naar de werkgever")
            .expect("a cell");
    }
    let note = Note::new("bel Geheimsma").set_author(secret);
    sheet.insert_note(1, 2, &note).expect("a comment");
    sheet.set_header("&CGeheimsma").set_footer("&CGeheimsma");
    sheet
        .write_url(1, 8, "mailto:geheimsma@example.nl")
        .expect("a link");
    sheet
        .add_data_validation(
            1,
            2,
            9,
            2,
            &DataValidation::new()
                .allow_list_strings(&[secret])
                .expect("a list"),
        )
        .expect("a list");
    sheet.set_row_hidden(2).expect("a row");
    let hidden = book.add_worksheet();
    hidden
        .set_name("Geheimsma zelf")
        .expect("a name")
        .set_hidden(true);
    hidden
        .write_string(4, 4, "Geheimsma, 999990019")
        .expect("a cell");
    book.save_to_buffer().expect("a workbook")
}

#[test]
fn nothing_that_a_workbook_holds_beside_its_cells_comes_along_and_what_its_numbers_are_does() {
    let mapping = compiled("excel", SHOWN);
    let bytes = telling();
    let holds = |bytes: &[u8]| -> Vec<String> {
        let found = parts_of(bytes).into_iter();
        let found = found.filter(|(name, text)| {
            let said = |text: &str| text.contains("geheimsma") || text.contains("999990019");
            said(text) || said(&name.to_lowercase())
        });
        found.map(|(name, _)| name).collect()
    };
    assert!(holds(&bytes).len() > 5, "{:?}", holds(&bytes));
    let document = decoded(&mapping, &bytes);
    let (again, after) = made(&mapping, &document);
    let masked = written(&masked(&mapping, &document, KEY));
    assert_eq!(holds(&masked), Vec::<String>::new());
    let kinds = |document: &Document| -> Vec<String> {
        let sheet = &document.root.parts()[0].1;
        sheet.items()[1..3]
            .iter()
            .flat_map(Node::items)
            .map(|cell| match &cell.value {
                Value::Measure(measure, _) => format!("{measure:?}"),
                value => format!("{value:?}"),
            })
            .collect()
    };
    assert_eq!(kinds(&again), kinds(&document));
    assert!(kinds(&again).contains(&"Percent".to_owned()));
    assert_eq!(after.elements.len(), 2);
    let one = text_of(&after, 0, Kind::Kandidaat, "bsn");
    assert_eq!(
        one,
        text_of(&after, 1, Kind::Kandidaat, "bsn"),
        "one person, one mask"
    );
}

#[test]
fn what_a_workbook_hides_is_hidden_in_its_mask_too() {
    let mut book = Workbook::new();
    let old = book.add_worksheet();
    old.set_name("Geheimsma")
        .expect("a name")
        .set_hidden(true)
        .write_string(0, 0, "Nr")
        .expect("a cell");
    let sheet = book.add_worksheet();
    sheet.set_name("Blad1").expect("a name").set_active(true);
    let rows = [
        ["Nr", "Naam", "Contract"],
        ["T-1", "A. Voorbeeld", "C-1"],
        ["T-2", "B. Voorbeeld", "C-2"],
        ["T-3", "C. Voorbeeld", "C-3"],
    ];
    for (row, cells) in (0..).zip(rows) {
        for (column, cell) in (0..).zip(cells) {
            sheet.write_string(row, column, cell).expect("a cell");
        }
    }
    sheet.set_row_hidden(1).expect("a row");
    sheet.set_row_hidden(900_000).expect("a row");
    sheet.set_column_range_hidden(2, 5).expect("columns");
    let bytes = book.save_to_buffer().expect("a workbook");
    for (head, elements) in [("hidden = \"skip\"", 2), ("", 3)] {
        let rules = SHOWN.replace("[excel]", &format!("[excel]\n{head}"));
        let mapping = compiled("excel", &rules);
        let document = decoded(&mapping, &bytes);
        let (again, after) = made(&mapping, &document);
        assert_eq!(after.elements.len(), elements, "{head}");
        let hidden = |document: &Document| -> Vec<_> {
            let hidden = document.hidden.iter();
            hidden
                .map(|one| (one.whole, one.rows.clone(), one.columns.clone()))
                .collect()
        };
        assert_eq!(
            hidden(&again),
            [(true, vec![], vec![]), (false, vec![(2, 2)], vec![(3, 6)])],
            "{head}"
        );
        assert!(again.hidden.iter().all(|one| &*one.sheet != "Geheimsma"));
        assert!(
            again
                .root
                .parts()
                .iter()
                .any(|(name, _)| *name == again.hidden[0].sheet)
        );
    }
}
