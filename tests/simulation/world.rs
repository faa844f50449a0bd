//! The world of the simulation: a municipality that pushes verwijzingen (in order, out of order, twice), a provider
//! that fetches and answers them, a gateway that crashes, and a ledger outside of it all.

use crate::faults::Fate;
use crate::faults::FaultyBroker;
use crate::faults::FaultyStore;
use async_trait::async_trait;
use bytes::Bytes;
use jiff::SignedDuration;
use jiff::Timestamp;
use schakel::adapters::Limits;
use schakel::canonical::Clock;
use schakel::canonical::Kind;
use schakel::canonical::ManualClock;
use schakel::canonical::OrgCode;
use schakel::canonical::Personal;
use schakel::canonical::Record;
use schakel::canonical::SeededIds;
use schakel::isolation::IsolationConfig;
use schakel::isolation::WorkbookReader;
use schakel::mapping::Library;
use schakel::outbound::Push as WebhookPush;
use schakel::outbound::PushOutcome;
use schakel::pipeline::Parts;
use schakel::pipeline::Pipeline;
use schakel::pipeline::PipelineConfig;
use schakel::pipeline::Push;
use schakel::pipeline::ReceiveError;
use schakel::pipeline::Webhooks;
use schakel::schema::Schemas;
use schakel::sealing::KEY_BYTES;
use schakel::sealing::Sealer;
use schakel::store::DeliveryState;
use schakel::store::LeaseAnswer;
use schakel::store::SqliteConfig;
use schakel::store::SqliteStore;
use schakel::store::Store;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::Ordering;
use uuid::Uuid;

const GEMEENTE: &str = "gemeente-voorbeeldstad";
const AANBIEDER: &str = "aanbieder-a";
const BUITENSTAANDER: &str = "aanbieder-b";
const WEBHOOK: &str = "https://gemeente.example/schakel";

/// What was pushed, as the sender knows it.
#[derive(Clone)]
struct Sent {
    sender: &'static str,
    soort: &'static str,
    content_type: &'static str,
    key: Option<String>,
    body: String,
}

/// What somebody outside keeps count of.
#[derive(Default)]
struct Ledger {
    /// Pushes that were acknowledged, by sender and reference, with the id they got.
    acknowledged: BTreeMap<(&'static str, String), Uuid>,
    /// Pushes that must be tried again until they are.
    unanswered: Vec<(String, Sent)>,
    /// Acknowledged pushes, to be pushed again now and then.
    done: Vec<(String, Sent)>,
    /// For each verwijzing: the sender's latest moment and the start date it named then.
    latest: BTreeMap<String, (i64, String)>,
    /// Verwijzingen whose besluit was pushed.
    answered: BTreeSet<String>,
    /// What the provider read, by verwijzing.
    fetched: BTreeMap<String, Vec<String>>,
}

pub struct World {
    fate: Arc<Fate>,
    clock: ManualClock,
    store: Arc<dyn Store>,
    broker: Arc<FaultyBroker>,
    webhooks: Arc<FlakyWebhooks>,
    schemas: Arc<Schemas>,
    library: Arc<Library>,
    ids: Arc<SeededIds>,
    pipeline: Arc<Pipeline>,
    ledger: Ledger,
    folder: std::path::PathBuf,
}

/// A receiver whose answer may not arrive.
struct FlakyWebhooks {
    fate: Arc<Fate>,
    received: Mutex<Vec<(Uuid, String)>>,
}

#[async_trait]
impl Webhooks for FlakyWebhooks {
    async fn push(&self, push: WebhookPush<'_>, _: Timestamp) -> PushOutcome {
        assert_eq!(push.url, WEBHOOK);
        if self.fate.strikes() {
            return PushOutcome::TimedOut;
        }
        let text = String::from_utf8_lossy(push.body.reveal()).into_owned();
        self.received
            .lock()
            .expect("not poisoned")
            .push((push.delivery, text));
        if self.fate.strikes() {
            return PushOutcome::TimedOut; // it has the message; the answer is lost
        }
        PushOutcome::Accepted
    }
}

fn org(code: &str) -> OrgCode {
    OrgCode::parse(code).expect("a code")
}

fn record(value: &serde_json::Value) -> Record {
    value.as_object().cloned().expect("an object")
}

impl World {
    pub async fn new(seed: u64) -> Self {
        let fate = Arc::new(Fate::new(seed, 0));
        let folder =
            std::env::temp_dir().join(format!("schakel-sim-{}-{seed}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let config = SqliteConfig {
            path: folder.join("schakel.db"),
            ..SqliteConfig::default()
        };
        let store: Arc<dyn Store> = Arc::new(SqliteStore::connect(config).await.expect("a store"));
        store.migrate().await.expect("a schema");
        let schemas = Arc::new(Schemas::embedded().expect("the schemas"));
        let library = Arc::new(Library::shipped(&schemas).expect("the mappings"));
        let clock = ManualClock::at("2024-03-14T09:00:00Z".parse().expect("a moment"));
        let ids = Arc::new(SeededIds::new(seed ^ 0x5eed));
        let broker = Arc::new(FaultyBroker::new(fate.clone()));
        let webhooks = Arc::new(FlakyWebhooks {
            fate: fate.clone(),
            received: Mutex::default(),
        });
        let mut world = Self {
            pipeline: start(
                &fate, &store, &broker, &webhooks, &schemas, &library, &clock, &ids,
            ),
            fate,
            clock,
            store,
            broker,
            webhooks,
            schemas,
            library,
            ids,
            ledger: Ledger::default(),
            folder,
        };
        world.register().await;
        world.fate = Arc::new(Fate::new(seed, 6));
        // the faulty parts share one fate: give them the one that strikes
        world.broker = Arc::new(FaultyBroker::new(world.fate.clone()));
        world.webhooks = Arc::new(FlakyWebhooks {
            fate: world.fate.clone(),
            received: Mutex::default(),
        });
        world.restart().await;
        world
    }

    async fn register(&self) {
        use serde_json::json;
        for organisatie in [
            json!({"code": GEMEENTE, "naam": "Gemeente Voorbeeldstad", "soort": "gemeente",
                "oin": "00000099000000484000", "gemeentecodes": ["0484"], "rollen": ["G", "O"],
                "bsnGrondslag": "Participatiewet"}),
            json!({"code": AANBIEDER, "naam": "Jobcoachorganisatie A", "soort": "jobcoachorganisatie",
                "oin": "00000099123456780000", "kvk": "12345678", "rollen": ["P"]}),
            json!({"code": BUITENSTAANDER, "naam": "Jobcoachorganisatie B", "soort": "jobcoachorganisatie",
                "oin": "00000099876543210000", "kvk": "87654321", "rollen": ["P"]}),
        ] {
            let code = organisatie["code"].as_str().expect("a code").to_owned();
            self.pipeline
                .manage("sim", Kind::Organisatie, &code, record(&organisatie))
                .await
                .expect("an organisatie");
        }
        for (number, uitvoerder) in [("SO-A", AANBIEDER), ("SO-B", BUITENSTAANDER)] {
            let all = ["A", "B", "C", "D"];
            let overeenkomst = json!({"nummer": number, "opdrachtgever": GEMEENTE, "uitvoerder": uitvoerder,
            "grondslag": "Participatiewet", "doel": "re-integratie", "bsnToegestaan": false, "van": "2024-01-01",
            "attribuutset": [
                {"soort": "kandidaat", "klassen": all, "reikwijdte": "toegewezen"}, {"soort": "verwijzing", "klassen": all, "reikwijdte": "toegewezen"},
                {"soort": "opdracht", "klassen": all, "reikwijdte": "toegewezen"}, {"soort": "werkprofiel", "klassen": all, "reikwijdte": "toegewezen"},
            ]});
            self.pipeline
                .manage("sim", Kind::Overeenkomst, number, record(&overeenkomst))
                .await
                .expect("an overeenkomst");
        }
        let secret = Personal::new("whsec_c2ltdWxhdGlvbnNlY3JldHNpbXVsYXRpb24=".to_owned());
        self.pipeline
            .set_webhook(&org(GEMEENTE), "sim", Some((WEBHOOK, &secret)))
            .await
            .expect("a webhook");
    }

    pub fn struck(&self) -> u64 {
        self.fate.struck.load(Ordering::Relaxed)
    }

    /// One thing happens.
    pub async fn step(&mut self) {
        match self.fate.below(20) {
            0..=2 => self.push_new().await,
            3..=4 => self.push_change().await,
            5 => self.push_again().await,
            6..=7 => self.retry_unanswered().await,
            8..=10 => drop(self.pipeline.relay_once().await),
            11..=13 => self.deliver().await,
            14..=15 => self.fetch().await,
            16 => self.decide().await,
            17 => {
                let seconds = i64::try_from(self.fate.below(150)).expect("fits");
                self.clock.advance(SignedDuration::from_secs(seconds));
                drop(self.pipeline.recover_once().await);
            }
            18 => self.broker.forget(),
            _ => self.restart().await,
        }
    }

    /// The gateway is gone at this moment, and starts again; an in-process broker has forgotten.
    async fn restart(&mut self) {
        self.broker.forget();
        self.pipeline = start(
            &self.fate,
            &self.store,
            &self.broker,
            &self.webhooks,
            &self.schemas,
            &self.library,
            &self.clock,
            &self.ids,
        );
        while self.pipeline.refresh_directory().await.is_err() {}
        while self.pipeline.recover_all().await.is_err() {}
    }

    async fn push_new(&mut self) {
        let number = format!("2024-REI-{:06}", self.ledger.latest.len() + 1);
        let moment = self.clock.now().as_second();
        self.push_verwijzing(number, moment).await;
    }

    /// A change of an existing verwijzing; now and then an older message that arrives late.
    async fn push_change(&mut self) {
        let count = self.ledger.latest.len() as u64;
        if count == 0 {
            return;
        }
        let index = usize::try_from(self.fate.below(count)).expect("fits");
        let (number, latest) = self
            .ledger
            .latest
            .iter()
            .nth(index)
            .map(|(number, (latest, _))| (number.clone(), *latest))
            .expect("within");
        let late = self.fate.below(3) == 0;
        let by = i64::try_from(1 + self.fate.below(500)).expect("fits");
        self.push_verwijzing(number, if late { latest - by } else { latest + by })
            .await;
    }

    async fn push_verwijzing(&mut self, number: String, moment: i64) {
        let day = 1 + self.fate.below(28);
        let start = format!("202404{day:02}");
        let reference = format!("{:032x}", self.ids_below());
        let stamp = jiff::tz::TimeZone::get("Europe/Amsterdam")
            .expect("compiled in")
            .to_datetime(Timestamp::from_second(moment).expect("a moment"))
            .strftime("%Y%m%d%H%M%S")
            .to_string();
        let bsn = bsn_for(&number);
        let body = FIXTURE
            .replace("{referentie}", &reference)
            .replace("{tijdstip}", &format!("{stamp}000"))
            .replace("{nummer}", &number)
            .replace("{bsn}", &bsn)
            .replace("{start}", &start);
        let latest = self
            .ledger
            .latest
            .entry(number)
            .or_insert((i64::MIN, String::new()));
        if moment >= latest.0 {
            *latest = (moment, format!("2024-04-{day:02}"));
        }
        let sent = Sent {
            sender: GEMEENTE,
            soort: "verwijzing",
            content_type: "application/xml",
            key: None,
            body,
        };
        self.push(reference, sent).await;
    }

    fn ids_below(&self) -> u64 {
        self.fate.below(u64::MAX)
    }

    async fn push(&mut self, reference: String, sent: Sent) {
        let outcome = self
            .pipeline
            .receive(Push {
                sender: org(sent.sender),
                actor: "sim".to_owned(),
                soort: sent.soort.to_owned(),
                content_type: sent.content_type.to_owned(),
                idempotency_key: sent.key.clone(),
                sent_at: None,
                body: Bytes::from(sent.body.clone()),
                traceparent: String::new(),
            })
            .await;
        match outcome {
            Ok(receipt) => {
                let before = self
                    .ledger
                    .acknowledged
                    .insert((sent.sender, reference.clone()), receipt.id);
                assert!(
                    before.is_none_or(|id| id == receipt.id),
                    "one reference, one message"
                );
                assert_eq!(receipt.answer.geweigerd, 0, "{:?}", receipt.answer);
                self.ledger.done.push((reference, sent));
            }
            Err(ReceiveError::Unavailable | ReceiveError::Busy) => {
                self.ledger.unanswered.push((reference, sent));
            }
            Err(error) => panic!("refused: {error:?}"),
        }
    }

    async fn push_again(&mut self) {
        let count = self.ledger.done.len() as u64;
        if count > 0 {
            let index = usize::try_from(self.fate.below(count)).expect("fits");
            let (reference, sent) = self.ledger.done.swap_remove(index);
            self.push(reference, sent).await;
        }
    }

    async fn retry_unanswered(&mut self) {
        for (reference, sent) in std::mem::take(&mut self.ledger.unanswered) {
            self.push(reference, sent).await;
        }
    }

    async fn deliver(&mut self) {
        let parcels = self
            .broker
            .take(1 + usize::try_from(self.fate.below(8)).expect("fits"));
        let ids: Vec<Uuid> = parcels
            .iter()
            .flat_map(|parcel| parcel.deliveries.clone())
            .collect();
        if self.pipeline.deliver(&ids).await.is_err() {
            self.broker.put_back(parcels);
        }
        if self.fate.below(4) > 0 {
            drop(self.pipeline.push_waiting().await);
        }
    }

    /// The provider fetches; now and then it goes away without confirming.
    async fn fetch(&mut self) {
        let lease = SignedDuration::from_secs(30);
        for code in [AANBIEDER, BUITENSTAANDER] {
            let Ok(mail) = self.pipeline.collect(&org(code), "sim", 10, lease).await else {
                continue;
            };
            let mut answers = Vec::new();
            for one in mail {
                assert_eq!(code, AANBIEDER, "somebody else's delivery");
                let text = String::from_utf8(one.content.into_inner()).expect("JSON is UTF-8");
                assert!(!text.contains(&bsn_for("any")), "no BSN without a ground");
                if self.fate.below(4) == 0 {
                    continue;
                }
                let number = text
                    .split("2024-REI-")
                    .nth(1)
                    .map(|rest| format!("2024-REI-{}", &rest[..6]))
                    .expect("a verwijzing");
                answers.push((
                    number,
                    text,
                    LeaseAnswer {
                        id: one.delivery.id,
                        token: one.token,
                        refusal: None,
                    },
                ));
            }
            let plain: Vec<LeaseAnswer> = answers
                .iter()
                .map(|(_, _, answer)| answer.clone())
                .collect();
            // the provider keeps what it read before it confirms; a lost confirm gives it the same again
            for (number, text, _) in answers {
                self.ledger.fetched.entry(number).or_default().push(text);
            }
            drop(self.pipeline.answer(&org(code), "sim", &plain).await);
        }
    }

    /// The provider decides on a verwijzing it has read.
    async fn decide(&mut self) {
        let Some(number) = self
            .ledger
            .fetched
            .keys()
            .find(|number| !self.ledger.answered.contains(*number))
            .cloned()
        else {
            return;
        };
        self.ledger.answered.insert(number.clone());
        let body = BESLUIT.replace("{nummer}", &number);
        let key = format!("besluit-{number}");
        let sent = Sent {
            sender: AANBIEDER,
            soort: "besluit",
            content_type: "application/json",
            key: Some(key.clone()),
            body,
        };
        self.push(key, sent).await;
    }

    /// Nothing fails any more; everybody does what is left to do.
    pub async fn heal_and_settle(&mut self) {
        self.fate.heal();
        for _ in 0..60 {
            self.retry_unanswered().await;
            self.pipeline.recover_once().await.expect("healed");
            while self.pipeline.relay_once().await.expect("healed").due > 0 {}
            loop {
                let parcels = self.broker.take(50);
                if parcels.is_empty() {
                    break;
                }
                let ids: Vec<Uuid> = parcels
                    .iter()
                    .flat_map(|parcel| parcel.deliveries.clone())
                    .collect();
                self.pipeline.deliver(&ids).await.expect("healed");
            }
            self.pipeline.push_waiting().await.expect("healed");
            self.fetch().await;
            self.decide().await;
            self.clock.advance(SignedDuration::from_secs(3_600));
        }
    }

    pub async fn check(&self) {
        assert!(self.ledger.unanswered.is_empty());
        self.check_messages().await;
        self.check_records().await;
        self.check_deliveries().await;
        self.store.close().await;
        let _ = std::fs::remove_dir_all(&self.folder);
    }

    /// Every acknowledged message is there, once, and no other.
    async fn check_messages(&self) {
        for sender in [GEMEENTE, AANBIEDER] {
            let stored = self
                .store
                .messages(&org(sender), None, 10_000)
                .await
                .expect("healed");
            let stored: BTreeMap<String, Uuid> = stored
                .into_iter()
                .map(|one| (one.reference, one.id))
                .collect();
            let known: BTreeMap<String, Uuid> = self
                .ledger
                .acknowledged
                .iter()
                .filter(|((by, _), _)| *by == sender)
                .map(|((_, reference), id)| (reference.clone(), *id))
                .collect();
            assert_eq!(stored, known, "messages of {sender}");
        }
    }

    /// The record says what the sender said last by its own clock, and no message counted twice.
    async fn check_records(&self) {
        let stored = self
            .store
            .records_of(Kind::Verwijzing, None, 10_000)
            .await
            .expect("healed");
        assert_eq!(
            stored.len(),
            self.ledger.latest.len(),
            "one record for each number"
        );
        for one in stored {
            let doc: serde_json::Value = serde_json::from_str(&one.doc).expect("JSON");
            let number = doc["nummer"].as_str().expect("a number");
            let (_, start) = &self.ledger.latest[number];
            assert_eq!(doc["gewensteStart"], *start, "{number}");
            let versions = self.store.versions(one.id, 10_000).await.expect("healed");
            let messages: BTreeSet<Uuid> = versions.iter().map(|version| version.message).collect();
            assert_eq!(
                messages.len(),
                versions.len(),
                "{number}: a message counted twice"
            );
            let decided = self.ledger.answered.contains(number);
            assert_eq!(doc["status"] == "aangenomen", decided, "{number}");
        }
    }

    /// Everybody got what was for them, at least once, the last word included, and nothing is left under way.
    async fn check_deliveries(&self) {
        let (gemeente, aanbieder) = (org(GEMEENTE), org(AANBIEDER));
        for who in [&gemeente, &aanbieder] {
            for delivery in self
                .store
                .deliveries_of(who, None, None, 10_000)
                .await
                .expect("healed")
            {
                assert_eq!(delivery.state, DeliveryState::Confirmed, "{delivery:?}");
            }
        }
        // A recipient is not told of what is still to be looked at; the figures are.
        let figures = self.store.figures(self.clock.now()).await.expect("healed");
        let open: u64 = figures.open.iter().map(|(_, count)| *count).sum();
        assert_eq!((open, figures.parked), (0, 0), "{:?}", figures.open);
        let none = self
            .store
            .deliveries_of(&org(BUITENSTAANDER), None, None, 10)
            .await
            .expect("healed");
        assert!(none.is_empty(), "a delivery to a wrong organisation");
        for (number, (_, start)) in &self.ledger.latest {
            let read = self.ledger.fetched.get(number);
            let last = read.is_some_and(|texts| texts.iter().any(|text| says_start(text, start)));
            assert!(
                last,
                "{number}: the provider never read the last word ({start}): {read:?}"
            );
        }
        let received = self.webhooks.received.lock().expect("not poisoned");
        for number in &self.ledger.answered {
            assert!(
                received.iter().any(|(_, text)| text.contains(number)),
                "{number}: no besluit arrived"
            );
        }
        let mut by_id: BTreeMap<Uuid, &String> = BTreeMap::new();
        for (id, text) in received.iter() {
            let first = by_id.entry(*id).or_insert(text);
            assert_eq!(*first, text, "every attempt sends the same bytes");
        }
    }
}

#[allow(clippy::too_many_arguments)]
fn start(
    fate: &Arc<Fate>,
    store: &Arc<dyn Store>,
    broker: &Arc<FaultyBroker>,
    webhooks: &Arc<FlakyWebhooks>,
    schemas: &Arc<Schemas>,
    library: &Arc<Library>,
    clock: &ManualClock,
    ids: &Arc<SeededIds>,
) -> Arc<Pipeline> {
    Pipeline::start(Parts {
        store: Arc::new(FaultyStore {
            inner: store.clone(),
            fate: fate.clone(),
        }),
        broker: broker.clone(),
        webhooks: webhooks.clone(),
        workbooks: Arc::new(WorkbookReader::new(IsolationConfig::new("schakel".into()))),
        library: library.clone(),
        schemas: schemas.clone(),
        sealer: Arc::new(Sealer::new(&[7; KEY_BYTES])),
        clock: Arc::new(clock.clone()),
        ids: ids.clone(),
        limits: Limits::default(),
        config: PipelineConfig {
            leases_max: 1_000,
            schedule: schakel::pipeline::Schedule {
                delays_seconds: vec![5; 1_000],
                jitter_percent: 20,
            },
            ..PipelineConfig::default()
        },
    })
}

/// Whether a provider's document names a start date, in either spelling.
fn says_start(text: &str, iso: &str) -> bool {
    let dutch = format!("{}-{}-{}", &iso[8..], &iso[5..7], &iso[..4]);
    text.contains(iso) || text.contains(&dutch)
}

/// A BSN of the test range for each verwijzing, that passes the elfproef.
fn bsn_for(number: &str) -> String {
    let digits: u32 = number
        .bytes()
        .filter(u8::is_ascii_digit)
        .fold(7, |sum, digit| (sum * 31 + u32::from(digit)) % 10_000);
    (0..1_000)
        .map(|step| format!("9999{:05}", (digits * 7 + step) % 100_000))
        .find(|bsn| schakel::canonical::elfproef(bsn))
        .expect("one in eleven passes")
}

const BESLUIT: &str = r#"{"toewijzing":"{nummer}","besluit":"aangenomen","datum":"15-03-2024"}"#;

const FIXTURE: &str = include_str!("verwijzing.xml");
