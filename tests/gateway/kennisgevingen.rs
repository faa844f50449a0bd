//! Kennisgevingen: what was and what it becomes, and two people who turn out to be one.

use crate::caller::XML;
use crate::house::House;
use crate::letters::Verwijzing;
use crate::letters::opdracht;
use crate::place::Place;
use crate::stuf::push;
use crate::stuf::within;
use schakel::canonical::Kind;
use serde_json::Value;

const MERGE: &str =
    include_str!("../../mappings/gemeente-voorbeeldstad/voorbeelden/ontdubbeling.xml");

/// A kennisgeving about the verwijzing of the other tests.
struct Lk01<'a> {
    moment: &'a str,
    mutatie: &'a str,
    objects: &'a [(&'a str, &'a str)],
}

impl Lk01<'_> {
    fn xml(&self) -> String {
        let objects: Vec<String> = self
            .objects
            .iter()
            .map(|(kind, parts)| {
                format!("<rei:object StUF:entiteittype=\"VRW\" StUF:verwerkingssoort=\"{kind}\">{parts}</rei:object>")
            })
            .collect();
        format!(
            r#"<rei:verwijzing_Lk01 xmlns:StUF="http://www.egem.nl/StUF/StUF0301" xmlns:rei="urn:example:reintegratie:0100">
<rei:stuurgegevens><StUF:berichtcode>Lk01</StUF:berichtcode><StUF:zender><StUF:organisatie>0484</StUF:organisatie></StUF:zender>
<StUF:ontvanger><StUF:organisatie>00000099123456780000</StUF:organisatie></StUF:ontvanger>
<StUF:referentienummer>{}</StUF:referentienummer><StUF:tijdstipBericht>{}</StUF:tijdstipBericht></rei:stuurgegevens>
<rei:parameters><StUF:mutatiesoort>{}</StUF:mutatiesoort></rei:parameters>
{}</rei:verwijzing_Lk01>"#,
            uuid::Uuid::new_v4(),
            self.moment,
            self.mutatie,
            objects.concat()
        )
    }
}

/// A change of a person's name, in which nothing else is said but the BSN.
pub fn name_change(bsn: &str) -> String {
    let object = |name: &str| {
        format!(
            r#"<rei:object StUF:entiteittype="NPS" StUF:verwerkingssoort="W"><rei:bsn>{bsn}</rei:bsn><rei:geslachtsnaam>{name}</rei:geslachtsnaam></rei:object>"#
        )
    };
    format!(
        r#"<rei:klant_Lk01 xmlns:StUF="http://www.egem.nl/StUF/StUF0301" xmlns:rei="urn:example:reintegratie:0100">
<rei:stuurgegevens><StUF:berichtcode>Lk01</StUF:berichtcode><StUF:zender><StUF:organisatie>0484</StUF:organisatie></StUF:zender>
<StUF:ontvanger><StUF:organisatie>Schakel</StUF:organisatie></StUF:ontvanger>
<StUF:referentienummer>{}</StUF:referentienummer><StUF:tijdstipBericht>20240326101500</StUF:tijdstipBericht>
<StUF:entiteittype>NPS</StUF:entiteittype></rei:stuurgegevens>
<rei:parameters><StUF:mutatiesoort>W</StUF:mutatiesoort></rei:parameters>{}{}</rei:klant_Lk01>"#,
        uuid::Uuid::new_v4(),
        object("Testpersoon"),
        object("Voorbeeldpersoon")
    )
}

fn start(number: &str, date: &str) -> String {
    format!(
        "<rei:zaaknummer>{number}</rei:zaaknummer><rei:gewensteIngangsdatum>{date}</rei:gewensteIngangsdatum>"
    )
}

/// Codes and places of what is said about elements.
pub fn said(json: &Value) -> Vec<(String, String)> {
    let elements = json["elementen"].as_array().into_iter().flatten();
    let faults = elements.flat_map(|one| one["fouten"].as_array().into_iter().flatten());
    let refused = json["errors"].as_array().into_iter().flatten();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    faults
        .chain(refused)
        .map(|fault| (text(&fault["code"]), text(&fault["location"])))
        .collect()
}

async fn on_record(house: &House) -> Value {
    let stored = house.records(Kind::Verwijzing).await;
    let [record] = stored.as_slice() else {
        panic!("one verwijzing, not {}", stored.len());
    };
    let doc: Value = serde_json::from_str(&record.doc).unwrap();
    doc["gewensteStart"].clone()
}

pub async fn a_change_takes_what_it_becomes_and_compares_what_it_was(place: Place) {
    let house = House::new(&place, &[]).await;
    let gemeente = &house.gemeente;
    let letter = Verwijzing::default();
    gemeente
        .push("verwijzing", XML, None, letter.xml())
        .await
        .with(202);
    let number = letter.number.as_str();
    let tell = async |moment, mutatie, objects: &[(&str, &str)]| {
        let letter = Lk01 {
            moment,
            mutatie,
            objects,
        };
        gemeente.push("kennisgeving", XML, None, letter.xml()).await
    };
    let change = async |moment, mutatie, was: &str, becomes: &str| {
        let (was, becomes) = (start(number, was), start(number, becomes));
        tell(
            moment,
            mutatie,
            &[("W", was.as_str()), ("W", becomes.as_str())],
        )
        .await
    };
    let nothing: Vec<(String, String)> = Vec::new();
    let told = change("20240315101500", "W", "20240401", "20240415")
        .await
        .with(202);
    assert_eq!(said(&told.json()), nothing, "it was as the sender thought");
    assert_eq!(on_record(&house).await, "2024-04-15");

    // the sender missed its own change: told, and taken
    let told = change("20240316101500", "W", "20240401", "20240501")
        .await
        .with(202);
    let place = "/rei:verwijzing_Lk01/rei:object[1]/rei:gewensteIngangsdatum".to_owned();
    assert_eq!(said(&told.json()), [("was.anders".to_owned(), place)]);
    assert!(!told.text().contains("20240401") && !told.text().contains("2024-04-15"));
    assert_eq!(on_record(&house).await, "2024-05-01");

    // a correction counts from its own moment
    let told = change("20240314120000", "F", "20240401", "20240402")
        .await
        .with(202);
    let codes: Vec<String> = said(&told.json())
        .into_iter()
        .map(|(code, _)| code)
        .collect();
    assert!(codes.contains(&"volgorde.ouder".to_owned()), "{codes:?}");
    assert_eq!(on_record(&house).await, "2024-05-01");
    change("20240317120000", "C", "20240501", "20240502")
        .await
        .with(202);
    assert_eq!(on_record(&house).await, "2024-05-02");

    // what is refused leaves the record as it is
    let (one, other) = (
        start(number, "20240601"),
        start("2024-REI-000999", "20240601"),
    );
    let (of_this, of_other) = (one.as_str(), other.as_str());
    for (objects, code) in [
        (vec![("V", of_this)], "paar.verwijdering"),
        (vec![("W", of_this)], "paar.helft"),
        (vec![("S", of_this), ("S", of_this)], "paar.onbekend"),
        (vec![("W", of_this), ("W", of_other)], "was.ander"),
        (
            vec![("W", of_other), ("W", of_other)],
            "identiteit.onbekend",
        ),
    ] {
        let told = tell("20240318101500", "W", &objects).await.with(400);
        let codes: Vec<String> = said(&told.json())
            .into_iter()
            .map(|(code, _)| code)
            .collect();
        assert!(codes.contains(&code.to_owned()), "{code}: {codes:?}");
    }
    assert_eq!(on_record(&house).await, "2024-05-02");
    house.stop().await;
}

pub async fn asking_what_was_does_not_tell_what_others_said(place: Place) {
    let house = House::new(&place, &[]).await;
    let gemeente = &house.gemeente;
    let letter = Verwijzing {
        email: String::new(),
        ..Verwijzing::default()
    };
    let xml = letter.xml().replace("<rei:email></rei:email>", "");
    gemeente.push("verwijzing", XML, None, xml).await.with(202);
    let mut order = opdracht("4500000001", &letter.bsn);
    order["kandidaat"]["email"] = serde_json::json!(["k@voorbeeld.nl"]);
    let json = "application/json";
    house
        .uwv
        .push("canoniek", json, None, order.to_string())
        .await
        .with(202);
    let klant = |email: &str, name: &str| {
        format!(
            "<rei:zaaknummer>{}</rei:zaaknummer><rei:klant><rei:bsn>{}</rei:bsn><rei:geslachtsnaam>{name}</rei:geslachtsnaam><rei:email>{email}</rei:email></rei:klant>",
            letter.number, letter.bsn
        )
    };
    let (was, becomes) = (
        klant("raad@voorbeeld.nl", "Andersheet"),
        klant("nieuw@voorbeeld.nl", "Testpersoon"),
    );
    let letter = Lk01 {
        moment: "20240326101500",
        mutatie: "W",
        objects: &[("W", &was), ("W", &becomes)],
    };
    let told = gemeente
        .push("kennisgeving", XML, None, letter.xml())
        .await
        .with(202);
    let differs: Vec<String> = said(&told.json())
        .into_iter()
        .filter(|(code, _)| code == "was.anders")
        .map(|(_, place)| place)
        .collect();
    let own = "/rei:verwijzing_Lk01/rei:object[1]/rei:klant/rei:geslachtsnaam";
    assert_eq!(
        differs,
        [own],
        "of what it said itself, not of what UWV said"
    );
    house.stop().await;
}

pub async fn two_people_who_turn_out_to_be_one_are_kept_for_somebody_to_look_at(place: Place) {
    let house = House::new(&place, &[]).await;
    let gemeente = &house.gemeente;
    gemeente
        .push("verwijzing", XML, None, Verwijzing::default().xml())
        .await
        .with(202);
    let before = house.records(Kind::Kandidaat).await;
    let told = gemeente
        .push("klantkennisgeving", XML, None, MERGE)
        .await
        .with(202);
    let json = told.json();
    assert_eq!(
        (&json["opgenomen"], &json["geweigerd"]),
        (&0.into(), &1.into())
    );
    let place = "/rei:klant_Lk01/rei:object[2]".to_owned();
    assert_eq!(said(&json), [("ontdubbeling.bewaard".to_owned(), place)]);
    house.later(60).await;
    let again = gemeente.push("klantkennisgeving", XML, None, MERGE).await;
    assert_eq!(
        again.with(202).json(),
        json,
        "it is kept, so the answer is too"
    );
    let after = house.records(Kind::Kandidaat).await;
    let docs = |records: &[schakel::store::StoredRecord]| -> Vec<String> {
        records.iter().map(|record| record.doc.clone()).collect()
    };
    assert_eq!(docs(&before), docs(&after), "nobody is merged");
    let object = format!("bericht/{}", told.id());
    let rows = house.app().store().audit_of(&object, 10).await.unwrap();
    let asked = rows
        .iter()
        .find(|row| row.action == "kandidaat.ontdubbeling");
    assert_eq!(asked.expect("somebody has to look").result, "te-beoordelen");
    // and in StUF, to who asks for it
    let answer = push(gemeente, "klantkennisgeving", XML, MERGE)
        .await
        .with(202);
    let text = answer.text();
    assert_eq!(within(&text, "berichtcode"), "Fo01");
    assert_eq!(within(&text, "code"), "StUF058");
    assert!(within(&text, "details").contains("ontdubbeling.bewaard"));
    house.stop().await;
}
