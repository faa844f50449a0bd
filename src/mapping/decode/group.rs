use crate::canonical::Kind;
use crate::document::Fault;
use crate::document::Format;
use crate::document::Name;
use crate::document::Severity;
use crate::document::Value;
use crate::document::joined;
use crate::mapping::Spot;
use crate::mapping::codec::Note;
use crate::mapping::decode::Reader;
use crate::mapping::decode::element::Dest;
use crate::mapping::decode::element::Draft;
use crate::mapping::decode::element::pointer;
use crate::mapping::decode::field::MISSING;
use crate::mapping::decode::scope::Occurrence;
use crate::mapping::decode::scope::Scope;
use crate::mapping::intake::Values;
use crate::mapping::plan::Act;
use crate::mapping::plan::Group;
use crate::mapping::plan::Rule;
use crate::mapping::plan::Source;
use foldhash::fast::RandomState;
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
            seen: HashSet::default(),
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
            let found_at = Cell::new(0);
            let inner = scope.within(node, &here, &found_at);
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
                check_key(group, &values, seen, scope, draft);
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
    /// The keys of those that were read.
    pub seen: HashSet<String, RandomState>,
}

/// An item of a list.
struct Item {
    values: Values,
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
    values: &Values,
    (kind, base): (Kind, &str),
    draft: &Draft,
) -> bool {
    let known = |path: &Vec<Box<str>>| group.shelf.value(values, path).is_some();
    let kept = |path: &Vec<Box<str>>| {
        let pointer = format!("{base}/{}", path.join("/"));
        draft.kept(kind, &pointer).is_some()
    };
    !group.key.iter().any(known) && group.key.iter().any(kept)
}

/// What an item is recognised by.
fn key_of(parts: &[Option<&Json>]) -> String {
    if let [Some(Json::String(text))] = parts {
        return text.clone();
    }
    let texts = parts.iter();
    let texts = texts.map(|part| part.map_or_else(String::new, ToString::to_string));
    texts.collect::<Vec<_>>().join(",")
}

/// An item must have its key, of several attributes at least one, and no other item may have it.
fn check_key(
    group: &Group,
    values: &Values,
    seen: &mut HashSet<String, RandomState>,
    scope: Scope<'_>,
    draft: &mut Draft,
) {
    if group.key.is_empty() {
        return;
    }
    let value = |path: &Vec<Box<str>>| group.shelf.value(values, path);
    let parts: Vec<Option<&Json>> = group.key.iter().map(value).collect();
    let known = parts.iter().any(Option::is_some);
    match known.then(|| seen.insert(key_of(&parts))) {
        None => draft.faults.push(Fault::refused(
            "groep.sleutel",
            scope.own_place(),
            "Dit onderdeel mist de waarde waaraan het wordt herkend.",
            "This item lacks the value by which it is recognised.",
        )),
        Some(false) => {
            draft.faults.push(Fault::remark(
                "groep.dubbel",
                scope.own_place(),
                "Een eerder onderdeel wordt aan dezelfde waarde herkend.",
                "An earlier item is recognised by the same value.",
            ));
        }
        Some(true) => {}
    }
}
