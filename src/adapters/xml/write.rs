use super::chars::is_allowed;
use super::chars::is_ncname;
use super::names::XML;
use super::names::XMLNS;
use crate::adapters::EncodeError;
use crate::document::At;
use crate::document::Name;
use crate::document::Node;
use crate::document::Place;
use crate::document::Value;
use crate::document::XmlWire;

pub(in crate::adapters) fn encode(root: &Node, wire: &XmlWire) -> Result<Vec<u8>, EncodeError> {
    let mut writer = Writer {
        out: String::with_capacity(4096),
        wire,
        path: String::new(),
        depth: 0,
    };
    let [(name, element)] = root.parts() else {
        return Err(writer.shape());
    };
    writer
        .out
        .push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    writer.element(name, element)?;
    writer.out.push('\n');
    Ok(writer.out.into_bytes())
}

struct Writer<'a> {
    out: String,
    wire: &'a XmlWire,
    /// The path of the element being written, for errors.
    path: String,
    depth: usize,
}

impl Writer<'_> {
    fn element(&mut self, name: &Name, node: &Node) -> Result<(), EncodeError> {
        if let Value::List(items) = &node.value {
            // A list under a name is that name repeated, as the name repeated would be itself.
            return items.iter().try_for_each(|item| self.element(name, item));
        }
        let above = self.path.len();
        let qname = self.qname(name)?;
        self.path.push('/');
        self.path.push_str(&qname);
        self.depth += 1;
        if self.depth > 128 {
            return Err(self.shape());
        }
        self.out.push('<');
        self.out.push_str(&qname);
        if above == 0 {
            self.declarations()?;
        }
        match &node.value {
            Value::Map(parts) => self.parts(parts, &qname)?,
            value => {
                let text = self.scalar(value)?;
                self.close(text, &qname)?;
            }
        }
        self.depth -= 1;
        self.path.truncate(above);
        Ok(())
    }

    fn parts(&mut self, parts: &[(Name, Node)], qname: &str) -> Result<(), EncodeError> {
        let mut written: Vec<&Name> = Vec::new();
        for (name, node) in parts {
            let Some(attribute) = name.strip_prefix('@') else {
                continue;
            };
            if written.contains(&name) {
                return Err(self.shape());
            }
            written.push(name);
            let attribute = self.attribute_name(attribute)?;
            let text = self.scalar(&node.value)?;
            self.out.push(' ');
            self.out.push_str(&attribute);
            self.out.push_str("=\"");
            self.escape(text, true)?;
            self.out.push('"');
        }
        let mut content = parts.iter().filter(|(name, _)| !name.starts_with('@'));
        let Some(first) = content.next() else {
            self.out.push_str("/>");
            return Ok(());
        };
        self.out.push('>');
        for (name, node) in std::iter::once(first).chain(content) {
            if &**name == "#text" {
                let text = self.scalar(&node.value)?;
                self.escape(text, false)?;
            } else {
                self.element(name, node)?;
            }
        }
        self.out.push_str("</");
        self.out.push_str(qname);
        self.out.push('>');
        Ok(())
    }

    fn close(&mut self, text: &str, qname: &str) -> Result<(), EncodeError> {
        if text.is_empty() {
            self.out.push_str("/>");
            return Ok(());
        }
        self.out.push('>');
        self.escape(text, false)?;
        self.out.push_str("</");
        self.out.push_str(qname);
        self.out.push('>');
        Ok(())
    }

    fn scalar<'v>(&self, value: &'v Value) -> Result<&'v str, EncodeError> {
        match value {
            Value::Null => Ok(""),
            Value::Bool(true) => Ok("true"),
            Value::Bool(false) => Ok("false"),
            Value::Number(text) | Value::Text(text) => Ok(text),
            Value::List(_) | Value::Map(_) | Value::Unreadable(_) => Err(self.shape()),
        }
    }

    fn declarations(&mut self) -> Result<(), EncodeError> {
        let wire = self.wire;
        for (index, (prefix, uri)) in wire.namespaces.iter().enumerate() {
            let mut earlier = wire.namespaces[..index].iter();
            let reserved = matches!(&**prefix, "xml" | "xmlns") || matches!(&**uri, XML | XMLNS);
            if reserved || uri.is_empty() || earlier.any(|(known, _)| known == prefix) {
                return Err(self.name());
            }
            self.out.push_str(" xmlns");
            if !prefix.is_empty() {
                if !is_ncname(prefix) {
                    return Err(self.name());
                }
                self.out.push(':');
                self.out.push_str(prefix);
            }
            self.out.push_str("=\"");
            self.escape(uri, true)?;
            self.out.push('"');
        }
        Ok(())
    }

    /// `{namespace}local` as a qualified name, by the first prefix the mapping declares for the namespace.
    fn qname(&self, name: &str) -> Result<String, EncodeError> {
        let Some((uri, local)) = split(name) else {
            // A name without namespace cannot be said where a default namespace is in force.
            if !is_ncname(name)
                || self
                    .wire
                    .namespaces
                    .iter()
                    .any(|(prefix, _)| prefix.is_empty())
            {
                return Err(self.name());
            }
            return Ok(name.to_owned());
        };
        let found = self.wire.namespaces.iter().find(|(_, known)| known == uri);
        match found {
            Some((prefix, _)) if is_ncname(local) => Ok(if prefix.is_empty() {
                local.to_owned()
            } else {
                format!("{prefix}:{local}")
            }),
            _ => Err(self.name()),
        }
    }

    fn attribute_name(&self, name: &str) -> Result<String, EncodeError> {
        let Some((uri, local)) = split(name) else {
            return if is_ncname(name) && name != "xmlns" {
                Ok(name.to_owned())
            } else {
                Err(self.name())
            };
        };
        let prefix = if uri == XML {
            Some("xml")
        } else {
            // The default namespace does not count for attributes.
            let mut namespaces = self.wire.namespaces.iter();
            namespaces
                .find(|(prefix, known)| known == uri && !prefix.is_empty())
                .map(|(prefix, _)| prefix.as_str())
        };
        match prefix {
            Some(prefix) if is_ncname(local) => Ok(format!("{prefix}:{local}")),
            _ => Err(self.name()),
        }
    }

    fn escape(&mut self, text: &str, attribute: bool) -> Result<(), EncodeError> {
        let mut rest = text;
        let special =
            |c: char| c < ' ' || matches!(c, '<' | '>' | '&' | '"' | '\u{FFFE}' | '\u{FFFF}');
        while let Some(found) = rest.find(special) {
            self.out.push_str(&rest[..found]);
            rest = &rest[found..];
            let Some(c) = rest.chars().next() else { break };
            rest = &rest[c.len_utf8()..];
            if !is_allowed(c) {
                return Err(self.error(
                    "xml.teken",
                    "De waarde bevat een teken dat in XML 1.0 niet mag. Haal het weg in het bronsysteem.",
                    "The value holds a character that XML 1.0 does not allow. Remove it in the source system.",
                ));
            }
            match c {
                '<' => self.out.push_str("&lt;"),
                '>' => self.out.push_str("&gt;"),
                '&' => self.out.push_str("&amp;"),
                '"' if attribute => self.out.push_str("&quot;"),
                // Written as they are, a reader would read these as a line feed or a space.
                '\r' => self.out.push_str("&#13;"),
                '\n' if attribute => self.out.push_str("&#10;"),
                '\t' if attribute => self.out.push_str("&#9;"),
                c => self.out.push(c),
            }
        }
        self.out.push_str(rest);
        Ok(())
    }

    fn error(&self, code: &'static str, nl: &str, en: &str) -> EncodeError {
        let place = Place::Xml {
            xpath: self.path.clone(),
            at: At::default(),
        };
        EncodeError::new(code, place, nl, en)
    }

    fn shape(&self) -> EncodeError {
        self.error(
            "xml.vorm",
            "Deze vorm kan niet in XML: één hoofdelement, attributen eenmaal en met een tekst, geen losse lijst. Pas de afbeelding aan.",
            "XML cannot say this shape: one root element, attributes once and with a text, no list by itself. Change the mapping.",
        )
    }

    fn name(&self) -> EncodeError {
        self.error(
            "xml.naam",
            "Een naam in dit element is geen XML-naam, of zijn naamruimte is in de afbeelding niet gedeclareerd. Pas de afbeelding aan.",
            "A name in this element is not an XML name, or the mapping does not declare its namespace. Change the mapping.",
        )
    }
}

/// `{namespace}local` in its two parts; `None` for a name without namespace.
fn split(name: &str) -> Option<(&str, &str)> {
    name.strip_prefix('{')?.rsplit_once('}')
}
