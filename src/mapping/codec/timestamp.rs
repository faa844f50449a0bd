use crate::mapping::codec::Cell;
use crate::mapping::codec::LawClass;
use crate::mapping::codec::Note;
use crate::mapping::codec::Taken;
use crate::mapping::codec::Written;
use crate::mapping::codec::date::DateForm;
use crate::mapping::codec::date::parse;
use crate::mapping::codec::date::real;
use crate::mapping::codec::note;
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
                    if let Some((moment, remark)) = rfc3339(text)? {
                        return Ok(Taken::text(moment.to_string()).noting(remark));
                    }
                }
                TimestampForm::Stuf => {
                    if let Some(local) = stuf_digits(text) {
                        return from_local(local?, text.len() == 8);
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
    pub(crate) fn is_day(&self) -> bool {
        !self.timed && self.forms.first() == Some(&TimestampForm::Date)
    }

    /// The moment that comes back of one that goes out as a date alone: where its day begins.
    pub(crate) fn day_of(&self, moment: Timestamp) -> Option<Timestamp> {
        let day = AMSTERDAM.to_datetime(moment).date();
        let begin = AMSTERDAM.to_ambiguous_timestamp(day.to_datetime(Time::midnight()));
        begin.earlier().ok().filter(|_| self.is_day())
    }

    /// That of a moment only the day is written.
    pub(crate) fn loss(&self, value: &Json) -> Option<Note> {
        let text = value.as_str().filter(|_| self.is_day())?;
        let moment = text.parse().ok()?;
        (self.day_of(moment) != Some(moment)).then_some(DAY_ALONE)
    }

    pub(crate) fn law(&self) -> LawClass {
        if self.is_day() {
            LawClass::OneWay
        } else {
            LawClass::Normalising
        }
    }

    pub(crate) fn encode(&self, value: &Json) -> Result<Written<'static>, Note> {
        let moment: Timestamp = text_of(value)?.parse().map_err(|_| unwritable())?;
        let form = self.forms.first().copied();
        let local = AMSTERDAM.to_datetime(moment);
        let milliseconds = match form {
            Some(TimestampForm::Stuf) => self.digits == 17,
            Some(TimestampForm::Date) if self.timed => false,
            Some(TimestampForm::Date) => return Ok(Written::Text(local.date().to_string().into())),
            _ => return Ok(Written::Text(moment.to_string().into())),
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
            return Err(note!(
                "uit.nietPrecies",
                "Dit tijdstip is in de plaatselijke cijfers van dit formaat niet precies te schrijven.",
                "This moment cannot be written exactly in the local digits of this format.",
            ));
        }
        if form == Some(TimestampForm::Date) {
            let (hour, minute, second) = (local.hour(), local.minute(), local.second());
            let time = format!("{hour:02}:{minute:02}:{second:02}");
            return Ok(Written::Beside(
                local.date().to_string().into(),
                time.into(),
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
        Ok(Written::Text(text.into()))
    }
}

const NOT_A_MOMENT: Note = note!(
    "tijdstip.vorm",
    "Dit is geen tijdstip in de afgesproken vorm. Schrijf datum en tijd in een vorm die de mapping noemt (`forms`).",
    "This is not a moment in the agreed form. Write date and time in a form that the mapping names (`forms`).",
);

const NO_SUCH_MOMENT: Note = note!(
    "tijdstip.bestaatNiet",
    "Dit tijdstip bestaat niet.",
    "This moment does not exist.",
);
const LEAP_SECOND: Note = note!(
    "tijdstip.schrikkelseconde",
    "Dit is een schrikkelseconde, die geen klok hier kent; gelezen als de seconde ervoor.",
    "This is a leap second, which no clock here knows; read as the second before it.",
);
const DAY_ALONE: Note = note!(
    "uit.tijd",
    "Dit formaat heeft van een tijdstip alleen de dag; het uur is niet geschreven.",
    "Of a moment this format has only the day; the hour was not written.",
);

/// Whether a text is a moment as RFC 3339 writes it.
pub(crate) fn is_rfc3339(text: &str) -> bool {
    rfc3339(text).is_ok_and(|moment| moment.is_some())
}

/// A moment as RFC 3339 (section 5.6) writes it: `2024-05-05T12:34:56.789+02:00`. Dates without dashes, offsets without
/// minutes or names of zones are ISO 8601 or RFC 9557, and were not agreed on. A second 60 is one only where the earth
/// got one: at the end of June or December, in UTC.
fn rfc3339(text: &str) -> Result<Option<(Timestamp, Option<Note>)>, Note> {
    if !has_form(text.as_bytes()) {
        return Ok(None);
    }
    if &text[17..19] != "60" {
        let moment = text.parse().map_err(|_| why_not(text))?;
        return Ok(Some((moment, None)));
    }
    let before = format!("{}59{}", &text[..17], &text[19..]);
    let moment: Timestamp = before.parse().map_err(|_| why_not(text))?;
    let utc = TimeZone::UTC.to_datetime(moment);
    let last = matches!(
        (utc.month(), utc.day(), utc.hour(), utc.minute()),
        (6, 30, 23, 59) | (12, 31, 23, 59)
    );
    if last {
        Ok(Some((moment, Some(LEAP_SECOND))))
    } else {
        Err(NO_SUCH_MOMENT)
    }
}

/// Why there is no moment that a text of this form says: its day is in no month, or its time in no day.
fn why_not(text: &str) -> Note {
    let part = |from, to| text.get(from..to).and_then(|part| part.parse::<i16>().ok());
    let small = |from, to| part(from, to).and_then(|part| i8::try_from(part).ok());
    let day = part(0, 4).zip(small(5, 7)).zip(small(8, 10));
    let real = day.map(|((year, month), day)| real(year, month, day));
    real.and_then(Result::err).unwrap_or(NO_SUCH_MOMENT)
}

/// Whether each sign stands where RFC 3339 has it.
fn has_form(text: &[u8]) -> bool {
    let fits = |text: &[u8], form: &[u8]| {
        text.len() == form.len()
            && std::iter::zip(text, form).all(|(byte, sign)| match sign {
                b'0' => byte.is_ascii_digit(),
                sign => byte.eq_ignore_ascii_case(sign),
            })
    };
    let Some((local, rest)) = text.split_at_checked(19) else {
        return false;
    };
    let offset = match rest {
        [b'.', rest @ ..] => {
            let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
            if digits == 0 {
                return false;
            }
            &rest[digits..]
        }
        _ => rest,
    };
    let hours = |at: &[u8]| at < b"24".as_slice();
    fits(local, b"0000-00-00T00:00:00")
        && (fits(offset, b"Z")
            || (fits(offset, b"+00:00") || fits(offset, b"-00:00"))
                && hours(&offset[1..3])
                && offset[4] < b'6')
}

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

/// The local time that digits say. None if they are none; a day or a time that does not exist is a fault.
fn stuf_digits(text: &str) -> Option<Result<DateTime, Note>> {
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
    let (hour, minute, second) = (part(8, 10)?, part(10, 12)?, part(12, 14)?);
    let time = Time::new(hour, minute, second, nanos).map_err(|_| NO_SUCH_MOMENT);
    let (month, day) = (part(4, 6)?, part(6, 8)?);
    let day = Date::new(year, month, day).or_else(|_| real(year, month, day));
    Some(day.and_then(|day| Ok(day.to_datetime(time?))))
}

fn from_local(local: DateTime, without_time: bool) -> Result<Taken, Note> {
    let ambiguous = AMSTERDAM.to_ambiguous_timestamp(local);
    let remark = match ambiguous.offset() {
        AmbiguousOffset::Gap { .. } => {
            return Err(note!(
                "tijdstip.bestaatNiet",
                "Dit plaatselijke tijdstip bestaat niet: de klok ging toen een uur vooruit.",
                "This local time does not exist: the clocks went forward an hour.",
            ));
        }
        AmbiguousOffset::Fold { .. } => Some(note!(
            "tijdstip.dubbelUur",
            "Dit plaatselijke tijdstip was er twee keer (einde zomertijd); gelezen als het eerste.",
            "This local time happened twice (end of summer time); read as the first.",
        )),
        AmbiguousOffset::Unambiguous { .. } if without_time => Some(note!(
            "tijdstip.zonderTijd",
            "Er staat alleen een datum; gelezen als het begin van die dag.",
            "There is only a date; read as the start of that day.",
        )),
        AmbiguousOffset::Unambiguous { .. } => None,
    };
    let moment = ambiguous.earlier().map_err(|_| NO_SUCH_MOMENT)?;
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
            ("20241314101500", "datum.bestaatNiet"),
            ("20240230101500", "datum.bestaatNiet"),
            ("20240229251500", "tijdstip.bestaatNiet"),
            ("2024-02-30T10:15:00+01:00", "datum.bestaatNiet"),
            ("2024-02-30T23:59:60Z", "datum.bestaatNiet"),
            ("2024-02-29T25:15:00Z", "tijdstip.bestaatNiet"),
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
            Ok(Written::Text("20240314101500123".into()))
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
    fn a_moment_is_read_as_rfc_3339_writes_it_and_in_no_other_way() {
        let codec = TimestampCodec {
            forms: vec![TimestampForm::Rfc3339],
            digits: 17,
            timed: false,
        };
        let leap = Some("tijdstip.schrikkelseconde");
        for (text, expect, remark) in [
            ("2024-05-05T12:34:56Z", "2024-05-05T12:34:56Z", None),
            ("2024-05-05t12:34:56z", "2024-05-05T12:34:56Z", None),
            (
                "2024-05-05T12:34:56.5+02:00",
                "2024-05-05T10:34:56.5Z",
                None,
            ),
            ("2024-05-05T12:34:56-00:00", "2024-05-05T12:34:56Z", None),
            ("2024-05-05T12:34:56+23:59", "2024-05-04T12:35:56Z", None),
            ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59Z", leap),
            ("2017-01-01T00:59:60+01:00", "2016-12-31T23:59:59Z", leap),
        ] {
            let taken = codec.decode(Cell::Text(text), None);
            let taken = taken.unwrap_or_else(|note| panic!("{text} {}", note.code));
            assert_eq!(taken.value, Ok(Json::from(expect)), "{text}");
            assert_eq!(taken.remark.map(|note| note.code), remark, "{text}");
            assert!(is_rfc3339(text), "{text}");
        }
        for (text, code) in [
            ("2024-05-05T12:34:56+01:00[Europe/Paris]", "tijdstip.vorm"),
            ("2024-05-05T12:34:56Z[UTC]", "tijdstip.vorm"),
            ("20240505T123456Z", "tijdstip.vorm"),
            ("2024-05-05 12:34:56+00", "tijdstip.vorm"),
            ("2024-05-05 12:34:56Z", "tijdstip.vorm"),
            ("2024-05-05T12:34:56+0100", "tijdstip.vorm"),
            ("2024-05-05T12:34:56+01:00:30", "tijdstip.vorm"),
            ("2024-05-05T12:34:56+24:00", "tijdstip.vorm"),
            ("2024-05-05T12:34:56+01:60", "tijdstip.vorm"),
            ("2024-05-05T12:34:56,5Z", "tijdstip.vorm"),
            ("2024-05-05T12:34:56.Z", "tijdstip.vorm"),
            ("2024-05-05T12:34Z", "tijdstip.vorm"),
            ("2024-05-05T12:34:56", "tijdstip.vorm"),
            ("+002024-05-05T12:34:56Z", "tijdstip.vorm"),
            ("2024-05-05T12:34:5éZ", "tijdstip.vorm"),
            ("2024-05-05T12:34:60Z", "tijdstip.bestaatNiet"),
            ("2016-12-31T23:59:60+01:00", "tijdstip.bestaatNiet"),
            ("2024-13-05T12:34:60Z", "datum.bestaatNiet"),
            ("", "tijdstip.vorm"),
        ] {
            let refused = codec.decode(Cell::Text(text), None).err().unwrap();
            assert_eq!(refused.code, code, "{text}");
            assert!(!is_rfc3339(text), "{text}");
        }
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
        let both = Written::Beside("2024-03-20".into(), "10:15:00".into());
        assert_eq!(codec(true).encode(&moment), Ok(both));
        let day = Written::Text("2024-03-20".into());
        assert_eq!(codec(false).encode(&moment), Ok(day));
        assert_eq!(codec(false).loss(&moment), Some(DAY_ALONE));
        assert_eq!(codec(true).loss(&moment), None);
        let midnight = Json::from("2024-03-19T23:00:00Z");
        assert_eq!(codec(false).loss(&midnight), None, "nothing is lost");
        for inexact in ["2024-03-20T09:15:00.5Z", "2024-10-27T01:30:00Z"] {
            let refused = codec(true).encode(&Json::from(inexact)).unwrap_err();
            assert_eq!(refused.code, "uit.nietPrecies", "{inexact}");
        }
    }
}
