use crate::adapters::Limits;
use crate::adapters::error::Refused;
use crate::adapters::excel::hidden::hidden;
use crate::adapters::zipscan;
use crate::adapters::zipscan::not_a_workbook;
use crate::document::At;
use crate::document::Document;
use crate::document::Fault;
use crate::document::Format;
use crate::document::NO_TEXT;
use crate::document::Name;
use crate::document::Node;
use crate::document::Place;
use crate::document::Value;
use calamine::DataRef;
use calamine::Reader;
use calamine::SheetType;
use calamine::Xlsx;
use std::io::Cursor;
use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;

/// Days between the two epochs of workbooks.
const DAYS_1900_TO_1904: f64 = 1462.0;

pub(in crate::adapters) fn decode(bytes: &[u8], limits: &Limits) -> Result<Document, Vec<Fault>> {
    let scanned = zipscan::scan(bytes, limits).map_err(|fault| vec![*fault])?;
    let read = || Sheets::read(bytes, limits, scanned.from_1904);
    // The library is large and young in places; a panic in it is a damaged workbook to the sender.
    let sheets = catch_unwind(AssertUnwindSafe(read))
        .unwrap_or_else(|_| Err(not_a_workbook()))
        .map_err(|fault| vec![*fault])?;
    let root = Node::new(At::default(), Value::Map(sheets));
    let hidden = if scanned.hides {
        hidden(bytes, limits).map_err(|fault| vec![*fault])?
    } else {
        Vec::new()
    };
    Ok(Document {
        hidden,
        ..Document::new(Format::Excel, root)
    })
}

struct Sheets<'l> {
    limits: &'l Limits,
    from_1904: bool,
    cells: usize,
}

impl Sheets<'_> {
    fn read(bytes: &[u8], limits: &Limits, from_1904: bool) -> Result<Vec<(Name, Node)>, Refused> {
        let unreadable = |_| not_a_workbook();
        let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(unreadable)?;
        let names: Vec<String> = workbook
            .sheets_metadata()
            .iter()
            .filter(|sheet| sheet.typ == SheetType::WorkSheet)
            .map(|sheet| sheet.name.clone())
            .collect();
        let mut sheets = Sheets {
            limits,
            from_1904,
            cells: 0,
        };
        let mut read: Vec<(Name, Node)> = Vec::with_capacity(names.len());
        for name in names {
            if read.iter().any(|(known, _)| **known == *name) {
                return Err(not_a_workbook());
            }
            let rows = sheets.sheet(&mut workbook, &name)?;
            let sheet = Node::new(At::new(1, 1), Value::List(rows));
            read.push((name.into(), sheet));
        }
        Ok(read)
    }

    fn sheet(
        &mut self,
        workbook: &mut Xlsx<Cursor<&[u8]>>,
        name: &str,
    ) -> Result<Vec<Node>, Refused> {
        let unreadable = |_| not_a_workbook();
        let mut cells = workbook.worksheet_cells_reader(name).map_err(unreadable)?;
        let mut rows: Vec<Vec<Node>> = Vec::new();
        while let Some(cell) = cells
            .next_cell_with_formula_metadata()
            .map_err(unreadable)?
        {
            let (row, column) = (cell.pos.0.saturating_add(1), cell.pos.1.saturating_add(1));
            let at = At::new(row, column);
            let value = match cell.value {
                DataRef::Empty if cell.formula.is_some() => Value::Unreadable("formule".into()),
                DataRef::Empty => continue,
                value => self.value(&value, name, at)?,
            };
            self.place(&mut rows, name, at, value)?;
        }
        let rows = rows.into_iter().enumerate().map(|(index, cells)| {
            let row = u32::try_from(index + 1).unwrap_or(u32::MAX);
            Node::new(At::new(row, 1), Value::List(cells))
        });
        Ok(rows.collect())
    }

    /// Puts a cell where it belongs, with empty cells and rows before it.
    fn place(
        &mut self,
        rows: &mut Vec<Vec<Node>>,
        sheet: &str,
        at: At,
        value: Value,
    ) -> Result<(), Refused> {
        if at.line > self.limits.rows {
            return Err(self.too_many_rows(sheet, at));
        }
        if at.column > self.limits.columns {
            return Err(self.too_many_columns(sheet, at));
        }
        let (row, column) = (at.line as usize - 1, at.column as usize - 1);
        if rows.len() <= row {
            rows.resize_with(row + 1, Vec::new);
        }
        let cells = &mut rows[row];
        if cells.len() <= column {
            self.cells += column + 1 - cells.len();
            if self.cells > self.limits.nodes {
                return Err(self.too_many_rows(sheet, at));
            }
            for empty in cells.len()..=column {
                let empty = u32::try_from(empty + 1).unwrap_or(u32::MAX);
                cells.push(Node::new(At::new(at.line, empty), Value::Null));
            }
        }
        if cells[column].value != Value::Null {
            return Err(not_a_workbook());
        }
        cells[column].value = value;
        Ok(())
    }

    fn value(&self, data: &DataRef<'_>, sheet: &str, at: At) -> Result<Value, Refused> {
        Ok(match data {
            DataRef::Empty => Value::Null,
            DataRef::Int(number) => Value::Number(number.to_string().into()),
            DataRef::Float(number) => spelled(*number),
            DataRef::DateTime(moment) if moment.is_datetime() && self.from_1904 => {
                spelled(moment.as_f64() + DAYS_1900_TO_1904)
            }
            DataRef::DateTime(moment) => spelled(moment.as_f64()),
            DataRef::Bool(value) => Value::Bool(*value),
            DataRef::Error(error) => Value::Unreadable(error.to_string().into()),
            DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => {
                self.text(text, sheet, at)?
            }
            DataRef::SharedString(text) => self.text(text, sheet, at)?,
        })
    }

    fn text(&self, text: &str, sheet: &str, at: At) -> Result<Value, Refused> {
        let limit = self.limits.text;
        if text.len() > limit {
            return Err(refuse(
                "werkmap.cel",
                sheet,
                at,
                format!("Deze cel heeft meer dan {limit} bytes tekst. Kort hem in."),
                format!("This cell has more than {limit} bytes of text. Shorten it."),
            ));
        }
        if text.contains('\0') {
            return Ok(Value::Unreadable(NO_TEXT.into()));
        }
        Ok(Value::Text(text.into()))
    }

    fn too_many_rows(&self, sheet: &str, at: At) -> Refused {
        let (rows, cells) = (self.limits.rows, self.limits.nodes);
        refuse(
            "werkmap.rijen",
            sheet,
            At::new(at.line, 0),
            format!(
                "De werkmap heeft meer dan {rows} rijen of {cells} cellen. Verwijder wat ver onderaan staat, of stuur de rijen in delen."
            ),
            format!(
                "The workbook has more than {rows} rows or {cells} cells. Remove what stands far down, or send the rows in parts."
            ),
        )
    }

    fn too_many_columns(&self, sheet: &str, at: At) -> Refused {
        let columns = self.limits.columns;
        refuse(
            "werkmap.kolommen",
            sheet,
            at,
            format!("Het blad heeft meer dan {columns} kolommen. Verwijder wat ver rechts staat."),
            format!(
                "The sheet has more than {columns} columns. Remove what stands far to the right."
            ),
        )
    }
}

/// The shortest spelling that is the same number; no exponent, as people type numbers.
fn spelled(number: f64) -> Value {
    if number.is_finite() {
        // `-0` is zero to every program that shows a workbook.
        let number = if number == 0.0 { 0.0 } else { number };
        Value::Number(number.to_string().into())
    } else {
        Value::Unreadable("#NUM!".into())
    }
}

fn refuse(
    code: &'static str,
    sheet: &str,
    at: At,
    nl: impl Into<String>,
    en: impl Into<String>,
) -> Refused {
    let place = Place::Cell {
        sheet: Some(sheet.to_owned()),
        row: at.line,
        column: at.column,
        header: None,
    };
    Box::new(Fault::refused(code, place, nl, en))
}
