//! `/v1/organisaties`.

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
    kind: Kind::Organisatie,
    key: "code",
    name: "organisaties",
};

/// Organisaties, voor de documentatie.
#[derive(ToSchema)]
#[allow(dead_code)] // describes what `records::list` gives
pub struct Organisatielijst {
    /// De organisaties.
    #[schema(value_type = Vec<super::openapi::Organisatie>)]
    organisaties: Vec<serde_json::Value>,
}

/// Organisaties
///
/// De geregistreerde organisaties, op code. Zonder het recht `beheer` alleen de eigen organisatie.
#[utoipa::path(
    get, path = "/organisaties", operation_id = "organisaties", tag = "beheer",
    params(
        ("cursor" = Option<String>, Query, pattern = "^[a-z][a-z0-9-]{0,39}$", description = "Verder na dit punt; uit de header `Link`."),
        ("limit" = Option<u32>, Query, description = "Hoeveel hoogstens.", minimum = 1, maximum = 200),
    ),
    responses((status = 200, description = "De organisaties.", body = Organisatielijst,
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

/// Organisatie
///
/// Zonder het recht `beheer` alleen van de eigen organisatie.
#[utoipa::path(
    get, path = "/organisaties/{code}", operation_id = "organisatie", tag = "beheer",
    params(("code" = String, Path, pattern = "^[a-z][a-z0-9-]{0,39}$", description = "Code van de organisatie.")),
    responses((status = 200, description = "De organisatie.", body = super::openapi::Organisatie)),
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

/// Organisatie vastleggen
///
/// Voegt de organisatie toe of vervangt haar geheel.
#[utoipa::path(
    put, path = "/organisaties/{code}", operation_id = "legOrganisatieVast", tag = "beheer",
    params(("code" = String, Path, pattern = "^[a-z][a-z0-9-]{0,39}$", description = "Code van de organisatie.")),
    request_body = super::openapi::Organisatie,
    responses(
        (status = 200, description = "Vervangen.", body = super::openapi::Organisatie),
        (status = 201, description = "Toegevoegd.", body = super::openapi::Organisatie,
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
