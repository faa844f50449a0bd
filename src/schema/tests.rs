use super::*;
use serde_json::json;
use std::sync::LazyLock;

static SCHEMAS: LazyLock<Schemas> = LazyLock::new(|| Schemas::embedded().expect("they load"));

#[allow(clippy::needless_pass_by_value)] // a literal at every call
fn record(value: Value) -> Record {
    value.as_object().cloned().expect("an object")
}

fn codes(kind: Kind, how: Completeness, value: Value) -> Vec<(String, &'static str)> {
    SCHEMAS
        .validate(kind, &record(value), how)
        .into_iter()
        .map(|violation| (violation.pointer, violation.code))
        .collect()
}

#[test]
fn every_attribute_of_every_kind_is_fully_described() {
    for kind in Kind::ALL {
        let attributes = SCHEMAS.attributes(kind);
        assert!(attributes.len() > 10, "{kind}");
        for attribute in attributes {
            assert!(!attribute.owner.is_empty(), "{kind} {}", attribute.path);
            assert!(!attribute.title.nl.is_empty() && !attribute.title.en.is_empty());
            assert_eq!(SCHEMAS.attribute(kind, &attribute.path), Some(attribute));
            if let Shape::Code(list) = &attribute.shape {
                assert!(SCHEMAS.code_list(list).is_some(), "{list}");
            }
        }
        for name in SCHEMAS.required(kind) {
            assert!(
                SCHEMAS.attribute(kind, name).is_some_and(|a| a.required),
                "{kind} {name}"
            );
        }
        assert!(!SCHEMAS.raw(kind).to_string().contains("$ref"), "{kind}");
    }
}

#[test]
fn a_number_says_what_it_counts_wherever_its_title_does() {
    let mut found = 0;
    for kind in Kind::ALL {
        for attribute in SCHEMAS.attributes(kind) {
            let Shape::Integer { counts, .. } = attribute.shape else {
                continue;
            };
            let title = &attribute.title.nl;
            let unit = [
                ("(minuten", Counts::Minutes),
                ("(eurocent)", Counts::Cents),
                ("(honderdste procent", Counts::BasisPoints),
            ];
            let said = unit.iter().find(|(word, _)| title.contains(word));
            assert_eq!(counts, said.map(|(_, unit)| *unit), "{kind} {title}");
            found += usize::from(counts.is_some());
        }
    }
    assert!(found > 20, "{found}");
}

#[test]
fn every_code_list_is_used_and_says_where_it_comes_from() {
    let used: Vec<&str> = Kind::ALL
        .iter()
        .flat_map(|kind| SCHEMAS.attributes(*kind))
        .filter_map(|attribute| attribute.code_list.as_deref())
        .chain(["WAARDESTATUS"]) // the values of waardeStatus, which are no attributes
        .collect();
    for list in SCHEMAS.code_lists() {
        assert!(used.contains(&&*list.name), "{}", list.name);
        assert!(!list.source.is_empty());
    }
    assert_eq!(
        SCHEMAS
            .code_list("GESLACHT")
            .and_then(|l| l.label("2"))
            .map(|l| &*l.en),
        Some("female")
    );
}

#[test]
fn the_kinds_of_the_code_list_are_the_kinds_of_the_gateway() {
    let list = SCHEMAS.code_list("RECORDSOORT").expect("there");
    assert!(Kind::ALL.iter().all(|kind| list.contains(kind.as_str())));
    assert_eq!(list.codes.len(), Kind::ALL.len());
}

#[test]
fn owner_and_class_come_from_the_group_unless_given() {
    let attribute = |path| SCHEMAS.attribute(Kind::Verwijzing, path).expect("there");
    assert_eq!(attribute("besluit/reden").owner, [Owner::P]);
    assert_eq!(attribute("besluit/reden").klasse, Klasse::A);
    assert_eq!(attribute("besluit/motivatie").klasse, Klasse::D);
    assert_eq!(attribute("nummer").owner, [Owner::O]);
    let klasse = |kind, path| SCHEMAS.attribute(kind, path).map(|a| a.klasse);
    assert_eq!(klasse(Kind::Kandidaat, "bsn"), Some(Klasse::Bsn));
    assert_eq!(klasse(Kind::Logboekregel, "beschrijving"), Some(Klasse::N));
    assert_eq!(
        klasse(Kind::Logboekregel, "samenvattingDeelbaar"),
        Some(Klasse::D)
    );
    assert_eq!(klasse(Kind::Kandidaat, "nietVertaald"), Some(Klasse::N));
}

#[test]
fn shapes_follow_the_schema() {
    for (kind, path, shape) in [
        (Kind::Kandidaat, "geboortedatum", Shape::PartialDate),
        (Kind::Kandidaat, "telefoon", Shape::List),
        (Kind::Kandidaat, "telefoon/*", Shape::Text { max: 25 }),
        (Kind::Kandidaat, "geslacht", Shape::Code("GESLACHT".into())),
        (Kind::Verwijzing, "indienmoment", Shape::Timestamp),
        (Kind::Verwijzing, "kandidaat", Shape::Uuid),
        (Kind::Verwijzing, "uitvoerder/oin", Shape::Text { max: 20 }),
        (Kind::Logboekregel, "beginTijd", Shape::ClockTime),
        (Kind::Logboekregel, "opWerkvloer", Shape::Boolean),
        (
            Kind::Logboekregel,
            "minuten",
            Shape::Integer {
                min: 0,
                max: 1440,
                counts: Some(Counts::Minutes),
            },
        ),
        (
            Kind::Trajectplan,
            "doelen/*/nr",
            Shape::Integer {
                min: 1,
                max: 999,
                counts: None,
            },
        ),
        (Kind::Trajectplan, "begindatum", Shape::Date),
        (Kind::Trajectplan, "doelen/*", Shape::Object),
    ] {
        let found = SCHEMAS.attribute(kind, path).map(|a| a.shape.clone());
        assert_eq!(found, Some(shape), "{kind} {path}");
    }
}

#[test]
fn a_pointer_finds_its_attribute_or_what_it_is_part_of() {
    let path = |kind, pointer| SCHEMAS.attribute_at(kind, pointer).map(|a| &*a.path);
    assert_eq!(
        path(Kind::Trajectplan, "/doelen/12/nr"),
        Some("doelen/*/nr")
    );
    assert_eq!(
        path(Kind::Kandidaat, "/geboortedatum/jaar"),
        Some("geboortedatum")
    );
    assert_eq!(path(Kind::Kandidaat, "/bestaatNiet"), None);
}

#[test]
fn a_good_record_has_no_violations() {
    let verwijzing = json!({
        "nummer": "2024-REI-000123", "soort": "verwijzing", "opdrachtgever": {"gemeentecode": "0484"},
        "uitvoerder": {"oin": "00000099123456780000"}, "instrument": "30", "gewensteStart": "2024-04-01",
        "kandidaat": "018f3a5e-7b1c-7c3e-9a51-2f6f3d9f6a10", "indienmoment": "2024-03-14T09:15:00.123Z",
        "indicatie": {"begeleidingsbehoefte": "hoog", "loonwaarde": {"percentage": 4500}},
        "waardeStatus": {"/doel": "geenWaarde"}, "nietVertaald": {"/indicatie/loonwaarde/methode": "x"}
    });
    assert_eq!(
        codes(Kind::Verwijzing, Completeness::Complete, verwijzing),
        []
    );
    let kandidaat = json!({
        "bsn": "999990019", "geslachtsnaam": "Testpersoon", "geboortedatum": {"jaar": 1985}, "geslacht": "2",
        "adres": {"postcode": "8331AA", "huisnummer": 4}, "telefoon": ["020-1234567"], "email": ["a@example.nl"]
    });
    assert_eq!(
        codes(Kind::Kandidaat, Completeness::Complete, kandidaat),
        []
    );
}

#[test]
#[allow(clippy::too_many_lines)] // a table
fn each_violation_has_its_code_and_its_place() {
    for (kind, value, pointer, code) in [
        (
            Kind::Verwijzing,
            json!({"nummer": "1"}),
            "/opdrachtgever",
            "schema.verplicht",
        ),
        (
            Kind::Verwijzing,
            json!({"besluit": {}}),
            "/besluit/uitkomst",
            "schema.verplicht",
        ),
        (
            Kind::Kandidaat,
            json!({"onzin": 1}),
            "/onzin",
            "schema.onbekend",
        ),
        (
            Kind::Kandidaat,
            json!({"a/b~c": 1}),
            "/a~1b~0c",
            "schema.onbekend",
        ),
        (
            Kind::Kandidaat,
            json!({"adres": {"onzin": 1}}),
            "/adres/onzin",
            "schema.onbekend",
        ),
        (
            Kind::Kandidaat,
            json!({"geslacht": 2}),
            "/geslacht",
            "schema.soort",
        ),
        (
            Kind::Kandidaat,
            json!({"geslacht": "V"}),
            "/geslacht",
            "schema.codelijst",
        ),
        (
            Kind::Kandidaat,
            json!({"bsn": "123456789"}),
            "/bsn",
            "schema.vorm",
        ),
        (
            Kind::Kandidaat,
            json!({"voorletters": "a".repeat(21)}),
            "/voorletters",
            "schema.lengte",
        ),
        (
            Kind::Kandidaat,
            json!({"geslachtsnaam": ""}),
            "/geslachtsnaam",
            "schema.lengte",
        ),
        (
            Kind::Kandidaat,
            json!({"adres": {"huisnummer": 0}}),
            "/adres/huisnummer",
            "schema.bereik",
        ),
        (
            Kind::Kandidaat,
            json!({"adres": {"postcode": "1234SA"}}),
            "/adres/postcode",
            "schema.vorm",
        ),
        (
            Kind::Kandidaat,
            json!({"email": ["geen adres"]}),
            "/email/0",
            "schema.vorm",
        ),
        (
            Kind::Kandidaat,
            json!({"email": ["a@b.nl", "a@b.nl"]}),
            "/email",
            "schema.dubbel",
        ),
        (
            Kind::Kandidaat,
            json!({"geboortedatum": {"jaar": 1985, "maand": 2, "dag": 30}}),
            "/geboortedatum",
            "schema.vorm",
        ),
        (
            Kind::Kandidaat,
            json!({"geboortedatum": {"maand": 2}}),
            "/geboortedatum/jaar",
            "schema.verplicht",
        ),
        (
            Kind::Kandidaat,
            json!({"geboortedatum": {"jaar": 1985, "dag": 2}}),
            "/geboortedatum/maand",
            "schema.verplicht",
        ),
        (
            Kind::Kandidaat,
            json!({"waardeStatus": {"/bsn": "weg"}}),
            "/waardeStatus/~1bsn",
            "schema.codelijst",
        ),
        (
            Kind::Kandidaat,
            json!({"waardeStatus": {"bsn": "geenWaarde"}}),
            "/waardeStatus",
            "schema.vorm",
        ),
        (
            Kind::Logboekregel,
            json!({"datum": "2024-02-30"}),
            "/datum",
            "schema.vorm",
        ),
        (
            Kind::Logboekregel,
            json!({"beginTijd": "24:00"}),
            "/beginTijd",
            "schema.vorm",
        ),
        (
            Kind::Logboekregel,
            json!({"minuten": 1441}),
            "/minuten",
            "schema.bereik",
        ),
        (
            Kind::Logboekregel,
            json!({"minuten": 7.5}),
            "/minuten",
            "schema.soort",
        ),
        (
            Kind::Logboekregel,
            json!({"opdracht": "x"}),
            "/opdracht",
            "schema.vorm",
        ),
        (
            Kind::Logboekregel,
            json!({"vastgelegdOp": "2024-03-14T10:15:00+01:00"}),
            "/vastgelegdOp",
            "schema.vorm",
        ),
        (
            Kind::Verwijzing,
            json!({"opdrachtgever": {}}),
            "/opdrachtgever",
            "schema.aantal",
        ),
        (
            Kind::Trajectplan,
            json!({"doelen": [{"nr": 1}, {"nr": "2"}]}),
            "/doelen/1/nr",
            "schema.soort",
        ),
    ] {
        let found = codes(kind, Completeness::Complete, value.clone());
        assert!(
            found.contains(&(pointer.to_owned(), code)),
            "{value}: {found:?}"
        );
    }
}

#[test]
fn every_violation_is_reported_at_once() {
    let found = codes(
        Kind::Kandidaat,
        Completeness::Complete,
        json!({"bsn": "1", "geslacht": "V", "adres": {"postcode": "x", "onzin": true}}),
    );
    assert_eq!(found.len(), 4, "{found:?}");
}

#[test]
fn a_partial_record_may_lack_what_a_whole_one_must_have() {
    let change = json!({"besluit": {"uitkomst": "aangenomen"}});
    assert_eq!(
        codes(Kind::Verwijzing, Completeness::Partial, change.clone()),
        []
    );
    assert_eq!(
        codes(Kind::Verwijzing, Completeness::Complete, change).len(),
        2
    );
    let incomplete_group = json!({"besluit": {"reden": "veiligheid"}});
    assert_eq!(
        codes(Kind::Verwijzing, Completeness::Partial, incomplete_group).len(),
        1
    );
}

#[test]
fn an_agreement_that_allows_the_bsn_names_the_ground() {
    let agreement = json!({
        "nummer": "1", "opdrachtgever": "uwv", "uitvoerder": "aanbieder-a", "grondslag": "x", "doel": "y",
        "bsnToegestaan": true, "van": "2024-01-01",
        "attribuutset": [{"soort": "kandidaat", "klassen": ["A", "B"], "reikwijdte": "toegewezen"}]
    });
    let found = codes(Kind::Overeenkomst, Completeness::Complete, agreement);
    assert_eq!(found, [("/bsnGrondslag".to_owned(), "schema.verplicht")]);
}

#[test]
fn a_sentence_names_the_field_and_the_limit_and_never_the_value() {
    let marker = "GEHEIM";
    let long = marker.repeat(40);
    let wrong = json!({
        "voorletters": long, "geslacht": marker, "bsn": marker, "email": [marker], "telefoon": marker,
        "adres": {"postcode": marker, "huisnummer": marker}, "geboortedatum": {"jaar": marker},
        "waardeStatus": {"/bsn": marker}
    });
    let violations = SCHEMAS.validate(Kind::Kandidaat, &record(wrong), Completeness::Complete);
    assert!(violations.len() >= 9);
    for violation in &violations {
        assert!(!format!("{violation:?}").contains(marker), "{violation:?}");
    }
    let said = |pointer: &str| {
        violations
            .iter()
            .find(|violation| violation.pointer == pointer)
            .map(|violation| &violation.sentence)
    };
    assert_eq!(
        said("/voorletters"),
        Some(&Sentence::new(
            "Voorletters: ten hoogste 20 tekens.",
            "Initials: at most 20 characters."
        ))
    );
    assert_eq!(
        said("/geslacht"),
        Some(&Sentence::new(
            "Geslacht: staat niet in de codelijst GESLACHT.",
            "Sex: is not in the code list GESLACHT."
        ))
    );
    let email = said("/email/0").map(|sentence| sentence.nl.as_str());
    let form = "heeft niet de vorm die bij dit gegeven hoort (zie `schemas/`).";
    assert!(email.is_some_and(|said| said.ends_with(form)), "{email:?}");
}

#[test]
fn restrictions_and_text_uses_come_from_the_schema_and_reach_the_parts_of_a_group() {
    let attribute = |kind, path| SCHEMAS.attribute(kind, path).expect("there");
    let codes = |kind, path| match &attribute(kind, path).restricted {
        Restriction::Codes(codes) => codes.clone(),
        _ => Vec::new(),
    };
    assert_eq!(
        codes(Kind::Werkprofiel, "klantkenmerken/*/code"),
        ["KK01", "KK02"]
    );
    let groups = codes(Kind::Kandidaat, "doelgroepen/*");
    assert!(
        ["ED03", "ED04", "ED12", "DD03"]
            .iter()
            .all(|code| groups.iter().any(|one| one == code))
    );
    for path in [
        "banenafspraak",
        "doelgroepregister",
        "doelgroepregister/begin",
    ] {
        assert_eq!(
            attribute(Kind::Kandidaat, path).restricted,
            Restriction::Whole
        );
    }
    for (kind, path, tells) in [
        (Kind::Kandidaat, "adres/huisnummer", true),
        (Kind::Kandidaat, "woonplaatsgemeente", false),
        (Kind::Werkprofiel, "mobiliteit/postcode", true),
        (Kind::Werkprofiel, "mobiliteit/reistijdMax", false),
    ] {
        assert_eq!(attribute(kind, path).tells_address, tells, "{path}");
    }
    for (kind, path, text) in [
        (Kind::Kandidaat, "geslachtsnaam", TextUse::Name),
        (Kind::Verwijzing, "uitvoerder/naam", TextUse::Name),
        (Kind::Verwijzing, "nummer", TextUse::Number),
        (Kind::Verwijzing, "uitvoerder/oin", TextUse::Number),
        (Kind::Verwijzing, "doel", TextUse::Free),
        (Kind::Werkprofiel, "cursussen/*/naam", TextUse::Free),
    ] {
        assert_eq!(attribute(kind, path).text, text, "{path}");
    }
}

#[test]
fn a_schema_that_leaves_a_field_half_said_does_not_load() {
    for (from, to, reason) in [
        (r#""title": "Voorletters", "#, "", "title"),
        (r#""x-title-en": "Initials", "#, "", "title"),
        (r#""x-eigenaar": ["G", "U"], "#, "", "x-eigenaar"),
        (r#""x-klasse": "B", "#, "", "x-klasse"),
        (r#""x-klasse": "B", "#, r#""x-klasse": "E", "#, "x-klasse"),
        (
            r#""x-eigenaar": ["G", "U"], "#,
            r#""x-eigenaar": ["X"], "#,
            "x-eigenaar",
        ),
        (r#", "maxLength": 20"#, "", "limits"),
        (
            r#""maxLength": 20"#,
            r#""maxLength": 20, "format": "onbekend""#,
            "format",
        ),
        (
            r#""maxLength": 20"#,
            r#""maxLength": 20, "x-codelijst": "BESTAATNIET""#,
            "codelijst",
        ),
        (
            r#""maxLength": 20"#,
            r##""maxLength": 20, "$ref": "#/$defs/x""##,
            "$ref",
        ),
        (
            r#""maxLength": 20"#,
            r#""maxLength": 20, "x-beperkt": "ja""#,
            "x-beperkt",
        ),
        (
            r#""maxLength": 20"#,
            r#""maxLength": 20, "x-codelijst": "GESLACHT", "x-beperkt": ["7"]"#,
            "x-beperkt",
        ),
        (
            r#""maxLength": 20"#,
            r#""maxLength": 20, "x-tekst": "proza""#,
            "x-tekst",
        ),
        (
            r#""maxLength": 20"#,
            r#""maxLength": 20, "x-adres": "ja""#,
            "x-adres",
        ),
        (
            r#""additionalProperties": false"#,
            r#""additionalProperties": true"#,
            "additionalProperties",
        ),
    ] {
        let schema = r#"{"title": "Kandidaat", "x-title-en": "Candidate", "type": "object",
            "additionalProperties": false, "properties": {"voorletters": {"title": "Voorletters", "x-title-en": "Initials", "x-eigenaar": ["G", "U"], "x-klasse": "B", "type": "string", "maxLength": 20}}}"#;
        let load = |kandidaat: &str| {
            let mut sources = SOURCES;
            for source in &mut sources {
                if source.0 == "kandidaat" {
                    source.1 = kandidaat;
                }
            }
            Schemas::from_sources(&sources)
                .err()
                .map(|error| error.to_string())
        };
        assert_eq!(load(schema), None);
        let broken = schema.replace(from, to);
        assert_ne!(broken, schema, "{from}");
        let error = load(&broken).unwrap_or_default();
        assert!(
            error.contains(reason) && error.contains("kandidaat"),
            "{from}: {error}"
        );
    }
}

#[test]
fn the_attributes_keep_the_order_of_the_schema() {
    let paths: Vec<&str> = SCHEMAS
        .attributes(Kind::Logboekregel)
        .iter()
        .map(|attribute| &*attribute.path)
        .take(4)
        .collect();
    assert_eq!(paths, ["opdracht", "kandidaat", "nummer", "externeIds"]);
}
