//! What the rows of a file that is read in pieces are given to: the mapping, and the report.

use crate::cli::pieces::no_rows;
use crate::cli::told::Failure;
use crate::document::Hidden;
use crate::document::Name;
use crate::document::Node;
use crate::mapping::Book;
use crate::mapping::Decoded;
use crate::mapping::Mapping;
use crate::mapping::Table;
use crate::tools::Keeper;
use crate::tools::Outcome;

/// What rows are given to as they are read.
pub(super) trait Passing {
    /// Which sheets of a workbook are wanted, by their indices.
    fn sheets(&mut self, names: &[Name], hidden: &[Hidden]) -> Vec<usize>;
    /// The next rows, of a sheet of a workbook.
    fn rows(&mut self, sheet: Option<(usize, &Name)>, rows: Vec<Node>) -> Result<(), Failure>;
}

/// Reads rows by the mapping.
pub(super) struct Reads<'m, 't, T> {
    table: Option<Table<'m>>,
    book: Option<Book<'m>>,
    take: &'t mut T,
}

impl<'m, 't, T: FnMut(Decoded) -> Result<(), Failure>> Reads<'m, 't, T> {
    pub(super) fn new(mapping: &'m Mapping, take: &'t mut T) -> Self {
        Self {
            table: mapping.table(),
            book: mapping.book(),
            take,
        }
    }

    /// What is left to say when all rows were given.
    pub(super) fn end(mut self) -> Result<(), Failure> {
        if let Some(table) = &mut self.table {
            (self.take)(table.end())?;
        }
        if let Some(book) = &mut self.book {
            (self.take)(book.end())?;
        }
        Ok(())
    }
}

impl<T: FnMut(Decoded) -> Result<(), Failure>> Passing for Reads<'_, '_, T> {
    fn sheets(&mut self, names: &[Name], hidden: &[Hidden]) -> Vec<usize> {
        let book = self.book.as_mut();
        book.map_or_else(Vec::new, |book| book.choose(names, hidden))
    }

    fn rows(&mut self, sheet: Option<(usize, &Name)>, rows: Vec<Node>) -> Result<(), Failure> {
        match (sheet, &mut self.table, &mut self.book) {
            (None, Some(table), _) => (self.take)(table.rows(rows)),
            (Some((index, _)), _, Some(book)) => (self.take)(book.rows(index, rows)),
            _ => Err(no_rows().into()),
        }
    }
}

/// Keeps rows for the report.
pub(super) struct Keeping<'m> {
    keeper: Keeper,
    book: Option<Book<'m>>,
}

impl<'m> Keeping<'m> {
    pub(super) fn new(keeper: Keeper, mapping: &'m Mapping) -> Self {
        Self {
            keeper,
            book: mapping.book(),
        }
    }

    /// Gives what was kept to the outcome.
    pub(super) fn end(self, outcome: &mut Outcome) {
        self.keeper.end(outcome);
    }
}

impl Passing for Keeping<'_> {
    fn sheets(&mut self, names: &[Name], hidden: &[Hidden]) -> Vec<usize> {
        self.keeper.hides(hidden);
        let book = self.book.as_mut();
        book.map_or_else(Vec::new, |book| book.choose(names, hidden))
    }

    fn rows(&mut self, sheet: Option<(usize, &Name)>, rows: Vec<Node>) -> Result<(), Failure> {
        self.keeper.take(sheet.map(|(_, name)| name), rows);
        Ok(())
    }
}
