use crate::canonical::Kind;
use crate::document::Format;
use crate::document::Name;
use crate::mapping::Direction;
use crate::mapping::codec::Codec;
use crate::mapping::codec::TextCodec;
use crate::mapping::compile::Compiler;
use crate::mapping::compile::codec::Unknown;
use crate::mapping::compile::placed::Condition;
use crate::mapping::compile::spot::Spot;
use crate::mapping::letters::plain;
use crate::mapping::parts::Join;
use crate::mapping::parts::Parts as ManyParts;
use crate::mapping::plan::Act;
use crate::mapping::plan::Beside;
use crate::mapping::plan::Field;
use crate::mapping::plan::Many;
use crate::mapping::plan::Owner;
use crate::mapping::plan::Rule;
use crate::mapping::plan::Source;
use crate::mapping::plan::Target;
use crate::mapping::syntax::AND;
use crate::mapping::syntax::Span;
use crate::mapping::syntax::Table;
use serde_json::Value as Json;

/// What a rule's paths start from.
#[derive(Clone)]
pub(super) enum Within {
    /// The element; targets name their kind.
    Element,
    /// An item of a group; targets are relative to it.
    Item(Box<Items>),
}

/// The items of a group.
#[derive(Clone)]
pub(super) struct Items {
    /// The kind of the record.
    pub kind: Kind,
    /// Their path in the schema, `doelen/*`.
    pub path: String,
    /// Where the group starts in the file.
    pub group: usize,
    /// Where its items stand in the document; none for the element itself.
    pub base: Option<Spot>,
    /// The ways the group goes.
    pub ways: (bool, bool),
    /// The conditions of the group and of those that it stands in.
    pub conditions: Vec<Condition>,
}

const KEYS: [&str; 22] = [
    "name",
    "include",
    "source",
    "sources",
    "aliases",
    "column",
    "position",
    "positions",
    "align",
    "pad",
    "target",
    "targets",
    "codec",
    "required",
    "direction",
    "when",
    "const",
    "default",
    "empty",
    "placeholders",
    "invalid",
    "note",
];
const GROUP_KEYS: [&str; 9] = [
    "name",
    "source",
    "target",
    "key",
    "rule",
    "required",
    "direction",
    "when",
    "note",
];

/// The parts of a rule that every form of it has.
pub(super) struct Parts {
    pub span: Span,
    pub ways: (bool, bool),
    pub required: bool,
    pub source: Source,
    /// The other places of a value that stands at several.
    pub others: Vec<Source>,
    /// As the mapping writes them: one for each place.
    pub source_texts: Vec<String>,
    pub target: Option<Target>,
    pub target_text: Option<String>,
    /// The other attributes of a value that is several.
    pub also: Vec<Target>,
}

impl Parts {
    /// What reports call the rule by its source.
    fn called(&self) -> Option<String> {
        let texts = self.source_texts.iter().filter(|text| *text != ".");
        let texts: Vec<&str> = texts.map(String::as_str).collect();
        (!texts.is_empty()).then(|| texts.join(AND))
    }
}

impl Compiler<'_> {
    pub(super) fn rule(&mut self, table: &Table, within: &Within) -> Option<Rule> {
        let group = table.has("rule") || table.has("key");
        self.report
            .known_keys(table, if group { &GROUP_KEYS } else { &KEYS });
        let ways = self.ways(table);
        let parts = self.parts(table, within, ways)?;
        let (when_in, when_out) = self.when(table, within, ways);
        let name = self.report.text(table, "name").map(str::to_owned);
        let name = name
            .or_else(|| parts.called())
            .or_else(|| parts.target_text.clone());
        let act = self.act(table, within, &parts, group)?;
        if !matches!(&act, Act::Field(field) if field.many == Many::Occurrences) {
            self.not_each(&parts.source, &parts.span);
        } else if parts.source.chosen().is_some() {
            // A list takes every one of them.
            self.bad_keyed(&parts.span);
        }
        for other in &parts.others {
            self.not_each(other, &parts.span);
        }
        self.no_list_in_attribute(&parts, &act);
        if parts.source == Source::Here && !group && self.format != Format::Xml {
            self.bad_path(
                &parts.span,
                "Alleen een XML-element heeft een eigen tekst: `source = \".\"` is hier geen waarde.",
                "Only an XML element has a text of its own: `source = \".\"` is no value here.",
            );
        }
        self.place(&parts, within, &act, table);
        let Parts {
            span,
            source,
            required,
            ..
        } = parts;
        let set = matches!(act, Act::Set(..));
        Some(Rule {
            name: self.texts.another(&name.unwrap_or_default()),
            span,
            inward: ways.0,
            // A value that is only set coming in is not written going out.
            outward: ways.1 && !set,
            required,
            source,
            when_in: when_in.map(Box::new),
            when_out: when_out.map(Box::new),
            act,
            left: Vec::new(),
        })
    }

    /// An attribute is there once: it holds no list that is written.
    fn no_list_in_attribute(&mut self, parts: &Parts, act: &Act) {
        let attribute = |step: &Name| step.starts_with('@') && self.format == Format::Xml;
        let list = matches!(act, Act::Field(field) if field.many == Many::Occurrences);
        let source = &parts.source;
        let once = source.each().is_none() && source.steps().last().is_some_and(attribute);
        if list && once && parts.ways.1 {
            self.bad_path(
                &parts.span,
                "Een attribuut staat er één keer, en kan geen lijst schrijven: noem met `[]` wat zich herhaalt, of geef de codec `list`.",
                "An attribute is there once, and cannot write a list: name what repeats with `[]`, or give the codec `list`.",
            );
        }
    }

    fn ways(&mut self, table: &Table) -> (bool, bool) {
        let own = self.direction;
        let whole = (own != Direction::Out, own != Direction::In);
        let word = self.report.word(
            table,
            "direction",
            &[("in", (true, false)), ("out", (false, true))],
            whole,
        );
        if word.0 && !whole.0 || word.1 && !whole.1 {
            let span = table
                .get("direction")
                .map_or(0..0, |item| item.span.clone());
            self.report.error(
                "M030",
                &span,
                (
                    "Deze regel gaat een kant op die de mapping niet gaat.",
                    "This rule goes a way that the mapping does not go.",
                ),
                (
                    "Verander `direction` van de mapping of van de regel.",
                    "Change `direction` of the mapping or of the rule.",
                ),
            );
        }
        word
    }

    fn parts(&mut self, table: &Table, within: &Within, ways: (bool, bool)) -> Option<Parts> {
        let span = table.place();
        let in_group = !matches!(within, Within::Element);
        let several = ["sources", "positions"]
            .into_iter()
            .find(|key| table.has(key));
        let (source, others, source_texts): (_, Vec<Source>, Vec<String>) =
            if let Some(key) = several {
                let (sources, texts) = self.places_of(table, key, in_group);
                let mut sources = sources.unwrap_or_default().into_iter();
                (sources.next(), sources.collect(), texts)
            } else {
                let (source, text) = self.place_of(table, in_group);
                (source, Vec::new(), text.into_iter().collect())
            };
        let target_text = self.report.text(table, "target").map(str::to_owned);
        let span_of = |key| table.get(key).map_or(0..0, |item| item.span.clone());
        let target = match &target_text {
            None => Some(None),
            Some(text) => self
                .target(text, &span_of("target"), within, ways)
                .map(Some),
        };
        let required = self.report.boolean(table, "required", false);
        let (target, also, target_text) = if table.has("targets") {
            let texts = self.report.texts(table, "targets");
            let targets = self.targets_of(table, &texts, within, ways)?;
            let mut targets = targets.into_iter();
            (
                Some(targets.next()),
                targets.collect(),
                Some(texts.join(AND)),
            )
        } else {
            (target, Vec::new(), target_text)
        };
        let (source, target) = (source?, target?);
        // A value of several places is not missed at one of them.
        self.refine_column(table, &source, ways, required && others.is_empty());
        for other in &others {
            self.refine_column(table, other, ways, false);
        }
        Some(Parts {
            span,
            ways,
            required,
            source,
            others,
            source_texts,
            target,
            target_text,
            also,
        })
    }

    fn act(&mut self, table: &Table, within: &Within, parts: &Parts, group: bool) -> Option<Act> {
        if group {
            if !parts.others.is_empty() {
                self.check_several(&parts.span, 1 + parts.others.len(), None, false);
            }
            return self
                .group(table, within, parts)
                .map(|group| Act::Group(Box::new(group)));
        }
        let constant = table.get("const");
        match (&parts.source, &parts.target, constant) {
            (Source::None, Some(target), Some(item)) if parts.also.is_empty() => {
                let value = item.json();
                let (target, value) = (
                    target.clone(),
                    value.filter(|value| self.fits(&target.shape, value)),
                );
                if value.is_none() {
                    self.misfit("const", &item.span);
                }
                if !parts.ways.0 && matches!(within, Within::Element) {
                    self.rule_form(&parts.span);
                }
                self.idle_constant(table);
                self.idle_set(table, !matches!(within, Within::Element));
                Some(Act::Set(Box::new(target), Box::new(value?)))
            }
            (source, None, Some(item)) if *source != Source::None && parts.others.is_empty() => {
                let text = match item.json() {
                    Some(Json::String(text)) => text,
                    Some(Json::Number(number)) => number.to_string(),
                    _ => {
                        self.report.wrong_type("const", &item.span, "tekst", "text");
                        return None;
                    }
                };
                self.idle_constant(table);
                let shown = self.as_it_stands(source, &text);
                if shown.is_none() {
                    self.misfit("const", &item.span);
                }
                shown.map(|text| Act::Constant(text.into()))
            }
            (source, Some(target), None) if *source != Source::None && !parts.also.is_empty() => {
                let targets = [std::slice::from_ref(target), &parts.also].concat();
                self.spread(table, within, parts, targets)
                    .map(|spread| Act::Spread(Box::new(spread)))
            }
            (source, Some(target), None) if *source != Source::None => {
                if !parts.ways.0 {
                    self.idle_outward(table);
                }
                if parts.required {
                    self.idle_keep(table);
                }
                let target = target.clone();
                let field = self.field(table, within, parts, target)?;
                self.idle_beside_default(table, &field);
                Some(Act::Field(Box::new(field)))
            }
            _ => {
                self.rule_form(&parts.span);
                None
            }
        }
    }

    pub(super) fn rule_form(&mut self, span: &Span) {
        self.report.error(
            "M010",
            span,
            ("Deze regel heeft geen geldige vorm.", "This rule has no valid form."),
            (
                "Geef `source` en `target`, of `source` en `const`, of (naar binnen) `target` en `const`, of een groep met [[rule.rule]].",
                "Give `source` and `target`, or `source` and `const`, or (coming in) `target` and `const`, or a group with [[rule.rule]].",
            ),
        );
    }

    fn misfit(&mut self, key: &str, span: &Span) {
        self.report.error(
            "M027",
            span,
            (
                &format!("De waarde van `{key}` past niet bij het doel."),
                &format!("The value of `{key}` does not fit the target."),
            ),
            (
                "Geef een waarde zoals het schema die wil.",
                "Give a value as the schema wants it.",
            ),
        );
    }

    pub(super) fn field(
        &mut self,
        table: &Table,
        within: &Within,
        parts: &Parts,
        target: Target,
    ) -> Option<Field> {
        let list = self.is_list(&target, within);
        let sources = 1 + parts.others.len();
        let chosen = self.codec(table, &target.shape, list, &parts.span, sources)?;
        self.check_several(&parts.span, sources, chosen.several.as_ref(), parts.ways.1);
        let default = match table.get("default") {
            None => None,
            Some(item) => {
                let value = item.json();
                let fits = value.as_ref().is_some_and(|value| match value.as_array() {
                    Some(items) if list => items.iter().all(|item| self.fits(&target.shape, item)),
                    _ => !list && self.fits(&target.shape, value),
                });
                if !fits {
                    self.misfit("default", &item.span);
                }
                value
            }
        };
        let keep = self.report.word(
            table,
            "invalid",
            &[("refuse", false), ("keep", true)],
            false,
        );
        let shown = self.placeholders_at(table, parts);
        self.check_reachable(table, parts, &chosen.codec, &shown);
        let envelope = target.owner == Owner::Envelope;
        if envelope && (keep || default.is_some() || table.has("empty")) {
            self.rule_form(&parts.span);
        }
        let replace = chosen.unknown == Unknown::Default;
        if replace && (default.is_none() || list) {
            self.no_default(table);
        }
        let indicator = match &chosen.indicator {
            None => None,
            Some(name) => self.beside(name, parts),
        };
        let padded = self.slot_of(&parts.source).is_some_and(|slot| slot.zeros);
        let text = match &chosen.several {
            Some(several) => several.join != Join::Codes,
            None => chosen.many == Many::One && matches!(chosen.codec, Codec::Text(_)),
        };
        let others = parts.others.clone();
        let keep = (keep || chosen.unknown == Unknown::Keep) && !envelope;
        let limits = keep.then(|| self.limits(&target, within)).flatten();
        // of the values of a table, or a list of codes, it is known now
        let limits = limits.filter(|limits| match &chosen.codec {
            Codec::Table(table) => table.values().any(|value| limits.wrong(value).is_some()),
            Codec::Text(TextCodec {
                codes: Some(codes), ..
            }) => {
                let mut codes = codes.iter().map(|code| Json::from(code.as_str()));
                codes.any(|code| limits.wrong(&code).is_some())
            }
            _ => true,
        });
        Some(Field {
            zeros: padded && text,
            parts: chosen.several.map(|several| {
                Box::new(ManyParts {
                    others,
                    join: several.join,
                    kinds: several.kinds,
                })
            }),
            codec: chosen.codec,
            many: chosen.many,
            indicator: indicator.map(Box::new),
            default: default.map(Box::new),
            empty: self
                .empty_of(table)
                .or(if envelope { None } else { self.empty }),
            words: shown
                .iter()
                .map(|(text, _)| plain(text).trim().into())
                .collect(),
            placeholders: shown.into(),
            keep,
            limits: limits.map(Box::new),
            replace,
            target,
        })
    }

    /// A code that the table does not know cannot become a default that is not there, and in a list it is one of several.
    fn no_default(&mut self, table: &Table) {
        let span = table
            .get("codec")
            .map_or_else(|| table.place(), |item| item.span.clone());
        self.report.error(
            "M073",
            &span,
            (
                "`unknown = \"default\"` heeft hier geen waarde om te geven.",
                "`unknown = \"default\"` has no value to give here.",
            ),
            (
                "Geef de regel een `default`; bij een lijst kan dit niet, kies daar `refuse` of `keep`.",
                "Give the rule a `default`; for a list this cannot be, choose `refuse` or `keep` there.",
            ),
        );
    }

    /// Where an indicator stands: an attribute of the value's element, the part beside it, or another column.
    fn beside(&mut self, name: &str, parts: &Parts) -> Option<Beside> {
        let span = &parts.span;
        if name.starts_with('@') && self.format == Format::Xml {
            return self.xml_step(name, span).map(Beside::Attribute);
        }
        let source = match (&parts.source, parts.source_texts.first()) {
            (Source::Path(_) | Source::Root(_) | Source::Around(_), Some(text))
                if !name.contains(['/', '@', '[']) && !text.contains('@') =>
            {
                let parent = text.rfind('/').map_or("", |at| &text[..=at]);
                // A group was looked at already: here a leading / is the document's own.
                self.source(&format!("{parent}{name}"), span, false)
            }
            (Source::Column(_), _) if self.format != Format::FixedWidth => {
                self.source(name, span, false)
            }
            _ => None,
        };
        if source.is_none() {
            self.bad_path(
                span,
                "Een indicator is een attribuut (@) van het XML-element zelf, een onderdeel ernaast, of een andere kolom.",
                "An indicator is an attribute (@) of the XML element itself, a part beside it, or another column.",
            );
        }
        if let Some(Source::Column(index)) = source {
            self.columns[index].inward |= parts.ways.0;
            self.columns[index].outward |= parts.ways.1;
        }
        source.map(Beside::Sibling)
    }

    /// A text as it stands in the file: padded, at fixed width. None if it is too long for its positions.
    pub(super) fn as_it_stands(&self, source: &Source, text: &str) -> Option<String> {
        let Some(slot) = self.slot_of(source) else {
            return Some(text.to_owned());
        };
        let fits = text.chars().count() <= slot.width() && !text.contains(char::is_control);
        fits.then(|| slot.padded(text).trim().to_owned())
    }
}
