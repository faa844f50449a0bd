mod push;
mod waiting;

pub use push::Webhooks;
pub(crate) use push::webhook_context;
pub use waiting::PushTurn;
pub(crate) use waiting::Waiting;

use crate::adapters;
use crate::broker::Subscription;
use crate::broker::Tag;
use crate::canonical::Bundle;
use crate::canonical::Kind;
use crate::canonical::OrgCode;
use crate::canonical::Personal;
use crate::canonical::Record;
use crate::mapping::Mapping;
use crate::pipeline::Pipeline;
use crate::pipeline::decide::OWN_NUMBERS;
use crate::pipeline::decide::bsn_context;
use crate::pipeline::directory::Directory;
use crate::pipeline::view::Entry;
use crate::privacy::Agreement;
use crate::privacy::filter;
use crate::privacy::hold;
use crate::store::AuditRow;
use crate::store::Delivery;
use crate::store::DeliveryState;
use crate::store::Outcome;
use crate::store::Settlement;
use crate::store::StoreError;
use jiff::Timestamp;
use serde_json::Value;
use serde_json::json;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// How often references lead to further records: logboekregel, opdracht, verwijzing, kandidaat.
const REFERENCE_ROUNDS: usize = 3;
/// Why a delivery is parked of which something in the store cannot be read.
const UNREADABLE: &str = "gegevens.onleesbaar";

/// The records that a batch of deliveries needs.
type Loaded = HashMap<Uuid, Entry>;

/// Deliveries that were read and made.
#[derive(Default)]
struct Prepared {
    made: Vec<(Delivery, Made, tracing::Span)>,
    /// By organisation.
    aside: BTreeMap<OrgCode, Vec<Uuid>>,
    unreadable: Vec<Uuid>,
}

/// What a delivery became before it is handed over: content, or the reason that there is none.
enum Made {
    Content(String, Vec<u8>),
    Withheld(&'static str),
    Unmappable(&'static str),
}

impl Pipeline {
    /// One turn of a worker: takes what the broker has, makes it, settles it, and only then acknowledges. What is for
    /// a webhook is acknowledged too: the store has it as published until its push is claimed. Returns how many
    /// arrived.
    ///
    /// When the store is away nothing is acknowledged: the arrivals go back to the broker with the error.
    pub async fn deliver_once(
        &self,
        subscription: &mut dyn Subscription,
        patience: Duration,
    ) -> Result<usize, StoreError> {
        let arrivals = subscription
            .next(self.parts.config.deliver_batch, patience)
            .await;
        if arrivals.is_empty() {
            return Ok(0);
        }
        let ids: Vec<Uuid> = arrivals
            .iter()
            .map(|arrival| arrival.parcel.delivery)
            .collect();
        let tags: Vec<Tag> = arrivals.iter().map(|arrival| arrival.tag).collect();
        match self.deliver(&ids).await {
            Ok(()) => {
                if let Err(error) = subscription.acknowledge(&tags).await {
                    // they come again and are found settled
                    tracing::warn!(%error, "Deliveries were settled but not acknowledged");
                }
                Ok(ids.len())
            }
            Err(error) => {
                let _ = subscription.give_back(&tags).await;
                Err(error)
            }
        }
    }

    /// Makes deliveries and puts them in the postvak, in one batch; those for a webhook wait for a turn of
    /// [`Pipeline::push`], and hold nothing up. Ones that are settled already, or unknown, are left alone: a second
    /// copy from the broker does nothing.
    pub async fn deliver(&self, ids: &[Uuid]) -> Result<(), StoreError> {
        let parts = &self.parts;
        let mut seen = BTreeSet::new();
        let ids: Vec<Uuid> = ids.iter().copied().filter(|id| seen.insert(*id)).collect();
        let pushed: BTreeSet<OrgCode> = parts
            .store
            .webhooks()
            .await?
            .into_iter()
            .map(|(organisation, _)| organisation)
            .collect();
        let prepared = self.make_all(&ids, &pushed).await?;
        let mut settlements = self.unreadable(&prepared.unreadable);
        for (delivery, made, span) in prepared.made {
            settlements.push(span.in_scope(|| self.settled(&delivery, made))?);
        }
        self.settle(&settlements).await?;
        for (organisation, ids) in prepared.aside {
            self.waiting.add(&organisation, ids);
        }
        Ok(())
    }

    /// Settles a batch, once.
    async fn settle(&self, settlements: &[Settlement]) -> Result<(), StoreError> {
        if settlements.is_empty() {
            return Ok(());
        }
        let parts = &self.parts;
        let done = parts.store.settle(settlements, parts.clock.now()).await?;
        metrics::counter!("schakel_deliveries_settled_total").increment(done.len() as u64);
        Ok(())
    }

    /// Reads and makes deliveries, but sets aside those for some organisations. What cannot be read is found by
    /// halving the batch: one damaged value stops one delivery and no other.
    async fn make_all(
        &self,
        ids: &[Uuid],
        aside: &BTreeSet<OrgCode>,
    ) -> Result<Prepared, StoreError> {
        let mut prepared = Prepared::default();
        let mut batches = vec![ids];
        while let Some(batch) = batches.pop() {
            match self.make_batch(batch, aside, &mut prepared).await {
                Err(StoreError::Corrupt(_)) if batch.len() > 1 => {
                    let (first, second) = batch.split_at(batch.len() / 2);
                    batches.extend([second, first]);
                }
                Err(StoreError::Corrupt(why)) => {
                    for id in batch {
                        tracing::error!(delivery.id = %id, why, "A delivery cannot be read and is parked");
                    }
                    prepared.unreadable.extend(batch);
                }
                outcome => outcome?,
            }
        }
        Ok(prepared)
    }

    async fn make_batch(
        &self,
        ids: &[Uuid],
        aside: &BTreeSet<OrgCode>,
        prepared: &mut Prepared,
    ) -> Result<(), StoreError> {
        let mut deliveries = self.parts.store.deliveries(ids).await?;
        deliveries.retain(|delivery| {
            matches!(
                delivery.state,
                DeliveryState::Outbox | DeliveryState::Published
            )
        });
        let (set_aside, deliveries): (Vec<_>, Vec<_>) = deliveries
            .into_iter()
            .partition(|delivery| aside.contains(&delivery.recipient));
        if !deliveries.is_empty() {
            let loaded = self.load_for(&deliveries).await?;
            let bsns = self.bsns_for(&deliveries, &loaded).await?;
            let directory = self.directory();
            for delivery in deliveries {
                // The field `traceparent` makes it part of the trace of the request that caused it.
                let span = tracing::info_span!(
                    "deliver",
                    otel.kind = "consumer",
                    delivery.id = %delivery.id,
                    org = %delivery.recipient,
                    soort = %delivery.soort,
                    traceparent = delivery.traceparent.as_str(),
                );
                let made = span.in_scope(|| self.make(&delivery, &loaded, &bsns, &directory));
                prepared.made.push((delivery, made, span));
            }
        }
        for delivery in set_aside {
            let ids = prepared.aside.entry(delivery.recipient).or_default();
            ids.push(delivery.id);
        }
        Ok(())
    }

    /// What becomes of deliveries that cannot be read: they are parked, to be replayed once it is repaired.
    fn unreadable(&self, ids: &[Uuid]) -> Vec<Settlement> {
        ids.iter()
            .map(|id| Settlement {
                id: *id,
                outcome: Outcome::Parked {
                    reason: UNREADABLE.to_owned(),
                },
                audit: Some(self.audit_of_delivery(*id, UNREADABLE, "schakel".to_owned())),
            })
            .collect()
    }

    /// The main records of deliveries and what they refer to.
    async fn load_for(&self, deliveries: &[Delivery]) -> Result<Loaded, StoreError> {
        let mut loaded = Loaded::new();
        let mut next: BTreeSet<Uuid> = deliveries
            .iter()
            .flat_map(|one| one.records.iter().copied())
            .collect();
        for _ in 0..=REFERENCE_ROUNDS {
            next.retain(|id| !loaded.contains_key(id));
            if next.is_empty() {
                break;
            }
            let ids: Vec<Uuid> = next.iter().copied().collect();
            let mut found = BTreeSet::new();
            for stored in self.parts.store.records(&ids).await? {
                let entry = Entry::from_stored(&stored)?;
                found.extend(related(stored.id, &entry));
                loaded.insert(stored.id, entry);
            }
            next = found;
        }
        Ok(loaded)
    }

    /// The BSNs of the kandidaten in some deliveries; they go no further than an agreement that allows them.
    async fn bsns_for(
        &self,
        deliveries: &[Delivery],
        loaded: &Loaded,
    ) -> Result<HashMap<Uuid, Personal<String>>, StoreError> {
        let directory = self.directory();
        let now = self.parts.clock.now();
        let wanted = deliveries.iter().any(|delivery| {
            directory
                .agreement(&delivery.sender, &delivery.recipient, now)
                .is_some_and(|agreement| agreement.bsn_ground.is_some())
        });
        if !wanted {
            return Ok(HashMap::new());
        }
        let kandidaten: Vec<Uuid> = loaded
            .iter()
            .filter(|(_, entry)| entry.kind == Kind::Kandidaat)
            .map(|(id, _)| *id)
            .collect();
        let mut bsns = HashMap::new();
        for (id, sealed) in self.parts.store.bsns(&kandidaten).await? {
            let opened = self
                .parts
                .sealer
                .open(&bsn_context(id), &sealed)
                .ok()
                .and_then(|bytes| String::from_utf8(bytes).ok())
                .ok_or_else(|| {
                    StoreError::Corrupt(format!("the BSN of kandidaat {id} does not open"))
                })?;
            bsns.insert(id, Personal::new(opened));
        }
        Ok(bsns)
    }

    /// Filters, maps out and encodes one delivery. A delivery that was made before is sent as it was made.
    fn make(
        &self,
        delivery: &Delivery,
        loaded: &Loaded,
        bsns: &HashMap<Uuid, Personal<String>>,
        directory: &Directory,
    ) -> Made {
        let now = self.parts.clock.now();
        let Some(agreement) = directory.agreement(&delivery.sender, &delivery.recipient, now)
        else {
            return Made::Withheld("overeenkomst.afwezig");
        };
        if let (Some(content_type), Some(sealed)) = (&delivery.content_type, &delivery.content)
            && let Ok(content) = self
                .parts
                .sealer
                .open(&content_context(delivery.id), sealed)
        {
            return Made::Content(content_type.clone(), content);
        }
        let mut held = None;
        let mut bundles = Vec::with_capacity(delivery.records.len());
        for main in &delivery.records {
            match self.bundle(
                *main,
                &delivery.recipient,
                loaded,
                bsns,
                agreement,
                directory,
            ) {
                Ok(bundle) => bundles.push(bundle),
                Err(reason) => held = Some(reason),
            }
        }
        if bundles.is_empty() {
            return Made::Withheld(held.unwrap_or("record.afwezig"));
        }
        let library = &self.parts.library;
        let mapping = library
            .outbound(delivery.recipient.as_str(), &delivery.soort)
            .unwrap_or_else(|| library.canonical());
        let context = context(delivery, directory, now, bundles.len());
        encode(mapping, &context, &bundles)
    }

    /// The bundle around a main record: what the recipient may see of it and of what it refers to.
    fn bundle(
        &self,
        main: Uuid,
        recipient: &OrgCode,
        loaded: &Loaded,
        bsns: &HashMap<Uuid, Personal<String>>,
        agreement: &Agreement,
        directory: &Directory,
    ) -> Result<Bundle, &'static str> {
        let mut bundle = Bundle::default();
        let first = loaded.get(&main).ok_or("record.afwezig")?;
        let main_kind = first.kind;
        let mut ids = vec![main];
        let mut next = 0;
        while let Some(id) = ids.get(next).copied() {
            next += 1;
            let Some(entry) = loaded.get(&id) else {
                continue;
            };
            if entry.kind == Kind::Kandidaat
                && let Some(reason) = hold(&entry.record)
            {
                return Err(reason);
            }
            let mut record = entry.record.clone();
            if let Some(bsn) = bsns.get(&id) {
                record.insert("bsn".to_owned(), Value::String(bsn.reveal().clone()));
            }
            if let Some(own) = record
                .remove(OWN_NUMBERS)
                .and_then(|numbers| numbers.get(recipient.as_str()).cloned())
            {
                record.insert("klantnummer".to_owned(), own);
            }
            enrich(&mut record, directory);
            match filter(entry.kind, &record, agreement, &self.parts.schemas) {
                Some(filtered) => {
                    bundle.records.entry(entry.kind).or_insert(filtered.record);
                }
                None if entry.kind == main_kind => return Err("overeenkomst.afwezig"),
                None => {}
            }
            for more in goes_along(main_kind, id, entry) {
                if !ids.contains(&more) {
                    ids.push(more);
                }
            }
        }
        Ok(bundle)
    }

    fn settled(&self, delivery: &Delivery, made: Made) -> Result<Settlement, StoreError> {
        let (outcome, result) = match made {
            Made::Content(content_type, content) => {
                let content = self.seal(delivery.id, &content)?;
                (
                    Outcome::Ready {
                        content_type,
                        content,
                    },
                    "klaargezet",
                )
            }
            Made::Withheld(reason) => (
                Outcome::Withheld {
                    reason: reason.to_owned(),
                },
                reason,
            ),
            Made::Unmappable(reason) => (
                Outcome::Parked {
                    reason: reason.to_owned(),
                },
                reason,
            ),
        };
        if !matches!(outcome, Outcome::Ready { .. }) {
            tracing::info!(delivery.id = %delivery.id, org = %delivery.recipient, reason = result, "Delivery was not handed over");
        }
        Ok(Settlement {
            id: delivery.id,
            outcome,
            audit: Some(self.delivery_audit(delivery, result)),
        })
    }

    fn seal(&self, id: Uuid, content: &[u8]) -> Result<Vec<u8>, StoreError> {
        self.parts
            .sealer
            .seal(&content_context(id), content)
            .map_err(|error| StoreError::Unavailable(error.to_string()))
    }

    fn delivery_audit(&self, delivery: &Delivery, result: &str) -> AuditRow {
        self.audit_of_delivery(
            delivery.id,
            result,
            format!("schakel:{}", delivery.recipient),
        )
    }

    fn audit_of_delivery(&self, id: Uuid, result: &str, actor: String) -> AuditRow {
        AuditRow {
            at: self.parts.clock.now(),
            action: "aflevering.gemaakt".to_owned(),
            object: format!("aflevering/{id}"),
            result: result.to_owned(),
            origin: "worker".to_owned(),
            actor,
        }
    }
}

/// The sealing context of what a recipient gets.
pub(crate) fn content_context(delivery: Uuid) -> String {
    format!("aflevering:{delivery}")
}

/// What a record refers to, and what there is one of for it.
fn related(id: Uuid, entry: &Entry) -> Vec<Uuid> {
    let mut out: Vec<Uuid> = ["kandidaat", "verwijzing", "opdracht"]
        .into_iter()
        .filter_map(|name| entry.reference(name))
        .collect();
    if entry.kind == Kind::Kandidaat {
        out.push(crate::pipeline::identify::derived(Kind::Werkprofiel, id));
    }
    out
}

/// What goes along with a main record. The werkprofiel goes along with a verwijzing only: others have their own.
fn goes_along(main: Kind, id: Uuid, entry: &Entry) -> Vec<Uuid> {
    let mut out: Vec<Uuid> = ["kandidaat", "verwijzing", "opdracht"]
        .into_iter()
        .filter_map(|name| entry.reference(name))
        .collect();
    if main == Kind::Verwijzing && entry.kind == Kind::Kandidaat {
        out.push(crate::pipeline::identify::derived(Kind::Werkprofiel, id));
    }
    out
}

/// Parties go out with every identifier, so that each format finds the one it uses.
fn enrich(record: &mut Record, directory: &Directory) {
    for side in ["opdrachtgever", "uitvoerder"] {
        if let Some(party) = record.get_mut(side)
            && let Some(organisation) = directory.party(party)
        {
            *party = organisation.as_party();
        }
    }
}

fn context(delivery: &Delivery, directory: &Directory, now: Timestamp, count: usize) -> Value {
    let party = |code: &OrgCode| {
        directory.organisation(code).map_or_else(
            || json!({ "code": code }),
            |organisation| organisation.as_party(),
        )
    };
    json!({
        "id": delivery.id,
        "referentie": delivery.id,
        "verzonden": now,
        "soort": delivery.soort,
        "afzender": party(&delivery.sender),
        "ontvanger": party(&delivery.recipient),
        "aantal": count,
    })
}

fn encode(mapping: &Arc<Mapping>, bericht: &Value, bundles: &[Bundle]) -> Made {
    let out = mapping.encode(bericht, bundles);
    if out.faults.iter().any(crate::document::Fault::refuses) {
        return Made::Unmappable("mapping.onvolledig");
    }
    match adapters::encode(&out.document, mapping.wire()) {
        Ok(content) => Made::Content(adapters::content_type(mapping.wire()).to_owned(), content),
        Err(_) => Made::Unmappable("formaat.onmogelijk"),
    }
}
