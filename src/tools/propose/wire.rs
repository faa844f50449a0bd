//! How a file is written of which nothing is agreed.

use crate::document::Charset;
use crate::document::CsvWire;
use crate::document::FixedWire;
use crate::document::Wire;
use crate::document::XmlWire;
use crate::tools::propose::fixed::is_fixed;

/// Lines that are looked at.
const LINES: usize = 20;
/// Delimiters that the language knows.
const DELIMITERS: [u8; 4] = [b';', b',', b'\t', b'|'];

/// The format of a file by its name and its first bytes; none for one that mappings do not read.
#[must_use]
pub fn guess_wire(name: &str, bytes: &[u8]) -> Option<Wire> {
    let start = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let first = start.iter().find(|byte| !byte.is_ascii_whitespace());
    let end = name.rsplit_once('.').map_or("", |(_, end)| end);
    Some(match end.to_ascii_lowercase().as_str() {
        "xlsx" => Wire::Excel,
        "csv" => Wire::Csv(csv(start)),
        "xml" => Wire::Xml(xml(start)),
        "json" => Wire::Json,
        _ if bytes.starts_with(b"PK") => Wire::Excel,
        _ => match first? {
            b'<' => Wire::Xml(xml(start)),
            b'{' | b'[' => Wire::Json,
            _ => return fixed(start),
        },
    })
}

/// Lines that are as long as each other.
fn fixed(bytes: &[u8]) -> Option<Wire> {
    let (encoding, text) = match std::str::from_utf8(bytes) {
        Ok(text) => (Charset::Utf8, text.to_owned()),
        // only the number of characters counts, and each byte is one
        Err(_) => (
            Charset::Windows1252,
            bytes.iter().map(|byte| char::from(*byte)).collect(),
        ),
    };
    is_fixed(&text).then(|| {
        Wire::Fixed(FixedWire {
            encoding,
            crlf: text.contains("\r\n"),
        })
    })
}

/// The delimiter that stands most often in the first lines, outside quotes.
fn csv(bytes: &[u8]) -> CsvWire {
    let encoding = if std::str::from_utf8(bytes).is_ok() {
        Charset::Utf8
    } else {
        Charset::Windows1252
    };
    let mut counts = [0_usize; DELIMITERS.len()];
    let (mut quoted, mut lines) = (false, 0);
    for byte in bytes {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => lines += 1,
            byte if !quoted => {
                if let Some(index) = DELIMITERS.iter().position(|known| known == byte) {
                    counts[index] += 1;
                }
            }
            _ => {}
        }
        if lines >= LINES {
            break;
        }
    }
    let most = counts.iter().copied().max().unwrap_or(0);
    let index = counts.iter().position(|count| *count == most).unwrap_or(0);
    CsvWire {
        delimiter: DELIMITERS[index],
        encoding,
        crlf: bytes.windows(2).any(|pair| pair == b"\r\n"),
    }
}

/// The prefixes that the file itself declares.
fn xml(bytes: &[u8]) -> XmlWire {
    let text = String::from_utf8_lossy(bytes);
    let mut namespaces: Vec<(String, String)> = Vec::new();
    for (at, _) in text.match_indices("xmlns") {
        let rest = &text[at + "xmlns".len()..];
        let Some((prefix, rest)) = rest.split_once('=') else {
            continue;
        };
        let prefix = prefix.trim();
        let prefix = prefix.strip_prefix(':').unwrap_or(prefix);
        let rest = rest.trim_start();
        let Some(quote) = rest.chars().next().filter(|c| matches!(c, '"' | '\'')) else {
            continue;
        };
        let Some((uri, _)) = rest[1..].split_once(quote) else {
            continue;
        };
        let plain = prefix
            .chars()
            .all(|c| c.is_alphanumeric() || c == '-' || c == '_');
        let known = namespaces
            .iter()
            .any(|(one, other)| one == prefix || other == uri);
        if plain && !known && !uri.is_empty() {
            namespaces.push((prefix.to_owned(), uri.to_owned()));
        }
    }
    XmlWire::new(namespaces)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_known_by_its_name_or_its_first_bytes() {
        let delimiter = |bytes: &[u8]| match guess_wire("x.csv", bytes) {
            Some(Wire::Csv(wire)) => Some((char::from(wire.delimiter), wire.encoding, wire.crlf)),
            _ => None,
        };
        let utf8 = Charset::Utf8;
        assert_eq!(delimiter(b"a;b;c\r\n1,5;2;3\r\n"), Some((';', utf8, true)));
        assert_eq!(delimiter(b"a,b\n\"1;2;3;4\",x\n"), Some((',', utf8, false)));
        assert_eq!(
            delimiter(b"a\tb\n\xE9\t2\n"),
            Some(('\t', Charset::Windows1252, false))
        );
        assert_eq!(guess_wire("x", b" {\"a\": 1}"), Some(Wire::Json));
        assert_eq!(guess_wire("x", b"PK\x03\x04"), Some(Wire::Excel));
        assert_eq!(guess_wire("x.txt", b"12345"), None);
        assert_eq!(guess_wire("x.txt", b""), None);
        let Some(Wire::Xml(wire)) = guess_wire("x.xml", b"<a:b xmlns:a='urn:a' xmlns=\"urn:b\"/>")
        else {
            panic!("it is XML");
        };
        let pairs: Vec<(&str, &str)> = wire.namespaces.iter().map(|(p, u)| (&**p, &**u)).collect();
        assert_eq!(pairs, [("a", "urn:a"), ("", "urn:b")]);
    }
}
