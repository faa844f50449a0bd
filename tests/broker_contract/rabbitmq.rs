//! What only RabbitMQ can do wrong: connections that are cut or stall, queues that are full, gone or different,
//! messages that are no parcels.

use crate::fixture::Place;
use crate::fixture::organisation;
use crate::fixture::parcels;
use crate::fixture::receive;
use crate::proxy::Mode;
use crate::proxy::Proxy;
use lapin::BasicProperties;
use lapin::options::BasicPublishOptions;
use lapin::options::QueueDeleteOptions;
use schakel::broker::Broker;
use schakel::broker::BrokerError;
use schakel::broker::RabbitConfig;
use schakel::broker::RabbitMqBroker;
use schakel::broker::Tag;
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;
use tokio::time::Instant;
use uuid::Uuid;

/// The time-outs of the broker under test.
const PATIENCE: Duration = Duration::from_millis(1_500);
/// How much later than its time-out an answer may come on a busy machine.
const SLACK: Duration = Duration::from_secs(1);

/// A broker behind a proxy.
async fn behind_proxy(place: &Place) -> (Proxy, Arc<RabbitMqBroker>) {
    let (proxy, url) = Proxy::start(&place.url).await;
    let config = RabbitConfig {
        url,
        publish_timeout_ms: 1_500,
        connect_timeout_ms: 1_000,
        heartbeat_s: 2,
        ..place.config()
    };
    let broker = RabbitMqBroker::new(&config).expect("a configuration");
    (proxy, Arc::new(broker))
}

/// Publishes until it is confirmed.
async fn publish_at_last(broker: &RabbitMqBroker, code: &str) -> Uuid {
    let parcel = parcels(code, 1);
    for _ in 0..200 {
        if broker.publish(&parcel).await[0].is_ok() {
            return parcel[0].id();
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("never confirmed");
}

/// Every way to ask something of a broker that is away answers `Unavailable` in time.
async fn answers_in_time(broker: &RabbitMqBroker) {
    for round in 0..2 {
        let started = Instant::now();
        let outcomes = broker.publish(&parcels("aanbieder-a", 600)).await;
        assert!(
            started.elapsed() < PATIENCE + SLACK,
            "{round}: {:?}",
            started.elapsed()
        );
        assert_eq!(outcomes.len(), 600);
        assert!(
            outcomes
                .iter()
                .all(|o| matches!(o, Err(BrokerError::Unavailable(_)))),
            "{round}"
        );
    }
    let started = Instant::now();
    assert!(matches!(
        broker.health().await,
        Err(BrokerError::Unavailable(_))
    ));
    assert!(
        started.elapsed() < PATIENCE + SLACK,
        "{:?}",
        started.elapsed()
    );
    let started = Instant::now();
    let ensured = broker.ensure(&[organisation("uwv")]).await;
    assert!(
        matches!(ensured, Err(BrokerError::Unavailable(_))),
        "{ensured:?}"
    );
    assert!(
        started.elapsed() < PATIENCE + SLACK,
        "{:?}",
        started.elapsed()
    );
}

async fn survives(mode: Mode) {
    let place = Place::new().await;
    let (proxy, broker) = behind_proxy(&place).await;
    place
        .run(async move {
            let own = [organisation("aanbieder-a")];
            broker.ensure(&own).await.expect("ensured");
            let mut subscription = broker.subscribe(&own, 10).await.expect("subscribed");
            publish_at_last(&broker, "aanbieder-a").await;
            let old = receive(&mut *subscription, 1).await;

            proxy.set(mode);
            answers_in_time(&broker).await;
            assert!(
                subscription
                    .next(10, Duration::from_millis(200))
                    .await
                    .is_empty()
            );

            proxy.set(Mode::Open);
            let sent = publish_at_last(&broker, "aanbieder-a").await;
            let mut got = HashSet::new();
            while !(got.contains(&sent) && got.contains(&old[0].parcel.id())) {
                got.extend(
                    receive(&mut *subscription, 1)
                        .await
                        .iter()
                        .map(|a| a.parcel.id()),
                );
            }
            subscription
                .acknowledge(&[old[0].tag])
                .await
                .expect("an old tag is left alone");
            assert_eq!(broker.health().await, Ok(()));
        })
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cut_connection_answers_in_time_and_comes_back() {
    survives(Mode::Cut).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stalled_connection_answers_in_time_and_comes_back() {
    survives(Mode::Stalled).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_that_comes_later_is_found() {
    let place = Place::new().await;
    let (proxy, broker) = behind_proxy(&place).await;
    proxy.set(Mode::Stalled);
    place
        .run(async move {
            let own = [organisation("aanbieder-a")];
            assert!(broker.ensure(&own).await.is_err());
            answers_in_time(&broker).await;
            proxy.set(Mode::Open);
            // the queue was asked for while the broker was away: the first publish makes it
            let sent = publish_at_last(&broker, "aanbieder-a").await;
            let mut subscription = broker.subscribe(&own, 10).await.expect("subscribed");
            assert_eq!(receive(&mut *subscription, 1).await[0].parcel.id(), sent);
        })
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_confirmed_is_lost_while_connections_are_cut() {
    let place = Place::new().await;
    let (proxy, broker) = behind_proxy(&place).await;
    place
        .run(async move {
            let own = [organisation("aanbieder-a")];
            broker.ensure(&own).await.expect("ensured");
            let confirmed = Arc::new(Mutex::new(HashSet::new()));
            let (publisher, kept) = (Arc::clone(&broker), Arc::clone(&confirmed));
            let publishing = tokio::spawn(async move {
                for _ in 0..60 {
                    let batch = parcels("aanbieder-a", 40);
                    let outcomes = publisher.publish(&batch).await;
                    let ok = batch
                        .iter()
                        .zip(outcomes)
                        .filter(|(_, outcome)| outcome.is_ok());
                    kept.lock()
                        .expect("no panic")
                        .extend(ok.map(|(parcel, _)| parcel.id()));
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            });
            let cutting = tokio::spawn(async move {
                for round in 0..6_u64 {
                    tokio::time::sleep(Duration::from_millis(250 + round * 37)).await;
                    proxy.set(if round % 3 == 2 {
                        Mode::Stalled
                    } else {
                        Mode::Cut
                    });
                    tokio::time::sleep(Duration::from_millis(30)).await;
                    proxy.set(Mode::Open);
                }
                proxy
            });
            let mut subscription = broker.subscribe(&own, 50).await.expect("subscribed");
            let mut got = HashSet::new();
            let mut quiet = 0;
            while quiet < 3 {
                let arrivals = subscription.next(100, Duration::from_secs(1)).await;
                let tags: Vec<Tag> = arrivals.iter().map(|arrival| arrival.tag).collect();
                got.extend(arrivals.iter().map(|arrival| arrival.parcel.id()));
                let _ = subscription.acknowledge(&tags).await;
                let over = publishing.is_finished() && cutting.is_finished() && arrivals.is_empty();
                quiet = if over { quiet + 1 } else { 0 };
            }
            publishing.await.expect("no panic");
            cutting.await.expect("no panic");
            let confirmed = confirmed.lock().expect("no panic");
            let lost = confirmed.difference(&got).count();
            println!("{} confirmed, {} arrived", confirmed.len(), got.len());
            assert_eq!(lost, 0, "of {} confirmed", confirmed.len());
            assert!(confirmed.len() >= 400, "only {} confirmed", confirmed.len());
        })
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_that_is_no_parcel_goes_to_the_dead_letter_queue() {
    let place = Arc::new(Place::new().await);
    let broker = place.broker();
    let channel = place.channel().await;
    let test = {
        let place = Arc::clone(&place);
        async move {
            let own = [organisation("aanbieder-a")];
            broker.ensure(&own).await.expect("ensured");
            for content in ["geen pakket", "{}", r#"{"bezorging":"1"}"#] {
                let publish = channel.basic_publish(
                    place.prefix.as_str().into(),
                    format!("{}.aanbieder-a", place.prefix).into(),
                    BasicPublishOptions::default(),
                    content.as_bytes(),
                    BasicProperties::default(),
                );
                publish.await.expect("published");
            }
            let sent = publish_at_last(&broker, "aanbieder-a").await;
            let mut subscription = broker.subscribe(&own, 2).await.expect("subscribed");
            let arrivals = receive(&mut *subscription, 1).await;
            assert_eq!(arrivals[0].parcel.id(), sent);
            subscription
                .acknowledge(&[arrivals[0].tag])
                .await
                .expect("acknowledged");
            assert!(
                subscription
                    .next(9, Duration::from_millis(200))
                    .await
                    .is_empty()
            );
            place.wait_for("_dood", 3).await;
            assert_eq!(place.waiting("aanbieder-a").await, 0);
        }
    };
    clean_up(place, test).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_parcel_that_keeps_coming_back_goes_to_the_dead_letter_queue() {
    let place = Arc::new(Place::new().await);
    let config = RabbitConfig {
        delivery_limit: 3,
        ..place.config()
    };
    let broker = RabbitMqBroker::new(&config).expect("a configuration");
    let test = {
        let place = Arc::clone(&place);
        async move {
            let own = [organisation("aanbieder-a")];
            broker.ensure(&own).await.expect("ensured");
            publish_at_last(&broker, "aanbieder-a").await;
            let mut subscription = broker.subscribe(&own, 10).await.expect("subscribed");
            for _ in 0..4 {
                let arrivals = receive(&mut *subscription, 1).await;
                subscription
                    .give_back(&[arrivals[0].tag])
                    .await
                    .expect("given back");
            }
            assert!(
                subscription
                    .next(9, Duration::from_millis(300))
                    .await
                    .is_empty()
            );
            place.wait_for("_dood", 1).await;
        }
    };
    clean_up(place, test).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_queue_refuses_and_takes_again_once_there_is_room() {
    let place = Place::new().await;
    let config = RabbitConfig {
        max_length: 5,
        ..place.config()
    };
    let broker = RabbitMqBroker::new(&config).expect("a configuration");
    place
        .run(async move {
            let own = [organisation("aanbieder-a")];
            broker.ensure(&own).await.expect("ensured");
            // the bound is a soft one: RabbitMQ tells publishers a little late
            let mut kept = 0;
            let refused = loop {
                assert!(kept < 100, "never full");
                match broker.publish(&parcels("aanbieder-a", 1)).await.remove(0) {
                    Ok(()) => kept += 1,
                    Err(error) => break error,
                }
            };
            assert!(kept >= 5);
            assert!(matches!(refused, BrokerError::Refused(_)), "{refused:?}");
            let mut subscription = broker.subscribe(&own, 100).await.expect("subscribed");
            let tags: Vec<Tag> = receive(&mut *subscription, kept)
                .await
                .iter()
                .map(|a| a.tag)
                .collect();
            subscription.acknowledge(&tags).await.expect("acknowledged");
            publish_at_last(&broker, "aanbieder-a").await;
        })
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_queue_that_exists_with_another_definition_is_said_so() {
    let place = Place::new().await;
    let broker = place.broker();
    let other = RabbitConfig {
        max_length: 77,
        ..place.config()
    };
    let other = RabbitMqBroker::new(&other).expect("a configuration");
    place
        .run(async move {
            broker
                .ensure(&[organisation("aanbieder-a")])
                .await
                .expect("ensured");
            let both = [organisation("aanbieder-a"), organisation("aanbieder-b")];
            let refused = other.ensure(&both).await;
            let Err(BrokerError::Refused(why)) = refused else {
                panic!("{refused:?}");
            };
            assert!(
                why.contains("another definition") && why.contains("x-max-length"),
                "{why}"
            );
            let refused: Vec<_> = other.refused().into_iter().map(|(org, _)| org).collect();
            assert_eq!(refused, both[..1]);
            // the others are declared all the same, and what is there is used
            publish_at_last(&other, "aanbieder-a").await;
            publish_at_last(&other, "aanbieder-b").await;
            let mut subscription = other.subscribe(&both, 10).await.expect("subscribed");
            assert_eq!(receive(&mut *subscription, 2).await.len(), 2);
        })
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_code_of_an_organisation_is_that_of_the_dead_letter_queue() {
    let place = Arc::new(Place::new().await);
    let broker = place.broker();
    let test = {
        let place = Arc::clone(&place);
        async move {
            let own = [organisation("dood")];
            broker.ensure(&own).await.expect("a code as any other");
            let sent = publish_at_last(&broker, "dood").await;
            place.wait_for("_dood", 0).await;
            let mut subscription = broker.subscribe(&own, 10).await.expect("subscribed");
            assert_eq!(receive(&mut *subscription, 1).await[0].parcel.id(), sent);
            assert!(broker.refused().is_empty());
        }
    };
    clean_up(place, test).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_queue_that_was_deleted_is_made_again() {
    let place = Place::new().await;
    let broker = place.broker();
    let channel = place.channel().await;
    let queue = format!("{}.aanbieder-a", place.prefix);
    place
        .run(async move {
            let own = [organisation("aanbieder-a")];
            broker.ensure(&own).await.expect("ensured");
            publish_at_last(&broker, "aanbieder-a").await;
            let mut subscription = broker.subscribe(&own, 10).await.expect("subscribed");
            receive(&mut *subscription, 1).await;
            let delete = QueueDeleteOptions::default();
            channel
                .queue_delete(queue.as_str().into(), delete)
                .await
                .expect("deleted");
            let sent = publish_at_last(&broker, "aanbieder-a").await;
            let arrivals = receive(&mut *subscription, 1).await;
            assert_eq!(arrivals[0].parcel.id(), sent);
        })
        .await;
}

/// Runs a test that uses its place itself, and cleans up.
async fn clean_up(place: Arc<Place>, test: impl Future<Output = ()> + Send + 'static) {
    let ended = tokio::spawn(test).await;
    let place = Arc::into_inner(place).expect("the test is over");
    place
        .run(async move {
            if let Err(error) = ended {
                std::panic::resume_unwind(error.into_panic());
            }
        })
        .await;
}
