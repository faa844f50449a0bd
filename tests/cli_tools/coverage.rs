use crate::program::Program;
use crate::program::code;
use crate::program::err;
use crate::program::fixture;
use crate::program::out;
use crate::shared::changed;
use serde_json::Value;

fn report(program: &Program, arguments: &[&str]) -> Value {
    let made = program.run(&[&["mapping", "coverage"], arguments, &["--json"]].concat());
    assert_eq!(code(&made), 0, "{}", err(&made));
    serde_json::from_slice(&made.stdout).expect("JSON")
}

fn names<'v>(list: &'v Value, key: &str) -> Vec<&'v str> {
    let list = list.as_array().expect("a list");
    list.iter().filter_map(|one| one[key].as_str()).collect()
}

#[test]
fn coverage_names_what_nobody_reads_what_nobody_fills_and_what_can_stay_empty() {
    let program = Program::new();
    let found = report(&program, &["uwv/sonar"]);
    assert_eq!(
        found["voorbeelden"], 1,
        "the case of the mapping is a sample"
    );
    let inward = &found["naarBinnen"];
    assert_eq!(names(&inward["ongelezen"], "pad"), [""; 0]);
    assert!(names(&inward["overgeslagen"], "pad").contains(&"Leeftijd"));
    let unfilled = names(&inward["ongevuld"], "attribuut");
    assert!(
        unfilled.contains(&"kandidaat.geboortedatum"),
        "{unfilled:?}"
    );
    assert!(!unfilled.contains(&"kandidaat.bsn"), "{unfilled:?}");
    assert!(
        unfilled.contains(&"kandidaat.adres.land")
            || unfilled
                .iter()
                .any(|one| one.starts_with("kandidaat.adres.")),
        "parts of a group that is filled are named one by one: {unfilled:?}"
    );
    assert!(found["naarBuiten"].is_null());
    program.write("extra.csv", "Dossier;Datum;Uur;Kleur;Telefoonnummer\nD1;02-04-2024;1,5;groen;\nD2;03-04-2024;1,5;blauw;\n");
    let found = report(&program, &["aanbieder-a/logboek", "--sample", "extra.csv"]);
    let unread = &found["naarBinnen"]["ongelezen"];
    assert_eq!(names(unread, "pad"), ["Kleur", "Telefoonnummer"]);
    assert_eq!(
        (&unread[0]["aantal"], &unread[1]["aantal"]),
        (&2.into(), &0.into())
    );
    let found = report(&program, &["aanbieder-a/trajectplan"]);
    assert!(
        names(&found["naarBinnen"]["ongelezen"], "pad").is_empty(),
        "{found:#}"
    );
    assert!(names(&found["naarBinnen"]["kanLeeg"], "attribuut").is_empty());
    let open = changed(
        &program,
        "aanbieder-a/trajectplan.toml",
        "target   = \"nr\"\n  codec    = \"integer\"\n  required = true",
        "target   = \"nr\"\n  codec    = \"integer\"",
    );
    let found = report(&program, &[&open]);
    let open = names(&found["naarBinnen"]["kanLeeg"], "attribuut");
    assert_eq!(open, ["trajectplan.doelen.nr"], "required within its group");
}

#[test]
fn a_name_that_may_be_the_datum_of_somebody_is_told_by_its_place() {
    let program = Program::new();
    let dorp = std::fs::read_to_string(fixture(
        "gemeente-voorbeelddorp/voorbeelden/verwijzing.json",
    ));
    let more = r#""aantal": 2, "kleur": "rood", "Jan Jansen": "x",
        "bezoek": {"999990019": {"stap": 1}, "naam": "x", "123456782": {"stap": 2, "gang": 1}},
        "fiets": {"Toonbeeld": {"stap": 1, "gang": 1}, "Bedenksel": {"stap": 2}},
        "vracht": {"Toonbeeld": 1.5, "Bedenksel": 2}, "band": {"breed": 1, "smal": 2},"#;
    program.write(
        "dorp.json",
        &dorp.expect("there").replacen("\"aantal\": 2,", more, 1),
    );
    program.write(
        "logboek.csv",
        "Dossier;Datum;Uur;Kleur;Jan Jansen;06-12345678;Zzz Koel\nD1;02-04-2024;1,5;groen;1;2;3\n",
    );
    for (mapping, sample, unread) in [
        (
            "gemeente-voorbeelddorp/verwijzing",
            "dorp.json",
            &[
                ("kleur", 1),
                ("*", 1),
                ("bezoek/*/stap", 2),
                ("bezoek/*/gang", 1),
                ("bezoek/naam", 1),
                ("fiets/*/stap", 2),
                ("fiets/*/gang", 1),
                ("vracht/*", 2),
                ("band/breed", 1),
                ("band/smal", 1),
                // of a case of the mapping
                ("aanmeldingen/inwoner/kleur", 1),
            ][..],
        ),
        (
            "aanbieder-a/logboek",
            "logboek.csv",
            &[("Kleur", 1), ("* (E)", 1), ("* (F)", 1), ("* (G)", 1)],
        ),
    ] {
        let found = report(&program, &[mapping, "--sample", sample]);
        let found = found["naarBinnen"]["ongelezen"].as_array().expect("a list");
        let found: Vec<_> = found
            .iter()
            .map(|one| (one["pad"].as_str().expect("a path"), one["aantal"].as_u64()))
            .collect();
        let unread: Vec<_> = unread
            .iter()
            .map(|(path, times)| (*path, Some(*times)))
            .collect();
        assert_eq!(found, unread, "{mapping}");
        let said = out(&program.run(&["mapping", "coverage", mapping, "--sample", sample]));
        assert!(said.contains("Een * staat voor namen die"), "{said}");
        let plain = out(&program.run(&["mapping", "coverage", mapping]));
        assert!(!plain.contains("Een * staat"), "{plain}");
    }
}

#[test]
fn coverage_tells_which_rules_do_not_come_back_and_why() {
    let program = Program::new();
    let found = report(&program, &["gemeente-voorbeeldstad/verwijzing"]);
    let losses = found["verlies"].as_array().expect("a list");
    let why = |rule: &str| -> Vec<&str> {
        let own = losses.iter().filter(|one| one["regel"] == rule);
        own.filter_map(|one| one["waarom"].as_str()).collect()
    };
    assert_eq!(why("afzender"), ["richting"]);
    assert_eq!(why("soort relatie, uitgaand"), ["richting"]);
    assert_eq!(why("rei:gewensteIngangsdatum"), ["schrijfwijze"]);
    assert_eq!(why("rei:instrument"), ["bewaard", "codelijst"]);
    let lacking = losses
        .iter()
        .find(|one| one["waarom"] == "codelijst" && one["regel"] == "rei:instrument");
    let lacking = lacking.and_then(|one| one["uitleg"]["en"].as_str());
    assert!(
        lacking.is_some_and(|said| said.contains("opstapbaan") && !said.contains("31")),
        "codes of the list that no text stands for: {lacking:?}"
    );
    assert_eq!(why("rei:klant/rei:bsn"), ["schrijfwijze"]);
    assert_eq!(why("rei:doel"), [""; 0], "plain text comes back");
    let outward = &found["naarBuiten"];
    assert!(
        names(&outward["ongevuld"], "attribuut").contains(&"kandidaat.adres"),
        "a group of which nothing goes is named once"
    );
    let made = program.run(&[
        "--lang",
        "en",
        "mapping",
        "coverage",
        "gemeente-voorbeeldstad/verwijzing",
    ]);
    let text = out(&made);
    for part in [
        "Coming in: ",
        "Going out: ",
        "What does not come back",
        "afzender: The rule only reads",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn coverage_of_a_workbook_reads_the_sample_as_the_server_does() {
    let program = Program::new();
    let sample = fixture("uwv/voorbeelden/sonar.xlsx");
    let sample = sample.to_string_lossy();
    assert_eq!(
        report(&program, &["uwv/sonar", "--sample", &sample])["voorbeelden"],
        2
    );
    program.write("geen.xlsx", "dit is geen werkmap");
    let refused = program.run(&["mapping", "coverage", "uwv/sonar", "--sample", "geen.xlsx"]);
    assert_eq!(code(&refused), 1);
    assert!(err(&refused).contains("geen.xlsx: "), "{}", err(&refused));
}

#[test]
fn coverage_counts_the_rules_that_are_taken_over_from_other_files() {
    let program = Program::new();
    for mapping in ["vum/profiel-3", "vum/profiel-1-1"] {
        let found = report(&program, &[mapping]);
        let inward = &found["naarBinnen"];
        assert_eq!(names(&inward["ongelezen"], "pad"), [""; 0], "{mapping}");
        let unfilled = names(&inward["ongevuld"], "attribuut");
        assert!(
            !unfilled.contains(&"kandidaat.klantnummer"),
            "{mapping} {unfilled:?}"
        );
    }
}

#[test]
fn a_sample_that_the_mapping_cannot_read_has_no_coverage_and_that_is_said() {
    let program = Program::new();
    program.write("komma.csv", "Dossier,Datum,Uur\nD1,02-04-2024,1.5\n");
    let asked = [
        "mapping",
        "coverage",
        "aanbieder-a/logboek",
        "--sample",
        "komma.csv",
    ];
    let made = program.run(&asked);
    assert_eq!(code(&made), 1, "{}", out(&made));
    assert!(err(&made).contains("`delimiter`"), "{}", err(&made));
    assert!(out(&made).is_empty(), "{}", out(&made));
    let one = program.run(&["mapping", "coverage", "uwv/sonar"]);
    assert!(out(&one).contains("1 voorbeeld of geval"), "{}", out(&one));
}
