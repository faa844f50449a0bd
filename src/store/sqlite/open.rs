//! Opening the file, its schema, and whether it still answers.

use super::super::StoreError;
use super::super::StoreResult;
use super::super::columns::Columns;
use super::super::failure::apart;
use super::super::failure::failed;
use super::super::schema;
use super::super::sql;
use super::SqliteConfig;
use super::SqliteStore;
use super::writer::Writer;
use sqlx::ConnectOptions;
use sqlx::SqliteConnection;
use sqlx::raw_sql;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::sqlite::SqliteJournalMode;
use sqlx::sqlite::SqlitePoolOptions;
use sqlx::sqlite::SqliteSynchronous;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

impl SqliteStore {
    /// Opens the database, and makes the file and its folder when they are not there. The schema is not touched:
    /// see [`crate::store::Store::migrate`].
    pub async fn connect(config: SqliteConfig) -> StoreResult<Self> {
        apart(async move {
            if !config.in_memory {
                let path = config.path.clone();
                let made = tokio::task::spawn_blocking(move || make(&path)).await;
                made.map_err(|_| unavailable("the file"))?
                    .map_err(|error| {
                        unavailable(&format!("{}: {}", config.path.display(), error.kind()))
                    })?;
            }
            let options = options(&config);
            let patience = Duration::from_millis(config.turn_timeout_ms);
            let writer = Writer::open(options.clone(), patience).await?;
            let readers = (!config.in_memory).then(|| {
                SqlitePoolOptions::new()
                    .max_connections(config.readers.max(1))
                    .test_before_acquire(false)
                    .acquire_timeout(patience)
                    .connect_lazy_with(options.pragma("query_only", "ON"))
            });
            let path = if config.in_memory {
                PathBuf::new()
            } else {
                config.path
            };
            Ok(Self {
                writer,
                readers,
                path,
            })
        })
        .await
    }

    /// Whether the database answers and its schema fits. A file that was removed under a running gateway still
    /// answers, and loses all that is written: so the path must be there too.
    pub(super) async fn check(&self) -> StoreResult<()> {
        if !self.path.as_os_str().is_empty() && tokio::fs::metadata(&self.path).await.is_err() {
            return Err(unavailable("the file is gone"));
        }
        let rows = self.read(sqlx::query(sql::SCHEMA_VERSION)).await?;
        schema::fits(
            rows.first()
                .map(|row| row.number_if("version"))
                .transpose()?
                .flatten(),
        )
    }
}

fn unavailable(what: &str) -> StoreError {
    StoreError::Unavailable(format!("SQLite: {what}"))
}

fn options(config: &SqliteConfig) -> SqliteConnectOptions {
    let options = SqliteConnectOptions::new()
        .busy_timeout(Duration::from_millis(config.busy_timeout_ms))
        .foreign_keys(false)
        .disable_statement_logging();
    if config.in_memory {
        return options.filename(":memory:").in_memory(true);
    }
    options
        .filename(&config.path)
        .journal_mode(SqliteJournalMode::Wal)
        // NORMAL would lose the last commits when the machine loses power: acknowledged means kept.
        .synchronous(SqliteSynchronous::Full)
        .pragma("journal_size_limit", "67108864")
        .pragma("cache_size", "-8192")
}

/// Makes the file for the gateway's own user only; `SQLite` gives its side files the same rights.
fn make(path: &Path) -> std::io::Result<()> {
    let mut file = std::fs::OpenOptions::new();
    file.create(true).append(true);
    let mut folder = std::fs::DirBuilder::new();
    folder.recursive(true);
    #[cfg(unix)]
    {
        std::os::unix::fs::OpenOptionsExt::mode(&mut file, 0o600);
        std::os::unix::fs::DirBuilderExt::mode(&mut folder, 0o700);
    }
    if let Some(parent) = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
    {
        folder.create(parent)?;
    }
    file.open(path).map(drop)
}

/// Applies the missing steps, inside the caller's transaction, which holds the write lock.
pub(super) async fn migrate(conn: &mut SqliteConnection) -> StoreResult<()> {
    raw_sql(schema::CREATE_VERSIONS)
        .execute(&mut *conn)
        .await
        .map_err(failed)?;
    let row = sqlx::query(sql::SCHEMA_VERSION)
        .fetch_one(&mut *conn)
        .await
        .map_err(failed)?;
    for step in schema::missing(row.number_if("version")?)? {
        raw_sql(step.sqlite)
            .execute(&mut *conn)
            .await
            .map_err(failed)?;
        sqlx::query(schema::ADD_VERSION)
            .bind(step.version)
            .execute(&mut *conn)
            .await
            .map_err(failed)?;
    }
    Ok(())
}
