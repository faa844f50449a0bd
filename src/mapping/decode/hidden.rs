//! What of a workbook its sender does not see: read or not, it is said.

use crate::document::Fault;
use crate::document::Hidden;
use crate::document::Node;
use crate::document::Place;
use crate::mapping::Decoded;
use crate::mapping::decode::headless::blank;
use crate::mapping::decode::row::number;

/// One remark for a hidden sheet, and for the hidden rows and columns of a sheet that have something in them.
pub(super) fn report(hidden: &Hidden, sheet: &Node, skipped: bool, decoded: &mut Decoded) {
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
    let rows = sheet.items().iter().enumerate();
    let filled = rows.filter(|(_, row)| !row.items().iter().all(blank));
    let mut numbers = filled.map(|(index, row)| number(row, index));
    let first = numbers.find(|number| hidden.has_row(*number));
    if let Some(first) = first {
        let more = numbers.filter(|number| hidden.has_row(*number)).count();
        say(
            first,
            0,
            &format!("{} rijen van dit blad zijn verborgen en", more + 1),
            &format!("{} rows of this sheet are hidden and were", more + 1),
        );
    }
    let mut filled = Vec::new();
    for row in sheet.items() {
        let cells = row.items();
        filled.resize(cells.len().max(filled.len()), false);
        for (filled, cell) in filled.iter_mut().zip(cells) {
            *filled |= !blank(cell);
        }
    }
    let held = (1_u32..)
        .zip(filled)
        .filter_map(|(column, filled)| filled.then_some(column));
    for column in held.filter(|column| hidden.has_column(*column)) {
        say(
            1,
            column,
            "Deze kolom is verborgen en",
            "This column is hidden and was",
        );
    }
}
