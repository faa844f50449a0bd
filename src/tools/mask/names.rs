use crate::document::Format;
use crate::document::Name;
use crate::document::Wire;
use crate::document::XmlWire;
use crate::mapping::Mapping;
use crate::schema::Schemas;
use crate::tools::vocabulary::Vocabulary;
use std::collections::HashMap;
use std::collections::HashSet;
use std::sync::Arc;

/// Namespaces of XML itself.
const OWN: [&str; 2] = [
    "http://www.w3.org/2001/XMLSchema-instance",
    "http://www.w3.org/XML/1998/namespace",
];

/// What parts are called. What only the sender calls so may be the name of a person, as in a file that is keyed by
/// people; what the mapping or the shared model has words for stays.
pub(super) struct Names<'m> {
    mapping: &'m Mapping,
    vocabulary: Vocabulary,
    document: Layer,
    envelope: Layer,
}

/// What the parts of a document are called, or those of the envelope around it.
#[derive(Default)]
struct Layer {
    is_xml: bool,
    /// The namespaces that the mapping declares.
    declared: Vec<String>,
    made: HashMap<Name, Name>,
    /// Namespaces that it does not declare, and what stands for them.
    spaces: Vec<(String, String)>,
    /// Namespaces of attributes.
    of_attributes: HashSet<String>,
    /// Whether an element stands in no namespace.
    bare: bool,
}

impl<'m> Names<'m> {
    pub(super) fn new(mapping: &'m Mapping, schemas: &Schemas, format: Format) -> Self {
        let envelope = match mapping.wire() {
            Wire::Enveloped(wire) => Some(&wire.xml),
            _ => None,
        };
        let payload = match mapping.wire().payload() {
            Wire::Xml(wire) => Some(wire),
            _ => None,
        };
        Self {
            mapping,
            vocabulary: Vocabulary::of(schemas).with(mapping.printed()),
            document: Layer::new(format == Format::Xml, payload),
            envelope: Layer::new(true, envelope),
        }
    }

    /// Whether the name says nothing of anybody.
    pub(super) fn is_known(&self, name: &str) -> bool {
        self.vocabulary.has(name)
    }

    /// What a part is called in the masked document: the same for the same name.
    pub(super) fn part(&mut self, name: &Name, envelope: bool) -> Name {
        let layer = if envelope {
            &mut self.envelope
        } else {
            &mut self.document
        };
        layer.part(name, &self.vocabulary)
    }

    /// How the masked document is written: the mapping's own way, with what it needs beside; in an envelope if it came
    /// in one.
    pub(super) fn wire(&self, enveloped: bool) -> Wire {
        let mut wire = self.mapping.wire().clone();
        if let (Wire::Enveloped(own), false) = (&wire, enveloped) {
            wire = own.payload.clone();
        }
        if let Wire::Enveloped(own) = &mut wire {
            self.envelope.complete(&mut own.xml);
        }
        let payload = match &mut wire {
            Wire::Enveloped(own) => &mut own.payload,
            own => own,
        };
        if let Wire::Xml(xml) = payload {
            self.document.complete(xml);
        }
        wire
    }
}

impl Layer {
    fn new(is_xml: bool, wire: Option<&XmlWire>) -> Self {
        let declared = wire.into_iter().flat_map(|wire| &wire.namespaces);
        Self {
            is_xml,
            declared: declared.map(|(_, uri)| uri.clone()).collect(),
            ..Self::default()
        }
    }

    fn part(&mut self, name: &Name, vocabulary: &Vocabulary) -> Name {
        if let Some(made) = self.made.get(name) {
            return Arc::clone(made);
        }
        let made: Name = if self.is_xml {
            self.xml(name, vocabulary).into()
        } else if vocabulary.has(name) {
            Arc::clone(name)
        } else {
            self.unknown().into()
        };
        self.made.insert(Arc::clone(name), Arc::clone(&made));
        made
    }

    fn unknown(&self) -> String {
        format!("onbekend{}", self.made.len() + 1)
    }

    fn xml(&mut self, name: &str, vocabulary: &Vocabulary) -> String {
        let (mark, bare) = name
            .strip_prefix('@')
            .map_or(("", name), |bare| ("@", bare));
        let split = bare.strip_prefix('{').and_then(|rest| rest.split_once('}'));
        let (uri, local) = split.unwrap_or(("", bare));
        if OWN.contains(&uri) {
            self.of_attributes.insert(uri.to_owned());
            return name.to_owned();
        }
        let local = if vocabulary.has(local) {
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
        if self.declared.iter().any(|known| known == uri) {
            return uri.to_owned();
        }
        if let Some((_, made)) = self.spaces.iter().find(|(known, _)| known == uri) {
            return made.clone();
        }
        let made = format!("urn:onbekend:{}", self.spaces.len() + 1);
        self.spaces.push((uri.to_owned(), made.clone()));
        made
    }

    /// Declares what its names need.
    fn complete(&self, xml: &mut XmlWire) {
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
