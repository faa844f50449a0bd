//! The built-in mapping `canoniek`: the shared model as JSON, as it is. A document is one bundle
//! (`{"verwijzing": {...}, "kandidaat": {...}}`) or a list of them; its optional member `bericht` is the envelope.

mod write;

use crate::canonical::Bundle;
use crate::canonical::Kind;
use crate::canonical::RAW;
use crate::canonical::STATES;
use crate::canonical::ValueState;
use crate::document::Document;
use crate::document::Fault;
use crate::document::Node;
use crate::document::Place;
use crate::document::Value;
use crate::mapping::Decoded;
use crate::mapping::Element;
use crate::mapping::Encoded;
use crate::mapping::Envelope;
use crate::mapping::Origin;
use crate::mapping::canoniek::write::Names;
use crate::mapping::letters::clean;
use crate::mapping::plan::escaped;
use crate::schema::Schemas;
use crate::schema::Shape;
use serde_json::Map;
use serde_json::Value as Json;
use std::collections::HashMap;
use std::collections::HashSet;
use std::sync::Arc;

/// The member that holds the envelope.
const ENVELOPE: &str = "bericht";

/// The attributes of every kind, by kind and path; an open one may hold anything.
pub(crate) struct Canonical {
    known: HashMap<Kind, HashMap<String, bool>>,
    names: Names,
    rule: Arc<str>,
}

/// An element while it is read.
struct Draft {
    bundle: Bundle,
    origins: Vec<Origin>,
    faults: Vec<Fault>,
}

/// What the shared model calls things, the envelope included.
pub(super) fn words(schemas: &Schemas) -> HashSet<String> {
    let kinds = Kind::ALL.into_iter().map(Kind::as_str);
    let fixed = kinds.chain([ENVELOPE, "referentie", "verzonden", "afzender", STATES, RAW]);
    let mut words: HashSet<String> = fixed.map(str::to_owned).collect();
    for kind in Kind::ALL {
        for attribute in schemas.attributes(kind) {
            words.extend(attribute.path.split('/').map(str::to_owned));
        }
    }
    words
}

impl Canonical {
    pub(crate) fn new(schemas: &Schemas) -> Self {
        let known = Kind::ALL.map(|kind| {
            let paths = schemas.attributes(kind).iter().map(|attribute| {
                let open = !matches!(attribute.shape, Shape::Object | Shape::List);
                (attribute.path.clone(), open)
            });
            (kind, paths.collect())
        });
        Self {
            known: known.into_iter().collect(),
            names: Names::of(schemas),
            rule: Arc::from("canoniek"),
        }
    }

    pub(crate) fn decode(&self, document: &Document) -> Decoded {
        let mut decoded = Decoded::default();
        match &document.root.value {
            Value::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.element(item, &format!("/{index}"), &mut decoded);
                }
            }
            _ => self.element(&document.root, "", &mut decoded),
        }
        if decoded.elements.is_empty() {
            decoded.faults.push(Fault::refused(
                "element.ontbreekt",
                Place::Json {
                    pointer: String::new(),
                    at: document.root.at,
                },
                "Het bericht bevat geen enkel element om te lezen.",
                "The message holds no element to read.",
            ));
        }
        decoded
    }

    /// The canonical document of some bundles.
    pub(crate) fn encode(&self, bundles: &[Bundle]) -> Encoded {
        self.names.document(bundles)
    }

    fn element(&self, node: &Node, here: &str, decoded: &mut Decoded) {
        let mut draft = Draft {
            bundle: Bundle::default(),
            origins: Vec::new(),
            faults: Vec::new(),
        };
        if !matches!(node.value, Value::Map(_)) {
            draft.faults.push(not_an_object(here, node));
        }
        for (name, part) in node.parts() {
            let pointer = format!("{here}/{}", escaped(name));
            if &**name == ENVELOPE {
                envelope(part, &pointer, &mut decoded.envelope, &mut decoded.faults);
            } else if let Some(kind) = Kind::parse(name) {
                self.record(kind, part, &pointer, &mut draft);
            } else {
                draft.faults.push(Fault::refused(
                    "soort.onbekend",
                    Place::Json {
                        pointer,
                        at: part.at,
                    },
                    "Er is geen soort record met deze naam.",
                    "There is no kind of record with this name.",
                ));
            }
        }
        decoded.elements.push(Element {
            place: Place::Json {
                pointer: here.to_owned(),
                at: node.at,
            },
            bundle: draft.bundle,
            origins: draft.origins,
            faults: draft.faults,
            ..Element::default()
        });
    }

    fn record(&self, kind: Kind, node: &Node, here: &str, draft: &mut Draft) {
        if !matches!(node.value, Value::Map(_)) {
            draft.faults.push(not_an_object(here, node));
            return;
        }
        let mut record = Map::new();
        for (name, part) in node.parts() {
            let pointer = format!("{here}/{}", escaped(name));
            let value = match &**name {
                STATES => texts(
                    part,
                    &pointer,
                    |text| ValueState::parse(text).is_some(),
                    draft,
                ),
                RAW => texts(part, &pointer, |_| true, draft),
                name => {
                    let inner = format!("/{}", escaped(name));
                    self.value(kind, name, &inner, part, &pointer, draft)
                }
            };
            if let Some(value) = value {
                record.insert(name.to_string(), value);
            }
        }
        draft.bundle.records.insert(kind, record);
    }

    /// A value with everything in it; what is unknown or no value of the model is reported and left out.
    fn value(
        &self,
        kind: Kind,
        path: &str,
        inner: &str,
        node: &Node,
        here: &str,
        draft: &mut Draft,
    ) -> Option<Json> {
        let place = || Place::Json {
            pointer: here.to_owned(),
            at: node.at,
        };
        let Some(open) = self
            .known
            .get(&kind)
            .and_then(|known| known.get(path))
            .copied()
        else {
            draft.faults.push(Fault::refused(
                "attribuut.onbekend",
                place(),
                format!("Dit attribuut van `{kind}` bestaat niet."),
                format!("There is no such attribute of `{kind}`."),
            ));
            return None;
        };
        let value = match &node.value {
            // Null says nothing: what is empty, and why, is said in `waardeStatus`.
            Value::Null => return None,
            Value::Map(_) if open => whole(node, here, draft)?,
            Value::Map(parts) => {
                let mut map = Map::new();
                for (name, part) in parts {
                    let step = escaped(name);
                    let value = self.value(
                        kind,
                        &format!("{path}/{name}"),
                        &format!("{inner}/{step}"),
                        part,
                        &format!("{here}/{step}"),
                        draft,
                    );
                    if let Some(value) = value {
                        map.insert(name.to_string(), value);
                    }
                }
                return Some(Json::Object(map));
            }
            Value::List(items) => {
                let mut list = Vec::with_capacity(items.len());
                for (index, item) in items.iter().enumerate() {
                    let value = self.value(
                        kind,
                        &format!("{path}/*"),
                        &format!("{inner}/{index}"),
                        item,
                        &format!("{here}/{index}"),
                        draft,
                    );
                    list.extend(value);
                }
                Json::Array(list)
            }
            _ => whole(node, here, draft)?,
        };
        draft.origins.push(Origin {
            kind,
            pointer: Arc::from(inner),
            rule: Arc::clone(&self.rule),
            place: place(),
        });
        Some(value)
    }
}

/// A document's value as JSON, with all that is in it; what cannot be one is reported and left out.
fn whole(node: &Node, here: &str, draft: &mut Draft) -> Option<Json> {
    let place = || Place::Json {
        pointer: here.to_owned(),
        at: node.at,
    };
    Some(match &node.value {
        Value::Null => return None,
        Value::Bool(value) => Json::Bool(*value),
        Value::Text(text) => match clean(text) {
            Ok((text, remark)) => {
                let remark = remark.map(|said| Fault::remark(said.code, place(), said.nl, said.en));
                draft.faults.extend(remark);
                Json::from(text)
            }
            Err(why) => {
                let fault = Fault::refused(why.code, place(), why.nl, why.en);
                draft.faults.push(fault);
                return None;
            }
        },
        Value::Number(text) => {
            let Ok(number) = text.parse::<i64>() else {
                draft.faults.push(not_whole(place()));
                return None;
            };
            Json::from(number)
        }
        Value::Unreadable(_) => {
            draft.faults.push(not_whole(place()));
            return None;
        }
        Value::List(items) => {
            let items = items.iter().enumerate();
            let values =
                items.filter_map(|(index, item)| whole(item, &format!("{here}/{index}"), draft));
            Json::Array(values.collect())
        }
        Value::Map(parts) => {
            let values = parts.iter().filter_map(|(name, part)| {
                let value = whole(part, &format!("{here}/{}", escaped(name)), draft)?;
                Some((name.to_string(), value))
            });
            Json::Object(values.collect())
        }
    })
}

fn not_whole(place: Place) -> Fault {
    Fault::refused(
        "getal.geheel",
        place,
        "Getallen zijn hier geheel: eurocenten, minuten, honderdste procenten.",
        "Numbers are whole here: cents, minutes, hundredths of a percent.",
    )
}

/// A map from pointers to texts: value states, or what could not be translated.
fn texts(node: &Node, here: &str, valid: impl Fn(&str) -> bool, draft: &mut Draft) -> Option<Json> {
    let mut map = Map::new();
    if !matches!(node.value, Value::Map(_)) {
        draft.faults.push(not_an_object(here, node));
    }
    for (name, part) in node.parts() {
        match part
            .as_text()
            .filter(|text| name.starts_with('/') && valid(text))
        {
            Some(text) => {
                map.insert(name.to_string(), Json::from(text));
            }
            None => draft.faults.push(Fault::refused(
                "status.onbekend",
                Place::Json {
                    pointer: format!("{here}/{}", escaped(name)),
                    at: part.at,
                },
                "Hier hoort een JSON Pointer met een waardestatus.",
                "A JSON Pointer with a value state belongs here.",
            )),
        }
    }
    (!map.is_empty()).then_some(Json::Object(map))
}

fn envelope(node: &Node, here: &str, envelope: &mut Envelope, faults: &mut Vec<Fault>) {
    if !matches!(node.value, Value::Map(_) | Value::Null) {
        faults.push(not_an_object(here, node));
    }
    for (name, part) in node.parts() {
        let place = Place::Json {
            pointer: format!("{here}/{}", escaped(name)),
            at: part.at,
        };
        match (&**name, part.as_text()) {
            ("referentie", Some(text)) => envelope.reference = Some(text.to_owned()),
            ("verzonden", Some(text)) => match text.parse() {
                Ok(moment) => envelope.sent_at = Some(moment),
                Err(_) => faults.push(Fault::refused(
                    "tijdstip.vorm",
                    place,
                    "Dit is geen tijdstip in de afgesproken vorm (RFC 3339).",
                    "This is not a moment in the agreed form (RFC 3339).",
                )),
            },
            ("afzender", Some(text)) => envelope.sender = Some((text.to_owned(), place)),
            _ => faults.push(Fault::refused(
                "attribuut.onbekend",
                place,
                "Een bericht heeft referentie, verzonden en afzender, elk als tekst.",
                "A message has referentie, verzonden and afzender, each as text.",
            )),
        }
    }
}

fn not_an_object(here: &str, node: &Node) -> Fault {
    Fault::refused(
        "json.vorm",
        Place::Json {
            pointer: here.to_owned(),
            at: node.at,
        },
        "Hier moet een object staan.",
        "An object is expected here.",
    )
}
