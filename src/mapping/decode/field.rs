use crate::canonical::ValueState;
use crate::document::Format;
use crate::document::Node;
use crate::document::Place;
use crate::document::Severity;
use crate::document::Value;
use crate::mapping::codec::Cell;
use crate::mapping::codec::Note;
use crate::mapping::codec::Taken;
use crate::mapping::decode::Reader;
use crate::mapping::decode::element::Dest;
use crate::mapping::decode::element::Draft;
use crate::mapping::decode::scope::Found;
use crate::mapping::decode::scope::Scope;
use crate::mapping::fixed::without_zeros;
use crate::mapping::plan::Act;
use crate::mapping::plan::Beside;
use crate::mapping::plan::Field;
use crate::mapping::plan::Many;
use crate::mapping::plan::Owner;
use crate::mapping::plan::Rule;
use crate::mapping::plan::Source;
use crate::mapping::plan::TestIn;
use serde_json::Value as Json;

/// The namespace of `xsi:nil`.
const XSI_NIL: &str = "@{http://www.w3.org/2001/XMLSchema-instance}nil";

/// What a node says before any codec has looked.
pub(super) enum Reading<'a> {
    /// Nothing: an empty text, cell or `null`.
    Empty,
    State(ValueState),
    Cell(Cell<'a>),
    Wrong(Note),
}

const STRUCTURE: Note = Note::of(
    "waarde.vorm",
    "Hier staat een samengestelde waarde waar een enkele waarde hoort.",
    "There is a structure where a single value belongs.",
);
const UNREADABLE: Note = Note::of(
    "waarde.onleesbaar",
    "Deze cel heeft geen leesbare waarde (een formule zonder uitkomst of een foutwaarde).",
    "This cell has no readable value (a formula without result, or an error value).",
);
const UNKNOWN_STATE: Note = Note::of(
    "status.onbekend",
    "De reden waarom er geen waarde is (noValue) is onbekend.",
    "The reason why there is no value (noValue) is unknown.",
);
pub(super) const MISSING: Note = Note::of(
    "waarde.verplicht",
    "Deze waarde is verplicht.",
    "This value is required.",
);
pub(super) const TWICE: Note = Note::of(
    "waarde.meermalen",
    "Dit staat er meer dan een keer; er mag er een zijn.",
    "This is here more than once; there may be one.",
);
const KEPT: Note = Note::of(
    "waarde.bewaard",
    "Deze waarde kon niet worden vertaald; zij is onvertaald bewaard en wordt niet doorgegeven.",
    "This value could not be translated; it is kept as it is and not passed on.",
);
const DEFAULT: Note = Note::of(
    "waarde.standaard",
    "Er staat geen waarde; de standaardwaarde van de mapping is gebruikt.",
    "There is no value; the mapping's default was used.",
);

impl Reader<'_> {
    pub(super) fn rule(&self, rule: &Rule, scope: Scope<'_>, dest: &mut Dest, draft: &mut Draft) {
        if !Self::holds(rule, scope) {
            return;
        }
        match &rule.act {
            Act::Field(field) => match (&field.many, &field.parts) {
                (Many::One, None) => self.single(rule, field, scope, dest, draft),
                (Many::One, Some(parts)) => self.several(rule, field, parts, scope, dest, draft),
                (Many::Occurrences, _) => self.occurrences(rule, field, scope, dest, draft),
                (Many::Separated(separator), _) => {
                    self.separated(rule, field, separator, scope, dest, draft);
                }
            },
            Act::Constant(expected) => Self::constant(rule, expected, scope, draft),
            Act::Group(group) => self.group(rule, group, scope, dest, draft),
            Act::Set(..) => {}
        }
    }

    /// Whether a rule's condition holds.
    pub(super) fn holds(rule: &Rule, scope: Scope<'_>) -> bool {
        let Some(when) = &rule.when_in else {
            return true;
        };
        let text = match scope.find(&when.source) {
            Found::One(node) => match &node.value {
                Value::Bool(value) => Some(if *value { "true" } else { "false" }),
                Value::List(items) if !items.is_empty() => Some("[]"),
                Value::Map(_) if node.as_text().is_none() && node.get(XSI_NIL).is_none() => {
                    Some("{}")
                }
                _ => node.as_text().map(str::trim),
            },
            Found::Nothing | Found::Twice(_) => None,
        };
        let text = text.filter(|text| !text.is_empty());
        let among =
            |words: &[String]| text.is_some_and(|text| words.iter().any(|word| word == text));
        match &when.test {
            TestIn::Is(words) => among(words),
            TestIn::IsNot(words) => !among(words),
            TestIn::Present(present) => text.is_some() == *present,
        }
    }

    fn single(
        &self,
        rule: &Rule,
        field: &Field,
        scope: Scope<'_>,
        dest: &mut Dest,
        draft: &mut Draft,
    ) {
        let node = match scope.find(&rule.source) {
            Found::Nothing => return Self::absent(rule, field, scope, dest, draft),
            Found::Twice(node) => {
                return draft.note(
                    TWICE,
                    scope.place(&rule.source, Some(node), None),
                    Severity::Refused,
                );
            }
            Found::One(node) => node,
        };
        let cell = match self.reading(field, node) {
            Reading::Empty => return Self::absent(rule, field, scope, dest, draft),
            Reading::State(state) => {
                return Self::state(rule, field, state, node, scope, dest, draft);
            }
            Reading::Cell(cell) => cell,
            Reading::Wrong(why) => {
                let place = scope.place(&rule.source, Some(node), None);
                return Self::bad(rule, field, why, place, node, dest, draft);
            }
        };
        let beside = match &field.indicator {
            None => None,
            Some(Beside::Attribute(name)) => node.get(name),
            Some(Beside::Sibling(source)) => match scope.find(source) {
                Found::Nothing => None,
                Found::One(node) => Some(node),
                Found::Twice(node) => {
                    let place = scope.place(source, Some(node), None);
                    return Self::bad(rule, field, TWICE, place, node, dest, draft);
                }
            },
        };
        let at = (&rule.source, node);
        match field.codec.decode(cell, beside.and_then(Node::as_text)) {
            Err(why) => {
                let place = scope.place(&rule.source, Some(node), None);
                Self::bad(rule, field, why, place, node, dest, draft);
            }
            Ok(taken) => Self::taken(rule, field, taken, at, scope, dest, draft),
        }
    }

    /// What a codec made of a value that stands somewhere.
    pub(super) fn taken(
        rule: &Rule,
        field: &Field,
        taken: Taken,
        (source, node): (&Source, &Node),
        scope: Scope<'_>,
        dest: &mut Dest,
        draft: &mut Draft,
    ) {
        let place = || scope.place(source, Some(node), None);
        if let Some(remark) = taken.remark {
            draft.note(remark, place(), Severity::Remark);
        }
        match taken.value {
            Err(state) => Self::state(rule, field, state, node, scope, dest, draft),
            Ok(value) if field.target.owner == Owner::Envelope => {
                envelope(field, &value, place(), draft);
            }
            Ok(value) => {
                draft.set(dest, &field.target, &rule.name, place);
                dest.put(draft, &field.target, value);
            }
        }
    }

    /// What a node says: a state from `xsi:nil` or a placeholder, nothing, or a cell for the codec.
    pub(super) fn reading<'a>(&self, field: &Field, node: &'a Node) -> Reading<'a> {
        let cell = match &node.value {
            Value::Null => return Reading::Empty,
            Value::Bool(value) => Cell::Bool(*value),
            Value::Number(text) => Cell::Number(text),
            Value::Text(text) => Cell::Text(text),
            Value::Unreadable(_) => return Reading::Wrong(UNREADABLE),
            Value::List(_) => return Reading::Wrong(STRUCTURE),
            Value::Map(_) if self.plan.format != Format::Xml => return Reading::Wrong(STRUCTURE),
            Value::Map(parts) => {
                if let Some(reading) = self.nil(node) {
                    return reading;
                }
                if parts
                    .iter()
                    .any(|(name, _)| !name.starts_with('@') && &**name != "#text")
                {
                    return Reading::Wrong(STRUCTURE);
                }
                Cell::Text(node.as_text().unwrap_or_default())
            }
        };
        let text = cell.text().trim();
        if let Some((_, state)) = field
            .placeholders
            .iter()
            .find(|(placeholder, _)| &**placeholder == text)
        {
            return Reading::State(*state);
        }
        if text.is_empty() {
            Reading::Empty
        } else if field.zeros {
            Reading::Cell(Cell::Text(without_zeros(text)))
        } else {
            Reading::Cell(cell)
        }
    }

    /// The state of an element with `xsi:nil`.
    fn nil<'a>(&self, node: &Node) -> Option<Reading<'a>> {
        let nil = node.get(XSI_NIL)?.as_text()?.trim();
        if !matches!(nil, "true" | "1") {
            return None;
        }
        let name = self
            .plan
            .nil
            .as_ref()
            .and_then(|name| node.get(name))
            .and_then(Node::as_text);
        Some(match name.map(|name| ValueState::parse(name.trim())) {
            None => Reading::State(ValueState::GeenWaarde),
            Some(Some(state)) => Reading::State(state),
            Some(None) => Reading::Wrong(UNKNOWN_STATE),
        })
    }

    /// There is nothing: the state that emptiness means, the default, a fault, or silence.
    pub(super) fn absent(
        rule: &Rule,
        field: &Field,
        scope: Scope<'_>,
        dest: &mut Dest,
        draft: &mut Draft,
    ) {
        let node = match scope.find(&rule.source) {
            Found::One(node) => Some(node),
            _ => None,
        };
        if let Some(default) = &field.default {
            draft.set(dest, &field.target, &rule.name, || {
                scope.place(&rule.source, node, None)
            });
            draft.note(
                DEFAULT,
                scope.place(&rule.source, node, None),
                Severity::Remark,
            );
            dest.put(draft, &field.target, default.clone());
        } else if rule.required {
            draft.note(
                MISSING,
                scope.place(&rule.source, node, None),
                Severity::Refused,
            );
        } else if let (Some(state), Some(node)) = (field.empty, node) {
            Self::state(rule, field, state, node, scope, dest, draft);
        }
    }

    pub(super) fn state(
        rule: &Rule,
        field: &Field,
        state: ValueState,
        node: &Node,
        scope: Scope<'_>,
        dest: &mut Dest,
        draft: &mut Draft,
    ) {
        if rule.required {
            draft.note(
                MISSING,
                scope.place(&rule.source, Some(node), None),
                Severity::Refused,
            );
        } else if let Some(at) = draft.set(dest, &field.target, &rule.name, || {
            scope.place(&rule.source, Some(node), None)
        }) {
            dest.speak();
            draft.state(at, state);
        }
    }

    /// A value that could not be read: refused, or kept untranslated where the rule says so.
    pub(super) fn bad(
        rule: &Rule,
        field: &Field,
        why: Note,
        place: Place,
        node: &Node,
        dest: &mut Dest,
        draft: &mut Draft,
    ) {
        let raw = match &node.value {
            Value::Bool(value) => Some(if *value { "true" } else { "false" }),
            _ => node.as_text(),
        };
        Self::kept(rule, field, why, place, raw, dest, draft);
    }

    /// The same, with what is kept.
    pub(super) fn kept(
        rule: &Rule,
        field: &Field,
        why: Note,
        place: Place,
        raw: Option<&str>,
        dest: &mut Dest,
        draft: &mut Draft,
    ) {
        let Some(raw) = raw.filter(|_| field.keep && !rule.required) else {
            return draft.note(why, place, Severity::Refused);
        };
        draft.note(why, place.clone(), Severity::Remark);
        draft.note(KEPT, place.clone(), Severity::Remark);
        if let Some(at) = draft.set(dest, &field.target, &rule.name, || place) {
            dest.speak();
            draft.raw(at, raw);
        }
    }

    fn constant(rule: &Rule, expected: &str, scope: Scope<'_>, draft: &mut Draft) {
        let (node, matches) = match scope.find(&rule.source) {
            Found::Nothing => (None, !rule.required),
            Found::Twice(node) => (Some(node), false),
            Found::One(node) => {
                let text = match &node.value {
                    Value::Bool(true) => Some("true"),
                    Value::Bool(false) => Some("false"),
                    _ => node.as_text(),
                };
                (
                    Some(node),
                    text.map_or(!rule.required, |text| text.trim() == expected),
                )
            }
        };
        if !matches {
            let why = Note::with(
                "waarde.constante",
                format!("Hier moet `{expected}` staan."),
                format!("This must be `{expected}`."),
            );
            draft.note(
                why,
                scope.place(&rule.source, node, None),
                Severity::Refused,
            );
        }
    }
}

/// A value of the envelope.
fn envelope(field: &Field, value: &Json, place: Place, draft: &mut Draft) {
    let Some(text) = value.as_str() else {
        return;
    };
    match field.target.segments.first().map(|name| &**name) {
        Some("referentie") => draft.envelope.reference = Some(text.to_owned()),
        Some("verzonden") => draft.envelope.sent_at = text.parse().ok(),
        Some("afzender") => draft.envelope.sender = Some((text.to_owned(), place)),
        _ => {}
    }
}
