use crate::canonical::Kind;
use crate::document::Document;
use crate::document::Format;
use crate::document::Name;
use crate::document::Node;
use crate::mapping::Mapping;
use crate::mapping::decode::records;
use crate::mapping::diagnostic::Report;
use crate::mapping::fixed::Layout;
use crate::mapping::plan::Act;
use crate::mapping::plan::Beside;
use crate::mapping::plan::Envelope;
use crate::mapping::plan::Owner;
use crate::mapping::plan::Plan;
use crate::mapping::plan::Rule;
use crate::mapping::plan::Source;
use crate::mapping::plan::Target;
use crate::mapping::syntax;
use crate::mapping::syntax::Item;
use crate::mapping::syntax::Span;
use crate::mapping::syntax::Table;
use crate::schema::Schemas;

/// A mapping with the file it was compiled from.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    /// The mapping.
    pub mapping: &'a Mapping,
    /// The file's path under `mappings/`.
    pub file: &'a str,
    /// The file's text.
    pub text: &'a str,
    /// What the schemas say.
    pub schemas: &'a Schemas,
}

impl<'a> Subject<'a> {
    pub(super) fn report(&self) -> Report<'a> {
        Report::new(self.file, self.text)
    }

    /// The file as a table. It compiled, so it is TOML.
    pub(super) fn toml(&self) -> Option<Table> {
        syntax::parse(self.text, &mut self.report())
    }

    /// The envelope of the mapping with the table it was compiled from.
    pub(super) fn envelope<'t>(plan: &'t Plan, root: &'t Table) -> Option<Around<'t>> {
        let envelope = plan.envelope.as_deref()?;
        // Taken over from another file, it is the mapping that says so.
        let own = root.get("envelope").and_then(Item::as_table);
        let table = own.unwrap_or(root);
        let mut rules = Self::rules(&envelope.plan, table);
        for walked in &mut rules {
            walked.name = format!("[envelope] / {}", walked.name);
        }
        Some(Around {
            envelope,
            table,
            rules,
        })
    }

    /// Every rule, a group before its sub-rules, with the table it was compiled from.
    pub(super) fn rules<'t>(plan: &'t Plan, root: &'t Table) -> Vec<Walked<'t>> {
        let mut found = Vec::new();
        let above = Above {
            name: String::new(),
            steps: plan.element.steps.to_vec(),
            around: plan.around.steps.to_vec(),
            items: String::new(),
            place: root.place(),
        };
        walk(&plan.rules, Some(root), &above, &mut found);
        found
    }
}

/// The steps from the root to a source of a rule that is in no group.
pub(super) fn from_root(plan: &Plan, source: &Source) -> Option<Vec<Name>> {
    match source {
        Source::Root(path) => Some(path.steps.to_vec()),
        Source::Path(path) => Some(
            plan.element
                .steps
                .iter()
                .chain(&path.steps)
                .cloned()
                .collect(),
        ),
        Source::Around(path) => {
            let around = &plan.around.steps;
            Some(around.iter().chain(&path.steps).cloned().collect())
        }
        _ => None,
    }
}

/// The records of a fixed-width file that are as long as they should be, and how many lines are not.
pub(super) fn lines<'d>(layout: &Layout, samples: &'d [Document]) -> (Vec<&'d str>, usize) {
    let mut found = Vec::new();
    let mut other = 0;
    for sample in samples {
        let (_, lines) = records(layout, sample.root.items());
        for text in lines.iter().filter_map(Node::as_text) {
            if text.trim().is_empty() {
                continue;
            }
            if text.chars().count() == layout.length {
                found.push(text);
            } else {
                other += 1;
            }
        }
    }
    (found, other)
}

/// Whether a line has something at some positions.
pub(super) fn is_filled(line: &str, (from, to): (usize, usize)) -> bool {
    let part = line.chars().skip(from - 1).take(to + 1 - from);
    !part.into_iter().all(char::is_whitespace)
}

/// What stands around the documents of a mapping.
pub(super) struct Around<'t> {
    pub envelope: &'t Envelope,
    pub table: &'t Table,
    pub rules: Vec<Walked<'t>>,
}

impl Around<'_> {
    /// The envelopes of samples as documents of their own.
    pub(super) fn of(samples: &[Document]) -> Vec<Document> {
        let found = samples
            .iter()
            .filter_map(|sample| sample.envelope.as_deref());
        found
            .map(|root| Document::new(Format::Xml, root.clone()))
            .collect()
    }
}

/// What a rule stands in.
struct Above {
    name: String,
    steps: Vec<Name>,
    around: Vec<Name>,
    items: String,
    place: Span,
}

/// A rule where it stands.
pub(super) struct Walked<'t> {
    pub rule: &'t Rule,
    /// Its name, after that of its groups.
    pub name: String,
    /// Its table in the file; none for a rule that is taken over from another file.
    pub table: Option<&'t Table>,
    /// Where it stands in the file, or what takes it over: its group, or the mapping.
    place: Span,
    /// From the root to what its paths start from.
    pub base: Vec<Name>,
    /// From the root to what stands around elements.
    pub around: Vec<Name>,
    /// The schema path of the items it is about, `doelen/*`; empty outside groups.
    pub items: String,
}

impl Walked<'_> {
    /// The place of a key of the rule, or of the rule.
    pub(super) fn span(&self, key: &str) -> Span {
        self.table
            .and_then(|table| table.get(key))
            .map_or_else(|| self.place.clone(), |item| item.span.clone())
    }

    /// The places that the rule looks at, each with the key that says so.
    pub(super) fn looked_at(&self) -> impl Iterator<Item = (&Source, &'static str)> {
        let has = |key: &&str| self.table.is_some_and(|table| table.has(key));
        let key = ["sources", "positions", "position"]
            .into_iter()
            .find(has)
            .unwrap_or("source");
        let when = self
            .rule
            .when_in
            .as_ref()
            .map(|when| (&when.source, "when"));
        let beside = match self.beside() {
            Some(Beside::Sibling(source)) => Some((source, "codec")),
            _ => None,
        };
        let own = self.rule.sources().map(move |source| (source, key));
        own.chain(beside).chain(when)
    }

    /// The steps from the root to the attribute that stands beside the value.
    pub(super) fn mark(&self) -> Option<Vec<Name>> {
        let Some(Beside::Attribute(name)) = self.beside() else {
            return None;
        };
        let mut steps = self.steps(&self.rule.source)?;
        steps.push(Name::clone(name));
        Some(steps)
    }

    fn beside(&self) -> Option<&Beside> {
        let field = self.rule.act.field()?;
        field.indicator.as_deref()
    }

    /// The steps from the root to a source of this rule.
    pub(super) fn steps(&self, source: &Source) -> Option<Vec<Name>> {
        match source {
            Source::None | Source::Column(_) => None,
            Source::Here => Some(self.base.clone()),
            Source::Root(path) => Some(path.steps.to_vec()),
            Source::Path(path) => Some(self.base.iter().chain(&path.steps).cloned().collect()),
            Source::Around(path) => Some(self.around.iter().chain(&path.steps).cloned().collect()),
        }
    }

    /// The steps from the root to the key of the item that a source names.
    pub(super) fn key_steps(&self, source: &Source) -> Option<Vec<Name>> {
        let (keyed, mut steps) = (source.keyed()?, self.steps(source)?);
        steps.truncate(steps.len() - source.steps().len() + keyed.at + 1);
        steps.push(Name::clone(&keyed.key));
        Some(steps)
    }

    /// The attribute that a target names: its kind and path in the schema. None for the envelope.
    pub(super) fn attribute(&self, target: &Target) -> Option<(Kind, String)> {
        let path = target.segments.join("/");
        match target.owner {
            Owner::Record(kind) => Some((kind, path)),
            Owner::Item(kind) => Some((kind, format!("{}/{path}", self.items))),
            Owner::Envelope => None,
        }
    }

    /// The attributes that the rule fills or carries, by kind and path in the schema.
    pub(super) fn attributes(&self) -> Vec<(Kind, String)> {
        let targets = self.rule.act.targets().into_iter();
        targets
            .filter_map(|target| self.attribute(target))
            .collect()
    }
}

fn walk<'t>(
    rules: &'t [Rule],
    root: Option<&'t Table>,
    above: &Above,
    found: &mut Vec<Walked<'t>>,
) {
    let tables = root.map_or_else(Vec::new, |root| syntax::tables_at(root, "rule"));
    for rule in rules {
        let mut own = tables.iter().copied();
        let table = own.find(|table| table.place().start == rule.span.start);
        let place = table.map_or_else(|| above.place.clone(), Table::place);
        let name = if above.name.is_empty() {
            rule.name.to_string()
        } else {
            format!("{} / {}", above.name, rule.name)
        };
        let walked = Walked {
            rule,
            name: name.clone(),
            table,
            place: place.clone(),
            base: above.steps.clone(),
            around: above.around.clone(),
            items: above.items.clone(),
        };
        let steps = walked.steps(&rule.source);
        let items = walked.attributes().into_iter().next();
        found.push(walked);
        if let (Act::Group(group), Some((_, path))) = (&rule.act, items) {
            let inner = Above {
                name,
                steps: steps.unwrap_or_else(|| above.steps.clone()),
                around: above.around.clone(),
                items: format!("{path}/*"),
                place,
            };
            walk(&group.rules, table, &inner, found);
        }
    }
}
