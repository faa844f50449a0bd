//! The schemas as others read them: as plain JSON Schema 2020-12, by any validator.

use schakel::canonical::Kind;
use schakel::schema::Completeness;
use schakel::schema::Schemas;
use schakel::schema::Shape;
use serde_json::Value;
use serde_json::json;

fn schemas() -> Schemas {
    Schemas::embedded().expect("they load")
}

/// A value of the right form for an attribute, and one of the wrong form.
fn examples(schemas: &Schemas, shape: &Shape) -> Option<(Value, Value)> {
    Some(match shape {
        Shape::Integer { min, max } => (json!(min), json!(max + 1)),
        Shape::Boolean => (json!(true), json!("true")),
        Shape::Date => (json!("2024-02-29"), json!("2023-02-29")),
        Shape::PartialDate => (json!({"jaar": 1985}), json!({"maand": 1})),
        Shape::Timestamp => (json!("2024-03-14T09:15:00Z"), json!("2024-03-14")),
        Shape::ClockTime => (json!("09:30"), json!("9:30")),
        Shape::Uuid => (json!("018f3a5e-7b1c-7c3e-9a51-2f6f3d9f6a10"), json!("x")),
        Shape::Code(list) => {
            let list = schemas.code_list(list)?;
            (json!(list.codes.first()?.code), json!("geen code"))
        }
        Shape::Text { .. } | Shape::List | Shape::Object => return None,
    })
}

#[test]
fn a_plain_validator_agrees_with_the_gateway_on_every_attribute() {
    let schemas = schemas();
    let mut compared = 0;
    for kind in Kind::ALL {
        let plain = jsonschema::options()
            .should_validate_formats(true)
            .with_format("bsn", |_: &str| true)
            .with_format("rsin", |_: &str| true)
            .build(schemas.raw(kind))
            .expect("a schema on its own");
        for attribute in schemas.attributes(kind) {
            let Some((right, wrong)) = examples(&schemas, &attribute.shape) else {
                continue;
            };
            if attribute.path.contains('/') {
                continue; // top-level ones say enough; a group is one value to the validator
            }
            for (value, valid) in [(right, true), (wrong, false)] {
                let record = json!({ attribute.path.clone(): value });
                let object = record.as_object().cloned().expect("an object");
                let ours = schemas.validate(kind, &object, Completeness::Partial);
                assert_eq!(
                    ours.is_empty(),
                    valid,
                    "{kind} {}: {ours:?}",
                    attribute.path
                );
                // the plain schema wants the required attributes as well: leave only its verdict on this one
                let theirs = plain
                    .iter_errors(&record)
                    .filter(|error| !error.instance_path().is_empty())
                    .count();
                assert_eq!(theirs == 0, valid, "{kind} {}", attribute.path);
                compared += 1;
            }
        }
    }
    assert!(compared > 100, "{compared}");
}

#[test]
fn every_schema_is_json_schema_2020_12_with_limits_on_everything() {
    let schemas = schemas();
    for kind in Kind::ALL {
        let raw = schemas.raw(kind);
        assert_eq!(
            raw["$schema"],
            "https://json-schema.org/draft/2020-12/schema"
        );
        assert!(jsonschema::meta::is_valid(raw), "{kind}");
        limits(raw, kind.as_str());
    }
}

/// Every text, number, list and object has an end.
fn limits(node: &Value, at: &str) {
    match node {
        Value::Object(members) => {
            let has = |name: &str| members.contains_key(name);
            match members.get("type").and_then(Value::as_str) {
                Some("string") => {
                    let bounded = has("maxLength") || has("enum") || has("format");
                    assert!(bounded, "{at}");
                }
                Some("integer") => assert!(has("minimum") && has("maximum"), "{at}"),
                Some("array") => assert!(has("maxItems") && has("items"), "{at}"),
                Some("object") => {
                    let closed = members.get("additionalProperties") == Some(&json!(false));
                    assert!(closed || has("maxProperties"), "{at}");
                }
                _ => {}
            }
            for (name, member) in members {
                limits(member, &format!("{at}/{name}"));
            }
        }
        Value::Array(items) => items.iter().for_each(|item| limits(item, at)),
        _ => {}
    }
}
