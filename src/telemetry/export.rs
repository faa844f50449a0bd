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
