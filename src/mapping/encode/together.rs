//! A record of which the items of a list stand in rows of their own.

use crate::canonical::Bundle;
use crate::document::Fault;
use crate::document::Place;
use crate::mapping::encode::Cells;
use crate::mapping::encode::Here;
use crate::mapping::encode::Item;
use crate::mapping::encode::Writer;
use crate::mapping::encode::group::nameless;
use crate::mapping::encode::no_place;
use crate::mapping::encode::sink::Sink;
use crate::mapping::encode::value;
use crate::mapping::plan::Act;
use crate::mapping::plan::Group;
use crate::mapping::plan::Source;
use crate::mapping::slots::Found;
use crate::mapping::together::Key;
use crate::mapping::together::Keys;
use crate::mapping::together::Known;
use serde_json::Value as Json;

impl<'v> Writer<'v> {
    /// The rows of one bundle: one, or as many as the list that rows are has items, with what is said of the record in
    /// each of them.
    pub(super) fn rows_of(
        &self,
        here: Here<'_, 'v>,
        keys: &mut Keys,
        faults: &mut Vec<Fault>,
    ) -> Vec<Cells<'v>> {
        let cells = self.cells(here, faults);
        if self.plan.table.together.is_empty() {
            return vec![cells];
        }
        faults.extend(self.double(here, &cells, keys));
        let list = self.plan.rules.iter().find_map(|rule| match &rule.act {
            Act::Group(group) if group.rows.is_some() && rule.outward => Some((rule, group)),
            _ => None,
        });
        let Some((rule, group)) = list.filter(|(rule, _)| Self::holds(rule, here)) else {
            return vec![cells];
        };
        let rows = self.items_of(group, here, &cells, faults);
        if !rows.is_empty() {
            return rows;
        }
        if rule.required {
            faults.push(value::missing(here.place(&group.target)));
        }
        vec![cells]
    }

    fn items_of(
        &self,
        group: &'v Group,
        here: Here<'_, 'v>,
        cells: &Cells<'v>,
        faults: &mut Vec<Fault>,
    ) -> Vec<Cells<'v>> {
        let items = here.value(&group.target).and_then(Json::as_array);
        let (Some(items), Some((kind, list))) = (items, here.pointer(&group.target)) else {
            return Vec::new();
        };
        let mut rows = Vec::new();
        let mut others = false;
        for (index, item) in items.iter().enumerate() {
            let Some(values) = item.as_object() else {
                continue;
            };
            if !Self::is_tagged(group, values) {
                others = true;
                continue;
            }
            let mut own: Cells<'v> = vec![None; cells.len()];
            let found = group.slots.find(values);
            let inner = here.of(Item {
                kind,
                values,
                base: (&list, Some(index)),
                found: &found,
            });
            self.fill_item(group, inner, &mut Sink::Row(&mut own), faults);
            // an item of which the format can say nothing would come back as none
            if !says(group, &own) {
                continue;
            }
            if !self.is_recognised(group, inner) {
                let pointer = format!("{kind}{list}/{index}");
                let place = Place::Record {
                    pointer,
                    number: None,
                };
                faults.push(nameless(place));
                continue;
            }
            let whole = own.into_iter().zip(cells);
            rows.push(
                whole
                    .map(|(own, cell)| own.or_else(|| cell.clone()))
                    .collect(),
            );
        }
        if others {
            faults.push(no_place(here.place(&group.target)));
        }
        rows
    }

    /// For each bundle a fault where its rows would be read as those of one before it: `keys` are those of all before.
    pub(crate) fn doubles(
        &self,
        context: &'v Json,
        bundles: &'v [Bundle],
        keys: &mut Keys,
    ) -> Vec<Option<Fault>> {
        let one_each = self.plan.table.together.is_empty();
        let double = |bundle: &'v Bundle| {
            if one_each {
                return None;
            }
            let mut found = Found::default();
            let here = self.here(context, bundle, &mut found);
            let cells = self.cells(here, &mut Vec::new());
            self.double(here, &cells, keys)
        };
        bundles.iter().map(double).collect()
    }

    /// Whether the rows of a record would be taken for those of one before it.
    fn double(&self, here: Here<'_, '_>, cells: &Cells<'_>, keys: &mut Keys) -> Option<Fault> {
        let columns = &self.plan.table.together;
        let texts = columns.iter().map(|column| {
            let cell = cells.get(column.column)?.as_ref()?;
            column.made(cell)
        });
        // where one of them is missing that is said already: they are required
        let texts: Option<Vec<_>> = texts.collect();
        if keys.meet(Key::of(&texts?)) == Known::New {
            return None;
        }
        let first = Source::Column(columns.first()?.column);
        let target = self.plan.rules.iter().find_map(|rule| match &rule.act {
            Act::Field(field) if rule.outward && rule.source == first => Some(&field.target),
            _ => None,
        });
        Some(double(here.place(target?)))
    }
}

/// Whether something of an item stands in its cells, beside what stands in those of every item.
fn says(group: &Group, cells: &Cells<'_>) -> bool {
    let constant = |index: usize| {
        group.rules.iter().any(|rule| {
            matches!(rule.act, Act::Constant(_)) && rule.source == Source::Column(index)
        })
    };
    cells.iter().enumerate().any(|(index, cell)| {
        let filled = cell.as_ref().is_some_and(|cell| !cell.is_blank());
        filled && !constant(index)
    })
}

fn double(place: Place) -> Fault {
    Fault::refused(
        "uit.dubbel",
        place,
        "Een eerder record van dit document heeft hier hetzelfde; de rijen van beide zouden als één geheel worden gelezen.",
        "An earlier record of this document has the same here; the rows of both would be read as one.",
    )
}
