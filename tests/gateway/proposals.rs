//! Proposals: what one organisation says otherwise about what another owns, seen and settled by the owner.

use crate::caller::Answer;
use crate::caller::Caller;
use crate::caller::JSON;
use crate::caller::XML;
use crate::cast;
use crate::house::House;
use crate::letters::Verwijzing;
use crate::place::Place;
use schakel::canonical::Kind;
use serde_json::Value;
use serde_json::json;
use std::sync::Arc;

const LIST: &str = "/v1/voorstellen";

/// Pushes what the gemeente says of the person on a day, and gives the id under which it knows the person.
async fn letter(house: &House, day: u32, name: &str) -> String {
    let letter = Verwijzing {
        moment: format!("202403{day:02}101500"),
        name: name.to_owned(),
        ..Verwijzing::default()
    };
    let sent = house.gemeente.push("verwijzing", XML, None, letter.xml());
    let answer = sent.await.with(202).json();
    let records = answer["elementen"][0]["records"]
        .as_array()
        .expect("records");
    let kandidaat = records.iter().find(|one| one["soort"] == "kandidaat");
    kandidaat.expect("a kandidaat")["id"]
        .as_str()
        .expect("an id")
        .to_owned()
}

/// A case of the gemeente with provider A, which has the letter.
async fn with_case(place: &Place) -> (House, String) {
    let house = House::new(place, &[]).await;
    let kandidaat = letter(&house, 14, "Testpersoon").await;
    let mail = house.a.fetch_all(1, 600).await;
    house.a.confirm(&mail).await.with(200);
    (house, kandidaat)
}

/// Pushes a canonical message about the person of the case.
async fn say(caller: &Caller, minute: u32, mut message: Value) {
    message["bericht"] = json!({
        "referentie": format!("minuut-{minute}"), "verzonden": format!("2026-11-02T08:{minute:02}:00Z"),
    });
    let sent = caller.push("canoniek", JSON, None, message.to_string());
    sent.await.with(202);
}

fn otherwise(kandidaat: &Value) -> Value {
    json!({"verwijzing": {"nummer": Verwijzing::default().number}, "kandidaat": kandidaat})
}

async fn list(caller: &Caller, query: &str) -> Vec<Value> {
    let answer = caller.get(&format!("{LIST}{query}")).await.with(200).json();
    answer["voorstellen"].as_array().expect("a list").clone()
}

async fn only(caller: &Caller, query: &str) -> Value {
    let mut all = list(caller, query).await;
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

fn id(proposal: &Value) -> String {
    proposal["id"].as_str().expect("an id").to_owned()
}

async fn reject(caller: &Caller, id: &str) -> Answer {
    let path = format!("{LIST}/{id}/_afwijs");
    caller.send(caller.request("POST", &path)).await
}

/// For these it is as if the proposal is not there.
async fn hidden(caller: &Caller, id: &str) {
    let same_part = |answer: Answer| {
        let mut json = answer.with(404).json();
        json["instance"] = Value::Null;
        json
    };
    let absent = uuid::Uuid::now_v7().to_string();
    assert_eq!(list(caller, "").await, [] as [Value; 0]);
    let path = |id: &str| format!("{LIST}/{id}");
    let theirs = same_part(caller.get(&path(id)).await);
    assert_eq!(theirs, same_part(caller.get(&path(&absent)).await));
    let theirs = same_part(reject(caller, id).await);
    assert_eq!(theirs, same_part(reject(caller, &absent).await));
    let from = format!("?cursor={id}");
    assert_eq!(list(caller, &from).await, [] as [Value; 0]);
}

async fn audited(house: &House, id: &str) -> Vec<(String, String, String)> {
    let store = Arc::clone(house.app().store());
    let rows = store.audit_of(&format!("voorstel/{id}"), 100).await;
    let rows = rows.unwrap().into_iter();
    rows.map(|row| (row.action, row.result, row.actor))
        .collect()
}

pub async fn an_owner_sees_what_is_proposed_and_accepts_it_by_saying_it(place: Place) {
    let (house, kandidaat) = with_case(&place).await;
    say(&house.a, 1, otherwise(&json!({"geslachtsnaam": "Anders"}))).await;
    let proposal = only(&house.gemeente, "").await;
    let id = id(&proposal);
    let at = proposal["voorgesteldOp"].as_str().expect("a moment");
    let expected = json!({
        "id": id, "soort": "kandidaat", "record": kandidaat, "attribuut": "geslachtsnaam",
        "voorsteller": cast::A, "voorgesteldOp": at, "status": "open",
    });
    assert_eq!(proposal, expected, "without the value");
    let path = format!("{LIST}/{id}");
    let one = house.gemeente.get(&path).await.with(200).json();
    assert_eq!(one["waarde"], "Anders");
    for caller in [&house.a, &house.b, &house.uwv] {
        hidden(caller, &id).await;
    }
    let name = async || {
        let records = house.records(Kind::Kandidaat).await;
        let doc: Value = serde_json::from_str(&records[0].doc).unwrap();
        (records[0].version, doc["geslachtsnaam"].clone())
    };
    assert_eq!(name().await, (1, json!("Testpersoon")));

    // Systems send whole records: what is only repeated decides nothing.
    letter(&house, 15, "Testpersoon").await;
    assert_eq!(only(&house.gemeente, "?status=open").await, proposal);
    letter(&house, 16, "Anders").await;
    assert_eq!(name().await, (2, json!("Anders")));
    assert_eq!(
        list(&house.gemeente, "?status=open").await,
        [] as [Value; 0]
    );
    let settled = only(&house.gemeente, "?status=aanvaard").await;
    assert_eq!(settled["id"], id.as_str());
    assert!(settled["afgehandeldOp"].is_string(), "{settled}");
    let mail = house.a.fetch_all(1, 600).await.remove(0);
    assert!(
        mail.content.contains("Anders"),
        "it went to who proposed it"
    );
    reject(&house.gemeente, &id).await.with(409);
    let audit = audited(&house, &id).await;
    let results = audit.iter().map(|(_, result, _)| result.as_str());
    assert_eq!(results.collect::<Vec<_>>(), ["gelukt", "aanvaard"]);
    assert_eq!(audit[0].0, "voorstel.gelezen");
    let settled = (
        "voorstel.afgehandeld",
        format!("schakel:{}", cast::GEMEENTE),
    );
    assert_eq!((audit[1].0.as_str(), audit[1].2.clone()), settled);
    house.stop().await;
}

pub async fn a_proposal_is_rejected_once_and_a_new_one_is_overtaken_by_another_value(place: Place) {
    let (house, _) = with_case(&place).await;
    let two = json!({"geslachtsnaam": "Anders", "voorletters": "Z."});
    say(&house.a, 1, otherwise(&two)).await;
    say(&house.a, 2, otherwise(&two)).await;
    // Page by page, newest first; what is said twice is one proposal.
    let first = house
        .gemeente
        .get("/v1/voorstellen?limit=1&status=open")
        .await;
    let next = first
        .headers
        .lines()
        .find_map(|line| line.strip_prefix("link: <"));
    let next = next.and_then(|link| link.strip_suffix(">; rel=\"next\""));
    let second = house
        .gemeente
        .get(next.expect("a link"))
        .await
        .with(200)
        .json();
    let all = list(&house.gemeente, "").await;
    assert_eq!(all.len(), 2, "{all:?}");
    assert_eq!(first.with(200).json()["voorstellen"], json!([all[0]]));
    assert_eq!(second["voorstellen"], json!([all[1]]));

    let of = |all: &[Value], attribute: &str| {
        let found = all.iter().find(|one| one["attribuut"] == attribute);
        id(found.expect("proposed"))
    };
    let rejected = of(&all, "geslachtsnaam");
    let once = reject(&house.gemeente, &rejected).await.with(200).json();
    assert_eq!(once["status"], "afgewezen");
    house.later(60).await;
    let twice = reject(&house.gemeente, &rejected).await.with(200).json();
    assert_eq!(once, twice);
    let audit = audited(&house, &rejected).await;
    assert_eq!(audit.len(), 1, "{audit:?}");
    assert!(
        audit[0].2.starts_with(&format!("{}/", cast::GEMEENTE)),
        "{audit:?}"
    );
    say(&house.a, 3, otherwise(&two)).await;
    let open = only(&house.gemeente, "?status=open").await;
    assert_eq!(
        open["attribuut"], "voorletters",
        "not the rejected one again"
    );
    // It takes the other back, and proposes another name.
    let changed = json!({"geslachtsnaam": "Weer anders", "voorletters": "A.B."});
    say(&house.a, 4, otherwise(&changed)).await;
    let new = only(&house.gemeente, "?status=open").await;
    assert_eq!(new["attribuut"], "geslachtsnaam");
    letter(&house, 15, "Nog anders").await;
    let overtaken = list(&house.gemeente, "?status=achterhaald").await;
    let overtaken: Vec<&Value> = overtaken.iter().map(|one| &one["attribuut"]).collect();
    assert_eq!(overtaken, ["geslachtsnaam", "voorletters"]);
    house.stop().await;
}

pub async fn a_proposal_is_seen_as_far_as_its_value_would_be_delivered(place: Place) {
    let (house, _) = with_case(&place).await;
    say(&house.a, 1, otherwise(&json!({"geslachtsnaam": "Anders"}))).await;
    let proposal = only(&house.gemeente, "").await;
    let id = id(&proposal);
    let wide = cast::overeenkomst("SO-2024-01", cast::GEMEENTE, cast::A, "toegewezen");
    let mut narrow = wide.clone();
    narrow["attribuutset"][0]["klassen"] = json!(["A", "D"]);
    house.agree(&narrow).await;
    hidden(&house.gemeente, &id).await;
    house.agree(&wide).await;
    assert_eq!(only(&house.gemeente, "").await, proposal);
    // A person who is shielded, by whomever, is told of to nobody.
    let shield =
        |on: bool| json!({"kandidaat": {"bsn": Verwijzing::default().bsn, "afgeschermd": on}});
    say(&house.uwv, 1, shield(true)).await;
    hidden(&house.gemeente, &id).await;
    say(&house.uwv, 2, shield(false)).await;
    assert_eq!(only(&house.gemeente, "").await, proposal);
    // UWV owns a name too, and shares no case with the proposer.
    hidden(&house.uwv, &id).await;
    // A case that is over gives no ground any more.
    let over =
        json!({"verwijzing": {"nummer": Verwijzing::default().number, "status": "ingetrokken"}});
    say(&house.gemeente, 3, over).await;
    hidden(&house.gemeente, &id).await;
    house.stop().await;
}
