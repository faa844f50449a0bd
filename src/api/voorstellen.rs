//! `/v1/voorstellen`: what others say otherwise about what the caller's organisation owns, for it to decide.

use crate::access::Scope;
use crate::api::Api;
use crate::api::call::Call;
use crate::api::call::Reply;
use crate::api::call::Segment;
use crate::api::call::reply;
use crate::api::paging::Asked;
use crate::api::paging::part;
use crate::api::problem::OK;
use crate::api::problem::Problem;
use crate::api::problem::ProblemKind;
use crate::api::view::Moment;
use crate::store::ProposalRow;
use crate::store::ProposalState;
use axum::Extension;
use axum::extract::Request;
use axum::extract::State;
use serde::Deserialize;
use serde::Serialize;
use serde_json::Value;
use std::sync::Arc;
use utoipa::ToSchema;
use uuid::Uuid;

/// Waar een voorstel staat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum Voorstelstatus {
    /// Wacht op de eigenaar.
    Open,
    /// De eigenaar stuurde zelf deze waarde.
    Aanvaard,
    /// De eigenaar stuurde een andere waarde, of de voorsteller zegt nu iets anders.
    Achterhaald,
    /// De eigenaar wees het af.
    Afgewezen,
}

impl From<ProposalState> for Voorstelstatus {
    fn from(state: ProposalState) -> Self {
        match state {
            ProposalState::Open => Self::Open,
            ProposalState::Accepted => Self::Aanvaard,
            ProposalState::Overtaken => Self::Achterhaald,
            ProposalState::Rejected => Self::Afgewezen,
        }
    }
}

/// Een voorstel, zonder de waarde.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Voorstel {
    /// Kenmerk van het voorstel.
    pub id: Uuid,
    /// Soort gegeven: `kandidaat`, `werkprofiel`, `verwijzing` of `opdracht`.
    pub soort: &'static str,
    /// Kenmerk van het record, zoals bij `records` in het antwoord op een eigen bericht.
    pub record: Uuid,
    /// Naam van het gegeven in het schema van de soort.
    pub attribuut: String,
    /// Code van de organisatie die het voorstelt.
    pub voorsteller: String,
    /// Wanneer het voorstel binnenkwam.
    #[schema(value_type = String, format = DateTime)]
    pub voorgesteld_op: Moment,
    /// Waar het staat.
    pub status: Voorstelstatus,
    /// Wanneer het is aanvaard, achterhaald of afgewezen.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime, nullable = false)]
    pub afgehandeld_op: Option<Moment>,
}

impl From<&ProposalRow> for Voorstel {
    fn from(row: &ProposalRow) -> Self {
        Self {
            id: row.id,
            soort: row.kind.as_str(),
            record: row.record,
            attribuut: row.attribute.clone(),
            voorsteller: row.proposer.to_string(),
            voorgesteld_op: Moment(row.at),
            status: row.state.into(),
            afgehandeld_op: row.settled_at.map(Moment),
        }
    }
}

/// Een voorstel met de waarde.
#[derive(Serialize, ToSchema)]
pub struct VoorstelMetWaarde {
    /// Wat ook in de lijst staat.
    #[serde(flatten)]
    pub voorstel: Voorstel,
    /// De voorgestelde waarde, in de vorm van het schema van de soort. Ontbreekt als het voorstel is dat er geen waarde
    /// is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub waarde: Option<Value>,
}

/// Voorstellen, nieuwste eerst.
#[derive(Serialize, ToSchema)]
pub struct Voorstellenlijst {
    /// De voorstellen.
    pub voorstellen: Vec<Voorstel>,
}

/// Voorstellen
///
/// Wat een andere partij anders zegt over een gegeven waarvan de eigen organisatie eigenaar is, nieuwste eerst; zonder de
/// waarde. Een voorstel is niet toegepast. Aanvaarden gaat door de waarde zelf te sturen, in een gewoon bericht; een
/// andere nieuwe waarde sturen maakt het voorstel achterhaald. Er staat niet meer bij dan de overeenkomst met de
/// voorsteller toelaat.
#[utoipa::path(
    get, path = "/voorstellen", operation_id = "voorstellen", tag = "voorstellen",
    params(
        ("status" = Option<Voorstelstatus>, Query, description = "Alleen in deze toestand."),
        ("cursor" = Option<Uuid>, Query, description = "Verder na dit punt; uit de header `Link`."),
        ("limit" = Option<u32>, Query, description = "Hoeveel hoogstens.", minimum = 1, maximum = 200),
    ),
    responses((status = 200, description = "De voorstellen.", body = Voorstellenlijst,
        headers(("Link" = String, description = "`rel=\"next\"`: het volgende deel van de lijst.")))),
    security(("apiSleutel" = ["postvak:lezen"])),
)]
pub async fn lijst(
    State(api): State<Arc<Api>>,
    Extension(call): Extension<Call>,
    request: Request,
) -> Reply {
    let (uri, headers) = (request.uri(), request.headers());
    let asked = api.asked(&call, uri, headers, Scope::PostvakLezen, |input| {
        input.query_as(
            "status",
            ProposalState::parse,
            "Dit is geen toestand van een voorstel; de documentatie noemt ze.",
            "This is no state of a proposal; the documentation names them.",
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
        gateway.proposals(org, state, page.after, page.limit).await
    });
    let found = found.await??;
    let shown = Voorstellenlijst {
        voorstellen: found.iter().map(Voorstel::from).collect(),
    };
    let status = state.map_or_else(String::new, |state| format!("&status={}", state.as_str()));
    let ids = found.iter().map(|row| row.id);
    Ok(part(&shown, ids, page, "/v1/voorstellen", &status))
}

/// Voorstel
///
/// Eén voorstel, met de voorgestelde waarde.
#[utoipa::path(
    get, path = "/voorstellen/{id}", operation_id = "voorstel", tag = "voorstellen",
    params(("id" = Uuid, Path, description = "Kenmerk van het voorstel.")),
    responses((status = 200, description = "Het voorstel.", body = VoorstelMetWaarde)),
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
    let found = api.run(&call, async move {
        gateway.proposal(&caller.org, &caller.actor(), id).await
    });
    let row = found
        .await??
        .ok_or_else(|| Problem::new(ProblemKind::NotFound))?;
    let waarde: Value = serde_json::from_str(&row.value)
        .map_err(|_| Problem::internal(&"a proposed value cannot be read"))?;
    let shown = VoorstelMetWaarde {
        voorstel: Voorstel::from(&row),
        waarde: Some(waarde).filter(|value| !value.is_null()),
    };
    Ok(reply(OK, &shown))
}

/// Voorstel afwijzen
///
/// De eigenaar houdt het bij wat er staat. Twee keer afwijzen kan geen kwaad; wat al is aanvaard of achterhaald, blijft
/// dat.
#[utoipa::path(
    post, path = "/voorstellen/{id}/_afwijs", operation_id = "wijsVoorstelAf", tag = "voorstellen",
    params(("id" = Uuid, Path, description = "Kenmerk van het voorstel.")),
    responses(
        (status = 200, description = "Het voorstel is afgewezen, nu of eerder.", body = Voorstel),
        (status = 409, description = "Het voorstel is al aanvaard of achterhaald."),
    ),
    security(("apiSleutel" = ["postvak:lezen"])),
)]
pub async fn wijs_af(
    State(api): State<Arc<Api>>,
    Extension(call): Extension<Call>,
    segment: Segment,
    request: Request,
) -> Reply {
    let (uri, headers) = (request.uri(), request.headers());
    let asked = api.asked_one(&call, uri, headers, Scope::PostvakLezen, &segment);
    let (caller, id) = asked.await?;
    let gateway = Arc::clone(&api.gateway);
    let found = api.run(&call, async move {
        gateway.reject(&caller.org, &caller.actor(), id).await
    });
    let row = found
        .await??
        .ok_or_else(|| Problem::new(ProblemKind::NotFound))?;
    if row.state != ProposalState::Rejected {
        return Err(Problem::new(ProblemKind::Changed).saying(
            "Dit voorstel is al aanvaard of achterhaald: er is een nieuwere waarde gestuurd.",
            "This proposal is accepted or overtaken already: a newer value was sent.",
        ));
    }
    Ok(reply(OK, &Voorstel::from(&row)))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test may stop
mod tests {
    use super::*;

    #[test]
    fn the_status_in_the_api_is_the_state_in_the_store() {
        for state in ProposalState::ALL {
            let status = serde_json::to_value(Voorstelstatus::from(state)).unwrap();
            assert_eq!(status, state.as_str());
            assert_eq!(ProposalState::parse(state.as_str()), Some(state));
        }
    }
}
