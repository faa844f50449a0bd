//! Values spelled anew in the shape they had.

use crate::canonical::elfproef;
use crate::tools::mask::draw::Draw;

/// Digits of a BSN, and of an RSIN.
const BSN_DIGITS: usize = 9;
/// What an OIN begins with that is nobody's (Logius: test).
const OIN_TEST: &str = "00000099";
/// Where addresses of nobody are (RFC 2606).
const NOBODY: &str = "example.org";
/// Letters of a postcode; those that make SA, SD or SS are left out.
const POSTCODE: &[u8] = b"ABCDEFGHJKLMNPRTUVWXZ";
/// Minutes of a day.
const DAY: usize = 24 * 60;

/// Every letter and digit another one, the rest as it is. Zeros before a number stay.
pub(super) fn scrambled(text: &str, draw: &mut Draw<'_>) -> String {
    let mut leading = true;
    text.chars()
        .map(|c| {
            if c.is_numeric() {
                if leading && c == '0' {
                    return c;
                }
                let from = u8::from(leading);
                leading = false;
                return draw.digit(from, 9);
            }
            leading = true;
            if c.is_alphabetic() { draw.letter(c) } else { c }
        })
        .collect()
}

/// The same with a first sign that it is seldom allowed to begin with.
pub(super) fn spoiled(text: &str) -> String {
    let mut first = true;
    text.chars()
        .map(|c| {
            let replaced = first && c.is_alphanumeric();
            first &= !replaced;
            match c {
                _ if !replaced => c,
                c if c.is_numeric() => '0',
                _ => '9',
            }
        })
        .collect()
}

/// A number of as many digits that is not larger, so that it stays within what it may be. With `whole` what stands
/// behind the decimal sign stays: not every fraction is a whole number of minutes or cents.
pub(super) fn number(text: &str, draw: &mut Draw<'_>, whole: bool) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut begun, mut tight, mut fraction) = (false, true, false);
    let mut chars = text.chars();
    for c in chars.by_ref() {
        match c.to_digit(10) {
            None if matches!(c, 'e' | 'E') => {
                out.push(c);
                break;
            }
            None => {
                fraction |= matches!(c, '.' | ',') && begun;
                out.push(c);
            }
            Some(_) if fraction && whole => out.push(c),
            Some(0) if !begun => {
                begun |= text.starts_with('0') && text.len() == 1;
                out.push(c);
            }
            Some(digit) => {
                let digit = u8::try_from(digit).unwrap_or(9);
                let most = if tight { digit } else { 9 };
                let drawn = draw.digit(u8::from(!begun), most);
                tight &= drawn == c;
                begun = true;
                out.push(drawn);
            }
        }
    }
    out.extend(chars);
    out
}

/// A number of nine digits that passes the elfproef, without as many of its leading zeros as there were lacking. It
/// begins with nines, which no person has been given; `nines` says how many.
pub(super) fn bsn(digits: usize, draw: &mut Draw<'_>, nines: usize) -> Option<String> {
    let zeros = BSN_DIGITS.checked_sub(digits)?;
    if zeros >= BSN_DIGITS - 2 {
        return None;
    }
    let nines = if zeros == 0 { nines } else { 1 };
    for _ in 0..40 {
        let mut number = "0".repeat(zeros) + &"9".repeat(nines);
        while number.len() < BSN_DIGITS - 1 {
            number.push(draw.digit(0, 9));
        }
        let found = (0..=9).map(|digit| format!("{number}{digit}"));
        if let Some(found) = found.into_iter().find(|number| elfproef(number)) {
            return Some(found[zeros..].to_owned());
        }
    }
    None
}

/// Twenty digits of an OIN that is nobody's.
pub(super) fn oin(draw: &mut Draw<'_>) -> String {
    let rest: String = (0..12).map(|_| draw.digit(0, 9)).collect();
    format!("{OIN_TEST}{rest}")
}

/// A postcode as it was spelled.
pub(super) fn postcode(text: &str, draw: &mut Draw<'_>) -> String {
    let mut first = true;
    text.chars()
        .map(|c| {
            if c.is_ascii_digit() {
                let from = u8::from(first);
                first = false;
                draw.digit(from, 9)
            } else if c.is_alphabetic() {
                let letter = draw.pick(POSTCODE).copied().map_or('X', char::from);
                if c.is_lowercase() {
                    letter.to_ascii_lowercase()
                } else {
                    letter
                }
            } else {
                c
            }
        })
        .collect()
}

/// A telephone number as it was spelled; what says in which network it is stays.
pub(super) fn phone(text: &str, draw: &mut Draw<'_>) -> String {
    let network = ["+31 6", "+31 (0)6", "+316", "+31", "0031", "06", "0"]
        .into_iter()
        .find(|start| text.starts_with(start))
        .unwrap_or_default();
    let rest: String = text[network.len()..]
        .chars()
        .map(|c| match c {
            '0'..='9' => draw.digit(0, 9),
            c if c.is_alphabetic() => draw.letter(c),
            c => c,
        })
        .collect();
    network.to_owned() + &rest
}

/// An address of nobody.
pub(super) fn email(text: &str, draw: &mut Draw<'_>) -> String {
    let name = text.split('@').next().unwrap_or_default();
    format!("{}@{NOBODY}", scrambled(name, draw))
}

/// A UUID of the same version, or another row of hexadecimal digits.
pub(super) fn uuid(text: &str, draw: &mut Draw<'_>) -> String {
    let spelled = text.chars().enumerate().map(|(index, c)| {
        if !c.is_ascii_hexdigit() || text.len() == 36 && matches!(index, 14 | 19) {
            return c;
        }
        char::from_digit(u32::try_from(draw.below(16)).unwrap_or(0), 16).unwrap_or('0')
    });
    spelled.collect()
}

/// A clock time so many minutes later, as it was spelled; one that would be of the next day is as much earlier.
pub(super) fn clock(text: &str, minutes: usize) -> Option<String> {
    let (hour, rest) = match text.split_once(':') {
        Some((hour, rest)) => (hour, rest),
        None => text.split_at_checked(text.len().checked_sub(2)?)?,
    };
    let minute = rest.get(..2)?;
    let end = &rest[2..];
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let shaped = (1..=2).contains(&hour.len()) && plain(hour) && plain(minute);
    if !shaped || !(end.is_empty() || end.starts_with(':')) {
        return None;
    }
    let old = hour.parse::<usize>().ok()? * 60 + minute.parse::<usize>().ok()?;
    let new = if old + minutes < DAY {
        old + minutes
    } else {
        old.checked_sub(minutes)?
    };
    let width = hour.len();
    let colon = if text.contains(':') { ":" } else { "" };
    Some(format!("{:0width$}{colon}{:02}{end}", new / 60, new % 60))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test stops where it is wrong
mod tests {
    use super::*;
    use crate::tools::MaskKey;

    /// Letters as `a` and `A`, digits as `9`.
    fn shape(text: &str) -> String {
        let shape = text.chars().map(|c| match c {
            c if c.is_numeric() => '9',
            c if c.is_uppercase() => 'A',
            c if c.is_alphabetic() => 'a',
            c => c,
        });
        shape.collect()
    }

    #[test]
    fn a_value_keeps_its_shape() {
        let key = MaskKey::new(b"een");
        for attempt in 0..50 {
            let mut draw = Draw::new(&key, "vorm", "x", attempt);
            for text in ["2024-REI-000123", "0012ab", "Één € 7", "A", "007"] {
                let masked = scrambled(text, &mut draw);
                assert_eq!(shape(&masked), shape(text));
                let zeros = |text: &str| text.bytes().take_while(|b| *b == b'0').count();
                assert_eq!(zeros(&masked), zeros(text), "{text}: {masked}");
            }
            for text in ["8331 AB", "8331ab"] {
                let masked = postcode(text, &mut draw);
                assert_eq!(shape(&masked), shape(text));
                assert!(!masked.starts_with('0') && !masked.to_uppercase().contains('S'));
            }
            let masked = phone("06-12345678", &mut draw);
            assert!(masked.starts_with("06-") && masked.len() == 11, "{masked}");
            let masked = email("j.jansen@gemeente.nl", &mut draw);
            assert_eq!(shape(&masked), "a.aaaaaa@aaaaaaa.aaa");
            assert!(masked.ends_with("@example.org"));
            let masked = uuid("0192a3b4-5c6d-7e8f-9a0b-1c2d3e4f5a6b", &mut draw);
            assert_eq!((&masked[14..15], &masked[19..20]), ("7", "9"));
            assert!(masked.parse::<::uuid::Uuid>().is_ok());
        }
    }

    #[test]
    fn a_number_of_nine_digits_passes_the_elfproef_and_lacks_the_same_zeros() {
        let key = MaskKey::new(b"een");
        for attempt in 0..200 {
            let mut draw = Draw::new(&key, "bsn", "x", attempt);
            for digits in 3..=9 {
                let masked = bsn(digits, &mut draw, 3).unwrap();
                assert_eq!(masked.len(), digits);
                assert!(masked.starts_with('9') && elfproef(&format!("{masked:0>9}")));
            }
            assert_eq!(bsn(10, &mut draw, 3), None);
            assert_eq!(bsn(2, &mut draw, 3), None);
        }
    }

    #[test]
    fn a_number_does_not_become_larger_or_longer() {
        let key = MaskKey::new(b"een");
        for attempt in 0..200 {
            let mut draw = Draw::new(&key, "getal", "x", attempt);
            for text in ["1", "45", "100", "7.25", "0.5", "12345678", "0", "-36"] {
                let masked = number(text, &mut draw, false);
                assert_eq!(shape(&masked), shape(text));
                let value = |text: &str| text.parse::<f64>().unwrap().abs();
                assert!(value(&masked) <= value(text), "{text}: {masked}");
            }
            assert!(number("12,25", &mut draw, true).ends_with(",25"));
        }
    }

    #[test]
    fn a_clock_time_moves_within_its_day() {
        for (text, minutes, expect) in [
            ("09:00", 17, Some("09:17")),
            ("9:50", 17, Some("10:07")),
            ("0950", 17, Some("1007")),
            ("23:50:12", 17, Some("23:33:12")),
            ("negen", 17, None),
            ("9", 17, None),
            ("", 17, None),
        ] {
            assert_eq!(clock(text, minutes).as_deref(), expect, "{text}");
        }
    }
}
