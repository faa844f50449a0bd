//! Whole files: a row that cannot be taken holds up no other, and a file sent again changes nothing.

use crate::caller::CSV;
use crate::caller::JSON;
use crate::caller::XML;
use crate::house::House;
use crate::letters;
use crate::letters::Verwijzing;
use crate::letters::log_line;
use crate::letters::logboek;
use crate::place::Place;
use schakel::canonical::Kind;
use std::collections::BTreeMap;

const DOSSIER: &str = "W2-2024-0117";

/// A verwijzing that was taken, so that there is an opdracht to keep a logboek of.
pub async fn with_opdracht(place: &Place) -> House {
    let house = House::new(place, &[]).await;
    house
        .gemeente
        .push("verwijzing", XML, None, Verwijzing::default().xml())
        .await
        .with(202);
    let mail = house.a.fetch_all(1, 600).await;
    house.a.confirm(&mail).await.with(200);
    let besluit = letters::besluit("2024-REI-000123", DOSSIER).to_string();
    house.a.push("besluit", JSON, None, besluit).await.with(202);
    let mail = house.gemeente.fetch_all(1, 600).await;
    house.gemeente.confirm(&mail).await.with(200);
    house
}

fn line(day: u32, text: &str) -> String {
    log_line(DOSSIER, &format!("{day:02}-04-2024"), "eigen", text, "1,25")
}

pub async fn one_bad_row_never_stops_a_file(place: Place) {
    let house = with_opdracht(&place).await;
    let good = [line(2, "Een"), line(3, "Twee"), line(4, "Drie")];
    let bad = [
        log_line(DOSSIER, "31-04-2024", "x", "y", "1"),
        log_line("", "05-04-2024", "x", "y", "1"),
        log_line("W2-ONBEKEND", "05-04-2024", "x", "y", "1"),
        log_line(DOSSIER, "05-04-2024", "x", "y", "veel"),
        "te;weinig;cellen".to_owned(),
    ];
    // In every order of good and bad: first, last, in between.
    for (number, at) in [0, 3, 1].into_iter().enumerate() {
        let mut lines = good.to_vec();
        lines.splice(at..at, bad.iter().cloned());
        let reference = format!("logboek-{number}");
        let answer = house
            .a
            .push("logboek", CSV, Some(&reference), logboek(&lines))
            .await
            .with(202)
            .json();
        assert_eq!(
            (&answer["opgenomen"], &answer["geweigerd"]),
            (&3.into(), &5.into()),
            "{answer}"
        );
        assert_eq!(
            house.records(Kind::Logboekregel).await.len(),
            3,
            "the same rows each time"
        );
    }
    // Nothing in it that can be taken: nothing is kept, and every fault is named.
    let answer = house
        .a
        .push("logboek", CSV, Some("alles-fout"), logboek(&bad))
        .await;
    let said = answer.json();
    assert!(answer.status == 400 || said["opgenomen"] == 0, "{said}");
    assert_eq!(house.records(Kind::Logboekregel).await.len(), 3);
    house.stop().await;
}

pub async fn a_longer_logboek_sent_again_adds_only_the_new_rows(place: Place) {
    let house = with_opdracht(&place).await;
    let mut lines = vec![
        line(2, "Een"),
        line(3, "Twee"),
        line(3, "Twee"),
        line(4, "Drie"),
    ];
    let push = async |reference: &str, lines: &[String]| {
        let answer = house
            .a
            .push("logboek", CSV, Some(reference), logboek(lines))
            .await;
        answer.with(202).json()
    };
    let first = push("maart", &lines).await;
    assert_eq!(first["opgenomen"], 4, "{first}");
    let mail = house.gemeente.fetch_all(1, 600).await;
    assert_eq!(
        mail[0].content.matches("Twee").count(),
        2,
        "two visits on one day are two"
    );
    house.gemeente.confirm(&mail).await.with(200);
    let before: BTreeMap<_, _> = house
        .records(Kind::Logboekregel)
        .await
        .into_iter()
        .map(|one| (one.id, one.doc))
        .collect();
    assert_eq!(before.len(), 4);

    // Next week's file begins with the old rows, in another order.
    house.later(7 * 86_400).await;
    lines.reverse();
    lines.extend([line(9, "Vier"), line(10, "Vijf")]);
    let second = push("april", &lines).await;
    assert_eq!(second["opgenomen"], 6, "{second}");
    let after = house.records(Kind::Logboekregel).await;
    assert_eq!(after.len(), 6, "only two are new");
    for one in &after {
        if let Some(doc) = before.get(&one.id) {
            assert_eq!(&one.doc, doc, "an old row is as it was");
        }
    }
    let mail = house.gemeente.fetch_all(1, 600).await;
    for (text, told) in [
        ("Vier", true),
        ("Vijf", true),
        ("Een", false),
        ("Drie", false),
    ] {
        assert_eq!(
            mail[0].content.contains(text),
            told,
            "{text}: {}",
            mail[0].content
        );
    }
    house.gemeente.confirm(&mail).await.with(200);
    // And the very same file once more is nothing at all.
    push("april", &lines).await;
    let third = push("nog-eens", &lines).await;
    assert_eq!(third["opgenomen"], 6, "{third}");
    assert_eq!(house.records(Kind::Logboekregel).await.len(), 6);
    tokio::time::sleep(std::time::Duration::from_millis(700)).await;
    assert!(
        house.gemeente.fetch(600).await.is_empty(),
        "nothing new, nothing sent"
    );
    house.stop().await;
}
