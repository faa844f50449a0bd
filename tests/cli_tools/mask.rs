use crate::program::Program;
use crate::program::code;
use crate::program::err;
use crate::program::out;
use crate::shared::shipped;

const KEY: &str = "een lange sleutel van deze proef";

#[test]
fn mask_writes_a_file_of_the_same_format_that_is_taken_as_the_original_is() {
    let program = Program::new();
    for (mapping, sample, masked, secret) in [
        (
            "gemeente-voorbeeldstad/verwijzing",
            "gemeente-voorbeeldstad/voorbeelden/verwijzing.xml",
            "uit.xml",
            "999990019",
        ),
        (
            "gemeente-voorbeelddorp/verwijzing",
            "gemeente-voorbeelddorp/voorbeelden/verwijzing.json",
            "uit.json",
            "999990019",
        ),
        (
            "aanbieder-a/logboek",
            "aanbieder-a/voorbeelden/logboek.csv",
            "uit.csv",
            "Samenvatting van",
        ),
        (
            "uwv/sonar",
            "uwv/voorbeelden/sonar.xlsx",
            "uit.xlsx",
            "Testpersoon",
        ),
    ] {
        let sample = shipped(sample);
        let made = program.run(&[
            "--lang", "en", "mask", "--from", mapping, "--in", &sample, "--out", masked, "--key",
            KEY,
        ]);
        assert_eq!(code(&made), 0, "{mapping}: {}", err(&made));
        assert!(err(&made).contains("values replaced"), "{}", err(&made));
        let bytes = std::fs::read(program.folder.join(masked)).expect("written");
        assert!(
            !String::from_utf8_lossy(&bytes).contains(secret),
            "{mapping}"
        );
        let told = |file: &str| {
            let read = program.run(&["--lang", "en", "validate", "--from", mapping, "--in", file]);
            let last = err(&read).lines().last().unwrap_or_default().to_owned();
            (code(&read), last)
        };
        assert_eq!(told(&sample), told(masked), "{mapping}");
        let again = program
            .command(&[
                "mask", "--from", mapping, "--in", &sample, "--out", "nog.uit",
            ])
            .env("SCHAKEL_MASK_KEY", KEY)
            .output()
            .expect("it runs");
        assert_eq!(code(&again), 0, "{}", err(&again));
        let same = std::fs::read(program.folder.join("nog.uit")).expect("written");
        assert!(
            bytes == same,
            "{mapping}: the key of the environment is the same key"
        );
        program.run(&[
            "mask",
            "--from",
            mapping,
            "--in",
            &sample,
            "--out",
            "anders.uit",
        ]);
        let other = std::fs::read(program.folder.join("anders.uit")).expect("written");
        assert!(
            bytes != other,
            "{mapping}: without a key each run has its own"
        );
    }
}

#[test]
fn mask_tells_what_it_cannot_do_without_showing_a_value() {
    let program = Program::new();
    program.write("fout.xml", "<a><Geheimsma></a>");
    program.write("goed.csv", "Dossier;Datum\nD-1;01-02-2024\n");
    for (arguments, exit, said) in [
        (
            &[
                "--from",
                "gemeente-voorbeeldstad/verwijzing",
                "--in",
                "fout.xml",
            ][..],
            1,
            "geen geldige XML",
        ),
        (
            &["--from", "niemand/niets", "--in", "goed.csv"],
            1,
            "uwv/sonar",
        ),
        (
            &["--from", "aanbieder-a/logboek", "--in", "er-niet.csv"],
            1,
            "Niet gelukt",
        ),
        (
            &[
                "--from",
                "aanbieder-a/logboek",
                "--in",
                "goed.csv",
                "--key",
                "kort",
            ],
            64,
            "te kort",
        ),
    ] {
        let made = program.run(&[&["mask"], arguments].concat());
        assert_eq!(code(&made), exit, "{}", err(&made));
        assert!(
            !err(&made).contains("Geheimsma") && out(&made).is_empty(),
            "{}",
            err(&made)
        );
        if said != "geen geldige XML" {
            assert!(err(&made).contains(said), "{said}: {}", err(&made));
        }
    }
}
