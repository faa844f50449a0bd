//! Which encoding an XML file is in: its first bytes, then its own declaration (XML 1.0, appendix F).

use crate::adapters::charset;
use crate::adapters::error::Refused;
use crate::document::At;
use crate::document::Fault;
use crate::document::Place;
use std::borrow::Cow;

/// The file as text, without byte order mark.
pub(super) fn text(bytes: &[u8]) -> Result<Cow<'_, str>, Refused> {
    let (sure, mark) = match bytes {
        [0xEF, 0xBB, 0xBF, ..] => (Some(encoding_rs::UTF_8), 3),
        [0xFE, 0xFF, ..] => (Some(encoding_rs::UTF_16BE), 2),
        [0xFF, 0xFE, ..] => (Some(encoding_rs::UTF_16LE), 2),
        [0x00, b'<', 0x00, ..] => (Some(encoding_rs::UTF_16BE), 0),
        [b'<', 0x00, _, 0x00, ..] => (Some(encoding_rs::UTF_16LE), 0),
        _ => (None, 0),
    };
    let rest = &bytes[mark..];
    if let Some(utf_16) = sure.filter(|encoding| *encoding != encoding_rs::UTF_8) {
        let text = charset::other(rest, utf_16)?;
        let declared = declared(text.as_bytes());
        if declared.is_some_and(|name| !name.to_ascii_lowercase().starts_with(b"utf-16")) {
            return Err(contradiction());
        }
        return Ok(text);
    }
    let Some(name) = declared(rest) else {
        return charset::utf8(bytes).map(Cow::Borrowed);
    };
    let name = name.to_ascii_lowercase();
    match (&*name, sure) {
        (b"utf-8" | b"utf8" | b"us-ascii" | b"ascii", _) => charset::utf8(bytes).map(Cow::Borrowed),
        (_, Some(_)) | (b"utf-16" | b"utf-16le" | b"utf-16be", None) => Err(contradiction()),
        (b"iso-8859-1" | b"latin1" | b"windows-1252" | b"cp1252", None) => {
            charset::windows_1252(rest)
        }
        (b"iso-8859-15", None) => charset::other(rest, encoding_rs::ISO_8859_15),
        _ => Err(Box::new(Fault::refused(
            "xml.codering",
            start(),
            "De codering in de XML-declaratie wordt niet ondersteund. Gebruik UTF-8 (liefst), UTF-16, ISO-8859-1, ISO-8859-15 of windows-1252.",
            "The encoding in the XML declaration is not supported. Use UTF-8 (preferably), UTF-16, ISO-8859-1, ISO-8859-15 or windows-1252.",
        ))),
    }
}

fn start() -> Place {
    Place::Text { at: At::new(1, 1) }
}

fn contradiction() -> Refused {
    Box::new(Fault::refused(
        "xml.codering",
        start(),
        "De XML-declaratie noemt een andere codering dan de bytes van het bestand hebben. Laat de declaratie kloppen; kies bij voorkeur UTF-8.",
        "The XML declaration names another encoding than the bytes of the file have. Make the declaration right; preferably use UTF-8.",
    ))
}

/// The encoding that the XML declaration names, if there is a declaration and it names one.
fn declared(bytes: &[u8]) -> Option<&[u8]> {
    let rest = bytes.strip_prefix(b"<?xml")?;
    let end = rest.windows(2).take(512).position(|pair| pair == b"?>")?;
    let declaration = &rest[..end];
    let word = b"encoding";
    let found = declaration
        .windows(word.len())
        .position(|part| part == word)?;
    let after = declaration[found + word.len()..].trim_ascii_start();
    let value = after.strip_prefix(b"=")?.trim_ascii_start();
    let (quote, value) = value.split_first()?;
    let end = value.iter().position(|byte| byte == quote)?;
    Some(&value[..end])
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn utf_16(text: &str, big: bool, mark: bool) -> Vec<u8> {
        let mark = mark.then_some(0xFEFF);
        mark.into_iter()
            .chain(text.encode_utf16())
            .flat_map(|unit| {
                if big {
                    unit.to_be_bytes()
                } else {
                    unit.to_le_bytes()
                }
            })
            .collect()
    }

    #[test]
    fn each_supported_encoding_is_read_as_the_same_text() {
        let body = "<a>é</a>";
        let latin = |name: &str| {
            let mut bytes = format!("<?xml version='1.0' encoding='{name}'?><a>").into_bytes();
            bytes.extend(b"\xE9</a>");
            bytes
        };
        let mut marked = b"\xEF\xBB\xBF".to_vec();
        marked.extend(body.as_bytes());
        let declared = "<?xml version=\"1.0\" encoding=\"UTF-16\"?><a>é</a>";
        for (what, bytes) in [
            ("utf-8", body.as_bytes().to_vec()),
            ("utf-8 with a mark", marked),
            ("iso-8859-1", latin("ISO-8859-1")),
            ("windows-1252", latin("windows-1252")),
            ("iso-8859-15", latin("iso-8859-15")),
            ("utf-16le", utf_16(declared, false, true)),
            ("utf-16be", utf_16(declared, true, true)),
            ("utf-16le without mark", utf_16(declared, false, false)),
            ("utf-16be without mark", utf_16(declared, true, false)),
        ] {
            let text = text(&bytes).unwrap();
            assert!(text.ends_with(body), "{what}");
            assert!(text.starts_with('<'), "{what}");
        }
    }

    #[test]
    fn a_declaration_that_contradicts_the_bytes_is_refused() {
        let utf_8_in_name_only = utf_16("<?xml version='1.0' encoding='utf-8'?><a/>", false, true);
        for bytes in [
            &b"<?xml version='1.0' encoding='utf-16'?><a/>"[..],
            b"\xEF\xBB\xBF<?xml version='1.0' encoding='iso-8859-1'?><a/>",
            b"<?xml version='1.0' encoding='shift_jis'?><a/>",
            &utf_8_in_name_only,
        ] {
            assert_eq!(text(bytes).unwrap_err().code, "xml.codering");
        }
        for bytes in [
            &b"<a>\xE9</a>"[..],
            b"\xFF\xFE<\x00a\x00\x00\xD8",
            b"\xFF\xFEa",
        ] {
            assert_eq!(text(bytes).unwrap_err().code, "bestand.tekenset");
        }
    }
}
