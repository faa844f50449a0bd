use serde::Deserialize;
use std::path::PathBuf;

/// Where and how the embedded database is kept.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SqliteConfig {
    /// The database file. Its folder is made when it is not there; both are for the gateway's own user only.
    pub path: PathBuf,
    /// Keep everything in memory and nothing in the file: only for tests and simulations.
    pub in_memory: bool,
    /// How long to wait for a lock that another process holds (a `schakel keys` beside a running gateway), in
    /// milliseconds.
    pub busy_timeout_ms: u64,
    /// How long an operation waits for its turn to write, in milliseconds.
    pub turn_timeout_ms: u64,
    /// Connections that read beside the one that writes.
    pub readers: u32,
}

impl Default for SqliteConfig {
    fn default() -> Self {
        Self {
            path: PathBuf::from("schakel.db"),
            in_memory: false,
            busy_timeout_ms: 5_000,
            turn_timeout_ms: 20_000,
            readers: 4,
        }
    }
}

impl SqliteConfig {
    /// A database in memory, for tests.
    #[must_use]
    pub fn in_memory() -> Self {
        Self {
            in_memory: true,
            ..Self::default()
        }
    }

    /// A database in this file, with the other settings as they are by default.
    #[must_use]
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            ..Self::default()
        }
    }
}
