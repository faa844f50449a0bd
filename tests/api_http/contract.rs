//! Walks every route of the generated document and checks what holds for all of them.

use crate::fake;
use crate::fake::Answer;
use crate::fake::DELIVERY;
use crate::fake::MESSAGE;
use crate::fake::World;
use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use schakel::access::Scope;
use schakel::api::ApiConfig;
use schakel::api::openapi_json;
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

struct Operation {
    path: String,
    method: String,
    /// Each alternative, or empty when it is public.
    scopes: Vec<Vec<String>>,
    public: bool,
    document: Value,
}

fn operations() -> Vec<Operation> {
    let document: Value = serde_json::from_str(&openapi_json()).unwrap();
    let mut all = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let security = operation["security"].as_array().unwrap();
            let scopes = |one: &Value| -> Option<Vec<String>> {
                let names = one.get("apiSleutel")?.as_array()?;
                Some(
                    names
                        .iter()
                        .map(|n| n.as_str().unwrap().to_owned())
                        .collect(),
                )
            };
            let scopes: Vec<Vec<String>> = security.iter().filter_map(scopes).collect();
            all.push(Operation {
                path: path.clone(),
                method: method.to_uppercase(),
                public: scopes.is_empty(),
                scopes,
                document: operation.clone(),
            });
        }
    }
    assert!(all.len() > 18, "the document lists the routes");
    all
}

/// The path with what the fake has, in the eyes of an organisation.
fn filled(path: &str, org: &str) -> String {
    let id = if path.starts_with("/berichten") {
        MESSAGE
    } else {
        DELIVERY
    };
    let path = path
        .replace("{id}", &id.to_string())
        .replace("{code}", org)
        .replace("{nummer}", "O-1");
    let path = if path.starts_with("/problemen") {
        path.replace("{naam}", "te-groot")
    } else {
        path.replace("{soort}", "verwijzing")
    };
    format!("/v1{path}")
}

/// What every answer has, whatever it says.
fn check_always(answer: &Answer, what: &str) {
    for (name, value) in [
        ("api-version", "1.0.0"),
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "no-referrer"),
    ] {
        assert_eq!(answer.header(name), value, "{what}: {name}");
    }
    let policy = answer.header("content-security-policy");
    assert!(policy.contains("frame-ancestors 'none'"), "{what}");
    assert!(
        answer
            .header("strict-transport-security")
            .starts_with("max-age="),
        "{what}"
    );
    assert!(
        ["nl", "en"].contains(&answer.header("content-language")),
        "{what}"
    );
    assert_eq!(answer.header("server"), "", "{what}");
}

fn check_problem(answer: &Answer, status: u16, what: &str) {
    check_always(answer, what);
    assert_eq!(answer.status, status, "{what}: {}", answer.json());
    assert_eq!(
        answer.header("content-type"),
        "application/problem+json",
        "{what}"
    );
    let body = answer.json();
    assert_eq!(body["status"], status, "{what}");
    for member in ["type", "title", "detail", "instance"] {
        assert!(
            body[member].as_str().is_some_and(|t| !t.is_empty()),
            "{what}: {member}"
        );
    }
    let kind = body["type"].as_str().unwrap();
    assert!(kind.starts_with("/v1/problemen/"), "{what}: {kind}");
}

fn documented(operation: &Operation, status: u16, what: &str) {
    let responses = &operation.document["responses"];
    assert!(
        responses.get(status.to_string()).is_some(),
        "{what}: {status} is not documented"
    );
}

#[tokio::test]
async fn every_get_answers_head_with_the_same_headers_and_no_body() {
    let world = World::new(ApiConfig::default());
    for operation in operations().iter().filter(|o| o.method == "GET") {
        let owner = if operation.path.starts_with("/berichten") {
            "gemeente"
        } else {
            "aanbieder"
        };
        let key = everything(&world, owner).await;
        let path = filled(&operation.path, owner);
        let get = world.get(&path, &key).await;
        let what = &operation.path;
        check_always(&get, what);
        assert_eq!(get.status, 200, "{what}: {}", get.json());
        documented(operation, get.status, what);
        let head = world.ask("HEAD", &path, Some(&key), &[], "").await;
        assert_eq!(head.status, get.status, "{what}");
        assert!(head.bytes.is_empty(), "{what}");
        assert_eq!(
            head.header("content-type"),
            get.header("content-type"),
            "{what}"
        );
        check_always(&head, what);
        let length = get.bytes.len().to_string();
        assert_eq!(head.header("content-length"), length, "{what}");
    }
}

#[tokio::test]
async fn every_other_method_is_405_with_allow_and_options_tells_the_same() {
    let world = World::new(ApiConfig::default());
    let all = operations();
    let paths: BTreeSet<&String> = all.iter().map(|o| &o.path).collect();
    for path in paths {
        let own = all.iter().filter(|o| o.path == *path);
        let mut allowed: BTreeSet<&str> = own.map(|o| o.method.as_str()).collect();
        if allowed.contains("GET") {
            allowed.insert("HEAD");
        }
        allowed.insert("OPTIONS");
        let at = filled(path, "aanbieder");
        for method in [
            "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "TRACE", "QUERY",
        ] {
            if allowed.contains(method) {
                continue;
            }
            let what = format!("{method} {path}");
            let answer = world.ask(method, &at, None, &[], "").await;
            if method != "HEAD" {
                check_problem(&answer, 405, &what);
            }
            assert_eq!(answer.status, 405, "{what}");
            let told: BTreeSet<&str> = answer.header("allow").split(", ").collect();
            assert_eq!(told, allowed, "{what}");
        }
        let options = world.ask("OPTIONS", &at, None, &[], "").await;
        assert_eq!(options.status, 204, "{path}");
        let told: BTreeSet<&str> = options.header("allow").split(", ").collect();
        assert_eq!(told, allowed, "{path}");
        check_always(&options, path);
    }
}

#[tokio::test]
async fn without_a_key_401_without_the_scope_403_and_only_the_documentation_is_public() {
    let world = World::new(ApiConfig::default());
    for operation in operations() {
        let what = format!("{} {}", operation.method, operation.path);
        let path = filled(&operation.path, "aanbieder");
        let body = "{}";
        let json = [("content-type", "application/json")];
        let answer = world.ask(&operation.method, &path, None, &json, body).await;
        if operation.public {
            assert!(answer.status == 200, "{what}: {}", answer.status);
            assert_eq!(answer.header("access-control-allow-origin"), "*", "{what}");
            continue;
        }
        check_problem(&answer, 401, &what);
        assert!(
            answer.header("www-authenticate").starts_with("Bearer"),
            "{what}"
        );
        assert_eq!(answer.header("access-control-allow-origin"), "", "{what}");
        documented(&operation, 401, &what);
        assert!(
            !operation.scopes.iter().any(Vec::is_empty),
            "{what}: every operation names its scopes"
        );
        let named: Vec<&str> = operation
            .scopes
            .iter()
            .flatten()
            .map(String::as_str)
            .collect();
        for scope in Scope::ALL {
            let key = world.key("aanbieder", &[scope]).await;
            let answer = world
                .ask(&operation.method, &path, Some(&key), &json, body)
                .await;
            let refused = answer.status == 403;
            let expected = !named.contains(&scope.as_str());
            assert_eq!(refused, expected, "{what} with {scope}: {}", answer.json());
            if refused {
                check_problem(&answer, 403, &what);
                documented(&operation, 403, &what);
            }
        }
    }
}

#[tokio::test]
async fn an_object_of_another_organisation_and_an_absent_one_give_the_same_404() {
    let world = World::new(ApiConfig::default());
    for operation in operations() {
        let with_part = operation.path.contains('{') && !operation.public;
        if !with_part
            || operation.scopes.iter().flatten().any(|s| s == "beheer")
                && operation.method == "PUT"
                && !operation.path.contains("webhook")
        {
            continue;
        }
        let what = format!("{} {}", operation.method, operation.path);
        // What the owner sees, another organisation does not; nobody sees what is not there.
        let owner = if operation.path.starts_with("/berichten") {
            "gemeente"
        } else {
            "aanbieder"
        };
        let other = if owner == "gemeente" {
            "aanbieder"
        } else {
            "gemeente"
        };
        let key = everything(&world, other).await;
        let foreign = if operation.path.starts_with("/overeenkomsten") {
            let key = everything(&world, "aanbieder").await;
            let path = operation.path.replace("{nummer}", "O-2");
            ask(&world, &operation.method, &format!("/v1{path}"), &key).await
        } else {
            ask(
                &world,
                &operation.method,
                &filled(&operation.path, owner),
                &key,
            )
            .await
        };
        check_problem(&foreign, 404, &what);
        documented(&operation, 404, &what);
        for absent in [
            "ffffffff-ffff-7fff-bfff-ffffffffffff",
            "afwezig",
            "%FF",
            "a%2Fb",
            "'%20OR%201=1",
        ] {
            let start = operation.path.find('{').unwrap();
            let end = operation.path.find('}').unwrap() + 1;
            let path = format!(
                "/v1{}{absent}{}",
                &operation.path[..start],
                &operation.path[end..]
            );
            let answer = ask(&world, &operation.method, &path, &key).await;
            check_problem(&answer, 404, &format!("{what} as {absent}"));
            let without_instance = |answer: &Answer| {
                let mut body = answer.json();
                body["instance"] = Value::Null;
                body
            };
            assert_eq!(
                without_instance(&answer),
                without_instance(&foreign),
                "{what}"
            );
            let names = |answer: &Answer| -> BTreeSet<String> {
                answer.headers.keys().map(ToString::to_string).collect()
            };
            assert_eq!(names(&answer), names(&foreign), "{what}");
        }
    }
}

/// A key with every scope of an organisation, and none of the operator.
async fn everything(world: &World, org: &str) -> String {
    let scopes = Scope::ALL.into_iter().filter(|s| *s != Scope::Beheer);
    world.key(org, &scopes.collect::<Vec<_>>()).await
}

async fn ask(world: &World, method: &str, path: &str, key: &str) -> Answer {
    let json = [("content-type", "application/json")];
    let body = r#"{"url":"https://systeem.example.nl/x"}"#;
    world.ask(method, path, Some(key), &json, body).await
}

#[tokio::test]
async fn a_trailing_slash_an_unknown_path_and_an_unknown_parameter_are_refused_everywhere() {
    let world = World::new(ApiConfig::default());
    let key = world.key("aanbieder", &Scope::ALL).await;
    for operation in operations() {
        let path = filled(&operation.path, "aanbieder");
        let what = format!("{} {path}", operation.method);
        let slash = ask(&world, &operation.method, &format!("{path}/"), &key).await;
        check_problem(&slash, 404, &what);
        let extra = format!("{path}?onzin=1");
        let unknown = ask(&world, &operation.method, &extra, &key).await;
        check_problem(&unknown, 400, &what);
        let errors = unknown.errors();
        let told = errors.contains(&("query.onbekend".to_owned(), "onzin".to_owned()));
        assert!(told, "{what}: {errors:?}");
        documented(&operation, 400, &what);
    }
    for path in [
        "/",
        "/v2/berichten",
        "/v1/onzin",
        "/v1/",
        "/V1/berichten",
        "//v1/berichten",
        "/v1/berichten/../postvak",
        "/.env",
    ] {
        let answer = world.get(path, &key).await;
        check_problem(&answer, 404, path);
    }
}

#[tokio::test]
async fn what_the_caller_does_not_accept_is_406_everywhere() {
    let world = World::new(ApiConfig::default());
    let key = world.key("aanbieder", &Scope::ALL).await;
    let sender = world.key("gemeente", &Scope::ALL).await;
    for operation in operations() {
        let (owner, key) = if operation.path.starts_with("/berichten") {
            ("gemeente", &sender)
        } else {
            ("aanbieder", &key)
        };
        let path = filled(&operation.path, owner);
        let what = format!("{} {path}", operation.method);
        let headers = [
            ("accept", "image/png"),
            ("content-type", "application/json"),
        ];
        let answer = world
            .ask(&operation.method, &path, Some(key), &headers, "{}")
            .await;
        check_problem(&answer, 406, &what);
        documented(&operation, 406, &what);
    }
}

#[tokio::test]
async fn a_body_of_a_wrong_type_is_415_and_one_that_is_too_large_413_everywhere() {
    let world = World::new(ApiConfig {
        body_bytes: 1000,
        ..ApiConfig::default()
    });
    let key = world.key("aanbieder", &Scope::ALL).await;
    let mut seen = 0;
    for operation in operations() {
        if operation.document.get("requestBody").is_none() {
            continue;
        }
        seen += 1;
        let push = operation.path == "/berichten";
        let path = filled(&operation.path, "aanbieder");
        let path = path + if push { "?soort=verwijzing" } else { "" };
        let what = format!("{} {path}", operation.method);
        // A push takes what its mapping reads; the others read JSON.
        let wrong: &[(&str, &str)] = if push {
            &[]
        } else {
            &[("content-type", "text/html")]
        };
        let answer = world
            .ask(&operation.method, &path, Some(&key), wrong, "{}")
            .await;
        check_problem(&answer, 415, &what);
        documented(&operation, 415, &what);
        let json = [("content-type", "application/json")];
        let large = "x".repeat(1001);
        let answer = world
            .ask(&operation.method, &path, Some(&key), &json, large)
            .await;
        check_problem(&answer, 413, &what);
        documented(&operation, 413, &what);
    }
    assert!(seen >= 8, "{seen}");
}

#[tokio::test]
async fn a_handler_that_panics_is_answered_as_any_other_failure() {
    let world = World::new(ApiConfig::default());
    let key = world.system("gemeente").await;
    world.gateway.broken.store(true, Ordering::SeqCst);
    let answer = world.get("/v1/soorten", &key).await;
    check_problem(&answer, 500, "a panic");
    assert!(!answer.json().to_string().contains("999990019"));
    world.gateway.broken.store(false, Ordering::SeqCst);
    assert_eq!(world.get("/v1/soorten", &key).await.status, 200);
}

#[tokio::test]
async fn a_listener_without_callers_answers_with_problems_and_headers_too() {
    async fn unwell() -> (StatusCode, &'static str) {
        (StatusCode::SERVICE_UNAVAILABLE, "unwell")
    }
    let paths = Router::new().route("/health", get(unwell)).route(
        "/panics",
        get(async || -> &'static str { panic!("on purpose") }),
    );
    let router = schakel::api::plain(paths, &ApiConfig::default());
    for (method, path, status) in [
        ("GET", "/onzin", 404),
        ("GET", "/health/", 404),
        ("POST", "/health", 405),
        ("GET", "/panics", 500),
    ] {
        let what = format!("{method} {path}");
        let answer = fake::answer(&router, method, path).await;
        check_problem(&answer, status, &what);
        let allow = answer.header("allow");
        assert_eq!(
            allow.contains("GET") && allow.contains("HEAD"),
            status == 405
        );
    }
    let own = fake::answer(&router, "GET", "/health").await;
    assert_eq!((own.status, &own.bytes[..]), (503, &b"unwell"[..]));
    check_always(&own, "an answer of its own");
}

#[tokio::test]
async fn the_changelog_names_the_version_and_the_document_links_to_it() {
    let world = World::new(ApiConfig::default());
    let document: Value = serde_json::from_str(&openapi_json()).unwrap();
    let url = document["externalDocs"]["url"].as_str().unwrap();
    assert!(url.ends_with("/v1/wijzigingen"), "{url}");
    let changes = world.ask("GET", "/v1/wijzigingen", None, &[], "").await;
    assert!(changes.header("content-type").starts_with("text/markdown"));
    let text = String::from_utf8(changes.bytes).unwrap();
    let version = document["info"]["version"].as_str().unwrap();
    let newest = text.lines().find_map(|line| line.strip_prefix("## "));
    assert_eq!(newest, Some(version));
    let plain = [("accept", "text/plain")];
    let plain = world.ask("GET", "/v1/wijzigingen", None, &plain, "").await;
    assert!(plain.header("content-type").starts_with("text/plain"));
}

#[tokio::test]
async fn every_problem_type_has_a_page_in_both_languages_and_as_text() {
    let world = World::new(ApiConfig::default());
    for kind in schakel::api::ProblemKind::ALL {
        let path = format!("/v1/problemen/{}", kind.name());
        let dutch = world.ask("GET", &path, None, &[], "").await;
        assert_eq!(dutch.status, 200, "{path}");
        let english = [("accept-language", "en"), ("accept", "text/plain")];
        let english = world.ask("GET", &path, None, &english, "").await;
        assert_eq!(english.header("content-language"), "en");
        assert!(english.header("content-type").starts_with("text/plain"));
        let text = String::from_utf8(english.bytes.clone()).unwrap();
        let title = dutch.json()["titel"].as_str().unwrap().to_owned();
        assert!(!text.contains(&title), "{path} is translated");
    }
}

#[test]
fn the_document_says_what_the_design_rules_ask() {
    let document: Value = serde_json::from_str(&openapi_json()).unwrap();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    assert_eq!(document["info"]["version"], "1.0.0");
    for member in ["name", "url", "email"] {
        assert!(document["info"]["contact"][member].is_string());
    }
    for operation in operations() {
        let what = format!("{} {}", operation.method, operation.path);
        for member in ["operationId", "summary", "tags"] {
            assert!(operation.document.get(member).is_some(), "{what}: {member}");
        }
        for (status, response) in operation.document["responses"].as_object().unwrap() {
            let versioned = response["headers"].get("API-Version").is_some();
            assert!(
                versioned || response.get("$ref").is_some(),
                "{what}: {status}"
            );
            assert_ne!(status, "422", "{what}");
        }
    }
    let text = document.to_string();
    assert!(!text.contains("\"null\""), "members are absent, not null");
}
