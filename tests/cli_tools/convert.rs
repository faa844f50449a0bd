use crate::program::Program;
use crate::program::code;
use crate::program::err;
use crate::program::fixture;
use crate::program::out;

const HEAD: &str = "titel = \"t\"\nstatus = \"[ASM]\"\nmain = \"opdracht\"\n";

/// Mappings of one folder: two that read, and two that write names of three letters at most.
fn mappings(program: &Program) {
    let reads = "[[rule]]\nsource = \"nr\"\ntarget = \"opdracht.ordernummer\"\nrequired = true\n\
        [[rule]]\nsource = \"naam\"\ntarget = \"kandidaat.geslachtsnaam\"\n\
        [[rule]]\nsource = \"start\"\ntarget = \"opdracht.ingangsdatum\"\ncodec = \"date\"\n";
    let writes = "[[rule]]\nsource = \"nr\"\ntarget = \"opdracht.ordernummer\"\n\
        [[rule]]\nsource = \"naam\"\ntarget = \"kandidaat.geslachtsnaam\"\ncodec = { codec = \"text\", max = 3 }\n\
        [[rule]]\nsource = \"start\"\ntarget = \"opdracht.ingangsdatum\"\ncodec = \"date\"\n";
    for (soort, format, ways, rules) in [
        ("in", "csv", "direction = \"in\"\n", reads),
        ("in-json", "json", "direction = \"in\"\n", reads),
        (
            "uit",
            "csv",
            "direction = \"out\"\ndelivers = \"none\"\nper = \"message\"\n",
            writes,
        ),
        (
            "uit-json",
            "json",
            "direction = \"out\"\ndelivers = \"none\"\nper = \"message\"\n",
            writes,
        ),
    ] {
        let own = if soort == "uit-json" {
            "[json]\nlist = true\n"
        } else {
            ""
        };
        program.write(
            &format!("org/{soort}.toml"),
            &format!("[mapping]\norganisatie = \"org\"\nsoort = \"{soort}\"\nformat = \"{format}\"\n{ways}{HEAD}{own}{rules}"),
        );
    }
}

#[test]
fn what_could_not_be_written_says_of_which_element_of_the_file() {
    let program = Program::new();
    mappings(&program);
    program.write(
        "in.csv",
        "nr;naam;start\n1;Jan;2024-04-01\n2;Piet;2024-99-01\n3;Willem;2024-04-01\n4;An;2024-04-01\n",
    );
    program.write(
        "in.json",
        r#"[{"nr":"1","naam":"Jan"},{"nr":"2","naam":"Piet","start":"2024-99-01"},{"nr":"3","naam":"Willem"},{"nr":"4","naam":"An"}]"#,
    );
    // in pieces, and as a whole
    for (from, input) in [("org/in.toml", "in.csv"), ("org/in-json.toml", "in.json")] {
        for to in ["org/uit.toml", "org/uit-json.toml"] {
            let run = |report: &str| {
                let made = program.run(&[
                    "convert", "--from", from, "--to", to, "--in", input, "--out", "uit",
                    "--report", report,
                ]);
                assert_eq!(code(&made), 2, "{}", err(&made));
                err(&made)
            };
            let told = run("verslag.json");
            assert!(told.contains("record 3, kandidaat/geslachtsnaam"), "{told}");
            assert!(told.contains("1 waarde kon niet"), "{told}");
            let report = program.json("verslag.json");
            assert_eq!(report["nietTeSchrijven"][0]["record"], 3, "{report}");
            run("verslag.csv");
            let report =
                std::fs::read_to_string(program.folder.join("verslag.csv")).expect("there");
            let line = report.lines().find(|line| line.contains("uit.vorm"));
            let line = line.expect("it is told");
            assert!(line.starts_with(&format!("{input};3;")), "{line}");
        }
    }
}

#[test]
fn a_mapping_is_not_run_the_way_it_does_not_go() {
    let program = Program::new();
    mappings(&program);
    program.write("in.csv", "nr;naam\n1;Jan\n");
    for (arguments, sentence) in [
        (
            &["convert", "--from", "org/uit.toml", "--in", "in.csv"][..],
            "Deze mapping schrijft alleen",
        ),
        (
            &["validate", "--from", "org/uit.toml", "--in", "in.csv"],
            "Deze mapping schrijft alleen",
        ),
        (
            &[
                "convert",
                "--from",
                "org/in.toml",
                "--to",
                "org/in.toml",
                "--in",
                "in.csv",
            ],
            "Deze mapping leest alleen",
        ),
        (
            &[
                "--lang",
                "en",
                "convert",
                "--to",
                "org/in.toml",
                "--in",
                "in.csv",
            ],
            "This mapping only reads",
        ),
    ] {
        let made = program.run(arguments);
        assert_eq!(code(&made), 1);
        assert!(out(&made).is_empty(), "{}", out(&made));
        assert!(err(&made).contains(sentence), "{}", err(&made));
    }
}

/// What stands there and cannot be read is not missing as well.
#[test]
fn one_fault_is_said_of_one_value() {
    let program = Program::new();
    mappings(&program);
    program.write(
        "org/omvang.toml",
        &format!(
            "[mapping]\norganisatie = \"org\"\nsoort = \"omvang\"\nformat = \"json\"\ndirection = \"in\"\n{HEAD}\
             [[rule]]\nsource = \"nr\"\ntarget = \"opdracht.ordernummer\"\n\
             [[rule]]\nsource = \"volume\"\ntarget = \"opdracht.omvang.volume\"\ncodec = \"integer\"\n\
             [[rule]]\nsource = \"eenheid\"\ntarget = \"opdracht.omvang.eenheid\"\n\
             [[rule]]\nsource = \"freq\"\ntarget = \"opdracht.omvang.frequentie\"\n"
        ),
    );
    for (volume, expected) in [
        (
            r#""volume": "veel","#,
            "/volume (regel 1, kolom 12) Dit is geen getal",
        ),
        (
            r#""volume": [1, 2],"#,
            "/volume (regel 1, kolom 12) Hier staat een samengestelde waarde",
        ),
        (
            "",
            "/volume (regel 1, kolom 1) Volume: is verplicht en ontbreekt.",
        ),
    ] {
        program.write(
            "in.json",
            &format!(r#"{{{volume} "nr": "1", "eenheid": "01", "freq": "2"}}"#),
        );
        let made = program.run(&["validate", "--from", "org/omvang.toml", "--in", "in.json"]);
        let told = err(&made);
        let lines: Vec<&str> = told
            .lines()
            .filter(|line| line.contains("/volume"))
            .collect();
        assert_eq!(lines.len(), 1, "{told}");
        assert!(lines[0].starts_with(expected), "{told}");
    }
}

/// The gateway merges nobody by a message, and changes no number: trying a file out says the same.
#[test]
fn what_the_gateway_takes_from_nobody_is_refused_beside_it_too() {
    let program = Program::new();
    let example = |name: &str| {
        let path = fixture(&format!("gemeente-voorbeeldstad/voorbeelden/{name}"));
        std::fs::read_to_string(path).expect("read")
    };
    program.write("ontdubbeling.xml", &example("ontdubbeling.xml"));
    let change = example("kennisgeving.xml");
    let other = change.replacen("2024-REI-000123", "2024-REI-000999", 1);
    assert_ne!(change, other);
    program.write("nummer.xml", &other);
    for (soort, input, sentence) in [
        (
            "klantkennisgeving",
            "ontdubbeling.xml",
            "niets is samengevoegd",
        ),
        ("kennisgeving", "nummer.xml", "een verschillend nummer"),
    ] {
        let mapping = format!("gemeente-voorbeeldstad/{soort}");
        for command in ["validate", "convert"] {
            let made = program.run(&[command, "--from", &mapping, "--in", input]);
            assert_eq!(code(&made), 1, "{}", err(&made));
            assert!(out(&made).is_empty(), "{}", out(&made));
            assert!(err(&made).contains(sentence), "{}", err(&made));
            assert!(err(&made).contains("0 opgenomen, 1 geweigerd."));
        }
    }
}

#[test]
fn a_message_that_is_put_in_an_envelope_names_its_parties_and_is_read_again() {
    let program = Program::new();
    let mapping = "gemeente-voorbeeldstad/toewijzing-ggk";
    let example = fixture("gemeente-voorbeeldstad/voorbeelden/toewijzing-ggk.xml");
    let example = example.to_string_lossy().into_owned();
    let convert = |more: &[&str]| {
        let own = [
            "convert", "--from", mapping, "--to", mapping, "--in", &example, "--out", "uit.xml",
        ];
        program.run(&[&own[..], more].concat())
    };
    // for nobody, or by a number that the mapping does not write: it could go to anybody
    for more in [&[][..], &["--ontvanger", "00000099445566770000"]] {
        let made = convert(more);
        assert_eq!(code(&made), 1, "{}", err(&made));
        assert!(err(&made).contains("--ontvanger"), "{}", err(&made));
        assert!(!err(&made).contains("--afzender"), "{}", err(&made));
        assert!(!program.folder.join("uit.xml").exists());
    }
    let made = convert(&["--ontvanger", "44556677"]);
    assert_eq!(code(&made), 0, "{}", err(&made));
    let written = || std::fs::read_to_string(program.folder.join("uit.xml")).expect("written");
    let side = |name: &str, number: &str| {
        format!("<StUF:{name}><StUF:organisatie>{number}</StUF:organisatie>")
    };
    for (name, number) in [("zender", "0484"), ("ontvanger", "44556677")] {
        assert!(written().contains(&side(name, number)), "{}", written());
    }
    let made = convert(&["--ontvanger", "44556677", "--afzender", "0363"]);
    assert_eq!(code(&made), 0, "{}", err(&made));
    assert!(written().contains(&side("zender", "0363")), "{}", written());
    let again = program.run(&["convert", "--from", mapping, "--in", "uit.xml"]);
    assert_eq!(code(&again), 0, "{}", err(&again));
    assert!(out(&again).contains("2024000456"));
}

#[test]
fn a_party_that_the_mapping_does_not_write_is_told_to_do_nothing() {
    let program = Program::new();
    mappings(&program);
    program.write("in.csv", "nr;naam\n1;Jan\n");
    let mapping = "gemeente-voorbeeldstad/toewijzing-ggk";
    let example = fixture("gemeente-voorbeeldstad/voorbeelden/toewijzing-ggk.xml");
    let example = example.to_string_lossy().into_owned();
    for (from, to, input, said) in [
        ("org/in.toml", "org/uit.toml", "in.csv", true),
        (mapping, mapping, &*example, false),
    ] {
        let made = program.run(&[
            "convert",
            "--from",
            from,
            "--to",
            to,
            "--in",
            input,
            "--out",
            "uit.txt",
            "--ontvanger",
            "44556677",
        ]);
        assert_eq!(code(&made), 0, "{}", err(&made));
        let told = err(&made).contains("--ontvanger doet hier niets");
        assert_eq!(told, said, "{}", err(&made));
    }
}

#[test]
fn a_file_that_is_not_there_is_named_in_the_language_that_was_asked() {
    let program = Program::new();
    mappings(&program);
    for from in ["org/in.toml", "org/in-json.toml"] {
        let made = program.run(&["convert", "--from", from, "--in", "weg.txt"]);
        assert_eq!(code(&made), 1);
        let told = err(&made);
        assert!(
            told.contains("Niet gelukt: weg.txt: dit bestand of deze map bestaat niet"),
            "{told}"
        );
    }
    let made = program.run(&["convert", "--from", "org/weg.toml", "--in", "weg.txt"]);
    assert!(
        err(&made).contains("org/weg.toml: dit bestand"),
        "{}",
        err(&made)
    );
}
