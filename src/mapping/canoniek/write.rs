//! The shared model as a document.

use crate::canonical::Bundle;
use crate::canonical::Kind;
use crate::document::Document;
use crate::document::Format;
use crate::document::Name;
use crate::document::Node;
use crate::document::Value;
use crate::mapping::Encoded;
use crate::schema::Schemas;
use crate::schema::Shape;
use crate::schema::Tree;
use serde_json::Map;
use serde_json::Value as Json;
use std::collections::HashMap;
use std::sync::Arc;

/// What the shared model calls things, each name once: documents share them.
pub(super) struct Names(HashMap<Kind, (Name, Tree<Name>)>);

impl Names {
    pub(super) fn of(schemas: &Schemas) -> Self {
        let kinds = Kind::ALL.into_iter().map(|kind| {
            let mut paths: Vec<String> = Vec::new();
            for attribute in schemas.attributes(kind) {
                if attribute.shape == Shape::PartialDate {
                    let parts = ["jaar", "maand", "dag"];
                    paths.extend(parts.map(|part| format!("{}/{part}", attribute.path)));
                }
                paths.push(attribute.path.clone());
            }
            let last = |path: &str| Name::from(path.rsplit('/').next().unwrap_or_default());
            let names = paths.iter().map(|path| (&**path, last(path)));
            (kind, (Name::from(kind.as_str()), Tree::of(names)))
        });
        Self(kinds.collect())
    }

    /// The canonical document of some bundles.
    pub(super) fn document(&self, bundles: &[Bundle]) -> Encoded {
        let root = match bundles {
            [bundle] => self.bundle(bundle),
            bundles => {
                let bundles = bundles.iter().map(|bundle| self.bundle(bundle));
                Node::made(Value::List(bundles.collect()))
            }
        };
        Encoded {
            document: Document::new(Format::Json, root),
            faults: Vec::new(),
        }
    }

    fn bundle(&self, bundle: &Bundle) -> Node {
        let records = bundle.records.iter().map(|(kind, record)| {
            let known = self.0.get(kind);
            let name = known.map_or_else(|| kind.as_str().into(), |(name, _)| Arc::clone(name));
            (name, object(record, known.map(|(_, tree)| tree)))
        });
        Node::made(Value::Map(records.collect()))
    }
}

fn object(map: &Map<String, Json>, names: Option<&Tree<Name>>) -> Node {
    let mut parts = Vec::with_capacity(map.len());
    let mut from = 0;
    for (name, value) in map {
        let known = names.and_then(|names| names.part(name, &mut from));
        let shared = known.and_then(Tree::what);
        let name = shared.map_or_else(|| Name::from(&**name), Arc::clone);
        parts.push((name, node(value, known)));
    }
    Node::made(Value::Map(parts))
}

fn node(value: &Json, names: Option<&Tree<Name>>) -> Node {
    Node::made(match value {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(number) => Value::Number(number.to_string().into()),
        Json::String(text) => Value::Text(text.as_str().into()),
        Json::Array(items) => {
            let names = names.and_then(|names| names.part("*", &mut 0));
            Value::List(items.iter().map(|item| node(item, names)).collect())
        }
        Json::Object(map) => return object(map, names),
    })
}
