//! What each rule writes and where: for the checks that look at several rules together.

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
use crate::mapping::syntax::Span;

/// What a rule writes and where it stands in the file; for the checks across rules.
#[allow(clippy::struct_excessive_bools)] // each is a fact of its own
pub(crate) struct Placed {
    pub span: Span,
    pub inward: bool,
    pub outward: bool,
    /// The conditions that it stands under, its own and those of the groups that it stands in: where each of these rules
    /// starts in the file.
    pub conditions: Vec<usize>,
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

impl Placed {
    /// Whether each of two rules has a condition of its own, so that they may be about one thing.
    pub(super) fn is_apart(&self, other: &Self) -> bool {
        self.has_own_condition(other) && other.has_own_condition(self)
    }

    /// Whether it has a condition that another rule does not stand under.
    pub(super) fn has_own_condition(&self, other: &Self) -> bool {
        let mut conditions = self.conditions.iter();
        conditions.any(|condition| !other.conditions.contains(condition))
    }
}

impl Compiler<'_> {
    /// Notes what a rule writes, for the checks across rules.
    pub(super) fn place(&mut self, parts: &Parts, within: &Within, act: &Act, conditional: bool) {
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
        conditions.extend(conditional.then_some(parts.span.start));
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
        match act.field().and_then(|field| field.indicator.as_ref()) {
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
