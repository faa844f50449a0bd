use crate::document::Fault;
use crate::document::Lang;
use crate::document::Sentence;
use serde_json::Value as Json;

/// How a law fails.
#[derive(Debug, Clone, PartialEq)]
pub enum Breach {
    /// The adapter cannot write the document.
    Unwritable(Box<Fault>),
    /// The adapter cannot read what was written.
    Unreadable(Box<Fault>),
    /// Reading refuses what was written.
    Refused(Box<Fault>),
    /// Another number of elements came back.
    Count {
        /// How many were written.
        sent: usize,
        /// How many came back.
        found: usize,
    },
    /// An attribute came back different: its pointer, and what it was.
    Differs {
        /// `kind/pointer`.
        pointer: String,
        /// What went out.
        sent: Json,
        /// What came back.
        found: Json,
    },
    /// The second writing is another document than the first.
    Unstable,
    /// Nearly all messages were refused when they were written, so nothing was shown.
    Untried {
        /// How many were refused.
        refused: u32,
        /// Of how many.
        of: u32,
        /// Why the last of them was.
        why: Box<Fault>,
    },
}

impl Breach {
    /// Whether two breaches are of one sort, so that a smaller example still shows the same.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Refused(fault), Self::Refused(other))
            | (Self::Unwritable(fault), Self::Unwritable(other))
            | (Self::Unreadable(fault), Self::Unreadable(other)) => fault.code == other.code,
            (Self::Differs { pointer, .. }, Self::Differs { pointer: other, .. }) => {
                unnumbered(pointer) == unnumbered(other)
            }
            _ => std::mem::discriminant(self) == std::mem::discriminant(other),
        }
    }

    /// What goes wrong, for whoever wrote the mapping. The values in it are generated or invented.
    #[must_use]
    pub fn sentence(&self) -> Sentence {
        let of = |nl: &str, en: &str, fault: &Fault| {
            let told = |text: &str, lang| {
                let place = fault.place.location(lang);
                let sentence = fault.sentence.get(lang);
                format!("{text}: {} {place} {sentence}", fault.code)
            };
            Sentence::new(told(nl, Lang::Nl), told(en, Lang::En))
        };
        match self {
            Self::Unwritable(fault) => of(
                "het document kan niet worden geschreven",
                "the document cannot be written",
                fault,
            ),
            Self::Unreadable(fault) => of(
                "wat er geschreven werd kan niet worden gelezen",
                "what was written cannot be read",
                fault,
            ),
            Self::Refused(fault) => of(
                "wat er geschreven werd wordt bij het lezen geweigerd",
                "what was written is refused when it is read",
                fault,
            ),
            Self::Count { sent, found } => Sentence::new(
                format!("er werden {sent} elementen geschreven en er kwamen er {found} terug"),
                format!("{sent} elements were written and {found} came back"),
            ),
            Self::Differs {
                pointer,
                sent,
                found,
            } => Sentence::new(
                format!(
                    "{pointer} ging eruit als {} en kwam terug als {}",
                    value(sent, "niets"),
                    value(found, "niets")
                ),
                format!(
                    "{pointer} went out as {} and came back as {}",
                    value(sent, "nothing"),
                    value(found, "nothing")
                ),
            ),
            Self::Unstable => Sentence::new(
                "geschreven, gelezen en weer geschreven is het een ander document",
                "written, read and written again it is another document",
            ),
            Self::Untried {
                refused,
                of: all,
                why,
            } => of(
                &format!(
                    "{refused} van {all} berichten zijn bij het schrijven geweigerd, dus de wetten zijn niet beproefd"
                ),
                &format!(
                    "{refused} of {all} messages were refused when they were written, so the laws were not tried"
                ),
                why,
            ),
        }
    }
}

fn value(value: &Json, nothing: &str) -> String {
    match value {
        Json::Null => nothing.to_owned(),
        value => value.to_string(),
    }
}

/// A pointer without the numbers of items, which change when an item is left out.
pub(super) fn unnumbered(pointer: &str) -> String {
    let steps = pointer.split('/').map(|step| {
        let number = !step.is_empty() && step.bytes().all(|byte| byte.is_ascii_digit());
        if number { "*" } else { step }
    });
    steps.collect::<Vec<_>>().join("/")
}
