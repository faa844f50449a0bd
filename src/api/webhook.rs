//! `/v1/organisaties/{code}/webhook`: where deliveries are pushed instead of waiting in the postvak.

use crate::access::Caller;
use crate::access::Scope;
use crate::api::Api;
use crate::api::Webhook;
use crate::api::call::Call;
use crate::api::call::Reply;
use crate::api::call::Segment;
use crate::api::call::reply;
use crate::api::input::Input;
use crate::api::negotiate;
use crate::api::problem::CREATED;
use crate::api::problem::NO_CONTENT;
use crate::api::problem::OK;
use crate::api::problem::Problem;
use crate::api::problem::ProblemKind;
use crate::api::view::Moment;
use crate::canonical::OrgCode;
use axum::Extension;
use axum::extract::Request;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::IntoResponse;
use serde::Deserialize;
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

const JSON: &str = "application/json";
/// Scopes to see where deliveries go, and to say it.
const SEE: [Scope; 3] = [Scope::PostvakLezen, Scope::Webhook, Scope::Beheer];
const SAY: [Scope; 2] = [Scope::Webhook, Scope::Beheer];

/// Waar afleveringen heen te sturen.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Webhookverzoek {
    /// Het adres; alleen `https`, tenzij de gateway anders is ingesteld.
    #[schema(
        format = "uri",
        min_length = 8,
        max_length = 2000,
        example = "https://systeem.example.nl/schakel"
    )]
    url: String,
}

/// Waar afleveringen heen gaan.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Webhookantwoord {
    /// Het adres.
    #[schema(format = "uri")]
    url: String,
    /// Sinds wanneer.
    #[schema(value_type = String, format = DateTime)]
    ingesteld_op: Moment,
    /// Het geheim om de handtekening mee te controleren (Standard Webhooks). Staat er alleen bij een nieuw adres, en
    /// is daarna niet meer op te vragen. Nieuw geheim nodig: verwijder de webhook en stel hem opnieuw in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    geheim: Option<String>,
}

fn answer(webhook: Webhook, secret: Option<String>) -> Webhookantwoord {
    Webhookantwoord {
        url: webhook.url,
        ingesteld_op: Moment(webhook.set_at),
        geheim: secret,
    }
}

/// Webhook
///
/// Waar de afleveringen van de organisatie heen worden gestuurd.
#[utoipa::path(
    get, path = "/organisaties/{code}/webhook", operation_id = "webhook", tag = "postvak",
    params(("code" = String, Path, pattern = "^[a-z][a-z0-9-]{0,39}$", description = "Code van de organisatie.")),
    responses((status = 200, description = "De webhook.", body = Webhookantwoord)),
    security(
        ("apiSleutel" = ["postvak:lezen"]),
        ("apiSleutel" = ["webhook"]),
        ("apiSleutel" = ["beheer"]),
    ),
)]
pub async fn een(
    State(api): State<Arc<Api>>,
    Extension(call): Extension<Call>,
    segment: Segment,
    request: Request,
) -> Reply {
    let headers = request.headers();
    let (_, org) = admit(&api, &call, headers, &segment, &SEE).await?;
    Input::of(request.uri(), headers).finish()?;
    let gateway = Arc::clone(&api.gateway);
    let found = api.run(&call, async move { gateway.webhook(&org).await });
    let found = found.await??;
    let webhook = found.ok_or_else(|| Problem::new(ProblemKind::NotFound))?;
    Ok(reply(OK, &answer(webhook, None)))
}

/// Webhook instellen
///
/// Stuurt afleveringen voortaan naar dit adres, ondertekend. Hetzelfde adres nog eens verandert niets. Vraagt het recht
/// `webhook`, dat een sleutel alleen krijgt als het bij het maken is genoemd.
#[utoipa::path(
    put, path = "/organisaties/{code}/webhook", operation_id = "stelWebhookIn", tag = "postvak",
    params(("code" = String, Path, pattern = "^[a-z][a-z0-9-]{0,39}$", description = "Code van de organisatie.")),
    request_body = Webhookverzoek,
    responses(
        (status = 200, description = "Vervangen, of ongewijzigd.", body = Webhookantwoord),
        (status = 201, description = "Ingesteld.", body = Webhookantwoord),
    ),
    security(("apiSleutel" = ["webhook"]), ("apiSleutel" = ["beheer"])),
)]
pub async fn stel_in(
    State(api): State<Arc<Api>>,
    Extension(call): Extension<Call>,
    segment: Segment,
    request: Request,
) -> Reply {
    let (parts, body) = request.into_parts();
    let headers = &parts.headers;
    let (caller, org) = admit(&api, &call, headers, &segment, &SAY).await?;
    let input = Input::of(&parts.uri, headers);
    let asked: Webhookverzoek = api
        .json(headers, body, Some("Webhookverzoek"), input)
        .await?;
    let gateway = Arc::clone(&api.gateway);
    let set = api.run(&call, async move {
        let actor = caller.actor();
        gateway.set_webhook(&actor, &org, &asked.url).await
    });
    let set = set.await??;
    let status = if set.created { CREATED } else { OK };
    Ok(reply(status, &answer(set.webhook, set.secret)))
}

/// Webhook verwijderen
///
/// Afleveringen wachten voortaan in het postvak.
#[utoipa::path(
    delete, path = "/organisaties/{code}/webhook", operation_id = "verwijderWebhook", tag = "postvak",
    params(("code" = String, Path, pattern = "^[a-z][a-z0-9-]{0,39}$", description = "Code van de organisatie.")),
    responses((status = 204, description = "Verwijderd, of er was er geen.")),
    security(("apiSleutel" = ["webhook"]), ("apiSleutel" = ["beheer"])),
)]
pub async fn verwijder(
    State(api): State<Arc<Api>>,
    Extension(call): Extension<Call>,
    segment: Segment,
    request: Request,
) -> Reply {
    let headers = request.headers();
    let (caller, org) = admit(&api, &call, headers, &segment, &SAY).await?;
    Input::of(request.uri(), headers).finish()?;
    let gateway = Arc::clone(&api.gateway);
    let removed = api.run(&call, async move {
        gateway.remove_webhook(&caller.actor(), &org).await
    });
    removed.await??;
    Ok(NO_CONTENT.into_response())
}

/// The caller and the organisation of the address, when it is the caller's or the caller operates the gateway.
async fn admit(
    api: &Api,
    call: &Call,
    headers: &HeaderMap,
    segment: &Segment,
    scopes: &[Scope],
) -> Result<(Caller, OrgCode), Problem> {
    let caller = api.admit(call, headers, scopes).await?;
    negotiate::accepts(headers, JSON)?;
    let org = OrgCode::parse(&segment.0).ok();
    let own = |org: &OrgCode| *org == caller.org || caller.may(Scope::Beheer);
    let org = org.filter(|org| own(org) && api.gateway.knows(org));
    let org = org.ok_or_else(|| Problem::new(ProblemKind::NotFound))?;
    Ok((caller, org))
}
