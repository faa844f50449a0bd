use crate::api::problem::Problem;
use crate::api::problem::ProblemKind;
use axum::body::Body;
use axum::http::HeaderMap;
use axum::http::header;
use bytes::Bytes;
use bytes::BytesMut;
use http_body_util::BodyExt;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::time::Instant;
use tokio::time::timeout_at;

/// What a request body may be and how slowly it may come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BodyLimits {
    /// Bytes at most.
    pub bytes: usize,
    /// Bytes per second at least, on average, after `grace`.
    pub bytes_per_second: usize,
    /// Time without a demand on the rate.
    pub grace: Duration,
    /// Time for the whole body.
    pub total: Duration,
}

/// The memory that all request bodies together may use.
#[derive(Debug, Clone)]
pub struct Budget(Arc<AtomicUsize>);

impl Budget {
    /// So many bytes.
    #[must_use]
    pub fn new(bytes: usize) -> Self {
        Self(Arc::new(AtomicUsize::new(bytes)))
    }

    /// Takes some of it; `None` when there is not enough.
    fn take(&self, bytes: usize) -> Option<()> {
        let less = |left: usize| left.checked_sub(bytes);
        let taken = self
            .0
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, less);
        taken.is_ok().then_some(())
    }
}

/// A body that was read, with its part of the budget; to be kept as long as the bytes are worked on.
#[derive(Debug)]
pub struct Held {
    budget: Budget,
    bytes: usize,
}

impl Held {
    fn grow(&mut self, bytes: usize) -> Result<(), Problem> {
        self.budget
            .take(bytes)
            .ok_or_else(|| Problem::new(ProblemKind::Busy))?;
        self.bytes += bytes;
        Ok(())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.budget.0.fetch_add(self.bytes, Ordering::AcqRel);
    }
}

/// Reads a whole body within its limits. A body that says beforehand that it is too large is not read at all.
pub async fn read(
    headers: &HeaderMap,
    mut body: Body,
    limits: &BodyLimits,
    budget: &Budget,
) -> Result<(Bytes, Held), Problem> {
    let announced: Option<usize> = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse().ok());
    let too_large = || {
        Problem::new(ProblemKind::TooLarge).saying(
            format!(
                "Een bericht heeft hoogstens {} bytes. Splits het.",
                limits.bytes
            ),
            format!("Content has at most {} bytes. Split it.", limits.bytes),
        )
    };
    if announced.is_some_and(|announced| announced > limits.bytes) {
        return Err(too_large());
    }
    let mut held = Held {
        budget: budget.clone(),
        bytes: 0,
    };
    let started = Instant::now();
    let mut read = BytesMut::new();
    loop {
        let deadline = started + allowed(read.len(), limits);
        let frame = match timeout_at(deadline, body.frame()).await {
            Err(_) => return Err(Problem::new(ProblemKind::TooSlow)),
            Ok(None) => return Ok((read.freeze(), held)),
            Ok(Some(Err(_))) => {
                return Err(Problem::new(ProblemKind::BadRequest).saying(
                    "De inhoud brak af of heeft geen geldige vorm.",
                    "The content broke off or is not well formed.",
                ));
            }
            Ok(Some(Ok(frame))) => frame,
        };
        let Ok(data) = frame.into_data() else {
            continue; // trailers mean nothing here
        };
        if read.len() + data.len() > limits.bytes {
            return Err(too_large());
        }
        held.grow(data.len())?;
        read.extend_from_slice(&data);
    }
}

/// How long after the start the next bytes may come, given what is in already.
fn allowed(read: usize, limits: &BodyLimits) -> Duration {
    let rate = u64::try_from(limits.bytes_per_second.max(1)).unwrap_or(u64::MAX);
    let read = u64::try_from(read).unwrap_or(u64::MAX);
    let earned = Duration::from_millis(read.saturating_mul(1000) / rate);
    (limits.grace + earned).min(limits.total)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test may stop
mod tests {
    use super::*;
    use std::convert::Infallible;

    const LIMITS: BodyLimits = BodyLimits {
        bytes: 1000,
        bytes_per_second: 100,
        grace: Duration::from_millis(200),
        total: Duration::from_millis(5200),
    };

    fn pieces(count: usize, size: usize) -> Body {
        let piece = Ok::<_, Infallible>(Bytes::from(vec![b'x'; size]));
        Body::from_stream(futures_util::stream::iter(vec![piece; count]))
    }

    async fn outcome(body: Body, budget: &Budget) -> Result<usize, ProblemKind> {
        let read = read(&HeaderMap::new(), body, &LIMITS, budget).await;
        read.map(|(bytes, _)| bytes.len()).map_err(|p| p.kind)
    }

    #[test]
    fn a_body_earns_time_by_coming_in_up_to_the_total() {
        for (read, millis) in [(0, 200), (1, 210), (100, 1200), (500, 5200), (900, 5200)] {
            let expected = Duration::from_millis(millis);
            assert_eq!(allowed(read, &LIMITS), expected, "{read}");
        }
    }

    #[tokio::test]
    async fn a_body_is_read_within_its_limits_or_refused() {
        let budget = Budget::new(2000);
        let stalled =
            Body::from_stream(futures_util::stream::pending::<Result<Bytes, Infallible>>());
        for (body, expected) in [
            (Body::empty(), Ok(0)),
            (pieces(9, 100), Ok(900)),
            (pieces(10, 100), Ok(1000)),
            (pieces(11, 100), Err(ProblemKind::TooLarge)),
            (stalled, Err(ProblemKind::TooSlow)),
        ] {
            assert_eq!(outcome(body, &budget).await, expected);
        }
    }

    #[tokio::test]
    async fn bodies_share_a_budget_and_give_it_back() {
        let budget = Budget::new(150);
        let body = || pieces(1, 100);
        let first = read(&HeaderMap::new(), body(), &LIMITS, &budget)
            .await
            .unwrap();
        assert_eq!(outcome(body(), &budget).await, Err(ProblemKind::Busy));
        drop(first);
        assert_eq!(outcome(body(), &budget).await, Ok(100));
    }

    #[tokio::test]
    async fn a_body_that_announces_too_much_is_not_read() {
        let headers = HeaderMap::from_iter([(header::CONTENT_LENGTH, 1001.into())]);
        let never = Body::from_stream(futures_util::stream::pending::<Result<Bytes, Infallible>>());
        let outcome = read(&headers, never, &LIMITS, &Budget::new(1)).await;
        assert_eq!(
            outcome.map_err(|p| p.kind).err(),
            Some(ProblemKind::TooLarge)
        );
    }
}
