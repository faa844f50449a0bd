use crate::broker::rabbitmq::link::Target;
use lapin::tcp::OwnedTLSConfig;
use lapin::uri::AMQPUri;
use serde::Deserialize;
use std::path::PathBuf;
use std::time::Duration;

/// Longest prefix of queue names: with an organisation's code (40) it stays well under AMQP's 255 bytes.
const PREFIX_MAX: usize = 100;
/// Largest frame in bytes, unless the URL says another. The client keeps two buffers of 32 frames for each connection,
/// in memory from the start: with the server's own 128 KiB these are 16 MiB for a gateway that does nothing. A parcel
/// is a few kilobytes, and a larger one takes several frames.
const FRAME_MAX: u32 = 32 * 1024;

/// How to reach and use RabbitMQ. Its `Debug` shows nothing of the URL, which holds a password.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RabbitConfig {
    /// `amqp://user:password@host:port/vhost`, or `amqps://`. The default vhost is written `%2f`.
    pub url: String,
    /// How often a parcel is given again before it goes to the dead-letter queue.
    #[serde(default = "delivery_limit")]
    pub delivery_limit: u32,
    /// Parcels a queue holds at most; a publish beyond it is refused and stays in the outbox.
    #[serde(default = "max_length")]
    pub max_length: u32,
    /// Longest wait for a confirm, or for any other answer of the broker, in milliseconds.
    #[serde(default = "publish_timeout_ms")]
    pub publish_timeout_ms: u64,
    /// Longest wait for a connection, in milliseconds.
    #[serde(default = "connect_timeout_ms")]
    pub connect_timeout_ms: u64,
    /// A connection on which nothing comes for twice this long is given up, in seconds.
    #[serde(default = "heartbeat_s")]
    pub heartbeat_s: u16,
    /// What the names of exchanges and queues begin with.
    #[serde(default = "prefix")]
    pub prefix: String,
    /// A PEM file with certificates to trust besides the machine's own.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
}

/// What is wrong with a [`RabbitConfig`]. Nothing of the URL is shown.
#[derive(Debug, thiserror::Error)]
pub enum RabbitConfigError {
    /// The URL is not one.
    #[error("`url` is not amqp://user:password@host:port/vhost or amqps://...")]
    Url,
    /// A number is out of range.
    #[error("`{0}` must be more than 0")]
    Zero(&'static str),
    /// The prefix is not usable.
    #[error("`prefix` has 1 to {PREFIX_MAX} characters a-z, A-Z, 0-9, `.`, `-` or `_`")]
    Prefix,
    /// The certificates cannot be read.
    #[error("`ca_file` cannot be read: {0}")]
    CaFile(std::io::Error),
}

fn delivery_limit() -> u32 {
    100
}

fn max_length() -> u32 {
    1_000_000
}

fn publish_timeout_ms() -> u64 {
    10_000
}

fn connect_timeout_ms() -> u64 {
    10_000
}

fn heartbeat_s() -> u16 {
    10
}

fn prefix() -> String {
    "schakel".to_owned()
}

impl RabbitConfig {
    /// The defaults, for this URL.
    #[must_use]
    pub fn new(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            delivery_limit: delivery_limit(),
            max_length: max_length(),
            publish_timeout_ms: publish_timeout_ms(),
            connect_timeout_ms: connect_timeout_ms(),
            heartbeat_s: heartbeat_s(),
            prefix: prefix(),
            ca_file: None,
        }
    }

    /// Checks everything that can be checked without a connection.
    pub fn check(&self) -> Result<(), RabbitConfigError> {
        self.target().map(drop)
    }

    /// Where to connect, checked.
    pub(super) fn target(&self) -> Result<Target, RabbitConfigError> {
        let numbers = [
            ("delivery_limit", u64::from(self.delivery_limit)),
            ("max_length", u64::from(self.max_length)),
            ("publish_timeout_ms", self.publish_timeout_ms),
            ("connect_timeout_ms", self.connect_timeout_ms),
            ("heartbeat_s", u64::from(self.heartbeat_s)),
        ];
        if let Some((name, _)) = numbers.into_iter().find(|(_, number)| *number == 0) {
            return Err(RabbitConfigError::Zero(name));
        }
        let named = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_');
        if !(1..=PREFIX_MAX).contains(&self.prefix.len()) || !self.prefix.bytes().all(named) {
            return Err(RabbitConfigError::Prefix);
        }
        let ca = self.ca_file.as_ref().map(std::fs::read_to_string);
        Ok(Target {
            uri: self.uri()?,
            tls: OwnedTLSConfig {
                identity: None,
                cert_chain: ca.transpose().map_err(RabbitConfigError::CaFile)?,
            },
            connect_timeout: Duration::from_millis(self.connect_timeout_ms),
        })
    }

    fn uri(&self) -> Result<AMQPUri, RabbitConfigError> {
        let parsed = reqwest::Url::parse(&self.url).map_err(|_| RabbitConfigError::Url)?;
        let host = parsed.host_str().filter(|host| !host.is_empty());
        let mut uri: AMQPUri = self.url.parse().map_err(|_| RabbitConfigError::Url)?;
        // lapin's own parser takes an IPv6 address, or no host, for localhost.
        host.ok_or(RabbitConfigError::Url)?
            .trim_matches(['[', ']'])
            .clone_into(&mut uri.authority.host);
        uri.query.heartbeat = Some(self.heartbeat_s);
        uri.query.frame_max.get_or_insert(FRAME_MAX);
        Ok(uri)
    }
}

impl std::fmt::Debug for RabbitConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RabbitConfig")
            .field("url", &"..")
            .field("delivery_limit", &self.delivery_limit)
            .field("max_length", &self.max_length)
            .field("publish_timeout_ms", &self.publish_timeout_ms)
            .field("connect_timeout_ms", &self.connect_timeout_ms)
            .field("heartbeat_s", &self.heartbeat_s)
            .field("prefix", &self.prefix)
            .field("ca_file", &self.ca_file)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::RabbitConfig;
    use super::RabbitConfigError;

    #[test]
    fn a_file_needs_only_the_url_and_knows_no_other_fields() {
        let config: RabbitConfig = toml::from_str("url = 'amqp://a:b@mq/%2f'").expect("complete");
        assert_eq!(config, RabbitConfig::new("amqp://a:b@mq/%2f"));
        assert!(toml::from_str::<RabbitConfig>("url = 'amqp://mq'\nurll = 1").is_err());
        assert!(toml::from_str::<RabbitConfig>("prefix = 'x'").is_err());
    }

    #[test]
    fn the_url_is_never_shown() {
        let secret = "zeer-geheim";
        for url in [
            format!("amqp://a:{secret}@mq/"),
            format!("{secret}://x"),
            secret.to_owned(),
        ] {
            let config = RabbitConfig::new(&url);
            let shown = match config.check() {
                Ok(()) => format!("{config:?}"),
                Err(error) => format!("{config:?} {error} {error:?}"),
            };
            assert!(!shown.contains(secret), "{shown}");
        }
    }

    #[test]
    fn an_address_stays_what_it_is() {
        for (url, host) in [
            ("amqp://127.0.0.1:5672/%2f", "127.0.0.1"),
            ("amqps://a:b@[2001:db8::1]/x", "2001:db8::1"),
            ("amqp://mq.example", "mq.example"),
        ] {
            let target = RabbitConfig::new(url).target().expect("a URL");
            assert_eq!(target.uri.authority.host, host);
        }
    }

    #[test]
    fn frames_are_small_unless_the_url_says_otherwise() {
        for (url, frame_max) in [
            ("amqp://mq/%2f", 32_768),
            ("amqp://mq/%2f?frame_max=131072", 131_072),
        ] {
            let target = RabbitConfig::new(url).target().expect("a URL");
            assert_eq!(target.uri.query.frame_max, Some(frame_max));
        }
    }

    #[test]
    fn what_cannot_work_is_refused_at_once() {
        let config = || RabbitConfig::new("amqp://mq/");
        for url in ["", "mq:5672", "http://mq/", "amqp:///x", "amqp:"] {
            let found = RabbitConfig::new(url).check();
            assert!(
                matches!(found, Err(RabbitConfigError::Url)),
                "{url} {found:?}"
            );
        }
        let zero = RabbitConfig {
            heartbeat_s: 0,
            ..config()
        };
        assert!(matches!(
            zero.check(),
            Err(RabbitConfigError::Zero("heartbeat_s"))
        ));
        let prefix = RabbitConfig {
            prefix: "a b".to_owned(),
            ..config()
        };
        assert!(matches!(prefix.check(), Err(RabbitConfigError::Prefix)));
        let file = RabbitConfig {
            ca_file: Some("/nergens".into()),
            ..config()
        };
        assert!(matches!(file.check(), Err(RabbitConfigError::CaFile(_))));
    }
}
