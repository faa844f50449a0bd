//! What stands between the quotes of a JSON string.

use crate::adapters::scan::Eight;
use crate::adapters::scan::end_of_text;
use std::borrow::Cow;

/// What is wrong in a string, and how many bytes from the start of the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BadText {
    /// The input ends inside the string.
    Unclosed(usize),
    /// A control character that must be escaped.
    Control(usize),
    /// A backslash with something after it that is no escape.
    Escape(usize),
}

/// A string as read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Text<'a> {
    pub(super) value: Cow<'a, str>,
    /// Bytes up to and including the closing quote.
    pub(super) length: usize,
    /// Bytes that continue a character: they take no column.
    pub(super) continued: usize,
    /// Whether it held U+0000 or half a surrogate pair (replaced by U+FFFD in `value`).
    pub(super) unusable: bool,
}

/// Reads a string; `input` starts after the opening quote.
pub(super) fn read(input: &str) -> Result<Text<'_>, BadText> {
    let bytes = input.as_bytes();
    let ends = |eight: Eight| eight.same(b'"').or(eight.same(b'\\')).or(eight.below(0x20));
    let (end, wide) = end_of_text(bytes, ends, Eight::wide);
    let Some(end) = end else {
        return Err(BadText::Unclosed(bytes.len()));
    };
    match bytes[end] {
        b'"' => {}
        b'\\' => return escaped(input, end),
        _ => return Err(BadText::Control(end)),
    }
    let value = &input[..end];
    Ok(Text {
        value: Cow::Borrowed(value),
        length: end + 1,
        continued: if wide { continued(value) } else { 0 },
        unusable: false,
    })
}

fn continued(text: &str) -> usize {
    text.len() - text.chars().count()
}

/// The same from the first backslash on.
fn escaped(input: &str, first: usize) -> Result<Text<'_>, BadText> {
    let bytes = input.as_bytes();
    let mut value = input[..first].to_owned();
    let mut unusable = false;
    let mut position = first;
    loop {
        let stop = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..=0x1F);
        let Some(plain) = bytes[position..].iter().position(stop) else {
            return Err(BadText::Unclosed(bytes.len()));
        };
        value.push_str(&input[position..position + plain]);
        position += plain;
        match bytes[position] {
            b'"' => break,
            b'\\' => {}
            _ => return Err(BadText::Control(position)),
        }
        let (c, length) = escape(&bytes[position..]).ok_or(BadText::Escape(position))?;
        match c {
            Some(c) if c != '\0' => value.push(c),
            _ => {
                unusable = true;
                value.push(char::REPLACEMENT_CHARACTER);
            }
        }
        position += length;
    }
    Ok(Text {
        value: Cow::Owned(value),
        length: position + 1,
        continued: continued(&input[..position]),
        unusable,
    })
}

/// The character of an escape (none for half a surrogate pair) and its length.
fn escape(bytes: &[u8]) -> Option<(Option<char>, usize)> {
    let c = match bytes.get(1)? {
        b'"' => '"',
        b'\\' => '\\',
        b'/' => '/',
        b'b' => '\u{8}',
        b'f' => '\u{C}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => return unicode(bytes),
        _ => return None,
    };
    Some((Some(c), 2))
}

fn unicode(bytes: &[u8]) -> Option<(Option<char>, usize)> {
    let unit = |from: usize| {
        let digits = bytes.get(from..from + 4)?;
        digits.iter().try_fold(0_u32, |value, digit| {
            char::from(*digit).to_digit(16).map(|d| value * 16 + d)
        })
    };
    let first = unit(2)?;
    if (0xD800..0xDC00).contains(&first)
        && bytes.get(6..8) == Some(b"\\u")
        && let Some(second @ 0xDC00..=0xDFFF) = unit(8)
    {
        let code = 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
        return Some((char::from_u32(code), 12));
    }
    Some((char::from_u32(first), 6))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_read_up_to_their_quote() {
        for (input, value, length, continued, unusable) in [
            ("\"", "", 1, 0, false),
            ("één\" x", "één", 6, 2, false),
            (
                r#"a\"b\\\/\b\f\n\r\t" "#,
                "a\"b\\/\u{8}\u{c}\n\r\t",
                19,
                0,
                false,
            ),
            (r#"\u00e9\uD83D\uDE00""#, "é😀", 19, 0, false),
            (r#"\u0000""#, "\u{FFFD}", 7, 0, true),
            (r#"\ud83d""#, "\u{FFFD}", 7, 0, true),
            (r#"\udE00\ud83d""#, "\u{FFFD}\u{FFFD}", 13, 0, true),
            (r#"\ud83d\u0041""#, "\u{FFFD}A", 13, 0, true),
        ] {
            let text = read(input).unwrap();
            assert_eq!(
                (&*text.value, text.length, text.continued, text.unusable),
                (value, length, continued, unusable),
                "{input}"
            );
        }
    }

    #[test]
    fn what_is_not_a_string_says_where() {
        for (input, bad) in [
            ("abc", BadText::Unclosed(3)),
            ("a\\", BadText::Escape(1)),
            ("a\\\"", BadText::Unclosed(3)),
            ("a\nb\"", BadText::Control(1)),
            ("\\n\0\"", BadText::Control(2)),
            ("\\x\"", BadText::Escape(0)),
            ("\\u12g4\"", BadText::Escape(0)),
            ("\\u+123\"", BadText::Escape(0)),
            ("\\u1", BadText::Escape(0)),
        ] {
            assert_eq!(read(input), Err(bad), "{input:?}");
        }
    }
}
