//! Masks of values that do not stand one by one in one table: on several sheets, in an envelope, in parts, together.

use crate::mask::masked;
use crate::mask::read;
use crate::mask::structure;
use crate::mask::whole;
use crate::mask::written;
use crate::shipped::SCHEMAS;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
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
