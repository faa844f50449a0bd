use crate::mapping::codec::Cell;
use crate::mapping::codec::LawClass;
use crate::mapping::codec::Note;
use crate::mapping::codec::Taken;
use crate::mapping::codec::Written;
use crate::mapping::codec::text_of;
use serde_json::Value as Json;
use std::collections::HashSet;
use std::sync::Arc;

/// What happens to capitals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Case {
    Keep,
    Upper,
    Lower,
}

/// Text: trimmed unless told otherwise, refused when too long.
#[derive(Debug, Clone)]
pub(crate) struct TextCodec {
    pub trim: bool,
    pub case: Case,
    pub max: Option<usize>,
    /// The codes of the target's list, if it has one.
    pub codes: Option<Arc<HashSet<String>>>,
}

impl TextCodec {
    /// Trimmed, as it is, of any length.
    #[cfg(test)]
    pub(crate) const PLAIN: Self = Self {
        trim: true,
        case: Case::Keep,
        max: None,
        codes: None,
    };

    pub(crate) fn decode(&self, cell: Cell<'_>) -> Result<Taken, Note> {
        let text = cell.text();
        let text = if self.trim { text.trim() } else { text };
        if let Some(max) = self.max {
            // Bytes are never fewer than characters: only count when it could be too long.
            if text.len() > max && text.chars().count() > max {
                return Err(Note::with(
                    "tekst.lang",
                    format!("De tekst is langer dan {max} tekens."),
                    format!("The text is longer than {max} characters."),
                ));
            }
        }
        let text = match self.case {
            Case::Keep => text.to_owned(),
            Case::Upper => text.to_uppercase(),
            Case::Lower => text.to_lowercase(),
        };
        if self
            .codes
            .as_ref()
            .is_some_and(|codes| !codes.contains(&text))
        {
            return Err(Note::of(
                "code.onbekend",
                "Deze code staat niet in de codelijst.",
                "This code is not in the code list.",
            ));
        }
        Ok(Taken::text(text))
    }

    #[allow(clippy::unused_self)] // every codec is written through itself
    pub(crate) fn encode(&self, value: &Json) -> Result<Written, Note> {
        text_of(value).map(|text| Written::Text(text.to_owned()))
    }

    pub(crate) fn law(&self) -> LawClass {
        if self.case == Case::Keep {
            LawClass::Lossless
        } else {
            LawClass::Normalising
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test stops where it is wrong
mod tests {
    use super::*;

    #[test]
    fn text_is_trimmed_cased_and_measured_in_characters() {
        let take = |codec: &TextCodec, text: &str| {
            codec
                .decode(Cell::Text(text))
                .map(|taken| taken.value.unwrap())
        };
        let plain = TextCodec::PLAIN;
        assert_eq!(take(&plain, " Jansen "), Ok(Json::from("Jansen")));
        let upper = TextCodec {
            case: Case::Upper,
            ..plain.clone()
        };
        assert_eq!(take(&upper, "ab"), Ok(Json::from("AB")));
        let short = TextCodec {
            max: Some(3),
            ..plain
        };
        assert_eq!(take(&short, "één"), Ok(Json::from("één")));
        assert_eq!(take(&short, "vier").unwrap_err().code, "tekst.lang");
    }
}
