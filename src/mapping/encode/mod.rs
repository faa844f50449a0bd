//! From records to a document: the rules read the other way. What the format has no place or code for is reported,
//! never guessed and never silently dropped. Most of it is a remark; what the format cannot do without (`required`)
//! refuses the record, so that nobody gets a document that lacks it.

mod around;
mod fixed;
mod group;
mod set;
mod sink;
mod skipped;
mod spread;
mod together;
mod unread;
mod value;

pub(super) use sink::How;
pub(super) use sink::Sink;
pub(super) use sink::attach;
pub use unread::Unwritten;

use crate::canonical::Bundle;
use crate::canonical::Kind;
use crate::canonical::Record;
use crate::canonical::STATES;
use crate::canonical::ValueState;
use crate::document::Document;
use crate::document::Fault;
use crate::document::Format;
use crate::document::Name;
use crate::document::Node;
use crate::document::Place;
use crate::document::Value;
use crate::mapping::Encoded;
use crate::mapping::encode::sink::closed;
use crate::mapping::encode::value::Piece;
use crate::mapping::nested::get;
use crate::mapping::plan::Act;
use crate::mapping::plan::Group;
use crate::mapping::plan::Owner;
use crate::mapping::plan::Plan;
use crate::mapping::plan::Rule;
use crate::mapping::plan::Source;
use crate::mapping::plan::Target;
use crate::mapping::slots::Found;
use crate::mapping::slots::Slots;
use crate::mapping::together::Keys;
use serde_json::Map;
use serde_json::Value as Json;
use std::sync::Arc;

/// The sheet of a workbook, unless the mapping names one.
const SHEET: &str = "Blad1";

/// Writes records through a plan.
pub(crate) struct Writer<'p> {
    pub(super) plan: &'p Plan,
}

/// What values are taken from.
#[derive(Clone, Copy)]
pub(crate) struct Here<'a> {
    context: &'a Json,
    bundle: &'a Bundle,
    item: Option<Item<'a>>,
    /// What the rules of a plan ask for, if it was looked for.
    found: Option<(&'a Slots, &'a Found<'a>)>,
}

/// An item of a group.
#[derive(Clone, Copy)]
pub(crate) struct Item<'a> {
    kind: Kind,
    values: &'a Map<String, Json>,
    /// The JSON Pointer in the record of its list, and its index there; of an item alone its own.
    base: (&'a str, Option<usize>),
    /// What the rules of its group ask for, if it was looked for.
    found: &'a [Option<&'a Json>],
}

impl<'a> Item<'a> {
    /// An item of a record of this kind, and its JSON Pointer there.
    pub(crate) const fn new(kind: Kind, values: &'a Map<String, Json>, base: &'a str) -> Self {
        Self {
            kind,
            values,
            base: (base, None),
            found: &[],
        }
    }

    /// The JSON Pointer of a part of it.
    fn pointer(&self, part: &str) -> String {
        match self.base {
            (base, None) => format!("{base}{part}"),
            (list, Some(index)) => format!("{list}/{index}{part}"),
        }
    }
}

impl<'a> Here<'a> {
    pub(crate) const fn new(context: &'a Json, bundle: &'a Bundle) -> Self {
        Self {
            context,
            bundle,
            item: None,
            found: None,
        }
    }

    /// The same for an item.
    pub(crate) const fn of(self, item: Item<'a>) -> Self {
        Self {
            item: Some(item),
            ..self
        }
    }

    fn record(&self, kind: Kind) -> Option<&'a Record> {
        self.bundle.record(kind)
    }

    /// The value at a target.
    pub(super) fn value(&self, target: &Target) -> Option<&'a Json> {
        let found = match (target.owner, self.found) {
            (Owner::Item(_), _) => self.item?.found,
            (Owner::Record(_), Some((_, found))) => found.records(),
            (Owner::Envelope, Some((_, found))) => found.context(),
            (_, None) => &[],
        };
        match found.get(target.slot) {
            Some(value) => *value,
            None => self.named(target),
        }
    }

    /// The value at a target, asked for by its name.
    fn named(&self, target: &Target) -> Option<&'a Json> {
        let found = match target.owner {
            Owner::Record(kind) => get(self.record(kind)?, &target.segments),
            Owner::Item(_) => get(self.item?.values, &target.segments),
            Owner::Envelope => get(self.context.as_object()?, &target.segments),
        };
        found.filter(|value| !value.is_null())
    }

    /// The kind and pointer of a target.
    pub(super) fn pointer(&self, target: &Target) -> Option<(Kind, Arc<str>)> {
        match target.owner {
            Owner::Record(kind) => Some((kind, Arc::clone(target.pointer.name()))),
            Owner::Item(_) => self
                .item
                .map(|item| (item.kind, Arc::from(item.pointer(&target.pointer)))),
            Owner::Envelope => None,
        }
    }

    /// Why there is no value at a target.
    pub(super) fn state(&self, target: &Target) -> Option<ValueState> {
        let kind = match target.owner {
            Owner::Record(kind) => kind,
            Owner::Item(_) => self.item?.kind,
            Owner::Envelope => return None,
        };
        let states = match self.found {
            Some((slots, found)) => slots.states(kind, found)?,
            None => self.record(kind)?.get(STATES)?,
        };
        let state = match (target.owner, self.item) {
            (Owner::Item(_), Some(item)) => states.get(item.pointer(&target.pointer)),
            _ => states.get(&*target.pointer),
        };
        ValueState::parse(state?.as_str()?)
    }

    /// The place of a target, for a fault.
    pub(super) fn place(&self, target: &Target) -> Place {
        let pointer = self.pointer(target).map_or_else(
            || format!("bericht{}", target.pointer),
            |(kind, pointer)| format!("{kind}{pointer}"),
        );
        Place::Record {
            pointer,
            number: None,
        }
    }
}

impl<'p> Writer<'p> {
    pub(crate) const fn new(plan: &'p Plan) -> Self {
        Self { plan }
    }

    pub(crate) fn encode(&self, context: &Json, bundles: &[Bundle]) -> Encoded {
        let mut faults = Vec::new();
        let root = match self.plan.format {
            Format::Csv => self.sheet(context, bundles, &mut faults),
            Format::Excel => {
                let name = self.plan.table.names.first().map_or(SHEET, String::as_str);
                let rows = self.sheet(context, bundles, &mut faults);
                Node::made(Value::Map(vec![(Arc::from(name), rows)]))
            }
            Format::Xml => {
                let parts = self.tree(context, bundles, &mut faults);
                self.rooted(parts)
            }
            Format::FixedWidth => self.lines(context, bundles, &mut faults),
            Format::Json
                if self.plan.list || self.plan.element.steps.is_empty() && bundles.len() > 1 =>
            {
                let one = |(index, bundle)| {
                    let from = faults.len();
                    let parts = self.tree(context, std::slice::from_ref(bundle), &mut faults);
                    number(&mut faults[from..], index, bundles);
                    Node::made(Value::Map(parts))
                };
                Node::made(Value::List(bundles.iter().enumerate().map(one).collect()))
            }
            Format::Json => Node::made(Value::Map(self.tree(context, bundles, &mut faults))),
        };
        self.check_set(context, bundles, &mut faults);
        let envelope = self.plan.envelope.as_ref().map(|envelope| {
            let first = bundles.get(..1).unwrap_or_default();
            let writer = Writer::new(&envelope.plan);
            Box::new(writer.rooted(writer.tree(context, first, &mut faults)))
        });
        Encoded {
            document: Document {
                envelope,
                ..Document::new(self.plan.format, root)
            },
            faults,
        }
    }

    /// Parts in the root element.
    fn rooted(&self, parts: Vec<(Name, Node)>) -> Node {
        let name = self
            .plan
            .root
            .as_ref()
            .map_or_else(|| Arc::from("bericht"), |(name, _)| Arc::clone(name));
        Node::made(Value::Map(vec![(name, closed(parts, true))]))
    }

    /// The rows or lines of bundles that come behind others.
    pub(crate) fn encode_more(&self, context: &Json, bundles: &[Bundle]) -> Option<Encoded> {
        let mut faults = Vec::new();
        let root = match self.plan.format {
            Format::Csv => {
                let mut rows = Vec::with_capacity(bundles.len());
                self.rows(context, bundles, &mut rows, &mut faults);
                Node::made(Value::List(rows))
            }
            Format::FixedWidth => self.lines(context, bundles, &mut faults),
            Format::Xml | Format::Json | Format::Excel => return None,
        };
        self.check_set(context, bundles, &mut faults);
        Some(Encoded {
            document: Document::new(self.plan.format, root),
            faults,
        })
    }

    /// A header row and the rows of each bundle.
    fn sheet(&self, context: &Json, bundles: &[Bundle], faults: &mut Vec<Fault>) -> Node {
        let columns = self.plan.table.columns.iter();
        let header = columns
            .filter(|column| column.outward)
            .map(|column| Node::text(&*column.header));
        let mut rows = vec![Node::made(Value::List(header.collect()))];
        self.rows(context, bundles, &mut rows, faults);
        Node::made(Value::List(rows))
    }

    fn rows(
        &self,
        context: &Json,
        bundles: &[Bundle],
        rows: &mut Vec<Node>,
        faults: &mut Vec<Fault>,
    ) {
        let columns = &self.plan.table.columns;
        let mut keys = Keys::default();
        let mut found = Found::default();
        for (index, bundle) in bundles.iter().enumerate() {
            let here = self.here(context, bundle, &mut found);
            let from = faults.len();
            let written = self.rows_of(here, &mut keys, faults);
            number(&mut faults[from..], index, bundles);
            for cells in written {
                let cells = std::iter::zip(columns, cells).filter(|(column, _)| column.outward);
                let cells = cells
                    .map(|(_, cell)| cell.unwrap_or_else(|| self.blank()))
                    .collect();
                rows.push(Node::made(Value::List(cells)));
            }
        }
    }

    /// What stands in each column for one bundle, as far as its reader does not pass the row over for it.
    fn cells(&self, here: Here<'_>, faults: &mut Vec<Fault>) -> Vec<Option<Node>> {
        let mut cells = self.filled(here, faults);
        self.keep_read(here, &mut cells, faults);
        cells
    }

    /// What its rules write in each column.
    fn filled(&self, here: Here<'_>, faults: &mut Vec<Fault>) -> Vec<Option<Node>> {
        let mut cells: Vec<Option<Node>> = vec![None; self.plan.table.columns.len()];
        let mut sink = Sink::Row(&mut cells);
        self.fill(&self.plan.rules, |_| true, here, &mut sink, faults);
        cells
    }

    /// What values are taken from for a bundle: what the rules ask for of it is looked for at once.
    fn here<'h, 'b: 'h>(
        &'h self,
        context: &'b Json,
        bundle: &'b Bundle,
        found: &'h mut Found<'b>,
    ) -> Here<'h> {
        self.plan.slots.find(context, bundle, found);
        Here {
            found: Some((&self.plan.slots, found)),
            ..Here::new(context, bundle)
        }
    }

    /// An empty cell, element or member.
    pub(super) fn blank(&self) -> Node {
        match self.plan.format {
            Format::Json | Format::Excel => Node::made(Value::Null),
            _ => Node::text(""),
        }
    }

    /// The parts of the root.
    fn tree(
        &self,
        context: &Json,
        bundles: &[Bundle],
        faults: &mut Vec<Fault>,
    ) -> Vec<(Name, Node)> {
        let mut parts = Vec::new();
        let nothing = Bundle::default();
        let mut found = Found::default();
        let first = bundles.first().unwrap_or(&nothing);
        let first = self.here(context, first, &mut found);
        if self.plan.element.steps.is_empty() {
            if bundles.len() > 1 {
                faults.push(no_place(Place::Whole));
            }
            self.fill(
                &self.plan.rules,
                |_| true,
                first,
                &mut Sink::Tree(&mut parts),
                faults,
            );
            return parts;
        }
        // The elements stand where the first rule that is about an element stands.
        let split = self
            .plan
            .rules
            .iter()
            .position(|rule| rule.outward && !rule.source.is_root());
        let (before, after) = self
            .plan
            .rules
            .split_at(split.unwrap_or(self.plan.rules.len()));
        let mut sink = Sink::Tree(&mut parts);
        self.fill(
            before,
            |rule| rule.source.is_root(),
            first,
            &mut sink,
            faults,
        );
        let (steps, elements) = if self.plan.around.steps.is_empty() {
            let mut found = Found::default();
            let elements = bundles.iter().enumerate().map(|(index, bundle)| {
                let here = self.here(context, bundle, &mut found);
                let from = faults.len();
                let element = self.element(here, faults);
                number(&mut faults[from..], index, bundles);
                element
            });
            (&self.plan.element.steps, elements.collect())
        } else {
            let elements = self.around(context, bundles, faults);
            (&self.plan.around.steps, elements)
        };
        attach(&mut parts, steps, elements, How::of(self.plan.format));
        self.fill(
            after,
            |rule| rule.source.is_root(),
            first,
            &mut Sink::Tree(&mut parts),
            faults,
        );
        self.check_shared(context, bundles, faults);
        parts
    }

    /// One element, without what stands around it.
    fn element(&self, here: Here<'_>, faults: &mut Vec<Fault>) -> Node {
        let mut inner = Vec::new();
        self.fill(
            &self.plan.rules,
            |rule| !rule.source.is_root() && !rule.source.is_around(),
            here,
            &mut Sink::Tree(&mut inner),
            faults,
        );
        closed(inner, self.plan.format == Format::Xml)
    }

    /// What is written once for the document must be the same for all its elements.
    fn check_shared(&self, context: &Json, bundles: &[Bundle], faults: &mut Vec<Fault>) {
        for rule in self
            .plan
            .rules
            .iter()
            .filter(|rule| rule.outward && rule.source.is_root())
        {
            let Act::Field(field) = &rule.act else {
                continue;
            };
            // all of them have one context
            if field.target.owner == Owner::Envelope {
                continue;
            }
            let mut values = bundles
                .iter()
                .map(|bundle| Here::new(context, bundle).value(&field.target));
            let first = values.next().flatten();
            if values.any(|value| value != first) {
                let here = Here::new(context, &bundles[0]);
                let place = here.place(&field.target);
                faults.push(if rule.required {
                    value::missing(place)
                } else {
                    no_place(place)
                });
            }
        }
    }

    /// Writes rules. First every value is worked out, then they are written in order: a constant inside an element of
    /// its own is only written when that element has something else.
    pub(crate) fn fill(
        &self,
        rules: &[Rule],
        counts: impl Fn(&Rule) -> bool,
        here: Here<'_>,
        sink: &mut Sink<'_>,
        faults: &mut Vec<Fault>,
    ) {
        let mut pieces: Vec<(&Rule, Piece)> = Vec::with_capacity(rules.len());
        let mut taken: Vec<(&Group, usize)> = Vec::new();
        for rule in rules
            .iter()
            .filter(|rule| rule.outward && counts(rule) && Self::holds(rule, here))
        {
            let piece = match &rule.act {
                Act::Field(field) => self.field(rule, field, here, faults),
                Act::Spread(spread) => self.spread(rule, spread, here, faults),
                Act::Constant(text) => Some(Piece::Constant(Node::text(text.as_str()))),
                Act::Group(group) if group.rows.is_some() => None,
                Act::Group(group) if matches!(rule.source, Source::Here) => {
                    if let Some((index, item)) = Self::chosen(group, here, &taken) {
                        taken.push((group, index));
                        if let Some((kind, list)) = here.pointer(&group.target) {
                            let found = group.slots.find(item);
                            let item = Item {
                                kind,
                                values: item,
                                base: (&list, Some(index)),
                                found: &found,
                            };
                            self.fill_item(group, here.of(item), sink, faults);
                        }
                    } else if rule.required {
                        faults.push(value::missing(here.place(&group.target)));
                    }
                    None
                }
                Act::Group(group) => self.group(rule, group, here, faults),
                Act::Set(..) => None,
            };
            if let Some(piece) = piece {
                pieces.push((rule, piece));
            }
        }
        Self::check_taken(rules, &taken, here, faults);
        let is_alone = |rule: &Rule| {
            !pieces.iter().any(|(other, piece)| {
                !matches!(piece, Piece::Constant(_))
                    && piece
                        .sources(other)
                        .any(|source| source.shares_element(&rule.source))
            })
        };
        let left: Vec<usize> = (pieces.iter().enumerate())
            .filter(|(_, (rule, piece))| {
                matches!(piece, Piece::Constant(_))
                    && !rule.source.is_root()
                    && rule.source.steps().len() > 1
                    && is_alone(rule)
            })
            .map(|(index, _)| index)
            .collect();
        if let Sink::Tree(parts) = sink {
            parts.reserve_exact(pieces.len() - left.len());
        }
        let mut left = left.into_iter().peekable();
        for (index, (rule, piece)) in pieces.into_iter().enumerate() {
            if left.next_if_eq(&index).is_none() {
                sink.put(&rule.source, piece, self.plan.format);
            }
        }
    }
}

/// Says of faults which of several bundles they are about.
pub(super) fn number<'f>(
    faults: impl IntoIterator<Item = &'f mut Fault>,
    index: usize,
    bundles: &[Bundle],
) {
    if bundles.len() > 1 {
        for fault in faults {
            fault.place.number(index + 1);
        }
    }
}

/// The document has no place for this.
pub(super) fn no_place(place: Place) -> Fault {
    Fault::remark(
        "uit.plaats",
        place,
        "Het formaat heeft hier geen plaats voor meer dan een waarde; de rest is niet geschreven.",
        "The format has no place here for more than one value; the rest was not written.",
    )
}
