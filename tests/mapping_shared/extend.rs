use super::SCHEMAS;
use super::library;
use super::origins;
use super::read;
use schakel::adapters;
use schakel::canonical::Kind;
use schakel::mapping::Direction;
use schakel::mapping::Library;
use schakel::mapping::laws;
use serde_json::json;

/// A mapping that belongs to nobody.
const BASE: &str = r#"
[fragment.zaak]
[[fragment.zaak.rule]]
source = "nummer"
target = "verwijzing.nummer"
required = true

[mapping]
status = "test"
direction = "both"
format = "json"
main = "verwijzing"
delivers = "verwijzing"

[json]
ignore = ["oud"]
placeholders = { "?" = "waardeOnbekend" }

[[rule]]
include = "zaak"

[[rule]]
name = "opdrachtgever"
source = "gemeente"
target = "verwijzing.opdrachtgever.oin"
required = true

[[rule]]
source = "soort"
target = "verwijzing.soort"
required = true

[[rule]]
source = "klant/telefoon"
target = "kandidaat.telefoon"

[[rule]]
source = "bijlagen"
target = "verwijzing.bijlagen"
key = "hash"
  [[rule.rule]]
  source = "hash"
  target = "hash"
  [[rule.rule]]
  source = "type"
  target = "mediatype"

[[rule]]
source = "gemaakt"
const = "schakel"
direction = "out"
"#;

const FIRST: &str = r#"
[mapping]
organisatie = "org"
soort = "zaak"
titel = "Titel"
extends = "_gedeeld/basis"
remove = ["klant/telefoon", "bijlagen / type"]

[json]
placeholders = { "NNB" = "geenWaarde" }

[[rule]]
replace = "opdrachtgever"
source = "org"
target = "verwijzing.opdrachtgever.kvk"
required = true

[[rule]]
after = "nummer"
source = "doel"
target = "verwijzing.doel"

[[rule]]
after = "nummer"
source = "tegel"
target = "verwijzing.werklandschapTegel"

[[rule]]
replace = "bijlagen / hash"
source = "sha"
target = "hash"

[[rule]]
source = "spoed"
target = "verwijzing.spoed"
"#;

/// Extends what extends.
const SECOND: &str = r#"
[mapping]
organisatie = "ander"
soort = "melding"
titel = "Titel"
extends = "org/zaak"
direction = "in"

[[rule]]
replace = "opdrachtgever"
source = "ons"
target = "verwijzing.opdrachtgever.oin"
required = true
"#;

const FILES: [(&str, &str); 3] = [
    ("_gedeeld/basis.toml", BASE),
    ("org/zaak.toml", FIRST),
    ("ander/melding.toml", SECOND),
];

fn names(library: &Library, org: &str, soort: &str) -> Vec<String> {
    let mapping = library.get(org, soort).expect("it was compiled");
    mapping.rules().into_iter().map(|rule| rule.rule).collect()
}

#[test]
fn a_mapping_takes_over_another_and_changes_single_rules() {
    let library = library(&FILES);
    assert_eq!(
        names(&library, "org", "zaak"),
        [
            "nummer",
            "doel",
            "tegel",
            "opdrachtgever",
            "soort",
            "bijlagen / hash",
            "gemaakt",
            "spoed"
        ]
    );
    let mapping = library.get("org", "zaak").expect("it was compiled");
    assert_eq!(
        (mapping.direction(), mapping.delivers()),
        (Direction::Both, Some("verwijzing"))
    );
    let decoded = read(
        mapping,
        r#"{"nummer": "1", "org": "12345678", "soort": "verwijzing", "doel": "?", "tegel": "NNB", "oud": 1,
            "spoed": true, "bijlagen": [{"sha": "x"}], "gemaakt": "schakel"}"#,
    );
    assert_eq!(decoded.faults, []);
    let record = decoded.elements[0].bundle.record(Kind::Verwijzing).cloned();
    let record = record.expect("a verwijzing");
    assert_eq!(record["opdrachtgever"], json!({"kvk": "12345678"}));
    assert_eq!(record["bijlagen"], json!([{"hash": "x"}]));
    assert_eq!(
        record["waardeStatus"],
        json!({"/doel": "waardeOnbekend", "/werklandschapTegel": "geenWaarde"})
    );
    assert!(laws::check(mapping, &SCHEMAS, 7, 100).is_ok());
}

#[test]
fn a_mapping_that_only_comes_in_takes_over_nothing_that_goes_out() {
    let library = library(&FILES);
    assert_eq!(
        names(&library, "ander", "melding"),
        [
            "nummer",
            "doel",
            "tegel",
            "opdrachtgever",
            "soort",
            "bijlagen / hash",
            "spoed"
        ]
    );
    let mapping = library.get("ander", "melding").expect("it was compiled");
    assert_eq!(
        (mapping.direction(), mapping.delivers()),
        (Direction::In, None)
    );
    let decoded = read(
        mapping,
        r#"{"nummer": "1", "ons": "00000099000000484000", "soort": "verwijzing"}"#,
    );
    assert_eq!(decoded.elements[0].faults, []);
}

#[test]
fn each_rule_is_known_by_the_file_it_came_from() {
    let library = library(&FILES);
    let mapping = library.get("ander", "melding").expect("it was compiled");
    assert_eq!(
        origins(mapping),
        [
            "_gedeeld/basis.toml:3",
            "org/zaak.toml:18",
            "org/zaak.toml:23",
            "ander/melding.toml:9",
            "_gedeeld/basis.toml:28",
            "_gedeeld/basis.toml:37",
            "org/zaak.toml:28",
            "org/zaak.toml:33",
        ]
    );
}

#[test]
fn a_change_in_what_is_extended_is_a_new_revision() {
    let revisions = |base: &str| {
        let mut files = FILES;
        files[0].1 = base;
        let library = library(&files);
        [("org", "zaak"), ("ander", "melding")].map(|(org, soort)| {
            library
                .get(org, soort)
                .expect("there")
                .revision()
                .to_owned()
        })
    };
    let changed = BASE.replace(
        "required = true\n\n[[rule]]\nsource = \"soort\"",
        "[[rule]]\nsource = \"soort\"",
    );
    assert_ne!(changed, BASE);
    let (before, after) = (revisions(BASE), revisions(&changed));
    assert_ne!(before[0], after[0]);
    assert_ne!(before[1], after[1]);
}

#[test]
fn another_format_takes_over_no_table_of_the_first() {
    let xml = r#"
[mapping]
organisatie = "org"
soort = "xml"
titel = "Titel"
extends = "_gedeeld/basis"
direction = "in"
format = "xml"
remove = ["klant/telefoon"]
[xml]
root = "zaak"
"#;
    let library = library(&[("_gedeeld/basis.toml", BASE), ("org/xml.toml", xml)]);
    let mapping = library.get("org", "xml").expect("it was compiled");
    let text = "<zaak><nummer>1</nummer><gemeente>00000099000000484000</gemeente><soort>verwijzing</soort></zaak>";
    assert_eq!(read(mapping, text).elements[0].faults, []);
    assert!(adapters::accepts(mapping.wire(), "application/xml"));
}
