//! The laws of the shipped mappings, on generated records and on their example documents.

use schakel::adapters;
use schakel::adapters::Limits;
use schakel::document::Lang;
use schakel::mapping::LawClass;
use schakel::mapping::Library;
use schakel::mapping::laws;
use schakel::schema::Schemas;
use std::path::Path;
use std::sync::LazyLock;

/// Generated records for each mapping.
const LAW_CASES: u32 = 100;

static SCHEMAS: LazyLock<Schemas> =
    LazyLock::new(|| Schemas::embedded().expect("the schemas are tested elsewhere"));
static SHIPPED: LazyLock<Library> =
    LazyLock::new(|| Library::shipped(&SCHEMAS).unwrap_or_else(|found| panic!("{found:#?}")));

#[test]
fn the_shipped_mappings_compile_without_a_warning() {
    let found: Vec<_> = SHIPPED
        .warnings()
        .iter()
        .map(|one| one.render(Lang::En))
        .collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn the_laws_hold_for_generated_records() {
    let checked = SHIPPED
        .all()
        .map(|mapping| laws::check(mapping, &SCHEMAS, 1, LAW_CASES));
    let found: Vec<_> = checked
        .filter_map(Result::err)
        .map(|one| one.to_string())
        .collect();
    assert!(found.is_empty(), "{}", found.join("\n\n"));
}

#[test]
fn example_documents_of_two_way_mappings_are_stable_after_one_round() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("mappings");
    for mapping in SHIPPED.all() {
        let (org, soort) = mapping.id();
        let Ok(entries) = std::fs::read_dir(folder.join(org).join("voorbeelden")) else {
            continue;
        };
        for entry in entries.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let bytes = std::fs::read(entry.path()).expect("it was listed");
            let document = adapters::decode(&bytes, mapping.wire(), &Limits::default());
            if let (true, Ok(document)) = (name.starts_with(soort), document) {
                assert_eq!(laws::stable(mapping, &document), Ok(()), "{org}/{name}");
            }
        }
    }
}

#[test]
fn a_mapping_says_of_each_rule_how_much_comes_back() {
    let mapping = SHIPPED
        .get("gemeente-voorbeeldstad", "verwijzing")
        .expect("it is shipped");
    let rules = mapping.rules();
    assert!(rules.iter().any(|rule| rule.law == LawClass::Lossless));
    assert!(rules.iter().any(|rule| rule.law == LawClass::Normalising));
    assert!(
        rules
            .iter()
            .all(|rule| rule.inward && rule.outward || rule.law == LawClass::OneWay)
    );
}
