//! Nothing leaves without a ground: an agreement that is valid now, and nobody who said no.

use crate::caller::CSV;
use crate::caller::Caller;
use crate::caller::EXCEL;
use crate::caller::JSON;
use crate::caller::XML;
use crate::cast;
use crate::house::House;
use crate::letters;
use crate::letters::Verwijzing;
use crate::place::Place;
use schakel::canonical::Kind;
use serde_json::Value;
use serde_json::json;
use std::time::Duration;

/// Long enough for everything to be delivered that is going to be.
async fn a_while() {
    tokio::time::sleep(Duration::from_secs(1)).await;
}

pub async fn when_the_agreement_ends_what_waits_is_withheld(place: Place) {
    let house = House::new(&place, &[]).await;
    let letter = |number: &str| Verwijzing {
        number: number.to_owned(),
        ..Verwijzing::default()
    };
    let push = async |number: &str| {
        let sent = house
            .gemeente
            .push("verwijzing", XML, None, letter(number).xml())
            .await;
        sent.with(202).id()
    };
    let refused = push("2024-REI-000001").await;
    let mail = house.a.fetch_all(1, 600).await.remove(0);
    let content = format!("/v1/postvak/{}/inhoud", mail.id);
    house.a.get(&content).await.with(200);
    house.a.refuse(&mail, "later").await.with(200);
    let waiting = push("2024-REI-000002").await;
    let ready = |all: &[Value]| all[0]["status"] == "klaar";
    house.gemeente.deliveries_until(&waiting, ready).await;

    let mut ended = cast::overeenkomst("SO-2024-01", cast::GEMEENTE, cast::A, "toegewezen");
    ended["tot"] = json!("2026-11-01");
    house.agree(&ended).await;
    assert_eq!(
        house.a.fetch(600).await.len(),
        0,
        "what waited in the postvak is not given out any more"
    );
    house.a.get(&content).await.with(404); // nor to be read again
    house.a.replay(&mail.id).await.with(200);
    let withheld = |all: &[Value]| all[0]["status"] == "ingehouden";
    for message in [&refused, &waiting] {
        let delivery = house
            .gemeente
            .deliveries_until(message, withheld)
            .await
            .remove(0);
        assert_eq!(delivery["reden"], "overeenkomst.afwezig");
    }
    assert!(house.a.fetch(600).await.is_empty());

    // A new agreement and a replay: it goes after all.
    let again = cast::overeenkomst("SO-2026-01", cast::GEMEENTE, cast::A, "toegewezen");
    house.agree(&again).await;
    house.gemeente.replay(&mail.id).await.with(200);
    assert_eq!(house.a.fetch_all(1, 600).await[0].id, mail.id);
    house.stop().await;
}

pub async fn a_narrower_agreement_counts_for_what_waits_too(place: Place) {
    let house = House::new(&place, &[]).await;
    let sent = house
        .gemeente
        .push("verwijzing", XML, None, Verwijzing::default().xml())
        .await
        .with(202)
        .id();
    let ready = |all: &[Value]| all[0]["status"] == "klaar";
    house.gemeente.deliveries_until(&sent, ready).await;
    // Made with the e-mail address in it, which is of class B like all that identifies a person.
    let mut narrower = cast::overeenkomst("SO-2024-01", cast::GEMEENTE, cast::A, "toegewezen");
    narrower["attribuutset"][0]["klassen"] = json!(["A"]);
    house.agree(&narrower).await;
    let mail = house.a.fetch(600).await;
    assert!(
        mail.iter()
            .all(|one| !one.content.contains("a@voorbeeld.nl"))
    );
    // The same rules again: what is made anew is handed over in full.
    let wide = cast::overeenkomst("SO-2024-01", cast::GEMEENTE, cast::A, "toegewezen");
    house.agree(&wide).await;
    for one in &mail {
        house.a.refuse(one, "opnieuw").await.with(200);
        house.a.replay(&one.id).await.with(200);
    }
    if mail.is_empty() {
        let withheld = house
            .gemeente
            .deliveries_until(&sent, |all| all[0]["status"] == "ingehouden")
            .await;
        let id = withheld[0]["id"].as_str().unwrap_or_default().to_owned();
        house.gemeente.replay(&id).await.with(200);
    }
    let again = house.a.fetch_all(1, 600).await;
    assert!(again[0].content.contains("a@voorbeeld.nl"));
    house.stop().await;
}

pub async fn without_an_agreement_nothing_leaves(place: Place) {
    let house = House::new(&place, &[]).await;
    // There is none between UWV and provider B.
    let mut order = letters::opdracht("4500000002", "999990020");
    order["opdracht"]["uitvoerder"] = json!({ "oin": "00000099876543210000" });
    let answer = house
        .uwv
        .push("canoniek", JSON, None, order.to_string())
        .await;
    assert!(
        answer.text().contains("overeenkomst.afwezig"),
        "{}",
        answer.text()
    );
    assert!(house.records(Kind::Opdracht).await.is_empty());
    // A profile without a case goes only to who may see all of them.
    let row = [("BSN", "999990020")];
    let book = letters::workbook("Blad 1", &[&row]);
    house
        .uwv
        .push("sonar", EXCEL, Some("werkmap"), book)
        .await
        .with(202);
    house.a.fetch_all(1, 600).await;
    a_while().await;
    assert!(house.b.fetch(600).await.is_empty());
    assert!(house.gemeente.fetch(600).await.is_empty());
    house.stop().await;
}

pub async fn without_consent_a_kandidaat_is_kept_and_goes_to_nobody(place: Place) {
    let house = House::new(&place, &[]).await;
    let (yes, no) = (
        [("BSN", "999990020")],
        [("BSN", "999990032"), ("Toestemming", "Nee")],
    );
    let book = letters::workbook("Blad 1", &[&yes, &no]);
    let answer = house
        .uwv
        .push("sonar", EXCEL, Some("werkmap"), book)
        .await
        .with(202)
        .json();
    assert_eq!(answer["opgenomen"], 2, "{answer}");
    assert!(
        answer.to_string().contains("kandidaat.geenToestemming"),
        "{answer}"
    );
    assert_eq!(
        house.records(Kind::Werkprofiel).await.len(),
        2,
        "both are kept"
    );
    house.a.fetch_all(1, 600).await;
    a_while().await;
    assert!(house.a.fetch(600).await.is_empty(), "only who said yes");
    house.stop().await;
}

pub async fn consent_taken_back_stops_what_was_not_handed_over_yet(place: Place) {
    let house = House::new(&place, &[]).await;
    let book = |consent| {
        letters::workbook(
            "Blad 1",
            &[&[("BSN", "999990020"), ("Toestemming", consent)]],
        )
    };
    let sent = house
        .uwv
        .push("sonar", EXCEL, Some("werkmap-1"), book("Ja"))
        .await
        .with(202);
    let ready = |all: &[Value]| all[0]["status"] == "klaar";
    house.uwv.deliveries_until(&sent.id(), ready).await;
    house.later(60).await;
    house
        .uwv
        .push("sonar", EXCEL, Some("werkmap-2"), book("Nee"))
        .await
        .with(202);
    assert!(
        house.a.fetch(600).await.is_empty(),
        "it waited in the postvak, and stays there"
    );
    let withheld = |all: &[Value]| all[0]["status"] == "ingehouden";
    let delivery = house
        .uwv
        .deliveries_until(&sent.id(), withheld)
        .await
        .remove(0);
    assert_eq!(delivery["reden"], "kandidaat.geenToestemming");
    house.stop().await;
}

pub async fn why_a_third_organisation_holds_a_delivery_back_is_not_told_to_its_sender(
    place: Place,
) {
    let house = House::new(&place, &[]).await;
    let book = letters::workbook("Blad 1", &[&[("BSN", "999990020")]]);
    let sent = house
        .uwv
        .push("sonar", EXCEL, Some("werkmap"), book)
        .await
        .with(202)
        .id();
    let ready = |all: &[Value]| all[0]["status"] == "klaar";
    house.uwv.deliveries_until(&sent, ready).await;
    // The gemeente, with which UWV shares no case of this person.
    let say = async |caller: &Caller, reference: &str, word: Value| {
        let mut kandidaat = word;
        kandidaat["bsn"] = json!("999990020");
        let body = json!({
            "bericht": {"referentie": reference, "verzonden": "2026-11-02T09:00:00Z"},
            "kandidaat": kandidaat,
        });
        let sent = caller.push("canoniek", JSON, None, body.to_string());
        sent.await.with(202);
    };
    say(&house.gemeente, "G-1", json!({"afgeschermd": true})).await;
    assert!(house.a.fetch(600).await.is_empty());
    let withheld = |all: &[Value]| all[0]["status"] == "ingehouden";
    let delivery = house.uwv.deliveries_until(&sent, withheld).await.remove(0);
    assert_eq!(delivery["reden"], "kandidaat.ingehouden");
    let list = format!("/v1/berichten/{sent}/afleveringen");
    let list = house.uwv.get(&list).await.with(200).json();
    assert_eq!(list["afleveringen"][0]["reden"], "kandidaat.ingehouden");
    // Of its own word the sender knows already.
    say(&house.uwv, "U-1", json!({"afgeschermd": true})).await;
    let delivery = house.uwv.deliveries_until(&sent, withheld).await.remove(0);
    assert_eq!(delivery["reden"], "kandidaat.afgeschermd");
    house.stop().await;
}

pub async fn of_a_file_about_two_people_only_what_is_about_the_one_who_said_no_stays_behind(
    place: Place,
) {
    let house = House::new(&place, &[]).await;
    let people = [
        ("2024-REI-000001", "W2-1", "999990019"),
        ("2024-REI-000002", "W2-2", "999990020"),
    ];
    for (number, dossier, bsn) in people {
        let letter = Verwijzing {
            number: number.to_owned(),
            bsn: bsn.to_owned(),
            ..Verwijzing::default()
        };
        let sent = house.gemeente.push("verwijzing", XML, None, letter.xml());
        sent.await.with(202);
        let mail = house.a.fetch_all(1, 600).await;
        house.a.confirm(&mail).await.with(200);
        let besluit = letters::besluit(number, dossier).to_string();
        house.a.push("besluit", JSON, None, besluit).await.with(202);
        let mail = house.gemeente.fetch_all(1, 600).await;
        house.gemeente.confirm(&mail).await.with(200);
    }
    let line = |dossier, text| letters::log_line(dossier, "02-04-2024", "eigen", text, "1,25");
    let lines = [line("W2-1", "Roeien"), line("W2-2", "Zeilen")];
    let file = letters::logboek(&lines);
    let sent = house.a.push("logboek", CSV, Some("maart"), file).await;
    let sent = sent.with(202).id();
    let ready = |all: &[Value]| all.len() == 1 && all[0]["status"] == "klaar";
    house.a.deliveries_until(&sent, ready).await;

    house.later(60).await;
    let no = [("BSN", people[1].2), ("Toestemming", "Nee")];
    let book = letters::workbook("Blad 1", &[&no]);
    let told = house.uwv.push("sonar", EXCEL, Some("werkmap"), book).await;
    told.with(202);
    for _ in 0..2 {
        let mail = house.gemeente.fetch_all(1, 60).await.remove(0);
        assert!(mail.content.contains("Roeien"), "{}", mail.content);
        assert!(!mail.content.contains("Zeilen"), "{}", mail.content);
        let content = format!("/v1/postvak/{}/inhoud", mail.id);
        let read = house.gemeente.get(&content).await.with(200).text();
        assert!(read.contains("Roeien") && !read.contains("Zeilen"));
        house.later(61).await;
    }
    house.stop().await;
}
