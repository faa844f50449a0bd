use crate::canonical::Bundle;
use crate::canonical::Kind;
use crate::mapping::encode::Here;
use crate::mapping::encode::Item;
use crate::mapping::encode::Writer;
use crate::mapping::nested::get;
use crate::mapping::nested::put;
use crate::mapping::plan::Owner;
use crate::mapping::plan::Rule;
use crate::mapping::plan::Target;
use serde_json::Map;
use serde_json::Value as Json;

/// What is being filled with generated values: the records of a bundle, or an item of a group.
pub(super) enum Dest<'a> {
    Records(&'a mut Bundle),
    Item {
        kind: Kind,
        values: &'a mut Map<String, Json>,
        /// Its JSON Pointer in the record.
        base: &'a str,
    },
}

impl Dest<'_> {
    /// Whose attribute a target is, and its JSON Pointer there; none for what is no record's.
    pub(super) fn pointer(&self, target: &Target) -> Option<(Kind, String)> {
        match (self, target.owner) {
            (Self::Records(_), Owner::Record(kind)) => Some((kind, target.pointer.to_string())),
            (Self::Item { kind, base, .. }, Owner::Item(_)) => {
                Some((*kind, format!("{base}{}", target.pointer)))
            }
            _ => None,
        }
    }

    pub(super) fn get(&self, target: &Target) -> Option<&Json> {
        match (self, target.owner) {
            (Self::Records(bundle), Owner::Record(kind)) => {
                get(bundle.record(kind)?, &target.segments)
            }
            (Self::Item { values, .. }, Owner::Item(_)) => get(values, &target.segments),
            _ => None,
        }
    }

    pub(super) fn put(&mut self, target: &Target, value: Json) {
        match (self, target.owner) {
            (Self::Records(bundle), Owner::Record(kind)) => {
                put(bundle.record_mut(kind), &target.segments, value);
            }
            (Self::Item { values, .. }, Owner::Item(_)) => put(values, &target.segments, value),
            _ => {}
        }
    }

    pub(super) fn remove(&mut self, target: &Target) {
        match (self, target.owner) {
            (Self::Records(bundle), Owner::Record(kind)) => {
                if let Some(record) = bundle.records.get_mut(&kind) {
                    remove(record, &target.segments);
                }
            }
            (Self::Item { values, .. }, Owner::Item(_)) => remove(values, &target.segments),
            _ => {}
        }
    }

    /// Whether the condition under which a rule writes holds for what is there.
    pub(super) fn writes(&self, rule: &Rule, context: &Json) -> bool {
        let nothing = Bundle::default();
        let here = match self {
            Self::Records(bundle) => Here::new(context, bundle),
            Self::Item { kind, values, base } => {
                Here::new(context, &nothing).of(Item::new(*kind, values, base))
            }
        };
        Writer::holds(rule, here)
    }
}

/// Takes an attribute out, and what is empty without it.
pub(super) fn remove(values: &mut Map<String, Json>, segments: &[Box<str>]) {
    let Some((first, rest)) = segments.split_first() else {
        return;
    };
    if rest.is_empty() {
        values.remove(&**first);
        return;
    }
    if let Some(Json::Object(inner)) = values.get_mut(&**first) {
        remove(inner, rest);
        if inner.is_empty() {
            values.remove(&**first);
        }
    }
}
