//! What records hold that no rule writes: lost on the way out, and said.

use crate::canonical::Bundle;
use crate::canonical::Kind;
use crate::canonical::RAW;
use crate::canonical::STATES;
use crate::document::Fault;
use crate::document::Place;
use crate::mapping::encode::Here;
use crate::mapping::encode::Item;
use crate::mapping::encode::Writer;
use crate::mapping::encode::number;
use crate::mapping::plan::Act;
use crate::mapping::plan::Owner;
use crate::mapping::plan::Rule;
use crate::mapping::plan::Target;
use crate::mapping::plan::TestOut;
use serde_json::Map;
use serde_json::Value as Json;
use std::collections::HashSet;

/// Most attributes that are named for one document.
const UNREAD_MAX: usize = 20;

/// A part of a record that a rule says something of, as far as it is still to be walked to.
#[derive(Clone, Copy)]
struct Reach<'p> {
    rule: &'p Rule,
    rest: &'p [Box<str>],
    /// Whether it is what the rule's condition looks at: a constant that is written for some values says which it is.
    tested: bool,
}

impl<'p> Reach<'p> {
    fn all(rules: impl IntoIterator<Item = &'p Rule>) -> Vec<Self> {
        let mut found = Vec::new();
        for rule in rules {
            let says = rule.outward || matches!(rule.act, Act::Set(..));
            let targets = rule.act.targets().into_iter().filter(|_| says);
            found.extend(targets.map(|target| Self {
                rule,
                rest: &target.segments,
                tested: false,
            }));
            let tested = rule.when_out.as_ref().filter(|when| {
                matches!(
                    (&rule.act, &when.test),
                    (Act::Constant(_), TestOut::Value(_))
                )
            });
            found.extend(tested.map(|when| Self {
                rule,
                rest: &when.target.segments,
                tested: true,
            }));
        }
        found
    }

    /// What is left of it behind a name.
    fn behind(self, name: &str) -> Option<Self> {
        let (first, rest) = self.rest.split_first()?;
        (**first == *name).then_some(Self { rest, ..self })
    }
}

fn target(rule: &Rule) -> Option<&Target> {
    rule.act.targets().into_iter().next()
}

/// What was said of one document already.
#[derive(Debug, Default)]
pub struct Unwritten(HashSet<String>);

/// The walk through one document's records.
struct Walk<'w> {
    writer: &'w Writer<'w>,
    said: &'w mut Unwritten,
    faults: Vec<Fault>,
}

impl Writer<'_> {
    /// One remark for each attribute that is there and that no rule going out writes, at its first place; for a record
    /// of which no rule writes anything one remark. At most [`UNREAD_MAX`] for a document.
    pub(crate) fn unread(
        &self,
        context: &Json,
        bundles: &[Bundle],
        said: &mut Unwritten,
    ) -> Vec<Fault> {
        let mut walk = Walk {
            writer: self,
            said,
            faults: Vec::new(),
        };
        for (index, bundle) in bundles.iter().enumerate() {
            let from = walk.faults.len();
            for (kind, record) in &bundle.records {
                let of_kind = |rule: &&Rule| {
                    target(rule)
                        .or_else(|| rule.when_out.as_ref().map(|when| &when.target))
                        .is_some_and(|target| target.owner == Owner::Record(*kind))
                };
                let reaches = Reach::all(self.plan.rules.iter().filter(of_kind));
                let here = Here::new(context, bundle);
                let own = |name: &str| self.plan.own.contains(&(*kind, Box::from(name)));
                if reaches.is_empty() && record.keys().any(|name| !own(name)) {
                    walk.report(kind.as_str());
                } else {
                    walk.record(record, *kind, &reaches, here);
                }
            }
            number(&mut walk.faults[from..], index, bundles);
        }
        walk.faults
    }
}

impl Walk<'_> {
    fn record(
        &mut self,
        record: &Map<String, Json>,
        kind: Kind,
        reaches: &[Reach<'_>],
        here: Here<'_>,
    ) {
        for (name, value) in record {
            let own = self
                .writer
                .plan
                .own
                .contains(&(kind, Box::from(name.as_str())));
            if !own && name != STATES && name != RAW {
                self.part(
                    value,
                    &format!("{kind}/{name}"),
                    kind,
                    &behind(reaches, name),
                    here,
                );
            }
        }
    }

    fn part(&mut self, value: &Json, at: &str, kind: Kind, reaches: &[Reach<'_>], here: Here<'_>) {
        if value.is_null() || reaches.iter().any(|reach| covers(*reach, value, here)) {
            return;
        }
        let items: Vec<Reach<'_>> = reaches
            .iter()
            .filter(|reach| reach.rest.is_empty() && Writer::holds(reach.rule, here))
            .flat_map(|reach| match &reach.rule.act {
                Act::Group(group) if reach.rule.outward => Reach::all(&group.rules),
                _ => Vec::new(),
            })
            .collect();
        match value {
            Json::Array(list) if !items.is_empty() => {
                for (index, item) in list.iter().enumerate() {
                    let at = format!("{at}/{index}");
                    let Some(values) = item.as_object() else {
                        continue;
                    };
                    let base = at.strip_prefix(kind.as_str()).unwrap_or_default();
                    let here = here.of(Item::new(kind, values, base));
                    self.parts(values, &at, kind, &items, here);
                }
            }
            Json::Object(values) if reaches.iter().any(|reach| !reach.rest.is_empty()) => {
                self.parts(values, at, kind, reaches, here);
            }
            _ => self.report(at),
        }
    }

    fn parts(
        &mut self,
        values: &Map<String, Json>,
        at: &str,
        kind: Kind,
        reaches: &[Reach<'_>],
        here: Here<'_>,
    ) {
        for (name, value) in values {
            self.part(
                value,
                &format!("{at}/{name}"),
                kind,
                &behind(reaches, name),
                here,
            );
        }
    }

    fn report(&mut self, pointer: &str) {
        let numbered =
            |step: &str| !step.is_empty() && step.bytes().all(|byte| byte.is_ascii_digit());
        let anywhere: Vec<&str> = pointer.split('/').filter(|step| !numbered(step)).collect();
        if self.said.0.len() < UNREAD_MAX && self.said.0.insert(anywhere.join("/")) {
            let place = Place::Record {
                pointer: pointer.to_owned(),
                number: None,
            };
            self.faults.push(Fault::remark(
                "uit.geenRegel",
                place,
                "Geen regel van de mapping schrijft dit; het staat niet in het document.",
                "No rule of the mapping writes this; it is not in the document.",
            ));
        }
    }
}

fn behind<'p>(reaches: &[Reach<'p>], name: &str) -> Vec<Reach<'p>> {
    reaches
        .iter()
        .filter_map(|reach| reach.behind(name))
        .collect()
}

/// Whether a rule writes a whole value, or says it in another way. What the rule's codec cannot write of it is a fault
/// of its own.
fn covers(reach: Reach<'_>, value: &Json, here: Here<'_>) -> bool {
    reach.rest.is_empty()
        && match &reach.rule.act {
            Act::Set(_, set) => set == value,
            Act::Field(_) | Act::Spread(_) => Writer::holds(reach.rule, here),
            Act::Constant(_) => reach.tested && Writer::holds(reach.rule, here),
            Act::Group(_) => false,
        }
}
