//! A retour of the receiver of a delivery: which of what was delivered it rejects. It is an answer to that delivery, as
//! confirming and refusing in the postvak are; no record changes by it.

use crate::canonical::Bundle;
use crate::canonical::Kind;
use crate::canonical::OrgCode;
use crate::document::Fault;
use crate::document::Lang;
use crate::document::Place;
use crate::mapping::Answered;
use crate::mapping::Decoded;
use crate::mapping::Element;
use crate::mapping::Mapping;
use crate::mapping::Rejected;
use crate::pipeline::Pipeline;
use crate::pipeline::answer::ElementAnswer;
use crate::pipeline::answer::RecordAnswer;
use crate::pipeline::identify::is_within;
use crate::pipeline::make::Loaded;
use crate::pipeline::receive::ReceiveError;
use crate::store::Delivery;
use crate::store::DeliveryState;
use crate::store::Rejection;
use crate::store::StoreError;
use crate::store::Verdict;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Why a delivery is refused of which everything was rejected, or a part.
const ALL: &str = "retour.afgewezen";
const PART: &str = "retour.deels-afgewezen";

/// What a retour comes to, ready to be written.
pub(crate) struct Judged {
    pub verdict: Verdict,
    /// Whether the delivery was answered so before.
    pub known: bool,
    /// What its sender is told of each element.
    pub elements: Vec<ElementAnswer>,
}

/// What its recipient gets of each main record of a delivery.
type Delivered = Vec<((Kind, Uuid), Bundle)>;

impl Pipeline {
    /// What a retour says of the delivery that it names. Everything that is wrong with it is told at once, and of a
    /// delivery that is not the sender's no more than that there is none.
    pub(crate) async fn judge_retour(
        &self,
        sender: &OrgCode,
        mapping: &Mapping,
        decoded: &mut Decoded,
    ) -> Result<Judged, ReceiveError> {
        let answered = decoded.answered.take().unwrap_or_default();
        let (id, place) = decoded.envelope.delivery.take().unwrap_or_default();
        let found = self.answerable(sender, mapping, &id).await;
        let Some((delivery, delivered)) = found.map_err(|error| away(&error))? else {
            return Err(ReceiveError::Invalid(vec![no_delivery(place)]));
        };
        let mut faults = Vec::new();
        for element in &mut decoded.elements {
            faults.extend(
                element
                    .faults
                    .iter()
                    .filter(|fault| fault.refuses())
                    .cloned(),
            );
        }
        let elements = &decoded.elements;
        let (parts, unknown) = matched(&answered, elements, &delivered);
        if faults.is_empty() {
            faults.extend(unknown);
        }
        let rejected = rejections(answered, &parts);
        let verdict = Verdict {
            delivery: delivery.id,
            recipient: sender.clone(),
            refusal: refusal(&rejected, &delivered).map(str::to_owned),
            rejected,
            at: self.parts.clock.now(),
        };
        let known = is_said(&delivery, &verdict);
        if !known && (delivery.rejected.is_some() || takes_back(&delivery, &verdict)) {
            faults.push(answered_before(place));
        }
        if !faults.is_empty() {
            return Err(ReceiveError::Invalid(faults));
        }
        let elements = parts.into_iter().zip(1..).map(|(part, nummer)| {
            let element = &mut decoded.elements[part.element];
            ElementAnswer {
                nummer,
                plaats: element.place.clone(),
                opgenomen: true,
                records: part.records.into_iter().map(named).collect(),
                fouten: std::mem::take(&mut element.faults),
            }
        });
        Ok(Judged {
            verdict,
            known,
            elements: elements.collect(),
        })
    }

    /// The delivery with an id, if it was offered to an organisation and is of a kind that the mapping is a retour to;
    /// with what the organisation may see of it now.
    async fn answerable(
        &self,
        sender: &OrgCode,
        mapping: &Mapping,
        id: &str,
    ) -> Result<Option<(Delivery, Delivered)>, StoreError> {
        let Ok(id) = Uuid::parse_str(id) else {
            return Ok(None);
        };
        let found = self.parts.store.delivery_of(sender, id).await?;
        let fits = |one: &Delivery| was_offered(one) && mapping.answers().contains(&one.soort);
        let Some(delivery) = found.filter(fits) else {
            return Ok(None);
        };
        let deliveries = std::slice::from_ref(&delivery);
        let loaded = self.load_for(deliveries).await?;
        let bsns = self.bsns_for(deliveries, &loaded).await?;
        let directory = self.directory();
        let now = self.parts.clock.now();
        let Some(agreement) = directory.agreement(&delivery.sender, sender, now) else {
            return Ok(None);
        };
        let of = |main: &Uuid| {
            let kind = kind_of(&loaded, main)?;
            let bundle = self.bundle(*main, &delivery, &loaded, &bsns, agreement, &directory);
            Some(((kind, *main), bundle.ok()?))
        };
        let delivered = delivery.records.iter().filter_map(of).collect();
        Ok(Some((delivery, delivered)))
    }
}

fn kind_of(loaded: &Loaded, id: &Uuid) -> Option<Kind> {
    loaded.get(id).map(|entry| entry.kind)
}

fn away(error: &StoreError) -> ReceiveError {
    match error {
        StoreError::Unavailable(_) | StoreError::Migration(_) => ReceiveError::Unavailable,
        StoreError::Refused(_) | StoreError::Corrupt(_) => {
            tracing::error!(%error, "What a retour is about cannot be read");
            ReceiveError::Internal
        }
    }
}

/// Whether a recipient can have a delivery: it was pushed or is in the postvak, be it that it waits to be pushed again.
const fn was_offered(delivery: &Delivery) -> bool {
    use DeliveryState as S;
    match delivery.state {
        S::Outbox | S::Published => delivery.attempts > 0,
        S::Pushing | S::Ready | S::Leased | S::Confirmed | S::Refused | S::Parked => true,
        S::Withheld => false,
    }
}

/// An element that was rejected: its index in the retour, and the main records it is about.
struct Part {
    element: usize,
    records: Vec<(Kind, Uuid)>,
}

/// What each rejected element is about, and those that are about nothing in the delivery.
fn matched(
    answered: &Answered,
    elements: &[Element],
    delivered: &Delivered,
) -> (Vec<Part>, Vec<Fault>) {
    let mut faults = Vec::new();
    let mut parts = Vec::with_capacity(answered.parts.len());
    for (index, _) in &answered.parts {
        let Some(element) = elements.get(*index) else {
            continue;
        };
        let about = delivered
            .iter()
            .filter(|(_, all)| is_about(&element.bundle, all));
        let records: Vec<_> = about.map(|(record, _)| *record).collect();
        if records.is_empty() {
            faults.push(no_part(element.place.clone()));
        }
        parts.push(Part {
            element: *index,
            records,
        });
    }
    (parts, faults)
}

/// Whether all that an element says stands in what was delivered of a record, and it says something.
fn is_about(element: &Bundle, delivered: &Bundle) -> bool {
    let said = || {
        let records = element.records.iter();
        records.flat_map(|(kind, record)| record.iter().map(move |one| (*kind, one)))
    };
    said().next().is_some()
        && said().all(|(kind, (name, value))| {
            let known = delivered.record(kind).and_then(|record| record.get(name));
            known.is_some_and(|known| is_within(value, known))
        })
}

fn rejections(answered: Answered, parts: &[Part]) -> Vec<Rejection> {
    let of = |rejected: Vec<Rejected>, records: &[(Kind, Uuid)]| -> Vec<Rejection> {
        let rejected = rejected.into_iter();
        let shown = |one: Rejected| Rejection {
            place: one.place.innermost().location(Lang::Nl),
            codes: one.codes,
            records: records.to_vec(),
        };
        rejected.map(shown).collect()
    };
    let mut all = of(answered.whole, &[]);
    for ((_, rejected), part) in answered.parts.into_iter().zip(parts) {
        all.extend(of(rejected, &part.records));
    }
    all
}

/// Why the delivery is refused, if anything of it is rejected.
fn refusal(rejected: &[Rejection], delivered: &Delivered) -> Option<&'static str> {
    let fell: BTreeSet<Uuid> = rejected
        .iter()
        .flat_map(|one| one.records.iter().map(|(_, id)| *id))
        .collect();
    let whole = rejected.iter().any(|one| one.records.is_empty());
    let all = delivered.iter().all(|((_, id), _)| fell.contains(id));
    (!rejected.is_empty()).then_some(if whole || all { ALL } else { PART })
}

/// Whether the delivery was answered so by an earlier retour.
fn is_said(delivery: &Delivery, verdict: &Verdict) -> bool {
    delivery.rejected.as_ref() == Some(&verdict.rejected)
        && delivery.state == verdict.state()
        && delivery.reason == verdict.refusal
}

/// Whether it would confirm what was refused in the postvak.
fn takes_back(delivery: &Delivery, verdict: &Verdict) -> bool {
    delivery.state == DeliveryState::Refused && verdict.refusal.is_none()
}

const fn named((soort, id): (Kind, Uuid)) -> RecordAnswer {
    RecordAnswer {
        soort,
        id,
        versie: None,
        gewijzigd: None,
    }
}

fn no_delivery(place: Place) -> Fault {
    Fault::refused(
        "aflevering.onbekend",
        place,
        "Uw organisatie heeft geen aflevering met dit kenmerk waar dit retourbericht bij hoort. Neem het kenmerk over uit het bericht dat u kreeg.",
        "Your organisation has no delivery with this id that this retour belongs to. Copy the id from the message that you got.",
    )
}

fn no_part(place: Place) -> Fault {
    Fault::refused(
        "retour.element-onbekend",
        place,
        "Dit onderdeel staat niet in de aflevering. Noem het met de nummers waarmee u het kreeg; van dit retourbericht is niets verwerkt.",
        "This part is not in the delivery. Name it by the numbers under which you got it; nothing of this retour was processed.",
    )
}

fn answered_before(place: Place) -> Fault {
    Fault::refused(
        "retour.beantwoord",
        place,
        "Over deze aflevering is al anders geantwoord. Wacht tot de afzender haar opnieuw aanbiedt, of overleg met de afzender.",
        "This delivery was answered differently before. Wait until its sender offers it again, or ask the sender.",
    )
}
