use super::SCHEMAS;
use super::library;
use super::read;
use schakel::adapters;
use schakel::canonical::Kind;
use schakel::document::Lang;
use schakel::mapping::laws;
use serde_json::Value as Json;
use serde_json::json;

const SHARED: &str = r#"
[fragment.bereikbaar]

[[fragment.bereikbaar.rule]]
source = "r:telefoon"
target = "telefoon"

[[fragment.bereikbaar.rule]]
source = "r:email"
target = "email"

[fragment.afspraak]

[[fragment.afspraak.rule]]
source = "@r:kanaal"
const  = "${kanaal}"

[[fragment.afspraak.rule]]
include = "bereikbaar"
source  = "r:langs"
"#;

const MAPPING: &str = r#"
[mapping]
organisatie = "org"
soort = "zaak"
titel = "Titel"
status = "test"
direction = "both"
format = "xml"
main = "verwijzing"
delivers = "verwijzing"

[xml]
root = "r:zaak"
namespaces = { r = "urn:r" }

[[rule]]
source = "r:nummer"
target = "verwijzing.nummer"
required = true

[[rule]]
source = "r:opdrachtgever"
target = "verwijzing.opdrachtgever.oin"
required = true

[[rule]]
source = "r:soort"
target = "verwijzing.soort"
required = true

[[rule]]
include = "bereikbaar"
source  = "r:klant"
target  = "kandidaat"

[[rule]]
include = ["afspraak"]
source  = "r:coach/"
target  = "verwijzing.contactpersoon"
with    = { kanaal = "werk" }
"#;

const DOCUMENT: &str = r#"<r:zaak xmlns:r="urn:r">
<r:nummer>1</r:nummer><r:opdrachtgever>00000099000000484000</r:opdrachtgever><r:soort>verwijzing</r:soort>
<r:klant><r:telefoon>0612345678</r:telefoon></r:klant>
<r:coach r:kanaal="werk"><r:langs><r:telefoon>0201234567</r:telefoon><r:email>c@voorbeeld.nl</r:email></r:langs></r:coach>
</r:zaak>"#;

#[test]
fn one_fragment_serves_two_places_both_ways() {
    let library = library(&[("_gedeeld/delen.toml", SHARED), ("org/zaak.toml", MAPPING)]);
    let mapping = library.get("org", "zaak").expect("it was compiled");
    let decoded = read(mapping, DOCUMENT);
    assert_eq!(decoded.faults, []);
    let element = &decoded.elements[0];
    assert_eq!(element.faults, []);
    let record = |kind| Json::Object(element.bundle.record(kind).cloned().unwrap_or_default());
    assert_eq!(record(Kind::Kandidaat), json!({"telefoon": ["0612345678"]}));
    assert_eq!(
        record(Kind::Verwijzing)["contactpersoon"],
        json!({"telefoon": "0201234567", "email": "c@voorbeeld.nl"})
    );
    let place = element.place_of(Kind::Verwijzing, "/contactpersoon/email");
    assert_eq!(place.location(Lang::Nl), "/r:zaak/r:coach/r:langs/r:email");
    let encoded = mapping.encode(&json!({}), std::slice::from_ref(&element.bundle));
    let bytes = adapters::encode(&encoded.document, mapping.wire()).expect("writable");
    assert_eq!(
        String::from_utf8_lossy(&bytes)
            .split_once("?>")
            .map(|(_, text)| text.trim().replace('\n', "")),
        Some(DOCUMENT.replace('\n', ""))
    );
    assert!(laws::check(mapping, &SCHEMAS, 3, 100).is_ok());
}

#[test]
fn a_prefix_in_a_table_is_the_beginning_of_each_header() {
    let shared = r#"
[fragment.tijd]
[[fragment.tijd.rule]]
source = "van"
aliases = ["vanaf"]
target = "beginTijd"
[[fragment.tijd.rule]]
source = "tot"
target = "eindTijd"
when = { source = "telt", is = "J" }
"#;
    let mapping = r#"
[mapping]
organisatie = "org"
soort = "uren"
titel = "Titel"
status = "test"
direction = "in"
format = "csv"
main = "logboekregel"
[[rule]]
source = "Datum"
target = "logboekregel.datum"
required = true
[[rule]]
source = "Minuten"
target = "logboekregel.minuten"
required = true
[[rule]]
include = "tijd"
source = "Contact "
target = "logboekregel"
"#;
    let library = library(&[("_gedeeld/delen.toml", shared), ("org/uren.toml", mapping)]);
    let mapping = library.get("org", "uren").expect("it was compiled");
    let text = "Datum;Minuten;Contact vanaf;Contact tot;Contact telt\n\
                2024-04-02;75;09:00;10:15;J\n2024-04-03;75;09:00;10:15;N\n";
    let decoded = read(mapping, text);
    assert_eq!(decoded.faults, []);
    let times = |index: usize| {
        let record = decoded.elements[index].bundle.record(Kind::Logboekregel);
        let record = record.expect("a logboekregel");
        (
            record.get("beginTijd").cloned(),
            record.get("eindTijd").cloned(),
        )
    };
    assert_eq!(times(0), (Some(json!("09:00")), Some(json!("10:15"))));
    assert_eq!(times(1), (Some(json!("09:00")), None));
}

#[test]
fn a_fragment_may_stand_among_the_rules_of_a_group() {
    let shared = r#"
[fragment.doel]
[[fragment.doel.rule]]
source = "nr"
target = "nr"
required = true
[[fragment.doel.rule]]
source = "tekst"
target = "omschrijving"
"#;
    let mapping = r#"
[mapping]
organisatie = "org"
soort = "plan"
titel = "Titel"
status = "test"
direction = "both"
format = "json"
main = "trajectplan"
delivers = "trajectplan"
[[rule]]
source = "begin"
target = "trajectplan.begindatum"
required = true
[[rule]]
source = "doelen"
target = "trajectplan.doelen"
key = "nr"
  [[rule.rule]]
  include = "doel"
  source = "doel"
"#;
    let library = library(&[("_gedeeld/delen.toml", shared), ("org/plan.toml", mapping)]);
    let mapping = library.get("org", "plan").expect("it was compiled");
    let decoded = read(
        mapping,
        r#"{"begin": "2024-04-02", "doelen": [{"doel": {"nr": 1, "tekst": "Op tijd"}}]}"#,
    );
    let record = decoded.elements[0]
        .bundle
        .record(Kind::Trajectplan)
        .cloned();
    assert_eq!(
        record.and_then(|record| record.get("doelen").cloned()),
        Some(json!([{"nr": 1, "omschrijving": "Op tijd"}]))
    );
    assert!(laws::check(mapping, &SCHEMAS, 5, 100).is_ok());
}

#[test]
fn a_change_in_a_fragment_is_a_new_revision_of_who_includes_it_and_of_nobody_else() {
    let alone = MAPPING
        .replace("\"zaak\"", "\"los\"")
        .replace("delivers = \"verwijzing\"\n", "")
        .replace("\"both\"", "\"in\"");
    let end = alone.find("[[rule]]\ninclude").expect("it includes");
    let revisions = |shared: &str| {
        let library = library(&[
            ("_gedeeld/delen.toml", shared),
            ("org/los.toml", &alone[..end]),
            ("org/zaak.toml", MAPPING),
        ]);
        ["zaak", "los"].map(|soort| {
            library
                .get("org", soort)
                .expect("there")
                .revision()
                .to_owned()
        })
    };
    let [before, other] = revisions(SHARED);
    let [after, same] = revisions(&SHARED.replace("r:telefoon", "r:tel"));
    assert_ne!(before, after);
    assert_eq!(other, same);
}

#[test]
fn a_place_shows_the_words_of_a_fragment() {
    let library = library(&[("_gedeeld/delen.toml", SHARED), ("org/zaak.toml", MAPPING)]);
    let mapping = library.get("org", "zaak").expect("it was compiled");
    let wrong = DOCUMENT.replace("<r:langs>", "<r:langs><r:email>d@voorbeeld.nl</r:email>");
    let mut faults = read(mapping, &wrong).elements[0].faults.clone();
    mapping.veil(&mut faults);
    let places: Vec<_> = faults
        .iter()
        .map(|fault| fault.place.location(Lang::Nl))
        .collect();
    assert_eq!(places, ["/r:zaak/r:coach/r:langs/r:email"]);
}
