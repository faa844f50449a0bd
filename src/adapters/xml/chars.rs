//! What XML 1.0 says about characters, names and references.

use crate::adapters::scan::Eight;
use crate::adapters::scan::end_of_text;
use std::borrow::Cow;

/// XML 1.0, production 2: the characters a document may hold.
pub(super) fn is_allowed(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}

/// The offset of the first character a document may not hold.
pub(super) fn first_not_allowed(text: &str) -> Option<usize> {
    // One cheap pass that the compiler can vectorise says whether there can be anything at all: a control
    // character, or the first byte of U+FFFE and U+FFFF.
    let suspect = text.bytes().fold(0, |suspect, byte| {
        suspect | u8::from(matches!(byte, 0..=8 | 11 | 12 | 14..=0x1F | 0xEF))
    });
    if suspect == 0 {
        return None;
    }
    text.char_indices()
        .find(|(_, c)| !is_allowed(*c))
        .map(|(offset, _)| offset)
}

pub(super) const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// How many bytes a text has up to a tag or a reference, and whether it has no carriage return and no closing bracket.
pub(super) fn text_length(bytes: &[u8]) -> (usize, bool) {
    let ends = |eight: Eight| eight.same(b'<').or(eight.same(b'&'));
    let odd = |eight: Eight| eight.same(b']').or(eight.same(b'\r'));
    let (end, has_odd) = end_of_text(bytes, ends, odd);
    (end.unwrap_or(bytes.len()), !has_odd)
}

/// Namespaces in XML 1.0, production 4: a name without a colon.
pub(crate) fn is_ncname(name: &str) -> bool {
    if name.is_empty() {
        return false;
    }
    if name.is_ascii() {
        let bytes = name.as_bytes();
        return (bytes[0].is_ascii_alphabetic() || bytes[0] == b'_')
            && bytes
                .iter()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'));
    }
    let mut chars = name.chars();
    chars.next().is_some_and(is_name_start) && chars.all(is_name_char)
}

fn is_name_start(c: char) -> bool {
    matches!(c,
        'A'..='Z' | 'a'..='z' | '_' | '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}' | '\u{F8}'..='\u{2FF}'
        | '\u{370}'..='\u{37D}' | '\u{37F}'..='\u{1FFF}' | '\u{200C}' | '\u{200D}' | '\u{2070}'..='\u{218F}'
        | '\u{2C00}'..='\u{2FEF}' | '\u{3001}'..='\u{D7FF}' | '\u{F900}'..='\u{FDCF}'
        | '\u{FDF0}'..='\u{FFFD}' | '\u{10000}'..='\u{EFFFF}')
}

fn is_name_char(c: char) -> bool {
    is_name_start(c)
        || matches!(c, '0'..='9' | '-' | '.' | '\u{B7}' | '\u{300}'..='\u{36F}' | '\u{203F}' | '\u{2040}')
}

/// What is wrong with a reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BadReference {
    /// An entity that XML does not define itself.
    Entity,
    /// A character XML does not allow.
    Character,
    /// Not a reference at all: `&` must be written `&amp;`.
    Syntax,
}

/// The character a reference stands for, given what stands between `&` and `;`.
pub(super) fn resolve(reference: &str) -> Result<char, BadReference> {
    match reference {
        "lt" => return Ok('<'),
        "gt" => return Ok('>'),
        "amp" => return Ok('&'),
        "apos" => return Ok('\''),
        "quot" => return Ok('"'),
        _ => {}
    }
    let Some(number) = reference.strip_prefix('#') else {
        let entity = reference.split(':').all(is_ncname);
        return Err(if entity {
            BadReference::Entity
        } else {
            BadReference::Syntax
        });
    };
    let (digits, radix) = match number.strip_prefix('x') {
        Some(digits) => (digits, 16),
        None => (number, 10),
    };
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
        return Err(BadReference::Syntax);
    }
    u32::from_str_radix(digits, radix)
        .ok()
        .and_then(char::from_u32)
        .filter(|c| is_allowed(*c))
        .ok_or(BadReference::Character)
}

/// XML 1.0, 2.11: every line end is read as one line feed.
pub(super) fn line_ends(text: &str) -> Cow<'_, str> {
    if !text.contains('\r') {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_stand_for_the_characters_xml_allows() {
        for (reference, expected) in [
            ("amp", Ok('&')),
            ("#38", Ok('&')),
            ("#x1F600", Ok('😀')),
            ("#xe9", Ok('é')),
            ("#13", Ok('\r')),
            ("#0", Err(BadReference::Character)),
            ("#x1B", Err(BadReference::Character)),
            ("#xD800", Err(BadReference::Character)),
            ("#xFFFE", Err(BadReference::Character)),
            ("#99999999999", Err(BadReference::Character)),
            ("nbsp", Err(BadReference::Entity)),
            ("#", Err(BadReference::Syntax)),
            ("#x", Err(BadReference::Syntax)),
            ("#X41", Err(BadReference::Syntax)),
            ("#+65", Err(BadReference::Syntax)),
            ("", Err(BadReference::Syntax)),
            (" amp", Err(BadReference::Syntax)),
        ] {
            assert_eq!(resolve(reference), expected, "{reference:?}");
        }
    }

    #[test]
    fn names_follow_the_namespace_recommendation() {
        for good in ["a", "_a-1.b", "één", "straße", "a\u{B7}"] {
            assert!(is_ncname(good), "{good}");
        }
        for bad in ["", "1a", "-a", "a b", "a:b", "a<", "\u{D7}", "\u{B7}a"] {
            assert!(!is_ncname(bad), "{bad}");
        }
    }

    #[test]
    fn a_text_goes_up_to_a_tag_or_a_reference() {
        let long = "é".repeat(20);
        for (text, length, is_plain) in [
            ("", 0, true),
            ("<", 0, true),
            ("abc", 3, true),
            ("abc&lt;", 3, true),
            ("a]b\n<]", 4, false),
            ("a\r&", 2, false),
            (&format!("{long}>\"<\r"), 42, true),
            (&format!("{long}]{long}{long}<"), 121, false),
            (&format!("{long}\r"), 41, false),
        ] {
            assert_eq!(text_length(text.as_bytes()), (length, is_plain), "{text:?}");
        }
    }

    #[test]
    fn the_first_character_that_is_not_allowed_is_found() {
        assert_eq!(first_not_allowed("a\u{FFFD}\u{FEFF}\t\r\n"), None);
        assert_eq!(first_not_allowed("é\0"), Some(2));
        assert_eq!(first_not_allowed("ab\u{FFFF}"), Some(2));
        assert_eq!(first_not_allowed("\u{1b}"), Some(0));
    }
}
