//! A document as a person can read it who wrote the mapping: in counterexamples and in cases that fail. What is shown is
//! generated or invented.

use crate::adapters;
use crate::document::Charset;
use crate::document::CsvWire;
use crate::document::Document;
use crate::document::FixedWire;
use crate::document::Node;
use crate::document::Value;
use crate::document::Wire;
use crate::document::column_letters;

/// A document as text: XML and JSON with a line for each part, a workbook as its cells with their headers, and what an
/// envelope holds below the envelope. None where it cannot be written at all.
pub(super) fn shown(document: &Document, wire: &Wire) -> Option<String> {
    match wire {
        Wire::Xml(_) => Some(xml(&text(document, wire)?)),
        Wire::Json => Some(json(&text(document, wire)?)),
        Wire::Csv(own) => {
            let wire = Wire::Csv(CsvWire {
                encoding: Charset::Utf8,
                crlf: false,
                ..own.clone()
            });
            text(document, &wire)
        }
        Wire::Fixed(_) => {
            let wire = Wire::Fixed(FixedWire {
                encoding: Charset::Utf8,
                crlf: false,
            });
            text(document, &wire)
        }
        Wire::Excel => Some(workbook(&document.root)),
        Wire::Enveloped(own) => {
            let payload = shown(document, &own.payload)?;
            let Some(envelope) = &document.envelope else {
                return Some(payload);
            };
            let around = Document::new(document.format, (**envelope).clone());
            let around = text(&around, &Wire::Xml(own.xml.clone()))?;
            Some(format!("{}\n\n{}:\n{payload}", xml(&around), own.label))
        }
    }
}

fn text(document: &Document, wire: &Wire) -> Option<String> {
    let bytes = adapters::encode(document, wire).ok()?;
    Some(String::from_utf8_lossy(&bytes).trim_end().to_owned())
}

/// Each element on a line of its own, set in. The writer leaves no `<` in a text, so a tag begins at each.
fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    let mut depth = 0_usize;
    let mut rest = text.trim();
    if let Some((declaration, behind)) = rest.split_once("?>") {
        out = format!("{declaration}?>");
        rest = behind.trim_start();
    }
    while !rest.is_empty() {
        let end = rest.find("><").map_or(rest.len(), |end| end + 1);
        let (part, behind) = rest.split_at(end);
        let closes = part.starts_with("</");
        depth = depth.saturating_sub(usize::from(closes));
        line(&mut out, depth, part);
        let whole = closes || part.ends_with("/>") || part.contains("</");
        depth += usize::from(!whole);
        rest = behind.trim_start();
    }
    out
}

fn line(out: &mut String, depth: usize, text: &str) {
    if !out.is_empty() {
        out.push('\n');
    }
    for _ in 0..depth {
        out.push_str("  ");
    }
    out.push_str(text);
}

/// Each member and item on a line of its own, set in; numbers keep their spelling.
pub(super) fn json(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        if quoted {
            out.push(character);
            quoted = escaped || character != '"';
            escaped = !escaped && character == '\\';
            continue;
        }
        match character {
            '{' | '[' => {
                out.push(character);
                let empty = characters
                    .peek()
                    .is_some_and(|next| matches!(next, '}' | ']'));
                if let (true, Some(end)) = (empty, characters.peek().copied()) {
                    out.push(end);
                    characters.next();
                } else {
                    depth += 1;
                    line(&mut out, depth, "");
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                line(&mut out, depth, "");
                out.push(character);
            }
            ',' => {
                out.push(',');
                line(&mut out, depth, "");
            }
            ':' => out.push_str(": "),
            '"' => {
                quoted = true;
                out.push('"');
            }
            other => out.push(other),
        }
    }
    out
}

/// Every cell that has something in it: where it stands, the header above it, and what it holds.
fn workbook(root: &Node) -> String {
    let mut out = String::new();
    for (name, sheet) in root.parts() {
        line(&mut out, 0, name);
        let mut rows = sheet.items().iter();
        let headers = rows.next().map_or(&[][..], Node::items);
        line(&mut out, 1, &row(headers));
        for (number, cells) in (2..).zip(rows) {
            for (index, cell) in cells.items().iter().enumerate() {
                let shown = scalar(cell);
                if shown.is_empty() {
                    continue;
                }
                let column = column_letters(u32::try_from(index + 1).unwrap_or(u32::MAX));
                let header = headers.get(index).map(scalar).unwrap_or_default();
                line(
                    &mut out,
                    1,
                    &format!("{column}{number}  {header} | {shown}"),
                );
            }
        }
    }
    out
}

fn row(cells: &[Node]) -> String {
    cells.iter().map(scalar).collect::<Vec<_>>().join(" | ")
}

fn scalar(node: &Node) -> String {
    match &node.value {
        Value::Null | Value::List(_) | Value::Map(_) => String::new(),
        Value::Bool(value) => value.to_string(),
        Value::Number(text)
        | Value::Moment(text)
        | Value::Measure(_, text)
        | Value::Text(text)
        | Value::Unreadable(text) => text.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::json;
    use super::xml;

    #[test]
    fn json_gets_a_line_for_each_part_and_its_texts_and_numbers_stay() {
        let shown = json(r#"{"a":[1.10,"x,{\"y\\"],"leeg":{},"b":{"c":null}}"#);
        assert_eq!(
            shown,
            "{\n  \"a\": [\n    1.10,\n    \"x,{\\\"y\\\\\"\n  ],\n  \"leeg\": {},\n  \"b\": {\n    \"c\": null\n  }\n}"
        );
    }

    #[test]
    fn xml_gets_a_line_for_each_element_and_its_texts_stay() {
        let shown = xml("<?xml version=\"1.0\"?>\n<a><b c=\"1\">x y</b><d/><e><f>1</f></e></a>\n");
        assert_eq!(
            shown,
            "<?xml version=\"1.0\"?>\n<a>\n  <b c=\"1\">x y</b>\n  <d/>\n  <e>\n    <f>1</f>\n  </e>\n</a>"
        );
    }
}
