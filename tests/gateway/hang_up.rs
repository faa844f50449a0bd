//! Clients that go away in the middle of a request.

use crate::caller::LOOK;
use crate::caller::PATIENCE;
use crate::house::House;
use crate::house::bsn;
use crate::letters::Verwijzing;
use crate::place::Place;
use schakel::canonical::Kind;
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::Instant;

const CLIENTS: usize = 100;

fn letter(number: usize) -> Verwijzing {
    Verwijzing {
        reference: format!("ophangen-{number:03}"),
        number: format!("2024-REI-9{number:03}"),
        bsn: bsn(number),
        ..Verwijzing::default()
    }
}

pub async fn a_hundred_clients_that_hang_up_leave_no_transaction_and_nothing_half(place: Place) {
    let house = House::new(&place, &[]).await;
    let address = house.app().address();
    let mut clients = Vec::new();
    // A spread of moments that is the same every time; how far the gateway is by then differs with the machine.
    let mut chance = 0x2545_f491_u32;
    for number in 0..CLIENTS {
        chance = chance.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let wait = Duration::from_micros(u64::from(chance >> 18));
        let body = letter(number).xml();
        let head = format!(
            "POST /v1/berichten?soort=verwijzing HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\
             content-type: application/xml\r\ncontent-length: {}\r\n\r\n",
            house.gemeente.key,
            body.len()
        );
        clients.push(tokio::spawn(async move {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(head.as_bytes()).await.unwrap();
            stream.write_all(body.as_bytes()).await.unwrap();
            tokio::time::sleep(wait).await;
            // No lingering: what is in flight is thrown away and the other side sees a reset.
            let _ = stream.set_zero_linger();
        }));
        if number % 10 == 9 {
            for client in clients.drain(..) {
                client.await.unwrap();
            }
        }
    }

    // Whoever hung up did not hold up anybody else.
    let answer = house
        .gemeente
        .push("verwijzing", "application/xml", None, letter(CLIENTS).xml());
    tokio::time::timeout(Duration::from_secs(5), answer)
        .await
        .expect("in time")
        .with(202);
    let until = Instant::now() + PATIENCE;
    while place.left_open().await > 0 {
        assert!(Instant::now() < until, "a transaction is left open");
        tokio::time::sleep(LOOK).await;
    }

    // What was kept is whole: message, record and delivery, or nothing at all.
    let kept = house
        .gemeente
        .get("/v1/berichten?limit=200")
        .await
        .with(200)
        .json();
    let kept = kept["berichten"].as_array().unwrap();
    println!("{} of {CLIENTS} who hung up were heard out", kept.len() - 1);
    assert_eq!(house.records(Kind::Verwijzing).await.len(), kept.len());
    assert_eq!(house.records(Kind::Kandidaat).await.len(), kept.len());
    for message in kept {
        let id = message["id"].as_str().unwrap();
        let whole = house
            .gemeente
            .get(&format!("/v1/berichten/{id}"))
            .await
            .with(200)
            .json();
        assert_eq!(whole["aangenomen"], 1, "{whole}");
        assert_eq!(whole["retour"]["opgenomen"], 1, "{whole}");
        assert_eq!(
            whole["afleveringen"].as_array().unwrap().len(),
            1,
            "{whole}"
        );
    }

    // Everybody asks again, as one does without an answer: each message is there once.
    for number in 0..CLIENTS {
        let body = letter(number).xml();
        house
            .gemeente
            .push("verwijzing", "application/xml", None, body)
            .await
            .with(202);
    }
    assert_eq!(house.records(Kind::Verwijzing).await.len(), CLIENTS + 1);
    let mut delivered = BTreeSet::new();
    while delivered.len() <= CLIENTS {
        assert!(
            Instant::now() < until + PATIENCE,
            "{} delivered",
            delivered.len()
        );
        let mail = house.a.fetch(600).await;
        for one in &mail {
            assert!(
                delivered.insert(one.id.clone()),
                "given out twice within its lease"
            );
        }
    }
    assert!(house.a.fetch(600).await.is_empty(), "no delivery twice");
    house.stop().await;
}
