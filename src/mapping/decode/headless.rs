use crate::document::Fault;
use crate::document::Name;
use crate::document::Node;
use crate::document::Place;
use crate::mapping::Decoded;
use crate::mapping::decode::row::Area;

/// The columns without a header that no rule reads: what stands in them is lost, and said once for each column.
pub(super) struct Headless {
    /// Those between others.
    pub(super) within: Vec<usize>,
    /// All from this one on.
    pub(super) beyond: usize,
    /// Those that were reported, and those that are read.
    pub(super) seen: Vec<usize>,
}

impl Headless {
    pub(super) fn report(
        &mut self,
        cells: &[Node],
        area: Area<'_>,
        row: u32,
        decoded: &mut Decoded,
    ) {
        let within = self.within.iter().copied();
        for index in within.chain(self.beyond..cells.len()) {
            let filled =
                cells.get(index).is_some_and(|cell| !cell.is_blank()) && !area.skips(index);
            if filled && !self.seen.contains(&index) {
                self.seen.push(index);
                decoded.faults.push(Fault::remark(
                    "kolom.onbekend",
                    column_place(area.sheet, row, index),
                    "Deze kolom heeft geen kop; wat erin staat is niet gelezen. Geef haar de afgesproken kop, of maak haar leeg.",
                    "This column has no header; what is in it was not read. Give it the agreed header, or empty it.",
                ));
            }
        }
    }
}

pub(super) fn column_place(sheet: Option<&Name>, row: u32, index: usize) -> Place {
    Place::Cell {
        sheet: sheet.map(ToString::to_string),
        row,
        column: u32::try_from(index + 1).unwrap_or(u32::MAX),
        header: None,
    }
}
