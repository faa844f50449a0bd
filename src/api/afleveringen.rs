//! `/v1/afleveringen/_herhaal`: offer parked, refused or withheld deliveries again.

use crate::access::Scope;
use crate::api::Api;
use crate::api::call::Call;
use crate::api::call::Reply;
use crate::api::call::reply;
use crate::api::input::Input;
use crate::api::negotiate;
use crate::api::problem::OK;
use axum::Extension;
use axum::extract::Request;
use axum::extract::State;
use serde::Deserialize;
use serde::Serialize;
use std::collections::HashSet;
use std::sync::Arc;
use utoipa::ToSchema;
use uuid::Uuid;

/// Welke afleveringen opnieuw aan te bieden.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Herhaalverzoek {
    /// De afleveringen.
    #[schema(min_items = 1, max_items = 200)]
    ids: Vec<Uuid>,
}

/// Welke afleveringen opnieuw worden aangeboden.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Herhaalantwoord {
    /// Deze gaan opnieuw, met hetzelfde kenmerk.
    herhaald: Vec<Uuid>,
    /// Deze niet: niet gevonden, of niet in een toestand waarin het kan.
    niet_herhaald: Vec<Uuid>,
}

/// Opnieuw aanbieden
///
/// Biedt afleveringen opnieuw aan: de afzender en wie het recht `beheer` heeft geparkeerde, geweigerde en ingehouden
/// afleveringen; de ontvanger geparkeerde en geweigerde.
#[utoipa::path(
    post, path = "/afleveringen/_herhaal", operation_id = "herhaalAfleveringen", tag = "postvak",
    request_body = Herhaalverzoek,
    responses((status = 200, description = "Welke opnieuw gaan.", body = Herhaalantwoord)),
    security(
        ("apiSleutel" = ["berichten:schrijven"]),
        ("apiSleutel" = ["postvak:lezen"]),
        ("apiSleutel" = ["beheer"]),
    ),
)]
pub async fn herhaal(
    State(api): State<Arc<Api>>,
    Extension(call): Extension<Call>,
    request: Request,
) -> Reply {
    let (parts, body) = request.into_parts();
    let headers = &parts.headers;
    let scopes = [
        Scope::BerichtenSchrijven,
        Scope::PostvakLezen,
        Scope::Beheer,
    ];
    let caller = api.admit(&call, headers, &scopes).await?;
    negotiate::accepts(headers, "application/json")?;
    let input = Input::of(&parts.uri, headers);
    let asked: Herhaalverzoek = api
        .json(headers, body, Some("Herhaalverzoek"), input)
        .await?;
    let mut seen = HashSet::new();
    let ids: Vec<Uuid> = asked
        .ids
        .into_iter()
        .filter(|id| seen.insert(*id))
        .collect();
    let gateway = Arc::clone(&api.gateway);
    let wanted = ids.clone();
    let replayed = api.run(&call, async move {
        let own = (!caller.may(Scope::Beheer)).then_some(&caller.org);
        gateway.replay(wanted, own, &caller.actor()).await
    });
    let herhaald = replayed.await??;
    let niet_herhaald = ids
        .into_iter()
        .filter(|id| !herhaald.contains(id))
        .collect();
    let answer = Herhaalantwoord {
        herhaald,
        niet_herhaald,
    };
    Ok(reply(OK, &answer))
}
