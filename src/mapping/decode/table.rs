use crate::document::Fault;
use crate::document::Node;
use crate::document::Place;
use crate::mapping::Decoded;
use crate::mapping::decode::Reader;
use crate::mapping::decode::nothing;
use crate::mapping::decode::row::Area;
use crate::mapping::decode::row::Header;

/// Reads the rows of a CSV block by block: all blocks together say what [`Mapping::decode`](crate::mapping::Mapping::decode)
/// says of them at once, whatever rows are in which block. Rows carry their own numbers.
pub struct Table<'m> {
    reader: Reader<'m>,
    state: State,
    /// Whether something was read, and whether the file is refused.
    says: bool,
    refused: bool,
}

enum State {
    /// The first rows, in which the header row is looked for.
    Before(Vec<Node>),
    Below(Header),
    /// There is no header, or it refuses the table.
    Nowhere,
}

impl<'m> Table<'m> {
    pub(crate) const fn new(reader: Reader<'m>) -> Self {
        Self {
            reader,
            state: State::Before(Vec::new()),
            says: false,
            refused: false,
        }
    }

    /// What the next rows say: their elements, and what is wrong with the file as a whole as far as they show it.
    pub fn rows(&mut self, rows: Vec<Node>) -> Decoded {
        let mut decoded = Decoded::default();
        match &mut self.state {
            State::Before(first) => {
                first.extend(rows);
                if first.len() >= self.reader.plan.table.header_within {
                    self.begin(&mut decoded);
                }
            }
            State::Below(header) => {
                self.reader
                    .rows_below(header, Area::of(&rows), 0, &mut decoded);
            }
            State::Nowhere => {}
        }
        self.note(decoded)
    }

    /// What is left to say when all rows were given.
    pub fn end(&mut self) -> Decoded {
        let mut decoded = Decoded::default();
        self.begin(&mut decoded);
        let mut decoded = self.note(decoded);
        if !self.says && !self.refused {
            decoded.faults.push(nothing(Place::Whole));
        }
        decoded
    }

    fn begin(&mut self, decoded: &mut Decoded) {
        let State::Before(rows) = &mut self.state else {
            return;
        };
        let rows = std::mem::take(rows);
        self.state = match self.reader.begin(Area::of(&rows), decoded) {
            Some((mut header, first)) => {
                self.reader
                    .rows_below(&mut header, Area::of(&rows[first..]), first, decoded);
                State::Below(header)
            }
            None => State::Nowhere,
        };
    }

    fn note(&mut self, decoded: Decoded) -> Decoded {
        self.says |= !decoded.elements.is_empty();
        self.refused |= decoded.faults.iter().any(Fault::refuses);
        decoded
    }
}
