//! `[envelope]`: the XML around a document, with rules of its own.

use crate::document::EnvelopeWire;
use crate::document::Format;
use crate::document::Wire;
use crate::document::XmlWire;
use crate::mapping::compile::Compiler;
use crate::mapping::compile::left;
use crate::mapping::compile::retour::is_of_context;
use crate::mapping::compile::rule::Within;
use crate::mapping::compile::spot::Spot;
use crate::mapping::compile::spot::Starts;
use crate::mapping::intake::Intake;
use crate::mapping::known::Known;
use crate::mapping::plan::Envelope;
use crate::mapping::plan::Rule;
use crate::mapping::plan::Source;
use crate::mapping::slots::Slots;
use crate::mapping::syntax::Span;
use crate::mapping::syntax::Table;

impl Compiler<'_> {
    /// The envelope, if there is one. How the document in it is written is filled in later.
    pub(super) fn envelope_of(&mut self, root: &Table) -> Option<(EnvelopeWire, Envelope)> {
        let table = self.report.table(root, "envelope")?;
        self.report.known_keys(
            table,
            &[
                "root",
                "namespaces",
                "payload",
                "encoding",
                "bare",
                "ignore",
                "rule",
            ],
        );
        if self.format == Format::Excel {
            self.bad_envelope(
                &table.place(),
                "Een werkmap komt niet in een envelop.",
                "A workbook does not come in an envelope.",
            );
        }
        // What stands in the envelope is XML, whatever it holds; and its rules are not those of the document.
        let format = std::mem::replace(&mut self.format, Format::Xml);
        let namespaces = std::mem::take(&mut self.namespaces);
        let columns = std::mem::take(&mut self.columns);
        let placed = std::mem::take(&mut self.placed);
        let placeholders = std::mem::take(&mut self.placeholders);
        let empty = self.empty.take();
        let unread = std::mem::take(&mut self.unread);
        let compared = std::mem::take(&mut self.compared);
        let found = self.opened(table);
        let payload = |(_, envelope): &(EnvelopeWire, Envelope)| {
            let text = table.plain_text("payload").unwrap_or_default();
            Spot::of_value(&envelope.steps, text)
        };
        let payload: Vec<Spot> = found.iter().map(payload).collect();
        self.check_places(Starts::ROOT, &payload);
        self.check_unread(Starts::ROOT, &[]);
        self.check_conditions(Starts::ROOT);
        self.format = format;
        self.namespaces = namespaces;
        self.columns = columns;
        self.placed = placed;
        self.placeholders = placeholders;
        self.empty = empty;
        self.unread = unread;
        self.compared = compared;
        found
    }

    fn opened(&mut self, table: &Table) -> Option<(EnvelopeWire, Envelope)> {
        self.declared(table);
        let mut plan = self.rooted(table, table);
        self.report.word(table, "encoding", &[("base64", ())], ());
        let bare = self
            .report
            .word(table, "bare", &[("refuse", false), ("take", true)], false);
        let place = table.get("payload").map_or(0..0, |item| item.span.clone());
        let text = self.report.required_text(table, "payload")?.to_owned();
        let payload = self.element_path(text.trim_start_matches('/'), &place);
        let attribute = payload
            .steps
            .last()
            .is_none_or(|step| step.starts_with('@'));
        if attribute {
            self.bad_envelope(
                &place,
                "Het bericht staat in een element van de envelop.",
                "The message stands in an element of the envelope.",
            );
        }
        plan.ignore = self.named_parts(table, "ignore");
        for rule in self.report.tables(table, "rule") {
            let span = rule.place();
            let rule = self.rule(rule, &Within::Element);
            plan.rules
                .extend(rule.filter(|rule| self.is_of_envelope(rule, &span)));
        }
        left::find(&mut plan.rules);
        plan.slots = Slots::number(&mut plan.rules);
        plan.intake = Intake::number(&mut plan.rules);
        let (root, name) = plan.root.clone()?;
        let label = format!("{name}{}", payload.label);
        plan.prefixes.clone_from(&self.namespaces);
        // The element that holds the message is nobody's to report.
        plan.ignore.push(Source::Root(payload.clone()));
        plan.known = Known::of(&plan);
        plan.texts = self.texts.all();
        let wire = EnvelopeWire {
            xml: XmlWire {
                namespaces: self.namespaces.clone(),
                spelled: self.spelled(&self.namespaces),
            },
            root,
            steps: payload.steps.to_vec(),
            label: label.clone(),
            payload: Wire::Json,
            bare,
        };
        let steps = payload.steps.into_vec();
        Some((wire, Envelope { plan, steps, label }))
    }

    /// An envelope addresses a message: it says nothing of records.
    fn is_of_envelope(&mut self, rule: &Rule, span: &Span) -> bool {
        if is_of_context(rule) && rule.source.is_root() && rule.when_out.is_none() {
            return true;
        }
        self.report.error(
            "M076",
            span,
            (
                "Een regel van de envelop is een constante of een deel van `bericht`, op een pad vanaf de wortel, zonder voorwaarde naar buiten.",
                "A rule of the envelope is a constant or a part of `bericht`, at a path from the root, without a condition going out.",
            ),
            (
                "Zet wat over een record gaat bij de regels van het bericht.",
                "Put what is about a record with the rules of the message.",
            ),
        );
        false
    }

    fn bad_envelope(&mut self, span: &Span, nl: &str, en: &str) {
        self.report.error(
            "M075",
            span,
            (nl, en),
            (
                "Zie [envelope] in hoofdstuk 3 van mappings/README.md.",
                "See [envelope] in chapter 3 of mappings/README.md.",
            ),
        );
    }
}
