use super::cell_place;
use crate::adapters::EncodeError;
use crate::adapters::charset::bytes_of;
use crate::adapters::locate::clamp;
use crate::document::CsvWire;
use crate::document::Node;
use crate::document::Value;

pub(in crate::adapters) fn encode(
    root: &Node,
    wire: &CsvWire,
    before: usize,
) -> Result<Vec<u8>, EncodeError> {
    let Value::List(rows) = &root.value else {
        return Err(shape(0, 0));
    };
    let mut out = Vec::with_capacity(4096);
    for (index, row) in rows.iter().enumerate() {
        let number = clamp(before + index + 1);
        let Value::List(cells) = &row.value else {
            return Err(shape(number, 0));
        };
        for (index, cell) in cells.iter().enumerate() {
            let column = clamp(index + 1);
            if column > 1 {
                out.push(wire.delimiter);
            }
            let text = cell_text(&cell.value).ok_or_else(|| shape(number, column))?;
            let bytes =
                bytes_of(text, wire.encoding).ok_or_else(|| not_in_charset(number, column))?;
            let only = cells.len() == 1 && text.is_empty();
            let first = before == 0 && out.is_empty();
            write_cell(&mut out, &bytes, wire.delimiter, only, first);
        }
        out.extend(if wire.crlf { &b"\r\n"[..] } else { b"\n" });
    }
    Ok(out)
}

fn cell_text(value: &Value) -> Option<&str> {
    match value {
        Value::Null => Some(""),
        Value::Bool(true) => Some("true"),
        Value::Bool(false) => Some("false"),
        Value::Number(text) | Value::Moment(text) | Value::Measure(_, text) | Value::Text(text)
            if !text.contains('\0') =>
        {
            Some(text)
        }
        _ => None,
    }
}

fn write_cell(out: &mut Vec<u8>, cell: &[u8], delimiter: u8, only: bool, first: bool) {
    let special = |byte: &u8| *byte == delimiter || matches!(byte, b'"' | b'\r' | b'\n');
    // At the start of a file these bytes would be read as a byte order mark.
    let mark = first && matches!(cell.first(), Some(0xEF | 0xFE | 0xFF));
    if !only && !mark && !cell.iter().any(special) {
        out.extend(cell);
        return;
    }
    out.push(b'"');
    for byte in cell {
        if *byte == b'"' {
            out.push(b'"');
        }
        out.push(*byte);
    }
    out.push(b'"');
}

fn shape(row: u32, column: u32) -> EncodeError {
    EncodeError::new(
        "csv.vorm",
        cell_place(row, column),
        "Deze vorm kan niet in een tabel: een lijst van rijen met per cel één waarde zonder NUL-teken. Pas de mapping aan.",
        "A table cannot say this shape: a list of rows, each cell one value without a NUL character. Change the mapping.",
    )
}

fn not_in_charset(row: u32, column: u32) -> EncodeError {
    EncodeError::new(
        "csv.tekenset",
        cell_place(row, column),
        "Deze cel bevat een teken dat de afgesproken tekenset niet heeft. Kies UTF-8 in de mapping, of laat de ontvanger weten dat dit teken niet overkomt.",
        "This cell holds a character that the agreed encoding does not have. Choose UTF-8 in the mapping, or tell the receiver that this character cannot be sent.",
    )
}
