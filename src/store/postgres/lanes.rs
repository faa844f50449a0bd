//! The connections. A pool of its own instead of sqlx's, for one rule that must hold without exception: a connection
//! is used again only when its last statement is known to have ended with no transaction open; in every other case
//! it is closed, and the server rolls back. sqlx's pool also returns connections that were dropped in the middle of
//! something, waits without a limit when it does, and asks the server twice more per use.

use super::super::StoreError;
use super::super::StoreResult;
use super::super::failure::failed;
use super::PostgresConfig;
use super::Statement;
use super::nodelay;
use sqlx::AssertSqlSafe;
use sqlx::ConnectOptions;
use sqlx::Connection;
use sqlx::PgConnection;
use sqlx::SqlSafeStr;
use sqlx::postgres::PgConnectOptions;
use sqlx::postgres::PgDatabaseError;
use sqlx::postgres::PgRow;
use sqlx::postgres::PgSeverity;
use sqlx::raw_sql;
use std::future::Future;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;
use std::time::Instant;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// A connection that lay idle for longer is asked whether it still lives.
const TRUSTED_IDLE: Duration = Duration::from_secs(1);
/// A connection is used no longer than this, so that a change of server or settings is noticed.
const LIFE: Duration = Duration::from_mins(30);
/// How long a step of the schema may take.
const SCHEMA_PATIENCE: Duration = Duration::from_hours(1);

/// The connections to one database.
#[derive(Clone)]
pub(super) struct Lanes {
    shared: Arc<Shared>,
}

struct Shared {
    options: PgConnectOptions,
    settings: String,
    connect_timeout: Duration,
    patience: Duration,
    permits: Arc<Semaphore>,
    idle: Mutex<Vec<Idle>>,
}

struct Idle {
    conn: PgConnection,
    born: Instant,
    since: Instant,
}

impl Lanes {
    pub(super) fn new(config: &PostgresConfig) -> StoreResult<Self> {
        let options: PgConnectOptions = config.url.parse().map_err(failed)?;
        let shared = Shared {
            options: options
                .application_name("schakel")
                .disable_statement_logging(),
            settings: settings(config),
            connect_timeout: config.connect_timeout(),
            patience: config.patience(),
            permits: Arc::new(Semaphore::new(config.connections.max(2) as usize)),
            idle: Mutex::default(),
        };
        Ok(Self {
            shared: Arc::new(shared),
        })
    }

    /// A connection, when one is free in time: one that is known to be clean, else a new one.
    pub(super) async fn lane(&self) -> StoreResult<Lane> {
        let shared = Arc::clone(&self.shared);
        let permit = timeout(
            shared.connect_timeout,
            shared.permits.clone().acquire_owned(),
        )
        .await
        .map_err(|_| StoreError::Unavailable("no connection came free in time".into()))?
        .map_err(|_| StoreError::Unavailable("the store is closed".into()))?;
        while let Some(mut idle) = shared.pop() {
            let fit = idle.born.elapsed() < LIFE
                && (idle.since.elapsed() < TRUSTED_IDLE || idle.answers().await);
            if fit {
                return Ok(Lane::new(idle.conn, idle.born, shared, permit));
            }
        }
        let conn = timeout(shared.connect_timeout, shared.connect())
            .await
            .map_err(|_| StoreError::Unavailable("no connection was made in time".into()))?
            .map_err(failed)?;
        Ok(Lane::new(conn, Instant::now(), shared, permit))
    }

    pub(super) async fn close(&self) {
        self.shared.permits.close();
        while let Some(idle) = self.shared.pop() {
            // A goodbye the server need not hear.
            let _ = timeout(Duration::from_secs(1), idle.conn.close()).await;
        }
    }
}

impl Shared {
    async fn connect(&self) -> Result<PgConnection, sqlx::Error> {
        let mut conn = self.options.connect().await?;
        nodelay::towards(self.options.get_port());
        let settings = AssertSqlSafe(self.settings.as_str());
        raw_sql(settings).execute(&mut conn).await?;
        Ok(conn)
    }

    fn pop(&self) -> Option<Idle> {
        self.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop()
    }

    fn push(&self, idle: Idle) {
        if !self.permits.is_closed() {
            self.idle
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(idle);
        }
    }
}

impl Idle {
    async fn answers(&mut self) -> bool {
        matches!(timeout(TRUSTED_IDLE, self.conn.ping()).await, Ok(Ok(())))
    }
}

/// What each connection is told once. Every statement of this store is a lookup by key: told so, the planner does not
/// read whole tables that were nearly empty when it last looked. Commits are always waited for.
fn settings(config: &PostgresConfig) -> String {
    let (statement, lock) = (config.statement_timeout_ms, config.lock_timeout_ms);
    let idle = statement.saturating_add(10_000);
    format!(
        "SET statement_timeout = {statement}; SET lock_timeout = {lock}; \
         SET idle_in_transaction_session_timeout = {idle}; \
         SET default_transaction_isolation = 'read committed'; \
         SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; SET jit = off; \
         SELECT set_config('synchronous_commit', 'on', false) \
         WHERE current_setting('synchronous_commit') = 'off';"
    )
}

/// A connection in use. [`Lane::give_back`] puts it back when it is clean; dropping it closes it.
pub(super) struct Lane {
    conn: PgConnection,
    born: Instant,
    /// The server's last answer was missed or was its goodbye.
    broken: bool,
    patience: Duration,
    shared: Arc<Shared>,
    _permit: OwnedSemaphorePermit,
}

impl Lane {
    fn new(
        conn: PgConnection,
        born: Instant,
        shared: Arc<Shared>,
        permit: OwnedSemaphorePermit,
    ) -> Self {
        Self {
            conn,
            born,
            broken: false,
            patience: shared.patience,
            shared,
            _permit: permit,
        }
    }

    pub(super) async fn rows(&mut self, statement: Statement) -> StoreResult<Vec<PgRow>> {
        let done = bounded(self.patience, statement.fetch_all(&mut self.conn)).await;
        self.noted(done)
    }

    pub(super) async fn execute(&mut self, statement: Statement) -> StoreResult<u64> {
        let done = bounded(self.patience, statement.execute(&mut self.conn)).await;
        self.noted(done).map(|done| done.rows_affected())
    }

    /// Statements without arguments, in one go; how many rows they found or changed.
    pub(super) async fn script(&mut self, script: impl SqlSafeStr + Send) -> StoreResult<u64> {
        let done = bounded(self.patience, raw_sql(script).execute(&mut self.conn)).await;
        self.noted(done).map(|done| done.rows_affected())
    }

    fn noted<T>(&mut self, done: Option<Result<T, sqlx::Error>>) -> StoreResult<T> {
        match done {
            Some(Ok(done)) => Ok(done),
            Some(Err(error)) => {
                self.broken |= !still_speaking(&error);
                Err(failed(error))
            }
            None => {
                self.broken = true;
                Err(StoreError::Unavailable("no answer in time".into()))
            }
        }
    }

    /// For the one kind of statement that may take long: a step of the schema. Its connection is not used again.
    pub(super) fn be_patient(&mut self) {
        self.patience = SCHEMA_PATIENCE;
    }

    pub(super) fn is_broken(&self) -> bool {
        self.broken
    }

    /// Puts the connection back. The caller knows that no transaction is open on it.
    pub(super) fn give_back(self) {
        if !self.broken && self.patience == self.shared.patience {
            let (born, since) = (self.born, Instant::now());
            let conn = self.conn;
            self.shared.push(Idle { conn, born, since });
        }
    }
}

/// Given up, the future has left the connection in the middle of something; its lane is then broken.
async fn bounded<T>(
    patience: Duration,
    work: impl Future<Output = Result<T, sqlx::Error>>,
) -> Option<Result<T, sqlx::Error>> {
    timeout(patience, work).await.ok()
}

/// After an ordinary error the server waits for the next statement; a fatal one is its last word.
fn still_speaking(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Database(error) => {
            error
                .try_downcast_ref::<PgDatabaseError>()
                .is_some_and(|error| {
                    !matches!(error.severity(), PgSeverity::Fatal | PgSeverity::Panic)
                })
        }
        _ => false,
    }
}
