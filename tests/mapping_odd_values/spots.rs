//! The places of a document, one by one, and how a place of a fault is compared with them.

use crate::fixtures::Fixture;
use crate::rules::Rules;
use crate::rules::folded;
use crate::rules::texts;
use schakel::document::Document;
use schakel::document::Format;
use schakel::document::Name;
use schakel::document::Node;
use schakel::document::Place;
use schakel::document::Value;

/// One place of a document.
#[derive(Clone, Debug, Default)]
pub(crate) struct Spot {
    /// From the root down: which part or item.
    pub at: Vec<usize>,
    /// The names on the way, those of an XML root and of items left out; of a cell its folded header.
    pub names: Vec<String>,
    /// The steps on the way as places write them, with the number among those of the same name.
    pub steps: Vec<(String, Option<usize>)>,
    pub cell: Option<Cell>,
    /// An element's own text, beside its attributes.
    pub text: bool,
}

/// Where a spot stands in a table.
#[derive(Clone, Debug)]
pub(crate) struct Cell {
    /// The sheet of a workbook.
    pub sheet: Option<String>,
    pub row: u32,
    /// From 0.
    pub column: usize,
    /// At fixed width: the positions.
    pub positions: Option<(usize, usize)>,
    pub kind: Row,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Row {
    Header,
    Data,
    /// No data by rule: a title, a total.
    Aside,
}

/// Every place of a fixture.
pub(crate) fn of(fixture: &Fixture) -> Vec<Spot> {
    let mut found = Vec::new();
    let root = &fixture.document.root;
    match fixture.document.format {
        Format::Json => {
            let label = |name: &str| name.replace('~', "~0").replace('/', "~1");
            walk(root, &Spot::default(), &label, &mut found);
        }
        Format::Xml => {
            let label = |name: &str| fixture.rules.label(name);
            let (name, node) = &root.parts()[0];
            let start = Spot {
                at: vec![0],
                steps: vec![(label(name), None)],
                ..Spot::default()
            };
            walk(node, &start, &label, &mut found);
        }
        Format::Csv => cells(fixture, None, root, &[], &mut found),
        Format::Excel => {
            for index in read_sheets(fixture) {
                let (name, sheet) = &root.parts()[index];
                cells(fixture, Some(name), sheet, &[index], &mut found);
            }
        }
        Format::FixedWidth => lines(fixture, root, &mut found),
    }
    found
}

/// The sheets that the mapping reads, by index: those it names, all of them, or the first.
fn read_sheets(fixture: &Fixture) -> Vec<usize> {
    let format = &fixture.rules.format;
    let all = format.get("sheets").and_then(toml::Value::as_str) == Some("all");
    let named: Vec<String> = ["sheet", "sheets"]
        .iter()
        .flat_map(|key| texts(format.get(*key)))
        .map(|name| folded(&name))
        .collect();
    let sheets = fixture.document.root.parts().iter().enumerate();
    let found: Vec<usize> = sheets
        .filter(|(index, (name, _))| match named.as_slice() {
            _ if all => true,
            [] => *index == 0,
            named => named.contains(&folded(name)),
        })
        .map(|(index, _)| index)
        .collect();
    assert!(!found.is_empty(), "it was read");
    found
}

fn walk(node: &Node, here: &Spot, label: &dyn Fn(&str) -> String, into: &mut Vec<Spot>) {
    let parts = node.parts();
    for (index, (name, part)) in parts.iter().enumerate() {
        let mut spot = here.clone();
        spot.at.push(index);
        spot.text = &**name == "#text";
        if !spot.text {
            spot.names.push(name.to_string());
            let nth = parts[..index]
                .iter()
                .filter(|(other, _)| other == name)
                .count();
            spot.steps.push((label(name), Some(nth)));
        }
        into.push(spot.clone());
        walk(part, &spot, label, into);
    }
    for (index, item) in node.items().iter().enumerate() {
        let mut spot = here.clone();
        spot.at.push(index);
        spot.steps.push((index.to_string(), None));
        into.push(spot.clone());
        walk(item, &spot, label, into);
    }
}

fn cells(
    fixture: &Fixture,
    name: Option<&str>,
    sheet: &Node,
    before: &[usize],
    into: &mut Vec<Spot>,
) {
    let rows = sheet.items();
    let header = header(&fixture.rules, rows);
    let headers: Vec<String> = rows[header].items().iter().map(shown).collect();
    let totals = texts(fixture.rules.format.get("total_rows"));
    for (index, row) in rows.iter().enumerate() {
        let first = row.items().iter().map(shown).find(|text| !text.is_empty());
        let is_total =
            first.is_none_or(|first| totals.iter().any(|total| first.starts_with(&folded(total))));
        let kind = match index {
            _ if index == header => Row::Header,
            _ if index < header || is_total => Row::Aside,
            _ => Row::Data,
        };
        for column in 0..row.items().len() {
            let names = headers.get(column).filter(|header| !header.is_empty());
            into.push(Spot {
                at: before.iter().copied().chain([index, column]).collect(),
                names: names.cloned().into_iter().collect(),
                steps: Vec::new(),
                text: false,
                cell: Some(Cell {
                    sheet: name.map(str::to_owned),
                    row: u32::try_from(index + 1).expect("a small table"),
                    column,
                    positions: None,
                    kind,
                }),
            });
        }
    }
}

fn shown(cell: &Node) -> String {
    cell.as_text().map_or_else(String::new, folded)
}

/// The row with most of the headers that rules name.
fn header(rules: &Rules, rows: &[Node]) -> usize {
    let score = |row: &Node| {
        let known = |cell: &&Node| {
            let text = vec![shown(cell)];
            rules
                .claims
                .iter()
                .any(|claim| claim.sources.contains(&text))
        };
        row.items().iter().filter(known).count()
    };
    let within = rules
        .format
        .get("header_within")
        .and_then(toml::Value::as_integer);
    let within = usize::try_from(within.unwrap_or(10)).expect("a small number");
    let best = rows.iter().map(score).take(within).max().unwrap_or(0);
    rows.iter().position(|row| score(row) == best).unwrap_or(0)
}

fn lines(fixture: &Fixture, root: &Node, into: &mut Vec<Spot>) {
    let length = fixture.rules.format["record_length"]
        .as_integer()
        .expect("a number");
    let length = usize::try_from(length).expect("a small number");
    let mut slots: Vec<(usize, usize)> = Vec::new();
    let named = fixture.rules.claims.iter().flat_map(|claim| &claim.sources);
    for source in named.chain(&fixture.rules.ignored) {
        let ends: Vec<usize> = source[0]
            .split(|c: char| !c.is_ascii_digit())
            .filter_map(|text| text.parse().ok())
            .collect();
        if !slots.contains(&(ends[0], ends[1])) {
            slots.push((ends[0], ends[1]));
        }
    }
    let covered = |position: &usize| {
        slots
            .iter()
            .any(|(from, to)| (from..=to).contains(&position))
    };
    let gaps: Vec<(usize, usize)> = (1..=length)
        .filter(|position| !covered(position))
        .map(|position| (position, position))
        .collect();
    slots.extend(gaps);
    slots.sort_unstable();
    let fringe: Vec<String> = ["header", "trailer"]
        .iter()
        .flat_map(|key| texts(fixture.rules.format.get(*key)))
        .collect();
    for (index, line) in root.items().iter().enumerate() {
        let text = line.as_text().unwrap_or_default();
        let aside = text.trim().is_empty() || fringe.iter().any(|start| text.starts_with(start));
        for (column, (from, to)) in slots.iter().enumerate() {
            into.push(Spot {
                at: vec![index],
                names: vec![format!("[{from},{to}]")],
                steps: Vec::new(),
                text: false,
                cell: Some(Cell {
                    sheet: None,
                    row: u32::try_from(index + 1).expect("a small file"),
                    column,
                    positions: Some((*from, *to)),
                    kind: if aside { Row::Aside } else { Row::Data },
                }),
            });
        }
    }
}

/// What stands at a spot.
pub(crate) fn get<'d>(document: &'d Document, at: &[usize]) -> &'d Node {
    at.iter()
        .fold(&document.root, |node, index| match &node.value {
            Value::Map(parts) => &parts[*index].1,
            Value::List(items) => &items[*index],
            _ => unreachable!("spots come from the document"),
        })
}

/// Puts something else at a spot, or, with `twice`, beside what is there.
pub(crate) fn put(document: &mut Document, at: &[usize], value: Value, twice: bool) {
    let (last, way) = at.split_last().expect("the root is no spot");
    let mut node = &mut document.root;
    for index in way {
        node = match &mut node.value {
            Value::Map(parts) => &mut parts[*index].1,
            Value::List(items) => &mut items[*index],
            _ => unreachable!("spots come from the document"),
        };
    }
    let new = Node::made(value);
    match &mut node.value {
        Value::Map(parts) if twice => {
            let name = Name::clone(&parts[*last].0);
            parts.insert(*last + 1, (name, new));
        }
        Value::Map(parts) => parts[*last].1.value = new.value,
        Value::List(items) => items[*last].value = new.value,
        _ => unreachable!("spots come from the document"),
    }
}

impl Spot {
    pub(crate) fn is_attribute(&self) -> bool {
        self.names.last().is_some_and(|name| name.starts_with('@'))
    }

    /// Whether nothing but a text can stand there.
    pub(crate) fn is_text(&self) -> bool {
        self.text || self.is_attribute()
    }

    pub(crate) fn pointer(&self) -> String {
        self.steps
            .iter()
            .map(|(step, nth)| match nth {
                Some(nth) if *nth > 0 => format!("/{step}[{}]", nth + 1),
                _ => format!("/{step}"),
            })
            .collect()
    }

    /// The sheet and the row of a cell or line.
    pub(crate) fn row(&self) -> Option<(Option<&str>, u32)> {
        let cell = self.cell.as_ref()?;
        Some((cell.sheet.as_deref(), cell.row))
    }

    /// Whether a place stands on the sheet of this spot; true where there are no sheets.
    pub(crate) fn is_on_sheet_of(&self, place: &Place) -> bool {
        let own = self.cell.as_ref().and_then(|cell| cell.sheet.as_deref());
        match place {
            Place::Cell { sheet, .. } => own.is_none() || sheet.as_deref() == own,
            _ => true,
        }
    }

    pub(crate) fn is_row(&self, kind: Row) -> bool {
        self.cell.as_ref().is_some_and(|cell| cell.kind == kind)
    }

    /// Whether a place is this spot, or what it stands in, or what stands in it. The root of a tree says too little.
    pub(crate) fn is_named_by(&self, place: &Place) -> bool {
        match place {
            Place::Json { .. } | Place::Xml { .. } => {
                let steps = steps_of(place);
                let least = if matches!(place, Place::Xml { .. }) {
                    2
                } else {
                    1
                };
                steps.len() >= least.min(self.steps.len()) && self.along(&steps)
            }
            Place::Cell {
                row,
                column,
                header,
                ..
            } => {
                self.is_on_sheet_of(place)
                    && self.cell.as_ref().is_some_and(|cell| {
                        let column_is = usize::try_from(*column).expect("small") == cell.column + 1;
                        match cell.kind {
                            Row::Header => column_is || *column == 0 && header.is_some(),
                            _ => {
                                *row == cell.row && (column_is || *column == 0 && header.is_none())
                            }
                        }
                    })
            }
            Place::Positions { line, from, to } => self.cell.as_ref().is_some_and(|cell| {
                let (first, last) = cell.positions.unwrap_or((0, usize::MAX));
                let (from, to) = (
                    usize::try_from(*from).expect("small"),
                    usize::try_from(*to).expect("small"),
                );
                // a line of another length is named by what is too much or missing
                let meets = from <= last && first <= to;
                *line == cell.row && (meets || to > last)
            }),
            _ => false,
        }
    }

    /// Whether steps lead to this spot, or on the way to it, or beyond it.
    fn along(&self, steps: &[(String, Option<usize>)]) -> bool {
        self.steps
            .iter()
            .zip(steps)
            .all(|((name, nth), (other, number))| {
                name == other && (number.is_none() || nth.is_none() || number == nth)
            })
    }

    /// Whether the spot is an element, or stands in it.
    pub(crate) fn is_within(&self, element: &Place) -> bool {
        match element {
            Place::Cell { .. } | Place::Positions { .. } => self.row() == row_of(element),
            _ => {
                let steps = steps_of(element);
                self.steps.len() >= steps.len() && self.along(&steps)
            }
        }
    }

    /// Whether an element stands in the spot.
    pub(crate) fn holds(&self, element: &Place) -> bool {
        let steps = steps_of(element);
        self.cell.is_none() && self.steps.len() < steps.len() && self.along(&steps)
    }
}

/// The sheet and the row of a place in a table.
pub(crate) fn row_of(place: &Place) -> Option<(Option<&str>, u32)> {
    match place {
        Place::Cell { sheet, row, .. } => Some((sheet.as_deref(), *row)),
        Place::Positions { line, .. } => Some((None, *line)),
        _ => None,
    }
}

/// The steps of a pointer or path, with the number from 0 where it has one.
pub(crate) fn steps_of(place: &Place) -> Vec<(String, Option<usize>)> {
    let (Place::Json { pointer: text, .. } | Place::Xml { xpath: text, .. }) = place else {
        return Vec::new();
    };
    let numbered = |step: &str| match step
        .strip_suffix(']')
        .and_then(|step| step.rsplit_once('['))
    {
        Some((name, number)) => {
            let number: usize = number.parse().expect("a number");
            (name.to_owned(), Some(number - 1))
        }
        None => (step.to_owned(), None),
    };
    text.split('/').skip(1).map(numbered).collect()
}
