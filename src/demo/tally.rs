use crate::adapters;
use crate::adapters::Limits;
use crate::document::Charset;
use crate::document::CsvWire;
use crate::document::Node;
use crate::document::Value;
use crate::document::Wire;
use crate::document::XmlWire;

/// What the demonstration counts.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Tally {
    /// Messages pushed and taken.
    pub messages: usize,
    /// Deliveries confirmed.
    pub deliveries: usize,
    /// Values typed by somebody, once: the filled fields of what was pushed.
    pub entered: usize,
    /// Values that arrived in a recipient's own format: the filled fields of what was delivered.
    pub delivered: usize,
}

impl Tally {
    /// Counts a pushed file.
    pub fn pushed(&mut self, content_type: &str, bytes: &[u8]) {
        self.messages += 1;
        self.entered += values(content_type, bytes);
    }

    /// Counts a delivered file.
    pub fn received(&mut self, content_type: &str, bytes: &[u8]) {
        self.deliveries += 1;
        self.delivered += values(content_type, bytes);
    }
}

/// The filled fields of a file; header rows and envelopes count as well, on both sides alike. 0 when unreadable.
fn values(content_type: &str, bytes: &[u8]) -> usize {
    let wire = match content_type.split(';').next().unwrap_or_default().trim() {
        "text/csv" => Wire::Csv(CsvWire {
            encoding: if content_type.contains("windows-1252") {
                Charset::Windows1252
            } else {
                Charset::Utf8
            },
            ..CsvWire::default()
        }),
        "application/json" => Wire::Json,
        "application/xml" | "text/xml" => Wire::Xml(XmlWire::default()),
        _ => Wire::Excel,
    };
    adapters::decode(bytes, &wire, &Limits::default()).map_or(0, |document| filled(&document.root))
}

fn filled(node: &Node) -> usize {
    match &node.value {
        Value::Null | Value::Unreadable(_) => 0,
        Value::Bool(_) | Value::Number(_) | Value::Moment(_) | Value::Measure(..) => 1,
        Value::Text(text) => usize::from(!text.trim().is_empty()),
        Value::List(items) => items.iter().map(filled).sum(),
        Value::Map(parts) => parts.iter().map(|(_, part)| filled(part)).sum(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_filled_fields_count() {
        for (content_type, bytes, count) in [
            (
                "application/json",
                r#"{"a": 1, "b": "", "c": [true, null, "x"]}"#,
                3,
            ),
            ("text/csv; charset=utf-8", "a;b\r\n1;\r\n", 3),
            ("application/xml", "<a b='1'><c>x</c><d/></a>", 2),
            ("application/json", "geen json", 0),
        ] {
            assert_eq!(values(content_type, bytes.as_bytes()), count, "{bytes}");
        }
    }
}
