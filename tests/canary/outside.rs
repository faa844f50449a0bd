//! What stands around the gateway: a trace collector, a webhook receiver, an eavesdropper at the broker. Each keeps
//! every byte it was sent.

use lapin::Channel;
use lapin::Connection;
use lapin::ConnectionProperties;
use lapin::ExchangeKind;
use lapin::options::BasicGetOptions;
use lapin::options::ExchangeDeclareOptions;
use lapin::options::ExchangeDeleteOptions;
use lapin::options::QueueBindOptions;
use lapin::options::QueueDeclareOptions;
use lapin::options::QueueDeleteOptions;
use lapin::types::FieldTable;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio::net::TcpStream;

/// An HTTP server that takes any request, keeps it whole, and gives a fixed answer.
pub struct Listener {
    pub url: String,
    kept: Arc<Mutex<Vec<Vec<u8>>>>,
    /// Whether it answers 200 now, or fails.
    well: Arc<AtomicBool>,
}

impl Listener {
    /// One that gives this answer, all of it, until it is told to be well.
    pub async fn start(well: bool, bad: String) -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let listener = Self {
            url: format!("http://{}", socket.local_addr().expect("bound")),
            kept: Arc::default(),
            well: Arc::new(AtomicBool::new(well)),
        };
        let (kept, well) = (Arc::clone(&listener.kept), Arc::clone(&listener.well));
        tokio::spawn(async move {
            while let Ok((stream, _)) = socket.accept().await {
                let (kept, well, bad) = (Arc::clone(&kept), Arc::clone(&well), bad.clone());
                tokio::spawn(serve(stream, kept, well, bad));
            }
        });
        listener
    }

    pub fn get_well(&self) {
        self.well.store(true, Ordering::SeqCst);
    }

    /// Every request so far, head and body.
    pub fn kept(&self) -> Vec<Vec<u8>> {
        self.kept.lock().expect("not poisoned").clone()
    }
}

async fn serve(
    mut stream: TcpStream,
    kept: Arc<Mutex<Vec<Vec<u8>>>>,
    well: Arc<AtomicBool>,
    bad: String,
) {
    let mut request = Vec::new();
    let mut part = [0; 16_384];
    loop {
        match stream.read(&mut part).await {
            Ok(count) if count > 0 => request.extend_from_slice(&part[..count]),
            _ => return,
        }
        while let Some(length) = whole(&request) {
            let one: Vec<u8> = request.drain(..length).collect();
            kept.lock().expect("not poisoned").push(one);
            let answer = if well.load(Ordering::SeqCst) {
                "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"
            } else {
                &bad
            };
            if stream.write_all(answer.as_bytes()).await.is_err() {
                return;
            }
        }
    }
}

/// A failure that says something in every place it can.
pub fn failure(says: &str) -> String {
    format!(
        "HTTP/1.1 500 {says}\r\nx-reden: {says}\r\nretry-after: {says}\r\ncontent-length: {}\r\n\r\n{says}",
        says.len()
    )
}

/// The length of the first request, once it is there.
fn whole(request: &[u8]) -> Option<usize> {
    let head = request.windows(4).position(|part| part == b"\r\n\r\n")? + 4;
    let text = String::from_utf8_lossy(&request[..head]).to_lowercase();
    let length: usize = text
        .split("content-length:")
        .nth(1)
        .and_then(|rest| rest.split("\r\n").next()?.trim().parse().ok())
        .unwrap_or(0);
    (request.len() >= head + length).then_some(head + length)
}

/// Hears everything that is published for a set of organisations.
pub struct Eavesdropper {
    pub url: String,
    pub prefix: String,
    connection: Connection,
    channel: Channel,
    names: Vec<String>,
}

impl Eavesdropper {
    /// At the RabbitMQ of the tests; without one the test fails.
    pub async fn new(organisations: &[&str]) -> Self {
        let url = std::env::var("SCHAKEL_TEST_AMQP")
            .unwrap_or_else(|_| "amqp://guest:guest@127.0.0.1:5672/%2f".to_owned());
        let connecting = Connection::connect(&url, ConnectionProperties::default());
        let connected = tokio::time::timeout(Duration::from_secs(10), connecting).await;
        let Ok(Ok(connection)) = connected else {
            panic!(
                "No RabbitMQ answers. Start one (Debian: apt-get install rabbitmq-server), or give the address of \
                 one in SCHAKEL_TEST_AMQP, for example amqp://guest:guest@127.0.0.1:5672/%2f"
            );
        };
        let prefix = format!("kanarie-{}", uuid::Uuid::new_v4().simple());
        let channel = connection.create_channel().await.expect("a channel");
        let durable = ExchangeDeclareOptions {
            durable: true,
            ..ExchangeDeclareOptions::default()
        };
        let exchange = prefix.as_str();
        channel
            .exchange_declare(
                exchange.into(),
                ExchangeKind::Direct,
                durable,
                FieldTable::default(),
            )
            .await
            .expect("an exchange");
        let ear = format!("{prefix}.oor");
        channel
            .queue_declare(
                ear.as_str().into(),
                QueueDeclareOptions {
                    durable: true,
                    ..QueueDeclareOptions::default()
                },
                FieldTable::default(),
            )
            .await
            .expect("a queue");
        let mut names = vec![ear.clone(), format!("{prefix}._dood")];
        for organisation in organisations {
            let name = format!("{prefix}.{organisation}");
            channel
                .queue_bind(
                    ear.as_str().into(),
                    exchange.into(),
                    name.as_str().into(),
                    QueueBindOptions::default(),
                    FieldTable::default(),
                )
                .await
                .expect("bound");
            names.push(name);
        }
        Self {
            url,
            prefix,
            connection,
            channel,
            names,
        }
    }

    /// Every message so far: exchange, routing key (which is the queue's name), properties, headers and body; those
    /// in the dead-letter queue too.
    pub async fn heard(&self) -> Vec<Vec<u8>> {
        let mut all = Vec::new();
        for queue in &self.names[..2] {
            let get = || {
                let options = BasicGetOptions { no_ack: true };
                self.channel.basic_get(queue.as_str().into(), options)
            };
            while let Some(message) = get().await.expect("an answer") {
                let delivery = message.delivery;
                let head = format!(
                    "{} {} {:?}\n",
                    delivery.exchange, delivery.routing_key, delivery.properties
                );
                all.push([head.into_bytes(), delivery.data].concat());
            }
        }
        all
    }

    /// The names and arguments of every queue of this gateway, as the broker lists them. Asking takes a right that a
    /// test may lack; then the names are those in [`Eavesdropper::heard`], where each is the routing key.
    pub fn queues(&self) -> Vec<Vec<u8>> {
        let mut all: Vec<Vec<u8>> = self
            .names
            .iter()
            .map(|name| name.clone().into_bytes())
            .collect();
        let listed = std::process::Command::new("rabbitmqctl")
            .args(["-q", "list_queues", "name", "arguments"])
            .output();
        match listed {
            Ok(listed) if listed.status.success() => {
                let text = String::from_utf8_lossy(&listed.stdout).into_owned();
                let own = text.lines().filter(|line| line.contains(&self.prefix));
                let own: Vec<Vec<u8>> = own.map(|line| line.as_bytes().to_vec()).collect();
                assert!(own.len() >= self.names.len() - 2, "every queue is listed");
                all.extend(own);
            }
            _ => println!("rabbitmqctl does not answer: queue names are those of the messages"),
        }
        all
    }

    /// Deletes what was made, by this one and by the gateway.
    pub async fn remove(&self) {
        let channel = self.connection.create_channel().await.expect("a channel");
        for name in &self.names {
            let _ = channel
                .queue_delete(name.as_str().into(), QueueDeleteOptions::default())
                .await;
        }
        for exchange in [self.prefix.clone(), format!("{}._dood", self.prefix)] {
            let _ = channel
                .exchange_delete(exchange.into(), ExchangeDeleteOptions::default())
                .await;
        }
    }
}
