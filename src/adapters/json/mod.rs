//! JSON (RFC 8259), UTF-8 (a byte order mark is dropped), under the rules of I-JSON (RFC 7493).
//!
//! An own reader, because `serde_json` takes the last of two equal members in silence and takes U+0000, which a
//! database then refuses. Numbers keep the sender's spelling. Equal members are found after unescaping.
//! `decode(encode(x)) = x` for every tree without unreadable cells, repeated members or U+0000.

mod names;
mod read;
mod refuse;
mod stream;
#[cfg(test)]
mod tests;
mod text;
mod write;

pub(super) use read::decode;
pub(crate) use stream::JsonMark;
pub(crate) use stream::JsonStream;
pub(crate) use stream::is_plain_json_name;
pub(super) use write::encode;

/// RFC 8259, section 6: how many bytes at the start of `bytes` are a number; `None` if they do not start one, or
/// break off inside one, after that many bytes.
fn number(bytes: &[u8]) -> Result<usize, usize> {
    let digits = |from: usize| {
        bytes[from..]
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count()
    };
    let at = |index: usize| bytes.get(index).copied();
    let mut end = usize::from(at(0) == Some(b'-'));
    match at(end) {
        Some(b'0') => end += 1,
        Some(b'1'..=b'9') => end += digits(end),
        _ => return Err(end),
    }
    if at(end) == Some(b'.') {
        match digits(end + 1) {
            0 => return Err(end + 1),
            count => end += 1 + count,
        }
    }
    if matches!(at(end), Some(b'e' | b'E')) {
        end += 1;
        end += usize::from(matches!(at(end), Some(b'+' | b'-')));
        match digits(end) {
            0 => return Err(end),
            count => end += count,
        }
    }
    Ok(end)
}

/// A JSON Pointer (RFC 6901) step.
fn pointer_step(pointer: &mut String, step: &str) {
    pointer.push('/');
    for c in step.chars() {
        match c {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            c => pointer.push(c),
        }
    }
}

#[cfg(test)]
mod number_tests {
    use super::number;

    #[test]
    fn numbers_follow_the_grammar_and_keep_their_length() {
        for (text, expected) in [
            ("0", Ok(1)),
            ("-0", Ok(2)),
            ("12.50,", Ok(5)),
            ("1e5]", Ok(3)),
            ("1E+05", Ok(5)),
            ("01", Ok(1)),
            ("", Err(0)),
            ("-", Err(1)),
            ("+1", Err(0)),
            (".5", Err(0)),
            ("1.", Err(2)),
            ("1e", Err(2)),
            ("1e+", Err(3)),
        ] {
            assert_eq!(number(text.as_bytes()), expected, "{text}");
        }
    }
}
