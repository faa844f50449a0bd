use serde::Deserialize;
use std::time::Duration;

/// Where the `PostgreSQL` database is and how patient the gateway is with it.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PostgresConfig {
    /// `postgres://user:password@host:port/database`, with `?sslmode=verify-full` where the network is shared. A
    /// secret: give it in the environment.
    pub url: String,
    /// Connections at most.
    pub connections: u32,
    /// How long a connection may take to open, and an operation may wait for one, in milliseconds.
    pub connect_timeout_ms: u64,
    /// How long one statement may run, in milliseconds.
    pub statement_timeout_ms: u64,
    /// How long a statement may wait for a lock, that of another gateway's intake included, in milliseconds.
    pub lock_timeout_ms: u64,
}

impl Default for PostgresConfig {
    fn default() -> Self {
        Self {
            url: String::new(),
            connections: 10,
            connect_timeout_ms: 5_000,
            statement_timeout_ms: 20_000,
            lock_timeout_ms: 10_000,
        }
    }
}

// The address may hold a password.
impl std::fmt::Debug for PostgresConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PostgresConfig")
            .field("url", &"..")
            .field("connections", &self.connections)
            .field("connect_timeout_ms", &self.connect_timeout_ms)
            .field("statement_timeout_ms", &self.statement_timeout_ms)
            .field("lock_timeout_ms", &self.lock_timeout_ms)
            .finish()
    }
}

impl PostgresConfig {
    /// A database at this address, with the other settings as they are by default.
    #[must_use]
    pub fn at(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            ..Self::default()
        }
    }

    pub(super) fn connect_timeout(&self) -> Duration {
        Duration::from_millis(self.connect_timeout_ms)
    }

    /// The server ends a statement by itself; this is for when the server does not even answer.
    pub(super) fn patience(&self) -> Duration {
        Duration::from_millis(self.statement_timeout_ms) + Duration::from_secs(2)
    }
}
