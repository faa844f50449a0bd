//! One trace spans the request, the outbox, the broker and the delivery: the trace context travels as text.

use opentelemetry::propagation::TextMapPropagator;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use std::collections::HashMap;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// Makes a span a child of the trace context that came with a delivery. An empty or malformed context changes nothing.
pub(crate) fn continue_from(span: &Span, traceparent: &str) {
    if traceparent.is_empty() {
        return;
    }
    let carrier: HashMap<String, String> =
        HashMap::from([("traceparent".to_owned(), traceparent.to_owned())]);
    // without a configured exporter the span has no trace to continue; that is not a fault
    let _ = span.set_parent(TraceContextPropagator::new().extract(&carrier));
}
