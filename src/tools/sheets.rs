//! Workbooks that people read: written with a look, and never with a formula out of somebody's data.

use crate::document::Document;
use crate::document::Value;
use crate::mapping::Mapping;
use crate::mapping::codec::Codec;
use crate::mapping::decode::Reader;
use crate::mapping::plan::Act;
use crate::mapping::plan::Rule;
use crate::mapping::plan::Source;
use rust_xlsxwriter::DocProperties;
use rust_xlsxwriter::ExcelDateTime;
use rust_xlsxwriter::Format;
use rust_xlsxwriter::Formula;
use rust_xlsxwriter::Workbook;
use rust_xlsxwriter::Worksheet;
use rust_xlsxwriter::XlsxError;

/// Most characters of a cell.
const CELL_MAX: usize = 32_767;
/// Most characters of a sheet's name.
const NAME_MAX: usize = 31;
/// Errors that a workbook can hold.
const ERRORS: [&str; 7] = [
    "#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!",
];

/// An empty workbook that tells no moment of writing, so that the same content gives the same bytes.
pub(super) fn workbook() -> Result<Workbook, XlsxError> {
    let mut book = Workbook::new();
    let epoch = ExcelDateTime::from_ymd(2000, 1, 1)?;
    book.set_properties(&DocProperties::new().set_creation_datetime(&epoch));
    Ok(book)
}

/// Writes a value as it is: text as text, whatever it begins with, and a number as a number. A cell that holds an error
/// or a formula without result gets an error, which no program reads as a value.
pub(super) fn write(
    worksheet: &mut Worksheet,
    (row, column): (u32, u16),
    value: &Value,
    format: &Format,
) -> Result<(), XlsxError> {
    match value {
        Value::Bool(value) => worksheet.write_boolean_with_format(row, column, *value, format)?,
        Value::Number(spelling) | Value::Moment(spelling) | Value::Measure(_, spelling) => {
            match spelling.parse::<f64>() {
                Ok(number) if number.is_finite() => {
                    worksheet.write_number_with_format(row, column, number, format)?
                }
                _ => worksheet.write_string_with_format(row, column, &**spelling, format)?,
            }
        }
        Value::Text(text) if !text.is_empty() => {
            worksheet.write_string_with_format(row, column, fitting(text), format)?
        }
        Value::Unreadable(error) => {
            let error = ERRORS
                .into_iter()
                .find(|known| **known == **error)
                .unwrap_or("#N/A");
            let formula = Formula::new("NA()").set_result(error);
            worksheet.write_formula_with_format(row, column, formula, format)?
        }
        Value::Text(_) | Value::Null | Value::List(_) | Value::Map(_) => {
            worksheet.write_blank(row, column, format)?
        }
    };
    Ok(())
}

/// A text as far as it fits in a cell.
pub(super) fn fitting(text: &str) -> String {
    within(text, CELL_MAX)
}

/// A text as far as it fits in so many characters.
pub(super) fn within(text: &str, most: usize) -> String {
    if text.encode_utf16().count() <= most {
        return text.to_owned();
    }
    let mut units = 0;
    let kept = text.chars().take_while(|c| {
        units += c.len_utf16();
        units < most
    });
    kept.chain(['…']).collect()
}

/// A name that a sheet can have, as near as can be.
pub(super) fn allowed(name: &str) -> String {
    const NOT: [char; 7] = ['*', '?', ':', '[', ']', '\\', '/'];
    let plain = name.replace(NOT, "_");
    let kept = within(plain.trim_matches('\''), NAME_MAX);
    let kept = kept.trim_end_matches('\'');
    if kept.is_empty() { "_" } else { kept }.to_owned()
}

/// A name for a sheet that is not taken.
pub(super) fn free(name: &str, taken: &[String]) -> String {
    let is_taken = |name: &str| {
        taken
            .iter()
            .any(|other| other.to_lowercase() == name.to_lowercase())
    };
    if !is_taken(name) {
        return name.to_owned();
    }
    let numbered = (2..).map(|number| {
        let end = format!(" {number}");
        let kept: String = name.chars().take(NAME_MAX - end.len()).collect();
        format!("{kept}{end}")
    });
    numbered
        .into_iter()
        .find(|name| !is_taken(name))
        .unwrap_or_default()
}

/// Where a mapping finds its tables in a document.
pub(super) struct Tables {
    sheets: Vec<OfSheet>,
}

/// That of one sheet.
pub(super) struct OfSheet {
    sheet: Option<String>,
    /// The row of its headers, from 0.
    pub(super) header: u32,
    /// The columns that are read as dates.
    dates: Vec<u16>,
}

impl Tables {
    /// The tables of a document, as far as they are there.
    pub(super) fn of(mapping: &Mapping, document: &Document) -> Option<Self> {
        let plan = mapping.plan()?;
        let layouts = Reader::new(plan, mapping.main()).layouts(document);
        let sheets = layouts.into_iter().filter_map(|layout| {
            let mut dates = Vec::new();
            gather(&plan.rules, &mut |index| {
                let cell = layout.columns.get(index).copied().flatten();
                dates.extend(cell.and_then(|cell| u16::try_from(cell).ok()));
            });
            Some(OfSheet {
                sheet: layout.sheet.map(ToString::to_string),
                header: u32::try_from(layout.header).ok()?,
                dates,
            })
        });
        Some(Self {
            sheets: sheets.collect(),
        })
    }

    /// That of a sheet.
    pub(super) fn on(&self, sheet: Option<&str>) -> Option<&OfSheet> {
        self.sheets.iter().find(|one| one.sheet.as_deref() == sheet)
    }
}

impl OfSheet {
    /// Whether a cell, by row and column from 0, is read as a date.
    pub(super) fn has_date(&self, row: u32, column: u16) -> bool {
        row > self.header && self.dates.contains(&column)
    }
}

fn gather(rules: &[Rule], found: &mut impl FnMut(usize)) {
    for rule in rules {
        match (&rule.act, &rule.source) {
            (Act::Field(field), Source::Column(index)) if matches!(field.codec, Codec::Date(_)) => {
                found(*index);
            }
            (Act::Group(group), _) => gather(&group.rules, found),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sheet_gets_a_name_that_is_free() {
        let taken = ["meldingen".to_owned(), "Meldingen 2".to_owned()];
        assert_eq!(free("Meldingen", &taken), "Meldingen 3");
        assert_eq!(free("Rijen", &taken), "Rijen");
    }

    #[test]
    fn a_sheet_gets_a_name_that_a_workbook_can_have() {
        for (name, kept) in [
            ("Q1", "Q1"),
            ("Q1/Q2 [oud]", "Q1_Q2 _oud_"),
            ("'geciteerd'", "geciteerd"),
            ("''", "_"),
            ("", "_"),
            (
                "een naam van meer dan eenendertig tekens",
                "een naam van meer dan eenender…",
            ),
            (
                "dertig tekens en een citaatteken'",
                "dertig tekens en een citaattek…",
            ),
        ] {
            assert_eq!(allowed(name), kept);
            assert!(Worksheet::new().set_name(allowed(name)).is_ok());
        }
    }

    #[test]
    fn a_text_that_does_not_fit_is_cut_and_says_so() {
        let long = "é".repeat(40_000);
        let kept = fitting(&long);
        assert_eq!(kept.encode_utf16().count(), 32_767);
        assert!(kept.ends_with('…'));
        assert_eq!(fitting("kort"), "kort");
    }
}
