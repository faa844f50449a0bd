use crate::adapters::Limits;
use crate::adapters::charset;
use crate::adapters::error::Refused;
use crate::adapters::locate::clamp;
use crate::document::At;
use crate::document::Document;
use crate::document::Fault;
use crate::document::FixedWire;
use crate::document::Format;
use crate::document::NO_LETTER;
use crate::document::NO_TEXT;
use crate::document::Node;
use crate::document::Place;
use crate::document::Value;

pub(in crate::adapters) fn decode(
    bytes: &[u8],
    wire: &FixedWire,
    limits: &Limits,
) -> Result<Document, Vec<Fault>> {
    let text = charset::text_of(bytes, wire.encoding, limits.faults);
    let text = text.map_err(|fault| vec![*fault])?;
    if text.text.is_empty() {
        return Err(vec![crate::adapters::empty()]);
    }
    let lines = lines(&text, limits).map_err(|fault| vec![*fault])?;
    let root = Node::new(At::new(1, 1), Value::List(lines));
    Ok(Document::new(Format::FixedWidth, root))
}

fn lines(whole: &charset::Text<'_>, limits: &Limits) -> Result<Vec<Node>, Refused> {
    let most = usize::try_from(limits.rows)
        .unwrap_or(usize::MAX)
        .min(limits.nodes);
    let mut lines = Vec::new();
    let mut rest: &str = &whole.text;
    while !rest.is_empty() {
        let number = clamp(lines.len() + 1);
        if lines.len() >= most {
            return Err(too_many(number, most));
        }
        let end = rest.find(['\r', '\n']).unwrap_or(rest.len());
        let line = &rest[..end];
        if line.len() > limits.text {
            return Err(too_long(number, limits.text));
        }
        let start = whole.text.len() - rest.len();
        // What cannot be read is this line's own matter, and stops no other.
        let value = if whole.has_gap(start, start + end) {
            Value::Unreadable(NO_LETTER.into())
        } else if line.contains('\0') {
            Value::Unreadable(NO_TEXT.into())
        } else {
            Value::Text(line.into())
        };
        lines.push(Node::new(At::new(number, 1), value));
        rest = &rest[end..];
        rest = rest
            .strip_prefix("\r\n")
            .or_else(|| rest.strip_prefix(['\r', '\n']))
            .unwrap_or(rest);
    }
    Ok(lines)
}

fn too_many(line: u32, most: usize) -> Refused {
    refused(
        "vast.rijen",
        At::new(line, 1),
        format!("Het bestand heeft meer dan {most} regels. Stuur het in delen."),
        format!("The file has more than {most} lines. Send it in parts."),
    )
}

fn too_long(line: u32, most: usize) -> Refused {
    refused(
        "vast.regel",
        At::new(line, 1),
        format!(
            "Deze regel heeft meer dan {most} bytes tekst. Controleer of het bestand regeleinden heeft."
        ),
        format!("This line has more than {most} bytes of text. Check that the file has line ends."),
    )
}

fn refused(code: &'static str, at: At, nl: impl Into<String>, en: impl Into<String>) -> Refused {
    Box::new(Fault::refused(code, Place::Text { at }, nl, en))
}
