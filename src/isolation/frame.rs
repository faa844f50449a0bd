//! How a child process hands over what it read: a byte that says which, then a workbook in lengths and bytes, or
//! faults as JSON. Places are not sent: a cell's place follows from where it stands.
//!
//! The child has read hostile bytes, so the parent trusts nothing in a frame: every length is checked against what is
//! there, before room is made for it.

use crate::document::At;
use crate::document::Document;
use crate::document::Fault;
use crate::document::Format;
use crate::document::Hidden;
use crate::document::Name;
use crate::document::Node;
use crate::document::Value;

/// What a child read.
pub(super) type Outcome = Result<Document, Vec<Fault>>;

const DOCUMENT: u8 = b'D';
const FAULTS: u8 = b'F';

/// The frame of an outcome; `None` for a document that is not a workbook.
pub(super) fn write(outcome: &Outcome) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    match outcome {
        Err(faults) => {
            out.push(FAULTS);
            serde_json::to_writer(&mut out, faults).ok()?;
        }
        Ok(document) => {
            let Value::Map(sheets) = &document.root.value else {
                return None;
            };
            out.push(DOCUMENT);
            put_length(&mut out, sheets.len())?;
            for (name, sheet) in sheets {
                put_text(&mut out, name)?;
                put_length(&mut out, sheet.items().len())?;
                for row in sheet.items() {
                    put_length(&mut out, row.items().len())?;
                    for cell in row.items() {
                        put_cell(&mut out, &cell.value)?;
                    }
                }
            }
            put_length(&mut out, document.hidden.len())?;
            for one in &document.hidden {
                put_text(&mut out, &one.sheet)?;
                out.push(u8::from(one.whole));
                for ranges in [&one.rows, &one.columns] {
                    put_length(&mut out, ranges.len())?;
                    for (from, to) in ranges {
                        out.extend(from.to_le_bytes());
                        out.extend(to.to_le_bytes());
                    }
                }
            }
        }
    }
    Some(out)
}

fn put_length(out: &mut Vec<u8>, length: usize) -> Option<()> {
    out.extend(u32::try_from(length).ok()?.to_le_bytes());
    Some(())
}

fn put_text(out: &mut Vec<u8>, text: &str) -> Option<()> {
    put_length(out, text.len())?;
    out.extend(text.as_bytes());
    Some(())
}

fn put_cell(out: &mut Vec<u8>, value: &Value) -> Option<()> {
    let (kind, text) = match value {
        Value::Null => (b'0', None),
        Value::Bool(false) => (b'f', None),
        Value::Bool(true) => (b't', None),
        Value::Number(text) => (b'n', Some(text)),
        Value::Text(text) => (b's', Some(text)),
        Value::Unreadable(text) => (b'e', Some(text)),
        Value::List(_) | Value::Map(_) => return None,
    };
    out.push(kind);
    match text {
        Some(text) => put_text(out, text),
        None => Some(()),
    }
}

/// Reads a frame; `None` if it is not one, whole and nothing more.
pub(super) fn read(bytes: &[u8]) -> Option<Outcome> {
    let (kind, rest) = bytes.split_first()?;
    match *kind {
        FAULTS => {
            let faults: Vec<Fault> = serde_json::from_slice(rest).ok()?;
            (!faults.is_empty()).then_some(Err(faults))
        }
        DOCUMENT => {
            let mut frame = Frame { rest };
            let document = frame.document()?;
            frame.rest.is_empty().then_some(Ok(document))
        }
        _ => None,
    }
}

struct Frame<'a> {
    rest: &'a [u8],
}

impl<'a> Frame<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        Some(taken)
    }

    fn length(&mut self) -> Option<usize> {
        let bytes = self.take(4)?.try_into().ok()?;
        usize::try_from(u32::from_le_bytes(bytes)).ok()
    }

    /// A number of parts that follow, each of at least so many bytes.
    fn count(&mut self, least: usize) -> Option<usize> {
        let count = self.length()?;
        (count <= self.rest.len() / least).then_some(count)
    }

    fn text(&mut self) -> Option<&'a str> {
        let length = self.length()?;
        std::str::from_utf8(self.take(length)?).ok()
    }

    fn document(&mut self) -> Option<Document> {
        let count = self.count(8)?;
        let mut sheets: Vec<(Name, Node)> = Vec::with_capacity(count);
        for _ in 0..count {
            let name = Name::from(self.text()?);
            let rows = self.count(4)?;
            let rows = (1..=rows).map(|row| self.row(row)).collect::<Option<_>>()?;
            sheets.push((name, Node::new(At::new(1, 1), Value::List(rows))));
        }
        let root = Node::new(At::default(), Value::Map(sheets));
        let count = self.count(13)?;
        let hidden = (0..count).map(|_| self.hidden()).collect::<Option<_>>()?;
        Some(Document {
            hidden,
            ..Document::new(Format::Excel, root)
        })
    }

    fn hidden(&mut self) -> Option<Hidden> {
        Some(Hidden {
            sheet: self.text()?.into(),
            whole: match self.take(1)?[0] {
                0 => false,
                1 => true,
                _ => return None,
            },
            rows: self.ranges()?,
            columns: self.ranges()?,
        })
    }

    fn ranges(&mut self) -> Option<Vec<(u32, u32)>> {
        let count = self.count(8)?;
        let mut number = || Some(u32::from_le_bytes(self.take(4)?.try_into().ok()?));
        let mut last = 0;
        let mut ranges = Vec::with_capacity(count);
        for _ in 0..count {
            let (from, to) = (number()?, number()?);
            // In order, or looking one up would not end where it should.
            if from <= last || to < from {
                return None;
            }
            last = to;
            ranges.push((from, to));
        }
        Some(ranges)
    }

    fn row(&mut self, row: usize) -> Option<Node> {
        let row = u32::try_from(row).ok()?;
        let cells = self.count(1)?;
        let cells = (1..=cells)
            .map(|column| {
                let at = At::new(row, u32::try_from(column).ok()?);
                self.cell().map(|value| Node::new(at, value))
            })
            .collect::<Option<_>>()?;
        Some(Node::new(At::new(row, 1), Value::List(cells)))
    }

    fn cell(&mut self) -> Option<Value> {
        Some(match self.take(1)?[0] {
            b'0' => Value::Null,
            b'f' => Value::Bool(false),
            b't' => Value::Bool(true),
            b'n' => Value::Number(self.text()?.into()),
            b's' => Value::Text(self.text()?.into()),
            b'e' => Value::Unreadable(self.text()?.into()),
            _ => return None,
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::document::Place;
    use proptest::prelude::*;

    fn workbook() -> Document {
        let cell = |column, value| Node::new(At::new(2, column), value);
        let row = Value::List(vec![
            cell(1, Value::Null),
            cell(2, Value::Bool(true)),
            cell(3, Value::Number("1.5".into())),
            cell(4, Value::Text("é".into())),
            cell(5, Value::Unreadable("#N/A".into())),
        ]);
        let rows = vec![
            Node::new(At::new(1, 1), Value::List(vec![])),
            Node::new(At::new(2, 1), row),
        ];
        let sheet = Node::new(At::new(1, 1), Value::List(rows));
        let sheets = Value::Map(vec![("Blad 1".into(), sheet)]);
        Document::new(Format::Excel, Node::new(At::default(), sheets))
    }

    #[test]
    fn a_frame_gives_back_what_was_put_in_with_its_places() {
        let document = workbook();
        let frame = write(&Ok(document.clone())).unwrap();
        assert!(read(&frame).unwrap().unwrap() == document);
        let faults = vec![Fault::refused("werkmap.vorm", Place::Whole, "nl", "en")];
        let frame = write(&Err(faults.clone())).unwrap();
        assert_eq!(read(&frame).unwrap().unwrap_err(), faults);
    }

    #[test]
    fn a_frame_that_is_cut_or_goes_on_is_none() {
        let mut frame = write(&Ok(workbook())).unwrap();
        for length in 0..frame.len() {
            assert!(read(&frame[..length]).is_none());
        }
        frame.push(0);
        assert!(read(&frame).is_none());
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_frame_makes_the_parent_panic(bytes in proptest::collection::vec(any::<u8>(), 0..64), kind in 0_usize..3) {
            let mut frame = vec![b"DFX"[kind]];
            frame.extend(bytes);
            let _ = read(&frame);
        }
    }
}
