use super::number;
use super::pointer_step;
use super::text::BadText;
use crate::adapters::Limits;
use crate::adapters::charset;
use crate::adapters::locate::clamp;
use crate::document::At;
use crate::document::Document;
use crate::document::Fault;
use crate::document::Format;
use crate::document::Name;
use crate::document::Node;
use crate::document::Place;
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
struct Stop;

/// One step down from the root.
#[derive(Clone)]
enum Step {
    Item(usize),
    Member(Name),
}

struct Parser<'a, 'l> {
    text: &'a str,
    limits: &'l Limits,
    position: usize,
    line: u32,
    line_start: usize,
    /// Bytes since the line's start that take no column.
    continued: usize,
    names: HashSet<Name>,
    path: Vec<Step>,
    nodes: usize,
    faults: Vec<Fault>,
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

    fn at(&self) -> At {
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

impl Parser<'_, '_> {
    fn pointer(&self) -> String {
        let mut pointer = String::new();
        for step in &self.path {
            match step {
                Step::Item(index) => pointer_step(&mut pointer, &index.to_string()),
                Step::Member(name) => pointer_step(&mut pointer, name),
            }
        }
        pointer
    }

    fn push(&mut self, code: &'static str, at: At, nl: impl Into<String>, en: impl Into<String>) {
        let pointer = self.pointer();
        let place = Place::Json { pointer, at };
        self.faults.push(Fault::refused(code, place, nl, en));
    }

    /// A fault after which reading goes on, until there are too many.
    fn tell(&mut self, code: &'static str, at: At, nl: &str, en: &str) -> Result<(), Stop> {
        self.push(code, at, nl, en);
        if self.faults.len() >= self.limits.faults {
            return Err(Stop);
        }
        Ok(())
    }

    fn fault_duplicate(&mut self, at: At) -> Result<(), Stop> {
        self.tell(
            "json.dubbel",
            at,
            "Deze naam staat tweemaal in hetzelfde object. Laat er één staan.",
            "This name occurs twice in the same object. Keep one.",
        )
    }

    fn fault_character(&mut self) -> Result<(), Stop> {
        self.tell(
            "json.teken",
            self.at(),
            "Deze tekst bevat U+0000 of een half surrogaatpaar. Haal dat teken weg in het bronsysteem.",
            "This text holds U+0000 or half a surrogate pair. Remove that character in the source system.",
        )
    }

    fn stop(&mut self, code: &'static str, nl: impl Into<String>, en: impl Into<String>) -> Stop {
        let at = self.at();
        self.push(code, at, nl, en);
        Stop
    }

    fn stop_syntax(&mut self, nl: &str, en: &str) -> Stop {
        self.stop("json.syntaxis", nl, en)
    }

    fn stop_value(&mut self) -> Stop {
        if self.position >= self.text.len() {
            return self.stop_end();
        }
        self.stop_syntax(
            "Hier hoort een waarde te staan: een object, lijst, tekst tussen aanhalingstekens, getal, true, false of null.",
            "A value belongs here: an object, list, text in quotation marks, number, true, false or null.",
        )
    }

    fn stop_separator(&mut self) -> Stop {
        if self.position >= self.text.len() {
            return self.stop_end();
        }
        self.stop_syntax(
            "Hier hoort een komma, een dubbele punt of een sluithaak te staan.",
            "A comma, a colon or a closing bracket belongs here.",
        )
    }

    fn stop_end(&mut self) -> Stop {
        self.stop_syntax(
            "Het bestand houdt op voordat het document af is. Het is waarschijnlijk afgebroken: stuur het opnieuw.",
            "The file ends before the document does. It was probably cut off: send it again.",
        )
    }

    fn stop_text(&mut self, bad: BadText) -> Stop {
        let (BadText::Unclosed(offset) | BadText::Control(offset) | BadText::Escape(offset)) = bad;
        let passed = &self.text[self.position + 1..self.position + 1 + offset];
        self.continued += passed.len() - passed.chars().count();
        self.position += 1 + offset;
        match bad {
            BadText::Unclosed(_) => self.stop_end(),
            BadText::Control(_) => self.stop_syntax(
                "Hier staat een stuurteken in een tekst. Schrijf een regeleinde als \\n en een tab als \\t.",
                "There is a control character in a text here. Write a line end as \\n and a tab as \\t.",
            ),
            BadText::Escape(_) => self.stop_syntax(
                "Na deze backslash staat geen geldige code. Schrijf een backslash zelf als \\\\.",
                "There is no valid escape after this backslash. Write a backslash itself as \\\\.",
            ),
        }
    }

    fn stop_depth(&mut self) -> Stop {
        let limit = self.limits.depth_kept();
        self.stop(
            "json.diepte",
            format!(
                "Objecten en lijsten zijn dieper genest dan {limit}. Stuur een vlakker bericht."
            ),
            format!("Objects and lists are nested deeper than {limit}. Send a flatter message."),
        )
    }

    fn stop_nodes(&mut self) -> Stop {
        let limit = self.limits.nodes;
        self.stop(
            "json.omvang",
            format!("Het bestand heeft meer dan {limit} waarden. Stuur het in delen."),
            format!("The file has more than {limit} values. Send it in parts."),
        )
    }

    fn stop_members(&mut self) -> Stop {
        let limit = self.limits.members;
        self.stop(
            "json.leden",
            format!("Dit object heeft meer dan {limit} leden. Stuur er minder."),
            format!("This object has more than {limit} members. Send fewer."),
        )
    }

    fn stop_length(&mut self) -> Stop {
        let limit = self.limits.text;
        self.stop(
            "json.tekst",
            format!("Deze tekst is langer dan {limit} bytes. Kort hem in."),
            format!("This text is longer than {limit} bytes. Shorten it."),
        )
    }
}
