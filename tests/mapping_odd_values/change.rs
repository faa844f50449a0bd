//! What differs between two bundles, leaf by leaf.

use crate::rules::ANY;
use schakel::canonical::Bundle;
use serde_json::Map;
use serde_json::Value as Json;

/// Where the states and the untranslated values of a record stand, by pointer.
const BY_POINTER: [&str; 2] = ["waardeStatus", "nietVertaald"];

/// A leaf that is another one, or came, or went.
#[derive(Debug)]
pub(crate) struct Change {
    pub kind: String,
    /// With `*` for items. What is kept by pointer stands at that pointer.
    pub path: Vec<String>,
    /// The item of the outermost list it is in, and how the list is called.
    pub item: Option<(String, usize)>,
    /// A state or an untranslated value.
    pub by_pointer: Option<&'static str>,
    pub new: Option<Json>,
}

pub(crate) fn between(old: &Bundle, new: &Bundle) -> Vec<Change> {
    let mut found = Vec::new();
    let nothing = Map::new();
    let kinds = old.records.keys().chain(
        new.records
            .keys()
            .filter(|kind| !old.records.contains_key(kind)),
    );
    for kind in kinds {
        let (old, new) = (old.records.get(kind), new.records.get(kind));
        let mut walk = Walk {
            kind: kind.as_str(),
            into: &mut found,
        };
        let (old, new) = (old.unwrap_or(&nothing), new.unwrap_or(&nothing));
        for name in old
            .keys()
            .chain(new.keys().filter(|name| !old.contains_key(*name)))
        {
            let (old, new) = (old.get(name), new.get(name));
            match BY_POINTER.iter().find(|known| *known == name) {
                Some(name) => walk.pointers(name, old, new),
                None => walk.value(vec![name.clone()], None, old, new),
            }
        }
    }
    found
}

struct Walk<'a> {
    kind: &'a str,
    into: &'a mut Vec<Change>,
}

impl Walk<'_> {
    fn pointers(&mut self, name: &'static str, old: Option<&Json>, new: Option<&Json>) {
        let nothing = Map::new();
        let map =
            |value: Option<&Json>| value.and_then(Json::as_object).unwrap_or(&nothing).clone();
        let (mut old, mut new) = (map(old), map(new));
        // in an item that has another number now it is the same; which numbers there may be is a law of its own
        for (pointer, text) in std::mem::take(&mut old) {
            let path = path_of(&pointer);
            let is_it =
                |(other, found): &(&String, &Json)| **found == text && path_of(other) == path;
            let same = match new.get(&pointer) {
                Some(found) if *found == text => Some(pointer.clone()),
                _ => new.iter().find(is_it).map(|(other, _)| other.clone()),
            };
            match same {
                Some(same) => {
                    new.remove(&same);
                }
                None => {
                    old.insert(pointer, text);
                }
            }
        }
        for pointer in old
            .keys()
            .chain(new.keys().filter(|key| !old.contains_key(*key)))
        {
            self.into.push(Change {
                kind: self.kind.to_owned(),
                path: path_of(pointer),
                item: None,
                by_pointer: Some(name),
                new: new.get(pointer).cloned(),
            });
        }
    }

    fn value(
        &mut self,
        path: Vec<String>,
        item: Option<(String, usize)>,
        old: Option<&Json>,
        new: Option<&Json>,
    ) {
        if old == new {
            return;
        }
        let is_map = |value: Option<&Json>| value.is_none_or(Json::is_object);
        let is_list = |value: Option<&Json>| value.is_none_or(Json::is_array);
        if is_map(old) && is_map(new) {
            let nothing = Map::new();
            let map =
                |value: Option<&Json>| value.and_then(Json::as_object).unwrap_or(&nothing).clone();
            let (old, new) = (map(old), map(new));
            for name in old
                .keys()
                .chain(new.keys().filter(|key| !old.contains_key(*key)))
            {
                let path = path.iter().chain([name]).cloned().collect();
                self.value(path, item.clone(), old.get(name), new.get(name));
            }
        } else if is_list(old) && is_list(new) {
            let list =
                |value: Option<&Json>| value.and_then(Json::as_array).cloned().unwrap_or_default();
            let (mut old, mut new) = (list(old), list(new));
            if old.len() != new.len() {
                // what is in both stays where it is
                let before = old.clone();
                old.retain(|one| !new.contains(one));
                new.retain(|one| !before.contains(one));
            }
            let name = path.join("/");
            let path: Vec<String> = path.into_iter().chain([ANY.to_owned()]).collect();
            for index in 0..old.len().max(new.len()) {
                let item = item.clone().or_else(|| Some((name.clone(), index)));
                self.value(path.clone(), item, old.get(index), new.get(index));
            }
        } else {
            self.into.push(Change {
                kind: self.kind.to_owned(),
                path,
                item,
                by_pointer: None,
                new: new.cloned(),
            });
        }
    }
}

/// The path of a pointer, with `*` for items.
pub(crate) fn path_of(pointer: &str) -> Vec<String> {
    let is_index = |step: &str| step.bytes().all(|b| b.is_ascii_digit());
    let path = pointer.split('/').skip(1);
    path.map(|step| if is_index(step) { ANY } else { step }.to_owned())
        .collect()
}

/// Every leaf at a path of a bundle, the states and untranslated values among them.
pub(crate) fn leaves(bundle: &Bundle, kind: &str, path: &[String]) -> Vec<Json> {
    fn walk(value: &Json, path: &[String], into: &mut Vec<Json>) {
        match (value, path.split_first()) {
            (Json::Array(items), Some((step, rest))) if step == ANY => {
                for item in items {
                    walk(item, rest, into);
                }
            }
            (Json::Array(items), _) => {
                for item in items {
                    walk(item, path, into);
                }
            }
            (Json::Object(map), Some((step, rest))) => {
                if let Some(value) = map.get(step) {
                    walk(value, rest, into);
                }
            }
            (Json::Object(map), None) => {
                for value in map.values() {
                    walk(value, path, into);
                }
            }
            (value, _) => into.push(value.clone()),
        }
    }
    let mut found = Vec::new();
    let Some((_, record)) = bundle
        .records
        .iter()
        .find(|(known, _)| known.as_str() == kind)
    else {
        return found;
    };
    walk(&Json::Object(record.clone()), path, &mut found);
    for name in BY_POINTER {
        for (pointer, value) in record
            .get(name)
            .and_then(Json::as_object)
            .into_iter()
            .flatten()
        {
            let steps: Vec<&str> = pointer.split('/').skip(1).collect();
            let fits = steps.len() >= path.len()
                && steps
                    .iter()
                    .zip(path)
                    .all(|(step, wanted)| wanted == ANY || step == wanted);
            if fits {
                found.push(value.clone());
            }
        }
    }
    found
}
