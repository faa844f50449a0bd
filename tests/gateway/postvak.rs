//! The postvak: leases, refusals, replays, and what others may not know.

use crate::caller::Answer;
use crate::caller::XML;
use crate::house::House;
use crate::house::bsn;
use crate::letters::Verwijzing;
use crate::place::Place;
use serde_json::Value;

async fn pushed(house: &House) -> String {
    let letter = Verwijzing::default().xml();
    house
        .gemeente
        .push("verwijzing", XML, None, letter)
        .await
        .with(202)
        .id()
}

fn outcome(answer: &Answer) -> String {
    let json = answer.json();
    json["uitkomsten"][0]["uitkomst"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

pub async fn a_collector_gets_no_more_at_a_time_than_is_configured(place: Place) {
    let house = House::new(&place, &[("bezorging.ophaal_omvang", "1 kB")]).await;
    for number in 0..3 {
        let letter = Verwijzing {
            number: format!("2024-REI-5{number:03}"),
            bsn: bsn(number),
            ..Verwijzing::default()
        };
        let sent = house.gemeente.push("verwijzing", XML, None, letter.xml());
        let message = sent.await.with(202).id();
        let ready = |all: &[Value]| all[0]["status"] == "klaar";
        house.gemeente.deliveries_until(&message, ready).await;
    }
    for number in 0..3 {
        let mail = house.a.fetch(600).await;
        let size: usize = mail.iter().map(|one| one.content.len()).sum();
        assert!(mail.len() == 1 && size > 500, "two would be too much");
        assert!(mail[0].content.contains(&format!("2024-REI-5{number:03}")));
    }
    assert!(house.a.fetch(600).await.is_empty(), "that was all");
    house.stop().await;
}

pub async fn a_lease_that_lapses_gives_the_delivery_to_who_asks_next(place: Place) {
    let house = House::new(&place, &[]).await;
    pushed(&house).await;
    let first = house.a.fetch_all(1, 60).await.remove(0);
    house.later(59).await;
    assert!(
        house.a.fetch(60).await.is_empty(),
        "it is still the first one's"
    );
    house.later(2).await;
    let second = house.a.fetch_all(1, 60).await.remove(0);
    assert_eq!(second.id, first.id, "the same delivery");
    assert_eq!(second.content, first.content, "to the letter");
    assert_ne!(second.token, first.token);
    let late = house
        .a
        .confirm(std::slice::from_ref(&first))
        .await
        .with(200);
    assert_eq!(outcome(&late), "vervallen", "the first one is too late");
    let confirmed = house
        .a
        .confirm(std::slice::from_ref(&second))
        .await
        .with(200);
    assert_eq!(outcome(&confirmed), "verwerkt");
    let again = house
        .a
        .confirm(std::slice::from_ref(&second))
        .await
        .with(200);
    assert_eq!(outcome(&again), "verwerkt", "confirming twice does no harm");
    house.later(120).await;
    assert!(house.a.fetch(60).await.is_empty(), "confirmed is confirmed");
    house.stop().await;
}

pub async fn a_refused_delivery_is_seen_by_its_sender_and_comes_again_after_a_replay(place: Place) {
    let house = House::new(&place, &[]).await;
    let message = pushed(&house).await;
    let mail = house.a.fetch_all(1, 60).await.remove(0);
    house.a.refuse(&mail, "kandidaat.onbekend").await.with(200);
    let refused = |all: &[Value]| all[0]["status"] == "geweigerd";
    let seen = house.gemeente.deliveries_until(&message, refused).await;
    assert_eq!(seen[0]["reden"], "kandidaat.onbekend");
    assert!(
        house.a.fetch(60).await.is_empty(),
        "refused is not offered again by itself"
    );
    // Somebody who is no party to it cannot bring it back.
    let other = house.b.replay(&mail.id).await;
    assert!(
        !other.text().contains("\"herhaald\":[\""),
        "{}",
        other.text()
    );
    assert!(house.a.fetch(60).await.is_empty());
    house.gemeente.replay(&mail.id).await.with(200);
    let again = house.a.fetch_all(1, 60).await.remove(0);
    assert_eq!((again.id, again.content), (mail.id, mail.content));
    house.stop().await;
}

/// A body without what differs for every request.
fn same_part(answer: &Answer) -> (u16, Value) {
    let mut json = answer.json();
    let members = json.as_object_mut().expect("a problem");
    for own in ["instance", "traceId", "trace", "traceid"] {
        members.remove(own);
    }
    (answer.status, json)
}

pub async fn somebody_elses_message_and_one_that_does_not_exist_give_the_same_answer(place: Place) {
    let house = House::new(&place, &[]).await;
    let message = pushed(&house).await;
    let mail = house.a.fetch_all(1, 600).await.remove(0);
    let absent = uuid::Uuid::now_v7().to_string();
    for (caller, path, id) in [
        (&house.b, "/v1/berichten/{}", &message),
        (&house.a, "/v1/berichten/{}", &message), // the recipient did not send it either
        (&house.b, "/v1/postvak/{}", &mail.id),
        (&house.gemeente, "/v1/postvak/{}", &mail.id),
        (&house.b, "/v1/postvak/{}/inhoud", &mail.id),
    ] {
        let theirs = caller.get(&path.replace("{}", id)).await.with(404);
        let nobodys = caller.get(&path.replace("{}", &absent)).await.with(404);
        assert_eq!(same_part(&theirs), same_part(&nobodys), "{path}");
        let names = |answer: &Answer| {
            let headers = answer.headers.lines();
            headers
                .map(|line| line.split(':').next().unwrap_or_default().to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(names(&theirs), names(&nobodys), "{path}");
    }
    let mut stolen = mail.clone();
    let theirs = house
        .b
        .confirm(std::slice::from_ref(&stolen))
        .await
        .with(200);
    stolen.id = absent;
    let nobodys = house
        .b
        .confirm(std::slice::from_ref(&stolen))
        .await
        .with(200);
    assert_eq!(outcome(&theirs), outcome(&nobodys));
    assert_eq!(outcome(&theirs), "nietGevonden");
    house.stop().await;
}
