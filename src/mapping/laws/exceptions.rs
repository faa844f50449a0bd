use crate::document::Sentence;
use crate::mapping::Direction;
use crate::mapping::LawClass;
use crate::mapping::Mapping;
use crate::mapping::laws::generate::pairs;
use crate::mapping::plan::Act;
use crate::mapping::plan::Many;
use crate::mapping::plan::Plan;
use crate::mapping::plan::Rule;

/// A rule of a mapping that goes both ways for which the laws are not tried, or not for every value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exception {
    /// The rule's name, after that of its groups.
    pub rule: String,
    /// Why.
    pub why: Sentence,
}

/// The rules of a mapping that goes both ways for which the laws are not tried, or not for every value; none of a mapping
/// that goes one way.
#[must_use]
pub fn exceptions(mapping: &Mapping) -> Vec<Exception> {
    let mut found = Vec::new();
    if let (Direction::Both, Some(plan)) = (mapping.direction(), mapping.plan()) {
        walk(plan, &plan.rules, "", &mut found);
    }
    found
}

fn walk(plan: &Plan, rules: &[Rule], group: &str, found: &mut Vec<Exception>) {
    for rule in rules {
        let name = if group.is_empty() {
            rule.name.to_string()
        } else {
            format!("{group} / {}", rule.name)
        };
        let why = match (&rule.act, rule.inward, rule.outward) {
            (Act::Constant(_) | Act::Set(..), ..) => None,
            _ if rules.iter().any(|other| pairs(rule, other)) => None,
            (_, true, false) => Some(("leest alleen", "only reads")),
            (_, false, true) => Some(("schrijft alleen", "only writes")),
            (Act::Group(inner), ..) => {
                walk(plan, &inner.rules, &name, found);
                None
            }
            (Act::Field(field), ..) if field.codec.law() == LawClass::OneWay => Some((
                "schrijft niet alles van een waarde",
                "does not write all of a value",
            )),
            (Act::Field(field), ..)
                if field.many == Many::Occurrences && plan.format.is_table() =>
            {
                Some((
                    "schrijft van een lijst alleen het eerste",
                    "writes only the first of a list",
                ))
            }
            _ => None,
        };
        found.extend(why.map(|(nl, en)| Exception {
            rule: name,
            why: Sentence::new(nl, en),
        }));
    }
}
