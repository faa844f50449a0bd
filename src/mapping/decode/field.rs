use crate::canonical::ValueState;
use crate::document::Node;
use crate::document::Place;
use crate::document::Severity;
use crate::document::Value;
use crate::mapping::Spot;
use crate::mapping::codec::Cell;
use crate::mapping::codec::Codec;
use crate::mapping::codec::Note;
use crate::mapping::codec::Taken;
use crate::mapping::codec::UNKNOWN;
use crate::mapping::codec::note;
use crate::mapping::decode::Reader;
use crate::mapping::decode::element::Dest;
use crate::mapping::decode::element::Draft;
use crate::mapping::decode::element::OTHERWISE;
use crate::mapping::decode::element::pointer;
use crate::mapping::decode::reading::Reading;
use crate::mapping::decode::reading::word;
use crate::mapping::decode::scope::Found;
use crate::mapping::decode::scope::Scope;
use crate::mapping::letters::clean;
use crate::mapping::letters::is_all_plain;
use crate::mapping::letters::plain;
use crate::mapping::letters::trimmed;
use crate::mapping::plan::Act;
use crate::mapping::plan::Beside;
use crate::mapping::plan::Field;
use crate::mapping::plan::Many;
use crate::mapping::plan::Owner;
use crate::mapping::plan::Rule;
use crate::mapping::plan::Source;
use serde_json::Value as Json;

pub(super) const MISSING: Note = note!(
    "waarde.verplicht",
    "Deze waarde is verplicht. Vul haar in het bronsysteem in en stuur dit element opnieuw.",
    "This value is required. Fill it in in the source system and send this element again.",
);
pub(super) const TWICE: Note = note!(
    "waarde.meermalen",
    "Dit staat er meer dan een keer; er mag er een zijn.",
    "This is here more than once; there may be one.",
);
const KEPT: Note = note!(
    "waarde.bewaard",
    "Deze waarde kon niet worden vertaald; zij is onvertaald bewaard en wordt niet doorgegeven.",
    "This value could not be translated; it is kept as it is and not passed on.",
);
const DEFAULT: Note = note!(
    "waarde.standaard",
    "Er staat geen waarde; de standaardwaarde van de mapping is gebruikt.",
    "There is no value; the mapping's default was used.",
);

const REPLACED: Note = note!(
    "waarde.standaard",
    "De standaardwaarde van de mapping is gebruikt in plaats van deze code.",
    "The mapping's default was used instead of this code.",
);

/// The text of a node, where there is nothing else to see in it: it is plain, and its field has no indicator, no
/// placeholders and no zeros to look for. So are nearly all values.
fn simple<'a>(field: &Field, node: &'a Node) -> Option<&'a str> {
    let Value::Text(text) = &node.value else {
        return None;
    };
    let alone = field.indicator.is_none() && field.words.is_empty() && !field.zeros;
    let says = alone && is_all_plain(text) && !trimmed(text).is_empty();
    says.then_some(&**text)
}

impl Reader<'_> {
    pub(super) fn rule(&self, rule: &Rule, scope: Scope<'_>, dest: &mut Dest, draft: &mut Draft) {
        if !Self::holds(rule, scope) {
            return Self::leave(rule, scope, draft);
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
            Act::Spread(spread) => self.spread(rule, spread, scope, dest, draft),
            Act::Constant(expected) => Self::constant(rule, expected, scope, draft),
            Act::Group(group) => self.group(rule, group, scope, dest, draft),
            Act::Set(..) => {}
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
            Found::Nothing => return Self::without(rule, field, None, scope, dest, draft),
            Found::Twice(node) => {
                let place = scope.place(&rule.source, Some(node), None);
                return draft.refuse(dest, &field.target, TWICE, place);
            }
            Found::One(node) => node,
        };
        if let Some(text) = simple(field, node) {
            let taken = Self::decoded(field, Cell::Text(text), None);
            return Self::said(rule, field, taken, node, scope, dest, draft);
        }
        let (reading, remark) = self.whole(field, node);
        if let Some(remark) = remark {
            let place = scope.place(&rule.source, Some(node), None);
            draft.note(remark, place, Severity::Remark);
        }
        let shown = match reading {
            Reading::Empty => return Self::without(rule, field, Some(node), scope, dest, draft),
            Reading::State(state) => {
                let place = scope.place(&rule.source, Some(node), None);
                return Self::state(rule, field, state, place, dest, draft);
            }
            Reading::Cell(shown) => shown,
            Reading::Wrong(why) => {
                let place = scope.place(&rule.source, Some(node), None);
                return Self::bad(rule, field, why, place, node, dest, draft);
            }
        };
        let beside = match field.indicator.as_deref() {
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
        let beside = match beside.and_then(Node::as_text).map(clean) {
            None => None,
            Some(Ok((text, remark))) => {
                if let Some(remark) = remark {
                    let place = scope.place(&rule.source, Some(node), None);
                    draft.note(remark, place, Severity::Remark);
                }
                Some(text)
            }
            Some(Err(why)) => {
                let place = scope.place(&rule.source, Some(node), None);
                return Self::bad(rule, field, why, place, node, dest, draft);
            }
        };
        let taken = Self::decoded(field, shown.cell(), beside.as_deref());
        Self::said(rule, field, taken, node, scope, dest, draft);
    }

    /// What a codec said of the value that a rule is about.
    fn said(
        rule: &Rule,
        field: &Field,
        taken: Result<Taken, Note>,
        node: &Node,
        scope: Scope<'_>,
        dest: &mut Dest,
        draft: &mut Draft,
    ) {
        match taken {
            Err(why) => {
                let place = scope.place(&rule.source, Some(node), None);
                Self::bad(rule, field, why, place, node, dest, draft);
            }
            Ok(taken) => {
                let at = (&rule.source, node);
                Self::taken(rule, field, taken, at, scope, dest, draft);
            }
        }
    }

    /// What the codec of a field makes of a value. What is kept where it cannot be read has to fit in the shared model
    /// too: a code of another list is no code of this one.
    pub(super) fn decoded(
        field: &Field,
        cell: Cell<'_>,
        beside: Option<&str>,
    ) -> Result<Taken, Note> {
        let taken = field.codec.decode(cell, beside)?;
        let limits = field.limits.as_ref();
        let wrong = limits.and_then(|limits| limits.wrong(taken.value.as_ref().ok()?));
        wrong.map_or(Ok(taken), |wrong| {
            Err(Note::with(wrong.code, wrong.sentence.nl, wrong.sentence.en))
        })
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
        let spot = || scope.spot(source, Some(node));
        if let Some(remark) = taken.remark {
            draft.note(remark, spot().place(), Severity::Remark);
        }
        match taken.value {
            Err(state) => {
                let place = scope.place(&rule.source, Some(node), None);
                Self::state(rule, field, state, place, dest, draft);
            }
            Ok(value) if field.target.owner == Owner::Envelope => {
                envelope(field, &value, spot().place(), draft);
            }
            Ok(value) => {
                let keep = field.keep && !rule.required;
                draft.say(dest, (&field.target, value), &rule.name, keep, spot);
            }
        }
    }

    /// There is nothing, beside an indicator perhaps that says that nothing is known.
    fn without(
        rule: &Rule,
        field: &Field,
        node: Option<&Node>,
        scope: Scope<'_>,
        dest: &mut Dest,
        draft: &mut Draft,
    ) {
        let beside = match (field.indicator.as_deref(), &field.codec) {
            (Some(Beside::Attribute(name)), Codec::PartialDate(codec)) => {
                let mark = node.and_then(|node| node.get(name)).zip(node);
                mark.map(|(mark, node)| (codec, mark, node, &rule.source))
            }
            (Some(Beside::Sibling(source)), Codec::PartialDate(codec)) => {
                match scope.find(source) {
                    Found::One(mark) => Some(match node {
                        Some(node) => (codec, mark, node, &rule.source),
                        None => (codec, mark, mark, source),
                    }),
                    Found::Nothing | Found::Twice(_) => None,
                }
            }
            _ => None,
        };
        let Some((codec, mark, at, source)) = beside else {
            return Self::absent_at(rule, field, node, scope, dest, draft);
        };
        let mark = mark.as_text().map(clean).and_then(Result::ok);
        let place = || scope.place(source, Some(at), None);
        match codec.without(mark.as_ref().map_or("", |(text, _)| text)) {
            Ok(Some(state)) => {
                Self::state(rule, field, state, place(), dest, draft);
            }
            Ok(None) => Self::absent_at(rule, field, node, scope, dest, draft),
            Err(why) => {
                draft.note(why, place(), Severity::Remark);
                Self::absent_at(rule, field, node, scope, dest, draft);
            }
        }
    }

    /// There is nothing: the state that emptiness means, the default, a fault, or silence.
    pub(super) fn absent(
        rule: &Rule,
        field: &Field,
        scope: Scope<'_>,
        dest: &mut Dest,
        draft: &mut Draft,
    ) {
        if field.default.is_none() && field.empty.is_none() && !rule.required {
            return;
        }
        let node = match scope.find(&rule.source) {
            Found::One(node) => Some(node),
            _ => None,
        };
        Self::absent_at(rule, field, node, scope, dest, draft);
    }

    /// The same, where what stands at its place was looked for already.
    pub(super) fn absent_at(
        rule: &Rule,
        field: &Field,
        node: Option<&Node>,
        scope: Scope<'_>,
        dest: &mut Dest,
        draft: &mut Draft,
    ) {
        if let Some(default) = &field.default {
            if !draft.assume(dest, &field.target, Json::clone(default)) {
                return;
            }
            draft.set(dest, &field.target, &rule.name, || {
                scope.spot(&rule.source, node)
            });
            draft.note(
                DEFAULT,
                scope.place(&rule.source, node, None),
                Severity::Remark,
            );
        } else if rule.required {
            let place = scope.place(&rule.source, node, None);
            draft.refuse(dest, &field.target, MISSING, place);
        } else if let (Some(state), Some(node)) = (field.empty, node) {
            let place = scope.place(&rule.source, Some(node), None);
            Self::state(rule, field, state, place, dest, draft);
        }
    }

    pub(super) fn state(
        rule: &Rule,
        field: &Field,
        state: ValueState,
        place: Place,
        dest: &mut Dest,
        draft: &mut Draft,
    ) {
        if rule.required {
            draft.refuse(dest, &field.target, MISSING, place);
        } else if let Some(at) = pointer(dest, &field.target) {
            draft.set(dest, &field.target, &rule.name, || Spot::made(place));
            dest.speak();
            draft.state(at, state);
        }
    }

    /// A value that could not be read: refused, or, where the rule says so, kept untranslated or replaced by the default.
    #[cold]
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
        if let Some(default) = field.default.as_ref()
            && field.replace
            && why.code == UNKNOWN
        {
            draft.note(why, place.clone(), Severity::Remark);
            draft.note(REPLACED, place.clone(), Severity::Remark);
            let value = (&field.target, Json::clone(default));
            return draft.say(dest, value, &rule.name, true, || Spot::made(place));
        }
        let Some(raw) = raw.filter(|_| field.keep && !rule.required) else {
            return draft.refuse(dest, &field.target, why, place);
        };
        draft.note(why, place.clone(), Severity::Remark);
        let kept = pointer(dest, &field.target).and_then(|(kind, at)| draft.kept(kind, &at));
        if kept.is_some_and(|kept| kept != raw) {
            return draft.note(OTHERWISE, place, Severity::Remark);
        }
        draft.note(KEPT, place.clone(), Severity::Remark);
        if let Some(at) = pointer(dest, &field.target) {
            draft.set(dest, &field.target, &rule.name, || Spot::made(place));
            dest.speak();
            draft.raw(at, raw);
        }
    }

    fn constant(rule: &Rule, expected: &str, scope: Scope<'_>, draft: &mut Draft) {
        let (node, matches) = match scope.find(&rule.source) {
            Found::Nothing => (None, !rule.required),
            Found::Twice(node) => (Some(node), false),
            Found::One(node) => {
                let text = word(node);
                (
                    Some(node),
                    text.map_or(!rule.required, |text| {
                        plain(text).trim() == &*plain(expected)
                    }),
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
        Some("aflevering") => draft.envelope.delivery = Some((text.to_owned(), place)),
        Some("afzender") => draft.envelope.sender = Some((text.to_owned(), place)),
        _ => {}
    }
}
