use crate::document::Document;
use crate::document::Format;
use crate::document::Name;
use crate::document::Place;

/// What stands for the envelope among the parts of a file.
pub(super) const ENVELOPE: u32 = u32::MAX;

/// Where something stands: line and column of a text, row and column of a table; from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Spot {
    /// Which sheet of a workbook, from 1; [`ENVELOPE`]; 0 for the document itself.
    part: u32,
    pub line: u32,
    column: u32,
}

impl Spot {
    /// No place is known.
    pub(super) const NOWHERE: Self = Self::new(0, 0, 0);

    pub(super) const fn new(part: u32, line: u32, column: u32) -> Self {
        Self { part, line, column }
    }

    /// The spot of a place in a document.
    pub(super) fn of(document: &Document, place: &Place) -> Self {
        let Some(at) = place.at() else {
            return Self::NOWHERE;
        };
        let part = match place.innermost() {
            Place::Cell {
                sheet: Some(name), ..
            } if document.format == Format::Excel => {
                let mut sheets = (1..).zip(document.root.parts());
                let found = sheets.find(|(_, (known, _))| **known == **name);
                found.map_or(0, |(number, _)| number)
            }
            _ if document.envelope.is_some() && !matches!(place, Place::Within { .. }) => ENVELOPE,
            _ => 0,
        };
        Self::new(part, at.line, at.column)
    }
}

/// Where values of one sort stand, however often it repeats.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Path {
    /// The names from the root on; lists do not count.
    Tree(Vec<Name>),
    /// The same in the envelope.
    Envelope(Vec<Name>),
    /// A column of the mapping.
    Column(usize),
    /// Positions of a line.
    Slot(usize, usize),
    /// Anywhere that the mapping does not look.
    Elsewhere,
}
