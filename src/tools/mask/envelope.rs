use crate::document::At;
use crate::document::Document;
use crate::document::Name;
use crate::document::Node;
use crate::document::Value;
use crate::mapping::Mapping;

/// Lines that no file has: what stands in the envelope is told apart by them from what stands at the same line of the
/// document that it holds.
const BEYOND: u32 = 1 << 31;

/// A document with its envelope beyond its own lines, and without the bytes of the document in that; none for a document
/// that came in none.
pub(super) fn apart(document: &Document, mapping: &Mapping) -> Option<Document> {
    let root = document.envelope.as_deref()?;
    let around = mapping.plan()?.envelope.as_deref()?;
    let (name, _) = around.plan.root.as_ref()?;
    let held: Vec<&Name> = std::iter::once(name).chain(&around.steps).collect();
    Some(Document {
        envelope: Some(Box::new(moved(root, Some(&held)))),
        ..document.clone()
    })
}

/// A part of an envelope beyond all lines. `held`: the steps from it to what holds the document, if it leads there.
fn moved(node: &Node, held: Option<&[&Name]>) -> Node {
    let at = At::new(node.at.line | BEYOND, node.at.column);
    let value = match (&node.value, held) {
        (_, Some([])) => Value::Text("".into()),
        (Value::Map(parts), _) => {
            let parts = parts.iter().map(|(name, part)| {
                let inner = held.and_then(|steps| steps.split_first());
                let inner = inner.filter(|(first, _)| **first == name);
                (Name::clone(name), moved(part, inner.map(|(_, rest)| rest)))
            });
            Value::Map(parts.collect())
        }
        (Value::List(items), _) => {
            Value::List(items.iter().map(|item| moved(item, None)).collect())
        }
        (value, _) => value.clone(),
    };
    Node::new(at, value)
}
