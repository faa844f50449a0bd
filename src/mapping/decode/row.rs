use crate::document::Document;
use crate::document::Fault;
use crate::document::Format;
use crate::document::Hidden;
use crate::document::NO_END;
use crate::document::Name;
use crate::document::Node;
use crate::document::Place;
use crate::document::Value;
use crate::mapping::Decoded;
use crate::mapping::decode::Reader;
use crate::mapping::decode::headless::Headless;
use crate::mapping::decode::headless::column_place;
use crate::mapping::decode::hidden;
use crate::mapping::decode::refused_element;
use crate::mapping::decode::scope::Row;
use crate::mapping::decode::scope::Scope;
use crate::mapping::decode::together::Runs;
use crate::mapping::decode::totals::Total;
use crate::mapping::decode::totals::Totals;
use crate::mapping::decode::totals::row_place;
use crate::mapping::decode::totals::unsure;
use crate::mapping::plan::folded;

/// What a sheet is to a mapping.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Usage {
    /// Its rows are elements.
    Read,
    /// It would be read, were it not hidden.
    Skipped,
    /// The mapping is not about it, and did not say so.
    Unread,
}

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
    totals: Totals,
}

impl Header {
    /// For each column of the plan, the cell's index.
    pub(super) fn columns(&self) -> &[Option<usize>] {
        &self.columns
    }

    /// Says what there is to say of a table when all its rows were given.
    pub(super) fn end(&self, sheet: Option<&Name>, decoded: &mut Decoded) {
        decoded.faults.extend(self.totals.said(sheet));
    }
}

/// Where a table stands in a document.
pub(crate) struct Layout<'d> {
    /// The sheet, in a workbook.
    pub sheet: Option<&'d Name>,
    /// Its rows.
    pub rows: &'d [Node],
    /// The index of the header row.
    pub header: usize,
    /// For each column of the plan, the cell's index; none for one that is not there or not read.
    pub columns: Vec<Option<usize>>,
}

/// A table of a document.
#[derive(Clone, Copy)]
pub(super) struct Area<'d> {
    /// The sheet, in a workbook.
    pub(super) sheet: Option<&'d Name>,
    rows: &'d [Node],
    /// What of it is not read because it is not shown.
    hidden: Option<&'d Hidden>,
}

impl<'d> Area<'d> {
    /// Rows of a sheet, or of none.
    pub(super) const fn of(
        sheet: Option<&'d Name>,
        rows: &'d [Node],
        hidden: Option<&'d Hidden>,
    ) -> Self {
        Self {
            sheet,
            rows,
            hidden,
        }
    }

    /// Its rows.
    pub(super) const fn rows(self) -> &'d [Node] {
        self.rows
    }

    /// The same without its first rows.
    fn below(self, first: usize) -> Self {
        Self {
            rows: self.rows.get(first..).unwrap_or_default(),
            ..self
        }
    }

    /// Whether a row is skipped, by its number.
    pub(super) fn skips_row(self, number: u32) -> bool {
        self.hidden.is_some_and(|hidden| hidden.has_row(number))
    }

    /// Whether a column is skipped, by its index.
    pub(super) fn skips(self, index: usize) -> bool {
        let number = u32::try_from(index + 1).unwrap_or(u32::MAX);
        self.hidden.is_some_and(|hidden| hidden.has_column(number))
    }
}

impl Reader<'_> {
    /// Where the tables stand that the mapping reads; none without its sheets or a header row.
    pub(crate) fn layouts<'d>(&self, document: &'d Document) -> Vec<Layout<'d>> {
        let tables = self.areas(document, &mut Decoded::default());
        let layout = |table: Area<'d>| {
            let header = self.header(table, &mut Decoded::default())?;
            Some(Layout {
                sheet: table.sheet,
                rows: table.rows,
                header: header.row,
                columns: header.columns,
            })
        };
        tables.into_iter().filter_map(layout).collect()
    }

    pub(super) fn table(&self, document: &Document, decoded: &mut Decoded) {
        let areas = self.areas(document, decoded);
        if areas.is_empty() {
            decoded.faults.push(no_sheet());
            return;
        }
        let begun: Vec<_> = areas
            .iter()
            .map(|area| self.begin(*area, decoded))
            .collect();
        // A sheet that cannot be read refuses the file before a row of another is taken.
        if decoded.faults.iter().any(Fault::refuses) {
            return;
        }
        let mut runs = Runs::default();
        for (area, begun) in areas.into_iter().zip(begun) {
            if let Some((mut header, first)) = begun {
                let below = area.below(first);
                self.rows_below(&mut header, below, first, &mut runs, decoded);
                runs.end(self, header.columns(), below.sheet, decoded);
                header.end(below.sheet, decoded);
            }
        }
    }

    /// The header among the first rows, and the index of the first row below it; none if that refuses the table.
    pub(super) fn begin(&self, area: Area<'_>, decoded: &mut Decoded) -> Option<(Header, usize)> {
        let header = self.header(area, decoded)?;
        let first = header.row + 1;
        (!decoded.faults.iter().any(Fault::refuses)).then_some((header, first))
    }

    /// Reads rows below the header, of which the first has an index in the table.
    pub(super) fn rows_below(
        &self,
        header: &mut Header,
        area: Area<'_>,
        first: usize,
        runs: &mut Runs,
        decoded: &mut Decoded,
    ) {
        let sheet = area.sheet;
        for (index, row) in area.rows.iter().enumerate() {
            let cells = row.items();
            let number = number(row, first + index);
            if cells.iter().all(Node::is_blank) || area.skips_row(number) {
                continue;
            }
            match self.total(cells, &header.columns) {
                Total::None => {}
                Total::Surely => {
                    header.totals.note(number);
                    continue;
                }
                Total::Perhaps => {
                    let place = row_place(sheet, number);
                    runs.lose(self, &header.columns, sheet, &place, decoded);
                    decoded.elements.push(refused_element(unsure(place)));
                    continue;
                }
            }
            if let Some(index) = cells.iter().position(is_open) {
                let fault = quotation(column_place(sheet, number, index));
                decoded.elements.push(refused_element(fault));
                continue;
            }
            // Under a header that is missing at the end of the row there may be something; further on there may not.
            let shifted = cells.len() != header.cells
                && cells.iter().skip(header.width).any(|cell| !cell.is_blank());
            if self.plan.format == Format::Csv && (shifted || cells.len() < header.width) {
                let place = row_place(None, number);
                runs.lose(self, &header.columns, sheet, &place, decoded);
                decoded.elements.push(refused_element(Fault::refused(
                    "rij.cellen",
                    place,
                    "Deze rij heeft een ander aantal cellen dan de koprij. Staat er een scheidingsteken of regeleinde in een tekst zonder aanhalingstekens?",
                    "This row has another number of cells than the header row. Is there a delimiter or line break in a text without quotes?",
                )));
                continue;
            }
            header.headless.report(cells, area, number, decoded);
            let row = Row {
                plan: self.plan,
                cells,
                columns: &header.columns,
                sheet,
                number,
            };
            if !self.plan.table.together.is_empty() {
                runs.take(self, row, decoded);
                continue;
            }
            let scope = Scope::Row(row);
            let draft = self.read(scope);
            draft.finish(self.plan, scope.own_place(), decoded);
        }
    }

    /// The tables that the mapping reads, in its order. What is not there of several sheets is said, and what is hidden.
    fn areas<'d>(&self, document: &'d Document, decoded: &mut Decoded) -> Vec<Area<'d>> {
        let plan = &self.plan.table;
        let root = &document.root;
        if self.plan.format == Format::Csv {
            return vec![Area::of(None, root.items(), None)];
        }
        let sheets = root.parts();
        let names: Vec<Name> = sheets.iter().map(|(name, _)| name.clone()).collect();
        let (picks, absent) = self.picks(&names, &document.hidden);
        let mut tables = Vec::new();
        let mut lost = Vec::new();
        for (index, usage) in picks {
            let (name, sheet) = &sheets[index];
            if plan.all && sheet.items().is_empty() {
                continue;
            }
            if usage == Usage::Unread {
                if has_something(sheet.items()) {
                    lost.push(unread_sheet(name));
                }
                continue;
            }
            let hidden = document.hidden.iter().find(|one| one.sheet == *name);
            if let Some(hidden) = hidden {
                hidden::report(hidden, sheet, plan.skip_hidden, decoded);
            }
            if usage == Usage::Read {
                let hidden = hidden.filter(|_| plan.skip_hidden);
                tables.push(Area::of(Some(name), sheet.items(), hidden));
            }
        }
        if !tables.is_empty() {
            decoded.faults.extend(absent);
            decoded.faults.extend(lost);
        }
        tables
    }

    /// The sheets that the mapping says something of, by their indices and in its order, each with what it is to it; and
    /// of several that it names, those that are not there.
    pub(super) fn picks(
        &self,
        names: &[Name],
        hidden: &[Hidden],
    ) -> (Vec<(usize, Usage)>, Vec<Fault>) {
        let plan = &self.plan.table;
        let is_hidden = |name: &Name| hidden.iter().any(|one| one.sheet == *name && one.whole);
        let usage = |name: &Name| {
            if plan.skip_hidden && is_hidden(name) {
                Usage::Skipped
            } else {
                Usage::Read
            }
        };
        let mut picks: Vec<(usize, Usage)> = Vec::new();
        let mut absent = Vec::new();
        let meant = |(_, name): &(usize, &Name)| !plan.unread.contains(&folded(name));
        let mut meant = names.iter().enumerate().filter(meant);
        let others = meant.clone().map(|(index, _)| index);
        let others: Vec<usize> = others.filter(|_| !plan.all).collect();
        if plan.all {
            picks.extend(meant.map(|(index, name)| (index, usage(name))));
        } else if plan.names.is_empty()
            && let Some((index, _)) = meant.find(|(_, name)| usage(name) == Usage::Read)
        {
            picks.push((index, Usage::Read));
        }
        for wanted in &plan.names {
            let name = folded(wanted);
            match names.iter().position(|known| folded(known) == name) {
                Some(index) if picks.iter().any(|(known, _)| *known == index) => {}
                Some(index) => picks.push((index, usage(&names[index]))),
                None => absent.push(Fault::remark(
                    "blad.afwezig",
                    Place::Whole,
                    format!(
                        "De werkmap heeft het blad `{wanted}` niet; de andere bladen zijn gelezen."
                    ),
                    format!(
                        "The workbook does not have the sheet `{wanted}`; the other sheets were read."
                    ),
                )),
            }
        }
        for index in others {
            if picks.iter().all(|(known, _)| *known != index) {
                picks.push((index, Usage::Unread));
            }
        }
        (picks, absent)
    }

    /// The row with most of the headers among the first; its columns checked.
    fn header(&self, table: Area<'_>, decoded: &mut Decoded) -> Option<Header> {
        let plan = &self.plan.table;
        let Area { sheet, rows, .. } = table;
        let texts = |row: &Node| -> Vec<String> {
            let cells = row.items().iter().enumerate();
            cells
                .map(|(index, cell)| match cell.as_text() {
                    Some(text) if !table.skips(index) => folded(text),
                    _ => String::new(),
                })
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
            if table.skips_row(number(row, index)) {
                continue;
            }
            let texts = texts(row);
            let found = score(&texts);
            if found > best.as_ref().map_or(0, |(found, ..)| *found) {
                best = Some((found, index, texts));
            }
        }
        let Some((_, row, texts)) = best else {
            let alone = |row: &Node| row.items().len() == 1;
            let hint = if self.plan.format == Format::Csv
                && !rows.is_empty()
                && rows.iter().take(plan.header_within).all(alone)
            {
                (
                    " Elke rij heeft maar een cel: gebruikt het bestand een ander scheidingsteken dan de mapping (`delimiter`)?",
                    " Each row has one cell only: does the file use another delimiter than the mapping (`delimiter`)?",
                )
            } else {
                ("", "")
            };
            decoded.faults.push(Fault::refused(
                "kop.ontbreekt",
                row_place(sheet, 1),
                format!(
                    "In de eerste {} rijen staat geen rij met de kolomkoppen.{}",
                    plan.header_within, hint.0
                ),
                format!(
                    "None of the first {} rows has the column headers.{}",
                    plan.header_within, hint.1
                ),
            ));
            return None;
        };
        let at = number(&rows[row], row);
        if let Some(index) = rows[row].items().iter().position(is_open) {
            decoded
                .faults
                .push(quotation(column_place(sheet, at, index)));
            return None;
        }
        let columns = self.columns(&texts, table, at, decoded);
        self.unread(&texts, &columns, sheet, at, decoded);
        let headed: Vec<usize> = (0..texts.len())
            .filter(|index| !texts[*index].is_empty())
            .collect();
        self.above(table, row, &headed, decoded);
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
            totals: Totals::default(),
        })
    }

    fn columns(
        &self,
        texts: &[String],
        table: Area<'_>,
        row: u32,
        decoded: &mut Decoded,
    ) -> Vec<Option<usize>> {
        let plan = &self.plan.table.columns;
        let sheet = table.sheet;
        let mut columns = Vec::with_capacity(plan.len());
        for column in plan {
            let mut places = texts
                .iter()
                .enumerate()
                .filter(|(_, text)| column.names.contains(text));
            let mut found = places.next().map(|(index, _)| index);
            let place = |index: Option<usize>| Place::Cell {
                sheet: sheet.map(ToString::to_string),
                row,
                column: index.map_or(0, |index| u32::try_from(index + 1).unwrap_or(u32::MAX)),
                header: Some(column.header.to_string()),
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
                && !table.skips(letter)
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
        sheet: Option<&Name>,
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
}

/// Of a workbook that does not have the sheet.
pub(super) fn no_sheet() -> Fault {
    Fault::refused(
        "blad.ontbreekt",
        Place::Whole,
        "De werkmap heeft niet het blad dat de mapping leest.",
        "The workbook does not have the sheet that the mapping reads.",
    )
}

fn unread_column(sheet: Option<&Name>, row: u32, index: usize) -> Fault {
    Fault::remark(
        "kolom.onbekend",
        column_place(sheet, row, index),
        "De mapping leest deze kolom niet.",
        "The mapping does not read this column.",
    )
}

pub(super) fn unread_sheet(name: &str) -> Fault {
    Fault::remark(
        "blad.niet-gelezen",
        Place::Cell {
            sheet: Some(name.to_owned()),
            row: 1,
            column: 0,
            header: None,
        },
        "De mapping leest dit blad niet; wat erop staat is niet overgenomen.",
        "The mapping does not read this sheet; what is on it was not taken.",
    )
}

/// Whether it is not certain where a cell ends.
fn is_open(cell: &Node) -> bool {
    matches!(&cell.value, Value::Unreadable(why) if **why == *NO_END)
}

fn quotation(place: Place) -> Fault {
    Fault::refused(
        "csv.aanhaling",
        place,
        "Na het sluitende aanhalingsteken van deze cel staat nog tekst. Verdubbel een aanhalingsteken dat in de tekst zelf hoort (\"\").",
        "There is text after the closing quotation mark of this cell. Double a quotation mark that belongs to the text itself (\"\").",
    )
}

/// Whether something stands in rows.
pub(super) fn has_something(rows: &[Node]) -> bool {
    rows.iter()
        .any(|row| !row.items().iter().all(Node::is_blank))
}

/// The row's number as the sender's program shows it.
pub(super) fn number(row: &Node, index: usize) -> u32 {
    if row.at.line > 0 {
        row.at.line
    } else {
        u32::try_from(index + 1).unwrap_or(u32::MAX)
    }
}
