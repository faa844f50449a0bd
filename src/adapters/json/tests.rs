#![allow(clippy::unwrap_used)]

use super::encode;
use crate::adapters::Limits;
use crate::adapters::tests::bare;
use crate::document::At;
use crate::document::Document;
use crate::document::Fault;
use crate::document::Lang;
use crate::document::Node;
use crate::document::Place;
use crate::document::Value;
use proptest::prelude::*;

/// What is read where everything can be.
fn decode(bytes: &[u8], limits: &Limits) -> Result<Document, Vec<Fault>> {
    super::decode(bytes, limits)?.whole()
}

fn faults(json: &str) -> Vec<Fault> {
    decode(json.as_bytes(), &Limits::default()).unwrap_err()
}

fn read(json: &str) -> Node {
    decode(json.as_bytes(), &Limits::default()).unwrap().root
}

#[test]
fn values_are_read_as_they_are_and_numbers_as_they_are_spelled() {
    for (json, tree) in [
        ("{}", "{}"),
        (" [ ] ", "[]"),
        ("\u{FEFF}[1,-0,2.50,1E+2]", "[#1,#-0,#2.50,#1E+2]"),
        (
            "123456789012345678901234567890",
            "#123456789012345678901234567890",
        ),
        (
            r#"{"b":true,"a":[false,null,"x\u0041"]}"#,
            r#"{"b":true,"a":[false,~,"xA"]}"#,
        ),
        (r#"{"":{"":""}}"#, r#"{"":{"":""}}"#),
        ("\"\\ud83d\\ude00\"", "\"😀\""),
    ] {
        assert_eq!(bare(&read(json)), tree, "{json}");
    }
}

#[test]
fn every_value_knows_its_line_and_column() {
    let root = read("{\n  \"é\": \"ë\", \"b\": [1,\r\n 2]\n}");
    assert_eq!(root.at, At::new(1, 1));
    assert_eq!(root.get("é").unwrap().at, At::new(2, 8));
    let list = root.get("b").unwrap();
    assert_eq!(list.at, At::new(2, 18));
    assert_eq!(list.items()[0].at, At::new(2, 19));
    assert_eq!(list.items()[1].at, At::new(3, 2));
}

/// `serde_json` takes the first two rows in silence.
#[test]
fn what_the_usual_library_takes_is_refused() {
    for (json, code, pointer, at) in [
        (r#"{"a":1,"a":2}"#, "json.dubbel", "/a", At::new(1, 8)),
        (
            r#"{"x":[{"a/b":1,"\u0061/b":2}]}"#,
            "json.dubbel",
            "/x/0/a~1b",
            At::new(1, 16),
        ),
        (r#"{"a":"\u0000"}"#, "json.teken", "/a", At::new(1, 6)),
        (r#"["\ud800"]"#, "json.teken", "/0", At::new(1, 2)),
        (r#"{"\u0000":1}"#, "json.teken", "", At::new(1, 2)),
    ] {
        let faults = faults(json);
        let place = Place::Json {
            pointer: pointer.to_owned(),
            at,
        };
        assert_eq!(
            (&*faults[0].code, &faults[0].place),
            (code, &place),
            "{json}"
        );
    }
    let many: Vec<_> = (0..40).map(|n| format!("\"k{n}\":{n},")).collect();
    let many = many.concat();
    let faults = faults(&format!("{{{many}\"k20\":0}}"));
    assert_eq!(faults[0].code, "json.dubbel");
}

#[test]
fn what_is_not_json_is_refused_at_its_place() {
    for (json, at) in [
        ("", None),
        (" ", Some(At::new(1, 2))),
        ("{\"a\":1} x", Some(At::new(1, 9))),
        ("{\"a\":1}{}", Some(At::new(1, 8))),
        ("[1,]", Some(At::new(1, 4))),
        ("{\"a\":1,}", Some(At::new(1, 8))),
        ("{a:1}", Some(At::new(1, 2))),
        ("{\"a\" 1}", Some(At::new(1, 6))),
        ("[1 2]", Some(At::new(1, 4))),
        ("[01]", Some(At::new(1, 3))),
        ("[+1]", Some(At::new(1, 2))),
        ("[1.]", Some(At::new(1, 4))),
        ("[NaN]", Some(At::new(1, 2))),
        ("['a']", Some(At::new(1, 2))),
        ("[nul]", Some(At::new(1, 2))),
        ("[truefalse]", Some(At::new(1, 6))),
        ("[\"é\\x\"]", Some(At::new(1, 4))),
        ("[\"a\nb\"]", Some(At::new(1, 4))),
        ("[\"a", Some(At::new(1, 4))),
        ("[// x\n1]", Some(At::new(1, 2))),
        ("[1\u{A0}]", Some(At::new(1, 3))),
        ("{\"a\":", Some(At::new(1, 6))),
        ("[[1]", Some(At::new(1, 5))),
    ] {
        let faults = faults(json);
        assert_eq!(faults.len(), 1, "{json:?}");
        let code = if json.is_empty() {
            "bestand.leeg"
        } else {
            "json.syntaxis"
        };
        assert_eq!(faults[0].code, code, "{json:?}");
        assert_eq!(faults[0].place.at(), at, "{json:?}");
    }
}

#[test]
fn bytes_that_are_not_utf_8_are_refused_with_their_place() {
    let faults = decode(b"{\n\"a\":\"\xC3\xA9\xE9\"}", &Limits::default()).unwrap_err();
    assert_eq!(faults[0].code, "bestand.tekenset");
    assert_eq!(faults[0].place.at(), Some(At::new(2, 7)));
}

#[test]
fn all_faults_that_leave_the_reading_possible_are_told_at_once() {
    let json = "{\"a\":\"\\u0000\",\"b\":1,\"b\":2,\"c\":[\"\\udc00\"]} x";
    let codes: Vec<_> = faults(json).into_iter().map(|fault| fault.code).collect();
    assert_eq!(
        codes,
        ["json.teken", "json.dubbel", "json.teken", "json.syntaxis"]
    );
    let limits = Limits {
        faults: 5,
        ..Limits::default()
    };
    let many = format!("[{}1]", "\"\\u0000\",".repeat(50));
    assert_eq!(decode(many.as_bytes(), &limits).unwrap_err().len(), 5);
}

#[test]
fn every_cap_is_kept() {
    let limits = Limits {
        depth: 3,
        nodes: 5,
        members: 2,
        text: 5,
        ..Limits::default()
    };
    for (json, expected) in [
        ("[[[]]]", None),
        ("[[[[]]]]", Some("json.diepte")),
        ("[1,2,3,4]", None),
        ("[1,2,3,4,5]", Some("json.omvang")),
        (r#"{"a":1,"b":2}"#, None),
        (r#"{"a":1,"b":2,"c":3}"#, Some("json.leden")),
        ("\"12345\"", None),
        ("\"123456\"", Some("json.tekst")),
        ("{\"123456\":1}", Some("json.tekst")),
        ("123456", Some("json.tekst")),
    ] {
        let faults = decode(json.as_bytes(), &limits).err();
        assert_eq!(
            faults.map(|faults| faults[0].code.to_string()).as_deref(),
            expected,
            "{json}"
        );
    }
    assert_eq!(faults(&"[".repeat(100_000))[0].code, "json.diepte");
}

#[test]
fn documents_are_written_compactly_and_in_order() {
    let json = "{\"b\":[1.50,-0,true,null,{}],\"a\":\"\\\"\\\\\\n\\u001fé/\"}";
    assert_eq!(encode(&read(json), false).unwrap(), json.as_bytes());
}

#[test]
fn what_json_cannot_say_is_refused_with_its_pointer_and_not_its_value() {
    let number = |text: &str| Node::made(Value::Number(text.into()));
    let map = |parts: Vec<(&str, Node)>| {
        let parts = parts.into_iter().map(|(name, node)| (name.into(), node));
        Node::made(Value::Map(parts.collect()))
    };
    for (node, code) in [
        (number("1,5"), "json.getal"),
        (number("01"), "json.getal"),
        (number("NaN"), "json.getal"),
        (number(""), "json.getal"),
        (number("1 "), "json.getal"),
        (Node::text("geheim\0"), "json.teken"),
        (Node::made(Value::Unreadable("#N/A".into())), "json.vorm"),
        (
            map(vec![("x", number("1")), ("x", number("2"))]),
            "json.vorm",
        ),
    ] {
        let root = map(vec![("a", Node::made(Value::List(vec![node])))]);
        let error = encode(&root, false).unwrap_err();
        assert_eq!(error.fault().code, code);
        assert_eq!(error.fault().place.location(Lang::Nl), "/a/0");
        assert!(!error.to_string().contains("geheim"));
    }
}

/// What `serde_json` makes of the same bytes, spelled as [`bare`] does; members in the order it keeps.
fn theirs(value: &serde_json::Value) -> String {
    use serde_json::Value as Json;
    let list = |items: Vec<String>| items.join(",");
    match value {
        Json::Null => "~".to_owned(),
        Json::Bool(value) => value.to_string(),
        Json::Number(number) => format!("#{:?}", number.as_f64()),
        Json::String(text) => format!("{text:?}"),
        Json::Array(items) => format!("[{}]", list(items.iter().map(theirs).collect())),
        Json::Object(members) => {
            let mut members: Vec<_> = members
                .iter()
                .map(|(name, value)| format!("{name:?}:{}", theirs(value)))
                .collect();
            members.sort();
            format!("{{{}}}", list(members))
        }
    }
}

fn ours(node: &Node) -> String {
    let list = |items: Vec<String>| items.join(",");
    match &node.value {
        Value::Number(text) => format!("#{:?}", text.parse::<f64>().ok()),
        Value::List(items) => format!("[{}]", list(items.iter().map(ours).collect())),
        Value::Map(members) => {
            let mut members: Vec<_> = members
                .iter()
                .map(|(name, node)| format!("{name:?}:{}", ours(node)))
                .collect();
            members.sort();
            format!("{{{}}}", list(members))
        }
        _ => bare(node),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 800, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_usual_library_agrees_but_for_what_is_refused_on_purpose(
        json in "[\\[\\]{}:,\"\\\\ \n0-9eE.+-]{0,12}|(\\{\"[ab]\":(1|-2.5|true|null|\"\\\\u00[0-9a]1\"|\\[[0-9],?\\]),?\\} ?){1,2}|[\\[{\"](\"a\":|[0-9\",:\\]}\\\\ntu]){0,12}",
    ) {
        let own = decode(json.as_bytes(), &Limits::default());
        let other: Result<serde_json::Value, _> = serde_json::from_str(&json);
        match (own, other) {
            (Ok(own), Ok(other)) => prop_assert_eq!(ours(&own.root), theirs(&other)),
            (Err(_), Err(_)) => {}
            (Err(faults), Ok(_)) => {
                let on_purpose = |fault: &Fault| matches!(&*fault.code, "json.dubbel" | "json.teken");
                prop_assert!(faults.iter().all(on_purpose), "{}: {:?}", json, faults);
            }
            // A number too large for it is one we only spell.
            (Ok(_), Err(error)) => prop_assert!(error.to_string().contains("out of range"), "{}: {}", json, error),
        }
    }
}
