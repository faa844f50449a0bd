use super::attributes::Attributes;
use super::chars::first_not_allowed;
use super::chars::is_space;
use super::chars::line_ends;
use super::chars::resolve;
use super::names::BadName;
use super::names::Names;
use super::names::XML;
use super::names::XMLNS;
use super::names::split;
use super::refuse::NO_ROOT;
use super::refuse::OUTSIDE_ROOT;
use super::refuse::SECOND_ROOT;
use crate::adapters::Limits;
use crate::adapters::error::Refused;
use crate::adapters::locate::Locator;
use crate::document::At;
use crate::document::Document;
use crate::document::Fault;
use crate::document::Format;
use crate::document::Name;
use crate::document::Node;
use crate::document::Value;
use quick_xml::Reader;
use quick_xml::events::Event;
use std::borrow::Cow;
use std::collections::HashSet;

pub(in crate::adapters) fn decode(bytes: &[u8], limits: &Limits) -> Result<Document, Vec<Fault>> {
    let text = super::encoding::text(bytes).map_err(|fault| vec![*fault])?;
    let root = Decoder::new(&text, limits)
        .read()
        .map_err(|fault| vec![*fault])?;
    Ok(Document::new(Format::Xml, root))
}

/// An element that is not closed yet.
pub(super) struct Open<'a> {
    pub(super) qname: &'a str,
    pub(super) name: Name,
    at: At,
    /// Attributes, then children.
    pub(super) parts: Vec<(Name, Node)>,
    attributes: usize,
    text: Cow<'a, str>,
    /// Declarations in scope before this element.
    scope: usize,
}

impl<'a> Open<'a> {
    fn into_node(mut self) -> (Name, Node) {
        if self.parts.is_empty() {
            let text = Value::Text(self.text.into());
            return (self.name, Node::new(self.at, text));
        }
        let layout = self.has_children() && self.text.bytes().all(is_space);
        if !self.text.is_empty() && !layout {
            let text = Node::new(self.at, Value::Text(self.text.into()));
            self.parts.push(("#text".into(), text));
        }
        (self.name, Node::new(self.at, Value::Map(self.parts)))
    }

    fn has_children(&self) -> bool {
        self.parts.len() > self.attributes
    }

    fn push_text(&mut self, piece: Cow<'a, str>) {
        if self.text.is_empty() {
            self.text = piece;
        } else {
            self.text.to_mut().push_str(&piece);
        }
    }
}

pub(super) struct Decoder<'a, 'l> {
    pub(super) text: &'a str,
    pub(super) limits: &'l Limits,
    locator: Locator<'a>,
    names: Names<'a>,
    pub(super) open: Vec<Open<'a>>,
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
        let name = self.names.element(qname).map_err(|bad| match bad {
            BadName::Syntax => self.refuse_syntax(offset + 1),
            BadName::Prefix => self.refuse_prefix(offset),
        })?;
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
        let layout = |text: &str| text.bytes().all(is_space);
        if let Some(open) = self.open.last()
            && open.has_children()
            && layout(raw)
            && layout(&open.text)
            && self.ends_at_a_tag(offset + raw.len())
        {
            // Layout between elements; joining it would cost more than it is worth.
            return Ok(());
        }
        // looked for by its first byte: most texts have none
        if raw.contains(']')
            && let Some(found) = raw.find("]]>")
        {
            return Err(self.refuse_syntax(offset + found));
        }
        self.add_text(line_ends(raw), offset)
    }

    /// Whether a piece of text that ends here ends at a tag. At a reference, a section or a comment the text goes on,
    /// and its spaces belong to it.
    fn ends_at_a_tag(&self, offset: usize) -> bool {
        let rest = &self.text.as_bytes()[offset..];
        !rest.starts_with(b"&") && !rest.starts_with(b"<!") && !rest.starts_with(b"<?")
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
