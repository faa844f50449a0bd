//! The command line as a person and a script meet it: the real program, its output and its exit codes.

#[path = "cli_tools/program.rs"]
mod program;

use program::Program;
use program::code;
use program::err;
use program::fixture;
use program::out;
use std::path::Path;
use std::process::Command;
use std::process::Stdio;

#[test]
fn help_names_every_command_the_exit_codes_and_examples() {
    let help = Program::new().run(&["--help"]);
    assert_eq!(code(&help), 0);
    for part in [
        "serve",
        "demo",
        "mapping",
        "convert",
        "replay",
        "config",
        "keys",
        "migrate",
        "openapi",
        "Examples:",
        "Exit codes:",
        "78",
    ] {
        assert!(out(&help).contains(part), "{part}");
    }
    assert!(
        !out(&help).contains("_lees-werkmap"),
        "the child's command is hidden"
    );
}

#[test]
fn wrong_usage_has_an_exit_code_of_its_own() {
    let program = Program::new();
    for wrong in [
        &["onbekend"][..],
        &["config"],
        &["keys", "revoke", "geen-id"],
        &["--lang", "de", "openapi"],
    ] {
        assert_eq!(code(&program.run(wrong)), 64, "{wrong:?}");
    }
}

#[test]
fn config_check_tells_every_fault_in_the_language_that_was_asked() {
    let program = Program::new();
    program.write("schakel.toml", "[http]\nadres = \"x\"\n[opslagg]\n");
    let dutch = program.run(&["config", "check"]);
    assert_eq!(code(&dutch), 78);
    assert!(
        err(&dutch).contains("schakel.toml:2:9 http.adres: schrijf een IP-adres"),
        "{}",
        err(&dutch)
    );
    assert!(err(&dutch).contains("bedoelt u `opslag`?"));
    let english = program.run(&[
        "--lang",
        "en",
        "config",
        "check",
        "--config",
        "schakel.toml",
    ]);
    assert!(err(&english).contains("did you mean `opslag`?"));
    let absent = program.run(&["config", "check", "--config", "weg.toml"]);
    assert_eq!(code(&absent), 78);
    assert!(err(&absent).starts_with("weg.toml: het bestand is niet te lezen"));
}

#[test]
fn config_show_prints_what_is_in_use_without_secrets() {
    let program = Program::new();
    let mut command = program.command(&["config", "show"]);
    command.env("SCHAKEL_BROKER_URL", "amqp://schakel:GEHEIM@mq/%2f");
    let shown = command.output().expect("it starts");
    assert_eq!(code(&shown), 0);
    assert!(out(&shown).contains("url = \"amqp://schakel:…@mq/%2f\"  # SCHAKEL_BROKER_URL"));
    assert!(!out(&shown).contains("GEHEIM"));
}

#[test]
fn a_key_is_shown_once_listed_without_itself_and_revoked() {
    let program = Program::new();
    let made = program.run(&[
        "keys",
        "create",
        "--org",
        "aanbieder-a",
        "--name",
        "dossier",
        "--until",
        "2999-12-31",
    ]);
    assert_eq!(code(&made), 0, "{}", err(&made));
    let key = out(&made).trim().to_owned();
    assert!(
        key.starts_with("schakel_") && !key.contains(char::is_whitespace),
        "only the key"
    );
    let listed = out(&program.run(&["keys", "list", "--org", "aanbieder-a"]));
    assert!(!listed.contains(&key));
    let row: serde_json::Value = serde_json::from_str(listed.trim()).expect("one JSON object");
    assert_eq!(row["naam"], "dossier");
    assert_eq!(row["geldigTot"], "2999-12-31T23:00:00Z");
    let id = row["id"].as_str().expect("an id").to_owned();
    assert_eq!(code(&program.run(&["keys", "revoke", &id])), 0);
    let unknown = uuid::Uuid::now_v7().to_string();
    assert_eq!(code(&program.run(&["keys", "revoke", &unknown])), 1);
    let listed = out(&program.run(&["keys", "list"]));
    assert!(!listed.contains("\"ingetrokkenOp\":null"), "{listed}");
    let bad = program.run(&[
        "keys",
        "create",
        "--org",
        "aanbieder-a",
        "--name",
        "x",
        "--scope",
        "alles",
    ]);
    assert_eq!(code(&bad), 64);
}

#[test]
fn a_wrong_command_line_is_told_in_the_language_of_whoever_typed_it() {
    let program = Program::new();
    for (arguments, nl, en) in [
        (
            &["conver"][..],
            "De opdracht `conver` is er niet. Bedoelt u `convert`?",
            "unrecognized subcommand",
        ),
        (
            &["convert", "--frm", "x"],
            "Het argument `--frm` is hier onbekend. Bedoelt u `--from`?",
            "unexpected argument",
        ),
        (
            &["mapping", "new"],
            "Verplicht, en niet gegeven: `--from <SAMPLE>`.\n\nGebruik: schakel mapping new --from <SAMPLE>\n",
            "were not provided",
        ),
        (
            &["convert", "--from"],
            "`--from <MAPPING>` heeft een waarde nodig.",
            "a value is required",
        ),
        (
            &["demo", "--once", "--once"],
            "`--once` staat er meer dan eens.",
            "cannot be used multiple times",
        ),
        (
            &["mapping", "test", "--messages", "0"],
            "`0` kan niet bij `--messages <MESSAGES>` (technisch: ",
            "invalid value '0'",
        ),
    ] {
        let said = program.run(arguments);
        assert_eq!(code(&said), 64, "{arguments:?}");
        assert!(err(&said).starts_with(nl), "{arguments:?}: {}", err(&said));
        assert!(err(&said).ends_with("`--help` zegt meer.\n"));
        for english in [&["--lang", "en"][..], &["--lang=en"]] {
            let said = program.run(&[english, arguments].concat());
            assert_eq!(code(&said), 64, "{arguments:?}");
            assert!(err(&said).contains(en), "{arguments:?}: {}", err(&said));
        }
    }
    let language = program.run(&["--lang", "fr", "serve"]);
    assert!(
        err(&language).starts_with("`fr` kan niet bij `--lang <LANG>`. Kies uit: `nl`, `en`."),
        "{}",
        err(&language)
    );
    let help = program.run(&["mapping"]);
    assert_eq!(code(&help), 64);
    assert!(
        err(&help).contains("Usage: schakel mapping"),
        "{}",
        err(&help)
    );
}

#[test]
fn what_is_kept_is_for_its_owner_only() {
    let program = Program::new();
    assert_eq!(code(&program.run(&["migrate"])), 0);
    assert_eq!(code(&program.run(&["migrate"])), 0, "twice does no harm");
    #[cfg(unix)]
    for name in ["schakel-data", "schakel-data/schakel.db"] {
        use std::os::unix::fs::PermissionsExt;
        let metadata = std::fs::metadata(program.folder.join(name)).expect("there");
        assert_eq!(metadata.permissions().mode() & 0o077, 0, "{name}");
    }
}

#[test]
fn two_master_keys_differ_and_are_32_bytes() {
    let program = Program::new();
    let keys = [0, 1].map(|_| out(&program.run(&["keys", "master"])).trim().to_owned());
    assert_ne!(keys[0], keys[1]);
    assert!(keys.iter().all(|key| key.len() == 44));
}

#[test]
fn openapi_prints_the_document() {
    let printed = Program::new().run(&["openapi"]);
    let document: serde_json::Value = serde_json::from_slice(&printed.stdout).expect("JSON");
    assert!(
        document["openapi"]
            .as_str()
            .is_some_and(|version| version.starts_with("3.1"))
    );
}

#[test]
fn a_store_that_is_away_is_said_in_one_sentence() {
    let program = Program::new();
    let mut command = program.command(&["--lang", "en", "migrate"]);
    command
        .env("SCHAKEL_OPSLAG_SOORT", "postgres")
        .env(
            "SCHAKEL_OPSLAG_URL",
            "postgres://schakel:GEHEIM@127.0.0.1:1/schakel",
        )
        .env("SCHAKEL_SLEUTEL_BESTAND", Path::new("sleutel"));
    let away = command.output().expect("it starts");
    assert_eq!(code(&away), 1);
    assert_eq!(err(&away).trim().lines().count(), 1, "{}", err(&away));
    assert!(!err(&away).contains("GEHEIM"));
}

#[test]
fn convert_turns_a_format_into_the_shared_model_and_into_another_format() {
    let program = Program::new();
    let given = fixture("gemeente-voorbeeldstad/voorbeelden/verwijzing.xml")
        .to_string_lossy()
        .into_owned();
    let canonical = program.run(&[
        "convert",
        "--from",
        "gemeente-voorbeeldstad/verwijzing",
        "--in",
        &given,
        "--report",
        "retour.json",
    ]);
    assert_eq!(code(&canonical), 0, "{}", err(&canonical));
    let document: serde_json::Value = serde_json::from_slice(&canonical.stdout).expect("JSON");
    assert!(document.to_string().contains("verwijzing"));
    let report = std::fs::read(program.folder.join("retour.json")).expect("the report");
    let report: serde_json::Value = serde_json::from_slice(&report).expect("JSON");
    assert_eq!(report["opgenomen"], 1);
    program.write("canoniek.json", &out(&canonical));
    let other = program.run(&[
        "convert",
        "--to",
        "aanbieder-a/verwijzing",
        "--in",
        "canoniek.json",
        "--out",
        "uit.json",
    ]);
    // The telephone number's state (not known) has no place in that format: told, and not a plain success.
    assert_eq!(code(&other), 2, "{}", err(&other));
    assert!(
        err(&other).contains("kandidaat/telefoon"),
        "{}",
        err(&other)
    );
    assert!(program.folder.join("uit.json").is_file());
}

#[test]
fn convert_opens_an_envelope_and_puts_a_message_in_one() {
    let program = Program::new();
    let mapping = "gemeente-voorbeeldstad/toewijzing-ggk";
    let example = fixture("gemeente-voorbeeldstad/voorbeelden/toewijzing-ggk.xml");
    let example = example.to_string_lossy().into_owned();
    let opened = program.run(&["convert", "--from", mapping, "--in", &example]);
    assert_eq!(code(&opened), 0, "{}", err(&opened));
    assert!(out(&opened).contains("2024000456"), "{}", out(&opened));
    program.write("canoniek.json", &out(&opened));
    let wrapped = program.run(&[
        "convert",
        "--to",
        mapping,
        "--afzender",
        "0999",
        "--ontvanger",
        "12345678",
        "--in",
        "canoniek.json",
        "--out",
        "uit.xml",
    ]);
    assert_eq!(code(&wrapped), 0, "{}", err(&wrapped));
    let written = std::fs::read_to_string(program.folder.join("uit.xml")).expect("a file");
    for part in [
        "<ggk:envelopHeenbericht-ggk_Di01 ",
        "<StUF:functie>RI301</StUF:functie>",
        "<ggk:functieVersie>0001</ggk:functieVersie>",
        "<ggk:bericht><ggk:xmlBestand>",
    ] {
        assert!(
            written
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ")
                .replace("> <", "><")
                .contains(part),
            "{part}: {written}"
        );
    }
    assert!(!written.contains("2024000456"), "it stands in the base64");
    // from an envelope into the message alone, and no message that has none
    let bare = program.run(&[
        "convert",
        "--from",
        mapping,
        "--to",
        "gemeente-voorbeeldstad/toewijzing",
        "--in",
        &example,
    ]);
    assert_eq!(code(&bare), 0, "{}", err(&bare));
    assert!(
        out(&bare).contains("<re:ToewijzingNummer>2024000456</re:ToewijzingNummer>"),
        "{}",
        out(&bare)
    );
    program.write("bericht.xml", &out(&bare));
    let refused = program.run(&["convert", "--from", mapping, "--in", "bericht.xml"]);
    assert_eq!(code(&refused), 1);
    assert!(out(&refused).is_empty());
}

#[test]
fn convert_says_what_is_wrong_and_takes_nothing_of_a_file_it_cannot_read() {
    let program = Program::new();
    program.write("fout.xml", "<a><b></a>");
    let refused = program.run(&[
        "--lang",
        "en",
        "convert",
        "--from",
        "gemeente-voorbeeldstad/verwijzing",
        "--in",
        "fout.xml",
    ]);
    assert_eq!(code(&refused), 1);
    assert!(out(&refused).is_empty());
    assert!(err(&refused).contains("/…/… (line 1, column 7) The file is not well-formed XML"));
    let unknown = program.run(&["convert", "--from", "niemand/niets", "--in", "fout.xml"]);
    assert_eq!(code(&unknown), 1);
    assert!(err(&unknown).contains("gemeente-voorbeeldstad/verwijzing"));
}

#[test]
fn convert_says_by_its_exit_code_that_a_part_was_refused_or_not_written() {
    let program = Program::new();
    let good = std::fs::read(fixture("aanbieder-a/voorbeelden/logboek.csv")).expect("read");
    // One row of eight gets a date that is not there.
    let at = good
        .windows(10)
        .position(|window| window == b"09-04-2024")
        .expect("a row of that day");
    let mut bad = good;
    bad[at] = b'9';
    std::fs::write(program.folder.join("logboek.csv"), &bad).expect("written");
    let partly = program.run(&[
        "--lang",
        "en",
        "convert",
        "--from",
        "aanbieder-a/logboek",
        "--in",
        "logboek.csv",
        "--report",
        "retour.json",
    ]);
    assert_eq!(code(&partly), 2, "{}", err(&partly));
    assert!(
        err(&partly).contains("7 taken, 1 refused."),
        "{}",
        err(&partly)
    );
    assert!(err(&partly).contains("row 3, column B (Datum)"));
    let report = std::fs::read(program.folder.join("retour.json")).expect("the report");
    let report: serde_json::Value = serde_json::from_slice(&report).expect("JSON");
    assert_eq!(
        (&report["opgenomen"], &report["geweigerd"]),
        (&7.into(), &1.into())
    );

    // A format that cannot say everything of the record: that is told, and is no success.
    program.write(
        "canoniek.json",
        r#"{"kandidaat": {"geslachtsnaam": "Testpersoon", "waardeStatus": {"/telefoon": "waardeOnbekend"}},
            "verwijzing": {"nummer": "V-1"}}"#,
    );
    let lossy = program.run(&[
        "--lang",
        "en",
        "convert",
        "--to",
        "aanbieder-a/verwijzing",
        "--in",
        "canoniek.json",
        "--report",
        "retour.json",
    ]);
    assert_eq!(code(&lossy), 2, "{}", err(&lossy));
    assert!(!out(&lossy).is_empty(), "what can be said is written");
    assert!(
        err(&lossy).contains("could not be written"),
        "{}",
        err(&lossy)
    );
    let report = std::fs::read(program.folder.join("retour.json")).expect("the report");
    let report: serde_json::Value = serde_json::from_slice(&report).expect("JSON");
    let unwritten = report["nietTeSchrijven"].as_array().expect("a list");
    assert!(!unwritten.is_empty());

    // One record that no JSON may hold stops none of the others.
    program.write(
        "deels.json",
        r#"[{"verwijzing": {"nummer": "V\u0000"}}, {"verwijzing": {"nummer": "V-2"}}, {"verwijzing": {"nummer": "1", "nummer": "2"}}]"#,
    );
    let apart = program.run(&["convert", "--in", "deels.json"]);
    assert_eq!(code(&apart), 2, "{}", err(&apart));
    assert!(out(&apart).contains("V-2"), "{}", out(&apart));
    for said in [
        "/0/verwijzing/nummer",
        "/2/verwijzing/nummer",
        "1 opgenomen, 2 geweigerd.",
    ] {
        assert!(err(&apart).contains(said), "{said}: {}", err(&apart));
    }

    program.write("niets.json", "[]");
    let nothing = program.run(&[
        "convert",
        "--to",
        "aanbieder-a/verwijzing",
        "--in",
        "niets.json",
    ]);
    assert_eq!(code(&nothing), 1);
    assert!(out(&nothing).is_empty());
}

#[test]
fn convert_leaves_out_what_lacks_something_the_format_cannot_do_without() {
    let program = Program::new();
    let one = r#"{"kandidaat": {"klantnummer": "0484-1"}, "werkprofiel": {"rijbewijzen": ["B"]}}"#;
    let without = r#"{"werkprofiel": {"rijbewijzen": ["AM"]}}"#;
    for (given, expected) in [
        (format!("[{without}, {one}]"), Some(1)),
        (format!("[{without}]"), None),
    ] {
        program.write("canoniek.json", &given);
        let made = program.run(&[
            "convert",
            "--to",
            "vum/profiel-0-8",
            "--in",
            "canoniek.json",
            "--report",
            "retour.json",
        ]);
        // what counts is what was written
        let exit = if expected.is_some() { 2 } else { 1 };
        assert_eq!(code(&made), exit, "{}", err(&made));
        for said in [
            "kandidaat/klantnummer".to_owned(),
            format!("{} opgenomen, 0 geweigerd.", expected.unwrap_or(0)),
            "1 gelezen en niet geschreven.".to_owned(),
        ] {
            assert!(err(&made).contains(&said), "{said}: {}", err(&made));
        }
        let report = std::fs::read(program.folder.join("retour.json")).expect("the report");
        let report: serde_json::Value = serde_json::from_slice(&report).expect("JSON");
        assert_eq!(report["elementen"][0]["uitkomst"], "niet geschreven");
        assert_eq!(
            (&report["opgenomen"], &report["nietGeschreven"]),
            (&expected.unwrap_or(0).into(), &1.into())
        );
        let written: Option<serde_json::Value> = serde_json::from_str(&out(&made)).ok();
        let count = written.and_then(|list| Some(list.as_array()?.len()));
        assert_eq!(count, expected, "{}", out(&made));
    }
}

#[test]
fn convert_reads_standard_input_and_writes_standard_output() {
    use std::io::Write;
    let program = Program::new();
    let given = std::fs::read(fixture("gemeente-voorbeeldstad/voorbeelden/verwijzing.xml"));
    let mut child = program
        .command(&[
            "convert",
            "--from",
            "gemeente-voorbeeldstad/verwijzing",
            "--to",
            "gemeente-voorbeeldstad/verwijzing",
            "--in",
            "-",
            "--out",
            "-",
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut stdin = child.stdin.take().expect("piped");
    stdin.write_all(&given.expect("read")).expect("taken");
    drop(stdin);
    let converted = child.wait_with_output().expect("it ends");
    assert_eq!(code(&converted), 0, "{}", err(&converted));
    assert!(out(&converted).starts_with("<?xml"), "{}", out(&converted));
    assert!(out(&converted).contains("2024-REI-000123"));
    assert!(
        std::fs::read_dir(&program.folder)
            .expect("read")
            .next()
            .is_none(),
        "no file is named -"
    );
}

/// A delivery in the program's own store.
fn delivery(id: uuid::Uuid) -> schakel::store::Delivery {
    let org = |code: &str| schakel::canonical::OrgCode::parse(code).expect("a code");
    let now: jiff::Timestamp = "2026-11-23T10:00:00Z".parse().expect("a moment");
    schakel::store::Delivery {
        id,
        recipient: org("aanbieder-a"),
        sender: org("gemeente-voorbeeldstad"),
        message: uuid::Uuid::now_v7(),
        soort: "verwijzing".to_owned(),
        records: Vec::new(),
        state: schakel::store::DeliveryState::Outbox,
        attempts: 0,
        next_at: now,
        claimed_until: None,
        lease_token: None,
        reason: None,
        content_type: None,
        content: None,
        traceparent: String::new(),
        created_at: now,
        published_at: None,
        ready_at: None,
        settled_at: None,
        rejected: None,
    }
}

#[tokio::test]
async fn replay_offers_again_what_is_parked_tells_which_and_notes_each() {
    use schakel::config::Config;
    use schakel::store::DeliveryState;
    use schakel::store::Outcome;
    use schakel::store::Settlement;
    use schakel::store::Writes;
    let program = Program::new();
    assert_eq!(code(&program.run(&["migrate"])), 0);
    let config = Config::embedded(&program.folder.join("schakel-data"));
    let store = schakel::app::open_store(&config).await.expect("opened");
    let [one, other, busy] = [0; 3].map(|_| uuid::Uuid::now_v7());
    let mut tx = store.begin_intake().await.expect("begun");
    let writes = Writes {
        deliveries: [one, other, busy].map(delivery).to_vec(),
        ..Writes::default()
    };
    tx.write(&writes).await.expect("written");
    tx.commit().await.expect("committed");
    let parked = |id| Settlement {
        id,
        claim: None,
        outcome: Outcome::Parked {
            reason: "webhook.status".to_owned(),
        },
        audit: None,
    };
    let settled = [parked(one), parked(other)];
    let now = "2026-11-23T10:00:01Z".parse().expect("a moment");
    store.settle(&settled, now).await.expect("settled");

    let unknown = uuid::Uuid::now_v7();
    let [first, second, third, fourth] = [one, other, busy, unknown].map(|id| id.to_string());
    let all = program.run(&["replay", &first]);
    assert_eq!((code(&all), out(&all).trim()), (0, first.as_str()));
    let some = program.run(&["--lang", "en", "replay", &second, &third, &fourth]);
    assert_eq!((code(&some), out(&some).trim()), (2, second.as_str()));
    assert!(
        err(&some).contains("1 offered again, 2 not"),
        "{}",
        err(&some)
    );
    assert_eq!(
        code(&program.run(&["replay", &first])),
        1,
        "it goes already"
    );
    assert_eq!(code(&program.run(&["replay"])), 64);
    for (id, rows) in [(one, 1), (other, 1), (busy, 0), (unknown, 0)] {
        let noted = store.audit_of(&format!("aflevering/{id}"), 9).await;
        assert_eq!(noted.expect("read").len(), rows, "{id}");
    }
    let due = store
        .outbox_due(
            schakel::canonical::Clock::now(&schakel::canonical::SystemClock),
            9,
            &[],
        )
        .await
        .expect("read");
    assert_eq!(due.len(), 3);
    assert_eq!(DeliveryState::Parked.as_str(), "geparkeerd");
    store.close().await;
}

#[test]
fn bench_prints_ratios_of_a_small_run() {
    let program = Program::new();
    let measured = program.run(&["bench", "--connections", "1", "--seconds", "1", "--json"]);
    assert_eq!(code(&measured), 0, "{}", err(&measured));
    let answer: serde_json::Value = serde_json::from_slice(&measured.stdout).expect("JSON");
    let places = answer["measured"].as_array().expect("a list");
    assert_eq!(places.len(), 1, "{answer}");
    assert!(
        std::fs::read_dir(&program.folder)
            .expect("read")
            .next()
            .is_none(),
        "nothing is left behind"
    );
    let wrong = program.run(&["bench", "--connections", "0"]);
    assert_eq!(code(&wrong), 64);
}

#[test]
fn bench_mapping_prints_a_ratio_for_every_example() {
    let program = Program::new();
    // as many rows as a program that is not made for speed reads in the time that a workbook gets
    let rows = ["--rows", "2000"];
    let few = [&["bench", "mapping", "--each", "1", "--json"], &rows[..]].concat();
    let measured = program.run(&few);
    assert_eq!(code(&measured), 0, "{}", err(&measured));
    let answer: serde_json::Value = serde_json::from_slice(&measured.stdout).expect("JSON");
    let translations = answer["translations"].as_array().expect("a list");
    let ratio = |one: &serde_json::Value| one["ratio"].as_f64().expect("a number");
    assert!(
        !translations.is_empty() && translations.iter().all(|one| ratio(one) > 0.0),
        "{answer}"
    );
    let wrong = program.run(&["bench", "mapping", "--seconds", "1"]);
    assert_eq!(code(&wrong), 64);
}

#[test]
fn serve_with_a_faulty_configuration_tells_every_fault_and_opens_nothing() {
    let program = Program::new();
    // The port is taken: a program that tried to bind it would say so.
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address");
    program.write(
        "schakel.toml",
        &format!(
            "[http]\nadres = \"{address}\"\nverbindingen = 0\n[opslag]\nsoort = \"orakel\"\n\
             [broker]\nsoort = \"rabbitmq\"\n[lgo]\nniveau = \"info\"\n"
        ),
    );
    let refused = program.run(&["--lang", "en", "serve"]);
    assert_eq!(code(&refused), 78, "{}", err(&refused));
    let told = err(&refused);
    for part in [
        "http.verbindingen",
        "opslag.soort",
        "broker.url",
        "did you mean `log`?",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
    assert_eq!(told.trim().lines().count(), 4, "{told}");
    assert!(!program.folder.join("schakel-data").exists());
}

#[test]
fn the_shipped_mappings_hold() {
    let tested = Program::new().run(&["mapping", "test"]);
    assert_eq!(code(&tested), 0, "{}", err(&tested));
}

#[test]
fn a_mapping_is_printed_with_all_it_takes_over_and_printed_again_stays_the_same() {
    let program = Program::new();
    let name = "gemeente-voorbeeldstad/besluit";
    let printed = program.run(&["mapping", "print", name]);
    assert_eq!(code(&printed), 0, "{}", err(&printed));
    assert!(out(&printed).contains("# from _gedeeld/stuf.toml:"));
    std::fs::create_dir_all(program.folder.join("los/gemeente-voorbeeldstad")).expect("a folder");
    program.write(&format!("los/{name}.toml"), &out(&printed));
    let again = program.run(&["mapping", "print", name, "los"]);
    assert_eq!((code(&again), out(&again)), (0, out(&printed)));
    let none = program.run(&["mapping", "print", "uwv/geen", "--lang", "en"]);
    assert_eq!(code(&none), 1);
    assert!(err(&none).contains("There is no mapping uwv/geen"));
}

#[cfg(unix)]
#[test]
fn serve_answers_soon_tells_how_it_is_and_stops_in_good_order() {
    use std::io::Read;
    use std::io::Write;
    use std::net::TcpListener;
    use std::net::TcpStream;
    use std::time::Duration;
    use std::time::Instant;

    let free = || {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.local_addr().expect("an address").to_string()
    };
    let ask = |address: &str, request: &str| -> Option<String> {
        let mut stream = TcpStream::connect(address).ok()?;
        let request = format!("{request} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        Some(answer)
    };
    let program = Program::new();
    let (api, admin) = (free(), free());
    let mut child = program
        .command(&["serve"])
        .env("SCHAKEL_HTTP_ADRES", &api)
        .env("SCHAKEL_BEHEER_ADRES", &admin)
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let started = Instant::now();
    let ready = |answer: &String| answer.starts_with("HTTP/1.1 200");
    while ask(&admin, "GET /health/ready")
        .as_ref()
        .is_none_or(|answer| !ready(answer))
    {
        assert!(started.elapsed() < Duration::from_mins(1), "it serves");
        std::thread::sleep(Duration::from_millis(50));
    }
    for (request, status) in [("GET /onzin", 404), ("POST /metrics", 405)] {
        let answer = ask(&admin, request).expect("an answer");
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status}")),
            "{answer}"
        );
        let answer = answer.to_lowercase();
        for part in [
            "content-type: application/problem+json",
            "api-version: ",
            "cache-control: no-store",
            "x-content-type-options: nosniff",
        ] {
            assert!(answer.contains(part), "{request}: {part}: {answer}");
        }
        assert_eq!(answer.contains("allow: get"), status == 405, "{answer}");
    }
    let openapi = ask(&api, "GET /v1/openapi.json").expect("an answer");
    assert!(openapi.starts_with("HTTP/1.1 200"));
    let head = ask(&admin, "HEAD /metrics").expect("an answer");
    assert!(head.starts_with("HTTP/1.1 200") && head.ends_with("\r\n\r\n"));
    let metrics = ask(&admin, "GET /metrics").expect("an answer");
    assert!(metrics.contains("schakel_ready{part=\"opslag\"} 1"));
    let stop = Command::new("kill").arg(child.id().to_string()).status();
    assert!(stop.expect("kill runs").success());
    let status = child.wait().expect("it ends");
    assert_eq!(status.code(), Some(0));
    let mut lines = String::new();
    let mut stderr = child.stderr.take().expect("piped");
    stderr.read_to_string(&mut lines).expect("text");
    for line in lines.lines() {
        let line: serde_json::Value = serde_json::from_str(line).expect("every line is JSON");
        assert!(line["timestamp"].is_string() && line["message"].is_string());
    }
    assert!(lines.contains("\"Stopped\""), "{lines}");
}
