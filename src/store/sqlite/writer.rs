//! The one connection that writes. `SQLite` has one writer at a time anyway; queueing for it here, first come first
//! served, costs nothing, where connections that compete for its lock sleep and poll.

use super::super::StoreError;
use super::super::StoreResult;
use super::super::failure::failed;
use sqlx::ConnectOptions;
use sqlx::Connection;
use sqlx::SqliteConnection;
use sqlx::raw_sql;
use sqlx::sqlite::SqliteConnectOptions;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::sync::OwnedMutexGuard;

/// The writing connection, or room for it.
#[derive(Default)]
struct Slot {
    conn: Option<SqliteConnection>,
    /// A transaction may be open on it: set before `BEGIN`, taken back after `COMMIT` or `ROLLBACK`. Whoever finds
    /// it set rolls back first, so a transaction that was abandoned in any way can never be joined.
    unclean: bool,
    closed: bool,
}

#[derive(Clone)]
pub(super) struct Writer {
    slot: Arc<Mutex<Slot>>,
    options: SqliteConnectOptions,
    patience: Duration,
}

impl Writer {
    pub(super) async fn open(
        options: SqliteConnectOptions,
        patience: Duration,
    ) -> StoreResult<Self> {
        let conn = options.connect().await.map_err(failed)?;
        let slot = Slot {
            conn: Some(conn),
            ..Slot::default()
        };
        Ok(Self {
            slot: Arc::new(Mutex::new(slot)),
            options,
            patience,
        })
    }

    /// Waits for the turn to use the connection.
    pub(super) async fn turn(&self) -> StoreResult<Turn> {
        let waiting = self.slot.clone().lock_owned();
        let slot = tokio::time::timeout(self.patience, waiting)
            .await
            .map_err(|_| StoreError::Unavailable("no turn to write in time".into()))?;
        let mut turn = Turn { slot };
        if turn.slot.closed {
            return Err(StoreError::Unavailable("the store is closed".into()));
        }
        if turn.slot.unclean {
            turn.roll_back().await;
        }
        if turn.slot.conn.is_none() {
            turn.slot.conn = Some(self.options.connect().await.map_err(failed)?);
            turn.slot.unclean = false;
        }
        Ok(turn)
    }

    /// Starts a transaction that holds the write lock from the start, so that what it reads stays true.
    pub(super) async fn begin(&self) -> StoreResult<Tx> {
        let mut turn = self.turn().await?;
        turn.slot.unclean = true;
        let mut tx = Tx { turn: Some(turn) };
        raw_sql("BEGIN IMMEDIATE")
            .execute(tx.conn()?)
            .await
            .map_err(failed)?;
        Ok(tx)
    }

    pub(super) async fn close(&self) {
        let mut slot = self.slot.lock().await;
        slot.closed = true;
        if let Some(conn) = slot.conn.take() {
            // Closing rolls back what is open; there is nobody left to tell.
            let _ = conn.close().await;
        }
    }
}

/// The right to use the connection, until it is dropped.
pub(super) struct Turn {
    slot: OwnedMutexGuard<Slot>,
}

impl Turn {
    pub(super) fn conn(&mut self) -> StoreResult<&mut SqliteConnection> {
        let away = || StoreError::Unavailable("the database's connection is gone".into());
        self.slot.conn.as_mut().ok_or_else(away)
    }

    /// Ends what is open; a connection on which that fails is thrown away, which ends it too.
    async fn roll_back(&mut self) {
        if let Some(conn) = self.slot.conn.as_mut() {
            let ended = raw_sql("ROLLBACK").execute(conn).await;
            // Generic error 1 is "no transaction is active": SQLite itself ended it, or it never began.
            let clean = match ended {
                Ok(_) => true,
                Err(sqlx::Error::Database(error)) => error.code().as_deref() == Some("1"),
                Err(_) => false,
            };
            if !clean {
                self.slot.conn = None;
            }
        }
        self.slot.unclean = false;
    }
}

/// A transaction. Dropped without a commit it rolls back, at once or before the next turn.
pub(super) struct Tx {
    turn: Option<Turn>,
}

impl Tx {
    pub(super) fn conn(&mut self) -> StoreResult<&mut SqliteConnection> {
        let ended = || StoreError::Refused("the transaction has ended".into());
        self.turn.as_mut().ok_or_else(ended)?.conn()
    }

    pub(super) async fn commit(mut self) -> StoreResult<()> {
        raw_sql("COMMIT")
            .execute(self.conn()?)
            .await
            .map_err(failed)?;
        if let Some(mut turn) = self.turn.take() {
            turn.slot.unclean = false;
        }
        Ok(())
    }
}

impl Drop for Tx {
    fn drop(&mut self) {
        let Some(mut turn) = self.turn.take() else {
            return;
        };
        // Without a runtime the turn ends here, unclean, and the next one rolls back.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move { turn.roll_back().await });
        }
    }
}
