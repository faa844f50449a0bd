use crate::document::Node;
use crate::document::Place;
use crate::document::Value;
use crate::mapping::plan::folded;
use crate::tools::spreadsheet::CASES;
use crate::tools::spreadsheet::HEAD;
use crate::tools::spreadsheet::HELP;
use crate::tools::spreadsheet::MORE;
use crate::tools::spreadsheet::RULES;
use crate::tools::spreadsheet::TABLES;
use crate::tools::spreadsheet::import::Reading;

/// A sheet: its header by column, and its rows, with what goes on in the next row joined.
pub(super) struct Grid {
    pub name: String,
    pub header: Vec<String>,
    pub rows: Vec<Line>,
}

pub(super) struct Line {
    /// From 1.
    pub row: u32,
    pub cells: Vec<String>,
}

impl Grid {
    pub(super) fn place(&self, row: u32, column: usize) -> Place {
        place(
            &self.name,
            row,
            column,
            self.header.get(column).map(String::as_str),
        )
    }

    /// A row as a whole.
    pub(super) fn row(&self, row: u32) -> Place {
        Place::Cell {
            sheet: Some(self.name.clone()),
            row,
            column: 0,
            header: None,
        }
    }

    pub(super) fn column(&self, title: &str) -> Option<usize> {
        self.header
            .iter()
            .position(|known| folded(known) == folded(title))
    }
}

impl Line {
    pub(super) fn cell(&self, column: Option<usize>) -> &str {
        let text = column.and_then(|column| self.cells.get(column));
        text.map_or("", String::as_str)
    }
}

pub(super) fn place(sheet: &str, row: u32, column: usize, header: Option<&str>) -> Place {
    Place::Cell {
        sheet: Some(sheet.to_owned()),
        row,
        column: u32::try_from(column + 1).unwrap_or(u32::MAX),
        header: header
            .filter(|header| !header.is_empty())
            .map(str::to_owned),
    }
}

impl Reading {
    pub(super) fn grid(&mut self, name: &str, sheet: &Node) -> Option<Grid> {
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
                    Value::Moment(_) | Value::Measure(..) => {
                        self.fault(
                            "M105",
                            grid.place(index, column),
                            (
                                "Het rekenblad heeft van deze cel een datum, een tijd of een percentage gemaakt.",
                                "Maak de cel op als tekst en vul de waarde opnieuw in.",
                            ),
                            (
                                "The spreadsheet made a date, a time or a percentage of this cell.",
                                "Format the cell as text and fill in the value again.",
                            ),
                        );
                        String::new()
                    }
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
    pub(super) fn columns<const N: usize>(
        &mut self,
        grid: &Grid,
        titles: [&str; N],
    ) -> [Option<usize>; N] {
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
}
