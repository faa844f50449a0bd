use crate::canonical::Kind;
use crate::document::At;
use crate::document::Format;
use crate::document::Name;
use crate::document::Place;
use crate::mapping::text::OWN;
use crate::mapping::text::Text;
use std::borrow::Cow;
use std::fmt::Debug;
use std::fmt::Formatter;
use std::sync::Arc;

/// Where the values of an element came from.
///
/// Nearly all origins are never asked for. So of every value there are numbers: of texts that are the mapping's and of
/// texts that many values of the element share. What they say is put together when somebody asks.
#[derive(Clone, Default)]
pub struct Origins {
    /// The texts of the mapping.
    texts: Option<Arc<[Name]>>,
    /// Texts that are not the mapping's; their numbers begin at [`OWN`].
    own: Vec<Name>,
    list: Vec<Raw>,
    /// Where two of those texts stand in memory, and their numbers: what is asked for mostly is one of these.
    near: [(usize, u32); 2],
}

/// Which rule set an attribute, from which place.
#[derive(Clone, Copy)]
pub struct Origin<'a> {
    /// The record.
    pub kind: Kind,
    /// The rule's name in the mapping.
    pub rule: &'a str,
    of: &'a Origins,
    raw: &'a Raw,
}

/// An origin, in numbers of [`Origins`].
#[derive(Clone)]
pub(crate) struct Raw {
    kind: Kind,
    rule: u32,
    /// The item of a group that it is in, as a pointer within the record; 0, the empty text, where there is none.
    item: u32,
    /// From there.
    path: u32,
    spot: RawSpot,
}

#[derive(Clone)]
enum RawSpot {
    Tree {
        format: Format,
        base: u32,
        label: u32,
        at: At,
    },
    Cell {
        sheet: Option<u32>,
        row: u32,
        column: u32,
        header: Option<u32>,
    },
    Made(Box<Place>),
}

/// Where a value stood.
#[derive(Clone)]
pub(crate) enum Spot<'a> {
    /// In a tree: as places write an element, and from there.
    Tree {
        format: Format,
        base: &'a Name,
        label: &'a Text,
        at: At,
    },
    /// In a table.
    Cell {
        sheet: Option<&'a Name>,
        row: u32,
        column: u32,
        header: Option<&'a Text>,
    },
    /// Somewhere that is written out already.
    Made(Box<Place>),
}

impl Spot<'_> {
    pub(crate) fn made(place: Place) -> Self {
        Self::Made(Box::new(place))
    }

    pub(crate) fn place(self) -> Place {
        match self {
            Self::Tree {
                format,
                base,
                label,
                at,
            } => in_tree(format, base, label, at),
            Self::Cell {
                sheet,
                row,
                column,
                header,
            } => Place::Cell {
                sheet: sheet.map(|sheet| str::to_owned(sheet)),
                row,
                column,
                header: header.map(|header| str::to_owned(header)),
            },
            Self::Made(place) => *place,
        }
    }
}

fn in_tree(format: Format, base: &str, label: &str, at: At) -> Place {
    let text = [base, label].concat();
    if format == Format::Xml {
        Place::Xml { xpath: text, at }
    } else {
        Place::Json { pointer: text, at }
    }
}

impl Origins {
    /// No origins yet, of values that a mapping with these texts reads.
    pub(crate) const fn new(texts: Arc<[Name]>) -> Self {
        Self {
            texts: Some(texts),
            own: Vec::new(),
            list: Vec::new(),
            near: [(0, 0); 2],
        }
    }

    /// Each of them, in the order in which values were read.
    #[must_use]
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Origin<'_>> + ExactSizeIterator {
        self.list.iter().map(|raw| self.view(raw))
    }

    pub(crate) const fn len(&self) -> usize {
        self.list.len()
    }

    pub(crate) fn reserve(&mut self, more: usize) {
        self.list.reserve(more);
    }

    fn text(&self, number: u32) -> &str {
        let found = if number < OWN {
            self.texts
                .as_deref()
                .and_then(|texts| texts.get(number as usize))
        } else {
            self.own.get((number - OWN) as usize)
        };
        found.map_or("", |text| text)
    }

    /// The number of a text that is not the mapping's. Mostly it is one of the two that were asked for last.
    fn own(&mut self, text: &Name) -> u32 {
        // what has a number is kept, so nothing else comes to stand there
        let at = text.as_ptr().addr();
        let near = self.near.iter().find(|(known, _)| *known == at);
        if let Some((_, number)) = near {
            return *number;
        }
        // far more values are refused before there are so many
        let index = self.own.len();
        let number = u32::try_from(index).map_or(u32::MAX, |index| OWN + index.min(OWN - 1));
        self.own.push(Name::clone(text));
        self.near = [(at, number), self.near[0]];
        number
    }

    fn number(&mut self, text: &Text) -> u32 {
        text.number().unwrap_or_else(|| self.own(text.name()))
    }

    /// Adds one: of the record, the rule, the item it is in and the pointer from there, and where the value stood.
    pub(crate) fn push(
        &mut self,
        kind: Kind,
        rule: &Text,
        (item, path): (Option<&Name>, &Text),
        spot: Spot<'_>,
    ) {
        let at = (item.map_or(0, |item| self.own(item)), self.number(path));
        self.add(kind, rule, at, spot);
    }

    /// The same of what stands at a pointer within the record.
    pub(crate) fn push_at(&mut self, kind: Kind, rule: &Text, pointer: &Name, spot: Spot<'_>) {
        let at = (self.own(pointer), 0);
        self.add(kind, rule, at, spot);
    }

    fn add(&mut self, kind: Kind, rule: &Text, (item, path): (u32, u32), spot: Spot<'_>) {
        let raw = Raw {
            kind,
            rule: self.number(rule),
            item,
            path,
            spot: self.spot(spot),
        };
        self.list.push(raw);
    }

    fn spot(&mut self, spot: Spot<'_>) -> RawSpot {
        match spot {
            Spot::Tree {
                format,
                base,
                label,
                at,
            } => RawSpot::Tree {
                format,
                base: self.own(base),
                label: self.number(label),
                at,
            },
            Spot::Cell {
                sheet,
                row,
                column,
                header,
            } => RawSpot::Cell {
                sheet: sheet.map(|sheet| self.own(sheet)),
                row,
                column,
                header: header.map(|header| self.number(header)),
            },
            Spot::Made(place) => RawSpot::Made(place),
        }
    }

    /// The last one.
    pub(crate) fn last(&self) -> Option<&Raw> {
        self.list.last()
    }

    /// What one of its own says.
    pub(crate) fn view<'a>(&'a self, raw: &'a Raw) -> Origin<'a> {
        Origin {
            kind: raw.kind,
            rule: self.text(raw.rule),
            of: self,
            raw,
        }
    }

    /// Takes out those from an index on.
    pub(crate) fn split_off(&mut self, from: usize) -> Vec<Raw> {
        self.list.split_off(from.min(self.list.len()))
    }

    /// Puts back what was taken out.
    pub(crate) fn append(&mut self, mut others: Vec<Raw>) {
        self.list.append(&mut others);
    }

    /// The same at another pointer.
    pub(crate) fn append_at(&mut self, others: Vec<Raw>, pointer: &Name) {
        let path = self.own(pointer);
        self.list.extend(others.into_iter().map(|raw| Raw {
            item: 0,
            path,
            ..raw
        }));
    }

    /// Moves those for which there is a new pointer.
    pub(crate) fn move_each(&mut self, mut new: impl FnMut(Kind, &str) -> Option<Name>) {
        for index in 0..self.list.len() {
            let origin = self.view(&self.list[index]);
            if let Some(pointer) = new(origin.kind, &origin.pointer()) {
                let path = self.own(&pointer);
                let raw = &mut self.list[index];
                (raw.item, raw.path) = (0, path);
            }
        }
    }

    /// Keeps those of which something holds.
    pub(crate) fn retain(&mut self, keeps: impl Fn(Origin<'_>) -> bool) {
        let mut list = std::mem::take(&mut self.list);
        list.retain(|raw| keeps(self.view(raw)));
        self.list = list;
    }

    /// Makes every place one in something else.
    pub(crate) fn place_within(&mut self, xpath: &str, at: At) {
        for index in 0..self.list.len() {
            let place = self.view(&self.list[index]).place();
            self.list[index].spot = RawSpot::Made(Box::new(place.within(xpath, at)));
        }
    }
}

impl<'a> Origin<'a> {
    /// JSON Pointer within the record, for example `/besluit/reden`.
    #[must_use]
    pub fn pointer(&self) -> Cow<'a, str> {
        let path = self.of.text(self.raw.path);
        match self.of.text(self.raw.item) {
            "" => Cow::Borrowed(path),
            item => Cow::Owned([item, path].concat()),
        }
    }

    /// Where the value stood.
    #[must_use]
    pub fn place(&self) -> Place {
        let text = |number: u32| self.of.text(number);
        match &self.raw.spot {
            RawSpot::Tree {
                format,
                base,
                label,
                at,
            } => in_tree(*format, text(*base), text(*label), *at),
            RawSpot::Cell {
                sheet,
                row,
                column,
                header,
            } => Place::Cell {
                sheet: sheet.map(|sheet| text(sheet).to_owned()),
                row: *row,
                column: *column,
                header: header.map(|header| text(header).to_owned()),
            },
            RawSpot::Made(place) => (**place).clone(),
        }
    }

    /// Whether the value stood in a part of XML, by how places write that part. Nearly always the element says so that
    /// it was read from.
    pub(crate) fn is_in(&self, part: &str) -> bool {
        let base = match self.raw.spot {
            RawSpot::Tree { base, .. } => self.of.text(base),
            RawSpot::Cell { .. } | RawSpot::Made(_) => "",
        };
        let whole = || matches!(self.place(), Place::Xml { xpath, .. } if xpath.starts_with(part));
        base.starts_with(part) || whole()
    }

    /// Whether it is of what stands at a pointer, or in it.
    pub(crate) fn is_within(&self, kind: Kind, pointer: &str) -> bool {
        let rest = |text: &str| {
            let rest = text.strip_prefix(pointer);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.kind == kind && rest(&self.pointer())
    }
}

impl PartialEq for Origin<'_> {
    fn eq(&self, other: &Self) -> bool {
        (self.kind, self.rule) == (other.kind, other.rule)
            && self.pointer() == other.pointer()
            && self.place() == other.place()
    }
}

impl PartialEq for Origins {
    /// Whether they say the same, whatever numbers say it.
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

#[allow(clippy::missing_fields_in_debug)] // what it holds is shown as what it is made into
impl Debug for Origin<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Origin")
            .field("kind", &self.kind)
            .field("pointer", &self.pointer())
            .field("rule", &self.rule)
            .field("place", &self.place())
            .finish()
    }
}

impl Debug for Origins {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
