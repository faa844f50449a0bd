//! Files of rows that are longer than a message may be: read and written in pieces, with what the whole would give and
//! within a bound of memory.

#[path = "support/pieces.rs"]
mod pieces;
#[path = "cli_tools/program.rs"]
mod program;

use pieces::assert_same;
use program::Program;
use program::code;
use program::err;
use program::out;
use proptest::prelude::*;
use schakel::adapters;
use schakel::adapters::Limits;
use schakel::app::MappingSource;
use schakel::canonical::Bundle;
use schakel::canonical::Kind;
use schakel::document::Document;
use schakel::document::Fault;
use schakel::document::Lang;
use schakel::document::Node;
use schakel::document::Wire;
use schakel::mapping::Decoded;
use schakel::mapping::Library;
use schakel::mapping::Mapping;
use schakel::schema::Schemas;
use std::fmt::Write;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::LazyLock;

const TABEL: &str = r#"
[mapping]
organisatie = "aanbieder"
soort       = "tabel"
titel       = "Tabel"
status      = "proef"
direction   = "in"
format      = "csv"
main        = "logboekregel"

[csv]
header_within = 3
total_rows    = ["totaal"]
ignore        = ["c"]

[[rule]]
source   = "a"
target   = "logboekregel.datum"
codec    = "date"
required = true

[[rule]]
source = "b"
target = "logboekregel.beschrijving"
"#;

static TABLE: LazyLock<Arc<Mapping>> = LazyLock::new(|| compiled("aanbieder/tabel.toml", TABEL));

/// Rows that are one record, by what stands in two columns.
const SAMEN: &str = r#"
[mapping]
organisatie = "aanbieder"
soort       = "samen"
titel       = "Samen"
status      = "proef"
direction   = "in"
format      = "csv"
main        = "trajectplan"

[csv]
header_within = 3
total_rows    = ["totaal"]
together      = ["a", "b"]

[[rule]]
source   = "a"
target   = "opdracht.referentieAanbieder"
required = true

[[rule]]
source   = "b"
target   = "trajectplan.nummer"
required = true

[[rule]]
source = "c"
target = "trajectplan.begindatum"
codec  = "date"

[[rule]]
source = "."
target = "trajectplan.doelen"
key    = "nr"

  [[rule.rule]]
  source = "d"
  target = "nr"
  codec  = "integer"
"#;

static TOGETHER: LazyLock<Arc<Mapping>> = LazyLock::new(|| compiled("aanbieder/samen.toml", SAMEN));

fn compiled(path: &str, text: &str) -> Arc<Mapping> {
    let schemas = Schemas::embedded().expect("the schemas are tested elsewhere");
    let library = Library::compile(&[(path.to_owned(), text.to_owned())], &schemas);
    let library = library.expect("it compiles");
    let (org, soort) = path
        .trim_end_matches(".toml")
        .split_once('/')
        .expect("org/soort");
    Arc::clone(library.get(org, soort).expect("it was compiled"))
}

fn in_blocks(mapping: &Mapping, document: &Document, size: usize) -> Decoded {
    let mut table = mapping.table().expect("it reads CSV");
    let mut all = Decoded::default();
    for block in document.root.items().chunks(size) {
        all.append(table.rows(block.to_vec()));
    }
    all.append(table.end());
    all
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn rows_in_blocks_say_what_all_rows_say_at_once(
        rows in prop::collection::vec(prop::sample::select(vec![
            "Overzicht", "", "a;b;c", "a;b", "b;a;;", "a;b;c;d", "2024-04-01;x", "2024-04-02;y;z", "2024-04-31;x", ";x;y",
            "2024-04-03;;;later", "Totaal;3", "\"2024-04-04\";\"x\ny\";", "2024-04-05",
        ]), 0..14),
        size in prop::sample::select(vec![1_usize, 2, 7]),
    ) {
        let csv = rows.join("\r\n");
        let document = adapters::decode(csv.as_bytes(), TABLE.wire(), &Limits::default());
        prop_assume!(document.is_ok());
        let document = document.expect("just looked");
        let whole = TABLE.decode(&document);
        let blocks = in_blocks(&TABLE, &document, size);
        prop_assert_eq!(&blocks.envelope, &whole.envelope);
        assert_same(&blocks, &whole)?;
    }

    #[test]
    fn rows_that_are_one_record_are_so_whatever_block_they_are_in(
        rows in prop::collection::vec(prop::sample::select(vec![
            "P-1;1;2024-04-01;1", "P-1;1;2024-04-01;1", "P-1;1;;2", "P-1;1;2024-04-02;3", "P-1;2;2024-04-31;", "P-2;1;;x", "P-1;;;4",
            "P-1;1;;2;x", "P-3", "", "Totaal;3", "P-4;\"1\n2\";;5",
        ]), 0..14),
        title in prop::sample::select(vec!["", "Overzicht\r\n"]),
        size in prop::sample::select(vec![1_usize, 2, 3, 7]),
    ) {
        let csv = format!("{title}a;b;c;d\r\n{}", rows.join("\r\n"));
        let document = adapters::decode(csv.as_bytes(), TOGETHER.wire(), &Limits::default());
        let document = document.expect("it is CSV");
        let whole = TOGETHER.decode(&document);
        let blocks = in_blocks(&TOGETHER, &document, size);
        prop_assert_eq!(&blocks.envelope, &whole.envelope);
        assert_same(&blocks, &whole)?;
    }
}

/// A list of plans of so many goals each, one row a goal.
fn plannen(plans: usize, goals: usize) -> String {
    let mut text = "Dossier;Plannr;Status;Nr doel;Doelomschrijving\r\n".to_owned();
    for plan in 0..plans {
        for goal in 1..=goals {
            write!(
                text,
                "W2-2024-{plan:06};TP-{plan};Lopend;{goal};Doel {goal} van dit plan\r\n"
            )
            .expect("a text takes it");
        }
    }
    text
}

#[test]
fn records_of_several_rows_come_out_as_they_do_at_once_however_long_the_file() {
    let program = Program::new();
    let mut text = plannen(4_000, 4);
    text.push_str("W2-2024-000000;TP-0;Lopend;9;Te laat\r\n");
    assert!(text.len() > 2 * 256 * 1024, "some pieces");
    program.write("in.csv", &text);
    let library = shipped();
    let from = library
        .get("aanbieder-a", "trajectplan-csv")
        .expect("shipped");
    for (name, to) in [
        (None, library.canonical()),
        (Some("aanbieder-a/trajectplan-csv"), from),
    ] {
        let mut arguments = vec!["convert", "--from", "aanbieder-a/trajectplan-csv"];
        arguments.extend(["--in", "in.csv", "--report", "verslag.json"]);
        arguments.extend(name.into_iter().flat_map(|name| ["--to", name]));
        let converted = program.run(&arguments);
        assert_eq!(code(&converted), 2, "{}", err(&converted));
        let told = err(&converted);
        assert!(told.contains("4000 opgenomen, 1 geweigerd."), "{told}");
        let expected = at_once(text.as_bytes(), from, to);
        assert!(converted.stdout == expected, "{name:?}: the bytes differ");
        let report = program.json("verslag.json");
        let elements = report["elementen"].as_array().expect("a list");
        assert_eq!(elements[1]["plaats"], "rij 6", "where its first row is");
        assert_eq!(elements[4_000]["plaats"], "rij 16002");
    }
}

#[test]
fn a_record_that_was_written_before_is_not_written_again_however_far_on() {
    let program = Program::new();
    // two numbers of one file that are one in what is written
    let mut text = "Dossier;Plan\r\n".to_owned();
    for plan in 0..20_000 {
        write!(text, "W2-2024-{plan:06};TP-{plan}\r\n").expect("a text takes it");
    }
    text.push_str("W2-2024-000000;TP-0\r\n");
    program.write("in.csv", &text);
    program.write("eigen/aanbieder/los.toml", LOS);
    let converted = program.run(&[
        "convert",
        "--from",
        "eigen/aanbieder/los.toml",
        "--to",
        "aanbieder-a/trajectplan-csv",
        "--in",
        "in.csv",
        "--report",
        "verslag.json",
    ]);
    let written = out(&converted);
    assert_eq!(written.lines().count(), 20_001, "{}", err(&converted));
    assert_eq!(written.matches("W2-2024-000000;").count(), 1);
    let report = program.json("verslag.json").to_string();
    assert!(report.contains("uit.dubbel"), "{}", err(&converted));
}

const LOS: &str = r#"
[mapping]
organisatie = "aanbieder"
soort       = "los"
titel       = "Los"
status      = "proef"
direction   = "in"
format      = "csv"
main        = "trajectplan"

[[rule]]
source = "Dossier"
target = "opdracht.referentieAanbieder"

[[rule]]
source = "Plan"
target = "trajectplan.nummer"
"#;

const TERUG: &str = r#"
[mapping]
organisatie = "aanbieder"
soort       = "terug"
titel       = "Terug"
status      = "proef"
direction   = "out"
format      = "csv"
main        = "logboekregel"
delivers    = "none"
per         = "message"

[csv]
encoding = "windows-1252"

[[rule]]
source = "dossier"
target = "opdracht.referentieAanbieder"

[[rule]]
source   = "samenvatting"
target   = "logboekregel.samenvattingDeelbaar"
required = true
"#;

const LOGBOEK: &str =
    "Dossier;Datum;Van;Tot;Contact;Activiteit;Werkvloer;Doel;Omschrijving;Samenvatting;Uur\r\n";

/// A provider's log in Windows-1252, one row in `every` with a date that is not there.
fn logboek(rows: usize, every: usize) -> Vec<u8> {
    let mut text = LOGBOEK.to_owned();
    for row in 0..rows {
        let (day, month) = if row % every == every - 1 {
            (31, 4)
        } else {
            (row % 28 + 1, row % 12 + 1)
        };
        let shared = if row % 7 == 0 { "" } else { "Doelen besproken" };
        write!(
            text,
            "W2-2024-{row:06};{day:02}-{month:02}-2024;9:00;10:15;App;Driegesprek;N;\"1,2\";\"Bericht {row}: \"\"ik blijf\"\"\r\ntot september, café\";{shared};1,25\r\n"
        )
        .expect("a text takes it");
    }
    // every character of it is one byte in that encoding, with the same number
    text.chars()
        .map(|c| u8::try_from(u32::from(c)).expect("Latin"))
        .collect()
}

/// The bytes that the whole-file road gives: decoded at once, mapped at once, written at once.
fn at_once(bytes: &[u8], from: &Mapping, to: &Mapping) -> Vec<u8> {
    let document = adapters::decode(bytes, from.wire(), &Limits::default()).expect("it fits");
    let elements = from.decode(&document).elements.into_iter();
    let taken = elements.filter(|element| !element.faults.iter().any(Fault::refuses));
    let bundles: Vec<_> = taken.map(|element| element.bundle).collect();
    let nothing = serde_json::json!({});
    let fits = |bundle: &Bundle| {
        let alone = to.encode(&nothing, std::slice::from_ref(bundle));
        !alone.faults.iter().any(Fault::refuses)
    };
    let bundles: Vec<_> = bundles.into_iter().filter(fits).collect();
    let encoded = to.encode(&nothing, &bundles);
    adapters::encode(&encoded.document, to.wire()).expect("written")
}

fn shipped() -> Library {
    let schemas = Schemas::embedded().expect("the schemas are tested elsewhere");
    let compiled = MappingSource::new(None).compile(&schemas, Lang::En);
    compiled.expect("the shipped mappings compile")
}

#[test]
fn several_pieces_give_the_bytes_that_the_whole_gives() {
    let program = Program::new();
    let bytes = logboek(4_000, 100);
    assert!(bytes.len() > 2 * 256 * 1024, "some pieces");
    std::fs::write(program.folder.join("in.csv"), &bytes).expect("written");
    let library = shipped();
    let from = library.get("aanbieder-a", "logboek").expect("shipped");
    program.write("eigen/aanbieder/terug.toml", TERUG);
    let own = compiled("aanbieder/terug.toml", TERUG);
    for (name, to, tally) in [
        (None, library.canonical(), "3960 opgenomen, 40 geweigerd."),
        // one row in seven has nothing that this format requires
        (
            Some("eigen/aanbieder/terug.toml"),
            &own,
            "3394 opgenomen, 40 geweigerd.\n566 gelezen en niet geschreven.",
        ),
    ] {
        let mut arguments = vec!["convert", "--from", "aanbieder-a/logboek", "--in", "in.csv"];
        arguments.extend(["--report", "verslag.json"]);
        arguments.extend(name.into_iter().flat_map(|name| ["--to", name]));
        let converted = program.run(&arguments);
        assert_eq!(code(&converted), 2, "{}", err(&converted));
        let said = err(&converted);
        assert!(said.contains(tally), "{said}");
        assert!(
            converted.stdout == at_once(&bytes, from, to),
            "{name:?}: the bytes differ"
        );
        let report = program.json("verslag.json");
        let elements = report["elementen"].as_array().expect("a list");
        assert_eq!(elements.len(), 4_000, "what fits is listed as it is");
        assert_eq!(elements[3_999]["plaats"], "rij 4001");
        assert_eq!(elements[3_999]["uitkomst"], "geweigerd");
        assert!(report.get("ingekort").is_none());
    }
    // standard input comes once, and is read as often
    let mut child = program
        .command(&[
            "convert",
            "--from",
            "aanbieder-a/logboek",
            "--out",
            "uit.json",
        ])
        .stdin(std::fs::File::open(program.folder.join("in.csv")).expect("there"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    assert_eq!(child.wait().expect("it ends").code(), Some(2));
    let written = std::fs::read(program.folder.join("uit.json")).expect("there");
    assert!(written == at_once(&bytes, from, library.canonical()));
}

#[test]
fn a_fault_at_the_end_of_a_long_file_leaves_nothing_of_its_beginning() {
    let program = Program::new();
    for (end, place) in [
        (&b"W2-1;\"01-04-2024\n"[..], "rij 4002, kolom B"),
        (b"W2-1;01-04-2024\"x\"\n\"ab;\n", "rij 4003, kolom A"),
    ] {
        let mut bytes = logboek(4_000, 5_000);
        bytes.extend(end);
        std::fs::write(program.folder.join("in.csv"), &bytes).expect("written");
        let converted = program.run(&[
            "convert",
            "--from",
            "aanbieder-a/logboek",
            "--in",
            "in.csv",
            "--out",
            "uit.json",
        ]);
        assert_eq!(code(&converted), 1);
        assert!(err(&converted).contains(place), "{}", err(&converted));
        assert!(!program.folder.join("uit.json").exists());
    }
}

#[test]
fn a_character_that_the_other_encoding_does_not_have_is_left_out_alone() {
    let program = Program::new();
    program.write("eigen/aanbieder/terug.toml", TERUG);
    let mut text = String::from_utf8_lossy(&logboek(4_000, 5_000)).replace('\u{FFFD}', "e");
    text.push_str("W2-ń;01-04-2024;;;App;;;;;Besproken;0,25\r\n");
    program.write("in.csv", &format!("\u{FEFF}{text}"));
    let converted = program.run(&[
        "convert",
        "--from",
        "aanbieder-a/logboek",
        "--to",
        "eigen/aanbieder/terug.toml",
        "--in",
        "in.csv",
        "--out",
        "uit.csv",
    ]);
    assert_eq!(code(&converted), 2);
    assert!(
        err(&converted).contains("record 4001, opdracht/referentieAanbieder"),
        "{}",
        err(&converted)
    );
    let written = std::fs::read_to_string(program.folder.join("uit.csv")).expect("written");
    assert!(written.ends_with("\r\n;Besproken\r\n"), "{written}");
}

#[test]
fn one_bsn_with_two_names_refuses_both_rows_however_far_apart() {
    let program = Program::new();
    let example = program::fixture("uwv/voorbeelden/sonar-csv.csv");
    let example = std::fs::read(example).expect("read");
    let lines: Vec<&[u8]> = example.split_inclusive(|byte| *byte == b'\n').collect();
    let person = lines[1];
    let at = person.windows(4).position(|window| window == b"A.B.");
    let at = at.expect("the name");
    let mut other = person.to_vec();
    other[at] = b'C';
    let mut bytes = [lines[0], person].concat();
    for _ in 0..3_000 {
        bytes.extend(lines[2]);
    }
    bytes.extend(&other);
    assert!(bytes.len() > 2 * 256 * 1024, "some pieces");
    std::fs::write(program.folder.join("in.csv"), &bytes).expect("written");
    let validated = program.run(&[
        "validate",
        "--from",
        "uwv/sonar-csv",
        "--in",
        "in.csv",
        "--report",
        "verslag.csv",
    ]);
    assert_eq!(code(&validated), 2, "{}", err(&validated));
    assert!(
        err(&validated).contains("3000 opgenomen, 2 geweigerd."),
        "{}",
        err(&validated)
    );
    let report = std::fs::read_to_string(program.folder.join("verslag.csv")).expect("there");
    let doubles: Vec<&str> = report
        .lines()
        .filter(|line| line.contains("bsn.dubbel"))
        .collect();
    assert_eq!(doubles.len(), 2);
    assert!(
        doubles[0].contains("rij 2,") && doubles[1].contains("rij 3003,"),
        "{doubles:?}"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_hundred_thousand_rows_take_less_than_150_megabytes() {
    let program = Program::new();
    std::fs::write(program.folder.join("in.csv"), logboek(100_000, 50)).expect("written");
    let (most, converted) = program.peak(&[
        "convert",
        "--from",
        "aanbieder-a/logboek",
        "--in",
        "in.csv",
        "--out",
        "uit.json",
        "--report",
        "verslag.json",
    ]);
    assert_eq!(code(&converted), 2);
    let told = err(&converted);
    assert!(told.contains("98000 opgenomen, 2000 geweigerd."));
    assert!(
        told.contains("Stuur het daarheen in delen."),
        "more cells than a message may have"
    );
    let written = std::fs::read(program.folder.join("uit.json")).expect("there");
    let records: Vec<serde_json::Value> = serde_json::from_slice(&written).expect("JSON");
    assert_eq!(records.len(), 98_000, "all rows came out");
    let report = program.json("verslag.json");
    assert_eq!(report["totaal"], 100_000);
    assert_eq!(report["elementen"].as_array().map(Vec::len), Some(2_000));
    assert!(
        report["ingekort"].is_string(),
        "and the report says what it leaves out"
    );
    assert!((20..150).contains(&most), "{most} MB");
    assert!(out(&converted).is_empty());
}

#[test]
fn the_row_reader_is_for_csv_alone() {
    let library = shipped();
    let logboek = library.get("aanbieder-a", "logboek").expect("shipped");
    assert!(logboek.fills(Kind::Logboekregel) && !logboek.fills(Kind::Declaratie));
    let xml = library
        .get("gemeente-voorbeeldstad", "verwijzing")
        .expect("shipped");
    assert!(xml.table().is_none() && !matches!(xml.wire(), Wire::Csv(_)));
    let rows: Vec<Node> = Vec::new();
    let mut table = TABLE.table().expect("CSV");
    assert!(table.rows(rows).elements.is_empty());
    assert_eq!(table.end().faults[0].code, "kop.ontbreekt");
}
