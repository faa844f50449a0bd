use crate::canonical::Bundle;
use crate::canonical::Kind;
use crate::document::Fault;
use crate::document::Made;
use crate::document::Name;
use crate::document::Parts;
use crate::mapping::encode::Here;
use crate::mapping::encode::Sink;
use crate::mapping::encode::Writer;
use crate::mapping::encode::number;
use crate::mapping::encode::sink::attach;
use crate::mapping::encode::sink::closed;
use crate::mapping::plan::Rule;
use crate::mapping::slots::Found;
use serde_json::Value as Json;
use std::collections::HashMap;

/// Elements that share what stands around them.
struct Shared<'h, 'v> {
    here: Here<'h, 'v>,
    /// What stands before and behind the elements, as the first of them says it.
    before: Parts<'v>,
    after: Parts<'v>,
    elements: Vec<Made<'v>>,
}

impl<'v> Writer<'v> {
    /// Each part that stands around elements, in the order of the first of them. Elements around which the same stands
    /// (a person, with two assignments) share it.
    pub(super) fn around(
        &self,
        context: &'v Json,
        bundles: &'v [Bundle],
        faults: &mut Vec<Fault>,
    ) -> Vec<Made<'v>> {
        let plan = self.plan;
        let split = plan
            .rules
            .iter()
            .position(|rule| rule.outward && !rule.source.is_root() && !rule.source.is_around());
        let (before, after) = plan.rules.split_at(split.unwrap_or(plan.rules.len()));
        let mut values: Vec<Found<'_>> = bundles.iter().map(|_| Found::default()).collect();
        let mut found: Vec<Shared<'_, '_>> = Vec::new();
        let mut known: HashMap<String, usize> = HashMap::new();
        for (index, (bundle, values)) in bundles.iter().zip(&mut values).enumerate() {
            let here = self.here(context, bundle, values);
            let mut own = Vec::new();
            let (before, after) = (
                self.outside(before, here, &mut own),
                self.outside(after, here, &mut own),
            );
            let from = faults.len();
            let element = self.element(here, faults);
            number(&mut faults[from..], index, bundles);
            number(&mut own, index, bundles);
            let mut says = String::new();
            for parts in [&before, &after] {
                spelled(parts, &mut says);
            }
            let same = |one: &&mut Shared<'_, '_>| {
                // two people of whom the same is written are still two
                one.before == before
                    && one.after == after
                    && one.here.bundle.record(Kind::Kandidaat) == bundle.record(Kind::Kandidaat)
            };
            let before_it = known.get(&says).and_then(|index| found.get_mut(*index));
            if let Some(shared) = before_it.filter(same) {
                shared.elements.push(element);
                continue;
            }
            known.insert(says, found.len());
            faults.append(&mut own);
            found.push(Shared {
                here,
                before,
                after,
                elements: vec![element],
            });
        }
        let steps = &plan.element.steps[plan.around.steps.len()..];
        let whole = |shared: Shared<'_, 'v>| {
            let mut parts = shared.before;
            attach(&mut parts, steps, shared.elements, plan.format);
            // written again in its place: it may stand in a part that is there already
            let (here, mut said) = (shared.here, Vec::new());
            let mut sink = Sink::Tree(&mut parts);
            self.fill(after, is_outside, here, &mut sink, &mut said);
            closed(parts, true)
        };
        found.into_iter().map(whole).collect()
    }

    fn outside(&self, rules: &'v [Rule], here: Here<'_, 'v>, faults: &mut Vec<Fault>) -> Parts<'v> {
        let mut parts = Vec::new();
        self.fill(rules, is_outside, here, &mut Sink::Tree(&mut parts), faults);
        parts
    }
}

/// What parts say, as a text to find the same again by.
fn spelled(parts: &[(&Name, Made<'_>)], into: &mut String) {
    for (name, node) in parts {
        into.push_str(name);
        into.push('<');
        into.push_str(node.as_text().unwrap_or_default());
        spelled(node.parts(), into);
        into.push('>');
    }
    into.push('|');
}

fn is_outside(rule: &Rule) -> bool {
    rule.source.is_around()
}
