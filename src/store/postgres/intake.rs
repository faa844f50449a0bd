//! The intake transaction on `PostgreSQL`.

use super::super::IdentityKey;
use super::super::IdentityRow;
use super::super::IntakeTx;
use super::super::Link;
use super::super::Looked;
use super::super::ProposalRow;
use super::super::SeenMessage;
use super::super::StoreError;
use super::super::StoreResult;
use super::super::StoredRecord;
use super::super::Writes;
use super::super::checks;
use super::super::columns;
use super::super::columns::Columns;
use super::super::failure::apart;
use super::super::id::ids;
use super::Statement;
use super::insert;
use super::reads;
use super::tx::Tx;
use crate::canonical::OrgCode;
use async_trait::async_trait;
use sqlx::AssertSqlSafe;
use sqlx::SqlSafeStr;
use sqlx::postgres::PgRow;
use std::collections::BTreeSet;
use tokio::sync::OwnedMutexGuard;
use uuid::Uuid;

/// Writers wait for each other on this row: those of this gateway and of any other on this database. The lock ends with
/// the transaction.
pub(super) const BEGIN: &str = "BEGIN; SELECT number FROM turns WHERE one = 1 FOR UPDATE";

/// The transaction and this gateway's turn; `None` while a step runs apart, and after the first failure: what failed
/// once does not commit.
pub(super) struct PostgresIntake {
    pub(super) tx: Option<(Tx, OwnedMutexGuard<()>)>,
}

impl PostgresIntake {
    fn take(&mut self) -> StoreResult<(Tx, OwnedMutexGuard<()>)> {
        let ended = || StoreError::Refused("the transaction failed or has ended".into());
        self.tx.take().ok_or_else(ended)
    }

    async fn read(&mut self, statement: Statement) -> StoreResult<Vec<PgRow>> {
        let (mut tx, turn) = self.take()?;
        let (held, rows) = apart(async move {
            let rows = tx.rows(statement).await?;
            Ok(((tx, turn), rows))
        })
        .await?;
        self.tx = Some(held);
        Ok(rows)
    }
}

/// Messages seen before, by sender and reference.
pub(super) fn seen(references: &[(OrgCode, String)]) -> Statement {
    named(sqlx::query(reads::SEEN), references)
}

/// What [`looked`] reads.
pub(super) fn look(references: &[(OrgCode, String)], keys: &[IdentityKey]) -> Statement {
    keyed(named(sqlx::query(reads::LOOK), references), keys)
}

pub(super) fn looked(rows: &[PgRow]) -> StoreResult<Looked> {
    let mut looked = Looked::default();
    for row in rows {
        if let Some(turn) = row.number_if("turn")? {
            looked.turn = turn;
        } else if row.text_if("kind")?.is_some() {
            looked.known.push(columns::identity(row)?);
        } else {
            looked.seen.push(columns::seen(row)?);
        }
    }
    Ok(looked)
}

/// Starts a write that nobody else is to have come before since this turn.
pub(super) fn begin_after(turn: i64) -> impl SqlSafeStr + Send {
    AssertSqlSafe(format!(
        "BEGIN; SELECT number FROM turns WHERE one = 1 AND number = {turn} FOR UPDATE"
    ))
}

#[async_trait]
impl IntakeTx for PostgresIntake {
    async fn seen(&mut self, references: &[(OrgCode, String)]) -> StoreResult<Vec<SeenMessage>> {
        columns::all(&self.read(seen(references)).await?, columns::seen)
    }

    async fn identify(&mut self, keys: &[IdentityKey]) -> StoreResult<Vec<IdentityRow>> {
        let query = keyed(sqlx::query(reads::IDENTIFY), keys);
        columns::all(&self.read(query).await?, columns::identity)
    }

    async fn load(&mut self, wanted: &[Uuid]) -> StoreResult<Vec<StoredRecord>> {
        let rows = self
            .read(sqlx::query(reads::RECORDS).bind(ids(wanted)))
            .await?;
        columns::all(&rows, columns::record)
    }

    async fn links(&mut self, kandidaten: &[Uuid]) -> StoreResult<Vec<Link>> {
        let rows = self
            .read(sqlx::query(reads::LINKS).bind(ids(kandidaten)))
            .await?;
        columns::all(&rows, columns::link)
    }

    async fn proposals(&mut self, records: &[Uuid]) -> StoreResult<Vec<ProposalRow>> {
        let rows = self
            .read(sqlx::query(reads::PROPOSALS).bind(ids(records)))
            .await?;
        columns::all(&rows, columns::proposal)
    }

    async fn write(&mut self, writes: &Writes) -> StoreResult<()> {
        let (mut tx, turn) = self.take()?;
        checks::writes(writes)?;
        let statement = insert::write(writes);
        let held = apart(async move {
            tx.execute(statement).await?;
            Ok((tx, turn))
        })
        .await?;
        self.tx = Some(held);
        Ok(())
    }

    async fn commit(mut self: Box<Self>) -> StoreResult<()> {
        let (tx, turn) = self.take()?;
        apart(async move {
            let committed = tx.commit().await;
            drop(turn);
            committed
        })
        .await
    }
}

fn named(statement: Statement, references: &[(OrgCode, String)]) -> Statement {
    let once: BTreeSet<_> = references
        .iter()
        .map(|(org, text)| (org.as_str(), text.as_str()))
        .collect();
    let (senders, texts): (Vec<_>, Vec<_>) = once.into_iter().unzip();
    statement.bind(senders).bind(texts)
}

fn keyed(statement: Statement, keys: &[IdentityKey]) -> Statement {
    let once: BTreeSet<_> = keys.iter().collect();
    let values: Vec<_> = once.iter().map(|key| key.value.as_slice()).collect();
    let kinds: Vec<_> = once.iter().map(|key| key.kind.as_str()).collect();
    let schemes: Vec<_> = once.iter().map(|key| key.scheme.as_str()).collect();
    statement.bind(values).bind(kinds).bind(schemes)
}
