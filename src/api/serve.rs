use crate::api::call::Peer;
use crate::api::connection::End;
use crate::api::connection::Patience;
use crate::api::connection::Phase;
use crate::api::connection::Timed;
use crate::api::connection::Watch;
use crate::api::connection::WatchedStream;
use crate::api::outer;
use axum::Router;
use axum::body::Body;
use axum::http::HeaderValue;
use axum::http::Request;
use axum::http::header;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use std::collections::HashMap;
use std::net::IpAddr;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tower::ServiceExt;

/// How connections are accepted and how long they may do nothing.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ServeConfig {
    /// Address and port to listen on. TLS is ended before the gateway.
    pub listen: SocketAddr,
    /// Connections at the same time. Keep it well below the process's limit of open files.
    pub connections: usize,
    /// Connections at the same time from one address. Behind a proxy all have the address of the proxy.
    pub connections_per_address: usize,
    /// Seconds from the first byte of a request to the end of its headers.
    pub header_seconds: u32,
    /// Seconds that a connection may wait between requests.
    pub idle_seconds: u32,
    /// Seconds that a client may take no byte of an answer.
    pub write_seconds: u32,
    /// Headers of one request.
    pub headers: usize,
    /// Bytes of the request line and headers together, at least 8192.
    pub header_bytes: usize,
    /// Seconds that requests in progress get to finish when the gateway stops.
    pub shutdown_seconds: u32,
}

impl Default for ServeConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            connections: 1000,
            connections_per_address: 500,
            header_seconds: 10,
            idle_seconds: 75,
            write_seconds: 30,
            headers: 64,
            header_bytes: HEADER_BYTES_MIN * 2,
            shutdown_seconds: 25,
        }
    }
}

/// hyper's smallest read buffer.
const HEADER_BYTES_MIN: usize = 8192;
/// Pause after the system refuses to accept, for example because all file descriptors are in use.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

impl ServeConfig {
    /// Everything that is wrong with it, one sentence each; for the configuration check.
    #[must_use]
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for (name, value) in [
            ("connections", self.connections),
            ("connections_per_address", self.connections_per_address),
            ("headers", self.headers),
            ("header_seconds", self.header_seconds as usize),
            ("idle_seconds", self.idle_seconds as usize),
            ("write_seconds", self.write_seconds as usize),
        ] {
            if value == 0 {
                faults.push(format!("`{name}` must be at least 1"));
            }
        }
        if self.header_bytes < HEADER_BYTES_MIN {
            faults.push(format!(
                "`header_bytes` must be at least {HEADER_BYTES_MIN}"
            ));
        }
        faults
    }

    fn patience(&self) -> Patience {
        let seconds = |n: u32| Duration::from_secs(n.into());
        Patience {
            idle: seconds(self.idle_seconds),
            header: seconds(self.header_seconds),
            write: seconds(self.write_seconds),
        }
    }
}

/// What stopping left behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServeReport {
    /// Connections that were cut off because they did not finish in time.
    pub cut_off: usize,
}

/// Accepts connections until `shutdown` is ready, then lets requests in progress finish, within a deadline. No
/// request is dropped halfway before that.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    config: ServeConfig,
    shutdown: impl Future<Output = ()>,
) -> ServeReport {
    let (stop, stopping) = watch::channel(false);
    let places = Arc::new(Places::new(&config));
    let mut connections = JoinSet::new();
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            () = &mut shutdown => break,
            _ = connections.join_next(), if !connections.is_empty() => continue,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, address)) = accepted else {
            tokio::time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        let Some(place) = Places::take(&places, address.ip()) else {
            refuse(&stream);
            continue;
        };
        let router = router.clone();
        let config = config.clone();
        let stopping = stopping.clone();
        connections.spawn(async move {
            connection(stream, address.ip(), router, &config, stopping).await;
            drop(place);
        });
    }
    drop(listener);
    stop.send_replace(true);
    let patience = Duration::from_secs(config.shutdown_seconds.into());
    let finished = async { while connections.join_next().await.is_some() {} };
    let _ = tokio::time::timeout(patience, finished).await;
    let cut_off = connections.len();
    connections.shutdown().await;
    ServeReport { cut_off }
}

/// One connection, from accept to close.
async fn connection(
    stream: TcpStream,
    address: IpAddr,
    router: Router,
    config: &ServeConfig,
    mut stopping: watch::Receiver<bool>,
) {
    // Answers are small and whole: waiting to fill a packet only adds delay.
    let _ = stream.set_nodelay(true);
    let watch = Watch::new(config.patience(), config.header_bytes);
    let seen = Arc::clone(&watch);
    let service = service_fn(move |mut request: Request<Incoming>| {
        let chunked = request.headers().contains_key(header::TRANSFER_ENCODING);
        if seen.request(chunked) {
            // Told to the outermost layer in the terms it knows, so that the refusal is a problem like any other.
            let length = HeaderValue::from_static("0");
            request.headers_mut().insert(header::CONTENT_LENGTH, length);
        }
        request.extensions_mut().insert(Peer(address));
        let answer = router.clone().oneshot(request.map(Body::new));
        let seen = Arc::clone(&seen);
        async move {
            let answer = answer.await;
            seen.answer();
            answer
        }
    });
    let io = TokioIo::new(WatchedStream::new(stream, Arc::clone(&watch)));
    let served = http1::Builder::new()
        .keep_alive(true)
        .half_close(false)
        .max_headers(config.headers)
        .max_buf_size(config.header_bytes.max(HEADER_BYTES_MIN))
        .serve_connection(io, service);
    let mut timed = std::pin::pin!(Timed::new(served, watch));
    let end = tokio::select! {
        end = &mut timed => end,
        () = stopped(&mut stopping) => {
            timed.stop();
            timed.await
        }
    };
    if let End::TimedOut(phase) = end {
        let phase = match phase {
            Phase::Idle => "idle",
            Phase::Head => "header",
            Phase::Request | Phase::Answer => "write",
        };
        metrics::counter!("schakel_http_connections_timed_out_total", "phase" => phase)
            .increment(1);
    }
}

async fn stopped(stopping: &mut watch::Receiver<bool>) {
    let _ = stopping.wait_for(|stop| *stop).await;
}

/// Says why, as far as the socket takes it at once, and closes.
fn refuse(stream: &TcpStream) {
    metrics::counter!("schakel_http_connections_refused_total").increment(1);
    let _ = stream.try_write(&outer::busy());
}

/// The connections there are, in total and by address.
struct Places {
    total_max: usize,
    address_max: usize,
    taken: Mutex<Taken>,
}

#[derive(Default)]
struct Taken {
    total: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// One connection's place; free again when dropped.
struct Place {
    places: Arc<Places>,
    address: IpAddr,
}

impl Places {
    fn new(config: &ServeConfig) -> Self {
        Self {
            total_max: config.connections,
            address_max: config.connections_per_address,
            taken: Mutex::default(),
        }
    }

    fn take(places: &Arc<Self>, address: IpAddr) -> Option<Place> {
        let address = address.to_canonical();
        let mut taken = places.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if taken.total >= places.total_max {
            return None;
        }
        let from_there = taken.by_address.entry(address).or_default();
        if *from_there >= places.address_max {
            return None;
        }
        *from_there += 1;
        taken.total += 1;
        observe(taken.total);
        Some(Place {
            places: Arc::clone(places),
            address,
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self
            .places
            .taken
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        taken.total -= 1;
        observe(taken.total);
        if let Some(count) = taken.by_address.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                taken.by_address.remove(&self.address);
            }
        }
    }
}

fn observe(connections: usize) {
    #[allow(clippy::cast_precision_loss)] // far below 2^52
    metrics::gauge!("schakel_http_connections").set(connections as f64);
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test may stop
mod tests {
    use super::*;

    #[test]
    fn places_are_capped_in_total_and_by_address_and_come_free() {
        let config = ServeConfig {
            connections: 3,
            connections_per_address: 2,
            ..ServeConfig::default()
        };
        let places = Arc::new(Places::new(&config));
        let [a, b]: [IpAddr; 2] = ["10.0.0.1", "10.0.0.2"].map(|ip| ip.parse().unwrap());
        let held = [Places::take(&places, a), Places::take(&places, a)];
        assert!(held.iter().all(Option::is_some));
        assert!(Places::take(&places, "::ffff:10.0.0.1".parse().unwrap()).is_none());
        let third = Places::take(&places, b);
        assert!(third.is_some());
        assert!(Places::take(&places, b).is_none(), "the total is reached");
        drop(held);
        assert!(Places::take(&places, a).is_some());
        assert!(!places.taken.lock().unwrap().by_address.contains_key(&a));
    }

    #[test]
    fn the_defaults_are_right_and_every_fault_is_told() {
        assert_eq!(ServeConfig::default().faults(), Vec::<String>::new());
        let text = "connections = 0\nheader_bytes = 100\nidle_seconds = 0";
        let wrong: ServeConfig = toml::from_str(text).unwrap();
        assert_eq!(wrong.faults().len(), 3);
        assert!(toml::from_str::<ServeConfig>("conections = 1").is_err());
    }
}
