use crate::mapping::codec::Cell;
use crate::mapping::codec::Note;
use crate::mapping::codec::Taken;
use crate::mapping::codec::Written;
use crate::mapping::codec::note;
use crate::mapping::codec::text_of;
use crate::mapping::codec::unwritable;
use crate::mapping::letters::trimmed;
use serde_json::Value as Json;

/// Minutes of a day.
pub(super) const MINUTES_A_DAY: u32 = 24 * 60;

/// How a clock time goes out; all of them come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ClockForm {
    HhMm,
    HMm,
    Hhmm,
    HhMmSs,
}

impl ClockForm {
    /// Every form by its name in the language.
    pub(crate) const ALL: [(&'static str, Self); 4] = [
        ("hh:mm", Self::HhMm),
        ("h:mm", Self::HMm),
        ("hhmm", Self::Hhmm),
        ("hh:mm:ss", Self::HhMmSs),
    ];
}

/// A clock time.
#[derive(Debug, Clone)]
pub(crate) struct ClockCodec {
    pub form: ClockForm,
}

const NOT_A_TIME: Note = note!(
    "tijd.vorm",
    "Dit is geen tijd als 9:00 of 09:00.",
    "This is not a time such as 9:00 or 09:00.",
);

impl ClockCodec {
    pub(crate) fn decode(cell: Cell<'_>) -> Result<Taken, Note> {
        let found = match cell {
            Cell::Text(text) => clock(trimmed(text)),
            Cell::Number(text) => day_fraction(text),
            Cell::Bool(_) | Cell::Measure(..) => None,
        };
        let (hour, minute) = found.ok_or(NOT_A_TIME)?;
        Ok(Taken::text(format!("{hour:02}:{minute:02}")))
    }

    pub(crate) fn encode(&self, value: &Json) -> Result<Written<'static>, Note> {
        let (hour, minute) = clock(text_of(value)?).ok_or_else(unwritable)?;
        Ok(Written::Text(
            match self.form {
                ClockForm::HhMm => format!("{hour:02}:{minute:02}"),
                ClockForm::HMm => format!("{hour}:{minute:02}"),
                ClockForm::Hhmm => format!("{hour:02}{minute:02}"),
                ClockForm::HhMmSs => format!("{hour:02}:{minute:02}:00"),
            }
            .into(),
        ))
    }
}

fn clock(text: &str) -> Option<(u32, u32)> {
    let digits = |part: &str, least: usize| {
        let fits = (least..=2).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
        fits.then(|| part.parse::<u32>().ok())?
    };
    let (hour, minute) = match text.split_once(':') {
        Some((hour, rest)) => {
            // Seconds that are not zero would be lost: a clock time is hours and minutes.
            let minute = rest.strip_suffix(":00").unwrap_or(rest);
            (digits(hour, 1)?, digits(minute, 2)?)
        }
        None if text.len() == 4 && text.is_ascii() => {
            (digits(&text[..2], 2)?, digits(&text[2..], 2)?)
        }
        None => return None,
    };
    (hour < 24 && minute < 60).then_some((hour, minute))
}

/// A workbook keeps a time as a fraction of a day.
fn day_fraction(text: &str) -> Option<(u32, u32)> {
    let part = part_of(text, MINUTES_A_DAY).filter(|part| part.is_whole)?;
    let minutes = u32::try_from(part.nearest).ok()?;
    (minutes < MINUTES_A_DAY).then_some((minutes / 60, minutes % 60))
}

/// How many units something is.
pub(super) struct PartOf {
    /// The nearest whole number of them.
    pub nearest: u64,
    /// Whether it is that number.
    pub is_whole: bool,
}

/// How many units a number is of which one holds `of_one`: minutes of days. A minute is 0.000694... of a day, so the number
/// is never exact: it counts as whole when it lies within a six hundredth of it (a tenth of a second of a minute). Decimal
/// digits only, no floating point.
pub(super) fn part_of(text: &str, of_one: u32) -> Option<PartOf> {
    const PLACES: usize = 15;
    let (whole, part) = match text.split_once('.') {
        Some(("", part)) => ("0", part),
        Some(parts) => parts,
        None => (text, "0"),
    };
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(part) || whole.len() > PLACES {
        return None;
    }
    let mut digits: String = whole.chars().chain(part.chars().take(PLACES)).collect();
    while digits.len() < whole.len() + PLACES {
        digits.push('0');
    }
    let scaled = digits.parse::<u128>().ok()? * u128::from(of_one);
    let unit = 10_u128.pow(15);
    let nearest = (scaled + unit / 2) / unit;
    let off = scaled.abs_diff(nearest * unit);
    Some(PartOf {
        nearest: u64::try_from(nearest).ok()?,
        is_whole: off * 600 < unit,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test stops where it is wrong
mod tests {
    use super::*;

    #[test]
    fn a_clock_time_is_read_in_every_form() {
        for (cell, expect) in [
            (Cell::Text("9:00"), Some("09:00")),
            (Cell::Text("09:05:00"), Some("09:05")),
            (Cell::Text("09:05:30"), None),
            (Cell::Text("0905"), Some("09:05")),
            (Cell::Text("24:00"), None),
            (Cell::Text("9:5"), None),
            (Cell::Text("9.00"), None),
            (Cell::Number("0.375"), Some("09:00")),
            (Cell::Number("0.395833333333333"), Some("09:30")),
            (Cell::Number("0.3754"), None),
            (Cell::Number("1.5"), None),
        ] {
            let found = ClockCodec::decode(cell)
                .ok()
                .map(|taken| taken.value.unwrap());
            assert_eq!(found, expect.map(Json::from), "{}", cell.text());
        }
        let out = |form| ClockCodec { form }.encode(&Json::from("09:30")).unwrap();
        assert_eq!(out(ClockForm::HMm), Written::Text("9:30".into()));
        assert_eq!(out(ClockForm::Hhmm), Written::Text("0930".into()));
        assert_eq!(out(ClockForm::HhMmSs), Written::Text("09:30:00".into()));
    }
}
