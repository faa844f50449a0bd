//! Where the values are that rules write. A record is walked once, in the order of its names, and what rules ask for is
//! put aside by number; asking a record for every rule's attribute by name costs more than all else that writing does.

use crate::canonical::Bundle;
use crate::canonical::Kind;
use crate::canonical::STATES;
use crate::document::beginning;
use crate::mapping::plan::Act;
use crate::mapping::plan::Group;
use crate::mapping::plan::Owner;
use crate::mapping::plan::Rule;
use crate::mapping::plan::Target;
use serde_json::Map;
use serde_json::Value as Json;
use std::cmp::Ordering;

/// The number of a target that has none: what it stands for is asked for by name.
pub(crate) const UNNUMBERED: usize = usize::MAX;

/// What rules ask for, each with a number.
#[derive(Default)]
pub(crate) struct Slots {
    records: Vec<(Kind, OfRecord)>,
    count: usize,
    context: Asked,
}

/// What rules ask for of a record.
struct OfRecord {
    branches: Vec<Branch>,
    /// The number of why its values are not there.
    states: usize,
}

/// What rules ask for of the context, or those of a group of an item.
#[derive(Default)]
pub(crate) struct Asked {
    branches: Vec<Branch>,
    count: usize,
}

/// A name that rules ask for, or fill; those of one level stand in the order of members: that of their names.
pub(super) struct Branch {
    pub(super) name: Box<str>,
    /// How its name begins.
    begins: u64,
    pub(super) slot: Option<usize>,
    pub(super) inner: Vec<Self>,
}

/// What a bundle and the context have of it.
#[derive(Default)]
pub(crate) struct Found<'a> {
    records: Vec<Option<&'a Json>>,
    context: Option<Vec<Option<&'a Json>>>,
}

impl Slots {
    /// Numbers what outgoing rules ask for.
    pub(crate) fn number(rules: &mut [Rule]) -> Self {
        let mut slots = Self::default();
        slots.add_all(rules, &mut Asked::default());
        slots
    }

    fn add_all(&mut self, rules: &mut [Rule], item: &mut Asked) {
        for rule in rules.iter_mut().filter(|rule| rule.outward) {
            if let Some(when) = &mut rule.when_out {
                self.add(&mut when.target, item);
            }
            match &mut rule.act {
                Act::Field(field) => self.add(&mut field.target, item),
                Act::Spread(spread) => {
                    self.add(&mut spread.whole.target, item);
                    for (target, _) in &mut spread.targets {
                        self.add(target, item);
                    }
                }
                Act::Group(group) => {
                    self.add(&mut group.target, item);
                    let mut inner = Asked::default();
                    self.add_all(&mut group.rules, &mut inner);
                    group.slots = inner;
                    group.key_rules = key_rules(group);
                }
                Act::Set(..) | Act::Constant(_) => {}
            }
        }
    }

    fn add(&mut self, target: &mut Target, item: &mut Asked) {
        let (branches, count) = match target.owner {
            Owner::Record(kind) => {
                let index = self.record(kind);
                (&mut self.records[index].1.branches, &mut self.count)
            }
            Owner::Envelope => (&mut self.context.branches, &mut self.context.count),
            Owner::Item(kind) => {
                // why a value of an item is not there, its record says
                self.record(kind);
                (&mut item.branches, &mut item.count)
            }
        };
        if let Some(slot) = slot(branches, &target.segments, count) {
            target.slot = slot;
        }
    }

    fn record(&mut self, kind: Kind) -> usize {
        let known = self.records.iter().position(|(known, _)| *known == kind);
        known.unwrap_or_else(|| {
            let mut branches = Vec::new();
            let states = slot(&mut branches, &[STATES.into()], &mut self.count);
            let states = states.unwrap_or(UNNUMBERED);
            self.records.push((kind, OfRecord { branches, states }));
            self.records.len() - 1
        })
    }

    /// What a bundle has, in the place of what another had, and what the context has, which is the same for all of them.
    pub(crate) fn find<'a>(&self, context: &'a Json, bundle: &'a Bundle, found: &mut Found<'a>) {
        found.context.get_or_insert_with(|| {
            let context = context.as_object();
            context.map_or_else(Vec::new, |context| self.context.find(context))
        });
        found.records.clear();
        found.records.resize(self.count, None);
        for (kind, record) in &self.records {
            if let Some(members) = bundle.record(*kind) {
                walk(&record.branches, members, &mut found.records);
            }
        }
    }

    /// Why values of a record are not there.
    pub(crate) fn states<'a>(&self, kind: Kind, found: &Found<'a>) -> Option<&'a Json> {
        let (_, record) = self.records.iter().find(|(known, _)| *known == kind)?;
        *found.records.get(record.states)?
    }
}

impl Asked {
    /// What an item has.
    pub(crate) fn find<'a>(&self, item: &'a Map<String, Json>) -> Vec<Option<&'a Json>> {
        let mut found = Vec::new();
        self.find_next(item, &mut found);
        found
    }

    /// The same in the place of what another item has.
    pub(crate) fn find_next<'a>(
        &self,
        item: &'a Map<String, Json>,
        found: &mut Vec<Option<&'a Json>>,
    ) {
        found.clear();
        found.resize(self.count, None);
        walk(&self.branches, item, found);
    }
}

impl<'a> Found<'a> {
    /// What the records have.
    pub(crate) fn records(&self) -> &[Option<&'a Json>] {
        &self.records
    }

    /// What the context has.
    pub(crate) fn context(&self) -> &[Option<&'a Json>] {
        self.context.as_deref().unwrap_or_default()
    }
}

/// Which rules of a group write the key of its items; none where nothing reads it.
fn key_rules(group: &Group) -> Vec<usize> {
    let is_key = |rule: &Rule| {
        let mut targets = rule.act.targets().into_iter();
        targets.any(|target| group.key.contains(&target.segments))
    };
    let rules = || {
        group
            .rules
            .iter()
            .enumerate()
            .filter(|(_, rule)| is_key(rule))
    };
    if rules().any(|(_, rule)| rule.inward) {
        rules().map(|(index, _)| index).collect()
    } else {
        Vec::new()
    }
}

/// The number of a path, which it gets here if it has none.
fn slot(branches: &mut Vec<Branch>, segments: &[Box<str>], count: &mut usize) -> Option<usize> {
    let (first, rest) = segments.split_first()?;
    let branch = Branch::named(branches, first);
    if !rest.is_empty() {
        return slot(&mut branch.inner, rest, count);
    }
    Some(*branch.slot.get_or_insert_with(|| {
        *count += 1;
        *count - 1
    }))
}

/// Of how many members at most one is asked for, for which they are asked for by name.
const FEW: usize = 4;

/// Both are in the order of their names.
fn walk<'a>(branches: &[Branch], map: &'a Map<String, Json>, into: &mut [Option<&'a Json>]) {
    if branches.len() * FEW <= map.len() {
        for branch in branches {
            if let Some(value) = map.get(&*branch.name) {
                branch.take(value, into);
            }
        }
        return;
    }
    let mut branches = branches.iter();
    let Some(mut branch) = branches.next() else {
        return;
    };
    for (name, value) in map {
        let begins = beginning(name);
        let mut order = branch.before(name, begins);
        while order.is_lt() {
            let Some(next) = branches.next() else {
                return;
            };
            branch = next;
            order = branch.before(name, begins);
        }
        if order.is_eq() {
            branch.take(value, into);
        }
    }
}

impl Branch {
    /// The branch with a name, made where there is none.
    pub(super) fn named<'b>(branches: &'b mut Vec<Self>, name: &str) -> &'b mut Self {
        let found = branches.binary_search_by(|branch| (*branch.name).cmp(name));
        let index = found.unwrap_or_else(|index| {
            let branch = Self {
                name: name.into(),
                begins: beginning(name),
                slot: None,
                inner: Vec::new(),
            };
            branches.insert(index, branch);
            index
        });
        &mut branches[index]
    }

    /// Whether its name stands before another: mostly how they begin tells.
    fn before(&self, name: &str, begins: u64) -> Ordering {
        let first = self.begins.cmp(&begins);
        first.then_with(|| (*self.name).cmp(name))
    }

    /// What is null is not there.
    fn take<'a>(&self, value: &'a Json, into: &mut [Option<&'a Json>]) {
        if let Some(place) = self.slot.and_then(|slot| into.get_mut(slot)) {
            *place = Some(value).filter(|value| !value.is_null());
        }
        if let (false, Json::Object(inner)) = (self.inner.is_empty(), value) {
            walk(&self.inner, inner, into);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn path(path: &str) -> Vec<Box<str>> {
        path.split('/').map(Box::from).collect()
    }

    #[test]
    fn what_is_asked_for_is_found_wherever_it_stands() {
        let (mut branches, mut count) = (Vec::new(), 0);
        let paths = ["m", "a/z", "z", "a", "a/b", "q", "m"];
        let slots = paths.map(|asked| slot(&mut branches, &path(asked), &mut count));
        assert_eq!(slots, [0, 1, 2, 3, 4, 5, 0].map(Some));
        assert_eq!(slot(&mut branches, &[], &mut count), None);
        let map = json!({"0": 0, "a": {"a": 1, "b": 2, "z": 3}, "aa": 4, "m": null, "q": 5, "z": 6, "zz": 7});
        let mut found = vec![None; count];
        walk(&branches, map.as_object().expect("an object"), &mut found);
        let expected = [None, Some(&map["a"]["z"]), Some(&map["z"]), Some(&map["a"])];
        assert_eq!(found[..4], expected);
        assert_eq!(found[4..], [Some(&map["a"]["b"]), Some(&map["q"])]);
    }

    #[test]
    fn what_is_no_object_has_no_parts() {
        let (mut branches, mut count) = (Vec::new(), 0);
        slot(&mut branches, &path("a/b"), &mut count);
        for map in [json!({"a": [{"b": 1}]}), json!({"a": "b"}), json!({})] {
            let mut found = vec![None; count];
            walk(&branches, map.as_object().expect("an object"), &mut found);
            assert_eq!(found, [None]);
        }
    }

    #[test]
    fn one_of_many_members_is_found_by_name() {
        let (mut branches, mut count) = (Vec::new(), 0);
        slot(&mut branches, &path("c/x"), &mut count);
        let map = json!({"a": 1, "b": 2, "c": {"x": 3}, "d": 4});
        let mut found = vec![None; count];
        walk(&branches, map.as_object().expect("an object"), &mut found);
        assert_eq!(found, [Some(&map["c"]["x"])]);
    }

    #[test]
    fn the_states_of_each_record_are_found_with_it() {
        let mut bundle = Bundle::default();
        let states = json!({"naam": "onbekend"});
        let record = bundle.record_mut(Kind::Kandidaat);
        record.insert(STATES.to_owned(), states.clone());
        bundle.record_mut(Kind::Werkprofiel);
        let mut slots = Slots::default();
        slots.record(Kind::Werkprofiel);
        slots.record(Kind::Kandidaat);
        let mut found = Found::default();
        slots.find(&Json::Null, &bundle, &mut found);
        assert_eq!(slots.states(Kind::Kandidaat, &found), Some(&states));
        assert_eq!(slots.states(Kind::Werkprofiel, &found), None);
        let nothing = Bundle::default();
        slots.find(&Json::Null, &nothing, &mut found);
        assert_eq!(slots.states(Kind::Kandidaat, &found), None);
    }
}
