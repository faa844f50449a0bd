//! The mappings in `mappings/`: each compiles, holds its cases and its laws, and reads its example files; and the
//! example files are what they say they are.

mod sonar;

use schakel::adapters;
use schakel::adapters::Limits;
use schakel::canonical::Kind;
use schakel::canonical::elfproef;
use schakel::document::Document;
use schakel::document::Lang;
use schakel::document::Wire;
use schakel::mapping::Decoded;
use schakel::mapping::Library;
use schakel::mapping::laws;
use schakel::schema::Completeness;
use schakel::schema::Schemas;
use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;
use std::sync::LazyLock;

/// Where the generated records of the laws start, and how many there are for each mapping.
const LAW_SEED: u64 = 1;
const LAW_CASES: u32 = 200;

static SCHEMAS: LazyLock<Schemas> = LazyLock::new(|| Schemas::embedded().expect("they load"));

static LIBRARY: LazyLock<Library> = LazyLock::new(|| {
    Library::shipped(&SCHEMAS).unwrap_or_else(|found| {
        let lines: Vec<String> = found.iter().map(|one| one.render(Lang::En)).collect();
        panic!("{}", lines.join("\n"));
    })
});

fn mappings() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("mappings")
}

/// The mapping files, by their names.
fn files() -> usize {
    let folders = std::fs::read_dir(mappings())
        .expect("it is there")
        .flatten();
    let own = folders.filter(|folder| folder.file_name() != "_gedeeld");
    own.filter_map(|folder| std::fs::read_dir(folder.path()).ok())
        .flatten()
        .flatten()
        .filter_map(|file| file.file_name().into_string().ok())
        .filter_map(|name| name.strip_suffix(".toml").map(str::to_owned))
        .filter(|name| name.strip_suffix(".cases").is_none())
        .count()
}

fn example(path: &str) -> Vec<u8> {
    std::fs::read(mappings().join(path)).expect("an example file")
}

fn excel(bytes: &[u8]) -> Document {
    adapters::decode(bytes, &Wire::Excel, &Limits::default()).expect("a workbook")
}

/// The workbook in the repository is made by the table in `tests/sonar`. With `SCHAKEL_SCHRIJF_WERKMAP=1` this test
/// writes it again.
#[test]
fn the_sonar_workbook_holds_what_its_table_says() {
    let made = sonar::workbook().expect("it can be written");
    let path = "uwv/voorbeelden/sonar.xlsx";
    if std::env::var_os("SCHAKEL_SCHRIJF_WERKMAP").is_some() {
        std::fs::write(mappings().join(path), &made).expect("it can be kept");
    }
    assert!(excel(&made) == excel(&example(path)), "write it again");
}

/// So is the CSV.
#[test]
fn the_sonar_csv_holds_what_its_table_says() {
    let made = sonar::csv();
    let path = "uwv/voorbeelden/sonar-csv.csv";
    if std::env::var_os("SCHAKEL_SCHRIJF_WERKMAP").is_some() {
        std::fs::write(mappings().join(path), &made).expect("it can be kept");
    }
    assert!(made == example(path), "write it again");
    assert!(std::str::from_utf8(&made).is_err(), "it is Windows-1252");
}

#[test]
fn every_bsn_of_the_sonar_workbook_passes_the_elfproef_and_one_occurs_twice() {
    let mut seen: BTreeMap<u32, usize> = BTreeMap::new();
    for person in &sonar::PEOPLE {
        assert!(elfproef(&format!("{:09}", person.bsn)), "{}", person.bsn);
        *seen.entry(person.bsn).or_default() += 1;
    }
    assert_eq!(seen.values().filter(|times| **times == 2).count(), 1);
    assert_eq!(seen.len(), sonar::PEOPLE.len() - 1);
}

#[test]
fn the_logbook_example_is_windows_1252_with_crlf_and_line_breaks_in_cells() {
    let bytes = example("aanbieder-a/voorbeelden/logboek.csv");
    assert!(std::str::from_utf8(&bytes).is_err(), "it is not UTF-8");
    for special in [0xE9, 0x96, 0x91, 0x80] {
        assert!(bytes.contains(&special), "é, –, ‘ and €");
    }
    let lines = bytes.windows(2).filter(|pair| pair == b"\r\n").count();
    assert_eq!(lines, 9 + 2, "a header, eight rows, two breaks in a cell");
    assert_eq!(
        bytes.split(|byte| *byte == b'\n').count(),
        lines + 1,
        "no LF alone"
    );
}

#[test]
fn every_shipped_mapping_compiles_and_says_what_is_published_and_what_is_assumed() {
    assert_eq!(LIBRARY.all().count(), files());
    for mapping in LIBRARY.all() {
        let status = mapping.status();
        assert!(
            status.contains("[PUB") || status.contains("[ASM]"),
            "{:?}",
            mapping.id()
        );
    }
}

#[test]
fn every_shipped_mapping_has_cases_and_they_hold() {
    let file = |path: &str| Library::shipped_file(path).map(<[u8]>::to_vec);
    let mut failures = Vec::new();
    for mapping in LIBRARY.all() {
        assert!(!mapping.cases().is_empty(), "{:?}", mapping.id());
        for failure in mapping.check_cases(&file) {
            failures.push(format!(
                "{:?} {}:\n{}",
                mapping.id(),
                failure.case,
                failure.why.en
            ));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

#[test]
fn every_message_kind_of_the_five_flows_has_its_mapping_out() {
    for (org, delivers) in [
        ("aanbieder-a", "verwijzing"),
        ("aanbieder-a", "opdracht"),
        ("aanbieder-a", "werkprofiel"),
        ("gemeente-voorbeeldstad", "verwijzingBesluit"),
        ("gemeente-voorbeeldstad", "trajectplan"),
        ("gemeente-voorbeeldstad", "logboek"),
        ("gemeente-voorbeeldstad", "rapportage"),
        ("aanbieder-iwmo", "opdracht"),
        ("gemeente-voorbeeldstad", "opdrachtStart"),
        ("gemeente-voorbeeldstad", "opdrachtStop"),
        ("gemeente-voorbeeldstad", "verzoekToewijzing"),
        ("gemeente-voorbeeldstad", "verzoekWijziging"),
        ("aanbieder-iwmo", "verzoekAntwoord"),
        ("gemeente-voorbeeldstad", "declaratie"),
        ("aanbieder-iwmo", "declaratieAntwoord"),
        ("gemeente-voorbeelddorp", "verwijzing"),
        ("gemeente-voorbeelddorp", "verwijzingBesluit"),
        ("gemeente-voorbeelddorp", "logboek"),
        ("uwv", "logboek"),
    ] {
        assert!(
            LIBRARY.outbound(org, delivers).is_some(),
            "{org} {delivers}"
        );
    }
}

/// What an example file says, and every record of it checked as the change it is.
fn read(org: &str, soort: &str, path: &str) -> Decoded {
    let mapping = LIBRARY.inbound(org, soort).expect("a mapping");
    let document = adapters::decode(&example(path), mapping.wire(), &Limits::default());
    let decoded = mapping.decode(&document.expect("a document"));
    for element in &decoded.elements {
        for (kind, record) in &element.bundle.records {
            let violations = SCHEMAS.validate(*kind, record, Completeness::Partial);
            assert_eq!(violations, [], "{path} {kind}");
        }
    }
    decoded
}

#[test]
fn every_example_file_is_read_without_a_refusal_and_fits_the_schemas() {
    for (org, soort, path, elements) in [
        (
            "gemeente-voorbeeldstad",
            "verwijzing",
            "gemeente-voorbeeldstad/voorbeelden/verwijzing.xml",
            1,
        ),
        (
            "gemeente-voorbeeldstad",
            "kennisgeving",
            "gemeente-voorbeeldstad/voorbeelden/kennisgeving.xml",
            1,
        ),
        (
            "gemeente-voorbeeldstad",
            "klantkennisgeving",
            "gemeente-voorbeeldstad/voorbeelden/ontdubbeling.xml",
            1,
        ),
        (
            "gemeente-voorbeeldstad",
            "toewijzing",
            "gemeente-voorbeeldstad/voorbeelden/toewijzing.xml",
            4,
        ),
        (
            "aanbieder-iwmo",
            "start",
            "aanbieder-iwmo/voorbeelden/start.xml",
            1,
        ),
        (
            "aanbieder-iwmo",
            "stop",
            "aanbieder-iwmo/voorbeelden/stop.xml",
            1,
        ),
        (
            "aanbieder-a",
            "besluit",
            "aanbieder-a/voorbeelden/besluit.json",
            1,
        ),
        (
            "aanbieder-a",
            "opdrachtbevestiging",
            "aanbieder-a/voorbeelden/opdrachtbevestiging.json",
            1,
        ),
        (
            "aanbieder-a",
            "trajectplan",
            "aanbieder-a/voorbeelden/trajectplan.json",
            1,
        ),
        (
            "aanbieder-a",
            "logboek",
            "aanbieder-a/voorbeelden/logboek.csv",
            8,
        ),
        (
            "gemeente-voorbeelddorp",
            "verwijzing",
            "gemeente-voorbeelddorp/voorbeelden/verwijzing.json",
            2,
        ),
        (
            "gemeente-voorbeelddorp",
            "verwijzing-csv",
            "gemeente-voorbeelddorp/voorbeelden/verwijzing-csv.csv",
            2,
        ),
        ("uwv", "sonar", "uwv/voorbeelden/sonar.xlsx", 24),
        ("uwv", "sonar-csv", "uwv/voorbeelden/sonar-csv.csv", 24),
        ("uwv", "canoniek", "uwv/voorbeelden/opdracht.json", 1),
    ] {
        let decoded = read(org, soort, path);
        assert_eq!(decoded.elements.len(), elements, "{path}");
        let unread = decoded
            .faults
            .iter()
            .filter(|fault| fault.code == "deel.onbekend" || fault.code == "kolom.onbekend");
        assert_eq!(unread.count(), 0, "{path} is read whole, or on purpose not");
        assert!(
            !decoded.faults.iter().any(schakel::document::Fault::refuses),
            "{path}"
        );
        let refused = decoded.elements.iter().flat_map(|element| &element.faults);
        assert_eq!(refused.filter(|fault| fault.refuses()).count(), 0, "{path}");
    }
}

/// The faults of a workbook: place and code.
fn remarks(decoded: &Decoded) -> Vec<String> {
    decoded
        .elements
        .iter()
        .flat_map(|element| &element.faults)
        .map(|fault| format!("{} {}", fault.place.location(Lang::Nl), fault.code))
        .collect()
}

#[test]
fn the_sonar_workbook_is_answered_row_by_row() {
    let decoded = read("uwv", "sonar", "uwv/voorbeelden/sonar.xlsx");
    assert_eq!(
        remarks(&decoded),
        [
            "Blad 1: rij 12, kolom E (Beschikbare uren/wk) getal.vorm",
            "Blad 1: rij 12, kolom E (Beschikbare uren/wk) waarde.bewaard",
            "Blad 1: rij 15, kolom C (BSN) bsn.aangevuld",
            "Blad 1: rij 21, kolom S (Gemeente) code.onbekend",
            "Blad 1: rij 21, kolom S (Gemeente) waarde.bewaard",
            "Blad 1: rij 24, kolom R (Vervoer) code.onbekend",
            "Blad 1: rij 24, kolom R (Vervoer) waarde.bewaard",
        ]
    );
    let kandidaat = |row: usize| {
        decoded.elements[row - 2]
            .bundle
            .record(Kind::Kandidaat)
            .expect("one")
    };
    assert_eq!(kandidaat(2)["bsn"], "999990019");
    assert_eq!(kandidaat(15)["bsn"], "009999905");
    assert_eq!(kandidaat(9)["bsn"], kandidaat(10)["bsn"]);
    assert_eq!(kandidaat(18)["toestemming"], false);
    assert_eq!(kandidaat(4)["waardeStatus"]["/geslacht"], "waardeOnbekend");
    assert!(decoded.elements.iter().all(|element| {
        let record = element.bundle.record(Kind::Kandidaat).expect("one");
        !record.contains_key("geboortedatum") && !record.contains_key("geslachtsnaam")
    }));
    let werkprofiel = |row: usize| {
        decoded.elements[row - 2]
            .bundle
            .record(Kind::Werkprofiel)
            .expect("one")
    };
    assert_eq!(
        werkprofiel(12)["nietVertaald"]["/beschikbaarheid/urenPerWeekMax"],
        "in overleg"
    );
    assert_eq!(
        werkprofiel(8)["mobiliteit"]["vervoermiddelen"],
        serde_json::json!([{"vervoermiddel": "2"}])
    );
    assert_eq!(werkprofiel(2)["talen"][0]["taal"], "nld");
}

/// Two mappings with the same rules, each for its own file: they stay the same.
#[test]
fn the_sonar_csv_says_of_the_same_people_what_the_workbook_says() {
    let csv = read("uwv", "sonar-csv", "uwv/voorbeelden/sonar-csv.csv");
    let workbook = read("uwv", "sonar", "uwv/voorbeelden/sonar.xlsx");
    let without_sheet = |remark: String| remark.replace("Blad 1: ", "");
    assert_eq!(
        remarks(&csv),
        remarks(&workbook)
            .into_iter()
            .map(without_sheet)
            .collect::<Vec<_>>()
    );
    for (row, (csv, workbook)) in (2..).zip(csv.elements.iter().zip(&workbook.elements)) {
        assert_eq!(csv.bundle, workbook.bundle, "row {row}");
    }
}

/// The workbook published with the VNG UM pilot, where it is present beside the repository.
#[test]
fn the_published_sonar_workbook_gives_24_people_whose_municipality_is_kept_raw() {
    let folder = std::env::var_os("SCHAKEL_SAMPLES").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/samples"),
        PathBuf::from,
    );
    let Ok(bytes) = std::fs::read(folder.join("SonarDashboardExample.xlsx")) else {
        eprintln!(
            "skipped: no SonarDashboardExample.xlsx in {}",
            folder.display()
        );
        return;
    };
    let mapping = LIBRARY.inbound("uwv", "sonar").expect("a mapping");
    let decoded = mapping.decode(&excel(&bytes));
    assert_eq!(
        decoded
            .faults
            .iter()
            .map(|fault| &*fault.code)
            .collect::<Vec<_>>(),
        Vec::<&str>::new()
    );
    assert_eq!(decoded.elements.len(), 24);
    let expected: Vec<String> = (2..=25)
        .flat_map(|row| ["code.onbekend", "waarde.bewaard"].map(|code| (row, code)))
        .map(|(row, code)| format!("Blad 1: rij {row}, kolom S (Gemeente) {code}"))
        .collect();
    assert_eq!(remarks(&decoded), expected);
    let mut rows: BTreeMap<String, usize> = BTreeMap::new();
    let mut without_consent = 0;
    for element in &decoded.elements {
        for (kind, record) in &element.bundle.records {
            assert_eq!(SCHEMAS.validate(*kind, record, Completeness::Partial), []);
        }
        let kandidaat = element.bundle.record(Kind::Kandidaat).expect("one");
        *rows.entry(kandidaat["bsn"].to_string()).or_default() += 1;
        without_consent += usize::from(kandidaat["toestemming"] == false);
    }
    assert_eq!(
        rows.values().filter(|times| **times == 2).count(),
        1,
        "rows 8 and 9"
    );
    assert_eq!(without_consent, 1, "row 18");
}

/// Generated records through every mapping: two-way ones keep both laws, outgoing ones can always be written.
#[test]
fn the_laws_hold_for_generated_records() {
    let failures: Vec<String> = LIBRARY
        .all()
        .filter_map(|mapping| laws::check(mapping, &SCHEMAS, LAW_SEED, LAW_CASES).err())
        .map(|counterexample| counterexample.to_string())
        .collect();
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

#[test]
fn the_municipality_s_example_is_stable_after_one_round() {
    let mapping = LIBRARY
        .inbound("gemeente-voorbeeldstad", "verwijzing")
        .expect("a mapping");
    let bytes = example("gemeente-voorbeeldstad/voorbeelden/verwijzing.xml");
    let document =
        adapters::decode(&bytes, mapping.wire(), &Limits::default()).expect("a document");
    assert_eq!(laws::stable(mapping, &document), Ok(1));
}

/// Several elements with what stands around them, as one document.
#[test]
fn the_assignments_of_three_people_written_together_are_read_as_they_were() {
    let mapping = LIBRARY
        .inbound("gemeente-voorbeeldstad", "toewijzing")
        .expect("a mapping");
    let path = "gemeente-voorbeeldstad/voorbeelden/toewijzing.xml";
    let decoded = read("gemeente-voorbeeldstad", "toewijzing", path);
    let bundles: Vec<_> = decoded
        .elements
        .into_iter()
        .map(|element| element.bundle)
        .collect();
    let context = serde_json::json!({"referentie": "T240001", "verzonden": "2024-03-20T12:00:00Z"});
    let encoded = mapping.encode(&context, &bundles);
    assert!(encoded.faults.is_empty(), "{:?}", encoded.faults);
    let bytes = adapters::encode(&encoded.document, mapping.wire()).expect("a document");
    let again = adapters::decode(&bytes, mapping.wire(), &Limits::default()).expect("it is XML");
    let again: Vec<_> = mapping
        .decode(&again)
        .elements
        .into_iter()
        .map(|element| element.bundle)
        .collect();
    assert!(again == bundles, "{}", String::from_utf8_lossy(&bytes));
}

/// An occupation or education has a code or a name without one, and never both; a competence has the description of its
/// code (VUM 1.1.1).
#[test]
fn a_vum_profile_that_says_two_things_of_one_is_no_invented_pair() {
    let mapping = LIBRARY.inbound("vum", "profiel-1-1").expect("a mapping");
    let text = r#"{"idWerkzoekende": "0484-000127",
      "arbeidsmarktkwalificatie": {
        "gedragscompetentie": [
          {"codeGedragscompetentie": "24105", "omschrijvingGedragscompetentie": "Werkt fijn samen"},
          {"codeGedragscompetentie": "24100", "omschrijvingGedragscompetentie": "kwaliteit leveren"},
          {"omschrijvingGedragscompetentie": "leren"}
        ],
        "opleiding": [{"opleidingsnaam": {
          "opleidingsnaamGecodeerd": {"codeOpleidingsnaam": "1230456"},
          "opleidingsnaamOngecodeerd": {"naamOpleidingOngecodeerd": "Bakker", "omschrijvingOpleiding": "In de avond"}
        }}]
      },
      "bemiddelingsberoep": [
        {"beroepsnaamGecodeerd": {"codeBeroepsnaam": "123", "omschrijvingBeroepsnaam": "kok"}, "beroepsnaamOngecodeerd": {"naamBeroepOngecodeerd": "bakker"}},
        {"beroepsnaamGecodeerd": {"omschrijvingBeroepsnaam": "lasser"}, "beroepsnaamOngecodeerd": {"naamBeroepOngecodeerd": "bakker"}}
      ]}"#;
    let document = adapters::decode(text.as_bytes(), &Wire::Json, &Limits::default());
    let decoded = mapping.decode(&document.expect("a document"));
    let own = "/arbeidsmarktkwalificatie/gedragscompetentie/1/omschrijvingGedragscompetentie";
    let education =
        "/arbeidsmarktkwalificatie/opleiding/0/opleidingsnaam/opleidingsnaamOngecodeerd";
    let occupation = "beroepsnaamOngecodeerd/naamBeroepOngecodeerd";
    assert_eq!(
        remarks(&decoded),
        [
            format!("{own} waarde.tegenstrijdig"),
            format!("{education}/naamOpleidingOngecodeerd waarde.overgeslagen"),
            format!("{education}/omschrijvingOpleiding waarde.overgeslagen"),
            format!("/bemiddelingsberoep/0/{occupation} waarde.overgeslagen"),
            format!("/bemiddelingsberoep/1/{occupation} waarde.tegenstrijdig"),
        ]
    );
    let record = decoded.elements[0].bundle.record(Kind::Werkprofiel);
    let record = record.expect("a werkprofiel");
    assert_eq!(
        record["gedragscompetenties"],
        serde_json::json!([{"code": "24105", "omschrijving": "Werkt fijn samen"}, {"code": "24100"}, {"code": "24116"}])
    );
    assert_eq!(
        record["opleidingen"],
        serde_json::json!([{"code": "1230456"}])
    );
    assert_eq!(
        record["bemiddelingsberoepen"],
        serde_json::json!([{"code": "123", "stelsel": "BO&C", "omschrijving": "kok"}, {"omschrijving": "lasser"}])
    );
}
