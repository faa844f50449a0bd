use crate::canonical::Clock;
use crate::telemetry::LogForm;
use crate::telemetry::TraceParent;
use crate::telemetry::join::traceparent_of;
use crate::telemetry::scrub;
use serde_json::Map;
use serde_json::Value;
use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::Arc;
use tracing::Event;
use tracing::Subscriber;
use tracing::field::Field;
use tracing::field::Visit;
use tracing::span::Attributes;
use tracing::span::Id;
use tracing::span::Record;
use tracing_subscriber::Layer;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

/// Writes a line for each event: time, level, target, message, trace id, and the fields of the event and of the
/// spans around it. Every text passes [`scrub`].
pub(super) struct LogLines<W> {
    form: LogForm,
    clock: Arc<dyn Clock>,
    writer: W,
}

/// The fields of a span, kept with it.
struct SpanFields {
    fields: Map<String, Value>,
    trace_id: Option<String>,
}

impl<W> LogLines<W> {
    pub(super) fn new(form: LogForm, clock: Arc<dyn Clock>, writer: W) -> Self {
        Self {
            form,
            clock,
            writer,
        }
    }
}

impl<S, W> Layer<S> for LogLines<W>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + 'static,
{
    fn on_new_span(&self, attrs: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields::default();
        attrs.record(&mut fields);
        fields.0.remove("traceparent");
        let trace_id = traceparent_of(attrs).map(|parent| parent.trace_id());
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(SpanFields {
                fields: fields.0,
                trace_id,
            });
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(kept) = span.extensions_mut().get_mut::<SpanFields>()
        {
            let mut fields = Fields(std::mem::take(&mut kept.fields));
            values.record(&mut fields);
            if let Some(Value::String(text)) = fields.0.remove("traceparent") {
                kept.trace_id = TraceParent::parse(&text).map(|parent| parent.trace_id());
            }
            kept.fields = fields.0;
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut line = Map::new();
        let metadata = event.metadata();
        line.insert("timestamp".to_owned(), self.clock.now().to_string().into());
        line.insert("level".to_owned(), metadata.level().as_str().into());
        line.insert("target".to_owned(), metadata.target().into());
        let mut fields = Fields::default();
        event.record(&mut fields);
        if let Some(message) = fields.0.remove("message") {
            line.insert("message".to_owned(), message);
        }
        let mut trace_id = None;
        let mut around = Map::new();
        for span in context.event_scope(event).into_iter().flatten() {
            if let Some(kept) = span.extensions().get::<SpanFields>() {
                trace_id = trace_id.or_else(|| kept.trace_id.clone());
                for (name, value) in &kept.fields {
                    around.entry(name.clone()).or_insert_with(|| value.clone());
                }
            }
        }
        if let Some(trace_id) = trace_id {
            line.insert("trace_id".to_owned(), trace_id.into());
        }
        if let Some(span) = context.event_span(event) {
            line.insert("span".to_owned(), span.name().into());
        }
        for (name, value) in fields.0.into_iter().chain(around) {
            // One name for it on every line, however a span calls it.
            let name = if name == "trace.id" {
                "trace_id".to_owned()
            } else {
                name
            };
            line.entry(name).or_insert(value);
        }
        let text = match self.form {
            LogForm::Json => Value::Object(line).to_string(),
            LogForm::Human => human(&line),
        };
        // A log that cannot be written must not stop the gateway.
        let _ = writeln!(self.writer.make_writer_for(metadata), "{text}");
    }
}

/// `12:34:56.789 INFO  message  field=value ...`
fn human(line: &Map<String, Value>) -> String {
    let text = |name: &str| line.get(name).and_then(Value::as_str).unwrap_or_default();
    let time = text("timestamp").split('T').nth(1).unwrap_or_default();
    let mut out = format!(
        "{} {:5} {}",
        time.get(..12).unwrap_or(time),
        text("level"),
        one_line(text("message"))
    );
    for (name, value) in line {
        if ["timestamp", "level", "message", "target", "span"].contains(&name.as_str()) {
            continue;
        }
        let _ = match value {
            Value::String(text) => write!(out, "  {name}={}", one_line(text)),
            other => write!(out, "  {name}={other}"),
        };
    }
    out
}

/// Text whose control characters cannot start a line of their own or colour the terminal.
fn one_line(text: &str) -> String {
    text.replace(char::is_control, "\u{b7}")
}

#[derive(Default)]
struct Fields(Map<String, Value>);

impl Fields {
    fn put(&mut self, field: &Field, value: Value) {
        self.0.insert(field.name().to_owned(), value);
    }
}

impl Visit for Fields {
    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value.into());
    }
    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value.into());
    }
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value.into());
    }
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, value.into());
    }
    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, scrub(value).into());
    }
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.put(field, scrub(&format!("{value:?}")).into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canonical::ManualClock;
    use jiff::Timestamp;
    use std::io;
    use std::sync::Mutex;
    use tracing_subscriber::layer::SubscriberExt;

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0
                .lock()
                .expect("not poisoned")
                .extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(form: LogForm, act: impl FnOnce()) -> String {
        let kept = Kept::default();
        let clock = ManualClock::at(Timestamp::UNIX_EPOCH);
        let writer = kept.clone();
        let layer = LogLines::new(form, Arc::new(clock), move || writer.clone());
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), act);
        String::from_utf8(kept.0.lock().expect("not poisoned").clone()).expect("text")
    }

    const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_line_reads_alone_with_the_fields_and_trace_id_of_its_spans() {
        let line = logged(LogForm::Json, || {
            let outer = tracing::info_span!("bezorgen", traceparent = PARENT, ontvanger = "uwv");
            let _outer = outer.enter();
            let inner = tracing::info_span!("schrijven", pogingen = tracing::field::Empty);
            inner.record("pogingen", 2_u64);
            let _inner = inner.enter();
            tracing::info!(delivery = 7, "Delivered");
        });
        let line: Value = serde_json::from_str(&line).expect("one JSON object");
        for (name, value) in [
            ("timestamp", Value::from("1970-01-01T00:00:00Z")),
            ("level", "INFO".into()),
            ("message", "Delivered".into()),
            ("trace_id", "4bf92f3577b34da6a3ce929d0e0e4736".into()),
            ("span", "schrijven".into()),
            ("ontvanger", "uwv".into()),
            ("pogingen", 2.into()),
            ("delivery", 7.into()),
        ] {
            assert_eq!(line[name], value, "{name}");
        }
    }

    #[test]
    fn what_looks_like_a_person_is_masked_in_messages_and_fields() {
        for form in [LogForm::Json, LogForm::Human] {
            let line = logged(form, || {
                let span = tracing::info_span!("ontvangen", wie = "999990019");
                let _span = span.enter();
                tracing::warn!(adres = %"j@voorbeeld.nl", "Nummer {} onbekend", "999990019");
            });
            assert!(!line.contains("999990019"), "{line}");
            assert!(!line.contains("voorbeeld.nl"), "{line}");
            assert!(line.contains("onbekend"), "{line}");
        }
    }

    #[test]
    fn a_line_break_in_a_value_does_not_make_a_second_line() {
        for form in [LogForm::Json, LogForm::Human] {
            let line = logged(form, || tracing::info!(naam = "a\nb", "x\r\ny"));
            assert_eq!(line.lines().count(), 1);
        }
    }
}
