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
mod streamed;
mod together;
mod unread;
mod value;

pub(super) use sink::Sink;
pub use unread::Unwritten;

use crate::canonical::Bundle;
use crate::canonical::Kind;
use crate::canonical::Record;
use crate::canonical::STATES;
use crate::canonical::ValueState;
use crate::document::Document;
use crate::document::Fault;
use crate::document::Format;
use crate::document::Made;
use crate::document::Name;
use crate::document::Parts;
use crate::document::Place;
use crate::mapping::Encoded;
use crate::mapping::encode::sink::attach;
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
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::LazyLock;

/// The root element of XML that its mapping does not name.
static ROOT: LazyLock<Name> = LazyLock::new(|| Name::from("bericht"));
/// Room for so many parts of an element is made at first.
const ROOM: usize = 16;
/// Where there is nothing to write of.
static NOTHING: Bundle = Bundle {
    records: BTreeMap::new(),
};

/// What stands in each column of a row.
type Cells<'v> = Vec<Option<Made<'v>>>;

/// Writes records through a plan.
pub(crate) struct Writer<'p> {
    pub(super) plan: &'p Plan,
    /// What it writes is written at once: what JSON cannot say is seen there, and then it starts again without.
    streams: bool,
}

/// What values are taken from.
#[derive(Clone, Copy)]
pub(crate) struct Here<'h, 'v> {
    context: &'v Json,
    bundle: &'v Bundle,
    item: Option<Item<'h, 'v>>,
    /// What the rules of a plan ask for, if it was looked for.
    found: Option<(&'h Slots, &'h Found<'v>)>,
}

/// An item of a group.
#[derive(Clone, Copy)]
pub(crate) struct Item<'h, 'v> {
    kind: Kind,
    values: &'v Map<String, Json>,
    /// The JSON Pointer in the record of its list, and its index there; of an item alone its own.
    base: (&'h str, Option<usize>),
    /// What the rules of its group ask for, if it was looked for.
    found: &'h [Option<&'v Json>],
}

impl<'h, 'v> Item<'h, 'v> {
    /// An item of a record of this kind, and its JSON Pointer there.
    pub(crate) const fn new(kind: Kind, values: &'v Map<String, Json>, base: &'h str) -> Self {
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

impl<'h, 'v> Here<'h, 'v> {
    pub(crate) const fn new(context: &'v Json, bundle: &'v Bundle) -> Self {
        Self {
            context,
            bundle,
            item: None,
            found: None,
        }
    }

    /// The same for an item.
    pub(crate) const fn of<'i>(self, item: Item<'i, 'v>) -> Here<'i, 'v>
    where
        'h: 'i,
    {
        Here {
            context: self.context,
            bundle: self.bundle,
            item: Some(item),
            found: self.found,
        }
    }

    fn record(&self, kind: Kind) -> Option<&'v Record> {
        self.bundle.record(kind)
    }

    /// The value at a target.
    pub(super) fn value(&self, target: &Target) -> Option<&'v Json> {
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
    fn named(&self, target: &Target) -> Option<&'v Json> {
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

impl<'v> Writer<'v> {
    pub(crate) const fn new(plan: &'v Plan) -> Self {
        Self {
            plan,
            streams: false,
        }
    }

    pub(crate) fn encode(&self, context: &'v Json, bundles: &'v [Bundle]) -> Encoded {
        let (root, mut faults) = self.made(context, bundles);
        let envelope = self.plan.envelope.as_ref().map(|envelope| {
            let first = bundles.get(..1).unwrap_or_default();
            let writer = Writer::new(&envelope.plan);
            let parts = writer.tree(context, first, &mut faults);
            Box::new(writer.rooted(parts).into())
        });
        Encoded {
            document: Document {
                envelope,
                ..Document::new(self.plan.format, root.into())
            },
            faults,
        }
    }

    /// JSON: whether the document of some bundles is a list.
    fn is_list(&self, bundles: &[Bundle]) -> bool {
        self.plan.list || self.plan.element.steps.is_empty() && bundles.len() > 1
    }

    /// The root of what is written, without its envelope.
    pub(crate) fn made(&self, context: &'v Json, bundles: &'v [Bundle]) -> (Made<'v>, Vec<Fault>) {
        let mut faults = Vec::new();
        let root = match self.plan.format {
            Format::Csv => self.sheet(context, bundles, &mut faults),
            Format::Excel => {
                let rows = self.sheet(context, bundles, &mut faults);
                Made::Map(vec![(self.plan.table.written(), rows)])
            }
            Format::Xml => {
                let parts = self.tree(context, bundles, &mut faults);
                self.rooted(parts)
            }
            Format::FixedWidth => self.lines(context, bundles, &mut faults),
            Format::Json if self.is_list(bundles) => {
                let one = |(index, bundle)| {
                    let from = faults.len();
                    let parts = self.tree(context, std::slice::from_ref(bundle), &mut faults);
                    number(&mut faults[from..], index, bundles);
                    Made::Map(parts)
                };
                Made::List(bundles.iter().enumerate().map(one).collect())
            }
            Format::Json => Made::Map(self.tree(context, bundles, &mut faults)),
        };
        self.check_set(context, bundles, &mut faults);
        (root, faults)
    }

    /// Parts in the root element.
    fn rooted(&self, parts: Parts<'v>) -> Made<'v> {
        let root = self.plan.root.as_ref();
        let name = root.map_or(&*ROOT, |(name, _)| name);
        Made::Map(vec![(name, closed(parts, true))])
    }

    /// The rows or lines of bundles that come behind others.
    pub(crate) fn encode_more(&self, context: &'v Json, bundles: &'v [Bundle]) -> Option<Encoded> {
        let mut faults = Vec::new();
        let root = match self.plan.format {
            Format::Csv => {
                let mut rows = Vec::with_capacity(bundles.len());
                self.rows(context, bundles, &mut rows, &mut faults);
                Made::List(rows)
            }
            Format::FixedWidth => self.lines(context, bundles, &mut faults),
            Format::Xml | Format::Json | Format::Excel => return None,
        };
        self.check_set(context, bundles, &mut faults);
        Some(Encoded {
            document: Document::new(self.plan.format, root.into()),
            faults,
        })
    }

    /// A header row and the rows of each bundle.
    fn sheet(&self, context: &'v Json, bundles: &'v [Bundle], faults: &mut Vec<Fault>) -> Made<'v> {
        let columns = self.plan.table.columns.iter();
        let header = columns
            .filter(|column| column.outward)
            .map(|column| Made::text(&**column.header.name()));
        let mut rows = vec![Made::List(header.collect())];
        self.rows(context, bundles, &mut rows, faults);
        Made::List(rows)
    }

    fn rows(
        &self,
        context: &'v Json,
        bundles: &'v [Bundle],
        rows: &mut Vec<Made<'v>>,
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
                rows.push(Made::List(cells));
            }
        }
    }

    /// What stands in each column for one bundle, as far as its reader does not pass the row over for it.
    fn cells(&self, here: Here<'_, 'v>, faults: &mut Vec<Fault>) -> Cells<'v> {
        let mut cells = self.filled(here, faults);
        self.keep_read(here, &mut cells, faults);
        cells
    }

    /// What its rules write in each column.
    fn filled(&self, here: Here<'_, 'v>, faults: &mut Vec<Fault>) -> Cells<'v> {
        let mut cells: Cells<'v> = vec![None; self.plan.table.columns.len()];
        let mut sink = Sink::Row(&mut cells);
        self.fill(&self.plan.rules, |_| true, here, &mut sink, faults);
        cells
    }

    /// What values are taken from for a bundle: what the rules ask for of it is looked for at once.
    fn here<'h>(
        &self,
        context: &'v Json,
        bundle: &'v Bundle,
        found: &'h mut Found<'v>,
    ) -> Here<'h, 'v>
    where
        'v: 'h,
    {
        self.plan.slots.find(context, bundle, found);
        Here {
            found: Some((&self.plan.slots, found)),
            ..Here::new(context, bundle)
        }
    }

    /// An empty cell, element or member.
    pub(super) fn blank(&self) -> Made<'static> {
        match self.plan.format {
            Format::Json | Format::Excel => Made::Null,
            _ => Made::text(""),
        }
    }

    /// The parts of the root.
    fn tree(&self, context: &'v Json, bundles: &'v [Bundle], faults: &mut Vec<Fault>) -> Parts<'v> {
        let mut parts = Vec::new();
        self.whole(context, bundles, &mut Sink::Tree(&mut parts), faults);
        parts
    }

    /// Writes what stands in the root.
    fn whole(
        &self,
        context: &'v Json,
        bundles: &'v [Bundle],
        sink: &mut Sink<'_, 'v>,
        faults: &mut Vec<Fault>,
    ) {
        let mut found = Found::default();
        let first = bundles.first().unwrap_or(&NOTHING);
        let first = self.here(context, first, &mut found);
        if self.plan.element.steps.is_empty() {
            if bundles.len() > 1 {
                faults.push(no_place(Place::Whole));
            }
            return self.fill(&self.plan.rules, |_| true, first, sink, faults);
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
        let of_root = |rule: &Rule| rule.source.is_root();
        self.fill(before, of_root, first, sink, faults);
        let each = |fill: &mut dyn FnMut(Here<'_, 'v>, &mut Vec<Fault>),
                    faults: &mut Vec<Fault>| {
            let mut found = Found::default();
            for (index, bundle) in bundles.iter().enumerate() {
                // what the first one has was looked for already
                let here = match index {
                    0 => first,
                    _ => self.here(context, bundle, &mut found),
                };
                let from = faults.len();
                fill(here, faults);
                number(&mut faults[from..], index, bundles);
            }
        };
        let (steps, around) = (&self.plan.element.steps, &self.plan.around.steps);
        match sink {
            Sink::Json(stream) => stream.list(steps, |stream| {
                let mut another = |here: Here<'_, 'v>, faults: &mut Vec<Fault>| {
                    stream.object(|stream| {
                        self.fill_element(here, &mut Sink::Json(stream), faults);
                    });
                };
                each(&mut another, faults);
            }),
            Sink::Tree(parts) if around.is_empty() => {
                let mut elements = Vec::with_capacity(bundles.len());
                let mut another = |here: Here<'_, 'v>, faults: &mut Vec<Fault>| {
                    elements.push(self.element(here, faults));
                };
                each(&mut another, faults);
                attach(parts, steps, elements, self.plan.format);
            }
            Sink::Tree(parts) => {
                let elements = self.around(context, bundles, faults);
                attach(parts, around, elements, self.plan.format);
            }
            // a table has no root
            Sink::Row(_) => {}
        }
        self.fill(after, of_root, first, sink, faults);
        self.check_shared(context, bundles, faults);
    }

    /// One element, without what stands around it.
    fn element(&self, here: Here<'_, 'v>, faults: &mut Vec<Fault>) -> Made<'v> {
        let mut inner = Vec::new();
        self.fill_element(here, &mut Sink::Tree(&mut inner), faults);
        closed(inner, self.plan.format == Format::Xml)
    }

    fn fill_element(&self, here: Here<'_, 'v>, sink: &mut Sink<'_, 'v>, faults: &mut Vec<Fault>) {
        let own = |rule: &Rule| !rule.source.is_root() && !rule.source.is_around();
        self.fill(&self.plan.rules, own, here, sink, faults);
    }

    /// What is written once for the document must be the same for all its elements.
    fn check_shared(&self, context: &'v Json, bundles: &'v [Bundle], faults: &mut Vec<Fault>) {
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

    /// Writes rules in order. Where a constant may have to wait for something, every value is worked out first: one inside
    /// an element of its own is only written when that element has something else.
    pub(crate) fn fill(
        &self,
        rules: &'v [Rule],
        counts: impl Fn(&Rule) -> bool,
        here: Here<'_, 'v>,
        sink: &mut Sink<'_, 'v>,
        faults: &mut Vec<Fault>,
    ) {
        // in JSON nothing needs to wait where no constant is inside an element
        let mut constants = rules.iter().filter(|rule| rule.outward);
        let waits = match sink {
            Sink::Json(_) => false,
            _ => self.plan.format != Format::Json || constants.any(is_inside),
        };
        if let (Sink::Tree(parts), false) = (&mut *sink, waits) {
            parts.reserve(rules.len().min(ROOM));
        }
        let mut pieces: Vec<(&Rule, Piece<'_>)> = Vec::new();
        let mut taken: Vec<(&Group, usize)> = Vec::new();
        for rule in rules
            .iter()
            .filter(|rule| rule.outward && counts(rule) && Self::holds(rule, here))
        {
            let piece = match &rule.act {
                Act::Field(field) => self.field(rule, field, here, faults),
                Act::Spread(spread) => self.spread(rule, spread, here, faults),
                Act::Constant(text) => Some(Piece::Constant(Made::text(&**text))),
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
                Act::Group(group) => self.group(rule, group, here, sink, faults),
                Act::Set(..) => None,
            };
            match piece {
                Some(piece) if waits => pieces.push((rule, piece)),
                Some(piece) => sink.put(&rule.source, piece, self.plan.format),
                None => {}
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
                matches!(piece, Piece::Constant(_)) && is_inside(rule) && is_alone(rule)
            })
            .map(|(index, _)| index)
            .collect();
        if let (Sink::Tree(parts), true) = (&mut *sink, waits) {
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

/// Whether a rule writes a constant inside an element of its own.
pub(crate) fn is_inside(rule: &Rule) -> bool {
    matches!(rule.act, Act::Constant(_)) && !rule.source.is_root() && rule.source.steps().len() > 1
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
