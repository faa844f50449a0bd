//! A canary: marked people go through the whole gateway, the real program, in every format, right and wrong; then
//! everything it ever said to anybody but a recipient is searched for them.
//!
//! Once embedded (`SQLite`, in-process broker, JSON logs) and once with servers (`PostgreSQL`, `RabbitMQ`, logs for
//! people), as `SCHAKEL_TEST_POSTGRES` and `SCHAKEL_TEST_AMQP` name them.

#![allow(clippy::unwrap_used)] // a test may stop

#[path = "gateway/caller.rs"]
mod caller;
#[path = "gateway/cast.rs"]
mod cast;
#[path = "canary/flight.rs"]
mod flight;
#[path = "gateway/letters.rs"]
mod letters;
#[path = "canary/marks.rs"]
mod marks;
#[path = "canary/net.rs"]
mod net;
#[path = "canary/outside.rs"]
mod outside;
#[allow(dead_code)]
#[path = "store_contract/place.rs"]
mod place;
#[path = "canary/program.rs"]
mod program;

use caller::Caller;
use flight::Callers;
use net::Catch;
use net::Net;
use outside::Eavesdropper;
use outside::Listener;
use place::Place;
use program::Program;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;

/// Everything that was captured, by channel.
type Channels = BTreeMap<&'static str, Vec<Vec<u8>>>;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_marked_person_is_in_anything_said_by_the_embedded_gateway() {
    place::on_sqlite(|place| async move {
        fly(place, None).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_marked_person_is_in_anything_said_by_a_gateway_on_postgres_and_rabbitmq() {
    place::on_postgres(|place| async move {
        let organisations = [cast::GEMEENTE, cast::UWV, cast::A, cast::B];
        let ear = Eavesdropper::new(&organisations).await;
        fly(place, Some(&ear)).await;
        ear.remove().await;
    })
    .await;
}

async fn fly(place: Place, ear: Option<&Eavesdropper>) {
    let collector = Listener::start(true, String::new()).await;
    let receiver = Listener::start(
        false,
        outside::failure(&format!("{} {}", marks::NAME, marks::BSNS[0])),
    )
    .await;
    let key = schakel::app::new_master_key().expect("random");
    let mut settings = vec![
        ("log.niveau", "debug"),
        ("trace.otlp", collector.url.as_str()),
        ("webhook.http_toegestaan", "true"),
        ("webhook.prive_toegestaan", "127.0.0.1/32"),
        ("bezorging.wachttijden", "1s"),
        ("sleutel.waarde", key.as_str()),
    ];
    if let Some(ear) = ear {
        settings.extend([
            ("broker.soort", "rabbitmq"),
            ("broker.url", ear.url.as_str()),
            ("broker.voorvoegsel", ear.prefix.as_str()),
            ("log.vorm", "mens"),
        ]);
    }
    if let Place::Postgres(_, url) = &place {
        settings.extend([("opslag.soort", "postgres"), ("opslag.url", url.as_str())]);
    }
    let mut program = Program::new(&settings);
    program.serve();
    let callers = Callers::register(&program).await;
    flight::right(&callers, &receiver).await;
    flight::wrong(&callers).await;
    flight::strange_requests(&callers).await;
    flight::raw_requests(&callers, &program.api).await;
    let mut channels = Channels::new();
    for address in ["/metrics", "/health/live", "/health/ready"] {
        let admin = Caller::new(&program.admin, "");
        let answer = admin.get(address).await.with(200);
        channels
            .entry("metrics and health")
            .or_default()
            .extend([answer.headers.into_bytes(), answer.bytes]);
    }
    let mut kept = kept_by(&place, program.folder()).await;
    program.stop();
    for (name, arguments) in flight::conversions(program.folder()) {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        program.run(&name, &arguments);
        channels
            .entry("convert: standard error")
            .or_default()
            .push(program.stderr(&name));
        let report = program.folder().join(format!("{name}.report"));
        let report = std::fs::read(&report).unwrap_or_default();
        channels.entry("convert: report").or_default().push(report);
    }
    let heard = callers.gemeente.heard.lock().expect("not poisoned").clone();
    for answer in heard {
        let channel = match answer.status {
            _ if answer.content => continue,
            400.. => "error answers",
            _ => "other answers",
        };
        let asked = format!("{} -> {}\n{}", answer.asked, answer.status, answer.headers);
        channels
            .entry(channel)
            .or_default()
            .push([asked.into_bytes(), answer.bytes].concat());
    }
    let log = |name| std::fs::read(program.folder().join(name)).unwrap();
    channels.insert("log", vec![log("serve.stderr")]);
    channels.insert("standard output of serve", vec![log("serve.stdout")]);
    channels.insert("traces", collector.kept());
    channels.insert(
        "webhook: headers",
        receiver
            .kept()
            .iter()
            .map(|request| head_of(request))
            .collect(),
    );
    if let Some(ear) = ear {
        channels.insert("broker", ear.heard().await);
    }
    kept.extend(kept_by(&place, program.folder()).await);
    check(&channels, &kept, &callers);
}

/// The head of an HTTP request: its line and its headers.
fn head_of(request: &[u8]) -> Vec<u8> {
    let end = request.windows(4).position(|part| part == b"\r\n\r\n");
    request[..end.unwrap_or(request.len())].to_vec()
}

fn check(channels: &Channels, kept: &[Vec<u8>], callers: &Callers) {
    for (channel, said) in channels {
        let bytes: usize = said.iter().map(Vec::len).sum();
        let silent = *channel == "standard output of serve"; // everything goes to the log
        assert!(bytes > 0 || silent, "nothing was captured of `{channel}`");
        println!("{channel}: {} pieces, {bytes} bytes", said.len());
    }
    let keys = callers.keys();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let net = Net::new(marks::all().into_iter().chain(keys.iter().copied()));
    let mut caught = BTreeSet::new();
    for (channel, said) in channels {
        for piece in said {
            caught.extend(net.catch(channel, piece));
        }
    }
    // The store keeps names in its records, which is its purpose; a BSN only sealed, a key only as a hash.
    let store = Net::new(marks::BSNS.into_iter().chain([marks::PASSWORD]).chain(keys));
    assert!(
        kept.iter().map(Vec::len).sum::<usize>() > 20_000,
        "the store was captured"
    );
    let planted = Net::new([marks::NAME]);
    assert!(
        kept.iter()
            .any(|piece| !planted.catch("store", piece).is_empty()),
        "the net reaches into the store: there a name is found"
    );
    for piece in kept {
        caught.extend(store.catch("store", piece));
    }
    assert!(caught.is_empty(), "{}", told(&caught));
}

fn told(caught: &BTreeSet<Catch>) -> String {
    let mut out = format!("{} marks got through\n", caught.len());
    for one in caught {
        let around: String = one
            .around
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect();
        let _ = writeln!(
            out,
            "* {} in {} as {}: …{around}…",
            one.mark, one.channel, one.form
        );
    }
    out
}

/// Every byte the store wrote: the files of `SQLite`, every row of every table of `PostgreSQL`.
async fn kept_by(place: &Place, folder: &Path) -> Vec<Vec<u8>> {
    match place {
        Place::Sqlite(_) => std::fs::read_dir(folder.join("data"))
            .unwrap()
            .map(|entry| std::fs::read(entry.unwrap().path()).unwrap())
            .collect(),
        Place::Postgres(_, url) => flight::rows(url).await,
    }
}
