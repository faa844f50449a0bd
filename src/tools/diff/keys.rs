use crate::document::Sentence;
use crate::mapping::diagnostic::Report;
use crate::mapping::origin;
use crate::mapping::syntax::Entry;
use crate::mapping::syntax::Item;
use crate::mapping::syntax::Span;
use crate::mapping::syntax::Table;
use crate::mapping::syntax::Toml;
use crate::mapping::syntax::tables_at;
use crate::tools::diff::Change;
use crate::tools::diff::What;
use crate::tools::diff::pairs::label;
use crate::tools::diff::pairs::pairs;
use crate::tools::toml::inline;
use crate::tools::toml::same;
use crate::tools::toml::same_order;

/// Most characters of a value in a sentence.
const SHOWN_MAX: usize = 80;
/// What tells rules apart, from strict to loose.
const RULE_MARKS: [&[&str]; 6] = [
    &[
        "name",
        "source",
        "sources",
        "target",
        "targets",
        "when",
        "direction",
    ],
    &["source", "sources", "target", "targets", "when"],
    &["source", "sources", "target", "targets"],
    &["name"],
    &["target", "targets"],
    &["source", "sources"],
];
/// What tells cases apart.
const CASE_MARKS: [&[&str]; 1] = [&["name"]];

/// Where the parts of two mappings stand that are compared.
pub(super) struct Compare<'a> {
    pub old: &'a Report<'a>,
    pub new: &'a Report<'a>,
}

/// What a difference is about.
struct About<'a> {
    /// `Regel`, `Geval`, or nothing for a section.
    nl: &'a str,
    en: &'a str,
    place: &'a str,
    /// The file and line that a rule comes from, if that is not the mapping itself.
    from: Option<String>,
    /// Whether lines can be told: cases can stand in another file.
    lines: bool,
}

impl<'a> About<'a> {
    const fn rule(place: &'a str, from: Option<String>) -> Self {
        Self {
            nl: "Regel",
            en: "Rule",
            place,
            from,
            lines: true,
        }
    }

    const fn case(place: &'a str) -> Self {
        Self {
            nl: "Geval",
            en: "Case",
            place,
            from: None,
            lines: false,
        }
    }

    /// The file and line of a part.
    fn at(&self, report: &Report<'_>, part: Option<&Span>) -> (Option<String>, Option<u32>) {
        let place = part
            .filter(|_| self.lines)
            .map(|span| report.locate(span.start));
        place.map_or((None, None), |(file, at)| {
            (Some(file.to_owned()), Some(at.line))
        })
    }

    fn name(&self, word: &str) -> String {
        let name = if word.is_empty() {
            self.place.to_owned()
        } else {
            format!("{word} `{}`", self.place)
        };
        match &self.from {
            Some(from) => format!("{name} ({from})"),
            None => name,
        }
    }
}

impl Compare<'_> {
    /// Everything but rules and cases.
    pub(super) fn sections(&self, old: &Table, new: &Table, found: &mut Vec<Change>) {
        let own = |key: &&str| !matches!(*key, "rule" | "case");
        for key in union(old, new).into_iter().filter(own) {
            let nothing = Table {
                span: 0..0,
                entries: Vec::new(),
            };
            let place = format!("[{key}]");
            let about = About {
                nl: "",
                en: "",
                place: &place,
                from: None,
                lines: true,
            };
            let (one, other) = (
                part(old, key).unwrap_or(&nothing),
                part(new, key).unwrap_or(&nothing),
            );
            self.keys(one, other, &about, "", &[], found);
        }
    }

    /// Rules, and within them the sub-rules of groups.
    pub(super) fn rules(
        &self,
        old: &[&Table],
        new: &[&Table],
        above: &str,
        found: &mut Vec<Change>,
    ) {
        let pairs = pairs(old, new, &RULE_MARKS);
        let moved = pairs.moved();
        let named = |table: &Table| {
            if above.is_empty() {
                label(table)
            } else {
                format!("{above} / {}", label(table))
            }
        };
        for index in pairs.removed {
            let (place, from) = (named(old[index]), taken(self.old, old[index]));
            found.push(self.whole(&About::rule(&place, from), Some(old[index]), None));
        }
        for (index, table) in new.iter().enumerate() {
            let place = named(table);
            let about = About::rule(&place, taken(self.new, table));
            let Some(before) = pairs.of_new[index].map(|index| old[index]) else {
                found.push(self.whole(&about, None, Some(table)));
                continue;
            };
            self.keys(before, table, &about, "", &["rule"], found);
            if moved.contains(&index) {
                found.push(self.moved(&about, before, table));
            }
            let rules = |table| tables_at(table, "rule");
            self.rules(&rules(before), &rules(table), &place, found);
        }
    }

    pub(super) fn cases(&self, old: &[&Table], new: &[&Table], found: &mut Vec<Change>) {
        let pairs = pairs(old, new, &CASE_MARKS);
        for index in pairs.removed {
            found.push(self.whole(&About::case(&label(old[index])), Some(old[index]), None));
        }
        for (index, table) in new.iter().enumerate() {
            let place = label(table);
            match pairs.of_new[index].map(|index| old[index]) {
                None => found.push(self.whole(&About::case(&place), None, Some(table))),
                Some(before) => self.keys(before, table, &About::case(&place), "", &[], found),
            }
        }
    }

    /// The keys in which two tables differ; tables within them key by key.
    fn keys(
        &self,
        old: &Table,
        new: &Table,
        about: &About<'_>,
        above: &str,
        except: &[&str],
        found: &mut Vec<Change>,
    ) {
        for key in union(old, new) {
            if except.contains(&key) {
                continue;
            }
            let path = if above.is_empty() {
                key.to_owned()
            } else {
                format!("{above}.{key}")
            };
            let (before, after) = (old.get(key), new.get(key));
            if let (Some(before), Some(after)) = (before, after) {
                let ordered = same_order(key, before, after);
                if same(before, after) && ordered {
                    continue;
                }
                if let (Some(one), Some(other)) = (opened(key, before), opened(key, after))
                    && !same(before, after)
                {
                    self.keys(&one, &other, about, &path, &[], found);
                    continue;
                }
            }
            found.push(self.key(about, path, before, after));
        }
    }

    fn key(
        &self,
        about: &About<'_>,
        key: String,
        old: Option<&Item>,
        new: Option<&Item>,
    ) -> Change {
        let (was, becomes) = (old.map(inline), new.map(inline));
        let (nl, en) = (about.name(about.nl), about.name(about.en));
        let (what, sentence) = match (&was, &becomes) {
            (Some(was), Some(becomes)) => {
                let (was, becomes) = (cut(was), cut(becomes));
                (
                    What::Changed,
                    Sentence::new(
                        format!("{nl}: `{key}` was {was} en wordt {becomes}."),
                        format!("{en}: `{key}` was {was} and becomes {becomes}."),
                    ),
                )
            }
            (None, becomes) => {
                let becomes = cut(becomes.as_deref().unwrap_or_default());
                (
                    What::Added,
                    Sentence::new(
                        format!("{nl}: `{key}` komt erbij: {becomes}."),
                        format!("{en}: `{key}` is added: {becomes}."),
                    ),
                )
            }
            (Some(was), None) => {
                let was = cut(was);
                (
                    What::Removed,
                    Sentence::new(
                        format!("{nl}: `{key}` vervalt; het was {was}."),
                        format!("{en}: `{key}` is removed; it was {was}."),
                    ),
                )
            }
        };
        let (old_file, old_line) = about.at(self.old, old.map(|item| &item.span));
        let (new_file, new_line) = about.at(self.new, new.map(|item| &item.span));
        Change {
            what,
            place: about.place.to_owned(),
            key: Some(key),
            old: was,
            new: becomes,
            old_file,
            old_line,
            new_file,
            new_line,
            sentence,
        }
    }

    fn whole(&self, about: &About<'_>, old: Option<&Table>, new: Option<&Table>) -> Change {
        let (nl, en) = (about.name(about.nl), about.name(about.en));
        let (what, sentence) = if new.is_some() {
            (
                What::Added,
                Sentence::new(format!("{nl} komt erbij."), format!("{en} is added.")),
            )
        } else {
            (
                What::Removed,
                Sentence::new(format!("{nl} vervalt."), format!("{en} is removed.")),
            )
        };
        let (old_file, old_line) = about.at(self.old, old.map(Table::place).as_ref());
        let (new_file, new_line) = about.at(self.new, new.map(Table::place).as_ref());
        Change {
            what,
            place: about.place.to_owned(),
            key: None,
            old: None,
            new: None,
            old_file,
            old_line,
            new_file,
            new_line,
            sentence,
        }
    }

    fn moved(&self, about: &About<'_>, old: &Table, new: &Table) -> Change {
        Change {
            what: What::Moved,
            sentence: Sentence::new(
                format!(
                    "{} staat op een andere plaats, en dus ook wat zij naar buiten schrijft.",
                    about.name(about.nl)
                ),
                format!(
                    "{} stands at another place, and so does what it writes going out.",
                    about.name(about.en)
                ),
            ),
            ..self.whole(about, Some(old), Some(new))
        }
    }
}

/// The file and line that a rule comes from, if that is not the mapping itself.
fn taken(report: &Report<'_>, rule: &Table) -> Option<String> {
    let place = rule.place();
    (!report.is_own(place.start)).then(|| origin(report, &place))
}

/// The keys of two tables: those of the second in its order, then what only the first has.
fn union<'t>(old: &'t Table, new: &'t Table) -> Vec<&'t str> {
    let gone = old.entries.iter().filter(|entry| !new.has(&entry.key));
    new.entries
        .iter()
        .chain(gone)
        .map(|entry| entry.key.as_str())
        .collect()
}

fn part<'t>(root: &'t Table, key: &str) -> Option<&'t Table> {
    match root.get(key).map(|item| &item.value) {
        Some(Toml::Table(table)) => Some(table),
        _ => None,
    }
}

/// A value as a table, where its keys are compared one by one: a codec that is only a name is a table with that name.
fn opened(key: &str, item: &Item) -> Option<Table> {
    match &item.value {
        Toml::Table(table) => Some(table.clone()),
        Toml::Text(_) if key == "codec" => Some(Table {
            span: item.span.clone(),
            entries: vec![Entry {
                key: key.to_owned(),
                key_span: item.span.clone(),
                item: item.clone(),
            }],
        }),
        _ => None,
    }
}

/// The beginning of a value that is too long for a sentence.
fn cut(value: &str) -> String {
    match value.char_indices().nth(SHOWN_MAX) {
        Some((end, _)) => format!("{}…", &value[..end]),
        None => value.to_owned(),
    }
}
