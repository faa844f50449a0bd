use crate::canonical::Bundle;
use crate::canonical::Kind;
use crate::canonical::RAW;
use crate::canonical::STATES;
use crate::canonical::ValueState;
use crate::document::Fault;
use crate::document::Name;
use crate::document::Place;
use crate::document::Severity;
use crate::document::joined;
use crate::mapping::Decoded;
use crate::mapping::Element;
use crate::mapping::Envelope;
use crate::mapping::Origins;
use crate::mapping::Spot;
use crate::mapping::codec::Note;
use crate::mapping::codec::note;
use crate::mapping::decode::given_up::Mark;
use crate::mapping::intake::Values;
use crate::mapping::origin::Raw;
use crate::mapping::plan::Owner;
use crate::mapping::plan::Plan;
use crate::mapping::plan::Target;
use crate::mapping::text::Text;
use serde_json::Map;
use serde_json::Value as Json;
use serde_json::map::Entry;
use std::sync::Arc;

/// Where values go: the records of the bundle, or an item of a group in one of them.
pub(crate) enum Dest {
    /// The records.
    Records,
    /// An item.
    Item {
        kind: Kind,
        /// The item's JSON Pointer in its record, `/doelen/0`.
        base: Name,
        values: Values,
        /// Whether something other than a constant was said.
        says: bool,
    },
}

/// An element while it is read.
pub(crate) struct Draft {
    records: Vec<(Kind, Values)>,
    pub envelope: Envelope,
    pub faults: Vec<Fault>,
    pub(super) origins: Origins,
    pub(super) states: Vec<(Kind, Arc<str>, ValueState)>,
    /// Where each of them was said.
    pub(super) stated: Vec<Option<Raw>>,
    pub(super) raws: Vec<(Kind, Arc<str>, String)>,
    /// Attributes that a fault refuses.
    refused: Vec<(Kind, Arc<str>)>,
    /// Where a default stands: it makes room for what the document says.
    pub(super) assumed: Vec<(Kind, Arc<str>)>,
    /// Where the item began that is read.
    pub(super) since: Mark,
    /// How many items were given up.
    pub(super) given_up: usize,
}

pub(super) const OTHERWISE: Note = note!(
    "waarde.tegenstrijdig",
    "Over hetzelfde gegeven staat elders in dit onderdeel iets anders; deze waarde is niet overgenomen.",
    "Elsewhere in this part something else is said of the same attribute; this value was not taken.",
);

impl Draft {
    /// Nothing yet of what a plan reads.
    pub(crate) fn new(plan: &Plan) -> Self {
        Self {
            records: Vec::new(),
            envelope: Envelope::default(),
            faults: Vec::new(),
            origins: Origins::new(Arc::clone(&plan.texts)),
            states: Vec::new(),
            stated: Vec::new(),
            raws: Vec::new(),
            refused: Vec::new(),
            assumed: Vec::new(),
            since: Mark::default(),
            given_up: 0,
        }
    }

    /// What was read of a record; that there is one is known now.
    pub(super) fn about(&mut self, kind: Kind) -> &mut Values {
        let known = self.records.iter().position(|(known, _)| *known == kind);
        let index = known.unwrap_or_else(|| {
            self.records.push((kind, Values::default()));
            self.records.len() - 1
        });
        &mut self.records[index].1
    }

    /// The same, if there is one.
    fn values(&self, kind: Kind) -> Option<&Values> {
        let found = self.records.iter().find(|(known, _)| *known == kind);
        found.map(|(_, values)| values)
    }

    /// Makes room for what so many rules may say: not all of them have something to read.
    pub(super) fn make_room(&mut self, rules: usize) {
        const MOST: usize = 128;
        self.origins.reserve((2 * rules).min(MOST));
    }

    /// Notes where a value came from, if it is one of a record.
    pub(super) fn set<'s>(
        &mut self,
        dest: &Dest,
        target: &Target,
        rule: &Text,
        spot: impl FnOnce() -> Spot<'s>,
    ) {
        let (kind, item) = match (dest, target.owner) {
            (Dest::Item { kind, base, .. }, Owner::Item(_)) => (*kind, Some(base)),
            (_, Owner::Record(kind)) => (kind, None),
            _ => return,
        };
        self.origins
            .push(kind, rule, (item, &target.pointer), spot());
    }

    /// Notes where what stands at a pointer came from.
    pub(super) fn came_from(&mut self, kind: Kind, pointer: &Name, rule: &Text, spot: Spot<'_>) {
        self.origins.push_at(kind, rule, pointer, spot);
    }

    /// Takes a value. Where another stands already that stays, and this one is reported: with `keep` as a remark.
    pub(super) fn say<'s>(
        &mut self,
        dest: &mut Dest,
        (target, value): (&Target, Json),
        rule: &Text,
        keep: bool,
        spot: impl FnOnce() -> Spot<'s>,
    ) {
        if let Err(value) = dest.put(self, target, value) {
            let at = pointer(dest, target);
            let Some(default) = self.assumed.iter().position(|one| Some(one) == at.as_ref()) else {
                let severity = if keep {
                    Severity::Remark
                } else {
                    Severity::Refused
                };
                return self.note(OTHERWISE, spot().place(), severity);
            };
            self.assumed.swap_remove(default);
            dest.replace(self, target, value);
        }
        // what stands at an attribute untranslated keeps the place that it came from
        let unread = !self.raws.is_empty()
            && pointer(dest, target).is_some_and(|(kind, at)| self.is_unread(kind, &at));
        if !unread {
            self.set(dest, target, rule, spot);
        }
    }

    /// Takes what the mapping itself sets; whether nothing else stood there.
    pub(super) fn make(
        &mut self,
        dest: &mut Dest,
        (target, value): (&Target, &Json),
        place: impl FnOnce() -> Place,
    ) -> bool {
        let free = dest.put(self, target, value.clone()).is_ok();
        if !free {
            self.note(OTHERWISE, place(), Severity::Refused);
        }
        free
    }

    /// Takes a default, where nothing is said; whether it was needed.
    pub(super) fn assume(&mut self, dest: &mut Dest, target: &Target, value: Json) -> bool {
        let free = dest.put(self, target, value).is_ok();
        if free {
            self.assumed.extend(pointer(dest, target));
        }
        free
    }

    /// Notes a state at a place that was noted just before.
    pub(super) fn state(&mut self, at: (Kind, Arc<str>), state: ValueState) {
        self.states.push((at.0, at.1, state));
        self.stated.push(self.origins.last().cloned());
    }

    pub(super) fn raw(&mut self, at: (Kind, Arc<str>), raw: &str) {
        self.raws.push((at.0, at.1, raw.to_owned()));
    }

    /// Refuses what stands, or does not stand, where an attribute is read.
    #[cold]
    pub(super) fn refuse(&mut self, dest: &Dest, target: &Target, why: Note, place: Place) {
        self.refused_at(dest, target);
        self.note(why, place, Severity::Refused);
    }

    /// Notes that a fault says why an attribute is not there.
    pub(super) fn refused_at(&mut self, dest: &Dest, target: &Target) {
        self.refused.extend(pointer(dest, target));
    }

    #[cold]
    pub(super) fn note(&mut self, note: Note, place: Place, severity: Severity) {
        self.faults.push(note.fault(severity, place));
    }

    /// Whether something in it refuses the element.
    pub(super) fn refuses(&self) -> bool {
        self.faults.iter().any(Fault::refuses)
    }

    /// Whether it says the same as another, wherever that stands.
    pub(super) fn says_as(&self, other: &Self) -> bool {
        let sender = |one: &Self| one.envelope.sender.as_ref().map(|(name, _)| name.clone());
        let says_all = |one: &Self, other: &Self| {
            one.records.iter().all(|(kind, values)| {
                let same = other.values(*kind);
                same.map_or(values.is_empty(), |same| same == values)
            })
        };
        says_all(self, other)
            && says_all(other, self)
            && self.states == other.states
            && self.raws == other.raws
            && self.envelope.reference == other.envelope.reference
            && self.envelope.sent_at == other.envelope.sent_at
            && sender(self) == sender(other)
    }

    /// Whether anything is known of a record.
    pub(super) fn says_something(&self, kind: Kind) -> bool {
        self.values(kind).is_some_and(|values| !values.is_empty())
            || self.states.iter().any(|(known, ..)| *known == kind)
            || self.raws.iter().any(|(known, ..)| *known == kind)
    }

    /// Whether a state or an untranslated text stands at a pointer, of the item that is read where one is.
    fn is_unread(&self, kind: Kind, pointer: &str) -> bool {
        let is_it = |one: Kind, at: &str| one == kind && at == pointer;
        let mut states = self.states.iter().skip(self.since.states);
        states.any(|(kind, at, _)| is_it(*kind, at)) || self.kept(kind, pointer).is_some()
    }

    /// Completes the element.
    pub(super) fn finish(mut self, plan: &Plan, place: Place, decoded: &mut Decoded) {
        let records = std::mem::take(&mut self.records).into_iter();
        let records = records.map(|(kind, values)| (kind, plan.intake.record(kind, values)));
        let mut bundle = Bundle {
            records: records.collect(),
        };
        self.number_given_up(&bundle);
        let places = std::mem::take(&mut self.stated);
        for ((kind, pointer, state), said_at) in
            std::mem::take(&mut self.states).into_iter().zip(places)
        {
            let is_taken = !has_value(&bundle, kind, &pointer) && {
                let states = bundle
                    .record_mut(kind)
                    .entry(STATES)
                    .or_insert_with(|| Json::Object(Map::new()));
                let states = states.as_object_mut();
                states.is_some_and(|states| match states.entry(&*pointer) {
                    Entry::Vacant(free) => {
                        free.insert(Json::from(state.as_str()));
                        true
                    }
                    // the first stays
                    Entry::Occupied(taken) => taken.get() == state.as_str(),
                })
            };
            if !is_taken {
                let place = said_at.map(|raw| self.origins.view(&raw).place());
                self.note(OTHERWISE, place.unwrap_or_default(), Severity::Remark);
            }
        }
        for (kind, pointer, raw) in self.raws {
            let raws = bundle
                .record_mut(kind)
                .entry(RAW)
                .or_insert_with(|| Json::Object(Map::new()));
            if let Json::Object(raws) = raws {
                raws.insert(str::to_owned(&pointer), Json::from(raw));
            }
        }
        decoded.envelope.complete(self.envelope);
        decoded.elements.push(Element {
            place,
            bundle,
            origins: self.origins,
            refused: self.refused,
            faults: self.faults,
            ..Element::default()
        });
    }
}

impl Dest {
    /// Puts a value at a target where nothing else stands; gives it back where something does.
    fn put(&mut self, draft: &mut Draft, target: &Target, value: Json) -> Result<(), Json> {
        match (self, target.owner) {
            (Self::Item { values, says, .. }, Owner::Item(_)) => {
                *says = true;
                values.fill(target, value)
            }
            (Self::Records, Owner::Record(kind)) => draft.about(kind).fill(target, value),
            _ => Ok(()),
        }
    }

    /// Puts a value at a target in place of what stands there.
    fn replace(&mut self, draft: &mut Draft, target: &Target, value: Json) {
        match (self, target.owner) {
            (Self::Item { values, .. }, Owner::Item(_)) => values.replace(target, value),
            (Self::Records, Owner::Record(kind)) => {
                draft.about(kind).replace(target, value);
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
        let values = match (self, target.owner) {
            (Self::Item { values, says, .. }, Owner::Item(_)) => {
                *says = true;
                values
            }
            (Self::Records, Owner::Record(kind)) => draft.about(kind),
            _ => return None,
        };
        values.list(target)
    }

    /// The items of the list at a target.
    pub(super) fn items<'a>(&'a self, draft: &'a Draft, target: &Target) -> &'a [Json] {
        let values = match (self, target.owner) {
            (Self::Item { values, .. }, Owner::Item(_)) => Some(values),
            (Self::Records, Owner::Record(kind)) => draft.values(kind),
            _ => None,
        };
        values.map_or(&[], |values| values.items(target))
    }

    /// How many there are.
    pub(super) fn length(&self, draft: &Draft, target: &Target) -> usize {
        self.items(draft, target).len()
    }

    /// Notes that an item says something, though it has no value (a state, a raw value).
    pub(super) const fn speak(&mut self) {
        if let Self::Item { says, .. } = self {
            *says = true;
        }
    }
}

/// Whether something stands at a pointer that is not empty.
fn has_value(bundle: &Bundle, kind: Kind, pointer: &str) -> bool {
    let found = bundle.at(kind, pointer);
    found.is_some_and(|value| match value {
        Json::Array(items) => !items.is_empty(),
        Json::Object(members) => !members.is_empty(),
        _ => true,
    })
}

/// The kind and pointer of a target; none for the envelope.
pub(super) fn pointer(dest: &Dest, target: &Target) -> Option<(Kind, Arc<str>)> {
    match (dest, target.owner) {
        (Dest::Item { kind, base, .. }, Owner::Item(_)) => {
            Some((*kind, joined(&[base, &target.pointer])))
        }
        (_, Owner::Record(kind)) => Some((kind, Arc::clone(target.pointer.name()))),
        _ => None,
    }
}
