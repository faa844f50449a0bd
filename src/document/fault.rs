use crate::document::Place;
use serde::Deserialize;
use serde::Serialize;
use std::borrow::Cow;
use std::fmt::Write;

/// The language a person reads; Dutch unless they ask for English.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    /// Dutch.
    #[default]
    Nl,
    /// English.
    En,
}

/// One sentence in both languages. It never holds a value from the sender's file, only names and limits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sentence {
    /// Dutch.
    pub nl: String,
    /// English.
    pub en: String,
}

impl Sentence {
    /// A sentence in both languages.
    #[must_use]
    pub fn new(nl: impl Into<String>, en: impl Into<String>) -> Self {
        Self {
            nl: nl.into(),
            en: en.into(),
        }
    }

    /// The sentence in one language.
    #[must_use]
    pub fn get(&self, lang: Lang) -> &str {
        match lang {
            Lang::Nl => &self.nl,
            Lang::En => &self.en,
        }
    }
}

/// What a fault does to the element it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Taken, but the sender should know.
    #[serde(rename = "opmerking")]
    Remark,
    /// The record (row, element) it belongs to is not taken; its neighbours are.
    #[serde(rename = "weigering")]
    Refused,
}

/// Something wrong with what was sent: a stable code, the place, and a sentence a person can act on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// Stable code, for example `datum.vorm`. Documented in `docs` of the module that raises it.
    pub code: Cow<'static, str>,
    /// Whether the element is refused.
    pub severity: Severity,
    /// Where, in the sender's own file.
    pub place: Place,
    /// What is wrong and what to do. Holds no value from the file.
    pub sentence: Sentence,
    /// How many times it is so, where that is said once, at the first place.
    #[serde(default = "once", skip_serializing_if = "is_once")]
    pub times: usize,
}

const fn once() -> usize {
    1
}

#[allow(clippy::trivially_copy_pass_by_ref)] // as serde asks for it
const fn is_once(times: &usize) -> bool {
    *times == 1
}

impl Fault {
    // what refuses or remarks is rare, and stands out of the way of what does not
    /// A fault that refuses its element.
    #[must_use]
    #[cold]
    pub fn refused(
        code: &'static str,
        place: Place,
        nl: impl Into<String>,
        en: impl Into<String>,
    ) -> Self {
        Self {
            code: Cow::Borrowed(code),
            severity: Severity::Refused,
            place,
            sentence: Sentence::new(nl, en),
            times: 1,
        }
    }

    /// A fault that leaves its element standing.
    #[must_use]
    #[cold]
    pub fn remark(
        code: &'static str,
        place: Place,
        nl: impl Into<String>,
        en: impl Into<String>,
    ) -> Self {
        Self {
            severity: Severity::Remark,
            ..Self::refused(code, place, nl, en)
        }
    }

    /// Says of what is said once, at the first place, that it is so a number of times.
    pub fn comes(&mut self, times: usize) {
        self.times = times;
        if times > 1 {
            let said = |sentence: &mut String, word: &str| {
                sentence.truncate(sentence.trim_end_matches('.').len());
                let _ = write!(sentence, " ({times} {word}).");
            };
            said(&mut self.sentence.nl, "keer");
            said(&mut self.sentence.en, "times");
        }
    }

    /// Whether its element is refused.
    #[must_use]
    pub fn refuses(&self) -> bool {
        self.severity == Severity::Refused
    }
}
