//! Bodies and pushes that the API's own description refuses: each limit has a code of its own.

use crate::fake::DELIVERY;
use crate::fake::TOKEN;
use crate::fake::World;
use crate::fake::pairs;
use schakel::api::ApiConfig;
use serde_json::json;

#[tokio::test]
async fn a_list_or_text_outside_its_limits_is_refused_where_it_stands() {
    let world = World::new(ApiConfig::default());
    let key = world.system("aanbieder").await;
    let refusal = |reden: &str| json!({"id": DELIVERY, "token": TOKEN, "reden": reden});
    let refusals = |count: usize| json!({"weigeringen": vec![refusal("a"); count]});
    let texts = json!({"weigeringen": [refusal(""), refusal(&"a".repeat(65))]});
    let of_texts = [
        ("patroon", "/weigeringen/0/reden"),
        ("te.kort", "/weigeringen/0/reden"),
        ("te.lang", "/weigeringen/1/reden"),
    ];
    for (body, expected) in [
        (refusals(0), &[("te.weinig", "/weigeringen")][..]),
        (refusals(201), &[("te.veel", "/weigeringen")]),
        (texts, &of_texts),
    ] {
        let answer = world.send("POST", "/v1/postvak/_weiger", &key, &body).await;
        assert_eq!(answer.status, 400);
        assert_eq!(answer.errors(), pairs(expected));
    }
}

#[tokio::test]
async fn a_push_without_any_reference_says_which_header_it_misses() {
    let world = World::new(ApiConfig::default());
    let key = world.system("gemeente").await;
    let headers = [("content-type", "application/xml")];
    let path = "/v1/berichten?soort=geenReferentie";
    let answer = world.ask("POST", path, Some(&key), &headers, "<a/>").await;
    assert_eq!(answer.status, 400);
    let expected = [("referentie.ontbreekt", "Idempotency-Key")];
    assert_eq!(answer.errors(), pairs(&expected));
}
