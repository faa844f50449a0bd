//! Fixed width through the adapters: lines of positions in and out, each line on its own, nothing cut.

use proptest::prelude::*;
use schakel::adapters;
use schakel::adapters::Limits;
use schakel::canonical::Bundle;
use schakel::canonical::Kind;
use schakel::document::Fault;
use schakel::document::Lang;
use schakel::mapping::Decoded;
use schakel::mapping::LawClass;
use schakel::mapping::Library;
use schakel::mapping::Mapping;
use schakel::mapping::laws;
use schakel::schema::Schemas;
use serde_json::Value as Json;
use serde_json::json;
use std::sync::Arc;
use std::sync::LazyLock;

/// Every sort of field, both ways.
const TEXT: &str = r#"
[mapping]
organisatie = "f"
soort = "vast"
titel = "t"
status = "s"
direction = "both"
format = "fixed"
main = "opdracht"
delivers = "opdracht"
per = "message"

[fixed]
encoding = "latin-1"
record_length = 80
header = "00"
trailer = ["99", "EIND"]
ignore = [[79, 80]]
placeholders = { "?" = "waardeOnbekend", "Onbekend" = "waardeOnbekend" }

[[rule]]
position = [1, 2]
const = "10"

[[rule]]
position = [3, 11]
target = "kandidaat.bsn"
codec = "bsn"

[[rule]]
position = [12, 23]
target = "opdracht.ordernummer"
align = "right"
pad = "0"
required = true

[[rule]]
position = [24, 31]
target = "opdracht.ingangsdatum"
codec = { codec = "date", forms = ["eejjmmdd"] }
placeholders = { "00000000" = "geenWaarde" }

[[rule]]
position = [32, 37]
target = "opdracht.urenToegekend"
codec = { codec = "decimal", separator = ",", factor = 60, decimals = 2 }
align = "right"
pad = "0"

[[rule]]
position = [38, 38]
target = "kandidaat.geslacht"
codec = { codec = "table", codes = { M = "1", V = "2" } }
invalid = "keep"

[[rule]]
position = [39, 48]
target = "kandidaat.geslachtsnaam"

[[rule]]
position = [49, 60]
target = "kandidaat.telefoon"
align = "right"

[[rule]]
position = [61, 64]
target = "opdracht.opdrachtgever.gemeentecode"
empty = "geenWaarde"

[[rule]]
position = [65, 75]
target = "werkprofiel.rijbewijzen"
codec = { codec = "list", separator = "," }
when = { position = [76, 76], target = "werkprofiel.rijbewijzen", present = true }

[[rule]]
position = [76, 76]
const = "R"
when = { position = [76, 76], target = "werkprofiel.rijbewijzen", present = true }
"#;

static SCHEMAS: LazyLock<Schemas> =
    LazyLock::new(|| Schemas::embedded().expect("the schemas are tested elsewhere"));
static MAPPING: LazyLock<Arc<Mapping>> = LazyLock::new(|| {
    let files = [("f/vast.toml".to_owned(), TEXT.to_owned())];
    let library = Library::compile(&files, &SCHEMAS).unwrap_or_else(|found| {
        let lines: Vec<_> = found.iter().map(|one| one.render(Lang::En)).collect();
        panic!("{}", lines.join("\n"))
    });
    Arc::clone(library.get("f", "vast").expect("it was compiled"))
});

const GOOD: &str =
    "1099999001900000000045620240401007,25V\u{e9}\u{e9}n Jansen  06123456780484A,BE       R    ";

fn read(lines: &[&str]) -> Decoded {
    let bytes: Vec<u8> = lines
        .join("\r\n")
        .chars()
        .map(|c| u8::try_from(u32::from(c)).expect("Latin-1"))
        .collect();
    let document =
        adapters::decode(&bytes, MAPPING.wire(), &Limits::default()).expect("it is text");
    MAPPING.decode(&document)
}

fn faults(found: &[Fault]) -> Vec<(String, String)> {
    found
        .iter()
        .map(|fault| (fault.code.to_string(), fault.place.location(Lang::Nl)))
        .collect()
}

fn pair(code: &str, place: &str) -> (String, String) {
    (code.to_owned(), place.to_owned())
}

fn records(decoded: &Decoded, element: usize) -> Json {
    let records = &decoded.elements[element].bundle.records;
    let records = records
        .iter()
        .map(|(kind, record)| (kind.to_string(), Json::Object(record.clone())));
    Json::Object(records.collect())
}

fn bundle(records: &Json) -> Bundle {
    let mut bundle = Bundle::default();
    for (kind, record) in records.as_object().expect("records") {
        let kind = Kind::parse(kind).expect("a kind");
        let record = record.as_object().cloned().expect("a record");
        bundle.records.insert(kind, record);
    }
    bundle
}

fn whole() -> Json {
    json!({
        "kandidaat": {"bsn": "999990019", "geslacht": "2", "geslachtsnaam": "één Jansen", "telefoon": ["0612345678"]},
        "opdracht": {"ordernummer": "456", "ingangsdatum": "2024-04-01", "urenToegekend": 435,
            "opdrachtgever": {"gemeentecode": "0484"}},
        "werkprofiel": {"rijbewijzen": ["A", "BE"]},
    })
}

fn written(records: &[Json]) -> (String, Vec<(String, String)>) {
    let bundles: Vec<Bundle> = records.iter().map(bundle).collect();
    let encoded = MAPPING.encode(&json!({}), &bundles);
    let bytes = adapters::encode(&encoded.document, MAPPING.wire()).expect("writable");
    let text = bytes.into_iter().map(char::from).collect();
    (text, faults(&encoded.faults))
}

#[test]
fn a_line_of_positions_becomes_a_record_and_is_written_back_the_same() {
    let decoded = read(&[GOOD]);
    assert_eq!(faults(&decoded.faults), []);
    assert_eq!(faults(&decoded.elements[0].faults), []);
    assert_eq!(records(&decoded, 0), whole());
    let place = decoded.elements[0].place_of(Kind::Opdracht, "/ingangsdatum");
    assert_eq!(place.location(Lang::Nl), "regel 1, posities 24-31");
    assert_eq!(written(&[whole()]), (format!("{GOOD}\r\n"), Vec::new()));
}

#[test]
fn each_line_is_answered_by_its_own_place_and_never_stops_its_neighbours() {
    let bad_date = GOOD.replacen("20240401", "20240231", 1);
    let decoded = read(&[
        "00 header",
        "",
        GOOD,
        &GOOD[..38],
        &format!("{GOOD}xyz"),
        &bad_date,
        &GOOD.replacen('V', "X", 1),
        GOOD,
        "99 footer",
        "EIND",
    ]);
    assert_eq!(faults(&decoded.faults), []);
    let found: Vec<_> = decoded
        .elements
        .iter()
        .map(|element| faults(&element.faults))
        .collect();
    assert_eq!(
        found,
        [
            vec![],
            vec![pair("regel.lengte", "regel 4, posities 39-80")],
            vec![pair("regel.lengte", "regel 5, posities 81-83")],
            vec![pair("datum.bestaatNiet", "regel 6, posities 24-31")],
            vec![
                pair("code.onbekend", "regel 7, posities 38-38"),
                pair("waarde.bewaard", "regel 7, posities 38-38"),
            ],
            vec![],
        ]
    );
    let at = decoded.elements[1].faults[0]
        .place
        .at()
        .expect("it has one");
    assert_eq!((at.line, at.column), (4, 39));
    assert_eq!(records(&decoded, 5), whole());
}

#[test]
fn a_line_that_begins_like_a_header_is_a_record_once_records_began() {
    let decoded = read(&["00 header", GOOD, "00 header", GOOD]);
    let found: Vec<_> = decoded
        .elements
        .iter()
        .map(|one| one.faults.len())
        .collect();
    assert_eq!(found, [0, 1, 0]);
    assert_eq!(decoded.elements[1].faults[0].code, "regel.lengte");
}

#[test]
fn positions_that_no_rule_names_are_reported_once_and_those_ignored_never() {
    let with = |text: &str| format!("{}{text}", &GOOD[..GOOD.len() - 4]);
    let decoded = read(&[&with("  zz"), &with("x   "), &with("y zz")]);
    assert_eq!(
        faults(&decoded.faults),
        [pair("positie.onbekend", "regel 2, posities 77-78")]
    );
    assert_eq!(decoded.elements.len(), 3);
}

#[test]
fn placeholders_and_blanks_are_states_both_ways() {
    let line = "1099999001900000000045600000000007,25?Onbekend             ?";
    let line = format!("{line:<80}").chars().take(80).collect::<String>();
    let decoded = read(&[&line]);
    assert_eq!(faults(&decoded.elements[0].faults), []);
    let expected = json!({
        "kandidaat": {"bsn": "999990019", "waardeStatus": {"/geslacht": "waardeOnbekend", "/geslachtsnaam": "waardeOnbekend",
            "/telefoon": "waardeOnbekend"}},
        "opdracht": {"ordernummer": "456", "urenToegekend": 435,
            "waardeStatus": {"/ingangsdatum": "geenWaarde", "/opdrachtgever/gemeentecode": "geenWaarde"}},
    });
    let mut found = records(&decoded, 0);
    if let Some(records) = found.as_object_mut() {
        records.retain(|_, record| record.as_object().is_none_or(|record| !record.is_empty()));
    }
    assert_eq!(found, expected);
    let (text, remarks) = written(&[expected]);
    assert_eq!(remarks, []);
    let again = read(&[text.trim_end_matches("\r\n")]);
    assert_eq!(records(&again, 0), records(&decoded, 0));
}

#[test]
fn what_does_not_fit_is_refused_and_its_neighbours_are_written() {
    let change = |pointer: &str, value: Json| {
        let mut records = whole();
        *records.pointer_mut(pointer).expect("there") = value;
        records
    };
    for (pointer, value, at) in [
        (
            "/kandidaat/geslachtsnaam",
            json!("Abcdefghijk"),
            "kandidaat/geslachtsnaam",
        ),
        (
            "/kandidaat/geslachtsnaam",
            json!("Ilić"),
            "kandidaat/geslachtsnaam",
        ),
        (
            "/kandidaat/geslachtsnaam",
            json!("a\nb"),
            "kandidaat/geslachtsnaam",
        ),
        (
            "/kandidaat/geslachtsnaam",
            json!("Onbekend"),
            "kandidaat/geslachtsnaam",
        ),
        (
            "/opdracht/urenToegekend",
            json!(-90),
            "opdracht/urenToegekend",
        ),
        (
            "/opdracht/urenToegekend",
            json!(60_000_000),
            "opdracht/urenToegekend",
        ),
        (
            "/werkprofiel/rijbewijzen",
            json!(["A", "A1", "A2", "AM", "B"]),
            "werkprofiel/rijbewijzen",
        ),
    ] {
        let (text, remarks) = written(&[change(pointer, value), whole()]);
        let place = format!("record 1, {at}");
        assert_eq!(remarks, [pair("uit.vorm", &place)], "{pointer}");
        let lines: Vec<&str> = text.split_terminator("\r\n").collect();
        assert_eq!(lines[0].chars().count(), 80);
        assert_eq!(lines[1], GOOD);
    }
    // of what the format cannot do without, the record is refused
    for number in ["1234567890123", "0456"] {
        let (_, faults) = written(&[change("/opdracht/ordernummer", json!(number))]);
        assert_eq!(
            faults,
            [
                pair("uit.vorm", "opdracht/ordernummer"),
                pair("uit.verplicht", "opdracht/ordernummer"),
            ]
        );
    }
}

#[test]
fn the_laws_hold_and_every_rule_has_its_class() {
    if let Err(found) = laws::check(&MAPPING, &SCHEMAS, 20_260_103, 300) {
        panic!("{found}");
    }
    let laws = MAPPING.rules();
    let law = |name: &str| {
        laws.iter()
            .find(|rule| rule.rule == name)
            .map(|rule| rule.law)
    };
    assert_eq!(law("24-31"), Some(LawClass::Lossless));
    assert_eq!(law("32-37"), Some(LawClass::Normalising));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever lines stand around it, in whatever order, a good line is taken and every other has a reason.
    #[test]
    fn a_line_is_taken_whatever_its_neighbours_are(
        before in prop::collection::vec("[ -~éë]{0,90}", 0..5),
        after in prop::collection::vec("[ -~éë]{0,90}", 0..5),
    ) {
        let before: Vec<&str> = before.iter().map(String::as_str).collect();
        let after: Vec<&str> = after.iter().map(String::as_str).collect();
        let lines = [&before[..], &[GOOD], &after[..]].concat();
        let bytes: Vec<u8> = lines.join("\n").chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect();
        prop_assume!(std::str::from_utf8(&bytes).is_err());
        let document = adapters::decode(&bytes, MAPPING.wire(), &Limits::default());
        let decoded = MAPPING.decode(&document.expect("it is text"));
        let number = u32::try_from(before.len() + 1).expect("small");
        let own = decoded.elements.iter().find(|element| element.place.at().is_some_and(|at| at.line == number));
        let own = own.expect("the line is there");
        prop_assert!(own.faults.is_empty(), "{:?}", faults(&own.faults));
        for element in &decoded.elements {
            prop_assert!(element.place.at().is_some());
            for fault in &element.faults {
                prop_assert_eq!(fault.place.at().map(|at| at.line), element.place.at().map(|at| at.line));
            }
        }
    }
}
