use crate::adapters::fill;
use crate::document::Fault;
use crate::document::Hidden;
use crate::document::Name;
use crate::document::Node;
use crate::document::Place;
use crate::mapping::Decoded;
use crate::mapping::decode::Reader;
use crate::mapping::decode::nothing;
use crate::mapping::decode::row::Area;
use crate::mapping::decode::row::Header;
use crate::mapping::decode::together::Runs;

/// Reads the rows of a CSV block by block: all blocks together say what [`Mapping::decode`](crate::mapping::Mapping::decode)
/// says of them at once, whatever rows are in which block. Rows carry their own numbers.
pub struct Table<'m> {
    reader: Reader<'m>,
    rows: Rows,
    runs: Runs,
    /// Whether something was read, and whether the file is refused.
    says: bool,
    refused: bool,
}

impl<'m> Table<'m> {
    pub(crate) fn new(reader: Reader<'m>) -> Self {
        Self {
            reader,
            rows: Rows::default(),
            runs: Runs::default(),
            says: false,
            refused: false,
        }
    }

    /// What the next rows say: their elements, and what is wrong with the file as a whole as far as they show it.
    pub fn rows(&mut self, rows: Vec<Node>) -> Decoded {
        let (mut begun, mut below) = (Decoded::default(), Decoded::default());
        let of = (None, None);
        self.rows.take(
            &self.reader,
            of,
            rows,
            &mut self.runs,
            (&mut begun, &mut below),
        );
        self.note(begun, below)
    }

    /// What is left to say when all rows were given.
    pub fn end(&mut self) -> Decoded {
        let (mut begun, mut below) = (Decoded::default(), Decoded::default());
        let of = (None, None);
        let said = (&mut begun, &mut below);
        self.rows.end(&self.reader, of, &mut self.runs, said);
        let mut decoded = self.note(begun, below);
        if !self.says && !self.refused {
            decoded.faults.push(nothing(Place::Whole));
        }
        decoded
    }

    fn note(&mut self, begun: Decoded, below: Decoded) -> Decoded {
        let mut decoded = below;
        decoded.faults.splice(0..0, begun.faults);
        self.says |= !decoded.elements.is_empty();
        self.refused |= decoded.faults.iter().any(Fault::refuses);
        decoded
    }
}

/// A table of which the rows come block by block.
pub(super) enum Rows {
    /// The first rows, in which the header row is looked for.
    Before(Vec<Node>),
    Below(Header),
    /// There is no header, or it refuses the table.
    Nowhere,
}

/// The sheet of a table, and what of it is not read.
type Of<'a> = (Option<&'a Name>, Option<&'a Hidden>);

impl Default for Rows {
    fn default() -> Self {
        Self::Before(Vec::new())
    }
}

impl Rows {
    /// Reads the next rows: what the header says, and what the rows below it say.
    pub(super) fn take(
        &mut self,
        reader: &Reader<'_>,
        of: Of<'_>,
        rows: Vec<Node>,
        runs: &mut Runs,
        (begun, below): (&mut Decoded, &mut Decoded),
    ) {
        match self {
            Self::Before(first) => {
                let within = reader.plan.table.header_within;
                for row in rows {
                    // the header is looked for among rows without cells too
                    fill(first, row.at.line.min(clamp(within + 1)));
                    first.push(row);
                }
                if first.len() >= within {
                    self.begin(reader, of, runs, (begun, below));
                }
            }
            Self::Below(header) => {
                reader.rows_below(header, Area::of(of.0, &rows, of.1), 0, runs, below);
            }
            Self::Nowhere => {}
        }
    }

    /// Reads what was kept: to find the header, and of the last element.
    pub(super) fn end(
        &mut self,
        reader: &Reader<'_>,
        of: Of<'_>,
        runs: &mut Runs,
        (begun, below): (&mut Decoded, &mut Decoded),
    ) {
        self.begin(reader, of, runs, (begun, &mut *below));
        if let Self::Below(header) = self {
            runs.end(reader, header.columns(), of.0, below);
            header.end(of.0, below);
        }
    }

    fn begin(
        &mut self,
        reader: &Reader<'_>,
        of: Of<'_>,
        runs: &mut Runs,
        (begun, below): (&mut Decoded, &mut Decoded),
    ) {
        let Self::Before(rows) = self else {
            return;
        };
        let rows = std::mem::take(rows);
        let area = |rows| Area::of(of.0, rows, of.1);
        *self = match reader.begin(area(&rows), begun) {
            Some((mut header, first)) => {
                reader.rows_below(&mut header, area(&rows[first..]), first, runs, below);
                Self::Below(header)
            }
            None => Self::Nowhere,
        };
    }
}

fn clamp(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
