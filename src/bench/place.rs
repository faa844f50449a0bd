//! Where a measurement keeps its data: a folder, and on servers a database and queues of its own, removed afterwards.

use crate::access;
use crate::access::By;
use crate::access::KEY_RANDOM_BYTES;
use crate::access::KeyStore;
use crate::access::NewKey;
use crate::access::Scope;
use crate::app;
use crate::bench::BenchError;
use crate::canonical::Clock;
use crate::canonical::OrgCode;
use crate::canonical::SystemClock;
use crate::config::Config;
use crate::demo::cast;
use crate::store::Store;
use lapin::Connection;
use lapin::ConnectionProperties;
use lapin::options::ExchangeDeleteOptions;
use lapin::options::QueueDeleteOptions;
use sqlx::AssertSqlSafe;
use sqlx::Connection as _;
use sqlx::PgConnection;
use sqlx::raw_sql;
use std::net::SocketAddr;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use uuid::Uuid;
use zeroize::Zeroizing;

/// The last part of the name of the broker's queue for what could not be delivered.
const DEAD: &str = "_dood";

/// Servers to measure on. The addresses may hold passwords.
#[derive(Clone)]
pub struct Servers {
    /// `postgres://...`: a database that may be connected to, with the right to make another.
    pub postgres: String,
    /// `amqp://...`.
    pub amqp: String,
}

/// Which of the two sets of data: the gateway's, or the one the baselines write, which the gateway never sees.
#[derive(Debug, Clone, Copy)]
pub(super) enum Side {
    Gateway,
    Baseline,
}

impl Side {
    const BOTH: [Self; 2] = [Self::Gateway, Self::Baseline];

    const fn name(self) -> &'static str {
        match self {
            Self::Gateway => "gateway",
            Self::Baseline => "kaal",
        }
    }
}

/// The keys a measurement pushes and fetches with.
pub(super) struct Keys {
    pub beheer: String,
    pub sender: String,
    pub provider: String,
}

/// The place of one measurement.
pub(super) struct Place {
    id: String,
    folder: PathBuf,
    servers: Option<Servers>,
    master: Zeroizing<String>,
}

impl Place {
    /// Makes a fresh place.
    pub(super) async fn make(servers: Option<&Servers>) -> Result<Self, BenchError> {
        let id = Uuid::new_v4().simple().to_string();
        let id = id[..12].to_owned();
        let folder = std::env::temp_dir().join(format!("schakel-bench-{id}"));
        std::fs::create_dir_all(&folder).map_err(|reason| BenchError::Io {
            what: "making a folder",
            reason,
        })?;
        let place = Self {
            id,
            folder,
            servers: servers.cloned(),
            master: app::new_master_key().map_err(app::AppError::from)?,
        };
        match place.make_databases().await {
            Ok(()) => Ok(place),
            Err(error) => {
                place.remove().await;
                Err(error)
            }
        }
    }

    pub(super) fn name(&self) -> &'static str {
        match self.servers {
            None => "SQLite + in-process",
            Some(_) => "PostgreSQL + RabbitMQ",
        }
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The store of one side, its schema made.
    pub(super) async fn store(&self, side: Side) -> Result<Arc<dyn Store>, BenchError> {
        let store = app::open_store(&self.config(side)).await?;
        store.migrate().await?;
        Ok(store)
    }

    /// The configuration of one side, for use within this process.
    pub(super) fn config(&self, side: Side) -> Config {
        let config =
            Config::embedded(&self.folder.join(side.name())).with("sleutel.waarde", &self.master);
        match &self.servers {
            None => config,
            Some(servers) => config
                .with("opslag.soort", "postgres")
                .with(
                    "opslag.url",
                    &with_database(&servers.postgres, &self.database(side)),
                )
                .with("broker.soort", "rabbitmq")
                .with("broker.url", &servers.amqp)
                .with("broker.voorvoegsel", &self.prefix(side)),
        }
    }

    /// The configuration file of the gateway: everything but secrets, and for the rest as it is by default.
    pub(super) fn config_file(
        &self,
        api: SocketAddr,
        admin: SocketAddr,
    ) -> std::io::Result<PathBuf> {
        let (store, broker) = match self.servers {
            None => ("sqlite", "intern"),
            Some(_) => ("postgres", "rabbitmq"),
        };
        let data = self.folder.join(Side::Gateway.name());
        let data = data.to_string_lossy();
        let text = format!(
            "[http]\nadres = \"{api}\"\n[beheer]\nadres = \"{admin}\"\n[opslag]\nsoort = \"{store}\"\nmap = \"{data}\"\n\
             [broker]\nsoort = \"{broker}\"\nvoorvoegsel = \"{}\"\n",
            self.prefix(Side::Gateway)
        );
        let path = self.folder.join("schakel.toml");
        std::fs::write(&path, text)?;
        Ok(path)
    }

    /// What the gateway gets in its environment.
    pub(super) fn secrets(&self) -> Vec<(&'static str, String)> {
        let mut out = vec![("SCHAKEL_SLEUTEL_WAARDE", self.master.to_string())];
        if let Some(servers) = &self.servers {
            let database = with_database(&servers.postgres, &self.database(Side::Gateway));
            out.push(("SCHAKEL_OPSLAG_URL", database));
            out.push(("SCHAKEL_BROKER_URL", servers.amqp.clone()));
        }
        out
    }

    /// Makes the keys, before the gateway starts.
    pub(super) async fn keys(&self) -> Result<Keys, BenchError> {
        let store = self.store(Side::Gateway).await?;
        let system = [
            Scope::BerichtenSchrijven,
            Scope::BerichtenLezen,
            Scope::PostvakLezen,
        ];
        let keys = Keys {
            beheer: key(&store, "beheer", &[Scope::Beheer]).await?,
            sender: key(&store, cast::GEMEENTE, &system).await?,
            provider: key(&store, cast::AANBIEDER_A, &system).await?,
        };
        store.close().await;
        Ok(keys)
    }

    /// Removes everything. What cannot be removed is left, and named.
    pub(super) async fn remove(&self) {
        let mut left = Vec::new();
        if std::fs::remove_dir_all(&self.folder).is_err() {
            left.push(self.folder.display().to_string());
        }
        if let Some(servers) = &self.servers {
            for side in Side::BOTH {
                let name = self.database(side);
                let drop = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
                if administer(&servers.postgres, drop).await.is_err() {
                    left.push(name);
                }
                if self.remove_queues(servers, side).await.is_err() {
                    left.push(format!("{}.*", self.prefix(side)));
                }
            }
        }
        if !left.is_empty() {
            eprintln!("? {}", left.join(", "));
        }
    }

    async fn make_databases(&self) -> Result<(), BenchError> {
        let Some(servers) = &self.servers else {
            return Ok(());
        };
        for side in Side::BOTH {
            let create = format!("CREATE DATABASE {}", self.database(side));
            administer(&servers.postgres, create)
                .await
                .map_err(|error| BenchError::Server {
                    what: "making a database",
                    reason: error.to_string(),
                })?;
        }
        Ok(())
    }

    async fn remove_queues(&self, servers: &Servers, side: Side) -> Result<(), lapin::Error> {
        let connection =
            Connection::connect(&servers.amqp, ConnectionProperties::default()).await?;
        let channel = connection.create_channel().await?;
        let prefix = self.prefix(side);
        let organisations = cast::organisaties().map(|(code, _)| code);
        for name in organisations.into_iter().chain([DEAD]) {
            let queue = format!("{prefix}.{name}");
            channel
                .queue_delete(queue.as_str().into(), QueueDeleteOptions::default())
                .await?;
        }
        for exchange in [prefix.clone(), format!("{prefix}.{DEAD}")] {
            channel
                .exchange_delete(exchange.as_str().into(), ExchangeDeleteOptions::default())
                .await?;
        }
        connection.close(200, "done".into()).await
    }

    fn database(&self, side: Side) -> String {
        format!("schakel_bench_{}_{}", self.id, side.name())
    }

    fn prefix(&self, side: Side) -> String {
        format!("schakel-bench-{}-{}", self.id, side.name())
    }
}

/// One statement about databases.
async fn administer(url: &str, statement: String) -> Result<(), sqlx::Error> {
    let mut connection = PgConnection::connect(url).await?;
    raw_sql(AssertSqlSafe(statement))
        .execute(&mut connection)
        .await?;
    connection.close().await
}

/// The same server and settings, another database.
fn with_database(url: &str, database: &str) -> String {
    let (address, settings) = match url.split_once('?') {
        Some((address, settings)) => (address, format!("?{settings}")),
        None => (url, String::new()),
    };
    let from = address.find("://").map_or(0, |at| at + 3);
    let server = address[from..]
        .find('/')
        .map_or(address, |at| &address[..from + at]);
    format!("{server}/{database}{settings}")
}

async fn key(store: &Arc<dyn Store>, code: &str, scopes: &[Scope]) -> Result<String, BenchError> {
    let failed = |error: &dyn std::fmt::Display| BenchError::Server {
        what: "making a key",
        reason: error.to_string(),
    };
    let mut random = [0_u8; KEY_RANDOM_BYTES];
    getrandom::fill(&mut random).map_err(|error| failed(&error))?;
    let new = NewKey {
        org: OrgCode::parse(code).map_err(|error| failed(&error))?,
        name: "meting".to_owned(),
        scopes: scopes.to_vec(),
        expires_at: None,
    };
    let by = By {
        actor: "bench".to_owned(),
        origin: "cli".to_owned(),
    };
    let store: &dyn KeyStore = store;
    let made = access::create(store, new, &by, SystemClock.now(), &random).await;
    Ok(made
        .map_err(|error| failed(&error))?
        .key
        .reveal()
        .to_owned())
}

#[cfg(test)]
mod tests {
    use super::with_database;

    #[test]
    fn another_database_on_the_same_server() {
        for (url, other) in [
            ("postgres://u:p@h:5432/postgres", "postgres://u:p@h:5432/x"),
            ("postgres://h", "postgres://h/x"),
            (
                "postgres://h/a?sslmode=require",
                "postgres://h/x?sslmode=require",
            ),
            ("postgres:///a?host=/run/pg", "postgres:///x?host=/run/pg"),
        ] {
            assert_eq!(with_database(url, "x"), other);
        }
    }
}
