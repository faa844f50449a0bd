//! What the receiver of a delivery rejects of it, in a retour of its own format.

use crate::caller::Caller;
use crate::caller::Mail;
use crate::caller::XML;
use crate::house::House;
use crate::place::Place;
use crate::toewijzing::Toewijzing;
use crate::toewijzing::message;
use crate::toewijzing::provider;
use serde_json::Value;
use serde_json::json;

const PERSON: &str = "999990019";

/// A retour of the provider to assignments, about one delivery. `rest` is what stands behind the header.
fn retour(reference: &str, delivery: &str, codes: &str, rest: &str) -> String {
    format!(
        r#"<re:Bericht xmlns:re="urn:example:reintegratie:toewijzingretour:1_0"><re:Header><re:BerichtCode>RI302</re:BerichtCode>
<re:BerichtIdentificatie><re:Identificatie>{delivery}</re:Identificatie><re:Dagtekening>2024-03-20</re:Dagtekening></re:BerichtIdentificatie>
<re:IdentificatieRetour>{reference}</re:IdentificatieRetour><re:DagtekeningRetour>2024-03-21</re:DagtekeningRetour>{codes}</re:Header>{rest}</re:Bericht>"#
    )
}

fn code(code: &str) -> String {
    format!("<re:RetourCodes><re:RetourCode>{code}</re:RetourCode></re:RetourCodes>")
}

/// A person with an assignment that is rejected.
fn product(bsn: &str, number: &str) -> String {
    let code = code("9251");
    format!(
        "<re:Client><re:Bsn>{bsn}</re:Bsn><re:ToegewezenProducten><re:ToegewezenProduct>\
         <re:ToewijzingNummer>{number}</re:ToewijzingNummer>{code}</re:ToegewezenProduct></re:ToegewezenProducten></re:Client>"
    )
}

async fn answered(caller: &Caller, retour: String, status: u16) -> Value {
    let answer = caller.push("toewijzingretour", XML, None, retour).await;
    answer.with(status).json()
}

/// Two assignments of one person are sent and collected: the message, and what came.
async fn assigned(house: &House, provider: &Caller, reference: &str) -> (String, Mail) {
    let one = |number| Toewijzing {
        number,
        at: ("2024-03-20", "10:15:00"),
        end: "2024-12-31",
    };
    let message = message(
        reference,
        "2024-03-20",
        PERSON,
        &[one("2024000456"), one("2024000457")],
    );
    let sent = house.gemeente.push("toewijzing", XML, None, message).await;
    let id = sent.with(202).id();
    let mut mail = provider.fetch_all(1, 600).await;
    (id, mail.remove(0))
}

async fn delivery(house: &House, message: &str) -> Value {
    let found = house
        .gemeente
        .get(&format!("/v1/berichten/{message}"))
        .await;
    found.with(200).json()["afleveringen"][0].clone()
}

fn codes(answer: &Value) -> Vec<(String, String)> {
    let errors = answer["errors"].as_array().expect("a list");
    let text = |value: &'_ Value| value.as_str().unwrap_or_default().to_owned();
    let pair = |error: &Value| (text(&error["code"]), text(&error["location"]));
    errors.iter().map(pair).collect()
}

pub async fn what_a_receiver_rejects_is_seen_by_the_sender_of_the_message(place: Place) {
    let house = House::new(&place, &[]).await;
    let provider = provider(&house).await;
    let (message, mail) = assigned(&house, &provider, "T-1").await;
    provider
        .confirm(std::slice::from_ref(&mail))
        .await
        .with(200);
    let said = retour("R-1", &mail.id, "", &product(PERSON, "2024000457"));
    let answer = answered(&provider, said.clone(), 202).await;
    assert_eq!(answer["opgenomen"], 1, "{answer}");

    let seen = delivery(&house, &message).await;
    assert_eq!(
        (&seen["status"], &seen["reden"]),
        (&json!("geweigerd"), &json!("retour.deels-afgewezen"))
    );
    let whole = house
        .gemeente
        .get(&format!("/v1/berichten/{message}"))
        .await;
    let whole = whole.json();
    let second = &whole["retour"]["elementen"][1];
    let rejected = &seen["afgewezen"][0];
    assert_eq!(seen["afgewezen"].as_array().map(Vec::len), Some(1));
    assert_eq!(rejected["codes"], json!(["9251"]));
    assert_eq!(
        rejected["plaats"],
        "/re:Bericht/re:Client[1]/re:ToegewezenProducten/re:ToegewezenProduct[1]"
    );
    assert_eq!(rejected["elementen"][0]["nummer"], 2, "the sender's own");
    assert_eq!(rejected["elementen"][0]["plaats"], second["plaats"]);
    let ids = second["records"].as_array().expect("a list").iter();
    let ids: Vec<&Value> = ids.map(|record| &record["id"]).collect();
    assert!(ids.contains(&&rejected["gegevens"][0]["id"]), "{rejected}");
    // its receiver sees the same, but nothing of the file that it came from
    let own = provider.get(&format!("/v1/postvak/{}", mail.id)).await;
    let own = own.with(200).json();
    assert_eq!(own["afgewezen"][0]["codes"], json!(["9251"]));
    assert_eq!(own["afgewezen"][0]["elementen"], json!([]));

    // the same again, and the same under another reference, change nothing
    let again = answered(&provider, said.clone(), 202).await;
    assert_eq!(again["id"], answer["id"]);
    answered(&provider, said.replace("R-1", "R-2"), 202).await;
    assert_eq!(delivery(&house, &message).await, seen);
    // something else does not take it back
    let fine = retour("R-3", &mail.id, &code("0200"), "");
    let refused = answered(&provider, fine.clone(), 400).await;
    assert_eq!(codes(&refused)[0].0, "retour.beantwoord");
    // until it is offered again
    house.gemeente.replay(&mail.id).await.with(200);
    assert_eq!(delivery(&house, &message).await["afgewezen"], Value::Null);
    provider.fetch_all(1, 600).await;
    answered(&provider, fine, 202).await;
    let seen = delivery(&house, &message).await;
    assert_eq!(
        (&seen["status"], &seen["afgewezen"]),
        (&json!("bevestigd"), &json!([]))
    );
    house.stop().await;
}

pub async fn a_retour_may_reject_a_person_or_the_whole(place: Place) {
    let house = House::new(&place, &[]).await;
    let provider = provider(&house).await;
    let (message, mail) = assigned(&house, &provider, "T-1").await;
    let person = format!(
        "<re:Client><re:Bsn>{PERSON}</re:Bsn>{}</re:Client>",
        code("9101")
    );
    answered(&provider, retour("R-1", &mail.id, "", &person), 202).await;
    let seen = delivery(&house, &message).await;
    assert_eq!(
        seen["reden"], "retour.afgewezen",
        "all of it is that person's"
    );
    assert_eq!(
        seen["afgewezen"][0]["gegevens"].as_array().map(Vec::len),
        Some(2)
    );
    // who sends a retour has answered: confirming it after that comes too late
    let late = provider.confirm(std::slice::from_ref(&mail)).await;
    assert_eq!(late.json()["uitkomsten"][0]["uitkomst"], "vervallen");

    house.gemeente.replay(&mail.id).await.with(200);
    provider.fetch_all(1, 600).await;
    let all = retour("R-2", &mail.id, &code("0001"), "");
    answered(&provider, all, 202).await;
    let seen = delivery(&house, &message).await;
    assert_eq!(seen["reden"], "retour.afgewezen");
    assert_eq!(seen["afgewezen"][0]["gegevens"], json!([]));
    assert_eq!(seen["afgewezen"][0]["plaats"], "/re:Bericht/re:Header");
    house.stop().await;
}

pub async fn a_retour_to_what_is_not_the_sender_s_tells_nothing(place: Place) {
    let house = House::new(&place, &[]).await;
    let provider = provider(&house).await;
    let (message, mail) = assigned(&house, &provider, "T-1").await;
    let before = delivery(&house, &message).await;
    let at = "/re:Bericht/re:Header/re:BerichtIdentificatie/re:Identificatie";
    // of nobody, of another organisation, and no id at all: one answer
    house
        .gemeente
        .push(
            "verwijzing",
            XML,
            None,
            include_str!("../../mappings/gemeente-voorbeeldstad/voorbeelden/verwijzing.xml"),
        )
        .await
        .with(202);
    let others = house.a.fetch_all(1, 600).await.remove(0);
    let mut answers = Vec::new();
    for (number, id) in ["019a2f6c-41d7-7b30-9c55-0c5f0a7e1d01", &others.id, "T-1"]
        .into_iter()
        .enumerate()
    {
        let said = retour(&format!("R-{number}"), id, &code("0001"), "");
        let answer = answered(&provider, said, 400).await;
        assert_eq!(
            codes(&answer),
            [("aflevering.onbekend".to_owned(), at.to_owned())]
        );
        answers.push(answer["errors"].clone());
    }
    assert!(answers.iter().all(|one| *one == answers[0]));
    // what is not in the delivery, of a person or a number that is known elsewhere or nowhere
    for (bsn, number) in [(PERSON, "2024-REI-000123"), ("123456782", "2024000456")] {
        let said = retour("R-9", &mail.id, "", &product(bsn, number));
        let answer = answered(&provider, said, 400).await;
        assert_eq!(codes(&answer)[0].0, "retour.element-onbekend", "{answer}");
        assert!(codes(&answer)[0].1.ends_with("re:ToegewezenProduct[1]"));
    }
    assert_eq!(delivery(&house, &message).await, before);
    house.stop().await;
}
