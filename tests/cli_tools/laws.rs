use crate::program::Program;
use crate::program::code;
use crate::program::err;
use crate::program::out;
use crate::shared::json;

const HEAD: &str = "[mapping]\norganisatie = \"f\"\ntitel = \"t\"\nstatus = \"[ASM]\"\nformat = \"json\"\nmain = \"kandidaat\"\n";
const NUMBER: &str =
    "[[rule]]\nsource = \"nr\"\ntarget = \"kandidaat.klantnummer\"\nrequired = true\n";
/// What is written is read with a table of its own, in which the second text means the same as the first.
const MISREAD: &str = "[[rule]]\nsource = \"g\"\ntarget = \"kandidaat.geslacht\"\ndirection = \"out\"\n\
    codec = { codec = \"table\", codes = { \"a!\" = \"1\", \"A!\" = \"2\" } }\n\
    [[rule]]\nsource = \"g\"\ntarget = \"kandidaat.geslacht\"\ndirection = \"in\"\n\
    codec = { codec = \"table\", codes = { \"a!\" = \"1\", \"A!\" = \"1\" } }\n";
/// It fails in both its halves.
const CASE: &str = "[[case]]\nname = \"beide helften\"\ngiven = '{\"nr\": \"1\"}'\n\
    expect = [{ kandidaat = { klantnummer = \"2\" } }]\n\
    bundles = [{ kandidaat = { klantnummer = \"1\" } }]\ndocument = '{\"nr\": \"2\"}'\n";

fn both(soort: &str, more: &[&str]) -> String {
    let head = HEAD.replace("titel", &format!("soort = \"{soort}\"\ntitel"));
    format!(
        "{head}direction = \"both\"\ndelivers = \"none\"\n{NUMBER}{}",
        more.concat()
    )
}

#[test]
fn test_counts_cases_and_laws_and_shows_what_does_not_hold() {
    let program = Program::new();
    program.write("m/f/fout.toml", &both("fout", &[MISREAD, CASE]));
    let tested = program.run(&["mapping", "test", "m"]);
    assert_eq!(code(&tested), 1);
    let told = err(&tested);
    for expected in [
        "f/fout: het geval \"beide helften\" houdt geen stand: verwacht  [{",
        "f/fout: het geval \"beide helften\" houdt geen stand: er kwam een ander document uit:\n{\n  \"nr\": \"1\"\n}",
        "f/fout: een wet houdt geen stand (seed 1, bericht ",
        "kandidaat/geslacht ging eruit als \"2\" en kwam terug als \"1\"\n  gegevens:\n",
        "  document:\n    {\n",
        "\"g\": \"A!\"\n",
        "\n0 gevallen en wetten houden stand, 2 niet. De wetten zijn geprobeerd op 200 gemaakte berichten en op 2 documenten",
    ] {
        assert!(told.contains(expected), "{expected}\n{told}");
    }
    program.write("m/f/goed.toml", &both("goed", &[]));
    let one = program.run(&["mapping", "test", "m/f/goed.toml", "--messages", "20"]);
    assert_eq!(code(&one), 0, "one mapping by its file: {}", err(&one));
    assert!(err(&one).contains("\n1 geval of wet houdt stand, 0 niet."));
    let none = program.run(&["mapping", "test", "m/f/geen.toml"]);
    assert_eq!(code(&none), 1);
    assert!(
        err(&none).contains("dit bestand of deze map bestaat niet"),
        "{}",
        err(&none)
    );
    std::fs::remove_file(program.folder.join("m/f/goed.toml")).expect("removed");
    let english = program.run(&["--lang", "en", "mapping", "test", "m", "--messages", "50"]);
    let told = err(&english);
    assert!(
        told.contains("the case \"beide helften\" does not hold: expected  [{"),
        "{told}"
    );
    assert!(told.contains("0 cases and laws hold, 2 do not."), "{told}");
    assert!(told.contains("on 50 generated messages"), "{told}");
}

/// What the condition looks at is no part of the example: no rule writes it. What makes the rule write is.
#[test]
fn test_names_the_condition_that_keeps_a_value_from_coming_back() {
    let program = Program::new();
    let rules = "[[rule]]\nsource = \"naam\"\ntarget = \"kandidaat.voornamen\"\n\
        when = { source = \"k\", is = [\"J\", \"j\"], target = \"kandidaat.geslacht\", value = \"1\" }\n\
        [[rule]]\nsource = \"g\"\ntarget = \"kandidaat.geslacht\"\n";
    program.write("m/f/fout.toml", &both("fout", &[rules]));
    for (lang, expected) in [
        (
            "nl",
            "kwam terug als niets\n  regel `naam` leest alleen als `k` is \"J\" of \"j\"; geen regel schrijft dat\n  gegevens:",
        ),
        (
            "en",
            "came back as nothing\n  rule `naam` reads only if `k` is \"J\" or \"j\"; no rule writes that\n  records:",
        ),
    ] {
        let tested = program.run(&["--lang", lang, "mapping", "test", "m"]);
        assert_eq!(code(&tested), 1);
        let told = err(&tested);
        assert!(told.contains(expected), "{told}");
        assert!(told.contains("\"geslacht\": \"1\""), "{told}");
        assert!(told.contains("\"naam\": "), "it is written: {told}");
    }
}

#[test]
fn test_says_that_a_mapping_has_no_cases_and_does_not_count_what_it_did_not_try() {
    let program = Program::new();
    let head = HEAD.replace("titel", "soort = \"leeg\"\ntitel");
    program.write(
        "m/f/leeg.toml",
        &format!("{head}direction = \"in\"\n{NUMBER}"),
    );
    let tested = program.run(&["mapping", "test", "m"]);
    assert_eq!(code(&tested), 0);
    assert!(
        err(&tested).starts_with(
            "f/leeg: er zijn geen gevallen.\n0 gevallen en wetten houden stand, 0 niet."
        )
    );
}

#[test]
fn import_writes_nothing_that_does_not_hold() {
    for (broken, expected) in [(MISREAD, "M131"), (CASE, "M130")] {
        let program = Program::new();
        program.write("m/f/fout.toml", &both("fout", &[broken]));
        let made = program.run(&["mapping", "export", "m/f/fout.toml", "--xlsx", "m.xlsx"]);
        assert_eq!(code(&made), 0, "{}", err(&made));
        let read = program.run(&["mapping", "import", "m.xlsx", "--out", "uit.toml"]);
        assert_eq!(code(&read), 1);
        assert!(err(&read).contains(expected), "{}", err(&read));
        assert!(
            !program.folder.join("uit.toml").exists(),
            "it is not written"
        );
        let told = program.run(&["mapping", "import", "m.xlsx", "--json"]);
        let found = &json(&out(&told))[0];
        assert_eq!(found["code"], expected);
        // a case has its row; a law is about all rules together
        let sheet = if expected == "M130" {
            "gevallen".into()
        } else {
            serde_json::Value::Null
        };
        assert_eq!(found["blad"], sheet);
    }
}

#[test]
fn import_runs_the_cases_beside_the_mapping_too() {
    let program = Program::new();
    program.write("m/f/goed.toml", &both("goed", &[]));
    let made = program.run(&["mapping", "export", "m/f/goed.toml", "--xlsx", "m.xlsx"]);
    assert_eq!(code(&made), 0, "{}", err(&made));
    let import = [
        "mapping",
        "import",
        "m.xlsx",
        "--mappings",
        "m",
        "--out",
        "m/f/goed.toml",
    ];
    assert_eq!(code(&program.run(&import)), 0);
    program.write("m/f/goed.cases.toml", CASE);
    let read = program.run(&import);
    assert_eq!(code(&read), 1);
    assert!(err(&read).contains("M130"), "{}", err(&read));
}

#[test]
fn serve_and_config_check_refuse_a_folder_with_what_does_not_hold() {
    let program = Program::new();
    program.write("schakel.toml", "[mappings]\nmap = \"m\"\n");
    program.write("m/f/een.toml", &both("een", &[CASE]));
    program.write("m/f/twee.toml", &both("twee", &[MISREAD]));
    for command in [&["serve"][..], &["config", "check"]] {
        let refused = program.run(command);
        assert_eq!(code(&refused), 1, "{command:?}");
        let told = err(&refused);
        assert!(
            told.contains("f/een: het geval \"beide helften\""),
            "{told}"
        );
        assert!(told.contains("f/twee: een wet houdt geen stand"), "{told}");
        assert!(
            told.contains("2 meldingen: deze mappings zijn niet te gebruiken."),
            "{told}"
        );
        assert!(!told.contains("klantnummer"), "no document: {told}");
        assert!(
            !program.folder.join("schakel-data").exists(),
            "nothing is opened"
        );
    }
    program.write("m/f/een.toml", &both("een", &[]));
    program.write("m/f/twee.toml", &both("twee", &[]));
    let good = program.run(&["config", "check"]);
    assert_eq!(code(&good), 0, "{}", err(&good));
}
