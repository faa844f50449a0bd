use crate::mapping::codec::Cell;
use crate::mapping::codec::LawClass;
use crate::mapping::codec::Note;
use crate::mapping::codec::Taken;
use crate::mapping::codec::Written;
use crate::mapping::codec::digits::iso;
use crate::mapping::codec::digits::joined;
use crate::mapping::codec::digits::spelled_so;
use crate::mapping::codec::note;
use crate::mapping::codec::text_of;
use crate::mapping::codec::unwritable;
use crate::mapping::letters::trimmed;
use jiff::Span;
use jiff::civil::Date;
use jiff::civil::date;
use serde_json::Value as Json;

/// Earliest year that is read: older years are typing mistakes.
pub(super) const YEAR_MIN: i16 = 1000;
/// Serial number of 31 December 9999 in the 1900 system.
const SERIAL_MAX: i64 = 2_958_465;
/// Last year of which a serial number is read. What lies further is a date that was typed without its dashes, 1042024;
/// 31 December 9999 alone means a date without end.
const SERIAL_YEAR_MAX: i16 = 2199;
/// Days from the start of the 1900 system, as it counts after its mistake, to that of the 1904 system.
const DAYS_TO_1904: i64 = 1462;
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
    /// `1-4-24`
    DMJj,
    /// A serial number.
    Excel,
}

impl DateForm {
    /// Every form by its name in the language.
    pub(crate) const ALL: [(&'static str, Self); 6] = [
        ("iso", Self::Iso),
        ("eejjmmdd", Self::Eejjmmdd),
        ("dd-mm-jjjj", Self::DdMmJjjj),
        ("d-m-jjjj", Self::DMJjjj),
        ("excel", Self::Excel),
        ("d-m-jj", Self::DMJj),
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Iso => "jjjj-mm-dd",
            Self::Eejjmmdd => "eejjmmdd",
            Self::DdMmJjjj => "dd-mm-jjjj",
            Self::DMJjjj => "d-m-jjjj",
            Self::DMJj => "d-m-jj",
            Self::Excel => "Excel",
        }
    }
}

/// A date in one of several forms; the first goes out.
#[derive(Debug, Clone)]
pub(crate) struct DateCodec {
    pub forms: Vec<DateForm>,
    /// Two digits of a year up to this one are of 2000, those above it of 1900.
    pub pivot: i16,
    pub serials: Serials,
}

/// How serial numbers are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Serials {
    /// From 1 January 1904, which is 0.
    pub from_1904: bool,
    /// The format knows no numbers: a text of digits is one.
    pub in_text: bool,
}

/// Year, month and day as digits; a part that is zero is unknown.
pub(super) type Parts = (i16, i8, i8);

impl DateCodec {
    pub(crate) fn decode(&self, cell: Cell<'_>) -> Result<Taken, Note> {
        if self.forms.first() == Some(&DateForm::Iso)
            && let text = trimmed(cell.text())
            && let Some(date) = spelled_so(text)
        {
            real(date.year(), date.month(), date.day())?;
            return Ok(Taken::text(text));
        }
        let parts = self.forms.iter().find_map(|form| match form {
            DateForm::DMJj => parse(cell, *form).map(|parts| self.of_its_century(parts)),
            DateForm::Excel => self.serials.read(cell),
            _ => parse(cell, *form),
        });
        let (year, month, day) = parts.ok_or_else(|| not_a_date(&self.forms))?;
        real(year, month, day)?;
        Ok(Taken::text(spell((year, month, day), DateForm::Iso)))
    }

    pub(crate) fn encode<'v>(&self, value: &'v Json) -> Result<Written<'v>, Note> {
        let text = text_of(value)?;
        let date = iso(text).ok_or_else(unwritable)?;
        let form = self.forms.first().copied().unwrap_or(DateForm::Iso);
        if form == DateForm::Excel {
            let serial = self.serials.count(date)?;
            return Ok(Written::Serial(serial.to_string().into()));
        }
        let parts = (date.year() % 100, date.month(), date.day());
        if form == DateForm::DMJj && self.of_its_century(parts).0 != date.year() {
            return Err(note!(
                "uit.vorm",
                "Met twee cijfers voor het jaar zou dit een datum in een andere eeuw zijn.",
                "With two digits for the year this would be a date in another century.",
            ));
        }
        let parts = (date.year(), date.month(), date.day());
        Ok(Written::Text(match form {
            // values are spelled so
            DateForm::Iso if spelled_so(text).is_some() => text.into(),
            form => spell(parts, form).into(),
        }))
    }

    const fn of_its_century(&self, (year, month, day): Parts) -> Parts {
        let century = if year > self.pivot { 1900 } else { 2000 };
        (century + year, month, day)
    }

    pub(crate) fn law(&self) -> LawClass {
        match self.forms.as_slice() {
            [DateForm::Iso | DateForm::Eejjmmdd | DateForm::DdMmJjjj] => LawClass::Lossless,
            _ => LawClass::Normalising,
        }
    }
}

pub(super) fn not_a_date(forms: &[DateForm]) -> Note {
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

pub(super) fn real(year: i16, month: i8, day: i8) -> Result<Date, Note> {
    Date::new(year, month, day)
        .ok()
        .filter(|date| date.year() >= YEAR_MIN)
        .ok_or(note!(
            "datum.bestaatNiet",
            "Deze datum bestaat niet.",
            "This date does not exist.",
        ))
}

pub(super) fn spell((year, month, day): Parts, form: DateForm) -> String {
    let (month, day) = (i16::from(month), i16::from(day));
    match form {
        DateForm::Iso if month == 0 => joined("", &[(year, 4)]),
        DateForm::Iso if day == 0 => joined("-", &[(year, 4), (month, 2)]),
        DateForm::Iso | DateForm::Excel => joined("-", &[(year, 4), (month, 2), (day, 2)]),
        DateForm::Eejjmmdd => joined("", &[(year, 4), (month, 2), (day, 2)]),
        DateForm::DdMmJjjj => joined("-", &[(day, 2), (month, 2), (year, 4)]),
        DateForm::DMJjjj => joined("-", &[(day, 1), (month, 1), (year, 4)]),
        DateForm::DMJj => joined("-", &[(day, 1), (month, 1), (year % 100, 2)]),
    }
}

/// The digits of a date with all its parts; of a serial number there are none.
pub(super) fn parse(cell: Cell<'_>, form: DateForm) -> Option<Parts> {
    let text = trimmed(cell.text());
    let parts = match form {
        DateForm::DMJj => dashed(text, [1, 1, 2], [2, 2, 2]).map(turned),
        DateForm::Iso => dashed(text, [4, 2, 2], [4, 2, 2]),
        DateForm::DdMmJjjj => dashed(text, [2, 2, 4], [2, 2, 4]).map(turned),
        DateForm::DMJjjj => dashed(text, [1, 1, 4], [2, 2, 4]).map(turned),
        DateForm::Eejjmmdd if text.len() == 8 && text.is_ascii() => Some((
            number(&text[..4])?,
            number(&text[4..6])?,
            number(&text[6..])?,
        )),
        DateForm::Excel | DateForm::Eejjmmdd => None,
    }?;
    Some((
        parts.0,
        i8::try_from(parts.1).ok()?,
        i8::try_from(parts.2).ok()?,
    ))
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

pub(super) fn number(digits: &str) -> Option<i16> {
    digits
        .bytes()
        .all(|b| b.is_ascii_digit())
        .then(|| digits.parse().ok())?
}

impl Serials {
    fn read(self, cell: Cell<'_>) -> Option<Parts> {
        let text = match cell {
            Cell::Number(text) => text,
            Cell::Text(text) if self.in_text => trimmed(text),
            _ => return None,
        };
        let whole = text.split_once('.').map_or(Some(text), |(whole, part)| {
            part.bytes().all(|b| b == b'0').then_some(whole)
        })?;
        let digits = whole.bytes().all(|b| b.is_ascii_digit());
        let serial: i64 = digits.then(|| whole.parse().ok())??;
        let day = if self.from_1904 {
            (0..=SERIAL_MAX - DAYS_TO_1904)
                .contains(&serial)
                .then(|| since_1900(serial + DAYS_TO_1904))?
        } else {
            let counts = (1..=SERIAL_MAX).contains(&serial) && serial != SERIAL_LEAP_MISTAKE;
            let past_mistake = serial > SERIAL_LEAP_MISTAKE;
            counts.then(|| since_1900(serial + i64::from(!past_mistake)))?
        }?;
        is_near(day).then(|| (day.year(), day.month(), day.day()))
    }

    fn count(self, day: Date) -> Result<i64, Note> {
        let days = i64::from(
            day.since(date(1899, 12, 30))
                .map_err(|_| unwritable())?
                .get_days(),
        );
        match days {
            _ if !is_near(day) => Err(note!(
                "uit.vorm",
                "Een werkmap geeft een datum zo ver weg niet terug.",
                "A workbook does not give back a date so far away.",
            )),
            _ if self.from_1904 && days >= DAYS_TO_1904 => Ok(days - DAYS_TO_1904),
            2..=60 if !self.from_1904 => Ok(days - 1),
            61.. if !self.from_1904 => Ok(days),
            _ => Err(note!(
                "uit.vorm",
                "Een werkmap kent geen datums van voor het begin van haar telling.",
                "A workbook has no dates from before its count begins.",
            )),
        }
    }
}

/// Whether a day of a workbook is meant as one.
fn is_near(day: Date) -> bool {
    day.year() <= SERIAL_YEAR_MAX || day == date(9999, 12, 31)
}

/// The day so many days after 30 December 1899.
fn since_1900(days: i64) -> Option<Date> {
    date(1899, 12, 30).checked_add(Span::new().days(days)).ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test stops where it is wrong
mod tests {
    use super::*;
    use crate::canonical::ValueState;
    use crate::mapping::codec::Marks;
    use crate::mapping::codec::PartialDateCodec;
    use DateForm::{DMJj, DMJjjj, DdMmJjjj, Eejjmmdd, Excel, Iso};
    use serde_json::json;

    fn of(forms: Vec<DateForm>) -> DateCodec {
        DateCodec {
            forms,
            pivot: 29,
            serials: Serials::default(),
        }
    }

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
            (vec![Excel], Cell::Number("109574"), Ok("2199-12-31")),
            (vec![Excel], Cell::Number("109575"), Err("datum.vorm")),
            (vec![Excel], Cell::Number("1042024"), Err("datum.vorm")),
            (vec![Excel], Cell::Number("2958465"), Ok("9999-12-31")),
            (vec![Excel], Cell::Text("45383"), Err("datum.vorm")),
            (vec![DMJj], Cell::Text("2-4-24"), Ok("2024-04-02")),
            (vec![DMJj], Cell::Text("02-04-29"), Ok("2029-04-02")),
            (vec![DMJj], Cell::Text("02-04-30"), Ok("1930-04-02")),
            (vec![DMJj], Cell::Text("29-02-00"), Ok("2000-02-29")),
            (vec![DMJj], Cell::Text("29-02-99"), Err("datum.bestaatNiet")),
            (vec![DMJj], Cell::Text("2-4-2024"), Err("datum.vorm")),
            (vec![DMJj], Cell::Text("2-4-4"), Err("datum.vorm")),
            (vec![DMJj, DMJjjj], Cell::Text("2-4-1924"), Ok("1924-04-02")),
        ] {
            let codec = of(forms);
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
            (DMJj, "1-4-24"),
        ] {
            let codec = of(vec![form]);
            assert_eq!(
                codec.encode(&Json::from("2024-04-01")),
                Ok(Written::Text(text.into()))
            );
        }
        let excel = of(vec![Excel]);
        for (day, serial) in [
            ("2024-04-01", "45383"),
            ("1900-01-01", "1"),
            ("1900-02-28", "59"),
            ("1900-03-01", "61"),
        ] {
            assert_eq!(
                excel.encode(&Json::from(day)),
                Ok(Written::Serial(serial.into()))
            );
        }
        assert_eq!(
            excel.encode(&Json::from("1899-12-31")).unwrap_err().code,
            "uit.vorm"
        );
    }

    #[test]
    fn two_digits_of_a_year_go_out_within_their_own_century_only() {
        let codec = of(vec![DMJj]);
        for (day, text) in [
            ("1930-01-02", Some("2-1-30")),
            ("2029-12-31", Some("31-12-29")),
            ("1929-12-31", None),
            ("2030-01-01", None),
            ("1824-04-01", None),
        ] {
            let value = Json::from(day);
            let written = codec.encode(&value);
            let expected = text.map(|text| Written::Text(text.into()));
            assert_eq!(written.as_ref().ok(), expected.as_ref(), "{day}");
            assert!(written.is_ok() || written.unwrap_err().code == "uit.vorm");
        }
    }

    #[test]
    fn serial_numbers_count_from_the_day_that_was_agreed() {
        let from_1904 = Serials {
            from_1904: true,
            in_text: false,
        };
        let in_text = Serials {
            from_1904: false,
            in_text: true,
        };
        for (serials, cell, day) in [
            (from_1904, Cell::Number("0"), Some("1904-01-01")),
            (from_1904, Cell::Number("43921"), Some("2024-04-01")),
            (from_1904, Cell::Number("2957003"), Some("9999-12-31")),
            (from_1904, Cell::Number("2957004"), None),
            (from_1904, Cell::Number("-1"), None),
            (from_1904, Cell::Text("43921"), None),
            (in_text, Cell::Text(" 45383 "), Some("2024-04-01")),
            (in_text, Cell::Text("+45383"), None),
            (in_text, Cell::Text("20240401"), None),
        ] {
            let codec = DateCodec {
                serials,
                ..of(vec![Excel])
            };
            let found = codec.decode(cell).ok().map(|taken| taken.value.unwrap());
            assert_eq!(found, day.map(Json::from), "{}", cell.text());
            let back = found.as_ref().map(|day| codec.encode(day));
            let text = trimmed(cell.text()).to_owned();
            assert_eq!(back, day.map(|_| Ok(Written::Serial(text.into()))));
        }
        let codec = DateCodec {
            serials: from_1904,
            ..of(vec![Excel])
        };
        let value = Json::from("1903-12-31");
        let before = codec.encode(&value);
        assert_eq!(before.unwrap_err().code, "uit.vorm");
    }

    #[test]
    fn a_digit_beside_a_date_says_how_much_of_it_counts() {
        let codec = PartialDateCodec {
            forms: vec![Iso],
            marks: Marks::Iwmo,
        };
        for (text, beside, expect) in [
            ("1985-01-01", Some("2"), Ok(json!({"jaar": 1985}))),
            (
                "1985-02-01",
                Some("1"),
                Ok(json!({"jaar": 1985, "maand": 2})),
            ),
            (
                "1985-02-03",
                None,
                Ok(json!({"jaar": 1985, "maand": 2, "dag": 3})),
            ),
            (
                "1985-02-03",
                Some(" "),
                Ok(json!({"jaar": 1985, "maand": 2, "dag": 3})),
            ),
            ("1900-01-01", Some("3"), Err(ValueState::WaardeOnbekend)),
        ] {
            let taken = codec.decode(Cell::Text(text), beside);
            let taken = taken.unwrap_or_else(|note| panic!("{text}: {}", note.code));
            assert_eq!(taken.value, expect, "{text}");
            let written = match expect {
                Ok(value) => codec.encode(&value).unwrap(),
                Err(state) => codec.state(state).unwrap(),
            };
            let expected = match beside {
                Some("1") => Written::Beside(text.into(), "1".into()),
                Some("2") => Written::Beside(text.into(), "2".into()),
                Some("3") => Written::Beside(text.into(), "3".into()),
                _ => Written::Text(text.into()),
            };
            assert_eq!(written, expected, "{text}");
        }
        for beside in ["4", "0", "V", "M"] {
            let refused = codec.decode(Cell::Text("1985-01-01"), Some(beside));
            assert_eq!(refused.err().unwrap().code, "datum.vorm");
        }
    }

    #[test]
    fn a_part_that_is_known_is_never_dropped_and_the_indicator_blamed_only_where_there_is_one() {
        let of = |marks| PartialDateCodec {
            forms: vec![Eejjmmdd],
            marks,
        };
        let (year, month) = (json!({"jaar": 1985}), json!({"jaar": 1985, "maand": 2}));
        let unknown = || Err(ValueState::WaardeOnbekend);
        for (marks, text, beside, expected) in [
            (Marks::None, "19850000", None, Ok((Ok(year.clone()), None))),
            (Marks::None, "19850200", None, Ok((Ok(month.clone()), None))),
            (Marks::None, "00000000", None, Ok((unknown(), None))),
            (Marks::None, "19850015", None, Err("datum.delen")),
            (Marks::None, "00000101", None, Err("datum.delen")),
            (Marks::None, "00000200", None, Err("datum.delen")),
            (Marks::None, "00000015", None, Err("datum.delen")),
            (Marks::None, "00240203", None, Err("datum.bestaatNiet")),
            (Marks::None, "00000230", None, Err("datum.delen")),
            (Marks::Stuf, "19850015", None, Err("datum.delen")),
            (Marks::Stuf, "19850015", Some("V"), Err("datum.delen")),
            (
                Marks::Stuf,
                "19850015",
                Some("D"),
                Ok((Ok(year.clone()), Some("datum.indicator"))),
            ),
            (
                Marks::Stuf,
                "19850215",
                Some("M"),
                Ok((Ok(year), Some("datum.indicator"))),
            ),
            (
                Marks::Stuf,
                "19850215",
                Some("D"),
                Ok((Ok(month), Some("datum.indicator"))),
            ),
            (Marks::Stuf, "00000101", Some("D"), Err("datum.delen")),
            (
                Marks::Stuf,
                "00000101",
                Some("M"),
                Ok((unknown(), Some("datum.nullen"))),
            ),
            (
                Marks::Iwmo,
                "00000000",
                Some("3"),
                Ok((unknown(), Some("datum.nullen"))),
            ),
            (
                Marks::Iwmo,
                "19850215",
                Some("3"),
                Ok((unknown(), Some("datum.indicator"))),
            ),
            (Marks::Iwmo, "19000101", Some("3"), Ok((unknown(), None))),
        ] {
            let found = of(marks).decode(Cell::Text(text), beside);
            let found = found
                .map(|taken| (taken.value, taken.remark.map(|note| note.code)))
                .map_err(|note| note.code);
            assert_eq!(found, expected, "{text} {beside:?}");
        }
    }

    #[test]
    fn that_nothing_of_a_date_is_known_is_said_where_the_form_can() {
        let says = |form, marks| {
            let forms = vec![form];
            PartialDateCodec { forms, marks }.state(ValueState::WaardeOnbekend)
        };
        let text = |text: &'static str| Some(Written::Text(text.into()));
        assert_eq!(says(Eejjmmdd, Marks::None), text("00000000"));
        assert_eq!(says(DdMmJjjj, Marks::None), text("00-00-0000"));
        assert_eq!(says(Iso, Marks::None), None);
        assert_eq!(
            says(Eejjmmdd, Marks::Stuf),
            Some(Written::Beside("19000101".into(), "J".into()))
        );
        let codec = PartialDateCodec {
            forms: vec![Eejjmmdd],
            marks: Marks::None,
        };
        assert_eq!(codec.state(ValueState::GeenWaarde), None);
        let back = codec.decode(Cell::Text("00000000"), None).ok().unwrap();
        assert_eq!(back.value, Err(ValueState::WaardeOnbekend));
    }

    #[test]
    fn an_incomplete_date_never_becomes_the_first_of_january() {
        let stuf = PartialDateCodec {
            forms: vec![Eejjmmdd],
            marks: Marks::Stuf,
        };
        let plain = PartialDateCodec {
            forms: vec![Iso, DdMmJjjj],
            marks: Marks::None,
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
        assert!(stuf.decode(Cell::Text("00240203"), None).is_err());
        assert!(stuf.decode(Cell::Text("19850101"), Some("X")).is_err());
        assert_eq!(
            stuf.encode(&json!({"jaar": 1985})),
            Ok(Written::Beside("19850101".into(), "M".into()))
        );
        assert_eq!(
            plain.encode(&json!({"jaar": 1985})),
            Ok(Written::Text("1985".into()))
        );
    }
}
