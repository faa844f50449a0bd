use crate::api::query::discreet;
use crate::document::At;
use crate::document::Fault;
use crate::document::Place;
use crate::schema::StandsAlone;
use jsonschema::ValidationError;
use jsonschema::Validator;
use jsonschema::error::ValidationErrorKind;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;
use std::collections::BTreeMap;

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
            let schemas = needed(document, name);
            let schema = json!({
                "$ref": format!("{SCHEMAS}{name}"),
                "components": { "schemas": schemas },
            });
            jsonschema::options()
                .should_validate_formats(true)
                .with_retriever(StandsAlone)
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

/// Where an `OpenAPI` document has its schemas.
const SCHEMAS: &str = "#/components/schemas/";

/// A schema and those it refers to, by name: all a validator keeps of the whole document.
fn needed(document: &Value, name: &str) -> Map<String, Value> {
    let mut found = Map::new();
    let mut names = vec![name.to_owned()];
    while let Some(name) = names.pop() {
        if let Some(schema) = document.pointer(&format!("/components/schemas/{name}"))
            && !found.contains_key(&name)
        {
            refer(schema, &mut names);
            found.insert(name, schema.clone());
        }
    }
    found
}

fn refer(schema: &Value, names: &mut Vec<String>) {
    match schema {
        Value::Object(members) => {
            let reference = members.get("$ref").and_then(Value::as_str);
            let name = reference.and_then(|reference| reference.strip_prefix(SCHEMAS));
            names.extend(name.map(str::to_owned));
            members.values().for_each(|member| refer(member, names));
        }
        Value::Array(items) => items.iter().for_each(|item| refer(item, names)),
        _ => {}
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
                    format!("{here}/{}", discreet(name)),
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
