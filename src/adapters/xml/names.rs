use crate::document::Name;
use std::collections::HashMap;

/// The namespace of the prefix `xml`, which is always bound.
pub(super) const XML: &str = "http://www.w3.org/XML/1998/namespace";
/// The namespace of `xmlns`, which nothing may be bound to.
pub(super) const XMLNS: &str = "http://www.w3.org/2000/xmlns/";

/// Number of a namespace within one file; 0 is no namespace.
type Number = u32;

/// What is wrong with the name of an element.
pub(super) enum BadName {
    /// It is no name.
    Syntax,
    /// Its prefix is not declared.
    Prefix,
}

/// The namespaces in scope, and one shared name for each element and attribute name of the file.
pub(super) struct Names<'a> {
    uris: HashMap<Box<str>, Number>,
    by_number: Vec<Box<str>>,
    scope: Vec<(&'a str, Number)>,
    /// Counts the changes of the scope.
    changes: u64,
    /// Names of elements as they are written, each with the scope in which it means this.
    written: HashMap<&'a str, (u64, Name)>,
    elements: HashMap<(Number, &'a str), Name>,
    attributes: HashMap<(Number, &'a str), Name>,
}

impl<'a> Names<'a> {
    pub(super) fn new() -> Self {
        let mut names = Self {
            uris: HashMap::new(),
            by_number: Vec::new(),
            scope: Vec::new(),
            changes: 0,
            written: HashMap::with_capacity(64),
            // Room for the names of a usual message.
            elements: HashMap::with_capacity(64),
            attributes: HashMap::with_capacity(8),
        };
        names.number("");
        names.declare("", "");
        names.declare("xml", XML);
        names
    }

    fn number(&mut self, uri: &str) -> Number {
        if let Some(number) = self.uris.get(uri) {
            return *number;
        }
        let number = Number::try_from(self.by_number.len()).unwrap_or(Number::MAX);
        self.by_number.push(uri.into());
        self.uris.insert(uri.into(), number);
        number
    }

    /// How many declarations are in scope; give it to [`Names::leave`] to forget the later ones.
    pub(super) fn depth(&self) -> usize {
        self.scope.len()
    }

    pub(super) fn leave(&mut self, depth: usize) {
        if self.scope.len() > depth {
            self.changes += 1;
            self.scope.truncate(depth);
        }
    }

    pub(super) fn declare(&mut self, prefix: &'a str, uri: &str) {
        let number = self.number(uri);
        self.changes += 1;
        self.scope.push((prefix, number));
    }

    /// Whether a prefix was declared since a depth.
    pub(super) fn declared_since(&self, depth: usize, prefix: &str) -> bool {
        self.scope[depth..]
            .iter()
            .any(|(known, _)| *known == prefix)
    }

    fn lookup(&self, prefix: &str) -> Option<Number> {
        self.scope
            .iter()
            .rev()
            .find(|(known, _)| *known == prefix)
            .map(|(_, number)| *number)
    }

    /// The name of an element, `{namespace}local`.
    pub(super) fn element(&mut self, qname: &'a str) -> Result<Name, BadName> {
        if let Some((changes, name)) = self.written.get(qname)
            && *changes == self.changes
        {
            return Ok(name.clone());
        }
        let (prefix, local) = split(qname).ok_or(BadName::Syntax)?;
        let number = self.lookup(prefix).ok_or(BadName::Prefix)?;
        let known = self.elements.entry((number, local));
        let uri = &self.by_number[number as usize];
        let name = known.or_insert_with(|| join("", uri, local)).clone();
        self.written.insert(qname, (self.changes, name.clone()));
        Ok(name)
    }

    /// The name of an attribute, `@{namespace}local`. Without a prefix an attribute is in no namespace.
    pub(super) fn attribute(&mut self, prefix: &str, local: &'a str) -> Option<Name> {
        let number = if prefix.is_empty() {
            0
        } else {
            self.lookup(prefix)?
        };
        let known = self.attributes.entry((number, local));
        let uri = &self.by_number[number as usize];
        Some(known.or_insert_with(|| join("@", uri, local)).clone())
    }
}

fn join(sign: &str, uri: &str, local: &str) -> Name {
    if uri.is_empty() {
        [sign, local].concat().into()
    } else {
        [sign, "{", uri, "}", local].concat().into()
    }
}

/// Splits a qualified name into prefix and local part; `None` if it is not one.
pub(super) fn split(qname: &str) -> Option<(&str, &str)> {
    use super::chars::is_ncname;
    match qname.split_once(':') {
        None => is_ncname(qname).then_some(("", qname)),
        Some((prefix, local)) => (is_ncname(prefix) && is_ncname(local)).then_some((prefix, local)),
    }
}
