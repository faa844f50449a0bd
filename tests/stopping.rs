//! Stopping is done by the configured moment, whatever hangs or is away.

use schakel::app::App;
use schakel::config::Config;
use std::path::PathBuf;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::Instant;

/// What a busy machine may add.
const SLACK: Duration = Duration::from_millis(700);

struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("schakel-stop-{}", uuid::Uuid::now_v7()));
        std::fs::create_dir_all(&folder).expect("made");
        Self(folder)
    }

    fn config(&self) -> Config {
        Config::embedded(&self.0)
            .with("http.adres", "127.0.0.1:0")
            .with("beheer.adres", "127.0.0.1:0")
            .with("http.stop_tijd", "3s")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_never_ends_is_cut_off_before_the_time_is_over() {
    let folder = Folder::new();
    let app = App::start(folder.config()).await.expect("it starts");
    let mut slow = TcpStream::connect(app.address()).await.expect("connected");
    let head = "POST /v1/berichten?soort=verwijzing HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n";
    slow.write_all(head.as_bytes()).await.expect("written");
    let admin = app.admin_address().expect("an address");
    let mut other = TcpStream::connect(admin).await.expect("connected");
    other
        .write_all(b"GET /health/live HTTP/1.1\r\nHo")
        .await
        .expect("written");
    tokio::time::sleep(Duration::from_millis(100)).await;
    let started = Instant::now();
    assert!(!app.stop().await, "something was cut off");
    let took = started.elapsed();
    assert!(took < Duration::from_secs(3) + SLACK, "{took:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_that_is_away_does_not_hold_up_the_end() {
    let folder = Folder::new();
    let config = folder
        .config()
        .with("broker.soort", "rabbitmq")
        .with("broker.url", "amqp://guest:guest@192.0.2.1:5672/%2f"); // answers nothing at all (RFC 5737)
    let app = App::start(config).await.expect("it starts");
    let organisation =
        serde_json::json!({"code": "uwv", "naam": "UWV", "soort": "uwv", "rollen": ["U"]});
    let organisation = organisation.as_object().cloned().expect("an object");
    let pipeline = app.pipeline().clone();
    let manage = tokio::spawn(async move {
        let kind = schakel::canonical::Kind::Organisatie;
        let _ = pipeline.manage("toets", kind, "uwv", organisation).await;
    });
    tokio::time::sleep(Duration::from_millis(500)).await; // the deliverers wait for a subscription now
    let started = Instant::now();
    app.stop().await;
    let took = started.elapsed();
    assert!(took < Duration::from_secs(3) + SLACK, "{took:?}");
    manage.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_nothing_to_do_it_stops_at_once_and_in_good_order() {
    let folder = Folder::new();
    let app = App::start(folder.config()).await.expect("it starts");
    let started = Instant::now();
    assert!(app.stop().await);
    let took = started.elapsed();
    assert!(took < Duration::from_secs(2), "{took:?}");
}
