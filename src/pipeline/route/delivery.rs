use crate::canonical::IdSource;
use crate::canonical::OrgCode;
use crate::mapping::Library;
use crate::mapping::Per;
use crate::pipeline::route::Stop;
use crate::pipeline::route::wider;
use crate::store::Delivery;
use crate::store::DeliveryState;
use jiff::Timestamp;
use uuid::Uuid;

/// What a message's deliveries are made with.
pub(crate) struct Letterhead<'a> {
    pub ids: &'a dyn IdSource,
    pub library: &'a Library,
    pub sender: &'a OrgCode,
    pub message: Uuid,
    pub traceparent: &'a str,
    pub now: Timestamp,
}

/// The deliveries of one message: one for each record, or one for all where the recipient's mapping says so.
pub(crate) fn deliveries(stops: Vec<Stop>, head: &Letterhead<'_>) -> Vec<Delivery> {
    let mut out: Vec<Delivery> = Vec::new();
    for mut stop in stops {
        let served = |soort| {
            let outbound = head.library.outbound(stop.recipient.as_str(), soort);
            outbound.is_some()
        };
        if let Some(wider) = wider(stop.soort)
            && !served(stop.soort)
        {
            stop.soort = wider;
        }
        let together = head
            .library
            .outbound(stop.recipient.as_str(), stop.soort)
            .is_some_and(|mapping| mapping.per() == Per::Message);
        let same = |delivery: &&mut Delivery| {
            delivery.recipient == stop.recipient
                && delivery.soort == stop.soort
                && (together || delivery.records.contains(&stop.record))
        };
        if let Some(delivery) = out.iter_mut().find(same) {
            if !delivery.records.contains(&stop.record) {
                delivery.records.push(stop.record);
            }
            continue;
        }
        out.push(Delivery {
            id: head.ids.next(head.now),
            recipient: stop.recipient,
            sender: head.sender.clone(),
            message: head.message,
            soort: stop.soort.to_owned(),
            records: vec![stop.record],
            state: DeliveryState::Outbox,
            attempts: 0,
            next_at: head.now,
            claimed_until: None,
            lease_token: None,
            reason: None,
            content_type: None,
            content: None,
            traceparent: head.traceparent.to_owned(),
            created_at: head.now,
            published_at: None,
            ready_at: None,
            settled_at: None,
            rejected: None,
        });
    }
    out
}
