//! Lists in which each value stands in a part of its own, `sector[]/code`: in and out, with the place of each.

use schakel::adapters;
use schakel::adapters::Limits;
use schakel::canonical::Bundle;
use schakel::canonical::Kind;
use schakel::document::Fault;
use schakel::document::Lang;
use schakel::mapping::Decoded;
use schakel::mapping::Library;
use schakel::mapping::Mapping;
use schakel::mapping::laws;
use schakel::schema::Schemas;
use serde_json::json;
use std::sync::Arc;

/// Lists of parts that each hold one value, in a format; one of them optional in a group.
fn mapping(format: &str) -> Arc<Mapping> {
    let head = match format {
        "xml" => "[xml]\nroot = \"profiel\"\n",
        _ => "",
    };
    // XML has no numbers
    let number = match format {
        "json" => ", as = \"number\"",
        _ => "",
    };
    let text = format!(
        r#"
[mapping]
organisatie = "f"
soort = "lijst"
titel = "t"
status = "s"
direction = "both"
format = "{format}"
main = "werkprofiel"
delivers = "werkprofiel"
{head}
[[rule]]
source = "id"
target = "kandidaat.klantnummer"
required = true
[[rule]]
source = "kwalificatie/rijbewijs[]/code"
target = "werkprofiel.rijbewijzen"
invalid = "keep"
[[rule]]
source = "sector[]/code"
target = "werkprofiel.sectoren"
codec = {{ codec = "text", only = "digits", max = 5{number} }}
[[rule]]
source = "beroep"
target = "werkprofiel.bemiddelingsberoepen"
key = ["code", "omschrijving"]
  [[rule.rule]]
  source = "code"
  target = "code"
  [[rule.rule]]
  source = "naam"
  target = "omschrijving"
"#
    );
    let files = [("f/lijst.toml".to_owned(), text)];
    let schemas = Schemas::embedded().expect("the schemas are tested elsewhere");
    let library = Library::compile(&files, &schemas).unwrap_or_else(|found| {
        let lines: Vec<_> = found.iter().map(|one| one.render(Lang::En)).collect();
        panic!("{}", lines.join("\n"))
    });
    Arc::clone(library.get("f", "lijst").expect("it was compiled"))
}

fn read(mapping: &Mapping, text: &str) -> Decoded {
    let document = adapters::decode(text.as_bytes(), mapping.wire(), &Limits::default());
    mapping.decode(&document.expect("well-formed"))
}

fn faults(decoded: &Decoded) -> Vec<(String, String)> {
    let elements = decoded.elements.iter().flat_map(|element| &element.faults);
    let all = decoded.faults.iter().chain(elements);
    let shown = |fault: &Fault| (fault.code.to_string(), fault.place.location(Lang::Nl));
    all.map(shown).collect()
}

fn written(mapping: &Mapping, bundle: &Bundle) -> String {
    let encoded = mapping.encode(&json!({}), std::slice::from_ref(bundle));
    assert_eq!(encoded.faults, []);
    let bytes = adapters::encode(&encoded.document, mapping.wire()).expect("it can be written");
    String::from_utf8(bytes).expect("UTF-8")
}

fn named(code: &str, at: &str) -> (String, String) {
    (code.to_owned(), at.to_owned())
}

#[test]
fn each_value_comes_out_of_a_part_of_its_own_and_goes_back_into_one() {
    let json = r#"{"id": "1", "kwalificatie": {"rijbewijs": [{"code": "AM"}, {"code": "B"}]},
        "sector": [{"code": 81210}, {"code": 1110}], "beroep": [{"naam": "operator"}]}"#;
    let xml = "<profiel><id>1</id><kwalificatie><rijbewijs><code>AM</code></rijbewijs>\
        <rijbewijs><code>B</code></rijbewijs></kwalificatie><sector><code>81210</code></sector>\
        <sector><code>1110</code></sector><beroep><naam>operator</naam></beroep></profiel>";
    let said = json!({
        "rijbewijzen": ["AM", "B"], "sectoren": ["81210", "1110"], "bemiddelingsberoepen": [{"omschrijving": "operator"}],
    });
    for (format, text) in [("json", json), ("xml", xml)] {
        let mapping = mapping(format);
        let decoded = read(&mapping, text);
        assert_eq!(faults(&decoded), [], "{format}");
        let bundle = &decoded.elements[0].bundle;
        assert_eq!(
            serde_json::Value::from(bundle.record(Kind::Werkprofiel).expect("one").clone()),
            said
        );
        let out = written(&mapping, bundle);
        let (squeezed, meant) = (out.replace([' ', '\n'], ""), text.replace([' ', '\n'], ""));
        assert!(squeezed.ends_with(&meant), "{out}");
    }
}

#[test]
fn what_is_wrong_in_one_of_them_has_its_place_and_stops_no_other() {
    let decoded = read(
        &mapping("json"),
        r#"{"id": "1", "kwalificatie": {"rijbewijs": [{"code": "X"}, "B", {"code": "B"}, {"soort": "T"}, null, {}]},
            "beroep": [{"naam": "operator"}, {"naam": "operator"}, {"code": "7"}]}"#,
    );
    assert_eq!(
        decoded.elements[0]
            .bundle
            .record(Kind::Werkprofiel)
            .expect("one")["rijbewijzen"],
        json!(["B"])
    );
    assert_eq!(
        faults(&decoded),
        [
            named("deel.onbekend", "/kwalificatie/rijbewijs/3/soort"),
            named("code.onbekend", "/kwalificatie/rijbewijs/0/code"),
            named("waarde.bewaard", "/kwalificatie/rijbewijs/0/code"),
            named("waarde.vorm", "/kwalificatie/rijbewijs/1/code"),
            named("waarde.bewaard", "/kwalificatie/rijbewijs/1/code"),
            // of the two attributes of the key one is enough
            named("groep.dubbel", "/beroep/1"),
        ]
    );
    let xml = "<profiel><id>1</id><kwalificatie><rijbewijs><code>B</code></rijbewijs><rijbewijs><code>X</code>\
        </rijbewijs></kwalificatie></profiel>";
    let decoded = read(&mapping("xml"), xml);
    let at = "/profiel/kwalificatie/rijbewijs[2]/code";
    assert_eq!(
        faults(&decoded),
        [named("code.onbekend", at), named("waarde.bewaard", at)]
    );
}

#[test]
fn an_item_of_which_nothing_can_be_said_is_left_out() {
    let mapping = mapping("json");
    let mut bundle = Bundle::default();
    let record = bundle.record_mut(Kind::Werkprofiel);
    record.insert(
        "bemiddelingsberoepen".to_owned(),
        json!([{"stelsel": "ESCO"}, {"code": "7", "stelsel": "ESCO"}]),
    );
    bundle
        .record_mut(Kind::Kandidaat)
        .insert("klantnummer".to_owned(), json!("1"));
    let out: serde_json::Value = serde_json::from_str(&written(&mapping, &bundle)).expect("JSON");
    assert_eq!(out["beroep"], json!([{"code": "7"}]));
}

#[test]
fn a_document_can_be_a_list_of_one_element_too() {
    let text = "[mapping]\norganisatie = \"f\"\nsoort = \"lijst\"\ntitel = \"t\"\nstatus = \"s\"\ndirection = \"both\"\n\
        format = \"json\"\nmain = \"kandidaat\"\ndelivers = \"none\"\nper = \"message\"\n[json]\nlist = true\n\
        [[rule]]\nsource = \"id\"\ntarget = \"kandidaat.klantnummer\"\n";
    let files = [("f/lijst.toml".to_owned(), text.to_owned())];
    let schemas = Schemas::embedded().expect("the schemas are tested elsewhere");
    let library = Library::compile(&files, &schemas).expect("it compiles");
    let mapping = library.get("f", "lijst").expect("it was compiled");
    for given in [r#"{"id": "1"}"#, r#"[{"id": "1"}]"#] {
        let decoded = read(mapping, given);
        let out = written(mapping, &decoded.elements[0].bundle);
        let out: serde_json::Value = serde_json::from_str(&out).expect("JSON");
        assert_eq!(out, json!([{"id": "1"}]), "{given}");
    }
}

#[test]
fn the_laws_hold_for_them() {
    let schemas = Schemas::embedded().expect("the schemas are tested elsewhere");
    for format in ["json", "xml"] {
        let checked = laws::check(&mapping(format), &schemas, 3, 200);
        assert!(checked.is_ok(), "{}", checked.expect_err("it is one"));
    }
}
