//! Lists of keys and values, of which each key feeds an attribute of its own.

use crate::forms::assert_laws;
use crate::forms::codes;
use crate::forms::compile;
use crate::forms::read;
use crate::forms::records;
use crate::forms::text;
use crate::forms::written;
use schakel::document::Lang;
use schakel::mapping::Mapping;
use serde_json::Value as Json;
use serde_json::json;
use std::sync::Arc;

/// The rules, with the list as each format writes it.
fn mapping(format: &str) -> Arc<Mapping> {
    let (at, list, own) = match format {
        "xml" => (
            "x/e[@k=",
            "]",
            "ignore = [\"x/e[@k=intern]\"]\nnil = \"S:noValue\"\n",
        ),
        _ => (
            "x[k=",
            "]/v",
            "ignore = [\"x[k=intern]\"]\nempty = \"geenWaarde\"\n",
        ),
    };
    let rule = |key: &str, target: &str, more: &str| {
        format!("[[rule]]\nsource = \"{at}{key}{list}\"\ntarget = \"{target}\"\n{more}\n")
    };
    let rules = [
        rule("telefoon", "kandidaat.telefoon", ""),
        rule(
            "M/V",
            "kandidaat.geslacht",
            "codec = { codec = \"table\", codes = { M = \"1\", V = \"2\" } }",
        ),
        rule("'start datum'", "opdracht.ingangsdatum", "codec = \"date\""),
        rule(
            "eind",
            "opdracht.einddatum",
            &format!(
                "codec = \"date\"\nwhen = {{ source = \"{at}soort{list}\", is = \"V\", target = \"opdracht.raamcontract\", value = \"V\" }}"
            ),
        ),
        rule("soort", "opdracht.raamcontract", ""),
    ];
    compile(&text(format, own, &rules.concat()))
}

fn document(format: &str, pairs: &[(&str, &str)]) -> Vec<u8> {
    if format == "json" {
        let pairs: Vec<Json> = pairs
            .iter()
            .map(|(key, value)| json!({"k": key, "v": value}))
            .collect();
        return json!({"nr": "1", "x": pairs}).to_string().into_bytes();
    }
    let pairs = pairs
        .iter()
        .map(|(key, value)| format!("<e k=\"{key}\">{value}</e>"));
    format!(
        "<r><o><nr>1</nr><x>{}</x></o></r>",
        pairs.collect::<String>()
    )
    .into_bytes()
}

#[test]
fn each_key_feeds_its_attribute_and_goes_out_in_the_order_of_the_rules() {
    let pairs = [
        ("soort", "V"),
        ("eind", "2024-12-31"),
        ("M/V", "V"),
        ("telefoon", "0612345678"),
        ("intern", "x"),
        ("telefoon", "0201234567"),
        ("start datum", "2024-04-01"),
    ];
    let expected = json!({
        "kandidaat": {"geslacht": "2", "telefoon": ["0612345678", "0201234567"]},
        "opdracht": {"ordernummer": "1", "ingangsdatum": "2024-04-01", "einddatum": "2024-12-31", "raamcontract": "V"},
    });
    let ordered = [
        ("telefoon", "0612345678"),
        ("telefoon", "0201234567"),
        ("M/V", "V"),
        ("start datum", "2024-04-01"),
        ("eind", "2024-12-31"),
        ("soort", "V"),
    ];
    for format in ["xml", "json"] {
        let mapping = mapping(format);
        let decoded = read(&mapping, &document(format, &pairs));
        assert_eq!(codes(&decoded), Vec::<String>::new(), "{format}");
        assert_eq!(records(&decoded), expected, "{format}");
        let (bytes, remarks) = written(&mapping, &expected);
        assert_eq!(remarks, Vec::<String>::new(), "{format}");
        assert_eq!(
            read(&mapping, &bytes).elements[0].bundle,
            decoded.elements[0].bundle,
            "{format}"
        );
        let again = String::from_utf8(bytes).expect("UTF-8");
        if format == "xml" {
            let bare = |text: &str| text.split_whitespace().collect::<String>();
            let text = String::from_utf8(document(format, &ordered)).expect("UTF-8");
            let pairs = text.split_once("<x>").map_or("", |(_, pairs)| pairs);
            assert!(bare(&again).ends_with(&bare(pairs)), "{again}");
        } else {
            let json: Json = serde_json::from_str(&again).expect("JSON");
            let text: Json = serde_json::from_slice(&document(format, &ordered)).expect("JSON");
            assert_eq!(json, text);
        }
        assert_laws(&mapping);
    }
}

#[test]
fn a_key_that_no_rule_names_is_reported_and_one_that_is_there_twice_is_a_fault_at_its_place() {
    let pairs = [
        ("start datum", "2024-02-31"),
        ("vreemd", "x"),
        ("soort", "V"),
        ("soort", "A"),
        ("anders", "y"),
    ];
    for (format, places) in [
        (
            "xml",
            [
                ("sleutel.onbekend", "/r/o[1]/x/e[2]"),
                ("sleutel.onbekend", "/r/o[1]/x/e[5]"),
                ("datum.bestaatNiet", "/r/o[1]/x/e[1]"),
                ("waarde.meermalen", "/r/o[1]/x/e[4]"),
            ],
        ),
        (
            "json",
            [
                ("sleutel.onbekend", "/x/1"),
                ("sleutel.onbekend", "/x/4"),
                ("datum.bestaatNiet", "/x/0/v"),
                ("waarde.meermalen", "/x/3/v"),
            ],
        ),
    ] {
        let decoded = read(&mapping(format), &document(format, &pairs));
        let element = &decoded.elements[0];
        let found: Vec<_> = decoded.faults.iter().chain(&element.faults).collect();
        let found: Vec<_> = found
            .iter()
            .map(|fault| (fault.code.to_string(), fault.place.location(Lang::Nl)))
            .collect();
        let expected = places.map(|(code, place)| (code.to_owned(), place.to_owned()));
        assert_eq!(found, expected, "{format}");
        assert_eq!(records(&decoded), json!({"opdracht": {"ordernummer": "1"}}));
    }
}

#[test]
fn a_state_of_a_key_comes_and_goes() {
    let states = json!({"kandidaat": {"waardeStatus": {"/geslacht": "geenWaarde"}}, "opdracht": {"ordernummer": "1"}});
    for format in ["xml", "json"] {
        let mapping = mapping(format);
        let (bytes, remarks) = written(&mapping, &states);
        assert_eq!(remarks, Vec::<String>::new(), "{format}");
        assert_eq!(records(&read(&mapping, &bytes)), states, "{format}");
    }
}

#[test]
fn rules_with_one_key_share_an_item() {
    let rules = "[[rule]]\nsource = \"x[k=duur]/n\"\ntarget = \"opdracht.omvang.volume\"\n[[rule]]\nsource = \"x[k=duur]/e\"\nconst = \"uur\"\n[[rule]]\nsource = \"x[k=budget]/n\"\ntarget = \"opdracht.budget\"\n[[rule]]\nsource = \"x[k=budget]/e\"\nconst = \"euro\"\n";
    let mapping = compile(&text("json", "", rules));
    let record = json!({"opdracht": {"ordernummer": "1", "omvang": {"volume": 3}}});
    let (bytes, _) = written(&mapping, &record);
    let json: Json = serde_json::from_slice(&bytes).expect("JSON");
    assert_eq!(
        json,
        json!({"nr": "1", "x": [{"k": "duur", "n": 3, "e": "uur"}]})
    );
    assert_eq!(records(&read(&mapping, &bytes)), record);
    assert_laws(&mapping);
}
