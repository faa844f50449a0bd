use crate::adapters::EncodeError;
use crate::adapters::charset::bytes_of;
use crate::adapters::locate::clamp;
use crate::document::At;
use crate::document::Charset;
use crate::document::FixedWire;
use crate::document::Node;
use crate::document::Place;
use crate::document::Value;

/// Starts of a file that are read as a byte order mark.
const MARKS: [&[u8]; 3] = [b"\xEF\xBB\xBF", b"\xFE\xFF", b"\xFF\xFE"];

pub(in crate::adapters) fn encode(
    root: &Node,
    wire: &FixedWire,
    before: usize,
) -> Result<Vec<u8>, EncodeError> {
    let Value::List(lines) = &root.value else {
        return Err(shape(1));
    };
    let mut out = Vec::with_capacity(4096);
    for (index, line) in lines.iter().enumerate() {
        let number = clamp(before + index + 1);
        let text = match &line.value {
            Value::Text(text) if !text.contains(['\r', '\n', '\0']) => text,
            _ => return Err(shape(number)),
        };
        let bytes =
            bytes_of(text, wire.encoding).ok_or_else(|| unknown_character(text, number, wire))?;
        out.extend(&*bytes);
        out.extend(if wire.crlf { &b"\r\n"[..] } else { b"\n" });
    }
    // At the start of a file these characters would be taken for something else than text.
    if before == 0 && MARKS.iter().any(|mark| out.starts_with(mark)) {
        return Err(not_in_charset(1, 1));
    }
    Ok(out)
}

/// The first character that the encoding does not have.
fn unknown_character(text: &str, line: u32, wire: &FixedWire) -> EncodeError {
    let has = |c: char, encoding: Charset| bytes_of(c.encode_utf8(&mut [0; 4]), encoding).is_some();
    let before = text.chars().take_while(|c| has(*c, wire.encoding)).count();
    not_in_charset(line, clamp(before + 1))
}

fn place(line: u32, position: u32) -> Place {
    let at = At::new(line, position);
    Place::Text { at }
}

fn shape(line: u32) -> EncodeError {
    EncodeError::new(
        "vast.vorm",
        place(line, 1),
        "Deze vorm kan niet in een bestand met vaste breedte: een lijst van regels zonder regeleinde of NUL-teken erin. Pas de mapping aan.",
        "A file of fixed width cannot say this shape: a list of lines without a line end or NUL character in them. Change the mapping.",
    )
}

fn not_in_charset(line: u32, position: u32) -> EncodeError {
    EncodeError::new(
        "vast.tekenset",
        place(line, position),
        "Hier staat een teken dat de afgesproken tekenset niet heeft. Kies UTF-8 in de mapping, of laat de ontvanger weten dat dit teken niet overkomt.",
        "There is a character here that the agreed encoding does not have. Choose UTF-8 in the mapping, or tell the receiver that this character cannot be sent.",
    )
}
