use crate::document::At;
use crate::document::Format;
use crate::document::Name;
use crate::document::Node;
use crate::document::Place;
use crate::document::Value;
use crate::document::joined;
use crate::document::same_name;
use crate::mapping::Spot;
use crate::mapping::decode::each_at;
use crate::mapping::decode::fixed::positions;
use crate::mapping::plan::Plan;
use crate::mapping::plan::Source;
use std::fmt::Write;

/// What paths start from: an element of a tree, or a row of a table.
#[derive(Clone, Copy)]
pub(crate) enum Scope<'a> {
    /// An element or an item.
    Tree {
        trunk: &'a Trunk<'a>,
        node: &'a Node,
        /// How places write the element.
        here: &'a Name,
        /// JSON: what was found of it.
        found: &'a [Option<&'a Node>],
    },
    /// A row.
    Row(Row<'a>),
}

/// What an element stands in.
#[derive(Clone, Copy)]
pub(crate) struct Trunk<'a> {
    pub plan: &'a Plan,
    pub root: &'a Node,
    /// How places write the root.
    pub whole: &'a Name,
    /// What stands around the element; the root where nothing does.
    pub around: &'a Node,
    /// How places write that.
    pub outside: &'a Name,
    /// JSON: what was found from the root.
    pub found: &'a [Option<&'a Node>],
}

/// A cell behind the last one of a row: a workbook leaves out those that are empty.
static BLANK: Node = Node::made(Value::Null);

/// A row and how its columns are found.
#[derive(Clone, Copy)]
pub(crate) struct Row<'a> {
    pub plan: &'a Plan,
    pub cells: &'a [Node],
    /// For each column of the plan, the cell's index.
    pub columns: &'a [Option<usize>],
    pub sheet: Option<&'a Name>,
    pub number: u32,
}

/// The parts with a name.
pub(super) fn named<'a>(node: &'a Node, name: &str) -> impl Iterator<Item = &'a Node> {
    node.parts()
        .iter()
        .filter(move |(part, _)| same_name(part, name))
        .map(|(_, node)| node)
}

/// One of the values at a source.
#[derive(Clone, Copy)]
pub(super) struct Occurrence<'a> {
    pub index: usize,
    pub node: &'a Node,
    /// Whether it stands there itself, where something should stand that holds it.
    pub bare: bool,
}

impl<'a> Occurrence<'a> {
    const fn new(index: usize, node: &'a Node) -> Self {
        Self {
            index,
            node,
            bare: false,
        }
    }
}

/// The values that some nodes are, or that stand at some steps in each of them.
fn values<'a>(
    nodes: impl ExactSizeIterator<Item = &'a Node>,
    inner: &[Name],
    format: Format,
) -> Vec<Occurrence<'a>> {
    let mut all = Vec::with_capacity(nodes.len());
    let mut found = Vec::new();
    for (index, node) in nodes.enumerate() {
        let structure = matches!(node.value, Value::Map(_) | Value::Null);
        if inner.is_empty() {
            all.push(Occurrence::new(index, node));
        } else if format == Format::Json && !structure {
            all.push(Occurrence {
                bare: true,
                ..Occurrence::new(index, node)
            });
        } else {
            super::collect(node, inner, &mut found);
            all.extend(found.drain(..).map(|node| Occurrence::new(index, node)));
        }
    }
    all
}

/// The one node at some steps.
pub(super) fn straight<'a>(from: &'a Node, steps: &[Name]) -> Found<'a> {
    let mut node = from;
    for step in steps {
        match only(node.parts(), step) {
            Found::One(part) => node = part,
            other => return other,
        }
    }
    Found::One(node)
}

/// The one part with a name.
fn only<'a>(parts: &'a [(Name, Node)], name: &str) -> Found<'a> {
    let has_it = |(part, _): &(Name, Node)| same_name(part, name);
    let Some(index) = parts.iter().position(has_it) else {
        return Found::Nothing;
    };
    match parts[index + 1..].iter().find(|part| has_it(part)) {
        Some((_, second)) => Found::Twice(second),
        None => Found::One(&parts[index].1),
    }
}

pub(super) fn located(format: Format, text: String, at: At) -> Place {
    if format == Format::Xml {
        Place::Xml { xpath: text, at }
    } else {
        Place::Json { pointer: text, at }
    }
}

/// How places write a node that stands in an item with a key: by the item's number.
fn by_number(scope: Scope<'_>, source: &Source, node: Option<&Node>) -> Option<String> {
    let keyed = source.keyed().or_else(|| source.chosen());
    let (Scope::Tree { trunk, .. }, Some(keyed), Some(wanted)) = (scope, keyed, node) else {
        return None;
    };
    let (from, _) = scope.start(source)?;
    let mut text = None;
    let mut visit = |number: Option<usize>, item: &Node, rest: &[Name]| {
        let value = straight(item, rest);
        let is_it = std::ptr::eq(item, wanted)
            || matches!(value, Found::One(node) | Found::Twice(node) if std::ptr::eq(node, wanted));
        if is_it && text.is_none() {
            let (lead, rest) = (&keyed.lead, &keyed.rest);
            text = Some(match number {
                None => format!("{lead}{rest}"),
                Some(number) if trunk.plan.format == Format::Xml => {
                    format!("{lead}[{}]{rest}", number + 1)
                }
                Some(number) => format!("{lead}/{number}{rest}"),
            });
        }
    };
    if source.chosen().is_none() {
        keyed.each(from, source.steps(), visit);
    } else if let Some((number, item, rest)) = keyed.chosen(from, source.steps()) {
        visit(number, item, rest);
    }
    text
}

/// What stands at a source.
pub(super) enum Found<'a> {
    Nothing,
    One(&'a Node),
    /// More than one where one is meant: the second.
    Twice(&'a Node),
}

impl<'a> Scope<'a> {
    /// The part of a tree that a source's path starts from, and how places write it.
    const fn start(self, source: &Source) -> Option<(&'a Node, &'a Name)> {
        match self {
            Self::Tree {
                node, here, trunk, ..
            } => Some(match source {
                Source::Root(_) => (trunk.root, trunk.whole),
                Source::Around(_) => (trunk.around, trunk.outside),
                _ => (node, here),
            }),
            Self::Row(_) => None,
        }
    }

    /// The one value at a source.
    pub(super) fn find(self, source: &Source) -> Found<'a> {
        match self {
            Self::Row(row) => match source {
                Source::Column(index) => row.cell(*index).map_or(Found::Nothing, Found::One),
                _ => Found::Nothing,
            },
            Self::Tree { node, .. } => {
                if source.each().is_none()
                    && let Some(found) = self.numbered_part(source)
                {
                    return found;
                }
                let (
                    Some((from, _)),
                    Source::Path(path) | Source::Root(path) | Source::Around(path),
                ) = (self.start(source), source)
                else {
                    return Found::One(node);
                };
                match (&path.keyed, &path.chosen) {
                    (Some(keyed), _) => keyed.find(from, &path.steps),
                    (None, Some(chosen)) => chosen.rather(from, &path.steps),
                    (None, None) => straight(from, &path.steps),
                }
            }
        }
    }

    /// What was found at a source, if that is known by number: what repeats, where something does.
    fn numbered_part(self, source: &Source) -> Option<Found<'a>> {
        let Self::Tree { trunk, found, .. } = self else {
            return None;
        };
        let (path, found) = match source {
            Source::Path(path) => (path, found),
            Source::Root(path) => (path, trunk.found),
            Source::None | Source::Here | Source::Around(_) | Source::Column(_) => return None,
        };
        let part = found.get(path.number.get()?)?;
        Some(part.map_or(Found::Nothing, Found::One))
    }

    /// Every value at a source: repeated elements, items of a JSON list, or the one that is there.
    pub(super) fn find_all(self, source: &Source) -> Vec<Occurrence<'a>> {
        if let Some(found) = self.numbered_part(source) {
            let nodes = match found {
                Found::Nothing => &[][..],
                Found::One(node) | Found::Twice(node) => match &node.value {
                    Value::List(items) => items,
                    _ => std::slice::from_ref(node),
                },
            };
            let (_, inner) = source.split();
            return values(nodes.iter(), inner, Format::Json);
        }
        let (Self::Tree { trunk, .. }, Some((start, _))) = (self, self.start(source)) else {
            return match self.find(source) {
                Found::One(node) | Found::Twice(node) => vec![Occurrence::new(0, node)],
                Found::Nothing => Vec::new(),
            };
        };
        let (steps, inner) = source.split();
        let mut found = Vec::new();
        if let Some(keyed) = source.keyed() {
            let mut occurrences = Vec::new();
            keyed.each(start, source.steps(), |_, item, rest| {
                super::collect(item, rest, &mut occurrences);
            });
            let lists = trunk.plan.format == Format::Json;
            let each = occurrences.into_iter().flat_map(|node| match &node.value {
                Value::List(items) if lists => items.iter().collect(),
                _ => vec![node],
            });
            return each
                .enumerate()
                .map(|(index, node)| Occurrence::new(index, node))
                .collect();
        }
        super::collect(start, steps, &mut found);
        if let (
            [
                Node {
                    value: Value::List(items),
                    ..
                },
            ],
            Format::Json,
        ) = (found.as_slice(), trunk.plan.format)
        {
            found = items.iter().collect();
        }
        values(found.into_iter(), inner, trunk.plan.format)
    }

    /// The place of a source, or of one of its occurrences (from 0).
    pub(super) fn place(self, source: &Source, node: Option<&Node>, index: Option<usize>) -> Place {
        match self {
            Self::Row(row) => row.place(source),
            Self::Tree {
                trunk,
                node: own,
                here,
                ..
            } => {
                let plan = trunk.plan;
                let base = self.start(source).map_or(here, |(_, base)| base);
                if let Some(text) = by_number(self, source, node) {
                    return located(plan.format, format!("{base}{text}"), node.unwrap_or(own).at);
                }
                let label = match source {
                    Source::Path(path) | Source::Root(path) | Source::Around(path) => &*path.label,
                    _ => "",
                };
                let numbered = source.each().map_or(label.len(), |each| each.label);
                let (label, rest) = label.split_at(numbered);
                let mut text = String::with_capacity(base.len() + numbered + rest.len() + 4);
                text.push_str(base);
                text.push_str(label);
                let at = node.unwrap_or(own).at;
                let xml = plan.format == Format::Xml;
                let _ = match index {
                    Some(index) if xml => write!(text, "[{}]", index + 1),
                    Some(index) => write!(text, "/{index}"),
                    None => Ok(()),
                };
                // which part of what repeats, only the number says
                if index.is_some() || source.each().is_none() {
                    text.push_str(rest);
                }
                if xml {
                    Place::Xml { xpath: text, at }
                } else {
                    Place::Json { pointer: text, at }
                }
            }
        }
    }

    /// The same for a value that stands there once, to be written out when somebody asks.
    pub(super) fn spot<'s>(self, source: &'s Source, node: Option<&Node>) -> Spot<'s>
    where
        'a: 's,
    {
        match self {
            Self::Row(row) if row.plan.layout.is_none() => row.spot(source),
            Self::Tree {
                trunk, node: own, ..
            } => {
                let plan = trunk.plan;
                let Some((_, base)) = self.start(source) else {
                    return Spot::made(self.place(source, node, None));
                };
                let (Source::Path(path) | Source::Root(path) | Source::Around(path)) = source
                else {
                    return Spot::Tree {
                        format: plan.format,
                        base,
                        label: &plan.nothing,
                        at: node.unwrap_or(own).at,
                    };
                };
                if !path.is_straight() {
                    return Spot::made(self.place(source, node, None));
                }
                Spot::Tree {
                    format: plan.format,
                    base,
                    label: &path.label,
                    at: node.unwrap_or(own).at,
                }
            }
            Self::Row(_) => Spot::made(self.place(source, node, None)),
        }
    }

    /// How places write one of the occurrences of a source in a tree.
    pub(super) fn path_of(self, source: &Source, node: &Node, index: usize) -> Name {
        if let (Self::Tree { trunk, .. }, Source::Path(path)) = (self, source)
            && trunk.plan.format == Format::Json
            && path.is_straight()
            && let Some((_, base)) = self.start(source)
        {
            let mut digits = itoa::Buffer::new();
            return joined(&[base, &path.label, "/", digits.format(index)]);
        }
        match self.place(source, Some(node), Some(index)) {
            Place::Xml { xpath: text, .. } | Place::Json { pointer: text, .. } => text.into(),
            _ => "".into(),
        }
    }

    /// The place of the element, item or row itself.
    pub(super) fn own_place(self) -> Place {
        self.place(&Source::Here, None, None)
    }

    /// How places write each value at a path, in the order of [`Self::find_all`]: with the number of every step that is
    /// there more than once, and of the last always if it `repeats`. Only XML has such paths.
    pub(super) fn numbered(self, source: &Source, repeats: bool) -> Option<Vec<Name>> {
        let (
            Self::Tree { trunk, .. },
            Source::Path(path) | Source::Root(path) | Source::Around(path),
        ) = (self, source)
        else {
            return None;
        };
        let (start, base) = self.start(source)?;
        if path.keyed.is_some() || trunk.plan.format != Format::Xml {
            return None;
        }
        let mut found = Vec::new();
        each_at(start, base, path, repeats, |_, here| {
            found.push(here.into());
        });
        Some(found)
    }

    /// The place of one of all values at a source, by its number from 0 among what was found there. A lone one has no
    /// number, where none is needed to tell which it is.
    pub(super) fn place_of(self, source: &Source, found: &[Occurrence<'a>], at: usize) -> Place {
        let Some(Occurrence { index, node, .. }) = found.get(at) else {
            return self.own_place();
        };
        let exact = self.numbered(source, false);
        if let Some(here) = exact.as_ref().and_then(|all| all.get(at)) {
            return Place::Xml {
                xpath: here.to_string(),
                at: node.at,
            };
        }
        let number = found.len() > 1 || source.each().is_some();
        self.place(source, Some(node), number.then_some(*index))
    }

    /// The scope of an item of a group. `found` is what was found of it.
    pub(super) fn within<'b>(
        self,
        item: &'b Node,
        here: &'b Name,
        found: &'b [Option<&'b Node>],
    ) -> Scope<'b>
    where
        'a: 'b,
    {
        match self {
            Self::Tree { trunk, .. } => Scope::Tree {
                trunk,
                node: item,
                here,
                found,
            },
            Self::Row(row) => Scope::Row(row),
        }
    }
}

impl<'a> Row<'a> {
    pub(super) fn cell(self, column: usize) -> Option<&'a Node> {
        let index = (*self.columns.get(column)?)?;
        Some(self.cells.get(index).unwrap_or(&BLANK))
    }

    fn place(self, source: &Source) -> Place {
        if let Some(layout) = &self.plan.layout {
            let slot = self.plan.slot(source);
            let at = slot.map_or((1, layout.length), |(slot, _)| (slot.from, slot.to));
            return positions(self.number, at);
        }
        self.spot(source).place()
    }

    fn spot(self, source: &Source) -> Spot<'a> {
        let index = match source {
            Source::Column(index) => Some(*index),
            _ => None,
        };
        let column = index
            .and_then(|index| *self.columns.get(index)?)
            .map_or(0, |cell| cell + 1);
        Spot::Cell {
            sheet: self.sheet,
            row: self.number,
            column: u32::try_from(column).unwrap_or(u32::MAX),
            header: index
                .and_then(|index| self.plan.table.columns.get(index))
                .map(|column| &column.header),
        }
    }
}
