//! Which cells of a sheet their program shows as a percentage. The library tells a cell's number format apart from its value
//! only, so a sheet of a workbook that has such a format is gone through once more.

use crate::adapters::error::Refused;
use crate::adapters::zipscan::not_a_workbook;
use crate::adapters::zipscan::too_heavy;
use calamine::Xlsx;
use std::collections::HashMap;
use std::io::Cursor;

/// Most stretches of cells that are kept of a sheet.
const STRETCHES: usize = 1_000_000;

/// The cells that are shown as a percentage, by their rows and columns from 0.
#[derive(Default)]
pub(super) struct Percents {
    /// Of each column, from and to which row; both included, in order.
    columns: HashMap<u32, Vec<(u32, u32)>>,
    /// Whether those are the cells that are not shown so: every cell is that says nothing of its format.
    others: bool,
}

impl Percents {
    /// Those of a sheet.
    pub(super) fn of(book: &mut Xlsx<Cursor<&[u8]>>, sheet: &str) -> Result<Self, Refused> {
        let unreadable = |_| not_a_workbook();
        let mut cells = book.worksheet_cells_reader(sheet).map_err(unreadable)?;
        let look = |style: &calamine::Style| {
            let format = style.number_format.as_ref();
            format.is_some_and(|format| is_percent(&format.format_code))
        };
        let styles: Vec<bool> = cells.styles().iter().map(look).collect();
        let mut found = Self {
            others: styles.first().copied().unwrap_or_default(),
            ..Self::default()
        };
        if !styles.contains(&true) {
            return Ok(found);
        }
        let mut stretches = 0;
        while let Some((row, column, style)) = cells.next_style_id().map_err(unreadable)? {
            if styles.get(style).copied().unwrap_or_default() == found.others {
                continue;
            }
            let rows = found.columns.entry(column).or_default();
            match rows.last_mut() {
                Some((_, last)) if row.checked_sub(1) == Some(*last) => *last = row,
                Some((_, last)) if row <= *last => {}
                _ => {
                    stretches += 1;
                    if stretches > STRETCHES {
                        return Err(too_heavy());
                    }
                    rows.push((row, row));
                }
            }
        }
        Ok(found)
    }

    /// Whether a cell is one of them.
    pub(super) fn has(&self, (row, column): (u32, u32)) -> bool {
        let told = self.columns.get(&column).is_some_and(|rows| {
            let behind = rows.partition_point(|(from, _)| *from <= row);
            behind > 0 && rows[behind - 1].1 >= row
        });
        told != self.others
    }
}

/// Whether a number format shows a percentage: a `%` that is no text of its own.
fn is_percent(format: &str) -> bool {
    let (mut quoted, mut bracketed) = (false, false);
    let mut signs = format.chars();
    while let Some(sign) = signs.next() {
        match sign {
            '"' => quoted = !quoted,
            _ if quoted => {}
            // the next one is shown as it is, or only as wide as it is
            '\\' | '_' | '*' => {
                signs.next();
            }
            '[' => bracketed = true,
            ']' => bracketed = false,
            '%' if !bracketed => return true,
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::is_percent;

    #[test]
    fn a_percentage_is_a_sign_of_the_format_and_no_text_in_it() {
        for (format, expect) in [
            ("0%", true),
            ("0.00%", true),
            ("0 %;[Red]-0 %", true),
            ("\"ca. \"0%", true),
            ("General", false),
            ("0.00", false),
            ("0\"%\"", false),
            ("0\\%", false),
            ("0_%", false),
            ("[$%-413]0", false),
            ("dd-mm-yyyy", false),
            ("", false),
        ] {
            assert_eq!(is_percent(format), expect, "{format}");
        }
    }
}
