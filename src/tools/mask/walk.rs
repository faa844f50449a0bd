use crate::document::Document;
use crate::document::Format;
use crate::document::Hidden;
use crate::document::Name;
use crate::document::Node;
use crate::document::Place;
use crate::document::Value;
use crate::document::Wire;
use crate::mapping::Mapping;
use crate::mapping::decode::records;
use crate::mapping::plan::Plan;
use crate::tools::mask::spot::Path;
use crate::tools::mask::spot::Spot;
use crate::tools::mask::table::Table;
use crate::tools::mask::table::Tables;
use crate::tools::mask::tree::Tree;

/// A value where it stands.
pub(super) struct Site<'w> {
    pub path: Path,
    pub spot: Spot,
    /// What it is part of, from the root on.
    pub within: &'w [Holder],
    pub role: Role<'w>,
    /// Fixed width: the characters there are.
    pub width: Option<usize>,
}

/// What a value is part of.
#[derive(Clone, Copy)]
pub(super) struct Holder {
    pub spot: Spot,
    /// Names that lead to it.
    pub depth: usize,
}

/// What a value is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Role<'w> {
    Value,
    /// The header of a column.
    Header,
    /// The cell that tells a row to be a total, by this word.
    Total(&'w str),
}

/// What is made of the parts of a document.
pub(super) trait Maker {
    /// What stands in the place of a value.
    fn value(&mut self, site: &Site<'_>, value: &Value) -> Value;
    /// What a part of a tree is called; `envelope`: of that around the document.
    fn name(&mut self, name: &Name, envelope: bool) -> Name;
    /// What the sheet at an index is called; `read` is the one that the mapping reads.
    fn sheet(&mut self, name: &Name, index: usize, read: bool) -> Name;
}

/// A document as its mapping finds its way in it.
pub(super) struct Walk<'d> {
    document: &'d Document,
    plan: Option<&'d Plan>,
    tables: Tables,
    /// From the root of the envelope to the element that holds the document.
    held: Vec<Name>,
}

impl<'d> Walk<'d> {
    pub(super) fn new(document: &'d Document, mapping: &'d Mapping) -> Self {
        let held = match mapping.wire() {
            Wire::Enveloped(wire) => std::iter::once(&wire.root)
                .chain(&wire.steps)
                .cloned()
                .collect(),
            _ => Vec::new(),
        };
        Self {
            document,
            plan: mapping.plan(),
            tables: Tables::of(document, mapping),
            held,
        }
    }

    /// What stands for a column of the plan: the same for those that one cell is; none where no table has it.
    pub(super) fn column(&self, index: usize) -> Option<usize> {
        self.tables.column(index)
    }

    /// The spot of a place.
    pub(super) fn spot(&self, place: &Place) -> Spot {
        Spot::of(self.document, place)
    }

    /// The document made anew, part by part. Places stay those of the document.
    pub(super) fn rebuild(&self, maker: &mut dyn Maker) -> Document {
        let root = &self.document.root;
        let made = match self.document.format {
            Format::Xml | Format::Json => Tree::new(None, maker).node(root),
            Format::Csv => {
                let rows = self.rows(root.items(), 0, self.tables.of_sheet(None), maker);
                Node::new(root.at, Value::List(rows))
            }
            Format::Excel => {
                let sheets = root.parts().iter().enumerate();
                let sheets = sheets.map(|(index, (name, sheet))| {
                    let table = self.tables.of_sheet(Some(name));
                    let rows = self.rows(sheet.items(), small(index + 1), table, maker);
                    let rows = Node::new(sheet.at, Value::List(rows));
                    (maker.sheet(name, index, table.is_some()), rows)
                });
                Node::new(root.at, Value::Map(sheets.collect()))
            }
            Format::FixedWidth => Node::new(root.at, Value::List(self.lines(root.items(), maker))),
        };
        let hidden = self.hidden(&made);
        let envelope = self.document.envelope.as_deref();
        let envelope = envelope.map(|root| Box::new(Tree::new(Some(&self.held), maker).node(root)));
        Document {
            envelope,
            hidden,
            ..Document::new(self.document.format, made)
        }
    }

    /// What is hidden, in the sheets by the names that they have in what is made.
    fn hidden(&self, made: &Node) -> Vec<Hidden> {
        let hidden = self.document.hidden.iter();
        hidden
            .filter_map(|one| {
                let mut sheets = std::iter::zip(self.document.root.parts(), made.parts());
                let (_, (sheet, _)) = sheets.find(|((was, _), _)| *was == one.sheet)?;
                let sheet = Name::clone(sheet);
                Some(Hidden {
                    sheet,
                    ..one.clone()
                })
            })
            .collect()
    }

    /// The rows of a sheet by its number, and the table that the mapping reads there.
    fn rows(
        &self,
        rows: &[Node],
        sheet: u32,
        table: Option<&Table>,
        maker: &mut dyn Maker,
    ) -> Vec<Node> {
        let header = table.map(|table| table.header);
        let rows = rows.iter().enumerate().map(|(index, row)| {
            let line = if row.at.line > 0 {
                row.at.line
            } else {
                small(index + 1)
            };
            let below = header.is_some_and(|header| index > header);
            let total = self.total(row).filter(|_| below);
            let whole = [Holder {
                spot: Spot::new(sheet, line, 0),
                depth: 0,
            }];
            let cells = row.items().iter().enumerate().map(|(column, cell)| {
                let known = table.and_then(|table| self.tables.at(table, column));
                let role = match total {
                    Some((at, word)) if at == column => Role::Total(word),
                    _ if header == Some(index) => Role::Header,
                    _ => Role::Value,
                };
                let site = Site {
                    path: match known {
                        Some(known) if below => Path::Column(known),
                        _ => Path::Elsewhere,
                    },
                    spot: if below || header == Some(index) {
                        Spot::new(sheet, line, small(column + 1))
                    } else {
                        Spot::NOWHERE
                    },
                    within: &whole,
                    role,
                    width: None,
                };
                let value = match &cell.value {
                    Value::Null => Value::Null,
                    value => maker.value(&site, value),
                };
                Node::new(cell.at, value)
            });
            Node::new(row.at, Value::List(cells.collect()))
        });
        rows.collect()
    }

    /// The first filled cell of a row that is a total, and the word that tells it.
    fn total(&self, row: &Node) -> Option<(usize, &'d str)> {
        let table = &self.plan?.table;
        let filled = |cell: &Node| cell.as_text().is_some_and(|text| !text.trim().is_empty());
        let first = row.items().iter().position(filled)?;
        let word = table.total(row.items().get(first)?.as_text()?)?;
        Some((first, word))
    }

    fn lines(&self, lines: &[Node], maker: &mut dyn Maker) -> Vec<Node> {
        let layout = self.plan.and_then(|plan| plan.layout.as_ref());
        let (first, count) = layout.map_or((0, lines.len()), |layout| {
            let (first, records) = records(layout, lines);
            (first, records.len())
        });
        let lines = lines.iter().enumerate().map(|(index, line)| {
            let Some(text) = line.as_text() else {
                return line.clone();
            };
            let number = if line.at.line > 0 {
                line.at.line
            } else {
                small(index + 1)
            };
            let length = text.chars().count();
            let is_record = (first..first + count).contains(&index);
            let fits = layout.is_some_and(|layout| layout.length == length);
            let starts = layout.filter(|_| !is_record).map(|layout| {
                let all = layout.header.iter().chain(&layout.trailer);
                let begins = |start: &&String| text.starts_with(start.as_str());
                all.filter(begins).map(|start| start.chars().count()).max()
            });
            let made = if is_record && fits {
                self.pieces(text, number, maker)
            } else {
                let kept = starts.flatten().unwrap_or(0);
                let start: String = text.chars().take(kept).collect();
                let rest: String = text.chars().skip(kept).collect();
                start + &piece(&rest, Path::Elsewhere, Spot::new(0, number, 0), maker)
            };
            Node::new(line.at, Value::Text(made.into()))
        });
        lines.collect()
    }

    /// A record, value by value; what stands between them too.
    fn pieces(&self, text: &str, line: u32, maker: &mut dyn Maker) -> String {
        let columns = self.plan.map_or(&[][..], |plan| &plan.table.columns);
        let mut slots: Vec<(usize, usize)> = columns
            .iter()
            .filter_map(|column| column.slot.map(|slot| (slot.from, slot.to)))
            .collect();
        slots.sort_unstable();
        slots.dedup();
        let chars: Vec<char> = text.chars().collect();
        let part = |from: usize, to: usize| chars[from - 1..to].iter().collect::<String>();
        let mut out = String::with_capacity(text.len());
        let mut next = 1;
        for (from, to) in slots.into_iter().chain([(chars.len() + 1, chars.len())]) {
            if from > next {
                let between = part(next, from - 1);
                let spot = Spot::new(0, line, small(next));
                out.push_str(&piece(&between, Path::Elsewhere, spot, maker));
            }
            if to >= from {
                let spot = Spot::new(0, line, small(from));
                out.push_str(&piece(&part(from, to), Path::Slot(from, to), spot, maker));
            }
            next = to + 1;
        }
        out
    }
}

/// A part of a line, made anew at the same width.
fn piece(text: &str, path: Path, spot: Spot, maker: &mut dyn Maker) -> String {
    let width = text.chars().count();
    let line = Holder {
        spot: Spot::new(0, spot.line, 0),
        depth: 0,
    };
    let site = Site {
        path,
        spot,
        within: &[line],
        role: Role::Value,
        width: Some(width),
    };
    let Value::Text(made) = maker.value(&site, &Value::Text(text.trim().into())) else {
        return text.to_owned();
    };
    let made: String = made.chars().take(width).collect();
    let room = width - made.chars().count();
    // where the value stood between its spaces
    let before = text.chars().take_while(|c| *c == ' ').count().min(room);
    let before = if text.trim().is_empty() { 0 } else { before };
    let right = text.starts_with(' ') && !text.ends_with(' ');
    let before = if right { room } else { before };
    " ".repeat(before) + &made + &" ".repeat(room - before)
}

fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
