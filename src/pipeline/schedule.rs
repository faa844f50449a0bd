use jiff::SignedDuration;
use serde::Deserialize;

/// When a failed push is tried again. Pure: jitter comes as an argument.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "snake_case")]
pub struct Schedule {
    /// Seconds to wait before each next attempt; after the last one the delivery is parked.
    pub delays_seconds: Vec<u32>,
    /// The share of a delay, in percent, that chance may add.
    pub jitter_percent: u32,
}

impl Default for Schedule {
    /// The schedule that Standard Webhooks 1.0.0 suggests: ten attempts, the first at once, in a little over three days.
    fn default() -> Self {
        Self {
            delays_seconds: vec![5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400],
            jitter_percent: 20,
        }
    }
}

/// What to do after a failed attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Try again after this long.
    After(SignedDuration),
    /// Attempts used up.
    Park,
}

impl Schedule {
    /// What follows attempt `attempt` (from 1). `asked` is what the receiver asked for (`Retry-After`): never
    /// earlier than that, and never later than a day. `chance` is any number; it decides the jitter.
    #[must_use]
    pub fn next(&self, attempt: u32, asked: Option<SignedDuration>, chance: u64) -> Next {
        const LATEST: SignedDuration = SignedDuration::from_hours(24);
        let index = usize::try_from(attempt.saturating_sub(1)).unwrap_or(usize::MAX);
        let Some(seconds) = self.delays_seconds.get(index) else {
            return Next::Park;
        };
        let millis = u64::from(*seconds) * 1_000;
        let jitter = (millis * u64::from(self.jitter_percent) / 100)
            .checked_add(1)
            .map_or(0, |bound| chance % bound);
        let delay = SignedDuration::from_millis(i64::try_from(millis + jitter).unwrap_or(i64::MAX));
        Next::After(delay.max(asked.unwrap_or_default().min(LATEST)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_schedule_makes_ten_attempts_in_three_days() {
        let schedule = Schedule::default();
        let mut attempts = 1;
        let mut waited = SignedDuration::ZERO;
        while let Next::After(delay) = schedule.next(attempts, None, 0) {
            waited += delay;
            attempts += 1;
        }
        assert_eq!(attempts, 10);
        assert_eq!(waited.as_hours() / 24, 3);
    }

    #[test]
    fn delays_follow_the_table_and_then_the_delivery_is_parked() {
        let schedule = Schedule {
            delays_seconds: vec![5, 60],
            jitter_percent: 20,
        };
        let after = |millis| Next::After(SignedDuration::from_millis(millis));
        for (attempt, asked, chance, expected) in [
            (1, None, 0, after(5_000)),
            (1, None, 1_000, after(6_000)),
            (1, None, 1_001, after(5_000)),
            (2, None, 0, after(60_000)),
            (2, Some(SignedDuration::from_secs(90)), 0, after(90_000)),
            (2, Some(SignedDuration::from_secs(1)), 0, after(60_000)),
            (
                2,
                Some(SignedDuration::from_hours(48)),
                0,
                after(86_400_000),
            ),
            (3, None, 0, Next::Park),
        ] {
            assert_eq!(
                schedule.next(attempt, asked, chance),
                expected,
                "{attempt} {chance}"
            );
        }
    }
}
