use crate::api::outer;
use crate::api::watch::Phase;
use crate::api::watch::Watch;
use hyper::server::conn::http1::Connection;
use hyper_util::rt::TokioIo;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Context;
use std::task::Poll;
use std::task::ready;
use tokio::io::AsyncRead;
use tokio::io::AsyncWrite;
use tokio::io::ReadBuf;
use tokio::net::TcpStream;
use tokio::time::Instant;
use tokio::time::Sleep;

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
        let far = watch.deadline().unwrap_or_else(Instant::now);
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
