use crate::document::Name;
use crate::document::joined;
use foldhash::fast::RandomState;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

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
    uris: HashMap<Box<str>, Number, RandomState>,
    by_number: Vec<Box<str>>,
    scope: Vec<(&'a str, Number)>,
    /// Counts the changes of the scope.
    changes: u64,
    elements: Written<'a>,
    attributes: Written<'a>,
    /// The name of an element's own text.
    text: Name,
}

/// Names of one sort.
struct Written<'a> {
    /// What stands before each of them.
    sign: &'static str,
    names: HashMap<(Number, &'a str), Name, RandomState>,
    /// As they are written, in the order in which they first came.
    known: Vec<Known<'a>>,
    places: HashMap<&'a str, usize, RandomState>,
    /// The one that came last.
    last: usize,
}

/// A name as it is written.
struct Known<'a> {
    qname: &'a str,
    /// The scope in which it means this.
    changes: u64,
    name: Name,
    /// What came behind it the last time: messages repeat themselves.
    next: usize,
}

impl<'a> Written<'a> {
    fn new(sign: &'static str, room: usize) -> Self {
        Self {
            sign,
            names: HashMap::with_capacity_and_hasher(room, RandomState::default()),
            known: Vec::with_capacity(room),
            places: HashMap::with_capacity_and_hasher(room, RandomState::default()),
            last: 0,
        }
    }

    /// What probably comes now.
    fn guess(&self) -> Option<(usize, &Known<'a>)> {
        let next = self.known.get(self.last)?.next;
        Some((next, self.known.get(next)?))
    }

    /// The place of a name as it is written, if it was seen before in any scope. One that was not gets the next place:
    /// [`Self::add`] puts it there.
    fn place(&mut self, qname: &'a str) -> Option<usize> {
        let guess = self.guess().filter(|(_, known)| known.qname == qname);
        let place = match guess {
            Some((place, _)) => place,
            None => match self.places.entry(qname) {
                Entry::Occupied(known) => *known.get(),
                Entry::Vacant(new) => {
                    new.insert(self.known.len());
                    return None;
                }
            },
        };
        self.came(place);
        Some(place)
    }

    /// The shared name that a name as it is written stands for in a scope.
    fn add(
        &mut self,
        qname: &'a str,
        (number, local): (Number, &'a str),
        uri: &str,
        changes: u64,
        place: Option<usize>,
    ) -> Name {
        let name = self.names.entry((number, local));
        let name = name.or_insert_with(|| join(self.sign, uri, local)).clone();
        let shared = Name::clone(&name);
        if let Some(known) = place.and_then(|place| self.known.get_mut(place)) {
            (known.changes, known.name) = (changes, shared);
        } else {
            let place = self.known.len();
            self.known.push(Known {
                qname,
                changes,
                name: shared,
                next: 0,
            });
            self.came(place);
        }
        name
    }

    fn came(&mut self, place: usize) {
        if let Some(last) = self.known.get_mut(self.last) {
            last.next = place;
        }
        self.last = place;
    }
}

impl<'a> Names<'a> {
    pub(super) fn new() -> Self {
        let mut names = Self {
            uris: HashMap::default(),
            by_number: Vec::new(),
            scope: Vec::new(),
            changes: 0,
            // Room for the names of a usual message.
            elements: Written::new("", 64),
            attributes: Written::new("@", 8),
            text: Name::from("#text"),
        };
        names.number("");
        names.declare("", "");
        names.declare("xml", XML);
        names
    }

    pub(super) fn text(&self) -> Name {
        Name::clone(&self.text)
    }

    /// The name, as it is written, of the element that probably comes now.
    pub(super) fn guess(&self) -> &'a str {
        self.elements.guess().map_or("", |(_, known)| known.qname)
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
        let place = self.elements.place(qname);
        if let Some(known) = place.and_then(|place| self.elements.known.get(place))
            && known.changes == self.changes
        {
            return Ok(Name::clone(&known.name));
        }
        let (prefix, local) = split(qname).ok_or(BadName::Syntax)?;
        let number = self.lookup(prefix).ok_or(BadName::Prefix)?;
        Ok(self.elements.add(
            qname,
            (number, local),
            &self.by_number[number as usize],
            self.changes,
            place,
        ))
    }

    /// The name of an attribute, `@{namespace}local`. Without a prefix an attribute is in no namespace.
    pub(super) fn attribute(&mut self, qname: &'a str) -> Result<Name, BadName> {
        let place = self.attributes.place(qname);
        if let Some(known) = place.and_then(|place| self.attributes.known.get(place))
            && known.changes == self.changes
        {
            return Ok(Name::clone(&known.name));
        }
        let (prefix, local) = split(qname).ok_or(BadName::Syntax)?;
        let number = match prefix {
            "" => 0,
            prefix => self.lookup(prefix).ok_or(BadName::Prefix)?,
        };
        Ok(self.attributes.add(
            qname,
            (number, local),
            &self.by_number[number as usize],
            self.changes,
            place,
        ))
    }
}

fn join(sign: &str, uri: &str, local: &str) -> Name {
    if uri.is_empty() {
        joined(&[sign, local])
    } else {
        joined(&[sign, "{", uri, "}", local])
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
