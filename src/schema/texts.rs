use crate::schema::tree::Tree;
use serde_json::Map;
use serde_json::Value;

/// Whether something is so of a text, or of any text of a part of a record, that stands at a path of the tree.
pub(super) fn any_in<T>(
    tree: &Tree<T>,
    value: &Value,
    is_so: &mut dyn FnMut(&T, &str) -> bool,
) -> bool {
    match value {
        Value::String(text) => tree.what().is_some_and(|what| is_so(what, text)),
        Value::Array(items) => {
            let part = tree.part("*", &mut 0);
            part.is_some_and(|part| items.iter().any(|item| any_in(part, item, is_so)))
        }
        Value::Object(map) => any_text(tree, map, is_so),
        _ => false,
    }
}

fn any_text<T>(
    tree: &Tree<T>,
    map: &Map<String, Value>,
    is_so: &mut dyn FnMut(&T, &str) -> bool,
) -> bool {
    let mut from = 0;
    map.iter().any(|(name, value)| {
        let part = tree.part(name, &mut from);
        part.is_some_and(|part| any_in(part, value, is_so))
    })
}
