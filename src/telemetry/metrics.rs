use metrics::Unit;
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

/// Every metric of the gateway.
pub const METRICS: &[Metric] = &[
    metric(
        "schakel_process_start_time_seconds",
        MetricKind::Gauge,
        Unit::Seconds,
        "When this process started, in seconds since 1970.",
    ),
    metric(
        "schakel_build_info",
        MetricKind::Gauge,
        Unit::Count,
        "Always 1; the label says which version runs.",
    ),
    metric(
        "schakel_deliveries_open",
        MetricKind::Gauge,
        Unit::Count,
        "Deliveries that are not settled, by state.",
    ),
    metric(
        "schakel_outbox_oldest_age_seconds",
        MetricKind::Gauge,
        Unit::Seconds,
        "How long the oldest due delivery has waited to be published.",
    ),
    metric(
        "schakel_ready",
        MetricKind::Gauge,
        Unit::Count,
        "1 when a part (store, broker, outbox) is well, 0 when it is not.",
    ),
    metric(
        "schakel_worker_restarts_total",
        MetricKind::Counter,
        Unit::Count,
        "How often a worker loop ended unexpectedly and was started again.",
    ),
];

/// Bucket limits for every histogram, in seconds: 0.5 ms to 10 s.
const SECONDS: [f64; 14] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];

static HANDLE: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

/// Installs the recorder of this process, once, and describes every metric.
pub(super) fn install() {
    HANDLE.get_or_init(|| {
        let handle = PrometheusBuilder::new()
            .set_buckets(&SECONDS)
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
