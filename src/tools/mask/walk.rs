use crate::document::Document;
use crate::document::Format;
use crate::document::Name;
use crate::document::Node;
use crate::document::Value;
use crate::mapping::Mapping;
use crate::mapping::decode::Reader;
use crate::mapping::decode::records;
use crate::mapping::plan::Plan;
use crate::mapping::plan::folded;
use crate::tools::mask::uses::Path;
use crate::tools::mask::uses::Spot;

/// An element's own text.
const TEXT: &str = "#text";

/// A value where it stands.
pub(super) struct Site<'w> {
    pub path: Path,
    pub spot: Spot,
    /// What it is part of.
    pub within: &'w [Spot],
    pub role: Role<'w>,
    /// Fixed width: the characters there are.
    pub width: Option<usize>,
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
    /// What a part of a tree is called.
    fn name(&mut self, name: &Name) -> Name;
    /// What a part of the envelope is called, which is XML whatever it holds.
    fn outer(&mut self, name: &Name) -> Name;
    /// What the sheet at an index is called; `read` is the one that the mapping reads.
    fn sheet(&mut self, name: &Name, index: usize, read: bool) -> Name;
}

/// What is made of the parts of an envelope.
struct Outside<'m>(&'m mut dyn Maker);

impl Maker for Outside<'_> {
    fn value(&mut self, site: &Site<'_>, value: &Value) -> Value {
        self.0.value(site, value)
    }

    fn name(&mut self, name: &Name) -> Name {
        self.0.outer(name)
    }

    fn outer(&mut self, name: &Name) -> Name {
        self.0.outer(name)
    }

    fn sheet(&mut self, name: &Name, index: usize, read: bool) -> Name {
        self.0.sheet(name, index, read)
    }
}

/// A document as its mapping finds its way in it.
pub(super) struct Walk<'d> {
    document: &'d Document,
    plan: Option<&'d Plan>,
    sheet: Option<String>,
    header: Option<usize>,
    /// For each column of the plan, the cell's index.
    columns: Vec<Option<usize>>,
}

impl<'d> Walk<'d> {
    pub(super) fn new(document: &'d Document, mapping: &'d Mapping) -> Self {
        let mut walk = Self {
            document,
            plan: mapping.plan(),
            sheet: None,
            header: None,
            columns: Vec::new(),
        };
        let table = matches!(document.format, Format::Csv | Format::Excel);
        let layout = walk.plan.filter(|_| table).and_then(|plan| {
            let layouts = Reader::new(plan, mapping.main()).layouts(document);
            Some((plan, layouts.into_iter().next()?))
        });
        if let Some((plan, layout)) = layout {
            let cells = layout.rows.get(layout.header).map_or(&[][..], Node::items);
            let headers: Vec<String> = cells
                .iter()
                .map(|cell| cell.as_text().map_or_else(String::new, folded))
                .collect();
            // a column that is only written is found by its header
            walk.columns = std::iter::zip(&plan.table.columns, &layout.columns)
                .map(|(column, found)| {
                    found.or_else(|| headers.iter().position(|text| column.names.contains(text)))
                })
                .collect();
            walk.sheet = layout.sheet.map(str::to_owned);
            walk.header = Some(layout.header);
        }
        walk
    }

    /// Where the table has a column of the plan.
    pub(super) fn column(&self, index: usize) -> Option<usize> {
        self.columns.get(index).copied().flatten()
    }

    /// The document made anew, part by part. Places stay those of the document.
    pub(super) fn rebuild(&self, maker: &mut dyn Maker) -> Document {
        let root = &self.document.root;
        let made = match self.document.format {
            Format::Xml | Format::Json => Self::tree(root, &mut Vec::new(), &mut Vec::new(), maker),
            Format::Csv => Node::new(root.at, Value::List(self.rows(root.items(), true, maker))),
            Format::Excel => {
                let sheets = root
                    .parts()
                    .iter()
                    .enumerate()
                    .map(|(index, (name, sheet))| {
                        let read = self.header.is_some() && self.sheet.as_deref() == Some(&**name);
                        let rows = Value::List(self.rows(sheet.items(), read, maker));
                        (maker.sheet(name, index, read), Node::new(sheet.at, rows))
                    });
                Node::new(root.at, Value::Map(sheets.collect()))
            }
            Format::FixedWidth => Node::new(root.at, Value::List(self.lines(root.items(), maker))),
        };
        let around = self.document.envelope.as_deref();
        let envelope = around.map(|root| {
            let mut maker = Outside(maker);
            Box::new(Self::tree(
                root,
                &mut Vec::new(),
                &mut Vec::new(),
                &mut maker,
            ))
        });
        Document {
            envelope,
            ..Document::new(self.document.format, made)
        }
    }

    fn tree(
        node: &Node,
        path: &mut Vec<Name>,
        within: &mut Vec<Spot>,
        maker: &mut dyn Maker,
    ) -> Node {
        let spot = (node.at.line, node.at.column);
        let value = match &node.value {
            Value::Map(parts) => {
                within.push(spot);
                let mut made = Vec::with_capacity(parts.len());
                for (name, part) in parts {
                    if &**name == TEXT {
                        let value = leaf(&part.value, path, spot, within, maker);
                        made.push((Name::clone(name), Node::new(part.at, value)));
                        continue;
                    }
                    path.push(Name::clone(name));
                    let part = Self::tree(part, path, within, maker);
                    path.pop();
                    made.push((maker.name(name), part));
                }
                within.pop();
                Value::Map(made)
            }
            Value::List(items) => {
                within.push(spot);
                let items = items
                    .iter()
                    .map(|item| Self::tree(item, path, within, maker));
                let items = Value::List(items.collect());
                within.pop();
                items
            }
            value => leaf(value, path, spot, within, maker),
        };
        Node::new(node.at, value)
    }

    fn rows(&self, rows: &[Node], read: bool, maker: &mut dyn Maker) -> Vec<Node> {
        let header = self.header.filter(|_| read);
        let rows = rows.iter().enumerate().map(|(index, row)| {
            let line = if row.at.line > 0 {
                row.at.line
            } else {
                small(index + 1)
            };
            let below = header.is_some_and(|header| index > header);
            let total = self.total(row).filter(|_| below);
            let cells = row.items().iter().enumerate().map(|(column, cell)| {
                let role = match total {
                    Some((at, word)) if at == column => Role::Total(word),
                    _ if header == Some(index) => Role::Header,
                    _ => Role::Value,
                };
                let site = Site {
                    path: if below {
                        Path::Column(column)
                    } else {
                        Path::Elsewhere
                    },
                    spot: if below || header == Some(index) {
                        (line, small(column + 1))
                    } else {
                        (0, 0)
                    },
                    within: &[(line, 0)],
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
        let totals = &self.plan?.table.totals;
        let filled = |cell: &Node| cell.as_text().is_some_and(|text| !text.trim().is_empty());
        let first = row.items().iter().position(filled)?;
        let text = folded(row.items().get(first)?.as_text()?);
        let word = totals.iter().find(|word| text.starts_with(word.as_str()))?;
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
                start + &piece(&rest, Path::Elsewhere, (number, 0), maker)
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
                let spot = (line, small(next));
                out.push_str(&piece(&between, Path::Elsewhere, spot, maker));
            }
            if to >= from {
                let spot = (line, small(from));
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
    let site = Site {
        path,
        spot,
        within: &[(spot.0, 0)],
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

fn leaf(value: &Value, path: &[Name], spot: Spot, within: &[Spot], maker: &mut dyn Maker) -> Value {
    if *value == Value::Null {
        return Value::Null;
    }
    let site = Site {
        path: Path::Tree(path.to_vec()),
        spot,
        within,
        role: Role::Value,
        width: None,
    };
    maker.value(&site, value)
}

fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
