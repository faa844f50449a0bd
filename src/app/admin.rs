use crate::api;
use crate::api::ApiConfig;
use crate::app::Health;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header;
use axum::response::IntoResponse;
use axum::response::Response;
use axum::routing::get;
use serde_json::Value;
use serde_json::json;
use std::sync::Arc;

/// What the admin listener serves: whether the process lives, whether it can do its work, and its figures. Nothing
/// here reads from the store or broker, so nothing here can hang; every GET answers HEAD too, and what is not there is
/// a problem document as on the API.
pub fn router(health: Arc<Health>, config: &ApiConfig) -> Router {
    let routes = Router::new()
        .route("/health/live", get(live))
        .route("/health/ready", get(ready))
        .route("/metrics", get(metrics))
        .with_state(health);
    api::plain(routes, config)
}

async fn live() -> Response {
    answer(StatusCode::OK, &json!({ "status": "levend" }))
}

/// 200 when every part is well, 503 with what is wrong when one is not. A `melding` is for an operator to look at.
async fn ready(State(health): State<Arc<Health>>) -> Response {
    let parts = health.parts();
    let well = parts.iter().all(|part| part.problem.is_none());
    let parts = parts
        .into_iter()
        .map(|part| {
            let mut state = match part.problem {
                None => json!({ "status": "goed" }),
                Some(problem) => json!({ "status": "fout", "reden": problem }),
            };
            if let Some(notice) = part.notice {
                state["melding"] = notice.into();
            }
            (part.part.to_owned(), state)
        })
        .collect::<serde_json::Map<String, Value>>();
    let (code, status) = if well {
        (StatusCode::OK, "gereed")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "nietGereed")
    };
    answer(code, &json!({ "status": status, "onderdelen": parts }))
}

async fn metrics() -> Response {
    let form = [(
        header::CONTENT_TYPE,
        "text/plain; version=0.0.4; charset=utf-8",
    )];
    (form, crate::telemetry::metrics_text()).into_response()
}

fn answer(code: StatusCode, body: &Value) -> Response {
    let form = [(header::CONTENT_TYPE, "application/json")];
    (code, form, body.to_string()).into_response()
}
