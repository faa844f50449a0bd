//! Lists and isolation.

use crate::fixture::aanbieder;
use crate::fixture::at;
use crate::fixture::audit;
use crate::fixture::delivery;
use crate::fixture::gemeente;
use crate::fixture::id;
use crate::fixture::message;
use crate::fixture::number;
use crate::fixture::numbers;
use crate::fixture::org;
use crate::fixture::outbox;
use crate::fixture::parked;
use crate::fixture::postvak;
use crate::fixture::ready;
use crate::fixture::record;
use crate::fixture::version;
use crate::fixture::withheld;
use crate::fixture::write;
use crate::place::Place;
use schakel::canonical::Kind;
use schakel::store::Delivery;
use schakel::store::DeliveryState;
use schakel::store::MessageRow;
use schakel::store::StoredRecord;
use schakel::store::Writes;

pub async fn another_organisation_sees_nothing(place: Place) {
    let store = place.migrated().await;
    let other = org("aanbieder-b");
    let writes = Writes {
        messages: vec![message(1)],
        deliveries: vec![delivery(40)],
        ..Writes::default()
    };
    write(&*store, &writes).await;
    store.settle(&[ready(40)], at(5)).await.unwrap();
    assert!(store.message(&other, id(1)).await.unwrap().is_none());
    assert!(store.message(&aanbieder(), id(1)).await.unwrap().is_none());
    assert!(store.messages(&other, None, 9).await.unwrap().is_empty());
    for reader in [other, gemeente()] {
        assert!(store.delivery_of(&reader, id(40)).await.unwrap().is_none());
        assert!(
            store
                .deliveries_of(&reader, None, None, 9)
                .await
                .unwrap()
                .is_empty()
        );
        assert!(
            store
                .lease(&reader, 9, u64::MAX, at(6), at(7), id(70))
                .await
                .unwrap()
                .is_empty()
        );
    }
    let own = store
        .delivery_of(&aanbieder(), id(40))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(own.content, Some(40_u32.to_be_bytes().to_vec()));
    // The sender follows its own message, without what the recipient gets.
    let view = store.message(&gemeente(), id(1)).await.unwrap().unwrap();
    assert_eq!(view.deliveries[0].state, DeliveryState::Ready);
    assert_eq!(view.deliveries[0].content, None);
}

pub async fn messages_are_listed_newest_first_page_by_page(place: Place) {
    let store = place.migrated().await;
    // Written in two batches, ids not in order of writing.
    for batch in [[3, 1], [2, 4]] {
        let others = MessageRow {
            sender: aanbieder(),
            ..message(batch[0] + 50)
        };
        let mut messages: Vec<_> = batch.into_iter().map(message).collect();
        messages.push(others);
        write(
            &*store,
            &Writes {
                messages,
                ..Writes::default()
            },
        )
        .await;
    }
    let page = async |before: Option<u32>, limit| -> Vec<u32> {
        let found = store
            .messages(&gemeente(), before.map(id), limit)
            .await
            .unwrap();
        found.iter().map(|message| number(message.id)).collect()
    };
    assert_eq!(page(None, 9).await, [4, 2, 1, 3]);
    assert_eq!(page(None, 2).await, [4, 2]);
    assert_eq!(page(Some(2), 2).await, [1, 3]);
    assert_eq!(page(Some(3), 2).await, [0_u32; 0]);
    assert_eq!(
        page(Some(53), 9).await,
        [0_u32; 0],
        "another's message is no place to start from"
    );
}

pub async fn deliveries_are_listed_newest_first_by_state_and_page(place: Place) {
    let store = place.migrated().await;
    postvak(&*store, [43, 41]).await;
    postvak(&*store, [42, 44]).await;
    store
        .lease(&aanbieder(), 2, u64::MAX, at(6), at(60), id(70))
        .await
        .unwrap();
    let others = Delivery {
        recipient: org("aanbieder-b"),
        ..delivery(50)
    };
    write(
        &*store,
        &Writes {
            deliveries: vec![others],
            ..Writes::default()
        },
    )
    .await;
    let page = async |state, before: Option<u32>, limit| -> Vec<u32> {
        let found = store
            .deliveries_of(&aanbieder(), state, before.map(id), limit)
            .await
            .unwrap();
        assert!(found.iter().all(|delivery| delivery.content.is_none()));
        numbers(&found)
    };
    assert_eq!(page(None, None, 9).await, [44, 42, 41, 43]);
    assert_eq!(page(None, Some(42), 1).await, [41]);
    assert_eq!(page(Some(DeliveryState::Ready), None, 9).await, [44, 42]);
    assert_eq!(page(Some(DeliveryState::Leased), Some(41), 9).await, [43]);
    assert_eq!(page(None, Some(50), 9).await, [0_u32; 0]);
}

pub async fn a_recipient_is_told_of_no_delivery_before_its_ground_is_known_nor_of_a_withheld_one(
    place: Place,
) {
    let store = place.migrated().await;
    outbox(&*store, 40..46).await;
    store
        .mark_published(&[id(41), id(45)], at(1))
        .await
        .unwrap();
    let outcomes = [parked(42), withheld(43), ready(44)];
    store.settle(&outcomes, at(5)).await.unwrap();
    let page = async |state, before: Option<u32>, limit| -> Vec<u32> {
        let found = store
            .deliveries_of(&aanbieder(), state, before.map(id), limit)
            .await
            .unwrap();
        numbers(&found)
    };
    assert_eq!(page(None, None, 9).await, [44, 42]);
    assert_eq!(page(None, None, 1).await, [44]);
    for hidden in [
        DeliveryState::Outbox,
        DeliveryState::Published,
        DeliveryState::Withheld,
    ] {
        assert_eq!(page(Some(hidden), None, 9).await, [0_u32; 0], "{hidden:?}");
    }
    let unknown = page(None, Some(99), 9).await;
    assert_eq!(
        page(None, Some(43), 9).await,
        unknown,
        "as if it is not there"
    );
    store
        .replay(&[id(44)], None, at(6), &audit("levering"))
        .await
        .unwrap();
    assert_eq!(page(None, Some(44), 9).await, [42], "the list goes on");
}

pub async fn records_are_listed_by_kind_page_by_page(place: Place) {
    let store = place.migrated().await;
    let other = StoredRecord {
        kind: Kind::Organisatie,
        ..record(11, 1)
    };
    let records = vec![record(14, 1), record(12, 1), other, record(13, 1)];
    write(
        &*store,
        &Writes {
            records,
            ..Writes::default()
        },
    )
    .await;
    let page = async |after: Option<u32>, limit| -> Vec<u32> {
        let found = store
            .records_of(Kind::Verwijzing, after.map(id), limit)
            .await
            .unwrap();
        found.iter().map(|record| number(record.id)).collect()
    };
    assert_eq!(page(None, 2).await, [12, 13]);
    assert_eq!(page(Some(13), 2).await, [14]);
    assert_eq!(page(Some(14), 2).await, [0_u32; 0]);
}

pub async fn versions_are_listed_newest_first(place: Place) {
    let store = place.migrated().await;
    let versions = vec![
        version(20, 2),
        version(20, 1),
        version(20, 3),
        version(21, 9),
    ];
    write(
        &*store,
        &Writes {
            versions,
            ..Writes::default()
        },
    )
    .await;
    let found = store.versions(id(20), 2).await.unwrap();
    assert!(found == [version(20, 3), version(20, 2)]);
}
