//! What a mapping changes in the rules it takes over: by name, one at a time.

use crate::mapping::assemble::Assembler;
use crate::mapping::diagnostic::Report;
use crate::mapping::diagnostic::nearest;
use crate::mapping::syntax::AND;
use crate::mapping::syntax::Entry;
use crate::mapping::syntax::Item;
use crate::mapping::syntax::Span;
use crate::mapping::syntax::Table;
use crate::mapping::syntax::Toml;
use std::borrow::Cow;
use std::collections::HashMap;

/// What stands between the name of a group and that of a rule in it.
const WITHIN: &str = " / ";

impl Assembler<'_, '_> {
    /// Takes the rules of `remove` out.
    pub(super) fn removed(&mut self, rules: &mut Vec<Item>, remove: Option<&Entry>) {
        let Some(entry) = remove else { return };
        let items = match &entry.item.value {
            Toml::List(items) => items.as_slice(),
            _ => std::slice::from_ref(&entry.item),
        };
        for item in items {
            let Toml::Text(name) = &item.value else {
                self.report.wrong_type(
                    "remove",
                    &item.span,
                    "een lijst van teksten",
                    "a list of texts",
                );
                continue;
            };
            if let Some((list, index)) = spot(&mut self.report, rules, name, &item.span) {
                list.remove(index);
            }
        }
    }

    /// Puts the mapping's own rules among those it takes over: in the place of one, behind one, or at the end.
    pub(super) fn overridden(&mut self, rules: &mut Vec<Item>, own: Vec<Item>) {
        let mut behind: HashMap<String, usize> = HashMap::new();
        let mut last = Vec::new();
        for mut rule in own {
            let Toml::Table(table) = &mut rule.value else {
                last.push(rule);
                continue;
            };
            if let Some((name, span)) = self.taken(table, "replace") {
                if let Some((list, index)) = spot(&mut self.report, rules, &name, &span) {
                    called(table, &name, &span);
                    list[index] = rule;
                }
            } else if let Some((name, span)) = self.taken(table, "after") {
                if let Some((list, index)) = spot(&mut self.report, rules, &name, &span) {
                    let count = behind.entry(name).or_default();
                    *count += 1;
                    list.insert((index + *count).min(list.len()), rule);
                }
            } else {
                last.push(rule);
            }
        }
        rules.extend(last);
    }

    fn taken(&mut self, table: &mut Table, key: &str) -> Option<(String, Span)> {
        let name = self.report.text(table, key).map(str::to_owned);
        let entry = table.take(key)?;
        name.map(|name| (name, entry.item.span))
    }
}

/// A rule that replaces another keeps its name, unless it has one itself.
fn called(table: &mut Table, name: &str, span: &Span) {
    let name = name.rsplit(WITHIN).next().unwrap_or(name);
    if !table.has("name") {
        let item = Item {
            span: span.clone(),
            value: Toml::Text(name.to_owned()),
        };
        table.entries.push(Entry {
            key: "name".to_owned(),
            key_span: span.clone(),
            item,
        });
    }
}

/// The list a rule stands in, and where.
fn spot<'r>(
    report: &mut Report<'_>,
    rules: &'r mut Vec<Item>,
    name: &str,
    span: &Span,
) -> Option<(&'r mut Vec<Item>, usize)> {
    let (first, rest) = match name.split_once(WITHIN) {
        Some((first, rest)) => (first, Some(rest)),
        None => (name, None),
    };
    let named =
        |(index, item): (usize, &Item)| (name_of(item).as_deref() == Some(first)).then_some(index);
    let found: Vec<usize> = rules.iter().enumerate().filter_map(named).collect();
    match (found.as_slice(), rest) {
        ([index], None) => Some((rules, *index)),
        ([index], Some(rest)) => {
            let Toml::Table(table) = &mut rules[*index].value else {
                return None;
            };
            let inner = table.get_mut("rule").map(|item| &mut item.value);
            let Some(Toml::List(inner)) = inner else {
                no_rule(report, rest, &[], span);
                return None;
            };
            spot(report, inner, rest, span)
        }
        ([], _) => {
            no_rule(report, first, rules, span);
            None
        }
        _ => {
            several(report, first, span);
            None
        }
    }
}

/// What reports call a rule.
fn name_of(item: &Item) -> Option<Cow<'_, str>> {
    let table = item.as_table()?;
    let source = || table.plain_text("source").filter(|text| *text != ".");
    let name = table.plain_text("name").or_else(source).map(Cow::Borrowed);
    name.or_else(|| {
        table
            .plain_texts("sources")
            .map(|texts| Cow::Owned(texts.join(AND)))
    })
    .or_else(|| table.plain_text("target").map(Cow::Borrowed))
}

fn no_rule(report: &mut Report<'_>, name: &str, rules: &[Item], span: &Span) {
    let names: Vec<Cow<'_, str>> = rules.iter().filter_map(name_of).collect();
    let near = nearest(name, names.iter().map(|name| &**name));
    let remedy = near.map_or_else(
        || {
            (
                "Noem een regel die wordt overgenomen: `schakel mapping print` toont ze."
                    .to_owned(),
                "Name a rule that is taken over: `schakel mapping print` shows them.".to_owned(),
            )
        },
        |near| {
            (
                format!("Bedoelt u `{near}`?"),
                format!("Did you mean `{near}`?"),
            )
        },
    );
    report.error(
        "M067",
        span,
        (
            &format!("Er wordt geen regel `{name}` overgenomen."),
            &format!("No rule `{name}` is taken over."),
        ),
        (&remedy.0, &remedy.1),
    );
}

fn several(report: &mut Report<'_>, name: &str, span: &Span) {
    report.error(
        "M068",
        span,
        (
            &format!("Meer dan een overgenomen regel heet `{name}`."),
            &format!("More than one rule that is taken over is called `{name}`."),
        ),
        (
            "Geef de regels daar elk een `name`.",
            "Give each of the rules there a `name`.",
        ),
    );
}
