//! What is pushed: referrals as a gemeente sends them, each with its own reference, number, person and moment.

use crate::canonical::elfproef;
use crate::mapping::Library;
use jiff::Timestamp;
use jiff::ToSpan;
use jiff::tz::TimeZone;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use uuid::Uuid;

/// The example that is varied.
const EXAMPLE: &str = "gemeente-voorbeeldstad/voorbeelden/verwijzing.xml";
/// What differs from one referral to the next, as it stands in the example.
const REFERENCE: &str = "9c0f7b90-5c69-41e5-a837-0800200c9a66";
const MOMENT: &str = "20240314101500123";
const NUMBER: &str = "2024-REI-000123";
const BSN: &str = "999990019";
/// The numbers that test data use begin with 99; one in eleven passes the elfproef.
const BSN_FIRST: u64 = 990_000_000;
const BSN_END: u64 = 1_000_000_000;

/// Gives one unique referral after another; shared by every connection.
pub(super) struct Material {
    example: &'static str,
    since: Timestamp,
    count: AtomicU64,
    bsn: AtomicU64,
}

impl Material {
    /// Referrals from a moment on, each a millisecond after the one before. `None` when the example is not what this
    /// module knows.
    pub(super) fn from(since: Timestamp) -> Option<Self> {
        let example = std::str::from_utf8(Library::shipped_file(EXAMPLE)?).ok()?;
        let complete = [REFERENCE, MOMENT, NUMBER, BSN]
            .iter()
            .all(|part| example.contains(part));
        complete.then(|| Self {
            example,
            since,
            count: AtomicU64::new(0),
            bsn: AtomicU64::new(BSN_FIRST),
        })
    }

    /// The next referral.
    pub(super) fn next(&self) -> String {
        let nth = self.count.fetch_add(1, Ordering::Relaxed);
        let passed = i64::try_from(nth).unwrap_or(i64::MAX).milliseconds();
        let moment = self.since.checked_add(passed).unwrap_or(self.since);
        let moment = TimeZone::UTC
            .to_datetime(moment)
            .strftime("%Y%m%d%H%M%S%3f")
            .to_string();
        self.example
            .replacen(REFERENCE, &Uuid::new_v4().to_string(), 1)
            .replacen(MOMENT, &moment, 1)
            .replacen(NUMBER, &format!("2024-REI-{nth:09}"), 1)
            .replacen(BSN, &self.bsn(), 1)
    }

    /// The next number that passes the elfproef; from the first one again when they are used up.
    fn bsn(&self) -> String {
        loop {
            let number = self.bsn.fetch_add(1, Ordering::Relaxed);
            let number = BSN_FIRST + (number - BSN_FIRST) % (BSN_END - BSN_FIRST);
            let digits = number.to_string();
            if elfproef(&digits) {
                return digits;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_referral_is_another_one() {
        let material = Material::from(Timestamp::UNIX_EPOCH).expect("the example");
        let texts: Vec<String> = (0..100).map(|_| material.next()).collect();
        for (open, close) in [
            ("<rei:bsn>", "<"),
            ("<rei:zaaknummer>", "<"),
            ("tijdstipBericht>", "<"),
        ] {
            let values: BTreeSet<&str> = texts
                .iter()
                .filter_map(|text| text.split_once(open)?.1.split_once(close))
                .map(|(value, _)| value)
                .collect();
            assert_eq!(values.len(), 100, "{open}");
        }
        assert!(texts[0].contains("19700101000000000"));
    }
}
