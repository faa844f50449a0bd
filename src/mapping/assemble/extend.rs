use crate::mapping::assemble::Assembler;
use crate::mapping::assemble::head_word;
use crate::mapping::assemble::merge;
use crate::mapping::diagnostic::Report;
use crate::mapping::syntax;
use crate::mapping::syntax::Entry;
use crate::mapping::syntax::Item;
use crate::mapping::syntax::Span;
use crate::mapping::syntax::Table;
use crate::mapping::syntax::Toml;

/// How many mappings may extend each other in a row.
const DEPTH_MAX: usize = 4;

impl Assembler<'_, '_> {
    /// A mapping with what it extends and includes. `format` is what the mapping that extends it says; `within` are
    /// the mappings on the way, this one last.
    pub(super) fn whole(
        &mut self,
        mut root: Table,
        format: &str,
        within: &mut Vec<String>,
    ) -> Option<Table> {
        let own_format = head_word(&root, "format").to_owned();
        let format = if format.is_empty() {
            &own_format
        } else {
            format
        };
        let (extends, removed) = match root.get_mut("mapping").map(|item| &mut item.value) {
            Some(Toml::Table(head)) => (head.take("extends"), head.take("remove")),
            _ => (None, None),
        };
        let base = match extends {
            Some(entry) => Some(self.base(&entry, format, within)?),
            None => None,
        };
        let inherited = base
            .as_ref()
            .map_or("", |base| head_word(base, "format"))
            .to_owned();
        let tabular = is_tabular(if format.is_empty() {
            &inherited
        } else {
            format
        });
        let own = rules_of(&mut root);
        let own = self.included(own, tabular);
        let (root, mut rules) = match base {
            Some(mut base) => {
                let rules = merge::inherited(rules_of(&mut base), head_word(&root, "direction"));
                (merge::merged(root, base), rules)
            }
            None => (root, Vec::new()),
        };
        self.removed(&mut rules, removed.as_ref());
        self.overridden(&mut rules, own);
        Some(with_rules(root, rules))
    }

    /// The mapping that is extended, whole.
    fn base(&mut self, entry: &Entry, format: &str, within: &mut Vec<String>) -> Option<Table> {
        let span = entry.item.span.clone();
        let Toml::Text(name) = &entry.item.value else {
            self.report.wrong_type(
                "extends",
                &span,
                "tekst tussen aanhalingstekens",
                "quoted text",
            );
            return None;
        };
        if within.contains(name) {
            let chain = format!("{} > {name}", within.join(" > "));
            self.cycle(&chain, &span);
            return None;
        }
        let Some((file, text)) = self.shared.mapping(name) else {
            self.no_mapping(name, &span);
            return None;
        };
        if within.len() > DEPTH_MAX {
            self.too_much(&span);
            return None;
        }
        let base = self.report.open(file, text, &span);
        // What is not TOML there is said of that file itself.
        let root = syntax::parse_at(text, base, &mut Report::new(file, text))?;
        within.push(name.clone());
        let root = self.whole(root, format, within);
        within.pop();
        root
    }

    fn no_mapping(&mut self, name: &str, span: &Span) {
        self.report.error(
            "M066",
            span,
            (
                &format!("Er is geen mapping `{name}` om over te nemen."),
                &format!("There is no mapping `{name}` to extend."),
            ),
            (
                "Noem `<organisatie>/<soort>`, of `_gedeeld/<naam>`: een bestand met [mapping].",
                "Name `<organisatie>/<soort>`, or `_gedeeld/<name>`: a file with [mapping].",
            ),
        );
    }
}

/// Whether a rule's source is the header of a column, and no path.
fn is_tabular(format: &str) -> bool {
    !matches!(format, "xml" | "json")
}

/// Takes the rules out; what is no list of them stays, to be reported.
fn rules_of(root: &mut Table) -> Vec<Item> {
    match root.get_mut("rule").map(|item| &mut item.value) {
        Some(Toml::List(rules)) => std::mem::take(rules),
        _ => Vec::new(),
    }
}

fn with_rules(mut root: Table, rules: Vec<Item>) -> Table {
    if rules.is_empty() {
        return root;
    }
    match root.get_mut("rule").map(|item| &mut item.value) {
        Some(Toml::List(own)) => *own = rules,
        Some(_) => {}
        None => {
            let span = rules.first().map_or(0..0, |rule| rule.span.clone());
            root.entries.push(Entry {
                key: "rule".to_owned(),
                key_span: span.clone(),
                item: Item {
                    span,
                    value: Toml::List(rules),
                },
            });
        }
    }
    root
}
