//! A copy of the rows of a table: of a long one only those that something is said of.

use crate::document::Document;
use crate::document::Format as Family;
use crate::document::Lang;
use crate::document::Node;
use crate::document::Place;
use crate::document::Value;
use crate::mapping::Mapping;
use crate::tools::report::Outcome;
use crate::tools::report::content::Content;
use crate::tools::report::marks::Ink;
use crate::tools::report::marks::Marks;
use crate::tools::report::marks::Pen;
use crate::tools::report::word;
use crate::tools::sheets::OfSheet;
use crate::tools::sheets::Tables;
use rust_xlsxwriter::Format;
use rust_xlsxwriter::Worksheet;
use rust_xlsxwriter::XlsxError;

/// Writes the sheets of a document that is a table.
pub(super) fn write(
    content: &mut Content<'_>,
    outcome: &Outcome,
    document: &Document,
    mapping: &Mapping,
) -> Result<(), XlsxError> {
    let tables: Vec<(Option<&str>, &[Node])> = match document.format {
        Family::Excel => {
            let parts = document.root.parts().iter();
            parts
                .map(|(name, sheet)| (Some(&**name), sheet.items()))
                .collect()
        }
        _ => vec![(None, document.root.items())],
    };
    let known = Tables::of(mapping, document);
    let cells = tables.iter().flat_map(|(_, rows)| *rows);
    let cells: usize = cells.map(|row| row.items().len()).sum();
    let part = outcome.kept.is_some() || cells > content.left;
    if part {
        content.only_said(outcome.kept.unwrap_or(0));
    }
    for (sheet, rows) in tables {
        let marks = content.comments(marks(outcome, sheet, content.lang));
        let of = known.as_ref().and_then(|known| known.on(sheet));
        let own = word(content.lang, "Rijen", "Rows");
        let mut worksheet = content.sheet(sheet.unwrap_or(own))?;
        if part {
            let dropped = said(&mut worksheet, rows, &marks, of, content)?;
            content.only_said(dropped);
        } else {
            all(&mut worksheet, rows, &marks, of)?;
        }
        content.push(worksheet);
    }
    Ok(())
}

/// The cell that a fault is about; of one that names none, the row of its element.
pub(super) fn cell<'p>(place: &'p Place, element: Option<&'p Place>) -> Option<Cell<'p>> {
    let of = |place: &'p Place| match place.innermost() {
        Place::Cell {
            sheet, row, column, ..
        } => Some(Cell {
            sheet: sheet.as_deref(),
            row: row.checked_sub(1)?,
            column: column.checked_sub(1),
        }),
        _ => None,
    };
    of(place).or_else(|| of(element?))
}

/// A cell from 0; without a column the whole row.
pub(super) struct Cell<'p> {
    pub(super) sheet: Option<&'p str>,
    pub(super) row: u32,
    column: Option<u32>,
}

fn marks(outcome: &Outcome, own: Option<&str>, lang: Lang) -> Marks {
    let mut marks = Marks::default();
    for (element, fault) in outcome.faults() {
        let place = element.map(|element| &element.place);
        let Some(cell) = cell(&fault.place, place).filter(|cell| cell.sheet == own) else {
            continue;
        };
        match cell.column.map(u16::try_from) {
            Some(column) => {
                let at = (cell.row, column.unwrap_or(u16::MAX));
                marks.cell(at, fault, "", lang);
            }
            None => marks.row(cell.row, fault, "", lang),
        }
    }
    marks
}

/// The number of a row, from 0.
fn number(row: &Node, index: usize) -> u32 {
    let number = row.at.line.checked_sub(1);
    number.unwrap_or_else(|| u32::try_from(index).unwrap_or(u32::MAX))
}

fn inks<'a>(
    row: &'a Node,
    number: u32,
    of: Option<&'a OfSheet>,
) -> impl Iterator<Item = Ink<'a>> + 'a {
    (0_u16..).zip(row.items()).map(move |(column, cell)| {
        let is_date = match cell.value {
            Value::Moment(_) | Value::Measure(..) => true,
            Value::Number(_) => of.is_some_and(|of| of.has_date(number, column)),
            _ => false,
        };
        if is_date {
            Ink::Date(&cell.value)
        } else {
            Ink::Value(&cell.value)
        }
    })
}

/// Writes the rows where they stood.
fn all(
    worksheet: &mut Worksheet,
    rows: &[Node],
    marks: &Marks,
    of: Option<&OfSheet>,
) -> Result<(), XlsxError> {
    let mut pen = Pen::new(worksheet, marks, 0);
    // of what stands beyond the rows too
    for row in marks.rows() {
        pen.mark(row, row)?;
    }
    for (index, row) in rows.iter().enumerate() {
        let number = number(row, index);
        pen.cells(number, number, inks(row, number, of))?;
    }
    Ok(())
}

/// Writes the rows up to the header and those that something is said of, each behind its own number; gives how many
/// there was no room for.
fn said(
    worksheet: &mut Worksheet,
    rows: &[Node],
    marks: &Marks,
    of: Option<&OfSheet>,
    content: &mut Content<'_>,
) -> Result<usize, XlsxError> {
    let header = of.map_or(0, |of| of.header);
    let mut pen = Pen::new(worksheet, marks, 1);
    let (mut to, mut dropped) = (0, 0);
    for (index, row) in rows.iter().enumerate() {
        let number = number(row, index);
        if number > header && !marks.has(number) {
            continue;
        }
        if !content.takes(row.items().len() + 1) {
            dropped += 1;
            continue;
        }
        pen.mark(number, to)?;
        pen.cells(number, to, inks(row, number, of))?;
        if number == header {
            let bold = Format::new().set_bold();
            let title = word(content.lang, "Rij", "Row");
            pen.sheet
                .write_string_with_format(to, 0, title, &bold)?
                .set_freeze_panes(to + 1, 1)?;
        } else {
            pen.sheet.write_number(to, 0, number.saturating_add(1))?;
        }
        to += 1;
    }
    Ok(dropped)
}
