use crate::adapters::EncodeError;
use crate::canonical::Bundle;
use crate::canonical::Kind;
use crate::canonical::RAW;
use crate::canonical::STATES;
use crate::document::Document;
use crate::document::Fault;
use crate::document::Place;
use crate::mapping::Answered;
use crate::mapping::Origins;
use jiff::Timestamp;
use std::sync::Arc;

/// Which ways a mapping can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Organisation's format to canonical.
    In,
    /// Canonical to the organisation's format.
    Out,
    /// Both, and both laws hold.
    Both,
}

/// What a mapping does with the records of a kind that it fills.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordRole {
    /// The message says something about the record: it is made or changed.
    Write,
    /// The message only points at the record, which must exist already.
    Reference,
}

/// How many main records go into one outgoing document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Per {
    /// One document for each record.
    Record,
    /// One document for all records of one message.
    Message,
}

/// What the sender wrote on the envelope.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Envelope {
    /// The sender's own reference number.
    pub reference: Option<String>,
    /// When the sender says it was sent.
    pub sent_at: Option<Timestamp>,
    /// The delivery that it is a retour to, and where that stands.
    pub delivery: Option<(String, Place)>,
    /// Who the envelope says sends it (an OIN, KvK number, gemeentecode or code), and where that stands.
    pub sender: Option<(String, Place)>,
    /// The same of the document that stands in an envelope, where both say it.
    pub inner_sender: Option<(String, Place)>,
}

impl Envelope {
    /// Takes over what it does not say itself.
    pub fn complete(&mut self, other: Self) {
        self.reference = self.reference.take().or(other.reference);
        self.sent_at = self.sent_at.or(other.sent_at);
        self.sender = self.sender.take().or(other.sender);
        self.delivery = self.delivery.take().or(other.delivery);
        self.inner_sender = self.inner_sender.take().or(other.inner_sender);
    }
}

/// One element of a message (a row, an object): what it says, and what is wrong with it.
#[derive(Debug, Clone, Default)]
pub struct Element {
    /// Where the element stands.
    pub place: Place,
    /// What it says. Attributes whose value could not be translated are absent here.
    pub bundle: Bundle,
    /// Where each value came from.
    pub origins: Origins,
    /// Attributes of which something stands there that was refused, each as kind and JSON Pointer: they are not missing.
    pub refused: Vec<(Kind, Arc<str>)>,
    /// Everything wrong with it; it is refused when one of them refuses.
    pub faults: Vec<Fault>,
    /// What the sender says that was, where this is what it becomes. Of what goes, where two things turned out to be one.
    pub was: Option<Box<Self>>,
    /// Whether it says that two things turned out to be one: what `was`, and this.
    pub merges: bool,
}

impl Element {
    /// Whether a fault says already why there is nothing at a pointer.
    #[must_use]
    pub fn is_refused_at(&self, kind: Kind, pointer: &str) -> bool {
        self.refused.iter().any(|(of, at)| {
            let rest = at.strip_prefix(pointer);
            *of == kind && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }

    /// The place of the attribute at, or nearest above, a pointer; otherwise of the first part of it; the element's own
    /// place if no rule set any of these.
    #[must_use]
    pub fn place_of(&self, kind: Kind, pointer: &str) -> Place {
        let about = by_pointer(pointer);
        let pointer = about.as_deref().unwrap_or(pointer);
        let within = |inner: &str, outer: &str| {
            let rest = inner.strip_prefix(outer);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let origins = || self.origins.iter().filter(|origin| origin.kind == kind);
        let above = origins().filter(|origin| within(pointer, &origin.pointer()));
        above
            .max_by_key(|origin| origin.pointer().len())
            .or_else(|| origins().find(|origin| origin.is_within(kind, pointer)))
            .map_or_else(|| self.place.clone(), |origin| origin.place())
    }
}

/// A state, and what could not be translated, is kept by the pointer of what it is about: that pointer.
fn by_pointer(pointer: &str) -> Option<String> {
    let (name, about) = pointer.strip_prefix('/')?.split_once('/')?;
    let kept = [STATES, RAW].contains(&name);
    kept.then(|| about.replace("~1", "/").replace("~0", "~"))
}

/// What a document says.
#[derive(Debug, Clone, Default)]
pub struct Decoded {
    /// The envelope.
    pub envelope: Envelope,
    /// The elements, in the document's order.
    pub elements: Vec<Element>,
    /// What is wrong with the document as a whole (no such sheet, a missing column); with a refusal among them no
    /// element is taken.
    pub faults: Vec<Fault>,
    /// Of a retour to a delivery: what it says of it.
    pub answered: Option<Answered>,
}

impl Decoded {
    /// Adds what the next part of a document says.
    pub fn append(&mut self, next: Self) {
        self.envelope.complete(next.envelope);
        self.elements.extend(next.elements);
        self.faults.extend(next.faults);
    }
}

/// An outgoing file, with what could not be said in it.
#[derive(Debug)]
pub struct Outgoing {
    /// Its bytes, or why the format cannot say it.
    pub bytes: Result<Vec<u8>, EncodeError>,
    /// The same as of [`Encoded`].
    pub faults: Vec<Fault>,
}

/// An outgoing document, with what could not be said in it.
#[derive(Debug, Clone)]
pub struct Encoded {
    /// The document.
    pub document: Document,
    /// What the format has no place or code for. A remark leaves the document fit to send; a fault that refuses means
    /// that something it cannot do without is missing.
    pub faults: Vec<Fault>,
}
