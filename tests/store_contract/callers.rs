//! Keys, webhooks and audit.

use crate::fixture::aanbieder;
use crate::fixture::at;
use crate::fixture::audit;
use crate::fixture::gemeente;
use crate::fixture::id;
use crate::place::Place;
use schakel::store::AuditRow;
use schakel::store::KeyRow;
use schakel::store::StoreError;
use schakel::store::WebhookRow;

fn key(number: u32, seconds: i64) -> KeyRow {
    KeyRow {
        id: id(number),
        org: aanbieder(),
        name: "koppeling 'productie' ✔".into(),
        hash: vec![u8::try_from(number).unwrap(); 32],
        scopes: vec!["berichten:schrijven".into(), "postvak".into()],
        created_at: at(seconds),
        expires_at: Some(at(1_000)),
        last_used_at: None,
        revoked_at: None,
    }
}

pub async fn a_key_is_added_found_used_and_revoked(place: Place) {
    let store = place.migrated().await;
    let other = KeyRow {
        org: gemeente(),
        expires_at: None,
        scopes: vec![],
        ..key(53, 2)
    };
    for key in [key(52, 1), key(51, 3), other.clone()] {
        store.add_key(&key, &audit("sleutel")).await.unwrap();
    }
    assert_eq!(
        store.key_by_hash(&key(52, 1).hash).await.unwrap(),
        Some(key(52, 1))
    );
    assert_eq!(store.key_by_hash(&[1; 32]).await.unwrap(), None);
    assert_eq!(
        store.keys(Some(&aanbieder())).await.unwrap(),
        [key(52, 1), key(51, 3)]
    );
    assert_eq!(
        store.keys(None).await.unwrap(),
        [key(52, 1), other.clone(), key(51, 3)]
    );

    let used = [
        (id(53), at(9)),
        (id(53), at(12)),
        (id(53), at(10)),
        (id(99), at(1)),
    ];
    store.touch_keys(&used).await.unwrap();
    store.touch_keys(&[(id(53), at(11))]).await.unwrap();
    assert!(
        store
            .revoke_key(id(53), at(20), &audit("intrekking"))
            .await
            .unwrap()
    );
    assert!(
        store
            .revoke_key(id(53), at(30), &audit("intrekking"))
            .await
            .unwrap()
    );
    assert!(
        !store
            .revoke_key(id(99), at(20), &audit("andere"))
            .await
            .unwrap()
    );
    let expected = KeyRow {
        last_used_at: Some(at(12)),
        revoked_at: Some(at(20)),
        ..other
    };
    assert_eq!(
        store.key_by_hash(&expected.hash).await.unwrap(),
        Some(expected)
    );
    assert_eq!(store.audit_of("sleutel", 9).await.unwrap().len(), 3);
    assert!(store.audit_of("andere", 9).await.unwrap().is_empty());
}

pub async fn a_key_is_refused_twice(place: Place) {
    let store = place.migrated().await;
    store.add_key(&key(52, 1), &audit("sleutel")).await.unwrap();
    let same_hash = KeyRow {
        hash: key(52, 1).hash,
        ..key(53, 1)
    };
    let refused = store.add_key(&same_hash, &audit("sleutel")).await;
    assert!(matches!(refused, Err(StoreError::Refused(_))));
    assert_eq!(store.keys(None).await.unwrap().len(), 1);
    assert_eq!(store.audit_of("sleutel", 9).await.unwrap().len(), 1);
}

pub async fn a_webhook_is_set_replaced_and_removed(place: Place) {
    let store = place.migrated().await;
    let webhook = |url: &str| WebhookRow {
        url: url.into(),
        secret: vec![1, 2, 0, 255],
        set_at: at(4),
    };
    let (first, second) = (
        webhook("https://a.example/"),
        webhook("https://b.example/?x='"),
    );
    store
        .set_webhook(&aanbieder(), Some(&first), &audit("webhook"))
        .await
        .unwrap();
    store
        .set_webhook(&gemeente(), Some(&first), &audit("webhook"))
        .await
        .unwrap();
    store
        .set_webhook(&aanbieder(), Some(&second), &audit("webhook"))
        .await
        .unwrap();
    let all = store.webhooks().await.unwrap();
    assert!(all == [(aanbieder(), second), (gemeente(), first.clone())]);
    store
        .set_webhook(&aanbieder(), None, &audit("webhook"))
        .await
        .unwrap();
    assert!(store.webhooks().await.unwrap() == [(gemeente(), first)]);
    assert_eq!(store.audit_of("webhook", 9).await.unwrap().len(), 4);
}

pub async fn a_webhook_is_dropped_only_as_it_was_set(place: Place) {
    let store = place.migrated().await;
    let webhook = |seconds| WebhookRow {
        url: "https://a.example/".into(),
        secret: vec![1],
        set_at: at(seconds),
    };
    let drop_it = async |seconds| {
        let noted = audit("webhook");
        let dropped = store.drop_webhook(&aanbieder(), at(seconds), &noted).await;
        dropped.unwrap()
    };
    let set = async |org, seconds| {
        let (row, noted) = (webhook(seconds), audit("anders"));
        store.set_webhook(&org, Some(&row), &noted).await.unwrap();
    };
    assert!(!drop_it(4).await, "there is none");
    set(aanbieder(), 5).await;
    set(gemeente(), 4).await;
    assert!(!drop_it(4).await, "another was set since");
    assert!(store.audit_of("webhook", 9).await.unwrap().is_empty());
    assert!(drop_it(5).await);
    assert!(store.webhooks().await.unwrap() == [(gemeente(), webhook(4))]);
    assert_eq!(store.audit_of("webhook", 9).await.unwrap().len(), 1);
}

pub async fn audit_is_kept_in_order(place: Place) {
    let store = place.migrated().await;
    // Order of writing, also when a clock was put back.
    let rows: Vec<_> = [5, 3, 9]
        .into_iter()
        .map(|seconds| AuditRow {
            at: at(seconds),
            ..audit("kandidaat/1")
        })
        .collect();
    store.audit(&rows[..2]).await.unwrap();
    store.audit(&rows[2..]).await.unwrap();
    store.audit(&[audit("kandidaat/2")]).await.unwrap();
    assert_eq!(store.audit_of("kandidaat/1", 9).await.unwrap(), rows);
    assert_eq!(store.audit_of("kandidaat/1", 2).await.unwrap(), rows[..2]);
}
