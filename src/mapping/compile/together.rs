//! `together`: the columns by which is known that rows are one element, and the one list that such rows can say.

use crate::document::Format;
use crate::mapping::Direction;
use crate::mapping::compile::Compiler;
use crate::mapping::plan::Act;
use crate::mapping::plan::Beside;
use crate::mapping::plan::KeyColumn;
use crate::mapping::plan::Many;
use crate::mapping::plan::Plan;
use crate::mapping::plan::Rule;
use crate::mapping::plan::Source;
use crate::mapping::plan::folded;
use crate::mapping::syntax::Span;
use crate::mapping::syntax::Table;
use crate::mapping::syntax::Toml;

/// What `together` names.
pub(crate) struct Together {
    /// Headers, or positions at fixed width; as the mapping writes them.
    columns: Vec<(Wanted, String)>,
    span: Span,
}

#[derive(PartialEq, Eq)]
enum Wanted {
    Header(String),
    Positions(usize, usize),
}

impl Compiler<'_> {
    /// The columns that a table names.
    pub(super) fn together(&mut self, table: &Table) {
        let Some(item) = table.get("together") else {
            return;
        };
        let span = item.span.clone();
        let columns: Vec<(Wanted, String)> = match &item.value {
            Toml::List(items) if self.format == Format::FixedWidth => {
                let ranges = items.iter().filter_map(|item| self.range(item));
                let named = |(from, to)| (Wanted::Positions(from, to), format!("{from}-{to}"));
                ranges.map(named).collect()
            }
            _ if self.format == Format::FixedWidth => return self.bad_position(&span),
            _ => {
                let texts = self.report.texts(table, "together").into_iter();
                let named = |text: String| (Wanted::Header(folded(&text)), text);
                texts.map(named).collect()
            }
        };
        let twice = (1..columns.len()).any(|at| {
            let before = &columns[..at];
            before.iter().any(|(known, _)| *known == columns[at].0)
        });
        if twice || columns.is_empty() {
            self.bad_together(
                &span,
                "`together` noemt geen kolommen, of een kolom twee keer.",
                "`together` names no columns, or a column twice.",
            );
        }
        self.together = Some(Together { columns, span });
    }

    /// In a tree an element is what the document says that it is.
    pub(super) fn no_together(&mut self, table: &Table) {
        if let Some(item) = table.get("together") {
            let span = item.span.clone();
            self.bad_together(
                &span,
                "`together` is er alleen voor tabellen: XML en JSON hebben groepen.",
                "`together` is for tables only: XML and JSON have groups.",
            );
        }
    }

    fn bad_together(&mut self, span: &Span, nl: &str, en: &str) {
        self.report.error(
            "M081",
            span,
            (nl, en),
            (
                "Noem elke kolom waaraan te zien is dat rijen bij elkaar horen één keer, of haal `together` weg.",
                "Name each column that tells that rows belong together once, or remove `together`.",
            ),
        );
    }

    /// Finds the columns, and the list whose items rows are.
    pub(super) fn close_together(&mut self, plan: &mut Plan) {
        let Some(together) = self.together.take() else {
            return;
        };
        for (wanted, name) in &together.columns {
            let found = plan.table.columns.iter().position(|column| match wanted {
                Wanted::Header(header) => column.names.contains(header),
                Wanted::Positions(from, to) => column
                    .slot
                    .is_some_and(|slot| (slot.from, slot.to) == (*from, *to)),
            });
            if let Some(key) = self.key_column(&plan.rules, found, name, &together.span) {
                let slot = plan.table.columns[key.column].slot;
                plan.table.together.push(KeyColumn {
                    zeros: slot.is_some_and(|slot| slot.zeros),
                    ..key
                });
            }
        }
        self.one_list(plan);
    }

    /// The ways that the mapping goes.
    fn both_ways(&self) -> Vec<fn(&Rule) -> bool> {
        let mut found: Vec<fn(&Rule) -> bool> = Vec::new();
        if self.direction != Direction::Out {
            found.push(|rule| rule.inward);
        }
        if self.direction != Direction::In {
            found.push(|rule| rule.outward);
        }
        found
    }

    /// A column that each row says by itself, whichever way the mapping goes.
    fn key_column(
        &mut self,
        rules: &[Rule],
        column: Option<usize>,
        name: &str,
        span: &Span,
    ) -> Option<KeyColumn> {
        let mut placeholders = Vec::new();
        for goes in self.both_ways() {
            let alone = rules.iter().filter(|rule| {
                goes(rule) && column.is_some_and(|at| rule.source == Source::Column(at))
            });
            let fields = alone.filter_map(|rule| match &rule.act {
                Act::Field(field) if field.parts.is_none() && field.many == Many::One => {
                    Some((rule, field))
                }
                _ => None,
            });
            let fields: Vec<_> = fields.collect();
            if fields.is_empty() {
                self.report.error(
                    "M079",
                    span,
                    (
                        &format!("Geen regel van het element leest (of schrijft) de kolom `{name}` van `together`."),
                        &format!("No rule of the element reads (or writes) the column `{name}` of `together`."),
                    ),
                    (
                        "Noem een kolom waar een regel buiten een groep over gaat, met die kolom als enige bron.",
                        "Name a column that a rule outside a group is about, with that column as its only source.",
                    ),
                );
                return None;
            }
            let sure = |(rule, _): &(&Rule, _)| {
                rule.required && rule.when_in.is_none() && rule.when_out.is_none()
            };
            if !fields.iter().any(sure) {
                self.report.error(
                    "M080",
                    span,
                    (
                        &format!("De kolom `{name}` van `together` kan leeg blijven."),
                        &format!("The column `{name}` of `together` can stay empty."),
                    ),
                    (
                        "Geef haar regel `required = true`, en geen `when`.",
                        "Give its rule `required = true`, and no `when`.",
                    ),
                );
                return None;
            }
            let texts = fields.iter().flat_map(|(_, field)| &field.placeholders);
            placeholders.extend(texts.map(|(text, _)| text.clone()));
        }
        Some(KeyColumn {
            column: column?,
            placeholders,
            zeros: false,
        })
    }

    /// Rows can say the items of one list.
    fn one_list(&mut self, plan: &mut Plan) {
        let is_list =
            |rule: &Rule| rule.source == Source::Here && matches!(rule.act, Act::Group(_));
        for goes in self.both_ways() {
            let lists = plan.rules.iter().filter(|rule| is_list(rule) && goes(rule));
            if let Some(second) = lists.clone().nth(1) {
                let span = second.span.clone();
                self.report.error(
                    "M082",
                    &span,
                    (
                        "Met `together` is elke rij een onderdeel van één lijst; dit is een tweede groep.",
                        "With `together` each row is an item of one list; this is a second group.",
                    ),
                    (
                        "Houd één groep met `source = \".\"` over; een lijst van losse waarden kan met `list` in een cel.",
                        "Keep one group with `source = \".\"`; a list of single values can stand in a cell with `list`.",
                    ),
                );
            }
        }
        let mut own: Vec<Option<Vec<usize>>> = Vec::with_capacity(plan.rules.len());
        for (index, rule) in plan.rules.iter().enumerate() {
            let Act::Group(group) = &rule.act else {
                own.push(None);
                continue;
            };
            let mut columns = Vec::new();
            group
                .rules
                .iter()
                .for_each(|rule| looks_at(rule, &mut columns));
            let others = plan.rules.iter().enumerate().filter(|(other, one)| {
                let same_way = rule.inward && one.inward || rule.outward && one.outward;
                *other != index && same_way
            });
            let mut taken = Vec::new();
            others.for_each(|(_, other)| looks_at(other, &mut taken));
            columns.retain(|column| !taken.contains(column));
            own.push(is_list(rule).then_some(columns));
        }
        for (rule, own) in plan.rules.iter_mut().zip(own) {
            if let Act::Group(group) = &mut rule.act {
                group.rows = own;
            }
        }
    }
}

/// The columns that a rule takes its value from, or writes it to.
fn looks_at(rule: &Rule, into: &mut Vec<usize>) {
    let mut add = |source: &Source| {
        if let Source::Column(index) = source
            && !into.contains(index)
        {
            into.push(*index);
        }
    };
    rule.sources().for_each(&mut add);
    match &rule.act {
        Act::Field(field) => {
            if let Some(Beside::Sibling(source)) = field.indicator.as_deref() {
                add(source);
            }
        }
        Act::Group(group) => group.rules.iter().for_each(|rule| looks_at(rule, into)),
        Act::Spread(_) | Act::Constant(_) | Act::Set(..) => {}
    }
}
