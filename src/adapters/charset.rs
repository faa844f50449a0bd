use crate::adapters::error::Refused;
use crate::adapters::locate::end_of;
use crate::document::Charset;
use crate::document::Fault;
use crate::document::Place;
use encoding_rs::Encoding;
use std::borrow::Cow;

/// The byte order mark of UTF-8, which some programs put at the start of a file.
pub(super) const UTF8_MARK: &[u8] = b"\xEF\xBB\xBF";

/// The name people know an encoding by.
const fn name(encoding: Charset) -> &'static str {
    match encoding {
        Charset::Utf8 => "UTF-8",
        Charset::Windows1252 => "Windows-1252",
        Charset::Latin1 => "ISO-8859-1",
    }
}

/// The text of a file in the encoding that was agreed.
pub(super) fn text_of(bytes: &[u8], encoding: Charset) -> Result<Cow<'_, str>, Refused> {
    if bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF") {
        return Err(not_in(name(encoding), Place::Whole));
    }
    // A byte order mark leaves no doubt, whatever was agreed.
    if encoding == Charset::Utf8 || bytes.starts_with(UTF8_MARK) {
        return utf8(bytes).map(Cow::Borrowed);
    }
    if !bytes.is_ascii() && std::str::from_utf8(bytes).is_ok() {
        return Err(looks_like_utf8(name(encoding)));
    }
    match encoding {
        Charset::Latin1 => latin_1(bytes),
        Charset::Utf8 | Charset::Windows1252 => windows_1252(bytes),
    }
}

/// The bytes of a text in an encoding; none if it has not all the characters.
pub(crate) fn bytes_of(text: &str, encoding: Charset) -> Option<Cow<'_, [u8]>> {
    match encoding {
        Charset::Utf8 => Some(Cow::Borrowed(text.as_bytes())),
        Charset::Windows1252 => {
            // Five C1 control characters would become bytes that have no character.
            let unassigned = |c| matches!(c, '\u{81}' | '\u{8D}' | '\u{8F}' | '\u{90}' | '\u{9D}');
            let (bytes, _, lossy) = encoding_rs::WINDOWS_1252.encode(text);
            (!lossy && !text.contains(unassigned)).then_some(bytes)
        }
        Charset::Latin1 => {
            let has = |c: char| c <= '\u{FF}' && !matches!(c, '\u{80}'..='\u{9F}');
            (text.chars().all(has)).then(|| encoding_rs::mem::encode_latin1_lossy(text))
        }
    }
}

/// Accented letters of one byte are not valid UTF-8 but by rare accident, so that a file that is all valid is in no
/// such encoding; read as such every `é` would be stored as two other characters.
fn looks_like_utf8(agreed: &str) -> Refused {
    Box::new(Fault::refused(
        "bestand.tekenset",
        Place::Whole,
        format!(
            "Het bestand is UTF-8, terwijl {agreed} is afgesproken. Sla het op als {agreed}, of als UTF-8 met byte order mark."
        ),
        format!(
            "The file is UTF-8, where {agreed} was agreed. Save it as {agreed}, or as UTF-8 with a byte order mark."
        ),
    ))
}

/// Text that must be UTF-8, without its byte order mark.
pub(super) fn utf8(bytes: &[u8]) -> Result<&str, Refused> {
    let rest = bytes.strip_prefix(UTF8_MARK).unwrap_or(bytes);
    std::str::from_utf8(rest).map_err(|error| {
        let at = end_of(&rest[..error.valid_up_to()]);
        not_in("UTF-8", Place::Text { at })
    })
}

/// Text in Windows-1252. Its five bytes without a character are refused, where other programs guess.
pub(super) fn windows_1252(bytes: &[u8]) -> Result<Cow<'_, str>, Refused> {
    let unassigned = |byte: &u8| matches!(byte, 0x81 | 0x8D | 0x8F | 0x90 | 0x9D);
    if let Some(position) = bytes.iter().position(unassigned) {
        // One byte is one character here, so that the column is counted on the decoded text.
        let (before, _) = encoding_rs::WINDOWS_1252.decode_without_bom_handling(&bytes[..position]);
        let at = end_of(before.as_bytes());
        return Err(not_in("Windows-1252", Place::Text { at }));
    }
    let (text, _) = encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes);
    Ok(text)
}

/// Text in ISO-8859-1. What it has for control characters are letters and marks of Windows-1252 in practice: which,
/// is not guessed.
fn latin_1(bytes: &[u8]) -> Result<Cow<'_, str>, Refused> {
    let control = |byte: &u8| matches!(byte, 0x80..=0x9F);
    if let Some(position) = bytes.iter().position(control) {
        let at = end_of(encoding_rs::mem::decode_latin1(&bytes[..position]).as_bytes());
        return Err(not_in(name(Charset::Latin1), Place::Text { at }));
    }
    Ok(encoding_rs::mem::decode_latin1(bytes))
}

/// Text in another encoding.
pub(super) fn other<'a>(
    bytes: &'a [u8],
    encoding: &'static Encoding,
) -> Result<Cow<'a, str>, Refused> {
    encoding
        .decode_without_bom_handling_and_without_replacement(bytes)
        .ok_or_else(|| not_in(encoding.name(), Place::Whole))
}

/// Bytes that are not text in the encoding the file is said to be in.
pub(super) fn not_in(encoding: &str, place: Place) -> Refused {
    Box::new(Fault::refused(
        "bestand.tekenset",
        place,
        format!(
            "Hier staan bytes die geen {encoding} zijn. Sla het bestand op in de afgesproken tekenset ({encoding}) en stuur het opnieuw."
        ),
        format!(
            "There are bytes here that are not {encoding}. Save the file in the agreed encoding ({encoding}) and send it again."
        ),
    ))
}
