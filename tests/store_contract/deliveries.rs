//! The outbox, settling, recovery and replay.

use crate::fixture::aanbieder;
use crate::fixture::at;
use crate::fixture::audit;
use crate::fixture::claim;
use crate::fixture::delivery;
use crate::fixture::gemeente;
use crate::fixture::id;
use crate::fixture::number;
use crate::fixture::one;
use crate::fixture::org;
use crate::fixture::outbox;
use crate::fixture::parked;
use crate::fixture::postvak;
use crate::fixture::ready;
use crate::fixture::settlement;
use crate::fixture::sorted;
use crate::fixture::state_of;
use crate::fixture::under;
use crate::fixture::withheld;
use crate::fixture::write;
use crate::place::Place;
use schakel::store::Delivery;
use schakel::store::DeliveryState;
use schakel::store::Outcome;
use schakel::store::PushClaim;
use schakel::store::Recovered;
use schakel::store::Recovery;
use schakel::store::Settlement;
use schakel::store::Writes;

fn retry(number: u32, seconds: i64) -> Settlement {
    settlement(
        number,
        Outcome::Retry {
            next_at: at(seconds),
            reason: "tijdVerstreken".into(),
        },
    )
}

fn pushed(number: u32) -> Settlement {
    settlement(number, Outcome::Pushed)
}

pub async fn the_outbox_gives_what_is_due_in_order_of_writing(place: Place) {
    let store = place.migrated().await;
    let due = |number, seconds| Delivery {
        next_at: at(seconds),
        ..delivery(number)
    };
    let deliveries = vec![due(43, 5), due(41, 3), due(44, 9)];
    write(
        &*store,
        &Writes {
            deliveries,
            ..Writes::default()
        },
    )
    .await;
    write(
        &*store,
        &Writes {
            deliveries: vec![due(40, 1)],
            ..Writes::default()
        },
    )
    .await;
    let found = async |seconds, limit| -> Vec<u32> {
        let items = store.outbox_due(at(seconds), limit, &[]).await.unwrap();
        assert!(
            items
                .iter()
                .all(|item| item.recipient == aanbieder() && item.traceparent == "00-trace")
        );
        items.iter().map(|item| number(item.id)).collect()
    };
    assert_eq!(found(0, 9).await, [0_u32; 0]);
    assert_eq!(found(5, 9).await, [43, 41, 40]);
    assert_eq!(found(9, 2).await, [43, 41]);
    store.mark_published(&[id(43)], at(6)).await.unwrap();
    assert_eq!(found(9, 9).await, [41, 44, 40]);
}

pub async fn a_push_that_failed_before_its_mark_stays_in_the_outbox(place: Place) {
    let store = place.migrated().await;
    outbox(&*store, [40, 41]).await;
    store.settle(&[retry(40, 9)], at(6)).await.unwrap();
    let marked = store.mark_published(&[id(40), id(41)], at(5)).await;
    assert_eq!(marked.unwrap(), 2, "both are told when");
    assert_eq!(state_of(&*store, 40).await, DeliveryState::Outbox);
    assert_eq!(state_of(&*store, 41).await, DeliveryState::Published);
    let due = store.outbox_due(at(9), 9, &[]).await.unwrap();
    assert_eq!(due.len(), 1, "its next attempt is published");
}

pub async fn the_outbox_leaves_out_the_recipients_it_is_told_to(place: Place) {
    let store = place.migrated().await;
    let to = |number, code| Delivery {
        recipient: org(code),
        ..delivery(number)
    };
    let deliveries = vec![to(40, "aanbieder-a"), to(41, "uwv"), to(42, "aanbieder-b")];
    write(
        &*store,
        &Writes {
            deliveries,
            ..Writes::default()
        },
    )
    .await;
    let found = async |limit, except: &[&str]| -> Vec<u32> {
        let except: Vec<_> = except.iter().map(|code| org(code)).collect();
        let items = store.outbox_due(at(1), limit, &except).await.unwrap();
        items.iter().map(|item| number(item.id)).collect()
    };
    assert_eq!(found(9, &[]).await, [40, 41, 42]);
    assert_eq!(found(1, &["aanbieder-a"]).await, [41], "it takes no place");
    assert_eq!(found(9, &["uwv", "aanbieder-a", "niemand"]).await, [42]);
}

pub async fn publishing_is_marked_once(place: Place) {
    let store = place.migrated().await;
    outbox(&*store, [40, 41]).await;
    assert_eq!(
        store
            .mark_published(&[id(40), id(40), id(99)], at(6))
            .await
            .unwrap(),
        1
    );
    assert_eq!(
        store
            .mark_published(&[id(40), id(41)], at(7))
            .await
            .unwrap(),
        1
    );
    let marked = one(&*store, 40).await;
    assert_eq!(
        (marked.state, marked.published_at),
        (DeliveryState::Published, Some(at(6)))
    );
    store.settle(&[ready(40)], at(8)).await.unwrap();
    assert_eq!(store.mark_published(&[id(40)], at(9)).await.unwrap(), 0);
    assert_eq!(state_of(&*store, 40).await, DeliveryState::Ready);
}

pub async fn what_was_published_goes_back_to_the_outbox_as_it_was_and_nothing_else_does(
    place: Place,
) {
    let store = place.migrated().await;
    outbox(&*store, 40..45).await;
    let ids: Vec<_> = (40..44).map(id).collect();
    store.mark_published(&ids, at(1)).await.unwrap();
    let claims = [claim(40, 0), claim(41, 0)];
    let taken = store.claim_push(&claims, at(1), at(60), id(70)).await;
    assert_eq!(sorted(&taken.unwrap()), [40, 41]);
    let outcomes = [under(70, retry(41, 30)), ready(42)];
    store.settle(&outcomes, at(2)).await.unwrap();
    store.mark_published(&[id(41)], at(31)).await.unwrap();
    let before = store.deliveries(&ids).await.unwrap();
    let all: Vec<_> = (40..46).chain(40..46).map(id).collect();
    assert_eq!(store.put_back(&all).await.unwrap(), 2, "41 and 43");
    for was in before {
        let published = was.state == DeliveryState::Published;
        let state = if published {
            DeliveryState::Outbox
        } else {
            was.state
        };
        let expected = Delivery { state, ..was };
        let number = number(expected.id);
        assert!(one(&*store, number).await == expected, "{number}");
    }
    let due = store.outbox_due(at(31), 9, &[]).await.unwrap();
    let due: Vec<_> = due.iter().map(|item| number(item.id)).collect();
    assert_eq!(due, [41, 43, 44], "at once");
    assert_eq!(store.put_back(&all).await.unwrap(), 0);
}

pub async fn what_went_on_before_it_was_marked_keeps_its_state_and_is_told_when(place: Place) {
    let store = place.migrated().await;
    outbox(&*store, 40..45).await;
    store
        .claim_push(
            &[claim(41, 0), claim(42, 0), claim(43, 0)],
            at(1),
            at(60),
            id(70),
        )
        .await
        .unwrap();
    let outcomes = [ready(40), under(70, pushed(41)), under(70, retry(42, 500))];
    store.settle(&outcomes, at(2)).await.unwrap();
    let ids: Vec<_> = (40..45).map(id).collect();
    assert_eq!(store.mark_published(&ids, at(3)).await.unwrap(), 5);
    let expected = [
        (40, DeliveryState::Ready),
        (41, DeliveryState::Confirmed),
        (42, DeliveryState::Outbox),
        (43, DeliveryState::Pushing),
        (44, DeliveryState::Published),
    ];
    for (number, state) in expected {
        let found = one(&*store, number).await;
        assert_eq!((found.state, found.published_at), (state, Some(at(3))));
    }
    assert_eq!(one(&*store, 42).await.next_at, at(500), "its retry waits");
    assert_eq!(store.mark_published(&ids, at(4)).await.unwrap(), 0);
    assert_eq!(one(&*store, 40).await.published_at, Some(at(3)));
}

pub async fn a_push_is_claimed_by_one_worker(place: Place) {
    let stores = [place.migrated().await, place.open().await];
    let all: Vec<_> = (100..300).collect();
    outbox(&*stores[0], all.clone()).await;
    store_published(&stores, 100..200).await;
    let wanted: Vec<_> = all.iter().map(|n| claim(*n, 0)).collect();
    let claims: Vec<_> = (0..6)
        .map(|n: usize| {
            let (store, wanted) = (stores[n % 2].clone(), wanted.clone());
            let token = id(70 + u32::try_from(n).unwrap());
            tokio::spawn(async move {
                store
                    .claim_push(&wanted, at(1), at(60), token)
                    .await
                    .unwrap()
            })
        })
        .collect();
    let mut claimed = Vec::new();
    for claim in claims {
        claimed.extend(claim.await.unwrap());
    }
    assert_eq!(sorted(&claimed), all, "each exactly once");
    let held = one(&*stores[0], 100).await;
    assert_eq!((held.state, held.attempts), (DeliveryState::Pushing, 1));
    assert_eq!(held.claimed_until, Some(at(60)));
    let token = number(held.lease_token.unwrap());
    assert!((70..76).contains(&token), "that of who took it");

    // One that waits for its next attempt is not claimed by a late copy from the broker.
    let store = &stores[0];
    let failed = under(token, retry(100, 500));
    store.settle(&[failed], at(2)).await.unwrap();
    let again = async |attempts, seconds| {
        let claims = [claim(100, attempts)];
        store
            .claim_push(&claims, at(seconds), at(600), id(80))
            .await
            .unwrap()
    };
    assert!(again(1, 499).await.is_empty());
    // Nor by a worker that read it before the first attempt: it may have made something else.
    assert!(again(0, 500).await.is_empty());
    assert_eq!(again(1, 500).await, [id(100)]);
}

pub async fn a_push_is_claimed_also_when_its_row_is_just_being_marked(place: Place) {
    let store = place.migrated().await;
    outbox(&*store, [40]).await;
    let change = "UPDATE deliveries SET state = 'gepubliceerd', published_at = next_at";
    let claiming = {
        let hold = place.hold(change).await;
        let store = store.clone();
        let claiming = tokio::spawn(async move {
            let claims = [claim(40, 0)];
            store
                .claim_push(&claims, at(1), at(60), id(70))
                .await
                .unwrap()
        });
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        hold.commit().await;
        claiming
    };
    assert_eq!(claiming.await.unwrap(), [id(40)]);
    assert_eq!(state_of(&*store, 40).await, DeliveryState::Pushing);
}

pub async fn a_push_is_settled_by_who_claimed_it_and_by_nobody_else(place: Place) {
    let store = place.migrated().await;
    outbox(&*store, [40, 41]).await;
    store.mark_published(&[id(41)], at(1)).await.unwrap();
    let claims = [claim(40, 0), claim(41, 0)];
    let taken = store.claim_push(&claims, at(1), at(60), id(70)).await;
    assert_eq!(sorted(&taken.unwrap()), [40, 41]);
    for number in [40, 41] {
        let held = one(&*store, number).await;
        let outcomes = [ready, parked, withheld, pushed, |number| retry(number, 99)];
        for outcome in outcomes.map(|outcome| outcome(number)) {
            let others = [outcome.clone(), under(71, outcome)];
            for other in others {
                let noted = Settlement {
                    audit: Some(audit("levering/x")),
                    ..other
                };
                assert!(store.settle(&[noted], at(2)).await.unwrap().is_empty());
            }
        }
        assert!(one(&*store, number).await == held, "{number}");
    }
    assert!(store.audit_of("levering/x", 9).await.unwrap().is_empty());
    let own = [under(70, pushed(40)), under(70, retry(41, 99))];
    let settled = store.settle(&own, at(3)).await.unwrap();
    assert_eq!(sorted(&settled), [40, 41]);
    assert_eq!(state_of(&*store, 40).await, DeliveryState::Confirmed);
    let again = one(&*store, 41).await;
    assert_eq!(
        (again.state, again.next_at),
        (DeliveryState::Outbox, at(99))
    );
    assert_eq!((again.claimed_until, again.lease_token), (None, None));
    let over = store.settle(&[under(70, parked(41))], at(4)).await.unwrap();
    assert!(over.is_empty(), "a claim ends with its settlement");
}

pub async fn a_claim_that_lapsed_counts_until_somebody_else_claims(place: Place) {
    let store = place.migrated().await;
    outbox(&*store, 40..43).await;
    let take = async |number, attempts, now, token| {
        let claims = [claim(number, attempts)];
        let until = at(now + 8);
        let taken = store.claim_push(&claims, at(now), until, id(token)).await;
        assert_eq!(taken.unwrap(), [id(number)]);
    };
    for number in 40..43 {
        take(number, 0, 1, 70).await;
    }
    store.recover(at(10), &stuck(0, 0)).await.unwrap();
    store.mark_published(&[id(40)], at(10)).await.unwrap();
    let late = store.settle(&[under(70, pushed(40))], at(11)).await;
    assert_eq!(late.unwrap(), [id(40)], "nobody has made it again");
    assert_eq!(state_of(&*store, 40).await, DeliveryState::Confirmed);

    take(41, 1, 11, 71).await;
    take(42, 1, 11, 71).await;
    let late = [under(70, retry(41, 500)), under(70, parked(42))];
    assert!(store.settle(&late, at(12)).await.unwrap().is_empty());
    assert_eq!(state_of(&*store, 41).await, DeliveryState::Pushing);
    // Also after a replay, when the attempts are counted anew.
    let parking = [under(71, parked(42))];
    store.settle(&parking, at(13)).await.unwrap();
    let replayed = store.replay(&[id(42)], None, at(14), &audit("x")).await;
    assert_eq!(replayed.unwrap(), [id(42)]);
    take(42, 0, 15, 72).await;
    let late = [under(70, parked(42)), under(71, parked(42))];
    for one in late {
        assert!(store.settle(&[one], at(16)).await.unwrap().is_empty());
    }
    let own = [under(71, pushed(41)), under(72, pushed(42))];
    let settled = store.settle(&own, at(17)).await.unwrap();
    assert_eq!(sorted(&settled), [41, 42]);
}

pub async fn what_is_put_off_comes_no_sooner_than_was_planned(place: Place) {
    let store = place.migrated().await;
    outbox(&*store, 40..43).await;
    store.mark_published(&[id(41)], at(1)).await.unwrap();
    let claims = [claim(40, 0)];
    let taken = store.claim_push(&claims, at(1), at(60), id(70)).await;
    taken.unwrap();
    let failed = under(70, retry(40, 500));
    store.settle(&[failed], at(2)).await.unwrap();
    let put_off = [retry(40, 300), retry(41, 300), retry(42, 300)];
    store.settle(&put_off, at(3)).await.unwrap();
    for (number, next, attempts) in [(40, 500, 1), (41, 300, 0), (42, 300, 0)] {
        let found = one(&*store, number).await;
        assert_eq!(
            (found.state, found.next_at),
            (DeliveryState::Outbox, at(next))
        );
        assert_eq!(found.attempts, attempts, "{number}");
    }
}

async fn store_published(
    stores: &[std::sync::Arc<dyn schakel::store::Store>],
    numbers: std::ops::Range<u32>,
) {
    let ids: Vec<_> = numbers.map(id).collect();
    stores[0].mark_published(&ids, at(0)).await.unwrap();
}

pub async fn a_settled_delivery_stays_settled(place: Place) {
    let store = place.migrated().await;
    outbox(&*store, [40]).await;
    let noted = Settlement {
        audit: Some(audit("levering/40")),
        ..ready(40)
    };
    assert_eq!(
        store
            .settle(std::slice::from_ref(&noted), at(5))
            .await
            .unwrap(),
        [id(40)]
    );
    let first = one(&*store, 40).await;
    for again in [noted, parked(40), pushed(40), retry(40, 9), withheld(40)] {
        assert!(store.settle(&[again], at(6)).await.unwrap().is_empty());
    }
    assert!(one(&*store, 40).await == first);
    assert_eq!(
        store.audit_of("levering/40", 9).await.unwrap(),
        [audit("levering/40")]
    );
    assert!(
        store.settle(&[ready(99)], at(6)).await.unwrap().is_empty(),
        "an unknown one"
    );
}

pub async fn a_retry_waits_and_what_was_last_sent_is_kept(place: Place) {
    let store = place.migrated().await;
    outbox(&*store, [40]).await;
    store.mark_published(&[id(40)], at(1)).await.unwrap();
    let first = [claim(40, 0)];
    store
        .claim_push(&first, at(1), at(9), id(70))
        .await
        .unwrap();
    let held = one(&*store, 40).await;
    assert_eq!(
        held.content.as_ref(),
        Some(&first[0].content),
        "kept before it is sent"
    );
    let failed = under(70, retry(40, 30));
    store.settle(&[failed], at(2)).await.unwrap();
    let waiting = one(&*store, 40).await;
    assert_eq!(
        (waiting.state, waiting.next_at),
        (DeliveryState::Outbox, at(30))
    );
    assert_eq!((waiting.attempts, waiting.claimed_until), (1, None));
    assert_eq!(waiting.reason.as_deref(), Some("tijdVerstreken"));
    assert!(store.outbox_due(at(29), 9, &[]).await.unwrap().is_empty());
    let second = PushClaim {
        content_type: "application/xml".into(),
        ..claim(40, 1)
    };
    assert_ne!(first[0].content, second.content);
    let late = [PushClaim {
        attempts: 0, // read before the first attempt: not taken, so nothing of it is sent
        ..second.clone()
    }];
    let taken = store.claim_push(&late, at(30), at(40), id(72)).await;
    assert!(taken.unwrap().is_empty());
    assert!(one(&*store, 40).await == waiting);
    store
        .claim_push(std::slice::from_ref(&second), at(30), at(40), id(71))
        .await
        .unwrap();
    let failed = under(71, retry(40, 60));
    store.settle(&[failed], at(31)).await.unwrap();
    let waiting = one(&*store, 40).await;
    assert_eq!(
        (waiting.attempts, waiting.content),
        (2, Some(second.content))
    );
    assert_eq!(waiting.content_type.as_deref(), Some("application/xml"));
}

pub async fn each_outcome_leads_to_its_state(place: Place) {
    let store = place.migrated().await;
    outbox(&*store, 40..44).await;
    store.mark_published(&[id(41)], at(4)).await.unwrap();
    store
        .claim_push(&[claim(41, 0), claim(42, 0)], at(4), at(9), id(70))
        .await
        .unwrap();
    let outcomes = [
        ready(40),
        under(70, pushed(41)),
        under(70, parked(42)),
        withheld(43),
    ];
    let settled = store.settle(&outcomes, at(5)).await.unwrap();
    assert_eq!(sorted(&settled), [40, 41, 42, 43]);
    let expected = [
        (40, DeliveryState::Ready, Some(at(5)), None, None),
        (41, DeliveryState::Confirmed, Some(at(5)), Some(at(5)), None),
        (
            42,
            DeliveryState::Parked,
            None,
            Some(at(5)),
            Some("pogingenOp"),
        ),
        (
            43,
            DeliveryState::Withheld,
            None,
            Some(at(5)),
            Some("geenGrondslag"),
        ),
    ];
    for (number, state, ready_at, settled_at, reason) in expected {
        let found = one(&*store, number).await;
        assert_eq!(found.state, state);
        assert_eq!(
            (found.ready_at, found.settled_at),
            (ready_at, settled_at),
            "{number}"
        );
        assert_eq!(
            (found.reason.as_deref(), found.claimed_until),
            (reason, None)
        );
    }
    assert_eq!(one(&*store, 41).await.content, Some(claim(41, 0).content));
}

pub async fn one_call_settles_a_delivery_once(place: Place) {
    let store = place.migrated().await;
    outbox(&*store, [40, 41]).await;
    let noted = |settlement| Settlement {
        audit: Some(audit("levering/40")),
        ..settlement
    };
    let outcomes = [noted(ready(40)), ready(41), noted(parked(40))];
    assert_eq!(
        sorted(&store.settle(&outcomes, at(5)).await.unwrap()),
        [40, 41]
    );
    assert_eq!(state_of(&*store, 40).await, DeliveryState::Ready);
    assert_eq!(store.audit_of("levering/40", 9).await.unwrap().len(), 1);
}

pub async fn recovery_puts_back_what_got_stuck(place: Place) {
    let store = place.migrated().await;
    postvak(&*store, [48, 49]).await;
    store
        .lease(&aanbieder(), 1, u64::MAX, at(5), at(50), id(70))
        .await
        .unwrap();
    store
        .lease(&aanbieder(), 1, u64::MAX, at(5), at(500), id(71))
        .await
        .unwrap();
    outbox(&*store, 40..45).await;
    store.mark_published(&[id(40)], at(10)).await.unwrap();
    store.mark_published(&[id(41)], at(20)).await.unwrap();
    store
        .claim_push(&[claim(42, 0)], at(5), at(50), id(70))
        .await
        .unwrap();
    store
        .claim_push(&[claim(43, 0)], at(5), at(500), id(70))
        .await
        .unwrap();

    let recovered = store.recover(at(50), &stuck(20, 20)).await.unwrap();
    assert_eq!(
        recovered,
        Recovered {
            republished: 1,
            unclaimed: 1,
            lapsed: 1,
            parked: 0
        }
    );
    let expected = [
        (40, DeliveryState::Outbox),
        (41, DeliveryState::Published),
        (42, DeliveryState::Outbox),
        (43, DeliveryState::Pushing),
        (44, DeliveryState::Outbox),
        (48, DeliveryState::Ready),
        (49, DeliveryState::Leased),
    ];
    for (number, state) in expected {
        assert_eq!(state_of(&*store, number).await, state, "{number}");
    }
    assert_eq!(one(&*store, 42).await.attempts, 1);
    assert!(one(&*store, 48).await.content.is_some());
    assert_eq!(store.outbox_due(at(50), 9, &[]).await.unwrap().len(), 3);
    assert_eq!(
        store.recover(at(50), &stuck(20, 20)).await.unwrap(),
        Recovered::default()
    );
}

/// Published before these moments, and few at a time.
fn stuck(published_before: i64, published_long_before: i64) -> Recovery {
    Recovery {
        published_before: at(published_before),
        published_long_before: at(published_long_before),
        republish_max: 100,
        leases_max: 5,
    }
}

pub async fn every_copy_waits_twice_as_long_and_the_oldest_go_first(place: Place) {
    let store = place.migrated().await;
    outbox(&*store, 40..43).await;
    let ids = [id(40), id(41), id(42)];
    store.mark_published(&ids, at(10)).await.unwrap();
    let again = async |now, stuck: Recovery| -> Vec<u32> {
        let recovered = store.recover(at(now), &stuck).await.unwrap();
        let due = store.outbox_due(at(now), 9, &[]).await.unwrap();
        assert_eq!(recovered.republished, due.len() as u64);
        assert_eq!(
            store.figures(at(now)).await.unwrap().oldest_due,
            Some(at(0))
        );
        let found: Vec<_> = due.iter().map(|item| item.id).collect();
        store.mark_published(&found, at(now)).await.unwrap();
        due.iter().map(|item| number(item.id)).collect()
    };
    let few = Recovery {
        republish_max: 2,
        ..stuck(11, 0)
    };
    assert_eq!(again(19, few).await, [0; 0], "due 10 seconds, away for 9");
    assert_eq!(again(20, few).await, [40, 41], "the oldest, and no more");
    assert_eq!(again(20, few).await, [42]);
    assert_eq!(again(39, stuck(39, 0)).await, [0; 0]);
    assert_eq!(again(40, stuck(40, 0)).await, [40, 41, 42]);
    assert_eq!(again(60, stuck(60, 0)).await, [0; 0]);
    assert_eq!(again(60, stuck(60, 41)).await, [40, 41, 42], "long enough");
}

pub async fn a_replay_starts_again_with_the_same_id(place: Place) {
    let store = place.migrated().await;
    outbox(&*store, 40..44).await;
    store
        .claim_push(&[claim(40, 0)], at(1), at(9), id(70))
        .await
        .unwrap();
    let outcomes = [under(70, parked(40)), withheld(41), ready(42), ready(43)];
    store.settle(&outcomes, at(5)).await.unwrap();
    store
        .lease(&aanbieder(), 1, u64::MAX, at(6), at(60), id(70))
        .await
        .unwrap();
    let refusal = schakel::store::LeaseAnswer {
        id: id(42),
        token: id(70),
        refusal: Some("onleesbaar".into()),
    };
    store.answer(&aanbieder(), &[refusal], at(7)).await.unwrap();

    let ids = [id(40), id(41), id(42), id(43), id(99)];
    let replayed = store
        .replay(&ids, None, at(100), &audit("levering"))
        .await
        .unwrap();
    assert_eq!(sorted(&replayed), [40, 41, 42]);
    for number in 40..43 {
        let fresh = Delivery {
            next_at: at(100),
            ..delivery(number)
        };
        assert!(one(&*store, number).await == fresh, "{number}");
    }
    assert_eq!(state_of(&*store, 43).await, DeliveryState::Ready);
    let noted = async |number| {
        let object = format!("levering/{}", id(number));
        store.audit_of(&object, 9).await.unwrap().len()
    };
    for (number, rows) in [(40, 1), (41, 1), (42, 1), (43, 0)] {
        assert_eq!(noted(number).await, rows, "{number}");
    }
    assert!(
        store
            .replay(&ids, None, at(101), &audit("levering"))
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(noted(40).await, 1);
    assert_eq!(
        sorted(&store.settle(&[ready(40)], at(102)).await.unwrap()),
        [40]
    );
}

pub async fn a_replay_is_for_sender_recipient_or_operator(place: Place) {
    let store = place.migrated().await;
    outbox(&*store, 40..45).await;
    let outcomes = [
        parked(40),
        parked(41),
        parked(42),
        withheld(43),
        withheld(44),
    ];
    store.settle(&outcomes, at(5)).await.unwrap();
    let replay = async |number, who: Option<&str>| {
        let who = who.map(org);
        store
            .replay(&[id(number)], who.as_ref(), at(9), &audit("x"))
            .await
            .unwrap()
            .len()
    };
    assert_eq!(replay(40, Some("aanbieder-b")).await, 0);
    assert_eq!(replay(40, Some(gemeente().as_str())).await, 1);
    assert_eq!(replay(41, Some(aanbieder().as_str())).await, 1);
    assert_eq!(replay(42, None).await, 1);
    // What is withheld does not exist for the recipient.
    assert_eq!(replay(43, Some(aanbieder().as_str())).await, 0);
    assert_eq!(replay(43, Some(gemeente().as_str())).await, 1);
    assert_eq!(replay(44, None).await, 1);
}

pub async fn figures_count_what_is_open(place: Place) {
    let store = place.migrated().await;
    let empty = store.figures(at(9)).await.unwrap();
    assert!(empty.open.iter().all(|(_, count)| *count == 0));
    assert_eq!(empty.oldest_due, None);
    outbox(&*store, 40..50).await;
    store
        .settle(
            &[retry(40, 90), parked(41), withheld(42), pushed(43)],
            at(5),
        )
        .await
        .unwrap();
    store
        .mark_published(&[id(44), id(45)], at(5))
        .await
        .unwrap();
    store.settle(&[ready(46), ready(47)], at(5)).await.unwrap();
    store
        .lease(&aanbieder(), 1, u64::MAX, at(5), at(9), id(70))
        .await
        .unwrap();
    store
        .claim_push(&[claim(45, 0)], at(5), at(9), id(70))
        .await
        .unwrap();
    let figures = store.figures(at(9)).await.unwrap();
    let expected = [
        (DeliveryState::Outbox, 3),
        (DeliveryState::Published, 1),
        (DeliveryState::Pushing, 1),
        (DeliveryState::Ready, 1),
        (DeliveryState::Leased, 1),
    ];
    assert_eq!(figures.open, expected);
    assert_eq!((figures.parked, figures.oldest_due), (1, Some(at(0))));
    store
        .mark_published(&[id(48), id(49)], at(10))
        .await
        .unwrap();
    // What is stuck at the broker, or went back from it, ages from the moment it was due.
    let oldest = async |seconds| store.figures(at(seconds)).await.unwrap().oldest_due;
    assert_eq!(oldest(11).await, Some(at(0)));
    store.recover(at(40), &stuck(39, 39)).await.unwrap();
    assert_eq!(oldest(40).await, Some(at(0)));
    let rest = [44, 45, 48, 49].map(ready); // the claim of 45 has lapsed
    store.settle(&rest, at(41)).await.unwrap();
    assert_eq!(oldest(89).await, None, "its time has not come");
    assert_eq!(oldest(90).await, Some(at(90)));
}

pub async fn what_came_back_from_the_broker_or_waits_for_its_next_attempt_is_not_unpublished(
    place: Place,
) {
    let store = place.migrated().await;
    let waits = async |seconds| {
        let figures = store.figures(at(seconds)).await.unwrap();
        (figures.oldest_unpublished, figures.oldest_due)
    };
    assert_eq!(waits(9).await, (None, None));
    outbox(&*store, 40..43).await;
    assert_eq!(waits(9).await, (Some(at(0)), Some(at(0))));
    store
        .mark_published(&[id(40), id(41)], at(1))
        .await
        .unwrap();
    assert_eq!(waits(9).await, (Some(at(0)), Some(at(0))), "42 is not");
    store.mark_published(&[id(42)], at(1)).await.unwrap();
    assert_eq!(waits(9).await, (None, Some(at(0))), "a webhook is slow");
    let recovered = store.recover(at(40), &stuck(39, 39)).await.unwrap();
    assert_eq!(recovered.republished, 3);
    assert_eq!(waits(40).await, (None, Some(at(0))), "they came back");
    // A retry is due from its own moment on, and has to be published once more.
    store.settle(&[retry(40, 90)], at(41)).await.unwrap();
    store.settle(&[ready(41), ready(42)], at(41)).await.unwrap();
    assert_eq!(waits(89).await, (None, None));
    assert_eq!(waits(91).await, (Some(at(90)), Some(at(90))));
    store.mark_published(&[id(40)], at(92)).await.unwrap();
    assert_eq!(waits(99).await, (None, Some(at(90))));
}

pub async fn a_thousand_deliveries_are_settled_in_one_call(place: Place) {
    let store = place.migrated().await;
    let all: Vec<u32> = (1_000..2_000).collect();
    outbox(&*store, all.clone()).await;
    let ids: Vec<_> = all.iter().map(|n| id(*n)).collect();
    assert_eq!(store.mark_published(&ids, at(1)).await.unwrap(), 1_000);
    let outcomes: Vec<_> = all
        .iter()
        .map(|n| Settlement {
            audit: Some(audit("veel")),
            ..ready(*n)
        })
        .collect();
    assert_eq!(sorted(&store.settle(&outcomes, at(2)).await.unwrap()), all);
    assert_eq!(store.audit_of("veel", 2_000).await.unwrap().len(), 1_000);
    let leased = store
        .lease(&aanbieder(), 1_000, u64::MAX, at(3), at(9), id(70))
        .await
        .unwrap();
    assert_eq!(crate::fixture::numbers(&leased), all);
    assert!(
        leased
            .iter()
            .all(|it| it.content == Some(number(it.id).to_be_bytes().to_vec()))
    );
}
