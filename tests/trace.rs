//! One trace from the request to the recipient: the real program, with a collector and a webhook that are this test.

#![cfg(unix)]

use std::collections::BTreeSet;
use std::io::Read;
use std::io::Write;
use std::net::TcpListener;
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;
use std::time::Instant;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

/// A request that came in.
#[derive(Clone)]
struct Received {
    head: String,
    body: Vec<u8>,
}

/// A listener that takes every request and keeps it.
struct Listener {
    address: String,
    received: Arc<Mutex<Vec<Received>>>,
}

impl Listener {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let received = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&received);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let kept = Arc::clone(&kept);
                std::thread::spawn(move || serve(stream, &kept));
            }
        });
        Self { address, received }
    }

    fn received(&self) -> Vec<Received> {
        self.received.lock().expect("not poisoned").clone()
    }
}

fn serve(mut stream: TcpStream, kept: &Mutex<Vec<Received>>) {
    let mut bytes = Vec::new();
    let mut part = [0; 16_384];
    loop {
        while let Some((request, length)) = whole(&bytes) {
            bytes.drain(..length);
            kept.lock().expect("not poisoned").push(request);
            let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
            if stream.write_all(answer).is_err() {
                return;
            }
        }
        match stream.read(&mut part) {
            Ok(read) if read > 0 => bytes.extend_from_slice(&part[..read]),
            _ => return,
        }
    }
}

/// The first request in some bytes, if it is complete, and how many bytes it is.
fn whole(bytes: &[u8]) -> Option<(Received, usize)> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
    let length = head
        .split("content-length: ")
        .nth(1)
        .and_then(|rest| rest.split("\r\n").next()?.parse::<usize>().ok())
        .unwrap_or(0);
    let body = bytes.get(end..end + length)?.to_vec();
    Some((Received { head, body }, end + length))
}

/// The parts of a protobuf message with this field number that hold bytes.
fn parts(mut message: &[u8], wanted: u64) -> Vec<&[u8]> {
    let mut found = Vec::new();
    while !message.is_empty() {
        let key = varint(&mut message);
        let length = match key & 7 {
            0 => {
                varint(&mut message);
                continue;
            }
            1 => 8,
            5 => 4,
            _ => usize::try_from(varint(&mut message)).expect("a length"),
        };
        let (part, rest) = message.split_at(length);
        if key >> 3 == wanted {
            found.push(part);
        }
        message = rest;
    }
    found
}

fn varint(message: &mut &[u8]) -> u64 {
    let mut number = 0;
    for (place, byte) in message.iter().enumerate() {
        number |= u64::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            *message = &message[place + 1..];
            break;
        }
    }
    number
}

/// The names of the exported spans of the trace.
fn spans(collector: &Listener) -> BTreeSet<String> {
    let trace = u128::from_str_radix(TRACE, 16).expect("hex").to_be_bytes();
    let requests = collector.received();
    let resources = requests.iter().flat_map(|request| parts(&request.body, 1));
    let scopes = resources.flat_map(|resource| parts(resource, 2));
    scopes
        .flat_map(|scope| parts(scope, 2))
        .filter(|span| parts(span, 1) == [&trace[..]])
        .flat_map(|span| parts(span, 5))
        .map(|name| String::from_utf8_lossy(name).into_owned())
        .collect()
}

struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl Folder {
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_schakel"));
        command
            .args(arguments)
            .current_dir(&self.0)
            .env_clear()
            .stdin(Stdio::null());
        command
    }

    fn key(&self, org: &str, scope: &[&str]) -> String {
        let create = ["keys", "create", "--org", org, "--name", "toets"];
        let arguments: Vec<&str> = create.iter().chain(scope).copied().collect();
        let made = self.command(&arguments).output().expect("it starts");
        assert!(made.status.success());
        String::from_utf8(made.stdout)
            .expect("text")
            .trim()
            .to_owned()
    }
}

fn free() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").to_string()
}

/// One request; the status line and everything after it.
fn ask(address: &str, first: &str, headers: &str, body: &[u8]) -> Option<String> {
    let mut stream = TcpStream::connect(address).ok()?;
    let length = body.len();
    let head = format!(
        "{first} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n"
    );
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(body).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    Some(answer)
}

fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    let started = Instant::now();
    while !done() {
        assert!(started.elapsed() < Duration::from_mins(1), "{what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// By route template, and by the method alone where there is no route: never by what was in the path.
fn check_names(names: &BTreeSet<String>) {
    let expected = [
        "GET",
        "GET /v1/berichten/{id}",
        "POST /v1/berichten",
        "deliver",
        "publish",
    ];
    for name in expected {
        assert!(names.contains(name), "{name}: {names:?}");
    }
    let requests = names.iter().filter(|name| name.starts_with(['G', 'P']));
    assert_eq!(requests.count(), 3, "{names:?}");
}

#[test]
fn one_trace_spans_the_request_the_outbox_the_broker_and_the_delivery() {
    let folder = std::env::temp_dir().join(format!("schakel-trace-{}", uuid::Uuid::now_v7()));
    std::fs::create_dir_all(&folder).expect("made");
    let folder = Folder(folder);
    let (collector, endpoint) = (Listener::start(), Listener::start());
    let beheer = folder.key("beheer", &["--scope", "beheer"]);
    let gemeente = folder.key("gemeente-voorbeeldstad", &[]);
    let (api, admin) = (free(), free());
    let mut child = folder
        .command(&["serve"])
        .env("SCHAKEL_HTTP_ADRES", &api)
        .env("SCHAKEL_BEHEER_ADRES", &admin)
        .env(
            "SCHAKEL_TRACE_OTLP",
            format!("http://{}", collector.address),
        )
        .env("SCHAKEL_WEBHOOK_HTTP_TOEGESTAAN", "true")
        .env("SCHAKEL_WEBHOOK_PRIVE_TOEGESTAAN", "127.0.0.0/8")
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    wait_until("it serves", || {
        ask(&admin, "GET /health/ready", "", b"").is_some_and(|answer| answer.contains(" 200 "))
    });
    let admin_headers =
        format!("Authorization: Bearer {beheer}\r\nContent-Type: application/json\r\n");
    let put = |path: &str, record: &serde_json::Value| {
        let body = record.to_string();
        let first = format!("PUT /v1/{path}");
        let answer = ask(&api, &first, &admin_headers, body.as_bytes()).expect("an answer");
        assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    };
    for (code, record) in schakel::demo::cast::organisaties() {
        put(&format!("organisaties/{code}"), &record);
    }
    for (number, record) in schakel::demo::cast::overeenkomsten() {
        put(&format!("overeenkomsten/{number}"), &record);
    }
    let url = format!("http://{}/hook", endpoint.address);
    put(
        "organisaties/aanbieder-a/webhook",
        &serde_json::json!({ "url": url }),
    );
    let file = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/mappings/gemeente-voorbeeldstad/voorbeelden/verwijzing.xml"
    );
    let headers = format!(
        "Authorization: Bearer {gemeente}\r\nContent-Type: application/xml\r\n\
         traceparent: 00-{TRACE}-00f067aa0ba902b7-01\r\n"
    );
    let first = "POST /v1/berichten?soort=verwijzing";
    let body = std::fs::read(file).expect("the sample");
    let answer = ask(&api, first, &headers, &body).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 202"), "{answer}");
    let id = answer
        .split("location: /v1/berichten/")
        .nth(1)
        .and_then(|rest| rest.split("\r\n").next())
        .expect("where it is");
    for (path, status) in [
        (format!("/v1/berichten/{id}"), 200),
        ("/v1/onzin/999990019".to_owned(), 404),
    ] {
        let answer = ask(&api, &format!("GET {path}"), &headers, b"").expect("an answer");
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status}")),
            "{answer}"
        );
    }
    wait_until("it is pushed", || !endpoint.received().is_empty());
    assert!(
        endpoint.received()[0]
            .head
            .contains(&format!("traceparent: 00-{TRACE}-")),
        "the recipient can go on with the trace"
    );

    let stop = Command::new("kill").arg(child.id().to_string()).status();
    assert!(stop.expect("kill runs").success());
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
    check_names(&spans(&collector));

    let mut lines = String::new();
    let mut stderr = child.stderr.take().expect("piped");
    stderr.read_to_string(&mut lines).expect("text");
    let pushed = lines
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .find(|line| line["message"] == "Pushed to a webhook")
        .expect("a line on the push");
    assert_eq!(pushed["trace_id"], TRACE);
    assert_eq!(pushed["span"], "deliver");
}
