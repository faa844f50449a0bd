//! The `OpenAPI` document, generated from the handlers, with what holds for every operation added in one place.

use crate::api::API_VERSION;
use crate::api::Api;
use crate::api::afleveringen;
use crate::api::antwoorden;
use crate::api::berichten;
use crate::api::docs;
use crate::api::organisaties;
use crate::api::overeenkomsten;
use crate::api::postvak;
use crate::api::problem::ProblemKind;
use crate::api::retour;
use crate::api::soorten;
use crate::api::voorstellen;
use crate::api::webhook;
use crate::canonical::Kind;
use crate::document::Lang;
use crate::schema::Schemas;
use bytes::Bytes;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::OnceLock;
use utoipa::OpenApi;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Request bodies that are checked against this document.
pub const REQUEST_BODIES: [&str; 5] = [
    "Ophaalverzoek",
    "Bevestigverzoek",
    "Weigerverzoek",
    "Herhaalverzoek",
    "Webhookverzoek",
];

/// Organisatie: partij in de keten. Zie `/schemas/organisatie`.
#[derive(ToSchema)]
#[schema(value_type = Object)]
pub struct Organisatie(#[allow(dead_code)] Value); // describes a record

/// Overeenkomst: wat twee organisaties met elkaar delen. Zie `/schemas/overeenkomst`.
#[derive(ToSchema)]
#[schema(value_type = Object)]
pub struct Overeenkomst(#[allow(dead_code)] Value); // describes a record

#[derive(OpenApi)]
#[openapi(
    components(schemas(retour::Problem, retour::ProblemError, retour::Melding)),
    tags(
        (name = "berichten", description = "Berichten sturen in het eigen formaat, en volgen waar ze blijven."),
        (name = "postvak", description = "Ophalen wat voor de organisatie klaarligt, of het laten sturen."),
        (name = "voorstellen", description = "Wat anderen anders zeggen over gegevens waarvan de organisatie eigenaar is."),
        (name = "beheer", description = "Organisaties en de overeenkomsten waarop gegevens worden gedeeld."),
        (name = "documentatie", description = "Openbaar: deze beschrijving, de schema's en de uitleg van problemen."),
    ),
)]
struct Base;

/// Every documented route with its handler.
pub fn routes() -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::with_openapi(Base::openapi())
        .routes(routes!(berichten::lijst, berichten::stuur))
        .routes(routes!(berichten::volg))
        .routes(routes!(berichten::afleveringen))
        .routes(routes!(berichten::retour))
        .routes(routes!(postvak::lijst))
        .routes(routes!(postvak::haal))
        .routes(routes!(antwoorden::bevestig))
        .routes(routes!(antwoorden::weiger))
        .routes(routes!(postvak::een))
        .routes(routes!(postvak::inhoud))
        .routes(routes!(afleveringen::herhaal))
        .routes(routes!(voorstellen::lijst))
        .routes(routes!(voorstellen::een))
        .routes(routes!(voorstellen::wijs_af))
        .routes(routes!(organisaties::lijst))
        .routes(routes!(organisaties::een, organisaties::leg_vast))
        .routes(routes!(webhook::een, webhook::stel_in, webhook::verwijder))
        .routes(routes!(overeenkomsten::lijst))
        .routes(routes!(overeenkomsten::een, overeenkomsten::leg_vast))
        .routes(routes!(soorten::lijst))
        .routes(routes!(docs::openapi))
        .routes(routes!(docs::schema))
        .routes(routes!(docs::probleem))
        .routes(routes!(docs::wijzigingen))
}

/// The document as text, without a running gateway; for linters and client generators.
#[must_use]
pub fn openapi_json() -> String {
    format!("{:#}", document(None, canonical_schemas()))
}

/// The schemas of the canonical kinds as text, each on its own. Expanded once.
///
/// # Panics
/// When the schemas in the binary do not compile; the schema module's tests compile them.
pub fn canonical_schemas() -> &'static BTreeMap<Kind, Bytes> {
    static SCHEMAS: OnceLock<BTreeMap<Kind, Bytes>> = OnceLock::new();
    SCHEMAS.get_or_init(|| {
        let schemas = Schemas::embedded().expect("the schemas in the binary compile");
        let text = |kind: Kind| (kind, Bytes::from(schemas.raw(kind).to_string()));
        Kind::ALL.into_iter().map(text).collect()
    })
}

/// The document.
pub fn document(public_url: Option<&str>, schemas: &BTreeMap<Kind, Bytes>) -> Value {
    let (_, generated) = routes().split_for_parts();
    let mut document = serde_json::to_value(generated).unwrap_or_default();
    document["info"] = json!({
        "title": "Schakel",
        "version": API_VERSION,
        "description": DESCRIPTION,
        "contact": {
            "name": "Beheer Schakel",
            "url": "https://schakel.example.nl",
            "email": "api@schakel.example.nl",
        },
        "license": {"name": "EUPL-1.2", "identifier": "EUPL-1.2"},
    });
    let absolute = public_url.unwrap_or("https://schakel.example.nl/v1");
    document["externalDocs"] = json!({
        "description": "Wijzigingen per versie",
        "url": format!("{absolute}/wijzigingen"),
    });
    document["servers"] = json!([
        {"url": absolute, "description": "De gateway"},
        {"url": "/v1", "description": "Deze gateway"},
    ]);
    complete(&mut document);
    absent_not_null(&mut document);
    for (kind, schema) in schemas {
        let mut schema: Value = serde_json::from_slice(schema).unwrap_or_default();
        if let Some(members) = schema.as_object_mut() {
            // Within this document a schema has no base of its own.
            members.retain(|name, _| name != "$schema" && name != "$id");
        }
        document["components"]["schemas"][pascal(kind.as_str())] = schema;
    }
    document
}

/// What is optional is absent, never `null`: that is one thing less for a client to handle.
fn absent_not_null(value: &mut Value) {
    match value {
        Value::Object(members) => {
            if let Some(Value::Array(types)) = members.get_mut("type") {
                types.retain(|one| one != "null");
                if let [only] = types.as_slice() {
                    let only = only.clone();
                    members.insert("type".to_owned(), only);
                }
            }
            if let Some(Value::Array(choices)) = members.get_mut("oneOf") {
                choices.retain(|one| one["type"] != "null");
                if let [Value::Object(only)] = choices.as_slice() {
                    let only = only.clone();
                    members.remove("oneOf");
                    members.extend(only);
                }
            }
            members.values_mut().for_each(absent_not_null);
        }
        Value::Array(items) => items.iter_mut().for_each(absent_not_null),
        _ => {}
    }
}

const DESCRIPTION: &str = "Schakel verbindt systemen in de re-integratieketen. Elke organisatie houdt haar eigen \
systeem en formaat: een bericht gaat erin zoals de afzender het heeft, en komt eruit zoals de ontvanger het wil.\n\n\
Fouten komen als `application/problem+json` (RFC 9457), met alle fouten tegelijk in `errors`. Alle tijdstippen zijn \
in UTC. Talen: Nederlands, en Engels met `Accept-Language: en`.\n\nWat er per versie wijzigt, staat op `/v1/wijzigingen`.";

/// Adds what every operation has: the version header, the errors that can happen anywhere, the key.
fn complete(document: &mut Value) {
    let components = &mut document["components"];
    components["securitySchemes"] = json!({"apiSleutel": {
        "type": "http", "scheme": "bearer", "bearerFormat": "schakel_<8 hex>_<43 base64url>",
        "description": "Sleutel van een organisatie, met een of meer rechten: `berichten:schrijven`, `berichten:lezen`, `postvak:lezen`, `mappings:lezen`, `webhook`, `beheer`.",
    }});
    components["headers"] = json!({
        "ApiVersion": {
            "description": "Volledige versie van de API.",
            "schema": {"type": "string", "examples": [API_VERSION]},
        },
        "RetryAfter": {
            "description": "Seconden waarna opnieuw proberen zin heeft.",
            "schema": {"type": "integer", "minimum": 1},
        },
        "Allow": {"description": "De methoden die wel kunnen.", "schema": {"type": "string"}},
    });
    components["responses"] = problem_responses();
    for (_, path) in members(&mut document["paths"]) {
        for (method, operation) in members(path) {
            complete_operation(method, operation);
        }
    }
}

fn complete_operation(method: &str, operation: &mut Value) {
    let has_body = operation.get("requestBody").is_some();
    if has_body {
        operation["requestBody"]["required"] = json!(true);
    }
    let parameters = operation["parameters"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let in_path = parameters.iter().any(|p| p["in"] == "path");
    let with_key = operation["security"]
        .as_array()
        .is_some_and(|all| all.iter().any(|one| one.get("apiSleutel").is_some()));
    let responses = operation["responses"].as_object_mut();
    let Some(responses) = responses else { return };
    for (_, response) in responses.iter_mut() {
        response["headers"]["API-Version"] = json!({"$ref": "#/components/headers/ApiVersion"});
    }
    let mut errors = vec![400, 406, 429, 500, 503];
    if with_key {
        errors.extend([401, 403]);
    }
    if in_path {
        errors.push(404);
    }
    if has_body {
        errors.extend([408, 413, 415]);
    }
    if method == "post" && operation_is_push(&parameters) {
        errors.push(404);
    }
    errors.extend(
        responses
            .keys()
            .filter_map(|status| status.parse::<u16>().ok())
            .filter(|status| *status >= 400)
            .collect::<Vec<_>>(),
    );
    for status in errors {
        let reference =
            json!({"$ref": format!("#/components/responses/{}", response_name(status))});
        responses.insert(status.to_string(), reference);
    }
}

/// A push names a soort, and an unknown one is answered with 404.
fn operation_is_push(parameters: &[Value]) -> bool {
    parameters
        .iter()
        .any(|p| p["name"] == "soort" && p["in"] == "query")
}

fn response_name(status: u16) -> String {
    format!("Fout{status}")
}

/// One response per error status, with every kind of problem that has it as an example.
fn problem_responses() -> Value {
    let mut responses = Map::new();
    for kind in ProblemKind::ALL {
        let status = kind.status().as_u16();
        let name = response_name(status);
        let response = responses.entry(name).or_insert_with(|| {
            let mut headers = json!({"API-Version": {"$ref": "#/components/headers/ApiVersion"}});
            if matches!(status, 429 | 503) {
                headers["Retry-After"] = json!({"$ref": "#/components/headers/RetryAfter"});
            }
            json!({
                "description": kind.title(Lang::Nl),
                "headers": headers,
                "content": {"application/problem+json": {
                    "schema": {"$ref": "#/components/schemas/Problem"},
                    "examples": {},
                }},
            })
        });
        response["content"]["application/problem+json"]["examples"][kind.name()] = json!({
            "summary": kind.title(Lang::Nl),
            "value": {
                "type": format!("/v1/problemen/{}", kind.name()),
                "title": kind.title(Lang::Nl),
                "status": status,
                "detail": kind.explanation().get(Lang::Nl),
                "instance": "urn:uuid:0af76519-16cd-43dd-8448-eb211c80319c",
            },
        });
    }
    Value::Object(responses)
}

fn members(value: &mut Value) -> impl Iterator<Item = (&str, &mut Value)> {
    let members = value.as_object_mut().into_iter().flatten();
    members.map(|(name, value)| (name.as_str(), value))
}

fn pascal(name: &str) -> String {
    let mut chars = name.chars();
    let first = chars.next().map(|c| c.to_ascii_uppercase());
    first.into_iter().chain(chars).collect()
}
