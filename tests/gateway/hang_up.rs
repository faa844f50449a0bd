//! Clients that go away in the middle of a request.

use crate::caller::Caller;
use crate::caller::JSON;
use crate::caller::LOOK;
use crate::caller::PATIENCE;
use crate::caller::XML;
use crate::house::House;
use crate::house::bsn;
use crate::letters::Verwijzing;
use crate::place::Hold;
use crate::place::Place;
use schakel::canonical::Kind;
use serde_json::Value;
use sqlx::Row;
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::Instant;

const CLIENTS: usize = 100;
/// Clients of each sort that hang up while the database keeps them waiting.
const WAITING: usize = 10;

fn letter(number: usize) -> Verwijzing {
    Verwijzing {
        reference: format!("ophangen-{number:03}"),
        number: format!("2024-REI-9{number:03}"),
        bsn: bsn(number),
        ..Verwijzing::default()
    }
}

/// A request as it goes over the line.
fn request(caller: &Caller, path: &str, content_type: &str, body: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-type: {content_type}\r\n\
         content-length: {}\r\n\r\n{body}",
        caller.key,
        body.len()
    )
}

fn push_of(caller: &Caller, number: usize) -> String {
    let body = letter(number).xml();
    request(caller, "/v1/berichten?soort=verwijzing", XML, &body)
}

async fn hang_up_after(address: SocketAddr, request: String, wait: Duration) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    tokio::time::sleep(wait).await;
    // No lingering: what is in flight is thrown away and the other side sees a reset.
    let _ = stream.set_zero_linger();
}

/// What was kept is whole: message, record and delivery, or nothing at all. How many messages there are.
async fn kept_is_whole(house: &House) -> usize {
    let kept = house
        .gemeente
        .get("/v1/berichten?limit=200")
        .await
        .with(200)
        .json();
    let kept = kept["berichten"].as_array().unwrap();
    assert_eq!(house.records(Kind::Verwijzing).await.len(), kept.len());
    assert_eq!(house.records(Kind::Kandidaat).await.len(), kept.len());
    for message in kept {
        let id = message["id"].as_str().unwrap();
        let path = format!("/v1/berichten/{id}");
        let whole = house.gemeente.get(&path).await.with(200).json();
        assert_eq!(whole["aangenomen"], 1, "{whole}");
        assert_eq!(whole["retour"]["opgenomen"], 1, "{whole}");
        let deliveries = whole["afleveringen"].as_array().unwrap();
        assert_eq!(deliveries.len(), 1, "{whole}");
    }
    kept.len()
}

/// Whoever hung up holds up nobody else, and no transaction is left open.
async fn others_go_on(house: &House, place: &Place, number: usize) {
    let answer = house
        .gemeente
        .push("verwijzing", XML, None, letter(number).xml());
    tokio::time::timeout(PATIENCE, answer)
        .await
        .expect("in time")
        .with(202);
    let until = Instant::now() + PATIENCE;
    while place.left_open().await > 0 {
        assert!(Instant::now() < until, "a transaction is left open");
        tokio::time::sleep(LOOK).await;
    }
}

/// Waits until statements of the gateway wait for whoever holds the database; `SQLite` cannot tell, and gets a moment.
async fn somebody_waits(hold: &mut Hold) {
    let Hold::Postgres(connection) = hold else {
        tokio::time::sleep(Duration::from_millis(300)).await;
        return;
    };
    let waiting = "SELECT count(*) FROM pg_stat_activity \
         WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let until = Instant::now() + PATIENCE;
    loop {
        let row = sqlx::query(waiting).fetch_one(&mut *connection).await;
        if row.unwrap().get::<i64, _>(0) >= 2 {
            return;
        }
        assert!(Instant::now() < until, "nobody waits");
        // within a transaction this view stands still
        let anew = sqlx::raw_sql("SELECT pg_stat_clear_snapshot()");
        anew.execute(&mut *connection).await.unwrap();
        tokio::time::sleep(LOOK).await;
    }
}

/// Not by chance: every one of these clients hangs up while its transaction waits in the database.
pub async fn clients_that_hang_up_in_the_middle_of_a_transaction_leave_none_open(place: Place) {
    let house = House::new(&place, &[]).await;
    let address = house.app().address();
    let first = house
        .gemeente
        .push("verwijzing", XML, None, letter(0).xml())
        .await;
    let ready = |all: &[Value]| all[0]["status"] == "klaar";
    let first = first.with(202).id();
    house.gemeente.deliveries_until(&first, ready).await;

    let hold = place.hold(match &place {
        Place::Sqlite(_) => "SELECT 1", // its one lock for writing is taken already
        Place::Postgres(..) => "LOCK TABLE messages, deliveries IN ACCESS EXCLUSIVE MODE",
    });
    let mut hold = hold.await;
    let mut clients = Vec::new();
    let (gone, go) = watch::channel(false);
    for number in 1..=WAITING {
        let fetch = r#"{"aantal": 100, "leaseSeconden": 60}"#;
        for request in [
            push_of(&house.gemeente, number),
            request(&house.a, "/v1/postvak/_haal", JSON, fetch),
        ] {
            let mut go = go.clone();
            clients.push(tokio::spawn(async move {
                let mut stream = TcpStream::connect(address).await.unwrap();
                stream.write_all(request.as_bytes()).await.unwrap();
                go.wait_for(|gone| *gone).await.unwrap();
                let _ = stream.set_zero_linger();
            }));
        }
    }
    somebody_waits(&mut hold).await;
    gone.send_replace(true);
    for client in clients {
        client.await.unwrap();
    }
    hold.commit().await;
    others_go_on(&house, &place, WAITING + 1).await;
    let kept = kept_is_whole(&house).await;
    println!("{} of {WAITING} who hung up were heard out", kept - 2);

    // Who hung up may have been given a lease; when it lapses, what it was for is given to who asks next.
    house.later(61).await;
    let mail = house.a.fetch_all(kept, 600).await;
    let ids: BTreeSet<&String> = mail.iter().map(|one| &one.id).collect();
    assert_eq!(ids.len(), kept, "each once");
    house.stop().await;
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
        let request = push_of(&house.gemeente, number);
        clients.push(tokio::spawn(hang_up_after(address, request, wait)));
        if number % 10 == 9 {
            for client in clients.drain(..) {
                client.await.unwrap();
            }
        }
    }

    others_go_on(&house, &place, CLIENTS).await;
    let kept = kept_is_whole(&house).await;
    println!("{} of {CLIENTS} who hung up were heard out", kept - 1);

    // Everybody asks again, as one does without an answer: each message is there once.
    for number in 0..CLIENTS {
        let body = letter(number).xml();
        house
            .gemeente
            .push("verwijzing", XML, None, body)
            .await
            .with(202);
    }
    assert_eq!(house.records(Kind::Verwijzing).await.len(), CLIENTS + 1);
    let mut delivered = BTreeSet::new();
    let until = Instant::now() + PATIENCE;
    while delivered.len() <= CLIENTS {
        assert!(Instant::now() < until, "{} delivered", delivered.len());
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
