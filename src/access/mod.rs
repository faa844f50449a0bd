//! Row 5. Callers and permissions: API keys of organisations, what they may do, and how they are made and ended.
//!
//! A key is `schakel_<8 hex>_<43 base64url>`: a prefix that secret scanners recognise, the first part of the key's
//! id (so that a found key can be looked up in the list) and 256 random bits. Only its SHA-256 is kept; with that
//! many random bits a slow hash adds nothing. It is shown once, when it is made.
//!
//! What a key may do is its [`Scopes`], a closed list. Whose data it may see is its organisation, and nothing else:
//! there is no scope that shows one organisation's messages to another.

mod callers;
mod key;
mod keys;
mod limit;
mod scope;

pub use callers::Caller;
pub use callers::CallerError;
pub use callers::Callers;
pub use key::ApiKey;
pub use key::KEY_RANDOM_BYTES;
pub use keys::AccessError;
pub use keys::By;
pub use keys::CreatedKey;
pub use keys::KeyStore;
pub use keys::NAME_MAX as KEY_NAME_MAX;
pub use keys::NewKey;
pub use keys::create;
pub use keys::list;
pub use keys::revoke;
pub use limit::Limiter;
pub use limit::Rate;
pub use scope::Scope;
pub use scope::Scopes;
