use crate::document::Document;
use crate::document::Fault;
use crate::document::Format;
use crate::document::Node;
use crate::document::Place;
use crate::mapping::Decoded;
use crate::mapping::decode::Reader;
use crate::mapping::decode::headless::Headless;
use crate::mapping::decode::headless::blank;
use crate::mapping::decode::headless::column_place;
use crate::mapping::decode::refused_element;
use crate::mapping::decode::scope::Row;
use crate::mapping::decode::scope::Scope;
use crate::mapping::plan::folded;

/// The header row and what was found in it.
pub(super) struct Header {
    /// Index of the row.
    row: usize,
    /// For each column of the plan, the cell's index.
    columns: Vec<Option<usize>>,
    /// Number of cells up to the last header.
    width: usize,
    /// Number of cells, those without a header at its end among them.
    cells: usize,
    headless: Headless,
}

/// Where a table stands in a document.
pub(crate) struct Layout<'d> {
    /// The sheet, in a workbook.
    pub sheet: Option<&'d str>,
    /// Its rows.
    pub rows: &'d [Node],
    /// The index of the header row.
    pub header: usize,
    /// For each column of the plan, the cell's index; none for one that is not there or not read.
    pub columns: Vec<Option<usize>>,
}

impl Reader<'_> {
    /// Where the table stands that the mapping reads; none without its sheet or a header row.
    pub(crate) fn layout<'d>(&self, document: &'d Document) -> Option<Layout<'d>> {
        let (sheet, rows) = self.rows(&document.root)?;
        let header = self.header(rows, sheet, &mut Decoded::default())?;
        Some(Layout {
            sheet,
            rows,
            header: header.row,
            columns: header.columns,
        })
    }

    pub(super) fn table(&self, document: &Document, decoded: &mut Decoded) {
        let Some((sheet, rows)) = self.rows(&document.root) else {
            decoded.faults.push(Fault::refused(
                "blad.ontbreekt",
                Place::Whole,
                "De werkmap heeft niet het blad dat de mapping leest.",
                "The workbook does not have the sheet that the mapping reads.",
            ));
            return;
        };
        if let Some((mut header, first)) = self.begin(rows, sheet, decoded) {
            self.rows_below(&mut header, sheet, &rows[first..], first, decoded);
        }
    }

    /// The header among the first rows, and the index of the first row below it; none if that refuses the table.
    pub(super) fn begin(
        &self,
        rows: &[Node],
        sheet: Option<&str>,
        decoded: &mut Decoded,
    ) -> Option<(Header, usize)> {
        let header = self.header(rows, sheet, decoded)?;
        let first = header.row + 1;
        (!decoded.faults.iter().any(Fault::refuses)).then_some((header, first))
    }

    /// Reads rows below the header, of which the first has an index in the table.
    pub(super) fn rows_below(
        &self,
        header: &mut Header,
        sheet: Option<&str>,
        rows: &[Node],
        first: usize,
        decoded: &mut Decoded,
    ) {
        for (index, row) in rows.iter().enumerate() {
            let cells = row.items();
            if cells.iter().all(blank) || self.is_total(cells) {
                continue;
            }
            let number = number(row, first + index);
            // Under a header that is missing at the end of the row there may be something; further on there may not.
            let shifted = cells.len() != header.cells
                && cells.iter().skip(header.width).any(|cell| !blank(cell));
            if self.plan.format == Format::Csv && (shifted || cells.len() < header.width) {
                decoded.elements.push(refused_element(Fault::refused(
                    "rij.cellen",
                    Place::Cell { sheet: None, row: number, column: 0, header: None },
                    "Deze rij heeft een ander aantal cellen dan de koprij. Staat er een scheidingsteken of regeleinde in een tekst zonder aanhalingstekens?",
                    "This row has another number of cells than the header row. Is there a delimiter or line break in a text without quotes?",
                )));
                continue;
            }
            header.headless.report(cells, sheet, number, decoded);
            let row = Row {
                plan: self.plan,
                cells,
                columns: &header.columns,
                sheet,
                number,
            };
            let scope = Scope::Row(row);
            let draft = self.read(scope, |_| true);
            draft.finish(scope.own_place(), decoded);
        }
    }

    /// The rows, and the name of the sheet they are on.
    fn rows<'a>(&self, root: &'a Node) -> Option<(Option<&'a str>, &'a [Node])> {
        if self.plan.format == Format::Csv {
            return Some((None, root.items()));
        }
        let wanted = self.plan.table.name.as_deref().map(folded);
        let found = root
            .parts()
            .iter()
            .find(|(name, _)| wanted.as_ref().is_none_or(|wanted| folded(name) == *wanted));
        found.map(|(name, sheet)| (Some(&**name), sheet.items()))
    }

    /// The row with most of the headers among the first; its columns checked.
    fn header(&self, rows: &[Node], sheet: Option<&str>, decoded: &mut Decoded) -> Option<Header> {
        let plan = &self.plan.table;
        let texts = |row: &Node| -> Vec<String> {
            row.items()
                .iter()
                .map(|cell| cell.as_text().map_or_else(String::new, folded))
                .collect()
        };
        let score = |texts: &[String]| {
            let is_known = |text: &&String| {
                plan.columns
                    .iter()
                    .any(|column| column.names.contains(text))
            };
            texts.iter().filter(is_known).count()
        };
        let mut best: Option<(usize, usize, Vec<String>)> = None;
        for (index, row) in rows.iter().enumerate().take(plan.header_within) {
            let texts = texts(row);
            let found = score(&texts);
            if found > best.as_ref().map_or(0, |(found, ..)| *found) {
                best = Some((found, index, texts));
            }
        }
        let Some((_, row, texts)) = best else {
            decoded.faults.push(Fault::refused(
                "kop.ontbreekt",
                Place::Cell {
                    sheet: sheet.map(str::to_owned),
                    row: 1,
                    column: 0,
                    header: None,
                },
                format!(
                    "In de eerste {} rijen staat geen rij met de kolomkoppen.",
                    plan.header_within
                ),
                format!(
                    "None of the first {} rows has the column headers.",
                    plan.header_within
                ),
            ));
            return None;
        };
        let at = number(&rows[row], row);
        let columns = self.columns(&texts, sheet, at, decoded);
        self.unread(&texts, &columns, sheet, at, decoded);
        let width = texts
            .iter()
            .rposition(|text| !text.is_empty())
            .map_or(0, |last| last + 1);
        let is_headless =
            |index: &usize| texts[*index].is_empty() && !columns.contains(&Some(*index));
        let headless = Headless {
            within: (0..width).filter(is_headless).collect(),
            beyond: width,
            // a column may be read by its letter
            seen: columns.iter().flatten().copied().collect(),
        };
        Some(Header {
            row,
            columns,
            width,
            cells: texts.len(),
            headless,
        })
    }

    fn columns(
        &self,
        texts: &[String],
        sheet: Option<&str>,
        row: u32,
        decoded: &mut Decoded,
    ) -> Vec<Option<usize>> {
        let plan = &self.plan.table.columns;
        let mut columns = Vec::with_capacity(plan.len());
        for column in plan {
            let mut places = texts
                .iter()
                .enumerate()
                .filter(|(_, text)| column.names.contains(text));
            let mut found = places.next().map(|(index, _)| index);
            let place = |index: Option<usize>| Place::Cell {
                sheet: sheet.map(str::to_owned),
                row,
                column: index.map_or(0, |index| u32::try_from(index + 1).unwrap_or(u32::MAX)),
                header: Some(column.header.clone()),
            };
            if let (Some((second, _)), true) = (places.next(), column.inward) {
                decoded.faults.push(Fault::refused(
                    "kolom.dubbel",
                    place(Some(second)),
                    "Deze kolom staat er twee keer; welke geldt is niet te zeggen.",
                    "This column is there twice; which one counts cannot be told.",
                ));
            }
            // A letter counts only where no header says that the column is something else.
            if let (None, Some(letter)) = (found, column.letter)
                && texts.get(letter).is_some_and(String::is_empty)
            {
                found = Some(letter);
                decoded.faults.push(Fault::remark(
                    "kolom.letter",
                    place(found),
                    "Deze kolom heeft geen kop; zij is op haar plaats gelezen.",
                    "This column has no header; it was read by its position.",
                ));
            }
            if found.is_none() && column.required && column.inward {
                decoded.faults.push(Fault::refused(
                    "kolom.ontbreekt",
                    place(None),
                    format!("De kolom `{}` ontbreekt.", column.header),
                    format!("The column `{}` is missing.", column.header),
                ));
            }
            columns.push(found.filter(|_| column.inward));
        }
        columns
    }

    /// Reports the columns that no rule reads.
    fn unread(
        &self,
        texts: &[String],
        columns: &[Option<usize>],
        sheet: Option<&str>,
        row: u32,
        decoded: &mut Decoded,
    ) {
        for (index, text) in texts.iter().enumerate() {
            let known = text.is_empty()
                || columns.contains(&Some(index))
                || self.plan.table.ignore.contains(text)
                || self
                    .plan
                    .table
                    .columns
                    .iter()
                    .any(|column| column.names.contains(text));
            if !known {
                decoded.faults.push(unread_column(sheet, row, index));
            }
        }
    }

    fn is_total(&self, cells: &[Node]) -> bool {
        let first = cells
            .iter()
            .find(|cell| !blank(cell))
            .and_then(Node::as_text);
        first.map(folded).is_some_and(|text| {
            self.plan
                .table
                .totals
                .iter()
                .any(|total| text.starts_with(total.as_str()))
        })
    }
}

fn unread_column(sheet: Option<&str>, row: u32, index: usize) -> Fault {
    Fault::remark(
        "kolom.onbekend",
        column_place(sheet, row, index),
        "De mapping leest deze kolom niet.",
        "The mapping does not read this column.",
    )
}

/// The row's number as the sender's program shows it.
pub(super) fn number(row: &Node, index: usize) -> u32 {
    if row.at.line > 0 {
        row.at.line
    } else {
        u32::try_from(index + 1).unwrap_or(u32::MAX)
    }
}
