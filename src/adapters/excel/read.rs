use crate::adapters::Limits;
use crate::adapters::error::Refused;
use crate::adapters::excel::WHOLE_MAX;
use crate::adapters::excel::hidden::hidden;
use crate::adapters::excel::percent::Percents;
use crate::adapters::zipscan;
use crate::adapters::zipscan::not_a_workbook;
use crate::document::At;
use crate::document::Document;
use crate::document::Fault;
use crate::document::Format;
use crate::document::Hidden;
use crate::document::Measure;
use crate::document::NO_DIGITS;
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

/// Digits of a number that a workbook keeps.
const DIGITS: usize = 15;

/// Days between the two epochs of workbooks.
const DAYS_1900_TO_1904: f64 = 1462.0;

pub(in crate::adapters) fn decode(bytes: &[u8], limits: &Limits) -> Result<Document, Vec<Fault>> {
    let mut book = ExcelRows::open(bytes, limits)?;
    let mut sheets: Vec<(Name, Node)> = Vec::with_capacity(book.sheets().len());
    for index in 0..book.sheets().len() {
        let mut rows = Vec::new();
        book.read(index, &mut |row| {
            fill(&mut rows, row.at.line);
            rows.push(row);
            true
        })?;
        let name = book.sheets()[index].clone();
        sheets.push((name, Node::new(At::new(1, 1), Value::List(rows))));
    }
    let root = Node::new(At::default(), Value::Map(sheets));
    Ok(Document {
        hidden: book.hidden,
        ..Document::new(Format::Excel, root)
    })
}

/// Adds rows without cells up to a row, so that it stands at its number.
pub(crate) fn fill(rows: &mut Vec<Node>, line: u32) {
    while rows.len() + 1 < line as usize {
        let empty = u32::try_from(rows.len() + 1).unwrap_or(u32::MAX);
        rows.push(Node::new(At::new(empty, 1), Value::List(Vec::new())));
    }
}

/// A workbook of which the rows are read one by one: no more of it is held than its bytes, the texts that its cells
/// share, and the row that is read. Like [`decode`](crate::adapters::decode) it is for a process of its own.
pub struct ExcelRows<'b> {
    book: Xlsx<Cursor<&'b [u8]>>,
    names: Vec<Name>,
    hidden: Vec<Hidden>,
    unpacked: u64,
    reader: SheetReader<'b>,
}

impl<'b> ExcelRows<'b> {
    /// Looks a workbook over, and finds its sheets.
    pub fn open(bytes: &'b [u8], limits: &'b Limits) -> Result<Self, Vec<Fault>> {
        let open = || -> Result<Self, Refused> {
            let scanned = zipscan::scan(bytes, limits)?;
            let book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|_| not_a_workbook())?;
            let mut names: Vec<Name> = Vec::new();
            let sheets = book.sheets_metadata().iter();
            for sheet in sheets.filter(|sheet| sheet.typ == SheetType::WorkSheet) {
                if names.iter().any(|known| **known == *sheet.name) {
                    return Err(not_a_workbook());
                }
                names.push(sheet.name.as_str().into());
            }
            let hidden = if scanned.hides {
                hidden(bytes, limits)?
            } else {
                Vec::new()
            };
            Ok(Self {
                book,
                names,
                hidden,
                unpacked: scanned.unpacked,
                reader: SheetReader {
                    limits,
                    from_1904: scanned.from_1904,
                    cells: 0,
                    rows: 0,
                },
            })
        };
        caught(open).map_err(|fault| vec![*fault])
    }

    /// The names of its sheets, in its order.
    #[must_use]
    pub fn sheets(&self) -> &[Name] {
        &self.names
    }

    /// What of it its program does not show.
    #[must_use]
    pub fn hidden(&self) -> &[Hidden] {
        &self.hidden
    }

    /// Bytes of all that is in its archive.
    #[must_use]
    pub const fn unpacked(&self) -> u64 {
        self.unpacked
    }

    /// Cells that were read so far, empty ones before others among them, and the highest number of a row.
    #[must_use]
    pub const fn seen(&self) -> (usize, u32) {
        (self.reader.cells, self.reader.rows)
    }

    /// Reads a sheet, by its index: each row that has a cell, in the order of their numbers, until there is none or `each`
    /// says `false`.
    pub fn read(
        &mut self,
        sheet: usize,
        each: &mut dyn FnMut(Node) -> bool,
    ) -> Result<(), Vec<Fault>> {
        let Some(name) = self.names.get(sheet) else {
            return Ok(());
        };
        let (book, reader) = (&mut self.book, &mut self.reader);
        caught(|| reader.sheet(book, name, each)).map_err(|fault| vec![*fault])
    }
}

/// The library is large and young in places; a panic in it is a damaged workbook to the sender.
fn caught<T>(read: impl FnOnce() -> Result<T, Refused>) -> Result<T, Refused> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| Err(not_a_workbook()))
}

struct SheetReader<'l> {
    limits: &'l Limits,
    from_1904: bool,
    cells: usize,
    rows: u32,
}

impl SheetReader<'_> {
    fn sheet(
        &mut self,
        book: &mut Xlsx<Cursor<&[u8]>>,
        name: &str,
        each: &mut dyn FnMut(Node) -> bool,
    ) -> Result<(), Refused> {
        let unreadable = |_| not_a_workbook();
        let percents = Percents::of(book, name)?;
        let mut cells = book.worksheet_cells_reader(name).map_err(unreadable)?;
        let mut number = 0;
        let mut row: Vec<Node> = Vec::new();
        while let Some(cell) = cells
            .next_cell_with_formula_metadata()
            .map_err(unreadable)?
        {
            let (line, column) = (cell.pos.0.saturating_add(1), cell.pos.1.saturating_add(1));
            let at = At::new(line, column);
            let value = match cell.value {
                DataRef::Empty if cell.formula.is_some() => Value::Unreadable("formule".into()),
                DataRef::Empty => continue,
                value => match self.value(&value, name, at)? {
                    Value::Number(text) if percents.has(cell.pos) => {
                        Value::Measure(Measure::Percent, text)
                    }
                    value => value,
                },
            };
            if line != number {
                // No program writes a row behind a later one, or twice.
                if line < number {
                    return Err(not_a_workbook());
                }
                if number > 0 && !each(whole(number, &mut row)) {
                    return Ok(());
                }
                number = line;
                self.rows = self.rows.max(line);
            }
            self.place(&mut row, name, at, value)?;
        }
        if number > 0 {
            each(whole(number, &mut row));
        }
        Ok(())
    }

    /// Puts a cell where it belongs in its row, with empty cells before it.
    fn place(
        &mut self,
        row: &mut Vec<Node>,
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
        let column = at.column as usize - 1;
        if row.len() <= column {
            self.cells += column + 1 - row.len();
            if self.cells > self.limits.nodes {
                return Err(self.too_many_rows(sheet, at));
            }
            for empty in row.len()..=column {
                let empty = u32::try_from(empty + 1).unwrap_or(u32::MAX);
                row.push(Node::new(At::new(at.line, empty), Value::Null));
            }
        }
        if row[column].value != Value::Null {
            return Err(not_a_workbook());
        }
        row[column].value = value;
        Ok(())
    }

    fn value(&self, data: &DataRef<'_>, sheet: &str, at: At) -> Result<Value, Refused> {
        Ok(match data {
            DataRef::Empty => Value::Null,
            DataRef::Int(number) => whole_number(&number.to_string()),
            DataRef::Float(number) => spelled(*number),
            DataRef::DateTime(span) if span.is_duration() => match spelled(span.as_f64()) {
                Value::Number(text) => Value::Measure(Measure::Span, text),
                other => other,
            },
            DataRef::DateTime(moment) => {
                let serial = moment.as_f64();
                // What is less than a day is a time of day, which counts from no date.
                let is_date = moment.is_datetime() && serial >= 1.0;
                shown(if is_date && self.from_1904 {
                    serial + DAYS_1900_TO_1904
                } else {
                    serial
                })
            }
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

fn whole(number: u32, row: &mut Vec<Node>) -> Node {
    Node::new(At::new(number, 1), Value::List(std::mem::take(row)))
}

fn whole_number(spelling: &str) -> Value {
    if spelling.trim_start_matches('-').len() > DIGITS {
        Value::Unreadable(NO_DIGITS.into())
    } else {
        Value::Number(spelling.into())
    }
}

/// The shortest spelling that is the same number; no exponent, as people type numbers. A workbook keeps 15 digits: of a
/// whole number with more the last are gone, whatever stands in their place.
fn spelled(number: f64) -> Value {
    if number.is_finite() && number.abs() >= WHOLE_MAX {
        Value::Unreadable(NO_DIGITS.into())
    } else if number.is_finite() {
        // `-0` is zero to every program that shows a workbook.
        let number = if number == 0.0 { 0.0 } else { number };
        Value::Number(number.to_string().into())
    } else {
        Value::Unreadable("#NUM!".into())
    }
}

/// The same of a number that the sender's program shows as a date or a time.
fn shown(number: f64) -> Value {
    match spelled(number) {
        Value::Number(text) => Value::Moment(text),
        other => other,
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
