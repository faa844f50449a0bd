use crate::adapters::look_of;
use crate::document::Document;
use crate::document::Hidden;
use crate::document::Name;
use crate::document::Value;
use crate::tools::sheets;
use rust_xlsxwriter::Format;
use rust_xlsxwriter::Worksheet;
use rust_xlsxwriter::XlsxError;

/// A document of sheets as a workbook: its values, and errors where cells held some; no formulas, comments or looks, but
/// those by which a number is a date, a percentage or a length of time to whoever reads it; what was hidden is hidden.
pub fn masked_workbook(document: &Document) -> Result<Vec<u8>, XlsxError> {
    let mut book = sheets::workbook()?;
    let look = |value: &Value| {
        let plain = Format::new();
        match look_of(value) {
            Some(look) => plain.set_num_format(look),
            None => plain,
        }
    };
    for (name, sheet) in document.root.parts() {
        let worksheet = book.add_worksheet();
        worksheet.set_name(&**name)?;
        for (row, cells) in (0..).zip(sheet.items()) {
            for (column, cell) in (0..).zip(cells.items()) {
                if cell.value != Value::Null {
                    sheets::write(worksheet, (row, column), &cell.value, &look(&cell.value))?;
                }
            }
        }
        if let Some(hidden) = document.hidden.iter().find(|one| one.sheet == *name) {
            hide(worksheet, hidden, sheet.items().len())?;
        }
    }
    // a program opens a workbook at a sheet that it shows
    let hides = |name: &Name| {
        document
            .hidden
            .iter()
            .any(|one| one.sheet == *name && one.whole)
    };
    let shown = document
        .root
        .parts()
        .iter()
        .position(|(name, _)| !hides(name));
    if let Some(index) = shown {
        book.worksheet_from_index(index)?.set_active(true);
    }
    book.save_to_buffer()
}

/// Hides what of a sheet is hidden; rows as far as there are any.
fn hide(worksheet: &mut Worksheet, hidden: &Hidden, rows: usize) -> Result<(), XlsxError> {
    let rows = u32::try_from(rows).unwrap_or(u32::MAX);
    for (from, to) in &hidden.rows {
        for row in *from..=(*to).min(rows) {
            worksheet.set_row_hidden(row - 1)?;
        }
    }
    let column = |number: u32| u16::try_from(number - 1).unwrap_or(u16::MAX);
    for (from, to) in &hidden.columns {
        worksheet.set_column_range_hidden(column(*from), column(*to))?;
    }
    worksheet.set_hidden(hidden.whole);
    Ok(())
}
