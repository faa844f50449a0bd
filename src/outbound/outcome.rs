//! What came of an attempt.

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use std::time::Duration;

/// Longest wait that a receiver can ask for.
const RETRY_AFTER_MAX: Duration = Duration::from_hours(24);

/// What came of one attempt to deliver by webhook. Nothing of the receiver's answer but its status is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PushOutcome {
    /// A 2xx: the receiver has it.
    Accepted,
    /// 410: the receiver wants no more; the webhook is to be switched off.
    Gone,
    /// Any other status, redirects included (they are not followed).
    Refused {
        /// The HTTP status.
        status: u16,
    },
    /// 429, 502, 503 or 504 with a `Retry-After`: not before this much time has passed.
    RetryAfter(Duration),
    /// There was no answer.
    Unreachable(Unreachable),
    /// The attempt took longer than it may. The receiver may have the message.
    TimedOut,
    /// The URL, or everything its name resolves to, is not allowed.
    AddressRefused,
    /// The message cannot be sent as it is: too large, or a secret or header that is none. Trying again is no use.
    Unsendable(&'static str),
}

/// Why there was no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreachable {
    /// The name does not resolve.
    Name,
    /// No connection, or no agreement on TLS (an untrusted certificate, for example).
    Connection,
    /// The connection broke, or what came back is not HTTP. The receiver may have the message.
    Broken,
}

impl PushOutcome {
    /// A short word for logs, metrics and the list of attempts.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Gone => "gone",
            Self::Refused { .. } => "refused",
            Self::RetryAfter(_) => "retry_after",
            Self::Unreachable(Unreachable::Name) => "name_unknown",
            Self::Unreachable(Unreachable::Connection) => "no_connection",
            Self::Unreachable(Unreachable::Broken) => "connection_broken",
            Self::TimedOut => "timed_out",
            Self::AddressRefused => "address_refused",
            Self::Unsendable(_) => "unsendable",
        }
    }
}

/// What a status and a `Retry-After` header mean, by Standard Webhooks 1.0.0.
pub(super) fn classify(status: u16, retry_after: Option<&str>, now: Timestamp) -> PushOutcome {
    match status {
        200..=299 => PushOutcome::Accepted,
        410 => PushOutcome::Gone,
        429 | 502 | 503 | 504 => retry_after
            .and_then(|text| wait(text, now))
            .map_or(PushOutcome::Refused { status }, PushOutcome::RetryAfter),
        _ => PushOutcome::Refused { status },
    }
}

/// How long a `Retry-After` says to wait: seconds or an HTTP date (RFC 9110 10.2.3).
fn wait(text: &str, now: Timestamp) -> Option<Duration> {
    let text = text.trim();
    let wait = if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
        text.parse().map_or(RETRY_AFTER_MAX, Duration::from_secs)
    } else {
        let until = DateTimeParser::new().parse_timestamp(text).ok()?;
        Duration::try_from(until.duration_since(now)).unwrap_or_default()
    };
    Some(wait.min(RETRY_AFTER_MAX))
}

#[cfg(test)]
mod tests {
    use super::PushOutcome;
    use super::classify;
    use jiff::Timestamp;
    use std::time::Duration;

    #[test]
    fn a_status_means_what_the_standard_says() {
        let now: Timestamp = "2015-10-21T07:27:00Z".parse().expect("a moment");
        let wait = |seconds| PushOutcome::RetryAfter(Duration::from_secs(seconds));
        let refused = |status| PushOutcome::Refused { status };
        let date = Some("Wed, 21 Oct 2015 07:28:00 GMT");
        let table = [
            (200, None, PushOutcome::Accepted),
            (204, Some("5"), PushOutcome::Accepted),
            (301, None, refused(301)),
            (400, Some("5"), refused(400)),
            (409, None, refused(409)),
            (410, None, PushOutcome::Gone),
            (429, None, refused(429)),
            (429, Some("120"), wait(120)),
            (429, Some(" 7 "), wait(7)),
            (502, Some("0"), wait(0)),
            (503, date, wait(60)),
            (503, Some("Wed, 21 Oct 2015 07:00:00 GMT"), wait(0)),
            (504, Some("99999999999999999999"), wait(86_400)),
            (503, Some("31536000"), wait(86_400)),
            (503, Some("soon"), refused(503)),
            (503, Some("-5"), refused(503)),
            (503, Some(""), refused(503)),
            (500, date, refused(500)),
        ];
        for (status, retry_after, outcome) in table {
            assert_eq!(
                classify(status, retry_after, now),
                outcome,
                "{status} {retry_after:?}"
            );
        }
    }
}
