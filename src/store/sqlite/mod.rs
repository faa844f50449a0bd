//! The embedded store: one file, one writer, some readers, in write-ahead mode with a full sync at every commit.

mod batch;
mod config;
mod intake;
mod lease;
mod open;
mod reads;
mod settle;
mod writer;

pub use config::SqliteConfig;

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
use super::failure::failed;
use super::figures;
use super::id::Id;
use super::sql;
use crate::canonical::Kind;
use crate::canonical::OrgCode;
use async_trait::async_trait;
use batch::Batch;
use futures_util::future::BoxFuture;
use intake::SqliteIntake;
use jiff::Timestamp;
use sqlx::Sqlite;
use sqlx::SqliteConnection;
use sqlx::SqlitePool;
use sqlx::query::Query;
use sqlx::sqlite::SqliteArguments;
use sqlx::sqlite::SqliteRow;
use std::path::PathBuf;
use uuid::Uuid;
use writer::Writer;

/// The store in a `SQLite` file. Cheap to clone; clones share the connections.
#[derive(Clone)]
pub struct SqliteStore {
    writer: Writer,
    /// `None` in memory, where the writer's connection is the database.
    readers: Option<SqlitePool>,
    path: PathBuf,
}

type Statement = Query<'static, Sqlite, SqliteArguments>;

impl SqliteStore {
    /// Reads with one statement, beside the writer.
    async fn read(&self, statement: Statement) -> StoreResult<Vec<SqliteRow>> {
        let store = self.clone();
        apart(async move {
            if let Some(readers) = &store.readers {
                return statement.fetch_all(readers).await.map_err(failed);
            }
            let mut turn = store.writer.turn().await?;
            statement.fetch_all(turn.conn()?).await.map_err(failed)
        })
        .await
    }

    /// Does the work in one transaction.
    async fn change<T: Send + 'static>(
        &self,
        work: impl for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, StoreResult<T>>
        + Send
        + 'static,
    ) -> StoreResult<T> {
        let writer = self.writer.clone();
        apart(async move {
            let mut tx = writer.begin().await?;
            let done = work(tx.conn()?).await?;
            tx.commit().await?;
            Ok(done)
        })
        .await
    }

    /// One changing statement; how many rows it changed.
    async fn change_rows(&self, statement: Statement) -> StoreResult<u64> {
        self.change(move |conn| {
            Box::pin(async move {
                let changed = statement.execute(conn).await.map_err(failed)?;
                Ok(changed.rows_affected())
            })
        })
        .await
    }

    /// One changing statement and its audit, in one transaction; without a changed row there is no audit.
    async fn change_with_audit(&self, statement: Statement, audit: &AuditRow) -> StoreResult<u64> {
        let mut batch = Batch::default();
        batch.audit(std::slice::from_ref(audit));
        self.change(move |conn| {
            Box::pin(async move {
                let changed = statement
                    .execute(&mut *conn)
                    .await
                    .map_err(failed)?
                    .rows_affected();
                if changed > 0 {
                    batch.execute(conn).await?;
                }
                Ok(changed)
            })
        })
        .await
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn migrate(&self) -> StoreResult<()> {
        self.change(|conn| Box::pin(open::migrate(conn))).await
    }

    async fn health(&self) -> StoreResult<()> {
        // Only the waiting is given up, not the work.
        tokio::time::timeout(HEALTH_PATIENCE, self.check())
            .await
            .unwrap_or_else(|_| Err(StoreError::Unavailable("no answer in time".into())))
    }

    async fn close(&self) {
        let store = self.clone();
        // The only failure is a task that ended early, and then there is nothing to close.
        let _ = apart(async move {
            if let Some(readers) = &store.readers {
                readers.close().await;
            }
            store.writer.close().await;
            Ok(())
        })
        .await;
    }

    async fn begin_intake(&self) -> StoreResult<Box<dyn IntakeTx>> {
        let writer = self.writer.clone();
        let tx = apart(async move { writer.begin().await }).await?;
        Ok(Box::new(SqliteIntake { tx: Some(tx) }))
    }

    async fn seen(&self, references: &[(OrgCode, String)]) -> StoreResult<Vec<SeenMessage>> {
        let rows = self
            .read(sqlx::query(reads::SEEN).bind(batch::pairs(references)))
            .await?;
        columns::all(&rows, columns::seen)
    }

    async fn look(
        &self,
        references: &[(OrgCode, String)],
        keys: &[IdentityKey],
    ) -> StoreResult<Looked> {
        // the turn first: what is written while the rest is read makes it an old one
        let turn = self.read(sqlx::query(reads::TURN)).await?;
        let known = self
            .read(sqlx::query(reads::IDENTIFY).bind(batch::keys(keys)))
            .await?;
        Ok(Looked {
            turn: intake::turn(&turn)?,
            seen: self.seen(references).await?,
            known: columns::all(&known, columns::identity)?,
        })
    }

    async fn write_after(&self, turn: i64, writes: &Writes) -> StoreResult<Option<i64>> {
        checks::writes(writes)?;
        let (store, batch) = (self.clone(), Batch::of(writes));
        apart(async move {
            let mut tx = store.writer.begin().await?;
            let found = sqlx::query(reads::TURN)
                .fetch_all(tx.conn()?)
                .await
                .map_err(failed)?;
            if intake::turn(&found)? != turn {
                return Ok(None);
            }
            batch.execute(tx.conn()?).await?;
            tx.commit().await?;
            Ok(Some(turn + 1))
        })
        .await
    }

    async fn message(&self, sender: &OrgCode, id: Uuid) -> StoreResult<Option<MessageView>> {
        let message = sqlx::query(sql::MESSAGE).bind(Id(id)).bind(sender.as_str());
        let Some(row) = self.read(message).await?.pop() else {
            return Ok(None);
        };
        let rows = self
            .read(sqlx::query(sql::DELIVERIES_OF_MESSAGE).bind(Id(id)))
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
        columns::all(&self.read(query).await?, columns::summary)
    }

    async fn original(&self, id: Uuid) -> StoreResult<Option<Original>> {
        let rows = self.read(sqlx::query(sql::ORIGINAL).bind(Id(id))).await?;
        rows.first().map(columns::original).transpose()
    }

    async fn records(&self, ids: &[Uuid]) -> StoreResult<Vec<StoredRecord>> {
        let rows = self
            .read(sqlx::query(reads::RECORDS).bind(batch::ids(ids)))
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
        columns::all(&self.read(query).await?, columns::record)
    }

    async fn versions(&self, id: Uuid, limit: u32) -> StoreResult<Vec<VersionRow>> {
        let query = sqlx::query(sql::VERSIONS)
            .bind(Id(id))
            .bind(i64::from(limit));
        columns::all(&self.read(query).await?, columns::version)
    }

    async fn proposals(&self, records: &[Uuid]) -> StoreResult<Vec<ProposalRow>> {
        let rows = self
            .read(sqlx::query(reads::PROPOSALS).bind(batch::ids(records)))
            .await?;
        columns::all(&rows, columns::proposal)
    }

    async fn proposal(&self, id: Uuid) -> StoreResult<Option<ProposalRow>> {
        let rows = self.read(sqlx::query(sql::PROPOSAL).bind(Id(id))).await?;
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
        columns::all(&self.read(query).await?, columns::proposal)
    }

    async fn links(&self, kandidaten: &[Uuid]) -> StoreResult<Vec<Link>> {
        let rows = self
            .read(sqlx::query(reads::LINKS).bind(batch::ids(kandidaten)))
            .await?;
        columns::all(&rows, columns::link)
    }

    async fn bsns(&self, kandidaten: &[Uuid]) -> StoreResult<Vec<(Uuid, Vec<u8>)>> {
        let rows = self
            .read(sqlx::query(reads::BSNS).bind(batch::ids(kandidaten)))
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
            .bind(batch::codes(except));
        columns::all(&self.read(query).await?, columns::outbox_item)
    }

    async fn mark_published(&self, ids: &[Uuid], now: Timestamp) -> StoreResult<u64> {
        let query = sqlx::query(reads::MARK_PUBLISHED)
            .bind(batch::ids(ids))
            .bind(micros(now));
        self.change_rows(query).await
    }

    async fn put_back(&self, ids: &[Uuid]) -> StoreResult<u64> {
        self.change_rows(sqlx::query(reads::PUT_BACK).bind(batch::ids(ids)))
            .await
    }

    async fn deliveries(&self, ids: &[Uuid]) -> StoreResult<Vec<Delivery>> {
        let rows = self
            .read(sqlx::query(reads::DELIVERIES).bind(batch::ids(ids)))
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
        let claims = claims.to_vec();
        self.change(move |conn| Box::pin(settle::claim(conn, claims, now, until, token)))
            .await
    }

    async fn settle(&self, outcomes: &[Settlement], now: Timestamp) -> StoreResult<Vec<Uuid>> {
        checks::settlements(outcomes)?;
        let plan = settle::Plan::of(outcomes, now);
        self.change(move |conn| Box::pin(plan.execute(conn))).await
    }

    async fn delivery_of(&self, recipient: &OrgCode, id: Uuid) -> StoreResult<Option<Delivery>> {
        let query = sqlx::query(sql::DELIVERY_OF)
            .bind(Id(id))
            .bind(recipient.as_str());
        self.read(query)
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
        columns::all(&self.read(query).await?, columns::delivery)
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
        self.change(move |conn| Box::pin(lease::lease(conn, query)))
            .await
    }

    async fn withhold(
        &self,
        token: Uuid,
        withheld: &[Withholding],
        now: Timestamp,
    ) -> StoreResult<Vec<Uuid>> {
        checks::withheld(withheld)?;
        let withheld = withheld.to_vec();
        self.change(move |conn| Box::pin(lease::withhold(conn, token, withheld, now)))
            .await
    }

    async fn answer(
        &self,
        recipient: &OrgCode,
        answers: &[LeaseAnswer],
        now: Timestamp,
    ) -> StoreResult<Vec<AnswerOutcome>> {
        checks::answers(answers)?;
        let (recipient, answers) = (recipient.clone(), answers.to_vec());
        self.change(move |conn| Box::pin(lease::answer(conn, recipient, answers, now)))
            .await
    }

    async fn recover(&self, now: Timestamp, stuck: &Recovery) -> StoreResult<Recovered> {
        let stuck = *stuck;
        self.change(move |conn| Box::pin(settle::recover(conn, now, stuck)))
            .await
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
            .bind(batch::ids(ids))
            .bind(micros(now))
            .bind(sender_or_recipient.map(OrgCode::as_str));
        let audit = audit.clone();
        self.change(move |conn| Box::pin(settle::replay(conn, query, audit)))
            .await
    }

    async fn figures(&self, now: Timestamp) -> StoreResult<Figures> {
        let rows = self
            .read(sqlx::query(sql::FIGURES).bind(micros(now)))
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
        let rows = self.read(sqlx::query(sql::KEY_BY_HASH).bind(hash)).await?;
        rows.first().map(columns::key).transpose()
    }

    async fn keys(&self, org: Option<&OrgCode>) -> StoreResult<Vec<KeyRow>> {
        let rows = self
            .read(sqlx::query(sql::KEYS).bind(org.map(OrgCode::as_str)))
            .await?;
        columns::all(&rows, columns::key)
    }

    async fn revoke_key(&self, id: Uuid, now: Timestamp, audit: &AuditRow) -> StoreResult<bool> {
        checks::audit(std::slice::from_ref(audit))?;
        let query = sqlx::query(sql::REVOKE_KEY).bind(Id(id)).bind(micros(now));
        Ok(self.change_with_audit(query, audit).await? > 0)
    }

    async fn touch_keys(&self, used: &[(Uuid, Timestamp)]) -> StoreResult<()> {
        let query = sqlx::query(reads::TOUCH_KEYS).bind(batch::touched(used));
        self.change_rows(query).await.map(drop)
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
            &self.read(sqlx::query(sql::WEBHOOKS)).await?,
            columns::webhook,
        )
    }

    async fn audit(&self, rows: &[AuditRow]) -> StoreResult<()> {
        checks::audit(rows)?;
        let mut batch = Batch::default();
        batch.audit(rows);
        self.change(move |conn| Box::pin(batch.execute(conn))).await
    }

    async fn audit_of(&self, object: &str, limit: u32) -> StoreResult<Vec<AuditRow>> {
        let query = sqlx::query(sql::AUDIT_OF)
            .bind(object)
            .bind(i64::from(limit));
        columns::all(&self.read(query).await?, columns::audit)
    }
}
