use crate::document::Fault;
use crate::document::Name;
use crate::document::Node;
use crate::document::Place;
use crate::mapping::Decoded;
use crate::mapping::decode::Reader;
use crate::mapping::decode::collect;
use crate::mapping::decode::scope::located;
use crate::mapping::decode::unread;
use crate::mapping::plan::Act;
use crate::mapping::plan::Envelope;
use crate::mapping::plan::Owner;
use crate::mapping::plan::Rule;
use crate::mapping::plan::Source;

impl Reader<'_> {
    /// What a document in an envelope says: its places have the element that holds it in front, and what both say of
    /// the message is taken from the envelope.
    pub(super) fn enveloped(
        &self,
        envelope: &Envelope,
        root: &Node,
        held: &Node,
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
        reader.once(inner, &label, &[], &mut decoded);
        unread::unread(&envelope.plan, inner, &label, &mut decoded.faults);
        let mut steps = envelope.steps.iter();
        let holder = steps.try_fold(inner, |node, step| node.get(step));
        let at = holder.unwrap_or(inner).at;
        let within = |place: &mut Place| {
            *place = std::mem::take(place).within(&envelope.label, at);
        };
        for element in &mut payload.elements {
            within(&mut element.place);
            for fault in &mut element.faults {
                within(&mut fault.place);
            }
            element.origins.place_within(&envelope.label, at);
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
        if own.reference.is_some() && inner.reference.is_some() && own.reference != inner.reference
        {
            let mut place = self.reference_place(held);
            within(&mut place);
            decoded.faults.push(Fault::remark(
                "envelop.kenmerk",
                place,
                "De envelop noemt een ander kenmerk dan het bericht erin; dat van de envelop geldt.",
                "The envelope names another reference than the message in it; that of the envelope counts.",
            ));
        }
        own.reference = own.reference.take().or(inner.reference);
        own.sent_at = own.sent_at.or(inner.sent_at);
        match (&own.sender, inner.sender) {
            (Some((outer, _)), Some((named, _))) if *outer == named => {}
            (Some(_), sender) => own.inner_sender = sender,
            (None, sender) => own.sender = sender,
        }
        own.delivery = inner.delivery;
        decoded
    }

    /// Where the document in the envelope names its reference.
    fn reference_place(&self, root: &Node) -> Place {
        let is_reference = |rule: &&Rule| {
            let Act::Field(field) = &rule.act else {
                return false;
            };
            let name = field.target.segments.first();
            rule.inward
                && field.target.owner == Owner::Envelope
                && name.is_some_and(|name| **name == *"referentie")
        };
        let rule = self.plan.rules.iter().find(is_reference);
        let Some(Source::Root(path)) = rule.map(|rule| &rule.source) else {
            return Place::Whole;
        };
        let (root, label) = match (&self.plan.root, root.parts()) {
            (Some((_, label)), [(_, inner)]) => (inner, &**label),
            _ => (root, ""),
        };
        let mut found = Vec::new();
        collect(root, &path.steps, &mut found);
        let at = found.first().map_or(root.at, |node| node.at);
        let path = format!("{label}{}", path.label);
        located(self.plan.format, path, at)
    }
}
