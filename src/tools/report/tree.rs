//! The values of XML and JSON, each on a row: where it stands, and what it is. What is said of an element, or of something
//! that is not there, stands at the place of the first value in it.

mod walk;

use crate::document::Document;
use crate::document::Format as Family;
use crate::document::Lang;
use crate::document::Node;
use crate::document::Place;
use crate::document::Value;
use crate::mapping::Mapping;
use crate::mapping::plan::Plan;
use crate::tools::report::Listed;
use crate::tools::report::Outcome;
use crate::tools::report::content::Content;
use crate::tools::report::content::SAID_MAX;
use crate::tools::report::head;
use crate::tools::report::marks::Ink;
use crate::tools::report::marks::Marks;
use crate::tools::report::marks::Pen;
use crate::tools::report::word;
use rust_xlsxwriter::XlsxError;
use std::collections::HashMap;
use std::collections::HashSet;
use walk::Visit;
use walk::walk;

/// Cells of a row: the place, line and column, and the value.
const COLUMNS: usize = 4;
/// The columns of the place and of the value.
const PLACE: u16 = 0;
const VALUE: u16 = 3;

/// Line and column of a text.
type Spot = (u32, u32);

/// A tree, and what there is to know to write where its values stand.
struct Tree<'d> {
    root: &'d Node,
    format: Family,
    plan: Option<&'d Plan>,
    /// The part that is a file of its own, and not a value.
    file: Option<&'d Node>,
    /// Whether it is an envelope: what is said of it has no envelope around it.
    of_envelope: bool,
    /// Whether there is an envelope.
    enveloped: bool,
}

/// Writes the values of a document.
pub(super) fn write(
    content: &mut Content<'_>,
    outcome: &Outcome,
    document: &Document,
    mapping: &Mapping,
) -> Result<(), XlsxError> {
    let tree = Tree {
        root: &document.root,
        format: document.format,
        plan: mapping.plan(),
        file: None,
        of_envelope: false,
        enveloped: document.envelope.is_some(),
    };
    let name = word(content.lang, "Waarden", "Values");
    tree.write(content, outcome, name)
}

/// Writes the values of an envelope, without the file that it holds.
pub(super) fn envelope(
    content: &mut Content<'_>,
    outcome: &Outcome,
    root: &Node,
    mapping: &Mapping,
) -> Result<(), XlsxError> {
    let Some(envelope) = mapping.plan().and_then(|plan| plan.envelope.as_deref()) else {
        return Ok(());
    };
    let inner = root.parts().first().map(|(_, inner)| inner);
    let mut steps = envelope.steps.iter();
    let tree = Tree {
        root,
        format: Family::Xml,
        plan: Some(&envelope.plan),
        file: inner.and_then(|inner| steps.try_fold(inner, |node, step| node.get(step))),
        of_envelope: true,
        enveloped: true,
    };
    let name = word(content.lang, "Envelop", "Envelope");
    tree.write(content, outcome, name)
}

impl Tree<'_> {
    fn write(
        &self,
        content: &mut Content<'_>,
        outcome: &Outcome,
        name: &str,
    ) -> Result<(), XlsxError> {
        let mut survey = self.survey(outcome);
        walk(self.root, self.format, self.plan, &mut survey)?;
        let marks = content.comments(self.marks(outcome, &survey, content.lang));
        let extent = survey.extent(content.left / COLUMNS);
        if extent != Extent::All {
            content.only_said(0);
        }
        let mut worksheet = content.sheet(name)?;
        let titles = match content.lang {
            Lang::Nl => ["Plaats", "Regel", "Kolom", "Waarde"],
            Lang::En => ["Place", "Line", "Column", "Value"],
        };
        head(&mut worksheet, &titles)?;
        let mut writer = Writer {
            pen: Pen::new(&mut worksheet, &marks, 0),
            marks: &marks,
            content,
            extent,
            file: self.file,
            wanted: &survey.elements,
            inside: 0,
            row: 0,
            to: 1,
            dropped: 0,
        };
        walk(self.root, self.format, self.plan, &mut writer)?;
        let dropped = writer.dropped;
        content.only_dropped(dropped);
        content.push(worksheet);
        Ok(())
    }

    /// Whether a place is one in this tree.
    fn has(&self, place: &Place) -> bool {
        !self.enveloped || matches!(place, Place::Within { .. }) != self.of_envelope
    }

    /// Where a fault stands; where its element does, if it has no place of its own.
    fn spot(&self, place: &Place) -> Option<Spot> {
        match place.innermost() {
            Place::Xml { at, .. } | Place::Json { at, .. } if self.has(place) && at.line > 0 => {
                Some((at.line, at.column))
            }
            _ => None,
        }
    }

    fn survey(&self, outcome: &Outcome) -> Survey {
        let mut survey = Survey::default();
        for (element, fault) in outcome.faults() {
            let own = self.spot(&fault.place);
            let of = element.and_then(|element| self.spot(&element.place));
            survey.elements.extend(of);
            survey
                .found
                .extend(own.into_iter().chain(of).map(|spot| (spot, None)));
        }
        survey
    }

    fn marks(&self, outcome: &Outcome, survey: &Survey, lang: Lang) -> Marks {
        let mut marks = Marks::default();
        let found = |spot: Spot| survey.found.get(&spot).copied().flatten();
        for (element, fault) in outcome.faults() {
            let element_place = || element.map(|element: &Listed| &element.place);
            let own = self.spot(&fault.place).and_then(found);
            let Some(found) = own.or_else(|| self.spot(element_place()?).and_then(found)) else {
                continue;
            };
            if found.is_value && own.is_some() {
                marks.cell((found.row, VALUE), fault, "", lang);
            } else {
                let about = match fault.place.location(lang) {
                    place if place.is_empty() => place,
                    place => format!("{place}: "),
                };
                marks.cell((found.row, PLACE), fault, &about, lang);
            }
        }
        marks
    }
}

/// What is looked for stands in this row, from 0.
#[derive(Clone, Copy)]
struct Found {
    row: u32,
    /// It is the value itself, and not something around it.
    is_value: bool,
}

/// What of the values is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Extent {
    All,
    /// Those of elements that something is said of, and what else something is said of.
    Elements,
    /// Those that something is said of.
    Said,
}

/// Looks for what something is said of, and counts.
#[derive(Default)]
struct Survey {
    found: HashMap<Spot, Option<Found>>,
    /// The elements that something is said of.
    elements: HashSet<Spot>,
    /// How many of them the walk is in.
    inside: usize,
    rows: u32,
    rows_inside: usize,
}

impl Survey {
    fn extent(&self, most: usize) -> Extent {
        if self.rows as usize <= most {
            Extent::All
        } else if self.rows_inside + self.found.len() <= most.min(SAID_MAX / COLUMNS) {
            Extent::Elements
        } else {
            Extent::Said
        }
    }
}

const fn spot(node: &Node) -> Spot {
    (node.at.line, node.at.column)
}

impl<'d> Visit<'d> for Survey {
    fn enter(&mut self, node: &'d Node) {
        self.inside += usize::from(self.elements.contains(&spot(node)));
        if let Some(found) = self.found.get_mut(&spot(node)) {
            found.get_or_insert(Found {
                row: self.rows,
                is_value: false,
            });
        }
    }

    fn leave(&mut self, node: &'d Node) {
        self.inside -= usize::from(self.elements.contains(&spot(node)));
    }

    fn value(&mut self, _: &str, node: &'d Node) -> Result<(), XlsxError> {
        // an element with attributes stands where its own text does
        if let Some(found) = self.found.get_mut(&spot(node)) {
            *found = Some(Found {
                row: self.rows,
                is_value: true,
            });
        }
        self.rows += 1;
        self.rows_inside += usize::from(self.inside > 0);
        Ok(())
    }
}

struct Writer<'w, 'd, 'b> {
    pen: Pen<'w>,
    marks: &'w Marks,
    content: &'w mut Content<'b>,
    extent: Extent,
    file: Option<&'d Node>,
    wanted: &'w HashSet<Spot>,
    inside: usize,
    row: u32,
    to: u32,
    dropped: usize,
}

impl<'d> Visit<'d> for Writer<'_, 'd, '_> {
    fn enter(&mut self, node: &'d Node) {
        self.inside += usize::from(self.wanted.contains(&spot(node)));
    }

    fn leave(&mut self, node: &'d Node) {
        self.inside -= usize::from(self.wanted.contains(&spot(node)));
    }

    fn value(&mut self, path: &str, node: &'d Node) -> Result<(), XlsxError> {
        let (row, said) = (self.row, self.marks.has(self.row));
        self.row += 1;
        let wanted = match self.extent {
            Extent::All => true,
            Extent::Elements => said || self.inside > 0,
            Extent::Said => said,
        };
        if !wanted {
            return Ok(());
        }
        if !self.content.takes(COLUMNS) {
            self.dropped += 1;
            return Ok(());
        }
        let is_file = self.file.is_some_and(|file| std::ptr::eq(file, node));
        let text = match &node.value {
            _ if is_file => word(self.content.lang, "(het bestand)", "(the file)"),
            Value::Bool(true) => "true",
            Value::Bool(false) => "false",
            Value::Number(text)
            | Value::Moment(text)
            | Value::Measure(_, text)
            | Value::Text(text)
            | Value::Unreadable(text) => text,
            Value::Null | Value::List(_) | Value::Map(_) => "",
        };
        self.pen.mark(row, self.to)?;
        let cells = [
            Ink::Text(path),
            Ink::Count(node.at.line),
            Ink::Count(node.at.column),
            Ink::Text(text),
        ];
        self.pen.cells(row, self.to, cells)?;
        self.to += 1;
        Ok(())
    }
}
