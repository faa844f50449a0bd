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
use crate::mapping::encode::set::is_held_against;
use crate::mapping::encode::value::state_lost;
use crate::mapping::plan::Act;
use crate::mapping::plan::Owner;
use crate::mapping::plan::Rule;
use crate::mapping::plan::Target;
use crate::mapping::plan::TestOut;
use serde_json::Map;
use serde_json::Value as Json;
use std::borrow::Cow;
use std::collections::HashMap;

/// Most attributes that are named for one document; how many values there are of others is counted.
const UNREAD_MAX: usize = 100;

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

/// What no rule writes of one document: each attribute at the first place that has it, and how many times it is lost.
#[derive(Debug, Default)]
pub struct Unwritten {
    /// The attribute and the code, and which of the faults it is.
    known: HashMap<(&'static str, String), usize>,
    faults: Vec<(Fault, usize)>,
    /// How many values are lost of attributes that are not named.
    others: usize,
}

impl Unwritten {
    /// How many attributes are named.
    #[must_use]
    pub const fn named(&self) -> usize {
        self.faults.len()
    }

    /// The faults of attributes that were named after some others.
    pub fn since(&mut self, named: usize) -> impl Iterator<Item = &mut Fault> {
        self.faults.iter_mut().skip(named).map(|(fault, _)| fault)
    }

    fn lose(&mut self, pointer: &str, make: fn(Place) -> Fault) {
        let numbered =
            |step: &str| !step.is_empty() && step.bytes().all(|byte| byte.is_ascii_digit());
        let anywhere: Vec<&str> = pointer.split('/').filter(|step| !numbered(step)).collect();
        let fault = make(Place::Record {
            pointer: pointer.to_owned(),
            number: None,
        });
        let code = match &fault.code {
            Cow::Borrowed(code) => *code,
            Cow::Owned(_) => "",
        };
        let key = (code, anywhere.join("/"));
        if let Some((_, times)) = self
            .known
            .get(&key)
            .and_then(|index| self.faults.get_mut(*index))
        {
            *times += 1;
        } else if self.faults.len() < UNREAD_MAX {
            self.known.insert(key, self.faults.len());
            self.faults.push((fault, 1));
        } else {
            self.others += 1;
        }
    }

    /// A remark for each attribute with how many times it is lost, and one that says how many values of others are.
    #[must_use]
    pub fn end(self) -> Vec<Fault> {
        let told = |(mut fault, times): (Fault, usize)| {
            fault.comes(times);
            fault
        };
        let mut faults: Vec<Fault> = self.faults.into_iter().map(told).collect();
        if self.others > 0 {
            let others = self.others;
            let mut fault = Fault::remark(
                "uit.geenRegel",
                Place::Whole,
                format!(
                    "Van nog andere attributen schrijft geen regel van de mapping iets; hier staan de eerste {UNREAD_MAX}. Niet geschreven van die andere: {others}."
                ),
                format!(
                    "No rule of the mapping writes anything of further attributes; the first {UNREAD_MAX} are named here. Not written of those others: {others}."
                ),
            );
            fault.times = others;
            faults.push(fault);
        }
        faults
    }
}

fn no_rule(place: Place) -> Fault {
    Fault::remark(
        "uit.geenRegel",
        place,
        "Geen regel van de mapping schrijft dit; het staat niet in het document.",
        "No rule of the mapping writes this; it is not in the document.",
    )
}

/// The walk through one document's records.
struct Walk<'w> {
    writer: &'w Writer<'w>,
    said: &'w mut Unwritten,
}

impl Writer<'_> {
    /// Notes each attribute that is there and that no rule going out writes, at its first place, and each state of a value
    /// that none does; of a record of which no rule writes anything that alone.
    pub(crate) fn unread(&self, context: &Json, bundles: &[Bundle], said: &mut Unwritten) {
        let mut walk = Walk { writer: self, said };
        for (index, bundle) in bundles.iter().enumerate() {
            let from = walk.said.named();
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
                    walk.said.lose(kind.as_str(), no_rule);
                } else {
                    walk.record(record, *kind, &reaches, here);
                    walk.states(record, *kind, &reaches, here);
                }
            }
            number(walk.said.since(from), index, bundles);
        }
    }
}

impl Walk<'_> {
    fn record(
        &mut self,
        record: &Map<String, Json>,
        kind: Kind,
        reaches: &[Reach<'_>],
        here: Here<'_, '_>,
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

    /// Reports the states of values that no rule looks at. Of one that a rule looks at and that the format cannot say, the
    /// rule says so.
    fn states(
        &mut self,
        record: &Map<String, Json>,
        kind: Kind,
        reaches: &[Reach<'_>],
        here: Here<'_, '_>,
    ) {
        let Some(Json::Object(states)) = record.get(STATES) else {
            return;
        };
        for pointer in states.keys() {
            let mut steps = pointer.split('/').skip(1);
            let first = steps.next().unwrap_or_default();
            let own = (kind, Box::from(first));
            let lost = || {
                let inner: Vec<&str> = steps.collect();
                let at = Spoken {
                    kind,
                    base: format!("/{first}"),
                    value: record.get(first),
                };
                !at.is_said(&inner, &behind(reaches, first), here)
            };
            if !self.writer.plan.own.contains(&own) && lost() {
                self.said.lose(&format!("{kind}{pointer}"), state_lost);
            }
        }
    }

    fn part(
        &mut self,
        value: &Json,
        at: &str,
        kind: Kind,
        reaches: &[Reach<'_>],
        here: Here<'_, '_>,
    ) {
        if value.is_null() || reaches.iter().any(|reach| covers(*reach, value, here)) {
            return;
        }
        let items = items(reaches, here);
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
            _ => self.said.lose(at, no_rule),
        }
    }

    fn parts(
        &mut self,
        values: &Map<String, Json>,
        at: &str,
        kind: Kind,
        reaches: &[Reach<'_>],
        here: Here<'_, '_>,
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
}

/// A part of a record that has a state, as far as it was walked to.
struct Spoken<'w> {
    kind: Kind,
    /// Its JSON Pointer in the record, and what stands there.
    base: String,
    value: Option<&'w Json>,
}

impl Spoken<'_> {
    /// Whether a rule writes the state of what stands some steps further.
    fn is_said(&self, steps: &[&str], reaches: &[Reach<'_>], here: Here<'_, '_>) -> bool {
        let Some((step, rest)) = steps.split_first() else {
            return reaches.iter().any(|reach| {
                reach.rest.is_empty()
                    && matches!(reach.rule.act, Act::Field(_) | Act::Spread(_))
                    && Writer::holds(reach.rule, here)
            });
        };
        let base = format!("{}/{step}", self.base);
        let items = items(reaches, here);
        let item = (self.value.and_then(Json::as_array))
            .zip(step.parse().ok())
            .and_then(|(list, index): (_, usize)| list.get(index)?.as_object());
        if let (Some((name, rest)), Some(values)) = (rest.split_first(), item) {
            let here = here.of(Item::new(self.kind, values, &base));
            let inner = Spoken {
                kind: self.kind,
                base: format!("{base}/{name}"),
                value: values.get(*name),
            };
            return inner.is_said(rest, &behind(&items, name), here);
        }
        let inner = Spoken {
            kind: self.kind,
            value: self.value.and_then(|value| value.get(step)),
            base,
        };
        inner.is_said(rest, &behind(reaches, step), here)
    }
}

/// What rules say of an item of a list that they are about.
fn items<'p>(reaches: &[Reach<'p>], here: Here<'_, '_>) -> Vec<Reach<'p>> {
    let about = reaches
        .iter()
        .filter(|reach| reach.rest.is_empty() && Writer::holds(reach.rule, here));
    about
        .flat_map(|reach| match &reach.rule.act {
            Act::Group(group) if reach.rule.outward => Reach::all(&group.rules),
            _ => Vec::new(),
        })
        .collect()
}

fn behind<'p>(reaches: &[Reach<'p>], name: &str) -> Vec<Reach<'p>> {
    reaches
        .iter()
        .filter_map(|reach| reach.behind(name))
        .collect()
}

/// Whether a rule writes a whole value, or says it in another way. What the rule's codec cannot write of it is a fault
/// of its own.
fn covers(reach: Reach<'_>, value: &Json, here: Here<'_, '_>) -> bool {
    reach.rest.is_empty()
        && match &reach.rule.act {
            Act::Set(_, set) => **set == *value || is_held_against(reach.rule),
            Act::Field(_) | Act::Spread(_) => Writer::holds(reach.rule, here),
            Act::Constant(_) => reach.tested && Writer::holds(reach.rule, here),
            Act::Group(_) => false,
        }
}
