//! Lines of fixed width, each on a row, with a column for each of the layout's positions.

use crate::document::Document;
use crate::document::Fault;
use crate::document::Lang;
use crate::document::Node;
use crate::document::Place;
use crate::document::Value;
use crate::mapping::Mapping;
use crate::mapping::decode::records;
use crate::mapping::fixed::Layout;
use crate::mapping::fixed::uncovered;
use crate::mapping::plan::Plan;
use crate::mapping::plan::Source;
use crate::tools::report::Outcome;
use crate::tools::report::content::Content;
use crate::tools::report::head;
use crate::tools::report::marks::Ink;
use crate::tools::report::marks::Marks;
use crate::tools::report::marks::Pen;
use crate::tools::report::word;
use rust_xlsxwriter::XlsxError;

/// Positions of a line, from 1, both included; what is behind the last record's end goes on.
struct Field {
    from: usize,
    to: usize,
    title: String,
}

/// Writes the lines of a document.
pub(super) fn write(
    content: &mut Content<'_>,
    outcome: &Outcome,
    document: &Document,
    mapping: &Mapping,
) -> Result<(), XlsxError> {
    let found = mapping.plan();
    let Some((plan, layout)) = found.and_then(|plan| Some((plan, plan.layout.as_ref()?))) else {
        return Ok(());
    };
    let lines = document.root.items();
    let fields = fields(plan, layout, lines, content.lang);
    let marks = content.comments(marks(outcome, &fields, layout, content.lang));
    let part = lines.len().saturating_mul(fields.len() + 1) > content.left;
    if part {
        content.only_said(0);
    }
    let (first, kept) = records(layout, lines);
    let records = first..first + kept.len();
    let mut worksheet = content.sheet(word(content.lang, "Regels", "Lines"))?;
    let number = word(content.lang, "Regel", "Line");
    let titles = fields.iter().map(|field| field.title.as_str());
    let titles: Vec<&str> = std::iter::once(number).chain(titles).collect();
    head(&mut worksheet, &titles)?;
    let mut pen = Pen::new(&mut worksheet, &marks, 0);
    let (mut to, mut dropped) = (1, 0);
    for (index, line) in lines.iter().enumerate() {
        let number = line.at.line;
        if part && !marks.has(number) {
            continue;
        }
        if !content.takes(fields.len() + 1) {
            dropped += 1;
            continue;
        }
        pen.mark(number, to)?;
        let cells: Vec<Ink<'_>> = match &line.value {
            // what opens and closes the file is no record
            Value::Text(text) if !records.contains(&index) => vec![Ink::Text(text)],
            Value::Text(text) => fields
                .iter()
                .map(|field| Ink::Text(field.of(text)))
                .collect(),
            other => vec![Ink::Value(other)],
        };
        pen.cells(number, to, std::iter::once(Ink::Count(number)).chain(cells))?;
        to += 1;
    }
    content.only_dropped(dropped);
    content.push(worksheet);
    Ok(())
}

impl Field {
    /// What of a line stands in it.
    fn of<'t>(&self, line: &'t str) -> &'t str {
        let at = |index: usize| {
            let mut characters = line.char_indices().skip(index).map(|(at, _)| at);
            characters.next().unwrap_or(line.len())
        };
        &line[at(self.from - 1)..at(self.to)]
    }

    const fn overlaps(&self, from: usize, to: usize) -> bool {
        self.from <= to && from <= self.to
    }
}

/// The positions that the mapping names, those that it does not, and what is behind a record's end.
fn fields(plan: &Plan, layout: &Layout, lines: &[Node], lang: Lang) -> Vec<Field> {
    let mut fields = Vec::new();
    for (index, column) in plan.table.columns.iter().enumerate() {
        let Some(slot) = column.slot else { continue };
        let named = |source: &Source| *source == Source::Column(index);
        let rules = plan.rules.iter();
        let rule = rules.clone().find(|rule| rule.sources().any(named));
        let target = rule.and_then(|rule| rule.act.targets().first().copied());
        let name = target.and_then(|target| target.segments.last());
        let (from, to) = (slot.from, slot.to);
        fields.push(Field {
            from,
            to,
            title: match name {
                Some(name) => format!("{from}-{to} {name}"),
                None => format!("{from}-{to}"),
            },
        });
    }
    let mut taken: Vec<_> = fields.iter().map(|field| (field.from, field.to)).collect();
    for (from, to) in uncovered(layout.length, &mut taken) {
        let title = format!("{from}-{to}");
        fields.push(Field { from, to, title });
    }
    fields.sort_by_key(|field| field.from);
    let longest = lines.iter().filter_map(Node::as_text);
    let longest = longest.map(|line| line.chars().count()).max();
    if longest.is_some_and(|longest| longest > layout.length) {
        let from = layout.length + 1;
        let title = match lang {
            Lang::Nl => format!("vanaf {from}"),
            Lang::En => format!("from {from}"),
        };
        fields.push(Field {
            from,
            to: usize::MAX,
            title,
        });
    }
    fields
}

/// What is said of each line, by its number.
fn marks(outcome: &Outcome, fields: &[Field], layout: &Layout, lang: Lang) -> Marks {
    let mut marks = Marks::default();
    let positions = |place: &Place| match place.innermost() {
        Place::Positions { line, from, to } => Some((*line, *from as usize, *to as usize)),
        _ => None,
    };
    for (element, fault) in outcome.faults() {
        let own = positions(&fault.place);
        let of = || positions(&element?.place);
        if let Some(place) = own.or_else(of) {
            mark(&mut marks, place, fault, fields, layout, lang);
        }
    }
    marks
}

fn mark(
    marks: &mut Marks,
    (line, from, to): (u32, usize, usize),
    fault: &Fault,
    fields: &[Field],
    layout: &Layout,
    lang: Lang,
) {
    let within = (1_u16..).zip(fields);
    let mut within = within
        .filter(|(_, field)| field.overlaps(from, to))
        .map(|(column, _)| column);
    let whole = from <= 1 && to >= layout.length;
    let first = within.next().filter(|_| !whole);
    let Some(first) = first else {
        return marks.row(line, fault, "", lang);
    };
    marks.cell((line, first), fault, "", lang);
    for column in within {
        marks.beside((line, column), fault);
    }
}
