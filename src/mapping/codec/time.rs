use crate::mapping::codec::Cell;
use crate::mapping::codec::Note;
use crate::mapping::codec::Taken;
use crate::mapping::codec::Written;
use crate::mapping::codec::text_of;
use crate::mapping::codec::unwritable;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::AmbiguousOffset;
use jiff::tz::TimeZone;
use serde_json::Value as Json;
use std::sync::LazyLock;

/// Minutes of a day.
const MINUTES_A_DAY: u32 = 24 * 60;

static AMSTERDAM: LazyLock<TimeZone> =
    LazyLock::new(|| TimeZone::get("Europe/Amsterdam").expect("the time zones are bundled"));

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

const NOT_A_TIME: Note = Note::of(
    "tijd.vorm",
    "Dit is geen tijd als 9:00 of 09:00.",
    "This is not a time such as 9:00 or 09:00.",
);

impl ClockCodec {
    pub(crate) fn decode(cell: Cell<'_>) -> Result<Taken, Note> {
        let found = match cell {
            Cell::Text(text) => clock(text.trim()),
            Cell::Number(text) => day_fraction(text),
            Cell::Bool(_) => None,
        };
        let (hour, minute) = found.ok_or(NOT_A_TIME)?;
        Ok(Taken::text(format!("{hour:02}:{minute:02}")))
    }

    pub(crate) fn encode(&self, value: &Json) -> Result<Written, Note> {
        let (hour, minute) = clock(text_of(value)?).ok_or_else(unwritable)?;
        Ok(Written::Text(match self.form {
            ClockForm::HhMm => format!("{hour:02}:{minute:02}"),
            ClockForm::HMm => format!("{hour}:{minute:02}"),
            ClockForm::Hhmm => format!("{hour:02}{minute:02}"),
            ClockForm::HhMmSs => format!("{hour:02}:{minute:02}:00"),
        }))
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

/// A workbook keeps a time as a fraction of a day. A minute is 0.000694..., so the fraction is never exact: it counts
/// when it lies within a tenth of a second of a whole minute. Decimal digits only, no floating point.
fn day_fraction(text: &str) -> Option<(u32, u32)> {
    let part = match text.split_once('.') {
        Some(("0" | "", part)) => part,
        None if text == "0" => "0",
        _ => return None,
    };
    if part.is_empty() || !part.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let mut digits: String = part.chars().take(15).collect();
    while digits.len() < 15 {
        digits.push('0');
    }
    let scaled = digits.parse::<u128>().ok()? * u128::from(MINUTES_A_DAY);
    let unit = 10_u128.pow(15);
    let minutes = (scaled + unit / 2) / unit;
    let off = scaled.abs_diff(minutes * unit);
    let minutes = u32::try_from(minutes).ok()?;
    (off * 600 < unit && minutes < MINUTES_A_DAY).then_some((minutes / 60, minutes % 60))
}

/// How a moment is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TimestampForm {
    /// RFC 3339, with its offset.
    Rfc3339,
    /// `StUF`: 8 to 17 digits of local time in Europe/Amsterdam.
    Stuf,
}

impl TimestampForm {
    /// Every form by its name in the language.
    pub(crate) const ALL: [(&'static str, Self); 2] =
        [("rfc3339", Self::Rfc3339), ("stuf", Self::Stuf)];
}

/// A moment in one of several forms; the first goes out.
#[derive(Debug, Clone)]
pub(crate) struct TimestampCodec {
    pub forms: Vec<TimestampForm>,
    /// Digits going out in the `StUF` form: 17 with milliseconds, 14 without.
    pub digits: usize,
}

impl TimestampCodec {
    pub(crate) fn decode(&self, cell: Cell<'_>) -> Result<Taken, Note> {
        let text = cell.text().trim();
        for form in &self.forms {
            match form {
                TimestampForm::Rfc3339 => {
                    if let Ok(moment) = text.parse::<Timestamp>() {
                        return Ok(Taken::text(moment.to_string()));
                    }
                }
                TimestampForm::Stuf => {
                    if let Some(local) = stuf_digits(text) {
                        return from_local(local, text.len() == 8);
                    }
                }
            }
        }
        Err(Note::of(
            "tijdstip.vorm",
            "Dit is geen tijdstip in de afgesproken vorm.",
            "This is not a moment in the agreed form.",
        ))
    }

    pub(crate) fn encode(&self, value: &Json) -> Result<Written, Note> {
        let moment: Timestamp = text_of(value)?.parse().map_err(|_| unwritable())?;
        if self.forms.first() != Some(&TimestampForm::Stuf) {
            return Ok(Written::Text(moment.to_string()));
        }
        let local = AMSTERDAM.to_datetime(moment);
        let sub = local.subsec_nanosecond();
        let kept = if self.digits == 17 {
            1_000_000
        } else {
            1_000_000_000
        };
        // Local digits have no offset: in the second of the doubled hours they would read back an hour early.
        let back = AMSTERDAM.to_ambiguous_timestamp(local).earlier().ok();
        if sub % kept != 0 || back != Some(moment) {
            return Err(Note::of(
                "uit.nietPrecies",
                "Dit tijdstip is in de plaatselijke cijfers van dit formaat niet precies te schrijven.",
                "This moment cannot be written exactly in the local digits of this format.",
            ));
        }
        let mut text = format!(
            "{:04}{:02}{:02}{:02}{:02}{:02}{:03}",
            local.year(),
            local.month(),
            local.day(),
            local.hour(),
            local.minute(),
            local.second(),
            sub / 1_000_000
        );
        text.truncate(self.digits);
        Ok(Written::Text(text))
    }
}

fn stuf_digits(text: &str) -> Option<DateTime> {
    if !matches!(text.len(), 8 | 10 | 12 | 14..=17) || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let part = |from: usize, to: usize| {
        text.get(from..to)
            .map_or(Some(0), |part| part.parse::<i8>().ok())
    };
    let year = text[..4].parse::<i16>().ok()?;
    let mut nanos = 0;
    let mut unit = 100_000_000;
    for digit in text.bytes().skip(14) {
        nanos += i32::from(digit - b'0') * unit;
        unit /= 10;
    }
    DateTime::new(
        year,
        part(4, 6)?,
        part(6, 8)?,
        part(8, 10)?,
        part(10, 12)?,
        part(12, 14)?,
        nanos,
    )
    .ok()
}

fn from_local(local: DateTime, without_time: bool) -> Result<Taken, Note> {
    let ambiguous = AMSTERDAM.to_ambiguous_timestamp(local);
    let remark = match ambiguous.offset() {
        AmbiguousOffset::Gap { .. } => {
            return Err(Note::of(
                "tijdstip.bestaatNiet",
                "Dit plaatselijke tijdstip bestaat niet: de klok ging toen een uur vooruit.",
                "This local time does not exist: the clocks went forward an hour.",
            ));
        }
        AmbiguousOffset::Fold { .. } => Some(Note::of(
            "tijdstip.dubbelUur",
            "Dit plaatselijke tijdstip was er twee keer (einde zomertijd); gelezen als het eerste.",
            "This local time happened twice (end of summer time); read as the first.",
        )),
        AmbiguousOffset::Unambiguous { .. } if without_time => Some(Note::of(
            "tijdstip.zonderTijd",
            "Er staat alleen een datum; gelezen als het begin van die dag.",
            "There is only a date; read as the start of that day.",
        )),
        AmbiguousOffset::Unambiguous { .. } => None,
    };
    let moment = ambiguous.earlier().map_err(|_| {
        Note::of(
            "tijdstip.bestaatNiet",
            "Dit tijdstip bestaat niet.",
            "This moment does not exist.",
        )
    })?;
    Ok(Taken::text(moment.to_string()).noting(remark))
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
        assert_eq!(out(ClockForm::HMm), Written::Text("9:30".to_owned()));
        assert_eq!(out(ClockForm::Hhmm), Written::Text("0930".to_owned()));
        assert_eq!(out(ClockForm::HhMmSs), Written::Text("09:30:00".to_owned()));
    }

    #[test]
    fn stuf_digits_are_local_time_with_its_two_odd_hours() {
        let codec = TimestampCodec {
            forms: vec![TimestampForm::Stuf, TimestampForm::Rfc3339],
            digits: 17,
        };
        for (text, expect, remark) in [
            ("20240314101500123", "2024-03-14T09:15:00.123Z", None),
            ("20240714101500", "2024-07-14T08:15:00Z", None),
            (
                "20240314",
                "2024-03-13T23:00:00Z",
                Some("tijdstip.zonderTijd"),
            ),
            (
                "20241027023000",
                "2024-10-27T00:30:00Z",
                Some("tijdstip.dubbelUur"),
            ),
            ("2024-03-14T10:15:00+01:00", "2024-03-14T09:15:00Z", None),
        ] {
            let taken = codec
                .decode(Cell::Text(text))
                .unwrap_or_else(|note| panic!("{text} {}", note.code));
            assert_eq!(taken.value, Ok(Json::from(expect)), "{text}");
            assert_eq!(taken.remark.map(|note| note.code), remark, "{text}");
        }
        for (text, code) in [
            ("20240331023000", "tijdstip.bestaatNiet"),
            ("202403141", "tijdstip.vorm"),
            ("20241314101500", "tijdstip.vorm"),
        ] {
            assert_eq!(
                codec.decode(Cell::Text(text)).err().map(|note| note.code),
                Some(code)
            );
        }
        let out = |moment: &str| codec.encode(&Json::from(moment));
        assert_eq!(
            out("2024-03-14T09:15:00.123Z"),
            Ok(Written::Text("20240314101500123".to_owned()))
        );
        assert_eq!(
            out("2024-10-27T01:30:00Z").unwrap_err().code,
            "uit.nietPrecies"
        );
        assert_eq!(
            out("2024-03-14T09:15:00.1234Z").unwrap_err().code,
            "uit.nietPrecies"
        );
    }
}
