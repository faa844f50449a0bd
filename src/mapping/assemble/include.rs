use crate::mapping::assemble::Assembler;
use crate::mapping::assemble::parameters::Prefixes;
use crate::mapping::assemble::parameters::Values;
use crate::mapping::assemble::parameters::fill;
use crate::mapping::diagnostic::nearest;
use crate::mapping::syntax::Item;
use crate::mapping::syntax::Span;
use crate::mapping::syntax::Table;
use crate::mapping::syntax::Toml;

/// How deep fragments may include each other.
const DEPTH_MAX: usize = 8;
/// Most rules that one mapping may take over; more is a fragment that includes itself many times over.
const RULES_MAX: usize = 2_000;

impl Assembler<'_, '_> {
    /// Rules with every `include` among them replaced by the rules of its fragment.
    pub(super) fn included(&mut self, rules: Vec<Item>, tabular: bool) -> Vec<Item> {
        self.expanded(rules, tabular, &mut Vec::new())
    }

    /// `within`: the fragments that are being included.
    fn expanded(&mut self, rules: Vec<Item>, tabular: bool, within: &mut Vec<String>) -> Vec<Item> {
        let mut found = Vec::with_capacity(rules.len());
        for mut rule in rules {
            let Toml::Table(table) = &mut rule.value else {
                found.push(rule);
                continue;
            };
            if table.has("include") {
                found.extend(self.include(table, tabular, within));
                continue;
            }
            if let Some(Toml::List(inner)) = table.get_mut("rule").map(|item| &mut item.value) {
                *inner = self.expanded(std::mem::take(inner), tabular, within);
            }
            found.push(rule);
        }
        found
    }

    fn include(&mut self, entry: &Table, tabular: bool, within: &mut Vec<String>) -> Vec<Item> {
        self.report.known_keys(
            entry,
            &["include", "source", "target", "with", "after", "note"],
        );
        let span = entry.get("include").map_or(0..0, |item| item.span.clone());
        let names = self.report.texts(entry, "include");
        let mut values = Values::read(&mut self.report, entry);
        let mut prefixes = Prefixes::read(&mut self.report, entry, tabular);
        let mut found = Vec::new();
        let broken = self.broken;
        for name in names {
            match self.fragment(&name, &span, &mut values, tabular, within) {
                Some(rules) => found.extend(rules),
                None => self.broken += 1,
            }
        }
        if self.rules > RULES_MAX {
            return Vec::new();
        }
        let after = entry.entries.iter().find(|entry| entry.key == "after");
        for rule in &mut found {
            prefixes.apply(rule);
            if let (Toml::Table(table), Some(after)) = (&mut rule.value, after) {
                table.entries.push(after.clone());
            }
        }
        // What a fragment that is not there would have used is not known.
        if broken == self.broken {
            values.report_unused(&mut self.report);
            prefixes.report_unused(&mut self.report);
        }
        found
    }

    /// The rules of a fragment, filled in; nothing if it cannot be included.
    fn fragment(
        &mut self,
        name: &str,
        span: &Span,
        values: &mut Values,
        tabular: bool,
        within: &mut Vec<String>,
    ) -> Option<Vec<Item>> {
        let shared = self.shared;
        let Some(fragment) = shared.fragments.get(name) else {
            self.no_fragment(name, span);
            return None;
        };
        if within.iter().any(|outer| outer == name) {
            let chain = format!("{} > {name}", within.join(" > "));
            self.cycle(&chain, span);
            return None;
        }
        let before = self.rules;
        self.rules = before.saturating_add(fragment.rules.len());
        if within.len() >= DEPTH_MAX || self.rules > RULES_MAX {
            // Said once: what is too much mostly is so at many places.
            if before <= RULES_MAX {
                self.too_much(span);
            }
            return None;
        }
        let base = self.report.open(fragment.file, fragment.text, span);
        let mut rules = fragment.rules.clone();
        for rule in &mut rules {
            rule.shift(base);
            fill(&mut self.report, rule, values);
        }
        within.push(name.to_owned());
        let rules = self.expanded(rules, tabular, within);
        within.pop();
        Some(rules)
    }

    fn no_fragment(&mut self, name: &str, span: &Span) {
        let names = self.shared.fragments.keys().map(String::as_str);
        let near = nearest(name, names.clone());
        let all = names.collect::<Vec<_>>().join(", ");
        let remedy = near.map_or_else(
            || {
                (
                    format!("In mappings/_gedeeld staan: {all}."),
                    format!("mappings/_gedeeld has: {all}."),
                )
            },
            |near| {
                (
                    format!("Bedoelt u `{near}`?"),
                    format!("Did you mean `{near}`?"),
                )
            },
        );
        self.report.error(
            "M060",
            span,
            (
                &format!("Er is geen gedeeld fragment `{name}`."),
                &format!("There is no shared fragment `{name}`."),
            ),
            (&remedy.0, &remedy.1),
        );
    }

    pub(super) fn cycle(&mut self, chain: &str, span: &Span) {
        self.report.error(
            "M061",
            span,
            (
                &format!("Dit neemt zichzelf op: {chain}."),
                &format!("This takes itself over: {chain}."),
            ),
            (
                "Haal een van de verwijzingen weg.",
                "Remove one of the references.",
            ),
        );
    }

    pub(super) fn too_much(&mut self, span: &Span) {
        self.report.error(
            "M064",
            span,
            (
                "Dit neemt te veel over: te diep, of te veel regels.",
                "This takes too much over: too deep, or too many rules.",
            ),
            (
                "De grenzen staan in hoofdstuk 10 van mappings/README.md.",
                "The limits are in chapter 10 of mappings/README.md.",
            ),
        );
    }
}
