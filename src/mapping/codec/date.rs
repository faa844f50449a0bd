use crate::canonical::ValueState;
use crate::mapping::codec::Cell;
use crate::mapping::codec::LawClass;
use crate::mapping::codec::Note;
use crate::mapping::codec::Taken;
use crate::mapping::codec::Written;
use crate::mapping::codec::text_of;
use crate::mapping::codec::unwritable;
use jiff::Span;
use jiff::civil::Date;
use jiff::civil::date;
use serde_json::Value as Json;
use serde_json::json;

/// Earliest year that is read: older years are typing mistakes.
const YEAR_MIN: i16 = 1000;
/// Serial number of 31 December 9999 in the 1900 system.
const SERIAL_MAX: i64 = 2_958_465;
/// The 1900 system counts a 29 February 1900 that never was.
const SERIAL_LEAP_MISTAKE: i64 = 60;

/// How a date is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DateForm {
    /// `2024-04-01`
    Iso,
    /// `20240401`
    Eejjmmdd,
    /// `01-04-2024`
    DdMmJjjj,
    /// `1-4-2024`
    DMJjjj,
    /// A serial number of the 1900 system.
    Excel,
}

impl DateForm {
    /// Every form by its name in the language.
    pub(crate) const ALL: [(&'static str, Self); 5] = [
        ("iso", Self::Iso),
        ("eejjmmdd", Self::Eejjmmdd),
        ("dd-mm-jjjj", Self::DdMmJjjj),
        ("d-m-jjjj", Self::DMJjjj),
        ("excel", Self::Excel),
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Iso => "jjjj-mm-dd",
            Self::Eejjmmdd => "eejjmmdd",
            Self::DdMmJjjj => "dd-mm-jjjj",
            Self::DMJjjj => "d-m-jjjj",
            Self::Excel => "Excel",
        }
    }
}

/// A date in one of several forms; the first goes out.
#[derive(Debug, Clone)]
pub(crate) struct DateCodec {
    pub forms: Vec<DateForm>,
}

/// Year, month and day as digits; a part that is zero is unknown.
type Parts = (i16, i8, i8);

impl DateCodec {
    pub(crate) fn decode(&self, cell: Cell<'_>) -> Result<Taken, Note> {
        let parts = self.forms.iter().find_map(|form| parse(cell, *form));
        let (year, month, day) = parts.ok_or_else(|| not_a_date(&self.forms))?;
        let date = real(year, month, day)?;
        Ok(Taken::text(date.to_string()))
    }

    pub(crate) fn encode(&self, value: &Json) -> Result<Written, Note> {
        let date: Date = text_of(value)?.parse().map_err(|_| unwritable())?;
        let form = self.forms.first().copied().unwrap_or(DateForm::Iso);
        if form == DateForm::Excel {
            return serial(date).map(|serial| Written::Number(serial.to_string()));
        }
        Ok(Written::Text(spell(
            (date.year(), date.month(), date.day()),
            form,
        )))
    }

    pub(crate) fn law(&self) -> LawClass {
        match self.forms.as_slice() {
            [DateForm::Iso | DateForm::Eejjmmdd | DateForm::DdMmJjjj] => LawClass::Lossless,
            _ => LawClass::Normalising,
        }
    }
}

/// A date of which parts may be unknown. `StUF` writes a valid date and says in `indOnvolledigeDatum` how much of it
/// counts (V all, D no day, M no month, J nothing); others write zeros.
#[derive(Debug, Clone)]
pub(crate) struct PartialDateCodec {
    pub forms: Vec<DateForm>,
    /// Whether an indicator stands beside the date.
    pub indicator: bool,
}

impl PartialDateCodec {
    pub(crate) fn decode(&self, cell: Cell<'_>, beside: Option<&str>) -> Result<Taken, Note> {
        let parts = self
            .forms
            .iter()
            .find_map(|form| parse_partial(cell, *form));
        let (year, month, day) = parts.ok_or_else(|| not_a_date(&self.forms))?;
        let zeros = month == 0 || day == 0;
        let known = match beside.map(str::trim) {
            None | Some("" | "V") => (year, month, day),
            Some("D") => (year, month, 0),
            Some("M") => (year, 0, 0),
            Some("J") => (0, 0, 0),
            Some(_) => {
                return Err(Note::of(
                    "datum.vorm",
                    "De indicator onvolledige datum is niet V, D, M of J.",
                    "The indicator of an incomplete date is not V, D, M or J.",
                ));
            }
        };
        // What stands at the unknown parts is filler, but with an indicator it must be a date or zeros.
        real(year.max(YEAR_MIN), month.max(1), day.max(1))?;
        let remark = (self.indicator && zeros).then(|| {
            Note::of(
                "datum.nullen",
                "Onbekende delen van de datum staan er als 00; gelezen als onvolledige datum.",
                "Unknown parts of the date are written as 00; read as an incomplete date.",
            )
        });
        let value = match known {
            (0, _, _) => Err(ValueState::WaardeOnbekend),
            (year, 0, _) => Ok(json!({ "jaar": year })),
            (year, month, 0) => Ok(json!({ "jaar": year, "maand": month })),
            (year, month, day) => Ok(json!({ "jaar": year, "maand": month, "dag": day })),
        };
        Ok(Taken { value, remark })
    }

    pub(crate) fn encode(&self, value: &Json) -> Result<Written, Note> {
        let part = |name: &str| match value.get(name) {
            None => Some(0),
            Some(part) => part.as_i64().and_then(|part| i16::try_from(part).ok()),
        };
        let (Some(year), Some(month), Some(day)) = (part("jaar"), part("maand"), part("dag"))
        else {
            return Err(unwritable());
        };
        let small = |part: i16| i8::try_from(part).map_err(|_| unwritable());
        let (month, day) = (small(month)?, small(day)?);
        if year < YEAR_MIN || month == 0 && day != 0 {
            return Err(unwritable());
        }
        let form = self.forms.first().copied().unwrap_or(DateForm::Iso);
        if !self.indicator {
            return Ok(Written::Text(spell((year, month, day), form)));
        }
        let indicator = match (month, day) {
            (0, _) => "M",
            (_, 0) => "D",
            _ => "V",
        };
        Ok(Written::Beside(
            spell((year, month.max(1), day.max(1)), form),
            indicator,
        ))
    }
}

fn not_a_date(forms: &[DateForm]) -> Note {
    let names = forms
        .iter()
        .map(|form| form.name())
        .collect::<Vec<_>>()
        .join(", ");
    Note::with(
        "datum.vorm",
        format!("De datum staat niet in een van de vormen: {names}."),
        format!("The date is not in one of the forms: {names}."),
    )
}

fn real(year: i16, month: i8, day: i8) -> Result<Date, Note> {
    Date::new(year, month, day)
        .ok()
        .filter(|date| date.year() >= YEAR_MIN)
        .ok_or_else(|| {
            Note::of(
                "datum.bestaatNiet",
                "Deze datum bestaat niet.",
                "This date does not exist.",
            )
        })
}

fn spell((year, month, day): Parts, form: DateForm) -> String {
    match form {
        DateForm::Iso if month == 0 => format!("{year:04}"),
        DateForm::Iso if day == 0 => format!("{year:04}-{month:02}"),
        DateForm::Iso | DateForm::Excel => format!("{year:04}-{month:02}-{day:02}"),
        DateForm::Eejjmmdd => format!("{year:04}{month:02}{day:02}"),
        DateForm::DdMmJjjj => format!("{day:02}-{month:02}-{year:04}"),
        DateForm::DMJjjj => format!("{day}-{month}-{year:04}"),
    }
}

/// The digits of a date with all its parts.
fn parse(cell: Cell<'_>, form: DateForm) -> Option<Parts> {
    if form == DateForm::Excel {
        return match cell {
            Cell::Number(text) => from_serial(text),
            _ => None,
        };
    }
    let text = cell.text().trim();
    let parts = match form {
        DateForm::Iso => dashed(text, [4, 2, 2], [4, 2, 2]),
        DateForm::DdMmJjjj => dashed(text, [2, 2, 4], [2, 2, 4]).map(turned),
        DateForm::DMJjjj => dashed(text, [1, 1, 4], [2, 2, 4]).map(turned),
        _ if text.len() == 8 && text.is_ascii() => Some((
            number(&text[..4])?,
            number(&text[4..6])?,
            number(&text[6..])?,
        )),
        _ => None,
    }?;
    Some((
        parts.0,
        i8::try_from(parts.1).ok()?,
        i8::try_from(parts.2).ok()?,
    ))
}

/// The same, where ISO may stop after the year or the month.
fn parse_partial(cell: Cell<'_>, form: DateForm) -> Option<Parts> {
    let text = cell.text().trim();
    if form == DateForm::Iso && text.len() == 4 {
        return Some((number(text)?, 0, 0));
    }
    if let (DateForm::Iso, 7, Some((year, month))) = (form, text.len(), text.split_once('-')) {
        let month = (month.len() == 2).then(|| number(month))??;
        return Some((number(year)?, i8::try_from(month).ok()?, 0));
    }
    parse(cell, form)
}

const fn turned((day, month, year): (i16, i16, i16)) -> (i16, i16, i16) {
    (year, month, day)
}

fn dashed(text: &str, least: [usize; 3], most: [usize; 3]) -> Option<(i16, i16, i16)> {
    let mut parts = text.split('-');
    let mut next = |index: usize| {
        let part = parts.next()?;
        let fits = (least[index]..=most[index]).contains(&part.len());
        fits.then(|| number(part))?
    };
    let found = (next(0)?, next(1)?, next(2)?);
    parts.next().is_none().then_some(found)
}

fn number(digits: &str) -> Option<i16> {
    digits
        .bytes()
        .all(|b| b.is_ascii_digit())
        .then(|| digits.parse().ok())?
}

fn from_serial(text: &str) -> Option<Parts> {
    let whole = text.split_once('.').map_or(Some(text), |(whole, part)| {
        part.bytes().all(|b| b == b'0').then_some(whole)
    })?;
    let serial: i64 = whole.parse().ok()?;
    if !(1..=SERIAL_MAX).contains(&serial) || serial == SERIAL_LEAP_MISTAKE {
        return None;
    }
    let base = if serial > SERIAL_LEAP_MISTAKE {
        date(1899, 12, 30)
    } else {
        date(1899, 12, 31)
    };
    let day = base.checked_add(Span::new().days(serial)).ok()?;
    Some((day.year(), day.month(), day.day()))
}

fn serial(day: Date) -> Result<i64, Note> {
    let days = i64::from(
        day.since(date(1899, 12, 30))
            .map_err(|_| unwritable())?
            .get_days(),
    );
    match days {
        ..=1 => Err(Note::of(
            "uit.vorm",
            "Een werkmap kent geen datums voor 1900.",
            "A workbook has no dates before 1900.",
        )),
        2..=60 => Ok(days - 1),
        _ => Ok(days),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test stops where it is wrong
mod tests {
    use super::*;
    use DateForm::{DMJjjj, DdMmJjjj, Eejjmmdd, Excel, Iso};

    #[test]
    fn a_date_is_read_in_the_forms_agreed_and_no_other() {
        for (forms, cell, expect) in [
            (vec![Iso], Cell::Text("2024-04-01"), Ok("2024-04-01")),
            (
                vec![Eejjmmdd, Iso],
                Cell::Text(" 20240401 "),
                Ok("2024-04-01"),
            ),
            (
                vec![DdMmJjjj, Iso],
                Cell::Text("2024-04-01"),
                Ok("2024-04-01"),
            ),
            (vec![DdMmJjjj], Cell::Text("02-04-2024"), Ok("2024-04-02")),
            (vec![DdMmJjjj], Cell::Text("2-4-2024"), Err("datum.vorm")),
            (vec![DMJjjj], Cell::Text("2-4-2024"), Ok("2024-04-02")),
            (vec![DMJjjj], Cell::Text("02-04-2024"), Ok("2024-04-02")),
            (vec![DMJjjj], Cell::Text("2-4-24"), Err("datum.vorm")),
            (
                vec![Iso],
                Cell::Text("2024-02-30"),
                Err("datum.bestaatNiet"),
            ),
            (
                vec![Iso],
                Cell::Text("0024-02-03"),
                Err("datum.bestaatNiet"),
            ),
            (vec![Iso], Cell::Text("+024-02-03"), Err("datum.vorm")),
            (vec![Eejjmmdd], Cell::Text("2024040é"), Err("datum.vorm")),
            (vec![Excel], Cell::Number("45383"), Ok("2024-04-01")),
            (vec![Excel], Cell::Number("45383.0"), Ok("2024-04-01")),
            (vec![Excel], Cell::Number("45383.5"), Err("datum.vorm")),
            (vec![Excel], Cell::Number("1"), Ok("1900-01-01")),
            (vec![Excel], Cell::Number("59"), Ok("1900-02-28")),
            (vec![Excel], Cell::Number("60"), Err("datum.vorm")),
            (vec![Excel], Cell::Number("61"), Ok("1900-03-01")),
            (vec![Excel], Cell::Text("45383"), Err("datum.vorm")),
        ] {
            let codec = DateCodec { forms };
            let found = codec
                .decode(cell)
                .map(|taken| taken.value.unwrap())
                .map_err(|note| note.code);
            assert_eq!(found, expect.map(Json::from), "{}", cell.text());
        }
    }

    #[test]
    fn a_date_goes_out_in_the_first_form() {
        for (form, text) in [
            (Iso, "2024-04-01"),
            (Eejjmmdd, "20240401"),
            (DdMmJjjj, "01-04-2024"),
            (DMJjjj, "1-4-2024"),
        ] {
            let codec = DateCodec { forms: vec![form] };
            assert_eq!(
                codec.encode(&Json::from("2024-04-01")),
                Ok(Written::Text(text.to_owned()))
            );
        }
        let excel = DateCodec { forms: vec![Excel] };
        for (day, serial) in [
            ("2024-04-01", "45383"),
            ("1900-01-01", "1"),
            ("1900-02-28", "59"),
            ("1900-03-01", "61"),
        ] {
            assert_eq!(
                excel.encode(&Json::from(day)),
                Ok(Written::Number(serial.to_owned()))
            );
        }
        assert_eq!(
            excel.encode(&Json::from("1899-12-31")).unwrap_err().code,
            "uit.vorm"
        );
    }

    #[test]
    fn an_incomplete_date_never_becomes_the_first_of_january() {
        let stuf = PartialDateCodec {
            forms: vec![Eejjmmdd],
            indicator: true,
        };
        let plain = PartialDateCodec {
            forms: vec![Iso, DdMmJjjj],
            indicator: false,
        };
        for (codec, text, beside, expect, remark) in [
            (
                &stuf,
                "19850101",
                Some("M"),
                Ok(json!({"jaar": 1985})),
                false,
            ),
            (
                &stuf,
                "19850201",
                Some("D"),
                Ok(json!({"jaar": 1985, "maand": 2})),
                false,
            ),
            (
                &stuf,
                "19850203",
                None,
                Ok(json!({"jaar": 1985, "maand": 2, "dag": 3})),
                false,
            ),
            (
                &stuf,
                "19000101",
                Some("J"),
                Err(ValueState::WaardeOnbekend),
                false,
            ),
            (&stuf, "19850000", None, Ok(json!({"jaar": 1985})), true),
            (
                &stuf,
                "19850200",
                None,
                Ok(json!({"jaar": 1985, "maand": 2})),
                true,
            ),
            (&plain, "1985", None, Ok(json!({"jaar": 1985})), false),
            (
                &plain,
                "1985-02",
                None,
                Ok(json!({"jaar": 1985, "maand": 2})),
                false,
            ),
            (
                &plain,
                "00-02-1985",
                None,
                Ok(json!({"jaar": 1985, "maand": 2})),
                false,
            ),
        ] {
            let taken = codec
                .decode(Cell::Text(text), beside)
                .unwrap_or_else(|note| panic!("{text}: {}", note.code));
            assert_eq!(taken.value, expect, "{text}");
            assert_eq!(taken.remark.is_some(), remark, "{text}");
        }
        assert!(stuf.decode(Cell::Text("19851301"), None).is_err());
        assert!(stuf.decode(Cell::Text("19850101"), Some("X")).is_err());
        assert_eq!(
            stuf.encode(&json!({"jaar": 1985})),
            Ok(Written::Beside("19850101".to_owned(), "M"))
        );
        assert_eq!(
            plain.encode(&json!({"jaar": 1985})),
            Ok(Written::Text("1985".to_owned()))
        );
    }
}
