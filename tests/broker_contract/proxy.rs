//! A TCP proxy in front of RabbitMQ that can be cut and stalled.

use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio::net::TcpStream;
use tokio::net::tcp::OwnedReadHalf;
use tokio::net::tcp::OwnedWriteHalf;
use tokio::sync::watch;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// Bytes go both ways.
    Open,
    /// Connections are accepted and kept, and nothing goes through.
    Stalled,
    /// Connections are closed, new ones at once.
    Cut,
}

pub struct Proxy {
    mode: watch::Sender<Mode>,
}

impl Proxy {
    /// A proxy to the RabbitMQ at a URL, and the URL that leads through it.
    pub async fn start(url: &str) -> (Self, String) {
        let target = reqwest::Url::parse(url).expect("a URL");
        let host = target.host_str().expect("a host").to_owned();
        let port = target.port().unwrap_or(5672);
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("bound");
        let (mode, modes) = watch::channel(Mode::Open);
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                tokio::spawn(carry(near, host.clone(), port, modes.clone()));
            }
        });
        let through = url.replacen(
            &url[url.find("://").expect("a URL") + 3..url.rfind('/').expect("a vhost")],
            &format!(
                "{}:{}@{address}",
                target.username(),
                target.password().unwrap_or_default()
            ),
            1,
        );
        (Self { mode }, through)
    }

    pub fn set(&self, mode: Mode) {
        self.mode.send_replace(mode);
    }
}

async fn carry(near: TcpStream, host: String, port: u16, modes: watch::Receiver<Mode>) {
    if *modes.borrow() == Mode::Cut {
        return;
    }
    let Ok(far) = TcpStream::connect((host, port)).await else {
        return;
    };
    let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
    tokio::select! {
        () = pump(near_in, far_out, modes.clone()) => {}
        () = pump(far_in, near_out, modes) => {}
    }
}

/// Carries bytes one way until an end closes or the proxy is cut.
async fn pump(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut modes: watch::Receiver<Mode>) {
    let mut buffer = [0; 16_384];
    loop {
        let mode = *modes.borrow_and_update();
        let read = async {
            match mode {
                Mode::Open => from.read(&mut buffer).await.unwrap_or(0),
                _ => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            changed = modes.changed() => {
                if changed.is_err() || *modes.borrow() == Mode::Cut {
                    return;
                }
            }
            count = read => {
                if count == 0 || to.write_all(&buffer[..count]).await.is_err() {
                    return;
                }
            }
        }
    }
}
