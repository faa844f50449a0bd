//! Rows that are one element: gathered as they come, and read as one.
//!
//! Rows belong together where they stand directly below each other and say the same in the columns that the mapping names;
//! what is no row (a blank one, a total) stands between none. Nothing is held but the rows of the element that is being
//! gathered, and a digest of the keys of those before it.

use crate::document::Fault;
use crate::document::Name;
use crate::document::Node;
use crate::document::Place;
use crate::document::Severity;
use crate::document::Value;
use crate::mapping::Decoded;
use crate::mapping::codec::Note;
use crate::mapping::decode::Reader;
use crate::mapping::decode::element::Dest;
use crate::mapping::decode::element::Draft;
use crate::mapping::decode::element::pointer;
use crate::mapping::decode::field::MISSING;
use crate::mapping::decode::group::Listed;
use crate::mapping::decode::reading::Reading;
use crate::mapping::decode::reading::unreadable;
use crate::mapping::decode::reading::word;
use crate::mapping::decode::refused_element;
use crate::mapping::decode::scope::Found;
use crate::mapping::decode::scope::Row;
use crate::mapping::decode::scope::Scope;
use crate::mapping::plan::Act;
use crate::mapping::plan::Beside;
use crate::mapping::plan::Field;
use crate::mapping::plan::Group;
use crate::mapping::plan::Rule;
use crate::mapping::plan::Source;
use crate::mapping::together::Key;
use crate::mapping::together::Keys;
use crate::mapping::together::Known;
use std::collections::HashMap;

/// Most rows of one element, and most bytes of what stands in them.
const ROWS_MAX: usize = 1_000;
const SIZE_MAX: usize = 32 << 20;

/// The rows of a document as they come, and what is to be known of those before.
#[derive(Default)]
pub(super) struct Runs {
    open: Option<Run>,
    keys: Keys,
    /// The key of the last element.
    last: Option<Key>,
    /// A row directly above what comes next, of which is not known where it belongs.
    loose: Option<Place>,
}

/// Rows of one element.
struct Run {
    key: Key,
    /// The number of each, and its cells as far as the mapping reads them.
    rows: Vec<(u32, Vec<Node>)>,
    size: usize,
    /// Why it is refused, whatever is in its rows.
    faults: Vec<Fault>,
    /// Whether there are more rows than are read.
    too_many: bool,
}

impl Runs {
    /// Takes the next row.
    pub(super) fn take(&mut self, reader: &Reader<'_>, row: Row<'_>, decoded: &mut Decoded) {
        let key = match reader.key(row) {
            Ok(key) => key,
            Err(fault) => {
                self.lose(reader, row.columns, row.sheet, &fault.place, decoded);
                return decoded.elements.push(refused_element(*fault));
            }
        };
        if self.open.as_ref().is_none_or(|run| run.key != key) {
            self.close(reader, row.columns, row.sheet, decoded);
            self.open = Some(self.begin(key, row));
        }
        if let Some(run) = &mut self.open {
            run.add(row);
        }
    }

    fn begin(&mut self, key: Key, row: Row<'_>) -> Run {
        let place = Scope::Row(row).own_place();
        let known = self.keys.meet(key);
        let loose = self.loose.take();
        let fault = match (known, &loose) {
            // what stands between the rows of one element is said already
            (Known::Again, Some(_)) if self.last == Some(key) => None,
            (Known::Again, _) => Some(comes_back(place)),
            (Known::Full, _) => Some(too_many_elements(place)),
            (Known::New, _) => None,
        };
        self.last = Some(key);
        Run {
            key,
            rows: Vec::new(),
            size: 0,
            faults: fault.into_iter().chain(loose.map(unsure)).collect(),
            too_many: false,
        }
    }

    /// Notes that a row stands here of which is not known where it belongs: what is above and below it may lack it.
    pub(super) fn lose(
        &mut self,
        reader: &Reader<'_>,
        columns: &[Option<usize>],
        sheet: Option<&Name>,
        place: &Place,
        decoded: &mut Decoded,
    ) {
        if let Some(run) = &mut self.open {
            run.faults.push(unsure(place.clone()));
        }
        self.close(reader, columns, sheet, decoded);
        self.loose = Some(place.clone());
    }

    /// Reads the element of which all rows were given.
    pub(super) fn close(
        &mut self,
        reader: &Reader<'_>,
        columns: &[Option<usize>],
        sheet: Option<&Name>,
        decoded: &mut Decoded,
    ) {
        let Some(run) = self.open.take() else {
            return;
        };
        let rows = run.rows.iter().map(|(number, cells)| Row {
            plan: reader.plan,
            cells,
            columns,
            sheet,
            number: *number,
        });
        let scopes: Vec<Scope<'_>> = rows.map(Scope::Row).collect();
        let Some(first) = scopes.first() else {
            return;
        };
        let mut draft = if run.too_many {
            Draft::new(reader.plan)
        } else {
            reader.as_one(&scopes)
        };
        draft.faults.splice(0..0, run.faults);
        draft.finish(reader.plan, first.own_place(), decoded);
    }

    /// The same at the end of a table: what comes next stands in another.
    pub(super) fn end(
        &mut self,
        reader: &Reader<'_>,
        columns: &[Option<usize>],
        sheet: Option<&Name>,
        decoded: &mut Decoded,
    ) {
        self.close(reader, columns, sheet, decoded);
        self.loose = None;
    }
}

impl Run {
    fn add(&mut self, row: Row<'_>) {
        if self.too_many {
            return;
        }
        let read = row
            .columns
            .iter()
            .flatten()
            .max()
            .map_or(0, |last| last + 1);
        let cells = row.cells.get(..read).unwrap_or(row.cells);
        let texts = cells.iter().map(|cell| cell.as_text().map_or(0, str::len));
        self.size += texts.sum::<usize>() + size_of_val(cells);
        if self.rows.len() < ROWS_MAX && (self.size <= SIZE_MAX || self.rows.is_empty()) {
            return self.rows.push((row.number, cells.to_vec()));
        }
        self.too_many = true;
        self.rows.truncate(1);
        self.faults.push(too_many_rows(Scope::Row(row).own_place()));
    }
}

impl Reader<'_> {
    /// What tells which element a row is of.
    fn key(&self, row: Row<'_>) -> Result<Key, Box<Fault>> {
        let mut texts = Vec::with_capacity(self.plan.table.together.len());
        for column in &self.plan.table.together {
            let place = || Scope::Row(row).place(&Source::Column(column.column), None, None);
            let cell = row.cell(column.column);
            if let Some(Value::Unreadable(why)) = cell.map(|cell| &cell.value) {
                let note = unreadable(why);
                let fault = note.fault(Severity::Refused, place());
                return Err(Box::new(fault));
            }
            let text = cell.and_then(|cell| column.text(cell));
            texts.push(text.ok_or_else(|| Box::new(no_key(place())))?);
        }
        Ok(Key::of(&texts))
    }

    /// Reads rows as one element: what a rule finds in one of them it finds in all that say something of it, and each row
    /// gives an item of the list that rows are.
    fn as_one(&self, rows: &[Scope<'_>]) -> Draft {
        let mut draft = Draft::new(self.plan);
        draft.about(self.main);
        draft.make_room(self.plan.rules.len());
        for rule in self.plan.rules.iter().filter(|rule| rule.inward) {
            match &rule.act {
                Act::Set(..) => {}
                Act::Group(group) if group.rows.is_some() => {
                    self.items(rule, group, rows, &mut draft);
                }
                _ => self.agreed(rule, rows, &mut draft),
            }
        }
        self.settle(rows, &mut draft);
        draft
    }

    /// A rule of the element.
    fn agreed(&self, rule: &Rule, rows: &[Scope<'_>], draft: &mut Draft) {
        let dest = &mut Dest::Records;
        let mut held = rows.iter().filter(|row| {
            let holds = Self::holds(rule, **row);
            if !holds {
                Self::leave(rule, **row, draft);
            }
            holds
        });
        let held: Vec<Scope<'_>> = held.by_ref().copied().collect();
        let mut speaking = held.iter().filter(|row| self.speaks(rule, **row));
        let Some(first) = speaking.next() else {
            // what is required, and what stands where there is nothing
            if let Some(row) = held.first() {
                self.rule(rule, *row, dest, draft);
            }
            return;
        };
        self.rule(rule, *first, dest, draft);
        let mut before = first;
        let mut said: Option<Draft> = None;
        for row in speaking {
            if differs(rule, *first, *row).is_none() || differs(rule, *before, *row).is_none() {
                continue;
            }
            before = row;
            let said = said.get_or_insert_with(|| self.alone(rule, *first));
            let other = self.alone(rule, *row);
            if !other.refuses() && !said.refuses() && !said.says_as(&other) {
                let source = differs(rule, *first, *row).unwrap_or(&rule.source);
                let place = row.place(source, None, None);
                return draft.note(otherwise(*first), place, Severity::Refused);
            }
            draft.faults.extend(other.faults);
        }
    }

    /// What a rule finds in one row.
    fn alone(&self, rule: &Rule, row: Scope<'_>) -> Draft {
        let mut draft = Draft::new(self.plan);
        self.rule(rule, row, &mut Dest::Records, &mut draft);
        draft
    }

    /// Whether a row says something of what a rule reads. What is empty says nothing, unless the mapping gives that a
    /// meaning.
    fn speaks(&self, rule: &Rule, row: Scope<'_>) -> bool {
        let field = |field: &Field, source: &Source| match row.find(source) {
            Found::Nothing => false,
            Found::One(node) | Found::Twice(node) => {
                field.empty.is_some() || !matches!(self.reading(field, node).0, Reading::Empty)
            }
        };
        match &rule.act {
            Act::Constant(_) => match row.find(&rule.source) {
                Found::Nothing => false,
                Found::One(node) | Found::Twice(node) => {
                    word(node).is_some_and(|text| !text.trim().is_empty())
                }
            },
            act => act
                .field()
                .is_some_and(|one| rule.sources().any(|source| field(one, source))),
        }
    }

    /// The list that rows are: an item for each row in which something of it stands.
    fn items(&self, rule: &Rule, group: &Group, rows: &[Scope<'_>], draft: &mut Draft) {
        let dest = &mut Dest::Records;
        let Some((kind, list)) = pointer(dest, &group.target) else {
            return;
        };
        let own = group.rows.as_deref().unwrap_or_default();
        let filled = |row: Scope<'_>| {
            let mut cells = own.iter().map(|column| row.find(&Source::Column(*column)));
            own.is_empty()
                || cells.any(|found| matches!(found, Found::One(cell) if !cell.is_blank()))
        };
        let mut listed = Listed {
            rule,
            group,
            kind,
            list,
            from: dest.length(draft, &group.target),
            seen: HashMap::default(),
        };
        let mut any = false;
        for row in rows.iter().copied() {
            if !Self::holds(rule, row) {
                Self::leave(rule, row, draft);
            } else if filled(row) {
                any = true;
                self.one_of(&mut listed, row, dest, draft);
            }
        }
        if rule.required
            && !any
            && let Some(first) = rows.first()
        {
            draft.note(MISSING, first.own_place(), Severity::Refused);
        }
    }
}

/// The first of the places that a rule looks at where two rows hold something else.
fn differs<'r>(rule: &'r Rule, one: Scope<'_>, other: Scope<'_>) -> Option<&'r Source> {
    let beside = rule
        .act
        .field()
        .and_then(|field| match field.indicator.as_deref() {
            Some(Beside::Sibling(source)) => Some(source),
            _ => None,
        });
    let value = |row: Scope<'_>, source: &Source| match row.find(source) {
        Found::Nothing => None,
        Found::One(node) | Found::Twice(node) => Some(node.value.clone()),
    };
    let mut sources = rule.sources().chain(beside);
    sources.find(|source| value(one, source) != value(other, source))
}

fn no_key(place: Place) -> Fault {
    Fault::refused(
        "rij.sleutel",
        place,
        "Deze cel is leeg, en aan haar is te zien bij welke rijen deze rij hoort. Vul haar in elke rij in.",
        "This cell is empty, and it tells which rows this row belongs to. Fill it in every row.",
    )
}

fn unsure(place: Place) -> Fault {
    Fault::refused(
        "rij.onzeker",
        place,
        "Of deze rij hoort bij wat erboven of eronder staat, is niet te zien; zonder haar is dat misschien niet compleet. Verbeter deze rij.",
        "Whether this row belongs to what is above or below it cannot be told; without it that may not be complete. Correct this row.",
    )
}

fn comes_back(place: Place) -> Fault {
    Fault::refused(
        "rij.terug",
        place,
        "Eerder in het bestand stonden al rijen die hierbij horen, met andere ertussen. Sorteer het bestand, zodat wat bij elkaar hoort onder elkaar staat.",
        "Rows that belong to this stood earlier in the file, with others between them. Sort the file, so that what belongs together stands below each other.",
    )
}

fn too_many_rows(place: Place) -> Fault {
    Fault::refused(
        "rij.veel",
        place,
        format!(
            "Hier staan meer dan {ROWS_MAX} rijen die bij elkaar horen, of meer tekst dan er in zo veel rijen hoort."
        ),
        format!(
            "More than {ROWS_MAX} rows belong together here, or hold more text than so many rows should."
        ),
    )
}

fn too_many_elements(place: Place) -> Fault {
    Fault::refused(
        "rij.veel",
        place,
        "Van een bestand met zo veel rijen is niet te zien of wat hier staat al eerder stond. Deel het bestand op.",
        "Of a file with so many rows it cannot be told whether what is here was there before. Divide the file.",
    )
}

/// Of a row that says something else than the first that said something.
fn otherwise(first: Scope<'_>) -> Note {
    let number = match first {
        Scope::Row(row) => row.number,
        Scope::Tree { .. } => 0,
    };
    Note::with(
        "rij.verschilt",
        format!(
            "Hier staat iets anders dan in rij {number}, en die rijen horen bij elkaar. Maak ze gelijk."
        ),
        format!(
            "This is something else than in row {number}, and those rows belong together. Make them the same."
        ),
    )
}
