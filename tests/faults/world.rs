//! The world around the gateway: organisations that go on working whatever happens to it.

use crate::caller::Caller;
use crate::cast;
use crate::cast::AANBIEDER_A;
use crate::cast::AANBIEDER_B;
use crate::cast::GEMEENTE;
use crate::gateway::Backend;
use crate::gateway::Gateway;
use crate::ledger::Books;
use crate::receiver::Receiver;
use crate::shared::Shared;
use reqwest::Method;
use schakel::canonical::Kind;
use schakel::canonical::SeededIds;
use serde_json::Value;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use std::time::Instant;
use tokio::task::JoinHandle;

/// Systems of the gemeente that push side by side.
const PUSHERS: u64 = 4;
/// How long everything may take to arrive once nothing fails any more.
const HEALING: Duration = Duration::from_mins(2);

pub struct World {
    pub gateway: Gateway,
    pub receiver: Arc<Receiver>,
    pub shared: Arc<Shared>,
    workers: Vec<JoinHandle<()>>,
    provider: Option<JoinHandle<()>>,
    seed: u64,
    name: &'static str,
}

impl World {
    /// A gateway that serves, with everybody registered; nobody works yet.
    pub async fn new(name: &'static str, backend: Backend, seed: u64) -> Self {
        println!("{name}: seed {seed}; SCHAKEL_FAULT_SEED={seed} repeats it");
        let receiver = Receiver::start(seed).await;
        let mut gateway = Gateway::new(backend);
        let key = |gateway: &Gateway, org: &'static str, scopes: &[&str]| {
            Caller::new(org, gateway.key(org, scopes), &gateway.base)
        };
        let beheer = key(&gateway, "beheer", &["beheer"]);
        let shared = Shared::new(
            key(&gateway, GEMEENTE, &[]),
            key(&gateway, AANBIEDER_A, &[]),
            key(&gateway, AANBIEDER_B, &[]),
        );
        gateway.start().await;
        cast::register(&beheer).await;
        let set = beheer
            .send(
                Method::PUT,
                &format!("/v1/organisaties/{GEMEENTE}/webhook"),
                &json!({ "url": receiver.url }),
            )
            .await
            .expect("an answer");
        assert_eq!(set.status, 201, "{}", set.body);
        let secret = set.body["geheim"].as_str().expect("a secret").to_owned();
        *receiver.secret.lock().expect("not poisoned") = secret;
        Self {
            gateway,
            receiver,
            shared: Arc::new(shared),
            workers: Vec::new(),
            provider: None,
            seed,
            name,
        }
    }

    /// Everybody starts to work.
    pub fn work(&mut self) {
        for lane in 0..PUSHERS {
            let shared = Arc::clone(&self.shared);
            let chance = SeededIds::new(self.seed ^ (lane + 1).wrapping_mul(0x1234_5678_9abc));
            self.workers.push(tokio::spawn(
                async move { shared.pushes(lane, &chance).await },
            ));
        }
        self.provide();
    }

    /// Only the provider works.
    pub fn provide(&mut self) {
        let shared = Arc::clone(&self.shared);
        let chance = SeededIds::new(self.seed ^ 0xabcd);
        self.provider = Some(tokio::spawn(async move { shared.provides(&chance).await }));
    }

    /// Nothing fails any more: everybody finishes, and the books are held against the ledger.
    pub async fn settle(mut self) -> Figures {
        self.receiver.heal();
        self.shared.ending.store(true, Ordering::Relaxed);
        let until = Instant::now() + HEALING;
        for worker in std::mem::take(&mut self.workers) {
            let left = until.saturating_duration_since(Instant::now());
            let ended = tokio::time::timeout(left, worker).await;
            ended
                .expect("every push is acknowledged in the end")
                .expect("no panic");
        }
        self.shared.healed.store(true, Ordering::Relaxed);
        while Instant::now() < until && !self.arrived().await {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        self.shared.over.store(true, Ordering::Relaxed);
        if let Some(provider) = self.provider.take() {
            provider.await.expect("no panic");
        }
        self.reckon().await
    }

    /// Whether everything that was acknowledged has reached whom it is for.
    async fn arrived(&self) -> bool {
        let mut confirmed = 0;
        for caller in [&self.shared.gemeente, &self.shared.aanbieder] {
            for one in caller.list("/v1/postvak", "afleveringen").await {
                if one["status"] != "bevestigd" {
                    return false;
                }
                confirmed += 1;
            }
        }
        let ledger = self.shared.ledger();
        confirmed >= ledger.acknowledged.len() && ledger.decided.len() == ledger.sent.len()
    }

    async fn reckon(&self) -> Figures {
        let books = self.books().await;
        let attempts = self.receiver.so_far();
        let panics = self.gateway.panics();
        let mut ledger = self.shared.ledger();
        ledger.findings.other.extend(panics);
        ledger.settle(&books, &attempts);
        let figures = Figures {
            messages: ledger.acknowledged.len(),
            deliveries: books.deliveries.values().map(Vec::len).sum(),
            tried_again: ledger.tried_again,
            repeated: ledger.repeated,
            conflicts: ledger.conflicts,
            reads: ledger.read.values().map(Vec::len).sum(),
            attempts: attempts.len(),
        };
        let found = &ledger.findings;
        println!(
            "{}: {figures}; lost {}, doubled {}, altered {}, delivered to a wrong organisation {}",
            self.name,
            found.lost.len(),
            found.doubled.len(),
            found.altered.len(),
            found.misdelivered.len()
        );
        found.assert_none();
        figures
    }

    /// What the gateway has: through its API, and the versions from its store.
    async fn books(&self) -> Books {
        let mut messages = BTreeMap::new();
        let mut deliveries = BTreeMap::new();
        let shared = &self.shared;
        for caller in [&shared.gemeente, &shared.aanbieder, &shared.outsider] {
            let list = caller.list("/v1/berichten", "berichten").await;
            let list = list
                .iter()
                .map(|one| {
                    let text = |name: &str| one[name].as_str().unwrap_or_default().to_owned();
                    (text("referentie"), text("id").parse().unwrap_or_default())
                })
                .collect();
            messages.insert(caller.org, list);
            let list = caller.list("/v1/postvak", "afleveringen").await;
            deliveries.insert(caller.org, list);
        }
        let store = self.gateway.store().await;
        let records = store.records_of(Kind::Verwijzing, None, 100_000).await;
        let mut versions = Vec::new();
        for record in records.expect("they can be read") {
            let document: Value = serde_json::from_str(&record.doc).expect("JSON");
            let number = document["nummer"].as_str().unwrap_or_default().to_owned();
            let rows = store.versions(record.id, 100_000).await;
            let rows = rows.expect("they can be read");
            versions.push((number, rows.iter().map(|row| row.message).collect()));
        }
        let kandidaten = store.records_of(Kind::Kandidaat, None, 100_000).await;
        let kandidaten = kandidaten.expect("they can be read").len();
        store.close().await;
        Books {
            messages,
            deliveries,
            versions,
            kandidaten,
        }
    }
}

/// What went through.
pub struct Figures {
    /// Acknowledged messages.
    pub messages: usize,
    /// Deliveries, of the postvak and by webhook.
    pub deliveries: usize,
    /// Pushes without an answer, or with the answer to come back later.
    pub tried_again: usize,
    /// Pushes of something that was pushed before.
    pub repeated: usize,
    /// The same reference with other content, refused.
    pub conflicts: usize,
    /// Times that the provider read something.
    pub reads: usize,
    /// Webhook attempts.
    pub attempts: usize,
}

impl std::fmt::Display for Figures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} messages, {} deliveries, {} pushes tried again, {} repeated, {} conflicts, {} reads, {} webhook attempts",
            self.messages,
            self.deliveries,
            self.tried_again,
            self.repeated,
            self.conflicts,
            self.reads,
            self.attempts
        )
    }
}
