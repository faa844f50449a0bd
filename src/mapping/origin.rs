use crate::canonical::Kind;
use crate::document::At;
use crate::document::Format;
use crate::document::Name;
use crate::document::Place;
use std::borrow::Cow;
use std::fmt::Debug;
use std::fmt::Formatter;

/// Which rule set an attribute, from which place.
///
/// Nearly all origins are never asked for: they hold what their pointer and their place are made of, shared with the mapping
/// and with each other, and make them when somebody asks.
#[derive(Clone)]
pub struct Origin {
    /// The record.
    pub kind: Kind,
    /// The rule's name in the mapping.
    pub rule: Name,
    /// The item of a group that it is in, as a pointer within the record.
    item: Option<Name>,
    /// From there.
    path: Name,
    spot: Spot,
}

/// Where a value stood.
#[derive(Clone)]
pub(crate) enum Spot {
    /// In a tree: as places write an element, and from there.
    Tree {
        format: Format,
        base: Name,
        label: Name,
        at: At,
    },
    /// In a table.
    Cell {
        sheet: Option<Name>,
        row: u32,
        column: u32,
        header: Option<Name>,
    },
    /// Somewhere that is written out already.
    Made(Box<Place>),
}

impl Spot {
    pub(crate) fn made(place: Place) -> Self {
        Self::Made(Box::new(place))
    }

    pub(crate) fn place(&self) -> Place {
        match self {
            Self::Tree {
                format,
                base,
                label,
                at,
            } => {
                let text = format!("{base}{label}");
                if *format == Format::Xml {
                    Place::Xml {
                        xpath: text,
                        at: *at,
                    }
                } else {
                    Place::Json {
                        pointer: text,
                        at: *at,
                    }
                }
            }
            Self::Cell {
                sheet,
                row,
                column,
                header,
            } => Place::Cell {
                sheet: sheet.as_deref().map(str::to_owned),
                row: *row,
                column: *column,
                header: header.as_deref().map(str::to_owned),
            },
            Self::Made(place) => (**place).clone(),
        }
    }
}

impl Origin {
    pub(crate) fn new(kind: Kind, rule: Name, at: (Option<Name>, Name), spot: Spot) -> Self {
        Self {
            kind,
            rule,
            item: at.0,
            path: at.1,
            spot,
        }
    }

    /// JSON Pointer within the record, for example `/besluit/reden`.
    #[must_use]
    pub fn pointer(&self) -> Cow<'_, str> {
        match &self.item {
            None => Cow::Borrowed(&self.path),
            Some(item) => Cow::Owned(format!("{item}{}", self.path)),
        }
    }

    /// Where the value stood.
    #[must_use]
    pub fn place(&self) -> Place {
        self.spot.place()
    }

    /// Whether it is of what stands at a pointer, or in it.
    pub(crate) fn is_within(&self, kind: Kind, pointer: &str) -> bool {
        let rest = |text: &str| {
            let rest = text.strip_prefix(pointer);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.kind == kind && rest(&self.pointer())
    }

    /// Makes it one of what stands at another pointer.
    pub(crate) fn move_to(&mut self, pointer: Name) {
        self.item = None;
        self.path = pointer;
    }

    /// Makes its place one in something else.
    pub(crate) fn place_within(&mut self, xpath: &str, at: At) {
        self.spot = Spot::made(self.place().within(xpath, at));
    }
}

impl PartialEq for Origin {
    fn eq(&self, other: &Self) -> bool {
        (self.kind, &self.rule) == (other.kind, &other.rule)
            && self.pointer() == other.pointer()
            && self.place() == other.place()
    }
}

#[allow(clippy::missing_fields_in_debug)] // what it holds is shown as what it is made into
impl Debug for Origin {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Origin")
            .field("kind", &self.kind)
            .field("pointer", &self.pointer())
            .field("rule", &self.rule)
            .field("place", &self.place())
            .finish()
    }
}
