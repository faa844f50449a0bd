use crate::adapters::look_of;
use crate::document::Document;
use crate::document::Value;
use crate::tools::sheets;
use rust_xlsxwriter::Format;
use rust_xlsxwriter::XlsxError;

/// A document of sheets as a workbook: its values, and errors where cells held some; no formulas, comments or looks, but
/// those by which a number is a date, a percentage or a length of time to whoever reads it.
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
    }
    book.save_to_buffer()
}
