//! What every broker promises, over the in-process one and RabbitMQ, and what RabbitMQ promises besides.
//!
//! RabbitMQ is at `SCHAKEL_TEST_AMQP`, or on this machine's usual port. Every test has queues of its own and
//! deletes them.

#[path = "broker_contract/fixture.rs"]
mod fixture;
#[path = "broker_contract/proxy.rs"]
mod proxy;
#[path = "broker_contract/rabbitmq.rs"]
mod rabbitmq_only;

use fixture::organisation;
use fixture::parcels;
use fixture::receive;
use schakel::broker::Broker;
use schakel::broker::BrokerError;
use schakel::broker::PARCEL_MAX;
use schakel::broker::Parcel;
use schakel::broker::Tag;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use uuid::Uuid;

/// Long enough for anything that is to come.
const LONG: Duration = Duration::from_secs(10);
/// Long enough to see that nothing comes.
const SHORT: Duration = Duration::from_millis(300);

type Subject = Arc<dyn Broker>;

macro_rules! contract {
    ($($name:ident)*) => {
        mod in_process {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(std::sync::Arc::new(schakel::broker::InProcessBroker::default())).await;
            })*
        }

        mod rabbitmq {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let place = super::fixture::Place::new().await;
                let broker = place.broker();
                place.run(async move { super::$name(broker).await }).await;
            })*
        }
    };
}

contract! {
    what_is_published_arrives_with_its_trace_and_is_gone_once_acknowledged
    what_was_not_acknowledged_comes_back_when_the_subscription_is_dropped
    what_is_given_back_comes_back
    organisations_do_not_mix
    a_queue_keeps_its_order
    a_batch_of_a_thousand_arrives_once
    a_parcel_of_several_deliveries_arrives_whole_and_comes_back_whole
    a_parcel_without_a_queue_is_refused_and_the_others_are_kept
    subscribing_without_a_queue_is_refused
    the_prefetch_bounds_what_is_unacknowledged
    ensuring_again_keeps_what_is_there
    two_subscribers_share
    a_tag_of_another_subscription_acknowledges_nothing
    acknowledging_twice_or_out_of_order_is_no_fault
    a_waiting_subscription_gets_what_comes
    nothing_comes_within_the_patience
    a_dropped_wait_loses_nothing
    closing_ends_publishes_and_subscriptions
    an_open_broker_is_healthy
}

/// Publishes so many parcels to an organisation whose queue is there, all confirmed.
async fn published(broker: &Subject, code: &str, count: usize) -> Vec<Parcel> {
    let parcels = parcels(code, count);
    broker.ensure(&[organisation(code)]).await.expect("ensured");
    for outcome in broker.publish(&parcels).await {
        outcome.expect("confirmed");
    }
    parcels
}

async fn what_is_published_arrives_with_its_trace_and_is_gone_once_acknowledged(broker: Subject) {
    let sent = published(&broker, "aanbieder-a", 3).await;
    let own = [organisation("aanbieder-a")];
    let mut subscription = broker.subscribe(&own, 10).await.expect("subscribed");
    let arrivals = receive(&mut *subscription, 3).await;
    let got: Vec<_> = arrivals
        .iter()
        .map(|arrival| arrival.parcel.clone())
        .collect();
    assert_eq!(got, sent);
    let tags: Vec<Tag> = arrivals.iter().map(|arrival| arrival.tag).collect();
    subscription.acknowledge(&tags).await.expect("acknowledged");
    drop(subscription);
    let mut again = broker.subscribe(&own, 10).await.expect("subscribed");
    assert!(again.next(10, SHORT).await.is_empty());
}

async fn what_was_not_acknowledged_comes_back_when_the_subscription_is_dropped(broker: Subject) {
    let sent = published(&broker, "aanbieder-a", 4).await;
    let own = [organisation("aanbieder-a")];
    let mut subscription = broker.subscribe(&own, 10).await.expect("subscribed");
    let arrivals = receive(&mut *subscription, 4).await;
    subscription
        .acknowledge(&[arrivals[1].tag])
        .await
        .expect("acknowledged");
    drop(subscription);
    let mut again = broker.subscribe(&own, 10).await.expect("subscribed");
    let got: HashSet<_> = receive(&mut *again, 3)
        .await
        .iter()
        .map(|a| a.parcel.id())
        .collect();
    assert_eq!(got, [0, 2, 3].map(|place: usize| sent[place].id()).into());
    assert!(again.next(10, SHORT).await.is_empty());
}

async fn what_is_given_back_comes_back(broker: Subject) {
    let sent = published(&broker, "aanbieder-a", 3).await;
    let mut subscription = broker
        .subscribe(&[organisation("aanbieder-a")], 10)
        .await
        .expect("subscribed");
    let arrivals = receive(&mut *subscription, 3).await;
    subscription
        .give_back(&[arrivals[0].tag])
        .await
        .expect("given back");
    let again = receive(&mut *subscription, 1).await;
    assert_eq!(again[0].parcel, sent[0]);
    let tags = [arrivals[1].tag, arrivals[2].tag, again[0].tag];
    subscription.acknowledge(&tags).await.expect("acknowledged");
    assert!(subscription.next(10, SHORT).await.is_empty());
}

async fn organisations_do_not_mix(broker: Subject) {
    let codes = ["aanbieder-a", "aanbieder-b", "uwv"];
    let mut sent = Vec::new();
    for code in codes {
        broker.ensure(&[organisation(code)]).await.expect("ensured");
        sent.push(parcels(code, 5));
    }
    // one batch, in turns
    let mixed: Vec<_> = (0..5)
        .flat_map(|n| sent.iter().map(move |own| own[n].clone()))
        .collect();
    for outcome in broker.publish(&mixed).await {
        outcome.expect("confirmed");
    }
    let own = [organisation("aanbieder-b")];
    let mut one = broker.subscribe(&own, 50).await.expect("subscribed");
    let got: Vec<_> = receive(&mut *one, 5)
        .await
        .into_iter()
        .map(|a| a.parcel)
        .collect();
    assert_eq!(got, sent[1]);
    assert!(one.next(10, SHORT).await.is_empty());
    let others = [organisation("aanbieder-a"), organisation("uwv")];
    let mut two = broker.subscribe(&others, 50).await.expect("subscribed");
    let got: Vec<_> = receive(&mut *two, 10)
        .await
        .into_iter()
        .map(|a| a.parcel)
        .collect();
    for own in [&sent[0], &sent[2]] {
        let theirs: Vec<_> = got
            .iter()
            .filter(|p| p.recipient == own[0].recipient)
            .cloned()
            .collect();
        assert_eq!(&theirs, own);
    }
}

async fn a_queue_keeps_its_order(broker: Subject) {
    let mut sent = Vec::new();
    for _ in 0..5 {
        sent.extend(published(&broker, "aanbieder-a", 40).await);
    }
    let mut subscription = broker
        .subscribe(&[organisation("aanbieder-a")], 30)
        .await
        .expect("subscribed");
    let mut got = Vec::new();
    while got.len() < sent.len() {
        let arrivals = receive(&mut *subscription, 1).await;
        let tags: Vec<Tag> = arrivals.iter().map(|arrival| arrival.tag).collect();
        subscription.acknowledge(&tags).await.expect("acknowledged");
        got.extend(arrivals.into_iter().map(|arrival| arrival.parcel));
    }
    assert_eq!(got, sent);
}

async fn a_parcel_of_several_deliveries_arrives_whole_and_comes_back_whole(broker: Subject) {
    let own = [organisation("aanbieder-a")];
    broker.ensure(&own).await.expect("ensured");
    let mut sent = parcels("aanbieder-a", 3);
    for (parcel, count) in sent.iter_mut().zip([2, 1, PARCEL_MAX]) {
        parcel.deliveries = (0..count).map(|_| Uuid::new_v4()).collect();
    }
    for outcome in broker.publish(&sent).await {
        outcome.expect("confirmed");
    }
    let mut subscription = broker.subscribe(&own, 10).await.expect("subscribed");
    let arrivals = receive(&mut *subscription, 3).await;
    let got: Vec<_> = arrivals.iter().map(|one| one.parcel.clone()).collect();
    assert_eq!(got, sent);
    let back = [arrivals[2].tag];
    subscription.give_back(&back).await.expect("given back");
    let again = receive(&mut *subscription, 1).await;
    assert_eq!(again[0].parcel, sent[2]);
    let tags = [arrivals[0].tag, arrivals[1].tag, again[0].tag];
    subscription.acknowledge(&tags).await.expect("acknowledged");
    assert!(subscription.next(10, SHORT).await.is_empty());
}

async fn a_batch_of_a_thousand_arrives_once(broker: Subject) {
    let sent = published(&broker, "aanbieder-a", 1_000).await;
    let mut subscription = broker
        .subscribe(&[organisation("aanbieder-a")], 200)
        .await
        .expect("subscribed");
    let mut got = Vec::new();
    while got.len() < sent.len() {
        let arrivals = subscription.next(100, LONG).await;
        assert!(!arrivals.is_empty() && arrivals.len() <= 100);
        let tags: Vec<Tag> = arrivals.iter().map(|arrival| arrival.tag).collect();
        subscription.acknowledge(&tags).await.expect("acknowledged");
        got.extend(arrivals.into_iter().map(|arrival| arrival.parcel.id()));
    }
    assert_eq!(got, sent.iter().map(Parcel::id).collect::<Vec<_>>());
    assert!(subscription.next(1, SHORT).await.is_empty());
}

async fn a_parcel_without_a_queue_is_refused_and_the_others_are_kept(broker: Subject) {
    broker
        .ensure(&[organisation("aanbieder-a")])
        .await
        .expect("ensured");
    // in turns, so that a confirm cannot be taken for another's
    let mixed: Vec<_> = parcels("aanbieder-a", 100)
        .into_iter()
        .zip(parcels("onbekend", 100))
        .flat_map(|(one, other)| [one, other])
        .collect();
    for (parcel, outcome) in mixed.iter().zip(broker.publish(&mixed).await) {
        if parcel.recipient.as_str() == "aanbieder-a" {
            assert_eq!(outcome, Ok(()));
        } else {
            assert!(
                matches!(outcome, Err(BrokerError::Refused(_))),
                "{outcome:?}"
            );
        }
    }
    let mut subscription = broker
        .subscribe(&[organisation("aanbieder-a")], 200)
        .await
        .expect("subscribed");
    assert_eq!(receive(&mut *subscription, 100).await.len(), 100);
}

async fn subscribing_without_a_queue_is_refused(broker: Subject) {
    broker
        .ensure(&[organisation("aanbieder-a")])
        .await
        .expect("ensured");
    let both = [organisation("aanbieder-a"), organisation("onbekend")];
    let refused = broker.subscribe(&both, 10).await.err();
    assert!(
        matches!(refused, Some(BrokerError::Refused(_))),
        "{refused:?}"
    );
    published(&broker, "aanbieder-a", 1).await;
    assert!(broker.subscribe(&both[..1], 10).await.is_ok());
}

async fn the_prefetch_bounds_what_is_unacknowledged(broker: Subject) {
    let codes = ["aanbieder-a", "aanbieder-b"];
    for code in codes {
        published(&broker, code, 20).await;
    }
    let mut subscription = broker
        .subscribe(&codes.map(organisation), 7)
        .await
        .expect("subscribed");
    let mut held = receive(&mut *subscription, 7).await;
    assert_eq!(held.len(), 7);
    assert!(subscription.next(50, SHORT).await.is_empty());
    let three: Vec<Tag> = held.drain(..3).map(|arrival| arrival.tag).collect();
    subscription
        .acknowledge(&three)
        .await
        .expect("acknowledged");
    assert_eq!(receive(&mut *subscription, 3).await.len(), 3);
    assert!(subscription.next(50, SHORT).await.is_empty());
}

async fn ensuring_again_keeps_what_is_there(broker: Subject) {
    let sent = published(&broker, "aanbieder-a", 3).await;
    let own = [organisation("aanbieder-a")];
    for _ in 0..3 {
        broker.ensure(&own).await.expect("ensured");
    }
    broker.ensure(&[]).await.expect("nothing to do");
    let mut subscription = broker.subscribe(&own, 10).await.expect("subscribed");
    assert_eq!(receive(&mut *subscription, 3).await.len(), sent.len());
}

async fn two_subscribers_share(broker: Subject) {
    let sent = published(&broker, "aanbieder-a", 60).await;
    let own = [organisation("aanbieder-a")];
    let mut one = broker.subscribe(&own, 10).await.expect("subscribed");
    let mut two = broker.subscribe(&own, 10).await.expect("subscribed");
    let mut shares = [Vec::new(), Vec::new()];
    while shares[0].len() + shares[1].len() < sent.len() {
        for (subscription, share) in [&mut one, &mut two].into_iter().zip(&mut shares) {
            let arrivals = subscription.next(5, SHORT).await;
            let tags: Vec<Tag> = arrivals.iter().map(|arrival| arrival.tag).collect();
            subscription.acknowledge(&tags).await.expect("acknowledged");
            share.extend(arrivals.into_iter().map(|arrival| arrival.parcel.id()));
        }
    }
    assert!(shares.iter().all(|share| !share.is_empty()));
    let all: HashSet<_> = shares.iter().flatten().collect();
    assert_eq!(all.len(), sent.len());
}

async fn a_tag_of_another_subscription_acknowledges_nothing(broker: Subject) {
    published(&broker, "aanbieder-a", 1).await;
    let own = [organisation("aanbieder-a")];
    let mut first = broker.subscribe(&own, 10).await.expect("subscribed");
    let old = receive(&mut *first, 1).await[0].tag;
    drop(first);
    let mut second = broker.subscribe(&own, 10).await.expect("subscribed");
    let new = receive(&mut *second, 1).await[0].tag;
    assert_ne!(old, new);
    second.acknowledge(&[old]).await.expect("left alone");
    second.give_back(&[old]).await.expect("left alone");
    drop(second);
    let mut third = broker.subscribe(&own, 10).await.expect("subscribed");
    assert_eq!(receive(&mut *third, 1).await.len(), 1);
}

async fn acknowledging_twice_or_out_of_order_is_no_fault(broker: Subject) {
    let sent = published(&broker, "aanbieder-a", 9).await;
    let own = [organisation("aanbieder-a")];
    let mut subscription = broker.subscribe(&own, 20).await.expect("subscribed");
    let tags: Vec<Tag> = receive(&mut *subscription, 9)
        .await
        .iter()
        .map(|a| a.tag)
        .collect();
    for places in [&[8, 2][..], &[0, 1], &[0, 1, 2], &[5, 5], &[3]] {
        let some: Vec<Tag> = places.iter().map(|place: &usize| tags[*place]).collect();
        subscription.acknowledge(&some).await.expect("acknowledged");
    }
    drop(subscription);
    let mut again = broker.subscribe(&own, 20).await.expect("subscribed");
    let left: HashSet<_> = receive(&mut *again, 3)
        .await
        .iter()
        .map(|a| a.parcel.id())
        .collect();
    assert_eq!(left, [4, 6, 7].map(|place: usize| sent[place].id()).into());
    assert!(again.next(10, SHORT).await.is_empty());
}

async fn a_waiting_subscription_gets_what_comes(broker: Subject) {
    let own = [organisation("aanbieder-a")];
    broker.ensure(&own).await.expect("ensured");
    let mut subscription = broker.subscribe(&own, 10).await.expect("subscribed");
    let waiting = tokio::spawn(async move {
        let started = Instant::now();
        (subscription.next(10, LONG).await.len(), started.elapsed())
    });
    tokio::time::sleep(SHORT).await;
    published(&broker, "aanbieder-a", 1).await;
    let (count, took) = waiting.await.expect("no panic");
    assert_eq!(count, 1);
    assert!(took < LONG / 2, "{took:?}");
}

async fn nothing_comes_within_the_patience(broker: Subject) {
    let own = [organisation("aanbieder-a")];
    broker.ensure(&own).await.expect("ensured");
    let mut subscription = broker.subscribe(&own, 10).await.expect("subscribed");
    let started = Instant::now();
    assert!(subscription.next(10, SHORT).await.is_empty());
    let took = started.elapsed();
    assert!(took >= SHORT && took < SHORT * 5, "{took:?}");
    let mut none = broker.subscribe(&[], 10).await.expect("subscribed");
    assert!(none.next(10, SHORT).await.is_empty());
}

async fn a_dropped_wait_loses_nothing(broker: Subject) {
    let own = [organisation("aanbieder-a")];
    broker.ensure(&own).await.expect("ensured");
    let mut subscription = broker.subscribe(&own, 500).await.expect("subscribed");
    let publisher = Arc::clone(&broker);
    let publishing = tokio::spawn(async move {
        for _ in 0..50 {
            publisher.publish(&parcels("aanbieder-a", 4)).await;
        }
    });
    let mut got = HashSet::new();
    for round in 0..300 {
        let wait = subscription.next(3, LONG);
        let arrivals = tokio::time::timeout(Duration::from_micros(100 * (round % 20)), wait).await;
        got.extend(
            arrivals
                .into_iter()
                .flatten()
                .map(|arrival| arrival.parcel.id()),
        );
    }
    publishing.await.expect("no panic");
    while got.len() < 200 {
        let arrivals = subscription.next(100, LONG).await;
        assert!(!arrivals.is_empty(), "{} of 200 arrived", got.len());
        got.extend(arrivals.into_iter().map(|arrival| arrival.parcel.id()));
    }
}

async fn closing_ends_publishes_and_subscriptions(broker: Subject) {
    published(&broker, "aanbieder-a", 1).await;
    let own = [organisation("aanbieder-a")];
    broker
        .ensure(&[organisation("aanbieder-b")])
        .await
        .expect("ensured");
    let other = [organisation("aanbieder-b")];
    let mut subscription = broker.subscribe(&other, 10).await.expect("subscribed");
    let waiting = tokio::spawn(async move {
        let started = Instant::now();
        let count = subscription.next(10, LONG).await.len();
        (count, started.elapsed())
    });
    tokio::time::sleep(SHORT).await;
    let started = Instant::now();
    broker.close().await;
    broker.close().await;
    let (count, took) = waiting.await.expect("no panic");
    assert_eq!(count, 0);
    assert!(took < LONG / 2, "{took:?}");
    let outcomes = broker.publish(&parcels("aanbieder-a", 2)).await;
    assert_eq!(outcomes.len(), 2);
    assert!(
        outcomes
            .iter()
            .all(|outcome| matches!(outcome, Err(BrokerError::Unavailable(_))))
    );
    assert!(matches!(
        broker.health().await,
        Err(BrokerError::Unavailable(_))
    ));
    assert!(broker.ensure(&own).await.is_err());
    assert!(broker.subscribe(&own, 1).await.is_err());
    assert!(started.elapsed() < LONG / 2);
}

async fn an_open_broker_is_healthy(broker: Subject) {
    assert_eq!(broker.health().await, Ok(()));
    published(&broker, "aanbieder-a", 1).await;
    assert_eq!(broker.health().await, Ok(()));
}
