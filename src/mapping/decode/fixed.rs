use crate::document::At;
use crate::document::Document;
use crate::document::Fault;
use crate::document::Node;
use crate::document::Place;
use crate::document::Severity;
use crate::document::Value;
use crate::mapping::Decoded;
use crate::mapping::decode::Reader;
use crate::mapping::decode::reading::unreadable;
use crate::mapping::decode::refused_element;
use crate::mapping::decode::row::number;
use crate::mapping::decode::scope::Row;
use crate::mapping::decode::scope::Scope;
use crate::mapping::decode::together::Runs;
use crate::mapping::fixed::Layout;

impl Reader<'_> {
    /// Lines of fixed width: each a record of its own, whatever its neighbours are.
    pub(super) fn lines(&self, document: &Document, decoded: &mut Decoded) {
        let Some(layout) = &self.plan.layout else {
            return;
        };
        let columns: Vec<Option<usize>> = (0..self.plan.table.columns.len()).map(Some).collect();
        let mut unnamed = layout.unnamed.clone();
        let mut runs = Runs::default();
        let refuse = |fault: Fault, runs: &mut Runs, decoded: &mut Decoded| {
            runs.lose(self, &columns, None, &fault.place, decoded);
            decoded.elements.push(refused_element(fault));
        };
        let (first, lines) = records(layout, document.root.items());
        for (index, line) in lines.iter().enumerate() {
            let number = number(line, first + index);
            let text = match &line.value {
                Value::Text(text) => text,
                Value::Unreadable(why) => {
                    let note = unreadable(why);
                    let place = positions(number, (1, layout.length));
                    let fault = note.fault(Severity::Refused, place);
                    refuse(fault, &mut runs, decoded);
                    continue;
                }
                _ => {
                    let fault = wrong_length(number, (1, layout.length));
                    refuse(fault, &mut runs, decoded);
                    continue;
                }
            };
            if text.trim().is_empty() {
                continue;
            }
            let starts = starts(text);
            let length = starts.len() - 1;
            if length != layout.length {
                let short = length < layout.length;
                let (least, most) = if short {
                    (length, layout.length)
                } else {
                    (layout.length, length)
                };
                let fault = wrong_length(number, (least + 1, most));
                refuse(fault, &mut runs, decoded);
                continue;
            }
            let part = |from: usize, to: usize| &text[starts[from - 1]..starts[to]];
            unnamed.retain(|(from, to)| {
                let blank = part(*from, *to).trim().is_empty();
                if !blank {
                    decoded.faults.push(unread(number, (*from, *to)));
                }
                blank
            });
            let slots = self.plan.table.columns.iter().map(|column| column.slot);
            let cells: Vec<Node> = slots
                .map(|slot| match slot {
                    Some(slot) => {
                        let at = At::new(number, small(slot.from));
                        Node::new(at, Value::Text(slot.bare(part(slot.from, slot.to)).into()))
                    }
                    None => Node::made(Value::Null),
                })
                .collect();
            let row = Row {
                plan: self.plan,
                cells: &cells,
                columns: &columns,
                sheet: None,
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
        runs.end(self, &columns, None, decoded);
    }
}

/// The lines without those that only open or close the file, and how many come before them.
pub(crate) fn records<'d>(layout: &Layout, lines: &'d [Node]) -> (usize, &'d [Node]) {
    let is = |line: &Node, prefixes: &[String]| {
        line.as_text().is_some_and(|text| {
            text.trim().is_empty() || prefixes.iter().any(|prefix| text.starts_with(prefix))
        })
    };
    let first = lines
        .iter()
        .position(|line| !is(line, &layout.header))
        .unwrap_or(lines.len());
    let rest = &lines[first..];
    let last = rest
        .iter()
        .rposition(|line| !is(line, &layout.trailer))
        .map_or(0, |last| last + 1);
    (first, &rest[..last])
}

/// Where each character starts, and where the last one ends.
fn starts(text: &str) -> Vec<usize> {
    let ends = std::iter::once(text.len());
    text.char_indices().map(|(at, _)| at).chain(ends).collect()
}

fn small(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
}

pub(super) fn positions(line: u32, (from, to): (usize, usize)) -> Place {
    Place::Positions {
        line,
        from: small(from),
        to: small(to),
    }
}

fn wrong_length(line: u32, missing: (usize, usize)) -> Fault {
    Fault::refused(
        "regel.lengte",
        positions(line, missing),
        "Deze regel is langer of korter dan een record van dit bestand. Spaties aan het eind van een regel tellen mee.",
        "This line is longer or shorter than a record of this file. Spaces at the end of a line count.",
    )
}

fn unread(line: u32, at: (usize, usize)) -> Fault {
    Fault::remark(
        "positie.onbekend",
        positions(line, at),
        "De mapping leest deze posities niet.",
        "The mapping does not read these positions.",
    )
}
