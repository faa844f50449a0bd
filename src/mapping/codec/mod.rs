//! Codecs: how one value is written, with its inverse.
//!
//! A codec takes a [`Cell`] (what stands in the file) to a canonical value and back. It never guesses: what it cannot
//! read it refuses with a [`Note`], which holds no value. The language's reference, `mappings/README.md` section 5,
//! lists them with examples; the tests of each file here are those examples.

mod choice;
mod date;
mod digits;
mod identity;
mod number;
mod partial_date;
mod register;
mod text;
mod time;
mod timestamp;

pub(crate) use choice::BooleanCodec;
pub(crate) use choice::TableCodec;
pub(crate) use choice::UNKNOWN;
pub(crate) use date::DateCodec;
pub(crate) use date::DateForm;
pub(crate) use date::Serials;
pub(crate) use number::DecimalCodec;
pub(crate) use number::IntegerCodec;
pub(crate) use number::UNITS;
pub(crate) use number::Unit;
pub(crate) use partial_date::Marks;
pub(crate) use partial_date::PartialDateCodec;
pub(crate) use register::Register;
pub(crate) use text::Case;
pub(crate) use text::Codes;
pub(crate) use text::Only;
pub(crate) use text::TextCodec;
pub(crate) use time::ClockCodec;
pub(crate) use time::ClockForm;
pub(crate) use timestamp::TimestampCodec;
pub(crate) use timestamp::TimestampForm;
pub(crate) use timestamp::is_rfc3339;

use crate::canonical::ValueState;
use crate::document::Fault;
use crate::document::Measure;
use crate::document::Place;
use crate::document::Sentence;
use crate::document::Severity;
use crate::schema::Counts;
use serde_json::Value as Json;
use std::borrow::Cow;
use std::ops::Deref;

/// What stands in a file at one place.
#[derive(Clone, Copy)]
pub(crate) enum Cell<'a> {
    /// Text, or anything of a format that knows text only.
    Text(&'a str),
    /// A number in the sender's spelling (JSON, Excel): decimal point, perhaps an exponent.
    Number(&'a str),
    /// A boolean (JSON, Excel).
    Bool(bool),
    /// A number that is shown as something else (Excel), for a codec that [counts](Codec::counts) it.
    Measure(Measure, &'a str),
}

impl<'a> Cell<'a> {
    /// The cell's text, as a person would read it.
    pub(crate) fn text(self) -> &'a str {
        match self {
            Self::Text(text) | Self::Number(text) | Self::Measure(_, text) => text,
            Self::Bool(true) => "true",
            Self::Bool(false) => "false",
        }
    }
}

/// What a codec has to say about a value: a stable code and a sentence without the value. As small as a reference: of nearly
/// all values there is nothing to say, and what there might be goes with each of them through every step.
#[derive(Debug, Clone)]
pub(crate) enum Note {
    /// With sentences that are always the same; made by [`note!`].
    Fixed(&'static Words),
    /// With sentences that name forms or limits of the mapping.
    Made(Box<Words>),
}

/// The words of a [`Note`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Words {
    /// The fault's code.
    pub code: &'static str,
    /// Dutch.
    pub nl: Cow<'static, str>,
    /// English.
    pub en: Cow<'static, str>,
}

/// A note with fixed sentences: its code, Dutch, English.
macro_rules! note {
    ($code:expr, $nl:expr, $en:expr $(,)?) => {
        $crate::mapping::codec::Note::Fixed(
            const { &$crate::mapping::codec::Words::fixed($code, $nl, $en) },
        )
    };
}
pub(crate) use note;

impl Words {
    /// Words that are always the same.
    pub(crate) const fn fixed(code: &'static str, nl: &'static str, en: &'static str) -> Self {
        Self {
            code,
            nl: Cow::Borrowed(nl),
            en: Cow::Borrowed(en),
        }
    }
}

impl Note {
    /// A note whose sentences name forms or limits of the mapping, or whose code depends on who asks.
    #[cold]
    pub(crate) fn with(
        code: &'static str,
        nl: impl Into<Cow<'static, str>>,
        en: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::Made(Box::new(Words {
            code,
            nl: nl.into(),
            en: en.into(),
        }))
    }

    /// What it says of a place.
    #[cold]
    pub(crate) fn fault(self, severity: Severity, place: Place) -> Fault {
        let words = match self {
            Self::Fixed(words) => words.clone(),
            Self::Made(words) => *words,
        };
        Fault {
            code: Cow::Borrowed(words.code),
            severity,
            place,
            sentence: Sentence {
                nl: words.nl.into_owned(),
                en: words.en.into_owned(),
            },
            times: 1,
        }
    }
}

impl Deref for Note {
    type Target = Words;

    fn deref(&self) -> &Words {
        match self {
            Self::Fixed(words) => words,
            Self::Made(words) => words,
        }
    }
}

impl PartialEq for Note {
    /// Whether they say the same.
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Note {}

/// A value that was read.
pub(crate) struct Taken {
    /// The canonical value, or why there is none.
    pub value: Result<Json, ValueState>,
    /// Something the sender should know.
    pub remark: Option<Note>,
}

impl Taken {
    /// A value without remark.
    pub(crate) const fn value(value: Json) -> Self {
        Self {
            value: Ok(value),
            remark: None,
        }
    }

    /// A text without remark.
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::value(Json::String(text.into()))
    }

    /// The same, with a remark.
    pub(crate) fn noting(mut self, remark: Option<Note>) -> Self {
        self.remark = remark;
        self
    }
}

/// A value to be written.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Written<'v> {
    /// As text.
    Text(Cow<'v, str>),
    /// As a number, where the format has them.
    Number(Cow<'v, str>),
    /// As a serial number, which a workbook shows as the date that it is.
    Serial(Cow<'v, str>),
    /// As a boolean, where the format has them.
    Bool(bool),
    /// As text, with an indicator beside it.
    Beside(Cow<'v, str>, Cow<'static, str>),
}

impl Written<'_> {
    /// As the format shows it, without what stands beside it.
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Text(text) | Self::Number(text) | Self::Serial(text) | Self::Beside(text, _) => {
                text
            }
            Self::Bool(true) => "true",
            Self::Bool(false) => "false",
        }
    }
}

/// How much of a value comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LawClass {
    /// One spelling for one value.
    Lossless,
    /// Several spellings in, one out.
    Normalising,
    /// Does not come back.
    OneWay,
}

/// A compiled codec for one value; lists of values are the rule's matter.
#[derive(Debug, Clone)]
pub(crate) enum Codec {
    /// Text.
    Text(TextCodec),
    /// A whole number.
    Integer(IntegerCodec),
    /// A decimal number in some unit.
    Decimal(DecimalCodec),
    /// A date.
    Date(DateCodec),
    /// A date of which parts may be unknown.
    PartialDate(PartialDateCodec),
    /// A moment.
    Timestamp(TimestampCodec),
    /// A clock time.
    Clock(ClockCodec),
    /// Yes or no.
    Boolean(Box<BooleanCodec>),
    /// A code of the organisation's own.
    Table(Box<TableCodec>),
    /// A citizen service number.
    Bsn,
    /// The number of an organisation.
    Register(Register),
    /// A Dutch postal code.
    Postcode,
    /// A telephone number, kept as it is written; most characters.
    Phone(Option<usize>),
    /// An e-mail address, kept as it is written.
    Email,
}

impl Codec {
    /// Reads a cell. `beside` is the indicator that stands beside it, if the codec has one.
    pub(crate) fn decode(&self, cell: Cell<'_>, beside: Option<&str>) -> Result<Taken, Note> {
        match self {
            Self::Text(codec) => codec.decode(cell),
            Self::Integer(codec) => codec.decode(cell),
            Self::Decimal(codec) => codec.decode(cell),
            Self::Date(codec) => codec.decode(cell),
            Self::PartialDate(codec) => codec.decode(cell, beside),
            Self::Timestamp(codec) => codec.decode(cell, beside),
            Self::Clock(_) => ClockCodec::decode(cell),
            Self::Boolean(codec) => codec.decode(cell),
            Self::Table(codec) => codec.decode(cell),
            Self::Bsn => identity::decode_bsn(cell),
            Self::Register(register) => register.decode(cell),
            Self::Postcode => identity::decode_postcode(cell),
            Self::Phone(max) => identity::decode_phone(cell, *max),
            Self::Email => identity::decode_email(cell),
        }
    }

    /// Whether it reads what a workbook shows as a date or a time, by its serial number.
    pub(crate) const fn reads_moments(&self) -> bool {
        matches!(self, Self::Date(_) | Self::Clock(_))
    }

    /// Whether it reads a clock time.
    pub(crate) const fn is_clock(&self) -> bool {
        matches!(self, Self::Clock(_))
    }

    /// Whether a share, or a length of time, is what its values count.
    pub(crate) fn counts(&self, measure: Measure) -> bool {
        let counts = match self {
            Self::Integer(codec) => codec.counts,
            Self::Decimal(codec) => codec.counts,
            _ => None,
        };
        counts
            == Some(match measure {
                Measure::Percent => Counts::BasisPoints,
                Measure::Span => Counts::Minutes,
            })
    }

    /// Writes a canonical value. What is written mostly is the value's own text, or a code of the mapping's.
    pub(crate) fn encode<'v>(&'v self, value: &'v Json) -> Result<Written<'v>, Note> {
        match self {
            Self::Text(codec) => codec.encode(value),
            Self::Integer(codec) => codec.encode(value),
            Self::Decimal(codec) => codec.encode(value),
            Self::Date(codec) => codec.encode(value),
            Self::PartialDate(codec) => codec.encode(value),
            Self::Timestamp(codec) => codec.encode(value),
            Self::Clock(codec) => codec.encode(value),
            Self::Boolean(codec) => codec.encode(value),
            Self::Table(codec) => codec.encode(value),
            Self::Register(register) => register.encode(value),
            Self::Bsn | Self::Postcode | Self::Email => {
                text_of(value).map(|text| Written::Text(text.into()))
            }
            Self::Phone(max) => identity::encode_phone(value, *max),
        }
    }

    /// Whether a value may lose something when it is written, and [`Self::losses`] is to be asked.
    pub(crate) fn may_lose(&self) -> bool {
        match self {
            Self::Text(codec) => codec.may_lose(),
            Self::Decimal(codec) => codec.nearest,
            Self::Timestamp(codec) => codec.is_day(),
            _ => false,
        }
    }

    /// What a value loses when it is written, where the mapping allows that.
    pub(crate) fn losses(&self, value: &Json) -> impl Iterator<Item = Note> + use<> {
        let (first, second) = match self {
            Self::Text(codec) => (codec.loss(value), codec.other_letters(value)),
            Self::Decimal(codec) => (codec.loss(value), None),
            Self::Timestamp(codec) => (codec.loss(value), None),
            _ => (None, None),
        };
        first.into_iter().chain(second)
    }

    /// Whether a value comes back as it was when what was written of it is read.
    pub(crate) fn gives_back(&self, value: &Json, written: &Written<'_>) -> bool {
        let (cell, beside) = match written {
            Written::Text(text) => (Cell::Text(text), None),
            Written::Beside(text, mark) => (Cell::Text(text), Some(&**mark)),
            Written::Number(text) | Written::Serial(text) => (Cell::Number(text), None),
            Written::Bool(value) => (Cell::Bool(*value), None),
        };
        let back = self.decode(cell, beside);
        back.is_ok_and(|back| back.value.as_ref() == Ok(value))
    }

    /// How the codec itself says that there is no value, if it can.
    pub(crate) fn state(&self, state: ValueState) -> Option<Written<'static>> {
        match self {
            Self::PartialDate(codec) => codec.state(state),
            _ => None,
        }
    }

    /// How much comes back.
    pub(crate) fn law(&self) -> LawClass {
        match self {
            Self::Text(codec) => codec.law(),
            Self::Decimal(codec) => codec.law(),
            Self::Date(codec) => codec.law(),
            Self::Table(codec) => codec.law(),
            Self::Timestamp(codec) => codec.law(),
            Self::Register(register) => register.law(),
            Self::Phone(_) | Self::Email => LawClass::Lossless,
            _ => LawClass::Normalising,
        }
    }
}

/// The text of a canonical value that must be text.
pub(crate) fn text_of(value: &Json) -> Result<&str, Note> {
    value.as_str().ok_or_else(unwritable)
}

/// The record's value has another type than the schema says.
pub(crate) const fn unwritable() -> Note {
    note!(
        "uit.vorm",
        "De waarde heeft niet het type dat deze regel schrijft.",
        "The value is not of the type that this rule writes.",
    )
}
