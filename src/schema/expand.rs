use crate::schema::CodeList;
use crate::schema::SchemaError;
use crate::schema::ordered;
use serde_json::Map;
use serde_json::Value;
use std::collections::BTreeMap;

/// The file that holds the shapes more than one schema uses.
pub(super) const SHARED: &str = "gedeeld";

/// How deep shared shapes may use shared shapes; the schemas use two.
const DEPTH_MAX: usize = 16;

/// Reads one of the source texts.
pub(super) fn parse(sources: &[(&str, &str)], file: &str) -> Result<Value, SchemaError> {
    let (_, text) = sources
        .iter()
        .find(|(name, _)| *name == file)
        .ok_or_else(|| SchemaError::Missing(file.to_owned()))?;
    ordered::read(text).map_err(|error| SchemaError::Unreadable {
        file: file.to_owned(),
        reason: error.to_string(),
    })
}

/// Makes a schema stand on its own: every `$ref` into the shared shapes becomes the shape itself (members beside
/// the `$ref` win), and every `x-codelijst` gets the codes of its list as `enum`.
///
/// Done here and not by the validator, so that one tree serves the validator, the table of attributes and the
/// `OpenAPI` document, and nothing is ever fetched to resolve a reference.
pub(super) fn expand(
    file: &str,
    mut schema: Value,
    shared: &Value,
    lists: &BTreeMap<String, CodeList>,
) -> Result<Value, SchemaError> {
    let context = Context {
        file,
        shared,
        lists,
    };
    context.expand(&mut schema, "", 0)?;
    Ok(schema)
}

struct Context<'a> {
    file: &'a str,
    shared: &'a Value,
    lists: &'a BTreeMap<String, CodeList>,
}

impl Context<'_> {
    fn expand(&self, node: &mut Value, at: &str, depth: usize) -> Result<(), SchemaError> {
        match node {
            Value::Object(members) => {
                self.insert_shape(members, at, depth)?;
                self.insert_codes(members, at)?;
                for (name, member) in members.iter_mut() {
                    self.expand(member, &format!("{at}/{name}"), depth)?;
                }
            }
            Value::Array(items) => {
                for item in items {
                    self.expand(item, at, depth)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn insert_shape(
        &self,
        members: &mut Map<String, Value>,
        at: &str,
        depth: usize,
    ) -> Result<(), SchemaError> {
        let Some(reference) = members.remove("$ref") else {
            return Ok(());
        };
        let shape = reference
            .as_str()
            .and_then(|text| text.strip_prefix("gedeeld.json").or(Some(text)))
            .and_then(|text| text.strip_prefix("#/$defs/"))
            .and_then(|name| self.shared.get("$defs")?.get(name))
            .ok_or_else(|| self.broken(at, "a $ref names a shape of gedeeld.json"))?;
        if depth >= DEPTH_MAX {
            return Err(self.broken(at, "shared shapes use each other without end"));
        }
        let mut shape = shape.clone();
        self.expand(&mut shape, at, depth + 1)?;
        if let Value::Object(shape) = shape {
            for (name, member) in shape {
                members.entry(name).or_insert(member);
            }
        }
        Ok(())
    }

    fn insert_codes(&self, members: &mut Map<String, Value>, at: &str) -> Result<(), SchemaError> {
        // A property that happens to be called `x-codelijst` would hold an object, never a text.
        let Some(name) = members.get("x-codelijst").and_then(Value::as_str) else {
            return Ok(());
        };
        let list = self
            .lists
            .get(name)
            .ok_or_else(|| self.broken(at, "x-codelijst names a list of codelijsten.json"))?;
        let codes = list
            .codes
            .iter()
            .map(|code| Value::String(code.code.clone()))
            .collect();
        members.insert("enum".to_owned(), Value::Array(codes));
        Ok(())
    }

    fn broken(&self, at: &str, reason: &str) -> SchemaError {
        SchemaError::Rule {
            file: self.file.to_owned(),
            at: at.to_owned(),
            reason: reason.to_owned(),
        }
    }
}
