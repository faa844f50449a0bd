use crate::adapters::error::Refused;
use crate::adapters::locate::end_of;
use crate::document::Fault;
use crate::document::Place;
use encoding_rs::Encoding;
use std::borrow::Cow;

/// The byte order mark of UTF-8, which some programs put at the start of a file.
pub(super) const UTF8_MARK: &[u8] = b"\xEF\xBB\xBF";

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
