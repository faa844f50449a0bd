use crate::adapters;
use crate::adapters::Limits;
use crate::canonical::Bundle;
use crate::document::Document;
use crate::document::Fault;
use crate::document::Format;
use crate::document::Node;
use crate::document::Place;
use crate::mapping::Direction;
use crate::mapping::Element;
use crate::mapping::Mapping;
use crate::mapping::cases::json;
use crate::mapping::laws::Breach;
use serde_json::Value as Json;

/// The way of records to a document and back, through the adapters.
#[derive(Clone, Copy)]
pub(super) struct Trip<'m> {
    pub mapping: &'m Mapping,
    /// What an outgoing document is told of its message.
    pub context: &'m Json,
}

impl Trip<'_> {
    /// Both laws; of a mapping that only goes out, whether it can be written. What is refused when it is written is sent to
    /// nobody, and shows nothing: if that is all of it, this gives why.
    pub(super) fn holds(&self, bundles: &[Bundle]) -> Result<Option<Box<Fault>>, Breach> {
        let mut refused = None;
        let mut said: Vec<Bundle> = Vec::with_capacity(bundles.len());
        for bundle in bundles {
            let encoded = self
                .mapping
                .encode(self.context, std::slice::from_ref(bundle));
            match encoded.faults.into_iter().find(Fault::refuses) {
                Some(fault) => refused = Some(Box::new(fault)),
                // a row in which nothing stands is no row
                None if self.says(&encoded.document.root) => said.push(bundle.clone()),
                None => {}
            }
        }
        if said.is_empty() {
            return Ok(refused);
        }
        let encoded = self.mapping.encode(self.context, &said);
        if let Some(fault) = encoded.faults.into_iter().find(Fault::refuses) {
            return Ok(Some(Box::new(fault)));
        }
        let bytes = self.bytes(&encoded.document)?;
        if self.mapping.direction() != Direction::Both {
            return Ok(None);
        }
        let found = self.read(&bytes)?;
        self.compared(&said, &found, true)?;
        self.same_again(&bytes, &found)?;
        Ok(None)
    }

    /// The second law: what was read, written, read and written again is the same document.
    pub(super) fn stable(&self, bundles: &[Bundle]) -> Result<(), Breach> {
        let bytes = self.written(bundles)?;
        let found = self.read(&bytes)?;
        if found.len() != bundles.len() {
            return Err(Breach::Count {
                sent: bundles.len(),
                found: found.len(),
            });
        }
        self.same_again(&bytes, &found)
    }

    /// That everything that was sent came back; more may come back, such as what the mapping sets.
    pub(super) fn comes_back(&self, bundles: &[Bundle]) -> Result<(), Breach> {
        let found = self.read(&self.written(bundles)?)?;
        self.compared(bundles, &found, false)
    }

    fn same_again(&self, bytes: &[u8], found: &[Bundle]) -> Result<(), Breach> {
        if self.written(found)? == bytes {
            Ok(())
        } else {
            Err(Breach::Unstable)
        }
    }

    pub(super) fn document(&self, bundles: &[Bundle]) -> Document {
        self.mapping.encode(self.context, bundles).document
    }

    fn written(&self, bundles: &[Bundle]) -> Result<Vec<u8>, Breach> {
        self.bytes(&self.document(bundles))
    }

    fn bytes(&self, document: &Document) -> Result<Vec<u8>, Breach> {
        adapters::encode(document, self.mapping.wire())
            .map_err(|error| Breach::Unwritable(Box::new(error.into_fault())))
    }

    fn read(&self, bytes: &[u8]) -> Result<Vec<Bundle>, Breach> {
        let document = adapters::decode(bytes, self.mapping.wire(), &Limits::default());
        let document = document.map_err(|faults| {
            let first = faults.into_iter().next();
            let unknown = || {
                Fault::refused(
                    "bestand.vorm",
                    Place::Whole,
                    "Het bestand is niet te lezen.",
                    "The file cannot be read.",
                )
            };
            Breach::Unreadable(Box::new(first.unwrap_or_else(unknown)))
        })?;
        let decoded = self.mapping.decode(&document);
        let of_elements = decoded.elements.iter().flat_map(|element| &element.faults);
        let mut faults = decoded.faults.iter().chain(of_elements);
        match faults.find(|fault| fault.refuses()) {
            Some(fault) => Err(Breach::Refused(Box::new(fault.clone()))),
            None => Ok(decoded.elements.into_iter().map(of).collect()),
        }
    }

    /// That every record came back as it was; `exact`: and that nothing else did.
    fn compared(&self, sent: &[Bundle], found: &[Bundle], exact: bool) -> Result<(), Breach> {
        if sent.len() != found.len() {
            return Err(Breach::Count {
                sent: sent.len(),
                found: found.len(),
            });
        }
        let mut left: Vec<Json> = found.iter().map(json).collect();
        // elements around which the same stands are written together, in the place of the first
        let in_order = self
            .mapping
            .plan()
            .is_none_or(|plan| plan.around.steps.is_empty());
        for bundle in sent {
            let own = json(bundle);
            let same = left
                .iter()
                .position(|found| !in_order && difference(&own, found, "", exact).is_ok());
            difference(&own, &left.remove(same.unwrap_or(0)), "", exact)?;
        }
        Ok(())
    }

    /// Whether anything is written of a record. A row without anything is skipped when it is read.
    fn says(&self, root: &Node) -> bool {
        let filled = |row: &Node| row.items().iter().any(|cell| !cell.is_blank());
        match self.mapping.plan().map(|plan| plan.format) {
            Some(Format::Csv) => root.items().iter().skip(1).any(filled),
            Some(Format::Excel) => root
                .parts()
                .iter()
                .any(|(_, sheet)| sheet.items().iter().skip(1).any(filled)),
            Some(Format::FixedWidth) => root.items().iter().any(|line| !line.is_blank()),
            Some(Format::Xml | Format::Json) | None => true,
        }
    }
}

fn of(element: Element) -> Bundle {
    element.bundle
}

/// The first attribute in which two bundles differ; not `exact`: that was sent and did not come back so.
fn difference(sent: &Json, found: &Json, pointer: &str, exact: bool) -> Result<(), Breach> {
    match (sent, found) {
        (Json::Object(left), Json::Object(right)) => {
            let more = right
                .keys()
                .filter(|name| exact && !left.contains_key(*name));
            for name in left.keys().chain(more) {
                let inner = if pointer.is_empty() {
                    name.clone()
                } else {
                    format!("{pointer}/{name}")
                };
                let part = |map: &serde_json::Map<String, Json>| {
                    map.get(name).cloned().unwrap_or(Json::Null)
                };
                difference(&part(left), &part(right), &inner, exact)?;
            }
            Ok(())
        }
        (Json::Array(left), Json::Array(right)) if left.len() == right.len() => {
            let items = left.iter().zip(right).enumerate();
            for (index, (sent, found)) in items {
                difference(sent, found, &format!("{pointer}/{index}"), exact)?;
            }
            Ok(())
        }
        _ if sent == found => Ok(()),
        _ => Err(Breach::Differs {
            pointer: pointer.to_owned(),
            sent: sent.clone(),
            found: found.clone(),
        }),
    }
}
