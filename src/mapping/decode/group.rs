use crate::canonical::Kind;
use crate::document::Fault;
use crate::document::Format;
use crate::document::Name;
use crate::document::Severity;
use crate::document::Value;
use crate::document::joined;
use crate::mapping::Spot;
use crate::mapping::codec::Note;
use crate::mapping::codec::note;
use crate::mapping::decode::Reader;
use crate::mapping::decode::element::Dest;
use crate::mapping::decode::element::Draft;
use crate::mapping::decode::element::pointer;
use crate::mapping::decode::field::MISSING;
use crate::mapping::decode::scope::Occurrence;
use crate::mapping::decode::scope::Scope;
use crate::mapping::intake::Values;
use crate::mapping::nested::get;
use crate::mapping::plan::Act;
use crate::mapping::plan::Group;
use crate::mapping::plan::Rule;
use crate::mapping::plan::Source;
use foldhash::fast::RandomState;
use serde_json::Value as Json;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::BuildHasher;
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
            from: dest.length(draft, &group.target),
            seen: HashMap::default(),
        };
        let exact = scope.numbered(&rule.source, true);
        for (at, Occurrence { index, node, .. }) in nodes.into_iter().enumerate() {
            if matches!(node.value, Value::Null) {
                continue;
            }
            if self.plan.format == Format::Json && !matches!(node.value, Value::Map(_)) {
                draft.faults.push(Fault::refused(
                    "waarde.vorm",
                    scope.place(&rule.source, Some(node), Some(index)),
                    "Hier moet een object staan.",
                    "An object is expected here.",
                ));
                continue;
            }
            let numbered = exact.as_ref().and_then(|all| all.get(at));
            let here =
                numbered.map_or_else(|| scope.path_of(&rule.source, node, index), Name::clone);
            let found = self.found_in(&group.finder, node);
            let inner = scope.within(node, &here, &found);
            self.one_of(&mut listed, inner, dest, draft);
        }
    }

    /// One of several items, in a part or a row of its own.
    pub(super) fn one_of(
        &self,
        listed: &mut Listed<'_>,
        scope: Scope<'_>,
        dest: &mut Dest,
        draft: &mut Draft,
    ) {
        let Listed {
            rule,
            group,
            kind,
            list,
            from,
            seen,
        } = listed;
        let base = item_of(list, dest.length(draft, &group.target));
        let outer = draft.begin();
        if let Some(Item { values, .. }) = self.item(group, *kind, &base, scope, draft) {
            if has_unknown_key(group, &values, (*kind, &base), draft) {
                dest.speak();
                draft.give_up(*kind, &base, list, &rule.name, scope.own_place());
                draft.note(UNKNOWN_KEY, scope.own_place(), Severity::Remark);
            } else {
                let before = dest.items(draft, &group.target);
                let before = before.get(*from..).unwrap_or_default();
                let fault = wrong_key(group, &values, (seen, before), scope);
                draft.faults.extend(fault);
                let spot = || scope.spot(&Source::Here, None);
                draft.came_from(*kind, &base, &rule.name, spot());
                draft.set(dest, &group.target, &rule.name, spot);
                if let Some(list) = dest.list(draft, &group.target) {
                    list.push(Json::Object(group.shelf.assemble(values)));
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
        let base = item_of(list, dest.length(draft, &group.target));
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
                    list.push(Json::Object(group.shelf.assemble(values)));
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
            values: group.shelf.values(),
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

/// The pointer of an item of a list.
fn item_of(list: &str, index: usize) -> Name {
    joined(&[list, "/", itoa::Buffer::new().format(index)])
}

/// The items of a list, while they are read.
pub(super) struct Listed<'g> {
    pub rule: &'g Rule,
    pub group: &'g Group,
    pub kind: Kind,
    /// The list's JSON Pointer.
    pub list: Arc<str>,
    /// How many items the list had before.
    pub from: usize,
    /// What the keys are of those that were read, as numbers, where there are many; and which item has each.
    pub seen: HashMap<u64, usize, RandomState>,
}

/// An item of a list.
struct Item {
    values: Values,
    /// Whether anything of it was read, beside what the mapping sets.
    read: bool,
}

const UNKNOWN_KEY: Note = note!(
    "groep.onbekend",
    "De waarde waaraan dit onderdeel wordt herkend kon niet worden vertaald; het onderdeel is niet overgenomen. Die waarde is onvertaald bewaard.",
    "The value by which this item is recognised could not be translated; the item was not taken. That value is kept as it is.",
);

/// Whether an item cannot be told from others because its key stands there, and could not be translated.
fn has_unknown_key(
    group: &Group,
    values: &Values,
    (kind, base): (Kind, &str),
    draft: &Draft,
) -> bool {
    let mut known = parts_of_key(group, values);
    let kept = |path: &[Box<str>]| {
        let pointer = format!("{base}/{}", path.join("/"));
        draft.kept(kind, &pointer).is_some()
    };
    !known.any(|part| part.is_some()) && group.key.iter().any(|path| kept(path))
}

/// What an item is recognised by, part by part.
fn parts_of_key<'v>(group: &Group, values: &'v Values) -> impl Iterator<Item = Option<&'v Json>> {
    let parts = std::iter::zip(&group.key_at, &group.key);
    parts.map(|(at, path)| values.value(*at, path))
}

/// The same of an item that is in its list.
fn key_of<'v>(group: &Group, item: &'v Json) -> impl Iterator<Item = Option<&'v Json>> {
    let item = item.as_object();
    group.key.iter().map(move |path| get(item?, path))
}

/// Up to how many items keys are compared one by one.
const FEW_KEYS: usize = 8;

/// An item must have its key, of several attributes at least one, and no other item may have it.
fn wrong_key(
    group: &Group,
    values: &Values,
    (seen, before): (&mut HashMap<u64, usize, RandomState>, &[Json]),
    scope: Scope<'_>,
) -> Option<Fault> {
    if group.key.is_empty() {
        return None;
    }
    let known = parts_of_key(group, values).any(|part| part.is_some());
    let is_first = || {
        let same = |item: &Json| key_of(group, item).eq(parts_of_key(group, values));
        if before.len() < FEW_KEYS {
            return !before.iter().any(same);
        }
        // most keys are told apart by a number; where two are not, they are compared
        if seen.is_empty() {
            let hasher = seen.hasher().clone();
            let number = |item| hasher.hash_one(key_of(group, item).collect::<Vec<_>>());
            seen.extend(before.iter().map(number).zip(0..));
        }
        let key: Vec<Option<&Json>> = parts_of_key(group, values).collect();
        let number = seen.hasher().hash_one(key);
        match seen.entry(number) {
            Entry::Vacant(free) => {
                free.insert(before.len());
                true
            }
            Entry::Occupied(known) => {
                !before.get(*known.get()).is_some_and(same) && !before.iter().any(same)
            }
        }
    };
    match known.then(is_first) {
        None => Some(Fault::refused(
            "groep.sleutel",
            scope.own_place(),
            "Dit onderdeel mist de waarde waaraan het wordt herkend.",
            "This item lacks the value by which it is recognised.",
        )),
        Some(false) => Some(Fault::remark(
            "groep.dubbel",
            scope.own_place(),
            "Een eerder onderdeel wordt aan dezelfde waarde herkend.",
            "An earlier item is recognised by the same value.",
        )),
        Some(true) => None,
    }
}
