//! Items of which the key stands there and cannot be translated: left out, with all of it kept or told.

use crate::forms;
use crate::forms::FORMATS;
use crate::forms::SCHEMAS;
use crate::forms::codes;
use crate::forms::compile;
use crate::forms::mapping;
use crate::forms::read;
use crate::forms::records;
use crate::forms::text;
use crate::forms::written;
use schakel::adapters;
use schakel::adapters::Limits;
use schakel::canonical::Kind;
use schakel::document::Fault;
use schakel::document::Lang;
use schakel::mapping::Decoded;
use schakel::mapping::Mapping;
use schakel::pipeline::read_document;
use serde_json::Value as Json;
use serde_json::json;
use std::sync::Arc;

/// Languages with levels, addresses that have two keys, and licences.
const RULES: &str = r#"
[[rule]]
source = "x/taal"
target = "werkprofiel.talen"
key = "taal"
  [[rule.rule]]
  source = "code"
  target = "taal"
  invalid = "keep"
  [[rule.rule]]
  source = "mondeling"
  target = "mondeling"
  empty = "geenWaarde"
  [[rule.rule]]
  source = "lezen"
  target = "lezen"
  default = "1"
  [[rule.rule]]
  target = "schaal"
  const = "vum"
[[rule]]
source = "x/adres"
target = "werkprofiel.webadressen"
key = ["url", "soort"]
  [[rule.rule]]
  source = "soort"
  target = "soort"
  invalid = "keep"
  [[rule.rule]]
  source = "url"
  target = "url"
  codec = { codec = "text", max = 10 }
  invalid = "keep"
[[rule]]
source = "x/rijbewijs"
target = "werkprofiel.rijbewijzen"
invalid = "keep"
"#;

fn lists(format: &str) -> Arc<Mapping> {
    compile(&text(format, "", RULES))
}

/// A document in JSON, and the same in XML.
fn document(format: &str, x: &Json) -> Vec<u8> {
    fn xml(name: &str, value: &Json) -> String {
        match value {
            Json::Array(items) => items.iter().map(|item| xml(name, item)).collect(),
            Json::Object(parts) => {
                let parts: String = parts.iter().map(|(name, part)| xml(name, part)).collect();
                format!("<{name}>{parts}</{name}>")
            }
            value => format!("<{name}>{}</{name}>", value.as_str().unwrap_or_default()),
        }
    }
    if format == "json" {
        return json!({"nr": "1", "x": x}).to_string().into_bytes();
    }
    format!("<r><o><nr>1</nr>{}</o></r>", xml("x", x)).into_bytes()
}

fn faults(decoded: &Decoded) -> Vec<(&str, String)> {
    let elements = decoded.elements.iter().flat_map(|element| &element.faults);
    let all = decoded.faults.iter().chain(elements);
    all.map(|fault| (&*fault.code, fault.place.location(Lang::Nl)))
        .collect()
}

fn refused(decoded: &Decoded) -> bool {
    let mut faults = decoded.elements.iter().flat_map(|element| &element.faults);
    faults.any(Fault::refuses)
}

#[test]
fn an_item_whose_key_cannot_be_translated_is_left_out_and_all_of_it_is_accounted_for() {
    let given = json!({
        "taal": [
            {"code": "klingon", "mondeling": "3"}, {"code": "nld", "mondeling": "4"},
            {"code": "elfs", "mondeling": "", "lezen": "2"}, {"code": "eng"},
        ],
    });
    for format in ["json", "xml"] {
        let mapping = lists(format);
        let decoded = read(&mapping, &document(format, &given));
        assert!(!refused(&decoded), "{format}: {:?}", faults(&decoded));
        assert_eq!(
            records(&decoded)["werkprofiel"],
            json!({
                "talen": [
                    {"taal": "nld", "mondeling": "4", "lezen": "1", "schaal": "vum"},
                    {"taal": "eng", "lezen": "1", "schaal": "vum"},
                ],
                "nietVertaald": {"/talen/2/taal": "klingon", "/talen/3/taal": "elfs"},
            }),
            "{format}"
        );
        let at = |item: usize, part: &str| match format {
            "json" => format!("/x/taal/{item}{part}"),
            _ => format!("/r/o[1]/x/taal[{}]{part}", item + 1),
        };
        let mut expected = Vec::new();
        for item in [0, 2] {
            expected.push(("tekst.lang", at(item, "/code")));
            expected.push(("waarde.bewaard", at(item, "/code")));
            if item == 0 {
                // it did not stand there
                expected.push(("waarde.standaard", at(item, "/lezen")));
            }
            expected.push(("waarde.overgeslagen", at(item, "/mondeling")));
            if item == 2 {
                expected.push(("waarde.overgeslagen", at(item, "/lezen")));
            }
            expected.push(("groep.onbekend", at(item, "")));
        }
        let found: Vec<(&str, String)> = faults(&decoded)
            .into_iter()
            .filter(|(_, place)| [0, 2].iter().any(|item| place.starts_with(&at(*item, ""))))
            .collect();
        assert_eq!(found, expected, "{format}");
        let place = |pointer: &str| {
            let place = decoded.elements[0].place_of(Kind::Werkprofiel, pointer);
            place.location(Lang::Nl)
        };
        assert_eq!(place("/nietVertaald/~1talen~13~1taal"), at(2, "/code"));
        assert_eq!(place("/talen/1/taal"), at(3, "/code"));
        assert_eq!(place("/talen/2"), at(0, ""));
        // what is kept is for its owner alone
        let (out, _) = written(&mapping, &records(&decoded));
        let out = String::from_utf8(out).expect("UTF-8");
        assert!(out.contains("nld"), "{out}");
        assert!(!out.contains("klingon") && !out.contains("elfs"), "{out}");
    }
}

#[test]
fn an_item_without_any_key_or_with_one_of_several_is_what_it_was() {
    let given = json!({
        "taal": [{"mondeling": "3"}],
        "adres": [{"soort": "zomaar", "url": ""}, {"soort": "ander", "url": "a.nl"}, {"soort": "1"}, {"soort": "x", "url": "te lang voor een adres"}],
    });
    for format in ["json", "xml"] {
        let decoded = read(&lists(format), &document(format, &given));
        let at = |json: &str, xml: &str| match format {
            "json" => json.to_owned(),
            _ => format!("/r/o[1]{xml}"),
        };
        let found = faults(&decoded);
        let of = |code: &str| -> Vec<&str> {
            let found = found.iter().filter(|(found, _)| *found == code);
            found.map(|(_, place)| place.as_str()).collect()
        };
        assert_eq!(of("groep.sleutel"), [at("/x/taal/0", "/x/taal[1]")]);
        assert_eq!(
            of("groep.onbekend"),
            [
                at("/x/adres/0", "/x/adres[1]"),
                at("/x/adres/3", "/x/adres[4]")
            ]
        );
        assert!(refused(&decoded));
        assert_eq!(
            records(&decoded)["werkprofiel"]["webadressen"],
            json!([{"url": "a.nl"}, {"soort": "1"}])
        );
        assert_eq!(
            records(&decoded)["werkprofiel"]["nietVertaald"],
            json!({
                "/webadressen/0/soort": "ander", "/webadressen/2/soort": "zomaar", "/webadressen/3/soort": "x",
                "/webadressen/3/url": "te lang voor een adres",
            })
        );
    }
}

#[test]
fn every_text_of_a_list_that_cannot_be_translated_is_kept() {
    let given = json!({"rijbewijs": ["vliegbrevet", "B", "vaarbewijs", "C"]});
    for format in ["json", "xml"] {
        let decoded = read(&lists(format), &document(format, &given));
        assert_eq!(
            records(&decoded)["werkprofiel"],
            json!({
                "rijbewijzen": ["B", "C"],
                "nietVertaald": {"/rijbewijzen/2": "vliegbrevet", "/rijbewijzen/3": "vaarbewijs"},
            }),
            "{format}"
        );
        assert!(!refused(&decoded), "{format}");
    }
}

#[test]
fn every_text_of_items_in_columns_of_their_own_is_kept() {
    let group = |name: &str| {
        format!(
            "[[rule]]\nname = \"taal {name}\"\nsource = \".\"\ntarget = \"werkprofiel.talen\"\nkey = \"taal\"\n  \
             [[rule.rule]]\n@{name}\n  target = \"taal\"\n  invalid = \"keep\"\n"
        )
    };
    let rules: String = ["a", "b", "c"].map(group).concat();
    for format in ["csv", "excel", "fixed"] {
        let mapping = mapping(format, "", &rules);
        let given = [("a", "klingon"), ("b", "nld"), ("c", "elfs")];
        let decoded = read(&mapping, &crate::forms::document(&mapping, &given));
        assert_eq!(
            records(&decoded)["werkprofiel"],
            json!({
                "talen": [{"taal": "nld"}],
                "nietVertaald": {"/talen/1/taal": "klingon", "/talen/2/taal": "elfs"},
            }),
            "{format}"
        );
    }
}

#[test]
fn of_two_untranslated_texts_for_one_attribute_the_first_is_kept_and_the_second_is_told() {
    let rule = |name: &str| {
        format!(
            "[[rule]]\nname = \"{name}\"\nsource = \"{name}\"\ntarget = \"kandidaat.geslacht\"\ninvalid = \"keep\"\n\
             direction = \"in\"\nwhen = {{ source = \"c\", is = \"{name}\" }}\n"
        )
    };
    let rules = ["a", "b"].map(|name| rule(name).replace("is = \"b\"", "is_not = \"\""));
    for format in ["xml", "json", "csv", "excel"] {
        let mapping = mapping(format, "", &rules.concat());
        let given = [("a", "x"), ("b", "y"), ("c", "a")];
        let decoded = read(&mapping, &crate::forms::document(&mapping, &given));
        assert_eq!(
            records(&decoded)["kandidaat"],
            json!({"nietVertaald": {"/geslacht": "x"}}),
            "{format}"
        );
        let found: Vec<&str> = faults(&decoded).into_iter().map(|(code, _)| code).collect();
        assert_eq!(
            found,
            [
                "code.onbekend",
                "waarde.bewaard",
                "code.onbekend",
                "waarde.tegenstrijdig"
            ],
            "{format}"
        );
    }
}

#[test]
fn what_the_shared_model_does_not_take_is_kept_where_the_rule_keeps_it() {
    let rules = |own: &str| {
        format!(
            "[[rule]]\n@a\ntarget = \"kandidaat.voorkeurstaal\"\n{own}\
             [[rule]]\n@b\ntarget = \"kandidaat.voornamen\"\n"
        )
    };
    let judged = |mapping: &Mapping, bytes: &[u8]| {
        let document = adapters::decode(bytes, mapping.wire(), &Limits::default());
        read_document(mapping, &document.expect("well-formed"), &SCHEMAS)
    };
    for format in FORMATS {
        let keeps = mapping(format, "", &rules("invalid = \"keep\"\n"));
        let bytes = forms::document(&keeps, &[("a", "nl"), ("b", "Testpersoon")]);
        let decoded = judged(&keeps, &bytes);
        assert_eq!(
            codes(&decoded),
            ["schema.vorm", "waarde.bewaard"],
            "{format}"
        );
        let [element] = decoded.elements.as_slice() else {
            panic!("one element");
        };
        assert!(!element.faults.iter().any(Fault::refuses), "{format}");
        assert_ne!(
            element.faults[0].place, element.place,
            "{format}: of the value"
        );
        let kandidaat =
            json!({"voornamen": "Testpersoon", "nietVertaald": {"/voorkeurstaal": "nl"}});
        assert_eq!(records(&decoded)["kandidaat"], kandidaat, "{format}");

        let refuses = mapping(format, "", &rules(""));
        let decoded = judged(&refuses, &bytes);
        assert_eq!(codes(&decoded), ["schema.vorm"], "{format}");
        assert!(decoded.elements[0].faults[0].refuses(), "{format}");
    }
    // an item that is known by it is left out whole, and its neighbours are taken
    let mapping = lists("json");
    let body = br#"{"nr": "1", "x": {"taal": [{"code": "nl", "mondeling": "1"}, {"code": "fra", "mondeling": "2"}]}}"#;
    let decoded = judged(&mapping, body);
    assert!(!decoded.elements[0].faults.iter().any(Fault::refuses));
    let werkprofiel = &records(&decoded)["werkprofiel"];
    assert_eq!(werkprofiel["talen"].as_array().map(Vec::len), Some(1));
    assert_eq!(werkprofiel["talen"][0]["taal"], "fra");
    assert_eq!(werkprofiel["nietVertaald"]["/talen/1/taal"], "nl");
}
