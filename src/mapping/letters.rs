//! What a text of a sender is as a value: its letters written in one way, without what nobody can see. Two texts that
//! look the same are the same here, so that a name, a number or a code is recognised whichever program wrote it.
//!
//! - Control characters belong in no text. Taken, they would stand in the way later: XML cannot say most of them, so that
//!   a message with one in it would never go out (XML 1.0, production 2).
//! - A letter with its accent is one character or two; the one character is kept (Unicode NFC).
//! - Zero-width and other invisible characters come along when text is copied. They are left out, and said.

use crate::adapters::Eight;
use crate::adapters::first_of;
use crate::mapping::codec::Note;
use crate::mapping::codec::note;
use std::borrow::Cow;
use unicode_normalization::IsNormalized;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::is_nfc_quick;

/// The last letter of the scripts whose letters never join: behind one of these a joiner means nothing.
const LATIN_LAST: char = '\u{24F}';
/// What programs write for a letter that they could not read.
const LOST: char = '\u{FFFD}';

pub(crate) const CONTROL: Note = note!(
    "tekst.teken",
    "Deze waarde bevat een stuurteken, dat in geen tekst hoort. Haal het weg in het bronsysteem.",
    "This value holds a control character, which belongs in no text. Remove it in the source system.",
);
const INVISIBLE: Note = note!(
    "tekst.onzichtbaar",
    "Deze waarde bevat onzichtbare tekens (vaak meegekomen met kopiëren); zonder die tekens is zij overgenomen.",
    "This value holds invisible characters (often brought along by copying); it was taken without them.",
);
const DAMAGED: Note = note!(
    "tekst.verminkt",
    "Deze waarde bevat een vervangteken (U+FFFD): een letter is verloren gegaan voordat het bestand werd gemaakt. Zij is overgenomen zoals zij er staat.",
    "This value holds a replacement character (U+FFFD): a letter was lost before the file was made. It was taken as it stands.",
);

/// A text as a value, and what its sender should know about it. A text with a control character is none.
pub(crate) fn clean(text: &str) -> Result<(Cow<'_, str>, Option<Note>), Note> {
    if is_all_plain(text) {
        return Ok((Cow::Borrowed(text), None));
    }
    if text.chars().any(is_control) {
        return Err(CONTROL);
    }
    let (value, left_out) = as_seen(text);
    let remark = if left_out {
        Some(INVISIBLE)
    } else if text.contains(LOST) {
        Some(DAMAGED)
    } else {
        None
    };
    Ok((value, remark))
}

/// A text to compare others with: as [`clean`] would take it, control characters and all.
pub(crate) fn plain(text: &str) -> Cow<'_, str> {
    if is_all_plain(text) {
        return Cow::Borrowed(text);
    }
    as_seen(text).0
}

/// A text as it looks, and whether something was left out of it.
fn as_seen(text: &str) -> (Cow<'_, str>, bool) {
    let whole = composed(text);
    match visible(&whole) {
        // what stood between a letter and its accent is gone
        Cow::Owned(seen) => (Cow::Owned(composed(&seen).into_owned()), true),
        Cow::Borrowed(_) => (whole, false),
    }
}

/// A text with each letter and its accents as one character, where there is one.
fn composed(text: &str) -> Cow<'_, str> {
    if is_nfc_quick(text.chars()) == IsNormalized::Yes {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.nfc().collect())
}

/// A text without white space around it. Nearly none has any, which two bytes tell.
#[inline]
pub(crate) fn trimmed(text: &str) -> &str {
    match text.as_bytes() {
        [first, .., last] if first.is_ascii_graphic() && last.is_ascii_graphic() => text,
        [only] if only.is_ascii_graphic() => text,
        _ => text.trim(),
    }
}

/// Whether a text is nothing but what is what it seems.
pub(crate) fn is_all_plain(text: &str) -> bool {
    let bytes = text.as_bytes();
    let odd = |eight: Eight| eight.wide().or(eight.below(b' ')).or(eight.same(0x7F));
    // a line end or a tab is seldom there
    first_of(bytes, odd).is_none_or(|at| bytes[at..].iter().all(|byte| is_plain(*byte)))
}

/// Most texts are nothing but these, which are what they seem.
const fn is_plain(byte: u8) -> bool {
    matches!(byte, b'\t' | b'\n' | b'\r' | b' '..=b'~')
}

/// Control characters but the white space among them, and the two that are no characters at all.
fn is_control(c: char) -> bool {
    c.is_control() && !matches!(c, '\t' | '\n' | '\r') || matches!(c, '\u{FFFE}' | '\u{FFFF}')
}

/// A text without what takes no place and says nothing.
fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(|c| is_invisible(c) || is_joiner(c)) {
        return Cow::Borrowed(text);
    }
    let mut kept = String::with_capacity(text.len());
    // The letter that accents and joiners behind it belong to.
    let mut letter = None;
    for c in text.chars().filter(|c| !is_invisible(*c)) {
        if is_joiner(c) {
            // Emoji are joined of several, and letters of other scripts joined or kept apart.
            if letter.is_some_and(|letter| letter > LATIN_LAST) {
                kept.push(c);
            }
            continue;
        }
        if c.is_whitespace() {
            end_joining(&mut kept);
        }
        if !is_accent(c) {
            letter = Some(c);
        }
        kept.push(c);
    }
    end_joining(&mut kept);
    if kept.len() == text.len() {
        return Cow::Borrowed(text);
    }
    Cow::Owned(kept)
}

/// A joiner with nothing behind it joins nothing.
fn end_joining(kept: &mut String) {
    let end = kept.trim_end_matches(is_joiner).len();
    kept.truncate(end);
}

const fn is_accent(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36F}')
}

const fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200C}' | '\u{200D}')
}

/// Soft hyphens, zero-width spaces and marks, signs of direction, fillers, byte order marks.
const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{34F}' | '\u{115F}' | '\u{1160}' | '\u{180E}' | '\u{200B}' | '\u{200E}' | '\u{200F}'
    | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FEFF}' | '\u{FFA0}')
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test stops where it is wrong
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn texts_that_look_the_same_are_the_same() {
        for (text, value, remark) in [
            ("Jansen", "Jansen", None),
            (" a\tb\r\nc ", " a\tb\r\nc ", None),
            ("José", "José", None),
            ("Jose\u{301}", "José", None),
            ("\u{212B}", "Å", None),
            ("b\u{301}", "b\u{301}", None),
            ("Jan\u{200B}sen", "Jansen", Some("tekst.onzichtbaar")),
            ("\u{FEFF}Jansen", "Jansen", Some("tekst.onzichtbaar")),
            ("Jan\u{AD}sen\u{200D}", "Jansen", Some("tekst.onzichtbaar")),
            ("e\u{200B}\u{301}", "é", Some("tekst.onzichtbaar")),
            ("\u{200B}", "", Some("tekst.onzichtbaar")),
            ("a\u{202E}b", "ab", Some("tekst.onzichtbaar")),
            ("👩\u{200D}👧", "👩\u{200D}👧", None),
            ("👩\u{200D}", "👩", Some("tekst.onzichtbaar")),
            ("می\u{200C}خواهم", "می\u{200C}خواهم", None),
            ("Van \u{FFFD}den", "Van \u{FFFD}den", Some("tekst.verminkt")),
            ("a\u{A0}b", "a\u{A0}b", None),
        ] {
            let (found, said) = clean(text).unwrap();
            assert_eq!(found, value, "{text:?}");
            assert_eq!(said.map(|note| note.code), remark, "{text:?}");
            assert_eq!(plain(text), value, "{text:?}");
        }
    }

    #[test]
    fn white_space_around_a_text_is_left_out() {
        for text in [
            "",
            " ",
            "a",
            "ab",
            " ab",
            "ab\t",
            "é b",
            "\u{A0}ab",
            "ab\u{2003}",
            "a\u{85}",
        ] {
            assert_eq!(trimmed(text), text.trim(), "{text:?}");
        }
    }

    #[test]
    fn a_control_character_belongs_in_no_text() {
        for c in [
            '\0', '\u{1}', '\u{B}', '\u{1B}', '\u{7F}', '\u{85}', '\u{9F}', '\u{FFFE}', '\u{FFFF}',
        ] {
            let found = clean(&format!("a{c}b")).unwrap_err();
            assert_eq!(found.code, "tekst.teken", "{c:?}");
        }
    }

    proptest! {
        /// What was taken once stays as it is, and whatever is taken XML can say.
        #[test]
        fn what_is_taken_stays_as_it_is(text in "[a-zé\u{300}-\u{303}\u{200B}-\u{200F}\u{AD}👩\u{FFFD}\u{FFFE}\u{1}\u{7F} ]{0,12}") {
            if let Ok((value, _)) = clean(&text) {
                let (again, remark) = clean(&value).unwrap();
                prop_assert_eq!(&again, &value);
                prop_assert!(remark.is_none_or(|note| note.code == "tekst.verminkt"));
                let sayable = value.chars().all(|c| !c.is_control() && c != '\u{FFFE}');
                prop_assert!(sayable, "XML cannot say it");
            }
        }
    }
}
