use crate::access::Rate;
use crate::api::body::BodyLimits;
use serde::Deserialize;
use std::time::Duration;

/// Bounds of the API.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ApiConfig {
    /// Where callers reach the API, up to and including `/v1`, for example `https://schakel.example.nl/v1`. Used in
    /// the `OpenAPI` document and in problem types; without it they are relative.
    pub public_url: Option<String>,
    /// Largest message, in bytes.
    pub body_bytes: usize,
    /// Memory for the bodies of all requests together, in bytes; beyond it the answer is "busy, try again".
    pub bodies_bytes: usize,
    /// Seconds in which a body must be in.
    pub body_seconds: u32,
    /// Average speed, in bytes per second, that a body must keep up after `body_grace_seconds`.
    pub body_bytes_per_second: usize,
    /// Seconds before the average speed counts.
    pub body_grace_seconds: u32,
    /// Requests worked on at the same time; beyond it the answer is "busy, try again".
    pub in_flight: usize,
    /// Requests a second that one key may do in the long run; 0 is no limit.
    pub requests_per_second: u32,
    /// Requests that one key may do at once after a quiet time, when there is a limit.
    pub requests_burst: u32,
    /// Seconds of a lease when the recipient asks for none.
    pub lease_seconds: u32,
}

impl Default for ApiConfig {
    fn default() -> Self {
        Self {
            public_url: None,
            body_bytes: 25 * 1024 * 1024,
            bodies_bytes: 128 * 1024 * 1024,
            body_seconds: 300,
            body_bytes_per_second: 4 * 1024,
            body_grace_seconds: 10,
            in_flight: 1024,
            requests_per_second: 0,
            requests_burst: 100,
            lease_seconds: 300,
        }
    }
}

impl ApiConfig {
    /// Everything that is wrong with it, one sentence each; for the configuration check.
    #[must_use]
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for (name, value) in [
            ("body_bytes", self.body_bytes),
            ("body_bytes_per_second", self.body_bytes_per_second),
            ("in_flight", self.in_flight),
        ] {
            if value == 0 {
                faults.push(format!("`{name}` must be at least 1"));
            }
        }
        if self.bodies_bytes < self.body_bytes {
            faults.push("`bodies_bytes` must be at least `body_bytes`".to_owned());
        }
        if self.body_seconds < self.body_grace_seconds || self.body_seconds == 0 {
            faults.push("`body_seconds` must be at least 1 and `body_grace_seconds`".to_owned());
        }
        if !(10..=3600).contains(&self.lease_seconds) {
            faults.push("`lease_seconds` must be from 10 to 3600".to_owned());
        }
        if self.requests_per_second > 0 && self.requests_burst == 0 {
            faults.push("`requests_burst` must be at least 1".to_owned());
        }
        let usable = |url: &String| {
            (url.starts_with("https://") || url.starts_with("http://")) && url.ends_with("/v1")
        };
        if !self.public_url.as_ref().is_none_or(usable) {
            faults.push("`public_url` must start with `https://` and end with `/v1`".to_owned());
        }
        faults
    }

    /// The limits of a body of at most so many bytes.
    pub(super) fn body_limits(&self, bytes: usize) -> BodyLimits {
        BodyLimits {
            bytes: bytes.min(self.body_bytes),
            bytes_per_second: self.body_bytes_per_second,
            grace: Duration::from_secs(self.body_grace_seconds.into()),
            total: Duration::from_secs(self.body_seconds.into()),
        }
    }

    pub(super) fn rate(&self) -> Option<Rate> {
        (self.requests_per_second > 0).then(|| Rate {
            per_second: self.requests_per_second.into(),
            burst: self.requests_burst.max(1).into(),
        })
    }

    /// What type URIs of problems start with.
    pub(super) fn type_base(&self) -> String {
        self.public_url.clone().unwrap_or_else(|| "/v1".to_owned())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test may stop
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_right_and_every_fault_is_told() {
        assert_eq!(ApiConfig::default().faults(), Vec::<String>::new());
        let wrong: ApiConfig = toml::from_str(
            "public_url = 'schakel.example.nl'\nbody_bytes = 0\nin_flight = 0\nlease_seconds = 1\nbody_seconds = 1",
        )
        .unwrap();
        assert_eq!(wrong.faults().len(), 5);
        assert!(toml::from_str::<ApiConfig>("body_byte = 1").is_err());
    }
}
