use crate::program::Program;
use crate::program::code;
use crate::program::err;
use crate::program::out;
use crate::shared::json;
use crate::shared::shipped;

#[test]
fn new_writes_a_mapping_that_check_takes_and_that_reads_its_sample() {
    let program = Program::new();
    for (sample, name, has) in [
        ("uwv/voorbeelden/sonar.xlsx", "caseload", "source = \"BSN\""),
        (
            "aanbieder-a/voorbeelden/logboek.csv",
            "logboek",
            "encoding  = \"windows-1252\"",
        ),
        (
            "gemeente-voorbeeldstad/voorbeelden/verwijzing.xml",
            "verwijzing",
            "root       = \"rei:verwijzing_Di01\"",
        ),
        (
            "gemeente-voorbeelddorp/voorbeelden/verwijzing.json",
            "aanmelding",
            "element = \"aanmeldingen\"",
        ),
    ] {
        let (sample, file) = (shipped(sample), format!("mappings/aanbieder-c/{name}.toml"));
        program.write(&file, "");
        let made = program.run(&[
            "--lang", "en", "mapping", "new", "--from", &sample, "--out", &file,
        ]);
        assert_eq!(code(&made), 0, "{name}: {}", err(&made));
        assert!(err(&made).contains("%  "), "{}", err(&made));
        let text = std::fs::read_to_string(program.folder.join(&file)).expect("written");
        assert!(
            text.contains(has) && text.contains("organisatie = \"aanbieder-c\""),
            "{text}"
        );
        assert!(text.contains("# zekerheid"), "{text}");
        assert!(!text.contains("999990019") && !err(&made).contains("999990019"));
        let checked = program.run(&["mapping", "check", &file, "--sample", &sample]);
        assert_eq!(code(&checked), 0, "{name}: {}\n{text}", err(&checked));
        assert!(
            !err(&checked).contains("M070") && !err(&checked).contains("M071"),
            "every path is in the sample: {}",
            err(&checked)
        );
        let read = program.run(&["--lang", "en", "validate", "--from", &file, "--in", &sample]);
        assert_ne!(code(&read), 64, "{}", err(&read));
        assert!(
            !err(&read).contains("0 taken, 0 refused"),
            "{name}: {}",
            err(&read)
        );
    }
}

#[test]
fn new_tells_what_is_proposed_as_json_and_refuses_what_is_no_sample() {
    let program = Program::new();
    program.write("x.csv", "BSN,Kleur\n999990019,Geheimsma\n");
    let made = program.run(&["mapping", "new", "--from", "x.csv", "--json"]);
    assert_eq!(code(&made), 0, "{}", err(&made));
    let found = json(&out(&made));
    assert_eq!(found[0]["attribuut"], "kandidaat.bsn");
    assert_eq!(found[0]["opgenomen"], true);
    assert_eq!(found[1]["opgenomen"], false);
    assert!(!out(&made).contains("Geheimsma") && !err(&made).contains("Geheimsma"));
    let printed = program.run(&[
        "mapping",
        "new",
        "--from",
        "x.csv",
        "--soort",
        "kleur",
        "--kind",
        "werkprofiel",
    ]);
    assert!(
        out(&printed).contains("soort       = \"kleur\""),
        "{}",
        out(&printed)
    );
    assert!(out(&printed).contains("main        = \"werkprofiel\""));
    program.write("kaal.csv", "999990019;Geheimsma\n123456782;Toonbeeld\n");
    let bare = program.run(&["mapping", "new", "--from", "kaal.csv"]);
    assert!(
        err(&bare).contains("geen rij met koppen")
            && err(&bare).contains("Kolom A  ->  kandidaat.bsn"),
        "{}",
        err(&bare)
    );
    assert!(!out(&bare).contains("Geheimsma") && !err(&bare).contains("Geheimsma"));
    program.write("y.txt", "Geheimsma");
    program.write("leeg.csv", "\n");
    for (arguments, exit) in [
        (&["--from", "y.txt"][..], 1),
        (&["--from", "leeg.csv"], 1),
        (&["--from", "er-niet.csv"], 1),
        (&["--from", "x.csv", "--kind", "kleur"], 64),
        (&["--from", "x.csv", "--organisatie", "Aanbieder_C"], 64),
        (&["--from", "x.csv", "--organisatie", "aanbieder/c"], 64),
        (&["--from", "x.csv", "--soort", "logboek 2"], 64),
        (&["--from", "x.csv", "--soort", "canoniek"], 64),
    ] {
        let made = program.run(&[&["mapping", "new"], arguments].concat());
        assert_eq!(code(&made), exit, "{arguments:?}: {}", err(&made));
        assert!(!err(&made).contains("Geheimsma"));
        assert!(out(&made).is_empty(), "{arguments:?}");
    }
}
