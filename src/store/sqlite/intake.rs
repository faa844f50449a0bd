//! The intake transaction on `SQLite`.

use super::super::IdentityKey;
use super::super::IdentityRow;
use super::super::IntakeTx;
use super::super::Link;
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
use super::super::failure::failed;
use super::batch;
use super::batch::Batch;
use super::writer::Tx;
use crate::canonical::OrgCode;
use async_trait::async_trait;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

/// The transaction; `None` while a step runs apart, and after the first failure: what failed once does not commit.
pub(super) struct SqliteIntake {
    pub(super) tx: Option<Tx>,
}

impl SqliteIntake {
    fn take(&mut self) -> StoreResult<Tx> {
        let ended = || StoreError::Refused("the transaction failed or has ended".into());
        self.tx.take().ok_or_else(ended)
    }

    async fn read(&mut self, sql: &'static str, list: String) -> StoreResult<Vec<SqliteRow>> {
        let mut tx = self.take()?;
        let (tx, rows) = apart(async move {
            let rows = sqlx::query(sql)
                .bind(list)
                .fetch_all(tx.conn()?)
                .await
                .map_err(failed)?;
            Ok((tx, rows))
        })
        .await?;
        self.tx = Some(tx);
        Ok(rows)
    }
}

#[async_trait]
impl IntakeTx for SqliteIntake {
    async fn seen(&mut self, references: &[(OrgCode, String)]) -> StoreResult<Vec<SeenMessage>> {
        let rows = self
            .read(super::reads::SEEN, batch::pairs(references))
            .await?;
        columns::all(&rows, columns::seen)
    }

    async fn identify(&mut self, keys: &[IdentityKey]) -> StoreResult<Vec<IdentityRow>> {
        let rows = self.read(super::reads::IDENTIFY, batch::keys(keys)).await?;
        columns::all(&rows, columns::identity)
    }

    async fn load(&mut self, ids: &[Uuid]) -> StoreResult<Vec<StoredRecord>> {
        let rows = self.read(super::reads::RECORDS, batch::ids(ids)).await?;
        columns::all(&rows, columns::record)
    }

    async fn links(&mut self, kandidaten: &[Uuid]) -> StoreResult<Vec<Link>> {
        let rows = self
            .read(super::reads::LINKS, batch::ids(kandidaten))
            .await?;
        columns::all(&rows, columns::link)
    }

    async fn proposals(&mut self, records: &[Uuid]) -> StoreResult<Vec<ProposalRow>> {
        let rows = self
            .read(super::reads::PROPOSALS, batch::ids(records))
            .await?;
        columns::all(&rows, columns::proposal)
    }

    async fn write(&mut self, writes: &Writes) -> StoreResult<()> {
        let mut tx = self.take()?;
        checks::writes(writes)?;
        let batch = Batch::of(writes);
        let tx = apart(async move {
            batch.execute(tx.conn()?).await?;
            Ok(tx)
        })
        .await?;
        self.tx = Some(tx);
        Ok(())
    }

    async fn commit(mut self: Box<Self>) -> StoreResult<()> {
        let tx = self.take()?;
        apart(tx.commit()).await
    }
}

/// How many batches were written.
pub(super) fn turn(rows: &[SqliteRow]) -> StoreResult<i64> {
    let row = rows.first();
    let missing = || StoreError::Corrupt("the turn is not there".into());
    row.ok_or_else(missing)?.number("number")
}
