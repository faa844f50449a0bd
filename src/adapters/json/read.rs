use super::number;
use crate::adapters::Limits;
use crate::adapters::charset;
use crate::adapters::locate::clamp;
use crate::document::At;
use crate::document::Document;
use crate::document::Fault;
use crate::document::Format;
use crate::document::Name;
use crate::document::Node;
use crate::document::Value;
use std::borrow::Cow;
use std::collections::HashSet;

pub(in crate::adapters) fn decode(bytes: &[u8], limits: &Limits) -> Result<Document, Vec<Fault>> {
    let text = charset::utf8(bytes).map_err(|fault| vec![*fault])?;
    let mut parser = Parser::new(text, limits);
    match parser.document() {
        Ok(root) if parser.faults.is_empty() => Ok(Document::new(Format::Json, root)),
        Ok(_) | Err(Stop) => Err(parser.faults),
    }
}

/// Up to how many members equal names are looked for one by one.
const FEW_MEMBERS: usize = 16;

/// Reading cannot go on; why is the last fault.
pub(super) struct Stop;

/// One step down from the root.
#[derive(Clone)]
pub(super) enum Step {
    Item(usize),
    Member(Name),
}

pub(super) struct Parser<'a, 'l> {
    pub(super) text: &'a str,
    pub(super) limits: &'l Limits,
    pub(super) position: usize,
    line: u32,
    line_start: usize,
    /// Bytes since the line's start that take no column.
    pub(super) continued: usize,
    names: HashSet<Name>,
    pub(super) path: Vec<Step>,
    nodes: usize,
    pub(super) faults: Vec<Fault>,
}

impl<'a, 'l> Parser<'a, 'l> {
    fn new(text: &'a str, limits: &'l Limits) -> Self {
        Self {
            text,
            limits,
            position: 0,
            line: 1,
            line_start: 0,
            continued: 0,
            names: HashSet::with_capacity(64),
            path: Vec::new(),
            nodes: 0,
            faults: Vec::new(),
        }
    }

    fn document(&mut self) -> Result<Node, Stop> {
        if self.text.is_empty() {
            self.faults.push(crate::adapters::empty());
            return Err(Stop);
        }
        self.spaces();
        let root = self.value()?;
        self.spaces();
        if self.position < self.text.len() {
            return Err(self.stop_syntax(
                "Na het einde van het document staat nog iets. Stuur elk document als een eigen bestand.",
                "There is something after the end of the document. Send each document as a file of its own.",
            ));
        }
        Ok(root)
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.position).copied()
    }

    fn spaces(&mut self) {
        while let Some(byte) = self.peek() {
            match byte {
                b' ' | b'\t' | b'\r' => {}
                b'\n' => {
                    self.line = self.line.saturating_add(1);
                    self.line_start = self.position + 1;
                    self.continued = 0;
                }
                _ => return,
            }
            self.position += 1;
        }
    }

    pub(super) fn at(&self) -> At {
        let column = self.position - self.line_start - self.continued + 1;
        At::new(self.line, clamp(column))
    }

    fn value(&mut self) -> Result<Node, Stop> {
        let at = self.at();
        self.nodes += 1;
        if self.nodes > self.limits.nodes {
            return Err(self.stop_nodes());
        }
        let value = match self.peek() {
            Some(b'"') => Value::Text(self.string()?.into()),
            Some(b'{') => self.object()?,
            Some(b'[') => self.list()?,
            Some(b'-' | b'0'..=b'9') => self.number()?,
            Some(b't') => self.word("true", Value::Bool(true))?,
            Some(b'f') => self.word("false", Value::Bool(false))?,
            Some(b'n') => self.word("null", Value::Null)?,
            _ => return Err(self.stop_value()),
        };
        Ok(Node::new(at, value))
    }

    fn word(&mut self, word: &str, value: Value) -> Result<Value, Stop> {
        if !self.text.as_bytes()[self.position..].starts_with(word.as_bytes()) {
            return Err(self.stop_value());
        }
        self.position += word.len();
        Ok(value)
    }

    fn number(&mut self) -> Result<Value, Stop> {
        let rest = &self.text[self.position..];
        match number(rest.as_bytes()) {
            Ok(length) => {
                self.check_text(length)?;
                self.position += length;
                Ok(Value::Number(rest[..length].into()))
            }
            Err(length) => {
                self.position += length;
                Err(self.stop_value())
            }
        }
    }

    /// A string; it starts at the current position.
    fn string(&mut self) -> Result<Cow<'a, str>, Stop> {
        let rest = &self.text[self.position + 1..];
        let text = match super::text::read(rest) {
            Ok(text) => text,
            Err(bad) => return Err(self.stop_text(bad)),
        };
        self.check_text(text.value.len())?;
        if text.unusable {
            self.fault_character()?;
        }
        self.position += 1 + text.length;
        self.continued += text.continued;
        Ok(text.value)
    }

    fn enter(&mut self) -> Result<(), Stop> {
        self.position += 1;
        if self.path.len() >= self.limits.depth_kept() {
            self.position -= 1;
            return Err(self.stop_depth());
        }
        self.spaces();
        Ok(())
    }

    fn list(&mut self) -> Result<Value, Stop> {
        self.enter()?;
        let mut items = Vec::new();
        if self.peek() == Some(b']') {
            self.position += 1;
            return Ok(Value::List(items));
        }
        self.path.push(Step::Item(0));
        loop {
            if let Some(step) = self.path.last_mut() {
                *step = Step::Item(items.len());
            }
            items.push(self.value()?);
            self.spaces();
            match self.peek() {
                Some(b',') => {
                    self.position += 1;
                    self.spaces();
                }
                Some(b']') => break,
                _ => return Err(self.stop_separator()),
            }
        }
        self.position += 1;
        self.path.pop();
        Ok(Value::List(items))
    }

    fn object(&mut self) -> Result<Value, Stop> {
        self.enter()?;
        let mut members: Vec<(Name, Node)> = Vec::new();
        if self.peek() == Some(b'}') {
            self.position += 1;
            return Ok(Value::Map(members));
        }
        let mut many: HashSet<Name> = HashSet::new();
        loop {
            let name = self.member_name(&members, &mut many)?;
            self.path.push(Step::Member(Name::clone(&name)));
            self.spaces();
            if self.peek() != Some(b':') {
                return Err(self.stop_separator());
            }
            self.position += 1;
            self.spaces();
            let value = self.value()?;
            members.push((name, value));
            self.spaces();
            match self.peek() {
                Some(b',') => {
                    self.position += 1;
                    self.spaces();
                }
                Some(b'}') => break,
                _ => return Err(self.stop_separator()),
            }
            self.path.pop();
        }
        self.path.pop();
        self.position += 1;
        Ok(Value::Map(members))
    }

    fn member_name(
        &mut self,
        members: &[(Name, Node)],
        many: &mut HashSet<Name>,
    ) -> Result<Name, Stop> {
        if self.peek() != Some(b'"') {
            return Err(self.stop_syntax(
                "Hier hoort een naam tussen aanhalingstekens te staan (let op een komma te veel).",
                "A name in quotation marks belongs here (mind a comma too many).",
            ));
        }
        if members.len() >= self.limits.members {
            return Err(self.stop_members());
        }
        let at = self.at();
        let text = self.string()?;
        let name = self.shared(text);
        // Names of one file are shared, so that equal names are the same allocation; a long object keeps a set.
        let twice = if members.len() < FEW_MEMBERS {
            members.iter().any(|(known, _)| Name::ptr_eq(known, &name))
        } else {
            if many.is_empty() {
                many.extend(members.iter().map(|(known, _)| Name::clone(known)));
            }
            !many.insert(Name::clone(&name))
        };
        if twice {
            self.path.push(Step::Member(Name::clone(&name)));
            let fault = self.fault_duplicate(at);
            self.path.pop();
            fault?;
        }
        Ok(name)
    }

    fn shared(&mut self, text: Cow<'_, str>) -> Name {
        if let Some(name) = self.names.get(&*text) {
            return Name::clone(name);
        }
        let name = Name::from(text);
        self.names.insert(Name::clone(&name));
        name
    }

    fn check_text(&mut self, length: usize) -> Result<(), Stop> {
        if length > self.limits.text {
            return Err(self.stop_length());
        }
        Ok(())
    }
}
