use opentelemetry::Context;
use opentelemetry::trace::SpanContext;
use opentelemetry::trace::SpanId;
use opentelemetry::trace::TraceContextExt;
use opentelemetry::trace::TraceFlags;
use opentelemetry::trace::TraceId;
use opentelemetry::trace::TraceState;

/// A W3C trace context: `00-<trace id>-<parent span id>-<flags>` (<https://www.w3.org/TR/trace-context/>).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceParent {
    trace: TraceId,
    span: SpanId,
    flags: TraceFlags,
}

impl TraceParent {
    /// Reads the text form. Later versions of the standard may add parts at the end; version `ff`, zero ids and
    /// upper-case letters are not valid.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let mut hex = |length: usize| {
            let part = parts.next()?;
            let lower = part
                .bytes()
                .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
            (part.len() == length && lower).then_some(part)
        };
        let version = hex(2)?;
        let trace = TraceId::from_hex(hex(32)?).ok()?;
        let span = SpanId::from_hex(hex(16)?).ok()?;
        let flags = u8::from_str_radix(hex(2)?, 16).ok()?;
        let ended = version != "00" || parts.next().is_none();
        let valid = version != "ff" && trace != TraceId::INVALID && span != SpanId::INVALID;
        (ended && valid).then_some(Self {
            trace,
            span,
            flags: TraceFlags::new(flags & TraceFlags::SAMPLED.to_u8()),
        })
    }

    /// The context of the span the caller is in, when traces are exported.
    #[must_use]
    pub fn current() -> Option<Self> {
        let context = Context::current();
        let span = context.span();
        let span = span.span_context();
        span.is_valid().then(|| Self {
            trace: span.trace_id(),
            span: span.span_id(),
            flags: span.trace_flags(),
        })
    }

    /// The trace id, as log lines show it.
    #[must_use]
    pub fn trace_id(&self) -> String {
        self.trace.to_string()
    }

    /// As a parent for new spans. Every trace the gateway takes part in is recorded, whatever the caller sampled.
    pub(super) fn as_parent(self) -> Context {
        Context::new().with_remote_span_context(SpanContext::new(
            self.trace,
            self.span,
            TraceFlags::SAMPLED,
            true,
            TraceState::default(),
        ))
    }
}

impl std::fmt::Display for TraceParent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "00-{}-{}-{:02x}", self.trace, self.span, self.flags)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALID: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_valid_context_is_read_and_written_the_same() {
        let context = TraceParent::parse(VALID).expect("valid");
        assert_eq!(context.to_string(), VALID);
        assert_eq!(context.trace_id(), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert!(TraceParent::parse(&format!("01{}-extra", &VALID[2..])).is_some());
    }

    #[test]
    fn anything_else_is_no_context() {
        for text in [
            "",
            "00",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-extra",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-é1",
        ] {
            assert_eq!(TraceParent::parse(text), None, "{text}");
        }
    }
}
