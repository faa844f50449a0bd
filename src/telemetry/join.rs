use crate::telemetry::TraceParent;
use opentelemetry::ContextGuard;
use std::cell::RefCell;
use tracing::Subscriber;
use tracing::field::Field;
use tracing::field::Visit;
use tracing::span::Attributes;
use tracing::span::Id;
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

thread_local! {
    // A span is made on one thread, layer by layer: what `Before` attaches, `After` takes off again.
    static ATTACHED: RefCell<Option<ContextGuard>> = const { RefCell::new(None) };
}

/// Stands before the trace layer: a new span with a field `traceparent` gets that context as its parent.
pub(super) struct Before;

/// Stands after the trace layer and ends what [`Before`] began.
pub(super) struct After;

impl<S: Subscriber> Layer<S> for Before {
    fn on_new_span(&self, attrs: &Attributes<'_>, _: &Id, _: Context<'_, S>) {
        if let Some(parent) = traceparent_of(attrs) {
            let guard = parent.as_parent().attach();
            ATTACHED.with_borrow_mut(|attached| *attached = Some(guard));
        }
    }
}

impl<S: Subscriber> Layer<S> for After {
    fn on_new_span(&self, _: &Attributes<'_>, _: &Id, _: Context<'_, S>) {
        let attached = ATTACHED.with_borrow_mut(Option::take);
        drop(attached);
    }
}

/// The trace context a new span was given in its field `traceparent`.
pub(super) fn traceparent_of(attrs: &Attributes<'_>) -> Option<TraceParent> {
    struct Found(Option<TraceParent>);
    impl Visit for Found {
        fn record_str(&mut self, field: &Field, value: &str) {
            if field.name() == "traceparent" {
                self.0 = TraceParent::parse(value);
            }
        }
        fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
            if field.name() == "traceparent" {
                self.0 = TraceParent::parse(format!("{value:?}").trim_matches('"'));
            }
        }
    }
    let mut found = Found(None);
    attrs.record(&mut found);
    found.0
}
