//! `schakel mask` makes a real sample into one of nobody: the same structure, and nothing of anybody left.

use crate::shipped::LIBRARY;
use crate::shipped::SAMPLES;
use crate::shipped::SCHEMAS;
use proptest::prelude::*;
use schakel::adapters;
use schakel::adapters::Limits;
use schakel::canonical::Kind;
use schakel::canonical::elfproef;
use schakel::document::Document;
use schakel::document::Lang;
use schakel::document::Name;
use schakel::document::Node;
use schakel::document::Value;
use schakel::document::Wire;
use schakel::mapping::Decoded;
use schakel::mapping::Library;
use schakel::mapping::Mapping;
use schakel::pipeline::read_document;
use schakel::schema::Klasse;
use schakel::schema::Shape;
use schakel::tools::MaskKey;
use schakel::tools::Masked;
use schakel::tools::mask;
use schakel::tools::masked_workbook;
use serde_json::Value as Json;

pub(crate) fn read(mapping: &Mapping, document: &Document) -> Decoded {
    read_document(mapping, document, &SCHEMAS)
}

pub(crate) fn masked(mapping: &Mapping, document: &Document, key: &str) -> Masked {
    let key = MaskKey::new(key.as_bytes());
    mask(document, mapping, &SCHEMAS, &key, &|document| {
        read(mapping, document)
    })
}

pub(crate) fn written(masked: &Masked) -> Vec<u8> {
    match &masked.wire {
        Wire::Excel => masked_workbook(&masked.document).expect("it can be written"),
        wire => adapters::encode(&masked.document, wire).expect("it can be written"),
    }
}

/// Elements, faults by code and place, and which attributes have a value: all but the values.
/// Amounts that are masked one by one do not add up any more, and whoever masks is told so.
const OF_THE_SUM: &str = "declaratie.totaal";

pub(crate) fn structure(decoded: &Decoded) -> Vec<String> {
    let mut lines = Vec::new();
    let fault = |fault: &schakel::document::Fault| {
        let place = fault.place.location(Lang::En);
        // what nobody but the sender calls so is called otherwise
        let above = place.rsplit_once('/').map_or("", |(above, _)| above);
        let place = match &*fault.code {
            "deel.onbekend" => above,
            "blad.niet-gelezen" => "",
            _ => &place,
        };
        format!("{} {place}", fault.code)
    };
    let shown = |fault: &&schakel::document::Fault| fault.code != OF_THE_SUM;
    lines.extend(decoded.faults.iter().filter(shown).map(fault));
    for element in &decoded.elements {
        lines.push(element.place.location(Lang::En));
        lines.extend(element.faults.iter().filter(shown).map(fault));
        for (kind, record) in &element.bundle.records {
            leaves(&Json::Object(record.clone()), "", &mut |pointer, _| {
                lines.push(format!("{kind}{pointer}"));
            });
        }
    }
    lines
}

/// The same with the number of each sheet for its name, which may be that of a person.
fn by_number(lines: Vec<String>, document: &Document) -> Vec<String> {
    let sheets = match document.format {
        schakel::document::Format::Excel => document.root.parts(),
        _ => &[],
    };
    let named = |line: String| {
        let mut sheets = sheets.iter().enumerate();
        sheets.try_fold(line, |line, (index, (name, _))| {
            let numbered = line.replace(&format!("{name}: "), &format!("{index}: "));
            if numbered == line {
                Ok(line)
            } else {
                Err(numbered)
            }
        })
    };
    let lines = lines.into_iter();
    lines
        .map(|line| named(line).unwrap_or_else(|numbered| numbered))
        .collect()
}

fn leaves(value: &Json, pointer: &str, visit: &mut dyn FnMut(&str, &Json)) {
    match value {
        Json::Object(map) => {
            for (name, inner) in map {
                leaves(inner, &format!("{pointer}/{name}"), visit);
            }
        }
        Json::Array(items) => {
            for (index, inner) in items.iter().enumerate() {
                leaves(inner, &format!("{pointer}/{index}"), visit);
            }
        }
        value => visit(pointer, value),
    }
}

/// Everything that stands in a document: values, and what its parts are called.
fn texts(node: &Node, into: &mut Vec<String>) {
    match &node.value {
        Value::Map(parts) => {
            for (name, part) in parts {
                into.push(name.to_string());
                texts(part, into);
            }
        }
        Value::List(items) => items.iter().for_each(|item| texts(item, into)),
        Value::Text(text) | Value::Number(text) | Value::Moment(text) | Value::Measure(_, text) => {
            into.push(text.to_string());
        }
        Value::Bool(_) | Value::Null | Value::Unreadable(_) => {}
    }
}

pub(crate) fn whole(document: &Document) -> String {
    let mut found = Vec::new();
    texts(&document.root, &mut found);
    found.join("\n").to_lowercase()
}

#[test]
fn every_shipped_sample_keeps_its_structure_and_reads_back_so_from_its_bytes() {
    assert!(SAMPLES.len() > 20, "{}", SAMPLES.len());
    for (mapping, document) in SAMPLES.iter() {
        let made = masked(mapping, document, "een sleutel van deze proef");
        let again = adapters::decode(&written(&made), &made.wire, &Limits::default());
        let again = again.unwrap_or_else(|found| panic!("{mapping:?}: {}", found[0].sentence.en));
        let (before, after) = (read(mapping, document), read(mapping, &again));
        assert_eq!(
            by_number(structure(&before), document),
            by_number(structure(&after), &again),
            "{mapping:?}"
        );
        let mut faults = after.elements.iter().flat_map(|element| &element.faults);
        let adds_up = !faults.any(|fault| fault.code == OF_THE_SUM);
        assert!(made.differing == 0 || !adds_up, "{mapping:?}");
    }
}

#[test]
fn an_envelope_is_masked_as_what_it_holds_is() {
    let mut masks = 0;
    for (mapping, document) in SAMPLES.iter().filter(|(_, one)| one.envelope.is_some()) {
        let made = masked(mapping, document, "een sleutel van deze proef");
        let text = String::from_utf8(written(&made)).expect("UTF-8");
        let mut found = Vec::new();
        texts(
            document.envelope.as_deref().expect("it has one"),
            &mut found,
        );
        // what the mapping itself says stays: constants, names
        let own = found
            .iter()
            .filter(|value| !value.contains('{') && !mapping.printed().contains(*value));
        for value in own.filter(|value| value.trim().len() > 3) {
            masks += 1;
            assert!(!has_word(&text, value), "{mapping:?} {value}");
        }
        assert!(text.contains(">Di01<"), "{text}");
    }
    assert!(masks > 3, "{masks} values looked at");
}

/// Whether a text stands in another one, not as a part of a word.
fn has_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + word.len()..].chars().next();
        !before.into_iter().chain(after).any(char::is_alphanumeric)
    })
}

#[test]
fn no_personal_value_of_a_shipped_sample_survives() {
    let mut compared = 0;
    for (mapping, document) in SAMPLES.iter() {
        let made = masked(mapping, document, "een sleutel van deze proef");
        let text = whole(&made.document);
        for element in read(mapping, document).elements {
            for (kind, record) in &element.bundle.records {
                leaves(&Json::Object(record.clone()), "", &mut |pointer, value| {
                    let Some(attribute) = SCHEMAS.attribute_at(*kind, pointer) else {
                        return;
                    };
                    let own = matches!(attribute.klasse, Klasse::B | Klasse::Bsn | Klasse::N);
                    let free = matches!(attribute.shape, Shape::Text { .. });
                    let coded = attribute.code_list.is_some();
                    let (Some(value), true) = (value.as_str(), (own || free) && !coded) else {
                        return;
                    };
                    let tells = value.chars().filter(|c| c.is_alphanumeric()).count() >= 3;
                    let from_file = whole(document).contains(&value.to_lowercase());
                    // what the mapping itself writes is no value of the file: a language, a system
                    if tells && from_file && !mapping.printed().contains(value) {
                        compared += 1;
                        assert!(
                            !has_word(&text, &value.to_lowercase()),
                            "{mapping:?} {kind}{pointer} {value}"
                        );
                    }
                });
            }
        }
    }
    assert!(compared > 100, "{compared} values compared");
}

#[test]
fn a_masked_bsn_passes_the_elfproef_and_is_the_same_for_the_same_person_under_the_same_key() {
    let bsns = |document: &Document, mapping: &Mapping| -> Vec<String> {
        let elements = read(mapping, document).elements;
        let bundles = elements.iter().map(|element| &element.bundle);
        let records = bundles.filter_map(|bundle| bundle.records.get(&Kind::Kandidaat));
        let found = records.filter_map(|record| record.get("bsn")?.as_str().map(str::to_owned));
        found.collect()
    };
    let mut seen = 0;
    for (mapping, document) in SAMPLES.iter() {
        let (ours, again) = (
            masked(mapping, document, "sleutel een"),
            masked(mapping, document, "sleutel een"),
        );
        assert!(ours.document == again.document, "{mapping:?}");
        let theirs = masked(mapping, document, "sleutel twee");
        let (before, after) = (bsns(document, mapping), bsns(&ours.document, mapping));
        assert_eq!(before.len(), after.len());
        for (index, bsn) in after.iter().enumerate() {
            seen += 1;
            assert!(elfproef(bsn) && *bsn != before[index], "{mapping:?}");
            for (other, masked) in after.iter().enumerate() {
                let same = before[index] == before[other];
                assert_eq!(same, bsn == masked, "one mask for one person: {mapping:?}");
            }
        }
        if !before.is_empty() {
            assert_ne!(after, bsns(&theirs.document, mapping), "{mapping:?}");
        }
    }
    assert!(seen > 10, "{seen}");
}

#[test]
fn what_no_rule_names_is_masked_wherever_it_stands() {
    let get = |name: &str| {
        let (org, soort) = name.split_once('/').expect("a name");
        LIBRARY.get(org, soort).expect("it is shipped")
    };
    let xml = r#"<?xml version="1.0"?><!-- Geheimsma -->
<r:verwijzing_Di01 xmlns:r="urn:example:reintegratie:0100" xmlns:G="urn:Geheimsma" xmlns:S="http://www.egem.nl/StUF/StUF0301">
<?Geheimsma x?><r:stuurgegevens><S:berichtcode>Di01</S:berichtcode><S:referentienummer>Geheimsma-1</S:referentienummer></r:stuurgegevens>
<r:object G:Geheimsma="Geheimsma" lang="Geheimsma"><r:zaaknummer>Geheimsma-12</r:zaaknummer>
<r:Geheimsma>Geheimsma</r:Geheimsma><G:deel>Geheimsma<G:dieper>Geheimsma</G:dieper></G:deel>
<r:klant Geheimsma="Geheimsma"><r:bsn>Geheimsma</r:bsn><r:geslacht>Geheimsma</r:geslacht></r:klant></r:object></r:verwijzing_Di01>"#;
    let csv = "Verslag van Geheimsma;;\nDossier;Datum;Geheimsma\nGeheimsma-1;Geheimsma;Geheimsma\nGeheimsma;01-02-2024;Geheimsma;Geheimsma\n";
    let json = r#"{"dossierNr": "Geheimsma", "Geheimsma": {"jan.Geheimsma": ["Geheimsma", true]}, "trajectPlan": {"datum": "Geheimsma"}}"#;
    for (name, bytes) in [
        ("gemeente-voorbeeldstad/verwijzing", xml),
        ("aanbieder-a/logboek", csv),
        ("aanbieder-a/trajectplan", json),
    ] {
        let mapping = get(name);
        let document = adapters::decode(bytes.as_bytes(), mapping.wire(), &Limits::default())
            .unwrap_or_else(|found| panic!("{name}: {}", found[0].sentence.en));
        assert!(whole(&document).contains("geheimsma"));
        let made = masked(mapping, &document, "een sleutel van deze proef");
        let bytes = String::from_utf8_lossy(&written(&made)).to_lowercase();
        assert!(!bytes.contains("geheimsma"), "{name}: {bytes}");
        assert_eq!(made.differing, 0, "{name}: {bytes}");
    }
}

#[test]
fn other_sheets_of_a_workbook_their_names_and_total_rows_are_masked_too() {
    let files: Vec<(String, String)> = Library::shipped_files()
        .into_iter()
        .filter(|(path, _)| path == "uwv/sonar.toml" || path.starts_with("_gedeeld/"))
        .map(|(path, text)| {
            (
                path,
                text.replace("[excel]", "[excel]\ntotal_rows = [\"Totaal\"]"),
            )
        })
        .collect();
    let library = Library::compile(&files, &SCHEMAS).expect("it compiles");
    let mapping = library.get("uwv", "sonar").expect("it is there");
    let cell = |text: &str| Node::text(text);
    let row =
        |cells: &[&str]| Node::made(Value::List(cells.iter().map(|text| cell(text)).collect()));
    let sheet = |rows: Vec<Node>| Node::made(Value::List(rows));
    let name = |name: &str| Name::from(name);
    let root = Value::Map(vec![
        (
            name("Blad 1"),
            sheet(vec![
                row(&["BSN", "Geheimsma", "Geboortedatum"]),
                row(&["999990019", "Geheimsma", "Geheimsma"]),
                row(&["Totaal Geheimsma", "", ""]),
            ]),
        ),
        (name("Geheimsma"), sheet(vec![row(&["Geheimsma"])])),
    ]);
    let document = Document::new(schakel::document::Format::Excel, Node::made(root));
    let made = masked(mapping, &document, "een sleutel van deze proef");
    let text = whole(&made.document);
    assert!(
        !text.contains("geheimsma") && !text.contains("999990019"),
        "{text}"
    );
    assert!(text.contains("totaal") && text.contains("blad 1"), "{text}");
    let bytes = masked_workbook(&made.document).expect("written");
    let again = adapters::decode(&bytes, &Wire::Excel, &Limits::default()).expect("a workbook");
    assert_eq!(
        read(mapping, &again).elements.len(),
        read(mapping, &document).elements.len()
    );
}

#[test]
fn a_sheet_that_is_read_keeps_its_name_only_where_the_mapping_gives_it() {
    let mapping = LIBRARY.get("aanbieder-a", "caseload").expect("shipped");
    let bytes = Library::shipped_file("aanbieder-a/voorbeelden/caseload-per-coach.xlsx");
    let bytes = bytes.expect("shipped");
    let document = adapters::decode(bytes, &Wire::Excel, &Limits::default()).expect("a workbook");
    let names = |document: &Document| -> Vec<String> {
        let sheets = document.root.parts().iter();
        sheets.map(|(name, _)| name.to_string()).collect()
    };
    assert!(names(&document).contains(&"H. Jobcoach".to_owned()));
    let made = masked(mapping, &document, "een sleutel van deze proef");
    assert!(
        names(&made.document)
            .iter()
            .all(|name| !name.contains("coach") && !name.contains("Begeleider")),
        "{:?}",
        names(&made.document)
    );
    assert_eq!(
        read(mapping, &made.document).elements.len(),
        read(mapping, &document).elements.len()
    );
}

#[test]
fn codes_that_say_too_much_become_others_and_public_ones_stay() {
    let json =
        br#"{"kandidaat": {"geslacht": "1", "doelgroepen": ["ED03", "ED01"], "banenafspraak": "ja",
        "geboortedatum": {"jaar": 1985, "maand": 12}, "adres": {"huisnummer": 123}},
        "werkprofiel": {"klantkenmerken": [{"code": "KK01"}], "werkEnDenkniveau": "4"}}"#;
    let mapping = LIBRARY.canonical();
    let document = adapters::decode(json, &Wire::Json, &Limits::default()).expect("JSON");
    let before = read(mapping, &document);
    let made = masked(mapping, &document, "een sleutel van deze proef");
    let after = read(mapping, &made.document);
    assert_eq!(structure(&before), structure(&after));
    let of = |decoded: &Decoded, kind, pointer: &str| {
        let record = decoded.elements[0].bundle.record(kind).cloned();
        let record = record.map(Json::Object).unwrap_or_default();
        record.pointer(pointer).cloned().unwrap_or_default()
    };
    for (kind, pointer, stays) in [
        (Kind::Kandidaat, "/geslacht", true),
        (Kind::Werkprofiel, "/werkEnDenkniveau", true),
        (Kind::Kandidaat, "/doelgroepen/0", false),
        (Kind::Kandidaat, "/doelgroepen/1", false),
        (Kind::Kandidaat, "/banenafspraak", false),
        (Kind::Werkprofiel, "/klantkenmerken/0/code", false),
        (Kind::Kandidaat, "/geboortedatum/jaar", false),
        (Kind::Kandidaat, "/adres/huisnummer", false),
    ] {
        let (before, after) = (of(&before, kind, pointer), of(&after, kind, pointer));
        assert!(!before.is_null() && !after.is_null(), "{pointer}");
        assert_eq!(before == after, stays, "{pointer}: {before} {after}");
    }
}

#[test]
fn keys_of_pairs_and_words_that_are_a_code_together_stay_and_their_values_do_not() {
    let rules = r#"[mapping]
organisatie = "org"
soort = "zaak"
titel = "Titel"
status = "test"
direction = "in"
format = "json"
main = "verwijzing"

[[rule]]
source = "nr"
target = "verwijzing.nummer"

[[rule]]
source = "extra[naam=klantnr]/waarde"
target = "kandidaat.klantnummer"

[[rule]]
sources = ["man", "vrouw"]
target = "kandidaat.geslacht"
codec = { codec = "choice", choices = [{ is = ["JA", "NEE"], value = "1" }, { is = ["NEE", "JA"], value = "2" }] }
"#;
    let files = [("org/zaak.toml".to_owned(), rules.to_owned())];
    let library = Library::compile(&files, &SCHEMAS).unwrap_or_else(|found| panic!("{found:#?}"));
    let mapping = library.get("org", "zaak").expect("it is there");
    let json = br#"{"nr": "Geheim-1", "man": "NEE", "vrouw": "JA", "extra": [
        {"naam": "Geheimsma", "waarde": "Geheimsma"}, {"naam": "klantnr", "waarde": "Geheim-2"}]}"#;
    let document = adapters::decode(json, &Wire::Json, &Limits::default()).expect("JSON");
    let made = masked(mapping, &document, "een sleutel van deze proef");
    let text = whole(&made.document);
    assert!(!text.contains("geheim"), "{text}");
    assert!(text.contains("klantnr") && text.contains("nee"), "{text}");
    let (before, after) = (read(mapping, &document), read(mapping, &made.document));
    assert_eq!(structure(&before), structure(&after), "{text}");
    let record = after.elements[0].bundle.record(Kind::Kandidaat);
    assert_eq!(
        record.and_then(|record| record.get("geslacht")),
        Some(&Json::from("2"))
    );
}

/// Puts a text in the place of the value or name at a number; whether there was one.
fn put(node: &mut Node, at: &mut usize, text: &str) -> bool {
    match &mut node.value {
        Value::Map(parts) => parts.iter_mut().any(|(_, part)| put(part, at, text)),
        Value::List(items) => items.iter_mut().any(|item| put(item, at, text)),
        Value::Null | Value::Unreadable(_) => false,
        value if *at == 0 => {
            *value = Value::Text(text.into());
            true
        }
        _ => {
            *at -= 1;
            false
        }
    }
}

fn count(node: &Node) -> usize {
    match &node.value {
        Value::Map(parts) => parts.iter().map(|(_, part)| count(part)).sum(),
        Value::List(items) => items.iter().map(count).sum(),
        Value::Null | Value::Unreadable(_) => 0,
        _ => 1,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// A value of somebody in the place of any value of any sample: a name, a number, a sentence.
    #[test]
    fn a_secret_in_any_place_of_any_sample_does_not_survive(
        sample in any::<prop::sample::Index>(),
        place in any::<prop::sample::Index>(),
        secret in "[A-Z][a-z]{2,9}q[a-z]|[1-9][0-9]{7}|[A-Z]{2}-[0-9]{6}|[a-z]{3}\\.[a-z]{4}zq@[a-z]{5}\\.nl|Met [a-z]{4}zq gaat het [a-z]{6}zq vandaag niet goed",
        key in "[a-z]{16}",
    ) {
        let (mapping, document) = sample.get(&SAMPLES);
        let mut document = document.clone();
        let mut at = place.index(count(&document.root).max(1));
        prop_assume!(put(&mut document.root, &mut at, &secret));
        let made = masked(mapping, &document, &key);
        let found = whole(&made.document);
        for word in secret.split(|c: char| !c.is_alphanumeric()).filter(|word| word.contains('q') && word.len() >= 4 || word.len() >= 6) {
            prop_assert!(!found.contains(&word.to_lowercase()), "{mapping:?}: {word} in {found}");
        }
    }
}
