//! `/v1/berichten`: push anything, and follow it.

use crate::access::Scope;
use crate::api::Api;
use crate::api::Content;
use crate::api::Direction;
use crate::api::Gateway;
use crate::api::Push;
use crate::api::Receipt;
use crate::api::ReceiveError;
use crate::api::call::Call;
use crate::api::call::Reply;
use crate::api::call::Segment;
use crate::api::call::content;
use crate::api::call::reply;
use crate::api::input::Input;
use crate::api::negotiate;
use crate::api::paging::Asked;
use crate::api::paging::next_page;
use crate::api::paging::part;
use crate::api::problem::ACCEPTED;
use crate::api::problem::INVALID;
use crate::api::problem::OK;
use crate::api::problem::Problem;
use crate::api::problem::ProblemKind;
use crate::api::retour::Retour;
use crate::api::stuf::Question;
use crate::api::view::Aflevering;
use crate::api::view::Afleveringenlijst;
use crate::api::view::Bericht;
use crate::api::view::Berichtenlijst;
use crate::api::view::Elements;
use crate::canonical::OrgCode;
use axum::Extension;
use axum::extract::Request;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header;
use std::sync::Arc;
use uuid::Uuid;

const JSON: &str = "application/json";
/// Deliveries in a part of the list that a message links to.
const REST_PAGE: u32 = 200;

/// Bericht sturen
///
/// Neemt een bericht aan in het eigen formaat van de organisatie. Na `202` is het bewaard en gaat het naar wie het
/// mag zien. Fouten per rij of element staan in het antwoord; de rest gaat door. Dezelfde referentie met dezelfde
/// inhoud geeft hetzelfde antwoord; met een andere inhoud `409`.
///
/// Wie StUF stuurt en met `Accept: application/xml` (of `text/xml`) om XML vraagt, krijgt het antwoord in StUF 03.01, met
/// dezelfde status: `Bv03` bij 202; `Fo03` als de stuurgegevens niet kloppen of het bericht niet te bewaren is, `Fo01` als
/// de inhoud niet klopt, elk met de code van de eerste controle die niet slaagt en in `details` alle fouten met hun plek;
/// ook `Fo01`, bij 202, als een deel van het bericht is geweigerd. Op een synchroon bericht `Bv02` en `Fo02`. Wat er mis is
/// met het verzoek zelf (sleutel, query, inhoudstype, omvang) blijft `application/problem+json`.
///
/// Heeft de mapping van deze soort een retourbericht, dan komt het antwoord in dat formaat aan wie er met `Accept` om
/// vraagt (bijvoorbeeld `application/xml`): `202` met de geweigerde onderdelen en hun codes, of `400` als er niets is
/// overgenomen.
#[utoipa::path(
    post, path = "/berichten", operation_id = "stuurBericht", tag = "berichten",
    params(
        ("soort" = String, Query, description = "Soort bericht: een van `GET /soorten`, of `canoniek`.", min_length = 1, max_length = 100, example = "verwijzing"),
        ("Idempotency-Key" = Option<String>, Header, description = "Eigen referentie van dit verzoek, als het bericht er zelf geen noemt; liefst een UUID tussen aanhalingstekens.", pattern = r#"^([!#-~]{1,255}|"[ !#-\[\]-~]{1,255}")$"#, example = "\"8e03978e-40d5-43dd-bc93-6894a57f9324\""),
        ("Schakel-Verzonden-Op" = Option<String>, Header, description = "Wanneer het bericht is verzonden (RFC 3339, met tijdzone). Bepaalt de volgorde als het bericht dat zelf niet zegt.", format = DateTime),
    ),
    request_body(description = "Het bericht, in het formaat van de mapping.", content(
        ("application/xml"), ("application/json"), ("text/csv"),
        ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("*/*"),
    )),
    responses(
        (status = 202, description = "Bewaard. Het antwoord per element, of in StUF.",
         content((Retour = "application/json"), (String = "application/xml"), (String = "text/xml")),
         headers(("Location" = String, description = "Waar het bericht te volgen is."))),
        (status = 409, description = "De referentie is eerder gebruikt voor een andere inhoud."),
    ),
    security(("apiSleutel" = ["berichten:schrijven"])),
)]
pub async fn stuur(
    State(api): State<Arc<Api>>,
    Extension(call): Extension<Call>,
    request: Request,
) -> Reply {
    let (parts, body) = request.into_parts();
    let headers = &parts.headers;
    let caller = api
        .admit(&call, headers, &[Scope::BerichtenSchrijven])
        .await?;
    let xml = negotiate::rather_xml(headers);
    if xml.is_none() {
        negotiate::accepts(headers, JSON)?;
    }
    let mut content_types = headers.get_all(header::CONTENT_TYPE).iter();
    let content_type = content_types.next().and_then(|value| value.to_str().ok());
    let only = content_types.next().is_none();
    let content_type = content_type
        .filter(|text| only && text.contains('/'))
        .ok_or_else(|| Problem::new(ProblemKind::UnsupportedType))?
        .to_owned();
    let mut input = Input::of(&parts.uri, headers);
    let soort = input.required_soort();
    let idempotency_key = input.idempotency_key();
    let sent_at = input.sent_at(api.clock.now());
    input.finish()?;
    let retour = api.gateway.retour_type(&caller.org, &soort).and(xml);
    let stuf = match xml {
        None => None,
        Some(media_type) => {
            let known = stuf_of(&api, &caller.org, &soort);
            if known == Some(None) && retour.is_none() {
                negotiate::accepts(headers, JSON)?;
            }
            known.flatten().map(|namespace| (media_type, namespace))
        }
    };
    // What StUF acknowledges at once is answered in full later: at `/berichten/{id}/retour`.
    let retour = retour.filter(|_| stuf.is_none());
    let (bytes, held) = api.bytes(headers, body).await?;
    let question = stuf.map(|(media_type, namespace)| Question {
        media_type,
        namespace,
        lang: call.lang,
        body: bytes.clone(),
        sender: caller.org.to_string(),
        now: api.clock.now(),
    });
    let push = Push {
        actor: caller.actor(),
        sender: caller.org,
        soort,
        content_type,
        idempotency_key,
        sent_at,
        body: bytes,
        traceparent: call.trace.header(),
        lang: call.lang,
    };
    let gateway = Arc::clone(&api.gateway);
    let received = api.run(&call, async move {
        let kept = retour.map(|media_type| (push.clone(), media_type));
        let receipt = gateway.receive(push).await;
        let own = match kept {
            Some((push, media_type)) => {
                let made = in_own_format(gateway.as_ref(), push, &receipt).await;
                made.map(|own| (own.bytes, media_type))
            }
            None => None,
        };
        let id = receipt.as_ref().ok().map(|receipt| receipt.id);
        let response = match (question, own) {
            (Some(question), _) => question.answer(receipt).await,
            (None, Some((bytes, media_type))) => {
                let status = if id.is_some() { ACCEPTED } else { INVALID };
                let content_type = media_type.to_owned();
                Ok(content(
                    status,
                    &Content {
                        content_type,
                        bytes,
                    },
                ))
            }
            (None, None) => receipt
                .map(|receipt| reply(ACCEPTED, &receipt.answer))
                .map_err(Problem::from),
        };
        drop(held);
        (response, id)
    });
    let (response, id) = received.await?;
    let mut response = response?;
    let location = id.and_then(|id| HeaderValue::from_str(&format!("/v1/berichten/{id}")).ok());
    if let Some(location) = location {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

/// The namespace of the root element, when the soort is read as StUF; none for a soort that cannot be pushed, which is
/// refused later, as it is for anyone.
#[allow(clippy::option_option)] // a soort that is no StUF is another answer than one that is not there
fn stuf_of(api: &Api, organisation: &OrgCode, soort: &str) -> Option<Option<String>> {
    let soorten = api.gateway.soorten(organisation);
    let mut pushed = soorten
        .into_iter()
        .filter(|one| one.soort == soort && one.direction != Direction::Get);
    pushed.next().map(|known| known.stuf)
}

/// Gestuurde berichten
///
/// De berichten die de eigen organisatie stuurde, nieuwste eerst.
#[utoipa::path(
    get, path = "/berichten", operation_id = "gestuurdeBerichten", tag = "berichten",
    params(
        ("cursor" = Option<Uuid>, Query, description = "Verder na dit punt; uit de header `Link`."),
        ("limit" = Option<u32>, Query, description = "Hoeveel hoogstens.", minimum = 1, maximum = 200),
    ),
    responses((status = 200, description = "De berichten.", body = Berichtenlijst,
        headers(("Link" = String, description = "`rel=\"next\"`: het volgende deel van de lijst.")))),
    security(("apiSleutel" = ["berichten:lezen"])),
)]
pub async fn lijst(
    State(api): State<Arc<Api>>,
    Extension(call): Extension<Call>,
    request: Request,
) -> Reply {
    let (uri, headers) = (request.uri(), request.headers());
    let asked = api.asked(&call, uri, headers, Scope::BerichtenLezen, |_| ());
    let Asked { caller, page, .. } = asked.await?;
    let gateway = Arc::clone(&api.gateway);
    let messages = api.run(&call, async move {
        gateway.messages(&caller.org, page.after, page.limit).await
    });
    let messages = messages.await??;
    let shown = Berichtenlijst {
        berichten: messages.into_iter().map(Into::into).collect(),
    };
    let ids = shown.berichten.iter().map(|message| message.id);
    Ok(part(&shown, ids, page, "/v1/berichten", ""))
}

/// Bericht volgen
///
/// Een gestuurd bericht met zijn weg: ontvangen, vertaald, opgeslagen, en per ontvanger gepubliceerd, klaar en
/// bevestigd, elk met het tijdstip. Van een bericht met veel afleveringen staan hier de eerste 100.
#[utoipa::path(
    get, path = "/berichten/{id}", operation_id = "volgBericht", tag = "berichten",
    params(("id" = Uuid, Path, description = "Kenmerk van het bericht.")),
    responses((status = 200, description = "Het bericht.", body = Bericht,
        headers(("Link" = String, description = "`rel=\"next\"`: de rest van de afleveringen.")))),
    security(("apiSleutel" = ["berichten:lezen"])),
)]
pub async fn volg(
    State(api): State<Arc<Api>>,
    Extension(call): Extension<Call>,
    segment: Segment,
    request: Request,
) -> Reply {
    let (uri, headers) = (request.uri(), request.headers());
    let asked = api.asked_one(&call, uri, headers, Scope::BerichtenLezen, &segment);
    let (caller, id) = asked.await?;
    let gateway = Arc::clone(&api.gateway);
    let lang = call.lang;
    let found = api.run(&call, async move {
        gateway.message(&caller.org, id, lang).await
    });
    let found = found.await??;
    let message = found.ok_or_else(|| Problem::new(ProblemKind::NotFound))?;
    let shown = Bericht::from(message);
    let mut response = reply(OK, &shown);
    if shown.aantal_afleveringen > shown.afleveringen.len() {
        let last = shown.afleveringen.last().map(|delivery| delivery.id);
        next_page(&mut response, &deliveries_of(id), last, REST_PAGE, "");
    }
    Ok(response)
}

/// Afleveringen van een bericht
///
/// Wat er met een gestuurd bericht naar anderen ging, in volgorde van vastleggen.
#[utoipa::path(
    get, path = "/berichten/{id}/afleveringen", operation_id = "afleveringenVanBericht", tag = "berichten",
    params(
        ("id" = Uuid, Path, description = "Kenmerk van het bericht."),
        ("cursor" = Option<Uuid>, Query, description = "Verder na dit punt; uit de header `Link`."),
        ("limit" = Option<u32>, Query, description = "Hoeveel hoogstens.", minimum = 1, maximum = 200),
    ),
    responses((status = 200, description = "De afleveringen.", body = Afleveringenlijst,
        headers(("Link" = String, description = "`rel=\"next\"`: het volgende deel van de lijst.")))),
    security(("apiSleutel" = ["berichten:lezen"])),
)]
pub async fn afleveringen(
    State(api): State<Arc<Api>>,
    Extension(call): Extension<Call>,
    segment: Segment,
    request: Request,
) -> Reply {
    let (uri, headers) = (request.uri(), request.headers());
    let asked = api.asked(&call, uri, headers, Scope::BerichtenLezen, |_| ());
    let Asked { caller, page, .. } = asked.await?;
    let id = segment.id()?;
    let gateway = Arc::clone(&api.gateway);
    let lang = call.lang;
    let found = api.run(&call, async move {
        gateway.message(&caller.org, id, lang).await
    });
    let found = found.await??;
    let message = found.ok_or_else(|| Problem::new(ProblemKind::NotFound))?;
    let all = &message.view.deliveries;
    let start = match page.after {
        None => 0,
        // After one that is not there comes nothing, as in every list.
        Some(after) => all
            .iter()
            .position(|delivery| delivery.id == after)
            .map_or(all.len(), |at| at + 1),
    };
    let limit = page.limit as usize;
    let elements = Elements::of(&message.answer);
    let shown: Vec<Aflevering> = all[start..]
        .iter()
        .take(limit)
        .map(|delivery| elements.shown(delivery))
        .collect();
    let last = shown.last().map(|delivery| delivery.id);
    let more = start + shown.len() < all.len();
    let mut response = reply(
        OK,
        &Afleveringenlijst {
            afleveringen: shown,
        },
    );
    if more {
        next_page(&mut response, &deliveries_of(id), last, page.limit, "");
    }
    Ok(response)
}

/// Retour van een bericht
///
/// Wat er van een gestuurd bericht is geworden, als retourbericht in het eigen formaat: alleen de geweigerde onderdelen,
/// elk met zijn code. Er is er geen als de mapping van de soort geen retourbericht heeft; `GET /berichten/{id}` geeft het
/// antwoord altijd.
#[utoipa::path(
    get, path = "/berichten/{id}/retour", operation_id = "retourVanBericht", tag = "berichten",
    params(("id" = Uuid, Path, description = "Kenmerk van het bericht.")),
    responses((status = 200, description = "Het retourbericht, met zijn eigen inhoudstype.", content_type = "*/*")),
    security(("apiSleutel" = ["berichten:lezen"])),
)]
pub async fn retour(
    State(api): State<Arc<Api>>,
    Extension(call): Extension<Call>,
    segment: Segment,
    request: Request,
) -> Reply {
    let headers = request.headers();
    let caller = api.admit(&call, headers, &[Scope::BerichtenLezen]).await?;
    Input::of(request.uri(), headers).finish()?;
    let id = segment.id()?;
    let gateway = Arc::clone(&api.gateway);
    let (org, actor, lang) = (caller.org.clone(), caller.actor(), call.lang);
    let messages = Arc::clone(&gateway);
    let found = api.run(&call, async move { messages.message(&org, id, lang).await });
    let message = found.await??;
    let message = message.ok_or_else(|| Problem::new(ProblemKind::NotFound))?;
    // what cannot be handed over is not made: making it opens what the sender sent, and is in the audit
    let content_type = gateway.retour_type(&caller.org, &message.view.summary.soort);
    if let Some(content_type) = content_type {
        negotiate::accepts(headers, &content_type)?;
    }
    let found = api.run(&call, async move {
        gateway.retour(&caller.org, &actor, id).await
    });
    let own = found.await??;
    let own = own.ok_or_else(|| Problem::new(ProblemKind::NotFound))?;
    Ok(content(OK, &own))
}

/// What became of a push, in its sender's own format. Nothing when there is no way to say it there: then the usual
/// answer says it.
async fn in_own_format(
    gateway: &dyn Gateway,
    push: Push,
    receipt: &Result<Receipt, ReceiveError>,
) -> Option<Content> {
    match receipt {
        Ok(receipt) => {
            let made = gateway.retour(&push.sender, &push.actor, receipt.id).await;
            made.ok().flatten()
        }
        Err(ReceiveError::Invalid(faults)) => gateway.refusal(push, faults.clone()).await,
        Err(_) => None,
    }
}

fn deliveries_of(message: Uuid) -> String {
    format!("/v1/berichten/{message}/afleveringen")
}
