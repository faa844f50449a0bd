//! One value at several places: composed of its parts, or a code that they are together.

use crate::forms::FORMATS;
use crate::forms::assert_laws;
use crate::forms::codes;
use crate::forms::compile;
use crate::forms::document;
use crate::forms::mapping;
use crate::forms::read;
use crate::forms::records;
use crate::forms::text;
use crate::forms::written;
use schakel::document::Lang;
use schakel::mapping::LawClass;
use serde_json::Value as Json;
use serde_json::json;

const RULES: &str = r#"
[[rule]]
@@a,b,c
target = "kandidaat.volledigeNaam"
codec = { codec = "compose", separator = "|" }
placeholders = { "?" = "waardeOnbekend" }
[[rule]]
@@d,e
target = "kandidaat.geslacht"
codec = { codec = "choice", choices = [
  { is = ["J", "N"], value = "1" },
  { is = ["N", "J"], value = "2" },
  { is = ["N", ""], value = "0" },
] }
[[rule]]
@@f,g,h
target = "opdracht.ingangsdatum"
codec = { codec = "compose", separator = "-", of = "date" }
"#;

/// Values that are there, and what they say.
fn pairs() -> Vec<(Vec<(&'static str, &'static str)>, Json)> {
    let number = json!({"ordernummer": "1"});
    let named = |record: Json| json!({"kandidaat": record, "opdracht": number});
    vec![
        (
            vec![("a", "Jan"), ("b", "van"), ("c", "Dijk")],
            named(json!({"volledigeNaam": "Jan|van|Dijk"})),
        ),
        (
            vec![("a", ""), ("b", ""), ("c", "Dijk")],
            named(json!({"volledigeNaam": "||Dijk"})),
        ),
        (
            vec![("a", ""), ("b", ""), ("c", "")],
            json!({"opdracht": number}),
        ),
        (
            vec![("d", "J"), ("e", "N")],
            named(json!({"geslacht": "1"})),
        ),
        (vec![("d", "N"), ("e", "")], named(json!({"geslacht": "0"}))),
        (
            vec![("f", "2024"), ("g", "04"), ("h", "01")],
            json!({"opdracht": {"ordernummer": "1", "ingangsdatum": "2024-04-01"}}),
        ),
        (
            vec![("a", "?"), ("b", "")],
            named(json!({"waardeStatus": {"/volledigeNaam": "waardeOnbekend"}})),
        ),
    ]
}

#[test]
fn parts_become_one_value_and_go_back_to_their_places_in_every_format() {
    for format in FORMATS {
        let mapping = mapping(format, "", RULES);
        for (values, expected) in pairs() {
            let decoded = read(&mapping, &document(&mapping, &values));
            assert_eq!(codes(&decoded), Vec::<String>::new(), "{format} {values:?}");
            assert_eq!(records(&decoded), expected, "{format} {values:?}");
            let (bytes, remarks) = written(&mapping, &expected);
            assert_eq!(remarks, Vec::<String>::new(), "{format} {values:?}");
            let again = read(&mapping, &bytes);
            assert_eq!(codes(&again), Vec::<String>::new(), "{format} {values:?}");
            assert_eq!(records(&again), expected, "{format} {values:?}");
        }
        assert_laws(&mapping);
    }
}

#[test]
fn what_cannot_be_told_apart_is_refused_and_its_neighbours_are_read() {
    let named = |record: Json| json!({"kandidaat": record, "opdracht": {"ordernummer": "1"}});
    for format in FORMATS {
        let mapping = mapping(format, "", RULES);
        for (values, code, expected) in [
            (
                [("a", "Jan|Piet"), ("c", "Dijk"), ("d", "J"), ("e", "N")],
                "deel.scheiding",
                named(json!({"geslacht": "1"})),
            ),
            (
                [("a", "Jan"), ("c", "Dijk"), ("d", "J"), ("e", "J")],
                "code.onbekend",
                named(json!({"volledigeNaam": "Jan||Dijk"})),
            ),
            (
                [("a", "Jan"), ("b", "?"), ("d", "N"), ("e", "J")],
                "deel.status",
                named(json!({"volledigeNaam": "Jan||", "geslacht": "2"})),
            ),
            (
                [("f", "2024"), ("h", "01"), ("d", "N"), ("e", "J")],
                "datum.vorm",
                named(json!({"geslacht": "2"})),
            ),
        ] {
            let decoded = read(&mapping, &document(&mapping, &values));
            assert_eq!(codes(&decoded), [code], "{format} {values:?}");
            assert_eq!(records(&decoded), expected, "{format} {values:?}");
        }
    }
}

#[test]
fn a_value_that_is_not_made_of_the_parts_is_not_written() {
    for format in FORMATS {
        let mapping = mapping(format, "", RULES);
        for (name, geslacht, remark) in [
            ("Jan van Dijk", "1", "uit.vorm"),
            ("Jan|van|de|Dijk", "1", "uit.vorm"),
            ("Jan | van|Dijk", "1", "uit.vorm"),
            ("?|van|Dijk", "1", "uit.vorm"),
            ("||", "1", "uit.vorm"),
            ("Jan|van|Dijk", "9", "uit.code"),
        ] {
            let record = json!({"kandidaat": {"volledigeNaam": name, "geslacht": geslacht}, "opdracht": {"ordernummer": "1"}});
            let (bytes, remarks) = written(&mapping, &record);
            assert_eq!(remarks, [remark], "{format} {name}");
            assert_eq!(codes(&read(&mapping, &bytes)), Vec::<String>::new());
        }
    }
}

#[test]
fn name_parts_are_composed_and_never_split_by_guess() {
    let rules = "[[rule]]\n@@a,b,c\ntarget = \"kandidaat.volledigeNaam\"\ncodec = { codec = \"compose\", separator = \" \", gaps = \"skip\" }\ndirection = \"in\"\n";
    for format in FORMATS {
        let mapping = mapping(format, "", rules);
        let values = [("a", "Jan"), ("b", ""), ("c", "de Vries")];
        let decoded = read(&mapping, &document(&mapping, &values));
        assert_eq!(
            records(&decoded)["kandidaat"]["volledigeNaam"],
            "Jan de Vries"
        );
        let law = mapping
            .rules()
            .into_iter()
            .find(|rule| rule.rule != "nr" && rule.rule != "1-20");
        assert_eq!(law.map(|rule| rule.law), Some(LawClass::OneWay));
        let (bytes, remarks) = written(&mapping, &records(&decoded));
        assert_eq!(remarks, Vec::<String>::new());
        assert_eq!(
            records(&read(&mapping, &bytes)),
            json!({"opdracht": {"ordernummer": "1"}})
        );
    }
}

#[test]
fn a_combination_of_booleans_and_numbers_goes_out_as_such() {
    let rules = "[[rule]]\n@@a,b\ntarget = \"kandidaat.geslacht\"\ncodec = { codec = \"choice\", choices = [{ is = [true, 1], value = \"1\" }, { is = [false, 2], value = \"2\" }] }\n";
    let mapping = mapping("json", "", rules);
    let record = json!({"kandidaat": {"geslacht": "2"}, "opdracht": {"ordernummer": "1"}});
    let (bytes, _) = written(&mapping, &record);
    let json: Json = serde_json::from_slice(&bytes).expect("JSON");
    assert_eq!(json, json!({"nr": "1", "a": false, "b": 2}));
    assert_eq!(records(&read(&mapping, &bytes)), record);
    let decimal = br#"{"nr": "1", "a": true, "b": 1.0}"#;
    assert_eq!(
        records(&read(&mapping, decimal))["kandidaat"]["geslacht"],
        "1"
    );
}

#[test]
fn an_unknown_combination_is_kept_where_the_mapping_says_so() {
    let rules = "[[rule]]\n@@a,b\ntarget = \"kandidaat.geslacht\"\ncodec = { codec = \"choice\", fold = true, unknown = \"keep\", choices = [{ is = [\"J\", \"N\"], value = \"1\" }] }\n";
    for format in FORMATS {
        let mapping = mapping(format, "", rules);
        let decoded = read(&mapping, &document(&mapping, &[("a", "j"), ("b", "n")]));
        assert_eq!(records(&decoded)["kandidaat"]["geslacht"], "1", "{format}");
        let decoded = read(&mapping, &document(&mapping, &[("a", "J"), ("b", "J")]));
        assert_eq!(
            codes(&decoded),
            ["code.onbekend", "waarde.bewaard"],
            "{format}"
        );
        assert_eq!(
            records(&decoded)["kandidaat"]["nietVertaald"],
            json!({"/geslacht": "J + J"})
        );
    }
}

#[test]
fn parts_stand_in_an_item_and_behind_the_prefix_of_a_fragment() {
    let fragment = "[[fragment.naam.rule]]\nsources = [\"a\", \"b\"]\ntarget = \"volledigeNaam\"\ncodec = { codec = \"compose\", separator = \"|\" }\n";
    let own = text(
        "json",
        "",
        "[[rule]]\ninclude = \"naam\"\nsource = \"klant\"\ntarget = \"kandidaat\"\n",
    );
    let files = [
        ("_gedeeld/delen.toml", fragment),
        ("f/taal.toml", own.as_str()),
    ];
    let files = files.map(|(path, text)| (path.to_owned(), text.to_owned()));
    let library =
        schakel::mapping::Library::compile(&files, &crate::forms::SCHEMAS).expect("it compiles");
    let mapping = library.get("f", "taal").expect("it is there");
    let bytes = br#"{"nr": "1", "klant": {"a": "Jan", "b": "Dijk"}}"#;
    let decoded = read(mapping, bytes);
    assert_eq!(codes(&decoded), Vec::<String>::new());
    assert_eq!(records(&decoded)["kandidaat"]["volledigeNaam"], "Jan|Dijk");
    assert_laws(mapping);
    let printed = compile(mapping.printed());
    assert_eq!(printed.printed(), mapping.printed());
    assert_eq!(printed.rules(), mapping.rules());

    let items = compile(&text(
        "json",
        "",
        "[[rule]]\n@a\ntarget = \"trajectplan.doelen\"\nkey = \"nr\"\n[[rule.rule]]\nsource = \"nr\"\ntarget = \"nr\"\nrequired = true\n[[rule.rule]]\nsources = [\"x/y\", \"x/z\"]\ntarget = \"omschrijving\"\ncodec = { codec = \"compose\", separator = \"; \" }\n",
    ));
    let bytes = br#"{"nr": "1", "a": [{"nr": 1, "x": {"y": "Werk", "z": "Vast"}}, {"nr": 2, "x": {"y": "a;b", "z": "c"}}]}"#;
    let decoded = read(&items, bytes);
    assert_eq!(codes(&decoded), ["deel.scheiding"]);
    assert_eq!(
        decoded.elements[0].faults[0]
            .place
            .location(schakel::document::Lang::Nl),
        "/a/1/x/y"
    );
    assert_eq!(
        records(&decoded)["trajectplan"]["doelen"][0],
        json!({"nr": 1, "omschrijving": "Werk; Vast"})
    );
    assert_laws(&items);
}

const SPREAD: &str = r#"
[[rule]]
@a
targets = ["opdracht.raamcontract", "opdracht.tariefafspraak"]
codec = { codec = "compose", separator = "/" }
placeholders = { "?" = "waardeOnbekend" }
"#;

#[test]
fn one_text_is_several_attributes_and_they_are_one_text_again_in_every_format() {
    for format in FORMATS {
        let mapping = mapping(format, "", SPREAD);
        for (text, attributes) in [
            ("A/b", json!({"raamcontract": "A", "tariefafspraak": "b"})),
            ("A/", json!({"raamcontract": "A"})),
            ("/b", json!({"tariefafspraak": "b"})),
            ("", json!({})),
            (
                "?",
                json!({"waardeStatus": {"/raamcontract": "waardeOnbekend", "/tariefafspraak": "waardeOnbekend"}}),
            ),
        ] {
            let decoded = read(&mapping, &document(&mapping, &[("a", text)]));
            assert_eq!(codes(&decoded), Vec::<String>::new(), "{format} {text}");
            let mut expected = json!({"opdracht": attributes});
            expected["opdracht"]["ordernummer"] = json!("1");
            assert_eq!(records(&decoded), expected, "{format} {text}");
            let (bytes, remarks) = written(&mapping, &expected);
            assert_eq!(remarks, Vec::<String>::new(), "{format} {text}");
            assert_eq!(
                records(&read(&mapping, &bytes)),
                expected,
                "{format} {text}"
            );
        }
        for text in ["A", "A/b/c", "/"] {
            let decoded = read(&mapping, &document(&mapping, &[("a", text)]));
            assert_eq!(codes(&decoded), ["deel.aantal"], "{format} {text}");
            let sentence = decoded.elements[0].faults[0].sentence.get(Lang::Nl);
            assert!(sentence.contains("met precies `"), "{sentence}");
        }
        for (attributes, code) in [
            (
                json!({"raamcontract": "A/a", "tariefafspraak": "b"}),
                "uit.vorm",
            ),
            (
                json!({"raamcontract": "A", "waardeStatus": {"/tariefafspraak": "waardeOnbekend"}}),
                "uit.status",
            ),
            (
                json!({"waardeStatus": {"/tariefafspraak": "waardeOnbekend"}}),
                "uit.status",
            ),
        ] {
            let mut record = json!({"opdracht": attributes});
            record["opdracht"]["ordernummer"] = json!("1");
            let (bytes, remarks) = written(&mapping, &record);
            assert_eq!(remarks, [code], "{format}");
            assert_eq!(codes(&read(&mapping, &bytes)), Vec::<String>::new());
        }
        assert_laws(&mapping);
    }
}

#[test]
fn a_name_goes_out_composed_of_its_parts() {
    let rules = "[[rule]]\n@a\ntargets = [\"kandidaat.voornamen\", \"kandidaat.voorvoegsel\", \"kandidaat.geslachtsnaam\"]\ncodec = { codec = \"compose\", separator = \" \", gaps = \"skip\" }\ndirection = \"out\"\n";
    for format in FORMATS {
        let mapping = mapping(format, "", rules);
        let record = json!({"kandidaat": {"voornamen": "Jan", "geslachtsnaam": "Dijk"}, "opdracht": {"ordernummer": "1"}});
        let (bytes, remarks) = written(&mapping, &record);
        assert_eq!(remarks, Vec::<String>::new());
        assert_eq!(
            crate::forms::cell(&mapping, &bytes, "a").as_deref(),
            Some("Jan Dijk"),
            "{format}"
        );
        assert_eq!(
            records(&read(&mapping, &bytes)),
            json!({"opdracht": {"ordernummer": "1"}})
        );
    }
}
