//! `ignore` and `refuse` of what a rule reads: the mapping says of one place that it is read and that it is not.

use crate::mapping::compile::Compiler;
use crate::mapping::compile::spot::Form;
use crate::mapping::compile::spot::Spot;
use crate::mapping::compile::spot::Starts;
use crate::mapping::diagnostic::Level;
use crate::mapping::plan::Column;
use crate::mapping::plan::Source;
use crate::mapping::plan::folded;
use crate::mapping::syntax::Item;
use crate::mapping::syntax::Span;
use crate::mapping::syntax::Table;
use crate::mapping::syntax::Toml;

/// What `ignore` or `refuse` names.
pub(crate) struct Unread {
    refuses: bool,
    span: Span,
    text: String,
    what: What,
}

enum What {
    Part(Box<Spot>),
    /// A folded header.
    Header(String),
    /// From and to.
    Positions(usize, usize),
}

/// How a rule's place stands to what is named.
#[derive(PartialEq, Eq)]
enum Stands {
    At,
    In,
}

impl Compiler<'_> {
    /// A part of a tree that `key` names.
    pub(super) fn unread_part(&mut self, key: &str, source: &Source, text: &str, span: &Span) {
        let spot = Spot::of(source, text, None, Form::Value);
        self.unread.push(Unread {
            refuses: key == "refuse",
            span: span.clone(),
            text: text.to_owned(),
            what: What::Part(Box::new(spot)),
        });
    }

    /// The headers of `ignore`.
    pub(super) fn unread_headers(&mut self, table: &Table, headers: &[String]) {
        let spans = spans(table, "ignore");
        let named = headers.iter().zip(spans).map(|(header, span)| Unread {
            refuses: false,
            span,
            text: header.clone(),
            what: What::Header(folded(header)),
        });
        self.unread.extend(named);
    }

    /// Positions of `ignore`.
    pub(super) fn unread_positions(&mut self, (from, to): (usize, usize), span: &Span) {
        self.unread.push(Unread {
            refuses: false,
            span: span.clone(),
            text: format!("{from}-{to}"),
            what: What::Positions(from, to),
        });
    }

    /// Says of each place that is not read which rule reads it.
    pub(super) fn check_unread(&mut self, starts: Starts<'_>, columns: &[Column]) {
        for unread in std::mem::take(&mut self.unread) {
            let read = self.placed.iter().filter(|placed| placed.inward);
            let mut found: Vec<(Stands, &str)> = read
                .flat_map(|placed| &placed.spots)
                .filter_map(|spot| Some((unread.holds(spot, starts, columns)?, &*spot.whole)))
                .collect();
            found.sort_by_key(|(stands, _)| *stands == Stands::In);
            let Some((stands, rule)) = found.first() else {
                continue;
            };
            let (text, rule) = (&unread.text, *rule);
            let level = if unread.refuses || *stands == Stands::At {
                Level::Error
            } else {
                Level::Warning
            };
            let (nl, en) = if unread.refuses {
                (
                    format!(
                        "`refuse` weigert wat bij `{text}` staat, en een regel leest daar `{rule}`: die leest nooit iets."
                    ),
                    format!(
                        "`refuse` refuses what stands at `{text}`, and a rule reads `{rule}` there: it never reads anything."
                    ),
                )
            } else {
                (
                    format!(
                        "`ignore` zegt dat `{text}` niet wordt gelezen, met alles wat erin staat, en een regel leest daar `{rule}`."
                    ),
                    format!(
                        "`ignore` says that `{text}` is not read, with all that is in it, and a rule reads `{rule}` there."
                    ),
                )
            };
            self.report.add(
                "M087",
                level,
                &unread.span,
                (&nl, &en),
                (
                    "Haal een van beide weg; noem bij `ignore` alleen wat geen regel leest.",
                    "Remove one of the two; name with `ignore` only what no rule reads.",
                ),
            );
        }
    }
}

impl Unread {
    /// Whether a rule's place is what is named, or in it.
    fn holds(&self, spot: &Spot, starts: Starts<'_>, columns: &[Column]) -> Option<Stands> {
        let (is_in, is_at) = match &self.what {
            What::Part(part) => {
                let (spot, part) = (spot.rooted(starts), part.rooted(starts));
                (spot.is_in(&part), part.is_in(&spot))
            }
            What::Header(header) => {
                let named = columns.get(spot.column()?)?.names.contains(header);
                (named, named)
            }
            What::Positions(from, to) => {
                let own = columns.get(spot.column()?)?.slot?;
                let overlaps = own.from <= *to && *from <= own.to;
                (overlaps, (own.from, own.to) == (*from, *to))
            }
        };
        is_in.then_some(if is_at { Stands::At } else { Stands::In })
    }
}

/// Where the texts at a key stand: one, or those of a list.
pub(super) fn spans(table: &Table, key: &str) -> Vec<Span> {
    let span = |item: &Item| item.span.clone();
    match table.get(key) {
        Some(Item {
            value: Toml::List(items),
            ..
        }) => items.iter().map(span).collect(),
        item => item.map(span).into_iter().collect(),
    }
}
