//! The store on `PostgreSQL`. A batch is one statement a table, by arrays; most operations are one statement, and one
//! statement is one transaction.

mod config;
mod insert;
mod intake;
mod lanes;
mod nodelay;
mod reads;
mod schema;
mod settle;
mod tx;

pub use config::PostgresConfig;

use super::AnswerOutcome;
use super::AuditRow;
use super::Delivery;
use super::DeliveryState;
use super::Figures;
use super::HEALTH_PATIENCE;
use super::IdentityKey;
use super::IntakeTx;
use super::KeyRow;
use super::LeaseAnswer;
use super::Link;
use super::Looked;
use super::MessageSummary;
use super::MessageView;
use super::Original;
use super::OutboxItem;
use super::ProposalRow;
use super::ProposalState;
use super::PushClaim;
use super::Recovered;
use super::Recovery;
use super::SeenMessage;
use super::Settlement;
use super::Store;
use super::StoreError;
use super::StoreResult;
use super::StoredRecord;
use super::VersionRow;
use super::WebhookRow;
use super::Withholding;
use super::Writes;
use super::checks;
use super::columns;
use super::columns::micros;
use super::failure::apart;
use super::figures;
use super::id;
use super::id::Id;
use super::settling;
use super::sql;
use crate::canonical::Kind;
use crate::canonical::OrgCode;
use async_trait::async_trait;
use intake::PostgresIntake;
use jiff::Timestamp;
use lanes::Lanes;
use sqlx::Postgres;
use sqlx::postgres::PgArguments;
use sqlx::postgres::PgRow;
use sqlx::query::Query;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::sync::OwnedMutexGuard;
use tx::Tx;
use uuid::Uuid;

/// The store in a `PostgreSQL` database. Cheap to clone; clones share the connections.
#[derive(Clone)]
pub struct PostgresStore {
    lanes: Lanes,
    /// The intakes of this gateway queue here, so that only one of them waits in the database with a connection.
    turn: Arc<Mutex<()>>,
    patience: Duration,
}

type Statement = Query<'static, Postgres, PgArguments>;

impl PostgresStore {
    /// Takes the settings. Connections are made when they are needed: a gateway may start before its database, and
    /// [`Store::health`] tells.
    // Async as the other store's, so that the two are used alike.
    #[allow(clippy::unused_async)]
    pub async fn connect(config: PostgresConfig) -> StoreResult<Self> {
        Ok(Self {
            lanes: Lanes::new(&config)?,
            turn: Arc::default(),
            patience: config.patience(),
        })
    }

    /// This gateway's own turn to write.
    async fn mine(&self) -> StoreResult<OwnedMutexGuard<()>> {
        tokio::time::timeout(self.patience, Arc::clone(&self.turn).lock_owned())
            .await
            .map_err(|_| StoreError::Unavailable("no turn to write in time".into()))
    }

    /// One statement, with its rows.
    async fn rows(&self, statement: Statement) -> StoreResult<Vec<PgRow>> {
        let lanes = self.lanes.clone();
        apart(async move {
            let mut lane = lanes.lane().await?;
            let rows = lane.rows(statement).await;
            // After an ordinary error no transaction is open either: one statement is one transaction.
            lane.give_back();
            rows
        })
        .await
    }

    /// One changing statement; how many rows it changed.
    async fn change(&self, statement: Statement) -> StoreResult<u64> {
        let lanes = self.lanes.clone();
        apart(async move {
            let mut lane = lanes.lane().await?;
            let changed = lane.execute(statement).await;
            lane.give_back();
            changed
        })
        .await
    }

    /// One changing statement and its audit, in one transaction; without a changed row there is no audit.
    async fn change_with_audit(&self, statement: Statement, audit: &AuditRow) -> StoreResult<u64> {
        let noted = insert::audit(std::slice::from_ref(audit));
        let lanes = self.lanes.clone();
        apart(async move {
            let mut tx = Tx::begin(&lanes, "BEGIN").await?;
            let changed = tx.execute(statement).await?;
            if changed > 0 {
                tx.execute(noted).await?;
            }
            tx.commit().await?;
            Ok(changed)
        })
        .await
    }
}

#[async_trait]
impl Store for PostgresStore {
    async fn migrate(&self) -> StoreResult<()> {
        let lanes = self.lanes.clone();
        apart(async move { schema::migrate(&lanes).await }).await
    }

    async fn health(&self) -> StoreResult<()> {
        // Only the waiting is given up, not the work.
        let rows =
            tokio::time::timeout(HEALTH_PATIENCE, self.rows(sqlx::query(sql::SCHEMA_VERSION)))
                .await
                .unwrap_or_else(|_| Err(StoreError::Unavailable("no answer in time".into())))?;
        schema::check(&rows)
    }

    async fn close(&self) {
        let lanes = self.lanes.clone();
        // The only failure is a task that ended early, and then there is nothing to close.
        let _ = apart(async move {
            lanes.close().await;
            Ok(())
        })
        .await;
    }

    async fn begin_intake(&self) -> StoreResult<Box<dyn IntakeTx>> {
        let store = self.clone();
        let tx = apart(async move {
            let mine = store.mine().await?;
            Ok((Tx::begin(&store.lanes, intake::BEGIN).await?, mine))
        })
        .await?;
        Ok(Box::new(PostgresIntake { tx: Some(tx) }))
    }

    async fn seen(&self, references: &[(OrgCode, String)]) -> StoreResult<Vec<SeenMessage>> {
        columns::all(&self.rows(intake::seen(references)).await?, columns::seen)
    }

    async fn look(
        &self,
        references: &[(OrgCode, String)],
        keys: &[IdentityKey],
    ) -> StoreResult<Looked> {
        intake::looked(&self.rows(intake::look(references, keys)).await?)
    }

    async fn write_after(&self, turn: i64, writes: &Writes) -> StoreResult<Option<i64>> {
        checks::writes(writes)?;
        let (store, statement) = (self.clone(), insert::write(writes));
        apart(async move {
            let mine = store.mine().await?;
            let Some(mut tx) = Tx::begin_if(&store.lanes, intake::begin_after(turn)).await? else {
                return Ok(None);
            };
            tx.execute(statement).await?;
            tx.commit().await?;
            drop(mine);
            Ok(Some(turn + 1))
        })
        .await
    }

    async fn message(&self, sender: &OrgCode, id: Uuid) -> StoreResult<Option<MessageView>> {
        let message = sqlx::query(sql::MESSAGE).bind(Id(id)).bind(sender.as_str());
        let Some(row) = self.rows(message).await?.pop() else {
            return Ok(None);
        };
        let rows = self
            .rows(sqlx::query(sql::DELIVERIES_OF_MESSAGE).bind(Id(id)))
            .await?;
        columns::message(&row, columns::all(&rows, columns::delivery)?).map(Some)
    }

    async fn messages(
        &self,
        sender: &OrgCode,
        before: Option<Uuid>,
        limit: u32,
    ) -> StoreResult<Vec<MessageSummary>> {
        let query = sqlx::query(sql::MESSAGES)
            .bind(sender.as_str())
            .bind(before.map(Id))
            .bind(sql::bound(before))
            .bind(i64::from(limit));
        columns::all(&self.rows(query).await?, columns::summary)
    }

    async fn original(&self, id: Uuid) -> StoreResult<Option<Original>> {
        let rows = self.rows(sqlx::query(sql::ORIGINAL).bind(Id(id))).await?;
        rows.first().map(columns::original).transpose()
    }

    async fn records(&self, ids: &[Uuid]) -> StoreResult<Vec<StoredRecord>> {
        let rows = self
            .rows(sqlx::query(reads::RECORDS).bind(id::ids(ids)))
            .await?;
        columns::all(&rows, columns::record)
    }

    async fn records_of(
        &self,
        kind: Kind,
        after: Option<Uuid>,
        limit: u32,
    ) -> StoreResult<Vec<StoredRecord>> {
        let query = sqlx::query(sql::RECORDS_OF)
            .bind(kind.as_str())
            .bind(Id(after.unwrap_or_default()))
            .bind(i64::from(limit));
        columns::all(&self.rows(query).await?, columns::record)
    }

    async fn versions(&self, id: Uuid, limit: u32) -> StoreResult<Vec<VersionRow>> {
        let query = sqlx::query(sql::VERSIONS)
            .bind(Id(id))
            .bind(i64::from(limit));
        columns::all(&self.rows(query).await?, columns::version)
    }

    async fn proposals(&self, records: &[Uuid]) -> StoreResult<Vec<ProposalRow>> {
        let rows = self
            .rows(sqlx::query(reads::PROPOSALS).bind(id::ids(records)))
            .await?;
        columns::all(&rows, columns::proposal)
    }

    async fn proposal(&self, id: Uuid) -> StoreResult<Option<ProposalRow>> {
        let rows = self.rows(sqlx::query(sql::PROPOSAL).bind(Id(id))).await?;
        rows.first().map(columns::proposal).transpose()
    }

    async fn proposals_beside(
        &self,
        organisation: &OrgCode,
        state: Option<ProposalState>,
        before: Option<Uuid>,
        limit: u32,
    ) -> StoreResult<Vec<ProposalRow>> {
        let query = sqlx::query(sql::PROPOSALS_BESIDE)
            .bind(organisation.as_str())
            .bind(before.map(Id))
            .bind(sql::bound(before))
            .bind(i64::from(limit))
            .bind(state.map(ProposalState::as_str));
        columns::all(&self.rows(query).await?, columns::proposal)
    }

    async fn links(&self, kandidaten: &[Uuid]) -> StoreResult<Vec<Link>> {
        let rows = self
            .rows(sqlx::query(reads::LINKS).bind(id::ids(kandidaten)))
            .await?;
        columns::all(&rows, columns::link)
    }

    async fn bsns(&self, kandidaten: &[Uuid]) -> StoreResult<Vec<(Uuid, Vec<u8>)>> {
        let rows = self
            .rows(sqlx::query(reads::BSNS).bind(id::ids(kandidaten)))
            .await?;
        columns::all(&rows, columns::bsn)
    }

    async fn outbox_due(
        &self,
        now: Timestamp,
        limit: u32,
        except: &[OrgCode],
    ) -> StoreResult<Vec<OutboxItem>> {
        let query = sqlx::query(reads::OUTBOX_DUE)
            .bind(micros(now))
            .bind(i64::from(limit))
            .bind(except.iter().map(OrgCode::as_str).collect::<Vec<_>>());
        columns::all(&self.rows(query).await?, columns::outbox_item)
    }

    async fn mark_published(&self, ids: &[Uuid], now: Timestamp) -> StoreResult<u64> {
        self.change(
            sqlx::query(reads::MARK_PUBLISHED)
                .bind(id::ids(ids))
                .bind(micros(now)),
        )
        .await
    }

    async fn put_back(&self, ids: &[Uuid]) -> StoreResult<u64> {
        self.change(sqlx::query(reads::PUT_BACK).bind(id::ids(ids)))
            .await
    }

    async fn deliveries(&self, ids: &[Uuid]) -> StoreResult<Vec<Delivery>> {
        let rows = self
            .rows(sqlx::query(reads::DELIVERIES).bind(id::ids(ids)))
            .await?;
        columns::all(&rows, columns::delivery_with_content)
    }

    async fn claim_push(
        &self,
        claims: &[PushClaim],
        now: Timestamp,
        until: Timestamp,
        token: Uuid,
    ) -> StoreResult<Vec<Uuid>> {
        checks::claims(claims)?;
        let query = settle::claim(claims, now, until, token);
        columns::all(&self.rows(query).await?, columns::just_id)
    }

    async fn settle(&self, outcomes: &[Settlement], now: Timestamp) -> StoreResult<Vec<Uuid>> {
        checks::settlements(outcomes)?;
        let rows = self.rows(settle::statement(outcomes, now)).await?;
        columns::all(&rows, columns::just_id)
    }

    async fn delivery_of(&self, recipient: &OrgCode, id: Uuid) -> StoreResult<Option<Delivery>> {
        let query = sqlx::query(sql::DELIVERY_OF)
            .bind(Id(id))
            .bind(recipient.as_str());
        self.rows(query)
            .await?
            .first()
            .map(columns::delivery_with_content)
            .transpose()
    }

    async fn deliveries_of(
        &self,
        recipient: &OrgCode,
        state: Option<DeliveryState>,
        before: Option<Uuid>,
        limit: u32,
    ) -> StoreResult<Vec<Delivery>> {
        let query = sqlx::query(sql::DELIVERIES_OF)
            .bind(recipient.as_str())
            .bind(before.map(Id))
            .bind(sql::bound(before))
            .bind(i64::from(limit))
            .bind(state.map(DeliveryState::as_str));
        columns::all(&self.rows(query).await?, columns::delivery)
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
        let query = sqlx::query(reads::LEASE)
            .bind(recipient.as_str())
            .bind(micros(now))
            .bind(i64::from(limit))
            .bind(micros(until))
            .bind(Id(token))
            .bind(i64::try_from(bytes_max).unwrap_or(i64::MAX));
        columns::all(&self.rows(query).await?, columns::delivery_with_content)
    }

    async fn withhold(
        &self,
        token: Uuid,
        withheld: &[Withholding],
        now: Timestamp,
    ) -> StoreResult<Vec<Uuid>> {
        checks::withheld(withheld)?;
        let rows = self.rows(settle::withhold(token, withheld, now)).await?;
        columns::all(&rows, columns::just_id)
    }

    async fn answer(
        &self,
        recipient: &OrgCode,
        answers: &[LeaseAnswer],
        now: Timestamp,
    ) -> StoreResult<Vec<AnswerOutcome>> {
        checks::answers(answers)?;
        let rows = self.rows(settle::answer(recipient, answers, now)).await?;
        let done: HashSet<Uuid> = columns::all(&rows, columns::just_id)?.into_iter().collect();
        let unsettled = settling::unsettled(answers, &done);
        let mut rows = Vec::new();
        if !unsettled.is_empty() {
            let query = sqlx::query(reads::STANDING)
                .bind(id::ids(&unsettled))
                .bind(recipient.as_str());
            rows = self.rows(query).await?;
        }
        let standing = columns::all(&rows, settling::standing)?
            .into_iter()
            .collect();
        Ok(settling::outcomes(answers, &done, &standing))
    }

    async fn recover(&self, now: Timestamp, stuck: &Recovery) -> StoreResult<Recovered> {
        let stuck = *stuck;
        let lanes = self.lanes.clone();
        apart(async move { settle::recover(&lanes, now, stuck).await }).await
    }

    async fn replay(
        &self,
        ids: &[Uuid],
        sender_or_recipient: Option<&OrgCode>,
        now: Timestamp,
        audit: &AuditRow,
    ) -> StoreResult<Vec<Uuid>> {
        checks::audit(std::slice::from_ref(audit))?;
        let query = sqlx::query(reads::REPLAY)
            .bind(id::ids(ids))
            .bind(micros(now))
            .bind(sender_or_recipient.map(OrgCode::as_str))
            .bind(micros(audit.at))
            .bind(audit.action.as_str())
            .bind(audit.object.as_str())
            .bind(audit.result.as_str())
            .bind(audit.origin.as_str())
            .bind(audit.actor.as_str());
        columns::all(&self.rows(query).await?, columns::just_id)
    }

    async fn figures(&self, now: Timestamp) -> StoreResult<Figures> {
        let rows = self
            .rows(sqlx::query(sql::FIGURES).bind(micros(now)))
            .await?;
        figures::figures(&rows)
    }

    async fn add_key(&self, key: &KeyRow, audit: &AuditRow) -> StoreResult<()> {
        checks::key(key, audit)?;
        let query = sqlx::query(sql::ADD_KEY)
            .bind(Id(key.id))
            .bind(key.org.as_str())
            .bind(key.name.as_str())
            .bind(key.hash.as_slice())
            .bind(columns::pack_scopes(&key.scopes))
            .bind(micros(key.created_at))
            .bind(key.expires_at.map(micros))
            .bind(key.last_used_at.map(micros))
            .bind(key.revoked_at.map(micros));
        self.change_with_audit(query, audit).await.map(drop)
    }

    async fn key_by_hash(&self, hash: &[u8]) -> StoreResult<Option<KeyRow>> {
        let rows = self.rows(sqlx::query(sql::KEY_BY_HASH).bind(hash)).await?;
        rows.first().map(columns::key).transpose()
    }

    async fn keys(&self, org: Option<&OrgCode>) -> StoreResult<Vec<KeyRow>> {
        let rows = self
            .rows(sqlx::query(sql::KEYS).bind(org.map(OrgCode::as_str)))
            .await?;
        columns::all(&rows, columns::key)
    }

    async fn revoke_key(&self, id: Uuid, now: Timestamp, audit: &AuditRow) -> StoreResult<bool> {
        checks::audit(std::slice::from_ref(audit))?;
        let query = sqlx::query(sql::REVOKE_KEY).bind(Id(id)).bind(micros(now));
        Ok(self.change_with_audit(query, audit).await? > 0)
    }

    async fn touch_keys(&self, used: &[(Uuid, Timestamp)]) -> StoreResult<()> {
        let used = settling::last_used(used);
        let (keys, moments): (Vec<_>, Vec<_>) =
            used.into_iter().map(|(key, at)| (Id(key), at)).unzip();
        self.change(sqlx::query(reads::TOUCH_KEYS).bind(keys).bind(moments))
            .await
            .map(drop)
    }

    async fn set_webhook(
        &self,
        org: &OrgCode,
        webhook: Option<&WebhookRow>,
        audit: &AuditRow,
    ) -> StoreResult<()> {
        checks::webhook(webhook, audit)?;
        let query = match webhook {
            None => sqlx::query(sql::REMOVE_WEBHOOK).bind(org.as_str()),
            Some(webhook) => sqlx::query(sql::SET_WEBHOOK)
                .bind(org.as_str())
                .bind(webhook.url.as_str())
                .bind(webhook.secret.as_slice())
                .bind(micros(webhook.set_at)),
        };
        self.change_with_audit(query, audit).await.map(drop)
    }

    async fn drop_webhook(
        &self,
        org: &OrgCode,
        set_at: Timestamp,
        audit: &AuditRow,
    ) -> StoreResult<bool> {
        checks::audit(std::slice::from_ref(audit))?;
        let query = sqlx::query(sql::DROP_WEBHOOK)
            .bind(org.as_str())
            .bind(micros(set_at));
        Ok(self.change_with_audit(query, audit).await? > 0)
    }

    async fn webhooks(&self) -> StoreResult<Vec<(OrgCode, WebhookRow)>> {
        columns::all(
            &self.rows(sqlx::query(sql::WEBHOOKS)).await?,
            columns::webhook,
        )
    }

    async fn audit(&self, rows: &[AuditRow]) -> StoreResult<()> {
        checks::audit(rows)?;
        self.change(insert::audit(rows)).await.map(drop)
    }

    async fn audit_of(&self, object: &str, limit: u32) -> StoreResult<Vec<AuditRow>> {
        let query = sqlx::query(sql::AUDIT_OF)
            .bind(object)
            .bind(i64::from(limit));
        columns::all(&self.rows(query).await?, columns::audit)
    }
}
