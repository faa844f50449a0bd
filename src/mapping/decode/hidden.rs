//! What of a workbook its sender does not see: read or not, it is said.

use crate::document::Fault;
use crate::document::Hidden;
use crate::document::Node;
use crate::document::Place;
use crate::mapping::Decoded;
use crate::mapping::decode::row::number;

/// What stands in the hidden rows and in each column of a sheet.
#[derive(Default)]
pub(super) struct Seen {
    /// The first hidden row that has something in it, and how many there are.
    first: u32,
    rows: usize,
    /// For each column the first row that has something in it; 0 where none has.
    filled: Vec<u32>,
}

impl Seen {
    /// Looks at the next row.
    pub(super) fn note(&mut self, hidden: &Hidden, row: &Node, number: u32) {
        let cells = row.items();
        if hidden.has_row(number) && !cells.iter().all(Node::is_blank) {
            if self.rows == 0 {
                self.first = number;
            }
            self.rows += 1;
        }
        self.filled.resize(cells.len().max(self.filled.len()), 0);
        for (filled, cell) in self.filled.iter_mut().zip(cells) {
            if *filled == 0 && !cell.is_blank() {
                *filled = number;
            }
        }
    }

    /// One remark for a hidden sheet, and for the hidden rows and columns of a sheet that have something in them.
    pub(super) fn report(&self, hidden: &Hidden, skipped: bool, decoded: &mut Decoded) {
        let code = if skipped {
            "verborgen.overgeslagen"
        } else {
            "verborgen.gelezen"
        };
        let (done, was) = if skipped {
            ("niet gelezen", "not read")
        } else {
            ("ook gelezen", "read too")
        };
        let mut say = |row, column, nl: &str, en: &str| {
            let place = Place::Cell {
                sheet: Some(hidden.sheet.to_string()),
                row,
                column,
                header: None,
            };
            decoded.faults.push(Fault::remark(
                code,
                place,
                format!("{nl} {done}."),
                format!("{en} {was}."),
            ));
        };
        if hidden.whole {
            say(
                1,
                0,
                "Dit blad is verborgen en",
                "This sheet is hidden and was",
            );
            if skipped {
                return;
            }
        }
        if self.rows > 0 {
            let (nl, en) = match self.rows {
                1 => (
                    "Deze rij is verborgen en".to_owned(),
                    "This row is hidden and was".to_owned(),
                ),
                rows => (
                    format!("{rows} rijen van dit blad zijn verborgen en"),
                    format!("{rows} rows of this sheet are hidden and were"),
                ),
            };
            say(self.first, 0, &nl, &en);
        }
        let held = (1_u32..)
            .zip(&self.filled)
            .filter(|(column, filled)| **filled > 0 && hidden.has_column(*column));
        for (column, first) in held {
            say(
                *first,
                column,
                "Deze kolom is verborgen en",
                "This column is hidden and was",
            );
        }
    }
}

/// The same for a sheet that is there as a whole.
pub(super) fn report(hidden: &Hidden, sheet: &Node, skipped: bool, decoded: &mut Decoded) {
    let mut seen = Seen::default();
    for (index, row) in sheet.items().iter().enumerate() {
        seen.note(hidden, row, number(row, index));
    }
    seen.report(hidden, skipped, decoded);
}
