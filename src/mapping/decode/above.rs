use crate::document::Fault;
use crate::mapping::Decoded;
use crate::mapping::decode::Reader;
use crate::mapping::decode::row::Area;
use crate::mapping::decode::row::number;
use crate::mapping::decode::totals::row_place;

/// Cells that a title takes: a text, or what it is about and what that is.
const TITLE: usize = 2;

impl Reader<'_> {
    /// Reports what stands above the header row and looks like data: lines of a title are left out as ever, but a row that
    /// fills half of the columns, and more of them than a title does, is lost where it stands. `headers` are the indices of
    /// the columns that have a header.
    pub(super) fn above(
        &self,
        area: Area<'_>,
        header: usize,
        headers: &[usize],
        decoded: &mut Decoded,
    ) {
        for (index, row) in area.rows().iter().enumerate().take(header) {
            let cells = row.items();
            let filled = |index: &&usize| {
                let cell = cells.get(**index);
                cell.is_some_and(|cell| !cell.is_blank()) && !area.skips(**index)
            };
            let filled = headers.iter().filter(filled).count();
            let told = if headers.len() > TITLE {
                filled > TITLE && filled * 2 >= headers.len()
            } else {
                filled == TITLE
            };
            let row = number(row, index);
            if told && !area.skips_row(row) && self.total_at(cells).is_none() {
                decoded.faults.push(Fault::remark(
                    "rij.boven-kop",
                    row_place(area.sheet, row),
                    "Deze rij staat boven de koprij en lijkt op gegevens; wat erin staat is niet gelezen. Zet haar onder de koprij als ze meetelt.",
                    "This row stands above the header row and looks like data; what is in it was not read. Put it below the header row if it counts.",
                ));
            }
        }
    }
}
