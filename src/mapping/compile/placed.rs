//! What each rule writes and where: for the checks that look at several rules together.

use crate::mapping::compile::Compiler;
use crate::mapping::compile::rule::Parts;
use crate::mapping::compile::rule::Within;
use crate::mapping::plan::Act;
use crate::mapping::plan::Beside;
use crate::mapping::plan::Many;
use crate::mapping::plan::Owner;
use crate::mapping::plan::Source;
use crate::mapping::plan::Target;
use crate::mapping::syntax::Span;
use std::fmt::Write;

/// What a rule writes and where it stands in the file; for the checks across rules.
#[allow(clippy::struct_excessive_bools)] // each is a fact of its own
pub(crate) struct Placed {
    pub span: Span,
    pub inward: bool,
    pub outward: bool,
    /// Whether it has a condition, or a group that it stands in has one.
    pub conditional: bool,
    /// Whether it surely has a value wherever what it stands in is there.
    pub sure: bool,
    /// Full path of the attribute, `kind/a/b` or `kind/list/*/b`.
    pub target: Option<String>,
    /// The group that it stands in: where that starts in the file.
    pub group: Option<usize>,
    /// Whether several rules may add to the target: a list read only, or a group told apart by constants.
    pub shares: bool,
    /// Full places in the document, each with how the mapping writes it.
    pub sources: Vec<(String, String)>,
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
        let one = |target: Option<String>| Placed {
            span: parts.span.clone(),
            inward: ways.0,
            outward: false,
            conditional: conditional || items.is_some_and(|items| items.conditional),
            sure: false,
            target,
            group: items.map(|items| items.group),
            shares: false,
            sources: Vec::new(),
        };
        let first = Placed {
            outward: ways.1 && !sets,
            sure: given && !conditional,
            shares: group && here || list && !parts.ways.1,
            sources: if here && group {
                // What its rules write is in what the group itself stands in.
                Vec::new()
            } else {
                self.written(parts, items.map_or("", |items| &items.base), act)
            },
            ..one(parts.target.as_ref().map(path))
        };
        let also = parts.also.iter().map(|also| one(Some(path(also))));
        self.placed.extend(std::iter::once(first).chain(also));
    }

    /// The places that a rule writes, each with how the mapping writes it: its own, and what stands beside them.
    fn written(&self, parts: &Parts, base: &str, act: &Act) -> Vec<(String, String)> {
        let own = std::iter::once(&parts.source).chain(&parts.others);
        let mut found: Vec<(String, String)> = own
            .zip(&parts.source_texts)
            .map(|(source, text)| match source {
                // The text of an item is no part of it, and not the group either.
                Source::Here => (format!("{base}/."), text.clone()),
                _ => (place_key(source, base), text.clone()),
            })
            .collect();
        match act.field().and_then(|field| field.indicator.as_ref()) {
            Some(Beside::Attribute(name)) => {
                let above = place_key(&parts.source, base);
                found.push((format!("{above}/{name}"), local(name)));
            }
            Some(Beside::Sibling(source)) => {
                let text = match source {
                    Source::Column(index) => self.columns[*index].header.to_string(),
                    _ => source
                        .steps()
                        .last()
                        .map_or_else(String::new, |name| local(name)),
                };
                found.push((place_key(source, base), text));
            }
            None => {}
        }
        found
    }
}

/// A place in the document as one text, the same for every spelling of it. `base` is where a relative one starts.
pub(super) fn place_key(source: &Source, base: &str) -> String {
    let start = match source {
        Source::Column(index) => return format!("#{index}"),
        Source::None | Source::Here => return base.to_owned(),
        Source::Root(_) => "/",
        Source::Around(_) => "..",
        Source::Path(_) => base,
    };
    let mut key = start.to_owned();
    for (index, step) in source.steps().iter().enumerate() {
        key.push('/');
        key.push_str(step);
        if let Some(keyed) = source.keyed().filter(|keyed| keyed.at == index) {
            let _ = write!(key, "[{}={}]", keyed.key, keyed.text);
        }
    }
    key
}

/// A name without its namespace.
fn local(name: &str) -> String {
    name.rsplit('}').next().unwrap_or(name).to_owned()
}
