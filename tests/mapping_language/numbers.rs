//! How places number what repeats under several parents in XML: a path that is evaluated finds just that part.

use crate::forms::compile;
use crate::forms::read;
use crate::forms::text;
use schakel::canonical::Kind;
use schakel::document::Fault;
use schakel::document::Lang;
use schakel::mapping::Decoded;
use schakel::mapping::Element;
use schakel::mapping::Mapping;
use std::sync::Arc;

const RULES: &str = r#"
[[rule]]
source = "w/d"
target = "werkprofiel.talen"
key    = "taal"
  [[rule.rule]]
  source = "k"
  target = "taal"
  [[rule.rule]]
  source = "m"
  target = "mondeling"
  codec  = { codec = "table", codes = { een = "1", twee = "2" } }
[[rule]]
source = "v/s[]/c"
target = "kandidaat.telefoon"
codec  = "phone"
[[rule]]
source = "x/y"
target = "opdracht.raamcontract"
direction = "in"
when   = { source = "z", is = "ja" }
"#;

/// Elements that stand under several parts of one name.
fn mapping(own: &str) -> Arc<Mapping> {
    let text = text("xml", &format!("refuse = [\"p/q\"]\n{own}"), RULES);
    compile(&text.replace("element = \"o\"", "element = \"g/o\""))
}

fn places(decoded: &Decoded) -> Vec<(String, String)> {
    let elements = decoded.elements.iter().flat_map(|element| &element.faults);
    let told = |fault: &Fault| (fault.code.to_string(), fault.place.location(Lang::Nl));
    elements.map(told).collect()
}

#[test]
fn what_stands_under_several_parents_is_numbered_in_its_own() {
    let document = "<r>\
        <g><o><nr>1</nr></o><o><nr>2</nr></o></g>\
        <g><o><nr>3</nr>\
          <w><d><k>nld</k><m>een</m></d><d><k>eng</k><m>een</m></d></w>\
          <w><d><k>fra</k><m>drie</m></d></w>\
          <v><s><c>0201234567</c></s><s><c>0201234568</c></s></v>\
          <v><s><c>0201234569</c><c>a</c></s><s><c>b</c></s></v>\
          <x><y></y><y></y></x><x><y></y><y>1</y></x>\
          <p><q></q></p><p><q></q><q>1</q></p>\
        </o></g></r>";
    let decoded = read(&mapping(""), document.as_bytes());
    let own: Vec<String> = decoded
        .elements
        .iter()
        .map(|element| element.place.location(Lang::Nl))
        .collect();
    assert_eq!(own, ["/r/g[1]/o[1]", "/r/g[1]/o[2]", "/r/g[2]/o[1]"]);
    let at = |code: &str, within: &str| (code.to_owned(), format!("/r/g[2]/o[1]/{within}"));
    assert_eq!(
        places(&decoded),
        [
            at("deel.geweigerd", "p[2]/q[2]"),
            at("code.onbekend", "w[2]/d[1]/m"),
            at("telefoon.vorm", "v[2]/s[1]/c[2]"),
            at("telefoon.vorm", "v[2]/s[2]/c"),
            at("waarde.overgeslagen", "x[2]/y[2]"),
        ]
    );
    let item = decoded.elements[2]
        .origins
        .iter()
        .find(|one| &*one.pointer() == "/talen/2")
        .expect("the third of them");
    assert_eq!(item.place().location(Lang::Nl), "/r/g[2]/o[1]/w[2]/d[1]");
}

/// Elements of which two say one thing.
fn changes(rules: &str) -> Arc<Mapping> {
    let own =
        "pair = { source = \"z\", added = [\"T\"], changed = [\"W\"], removed = [], merged = [] }";
    let text = text("xml", own, rules).replace("element = \"o\"", "element = \"g/o\"");
    let text = text.replace("direction = \"both\"", "direction = \"in\"");
    compile(&text.replace("delivers = \"opdracht\"\n", ""))
}

#[test]
fn what_was_says_only_what_its_own_element_says() {
    let rule = "[[rule]]\nsource = \"/h\"\ntarget = \"opdracht.raamcontract\"\n";
    let document = "<r><h>RC-1</h><g><o><z>W</z><nr>2</nr></o><o><z>W</z><nr>3</nr></o></g></r>";
    let decoded = read(&changes(rule), document.as_bytes());
    let [element] = &decoded.elements[..] else {
        panic!("one change");
    };
    let was = element.was.as_ref().expect("what was");
    let said = |element: &Element| {
        let record = element.bundle.record(Kind::Opdracht).expect("an opdracht");
        let names: Vec<String> = record.keys().cloned().collect();
        let origins = element.origins.iter();
        let places = origins.map(|one| one.place().location(Lang::Nl)).collect();
        (names, places)
    };
    let texts = |texts: &[&str]| texts.iter().map(ToString::to_string).collect::<Vec<_>>();
    let own = (texts(&["ordernummer"]), texts(&["/r/g/o[1]/nr"]));
    assert_eq!(said(was), own);
    let all = texts(&["/r/g/o[2]/nr", "/r/h"]);
    assert_eq!(
        said(element),
        (texts(&["ordernummer", "raamcontract"]), all)
    );
}

#[test]
fn halves_of_a_change_are_numbered_in_what_they_stand_in() {
    let mapping = changes("");
    let document = "<r><g><o><z>T</z><nr>1</nr></o></g>\
        <g><o><z>W</z><nr>2</nr></o><o><z>W</z><nr>3</nr></o></g><g><o><z>W</z><nr>4</nr></o></g></r>";
    let decoded = read(&mapping, document.as_bytes());
    let found: Vec<(String, Option<String>)> = decoded
        .elements
        .iter()
        .map(|one| {
            let was = one.was.as_ref().map(|was| was.place.location(Lang::Nl));
            (one.place.location(Lang::Nl), was)
        })
        .collect();
    assert_eq!(
        found,
        [
            ("/r/g[1]/o[1]".to_owned(), None),
            ("/r/g[2]/o[2]".to_owned(), Some("/r/g[2]/o[1]".to_owned())),
            ("/r/g[3]/o[1]".to_owned(), None),
        ]
    );
    let told = places(&decoded);
    assert!(
        told.contains(&("paar.helft".to_owned(), "/r/g[3]/o[1]".to_owned())),
        "{told:?}"
    );
}
