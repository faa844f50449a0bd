//! StUF in, StUF out: what a municipal system hears that asks for XML.

use crate::caller::Answer;
use crate::caller::Caller;
use crate::caller::JSON;
use crate::caller::XML;
use crate::house::House;
use crate::letters;
use crate::letters::Verwijzing;
use crate::place::Place;
use crate::toewijzing;
use crate::toewijzing::Toewijzing;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use schakel::canonical::Kind;

/// Pushes as a system that reads XML.
pub async fn push(caller: &Caller, soort: &str, accept: &str, body: &str) -> Answer {
    let request = caller
        .request("POST", &format!("/v1/berichten?soort={soort}"))
        .header("content-type", XML)
        .header("accept", accept)
        .body(body.to_owned());
    caller.send(request).await
}

/// The text of the first element of this name.
#[track_caller]
pub fn within<'t>(text: &'t str, name: &str) -> &'t str {
    let start = format!("<StUF:{name}>");
    let Some(at) = text.find(&start) else {
        panic!("no {name}: {text}");
    };
    let text = &text[at + start.len()..];
    &text[..text.find("</StUF:").expect("it ends")]
}

#[track_caller]
fn holds(answer: &Answer, status: u16, berichtcode: &str, code: &str) {
    let text = answer.text();
    assert_eq!(answer.status, status, "{text}");
    assert!(answer.headers.contains("content-type: application/xml"));
    assert_eq!(within(&text, "berichtcode"), berichtcode, "{text}");
    assert_eq!(within(&text, "code"), code, "{text}");
}

pub async fn a_message_in_stuf_is_acknowledged_in_stuf_and_again_with_the_same_bytes(place: Place) {
    let house = House::new(&place, &[]).await;
    let letter = Verwijzing::default();
    let ask = async |accept| push(&house.gemeente, "verwijzing", accept, &letter.xml()).await;
    let first = ask("application/xml").await.with(202);
    let text = first.text();
    assert!(first.headers.contains("content-type: application/xml"));
    assert_eq!(within(&text, "berichtcode"), "Bv03");
    assert_eq!(within(&text, "crossRefnummer"), letter.reference);
    assert_eq!(within(&text, "tijdstipBericht"), "20261102100000000");
    let zender = "<StUF:zender><StUF:organisatie>00000099123456780000</StUF:organisatie><StUF:applicatie>Gateway";
    let ontvanger =
        "<StUF:ontvanger><StUF:organisatie>0484</StUF:organisatie><StUF:applicatie>SuiteRegie";
    assert!(text.contains(zender) && text.contains(ontvanger), "{text}");
    house.later(3_600).await;
    let again = ask("application/xml").await.with(202);
    assert_eq!(text, again.text(), "id and moment included");
    let retour = ask(JSON).await.with(202);
    assert_eq!(within(&text, "referentienummer"), retour.id());
    let location = format!("location: /v1/berichten/{}", retour.id());
    assert!(first.headers.contains(&location), "{}", first.headers);
    // who does not ask for XML rather than for JSON is answered as everyone is
    for accept in ["*/*", "application/json, application/xml"] {
        assert_eq!(ask(accept).await.with(202).json(), retour.json());
    }
    assert_eq!(house.a.fetch_all(1, 600).await.len(), 1, "taken once");
    house.stop().await;
}

pub async fn a_refusal_in_stuf_has_the_code_of_the_first_check_and_names_every_fault(place: Place) {
    let house = House::new(&place, &[]).await;
    let gemeente = &house.gemeente;
    let ask = async |body: &str| push(gemeente, "verwijzing", XML, body).await;
    let wrong = Verwijzing {
        bsn: "123456789".to_owned(),
        start: "20240231".to_owned(),
        ..Verwijzing::default()
    };
    let refused = ask(&wrong.xml()).await;
    holds(&refused, 400, "Fo01", "StUF055");
    let text = refused.text();
    assert_eq!(within(&text, "plek"), "client");
    assert_eq!(within(&text, "crossRefnummer"), wrong.reference);
    let own = format!("{}000", wrong.moment);
    assert_eq!(
        within(&text, "tijdstipBericht"),
        own,
        "it stays the same, and is not kept"
    );
    let details = within(&text, "details");
    let object = "/rei:verwijzing_Di01/rei:object[1]";
    for start in [
        format!("bsn.elfproef {object}/rei:klant/rei:bsn (regel "),
        format!("datum.bestaatNiet {object}/rei:gewensteIngangsdatum (regel "),
    ] {
        assert!(details.contains(&start), "{details}");
    }
    for value in ["123456789", "20240231", "Testpersoon"] {
        assert!(!text.contains(value), "no value in it");
    }
    house.later(3_600).await;
    assert_eq!(ask(&wrong.xml()).await.text(), text, "the same bytes again");

    // the order of the checks, whatever else is wrong
    let nowhere = Verwijzing {
        to: "00000099111111110000".to_owned(),
        ..wrong.clone()
    };
    let refused = ask(&nowhere.xml()).await;
    holds(&refused, 400, "Fo03", "StUF010");
    let text = refused.text();
    let details: Vec<&str> = within(&text, "details").lines().collect();
    assert!(details[0].starts_with("partij.onbekend "), "{details:?}");
    assert_eq!(details.len(), 3, "{details:?}");

    let letter = wrong.xml();
    let two = "<StUF:organisatie>0484</StUF:organisatie>";
    for (from, to, code) in [
        (two, "<StUF:organisatie>0363</StUF:organisatie>", "StUF013"),
        (
            "Di01</StUF:berichtcode>",
            "Lk01</StUF:berichtcode>",
            "StUF025",
        ),
        (
            "Di01</StUF:berichtcode>",
            "Xx01</StUF:berichtcode>",
            "StUF022",
        ),
        (
            ">verwijzing</StUF:functie>",
            ">iets</StUF:functie>",
            "StUF037",
        ),
        ("\"VRW\"", "\"XXX\"", "StUF031"),
        ("StUF/StUF0301", "StUF/StUF0204", "StUF001"),
        ("reintegratie:0100", "reintegratie:0200", "StUF007"),
        ("urn:example:reintegratie", "urn:example:ander", "StUF004"),
        ("verwijzing_Di01", "besluit_Di01", "StUF040"),
        ("</rei:stuurgegevens>", "<", "StUF055"),
    ] {
        holds(&ask(&letter.replace(from, to)).await, 400, "Fo03", code);
    }
    assert!(house.records(Kind::Verwijzing).await.is_empty());
    house.stop().await;
}

pub async fn what_stuf_cannot_say_by_its_content_alone_is_said_too(place: Place) {
    let house = House::new(&place, &[]).await;
    let gemeente = &house.gemeente;
    let letter = Verwijzing::default();
    let ask = async |body: &str| push(gemeente, "verwijzing", XML, body).await;
    ask(&letter.xml()).await.with(202);
    let other = Verwijzing {
        goal: "Iets anders".to_owned(),
        ..letter.clone()
    };
    let conflict = ask(&other.xml()).await;
    holds(&conflict, 409, "Fo03", "StUF016");
    assert!(!conflict.text().contains("Iets anders"));
    // beside other faults of the stuurgegevens the reference is still the first thing wrong
    let worse = letter
        .xml()
        .replace(">verwijzing</StUF:functie>", ">iets</StUF:functie>");
    let refused = ask(&worse).await;
    holds(&refused, 400, "Fo03", "StUF016");
    let text = refused.text();
    assert!(within(&text, "details").contains("waarde.constante /rei:verwijzing_Di01/"));

    // a provider with which there is no agreement
    house.admin.json("PUT", "/v1/organisaties/aanbieder-c", &serde_json::json!({
        "code": "aanbieder-c", "naam": "Jobcoachorganisatie C", "soort": "jobcoachorganisatie",
        "oin": "00000099555555550000", "kvk": "55555555", "rollen": ["P"],
    })).await.with(201);
    let unagreed = Verwijzing {
        to: "00000099555555550000".to_owned(),
        number: "2024-REI-000777".to_owned(),
        ..Verwijzing::default()
    };
    holds(&ask(&unagreed.xml()).await, 400, "Fo01", "StUF052");

    // two objects, one of which is refused
    let first = Verwijzing {
        number: "2024-REI-000200".to_owned(),
        ..Verwijzing::default()
    };
    let xml = first.xml();
    let start = xml.find("  <rei:object").unwrap();
    let end = xml.find("</rei:verwijzing_Di01>").unwrap();
    let second = xml[start..end]
        .replace("000200", "000201")
        .replace("999990019", "111222333")
        .replace("20240401", "20240231");
    let both = format!("{}{second}{}", &xml[..end], &xml[end..]);
    let partly = ask(&both).await;
    holds(&partly, 202, "Fo01", "StUF055");
    let text = partly.text();
    let details = within(&text, "details");
    assert!(details.starts_with("Bewaard; 1 van 2 objecten zijn overgenomen."));
    assert!(details.contains("/rei:object[2]/rei:gewensteIngangsdatum"));
    assert_eq!(ask(&both).await.text(), text, "the same bytes again");

    // what is wrong with the request, and who has no StUF, is answered as ever
    let stranger = gemeente.stranger("POST", "/v1/berichten?soort=verwijzing");
    let request = stranger.header("accept", XML).body(letter.xml());
    let problem = gemeente.send(request).await.with(401);
    assert!(problem.headers.contains("application/problem+json"));
    let unknown = push(gemeente, "iets", XML, &letter.xml()).await.with(404);
    assert!(unknown.headers.contains("application/problem+json"));
    let request = gemeente
        .request("POST", "/v1/berichten?soort=canoniek")
        .header("content-type", JSON)
        .header("accept", XML);
    gemeente.send(request.body("{}")).await.with(406);
    house.stop().await;
}

pub async fn a_message_in_an_envelope_is_answered_in_stuf_and_its_retour_waits(place: Place) {
    let house = House::new(&place, &[]).await;
    let provider = toewijzing::provider(&house).await;
    let one = Toewijzing {
        number: "456",
        at: ("2024-03-20", "10:15:00"),
        end: "2024-12-31",
    };
    let message = |bsn: &str| toewijzing::message("T-1", "2024-03-20", bsn, &[one]);
    let ask = async |body: &str| push(&house.gemeente, "toewijzing-ggk", XML, body).await;
    let good = letters::in_envelope("ggk-1", &message("999990019"));

    // what is wrong with the envelope, and what with the message in it
    let bad = letters::in_envelope("ggk-0", &message("123456789"));
    let refused = ask(&bad).await;
    holds(&refused, 400, "Fo01", "StUF055");
    let text = refused.text();
    let held = "/ggk:envelopHeenbericht-ggk_Di01/ggk:bericht/ggk:xmlBestand";
    let expected = format!("bsn.elfproef {held} &gt; /re:Bericht/re:Client[1]/re:Bsn (regel ");
    assert!(within(&text, "details").starts_with(&expected), "{text}");
    assert_eq!(within(&text, "crossRefnummer"), "ggk-0");
    assert_eq!(within(&text, "tijdstipBericht"), "20240320101530000");
    for (from, to, berichtcode, code) in [
        (">RI301<", ">RI305<", "Fo03", "StUF037"),
        (">Di01<", ">Lk01<", "Fo03", "StUF025"),
        (
            "envelopHeenbericht-ggk_Di01",
            "envelopRetourbericht-ggk_Du01",
            "Fo03",
            "StUF040",
        ),
        (
            "koppelvlak/ggk0210",
            "koppelvlak/ggk0310",
            "Fo03",
            "StUF004",
        ),
        ("<ggk:xmlBestand>", "<ggk:xmlBestand>*", "Fo01", "StUF055"),
        (
            ">0001</ggk:functieVersie>",
            ">0002</ggk:functieVersie>",
            "Fo01",
            "StUF055",
        ),
    ] {
        holds(&ask(&good.replace(from, to)).await, 400, berichtcode, code);
    }
    // the envelope is of the gemeente, the message in it says that it is of another
    let message_of_another =
        message("999990019").replace(">0484</re:Afzender>", ">0363</re:Afzender>");
    let other = ask(&letters::in_envelope("ggk-0", &message_of_another)).await;
    holds(&other, 400, "Fo01", "StUF052");
    let text = other.text();
    let expected = format!("afzender.anders {held} &gt; /re:Bericht/re:Header/re:Afzender (regel ");
    assert!(within(&text, "details").starts_with(&expected), "{text}");
    let start = good.find("<StUF:zender>").unwrap();
    let end = good.find("<StUF:referentienummer>").unwrap();
    let nobody = ask(&format!("{}{}", &good[..start], &good[end..])).await;
    holds(&nobody, 400, "Fo03", "StUF013");
    let text = nobody.text();
    for part in [
        "<StUF:zender><StUF:applicatie>Schakel</StUF:applicatie></StUF:zender>",
        "<StUF:ontvanger><StUF:organisatie>gemeente-voorbeeldstad</StUF:organisatie></StUF:ontvanger>",
    ] {
        assert!(text.contains(part), "{text}");
    }
    assert!(house.records(Kind::Opdracht).await.is_empty());

    let taken = ask(&good).await.with(202).text();
    assert_eq!(within(&taken, "berichtcode"), "Bv03");
    assert_eq!(within(&taken, "crossRefnummer"), "ggk-1");
    let mail = provider.fetch_all(1, 600).await;
    let number = "<re:ToewijzingNummer>456</re:ToewijzingNummer>";
    assert!(mail[0].content.contains(number), "{}", mail[0].content);
    let id = within(&taken, "referentienummer");
    let retour = house
        .gemeente
        .get(&format!("/v1/berichten/{id}/retour"))
        .await;
    // in an envelope of its own, back to who sent it
    let around = retour.with(200).text();
    assert!(
        around.contains("<ggk:envelopRetourbericht-ggk_Du01"),
        "{around}"
    );
    assert_eq!(within(&around, "crossRefnummer"), "ggk-1");
    assert_eq!(within(&around, "referentienummer"), id);
    let held = around
        .split("<ggk:xmlBestand>")
        .nth(1)
        .expect("it holds one");
    let held = held.split('<').next().expect("up to its end");
    let retour = STANDARD.decode(held).expect("base64");
    let retour = String::from_utf8(retour).expect("UTF-8");
    assert!(
        retour.contains("<re:BerichtCode>RI302</re:BerichtCode>"),
        "{retour}"
    );
    assert!(
        retour.contains("<re:RetourCode>0200</re:RetourCode>"),
        "{retour}"
    );
    house.stop().await;
}
