//! What is said of the cells of a sheet, and how that shows: a colour, and a comment with the sentences.

use crate::adapters::DATE_LOOK;
use crate::adapters::look_of;
use crate::document::Fault;
use crate::document::Lang;
use crate::document::Value;
use crate::tools::sheets;
use rust_xlsxwriter::Color;
use rust_xlsxwriter::Format;
use rust_xlsxwriter::Note;
use rust_xlsxwriter::Worksheet;
use rust_xlsxwriter::XlsxError;
use std::collections::BTreeMap;

/// Refusals and remarks, as spreadsheet programs colour bad and neutral cells.
const REFUSED: Color = Color::RGB(0x00FF_C7CE);
const REMARK: Color = Color::RGB(0x00FF_EB9C);
/// Most characters of a comment; a spreadsheet program takes a few less than in a cell.
const NOTE_MAX: usize = 32_000;
/// Widest column, in characters: a sentence is read by wrapping it, not by scrolling.
pub(super) const WIDTH_MAX: u32 = 480;

/// What is said of one cell: whether it refuses, and the sentences.
#[derive(Default)]
struct Mark {
    refuses: bool,
    sentences: Vec<String>,
}

/// Marks by row and column, from 0.
#[derive(Default)]
pub(super) struct Marks {
    cells: BTreeMap<(u32, u16), Mark>,
    rows: BTreeMap<u32, bool>,
}

impl Marks {
    /// Says something of a cell; `before` tells what it is about, where the cell does not.
    pub(super) fn cell(
        &mut self,
        (row, column): (u32, u16),
        fault: &Fault,
        before: &str,
        lang: Lang,
    ) {
        let mark = self.cells.entry((row, column)).or_default();
        mark.refuses |= fault.refuses();
        let (code, sentence) = (&fault.code, fault.sentence.get(lang));
        mark.sentences.push(format!("{before}{code}: {sentence}"));
    }

    /// Colours a cell of which another has the sentence.
    pub(super) fn beside(&mut self, (row, column): (u32, u16), fault: &Fault) {
        self.cells.entry((row, column)).or_default().refuses |= fault.refuses();
    }

    /// Says something of a whole row, at its first cell.
    pub(super) fn row(&mut self, row: u32, fault: &Fault, before: &str, lang: Lang) {
        *self.rows.entry(row).or_default() |= fault.refuses();
        self.cell((row, 0), fault, before, lang);
    }

    /// Keeps the sentences of the first cells, as many as there is room for; gives whether there was no room for some.
    pub(super) fn keep_comments(&mut self, left: &mut usize) -> bool {
        let mut short = false;
        let commented = self.cells.values_mut();
        for mark in commented.filter(|mark| !mark.sentences.is_empty()) {
            if let Some(rest) = left.checked_sub(1) {
                *left = rest;
            } else {
                mark.sentences = Vec::new();
                short = true;
            }
        }
        short
    }

    /// Whether something is said of a row.
    pub(super) fn has(&self, row: u32) -> bool {
        self.of(row).next().is_some()
    }

    /// The rows that something is said of.
    pub(super) fn rows(&self) -> impl Iterator<Item = u32> {
        let mut last = None;
        self.cells.keys().filter_map(move |(row, _)| {
            let other = last.replace(*row) != Some(*row);
            other.then_some(*row)
        })
    }

    fn of(&self, row: u32) -> impl Iterator<Item = (u16, &Mark)> {
        let of_row = self.cells.range((row, 0)..=(row, u16::MAX));
        of_row.map(|((_, column), mark)| (*column, mark))
    }

    fn colour(&self, row: u32, column: u16) -> Option<bool> {
        let own = self.cells.get(&(row, column)).map(|mark| mark.refuses);
        own.or_else(|| self.rows.get(&row).copied())
    }
}

/// What is written in a cell.
pub(super) enum Ink<'a> {
    /// A value as it is.
    Value(&'a Value),
    /// A number that is a date.
    Date(&'a Value),
    /// A text.
    Text(&'a str),
    /// A number of ours.
    Count(u32),
}

/// Writes rows with their marks.
pub(super) struct Pen<'w> {
    pub(super) sheet: &'w mut Worksheet,
    marks: &'w Marks,
    /// Cells of ours before those that are marked.
    shift: u16,
}

impl<'w> Pen<'w> {
    pub(super) const fn new(sheet: &'w mut Worksheet, marks: &'w Marks, shift: u16) -> Self {
        Self {
            sheet,
            marks,
            shift,
        }
    }

    /// Puts what is said of a row where the row is written.
    pub(super) fn mark(&mut self, row: u32, to: u32) -> Result<(), XlsxError> {
        for (column, mark) in self.marks.of(row) {
            let column = column.saturating_add(self.shift);
            self.sheet
                .write_blank(to, column, &format(Some(mark.refuses)))?;
            if mark.sentences.is_empty() {
                continue;
            }
            let text = sheets::within(&mark.sentences.join("\n"), NOTE_MAX);
            let note = Note::new(text).add_author_prefix(false);
            self.sheet.insert_note(to, column, &note)?;
        }
        Ok(())
    }

    /// Writes the cells of a row that was marked, from a column on.
    pub(super) fn cells<'a>(
        &mut self,
        row: u32,
        to: u32,
        cells: impl IntoIterator<Item = Ink<'a>>,
    ) -> Result<(), XlsxError> {
        for (column, ink) in (0_u16..).zip(cells) {
            let format = format(self.marks.colour(row, column));
            let at = (to, column.saturating_add(self.shift));
            match ink {
                Ink::Value(value) => sheets::write(self.sheet, at, value, &format)?,
                Ink::Date(value) => {
                    let look = look_of(value).unwrap_or(DATE_LOOK);
                    let format = format.set_num_format(look);
                    sheets::write(self.sheet, at, value, &format)?;
                }
                Ink::Text("") => {
                    self.sheet.write_blank(at.0, at.1, &format)?;
                }
                Ink::Text(text) => {
                    let text = sheets::fitting(text);
                    self.sheet
                        .write_string_with_format(at.0, at.1, text, &format)?;
                }
                Ink::Count(count) => {
                    self.sheet
                        .write_number_with_format(at.0, at.1, count, &format)?;
                }
            }
        }
        Ok(())
    }
}

fn format(refuses: Option<bool>) -> Format {
    match refuses {
        Some(true) => Format::new().set_background_color(REFUSED),
        Some(false) => Format::new().set_background_color(REMARK),
        None => Format::new(),
    }
}
