//! Of what repeats the one that is meant, and parts without which the rest may not be taken.

use crate::forms::assert_laws;
use crate::forms::codes;
use crate::forms::mapping;
use crate::forms::read;
use crate::forms::records;
use crate::forms::written;
use schakel::document::Fault;
use schakel::document::Lang;
use schakel::mapping::Decoded;
use serde_json::Value as Json;
use serde_json::json;
use std::fmt::Write;

const RULES: &str = r#"
[[rule]]
source = "p[k=01 or first]/k"
target = "kandidaat.adres.soort"
[[rule]]
source = "p[k=01 or first]/t"
target = "kandidaat.adres.straatnaam"
[[rule]]
source = "p[k=01 or first]/h"
target = "kandidaat.adres.huisnummer"
codec = "integer"
"#;
const PHONES: &str =
    "[[rule]]\nsource = \"p/f\"\ntarget = \"kandidaat.telefoon\"\ncodec = \"phone\"\n";

/// Each of them the values of an item.
fn document(format: &str, items: &[&[(&str, &str)]]) -> Vec<u8> {
    if format == "json" {
        let item = |values: &&[(&str, &str)]| -> Json { values.iter().copied().collect() };
        let items: Vec<Json> = items.iter().map(item).collect();
        return json!({"nr": "1", "p": items}).to_string().into_bytes();
    }
    let mut text = "<r><o><nr>1</nr>".to_owned();
    for values in items {
        text.push_str("<p>");
        for (name, value) in *values {
            write!(text, "<{name}>{value}</{name}>").expect("a text");
        }
        text.push_str("</p>");
    }
    (text + "</o></r>").into_bytes()
}

fn places(decoded: &Decoded) -> Vec<(String, String)> {
    let elements = decoded.elements.iter().flat_map(|element| &element.faults);
    let told = |fault: &Fault| (fault.code.to_string(), fault.place.location(Lang::Nl));
    decoded.faults.iter().chain(elements).map(told).collect()
}

fn at(code: &str, place: &str) -> (String, String) {
    (code.to_owned(), place.to_owned())
}

#[test]
fn of_several_the_one_with_the_key_counts_as_a_whole_and_what_another_has_is_told() {
    let other: &[(&str, &str)] = &[("k", "02"), ("t", "Postlaan"), ("h", "7")];
    let own: &[(&str, &str)] = &[("k", "01"), ("t", "Straat")];
    for (format, places_of) in [
        ("xml", ["/r/o[1]/p[1]", "/r/o[1]/p[2]"]),
        ("json", ["/p/0", "/p/1"]),
    ] {
        let mapping = mapping(format, "", RULES);
        let decoded = read(&mapping, &document(format, &[other, own]));
        let expected = json!({"soort": "01", "straatnaam": "Straat"});
        assert_eq!(
            records(&decoded)["kandidaat"]["adres"],
            expected,
            "{format}: no house number of another address"
        );
        assert_eq!(
            places(&decoded),
            [at("deel.overig", places_of[0])],
            "{format}"
        );
        let decoded = read(
            &mapping,
            &document(format, &[other, &[("k", "03"), ("h", "1")]]),
        );
        let expected = json!({"soort": "02", "straatnaam": "Postlaan", "huisnummer": 7});
        assert_eq!(
            records(&decoded)["kandidaat"]["adres"],
            expected,
            "{format}"
        );
        assert_eq!(
            places(&decoded),
            [at("deel.overig", places_of[1])],
            "{format}"
        );
        // one alone, whatever its key; and one that has nothing beside its key
        for items in [&[other][..], &[other, &[("k", "04")]]] {
            let decoded = read(&mapping, &document(format, items));
            assert_eq!(records(&decoded)["kandidaat"]["adres"]["soort"], "02");
            assert_eq!(codes(&decoded), Vec::<String>::new(), "{format}");
        }
        // of two with the key the first
        let decoded = read(&mapping, &document(format, &[own, own]));
        assert_eq!(codes(&decoded), ["deel.overig"], "{format}");
        assert_laws(&mapping);
    }
}

#[test]
fn what_is_wrong_stands_at_the_one_that_counts_and_one_is_written() {
    let wrong: &[(&str, &str)] = &[("k", "01"), ("h", "x")];
    for (format, place) in [("xml", "/r/o[1]/p[2]/h"), ("json", "/p/1/h")] {
        let mapping = mapping(format, "", RULES);
        let decoded = read(
            &mapping,
            &document(format, &[&[("k", "02"), ("h", "y")], wrong]),
        );
        assert_eq!(places(&decoded)[1], at("getal.vorm", place));
        let (bytes, remarks) = written(
            &mapping,
            &json!({"opdracht": {"ordernummer": "1"}, "kandidaat": {"adres": {"soort": "03", "straatnaam": "Hof"}}}),
        );
        assert_eq!(remarks, Vec::<String>::new());
        let text = String::from_utf8(bytes).expect("UTF-8");
        let text: String = text.split_whitespace().collect();
        let item = match format {
            "xml" => "<p><k>03</k><t>Hof</t></p>",
            _ => r#""p":[{"k":"03","t":"Hof"}]"#,
        };
        assert!(text.contains(item), "{text}");
    }
}

#[test]
fn what_a_list_takes_of_every_one_is_not_lost() {
    let mapping = mapping("xml", "", &format!("{RULES}{PHONES}"));
    let first: &[(&str, &str)] = &[("k", "01"), ("t", "Straat"), ("f", "0201234567")];
    let decoded = read(
        &mapping,
        &document("xml", &[first, &[("k", "02"), ("f", "0612345678")]]),
    );
    let found = &records(&decoded)["kandidaat"]["telefoon"];
    assert_eq!(*found, json!(["0201234567", "0612345678"]));
    assert_eq!(codes(&decoded), Vec::<String>::new());
    assert_laws(&mapping);
}

#[test]
fn what_is_wrong_in_a_list_stands_at_the_item_that_it_is_in() {
    let mapping = mapping("xml", "", PHONES);
    let one: &[(&str, &str)] = &[("f", "0201234567"), ("f", "geen")];
    let decoded = read(
        &mapping,
        &document("xml", &[one, &[("k", "1")], &[("f", "niet")]]),
    );
    assert_eq!(
        places(&decoded),
        [
            at("deel.onbekend", "/r/o[1]/p[2]/k"),
            at("telefoon.vorm", "/r/o[1]/p[1]/f[2]"),
            at("telefoon.vorm", "/r/o[1]/p[3]/f"),
        ]
    );
}

#[test]
fn of_very_many_others_twenty_are_told_and_that_there_are_more() {
    let other: &[(&str, &str)] = &[("k", "02"), ("t", "Postlaan")];
    for format in ["xml", "json"] {
        let decoded = read(
            &mapping(format, "", RULES),
            &document(format, &vec![other; 5_000]),
        );
        assert_eq!(codes(&decoded), ["deel.overig"; 21], "{format}");
    }
}

#[test]
fn a_value_that_is_no_text_is_told_too_where_another_was_taken() {
    let rule = "[[rule]]\nsource = \"p[k=01 or first]/j\"\ntarget = \"kandidaat.toestemming\"\n\
        codec = { codec = \"boolean\", true = [\"ja\"], false = [\"nee\"] }\n";
    let mapping = mapping("json", "", rule);
    let body = br#"{"nr": "1", "p": [{"k": "02", "j": true}, {"k": "01"}]}"#;
    let decoded = read(&mapping, body);
    assert!(
        codes(&decoded).contains(&"deel.overig".to_owned()),
        "{:?}",
        codes(&decoded)
    );
}

#[test]
fn a_part_that_cannot_be_taken_refuses_its_element_and_not_its_neighbours() {
    let own = "refuse = [\"b/c\", \"d\"]";
    let xml = mapping("xml", own, "");
    let text = "<r><o><nr>1</nr><b><c><x>1</x></c></b></o><o><nr>2</nr><b><c/></b><d> </d></o>\
                <o><nr>3</nr><d>1</d><d>2</d></o></r>";
    let decoded = read(&xml, text.as_bytes());
    assert_eq!(
        places(&decoded),
        [
            at("deel.geweigerd", "/r/o[1]/b/c"),
            at("deel.geweigerd", "/r/o[3]/d[1]")
        ]
    );
    let refused: Vec<bool> = decoded
        .elements
        .iter()
        .map(|one| one.faults.iter().any(Fault::refuses))
        .collect();
    assert_eq!(refused, [true, false, true]);
    let json = mapping("json", own, "");
    let decoded = read(&json, br#"[{"nr": "1", "b": {"c": [1]}}, {"nr": "2", "b": {"c": []}, "d": null}, {"nr": "3", "d": false}]"#);
    assert_eq!(
        places(&decoded),
        [at("deel.geweigerd", "/0/b/c"), at("deel.geweigerd", "/2/d")]
    );
    // from the root it refuses the document
    let whole = mapping("xml", "refuse = [\"/k/x\"]", "");
    let decoded = read(&whole, b"<r><k><x>1</x></k><o><nr>1</nr></o></r>");
    assert_eq!(places(&decoded), [at("deel.geweigerd", "/r/k/x")]);
    assert!(decoded.faults.iter().any(Fault::refuses));
    assert_laws(&xml);
}
