use crate::outbound::address::Network;
use crate::outbound::address::is_allowed;
use serde::Deserialize;
use std::net::IpAddr;

/// How webhooks go out.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WebhookConfig {
    /// Time to resolve, connect and agree on TLS, in milliseconds.
    pub connect_timeout_ms: u64,
    /// Time for the whole attempt, in milliseconds. Standard Webhooks advises 15 to 30 s.
    pub total_timeout_ms: u64,
    /// Largest content that is sent, in bytes.
    pub max_body: usize,
    /// How much of an answer is read before the connection is cut, in bytes. The answer's content is never used.
    pub max_response: usize,
    /// Addresses and ranges that are allowed though they are not public, for example `10.1.0.0/16`.
    pub allow_private: Vec<Network>,
    /// Whether `http://` is allowed: only for tests and demonstrations.
    pub allow_http: bool,
}

impl Default for WebhookConfig {
    fn default() -> Self {
        Self {
            connect_timeout_ms: 5_000,
            total_timeout_ms: 20_000,
            max_body: 25 * 1024 * 1024,
            max_response: 64 * 1024,
            allow_private: Vec::new(),
            allow_http: false,
        }
    }
}

impl WebhookConfig {
    /// Whether a webhook may go to this address.
    pub(super) fn allows(&self, address: IpAddr) -> bool {
        is_allowed(address, &self.allow_private)
    }
}
