//! Where the parts of an object of JSON stand that rules read: found in one walk over it, and known by number. To look for
//! each of them by its name costs more than all else that reading does.
//!
//! The same walk sees whether there is anything beside them. Mostly there is not, and then nobody needs to look for what is
//! left unread.

use crate::document::Ends;
use crate::document::Name;
use crate::document::Node;
use crate::document::Value;
use crate::mapping::known::Known;
use crate::mapping::known::Repeats;
use crate::mapping::known::Taken;
use crate::mapping::plan::Act;
use crate::mapping::plan::Beside;
use crate::mapping::plan::Path;
use crate::mapping::plan::Plan;
use crate::mapping::plan::Rule;
use crate::mapping::plan::Source;
use std::cell::Cell;

/// What is looked for in an object, with the objects in it, up to what repeats.
#[derive(Default)]
pub(crate) struct Finder {
    parts: Vec<Part>,
    /// How many numbers there are.
    count: usize,
    /// Something from the root is looked into with each object, so that it cannot be told whether all was.
    again: bool,
}

/// A part that the mapping names.
struct Part {
    ends: Ends,
    name: Name,
    number: Option<usize>,
    takes: Takes,
    inner: Vec<Self>,
    /// Some group looks into it.
    is_looked_into: bool,
}

/// What the mapping takes of a part.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Takes {
    /// The parts in it.
    Parts,
    /// A value, or a list of values.
    Value,
    /// Elements or items, each looked into by itself.
    Items,
    /// The parts in each item.
    Each,
    /// Nothing, on purpose.
    Nothing,
    /// What takes more than a glance to tell.
    Other,
}

/// The number of a path in the finder of what it starts from, if it has one; of one on which something repeats that of what
/// does. Paths are the same whatever their number.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Number(Option<u32>);

impl PartialEq for Number {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Number {}

/// Whether everything that was looked into is known.
#[derive(Default)]
pub(crate) struct Seen {
    /// Something is not.
    other: Cell<bool>,
    /// How many items are not looked into yet. None is looked into twice.
    waiting: Cell<usize>,
}

impl Seen {
    /// Whether all of a document was looked into, and nothing is in it but what the mapping names.
    pub(crate) fn all(&self) -> bool {
        !self.other.get() && self.waiting.get() == 0
    }

    /// Notes that there are elements, or items, that are to be looked into: one, or those of a list.
    pub(crate) fn wait_for(&self, elements: &Node) {
        let count = match &elements.value {
            Value::List(items) => items.len(),
            _ => 1,
        };
        self.waiting.set(self.waiting.get().saturating_add(count));
    }
}

impl Finder {
    /// Numbers what the rules of a plan for JSON read.
    pub(crate) fn number(plan: &mut Plan) {
        let mut root = Self::of(&plan.known);
        let element = plan.known.at_steps(&plan.element.steps);
        let mut own = element.map_or_else(Self::default, Self::of);
        number(&mut plan.rules, element, &mut own, (&plan.known, &mut root));
        plan.finder = own;
        plan.root_finder = root;
    }

    fn of(known: &Known) -> Self {
        let parts = known.parts().iter();
        Self {
            parts: parts.map(|(name, known)| Part::of(name, known)).collect(),
            count: 0,
            again: false,
        }
    }

    /// Notes that a group looks into what stands at some steps. Where two do, whether all items were looked into is not
    /// seen by their number.
    fn look_into(&mut self, steps: &[Name]) {
        let mut parts = &mut self.parts;
        let mut steps = steps.iter().peekable();
        while let Some(step) = steps.next() {
            let Some(part) = part_mut(parts, step) else {
                return;
            };
            if steps.peek().is_none() && std::mem::replace(&mut part.is_looked_into, true) {
                part.takes = Takes::Other;
            }
            parts = &mut part.inner;
        }
    }

    /// The number of what stands at some steps, which it gets here if it has none.
    fn claim(&mut self, steps: &[Name]) -> Option<usize> {
        let (last, above) = steps.split_last()?;
        let mut parts = &mut self.parts;
        for step in above {
            let part = part_mut(parts, step)?;
            parts = match part.takes {
                // what is in one of several items is not found by number
                Takes::Each => return None,
                _ => &mut part.inner,
            };
        }
        let part = part_mut(parts, last)?;
        if part.number.is_none() {
            part.number = Some(self.count);
            self.count += 1;
        }
        part.number
    }

    /// What stands in an object of what is looked for, by number. `seen` is told what there is beside it.
    pub(crate) fn find<'a>(&self, object: &'a Node, seen: Option<&Seen>) -> Vec<Option<&'a Node>> {
        let mut found = vec![None; self.count];
        let is_known = walk(&self.parts, object.parts(), &mut found, seen);
        let is_all = is_known && !self.again && matches!(object.value, Value::Map(_));
        if let Some(seen) = seen.filter(|_| !is_all) {
            seen.other.set(true);
        }
        found
    }

    /// The same of an element, or an item, that was waited for.
    pub(crate) fn find_in<'a>(&self, element: &'a Node, seen: &Seen) -> Vec<Option<&'a Node>> {
        seen.waiting.set(seen.waiting.get().saturating_sub(1));
        self.find(element, Some(seen))
    }
}

impl Part {
    fn of(name: &Name, known: &Known) -> Self {
        let takes = match known.taken {
            _ if !known.is_plain() => Takes::Other,
            Taken::Ignored => Takes::Nothing,
            _ if known.repeats == Repeats::Apart => Takes::Items,
            _ if known.repeats == Repeats::Within => Takes::Each,
            Taken::Tested | Taken::Value => Takes::Value,
            Taken::Not => Takes::Parts,
        };
        let inner = if matches!(takes, Takes::Parts | Takes::Value | Takes::Each) {
            Finder::of(known).parts
        } else {
            Vec::new()
        };
        Self {
            ends: Ends::of(name),
            name: Name::clone(name),
            number: None,
            takes,
            inner,
            is_looked_into: false,
        }
    }
}

/// Numbers the paths of some rules. `known` is what the mapping names where they start.
fn number(
    rules: &mut [Rule],
    known: Option<&Known>,
    own: &mut Finder,
    (whole, root): (&Known, &mut Finder),
) {
    for rule in rules {
        if let Some(when) = &mut rule.when_in {
            give(&mut when.source, own, root);
        }
        match &mut rule.act {
            Act::Field(field) => {
                let parts = field.parts.iter_mut();
                for other in parts.flat_map(|parts| &mut parts.others) {
                    give(other, own, root);
                }
                if let Some(Beside::Sibling(source)) = field.indicator.as_deref_mut() {
                    give(source, own, root);
                }
            }
            Act::Group(group) if rule.source == Source::Here => {
                number(&mut group.rules, known, own, (whole, root));
            }
            Act::Group(group) => {
                let from = if rule.source.is_root() {
                    own.again = true;
                    Some(whole)
                } else {
                    own.look_into(rule.source.steps());
                    known
                };
                let inner = from.and_then(|known| known.at_steps(rule.source.steps()));
                let mut finder = inner.map_or_else(Finder::default, Finder::of);
                number(&mut group.rules, inner, &mut finder, (whole, root));
                group.finder = finder;
            }
            Act::Constant(_) | Act::Set(..) | Act::Spread(_) => {}
        }
        give(&mut rule.source, own, root);
    }
}

fn give(source: &mut Source, own: &mut Finder, root: &mut Finder) {
    let (path, finder): (&mut Path, _) = match source {
        Source::Path(path) => (path, own),
        Source::Root(path) => (path, root),
        Source::None | Source::Here | Source::Around(_) | Source::Column(_) => return,
    };
    if path.keyed.is_none() && path.chosen.is_none() {
        let number = finder.claim(path.split().0);
        path.number = Number(number.and_then(|number| u32::try_from(number).ok()));
    }
}

fn part_mut<'p>(parts: &'p mut [Part], name: &str) -> Option<&'p mut Part> {
    let mut parts = parts.iter_mut();
    parts.find(|part| *part.name == *name)
}

impl Number {
    /// The number, if it has one.
    pub(crate) fn get(self) -> Option<usize> {
        self.0.map(|number| number as usize)
    }
}

/// Whether everything in an object is known.
fn walk<'a>(
    known: &[Part],
    members: &'a [(Name, Node)],
    found: &mut [Option<&'a Node>],
    seen: Option<&Seen>,
) -> bool {
    let mut all = true;
    let mut from = 0;
    for (name, node) in members {
        // a document mostly has its parts in the order of the rules
        let (before, after) = known.split_at(from);
        let ends = Ends::of(name);
        let has_it = |part: &Part| part.ends == ends && ends.are_of(&part.name, name);
        let index = match after.iter().position(has_it) {
            Some(index) => from + index,
            None => {
                if let Some(index) = before.iter().position(has_it) {
                    index
                } else {
                    all = false;
                    continue;
                }
            }
        };
        from = index + 1;
        let part = &known[index];
        if let Some(place) = part.number.and_then(|number| found.get_mut(number)) {
            *place = Some(node);
        }
        all &= match (part.takes, &node.value) {
            (Takes::Nothing, _) | (Takes::Parts | Takes::Items | Takes::Each, Value::Null) => true,
            (Takes::Parts | Takes::Value | Takes::Each, Value::Map(members))
                if !part.inner.is_empty() =>
            {
                walk(&part.inner, members, found, seen)
            }
            (Takes::Each, Value::List(items)) => items.iter().all(|item| {
                matches!(item.value, Value::Map(_)) && walk(&part.inner, item.parts(), found, seen)
            }),
            (Takes::Value, Value::List(items)) => items.iter().all(is_one),
            (Takes::Value, _) => is_one(node),
            (Takes::Items, Value::List(_) | Value::Map(_)) => {
                if let Some(seen) = seen {
                    seen.wait_for(node);
                }
                true
            }
            (Takes::Parts | Takes::Items | Takes::Each | Takes::Other, _) => false,
        };
    }
    all
}

/// Whether a node is a value, and no parts.
fn is_one(node: &Node) -> bool {
    !matches!(node.value, Value::Map(_) | Value::List(_))
}
