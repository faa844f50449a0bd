use super::attributes::Attributes;
use super::attributes::BadTag;
use super::chars::BadReference;
use super::chars::first_not_allowed;
use super::chars::is_space;
use super::chars::line_ends;
use super::chars::resolve;
use super::names::Names;
use super::names::XML;
use super::names::XMLNS;
use super::names::split;
use crate::adapters::Limits;
use crate::adapters::error::Refused;
use crate::adapters::locate::Locator;
use crate::document::At;
use crate::document::Document;
use crate::document::Fault;
use crate::document::Format;
use crate::document::Name;
use crate::document::Node;
use crate::document::Place;
use crate::document::Value;
use quick_xml::Reader;
use quick_xml::errors::Error;
use quick_xml::errors::IllFormedError;
use quick_xml::errors::SyntaxError;
use quick_xml::events::Event;
use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt::Write;

pub(in crate::adapters) fn decode(bytes: &[u8], limits: &Limits) -> Result<Document, Vec<Fault>> {
    let text = super::encoding::text(bytes).map_err(|fault| vec![*fault])?;
    let root = Decoder::new(&text, limits)
        .read()
        .map_err(|fault| vec![*fault])?;
    Ok(Document::new(Format::Xml, root))
}

/// An element that is not closed yet.
struct Open<'a> {
    qname: &'a str,
    name: Name,
    at: At,
    /// Attributes, then children.
    parts: Vec<(Name, Node)>,
    attributes: usize,
    text: Cow<'a, str>,
    /// Declarations in scope before this element.
    scope: usize,
}

impl<'a> Open<'a> {
    fn into_node(mut self) -> (Name, Node) {
        let has_children = self.parts.len() > self.attributes;
        if self.parts.is_empty() {
            let text = Value::Text(self.text.into());
            return (self.name, Node::new(self.at, text));
        }
        let layout = has_children && self.text.bytes().all(is_space);
        if !self.text.is_empty() && !layout {
            let text = Node::new(self.at, Value::Text(self.text.into()));
            self.parts.push(("#text".into(), text));
        }
        (self.name, Node::new(self.at, Value::Map(self.parts)))
    }

    fn push_text(&mut self, piece: Cow<'a, str>) {
        if self.text.is_empty() {
            self.text = piece;
        } else {
            self.text.to_mut().push_str(&piece);
        }
    }
}

struct Decoder<'a, 'l> {
    text: &'a str,
    limits: &'l Limits,
    locator: Locator<'a>,
    names: Names<'a>,
    open: Vec<Open<'a>>,
    root: Option<Node>,
    nodes: usize,
}

impl<'a, 'l> Decoder<'a, 'l> {
    fn new(text: &'a str, limits: &'l Limits) -> Self {
        Self {
            text,
            limits,
            locator: Locator::new(text),
            names: Names::new(),
            open: Vec::new(),
            root: None,
            nodes: 0,
        }
    }

    fn read(mut self) -> Result<Node, Refused> {
        if let Some(offset) = first_not_allowed(self.text) {
            return Err(self.refuse_character(offset));
        }
        let mut reader = Reader::from_str(self.text);
        reader.config_mut().check_comments = true;
        loop {
            let start = offset_of(reader.buffer_position());
            let event = reader
                .read_event()
                .map_err(|error| self.refuse_markup(&error, offset_of(reader.error_position())))?;
            let raw = &self.text[start..offset_of(reader.buffer_position())];
            match event {
                Event::Start(tag) => self.start(raw, start, tag.name().0.len(), raw.len() - 1)?,
                Event::Empty(tag) => {
                    self.start(raw, start, tag.name().0.len(), raw.len() - 2)?;
                    self.end()?;
                }
                Event::End(_) => self.end()?,
                Event::Text(_) => self.text_piece(raw, start)?,
                Event::CData(_) => self.cdata(&raw[9..raw.len() - 3], start)?,
                Event::GeneralRef(_) => self.reference(&raw[1..raw.len() - 1], start)?,
                Event::Decl(_) => self.declaration(raw, start)?,
                Event::PI(_) => self.instruction(raw, start)?,
                Event::Comment(_) => self.comment(raw, start)?,
                Event::DocType(_) => return Err(self.refuse_doctype(start)),
                Event::Eof => break,
            }
        }
        if !self.open.is_empty() {
            return Err(self.refuse_truncated());
        }
        let end = self.text.len();
        self.root
            .take()
            .ok_or_else(|| self.refuse_root(end, NO_ROOT))
    }

    fn start(
        &mut self,
        tag: &'a str,
        offset: usize,
        name: usize,
        to: usize,
    ) -> Result<(), Refused> {
        if self.root.is_some() {
            return Err(self.refuse_root(offset, SECOND_ROOT));
        }
        if self.open.len() >= self.limits.depth_kept() {
            return Err(self.refuse_depth(offset));
        }
        let qname = &tag[1..=name];
        let at = self.locator.at(offset);
        let scope = self.names.depth();
        let mut found = Vec::new();
        for attribute in Attributes::new(tag, 1 + name, to) {
            let attribute = attribute.map_err(|bad| self.refuse_tag(offset, &bad))?;
            if found.len() >= self.limits.attributes {
                return Err(self.refuse_attributes(offset));
            }
            self.check_text(attribute.value.len(), offset + attribute.offset)?;
            found.push(attribute);
        }
        // Declarations first: a prefix may be used before, or beside, the attribute that declares it.
        let mut plain = Vec::with_capacity(found.len());
        for attribute in found {
            let declared = match attribute.qname {
                "xmlns" => Some(""),
                qname => qname.strip_prefix("xmlns:"),
            };
            let Some(prefix) = declared else {
                plain.push(attribute);
                continue;
            };
            self.declare(prefix, &attribute.value, scope, offset + attribute.offset)?;
        }
        let (prefix, local) = split(qname).ok_or_else(|| self.refuse_syntax(offset + 1))?;
        let name = self
            .names
            .element(prefix, local)
            .ok_or_else(|| self.refuse_prefix(offset))?;
        let mut parts = Vec::with_capacity(plain.len());
        for attribute in plain {
            let offset = offset + attribute.offset;
            let (prefix, local) =
                split(attribute.qname).ok_or_else(|| self.refuse_syntax(offset))?;
            let name = self
                .names
                .attribute(prefix, local)
                .ok_or_else(|| self.refuse_prefix(offset))?;
            let at = self.locator.at(offset);
            let value = Value::Text(attribute.value.into());
            parts.push((name, Node::new(at, value)));
        }
        self.check_duplicates(&parts, offset)?;
        self.count(1 + parts.len(), offset)?;
        self.open.push(Open {
            qname,
            name,
            at,
            attributes: parts.len(),
            parts,
            text: Cow::Borrowed(""),
            scope,
        });
        Ok(())
    }

    /// Namespaces in XML 1.0, section 3: what may be declared.
    fn declare(
        &mut self,
        prefix: &'a str,
        uri: &str,
        scope: usize,
        offset: usize,
    ) -> Result<(), Refused> {
        if self.names.declared_since(scope, prefix) {
            return Err(self.refuse_duplicate(offset));
        }
        let reserved = prefix == "xmlns" || uri == XMLNS || (prefix == "xml") != (uri == XML);
        let undeclares = uri.is_empty() && !prefix.is_empty();
        let named = prefix.is_empty() || super::chars::is_ncname(prefix);
        if reserved || undeclares || !named {
            return Err(self.refuse_prefix(offset));
        }
        if self.names.depth() >= self.limits.attributes {
            return Err(self.refuse_attributes(offset));
        }
        self.names.declare(prefix, uri);
        Ok(())
    }

    fn check_duplicates(&self, parts: &[(Name, Node)], offset: usize) -> Result<(), Refused> {
        // Names of one file are shared: equal names are the same allocation.
        let twice = if parts.len() <= 16 {
            parts.iter().enumerate().any(|(index, (name, _))| {
                parts[..index]
                    .iter()
                    .any(|(earlier, _)| Name::ptr_eq(earlier, name))
            })
        } else {
            let distinct: HashSet<&Name> = parts.iter().map(|(name, _)| name).collect();
            distinct.len() < parts.len()
        };
        if twice {
            return Err(self.refuse_duplicate(offset));
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), Refused> {
        let Some(open) = self.open.pop() else {
            // quick-xml refuses an end tag without start tag itself.
            return Err(self.refuse_syntax(0));
        };
        self.names.leave(open.scope);
        let at = open.at;
        let (name, node) = open.into_node();
        match self.open.last_mut() {
            Some(parent) => parent.parts.push((name, node)),
            None => {
                self.root = Some(Node::new(at, Value::Map(vec![(name, node)])));
            }
        }
        Ok(())
    }

    fn text_piece(&mut self, raw: &'a str, offset: usize) -> Result<(), Refused> {
        if self.open.is_empty() {
            if let Some(found) = raw.bytes().position(|byte| !is_space(byte)) {
                return Err(self.refuse_root(offset + found, OUTSIDE_ROOT));
            }
            return Ok(());
        }
        if let Some(found) = raw.find("]]>") {
            return Err(self.refuse_syntax(offset + found));
        }
        self.add_text(line_ends(raw), offset)
    }

    fn cdata(&mut self, raw: &'a str, offset: usize) -> Result<(), Refused> {
        if self.open.is_empty() {
            return Err(self.refuse_root(offset, OUTSIDE_ROOT));
        }
        self.add_text(line_ends(raw), offset)
    }

    fn reference(&mut self, reference: &'a str, offset: usize) -> Result<(), Refused> {
        if self.open.is_empty() {
            return Err(self.refuse_root(offset, OUTSIDE_ROOT));
        }
        let resolved = resolve(reference).map_err(|bad| self.refuse_reference(offset, bad))?;
        let mut buffer = [0; 4];
        let text = resolved.encode_utf8(&mut buffer).to_owned();
        self.add_text(Cow::Owned(text), offset)
    }

    fn add_text(&mut self, piece: Cow<'a, str>, offset: usize) -> Result<(), Refused> {
        let Some(open) = self.open.last_mut() else {
            return Ok(());
        };
        let length = open.text.len() + piece.len();
        open.push_text(piece);
        self.check_text(length, offset)
    }

    fn declaration(&self, raw: &str, offset: usize) -> Result<(), Refused> {
        let body = &raw[5..raw.len() - 2];
        let mut names = Vec::new();
        let attributes = Attributes::new(body, 0, body.len());
        for attribute in attributes {
            let attribute = attribute.map_err(|_| self.refuse_syntax(offset))?;
            let good = match attribute.qname {
                "version" => attribute.value.starts_with("1."),
                "encoding" => true,
                "standalone" => matches!(&*attribute.value, "yes" | "no"),
                _ => false,
            };
            if !good {
                return Err(self.refuse_syntax(offset));
            }
            names.push(attribute.qname);
        }
        let ordered = matches!(
            names[..],
            ["version"]
                | ["version", "encoding" | "standalone"]
                | ["version", "encoding", "standalone"]
        );
        if offset != 0 || !ordered {
            return Err(self.refuse_syntax(offset));
        }
        Ok(())
    }

    fn instruction(&self, raw: &str, offset: usize) -> Result<(), Refused> {
        let content = &raw[2..raw.len() - 2];
        let target = content
            .split(|c: char| c.is_ascii_whitespace())
            .next()
            .unwrap_or_default();
        if !super::chars::is_ncname(target) || target.eq_ignore_ascii_case("xml") {
            return Err(self.refuse_syntax(offset));
        }
        Ok(())
    }

    fn comment(&self, raw: &str, offset: usize) -> Result<(), Refused> {
        let content = &raw[4..raw.len() - 3];
        if content.contains("--") || content.ends_with('-') {
            return Err(self.refuse_syntax(offset));
        }
        Ok(())
    }

    fn count(&mut self, more: usize, offset: usize) -> Result<(), Refused> {
        self.nodes += more;
        if self.nodes > self.limits.nodes {
            let limit = self.limits.nodes;
            return Err(self.refuse(
                "xml.omvang",
                offset,
                format!("Het bestand heeft meer dan {limit} elementen en attributen. Stuur het in delen."),
                format!("The file has more than {limit} elements and attributes. Send it in parts."),
            ));
        }
        Ok(())
    }

    fn check_text(&self, length: usize, offset: usize) -> Result<(), Refused> {
        let limit = self.limits.text;
        if length <= limit {
            return Ok(());
        }
        Err(self.refuse(
            "xml.tekst",
            offset,
            format!("Deze tekst is langer dan {limit} bytes. Kort hem in."),
            format!("This text is longer than {limit} bytes. Shorten it."),
        ))
    }
}

/// Where the reader stands; a file of more than `usize::MAX` bytes does not fit in memory.
fn offset_of(position: u64) -> usize {
    usize::try_from(position).unwrap_or(usize::MAX)
}

type Words = (&'static str, &'static str);

const NO_ROOT: Words = (
    "Het bestand heeft geen element. Stuur een XML-document met één hoofdelement.",
    "The file has no element. Send an XML document with one root element.",
);
const SECOND_ROOT: Words = (
    "Hier begint een tweede hoofdelement. Stuur elk document als een eigen bestand.",
    "A second root element starts here. Send each document as a file of its own.",
);
const OUTSIDE_ROOT: Words = (
    "Hier staat tekst buiten het hoofdelement. Haal die weg.",
    "There is text outside the root element here. Remove it.",
);

impl Decoder<'_, '_> {
    /// The path of the innermost open element. Of elements with the same name, the second is `[2]`.
    fn xpath(&self) -> String {
        let mut path = String::new();
        for (index, open) in self.open.iter().enumerate() {
            let _ = write!(path, "/{}", open.qname);
            let earlier = index.checked_sub(1).map_or(0, |parent| {
                let parts = &self.open[parent].parts;
                let same = parts
                    .iter()
                    .filter(|(name, _)| Name::ptr_eq(name, &open.name));
                same.count()
            });
            if earlier > 0 {
                let _ = write!(path, "[{}]", earlier + 1);
            }
        }
        path
    }

    fn refuse(
        &self,
        code: &'static str,
        offset: usize,
        nl: impl Into<String>,
        en: impl Into<String>,
    ) -> Refused {
        // Only a fault asks for a place out of order, and only one does.
        let offset = self.text.floor_char_boundary(offset);
        let at = Locator::new(self.text).at(offset);
        let place = if self.open.is_empty() {
            Place::Text { at }
        } else {
            let xpath = self.xpath();
            Place::Xml { xpath, at }
        };
        Box::new(Fault::refused(code, place, nl, en))
    }

    fn refuse_syntax(&self, offset: usize) -> Refused {
        self.refuse(
            "xml.syntaxis",
            offset,
            "Hier is het bestand geen welgevormde XML. Laat het bestand door een XML-programma maken en niet door tekst samen te voegen.",
            "The file is not well-formed XML here. Let an XML library make the file rather than joining text.",
        )
    }

    fn refuse_truncated(&self) -> Refused {
        self.refuse(
            "xml.afgebroken",
            self.text.len(),
            "Het bestand houdt op voordat dit element gesloten is. Het is waarschijnlijk afgebroken: stuur het opnieuw.",
            "The file ends before this element is closed. It was probably cut off: send it again.",
        )
    }

    fn refuse_root(&self, offset: usize, (nl, en): Words) -> Refused {
        self.refuse("xml.wortel", offset, nl, en)
    }

    fn refuse_doctype(&self, offset: usize) -> Refused {
        self.refuse(
            "xml.doctype",
            offset,
            "Het bestand heeft een DOCTYPE; die wordt uit veiligheid geweigerd. Haal hem weg.",
            "The file has a DOCTYPE, which is refused for safety. Remove it.",
        )
    }

    fn refuse_character(&self, offset: usize) -> Refused {
        self.refuse(
            "xml.teken",
            offset,
            "Hier staat een teken dat in XML 1.0 niet mag (een stuurteken). Haal het weg in het bronsysteem.",
            "There is a character here that XML 1.0 does not allow (a control character). Remove it in the source system.",
        )
    }

    fn refuse_reference(&self, offset: usize, bad: BadReference) -> Refused {
        match bad {
            BadReference::Character => self.refuse_character(offset),
            BadReference::Syntax => self.refuse_syntax(offset),
            BadReference::Entity => self.refuse(
                "xml.entiteit",
                offset,
                "Hier staat een verwijzing naar een entiteit die XML niet kent. Gebruik het teken zelf; alleen &lt; &gt; &amp; &apos; en &quot; bestaan.",
                "There is a reference here to an entity that XML does not know. Use the character itself; only &lt; &gt; &amp; &apos; and &quot; exist.",
            ),
        }
    }

    fn refuse_tag(&self, offset: usize, bad: &BadTag) -> Refused {
        let offset = offset + bad.offset;
        match bad.reference {
            Some(reference) => self.refuse_reference(offset, reference),
            None => self.refuse_syntax(offset),
        }
    }

    fn refuse_depth(&self, offset: usize) -> Refused {
        let limit = self.limits.depth_kept();
        self.refuse(
            "xml.diepte",
            offset,
            format!("De elementen zijn dieper genest dan {limit}. Stuur een vlakker bericht."),
            format!("The elements are nested deeper than {limit}. Send a flatter message."),
        )
    }

    fn refuse_attributes(&self, offset: usize) -> Refused {
        let limit = self.limits.attributes;
        self.refuse(
            "xml.attributen",
            offset,
            format!(
                "Dit element heeft meer dan {limit} attributen of naamruimten. Stuur er minder."
            ),
            format!("This element has more than {limit} attributes or namespaces. Send fewer."),
        )
    }

    fn refuse_prefix(&self, offset: usize) -> Refused {
        self.refuse(
            "xml.voorvoegsel",
            offset,
            "Hier staat een naamruimtevoorvoegsel dat niet, of onjuist, gedeclareerd is. Declareer het met xmlns op dit of een hoger element.",
            "There is a namespace prefix here that is not declared, or wrongly. Declare it with xmlns on this or a higher element.",
        )
    }

    fn refuse_duplicate(&self, offset: usize) -> Refused {
        self.refuse(
            "xml.attribuut-dubbel",
            offset,
            "Dit element heeft tweemaal hetzelfde attribuut (misschien met twee voorvoegsels voor één naamruimte). Laat er één staan.",
            "This element has the same attribute twice (perhaps with two prefixes for one namespace). Keep one.",
        )
    }

    fn refuse_markup(&self, error: &Error, offset: usize) -> Refused {
        let cut_off = match error {
            Error::Syntax(syntax) => {
                // A `<!` that is nothing XML knows is wrong; anything else just never ended.
                !matches!(syntax, SyntaxError::InvalidBangMarkup)
            }
            Error::IllFormed(IllFormedError::MissingEndTag(_)) => true,
            _ => false,
        };
        if cut_off && !self.text[offset..].starts_with("<!DOCTYPE") {
            return self.refuse_truncated();
        }
        if self.text[offset..].starts_with("<!DOCTYPE") {
            return self.refuse_doctype(offset);
        }
        self.refuse_syntax(offset)
    }
}
