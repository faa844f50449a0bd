//! Where the header of a table is, if it has one.

use crate::document::Node;
use crate::document::Value;
use crate::tools::propose::field::filled;
use crate::tools::propose::shape::form;
use crate::tools::vocabulary::Vocabulary;
use crate::tools::vocabulary::is_value;

/// Rows in which the header is looked for.
const WITHIN: usize = 10;
/// Rows that a row is compared with.
const ROWS: usize = 200;
/// Years, which are columns as well as values.
const YEARS: std::ops::RangeInclusive<u16> = 1900..=2100;

/// Where a header is.
pub(super) enum Header {
    /// The index of the row.
    At(usize),
    /// There is none; the index of a row with most cells.
    None(usize),
    /// There are no rows.
    NoRows,
}

/// The header of a table: the row with most texts among the first, unless it looks like one of its values; then another
/// that is known to be one.
pub(super) fn header(rows: &[Node], vocabulary: &Vocabulary) -> Header {
    let mut first: Vec<usize> = (0..rows.len().min(WITHIN)).collect();
    let texts = |index: &usize| {
        let cells = rows[*index].items().iter().filter_map(Node::as_text);
        cells
            .filter(|text| !text.trim().is_empty() && !is_value(text) && !vocabulary.is_data(text))
            .count()
    };
    first.sort_by_key(|index| std::cmp::Reverse(texts(index)));
    let Some(best) = first.first() else {
        return Header::NoRows;
    };
    let rows = &rows[..rows.len().min(ROWS)];
    if !Evidence::of(rows, *best, vocabulary).is_data() {
        return Header::At(*best);
    }
    let known = |index: &&usize| {
        let evidence = Evidence::of(rows, **index, vocabulary);
        !evidence.is_data() && evidence.labels * 2 >= evidence.cells && evidence.labels > 0
    };
    if let Some(other) = first.iter().find(known) {
        return Header::At(*other);
    }
    let longest = (0..rows.len()).max_by_key(|index| rows[*index].items().len());
    Header::None(longest.unwrap_or(*best))
}

/// What the cells of a row look like.
#[derive(Default)]
struct Evidence {
    cells: usize,
    /// Cells that every word of is what a field is called.
    labels: usize,
    /// Cells that are a value, or stand in their column again.
    values: usize,
    /// Whether a cell has the form that its column has: a BSN among such numbers, a date among dates.
    alike: bool,
}

impl Evidence {
    fn of(rows: &[Node], index: usize, vocabulary: &Vocabulary) -> Self {
        let mut found = Self::default();
        let row = rows[index].items();
        let texts = |row: &Node| -> Vec<Option<String>> {
            let items = row.items().iter();
            items
                .map(|cell| cell.as_text().map(|text| text.trim().to_owned()))
                .collect()
        };
        let own = texts(&rows[index]);
        // a header that stands above each page says nothing of values
        let others: Vec<&Node> = rows
            .iter()
            .enumerate()
            .filter(|(at, other)| *at != index && texts(other) != own)
            .map(|(_, other)| other)
            .collect();
        for (column, cell) in row.iter().enumerate().filter(|(_, cell)| filled(cell)) {
            found.cells += 1;
            let text = cell.as_text().unwrap_or_default().trim();
            let below = others.iter().filter_map(|row| row.items().get(column));
            let below: Vec<&str> = below
                .filter(|cell| filled(cell))
                .map(|cell| cell.as_text().unwrap_or_default().trim())
                .collect();
            if let Some(own) = form(text) {
                let same = below.iter().filter(|text| form(text) == Some(own)).count();
                found.alike |= same > 0 && same * 2 >= below.len();
            }
            let year = text.parse().is_ok_and(|year| YEARS.contains(&year));
            let value = !matches!(cell.value, Value::Text(_))
                || is_value(text)
                || vocabulary.is_data(text)
                || below.contains(&text);
            found.labels += usize::from(!is_value(text) && vocabulary.has(text));
            found.values += usize::from(value && !year);
        }
        found
    }

    const fn is_data(&self) -> bool {
        self.alike || self.values > self.labels
    }
}
