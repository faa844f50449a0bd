//! Delimiter-separated text as RFC 4180 has it, with the delimiter and encoding of the mapping.
//!
//! An own reader of a hundred lines, because the `csv` crate skips blank lines (the rows after it then have another
//! number than the sender's program shows) and reads a quotation mark that is never closed up to the end of the file
//! in silence. A property test compares the two wherever they should agree.
//!
//! Rows are given as they are: how many cells a row must have is the mapping's to say. A blank line is a row without
//! cells; blank lines at the end are dropped. LF, CR LF and CR end a row; within quotation marks line ends are kept.
//!
//! **Formulas.** A text that starts with `=`, `+`, `-`, `@`, a tab or a carriage return is written as it is. Putting
//! an apostrophe before it, as is sometimes advised, would change phone numbers (`+31…`) and negative amounts on
//! their way through, and the receiver's system would store the apostrophe. Mappings send to systems, not to people
//! who open the file; whoever does should import it with all columns as text.
//!
//! `decode(encode(x)) = x` for every list of lists of texts without U+0000 that does not end in a row without cells,
//! has a first row, and whose characters the encoding has.

mod pieces;
mod read;
#[cfg(test)]
mod tests;
mod write;

pub use pieces::CsvRows;
pub(crate) use pieces::PIECE;
pub(super) use read::decode;
pub(super) use write::encode;

use crate::document::Place;

fn cell_place(row: u32, column: u32) -> Place {
    Place::Cell {
        sheet: None,
        row,
        column,
        header: None,
    }
}
