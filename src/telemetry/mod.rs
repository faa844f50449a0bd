//! Row 7. Logs, metrics and traces.
//!
//! - **Logs** go to standard error, one line each, as JSON or for a person to read. A line shows the fields of its
//!   event and of the spans around it, never a body; text that looks like a BSN or an e-mail address is masked on
//!   the way out, as a last resort. Other crates are heard from `warn` up only, because their finer lines quote
//!   what they handle.
//! - **Metrics** are kept in memory and rendered for Prometheus on the admin listener ([`metrics_text`]).
//! - **Traces** go to an OpenTelemetry collector when one is configured. A span with a field `traceparent` (W3C
//!   trace context) continues that trace, whichever module opens it: so one trace spans HTTP, outbox, broker and
//!   delivery, and no module needs to know more than that text. Its trace id stands on every log line inside.

mod export;
mod join;
mod lines;
mod metrics;
mod scrub;
mod traceparent;

pub use export::ExportError;
pub use metrics::METRICS;
pub use metrics::Metric;
pub use metrics::metrics_text;
pub use metrics::upkeep;
pub use scrub::scrub;
pub use traceparent::TraceParent;

use crate::canonical::Clock;
use crate::canonical::SystemClock;
use lines::LogLines;
use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::trace::SdkTracerProvider;
use std::sync::Arc;
use std::time::Duration;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// How a log line is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogForm {
    /// One JSON object a line.
    Json,
    /// For a person at a terminal.
    Human,
}

/// What to log and where to send traces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TelemetryConfig {
    /// How a line is written.
    pub form: LogForm,
    /// From which level up the gateway's own lines are shown.
    pub level: tracing::Level,
    /// The base address of an OTLP collector; `None` for no traces.
    pub otlp: Option<String>,
}

/// Keeps the trace exporter going; [`Telemetry::flush`] sends what is left.
#[derive(Debug, Default)]
pub struct Telemetry {
    traces: Option<SdkTracerProvider>,
}

impl Telemetry {
    /// Starts logs, metrics and traces for this process. Must be called once, within the async runtime.
    pub fn start(config: &TelemetryConfig) -> Result<Self, ExportError> {
        metrics::install();
        let traces = config.otlp.as_deref().map(export::provider).transpose()?;
        let spans = traces.as_ref().map(|provider| {
            tracing_opentelemetry::layer()
                .with_tracer(provider.tracer("schakel"))
                .with_location(false)
                .with_threads(false)
                .with_filter(filter(LevelFilter::INFO))
        });
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let level = LevelFilter::from_level(config.level);
        tracing_subscriber::registry()
            .with(join::Before)
            .with(spans)
            .with(join::After)
            .with(LogLines::new(config.form, clock, std::io::stderr).with_filter(filter(level)))
            .try_init()
            .map_err(|_| ExportError::Twice)?;
        log_panics();
        Ok(Self { traces })
    }

    /// Sends the spans that were not sent yet, waiting so long at most.
    pub async fn flush(self, patience: Duration) {
        if let Some(traces) = self.traces {
            let flush = move || traces.shutdown_with_timeout(patience);
            let flushed = tokio::task::spawn_blocking(flush).await;
            if !matches!(flushed, Ok(Ok(()))) {
                tracing::warn!("Could not send the last traces");
            }
        }
    }
}

/// The gateway's own lines from a level up, those of other crates from `warn` up.
fn filter(level: LevelFilter) -> Targets {
    Targets::new()
        .with_default(level.min(LevelFilter::WARN))
        .with_target("sqlx", LevelFilter::ERROR)
        .with_target("schakel", level)
}

/// A panic is logged with its place only: its message may quote what was being handled.
fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic
            .location()
            .map_or_else(String::new, |at| format!("{}:{}", at.file(), at.line()));
        tracing::error!(place, "Panicked");
    }));
}
