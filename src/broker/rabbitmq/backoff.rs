//! How long to wait before the next attempt to connect.

use std::time::Duration;

/// The wait after the first failure.
const FIRST: Duration = Duration::from_millis(100);
/// The longest wait.
const LONGEST: Duration = Duration::from_secs(10);

/// The wait before attempt `attempt` (0 is the first, which does not wait): it doubles, and `chance` takes up to half
/// of it away, so that gateways that lost their broker together do not come back together.
pub(super) fn wait(attempt: u32, chance: u16) -> Duration {
    if attempt == 0 {
        return Duration::ZERO;
    }
    let whole = FIRST
        .saturating_mul(2_u32.saturating_pow(attempt - 1))
        .min(LONGEST);
    whole.saturating_sub(whole / 2 * u32::from(chance) / u32::from(u16::MAX))
}

/// A chance from the machine; without random numbers there is no jitter, which is no reason to stop.
pub(super) fn chance() -> u16 {
    getrandom::u32().map_or(0, |number| (number >> 16) as u16)
}

#[cfg(test)]
mod tests {
    use super::FIRST;
    use super::LONGEST;
    use super::wait;
    use proptest::prelude::any;
    use proptest::proptest;
    use std::time::Duration;

    #[test]
    fn the_wait_doubles_up_to_the_longest() {
        assert_eq!(wait(0, 7), Duration::ZERO);
        assert_eq!(wait(1, 0), FIRST);
        assert_eq!(wait(2, 0), FIRST * 2);
        assert_eq!(wait(1, u16::MAX), FIRST / 2);
        assert_eq!(wait(99, 0), LONGEST);
    }

    proptest! {
        #[test]
        fn every_wait_lies_between_half_of_the_first_and_the_longest(
            attempt in 1_u32..,
            chance in any::<u16>(),
        ) {
            assert!((FIRST / 2..=LONGEST).contains(&wait(attempt, chance)));
        }
    }
}
