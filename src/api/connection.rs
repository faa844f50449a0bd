use crate::api::outer;
use hyper::server::conn::http1::Connection;
use hyper_util::rt::TokioIo;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::task::Context;
use std::task::Poll;
use std::task::ready;
use std::time::Duration;
use tokio::io::AsyncRead;
use tokio::io::AsyncWrite;
use tokio::io::ReadBuf;
use tokio::net::TcpStream;
use tokio::time::Instant;
use tokio::time::Sleep;

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

    fn deadline(&self) -> Option<Instant> {
        let state = self.lock();
        let patience = match state.phase {
            Phase::Idle => self.patience.idle,
            Phase::Head => self.patience.header,
            Phase::Request => return None,
            Phase::Answer => self.patience.write,
        };
        Some(state.since + patience)
    }

    fn read(&self, bytes: &[u8]) {
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

    fn wrote(&self) {
        let mut state = self.lock();
        if state.phase == Phase::Answer {
            state.since = Instant::now();
        }
    }

    fn flushed(&self) {
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

/// A stream that tells its [`Watch`] what passes, and puts a problem document in the place of the bare answer that
/// hyper gives to what it cannot parse.
pub struct WatchedStream {
    inner: TcpStream,
    watch: Arc<Watch>,
    substitute: Option<(Vec<u8>, usize)>,
}

impl WatchedStream {
    /// Around a stream.
    pub const fn new(inner: TcpStream, watch: Arc<Watch>) -> Self {
        Self {
            inner,
            watch,
            substitute: None,
        }
    }
}

impl AsyncRead for WatchedStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.inner).poll_read(cx, buf))?;
        self.watch.read(&buf.filled()[before..]);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for WatchedStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        if this.substitute.is_none() && matches!(this.watch.phase(), Phase::Idle | Phase::Head) {
            this.substitute = outer::bare_error(buf).map(|answer| (answer, 0));
        }
        let Some((answer, written)) = &mut this.substitute else {
            let written = ready!(Pin::new(&mut this.inner).poll_write(cx, buf))?;
            this.watch.wrote();
            return Poll::Ready(Ok(written));
        };
        while *written < answer.len() {
            let n = ready!(Pin::new(&mut this.inner).poll_write(cx, &answer[*written..]))?;
            if n == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            *written += n;
        }
        Poll::Ready(Ok(buf.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.inner).poll_flush(cx))?;
        self.watch.flushed();
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

/// How a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// By itself, the client or a fault on the line.
    Closed,
    /// It stayed too long in a phase.
    TimedOut(Phase),
}

/// A connection that is dropped when it stays too long in a phase. Everything that changes the phase happens while
/// the connection is polled, so looking at the deadline after each poll is enough.
pub struct Timed<S: hyper::service::HttpService<hyper::body::Incoming>> {
    connection: Pin<Box<Connection<TokioIo<WatchedStream>, S>>>,
    watch: Arc<Watch>,
    sleep: Pin<Box<Sleep>>,
}

impl<S> Timed<S>
where
    S: hyper::service::HttpService<hyper::body::Incoming, ResBody = axum::body::Body>,
    S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    /// Around a connection.
    pub fn new(connection: Connection<TokioIo<WatchedStream>, S>, watch: Arc<Watch>) -> Self {
        let far = Instant::now() + watch.patience.idle;
        Self {
            connection: Box::pin(connection),
            watch,
            sleep: Box::pin(tokio::time::sleep_until(far)),
        }
    }

    /// Ends after the request that is being worked on, at once when there is none.
    pub fn stop(&mut self) {
        self.connection.as_mut().graceful_shutdown();
    }
}

impl<S> Future for Timed<S>
where
    S: hyper::service::HttpService<hyper::body::Incoming, ResBody = axum::body::Body>,
    S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    type Output = End;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<End> {
        let this = &mut *self;
        if this.connection.as_mut().poll(cx).is_ready() {
            return Poll::Ready(End::Closed);
        }
        let Some(deadline) = this.watch.deadline() else {
            return Poll::Pending;
        };
        if this.sleep.deadline() != deadline {
            this.sleep.as_mut().reset(deadline);
        }
        ready!(this.sleep.as_mut().poll(cx));
        Poll::Ready(End::TimedOut(this.watch.phase()))
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
