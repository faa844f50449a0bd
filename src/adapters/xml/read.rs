use super::attributes::Attribute;
use super::attributes::Attributes;
use super::chars::first_not_allowed;
use super::chars::is_space;
use super::chars::line_ends;
use super::chars::resolve;
use super::chars::text_length;
use super::names::BadName;
use super::names::Names;
use super::names::XML;
use super::names::XMLNS;
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
    /// Where its parts start: attributes, then children.
    pub(super) from: usize,
    /// Where its children start.
    children: usize,
    text: Cow<'a, str>,
    /// Declarations in scope before this element.
    scope: usize,
}

impl<'a> Open<'a> {
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
    /// The parts of all open elements, those of the innermost last.
    pub(super) parts: Vec<(Name, Node)>,
    /// The attributes of one tag.
    found: Vec<Attribute<'a>>,
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
            parts: Vec::new(),
            found: Vec::new(),
            root: None,
            nodes: 0,
        }
    }

    fn read(mut self) -> Result<Node, Refused> {
        if let Some(offset) = first_not_allowed(self.text) {
            return Err(self.refuse_character(offset));
        }
        let bytes = self.text.as_bytes();
        let mut position = 0;
        while let Some(byte) = bytes.get(position) {
            position = match byte {
                b'<' => match self.tag(position)? {
                    Some(end) => end,
                    None => self.event(position)?,
                },
                b'&' => self.event(position)?,
                _ => {
                    let (length, is_plain) = text_length(&bytes[position..]);
                    let piece = &self.text[position..position + length];
                    self.text_piece(piece, is_plain, position)?;
                    position + length
                }
            };
        }
        if !self.open.is_empty() {
            return Err(self.refuse_truncated());
        }
        let end = self.text.len();
        self.root
            .take()
            .ok_or_else(|| self.refuse_root(end, NO_ROOT))
    }

    /// Reads a tag that is as it should be, and gives where it ends. Nothing of any other markup is read.
    fn tag(&mut self, offset: usize) -> Result<Option<usize>, Refused> {
        let tag = &self.text[offset..];
        let bytes = tag.as_bytes();
        match bytes.get(1) {
            Some(b'/') => {
                let Some(open) = self.open.last() else {
                    return Ok(None);
                };
                let end = 2 + open.qname.len();
                if !bytes[2..].starts_with(open.qname.as_bytes()) || bytes.get(end) != Some(&b'>') {
                    return Ok(None);
                }
                self.end()?;
                return Ok(Some(offset + end + 1));
            }
            Some(b'!' | b'?') | None => return Ok(None),
            Some(_) => {}
        }
        let name = self.name_length(bytes);
        if name > 0 && bytes[1 + name] == b'>' {
            self.may_start(offset)?;
            self.start(&tag[1..=name], offset, Vec::new())?;
            return Ok(Some(offset + name + 2));
        }
        let mut found = std::mem::take(&mut self.found);
        let mut attributes = Attributes::new(tag, 1 + name, tag.len());
        let mut is_good = name > 0;
        for attribute in &mut attributes {
            // one too many is refused below, and many more are not read
            let (Ok(attribute), true) = (attribute, found.len() <= self.limits.attributes) else {
                is_good = false;
                break;
            };
            found.push(attribute);
        }
        let to = attributes.position();
        let (end, empty) = match bytes[to..] {
            [b'>', ..] => (to + 1, false),
            [b'/', b'>', ..] => (to + 2, true),
            _ => (to, false),
        };
        if !is_good || end == to {
            found.clear();
            self.found = found;
            return Ok(None);
        }
        self.may_start(offset)?;
        for (index, attribute) in found.iter().enumerate() {
            self.check_attribute(index, attribute, offset)?;
        }
        self.start(&tag[1..=name], offset, found)?;
        if empty {
            self.end()?;
        }
        Ok(Some(offset + end))
    }

    /// How long the name of a start tag is; 0 if it is none.
    fn name_length(&self, tag: &[u8]) -> usize {
        let ends = |byte: u8| is_space(byte) || matches!(byte, b'>' | b'/');
        let guess = self.names.guess().as_bytes();
        let rest = &tag[1..];
        if rest.starts_with(guess) && rest.get(guess.len()).is_some_and(|byte| ends(*byte)) {
            return guess.len();
        }
        let strange = |byte: u8| matches!(byte, b'"' | b'\'' | b'<');
        let length = (rest.iter()).position(|byte| ends(*byte) || strange(*byte));
        length.filter(|at| ends(rest[*at])).unwrap_or(0)
    }

    /// Reads what is no usual tag, and gives where it ends.
    fn event(&mut self, start: usize) -> Result<usize, Refused> {
        let mut reader = Reader::from_str(&self.text[start..]);
        let config = reader.config_mut();
        config.check_comments = true;
        // it knows of no element that is open
        config.allow_unmatched_ends = true;
        let event = reader.read_event().map_err(|error| {
            self.refuse_markup(&error, start + offset_of(reader.error_position()))
        })?;
        let end = start + offset_of(reader.buffer_position());
        let raw = &self.text[start..end];
        match event {
            Event::Start(tag) => self.odd_start(raw, start, tag.name().0.len(), raw.len() - 1)?,
            Event::Empty(tag) => {
                self.odd_start(raw, start, tag.name().0.len(), raw.len() - 2)?;
                self.end()?;
            }
            Event::End(tag) => {
                let name = tag.name().0;
                if self.open.last().is_none_or(|open| open.qname != name) {
                    return Err(self.refuse_syntax(start));
                }
                self.end()?;
            }
            Event::Text(_) => self.text_piece(raw, false, start)?,
            Event::CData(_) => self.cdata(&raw[9..raw.len() - 3], start)?,
            Event::GeneralRef(_) => self.reference(&raw[1..raw.len() - 1], start)?,
            Event::Decl(_) => self.declaration(raw, start)?,
            Event::PI(_) => self.instruction(raw, start)?,
            Event::Comment(_) => self.comment(raw, start)?,
            Event::DocType(_) => return Err(self.refuse_doctype(start)),
            Event::Eof => {}
        }
        Ok(end)
    }

    /// A start tag with something in it that may be wrong.
    fn odd_start(
        &mut self,
        tag: &'a str,
        offset: usize,
        name: usize,
        to: usize,
    ) -> Result<(), Refused> {
        self.may_start(offset)?;
        let mut found = Vec::new();
        let mut attributes = Attributes::new(tag, 1 + name, to);
        for attribute in &mut attributes {
            let attribute = attribute.map_err(|bad| self.refuse_tag(offset, &bad))?;
            self.check_attribute(found.len(), &attribute, offset)?;
            found.push(attribute);
        }
        if attributes.position() < to {
            return Err(self.refuse_syntax(offset + attributes.position()));
        }
        self.start(&tag[1..=name], offset, found)
    }

    fn may_start(&self, offset: usize) -> Result<(), Refused> {
        if self.root.is_some() {
            return Err(self.refuse_root(offset, SECOND_ROOT));
        }
        if self.open.len() >= self.limits.depth_kept() {
            return Err(self.refuse_depth(offset));
        }
        Ok(())
    }

    fn check_attribute(
        &self,
        earlier: usize,
        attribute: &Attribute<'_>,
        offset: usize,
    ) -> Result<(), Refused> {
        if earlier >= self.limits.attributes {
            return Err(self.refuse_attributes(offset));
        }
        self.check_text(attribute.value.len(), offset + attribute.offset)
    }

    fn start(
        &mut self,
        qname: &'a str,
        offset: usize,
        mut found: Vec<Attribute<'a>>,
    ) -> Result<(), Refused> {
        let at = self.locator.at(offset);
        let scope = self.names.depth();
        // Declarations first: a prefix may be used before, or beside, the attribute that declares it.
        for attribute in &found {
            if let Some(prefix) = attribute.declares() {
                self.declare(prefix, &attribute.value, scope, offset + attribute.offset)?;
            }
        }
        let name = self.names.element(qname).map_err(|bad| match bad {
            BadName::Syntax => self.refuse_syntax(offset + 1),
            BadName::Prefix => self.refuse_prefix(offset),
        })?;
        let from = self.parts.len();
        for attribute in found.drain(..) {
            if attribute.declares().is_some() {
                continue;
            }
            let offset = offset + attribute.offset;
            let name = self.names.attribute(attribute.qname);
            let name = name.map_err(|bad| match bad {
                BadName::Syntax => self.refuse_syntax(offset),
                BadName::Prefix => self.refuse_prefix(offset),
            })?;
            let at = self.locator.at(offset);
            let value = Value::Text(attribute.value.into());
            self.parts.push((name, Node::new(at, value)));
        }
        if found.capacity() > self.found.capacity() {
            // room for the attributes of the next tag
            self.found = found;
        }
        let children = self.parts.len();
        self.check_duplicates(from, offset)?;
        self.count(1 + children - from, offset)?;
        self.open.push(Open {
            qname,
            name,
            at,
            from,
            children,
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

    /// Looks at the attributes of one element, which are the last parts.
    fn check_duplicates(&self, from: usize, offset: usize) -> Result<(), Refused> {
        let parts = &self.parts[from..];
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
            // An end tag without start tag is refused before.
            return Err(self.refuse_syntax(0));
        };
        self.names.leave(open.scope);
        let layout = self.parts.len() > open.children && open.text.bytes().all(is_space);
        let value = if self.parts.len() == open.from {
            Value::Text(open.text.into())
        } else {
            if !open.text.is_empty() && !layout {
                let text = Node::new(open.at, Value::Text(open.text.into()));
                self.parts.push((self.names.text(), text));
            }
            Value::Map(self.parts.drain(open.from..).collect())
        };
        let node = Node::new(open.at, value);
        if self.open.is_empty() {
            self.root = Some(Node::new(open.at, Value::Map(vec![(open.name, node)])));
        } else {
            self.parts.push((open.name, node));
        }
        Ok(())
    }

    /// `is_plain`: it has no carriage return and no closing bracket.
    fn text_piece(&mut self, raw: &'a str, is_plain: bool, offset: usize) -> Result<(), Refused> {
        if self.open.is_empty() {
            if let Some(found) = raw.bytes().position(|byte| !is_space(byte)) {
                return Err(self.refuse_root(offset + found, OUTSIDE_ROOT));
            }
            return Ok(());
        }
        let layout = |text: &str| text.bytes().all(is_space);
        if let Some(open) = self.open.last()
            && self.parts.len() > open.children
            && layout(raw)
            && layout(&open.text)
            && self.ends_at_a_tag(offset + raw.len())
        {
            // Layout between elements; joining it would cost more than it is worth.
            return Ok(());
        }
        if is_plain {
            return self.add_text(Cow::Borrowed(raw), offset);
        }
        if let Some(found) = raw.find("]]>") {
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
