use crate::document::At;
use crate::document::Fault;
use crate::document::Place;
use jsonschema::ValidationError;
use jsonschema::Validator;
use jsonschema::error::ValidationErrorKind;
use serde::de::DeserializeSeed;
use serde::de::Deserializer;
use serde::de::Error;
use serde::de::MapAccess;
use serde::de::SeqAccess;
use serde::de::Visitor;
use serde_json::Map;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;

/// Reads a JSON text strictly (RFC 7493): no duplicate members, no U+0000, nothing after the value. The parser
/// itself bounds the depth.
pub fn parse(bytes: &[u8]) -> Result<Value, Box<Fault>> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = Strict.deserialize(&mut reader);
    let value = value.and_then(|value| reader.end().map(|()| value));
    value.map_err(|error| {
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let at = At::new(number(error.line()), number(error.column()));
        // What the parser says may quote the text; only what this module says is passed on.
        let said = error.to_string();
        let (code, nl, en) = if said.starts_with(DUPLICATE) {
            (
                "json.dubbel",
                "Hier staat een lid dat in dit object al eerder voorkomt.",
                "A member stands here that this object already has.",
            )
        } else if said.starts_with(NUL) {
            (
                "json.nul",
                "Hier staat het teken U+0000; dat mag niet.",
                "The character U+0000 stands here; it is not allowed.",
            )
        } else {
            (
                "json.vorm",
                "Dit is geen geldige JSON: hier gaat het lezen mis.",
                "This is not valid JSON: reading fails here.",
            )
        };
        Box::new(Fault::refused(code, Place::Text { at }, nl, en))
    })
}

/// Up to here every whole number is exact in a double (RFC 7493).
const INTEGER_MAX: f64 = 9_007_199_254_740_992.0;
const DUPLICATE: &str = "duplicate member";
const NUL: &str = "character U+0000";

/// Builds a [`Value`] and refuses what `serde_json` itself lets pass.
struct Strict;

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }
    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }
    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }
    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }
    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        // `60.0` is the integer 60 to JSON Schema; readers of integers must see it as one too.
        if value.fract() == 0.0 && value.abs() <= INTEGER_MAX {
            #[allow(clippy::cast_possible_truncation)] // whole, and within 2^53
            return Ok((value as i64).into());
        }
        Ok(value.into())
    }
    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        text(value).map(Value::String)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(Strict)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            let name = text(&name)?;
            if map.contains_key(&name) {
                return Err(A::Error::custom(DUPLICATE));
            }
            map.insert(name, members.next_value_seed(Strict)?);
        }
        Ok(Value::Object(map))
    }
}

fn text<E: Error>(text: &str) -> Result<String, E> {
    if text.contains('\0') {
        return Err(E::custom(NUL));
    }
    Ok(text.to_owned())
}

/// The request bodies as the `OpenAPI` document describes them, compiled: what is documented is what is checked.
pub struct Contracts(BTreeMap<String, Validator>);

impl Contracts {
    /// Compiles the schemas with these names from an `OpenAPI` document.
    ///
    /// # Panics
    /// When the document lacks one or has one that is no JSON Schema: a fault in the code, seen by every test.
    #[must_use]
    pub fn of(document: &Value, names: &[&str]) -> Self {
        let compile = |name: &str| {
            let mut schema = document.clone();
            schema["$ref"] = Value::from(format!("#/components/schemas/{name}"));
            jsonschema::options()
                .should_validate_formats(true)
                .build(&schema)
                .expect("the OpenAPI document's own schemas compile")
        };
        Self(
            names
                .iter()
                .map(|name| ((*name).to_owned(), compile(name)))
                .collect(),
        )
    }

    /// Every way in which a value differs from the named schema.
    #[must_use]
    pub fn check(&self, name: &str, value: &Value) -> Vec<Fault> {
        let Some(validator) = self.0.get(name) else {
            return Vec::new();
        };
        validator
            .iter_errors(value)
            .flat_map(|e| faults(&e))
            .collect()
    }
}

/// The fault of a value that is no object.
#[must_use]
pub fn object_only(value: &Value) -> Vec<Fault> {
    if value.is_object() {
        return Vec::new();
    }
    let wanted = "Verwacht is `object`.";
    vec![fault(
        "type",
        String::new(),
        wanted,
        "Expected is `object`.",
    )]
}

/// Sentences name limits and members of the schema, never a value or an unknown member of the request.
fn faults(error: &ValidationError<'_>) -> Vec<Fault> {
    use ValidationErrorKind as K;
    let here = error.instance_path().to_string();
    let (code, nl, en) = match error.kind() {
        K::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            return vec![fault(
                "verplicht",
                format!("{here}/{name}"),
                "Dit lid ontbreekt en is verplicht.",
                "This member is missing and required.",
            )];
        }
        K::AdditionalProperties { unexpected } => {
            let unknown = |name: &String| {
                fault(
                    "lid.onbekend",
                    format!("{here}/{}", name.replace('~', "~0").replace('/', "~1")),
                    "Dit lid is hier niet bekend. Controleer de spelling.",
                    "This member is not known here. Check the spelling.",
                )
            };
            return unexpected.iter().map(unknown).collect();
        }
        K::Type { kind } => {
            let wanted = type_names(kind);
            (
                "type",
                format!("Verwacht is {wanted}."),
                format!("Expected is {wanted}."),
            )
        }
        K::Format { format } => (
            "vorm",
            format!("De waarde heeft niet de vorm `{format}`."),
            format!("The value does not have the form `{format}`."),
        ),
        K::Pattern { .. } => (
            "patroon",
            "De waarde heeft niet de vorm die de documentatie noemt.".to_owned(),
            "The value does not have the form that the documentation names.".to_owned(),
        ),
        K::MinLength { limit } => (
            "te.kort",
            format!("Minstens {limit} tekens."),
            format!("At least {limit} characters."),
        ),
        K::MaxLength { limit } => (
            "te.lang",
            format!("Hoogstens {limit} tekens."),
            format!("At most {limit} characters."),
        ),
        K::MinItems { limit } => (
            "te.weinig",
            format!("Minstens {limit}."),
            format!("At least {limit}."),
        ),
        K::MaxItems { limit } => (
            "te.veel",
            format!("Hoogstens {limit}."),
            format!("At most {limit}."),
        ),
        K::Minimum { limit } => (
            "te.klein",
            format!("Minstens {limit}."),
            format!("At least {limit}."),
        ),
        K::Maximum { limit } => (
            "te.groot",
            format!("Hoogstens {limit}."),
            format!("At most {limit}."),
        ),
        K::Enum { options } => {
            let options = options.as_array().map(Vec::as_slice).unwrap_or_default();
            let names: Vec<&str> = options.iter().filter_map(Value::as_str).collect();
            let names = names.join(", ");
            (
                "keuze",
                format!("Kies uit: {names}."),
                format!("Choose from: {names}."),
            )
        }
        _ => (
            "schema",
            "De waarde past niet bij de documentatie.".to_owned(),
            "The value does not fit the documentation.".to_owned(),
        ),
    };
    vec![fault(code, here, nl, en)]
}

fn type_names(kind: &jsonschema::error::TypeKind) -> String {
    use jsonschema::error::TypeKind;
    match kind {
        TypeKind::Single(one) => format!("`{one}`"),
        TypeKind::Multiple(many) => {
            let names: Vec<String> = many.iter().map(|one| format!("`{one}`")).collect();
            names.join(", ")
        }
    }
}

fn fault(
    code: &'static str,
    pointer: String,
    nl: impl Into<String>,
    en: impl Into<String>,
) -> Fault {
    let at = At::default();
    Fault::refused(code, Place::Json { pointer, at }, nl, en)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Lang;
    use serde_json::json;

    #[test]
    fn what_serde_json_lets_pass_is_refused_with_its_place() {
        for (text, code) in [
            (r#"{"a":1,"a":2}"#, "json.dubbel"),
            ("{\"a\":1,\n\"\\u0061\":2}", "json.dubbel"),
            (r#"{"a":"\u0000"}"#, "json.nul"),
            (r#"{"a\u0000":1}"#, "json.nul"),
            (r#"{"a":1} {}"#, "json.vorm"),
            (r#"{"a":1"#, "json.vorm"),
            ("", "json.vorm"),
            ("\u{feff}{}", "json.vorm"),
            (&"[".repeat(4000), "json.vorm"),
        ] {
            let fault = parse(text.as_bytes()).expect_err(code);
            assert_eq!(fault.code, code, "{text}");
        }
        let fault = parse(b"{\"a\":1,\n\"a\":2}").expect_err("twice");
        assert_eq!(fault.place.at().map(|at| at.line), Some(2));
    }

    #[test]
    fn a_text_is_read_as_it_is() {
        let value = json!({"a":[1,-2,1.5,true,null,"é"],"b":{}});
        assert_eq!(parse(value.to_string().as_bytes()), Ok(value));
        assert_eq!(parse(b"[60.0,6e1,1e300]"), Ok(json!([60, 60, 1e300])));
    }

    #[test]
    fn every_difference_from_the_contract_is_told_at_once_without_the_value() {
        let document = json!({"components":{"schemas":{"X":{
            "type":"object","additionalProperties":false,"required":["aantal","id"],
            "properties":{"aantal":{"type":"integer","maximum":10},"id":{"type":"string","format":"uuid"},
                          "soort":{"type":"string","enum":["a","b"]}}}}}});
        let contracts = Contracts::of(&document, &["X"]);
        let value = json!({"aantal":11,"soort":"999990019","raar/999990019":1});
        let mut found: Vec<(String, String)> = contracts
            .check("X", &value)
            .iter()
            .map(|f| (f.code.to_string(), f.place.location(Lang::Nl)))
            .collect();
        found.sort();
        let expected = [
            ("keuze", "/soort"),
            ("lid.onbekend", "/…"),
            ("te.groot", "/aantal"),
            ("verplicht", "/id"),
        ];
        assert_eq!(found, expected.map(|(c, p)| (c.to_owned(), p.to_owned())));
        let sentences = format!(
            "{:?}",
            contracts
                .check("X", &value)
                .iter()
                .map(|f| f.sentence.nl.clone())
                .collect::<Vec<_>>()
        );
        assert!(!sentences.contains("999990019"));
    }
}
