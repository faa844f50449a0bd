use crate::mapping::codec::Cell;
use crate::mapping::codec::LawClass;
use crate::mapping::codec::Note;
use crate::mapping::codec::Taken;
use crate::mapping::codec::Written;
use crate::mapping::codec::date::DateForm;
use crate::mapping::codec::date::parse;
use crate::mapping::codec::date::real;
use crate::mapping::codec::text_of;
use crate::mapping::codec::unwritable;
use crate::mapping::letters::trimmed;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::civil::DateTime;
use jiff::civil::Time;
use jiff::tz::AmbiguousOffset;
use jiff::tz::TimeZone;
use serde_json::Value as Json;
use std::sync::LazyLock;

static AMSTERDAM: LazyLock<TimeZone> =
    LazyLock::new(|| TimeZone::get("Europe/Amsterdam").expect("the time zones are bundled"));

/// How a moment is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TimestampForm {
    /// RFC 3339, with its offset.
    Rfc3339,
    /// `StUF`: 8 to 17 digits of local time in Europe/Amsterdam.
    Stuf,
    /// A date (ISO, or eight digits) of local time in Europe/Amsterdam; the time stands beside it, or nowhere.
    Date,
}

impl TimestampForm {
    /// Every form by its name in the language.
    pub(crate) const ALL: [(&'static str, Self); 3] = [
        ("rfc3339", Self::Rfc3339),
        ("stuf", Self::Stuf),
        ("date", Self::Date),
    ];
}

/// A moment in one of several forms; the first goes out.
#[derive(Debug, Clone)]
pub(crate) struct TimestampCodec {
    pub forms: Vec<TimestampForm>,
    /// Digits going out in the `StUF` form: 17 with milliseconds, 14 without.
    pub digits: usize,
    /// Whether the time of a date stands beside it.
    pub timed: bool,
}

impl TimestampCodec {
    pub(crate) fn decode(&self, cell: Cell<'_>, beside: Option<&str>) -> Result<Taken, Note> {
        let text = trimmed(cell.text());
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
                TimestampForm::Date => {
                    if let Some(date) = date(cell)? {
                        let time = beside.map(str::trim).filter(|time| !time.is_empty());
                        let clock = time.map_or(Some(Time::midnight()), clock);
                        let local = date.to_datetime(clock.ok_or(NOT_A_MOMENT)?);
                        return from_local(local, self.timed && time.is_none());
                    }
                }
            }
        }
        Err(NOT_A_MOMENT)
    }

    /// Whether a moment goes out as a date alone.
    fn is_day(&self) -> bool {
        !self.timed && self.forms.first() == Some(&TimestampForm::Date)
    }

    /// The moment that comes back of one that goes out as a date alone: where its day begins.
    pub(crate) fn day_of(&self, moment: Timestamp) -> Option<Timestamp> {
        let day = AMSTERDAM.to_datetime(moment).date();
        let begin = AMSTERDAM.to_ambiguous_timestamp(day.to_datetime(Time::midnight()));
        begin.earlier().ok().filter(|_| self.is_day())
    }

    pub(crate) fn law(&self) -> LawClass {
        if self.is_day() {
            LawClass::OneWay
        } else {
            LawClass::Normalising
        }
    }

    pub(crate) fn encode(&self, value: &Json) -> Result<Written, Note> {
        let moment: Timestamp = text_of(value)?.parse().map_err(|_| unwritable())?;
        let form = self.forms.first().copied();
        let local = AMSTERDAM.to_datetime(moment);
        let milliseconds = match form {
            Some(TimestampForm::Stuf) => self.digits == 17,
            Some(TimestampForm::Date) if self.timed => false,
            Some(TimestampForm::Date) => return Ok(Written::Text(local.date().to_string())),
            _ => return Ok(Written::Text(moment.to_string())),
        };
        let sub = local.subsec_nanosecond();
        let kept = if milliseconds {
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
        if form == Some(TimestampForm::Date) {
            let (hour, minute, second) = (local.hour(), local.minute(), local.second());
            let time = format!("{hour:02}:{minute:02}:{second:02}");
            return Ok(Written::Beside(local.date().to_string(), time.into()));
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

const NOT_A_MOMENT: Note = Note::of(
    "tijdstip.vorm",
    "Dit is geen tijdstip in de afgesproken vorm. Schrijf datum en tijd in een vorm die de mapping noemt (`forms`).",
    "This is not a moment in the agreed form. Write date and time in a form that the mapping names (`forms`).",
);

/// The date of a moment that is written as a date. None if it is none; one that does not exist is a fault.
fn date(cell: Cell<'_>) -> Result<Option<Date>, Note> {
    let parts = [DateForm::Iso, DateForm::Eejjmmdd]
        .into_iter()
        .find_map(|form| parse(cell, form));
    parts
        .map(|(year, month, day)| real(year, month, day))
        .transpose()
}

/// `10:15:00` or `10:15`.
fn clock(text: &str) -> Option<Time> {
    let mut parts = text.split(':');
    let mut next = |most: i8| {
        let part = parts.next()?;
        let digits = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        let number = digits.then(|| part.parse::<i8>().ok())??;
        (number <= most).then_some(number)
    };
    let (hour, minute) = (next(23)?, next(59)?);
    let second = if text.len() > 5 { next(59)? } else { 0 };
    let whole = parts.next().is_none();
    whole.then(|| Time::new(hour, minute, second, 0).ok())?
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
    fn stuf_digits_are_local_time_with_its_two_odd_hours() {
        let codec = TimestampCodec {
            forms: vec![TimestampForm::Stuf, TimestampForm::Rfc3339],
            digits: 17,
            timed: false,
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
                .decode(Cell::Text(text), None)
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
                codec
                    .decode(Cell::Text(text), None)
                    .err()
                    .map(|note| note.code),
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
    #[test]
    fn a_date_with_its_time_beside_it_is_a_moment_and_goes_out_as_both() {
        let codec = |timed| TimestampCodec {
            forms: vec![TimestampForm::Date],
            digits: 17,
            timed,
        };
        for (date, time, expect, remark) in [
            ("2024-03-20", Some("10:15:00"), "2024-03-20T09:15:00Z", None),
            ("20240320", Some("10:15"), "2024-03-20T09:15:00Z", None),
            (
                "2024-03-20",
                None,
                "2024-03-19T23:00:00Z",
                Some("tijdstip.zonderTijd"),
            ),
            (
                "2024-10-27",
                Some("02:30:00"),
                "2024-10-27T00:30:00Z",
                Some("tijdstip.dubbelUur"),
            ),
        ] {
            let taken = codec(true).decode(Cell::Text(date), time).unwrap();
            assert_eq!(taken.value, Ok(Json::from(expect)), "{date} {time:?}");
            assert_eq!(taken.remark.map(|note| note.code), remark, "{date}");
        }
        let day = codec(false).decode(Cell::Text("2024-03-20"), None).unwrap();
        assert_eq!(day.value, Ok(Json::from("2024-03-19T23:00:00Z")));
        assert_eq!(day.remark, None, "a date is all that is meant");
        for (date, time, code) in [
            ("2024-02-30", None, "datum.bestaatNiet"),
            ("20-03-2024", None, "tijdstip.vorm"),
            ("2024-03-20", Some("24:00:00"), "tijdstip.vorm"),
            ("2024-03-20", Some("10:15:00Z"), "tijdstip.vorm"),
            ("2024-03-20", Some("10.15"), "tijdstip.vorm"),
            ("2024-03-31", Some("02:30:00"), "tijdstip.bestaatNiet"),
        ] {
            let refused = codec(true).decode(Cell::Text(date), time).err().unwrap();
            assert_eq!(refused.code, code, "{date} {time:?}");
        }
        let moment = Json::from("2024-03-20T09:15:00Z");
        let both = Written::Beside("2024-03-20".to_owned(), "10:15:00".into());
        assert_eq!(codec(true).encode(&moment), Ok(both));
        let day = Written::Text("2024-03-20".to_owned());
        assert_eq!(codec(false).encode(&moment), Ok(day));
        for inexact in ["2024-03-20T09:15:00.5Z", "2024-10-27T01:30:00Z"] {
            let refused = codec(true).encode(&Json::from(inexact)).unwrap_err();
            assert_eq!(refused.code, "uit.nietPrecies", "{inexact}");
        }
    }
}
