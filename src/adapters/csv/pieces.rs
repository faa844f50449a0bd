use crate::adapters::Limits;
use crate::adapters::charset::Parts;
use crate::adapters::charset::Text;
use crate::adapters::csv::cell_place;
use crate::adapters::csv::read;
use crate::adapters::error::Refused;
use crate::adapters::locate::clamp;
use crate::document::CsvWire;
use crate::document::Fault;
use crate::document::Node;

/// Bytes to read at once: some hundred rows. With all that is made of them they fit in the memory that a processor has of
/// its own; a piece four times as large takes nearly twice the time a row.
pub(crate) const PIECE: usize = 64 * 1024;
/// Most bytes of one row: as much as a whole message may have.
const ROW_BYTES: usize = 25 * 1024 * 1024;

/// Reads a CSV that comes in pieces, however they are cut: all pieces together give the rows and the
/// refusals of [`decode`](crate::adapters::decode), but for blank rows at the end, which it drops.
///
/// What is held of the file is at most a piece and the row that is not whole yet. Whether a file can be taken is known
/// at its end only: rows that were given before a refusal do not count.
pub struct CsvRows {
    wire: CsvWire,
    limits: Limits,
    parts: Parts,
    /// What came after the last line end.
    tail: Vec<u8>,
    /// The text before it that is not a whole row yet.
    text: Text<'static>,
    /// The length from which it is looked at again, so that a long row is not read once more for every piece.
    again: usize,
    bytes: usize,
    /// Whether there is a character in it.
    says: bool,
    seen: read::Seen,
    refused: Option<Refused>,
    /// Whether the rest does not matter any more.
    stopped: bool,
}

impl CsvRows {
    /// A reader with the limits of the whole file, mostly [`Limits::in_pieces`].
    #[must_use]
    pub fn new(wire: &CsvWire, limits: &Limits) -> Self {
        Self {
            wire: wire.clone(),
            limits: limits.clone(),
            parts: Parts::new(wire.encoding, limits.faults),
            tail: Vec::new(),
            text: Text::default(),
            again: 0,
            bytes: 0,
            says: false,
            seen: read::Seen::default(),
            refused: None,
            stopped: false,
        }
    }

    /// The rows that are whole with the next piece.
    pub fn push(&mut self, piece: &[u8]) -> Vec<Node> {
        self.bytes = self.bytes.saturating_add(piece.len());
        self.stopped |= self.bytes > self.limits.bytes;
        if self.stopped {
            return Vec::new();
        }
        let from = self.tail.len().saturating_sub(1);
        self.tail.extend(piece);
        let Some(end) = line_end(&self.tail, from) else {
            self.check_row();
            return Vec::new();
        };
        let rest = self.tail.split_off(end);
        let part = std::mem::replace(&mut self.tail, rest);
        self.read(&part, false)
    }

    /// The rows that are left, or why the file is refused.
    pub fn end(&mut self) -> Result<Vec<Node>, Vec<Fault>> {
        let part = std::mem::take(&mut self.tail);
        let rows = self.read(&part, true);
        if self.bytes > self.limits.bytes {
            return Err(vec![crate::adapters::too_large(self.limits.bytes)]);
        }
        if self.bytes == 0 {
            return Err(vec![crate::adapters::empty()]);
        }
        self.parts.verdict().map_err(|fault| vec![*fault])?;
        match self.refused.take() {
            Some(fault) => Err(vec![*fault]),
            None if !self.says => Err(vec![crate::adapters::empty()]),
            None => Ok(rows),
        }
    }

    /// Whether what was read is more than a message to the gateway may be.
    #[must_use]
    pub fn exceeds(&self, message: &Limits) -> bool {
        self.bytes > message.bytes
            || clamp(self.seen.rows) > message.rows
            || self.seen.cells > message.nodes
    }

    fn read(&mut self, part: &[u8], last: bool) -> Vec<Node> {
        // After a refusal the rest is looked at for its encoding alone.
        let text = self.parts.text(part);
        self.parts.pass(&text);
        self.says |= !text.text.is_empty();
        if self.refused.is_some() {
            return Vec::new();
        }
        self.text.append(&text);
        if !last && self.text.text.len() < self.again {
            self.check_row();
            return Vec::new();
        }
        match read::rows(&self.text, last, &self.wire, &self.limits, &mut self.seen) {
            Ok((rows, taken)) => {
                self.text.forget(taken);
                self.again = 2 * self.text.text.len();
                self.check_row();
                rows
            }
            Err(fault) => {
                self.refuse(fault);
                Vec::new()
            }
        }
    }

    /// Holds no more of a row than may be.
    fn check_row(&mut self) {
        if self.text.text.len() + self.tail.len() <= ROW_BYTES {
            return;
        }
        self.stopped = true;
        self.tail = Vec::new();
        if self.refused.is_none() {
            self.refuse(too_long(clamp(self.seen.rows + 1)));
        }
    }

    fn refuse(&mut self, fault: Refused) {
        self.refused = Some(fault);
        self.text = Text::default();
    }
}

fn too_long(row: u32) -> Refused {
    Box::new(Fault::refused(
        "csv.rij",
        cell_place(row, 0),
        format!(
            "Deze rij heeft meer dan {ROW_BYTES} bytes. Controleer de regeleinden en de aanhalingstekens."
        ),
        format!(
            "This row has more than {ROW_BYTES} bytes. Check the line ends and the quotation marks."
        ),
    ))
}

/// Behind the last line end from an offset on. A carriage return at the very end may be the first half of one.
fn line_end(bytes: &[u8], from: usize) -> Option<usize> {
    let ends = |index: &usize| match bytes[*index] {
        b'\n' => true,
        b'\r' => bytes.get(index + 1).is_some_and(|next| *next != b'\n'),
        _ => false,
    };
    let last = (from..bytes.len()).rev().find(ends)?;
    Some(last + 1)
}
