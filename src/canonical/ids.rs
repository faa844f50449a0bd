use jiff::Timestamp;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use uuid::Builder;
use uuid::Uuid;

/// Where new ids come from, as an argument: chance is in the hands of the caller, so that a simulation can repeat it.
pub trait IdSource: Send + Sync + std::fmt::Debug {
    /// A new UUID of version 7 for a moment.
    fn next(&self, now: Timestamp) -> Uuid;

    /// A number in `0..bound`, for jitter. `0` when the bound is 0.
    fn below(&self, bound: u64) -> u64;
}

/// Ids from the machine's random numbers.
#[derive(Debug, Default)]
pub struct RandomIds;

impl IdSource for RandomIds {
    fn next(&self, now: Timestamp) -> Uuid {
        let millis = u64::try_from(now.as_millisecond()).unwrap_or(0);
        let random = Uuid::new_v4().into_bytes();
        let mut tail = [0_u8; 10];
        tail.copy_from_slice(&random[..10]);
        // bytes 6 and 8 of a v4 carry version and variant bits; take whole random bytes for all ten
        tail[6] = random[10];
        tail[8] = random[11];
        Builder::from_unix_timestamp_millis(millis, &tail).into_uuid()
    }

    fn below(&self, bound: u64) -> u64 {
        let bytes = Uuid::new_v4().into_bytes();
        let mut eight = [0_u8; 8];
        eight[..6].copy_from_slice(&bytes[..6]);
        u64::from_le_bytes(eight).checked_rem(bound).unwrap_or(0)
    }
}

/// Ids that follow from a seed; for tests and simulations.
#[derive(Debug)]
pub struct SeededIds(AtomicU64);

impl SeededIds {
    /// A source that gives the same ids for the same seed and the same moments.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }

    /// `SplitMix64` (Steele, Lea and Flood, 2014).
    fn draw(&self) -> u64 {
        let state = self
            .0
            .fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed)
            .wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}

impl IdSource for SeededIds {
    fn next(&self, now: Timestamp) -> Uuid {
        let millis = u64::try_from(now.as_millisecond()).unwrap_or(0);
        let mut tail = [0_u8; 10];
        tail[..8].copy_from_slice(&self.draw().to_le_bytes());
        tail[8..].copy_from_slice(&self.draw().to_le_bytes()[..2]);
        Builder::from_unix_timestamp_millis(millis, &tail).into_uuid()
    }

    fn below(&self, bound: u64) -> u64 {
        self.draw().checked_rem(bound).unwrap_or(0)
    }
}
