use crate::document::Document;
use crate::document::Fault;
use crate::document::Node;
use crate::document::Place;
use crate::mapping::Element;

/// What cannot be read of a JSON document of which the rest can be: it refuses the elements that it stands in.
pub(crate) struct Broken<'d>(Vec<&'d Fault>);

impl<'d> Broken<'d> {
    pub(crate) fn of(document: &'d Document) -> Self {
        Self(document.broken.iter().collect())
    }

    /// The element at a JSON Pointer, refused, if something of it cannot be read.
    pub(crate) fn element(&mut self, here: &str, node: &Node) -> Option<Element> {
        if self.0.is_empty() {
            return None;
        }
        let is_within = |fault: &Fault| match &fault.place {
            Place::Json { pointer, .. } => pointer
                .strip_prefix(here)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/')),
            _ => false,
        };
        let (own, others) = self.0.drain(..).partition(|fault| is_within(fault));
        self.0 = others;
        let faults: Vec<&Fault> = own;
        (!faults.is_empty()).then(|| Element {
            place: Place::Json {
                pointer: here.to_owned(),
                at: node.at,
            },
            faults: faults.into_iter().cloned().collect(),
            ..Element::default()
        })
    }

    /// What stands in no element: it refuses the document.
    pub(crate) fn rest(self) -> impl Iterator<Item = Fault> {
        self.0.into_iter().cloned()
    }
}
