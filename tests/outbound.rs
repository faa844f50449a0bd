//! Webhooks against a receiver on this machine: signed, never redirected, never to a private address, always cut
//! in time.

use bytes::Bytes;
use jiff::Timestamp;
use schakel::canonical::Personal;
use schakel::outbound::Push;
use schakel::outbound::PushOutcome;
use schakel::outbound::Unreachable;
use schakel::outbound::Webhook;
use schakel::outbound::WebhookConfig;
use schakel::outbound::new_secret;
use schakel::outbound::verify;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio::net::TcpStream;
use tokio::time::Instant;
use uuid::Uuid;

/// What the receiver answers.
#[derive(Clone)]
enum Answer {
    /// These bytes, and then it closes.
    Bytes(String),
    /// These bytes, and then zeros for ever.
    Endless(String),
    /// These bytes, and then nothing for ever.
    Stall(String),
}

/// A receiver on this machine that keeps what it was sent.
struct Receiver {
    port: u16,
    requests: Arc<Mutex<Vec<String>>>,
    written: Arc<AtomicUsize>,
}

impl Receiver {
    async fn start(answer: Answer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let receiver = Self {
            port: listener.local_addr().expect("bound").port(),
            requests: Arc::default(),
            written: Arc::default(),
        };
        let (requests, written) = (
            Arc::clone(&receiver.requests),
            Arc::clone(&receiver.written),
        );
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (requests, written) = (Arc::clone(&requests), Arc::clone(&written));
                tokio::spawn(serve(stream, answer.clone(), requests, written));
            }
        });
        receiver
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}/haak", self.port)
    }

    fn requests(&self) -> Vec<String> {
        self.requests.lock().expect("no panic").clone()
    }
}

async fn serve(
    mut stream: TcpStream,
    answer: Answer,
    requests: Arc<Mutex<Vec<String>>>,
    written: Arc<AtomicUsize>,
) {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    // every body of these tests ends on `}`
    while !request.ends_with(b"}") {
        match stream.read(&mut buffer).await {
            Ok(count) if count > 0 => request.extend_from_slice(&buffer[..count]),
            _ => return,
        }
    }
    let request = String::from_utf8(request).expect("text");
    requests.lock().expect("no panic").push(request);
    let (Answer::Bytes(head) | Answer::Endless(head) | Answer::Stall(head)) = &answer;
    let _ = stream.write_all(head.as_bytes()).await;
    match answer {
        Answer::Bytes(_) => {}
        Answer::Endless(_) => {
            while let Ok(count) = stream.write(&[b'0'; 8_192]).await {
                written.fetch_add(count, Ordering::SeqCst);
            }
        }
        Answer::Stall(_) => {
            let _ = stream.read(&mut buffer).await; // until the other side cuts
        }
    }
}

fn config() -> WebhookConfig {
    WebhookConfig {
        connect_timeout_ms: 500,
        total_timeout_ms: 1_000,
        allow_private: vec!["127.0.0.1".parse().expect("an address")],
        allow_http: true,
        ..WebhookConfig::default()
    }
}

fn now() -> Timestamp {
    "2026-11-02T09:00:00Z".parse().expect("a moment")
}

/// One attempt with this configuration, its outcome and how long it took.
async fn push(config: WebhookConfig, url: &str) -> (PushOutcome, Duration) {
    let secret = Personal::new(new_secret().expect("random"));
    push_signed(config, url, &secret, Uuid::new_v4()).await
}

async fn push_signed(
    config: WebhookConfig,
    url: &str,
    secret: &Personal<String>,
    delivery: Uuid,
) -> (PushOutcome, Duration) {
    let webhook = Webhook::new(config).expect("a client");
    let started = Instant::now();
    let push = Push {
        url,
        secret,
        delivery,
        soort: "verwijzing",
        content_type: "application/json",
        traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        body: Personal::new(Bytes::from_static(br#"{"nummer":"V-1"}"#)),
    };
    (webhook.push(push, now()).await, started.elapsed())
}

fn answer(status: &str, headers: &str) -> Answer {
    Answer::Bytes(format!(
        "HTTP/1.1 {status}\r\n{headers}content-length: 0\r\n\r\n"
    ))
}

#[tokio::test]
async fn an_accepted_message_carries_its_signature_its_id_and_its_trace() {
    let receiver = Receiver::start(answer("202 Accepted", "")).await;
    let secret = Personal::new(new_secret().expect("random"));
    let delivery = Uuid::new_v4();
    let (outcome, _) = push_signed(config(), &receiver.url(), &secret, delivery).await;
    assert_eq!(outcome, PushOutcome::Accepted);

    let request = receiver.requests().pop().expect("one request");
    let (head, body) = request.split_once("\r\n\r\n").expect("a whole request");
    let header = |name: &str| {
        let line = head
            .lines()
            .find(|line| line.to_ascii_lowercase().starts_with(&format!("{name}: ")));
        line.map(|line| line[name.len() + 2..].to_owned())
            .expect("the header")
    };
    assert!(head.starts_with("POST /haak HTTP/1.1\r\n"));
    assert_eq!(header("webhook-id"), delivery.to_string());
    assert_eq!(header("webhook-timestamp"), now().as_second().to_string());
    assert_eq!(header("content-type"), "application/json");
    assert_eq!(header("schakel-soort"), "verwijzing");
    assert!(header("traceparent").starts_with("00-0af7651916cd43dd"));
    assert!(header("user-agent").starts_with("schakel/"));
    let signature = header("webhook-signature");
    let right = verify(
        secret.reveal(),
        &delivery.to_string(),
        now().as_second(),
        body.as_bytes(),
        &signature,
    );
    assert_eq!(right, Ok(true));
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let target = Receiver::start(answer("200 OK", "")).await;
    for status in ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"] {
        let header = format!("location: {}\r\n", target.url());
        let receiver = Receiver::start(answer(status, &header)).await;
        let (outcome, _) = push(config(), &receiver.url()).await;
        let status = status[..3].parse().expect("a status");
        assert_eq!(outcome, PushOutcome::Refused { status });
    }
    assert!(target.requests().is_empty());
}

#[tokio::test]
async fn the_status_and_retry_after_decide() {
    let in_a_minute = "retry-after: Mon, 02 Nov 2026 09:01:00 GMT\r\n";
    let table = [
        ("410 Gone", "", PushOutcome::Gone),
        ("400 Bad Request", "", PushOutcome::Refused { status: 400 }),
        ("500 Oops", "", PushOutcome::Refused { status: 500 }),
        ("503 Busy", "", PushOutcome::Refused { status: 503 }),
        (
            "503 Busy",
            in_a_minute,
            PushOutcome::RetryAfter(Duration::from_mins(1)),
        ),
        (
            "429 Slow",
            "retry-after: 5\r\n",
            PushOutcome::RetryAfter(Duration::from_secs(5)),
        ),
    ];
    for (status, headers, expected) in table {
        let receiver = Receiver::start(answer(status, headers)).await;
        assert_eq!(
            push(config(), &receiver.url()).await.0,
            expected,
            "{status} {headers}"
        );
    }
}

#[tokio::test]
async fn a_receiver_that_does_not_answer_is_cut_in_time() {
    for head in ["", "HTTP/1.1 200 OK\r\nx-a: b"] {
        let receiver = Receiver::start(Answer::Stall(head.to_owned())).await;
        let (outcome, took) = push(config(), &receiver.url()).await;
        assert_eq!(outcome, PushOutcome::TimedOut);
        assert!(took < Duration::from_millis(1_500), "{took:?}");
    }
}

#[tokio::test]
async fn a_slow_answer_is_cut_and_its_status_counts() {
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n0";
    let receiver = Receiver::start(Answer::Stall(head.to_owned())).await;
    let (outcome, took) = push(config(), &receiver.url()).await;
    assert_eq!(outcome, PushOutcome::Accepted);
    assert!(took < Duration::from_millis(1_500), "{took:?}");
}

#[tokio::test]
async fn a_huge_answer_is_cut() {
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 9999999999\r\n\r\n";
    let receiver = Receiver::start(Answer::Endless(head.to_owned())).await;
    let (outcome, _) = push(config(), &receiver.url()).await;
    assert_eq!(outcome, PushOutcome::Accepted);
    tokio::time::sleep(Duration::from_millis(100)).await;
    let written = receiver.written.load(Ordering::SeqCst);
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(
        receiver.written.load(Ordering::SeqCst),
        written,
        "the connection is closed"
    );
    assert!(written < 64 << 20, "{written} bytes left the receiver");
}

#[tokio::test]
async fn endless_headers_are_cut() {
    let receiver = Receiver::start(Answer::Endless("HTTP/1.1 200 OK\r\nx: ".to_owned())).await;
    let (outcome, _) = push(config(), &receiver.url()).await;
    assert_eq!(outcome, PushOutcome::Unreachable(Unreachable::Broken));
}

#[tokio::test]
async fn a_private_address_is_refused_however_it_is_written() {
    let receiver = Receiver::start(answer("200 OK", "")).await;
    let strict = WebhookConfig {
        allow_private: Vec::new(),
        ..config()
    };
    let hosts = [
        "127.0.0.1",
        "127.0.0.1.",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "0.0.0.0",
        "0",
        "[::ffff:127.0.0.1]",
        "[::1]",
        "[::]",
        "[64:ff9b::7f00:1]",
        "localhost",
        "LOCALHOST.",
        "a.localhost",
        "x@127.0.0.1",
        "1.1.1.1@127.0.0.1",
        "169.254.169.254",
    ];
    for host in hosts {
        let url = format!("http://{host}:{}/haak", receiver.port);
        assert_eq!(
            push(strict.clone(), &url).await.0,
            PushOutcome::AddressRefused,
            "{host}"
        );
    }
    let https_only = WebhookConfig {
        allow_http: false,
        ..config()
    };
    assert_eq!(
        push(https_only, &receiver.url()).await.0,
        PushOutcome::AddressRefused
    );
    assert!(receiver.requests().is_empty());
}

/// The machine's own name is a name like any other to the check of the URL; the resolver finds that it is local.
#[tokio::test]
async fn a_name_that_resolves_to_a_private_address_is_refused() {
    let name = std::fs::read_to_string("/etc/hostname").unwrap_or_default();
    let name = name.trim();
    let resolves = tokio::net::lookup_host((name, 80))
        .await
        .is_ok_and(|mut found| found.next().is_some());
    if name.is_empty() || !resolves {
        return; // this machine's name does not resolve: `localhost` above is what remains
    }
    let strict = WebhookConfig {
        allow_private: Vec::new(),
        ..config()
    };
    assert_eq!(
        push(strict, &format!("http://{name}:9/")).await.0,
        PushOutcome::AddressRefused
    );
}

#[tokio::test]
async fn an_allowed_name_is_reached_and_an_absent_receiver_is_unreachable() {
    let receiver = Receiver::start(answer("200 OK", "")).await;
    let url = format!("http://localhost:{}/haak", receiver.port);
    assert_eq!(push(config(), &url).await.0, PushOutcome::Accepted);
    assert_eq!(receiver.requests().len(), 1);

    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("bound").port();
    drop(listener);
    let (outcome, _) = push(config(), &format!("http://127.0.0.1:{port}/")).await;
    assert_eq!(outcome, PushOutcome::Unreachable(Unreachable::Connection));
    let (outcome, _) = push(config(), "http://bestaat-niet.invalid/").await;
    assert!(
        matches!(
            outcome,
            PushOutcome::Unreachable(Unreachable::Name) | PushOutcome::TimedOut
        ),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn what_cannot_be_sent_is_said_without_calling() {
    let receiver = Receiver::start(answer("200 OK", "")).await;
    let small = WebhookConfig {
        max_body: 5,
        ..config()
    };
    assert!(matches!(
        push(small, &receiver.url()).await.0,
        PushOutcome::Unsendable(_)
    ));
    let secret = Personal::new("whsec_geen".to_owned());
    let (outcome, _) = push_signed(config(), &receiver.url(), &secret, Uuid::new_v4()).await;
    assert!(matches!(outcome, PushOutcome::Unsendable(_)));
    assert!(receiver.requests().is_empty());
}
