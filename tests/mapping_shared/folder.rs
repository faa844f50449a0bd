//! A folder of an organisation's own, with the built-in mappings beside it.

use crate::SCHEMAS;
use schakel::document::Lang;
use schakel::mapping::Library;

fn over(files: &[(&str, &str)]) -> Result<Library, Vec<String>> {
    let owned: Vec<_> = files
        .iter()
        .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
        .collect();
    let lines = |found: Vec<schakel::mapping::Diagnostic>| {
        found.iter().map(|one| one.render(Lang::En)).collect()
    };
    Library::over_shipped(&owned, &SCHEMAS).map_err(lines)
}

const PROFILE: &str = "[mapping]\norganisatie = \"aanbieder-c\"\nsoort = \"profiel\"\ntitel = \"Eigen\"\nextends = \"vum/profiel-3\"\ndirection = \"in\"\n";

const CSV: &str = "[mapping]\norganisatie = \"uwv\"\nsoort = \"sonar-csv\"\ntitel = \"Eigen\"\nstatus = \"[ASM]\"\ndirection = \"in\"\nformat = \"csv\"\nmain = \"werkprofiel\"\n\n[[rule]]\nsource = \"Nr\"\ntarget = \"kandidaat.klantnummer\"\nrequired = true\n\n[[rule]]\nsource = \"Baan\"\ntarget = \"werkprofiel.rijbewijzen\"\n";

#[test]
fn a_folder_may_extend_what_is_built_in_and_the_rest_stays() {
    let library = over(&[("aanbieder-c/profiel.toml", PROFILE)]).expect("it compiles");
    let own = library.get("aanbieder-c", "profiel").expect("its own");
    assert_eq!(own.titel(), "Eigen");
    assert!(library.get("vum", "profiel-3").is_some());
    assert!(
        library
            .outbound("gemeente-voorbeeldstad", "verwijzing")
            .is_some()
    );
}

#[test]
fn a_file_of_the_folder_stands_in_the_place_of_the_built_in_one_with_its_cases() {
    let library = over(&[("uwv/sonar-csv.toml", CSV)]).expect("it compiles");
    let own = library.get("uwv", "sonar-csv").expect("it is there");
    assert_eq!(own.titel(), "Eigen");
    assert!(
        own.cases().is_empty(),
        "the built-in cases are of another mapping"
    );
    let built_in = Library::shipped(&SCHEMAS).expect("they compile");
    assert!(
        !built_in
            .get("uwv", "sonar-csv")
            .expect("it is there")
            .cases()
            .is_empty()
    );
}

#[test]
fn a_code_table_of_the_folder_is_its_own_and_leaves_the_built_in_mappings_theirs() {
    let text = format!("{CSV}codec = {{ codec = \"table\", table = \"rol-woord\" }}\n");
    // Of the same name as a built-in table, in a file of the same name and in one of another.
    for path in ["_gedeeld/tabellen.toml", "_gedeeld/eigen.toml"] {
        let files = [
            (path, "[rol-woord]\nauto = \"B\"\n"),
            ("uwv/sonar-csv.toml", &*text),
        ];
        let library = over(&files).unwrap_or_else(|found| panic!("{found:?}"));
        assert!(
            library
                .get("gemeente-voorbeeldstad", "trajectplan")
                .is_some()
        );
    }
}

#[test]
fn a_message_that_the_folder_serves_the_built_in_mapping_does_not() {
    let built_in = Library::shipped(&SCHEMAS).expect("they compile");
    let shipped = built_in
        .outbound("gemeente-voorbeeldstad", "verwijzing")
        .expect("one serves it");
    let text = format!(
        "[mapping]\norganisatie = \"gemeente-voorbeeldstad\"\nsoort = \"eigen\"\ntitel = \"Eigen\"\nextends = \"gemeente-voorbeeldstad/{}\"\n",
        shipped.id().1
    );
    let library = over(&[("gemeente-voorbeeldstad/eigen.toml", &text)]).expect("it compiles");
    let serving = library.outbound("gemeente-voorbeeldstad", "verwijzing");
    assert_eq!(serving.expect("one serves it").id().1, "eigen");
    // What is sent in the built-in form is still read.
    assert!(
        library
            .inbound("gemeente-voorbeeldstad", shipped.id().1)
            .is_some()
    );
}

#[test]
fn what_is_wrong_in_the_folder_is_said_of_its_own_file() {
    let bad = PROFILE.replace("vum/profiel-3", "vum/profiel-33");
    let found = over(&[("aanbieder-c/profiel.toml", &bad)]).expect_err("there is none");
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].starts_with("aanbieder-c/profiel.toml:5:11: M066 "),
        "{found:?}"
    );
}
