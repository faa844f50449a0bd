//! Which conditions of a mapping a breach may be due to: a counterexample cannot show what is not in it.

use crate::canonical::STATES;
use crate::document::Sentence;
use crate::mapping::laws::Breach;
use crate::mapping::laws::breach::unnumbered;
use crate::mapping::plan::Act;
use crate::mapping::plan::Owner;
use crate::mapping::plan::Plan;
use crate::mapping::plan::Rule;
use crate::mapping::plan::Source;
use crate::mapping::plan::Target;
use crate::mapping::plan::TestIn;
use crate::mapping::plan::WhenIn;

/// Most conditions that are told of one breach.
const TOLD_MAX: usize = 5;

/// The conditions under which rules read the attribute that came back different, each as a sentence.
pub(super) fn conditions(plan: &Plan, breach: &Breach) -> Vec<Sentence> {
    let Breach::Differs { pointer, .. } = breach else {
        return Vec::new();
    };
    let about = unnumbered(&pointer.replace(&format!("/{STATES}/"), ""));
    let mut found = Vec::new();
    gather(&plan.rules, "", &about, &mut |rule, when| {
        if found.len() < TOLD_MAX {
            found.push(told(plan, rule, when));
        }
    });
    found
}

/// Visits the rules with a condition coming in that fill an attribute, a part of it, or what it is a part of.
fn gather(rules: &[Rule], list: &str, about: &str, visit: &mut dyn FnMut(&Rule, &WhenIn)) {
    for rule in rules.iter().filter(|rule| rule.inward) {
        let named = |target: &&Target| is_within(&full(target, list), about);
        let Some(target) = rule.act.targets().into_iter().find(named) else {
            continue;
        };
        if let Some(when) = &rule.when_in {
            visit(rule, when);
        }
        if let Act::Group(group) = &rule.act {
            gather(&group.rules, &full(target, list), about, visit);
        }
    }
}

/// An attribute as a breach names it, with `*` for the number of an item.
fn full(target: &Target, list: &str) -> String {
    match target.owner {
        Owner::Record(kind) => format!("{kind}{}", target.pointer),
        Owner::Item(_) => format!("{list}/*{}", target.pointer),
        Owner::Envelope => format!("bericht{}", target.pointer),
    }
}

/// Whether one of two attributes is the other, or a part of it.
fn is_within(one: &str, other: &str) -> bool {
    let part = |whole: &str, part: &str| {
        let rest = part.strip_prefix(whole);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    part(one, other) || part(other, one)
}

fn told(plan: &Plan, rule: &Rule, when: &WhenIn) -> Sentence {
    let (name, place) = (&rule.name, place(plan, &when.source));
    let (nl, en) = match &when.test {
        TestIn::Is(words) => (
            format!("is {}", any(words, "of")),
            format!("is {}", any(words, "or")),
        ),
        TestIn::IsNot(words) => (
            format!("iets anders is dan {}", any(words, "of")),
            format!("is something else than {}", any(words, "or")),
        ),
        TestIn::Present(true) => ("er is".to_owned(), "is there".to_owned()),
        TestIn::Present(false) => ("er niet is".to_owned(), "is not there".to_owned()),
    };
    let (no_nl, no_en) = if is_written(&plan.rules, &when.source) {
        ("", "")
    } else {
        ("; geen regel schrijft dat", "; no rule writes that")
    };
    Sentence::new(
        format!("regel `{name}` leest alleen als {place} {nl}{no_nl}"),
        format!("rule `{name}` reads only if {place} {en}{no_en}"),
    )
}

/// Whether some rule writes at a place.
fn is_written(rules: &[Rule], source: &Source) -> bool {
    rules.iter().filter(|rule| rule.outward).any(|rule| {
        let inner = match &rule.act {
            Act::Group(group) => is_written(&group.rules, source),
            _ => false,
        };
        inner || rule.sources().any(|own| own == source)
    })
}

fn any(words: &[String], or: &str) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
    quoted.join(&format!(" {or} "))
}

/// A place as a mapping writes it.
fn place(plan: &Plan, source: &Source) -> String {
    let path = match source {
        Source::Column(index) => {
            let column = plan.table.columns.get(*index);
            return match column.map(|column| (column.slot, &column.header)) {
                Some((Some(slot), _)) => format!("[{}, {}]", slot.from, slot.to),
                Some((None, header)) => format!("`{header}`"),
                None => String::new(),
            };
        }
        Source::Here | Source::None => ".".to_owned(),
        Source::Root(path) => path.label.to_string(),
        Source::Around(path) => format!("..{}", path.label),
        Source::Path(path) => path.label.trim_start_matches('/').to_owned(),
    };
    format!("`{path}`")
}
