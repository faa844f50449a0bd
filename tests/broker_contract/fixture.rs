//! Brokers of a test's own, and what tests do again and again.

use lapin::Channel;
use lapin::Connection;
use lapin::ConnectionProperties;
use lapin::options::ExchangeDeleteOptions;
use lapin::options::QueueDeclareOptions;
use lapin::options::QueueDeleteOptions;
use lapin::types::FieldTable;
use schakel::broker::Arrival;
use schakel::broker::Parcel;
use schakel::broker::RabbitConfig;
use schakel::broker::RabbitMqBroker;
use schakel::broker::Subscription;
use schakel::canonical::OrgCode;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// Every organisation of these tests.
const CODES: [&str; 4] = ["aanbieder-a", "aanbieder-b", "uwv", "dood"];

pub fn organisation(code: &str) -> OrgCode {
    OrgCode::parse(code).expect("a code of the test")
}

pub fn parcels(code: &str, count: usize) -> Vec<Parcel> {
    let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let parcel = |_| Parcel::of(Uuid::new_v4(), organisation(code), trace.to_owned());
    (0..count).map(parcel).collect()
}

/// At least so many arrivals, or what came until nothing more did.
pub async fn receive(subscription: &mut dyn Subscription, count: usize) -> Vec<Arrival> {
    let mut all = Vec::new();
    while all.len() < count {
        let arrivals = subscription.next(1_000, Duration::from_secs(10)).await;
        assert!(!arrivals.is_empty(), "{} of {count} arrived", all.len());
        all.extend(arrivals);
    }
    all
}

/// Queues of a test's own on the real RabbitMQ.
pub struct Place {
    pub url: String,
    pub prefix: String,
    connection: Connection,
}

impl Place {
    /// A place at the RabbitMQ of the tests; without one the test fails.
    pub async fn new() -> Self {
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
        let prefix = format!("toets-{}", Uuid::new_v4().simple());
        Self {
            url,
            prefix,
            connection,
        }
    }

    /// How a broker reaches this place, with short time-outs.
    pub fn config(&self) -> RabbitConfig {
        RabbitConfig {
            prefix: self.prefix.clone(),
            max_length: 10_000,
            ..RabbitConfig::new(&self.url)
        }
    }

    pub fn broker(&self) -> Arc<RabbitMqBroker> {
        Arc::new(RabbitMqBroker::new(&self.config()).expect("a configuration"))
    }

    /// A channel that the broker under test knows nothing of.
    pub async fn channel(&self) -> Channel {
        self.connection.create_channel().await.expect("a channel")
    }

    /// How many messages wait in `<prefix>.<name>`.
    pub async fn waiting(&self, name: &str) -> u32 {
        let passive = QueueDeclareOptions {
            passive: true,
            ..QueueDeclareOptions::default()
        };
        let queue = format!("{}.{name}", self.prefix).into();
        let channel = self.channel().await;
        let declared = channel
            .queue_declare(queue, passive, FieldTable::default())
            .await;
        declared.expect("the queue is there").message_count()
    }

    /// Waits until so many messages are in `<prefix>.<name>`.
    pub async fn wait_for(&self, name: &str, count: u32) {
        for _ in 0..100 {
            if self.waiting(name).await == count {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{} in `{name}`, not {count}", self.waiting(name).await);
    }

    /// Runs a test and deletes what it made, also if it fails.
    pub async fn run<T: Send + 'static>(self, test: impl Future<Output = T> + Send + 'static) {
        let ended = tokio::spawn(test).await;
        let channel = self.channel().await;
        for name in CODES.iter().chain(&["_dood"]) {
            let queue = format!("{}.{name}", self.prefix).into();
            let _ = channel
                .queue_delete(queue, QueueDeleteOptions::default())
                .await;
        }
        for exchange in [self.prefix.clone(), format!("{}._dood", self.prefix)] {
            let _ = channel
                .exchange_delete(exchange.into(), ExchangeDeleteOptions::default())
                .await;
        }
        if let Err(error) = ended {
            std::panic::resume_unwind(error.into_panic());
        }
    }
}
