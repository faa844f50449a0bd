//! `/v1/postvak/_bevestig` and `_weiger`: the recipient answers for what it collected.

use crate::access::Scope;
use crate::api::Api;
use crate::api::call::Call;
use crate::api::call::Reply;
use crate::api::call::reply;
use crate::api::input::Input;
use crate::api::negotiate;
use crate::api::problem::OK;
use crate::store::AnswerOutcome;
use crate::store::LeaseAnswer;
use axum::Extension;
use axum::extract::Request;
use axum::extract::State;
use serde::Deserialize;
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;
use uuid::Uuid;

/// Welke afleveringen de ontvanger heeft.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Bevestigverzoek {
    /// De bevestigingen.
    #[schema(min_items = 1, max_items = 200)]
    bevestigingen: Vec<Bevestiging>,
}

/// Een bevestiging.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Bevestiging {
    /// De aflevering.
    id: Uuid,
    /// Het token waarmee zij is opgehaald.
    token: Uuid,
}

/// Welke afleveringen de ontvanger weigert.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Weigerverzoek {
    /// De weigeringen.
    #[schema(min_items = 1, max_items = 200)]
    weigeringen: Vec<Weigering>,
}

/// Een weigering.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Weigering {
    /// De aflevering.
    id: Uuid,
    /// Het token waarmee zij is opgehaald.
    token: Uuid,
    /// Waarom: een korte code zonder persoonsgegevens, die de afzender te zien krijgt.
    #[schema(
        min_length = 1,
        max_length = 64,
        pattern = "^[A-Za-z][A-Za-z._-]*$",
        example = "kandidaat.onbekend"
    )]
    reden: String,
}

/// Wat er van elke bevestiging of weigering is geworden, in dezelfde volgorde.
#[derive(Serialize, ToSchema)]
pub struct Verwerkingsantwoord {
    /// De uitkomsten.
    uitkomsten: Vec<Verwerking>,
}

/// Wat er van één bevestiging of weigering is geworden.
#[derive(Serialize, ToSchema)]
pub struct Verwerking {
    /// De aflevering.
    id: Uuid,
    /// De uitkomst.
    uitkomst: Verwerkingsuitkomst,
}

/// Uitkomst van een bevestiging of weigering.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum Verwerkingsuitkomst {
    /// Gelukt, nu of eerder met hetzelfde antwoord.
    Verwerkt,
    /// Er is geen zo'n aflevering voor deze organisatie.
    NietGevonden,
    /// Onder een ander token opnieuw opgehaald, of eerder anders beantwoord.
    Vervallen,
}

/// Bevestigen
///
/// De ontvanger heeft deze afleveringen verwerkt. Twee keer bevestigen kan geen kwaad.
#[utoipa::path(
    post, path = "/postvak/_bevestig", operation_id = "bevestigPost", tag = "postvak",
    request_body = Bevestigverzoek,
    responses((status = 200, description = "De uitkomst per aflevering.", body = Verwerkingsantwoord)),
    security(("apiSleutel" = ["postvak:lezen"])),
)]
pub async fn bevestig(
    State(api): State<Arc<Api>>,
    Extension(call): Extension<Call>,
    request: Request,
) -> Reply {
    answer(
        api,
        call,
        request,
        "Bevestigverzoek",
        |asked: Bevestigverzoek| {
            let answers = asked.bevestigingen.into_iter();
            let confirm = |one: Bevestiging| LeaseAnswer {
                id: one.id,
                token: one.token,
                refusal: None,
            };
            answers.map(confirm).collect()
        },
    )
    .await
}

/// Weigeren
///
/// De ontvanger kan of wil deze afleveringen niet verwerken. De afzender ziet de reden; opnieuw aanbieden kan.
#[utoipa::path(
    post, path = "/postvak/_weiger", operation_id = "weigerPost", tag = "postvak",
    request_body = Weigerverzoek,
    responses((status = 200, description = "De uitkomst per aflevering.", body = Verwerkingsantwoord)),
    security(("apiSleutel" = ["postvak:lezen"])),
)]
pub async fn weiger(
    State(api): State<Arc<Api>>,
    Extension(call): Extension<Call>,
    request: Request,
) -> Reply {
    answer(
        api,
        call,
        request,
        "Weigerverzoek",
        |asked: Weigerverzoek| {
            let answers = asked.weigeringen.into_iter();
            let refuse = |one: Weigering| LeaseAnswer {
                id: one.id,
                token: one.token,
                refusal: Some(one.reden),
            };
            answers.map(refuse).collect()
        },
    )
    .await
}

async fn answer<T: serde::de::DeserializeOwned>(
    api: Arc<Api>,
    call: Call,
    request: Request,
    contract: &str,
    answers: impl FnOnce(T) -> Vec<LeaseAnswer>,
) -> Reply {
    let (parts, body) = request.into_parts();
    let headers = &parts.headers;
    let caller = api.admit(&call, headers, &[Scope::PostvakLezen]).await?;
    negotiate::accepts(headers, "application/json")?;
    let input = Input::of(&parts.uri, headers);
    let answers = answers(api.json(headers, body, Some(contract), input).await?);
    let ids: Vec<Uuid> = answers.iter().map(|answer| answer.id).collect();
    let gateway = Arc::clone(&api.gateway);
    let outcomes = api.run(&call, async move {
        gateway.answer(&caller.org, &caller.actor(), answers).await
    });
    let outcomes = outcomes.await??;
    let uitkomsten = ids.into_iter().zip(outcomes);
    let uitkomsten = uitkomsten
        .map(|(id, outcome)| Verwerking {
            id,
            uitkomst: match outcome {
                AnswerOutcome::Done => Verwerkingsuitkomst::Verwerkt,
                AnswerOutcome::Absent => Verwerkingsuitkomst::NietGevonden,
                AnswerOutcome::Lost => Verwerkingsuitkomst::Vervallen,
            },
        })
        .collect();
    Ok(reply(OK, &Verwerkingsantwoord { uitkomsten }))
}
