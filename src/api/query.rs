//! Reading the texts of a query and of headers.

use std::borrow::Cow;

/// Longest `Idempotency-Key`, in characters.
pub const KEY_MAX: usize = 255;

/// The pairs of a query, percent-decoded as UTF-8; what is no UTF-8 is replaced.
pub fn pairs(query: &str) -> Vec<(Cow<'_, str>, Cow<'_, str>)> {
    let parts = query.split('&').filter(|part| !part.is_empty());
    parts
        .map(|part| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            (decoded(name), decoded(value))
        })
        .collect()
}

fn decoded(text: &str) -> Cow<'_, str> {
    if !text.contains(['%', '+']) {
        return Cow::Borrowed(text);
    }
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = || Some((digit(*bytes.get(at + 1)?)? << 4) | digit(*bytes.get(at + 2)?)?);
        match bytes[at] {
            b'%' => match hex() {
                Some(byte) => {
                    out.push(byte);
                    at += 2;
                }
                None => out.push(b'%'),
            },
            b'+' => out.push(b' '),
            byte => out.push(byte),
        }
        at += 1;
    }
    Cow::Owned(String::from_utf8_lossy(&out).into_owned())
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte)
        .to_digit(16)
        .and_then(|d| u8::try_from(d).ok())
}

/// An unknown name is shown only when it looks like a name: it may be data that slipped in.
#[must_use]
pub fn discreet(name: &str) -> String {
    let plain = name.len() <= 40
        && name
            .bytes()
            .all(|b| b.is_ascii_alphabetic() || b == b'_' || b == b'-')
        && !name.is_empty();
    if plain {
        name.to_owned()
    } else {
        "…".to_owned()
    }
}

/// The string of a structured field, or a bare key.
#[must_use]
pub fn unquoted(text: &str) -> Option<String> {
    let key = match text.strip_prefix('"') {
        None => text.to_owned(),
        Some(rest) => {
            let inner = rest.strip_suffix('"')?;
            let mut key = String::with_capacity(inner.len());
            let mut chars = inner.chars();
            while let Some(c) = chars.next() {
                match c {
                    '\\' => key.push(chars.next().filter(|c| matches!(c, '"' | '\\'))?),
                    '"' => return None,
                    c => key.push(c),
                }
            }
            key
        }
    };
    let printable = key.bytes().all(|b| (0x20..0x7f).contains(&b));
    (printable && (1..=KEY_MAX).contains(&key.len())).then_some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_idempotency_key_is_read_quoted_or_bare() {
        for (text, key) in [
            ("abc", Some("abc")),
            ("\"abc\"", Some("abc")),
            (r#""a\"b\\c""#, Some(r#"a"b\c"#)),
            ("\"\"", None),
            ("", None),
            ("\"a\"b\"", None),
            (r#""a\x""#, None),
            ("\"a\\\"", None),
            ("\"a\";p=1", None),
        ] {
            assert_eq!(unquoted(text).as_deref(), key, "{text}");
        }
        assert_eq!(unquoted(&"x".repeat(256)), None);
    }

    #[test]
    fn a_query_is_decoded_and_damage_does_no_harm() {
        let query = "a=%C3%A9+b&c=%zz&d=%f&%61=1&e";
        let read: Vec<(String, String)> = pairs(query)
            .into_iter()
            .map(|(n, v)| (n.into_owned(), v.into_owned()))
            .collect();
        let expected = [
            ("a", "é b"),
            ("c", "%zz"),
            ("d", "%f"),
            ("a", "1"),
            ("e", ""),
        ];
        assert_eq!(read, expected.map(|(n, v)| (n.to_owned(), v.to_owned())));
    }
}
