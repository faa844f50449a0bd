use crate::mapping::encode::Writer;
use crate::mapping::laws::dest::Dest;
use crate::mapping::laws::generate::Generator;
use crate::mapping::laws::generate::has_target;
use crate::mapping::laws::generate::is_within;
use crate::mapping::plan::Act;
use crate::mapping::plan::Many;
use crate::mapping::plan::Owner;
use crate::mapping::plan::Rule;
use crate::mapping::plan::Target;
use crate::mapping::plan::TestIn;
use crate::mapping::plan::TestOut;
use crate::mapping::plan::WhenIn;
use serde_json::Value as Json;

/// Rounds in which conditions that look at each other's values come to rest.
const ROUNDS: usize = 3;

impl<'p> Generator<'p> {
    /// Fills what a list of rules carries: first what has no condition, then what conditions look at, then what they let
    /// through. A value is only made where its rule would write it; whether its rule reads it back is for the law to
    /// show.
    pub(super) fn level(&mut self, rules: &'p [Rule], dest: &mut Dest<'_>) {
        let ours = |rule: &&'p Rule| {
            let target = rule.act.targets().into_iter().next();
            target.is_none_or(|target| target.owner != Owner::Envelope)
        };
        let rules: Vec<&'p Rule> = rules.iter().filter(ours).collect();
        let is_group = |rule: &&'p Rule| matches!(rule.act, Act::Group(_));
        let is_free = |rule: &&'p Rule| rule.when_in.is_none() && rule.when_out.is_none();
        let (groups, fields): (Vec<&'p Rule>, Vec<&'p Rule>) =
            rules.iter().copied().partition(is_group);
        for rule in fields.iter().copied().filter(is_free) {
            if self.carries(rule, &rules) {
                self.rule(rule, dest);
            }
        }
        self.set(&fields, dest);
        self.steer(&rules, dest);
        for rule in fields.iter().copied().filter(|rule| !is_free(rule)) {
            self.conditional(rule, &rules, dest);
        }
        for _ in 0..ROUNDS {
            self.settle(&fields, dest);
        }
        for rule in groups.iter().copied().filter(is_free) {
            if self.carries(rule, &rules) {
                self.rule(rule, dest);
            }
        }
        for rule in groups.iter().copied().filter(|rule| !is_free(rule)) {
            self.conditional(rule, &rules, dest);
        }
        self.withdraw(&rules, dest);
    }

    fn conditional(&mut self, rule: &'p Rule, rules: &[&'p Rule], dest: &mut Dest<'_>) {
        if self.carries(rule, rules) && dest.writes(rule, self.context) {
            for target in rule.act.targets() {
                if !matches!(rule.act, Act::Group(_)) {
                    self.forget(target, dest);
                    dest.remove(target);
                }
            }
            self.rule(rule, dest);
        }
    }

    /// What the mapping sets coming in is there in every record; under a condition in some.
    fn set(&mut self, rules: &[&'p Rule], dest: &mut Dest<'_>) {
        for rule in rules.iter().filter(|rule| rule.inward) {
            if let Act::Set(target, value) = &rule.act
                && (rule.when_in.is_none() || self.random.once_in(2))
            {
                self.forget(target, dest);
                dest.put(target, Json::clone(value));
            }
        }
    }

    /// Gives half of the values that conditions look at one that they hold for.
    fn steer(&mut self, rules: &[&'p Rule], dest: &mut Dest<'_>) {
        for rule in rules.iter().filter(|rule| rule.outward) {
            let Some(when) = &rule.when_out else {
                continue;
            };
            let (TestOut::Value(values), true) = (&when.test, self.random.once_in(2)) else {
                continue;
            };
            let Some(value) = self.random.pick(values) else {
                continue;
            };
            let carrier = rules.iter().find(|other| {
                let free = other.when_in.is_none() && other.when_out.is_none();
                free && self.carries(other, rules) && has_target(other, &when.target)
            });
            let sayable = carrier.is_some_and(|carrier| match &carrier.act {
                Act::Field(field) => {
                    field.many == Many::One
                        && Writer::new(self.plan)
                            .written(carrier, field, value)
                            .is_ok()
                }
                _ => false,
            });
            if sayable || !self.both {
                self.forget(&when.target, dest);
                dest.put(&when.target, value.clone());
            }
        }
    }

    /// Takes back what no rule would write after all, and what the mapping would not set; adds what it would.
    fn settle(&mut self, rules: &[&'p Rule], dest: &mut Dest<'_>) {
        self.withdraw(rules, dest);
        if !self.both {
            return;
        }
        for rule in rules.iter().filter(|rule| rule.inward) {
            let (Act::Set(target, value), Some(when)) = (&rule.act, &rule.when_in) else {
                continue;
            };
            if self.would_hold(when, rules, dest) {
                self.forget(target, dest);
                dest.put(target, Json::clone(value));
            } else if dest.get(target) == Some(&**value) {
                let carried = rules.iter().any(|other| {
                    !matches!(other.act, Act::Set(..))
                        && self.carries(other, rules)
                        && has_target(other, target)
                });
                if !carried {
                    dest.remove(target);
                }
            }
        }
        self.withdraw(rules, dest);
    }

    /// Takes back the values of rules whose condition does not hold any more, unless another rule writes them.
    fn withdraw(&mut self, rules: &[&'p Rule], dest: &mut Dest<'_>) {
        let conditional = rules.iter().filter(|rule| rule.when_out.is_some());
        for rule in conditional {
            if !self.carries(rule, rules)
                || matches!(rule.act, Act::Set(..))
                || dest.writes(rule, self.context)
            {
                continue;
            }
            for target in rule.act.targets() {
                let kept = rules.iter().any(|other| {
                    let carries = self.carries(other, rules) || matches!(other.act, Act::Set(..));
                    carries && dest.writes(other, self.context) && has_target(other, target)
                });
                if !kept {
                    self.forget(target, dest);
                    dest.remove(target);
                }
            }
        }
    }

    /// Whether a condition on the document would hold for what the rules write.
    fn would_hold(&self, when: &WhenIn, rules: &[&'p Rule], dest: &Dest<'_>) -> bool {
        let writer = Writer::new(self.plan);
        let mut texts = rules.iter().filter_map(|rule| {
            if !rule.outward || rule.source != when.source || !dest.writes(rule, self.context) {
                return None;
            }
            match &rule.act {
                Act::Constant(text) => Some(text.to_string()),
                Act::Field(field) => {
                    let value = dest.get(&field.target)?;
                    let value = match (&field.many, value) {
                        (Many::One, value) => value,
                        (_, Json::Array(items)) => items.first()?,
                        _ => return None,
                    };
                    let written = writer.written(rule, field, value).ok()?;
                    Some(written.text().trim().to_owned())
                }
                _ => None,
            }
        });
        let text = texts.find(|text| !text.is_empty());
        let among = |words: &[String]| text.as_ref().is_some_and(|text| words.contains(text));
        match &when.test {
            TestIn::Is(words) => among(words),
            TestIn::IsNot(words) => !among(words),
            TestIn::Present(present) => text.is_some() == *present,
        }
    }

    /// Forgets why an attribute, or a part of it, has no value.
    fn forget(&mut self, target: &Target, dest: &Dest<'_>) {
        if let Some((kind, pointer)) = dest.pointer(target) {
            self.states
                .retain(|(known, about, _)| *known != kind || !is_within(about, &pointer));
        }
    }
}
