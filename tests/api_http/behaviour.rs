//! What the API answers, one road at a time.

use crate::fake::Answer;
use crate::fake::DELIVERY;
use crate::fake::Fake;
use crate::fake::MESSAGE;
use crate::fake::OVERTAKEN;
use crate::fake::TOKEN;
use crate::fake::WITHHELD;
use crate::fake::World;
use crate::fake::pairs;
use schakel::access::Scope;
use schakel::api::ApiConfig;
use serde_json::Value;
use serde_json::json;
use std::sync::atomic::Ordering;
use std::time::Duration;

fn world() -> World {
    World::new(ApiConfig::default())
}

async fn push(world: &World, key: &str, query: &str, headers: &[(&str, &str)]) -> Answer {
    let path = format!("/v1/berichten{query}");
    let mut all = vec![("content-type", "application/xml; charset=utf-8")];
    all.extend(headers);
    world.ask("POST", &path, Some(key), &all, "<a/>").await
}

#[tokio::test]
async fn a_push_is_handed_on_as_it_came_and_answered_with_where_to_follow_it() {
    let world = world();
    let key = world.system("gemeente").await;
    let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let headers = [
        ("idempotency-key", "\"8e03978e-40d5\""),
        ("schakel-verzonden-op", "2026-11-23T11:15:30+01:00"),
        ("traceparent", trace),
        ("accept-language", "en"),
    ];
    let answer = push(&world, &key, "?soort=verwijzing", &headers).await;
    assert_eq!(answer.status, 202, "{}", answer.json());
    assert_eq!(
        answer.header("location"),
        format!("/v1/berichten/{MESSAGE}")
    );
    assert_eq!(answer.header("content-language"), "en");
    assert_eq!(answer.json(), Fake::retour());
    let pushes = world.gateway.pushes.lock().unwrap();
    let push = &pushes[0];
    assert_eq!(push.sender.as_str(), "gemeente");
    assert!(push.actor.starts_with("gemeente/"));
    assert_eq!(push.soort, "verwijzing");
    assert_eq!(push.content_type, "application/xml; charset=utf-8");
    assert_eq!(push.idempotency_key.as_deref(), Some("8e03978e-40d5"));
    assert_eq!(push.sent_at, Some("2026-11-23T10:15:30Z".parse().unwrap()));
    assert_eq!(&push.body[..], b"<a/>");
    assert_eq!(push.traceparent[..36], trace[..36], "the same trace");
    assert_ne!(push.traceparent, trace, "under a span of its own");
    assert!(!format!("{push:?}").contains("<a/>"));
}

#[tokio::test]
async fn who_asks_for_it_is_answered_in_its_own_format_where_there_is_one() {
    let world = world();
    let key = world.system("gemeente").await;
    let xml = [("accept", "application/xml")];
    for (soort, accept, status, content_type, body) in [
        ("eigenRetour", &xml[..], 202, "application/xml", "<retour/>"),
        (
            "eigenGeweigerd",
            &xml,
            400,
            "application/xml",
            "<geweigerd aantal=\"1\"/>",
        ),
        ("eigenRetour", &[], 202, "application/json", ""),
        ("eigenGeweigerd", &[], 400, "application/problem+json", ""),
    ] {
        let answer = push(&world, &key, &format!("?soort={soort}"), accept).await;
        assert_eq!(answer.status, status, "{soort} {accept:?}");
        assert_eq!(
            answer.header("content-type"),
            content_type,
            "{soort} {accept:?}"
        );
        if !body.is_empty() {
            assert_eq!(answer.bytes, body.as_bytes());
        }
        assert_eq!(answer.headers.contains_key("location"), status == 202);
    }
}

#[tokio::test]
async fn every_refusal_of_a_push_is_a_problem_of_its_own_that_tells_nothing_of_the_inside() {
    let world = world();
    let key = world.system("gemeente").await;
    for (soort, status, name) in [
        ("onbekend", 404, "soort-onbekend"),
        ("xml", 415, "inhoudstype-niet-ondersteund"),
        ("geenReferentie", 400, "ongeldige-invoer"),
        ("conflict", 409, "referentie-al-gebruikt"),
        ("verboden", 403, "geen-toestemming"),
        ("groot", 413, "te-groot"),
        ("druk", 503, "te-druk"),
        ("weg", 503, "niet-beschikbaar"),
        ("kapot", 500, "interne-fout"),
        ("paniek", 500, "interne-fout"),
        ("fout", 400, "ongeldige-invoer"),
    ] {
        let answer = push(&world, &key, &format!("?soort={soort}"), &[]).await;
        assert_eq!(answer.status, status, "{soort}");
        assert_eq!(answer.header("content-type"), "application/problem+json");
        let body = answer.json();
        assert_eq!(body["type"], format!("/v1/problemen/{name}"));
        assert_eq!(status == 503, !answer.header("retry-after").is_empty());
        for inside in ["10.0.0.9", "SELECT", "999990019", "purpose"] {
            assert!(!body.to_string().contains(inside), "{soort}");
        }
    }
    let answer = push(&world, &key, "?soort=fout", &[]).await;
    let errors = &answer.json()["errors"];
    let first = json!({"in": "body", "location": "/a/b[2]", "code": "datum.vorm", "detail": "Geen datum.", "line": 3, "column": 7});
    assert_eq!(errors[0], first);
    assert_eq!(errors[1]["location"], "rij 12, kolom C (datum)");
    assert_eq!(
        (&errors[1]["row"], &errors[1]["line"]),
        (&json!(12), &json!(null))
    );
    let english = push(&world, &key, "?soort=fout", &[("accept-language", "en")]).await;
    assert_eq!(english.json()["errors"][0]["detail"], "Not a date.");
    assert_eq!(english.json()["title"], "Invalid input");
}

#[tokio::test]
async fn all_faults_of_query_and_headers_are_told_at_once() {
    let world = world();
    let key = world.system("gemeente").await;
    let headers = [
        ("idempotency-key", "\"half"),
        ("schakel-verzonden-op", "gisteren"),
    ];
    let answer = push(&world, &key, "?soorten=x", &headers).await;
    assert_eq!(answer.status, 400);
    let expected = [
        ("header.waarde", "Idempotency-Key"),
        ("header.waarde", "Schakel-Verzonden-Op"),
        ("query.onbekend", "soorten"),
        ("query.ontbreekt", "soort"),
    ];
    assert_eq!(answer.errors(), pairs(&expected));
    assert!(world.gateway.pushes.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_request_from_the_far_future_is_told_so() {
    let world = world();
    let key = world.system("gemeente").await;
    let headers = [("schakel-verzonden-op", "2999-01-01T00:00:00Z")];
    let answer = push(&world, &key, "?soort=verwijzing", &headers).await;
    assert_eq!(answer.status, 400);
    let expected = [("tijdstip.toekomst", "Schakel-Verzonden-Op")];
    assert_eq!(answer.errors(), pairs(&expected));
    assert!(world.gateway.pushes.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_body_without_type_or_beyond_the_limit_is_not_taken() {
    let small = ApiConfig {
        body_bytes: 100,
        ..ApiConfig::default()
    };
    let world = World::new(small);
    let key = world.system("gemeente").await;
    let path = "/v1/berichten?soort=a";
    let without = world.ask("POST", path, Some(&key), &[], "x").await;
    assert_eq!(without.status, 415);
    let json = [("content-type", "application/json")];
    let large = "x".repeat(101);
    let large = world.ask("POST", path, Some(&key), &json, large).await;
    assert_eq!(large.status, 413);
    assert_eq!(large.header("connection"), "close");
    let fits = "x".repeat(100);
    let fits = world.ask("POST", path, Some(&key), &json, fits).await;
    assert_eq!(fits.status, 202);
}

#[tokio::test]
async fn a_message_shows_its_road_in_utc() {
    let world = world();
    let key = world.system("gemeente").await;
    let body = world
        .get(&format!("/v1/berichten/{MESSAGE}"), &key)
        .await
        .json();
    assert_eq!(body["ontvangenOp"], "2026-11-23T10:00:00.500Z");
    let steps = |list: &Value| -> Vec<String> {
        let list = list.as_array().unwrap();
        list.iter()
            .map(|s| s["stap"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(
        steps(&body["verloop"]),
        ["ontvangen", "vertaald", "opgeslagen"]
    );
    let delivery = &body["afleveringen"][0];
    assert_eq!(delivery["status"], "klaar");
    assert_eq!(
        steps(&delivery["verloop"]),
        ["aangemaakt", "gepubliceerd", "klaar"]
    );
    assert_eq!(body["retour"], Fake::retour());
}

#[tokio::test]
async fn a_message_with_many_deliveries_shows_the_first_hundred_and_links_to_the_rest() {
    let world = world();
    let key = world.system("gemeente").await;
    let path = format!("/v1/berichten/{MESSAGE}");
    let few = world.get(&path, &key).await;
    assert_eq!(few.json()["aantalAfleveringen"], 1);
    assert_eq!(few.header("link"), "");
    world.gateway.more.store(349, Ordering::SeqCst);
    let many = world.get(&path, &key).await;
    assert_eq!(many.json()["aantalAfleveringen"], 350);
    let ids = |answer: &Answer| -> Vec<String> {
        let body = answer.json();
        let list = body["afleveringen"].as_array().unwrap().iter();
        list.map(|one| one["id"].as_str().unwrap().to_owned())
            .collect()
    };
    let next = |answer: &Answer| -> Option<String> {
        let link = answer.header("link").strip_prefix('<')?;
        Some(link.split_once('>')?.0.to_owned())
    };
    let mut all = ids(&many);
    assert_eq!(all.len(), 100);
    let mut at = next(&many);
    while let Some(path) = at {
        let part = world.get(&path, &key).await;
        assert_eq!(part.status, 200, "{path}");
        all.extend(ids(&part));
        at = next(&part);
    }
    let once: std::collections::BTreeSet<&String> = all.iter().collect();
    assert_eq!((all.len(), once.len()), (350, 350));
    let first = world
        .get(&format!("{path}/afleveringen?limit=3"), &key)
        .await;
    assert_eq!(ids(&first), all[..3]);
}

#[tokio::test]
async fn a_list_links_to_its_next_part_only_when_there_may_be_one() {
    let world = world();
    let key = world.system("gemeente").await;
    let full = world.get("/v1/berichten?limit=2", &key).await;
    assert_eq!(full.json()["berichten"].as_array().unwrap().len(), 2);
    let next = format!("</v1/berichten?cursor={MESSAGE}&limit=2>; rel=\"next\"");
    assert_eq!(full.header("link"), next);
    let rest = world.get("/v1/berichten", &key).await;
    assert_eq!(rest.header("link"), "");
    let wrong = world
        .get("/v1/berichten?limit=201&cursor=x&limit=1", &key)
        .await;
    assert_eq!(wrong.status, 400);
}

#[tokio::test]
async fn the_postvak_gives_mail_under_a_lease_and_takes_answers_per_item() {
    let world = world();
    let key = world.system("aanbieder").await;
    let mail = world
        .send(
            "POST",
            "/v1/postvak/_haal",
            &key,
            &json!({"aantal": 5, "leaseSeconden": 60}),
        )
        .await
        .json();
    let item = &mail["afleveringen"][0];
    assert_eq!(item["id"], DELIVERY.to_string());
    assert_eq!(item["afzender"], "gemeente");
    assert_eq!(item["lease"]["token"], TOKEN.to_string());
    assert_eq!(item["inhoudBase64"], "bmFhbTvpDQo=", "not UTF-8");
    assert!(item.get("inhoud").is_none());

    let other = uuid::Uuid::max();
    let answers = json!({"bevestigingen": [
        {"id": DELIVERY, "token": TOKEN}, {"id": DELIVERY, "token": other}, {"id": other, "token": TOKEN}]});
    let outcomes = world
        .send("POST", "/v1/postvak/_bevestig", &key, &answers)
        .await;
    let outcomes = outcomes.json();
    let outcomes: Vec<&Value> = outcomes["uitkomsten"]
        .as_array()
        .unwrap()
        .iter()
        .map(|o| &o["uitkomst"])
        .collect();
    assert_eq!(outcomes, ["verwerkt", "vervallen", "nietGevonden"]);

    let refusal =
        json!({"weigeringen": [{"id": DELIVERY, "token": TOKEN, "reden": "kandidaat.onbekend"}]});
    let refused = world
        .send("POST", "/v1/postvak/_weiger", &key, &refusal)
        .await;
    assert_eq!(refused.json()["uitkomsten"][0]["uitkomst"], "verwerkt");
    let sentence = json!({"weigeringen": [{"id": DELIVERY, "token": TOKEN, "reden": "BSN 999990019 klopt niet"}]});
    let refused = world
        .send("POST", "/v1/postvak/_weiger", &key, &sentence)
        .await;
    assert_eq!(
        refused.status, 400,
        "a reason is a code, not a place for personal data"
    );
    assert!(!refused.json().to_string().contains("999990019"));
}

#[tokio::test]
async fn every_fault_of_a_json_body_is_told_with_its_pointer() {
    let world = world();
    let key = world.system("aanbieder").await;
    let body = json!({"bevestigingen": [{"id": "x", "tokn": TOKEN}, {"id": DELIVERY, "token": TOKEN}], "meer": 1});
    let answer = world
        .send("POST", "/v1/postvak/_bevestig?a=1", &key, &body)
        .await;
    assert_eq!(answer.status, 400);
    let expected = [
        ("lid.onbekend", "/bevestigingen/0/tokn"),
        ("lid.onbekend", "/meer"),
        ("query.onbekend", "a"),
        ("verplicht", "/bevestigingen/0/token"),
        ("vorm", "/bevestigingen/0/id"),
    ];
    assert_eq!(answer.errors(), pairs(&expected));
    let json = [("content-type", "application/json")];
    for (text, code) in [
        ("{\"aantal\":1,\"aantal\":2}", "json.dubbel"),
        ("{\"aantal\":1", "json.vorm"),
        ("", "json.vorm"),
        ("[]", "type"),
        ("{\"aantal\":null}", "type"),
        ("{\"aantal\":0}", "te.klein"),
        ("{\"aantal\":1.5}", "type"),
        ("{\"leaseSeconden\":99999}", "te.groot"),
    ] {
        let answer = world
            .ask("POST", "/v1/postvak/_haal", Some(&key), &json, text)
            .await;
        assert_eq!(answer.status, 400, "{text}");
        assert_eq!(answer.errors()[0].0, code, "{text}");
    }
    let xml = [("content-type", "application/xml")];
    let answer = world
        .ask("POST", "/v1/postvak/_haal", Some(&key), &xml, "{}")
        .await;
    assert_eq!(answer.status, 415);
}

#[tokio::test]
async fn a_recipient_sees_its_deliveries_but_not_what_is_withheld() {
    let world = world();
    let key = world.system("aanbieder").await;
    let list = world.get("/v1/postvak", &key).await.json();
    let list = list["afleveringen"].as_array().unwrap();
    assert_eq!(list.len(), 1);
    assert_eq!(list[0]["status"], "uitgereikt");
    for path in ["", "/inhoud"] {
        let answer = world
            .get(&format!("/v1/postvak/{WITHHELD}{path}"), &key)
            .await;
        assert_eq!(answer.status, 404);
    }
    let content = world
        .get(&format!("/v1/postvak/{DELIVERY}/inhoud"), &key)
        .await;
    assert_eq!(
        content.header("content-type"),
        "text/csv; charset=windows-1252"
    );
    assert_eq!(content.bytes, b"naam;\xe9\r\n");
    // Neither the list nor its links, whatever is asked, tell of what is withheld or was not looked at yet.
    for query in [
        "?limit=1",
        "?status=ingehouden&limit=1",
        "?status=teVerzenden&limit=1",
        "?status=gepubliceerd&limit=1",
    ] {
        let part = world.get(&format!("/v1/postvak{query}"), &key).await;
        assert_eq!(part.status, 200, "{query}");
        let told = format!("{} {}", part.json(), part.header("link"));
        assert!(!told.contains(&WITHHELD.to_string()), "{query}: {told}");
        let shown = part.json()["afleveringen"].as_array().unwrap().len();
        assert_eq!(shown, usize::from(query == "?limit=1"), "{query}");
        assert_eq!(part.header("link").is_empty(), shown == 0, "{query}");
    }
    let state = world.get("/v1/postvak?status=klaar", &key).await;
    assert_eq!(state.json()["afleveringen"], json!([]));
    let state = world.get("/v1/postvak?status=onzin", &key).await;
    assert_eq!(state.status, 400);
}

#[tokio::test]
async fn an_owner_reads_a_proposed_value_apart_and_rejects_what_is_open() {
    let world = world();
    let key = world.system("aanbieder").await;
    let part = world.get("/v1/voorstellen?limit=1&status=open", &key).await;
    let listed = json!({
        "id": DELIVERY, "soort": "kandidaat", "record": MESSAGE, "attribuut": "telefoon", "voorsteller": "gemeente",
        "voorgesteldOp": "2026-11-23T10:00:00.500Z", "status": "open",
    });
    assert_eq!(part.json(), json!({"voorstellen": [listed]}));
    let next = format!("</v1/voorstellen?cursor={DELIVERY}&limit=1&status=open>; rel=\"next\"");
    assert_eq!(part.header("link"), next);
    let all = world.get("/v1/voorstellen", &key).await;
    assert_eq!(all.header("link"), "");
    let state = world.get("/v1/voorstellen?status=onzin", &key).await;
    assert_eq!(state.status, 400);
    let one = async |id| {
        world
            .get(&format!("/v1/voorstellen/{id}"), &key)
            .await
            .json()
    };
    assert_eq!(one(DELIVERY).await["waarde"], json!(["0201234567"]));
    let none = one(OVERTAKEN).await;
    assert!(none.get("waarde").is_none(), "none is proposed: {none}");
    assert_eq!(none["afgehandeldOp"], "2026-11-23T10:00:00.500Z");
    let reject = async |id| {
        let path = format!("/v1/voorstellen/{id}/_afwijs");
        world.ask("POST", &path, Some(&key), &[], "").await
    };
    let rejected = reject(DELIVERY).await;
    assert_eq!(
        (rejected.status, rejected.json()["status"].as_str()),
        (200, Some("afgewezen"))
    );
    assert!(rejected.json().get("waarde").is_none());
    assert_eq!(reject(OVERTAKEN).await.status, 409);
}

#[tokio::test]
async fn deliveries_are_offered_again_and_what_could_not_be_is_told() {
    let world = world();
    let key = world.key("gemeente", &[Scope::BerichtenSchrijven]).await;
    let other = uuid::Uuid::max();
    let body = json!({"ids": [DELIVERY, other, DELIVERY]});
    let answer = world
        .send("POST", "/v1/afleveringen/_herhaal", &key, &body)
        .await;
    let expected = json!({"herhaald": [DELIVERY], "nietHerhaald": [other]});
    assert_eq!(answer.json(), expected);
}

#[tokio::test]
async fn an_operator_keeps_the_directory_and_others_see_their_own() {
    let world = world();
    let operator = world.key("beheerder", &[Scope::Beheer]).await;
    let mut record = json!({"naam": "Nieuw", "soort": "gemeente", "rollen": ["G"]});
    let path = "/v1/organisaties/nieuw";
    let made = world.send("PUT", path, &operator, &record).await;
    assert_eq!((made.status, made.header("location")), (201, path));
    record["code"] = json!("nieuw");
    assert_eq!(made.json(), record);
    assert_eq!(
        world.send("PUT", path, &operator, &record).await.status,
        200
    );
    let other = world
        .send("PUT", path, &operator, &json!({"code": "ander"}))
        .await;
    assert_eq!(other.errors(), pairs(&[("sleutel.anders", "/code")]));
    record["fout"] = json!(1);
    let wrong = world.send("PUT", path, &operator, &record).await;
    assert_eq!((wrong.status, &wrong.errors()[0].1[..]), (400, "/fout"));
    let shape = world
        .send("PUT", "/v1/organisaties/NIEUW", &operator, &record)
        .await;
    assert_eq!(shape.errors(), pairs(&[("sleutel.vorm", "/code")]));
    let list = world.send("PUT", path, &operator, &json!([])).await;
    assert_eq!(list.errors(), pairs(&[("type", "")]));

    let codes = |answer: Answer, list: &str, member: &str| -> Vec<String> {
        let body = answer.json();
        let items = body[list].as_array().unwrap().iter();
        items
            .map(|item| item[member].as_str().unwrap().to_owned())
            .collect()
    };
    let all = world.get("/v1/organisaties", &operator).await;
    assert_eq!(
        codes(all, "organisaties", "code"),
        ["aanbieder", "gemeente", "nieuw"]
    );
    let first = world.get("/v1/organisaties?limit=1", &operator).await;
    let next = "</v1/organisaties?cursor=aanbieder&limit=1>; rel=\"next\"";
    assert_eq!(first.header("link"), next);
    let second = world
        .get("/v1/organisaties?cursor=aanbieder&limit=1", &operator)
        .await;
    assert_eq!(codes(second, "organisaties", "code"), ["gemeente"]);

    let provider = world.system("aanbieder").await;
    let own = world.get("/v1/organisaties", &provider).await;
    assert_eq!(codes(own, "organisaties", "code"), ["aanbieder"]);
    let own = world.get("/v1/overeenkomsten", &provider).await;
    assert_eq!(codes(own, "overeenkomsten", "nummer"), ["O-1"]);
    for scope in [Scope::BerichtenSchrijven, Scope::Webhook] {
        let key = world.key("aanbieder", &[scope]).await;
        for path in ["/v1/organisaties", "/v1/overeenkomsten/O-1"] {
            let refused = world.get(path, &key).await;
            assert_eq!(refused.status, 403, "{path} with {scope}");
        }
    }
}

#[tokio::test]
async fn a_webhook_shows_its_secret_once() {
    let world = world();
    let key = world.key("gemeente", &[Scope::Webhook]).await;
    let path = "/v1/organisaties/gemeente/webhook";
    assert_eq!(world.get(path, &key).await.status, 404);
    let body = json!({"url": "https://systeem.example.nl/in"});
    let system = world.system("gemeente").await;
    let refused = world.send("PUT", path, &system, &body).await;
    assert_eq!(refused.status, 403, "a key as it is made by default");
    let other = "/v1/organisaties/aanbieder/webhook";
    assert_eq!(world.send("PUT", other, &key, &body).await.status, 404);
    let made = world.send("PUT", path, &key, &body).await;
    assert_eq!(
        (made.status, made.json()["geheim"].as_str()),
        (201, Some("whsec_abc"))
    );
    let again = world.send("PUT", path, &key, &body).await;
    assert_eq!((again.status, again.json().get("geheim")), (200, None));
    let seen = world.get(path, &system).await.json();
    assert_eq!(seen["url"], "https://systeem.example.nl/in");
    assert!(seen.get("geheim").is_none());
    for _ in 0..2 {
        let gone = world.ask("DELETE", path, Some(&key), &[], "").await;
        assert_eq!((gone.status, gone.bytes.len()), (204, 0));
    }
    let wrong = world
        .send("PUT", path, &key, &json!({"url": "geen adres"}))
        .await;
    assert_eq!(wrong.errors(), pairs(&[("vorm", "/url")]));
}

#[tokio::test]
async fn a_key_of_an_organisation_that_is_not_registered_is_refused_except_the_operators() {
    let world = world();
    let unknown = world.system("onbekend").await;
    assert_eq!(world.get("/v1/berichten", &unknown).await.status, 403);
    let operator = world.key("onbekend", &[Scope::Beheer]).await;
    assert_eq!(world.get("/v1/organisaties", &operator).await.status, 200);
}

#[tokio::test]
async fn the_landing_page_and_the_document_are_found_without_a_key() {
    let world = world();
    let landing = world.ask("GET", "/v1", None, &[], "").await;
    assert_eq!(landing.json()["links"]["openapi"], "/v1/openapi.json");
    assert!(landing.header("link").contains("service-desc"));
    let document = world
        .ask(
            "GET",
            "/v1/openapi.json",
            None,
            &[("origin", "https://x.nl")],
            "",
        )
        .await;
    assert_eq!(document.json()["info"]["title"], "Schakel");
    assert_eq!(document.header("access-control-allow-origin"), "*");
    let config = ApiConfig {
        public_url: Some("https://schakel.example.nl/v1".to_owned()),
        ..ApiConfig::default()
    };
    let world = World::new(config);
    let problem = world.ask("GET", "/v1/x", None, &[], "").await.json();
    assert_eq!(
        problem["type"],
        "https://schakel.example.nl/v1/problemen/niet-gevonden"
    );
}

#[tokio::test]
async fn too_much_at_once_is_answered_and_counted_until_the_work_is_done() {
    let one = ApiConfig {
        in_flight: 1,
        ..ApiConfig::default()
    };
    let world = World::new(one);
    let key = world.system("gemeente").await;
    let slow = push(&world, &key, "?soort=traag", &[]);
    let hasty = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        world.get("/v1/berichten", &key).await
    };
    let (slow, hasty) = tokio::join!(slow, hasty);
    assert_eq!((slow.status, hasty.status), (202, 503));
    assert_eq!(hasty.header("retry-after"), "1");
    assert_eq!(world.get("/v1/berichten", &key).await.status, 200);
}

#[tokio::test]
async fn a_client_that_hangs_up_does_not_stop_the_work_nor_free_its_place() {
    let one = ApiConfig {
        in_flight: 1,
        ..ApiConfig::default()
    };
    let world = World::new(one);
    let key = world.system("gemeente").await;
    let slow = push(&world, &key, "?soort=traag", &[]);
    let gone = tokio::time::timeout(Duration::from_millis(100), slow).await;
    assert!(gone.is_err(), "the client is gone");
    assert_eq!(world.get("/v1/berichten", &key).await.status, 503);
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert_eq!(world.gateway.done.load(Ordering::SeqCst), 1);
    assert_eq!(world.get("/v1/berichten", &key).await.status, 200);
}

#[tokio::test]
async fn a_rate_limit_holds_per_key() {
    let limited = ApiConfig {
        requests_per_second: 1,
        requests_burst: 2,
        ..ApiConfig::default()
    };
    let world = World::new(limited);
    let key = world.system("gemeente").await;
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(world.get("/v1/soorten", &key).await.status);
    }
    assert_eq!(statuses, [200, 200, 429]);
    let other = world.system("gemeente").await;
    assert_eq!(world.get("/v1/soorten", &other).await.status, 200);
    let refused = world.get("/v1/soorten", &key).await;
    assert_eq!(refused.header("retry-after"), "1");
}
