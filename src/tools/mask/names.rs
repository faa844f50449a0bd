use crate::document::Format;
use crate::document::Name;
use crate::document::Wire;
use crate::document::XmlWire;
use crate::document::words;
use crate::mapping::Mapping;
use crate::mapping::diagnostic::Report;
use crate::mapping::syntax;
use crate::mapping::syntax::Item;
use crate::mapping::syntax::Table;
use crate::mapping::syntax::Toml;
use crate::schema::Schemas;
use std::collections::HashMap;
use std::collections::HashSet;
use std::sync::Arc;

/// Namespaces of XML itself.
const OWN: [&str; 2] = [
    "http://www.w3.org/2001/XMLSchema-instance",
    "http://www.w3.org/XML/1998/namespace",
];
/// Most characters of a word of digits that says nothing.
const INDEX: usize = 2;
/// Names in canonical JSON that are no attributes.
const CANONICAL: [&str; 9] = [
    "jaar",
    "maand",
    "dag",
    "bericht",
    "referentie",
    "verzonden",
    "afzender",
    "waardestatus",
    "nietvertaald",
];
/// Keys of a mapping under which no names of parts stand: what people wrote, invented documents, codes.
const NO_NAMES: [&str; 6] = ["case", "note", "titel", "status", "codes", "const"];

/// What parts are called. What only the sender calls so may be the name of a person, as in a file that is keyed by
/// people; what the mapping or the shared model has words for stays.
pub(super) struct Names<'m> {
    mapping: &'m Mapping,
    format: Format,
    /// The words of the shared model, in both languages, and those with which the mapping names parts.
    vocabulary: HashSet<String>,
    made: HashMap<Name, Name>,
    /// Namespaces that the mapping does not declare, and what stands for them.
    spaces: Vec<(String, String)>,
    /// Namespaces of attributes.
    of_attributes: HashSet<String>,
    /// Whether an element stands in no namespace.
    bare: bool,
}

impl<'m> Names<'m> {
    pub(super) fn new(mapping: &'m Mapping, schemas: &Schemas, format: Format) -> Self {
        let mut vocabulary: HashSet<String> = CANONICAL.map(str::to_owned).into();
        for kind in crate::canonical::Kind::ALL {
            vocabulary.insert(kind.as_str().to_lowercase());
            for attribute in schemas.attributes(kind) {
                let path = attribute.path.as_str();
                let texts = [path, &attribute.title.nl, &attribute.title.en];
                vocabulary.extend(texts.into_iter().flat_map(words).map(str::to_lowercase));
            }
        }
        let text = mapping.printed();
        if let Some(root) = syntax::parse(text, &mut Report::new("", text)) {
            gather(&root, &mut vocabulary);
        }
        Self {
            mapping,
            format,
            vocabulary,
            made: HashMap::new(),
            spaces: Vec::new(),
            of_attributes: HashSet::new(),
            bare: false,
        }
    }

    /// Whether the name says nothing of anybody.
    pub(super) fn is_known(&self, name: &str) -> bool {
        words(name).all(|word| {
            let digits = word.bytes().all(|byte| byte.is_ascii_digit());
            self.vocabulary.contains(&word.to_lowercase()) || digits && word.len() <= INDEX
        })
    }

    /// What a part is called in the masked document: the same for the same name.
    pub(super) fn part(&mut self, name: &Name) -> Name {
        if let Some(made) = self.made.get(name) {
            return Arc::clone(made);
        }
        let made: Name = if self.format == Format::Xml {
            self.xml(name).into()
        } else if self.is_known(name) {
            Arc::clone(name)
        } else {
            self.unknown().into()
        };
        self.made.insert(Arc::clone(name), Arc::clone(&made));
        made
    }

    /// The same of a part of the envelope, which is XML whatever it holds.
    pub(super) fn outer(&mut self, name: &Name) -> Name {
        if let Some(made) = self.made.get(name) {
            return Arc::clone(made);
        }
        let made: Name = self.xml(name).into();
        self.made.insert(Arc::clone(name), Arc::clone(&made));
        made
    }

    fn unknown(&self) -> String {
        format!("onbekend{}", self.made.len() + 1)
    }

    fn xml(&mut self, name: &str) -> String {
        let (mark, bare) = name
            .strip_prefix('@')
            .map_or(("", name), |bare| ("@", bare));
        let split = bare.strip_prefix('{').and_then(|rest| rest.split_once('}'));
        let (uri, local) = split.unwrap_or(("", bare));
        if OWN.contains(&uri) {
            self.of_attributes.insert(uri.to_owned());
            return name.to_owned();
        }
        let local = if self.is_known(local) {
            local.to_owned()
        } else {
            self.unknown()
        };
        if uri.is_empty() {
            self.bare |= mark.is_empty();
            return format!("{mark}{local}");
        }
        let uri = self.space(uri);
        if !mark.is_empty() {
            self.of_attributes.insert(uri.clone());
        }
        format!("{mark}{{{uri}}}{local}")
    }

    fn space(&mut self, uri: &str) -> String {
        let declares = |wire: &Wire| {
            let xml = match wire {
                Wire::Xml(xml) => xml,
                Wire::Enveloped(own) => &own.xml,
                _ => return false,
            };
            xml.namespaces.iter().any(|(_, known)| known == uri)
        };
        let wire = self.mapping.wire();
        if declares(wire) || declares(wire.payload()) {
            return uri.to_owned();
        }
        if let Some((_, made)) = self.spaces.iter().find(|(known, _)| known == uri) {
            return made.clone();
        }
        let made = format!("urn:onbekend:{}", self.spaces.len() + 1);
        self.spaces.push((uri.to_owned(), made.clone()));
        made
    }

    /// How the masked document is written: the mapping's own way, with what it needs beside.
    pub(super) fn wire(&self) -> Wire {
        let mut wire = self.mapping.wire().clone();
        match &mut wire {
            Wire::Xml(xml) => self.declare(xml),
            Wire::Enveloped(own) => {
                self.declare(&mut own.xml);
                if let Wire::Xml(xml) = &mut own.payload {
                    self.declare(xml);
                }
            }
            _ => {}
        }
        wire
    }

    /// Declares the namespaces that masked names are in.
    fn declare(&self, xml: &mut XmlWire) {
        if self.bare
            && let Some((prefix, _)) = xml
                .namespaces
                .iter_mut()
                .find(|(prefix, _)| prefix.is_empty())
        {
            "std".clone_into(prefix);
        }
        let spaces = self.spaces.iter().map(|(_, made)| made);
        let mut needed: Vec<&String> = self.of_attributes.iter().collect();
        needed.sort();
        for uri in spaces.chain(needed) {
            let prefixed = |(prefix, known): &(String, String)| known == uri && !prefix.is_empty();
            if uri != OWN[1] && !xml.namespaces.iter().any(prefixed) {
                let prefix = format!("ns{}", xml.namespaces.len() + 1);
                xml.namespaces.push((prefix, uri.clone()));
            }
        }
    }
}

/// The words of the texts in a table, but for those under keys where no names of parts stand.
fn gather(table: &Table, into: &mut HashSet<String>) {
    for entry in &table.entries {
        if !NO_NAMES.contains(&entry.key.as_str()) {
            gather_from(&entry.item, into);
        }
    }
}

fn gather_from(item: &Item, into: &mut HashSet<String>) {
    match &item.value {
        Toml::Text(text) => into.extend(words(text).map(str::to_lowercase)),
        Toml::List(items) => items.iter().for_each(|item| gather_from(item, into)),
        Toml::Table(table) => gather(table, into),
        _ => {}
    }
}
