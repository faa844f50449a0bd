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

/// Text: trimmed unless told otherwise; when too long refused, or cut where the mapping says so. Letters stay as they
/// are, accents and all.
#[derive(Debug, Clone)]
pub(crate) struct TextCodec {
    pub trim: bool,
    pub case: Case,
    pub max: Option<usize>,
    /// Whether what is longer is cut, and reported, instead of refused.
    pub cut: bool,
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
        cut: false,
        codes: None,
    };

    pub(crate) fn decode(&self, cell: Cell<'_>) -> Result<Taken, Note> {
        let text = cell.text();
        let text = if self.trim { text.trim() } else { text };
        let mut text = match self.case {
            Case::Keep => text.to_owned(),
            Case::Upper => text.to_uppercase(),
            Case::Lower => text.to_lowercase(),
        };
        let mut remark = None;
        if let Some(max) = self.max.filter(|max| is_longer(&text, *max)) {
            if !self.cut {
                return Err(too_long("tekst.lang", max));
            }
            text.truncate(beginning(&text, max).len());
            remark = Some(cut("tekst.afgekapt", max));
        }
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
        Ok(Taken::text(text).noting(remark))
    }

    pub(crate) fn encode(&self, value: &Json) -> Result<Written, Note> {
        let text = text_of(value)?;
        match self.max.filter(|max| is_longer(text, *max)) {
            None => Ok(Written::Text(text.to_owned())),
            Some(max) if self.cut => Ok(Written::Text(beginning(text, max).to_owned())),
            Some(max) => Err(too_long("uit.vorm", max)),
        }
    }

    /// What a value loses when it is written.
    pub(crate) fn loss(&self, value: &Json) -> Option<Note> {
        let max = self.max.filter(|_| self.cut)?;
        let text = value.as_str()?;
        is_longer(text, max).then(|| cut("uit.afgekapt", max))
    }

    pub(crate) fn law(&self) -> LawClass {
        if self.cut {
            LawClass::OneWay
        } else if self.case == Case::Keep {
            LawClass::Lossless
        } else {
            LawClass::Normalising
        }
    }
}

/// Whether a text has more characters.
fn is_longer(text: &str, max: usize) -> bool {
    // Bytes are never fewer than characters: only count when it could be too long.
    text.len() > max && text.chars().count() > max
}

/// The beginning of a text, without white space at its end and without a letter that would lose its accent.
fn beginning(text: &str, max: usize) -> &str {
    let mut starts = text.char_indices().take(max + 1);
    let mut end = text.len();
    if let Some((at, mut next)) = starts.nth(max) {
        end = at;
        while joins(next) {
            let Some(before) = text[..end].chars().next_back() else {
                break;
            };
            end -= before.len_utf8();
            next = before;
        }
    }
    text[..end].trim_end()
}

/// Whether a character is a part of the one before it: accents and the like, written on their own.
const fn joins(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36F}' | '\u{1AB0}'..='\u{1AFF}' | '\u{1DC0}'..='\u{1DFF}' | '\u{200D}'
    | '\u{20D0}'..='\u{20FF}' | '\u{FE00}'..='\u{FE0F}' | '\u{FE20}'..='\u{FE2F}')
}

fn too_long(code: &'static str, max: usize) -> Note {
    Note::with(
        code,
        format!("De tekst is langer dan {max} tekens."),
        format!("The text is longer than {max} characters."),
    )
}

fn cut(code: &'static str, max: usize) -> Note {
    Note::with(
        code,
        format!(
            "De tekst is langer dan {max} tekens; wat daarna komt is weggelaten, zoals de mapping zegt."
        ),
        format!(
            "The text is longer than {max} characters; what comes after is left out, as the mapping says."
        ),
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test stops where it is wrong
mod tests {
    use super::*;
    use proptest::prelude::*;

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
        assert_eq!(
            short.encode(&Json::from("vier")).unwrap_err().code,
            "uit.vorm"
        );
        let upper = TextCodec {
            case: Case::Upper,
            ..short
        };
        // measured as it is kept
        assert_eq!(take(&upper, "paß").unwrap_err().code, "tekst.lang");
    }

    const CUT: TextCodec = TextCodec {
        max: Some(4),
        cut: true,
        ..TextCodec::PLAIN
    };

    #[test]
    fn a_text_is_cut_only_where_the_mapping_says_so_and_says_that_it_was() {
        for (text, kept, loses) in [
            ("vier", "vier", false),
            ("één twee", "één", true),
            ("vijf!", "vijf", true),
            ("ab\u{301}cd", "ab\u{301}c", true),
            // the accent would stand on nothing
            ("abce\u{301}", "abc", true),
            ("abce\u{301}\u{302}f", "abc", true),
            ("\u{301}\u{301}\u{301}\u{301}\u{301}", "", true),
        ] {
            let taken = CUT.decode(Cell::Text(text)).unwrap();
            assert_eq!(taken.value, Ok(Json::from(kept)), "{text}");
            let said = taken.remark.map(|note| note.code);
            assert_eq!(said, loses.then_some("tekst.afgekapt"), "{text}");
            let value = Json::from(text);
            assert_eq!(CUT.encode(&value), Ok(Written::Text(kept.to_owned())));
            let said = CUT.loss(&value).map(|note| note.code);
            assert_eq!(said, loses.then_some("uit.afgekapt"), "{text}");
        }
        assert_eq!(CUT.law(), LawClass::OneWay);
        assert_eq!(TextCodec::PLAIN.law(), LawClass::Lossless);
    }

    proptest! {
        /// What is left is how the text began, every letter as it was; cut once it is not cut again.
        #[test]
        fn what_is_cut_is_a_beginning_and_stays_as_it_is(text in "[a-zéïß \u{300}-\u{305}👍]{0,12}") {
            let taken = CUT.decode(Cell::Text(&text)).unwrap();
            let kept = taken.value.unwrap();
            let kept = kept.as_str().unwrap();
            prop_assert!(text.trim().starts_with(kept));
            prop_assert!(kept.chars().count() <= 4);
            let again = CUT.decode(Cell::Text(kept)).unwrap();
            prop_assert!(again.remark.is_none());
            prop_assert_eq!(again.value.unwrap(), kept);
            prop_assert_eq!(taken.remark.is_some(), text.trim().chars().count() > 4);
        }
    }
}
