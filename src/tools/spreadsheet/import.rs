use crate::document::Document;
use crate::document::Place;
use crate::mapping::diagnostic::Report;
use crate::mapping::pair;
use crate::mapping::syntax;
use crate::mapping::syntax::Item;
use crate::mapping::syntax::Table;
use crate::mapping::syntax::Toml;
use crate::tools::spreadsheet::CASE;
use crate::tools::spreadsheet::CASES;
use crate::tools::spreadsheet::HEAD;
use crate::tools::spreadsheet::RULE;
use crate::tools::spreadsheet::RULES;
use crate::tools::spreadsheet::SheetFault;
use crate::tools::spreadsheet::TABLES;
use crate::tools::spreadsheet::cell;
use crate::tools::spreadsheet::grid::Grid;
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

    /// The row that a case came from, by its name.
    #[must_use]
    pub fn case(&self, name: &str) -> Place {
        let root = syntax::parse(&self.text, &mut Report::new("", &self.text));
        let cases = root
            .as_ref()
            .map_or_else(Vec::new, |root| syntax::tables_at(root, "case"));
        let named = cases
            .into_iter()
            .find(|table| table.plain_text("name") == Some(name));
        named.map_or(Place::Whole, |table| {
            let before = self.text.get(..table.place().start).unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            self.place(u32::try_from(line).unwrap_or(u32::MAX))
        })
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

/// The file while it is written, and the cell of each line.
pub(super) struct Out {
    pub text: String,
    /// The number of the line that comes next.
    lines: u32,
    cells: BTreeMap<u32, Place>,
}

impl Out {
    pub(super) fn gap(&mut self) {
        if !self.text.is_empty() {
            self.text.push('\n');
            self.lines += 1;
        }
    }

    pub(super) fn line(&mut self, text: &str, place: Place) {
        self.cells.insert(self.lines, place);
        self.text.push_str(text);
        self.text.push('\n');
        let more = text.matches('\n').count() + 1;
        self.lines += u32::try_from(more).unwrap_or(u32::MAX);
    }
}

/// Keys of the tables of a format that may be one text or a list of them: texts of the organisation's own.
const TEXTS: [&str; 7] = [
    "ignore",
    "total_rows",
    "together",
    "sheets",
    "ignore_sheets",
    "header",
    "trailer",
];

/// Whether a text between commas stands where a list is meant.
pub(super) fn is_several(section: &str, key: &str, item: &Item) -> bool {
    section != "mapping"
        && TEXTS.contains(&key)
        && matches!(&item.value, Toml::Text(text) if text.contains(','))
}

/// A section: its name, its first row, and its keys and values with their rows.
type Section = (String, u32, Vec<(String, Item, u32)>);

pub(super) struct Reading {
    pub faults: Vec<SheetFault>,
    pub codes: BTreeMap<String, (Item, Place)>,
    pub used: BTreeSet<String>,
}

impl Reading {
    pub(super) fn fault(
        &mut self,
        code: &'static str,
        place: Place,
        nl: (&str, &str),
        en: (&str, &str),
    ) {
        self.faults.push(SheetFault::new(code, place, nl, en));
    }

    pub(super) fn unreadable(&mut self, place: Place) {
        self.fault("M102", place, ("Dit begint als een lijst, opties of tekst tussen aanhalingstekens, en is het niet.", "Verbeter de schrijfwijze; het blad `toelichting` geeft voorbeelden."), ("This begins as a list, options or quoted text, and is not.", "Correct the notation; the sheet `toelichting` has examples."));
    }

    pub(super) fn twice(&mut self, place: Place, key: &str) {
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
            let quoted = line.cell(value).trim_start().starts_with(['"', '\'']);
            if !quoted && is_several(&own, &name, &item) {
                self.fault(
                    "M102",
                    at(value),
                    (
                        "Dit zijn meer teksten, en zo staat er een.",
                        "Schrijf een lijst, met elke tekst tussen aanhalingstekens (`[\"een\", \"twee\"]`); is het een tekst met een komma erin, zet die dan tussen aanhalingstekens.",
                    ),
                    (
                        "These are several texts, and like this it is one.",
                        "Write a list with each text in quotes (`[\"one\", \"two\"]`); of one text with a comma in it, put that in quotes.",
                    ),
                );
                continue;
            }
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
}
