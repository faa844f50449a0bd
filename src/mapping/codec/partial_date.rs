use crate::canonical::ValueState;
use crate::mapping::codec::Cell;
use crate::mapping::codec::Note;
use crate::mapping::codec::Taken;
use crate::mapping::codec::Written;
use crate::mapping::codec::date::DateForm;
use crate::mapping::codec::date::Parts;
use crate::mapping::codec::date::YEAR_MIN;
use crate::mapping::codec::date::not_a_date;
use crate::mapping::codec::date::number;
use crate::mapping::codec::date::parse;
use crate::mapping::codec::date::real;
use crate::mapping::codec::date::spell;
use crate::mapping::codec::note;
use crate::mapping::codec::unwritable;
use crate::mapping::letters::trimmed;
use serde_json::Value as Json;
use serde_json::json;

/// A year that has every day there is, where none is known.
const YEAR_LEAP: i16 = 2000;

/// What stands where nothing of a date is known, beside the mark that says so (iWmo IV009).
const FILLER: Parts = (1900, 1, 1);

const SAID_UNKNOWN: Note = note!(
    "datum.indicator",
    "De indicator zegt dat een deel van deze datum onbekend is, en dat deel staat er wel; het is niet overgenomen.",
    "The indicator says that a part of this date is unknown, and that part is there; it was not taken.",
);
const SAID_KNOWN: Note = note!(
    "datum.indicator",
    "De indicator zegt dat een deel van deze datum bekend is, en er staat geen datum.",
    "The indicator says that a part of this date is known, and there is no date.",
);

const GAP: Note = note!(
    "datum.delen",
    "Van deze datum is de dag bekend zonder de maand, of de dag of maand zonder het jaar; zo'n datum is niet over te nemen. Zet nullen bij elk deel dat kleiner is dan wat onbekend is.",
    "Of this date the day is known without the month, or the day or month without the year; such a date cannot be taken. Put zeros for every part that is smaller than what is unknown.",
);

/// A date of which parts may be unknown. `StUF` and iWmo write a valid date, and say beside it how much of it counts;
/// others, as `SuwiML`, write zeros.
#[derive(Debug, Clone)]
pub(crate) struct PartialDateCodec {
    pub forms: Vec<DateForm>,
    pub marks: Marks,
}

/// What stands beside a date to say how much of it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Marks {
    /// Nothing does.
    None,
    /// `indOnvolledigeDatum`: V all, D no day, M no month, J nothing.
    Stuf,
    /// `DatumGebruik` (COD170): nothing for all, 1 no day, 2 no month, 3 nothing.
    Iwmo,
}

impl Marks {
    /// How many parts of the date count, from 0 to 3.
    fn counts(self, mark: Option<&str>) -> Result<u8, Note> {
        let mark = mark.map_or("", str::trim);
        match (self, mark) {
            (Self::None, _) | (_, "") | (Self::Stuf, "V") => Ok(3),
            (Self::Stuf, "D") | (Self::Iwmo, "1") => Ok(2),
            (Self::Stuf, "M") | (Self::Iwmo, "2") => Ok(1),
            (Self::Stuf, "J") | (Self::Iwmo, "3") => Ok(0),
            (Self::Stuf, _) => Err(note!(
                "datum.vorm",
                "De indicator onvolledige datum is niet V, D, M of J.",
                "The indicator of an incomplete date is not V, D, M or J.",
            )),
            (Self::Iwmo, _) => Err(note!(
                "datum.vorm",
                "De indicator onvolledige datum is niet 1, 2 of 3.",
                "The indicator of an incomplete date is not 1, 2 or 3.",
            )),
        }
    }

    /// The mark for so many parts; a complete date of iWmo has none.
    const fn mark(self, counts: u8) -> Option<&'static str> {
        match (self, counts) {
            (Self::None, _) | (Self::Iwmo, 3..) => None,
            (Self::Stuf, 3..) => Some("V"),
            (Self::Stuf, 2) => Some("D"),
            (Self::Stuf, 1) => Some("M"),
            (Self::Stuf, 0) => Some("J"),
            (Self::Iwmo, 2) => Some("1"),
            (Self::Iwmo, 1) => Some("2"),
            (Self::Iwmo, 0) => Some("3"),
        }
    }
}

impl PartialDateCodec {
    pub(crate) fn decode(&self, cell: Cell<'_>, beside: Option<&str>) -> Result<Taken, Note> {
        let parts = self
            .forms
            .iter()
            .find_map(|form| parse_partial(cell, *form));
        let (year, month, day) = parts.ok_or_else(|| not_a_date(&self.forms))?;
        let zeros = year == 0 || month == 0 || day == 0;
        // what counts of it, and whether what stands at the other parts only fills them
        let (known, filler) = match self.marks.counts(beside)? {
            0 => {
                let filler = matches!((year, month, day), FILLER | (0, 0, 0));
                ((0, 0, 0), filler)
            }
            1 => ((year, 0, 0), month <= 1 && day <= 1),
            2 => ((year, month, 0), day <= 1),
            _ => ((year, month, day), true),
        };
        if matches!(known, (0, 1.., _) | (0, _, 1..) | (_, 0, 1..)) {
            return Err(GAP);
        }
        // What stands at the unknown parts is filler, but with an indicator it must be a date or zeros.
        let some_year = if year == 0 { YEAR_LEAP } else { year };
        real(some_year, month.max(1), day.max(1))?;
        let remark = (self.marks != Marks::None && zeros).then_some(note!(
            "datum.nullen",
            "Onbekende delen van de datum staan er als 00; gelezen als onvolledige datum.",
            "Unknown parts of the date are written as 00; read as an incomplete date.",
        ));
        let remark = if filler { remark } else { Some(SAID_UNKNOWN) };
        let value = match known {
            (0, _, _) => Err(ValueState::WaardeOnbekend),
            (year, 0, _) => Ok(json!({ "jaar": year })),
            (year, month, 0) => Ok(json!({ "jaar": year, "maand": month })),
            (year, month, day) => Ok(json!({ "jaar": year, "maand": month, "dag": day })),
        };
        Ok(Taken { value, remark })
    }

    /// What stands beside a date that is not there: that nothing of it is known, or a mark that says otherwise.
    pub(crate) fn without(&self, mark: &str) -> Result<Option<ValueState>, Note> {
        match self.marks.counts(Some(mark))? {
            0 => Ok(Some(ValueState::WaardeOnbekend)),
            3.. => Ok(None),
            _ => Err(SAID_KNOWN),
        }
    }

    pub(crate) fn encode(&self, value: &Json) -> Result<Written<'static>, Note> {
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
        if self.marks == Marks::None {
            return Ok(Written::Text(spell((year, month, day), form).into()));
        }
        let counts = match (month, day) {
            (0, _) => 1,
            (_, 0) => 2,
            _ => 3,
        };
        let text = spell((year, month.max(1), day.max(1)), form);
        Ok(match self.marks.mark(counts) {
            Some(mark) => Written::Beside(text.into(), mark.into()),
            None => Written::Text(text.into()),
        })
    }

    /// That nothing of the date is known, where the form can say it: zeros, or a filler with its mark.
    pub(crate) fn state(&self, state: ValueState) -> Option<Written<'static>> {
        let form = self.forms.first().copied().unwrap_or(DateForm::Iso);
        match (state, self.marks.mark(0)) {
            (ValueState::WaardeOnbekend, Some(mark)) => {
                Some(Written::Beside(spell(FILLER, form).into(), mark.into()))
            }
            (ValueState::WaardeOnbekend, None) if form != DateForm::Iso => {
                Some(Written::Text(spell((0, 0, 0), form).into()))
            }
            _ => None,
        }
    }
}

/// The same, where ISO may stop after the year or the month.
fn parse_partial(cell: Cell<'_>, form: DateForm) -> Option<Parts> {
    let text = trimmed(cell.text());
    if form == DateForm::Iso && text.len() == 4 {
        return Some((number(text)?, 0, 0));
    }
    if let (DateForm::Iso, 7, Some((year, month))) = (form, text.len(), text.split_once('-')) {
        let month = (month.len() == 2).then(|| number(month))??;
        return Some((number(year)?, i8::try_from(month).ok()?, 0));
    }
    parse(cell, form)
}
