use axum::http::HeaderMap;
use opentelemetry::trace::SpanContext;
use opentelemetry::trace::SpanId;
use opentelemetry::trace::TraceContextExt;
use opentelemetry::trace::TraceFlags;
use opentelemetry::trace::TraceId;
use opentelemetry::trace::TraceState;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// A position in a trace (W3C Trace Context, level 1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceContext {
    /// Which trace; never zero.
    pub trace_id: u128,
    /// Which span in it; never zero.
    pub span_id: u64,
    /// Whether the caller keeps it.
    pub sampled: bool,
}

impl TraceContext {
    /// Reads a `traceparent` header strictly: anything that is not exactly right is no context at all, and the
    /// request starts a trace of its own. A later version is read as far as this one knows it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let dash = |at: usize| bytes.get(at) == Some(&b'-');
        if bytes.len() < 55 || !dash(2) || !dash(35) || !dash(52) {
            return None;
        }
        let version = hex(&text[..2])?;
        let exact = bytes.len() == 55;
        if version == 0xff || (version == 0 && !exact) || !(exact || dash(55)) {
            return None;
        }
        let trace_id = hex(&text[3..35]).filter(|id| *id != 0)?;
        let span_id = hex(&text[36..52]).filter(|id| *id != 0)?;
        let flags = hex(&text[53..55])?;
        Some(Self {
            trace_id,
            span_id: u64::try_from(span_id).ok()?,
            sampled: flags & 1 == 1,
        })
    }

    /// The context the caller gives, if it gives exactly one and it is right.
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        let mut values = headers.get_all("traceparent").iter();
        let only = values.next()?.to_str().ok()?;
        values.next().is_none().then(|| Self::parse(only))?
    }

    /// A new trace, from random bytes.
    #[must_use]
    pub fn new(random: [u8; 24]) -> Self {
        let (trace, span) = random.split_at(16);
        let number = |bytes: &[u8]| bytes.iter().fold(0, |n, b| (n << 8) | u128::from(*b));
        Self {
            trace_id: number(trace).max(1),
            span_id: u64::try_from(number(span)).unwrap_or(1).max(1),
            sampled: false,
        }
    }

    /// As a `traceparent` header.
    #[must_use]
    pub fn header(self) -> String {
        let flags = u8::from(self.sampled);
        format!(
            "00-{:032x}-{:016x}-{flags:02x}",
            self.trace_id, self.span_id
        )
    }

    /// The instance URI of a problem: an operator finds the trace by it.
    #[must_use]
    pub fn instance(self) -> String {
        format!("urn:uuid:{}", uuid::Uuid::from_u128(self.trace_id))
    }

    /// Makes a span a child of what the caller gave, and tells the context to hand on: the span's own where
    /// tracing to OpenTelemetry is on, else one made here within the same trace.
    #[must_use]
    pub fn enter(span: &Span, caller: Option<Self>, random: [u8; 24]) -> Self {
        if let Some(caller) = caller {
            let remote = SpanContext::new(
                TraceId::from(caller.trace_id),
                SpanId::from(caller.span_id),
                TraceFlags::default().with_sampled(caller.sampled),
                true,
                TraceState::default(),
            );
            let parent = opentelemetry::Context::new().with_remote_span_context(remote);
            // Fails only when tracing to OpenTelemetry is off.
            let _ = span.set_parent(parent);
        }
        let context = span.context();
        let own = context.span().span_context().clone();
        if own.is_valid() && !own.is_remote() {
            return Self {
                trace_id: u128::from_be_bytes(own.trace_id().to_bytes()),
                span_id: u64::from_be_bytes(own.span_id().to_bytes()),
                sampled: own.is_sampled(),
            };
        }
        let fresh = Self::new(random);
        match caller {
            Some(caller) => Self {
                span_id: fresh.span_id,
                ..caller
            },
            None => fresh,
        }
    }
}

/// Names a span by what became known of it after it began: a span that has begun is exported under the name it had
/// then, whatever is recorded in its fields.
pub fn rename(span: &Span, name: String) {
    span.context().span().update_name(name);
}

/// Lower-case hexadecimal only.
fn hex(digits: &str) -> Option<u128> {
    let lower = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    digits
        .bytes()
        .all(lower)
        .then(|| u128::from_str_radix(digits, 16).ok())?
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test may stop
mod tests {
    use super::*;

    const GOOD: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    #[test]
    fn a_right_traceparent_is_read_and_written_back() {
        let context = TraceContext::parse(GOOD).unwrap();
        assert!(context.sampled);
        assert_eq!(context.header(), GOOD);
        assert_eq!(
            context.instance(),
            "urn:uuid:0af76519-16cd-43dd-8448-eb211c80319c"
        );
        let later = "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-what";
        assert_eq!(TraceContext::parse(later), Some(context));
    }

    #[test]
    fn a_wrong_traceparent_is_no_context() {
        for wrong in [
            "",
            "00",
            &GOOD[..54],
            &format!("{GOOD}-"),
            &format!("{GOOD}-x"),
            &GOOD.replacen("00", "ff", 1),
            &GOOD.to_uppercase(),
            &GOOD.replace('-', "_"),
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0g",
            "00-0af7651916cd43dd8448eb211c80319é-b7ad6b7169203331-01",
            "é0-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        ] {
            assert_eq!(TraceContext::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn without_telemetry_the_callers_trace_goes_on_under_a_span_of_our_own() {
        let caller = TraceContext::parse(GOOD);
        let context = TraceContext::enter(&Span::none(), caller, [7; 24]);
        assert_eq!(context.trace_id, caller.unwrap().trace_id);
        assert_ne!(context.span_id, caller.unwrap().span_id);
        let own = TraceContext::enter(&Span::none(), None, [0; 24]);
        assert_eq!((own.trace_id, own.span_id), (1, 1), "never zero");
    }
}
