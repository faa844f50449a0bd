use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;
use tokio::time::Instant;

/// How long a connection may stay in each phase.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// Between requests.
    pub idle: Duration,
    /// From the first byte of a request to the end of its headers.
    pub header: Duration,
    /// Without the client taking any byte of an answer.
    pub write: Duration,
}

/// What a connection is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Waiting for a request.
    Idle,
    /// Some bytes of a request's headers are in.
    Head,
    /// A handler works on a request; it bounds the time of the body itself.
    Request,
    /// The answer is being written.
    Answer,
}

/// How a request says where its body ends, as it stood on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Framing {
    content_length: bool,
    transfer_encoding: bool,
}

/// What stream, service and time-outs of one connection share.
pub struct Watch {
    patience: Patience,
    head_max: usize,
    state: Mutex<State>,
}

struct State {
    phase: Phase,
    since: Instant,
    head: Vec<u8>,
    framing: Option<Framing>,
}

impl Watch {
    /// For a new connection.
    #[must_use]
    pub fn new(patience: Patience, head_max: usize) -> Arc<Self> {
        Arc::new(Self {
            patience,
            head_max,
            state: Mutex::new(State {
                phase: Phase::Idle,
                since: Instant::now(),
                head: Vec::new(),
                framing: None,
            }),
        })
    }

    /// A request's headers are in. `true` when it may tell in two ways where its body ends. hyper drops the
    /// `Content-Length` of such a request, so it is looked for on the wire; where this connection could not see
    /// the whole head (requests sent ahead), a `Transfer-Encoding` is not trusted.
    #[must_use]
    pub fn request(&self, has_transfer_encoding: bool) -> bool {
        let mut state = self.lock();
        let framing = state.framing.take();
        state.head = Vec::new();
        state.enter(Phase::Request);
        has_transfer_encoding && framing.is_none_or(|f| f.content_length || !f.transfer_encoding)
    }

    /// The handler has answered.
    pub fn answer(&self) {
        self.lock().enter(Phase::Answer);
    }

    /// What it is doing.
    #[must_use]
    pub fn phase(&self) -> Phase {
        self.lock().phase
    }

    /// When it has been in this phase for too long.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        let state = self.lock();
        let patience = match state.phase {
            Phase::Idle => self.patience.idle,
            Phase::Head => self.patience.header,
            Phase::Request => return None,
            Phase::Answer => self.patience.write,
        };
        Some(state.since + patience)
    }

    /// These bytes came in.
    pub fn read(&self, bytes: &[u8]) {
        let mut state = self.lock();
        if state.phase == Phase::Idle && !bytes.is_empty() {
            state.enter(Phase::Head);
        }
        if state.phase != Phase::Head || state.framing.is_some() {
            return;
        }
        // Empty lines before a request are allowed and mean nothing.
        let bytes = if state.head.is_empty() {
            bytes.trim_ascii_start()
        } else {
            bytes
        };
        let room = self.head_max.saturating_sub(state.head.len());
        state
            .head
            .extend_from_slice(&bytes[..bytes.len().min(room)]);
        if let Some(end) = end_of_head(&state.head) {
            state.framing = Some(framing(&state.head[..end]));
        }
    }

    /// The client took some bytes.
    pub fn wrote(&self) {
        let mut state = self.lock();
        if state.phase == Phase::Answer {
            state.since = Instant::now();
        }
    }

    /// Everything that was to be written is written.
    pub fn flushed(&self) {
        let mut state = self.lock();
        if state.phase == Phase::Answer {
            state.enter(Phase::Idle);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn enter(&mut self, phase: Phase) {
        self.phase = phase;
        self.since = Instant::now();
    }
}

/// Where a head ends: after an empty line, whichever way lines end.
fn end_of_head(bytes: &[u8]) -> Option<usize> {
    let line_ends = bytes.iter().enumerate().filter(|(_, b)| **b == b'\n');
    line_ends
        .map(|(at, _)| at + 1)
        .find(|at| bytes[*at..].starts_with(b"\n") || bytes[*at..].starts_with(b"\r\n"))
}

fn framing(head: &[u8]) -> Framing {
    let names = || {
        let lines = head.split(|b| *b == b'\n').skip(1);
        lines.filter_map(|line| line.split(|b| *b == b':').next())
    };
    let has = |name: &str| names().any(|n| n.trim_ascii().eq_ignore_ascii_case(name.as_bytes()));
    Framing {
        content_length: has("content-length"),
        transfer_encoding: has("transfer-encoding"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watch() -> Arc<Watch> {
        let second = Duration::from_secs(1);
        let patience = Patience {
            idle: second * 75,
            header: second * 10,
            write: second * 30,
        };
        Watch::new(patience, 1000)
    }

    #[test]
    fn a_head_ends_at_its_first_empty_line() {
        for (text, end) in [
            ("GET / HTTP/1.1\r\nHost: x\r\n\r\nbody", Some(25)),
            ("GET / HTTP/1.1\nHost: x\n\nbody", Some(23)),
            ("GET / HTTP/1.1\r\nHost: x\r\n", None),
            ("", None),
        ] {
            assert_eq!(end_of_head(text.as_bytes()), end, "{text:?}");
        }
    }

    #[test]
    fn two_lengths_are_seen_on_the_wire_however_the_head_comes_in() {
        let both = "POST / HTTP/1.1\r\nHost: x\r\ncontent-LENGTH: 3\r\nTransfer-Encoding : chunked\r\n\r\n";
        let chunked =
            "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\ncontent-length: 1";
        for (text, twice) in [
            (both, true),
            (chunked, false),
            (&format!("\r\n\r\n{chunked}"), false),
        ] {
            for size in [1, 7, 1000] {
                let watch = watch();
                for piece in text.as_bytes().chunks(size) {
                    watch.read(piece);
                }
                assert_eq!(watch.request(true), twice, "{text:?} by {size}");
            }
        }
        assert!(
            watch().request(true),
            "a head that was not seen is not trusted"
        );
        assert!(!watch().request(false));
    }

    #[test]
    fn phases_follow_a_request() {
        let watch = watch();
        assert_eq!(watch.phase(), Phase::Idle);
        watch.read(b"G");
        assert_eq!(watch.phase(), Phase::Head);
        assert!(!watch.request(false));
        assert!(watch.deadline().is_none());
        watch.flushed();
        assert_eq!(watch.phase(), Phase::Request, "a 100 Continue is no answer");
        watch.answer();
        assert_eq!(watch.phase(), Phase::Answer);
        watch.flushed();
        assert_eq!(watch.phase(), Phase::Idle);
    }
}
