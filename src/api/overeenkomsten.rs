//! `/v1/overeenkomsten`.

use crate::api::Api;
use crate::api::call::Call;
use crate::api::call::Reply;
use crate::api::call::Segment;
use crate::api::records;
use crate::api::records::Collection;
use crate::canonical::Kind;
use axum::Extension;
use axum::extract::Request;
use axum::extract::State;
use std::sync::Arc;
use utoipa::ToSchema;

const OF: Collection = Collection {
    kind: Kind::Overeenkomst,
    key: "nummer",
    name: "overeenkomsten",
};

/// Overeenkomsts, voor de documentatie.
#[derive(ToSchema)]
#[allow(dead_code)] // describes what `records::list` gives
pub struct Overeenkomstlijst {
    /// De overeenkomsten.
    #[schema(value_type = Vec<super::openapi::Overeenkomst>)]
    overeenkomsten: Vec<serde_json::Value>,
}

/// Overeenkomsten
///
/// De samenwerkingsovereenkomsten, op nummer. Zonder het recht `beheer` alleen die van de eigen organisatie.
#[utoipa::path(
    get, path = "/overeenkomsten", operation_id = "overeenkomsten", tag = "beheer",
    params(
        ("cursor" = Option<String>, Query, pattern = "^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$", description = "Verder na dit punt; uit de header `Link`."),
        ("limit" = Option<u32>, Query, description = "Hoeveel hoogstens.", minimum = 1, maximum = 200),
    ),
    responses((status = 200, description = "De overeenkomsten.", body = Overeenkomstlijst,
        headers(("Link" = String, description = "`rel=\"next\"`: het volgende deel van de lijst.")))),
    security(
        ("apiSleutel" = ["berichten:lezen"]),
        ("apiSleutel" = ["postvak:lezen"]),
        ("apiSleutel" = ["mappings:lezen"]),
        ("apiSleutel" = ["beheer"]),
    ),
)]
pub async fn lijst(
    State(api): State<Arc<Api>>,
    Extension(call): Extension<Call>,
    request: Request,
) -> Reply {
    records::list(api, call, request, OF).await
}

/// Overeenkomst
///
/// Zonder het recht `beheer` alleen van de eigen organisatie.
#[utoipa::path(
    get, path = "/overeenkomsten/{nummer}", operation_id = "overeenkomst", tag = "beheer",
    params(("nummer" = String, Path, pattern = "^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$", description = "Nummer van de overeenkomst.")),
    responses((status = 200, description = "De overeenkomst.", body = super::openapi::Overeenkomst)),
    security(
        ("apiSleutel" = ["berichten:lezen"]),
        ("apiSleutel" = ["postvak:lezen"]),
        ("apiSleutel" = ["mappings:lezen"]),
        ("apiSleutel" = ["beheer"]),
    ),
)]
pub async fn een(
    State(api): State<Arc<Api>>,
    Extension(call): Extension<Call>,
    Segment(key): Segment,
    request: Request,
) -> Reply {
    records::get(api, call, key, request, OF).await
}

/// Overeenkomst vastleggen
///
/// Voegt de overeenkomst toe of vervangt haar geheel.
#[utoipa::path(
    put, path = "/overeenkomsten/{nummer}", operation_id = "legOvereenkomstVast", tag = "beheer",
    params(("nummer" = String, Path, pattern = "^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$", description = "Nummer van de overeenkomst.")),
    request_body = super::openapi::Overeenkomst,
    responses(
        (status = 200, description = "Vervangen.", body = super::openapi::Overeenkomst),
        (status = 201, description = "Toegevoegd.", body = super::openapi::Overeenkomst,
         headers(("Location" = String, description = "Het adres."))),
        (status = 409, description = "Tegelijk door iemand anders gewijzigd."),
    ),
    security(("apiSleutel" = ["beheer"])),
)]
pub async fn leg_vast(
    State(api): State<Arc<Api>>,
    Extension(call): Extension<Call>,
    Segment(key): Segment,
    request: Request,
) -> Reply {
    records::put(api, call, key, request, OF).await
}
