use crate::document::Document;
use crate::document::Format;
use crate::document::Node;
use crate::mapping::Mapping;
use crate::mapping::decode::Reader;
use crate::mapping::plan::folded;

/// A table that the mapping reads.
pub(super) struct Table {
    sheet: Option<String>,
    /// The index of its header row.
    pub header: usize,
    /// For each column of the plan, the cell's index.
    columns: Vec<Option<usize>>,
}

/// Every table of a document that the mapping reads.
pub(super) struct Tables {
    all: Vec<Table>,
    /// For each column of the plan, the first of those that are the same cell.
    same: Vec<usize>,
}

impl Tables {
    pub(super) fn of(document: &Document, mapping: &Mapping) -> Self {
        let is_table = matches!(document.format, Format::Csv | Format::Excel);
        let Some(plan) = mapping.plan().filter(|_| is_table) else {
            return Self {
                all: Vec::new(),
                same: Vec::new(),
            };
        };
        let layouts = Reader::new(plan, mapping.main()).layouts(document);
        let tables = layouts.into_iter().map(|layout| {
            let cells = layout.rows.get(layout.header).map_or(&[][..], Node::items);
            let headers: Vec<String> = cells
                .iter()
                .map(|cell| cell.as_text().map_or_else(String::new, folded))
                .collect();
            // a column that is only written is found by its header
            let columns = std::iter::zip(&plan.table.columns, &layout.columns)
                .map(|(column, found)| {
                    found.or_else(|| headers.iter().position(|text| column.names.contains(text)))
                })
                .collect();
            Table {
                sheet: layout.sheet.map(ToString::to_string),
                header: layout.header,
                columns,
            }
        });
        let all: Vec<Table> = tables.collect();
        let mut same: Vec<usize> = (0..plan.table.columns.len()).collect();
        // what is one in a table is one with what that is in another
        for table in std::iter::repeat_n(&all, all.len()).flatten() {
            for index in 0..same.len() {
                let cell = table.columns.get(index).copied().flatten();
                if let Some(first) = cell.and_then(|cell| table.first(cell)) {
                    same[index] = same[index].min(same[first]);
                }
            }
        }
        Self { all, same }
    }

    /// What is read of a sheet; of a table without sheets there is one.
    pub(super) fn of_sheet(&self, name: Option<&str>) -> Option<&Table> {
        self.all.iter().find(|table| table.sheet.as_deref() == name)
    }

    /// What stands for a column of the plan, if a table has it.
    pub(super) fn column(&self, index: usize) -> Option<usize> {
        let has = |table: &Table| table.columns.get(index).is_some_and(Option::is_some);
        let found = self.all.iter().any(has);
        self.same.get(index).copied().filter(|_| found)
    }

    /// What stands for the column of the plan that a cell of a table is.
    pub(super) fn at(&self, table: &Table, cell: usize) -> Option<usize> {
        self.same.get(table.first(cell)?).copied()
    }
}

impl Table {
    fn first(&self, cell: usize) -> Option<usize> {
        self.columns.iter().position(|column| *column == Some(cell))
    }
}
