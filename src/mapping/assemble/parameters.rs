//! What a mapping gives to a fragment: texts that stand in it as `${name}`, and where its sources and targets start.

use crate::mapping::diagnostic::Report;
use crate::mapping::syntax::Item;
use crate::mapping::syntax::Span;
use crate::mapping::syntax::Table;
use crate::mapping::syntax::Toml;

/// The texts of `with`.
pub(super) struct Values(Vec<Value>);

struct Value {
    name: String,
    text: String,
    span: Span,
    used: bool,
}

impl Values {
    pub(super) fn read(report: &mut Report<'_>, entry: &Table) -> Self {
        let mut values = Vec::new();
        let with = report.table(entry, "with");
        for entry in with.map_or(&[][..], |with| &with.entries) {
            match &entry.item.value {
                Toml::Text(text) => values.push(Value {
                    name: entry.key.clone(),
                    text: text.clone(),
                    span: entry.key_span.clone(),
                    used: false,
                }),
                _ => report.wrong_type(
                    &entry.key,
                    &entry.item.span,
                    "tekst tussen aanhalingstekens",
                    "quoted text",
                ),
            }
        }
        Self(values)
    }

    pub(super) fn report_unused(&self, report: &mut Report<'_>) {
        for value in self.0.iter().filter(|value| !value.used) {
            unused(report, &value.name, &value.span);
        }
    }

    /// A text with every `${name}` filled in; what has no value stays, and is told.
    fn filled(&mut self, text: &str, missing: &mut Vec<String>) -> Option<String> {
        let mut rest = text;
        let mut out = String::new();
        while let Some((before, name, after)) = placeholder(rest) {
            out.push_str(before);
            match self.0.iter_mut().find(|value| value.name == name) {
                Some(value) => {
                    value.used = true;
                    out.push_str(&value.text);
                }
                None => missing.push(name.to_owned()),
            }
            rest = after;
        }
        if rest.len() == text.len() {
            return None;
        }
        out.push_str(rest);
        Some(out)
    }
}

/// The first `${name}` of a text, with what stands before and after it.
fn placeholder(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once("${")?;
    let (name, after) = rest.split_once('}')?;
    Some((before, name, after))
}

/// Fills every text of a rule in.
pub(super) fn fill(report: &mut Report<'_>, item: &mut Item, values: &mut Values) {
    match &mut item.value {
        Toml::Text(text) => {
            let mut missing = Vec::new();
            if let Some(filled) = values.filled(text, &mut missing) {
                *text = filled;
            }
            for name in missing {
                no_value(report, &name, &item.span);
            }
        }
        Toml::List(items) => {
            for item in items {
                fill(report, item, values);
            }
        }
        Toml::Table(table) => {
            for entry in &mut table.entries {
                fill(report, &mut entry.item, values);
            }
        }
        Toml::Integer(_) | Toml::Boolean(_) | Toml::Other(_) => {}
    }
}

/// Where the sources and targets of an included fragment start.
pub(super) struct Prefixes {
    source: Option<Prefix>,
    target: Option<Prefix>,
    tabular: bool,
}

struct Prefix {
    text: String,
    span: Span,
    used: bool,
}

impl Prefixes {
    pub(super) fn read(report: &mut Report<'_>, entry: &Table, tabular: bool) -> Self {
        let mut prefix = |key: &str, separator: &[char]| {
            report.text(entry, key).map(|text| Prefix {
                text: text.trim_end_matches(separator).to_owned(),
                span: entry.get(key).map_or(0..0, |item| item.span.clone()),
                used: false,
            })
        };
        Self {
            source: prefix("source", if tabular { &[] } else { &['/'] }),
            target: prefix("target", &['.']),
            tabular,
        }
    }

    /// Puts the prefixes before what a rule names. Sub-rules name parts of an item and stay as they are.
    pub(super) fn apply(&mut self, rule: &mut Item) {
        let Toml::Table(table) = &mut rule.value else {
            return;
        };
        self.table(table);
        if let Some(Toml::Table(when)) = table.get_mut("when").map(|item| &mut item.value) {
            self.table(when);
        }
    }

    fn table(&mut self, table: &mut Table) {
        let tabular = self.tabular;
        if let Some(prefix) = &mut self.source {
            for key in ["source", "sources", "aliases"] {
                if let Some(item) = table.get_mut(key) {
                    prefix.before(item, |prefix, text| source(prefix, text, tabular));
                }
            }
        }
        if let Some(prefix) = &mut self.target {
            for key in ["target", "targets"] {
                if let Some(item) = table.get_mut(key) {
                    prefix.before(item, target);
                }
            }
        }
    }

    pub(super) fn report_unused(&self, report: &mut Report<'_>) {
        for (name, prefix) in [("source", &self.source), ("target", &self.target)] {
            if let Some(prefix) = prefix.as_ref().filter(|prefix| !prefix.used) {
                unused(report, name, &prefix.span);
            }
        }
    }
}

impl Prefix {
    fn before(&mut self, item: &mut Item, join: impl Fn(&str, &str) -> Option<String> + Copy) {
        match &mut item.value {
            Toml::Text(text) => {
                if let Some(joined) = join(&self.text, text) {
                    *text = joined;
                    self.used = true;
                }
            }
            Toml::List(items) => {
                for item in items {
                    self.before(item, join);
                }
            }
            _ => {}
        }
    }
}

/// A source after its prefix: a path from the root stays, a header simply starts with it.
fn source(prefix: &str, text: &str, tabular: bool) -> Option<String> {
    if tabular {
        return (text != ".").then(|| format!("{prefix}{text}"));
    }
    match text {
        "." => Some(prefix.to_owned()),
        text if text.starts_with('/') => None,
        text => Some(format!("{prefix}/{text}")),
    }
}

/// A target after its prefix; the envelope is no part of a record.
fn target(prefix: &str, text: &str) -> Option<String> {
    (!text.starts_with("bericht.")).then(|| format!("{prefix}.{text}"))
}

fn unused(report: &mut Report<'_>, name: &str, span: &Span) {
    report.error(
        "M062",
        span,
        (
            &format!("Niets van wat wordt opgenomen gebruikt `{name}`."),
            &format!("Nothing of what is included uses `{name}`."),
        ),
        (
            "Haal het weg, of verbeter de naam.",
            "Remove it, or correct the name.",
        ),
    );
}

fn no_value(report: &mut Report<'_>, name: &str, span: &Span) {
    report.error(
        "M065",
        span,
        (
            &format!("`${{{name}}}` krijgt geen waarde."),
            &format!("`${{{name}}}` gets no value."),
        ),
        (
            &format!("Geef het op: with = {{ {name} = \"...\" }}."),
            &format!("Give it: with = {{ {name} = \"...\" }}."),
        ),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_stands_before_what_is_relative() {
        for (prefix, text, tabular, joined) in [
            ("rei:klant", "rei:bsn", false, Some("rei:klant/rei:bsn")),
            ("rei:klant", "@StUF:x", false, Some("rei:klant/@StUF:x")),
            ("rei:klant", ".", false, Some("rei:klant")),
            (
                "/rei:kop",
                "StUF:functie",
                false,
                Some("/rei:kop/StUF:functie"),
            ),
            ("rei:klant", "/rei:kop", false, None),
            ("Klant ", "Naam", true, Some("Klant Naam")),
            ("Klant ", ".", true, None),
        ] {
            assert_eq!(source(prefix, text, tabular).as_deref(), joined, "{text}");
        }
        assert_eq!(
            target("kandidaat", "naam").as_deref(),
            Some("kandidaat.naam")
        );
        assert_eq!(target("kandidaat", "bericht.referentie"), None);
    }

    #[test]
    fn every_parameter_of_a_text_is_filled_in() {
        let value = |name: &str, text: &str| Value {
            name: name.to_owned(),
            text: text.to_owned(),
            span: 0..0,
            used: false,
        };
        let mut values = Values(vec![value("a", "1"), value("b", "2"), value("c", "3")]);
        let mut missing = Vec::new();
        let filled = values.filled("x${a}-${b}${d}y", &mut missing);
        assert_eq!(filled.as_deref(), Some("x1-2y"));
        assert_eq!(missing, ["d"]);
        assert_eq!(values.filled("${open", &mut missing), None);
        let unused: Vec<_> = values.0.iter().filter(|value| !value.used).collect();
        assert_eq!(unused.len(), 1);
    }
}
