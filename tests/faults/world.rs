//! The world around the gateway: organisations that go on working whatever happens to it.

use crate::caller::Answer;
use crate::caller::Caller;
use crate::cast;
use crate::cast::AANBIEDER_A;
use crate::cast::AANBIEDER_B;
use crate::cast::GEMEENTE;
use crate::cast::Verwijzing;
use crate::gateway::Backend;
use crate::gateway::Gateway;
use crate::ledger::Books;
use crate::ledger::Ledger;
use crate::receiver::Receiver;
use reqwest::Method;
use schakel::canonical::IdSource;
use schakel::canonical::Kind;
use schakel::canonical::SeededIds;
use serde_json::Value;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::time::Duration;
use std::time::Instant;
use tokio::task::JoinHandle;

/// Systems of the gemeente that push side by side.
const PUSHERS: u64 = 4;
/// The rest between two messages of one pusher.
const PACE: Duration = Duration::from_millis(60);
/// How long everything may take to arrive once nothing fails any more.
const HEALING: Duration = Duration::from_secs(60);

pub struct World {
    pub gateway: Gateway,
    pub receiver: Arc<Receiver>,
    pub shared: Arc<Shared>,
    workers: Vec<JoinHandle<()>>,
    provider: Option<JoinHandle<()>>,
    seed: u64,
    name: &'static str,
}

/// What the callers share.
pub struct Shared {
    pub gemeente: Caller,
    pub aanbieder: Caller,
    outsider: Caller,
    ledger: Mutex<Ledger>,
    people: AtomicUsize,
    ending: AtomicBool,
    /// Whether the provider does its work without a fault.
    healed: AtomicBool,
    over: AtomicBool,
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
        let shared = Shared {
            gemeente: key(&gateway, GEMEENTE, &[]),
            aanbieder: key(&gateway, AANBIEDER_A, &[]),
            outsider: key(&gateway, AANBIEDER_B, &[]),
            ledger: Mutex::default(),
            people: AtomicUsize::new(0),
            ending: AtomicBool::new(false),
            healed: AtomicBool::new(false),
            over: AtomicBool::new(false),
        };
        gateway.start().await;
        cast::register(&beheer).await;
        let set = shared
            .gemeente
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
            "{}: {figures:?}; lost {}, doubled {}, altered {}, delivered to a wrong organisation {}",
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
#[derive(Debug)]
pub struct Figures {
    /// Acknowledged messages.
    pub messages: usize,
    pub deliveries: usize,
    /// Pushes without an answer, or with the answer to come back later.
    pub tried_again: usize,
    pub repeated: usize,
    pub conflicts: usize,
    /// Times that the provider read something.
    pub reads: usize,
    /// Webhook attempts.
    pub attempts: usize,
}

impl Shared {
    pub fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().expect("not poisoned")
    }

    /// A system of the gemeente: new verwijzingen and changes of its own, each until it is acknowledged.
    async fn pushes(&self, lane: u64, chance: &SeededIds) {
        let mut mine: Vec<Verwijzing> = Vec::new();
        let mut moment = 0;
        while !self.ending.load(Ordering::Relaxed) {
            moment += 1;
            let known = if chance.below(3) == 0 {
                usize::try_from(chance.below(mine.len() as u64)).expect("fits")
            } else {
                mine.len()
            };
            let verwijzing = self.verwijzing(lane, mine.get(known), moment, chance);
            self.push_verwijzing(&verwijzing, chance).await;
            match mine.get_mut(known) {
                Some(before) => *before = verwijzing,
                None => mine.push(verwijzing),
            }
            tokio::time::sleep(PACE).await;
        }
    }

    /// The next message: about somebody new, or a change of an earlier one.
    pub fn verwijzing(
        &self,
        lane: u64,
        earlier: Option<&Verwijzing>,
        moment: i64,
        chance: &SeededIds,
    ) -> Verwijzing {
        let reference = format!("{:016x}{moment:04}{lane}", chance.below(u64::MAX));
        let changed = Verwijzing {
            moment,
            contact: format!("Zoë & <{reference}>"),
            reference,
            day: 1 + chance.below(28),
            percent: 30 + chance.below(70),
            ..earlier.cloned().unwrap_or_else(|| {
                let person = self.people.fetch_add(1, Ordering::Relaxed);
                Verwijzing {
                    number: format!("2024-REI-{person:06}"),
                    bsn: cast::bsn(person),
                    name: format!("Çelik-Ångström & <{person}>"),
                    reference: String::new(),
                    moment: 0,
                    contact: String::new(),
                    day: 0,
                    percent: 0,
                }
            })
        };
        let mut ledger = self.ledger();
        let sent = ledger.sent.entry(changed.number.clone()).or_default();
        sent.push(changed.clone());
        changed
    }

    /// Pushes a verwijzing until it is acknowledged; now and then twice at once, or once more afterwards, or with
    /// other content.
    pub async fn push_verwijzing(&self, verwijzing: &Verwijzing, chance: &SeededIds) {
        let xml = verwijzing.xml();
        let reference = &verwijzing.reference;
        let push = || {
            self.push(
                &self.gemeente,
                reference,
                "verwijzing",
                "application/xml",
                &xml,
            )
        };
        if chance.below(5) == 0 {
            self.ledger().repeated += 1;
            tokio::join!(push(), push());
        } else {
            push().await;
        }
        if chance.below(5) == 0 {
            self.ledger().repeated += 1;
            push().await;
        }
        if chance.below(10) == 0 {
            self.push_other(verwijzing).await;
        }
    }

    /// The same reference with other content must be refused.
    pub async fn push_other(&self, verwijzing: &Verwijzing) {
        let other = Verwijzing {
            percent: verwijzing.percent - 1,
            ..verwijzing.clone()
        };
        let path = "/v1/berichten?soort=verwijzing";
        let xml = other.xml();
        match self
            .gemeente
            .ask(Method::POST, path, "application/xml", xml.as_bytes())
            .await
        {
            Some(Answer { status: 409, .. }) => self.ledger().conflicts += 1,
            answer if later(answer.as_ref()) => self.ledger().tried_again += 1,
            answer => self.finding(format!("{}: other content: {answer:?}", other.reference)),
        }
    }

    /// Pushes until there is an acknowledgement.
    pub async fn push(
        &self,
        caller: &Caller,
        reference: &str,
        soort: &str,
        content_type: &str,
        body: &str,
    ) {
        let path = format!("/v1/berichten?soort={soort}");
        while !self.over.load(Ordering::Relaxed) {
            let answer = caller
                .ask(Method::POST, &path, content_type, body.as_bytes())
                .await;
            if let Some(answer) = answer.as_ref().filter(|answer| answer.status == 202) {
                self.ledger()
                    .acknowledge(caller.org, reference, &answer.body);
                return;
            }
            if !later(answer.as_ref()) {
                self.finding(format!("{reference}: {answer:?}"));
                return;
            }
            self.ledger().tried_again += 1;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    fn finding(&self, line: String) {
        self.ledger().findings.other.push(line);
    }

    /// The provider: reads, confirms (now and then not), and decides on what it read. Beside it, somebody who should
    /// never get anything.
    async fn provides(&self, chance: &SeededIds) {
        while !self.over.load(Ordering::Relaxed) {
            let mail = self.aanbieder.fetch(20).await;
            let healed = self.healed.load(Ordering::Relaxed);
            let mut confirmed = Vec::new();
            let mut numbers = Vec::new();
            for one in &mail {
                // what it reads it keeps, before it confirms: a lost confirmation gives it the same again
                let number = self.ledger().read(one);
                if healed || chance.below(8) > 0 {
                    confirmed.push(one.clone());
                    numbers.push(number);
                }
            }
            self.aanbieder.confirm(&confirmed).await;
            for number in numbers {
                if self.ledger().decided.insert(number.clone()) {
                    let reference = format!("besluit-{number}");
                    let body = cast::besluit(&number).to_string();
                    self.push(
                        &self.aanbieder,
                        &reference,
                        "besluit",
                        "application/json",
                        &body,
                    )
                    .await;
                }
            }
            for one in self.outsider.fetch(20).await {
                let line = format!("{AANBIEDER_B} got {}", one["id"]);
                self.ledger().findings.misdelivered.push(line);
            }
            if mail.is_empty() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

/// Whether to come back: no whole answer, or one that says so.
fn later(answer: Option<&Answer>) -> bool {
    answer.is_none_or(|answer| matches!(answer.status, 429 | 502 | 503 | 504))
}
