//! Where values go that rules read, and which rules read when. Each value is put at the number of its target; records and
//! items are made of them at the end, in the order of their names. Looking for the place of every value in a map costs more
//! than reading it does.

use crate::canonical::Kind;
use crate::canonical::Record;
use crate::mapping::nested::fill;
use crate::mapping::nested::list;
use crate::mapping::nested::put;
use crate::mapping::plan::Act;
use crate::mapping::plan::Owner;
use crate::mapping::plan::Rule;
use crate::mapping::plan::Target;
use crate::mapping::slots::Branch;
use crate::mapping::slots::UNNUMBERED;
use serde_json::Map;
use serde_json::Value as Json;

/// The numbers of what a plan reads of each record, and which of its rules read when.
#[derive(Default)]
pub(crate) struct Intake {
    records: Vec<(Kind, Shelf)>,
    /// The rules that read once, of the document as a whole.
    document: Vec<usize>,
    /// Those that read each element.
    element: Vec<usize>,
    /// Those that only set something.
    set: Vec<usize>,
}

/// The numbers of what is read of one record, or of an item of a group.
#[derive(Default)]
pub(crate) struct Shelf {
    branches: Vec<Branch>,
    count: usize,
}

/// Where a target's values are put: a number, and how many of the target's segments lead there. Mostly all of them do; the
/// others lead on within the value that stands there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shelved {
    number: usize,
    steps: usize,
}

impl Shelved {
    /// Of a target that nothing is read for.
    pub(crate) const NOWHERE: Self = Self {
        number: UNNUMBERED,
        steps: 0,
    };
}

/// Values that were read of one record or item.
#[derive(Default)]
pub(crate) struct Values {
    at: Vec<Option<Json>>,
}

impl Intake {
    /// Numbers what incoming rules fill.
    pub(crate) fn number(rules: &mut [Rule]) -> Self {
        let mut intake = Self::default();
        for (index, rule) in rules.iter().enumerate().filter(|(_, rule)| rule.inward) {
            let turn = if belongs_to_document(rule) {
                &mut intake.document
            } else if matches!(rule.act, Act::Set(..)) {
                &mut intake.set
            } else {
                &mut intake.element
            };
            turn.push(index);
        }
        number(rules, &mut |target| {
            if let Owner::Record(kind) = target.owner {
                intake.shelf(kind).add(target);
            }
        });
        intake
    }

    /// The rules of its plan that read once, of the document as a whole: its constants and its envelope.
    pub(crate) fn of_document<'r>(&self, rules: &'r [Rule]) -> impl Iterator<Item = &'r Rule> {
        self.document.iter().filter_map(|rule| rules.get(*rule))
    }

    /// Those that read each element.
    pub(crate) fn of_element<'r>(&self, rules: &'r [Rule]) -> impl Iterator<Item = &'r Rule> {
        self.element.iter().filter_map(|rule| rules.get(*rule))
    }

    /// Those that only set something in what is read of an element.
    pub(crate) fn of_set<'r>(&self, rules: &'r [Rule]) -> impl Iterator<Item = &'r Rule> {
        self.set.iter().filter_map(|rule| rules.get(*rule))
    }

    fn shelf(&mut self, kind: Kind) -> &mut Shelf {
        let known = self.records.iter().position(|(known, _)| *known == kind);
        let index = known.unwrap_or_else(|| {
            self.records.push((kind, Shelf::default()));
            self.records.len() - 1
        });
        &mut self.records[index].1
    }

    /// A record of what was read of it.
    pub(crate) fn record(&self, kind: Kind, values: Values) -> Record {
        let known = self.records.iter().find(|(known, _)| *known == kind);
        known.map_or_else(Record::new, |(_, shelf)| shelf.assemble(values))
    }
}

impl Shelf {
    /// Room for the values of an item, before anything is read of it.
    pub(crate) fn values(&self) -> Values {
        Values {
            at: vec![None; self.count],
        }
    }

    fn add(&mut self, target: &mut Target) {
        let (number, steps) = claim(&mut self.branches, &target.segments, &mut self.count);
        target.shelved = Shelved { number, steps };
    }

    /// An object of the values that were read of it.
    pub(crate) fn assemble(&self, mut values: Values) -> Map<String, Json> {
        assemble(&self.branches, &mut values.at)
    }

    /// Where the value at a path is put; nowhere, where nothing is read for it.
    fn at(&self, path: &[Box<str>]) -> Shelved {
        let mut branches = &self.branches;
        for (index, name) in path.iter().enumerate() {
            let found = branches.binary_search_by(|branch| branch.name.cmp(name));
            let Some(branch) = found.ok().and_then(|found| branches.get(found)) else {
                break;
            };
            if let Some(number) = branch.slot {
                let steps = index + 1;
                return Shelved { number, steps };
            }
            branches = &branch.inner;
        }
        Shelved::NOWHERE
    }
}

/// Whether a rule is judged once per document.
fn belongs_to_document(rule: &Rule) -> bool {
    rule.source.is_root()
        && match &rule.act {
            Act::Constant(_) => true,
            Act::Field(field) => field.target.owner == Owner::Envelope,
            Act::Set(..) | Act::Group(_) | Act::Spread(_) => false,
        }
}

/// Hands over what incoming rules fill, and numbers what those of their groups fill of an item.
fn number(rules: &mut [Rule], add: &mut dyn FnMut(&mut Target)) {
    let mut own = targets(rules);
    // of two targets of which one is in the other, the outer one has the number
    own.sort_by_key(|target| target.segments.len());
    own.into_iter().for_each(add);
    for rule in rules.iter_mut().filter(|rule| rule.inward) {
        if let Act::Group(group) = &mut rule.act {
            let mut shelf = Shelf::default();
            number(&mut group.rules, &mut |target| shelf.add(target));
            group.key_at = group.key.iter().map(|path| shelf.at(path)).collect();
            group.shelf = shelf;
        }
    }
}

/// What incoming rules fill themselves.
fn targets(rules: &mut [Rule]) -> Vec<&mut Target> {
    let inward = rules.iter_mut().filter(|rule| rule.inward);
    inward
        .flat_map(|rule| match &mut rule.act {
            Act::Field(field) => vec![&mut field.target],
            Act::Spread(spread) => {
                let parts = spread.targets.iter_mut().map(|(target, _)| target);
                std::iter::once(&mut spread.whole.target)
                    .chain(parts)
                    .collect()
            }
            Act::Group(group) => vec![&mut group.target],
            Act::Set(target, _) => vec![&mut **target],
            Act::Constant(_) => Vec::new(),
        })
        .collect()
}

/// The number of a path, and how many of its segments lead there: one that leads further than another has the number of
/// that one.
fn claim(branches: &mut Vec<Branch>, segments: &[Box<str>], count: &mut usize) -> (usize, usize) {
    let Some((first, rest)) = segments.split_first() else {
        return (UNNUMBERED, 0);
    };
    let branch = Branch::named(branches, first);
    if let Some(number) = branch.slot {
        return (number, 1);
    }
    if rest.is_empty() {
        branch.slot = Some(*count);
        *count += 1;
        return (*count - 1, 1);
    }
    let (number, steps) = claim(&mut branch.inner, rest, count);
    (number, steps + 1)
}

fn assemble(branches: &[Branch], values: &mut [Option<Json>]) -> Map<String, Json> {
    let mut members = Map::new();
    // the last name first: then each goes in front of the others, which is seen at once
    for branch in branches.iter().rev() {
        let value = if let Some(number) = branch.slot {
            values.get_mut(number).and_then(Option::take)
        } else {
            let inner = assemble(&branch.inner, values);
            (!inner.is_empty()).then_some(Json::Object(inner))
        };
        // a text that is written as one is copied at once; to_string of a box goes by its letters
        if let Some(value) = value {
            members.insert(str::to_owned(&branch.name), value);
        }
    }
    members
}

/// Room is made for so many values at least.
const ROOM: usize = 16;

impl Values {
    /// Whether nothing was read.
    pub(crate) fn is_empty(&self) -> bool {
        self.at.iter().all(Option::is_none)
    }

    /// Puts a value at a target where nothing else stands; gives it back where something does.
    pub(crate) fn fill(&mut self, target: &Target, value: Json) -> Result<(), Json> {
        let Some((place, rest)) = self.place(target) else {
            return Err(value);
        };
        if !rest.is_empty() {
            return match opened(place) {
                Some(map) => fill(map, rest, value),
                None => Err(value),
            };
        }
        match place {
            None => {
                *place = Some(value);
                Ok(())
            }
            Some(known) if *known == value => Ok(()),
            Some(_) => Err(value),
        }
    }

    /// Puts a value at a target in place of what stands there.
    pub(crate) fn replace(&mut self, target: &Target, value: Json) {
        match self.place(target) {
            Some((place, [])) => *place = Some(value),
            Some((place, rest)) => {
                if let Some(map) = opened(place) {
                    put(map, rest, value);
                }
            }
            None => {}
        }
    }

    /// The list at a target, to add items to; it is made where nothing stands.
    pub(crate) fn list(&mut self, target: &Target) -> Option<&mut Vec<Json>> {
        match self.place(target)? {
            (place, []) => place
                .get_or_insert_with(|| Json::Array(Vec::new()))
                .as_array_mut(),
            (place, rest) => list(opened(place)?, rest),
        }
    }

    /// The items of the list at a target.
    pub(crate) fn items(&self, target: &Target) -> &[Json] {
        let found = self.value(target.shelved, &target.segments);
        found.and_then(Json::as_array).map_or(&[], Vec::as_slice)
    }

    /// The value at a path that is put somewhere.
    pub(crate) fn value(&self, at: Shelved, path: &[Box<str>]) -> Option<&Json> {
        let value = self.at.get(at.number)?.as_ref()?;
        let mut rest = path.iter().skip(at.steps);
        rest.try_fold(value, |value, step| value.get(&**step))
    }

    /// Where the values of a target are put, and which of its segments lead on from there.
    fn place<'s, 't>(
        &'s mut self,
        target: &'t Target,
    ) -> Option<(&'s mut Option<Json>, &'t [Box<str>])> {
        let Shelved { number, steps } = target.shelved;
        if number == UNNUMBERED {
            return None;
        }
        if self.at.len() <= number {
            let least = (number + 1).max(2 * self.at.len());
            self.at.resize(least.next_multiple_of(ROOM), None);
        }
        Some((self.at.get_mut(number)?, target.segments.get(steps..)?))
    }
}

impl PartialEq for Values {
    /// Whether the same was read, whatever there is room for.
    fn eq(&self, other: &Self) -> bool {
        let (short, long) = if self.at.len() < other.at.len() {
            (&self.at, &other.at)
        } else {
            (&other.at, &self.at)
        };
        let (same, more) = long.split_at(short.len());
        same == short && more.iter().all(Option::is_none)
    }
}

/// The object at a place, made where nothing stands.
fn opened(place: &mut Option<Json>) -> Option<&mut Map<String, Json>> {
    place
        .get_or_insert_with(|| Json::Object(Map::new()))
        .as_object_mut()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::text::Text;
    use crate::schema::Shape;
    use serde_json::json;

    fn target(path: &str) -> Target {
        Target {
            owner: Owner::Record(Kind::Kandidaat),
            segments: path.split('/').map(Box::from).collect(),
            pointer: Text::loose(format!("/{path}")),
            shape: Shape::Object,
            slot: UNNUMBERED,
            shelved: Shelved::NOWHERE,
        }
    }

    /// The targets of some paths, numbered as a compiler does: the shorter ones first.
    fn shelf(paths: &[&str]) -> (Shelf, Vec<Target>) {
        let mut shelf = Shelf::default();
        let mut targets: Vec<Target> = paths.iter().map(|path| target(path)).collect();
        targets.sort_by_key(|target| target.segments.len());
        for target in &mut targets {
            shelf.add(target);
        }
        (shelf, targets)
    }

    #[test]
    fn an_object_is_made_of_its_values_whatever_order_they_came_in() {
        let (shelf, targets) = shelf(&["z", "a/c/d", "m", "a/b", "z"]);
        let value =
            |values: &Values, path: &[Box<str>]| values.value(shelf.at(path), path).cloned();
        let mut values = Values::default();
        assert!(values.is_empty());
        for (number, target) in targets.iter().enumerate().rev() {
            let again = target.segments[0].as_ref() == "z" && number == 0;
            let value = if again { 2 } else { number };
            assert_eq!(
                values.fill(target, json!(value)).is_ok(),
                value == number || value == 2
            );
        }
        assert_eq!(values.fill(&targets[0], json!(9)), Err(json!(9)));
        assert_eq!(value(&values, &targets[4].segments), Some(json!(4)));
        assert_eq!(value(&values, &target("a/x").segments), None);
        let made = Json::Object(shelf.assemble(values));
        assert_eq!(made, json!({"a": {"b": 3, "c": {"d": 4}}, "m": 1, "z": 2}));
    }

    #[test]
    fn what_was_not_read_is_not_in_the_object() {
        let (shelf, targets) = shelf(&["a/b", "c"]);
        let mut values = Values::default();
        assert_eq!(values.fill(&targets[0], json!(1)), Ok(()));
        assert_eq!(Json::Object(shelf.assemble(values)), json!({"c": 1}));
        let nothing = shelf.assemble(Values::default());
        assert!(nothing.is_empty());
    }

    #[test]
    fn a_value_within_another_is_put_in_it() {
        let (shelf, targets) = shelf(&["a/b", "a"]);
        let (outer, inner) = (&targets[0], &targets[1]);
        for (first, second) in [(outer, inner), (inner, outer)] {
            let mut values = Values::default();
            let value = |target: &Target| match target.segments.len() {
                1 => json!({"c": 1}),
                _ => json!(2),
            };
            assert_eq!(values.fill(first, value(first)), Ok(()));
            // what is said of the whole does not join what is said of a part
            assert_eq!(
                values.fill(second, value(second)).is_ok(),
                second.segments.len() == 2
            );
            let at = shelf.at(&inner.segments);
            assert_eq!(values.value(at, &inner.segments), Some(&json!(2)));
        }
        let mut values = Values::default();
        assert_eq!(values.fill(outer, json!("text")), Ok(()));
        assert_eq!(values.fill(inner, json!(2)), Err(json!(2)));
    }

    #[test]
    fn lists_grow_and_values_are_replaced() {
        let (shelf, targets) = shelf(&["l", "a/b"]);
        let mut values = Values::default();
        assert_eq!(values.items(&targets[0]).len(), 0);
        values.list(&targets[0]).expect("a list").push(json!(1));
        values.list(&targets[0]).expect("a list").push(json!(2));
        assert_eq!(values.items(&targets[0]).len(), 2);
        values.replace(&targets[1], json!("x"));
        values.replace(&targets[1], json!("y"));
        assert!(values.list(&targets[1]).is_none());
        let made = Json::Object(shelf.assemble(values));
        assert_eq!(made, json!({"a": {"b": "y"}, "l": [1, 2]}));
    }

    #[test]
    fn a_target_without_a_number_takes_nothing() {
        let mut values = Values::default();
        assert_eq!(values.fill(&target("a"), json!(1)), Err(json!(1)));
        assert!(values.is_empty() && values.list(&target("a")).is_none());
    }
}
