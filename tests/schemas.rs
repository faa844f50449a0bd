//! The schemas as others read them: as plain JSON Schema 2020-12, by any validator, with every attribute of the domain
//! model.

use schakel::canonical::Kind;
use schakel::privacy::Agreement;
use schakel::schema::Completeness;
use schakel::schema::Klasse;
use schakel::schema::Schemas;
use schakel::schema::Shape;
use serde_json::Value;
use serde_json::json;

fn schemas() -> Schemas {
    Schemas::embedded().expect("they load")
}

/// A value of the right form for an attribute, and one of the wrong form.
fn examples(schemas: &Schemas, shape: &Shape) -> Option<(Value, Value)> {
    Some(match shape {
        Shape::Integer { min, max, .. } => (json!(min), json!(max + 1)),
        Shape::Boolean => (json!(true), json!("true")),
        Shape::Date => (json!("2024-02-29"), json!("2023-02-29")),
        Shape::PartialDate => (json!({"jaar": 1985}), json!({"maand": 1})),
        Shape::Timestamp => (json!("2024-03-14T09:15:00Z"), json!("2024-03-14")),
        Shape::ClockTime => (json!("09:30"), json!("9:30")),
        Shape::Uuid => (json!("018f3a5e-7b1c-7c3e-9a51-2f6f3d9f6a10"), json!("x")),
        Shape::Code(list) => {
            let list = schemas.code_list(list)?;
            (json!(list.codes.first()?.code), json!("geen code"))
        }
        Shape::Text { .. } | Shape::List | Shape::Object => return None,
    })
}

#[test]
fn a_plain_validator_agrees_with_the_gateway_on_every_attribute() {
    let schemas = schemas();
    let mut compared = 0;
    for kind in Kind::ALL {
        let plain = jsonschema::options()
            .should_validate_formats(true)
            .with_format("bsn", |_: &str| true)
            .with_format("rsin", |_: &str| true)
            .build(schemas.raw(kind))
            .expect("a schema on its own");
        for attribute in schemas.attributes(kind) {
            let Some((right, wrong)) = examples(&schemas, &attribute.shape) else {
                continue;
            };
            if attribute.path.contains('/') {
                continue; // top-level ones say enough; a group is one value to the validator
            }
            for (value, valid) in [(right, true), (wrong, false)] {
                let record = json!({ attribute.path.clone(): value });
                let object = record.as_object().cloned().expect("an object");
                let ours = schemas.validate(kind, &object, Completeness::Partial);
                assert_eq!(
                    ours.is_empty(),
                    valid,
                    "{kind} {}: {ours:?}",
                    attribute.path
                );
                // the plain schema wants the required attributes as well: leave only its verdict on this one
                let theirs = plain
                    .iter_errors(&record)
                    .filter(|error| !error.instance_path().is_empty())
                    .count();
                assert_eq!(theirs == 0, valid, "{kind} {}", attribute.path);
                compared += 1;
            }
        }
    }
    assert!(compared > 100, "{compared}");
}

#[test]
fn every_schema_is_json_schema_2020_12_with_limits_on_everything() {
    let schemas = schemas();
    for kind in Kind::ALL {
        let raw = schemas.raw(kind);
        assert_eq!(
            raw["$schema"],
            "https://json-schema.org/draft/2020-12/schema"
        );
        assert!(jsonschema::meta::is_valid(raw), "{kind}");
        limits(raw, kind.as_str());
    }
}

/// Every text, number, list and object has an end.
fn limits(node: &Value, at: &str) {
    match node {
        Value::Object(members) => {
            let has = |name: &str| members.contains_key(name);
            match members.get("type").and_then(Value::as_str) {
                Some("string") => {
                    let bounded = has("maxLength") || has("enum") || has("format");
                    assert!(bounded, "{at}");
                }
                Some("integer") => assert!(has("minimum") && has("maximum"), "{at}"),
                Some("array") => assert!(has("maxItems") && has("items"), "{at}"),
                Some("object") => {
                    let closed = members.get("additionalProperties") == Some(&json!(false));
                    assert!(closed || has("maxProperties"), "{at}");
                }
                _ => {}
            }
            for (name, member) in members {
                limits(member, &format!("{at}/{name}"));
            }
        }
        Value::Array(items) => items.iter().for_each(|item| limits(item, at)),
        _ => {}
    }
}

#[test]
fn every_attribute_of_the_domain_model_is_there() {
    let schemas = schemas();
    for (kind, paths) in [
        (
            Kind::Organisatie,
            "code naam soort oin kvk vestigingsnummer rsin agb gemeentecodes erkenningen/*/soort erkenningen/*/nummer \
             erkenningen/*/van erkenningen/*/tot systemen/*/naam systemen/*/leverancier systemen/*/versie \
             systemen/*/formaat systemen/*/mappingversie systemen/*/kanaal",
        ),
        (
            Kind::Overeenkomst,
            "opdrachtgever uitvoerder raamcontractnummer grondslag bsnToegestaan attribuutset/*/beperkt van tot",
        ),
        (
            Kind::Kandidaat,
            "klantnummer bsn voorletters voornamen voorvoegsel geslachtsnaam partnernaam naamgebruik roepnaam \
             aanspreekvorm geboortedatum geslacht adres/postcode adres/straatnaam adres/huisnummer adres/huisletter \
             adres/toevoeging adres/woonplaats adres/soort geheimAdres woonplaatsgemeente telefoon/* email/* \
             voorkeurskanaal voorkeurstaal tolkNodig wettelijkVertegenwoordiger/rol doelgroepen/* banenafspraak \
             doelgroepregister/grondslag doelgroepregister/begin doelgroepregister/eind uitkeringssituatie/soort \
             uitkeringssituatie/aanvang uitkeringssituatie/einde uitkeringsafhankelijk",
        ),
        (
            Kind::Werkprofiel,
            "status volledigheid laatstBevestigdOp/talen laatstBevestigdOp/werkplekvoorwaarden \
             persoonlijkePresentatie bemiddelingsberoepen/*/voorkeurvolgorde sectoren/* werkEnDenkniveau \
             opleidingen/*/datumDiploma werkervaring/*/toelichting talen/*/luisteren vakvaardigheden/*/beheersing \
             gedragscompetenties/*/beheersing rijbewijzen/* cursussen/*/naam interesses/* \
             beschikbaarheid/ploegendienst mobiliteit/vervoermiddelen/*/woonWerk flexibiliteit/regiostraal \
             flexibiliteit/contractvormen/*/vorm eisAanWerk/werkvariatie werkplekvoorwaarden/*/toelichting \
             klantkenmerken/*/score klantkenmerken/*/datum arbeidsvermogen participatieladder zachteInformatie",
        ),
        (
            Kind::Verwijzing,
            "nummer externeIds/*/stelsel externeIds/*/waarde externeIds/*/uitgever soort opdrachtgever \
             uitvoeringsorganisatie opdrachtgevendeGemeente uitvoerder kandidaat indienmoment gewensteStart \
             instrument lokaalInstrument/code werklandschapTegel doel indicatie/begeleidingsbehoefte \
             indicatie/loonwaarde/methode voorliggendTraject bijlagen/*/soort bijlagen/*/hash bijlagen/*/klasse \
             contactpersoon/naam wettelijkeGrondslag spoed status besluit/voorgesteldAlternatief",
        ),
        (
            Kind::Opdracht,
            "toewijzingsnummer ordernummer externeIds/*/waarde verwijzing raamcontract uitvoerder product/lokaleCode \
             toewijzingsTijdstip ingangsdatum einddatum omvang/frequentie budget urenToegekend tariefafspraak \
             redenWijziging rapportageritme/interval evaluatieInterval jobcoach/erkenning/nummer jobcoach/werklocatie \
             jobcoach/organisatie referentieAanbieder begonnenOp beeindigdOp redenBeeindiging status",
        ),
        (
            Kind::Trajectplan,
            "opdracht kandidaat nummer externeIds/*/waarde sjabloon begindatum geplandeEinddatum einddatum redenEinde \
             einddoelen/*/criterium fasen/*/cadans/interval doelen/*/streefscore acties/*/redenNietGedaan \
             acties/*/ontstaanIn acties/*/beoordeeldIn afspraken/*/deelnemers/*/rol spelregels/* onderdelen/*/tegel \
             onderdelen/*/lokaleCode voorwaarden/*/code activiteitenuren/*/minuten ondertekeningen/*/planHash",
        ),
        (
            Kind::Logboekregel,
            "nummer externeIds/*/waarde traject opdracht urenverdeling/*/opdracht urenverdeling/*/minuten datum \
             beginTijd eindTijd minuten kanaal opWerkvloer activiteit deelnemers/*/rol tegenpartij doelen/* beschrijving \
             samenvattingDeelbaar besprokenActies/* nieuweActies/* gepland incident declarabel status corrigeert auteur \
             vastgelegdOp",
        ),
        (
            Kind::Rapportage,
            "opdracht kandidaat nummer externeIds/*/waarde soort sjabloon datum periode/van periode/tot \
             onderdelen/*/sleutel onderdelen/*/vraag onderdelen/*/antwoord urenPerActiviteit/*/minuten \
             doelenStand/*/status uitkomst redenEinde advies meningKandidaat ondertekeningen/*/datum bijlagen/*/hash \
             oordeel status",
        ),
        (
            Kind::Loonwaarde,
            "opdracht kandidaat nummer externeIds/*/waarde percentage methode datumRapport datumBedrijfsbezoek \
             werkgever/naam werkgever/contactpersoon werkgever/email werkgever/geinterviewde normfunctie \
             uitgevoerdeFunctie urenWerknemer urenVoltijd hoofdtaken/*/omschrijving hoofdtaken/*/tijd hoofdtaken/*/tempo \
             hoofdtaken/*/kwaliteit hoofdtaken/*/nettoWerktijd deskundige/naam deskundige/telefoon zienswijzeWerknemer \
             zienswijzeWerkgever besluit/vastgesteldDoor besluit/datum besluit/geldigTot status",
        ),
    ] {
        for path in paths.split_whitespace() {
            assert!(schemas.attribute(kind, path).is_some(), "{kind} {path}");
        }
    }
    // who else commissions the same hours is not for the commissioner of this entry
    let split = schemas.attribute(Kind::Logboekregel, "urenverdeling/*/opdracht");
    assert_eq!(split.map(|one| one.klasse), Some(Klasse::N));
}

/// An agreement that is kept is one that the gateway can judge by: there is no other check.
#[test]
fn every_agreement_that_follows_its_schema_is_one() {
    let lists = std::fs::read_to_string("schemas/codelijsten.json").expect("read");
    let lists: Value = serde_json::from_str(&lists).expect("JSON");
    let codes = |list: &str| -> Vec<String> {
        let codes = lists[list]["codes"].as_array().expect("codes").iter();
        codes
            .map(|one| one["code"].as_str().expect("a code").to_owned())
            .collect()
    };
    let klassen = codes("KLASSE");
    let mut sets = Vec::new();
    for soort in codes("RECORDSOORT") {
        for reikwijdte in codes("REIKWIJDTE") {
            for beperkt in [json!(null), json!(true), json!(false), json!("ja")] {
                let mut set = json!({"soort": soort, "klassen": klassen, "reikwijdte": reikwijdte, "beperkt": beperkt});
                if beperkt.is_null() {
                    set.as_object_mut().expect("an object").remove("beperkt");
                }
                sets.push(json!([set]));
            }
        }
    }
    sets.extend([json!([]), json!([{}]), json!("alles")]);
    let good = json!({"nummer": "SO-1", "opdrachtgever": "gemeente", "uitvoerder": "aanbieder",
        "grondslag": "Participatiewet", "doel": "re-integratie", "bsnToegestaan": true, "bsnGrondslag": "Participatiewet",
        "attribuutset": [{"soort": "kandidaat", "klassen": ["A"], "reikwijdte": "toegewezen"}],
        "van": "2024-01-01", "tot": "2024-12-31"});
    let texts = [
        "",
        " ",
        "a",
        "a-1",
        "1a",
        "A",
        "é",
        "a\n",
        "0000-01-01",
        "9999-12-31",
        "2024-02-29",
        "2023-02-29",
        "2024-2-9",
        "24-01-01",
        "2024-01-01T00:00:00Z",
        "gisteren",
    ];
    let texts = texts.map(Value::from).into_iter();
    let values: Vec<Value> = texts
        .chain([
            json!(null),
            json!(true),
            json!(false),
            json!(1),
            json!("a".repeat(40)),
            json!("a".repeat(41)),
        ])
        .collect();
    let schemas = schemas();
    let (mut taken, mut refused) = (0, 0);
    for name in good.as_object().expect("an object").keys() {
        let of = if name == "attribuutset" {
            &sets
        } else {
            &values
        };
        // and without it
        for value in of.iter().map(Some).chain([None]) {
            let mut record = good.as_object().expect("an object").clone();
            match value {
                Some(value) => record.insert(name.clone(), value.clone()),
                None => record.remove(name),
            };
            let found = schemas.validate(Kind::Overeenkomst, &record, Completeness::Complete);
            if found.is_empty() {
                taken += 1;
                let agreement = Agreement::from_record(&record);
                assert!(agreement.is_ok(), "{name} {value:?}: {agreement:?}");
            } else {
                refused += 1;
            }
        }
    }
    assert!(taken > 80 && refused > 80, "{taken} {refused}");
}
