use crate::canonical::Bundle;
use crate::canonical::Kind;
use crate::canonical::RAW;
use crate::canonical::STATES;
use crate::canonical::ValueState;
use crate::document::Fault;
use crate::document::Place;
use crate::document::Severity;
use crate::mapping::Decoded;
use crate::mapping::Element;
use crate::mapping::Envelope;
use crate::mapping::Origin;
use crate::mapping::codec::Note;
use crate::mapping::plan::Owner;
use crate::mapping::plan::Target;
use serde_json::Map;
use serde_json::Value as Json;
use std::borrow::Cow;
use std::sync::Arc;

/// Where values go: the records of the bundle, or an item of a group in one of them.
pub(crate) enum Dest {
    /// The records.
    Records,
    /// An item.
    Item {
        kind: Kind,
        /// The item's JSON Pointer in its record, `/doelen/0`.
        base: String,
        values: Map<String, Json>,
        /// Whether something other than a constant was said.
        says: bool,
    },
}

/// An element while it is read.
#[derive(Default)]
pub(crate) struct Draft {
    pub bundle: Bundle,
    pub envelope: Envelope,
    pub faults: Vec<Fault>,
    origins: Vec<Origin>,
    states: Vec<(Kind, Arc<str>, ValueState)>,
    raws: Vec<(Kind, Arc<str>, String)>,
}

impl Draft {
    /// Makes room for what so many rules may say: not all of them have something to read.
    pub(super) fn make_room(&mut self, rules: usize) {
        const MOST: usize = 16;
        self.origins.reserve(rules.min(MOST));
    }

    /// Notes where a value came from; its kind and pointer in the record.
    pub(super) fn set(
        &mut self,
        dest: &Dest,
        target: &Target,
        rule: &Arc<str>,
        place: impl FnOnce() -> Place,
    ) -> Option<(Kind, Arc<str>)> {
        let (kind, pointer) = pointer(dest, target)?;
        self.came_from(kind, Arc::clone(&pointer), rule, place());
        Some((kind, pointer))
    }

    /// Notes where what stands at a pointer came from.
    pub(super) fn came_from(
        &mut self,
        kind: Kind,
        pointer: impl Into<Arc<str>>,
        rule: &Arc<str>,
        place: Place,
    ) {
        self.origins.push(Origin {
            kind,
            pointer: pointer.into(),
            rule: Arc::clone(rule),
            place,
        });
    }

    pub(super) fn state(&mut self, at: (Kind, Arc<str>), state: ValueState) {
        self.states.push((at.0, at.1, state));
    }

    pub(super) fn raw(&mut self, at: (Kind, Arc<str>), raw: &str) {
        self.raws.push((at.0, at.1, raw.to_owned()));
    }

    pub(super) fn note(&mut self, note: Note, place: Place, severity: Severity) {
        self.faults.push(Fault {
            code: Cow::Borrowed(note.code),
            severity,
            place,
            sentence: crate::document::Sentence {
                nl: note.nl.into_owned(),
                en: note.en.into_owned(),
            },
        });
    }

    /// Whether anything is known of a record.
    pub(super) fn says_something(&self, kind: Kind) -> bool {
        self.bundle
            .record(kind)
            .is_some_and(|record| !record.is_empty())
            || self.states.iter().any(|(known, ..)| *known == kind)
            || self.raws.iter().any(|(known, ..)| *known == kind)
    }

    /// Completes the element.
    pub(super) fn finish(mut self, place: Place, decoded: &mut Decoded) {
        for (kind, pointer, state) in self.states {
            let states = self
                .bundle
                .record_mut(kind)
                .entry(STATES)
                .or_insert_with(|| Json::Object(Map::new()));
            if let Json::Object(states) = states {
                states.insert(pointer.to_string(), Json::from(state.as_str()));
            }
        }
        for (kind, pointer, raw) in self.raws {
            let raws = self
                .bundle
                .record_mut(kind)
                .entry(RAW)
                .or_insert_with(|| Json::Object(Map::new()));
            if let Json::Object(raws) = raws {
                raws.insert(pointer.to_string(), Json::from(raw));
            }
        }
        decoded.envelope.complete(self.envelope);
        decoded.elements.push(Element {
            place,
            bundle: self.bundle,
            origins: self.origins,
            faults: self.faults,
            ..Element::default()
        });
    }
}

impl Dest {
    /// Puts a value at a target.
    pub(super) fn put(&mut self, draft: &mut Draft, target: &Target, value: Json) {
        match (self, target.owner) {
            (Self::Item { values, says, .. }, Owner::Item(_)) => {
                *says = true;
                put(values, &target.segments, value);
            }
            (Self::Records, Owner::Record(kind)) => {
                put(draft.bundle.record_mut(kind), &target.segments, value);
            }
            _ => {}
        }
    }

    /// The list at a target, to add items to.
    pub(super) fn list<'a>(
        &'a mut self,
        draft: &'a mut Draft,
        target: &Target,
    ) -> Option<&'a mut Vec<Json>> {
        let map = match (self, target.owner) {
            (Self::Item { values, says, .. }, Owner::Item(_)) => {
                *says = true;
                values
            }
            (Self::Records, Owner::Record(kind)) => draft.bundle.record_mut(kind),
            _ => return None,
        };
        list(map, &target.segments)
    }

    /// How many items the list at a target has.
    pub(super) fn length(&self, draft: &Draft, target: &Target) -> usize {
        let map = match (self, target.owner) {
            (Self::Item { values, .. }, Owner::Item(_)) => Some(values),
            (Self::Records, Owner::Record(kind)) => draft.bundle.record(kind),
            _ => None,
        };
        let found = map.and_then(|map| get(map, &target.segments));
        found.and_then(Json::as_array).map_or(0, Vec::len)
    }

    /// Notes that an item says something, though it has no value (a state, a raw value).
    pub(super) const fn speak(&mut self) {
        if let Self::Item { says, .. } = self {
            *says = true;
        }
    }
}

/// The kind and pointer of a target; none for the envelope.
pub(super) fn pointer(dest: &Dest, target: &Target) -> Option<(Kind, Arc<str>)> {
    match (dest, target.owner) {
        (Dest::Item { kind, base, .. }, Owner::Item(_)) => {
            Some((*kind, Arc::from(format!("{base}{}", target.pointer))))
        }
        (_, Owner::Record(kind)) => Some((kind, Arc::clone(&target.pointer))),
        _ => None,
    }
}

/// Puts a value in nested objects, which are made where they are missing.
pub(crate) fn put(map: &mut Map<String, Json>, segments: &[Box<str>], value: Json) {
    match segments {
        [] => {}
        [last] => {
            map.insert(last.to_string(), value);
        }
        [first, rest @ ..] => {
            let inner = map
                .entry(&**first)
                .or_insert_with(|| Json::Object(Map::new()));
            if let Json::Object(inner) = inner {
                put(inner, rest, value);
            }
        }
    }
}

/// The value in nested objects.
pub(crate) fn get<'a>(map: &'a Map<String, Json>, segments: &[Box<str>]) -> Option<&'a Json> {
    let (first, rest) = segments.split_first()?;
    rest.iter()
        .try_fold(map.get(&**first)?, |value, step| value.get(&**step))
}

fn list<'a>(map: &'a mut Map<String, Json>, segments: &[Box<str>]) -> Option<&'a mut Vec<Json>> {
    let (first, rest) = segments.split_first()?;
    if rest.is_empty() {
        let entry = map
            .entry(&**first)
            .or_insert_with(|| Json::Array(Vec::new()));
        return entry.as_array_mut();
    }
    let inner = map
        .entry(&**first)
        .or_insert_with(|| Json::Object(Map::new()));
    list(inner.as_object_mut()?, rest)
}
