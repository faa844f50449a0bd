//! What a file of a format cannot hold: that value is left out and said, with the number of its record, and its
//! neighbours are written.

use crate::forms::compile;
use crate::forms::mapping;
use crate::forms::read;
use crate::forms::records;
use crate::forms::text;
use crate::forms::written;
use schakel::adapters;
use schakel::canonical::Bundle;
use schakel::canonical::Kind;
use schakel::document::Lang;
use schakel::mapping::Mapping;
use serde_json::Value as Json;
use serde_json::json;

const RULES: &str = r#"
[[rule]]
@a
target = "kandidaat.geslachtsnaam"
[[rule]]
@b
target = "opdracht.budget"
codec = { codec = "integer" }
[[rule]]
@c
target = "kandidaat.telefoon"
codec = { codec = "list", separator = "," }
[[rule]]
@d
target = "kandidaat.voorletters"
"#;

#[test]
fn a_value_that_the_file_cannot_hold_stops_nothing_else() {
    let latin = "encoding = \"windows-1252\"";
    let long = "x".repeat(40_000);
    for (format, own, pointer, value, left, code) in [
        (
            "csv",
            latin,
            "/kandidaat/geslachtsnaam",
            json!("Łukasz"),
            None,
            "uit.vorm",
        ),
        (
            "csv",
            latin,
            "/kandidaat/telefoon",
            json!(["0612345678", "Ł"]),
            Some(json!(["0612345678"])),
            "uit.vorm",
        ),
        (
            "csv",
            "",
            "/kandidaat/geslachtsnaam",
            json!("a\0b"),
            None,
            "uit.vorm",
        ),
        (
            "json",
            "",
            "/kandidaat/geslachtsnaam",
            json!("a\0b"),
            None,
            "uit.vorm",
        ),
        (
            "excel",
            "",
            "/kandidaat/geslachtsnaam",
            json!("a\0b"),
            None,
            "uit.vorm",
        ),
        (
            "excel",
            "",
            "/kandidaat/geslachtsnaam",
            json!(long),
            None,
            "uit.vorm",
        ),
        (
            "excel",
            "",
            "/opdracht/budget",
            json!(1_234_567_890_123_456_789_u64),
            None,
            "uit.nietPrecies",
        ),
        (
            "fixed",
            latin,
            "/kandidaat/geslachtsnaam",
            json!("Łukasz"),
            None,
            "uit.vorm",
        ),
        (
            "xml",
            "",
            "/kandidaat/geslachtsnaam",
            json!("a\0b"),
            None,
            "uit.vorm",
        ),
    ] {
        let about = format!("{format} {pointer}");
        let mapping = mapping(format, own, RULES);
        let mut whole = json!({
            "kandidaat": {"geslachtsnaam": "Testpersoon", "telefoon": ["0612345678"], "voorletters": "A."},
            "opdracht": {"ordernummer": "1", "budget": 12},
        });
        *whole.pointer_mut(pointer).expect("it is there") = value;
        let (bytes, faults) = written(&mapping, &whole);
        assert_eq!(faults, [code], "{about}");
        let back = records(&read(&mapping, &bytes));
        assert_eq!(back.pointer(pointer), left.as_ref(), "{about}");
        assert_eq!(
            back.pointer("/kandidaat/voorletters"),
            Some(&json!("A.")),
            "{about}"
        );
    }
}

#[test]
fn an_attribute_has_no_way_to_say_that_there_is_no_value() {
    let rules = r#"
[[rule]]
source = "@a"
target = "kandidaat.klantnummer"
[[rule]]
source = "s[]/@c"
target = "werkprofiel.sectoren"
[[rule]]
source = "b"
target = "opdracht.raamcontract"
[[rule]]
source = "c/@p"
target = "opdracht.tariefafspraak"
placeholders = { "-" = "geenWaarde" }
"#;
    let mapping = mapping("xml", "nil = \"S:noValue\"", rules);
    let none = |pointer: &str| json!({"waardeStatus": {pointer: "geenWaarde"}});
    let states = json!({"/raamcontract": "geenWaarde", "/tariefafspraak": "geenWaarde"});
    let (bytes, faults) = written(
        &mapping,
        &json!({
            "kandidaat": none("/klantnummer"),
            "werkprofiel": none("/sectoren"),
            "opdracht": {"ordernummer": "1", "waardeStatus": states},
        }),
    );
    assert_eq!(faults, ["uit.status", "uit.status"]);
    let back = records(&read(&mapping, &bytes));
    let expected = json!({"opdracht": {"ordernummer": "1", "waardeStatus": states}});
    assert_eq!(back, expected);
}

/// Three records, of which the second has a name that cannot be written.
fn three() -> Vec<Bundle> {
    let one = |number: usize| {
        let mut bundle = Bundle::default();
        let name = if number == 2 { "a\0b" } else { "Testpersoon" };
        let opdracht = bundle.record_mut(Kind::Opdracht);
        opdracht.insert("ordernummer".to_owned(), Json::from(number.to_string()));
        let kandidaat = bundle.record_mut(Kind::Kandidaat);
        kandidaat.insert("geslachtsnaam".to_owned(), Json::from(name));
        kandidaat.insert("email".to_owned(), json!(["a@voorbeeld.example"]));
        bundle
    };
    (1..=3).map(one).collect()
}

#[test]
fn what_is_not_written_of_several_records_says_of_which() {
    let said = |mapping: &Mapping, bundles: &[Bundle]| -> Vec<String> {
        let encoded = mapping.encode(&json!({}), bundles);
        adapters::encode(&encoded.document, mapping.wire()).expect("writable");
        let unwritten = mapping.unwritten(&json!({}), bundles);
        let all = encoded.faults.iter().chain(&unwritten);
        all.map(|fault| fault.place.location(Lang::Nl)).collect()
    };
    let around = RULES.replace("source = \"a\"", "source = \"../a\"");
    for (format, own, rules) in [
        ("csv", "", RULES),
        ("excel", "", RULES),
        ("fixed", "", RULES),
        ("xml", "", RULES),
        ("json", "list = true", RULES),
        ("json", "element = \"l\"", RULES),
        ("xml", "", &around),
    ] {
        let mapping = mapping(format, own, rules);
        let expected = [
            "record 2, kandidaat/geslachtsnaam",
            "record 1, kandidaat/email",
        ];
        assert_eq!(said(&mapping, &three()), expected, "{format}");
        // of one record there is no telling
        let expected = ["kandidaat/geslachtsnaam", "kandidaat/email"];
        assert_eq!(said(&mapping, &three()[1..2]), expected, "{format}");
    }
}

#[test]
fn a_state_is_written_whether_or_not_the_mapping_declares_what_it_is_written_with() {
    let rules = "[[rule]]\nsource = \"a\"\ntarget = \"opdracht.raamcontract\"\n";
    let text = text("xml", "nil = \"S:noValue\"", rules);
    let without = text.replace(", xsi = \"http://www.w3.org/2001/XMLSchema-instance\"", "");
    assert_ne!(text, without);
    let record =
        json!({"opdracht": {"ordernummer": "1", "waardeStatus": {"/raamcontract": "geenWaarde"}}});
    for text in [text, without] {
        let mapping = compile(&text);
        let (bytes, faults) = written(&mapping, &record);
        assert_eq!(faults, [""; 0]);
        assert_eq!(records(&read(&mapping, &bytes)), record);
    }
}
