use async_trait::async_trait;
use bytes::Bytes;
use opentelemetry_http::HttpClient;
use opentelemetry_http::HttpError;
use opentelemetry_http::Request;
use opentelemetry_http::Response;
use opentelemetry_otlp::Protocol;
use opentelemetry_otlp::SpanExporter;
use opentelemetry_otlp::WithExportConfig;
use opentelemetry_otlp::WithHttpConfig;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::Sampler;
use opentelemetry_sdk::trace::SdkTracerProvider;
use std::time::Duration;
use tokio::runtime::Handle;

/// A collector that does not answer within this time loses a batch of spans; the gateway goes on.
const EXPORT_TIME: Duration = Duration::from_secs(5);

/// Why telemetry could not start.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The address is not one, or the client cannot be made.
    #[error("the trace exporter could not be made: {0}")]
    Exporter(String),
    /// Telemetry was started before in this process.
    #[error("telemetry was already started in this process")]
    Twice,
}

/// A provider whose spans go to a collector in batches, by OTLP over HTTP with protobuf.
pub(super) fn provider(base: &str) -> Result<SdkTracerProvider, ExportError> {
    let failed = |error: &dyn std::fmt::Display| ExportError::Exporter(error.to_string());
    let client = reqwest::Client::builder()
        .timeout(EXPORT_TIME)
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .map_err(|error| failed(&error))?;
    let exporter = SpanExporter::builder()
        .with_http()
        .with_http_client(RuntimeClient {
            client,
            runtime: Handle::current(),
        })
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(format!("{}/v1/traces", base.trim_end_matches('/')))
        .with_timeout(EXPORT_TIME)
        .build()
        .map_err(|error| failed(&error))?;
    Ok(SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .with_sampler(Sampler::AlwaysOn)
        .with_resource(
            Resource::builder()
                .with_service_name("schakel")
                .with_attribute(opentelemetry::KeyValue::new(
                    "service.version",
                    env!("CARGO_PKG_VERSION"),
                ))
                .build(),
        )
        .build())
}

/// The exporter works on a thread of its own, outside the async runtime that the HTTP client needs: each request is
/// run as a task of that runtime.
#[derive(Debug)]
struct RuntimeClient {
    client: reqwest::Client,
    runtime: Handle,
}

#[async_trait]
impl HttpClient for RuntimeClient {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let request = reqwest::Request::try_from(request)?;
        let client = self.client.clone();
        self.runtime
            .spawn(async move {
                let answer = client.execute(request).await?;
                let status = answer.status();
                let mut response = Response::new(answer.bytes().await?);
                *response.status_mut() = status;
                Ok(response)
            })
            .await?
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::TraceParent;
    use crate::telemetry::join;
    use opentelemetry::trace::TracerProvider;
    use tokio::io::AsyncReadExt;
    use tokio::io::AsyncWriteExt;
    use tokio::net::TcpListener;
    use tracing_subscriber::layer::SubscriberExt;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

    /// Takes one request as a collector would, and gives it back whole.
    async fn collect(listener: TcpListener) -> Vec<u8> {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        let mut request = Vec::new();
        loop {
            let mut part = [0; 4096];
            let read = stream.read(&mut part).await.expect("readable");
            request.extend_from_slice(&part[..read]);
            let text = String::from_utf8_lossy(&request).to_lowercase();
            let length = text
                .split("content-length: ")
                .nth(1)
                .and_then(|rest| rest.split("\r\n").next()?.parse::<usize>().ok());
            let body = request.windows(4).position(|part| part == b"\r\n\r\n");
            if let (Some(length), Some(body)) = (length, body)
                && request.len() >= body + 4 + length
            {
                let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
                stream.write_all(answer).await.expect("writable");
                return request;
            }
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_span_with_a_traceparent_goes_to_the_collector_as_part_of_that_trace() {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let collected = tokio::spawn(collect(listener));
        let provider = provider(&base).expect("a provider");
        let subscriber = tracing_subscriber::registry()
            .with(join::Before)
            .with(tracing_opentelemetry::layer().with_tracer(provider.tracer("test")))
            .with(join::After);
        tracing::subscriber::with_default(subscriber, || {
            let parent = format!("00-{TRACE}-00f067aa0ba902b7-00");
            let span = tracing::info_span!("bezorgen", traceparent = parent);
            span.in_scope(|| {
                let current = TraceParent::current().expect("a span");
                assert_eq!(current.trace_id(), TRACE);
                assert!(
                    current.to_string().ends_with("-01"),
                    "recorded whatever the caller sampled"
                );
            });
            tracing::info_span!("los").in_scope(|| {
                let current = TraceParent::current().expect("a span");
                assert_ne!(current.trace_id(), TRACE, "the next span is not drawn in");
            });
        });
        tokio::task::spawn_blocking(move || provider.shutdown())
            .await
            .expect("no panic")
            .expect("flushed");
        let request = collected.await.expect("a request");
        assert!(request.starts_with(b"POST /v1/traces HTTP/1.1"));
        let id = u128::from_str_radix(TRACE, 16).expect("hex").to_be_bytes();
        assert!(request.windows(16).any(|part| part == id));
        assert!(request.windows(8).any(|part| part == b"bezorgen"));
    }
}
