use crate::mapping::compile;
use crate::mapping::compile::Tables;
use crate::mapping::diagnostic::Diagnostic;
use crate::mapping::diagnostic::Report;
use crate::mapping::syntax;
use crate::mapping::syntax::Item;
use crate::mapping::syntax::Table;
use crate::mapping::syntax::Toml;
use std::collections::BTreeMap;

/// The folder of parts that mappings share.
const FOLDER: &str = "_gedeeld/";
/// The section of a shared file that holds fragments of rules; every other one is a code table.
const FRAGMENTS: &str = "fragment";

/// The parts that mappings share, by name.
pub(crate) struct Shared<'t> {
    files: &'t [(String, String)],
    pub tables: Tables,
    pub(super) fragments: BTreeMap<String, Fragment<'t>>,
    /// The texts of the files that hold code tables: every mapping may use them.
    pub table_texts: Vec<&'t str>,
}

/// Rules that have a name.
pub(super) struct Fragment<'t> {
    pub file: &'t str,
    pub text: &'t str,
    /// With places in its own file.
    pub rules: Vec<Item>,
}

impl<'t> Shared<'t> {
    /// Reads the shared files among all files. What a file that is not `own` calls as an own one does gives way.
    pub(crate) fn read(
        files: &'t [(String, String)],
        own: &dyn Fn(&str) -> bool,
        found: &mut Vec<Diagnostic>,
    ) -> Self {
        let mut shared = Self {
            files,
            tables: Tables::new(),
            fragments: BTreeMap::new(),
            table_texts: Vec::new(),
        };
        let all = files.iter().filter(|(path, _)| is_shared(path));
        let (first, last): (Vec<_>, Vec<_>) = all.partition(|(path, _)| own(path));
        for (path, text) in first.into_iter().chain(last) {
            let mut report = Report::new(path, text);
            if let Some(mut root) = syntax::parse(text, &mut report) {
                if !own(path) {
                    shared.give_way(&mut root);
                }
                shared.file(path, text, root, &mut report);
            }
            found.extend(report.into_found());
        }
        shared
    }

    /// The path and text of a mapping that can be extended.
    pub(super) fn mapping(&self, name: &str) -> Option<(&'t str, &'t str)> {
        let path = format!("{name}.toml");
        let file = self.files.iter().find(|(known, _)| *known == path);
        file.map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// Leaves out what is there already by the same name.
    fn give_way(&self, root: &mut Table) {
        root.entries
            .retain(|entry| entry.key == FRAGMENTS || !self.tables.contains_key(&entry.key));
        if let Some(Toml::Table(fragments)) = root.get_mut(FRAGMENTS).map(|item| &mut item.value) {
            let entries = &mut fragments.entries;
            entries.retain(|entry| !self.fragments.contains_key(&entry.key));
        }
    }

    fn file(&mut self, path: &'t str, text: &'t str, root: Table, report: &mut Report<'t>) {
        let mut tables = false;
        let mapping = root.has("mapping");
        for entry in root.entries {
            // The sections of a mapping to extend are read with each mapping that extends it.
            if mapping && entry.key != FRAGMENTS {
                continue;
            }
            let Some(table) = entry.item.as_table() else {
                report.wrong_type(&entry.key, &entry.item.span, "een tabel", "a table");
                continue;
            };
            if entry.key == FRAGMENTS {
                self.fragments(path, text, table, report);
                continue;
            }
            tables = true;
            let pairs = compile::code_pairs(report, table);
            if self.tables.insert(entry.key.clone(), pairs).is_some() {
                twice(report, &entry.key, &entry.key_span);
            }
        }
        if tables {
            self.table_texts.push(text);
        }
    }

    fn fragments(
        &mut self,
        file: &'t str,
        text: &'t str,
        fragments: &Table,
        report: &mut Report<'t>,
    ) {
        for entry in &fragments.entries {
            let Some(table) = report.table(fragments, &entry.key) else {
                continue;
            };
            report.known_keys(table, &["rule", "note"]);
            if !table.has("rule") {
                report.missing("[[rule]]", &entry.key_span);
            }
            let rules = report.tables(table, "rule");
            let fragment = Fragment {
                file,
                text,
                rules: rules.into_iter().map(Item::of_table).collect(),
            };
            let known = self.fragments.insert(entry.key.clone(), fragment);
            if known.is_some() {
                twice(report, &entry.key, &entry.key_span);
            }
        }
    }
}

#[allow(clippy::case_sensitive_file_extension_comparisons)] // our own files
fn is_shared(path: &str) -> bool {
    path.strip_prefix(FOLDER)
        .is_some_and(|name| name.ends_with(".toml") && !name.contains('/'))
}

fn twice(report: &mut Report<'_>, name: &str, span: &syntax::Span) {
    report.error(
        "M063",
        span,
        (
            &format!("Een ander gedeeld bestand heeft al een `{name}`."),
            &format!("Another shared file already has a `{name}`."),
        ),
        (
            "Geef een van de twee een andere naam.",
            "Give one of the two another name.",
        ),
    );
}
