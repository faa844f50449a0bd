use crate::adapters::EncodeError;
use crate::adapters::excel::WHOLE_MAX;
use crate::document::Node;
use crate::document::Place;
use crate::document::Value;
use rust_xlsxwriter::DocProperties;
use rust_xlsxwriter::ExcelDateTime;
use rust_xlsxwriter::Format;
use rust_xlsxwriter::Workbook;
use rust_xlsxwriter::Worksheet;
use std::collections::BTreeMap;

/// How a serial number is shown that is a date.
pub(crate) const DATE_LOOK: &str = "dd-mm-yyyy";

/// How times, dates, and dates with a time are shown, and the characters of a column that has room for it. Without the
/// room a program shows `####`.
const LOOKS: [(&str, u8); 3] = [
    ("hh:mm:ss", 10),
    (DATE_LOOK, 12),
    ("dd-mm-yyyy hh:mm:ss", 21),
];

pub(in crate::adapters) fn encode(root: &Node) -> Result<Vec<u8>, EncodeError> {
    let Value::Map(sheets) = &root.value else {
        return Err(shape(None, 0, 0));
    };
    let mut workbook = Workbook::new();
    // The same document gives the same bytes: no moment of writing.
    let epoch = ExcelDateTime::from_ymd(2000, 1, 1).map_err(|_| shape(None, 0, 0))?;
    workbook.set_properties(&DocProperties::new().set_creation_datetime(&epoch));
    let looks = LOOKS.map(|(look, _)| Format::new().set_num_format(look));
    for (name, sheet) in sheets {
        let worksheet = workbook.add_worksheet();
        worksheet
            .set_name(&**name)
            .map_err(|_| shape(Some(name), 0, 0))?;
        write_sheet(worksheet, name, sheet, &looks)?;
    }
    workbook.save_to_buffer().map_err(|_| shape(None, 0, 0))
}

/// Whether a sheet may be called so.
pub(crate) fn is_sheet_name(name: &str) -> bool {
    !name.is_empty() && Worksheet::new().set_name(name).is_ok()
}

fn write_sheet(
    worksheet: &mut Worksheet,
    name: &str,
    sheet: &Node,
    looks: &[Format; LOOKS.len()],
) -> Result<(), EncodeError> {
    let Value::List(rows) = &sheet.value else {
        return Err(shape(Some(name), 0, 0));
    };
    let mut widths: BTreeMap<u16, u8> = BTreeMap::new();
    for (row, node) in (0..).zip(rows) {
        let Value::List(cells) = &node.value else {
            return Err(shape(Some(name), row, 0));
        };
        for (column, cell) in (0..).zip(cells) {
            let written = match &cell.value {
                Value::Null => continue,
                Value::Bool(value) => worksheet.write_boolean(row, column, *value),
                Value::Number(spelling) => {
                    let number = exact(spelling).ok_or_else(|| number(name, row, column))?;
                    worksheet.write_number(row, column, number)
                }
                Value::Moment(spelling) => {
                    let number = exact(spelling).ok_or_else(|| number(name, row, column))?;
                    let look = look(number);
                    let width = widths.entry(column).or_default();
                    *width = LOOKS[look].1.max(*width);
                    worksheet.write_number_with_format(row, column, number, &looks[look])
                }
                Value::Measure(measure, spelling) => {
                    let number = exact(spelling).ok_or_else(|| number(name, row, column))?;
                    let look = Format::new().set_num_format(measure.look());
                    worksheet.write_number_with_format(row, column, number, &look)
                }
                Value::Text(text) if !text.contains('\0') => {
                    worksheet.write_string(row, column, &**text)
                }
                _ => return Err(shape(Some(name), row, column)),
            };
            if written.is_err() {
                return Err(shape(Some(name), row, column));
            }
        }
    }
    for (column, width) in widths {
        let set = worksheet.set_column_width(column, width);
        set.map_err(|_| shape(Some(name), 0, column))?;
    }
    Ok(())
}

/// Which of [`LOOKS`] a serial number has.
fn look(number: f64) -> usize {
    if number < 1.0 {
        0
    } else {
        1 + usize::from(number.fract() > 0.0)
    }
}

/// How a number is shown that a program shows as something else: a date or a time, a percentage, a length of time.
pub(crate) fn look_of(value: &Value) -> Option<&'static str> {
    match value {
        Value::Moment(moment) => {
            let number = moment.parse().ok();
            let number = number.filter(|number: &f64| number.is_finite());
            Some(number.map_or(DATE_LOOK, |number| LOOKS[look(number)].0))
        }
        Value::Measure(measure, _) => Some(measure.look()),
        _ => None,
    }
}

/// Whether a cell can hold a number exactly.
pub(crate) fn fits_a_cell(spelling: &str) -> bool {
    exact(spelling).is_some()
}

/// The number, if a cell can hold it exactly: a workbook keeps 15 digits.
fn exact(spelling: &str) -> Option<f64> {
    let mantissa = spelling.split(['e', 'E']).next()?;
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let significant = digits.trim_start_matches('0').trim_end_matches('0').len();
    let number: f64 = spelling.parse().ok()?;
    let kept = number != 0.0 || significant == 0;
    (significant <= 15 && number.abs() < WHOLE_MAX && kept).then_some(number)
}

fn place(sheet: Option<&str>, row: u32, column: u16) -> Place {
    Place::Cell {
        sheet: sheet.map(str::to_owned),
        row: row + 1,
        column: u32::from(column) + 1,
        header: None,
    }
}

fn shape(sheet: Option<&str>, row: u32, column: u16) -> EncodeError {
    EncodeError::new(
        "werkmap.vorm-uit",
        place(sheet, row, column),
        "Dit kan niet in een werkmap: bladen met een geldige naam (tot 31 tekens), rijen, en per cel één waarde van ten hoogste 32767 tekens. Pas de mapping aan.",
        "A workbook cannot say this: sheets with a valid name (up to 31 characters), rows, and in each cell one value of at most 32767 characters. Change the mapping.",
    )
}

fn number(sheet: &str, row: u32, column: u16) -> EncodeError {
    EncodeError::new(
        "werkmap.getal",
        place(Some(sheet), row, column),
        "Een werkmap kan dit getal niet precies bewaren (15 cijfers). Stuur het als tekst.",
        "A workbook cannot hold this number exactly (15 digits). Send it as text.",
    )
}
