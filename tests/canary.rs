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
#[path = "canary/kept.rs"]
mod kept;
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

use caller::Answer;
use caller::Caller;
use flight::Callers;
use net::Catch;
use net::Net;
use outside::Eavesdropper;
use outside::Listener;
use place::Place;
use program::Program;
use serde_json::Value;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fmt::Write;
use std::sync::Arc;

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
        let ear = Arc::new(Eavesdropper::new(&organisations).await);
        let heard = Arc::clone(&ear);
        let flown = tokio::spawn(async move { fly(place, Some(&heard)).await }).await;
        ear.remove().await; // also after a flight that failed
        flown.unwrap_or_else(|failure| std::panic::resume_unwind(failure.into_panic()));
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
    let mut kept = kept::store(&place, program.folder()).await;
    program.stop();
    kept.extend(kept::store(&place, program.folder()).await);
    channels.insert(
        "tables that speak of nobody",
        kept::tables(&place, program.folder()).await,
    );
    let names = kept::files(program.folder());
    let names = names
        .iter()
        .map(|path| path.to_string_lossy().into_owned().into_bytes());
    channels.insert("names of files", names.collect());
    if ear.is_none() {
        convert(&program, &mut channels); // the command line knows neither store nor broker: once is enough
    }
    let heard = callers.gemeente.heard.lock().expect("not poisoned").clone();
    let delivered = delivered(&heard);
    for answer in heard {
        let channel = match answer.status {
            _ if answer.content => continue,
            400.. => "error answers",
            _ => "other answers",
        };
        // Only what the gateway said is searched; what was asked, marks and all, is the test's own.
        let headers = answer.headers.into_bytes();
        channels
            .entry(channel)
            .or_default()
            .push([headers, without_reference(answer.bytes)].concat());
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
        channels.insert("names of queues", ear.queues());
    }
    check(&channels, &callers.keys());
    check_store(&kept, &callers, &delivered);
}

/// What the command line says about conversions, right and wrong.
fn convert(program: &Program, channels: &mut Channels) {
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
}

/// The beginning of everything that was delivered, up to where a record could say the same.
fn delivered(heard: &[Answer]) -> Vec<String> {
    let contents = heard.iter().filter(|answer| answer.content);
    contents
        .filter(|answer| answer.asked.ends_with("/inhoud"))
        .map(|answer| answer.text().chars().take(80).collect())
        .collect()
}

/// An answer without the sender's own reference, which is given back as it was given, whatever it says.
fn without_reference(bytes: Vec<u8>) -> Vec<u8> {
    fn drop_reference(value: &mut Value) {
        match value {
            Value::Object(members) => {
                members.remove("referentie");
                members.values_mut().for_each(drop_reference);
            }
            Value::Array(items) => items.iter_mut().for_each(drop_reference),
            _ => {}
        }
    }
    let Ok(mut value) = serde_json::from_slice(&bytes) else {
        return bytes;
    };
    drop_reference(&mut value);
    value.to_string().into_bytes()
}

/// The head of an HTTP request: its line and its headers.
fn head_of(request: &[u8]) -> Vec<u8> {
    let end = request.windows(4).position(|part| part == b"\r\n\r\n");
    request[..end.unwrap_or(request.len())].to_vec()
}

fn check(channels: &Channels, keys: &[String]) {
    for (channel, said) in channels {
        let bytes: usize = said.iter().map(Vec::len).sum();
        let silent = *channel == "standard output of serve"; // everything goes to the log
        assert!(bytes > 0 || silent, "nothing was captured of `{channel}`");
        println!("{channel}: {} pieces, {bytes} bytes", said.len());
    }
    let keys = keys.iter().map(String::as_str);
    let net = Net::new(marks::all().into_iter().chain(keys));
    let mut caught = BTreeSet::new();
    for (channel, said) in channels {
        for piece in said {
            caught.extend(net.catch(channel, piece));
        }
    }
    assert!(caught.is_empty(), "{}", told(&caught));
}

/// The store keeps names in its records, which is its purpose; a BSN, an original and what is delivered only sealed,
/// a key only as a hash.
fn check_store(kept: &[Vec<u8>], callers: &Callers, delivered: &[String]) {
    let keys = callers.keys();
    assert!(delivered.len() >= 3, "contents were read");
    let sealed = marks::SEALED_BSNS
        .into_iter()
        .chain([marks::PASSWORD, marks::ORIGINAL])
        .chain(keys.iter().map(String::as_str))
        .chain(delivered.iter().map(String::as_str));
    let net = Net::new(sealed);
    let size: usize = kept.iter().map(Vec::len).sum();
    assert!(size > 20_000, "the store was captured");
    let planted = Net::new([marks::NAME]);
    assert!(
        kept.iter()
            .any(|piece| !planted.catch("store", piece).is_empty()),
        "the net reaches into the store: there a name is found"
    );
    let caught: BTreeSet<Catch> = kept
        .iter()
        .flat_map(|piece| net.catch("store", piece))
        .collect();
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
