//! What is reported on an opdracht: a rapportage that its opdrachtgever approves, and the loonwaarde of an expert that
//! it establishes.

use crate::caller::Answer;
use crate::caller::Caller;
use crate::caller::EXCEL;
use crate::caller::JSON;
use crate::caller::Mail;
use crate::files::with_opdracht;
use crate::house::House;
use crate::letters;
use crate::place::Place;
use schakel::canonical::Kind;
use serde_json::Value;
use serde_json::json;

const NUMBER: &str = "2024-REI-000123";
/// The shipped example, about the dossier of the case.
const REPORT: &str = include_str!("../../mappings/aanbieder-a/voorbeelden/loonwaarde.json");

const PLAN: &str = include_str!("../../mappings/aanbieder-a/voorbeelden/werkfit-plan.json");
const END: &str = include_str!("../../mappings/aanbieder-a/voorbeelden/werkfit-eind.json");
const CASELOAD: &[u8] = include_bytes!("../../mappings/aanbieder-a/voorbeelden/caseload.xlsx");

/// Pushes a canonical message about the opdracht of the case.
async fn say(caller: &Caller, minute: u32, kind: Kind, record: Value) -> Answer {
    let message = json!({
        "bericht": {"referentie": format!("m-{minute}"), "verzonden": format!("2026-11-02T08:{minute:02}:00Z")},
        "opdracht": {"toewijzingsnummer": NUMBER}, kind.as_str(): record,
    });
    caller
        .push("canoniek", JSON, None, message.to_string())
        .await
}

/// The only letter of a kind, confirmed; and what it says.
async fn letter(caller: &Caller, kind: Kind) -> (Mail, Value) {
    let mail = caller.fetch_all(1, 600).await;
    caller.confirm(&mail).await.with(200);
    let said: Value = serde_json::from_str(&mail[0].content).expect("JSON");
    assert_eq!(mail[0].soort, kind.as_str(), "{said}");
    (mail[0].clone(), said[kind.as_str()].clone())
}

fn codes(answer: &Answer) -> String {
    answer.json().to_string()
}

pub async fn a_rapportage_goes_to_the_opdrachtgever_who_approves_it(place: Place) {
    let house = with_opdracht(&place).await;
    let report = json!({
        "nummer": "R-7", "soort": "voortgang", "datum": "2024-06-30",
        "periode": {"van": "2024-04-01", "tot": "2024-06-30"},
        "onderdelen": [{"sleutel": "1", "vraag": "Aanwezigheid", "antwoord": "Elke dag op tijd"}],
        "doelenStand": [{"nr": 1, "status": "behaald"}],
    });
    let named = json!({"nummer": "R-7", "soort": "voortgang", "periode": report["periode"]});
    let status = |status: &str| {
        let mut said = named.clone();
        said["status"] = json!(status);
        said
    };
    // who commissioned it does not write it, and cannot answer what was not sent
    let refused = say(&house.gemeente, 1, Kind::Rapportage, report.clone()).await;
    assert!(
        codes(&refused).contains("identiteit.onbekend"),
        "{}",
        codes(&refused)
    );
    say(&house.a, 2, Kind::Rapportage, report).await.with(202);
    let mail = house.gemeente.fetch_all(1, 600).await;
    house.gemeente.confirm(&mail).await.with(200);
    let said = &mail[0].content;
    for part in [
        "<StUF:functie>rapportage</StUF:functie>",
        "<rei:status>ingediend</rei:status>",
        "<rei:antwoord>Elke dag op tijd</rei:antwoord>",
    ] {
        assert!(said.contains(part), "in its own StUF-like XML: {said}");
    }
    // nobody approves a report of its own
    let refused = say(&house.a, 3, Kind::Rapportage, status("goedgekeurd")).await;
    assert_eq!(refused.status, 400, "{}", codes(&refused));
    say(&house.gemeente, 4, Kind::Rapportage, status("goedgekeurd"))
        .await
        .with(202);
    let (_, said) = letter(&house.a, Kind::Rapportage).await;
    assert_eq!(said["status"], "goedgekeurd", "{said}");
    assert_eq!(house.records(Kind::Rapportage).await.len(), 1);
    house.stop().await;
}

pub async fn a_loonwaarde_goes_to_the_opdrachtgever_who_establishes_it(place: Place) {
    let house = with_opdracht(&place).await;
    let sent = house.a.push("loonwaarde", JSON, Some("lw-1"), REPORT);
    let answer = sent.await.with(202).json().to_string();
    assert!(!answer.contains("loonwaarde.percentage"), "{answer}");
    let (_, said) = letter(&house.gemeente, Kind::Loonwaarde).await;
    assert_eq!(said["status"], "ingediend", "{said}");
    assert_eq!(said["percentage"], 4100, "{said}");
    assert_eq!(said["hoofdtaken"][1]["tempo"], 4000, "{said}");
    let named = json!({"nummer": "LW-2024-031", "datumRapport": "2024-05-21"});
    let with = |more: Value| {
        let mut said = named.clone();
        let more = more.as_object().cloned().expect("an object");
        said.as_object_mut().expect("an object").extend(more);
        said
    };
    let established = with(json!({
        "status": "vastgesteld",
        "besluit": {"vastgesteldDoor": "College van Voorbeeldstad", "datum": "2026-11-01", "geldigTot": "2027-11-01"},
    }));
    // it is not for the expert to establish it
    let refused = say(&house.a, 1, Kind::Loonwaarde, established.clone()).await;
    assert_eq!(refused.status, 400, "{}", codes(&refused));
    say(&house.gemeente, 2, Kind::Loonwaarde, established)
        .await
        .with(202);
    let (_, said) = letter(&house.a, Kind::Loonwaarde).await;
    assert_eq!(said["status"], "vastgesteld", "{said}");
    assert_eq!(said["percentage"], 4100, "what the expert said stands");
    assert_eq!(said["besluit"]["datum"], "2026-11-01");
    assert_eq!(house.records(Kind::Loonwaarde).await.len(), 1);
    // another provider has no part in it
    let other = with(json!({"percentage": 1}));
    let refused = say(&house.b, 3, Kind::Loonwaarde, other).await;
    assert!(refused.status >= 400, "{}", codes(&refused));
    house.stop().await;
}

pub async fn a_loonwaarde_that_does_not_add_up_is_taken_and_its_sender_told(place: Place) {
    let house = with_opdracht(&place).await;
    let wrong = REPORT.replace("\"loonwaarde\": 41", "\"loonwaarde\": 60");
    assert_ne!(wrong, REPORT);
    let sent = house.a.push("loonwaarde", JSON, Some("lw-1"), wrong);
    let answer = sent.await.with(202).json();
    let told = &answer["elementen"][0]["fouten"][0];
    assert_eq!(told["code"], "loonwaarde.percentage", "{answer}");
    assert_eq!(told["location"], "/loonwaarde", "{answer}");
    let (_, said) = letter(&house.gemeente, Kind::Loonwaarde).await;
    assert_eq!(said["percentage"], 6000, "{said}");
    house.stop().await;
}

pub async fn the_plan_and_the_end_report_of_werkfit_reach_uwv(place: Place) {
    let house = House::new(&place, &[]).await;
    let order = letters::opdracht("4500123456", "999990019").to_string();
    house
        .uwv
        .push("canoniek", JSON, None, order)
        .await
        .with(202);
    letter(&house.a, Kind::Opdracht).await;
    for (soort, kind, form) in [
        ("werkfit-plan", Kind::Trajectplan, PLAN),
        ("werkfit-eind", Kind::Rapportage, END),
    ] {
        let sent = house.a.push(soort, JSON, Some(soort), form);
        sent.await.with(202);
        let (_, said) = letter(&house.uwv, kind).await;
        if kind == Kind::Trajectplan {
            assert_eq!(said["activiteitenuren"][0]["minuten"], 1440, "{said}");
            assert_eq!(said["fasen"][0]["duurMaanden"], 6, "{said}");
        } else {
            assert_eq!(said["uitkomst"], "werkfit", "{said}");
            assert_eq!(said["onderdelen"][0]["sleutel"], "4.2", "{said}");
        }
    }
    house.stop().await;
}

pub async fn a_caseload_names_the_coach_of_the_opdrachten_that_are_known(place: Place) {
    let house = with_opdracht(&place).await;
    let sent = house
        .a
        .push("caseload", EXCEL, Some("caseload-april"), CASELOAD);
    let answer = sent.await.with(202).json();
    assert_eq!(
        (&answer["opgenomen"], &answer["geweigerd"]),
        (&json!(1), &json!(2)),
        "{answer}"
    );
    let mail = house.gemeente.fetch_all(1, 600).await;
    assert!(mail[0].content.contains("H. Jobcoach"), "{:?}", mail[0]);
    house.stop().await;
}
