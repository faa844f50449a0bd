//! How a child process hands over what it reads, frame by frame: a byte that says which, a length, and so many bytes.
//! First comes the head, then rows in blocks, then the end; or, at any moment, faults. Places are not sent: a cell's
//! place follows from where it stands.
//!
//! The child has read hostile bytes, so the parent trusts nothing in a frame: every length is checked against what is
//! there, before room is made for it.

use crate::document::At;
use crate::document::Fault;
use crate::document::Hidden;
use crate::document::Measure;
use crate::document::Name;
use crate::document::Node;
use crate::document::Value;

const HEAD: u8 = b'H';
const ROWS: u8 = b'R';
const END: u8 = b'E';
const FAULTS: u8 = b'F';

/// Bytes before what a frame holds.
pub(super) const BEFORE: usize = 5;
/// Most bytes of one row: as much as a whole message may have.
const ROW_BYTES: usize = 25 * 1024 * 1024;
/// Bytes and rows from which a block is sent.
const BLOCK_BYTES: usize = 128 * 1024;
const BLOCK_ROWS: usize = 512;
/// Most bytes of a frame.
const FRAME_BYTES: usize = ROW_BYTES + BLOCK_BYTES + 64;

/// What a workbook says before its rows are read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Head {
    pub(super) sheets: Vec<Name>,
    pub(super) hidden: Vec<Hidden>,
    /// Bytes of all that is in its archive.
    pub(super) unpacked: u64,
}

/// What a child says.
#[derive(Debug, PartialEq)]
pub(super) enum Frame {
    Head(Head),
    /// Rows of a sheet, by its index.
    Rows {
        sheet: usize,
        rows: Vec<Node>,
    },
    /// Cells that were read, and the highest number of a row.
    End {
        cells: usize,
        rows: u32,
    },
    Faults(Vec<Fault>),
}

fn framed(kind: u8, holds: &[u8]) -> Option<Vec<u8>> {
    if holds.len() > FRAME_BYTES {
        return None;
    }
    let mut out = vec![kind];
    put_length(&mut out, holds.len())?;
    out.extend(holds);
    Some(out)
}

/// The frame of a head; `None` if it is more than a frame holds.
pub(super) fn head(head: &Head) -> Option<Vec<u8>> {
    let mut out = head.unpacked.to_le_bytes().to_vec();
    put_length(&mut out, head.sheets.len())?;
    for name in &head.sheets {
        put_text(&mut out, name)?;
    }
    put_length(&mut out, head.hidden.len())?;
    for one in &head.hidden {
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
    framed(HEAD, &out)
}

/// The frame of an end.
pub(super) fn end(cells: usize, rows: u32) -> Option<Vec<u8>> {
    let mut out = u64::try_from(cells).ok()?.to_le_bytes().to_vec();
    out.extend(rows.to_le_bytes());
    framed(END, &out)
}

/// The frame of faults.
pub(super) fn faults(faults: &[Fault]) -> Option<Vec<u8>> {
    framed(FAULTS, &serde_json::to_vec(faults).ok()?)
}

/// Rows of a sheet that become a frame.
pub(super) struct Block {
    sheet: usize,
    rows: usize,
    out: Vec<u8>,
}

impl Block {
    pub(super) const fn of(sheet: usize) -> Self {
        Self {
            sheet,
            rows: 0,
            out: Vec::new(),
        }
    }

    /// Adds a row; `None` if it is more than a frame holds, or is none.
    pub(super) fn add(&mut self, row: &Node) -> Option<()> {
        let before = self.out.len();
        self.out.extend(row.at.line.to_le_bytes());
        put_length(&mut self.out, row.items().len())?;
        for cell in row.items() {
            put_cell(&mut self.out, &cell.value)?;
        }
        self.rows += 1;
        (self.out.len() - before <= ROW_BYTES).then_some(())
    }

    /// Whether there are enough rows to send.
    pub(super) const fn is_full(&self) -> bool {
        self.rows >= BLOCK_ROWS || self.out.len() >= BLOCK_BYTES
    }

    /// The frame of the rows that were not sent yet.
    pub(super) fn take(&mut self) -> Option<Vec<u8>> {
        let mut out = Vec::with_capacity(self.out.len() + 8);
        put_length(&mut out, self.sheet)?;
        put_length(&mut out, self.rows)?;
        out.append(&mut self.out);
        self.rows = 0;
        framed(ROWS, &out)
    }
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
        Value::Moment(text) => (b'm', Some(text)),
        Value::Measure(Measure::Percent, text) => (b'p', Some(text)),
        Value::Measure(Measure::Span, text) => (b'd', Some(text)),
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

/// What kind of frame comes, and how many bytes it holds; `None` for more than a frame may.
pub(super) fn before(bytes: [u8; BEFORE]) -> Option<(u8, usize)> {
    let [kind, length @ ..] = bytes;
    let length = usize::try_from(u32::from_le_bytes(length)).ok()?;
    (length <= FRAME_BYTES).then_some((kind, length))
}

/// Reads what a frame holds; `None` if it is not that, whole and nothing more, or if a row has more columns than may be.
pub(super) fn read(kind: u8, bytes: &[u8], columns: u32) -> Option<Frame> {
    let mut rest = Rest { rest: bytes };
    let frame = match kind {
        HEAD => Frame::Head(rest.head()?),
        ROWS => {
            let sheet = rest.length()?;
            let count = rest.count(8).filter(|count| *count <= BLOCK_ROWS)?;
            let rows = (0..count).map(|_| rest.row(columns));
            let rows = rows.collect::<Option<_>>()?;
            Frame::Rows { sheet, rows }
        }
        END => Frame::End {
            cells: usize::try_from(rest.long()?).ok()?,
            rows: rest.number()?,
        },
        FAULTS => {
            let faults: Vec<Fault> = serde_json::from_slice(bytes).ok()?;
            return (!faults.is_empty()).then_some(Frame::Faults(faults));
        }
        _ => return None,
    };
    rest.rest.is_empty().then_some(frame)
}

struct Rest<'a> {
    rest: &'a [u8],
}

impl<'a> Rest<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        Some(taken)
    }

    fn long(&mut self) -> Option<u64> {
        Some(u64::from_le_bytes(self.take(8)?.try_into().ok()?))
    }

    fn number(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.take(4)?.try_into().ok()?))
    }

    fn length(&mut self) -> Option<usize> {
        usize::try_from(self.number()?).ok()
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

    fn head(&mut self) -> Option<Head> {
        let unpacked = self.long()?;
        let count = self.count(4)?;
        let names = (0..count).map(|_| self.text().map(Name::from));
        let sheets = names.collect::<Option<_>>()?;
        let count = self.count(13)?;
        let hidden = (0..count).map(|_| self.hidden()).collect::<Option<_>>()?;
        Some(Head {
            sheets,
            hidden,
            unpacked,
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

    fn row(&mut self, columns: u32) -> Option<Node> {
        let line = self.number().filter(|line| *line > 0)?;
        let cells = self.count(1)?;
        let cells = u32::try_from(cells)
            .ok()
            .filter(|cells| *cells <= columns)?;
        let cells = (1..=cells)
            .map(|column| {
                let at = At::new(line, column);
                self.cell().map(|value| Node::new(at, value))
            })
            .collect::<Option<_>>()?;
        Some(Node::new(At::new(line, 1), Value::List(cells)))
    }

    fn cell(&mut self) -> Option<Value> {
        Some(match self.take(1)?[0] {
            b'0' => Value::Null,
            b'f' => Value::Bool(false),
            b't' => Value::Bool(true),
            b'n' => Value::Number(self.text()?.into()),
            b'm' => Value::Moment(self.text()?.into()),
            b'p' => Value::Measure(Measure::Percent, self.text()?.into()),
            b'd' => Value::Measure(Measure::Span, self.text()?.into()),
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

    const COLUMNS: u32 = 8;

    fn row(line: u32) -> Node {
        let cell = |column, value| Node::new(At::new(line, column), value);
        let cells = vec![
            cell(1, Value::Null),
            cell(2, Value::Bool(true)),
            cell(3, Value::Number("1.5".into())),
            cell(4, Value::Text("é".into())),
            cell(5, Value::Unreadable("#N/A".into())),
            cell(6, Value::Moment("45323".into())),
            cell(7, Value::Measure(Measure::Percent, "0.6".into())),
            cell(8, Value::Measure(Measure::Span, "1.5".into())),
        ];
        Node::new(At::new(line, 1), Value::List(cells))
    }

    /// One frame of each kind, and what it says.
    fn frames() -> Vec<(Vec<u8>, Frame)> {
        let hidden = Hidden {
            sheet: "Blad 1".into(),
            whole: false,
            rows: vec![(2, 3), (7, 7)],
            columns: vec![(1, 1)],
        };
        let all = Head {
            sheets: vec!["Blad 1".into(), "é".into()],
            hidden: vec![hidden],
            unpacked: 5_000_000_000,
        };
        let mut block = Block::of(1);
        assert_eq!(block.add(&row(2)), Some(()));
        assert_eq!(block.add(&row(9)), Some(()));
        assert!(!block.is_full());
        let found = vec![Fault::refused("werkmap.vorm", Place::Whole, "nl", "en")];
        vec![
            (head(&all).unwrap(), Frame::Head(all)),
            (
                block.take().unwrap(),
                Frame::Rows {
                    sheet: 1,
                    rows: vec![row(2), row(9)],
                },
            ),
            (end(7, 9).unwrap(), Frame::End { cells: 7, rows: 9 }),
            (faults(&found).unwrap(), Frame::Faults(found)),
        ]
    }

    fn read_all(bytes: &[u8]) -> Option<Frame> {
        let (start, rest) = bytes.split_first_chunk::<BEFORE>()?;
        let (kind, length) = before(*start)?;
        (length == rest.len()).then_some(())?;
        read(kind, rest, COLUMNS)
    }

    #[test]
    fn a_frame_gives_back_what_was_put_in_with_its_places() {
        for (bytes, expected) in frames() {
            assert_eq!(read_all(&bytes), Some(expected));
        }
    }

    #[test]
    fn a_frame_that_is_cut_or_goes_on_is_none() {
        for (bytes, _) in frames() {
            let (start, rest) = bytes.split_first_chunk::<BEFORE>().unwrap();
            let (kind, _) = before(*start).unwrap();
            for length in 0..rest.len() {
                assert!(read(kind, &rest[..length], COLUMNS).is_none());
            }
            let more = [rest, b"0"].concat();
            assert!(read(kind, &more, COLUMNS).is_none());
        }
    }

    #[test]
    fn rows_are_sent_when_there_are_enough_and_none_is_larger_or_wider_than_may_be() {
        let mut block = Block::of(0);
        let mut sent = 0;
        for line in 1..=1_200 {
            block.add(&row(line)).unwrap();
            if block.is_full() {
                block.take().unwrap();
                sent += 1;
            }
        }
        assert_eq!(sent, 2);
        let long = Value::Text("x".repeat(BLOCK_BYTES).into());
        let long = |times| {
            let cells = (0..times).map(|_| Node::made(long.clone()));
            Node::new(At::new(1, 1), Value::List(cells.collect()))
        };
        let mut one = Block::of(0);
        one.add(&long(1)).unwrap();
        assert!(one.is_full());
        assert!(Block::of(0).add(&long(ROW_BYTES / BLOCK_BYTES)).is_none());
        let mut block = Block::of(0);
        block.add(&row(1)).unwrap();
        let bytes = block.take().unwrap();
        assert!(read(ROWS, &bytes[BEFORE..], COLUMNS - 1).is_none());
        assert!(
            before([ROWS, 0, 0, 0, 2]).is_none(),
            "more than a frame holds"
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_frame_makes_the_parent_panic(bytes in proptest::collection::vec(any::<u8>(), 0..64), kind in 0_usize..5) {
            let _ = read(b"HREFX"[kind], &bytes, COLUMNS);
        }
    }
}
