//! What the store and the broker do at best: the rows and parcels of the same messages, without reading, mapping or
//! deciding anything.

use crate::app;
use crate::bench::BenchError;
use crate::bench::load;
use crate::bench::place::Place;
use crate::bench::place::Side;
use crate::broker::Parcel;
use crate::canonical::Clock;
use crate::canonical::IdSource;
use crate::canonical::Kind;
use crate::canonical::RandomIds;
use crate::canonical::SystemClock;
use crate::store::AuditRow;
use crate::store::DeliveryState;
use crate::store::IdentityKey;
use crate::store::IdentityRow;
use crate::store::Link;
use crate::store::MessageRow;
use crate::store::Original;
use crate::store::Store;
use crate::store::StoredRecord;
use crate::store::VersionRow;
use crate::store::Writes;
use serde_json::Value;
use std::time::Duration;
use std::time::Instant;
use uuid::Uuid;

/// Messages in one commit.
const BATCH: usize = 200;
/// Parcels in one publish.
const WINDOW: usize = 100;
/// Most parcels published: nobody takes them, and a queue holds no more than so many.
const PARCELS: u32 = 50_000;
/// Bytes of a lookup hash or content hash.
const HASH: usize = 32;

/// The rows that one referral wrote, to be written again under other ids.
pub(super) struct Template {
    message: MessageRow,
    /// The records with their one version each.
    records: Vec<(StoredRecord, VersionRow)>,
    bsn: Vec<u8>,
    link: Link,
    delivery: crate::store::Delivery,
    audit: Vec<AuditRow>,
}

impl Template {
    /// Reads what the gateway wrote for a message.
    pub(super) async fn read(store: &dyn Store, id: Uuid) -> Result<Self, BenchError> {
        let absent = |what: &'static str| BenchError::Answer {
            what,
            expected: "a row".to_owned(),
            got: "none".to_owned(),
        };
        let original: Original = store
            .original(id)
            .await?
            .ok_or(absent("the message's original"))?;
        let view = store
            .message(&original.sender, id)
            .await?
            .ok_or(absent("the message"))?;
        let delivery = view
            .deliveries
            .into_iter()
            .next()
            .ok_or(absent("the message's delivery"))?;
        let mut found = store.records(&delivery.records).await?;
        let verwijzing: Value = found
            .first()
            .and_then(|record| serde_json::from_str(&record.doc).ok())
            .ok_or(absent("the verwijzing"))?;
        let kandidaat = verwijzing["kandidaat"]
            .as_str()
            .and_then(|id| Uuid::parse_str(id).ok());
        let kandidaat = kandidaat.ok_or(absent("the kandidaat of the verwijzing"))?;
        found.extend(store.records(&[kandidaat]).await?);
        let mut records = Vec::new();
        for record in found {
            let version = store
                .versions(record.id, 1)
                .await?
                .pop()
                .ok_or(absent("the version of a record"))?;
            records.push((record, version));
        }
        let bsn = store
            .bsns(&[kandidaat])
            .await?
            .pop()
            .ok_or(absent("the sealed BSN"))?
            .1;
        let mut tx = store.begin_intake().await?;
        let link = tx
            .links(&[kandidaat])
            .await?
            .pop()
            .ok_or(absent("the link"))?;
        drop(tx);
        let audit = store.audit_of(&format!("bericht/{id}"), 10).await?;
        Ok(Self {
            message: MessageRow {
                id,
                sender: original.sender,
                reference: view.summary.reference,
                content_hash: vec![0; HASH],
                soort: original.soort,
                mapping: view.mapping,
                content_type: original.content_type,
                sent_at: view.sent_at,
                received_at: view.summary.received_at,
                mapped_at: view.mapped_at,
                stored_at: view.stored_at,
                taken: view.summary.taken,
                refused: view.summary.refused,
                answer_status: view.answer_status,
                answer: view.answer,
                original: original.sealed,
                traceparent: delivery.traceparent.clone(),
            },
            records,
            bsn,
            link,
            delivery,
            audit,
        })
    }

    /// Adds the rows of one more message, of the same sizes, to a batch.
    fn add(&self, writes: &mut Writes) {
        let now = SystemClock.now();
        let message = RandomIds.next(now);
        let reference = Uuid::new_v4().to_string();
        writes.messages.push(MessageRow {
            id: message,
            reference,
            content_hash: hash(),
            ..self.message.clone()
        });
        let ids: Vec<Uuid> = self.records.iter().map(|_| RandomIds.next(now)).collect();
        let id_of = |old: Uuid| {
            let at = self.records.iter().position(|(record, _)| record.id == old);
            at.and_then(|at| ids.get(at)).copied().unwrap_or(old)
        };
        for ((record, version), id) in self.records.iter().zip(&ids) {
            writes.records.push(StoredRecord {
                id: *id,
                ..record.clone()
            });
            writes.versions.push(VersionRow {
                record: *id,
                message,
                ..version.clone()
            });
            // a kandidaat is known by its BSN, a verwijzing by the number its opdrachtgever gave it
            let (scheme, issuer) = match record.kind {
                Kind::Kandidaat => ("bsn", ""),
                _ => ("nummer", self.link.opdrachtgever.as_str()),
            };
            writes.identities.push(IdentityRow {
                key: IdentityKey {
                    kind: record.kind,
                    scheme: scheme.to_owned(),
                    value: hash(),
                },
                issuer: issuer.to_owned(),
                record: *id,
            });
        }
        let kandidaat = id_of(self.link.kandidaat);
        let record = id_of(self.link.record);
        writes.bsns.push((kandidaat, self.bsn.clone()));
        writes.links.push(Link {
            kandidaat,
            record,
            ..self.link.clone()
        });
        writes.deliveries.push(crate::store::Delivery {
            id: RandomIds.next(now),
            message,
            records: vec![record],
            state: DeliveryState::Outbox,
            ..self.delivery.clone()
        });
        writes.audit.extend(self.audit.iter().map(|row| AuditRow {
            object: format!("bericht/{message}"),
            ..row.clone()
        }));
    }
}

fn hash() -> Vec<u8> {
    let halves = [Uuid::new_v4(), Uuid::new_v4()];
    halves.iter().flat_map(Uuid::as_bytes).copied().collect()
}

/// Messages a second whose rows are inserted in batches; making the rows does not count.
pub(super) async fn inserts(
    place: &Place,
    template: &Template,
    during: Duration,
) -> Result<f64, BenchError> {
    let store = place.store(Side::Baseline).await?;
    let mut spent = Duration::ZERO;
    let mut messages = 0_u32;
    let mut warm = false;
    while spent < during {
        let mut writes = Writes::default();
        for _ in 0..BATCH {
            template.add(&mut writes);
        }
        let started = Instant::now();
        let mut tx = store.begin_intake().await?;
        tx.write(&writes).await?;
        tx.commit().await?;
        if warm {
            spent += started.elapsed();
            messages += u32::try_from(BATCH).unwrap_or(u32::MAX);
        }
        warm = true;
    }
    store.close().await;
    Ok(f64::from(messages) / spent.as_secs_f64())
}

/// Parcels a second that the broker confirms, in windows.
pub(super) async fn publishes(place: &Place, during: Duration) -> Result<f64, BenchError> {
    let broker = app::open_broker(&place.config(Side::Baseline))?;
    let recipient = load::provider()?;
    let failed = |error: crate::broker::BrokerError| BenchError::Server {
        what: "publishing",
        reason: error.to_string(),
    };
    let until = Instant::now() + Duration::from_secs(10);
    while let Err(error) = broker.ensure(std::slice::from_ref(&recipient)).await {
        // it connects by itself
        if Instant::now() > until {
            return Err(failed(error));
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let mut spent = Duration::ZERO;
    let mut parcels = 0_u32;
    while spent < during && parcels < PARCELS {
        let batch: Vec<Parcel> = (0..WINDOW)
            .map(|_| {
                let traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
                Parcel::of(
                    RandomIds.next(SystemClock.now()),
                    recipient.clone(),
                    traceparent.to_owned(),
                )
            })
            .collect();
        let started = Instant::now();
        let outcomes = broker.publish(&batch).await;
        spent += started.elapsed();
        for outcome in outcomes {
            outcome.map_err(failed)?;
            parcels += 1;
        }
    }
    broker.close().await;
    Ok(f64::from(parcels) / spent.as_secs_f64())
}
