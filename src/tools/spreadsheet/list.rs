use crate::mapping::pair;
use crate::mapping::plan::folded;
use crate::mapping::syntax::Entry;
use crate::mapping::syntax::Item;
use crate::mapping::syntax::Toml;
use crate::tools::spreadsheet::MORE;
use crate::tools::spreadsheet::NUMBER;
use crate::tools::spreadsheet::ORDER;
use crate::tools::spreadsheet::ORIGIN;
use crate::tools::spreadsheet::OTHER;
use crate::tools::spreadsheet::TABLES;
use crate::tools::spreadsheet::cell;
use crate::tools::spreadsheet::grid::Grid;
use crate::tools::spreadsheet::grid::Line;
use crate::tools::spreadsheet::import::Out;
use crate::tools::spreadsheet::import::Reading;
use crate::tools::spreadsheet::table;

impl Reading {
    /// The rows of a list of tables: rules with their sub-rules, or cases.
    pub(super) fn list(
        &mut self,
        grid: &Grid,
        columns: &[(&str, &str)],
        list: &str,
        out: &mut Out,
    ) {
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
                    let own: &[&str] = if numbered { &[NUMBER] } else { &[] };
                    let titles = columns.iter().map(|(title, _)| title);
                    let names: Vec<&str> = (own.iter().chain(titles))
                        .chain(&[OTHER, ORDER, ORIGIN])
                        .copied()
                        .collect();
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
