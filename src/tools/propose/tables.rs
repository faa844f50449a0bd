use crate::mapping::diagnostic::Report;
use crate::mapping::syntax;
use crate::mapping::syntax::Toml;
use std::collections::HashMap;

/// Code tables that mappings share, by name: what stands in a file, and the code that it is.
#[derive(Default)]
pub(super) struct Tables {
    tables: Vec<(String, Vec<(String, String)>)>,
    /// For each attribute the tables that known mappings read it by.
    used: HashMap<String, Vec<String>>,
}

impl Tables {
    pub(super) fn of(known: &[(String, String)]) -> Self {
        let mut found = Self::default();
        for (file, text) in known {
            let Some(root) = syntax::parse(text, &mut Report::new(file, text)) else {
                continue;
            };
            if file.starts_with("_gedeeld/") && !root.has("mapping") {
                found.shared(&root);
            }
            found.uses(&root);
        }
        found
    }

    fn shared(&mut self, root: &syntax::Table) {
        for entry in &root.entries {
            let Toml::Table(table) = &entry.item.value else {
                continue;
            };
            let codes = table.entries.iter().map(|entry| match &entry.item.value {
                Toml::Text(code) => Some((entry.key.clone(), code.clone())),
                _ => None,
            });
            // numbers and booleans are no codes of a list, and what is no table of texts at all is something else
            if let Some(codes) = codes.collect::<Option<Vec<_>>>()
                && !codes.is_empty()
            {
                self.tables.push((entry.key.clone(), codes));
            }
        }
    }

    fn uses(&mut self, table: &syntax::Table) {
        for rule in syntax::tables_at(table, "rule") {
            let target = rule.plain_text("target").unwrap_or_default();
            if let Some(Toml::Table(codec)) = rule.get("codec").map(|item| &item.value)
                && let Some(name) = codec.plain_text("table")
            {
                let known = self.used.entry(target.to_owned()).or_default();
                known.push(name.to_owned());
            }
            self.uses(rule);
        }
    }

    /// The table that has every one of these texts, and nothing but codes of a list; one that the attribute is read by
    /// elsewhere before another, and a short one before a long one.
    pub(super) fn fitting(
        &self,
        target: &str,
        texts: &[&str],
        is_code: &dyn Fn(&str) -> bool,
    ) -> Option<&str> {
        let fits = |codes: &[(String, String)]| {
            let has = |text: &&str| codes.iter().any(|(known, _)| same(known, text));
            texts.iter().all(has) && codes.iter().all(|(_, code)| is_code(code))
        };
        let used = |name: &String| {
            let of = self.used.get(target);
            of.is_some_and(|names| names.contains(name))
        };
        let fitting = self.tables.iter().filter(|(_, codes)| fits(codes));
        let best = fitting.min_by_key(|(name, codes)| (!used(name), codes.len()));
        best.map(|(name, _)| name.as_str())
    }
}

/// Whether a table that does not look at capitals takes two texts for one.
fn same(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}
