//! Taking in: one transaction, all or nothing.

use crate::fixture::aanbieder;
use crate::fixture::at;
use crate::fixture::audit;
use crate::fixture::delivery;
use crate::fixture::gemeente;
use crate::fixture::id;
use crate::fixture::link;
use crate::fixture::message;
use crate::fixture::proposal;
use crate::fixture::record;
use crate::fixture::version;
use crate::fixture::write;
use crate::place::Place;
use schakel::canonical::Kind;
use schakel::store::DeliveryState;
use schakel::store::INDEXED_TEXT_MAX;
use schakel::store::IdentityKey;
use schakel::store::IdentityRow;
use schakel::store::Link;
use schakel::store::MessageRow;
use schakel::store::Store;
use schakel::store::StoreError;
use schakel::store::StoredRecord;
use schakel::store::Writes;
use std::time::Duration;

fn key(value: u8) -> IdentityKey {
    IdentityKey {
        kind: Kind::Kandidaat,
        scheme: "bsn".into(),
        value: vec![value; 32],
    }
}

fn identity(value: u8, issuer: &str, record: u32) -> IdentityRow {
    IdentityRow {
        key: key(value),
        issuer: issuer.into(),
        record: id(record),
    }
}

fn full() -> Writes {
    Writes {
        messages: vec![message(1)],
        records: vec![record(20, 1), record(21, 4)],
        versions: vec![version(20, 1), version(20, 2)],
        identities: vec![identity(1, "", 20), identity(2, "uwv", 21)],
        bsns: vec![(id(20), vec![1, 2, 3])],
        links: vec![link(20, 21)],
        proposals: vec![proposal(31, 9), proposal(30, 8)],
        deliveries: vec![delivery(40), delivery(41)],
        verdicts: Vec::new(),
        audit: vec![audit("bericht/1"), audit("bericht/1")],
    }
}

fn same<T: PartialEq>(found: &[T], expected: &[T]) -> bool {
    found.len() == expected.len() && expected.iter().all(|row| found.contains(row))
}

pub async fn what_is_committed_comes_back_as_it_was_written(place: Place) {
    let store = place.migrated().await;
    let full = full();
    write(&*store, &full).await;

    let MessageRow {
        sender,
        soort,
        content_type,
        original,
        ..
    } = message(1);
    let found = store.original(id(1)).await.unwrap().unwrap();
    assert!(found.sender == sender && found.soort == soort);
    assert!(found.content_type == content_type && found.sealed == original);
    let view = store.message(&gemeente(), id(1)).await.unwrap().unwrap();
    let sent = message(1);
    assert_eq!(view.summary.reference, sent.reference);
    assert_eq!((view.summary.taken, view.summary.refused), (3, 1));
    assert_eq!(view.summary.received_at, sent.received_at);
    assert_eq!(
        (view.sent_at, view.mapped_at, view.stored_at),
        (at(-1), at(1), at(2))
    );
    assert_eq!(
        (view.mapping, view.answer),
        (sent.mapping, sent.answer.clone())
    );
    assert_eq!((view.answer_status, view.summary.soort), (202, sent.soort));
    assert!(view.deliveries == full.deliveries);

    assert!(same(
        &store.records(&[id(21), id(20), id(99)]).await.unwrap(),
        &full.records
    ));
    assert!(store.versions(id(20), 9).await.unwrap() == [version(20, 2), version(20, 1)]);
    assert_eq!(store.bsns(&[id(20), id(21)]).await.unwrap(), full.bsns);
    assert_eq!(store.audit_of("bericht/1", 9).await.unwrap(), full.audit);
    assert!(store.deliveries(&[id(41), id(40)]).await.unwrap() == full.deliveries);

    let mut tx = store.begin_intake().await.unwrap();
    let asked = [(gemeente(), "ref-1".into()), (aanbieder(), "ref-1".into())];
    let seen = tx.seen(&asked).await.unwrap();
    assert_eq!(seen.len(), 1);
    assert_eq!((seen[0].id, seen[0].answer_status), (id(1), 202));
    assert_eq!(
        (&seen[0].sender, &seen[0].answer),
        (&gemeente(), &sent.answer)
    );
    assert_eq!(
        (&seen[0].reference, &seen[0].content_hash),
        (&sent.reference, &sent.content_hash)
    );
    let found = tx
        .identify(&[key(1), key(2), key(2), key(3)])
        .await
        .unwrap();
    assert!(same(&found, &full.identities));
    assert!(same(
        &tx.load(&[id(20), id(21), id(20)]).await.unwrap(),
        &full.records
    ));
    assert_eq!(tx.links(&[id(20), id(77)]).await.unwrap(), full.links);
    assert_eq!(tx.proposals(&[id(20)]).await.unwrap(), full.proposals);
    tx.commit().await.unwrap();
    assert_eq!(store.links(&[id(20), id(77)]).await.unwrap(), full.links);
}

pub async fn a_reference_is_looked_up_beside_an_intake_that_is_open(place: Place) {
    let store = place.migrated().await;
    let writes = |number| Writes {
        messages: vec![message(number)],
        ..Writes::default()
    };
    write(&*store, &writes(1)).await;
    let mut open = store.begin_intake().await.unwrap();
    open.write(&writes(2)).await.unwrap();
    let asked = [
        (gemeente(), "ref-1".into()),
        (gemeente(), "ref-1".into()),
        (gemeente(), "ref-2".into()),
        (aanbieder(), "ref-1".into()),
    ];
    let looked = tokio::time::timeout(Duration::from_secs(2), store.seen(&asked));
    let seen = looked.await.expect("it waits for no intake").unwrap();
    assert_eq!(seen, open.seen(&asked[..1]).await.unwrap());
    assert_eq!((seen.len(), seen[0].id), (1, id(1)));
    open.commit().await.unwrap();
    assert_eq!(store.seen(&asked).await.unwrap().len(), 2);
}

pub async fn nothing_is_visible_before_the_commit(place: Place) {
    let (store, other) = (place.migrated().await, place.open().await);
    let mut tx = store.begin_intake().await.unwrap();
    tx.write(&full()).await.unwrap();
    assert_eq!(tx.load(&[id(20)]).await.unwrap().len(), 1);
    for reader in [&store, &other] {
        assert!(reader.message(&gemeente(), id(1)).await.unwrap().is_none());
        assert!(reader.records(&[id(20)]).await.unwrap().is_empty());
        assert!(reader.outbox_due(at(9), 9, &[]).await.unwrap().is_empty());
    }
    tx.commit().await.unwrap();
    assert!(other.message(&gemeente(), id(1)).await.unwrap().is_some());
}

pub async fn a_write_goes_through_only_when_nobody_wrote_since_its_turn(place: Place) {
    let (store, other) = (place.migrated().await, place.open().await);
    let one = |n: u32| Writes {
        messages: vec![message(n)],
        ..Writes::default()
    };
    let asked = [(gemeente(), message(1).reference)];
    let first = store.look(&asked, &[key(1)]).await.unwrap();
    assert!(first.seen.is_empty() && first.known.is_empty());
    let turn = store.write_after(first.turn, &full()).await.unwrap();
    assert_eq!(turn, Some(first.turn + 1));
    let second = other.look(&asked, &[key(1)]).await.unwrap();
    assert_eq!(Some(second.turn), turn);
    assert_eq!((second.seen.len(), second.known.len()), (1, 1));
    assert!(same(&second.known, &full().identities[..1]));

    let late = other.write_after(first.turn, &one(2)).await.unwrap();
    assert_eq!(late, None);
    assert!(store.message(&gemeente(), id(2)).await.unwrap().is_none());
    drop(store.begin_intake().await.unwrap());
    let raced = tokio::join!(
        async { store.write_after(second.turn, &one(3)).await.unwrap() },
        async { other.write_after(second.turn, &one(4)).await.unwrap() },
    );
    let won = Some(second.turn + 1);
    assert!(raced == (won, None) || raced == (None, won), "{raced:?}");

    let before = store.look(&[], &[]).await.unwrap().turn;
    let mut tx = other.begin_intake().await.unwrap();
    tx.write(&one(5)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(store.write_after(before, &one(6)).await.unwrap(), None);
    let after = store.look(&[], &[]).await.unwrap().turn;
    assert!(store.write_after(after, &one(6)).await.unwrap().is_some());
}

pub async fn a_write_waits_for_an_intake_that_holds_the_turn(place: Place) {
    let (store, other) = (place.migrated().await, place.open().await);
    let turn = store.look(&[], &[]).await.unwrap().turn;
    let mut tx = store.begin_intake().await.unwrap();
    let waiting = tokio::spawn(async move { other.write_after(turn, &full()).await });
    tx.write(&Writes::default()).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(waiting.await.unwrap().unwrap(), None);
    assert!(store.message(&gemeente(), id(1)).await.unwrap().is_none());
}

pub async fn a_dropped_transaction_leaves_nothing(place: Place) {
    let store = place.migrated().await;
    for _ in 0..3 {
        let mut tx = store.begin_intake().await.unwrap();
        tx.write(&full()).await.unwrap();
        drop(tx);
    }
    assert!(store.message(&gemeente(), id(1)).await.unwrap().is_none());
    let mut tx = store.begin_intake().await.unwrap();
    assert!(tx.identify(&[key(1)]).await.unwrap().is_empty());
    tx.write(&full()).await.unwrap();
    tx.commit().await.unwrap();
    assert!(store.message(&gemeente(), id(1)).await.unwrap().is_some());
}

pub async fn a_reference_is_used_once_by_a_sender(place: Place) {
    let store = place.migrated().await;
    write(
        &*store,
        &Writes {
            messages: vec![message(1)],
            ..Writes::default()
        },
    )
    .await;
    let again = MessageRow {
        reference: "ref-1".into(),
        ..message(2)
    };
    let mut tx = store.begin_intake().await.unwrap();
    let batch = Writes {
        messages: vec![message(3), again.clone()],
        ..Writes::default()
    };
    assert!(matches!(
        tx.write(&batch).await,
        Err(StoreError::Refused(_))
    ));
    drop(tx);
    assert!(store.message(&gemeente(), id(3)).await.unwrap().is_none());
    let others = MessageRow {
        sender: aanbieder(),
        ..again
    };
    write(
        &*store,
        &Writes {
            messages: vec![others],
            ..Writes::default()
        },
    )
    .await;
    assert!(store.message(&aanbieder(), id(2)).await.unwrap().is_some());
}

pub async fn a_failed_write_cannot_be_committed(place: Place) {
    let store = place.migrated().await;
    write(
        &*store,
        &Writes {
            messages: vec![message(1)],
            ..Writes::default()
        },
    )
    .await;
    let mut tx = store.begin_intake().await.unwrap();
    tx.write(&Writes {
        records: vec![record(20, 1)],
        ..Writes::default()
    })
    .await
    .unwrap();
    assert!(
        tx.write(&Writes {
            messages: vec![message(1)],
            ..Writes::default()
        })
        .await
        .is_err()
    );
    assert!(tx.load(&[id(20)]).await.is_err());
    assert!(matches!(tx.commit().await, Err(StoreError::Refused(_))));
    assert!(store.records(&[id(20)]).await.unwrap().is_empty());
}

pub async fn a_version_is_written_once(place: Place) {
    let store = place.migrated().await;
    write(
        &*store,
        &Writes {
            versions: vec![version(20, 1)],
            ..Writes::default()
        },
    )
    .await;
    let mut tx = store.begin_intake().await.unwrap();
    let again = Writes {
        versions: vec![version(20, 1)],
        ..Writes::default()
    };
    assert!(matches!(
        tx.write(&again).await,
        Err(StoreError::Refused(_))
    ));
}

pub async fn the_last_record_counts_and_known_keys_and_links_stay(place: Place) {
    let store = place.migrated().await;
    write(&*store, &full()).await;
    let later = Writes {
        records: vec![record(20, 2), record(22, 1), record(20, 3)],
        identities: vec![
            identity(1, "", 99),
            identity(3, "", 22),
            identity(3, "", 23),
        ],
        bsns: vec![(id(20), vec![4]), (id(20), vec![5])],
        links: vec![
            Link {
                uitvoerder: gemeente(),
                ..link(20, 21)
            },
            link(20, 23),
        ],
        ..Writes::default()
    };
    write(&*store, &later).await;
    let found = store.records(&[id(20), id(22)]).await.unwrap();
    assert!(same(&found, &[record(20, 3), record(22, 1)]));
    assert_eq!(store.bsns(&[id(20)]).await.unwrap(), [(id(20), vec![5])]);
    let mut tx = store.begin_intake().await.unwrap();
    let found = tx.identify(&[key(1), key(3)]).await.unwrap();
    assert!(same(&found, &[identity(1, "", 20), identity(3, "", 22)]));
    assert_eq!(
        tx.links(&[id(20)]).await.unwrap(),
        [link(20, 21), link(20, 23)]
    );
}

pub async fn odd_texts_come_back_and_a_nul_is_refused_cleanly(place: Place) {
    let store = place.migrated().await;
    let long = "é".repeat(600_000);
    let odd = [
        "",
        "'; DROP TABLE records; --",
        "\"\\%_?$1\n\r\t",
        "🦑 Ý \u{feff}\u{200d}",
        &long,
    ];
    for (number, text) in (100..).zip(odd) {
        let record = StoredRecord {
            doc: text.into(),
            sources: text.into(),
            ..record(number, 1)
        };
        let reference = text.chars().take(200).collect();
        let message = MessageRow {
            answer: text.into(),
            reference,
            original: vec![],
            ..message(number)
        };
        let writes = Writes {
            messages: vec![message.clone()],
            records: vec![record.clone()],
            ..Writes::default()
        };
        write(&*store, &writes).await;
        assert!(store.records(&[id(number)]).await.unwrap() == [record]);
        let mut tx = store.begin_intake().await.unwrap();
        let seen = tx
            .seen(&[(gemeente(), message.reference.clone())])
            .await
            .unwrap();
        assert_eq!(seen.len(), 1);
        assert!(seen[0].answer == text);
    }
    let nul = StoredRecord {
        doc: "a\0b".into(),
        ..record(200, 1)
    };
    let mut tx = store.begin_intake().await.unwrap();
    let refused = tx
        .write(&Writes {
            records: vec![nul],
            ..Writes::default()
        })
        .await;
    assert!(matches!(refused, Err(StoreError::Refused(_))));
    drop(tx);
    let refused = store.audit(&[audit("bericht/\0")]).await;
    assert!(matches!(refused, Err(StoreError::Refused(_))));
    write(&*store, &full()).await;
}

pub async fn a_thousand_messages_go_in_one_batch(place: Place) {
    let store = place.migrated().await;
    let all = 0..1_000_u32;
    let writes = Writes {
        messages: all.clone().map(message).collect(),
        records: all.clone().map(|n| record(10_000 + n, 1)).collect(),
        versions: all.clone().map(|n| version(10_000 + n, 1)).collect(),
        deliveries: all.clone().map(|n| delivery(20_000 + n)).collect(),
        audit: all.clone().map(|_| audit("veel")).collect(),
        ..Writes::default()
    };
    write(&*store, &writes).await;
    assert_eq!(
        store
            .messages(&gemeente(), None, 5_000)
            .await
            .unwrap()
            .len(),
        1_000
    );
    assert_eq!(
        store
            .records_of(Kind::Verwijzing, None, 5_000)
            .await
            .unwrap()
            .len(),
        1_000
    );
    assert_eq!(
        store.outbox_due(at(1), 5_000, &[]).await.unwrap().len(),
        1_000
    );
    assert_eq!(store.audit_of("veel", 5_000).await.unwrap().len(), 1_000);
    let mut tx = store.begin_intake().await.unwrap();
    let references: Vec<_> = all.map(|n| (gemeente(), format!("ref-{n}"))).collect();
    assert_eq!(tx.seen(&references).await.unwrap().len(), 1_000);
    tx.commit().await.unwrap();
}

pub async fn intakes_wait_for_each_other_so_no_update_is_lost(place: Place) {
    const EACH: i64 = 25;
    let stores = [place.migrated().await, place.open().await];
    write(
        &*stores[0],
        &Writes {
            records: vec![record(20, 0)],
            ..Writes::default()
        },
    )
    .await;
    let adders: Vec<_> = [0, 1, 0, 1]
        .into_iter()
        .map(|which: usize| tokio::spawn(add(stores[which].clone(), EACH)))
        .collect();
    for adder in adders {
        adder.await.unwrap();
    }
    let found = stores[0].records(&[id(20)]).await.unwrap();
    assert_eq!(found[0].version, 4 * EACH);
}

async fn add(store: std::sync::Arc<dyn Store>, times: i64) {
    for _ in 0..times {
        let mut tx = store.begin_intake().await.unwrap();
        let version = tx.load(&[id(20)]).await.unwrap()[0].version;
        tokio::task::yield_now().await;
        let records = vec![record(20, version + 1)];
        tx.write(&Writes {
            records,
            ..Writes::default()
        })
        .await
        .unwrap();
        tx.commit().await.unwrap();
    }
}

pub async fn empty_lists_are_answered_with_empty_lists(place: Place) {
    let store = place.migrated().await;
    let mut tx = store.begin_intake().await.unwrap();
    assert!(tx.seen(&[]).await.unwrap().is_empty());
    assert!(tx.identify(&[]).await.unwrap().is_empty());
    assert!(tx.load(&[]).await.unwrap().is_empty());
    assert!(tx.links(&[]).await.unwrap().is_empty());
    assert!(tx.proposals(&[]).await.unwrap().is_empty());
    tx.write(&Writes::default()).await.unwrap();
    tx.commit().await.unwrap();
    assert!(store.seen(&[]).await.unwrap().is_empty());
    assert!(store.records(&[]).await.unwrap().is_empty());
    assert!(store.links(&[]).await.unwrap().is_empty());
    assert!(store.bsns(&[]).await.unwrap().is_empty());
    assert!(store.deliveries(&[]).await.unwrap().is_empty());
    assert_eq!(store.mark_published(&[], at(1)).await.unwrap(), 0);
    assert!(
        store
            .claim_push(&[], at(1), at(2), id(70))
            .await
            .unwrap()
            .is_empty()
    );
    assert!(store.settle(&[], at(1)).await.unwrap().is_empty());
    assert!(
        store
            .answer(&aanbieder(), &[], at(1))
            .await
            .unwrap()
            .is_empty()
    );
    assert!(
        store
            .replay(&[], None, at(1), &audit("x"))
            .await
            .unwrap()
            .is_empty()
    );
    assert!(store.audit_of("x", 9).await.unwrap().is_empty());
    store.touch_keys(&[]).await.unwrap();
    store.audit(&[]).await.unwrap();
    assert!(store.outbox_due(at(1), 0, &[]).await.unwrap().is_empty());
}

pub async fn a_text_too_long_for_an_index_is_refused(place: Place) {
    let store = place.migrated().await;
    for (length, fits) in [(INDEXED_TEXT_MAX, true), (INDEXED_TEXT_MAX + 1, false)] {
        let message = MessageRow {
            reference: "x".repeat(length),
            ..message(1)
        };
        let mut tx = store.begin_intake().await.unwrap();
        let written = tx
            .write(&Writes {
                messages: vec![message],
                ..Writes::default()
            })
            .await;
        assert_eq!(written.is_ok(), fits, "{length}");
    }
}

pub async fn one_key_finds_the_rows_of_every_issuer(place: Place) {
    let store = place.migrated().await;
    let identities = vec![
        identity(1, "uwv", 20),
        identity(1, "gemeente-voorbeeldstad", 21),
    ];
    write(
        &*store,
        &Writes {
            identities: identities.clone(),
            ..Writes::default()
        },
    )
    .await;
    let mut tx = store.begin_intake().await.unwrap();
    assert!(same(&tx.identify(&[key(1)]).await.unwrap(), &identities));
    let otherwise = IdentityKey {
        scheme: "nummer".into(),
        ..key(1)
    };
    assert!(tx.identify(&[otherwise]).await.unwrap().is_empty());
    assert_eq!(DeliveryState::ALL.len(), 9);
}
