//! `pair` of `[xml]`: elements of which two say one thing.

use crate::mapping::Direction;
use crate::mapping::compile::Compiler;
use crate::mapping::plan::Pair;
use crate::mapping::plan::Path;
use crate::mapping::plan::Way;
use crate::mapping::syntax::Table;

/// The words of the language for what an element can be about.
const WAYS: [(&str, Way); 4] = [
    ("added", Way::Added),
    ("changed", Way::Changed),
    ("removed", Way::Removed),
    ("merged", Way::Merged),
];

impl Compiler<'_> {
    pub(super) fn pair(&mut self, table: &Table, element: &Path) -> Option<Pair> {
        let span = table.get("pair")?.span.clone();
        let pair = self.report.table(table, "pair")?;
        let mut known = vec!["source", "same"];
        known.extend(WAYS.map(|(word, _)| word));
        self.report.known_keys(pair, &known);
        if self.direction == Direction::Out || element.steps.is_empty() {
            self.report.error(
                "M095",
                &span,
                (
                    "Elementen kunnen alleen paren vormen in een mapping die leest, en waarin een element zich herhaalt.",
                    "Elements can only be pairs in a mapping that reads, and in which an element repeats.",
                ),
                (
                    "Zet `direction` op `\"in\"` of `\"both\"` en geef `element` een pad, of haal `pair` weg.",
                    "Set `direction` to `\"in\"` or `\"both\"` and give `element` a path, or remove `pair`.",
                ),
            );
        }
        let source = match pair.get("source").map(|item| item.span.clone()) {
            None => {
                self.report.missing("source", &span);
                None
            }
            Some(span) => self
                .report
                .text(pair, "source")
                .and_then(|text| self.source(text, &span, false)),
        };
        let mut texts: Vec<(String, Way)> = Vec::new();
        for (word, way) in WAYS {
            for text in self.report.texts(pair, word) {
                if texts.iter().any(|(known, _)| *known == text) {
                    let span = pair.get(word).map_or(0..0, |item| item.span.clone());
                    self.report.error(
                        "M096",
                        &span,
                        (
                            &format!("`{text}` staat er al, met een andere betekenis."),
                            &format!("`{text}` is there already, with another meaning."),
                        ),
                        (
                            "Geef elke tekst één betekenis.",
                            "Give each text one meaning.",
                        ),
                    );
                }
                texts.push((text, way));
            }
        }
        let of = |way| texts.iter().any(|(_, known)| *known == way);
        let replaces = pair.has("same") && of(Way::Removed) && of(Way::Added);
        if !replaces && !texts.iter().any(|(_, way)| way.takes_two()) {
            self.report.error(
                "M096",
                &span,
                (
                    "Geen enkele tekst zegt dat twee elementen samen één ding zeggen.",
                    "No text says that two elements say one thing together.",
                ),
                (
                    "Noem er een bij `changed` of `merged`, of geef `same` met `removed` en `added`; of haal `pair` weg.",
                    "Name one at `changed` or `merged`, or give `same` with `removed` and `added`; or remove `pair`.",
                ),
            );
        }
        let span = pair.get("same").map_or(0..0, |item| item.span.clone());
        let same = self.report.texts(pair, "same");
        let same = same.iter();
        let same = same.filter_map(|text| self.source(text, &span, false));
        Some(Pair {
            same: same.collect(),
            source: source?,
            texts,
        })
    }
}
