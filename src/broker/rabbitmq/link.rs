//! One supervised connection: a task keeps it up, and callers wait for it no longer than they want to.

use crate::broker::BrokerError;
use crate::broker::rabbitmq::backoff;
use futures_util::StreamExt;
use lapin::AsyncTcpStream;
use lapin::Connection;
use lapin::ConnectionProperties;
use lapin::Event;
use lapin::tcp::AMQPUriTcpExt;
use lapin::tcp::OwnedTLSConfig;
use lapin::uri::AMQPUri;
use metrics::counter;
use metrics::gauge;
use std::net::Shutdown;
use std::net::TcpStream;
use std::os::fd::AsFd;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio::time::timeout;
use tokio::time::timeout_at;

/// How often a connection is looked at, besides the events it reports itself.
const LOOK: Duration = Duration::from_millis(500);
/// A connection that lived this long was a good one: the back-off starts anew after it.
const SETTLED: Duration = Duration::from_secs(10);
/// How long a polite close may take.
const CLOSE: Duration = Duration::from_secs(2);

/// Where to connect.
pub(super) struct Target {
    pub(super) uri: AMQPUri,
    pub(super) tls: OwnedTLSConfig,
    pub(super) connect_timeout: Duration,
}

/// A connection that was up when it was handed out.
pub(super) struct Live {
    pub(super) connection: Connection,
    socket: CutOnDrop,
    failed: Notify,
    given_up: AtomicBool,
}

impl Live {
    /// Tells the supervisor that this connection does not work, so that it makes another.
    pub(super) fn fail(&self, why: &str) {
        tracing::warn!(
            broker = super::NAME,
            why,
            "A connection to the broker is given up"
        );
        self.given_up.store(true, Ordering::Relaxed);
        self.failed.notify_one();
    }

    /// Whether it still looks as if it works.
    fn is_up(&self) -> bool {
        !self.given_up.load(Ordering::Relaxed) && self.connection.status().connected()
    }
}

/// A supervised connection.
pub(super) struct Link {
    status: watch::Receiver<Status>,
    close: Arc<Notify>,
    closed: watch::Receiver<bool>,
    task: JoinHandle<()>,
}

#[derive(Clone)]
enum Status {
    /// Not now, with why.
    Down(String),
    Up(Arc<Live>),
    /// Never again.
    Closed,
}

impl Link {
    /// Starts to connect, and to keep connected.
    pub(super) fn start(target: Arc<Target>, name: &'static str) -> Self {
        let (status, receiver) = watch::channel(Status::Down("not connected yet".to_owned()));
        let (closed_sender, closed) = watch::channel(false);
        let close = Arc::new(Notify::new());
        let asked = Arc::clone(&close);
        let task = tokio::spawn(async move {
            tokio::select! {
                () = supervise(&target, name, &status) => {}
                () = asked.notified() => {}
            }
            let last = status.send_replace(Status::Closed);
            if let Status::Up(live) = last {
                let _ = timeout(CLOSE, live.connection.close(200, "OK".into())).await;
                live.socket.0.cut();
            }
            closed_sender.send_replace(true);
        });
        Self {
            status: receiver,
            close,
            closed,
            task,
        }
    }

    /// The connection, as soon as it is up; an error if it is not by the deadline.
    pub(super) async fn live(&self, deadline: Instant) -> Result<Arc<Live>, BrokerError> {
        let mut status = self.status.clone();
        let settled = status.wait_for(|status| match status {
            Status::Down(_) => false,
            Status::Up(live) => live.is_up(),
            Status::Closed => true,
        });
        let settled = timeout_at(deadline, settled)
            .await
            .map(|status| status.map(|s| s.clone()));
        match settled {
            Ok(Ok(Status::Up(live))) => Ok(live),
            Err(_) => Err(BrokerError::Unavailable(match &*self.status.borrow() {
                Status::Down(why) => why.clone(),
                _ => "no connection in time".to_owned(),
            })),
            Ok(_) => Err(BrokerError::Unavailable("the broker is closed".to_owned())),
        }
    }

    /// Whether the link was closed for good.
    pub(super) fn is_closed(&self) -> bool {
        matches!(*self.status.borrow(), Status::Closed)
    }

    /// Closes the connection for good and waits until that is done, but not for ever.
    pub(super) async fn close(&self) {
        self.close.notify_one();
        let mut closed = self.closed.clone();
        let _ = timeout(2 * CLOSE, closed.wait_for(|closed| *closed)).await;
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Keeps a connection up, for ever.
async fn supervise(target: &Target, name: &'static str, status: &watch::Sender<Status>) {
    let mut attempt = 0;
    loop {
        tokio::time::sleep(backoff::wait(attempt, backoff::chance())).await;
        attempt += 1;
        let why = match connect(target, name).await {
            Ok(live) => {
                let since = Instant::now();
                tracing::info!(broker = super::NAME, link = name, "Connected to the broker");
                counter!("schakel_broker_connects_total", "link" => name).increment(1);
                gauge!("schakel_broker_connected", "link" => name).set(1.0);
                status.send_replace(Status::Up(Arc::clone(&live)));
                let why = end(&live).await;
                gauge!("schakel_broker_connected", "link" => name).set(0.0);
                live.socket.0.cut();
                if since.elapsed() >= SETTLED {
                    attempt = 0;
                }
                why
            }
            Err(why) => why,
        };
        tracing::warn!(
            broker = super::NAME,
            link = name,
            attempt,
            why,
            "No connection to the broker"
        );
        status.send_replace(Status::Down(why));
    }
}

/// Waits until a connection ends, and says why.
async fn end(live: &Live) -> String {
    let mut events = live.connection.events_listener();
    loop {
        tokio::select! {
            () = live.failed.notified() => return "the connection did not answer".to_owned(),
            event = events.next() => match event {
                Some(Event::ConnectionBlocked(reason)) => {
                    tracing::warn!(broker = super::NAME, reason, "The broker blocks publishers");
                }
                Some(Event::ConnectionUnblocked) => {
                    tracing::info!(broker = super::NAME, "The broker takes messages again");
                }
                Some(Event::Error(error)) if !live.connection.status().connected() => {
                    return error.to_string();
                }
                Some(_) => {}
                None => return "the connection ended".to_owned(),
            },
            () = tokio::time::sleep(LOOK) => {}
        }
        if !live.connection.status().connected() {
            return "the connection was lost".to_owned();
        }
    }
}

/// Makes one connection, within the time-out.
async fn connect(target: &Target, name: &'static str) -> Result<Arc<Live>, String> {
    let socket = CutOnDrop::default();
    let properties = ConnectionProperties::default()
        .with_connection_name(format!("schakel {} {name}", env!("CARGO_PKG_VERSION")).into());
    let runtime = lapin::runtime::default_runtime().map_err(|error| error.to_string())?;
    let (tls, limit, kept) = (target.tls.clone(), target.connect_timeout, socket.0.clone());
    let connecting = Connection::connector(
        target.uri.clone(),
        runtime,
        async move |uri: AMQPUri, runtime| {
            let stream = timeout(limit, uri.connect_with_config_async(tls.as_ref(), &runtime));
            let late = |_| std::io::Error::from(std::io::ErrorKind::TimedOut);
            let stream = stream.await.map_err(late)??;
            let plain = match &stream {
                AsyncTcpStream::Plain(plain) => plain.get_ref(),
                AsyncTcpStream::Rustls(tls) => tls.get_ref().0.get_ref(),
                _ => return Ok(stream),
            };
            kept.keep(TcpStream::from(plain.as_fd().try_clone_to_owned()?));
            Ok(stream)
        },
        properties,
    );
    match timeout(target.connect_timeout, connecting).await {
        Ok(Ok(connection)) => Ok(Arc::new(Live {
            connection,
            socket,
            failed: Notify::new(),
            given_up: AtomicBool::new(false),
        })),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("no connection in time".to_owned()),
    }
}

/// A second handle on a connection's socket. lapin reads from a thread of its own, which ends only when the socket
/// does: a peer that accepts and never answers would keep a thread and a socket for each attempt. Cutting the socket
/// ends both.
#[derive(Clone, Default)]
struct Socket(Arc<Mutex<Handle>>);

#[derive(Default)]
struct Handle {
    stream: Option<TcpStream>,
    cut: bool,
}

impl Socket {
    /// Keeps the handle; cuts it at once if the attempt was given up meanwhile.
    fn keep(&self, stream: TcpStream) {
        let mut handle = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if handle.cut {
            let _ = stream.shutdown(Shutdown::Both);
        } else {
            handle.stream = Some(stream);
        }
    }

    /// Ends the connection at once.
    fn cut(&self) {
        let mut handle = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        handle.cut = true;
        if let Some(stream) = handle.stream.take() {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

/// Cuts the socket of a connection that nobody has any more, also of an attempt that was abandoned.
#[derive(Default)]
struct CutOnDrop(Socket);

impl Drop for CutOnDrop {
    fn drop(&mut self) {
        self.0.cut();
    }
}
