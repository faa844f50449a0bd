//! The full current set: what a later message no longer holds of a person is withdrawn, and nothing else is.

use crate::caller::JSON;
use crate::caller::XML;
use crate::house::House;
use crate::letters::Verwijzing;
use crate::place::Place;
use crate::toewijzing::Toewijzing;
use crate::toewijzing::message;
use crate::toewijzing::opdrachten;
use crate::toewijzing::provider;
use serde_json::Value;
use serde_json::json;

const PERSON: &str = "999990019";

fn assigned<'a>(number: &'a str, date: &'a str, end: &'a str) -> Toewijzing<'a> {
    Toewijzing {
        number,
        at: (date, "10:00:00"),
        end,
    }
}

/// Pushes what a municipality assigns to one person; the answer.
async fn push(
    house: &House,
    reference: &str,
    day: &str,
    bsn: &str,
    set: &[Toewijzing<'_>],
) -> Value {
    let message = message(reference, day, bsn, set);
    let reply = house.gemeente.push("toewijzing", XML, None, message).await;
    reply.with(202).json()
}

/// Number, status and end of every opdracht.
async fn shown(house: &House) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    opdrachten(house)
        .await
        .iter()
        .map(|(number, doc)| {
            format!(
                "{number} {} {}",
                text(&doc["status"]),
                text(&doc["einddatum"])
            )
        })
        .collect()
}

pub async fn what_a_later_set_no_longer_holds_is_withdrawn_and_the_provider_hears_it(place: Place) {
    let house = House::new(&place, &[]).await;
    let provider = provider(&house).await;
    let (one, two) = (
        assigned("1", "2024-03-01", "2027-12-31"),
        assigned("2", "2024-03-01", "2027-12-31"),
    );
    push(&house, "T-1", "2024-03-02", PERSON, &[one, two]).await;
    push(
        &house,
        "T-2",
        "2024-03-02",
        "123456782",
        &[assigned("3", "2024-03-01", "2027-12-31")],
    )
    .await;
    provider.fetch_all(2, 600).await;
    let answer = push(&house, "T-3", "2024-04-01", PERSON, &[one]).await;
    let faults = answer["elementen"][0]["fouten"].to_string();
    assert!(faults.contains("set.ingetrokken"), "{answer}");
    let records = answer["elementen"][0]["records"]
        .as_array()
        .expect("a list");
    let changed = records
        .iter()
        .filter(|one| one["soort"] == "opdracht" && one["gewijzigd"] == true);
    assert_eq!(changed.count(), 1, "{answer}");
    assert_eq!(
        shown(&house).await,
        [
            "1 aangeboden 2027-12-31",
            "2 ingetrokken 2024-04-01",
            "3 aangeboden 2027-12-31"
        ],
        "the end is the beginning, and nobody else is touched"
    );
    let [(_, _), (_, gone), _] = &opdrachten(&house).await[..] else {
        panic!("three");
    };
    assert_eq!(gone["redenWijziging"], "13");
    let mail = provider.fetch_all(1, 600).await;
    let content = &mail[0].content;
    assert!(
        content.contains("<re:RedenWijziging>13</re:RedenWijziging>"),
        "{content}"
    );
    assert_eq!(content.matches("<re:Client>").count(), 1, "{content}");
    for number in ["1", "2"] {
        let part = format!("<re:ToewijzingNummer>{number}</re:ToewijzingNummer>");
        assert!(
            content.contains(&part),
            "the whole set goes along: {content}"
        );
    }
    // the same again changes nothing more
    push(&house, "T-4", "2024-04-02", PERSON, &[one]).await;
    assert_eq!(shown(&house).await.len(), 3);
    house.stop().await;
}

pub async fn an_older_set_that_comes_late_withdraws_nothing(place: Place) {
    let house = House::new(&place, &[]).await;
    provider(&house).await;
    let (one, two) = (
        assigned("1", "2024-03-01", "2027-12-31"),
        assigned("2", "2024-05-01", "2027-12-31"),
    );
    // the later one came first: 2 was assigned after the older message was made
    push(&house, "T-2", "2024-05-01", PERSON, &[one, two]).await;
    let late = push(&house, "T-1", "2024-03-02", PERSON, &[one]).await;
    assert!(late.to_string().contains("volgorde.ouder"), "{late}");
    let both = ["1 aangeboden 2027-12-31", "2 aangeboden 2027-12-31"];
    assert_eq!(shown(&house).await, both);
    // the other way round: withdrawn by the later, and not brought back by the older
    push(&house, "T-4", "2024-07-01", PERSON, &[two]).await;
    push(&house, "T-3", "2024-06-01", PERSON, &[one, two]).await;
    let after = ["1 ingetrokken 2024-04-01", "2 aangeboden 2027-12-31"];
    assert_eq!(shown(&house).await, after);
    house.stop().await;
}

pub async fn what_is_refused_over_or_named_elsewhere_is_not_withdrawn(place: Place) {
    let house = House::new(&place, &[]).await;
    let provider = provider(&house).await;
    // what became of a verwijzing is no part of the set
    let letter = Verwijzing {
        number: "V-1".to_owned(),
        to: "00000099445566770000".to_owned(),
        ..Verwijzing::default()
    };
    house
        .gemeente
        .push("verwijzing", XML, None, letter.xml())
        .await
        .with(202);
    let yes = json!({
        "bericht": {"referentie": "B-1", "verzonden": "2024-03-18T10:30:00Z"},
        "verwijzing": {"nummer": "V-1", "besluit": {"uitkomst": "aangenomen", "op": "2024-03-18"}},
    });
    provider
        .push("canoniek", JSON, None, yes.to_string())
        .await
        .with(202);
    let set = [
        assigned("1", "2024-03-01", "2027-12-31"),
        assigned("2", "2024-03-01", "2024-05-31"),
        assigned("3", "2024-03-01", "2027-12-31"),
    ];
    push(&house, "T-1", "2024-04-02", PERSON, &set).await;
    // 2 is over, 3 is there with a fault
    let later = [set[0], assigned("3", "2024-06-01", "2027-02-30")];
    push(&house, "T-2", "2024-07-01", PERSON, &later).await;
    let expected = [
        "1 aangeboden 2027-12-31",
        "2 aangeboden 2024-05-31",
        "3 aangeboden 2027-12-31",
        "V-1 geaccepteerd -",
    ];
    assert_eq!(shown(&house).await, expected);
    // a part without a number can be any of them
    let unnamed = message("T-3", "2024-07-02", PERSON, &[set[0], set[2]])
        .replace("<re:ToewijzingNummer>3</re:ToewijzingNummer>", "");
    let reply = house.gemeente.push("toewijzing", XML, None, unnamed).await;
    let answer = reply.with(202).json();
    assert!(answer.to_string().contains("set.onduidelijk"), "{answer}");
    assert_eq!(shown(&house).await, expected);
    house.stop().await;
}

pub async fn of_an_assignment_only_the_end_the_volume_and_the_budget_change(place: Place) {
    let house = House::new(&place, &[]).await;
    let provider = provider(&house).await;
    let extent = |volume, unit| {
        format!(
            "</re:Einddatum><re:Omvang><re:Volume>{volume}</re:Volume><re:Eenheid>{unit}</re:Eenheid>\
             <re:Frequentie>6</re:Frequentie></re:Omvang>"
        )
    };
    let letter = |reference, date, end, extent: String| {
        let one = assigned("1", date, end);
        message(reference, "2024-07-01", PERSON, &[one]).replace("</re:Einddatum>", &extent)
    };
    let take = async |letter: String, status: u16| {
        let reply = house.gemeente.push("toewijzing", XML, None, letter).await;
        reply.with(status).text()
    };
    take(
        letter("T-1", "2024-03-01", "2027-12-31", extent(40, "04")),
        202,
    )
    .await;
    take(
        letter("T-2", "2024-04-01", "2028-06-30", extent(60, "04")),
        202,
    )
    .await;
    let other = letter("T-3", "2024-05-01", "2028-06-30", extent(60, "16"));
    let other = other.replace(
        "2024-04-01</re:Ingangsdatum>",
        "2024-04-08</re:Ingangsdatum>",
    );
    let refused = take(other, 400).await;
    for place in ["re:Ingangsdatum", "re:Omvang/re:Eenheid"] {
        let place = format!("re:ToegewezenProduct[1]/{place}");
        assert!(refused.contains(&place), "{place} in {refused}");
    }
    assert!(refused.contains("opdracht.vast"), "{refused}");
    let [(_, stored)] = &opdrachten(&house).await[..] else {
        panic!("one opdracht");
    };
    assert_eq!(stored["omvang"]["volume"], 60);
    assert_eq!(stored["einddatum"], "2028-06-30");
    // with reason 13 it is withdrawn, whoever says so in words of its own
    let gone = letter("T-4", "2024-06-01", "2024-04-01", extent(60, "04"));
    let reason = "</re:Einddatum><re:RedenWijziging>13</re:RedenWijziging>";
    take(gone.replace("</re:Einddatum>", reason), 202).await;
    assert_eq!(shown(&house).await, ["1 ingetrokken 2024-04-01"]);
    let mail = provider.fetch_all(3, 600).await;
    let withdrawn = mail
        .iter()
        .filter(|one| one.content.contains("<re:RedenWijziging>13<"));
    assert!(withdrawn.count() >= 1);
    house.stop().await;
}
