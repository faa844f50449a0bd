use super::names::Names;
use super::number;
use crate::adapters::Limits;
use crate::adapters::charset;
use crate::adapters::locate::clamp;
use crate::document::At;
use crate::document::Document;
use crate::document::Fault;
use crate::document::Format;
use crate::document::NO_TEXT;
use crate::document::Name;
use crate::document::Node;
use crate::document::Value;
use foldhash::fast::RandomState;
use std::borrow::Cow;
use std::collections::HashSet;

pub(in crate::adapters) fn decode(bytes: &[u8], limits: &Limits) -> Result<Document, Vec<Fault>> {
    let text = charset::utf8(bytes).map_err(|fault| vec![*fault])?;
    let mut parser = Parser::new(text, limits);
    match parser.document() {
        Ok(root) => Ok(Document {
            broken: parser.faults,
            ..Document::new(Format::Json, root)
        }),
        Err(Stop) => Err(parser.faults),
    }
}

/// Up to how many members equal names are looked for one by one.
const FEW_MEMBERS: usize = 16;

/// Where names are.
type Addresses = HashSet<usize, RandomState>;

/// Reading cannot go on; why is the last fault.
pub(super) struct Stop;

/// One step down from the root.
#[derive(Clone)]
pub(super) enum Step {
    Item(usize),
    /// The number of its name.
    Member(usize),
}

pub(super) struct Parser<'a, 'l> {
    pub(super) text: &'a str,
    pub(super) limits: &'l Limits,
    pub(super) position: usize,
    line: u32,
    line_start: usize,
    /// Bytes since the line's start that take no column.
    pub(super) continued: usize,
    pub(super) names: Names,
    /// The members and the items that were read of what is not yet read to its end.
    members: Vec<(Name, Node)>,
    items: Vec<Node>,
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
            names: Names::new(),
            members: Vec::new(),
            items: Vec::new(),
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

    #[inline]
    fn spaces(&mut self) {
        // nearly always there is none
        if self.peek().is_some_and(|byte| byte <= b' ') {
            self.pass_spaces();
        }
    }

    fn pass_spaces(&mut self) {
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
            Some(b'"') => {
                let before = self.faults.len();
                let text = self.string()?;
                if self.faults.len() > before {
                    Value::Unreadable(NO_TEXT.into())
                } else {
                    Value::Text(text.into())
                }
            }
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
        if self.peek() == Some(b']') {
            self.position += 1;
            return Ok(Value::List(Vec::new()));
        }
        let first = self.items.len();
        self.path.push(Step::Item(0));
        loop {
            let index = self.items.len() - first;
            if let Some(step) = self.path.last_mut() {
                *step = Step::Item(index);
            }
            let item = self.value()?;
            self.items.push(item);
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
        Ok(Value::List(self.items.split_off(first)))
    }

    fn object(&mut self) -> Result<Value, Stop> {
        self.enter()?;
        if self.peek() == Some(b'}') {
            self.position += 1;
            return Ok(Value::Map(Vec::new()));
        }
        let first = self.members.len();
        let mut many = Addresses::default();
        loop {
            let (number, name) = self.member_name(first, &mut many)?;
            self.path.push(Step::Member(number));
            self.spaces();
            if self.peek() != Some(b':') {
                return Err(self.stop_separator());
            }
            self.position += 1;
            self.spaces();
            let value = self.value()?;
            self.members.push((name, value));
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
        Ok(Value::Map(self.members.split_off(first)))
    }

    /// A name, and its number. The members of its object begin at `first`; a long one keeps a set.
    fn member_name(&mut self, first: usize, many: &mut Addresses) -> Result<(usize, Name), Stop> {
        if self.peek() != Some(b'"') {
            return Err(self.stop_syntax(
                "Hier hoort een naam tussen aanhalingstekens te staan (let op een komma te veel).",
                "A name in quotation marks belongs here (mind a comma too many).",
            ));
        }
        let count = self.members.len() - first;
        if count >= self.limits.members {
            return Err(self.stop_members());
        }
        let at = self.at();
        let text = self.string()?;
        let (number, name) = self.names.number(&text);
        let mut before = self.members[first..].iter().map(|(known, _)| known);
        // equal names are one allocation, and known by where it is
        let address = |name: &Name| name.as_ptr().addr();
        let twice = if count < FEW_MEMBERS {
            before.any(|known| Name::ptr_eq(known, &name))
        } else {
            if many.is_empty() {
                many.extend(before.map(address));
            }
            !many.insert(address(&name))
        };
        if twice {
            self.path.push(Step::Member(number));
            let fault = self.fault_duplicate(at);
            self.path.pop();
            fault?;
        }
        Ok((number, name))
    }

    fn check_text(&mut self, length: usize) -> Result<(), Stop> {
        if length > self.limits.text {
            return Err(self.stop_length());
        }
        Ok(())
    }
}
