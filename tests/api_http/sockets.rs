//! How connections are held, over real sockets: nobody can keep one by being slow.

use crate::fake::World;
use schakel::api::ApiConfig;
use schakel::api::ServeConfig;
use schakel::api::ServeReport;
use schakel::api::serve;
use std::net::SocketAddr;
use std::sync::atomic::Ordering;
use std::time::Duration;
use std::time::Instant;
use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::sleep;
use tokio::time::timeout;

/// Longer than any time-out in these tests.
const LONG: Duration = Duration::from_secs(20);

struct Served {
    world: World,
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    server: JoinHandle<ServeReport>,
}

async fn served(config: ServeConfig) -> Served {
    let world = World::new(ApiConfig {
        body_seconds: 3,
        body_grace_seconds: 1,
        body_bytes_per_second: 1000,
        ..ApiConfig::default()
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let router = world.router.clone();
    let server = tokio::spawn(async move {
        let stopped = async { drop(stopped.await) };
        serve(listener, router, config, stopped).await
    });
    Served {
        world,
        address,
        stop: Some(stop),
        server,
    }
}

fn quick() -> ServeConfig {
    ServeConfig {
        header_seconds: 1,
        idle_seconds: 2,
        write_seconds: 1,
        shutdown_seconds: 2,
        ..ServeConfig::default()
    }
}

impl Served {
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Sends a text and reads until the server closes.
    async fn exchange(&self, text: &str) -> String {
        let mut stream = self.connect().await;
        stream.write_all(text.as_bytes()).await.unwrap();
        rest(&mut stream).await
    }
}

/// Everything until the server closes, which it must.
async fn rest(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let read = timeout(LONG, stream.read_to_end(&mut bytes)).await;
    let _ = read.expect("the server closes the connection");
    String::from_utf8_lossy(&bytes).into_owned()
}

/// One answer with a known length.
async fn answer(stream: &mut TcpStream) -> String {
    let mut text = String::new();
    let mut buffer = [0; 4096];
    loop {
        let n = timeout(LONG, stream.read(&mut buffer))
            .await
            .unwrap()
            .unwrap();
        text.push_str(&String::from_utf8_lossy(&buffer[..n]));
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            assert!(n > 0, "closed within a head: {text:?}");
            continue;
        };
        let length = head.to_lowercase();
        let length = length.split("content-length: ").nth(1).unwrap();
        let length: usize = length.split("\r\n").next().unwrap().parse().unwrap();
        if body.len() >= length || n == 0 {
            return text;
        }
    }
}

fn push(key: &str, soort: &str, length: usize) -> String {
    format!(
        "POST /v1/berichten?soort={soort} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n\
         Content-Type: application/xml\r\nContent-Length: {length}\r\n\r\n"
    )
}

async fn drip(stream: &mut TcpStream, bytes: &[u8], pause: Duration) {
    for byte in bytes {
        if stream.write_all(&[*byte]).await.is_err() {
            return;
        }
        sleep(pause).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_holds_a_connection_by_being_slow() {
    let served = served(quick()).await;
    let key = served.world.system("gemeente").await;
    let pause = Duration::from_millis(200);
    let started = Instant::now();

    let idle = async { rest(&mut served.connect().await).await };
    let half_head = served.exchange("GET /v1 HTTP/1.1\r\nHos");
    let header_drip = async {
        let (mut read, mut write) = served.connect().await.into_split();
        let head = format!("GET /v1 HTTP/1.1\r\nHost: x\r\nX: {}\r\n", "a".repeat(200));
        let sending = tokio::spawn(async move {
            for byte in head.into_bytes() {
                if write.write_all(&[byte]).await.is_err() {
                    return;
                }
                sleep(pause).await;
            }
        });
        let mut bytes = Vec::new();
        let _ = timeout(LONG, read.read_to_end(&mut bytes))
            .await
            .expect("closes");
        sending.abort();
        String::from_utf8_lossy(&bytes).into_owned()
    };
    let head = push(&key, "a", 1000);
    let stalled_body = served.exchange(&head);
    let text = format!("{}{}", push(&key, "a", 1000), "x".repeat(10));
    let stalled_halfway = served.exchange(&text);
    let body_drip = async {
        let mut stream = served.connect().await;
        stream
            .write_all(push(&key, "a", 1000).as_bytes())
            .await
            .unwrap();
        drip(&mut stream, &[b'x'; 40], pause).await;
        rest(&mut stream).await
    };
    let between = async {
        let mut stream = served.connect().await;
        stream
            .write_all(b"GET /v1 HTTP/1.1\r\nHost: x\r\n\r\n")
            .await
            .unwrap();
        rest(&mut stream).await
    };
    let (idle, half_head, header_drip, stalled_body, stalled_halfway, body_drip, between) = tokio::join!(
        idle,
        half_head,
        header_drip,
        stalled_body,
        stalled_halfway,
        body_drip,
        between
    );
    assert_eq!(
        (idle, half_head, header_drip),
        <(String, String, String)>::default()
    );
    assert!(started.elapsed() < Duration::from_secs(15));
    for slow in [stalled_body, stalled_halfway] {
        assert!(slow.starts_with("HTTP/1.1 408 "), "{slow}");
        assert!(slow.contains("verzoek-te-traag"), "{slow}");
    }
    // A client that is still sending may lose the answer to a reset.
    assert!(
        body_drip.is_empty() || body_drip.starts_with("HTTP/1.1 408 "),
        "{body_drip}"
    );
    assert!(between.starts_with("HTTP/1.1 200 "), "{between}");
    assert_eq!(served.world.gateway.done.load(Ordering::SeqCst), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_does_not_read_its_answers_is_cut_off() {
    let served = served(quick()).await;
    let mut stream = served.connect().await;
    // Each answer is some 50 kB: the buffers of both sides are full long before the last one.
    let requests = "GET /v1/openapi.json HTTP/1.1\r\nHost: x\r\n\r\n".repeat(2000);
    stream.write_all(requests.as_bytes()).await.unwrap();
    sleep(Duration::from_secs(3)).await;
    let got = rest(&mut stream).await;
    let answers = got.matches("HTTP/1.1 200 ").count();
    assert!((1..1999).contains(&answers), "{answers} answers");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_http_is_answered_with_a_problem_and_closed() {
    let served = served(quick()).await;
    let many = "X-1: 1\r\n".repeat(80);
    let host = "Host: x\r\n";
    for (text, status) in [
        ("GET /v1 HTTP/1.1\r\n\r\n".to_owned(), 400),
        (format!("GET /v1 HTTP/1.1\r\n{host}{host}\r\n"), 400),
        (
            format!(
                "POST /v1/berichten HTTP/1.1\r\n{host}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
            ),
            400,
        ),
        (
            format!(
                "POST /v1/berichten HTTP/1.1\r\n{host}Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n"
            ),
            400,
        ),
        (
            format!(
                "POST /v1/berichten HTTP/1.1\r\n{host}Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc"
            ),
            400,
        ),
        (
            format!("POST /v1/berichten HTTP/1.1\r\n{host}Transfer-Encoding: gzip\r\n\r\n"),
            400,
        ),
        (
            format!("GET /v1 HTTP/1.1\r\n{host}Bad Header: x\r\n\r\n"),
            400,
        ),
        (format!("GET /v1 HTTP/1.1\r\n{host}{many}\r\n"), 431),
        (
            format!(
                "GET /v1 HTTP/1.1\r\n{host}X: {}\r\n\r\n",
                "a".repeat(40_000)
            ),
            431,
        ),
        ("onzin\r\n\r\n".to_owned(), 400),
        (
            format!("GET /v1/{} HTTP/1.1\r\n{host}\r\n", "a".repeat(15_000)),
            404,
        ),
    ] {
        let shown = &text[..text.len().min(120)];
        let mut stream = served.connect().await;
        let _ = stream.write_all(text.as_bytes()).await;
        let answer = rest(&mut stream).await;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{shown}: {answer}"
        );
        for part in [
            "application/problem+json",
            "api-version: 1.0.0",
            "\"detail\"",
            "nosniff",
        ] {
            assert!(
                answer.to_lowercase().contains(part),
                "{shown}: {part}: {answer}"
            );
        }
        if status != 404 {
            assert!(answer.contains("connection: close"), "{shown}: {answer}");
        }
    }
    let old = served.exchange("GET /v1 HTTP/1.0\r\n\r\n").await;
    assert!(old.starts_with("HTTP/1.0 200 "), "{old}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chunked_body_and_a_kept_connection_work() {
    let served = served(quick()).await;
    let key = served.world.system("gemeente").await;
    let mut stream = served.connect().await;
    for _ in 0..3 {
        let head = push(&key, "a", 0).replace("Content-Length: 0", "Transfer-Encoding: chunked");
        stream.write_all(head.as_bytes()).await.unwrap();
        sleep(Duration::from_millis(20)).await;
        stream
            .write_all(b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
            .await
            .unwrap();
        assert!(answer(&mut stream).await.starts_with("HTTP/1.1 202 "));
    }
    let pushes = served.world.gateway.pushes.lock().unwrap();
    assert!(pushes.iter().all(|push| &push.body[..] == b"abcde"));
    assert_eq!(pushes.len(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_is_too_large_is_refused_before_it_is_sent() {
    let served = served(quick()).await;
    let key = served.world.system("gemeente").await;
    let head = push(&key, "a", 26 * 1024 * 1024);
    let head = head.replace("Content-Type", "Expect: 100-continue\r\nContent-Type");
    let answer = served.exchange(&head).await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_cap_on_connections_holds_and_comes_free() {
    let config = ServeConfig {
        connections: 3,
        idle_seconds: 10,
        ..quick()
    };
    let served = served(config).await;
    let mut held = Vec::new();
    for _ in 0..3 {
        let mut stream = served.connect().await;
        stream
            .write_all(b"GET /v1 HTTP/1.1\r\nHost: x\r\n\r\n")
            .await
            .unwrap();
        assert!(answer(&mut stream).await.starts_with("HTTP/1.1 200 "));
        held.push(stream);
    }
    for _ in 0..5 {
        let mut refused = served.connect().await;
        let answer = rest(&mut refused).await;
        assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
        assert!(answer.to_lowercase().contains("retry-after: 1"), "{answer}");
    }
    held.pop();
    sleep(Duration::from_millis(200)).await;
    let mut stream = served.connect().await;
    stream
        .write_all(b"GET /v1 HTTP/1.1\r\nHost: x\r\n\r\n")
        .await
        .unwrap();
    assert!(answer(&mut stream).await.starts_with("HTTP/1.1 200 "));
}

#[cfg(target_os = "linux")] // elsewhere 127.0.0.2 is not there
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_address_takes_no_more_than_its_own_part_of_the_connections() {
    let config = ServeConfig {
        connections: 10,
        connections_per_address: 2,
        idle_seconds: 10,
        ..quick()
    };
    let served = served(config).await;
    let from = async |address: &str| {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket
            .bind(format!("{address}:0").parse().unwrap())
            .unwrap();
        let mut stream = socket.connect(served.address).await.unwrap();
        let _ = stream
            .write_all(b"GET /v1 HTTP/1.1\r\nHost: x\r\n\r\n")
            .await;
        stream
    };
    let mut held = Vec::new();
    for address in ["127.0.0.1", "127.0.0.1", "127.0.0.2"] {
        let mut stream = from(address).await;
        let got = answer(&mut stream).await;
        assert!(got.starts_with("HTTP/1.1 200 "), "{address}: {got}");
        held.push(stream);
    }
    // Its answer may be lost to a reset, because the request is not read.
    let refused = rest(&mut from("127.0.0.1").await).await;
    assert!(
        refused.is_empty() || refused.starts_with("HTTP/1.1 503 "),
        "{refused}"
    );
    let mut other = from("127.0.0.2").await;
    assert!(answer(&mut other).await.starts_with("HTTP/1.1 200 "));
    held.remove(0);
    sleep(Duration::from_millis(200)).await;
    let mut again = from("127.0.0.1").await;
    assert!(answer(&mut again).await.starts_with("HTTP/1.1 200 "));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stopping_lets_a_request_finish_and_closes_idle_connections_at_once() {
    let mut served = served(ServeConfig {
        shutdown_seconds: 5,
        idle_seconds: 60,
        ..quick()
    })
    .await;
    let key = served.world.system("gemeente").await;
    let mut idle = served.connect().await;
    idle.write_all(b"GET /v1 HTTP/1.1\r\nHost: x\r\n\r\n")
        .await
        .unwrap();
    answer(&mut idle).await;
    let mut busy = served.connect().await;
    busy.write_all(push(&key, "traag", 1).as_bytes())
        .await
        .unwrap();
    busy.write_all(b"x").await.unwrap();
    sleep(Duration::from_millis(100)).await;
    served.stop.take().unwrap().send(()).unwrap();
    let started = Instant::now();
    assert_eq!(rest(&mut idle).await, "");
    assert!(started.elapsed() < Duration::from_millis(250), "at once");
    assert!(rest(&mut busy).await.starts_with("HTTP/1.1 202 "));
    let report = served.server.await.unwrap();
    assert_eq!(report.cut_off, 0);
    assert_eq!(served.world.gateway.done.load(Ordering::SeqCst), 1);
    assert!(TcpStream::connect(served.address).await.is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stopping_does_not_wait_for_ever() {
    let mut served = served(ServeConfig {
        shutdown_seconds: 1,
        header_seconds: 60,
        ..quick()
    })
    .await;
    let mut half = served.connect().await;
    half.write_all(b"GET /v1 HTTP/1.1\r\n").await.unwrap();
    sleep(Duration::from_millis(100)).await;
    served.stop.take().unwrap().send(()).unwrap();
    let report = timeout(LONG, served.server).await.unwrap().unwrap();
    assert!(report.cut_off <= 1);
    rest(&mut half).await;
}
