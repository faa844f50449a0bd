//! What became of a file that was read by a mapping, as a table a person can work through.

mod content;
mod fixed;
mod kept;
mod lines;
mod marks;
mod table;
#[cfg(test)]
mod tests;
mod tree;
mod workbook;

use crate::canonical::Bundle;
use crate::document::Document;
use crate::document::Fault;
use crate::document::Lang;
use crate::document::Place;
use crate::mapping::Element;
use rust_xlsxwriter::Format;
use rust_xlsxwriter::FormatBorder;
use rust_xlsxwriter::Worksheet;
use rust_xlsxwriter::XlsxError;

pub use content::COPIED_MAX;
pub use kept::Keeper;
pub use lines::csv;
pub use workbook::workbook;

/// Most elements that are listed. Of a file with more only those that something is said of.
const ELEMENTS_MAX: usize = 10_000;
/// Most faults of elements that are listed, and most of what could not be written.
const FAULTS_MAX: usize = 20_000;

/// A file that was read by a mapping. What is counted is the whole file; what is listed has a bound, and
/// [`Outcome::shortened`] says so.
#[derive(Debug, Default)]
pub struct Outcome {
    /// What the file is called; empty for standard input.
    pub file: String,
    /// The file as a tree, if it could be read at all. Of one that was not held as a whole what a [`Keeper`] kept.
    pub document: Option<Document>,
    /// The sender's own reference number.
    pub reference: Option<String>,
    /// What is wrong with the file as a whole.
    pub faults: Vec<Fault>,
    elements: Vec<Listed>,
    unwritten: Vec<Fault>,
    tally: Tally,
    /// Faults of elements in the list, and whether there is no room for more.
    listed: usize,
    full: bool,
    /// Faults that are in no list.
    unlisted: usize,
    /// If the document is what was kept: how many rows there was no room for.
    kept: Option<usize>,
}

/// An element in the list.
#[derive(Debug)]
pub struct Listed {
    /// Its number in the file, from 1.
    pub number: usize,
    /// Where it stands.
    pub place: Place,
    /// Whether it is taken.
    pub taken: bool,
    /// Whether it could be read, and not be written in another format.
    pub left_out: bool,
    /// Everything that is said of it.
    pub faults: Vec<Fault>,
}

/// How many elements of a file were taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Elements in the file.
    pub total: usize,
    /// Taken.
    pub taken: usize,
    /// Of those: with a remark.
    pub remarked: usize,
    /// Refused.
    pub refused: usize,
    /// Read, and not written in another format, which cannot do without something that they lack.
    pub left_out: usize,
    /// Values that could not be written in another format.
    pub unwritten: usize,
}

impl Outcome {
    /// Nothing yet of a file: what it is called, the sender's own reference, and what is wrong with it as a whole.
    #[must_use]
    pub fn new(file: String, reference: Option<String>, faults: Vec<Fault>) -> Self {
        Self {
            file,
            reference,
            faults,
            ..Self::default()
        }
    }

    /// Whether the file as a whole is refused.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.faults.iter().any(Fault::refuses)
    }

    /// Counts the next element, and lists what is said of it; gives whether it is taken. What is wrong with the file as a
    /// whole must be known before.
    pub fn add(&mut self, place: Place, faults: Vec<Fault>) -> bool {
        let taken = !self.is_refused() && !faults.iter().any(Fault::refuses);
        self.tally.total += 1;
        if taken {
            self.tally.taken += 1;
            self.tally.remarked += usize::from(!faults.is_empty());
        } else {
            self.tally.refused += 1;
        }
        if self.tally.total == ELEMENTS_MAX + 1 {
            self.elements.retain(|element| !element.faults.is_empty());
        }
        let listed = self.tally.total <= ELEMENTS_MAX || !faults.is_empty();
        self.full |= listed
            && (self.elements.len() >= ELEMENTS_MAX || self.listed + faults.len() > FAULTS_MAX);
        if self.full {
            self.unlisted += faults.len();
        } else if listed {
            self.listed += faults.len();
            self.elements.push(Listed {
                number: self.tally.total,
                place,
                taken,
                left_out: false,
                faults,
            });
        }
        taken
    }

    /// Counts elements that were taken and then could not be written, by their numbers.
    pub fn leave_out(&mut self, numbers: &[usize]) {
        for number in numbers {
            self.tally.taken = self.tally.taken.saturating_sub(1);
            self.tally.left_out += 1;
            let found = self.elements.binary_search_by_key(number, |one| one.number);
            if let Some(element) = found.ok().and_then(|index| self.elements.get_mut(index)) {
                (element.taken, element.left_out) = (false, true);
                let remarked = usize::from(!element.faults.is_empty());
                self.tally.remarked = self.tally.remarked.saturating_sub(remarked);
            }
        }
    }

    /// The same for all elements of a file; gives those that are taken, and their numbers in the file.
    pub fn add_all(&mut self, elements: Vec<Element>) -> (Vec<Bundle>, Vec<usize>) {
        let mut taken = Vec::with_capacity(elements.len());
        let mut numbers = Vec::with_capacity(elements.len());
        for element in elements {
            if self.add(element.place, element.faults) {
                taken.push(element.bundle);
                numbers.push(self.tally.total);
            }
        }
        (taken, numbers)
    }

    /// Counts and lists what could not be written of it in another format.
    pub fn lacks(&mut self, faults: Vec<Fault>) {
        self.tally.unwritten += faults.iter().map(|fault| fault.times).sum::<usize>();
        let room = FAULTS_MAX.saturating_sub(self.unwritten.len());
        self.unlisted += faults.len().saturating_sub(room);
        self.unwritten.extend(faults.into_iter().take(room));
    }

    /// The counts.
    #[must_use]
    pub const fn tally(&self) -> Tally {
        self.tally
    }

    /// The elements that are listed, in the order of the file.
    #[must_use]
    pub fn elements(&self) -> &[Listed] {
        &self.elements
    }

    /// What could not be written, as far as it is listed.
    #[must_use]
    pub fn unwritten(&self) -> &[Fault] {
        &self.unwritten
    }

    /// Every fault that is listed, with its element: first those of the file, then those of each element, then what could
    /// not be written.
    pub fn faults(&self) -> impl Iterator<Item = (Option<&Listed>, &Fault)> {
        let elements = self.elements.iter();
        let of_elements = elements.flat_map(|element| {
            let faults = element.faults.iter();
            faults.map(move |fault| (Some(element), fault))
        });
        let whole = self.faults.iter().map(|fault| (None, fault));
        whole
            .chain(of_elements)
            .chain(self.unwritten.iter().map(|fault| (None, fault)))
    }

    /// A sentence that says what is not listed, if that is so.
    #[must_use]
    pub fn shortened(&self, lang: Lang) -> Option<String> {
        let count = self.unlisted;
        if count > 0 {
            Some(match lang {
                Lang::Nl => format!(
                    "Nog {count} meldingen zijn geteld maar niet genoemd: genoemd worden er hooguit {FAULTS_MAX}, van hooguit {ELEMENTS_MAX} elementen."
                ),
                Lang::En => format!(
                    "{count} more findings were counted but not listed: at most {FAULTS_MAX} are, of at most {ELEMENTS_MAX} elements."
                ),
            })
        } else if self.tally.total > ELEMENTS_MAX {
            Some(match lang {
                Lang::Nl => format!(
                    "Het bestand heeft meer dan {ELEMENTS_MAX} elementen: alleen die met meldingen zijn genoemd."
                ),
                Lang::En => format!(
                    "The file has more than {ELEMENTS_MAX} elements: only those with findings are listed."
                ),
            })
        } else {
            None
        }
    }
}

const fn word(lang: Lang, nl: &'static str, en: &'static str) -> &'static str {
    match lang {
        Lang::Nl => nl,
        Lang::En => en,
    }
}

/// A bold header row that stays in sight.
fn head(worksheet: &mut Worksheet, titles: &[&str]) -> Result<(), XlsxError> {
    let bold = Format::new()
        .set_bold()
        .set_border_bottom(FormatBorder::Thin);
    for (column, title) in (0_u16..).zip(titles) {
        worksheet.write_string_with_format(0, column, *title, &bold)?;
    }
    worksheet.set_freeze_panes(1, 0)?;
    Ok(())
}
