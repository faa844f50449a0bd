//! Taking messages in, over a real store: what was acknowledged stays so, and what comes again is found again.

use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;
use schakel::adapters::Limits;
use schakel::broker::InProcessBroker;
use schakel::canonical::Kind;
use schakel::canonical::ManualClock;
use schakel::canonical::OrgCode;
use schakel::canonical::SeededIds;
use schakel::isolation::IsolationConfig;
use schakel::isolation::WorkbookReader;
use schakel::mapping::Library;
use schakel::outbound::Push as WebhookPush;
use schakel::outbound::PushOutcome;
use schakel::pipeline::ManageError;
use schakel::pipeline::Parts;
use schakel::pipeline::Pipeline;
use schakel::pipeline::PipelineConfig;
use schakel::pipeline::Push;
use schakel::pipeline::Receipt;
use schakel::pipeline::ReceiveError;
use schakel::pipeline::Webhooks;
use schakel::schema::Schemas;
use schakel::sealing::KEY_BYTES;
use schakel::sealing::Sealer;
use schakel::store::SqliteConfig;
use schakel::store::SqliteStore;
use schakel::store::Store;
use serde_json::Value;
use serde_json::json;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// A mapping of the gemeente; a stricter one looks for its elements elsewhere.
const MAPPING: &str = r#"
[mapping]
organisatie = "gemeente"
soort       = "aanmelding"
titel       = "Aanmelding"
status      = "test"
direction   = "in"
format      = "json"
main        = "kandidaat"

[json]
element = "{element}"

[[rule]]
source = "/kenmerk"
target = "bericht.referentie"

[[rule]]
source = "nr"
target = "kandidaat.klantnummer"
"#;

/// A mapping by which its organisation says that two people are one.
const MERGE: &str = r#"
[mapping]
organisatie = "{org}"
soort       = "dubbel"
titel       = "Dubbel"
status      = "test"
direction   = "in"
format      = "xml"
main        = "kandidaat"

[xml]
root    = "personen"
element = "persoon"
pair    = { source = "@mutatie", merged = ["O"] }

[[rule]]
source = "/kenmerk"
target = "bericht.referentie"

[[rule]]
source = "nr"
target = "kandidaat.klantnummer"
"#;

/// A store that outlives the gateways on it.
struct World {
    folder: PathBuf,
    store: Arc<dyn Store>,
}

struct NoWebhooks;

#[async_trait]
impl Webhooks for NoWebhooks {
    async fn push(&self, _: WebhookPush<'_>, _: Timestamp) -> PushOutcome {
        PushOutcome::TimedOut
    }
}

impl World {
    async fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("schakel-receive-{}", uuid::Uuid::now_v7()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let config = SqliteConfig {
            path: folder.join("schakel.db"),
            ..SqliteConfig::default()
        };
        let store: Arc<dyn Store> = Arc::new(SqliteStore::connect(config).await.expect("a store"));
        store.migrate().await.expect("a schema");
        Self { folder, store }
    }

    /// A gateway with the gemeente's mapping, loose or strict.
    async fn gateway(&self, strict: bool) -> Arc<Pipeline> {
        self.gateway_with(strict, PipelineConfig::default()).await
    }

    async fn gateway_with(&self, strict: bool, config: PipelineConfig) -> Arc<Pipeline> {
        let schemas = Arc::new(Schemas::embedded().expect("the schemas"));
        let text = MAPPING.replace("{element}", if strict { "personen" } else { "mensen" });
        let merge = |org: &str| {
            let text = MERGE.replace("{org}", org);
            (format!("{org}/dubbel.toml"), text)
        };
        let files = [
            ("gemeente/aanmelding.toml".to_owned(), text),
            merge("gemeente"),
            merge("aanbieder"),
        ];
        let library = Library::compile(&files, &schemas)
            .unwrap_or_else(|found| panic!("{} problems: {found:?}", found.len()));
        let now: Timestamp = "2024-04-01T12:00:00Z".parse().expect("a moment");
        let pipeline = Pipeline::start(Parts {
            store: self.store.clone(),
            broker: Arc::new(InProcessBroker::default()),
            webhooks: Arc::new(NoWebhooks),
            workbooks: Arc::new(WorkbookReader::new(IsolationConfig::new("schakel".into()))),
            library: Arc::new(library),
            schemas,
            sealer: Arc::new(Sealer::new(&[7; KEY_BYTES])),
            clock: Arc::new(ManualClock::at(now)),
            ids: Arc::new(SeededIds::new(u64::from(strict))),
            limits: Limits::default(),
            config,
        });
        pipeline.refresh_directory().await.expect("a directory");
        for (code, roles, oin) in [
            ("gemeente", json!(["G", "O"]), "00000099000000484000"),
            ("aanbieder", json!(["P"]), "00000099123456780000"),
        ] {
            let organisatie = organisatie(code, &roles, oin);
            keep(&pipeline, Kind::Organisatie, code, &organisatie)
                .await
                .expect("an organisatie");
        }
        let grants = ["kandidaat", "verwijzing", "opdracht", "logboekregel"]
            .map(|kind| json!({"soort": kind, "klassen": ["A"], "reikwijdte": "toegewezen"}));
        let overeenkomst = json!({"nummer": "SO-1", "opdrachtgever": "gemeente", "uitvoerder": "aanbieder",
            "grondslag": "PW", "doel": "re-integratie", "bsnToegestaan": false, "van": "2024-01-01",
            "attribuutset": grants});
        keep(&pipeline, Kind::Overeenkomst, "SO-1", &overeenkomst)
            .await
            .expect("an overeenkomst");
        pipeline
    }

    async fn end(self) {
        self.store.close().await;
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn organisatie(code: &str, roles: &Value, oin: &str) -> Value {
    json!({"code": code, "naam": code, "soort": "gemeente", "oin": oin, "rollen": roles, "bsnGrondslag": "PW"})
}

async fn keep(
    pipeline: &Pipeline,
    kind: Kind,
    key: &str,
    record: &Value,
) -> Result<(), ManageError> {
    let record = record.as_object().cloned().expect("an object");
    pipeline.manage("test", kind, key, record).await.map(|_| ())
}

async fn push(
    pipeline: &Pipeline,
    sender: &str,
    soort: &str,
    key: Option<&str>,
    body: &Value,
) -> Result<Receipt, ReceiveError> {
    pipeline
        .receive(Push {
            sender: OrgCode::parse(sender).expect("a code"),
            actor: "test".to_owned(),
            soort: soort.to_owned(),
            content_type: "application/json".to_owned(),
            idempotency_key: key.map(str::to_owned),
            sent_at: None,
            body: Bytes::from(body.to_string()),
            traceparent: String::new(),
        })
        .await
}

#[tokio::test]
async fn a_message_that_was_taken_gets_its_first_answer_also_from_a_stricter_mapping() {
    let world = World::new().await;
    let own = json!({"kenmerk": "R-1", "mensen": [{"nr": "1"}]});
    let keyed = json!({"mensen": [{"nr": "2"}]});
    let loose = world.gateway(false).await;
    let first = push(&loose, "gemeente", "aanmelding", None, &own)
        .await
        .expect("taken");
    let second = push(&loose, "gemeente", "aanmelding", Some("K-1"), &keyed)
        .await
        .expect("taken");
    drop(loose);
    let strict = world.gateway(true).await;
    let again = push(&strict, "gemeente", "aanmelding", None, &own)
        .await
        .expect("again");
    assert_eq!((again.id, again.replayed), (first.id, true));
    let again = push(&strict, "gemeente", "aanmelding", Some("K-1"), &keyed)
        .await
        .expect("again");
    assert_eq!((again.id, again.replayed), (second.id, true));
    for (reference, nr) in [("R-2", "1"), ("R-1", "3")] {
        let new = json!({"kenmerk": reference, "mensen": [{"nr": nr}]});
        let refused = push(&strict, "gemeente", "aanmelding", None, &new).await;
        assert!(
            matches!(refused, Err(ReceiveError::Invalid(_))),
            "{refused:?}"
        );
    }
    // A look at what was taken before is no intake, and waits for none.
    let held = world.store.begin_intake().await.expect("an intake");
    let again = push(&strict, "gemeente", "aanmelding", None, &own);
    let again = tokio::time::timeout(Duration::from_secs(2), again)
        .await
        .expect("at once")
        .expect("again");
    assert_eq!((again.id, again.replayed), (first.id, true));
    drop(held);
    drop(strict);
    world.end().await;
}

#[tokio::test]
async fn a_logboekregel_named_by_its_verwijzing_alone_is_found_again() {
    let world = World::new().await;
    let gateway = world.gateway(false).await;
    let verwijzing = json!({"kandidaat": {"bsn": "999990019"},
        "verwijzing": {"nummer": "V-1", "uitvoerder": {"code": "aanbieder"}}});
    push(&gateway, "gemeente", "canoniek", Some("1"), &verwijzing)
        .await
        .expect("taken");
    let besluit = json!({"verwijzing": {"nummer": "V-1", "besluit": {"uitkomst": "aangenomen"}}});
    push(&gateway, "aanbieder", "canoniek", Some("2"), &besluit)
        .await
        .expect("taken");
    let regel = json!({"verwijzing": {"nummer": "V-1"}, "opdracht": {},
        "logboekregel": {"datum": "2024-04-01", "minuten": 30}});
    for (key, changed) in [("3", Some(true)), ("4", Some(false))] {
        let receipt = push(&gateway, "aanbieder", "canoniek", Some(key), &regel)
            .await
            .expect("taken");
        let records = &receipt.answer.elementen[0].records;
        let regel = records
            .iter()
            .find(|one| one.soort == Kind::Logboekregel)
            .expect("a regel");
        assert_eq!(
            (regel.versie, regel.gewijzigd),
            (Some(1), changed),
            "push {key}"
        );
    }
    drop(gateway);
    world.end().await;
}

#[tokio::test]
async fn only_who_owns_who_somebody_is_may_say_that_two_people_are_one() {
    let world = World::new().await;
    let gateway = world.gateway(false).await;
    let body = "<personen><kenmerk>R-1</kenmerk><persoon mutatie='O'><nr>1</nr></persoon>\
                <persoon mutatie='O'><nr>2</nr></persoon></personen>";
    let push = async |sender: &str| {
        gateway
            .receive(Push {
                sender: OrgCode::parse(sender).expect("a code"),
                actor: "test".to_owned(),
                soort: "dubbel".to_owned(),
                content_type: "application/xml".to_owned(),
                idempotency_key: None,
                sent_at: None,
                body: Bytes::from(body),
                traceparent: String::new(),
            })
            .await
    };
    let kept = push("gemeente").await.expect("kept");
    assert_eq!((kept.answer.opgenomen, kept.answer.geweigerd), (0, 1));
    let faults = &kept.answer.elementen[0].fouten;
    assert_eq!(faults[0].code, "ontdubbeling.bewaard");
    match push("aanbieder").await {
        Err(ReceiveError::Invalid(faults)) => {
            let codes: Vec<&str> = faults.iter().map(|fault| fault.code.as_ref()).collect();
            assert_eq!(codes, ["recht.niet-toegestaan"]);
        }
        other => panic!("{other:?}"),
    }
    let people = world.store.records_of(Kind::Kandidaat, None, 10).await;
    assert!(people.expect("records").is_empty(), "and nobody is made");
    drop(gateway);
    world.end().await;
}

#[tokio::test]
async fn an_organisation_cannot_be_known_by_what_names_another() {
    let world = World::new().await;
    let gateway = world.gateway(false).await;
    let double = organisatie("nieuw", &json!(["P"]), "00000099000000484000");
    match keep(&gateway, Kind::Organisatie, "nieuw", &double).await {
        Err(ManageError::Invalid(faults)) => {
            assert_eq!(faults[0].code, "identificatie.bezet");
            assert_eq!(
                faults[0].place.location(schakel::document::Lang::Nl),
                "/oin"
            );
        }
        other => panic!("{other:?}"),
    }
    let free = organisatie("nieuw", &json!(["P"]), "00000099876543210000");
    keep(&gateway, Kind::Organisatie, "nieuw", &free)
        .await
        .expect("free");
    drop(gateway);
    world.end().await;
}

/// Each batch holds one message here, and is decided while the one before it is being written, by two gateways on one
/// store: a batch that goes by less than all that was written would make the person a second time.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_decided_goes_by_all_that_is_written_meanwhile() {
    const MESSAGES: usize = 40;
    let world = World::new().await;
    let config = || PipelineConfig {
        batch_max: 1,
        ..PipelineConfig::default()
    };
    let gateways = [
        world.gateway_with(false, config()).await,
        world.gateway_with(true, config()).await,
    ];
    let verwijzing = |number: usize| {
        json!({"kandidaat": {"klantnummer": "C-1", "bsn": "999990019"},
            "verwijzing": {"nummer": format!("V-{number}"), "uitvoerder": {"code": "aanbieder"}}})
    };
    let mut sent = tokio::task::JoinSet::new();
    for number in 0..MESSAGES {
        let gateway = gateways[number % 2].clone();
        let body = verwijzing(number);
        sent.spawn(async move {
            let key = number.to_string();
            push(&gateway, "gemeente", "canoniek", Some(&key), &body).await
        });
        // the same message once more, at the same moment, at the other gateway
        let (gateway, body) = (gateways[(number + 1) % 2].clone(), verwijzing(number));
        sent.spawn(async move {
            let key = number.to_string();
            push(&gateway, "gemeente", "canoniek", Some(&key), &body).await
        });
    }
    let mut first = 0;
    while let Some(receipt) = sent.join_next().await {
        let receipt = receipt.expect("no panic").expect("taken");
        first += usize::from(!receipt.replayed);
    }
    assert_eq!(first, MESSAGES, "each was taken once");
    for (kind, expected) in [(Kind::Kandidaat, 1), (Kind::Verwijzing, MESSAGES)] {
        let records = world.store.records_of(kind, None, 1_000).await;
        assert_eq!(records.expect("records").len(), expected, "{kind}");
    }
    drop(gateways);
    world.end().await;
}

/// While one message waits to be written, the next one is decided; its person is made by the first, and is in no table
/// yet.
#[tokio::test]
async fn a_message_is_decided_by_what_the_one_before_it_is_about_to_write() {
    let world = World::new().await;
    let one_by_one = PipelineConfig {
        batch_max: 1,
        ..PipelineConfig::default()
    };
    let gateway = world.gateway_with(false, one_by_one).await;
    let held = world.store.begin_intake().await.expect("an intake");
    let mut sent = tokio::task::JoinSet::new();
    for (key, number) in [("1", "V-1"), ("2", "V-2"), ("2", "V-2")] {
        let gateway = gateway.clone();
        let body = json!({"kandidaat": {"klantnummer": "C-1", "bsn": "999990019"},
            "verwijzing": {"nummer": number, "uitvoerder": {"code": "aanbieder"}}});
        sent.spawn(async move { push(&gateway, "gemeente", "canoniek", Some(key), &body).await });
        tokio::time::sleep(Duration::from_millis(100)).await; // in this order, and time to decide
    }
    drop(held);
    let mut replayed = 0;
    while let Some(receipt) = sent.join_next().await {
        let receipt = receipt.expect("no panic").expect("taken");
        replayed += usize::from(receipt.replayed);
    }
    assert_eq!(replayed, 1);
    for (kind, expected) in [(Kind::Kandidaat, 1), (Kind::Verwijzing, 2)] {
        let records = world.store.records_of(kind, None, 1_000).await;
        assert_eq!(records.expect("records").len(), expected, "{kind}");
    }
    drop(gateway);
    world.end().await;
}
