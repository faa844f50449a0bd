//! What an uitvoerder asks and claims: it stays about what it was about, and an answer finds the one it is to.

use super::BSN;
use super::OTHER_BSN;
use super::World;
use crate::canonical::Kind;
use serde_json::Value;
use serde_json::json;

/// Opdrachten of two gemeenten to two uitvoerders: (gemeente, uitvoerder, number, BSN).
const ASSIGNED: [(&str, &str, &str, &str); 5] = [
    ("gemeente", "aanbieder", "N-1", BSN),
    ("gemeente", "aanbieder", "N-2", BSN),
    ("gemeente", "aanbieder", "N-3", OTHER_BSN),
    ("dorp", "aanbieder", "D-1", BSN),
    ("gemeente", "tweede", "T-1", BSN),
];

fn assigned() -> World {
    let mut world = World::new();
    for (sender, uitvoerder, number, bsn) in ASSIGNED {
        assign(&mut world, sender, uitvoerder, number, bsn);
    }
    world
}

fn assign(world: &mut World, sender: &str, uitvoerder: &str, number: &str, bsn: &str) {
    let message = json!({"kandidaat": {"bsn": bsn}, "opdracht": {
        "toewijzingsnummer": number, "uitvoerder": {"code": uitvoerder}}});
    world.taken(sender, 1_000, &message);
}

/// A claim under P-1, of an opdracht if one is named, with more said of it.
fn claim(opdracht: &str, bedrag: u32, more: &Value) -> Value {
    let mut message = json!({"declaratie": {"referentie": "P-1", "bedrag": bedrag}});
    if !opdracht.is_empty() {
        message["opdracht"] = json!({ "toewijzingsnummer": opdracht });
    }
    for (name, value) in more.as_object().into_iter().flatten() {
        message["declaratie"][name] = value.clone();
    }
    message
}

/// The amounts of all claims on record.
fn amounts(world: &World) -> Vec<u64> {
    let claims = world.view.entries();
    let claims = claims.filter(|(_, entry)| entry.kind == Kind::Declaratie);
    let mut amounts: Vec<u64> = claims
        .filter_map(|(_, entry)| entry.record.get("bedrag")?.as_u64())
        .collect();
    amounts.sort_unstable();
    amounts
}

#[test]
fn a_reference_that_was_used_reaches_no_other_gemeente_person_or_opdracht() {
    const CLASH: &str = "identiteit.botsing";
    const PARTY: &str = "partij.wijzigt";
    let none = json!({});
    let to = |side: &str, code: &str| json!({ side: {"code": code} });
    for (opdracht, more, faults) in [
        ("N-1", none.clone(), &[][..]),
        ("N-1", to("opdrachtgever", "gemeente"), &[]),
        ("", to("uitvoerder", "aanbieder"), &[]),
        ("N-2", none.clone(), &[CLASH]),
        ("N-3", none.clone(), &[CLASH]),
        ("D-1", none, &[CLASH]),
        ("D-1", to("opdrachtgever", "dorp"), &[PARTY, CLASH]),
        ("N-1", to("opdrachtgever", "dorp"), &[PARTY]),
        ("", to("opdrachtgever", "dorp"), &[PARTY]),
        ("", to("opdrachtgever", "niemand"), &[PARTY]),
        ("", to("uitvoerder", "karig"), &[PARTY]),
    ] {
        let mut world = assigned();
        world.taken("aanbieder", 2_000, &claim("N-1", 100, &json!({})));
        let again = claim(opdracht, 200, &more);
        let found = world.send("aanbieder", 3_000, &again).err();
        assert_eq!(found.unwrap_or_default(), faults, "{again}");
        let bedrag = if faults.is_empty() { 200 } else { 100 };
        assert_eq!(amounts(&world), [bedrag], "{again}");
    }
}

#[test]
fn a_new_claim_is_to_the_opdrachtgever_of_its_opdracht_and_from_its_sender() {
    for (more, faults) in [
        (
            json!({"opdrachtgever": {"code": "gemeente"}, "uitvoerder": {"code": "aanbieder"}}),
            &[][..],
        ),
        (
            json!({"opdrachtgever": {"code": "dorp"}}),
            &["partij.wijzigt"],
        ),
        (
            json!({"uitvoerder": {"code": "tweede"}}),
            &["afzender.anders"],
        ),
    ] {
        let mut world = assigned();
        let found = world
            .send("aanbieder", 2_000, &claim("N-1", 100, &more))
            .err();
        assert_eq!(found.unwrap_or_default(), faults, "{more}");
        assert_eq!(amounts(&world).is_empty(), !faults.is_empty(), "{more}");
    }
}

#[test]
fn a_request_stays_about_its_person_and_may_be_answered_beside_what_came_of_it() {
    let request = |opdracht: Option<&str>| {
        let mut message = json!({"kandidaat": {"bsn": BSN}, "verzoek": {
            "referentieAanbieder": "V-1", "soort": "toewijzing", "opdrachtgever": {"code": "gemeente"}}});
        if let Some(number) = opdracht {
            message["opdracht"] = json!({ "toewijzingsnummer": number });
        }
        message
    };
    let mut world = assigned();
    world.taken("tweede", 2_000, &request(None));
    let found = world.send("tweede", 2_001, &request(Some("T-1"))).err();
    assert_eq!(found, Some(vec!["identiteit.botsing".to_owned()]));
    let answer = json!({"opdracht": {"toewijzingsnummer": "T-1"},
        "verzoek": {"referentieAanbieder": "V-1", "status": "toegekend"}});
    world.taken("gemeente", 2_002, &answer);
    assert_eq!(world.only(Kind::Verzoek).text("status"), Some("toegekend"));
}

#[test]
fn a_number_that_two_issue_is_that_of_the_party_that_is_named() {
    let mut world = assigned();
    for (sender, opdracht) in [("aanbieder", "N-1"), ("tweede", "T-1")] {
        world.taken(sender, 2_000, &claim(opdracht, 100, &json!({})));
    }
    let answer = |uitvoerder: Option<&str>| {
        let mut message = json!({"declaratie": {"referentie": "P-1", "status": "afgekeurd"}});
        if let Some(code) = uitvoerder {
            message["declaratie"]["uitvoerder"] = json!({ "code": code });
        }
        message
    };
    for unclear in [None, Some("karig"), Some("niemand")] {
        let found = world.send("gemeente", 3_000, &answer(unclear)).err();
        assert_eq!(found, Some(vec!["identiteit.meerduidig".to_owned()]));
    }
    world.taken("gemeente", 3_000, &answer(Some("tweede")));
    let status = |of: &str| {
        let mut claims = world.view.entries();
        let found = claims.find(|(_, entry)| {
            entry.kind == Kind::Declaratie && entry.party("uitvoerder") == Some(of)
        });
        let (_, entry) = found.expect("a claim");
        entry.text("status").map(str::to_owned)
    };
    assert_eq!(status("tweede").as_deref(), Some("afgekeurd"));
    assert_eq!(status("aanbieder").as_deref(), Some("ingediend"));

    // and an opdracht of the gemeente to which is claimed
    let mut world = World::new();
    for gemeente in ["gemeente", "dorp"] {
        assign(&mut world, gemeente, "aanbieder", "N-1", BSN);
    }
    let found = world.send("aanbieder", 2_000, &claim("N-1", 100, &json!({})));
    assert_eq!(found.err(), Some(vec!["identiteit.meerduidig".to_owned()]));
    let to_dorp = json!({"opdrachtgever": {"code": "dorp"}});
    world.taken("aanbieder", 2_000, &claim("N-1", 100, &to_dorp));
    let claimed = world.only(Kind::Declaratie);
    assert_eq!(claimed.party("opdrachtgever"), Some("dorp"));
}
