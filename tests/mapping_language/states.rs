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
use schakel::document::Lang;
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

/// `a` is a text, `b` one that is kept where it cannot be read, `c` a date with its indicator, `d` a list, `e` a text of which
/// the mapping says what its absence means.
const NIL: &str = r#"
[[rule]]
source = "a"
target = "opdracht.raamcontract"
[[rule]]
source = "b"
target = "opdracht.tariefafspraak"
invalid = "keep"
[[rule]]
source = "e"
target = "verwijzing.doel"
empty = "nietOndersteund"
[[rule]]
source = "c"
target = "kandidaat.geboortedatum"
codec = { codec = "partial-date", forms = ["eejjmmdd"], indicator = "@S:ind" }
[[rule]]
source = "d"
target = "kandidaat.telefoon"
"#;

#[test]
#[allow(clippy::too_many_lines)] // one table
fn what_says_that_there_is_no_value_is_held_against_what_is_there() {
    let mapping = mapping("xml", "nil = \"S:noValue\"", NIL);
    let state = |pointer: &str, state: &str| json!({"waardeStatus": {pointer: state}});
    let birth = |parts: Json| json!({"kandidaat": {"geboortedatum": parts}});
    let unknown = || json!({"kandidaat": state("/geboortedatum", "waardeOnbekend")});
    let nothing = || json!({});
    for (inner, expected, found) in [
        // with xsi:nil
        (
            r#"<a xsi:nil="true"/>"#,
            vec!["status.zonderReden /r/o[1]/a"],
            json!({"opdracht": state("/raamcontract", "waardeOnbekend")}),
        ),
        (
            r#"<a xsi:nil="true" S:noValue=" "/>"#,
            vec!["status.zonderReden /r/o[1]/a"],
            json!({"opdracht": state("/raamcontract", "waardeOnbekend")}),
        ),
        // what an empty element means the rule may say itself
        (
            r#"<e xsi:nil="true"/>"#,
            vec![],
            json!({"verwijzing": state("/doel", "nietOndersteund")}),
        ),
        (
            r#"<a xsi:nil="1" S:noValue="waardeOnbekend"> </a>"#,
            vec![],
            json!({"opdracht": state("/raamcontract", "waardeOnbekend")}),
        ),
        (
            r#"<a xsi:nil="true" S:noValue="geenWaarde">A</a>"#,
            vec!["waarde.tegenstrijdig /r/o[1]/a !"],
            nothing(),
        ),
        (
            r#"<a xsi:nil="true">A</a>"#,
            vec!["waarde.tegenstrijdig /r/o[1]/a !"],
            nothing(),
        ),
        (
            r#"<a xsi:nil="true"><x>A</x></a>"#,
            vec!["waarde.tegenstrijdig /r/o[1]/a !"],
            nothing(),
        ),
        (
            r#"<a xsi:nil="ja"/>"#,
            vec!["status.onbekend /r/o[1]/a !"],
            nothing(),
        ),
        (
            r#"<a xsi:nil="false">A</a>"#,
            vec![],
            json!({"opdracht": {"raamcontract": "A"}}),
        ),
        // kept, where the rule says so
        (
            r#"<b xsi:nil="true">A</b>"#,
            vec!["waarde.tegenstrijdig /r/o[1]/b", "waarde.bewaard /r/o[1]/b"],
            json!({"opdracht": {"nietVertaald": {"/tariefafspraak": "A"}}}),
        ),
        // without
        (
            r#"<a S:noValue="geenWaarde"/>"#,
            vec!["status.zonderNil /r/o[1]/a"],
            json!({"opdracht": state("/raamcontract", "geenWaarde")}),
        ),
        (
            r#"<a xsi:nil="false" S:noValue="geenWaarde">A</a>"#,
            vec!["waarde.tegenstrijdig /r/o[1]/a !"],
            nothing(),
        ),
        (
            r#"<a S:noValue="geenWaarde">A</a>"#,
            vec!["waarde.tegenstrijdig /r/o[1]/a !"],
            nothing(),
        ),
        (
            r#"<a S:noValue="anders"/>"#,
            vec!["status.onbekend /r/o[1]/a !"],
            nothing(),
        ),
        (
            r#"<a S:noValue="">A</a>"#,
            vec![],
            json!({"opdracht": {"raamcontract": "A"}}),
        ),
        // a date and how much of it counts
        (
            r#"<c S:ind="V">19850115</c>"#,
            vec![],
            birth(json!({"jaar": 1985, "maand": 1, "dag": 15})),
        ),
        (
            r#"<c S:ind="D">19850101</c>"#,
            vec![],
            birth(json!({"jaar": 1985, "maand": 1})),
        ),
        (
            r#"<c S:ind="D">19850115</c>"#,
            vec!["datum.indicator /r/o[1]/c"],
            birth(json!({"jaar": 1985, "maand": 1})),
        ),
        (
            r#"<c S:ind="M">19850101</c>"#,
            vec![],
            birth(json!({"jaar": 1985})),
        ),
        (
            r#"<c S:ind="M">19850601</c>"#,
            vec!["datum.indicator /r/o[1]/c"],
            birth(json!({"jaar": 1985})),
        ),
        (
            r#"<c S:ind="M">19850102</c>"#,
            vec!["datum.indicator /r/o[1]/c"],
            birth(json!({"jaar": 1985})),
        ),
        (r#"<c S:ind="J">19000101</c>"#, vec![], unknown()),
        (
            r#"<c S:ind="J">19850101</c>"#,
            vec!["datum.indicator /r/o[1]/c"],
            unknown(),
        ),
        (r#"<c S:ind="J"/>"#, vec![], unknown()),
        (
            r#"<c S:ind="J" xsi:nil="true" S:noValue="waardeOnbekend"/>"#,
            vec![],
            unknown(),
        ),
        (
            r#"<c S:ind="D"/>"#,
            vec!["datum.indicator /r/o[1]/c"],
            nothing(),
        ),
        (r#"<c S:ind="X"/>"#, vec!["datum.vorm /r/o[1]/c"], nothing()),
        (r#"<c S:ind="V"/>"#, vec![], nothing()),
        // items, and that there are none
        (
            r#"<d>0612345678</d><d xsi:nil="true" S:noValue="geenWaarde"/>"#,
            vec!["waarde.tegenstrijdig /r/o[1]/d[2]"],
            json!({"kandidaat": {"telefoon": ["0612345678"]}}),
        ),
        (
            r#"<d xsi:nil="true" S:noValue="waardeOnbekend"/><d>0612345678</d>"#,
            vec!["waarde.tegenstrijdig /r/o[1]/d[1]"],
            json!({"kandidaat": {"telefoon": ["0612345678"]}}),
        ),
        (
            r#"<d xsi:nil="true" S:noValue="waardeOnbekend"/><d xsi:nil="true" S:noValue="geenWaarde"/>"#,
            vec!["waarde.tegenstrijdig /r/o[1]/d[2]"],
            json!({"kandidaat": state("/telefoon", "waardeOnbekend")}),
        ),
        (
            r#"<d xsi:nil="true" S:noValue="waardeOnbekend"/><d xsi:nil="true" S:noValue="waardeOnbekend"/>"#,
            vec![],
            json!({"kandidaat": state("/telefoon", "waardeOnbekend")}),
        ),
    ] {
        let document = format!(
            r#"<r xmlns:S="urn:s" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><o><nr>1</nr>{inner}</o></r>"#
        );
        let decoded = read(&mapping, document.as_bytes());
        let faults: Vec<String> = decoded.elements[0]
            .faults
            .iter()
            .map(|fault| {
                let refuses = if fault.refuses() { " !" } else { "" };
                format!("{} {}{refuses}", fault.code, fault.place.location(Lang::Nl))
            })
            .collect();
        assert_eq!(faults, expected, "{inner}");
        let without_nil = faults.iter().any(|fault| fault.contains("zonderNil"));
        let codes = codes(&decoded);
        assert_eq!(without_nil, codes.contains(&"status.zonderNil".to_owned()));
        let mut records = records(&decoded);
        let opdracht = records["opdracht"].as_object_mut().expect("an opdracht");
        opdracht.remove("ordernummer");
        if opdracht.is_empty() {
            records.as_object_mut().expect("records").remove("opdracht");
        }
        assert_eq!(records, found, "{inner}");
    }
    assert_laws(&mapping);
}

/// iWmo has the indicator beside the date.
#[test]
fn an_indicator_beside_a_date_that_is_not_there_says_so() {
    let rules = r#"
[[rule]]
source = "a"
target = "kandidaat.geboortedatum"
codec = { codec = "partial-date", forms = ["iso"], indicator = "b" }
"#;
    let mapping = mapping("xml", "", rules);
    for (values, expected, state) in [
        (vec![("b", "3")], vec![], Some("waardeOnbekend")),
        (vec![("a", ""), ("b", "3")], vec![], Some("waardeOnbekend")),
        (vec![("b", "1")], vec!["datum.indicator"], None),
        (vec![("b", "")], vec![], None),
        (vec![], vec![], None),
    ] {
        let decoded = read(&mapping, &document(&mapping, &values));
        assert_eq!(codes(&decoded), expected, "{values:?}");
        let found = records(&decoded);
        let found = found.pointer("/kandidaat/waardeStatus/~1geboortedatum");
        assert_eq!(found.and_then(Json::as_str), state, "{values:?}");
    }
}

#[test]
fn a_reason_that_is_not_given_is_not_made_up() {
    let rules = "[[rule]]\n@a\ntarget = \"opdracht.raamcontract\"\n";
    let own = "empty = \"geenWaarde\"\n";
    // whether or not the format has an attribute that gives reasons
    for nil in ["", "nil = \"S:noValue\""] {
        for (more, expected, state) in [
            ("", vec!["status.zonderReden"], "waardeOnbekend"),
            (own, vec![], "geenWaarde"),
        ] {
            let mapping = mapping("xml", nil, &format!("{rules}{more}"));
            let text = r#"<r xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><o><nr>1</nr><a xsi:nil="true"/></o></r>"#;
            let decoded = read(&mapping, text.as_bytes());
            assert_eq!(codes(&decoded), expected, "{nil} {more}");
            let found = records(&decoded);
            let found = found.pointer("/opdracht/waardeStatus/~1raamcontract");
            assert_eq!(found.and_then(Json::as_str), Some(state), "{nil} {more}");
        }
    }
}
