use crate::canonical::Kind;
use crate::document::Fault;
use crate::document::Format;
use crate::document::Place;
use crate::document::Severity;
use crate::document::Value;
use crate::mapping::decode::Reader;
use crate::mapping::decode::element::Dest;
use crate::mapping::decode::element::Draft;
use crate::mapping::decode::element::get;
use crate::mapping::decode::element::pointer;
use crate::mapping::decode::field::MISSING;
use crate::mapping::decode::scope::Occurrence;
use crate::mapping::decode::scope::Scope;
use crate::mapping::plan::Act;
use crate::mapping::plan::Group;
use crate::mapping::plan::Rule;
use crate::mapping::plan::Source;
use serde_json::Map;
use serde_json::Value as Json;
use std::collections::HashSet;

impl Reader<'_> {
    pub(super) fn group(
        &self,
        rule: &Rule,
        group: &Group,
        scope: Scope<'_>,
        dest: &mut Dest,
        draft: &mut Draft,
    ) {
        let Some((kind, list)) = pointer(dest, &group.target) else {
            return;
        };
        if rule.source == Source::Here {
            let base = format!("{list}/{}", dest.length(draft, &group.target));
            if let Some(item) = self.item(group, kind, base, scope, draft) {
                draft.set(dest, &group.target, &rule.name, || scope.own_place());
                if let Some(list) = dest.list(draft, &group.target) {
                    list.push(item);
                }
            } else if draft.is_unread(kind, &list) {
                dest.speak();
            }
            return;
        }
        let nodes = scope.find_all(&rule.source);
        if nodes.is_empty() && rule.required {
            draft.note(
                MISSING,
                scope.place(&rule.source, None, None),
                Severity::Refused,
            );
        }
        let mut seen = HashSet::new();
        for Occurrence { index, node, .. } in nodes {
            if matches!(node.value, Value::Null) {
                continue;
            }
            let place = scope.place(&rule.source, Some(node), Some(index));
            if self.plan.format == Format::Json && !matches!(node.value, Value::Map(_)) {
                draft.faults.push(Fault::refused(
                    "waarde.vorm",
                    place,
                    "Hier moet een object staan.",
                    "An object is expected here.",
                ));
                continue;
            }
            let here = match &place {
                Place::Xml { xpath: text, .. } | Place::Json { pointer: text, .. } => text.clone(),
                _ => String::new(),
            };
            let number = dest.length(draft, &group.target);
            let inner = scope.within(node, &here);
            let Some(item) = self.item(group, kind, format!("{list}/{number}"), inner, draft)
            else {
                continue;
            };
            check_key(group, &item, &mut seen, &place, draft);
            draft.came_from(kind, format!("{list}/{number}"), &rule.name, place.clone());
            draft.set(dest, &group.target, &rule.name, || place);
            if let Some(list) = dest.list(draft, &group.target) {
                list.push(item);
            }
        }
    }

    /// One item; nothing when nothing but constants is known of it, or of one of a row nothing that could be read.
    pub(super) fn item(
        &self,
        group: &Group,
        kind: Kind,
        base: String,
        scope: Scope<'_>,
        draft: &mut Draft,
    ) -> Option<Json> {
        let mut dest = Dest::Item {
            kind,
            base,
            values: Map::new(),
            says: false,
        };
        for rule in group.rules.iter().filter(|rule| rule.inward) {
            self.rule(rule, scope, &mut dest, draft);
        }
        let Dest::Item {
            values, says: true, ..
        } = &dest
        else {
            return None;
        };
        let read = !values.is_empty();
        for rule in group.rules.iter().filter(|rule| rule.inward) {
            if let Act::Set(target, value) = &rule.act
                && Self::holds(rule, scope)
            {
                draft.make(&mut dest, (target, value), || scope.own_place());
            }
        }
        match dest {
            Dest::Item { values, base, .. } => {
                let row = self.plan.format.is_table();
                let listed = read || !row || !draft.gives_up(kind, &base, values.is_empty());
                listed.then_some(Json::Object(values))
            }
            Dest::Records => None,
        }
    }
}

/// An item must have its key, of several attributes at least one, and no other item may have it.
fn check_key(
    group: &Group,
    item: &Json,
    seen: &mut HashSet<String>,
    place: &Place,
    draft: &mut Draft,
) {
    let Some(values) = item.as_object().filter(|_| !group.key.is_empty()) else {
        return;
    };
    let parts: Vec<Option<&Json>> = group.key.iter().map(|path| get(values, path)).collect();
    let known = parts.iter().any(Option::is_some);
    match known.then(|| {
        parts
            .iter()
            .map(|part| part.map_or_else(String::new, ToString::to_string))
            .collect::<Vec<_>>()
            .join(",")
    }) {
        None => draft.faults.push(Fault::refused(
            "groep.sleutel",
            place.clone(),
            "Dit onderdeel mist de waarde waaraan het wordt herkend.",
            "This item lacks the value by which it is recognised.",
        )),
        Some(key) if !seen.insert(key.clone()) => {
            draft.faults.push(Fault::remark(
                "groep.dubbel",
                place.clone(),
                "Een eerder onderdeel wordt aan dezelfde waarde herkend.",
                "An earlier item is recognised by the same value.",
            ));
        }
        Some(_) => {}
    }
}
