use crate::canonical::Kind;
use crate::document::Format;
use crate::mapping::Direction;
use crate::mapping::answers::Answers;
use crate::mapping::compile::Compiler;
use crate::mapping::compile::head::DELIVERS;
use crate::mapping::compile::head::Head;
use crate::mapping::plan::Act;
use crate::mapping::plan::Owner;
use crate::mapping::plan::Plan;
use crate::mapping::plan::Rule;
use crate::mapping::syntax::Span;
use crate::mapping::syntax::Table;

impl Compiler<'_> {
    /// The `[answers]` of a mapping, if it has one: of which deliveries it is the retour, and how it says what is rejected.
    pub(super) fn answers(
        &mut self,
        root: &Table,
        head: &Head,
        plan: &Plan,
        rules: &[Rule],
    ) -> Option<Box<Answers>> {
        let tells_which = |rule: &Rule| match &rule.act {
            Act::Field(field) => {
                let first = field.target.segments.first().map(|name| &**name);
                field.target.owner == Owner::Envelope && first == Some("aflevering")
            }
            _ => false,
        };
        let named = rules.iter().any(tells_which);
        let table = self.report.table(root, "answers");
        let Some(table) = table else {
            if named {
                self.no_answers(
                    &head.place,
                    "`bericht.aflevering` hoort bij een retourbericht, en dat heeft een [answers].",
                    "`bericht.aflevering` belongs to a retour, which has an [answers].",
                );
            }
            return None;
        };
        let place = table.place();
        self.report.known_keys(
            table,
            &["message", "header", "code", "accepted", "unchecked"],
        );
        let person = matches!(head.main(), Kind::Kandidaat | Kind::Werkprofiel);
        let reads = self.format == Format::Xml && self.direction == Direction::In;
        if !reads || person || plan.pair.is_some() || plan.element.steps.is_empty() {
            self.no_answers(
                &place,
                "Een [answers] hoort bij XML dat alleen binnenkomt, met een pad bij `element` en zonder `pair`, over iets anders dan een persoon.",
                "An [answers] belongs to XML that only comes in, with a path at `element` and without `pair`, about something else than a person.",
            );
            return None;
        }
        if !named {
            self.no_answers(
                &place,
                "Geen regel vult `bericht.aflevering`: het kenmerk van wat is afgeleverd.",
                "No rule fills `bericht.aflevering`: the id of what was delivered.",
            );
        }
        let messages = self.report.texts(table, "message");
        let served = DELIVERS.map(|(name, _)| name);
        let known = |message: &String| served.contains(&message.as_str());
        if messages.is_empty() || !messages.iter().all(known) {
            let span = table.get("message").map_or(place, |item| item.span.clone());
            self.report.wrong_word("message", &span, &served);
        }
        let (header, code) = (
            self.retour_path(table, "header"),
            self.retour_path(table, "code"),
        );
        let [accepted, unchecked] = ["accepted", "unchecked"]
            .map(|key| self.report.required_text(table, key).map(str::to_owned));
        Some(Box::new(Answers {
            messages,
            header: header?,
            code: code?,
            accepted: accepted?,
            unchecked: unchecked?,
        }))
    }

    fn no_answers(&mut self, span: &Span, nl: &str, en: &str) {
        self.report.error(
            "M124",
            span,
            (nl, en),
            (
                "Paragraaf 11 van mappings/README.md beschrijft [answers].",
                "Section 11 of mappings/README.md describes [answers].",
            ),
        );
    }
}
