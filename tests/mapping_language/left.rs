//! What conditions leave, and what two rules say of one attribute: nothing is passed over, and nothing is mixed.

use crate::forms::codes;
use crate::forms::document;
use crate::forms::mapping;
use crate::forms::read;
use crate::forms::records;
use schakel::document::Fault;
use schakel::document::Lang;
use schakel::mapping::Decoded;
use serde_json::Value as Json;
use serde_json::json;

/// All but fixed width, whose conditions name positions.
const FORMATS: [&str; 4] = ["xml", "json", "csv", "excel"];

const BY_WORD: &str = r#"
[[rule]]
@a
target = "opdracht.raamcontract"
direction = "in"
when = { source = "b", is = "J" }
[[rule]]
name = "a, anders"
@a
target = "opdracht.tariefafspraak"
direction = "in"
when = { source = "b", is = "N" }
"#;

/// The codes that decoding some values gives, and the opdracht.
fn decoded(format: &str, rules: &str, values: &[(&str, &str)]) -> (Vec<String>, Json) {
    let mapping = mapping(format, "", rules);
    let decoded = read(&mapping, &document(&mapping, values));
    let opdracht = records(&decoded)["opdracht"].clone();
    (codes(&decoded), opdracht)
}

fn places(decoded: &Decoded) -> Vec<String> {
    let faults = decoded.elements.iter().flat_map(|one| &one.faults);
    let place = |fault: &Fault| format!("{} {}", fault.code, fault.place.location(Lang::Nl));
    faults.map(place).collect()
}

#[test]
fn a_value_that_no_rule_takes_because_no_condition_holds_is_reported_once() {
    for format in FORMATS {
        for (a, b, codes, opdracht) in [
            (
                "x",
                "J",
                vec![],
                json!({"ordernummer": "1", "raamcontract": "x"}),
            ),
            (
                "x",
                "N",
                vec![],
                json!({"ordernummer": "1", "tariefafspraak": "x"}),
            ),
            (
                "x",
                "?",
                vec!["waarde.overgeslagen"],
                json!({"ordernummer": "1"}),
            ),
            (
                "x",
                "",
                vec!["waarde.overgeslagen"],
                json!({"ordernummer": "1"}),
            ),
            (" ", "?", vec![], json!({"ordernummer": "1"})),
        ] {
            let (found, record) = decoded(format, BY_WORD, &[("a", a), ("b", b)]);
            assert_eq!(found, codes, "{format} {a} {b}");
            assert_eq!(record, opdracht, "{format} {a} {b}");
        }
        let (found, _) = decoded(format, BY_WORD, &[("b", "?")]);
        assert_eq!(found, Vec::<String>::new(), "{format}: nothing is there");
        // one that takes it in any case leaves nothing
        let always =
            format!("{BY_WORD}[[rule]]\n@a\ntarget = \"werkprofiel.persoonlijkePresentatie\"\n");
        let (found, _) = decoded(format, &always, &[("a", "x"), ("b", "?")]);
        assert_eq!(found, Vec::<String>::new(), "{format}");
    }
}

#[test]
fn what_is_left_has_the_place_of_the_value_and_not_of_the_condition() {
    let json = mapping("json", "", BY_WORD);
    let decoded = read(&json, br#"{"nr": "1", "a": {"c": 1}, "b": "?"}"#);
    assert_eq!(places(&decoded), ["waarde.overgeslagen /a"]);
    let nil = br#"<r><o><nr>1</nr><a xmlns:x="http://www.w3.org/2001/XMLSchema-instance" x:nil="true"/></o></r>"#;
    let xml = mapping("xml", "", BY_WORD);
    assert_eq!(places(&read(&xml, nil)), Vec::<String>::new());
    let two = b"<r><o><nr>1</nr><a>x</a><a>y</a></o></r>";
    assert_eq!(
        places(&read(&xml, two)),
        ["waarde.overgeslagen /r/o[1]/a[1]"]
    );
}

#[test]
fn a_constant_that_does_not_count_leaves_nothing() {
    let rules =
        "[[rule]]\n@a\nconst = \"x\"\ndirection = \"in\"\nwhen = { source = \"b\", is = \"J\" }\n";
    for format in FORMATS {
        for (a, b, codes) in [
            ("y", "J", vec!["waarde.constante"]),
            ("x", "J", vec![]),
            ("y", "N", vec![]),
        ] {
            let (found, _) = decoded(format, rules, &[("a", a), ("b", b)]);
            assert_eq!(found, codes, "{format} {a} {b}");
        }
    }
}

#[test]
fn a_group_of_a_row_leaves_the_columns_that_nothing_else_takes() {
    let rules = r#"
[[rule]]
source = "."
target = "werkprofiel.bemiddelingsberoepen"
key = "omschrijving"
direction = "in"
when = { source = "b", is = "J" }
  [[rule.rule]]
  source = "a"
  target = "omschrijving"
  [[rule.rule]]
  source = "c"
  target = "code"
[[rule]]
@a
target = "opdracht.raamcontract"
direction = "in"
when = { source = "b", is = "N" }
"#;
    for format in ["csv", "excel"] {
        let all = |b: &str| {
            let mapping = mapping(format, "", rules);
            let values = [("a", "x"), ("b", b), ("c", "7")];
            places(&read(&mapping, &document(&mapping, &values)))
        };
        let at = |letter: &str, header: &str| {
            let sheet = if format == "csv" { "" } else { "Blad1: " };
            format!("waarde.overgeslagen {sheet}rij 2, kolom {letter} ({header})")
        };
        assert_eq!(all("J"), Vec::<String>::new());
        assert_eq!(all("N"), [at("D", "c")]);
        assert_eq!(all("?"), [at("D", "c"), at("B", "a")]);
    }
}

const TWO_PLACES: &str = r#"
[[rule]]
@a
target = "opdracht.raamcontract"
direction = "in"
when = { source = "a", present = true }
[[rule]]
@b
target = "opdracht.raamcontract"
direction = "in"
when = { source = "b", present = true }
"#;

#[test]
fn two_rules_that_fill_one_attribute_must_say_the_same() {
    let keep = format!("{}invalid = \"keep\"\n", TWO_PLACES.trim_start());
    let first = json!({"ordernummer": "1", "raamcontract": "x"});
    for format in FORMATS {
        for (rules, b, codes) in [
            (TWO_PLACES, "x", vec![]),
            (TWO_PLACES, "", vec![]),
            (TWO_PLACES, "y", vec!["waarde.tegenstrijdig"]),
            (&keep, "y", vec!["waarde.tegenstrijdig"]),
        ] {
            let mapping = mapping(format, "", rules);
            let decoded = read(&mapping, &document(&mapping, &[("a", "x"), ("b", b)]));
            assert_eq!(crate::forms::codes(&decoded), codes, "{format} {b}");
            assert_eq!(records(&decoded)["opdracht"], first, "{format} {b}");
            let refused = decoded.elements[0].faults.iter().any(Fault::refuses);
            assert_eq!(refused, rules == TWO_PLACES && b == "y", "{format} {b}");
            let origins = &decoded.elements[0].origins;
            let mut of_it = origins
                .iter()
                .filter(|one| one.pointer() == "/raamcontract");
            assert_eq!(
                of_it.next_back().map(|one| one.rule),
                Some(if b == "x" { "b" } else { "a" })
            );
        }
        let (found, record) = decoded(format, TWO_PLACES, &[("b", "y")]);
        assert_eq!(found, Vec::<String>::new());
        assert_eq!(record["raamcontract"], "y");
    }
}

#[test]
fn a_default_gives_way_and_a_constant_does_not() {
    let default = TWO_PLACES.replacen(
        "when = { source = \"a\", present = true }",
        "default = \"standaard\"\nwhen = { source = \"c\", is_not = \"x\" }",
        1,
    );
    let constant = "[[rule]]\ntarget = \"opdracht.raamcontract\"\nconst = \"vast\"\nwhen = { source = \"b\", is = \"x\" }\ndirection = \"in\"\n[[rule]]\n@a\ntarget = \"opdracht.raamcontract\"\ndirection = \"in\"\nwhen = { source = \"a\", present = true }\n";
    for format in FORMATS {
        let (found, record) = decoded(format, &default, &[("b", "y")]);
        assert_eq!(found, ["waarde.standaard"], "{format}");
        assert_eq!(record["raamcontract"], "y", "{format}");
        let (found, record) = decoded(format, &default, &[("a", "x"), ("b", "y")]);
        assert_eq!(found, ["waarde.tegenstrijdig"], "{format}");
        assert_eq!(record["raamcontract"], "x", "{format}");
        let (found, _) = decoded(format, constant, &[("a", "x"), ("b", "x")]);
        assert_eq!(found, ["waarde.tegenstrijdig"], "{format}");
        let (found, _) = decoded(format, constant, &[("a", "vast"), ("b", "x")]);
        assert_eq!(found, Vec::<String>::new(), "{format}");
    }
}

#[test]
fn a_state_does_not_stand_beside_a_value() {
    let rules = format!("{TWO_PLACES}placeholders = {{ \"?\" = \"waardeOnbekend\" }}\n");
    for format in FORMATS {
        let (found, record) = decoded(format, &rules, &[("a", "x"), ("b", "?")]);
        assert_eq!(found, ["waarde.tegenstrijdig"], "{format}");
        assert_eq!(record, json!({"ordernummer": "1", "raamcontract": "x"}));
        let (found, record) = decoded(format, &rules, &[("b", "?")]);
        assert_eq!(found, Vec::<String>::new(), "{format}");
        assert_eq!(record["waardeStatus"]["/raamcontract"], "waardeOnbekend");
    }
}
