//! Row 7. The application: everything put together, started and stopped.

mod admin;
mod health;
mod master_key;

pub use health::Health;
pub use health::PartHealth;
pub use master_key::MasterKey;
pub use master_key::MasterKeyError;
pub use master_key::master_key;
pub use master_key::new_master_key;
