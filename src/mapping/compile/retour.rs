use crate::document::EnvelopeWire;
use crate::document::Format;
use crate::document::Name;
use crate::document::Wire;
use crate::document::XmlWire;
use crate::mapping::Direction;
use crate::mapping::codec::Codec;
use crate::mapping::compile::Compiler;
use crate::mapping::compile::rule::Within;
use crate::mapping::compile::spot::Spot;
use crate::mapping::compile::spot::Starts;
use crate::mapping::plan::Act;
use crate::mapping::plan::Envelope;
use crate::mapping::plan::Owner;
use crate::mapping::plan::Path;
use crate::mapping::plan::Plan;
use crate::mapping::plan::Rule;
use crate::mapping::plan::Source;
use crate::mapping::retour::Back;
use crate::mapping::retour::Part;
use crate::mapping::retour::Retour;
use crate::mapping::syntax::Span;
use crate::mapping::syntax::Table;
use crate::mapping::syntax::Toml;
use crate::schema::Shape;

/// Longest code of a format.
const CODE_MAX: usize = 100;

impl Compiler<'_> {
    /// The `[retour]` of a mapping, if it has one: how its organisation is told what became of a message.
    pub(super) fn retour(&mut self, root: &Table, plan: &Plan) -> Option<Retour> {
        let table = self.report.table(root, "retour")?;
        let place = table.place();
        self.report.known_keys(
            table,
            &[
                "namespaces",
                "header",
                "code",
                "codec",
                "rejected",
                "accepted",
                "unchecked",
                "rule",
                "envelope",
            ],
        );
        if self.format != Format::Xml
            || self.direction == Direction::Out
            || plan.element.steps.is_empty()
        {
            self.no_retour(
                &place,
                "Een [retour] hoort bij XML dat binnenkomt, met een pad bij `element`.",
                "A [retour] belongs to XML that comes in, with a path at `element`.",
            );
            return None;
        }
        let (header, code) = (
            self.retour_path(table, "header"),
            self.retour_path(table, "code"),
        );
        let [rejected, accepted, unchecked] = ["rejected", "accepted", "unchecked"].map(|key| {
            let code = self.report.required_text(table, key).map(str::to_owned);
            if !table.has("codec") && key == "rejected" {
                self.report.missing("codec", &place);
            }
            code
        });
        let codes = self.retour_codes(table);
        let (renamed, wire) = self.retour_namespaces(table);
        let rules = self.retour_rules(table, code.as_ref());
        let envelope = self.retour_envelope(table, plan, &wire);
        Some(Retour {
            wire,
            envelope,
            renamed,
            header: header?,
            code: code?,
            codes: codes?,
            rejected: rejected?,
            accepted: accepted?,
            unchecked: unchecked?,
            rules,
        })
    }

    fn no_retour(&mut self, span: &Span, nl: &str, en: &str) {
        self.report.error(
            "M121",
            span,
            (nl, en),
            (
                "Paragraaf 11 van mappings/README.md beschrijft [retour].",
                "Section 11 of mappings/README.md describes [retour].",
            ),
        );
    }

    pub(super) fn retour_path(&mut self, table: &Table, key: &str) -> Option<Path> {
        let text = self.report.required_text(table, key)?;
        let span = table.get(key).map_or(0..0, |item| item.span.clone());
        let path = self.element_path(text, &span);
        (!path.steps.is_empty()).then_some(path)
    }

    /// The code table from the faults' codes to the format's own.
    fn retour_codes(&mut self, table: &Table) -> Option<crate::mapping::codec::TableCodec> {
        let item = table.get("codec")?;
        let (Toml::Table(options), span) = (&item.value, item.span.clone()) else {
            self.report
                .wrong_type("codec", &item.span, "een codetabel", "a code table");
            return None;
        };
        self.report
            .known_keys(options, &["codec", "codes", "table"]);
        let codec = self.code_table(options, &Shape::Text { max: CODE_MAX }, &span);
        match codec? {
            Codec::Table(codec) if options.plain_text("codec") == Some("table") => Some(*codec),
            _ => {
                self.report.wrong_word("codec", &span, &["table"]);
                None
            }
        }
    }

    /// The namespaces that the retour calls otherwise, and how it is written.
    fn retour_namespaces(&mut self, table: &Table) -> (Vec<(String, String)>, Wire) {
        let mut renamed = Vec::new();
        let mut namespaces = self.namespaces.clone();
        for entry in self
            .report
            .table(table, "namespaces")
            .map_or(&[][..], |inner| &inner.entries)
        {
            let Some((_, uri)) = namespaces.iter_mut().find(|(name, _)| *name == entry.key) else {
                self.no_prefix(&entry.key, &entry.key_span);
                continue;
            };
            if let Some(to) = self.namespace(entry) {
                renamed.push((std::mem::replace(uri, to.to_owned()), to.to_owned()));
            }
        }
        (renamed, Wire::Xml(XmlWire::new(namespaces)))
    }

    /// The envelope in which the retour goes back to a message that came in one. Its namespaces, and where it holds the
    /// retour, are those of the envelope that came.
    fn retour_envelope(&mut self, table: &Table, plan: &Plan, retour: &Wire) -> Option<Box<Back>> {
        let table = self.report.table(table, "envelope")?;
        self.report.known_keys(table, &["root", "rule"]);
        let Some(own) = plan.envelope.as_deref() else {
            self.no_retour(
                &table.place(),
                "Een [retour.envelope] hoort bij een mapping met een [envelope].",
                "A [retour.envelope] belongs to a mapping with an [envelope].",
            );
            return None;
        };
        let namespaces = std::mem::replace(&mut self.namespaces, own.plan.prefixes.clone());
        let found = self.answering(table, own, retour);
        self.namespaces = namespaces;
        found.map(Box::new)
    }

    fn answering(&mut self, table: &Table, own: &Envelope, retour: &Wire) -> Option<Back> {
        let (root, name) = self.rooted(table, table).root?;
        let rules = self.report.tables(table, "rule");
        let direction = std::mem::replace(&mut self.direction, Direction::Out);
        let placed = std::mem::take(&mut self.placed);
        let mut parts = Vec::with_capacity(rules.len());
        for table in rules {
            parts.extend(self.answering_part(table));
        }
        let copied = parts.iter().filter_map(|part| match part {
            Part::Copied { to, .. } => Some(Spot::of_value(to, &written(to))),
            Part::Said(_) => None,
        });
        let payload = Spot::of_value(&own.steps, &written(&own.steps));
        let others: Vec<Spot> = copied.chain([payload]).collect();
        self.check_places(Starts::ROOT, &others);
        self.placed = placed;
        self.direction = direction;
        let path = own.plan.root.as_ref().map_or(0, |(_, name)| name.len());
        let wire = EnvelopeWire {
            xml: XmlWire {
                namespaces: own.plan.prefixes.clone(),
                spelled: self.spelled(&own.plan.prefixes),
            },
            root: Name::clone(&root),
            steps: own.steps.clone(),
            label: format!("{name}{}", own.label.get(path..).unwrap_or_default()),
            payload: retour.clone(),
            bare: false,
        };
        Some(Back {
            wire: Wire::Enveloped(Box::new(wire)),
            root,
            parts,
        })
    }

    /// A rule of the envelope of a retour: as a rule of an envelope going out, or a copy of what the one that came says.
    fn answering_part(&mut self, table: &Table) -> Option<Part> {
        if table.has("copy") {
            self.report.known_keys(table, &["source", "copy", "note"]);
            let [to, from] = ["source", "copy"].map(|key| {
                let text = self.report.required_text(table, key)?;
                let span = table.get(key).map_or(0..0, |item| item.span.clone());
                let path = self.element_path(text.trim_start_matches('/'), &span);
                (text.starts_with('/') && !path.steps.is_empty()).then_some(path.steps.into_vec())
            });
            if let (Some(to), Some(from)) = (to, from) {
                return Some(Part::Copied { from, to });
            }
        } else if let Some(rule) = self.rule(table, &Within::Element)
            && matches!(rule.source, Source::Root(_))
            && is_of_context(&rule)
        {
            return Some(Part::Said(Box::new(rule)));
        }
        self.no_retour(
            &table.place(),
            "Een regel van [retour.envelope] schrijft een `const` of iets van `bericht`, of neemt met `copy` iets over uit de envelop die kwam; elk pad begint met een `/`.",
            "A rule of [retour.envelope] writes a `const` or something of `bericht`, or takes over something of the envelope that came with `copy`; each path begins with a `/`.",
        );
        None
    }

    /// What the header says of the retour: constants and the context, each at a place from the header.
    fn retour_rules(&mut self, table: &Table, code: Option<&Path>) -> Vec<Rule> {
        let tables = self.report.tables(table, "rule");
        // They go out whichever way the mapping goes, and stand in another document than its own rules.
        let direction = std::mem::replace(&mut self.direction, Direction::Out);
        let placed = std::mem::take(&mut self.placed);
        let mut rules = Vec::new();
        for table in tables {
            let Some(rule) = self.rule(table, &Within::Element) else {
                continue;
            };
            if is_of_context(&rule) && matches!(rule.source, Source::Path(_)) {
                rules.push(rule);
            } else {
                self.no_retour(
                    &table.place(),
                    "Een regel van [retour] schrijft een `const` of iets van `bericht`, op een pad vanaf de kop.",
                    "A rule of [retour] writes a `const` or something of `bericht`, at a path from the header.",
                );
            }
        }
        let text = table.plain_text("code").unwrap_or_default();
        let codes = code.map(|path| Spot::of_value(&path.steps, text));
        self.check_places(Starts::ROOT, codes.as_slice());
        self.placed = placed;
        self.direction = direction;
        rules
    }
}

/// Whether a rule writes a constant, or something that the message says of itself.
pub(super) fn is_of_context(rule: &Rule) -> bool {
    match &rule.act {
        Act::Constant(_) => true,
        Act::Field(field) => field.target.owner == Owner::Envelope,
        Act::Set(..) | Act::Group(_) | Act::Spread(_) => false,
    }
}

/// Steps as a text, without their namespaces.
fn written(steps: &[Name]) -> String {
    let local = |step: &Name| format!("/{}", step.rsplit('}').next().unwrap_or(step));
    steps.iter().map(local).collect()
}
