//! What conditions leave: which rule is the last to ask for a value, and which others would have taken it.

use crate::mapping::plan::Act;
use crate::mapping::plan::Left;
use crate::mapping::plan::Rule;
use crate::mapping::plan::Source;
use crate::mapping::plan::WhenIn;

/// A value that a rule takes from an element or item.
struct Take {
    source: Source,
    /// What has to hold: the rule's own condition and those of the groups around it.
    whens: Vec<WhenIn>,
    /// Whether it is only looked at.
    looks: bool,
    /// Where the rules with those conditions stand: an index into the rules, and into the sub-rules of each.
    askers: Vec<Vec<usize>>,
}

/// Notes at each rule with a condition what is left where that does not hold: [`Rule::left`].
pub(super) fn find(rules: &mut [Rule]) {
    let mut takes = Vec::new();
    gather(rules, &[], &[], &[], &mut takes);
    // a constant is looked at and not taken: it leaves nothing
    takes.sort_by_key(|take| !take.looks);
    for (index, last) in takes.iter().enumerate() {
        let same = |take: &&Take| take.source == last.source;
        let is_last = !takes[index + 1..].iter().any(|take| same(&take));
        let others: Vec<&Take> = takes[..index].iter().filter(same).collect();
        let sure = last.whens.is_empty() || others.iter().any(|take| take.whens.is_empty());
        if !is_last || sure || last.looks {
            continue;
        }
        let unless: Vec<Vec<WhenIn>> = others.iter().map(|take| take.whens.clone()).collect();
        for asker in &last.askers {
            if let Some(rule) = at(rules, asker) {
                rule.left.push(Left {
                    source: last.source.clone(),
                    unless: unless.clone(),
                });
            }
        }
    }
    for rule in rules {
        within(rule);
    }
}

/// The rules of items that have a place of their own.
fn within(rule: &mut Rule) {
    let own = rule.source != Source::Here;
    if let Act::Group(group) = &mut rule.act {
        if own {
            find(&mut group.rules);
        } else {
            group.rules.iter_mut().for_each(within);
        }
    }
}

/// What rules take from the same element, in the order in which they ask for it.
fn gather(
    rules: &[Rule],
    path: &[usize],
    whens: &[WhenIn],
    askers: &[Vec<usize>],
    takes: &mut Vec<Take>,
) {
    for (index, rule) in rules.iter().enumerate().filter(|(_, rule)| rule.inward) {
        let path = [path, &[index]].concat();
        let mut whens = whens.to_vec();
        let mut askers = askers.to_vec();
        if let Some(when) = &rule.when_in {
            whens.push(WhenIn::clone(when));
            askers.push(path.clone());
        }
        match &rule.act {
            Act::Group(group) if rule.source == Source::Here => {
                gather(&group.rules, &path, &whens, &askers, takes);
            }
            _ => {
                let places = rule.sources().filter(|source| **source != Source::None);
                takes.extend(places.map(|source| Take {
                    source: source.clone(),
                    whens: whens.clone(),
                    looks: matches!(rule.act, Act::Constant(_)),
                    askers: askers.clone(),
                }));
            }
        }
    }
}

/// The rule at a path.
fn at<'r>(rules: &'r mut [Rule], path: &[usize]) -> Option<&'r mut Rule> {
    let (first, rest) = path.split_first()?;
    let rule = rules.get_mut(*first)?;
    if rest.is_empty() {
        return Some(rule);
    }
    match &mut rule.act {
        Act::Group(group) => at(&mut group.rules, rest),
        _ => None,
    }
}
