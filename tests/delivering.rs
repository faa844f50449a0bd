//! Delivering as the worker does it, against endpoints, queues and values that are as bad as they can be: what is wrong
//! with one organisation or one delivery is no trouble to another.

#[path = "delivering/reasons.rs"]
mod reasons;

use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;
use schakel::adapters::Limits;
use schakel::broker::Broker;
use schakel::broker::BrokerError;
use schakel::broker::InProcessBroker;
use schakel::broker::InProcessConfig;
use schakel::broker::Parcel;
use schakel::broker::Subscription;
use schakel::canonical::Clock;
use schakel::canonical::Kind;
use schakel::canonical::ManualClock;
use schakel::canonical::OrgCode;
use schakel::canonical::Personal;
use schakel::canonical::SeededIds;
use schakel::isolation::IsolationConfig;
use schakel::isolation::WorkbookReader;
use schakel::mapping::Library;
use schakel::outbound::Push as WebhookPush;
use schakel::outbound::PushOutcome;
use schakel::pipeline::Parts;
use schakel::pipeline::Pipeline;
use schakel::pipeline::PipelineConfig;
use schakel::pipeline::Webhooks;
use schakel::schema::Schemas;
use schakel::sealing::KEY_BYTES;
use schakel::sealing::Sealer;
use schakel::store::AuditRow;
use schakel::store::Delivery;
use schakel::store::DeliveryState;
use schakel::store::PushClaim;
use schakel::store::SqliteConfig;
use schakel::store::SqliteStore;
use schakel::store::Store;
use schakel::store::StoredRecord;
use schakel::store::WebhookRow;
use schakel::store::Writes;
use schakel::worker::Workers;
use serde_json::json;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;
use tokio::time::Instant;
use uuid::Uuid;

const GEMEENTE: &str = "gemeente-voorbeeldstad";
const POSTVAK: &str = "postvak-org";
const GOOD: &str = "goede-webhook";
const HANGS: &str = "hangende-webhook";
const SECRET: &str = "whsec_c2ltdWxhdGlvbnNlY3JldHNpbXVsYXRpb24=";
/// Far longer than any of these tests.
const HANGING: Duration = Duration::from_mins(10);

fn org(code: &str) -> OrgCode {
    OrgCode::parse(code).expect("a code")
}

fn id(number: u128) -> Uuid {
    Uuid::from_u128(0x0192_0000_0000_7000_8000_0000_0000_0000 + number)
}

/// Endpoints by address: one that hangs, one that is gone, one that times out at once, others that take everything.
#[derive(Default)]
struct Endpoints {
    received: Mutex<Vec<(String, Uuid, Bytes)>>,
}

impl Endpoints {
    fn received(&self, who: &str) -> Vec<Uuid> {
        let received = self.received.lock().expect("not poisoned");
        let own = received.iter().filter(|(url, ..)| url.contains(who));
        own.map(|(_, id, _)| *id).collect()
    }

    /// What was sent of one delivery, attempt by attempt.
    fn sent(&self, number: u128) -> Vec<Bytes> {
        let received = self.received.lock().expect("not poisoned");
        let own = received.iter().filter(|(_, seen, _)| *seen == id(number));
        own.map(|(.., body)| body.clone()).collect()
    }
}

#[async_trait]
impl Webhooks for Endpoints {
    async fn push(&self, push: WebhookPush<'_>, _: Timestamp) -> PushOutcome {
        let body = push.body.reveal().clone();
        let seen = (push.url.to_owned(), push.delivery, body);
        self.received.lock().expect("not poisoned").push(seen);
        if push.url.contains(HANGS) {
            tokio::time::sleep(HANGING).await;
        }
        if push.url.contains("verdwenen") {
            return PushOutcome::Gone;
        }
        if push.url.contains("stil") {
            return PushOutcome::TimedOut;
        }
        PushOutcome::Accepted
    }
}

struct Gateway {
    pipeline: Arc<Pipeline>,
    store: Arc<dyn Store>,
    clock: ManualClock,
    endpoints: Arc<Endpoints>,
}

impl Gateway {
    async fn new() -> Self {
        Self::with(Arc::new(InProcessBroker::default())).await
    }

    async fn with(broker: Arc<dyn Broker>) -> Self {
        let schemas = Schemas::embedded().expect("the schemas");
        let library = Library::shipped(&schemas).expect("the mappings");
        Self::of(broker, library).await
    }

    /// A gateway with this broker and these mappings, in which the gemeente has an agreement with every other
    /// organisation.
    async fn of(broker: Arc<dyn Broker>, library: Library) -> Self {
        let store = SqliteStore::connect(SqliteConfig::in_memory()).await;
        let store: Arc<dyn Store> = Arc::new(store.expect("a store"));
        store.migrate().await.expect("a schema");
        let schemas = Arc::new(Schemas::embedded().expect("the schemas"));
        let clock = ManualClock::at("2024-03-14T09:00:00Z".parse().expect("a moment"));
        let endpoints = Arc::new(Endpoints::default());
        let pipeline = Pipeline::start(Parts {
            store: Arc::clone(&store),
            broker,
            webhooks: endpoints.clone(),
            workbooks: Arc::new(WorkbookReader::new(IsolationConfig::new("schakel".into()))),
            library: Arc::new(library),
            schemas,
            sealer: Arc::new(Sealer::new(&[7; KEY_BYTES])),
            clock: Arc::new(clock.clone()),
            ids: Arc::new(SeededIds::new(7)),
            limits: Limits::default(),
            config: PipelineConfig::default(),
        });
        let gateway = Self {
            pipeline,
            store,
            clock,
            endpoints,
        };
        gateway.organisation(GEMEENTE).await;
        gateway
    }

    async fn organisation(&self, code: &str) {
        let organisatie = json!({"code": code, "naam": code, "soort": "gemeente", "rollen": ["G", "O", "P"],
            "bsnGrondslag": "Participatiewet"});
        self.manage(Kind::Organisatie, code, organisatie).await;
        if code == GEMEENTE {
            return;
        }
        self.agree(code, &["A", "B", "C", "D"]).await;
    }

    /// Registers or replaces the agreement with an organisation, in which these classes of a kandidaat are shared.
    async fn agree(&self, code: &str, klassen: &[&str]) {
        let all = ["A", "B", "C", "D"];
        let number = format!("SO-{code}");
        let overeenkomst = json!({"nummer": number, "opdrachtgever": GEMEENTE, "uitvoerder": code,
        "grondslag": "Participatiewet", "doel": "re-integratie", "bsnToegestaan": true,
            "bsnGrondslag": "Participatiewet", "van": "2024-01-01",
        "attribuutset": [
            {"soort": "kandidaat", "klassen": klassen, "reikwijdte": "toegewezen"},
            {"soort": "verwijzing", "klassen": all, "reikwijdte": "toegewezen"},
        ]});
        self.manage(Kind::Overeenkomst, &number, overeenkomst).await;
    }

    async fn manage(&self, kind: Kind, key: &str, record: serde_json::Value) {
        let record = record.as_object().cloned().expect("an object");
        let kept = self.pipeline.manage("toets", kind, key, record).await;
        kept.expect("kept");
    }

    async fn webhook(&self, code: &str) {
        let (url, secret) = (
            format!("https://{code}.example/"),
            Personal::new(SECRET.to_owned()),
        );
        self.pipeline
            .set_webhook(&org(code), "toets", Some((&url, &secret)))
            .await
            .expect("a webhook");
    }

    /// Writes a delivery with this number, of a verwijzing of its own.
    async fn delivery(&self, number: u128, code: &str) {
        let kandidaat = id(number + 20_000);
        let doc = json!({"nummer": format!("V-{number}"), "kandidaat": kandidaat});
        self.write(number, code, &doc.to_string()).await;
    }

    async fn write(&self, number: u128, code: &str, doc: &str) {
        let record = |kind, number, doc: &str| StoredRecord {
            kind,
            id: id(number),
            version: 1,
            doc: doc.to_owned(),
            sources: r#"{"bijdragen":[],"attributen":{}}"#.to_owned(),
        };
        let now = self.clock.now();
        let writes = Writes {
            records: vec![
                record(Kind::Verwijzing, number + 10_000, doc),
                record(Kind::Kandidaat, number + 20_000, r#"{"naam":"X"}"#),
            ],
            deliveries: vec![Delivery {
                id: id(number),
                recipient: org(code),
                sender: org(GEMEENTE),
                message: id(1),
                soort: "verwijzing".to_owned(),
                records: vec![id(number + 10_000)],
                state: DeliveryState::Outbox,
                attempts: 0,
                next_at: now,
                claimed_until: None,
                lease_token: None,
                reason: None,
                content_type: None,
                content: None,
                traceparent: String::new(),
                created_at: now,
                published_at: None,
                ready_at: None,
                settled_at: None,
                rejected: None,
            }],
            ..Writes::default()
        };
        self.keep(&writes).await;
    }

    async fn keep(&self, writes: &Writes) {
        let mut tx = self.store.begin_intake().await.expect("a transaction");
        tx.write(writes).await.expect("written");
        tx.commit().await.expect("committed");
    }

    async fn one(&self, number: u128) -> Delivery {
        let found = self.store.deliveries(&[id(number)]).await.expect("read");
        found.into_iter().next().expect("there")
    }

    /// Makes and pushes deliveries as the worker does, one after the other.
    async fn deliver(&self, numbers: impl IntoIterator<Item = u128>) {
        let ids: Vec<Uuid> = numbers.into_iter().map(id).collect();
        self.pipeline.deliver(&ids).await.expect("delivered");
        self.pipeline.push_waiting().await.expect("pushed");
    }

    fn work(&self) -> Workers {
        let mut workers = Workers::default();
        workers.run_pipeline(&self.pipeline);
        workers
    }

    /// Waits until these deliveries are in a state.
    async fn until(&self, numbers: impl IntoIterator<Item = u128>, state: DeliveryState) {
        let started = Instant::now();
        for number in numbers {
            while self.one(number).await.state != state {
                let found = self.one(number).await;
                assert!(started.elapsed() < Duration::from_secs(20), "{found:?}");
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_webhook_that_hangs_delays_no_other_webhook_and_no_postvak() {
    let gateway = Gateway::new().await;
    for code in [HANGS, GOOD, POSTVAK] {
        gateway.organisation(code).await;
    }
    gateway.webhook(HANGS).await;
    gateway.webhook(GOOD).await;
    // More for the one that hangs than there are pushes at a time, and all of it first.
    for number in 1_000..1_300 {
        gateway.delivery(number, HANGS).await;
    }
    for number in 0..20 {
        gateway.delivery(100 + number, GOOD).await;
        gateway.delivery(200 + number, POSTVAK).await;
    }
    let workers = gateway.work();
    gateway.until(200..220, DeliveryState::Ready).await;
    gateway.until(100..120, DeliveryState::Confirmed).await;
    let config = PipelineConfig::default();
    assert_eq!(
        gateway.endpoints.received(HANGS).len(),
        config.pushes_per_organisation,
        "no more under way than one organisation may have"
    );
    let claimed = gateway
        .store
        .deliveries_of(&org(HANGS), Some(DeliveryState::Pushing), None, 1_000)
        .await
        .expect("read");
    assert_eq!(
        claimed.len(),
        config.pushes_per_organisation,
        "only what is sent now is claimed"
    );

    // What hangs is cut off in time, and no copy of it is under way afterwards.
    let started = Instant::now();
    let ended = workers.stop(started + Duration::from_secs(1)).await;
    assert!(!ended && started.elapsed() < Duration::from_secs(3));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endpoint_that_gives_no_answer_is_left_alone_without_counting_attempts() {
    let gateway = Gateway::new().await;
    gateway.organisation("stil").await;
    gateway.webhook("stil").await;
    for number in 0..40 {
        gateway.delivery(number, "stil").await;
    }
    gateway.deliver(0..40).await;
    let tried = PipelineConfig::default().pushes_per_organisation;
    assert_eq!(gateway.endpoints.received("stil").len(), tried);
    let waits = gateway.one(39).await;
    assert_eq!(
        (waits.state, waits.attempts, waits.reason.as_deref()),
        (DeliveryState::Outbox, 0, Some("webhook.geenAntwoord"))
    );
    assert!(waits.next_at > gateway.clock.now());
    assert_eq!(gateway.one(0).await.attempts, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_sent_anew_under_other_rules_is_what_further_attempts_send() {
    let gateway = Gateway::new().await;
    gateway.organisation("stil").await;
    gateway.webhook("stil").await;
    gateway.delivery(1, "stil").await;
    let renumbered = |nummer: &str| {
        let doc = json!({"nummer": nummer, "kandidaat": id(20_001)});
        Writes {
            records: vec![StoredRecord {
                kind: Kind::Verwijzing,
                id: id(10_001),
                version: 2,
                doc: doc.to_string(),
                sources: r#"{"bijdragen":[],"attributen":{}}"#.to_owned(),
            }],
            ..Writes::default()
        }
    };
    let attempt = async || {
        gateway.clock.advance(jiff::SignedDuration::from_hours(24));
        gateway.deliver([1]).await;
        let sent = gateway.endpoints.sent(1).pop().expect("sent");
        String::from_utf8(sent.to_vec()).expect("text")
    };
    let first = attempt().await;
    assert!(first.contains("V-1\""), "{first}");
    gateway.keep(&renumbered("V-2")).await;
    assert_eq!(attempt().await, first, "the same rules, the same letter");
    gateway.agree("stil", &["A"]).await;
    let anew = attempt().await;
    assert!(anew.contains("V-2\""), "made anew: {anew}");
    gateway.keep(&renumbered("V-3")).await;
    assert_eq!(attempt().await, anew, "and that is kept");
    assert_eq!(gateway.endpoints.sent(1).len(), 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_push_that_another_gateway_is_making_is_not_put_off() {
    let gateway = Gateway::new().await;
    gateway.organisation("stil").await;
    gateway.webhook("stil").await;
    for number in 0..40 {
        gateway.delivery(number, "stil").await;
    }
    let ids: Vec<Uuid> = (0..40).map(id).collect();
    gateway.pipeline.deliver(&ids).await.expect("delivered");
    let claim = PushClaim {
        id: id(39),
        attempts: 0,
        content_type: "application/json".to_owned(),
        content: b"{}".to_vec(),
    };
    let (now, other) = (gateway.clock.now(), id(99_999));
    let until = now + jiff::SignedDuration::from_mins(2);
    let taken = gateway.store.claim_push(&[claim], now, until, other).await;
    assert_eq!(taken.expect("claimed"), [id(39)]);
    gateway.pipeline.push_waiting().await.expect("pushed");
    assert_eq!(gateway.one(38).await.state, DeliveryState::Outbox);
    let held = gateway.one(39).await;
    assert_eq!(
        (held.state, held.claimed_until, held.lease_token),
        (DeliveryState::Pushing, Some(until), Some(other))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_for_webhooks_goes_back_to_the_outbox_without_an_attempt() {
    let gateway = Gateway::new().await;
    for code in [GOOD, "stil", POSTVAK] {
        gateway.organisation(code).await;
    }
    gateway.webhook(GOOD).await;
    gateway.webhook("stil").await;
    for number in 0..20 {
        let code = ["stil", GOOD][usize::from(number % 2 == 0)];
        gateway.delivery(number, code).await;
    }
    gateway.delivery(20, POSTVAK).await;
    let relayed = gateway.pipeline.relay_once().await.expect("published");
    assert_eq!(relayed.published, 21);
    let ids: Vec<Uuid> = (0..21).map(id).collect();
    gateway.pipeline.deliver(&ids).await.expect("delivered");
    let begin = gateway.clock.now();
    gateway.clock.advance(jiff::SignedDuration::from_secs(1));
    assert_eq!(gateway.pipeline.leave_waiting().await.expect("back"), 20);
    for number in 0..20 {
        let waits = gateway.one(number).await;
        assert_eq!(
            (waits.state, waits.attempts, waits.next_at),
            (DeliveryState::Outbox, 0, begin)
        );
    }
    assert_eq!(gateway.one(20).await.state, DeliveryState::Ready);
    gateway.pipeline.push_waiting().await.expect("nothing");
    assert!(gateway.endpoints.received("").is_empty());
    let relayed = gateway.pipeline.relay_once().await.expect("published");
    assert_eq!(relayed.published, 20, "at once");
    gateway.deliver(0..20).await;
    assert_eq!(gateway.endpoints.received(GOOD).len(), 10);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_webhook_that_is_gone_is_removed_and_everything_goes_to_the_postvak() {
    let gateway = Gateway::new().await;
    gateway.organisation("verdwenen").await;
    gateway.webhook("verdwenen").await;
    for number in 0..20 {
        gateway.delivery(number, "verdwenen").await;
    }
    let workers = gateway.work();
    gateway.until(0..20, DeliveryState::Ready).await;
    assert!(gateway.store.webhooks().await.expect("read").is_empty());
    let audit = gateway.store.audit_of("organisatie/verdwenen", 9).await;
    let last = audit.expect("read").pop().expect("a row");
    assert_eq!(
        (last.action.as_str(), last.result.as_str()),
        ("webhook.uitgezet", "gone")
    );
    let tried = gateway.endpoints.received("verdwenen").len();
    let most = PipelineConfig::default().pushes_per_organisation;
    assert!(tried <= most, "{tried}: once is enough");
    assert!(workers.stop(Instant::now() + Duration::from_secs(5)).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_read_is_parked_and_the_rest_is_delivered() {
    let gateway = Gateway::new().await;
    for code in [POSTVAK, GOOD] {
        gateway.organisation(code).await;
    }
    gateway.webhook(GOOD).await;
    for (from, code) in [(0, POSTVAK), (50, GOOD)] {
        for number in from..from + 9 {
            gateway.delivery(number, code).await;
        }
        gateway.write(from + 9, code, "geen JSON").await;
        let bsns = vec![(id(20_000 + from + 4), b"niet te openen".to_vec())];
        gateway
            .keep(&Writes {
                bsns,
                ..Writes::default()
            })
            .await;
    }
    gateway.deliver((0..10).chain(50..60)).await;
    for (from, state) in [(0, DeliveryState::Ready), (50, DeliveryState::Confirmed)] {
        for number in from..from + 10 {
            let found = gateway.one(number).await;
            if [from + 4, from + 9].contains(&number) {
                assert_eq!(found.state, DeliveryState::Parked, "{number}");
                assert_eq!(found.reason.as_deref(), Some("gegevens.onleesbaar"));
            } else {
                assert_eq!(found.state, state, "{number}");
            }
        }
    }
    let object = format!("aflevering/{}", id(4));
    let audit = gateway.store.audit_of(&object, 9).await.expect("read");
    assert_eq!(audit.len(), 1);
    assert_eq!(audit[0].result, "gegevens.onleesbaar");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_webhook_secret_that_does_not_open_parks_its_own_deliveries_only() {
    let gateway = Gateway::new().await;
    for code in [GOOD, "zonder-geheim"] {
        gateway.organisation(code).await;
    }
    gateway.webhook(GOOD).await;
    let damaged = WebhookRow {
        url: "https://zonder-geheim.example/".to_owned(),
        secret: b"niet te openen".to_vec(),
        set_at: gateway.clock.now(),
    };
    let audit = AuditRow {
        at: gateway.clock.now(),
        action: "webhook.ingesteld".to_owned(),
        object: "x".to_owned(),
        result: "gelukt".to_owned(),
        origin: "api".to_owned(),
        actor: "toets".to_owned(),
    };
    let owner = org("zonder-geheim");
    let set = gateway.store.set_webhook(&owner, Some(&damaged), &audit);
    set.await.expect("set");
    gateway.delivery(1, "zonder-geheim").await;
    gateway.delivery(2, GOOD).await;
    gateway.deliver([1, 2]).await;
    let parked = gateway.one(1).await;
    assert_eq!(
        (parked.state, parked.reason.as_deref()),
        (DeliveryState::Parked, Some("webhook.geheim"))
    );
    assert_eq!(gateway.one(2).await.state, DeliveryState::Confirmed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_queue_takes_no_places_of_others_in_the_outbox() {
    let broker = Arc::new(InProcessBroker::new(InProcessConfig {
        max_length: 100,
        ..InProcessConfig::default()
    }));
    let gateway = Gateway::with(broker.clone()).await;
    for code in [POSTVAK, GOOD] {
        gateway.organisation(code).await;
    }
    for number in 0..600 {
        gateway.delivery(number, GOOD).await;
    }
    gateway.delivery(900, POSTVAK).await;
    let turn = gateway.pipeline.relay_once().await.expect("read");
    assert_eq!(
        (turn.published, turn.refused, turn.failed),
        (64, 192, 0),
        "one parcel fits"
    );
    assert!(turn.more);
    let turn = gateway.pipeline.relay_once().await.expect("read");
    assert_eq!((turn.due, turn.published), (1, 1), "the other one's");
    let turn = gateway.pipeline.relay_once().await.expect("read");
    assert_eq!(turn.due, 0);
    gateway.clock.advance(jiff::SignedDuration::from_secs(2));
    let turn = gateway.pipeline.relay_once().await.expect("read");
    assert_eq!((turn.due, turn.refused), (256, 256), "tried again");
}

/// A broker that will not make one organisation's queue, nor serve it.
struct Refusing {
    inner: InProcessBroker,
    code: OrgCode,
    refuses: Mutex<bool>,
}

impl Refusing {
    fn check(&self, organisations: &[OrgCode]) -> Result<(), BrokerError> {
        if *self.refuses.lock().expect("not poisoned") && organisations.contains(&self.code) {
            return Err(BrokerError::Refused("another definition".to_owned()));
        }
        Ok(())
    }
}

#[async_trait]
impl Broker for Refusing {
    fn remembers(&self) -> bool {
        false
    }
    fn refused(&self) -> Vec<(OrgCode, String)> {
        let own = [self.code.clone()];
        let refused = self.check(&own).err().into_iter();
        refused
            .map(|error| (self.code.clone(), error.to_string()))
            .collect()
    }
    async fn ensure(&self, organisations: &[OrgCode]) -> Result<(), BrokerError> {
        let refused = self.check(organisations);
        let mut others = organisations.to_vec();
        others.retain(|organisation| refused.is_ok() || *organisation != self.code);
        self.inner.ensure(&others).await?;
        refused
    }
    async fn publish(&self, parcels: &[Parcel]) -> Vec<Result<(), BrokerError>> {
        self.inner.publish(parcels).await
    }
    async fn subscribe(
        &self,
        organisations: &[OrgCode],
        prefetch: u16,
    ) -> Result<Box<dyn Subscription>, BrokerError> {
        self.check(organisations)?;
        self.inner.subscribe(organisations, prefetch).await
    }
    async fn health(&self) -> Result<(), BrokerError> {
        Ok(())
    }
    async fn close(&self) {}
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_refused_queue_does_not_stop_the_others_and_is_served_once_it_is_repaired() {
    let broker = Arc::new(Refusing {
        inner: InProcessBroker::default(),
        code: org("geweigerd"),
        refuses: Mutex::new(true),
    });
    let gateway = Gateway::with(broker.clone()).await;
    for code in ["geweigerd", POSTVAK] {
        gateway.organisation(code).await;
    }
    gateway.delivery(1, "geweigerd").await;
    gateway.delivery(2, POSTVAK).await;
    let workers = gateway.work();
    gateway.until([2], DeliveryState::Ready).await;
    assert_eq!(gateway.one(1).await.state, DeliveryState::Outbox);
    *broker.refuses.lock().expect("not poisoned") = false;
    gateway.clock.advance(jiff::SignedDuration::from_secs(5));
    gateway.until([1], DeliveryState::Ready).await;
    assert!(workers.stop(Instant::now() + Duration::from_secs(5)).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_format_cannot_say_stands_in_the_audit_of_the_delivery_without_its_value() {
    let gateway = Gateway::new().await;
    for (number, code) in [(1, "aanbieder-a"), (2, POSTVAK), (3, GOOD)] {
        gateway.organisation(code).await;
        if code == GOOD {
            gateway.webhook(code).await;
        }
        let doc = json!({"nummer": format!("V-{number}"), "kandidaat": id(number + 20_000),
            "indienmoment": "2024-03-14T09:00:00Z", "externeIds": [{"stelsel": "zaak", "waarde": "geheim-7"}]});
        gateway.write(number, code, &doc.to_string()).await;
    }
    gateway.deliver(1..=3).await;
    for (number, result) in [
        (
            1,
            "klaargezet; niet geschreven: uit.geenRegel verwijzing/externeIds, uit.geenRegel verwijzing/indienmoment",
        ),
        // in the form of the shared model everything can be said
        (2, "klaargezet"),
        (3, PushOutcome::Accepted.as_str()),
    ] {
        let object = format!("aflevering/{}", id(number));
        let audit = gateway.store.audit_of(&object, 9).await.expect("read");
        let results: Vec<&str> = audit.iter().map(|row| row.result.as_str()).collect();
        assert_eq!(results, [result], "{number}");
    }
}
