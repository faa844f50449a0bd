//! A file in an envelope: XML of which one element holds the file as base64 (GGk wraps the messages of municipalities so).
//!
//! The envelope and the file are two layers. One envelope is opened, never one in another; both have the same cap on
//! bytes, and what is wrong in the file has its place there, with the element that holds it in front.

use crate::adapters;
use crate::adapters::EncodeError;
use crate::adapters::Limits;
use crate::adapters::scan::first_of;
use crate::adapters::xml;
use crate::document::At;
use crate::document::Document;
use crate::document::EnvelopeWire;
use crate::document::Fault;
use crate::document::Name;
use crate::document::Node;
use crate::document::Place;
use crate::document::Value;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::sync::Arc;

/// Most elements and attributes of an envelope, and how deep they nest: it only addresses what it holds.
const NODES_MAX: usize = 2_000;
const DEPTH_MAX: usize = 16;

pub(super) fn decode(
    bytes: &[u8],
    wire: &EnvelopeWire,
    limits: &Limits,
) -> Result<Document, Vec<Fault>> {
    let own = Limits {
        nodes: limits.nodes.min(NODES_MAX),
        depth: limits.depth.min(DEPTH_MAX),
        // the whole file is one text in it
        text: limits.bytes,
        ..limits.clone()
    };
    let bare = |faults| {
        if wire.bare {
            adapters::decode(bytes, &wire.payload, limits)
        } else {
            Err(faults)
        }
    };
    let read = match xml::decode(bytes, &own) {
        Ok(document) => document,
        Err(faults) => return bare(faults),
    };
    let found = read.root.parts().first().map(|(name, _)| name);
    if found != Some(&wire.root) {
        return bare(vec![wrong_root(&read.root)]);
    }
    let held = held(&read.root, wire)?;
    let payload = packed(held).ok_or_else(|| vec![not_base64(wire, held.at)])?;
    match adapters::decode(&payload, &wire.payload, limits) {
        Ok(document) => Ok(Document {
            envelope: Some(Box::new(read.root)),
            ..document
        }),
        Err(mut faults) => {
            for fault in &mut faults {
                let place = std::mem::take(&mut fault.place);
                fault.place = place.within(&wire.label, held.at);
            }
            Err(faults)
        }
    }
}

pub(super) fn encode(document: &Document, wire: &EnvelopeWire) -> Result<Vec<u8>, EncodeError> {
    let payload = adapters::encode(document, &wire.payload)?;
    let text = Node::text(STANDARD.encode(payload));
    let mut root = document.envelope.as_deref().cloned().unwrap_or_else(|| {
        Node::made(Value::Map(vec![(
            Arc::clone(&wire.root),
            Node::made(Value::Map(Vec::new())),
        )]))
    });
    let steps: Vec<Name> = std::iter::once(&wire.root)
        .chain(&wire.steps)
        .cloned()
        .collect();
    put(&mut root, &steps, text);
    xml::encode(&root, &wire.xml)
}

/// The element that holds the file.
fn held<'d>(root: &'d Node, wire: &EnvelopeWire) -> Result<&'d Node, Vec<Fault>> {
    let mut node = root.get(&wire.root).unwrap_or(root);
    for step in &wire.steps {
        let parts = node.parts().iter();
        let mut same = parts.filter(|(name, _)| name == step).map(|(_, part)| part);
        let (Some(first), None) = (same.next(), same.next()) else {
            return Err(vec![Fault::refused(
                "envelop.inhoud",
                Place::Xml {
                    xpath: wire.label.clone(),
                    at: node.at,
                },
                "De envelop moet het bestand precies één keer bevatten.",
                "The envelope must hold the file exactly once.",
            )]);
        };
        node = first;
    }
    Ok(node)
}

/// The bytes of base64, in which white space does not count (XML Schema, base64Binary).
fn packed(node: &Node) -> Option<Vec<u8>> {
    let mut rest = node.as_text()?.as_bytes();
    let mut text = Vec::with_capacity(rest.len());
    while let Some(found) = first_of(rest, |eight| eight.below(b' ' + 1)) {
        let kept = found + usize::from(!rest[found].is_ascii_whitespace());
        text.extend_from_slice(&rest[..kept]);
        rest = &rest[found + 1..];
    }
    text.extend_from_slice(rest);
    STANDARD.decode(text).ok()
}

/// Puts a text at a path; what leads there is made where it is missing.
fn put(node: &mut Node, steps: &[Name], text: Node) {
    if !matches!(node.value, Value::Map(_)) {
        node.value = Value::Map(Vec::new());
    }
    let Value::Map(parts) = &mut node.value else {
        return;
    };
    let Some((first, rest)) = steps.split_first() else {
        parts.retain(|(name, _)| &**name != "#text");
        parts.push((Arc::from("#text"), text));
        return;
    };
    let index = parts.iter().position(|(name, _)| name == first);
    let index = index.unwrap_or_else(|| {
        parts.push((Arc::clone(first), Node::made(Value::Map(Vec::new()))));
        parts.len() - 1
    });
    put(&mut parts[index].1, rest, text);
}

fn wrong_root(root: &Node) -> Fault {
    Fault::refused(
        "envelop.wortel",
        Place::Xml {
            xpath: "/*".to_owned(),
            at: root.parts().first().map_or(root.at, |(_, node)| node.at),
        },
        "Dit is niet de envelop waarin dit soort bericht komt: een ander hoofdelement, of een andere naamruimte.",
        "This is not the envelope that this kind of message comes in: another root element, or another namespace.",
    )
}

fn not_base64(wire: &EnvelopeWire, at: At) -> Fault {
    Fault::refused(
        "envelop.codering",
        Place::Xml {
            xpath: wire.label.clone(),
            at,
        },
        "Wat de envelop bevat is geen base64.",
        "What the envelope holds is not base64.",
    )
}
