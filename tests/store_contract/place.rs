//! A database of one's own for each test.

use schakel::store::PostgresConfig;
use schakel::store::PostgresStore;
use schakel::store::SqliteConfig;
use schakel::store::SqliteStore;
use schakel::store::Store;
use sqlx::AssertSqlSafe;
use sqlx::ConnectOptions;
use sqlx::Connection;
use sqlx::PgConnection;
use sqlx::Row;
use sqlx::SqliteConnection;
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use std::future::Future;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering;

/// Where the database is.
#[derive(Clone)]
pub enum Place {
    Sqlite(PathBuf),
    /// Its name and address.
    Postgres(String, String),
}

/// A transaction of somebody else, for as long as it is held.
pub enum Hold {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Hold {
    pub async fn commit(self) {
        let end = sqlx::raw_sql("COMMIT");
        match self {
            Self::Sqlite(mut conn) => {
                end.execute(&mut conn).await.unwrap();
                conn.close().await.unwrap();
            }
            Self::Postgres(mut conn) => {
                end.execute(&mut conn).await.unwrap();
                conn.close().await.unwrap();
            }
        }
    }
}

static NUMBER: AtomicU32 = AtomicU32::new(0);

fn fresh_name() -> String {
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    format!("schakel_test_{}_{number}", std::process::id())
}

impl Place {
    /// A store on this database, with connections of its own.
    pub async fn open(&self) -> Arc<dyn Store> {
        match self {
            Self::Sqlite(folder) => {
                let config = SqliteConfig::at(folder.join("schakel.db"));
                Arc::new(SqliteStore::connect(config).await.unwrap())
            }
            Self::Postgres(_, url) => {
                let config = PostgresConfig::at(url.clone());
                Arc::new(PostgresStore::connect(config).await.unwrap())
            }
        }
    }

    pub async fn migrated(&self) -> Arc<dyn Store> {
        let store = self.open().await;
        store.migrate().await.unwrap();
        store
    }

    /// Runs SQL beside the store.
    pub async fn run(&self, sql: &'static str) {
        match self {
            Self::Sqlite(folder) => {
                let options = SqliteConnectOptions::new().filename(folder.join("schakel.db"));
                let mut conn = options.connect().await.unwrap();
                sqlx::raw_sql(sql).execute(&mut conn).await.unwrap();
                conn.close().await.unwrap();
            }
            Self::Postgres(_, url) => {
                let mut conn = PgConnection::connect(url).await.unwrap();
                sqlx::raw_sql(sql).execute(&mut conn).await.unwrap();
                conn.close().await.unwrap();
            }
        }
    }

    /// How many transactions are open that nobody works on. `SQLite` cannot tell, but refuses a second writer.
    pub async fn left_open(&self) -> i64 {
        match self {
            Self::Sqlite(folder) => {
                let options = SqliteConnectOptions::new()
                    .filename(folder.join("schakel.db"))
                    .busy_timeout(std::time::Duration::ZERO);
                let mut conn = options.connect().await.unwrap();
                let free = sqlx::raw_sql("BEGIN IMMEDIATE; ROLLBACK")
                    .execute(&mut conn)
                    .await;
                conn.close().await.unwrap();
                i64::from(free.is_err())
            }
            Self::Postgres(_, url) => {
                let mut conn = PgConnection::connect(url).await.unwrap();
                let row = sqlx::query(
                    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
                     AND pid <> pg_backend_pid() AND (state LIKE 'idle in transaction%' OR state = 'active')",
                )
                .fetch_one(&mut conn)
                .await
                .unwrap();
                conn.close().await.unwrap();
                row.get(0)
            }
        }
    }

    /// Begins a transaction beside the store, changes something in it, and holds it.
    pub async fn hold(&self, sql: &'static str) -> Hold {
        match self {
            Self::Sqlite(folder) => {
                let options = SqliteConnectOptions::new().filename(folder.join("schakel.db"));
                let mut conn = options.connect().await.unwrap();
                let begin = sqlx::raw_sql("BEGIN IMMEDIATE");
                begin.execute(&mut conn).await.unwrap();
                sqlx::raw_sql(sql).execute(&mut conn).await.unwrap();
                Hold::Sqlite(conn)
            }
            Self::Postgres(_, url) => {
                let mut conn = PgConnection::connect(url).await.unwrap();
                sqlx::raw_sql("BEGIN").execute(&mut conn).await.unwrap();
                sqlx::raw_sql(sql).execute(&mut conn).await.unwrap();
                Hold::Postgres(conn)
            }
        }
    }

    async fn remove(self) {
        match self {
            Self::Sqlite(folder) => std::fs::remove_dir_all(folder).unwrap(),
            Self::Postgres(name, _) => {
                let drop = format!("DROP DATABASE \"{name}\" WITH (FORCE)");
                let mut server = server().await;
                sqlx::raw_sql(AssertSqlSafe(drop))
                    .execute(&mut server)
                    .await
                    .unwrap();
            }
        }
    }
}

pub async fn on_sqlite<F: Future<Output = ()> + Send + 'static>(test: fn(Place) -> F) {
    let folder = std::env::temp_dir().join(fresh_name());
    std::fs::create_dir_all(&folder).unwrap();
    finish(Place::Sqlite(folder), test).await;
}

pub async fn on_postgres<F: Future<Output = ()> + Send + 'static>(test: fn(Place) -> F) {
    let name = fresh_name();
    let mut server = server().await;
    let create = format!("CREATE DATABASE \"{name}\"");
    sqlx::raw_sql(AssertSqlSafe(create))
        .execute(&mut server)
        .await
        .unwrap();
    let url = address().database(&name).to_url_lossy().to_string();
    finish(Place::Postgres(name, url), test).await;
}

/// Also a failing test leaves no database behind.
async fn finish<F: Future<Output = ()> + Send + 'static>(place: Place, test: fn(Place) -> F) {
    let done = tokio::spawn(test(place.clone())).await;
    place.remove().await;
    if let Err(failure) = done {
        std::panic::resume_unwind(failure.into_panic());
    }
}

fn address() -> PgConnectOptions {
    let url = std::env::var("SCHAKEL_TEST_POSTGRES")
        .unwrap_or_else(|_| "postgres://postgres@127.0.0.1:5432/postgres".into());
    PgConnectOptions::from_str(&url).expect("SCHAKEL_TEST_POSTGRES is not a PostgreSQL address")
}

async fn server() -> PgConnection {
    PgConnection::connect_with(&address()).await.unwrap_or_else(|error| {
        panic!(
            "no PostgreSQL for the store's contract: {error}\n\
             Start one and set SCHAKEL_TEST_POSTGRES=postgres://user:password@host:port/database to a user that may \
             create databases, or run `tests/run`, which starts one."
        )
    })
}
