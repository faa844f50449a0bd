//! What became of a file that was read by a mapping, as a table a person can work through.

mod lines;
mod workbook;

use crate::document::Document;
use crate::document::Fault;
use crate::mapping::Decoded;
use crate::mapping::Element;

pub use lines::csv;
pub use workbook::workbook;

/// A file that was read by a mapping.
#[derive(Debug, Default)]
pub struct Outcome {
    /// What the file is called; empty for standard input.
    pub file: String,
    /// The file as a tree, if it could be read at all.
    pub document: Option<Document>,
    /// What it says.
    pub decoded: Decoded,
    /// What could not be written of it in another format.
    pub unwritten: Vec<Fault>,
}

/// How many elements of a file were taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// Elements in the file.
    pub total: usize,
    /// Taken.
    pub taken: usize,
    /// Of those: with a remark.
    pub remarked: usize,
    /// Refused.
    pub refused: usize,
}

impl Outcome {
    /// Whether the file as a whole is refused.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.decoded.faults.iter().any(Fault::refuses)
    }

    /// Whether an element is taken.
    #[must_use]
    pub fn takes(&self, element: &Element) -> bool {
        !self.is_refused() && !element.faults.iter().any(Fault::refuses)
    }

    /// The counts.
    #[must_use]
    pub fn tally(&self) -> Tally {
        let elements = &self.decoded.elements;
        let taken = elements.iter().filter(|element| self.takes(element));
        let remarked = taken.clone().filter(|element| !element.faults.is_empty());
        let (taken, remarked) = (taken.clone().count(), remarked.count());
        Tally {
            total: elements.len(),
            taken,
            remarked,
            refused: elements.len() - taken,
        }
    }

    /// Every fault, with the number of its element from 1: first those of the file, then those of each element, then what
    /// could not be written.
    pub fn faults(&self) -> impl Iterator<Item = (Option<usize>, &Fault)> {
        let elements = self.decoded.elements.iter().enumerate();
        let of_elements = elements.flat_map(|(index, element)| {
            element
                .faults
                .iter()
                .map(move |fault| (Some(index + 1), fault))
        });
        let whole = self.decoded.faults.iter().map(|fault| (None, fault));
        whole
            .chain(of_elements)
            .chain(self.unwritten.iter().map(|fault| (None, fault)))
    }
}
