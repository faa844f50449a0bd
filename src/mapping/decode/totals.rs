//! Rows that are no data, by the words with which they begin (`total_rows`).

use crate::document::Fault;
use crate::document::Name;
use crate::document::Node;
use crate::document::Place;
use crate::mapping::decode::Reader;

/// Whether a row is a total.
pub(super) enum Total {
    None,
    Surely,
    /// It begins as one, and has everything that a row needs.
    Perhaps,
}

pub(super) fn unsure(place: Place) -> Fault {
    Fault::refused(
        "rij.totaal",
        place,
        "Deze rij begint als een totaalregel (`total_rows`), en alle verplichte kolommen zijn gevuld. Begin haar anders als het een gewone rij is, en haal haar weg als het een totaal is.",
        "This row begins as a total (`total_rows`), and all required columns are filled. Begin it otherwise if it is an ordinary row, and remove it if it is a total.",
    )
}

/// The rows that were passed over as totals: the number of the first, and how many there were.
#[derive(Default)]
pub(super) struct Totals {
    first: u32,
    count: u64,
}

impl Totals {
    pub(super) fn note(&mut self, row: u32) {
        if self.count == 0 {
            self.first = row;
        }
        self.count += 1;
    }

    pub(super) fn said(&self, sheet: Option<&Name>) -> Option<Fault> {
        let place = row_place(sheet, self.first);
        match self.count {
            0 => None,
            1 => Some(Fault::remark(
                "rij.totaal",
                place,
                "Deze rij begint als een totaalregel (`total_rows`) en is overgeslagen.",
                "This row begins as a total (`total_rows`) and was skipped.",
            )),
            count => Some(Fault::remark(
                "rij.totaal",
                place,
                format!(
                    "Van deze rij af beginnen {count} rijen als een totaalregel (`total_rows`); zij zijn overgeslagen."
                ),
                format!(
                    "From this row on {count} rows begin as a total (`total_rows`); they were skipped."
                ),
            )),
        }
    }
}

/// A row as a whole.
pub(super) fn row_place(sheet: Option<&Name>, row: u32) -> Place {
    Place::Cell {
        sheet: sheet.map(ToString::to_string),
        row,
        column: 0,
        header: None,
    }
}

impl Reader<'_> {
    /// The cell with which a row begins as a total, if it does.
    pub(super) fn total_at(&self, cells: &[Node]) -> Option<usize> {
        let first = cells.iter().position(|cell| !cell.is_blank())?;
        let text = cells[first].as_text()?;
        self.plan.table.total(text).map(|_| first)
    }

    /// Whether a row begins as a total, and whether it lacks something that a row needs.
    pub(super) fn total(&self, cells: &[Node], columns: &[Option<usize>]) -> Total {
        let table = &self.plan.table;
        let Some(first) = self.total_at(cells) else {
            return Total::None;
        };
        let own = columns.iter().position(|column| *column == Some(first));
        let filled = |column: usize| {
            let cell = columns[column].and_then(|index| cells.get(index));
            cell.is_some_and(|cell| !cell.is_blank())
        };
        if table.is_whole(own, filled) {
            Total::Perhaps
        } else {
            Total::Surely
        }
    }
}
