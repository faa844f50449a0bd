//! What each rule writes and where: for the checks that look at several rules together.

use crate::mapping::assemble::pair;
use crate::mapping::compile::Compiler;
use crate::mapping::compile::rule::Parts;
use crate::mapping::compile::rule::Within;
use crate::mapping::compile::spot::Form;
use crate::mapping::compile::spot::Spot;
use crate::mapping::plan::Act;
use crate::mapping::plan::Beside;
use crate::mapping::plan::Many;
use crate::mapping::plan::Owner;
use crate::mapping::plan::Source;
use crate::mapping::plan::Target;
use crate::mapping::syntax::Item;
use crate::mapping::syntax::Span;
use crate::mapping::syntax::Table;

/// What a rule writes and where it stands in the file; for the checks across rules.
#[allow(clippy::struct_excessive_bools)] // each is a fact of its own
pub(crate) struct Placed {
    pub span: Span,
    pub inward: bool,
    pub outward: bool,
    /// The conditions that it stands under, its own and those of the groups that it stands in.
    pub conditions: Vec<Condition>,
    /// Whether it surely has a value wherever what it stands in is there.
    pub sure: bool,
    /// Full path of the attribute, `kind/a/b` or `kind/list/*/b`.
    pub target: Option<String>,
    /// The group that it stands in: where that starts in the file.
    pub group: Option<usize>,
    /// Whether several rules may add to the target: a list read only, or a group told apart by constants.
    pub shares: bool,
    /// Where it writes, and what it looks at coming in.
    pub spots: Vec<Spot>,
}

/// A condition, as a text for each way: the same where it is judged by the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Condition {
    inward: String,
    outward: String,
}

impl Condition {
    /// The condition of a rule; `group` is what its paths start from.
    pub(super) fn of(rule: &Table, group: Option<usize>) -> Option<Self> {
        let when = rule.get("when").and_then(Item::as_table)?;
        let outward = ["target", "value", "value_not"];
        let half = |out: bool| {
            let own = |key: &str| key == "present" || outward.contains(&key) == out;
            let keys = when.entries.iter().filter(|entry| own(&entry.key));
            let mut pairs: Vec<String> = keys
                .map(|entry| pair(&entry.key, &entry.item, " "))
                .collect();
            pairs.sort_unstable();
            format!("{group:?} {}", pairs.join(", "))
        };
        Some(Self {
            inward: half(false),
            outward: half(true),
        })
    }

    fn half(&self, outward: bool) -> &str {
        if outward { &self.outward } else { &self.inward }
    }
}

impl Placed {
    /// Whether each of two rules has a condition of its own, so that they may be about one thing.
    pub(super) fn is_apart(&self, other: &Self, outward: bool) -> bool {
        self.has_own_condition(other, outward) && other.has_own_condition(self, outward)
    }

    /// Whether it has a condition that another rule does not stand under.
    pub(super) fn has_own_condition(&self, other: &Self, outward: bool) -> bool {
        let is_of_other = |condition: &Condition| {
            let mut others = other.conditions.iter();
            others.any(|other| other.half(outward) == condition.half(outward))
        };
        !self.conditions.iter().all(is_of_other)
    }
}

impl Compiler<'_> {
    /// Notes what a rule writes, for the checks across rules.
    pub(super) fn place(&mut self, parts: &Parts, within: &Within, act: &Act, table: &Table) {
        let items = match within {
            Within::Element => None,
            Within::Item(items) => Some(items),
        };
        let prefix = items.map_or_else(String::new, |items| {
            format!("{}/{}/", items.kind, items.path)
        });
        let path = |target: &Target| match target.owner {
            Owner::Record(kind) => format!("{kind}{}", target.pointer),
            Owner::Envelope => format!("bericht{}", target.pointer),
            Owner::Item(_) => format!("{prefix}{}", target.segments.join("/")),
        };
        let here = parts.source == Source::Here;
        let (group, list) = match act {
            Act::Group(_) => (true, false),
            Act::Field(field) => (false, field.many != Many::One),
            _ => (false, false),
        };
        let ways = items.map_or(parts.ways, |items| {
            (parts.ways.0 && items.ways.0, parts.ways.1 && items.ways.1)
        });
        let sets = matches!(act, Act::Set(..));
        let given =
            parts.required || sets || matches!(act, Act::Field(field) if field.default.is_some());
        let mut conditions = items.map_or_else(Vec::new, |items| items.conditions.clone());
        let condition = Condition::of(table, items.map(|items| items.group));
        let conditional = condition.is_some();
        conditions.extend(condition);
        let one = |target: Option<String>| Placed {
            span: parts.span.clone(),
            inward: ways.0,
            outward: false,
            conditions: conditions.clone(),
            sure: false,
            target,
            group: items.map(|items| items.group),
            shares: false,
            spots: Vec::new(),
        };
        let first = Placed {
            outward: ways.1 && !sets,
            sure: given && !conditional,
            shares: group && here || list && !parts.ways.1,
            spots: self.spots(parts, items.and_then(|items| items.base.as_ref()), act),
            ..one(parts.target.as_ref().map(path))
        };
        let also = parts.also.iter().map(|also| one(Some(path(also))));
        self.placed.extend(std::iter::once(first).chain(also));
    }

    /// Where a rule's value stands: its own places, and what stands beside them. `base` is the item that it is about.
    fn spots(&self, parts: &Parts, base: Option<&Spot>, act: &Act) -> Vec<Spot> {
        let form = match act {
            // What its rules write is in what the group itself stands in.
            Act::Group(_) if parts.source == Source::Here => return Vec::new(),
            Act::Set(..) => return Vec::new(),
            Act::Group(_) => Form::Items(parts.span.start),
            Act::Field(field) if field.many == Many::Occurrences => Form::Values,
            _ => Form::Value,
        };
        let own = std::iter::once(&parts.source).chain(&parts.others);
        let mut found: Vec<Spot> = own
            .zip(&parts.source_texts)
            .map(|(source, text)| Spot::of(source, text, base, form))
            .collect();
        match act.field().and_then(|field| field.indicator.as_deref()) {
            Some(Beside::Attribute(name)) => {
                let above = Spot::of(&parts.source, "", base, Form::Value);
                found.push(above.attribute(name, local(name)));
            }
            Some(Beside::Sibling(source)) => {
                let text = match source {
                    Source::Column(index) => self.columns[*index].header.to_string(),
                    _ => source
                        .steps()
                        .last()
                        .map_or_else(String::new, |name| local(name)),
                };
                found.push(Spot::of(source, &text, base, Form::Value));
            }
            None => {}
        }
        found
    }
}

/// A name without its namespace.
fn local(name: &str) -> String {
    name.rsplit('}').next().unwrap_or(name).to_owned()
}
