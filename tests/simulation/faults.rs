//! A store and a broker that fail as the world does: away before, away after (the answer is lost), forgetting,
//! repeating, reordering. What fails when follows from the seed.

use async_trait::async_trait;
use jiff::Timestamp;
use schakel::broker::Arrival;
use schakel::broker::Broker;
use schakel::broker::BrokerError;
use schakel::broker::Parcel;
use schakel::broker::Subscription;
use schakel::broker::Tag;
use schakel::canonical::IdSource;
use schakel::canonical::Kind;
use schakel::canonical::OrgCode;
use schakel::canonical::SeededIds;
use schakel::store::*;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::time::Duration;
use uuid::Uuid;

/// Decides, by the seed, what fails. `percent` is turned to 0 when the world heals.
#[derive(Debug)]
pub struct Fate {
    chance: SeededIds,
    percent: AtomicU64,
    pub struck: AtomicU64,
}

impl Fate {
    pub fn new(seed: u64, percent: u64) -> Self {
        Self {
            chance: SeededIds::new(seed),
            percent: AtomicU64::new(percent),
            struck: AtomicU64::new(0),
        }
    }

    pub fn below(&self, bound: u64) -> u64 {
        self.chance.below(bound)
    }

    pub fn heal(&self) {
        self.percent.store(0, Ordering::Relaxed);
    }

    pub fn strikes(&self) -> bool {
        let hit = self.chance.below(100) < self.percent.load(Ordering::Relaxed);
        if hit {
            self.struck.fetch_add(1, Ordering::Relaxed);
        }
        hit
    }

    fn store(&self) -> StoreResult<()> {
        if self.strikes() {
            Err(StoreError::Unavailable("simulated".to_owned()))
        } else {
            Ok(())
        }
    }
}

/// A real store whose answers may not arrive.
pub struct FaultyStore {
    pub inner: Arc<dyn Store>,
    pub fate: Arc<Fate>,
}

struct FaultyTx {
    inner: Box<dyn IntakeTx>,
    fate: Arc<Fate>,
}

macro_rules! twice {
    ($self:ident, $call:expr) => {{
        $self.fate.store()?;
        let out = $call.await?;
        $self.fate.store()?; // done, but nobody hears of it
        Ok(out)
    }};
}

#[async_trait]
impl IntakeTx for FaultyTx {
    async fn seen(&mut self, references: &[(OrgCode, String)]) -> StoreResult<Vec<SeenMessage>> {
        twice!(self, self.inner.seen(references))
    }
    async fn identify(&mut self, keys: &[IdentityKey]) -> StoreResult<Vec<IdentityRow>> {
        twice!(self, self.inner.identify(keys))
    }
    async fn load(&mut self, ids: &[Uuid]) -> StoreResult<Vec<StoredRecord>> {
        twice!(self, self.inner.load(ids))
    }
    async fn links(&mut self, kandidaten: &[Uuid]) -> StoreResult<Vec<Link>> {
        twice!(self, self.inner.links(kandidaten))
    }
    async fn proposals(&mut self, records: &[Uuid]) -> StoreResult<Vec<ProposalRow>> {
        twice!(self, self.inner.proposals(records))
    }
    async fn write(&mut self, writes: &Writes) -> StoreResult<()> {
        twice!(self, self.inner.write(writes))
    }
    async fn commit(self: Box<Self>) -> StoreResult<()> {
        self.fate.store()?;
        self.inner.commit().await?;
        self.fate.store()
    }
}

#[async_trait]
impl Store for FaultyStore {
    async fn migrate(&self) -> StoreResult<()> {
        self.inner.migrate().await
    }
    async fn health(&self) -> StoreResult<()> {
        self.inner.health().await
    }
    async fn close(&self) {
        self.inner.close().await;
    }
    async fn begin_intake(&self) -> StoreResult<Box<dyn IntakeTx>> {
        self.fate.store()?;
        let inner = self.inner.begin_intake().await?;
        Ok(Box::new(FaultyTx {
            inner,
            fate: self.fate.clone(),
        }))
    }
    async fn seen(&self, references: &[(OrgCode, String)]) -> StoreResult<Vec<SeenMessage>> {
        twice!(self, self.inner.seen(references))
    }
    async fn look(
        &self,
        references: &[(OrgCode, String)],
        keys: &[IdentityKey],
    ) -> StoreResult<Looked> {
        twice!(self, self.inner.look(references, keys))
    }
    async fn write_after(&self, turn: i64, writes: &Writes) -> StoreResult<Option<i64>> {
        twice!(self, self.inner.write_after(turn, writes))
    }
    async fn message(&self, sender: &OrgCode, id: Uuid) -> StoreResult<Option<MessageView>> {
        twice!(self, self.inner.message(sender, id))
    }
    async fn messages(
        &self,
        sender: &OrgCode,
        before: Option<Uuid>,
        limit: u32,
    ) -> StoreResult<Vec<MessageSummary>> {
        twice!(self, self.inner.messages(sender, before, limit))
    }
    async fn original(&self, id: Uuid) -> StoreResult<Option<Original>> {
        twice!(self, self.inner.original(id))
    }
    async fn records(&self, ids: &[Uuid]) -> StoreResult<Vec<StoredRecord>> {
        twice!(self, self.inner.records(ids))
    }
    async fn records_of(
        &self,
        kind: Kind,
        after: Option<Uuid>,
        limit: u32,
    ) -> StoreResult<Vec<StoredRecord>> {
        twice!(self, self.inner.records_of(kind, after, limit))
    }
    async fn versions(&self, id: Uuid, limit: u32) -> StoreResult<Vec<VersionRow>> {
        twice!(self, self.inner.versions(id, limit))
    }
    async fn proposal(&self, id: Uuid) -> StoreResult<Option<ProposalRow>> {
        twice!(self, self.inner.proposal(id))
    }
    async fn proposals(&self, records: &[Uuid]) -> StoreResult<Vec<ProposalRow>> {
        twice!(self, self.inner.proposals(records))
    }
    async fn proposals_beside(
        &self,
        organisation: &OrgCode,
        state: Option<ProposalState>,
        before: Option<Uuid>,
        limit: u32,
    ) -> StoreResult<Vec<ProposalRow>> {
        twice!(
            self,
            self.inner
                .proposals_beside(organisation, state, before, limit)
        )
    }
    async fn links(&self, kandidaten: &[Uuid]) -> StoreResult<Vec<Link>> {
        twice!(self, self.inner.links(kandidaten))
    }
    async fn bsns(&self, kandidaten: &[Uuid]) -> StoreResult<Vec<(Uuid, Vec<u8>)>> {
        twice!(self, self.inner.bsns(kandidaten))
    }
    async fn outbox_due(
        &self,
        now: Timestamp,
        limit: u32,
        except: &[OrgCode],
    ) -> StoreResult<Vec<OutboxItem>> {
        twice!(self, self.inner.outbox_due(now, limit, except))
    }
    async fn mark_published(&self, ids: &[Uuid], now: Timestamp) -> StoreResult<u64> {
        twice!(self, self.inner.mark_published(ids, now))
    }
    async fn put_back(&self, ids: &[Uuid]) -> StoreResult<u64> {
        twice!(self, self.inner.put_back(ids))
    }
    async fn deliveries(&self, ids: &[Uuid]) -> StoreResult<Vec<Delivery>> {
        twice!(self, self.inner.deliveries(ids))
    }
    async fn claim_push(
        &self,
        claims: &[PushClaim],
        now: Timestamp,
        until: Timestamp,
        token: Uuid,
    ) -> StoreResult<Vec<Uuid>> {
        twice!(self, self.inner.claim_push(claims, now, until, token))
    }
    async fn settle(&self, outcomes: &[Settlement], now: Timestamp) -> StoreResult<Vec<Uuid>> {
        twice!(self, self.inner.settle(outcomes, now))
    }
    async fn delivery_of(&self, recipient: &OrgCode, id: Uuid) -> StoreResult<Option<Delivery>> {
        twice!(self, self.inner.delivery_of(recipient, id))
    }
    async fn deliveries_of(
        &self,
        recipient: &OrgCode,
        state: Option<DeliveryState>,
        before: Option<Uuid>,
        limit: u32,
    ) -> StoreResult<Vec<Delivery>> {
        twice!(
            self,
            self.inner.deliveries_of(recipient, state, before, limit)
        )
    }
    async fn lease(
        &self,
        recipient: &OrgCode,
        limit: u32,
        bytes_max: u64,
        now: Timestamp,
        until: Timestamp,
        token: Uuid,
    ) -> StoreResult<Vec<Delivery>> {
        let inner = &self.inner;
        twice!(
            self,
            inner.lease(recipient, limit, bytes_max, now, until, token)
        )
    }
    async fn withhold(
        &self,
        token: Uuid,
        withheld: &[Withholding],
        now: Timestamp,
    ) -> StoreResult<Vec<Uuid>> {
        twice!(self, self.inner.withhold(token, withheld, now))
    }
    async fn answer(
        &self,
        recipient: &OrgCode,
        answers: &[LeaseAnswer],
        now: Timestamp,
    ) -> StoreResult<Vec<AnswerOutcome>> {
        twice!(self, self.inner.answer(recipient, answers, now))
    }
    async fn recover(&self, now: Timestamp, stuck: &Recovery) -> StoreResult<Recovered> {
        twice!(self, self.inner.recover(now, stuck))
    }
    async fn replay(
        &self,
        ids: &[Uuid],
        owner: Option<&OrgCode>,
        now: Timestamp,
        audit: &AuditRow,
    ) -> StoreResult<Vec<Uuid>> {
        twice!(self, self.inner.replay(ids, owner, now, audit))
    }
    async fn figures(&self, now: Timestamp) -> StoreResult<Figures> {
        twice!(self, self.inner.figures(now))
    }
    async fn add_key(&self, key: &KeyRow, audit: &AuditRow) -> StoreResult<()> {
        self.inner.add_key(key, audit).await
    }
    async fn key_by_hash(&self, hash: &[u8]) -> StoreResult<Option<KeyRow>> {
        self.inner.key_by_hash(hash).await
    }
    async fn keys(&self, org: Option<&OrgCode>) -> StoreResult<Vec<KeyRow>> {
        self.inner.keys(org).await
    }
    async fn revoke_key(&self, id: Uuid, now: Timestamp, audit: &AuditRow) -> StoreResult<bool> {
        self.inner.revoke_key(id, now, audit).await
    }
    async fn touch_keys(&self, used: &[(Uuid, Timestamp)]) -> StoreResult<()> {
        self.inner.touch_keys(used).await
    }
    async fn set_webhook(
        &self,
        org: &OrgCode,
        webhook: Option<&WebhookRow>,
        audit: &AuditRow,
    ) -> StoreResult<()> {
        self.inner.set_webhook(org, webhook, audit).await
    }
    async fn drop_webhook(
        &self,
        org: &OrgCode,
        set_at: Timestamp,
        audit: &AuditRow,
    ) -> StoreResult<bool> {
        twice!(self, self.inner.drop_webhook(org, set_at, audit))
    }
    async fn webhooks(&self) -> StoreResult<Vec<(OrgCode, WebhookRow)>> {
        twice!(self, self.inner.webhooks())
    }
    async fn audit(&self, rows: &[AuditRow]) -> StoreResult<()> {
        twice!(self, self.inner.audit(rows))
    }
    async fn audit_of(&self, object: &str, limit: u32) -> StoreResult<Vec<AuditRow>> {
        twice!(self, self.inner.audit_of(object, limit))
    }
}

/// A broker that loses, repeats and reorders, and whose confirms may not arrive.
pub struct FaultyBroker {
    pub queue: Mutex<Vec<Parcel>>,
    pub fate: Arc<Fate>,
}

impl FaultyBroker {
    pub fn new(fate: Arc<Fate>) -> Self {
        Self {
            queue: Mutex::new(Vec::new()),
            fate,
        }
    }

    /// Restarts without a memory.
    pub fn forget(&self) {
        self.queue.lock().expect("not poisoned").clear();
    }

    /// Takes up to `most` parcels from random places.
    pub fn take(&self, most: usize) -> Vec<Parcel> {
        let mut queue = self.queue.lock().expect("not poisoned");
        let mut out = Vec::new();
        while !queue.is_empty() && out.len() < most {
            let index = usize::try_from(self.fate.below(queue.len() as u64)).expect("fits");
            out.push(queue.swap_remove(index));
        }
        out
    }

    /// Puts parcels back: they were not acknowledged.
    pub fn put_back(&self, parcels: Vec<Parcel>) {
        self.queue.lock().expect("not poisoned").extend(parcels);
    }
}

#[async_trait]
impl Broker for FaultyBroker {
    fn remembers(&self) -> bool {
        false
    }

    fn refused(&self) -> Vec<(OrgCode, String)> {
        Vec::new()
    }

    async fn ensure(&self, _: &[OrgCode]) -> Result<(), BrokerError> {
        Ok(())
    }

    async fn publish(&self, parcels: &[Parcel]) -> Vec<Result<(), BrokerError>> {
        let away = || Err(BrokerError::Unavailable("simulated".to_owned()));
        parcels
            .iter()
            .map(|parcel| {
                if self.fate.strikes() {
                    return away();
                }
                let mut queue = self.queue.lock().expect("not poisoned");
                queue.push(parcel.clone());
                if self.fate.strikes() {
                    queue.push(parcel.clone());
                }
                if self.fate.strikes() { away() } else { Ok(()) }
            })
            .collect()
    }

    async fn subscribe(&self, _: &[OrgCode], _: u16) -> Result<Box<dyn Subscription>, BrokerError> {
        Ok(Box::new(Nothing))
    }

    async fn health(&self) -> Result<(), BrokerError> {
        Ok(())
    }

    async fn close(&self) {}
}

/// The simulation takes parcels itself.
struct Nothing;

#[async_trait]
impl Subscription for Nothing {
    async fn next(&mut self, _: usize, _: Duration) -> Vec<Arrival> {
        Vec::new()
    }
    async fn acknowledge(&mut self, _: &[Tag]) -> Result<(), BrokerError> {
        Ok(())
    }
    async fn give_back(&mut self, _: &[Tag]) -> Result<(), BrokerError> {
        Ok(())
    }
}
