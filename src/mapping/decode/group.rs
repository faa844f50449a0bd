use crate::canonical::Kind;
use crate::document::Fault;
use crate::document::Format;
use crate::document::Name;
use crate::document::Place;
use crate::document::Severity;
use crate::document::Value;
use crate::mapping::Spot;
use crate::mapping::codec::Note;
use crate::mapping::decode::Reader;
use crate::mapping::decode::element::Dest;
use crate::mapping::decode::element::Draft;
use crate::mapping::decode::element::get;
use crate::mapping::decode::element::pointer;
use crate::mapping::decode::field::MISSING;
use crate::mapping::decode::scope::Occurrence;
use crate::mapping::decode::scope::Scope;
use crate::mapping::decode::scope::located;
use crate::mapping::plan::Act;
use crate::mapping::plan::Group;
use crate::mapping::plan::Rule;
use crate::mapping::plan::Source;
use serde_json::Map;
use serde_json::Value as Json;
use std::cell::Cell;
use std::collections::HashSet;
use std::sync::Arc;

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
            return self.beside(rule, group, (kind, &list), scope, dest, draft);
        }
        let nodes = scope.find_all(&rule.source);
        if nodes.is_empty() && rule.required {
            let place = scope.place(&rule.source, None, None);
            draft.refuse(dest, &group.target, MISSING, place);
        }
        let mut listed = Listed {
            rule,
            group,
            kind,
            list,
            seen: HashSet::new(),
        };
        let exact = scope.numbered(&rule.source, true);
        for (at, Occurrence { index, node, .. }) in nodes.into_iter().enumerate() {
            if matches!(node.value, Value::Null) {
                continue;
            }
            let place = match exact.as_ref().and_then(|all| all.get(at)) {
                Some(here) => located(self.plan.format, here.to_string(), node.at),
                None => scope.place(&rule.source, Some(node), Some(index)),
            };
            if self.plan.format == Format::Json && !matches!(node.value, Value::Map(_)) {
                draft.faults.push(Fault::refused(
                    "waarde.vorm",
                    place,
                    "Hier moet een object staan.",
                    "An object is expected here.",
                ));
                continue;
            }
            let here: Name = match &place {
                Place::Xml { xpath: text, .. } | Place::Json { pointer: text, .. } => {
                    text.as_str().into()
                }
                _ => "".into(),
            };
            let found_at = Cell::new(0);
            let inner = scope.within(node, &here, &found_at);
            self.one_of(&mut listed, inner, place, dest, draft);
        }
    }

    /// One of several items, in a part or a row of its own.
    pub(super) fn one_of(
        &self,
        listed: &mut Listed<'_>,
        scope: Scope<'_>,
        place: Place,
        dest: &mut Dest,
        draft: &mut Draft,
    ) {
        let Listed {
            rule,
            group,
            kind,
            list,
            seen,
        } = listed;
        let base = Name::from(format!("{list}/{}", dest.length(draft, &group.target)));
        let outer = draft.begin();
        if let Some(Item { values, .. }) = self.item(group, *kind, &base, scope, draft) {
            if has_unknown_key(group, &values, (*kind, &base), draft) {
                dest.speak();
                draft.give_up(*kind, &base, list, &rule.name, place.clone());
                draft.note(UNKNOWN_KEY, place, Severity::Remark);
            } else {
                check_key(group, &values, seen, &place, draft);
                let spot = Spot::made(place);
                draft.came_from(*kind, base, &rule.name, spot.clone());
                draft.set(dest, &group.target, &rule.name, || spot);
                if let Some(list) = dest.list(draft, &group.target) {
                    list.push(Json::Object(values));
                }
            }
        }
        draft.end(outer);
    }

    /// The item that stands in what holds it, beside other attributes: in columns of their own.
    fn beside(
        &self,
        rule: &Rule,
        group: &Group,
        (kind, list): (Kind, &str),
        scope: Scope<'_>,
        dest: &mut Dest,
        draft: &mut Draft,
    ) {
        let base = Name::from(format!("{list}/{}", dest.length(draft, &group.target)));
        let outer = draft.begin();
        if let Some(Item { values, read }) = self.item(group, kind, &base, scope, draft) {
            let (states, kept) = draft.has_kept();
            let row = self.plan.format.is_table();
            let nothing = if row {
                !read && (values.is_empty() || !states)
            } else {
                values.is_empty() && kept && !states
            };
            if nothing {
                dest.speak();
                draft.give_up_in_row(&base, list);
            } else {
                draft.set(dest, &group.target, &rule.name, || {
                    Spot::made(scope.own_place())
                });
                if let Some(list) = dest.list(draft, &group.target) {
                    list.push(Json::Object(values));
                }
            }
        }
        draft.end(outer);
    }

    /// One item; nothing when nothing but constants is known of it.
    fn item(
        &self,
        group: &Group,
        kind: Kind,
        base: &Name,
        scope: Scope<'_>,
        draft: &mut Draft,
    ) -> Option<Item> {
        let mut dest = Dest::Item {
            kind,
            base: Arc::clone(base),
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
            Dest::Item { values, .. } => Some(Item { values, read }),
            Dest::Records => None,
        }
    }
}

/// The items of a list, while they are read.
pub(super) struct Listed<'g> {
    pub rule: &'g Rule,
    pub group: &'g Group,
    pub kind: Kind,
    /// The list's JSON Pointer.
    pub list: Arc<str>,
    /// The keys of those that were read.
    pub seen: HashSet<String>,
}

/// An item of a list.
struct Item {
    values: Map<String, Json>,
    /// Whether anything of it was read, beside what the mapping sets.
    read: bool,
}

const UNKNOWN_KEY: Note = Note::of(
    "groep.onbekend",
    "De waarde waaraan dit onderdeel wordt herkend kon niet worden vertaald; het onderdeel is niet overgenomen. Die waarde is onvertaald bewaard.",
    "The value by which this item is recognised could not be translated; the item was not taken. That value is kept as it is.",
);

/// Whether an item cannot be told from others because its key stands there, and could not be translated.
fn has_unknown_key(
    group: &Group,
    values: &Map<String, Json>,
    (kind, base): (Kind, &str),
    draft: &Draft,
) -> bool {
    let known = |path: &Vec<Box<str>>| get(values, path).is_some();
    let kept = |path: &Vec<Box<str>>| {
        let pointer = format!("{base}/{}", path.join("/"));
        draft.kept(kind, &pointer).is_some()
    };
    !group.key.iter().any(known) && group.key.iter().any(kept)
}

/// An item must have its key, of several attributes at least one, and no other item may have it.
fn check_key(
    group: &Group,
    values: &Map<String, Json>,
    seen: &mut HashSet<String>,
    place: &Place,
    draft: &mut Draft,
) {
    if group.key.is_empty() {
        return;
    }
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
