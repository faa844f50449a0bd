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
use crate::document::Format;
use crate::document::Name;
use crate::document::Node;
use crate::document::Place;
use crate::document::Severity;
use crate::document::Value;
use crate::mapping::Decoded;
use crate::mapping::Element;
use crate::mapping::Encoded;
use crate::mapping::Envelope;
use crate::mapping::Origins;
use crate::mapping::Spot;
use crate::mapping::canoniek::write::Names;
use crate::mapping::decode::Broken;
use crate::mapping::letters::clean;
use crate::mapping::plan::escaped;
use crate::mapping::text::Text;
use crate::mapping::text::Texts;
use crate::schema::Schemas;
use crate::schema::Shape;
use serde_json::Map;
use serde_json::Value as Json;
use std::collections::HashMap;
use std::collections::HashSet;
use std::sync::Arc;

/// The member that holds the envelope.
const ENVELOPE: &str = "bericht";

/// The step of an attribute's path that stands for the items of a list.
const ITEM: &str = "*";

/// The attributes of every kind.
pub(crate) struct Canonical {
    known: HashMap<Kind, Known>,
    names: Names,
    rule: Text,
    /// The name of that one rule.
    texts: Arc<[Name]>,
}

/// An attribute, or a record as a whole: what is in it, by name.
#[derive(Default)]
struct Known {
    /// Whether it may hold anything.
    open: bool,
    parts: HashMap<Box<str>, Self>,
}

impl Known {
    fn of(schemas: &Schemas, kind: Kind) -> Self {
        let mut record = Self::default();
        for attribute in schemas.attributes(kind) {
            let mut at = &mut record;
            for step in attribute.path.split('/') {
                at = at.parts.entry(step.into()).or_default();
            }
            at.open = !matches!(attribute.shape, Shape::Object | Shape::List);
        }
        record
    }

    /// Whether there is an attribute at a JSON Pointer.
    fn has(&self, pointer: &str) -> bool {
        let mut steps = pointer.split('/').skip(1);
        let found = steps.try_fold(self, |at, step| {
            let is_item = !step.is_empty() && step.bytes().all(|byte| byte.is_ascii_digit());
            let item = at.parts.get(ITEM).filter(|_| is_item);
            item.or_else(|| at.parts.get(step).filter(|_| step != ITEM))
        });
        found.is_some()
    }
}

fn unknown(kind: Kind, place: Place) -> Fault {
    Fault::refused(
        "attribuut.onbekend",
        place,
        format!("Dit attribuut van `{kind}` bestaat niet."),
        format!("There is no such attribute of `{kind}`."),
    )
}

fn contradiction() -> Fault {
    Fault::remark(
        "waarde.tegenstrijdig",
        Place::Whole,
        "Het attribuut heeft een waarde, en hier staat waarom het er geen heeft. De waarde is overgenomen; stuur een van beide.",
        "The attribute has a value, and here it is said why it has none. The value was taken; send one of the two.",
    )
}

/// Whether a record has something at a JSON Pointer.
fn says(record: &Map<String, Json>, pointer: &str) -> bool {
    let mut steps = pointer.split('/').skip(1);
    let first = steps.next().and_then(|step| record.get(step));
    let found = first.and_then(|first| {
        steps.try_fold(first, |at, step| match at {
            Json::Array(items) => items.get(step.parse::<usize>().ok()?),
            _ => at.get(step),
        })
    });
    found.is_some_and(|found| match found {
        Json::Null => false,
        Json::Array(items) => !items.is_empty(),
        Json::Object(parts) => !parts.is_empty(),
        _ => true,
    })
}

/// An element while it is read.
struct Draft {
    bundle: Bundle,
    origins: Origins,
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
        let mut texts = Texts::default();
        let rule = texts.of("canoniek");
        let known = Kind::ALL.map(|kind| (kind, Known::of(schemas, kind)));
        Self {
            known: known.into_iter().collect(),
            names: Names::of(schemas),
            rule,
            texts: texts.all(),
        }
    }

    pub(crate) fn decode(&self, document: &Document) -> Decoded {
        let mut decoded = Decoded::default();
        let mut broken = Broken::of(document);
        let mut element = |node: &Node, here: &str| match broken.element(here, node) {
            Some(refused) => decoded.elements.push(refused),
            None => self.element(node, here, &mut decoded),
        };
        match &document.root.value {
            Value::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    element(item, &format!("/{index}"));
                }
            }
            _ => element(&document.root, ""),
        }
        decoded.faults.extend(broken.rest());
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
            origins: Origins::new(Arc::clone(&self.texts)),
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
        let known = self.known.get(&kind);
        let mut walk = Walk {
            kind,
            record: here.into(),
            inner: String::new(),
        };
        let mut record = Map::new();
        for (name, part) in node.parts() {
            let value = match &**name {
                STATES => {
                    let is_state = |text: &str| ValueState::parse(text).is_some();
                    texts(part, &format!("{here}/{STATES}"), is_state, draft)
                }
                RAW => texts(part, &format!("{here}/{RAW}"), |_| true, draft),
                name => {
                    let known = known.and_then(|known| known.parts.get(name));
                    walk.within(name, |walk| self.value(known, part, walk, draft))
                }
            };
            if let Some(value) = value {
                record.insert(str::to_owned(name), value);
            }
        }
        let mut contradicted: Vec<&str> = Vec::new();
        for (member, states) in [(STATES, true), (RAW, false)] {
            let parts = node.get(member).map(Node::parts).unwrap_or_default();
            for (pointer, part) in parts {
                // what is none was reported already
                let kept = record.get(member).and_then(|kept| kept.get(&**pointer));
                let wrong = kept.and_then(|_| {
                    if !known.is_some_and(|known| known.has(pointer)) {
                        Some(unknown(kind, Place::Whole))
                    } else if states && says(&record, pointer) {
                        contradicted.push(pointer);
                        Some(contradiction())
                    } else {
                        None
                    }
                });
                draft.faults.extend(wrong.map(|fault| Fault {
                    place: Place::Json {
                        pointer: format!("{here}/{member}/{}", escaped(pointer)),
                        at: part.at,
                    },
                    ..fault
                }));
            }
        }
        if let Some(Json::Object(states)) = record.get_mut(STATES) {
            states.retain(|pointer, _| !contradicted.contains(&pointer.as_str()));
            if states.is_empty() {
                record.remove(STATES);
            }
        }
        draft.bundle.records.insert(kind, record);
    }

    /// A value with everything in it; what is unknown or no value of the model is reported and left out.
    fn value(
        &self,
        known: Option<&Known>,
        node: &Node,
        walk: &mut Walk,
        draft: &mut Draft,
    ) -> Option<Json> {
        let Some(known) = known else {
            draft.faults.push(unknown(walk.kind, walk.place(node)));
            return None;
        };
        let value = match &node.value {
            // Null says nothing: what is empty, and why, is said in `waardeStatus`.
            Value::Null => return None,
            Value::Map(_) if known.open => whole(node, walk, draft)?,
            Value::Map(parts) => {
                let mut map = Map::new();
                for (name, part) in parts {
                    let known = known.parts.get(&**name);
                    let value = walk.within(name, |walk| self.value(known, part, walk, draft));
                    if let Some(value) = value {
                        map.insert(str::to_owned(name), value);
                    }
                }
                return Some(Json::Object(map));
            }
            Value::List(items) => {
                let of_item = known.parts.get(ITEM);
                let mut list = Vec::with_capacity(items.len());
                for (index, item) in items.iter().enumerate() {
                    let step = index.to_string();
                    let value = walk.within(&step, |walk| self.value(of_item, item, walk, draft));
                    list.extend(value);
                }
                Json::Array(list)
            }
            _ => whole(node, walk, draft)?,
        };
        let label = walk.label();
        let spot = walk.spot(&label, node);
        draft
            .origins
            .push_at(walk.kind, &self.rule, label.name(), spot);
        Some(value)
    }
}

/// Where a record is being read.
struct Walk {
    kind: Kind,
    /// How places write the record.
    record: Name,
    /// JSON Pointer within it.
    inner: String,
}

impl Walk {
    /// Reads what stands a step further.
    fn within<T>(&mut self, name: &str, read: impl FnOnce(&mut Self) -> T) -> T {
        let length = self.inner.len();
        self.inner.push('/');
        self.inner.push_str(&escaped(name));
        let value = read(self);
        self.inner.truncate(length);
        value
    }

    /// How places write it, from the record on.
    fn label(&self) -> Text {
        Text::loose(self.inner.as_str())
    }

    fn spot<'s>(&'s self, label: &'s Text, node: &Node) -> Spot<'s> {
        Spot::Tree {
            format: Format::Json,
            base: &self.record,
            label,
            at: node.at,
        }
    }

    fn place(&self, node: &Node) -> Place {
        self.spot(&self.label(), node).place()
    }
}

/// A document's value as JSON, with all that is in it; what cannot be one is reported and left out.
fn whole(node: &Node, walk: &mut Walk, draft: &mut Draft) -> Option<Json> {
    Some(match &node.value {
        Value::Null => return None,
        Value::Bool(value) => Json::Bool(*value),
        Value::Text(text) => match clean(text) {
            Ok((text, remark)) => {
                let remark = remark.map(|said| said.fault(Severity::Remark, walk.place(node)));
                draft.faults.extend(remark);
                Json::from(text)
            }
            Err(why) => {
                let fault = why.fault(Severity::Refused, walk.place(node));
                draft.faults.push(fault);
                return None;
            }
        },
        Value::Number(text) => {
            let Ok(number) = text.parse::<i64>() else {
                draft.faults.push(not_whole(walk.place(node)));
                return None;
            };
            Json::from(number)
        }
        Value::Moment(_) | Value::Measure(..) | Value::Unreadable(_) => {
            draft.faults.push(not_whole(walk.place(node)));
            return None;
        }
        Value::List(items) => {
            let mut list = Vec::with_capacity(items.len());
            for (index, item) in items.iter().enumerate() {
                list.extend(walk.within(&index.to_string(), |walk| whole(item, walk, draft)));
            }
            Json::Array(list)
        }
        Value::Map(parts) => {
            let mut map = Map::new();
            for (name, part) in parts {
                let value = walk.within(name, |walk| whole(part, walk, draft));
                if let Some(value) = value {
                    map.insert(str::to_owned(name), value);
                }
            }
            Json::Object(map)
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
                map.insert(str::to_owned(name), Json::from(text));
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
                    "Dit is geen tijdstip in de afgesproken vorm (RFC 3339). Schrijf het als 2024-04-01T09:30:00Z.",
                    "This is not a moment in the agreed form (RFC 3339). Write it as 2024-04-01T09:30:00Z.",
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
