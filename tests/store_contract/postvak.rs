//! Leases and answers.

use crate::fixture::aanbieder;
use crate::fixture::at;
use crate::fixture::audit;
use crate::fixture::id;
use crate::fixture::numbers;
use crate::fixture::one;
use crate::fixture::org;
use crate::fixture::outbox;
use crate::fixture::postvak;
use crate::fixture::settlement;
use crate::fixture::sorted;
use crate::fixture::state_of;
use crate::fixture::write;
use crate::place::Place;
use schakel::canonical::Kind;
use schakel::store::AnswerOutcome;
use schakel::store::Delivery;
use schakel::store::DeliveryState;
use schakel::store::LEASES_USED_UP;
use schakel::store::LeaseAnswer;
use schakel::store::Outcome;
use schakel::store::Recovered;
use schakel::store::Recovery;
use schakel::store::Rejection;
use schakel::store::Store;
use schakel::store::Verdict;
use schakel::store::Withholding;
use schakel::store::Writes;

/// Far more than all there is.
const ANY_SIZE: u64 = u64::MAX;

fn confirm(number: u32, token: u32) -> LeaseAnswer {
    LeaseAnswer {
        id: id(number),
        token: id(token),
        refusal: None,
    }
}

fn refuse(number: u32, token: u32, reason: &str) -> LeaseAnswer {
    LeaseAnswer {
        refusal: Some(reason.into()),
        ..confirm(number, token)
    }
}

async fn lease(store: &dyn Store, limit: u32, from: i64, until: i64, token: u32) -> Vec<u32> {
    let leased = store
        .lease(
            &aanbieder(),
            limit,
            ANY_SIZE,
            at(from),
            at(until),
            id(token),
        )
        .await
        .unwrap();
    numbers(&leased)
}

async fn answer(store: &dyn Store, answers: &[LeaseAnswer]) -> Vec<AnswerOutcome> {
    store.answer(&aanbieder(), answers, at(8)).await.unwrap()
}

fn lapsed(leases_max: u32) -> Recovery {
    Recovery {
        published_before: at(0),
        published_long_before: at(0),
        republish_max: 1,
        leases_max,
    }
}

pub async fn leases_are_given_oldest_first_with_content(place: Place) {
    let store = place.migrated().await;
    postvak(&*store, [44, 41]).await;
    postvak(&*store, [43]).await;
    let leased = store
        .lease(&aanbieder(), 2, ANY_SIZE, at(6), at(60), id(70))
        .await
        .unwrap();
    assert_eq!(numbers(&leased), [44, 41]);
    let first = &leased[0];
    assert_eq!((first.state, first.attempts), (DeliveryState::Leased, 1));
    assert_eq!(
        (first.claimed_until, first.lease_token),
        (Some(at(60)), Some(id(70)))
    );
    assert_eq!(first.content, Some(44_u32.to_be_bytes().to_vec()));
    assert_eq!(first.content_type.as_deref(), Some("application/json"));
    assert_eq!(first.records, [id(90), id(80)]);
    assert_eq!(lease(&*store, 9, 6, 60, 71).await, [43]);
    assert_eq!(lease(&*store, 9, 6, 60, 72).await, [0_u32; 0]);
}

pub async fn a_lapsed_lease_is_given_again(place: Place) {
    let store = place.migrated().await;
    postvak(&*store, [40, 41]).await;
    assert_eq!(lease(&*store, 1, 6, 60, 70).await, [40]);
    assert_eq!(lease(&*store, 9, 59, 99, 71).await, [41]);
    assert_eq!(lease(&*store, 9, 60, 99, 72).await, [40]);
    let again = one(&*store, 40).await;
    assert_eq!((again.attempts, again.lease_token), (2, Some(id(72))));
}

pub async fn a_lease_gives_what_fits_together_and_the_first_whatever_its_size(place: Place) {
    let store = place.migrated().await;
    let sizes = [(44, 30), (41, 30), (42, 31), (43, 500), (40, 0), (45, 60)];
    let numbers_of: Vec<u32> = sizes.iter().map(|(number, _)| *number).collect();
    outbox(&*store, numbers_of).await;
    let outcomes = sizes.map(|(number, size)| {
        let content = vec![7; size];
        let content_type = "application/json".to_owned();
        settlement(
            number,
            Outcome::Ready {
                content_type,
                content,
            },
        )
    });
    store.settle(&outcomes, at(5)).await.unwrap();
    let lease = async |limit, bytes_max, from, token| {
        let leased = store
            .lease(&aanbieder(), limit, bytes_max, at(from), at(60), id(token))
            .await
            .unwrap();
        let whole = |it: &Delivery| it.content.as_ref().map(Vec::len);
        for it in &leased {
            let (_, size) = sizes.iter().find(|(n, _)| id(*n) == it.id).unwrap();
            assert_eq!((whole(it), it.attempts), (Some(*size), 1));
        }
        numbers(&leased)
    };
    assert_eq!(lease(9, 60, 6, 70).await, [44, 41], "to the byte");
    let left = one(&*store, 42).await;
    assert_eq!((left.state, left.attempts), (DeliveryState::Ready, 0));
    assert_eq!((left.claimed_until, left.lease_token), (None, None));
    assert_eq!(lease(9, 60, 6, 71).await, [42], "none past a large one");
    assert_eq!(lease(9, 0, 6, 72).await, [43], "one always");
    assert_eq!(lease(1, 60, 6, 73).await, [40], "the limit holds too");
    assert_eq!(lease(9, ANY_SIZE, 6, 74).await, [45]);
    assert_eq!(lease(9, ANY_SIZE, 6, 75).await, [0_u32; 0]);
}

pub async fn two_callers_never_share_a_delivery(place: Place) {
    let stores = [place.migrated().await, place.open().await];
    let all: Vec<u32> = (100..400).collect();
    postvak(&*stores[0], all.clone()).await;
    let callers: Vec<_> = (0..6_u32)
        .map(|n| {
            let store = stores[n as usize % 2].clone();
            tokio::spawn(async move {
                let mut got = Vec::new();
                let bytes_max = if n < 3 { ANY_SIZE } else { 12 }; // three at a time
                for turn in 0..400 {
                    let token = id(10_000 + n * 1_000 + turn);
                    let leased = store
                        .lease(&aanbieder(), 7, bytes_max, at(6), at(60), token)
                        .await
                        .unwrap();
                    assert!(leased.iter().all(|it| it.lease_token == Some(token)));
                    got.extend(leased.iter().map(|it| it.id));
                    if got.len() > 40 && leased.is_empty() {
                        break;
                    }
                }
                got
            })
        })
        .collect();
    let mut got = Vec::new();
    for caller in callers {
        got.extend(caller.await.unwrap());
    }
    assert_eq!(sorted(&got), all, "each exactly once");
}

pub async fn an_answer_is_done_once_and_again(place: Place) {
    use AnswerOutcome::Done;
    use AnswerOutcome::Lost;
    let store = place.migrated().await;
    postvak(&*store, 40..43).await;
    lease(&*store, 9, 6, 60, 70).await;
    let answers = [
        confirm(41, 70),
        confirm(40, 70),
        confirm(40, 71),
        confirm(41, 70),
    ];
    assert_eq!(answer(&*store, &answers).await, [Done, Done, Lost, Done]);
    assert_eq!(
        answer(&*store, &[confirm(40, 70), refuse(41, 70, "x")]).await,
        [Done, Lost]
    );
    let done = one(&*store, 40).await;
    assert_eq!(
        (done.state, done.settled_at),
        (DeliveryState::Confirmed, Some(at(8)))
    );
    assert_eq!(done.claimed_until, None);
    assert_eq!(state_of(&*store, 42).await, DeliveryState::Leased);
    assert_eq!(lease(&*store, 9, 60, 99, 72).await, [42]);
}

pub async fn a_refusal_keeps_its_reason(place: Place) {
    use AnswerOutcome::Done;
    use AnswerOutcome::Lost;
    let store = place.migrated().await;
    postvak(&*store, [40]).await;
    lease(&*store, 9, 6, 60, 70).await;
    let refused = refuse(40, 70, "onbekendeKandidaat");
    assert_eq!(
        answer(&*store, std::slice::from_ref(&refused)).await,
        [Done]
    );
    assert_eq!(answer(&*store, &[refused]).await, [Done]);
    assert_eq!(
        answer(&*store, &[refuse(40, 70, "anders"), confirm(40, 70)]).await,
        [Lost, Lost]
    );
    let found = one(&*store, 40).await;
    assert_eq!(
        (found.state, found.settled_at),
        (DeliveryState::Refused, Some(at(8)))
    );
    assert_eq!(found.reason.as_deref(), Some("onbekendeKandidaat"));
}

pub async fn a_late_answer_counts_until_somebody_else_has_it(place: Place) {
    use AnswerOutcome::Done;
    use AnswerOutcome::Lost;
    let store = place.migrated().await;
    postvak(&*store, 40..43).await;
    lease(&*store, 9, 1, 5, 70).await;
    assert_eq!(
        answer(&*store, &[confirm(40, 70)]).await,
        [Done],
        "lapsed, not given again"
    );
    store.recover(at(6), &lapsed(9)).await.unwrap();
    assert_eq!(state_of(&*store, 41).await, DeliveryState::Ready);
    assert_eq!(
        answer(&*store, &[confirm(41, 70)]).await,
        [Done],
        "back in the postvak"
    );
    assert_eq!(lease(&*store, 9, 6, 60, 71).await, [42]);
    assert_eq!(
        answer(&*store, &[confirm(42, 70)]).await,
        [Lost],
        "given to another caller"
    );
    assert_eq!(answer(&*store, &[confirm(42, 71)]).await, [Done]);
}

pub async fn what_was_leased_is_withheld_only_under_its_own_token(place: Place) {
    let store = place.migrated().await;
    postvak(&*store, 40..43).await;
    lease(&*store, 2, 6, 60, 70).await;
    let withholding = |number| Withholding {
        id: id(number),
        reason: "kandidaat.geenToestemming".to_owned(),
        audit: audit(&format!("aflevering/{number}")),
    };
    // of another lease, not leased at all, unknown
    let others = [withholding(41), withholding(42), withholding(49)];
    let none = store.withhold(id(71), &others, at(7)).await.unwrap();
    assert!(none.is_empty());
    let two = [withholding(41), withholding(42)];
    let done = store.withhold(id(70), &two, at(7)).await.unwrap();
    assert_eq!(done, [id(41)]);
    let withheld = one(&*store, 41).await;
    assert_eq!(
        (withheld.state, withheld.settled_at),
        (DeliveryState::Withheld, Some(at(7)))
    );
    assert_eq!(
        withheld.reason.as_deref(),
        Some("kandidaat.geenToestemming")
    );
    assert_eq!(
        (withheld.content, withheld.content_type),
        (None, None),
        "what was made is forgotten"
    );
    assert_eq!(state_of(&*store, 40).await, DeliveryState::Leased);
    assert_eq!(state_of(&*store, 42).await, DeliveryState::Ready);
    let noted = async |number| {
        let object = format!("aflevering/{number}");
        store.audit_of(&object, 9).await.unwrap().len()
    };
    assert_eq!(
        (noted(41).await, noted(42).await),
        (1, 0),
        "what happened is noted"
    );
    assert_eq!(
        answer(&*store, &[confirm(41, 70)]).await,
        [AnswerOutcome::Lost]
    );
    let again = store
        .replay(&[id(41)], None, at(9), &audit("x"))
        .await
        .unwrap();
    assert_eq!(again, [id(41)], "it can be replayed");
}

pub async fn an_answer_for_anothers_delivery_is_absent(place: Place) {
    let store = place.migrated().await;
    postvak(&*store, [40]).await;
    lease(&*store, 9, 6, 60, 70).await;
    let other = org("aanbieder-b");
    let answers = [confirm(40, 70), confirm(99, 70)];
    let outcomes = store.answer(&other, &answers, at(8)).await.unwrap();
    assert_eq!(outcomes, [AnswerOutcome::Absent, AnswerOutcome::Absent]);
    assert_eq!(state_of(&*store, 40).await, DeliveryState::Leased);
}

pub async fn lapsed_once_too_often_is_parked(place: Place) {
    let store = place.migrated().await;
    postvak(&*store, [40]).await;
    for turn in 0..3 {
        let from = i64::from(turn) * 10;
        assert_eq!(lease(&*store, 9, from, from + 10, 70 + turn).await, [40]);
        let recovered = store.recover(at(from + 10), &lapsed(3)).await.unwrap();
        let parked = u64::from(turn == 2);
        assert_eq!(
            recovered,
            Recovered {
                lapsed: 1 - parked,
                parked,
                ..Recovered::default()
            }
        );
    }
    let found = one(&*store, 40).await;
    assert_eq!(
        (found.state, found.settled_at),
        (DeliveryState::Parked, Some(at(30)))
    );
    assert_eq!(found.reason.as_deref(), Some(LEASES_USED_UP));
    assert_eq!(lease(&*store, 9, 99, 100, 90).await, [0_u32; 0]);
    assert_eq!(
        answer(&*store, &[confirm(40, 72)]).await,
        [AnswerOutcome::Done]
    );
}

pub async fn a_verdict_answers_a_delivery_whatever_became_of_it_and_a_replay_forgets_it(
    place: Place,
) {
    let store = place.migrated().await;
    postvak(&*store, [40, 41, 42]).await;
    lease(&*store, 2, 6, 60, 70).await;
    answer(&*store, &[confirm(41, 70)]).await;
    let rejected = vec![Rejection {
        place: "/re:Bericht/re:Client[1]".to_owned(),
        codes: vec!["9301".to_owned()],
        records: vec![(Kind::Opdracht, id(7))],
    }];
    let verdict = |number, recipient: &str, refused: bool| Verdict {
        delivery: id(number),
        recipient: org(recipient),
        refusal: refused.then(|| "retour.afgewezen".to_owned()),
        rejected: if refused {
            rejected.clone()
        } else {
            Vec::new()
        },
        at: at(9),
    };
    let own = aanbieder().to_string();
    let verdicts = vec![
        verdict(40, &own, false),
        verdict(41, &own, false),
        verdict(41, &own, true),
        verdict(42, "aanbieder-b", true),
        verdict(99, &own, true),
    ];
    write(
        &*store,
        &Writes {
            verdicts,
            ..Writes::default()
        },
    )
    .await;
    let found = one(&*store, 40).await;
    assert_eq!(
        (found.state, found.reason, found.settled_at),
        (DeliveryState::Confirmed, None, Some(at(9)))
    );
    assert_eq!((found.rejected, found.claimed_until), (Some(vec![]), None));
    let found = one(&*store, 41).await;
    assert_eq!(
        (found.state, found.reason.as_deref()),
        (DeliveryState::Refused, Some("retour.afgewezen")),
        "of two the last counts"
    );
    assert_eq!(found.rejected, Some(rejected));
    let found = one(&*store, 42).await;
    assert_eq!(
        (found.state, found.rejected),
        (DeliveryState::Ready, None),
        "another's"
    );
    assert_eq!(
        answer(&*store, &[confirm(40, 70)]).await,
        [AnswerOutcome::Done],
        "said before"
    );
    let again = store.replay(&[id(41)], None, at(10), &audit("x")).await;
    assert_eq!(again.unwrap(), [id(41)]);
    assert_eq!(one(&*store, 41).await.rejected, None);
}
