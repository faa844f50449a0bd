use crate::canonical::Bundle;
use crate::document::Fault;
use crate::document::Node;
use crate::document::Value;
use crate::mapping::encode::Writer;
use crate::mapping::slots::Found;
use serde_json::Value as Json;

impl Writer<'_> {
    /// A line for each bundle. What has no value is blank.
    pub(super) fn lines(
        &self,
        context: &Json,
        bundles: &[Bundle],
        faults: &mut Vec<Fault>,
    ) -> Node {
        let length = self.plan.layout.as_ref().map_or(0, |layout| layout.length);
        let mut lines = Vec::with_capacity(bundles.len());
        let mut found = Found::default();
        for bundle in bundles {
            let mut line = vec![' '; length];
            let here = self.here(context, bundle, &mut found);
            let cells = self.cells(here, faults);
            for (column, cell) in self.plan.table.columns.iter().zip(cells) {
                let text = cell.as_ref().and_then(Node::as_text);
                let (Some(slot), Some(text)) = (column.slot, text) else {
                    continue;
                };
                let places = line.iter_mut().skip(slot.from - 1).take(slot.width());
                for (place, character) in places.zip(slot.padded(text).chars()) {
                    *place = character;
                }
            }
            lines.push(Node::text(line.into_iter().collect::<String>()));
        }
        Node::made(Value::List(lines))
    }
}
