//! Rows and lines that their reader would pass over: as a total, or as what opens or closes the file. A record that goes
//! out so is lost without a word, so the value that makes it look like one is not written.

use crate::canonical::Bundle;
use crate::document::Fault;
use crate::document::Made;
use crate::document::Place;
use crate::mapping::codec::Note;
use crate::mapping::codec::note;
use crate::mapping::encode::Here;
use crate::mapping::encode::Writer;
use crate::mapping::encode::value::missing;
use crate::mapping::encode::value::remark;
use crate::mapping::plan::Act;
use crate::mapping::plan::Rule;
use crate::mapping::plan::Source;
use serde_json::Value as Json;

const TOTAL: Note = note!(
    "uit.vorm",
    "Met deze waarde vooraan leest de rij als een totaalregel (`total_rows`), die wordt overgeslagen; zij is niet geschreven.",
    "With this value in front the row reads as a total (`total_rows`), which is skipped; it was not written.",
);
const AROUND: Note = note!(
    "uit.vorm",
    "Met deze waarde vooraan leest de regel als kop- of sluitregel (`header`, `trailer`), die wordt overgeslagen; zij is niet geschreven.",
    "With this value in front the line reads as one that opens or closes the file (`header`, `trailer`), which is skipped; it was not written.",
);

impl<'v> Writer<'v> {
    /// Whether something of a bundle cannot be written because its row would be passed over.
    pub(crate) fn is_passed_over(&self, context: &'v Json, bundle: &'v Bundle) -> bool {
        let mut cells = self.filled(Here::new(context, bundle), &mut Vec::new());
        !self.take_out(&mut cells).is_empty()
    }

    /// Takes out of a row what would make its reader pass it over, and says so.
    pub(super) fn keep_read(
        &self,
        here: Here<'_, '_>,
        cells: &mut [Option<Made<'_>>],
        faults: &mut Vec<Fault>,
    ) {
        let note = if self.plan.layout.is_some() {
            AROUND
        } else {
            TOTAL
        };
        for column in self.take_out(cells) {
            let rule = self.plan.rules.iter().find(|rule| {
                rule.outward && Self::holds(rule, here) && writes(rule, &Source::Column(column))
            });
            let target = rule.and_then(|rule| rule.act.targets().into_iter().next());
            let place = target.map_or(Place::Whole, |target| here.place(target));
            faults.push(remark(note.clone(), place.clone()));
            if rule.is_some_and(|rule| rule.required) {
                faults.push(missing(place));
            }
        }
    }

    /// Takes values out from the front until the row is read; gives their columns.
    fn take_out(&self, cells: &mut [Option<Made<'_>>]) -> Vec<usize> {
        let mut taken = Vec::new();
        while let Some(column) = self.passes_over(cells) {
            cells[column] = None;
            taken.push(column);
        }
        taken
    }

    /// The column whose value makes a row look like one that is no record.
    fn passes_over(&self, cells: &[Option<Made<'_>>]) -> Option<usize> {
        let columns = &self.plan.table.columns;
        let filled = |index: &usize| {
            let cell = cells.get(*index).and_then(Option::as_ref);
            columns[*index].outward && cell.is_some_and(|cell| !cell.is_blank())
        };
        let mut filled = (0..columns.len()).filter(filled);
        let Some(layout) = &self.plan.layout else {
            let first = filled.next()?;
            let text = cells[first].as_ref()?.as_text()?;
            return self.plan.table.total(text).map(|_| first);
        };
        if layout.header.is_empty() && layout.trailer.is_empty() {
            return None;
        }
        let within = layout.around(&self.line(cells))?.chars().count();
        let starts = filled.filter_map(|index| Some((columns[index].slot?.from, index)));
        let (from, index) = starts.min()?;
        (from <= within).then_some(index)
    }
}

fn writes(rule: &Rule, source: &Source) -> bool {
    let inner = match &rule.act {
        Act::Group(group) => group.rules.as_slice(),
        _ => &[],
    };
    rule.sources().any(|own| own == source) || inner.iter().any(|rule| writes(rule, source))
}
