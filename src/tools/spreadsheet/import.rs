use crate::document::Document;
use crate::document::Node;
use crate::document::Place;
use crate::document::Value;
use crate::mapping::pair;
use crate::mapping::plan::folded;
use crate::mapping::syntax::Entry;
use crate::mapping::syntax::Item;
use crate::mapping::syntax::Table;
use crate::mapping::syntax::Toml;
use crate::tools::spreadsheet::CASE;
use crate::tools::spreadsheet::CASES;
use crate::tools::spreadsheet::HEAD;
use crate::tools::spreadsheet::HELP;
use crate::tools::spreadsheet::MORE;
use crate::tools::spreadsheet::NUMBER;
use crate::tools::spreadsheet::ORDER;
use crate::tools::spreadsheet::ORIGIN;
use crate::tools::spreadsheet::OTHER;
use crate::tools::spreadsheet::RULE;
use crate::tools::spreadsheet::RULES;
use crate::tools::spreadsheet::SheetFault;
use crate::tools::spreadsheet::TABLES;
use crate::tools::spreadsheet::cell;
use crate::tools::spreadsheet::table;
use std::collections::BTreeMap;
use std::collections::BTreeSet;

/// A mapping out of a workbook.
#[derive(Debug, Clone)]
pub struct Imported {
    /// The file.
    pub text: String,
    /// The organisation and the soort, as the workbook says.
    pub id: (String, String),
    /// The cell that each line came from.
    cells: BTreeMap<u32, Place>,
}

impl Imported {
    /// The cell that a line of the file came from.
    #[must_use]
    pub fn place(&self, line: u32) -> Place {
        let found = self.cells.range(..=line).next_back();
        found.map_or(Place::Whole, |(_, place)| place.clone())
    }
}

/// Reads a mapping out of a workbook; every fault that stands in the way, each with its cell.
pub fn import(document: &Document) -> Result<Imported, Vec<SheetFault>> {
    let mut reading = Reading {
        faults: Vec::new(),
        codes: BTreeMap::new(),
        used: BTreeSet::new(),
    };
    let sheets: Vec<Grid> = document
        .root
        .parts()
        .iter()
        .filter_map(|(name, sheet)| reading.grid(name, sheet))
        .collect();
    let of = |name: &str| sheets.iter().find(|sheet| sheet.name == name);
    for name in [HEAD, RULES] {
        if of(name).is_none() {
            reading.fault(
                "M100",
                Place::Whole,
                (
                    &format!("Het blad `{name}` ontbreekt."),
                    "Voeg het toe, of begin met een export.",
                ),
                (
                    &format!("The sheet `{name}` is missing."),
                    "Add it, or start from an export.",
                ),
            );
        }
    }
    if let Some(tables) = of(TABLES) {
        reading.tables(tables);
    }
    let mut out = Out {
        text: String::new(),
        lines: 1,
        cells: BTreeMap::new(),
    };
    let mut id = (String::new(), String::new());
    if let Some(head) = of(HEAD) {
        id = reading.head(head, &mut out);
    }
    for (name, columns, list) in [(RULES, &RULE[..], "rule"), (CASES, &CASE[..], "case")] {
        if let Some(sheet) = of(name) {
            reading.list(sheet, columns, list, &mut out);
        }
    }
    reading.unused();
    if reading.faults.is_empty() {
        Ok(Imported {
            text: out.text,
            id,
            cells: out.cells,
        })
    } else {
        Err(reading.faults)
    }
}

/// A sheet: its header by column, and its rows, with what goes on in the next row joined.
struct Grid {
    name: String,
    header: Vec<String>,
    rows: Vec<Line>,
}

struct Line {
    /// From 1.
    row: u32,
    cells: Vec<String>,
}

impl Grid {
    fn place(&self, row: u32, column: usize) -> Place {
        place(
            &self.name,
            row,
            column,
            self.header.get(column).map(String::as_str),
        )
    }

    /// A row as a whole.
    fn row(&self, row: u32) -> Place {
        Place::Cell {
            sheet: Some(self.name.clone()),
            row,
            column: 0,
            header: None,
        }
    }

    fn column(&self, title: &str) -> Option<usize> {
        self.header
            .iter()
            .position(|known| folded(known) == folded(title))
    }
}

impl Line {
    fn cell(&self, column: Option<usize>) -> &str {
        let text = column.and_then(|column| self.cells.get(column));
        text.map_or("", String::as_str)
    }
}

fn place(sheet: &str, row: u32, column: usize, header: Option<&str>) -> Place {
    Place::Cell {
        sheet: Some(sheet.to_owned()),
        row,
        column: u32::try_from(column + 1).unwrap_or(u32::MAX),
        header: header
            .filter(|header| !header.is_empty())
            .map(str::to_owned),
    }
}

/// The file while it is written, and the cell of each line.
struct Out {
    text: String,
    /// The number of the line that comes next.
    lines: u32,
    cells: BTreeMap<u32, Place>,
}

impl Out {
    fn gap(&mut self) {
        if !self.text.is_empty() {
            self.text.push('\n');
            self.lines += 1;
        }
    }

    fn line(&mut self, text: &str, place: Place) {
        self.cells.insert(self.lines, place);
        self.text.push_str(text);
        self.text.push('\n');
        let more = text.matches('\n').count() + 1;
        self.lines += u32::try_from(more).unwrap_or(u32::MAX);
    }
}

/// A section: its name, its first row, and its keys and values with their rows.
type Section = (String, u32, Vec<(String, Item, u32)>);

struct Reading {
    faults: Vec<SheetFault>,
    codes: BTreeMap<String, (Item, Place)>,
    used: BTreeSet<String>,
}

impl Reading {
    fn fault(&mut self, code: &'static str, place: Place, nl: (&str, &str), en: (&str, &str)) {
        self.faults.push(SheetFault::new(code, place, nl, en));
    }

    fn grid(&mut self, name: &str, sheet: &Node) -> Option<Grid> {
        let known = [HEAD, RULES, TABLES, CASES];
        if folded(name) == HELP {
            return None;
        }
        let Some(own) = known.into_iter().find(|known| *known == folded(name)) else {
            let names = known.join(", ");
            self.fault(
                "M100",
                place(name, 1, 0, None),
                (
                    "Dit blad hoort niet bij een mapping.",
                    &format!("Er zijn: {names}."),
                ),
                (
                    "This sheet is no part of a mapping.",
                    &format!("There are: {names}."),
                ),
            );
            return None;
        };
        let mut grid = Grid {
            name: own.to_owned(),
            header: Vec::new(),
            rows: Vec::new(),
        };
        for (index, row) in (1_u32..).zip(sheet.items()) {
            let mut cells = Vec::new();
            for (column, cell) in row.items().iter().enumerate() {
                cells.push(match &cell.value {
                    Value::Text(text) | Value::Number(text) => text.to_string(),
                    Value::Bool(true) => "ja".to_owned(),
                    Value::Bool(false) => "nee".to_owned(),
                    Value::Unreadable(_) => {
                        self.fault(
                            "M105",
                            grid.place(index, column),
                            (
                                "Deze cel heeft geen leesbare waarde.",
                                "Zet er de waarde zelf in, geen formule.",
                            ),
                            (
                                "This cell has no readable value.",
                                "Put the value itself there, no formula.",
                            ),
                        );
                        String::new()
                    }
                    _ => String::new(),
                });
            }
            if cells.iter().all(|text| text.trim().is_empty()) {
                continue;
            }
            if grid.header.is_empty() {
                grid.header = cells.iter().map(|text| text.trim().to_owned()).collect();
                continue;
            }
            match grid.rows.last_mut() {
                Some(above) if cells.first().is_some_and(|first| first == MORE) => {
                    let wider = above.cells.len().max(cells.len());
                    above.cells.resize(wider, String::new());
                    for (old, more) in above.cells.iter_mut().zip(&cells).skip(1) {
                        old.push_str(more);
                    }
                }
                _ => grid.rows.push(Line { row: index, cells }),
            }
        }
        Some(grid)
    }

    /// Where the columns of a sheet are; one that is not there is a fault.
    fn columns<const N: usize>(&mut self, grid: &Grid, titles: [&str; N]) -> [Option<usize>; N] {
        titles.map(|title| {
            let found = grid.column(title);
            if found.is_none() {
                self.fault(
                    "M101",
                    grid.row(1),
                    (
                        &format!("De kolom `{title}` ontbreekt."),
                        "Zet de kop erbij, zoals in een export.",
                    ),
                    (
                        &format!("The column `{title}` is missing."),
                        "Add the header, as in an export.",
                    ),
                );
            }
            found
        })
    }

    fn unreadable(&mut self, place: Place) {
        self.fault("M102", place, ("Dit begint als een lijst, opties of tekst tussen aanhalingstekens, en is het niet.", "Verbeter de schrijfwijze; het blad `toelichting` geeft voorbeelden."), ("This begins as a list, options or quoted text, and is not.", "Correct the notation; the sheet `toelichting` has examples."));
    }

    fn twice(&mut self, place: Place, key: &str) {
        self.fault(
            "M106",
            place,
            (&format!("`{key}` staat er al."), "Laat er een staan."),
            (&format!("`{key}` is there already."), "Leave one of them."),
        );
    }

    fn tables(&mut self, grid: &Grid) {
        let [name, code, value] = self.columns(grid, ["Tabel", "Code", "Waarde"]);
        if name.is_none() || code.is_none() || value.is_none() {
            return;
        }
        let sort = grid.column("Soort");
        let mut tables: BTreeMap<String, (Table, Place)> = BTreeMap::new();
        for line in &grid.rows {
            let own = line.cell(name).trim().trim_start_matches('@').to_owned();
            let at = grid.place(line.row, name.unwrap_or(0));
            let (table, _) = tables.entry(own).or_insert_with(|| {
                let table = Table {
                    span: 0..0,
                    entries: Vec::new(),
                };
                (table, at)
            });
            if line.cell(code).is_empty() && line.cell(value).is_empty() {
                continue; // a table without codes
            }
            let Some(entry) = table::entry(line.cell(code), line.cell(value), line.cell(sort))
            else {
                self.unreadable(grid.place(line.row, value.unwrap_or(0)));
                continue;
            };
            if table.has(&entry.key) {
                self.twice(grid.place(line.row, code.unwrap_or(0)), &entry.key);
                continue;
            }
            table.entries.push(entry);
        }
        for (name, (table, place)) in tables {
            self.codes.insert(name, (Item::of_table(&table), place));
        }
    }

    fn unused(&mut self) {
        let unused: Vec<(String, Place)> = self
            .codes
            .iter()
            .filter(|(name, _)| !self.used.contains(*name))
            .map(|(name, (_, place))| (name.clone(), place.clone()))
            .collect();
        for (name, place) in unused {
            self.fault(
                "M104",
                place,
                (
                    &format!("Geen regel noemt de tabel `{name}`."),
                    "Noem haar in de kolom Codec, of haal haar weg.",
                ),
                (
                    &format!("No rule names the table `{name}`."),
                    "Name it in the column Codec, or remove it.",
                ),
            );
        }
    }

    /// Values first, then the sections, each with its keys; the organisation and the soort.
    fn head(&mut self, grid: &Grid, out: &mut Out) -> (String, String) {
        let [section, key, value] = self.columns(grid, ["Onderdeel", "Sleutel", "Waarde"]);
        let mut id = (String::new(), String::new());
        if section.is_none() || key.is_none() || value.is_none() {
            return id;
        }
        let mut sections: Vec<Section> = vec![(String::new(), 0, Vec::new())];
        for line in &grid.rows {
            let at = |column: Option<usize>| grid.place(line.row, column.unwrap_or(0));
            let words = (
                cell::read_word(line.cell(section)),
                cell::read_word(line.cell(key)),
            );
            let (Some(own), Some(name)) = words else {
                self.unreadable(at(key));
                continue;
            };
            if !sections.iter().any(|(known, ..)| *known == own) {
                sections.push((own.clone(), line.row, Vec::new()));
            }
            let entries = sections.iter_mut().find(|(known, ..)| *known == own);
            let Some((_, _, entries)) = entries else {
                continue;
            };
            if line.cell(key).is_empty() && line.cell(value).is_empty() {
                continue; // a section without keys
            }
            if entries.iter().any(|(known, ..)| *known == name) {
                self.twice(at(key), &name);
                continue;
            }
            let Some(item) = cell::read(line.cell(value)) else {
                self.unreadable(at(value));
                continue;
            };
            if let (true, Toml::Text(text)) = (own == "mapping", &item.value) {
                match name.as_str() {
                    "organisatie" => id.0.clone_from(text),
                    "soort" => id.1.clone_from(text),
                    _ => {}
                }
            }
            entries.push((name, item, line.row));
        }
        for (name, row, entries) in sections {
            if !name.is_empty() {
                out.gap();
                let header = format!("[{}]", crate::tools::toml::key(&name));
                out.line(&header, grid.place(row, section.unwrap_or(0)));
            }
            for (key, item, row) in entries {
                out.line(&pair(&key, &item, ""), grid.place(row, value.unwrap_or(0)));
            }
        }
        id
    }

    /// The rows of a list of tables: rules with their sub-rules, or cases.
    fn list(&mut self, grid: &Grid, columns: &[(&str, &str)], list: &str, out: &mut Out) {
        let numbered = list == "rule";
        let special = [NUMBER, MORE, OTHER, ORDER, ORIGIN];
        let mut keys: Vec<(usize, &str)> = Vec::new();
        for (column, title) in grid.header.iter().enumerate() {
            let is = |known: &str| folded(known) == folded(title);
            if title.is_empty() || special.into_iter().any(is) {
                continue;
            }
            match columns.iter().find(|(known, _)| is(known)) {
                Some((_, key)) if keys.iter().any(|(_, known)| known == key) => {
                    self.twice(grid.place(1, column), title);
                }
                Some((_, key)) => keys.push((column, key)),
                None => {
                    let names: Vec<&str> = columns.iter().map(|(title, _)| *title).collect();
                    let names = names.join(", ");
                    self.fault(
                        "M101",
                        grid.place(1, column),
                        (
                            "Deze kolom kent een mapping niet.",
                            &format!("Er zijn: {names}. Andere sleutels staan in de kolom Overig."),
                        ),
                        (
                            "A mapping has no such column.",
                            &format!("There are: {names}. Other keys stand in the column Overig."),
                        ),
                    );
                }
            }
        }
        let (number, other, order, from) = (
            grid.column(NUMBER),
            grid.column(OTHER),
            grid.column(ORDER),
            grid.column(ORIGIN),
        );
        let mut above: Vec<String> = Vec::new();
        for line in &grid.rows {
            let own = line.cell(number).trim().trim_end_matches('.');
            let depth = own.matches('.').count();
            if numbered {
                let group = own.rsplit_once('.').map(|(group, _)| group);
                let fits = group
                    .is_none_or(|group| above.get(depth - 1).is_some_and(|known| known == group));
                if !fits {
                    self.fault("M103", grid.place(line.row, number.unwrap_or(0)), ("Deze deelregel staat niet onder zijn groep.", "Geef haar het nummer van de groep erboven, een punt en een eigen nummer."), ("This sub-rule does not stand below its group.", "Give it the number of the group above it, a dot and a number of its own."));
                    continue;
                }
                above.truncate(depth);
                above.push(own.to_owned());
            }
            let indent = "  ".repeat(depth);
            let entries = self.entries(grid, line, (&keys, other, order));
            out.gap();
            let start = grid.place(line.row, 0);
            let origin = line.cell(from).trim();
            if !origin.is_empty() && !origin.contains(char::is_control) {
                out.line(&format!("{indent}# from {origin}"), start.clone());
            }
            let path = std::iter::repeat_n(list, depth + 1)
                .collect::<Vec<_>>()
                .join(".");
            out.line(&format!("{indent}[[{path}]]"), start);
            for (entry, column) in entries {
                out.line(
                    &format!("{indent}{}", pair(&entry.key, &entry.item, &indent)),
                    grid.place(line.row, column),
                );
            }
        }
    }

    /// The keys of a row, with their columns, in their own order.
    fn entries(
        &mut self,
        grid: &Grid,
        line: &Line,
        (keys, other, order): (&[(usize, &str)], Option<usize>, Option<usize>),
    ) -> Vec<(Entry, usize)> {
        let mut found: Vec<(Entry, usize)> = Vec::new();
        for (column, key) in keys {
            let text = line.cell(Some(*column));
            if text.trim().is_empty() {
                continue;
            }
            match cell::read(text) {
                Some(item) => found.push((entry(key, item), *column)),
                None => self.unreadable(grid.place(line.row, *column)),
            }
        }
        let more = line.cell(other);
        let at = other.unwrap_or(0);
        match (more.trim().is_empty(), members(more)) {
            (true, _) => {}
            (false, None) => self.unreadable(grid.place(line.row, at)),
            (false, Some(more)) => {
                for own in more {
                    if found.iter().any(|(known, _)| known.key == own.key) {
                        self.twice(grid.place(line.row, at), &own.key);
                    } else {
                        found.push((own, at));
                    }
                }
            }
        }
        for (entry, column) in &mut found {
            let Self { codes, used, .. } = self;
            let put = table::put_back(&mut entry.item, &mut |name| {
                used.insert(name.to_owned());
                codes.get(name).map(|(item, _)| item.clone())
            });
            if let Err(name) = put {
                self.fault(
                    "M104",
                    grid.place(line.row, *column),
                    (
                        &format!("De tabel `{name}` staat niet op het blad `{TABLES}`."),
                        "Voeg haar toe of verbeter de naam.",
                    ),
                    (
                        &format!("The table `{name}` is not on the sheet `{TABLES}`."),
                        "Add it or correct the name.",
                    ),
                );
            }
        }
        let wanted = line.cell(order);
        let wanted: Vec<String> = cell::value(&format!("[{}]", quoted_keys(wanted)))
            .and_then(|item| match item.value {
                Toml::List(items) => Some(
                    items
                        .into_iter()
                        .filter_map(|item| match item.value {
                            Toml::Text(text) => Some(text),
                            _ => None,
                        })
                        .collect(),
                ),
                _ => None,
            })
            .unwrap_or_default();
        let rank = |key: &str| {
            wanted
                .iter()
                .position(|one| one == key)
                .unwrap_or(usize::MAX)
        };
        found.sort_by_key(|(entry, _)| rank(&entry.key));
        found
    }
}

/// Keys between commas as texts between quotes.
fn quoted_keys(keys: &str) -> String {
    let keys = keys.split(',').map(str::trim).filter(|key| !key.is_empty());
    let keys = keys.map(|key| {
        if key.starts_with('"') {
            key.to_owned()
        } else {
            crate::tools::toml::quoted(key)
        }
    });
    keys.collect::<Vec<_>>().join(", ")
}

/// Keys and values between commas, as in a table on one line.
fn members(text: &str) -> Option<Vec<Entry>> {
    match cell::value(&format!("{{ {text} }}"))?.value {
        Toml::Table(table) => Some(table.entries),
        _ => None,
    }
}

fn entry(key: &str, item: Item) -> Entry {
    Entry {
        key: key.to_owned(),
        key_span: 0..0,
        item,
    }
}
