use crate::canonical::Kind;
use crate::canonical::OrgCode;
use crate::canonical::Record;
use crate::document::Fault;
use crate::document::Format;
use crate::document::Lang;
use crate::store::AnswerOutcome;
use crate::store::Delivery;
use crate::store::DeliveryState;
use crate::store::LeaseAnswer;
use crate::store::MessageSummary;
use crate::store::MessageView;
use crate::store::ProposalRow;
use crate::store::ProposalState;
use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;
use std::time::Duration;
use uuid::Uuid;

/// What a system pushes.
#[derive(Clone)]
pub struct Push {
    /// Who pushes.
    pub sender: OrgCode,
    /// Organisation and key, for the audit.
    pub actor: String,
    /// The mapping's soort.
    pub soort: String,
    /// Content type as sent.
    pub content_type: String,
    /// The caller's own reference for this request.
    pub idempotency_key: Option<String>,
    /// When the caller says it was sent.
    pub sent_at: Option<Timestamp>,
    /// The content.
    pub body: Bytes,
    /// W3C trace context of the request's span.
    pub traceparent: String,
    /// The language of the answer.
    pub lang: Lang,
}

// The body is personal data: nothing of it in a log line.
impl std::fmt::Debug for Push {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Push")
            .field("sender", &self.sender)
            .field("soort", &self.soort)
            .field("content_type", &self.content_type)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// What was answered to a push.
#[derive(Debug, Clone)]
pub struct Receipt {
    /// The message.
    pub id: Uuid,
    /// When it was received, first.
    pub received_at: Timestamp,
    /// The answer per element (`Retour` in the API's documentation), in the caller's language.
    pub answer: serde_json::Value,
    /// Why elements were refused, if any were.
    pub refusals: Vec<Fault>,
    /// Whether this is the answer to an earlier push of the same content.
    pub replayed: bool,
}

/// Why a push is not taken.
#[derive(Debug, thiserror::Error)]
pub enum ReceiveError {
    /// The content is not right; every fault.
    #[error("the content is invalid")]
    Invalid(Vec<Fault>),
    /// Neither the message nor the request names a reference.
    #[error("there is no reference")]
    NoReference,
    /// No mapping of this soort for the sender.
    #[error("the soort is unknown")]
    UnknownSoort,
    /// The mapping reads another content type.
    #[error("the content type is not supported")]
    UnsupportedType {
        /// What it reads.
        expected: String,
    },
    /// Larger than the limits.
    #[error("the content is too large")]
    TooLarge,
    /// The reference names an earlier message with other content.
    #[error("the reference was used for message {0}")]
    Conflict(Uuid),
    /// The sender may not send this.
    #[error("the sender has no permission")]
    NoPermission,
    /// Too much at once.
    #[error("too busy")]
    Busy,
    /// Something else.
    #[error(transparent)]
    Other(#[from] GatewayError),
}

/// Why a use case did not work, when its input is not to blame. The texts go to the log, never to a caller.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// Store or broker is away; try again later.
    #[error("not available: {0}")]
    Unavailable(String),
    /// A fault of the gateway.
    #[error("{0}")]
    Internal(String),
}

/// Why an organisation or agreement is not kept.
#[derive(Debug, thiserror::Error)]
pub enum PutError {
    /// The record is not right; every fault.
    #[error("the record is invalid")]
    Invalid(Vec<Fault>),
    /// Somebody else changed it at the same time.
    #[error("the record changed in the meantime")]
    Conflict,
    /// Something else.
    #[error(transparent)]
    Other(#[from] GatewayError),
}

/// Why a webhook is not set.
#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    /// The address is not right.
    #[error("the address is invalid")]
    Invalid(Vec<Fault>),
    /// Something else.
    #[error(transparent)]
    Other(#[from] GatewayError),
}

/// A message the caller sent.
#[derive(Debug, Clone)]
pub struct SentMessage {
    /// The message with its road.
    pub view: MessageView,
    /// The answer that was given, in the caller's language.
    pub answer: serde_json::Value,
}

/// A delivery given out under a lease.
#[derive(Clone)]
pub struct Mail {
    /// The delivery.
    pub delivery: Delivery,
    /// What it holds.
    pub content: Content,
    /// The token to answer with.
    pub token: Uuid,
    /// When the lease ends.
    pub until: Timestamp,
}

/// Opened content of a delivery, in the recipient's own format.
#[derive(Clone)]
pub struct Content {
    /// Content type.
    pub content_type: String,
    /// The bytes.
    pub bytes: Bytes,
}

/// An organisation or agreement after it was kept.
#[derive(Clone)]
pub struct Put {
    /// Whether it is new.
    pub created: bool,
    /// As it is kept.
    pub record: Record,
}

/// Where an organisation's deliveries are pushed.
#[derive(Clone, PartialEq, Eq)]
pub struct Webhook {
    /// The address.
    pub url: String,
    /// When set.
    pub set_at: Timestamp,
}

/// A webhook after it was set.
#[derive(Clone)]
pub struct WebhookSet {
    /// As it is kept.
    pub webhook: Webhook,
    /// The signing secret (`whsec_...`), when it is new: the only moment it is shown.
    pub secret: Option<String>,
    /// Whether there was none before.
    pub created: bool,
}

/// Which way a mapping goes, seen from the organisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// The organisation can push it.
    Push,
    /// The organisation gets it.
    Get,
    /// Both.
    Both,
}

/// A soort of message that an organisation can push or gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Soort {
    /// Its name.
    pub soort: String,
    /// Which way.
    pub direction: Direction,
    /// The family of formats.
    pub format: Format,
    /// Content type.
    pub content_type: String,
    /// The kind of record that one element is about.
    pub kind: Kind,
    /// The mapping's revision.
    pub revision: String,
    /// Of one in StUF 03.01: the namespace of its root element.
    pub stuf: Option<String>,
}

/// The use cases that the API offers. Implemented by the pipeline; tests give one of their own.
///
/// No future of this trait is dropped halfway by the API: each runs in a task of its own.
#[async_trait]
pub trait Gateway: Send + Sync {
    /// Whether this organisation is registered; asked for every request, so from memory.
    fn knows(&self, organisation: &OrgCode) -> bool;

    /// Takes a message in. `Ok` means kept.
    async fn receive(&self, push: Push) -> Result<Receipt, ReceiveError>;

    /// The content type in which this sender is told what became of a message of this soort, beside the API's own JSON.
    fn retour_type(&self, sender: &OrgCode, soort: &str) -> Option<String>;

    /// What became of a stored message, in its sender's own format. `None` when absent or another organisation's, and
    /// when that format has no answer to it.
    async fn retour(
        &self,
        sender: &OrgCode,
        actor: &str,
        id: Uuid,
    ) -> Result<Option<Content>, GatewayError>;

    /// The same of a push of which nothing was taken.
    async fn refusal(&self, push: Push, faults: Vec<Fault>) -> Option<Content>;

    /// A message of this sender. `None` when absent or another organisation's.
    async fn message(
        &self,
        sender: &OrgCode,
        id: Uuid,
        lang: Lang,
    ) -> Result<Option<SentMessage>, GatewayError>;

    /// Messages of this sender, newest first, from (not including) `before`.
    async fn messages(
        &self,
        sender: &OrgCode,
        before: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<MessageSummary>, GatewayError>;

    /// The deliveries that a recipient may know of (none that is withheld or not looked at yet), newest first, from (not
    /// including) `before`, in one state or all; no content.
    async fn deliveries(
        &self,
        recipient: &OrgCode,
        state: Option<DeliveryState>,
        before: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<Delivery>, GatewayError>;

    /// One delivery of a recipient, without content. `None` when absent or another organisation's.
    async fn delivery(
        &self,
        recipient: &OrgCode,
        id: Uuid,
    ) -> Result<Option<Delivery>, GatewayError>;

    /// The opened content of a delivery; `None` when it has none (yet), or may not be shown.
    async fn content(
        &self,
        recipient: &OrgCode,
        actor: &str,
        id: Uuid,
    ) -> Result<Option<Content>, GatewayError>;

    /// Gives out the oldest available deliveries under a lease.
    async fn collect(
        &self,
        recipient: &OrgCode,
        actor: &str,
        limit: u32,
        lease: Duration,
    ) -> Result<Vec<Mail>, GatewayError>;

    /// The recipient confirms or refuses deliveries; the outcomes are in the order of the answers.
    async fn answer(
        &self,
        recipient: &OrgCode,
        actor: &str,
        answers: Vec<LeaseAnswer>,
    ) -> Result<Vec<AnswerOutcome>, GatewayError>;

    /// Offers parked, refused or withheld deliveries again; those of one organisation (as sender, or as recipient when
    /// not withheld) or, with `None`, anybody's. Returns the ids that are.
    async fn replay(
        &self,
        ids: Vec<Uuid>,
        organisation: Option<&OrgCode>,
        actor: &str,
    ) -> Result<Vec<Uuid>, GatewayError>;

    /// The proposals on which an organisation decides, as it may see them, newest first, from (not including)
    /// `before`, in one state or all.
    async fn proposals(
        &self,
        organisation: &OrgCode,
        state: Option<ProposalState>,
        before: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<ProposalRow>, GatewayError>;

    /// One proposal on which an organisation decides, as it may see it. `None` when absent or another organisation's.
    async fn proposal(
        &self,
        organisation: &OrgCode,
        actor: &str,
        id: Uuid,
    ) -> Result<Option<ProposalRow>, GatewayError>;

    /// Rejects a proposal if it is open, and returns it as it stands then. `None` as for [`Gateway::proposal`].
    async fn reject(
        &self,
        organisation: &OrgCode,
        actor: &str,
        id: Uuid,
    ) -> Result<Option<ProposalRow>, GatewayError>;

    /// An organisation (by code) or agreement (by number).
    async fn record(&self, kind: Kind, key: &str) -> Result<Option<Record>, GatewayError>;

    /// All organisations or agreements, by ascending code or number.
    async fn records(&self, kind: Kind) -> Result<Vec<Record>, GatewayError>;

    /// Adds or replaces an organisation (by code) or agreement (by number).
    async fn put_record(
        &self,
        actor: &str,
        kind: Kind,
        key: &str,
        record: Record,
    ) -> Result<Put, PutError>;

    /// The webhook of an organisation.
    async fn webhook(&self, organisation: &OrgCode) -> Result<Option<Webhook>, GatewayError>;

    /// Sets the webhook of an organisation. The same address again changes nothing and shows no secret.
    async fn set_webhook(
        &self,
        actor: &str,
        organisation: &OrgCode,
        url: &str,
    ) -> Result<WebhookSet, WebhookError>;

    /// Removes the webhook of an organisation; `false` when there was none.
    async fn remove_webhook(
        &self,
        actor: &str,
        organisation: &OrgCode,
    ) -> Result<bool, GatewayError>;

    /// What an organisation can push and gets.
    fn soorten(&self, organisation: &OrgCode) -> Vec<Soort>;
}
