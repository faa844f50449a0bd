//! A webhook receiver that is told how to misbehave.

use schakel::canonical::IdSource;
use schakel::canonical::SeededIds;
use schakel::outbound;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio::net::TcpStream;

/// One attempt as it came in, taken whether or not it was answered.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// `webhook-id`.
    pub id: String,
    /// Whether the signature is right.
    pub signed: bool,
    /// The bytes.
    pub body: Vec<u8>,
    /// Whether it was answered that all is well.
    pub answered: bool,
}

/// The receiver.
pub struct Receiver {
    /// Where it listens.
    pub url: String,
    /// The secret it checks signatures with.
    pub secret: Mutex<String>,
    /// What came in, in order.
    pub attempts: Mutex<Vec<Attempt>>,
    /// Of a hundred attempts so many are taken without an answer.
    pub cuts: AtomicU64,
    /// Of a hundred attempts so many are answered with 503.
    pub busy: AtomicU64,
    /// Takes what comes and neither answers nor closes.
    pub hold: AtomicBool,
    chance: SeededIds,
}

impl Receiver {
    /// Listens on a free port.
    pub async fn start(seed: u64) -> Arc<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let receiver = Arc::new(Self {
            url: format!("http://{address}/schakel"),
            secret: Mutex::default(),
            attempts: Mutex::default(),
            cuts: AtomicU64::new(0),
            busy: AtomicU64::new(0),
            hold: AtomicBool::new(false),
            chance: SeededIds::new(seed),
        });
        let shared = Arc::clone(&receiver);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let shared = Arc::clone(&shared);
                tokio::spawn(async move { shared.serve(stream).await });
            }
        });
        receiver
    }

    /// From now on every attempt is answered.
    pub fn heal(&self) {
        self.cuts.store(0, Ordering::Relaxed);
        self.busy.store(0, Ordering::Relaxed);
    }

    /// What came in until now.
    pub fn so_far(&self) -> Vec<Attempt> {
        self.attempts.lock().expect("not poisoned").clone()
    }

    async fn serve(&self, mut stream: TcpStream) -> Option<()> {
        let mut bytes = Vec::new();
        loop {
            let (head, length) = loop {
                if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
                    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
                    let length = header(&head, "content-length")?.parse::<usize>().ok()?;
                    if bytes.len() >= end + 4 + length {
                        bytes.drain(..end + 4);
                        break (head, length);
                    }
                }
                if stream.read_buf(&mut bytes).await.ok()? == 0 {
                    return None; // the gateway went away halfway: nothing was received
                }
            };
            let body = bytes.drain(..length).collect();
            let lot = self.chance.below(100);
            let (cuts, busy) = (
                self.cuts.load(Ordering::Relaxed),
                self.busy.load(Ordering::Relaxed),
            );
            let hold = self.hold.load(Ordering::Relaxed);
            self.note(&head, body, lot >= cuts + busy && !hold);
            if hold {
                let _ = stream.read_buf(&mut bytes).await; // until the gateway goes away
                return None;
            }
            if lot < cuts {
                return None;
            }
            let answer: &[u8] = if lot < cuts + busy {
                b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n"
            } else {
                b"HTTP/1.1 204 No Content\r\n\r\n"
            };
            stream.write_all(answer).await.ok()?;
        }
    }

    fn note(&self, head: &str, body: Vec<u8>, answered: bool) {
        let text = |name| header(head, name).unwrap_or_default();
        let secret = self.secret.lock().expect("not poisoned").clone();
        let stamp = text("webhook-timestamp").parse().unwrap_or_default();
        let (id, signature) = (text("webhook-id"), text("webhook-signature"));
        let signed = outbound::verify(&secret, &id, stamp, &body, &signature) == Ok(true);
        self.attempts.lock().expect("not poisoned").push(Attempt {
            id,
            signed,
            body,
            answered,
        });
    }
}

fn header(head: &str, name: &str) -> Option<String> {
    head.lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(found, _)| found.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.trim().to_owned())
}
