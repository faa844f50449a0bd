//! Row 7. The application: everything put together, started and stopped.

mod admin;
mod gateway;
mod health;
mod mappings;
mod master_key;
mod open;
mod running;

pub use gateway::PipelineGateway;
pub use health::Health;
pub use health::PartHealth;
pub use mappings::MappingSource;
pub use master_key::MasterKey;
pub use master_key::MasterKeyError;
pub use master_key::master_key;
pub use master_key::new_master_key;
pub use open::AppError;
pub use open::open_broker;
pub use open::open_sealer;
pub use open::open_store;
pub use running::App;
pub use running::RunningApp;
