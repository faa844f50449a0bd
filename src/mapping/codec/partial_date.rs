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
use crate::mapping::codec::unwritable;
use serde_json::Value as Json;
use serde_json::json;

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
