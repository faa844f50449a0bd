//! Row 4. Signed webhooks (Standard Webhooks 1.0.0) to addresses that are allowed.
//!
//! [`Webhook::push`] does one attempt and says what came of it; when to try again is decided elsewhere. An
//! organisation chooses the URL, so the URL is not trusted: only https, no redirects, no proxy of the machine, no
//! userinfo, and never an address that is not public (unless the operator allows it by name). The addresses are
//! vetted twice: [`check_url`] looks at the URL as parsed, because a resolver is never asked about a literal
//! address, and the client's own resolver hands out only vetted addresses, so that a name cannot change between
//! the check and the connection.

mod address;
mod client;
mod config;
mod outcome;
mod signature;
mod url;

pub use address::Network;
pub use address::NetworkError;
pub use client::Push;
pub use client::Webhook;
pub use client::WebhookError;
pub use config::WebhookConfig;
pub use outcome::PushOutcome;
pub use outcome::Unreachable;
pub use signature::SecretError;
pub use signature::new_secret;
pub use signature::sign;
pub use signature::verify;
pub use url::UrlFault;
pub use url::check_url;
