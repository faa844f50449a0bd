//! Texts of a mapping that the file itself cannot hold.

use crate::adapters::bytes_of;
use crate::mapping::Direction;
use crate::mapping::codec::Codec;
use crate::mapping::compile::Compiler;
use crate::mapping::encode::Writer;
use crate::mapping::plan::Act;
use crate::mapping::plan::Plan;
use crate::mapping::plan::Rule;
use crate::mapping::plan::Source;
use crate::mapping::syntax::Span;

impl Compiler<'_> {
    /// Constants and headers that are written into every file, and codes: each must be made of characters that it has.
    pub(super) fn check_sayable(&mut self, plan: &Plan) {
        let mut found = Vec::new();
        gather(plan, &plan.rules, &mut found);
        let written = self.direction != Direction::In;
        for column in plan.table.columns.iter().filter(|column| column.outward) {
            let header = column.slot.is_none() && !can_hold(plan, &column.header);
            let rule = plan
                .rules
                .iter()
                .find(|rule| is_about(rule, plan, &column.header));
            if let (true, true, Some(rule)) = (written, header, rule) {
                found.push(rule.span.clone());
            }
        }
        found.sort_by_key(|span| span.start);
        found.dedup();
        for span in found {
            self.unsayable(
                &span,
                "Deze regel heeft een tekst die in dit bestand niet kan staan: een teken dat de tekenset niet heeft, of dat het formaat niet kent.",
                "This rule has a text that this file cannot hold: a character that its encoding lacks, or that the format does not know.",
            );
        }
    }

    pub(super) fn unsayable(&mut self, span: &Span, nl: &str, en: &str) {
        self.report.error(
            "M086",
            span,
            (nl, en),
            (
                "Geef een andere tekst, of een ander `encoding`.",
                "Give another text, or another `encoding`.",
            ),
        );
    }
}

/// The rules of which a constant cannot be written, or a code cannot stand in the file.
fn gather(plan: &Plan, rules: &[Rule], found: &mut Vec<Span>) {
    for rule in rules {
        let can_be = match &rule.act {
            Act::Constant(text) => !rule.outward || can_hold(plan, text),
            Act::Field(field) => match &field.codec {
                Codec::Table(codec) => codec.codes().0.all(|code| has_letters(plan, code)),
                Codec::Boolean(codec) => {
                    (codec.words().into_iter()).all(|(word, _)| has_letters(plan, word))
                }
                _ => true,
            },
            Act::Group(group) => {
                gather(plan, &group.rules, found);
                true
            }
            Act::Spread(_) | Act::Set(..) => true,
        };
        if !can_be {
            found.push(rule.span.clone());
        }
    }
}

fn can_hold(plan: &Plan, text: &str) -> bool {
    has_letters(plan, text) && Writer::new(plan).spellable(text).is_ok()
}

/// Whether the encoding of a file has all characters of a text.
fn has_letters(plan: &Plan, text: &str) -> bool {
    let lines = plan.layout.as_ref().map(|layout| layout.encoding);
    let encoding = plan.table.encoding.or(lines);
    encoding.is_none_or(|encoding| bytes_of(text, encoding).is_some())
}

/// Whether a rule, or one of its group, has a column.
fn is_about(rule: &Rule, plan: &Plan, header: &str) -> bool {
    let inner = match &rule.act {
        Act::Group(group) => group.rules.iter().any(|rule| is_about(rule, plan, header)),
        _ => false,
    };
    inner
        || rule.sources().any(|source| match source {
            Source::Column(index) => {
                (plan.table.columns.get(*index)).is_some_and(|column| *column.header == *header)
            }
            _ => false,
        })
}
