use crate::document::Document;
use crate::document::Format;
use crate::document::Name;
use crate::mapping::Diagnostic;
use crate::mapping::Direction;
use crate::mapping::decode::Reader;
use crate::mapping::diagnostic::Report;
use crate::mapping::diagnostic::nearest;
use crate::mapping::plan::Plan;
use crate::mapping::plan::Source;
use crate::mapping::plan::folded;
use crate::mapping::syntax::Item;
use crate::mapping::syntax::Span;
use crate::mapping::syntax::Table;
use crate::mapping::syntax::Toml;
use crate::tools::Subject;
use crate::tools::outline::Part;
use crate::tools::outline::local;
use crate::tools::outline::path;
use crate::tools::outline::shown;
use crate::tools::subject::Around;
use crate::tools::subject::Walked;
use crate::tools::subject::from_root;
use crate::tools::subject::is_filled;
use crate::tools::subject::lines;
use crate::tools::vocabulary::Vocabulary;
use std::collections::HashSet;

/// Compares the source paths of a mapping with samples of what its organisation sends, taken together: `M070` for a
/// path (of a rule, of what stands beside its value, of a condition, of `ignore`) that none of them has, with the nearest
/// name that they do have; `M071` where they are another kind of document altogether. All of it warnings, because a sample need not have everything. Nothing for the canonical mapping.
#[must_use]
pub fn check_sample(subject: &Subject<'_>, samples: &[Document]) -> Vec<Diagnostic> {
    check(subject, samples, true)
}

/// The same with the documents of the mapping's own cases, of a mapping that reads: these need not have what it leaves
/// unread on purpose.
#[must_use]
pub fn check_cases(subject: &Subject<'_>, documents: &[Document]) -> Vec<Diagnostic> {
    if documents.is_empty() || subject.mapping.direction() == Direction::Out {
        return Vec::new();
    }
    check(subject, documents, false)
}

fn check(subject: &Subject<'_>, samples: &[Document], ignores: bool) -> Vec<Diagnostic> {
    let (Some(plan), Some(root)) = (subject.mapping.plan(), subject.toml()) else {
        return Vec::new();
    };
    let vocabulary = Vocabulary::of(subject.schemas).with(subject.mapping.printed());
    let mut check = Check {
        plan,
        vocabulary: &vocabulary,
        own: own(&root, plan.format),
        head: root.place(),
        ignores,
        said: HashSet::new(),
        report: subject.report(),
    };
    let rules = Subject::rules(plan, &root);
    match plan.format {
        Format::Csv | Format::Excel => check.table(subject, samples, &rules),
        Format::FixedWidth => check.lines(samples, &rules),
        Format::Xml | Format::Json => check.tree(samples, &rules),
    }
    let mut found = check.report.into_found();
    let envelopes = Around::of(samples);
    if let Some(around) = Subject::envelope(plan, &root).filter(|_| !envelopes.is_empty()) {
        let mut check = Check {
            plan: &around.envelope.plan,
            vocabulary: &vocabulary,
            own: Some(around.table),
            head: root.place(),
            ignores,
            said: HashSet::new(),
            report: subject.report(),
        };
        check.tree(&envelopes, &around.rules);
        found.extend(check.report.into_found());
    }
    found
}

/// The table of the format, where what is about all rules is reported; that of the mapping where it is taken over.
fn own(root: &Table, format: Format) -> Option<&Table> {
    let own = match format {
        Format::Xml => "xml",
        Format::Csv => "csv",
        Format::Excel => "excel",
        Format::Json => "json",
        Format::FixedWidth => "fixed",
    };
    [own, "mapping"]
        .iter()
        .find_map(|key| root.get(key).and_then(Item::as_table))
}

struct Check<'a> {
    plan: &'a Plan,
    /// The words that say nothing of anybody.
    vocabulary: &'a Vocabulary,
    /// The table of the format.
    own: Option<&'a Table>,
    /// The beginning of the file.
    head: Span,
    /// Whether the samples should have what is left unread on purpose.
    ignores: bool,
    /// Parts that are missing and of which that was said: once for all rules that look in them.
    said: HashSet<Vec<Name>>,
    report: Report<'a>,
}

impl Check<'_> {
    fn tree(&mut self, samples: &[Document], rules: &[Walked<'_>]) {
        let whole = Part::of(samples).veiled(self.vocabulary);
        let root = match &self.plan.root {
            None => Some(&whole),
            Some((name, _)) => whole.get(name),
        };
        let Some(root) = root else {
            return self.other(
                "Het voorbeeld heeft een ander hoofdelement (of een andere naamruimte).",
                "The sample has another root element (or namespace).",
            );
        };
        if let Err((near, index)) = root.at(&self.plan.element.steps) {
            let head = self.head();
            return self.missing(root, near, &self.plan.element.steps, index, &head);
        }
        for rule in rules {
            for (source, key_name) in rule.looked_at() {
                let Some(steps) = rule.steps(source) else {
                    continue;
                };
                // What is missing above a group is the group's own report.
                let above = rule.base.len();
                if let (Some(keyed), Some(key)) = (source.keyed(), rule.key_steps(source))
                    && let Ok(part) = root.at(&key)
                    && !part
                        .values
                        .iter()
                        .any(|node| node.as_text().is_some_and(|text| text.trim() == keyed.text))
                {
                    self.no_key(&keyed.text, part, &rule.span(key_name));
                    continue;
                }
                if let Err((near, index)) = root.at(&steps) {
                    let own = index >= above || source.is_root() || source.is_around();
                    if own {
                        self.missing(root, near, &steps, index, &rule.span(key_name));
                    }
                }
            }
            // Where the value itself is not there that was said.
            if let Some(steps) = rule.mark()
                && let Err((near, index)) = root.at(&steps)
                && index + 1 == steps.len()
            {
                self.missing(root, near, &steps, index, &rule.span("codec"));
            }
        }
        self.ignored(root);
    }

    /// Parts that are left unread on purpose and are not there: the part that was meant is still reported.
    fn ignored(&mut self, root: &Part<'_>) {
        let plan = self.plan;
        if !self.ignores {
            return;
        }
        for (index, source) in plan.ignore.iter().enumerate() {
            let Some(steps) = from_root(plan, source).filter(|_| source.keyed().is_none()) else {
                continue;
            };
            if let Err((near, at)) = root.at(&steps) {
                let span = self.ignore(index);
                self.missing(root, near, &steps, at, &span);
            }
        }
    }

    /// The place of a text of `ignore`.
    fn ignore(&self, index: usize) -> Span {
        let item = self.own.and_then(|own| own.get("ignore"));
        let one = item.map(|item| match &item.value {
            Toml::List(items) => items.get(index).unwrap_or(item),
            _ => item,
        });
        one.map_or_else(|| self.head(), |item| item.span.clone())
    }

    fn head(&self) -> Span {
        self.own.map_or_else(|| self.head.clone(), Table::place)
    }

    /// The lines of a fixed-width file.
    fn lines(&mut self, samples: &[Document], rules: &[Walked<'_>]) {
        let plan = self.plan;
        let Some(layout) = &plan.layout else { return };
        let (records, other) = lines(layout, samples);
        let (all, length) = (records.len() + other, layout.length);
        if all == 0 {
            return self.other(
                "Het voorbeeld heeft geen regel die een record is.",
                "The sample has no line that is a record.",
            );
        }
        if other > 0 {
            self.other(
                &format!(
                    "In het voorbeeld zijn {other} van de {all} regels niet {length} tekens lang."
                ),
                &format!(
                    "In the sample {other} of the {all} lines are not {length} characters long."
                ),
            );
        }
        if records.is_empty() {
            return;
        }
        for rule in rules {
            for (source, key) in rule.looked_at() {
                let Some((slot, _)) = plan.slot(source) else {
                    continue;
                };
                let (from, to) = (slot.from, slot.to);
                if records.iter().any(|line| is_filled(line, (from, to))) {
                    continue;
                }
                let (nl, en) = optional();
                self.report.warning(
                    "M070",
                    &rule.span(key),
                    (
                        &format!("Het voorbeeld heeft niets op de posities {from}-{to}."),
                        &format!("The sample has nothing at the positions {from}-{to}."),
                    ),
                    (&nl, &en),
                );
            }
        }
    }

    /// A key that no item has.
    fn no_key(&mut self, wanted: &str, keys: &Part<'_>, span: &Span) {
        let texts: Vec<&str> = keys
            .values
            .iter()
            .filter_map(|node| node.as_text())
            .map(str::trim)
            .filter(|text| !self.vocabulary.is_data(text))
            .collect();
        let remedy = nearest(wanted, texts.iter().copied()).map_or_else(optional, |near| {
            (
                format!("Bedoelt u `{near}`?"),
                format!("Did you mean `{near}`?"),
            )
        });
        self.report.warning(
            "M070",
            span,
            (
                &format!("Het voorbeeld heeft geen onderdeel met de sleutel `{wanted}`."),
                &format!("The sample has no item with the key `{wanted}`."),
            ),
            (&remedy.0, &remedy.1),
        );
    }

    /// A step that is not there: what stands nearest to it, or where else its name stands.
    fn missing(
        &mut self,
        root: &Part<'_>,
        near: &Part<'_>,
        steps: &[Name],
        index: usize,
        span: &Span,
    ) {
        let Some(step) = steps.get(index) else { return };
        if !self.said.insert(steps[..=index].to_vec()) {
            return;
        }
        let plan = self.plan;
        let names: Vec<String> = near
            .parts
            .iter()
            .map(|(name, _)| shown(plan, name))
            .collect();
        let wanted = shown(plan, step);
        let within = path(plan, &steps[..index]);
        let near_name = nearest(&wanted, names.iter().map(String::as_str));
        let remedy = near_name
            .map(|near| {
                (
                    format!("Bedoelt u `{near}`?"),
                    format!("Did you mean `{near}`?"),
                )
            })
            .or_else(|| other_namespace(near, step))
            .or_else(|| elsewhere(plan, root, step))
            .unwrap_or_else(optional);
        let (nl, en) = if within.is_empty() {
            (
                format!("Het voorbeeld heeft geen `{wanted}`."),
                format!("The sample has no `{wanted}`."),
            )
        } else {
            (
                format!("Het voorbeeld heeft geen `{wanted}` in `{within}`."),
                format!("The sample has no `{wanted}` in `{within}`."),
            )
        };
        self.report
            .warning("M070", span, (&nl, &en), (&remedy.0, &remedy.1));
    }

    fn table(&mut self, subject: &Subject<'_>, samples: &[Document], rules: &[Walked<'_>]) {
        let reader = Reader::new(self.plan, subject.mapping.main());
        let mut headers: Vec<(String, String)> = Vec::new();
        let mut lettered = vec![false; self.plan.table.columns.len()];
        for sample in samples {
            let layouts = reader.layouts(sample);
            if layouts.is_empty() {
                return self.other(
                    "Het voorbeeld heeft niet het blad of geen rij met de koppen van deze mapping.",
                    "The sample does not have the sheet, or no row with the headers of this mapping.",
                );
            }
            for layout in layouts {
                for (index, found) in layout.columns.iter().enumerate() {
                    lettered[index] |= found.is_some();
                }
                let texts = layout.rows[layout.header].items().iter();
                headers.extend(texts.filter_map(|cell| {
                    let text = cell.as_text()?;
                    Some((
                        folded(text),
                        text.split_whitespace().collect::<Vec<_>>().join(" "),
                    ))
                }));
            }
        }
        for rule in rules {
            for (source, key) in rule.looked_at() {
                let &Source::Column(index) = source else {
                    continue;
                };
                let column = &self.plan.table.columns[index];
                let there =
                    lettered[index] || headers.iter().any(|(name, _)| column.names.contains(name));
                if there {
                    continue;
                }
                self.no_column(&column.header, &headers, &rule.span(key));
            }
        }
        if !self.ignores {
            return;
        }
        let plan = self.plan;
        for (index, name) in plan.table.ignore.iter().enumerate() {
            if !headers.iter().any(|(known, _)| known == name) {
                self.no_column(name, &headers, &self.ignore(index));
            }
        }
    }

    fn no_column(&mut self, header: &str, headers: &[(String, String)], span: &Span) {
        let known = headers.iter().map(|(_, header)| header.as_str());
        let known = known.filter(|header| !self.vocabulary.is_data(header));
        let remedy = nearest(header, known).map_or_else(optional, |near| {
            (
                format!("Bedoelt u `{near}`?"),
                format!("Did you mean `{near}`?"),
            )
        });
        self.report.warning(
            "M070",
            span,
            (
                &format!("Het voorbeeld heeft geen kolom `{header}`."),
                &format!("The sample has no column `{header}`."),
            ),
            (&remedy.0, &remedy.1),
        );
    }

    fn other(&mut self, nl: &str, en: &str) {
        self.report.warning(
            "M071",
            &self.head(),
            (nl, en),
            (
                "Geef een voorbeeld van dit soort bericht, of verbeter het hoofdelement, het blad, de koppen of `record_length`.",
                "Give a sample of this kind of message, or correct the root element, the sheet, the headers or `record_length`.",
            ),
        );
    }
}

fn optional() -> (String, String) {
    (
        "Verbeter het pad, of laat het staan als dit niet altijd meekomt.".to_owned(),
        "Correct the path, or leave it when this is not always sent.".to_owned(),
    )
}

/// The same name in another namespace.
fn other_namespace(near: &Part<'_>, step: &str) -> Option<(String, String)> {
    let (name, _) = near.parts.iter().find(|(name, _)| {
        local(name) == local(step) && name.starts_with('@') == step.starts_with('@')
    })?;
    let uri = name
        .trim_start_matches('@')
        .strip_prefix('{')
        .and_then(|rest| rest.split_once('}'))
        .map_or("", |(uri, _)| uri);
    Some((
        format!(
            "Het staat er in een andere naamruimte: `{uri}`. Verbeter `namespaces` of het voorvoegsel."
        ),
        format!("It is there in another namespace: `{uri}`. Correct `namespaces` or the prefix."),
    ))
}

/// Where the same name stands in another part of the sample.
fn elsewhere(plan: &Plan, root: &Part<'_>, step: &Name) -> Option<(String, String)> {
    let mut found: Option<String> = None;
    root.each(&mut |steps, _| {
        if found.is_none() && steps.last() == Some(step) {
            found = Some(path(plan, steps));
        }
    });
    let found = found?;
    Some((
        format!("Het staat wel op `{found}`, gezien vanaf de wortel."),
        format!("It does stand at `{found}`, seen from the root."),
    ))
}
