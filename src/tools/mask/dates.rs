//! Dates moved, in the form they had.

use jiff::Span;
use jiff::civil::Date;

/// Years that a text of eight digits is taken for a date of.
const PLAUSIBLE: std::ops::RangeInclusive<i16> = 1880..=2100;

/// A date so many days later (or, with a negative number, earlier) in the form it was written in; parts that are not
/// known stay so. `partial`: four digits are a year, and 00 stands for what is not known. None for what is no date.
pub(in crate::tools) fn moved(text: &str, days: i32, partial: bool) -> Option<String> {
    if !text.is_ascii() {
        return None;
    }
    if let Some(found) = dashed(text, days, partial) {
        return Some(found);
    }
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    match text.len() {
        4 if partial => Some(format!("{:04}", year(text.parse().ok()?, days))),
        8..=17 => {
            let (date, rest) = text.split_at(8);
            let parts = (
                date[..4].parse().ok()?,
                date[4..6].parse().ok()?,
                date[6..].parse().ok()?,
            );
            let plausible = PLAUSIBLE.contains(&parts.0) || partial && text.len() == 8;
            let (year, month, day) = plausible.then(|| later(parts, days, partial))??;
            Some(format!("{year:04}{month:02}{day:02}{rest}"))
        }
        _ => None,
    }
}

/// A serial number so many days later, if it stays one.
pub(super) fn serial(text: &str, days: i32) -> Option<String> {
    let (whole, rest) = text.find('.').map_or((text, ""), |at| text.split_at(at));
    let number: i64 = whole.parse().ok()?;
    let later = number.checked_add(i64::from(days))?;
    let earlier = number.checked_sub(i64::from(days))?;
    let found = [later, earlier].into_iter().find(|found| *found > 60)?;
    (number > 60).then(|| format!("{found}{rest}"))
}

/// Forms with dashes: ISO, also with a time behind it or without day or month, and day first.
fn dashed(text: &str, days: i32, partial: bool) -> Option<String> {
    let (date, rest) = text
        .find(['T', ' '])
        .map_or((text, ""), |at| text.split_at(at));
    let parts: Vec<&str> = date.split('-').collect();
    let plain = |part: &&str| {
        (1..=4).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    if !parts.iter().all(plain) {
        return None;
    }
    match parts.as_slice() {
        [y, m] if y.len() == 4 && m.len() == 2 => {
            let (y, m, _) = later((y.parse().ok()?, m.parse().ok()?, 0), days, true)?;
            Some(format!("{y:04}-{m:02}{rest}"))
        }
        [y, m, d] if y.len() == 4 && m.len() == 2 && d.len() == 2 => {
            let parts = (y.parse().ok()?, m.parse().ok()?, d.parse().ok()?);
            let (y, m, d) = later(parts, days, partial)?;
            Some(format!("{y:04}-{m:02}-{d:02}{rest}"))
        }
        [d, m, y] if d.len() <= 2 && m.len() <= 2 && matches!(y.len(), 2 | 4) => {
            let short = y.len() == 2;
            let full: i16 = y.parse().ok()?;
            let full = if short { full + 2000 } else { full };
            let (year, month, day) =
                later((full, m.parse().ok()?, d.parse().ok()?), days, partial)?;
            let wide = d.len() == 2 && m.len() == 2;
            let year = if short {
                format!("{:02}", year % 100)
            } else {
                format!("{year:04}")
            };
            Some(if wide {
                format!("{day:02}-{month:02}-{year}{rest}")
            } else {
                format!("{day}-{month}-{year}{rest}")
            })
        }
        _ => None,
    }
}

/// Year, month and day later. Parts that are zero, or one where that may stand for nothing known, stay so, if they may; a
/// date that does not exist gets another year.
fn later((y, m, d): (i16, i8, i8), days: i32, partial: bool) -> Option<(i16, i8, i8)> {
    if (y, m, d) == (0, 0, 0) && partial {
        return Some((0, 0, 0));
    }
    // what stands at parts that an indicator says are unknown
    if partial && (y, m, d) == (1900, 1, 1) {
        return Some((y, m, d));
    }
    if partial && (m == 0 || (m, d) == (1, 1)) {
        return Some((year(y, days), m, d));
    }
    if partial && d <= 1 {
        let moved = Date::new(y, m, 1).ok()?;
        let months = (days / 31).clamp(-11, 11);
        let months = if months == 0 { 1 } else { months };
        let moved = moved.checked_add(Span::new().months(months)).ok()?;
        return Some((moved.year(), moved.month(), d));
    }
    let Ok(date) = Date::new(y, m, d) else {
        return Some((year(y, days), m, d));
    };
    let moved = date.checked_add(Span::new().days(days)).ok()?;
    let moved = (1000..=9999).contains(&moved.year()).then_some(moved)?;
    Some((moved.year(), moved.month(), moved.day()))
}

const fn year(year: i16, days: i32) -> i16 {
    if days < 0 || year >= 9999 {
        year - 1
    } else {
        year + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_moves_in_its_own_form() {
        for (text, days, partial, expect) in [
            ("2024-04-01", 40, false, Some("2024-05-11")),
            ("20240401", -40, false, Some("20240221")),
            ("01-04-2024", 40, false, Some("11-05-2024")),
            ("1-4-2024", 40, false, Some("11-5-2024")),
            ("1-4-24", 400, false, Some("6-5-25")),
            (
                "2024-04-01T09:15:00Z",
                40,
                false,
                Some("2024-05-11T09:15:00Z"),
            ),
            ("20240314101500123", 40, false, Some("20240423101500123")),
            ("1985", 40, true, Some("1986")),
            ("1985", 40, false, None),
            ("1985-03", 62, true, Some("1985-05")),
            ("19850000", -40, true, Some("19840000")),
            ("19850300", 62, true, Some("19850500")),
            ("00000000", 40, true, Some("00000000")),
            ("19850101", 40, true, Some("19860101")),
            ("19850301", 62, true, Some("19850501")),
            ("1900-01-01", 40, true, Some("1900-01-01")),
            ("19850101", 40, false, Some("19850210")),
            ("00-00-1985", 40, true, Some("00-00-1986")),
            ("31-02-2024", 40, false, Some("31-02-2025")),
            ("99999999", 40, false, None),
            ("123456782", 40, false, None),
            ("Jansen", 40, false, None),
            ("3-4", 40, false, None),
            ("", 40, true, None),
        ] {
            assert_eq!(moved(text, days, partial).as_deref(), expect, "{text}");
        }
        assert_eq!(serial("45383", 40).as_deref(), Some("45423"));
        assert_eq!(serial("45383.5", -40).as_deref(), Some("45343.5"));
        assert_eq!(serial("70", -40).as_deref(), Some("110"));
        assert_eq!(serial("abc", 40), None);
    }
}
