use crate::canonical::Kind;
use crate::document::Format;
use crate::mapping::Direction;
use crate::mapping::compile::Compiler;
use crate::mapping::compile::Placed;
use crate::mapping::plan::Act;
use crate::mapping::plan::Field;
use crate::mapping::plan::Group;
use crate::mapping::plan::Many;
use crate::mapping::plan::Owner;
use crate::mapping::plan::Rule;
use crate::mapping::plan::Source;
use crate::mapping::plan::Target;
use crate::mapping::plan::TestIn;
use crate::mapping::plan::TestOut;
use crate::mapping::plan::WhenIn;
use crate::mapping::plan::WhenOut;
use crate::mapping::syntax::Span;
use crate::mapping::syntax::Table;
use crate::mapping::syntax::Toml;
use crate::schema::Shape;
use serde_json::Value as Json;

/// What a rule's paths start from.
#[derive(Clone)]
pub(super) enum Within {
    /// The element; targets name their kind.
    Element,
    /// An item of a group; targets are relative to it.
    Item {
        /// The kind of the record.
        kind: Kind,
        /// The items' path in the schema, `doelen/*`.
        path: String,
    },
}

const KEYS: [&str; 15] = [
    "name",
    "source",
    "aliases",
    "column",
    "target",
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
struct Parts {
    span: Span,
    ways: (bool, bool),
    required: bool,
    source: Source,
    source_text: Option<String>,
    target: Option<Target>,
    target_text: Option<String>,
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
            .or_else(|| parts.source_text.clone().filter(|text| text != "."))
            .or_else(|| parts.target_text.clone());
        let conditional = table.has("when");
        let act = self.act(table, within, &parts, group)?;
        self.place(&parts, within, &act, conditional);
        let Parts {
            source, required, ..
        } = parts;
        let set = matches!(act, Act::Set(..));
        Some(Rule {
            name: name.unwrap_or_default().into(),
            inward: ways.0,
            // A value that is only set coming in is not written going out.
            outward: ways.1 && !set,
            required,
            source,
            when_in,
            when_out,
            act,
        })
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
        let source_text = self.report.text(table, "source").map(str::to_owned);
        let target_text = self.report.text(table, "target").map(str::to_owned);
        let span_of = |key| table.get(key).map_or(0..0, |item| item.span.clone());
        let source = match &source_text {
            None => Some(Source::None),
            Some(text) => self.source(text, &span_of("source"), !matches!(within, Within::Element)),
        };
        let target = match &target_text {
            None => Some(None),
            Some(text) => self
                .target(text, &span_of("target"), within, ways)
                .map(Some),
        };
        let required = self.report.boolean(table, "required", false);
        let (source, target) = (source?, target?);
        self.refine_column(table, &source, ways, required);
        Some(Parts {
            span,
            ways,
            required,
            source,
            source_text,
            target,
            target_text,
        })
    }

    fn act(&mut self, table: &Table, within: &Within, parts: &Parts, group: bool) -> Option<Act> {
        if group {
            return self
                .group(table, within, parts)
                .map(|group| Act::Group(Box::new(group)));
        }
        let constant = table.get("const");
        match (&parts.source, &parts.target, constant) {
            (Source::None, Some(target), Some(item)) => {
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
                Some(Act::Set(target, value?))
            }
            (source, None, Some(item)) if *source != Source::None => match item.json() {
                Some(Json::String(text)) => Some(Act::Constant(text)),
                Some(Json::Number(number)) => Some(Act::Constant(number.to_string())),
                _ => {
                    self.report.wrong_type("const", &item.span, "tekst", "text");
                    None
                }
            },
            (source, Some(target), None) if *source != Source::None => {
                let target = target.clone();
                self.field(table, within, parts, target)
                    .map(|field| Act::Field(Box::new(field)))
            }
            _ => {
                self.rule_form(&parts.span);
                None
            }
        }
    }

    fn rule_form(&mut self, span: &Span) {
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

    fn field(
        &mut self,
        table: &Table,
        within: &Within,
        parts: &Parts,
        target: Target,
    ) -> Option<Field> {
        let list = self.is_list(&target, within);
        let chosen = self.codec(table, &target.shape, list, &parts.span)?;
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
        let mut placeholders = self.placeholders_of(table);
        placeholders.extend(self.placeholders.iter().cloned());
        let envelope = target.owner == Owner::Envelope;
        if envelope && (keep || default.is_some() || table.has("empty")) {
            self.rule_form(&parts.span);
        }
        let indicator = match &chosen.indicator {
            None => None,
            Some(name) if self.format == Format::Xml && name.starts_with('@') => {
                self.xml_step(name, &parts.span)
            }
            Some(_) => {
                self.bad_path(
                    &parts.span,
                    "Een indicator is een attribuut (@) van een XML-element.",
                    "An indicator is an attribute (@) of an XML element.",
                );
                None
            }
        };
        Some(Field {
            codec: chosen.codec,
            many: chosen.many,
            indicator,
            default,
            empty: self
                .empty_of(table)
                .or(if envelope { None } else { self.empty }),
            placeholders,
            keep: (keep || chosen.keep) && !envelope,
            target,
        })
    }

    fn group(&mut self, table: &Table, within: &Within, parts: &Parts) -> Option<Group> {
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
            (Owner::Item(kind), Within::Item { path, .. }) => (kind, format!("{path}/")),
            _ => {
                self.rule_form(&parts.span);
                return None;
            }
        };
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
        if matches!(self.format, Format::Csv | Format::Excel) && parts.source != Source::Here {
            self.bad_path(
                &parts.span,
                "In een tabel is `source = \".\"` de enige bron van een groep.",
                "In a table `source = \".\"` is the only source of a group.",
            );
        }
        let inner = Within::Item {
            kind,
            path: format!("{base}{}/*", target.segments.join("/")),
        };
        let rules: Vec<Rule> = self
            .report
            .tables(table, "rule")
            .into_iter()
            .filter_map(|table| self.group_rule(table, &inner, parts))
            .collect();
        let key = self.group_key(table, &rules, parts);
        Some(Group { target, key, rules })
    }

    /// A sub-rule; it goes no way that its group does not go.
    fn group_rule(&mut self, table: &Table, within: &Within, parts: &Parts) -> Option<Rule> {
        let mut rule = self.rule(table, within)?;
        rule.inward &= parts.ways.0;
        rule.outward &= parts.ways.1;
        Some(rule)
    }

    fn group_key(&mut self, table: &Table, rules: &[Rule], parts: &Parts) -> Vec<Vec<Box<str>>> {
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
        let mut key = Vec::new();
        for name in names {
            let segments: Vec<Box<str>> = name.split('.').map(Box::from).collect();
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

    fn when(
        &mut self,
        table: &Table,
        within: &Within,
        ways: (bool, bool),
    ) -> (Option<WhenIn>, Option<WhenOut>) {
        let Some(when) = self.report.table(table, "when") else {
            return (None, None);
        };
        self.report.known_keys(
            when,
            &[
                "source",
                "is",
                "is_not",
                "target",
                "value",
                "value_not",
                "present",
            ],
        );
        let span_of = |key| {
            when.get(key)
                .map_or_else(|| when.span.clone(), |item| item.span.clone())
        };
        let present = match when.get("present").map(|item| &item.value) {
            Some(Toml::Boolean(value)) => Some(*value),
            _ => None,
        };
        let source = self.report.text(when, "source").map(str::to_owned);
        let source = source.and_then(|text| {
            self.source(
                &text,
                &span_of("source"),
                !matches!(within, Within::Element),
            )
        });
        let when_in = source.and_then(|source| {
            if let Source::Column(index) = source {
                self.columns[index].inward = true;
            }
            let test = match (when.has("is"), when.has("is_not"), present) {
                (true, false, None) => TestIn::Is(self.report.texts(when, "is")),
                (false, true, None) => TestIn::IsNot(self.report.texts(when, "is_not")),
                (false, false, Some(present)) => TestIn::Present(present),
                _ => return None,
            };
            Some(WhenIn { source, test })
        });
        let target = self.report.text(when, "target").map(str::to_owned);
        let target =
            target.and_then(|text| self.target(&text, &span_of("target"), within, (false, true)));
        let when_out = target.and_then(|target| {
            let values = |key| {
                let value = when.get(key).and_then(crate::mapping::syntax::Item::json)?;
                Some(value.as_array().cloned().unwrap_or_else(|| vec![value]))
            };
            let test = match (values("value"), values("value_not"), present) {
                (Some(values), None, None) => TestOut::Value(values),
                (None, Some(values), None) => TestOut::Not(values),
                (None, None, Some(present)) => TestOut::Present(present),
                _ => return None,
            };
            Some(WhenOut { target, test })
        });
        if ways.0 && when_in.is_none() || ways.1 && when_out.is_none() {
            self.report.error(
                "M028",
                &when.span,
                ("Deze voorwaarde is niet in elke richting van de regel te beoordelen.", "This condition cannot be judged in every direction of the rule."),
                (
                    "Naar binnen: `source` met `is`, `is_not` of `present`; naar buiten: `target` met `value`, `value_not` of `present`.",
                    "Coming in: `source` with `is`, `is_not` or `present`; going out: `target` with `value`, `value_not` or `present`.",
                ),
            );
        }
        (when_in, when_out)
    }

    /// Notes what a rule writes, for the checks across rules.
    fn place(&mut self, parts: &Parts, within: &Within, act: &Act, conditional: bool) {
        let prefix = match within {
            Within::Element => String::new(),
            Within::Item { kind, path } => format!("{kind}/{path}/"),
        };
        let path = parts.target.as_ref().map(|target| match target.owner {
            Owner::Record(kind) => format!("{kind}{}", target.pointer),
            Owner::Envelope => format!("bericht{}", target.pointer),
            Owner::Item(_) => format!("{prefix}{}", target.segments.join("/")),
        });
        let here = parts.source == Source::Here;
        let (group, list) = match act {
            Act::Group(_) => (true, false),
            Act::Field(field) => (false, field.many != Many::One),
            _ => (false, false),
        };
        let item = matches!(within, Within::Item { .. });
        let sets = matches!(act, Act::Set(..));
        self.placed.push(Placed {
            span: parts.span.clone(),
            inward: parts.ways.0,
            outward: parts.ways.1 && !sets,
            conditional,
            required: parts.required
                || matches!(act, Act::Set(..))
                || matches!(act, Act::Field(field) if field.default.is_some()),
            // Within groups that share a list (`source = "."`) the same attribute is written once per group.
            target: path.filter(|_| !item),
            shares: group && here || list && !parts.ways.1,
            source: parts
                .source_text
                .clone()
                .filter(|text| text != "." && !item),
        });
    }
}
