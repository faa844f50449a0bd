//! Which parts of a tree some rule of a mapping names. What a document has beside them is lost on the way in, and said.
//!
//! Worked out once, when a mapping is compiled: reading a document notes nothing, and comparing it with this is one
//! walk that only looks at names.

use crate::document::Name;
use crate::document::Node;
use crate::document::Value;
use crate::document::same_name;
use crate::mapping::decode::is_empty;
use crate::mapping::plan::Act;
use crate::mapping::plan::Beside;
use crate::mapping::plan::Keyed;
use crate::mapping::plan::Path;
use crate::mapping::plan::Plan;
use crate::mapping::plan::Rule;
use crate::mapping::plan::Source;
use std::sync::Arc;

/// A part that some rule names, and the parts in it that some rule names.
#[derive(Default)]
pub(crate) struct Known {
    parts: Vec<(Name, Known)>,
    /// What becomes of what stands here itself.
    pub taken: Taken,
    /// Whether there may be several.
    pub repeats: Repeats,
    /// The keys of the items that rules name, if they name them by key.
    keys: Vec<Key>,
    /// Whether rules take all items, whatever their key.
    open: bool,
    /// The key of the item that rules take rather than the first, where they take one of what repeats.
    chosen: Option<Box<Keyed>>,
    /// Whether some rule takes it of every item, not of the chosen one alone.
    every: bool,
}

/// Whether there may be several of something, which then have a number in places; the strongest counts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) enum Repeats {
    /// There is one.
    #[default]
    No,
    /// Rules look for parts in each.
    Within,
    /// Each is looked into by itself: it is an element, or an item of a group.
    Apart,
}

/// A key that some rule names, or that is left unread on purpose.
struct Key {
    name: Name,
    text: String,
    ignored: bool,
}

/// What rules do with an item by its key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum ByKey {
    /// Some rule names it, or items have no keys here.
    Known,
    /// It is left unread on purpose.
    Ignored,
    /// No rule names its key.
    Unknown,
}

/// What a mapping does with what stands at a part, beside the parts in it; the strongest counts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) enum Taken {
    /// Nothing: it only leads to other parts.
    #[default]
    Not,
    /// A condition looks at it.
    Tested,
    /// A rule takes it as one value, or compares it.
    Value,
    /// It is left unread on purpose, with all that is in it.
    Ignored,
}

impl Known {
    /// What the rules of a plan name, whichever way they go: what a mapping only writes, it knows when it comes back.
    pub(crate) fn of(plan: &Plan) -> Self {
        let (element, around) = (&plan.element.steps, &plan.around.steps);
        let mut root = Self::default();
        for steps in [element, around]
            .into_iter()
            .filter(|steps| !steps.is_empty())
        {
            let part = root.at(steps);
            part.repeat(Repeats::Apart);
        }
        for rule in &plan.rules {
            root.note((element, around), rule, plan.nil.as_ref());
        }
        let pair = plan.pair.as_ref();
        if let Some(steps) = pair.and_then(|pair| steps((element, around), &pair.source)) {
            root.at(&steps).take(Taken::Tested);
        }
        for source in &plan.refuse {
            root.key((element, around), source, false);
            if let Some(steps) = steps((element, around), source) {
                root.at(&steps).every(Taken::Value);
            }
        }
        for source in &plan.ignore {
            root.key((element, around), source, true);
            if let (Some(steps), None) = (steps((element, around), source), source.keyed()) {
                root.at(&steps).take(Taken::Ignored);
            }
        }
        root
    }

    /// What one rule names. `nil` is the attribute that names a value state.
    fn note(&mut self, base: Base<'_>, rule: &Rule, nil: Option<&Name>) {
        if let Some(steps) = rule
            .when_in
            .as_ref()
            .and_then(|when| steps(base, &when.source))
        {
            self.at(&steps).take(Taken::Tested);
        }
        let when = rule.when_in.as_ref().map(|when| &when.source);
        for source in rule.sources().chain(when) {
            self.key(base, source, false);
            self.choice(base, source);
        }
        for source in rule.sources() {
            if let (Some(steps), None) = (steps(base, source), source.chosen()) {
                self.at(&steps).every = true;
            }
        }
        for source in rule.sources().skip(1) {
            if let Some(steps) = steps(base, source) {
                let part = self.at(&steps);
                part.take(Taken::Value);
                if let Some(nil) = nil {
                    part.at(std::slice::from_ref(nil)).take(Taken::Value);
                }
            }
        }
        let Some(steps) = steps(base, &rule.source) else {
            return;
        };
        match &rule.act {
            Act::Field(_) | Act::Spread(_) => {
                if let Some(each) = rule.source.each() {
                    let inner = rule.source.steps().len() - each.steps;
                    self.at(&steps[..steps.len() - inner])
                        .repeat(Repeats::Within);
                }
                let part = self.at(&steps);
                part.take(Taken::Value);
                let indicator = rule
                    .act
                    .field()
                    .and_then(|field| field.indicator.as_deref());
                let attribute = match indicator {
                    Some(Beside::Attribute(name)) => Some(name),
                    _ => None,
                };
                for beside in attribute.into_iter().chain(nil) {
                    part.at(std::slice::from_ref(beside)).take(Taken::Value);
                }
                if let Some(Beside::Sibling(source)) = indicator
                    && let Some(steps) = self::steps(base, source)
                {
                    self.at(&steps).take(Taken::Value);
                }
            }
            Act::Constant(_) => self.at(&steps).take(Taken::Value),
            Act::Group(group) => {
                let part = self.at(&steps);
                part.open |= rule.source != Source::Here;
                if rule.source != Source::Here {
                    part.repeat(Repeats::Apart);
                }
                for rule in &group.rules {
                    self.note((&steps, base.1), rule, nil);
                }
            }
            Act::Set(..) => {}
        }
    }

    /// Notes the key that a path names.
    fn key(&mut self, base: Base<'_>, source: &Source, ignored: bool) {
        let (Some(steps), Some(keyed)) = (steps(base, source), source.keyed()) else {
            return;
        };
        let above = steps.len() - source.steps().len();
        let part = self.at(&steps[..=above + keyed.at]);
        part.repeat(Repeats::Within);
        part.at(std::slice::from_ref(&keyed.key)).take(Taken::Value);
        part.keys.push(Key {
            name: Arc::clone(&keyed.key),
            text: keyed.text.clone(),
            ignored,
        });
    }

    /// Notes which one of what repeats a path takes.
    fn choice(&mut self, base: Base<'_>, source: &Source) {
        let (Some(steps), Some(chosen)) = (steps(base, source), source.chosen()) else {
            return;
        };
        let above = steps.len() - source.steps().len();
        let part = self.at(&steps[..=above + chosen.at]);
        part.chosen = Some(Box::new(chosen.clone()));
    }

    /// The parts in it.
    pub(crate) fn parts(&self) -> &[(Name, Self)] {
        &self.parts
    }

    /// What is at some steps from here.
    pub(crate) fn at_steps(&self, steps: &[Name]) -> Option<&Self> {
        steps.iter().try_fold(self, |known, step| {
            let mut parts = known.parts.iter();
            parts.find(|(name, _)| name == step).map(|(_, part)| part)
        })
    }

    /// Whether rules take what is here whatever it says: no key, and no choice of one among several, tells which.
    pub(crate) const fn is_plain(&self) -> bool {
        self.keys.is_empty() && self.chosen.is_none()
    }

    /// Whether rules take one of what repeats here.
    pub(crate) const fn chooses(&self) -> bool {
        self.chosen.is_some()
    }

    /// Whether an item is not the one that rules take, and has something that they take of no other. `all` are the items
    /// among which it stands.
    pub(crate) fn passes_over<'n>(
        &self,
        item: &Node,
        mut all: impl Iterator<Item = &'n Node> + Clone,
    ) -> bool {
        let Some(chosen) = &self.chosen else {
            return false;
        };
        // First what it has: the others are looked at only where something may be lost.
        let lost = item.parts().iter().any(|(name, part)| {
            *name != chosen.key
                && self
                    .part(name, &mut 0)
                    .is_some_and(|known| known.is_of_one(part))
        });
        let taken = || all.clone().find(|item| chosen.has(item));
        lost && !taken()
            .or_else(|| all.next())
            .is_some_and(|taken| std::ptr::eq(taken, item))
    }

    /// Whether there is something here that is taken of the chosen item alone.
    fn is_of_one(&self, node: &Node) -> bool {
        let own = self.taken == Taken::Value && !self.every;
        let says = match &node.value {
            Value::Map(_) => node.as_text().is_some_and(|text| !text.trim().is_empty()),
            _ => !is_empty(node),
        };
        own && says
            || node.parts().iter().any(|(name, part)| {
                let known = self.part(name, &mut 0);
                known.is_some_and(|known| known.is_of_one(part))
            })
    }

    /// Whether one value stands here, and nothing is asked but that some rule reads or tests it, or passes it over.
    pub(crate) fn takes(&self, part: &Node) -> bool {
        let is_one = !matches!(part.value, Value::Map(_) | Value::List(_));
        is_one && self.taken >= Taken::Tested && self.is_plain()
    }

    /// What rules do with an item that stands here.
    pub(crate) fn by_key(&self, item: &Node) -> ByKey {
        if self.keys.is_empty() || self.open || matches!(item.value, Value::List(_) | Value::Null) {
            return ByKey::Known;
        }
        let known = self.keys.iter().find(|key| {
            let text = item.get(&key.name).and_then(Node::as_text);
            text.is_some_and(|text| text.trim() == key.text)
        });
        match known {
            Some(key) if key.ignored => ByKey::Ignored,
            Some(_) => ByKey::Known,
            None => ByKey::Unknown,
        }
    }

    fn repeat(&mut self, how: Repeats) {
        self.repeats = self.repeats.max(how);
    }

    fn every(&mut self, taken: Taken) {
        self.every = true;
        self.take(taken);
    }

    fn take(&mut self, taken: Taken) {
        self.taken = self.taken.max(taken);
    }

    /// The part at some steps, made where it is missing.
    fn at(&mut self, steps: &[Name]) -> &mut Self {
        let Some((first, rest)) = steps.split_first() else {
            return self;
        };
        let index = self.parts.iter().position(|(name, _)| name == first);
        let index = index.unwrap_or_else(|| {
            self.parts.push((Arc::clone(first), Self::default()));
            self.parts.len() - 1
        });
        self.parts[index].1.at(rest)
    }

    /// The part with a name. Documents mostly have their parts in the order of the rules, so the search goes on from
    /// where the last one ended, `from`.
    pub(crate) fn part(&self, name: &Name, from: &mut usize) -> Option<&Self> {
        let start = (*from).min(self.parts.len());
        let (before, after) = self.parts.split_at(start);
        let has_it = |(known, _): &(Name, Self)| same_name(known, name);
        let found = match after.iter().position(has_it) {
            Some(index) => start + index,
            // the last one first: what repeats is the same again
            None => before.iter().rposition(has_it)?,
        };
        *from = found + 1;
        self.parts.get(found).map(|(_, part)| part)
    }
}

/// The steps from the root to the element or item, and to what stands around elements.
type Base<'a> = (&'a [Name], &'a [Name]);

/// The steps from the root to a source.
fn steps(base: Base<'_>, source: &Source) -> Option<Vec<Name>> {
    let from = |base: &[Name], path: &Path| base.iter().chain(&path.steps).cloned().collect();
    match source {
        Source::None | Source::Column(_) => None,
        Source::Here => Some(base.0.to_vec()),
        Source::Root(path) => Some(path.steps.to_vec()),
        Source::Path(path) => Some(from(base.0, path)),
        Source::Around(path) => Some(from(base.1, path)),
    }
}
