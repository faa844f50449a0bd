use crate::program::Program;
use crate::program::code;
use crate::program::err;
use crate::program::fixture;
use crate::program::out;
use crate::shared::json;

/// A mapping, and the same with some things changed.
fn two(program: &Program, changes: &[(&str, &str)]) {
    let text = std::fs::read_to_string(fixture("aanbieder-a/logboek.toml")).expect("read");
    program.write("oud.toml", &text);
    let mut new = text;
    for (from, to) in changes {
        assert!(new.contains(from), "{from}");
        new = new.replacen(from, to, 1);
    }
    program.write("nieuw.toml", &new);
}

fn sentences(program: &Program, lang: &str) -> Vec<String> {
    let compared = program.run(&["--lang", lang, "mapping", "diff", "oud.toml", "nieuw.toml"]);
    assert_eq!(code(&compared), 0, "{}", err(&compared));
    out(&compared).lines().map(str::to_owned).collect()
}

#[test]
fn diff_says_in_sentences_which_rules_and_keys_differ() {
    for (changes, nl, en) in [
        (&[][..], &[][..], &[][..]),
        (
            &[
                (
                    "[[rule]]\nsource = \"Van\"",
                    "# van\n[[rule]]\nsource =    \"Van\"",
                ),
                (
                    "source   = \"Dossier\"\ntarget   = \"opdracht.referentieAanbieder\"",
                    "target = \"opdracht.referentieAanbieder\"\nsource = \"Dossier\"",
                ),
            ],
            &[],
            &[],
        ),
        (
            &[(
                "forms = [\"dd-mm-jjjj\", \"d-m-jjjj\"]",
                "forms = [\"dd-mm-jjjj\"]",
            )],
            &[
                "Regel `Datum -> logboekregel.datum`: `codec.forms` was [\"dd-mm-jjjj\", \"d-m-jjjj\"] en wordt [\"dd-mm-jjjj\"].",
            ],
            &[
                "Rule `Datum -> logboekregel.datum`: `codec.forms` was [\"dd-mm-jjjj\", \"d-m-jjjj\"] and becomes [\"dd-mm-jjjj\"].",
            ],
        ),
        (
            &[(
                "[[rule]]\nsource = \"Samenvatting\"\ntarget = \"logboekregel.samenvattingDeelbaar\"\n",
                "",
            )],
            &["Regel `Samenvatting -> logboekregel.samenvattingDeelbaar` vervalt."],
            &["Rule `Samenvatting -> logboekregel.samenvattingDeelbaar` is removed."],
        ),
        (
            &[(
                "[[rule]]\nsource = \"Samenvatting\"",
                "[[rule]]\nsource = \"Plaats\"\ntarget = \"logboekregel.plaats\"\n\n[[rule]]\nsource = \"Samenvatting\"\nrequired = true",
            )],
            &[
                "Regel `Plaats -> logboekregel.plaats` komt erbij.",
                "Regel `Samenvatting -> logboekregel.samenvattingDeelbaar`: `required` komt erbij: true.",
            ],
            &[
                "Rule `Plaats -> logboekregel.plaats` is added.",
                "Rule `Samenvatting -> logboekregel.samenvattingDeelbaar`: `required` is added: true.",
            ],
        ),
        (
            &[
                ("delimiter = \";\"", "delimiter = \",\""),
                (
                    "titel       = \"Logboek, eigen CSV\"",
                    "titel = \"Logboek\"",
                ),
            ],
            &[
                "[mapping]: `titel` was \"Logboek, eigen CSV\" en wordt \"Logboek\".",
                "[csv]: `delimiter` was \";\" en wordt \",\".",
            ],
            &[
                "[mapping]: `titel` was \"Logboek, eigen CSV\" and becomes \"Logboek\".",
                "[csv]: `delimiter` was \";\" and becomes \",\".",
            ],
        ),
        (
            &[(
                "name   = \"een regel die niet kan houdt de andere niet op\"",
                "name = \"een regel\"",
            )],
            &[
                "Geval `een regel die niet kan houdt de andere niet op` vervalt.",
                "Geval `een regel` komt erbij.",
            ],
            &[
                "Case `een regel die niet kan houdt de andere niet op` is removed.",
                "Case `een regel` is added.",
            ],
        ),
    ] {
        let program = Program::new();
        two(&program, changes);
        assert_eq!(sentences(&program, "nl"), nl);
        assert_eq!(sentences(&program, "en"), en);
    }
}

#[test]
fn diff_pairs_a_rule_that_moves_or_gets_another_source_with_itself() {
    let program = Program::new();
    let rule = "[[rule]]\nsource = \"Tot\"\ntarget = \"logboekregel.eindTijd\"\ncodec  = { codec = \"time\", form = \"h:mm\" }\n\n";
    two(
        &program,
        &[
            (rule, ""),
            (
                "[[rule]]\nsource   = \"Uur\"",
                &format!("{rule}[[rule]]\nsource   = \"Uren\""),
            ),
        ],
    );
    assert_eq!(
        sentences(&program, "en"),
        [
            "Rule `Tot -> logboekregel.eindTijd` stands at another place, and so does what it writes going out.",
            "Rule `Uren -> logboekregel.minuten`: `source` was \"Uur\" and becomes \"Uren\".",
        ]
    );
}

#[test]
fn diff_as_json_has_keys_values_and_lines_and_the_exit_code_can_tell() {
    let program = Program::new();
    two(
        &program,
        &[("encoding  = \"windows-1252\"", "encoding = \"utf-8\"")],
    );
    let compared = program.run(&[
        "mapping",
        "diff",
        "oud.toml",
        "nieuw.toml",
        "--json",
        "--exit-code",
    ]);
    assert_eq!(code(&compared), 2);
    let report = json(&out(&compared));
    assert_eq!(report["gelijk"], false);
    let one = &report["verschillen"][0];
    assert_eq!(one["wat"], "gewijzigd");
    assert_eq!(
        (&one["waar"], &one["sleutel"]),
        (&"[csv]".into(), &"encoding".into())
    );
    assert_eq!(
        (&one["was"], &one["wordt"]),
        (&"\"windows-1252\"".into(), &"\"utf-8\"".into())
    );
    assert_eq!(
        (&one["regelEerst"], &one["regelDaarna"]),
        (&15.into(), &15.into())
    );
    let same = program.run(&[
        "mapping",
        "diff",
        "aanbieder-a/logboek",
        "oud.toml",
        "--json",
        "--exit-code",
    ]);
    assert_eq!(code(&same), 0, "{}", out(&same));
    assert_eq!(json(&out(&same))["gelijk"], true);
    program.write("kapot.toml", "[mapping\n");
    let broken = program.run(&["mapping", "diff", "oud.toml", "kapot.toml"]);
    assert_eq!(code(&broken), 1);
    assert!(err(&broken).contains("kapot.toml:1:"), "{}", err(&broken));
    let absent = program.run(&["mapping", "diff", "oud.toml", "weg.toml"]);
    assert_eq!(code(&absent), 1);
}

#[test]
fn diff_looks_into_groups_and_code_tables_and_at_the_cases_beside_a_mapping() {
    let program = Program::new();
    let text = std::fs::read_to_string(fixture("aanbieder-a/trajectplan.toml")).expect("read");
    program.write("oud.toml", &text);
    let new = text
        .replacen("Opgesteld = \"opgesteld\", ", "", 1)
        .replacen("  source = \"streef\"", "  source = \"doelscore\"", 1);
    program.write("nieuw.toml", &new);
    program.write(
        "nieuw.cases.toml",
        "[[case]]\nname = \"nog een\"\ngiven = \"{}\"\nfaults = []\n",
    );
    assert_eq!(
        sentences(&program, "nl"),
        [
            "Regel `status -> trajectplan.status`: `codec.codes.Opgesteld` vervalt; het was \"opgesteld\".",
            "Regel `trajectPlan/doelen -> trajectplan.doelen / doelscore -> streefscore`: `source` was \"streef\" en wordt \"doelscore\".",
            "Geval `nog een` komt erbij.",
        ]
    );
}

const FRAGMENT: &str = "[kleuren]\nR = \"1\"\n\n[[fragment.contact.rule]]\nsource = \"tel\"\ntarget = \"telefoon\"\n\n\
    [[fragment.contact.rule]]\nsource = \"g\"\ntarget = \"geslacht\"\ncodec = { codec = \"table\", table = \"kleuren\" }\n";
const HEAD: &str = "[mapping]\norganisatie = \"f\"\nsoort = \"een\"\ntitel = \"t\"\nstatus = \"s\"\ndirection = \"in\"\n\
    format = \"json\"\nmain = \"kandidaat\"\n\n[[rule]]\nsource = \"nr\"\ntarget = \"kandidaat.klantnummer\"\nrequired = true\n";

#[test]
fn diff_compares_what_mappings_take_over_and_says_where_a_rule_comes_from() {
    let program = Program::new();
    let include = "\n[[rule]]\ninclude = \"contact\"\ntarget = \"kandidaat\"\n";
    let written = "\n[[rule]]\nsource = \"tel\"\ntarget = \"kandidaat.telefoon\"\n\n[[rule]]\nsource = \"g\"\n\
        target = \"kandidaat.geslacht\"\ncodec = { codec = \"table\", codes = { R = \"1\" } }\n";
    program.write("a/_gedeeld/delen.toml", FRAGMENT);
    program.write("a/f/een.toml", &format!("{HEAD}{include}"));
    program.write("a/f/uit.toml", &format!("{HEAD}{written}"));
    program.write("a/f/kaal.toml", HEAD);
    let changed = FRAGMENT
        .replace("R = \"1\"", "R = \"2\"")
        .replace("source = \"tel\"", "source = \"tel\"\nrequired = true");
    program.write("b/_gedeeld/delen.toml", &changed);
    program.write("b/f/een.toml", &format!("{HEAD}{include}"));
    let compare = |before: &str, after: &str| {
        let compared = program.run(&["--lang", "nl", "mapping", "diff", before, after]);
        assert_eq!(code(&compared), 0, "{}", err(&compared));
        let lines = out(&compared);
        lines.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    // written out or taken over: it is the same
    assert_eq!(
        compare("a/f/een.toml", "a/f/uit.toml"),
        Vec::<String>::new()
    );
    // nothing of the file itself differs, but the fragment and the code table do
    assert_eq!(
        compare("a/f/een.toml", "b/f/een.toml"),
        [
            "Regel `tel -> kandidaat.telefoon` (_gedeeld/delen.toml:4): `required` komt erbij: true.",
            "Regel `g -> kandidaat.geslacht` (_gedeeld/delen.toml:9): `codec.codes.R` was \"1\" en wordt \"2\".",
        ]
    );
    assert_eq!(
        compare("a/f/een.toml", "a/f/kaal.toml"),
        [
            "Regel `tel -> kandidaat.telefoon` (_gedeeld/delen.toml:4) vervalt.",
            "Regel `g -> kandidaat.geslacht` (_gedeeld/delen.toml:8) vervalt.",
        ]
    );
    let compared = program.run(&["mapping", "diff", "a/f/een.toml", "b/f/een.toml", "--json"]);
    let code_of = &json(&out(&compared))["verschillen"][1];
    assert_eq!(
        (&code_of["bestandEerst"], &code_of["regelEerst"]),
        (&"_gedeeld/delen.toml".into(), &11.into())
    );
    // what is not there cannot be compared
    program.write(
        "a/f/mist.toml",
        &format!("{HEAD}{}", include.replace("contact", "contakt")),
    );
    let missing = program.run(&["mapping", "diff", "a/f/een.toml", "a/f/mist.toml"]);
    assert_eq!(code(&missing), 1);
    assert!(
        err(&missing).contains("a/f/mist.toml:16:11: M060"),
        "{}",
        err(&missing)
    );
}
