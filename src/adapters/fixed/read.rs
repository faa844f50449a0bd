use crate::adapters::Limits;
use crate::adapters::charset;
use crate::adapters::error::Refused;
use crate::adapters::locate::clamp;
use crate::document::At;
use crate::document::Document;
use crate::document::Fault;
use crate::document::FixedWire;
use crate::document::Format;
use crate::document::Node;
use crate::document::Place;
use crate::document::Value;

pub(in crate::adapters) fn decode(
    bytes: &[u8],
    wire: &FixedWire,
    limits: &Limits,
) -> Result<Document, Vec<Fault>> {
    let text = charset::text_of(bytes, wire.encoding).map_err(|fault| vec![*fault])?;
    if text.is_empty() {
        return Err(vec![crate::adapters::empty()]);
    }
    let lines = lines(&text, limits).map_err(|fault| vec![*fault])?;
    let root = Node::new(At::new(1, 1), Value::List(lines));
    Ok(Document::new(Format::FixedWidth, root))
}

fn lines(text: &str, limits: &Limits) -> Result<Vec<Node>, Refused> {
    let most = usize::try_from(limits.rows)
        .unwrap_or(usize::MAX)
        .min(limits.nodes);
    let mut lines = Vec::new();
    let mut rest = text;
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
        if let Some(nul) = line.find('\0') {
            let at = At::new(number, clamp(line[..nul].chars().count() + 1));
            return Err(refused(
                "vast.teken",
                at,
                "Deze regel bevat een NUL-teken (U+0000). Haal het weg in het bronsysteem.",
                "This line holds a NUL character (U+0000). Remove it in the source system.",
            ));
        }
        lines.push(Node::new(At::new(number, 1), Value::Text(line.into())));
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
