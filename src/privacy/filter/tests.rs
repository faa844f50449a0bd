use super::*;
use serde_json::json;

fn record(value: &Value) -> Record {
    value.as_object().cloned().expect("an object")
}

fn agreement(classes: &[&str], bsn: bool) -> Agreement {
    Agreement::from_record(&record(&json!({
        "nummer": "SO-1", "opdrachtgever": "gemeente", "uitvoerder": "aanbieder", "van": "2024-01-01",
        "bsnToegestaan": bsn, "bsnGrondslag": "PW art. 7",
        "attribuutset": [
            {"soort": "kandidaat", "klassen": classes},
            {"soort": "logboekregel", "klassen": ["A", "D", "F"]},
        ],
    })))
    .expect("an agreement")
}

fn kandidaat() -> Record {
    record(&json!({
        "bsn": "999990019", "geslachtsnaam": "Testpersoon", "woonplaatsgemeente": "0484",
        "adres": {"postcode": "2400AA", "huisnummer": 1},
        "waardeStatus": {"/voorvoegsel": "geenWaarde", "/woonplaatsgemeente": "waardeOnbekend"},
        "nietVertaald": {"/geslacht": "X"},
    }))
}

fn shown(record: &Record, agreement: &Agreement) -> Value {
    let schemas = Schemas::embedded().expect("the schemas load");
    let filtered =
        filter(Kind::Kandidaat, record, None, agreement, &schemas).expect("the kind is named");
    Value::Object(filtered.record)
}

#[test]
fn only_named_classes_leave_and_a_state_goes_with_its_attribute() {
    assert_eq!(
        shown(&kandidaat(), &agreement(&["A"], false)),
        json!({"woonplaatsgemeente": "0484", "waardeStatus": {"/woonplaatsgemeente": "waardeOnbekend"}})
    );
    assert_eq!(
        shown(&kandidaat(), &agreement(&[], true)),
        json!({"bsn": "999990019"})
    );
}

#[test]
fn the_bsn_leaves_only_with_a_named_ground_and_a_secret_address_never() {
    let mut secret = kandidaat();
    secret.insert("geheimAdres".to_owned(), json!(true));
    let out = shown(&secret, &agreement(&["A", "B", "C", "D", "F"], false));
    assert!(out.get("bsn").is_none() && out.get("adres").is_none());
    assert_eq!(out["geslachtsnaam"], "Testpersoon");
    assert!(
        out.get("nietVertaald").is_none(),
        "untranslated values never leave"
    );
}

#[test]
fn an_incomplete_date_leaves_whole_or_not_at_all() {
    for date in [
        json!({"jaar": 1985}),
        json!({"jaar": 1985, "maand": 3}),
        json!({"jaar": 1985, "maand": 3, "dag": 2}),
    ] {
        let born = record(&json!({"geboortedatum": date}));
        assert_eq!(
            shown(&born, &agreement(&["B"], false)),
            json!({"geboortedatum": date})
        );
        assert_eq!(shown(&born, &agreement(&["A", "C"], false)), json!({}));
    }
}

#[test]
fn a_kind_that_the_agreement_does_not_name_does_not_leave() {
    let schemas = Schemas::embedded().expect("the schemas load");
    assert!(
        filter(
            Kind::Werkprofiel,
            &Record::new(),
            None,
            &agreement(&["A"], true),
            &schemas
        )
        .is_none()
    );
}

#[test]
fn internal_prose_and_suspicious_summaries_stay() {
    let schemas = Schemas::embedded().expect("the schemas load");
    for (summary, leaves) in [
        ("Werkt prettig in rust", true),
        ("Diagnose autisme besproken", false),
    ] {
        let log = record(
            &json!({"datum": "2024-04-02", "beschrijving": "intern", "samenvattingDeelbaar": summary}),
        );
        let filtered = filter(
            Kind::Logboekregel,
            &log,
            None,
            &agreement(&[], false),
            &schemas,
        )
        .expect("named");
        assert!(!filtered.record.contains_key("beschrijving"));
        assert_eq!(
            filtered.record.contains_key("samenvattingDeelbaar"),
            leaves,
            "{summary}"
        );
        assert!(filtered.withheld.contains(&"beschrijving".to_owned()));
    }
}

#[test]
fn a_recorded_no_or_a_shielded_person_holds_everything() {
    for (value, held) in [
        (
            json!({"toestemming": false}),
            Some("kandidaat.geenToestemming"),
        ),
        (json!({"toestemming": true}), None),
        (
            json!({"afgeschermd": true, "toestemming": true}),
            Some("kandidaat.afgeschermd"),
        ),
        (json!({}), None),
    ] {
        assert_eq!(hold(&record(&value)), held);
    }
}

/// An agreement that grants every class of everything, with or without restricted values.
fn wide(restricted: Option<bool>) -> Agreement {
    let set: Vec<Value> = Kind::ALL
        .iter()
        .map(|kind| {
            let mut one = json!({"soort": kind.as_str(), "klassen": ["A", "B", "C", "D", "F"]});
            if let Some(restricted) = restricted {
                one["beperkt"] = json!(restricted);
            }
            one
        })
        .collect();
    Agreement::from_record(&record(&json!({
        "nummer": "SO-1", "opdrachtgever": "gemeente", "uitvoerder": "aanbieder", "van": "2024-01-01",
        "bsnToegestaan": false, "attribuutset": set,
    })))
    .expect("an agreement")
}

fn seen(kind: Kind, value: &Value, agreement: &Agreement) -> Value {
    let schemas = Schemas::embedded().expect("the schemas load");
    let filtered = filter(kind, &record(value), None, agreement, &schemas).expect("named");
    Value::Object(filtered.record)
}

#[test]
fn restricted_values_leave_only_when_the_agreement_says_so() {
    let doelgroepen = json!({"doelgroepen": ["ED01", "ED03", "ED04", "ED12", "DD03", "ED02"]});
    let kenmerken = json!({"klantkenmerken": [
        {"code": "KK01", "score": 3, "datum": "2024-01-01"}, {"code": "KK03", "score": 4}, {"code": "KK02"},
    ]});
    for (kind, whole, left) in [
        (
            Kind::Kandidaat,
            doelgroepen,
            json!({"doelgroepen": ["ED01", "ED02"]}),
        ),
        (Kind::Kandidaat, json!({"doelgroepen": ["ED03"]}), json!({})),
        (
            Kind::Kandidaat,
            json!({"banenafspraak": "ja", "uitkeringsafhankelijk": true}),
            json!({"uitkeringsafhankelijk": true}),
        ),
        (
            Kind::Kandidaat,
            json!({"doelgroepregister": {"grondslag": "Wajong", "begin": "2020-01-01", "eind": "2030-01-01"}}),
            json!({}),
        ),
        (
            Kind::Kandidaat,
            json!({"waardeStatus": {"/banenafspraak": "waardeOnbekend", "/doelgroepregister/begin": "geenWaarde"}}),
            json!({}),
        ),
        (
            Kind::Werkprofiel,
            kenmerken,
            json!({"klantkenmerken": [{"code": "KK03", "score": 4}]}),
        ),
        (
            Kind::Werkprofiel,
            json!({"klantkenmerken": [{"code": "KK02", "score": 9}]}),
            json!({}),
        ),
    ] {
        assert_eq!(seen(kind, &whole, &wide(None)), left, "by default");
        assert_eq!(seen(kind, &whole, &wide(Some(false))), left, "said no");
        assert_eq!(seen(kind, &whole, &wide(Some(true))), whole, "said yes");
    }
}

#[test]
fn what_points_at_an_item_by_its_place_stays_when_items_stay() {
    let profile = json!({
        "klantkenmerken": [{"code": "KK01"}, {"code": "KK03"}], "talen": [{"taal": "nld"}],
        "waardeStatus": {"/klantkenmerken/1/score": "waardeOnbekend", "/talen/0/lezen": "geenWaarde"},
    });
    assert_eq!(
        seen(Kind::Werkprofiel, &profile, &wide(None)),
        json!({
            "klantkenmerken": [{"code": "KK03"}], "talen": [{"taal": "nld"}],
            "waardeStatus": {"/talen/0/lezen": "geenWaarde"},
        })
    );
    assert_eq!(
        seen(Kind::Werkprofiel, &profile, &wide(Some(true))),
        profile
    );
}

#[test]
fn a_restriction_says_nothing_about_classes_that_are_not_granted() {
    let agreement = Agreement::from_record(&record(&json!({
        "nummer": "SO-1", "opdrachtgever": "gemeente", "uitvoerder": "aanbieder", "van": "2024-01-01",
        "bsnToegestaan": false, "attribuutset": [{"soort": "kandidaat", "klassen": ["A"], "beperkt": true}],
    })))
    .expect("an agreement");
    let whole =
        json!({"banenafspraak": "ja", "doelgroepen": ["ED03"], "woonplaatsgemeente": "0484"});
    assert_eq!(
        seen(Kind::Kandidaat, &whole, &agreement),
        json!({"woonplaatsgemeente": "0484"})
    );
}

#[test]
fn an_agreement_whose_word_on_restricted_values_is_unclear_allows_nothing() {
    for unclear in [json!("true"), json!(1), json!(null)] {
        let agreement = record(&json!({
            "nummer": "SO-1", "opdrachtgever": "gemeente", "uitvoerder": "aanbieder", "van": "2024-01-01",
            "bsnToegestaan": false,
            "attribuutset": [{"soort": "kandidaat", "klassen": ["A"], "beperkt": unclear}],
        }));
        assert!(Agreement::from_record(&agreement).is_err());
    }
}

#[test]
fn a_secret_address_is_secret_on_every_record_of_the_person() {
    let schemas = Schemas::embedded().expect("the schemas load");
    let secret = record(&json!({"geheimAdres": true}));
    let open = record(&json!({"geheimAdres": false}));
    let profile = record(&json!({"mobiliteit": {"postcode": "2400AA", "reistijdMax": 30}}));
    for (kandidaat, left) in [
        (Some(&secret), json!({"mobiliteit": {"reistijdMax": 30}})),
        (
            Some(&open),
            json!({"mobiliteit": {"postcode": "2400AA", "reistijdMax": 30}}),
        ),
    ] {
        let filtered = filter(
            Kind::Werkprofiel,
            &profile,
            kandidaat,
            &wide(None),
            &schemas,
        )
        .expect("named");
        assert_eq!(Value::Object(filtered.record), left);
    }
    let states = json!({"geheimAdres": true, "waardeStatus": {"/adres/toevoeging": "geenWaarde"}});
    assert_eq!(
        seen(Kind::Kandidaat, &states, &wide(None)),
        json!({"geheimAdres": true})
    );
}
