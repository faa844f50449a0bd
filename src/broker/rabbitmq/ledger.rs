//! Which messages of a channel are with the caller, and how to acknowledge them with few frames. Pure.

use std::collections::BTreeSet;

/// The delivery tags of one channel. RabbitMQ numbers them 1, 2, 3, ... over all queues of the channel, and they may
/// reach the caller in another order.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    /// Every tag up to and including this one is settled.
    low: u64,
    /// Settled tags above `low`.
    settled: BTreeSet<u64>,
    /// Tags that are with the caller.
    given: BTreeSet<u64>,
}

/// What to send to settle a set of tags.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Frames {
    /// This tag and everything before it.
    pub(super) up_to: Option<u64>,
    /// These tags, each by itself.
    pub(super) single: Vec<u64>,
}

impl Ledger {
    /// Notes that a tag is with the caller.
    pub(super) fn give(&mut self, tag: u64) {
        self.given.insert(tag);
    }

    /// How many tags are with the caller.
    pub(super) fn given(&self) -> usize {
        self.given.len()
    }

    /// Takes back those of these tags that are with the caller; others are left out.
    pub(super) fn take(&mut self, tags: impl IntoIterator<Item = u64>) -> Vec<u64> {
        tags.into_iter()
            .filter(|tag| self.given.remove(tag))
            .collect()
    }

    /// Settles tags that were taken, and says how. Everything up to a tag may go in one frame only if all of it is
    /// settled: a message that waits within the client is not acknowledged by accident.
    pub(super) fn settle(&mut self, tags: &[u64]) -> Frames {
        let before = self.low;
        self.settled.extend(tags);
        while self.settled.remove(&(self.low + 1)) {
            self.low += 1;
        }
        let low = self.low;
        let mut frames = Frames::default();
        for tag in tags.iter().copied() {
            if tag > before && tag <= low {
                frames.up_to = frames.up_to.max(Some(tag));
            } else {
                frames.single.push(tag);
            }
        }
        frames
    }
}

#[cfg(test)]
mod tests {
    use super::Frames;
    use super::Ledger;
    use proptest::collection::vec;
    use proptest::prelude::Just;
    use proptest::prelude::Strategy;
    use proptest::proptest;
    use std::collections::BTreeSet;

    #[test]
    fn a_row_of_tags_goes_in_one_frame_and_a_gap_keeps_it_apart() {
        let mut ledger = Ledger::default();
        (1..=6).for_each(|tag| ledger.give(tag));
        assert_eq!(ledger.take([1, 2, 9]), [1, 2]);
        assert_eq!(
            ledger.settle(&[1, 2]),
            Frames {
                up_to: Some(2),
                single: vec![]
            }
        );
        let tags = ledger.take([4, 6]);
        assert_eq!(
            ledger.settle(&tags),
            Frames {
                up_to: None,
                single: vec![4, 6]
            }
        );
        let tags = ledger.take([3]);
        assert_eq!(
            ledger.settle(&tags),
            Frames {
                up_to: Some(3),
                single: vec![]
            }
        );
        let tags = ledger.take([5, 5, 4]);
        assert_eq!(
            ledger.settle(&tags),
            Frames {
                up_to: Some(5),
                single: vec![]
            }
        );
        assert_eq!(ledger.given(), 0);
    }

    proptest! {
        /// A broker that keeps count of what it gave ends with exactly what was not settled.
        #[test]
        fn the_frames_settle_what_was_asked_and_nothing_else(
            order in Just((1..=30_u64).collect::<Vec<_>>()).prop_shuffle(),
            sizes in vec(1..8_usize, 0..8),
        ) {
            let mut ledger = Ledger::default();
            let mut broker: BTreeSet<u64> = (1..=30).collect();
            let mut asked = BTreeSet::new();
            let mut rest = order.as_slice();
            for size in sizes {
                let (now, later) = rest.split_at(size.min(rest.len()));
                rest = later;
                for tag in now {
                    ledger.give(*tag);
                }
                let tags = ledger.take(now.iter().copied());
                asked.extend(tags.iter().copied());
                let frames = ledger.settle(&tags);
                if let Some(up_to) = frames.up_to {
                    assert!(broker.contains(&up_to), "RabbitMQ closes the channel otherwise");
                    broker.retain(|tag| *tag > up_to);
                }
                for tag in frames.single {
                    assert!(broker.remove(&tag), "RabbitMQ closes the channel otherwise");
                }
                let left: BTreeSet<u64> = (1..=30).filter(|tag| !asked.contains(tag)).collect();
                assert_eq!(broker, left);
            }
        }
    }
}
