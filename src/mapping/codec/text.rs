use crate::mapping::codec::Cell;
use crate::mapping::codec::LawClass;
use crate::mapping::codec::Note;
use crate::mapping::codec::Taken;
use crate::mapping::codec::Written;
use crate::mapping::codec::note;
use crate::mapping::codec::text_of;
use crate::mapping::letters::trimmed;
use foldhash::fast::RandomState;
use serde_json::Value as Json;
use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

/// The codes of a list, which are looked up for every value of it.
pub(crate) type Codes = HashSet<String, RandomState>;

/// What happens to capitals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Case {
    Keep,
    Upper,
    Lower,
}

impl Case {
    /// Whether it makes another text of one.
    fn changes(self, text: &str) -> bool {
        match self {
            Self::Keep => false,
            // of letters without accents each byte tells
            Self::Upper if text.is_ascii() => text.bytes().any(|byte| byte.is_ascii_lowercase()),
            Self::Lower if text.is_ascii() => text.bytes().any(|byte| byte.is_ascii_uppercase()),
            Self::Upper => !text.chars().flat_map(char::to_uppercase).eq(text.chars()),
            Self::Lower => !text.chars().flat_map(char::to_lowercase).eq(text.chars()),
        }
    }

    /// A text with its letters so.
    fn of(self, text: &str) -> Cow<'_, str> {
        match self {
            Self::Upper if self.changes(text) => Cow::Owned(text.to_uppercase()),
            Self::Lower if self.changes(text) => Cow::Owned(text.to_lowercase()),
            _ => Cow::Borrowed(text),
        }
    }
}

/// What a text may be made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Only {
    Anything,
    /// Digits.
    Digits,
    /// Letters without accents, digits, `_`, `-` and `.`: what can stand in an address without being changed.
    UrlSafe,
}

impl Only {
    fn allows(self, text: &str) -> bool {
        match self {
            Self::Anything => true,
            Self::Digits => text.bytes().all(|byte| byte.is_ascii_digit()),
            Self::UrlSafe => text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte)),
        }
    }
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
    /// What it is made of.
    pub only: Only,
    /// Whether it goes out as a number, where the format has them.
    pub number: bool,
    /// The codes of the target's list, if it has one.
    pub codes: Option<Arc<Codes>>,
}

impl TextCodec {
    /// Trimmed, as it is, of any length.
    #[cfg(test)]
    pub(crate) const PLAIN: Self = Self {
        trim: true,
        case: Case::Keep,
        max: None,
        cut: false,
        only: Only::Anything,
        number: false,
        codes: None,
    };

    pub(crate) fn decode(&self, cell: Cell<'_>) -> Result<Taken, Note> {
        if let Cell::Bool(_) = cell {
            return Err(NOT_TEXT);
        }
        let text = cell.text();
        let text = if self.trim { trimmed(text) } else { text };
        let mut text = self.case.of(text).into_owned();
        if !self.only.allows(&text) {
            return Err(characters("tekst.tekens"));
        }
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
            return Err(note!(
                "code.onbekend",
                "Deze code staat niet in de codelijst.",
                "This code is not in the code list.",
            ));
        }
        Ok(Taken::text(text).noting(remark))
    }

    pub(crate) fn encode<'v>(&self, value: &'v Json) -> Result<Written<'v>, Note> {
        let text = self.case.of(text_of(value)?);
        if !self.only.allows(&text) {
            return Err(characters("uit.vorm"));
        }
        if let (Cow::Owned(text), Some(codes)) = (&text, &self.codes)
            && !codes.contains(text)
        {
            return Err(note!(
                "uit.code",
                "Met andere hoofdletters staat deze code niet in de codelijst; zij is niet geschreven.",
                "With other capitals this code is not in the code list; it was not written.",
            ));
        }
        if self.number {
            return number(text, self.max);
        }
        match self.max.filter(|max| is_longer(&text, *max)) {
            None => Ok(Written::Text(text)),
            Some(max) if self.cut => Ok(Written::Text(beginning(&text, max).to_owned().into())),
            Some(max) => Err(too_long("uit.vorm", max)),
        }
    }

    /// Whether a value may lose something when it is written.
    pub(crate) fn may_lose(&self) -> bool {
        self.cut || self.case != Case::Keep
    }

    /// What a value loses when it is written.
    pub(crate) fn loss(&self, value: &Json) -> Option<Note> {
        let max = self.max.filter(|_| self.cut)?;
        let text = self.case.of(value.as_str()?);
        is_longer(&text, max).then(|| cut("uit.afgekapt", max))
    }

    /// That a value goes out with other capitals than it has.
    pub(crate) fn other_letters(&self, value: &Json) -> Option<Note> {
        self.case.changes(value.as_str()?).then_some(note!(
            "uit.hoofdletters",
            "De hoofdletters of kleine letters van deze tekst zijn veranderd, zoals de mapping zegt.",
            "The capitals or small letters of this text were changed, as the mapping says.",
        ))
    }

    pub(crate) fn law(&self) -> LawClass {
        if self.may_lose() {
            LawClass::OneWay
        } else if !self.number {
            LawClass::Lossless
        } else {
            LawClass::Normalising
        }
    }
}

fn characters(code: &'static str) -> Note {
    Note::with(
        code,
        "De tekst heeft tekens die hier niet mogen.",
        "The text has characters that are not allowed here.",
    )
}

/// A number of a code made of digits; a zero in front would be lost, so such a code is not written.
fn number(text: Cow<'_, str>, max: Option<usize>) -> Result<Written<'_>, Note> {
    let digits = !text.is_empty() && Only::Digits.allows(&text);
    if !digits || text.len() > 1 && text.starts_with('0') {
        return Err(note!(
            "uit.vorm",
            "Het formaat heeft hier een getal; deze code zou er anders uitkomen en is niet geschreven.",
            "The format has a number here; this code would come out changed and was not written.",
        ));
    }
    if let Some(max) = max.filter(|max| is_longer(&text, *max)) {
        return Err(too_long("uit.vorm", max));
    }
    Ok(Written::Number(text))
}

/// The word `true` is not what was sent, and what a person sees in a workbook is another word.
const NOT_TEXT: Note = note!(
    "tekst.vorm",
    "Hier hoort tekst te staan, en er staat ja of nee (true of false).",
    "Text belongs here, and this is a yes or no (true or false).",
);

/// Whether a text has more characters.
pub(super) fn is_longer(text: &str, max: usize) -> bool {
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

pub(super) fn too_long(code: &'static str, max: usize) -> Note {
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
        let refused = upper.encode(&Json::from("paß")).unwrap_err();
        assert_eq!(refused.code, "uit.vorm");
    }

    #[test]
    fn capitals_that_the_mapping_changes_are_changed_both_ways_and_told_going_out() {
        let of = |case| TextCodec {
            case,
            ..TextCodec::PLAIN
        };
        for (case, text, written) in [
            (Case::Keep, "van der Één", "van der Één"),
            (Case::Upper, "van der Één", "VAN DER ÉÉN"),
            (Case::Upper, "ÉÉN 1", "ÉÉN 1"),
            (Case::Upper, "Paß", "PASS"),
            (Case::Lower, "Één", "één"),
            (Case::Lower, "één", "één"),
        ] {
            let (codec, value) = (of(case), Json::from(text));
            let out = codec.encode(&value).unwrap();
            assert_eq!(out, Written::Text(written.into()), "{text}");
            let told = codec.other_letters(&value).map(|note| note.code);
            assert_eq!(told, (text != written).then_some("uit.hoofdletters"));
            let back = codec.decode(Cell::Text(written)).unwrap();
            assert_eq!(back.value, Ok(Json::from(written)), "{text}");
        }
        assert_eq!(of(Case::Upper).law(), LawClass::OneWay);
        // a code of the list that would come back as none
        let codes = ["ab", "CD"].map(str::to_owned);
        let listed = TextCodec {
            codes: Some(Arc::new(codes.into_iter().collect())),
            ..of(Case::Upper)
        };
        for (code, written) in [
            ("CD", Ok(Written::Text("CD".into()))),
            ("ab", Err("uit.code")),
        ] {
            let value = Json::from(code);
            assert_eq!(listed.encode(&value).map_err(|note| note.code), written);
        }
    }

    #[test]
    fn a_text_can_be_held_to_some_characters_and_a_code_go_out_as_a_number() {
        let plain = TextCodec::PLAIN;
        let safe = TextCodec {
            only: Only::UrlSafe,
            ..plain.clone()
        };
        let number = TextCodec {
            only: Only::Digits,
            number: true,
            max: Some(5),
            ..plain
        };
        for (codec, text, read, written) in [
            (
                &safe,
                "0484-a_B.9",
                true,
                Ok(Written::Text("0484-a_B.9".into())),
            ),
            (&safe, "0484/9", false, Err("uit.vorm")),
            (&safe, "é", false, Err("uit.vorm")),
            (&number, "81210", true, Ok(Written::Number("81210".into()))),
            (&number, "0", true, Ok(Written::Number("0".into()))),
            // the zero in front would be lost
            (&number, "01110", true, Err("uit.vorm")),
            (&number, "812101", false, Err("uit.vorm")),
            (&number, "8a", false, Err("uit.vorm")),
        ] {
            assert_eq!(codec.decode(Cell::Text(text)).is_ok(), read, "{text}");
            let value = Json::from(text);
            let found = codec.encode(&value).map_err(|note| note.code);
            assert_eq!(found, written, "{text}");
        }
        assert_eq!(
            number.decode(Cell::Number("81210")).unwrap().value,
            Ok(Json::from("81210"))
        );
    }

    #[test]
    fn a_number_is_text_as_it_is_spelled_and_a_boolean_is_none() {
        for (cell, expect) in [
            (Cell::Number("0123"), Ok("0123")),
            (Cell::Number("1e5"), Ok("1e5")),
            (Cell::Bool(true), Err("tekst.vorm")),
            (Cell::Bool(false), Err("tekst.vorm")),
        ] {
            let taken = TextCodec::PLAIN.decode(cell).map_err(|note| note.code);
            let value = taken.map(|taken| taken.value.unwrap());
            assert_eq!(value, expect.map(Json::from), "{}", cell.text());
        }
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
            assert_eq!(CUT.encode(&value), Ok(Written::Text(kept.into())));
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
