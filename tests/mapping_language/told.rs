//! What a value loses on its way out though it is written: each is told at its place, and nothing else is.

use crate::forms::FORMATS;
use crate::forms::SCHEMAS;
use crate::forms::assert_laws;
use crate::forms::cell;
use crate::forms::codes;
use crate::forms::compile;
use crate::forms::document;
use crate::forms::mapping;
use crate::forms::read;
use crate::forms::records;
use crate::forms::text;
use crate::forms::written;
use schakel::canonical::Bundle;
use schakel::canonical::Kind;
use schakel::document::Lang;
use schakel::mapping::Library;
use schakel::mapping::Mapping;
use serde_json::Value as Json;
use serde_json::json;

const ROUNDED: &str = r#"
[[rule]]
@a
target = "opdracht.urenToegekend"
codec = { codec = "decimal", factor = 60, decimals = 2, separator = ",", rounding = "nearest" }
[[rule]]
@b
target = "logboekregel.minuten"
codec = { codec = "decimal", factor = 60, decimals = 1, separator = ",", rounding = "nearest" }
[[rule]]
@c
target = "verwijzing.indienmoment"
codec = { codec = "timestamp", forms = ["date"] }
[[rule]]
@d
target = "kandidaat.geslachtsnaam"
codec = { codec = "text", case = "upper" }
[[rule]]
@e
target = "kandidaat.telefoon"
codec = { codec = "list", separator = "/", item = { codec = "text", case = "lower" } }
"#;

/// Code and place of everything that is said when records are written.
fn told(mapping: &Mapping, record: &Json) -> Vec<(String, String)> {
    let mut bundle = Bundle::default();
    for (kind, record) in record.as_object().expect("records") {
        let kind = Kind::parse(kind).expect("a kind");
        let record = record.as_object().cloned().expect("a record");
        bundle.records.insert(kind, record);
    }
    let faults = mapping.encode(&json!({}), &[bundle]).faults;
    let shown = faults.iter().map(|fault| {
        let refuses = if fault.refuses() { " !" } else { "" };
        let at = fault.place.location(Lang::Nl);
        (format!("{}{refuses}", fault.code), at)
    });
    shown.collect()
}

fn pair(code: &str, at: &str) -> (String, String) {
    (code.to_owned(), at.to_owned())
}

#[test]
fn what_is_rounded_or_changed_and_the_hour_that_is_dropped_is_told_in_every_format() {
    for format in FORMATS {
        let mapping = mapping(format, "", ROUNDED);
        assert_laws(&mapping);
        let exact = json!({
            "opdracht": {"ordernummer": "1", "urenToegekend": 90},
            "logboekregel": {"minuten": 6},
            "verwijzing": {"indienmoment": "2024-05-04T22:00:00Z"},
            "kandidaat": {"geslachtsnaam": "JANSEN", "telefoon": ["tst 1", "tst 2"]},
        });
        assert_eq!(told(&mapping, &exact), [], "{format}");
        let (bytes, _) = written(&mapping, &exact);
        assert_eq!(records(&read(&mapping, &bytes)), exact, "{format}");
        let lost = json!({
            "opdracht": {"ordernummer": "1", "urenToegekend": 100},
            "logboekregel": {"minuten": 1},
            "verwijzing": {"indienmoment": "2024-05-05T12:34:56Z"},
            "kandidaat": {"geslachtsnaam": "Jansen", "telefoon": ["Tst 1", "tst 2"]},
        });
        let expected = [
            pair("uit.afgerond", "opdracht/urenToegekend"),
            pair("uit.afgerond", "logboekregel/minuten"),
            pair("uit.tijd", "verwijzing/indienmoment"),
            pair("uit.hoofdletters", "kandidaat/geslachtsnaam"),
            pair("uit.hoofdletters", "kandidaat/telefoon"),
        ];
        assert_eq!(told(&mapping, &lost), expected, "{format}");
        let (bytes, _) = written(&mapping, &lost);
        for (name, text) in [
            ("a", "1,67"),
            ("b", "0"),
            ("c", "2024-05-05"),
            ("d", "JANSEN"),
            ("e", "tst 1/tst 2"),
        ] {
            assert_eq!(cell(&mapping, &bytes, name).as_deref(), Some(text));
        }
    }
}

#[test]
fn a_third_of_an_hour_is_twenty_minutes_where_the_mapping_rounds() {
    let rule = |more: &str| {
        format!(
            "[[rule]]\n@a\ntarget = \"opdracht.urenToegekend\"\n\
             codec = {{ codec = \"decimal\", factor = 60, decimals = 2{more} }}\n"
        )
    };
    for format in FORMATS {
        let nearest = mapping(format, "", &rule(", rounding = \"nearest\""));
        let exact = mapping(format, "", &rule(""));
        for (hours, minutes) in [
            ("0.3333333333333333", 20),
            ("0.6666666666666666", 40),
            ("0.8333333333333334", 50),
        ] {
            let bytes = document(&nearest, &[("a", hours)]);
            let decoded = read(&nearest, &bytes);
            assert_eq!(codes(&decoded), ["getal.afgerond"], "{format} {hours}");
            assert_eq!(records(&decoded)["opdracht"]["urenToegekend"], minutes);
            let refused = read(&exact, &bytes);
            assert_eq!(codes(&refused), ["getal.nietPrecies"], "{format} {hours}");
        }
    }
}

const STARTED: &str = r#"
[[rule]]
target = "opdracht.status"
const = "gestart"
direction = "in"
"#;

#[test]
fn a_record_that_says_something_else_than_the_mapping_sets_is_told_or_refused() {
    let required = format!("{STARTED}required = true\n");
    let opdracht = |status: Option<&str>| {
        let mut opdracht = json!({"ordernummer": "1"});
        if let Some(status) = status {
            opdracht["status"] = json!(status);
        }
        json!({"opdracht": opdracht})
    };
    for format in FORMATS {
        let loose = mapping(format, "", STARTED);
        let strict = mapping(format, "", &required);
        assert_laws(&loose);
        assert_laws(&strict);
        for (status, in_loose, in_strict) in [
            (Some("gestart"), None, None),
            (Some("beeindigd"), Some("uit.anders"), Some("uit.anders !")),
            (None, None, Some("uit.anders !")),
        ] {
            for (mapping, expected) in [(&loose, in_loose), (&strict, in_strict)] {
                let at = "opdracht/status";
                let expected: Vec<_> = expected.iter().map(|code| pair(code, at)).collect();
                let found = told(mapping, &opdracht(status));
                assert_eq!(found, expected, "{format} {status:?}");
            }
        }
    }
}

#[test]
fn what_is_set_in_a_record_that_is_not_there_or_under_a_condition_is_held_against_nothing() {
    let rules = r#"
[[rule]]
target = "verwijzing.soort"
const = "verwijzing"
direction = "in"
required = true
[[rule]]
target = "opdracht.status"
const = "gestart"
direction = "in"
when = { source = "a", present = true }
"#;
    let mapping = mapping("json", "", rules);
    let record = json!({"opdracht": {"ordernummer": "1", "status": "beeindigd"}});
    assert_eq!(told(&mapping, &record), []);
}

#[test]
fn of_several_records_the_one_that_differs_is_named_and_is_not_told_twice() {
    let csv = text("csv", "", STARTED).replace("delivers", "per = \"message\"\ndelivers");
    let csv = compile(&csv);
    let bundle = |status: &str| {
        let mut bundle = Bundle::default();
        let own = json!({"ordernummer": status, "status": status});
        let own = own.as_object().cloned().expect("a record");
        bundle.records.insert(Kind::Opdracht, own);
        bundle
    };
    let bundles = ["gestart", "beeindigd"].map(bundle);
    let faults = csv.encode(&json!({}), &bundles).faults;
    let places: Vec<_> = faults
        .iter()
        .map(|fault| fault.place.location(Lang::Nl))
        .collect();
    assert_eq!(places, ["record 2, opdracht/status"]);
    let twice = csv.unwritten(&json!({}), &bundles);
    assert_eq!(twice, [], "nothing is told twice");
}

#[test]
fn items_of_a_group_that_all_get_the_same_are_held_against_it() {
    let group = r#"
[[rule]]
source = "a"
target = "werkprofiel.talen"
key = "taal"
  [[rule.rule]]
  source = "b"
  target = "taal"
  required = true
  [[rule.rule]]
  target = "mondeling"
  const = "2"
  direction = "in"
"#;
    for format in ["xml", "json"] {
        let mapping = mapping(format, "", group);
        assert_laws(&mapping);
        let record = json!({
            "opdracht": {"ordernummer": "1"},
            "werkprofiel": {"talen": [
                {"taal": "nld", "mondeling": "2"}, {"taal": "eng", "mondeling": "3"}, {"taal": "deu"},
            ]},
        });
        let expected = [pair("uit.anders", "werkprofiel/talen/1/mondeling")];
        assert_eq!(told(&mapping, &record), expected, "{format}");
    }
}

#[test]
fn a_code_that_is_no_number_is_said_when_the_mapping_is_checked() {
    let rules = |codes: &str| {
        format!(
            "[[rule]]\n@a\ntarget = \"kandidaat.geslacht\"\n\
             codec = {{ codec = \"table\", codes = {{ {codes} }}, as = \"number\" }}\n"
        )
    };
    for format in ["json", "excel"] {
        for (codes, wrong) in [
            ("1 = \"1\", 2 = \"2\"", vec![]),
            ("M = \"1\", 2 = \"2\"", vec!["`M`"]),
            ("01 = \"1\", 2 = \"2\", V = \"0\"", vec!["`01`", "`V`"]),
            // it only comes in
            ("1 = \"1\", 01 = \"1\"", vec![]),
        ] {
            let file = ("f/taal.toml".to_owned(), text(format, "", &rules(codes)));
            let found = Library::compile(&[file], &SCHEMAS)
                .err()
                .unwrap_or_default();
            let shown: Vec<_> = found.iter().map(|one| one.render(Lang::En)).collect();
            assert_eq!(shown.len(), wrong.len(), "{shown:?}");
            for (line, code) in shown.iter().zip(wrong) {
                assert!(line.contains("M111") && line.contains(code), "{line}");
            }
        }
    }
}
