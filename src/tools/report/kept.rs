//! The rows of a file that is read in pieces that a report copies: its first ones, up to the header, and those that
//! something is said of.

use crate::adapters::fill;
use crate::document::At;
use crate::document::Document;
use crate::document::Format;
use crate::document::Hidden;
use crate::document::Name;
use crate::document::Node;
use crate::document::Value;
use crate::mapping::Mapping;
use crate::tools::report::Outcome;
use crate::tools::report::content::SAID_MAX;
use crate::tools::report::table::cell;
use std::collections::HashMap;
use std::collections::HashSet;

/// Most bytes of text that are kept.
const BYTES_MAX: usize = 16 * 1024 * 1024;

/// Keeps rows as they pass, within a bound.
pub struct Keeper {
    format: Format,
    /// The rows that something is said of, from 0, by their sheet.
    said: HashMap<Option<String>, HashSet<u32>>,
    /// In how many of the first rows the header is looked for.
    within: usize,
    sheets: Vec<(Option<Name>, Vec<Node>)>,
    hidden: Vec<Hidden>,
    cells: usize,
    bytes: usize,
    dropped: usize,
}

impl Keeper {
    /// What is to be kept of a file that was judged; none where the mapping reads no table.
    #[must_use]
    pub fn new(outcome: &Outcome, mapping: &Mapping) -> Option<Self> {
        let plan = mapping.plan()?;
        let mut said: HashMap<Option<String>, HashSet<u32>> = HashMap::new();
        for (element, fault) in outcome.faults() {
            let element = element.map(|element| &element.place);
            if let Some(cell) = cell(&fault.place, element) {
                let sheet = cell.sheet.map(str::to_owned);
                said.entry(sheet).or_default().insert(cell.row);
            }
        }
        Some(Self {
            format: plan.format,
            said,
            within: plan.table.header_within,
            sheets: Vec::new(),
            hidden: Vec::new(),
            cells: 0,
            bytes: 0,
            dropped: 0,
        })
    }

    /// Notes what of a workbook its program does not show.
    pub fn hides(&mut self, hidden: &[Hidden]) {
        self.hidden = hidden.to_vec();
    }

    /// Keeps what is needed of the next rows, of a sheet of a workbook. Rows carry their own numbers.
    pub fn take(&mut self, sheet: Option<&Name>, rows: Vec<Node>) {
        if self
            .sheets
            .last()
            .is_none_or(|(last, _)| last.as_ref() != sheet)
        {
            self.sheets.push((sheet.cloned(), Vec::new()));
        }
        let Some((_, kept)) = self.sheets.last_mut() else {
            return;
        };
        let said = self.said.get(&sheet.map(ToString::to_string));
        for row in rows {
            let number = row.at.line;
            if (number as usize) <= self.within {
                // rows without cells may have been left out, and the header is found by its index
                fill(kept, number);
                kept.push(row);
                continue;
            }
            let is_said = |said: &HashSet<u32>| said.contains(&number.saturating_sub(1));
            if !said.is_some_and(is_said) {
                continue;
            }
            let cells = self.cells + row.items().len() + 1;
            let texts = row.items().iter().filter_map(Node::as_text);
            let bytes = self.bytes + texts.map(str::len).sum::<usize>();
            if cells > SAID_MAX || bytes > BYTES_MAX {
                self.dropped += 1;
                continue;
            }
            (self.cells, self.bytes) = (cells, bytes);
            kept.push(row);
        }
    }

    /// Gives what was kept to the outcome.
    pub fn end(self, outcome: &mut Outcome) {
        let list = |rows| Node::new(At::new(1, 1), Value::List(rows));
        let mut sheets = self.sheets.into_iter();
        let root = if self.format == Format::Excel {
            let named = sheets.filter_map(|(name, rows)| Some((name?, list(rows))));
            Node::new(At::default(), Value::Map(named.collect()))
        } else {
            list(sheets.next().map(|(_, rows)| rows).unwrap_or_default())
        };
        outcome.document = Some(Document {
            hidden: self.hidden,
            ..Document::new(self.format, root)
        });
        outcome.kept = Some(self.dropped);
    }
}
