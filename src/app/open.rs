use crate::app::MasterKeyError;
use crate::app::master_key;
use crate::broker::Broker;
use crate::broker::InProcessBroker;
use crate::broker::RabbitConfigError;
use crate::broker::RabbitMqBroker;
use crate::config::BrokerChoice;
use crate::config::Config;
use crate::config::StoreChoice;
use crate::schema::SchemaError;
use crate::sealing::Sealer;
use crate::store::PostgresStore;
use crate::store::SqliteStore;
use crate::store::Store;
use crate::store::StoreError;
use std::net::SocketAddr;
use std::sync::Arc;

/// Why the application does not start.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The store cannot be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The broker cannot be set up.
    #[error("the broker's configuration: {0}")]
    Broker(#[from] RabbitConfigError),
    /// There is no usable master key.
    #[error(transparent)]
    Key(#[from] MasterKeyError),
    /// The schemas that are part of the program do not compile.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// Mappings do not compile: what, where and the remedy, one line each.
    #[error("mappings do not compile:\n{}", .0.join("\n"))]
    Mappings(Vec<String>),
    /// Cases or laws of mappings do not hold: which, and what was found instead.
    #[error("cases or laws of mappings do not hold:\n{}", .0.join("\n"))]
    MappingsFail(Vec<String>),
    /// The folder with mappings cannot be read.
    #[error("the folder with mappings cannot be read: {0}")]
    MappingFolder(std::io::Error),
    /// The client for webhooks cannot be made.
    #[error("the client for webhooks cannot be made: {0}")]
    Webhooks(String),
    /// An address cannot be listened on.
    #[error("{address} cannot be listened on: {reason}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        reason: std::io::Error,
    },
    /// The program does not know its own path, and so cannot start itself to read workbooks.
    #[error("the path of the program is not known: {0}")]
    Program(std::io::Error),
}

/// Opens the store that the configuration chooses; its schema may still be old.
pub async fn open_store(config: &Config) -> Result<Arc<dyn Store>, AppError> {
    Ok(match config.store_choice() {
        StoreChoice::Sqlite(_) => Arc::new(SqliteStore::connect(config.sqlite()).await?),
        StoreChoice::Postgres => Arc::new(PostgresStore::connect(config.postgres()).await?),
    })
}

/// Sets up the broker that the configuration chooses; it connects by itself, now or later.
pub fn open_broker(config: &Config) -> Result<Arc<dyn Broker>, AppError> {
    Ok(match config.broker_choice() {
        BrokerChoice::Intern => Arc::new(InProcessBroker::default()),
        BrokerChoice::Rabbit => Arc::new(RabbitMqBroker::new(&config.rabbit())?),
    })
}

/// The sealer under the master key that the configuration names.
pub fn open_sealer(config: &Config) -> Result<Arc<Sealer>, AppError> {
    Ok(Arc::new(Sealer::new(&*master_key(&config.key_source())?)))
}
