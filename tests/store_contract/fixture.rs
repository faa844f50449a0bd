//! Rows to store. Ids are counted, so that a failing test reads well.

use jiff::Timestamp;
use schakel::canonical::Kind;
use schakel::canonical::OrgCode;
use schakel::store::AuditRow;
use schakel::store::Delivery;
use schakel::store::DeliveryState;
use schakel::store::Link;
use schakel::store::MessageRow;
use schakel::store::Outcome;
use schakel::store::ProposalRow;
use schakel::store::ProposalState;
use schakel::store::PushClaim;
use schakel::store::Settlement;
use schakel::store::Store;
use schakel::store::StoredRecord;
use schakel::store::VersionRow;
use schakel::store::Writes;
use uuid::Uuid;

/// Some moment, and `seconds` later. With microseconds: they must be kept.
pub fn at(seconds: i64) -> Timestamp {
    Timestamp::from_microsecond(1_711_929_600_123_456 + seconds * 1_000_000).unwrap()
}

pub fn id(number: u32) -> Uuid {
    Uuid::from_u128(0x0192_0000_0000_7000_8000_0000_0000_0000 + u128::from(number))
}

pub fn org(code: &str) -> OrgCode {
    OrgCode::parse(code).unwrap()
}

pub fn gemeente() -> OrgCode {
    org("gemeente-voorbeeldstad")
}

pub fn aanbieder() -> OrgCode {
    org("aanbieder-a")
}

pub fn message(number: u32) -> MessageRow {
    MessageRow {
        id: id(number),
        sender: gemeente(),
        reference: format!("ref-{number}"),
        content_hash: vec![7; 32],
        soort: "verwijzing".into(),
        mapping: "0123456789abcdef".into(),
        content_type: "application/xml".into(),
        sent_at: at(-1),
        received_at: at(0),
        mapped_at: at(1),
        stored_at: at(2),
        taken: 3,
        refused: 1,
        answer_status: 202,
        answer: r#"{"aantal":4}"#.into(),
        original: vec![0, 159, 146, 150, 255],
        traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".into(),
    }
}

pub fn record(number: u32, version: i64) -> StoredRecord {
    StoredRecord {
        kind: Kind::Verwijzing,
        id: id(number),
        version,
        doc: format!(r#"{{"nummer":"V-{number}","versie":{version}}}"#),
        sources: r#"{"nummer":{}}"#.into(),
    }
}

pub fn version(record: u32, version: i64) -> VersionRow {
    VersionRow {
        kind: Kind::Verwijzing,
        record: id(record),
        version,
        message: id(1),
        sent_at: at(-5),
        stored_at: at(version),
        applied: version % 2 == 1,
        doc: format!(r#"{{"versie":{version}}}"#),
        provenance: "{}".into(),
    }
}

pub fn link(kandidaat: u32, record: u32) -> Link {
    Link {
        kandidaat: id(kandidaat),
        kind: Kind::Verwijzing,
        record: id(record),
        opdrachtgever: gemeente(),
        uitvoerder: aanbieder(),
    }
}

/// A proposal of aanbieder-a on record 20, open.
pub fn proposal(number: u32, seconds: i64) -> ProposalRow {
    ProposalRow {
        id: id(number),
        record: id(20),
        kind: Kind::Verwijzing,
        kandidaat: id(50),
        attribute: "doel".into(),
        value: r#""werk""#.into(),
        proposer: aanbieder(),
        message: id(1),
        sent_at: at(seconds - 1),
        at: at(seconds),
        state: ProposalState::Open,
        settled_at: None,
        settled_by: None,
    }
}

/// A delivery to aanbieder-a, due at once.
pub fn delivery(number: u32) -> Delivery {
    Delivery {
        id: id(number),
        recipient: aanbieder(),
        sender: gemeente(),
        message: id(1),
        soort: "verwijzing".into(),
        records: vec![id(90), id(80)],
        state: DeliveryState::Outbox,
        attempts: 0,
        next_at: at(0),
        claimed_until: None,
        lease_token: None,
        reason: None,
        content_type: None,
        content: None,
        traceparent: "00-trace".into(),
        created_at: at(0),
        published_at: None,
        ready_at: None,
        settled_at: None,
        rejected: None,
    }
}

pub fn audit(object: &str) -> AuditRow {
    AuditRow {
        at: at(3),
        action: "bericht.ontvangen".into(),
        object: object.into(),
        result: "gelukt".into(),
        origin: "api".into(),
        actor: "gemeente-voorbeeldstad/sleutel".into(),
    }
}

pub async fn write(store: &dyn Store, writes: &Writes) {
    let mut tx = store.begin_intake().await.unwrap();
    tx.write(writes).await.unwrap();
    tx.commit().await.unwrap();
}

/// Stores deliveries with these numbers.
pub async fn outbox(store: &dyn Store, numbers: impl IntoIterator<Item = u32>) {
    let deliveries = numbers.into_iter().map(delivery).collect();
    write(
        store,
        &Writes {
            deliveries,
            ..Writes::default()
        },
    )
    .await;
}

/// A claim by a worker that read the delivery after this many attempts.
pub fn claim(number: u32, attempts: u32) -> PushClaim {
    PushClaim {
        id: id(number),
        attempts,
        content_type: "text/csv".into(),
        content: vec![u8::try_from(attempts).unwrap(); 3],
    }
}

pub fn settlement(number: u32, outcome: Outcome) -> Settlement {
    Settlement {
        id: id(number),
        claim: None,
        outcome,
        audit: None,
    }
}

/// The same, of a push that was claimed under a token.
pub fn under(token: u32, settlement: Settlement) -> Settlement {
    Settlement {
        claim: Some(id(token)),
        ..settlement
    }
}

pub fn ready(number: u32) -> Settlement {
    settlement(
        number,
        Outcome::Ready {
            content_type: "application/json".into(),
            content: number.to_be_bytes().to_vec(),
        },
    )
}

pub fn parked(number: u32) -> Settlement {
    settlement(
        number,
        Outcome::Parked {
            reason: "pogingenOp".into(),
        },
    )
}

pub fn withheld(number: u32) -> Settlement {
    settlement(
        number,
        Outcome::Withheld {
            reason: "geenGrondslag".into(),
        },
    )
}

/// Stores deliveries with these numbers and puts them in the postvak.
pub async fn postvak(store: &dyn Store, numbers: impl IntoIterator<Item = u32> + Clone) {
    outbox(store, numbers.clone()).await;
    let outcomes: Vec<_> = numbers.into_iter().map(ready).collect();
    assert_eq!(
        store.settle(&outcomes, at(5)).await.unwrap().len(),
        outcomes.len()
    );
}

pub async fn state_of(store: &dyn Store, number: u32) -> DeliveryState {
    one(store, number).await.state
}

pub async fn one(store: &dyn Store, number: u32) -> Delivery {
    store
        .deliveries(&[id(number)])
        .await
        .unwrap()
        .pop()
        .unwrap()
}

pub fn numbers(deliveries: &[Delivery]) -> Vec<u32> {
    deliveries
        .iter()
        .map(|delivery| number(delivery.id))
        .collect()
}

pub fn number(id: Uuid) -> u32 {
    u32::try_from(id.as_u128() & 0xffff_ffff).unwrap()
}

/// Sorted numbers of ids.
pub fn sorted(ids: &[Uuid]) -> Vec<u32> {
    let mut numbers: Vec<_> = ids.iter().copied().map(number).collect();
    numbers.sort_unstable();
    numbers
}
