use crate::program::Program;
use crate::program::code;
use crate::program::err;
use crate::program::fixture;
use crate::program::out;
use crate::shared::changed;
use crate::shared::json;
use crate::shared::shipped;

#[test]
fn check_tells_every_problem_as_json_with_place_sentences_and_remedy() {
    let program = Program::new();
    let name = changed(
        &program,
        "aanbieder-a/trajectplan.toml",
        "trajectplan.begindatum",
        "trajectplan.begindatm",
    );
    let found = program.run(&["mapping", "check", &name, "--json"]);
    assert_eq!(code(&found), 1, "{}", err(&found));
    let report = json(&out(&found));
    assert_eq!(
        (&report["fouten"], &report["mappings"]),
        (&1.into(), &1.into())
    );
    let one = &report["meldingen"][0];
    assert_eq!(one["code"], "M012");
    assert_eq!(one["ernst"], "fout");
    assert_eq!(one["bestand"], "aanbieder-a/trajectplan.toml");
    assert!(one["regel"].as_u64().is_some_and(|line| line > 30), "{one}");
    assert_eq!(one["kolom"], 10);
    assert_eq!(one["oplossing"]["nl"], "Bedoelt u `begindatum`?");
    assert_eq!(one["oplossing"]["en"], "Did you mean `begindatum`?");
    let all = program.run(&["mapping", "check", "mappings", "--json"]);
    let all = json(&out(&all));
    assert_eq!(all["fouten"], 1, "a folder tells the same");
    let files = std::fs::read_dir(program.folder.join("mappings/aanbieder-a")).expect("a folder");
    let files = files.filter_map(Result::ok);
    let own = files.filter(|file| {
        let name = file.file_name().to_string_lossy().into_owned();
        let name = name.strip_suffix(".toml");
        name.is_some_and(|name| !name.contains('.'))
    });
    assert_eq!(all["mappings"], own.count());
    let lines = program.run(&["--lang", "en", "mapping", "check", &name]);
    assert!(
        err(&lines).contains("M012 `trajectplan` has no attribute `begindatm`"),
        "{}",
        err(&lines)
    );
}

#[test]
fn a_file_in_another_encoding_is_told_with_its_place_and_its_neighbours_are_checked() {
    let program = Program::new();
    program.write("m/org/fout.toml", "[mapping]\nverplicht = 1\n");
    program.write("m/org/latin.toml", "");
    let bytes = b"[mapping]\norganisatie = \"org\"\ntitel = \"\xe9\xe9n\"\n";
    std::fs::write(program.folder.join("m/org/latin.toml"), bytes).expect("written");
    let found = program.run(&["mapping", "check", "m", "--json"]);
    assert_eq!(code(&found), 1, "{}", err(&found));
    let report = json(&out(&found));
    let told = report["meldingen"].as_array().expect("a list");
    let of = |file: &str| {
        let mut own = told.iter().filter(|one| one["bestand"] == file);
        own.next().unwrap_or_else(|| panic!("{report:#}"))
    };
    let one = of("org/latin.toml");
    assert_eq!(
        (&one["code"], &one["regel"], &one["kolom"]),
        (&"M001".into(), &3.into(), &10.into())
    );
    let neighbour =
        |one: &serde_json::Value| one["bestand"] == "org/fout.toml" && one["code"] == "M002";
    assert!(told.iter().any(neighbour), "{report:#}");
}

#[test]
fn one_mapping_is_checked_and_covered_with_the_one_it_extends() {
    let program = Program::new();
    let name = "gemeente-voorbeeldstad/kennisgeving";
    let sample = shipped("gemeente-voorbeeldstad/voorbeelden/kennisgeving.xml");
    let found = program.run(&["mapping", "check", name, "--sample", &sample, "--json"]);
    assert_eq!(code(&found), 0, "{}", err(&found));
    let report = json(&out(&found));
    assert_eq!(report["mappings"], 1, "not the one it extends: {report}");
    let messages = report["meldingen"].to_string();
    assert!(!messages.contains("M071"), "of the same kind: {messages}");
    let covered = program.run(&["mapping", "coverage", name, "--json"]);
    assert_eq!(code(&covered), 0, "{}", err(&covered));
    let inward = &json(&out(&covered))["naarBinnen"];
    assert_eq!(inward["ongelezen"], serde_json::json!([]), "{inward:#}");
}

#[test]
fn check_of_the_built_in_mappings_is_in_order() {
    let program = Program::new();
    let checked = program.run(&["mapping", "check", "--json"]);
    assert_eq!(code(&checked), 0, "{}", err(&checked));
    assert_eq!(json(&out(&checked))["fouten"], 0);
    let unknown = program.run(&["mapping", "check", "niemand/niets"]);
    assert_eq!(code(&unknown), 1);
    assert!(err(&unknown).contains("uwv/sonar"), "{}", err(&unknown));
}

#[test]
fn check_against_a_sample_names_what_the_sample_does_not_have() {
    let program = Program::new();
    for (name, sample, from, to, expected) in [
        (
            "gemeente-voorbeeldstad/verwijzing.toml",
            "gemeente-voorbeeldstad/voorbeelden/verwijzing.xml",
            "rei:klant/rei:geslachtsnaam",
            "rei:klant/rei:geslachtnaam",
            "M070 The sample has no `rei:geslachtnaam` in `rei:object/rei:klant`. Did you mean `rei:geslachtsnaam`?",
        ),
        (
            "aanbieder-a/trajectplan.toml",
            "aanbieder-a/voorbeelden/trajectplan.json",
            "source = \"streef\"",
            "source = \"streeff\"",
            "M070 The sample has no `streeff` in `trajectPlan/doelen`. Did you mean `streef`?",
        ),
        (
            "aanbieder-a/logboek.toml",
            "aanbieder-a/voorbeelden/logboek.csv",
            "source = \"Omschrijving\"",
            "source = \"Omschrijvng\"",
            "M070 The sample has no column `Omschrijvng`. Did you mean `Omschrijving`?",
        ),
        (
            "uwv/sonar.toml",
            "uwv/voorbeelden/sonar.xlsx",
            "source = \"Straatnaam\"",
            "source = \"Straatnm\"",
            "M070 The sample has no column `Straatnm`. Did you mean `Straatnaam`?",
        ),
    ] {
        let mapping = changed(&program, name, from, to);
        let found = program.run(&[
            "--lang",
            "en",
            "mapping",
            "check",
            &mapping,
            "--sample",
            &shipped(sample),
        ]);
        assert_eq!(code(&found), 0, "{}", err(&found));
        assert!(err(&found).contains(expected), "{name}: {}", err(&found));
        let strict = program.run(&[
            "mapping",
            "check",
            &mapping,
            "--sample",
            &shipped(sample),
            "--strict",
        ]);
        assert_eq!(code(&strict), 1, "{name}");
    }
    let without = program.run(&["mapping", "check", "--sample", "x.xml"]);
    assert_eq!(code(&without), 64, "a sample belongs to one mapping");
}

#[test]
fn a_remedy_names_nothing_that_may_be_the_datum_of_somebody() {
    let program = Program::new();
    let mapping = changed(
        &program,
        "aanbieder-a/trajectplan.toml",
        "source = \"streef\"",
        "source = \"streeff\"",
    );
    let keyed = r#"{"trajectPlan": {"dossier": "D-1", "Jan Jansen": {"streeff": 1}, "doelen": [{"nr": 1}]}}"#;
    program.write("plan.json", keyed);
    let asked = [
        "--lang",
        "en",
        "mapping",
        "check",
        &mapping,
        "--sample",
        "plan.json",
    ];
    let found = program.run(&asked);
    assert!(
        err(&found).contains("It does stand at `trajectPlan/*/streeff`"),
        "{}",
        err(&found)
    );
    let mapping = changed(
        &program,
        "aanbieder-a/logboek.toml",
        "source = \"Omschrijving\"",
        "source = \"Klant 1234567\"",
    );
    program.write(
        "log.csv",
        "Dossier;Datum;Uur;Klant 12345678\nD1;02-04-2024;1,5;x\n",
    );
    let asked = [
        "--lang", "en", "mapping", "check", &mapping, "--sample", "log.csv",
    ];
    let found = program.run(&asked);
    assert!(
        err(&found).contains("no column `Klant 1234567`.") && !err(&found).contains("12345678"),
        "{}",
        err(&found)
    );
}

#[test]
fn check_against_an_agreement_names_rules_that_write_what_may_not_leave() {
    let program = Program::new();
    program.write(
        "so.json",
        r#"{"nummer": "SO-1", "opdrachtgever": "gemeente-voorbeeldstad", "uitvoerder": "aanbieder-a",
            "grondslag": "x", "doel": "x", "bsnToegestaan": false, "van": "2024-01-01", "attribuutset": [
            {"soort": "kandidaat", "klassen": ["A"], "reikwijdte": "toegewezen"},
            {"soort": "verwijzing", "klassen": ["A", "B", "C", "D"], "reikwijdte": "toegewezen"}]}"#,
    );
    let found = program.run(&[
        "mapping",
        "check",
        "aanbieder-a/verwijzing",
        "--agreement",
        "so.json",
        "--json",
    ]);
    let report = json(&out(&found));
    let sentences: Vec<&str> = report["meldingen"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|one| one["code"] == "M072")
        .filter_map(|one| one["melding"]["nl"].as_str())
        .collect();
    assert!(
        sentences.contains(
            &"`kandidaat.geslachtsnaam` gaat niet uit: overeenkomst SO-1 noemt klasse B niet bij `kandidaat`."
        ),
        "{sentences:#?}"
    );
    assert!(
        !sentences
            .iter()
            .any(|one| one.contains("verwijzing.nummer")),
        "{sentences:#?}"
    );
    let other = program.run(&[
        "--lang",
        "en",
        "mapping",
        "check",
        "uwv/uren",
        "--agreement",
        "so.json",
    ]);
    assert!(err(&other).contains("uwv is no party"), "{}", err(&other));
    // a rule that is taken over from a shared file counts as well
    program.write(
        "vum.json",
        r#"{"nummer": "SO-2", "opdrachtgever": "gemeente-voorbeeldstad", "uitvoerder": "vum",
            "grondslag": "x", "doel": "x", "bsnToegestaan": false, "van": "2024-01-01", "attribuutset": [
            {"soort": "kandidaat", "klassen": ["A"], "reikwijdte": "alle"},
            {"soort": "werkprofiel", "klassen": ["A", "B", "C", "D"], "reikwijdte": "alle"}]}"#,
    );
    let taken = program.run(&[
        "mapping",
        "check",
        "vum/profiel-3",
        "--agreement",
        "vum.json",
    ]);
    let expected =
        "`kandidaat.email` gaat niet uit: overeenkomst SO-2 noemt klasse B niet bij `kandidaat`.";
    assert!(err(&taken).contains(expected), "{}", err(&taken));
    program.write("leeg.json", "{}");
    let unusable = program.run(&["mapping", "check", "--agreement", "leeg.json"]);
    assert_eq!(code(&unusable), 1);
    assert!(
        err(&unusable).contains("geen bruikbaar"),
        "{}",
        err(&unusable)
    );
}

#[test]
fn a_mapping_in_a_folder_may_extend_a_built_in_one_and_the_folder_is_what_is_checked() {
    let program = Program::new();
    program.write(
        "mappings/aanbieder-c/profiel.toml",
        "[mapping]\norganisatie = \"aanbieder-c\"\nsoort = \"profiel\"\ntitel = \"Eigen\"\nextends = \"vum/profiel-3\"\ndirection = \"in\"\n",
    );
    let checked = program.run(&["mapping", "check", "mappings", "--json"]);
    assert_eq!(code(&checked), 0, "{}", err(&checked));
    assert_eq!(json(&out(&checked))["mappings"], 1);
    let one = program.run(&["mapping", "check", "mappings/aanbieder-c/profiel.toml"]);
    assert_eq!(code(&one), 0, "{}", err(&one));
    program.write("schakel.toml", "[mappings]\nmap = \"mappings\"\n");
    for mapping in ["aanbieder-c/profiel", "vum/profiel-3"] {
        let printed = program.run(&["mapping", "print", mapping]);
        assert_eq!(code(&printed), 0, "{mapping}: {}", err(&printed));
        let known = program.run(&["mapping", "check", mapping]);
        assert_eq!(code(&known), 0, "{mapping}: {}", err(&known));
    }
}

#[test]
fn check_of_one_mapping_looks_at_its_cases_and_at_what_it_cannot_say() {
    let program = Program::new();
    let mapping = changed(
        &program,
        "aanbieder-a/logboek.toml",
        "source = \"Omschrijving\"",
        "source = \"Omschrijvng\"",
    );
    let sample = std::fs::read(fixture("aanbieder-a/voorbeelden/logboek.csv")).expect("read");
    let text = String::from_utf8_lossy(&sample).into_owned();
    program.write("mappings/aanbieder-a/voorbeelden/logboek.csv", &text);
    let found = program.run(&["--lang", "en", "mapping", "check", &mapping]);
    assert!(
        err(&found)
            .contains("M070 The sample has no column `Omschrijvng`. Did you mean `Omschrijving`?"),
        "{}",
        err(&found)
    );
    let found = program.run(&["--lang", "en", "mapping", "check", "uwv/sonar"]);
    assert!(err(&found).contains("M074 "), "{}", err(&found));
}

#[test]
fn one_is_said_as_one() {
    let program = Program::new();
    let rule = "[[rule]]\nsource = \"nr\"\ntarget = \"kandidaat.klantnummer\"\nrequired = true\n";
    let head = "[mapping]\norganisatie = \"f\"\nsoort = \"m\"\ntitel = \"t\"\nstatus = \"[ASM]\"\nformat = \"json\"\nmain = \"kandidaat\"\n\
        direction = \"in\"\n";
    program.write("m/f/m.toml", &format!("{head}{rule}"));
    let said = |lang: &str| err(&program.run(&["--lang", lang, "mapping", "check", "m/f/m.toml"]));
    assert!(
        said("nl").contains("1 mapping is in orde, met "),
        "{}",
        said("nl")
    );
    assert!(
        said("en").contains("1 mapping is in order, with "),
        "{}",
        said("en")
    );
    program.write("m/f/m.toml", &format!("{head}{rule}extra = 1\n"));
    assert!(said("nl").contains("1 fout: "), "{}", said("nl"));
    assert!(said("en").contains("1 error: "), "{}", said("en"));
}
