use super::cell_place;
use crate::adapters::Limits;
use crate::adapters::charset;
use crate::adapters::error::Refused;
use crate::adapters::locate::clamp;
use crate::adapters::scan::Eight;
use crate::adapters::scan::end_of_text;
use crate::document::At;
use crate::document::CsvWire;
use crate::document::Document;
use crate::document::Fault;
use crate::document::Format;
use crate::document::NO_END;
use crate::document::NO_LETTER;
use crate::document::NO_TEXT;
use crate::document::Node;
use crate::document::Value;
use std::borrow::Cow;

pub(in crate::adapters) fn decode(
    bytes: &[u8],
    wire: &CsvWire,
    limits: &Limits,
) -> Result<Document, Vec<Fault>> {
    let text = charset::text_of(bytes, wire.encoding, limits.faults);
    let text = text.map_err(|fault| vec![*fault])?;
    if text.text.is_empty() {
        return Err(vec![crate::adapters::empty()]);
    }
    let mut seen = Seen::default();
    let read = rows(&text, true, wire, limits, &mut seen);
    let (mut rows, _) = read.map_err(|fault| vec![*fault])?;
    let filled = rows.iter().rposition(|row| !row.items().is_empty());
    rows.truncate(filled.map_or(0, |last| last + 1));
    let root = Node::new(At::new(1, 1), Value::List(rows));
    Ok(Document::new(Format::Csv, root))
}

/// How much of a file was read.
#[derive(Default, Clone, Copy)]
pub(super) struct Seen {
    pub(super) rows: usize,
    pub(super) cells: usize,
}

/// The rows of a text that goes on where `seen` ends, and the bytes they take. Unless it is the last, the text ends with
/// a line end, and what is not a whole row yet is left.
pub(super) fn rows(
    text: &charset::Text<'_>,
    last: bool,
    wire: &CsvWire,
    limits: &Limits,
    seen: &mut Seen,
) -> Result<(Vec<Node>, usize), Refused> {
    let mut reader = Reader {
        text: &text.text,
        whole: text,
        delimiter: wire.delimiter,
        limits,
        last,
        position: 0,
        cells: seen.cells,
        width: 0,
    };
    let mut rows = Vec::new();
    let mut taken = 0;
    while reader.position < reader.text.len() {
        let number = clamp(seen.rows + 1);
        if number > limits.rows {
            return Err(reader.too_many_rows(number));
        }
        match reader.row(number) {
            Ok(cells) => rows.push(Node::new(At::new(number, 1), Value::List(cells))),
            Err(Stop::Unfinished) => break,
            Err(Stop::Refused(fault)) => return Err(fault),
        }
        taken = reader.position;
        seen.rows += 1;
        seen.cells = reader.cells;
    }
    Ok((rows, taken))
}

struct Reader<'a, 'l> {
    text: &'a str,
    whole: &'a charset::Text<'a>,
    delimiter: u8,
    limits: &'l Limits,
    /// Whether nothing comes after the text.
    last: bool,
    position: usize,
    cells: usize,
    /// Cells of the row before: the next one mostly has as many.
    width: usize,
}

/// What ended a cell.
#[derive(PartialEq)]
enum End {
    Cell,
    Row,
}

/// Why there is no row.
enum Stop {
    /// It goes on in what comes after the text.
    Unfinished,
    Refused(Refused),
}

impl From<Refused> for Stop {
    fn from(fault: Refused) -> Self {
        Self::Refused(fault)
    }
}

impl<'a> Reader<'a, '_> {
    fn row(&mut self, row: u32) -> Result<Vec<Node>, Stop> {
        if matches!(self.peek(), Some(b'\r' | b'\n')) {
            self.line_end();
            return Ok(Vec::new());
        }
        let mut cells = Vec::with_capacity(self.width);
        loop {
            let column = clamp(cells.len() + 1);
            if column > self.limits.columns {
                return Err(self.too_many_columns(row, column).into());
            }
            let at = At::new(row, column);
            let start = self.position;
            let (text, wrong, end) = self.cell(at)?;
            self.check(&text, at)?;
            // What cannot be read is this cell's own matter, and stops no other; a mark amid a text is its row's.
            let gap = || {
                self.whole
                    .has_gap(start, self.position)
                    .then_some(NO_LETTER)
            };
            let wrong = wrong.filter(|why| *why == NO_END).or_else(gap).or(wrong);
            let value = match wrong {
                Some(why) => Value::Unreadable(why.into()),
                None => Value::Text(text.into()),
            };
            cells.push(Node::new(at, value));
            if end == End::Row {
                self.width = cells.len();
                return Ok(cells);
            }
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.position).copied()
    }

    fn line_end(&mut self) {
        self.position += if self.text[self.position..].starts_with("\r\n") {
            2
        } else {
            1
        };
    }

    /// A cell, why it is none where it holds U+0000 or goes on behind its closing quotation mark, and what ended it.
    fn cell(&mut self, at: At) -> Result<(Cow<'a, str>, Option<&'static str>, End), Stop> {
        let quoted = if self.peek() == Some(b'"') {
            Some(self.quoted(at)?)
        } else {
            None
        };
        let (rest, has_nul) = self.bare();
        let (text, wrong) = match quoted {
            Some(text) if !rest.is_empty() => (text, Some(NO_END)),
            Some(text) => {
                let has_nul = text.contains('\0');
                (text, has_nul.then_some(NO_TEXT))
            }
            None => (Cow::Borrowed(rest), has_nul.then_some(NO_TEXT)),
        };
        match self.peek() {
            None => Ok((text, wrong, End::Row)),
            Some(b'\r' | b'\n') => {
                self.line_end();
                Ok((text, wrong, End::Row))
            }
            Some(_) => {
                self.position += 1;
                Ok((text, wrong, End::Cell))
            }
        }
    }

    /// The text up to the next delimiter or line end, and whether it holds U+0000.
    fn bare(&mut self) -> (&'a str, bool) {
        let rest = &self.text.as_bytes()[self.position..];
        let ends = |eight: Eight| {
            let line = eight.same(b'\r').or(eight.same(b'\n'));
            line.or(eight.same(self.delimiter))
        };
        let (end, has_nul) = end_of_text(rest, ends, |eight| eight.same(0));
        let start = self.position;
        self.position += end.unwrap_or(rest.len());
        (&self.text[start..self.position], has_nul)
    }

    fn quoted(&mut self, at: At) -> Result<Cow<'a, str>, Stop> {
        self.position += 1;
        let mut text = Cow::Borrowed("");
        loop {
            let rest = &self.text[self.position..];
            let found = rest.find('"');
            let length = found.unwrap_or(rest.len());
            // Wherever it ends: a mark that is not closed does not make the rest of a large file one cell.
            if text.len() + length > self.limits.text {
                return Err(self.too_long(at).into());
            }
            if found.is_none() {
                return Err(if self.last {
                    Stop::Refused(unclosed(at))
                } else {
                    Stop::Unfinished
                });
            }
            self.position += length + 1;
            let doubled = self.peek() == Some(b'"');
            // A doubled mark stands for one: take the first along with what is before it.
            let piece = &rest[..length + usize::from(doubled)];
            if text.is_empty() {
                text = Cow::Borrowed(piece);
            } else {
                text.to_mut().push_str(piece);
            }
            if !doubled {
                return Ok(text);
            }
            self.position += 1;
        }
    }

    fn check(&mut self, text: &str, at: At) -> Result<(), Refused> {
        self.cells += 1;
        if text.len() > self.limits.text {
            return Err(self.too_long(at));
        }
        if self.cells > self.limits.nodes {
            return Err(self.too_many_rows(at.line));
        }
        Ok(())
    }

    fn too_many_rows(&self, row: u32) -> Refused {
        let (rows, cells) = (self.limits.rows, self.limits.nodes);
        refuse(
            "csv.rijen",
            At::new(row, 0),
            format!(
                "Het bestand heeft meer dan {rows} rijen of {cells} cellen. Stuur het in delen."
            ),
            format!("The file has more than {rows} rows or {cells} cells. Send it in parts."),
        )
    }

    fn too_many_columns(&self, row: u32, column: u32) -> Refused {
        let columns = self.limits.columns;
        refuse(
            "csv.kolommen",
            At::new(row, column),
            format!(
                "Deze rij heeft meer dan {columns} kolommen. Controleer het scheidingsteken en de aanhalingstekens."
            ),
            format!(
                "This row has more than {columns} columns. Check the delimiter and the quotation marks."
            ),
        )
    }

    fn too_long(&self, at: At) -> Refused {
        let limit = self.limits.text;
        refuse(
            "csv.cel",
            at,
            format!(
                "Deze cel heeft meer dan {limit} bytes tekst. Kort hem in, of controleer of een aanhalingsteken ontbreekt."
            ),
            format!(
                "This cell has more than {limit} bytes of text. Shorten it, or check whether a quotation mark is missing."
            ),
        )
    }
}

fn unclosed(at: At) -> Refused {
    refuse(
        "csv.aanhaling",
        at,
        "Deze cel begint met een aanhalingsteken dat nergens gesloten wordt. Sluit het, of verdubbel het als het bij de tekst hoort.",
        "This cell starts with a quotation mark that is not closed anywhere. Close it, or double it if it belongs to the text.",
    )
}

fn refuse(code: &'static str, at: At, nl: impl Into<String>, en: impl Into<String>) -> Refused {
    Box::new(Fault::refused(code, cell_place(at.line, at.column), nl, en))
}
