use metrics::Unit;
use metrics_exporter_prometheus::Matcher;
use metrics_exporter_prometheus::PrometheusBuilder;
use metrics_exporter_prometheus::PrometheusHandle;
use std::sync::OnceLock;

/// What kind of figure a metric is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MetricKind {
    /// Only goes up.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Spread over buckets.
    Histogram,
}

/// One metric: its name as modules record it, its unit and what it says. Labels hold codes from closed lists and
/// organisation codes, never ids.
#[derive(Debug, Clone, Copy)]
pub struct Metric {
    /// Name.
    pub name: &'static str,
    /// Kind.
    pub kind: MetricKind,
    /// Unit.
    pub unit: Unit,
    /// What it says.
    pub help: &'static str,
}

const fn metric(name: &'static str, kind: MetricKind, unit: Unit, help: &'static str) -> Metric {
    Metric {
        name,
        kind,
        unit,
        help,
    }
}

/// Every metric of the gateway; a test compares the list with what the modules record.
pub const METRICS: &[Metric] = &[
    metric(
        "schakel_broker_acknowledged_total",
        MetricKind::Counter,
        Unit::Count,
        "Parcels that were acknowledged to the broker.",
    ),
    metric(
        "schakel_broker_connected",
        MetricKind::Gauge,
        Unit::Count,
        "1 when there is a connection with the broker, 0 when not.",
    ),
    metric(
        "schakel_broker_connects_total",
        MetricKind::Counter,
        Unit::Count,
        "Attempts to connect to the broker, by outcome.",
    ),
    metric(
        "schakel_broker_dead_lettered_total",
        MetricKind::Counter,
        Unit::Count,
        "Parcels that the broker set aside, by why.",
    ),
    metric(
        "schakel_broker_given_back_total",
        MetricKind::Counter,
        Unit::Count,
        "Parcels that were given back to the broker.",
    ),
    metric(
        "schakel_broker_publish_seconds",
        MetricKind::Histogram,
        Unit::Seconds,
        "How long a batch took from publishing to its last confirm.",
    ),
    metric(
        "schakel_broker_published_total",
        MetricKind::Counter,
        Unit::Count,
        "Parcels published, by outcome.",
    ),
    metric(
        "schakel_broker_queues_refused",
        MetricKind::Gauge,
        Unit::Count,
        "Organisations whose queue the broker refused to make, or has otherwise than asked.",
    ),
    metric(
        "schakel_broker_received_total",
        MetricKind::Counter,
        Unit::Count,
        "Parcels that arrived from the broker.",
    ),
    metric(
        "schakel_build_info",
        MetricKind::Gauge,
        Unit::Count,
        "Always 1; the label says which version runs.",
    ),
    metric(
        "schakel_deliveries_leased_total",
        MetricKind::Counter,
        Unit::Count,
        "Deliveries given out from a mailbox.",
    ),
    metric(
        "schakel_deliveries_oldest_age_seconds",
        MetricKind::Gauge,
        Unit::Seconds,
        "How long the oldest due delivery waits, in the outbox or behind the broker: for a webhook that is slow, too.",
    ),
    metric(
        "schakel_deliveries_open",
        MetricKind::Gauge,
        Unit::Count,
        "Deliveries that are not settled, and parked ones, by state.",
    ),
    metric(
        "schakel_deliveries_published_total",
        MetricKind::Counter,
        Unit::Count,
        "Deliveries that the broker confirmed.",
    ),
    metric(
        "schakel_deliveries_settled_total",
        MetricKind::Counter,
        Unit::Count,
        "Deliveries settled, by outcome.",
    ),
    metric(
        "schakel_http_connections",
        MetricKind::Gauge,
        Unit::Count,
        "Open connections.",
    ),
    metric(
        "schakel_http_connections_refused_total",
        MetricKind::Counter,
        Unit::Count,
        "Connections refused because there were too many.",
    ),
    metric(
        "schakel_http_connections_timed_out_total",
        MetricKind::Counter,
        Unit::Count,
        "Connections ended because they were too slow, by phase.",
    ),
    metric(
        "schakel_http_request_duration_seconds",
        MetricKind::Histogram,
        Unit::Seconds,
        "How long requests took, by route and method.",
    ),
    metric(
        "schakel_http_requests_total",
        MetricKind::Counter,
        Unit::Count,
        "Requests answered, by route, method and status.",
    ),
    metric(
        "schakel_intake_batch_messages",
        MetricKind::Histogram,
        Unit::Count,
        "Messages that shared one commit.",
    ),
    metric(
        "schakel_kandidaten_perhaps_double_total",
        MetricKind::Counter,
        Unit::Count,
        "Kandidaten that got a BSN by which others know another kandidaat.",
    ),
    metric(
        "schakel_messages_received_total",
        MetricKind::Counter,
        Unit::Count,
        "Messages pushed, by result.",
    ),
    metric(
        "schakel_outbox_oldest_age_seconds",
        MetricKind::Gauge,
        Unit::Seconds,
        "How long the oldest due delivery in the outbox waits to be published.",
    ),
    metric(
        "schakel_ready",
        MetricKind::Gauge,
        Unit::Count,
        "1 when a part (store, broker, outbox) is well, 0 when it is not.",
    ),
    metric(
        "schakel_webhook_attempts_total",
        MetricKind::Counter,
        Unit::Count,
        "Attempts to push to a webhook, by outcome.",
    ),
    metric(
        "schakel_webhook_seconds",
        MetricKind::Histogram,
        Unit::Seconds,
        "How long an attempt to push to a webhook took.",
    ),
    metric(
        "schakel_webhook_waiting",
        MetricKind::Gauge,
        Unit::Count,
        "Deliveries that wait at this gateway for a webhook or are pushed now, by organisation.",
    ),
    metric(
        "schakel_worker_restarts_total",
        MetricKind::Counter,
        Unit::Count,
        "How often a worker loop ended unexpectedly and was started again.",
    ),
];

/// Bucket limits for every histogram of seconds: 0.5 ms to 10 s.
const SECONDS: [f64; 14] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];

/// Bucket limits for the sizes of batches.
const MESSAGES: [f64; 9] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];

static HANDLE: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

/// Installs the recorder of this process, once, and describes every metric.
pub(super) fn install() {
    HANDLE.get_or_init(|| {
        let handle = PrometheusBuilder::new()
            .set_buckets(&SECONDS)
            .ok()?
            .set_buckets_for_metric(Matcher::Suffix("_messages".to_owned()), &MESSAGES)
            .ok()?
            .install_recorder()
            .ok()?;
        for metric in METRICS {
            match metric.kind {
                MetricKind::Counter => {
                    metrics::describe_counter!(metric.name, metric.unit, metric.help);
                }
                MetricKind::Gauge => {
                    metrics::describe_gauge!(metric.name, metric.unit, metric.help);
                }
                MetricKind::Histogram => {
                    metrics::describe_histogram!(metric.name, metric.unit, metric.help);
                }
            }
        }
        metrics::gauge!("schakel_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
        Some(handle)
    });
}

/// All metrics of this process in the Prometheus text format; empty before [`super::Telemetry::start`].
#[must_use]
pub fn metrics_text() -> String {
    match HANDLE.get() {
        Some(Some(handle)) => handle.render(),
        _ => String::new(),
    }
}

/// Moves recorded samples into their buckets; to be called every few seconds.
pub fn upkeep() {
    if let Some(Some(handle)) = HANDLE.get() {
        handle.run_upkeep();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::path::Path;

    /// The names of metrics in quotes in the sources, this file left out.
    fn recorded(folder: &Path, found: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).expect("a source folder is readable") {
            let path = entry.expect("an entry is readable").path();
            if path.is_dir() {
                recorded(&path, found);
            } else if !path.ends_with("telemetry/metrics.rs") {
                let text = std::fs::read_to_string(&path).unwrap_or_default();
                let lasting = text.split("#[cfg(test)]").next().unwrap_or_default();
                let is_test = path.to_string_lossy().contains("tests");
                let lasting = if is_test { "" } else { lasting };
                let quoted = lasting.split('"').filter(|part| {
                    part.starts_with("schakel_")
                        && part.len() > "schakel_".len()
                        && part.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
                });
                found.extend(quoted.map(str::to_owned));
            }
        }
    }

    #[test]
    fn every_metric_that_is_recorded_is_described_and_the_other_way_round() {
        let mut found = BTreeSet::from(["schakel_build_info".to_owned()]);
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        recorded(&root.join("src"), &mut found);
        let described = METRICS.iter().map(|metric| metric.name.to_owned());
        assert_eq!(found, described.collect::<BTreeSet<_>>());
    }
}
