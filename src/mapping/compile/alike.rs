//! Words of a mapping that read the same: of two codes, of yes and no, of two placeholders, of a placeholder and a code.
//! One of them would become the other without a word being said of it.

use crate::canonical::ValueState;
use crate::mapping::codec::BooleanCodec;
use crate::mapping::codec::Codec;
use crate::mapping::codec::TableCodec;
use crate::mapping::compile::Compiler;
use crate::mapping::compile::rule::Parts;
use crate::mapping::letters::plain;
use crate::mapping::parts::CODES;
use crate::mapping::plan::Source;
use crate::mapping::syntax::Item;
use crate::mapping::syntax::Span;
use crate::mapping::syntax::Table;
use crate::mapping::syntax::Toml;
use serde_json::Value as Json;
use std::collections::HashMap;

/// A word of a mapping.
struct Word<'w, M> {
    /// What it is read by.
    key: String,
    shown: &'w str,
    means: M,
    span: Span,
}

impl Compiler<'_> {
    /// Codes of one table that read the same and mean something else. `own`: where they stand, if that is in the rule.
    pub(super) fn check_alike(
        &mut self,
        pairs: &[(String, Json)],
        own: Option<&Table>,
        fold: bool,
        span: &Span,
    ) {
        let place = |code: &str| {
            let entries = own.map_or(&[][..], |own| &own.entries);
            let entry = entries.iter().find(|entry| entry.key == code);
            entry.map_or_else(|| span.clone(), |entry| entry.key_span.clone())
        };
        let words = pairs.iter().map(|(code, value)| Word {
            key: TableCodec::read_by(code, fold),
            shown: code,
            means: value,
            span: place(code),
        });
        self.no_two_alike(words);
    }

    /// Words for yes that read the same as one for no.
    pub(super) fn check_yes_and_no(&mut self, options: &Table, codec: &BooleanCodec, span: &Span) {
        let place = |word: &str, value: bool| {
            let list = options.get(if value { "true" } else { "false" });
            let items: &[Item] = match list.map(|item| &item.value) {
                Some(Toml::List(items)) => items,
                _ => &[],
            };
            let own = items
                .iter()
                .find(|item| matches!(&item.value, Toml::Text(text) if text == word));
            own.map_or_else(|| span.clone(), |item| item.span.clone())
        };
        let words = codec.words().into_iter().map(|(word, value)| Word {
            key: codec.read_by(word),
            shown: word,
            means: value,
            span: place(word, value),
        });
        self.no_two_alike(words);
    }

    /// The placeholders of a table that read the same and mean something else.
    pub(super) fn check_placeholders(&mut self, table: &Table, found: &[(Box<str>, ValueState)]) {
        let entries = match table.get("placeholders").map(|item| &item.value) {
            Some(Toml::Table(inner)) => inner.entries.as_slice(),
            _ => &[],
        };
        let place = |text: &str| {
            let own = entries.iter().find(|entry| entry.key == text);
            own.map_or_else(|| table.place(), |entry| entry.key_span.clone())
        };
        let words = found.iter().map(|(text, state)| Word {
            key: seen(text),
            shown: text,
            means: *state,
            span: place(text),
        });
        self.no_two_alike(words);
    }

    fn no_two_alike<'w, M: PartialEq>(&mut self, words: impl Iterator<Item = Word<'w, M>>) {
        let mut known: HashMap<String, (&str, M)> = HashMap::new();
        for word in words {
            let Some((first, means)) = known.get(&word.key) else {
                known.insert(word.key, (word.shown, word.means));
                continue;
            };
            if *means == word.means {
                continue;
            }
            let (first, second) = (*first, word.shown);
            self.report.error(
                "M107",
                &word.span,
                (
                    &format!("`{first}` en `{second}` lezen als hetzelfde, en betekenen iets anders."),
                    &format!("`{first}` and `{second}` read as the same, and mean something else."),
                ),
                (
                    "Laat er een weg, of maak ze verschillend: spaties eromheen en de schrijfwijze van een accent tellen nooit, hoofdletters niet met `fold = true`.",
                    "Leave one out, or make them differ: spaces around them and how an accent is written never count, capitals do not with `fold = true`.",
                ),
            );
        }
    }

    /// The placeholders of a rule as they stand at its places: its own, and those of the file that it does not give another
    /// meaning. One that is too long for its positions cannot stand there.
    pub(super) fn placeholders_at(
        &mut self,
        table: &Table,
        parts: &Parts,
    ) -> Vec<(Box<str>, ValueState)> {
        let mut placeholders = self.placeholders_of(table);
        for (text, state) in &self.placeholders {
            let own = |(own, _): &(Box<str>, ValueState)| seen(own) == seen(text);
            if !placeholders.iter().any(own) {
                placeholders.push((text.clone(), *state));
            }
        }
        let mut shown: Vec<(Box<str>, ValueState)> = Vec::new();
        for source in std::iter::once(&parts.source).chain(&parts.others) {
            for (text, state) in &placeholders {
                let text = self.as_it_stands(source, text).map(Box::from);
                shown.extend(
                    text.map(|text| (text, *state))
                        .filter(|one| !shown.contains(one)),
                );
            }
        }
        shown
    }

    /// Words of a rule's codec that never come in: because they say that there is no value, or nothing at all. A rule that
    /// only reads may take a word of its table for a state: that is what it says, and nothing is lost going out.
    pub(super) fn check_reachable(
        &mut self,
        table: &Table,
        parts: &Parts,
        codec: &Codec,
        placeholders: &[(Box<str>, ValueState)],
    ) {
        let words: Vec<String> = match codec {
            Codec::Boolean(codec) => {
                let words = codec.words().into_iter();
                words.map(|(word, _)| codec.read_by(word)).collect()
            }
            Codec::Table(codec) => codec.codes().0.map(str::to_owned).collect(),
            _ => return,
        };
        let read_by = |text: &str| match codec {
            Codec::Boolean(codec) => codec.read_by(text),
            Codec::Table(codec) => TableCodec::read_by(text, codec.codes().1),
            _ => text.to_owned(),
        };
        let sources: Vec<&Source> = std::iter::once(&parts.source)
            .chain(&parts.others)
            .collect();
        let judged = if parts.ways.1 { placeholders } else { &[] };
        for (text, _) in judged {
            let key = read_by(text);
            let is = |part: &str| {
                part == key
                    || sources
                        .iter()
                        .filter_map(|source| self.as_it_stands(source, part))
                        .any(|shown| read_by(&shown) == key)
            };
            if words.iter().any(|word| word.split(CODES).any(is)) {
                let span = table
                    .get("placeholders")
                    .map_or_else(|| parts.span.clone(), |item| item.span.clone());
                self.never_read(
                    &span,
                    &format!("`{text}` betekent hier ook dat er geen waarde is: als waarde komt het nooit binnen."),
                    &format!("`{text}` also says here that there is no value: as a value it never comes in."),
                );
            }
        }
        let blank = words.iter().any(String::is_empty);
        if blank && parts.ways.0 {
            self.never_read(
                &parts.span,
                "Een leeg woord leest als geen waarde: als waarde komt het nooit binnen.",
                "An empty word reads as no value: as a value it never comes in.",
            );
        }
    }

    fn never_read(&mut self, span: &Span, nl: &str, en: &str) {
        self.report.error(
            "M108",
            span,
            (nl, en),
            (
                "Laat het weg uit de codes of woorden, of uit `placeholders`; wat leeg betekent zeggen `empty` en `default`.",
                "Leave it out of the codes or words, or out of `placeholders`; `empty` and `default` say what empty means.",
            ),
        );
    }
}

/// What a placeholder is read by.
fn seen(text: &str) -> String {
    plain(text).trim().to_owned()
}
