//! What a mapping sets in every record that it reads, such as the kind of request that a message of its own kind is. A
//! record that has something else would be somebody else's word once it is written.

use crate::canonical::Bundle;
use crate::canonical::Kind;
use crate::document::Fault;
use crate::mapping::encode::Here;
use crate::mapping::encode::Writer;
use crate::mapping::encode::number;
use crate::mapping::plan::Act;
use crate::mapping::plan::Owner;
use crate::mapping::plan::Rule;
use crate::mapping::plan::Target;
use serde_json::Value as Json;

impl Writer<'_> {
    /// Holds records against what is set in all of them when they are read.
    pub(super) fn check_set(&self, context: &Json, bundles: &[Bundle], faults: &mut Vec<Fault>) {
        for rule in &self.plan.rules {
            let Some((target, value, kind)) = of_records(rule) else {
                continue;
            };
            for (index, bundle) in bundles.iter().enumerate() {
                let from = faults.len();
                if bundle.record(kind).is_some() {
                    let here = Here::new(context, bundle);
                    faults.extend(differing(rule, target, value, here));
                }
                number(&mut faults[from..], index, bundles);
            }
        }
    }

    /// The same of an item of a group that says it of each of its items.
    pub(super) fn check_item_set(rules: &[Rule], item: Here<'_, '_>, faults: &mut Vec<Fault>) {
        for rule in rules {
            if let Some((target, value)) = always(rule) {
                faults.extend(differing(rule, target, value, item));
            }
        }
    }
}

/// Whether a rule sets an attribute of every record that is read: going out that is told where a record has another.
pub(super) fn is_held_against(rule: &Rule) -> bool {
    of_records(rule).is_some()
}

fn of_records(rule: &Rule) -> Option<(&Target, &Json, Kind)> {
    let (target, value) = always(rule)?;
    match target.owner {
        Owner::Record(kind) => Some((target, value, kind)),
        Owner::Item(_) | Owner::Envelope => None,
    }
}

/// What a rule sets whatever the document says.
fn always(rule: &Rule) -> Option<(&Target, &Json)> {
    match &rule.act {
        Act::Set(target, value)
            if rule.inward && rule.when_in.is_none() && rule.when_out.is_none() =>
        {
            Some((target, value))
        }
        _ => None,
    }
}

/// What has no value will have the one that is set: that is something else only where the rule says so.
fn differing(rule: &Rule, target: &Target, value: &Json, here: Here<'_, '_>) -> Option<Fault> {
    let differs = here.value(target).map_or(rule.required, |own| own != value);
    let make = if rule.required {
        Fault::refused
    } else {
        Fault::remark
    };
    differs.then(|| {
        make(
            "uit.anders",
            here.place(target),
            "Een document van dit formaat betekent hier een vaste waarde, en het record heeft die niet.",
            "A document of this format stands for a fixed value here, and the record does not have it.",
        )
    })
}
