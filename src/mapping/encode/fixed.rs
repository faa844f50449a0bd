use crate::canonical::Bundle;
use crate::document::Fault;
use crate::document::Made;
use crate::mapping::encode::Writer;
use crate::mapping::encode::number;
use crate::mapping::slots::Found;
use crate::mapping::together::Keys;
use serde_json::Value as Json;

impl<'v> Writer<'v> {
    /// The lines of each bundle. What has no value is blank.
    pub(super) fn lines(
        &self,
        context: &'v Json,
        bundles: &'v [Bundle],
        faults: &mut Vec<Fault>,
    ) -> Made<'v> {
        let mut lines = Vec::with_capacity(bundles.len());
        let mut keys = Keys::default();
        let mut found = Found::default();
        for (index, bundle) in bundles.iter().enumerate() {
            let here = self.here(context, bundle, &mut found);
            let from = faults.len();
            let rows = self.rows_of(here, &mut keys, faults);
            number(&mut faults[from..], index, bundles);
            for cells in rows {
                lines.push(Made::text(self.line(&cells)));
            }
        }
        Made::List(lines)
    }

    /// Values at their positions.
    pub(super) fn line(&self, cells: &[Option<Made<'_>>]) -> String {
        let length = self.plan.layout.as_ref().map_or(0, |layout| layout.length);
        let mut line = vec![' '; length];
        for (column, cell) in self.plan.table.columns.iter().zip(cells) {
            let text = cell.as_ref().and_then(Made::as_text);
            let (Some(slot), Some(text)) = (column.slot, text) else {
                continue;
            };
            let places = line.iter_mut().skip(slot.from - 1).take(slot.width());
            for (place, character) in places.zip(slot.padded(text).chars()) {
                *place = character;
            }
        }
        line.into_iter().collect()
    }
}
