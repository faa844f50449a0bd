//! One reference, one message; the sender's own clock decides the order.

use crate::caller::XML;
use crate::house::House;
use crate::letters::Verwijzing;
use crate::place::Place;
use schakel::canonical::Kind;
use serde_json::Value;

pub async fn the_same_content_under_a_reference_gets_the_same_answer_and_other_content_a_conflict(
    place: Place,
) {
    let house = House::new(&place, &[]).await;
    let letter = Verwijzing::default();
    let push = async |letter: &Verwijzing| {
        house
            .gemeente
            .push("verwijzing", XML, None, letter.xml())
            .await
    };
    let first = push(&letter).await.with(202);
    house.later(3_600).await;
    let again = push(&letter).await.with(202);
    assert_eq!(first.json(), again.json(), "the same answer, to the letter");
    let other = Verwijzing {
        goal: "Iets anders".to_owned(),
        ..letter.clone()
    };
    let conflict = push(&other).await.with(409);
    assert!(
        !conflict.text().contains("Iets anders"),
        "a conflict quotes nothing"
    );
    assert_eq!(house.a.fetch_all(1, 600).await.len(), 1);
    let stored = house.records(Kind::Verwijzing).await;
    assert_eq!(stored.len(), 1);
    assert!(
        !stored[0].doc.contains("Iets anders"),
        "a conflict changes nothing"
    );
    // The same reference of another sender is another message.
    let key = letter.reference.as_str();
    let mut order = crate::letters::opdracht("4500000001", "999990020");
    order["bericht"]["referentie"] = Value::from(key);
    house
        .uwv
        .push("canoniek", "application/json", None, order.to_string())
        .await;
    let mine = house.uwv.get("/v1/berichten").await.with(200).json();
    assert_ne!(mine["berichten"][0]["id"], first.json()["id"]);
    house.stop().await;
}

pub async fn a_late_older_message_is_kept_as_history_and_does_not_overwrite(place: Place) {
    let house = House::new(&place, &[]).await;
    let at = |moment: &str, start: &str| Verwijzing {
        moment: moment.to_owned(),
        start: start.to_owned(),
        ..Verwijzing::default()
    };
    let push = async |letter: Verwijzing| {
        let sent = house
            .gemeente
            .push("verwijzing", XML, None, letter.xml())
            .await;
        sent.with(202).json()
    };
    push(at("20240314101500", "20240401")).await;
    push(at("20240316101500", "20240501")).await;
    let late = push(at("20240315101500", "20240601")).await;
    let faults = late["elementen"][0]["fouten"].as_array().unwrap();
    assert!(
        faults.iter().any(|fault| fault["code"] == "volgorde.ouder"),
        "{late}"
    );
    let stored = house.records(Kind::Verwijzing).await;
    let [record] = stored.as_slice() else {
        panic!("one record, not {}", stored.len());
    };
    let doc: Value = serde_json::from_str(&record.doc).unwrap();
    assert_eq!(
        doc["gewensteStart"], "2024-05-01",
        "the last word by the sender's clock"
    );
    let mut versions = house.app().store().versions(record.id, 10).await.unwrap();
    versions.sort_by_key(|version| version.version);
    let applied: Vec<bool> = versions.iter().map(|version| version.applied).collect();
    assert_eq!(applied, [true, true, false]);
    assert!(
        versions[2].doc.contains("2024-06-01"),
        "what it said is kept"
    );
    // The recipient is never told what was overtaken.
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    let mail = house.a.fetch(600).await;
    let last = mail.last().expect("at least one delivery");
    assert!(
        last.content.contains("2024-05-01") || last.content.contains("01-05-2024"),
        "{}",
        last.content
    );
    for one in &mail {
        assert!(!one.content.contains("2024-06-01") && !one.content.contains("01-06-2024"));
    }
    house.stop().await;
}
