//! Office Open XML workbooks (`.xlsx`).
//!
//! Reading is cell by cell and never by `worksheet_range`, which makes room for every cell up to the last one: one
//! cell at XFD1048576 asks for 512 GiB. The archive is looked over first. Even so the library can be made to abort,
//! so workbooks of others are read in a child process (`isolation`).
//!
//! | cell | value |
//! |---|---|
//! | text | `Text` |
//! | number | `Number`, in the shortest spelling that is the same number; `Unreadable` where it is whole and has more than 15 digits, because a workbook does not keep them |
//! | number shown as a percentage (`0%`), or as hours that go on past a day (`[h]:mm`) | `Measure`, with the number that the cell holds: 0.6 of 60%, days |
//! | date or time | `Moment`, the serial number (days since 1899-12-30, also for workbooks that count from 1904; less than one is a time of day, whichever they count from) |
//! | ISO 8601 date | `Text` |
//! | boolean | `Bool` |
//! | none, or empty | `Null` |
//! | error, or a formula that was never calculated | `Unreadable`, with the error or `formule` |
//!
//! What the sender's program does not show (a sheet, rows, columns) is read as everything else, and named in
//! [`Document::hidden`](crate::document::Document): what it means is the mapping's matter.
//!
//! A workbook is read row by row ([`ExcelRows`]), and its rows stand in the order of their numbers: one that goes back is
//! damaged. Row numbers are the sender's: rows that are not there are rows without cells. Empty cells at the end of a row and
//! empty rows at the end of a sheet are dropped. `decode(encode(x)) = x` for sheets of rows of texts (not empty, up to
//! 32767 characters), numbers and moments of up to 15 digits in their shortest spelling, booleans and nulls that do not end a row. A
//! moment is written as the date, the time or both that it is, in a column wide enough to show it.

mod hidden;
mod percent;
mod read;
#[cfg(test)]
mod tests;
mod write;

pub use read::ExcelRows;
pub(super) use read::decode;
pub(crate) use read::fill;
pub(crate) use write::DATE_LOOK;
pub(super) use write::encode;
pub(crate) use write::fits_a_cell;
pub(crate) use write::is_sheet_name;
pub(crate) use write::look_of;

/// The first whole number with more digits than a workbook keeps.
const WHOLE_MAX: f64 = 1e15;
