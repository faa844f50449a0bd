use crate::document::Name;
use crate::document::Node;
use crate::document::Place;
use crate::mapping::Decoded;
use crate::mapping::decode::Reader;
use crate::mapping::decode::unread;
use crate::mapping::plan::Envelope;

impl Reader<'_> {
    /// What a document in an envelope says: its places have the element that holds it in front, and what both say of
    /// the message is taken from the envelope.
    pub(super) fn enveloped(
        &self,
        envelope: &Envelope,
        root: &Node,
        mut payload: Decoded,
    ) -> Decoded {
        let mut decoded = Decoded::default();
        let reader = Reader::new(&envelope.plan, self.main);
        let label = envelope
            .plan
            .root
            .as_ref()
            .map_or_else(|| Name::from(""), |(_, label)| Name::clone(label));
        // The adapter saw that it is this root.
        let inner = root.parts().first().map_or(root, |(_, inner)| inner);
        reader.once(inner, &label, &mut decoded);
        unread::unread(&envelope.plan, inner, &label, &mut decoded.faults);
        let mut steps = envelope.steps.iter();
        let held = steps.try_fold(inner, |node, step| node.get(step));
        let at = held.unwrap_or(inner).at;
        let within = |place: &mut Place| {
            *place = std::mem::take(place).within(&envelope.label, at);
        };
        for element in &mut payload.elements {
            within(&mut element.place);
            for fault in &mut element.faults {
                within(&mut fault.place);
            }
            for origin in &mut element.origins {
                origin.place_within(&envelope.label, at);
            }
        }
        for fault in &mut payload.faults {
            within(&mut fault.place);
        }
        let named = &mut payload.envelope;
        for (_, place) in named.sender.iter_mut().chain(&mut named.delivery) {
            within(place);
        }
        let answered = payload.answered.iter_mut();
        for rejected in answered.flat_map(|one| {
            let parts = one.parts.iter_mut().flat_map(|(_, rejected)| rejected);
            one.whole.iter_mut().chain(parts)
        }) {
            within(&mut rejected.place);
        }
        decoded.elements = payload.elements;
        decoded.answered = payload.answered;
        decoded.faults.append(&mut payload.faults);
        let (own, inner) = (&mut decoded.envelope, payload.envelope);
        own.reference = own.reference.take().or(inner.reference);
        own.sent_at = own.sent_at.or(inner.sent_at);
        own.sender = own.sender.take().or(inner.sender);
        own.delivery = inner.delivery;
        decoded
    }
}
