//! Why there is no value: placeholders, emptiness and what the format has for it, in every format, both ways.

use crate::forms::FORMATS;
use crate::forms::assert_laws;
use crate::forms::cell;
use crate::forms::codes;
use crate::forms::document;
use crate::forms::mapping;
use crate::forms::read;
use crate::forms::records;
use crate::forms::written;
use serde_json::Value as Json;
use serde_json::json;

/// `a` has placeholders of its own and says what emptiness means; `b` has those of the format; `c` is a code; `d` a list.
const RULES: &str = r#"
[[rule]]
@a
target = "opdracht.raamcontract"
placeholders = { "?" = "waardeOnbekend", "NNB " = "waardeOnbekend", "geheim" = "nietGeautoriseerd" }
empty = "geenWaarde"
[[rule]]
@b
target = "opdracht.tariefafspraak"
[[rule]]
@c
target = "kandidaat.geslacht"
codec = { codec = "table", codes = { M = "1", V = "2" } }
placeholders = { "X" = "vastgesteldOnbekend" }
[[rule]]
@d
target = "werkprofiel.rijbewijzen"
codec = { codec = "list", separator = "," }
"#;
const OWN: &str = r#"placeholders = { "-" = "nietOndersteund" }"#;

/// Where, what stands there, the state it is (none: a value), and what goes out for it.
const STATES: [(&str, &str, Option<&str>, &str); 12] = [
    ("a", "?", Some("waardeOnbekend"), "?"),
    ("a", " NNB ", Some("waardeOnbekend"), "?"),
    ("a", "geheim", Some("nietGeautoriseerd"), "geheim"),
    ("a", "", Some("geenWaarde"), ""),
    ("a", "-", Some("nietOndersteund"), "-"),
    ("a", "nnb", None, "nnb"),
    ("b", "-", Some("nietOndersteund"), "-"),
    ("b", "?", None, "?"),
    ("c", "X", Some("vastgesteldOnbekend"), "X"),
    ("c", "-", Some("nietOndersteund"), "-"),
    ("d", "-", Some("nietOndersteund"), "-"),
    ("d", "B", None, "B"),
];

fn pointer(name: &str) -> (&'static str, &'static str) {
    match name {
        "a" => ("opdracht", "/raamcontract"),
        "b" => ("opdracht", "/tariefafspraak"),
        "c" => ("kandidaat", "/geslacht"),
        _ => ("werkprofiel", "/rijbewijzen"),
    }
}

#[test]
fn a_placeholder_or_emptiness_is_a_state_and_the_state_goes_out_as_the_first_that_says_it() {
    for format in FORMATS {
        let mapping = mapping(format, OWN, RULES);
        for (name, text, state, out) in STATES {
            let about = format!("{format}: {name} = {text:?}");
            let decoded = read(&mapping, &document(&mapping, &[(name, text)]));
            assert_eq!(codes(&decoded), Vec::<String>::new(), "{about}");
            let found = records(&decoded);
            let (kind, at) = pointer(name);
            let found_state = found[kind]
                .get("waardeStatus")
                .and_then(|states| states.get(at));
            assert_eq!(found_state.and_then(Json::as_str), state, "{about}");
            assert_eq!(
                found[kind].pointer(at).is_some(),
                state.is_none(),
                "{about}"
            );
            let (bytes, remarks) = written(&mapping, &found);
            assert_eq!(remarks, Vec::<String>::new(), "{about}");
            assert_eq!(
                cell(&mapping, &bytes, name).as_deref(),
                Some(out),
                "{about}"
            );
            // a table writes every column, and an empty one may be a state too
            let back = records(&read(&mapping, &bytes));
            let says = |found: &Json| {
                let states = found[kind].get("waardeStatus");
                let state = states.and_then(|states| states.get(at)).cloned();
                (found[kind].pointer(at).cloned(), state)
            };
            assert_eq!(says(&back), says(&found), "{about}");
        }
        assert_laws(&mapping);
    }
}

#[test]
fn emptiness_that_the_mapping_gives_no_meaning_says_nothing() {
    for format in FORMATS {
        let mapping = mapping(format, OWN, RULES);
        let decoded = read(
            &mapping,
            &document(&mapping, &[("a", "x"), ("b", ""), ("c", "")]),
        );
        let expected = json!({"opdracht": {"ordernummer": "1", "raamcontract": "x"}});
        assert_eq!(records(&decoded), expected, "{format}");
    }
}

#[test]
fn what_the_format_cannot_say_or_would_read_otherwise_is_not_written_and_reported() {
    for format in FORMATS {
        let mapping = mapping(format, OWN, RULES);
        for (record, code) in [
            (
                json!({"waardeStatus": {"/raamcontract": "vastgesteldOnbekend"}}),
                "uit.status",
            ),
            (
                json!({"waardeStatus": {"/tariefafspraak": "geenWaarde"}}),
                "uit.status",
            ),
            (json!({"raamcontract": "NNB"}), "uit.vorm"),
            (json!({"tariefafspraak": "-"}), "uit.vorm"),
        ] {
            let mut opdracht = json!({"ordernummer": "1"});
            let parts = record.as_object().cloned().unwrap_or_default();
            opdracht.as_object_mut().expect("an object").extend(parts);
            let (bytes, remarks) = written(&mapping, &json!({"opdracht": opdracht}));
            assert_eq!(remarks, [code], "{format} {record}");
            assert_eq!(codes(&read(&mapping, &bytes)), Vec::<String>::new());
        }
    }
}

#[test]
fn a_format_with_a_word_of_its_own_for_a_state_uses_that() {
    let xml = mapping("xml", "nil = \"S:noValue\"", RULES);
    let record = json!({"kandidaat": {"waardeStatus": {"/geslacht": "nietGeautoriseerd"}}, "opdracht": {"ordernummer": "1"}});
    let (bytes, remarks) = written(&xml, &record);
    assert_eq!(remarks, Vec::<String>::new());
    assert!(String::from_utf8_lossy(&bytes).contains("S:noValue=\"nietGeautoriseerd\""));
    assert_eq!(records(&read(&xml, &bytes)), record);
    let json = mapping("json", "", RULES);
    let decoded = read(&json, br#"{"nr": "1", "a": null, "b": null}"#);
    let expected =
        json!({"opdracht": {"ordernummer": "1", "waardeStatus": {"/raamcontract": "geenWaarde"}}});
    assert_eq!(records(&decoded), expected);
}
