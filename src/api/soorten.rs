//! `/v1/soorten`: what the caller's organisation can push and gets.

use crate::access::Scope;
use crate::api::Api;
use crate::api::call::Call;
use crate::api::call::Reply;
use crate::api::call::reply;
use crate::api::input::Input;
use crate::api::negotiate;
use crate::api::problem::OK;
use crate::api::view::Soortenlijst;
use axum::Extension;
use axum::extract::Request;
use axum::extract::State;
use std::sync::Arc;

/// Soorten berichten
///
/// Welke soorten de eigen organisatie kan sturen en krijgt, met hun formaat.
#[utoipa::path(
    get, path = "/soorten", operation_id = "soorten", tag = "berichten",
    responses((status = 200, description = "De soorten.", body = Soortenlijst)),
    security(
        ("apiSleutel" = ["mappings:lezen"]),
        ("apiSleutel" = ["berichten:schrijven"]),
    ),
)]
pub async fn lijst(
    State(api): State<Arc<Api>>,
    Extension(call): Extension<Call>,
    request: Request,
) -> Reply {
    let headers = request.headers();
    let scopes = [Scope::MappingsLezen, Scope::BerichtenSchrijven];
    let caller = api.admit(&call, headers, &scopes).await?;
    negotiate::accepts(headers, "application/json")?;
    Input::of(request.uri(), headers).finish()?;
    let soorten = api.gateway.soorten(&caller.org).into_iter();
    let list = Soortenlijst {
        soorten: soorten.map(Into::into).collect(),
    };
    Ok(reply(OK, &list))
}
