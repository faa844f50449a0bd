//! A gateway with a little of everything in memory, and a client without a socket.

use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use axum::http::HeaderMap;
use axum::http::Method;
use axum::http::Request;
use http_body_util::BodyExt;
use jiff::Timestamp;
use schakel::access::Callers;
use schakel::access::CreatedKey;
use schakel::access::KEY_RANDOM_BYTES;
use schakel::access::KeyStore;
use schakel::access::NewKey;
use schakel::access::Scope;
use schakel::access::Scopes;
use schakel::api;
use schakel::api::Api;
use schakel::api::ApiConfig;
use schakel::api::Content;
use schakel::api::Direction;
use schakel::api::Gateway;
use schakel::api::GatewayError;
use schakel::api::Mail;
use schakel::api::Push;
use schakel::api::Put;
use schakel::api::PutError;
use schakel::api::Receipt;
use schakel::api::ReceiveError;
use schakel::api::SentMessage;
use schakel::api::Soort;
use schakel::api::Webhook;
use schakel::api::WebhookError;
use schakel::api::WebhookSet;
use schakel::canonical::Kind;
use schakel::canonical::OrgCode;
use schakel::canonical::Record;
use schakel::canonical::SystemClock;
use schakel::document::At;
use schakel::document::Fault;
use schakel::document::Format;
use schakel::document::Lang;
use schakel::document::Place;
use schakel::schema::Completeness;
use schakel::schema::Schemas;
use schakel::schema::Violation;
use schakel::store::AnswerOutcome;
use schakel::store::AuditRow;
use schakel::store::Delivery;
use schakel::store::DeliveryState;
use schakel::store::KeyRow;
use schakel::store::LeaseAnswer;
use schakel::store::MessageSummary;
use schakel::store::MessageView;
use schakel::store::ProposalRow;
use schakel::store::ProposalState;
use schakel::store::StoreResult;
use serde_json::Value;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::OnceLock;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tower::ServiceExt;
use uuid::Uuid;

pub const MESSAGE: Uuid = Uuid::from_u128(0x0192_0000_0000_7000_8000_0000_0000_0001);
pub const DELIVERY: Uuid = Uuid::from_u128(0x0192_0000_0000_7000_8000_0000_0000_0002);
pub const WITHHELD: Uuid = Uuid::from_u128(0x0192_0000_0000_7000_8000_0000_0000_0003);
/// A proposal that is settled; the id of one that is open is [`DELIVERY`].
pub const OVERTAKEN: Uuid = Uuid::from_u128(0x0192_0000_0000_7000_8000_0000_0000_0005);
pub const TOKEN: Uuid = Uuid::from_u128(0x0192_0000_0000_7000_8000_0000_0000_0004);

pub fn org(code: &str) -> OrgCode {
    OrgCode::parse(code).unwrap()
}

pub fn now() -> Timestamp {
    "2026-11-23T10:00:00.5Z".parse().unwrap()
}

fn agreement(number: &str, provider: &str) -> Value {
    json!({
        "nummer": number, "opdrachtgever": "gemeente", "uitvoerder": provider, "grondslag": "Participatiewet",
        "doel": "re-integratie", "bsnToegestaan": false, "van": "2026-01-01",
        "attribuutset": [{"soort": "verwijzing", "klassen": ["A"], "reikwijdte": "toegewezen"}],
    })
}

/// Knows `gemeente` and `aanbieder`; `gemeente` sent one message, `aanbieder` has one delivery of it.
#[derive(Default)]
pub struct Fake {
    pub pushes: Mutex<Vec<Push>>,
    pub done: AtomicUsize,
    pub webhooks: Mutex<BTreeMap<OrgCode, Webhook>>,
    pub records: Mutex<BTreeMap<(Kind, String), Record>>,
    /// Deliveries of the one message beside the first.
    pub more: AtomicUsize,
    /// Whether asking for the soorten panics.
    pub broken: AtomicBool,
}

impl Fake {
    fn delivery(state: DeliveryState, id: Uuid) -> Delivery {
        Delivery {
            id,
            recipient: org("aanbieder"),
            sender: org("gemeente"),
            message: MESSAGE,
            soort: "verwijzing".to_owned(),
            records: vec![],
            state,
            attempts: 1,
            next_at: now(),
            claimed_until: Some(now()),
            lease_token: Some(TOKEN),
            reason: None,
            content_type: None,
            content: None,
            traceparent: String::new(),
            created_at: now(),
            published_at: Some(now()),
            ready_at: Some(now()),
            settled_at: None,
            rejected: None,
        }
    }

    fn proposal(id: Uuid, state: ProposalState) -> ProposalRow {
        let settled = state != ProposalState::Open;
        ProposalRow {
            id,
            record: MESSAGE,
            kind: Kind::Kandidaat,
            kandidaat: MESSAGE,
            attribute: "telefoon".to_owned(),
            value: if settled { "null" } else { r#"["0201234567"]"# }.to_owned(),
            proposer: org("gemeente"),
            message: MESSAGE,
            sent_at: now(),
            at: now(),
            state,
            settled_at: settled.then(now),
            settled_by: settled.then(|| org("aanbieder")),
        }
    }

    fn summary() -> MessageSummary {
        MessageSummary {
            id: MESSAGE,
            reference: "R-1".to_owned(),
            soort: "verwijzing".to_owned(),
            received_at: now(),
            taken: 1,
            refused: 0,
        }
    }

    pub fn retour() -> Value {
        json!({
            "id": MESSAGE, "referentie": "R-1", "soort": "verwijzing", "mapping": "gemeente/verwijzing@0123",
            "ontvangenOp": now().to_string(), "totaal": 1, "opgenomen": 1, "metOpmerkingen": 1, "geweigerd": 0,
            "opmerkingen": [], "elementen": [{
                "nummer": 1, "plaats": "/verwijzing", "uitkomst": "opgenomen",
                "records": [{"soort": "verwijzing", "id": MESSAGE, "versie": 1, "gewijzigd": true}],
                "fouten": [{"code": "a.b", "ernst": "opmerking", "in": "body", "location": "/x", "detail": "x", "regel": 1}],
            }],
        })
    }
}

#[async_trait]
impl Gateway for Fake {
    fn knows(&self, organisation: &OrgCode) -> bool {
        ["gemeente", "aanbieder"].contains(&organisation.as_str())
    }

    async fn receive(&self, push: Push) -> Result<Receipt, ReceiveError> {
        let text = String::from_utf8_lossy(&push.body).into_owned();
        let soort = push.soort.clone();
        self.pushes.lock().unwrap().push(push);
        let at = At::new(3, 7);
        match soort.as_str() {
            "eigenGeweigerd" => {
                let fault = Fault::refused("leeg", Place::Whole, "Leeg.", "Empty.");
                return Err(ReceiveError::Invalid(vec![fault]));
            }
            "onbekend" => return Err(ReceiveError::UnknownSoort),
            "xml" => {
                let expected = "application/xml".to_owned();
                return Err(ReceiveError::UnsupportedType { expected });
            }
            "geenReferentie" => return Err(ReceiveError::NoReference),
            "conflict" => return Err(ReceiveError::Conflict(MESSAGE)),
            "verboden" => return Err(ReceiveError::NoPermission),
            "groot" => return Err(ReceiveError::TooLarge),
            "druk" => return Err(ReceiveError::Busy),
            "weg" => {
                let cause = GatewayError::Unavailable("database 10.0.0.9 is away".to_owned());
                return Err(cause.into());
            }
            "kapot" => {
                let cause = GatewayError::Internal("SELECT secret FROM x".to_owned());
                return Err(cause.into());
            }
            "paniek" => panic!("on purpose: 999990019"),
            "traag" => tokio::time::sleep(Duration::from_millis(300)).await,
            "fout" => {
                let xpath = "/a/b[2]".to_owned();
                let place = Place::Xml { xpath, at };
                let cell = Place::Cell {
                    sheet: None,
                    row: 12,
                    column: 3,
                    header: Some("datum".to_owned()),
                };
                return Err(ReceiveError::Invalid(vec![
                    Fault::refused("datum.vorm", place, "Geen datum.", "Not a date."),
                    Fault::refused("leeg", cell, "Leeg.", "Empty."),
                ]));
            }
            _ => {}
        }
        assert!(!text.contains("paniek"));
        self.done.fetch_add(1, Ordering::SeqCst);
        Ok(Receipt {
            id: MESSAGE,
            received_at: now(),
            answer: Self::retour(),
            refusals: Vec::new(),
            replayed: false,
        })
    }

    fn retour_type(&self, _: &OrgCode, soort: &str) -> Option<String> {
        let has_one = soort.starts_with("eigen") || soort == Self::summary().soort;
        has_one.then(|| "application/xml".to_owned())
    }

    async fn retour(
        &self,
        sender: &OrgCode,
        _: &str,
        id: Uuid,
    ) -> Result<Option<Content>, GatewayError> {
        let found = *sender == org("gemeente") && id == MESSAGE;
        Ok(found.then(|| Content {
            content_type: "application/xml".to_owned(),
            bytes: (&b"<retour/>"[..]).into(),
        }))
    }

    async fn refusal(&self, _: Push, faults: Vec<Fault>) -> Option<Content> {
        Some(Content {
            content_type: "application/xml".to_owned(),
            bytes: format!("<geweigerd aantal=\"{}\"/>", faults.len()).into(),
        })
    }

    async fn message(
        &self,
        sender: &OrgCode,
        id: Uuid,
        _: Lang,
    ) -> Result<Option<SentMessage>, GatewayError> {
        let found = *sender == org("gemeente") && id == MESSAGE;
        Ok(found.then(|| SentMessage {
            view: MessageView {
                summary: Self::summary(),
                mapping: "0123".to_owned(),
                sent_at: now(),
                mapped_at: now(),
                stored_at: now(),
                answer_status: 202,
                answer: "{}".to_owned(),
                deliveries: (0..=self.more.load(Ordering::SeqCst))
                    .map(|n| Uuid::from_u128(DELIVERY.as_u128() + ((n as u128) << 8)))
                    .map(|id| Self::delivery(DeliveryState::Ready, id))
                    .collect(),
            },
            answer: Self::retour(),
        }))
    }

    async fn messages(
        &self,
        sender: &OrgCode,
        _: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<MessageSummary>, GatewayError> {
        let count = if *sender == org("gemeente") { 3 } else { 0 };
        let summaries = std::iter::repeat_with(Self::summary).take(count);
        Ok(summaries.take(limit as usize).collect())
    }

    async fn deliveries(
        &self,
        recipient: &OrgCode,
        state: Option<DeliveryState>,
        _: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<Delivery>, GatewayError> {
        let all = [
            Self::delivery(DeliveryState::Leased, DELIVERY),
            Self::delivery(DeliveryState::Withheld, WITHHELD),
            Self::delivery(DeliveryState::Outbox, Uuid::from_u128(5)),
            Self::delivery(DeliveryState::Published, Uuid::from_u128(6)),
        ];
        let own = all.into_iter().filter(|d| d.recipient == *recipient);
        let wanted = own.filter(|d| state.is_none_or(|state| d.state == state));
        Ok(wanted.take(limit as usize).collect())
    }

    async fn delivery(
        &self,
        recipient: &OrgCode,
        id: Uuid,
    ) -> Result<Option<Delivery>, GatewayError> {
        let all = self.deliveries(recipient, None, None, 10).await?;
        Ok(all.into_iter().find(|d| d.id == id))
    }

    async fn content(
        &self,
        _: &OrgCode,
        _: &str,
        _: Uuid,
    ) -> Result<Option<Content>, GatewayError> {
        Ok(Some(Content {
            content_type: "text/csv; charset=windows-1252".to_owned(),
            bytes: b"naam;\xe9\r\n".to_vec().into(),
        }))
    }

    async fn collect(
        &self,
        recipient: &OrgCode,
        actor: &str,
        limit: u32,
        _: Duration,
    ) -> Result<Vec<Mail>, GatewayError> {
        let deliveries = self
            .deliveries(recipient, Some(DeliveryState::Leased), None, limit)
            .await?;
        let mut mail = Vec::new();
        for delivery in deliveries {
            let content = self.content(recipient, actor, delivery.id).await?.unwrap();
            mail.push(Mail {
                delivery,
                content,
                token: TOKEN,
                until: now(),
            });
        }
        Ok(mail)
    }

    async fn answer(
        &self,
        recipient: &OrgCode,
        _: &str,
        answers: Vec<LeaseAnswer>,
    ) -> Result<Vec<AnswerOutcome>, GatewayError> {
        let outcome = |answer: &LeaseAnswer| match (answer.id == DELIVERY, answer.token == TOKEN) {
            (true, true) if *recipient == org("aanbieder") => AnswerOutcome::Done,
            (true, false) => AnswerOutcome::Lost,
            _ => AnswerOutcome::Absent,
        };
        Ok(answers.iter().map(outcome).collect())
    }

    async fn proposals(
        &self,
        organisation: &OrgCode,
        state: Option<ProposalState>,
        _: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<ProposalRow>, GatewayError> {
        let all = [
            Self::proposal(DELIVERY, ProposalState::Open),
            Self::proposal(OVERTAKEN, ProposalState::Overtaken),
        ];
        let own = all
            .into_iter()
            .filter(|_| *organisation == org("aanbieder"));
        let wanted = own.filter(|row| state.is_none_or(|state| row.state == state));
        Ok(wanted.take(limit as usize).collect())
    }

    async fn proposal(
        &self,
        organisation: &OrgCode,
        _: &str,
        id: Uuid,
    ) -> Result<Option<ProposalRow>, GatewayError> {
        let all = self.proposals(organisation, None, None, 10).await?;
        Ok(all.into_iter().find(|row| row.id == id))
    }

    async fn reject(
        &self,
        organisation: &OrgCode,
        actor: &str,
        id: Uuid,
    ) -> Result<Option<ProposalRow>, GatewayError> {
        let row = Gateway::proposal(self, organisation, actor, id).await?;
        Ok(row.map(|row| match row.state {
            ProposalState::Open => Self::proposal(id, ProposalState::Rejected),
            _ => row,
        }))
    }

    async fn replay(
        &self,
        ids: Vec<Uuid>,
        organisation: Option<&OrgCode>,
        _: &str,
    ) -> Result<Vec<Uuid>, GatewayError> {
        let own = organisation.is_none_or(|o| *o == org("aanbieder") || *o == org("gemeente"));
        Ok(ids
            .into_iter()
            .filter(|id| own && *id == DELIVERY)
            .collect())
    }

    async fn record(&self, kind: Kind, key: &str) -> Result<Option<Record>, GatewayError> {
        let records = self.records.lock().unwrap();
        Ok(records.get(&(kind, key.to_owned())).cloned())
    }

    async fn records(&self, kind: Kind) -> Result<Vec<Record>, GatewayError> {
        let records = self.records.lock().unwrap();
        let of_kind = records.iter().filter(|((k, _), _)| *k == kind);
        Ok(of_kind.map(|(_, record)| record.clone()).collect())
    }

    async fn put_record(
        &self,
        _: &str,
        kind: Kind,
        key: &str,
        record: Record,
    ) -> Result<Put, PutError> {
        static SCHEMAS: OnceLock<Schemas> = OnceLock::new();
        let schemas = SCHEMAS.get_or_init(|| Schemas::embedded().unwrap());
        let violations = schemas.validate(kind, &record, Completeness::Complete);
        if !violations.is_empty() {
            let fault = |violation: Violation| {
                let pointer = violation.pointer;
                let at = At::default();
                let place = Place::Json { pointer, at };
                let sentence = violation.sentence;
                Fault::refused(violation.code, place, sentence.nl, sentence.en)
            };
            return Err(PutError::Invalid(
                violations.into_iter().map(fault).collect(),
            ));
        }
        let mut records = self.records.lock().unwrap();
        let earlier = records.insert((kind, key.to_owned()), record.clone());
        Ok(Put {
            created: earlier.is_none(),
            record,
        })
    }

    async fn webhook(&self, organisation: &OrgCode) -> Result<Option<Webhook>, GatewayError> {
        Ok(self.webhooks.lock().unwrap().get(organisation).cloned())
    }

    async fn set_webhook(
        &self,
        _: &str,
        organisation: &OrgCode,
        url: &str,
    ) -> Result<WebhookSet, WebhookError> {
        let webhook = Webhook {
            url: url.to_owned(),
            set_at: now(),
        };
        let mut webhooks = self.webhooks.lock().unwrap();
        let earlier = webhooks.insert(organisation.clone(), webhook.clone());
        Ok(WebhookSet {
            secret: (earlier.as_ref() != Some(&webhook)).then(|| "whsec_abc".to_owned()),
            created: earlier.is_none(),
            webhook,
        })
    }

    async fn remove_webhook(&self, _: &str, organisation: &OrgCode) -> Result<bool, GatewayError> {
        let mut webhooks = self.webhooks.lock().unwrap();
        Ok(webhooks.remove(organisation).is_some())
    }

    fn soorten(&self, _: &OrgCode) -> Vec<Soort> {
        assert!(!self.broken.load(Ordering::SeqCst), "on purpose: 999990019");
        vec![Soort {
            soort: "verwijzing".to_owned(),
            direction: Direction::Both,
            format: Format::Xml,
            content_type: "application/xml".to_owned(),
            kind: Kind::Verwijzing,
            revision: "0123".to_owned(),
            stuf: Some("urn:voorbeeld:0100".to_owned()),
        }]
    }
}

#[derive(Default)]
struct Keys(Mutex<Vec<KeyRow>>);

#[async_trait]
impl KeyStore for Keys {
    async fn add_key(&self, key: &KeyRow, _: &AuditRow) -> StoreResult<()> {
        self.0.lock().unwrap().push(key.clone());
        Ok(())
    }
    async fn key_by_hash(&self, hash: &[u8]) -> StoreResult<Option<KeyRow>> {
        let keys = self.0.lock().unwrap();
        Ok(keys.iter().find(|key| key.hash == hash).cloned())
    }
    async fn keys(&self, _: Option<&OrgCode>) -> StoreResult<Vec<KeyRow>> {
        Ok(self.0.lock().unwrap().clone())
    }
    async fn revoke_key(&self, _: Uuid, _: Timestamp, _: &AuditRow) -> StoreResult<bool> {
        Ok(false)
    }
    async fn touch_keys(&self, _: &[(Uuid, Timestamp)]) -> StoreResult<()> {
        Ok(())
    }
}

/// The API over the fake, with keys.
pub struct World {
    pub gateway: Arc<Fake>,
    pub router: Router,
    keys: Arc<Keys>,
    made: AtomicUsize,
}

pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name).map(|value| value.to_str().unwrap());
        value.unwrap_or_default()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or(Value::Null)
    }

    /// The codes and locations of a problem's errors.
    pub fn errors(&self) -> Vec<(String, String)> {
        let body = self.json();
        let errors = body["errors"].as_array().cloned().unwrap_or_default();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let shown = |e: &Value| (text(&e["code"]), text(&e["location"]));
        let mut shown: Vec<_> = errors.iter().map(shown).collect();
        shown.sort();
        shown
    }
}

pub fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(a, b): &(&str, &str)| ((*a).to_owned(), (*b).to_owned());
    pairs.iter().map(owned).collect()
}

/// What a router answers to a request without anything.
pub async fn answer(router: &Router, method: &str, path: &str) -> Answer {
    let request = Request::builder().method(method).uri(path);
    let request = request.header("host", "localhost");
    sent(router, request.body(Body::empty()).unwrap()).await
}

async fn sent(router: &Router, request: Request<Body>) -> Answer {
    let response = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    Answer {
        status: parts.status.as_u16(),
        headers: parts.headers,
        bytes: body.collect().await.unwrap().to_bytes().to_vec(),
    }
}

impl World {
    pub fn new(config: ApiConfig) -> Self {
        let gateway = Arc::new(Fake::default());
        for (kind, key, record) in [
            (
                Kind::Organisatie,
                "gemeente",
                json!({"code": "gemeente", "naam": "Gemeente", "soort": "gemeente", "rollen": ["G"]}),
            ),
            (
                Kind::Organisatie,
                "aanbieder",
                json!({"code": "aanbieder", "naam": "Aanbieder", "soort": "jobcoachorganisatie", "rollen": ["P"]}),
            ),
            (Kind::Overeenkomst, "O-1", agreement("O-1", "aanbieder")),
            (Kind::Overeenkomst, "O-2", agreement("O-2", "ander")),
        ] {
            let Value::Object(record) = record else {
                unreachable!()
            };
            let mut records = gateway.records.lock().unwrap();
            records.insert((kind, key.to_owned()), record);
        }
        let webhook = Webhook {
            url: "https://systeem.example.nl".to_owned(),
            set_at: now(),
        };
        let mut webhooks = gateway.webhooks.lock().unwrap();
        webhooks.insert(org("aanbieder"), webhook);
        drop(webhooks);
        let keys = Arc::new(Keys::default());
        let store: Arc<dyn KeyStore> = keys.clone();
        let dynamic: Arc<dyn Gateway> = gateway.clone();
        let callers = Arc::new(Callers::new(store));
        let api = Api::new(dynamic, callers, Arc::new(SystemClock), config);
        Self {
            router: api::router(&api),
            gateway,
            keys,
            made: AtomicUsize::new(0),
        }
    }

    /// A new key of an organisation.
    pub async fn key(&self, code: &str, scopes: &[Scope]) -> String {
        let number = self.made.fetch_add(1, Ordering::SeqCst);
        let mut random = [7_u8; KEY_RANDOM_BYTES];
        random[..8].copy_from_slice(&number.to_be_bytes());
        random[40..].copy_from_slice(&number.to_be_bytes());
        let new = NewKey {
            org: org(code),
            name: "test".to_owned(),
            scopes: scopes.to_vec(),
            expires_at: None,
        };
        let by = schakel::access::By {
            actor: "test".to_owned(),
            origin: "test".to_owned(),
        };
        let made = schakel::access::create(&*self.keys, new, &by, now(), &random).await;
        let CreatedKey { key, .. } = made.unwrap();
        key.reveal().to_owned()
    }

    /// A key with everything a system needs.
    pub async fn system(&self, code: &str) -> String {
        self.key(code, &Scopes::SYSTEM).await
    }

    pub async fn ask(
        &self,
        method: &str,
        path: &str,
        key: Option<&str>,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Answer {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let mut request = Request::builder().method(method).uri(path);
        request = request.header("host", "localhost");
        if let Some(key) = key {
            request = request.header("authorization", format!("Bearer {key}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        sent(&self.router, request.body(body.into()).unwrap()).await
    }

    pub async fn get(&self, path: &str, key: &str) -> Answer {
        self.ask("GET", path, Some(key), &[], "").await
    }

    pub async fn send(&self, method: &str, path: &str, key: &str, body: &Value) -> Answer {
        let json = [("content-type", "application/json")];
        let body = body.to_string();
        self.ask(method, path, Some(key), &json, body).await
    }
}
