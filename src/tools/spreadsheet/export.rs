use crate::mapping::diagnostic::Report;
use crate::mapping::origin;
use crate::mapping::syntax;
use crate::mapping::syntax::Entry;
use crate::mapping::syntax::Item;
use crate::mapping::syntax::Table;
use crate::mapping::syntax::Toml;
use crate::tools::sheets;
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
use crate::tools::spreadsheet::TABLES;
use crate::tools::spreadsheet::cell;
use crate::tools::spreadsheet::import::is_several;
use crate::tools::spreadsheet::table::Codes;
use crate::tools::spreadsheet::table::taken_out;
use crate::tools::toml::inline;
use crate::tools::toml::key;
use crate::tools::toml::quoted;
use rust_xlsxwriter::Color;
use rust_xlsxwriter::Format;
use rust_xlsxwriter::FormatAlign;
use rust_xlsxwriter::Worksheet;
use rust_xlsxwriter::XlsxError;

/// Most characters (as a workbook counts them) of a part of a text.
const PART: usize = 30_000;
/// Columns that are there whether or not a rule has them.
const ALWAYS: [&str; 5] = ["source", "target", "codec", "required", "note"];
/// What the sheets are for.
const EXPLAINED: [[&str; 2]; 13] = [
    [
        "kop",
        "Wat de mapping is, en hoe het bestand in elkaar zit: onderdeel, sleutel, waarde.",
    ],
    [
        "regels",
        "Een rij per regel, in de volgorde van het bestand. Een deelregel heeft het nummer van zijn groep en een eigen nummer: 3.1 hoort bij 3. Een nieuwe regel mag zonder nummer.",
    ],
    [
        "codetabellen",
        "De codes van een tabel die een regel noemt als @T3. Code en waarde zijn tekst; staat er toml in de kolom Soort, dan is de waarde een getal, ja of nee (true, false).",
    ],
    [
        "gevallen",
        "De gevallen waarmee de mapping zichzelf toetst.",
    ],
    ["", ""],
    [
        "Tekst",
        "Schrijf tekst zoals zij is. Alleen wat op iets anders lijkt staat tussen aanhalingstekens: \"12\", \"ja\".",
    ],
    ["Ja en nee", "In een kolom als Verplicht: ja of nee."],
    ["Lijsten", "[\"een\", \"twee\"]"],
    ["Opties", "{ codec = \"date\", forms = [\"dd-mm-jjjj\"] }"],
    [
        "Overig",
        "Sleutels zonder eigen kolom: sleutel = waarde, gescheiden door komma's.",
    ],
    [
        "Volgorde",
        "De volgorde van de sleutels, waar die anders is dan die van de kolommen. Mag leeg.",
    ],
    [
        "Herkomst",
        "Uit welk bestand en welke regel de regel komt. Mag leeg.",
    ],
    [
        "…",
        "Een rij die zo begint gaat verder met de tekst van de rij erboven.",
    ],
];

/// Why a mapping cannot be written as a workbook.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// It is no mapping file.
    #[error("the file is not TOML; `schakel mapping check` tells where")]
    NotToml,
    /// The workbook cannot be made.
    #[error(transparent)]
    Workbook(#[from] XlsxError),
}

/// A mapping file as a workbook. Shared parts that it takes over stay references; comments do not come along.
pub fn export(file: &str, text: &str) -> Result<Vec<u8>, ExportError> {
    let mut report = Report::new(file, text);
    let root = syntax::parse(text, &mut report).ok_or(ExportError::NotToml)?;
    let mut codes = Vec::new();
    let mut rules = Vec::new();
    let mut cases = Vec::new();
    let mut head = Vec::new();
    let (tables, values): (Vec<_>, Vec<_>) = root
        .entries
        .iter()
        .partition(|entry| matches!(entry.item.value, Toml::Table(_)));
    for entry in values {
        match (entry.key.as_str(), listed(entry)) {
            ("rule", Some(tables)) => number(&tables, "", &mut rules),
            ("case", Some(tables)) => cases = tables,
            _ => head.push(vec![
                String::new(),
                cell::word(&entry.key),
                cell::shown(&entry.item),
            ]),
        }
    }
    for entry in tables {
        section(entry, &mut head);
    }
    let rule_rows: Vec<Row<'_>> = rules
        .iter()
        .map(|(number, table)| Row {
            first: Some(number.clone()),
            entries: entries(table),
            origin: Some(origin(&report, &table.place())),
        })
        .collect();
    let case_rows: Vec<Row<'_>> = cases
        .iter()
        .map(|table| Row {
            first: None,
            entries: table.entries.iter().collect(),
            origin: None,
        })
        .collect();
    let rules = sheet(&RULE, &rule_rows, &mut codes);
    let cases = sheet(&CASE, &case_rows, &mut Vec::new());
    let head = Sheet {
        header: ["Onderdeel", "Sleutel", "Waarde"].map(str::to_owned).into(),
        rows: head,
    };
    let mut tables = Sheet {
        header: ["Tabel", "Code", "Waarde", "Soort"]
            .map(str::to_owned)
            .into(),
        rows: Vec::new(),
    };
    for Codes { name, rows } in codes {
        if rows.is_empty() {
            tables.rows.push(vec![name.clone()]);
        }
        let rows = rows.into_iter();
        tables
            .rows
            .extend(rows.map(|[code, value, sort]| vec![name.clone(), code, value, sort]));
    }
    let help = Sheet {
        header: ["Wat", "Hoe"].map(str::to_owned).into(),
        rows: EXPLAINED.map(|row| row.map(str::to_owned).into()).into(),
    };
    let mut book = sheets::workbook()?;
    for (name, sheet) in [
        (HEAD, head),
        (RULES, rules),
        (TABLES, tables),
        (CASES, cases),
        (HELP, help),
    ] {
        sheet.write(book.add_worksheet(), name)?;
    }
    Ok(book.save_to_buffer()?)
}

/// The tables of a list that holds nothing else.
fn listed(entry: &Entry) -> Option<Vec<&Table>> {
    match &entry.item.value {
        Toml::List(items) => items.iter().map(Item::as_table).collect(),
        _ => None,
    }
}

fn section(entry: &Entry, head: &mut Vec<Vec<String>>) {
    let Toml::Table(table) = &entry.item.value else {
        return;
    };
    let name = cell::word(&entry.key);
    if table.entries.is_empty() {
        head.push(vec![name.clone()]);
    }
    head.extend(table.entries.iter().map(|own| {
        // what looks like several texts and is one
        let value = match &own.item.value {
            Toml::Text(text) if is_several(&entry.key, &own.key, &own.item) => quoted(text),
            _ => cell::shown(&own.item),
        };
        vec![name.clone(), cell::word(&own.key), value]
    }));
}

/// The rules, a group before its sub-rules, each with its number.
fn number<'t>(tables: &[&'t Table], above: &str, into: &mut Vec<(String, &'t Table)>) {
    for (index, table) in tables.iter().enumerate() {
        let number_of = format!("{above}{}", index + 1);
        into.push((number_of.clone(), table));
        let inner = table.entries.iter().find(|entry| entry.key == "rule");
        if let Some(inner) = inner.and_then(listed) {
            number(&inner, &format!("{number_of}."), into);
        }
    }
}

/// What a rule has beside its sub-rules.
fn entries(table: &Table) -> Vec<&Entry> {
    let own = |entry: &&Entry| entry.key != "rule" || listed(entry).is_none();
    table.entries.iter().filter(own).collect()
}

struct Row<'t> {
    first: Option<String>,
    entries: Vec<&'t Entry>,
    origin: Option<String>,
}

struct Sheet {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

/// A sheet with a column for each key that some row has.
fn sheet(columns: &[(&str, &str)], rows: &[Row<'_>], codes: &mut Vec<Codes>) -> Sheet {
    let has = |key: &str| {
        rows.iter()
            .any(|row| row.entries.iter().any(|entry| entry.key == key))
    };
    let numbered = rows.iter().any(|row| row.first.is_some());
    let columns: Vec<_> = columns
        .iter()
        .filter(|(_, key)| has(key) || numbered && ALWAYS.contains(key))
        .collect();
    // the first column of a sheet says which rows go on
    let first = if numbered { NUMBER } else { MORE };
    let mut header = vec![first.to_owned()];
    header.extend(columns.iter().map(|(title, _)| (*title).to_owned()));
    header.extend([OTHER, ORDER].map(str::to_owned));
    if numbered {
        header.push(ORIGIN.to_owned());
    }
    let made = rows.iter().map(|row| {
        let number = row.first.clone().unwrap_or_default();
        let mut cells = vec![number.clone()];
        let mut natural: Vec<&str> = Vec::new();
        for (_, key) in &columns {
            let found = row.entries.iter().find(|entry| entry.key == *key);
            natural.extend(found.map(|entry| entry.key.as_str()));
            cells.push(found.map_or_else(String::new, |entry| {
                let item = if numbered {
                    taken_out(&entry.item, &number, codes)
                } else {
                    entry.item.clone()
                };
                cell::shown(&item)
            }));
        }
        let known = |entry: &&&Entry| columns.iter().any(|(_, key)| *key == entry.key);
        let others: Vec<&&Entry> = row.entries.iter().filter(|entry| !known(entry)).collect();
        natural.extend(others.iter().map(|entry| entry.key.as_str()));
        let pairs: Vec<String> = others
            .iter()
            .map(|entry| format!("{} = {}", key(&entry.key), inline(&entry.item)))
            .collect();
        cells.push(pairs.join(", "));
        let own: Vec<&str> = row.entries.iter().map(|entry| entry.key.as_str()).collect();
        let own_order: Vec<String> = own.iter().map(|name| key(name)).collect();
        cells.push(if own == natural {
            String::new()
        } else {
            own_order.join(", ")
        });
        cells.extend(row.origin.clone());
        cells
    });
    let rows = made.collect();
    Sheet { header, rows }
}

impl Sheet {
    fn write(&self, worksheet: &mut Worksheet, name: &str) -> Result<(), XlsxError> {
        worksheet.set_name(name)?;
        let bold = Format::new()
            .set_bold()
            .set_background_color(Color::RGB(0x00DD_E7F3));
        let plain = Format::new().set_text_wrap().set_align(FormatAlign::Top);
        for (column, title) in (0..).zip(&self.header) {
            worksheet.write_string_with_format(0, column, title, &bold)?;
            let width = match title.as_str() {
                NUMBER | MORE | "Verplicht" | "Richting" | "Kolom" | "Soort" | "Tabel" => 9,
                "Waarde" | "Codec" | "Hoe" | "Notitie" => 60,
                _ => 28,
            };
            worksheet.set_column_width(column, width)?;
        }
        worksheet.set_freeze_panes(1, 0)?;
        let mut line = 1;
        for row in &self.rows {
            let parts: Vec<Vec<String>> = row.iter().map(|text| split(text)).collect();
            let most = parts.iter().map(Vec::len).max().unwrap_or(1).max(1);
            for index in 0..most {
                for (column, parts) in (0..).zip(&parts) {
                    let text = match parts.get(index) {
                        Some(text) => text.as_str(),
                        None if column == 0 => MORE,
                        None => "",
                    };
                    if !text.is_empty() {
                        worksheet.write_string_with_format(line, column, text, &plain)?;
                    }
                }
                line += 1;
            }
        }
        Ok(())
    }
}

/// A text in parts that each fit in a cell.
fn split(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut units = 0;
    for c in text.chars() {
        units += c.len_utf16();
        if units > PART {
            parts.push(String::new());
            units = c.len_utf16();
        }
        if let Some(last) = parts.last_mut() {
            last.push(c);
        }
    }
    parts
}
