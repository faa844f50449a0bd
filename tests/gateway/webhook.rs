//! Webhooks: the schedule, the signature, the end of it, and no other address than the one that was given.

use crate::caller::EXCEL;
use crate::caller::LOOK;
use crate::caller::PATIENCE;
use crate::caller::XML;
use crate::cast;
use crate::house::House;
use crate::house::bsn;
use crate::letters;
use crate::letters::Verwijzing;
use crate::outside;
use crate::outside::Eavesdropper;
use crate::outside::Listener;
use crate::place::Place;
use jiff::Timestamp;
use schakel::store::DeliveryState;
use serde_json::Value;
use serde_json::json;
use std::time::Duration;
use tokio::time::Instant;

/// Registers the webhook of provider A; its secret.
async fn register(house: &House, url: &str) -> String {
    let path = format!("/v1/organisaties/{}/webhook", cast::A);
    let body = json!({ "url": url });
    let answer = house.a.json("PUT", &path, &body).await.with(201).json();
    answer["geheim"].as_str().expect("shown once").to_owned()
}

async fn attempts(receiver: &Listener, count: usize) {
    let until = Instant::now() + PATIENCE;
    while receiver.kept().len() < count {
        assert!(
            Instant::now() < until,
            "{} of {count} attempts",
            receiver.kept().len()
        );
        tokio::time::sleep(LOOK).await;
    }
}

/// Long enough for the relay to look once more by itself.
async fn a_while() {
    tokio::time::sleep(Duration::from_millis(1_200)).await;
}

/// A header of a kept request, and its body.
fn header(request: &[u8], name: &str) -> String {
    let text = String::from_utf8_lossy(request);
    let lines = text.split("\r\n\r\n").next().unwrap_or_default().lines();
    let found = lines
        .filter_map(|line| line.split_once(": "))
        .find(|(own, _)| own.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.to_owned()).unwrap_or_default()
}

fn body(request: &[u8]) -> &[u8] {
    let at = request
        .windows(4)
        .position(|part| part == b"\r\n\r\n")
        .unwrap();
    &request[at + 4..]
}

fn moment(delivery: &Value) -> Timestamp {
    let text = delivery["volgendePogingOp"]
        .as_str()
        .expect("it is tried again");
    text.parse().unwrap()
}

pub async fn a_failing_webhook_is_tried_on_schedule_parked_and_replayed_under_the_same_id(
    place: Place,
) {
    let house = House::new(&place, &[("bezorging.wachttijden", "1m,10m")]).await;
    let receiver = Listener::start(false, outside::failure("kapot")).await;
    let secret = register(&house, &format!("{}/haak", receiver.url)).await;
    let sent = house
        .gemeente
        .push("verwijzing", XML, None, Verwijzing::default().xml())
        .await;
    let message = sent.with(202).id();
    for (number, wait) in [(1, 60), (2, 600)] {
        attempts(&receiver, number).await;
        let waits =
            |all: &[Value]| all[0]["status"] == "teVerzenden" && all[0]["pogingen"] == number;
        let delivery = house
            .gemeente
            .deliveries_until(&message, waits)
            .await
            .remove(0);
        let begin: Timestamp = schakel::canonical::Clock::now(&house.clock);
        let after = moment(&delivery).duration_since(begin).as_millis();
        let (least, most) = (wait * 1_000, wait * 1_200);
        assert!(
            (least..=most).contains(&after),
            "attempt {number}: again after {after} ms"
        );
        let reason = delivery["reden"].as_str().expect("a reason");
        assert!(reason.starts_with("webhook."), "{reason}");
        house.later(i64::try_from(wait).unwrap() - 1).await;
        a_while().await;
        assert_eq!(receiver.kept().len(), number, "not before its time");
        house.later(i64::try_from(wait).unwrap() / 5 + 2).await;
    }
    attempts(&receiver, 3).await;
    let parked = |all: &[Value]| all[0]["status"] == "geparkeerd";
    let delivery = house
        .gemeente
        .deliveries_until(&message, parked)
        .await
        .remove(0);
    house.later(100_000).await;
    a_while().await;
    assert_eq!(receiver.kept().len(), 3, "parked is parked");

    receiver.get_well();
    house
        .a
        .replay(delivery["id"].as_str().unwrap())
        .await
        .with(200);
    attempts(&receiver, 4).await;
    let done = |all: &[Value]| all[0]["status"] == "bevestigd";
    house.gemeente.deliveries_until(&message, done).await;
    let kept = receiver.kept();
    for request in &kept {
        assert_eq!(
            header(request, "webhook-id"),
            delivery["id"].as_str().unwrap()
        );
        assert_eq!(
            body(request),
            body(&kept[0]),
            "every attempt has the same bytes"
        );
        let stamp = header(request, "webhook-timestamp").parse().unwrap();
        let id = header(request, "webhook-id");
        let signature = header(request, "webhook-signature");
        let verify =
            |body: &[u8]| schakel::outbound::verify(&secret, &id, stamp, body, &signature).unwrap();
        assert!(verify(body(request)), "the signature fits");
        assert!(
            !verify(&[body(request), b" "].concat()),
            "and only these bytes"
        );
    }
    let stamps: Vec<i64> = kept
        .iter()
        .map(|request| header(request, "webhook-timestamp").parse().unwrap())
        .collect();
    assert!(
        stamps.windows(2).all(|pair| pair[0] < pair[1]),
        "each attempt is signed with its own moment"
    );
    house.stop().await;
}

pub async fn a_push_that_waits_for_its_next_attempt_stops_when_consent_is_taken_back(place: Place) {
    let house = House::new(&place, &[("bezorging.wachttijden", "1m,1m")]).await;
    let receiver = Listener::start(false, outside::failure("kapot")).await;
    register(&house, &format!("{}/haak", receiver.url)).await;
    let book = |consent| {
        let row = [("BSN", "999990020"), ("Toestemming", consent)];
        letters::workbook("Blad 1", &[&row])
    };
    let push = async |reference, consent| {
        let sent = house
            .uwv
            .push("sonar", EXCEL, Some(reference), book(consent))
            .await;
        sent.with(202).id()
    };
    let message = push("werkmap-1", "Ja").await;
    attempts(&receiver, 1).await;
    let waits = |all: &[Value]| all[0]["status"] == "teVerzenden" && all[0]["pogingen"] == 1;
    house.uwv.deliveries_until(&message, waits).await;
    house.later(1).await;
    push("werkmap-2", "Nee").await;
    house.later(120).await;
    let withheld = |all: &[Value]| all[0]["status"] == "ingehouden";
    let deliveries = house.uwv.deliveries_until(&message, withheld).await;
    assert_eq!(deliveries[0]["reden"], "kandidaat.geenToestemming");
    assert_eq!(receiver.kept().len(), 1, "what was made before is not sent");
    house.stop().await;
}

pub async fn a_backlog_for_a_webhook_that_is_slow_leaves_the_gateway_ready(place: Place) {
    let house = House::new(&place, &[]).await;
    let receiver = Listener::start(false, String::new()).await; // takes a request and says nothing
    register(&house, &format!("{}/haak", receiver.url)).await;
    for number in 0..4 {
        let letter = Verwijzing {
            number: format!("2024-REI-9{number:03}"),
            bsn: bsn(number),
            ..Verwijzing::default()
        };
        let sent = house.gemeente.push("verwijzing", XML, None, letter.xml());
        sent.await.with(202);
        attempts(&receiver, 1).await; // the others wait for the end of the first one's turn
    }
    let waiting = async |now| {
        let figures = house.app().store().figures(now).await.unwrap();
        (figures.oldest_due, figures.oldest_unpublished)
    };
    let begin = schakel::canonical::Clock::now(&house.clock);
    let until = Instant::now() + PATIENCE;
    while waiting(begin).await != (Some(begin), None) {
        let figures = house.app().store().figures(begin).await.unwrap();
        assert!(
            Instant::now() < until,
            "not all were published: {figures:?}"
        );
        tokio::time::sleep(LOOK).await;
    }
    house.later(600).await; // far longer than anything may wait to be published
    let until = Instant::now() + Duration::from_secs(5); // the parts are looked at every two seconds
    while Instant::now() < until {
        let parts = house.app().health().parts();
        let unwell = parts.iter().find(|part| part.problem.is_some());
        assert_eq!(unwell, None, "a slow endpoint is not the gateway's fault");
        tokio::time::sleep(LOOK).await;
    }
}

/// The queues of RabbitMQ live longer than the gateway, and nothing in them is left of what waits for a webhook.
pub async fn what_waits_for_a_webhook_at_a_stop_goes_on_at_once_after_the_start_with_rabbitmq(
    place: Place,
) {
    let codes = [cast::GEMEENTE, cast::UWV, cast::A, cast::B];
    let rabbit = Eavesdropper::new(&codes).await;
    let settings = [
        ("broker.soort", "rabbitmq"),
        ("broker.url", &rabbit.url),
        ("broker.voorvoegsel", &rabbit.prefix),
        ("http.stop_tijd", "4s"),
    ];
    let mut house = House::new(&place, &settings).await;
    let receiver = Listener::start(false, String::new()).await;
    register(&house, &format!("{}/haak", receiver.url)).await;
    let mut messages = Vec::new();
    for number in 0..5 {
        let letter = Verwijzing {
            number: format!("2024-REI-8{number:03}"),
            bsn: bsn(number),
            ..Verwijzing::default()
        };
        let sent = house.gemeente.push("verwijzing", XML, None, letter.xml());
        messages.push(sent.await.with(202).id());
        attempts(&receiver, 1).await; // the others wait for the end of the first one's turn
    }
    let store = place.open().await;
    let now = schakel::canonical::Clock::now(&house.clock);
    let published = async || {
        let figures = store.figures(now).await.unwrap();
        let of = |state| figures.open.iter().find(|(own, _)| *own == state);
        of(DeliveryState::Published).map(|(_, count)| *count)
    };
    let until = Instant::now() + PATIENCE;
    while published().await != Some(4) {
        assert!(Instant::now() < until, "not all were published");
        tokio::time::sleep(LOOK).await;
    }
    a_while().await; // for the deliverer to take the last one from its queue
    let took = house.stop_somehow().await;
    assert!(took < Duration::from_secs(5), "bounded in time: {took:?}");
    let due = store.outbox_due(now, 9, &[]).await.unwrap();
    let ids: Vec<_> = due.iter().map(|item| item.id).collect();
    assert_eq!(ids.len(), 4, "all that waited");
    let waiting = store.deliveries(&ids).await.unwrap();
    assert!(waiting.iter().all(|delivery| delivery.attempts == 0));

    receiver.get_well();
    let house = house.crash_and_restart().await; // there is nothing left to crash, and the clock stands still
    for message in &messages[1..] {
        let done = |all: &[Value]| all[0]["status"] == "bevestigd" && all[0]["pogingen"] == 1;
        house.gemeente.deliveries_until(message, done).await;
    }
    house.stop().await;
    rabbit.remove().await;
}

pub async fn a_redirect_is_a_failure_and_is_not_followed(place: Place) {
    let house = House::new(&place, &[("bezorging.wachttijden", "1m")]).await;
    let elsewhere = Listener::start(true, String::new()).await;
    for code in [301, 302, 303, 307, 308] {
        let bad = format!(
            "HTTP/1.1 {code} Elders\r\nlocation: {}/elders\r\ncontent-length: 0\r\n\r\n",
            elsewhere.url
        );
        let receiver = Listener::start(false, bad).await;
        let path = format!("/v1/organisaties/{}/webhook", cast::A);
        let body = json!({ "url": format!("{}/haak", receiver.url) });
        let answer = house.a.json("PUT", &path, &body).await;
        assert!(answer.status < 300, "{}", answer.text());
        let number = format!("2024-REI-{code}");
        let letter = Verwijzing {
            number,
            ..Verwijzing::default()
        };
        let sent = house
            .gemeente
            .push("verwijzing", XML, None, letter.xml())
            .await
            .with(202);
        attempts(&receiver, 1).await;
        let waits = |all: &[Value]| all[0]["status"] == "teVerzenden" && all[0]["pogingen"] == 1;
        house.gemeente.deliveries_until(&sent.id(), waits).await;
    }
    assert!(elsewhere.kept().is_empty(), "nobody followed");
    house.stop().await;
}
