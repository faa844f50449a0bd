use jiff::Timestamp;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Mutex;
use std::sync::PoisonError;

/// How fast something may happen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    /// In the long run, per second.
    pub per_second: f64,
    /// At once, after a quiet time.
    pub burst: f64,
}

/// Token buckets by key, in bounded memory: when there are too many, full buckets are forgotten first, because a
/// full bucket and no bucket are the same.
pub struct Limiter<K> {
    rate: Rate,
    keys_max: usize,
    buckets: Mutex<HashMap<K, Bucket>>,
}

#[derive(Clone, Copy)]
struct Bucket {
    tokens: f64,
    at: Timestamp,
}

impl<K: Hash + Eq> Limiter<K> {
    /// A limiter that remembers at most `keys_max` keys.
    #[must_use]
    pub fn new(rate: Rate, keys_max: usize) -> Self {
        Self {
            rate,
            keys_max: keys_max.max(1),
            buckets: Mutex::new(HashMap::new()),
        }
    }

    /// Takes one token; `Err` holds the whole seconds to wait for the next one.
    pub fn take(&self, key: K, now: Timestamp) -> Result<(), u32> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= self.keys_max && !buckets.contains_key(&key) {
            let rate = self.rate;
            buckets.retain(|_, bucket| bucket.filled(rate, now).tokens < rate.burst);
            if buckets.len() >= self.keys_max {
                buckets.clear();
            }
        }
        let bucket = buckets.entry(key).or_insert(Bucket {
            tokens: self.rate.burst,
            at: now,
        });
        *bucket = bucket.filled(self.rate, now);
        if bucket.tokens >= 1.0 {
            bucket.tokens -= 1.0;
            return Ok(());
        }
        Err(whole_seconds((1.0 - bucket.tokens) / self.rate.per_second))
    }

    /// Whether there is no token to take.
    pub fn is_empty(&self, key: &K, now: Timestamp) -> bool {
        let buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = buckets.get(key);
        bucket.is_some_and(|bucket| bucket.filled(self.rate, now).tokens < 1.0)
    }
}

impl Bucket {
    fn filled(self, rate: Rate, now: Timestamp) -> Self {
        let elapsed = now.duration_since(self.at).as_secs_f64().max(0.0);
        Self {
            tokens: (self.tokens + elapsed * rate.per_second).min(rate.burst),
            at: now.max(self.at),
        }
    }
}

/// Rounded up, between a second and an hour.
fn whole_seconds(seconds: f64) -> u32 {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // clamped to 1..=3600
    let whole = seconds.ceil().clamp(1.0, 3600.0) as u32;
    whole
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test may stop
mod tests {
    use super::*;
    use jiff::SignedDuration;

    fn limiter(keys: usize) -> Limiter<u32> {
        let rate = Rate {
            per_second: 2.0,
            burst: 3.0,
        };
        Limiter::new(rate, keys)
    }

    #[test]
    fn a_burst_passes_then_the_rate_holds() {
        let limiter = limiter(10);
        let start = Timestamp::UNIX_EPOCH;
        for _ in 0..3 {
            assert_eq!(limiter.take(1, start), Ok(()));
        }
        assert_eq!(limiter.take(1, start), Err(1));
        assert_eq!(limiter.take(2, start), Ok(()), "others are not limited");
        let later = start + SignedDuration::from_millis(500);
        assert_eq!(limiter.take(1, later), Ok(()));
        assert_eq!(limiter.take(1, later), Err(1));
    }

    #[test]
    fn a_bucket_is_empty_only_when_the_next_take_would_fail() {
        let limiter = limiter(10);
        let now = Timestamp::UNIX_EPOCH;
        for _ in 0..3 {
            assert!(!limiter.is_empty(&1, now));
            assert_eq!(limiter.take(1, now), Ok(()));
        }
        assert!(limiter.is_empty(&1, now));
        assert!(!limiter.is_empty(&2, now));
        assert!(!limiter.is_empty(&1, now + SignedDuration::from_millis(500)));
    }

    #[test]
    fn memory_stays_bounded_and_a_clock_that_goes_back_gives_nothing() {
        let limiter = limiter(4);
        let now = Timestamp::UNIX_EPOCH + SignedDuration::from_secs(100);
        for key in 0..100 {
            let _ = limiter.take(key, now);
        }
        assert!(limiter.buckets.lock().unwrap().len() <= 4);
        let earlier = now - SignedDuration::from_secs(50);
        for _ in 0..3 {
            let _ = limiter.take(99, earlier);
        }
        assert!(limiter.take(99, earlier).is_err());
    }
}
