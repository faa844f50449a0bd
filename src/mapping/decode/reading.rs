use crate::canonical::ValueState;
use crate::document::Format;
use crate::document::Measure;
use crate::document::NO_DIGITS;
use crate::document::NO_LETTER;
use crate::document::NO_TEXT;
use crate::document::Node;
use crate::document::Value;
use crate::mapping::codec::Cell;
use crate::mapping::codec::Note;
use crate::mapping::codec::note;
use crate::mapping::decode::Reader;
use crate::mapping::fixed::without_zeros;
use crate::mapping::letters::CONTROL;
use crate::mapping::letters::clean;
use crate::mapping::letters::trimmed;
use crate::mapping::plan::Field;
use std::borrow::Cow;

/// The namespace of `xsi:nil`.
pub(crate) const XSI_NIL: &str = "@{http://www.w3.org/2001/XMLSchema-instance}nil";

/// What a condition or constant sees where there is something else than a text: present, and equal to nothing.
pub(super) const NO_WORD: &str = "\0";

/// What a node says before any codec has looked.
pub(super) enum Reading<'a> {
    /// Nothing: an empty text, cell or `null`.
    Empty,
    State(ValueState),
    Cell(Shown<'a>),
    Wrong(Note),
}

/// What stands there, as a codec gets it.
pub(super) enum Shown<'a> {
    Text(Cow<'a, str>),
    Number(&'a str),
    Bool(bool),
    Measure(Measure, &'a str),
}

impl Shown<'_> {
    pub(super) fn cell(&self) -> Cell<'_> {
        match self {
            Self::Text(text) => Cell::Text(text),
            Self::Number(text) => Cell::Number(text),
            Self::Bool(value) => Cell::Bool(*value),
            Self::Measure(measure, text) => Cell::Measure(*measure, text),
        }
    }
}

const STRUCTURE: Note = note!(
    "waarde.vorm",
    "Hier staat een samengestelde waarde waar een enkele waarde hoort.",
    "There is a structure where a single value belongs.",
);
const UNREADABLE: Note = note!(
    "waarde.onleesbaar",
    "Deze cel heeft geen leesbare waarde (een formule zonder uitkomst of een foutwaarde).",
    "This cell has no readable value (a formula without result, or an error value).",
);
const MOMENT: Note = note!(
    "cel.datum",
    "Het rekenblad heeft van deze cel een datum of tijd gemaakt; wat er getypt is staat er niet meer. Maak de cel op als tekst en vul de waarde opnieuw in.",
    "The spreadsheet made a date or time of this cell; what was typed is no longer there. Format the cell as text and fill in the value again.",
);
const PERCENT: Note = note!(
    "cel.procent",
    "Het rekenblad toont deze cel als percentage: er staat 60% waar de cel zelf 0,6 heeft, en wat hier telt is geen percentage. Maak de cel op als tekst of getal en vul de waarde opnieuw in.",
    "The spreadsheet shows this cell as a percentage: it says 60% where the cell itself has 0.6, and what counts here is no percentage. Format the cell as text or number and fill in the value again.",
);
const SPAN: Note = note!(
    "cel.duur",
    "Het rekenblad toont deze cel als een duur in uren, en bewaart haar als deel van een dag; wat hier telt zijn geen uren. Maak de cel op als tekst en vul de waarde opnieuw in.",
    "The spreadsheet shows this cell as a length of time in hours, and keeps it as part of a day; what counts here is no hours. Format the cell as text and fill in the value again.",
);
const TOO_LONG: Note = note!(
    "getal.cijfers",
    "Dit getal heeft meer cijfers dan de 15 die een werkmap bewaart: de laatste zijn verloren. Maak de cel op als tekst en typ het opnieuw.",
    "This number has more digits than the 15 that a workbook keeps: the last are lost. Format the cell as text and type it again.",
);
const BYTES: Note = note!(
    "waarde.tekenset",
    "Hier staan bytes die in de afgesproken tekenset geen letter zijn. Sla het bestand op in die tekenset en stuur deze regel opnieuw.",
    "There are bytes here that are no letter in the agreed encoding. Save the file in that encoding and send this row again.",
);
const NO_NIL: Note = note!(
    "status.onbekend",
    "De waarde van xsi:nil is niet true, false, 1 of 0.",
    "The value of xsi:nil is not true, false, 1 or 0.",
);
const BESIDE_STATE: Note = note!(
    "waarde.tegenstrijdig",
    "Hier staat een waarde, en ook dat er geen is (xsi:nil of noValue). Stuur een van beide.",
    "There is a value here, and also that there is none (xsi:nil or noValue). Send one of the two.",
);
const WITHOUT_NIL: Note = note!(
    "status.zonderNil",
    "Waarom er geen waarde is (noValue) staat hier zonder xsi:nil=\"true\"; gelezen alsof dat er staat.",
    "Why there is no value (noValue) is said here without xsi:nil=\"true\"; read as if that were there.",
);
const WITHOUT_REASON: Note = note!(
    "status.zonderReden",
    "Hier staat dat er geen waarde is (xsi:nil) en niet waarom; gelezen als waardeOnbekend.",
    "This says that there is no value (xsi:nil) and not why; read as waardeOnbekend.",
);
const UNKNOWN_STATE: Note = note!(
    "status.onbekend",
    "De reden waarom er geen waarde is (noValue) is onbekend.",
    "The reason why there is no value (noValue) is unknown.",
);

impl Reader<'_> {
    /// What a node says that is a value by itself, not a part of one. A share or a length of time is read by what counts
    /// these, whatever number the file writes elsewhere.
    pub(super) fn whole<'a>(&self, field: &Field, node: &'a Node) -> (Reading<'a>, Option<Note>) {
        match &node.value {
            Value::Measure(measure, text) if field.codec.counts(*measure) => {
                (Reading::Cell(Shown::Measure(*measure, text)), None)
            }
            _ => self.reading(field, node),
        }
    }

    /// What a node says: a state from `xsi:nil` or a placeholder, nothing, or a cell for the codec; and what its sender
    /// should know of it whatever it says.
    pub(super) fn reading<'a>(&self, field: &Field, node: &'a Node) -> (Reading<'a>, Option<Note>) {
        let wrong = |why| (Reading::Wrong(why), None);
        let text = match &node.value {
            Value::Null => return (Reading::Empty, None),
            Value::Bool(value) => return (Self::shown(field, Shown::Bool(*value)), None),
            Value::Number(text) => return (Self::shown(field, Shown::Number(text)), None),
            Value::Moment(text) if field.codec.reads_moments() => {
                return (Self::shown(field, Shown::Number(text)), None);
            }
            Value::Moment(_) => return wrong(MOMENT),
            // hours within a day may be a clock time, whatever the cell shows
            Value::Measure(Measure::Span, text) if field.codec.is_clock() => {
                return (Self::shown(field, Shown::Number(text)), None);
            }
            Value::Measure(Measure::Span, _) => return wrong(SPAN),
            Value::Measure(Measure::Percent, _) => return wrong(PERCENT),
            Value::Text(text) => &**text,
            Value::Unreadable(reason) => return wrong(unreadable(reason)),
            Value::List(_) => return wrong(STRUCTURE),
            Value::Map(_) if self.plan.format != Format::Xml => return wrong(STRUCTURE),
            Value::Map(parts) => {
                let is_part = |name: &str| !name.starts_with('@') && name != "#text";
                let has_parts = parts.iter().any(|(name, _)| is_part(name));
                if let Some(reading) = self.nil(field, node, has_parts) {
                    return reading;
                }
                if has_parts {
                    return wrong(STRUCTURE);
                }
                node.as_text().unwrap_or_default()
            }
        };
        match clean(text) {
            Ok((text, remark)) => (Self::shown(field, Shown::Text(text)), remark),
            Err(why) => wrong(why),
        }
    }

    /// What a value is to a field: a state where it is a placeholder, nothing where it is blank.
    fn shown<'a>(field: &Field, shown: Shown<'a>) -> Reading<'a> {
        let cell = shown.cell();
        let text = trimmed(cell.text());
        // a field has as many words as placeholders
        let placeholder = field.words.iter().position(|word| **word == *text);
        if let Some((_, state)) = placeholder.and_then(|index| field.placeholders.get(index)) {
            return Reading::State(*state);
        }
        if text.is_empty() {
            Reading::Empty
        } else if field.zeros {
            Reading::Cell(Shown::Text(without_zeros(text).to_owned().into()))
        } else {
            Reading::Cell(shown)
        }
    }

    /// The state of an element with `xsi:nil`, or with what names the state alone.
    fn nil<'a>(
        &self,
        field: &Field,
        node: &Node,
        has_parts: bool,
    ) -> Option<(Reading<'a>, Option<Note>)> {
        let text = |name| node.get(name).and_then(Node::as_text).map(str::trim);
        let wrong = |why| Some((Reading::Wrong(why), None));
        let is_nil = match text(XSI_NIL) {
            None | Some("false" | "0" | "") => false,
            Some("true" | "1") => true,
            Some(_) => return wrong(NO_NIL),
        };
        let name = self.plan.nil.as_ref().and_then(|name| text(name));
        if !is_nil && name.is_none_or(str::is_empty) {
            return None;
        }
        if has_parts || node.as_text().is_some_and(|text| !text.trim().is_empty()) {
            return wrong(BESIDE_STATE);
        }
        // a reason is never made up: that an element is empty means what the rule says of it, or else that nothing is known
        let reason = name.filter(|name| !name.is_empty());
        match reason.map(ValueState::parse) {
            None => Some(match field.empty {
                Some(state) => (Reading::State(state), None),
                None => (
                    Reading::State(ValueState::WaardeOnbekend),
                    Some(WITHOUT_REASON),
                ),
            }),
            Some(Some(state)) => Some((Reading::State(state), (!is_nil).then_some(WITHOUT_NIL))),
            Some(None) => wrong(UNKNOWN_STATE),
        }
    }
}

/// What a condition or constant compares: a text, or what is equal to none where there is something else.
pub(super) fn word(node: &Node) -> Option<&str> {
    match &node.value {
        Value::Bool(value) => Some(if *value { "true" } else { "false" }),
        Value::Unreadable(_) | Value::Moment(_) | Value::Measure(..) => Some(NO_WORD),
        Value::List(items) => (!items.is_empty()).then_some(NO_WORD),
        Value::Map(parts) => {
            let is_part = |name: &str| !name.starts_with('@') && name != "#text";
            if parts.iter().any(|(name, _)| is_part(name)) {
                return Some(NO_WORD);
            }
            node.as_text()
        }
        _ => node.as_text(),
    }
}

/// What makes a cell or line unreadable.
pub(super) fn unreadable(why: &str) -> Note {
    match why {
        NO_LETTER => BYTES,
        NO_TEXT => CONTROL,
        NO_DIGITS => TOO_LONG,
        _ => UNREADABLE,
    }
}
