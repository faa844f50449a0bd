//! A transaction on one connection.

use super::super::StoreError;
use super::super::StoreResult;
use super::Statement;
use super::lanes::Lane;
use super::lanes::Lanes;
use sqlx::SqlSafeStr;
use sqlx::postgres::PgRow;
use tokio::runtime::Handle;

/// A transaction. Dropped without a commit it rolls back apart, and its connection is closed when that fails.
pub(super) struct Tx {
    lane: Option<Lane>,
}

impl Tx {
    /// Starts a transaction with this script, which begins with `BEGIN`.
    pub(super) async fn begin(lanes: &Lanes, script: impl SqlSafeStr + Send) -> StoreResult<Self> {
        let mut tx = Self {
            lane: Some(lanes.lane().await?),
        };
        tx.script(script).await?;
        Ok(tx)
    }

    /// Starts a transaction with this script, or none when the script finds no row.
    pub(super) async fn begin_if(
        lanes: &Lanes,
        script: impl SqlSafeStr + Send,
    ) -> StoreResult<Option<Self>> {
        let mut tx = Self {
            lane: Some(lanes.lane().await?),
        };
        let found = tx.lane()?.script(script).await?;
        Ok((found > 0).then_some(tx))
    }

    /// Starts a transaction that may take long.
    pub(super) async fn begin_long(
        lanes: &Lanes,
        script: impl SqlSafeStr + Send,
    ) -> StoreResult<Self> {
        let mut lane = lanes.lane().await?;
        lane.be_patient();
        let mut tx = Self { lane: Some(lane) };
        tx.script(script).await?;
        Ok(tx)
    }

    fn lane(&mut self) -> StoreResult<&mut Lane> {
        let ended = || StoreError::Refused("the transaction has ended".into());
        self.lane.as_mut().ok_or_else(ended)
    }

    pub(super) async fn rows(&mut self, statement: Statement) -> StoreResult<Vec<PgRow>> {
        self.lane()?.rows(statement).await
    }

    pub(super) async fn execute(&mut self, statement: Statement) -> StoreResult<u64> {
        self.lane()?.execute(statement).await
    }

    pub(super) async fn script(&mut self, script: impl SqlSafeStr + Send) -> StoreResult<()> {
        self.lane()?.script(script).await.map(drop)
    }

    /// After a failed statement `COMMIT` rolls back and says so only in a tag that sqlx does not show: callers must
    /// not commit after an error.
    pub(super) async fn commit(mut self) -> StoreResult<()> {
        self.script("COMMIT").await?;
        if let Some(lane) = self.lane.take() {
            lane.give_back();
        }
        Ok(())
    }
}

impl Drop for Tx {
    fn drop(&mut self) {
        let Some(mut lane) = self.lane.take().filter(|lane| !lane.is_broken()) else {
            return;
        };
        // Without a runtime the connection closes here, which rolls back as well.
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(async move {
                if lane.script("ROLLBACK").await.is_ok() {
                    lane.give_back();
                }
            });
        }
    }
}
