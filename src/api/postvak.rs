//! `/v1/postvak`: what waits for the caller's organisation, to be collected under a lease and answered.

use crate::access::Scope;
use crate::api::Api;
use crate::api::call::Call;
use crate::api::call::Reply;
use crate::api::call::Segment;
use crate::api::call::content;
use crate::api::call::reply;
use crate::api::input::Input;
use crate::api::negotiate;
use crate::api::paging::Asked;
use crate::api::paging::part;
use crate::api::poststuk::Poststuk;
use crate::api::problem::OK;
use crate::api::problem::Problem;
use crate::api::problem::ProblemKind;
use crate::api::view::Aflevering;
use crate::api::view::Postvaklijst;
use crate::store::DeliveryState;
use axum::Extension;
use axum::extract::Request;
use axum::extract::State;
use serde::Deserialize;
use serde::Serialize;
use std::sync::Arc;
use std::time::Duration;
use utoipa::ToSchema;

const JSON: &str = "application/json";
/// Deliveries given out at a time when the recipient does not say.
const COLLECT_DEFAULT: u32 = 10;

/// Wat op te halen.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Ophaalverzoek {
    /// Hoeveel hoogstens; 10 als het er niet staat. Zijn zij samen te groot, dan komen er minder.
    #[schema(minimum = 1, maximum = 100, nullable = false)]
    aantal: Option<u32>,
    /// Hoe lang ze van deze ontvanger zijn; daarna komen ze weer beschikbaar.
    #[schema(minimum = 10, maximum = 3600, nullable = false)]
    lease_seconden: Option<u32>,
}

/// Opgehaalde afleveringen, oudste eerst.
#[derive(Serialize, ToSchema)]
pub struct Ophaalantwoord {
    /// De afleveringen met hun inhoud.
    afleveringen: Vec<Poststuk>,
}

/// Afleveringen
///
/// Wat voor de eigen organisatie is of was, nieuwste eerst; zonder inhoud. Wat nog niet is beoordeeld (`teVerzenden`,
/// `gepubliceerd`) en wat is ingehouden, staat er niet bij.
#[utoipa::path(
    get, path = "/postvak", operation_id = "afleveringen", tag = "postvak",
    params(
        ("status" = Option<crate::api::view::Afleverstatus>, Query, description = "Alleen in deze toestand."),
        ("cursor" = Option<Uuid>, Query, description = "Verder na dit punt; uit de header `Link`."),
        ("limit" = Option<u32>, Query, description = "Hoeveel hoogstens.", minimum = 1, maximum = 200),
    ),
    responses((status = 200, description = "De afleveringen.", body = Postvaklijst,
        headers(("Link" = String, description = "`rel=\"next\"`: het volgende deel van de lijst.")))),
    security(("apiSleutel" = ["postvak:lezen"])),
)]
pub async fn lijst(
    State(api): State<Arc<Api>>,
    Extension(call): Extension<Call>,
    request: Request,
) -> Reply {
    let (uri, headers) = (request.uri(), request.headers());
    let scope = Scope::PostvakLezen;
    let asked = api.asked(&call, uri, headers, scope, |input| {
        input.query_as(
            "status",
            DeliveryState::parse,
            "Dit is geen toestand van een aflevering; de documentatie noemt ze.",
            "This is no state of a delivery; the documentation names them.",
        )
    });
    let Asked {
        caller,
        page,
        filter: state,
    } = asked.await?;
    let gateway = Arc::clone(&api.gateway);
    let found = api.run(&call, async move {
        let org = &caller.org;
        gateway.deliveries(org, state, page.after, page.limit).await
    });
    let found = found.await??;
    // The store gives only what may be seen; what is shown, counted and linked to is held to it here too.
    let found: Vec<_> = found.into_iter().filter(|d| visible(d.state)).collect();
    let shown = Postvaklijst {
        afleveringen: found.iter().map(Aflevering::from).collect(),
    };
    let status = state.map_or_else(String::new, |state| format!("&status={}", state.as_str()));
    let ids = found.iter().map(|delivery| delivery.id);
    Ok(part(&shown, ids, page, "/v1/postvak", &status))
}

/// Aflevering
///
/// Eén aflevering met haar weg; zonder inhoud.
#[utoipa::path(
    get, path = "/postvak/{id}", operation_id = "aflevering", tag = "postvak",
    params(("id" = Uuid, Path, description = "Kenmerk van de aflevering.")),
    responses((status = 200, description = "De aflevering.", body = Aflevering)),
    security(("apiSleutel" = ["postvak:lezen"])),
)]
pub async fn een(
    State(api): State<Arc<Api>>,
    Extension(call): Extension<Call>,
    segment: Segment,
    request: Request,
) -> Reply {
    let (uri, headers) = (request.uri(), request.headers());
    let asked = api.asked_one(&call, uri, headers, Scope::PostvakLezen, &segment);
    let (caller, id) = asked.await?;
    let gateway = Arc::clone(&api.gateway);
    let found = api.run(
        &call,
        async move { gateway.delivery(&caller.org, id).await },
    );
    let found = found.await??.filter(|delivery| visible(delivery.state));
    let delivery = found.ok_or_else(|| Problem::new(ProblemKind::NotFound))?;
    Ok(reply(OK, &Aflevering::from(&delivery)))
}

/// Inhoud van een aflevering
///
/// De inhoud zoals zij is, in het formaat van de ontvanger. Ophalen en bevestigen gaat met `_haal` en `_bevestig`.
#[utoipa::path(
    get, path = "/postvak/{id}/inhoud", operation_id = "inhoudVanAflevering", tag = "postvak",
    params(("id" = Uuid, Path, description = "Kenmerk van de aflevering.")),
    responses((status = 200, description = "De inhoud, met haar eigen inhoudstype.", content_type = "*/*")),
    security(("apiSleutel" = ["postvak:lezen"])),
)]
pub async fn inhoud(
    State(api): State<Arc<Api>>,
    Extension(call): Extension<Call>,
    segment: Segment,
    request: Request,
) -> Reply {
    let headers = request.headers();
    let caller = api.admit(&call, headers, &[Scope::PostvakLezen]).await?;
    Input::of(request.uri(), headers).finish()?;
    let id = segment.id()?;
    let gateway = Arc::clone(&api.gateway);
    let found = api.run(&call, async move {
        let delivery = gateway.delivery(&caller.org, id).await?;
        if !delivery.is_some_and(|delivery| visible(delivery.state)) {
            return Ok(None);
        }
        gateway.content(&caller.org, &caller.actor(), id).await
    });
    let found = found.await??;
    let found = found.ok_or_else(|| Problem::new(ProblemKind::NotFound))?;
    negotiate::accepts(headers, &found.content_type)?;
    Ok(content(OK, &found))
}

/// Ophalen
///
/// Geeft de oudste beschikbare afleveringen met hun inhoud, in bruikleen. Wat niet voor het einde van de bruikleen is
/// bevestigd of geweigerd, komt weer beschikbaar. Het kunnen er minder zijn dan gevraagd terwijl er meer zijn, als zij
/// samen groot zijn: vraag door tot er niets meer komt.
#[utoipa::path(
    post, path = "/postvak/_haal", operation_id = "haalPost", tag = "postvak",
    request_body = Ophaalverzoek,
    responses((status = 200, description = "De afleveringen; leeg als er niets is.", body = Ophaalantwoord)),
    security(("apiSleutel" = ["postvak:lezen"])),
)]
pub async fn haal(
    State(api): State<Arc<Api>>,
    Extension(call): Extension<Call>,
    request: Request,
) -> Reply {
    let (parts, body) = request.into_parts();
    let headers = &parts.headers;
    let caller = api.admit(&call, headers, &[Scope::PostvakLezen]).await?;
    negotiate::accepts(headers, JSON)?;
    let input = Input::of(&parts.uri, headers);
    let asked: Ophaalverzoek = api
        .json(headers, body, Some("Ophaalverzoek"), input)
        .await?;
    let lease = asked.lease_seconden.unwrap_or(api.config.lease_seconds);
    let lease = Duration::from_secs(lease.into());
    let most = asked.aantal.unwrap_or(COLLECT_DEFAULT);
    let gateway = Arc::clone(&api.gateway);
    let collected = api.run(&call, async move {
        gateway
            .collect(&caller.org, &caller.actor(), most, lease)
            .await
    });
    let collected = collected.await??;
    let afleveringen = collected.into_iter().map(Poststuk::from).collect();
    Ok(reply(OK, &Ophaalantwoord { afleveringen }))
}

/// Whether a recipient sees a delivery: of what may not be handed over, or was not looked at yet, not even its existence.
const fn visible(state: DeliveryState) -> bool {
    use DeliveryState as S;
    match state {
        S::Outbox | S::Published | S::Withheld => false,
        S::Pushing | S::Ready | S::Leased | S::Confirmed | S::Refused | S::Parked => true,
    }
}
