use crate::mapping::compile::Compiler;
use crate::mapping::compile::placed::Condition;
use crate::mapping::compile::rule::Items;
use crate::mapping::compile::rule::Parts;
use crate::mapping::compile::rule::Within;
use crate::mapping::compile::spot::Form;
use crate::mapping::compile::spot::Spot;
use crate::mapping::compile::unread::spans;
use crate::mapping::finder::Finder;
use crate::mapping::intake::Shelf;
use crate::mapping::plan::Act;
use crate::mapping::plan::Group;
use crate::mapping::plan::Many;
use crate::mapping::plan::Owner;
use crate::mapping::plan::Rule;
use crate::mapping::plan::Source;
use crate::mapping::slots::Asked;
use crate::mapping::syntax::Table;
use crate::mapping::syntax::tables_at;
use crate::schema::Shape;

/// How deep groups may stand in each other.
const DEPTH_MAX: usize = 8;

/// The rules that are too deep, of those in a rule at some depth.
fn too_deep<'t>(table: &'t Table, depth: usize, found: &mut Vec<&'t Table>) {
    for inner in tables_at(table, "rule") {
        if depth > DEPTH_MAX {
            found.push(inner);
        } else {
            too_deep(inner, depth + 1, found);
        }
    }
}

impl Compiler<'_> {
    /// Whether the groups of a rule are not too deep in each other; where they are, that is said.
    pub(super) fn is_within_depth(&mut self, table: &Table) -> bool {
        let mut found = Vec::new();
        too_deep(table, 1, &mut found);
        for inner in &found {
            self.report.error(
                "M059",
                &inner.place(),
                (
                    &format!("Groepen staan hier meer dan {DEPTH_MAX} diep in elkaar."),
                    &format!("Groups stand more than {DEPTH_MAX} deep in each other here."),
                ),
                (
                    "Noem meer stappen in `source`, in plaats van een groep in een groep.",
                    "Name more steps in `source`, instead of a group in a group.",
                ),
            );
        }
        found.is_empty()
    }

    pub(super) fn group(&mut self, table: &Table, within: &Within, parts: &Parts) -> Option<Group> {
        let Some(target) = parts
            .target
            .clone()
            .filter(|_| parts.source != Source::None)
        else {
            self.rule_form(&parts.span);
            return None;
        };
        let (kind, base) = match (target.owner, within) {
            (Owner::Record(kind), _) => (kind, String::new()),
            (Owner::Item(kind), Within::Item(items)) => (kind, format!("{}/", items.path)),
            _ => {
                self.rule_form(&parts.span);
                return None;
            }
        };
        if parts.source.keyed().is_some() || parts.source.chosen().is_some() {
            self.bad_keyed(&parts.span);
        }
        if target.shape != Shape::Object || !self.is_list(&target, within) {
            self.report.error(
                "M013",
                &parts.span,
                (
                    "Het doel van een groep moet een lijst van objecten zijn.",
                    "The target of a group must be a list of objects.",
                ),
                (
                    "Kies een ander doel, of haal de sub-regels weg.",
                    "Choose another target, or remove the sub-rules.",
                ),
            );
            return None;
        }
        if self.format.is_table() && parts.source != Source::Here {
            self.bad_path(
                &parts.span,
                "In een tabel is `source = \".\"` de enige bron van een groep.",
                "In a table `source = \".\"` is the only source of a group.",
            );
        }
        let above = match within {
            Within::Element => None,
            Within::Item(items) => Some(items),
        };
        let (inward, outward) = above.map_or((true, true), |above| above.ways);
        let start = parts.span.start;
        let mut conditions = above.map_or_else(Vec::new, |above| above.conditions.clone());
        conditions.extend(Condition::of(table, above.map(|above| above.group)));
        let outer = above.and_then(|above| above.base.as_ref());
        let text = parts.source_texts.first().map_or("", String::as_str);
        let spot = match parts.source {
            Source::Here => outer.cloned(),
            _ => Some(Spot::of(&parts.source, text, outer, Form::Items(start))),
        };
        let inner = Within::Item(Box::new(Items {
            kind,
            path: format!("{base}{}/*", target.segments.join("/")),
            group: start,
            base: spot,
            ways: (parts.ways.0 && inward, parts.ways.1 && outward),
            conditions,
        }));
        let rules: Vec<Rule> = self
            .report
            .tables(table, "rule")
            .into_iter()
            .filter_map(|table| self.group_rule(table, &inner, parts))
            .collect();
        let key = self.group_key(table, &rules, parts);
        Some(Group {
            target,
            key,
            rules,
            slots: Asked::default(),
            finder: Finder::default(),
            key_at: Vec::new(),
            key_rules: Vec::new(),
            shelf: Shelf::default(),
            rows: None,
        })
    }

    /// A sub-rule; it goes no way that its group does not go.
    pub(super) fn group_rule(
        &mut self,
        table: &Table,
        within: &Within,
        parts: &Parts,
    ) -> Option<Rule> {
        let mut rule = self.rule(table, within)?;
        rule.inward &= parts.ways.0;
        rule.outward &= parts.ways.1;
        Some(rule)
    }

    /// A key that is named twice: one of the two was to be another.
    pub(super) fn no_key_twice(&mut self, table: &Table, key: &str, names: &[String]) {
        for (at, (name, span)) in names.iter().zip(spans(table, key)).enumerate() {
            if names[..at].contains(name) {
                self.report.error(
                    "M025",
                    &span,
                    (
                        &format!("`{name}` staat er al als sleutel."),
                        &format!("`{name}` is there already as a key."),
                    ),
                    (
                        "Haal het weg, of noem een ander attribuut.",
                        "Remove it, or name another attribute.",
                    ),
                );
            }
        }
    }

    pub(super) fn group_key(
        &mut self,
        table: &Table,
        rules: &[Rule],
        parts: &Parts,
    ) -> Vec<Box<[Box<str>]>> {
        let names = self.report.texts(table, "key");
        if names.is_empty() {
            self.report.warning(
                "M024",
                &parts.span,
                (
                    "Deze groep heeft geen sleutel: onderdelen worden alleen op volgorde herkend.",
                    "This group has no key: items are recognised by order only.",
                ),
                (
                    "Geef `key` het attribuut dat een onderdeel aanwijst.",
                    "Give `key` the attribute that identifies an item.",
                ),
            );
        }
        self.no_key_twice(table, "key", &names);
        let mut key = Vec::new();
        for name in names {
            let segments: Box<[Box<str>]> = name.split('.').map(Box::from).collect();
            let written = rules.iter().any(|rule| match &rule.act {
                Act::Field(field) => field.target.segments == segments && field.many == Many::One,
                Act::Set(target, _) => target.segments == segments,
                _ => false,
            });
            if !written {
                let span = table.get("key").map_or(0..0, |item| item.span.clone());
                self.report.error(
                    "M025",
                    &span,
                    (
                        &format!("Geen sub-regel vult `{name}`, dus het kan geen sleutel zijn."),
                        &format!("No sub-rule fills `{name}`, so it cannot be a key."),
                    ),
                    (
                        "Noem het doel van een sub-regel.",
                        "Name the target of a sub-rule.",
                    ),
                );
            }
            key.push(segments);
        }
        key
    }
}
