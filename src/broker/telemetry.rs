//! What the brokers count. Labels hold the broker's name and an outcome, never an id or an organisation.

use crate::broker::BrokerError;
use metrics::counter;
use metrics::histogram;
use std::time::Duration;

/// Counts the outcomes of one batch and how long its confirms took.
pub(super) fn published(
    broker: &'static str,
    outcomes: &[Result<(), BrokerError>],
    took: Duration,
) {
    let mut counts = [("ok", 0_u64), ("refused", 0), ("unavailable", 0)];
    for outcome in outcomes {
        let place = match outcome {
            Ok(()) => 0,
            Err(BrokerError::Refused(_)) => 1,
            Err(BrokerError::Unavailable(_)) => 2,
        };
        counts[place].1 += 1;
    }
    for (outcome, count) in counts.into_iter().filter(|(_, count)| *count > 0) {
        counter!("schakel_broker_published_total", "broker" => broker, "outcome" => outcome)
            .increment(count);
    }
    histogram!("schakel_broker_publish_seconds", "broker" => broker).record(took);
}

/// Counts parcels that arrived.
pub(super) fn received(broker: &'static str, count: usize) {
    counter!("schakel_broker_received_total", "broker" => broker).increment(count as u64);
}

/// Counts parcels that were acknowledged.
pub(super) fn acknowledged(broker: &'static str, count: usize) {
    counter!("schakel_broker_acknowledged_total", "broker" => broker).increment(count as u64);
}

/// Counts parcels that were given back.
pub(super) fn given_back(broker: &'static str, count: usize) {
    counter!("schakel_broker_given_back_total", "broker" => broker).increment(count as u64);
}

/// Counts messages that were set aside, with why.
pub(super) fn dead_lettered(broker: &'static str, why: &'static str, count: u64) {
    if count > 0 {
        counter!("schakel_broker_dead_lettered_total", "broker" => broker, "why" => why)
            .increment(count);
    }
}
