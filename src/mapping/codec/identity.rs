use crate::canonical::elfproef;
use crate::mapping::codec::Cell;
use crate::mapping::codec::Note;
use crate::mapping::codec::Taken;
use crate::mapping::codec::Written;
use crate::mapping::codec::note;
use crate::mapping::codec::text::is_longer;
use crate::mapping::codec::text::too_long;
use crate::mapping::codec::text_of;
use crate::mapping::letters::trimmed;
use crate::schema::is_plain_address;
use serde_json::Value as Json;

/// Digits of a BSN.
const BSN_DIGITS: usize = 9;
/// Digits a telephone number can have.
const PHONE_DIGITS: std::ops::RangeInclusive<usize> = 5..=15;

/// A BSN: nine digits that pass the elfproef. A zero that a spreadsheet took away is put back and reported.
pub(super) fn decode_bsn(cell: Cell<'_>) -> Result<Taken, Note> {
    let text = trimmed(cell.text());
    let (digits, least) = match cell {
        Cell::Number(_) => (text.strip_suffix(".0").unwrap_or(text), 1),
        _ => (text, BSN_DIGITS - 1),
    };
    if !(least..=BSN_DIGITS).contains(&digits.len()) || !digits.bytes().all(|b| b.is_ascii_digit())
    {
        return Err(note!(
            "bsn.vorm",
            "Een BSN heeft negen cijfers, zonder punten of spaties.",
            "A BSN has nine digits, without dots or spaces.",
        ));
    }
    let padded = if digits.len() == BSN_DIGITS {
        digits.to_owned()
    } else {
        format!("{digits:0>BSN_DIGITS$}")
    };
    if !elfproef(&padded) {
        return Err(note!(
            "bsn.elfproef",
            "Dit BSN voldoet niet aan de elfproef; waarschijnlijk is het een typefout.",
            "This BSN fails the 11-test; it is probably mistyped.",
        ));
    }
    let remark = (digits.len() < BSN_DIGITS).then_some(note!(
        "bsn.aangevuld",
        "Het BSN miste voorloopnullen; die zijn teruggezet.",
        "The BSN lacked leading zeros; they were put back.",
    ));
    Ok(Taken::text(padded).noting(remark))
}

/// Four digits, not starting with zero, and two letters that are not SA, SD or SS (`PostNL`).
pub(super) fn decode_postcode(cell: Cell<'_>) -> Result<Taken, Note> {
    let mut code: String = cell.text().split_whitespace().collect();
    code.make_ascii_uppercase();
    let well_formed = matches!(code.as_bytes(), [b'1'..=b'9', rest @ ..]
        if rest.len() == 5
            && rest[..3].iter().all(u8::is_ascii_digit)
            && rest[3..].iter().all(u8::is_ascii_uppercase)
            && !matches!(&rest[3..], b"SA" | b"SD" | b"SS"));
    if well_formed {
        Ok(Taken::text(code))
    } else {
        Err(note!(
            "postcode.vorm",
            "Dit is geen Nederlandse postcode (vier cijfers en twee letters).",
            "This is not a Dutch postal code (four digits and two letters).",
        ))
    }
}

/// Whether a text has the shape of a telephone number.
fn phone(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    PHONE_DIGITS.contains(&digits)
        && text
            .bytes()
            .all(|b| b.is_ascii_digit() || b" +-()./".contains(&b))
}

/// Whether a text has the shape of an e-mail address.
fn email(text: &str) -> bool {
    // nearly all of them are seen at a glance
    if is_plain_address(text) {
        return true;
    }
    let parts = text.split_once('@');
    parts.is_some_and(|(name, host)| {
        !name.is_empty()
            && host.contains('.')
            && !host.starts_with('.')
            && !host.ends_with('.')
            && !host.contains('@')
    }) && !text
        .chars()
        .any(|c| c.is_whitespace() || c.is_control() || "<>,;\"".contains(c))
}

pub(super) fn decode_phone(cell: Cell<'_>, max: Option<usize>) -> Result<Taken, Note> {
    let text = trimmed(cell.text());
    if let Some(max) = max.filter(|max| is_longer(text, *max)) {
        return Err(too_long("tekst.lang", max));
    }
    phone(text).then(|| Taken::text(text)).ok_or(note!(
        "telefoon.vorm",
        "Dit is geen telefoonnummer.",
        "This is not a telephone number.",
    ))
}

/// A telephone number that is longer than the format has room for is not written.
pub(super) fn encode_phone(value: &Json, max: Option<usize>) -> Result<Written<'_>, Note> {
    let text = text_of(value)?;
    match max.filter(|max| is_longer(text, *max)) {
        None => Ok(Written::Text(text.into())),
        Some(max) => Err(too_long("uit.vorm", max)),
    }
}

pub(super) fn decode_email(cell: Cell<'_>) -> Result<Taken, Note> {
    let text = trimmed(cell.text());
    email(text).then(|| Taken::text(text)).ok_or(note!(
        "email.vorm",
        "Dit is geen e-mailadres.",
        "This is not an e-mail address.",
    ))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test stops where it is wrong
mod tests {
    use super::*;

    #[test]
    fn a_bsn_gets_its_lost_zeros_back_and_is_tested() {
        for (cell, expect, remark) in [
            (Cell::Text("999990019"), Ok("999990019"), false),
            (Cell::Number("9999905"), Ok("009999905"), true),
            (Cell::Text("9999905"), Err("bsn.vorm"), false),
            (Cell::Text("123456789"), Err("bsn.elfproef"), false),
            (Cell::Text("999.990.019"), Err("bsn.vorm"), false),
            (Cell::Number("0"), Err("bsn.elfproef"), false),
        ] {
            let taken = decode_bsn(cell).map_err(|note| note.code);
            assert_eq!(
                taken.as_ref().is_ok_and(|taken| taken.remark.is_some()),
                remark
            );
            assert_eq!(
                taken.map(|taken| taken.value.unwrap()),
                expect.map(Json::from)
            );
        }
    }

    #[test]
    fn contact_details_must_have_their_shape() {
        assert!(
            phone("020 123 45 67")
                && phone("+31(0)20-1234567")
                && !phone("bel mij")
                && !phone("12")
        );
        assert!(email("a@b.nl") && !email("a@b") && !email("a b@c.nl") && !email("a@b@c.nl"));
        assert!(email("é.o'n@b.nl") && !email("a@.nl") && !email("a@b.") && !email("@b.nl"));
        let postcode = |text| {
            decode_postcode(Cell::Text(text))
                .ok()
                .map(|taken| taken.value.unwrap())
        };
        assert_eq!(postcode("8331 aa"), Some(Json::from("8331AA")));
        assert_eq!(postcode("0331AA"), None);
        assert_eq!(postcode("8331SS"), None);
        assert_eq!(postcode("8331A"), None);
    }
}
