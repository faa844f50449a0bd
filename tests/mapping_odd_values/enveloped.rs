//! Documents in an envelope: every place of what it holds, which is taken out, made odd and put in again, and every place
//! of the envelope itself. The two are layers: what is odd in the one leaves the other as it is.

use crate::fixtures;
use crate::fixtures::Fixture;
use crate::fixtures::SCHEMAS;
use crate::judge::Judge;
use crate::judge::Touch;
use crate::may_be_twice;
use crate::odd;
use crate::odd::Odd;
use crate::odd::TOKEN;
use crate::rules::Rules;
use crate::sent;
use crate::shown;
use crate::spots;
use crate::spots::Spot;
use crate::value::differs;
use crate::value::elements;
use crate::value::key;
use crate::value::said;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use schakel::adapters;
use schakel::adapters::Limits;
use schakel::document::Document;
use schakel::document::EnvelopeWire;
use schakel::document::Fault;
use schakel::document::Format;
use schakel::document::Node;
use schakel::document::Place;
use schakel::document::Value;
use schakel::document::Wire;
use schakel::mapping::Decoded;
use schakel::mapping::Element;
use schakel::mapping::Mapping;
use schakel::pipeline::read_document;
use std::sync::Arc;

/// A document in an envelope, as its two layers.
struct Enveloped {
    /// What it holds, as if there were no envelope.
    held: Fixture,
    /// The envelope, as if it were a document of one element.
    around: Fixture,
    /// What both say.
    decoded: Decoded,
    wire: EnvelopeWire,
}

impl Enveloped {
    /// None of a document that is refused as a whole: it has no values to look at.
    fn new(name: &str, mapping: &Arc<Mapping>, bytes: &[u8]) -> Option<Self> {
        let Wire::Enveloped(wire) = mapping.wire() else {
            return None;
        };
        let document = adapters::decode(bytes, mapping.wire(), &Limits::default()).ok()?;
        let envelope = document.envelope.as_deref()?.clone();
        let decoded = read_document(mapping, &document, &SCHEMAS);
        if decoded.faults.iter().any(Fault::refuses) {
            return None;
        }
        let (held, around) = (held(&decoded), around(&decoded, wire));
        let fixture = |rules, document, decoded: Decoded| Fixture {
            name: name.to_owned(),
            mapping: Arc::clone(mapping),
            rules,
            document,
            elements: elements(&decoded),
            decoded,
        };
        Some(Self {
            held: fixture(Rules::of(mapping), document, held),
            around: fixture(
                Rules::of_envelope(mapping),
                Document::new(Format::Xml, envelope),
                around,
            ),
            decoded,
            wire: (**wire).clone(),
        })
    }

    /// The bytes of a file in the envelope.
    fn wrapped(&self, envelope: &Node, file: &[u8]) -> Option<Vec<u8>> {
        let mut root = envelope.clone();
        let mut node = &mut root;
        for step in std::iter::once(&self.wire.root).chain(&self.wire.steps) {
            let Value::Map(parts) = &mut node.value else {
                return None;
            };
            node = &mut parts.iter_mut().find(|(name, _)| name == step)?.1;
        }
        node.value = Value::Text(STANDARD.encode(file).into());
        let document = Document::new(Format::Xml, root);
        adapters::encode(&document, &Wire::Xml(self.wire.xml.clone())).ok()
    }

    fn read(&self, bytes: &[u8]) -> Result<Decoded, Vec<Fault>> {
        let mapping = &self.held.mapping;
        let document = adapters::decode(bytes, mapping.wire(), &Limits::default())?;
        Ok(read_document(mapping, &document, &SCHEMAS))
    }

    /// Makes a place of what the envelope holds odd.
    fn touch_held(&self, touch: &Touch<'_>, found: &mut Vec<String>) {
        let fixture = &self.held;
        let (mut document, raws) = made_odd(&fixture.document, touch);
        let envelope = document.envelope.take().expect("it is in one");
        let Some(file) = sent(&document, &self.wire.payload, &raws) else {
            return;
        };
        let bytes = self.wrapped(&envelope, &file.bytes).expect("it was read");
        let mut judge = Judge {
            fixture,
            touches: std::slice::from_ref(touch),
            found: Vec::new(),
        };
        match self.read(&bytes) {
            Err(mut faults) => {
                for fault in &mut faults {
                    if !matches!(fault.place, Place::Within { .. }) {
                        judge.wrong(None, &format!("the envelope has a fault: {:?}", key(fault)));
                    }
                    fault.place = fault.place.innermost().clone();
                }
                judge.unread(&faults, file.token);
            }
            Ok(decoded) => {
                if said(&own(&decoded)) != said(&own(&self.decoded)) {
                    judge.wrong(None, "something else is said of the envelope");
                }
                judge.read(&held(&decoded));
            }
        }
        found.extend(judge.found);
    }

    /// Makes a place of the envelope odd.
    fn touch_around(&self, touch: &Touch<'_>, found: &mut Vec<String>) {
        let fixture = &self.around;
        let (document, raws) = made_odd(&fixture.document, touch);
        let wire = Wire::Xml(self.wire.xml.clone());
        let Some(file) = sent(&document, &wire, &raws) else {
            return;
        };
        let mut judge = Judge {
            fixture,
            touches: std::slice::from_ref(touch),
            found: Vec::new(),
        };
        match self.read(&file.bytes) {
            Err(faults) if file.token.is_some() => judge.unread(&faults, file.token),
            Err(faults) => {
                // the file cannot be taken out of it: then that is what was touched
                let outer = |fault: &Fault| touch.spot.is_named_by(&outermost(&fault.place));
                if !faults.iter().any(Fault::refuses) || !faults.iter().all(outer) {
                    judge.wrong(None, "the file is refused without the place");
                }
            }
            Ok(decoded) => {
                let mut said = around(&decoded, &self.wire);
                // of what is refused nothing counts
                if decoded.faults.iter().any(Fault::refuses) {
                    said.envelope = self.decoded.envelope.clone();
                }
                judge.read(&said);
                let (old, new) = (&self.held.elements, elements(&held(&decoded)));
                if old.len() != new.len() {
                    judge.wrong(None, "the file has other elements");
                }
                for (old, new) in old.iter().zip(&new) {
                    if let Some(what) = differs(old, new) {
                        judge.wrong(None, &format!("of an element in the file changes: {what}"));
                    }
                }
            }
        }
        found.extend(judge.found);
    }
}

/// A document with something odd in it, and the bytes that no writer writes.
fn made_odd<'o>(document: &Document, touch: &Touch<'o>) -> (Document, Vec<(String, &'o [u8])>) {
    let mut document = document.clone();
    let raw = touch.odd.raw.map(|raw| (TOKEN.to_owned(), raw));
    let value = touch.odd.value.clone();
    spots::put(&mut document, &touch.spot.at, value, touch.odd.twice);
    (document, raw.into_iter().collect())
}

/// What is said of the envelope itself.
fn own(decoded: &Decoded) -> Vec<Fault> {
    let faults = decoded.faults.iter();
    let own = faults.filter(|fault| !matches!(fault.place, Place::Within { .. }));
    own.cloned().collect()
}

/// What the file in an envelope says, with the places that it has in itself.
fn held(decoded: &Decoded) -> Decoded {
    let mut held = decoded.clone();
    held.faults
        .retain(|fault| matches!(fault.place, Place::Within { .. }));
    let faults = held.faults.iter_mut();
    let within = held.elements.iter_mut().flat_map(|element| {
        element.place = element.place.innermost().clone();
        &mut element.faults
    });
    for fault in faults.chain(within) {
        fault.place = fault.place.innermost().clone();
    }
    // of two senders the pipeline refuses the one in the file
    let sender = &mut held.envelope.inner_sender;
    held.envelope.sender = sender.take().or(held.envelope.sender.take());
    held
}

/// What an envelope says, as a document of one element.
fn around(decoded: &Decoded, wire: &EnvelopeWire) -> Decoded {
    let at = schakel::document::At::default();
    let label = wire.label.split('/').nth(1).unwrap_or_default();
    let place = Place::Xml {
        xpath: format!("/{label}"),
        at,
    };
    let mut faults = decoded.faults.clone();
    for fault in &mut faults {
        fault.place = outermost(&fault.place);
    }
    // which reference counts is said of the one that does not
    faults.retain(|fault| fault.code != "envelop.kenmerk");
    Decoded {
        envelope: decoded.envelope.clone(),
        elements: vec![Element {
            place,
            faults,
            ..Element::default()
        }],
        ..Decoded::default()
    }
}

/// A place in the envelope: of what is in the file, that of the element that holds it.
fn outermost(place: &Place) -> Place {
    match place {
        Place::Within { xpath, at, .. } => Place::Xml {
            xpath: xpath.clone(),
            at: *at,
        },
        own => own.clone(),
    }
}

fn every_place(
    layer: impl Fn(&Enveloped) -> &Fixture,
    touch: impl Fn(&Enveloped, &Touch<'_>, &mut Vec<String>),
) {
    let (mut found, mut looked) = (Vec::new(), 0);
    for (name, mapping, bytes) in fixtures::enveloped() {
        let Some(enveloped) = Enveloped::new(&name, &mapping, &bytes) else {
            continue;
        };
        let fixture = layer(&enveloped);
        let all: Vec<Spot> = spots::of(fixture);
        for spot in &all {
            let node = spots::get(&fixture.document, &spot.at);
            let odds: Vec<Odd> =
                odd::for_place(fixture.document.format, node, spot.is_text(), None);
            for odd in odds {
                if odd.twice && !may_be_twice(fixture, spot) {
                    continue;
                }
                looked += 1;
                touch(&enveloped, &Touch { spot, odd: &odd }, &mut found);
            }
        }
    }
    shown(looked, &found);
}

#[test]
fn an_odd_value_in_a_file_in_an_envelope_touches_its_own_element_only() {
    every_place(|one| &one.held, Enveloped::touch_held);
}

#[test]
fn an_odd_value_in_an_envelope_touches_nothing_that_it_holds() {
    every_place(|one| &one.around, Enveloped::touch_around);
}
