//! What is asked of the gateway: registering, one referral at a time, and as many as it takes.

use crate::bench::BenchError;
use crate::bench::Idle;
use crate::bench::Level;
use crate::bench::baseline::Template;
use crate::bench::child::Child;
use crate::bench::client;
use crate::bench::client::Client;
use crate::bench::material::Material;
use crate::bench::place::Keys;
use crate::bench::place::Place;
use crate::bench::place::Side;
use crate::bench::report::percentile;
use crate::canonical::Clock;
use crate::canonical::OrgCode;
use crate::canonical::SystemClock;
use crate::demo::cast;
use crate::store::DeliveryState;
use jiff::SignedDuration;
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::time::Duration;
use std::time::Instant;
use tokio::task::JoinSet;
use uuid::Uuid;

/// How long the deliveries of what was pushed may take before the measurement gives up.
const DRAIN: Duration = Duration::from_mins(5);
/// How often is looked whether they are all ready.
const LOOK: Duration = Duration::from_millis(20);
/// How often a provider that waits for one delivery asks for it.
const ASK: Duration = Duration::from_millis(1);
/// The pause between two referrals when hardly anything happens.
const QUIET: Duration = Duration::from_millis(15);
/// The counter of deliveries that are done with, one way or another.
const SETTLED: &str = "schakel_deliveries_settled_total";

/// The gateway as its users see it.
pub(super) struct Gate<'a> {
    child: &'a Child,
    keys: Keys,
    material: Arc<Material>,
    /// Messages taken in so far.
    taken: AtomicU64,
}

/// What one connection saw.
#[derive(Default)]
struct Seen {
    micros: Vec<u64>,
    refused: u64,
}

impl<'a> Gate<'a> {
    pub(super) async fn open(child: &'a Child, keys: Keys) -> Result<Self, BenchError> {
        let yesterday = SystemClock.now() - SignedDuration::from_hours(24);
        let material = Material::from(yesterday).ok_or_else(|| BenchError::Answer {
            what: "the example message",
            expected: "a known layout".to_owned(),
            got: "another one".to_owned(),
        })?;
        Client::connect(child.api).await?;
        Ok(Self {
            child,
            keys,
            material: Arc::new(material),
            taken: AtomicU64::new(0),
        })
    }

    /// Registers the organisations and agreements of the demonstration.
    pub(super) async fn register(&self) -> Result<(), BenchError> {
        let mut client = Client::connect(self.child.api).await?;
        for (path, records) in [
            ("organisaties", cast::organisaties()),
            ("overeenkomsten", cast::overeenkomsten()),
        ] {
            for (id, record) in records {
                let path = format!("/v1/{path}/{id}");
                let request = client::request(
                    "PUT",
                    &path,
                    &self.keys.beheer,
                    "application/json",
                    &record.to_string(),
                );
                expect("registering", 201, client.send(request.as_bytes()).await?)?;
            }
        }
        Ok(())
    }

    /// Pushes one referral and reads back what the gateway wrote for it.
    pub(super) async fn template(&self, place: &Place) -> Result<Template, BenchError> {
        let mut client = Client::connect(self.child.api).await?;
        let request = push(&self.keys.sender, &self.material);
        let body = expect(
            "a first referral",
            202,
            client.send(request.as_bytes()).await?,
        )?;
        self.taken.fetch_add(1, Ordering::Relaxed);
        let id = body["id"]
            .as_str()
            .and_then(|id| Uuid::parse_str(id).ok())
            .unwrap_or_default();
        self.drained(1).await?;
        while self.fetch(&mut client).await? == 0 {
            tokio::time::sleep(ASK).await;
        }
        let store = place.store(Side::Gateway).await?;
        let template = Template::read(store.as_ref(), id).await;
        store.close().await;
        template
    }

    /// One referral at a time: how long from sending it until the provider has it.
    pub(super) async fn idle(&self, messages: usize) -> Result<Idle, BenchError> {
        let mut sender = Client::connect(self.child.api).await?;
        let mut provider = Client::connect(self.child.api).await?;
        let mut micros = Vec::with_capacity(messages);
        for _ in 0..messages {
            let request = push(&self.keys.sender, &self.material);
            let started = Instant::now();
            expect("a referral", 202, sender.send(request.as_bytes()).await?)?;
            self.taken.fetch_add(1, Ordering::Relaxed);
            while self.fetch(&mut provider).await? == 0 {
                if started.elapsed() > DRAIN {
                    return Err(BenchError::Late("a referral did not reach the provider"));
                }
                tokio::time::sleep(ASK).await;
            }
            micros.push(passed(started));
            tokio::time::sleep(QUIET).await;
        }
        micros.sort_unstable();
        Ok(Idle {
            messages,
            p50_ms: percentile(&micros, 50),
            p99_ms: percentile(&micros, 99),
        })
    }

    /// Pushes over some connections for a while, and waits until every delivery is ready.
    pub(super) async fn level(
        &self,
        connections: usize,
        during: Duration,
    ) -> Result<Level, BenchError> {
        let settled = self.settled().await?;
        let cpu = self.child.cpu();
        let mut clients = Vec::with_capacity(connections);
        for _ in 0..connections {
            clients.push(Client::connect(self.child.api).await?);
        }
        let started = Instant::now();
        let mut tasks = JoinSet::new();
        for client in clients {
            tasks.spawn(pour(
                client,
                self.keys.sender.clone(),
                Arc::clone(&self.material),
                started + during,
            ));
        }
        let mut all = Seen::default();
        while let Some(one) = tasks.join_next().await {
            let one = one.map_err(|error| BenchError::Server {
                what: "a connection of the measurement",
                reason: error.to_string(),
            })??;
            all.micros.extend(one.micros);
            all.refused += one.refused;
        }
        let pushing = started.elapsed();
        let messages = all.micros.len();
        self.taken.fetch_add(messages as u64, Ordering::Relaxed);
        self.drained(settled + messages as u64).await?;
        let whole = started.elapsed();
        let cpu = self
            .child
            .cpu()
            .zip(cpu)
            .map(|(after, before)| after.saturating_sub(before));
        all.micros.sort_unstable();
        let count = u32::try_from(messages).unwrap_or(u32::MAX);
        Ok(Level {
            connections,
            messages,
            refused: all.refused,
            ingest_per_second: f64::from(count) / pushing.as_secs_f64(),
            p50_ms: percentile(&all.micros, 50),
            p99_ms: percentile(&all.micros, 99),
            end_to_end_per_second: f64::from(count) / whole.as_secs_f64(),
            cpu_micros_per_message: cpu
                .map(|cpu| cpu.as_secs_f64() * 1e6 / f64::from(count.max(1))),
        })
    }

    /// Holds the database to what was counted: one delivery for each message, ready or fetched, and none elsewhere.
    pub(super) async fn all_ready(&self, place: &Place) -> Result<(), BenchError> {
        let store = place.store(Side::Gateway).await?;
        let figures = store.figures(SystemClock.now()).await;
        store.close().await;
        let open = figures?.open;
        let of = |state| {
            open.iter()
                .find(|(one, _)| *one == state)
                .map_or(0, |(_, count)| *count)
        };
        let expected = self.taken.load(Ordering::Relaxed);
        let there = of(DeliveryState::Ready) + of(DeliveryState::Leased);
        if there != expected {
            return Err(BenchError::Answer {
                what: "deliveries in the postvak",
                expected: expected.to_string(),
                got: there.to_string(),
            });
        }
        Ok(())
    }

    /// Fetches what is ready for the provider; how many there were.
    async fn fetch(&self, client: &mut Client) -> Result<usize, BenchError> {
        let body = r#"{"aantal":10,"leaseSeconden":3600}"#;
        let request = client::request(
            "POST",
            "/v1/postvak/_haal",
            &self.keys.provider,
            "application/json",
            body,
        );
        let body = expect("fetching", 200, client.send(request.as_bytes()).await?)?;
        Ok(body["afleveringen"].as_array().map_or(0, Vec::len))
    }

    /// Waits until this many deliveries are settled.
    async fn drained(&self, settled: u64) -> Result<(), BenchError> {
        let started = Instant::now();
        while self.settled().await? < settled {
            if started.elapsed() > DRAIN {
                return Err(BenchError::Late("the deliveries were not ready"));
            }
            tokio::time::sleep(LOOK).await;
        }
        Ok(())
    }

    async fn settled(&self) -> Result<u64, BenchError> {
        let mut client = Client::connect(self.child.admin).await?;
        let (_, body) = client.send(client::get("/metrics").as_bytes()).await?;
        let text = String::from_utf8_lossy(body);
        Ok(text
            .lines()
            .filter_map(|line| line.strip_prefix(SETTLED)?.rsplit_once(' '))
            .filter_map(|(_, value)| value.parse::<u64>().ok())
            .sum())
    }
}

/// Pushes one after another until a moment.
async fn pour(
    mut client: Client,
    key: String,
    material: Arc<Material>,
    until: Instant,
) -> Result<Seen, BenchError> {
    let mut seen = Seen::default();
    while Instant::now() < until {
        let request = push(&key, &material);
        let started = Instant::now();
        let (status, _) = client.send(request.as_bytes()).await?;
        if status == 202 {
            seen.micros.push(passed(started));
        } else {
            seen.refused += 1;
        }
    }
    Ok(seen)
}

fn push(key: &str, material: &Material) -> String {
    client::request(
        "POST",
        "/v1/berichten?soort=verwijzing",
        key,
        "application/xml",
        &material.next(),
    )
}

fn passed(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_micros()).unwrap_or(u64::MAX)
}

fn expect(what: &'static str, status: u16, answer: (u16, &[u8])) -> Result<Value, BenchError> {
    let (got, body) = answer;
    if got == status {
        return Ok(serde_json::from_slice(body).unwrap_or(Value::Null));
    }
    Err(BenchError::Answer {
        what,
        expected: status.to_string(),
        got: format!("{got}: {}", String::from_utf8_lossy(body)),
    })
}

/// The organisation whose deliveries are measured.
pub(super) fn provider() -> Result<OrgCode, BenchError> {
    OrgCode::parse(cast::AANBIEDER_A).map_err(|error| BenchError::Server {
        what: "the provider's code",
        reason: error.to_string(),
    })
}
