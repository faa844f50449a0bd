use super::chars::is_allowed;
use super::chars::is_ncname;
use super::names::XML;
use super::names::XMLNS;
use crate::adapters::EncodeError;
use crate::adapters::scan::first_of;
use crate::document::At;
use crate::document::Name;
use crate::document::Node;
use crate::document::Place;
use crate::document::Spelled;
use crate::document::Value;
use crate::document::XmlWire;

pub(in crate::adapters) fn encode(root: &Node, wire: &XmlWire) -> Result<Vec<u8>, EncodeError> {
    let mut writer = Writer {
        out: String::with_capacity(4096),
        wire,
        open: Vec::new(),
        spelled: String::with_capacity(1024),
        known: vec![None; KNOWN],
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

/// How many names are remembered as they are written.
const KNOWN: usize = 128;

struct Writer<'a> {
    out: String,
    wire: &'a XmlWire,
    /// The elements being written, for errors.
    open: Vec<&'a Name>,
    /// Names as they are written, one behind the other.
    spelled: String,
    /// Where they stand. Names of a document are shared, so that a name is known by where it is in memory.
    known: Vec<Option<(&'a Name, Spelling<'a>)>>,
}

/// A name as it is written.
#[derive(Clone, Copy)]
enum Spelling<'a> {
    /// It was known.
    Known(&'a str),
    /// It stands in [`Writer::spelled`], from and to.
    Made(usize, usize),
}

/// A qualified name: its prefix, if it has one, and its local part.
#[derive(Clone, Copy)]
struct Qualified<'a> {
    prefix: &'a str,
    local: &'a str,
}

impl Qualified<'_> {
    fn write(self, to: &mut String) {
        if !self.prefix.is_empty() {
            to.push_str(self.prefix);
            to.push(':');
        }
        to.push_str(self.local);
    }
}

impl<'a> Writer<'a> {
    fn element(&mut self, name: &'a Name, node: &'a Node) -> Result<(), EncodeError> {
        if let Value::List(items) = &node.value {
            // A list under a name is that name repeated, as the name repeated would be itself.
            return items.iter().try_for_each(|item| self.element(name, item));
        }
        let qname = self.spelling(name)?;
        self.open.push(name);
        if self.open.len() > 128 {
            return Err(self.shape());
        }
        self.out.push('<');
        self.write(qname);
        if self.open.len() == 1 {
            self.declarations()?;
        }
        match &node.value {
            Value::Map(parts) => self.parts(parts, qname)?,
            value => {
                let text = self.scalar(value)?;
                self.close(text, qname)?;
            }
        }
        self.open.pop();
        Ok(())
    }

    fn parts(&mut self, parts: &'a [(Name, Node)], qname: Spelling<'a>) -> Result<(), EncodeError> {
        let mut written: Vec<&Name> = Vec::new();
        for (name, node) in parts {
            if !name.starts_with('@') {
                continue;
            }
            if written.contains(&name) {
                return Err(self.shape());
            }
            written.push(name);
            let attribute = self.spelling(name)?;
            let text = self.scalar(&node.value)?;
            self.out.push(' ');
            self.write(attribute);
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
        self.end(qname);
        Ok(())
    }

    fn end(&mut self, qname: Spelling<'a>) {
        self.out.push_str("</");
        self.write(qname);
        self.out.push('>');
    }

    fn write(&mut self, name: Spelling<'a>) {
        self.out.push_str(match name {
            Spelling::Known(text) => text,
            Spelling::Made(from, to) => &self.spelled[from..to],
        });
    }

    fn close(&mut self, text: &str, qname: Spelling<'a>) -> Result<(), EncodeError> {
        if text.is_empty() {
            self.out.push_str("/>");
            return Ok(());
        }
        self.out.push('>');
        self.escape(text, false)?;
        self.end(qname);
        Ok(())
    }

    fn scalar<'v>(&self, value: &'v Value) -> Result<&'v str, EncodeError> {
        match value {
            Value::Null => Ok(""),
            Value::Bool(true) => Ok("true"),
            Value::Bool(false) => Ok("false"),
            Value::Number(text)
            | Value::Moment(text)
            | Value::Measure(_, text)
            | Value::Text(text) => Ok(text),
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

    /// The name of an element or attribute as it is written.
    fn spelling(&mut self, name: &'a Name) -> Result<Spelling<'a>, EncodeError> {
        // where it is in memory, in steps of what is allocated
        let place = (name.as_ptr().addr() >> 4) % KNOWN;
        if let Some(Some((known, spelling))) = self.known.get(place)
            && Name::ptr_eq(known, name)
        {
            return Ok(*spelling);
        }
        let spelling = if let Some(text) = self.wire.spelled.get(name) {
            Spelling::Known(text)
        } else {
            let namespaces = &self.wire.namespaces;
            let qualified = name_as_written(namespaces, name).ok_or_else(|| self.name())?;
            let from = self.spelled.len();
            qualified.write(&mut self.spelled);
            Spelling::Made(from, self.spelled.len())
        };
        self.known[place] = Some((name, spelling));
        Ok(spelling)
    }

    fn escape(&mut self, text: &str, attribute: bool) -> Result<(), EncodeError> {
        let mut written = 0;
        let mut next = 0;
        while let Some(found) = first_special(&text.as_bytes()[next..]) {
            let index = next + found;
            next = index + 1;
            let c = text[index..].chars().next().unwrap_or_default();
            if !is_allowed(c) {
                return Err(self.error(
                    "xml.teken",
                    "De waarde bevat een teken dat in XML 1.0 niet mag. Haal het weg in het bronsysteem.",
                    "The value holds a character that XML 1.0 does not allow. Remove it in the source system.",
                ));
            }
            let instead = match c {
                '<' => "&lt;",
                '>' => "&gt;",
                '&' => "&amp;",
                '"' if attribute => "&quot;",
                // Written as they are, a reader would read these as a line feed or a space.
                '\r' => "&#13;",
                '\n' if attribute => "&#10;",
                '\t' if attribute => "&#9;",
                _ => continue,
            };
            self.out.push_str(&text[written..index]);
            self.out.push_str(instead);
            written = index + 1;
        }
        self.out.push_str(&text[written..]);
        Ok(())
    }

    fn error(&self, code: &'static str, nl: &str, en: &str) -> EncodeError {
        let mut xpath = String::new();
        for element in self
            .open
            .iter()
            .filter_map(|name| qualified(&self.wire.namespaces, name))
        {
            xpath.push('/');
            element.write(&mut xpath);
        }
        let at = At::default();
        let place = Place::Xml { xpath, at };
        EncodeError::new(code, place, nl, en)
    }

    fn shape(&self) -> EncodeError {
        self.error(
            "xml.vorm",
            "Deze vorm kan niet in XML: één hoofdelement, attributen eenmaal en met een tekst, geen losse lijst. Pas de mapping aan.",
            "XML cannot say this shape: one root element, attributes once and with a text, no list by itself. Change the mapping.",
        )
    }

    fn name(&self) -> EncodeError {
        self.error(
            "xml.naam",
            "Een naam in dit element is geen XML-naam, of zijn naamruimte is in de mapping niet gedeclareerd. Pas de mapping aan.",
            "A name in this element is not an XML name, or the mapping does not declare its namespace. Change the mapping.",
        )
    }
}

/// Where the first character stands that is not written as it is, or of which that must be seen: the first byte of U+FFFE
/// and U+FFFF among them.
fn first_special(bytes: &[u8]) -> Option<usize> {
    first_of(bytes, |eight| {
        let tags = eight.same(b'<').or(eight.same(b'>'));
        let quoted = eight.same(b'&').or(eight.same(b'"'));
        tags.or(quoted).or(eight.below(0x20)).or(eight.same(0xEF))
    })
}

/// Names of elements and attributes as they are written with some namespaces. What cannot be written is not among them.
pub(in crate::adapters) fn spelled<'n>(
    namespaces: &[(String, String)],
    names: impl Iterator<Item = &'n Name>,
) -> Spelled {
    let written = names.filter_map(|name| {
        let mut text = String::new();
        name_as_written(namespaces, name)?.write(&mut text);
        Some((Name::clone(name), text.into()))
    });
    written.collect()
}

/// Whether some namespaces let the name of an element or attribute be written.
pub(crate) fn can_write(namespaces: &[(String, String)], name: &str) -> bool {
    name_as_written(namespaces, name).is_some()
}

/// The name of an element or, with `@` in front, an attribute. None is no XML name, or of an undeclared namespace.
fn name_as_written<'n>(namespaces: &'n [(String, String)], name: &'n str) -> Option<Qualified<'n>> {
    match name.strip_prefix('@') {
        Some(attribute) => attribute_name(namespaces, attribute),
        None => qualified(namespaces, name),
    }
}

/// `{namespace}local` as a qualified name, by the first prefix the mapping declares for the namespace.
fn qualified<'n>(namespaces: &'n [(String, String)], name: &'n str) -> Option<Qualified<'n>> {
    let mut namespaces = namespaces.iter();
    let Some((uri, local)) = split(name) else {
        // A name without namespace cannot be said where a default namespace is in force.
        let is_name = is_ncname(name) && !namespaces.any(|(prefix, _)| prefix.is_empty());
        let (prefix, local) = ("", name);
        return is_name.then_some(Qualified { prefix, local });
    };
    let (prefix, _) = namespaces.find(|(_, known)| known == uri)?;
    is_ncname(local).then_some(Qualified { prefix, local })
}

fn attribute_name<'n>(namespaces: &'n [(String, String)], name: &'n str) -> Option<Qualified<'n>> {
    let Some((uri, local)) = split(name) else {
        let is_name = is_ncname(name) && name != "xmlns";
        let (prefix, local) = ("", name);
        return is_name.then_some(Qualified { prefix, local });
    };
    let prefix = if uri == XML {
        "xml"
    } else {
        // The default namespace does not count for attributes.
        let mut namespaces = namespaces.iter();
        let found = namespaces.find(|(prefix, known)| known == uri && !prefix.is_empty());
        found.map(|(prefix, _)| prefix)?
    };
    is_ncname(local).then_some(Qualified { prefix, local })
}

/// `{namespace}local` in its two parts; `None` for a name without namespace.
fn split(name: &str) -> Option<(&str, &str)> {
    name.strip_prefix('{')?.rsplit_once('}')
}
