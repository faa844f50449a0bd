//! What everybody may read without a key: the landing page, the `OpenAPI` document, the schemas, the problem pages.

use crate::api::API_VERSION;
use crate::api::Api;
use crate::api::call::Call;
use crate::api::call::Reply;
use crate::api::call::Segment;
use crate::api::call::reply;
use crate::api::input::Input;
use crate::api::negotiate;
use crate::api::openapi;
use crate::api::problem::OK;
use crate::api::problem::Problem;
use crate::api::problem::ProblemKind;
use crate::canonical::Kind;
use crate::document::Lang;
use axum::Extension;
use axum::body::Body;
use axum::extract::Request;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header;
use axum::response::Response;
use serde::Serialize;
use serde_json::json;
use std::sync::Arc;
use utoipa::ToSchema;

const JSON: &str = "application/json";

/// Routes that need no key and that a page of any origin may read.
const PUBLIC: [&str; 5] = [
    "/v1",
    "/v1/openapi.json",
    "/v1/schemas/{soort}",
    "/v1/problemen/{naam}",
    "/v1/wijzigingen",
];
/// The changelog, as it stands in the repository.
const CHANGELOG: &str = include_str!("../../CHANGELOG.md");

/// Whether a route needs no key.
pub fn is_public(route: &str) -> bool {
    PUBLIC.contains(&route)
}

/// Where to start.
pub async fn landing(
    State(api): State<Arc<Api>>,
    Extension(call): Extension<Call>,
    request: Request,
) -> Reply {
    negotiate::accepts(request.headers(), JSON)?;
    Input::of(request.uri(), request.headers()).finish()?;
    let base = api.config.type_base();
    let title = match call.lang {
        Lang::Nl => "Schakel: één keer invoeren, gedeeld met wie het mag zien",
        Lang::En => "Schakel: entered once, shared with whoever may see it",
    };
    let body = json!({
        "titel": title,
        "versie": API_VERSION,
        "links": {
            "openapi": format!("{base}/openapi.json"),
            "berichten": format!("{base}/berichten"),
            "postvak": format!("{base}/postvak"),
            "soorten": format!("{base}/soorten"),
            "wijzigingen": format!("{base}/wijzigingen"),
            "organisaties": format!("{base}/organisaties"),
            "overeenkomsten": format!("{base}/overeenkomsten"),
        },
    });
    let mut response = reply(OK, &body);
    let link = format!("<{base}/openapi.json>; rel=\"service-desc\"");
    if let Ok(link) = HeaderValue::from_str(&link) {
        response.headers_mut().insert(header::LINK, link);
    }
    Ok(response)
}

/// Beschrijving van de API
///
/// Dit document. Zonder sleutel, van elke herkomst te lezen.
#[utoipa::path(
    get, path = "/openapi.json", operation_id = "openapi", tag = "documentatie",
    responses((status = 200, description = "Het OpenAPI-document.", body = serde_json::Value)),
    security(()),
)]
pub async fn openapi(State(api): State<Arc<Api>>, request: Request) -> Reply {
    negotiate::accepts(request.headers(), JSON)?;
    Input::of(request.uri(), request.headers()).finish()?;
    Ok(typed(Body::from(api.document.clone()), JSON))
}

/// Schema van een gegeven
///
/// Het JSON Schema van een canoniek gegeven: alles wat over elk veld te zeggen is, ook wie de eigenaar is en wie het mag zien.
#[utoipa::path(
    get, path = "/schemas/{soort}", operation_id = "schema", tag = "documentatie",
    params(("soort" = String, Path, description = "Soort gegeven, bijvoorbeeld `verwijzing`.")),
    responses((status = 200, description = "Het schema.", content((serde_json::Value = "application/schema+json")))),
    security(()),
)]
pub async fn schema(Segment(name): Segment, request: Request) -> Reply {
    const SCHEMA: &str = "application/schema+json";
    Input::of(request.uri(), request.headers()).finish()?;
    let schema = Kind::parse(&name).and_then(|kind| openapi::canonical_schemas().get(&kind));
    let schema = schema.ok_or_else(|| Problem::new(ProblemKind::NotFound))?;
    // Plain JSON is what most clients ask for; a schema is JSON.
    let as_json = negotiate::accepts(request.headers(), JSON).is_ok();
    let as_schema = negotiate::accepts(request.headers(), SCHEMA);
    if !as_json {
        as_schema?;
    }
    Ok(typed(Body::from(schema.clone()), SCHEMA))
}

/// Uitleg van een probleem.
#[derive(Serialize, ToSchema)]
pub struct Probleemuitleg {
    /// Naam in de type-URI.
    naam: &'static str,
    /// Korte naam.
    titel: &'static str,
    /// HTTP-status.
    status: u16,
    /// Wat het betekent en wat te doen.
    uitleg: String,
}

/// Uitleg van een probleem
///
/// De pagina achter de `type` van een foutantwoord.
#[utoipa::path(
    get, path = "/problemen/{naam}", operation_id = "probleem", tag = "documentatie",
    params(("naam" = String, Path, description = "Naam van het probleem, bijvoorbeeld `ongeldige-invoer`.")),
    responses((status = 200, description = "De uitleg.", content(
        (Probleemuitleg = "application/json"), (String = "text/plain")))),
    security(()),
)]
pub async fn probleem(
    Extension(call): Extension<Call>,
    Segment(name): Segment,
    request: Request,
) -> Reply {
    const TEXT: &str = "text/plain; charset=utf-8";
    Input::of(request.uri(), request.headers()).finish()?;
    let kind = ProblemKind::parse(&name);
    let kind = kind.ok_or_else(|| Problem::new(ProblemKind::NotFound))?;
    let page = Probleemuitleg {
        naam: kind.name(),
        titel: kind.title(call.lang),
        status: kind.status().as_u16(),
        uitleg: kind.explanation().get(call.lang).to_owned(),
    };
    if negotiate::accepts(request.headers(), JSON).is_ok() {
        return Ok(reply(OK, &page));
    }
    negotiate::accepts(request.headers(), TEXT)?;
    let text = format!("{} ({})\n\n{}\n", page.titel, page.status, page.uitleg);
    Ok(typed(Body::from(text), TEXT))
}

/// Wijzigingen per versie
///
/// Wat er per versie van deze API is gewijzigd. Zonder sleutel, van elke herkomst te lezen.
#[utoipa::path(
    get, path = "/wijzigingen", operation_id = "wijzigingen", tag = "documentatie",
    responses((status = 200, description = "De wijzigingen.", content(
        (String = "text/markdown"), (String = "text/plain")))),
    security(()),
)]
pub async fn wijzigingen(request: Request) -> Reply {
    const MARKDOWN: &str = "text/markdown; charset=utf-8";
    const TEXT: &str = "text/plain; charset=utf-8";
    Input::of(request.uri(), request.headers()).finish()?;
    let content_type = if negotiate::accepts(request.headers(), MARKDOWN).is_ok() {
        MARKDOWN
    } else {
        negotiate::accepts(request.headers(), TEXT)?;
        TEXT
    };
    Ok(typed(Body::from(CHANGELOG), content_type))
}

/// No such route.
pub async fn not_found() -> Problem {
    Problem::new(ProblemKind::NotFound)
}

/// No such method on this route; the router adds `Allow`.
pub async fn method_not_allowed() -> Problem {
    Problem::new(ProblemKind::MethodNotAllowed)
}

fn typed(body: Body, content_type: &'static str) -> Response {
    let mut response = Response::new(body);
    let content_type = HeaderValue::from_static(content_type);
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, content_type);
    response
}
