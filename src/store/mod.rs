//! Row 3. Where everything is kept: `SQLite` and `PostgreSQL` behind one trait, with the same behaviour.
//!
//! The store is the truth; the broker only carries. All times are given by the caller, all ids are made by the
//! caller, so that a simulation can hold both. Both backends pass the suite in `tests/store_contract.rs`.
//!
//! One writer of records at a time, on either backend and with several gateways. Each write of a batch makes a turn.
//! [`Store::begin_intake`] holds the turn from its first read on; [`Store::write_after`] writes only when no turn was
//! made since what it goes by was read. Either way what was read is still true at the commit.

mod checks;
mod columns;
mod failure;
mod figures;
mod id;
mod postgres;
mod schema;
mod settling;
mod sql;
mod sqlite;
mod types;
mod verdict;

pub use checks::INDEXED_TEXT_MAX;
pub use postgres::PostgresConfig;
pub use postgres::PostgresStore;
pub use settling::LEASES_USED_UP;
pub use sqlite::SqliteConfig;
pub use sqlite::SqliteStore;
pub use types::*;
pub use verdict::Rejection;
pub use verdict::Verdict;

use crate::canonical::Kind;
use crate::canonical::OrgCode;
use async_trait::async_trait;
use jiff::Timestamp;
use uuid::Uuid;

/// What went wrong in the store. Holds no personal data: a database's own message is not shown, because it may
/// quote values.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database is away, busy or too slow; the caller may try again.
    #[error("the store is unavailable: {0}")]
    Unavailable(String),
    /// The database refuses what was written, and would again: a fault of the gateway, or a poisoned message.
    #[error("the store refused a write: {0}")]
    Refused(String),
    /// What is stored is not what the gateway writes.
    #[error("the store holds something unexpected: {0}")]
    Corrupt(String),
    /// The database's schema is older or newer than this binary.
    #[error("the store's schema does not fit this version: {0}")]
    Migration(String),
}

/// How long [`Store::health`] waits for an answer.
pub const HEALTH_PATIENCE: std::time::Duration = std::time::Duration::from_secs(2);

/// The answer of every store operation.
pub type StoreResult<T> = Result<T, StoreError>;

/// One transaction that takes in a batch of messages. Dropping it without [`IntakeTx::commit`] rolls back and
/// never hands an open transaction to the next user of the connection.
#[async_trait]
pub trait IntakeTx: Send {
    /// Messages seen before, by sender and reference.
    async fn seen(&mut self, references: &[(OrgCode, String)]) -> StoreResult<Vec<SeenMessage>>;

    /// Records known under these keys.
    async fn identify(&mut self, keys: &[IdentityKey]) -> StoreResult<Vec<IdentityRow>>;

    /// Current records with these ids; ids that are unknown are left out.
    async fn load(&mut self, ids: &[Uuid]) -> StoreResult<Vec<StoredRecord>>;

    /// The verwijzingen and opdrachten of these kandidaten.
    async fn links(&mut self, kandidaten: &[Uuid]) -> StoreResult<Vec<Link>>;

    /// Every proposal on these records, settled ones too, in order of writing.
    async fn proposals(&mut self, records: &[Uuid]) -> StoreResult<Vec<ProposalRow>>;

    /// Adds everything a batch of messages writes. Nothing is visible before the commit.
    async fn write(&mut self, writes: &Writes) -> StoreResult<()>;

    /// Makes it last. After this returns `Ok`, everything survives a crash of gateway or database.
    async fn commit(self: Box<Self>) -> StoreResult<()>;
}

/// The store. Every method is one transaction of its own, except [`Store::begin_intake`].
///
/// A caller must not drop a future of this trait halfway (no `timeout`, no `select!`, no request handler that
/// can be cancelled): run it in a task of its own and await that. The implementations bound their own time.
#[async_trait]
pub trait Store: Send + Sync {
    /// Brings the schema up to date. Safe to run by several gateways at once.
    async fn migrate(&self) -> StoreResult<()>;

    /// Whether the store answers, within its own short time-out, and its schema fits.
    async fn health(&self) -> StoreResult<()>;

    /// Closes the connections.
    async fn close(&self);

    // ---- taking in

    /// Starts the one intake transaction; waits for another one to end.
    async fn begin_intake(&self) -> StoreResult<Box<dyn IntakeTx>>;

    /// Messages seen before and records known under these keys, beside any intake, and the turn at which this is so.
    async fn look(
        &self,
        references: &[(OrgCode, String)],
        keys: &[IdentityKey],
    ) -> StoreResult<Looked>;

    /// Adds everything a batch of messages writes and makes it last, in one transaction, if nobody wrote since a turn:
    /// what was read from then on is still so. Returns the turn that this makes, or `None` when somebody wrote
    /// in between; then nothing is written.
    async fn write_after(&self, turn: i64, writes: &Writes) -> StoreResult<Option<i64>>;

    /// As [`IntakeTx::seen`], beside any intake: waits for none, and sees what is committed.
    async fn seen(&self, references: &[(OrgCode, String)]) -> StoreResult<Vec<SeenMessage>>;

    /// A message of one sender, with its deliveries. `None` when absent or another organisation's.
    async fn message(&self, sender: &OrgCode, id: Uuid) -> StoreResult<Option<MessageView>>;

    /// The messages of one sender, newest first, from (not including) `before`.
    async fn messages(
        &self,
        sender: &OrgCode,
        before: Option<Uuid>,
        limit: u32,
    ) -> StoreResult<Vec<MessageSummary>>;

    /// The sealed original of a message, whoever sent it (for mapping a stored message again).
    async fn original(&self, id: Uuid) -> StoreResult<Option<Original>>;

    // ---- records

    /// Current records with these ids.
    async fn records(&self, ids: &[Uuid]) -> StoreResult<Vec<StoredRecord>>;

    /// Current records of a kind, by ascending id, from (not including) `after`.
    async fn records_of(
        &self,
        kind: Kind,
        after: Option<Uuid>,
        limit: u32,
    ) -> StoreResult<Vec<StoredRecord>>;

    /// Every kept version of a record, newest first: applied ones and late ones.
    async fn versions(&self, id: Uuid, limit: u32) -> StoreResult<Vec<VersionRow>>;

    /// As [`IntakeTx::proposals`], beside any intake.
    async fn proposals(&self, records: &[Uuid]) -> StoreResult<Vec<ProposalRow>>;

    /// A proposal, whoever may see it.
    async fn proposal(&self, id: Uuid) -> StoreResult<Option<ProposalRow>>;

    /// What others proposed with whom an organisation shares a case of the kandidaat, newest first, from (not
    /// including) `before`, in one state or all. Whether it may see them is not looked at.
    async fn proposals_beside(
        &self,
        organisation: &OrgCode,
        state: Option<ProposalState>,
        before: Option<Uuid>,
        limit: u32,
    ) -> StoreResult<Vec<ProposalRow>>;

    /// The verwijzingen and opdrachten of these kandidaten, as [`IntakeTx::links`] tells them.
    async fn links(&self, kandidaten: &[Uuid]) -> StoreResult<Vec<Link>>;

    /// Sealed BSNs of these kandidaten.
    async fn bsns(&self, kandidaten: &[Uuid]) -> StoreResult<Vec<(Uuid, Vec<u8>)>>;

    // ---- the outbox and deliveries

    /// Deliveries in state `Outbox` whose time has come, in order of writing, without those for some recipients.
    async fn outbox_due(
        &self,
        now: Timestamp,
        limit: u32,
        except: &[OrgCode],
    ) -> StoreResult<Vec<OutboxItem>>;

    /// `Outbox` to `Published`, for what was due at `now`: the moment it was taken from the outbox. A row that went on
    /// before it was marked keeps its state, and so does one that came due later (its push failed before this mark);
    /// each is told the moment if it has none yet. Returns how many rows changed.
    async fn mark_published(&self, ids: &[Uuid], now: Timestamp) -> StoreResult<u64>;

    /// `Published` back to `Outbox`: due again as it was, with its attempts. A row in any other state is left alone.
    /// Returns how many went back.
    async fn put_back(&self, ids: &[Uuid]) -> StoreResult<u64>;

    /// Deliveries by id, in any state.
    async fn deliveries(&self, ids: &[Uuid]) -> StoreResult<Vec<Delivery>>;

    /// Takes deliveries in state `Published` or `Outbox` for a webhook push until a moment, under one token (state
    /// `Pushing`, one attempt more) and keeps what will be sent, in the place of what was kept before. Returns the ids
    /// that were taken: not one that another worker holds, nor one that had another attempt since it was read.
    async fn claim_push(
        &self,
        claims: &[PushClaim],
        now: Timestamp,
        until: Timestamp,
        token: Uuid,
    ) -> StoreResult<Vec<Uuid>>;

    /// Settles deliveries that nobody has settled. With a claim only one that was last claimed under that token: also
    /// after the claim lapsed, until another worker claims it. Without a claim only one in state `Outbox` or
    /// `Published`, never one that a worker is pushing. All others are left as they are (a second copy from the
    /// broker, a worker that was too late). Returns the ids that were settled now; their claim has ended.
    async fn settle(&self, outcomes: &[Settlement], now: Timestamp) -> StoreResult<Vec<Uuid>>;

    /// One delivery of a recipient, for reading; with its content when it has any.
    async fn delivery_of(&self, recipient: &OrgCode, id: Uuid) -> StoreResult<Option<Delivery>>;

    /// The deliveries that a recipient may know of, newest first, from (not including) `before`, in one state or all:
    /// none that is `Outbox`, `Published` or `Withheld`. No content.
    async fn deliveries_of(
        &self,
        recipient: &OrgCode,
        state: Option<DeliveryState>,
        before: Option<Uuid>,
        limit: u32,
    ) -> StoreResult<Vec<Delivery>>;

    // ---- the postvak

    /// Leases the oldest available deliveries of a recipient (`Ready`, or `Leased` with a lapsed lease) until a
    /// moment, under one lease token: at most `limit`, and no more than have `bytes_max` bytes of content together as
    /// it is kept, but the first one whatever its size. Two callers never get the same delivery. Returned with content,
    /// oldest first.
    async fn lease(
        &self,
        recipient: &OrgCode,
        limit: u32,
        bytes_max: u64,
        now: Timestamp,
        until: Timestamp,
        token: Uuid,
    ) -> StoreResult<Vec<Delivery>>;

    /// Takes back what was just leased under a token and may not be handed over after all: `Leased` to `Withheld`,
    /// and what was made for the recipient is forgotten. A row that is not `Leased` under this token is left alone.
    /// Returns the ids that were withheld now.
    async fn withhold(
        &self,
        token: Uuid,
        withheld: &[Withholding],
        now: Timestamp,
    ) -> StoreResult<Vec<Uuid>>;

    /// The recipient answers for deliveries it holds. The outcomes are in the order of the answers. Answering
    /// again with the same token and the same answer is `Done` again.
    async fn answer(
        &self,
        recipient: &OrgCode,
        answers: &[LeaseAnswer],
        now: Timestamp,
    ) -> StoreResult<Vec<AnswerOutcome>>;

    // ---- recovery, replay, figures

    /// Puts back what got stuck: `Published` too long and `Pushing` past its claim go to `Outbox`, `Leased` past its
    /// lease to `Ready` (or `Parked` after `leases_max` leases). Since when a delivery is due stays as it is.
    async fn recover(&self, now: Timestamp, stuck: &Recovery) -> StoreResult<Recovered>;

    /// Parked, refused or withheld deliveries go back to `Outbox` with attempts at 0 and the same id; returns
    /// the ids that did. `sender_or_recipient` limits whose deliveries may be replayed: what it sent, and what is for it
    /// unless that is withheld; `None` is the operator. The audit has one row for each delivery that goes again, with
    /// `/` and its id behind the object of `audit`.
    async fn replay(
        &self,
        ids: &[Uuid],
        sender_or_recipient: Option<&OrgCode>,
        now: Timestamp,
        audit: &AuditRow,
    ) -> StoreResult<Vec<Uuid>>;

    /// Figures for health and metrics.
    async fn figures(&self, now: Timestamp) -> StoreResult<Figures>;

    // ---- callers

    /// Adds an API key.
    async fn add_key(&self, key: &KeyRow, audit: &AuditRow) -> StoreResult<()>;

    /// The key with this hash, expired and revoked ones too.
    async fn key_by_hash(&self, hash: &[u8]) -> StoreResult<Option<KeyRow>>;

    /// All keys, or those of one organisation, oldest first.
    async fn keys(&self, org: Option<&OrgCode>) -> StoreResult<Vec<KeyRow>>;

    /// Revokes a key; `false` when there is none with this id.
    async fn revoke_key(&self, id: Uuid, now: Timestamp, audit: &AuditRow) -> StoreResult<bool>;

    /// Notes when keys were last used.
    async fn touch_keys(&self, used: &[(Uuid, Timestamp)]) -> StoreResult<()>;

    /// Sets or replaces the webhook of an organisation; `None` removes it.
    async fn set_webhook(
        &self,
        org: &OrgCode,
        webhook: Option<&WebhookRow>,
        audit: &AuditRow,
    ) -> StoreResult<()>;

    /// Removes the webhook of an organisation that was set at this moment; `false` when there is none, or another.
    async fn drop_webhook(
        &self,
        org: &OrgCode,
        set_at: Timestamp,
        audit: &AuditRow,
    ) -> StoreResult<bool>;

    /// Every webhook.
    async fn webhooks(&self) -> StoreResult<Vec<(OrgCode, WebhookRow)>>;

    /// Adds audit entries on their own (a refused caller, a display).
    async fn audit(&self, rows: &[AuditRow]) -> StoreResult<()>;

    /// Audit entries of an object, oldest first.
    async fn audit_of(&self, object: &str, limit: u32) -> StoreResult<Vec<AuditRow>>;
}
