//! A gateway that goes away with work under way; the in-process broker forgets everything.

use crate::caller::XML;
use crate::house::House;
use crate::house::bsn;
use crate::letters::Verwijzing;
use crate::place::Place;
use std::collections::BTreeSet;

const MESSAGES: usize = 40;

pub async fn what_was_under_way_when_the_gateway_went_away_is_delivered_after_it_starts_again(
    place: Place,
) {
    let mut house = House::new(&place, &[]).await;
    let mut references = BTreeSet::new();
    // Three lives: in each a part is pushed, and the gateway is gone while the last of it is under way.
    for life in 0..3 {
        let mut pushes = Vec::new();
        for number in (life..MESSAGES).step_by(3) {
            let letter = Verwijzing {
                number: format!("2024-REI-7{number:03}"),
                bsn: bsn(number),
                ..Verwijzing::default()
            };
            references.insert(letter.number.clone());
            let gemeente = house.gemeente.clone();
            pushes.push(tokio::spawn(async move {
                gemeente.push("verwijzing", XML, None, letter.xml()).await
            }));
        }
        for push in pushes {
            push.await.unwrap().with(202);
        }
        house = house.crash_and_restart().await;
    }
    let mail = house.a.fetch_all(MESSAGES, 600).await;
    let ids: BTreeSet<&String> = mail.iter().map(|one| &one.id).collect();
    assert_eq!(ids.len(), MESSAGES, "each once");
    for number in &references {
        assert!(
            mail.iter().any(|one| one.content.contains(number)),
            "{number}"
        );
    }
    house.a.confirm(&mail).await.with(200);
    // What is confirmed stays so over another restart.
    let house = house.crash_and_restart().await;
    tokio::time::sleep(std::time::Duration::from_millis(700)).await;
    assert!(house.a.fetch(600).await.is_empty());
    house.stop().await;
}
