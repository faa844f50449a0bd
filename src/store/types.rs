use crate::canonical::Kind;
use crate::canonical::OrgCode;
use crate::store::Rejection;
use crate::store::Verdict;
use jiff::Timestamp;
use uuid::Uuid;

/// A key under which a record is known outside: a BSN, a zaaknummer, a dossier number.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct IdentityKey {
    /// The kind of record it names.
    pub kind: Kind,
    /// The numbering, for example `bsn`, `nummer`, `dossier`.
    pub scheme: String,
    /// Keyed hash of the value: numbers that people have are never stored in the open here.
    pub value: Vec<u8>,
}

/// A key with who issued it and the record it names. (kind, scheme, issuer, value) is unique.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentityRow {
    /// The key.
    pub key: IdentityKey,
    /// The organisation within which the value is unique; empty for a national number.
    pub issuer: String,
    /// The record.
    pub record: Uuid,
}

/// The current version of a record.
#[derive(Clone, PartialEq)]
pub struct StoredRecord {
    /// Kind.
    pub kind: Kind,
    /// Id within the gateway.
    pub id: Uuid,
    /// Version, from 1.
    pub version: i64,
    /// The record as JSON text, without its BSN.
    pub doc: String,
    /// JSON text: for each top-level attribute who set it, when, by which message, rule and place.
    pub sources: String,
}

/// A verwijzing or opdracht of a kandidaat, with its two parties.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The kandidaat.
    pub kandidaat: Uuid,
    /// `Verwijzing` or `Opdracht`.
    pub kind: Kind,
    /// The record.
    pub record: Uuid,
    /// Who commissioned it.
    pub opdrachtgever: OrgCode,
    /// Who carries it out.
    pub uitvoerder: OrgCode,
}

/// One version of a record as it was kept.
#[derive(Clone, PartialEq)]
pub struct VersionRow {
    /// Kind.
    pub kind: Kind,
    /// The record.
    pub record: Uuid,
    /// From 1; versions that were applied and ones kept as history share one numbering.
    pub version: i64,
    /// The message that brought it.
    pub message: Uuid,
    /// When the sender made it.
    pub sent_at: Timestamp,
    /// When it was stored.
    pub stored_at: Timestamp,
    /// Whether it changed the current record; `false` for a late older message.
    pub applied: bool,
    /// Applied: the whole record as JSON text after this version. Not applied: what the message said.
    pub doc: String,
    /// JSON text: rule and place for each attribute this message set.
    pub provenance: String,
}

/// A change by somebody who does not own the attribute.
#[derive(Clone, PartialEq)]
pub struct ProposalRow {
    /// Id.
    pub id: Uuid,
    /// The record.
    pub record: Uuid,
    /// Kind of the record.
    pub kind: Kind,
    /// The kandidaat that the record is, or is about.
    pub kandidaat: Uuid,
    /// The top-level attribute.
    pub attribute: String,
    /// The proposed value as JSON text; `null` proposes that there is none.
    pub value: String,
    /// Who proposes.
    pub proposer: OrgCode,
    /// By which message.
    pub message: Uuid,
    /// When the proposer says that message was sent.
    pub sent_at: Timestamp,
    /// When it was proposed here.
    pub at: Timestamp,
    /// Where it stands.
    pub state: ProposalState,
    /// When it was settled.
    pub settled_at: Option<Timestamp>,
    /// Who settled it: an owner, or the proposer that says something else now.
    pub settled_by: Option<OrgCode>,
}

// A proposed value is personal data.
impl std::fmt::Debug for ProposalRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ProposalRow")
            .field("id", &self.id)
            .field("kind", &self.kind)
            .field("attribute", &self.attribute)
            .field("proposer", &self.proposer)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

/// Where a proposal stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProposalState {
    /// It waits for an owner.
    Open,
    /// An owner said the same value.
    Accepted,
    /// An owner said another value, or the proposer says something else now.
    Overtaken,
    /// An owner rejected it.
    Rejected,
}

impl ProposalState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Open, Self::Accepted, Self::Overtaken, Self::Rejected];

    /// The name in the API and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Accepted => "aanvaard",
            Self::Overtaken => "achterhaald",
            Self::Rejected => "afgewezen",
        }
    }

    /// The state with this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }
}

/// What [`super::Store::look`] finds.
#[derive(Clone, PartialEq, Default)]
pub struct Looked {
    /// How many batches had been written.
    pub turn: i64,
    /// Messages with the references asked for.
    pub seen: Vec<SeenMessage>,
    /// Records with the keys asked for.
    pub known: Vec<IdentityRow>,
}

/// A message seen before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenMessage {
    /// Sender.
    pub sender: OrgCode,
    /// The sender's own reference.
    pub reference: String,
    /// The message's id.
    pub id: Uuid,
    /// SHA-256 of what was sent.
    pub content_hash: Vec<u8>,
    /// The HTTP status that was answered.
    pub answer_status: u16,
    /// The answer as JSON text.
    pub answer: String,
}

/// A message as it is first written.
#[derive(Clone, PartialEq)]
pub struct MessageRow {
    /// UUID v7 made by the gateway.
    pub id: Uuid,
    /// Sender.
    pub sender: OrgCode,
    /// The sender's own reference; unique per sender.
    pub reference: String,
    /// SHA-256 of soort, content type and bytes.
    pub content_hash: Vec<u8>,
    /// The mapping's soort, for example `verwijzing`.
    pub soort: String,
    /// The mapping revision that read it.
    pub mapping: String,
    /// Content type as sent.
    pub content_type: String,
    /// When the sender says it was sent.
    pub sent_at: Timestamp,
    /// When the gateway had it whole.
    pub received_at: Timestamp,
    /// When it was decoded and mapped.
    pub mapped_at: Timestamp,
    /// When the transaction that stores it was written.
    pub stored_at: Timestamp,
    /// Elements taken and refused.
    pub taken: u32,
    /// Elements refused.
    pub refused: u32,
    /// The HTTP status answered.
    pub answer_status: u16,
    /// The answer as JSON text: no values from the file, only places and sentences.
    pub answer: String,
    /// The bytes as sent, sealed.
    pub original: Vec<u8>,
    /// W3C trace context of the request, empty if none.
    pub traceparent: String,
}

/// A message in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageSummary {
    /// Id.
    pub id: Uuid,
    /// The sender's reference.
    pub reference: String,
    /// Soort.
    pub soort: String,
    /// When received.
    pub received_at: Timestamp,
    /// Elements taken.
    pub taken: u32,
    /// Elements refused.
    pub refused: u32,
}

/// A message with its road.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageView {
    /// Summary.
    pub summary: MessageSummary,
    /// The mapping revision.
    pub mapping: String,
    /// When the sender says it was sent.
    pub sent_at: Timestamp,
    /// When mapped.
    pub mapped_at: Timestamp,
    /// When stored.
    pub stored_at: Timestamp,
    /// The answer that was given.
    pub answer_status: u16,
    /// Its body as JSON text.
    pub answer: String,
    /// The deliveries it caused, without content.
    pub deliveries: Vec<Delivery>,
}

/// A message's bytes and how to read them again.
#[derive(Clone, PartialEq)]
pub struct Original {
    /// Sender.
    pub sender: OrgCode,
    /// Soort.
    pub soort: String,
    /// Content type.
    pub content_type: String,
    /// Sealed bytes.
    pub sealed: Vec<u8>,
}

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DeliveryState {
    /// Written with its message, to be published from `next_at` on.
    Outbox,
    /// Confirmed by the broker.
    Published,
    /// A worker is pushing it to a webhook, until `claimed_until`.
    Pushing,
    /// In the postvak.
    Ready,
    /// Given out, until `claimed_until`.
    Leased,
    /// The recipient has it.
    Confirmed,
    /// The recipient refused it.
    Refused,
    /// Attempts used up; visible, replayable.
    Parked,
    /// There is no ground to hand it over (any more); visible, replayable.
    Withheld,
}

impl DeliveryState {
    /// Every state.
    pub const ALL: [Self; 9] = [
        Self::Outbox,
        Self::Published,
        Self::Pushing,
        Self::Ready,
        Self::Leased,
        Self::Confirmed,
        Self::Refused,
        Self::Parked,
        Self::Withheld,
    ];

    /// The name in the API and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Outbox => "teVerzenden",
            Self::Published => "gepubliceerd",
            Self::Pushing => "wordtAangeboden",
            Self::Ready => "klaar",
            Self::Leased => "uitgereikt",
            Self::Confirmed => "bevestigd",
            Self::Refused => "geweigerd",
            Self::Parked => "geparkeerd",
            Self::Withheld => "ingehouden",
        }
    }

    /// The state with this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }
}

/// A delivery of one or more records to one recipient. It is its own outbox row.
#[derive(Clone, PartialEq, Eq)]
pub struct Delivery {
    /// UUID v7; also the `webhook-id`, the same over every attempt and replay.
    pub id: Uuid,
    /// Who gets it.
    pub recipient: OrgCode,
    /// Who sent the message that caused it.
    pub sender: OrgCode,
    /// The message that caused it.
    pub message: Uuid,
    /// The outbound mapping's soort.
    pub soort: String,
    /// The main records, in order.
    pub records: Vec<Uuid>,
    /// Where it stands.
    pub state: DeliveryState,
    /// Pushes or leases so far.
    pub attempts: u32,
    /// Earliest moment of the next attempt.
    pub next_at: Timestamp,
    /// Until when a worker (`Pushing`) or the recipient (`Leased`) holds it.
    pub claimed_until: Option<Timestamp>,
    /// The token of the last lease, or of the claim of a push that was not settled yet.
    pub lease_token: Option<Uuid>,
    /// Why it was refused, parked, withheld or must be tried again: a code, never personal data.
    pub reason: Option<String>,
    /// Content type of the content.
    pub content_type: Option<String>,
    /// What the recipient gets, sealed; `None` before it is made and in lists.
    pub content: Option<Vec<u8>>,
    /// Trace context of the message.
    pub traceparent: String,
    /// When written.
    pub created_at: Timestamp,
    /// When the broker confirmed it.
    pub published_at: Option<Timestamp>,
    /// When it was ready in the postvak, or first pushed.
    pub ready_at: Option<Timestamp>,
    /// When it was confirmed, refused, parked or withheld.
    pub settled_at: Option<Timestamp>,
    /// What the recipient rejected of it in its retour; `None` when it sent none.
    pub rejected: Option<Vec<Rejection>>,
}

// Content is sealed, yet there is no reason to print it.
impl std::fmt::Debug for Delivery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Delivery")
            .field("id", &self.id)
            .field("recipient", &self.recipient)
            .field("soort", &self.soort)
            .field("state", &self.state)
            .field("attempts", &self.attempts)
            .field("reason", &self.reason)
            .finish_non_exhaustive()
    }
}

/// What the relay needs to publish a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxItem {
    /// The delivery.
    pub id: Uuid,
    /// Whose queue.
    pub recipient: OrgCode,
    /// Trace context.
    pub traceparent: String,
}

/// A delivery that a worker wants to push, with what it will send.
#[derive(Clone, PartialEq)]
pub struct PushClaim {
    /// The delivery.
    pub id: Uuid,
    /// Its attempts when the worker read it. When another worker made an attempt since, the content may be another.
    pub attempts: u32,
    /// Content type.
    pub content_type: String,
    /// Sealed content. Kept before it is sent, so that every further attempt sends the same bytes, also after a crash.
    pub content: Vec<u8>,
}

/// What became of a delivery.
#[derive(Clone, PartialEq)]
pub struct Settlement {
    /// The delivery.
    pub id: Uuid,
    /// The token of the claim under which it was pushed; `None` for one that was not claimed.
    pub claim: Option<Uuid>,
    /// What became of it.
    pub outcome: Outcome,
    /// Goes with it in the same transaction.
    pub audit: Option<AuditRow>,
}

/// What became of a delivery.
#[derive(Clone, PartialEq)]
pub enum Outcome {
    /// Put in the postvak.
    Ready {
        /// Content type.
        content_type: String,
        /// Sealed content.
        content: Vec<u8>,
    },
    /// The webhook took what its claim kept. The content stays until retention removes it.
    Pushed,
    /// Try again at a moment: back to `Outbox` with this `next_at`. Without a claim it is put off: never to an earlier
    /// moment than was planned.
    Retry {
        /// When.
        next_at: Timestamp,
        /// Why, a code.
        reason: String,
    },
    /// No more attempts.
    Parked {
        /// Why, a code.
        reason: String,
    },
    /// No ground to hand it over.
    Withheld {
        /// Why, a code.
        reason: String,
    },
}

/// A leased delivery that may not be handed over after all.
#[derive(Debug, Clone, PartialEq)]
pub struct Withholding {
    /// The delivery.
    pub id: Uuid,
    /// Why, a code.
    pub reason: String,
    /// Goes with it in the same transaction.
    pub audit: AuditRow,
}

/// A recipient's answer for one leased delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaseAnswer {
    /// The delivery.
    pub id: Uuid,
    /// The token it was leased under.
    pub token: Uuid,
    /// `None` confirms; a reason refuses.
    pub refusal: Option<String>,
}

/// What an answer did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnswerOutcome {
    /// Done, now or by the same answer before.
    Done,
    /// There is no such delivery for this recipient.
    Absent,
    /// It was leased again under another token, or answered differently before.
    Lost,
}

/// What recovery takes for stuck.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recovery {
    /// Published before this moment, and at least as long ago as it had been due by then: every copy waits twice as
    /// long as the one before, so that a slow recipient does not fill its own queue with copies.
    pub published_before: Timestamp,
    /// Published before this moment, however long it had been due.
    pub published_long_before: Timestamp,
    /// Most deliveries that are published again at a time, the oldest first.
    pub republish_max: u32,
    /// Leases that may lapse before a delivery is parked.
    pub leases_max: u32,
}

/// What recovery put back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Recovered {
    /// Published too long ago, to be published again.
    pub republished: u64,
    /// Pushes whose worker went away.
    pub unclaimed: u64,
    /// Lapsed leases.
    pub lapsed: u64,
    /// Lapsed once too often.
    pub parked: u64,
}

/// Figures for health and metrics.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Figures {
    /// Deliveries per state, in the order of [`DeliveryState::ALL`]; settled ones are not counted.
    pub open: Vec<(DeliveryState, u64)>,
    /// Parked deliveries: nothing moves them until somebody replays them.
    pub parked: u64,
    /// Since when the oldest delivery is due that is in `Outbox` or `Published`: nobody has taken it yet, be it that
    /// the gateway does not get to it or that the endpoint of its recipient does not.
    pub oldest_due: Option<Timestamp>,
    /// Since when the oldest delivery is due that is in `Outbox` and was not published since: the gateway does not get
    /// to it. One that was published and came back from the broker, because nobody took it, is none of these.
    pub oldest_unpublished: Option<Timestamp>,
}

/// An API key as it is kept: never the key itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRow {
    /// Id, shown in lists.
    pub id: Uuid,
    /// Whose.
    pub org: OrgCode,
    /// What it is for, in the words of who made it.
    pub name: String,
    /// SHA-256 of the key (256 random bits, so a plain hash is enough).
    pub hash: Vec<u8>,
    /// What it may do.
    pub scopes: Vec<String>,
    /// When made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// Where an organisation wants its deliveries pushed.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookRow {
    /// The address.
    pub url: String,
    /// The signing secret, sealed.
    pub secret: Vec<u8>,
    /// When set.
    pub set_at: Timestamp,
}

/// One line of the audit: action, object, result, origin, actor and time (BIO2 8.15.01).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
    /// When.
    pub at: Timestamp,
    /// What was done, for example `bericht.ontvangen`.
    pub action: String,
    /// To what: a kind and id, never a name or number of a person.
    pub object: String,
    /// `gelukt`, `geweigerd` or a code.
    pub result: String,
    /// Where from: `api`, `cli`, `worker`.
    pub origin: String,
    /// Who: an organisation code and key id, or the process.
    pub actor: String,
}

/// Everything a batch of messages writes in one transaction.
#[derive(Clone, Default)]
pub struct Writes {
    /// New messages.
    pub messages: Vec<MessageRow>,
    /// Current records, new or replaced (by id).
    pub records: Vec<StoredRecord>,
    /// Versions.
    pub versions: Vec<VersionRow>,
    /// New keys of records; one that exists already is left as it is.
    pub identities: Vec<IdentityRow>,
    /// Sealed BSNs, new or replaced (by kandidaat).
    pub bsns: Vec<(Uuid, Vec<u8>)>,
    /// New links; one that exists already is left as it is.
    pub links: Vec<Link>,
    /// Proposals, new or settled (by id); one that is settled already stays as it is.
    pub proposals: Vec<ProposalRow>,
    /// New deliveries, in state `Outbox`.
    pub deliveries: Vec<Delivery>,
    /// What recipients say of deliveries that are there already, whatever their state is by then. Of two of one
    /// delivery the last counts.
    pub verdicts: Vec<Verdict>,
    /// Audit.
    pub audit: Vec<AuditRow>,
}
