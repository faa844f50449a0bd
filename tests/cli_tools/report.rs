//! The report as a workbook: what the file says, of every format, with what is wrong marked where it stands.

use crate::marked::Marked;
use crate::marked::Written;
use crate::program::Program;
use crate::program::code;
use crate::program::err;
use crate::program::fixture;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::collections::BTreeMap;

fn report(program: &Program, mapping: &str, input: &str) -> (i32, Written) {
    let arguments = [
        "--lang", "en", "validate", "--from", mapping, "--in", input, "--report", "r.xlsx",
    ];
    let validated = program.run(&arguments);
    let there = program.folder.join("r.xlsx").is_file();
    assert!(there, "{}", err(&validated));
    (code(&validated), Written::of(program, "r.xlsx"))
}

/// A shipped example with texts in it changed.
fn bent(program: &Program, name: &str, changes: &[(&str, &str)]) -> String {
    let text = std::fs::read_to_string(fixture(name)).expect("read");
    let file = name.rsplit('/').next().expect("a name").to_owned();
    program.write(&file, &changed(text, changes));
    file
}

fn changed(mut text: String, changes: &[(&str, &str)]) -> String {
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        text = text.replacen(from, to, 1);
    }
    text
}

/// What is marked, with the value of the cell: `D5 bad code: value`, and `B5 bad` where the comment is another cell's.
fn told(written: &Written, sheet: &str) -> Vec<String> {
    let rows = written.rows(sheet);
    let marked: BTreeMap<String, Marked> = written.marked(sheet);
    let tell = |(at, mark): (&String, &Marked)| {
        let column = at.bytes().take_while(u8::is_ascii_uppercase).count();
        let (letters, row) = at.split_at(column);
        let column = letters.bytes().last().map_or(0, |last| last - b'A');
        let row = row.parse::<usize>().expect("a number") - 1;
        let cells = rows.get(row).map_or(&[][..], Vec::as_slice);
        let value = cells.get(usize::from(column)).map_or("", String::as_str);
        let said = mark.comment.lines().map(|line| {
            let (before, _) = line.rsplit_once(": ").unwrap_or(("", line));
            before
        });
        let said = said.collect::<Vec<_>>().join(", ");
        format!("{at} {} {said} | {value}", mark.colour)
    };
    marked.iter().map(tell).collect()
}

const VERWIJZING: &str = "gemeente-voorbeeldstad/voorbeelden/verwijzing.xml";

#[test]
fn of_xml_the_values_are_listed_and_what_is_wrong_is_marked_where_it_stands() {
    let program = Program::new();
    let file = bent(
        &program,
        VERWIJZING,
        &[
            (
                "<rei:bsn>999990019</rei:bsn>",
                "<rei:bsn>999990018</rei:bsn>",
            ),
            (
                "<rei:soort>verwijzing</rei:soort>",
                "<rei:soort>=1+1</rei:soort>",
            ),
            (
                "<rei:geslacht>V</rei:geslacht>",
                "<rei:geslacht>Q</rei:geslacht>",
            ),
            ("<rei:grondslag>PW</rei:grondslag>", ""),
            (
                "<rei:tegel>EW04</rei:tegel>",
                "<rei:extra><rei:a>1</rei:a></rei:extra>",
            ),
        ],
    );
    let (code, written) = report(&program, "gemeente-voorbeeldstad/verwijzing", &file);
    assert_eq!(code, 1);
    assert_eq!(written.sheets(), ["Values", "Faults", "Summary"]);
    let rows = written.rows("Values");
    assert_eq!(rows[0], ["Place", "Line", "Column", "Value"]);
    assert_eq!(rows.len(), 33);
    assert_eq!(
        rows[20][0],
        "/rei:verwijzing_Di01/rei:object[1]/rei:klant/rei:geboortedatum/@StUF:indOnvolledigeDatum"
    );
    assert_eq!(
        told(&written, "Values"),
        [
            // an element that no rule reads
            "A28 neutral /rei:verwijzing_Di01/rei:object[1]/…: deel.onbekend | /rei:verwijzing_Di01/rei:object[1]/rei:extra/rei:a",
            "D13 bad code.onbekend | =1+1",
            "D16 bad bsn.elfproef | 999990018",
            "D23 neutral code.onbekend, waarde.bewaard | Q",
        ]
    );
    assert!(!written.has_formula());
}

#[test]
fn of_json_the_values_are_listed_by_their_pointers() {
    let program = Program::new();
    let file = bent(
        &program,
        "aanbieder-a/voorbeelden/loonwaarde.json",
        &[
            ("\"1985\"", "\"19x5\""),
            ("  \"rapportnummer\": \"LW-2024-031\",\n", ""),
            ("  \"datumRapportage\": \"2024-05-21\",\n", ""),
            ("\"loonwaarde\": 41", "\"loonwaarde\": 410"),
            ("\"tempo\": 40", "\"tempo\": -1e3"),
            (
                "\"voltijdsuren\": 38.5",
                "\"voltijdsuren\": 38.50, \"anders/dan\": [], \"leeg\": null",
            ),
        ],
    );
    let (code, written) = report(&program, "aanbieder-a/loonwaarde", &file);
    assert_eq!(code, 1);
    let rows = written.rows("Values");
    assert!(!written.has_formula());
    for row in [
        ["/voltijdsuren", "18", "19", "38.50"].as_slice(),
        &["/anders~1dan", "18", "40"],
        &["/hoofdtaken/1/tempo", "22", "62", "-1e3"],
    ] {
        assert!(rows.iter().any(|written| written == row), "{row:?}");
    }
    assert_eq!(
        told(&written, "Values"),
        [
            // what is not there stands at the first value of its object
            "A2 bad /datumRapportage: waarde.verplicht | /dossierNr",
            "D17 neutral deel.onbekend | ",
            "D18 neutral deel.onbekend | ",
            "D28 bad schema.bereik: Pace (basis points) | -1e3",
            "D7 bad schema.bereik: Wage value (basis points) | 410",
        ]
    );
}

#[test]
fn of_fixed_width_each_line_is_a_row_with_the_fields_of_the_layout() {
    let program = Program::new();
    let fixtures = fixture("../tests/mapping_odd_values");
    let mapping = std::fs::read_to_string(fixtures.join("vast.toml")).expect("read");
    program.write("mappings/proef/vast.toml", &mapping);
    let text = std::fs::read(fixtures.join("vast.txt")).expect("read");
    let text: String = text.into_iter().map(char::from).collect();
    let text = changed(
        text,
        &[
            ("999990019", "999990018"),
            ("20241231", "20241331"),
            ("120,5EIGEN", "120,5=1+1X"),
            ("\n99000003", "\n1000202\n99000003"),
        ],
    );
    let bytes: Vec<u8> = text
        .chars()
        .map(|c| u8::try_from(c).expect("latin-1"))
        .collect();
    std::fs::write(program.folder.join("vast.txt"), bytes).expect("written");
    let (code, written) = report(&program, "mappings/proef/vast.toml", "vast.txt");
    assert_eq!(code, 2);
    let rows = written.rows("Lines");
    assert!(!written.has_formula());
    assert_eq!(
        rows[0],
        [
            "Line",
            "1-2",
            "3-14 toewijzingsnummer",
            "15-23 bsn",
            "24-48 geslachtsnaam",
            "49-56 ingangsdatum",
            "57-64 einddatum",
            "65-70 urenToegekend",
            "71-76",
            "77-77",
            "78-80",
        ]
    );
    assert_eq!(rows[1], ["1", "00PROEF 20240401"]);
    assert_eq!(rows[2][2..4], ["002024000123", "999990018"]);
    assert_eq!(rows[2][7..9], [" 120,5", "=1+1X "]);
    assert_eq!(
        told(&written, "Lines"),
        [
            "C6 bad regel.lengte | 00202",
            "D3 bad bsn.elfproef | 999990018",
            "D6 bad  | ",
            "E6 bad  | ",
            "F6 bad  | ",
            "G4 neutral waarde.overgeslagen: This value was not taken | 20241331",
            "G6 bad  | ",
            "H6 bad  | ",
            "I6 bad  | ",
            "J6 bad  | ",
            "K6 bad  | ",
        ]
    );
}

#[test]
fn of_a_file_in_an_envelope_both_are_listed_each_with_its_own_faults() {
    let program = Program::new();
    let envelope = "gemeente-voorbeeldstad/voorbeelden/toewijzing-ggk.xml";
    let text = std::fs::read_to_string(fixture(envelope)).expect("read");
    let (before, rest) = text.split_once("<ggk:xmlBestand>").expect("the file");
    let (held, behind) = rest.split_once("</ggk:xmlBestand>").expect("the file");
    let packed: String = held.split_whitespace().collect();
    let inner = String::from_utf8(STANDARD.decode(packed).expect("base64")).expect("UTF-8");
    let inner = changed(
        inner,
        &[("<re:Bsn>999990019</re:Bsn>", "<re:Bsn>999990018</re:Bsn>")],
    );
    let before = changed(before.to_owned(), &[("20240320101530000", "2024-03-20T10")]);
    let held = STANDARD.encode(inner);
    program.write(
        "t.xml",
        &format!("{before}<ggk:xmlBestand>{held}</ggk:xmlBestand>{behind}"),
    );
    let (code, written) = report(&program, "gemeente-voorbeeldstad/toewijzing-ggk", "t.xml");
    assert_eq!(code, 1);
    assert_eq!(
        written.sheets(),
        ["Values", "Envelope", "Faults", "Summary"]
    );
    assert_eq!(
        told(&written, "Values"),
        [
            "D7 neutral envelop.kenmerk | T240101",
            "D9 bad bsn.elfproef | 999990018",
        ]
    );
    assert_eq!(
        told(&written, "Envelope"),
        ["D8 bad tijdstip.vorm | 2024-03-20T10"]
    );
    let held = &written.rows("Envelope")[13];
    assert!(held[0].ends_with("/ggk:bericht/ggk:xmlBestand"));
    assert_eq!(
        held[3], "(the file)",
        "what it holds has a sheet of its own"
    );
}

/// A log with two rows that something is said of, long enough to be read in pieces.
fn long_log(rows: usize) -> Vec<Vec<String>> {
    let header = [
        "Dossier",
        "Datum",
        "Van",
        "Tot",
        "Contact",
        "Activiteit",
        "Werkvloer",
        "Doel",
        "Omschrijving",
        "Samenvatting",
        "Uur",
    ];
    let mut all = vec![header.map(str::to_owned).to_vec()];
    for row in 2..=rows {
        let date = if row == 8_000 {
            "31-04-2024"
        } else {
            "09-04-2024"
        };
        let contact = if row == 10_000 { "Rooksignaal" } else { "App" };
        let cells = [
            "W2-2024-0117",
            date,
            "9:00",
            "10:15",
            contact,
            "Driegesprek",
            "N",
            "1,2",
            "=1+1",
            "",
            "1,25",
        ];
        all.push(cells.map(str::to_owned).to_vec());
    }
    all
}

#[test]
fn of_a_long_csv_the_rows_are_copied_that_something_is_said_of() {
    let program = Program::new();
    let rows: Vec<String> = long_log(12_000)
        .iter()
        .map(|row| {
            row.iter()
                .map(|cell| format!("\"{cell}\""))
                .collect::<Vec<_>>()
                .join(";")
        })
        .collect();
    program.write("lang.csv", &rows.join("\r\n"));
    let (code, written) = report(&program, "aanbieder-a/logboek", "lang.csv");
    assert_eq!(code, 2);
    assert!(!written.has_formula());
    let rows = written.rows("Rows");
    assert_eq!(rows.len(), 3);
    assert_eq!(rows[0][..3], ["Row", "Dossier", "Datum"]);
    assert_eq!(rows[1][..3], ["8000", "W2-2024-0117", "31-04-2024"]);
    assert_eq!(rows[2][9], "=1+1", "text, and no formula");
    assert_eq!(
        told(&written, "Rows"),
        [
            "C2 bad datum.bestaatNiet | 31-04-2024",
            "F3 neutral code.onbekend, waarde.bewaard | Rooksignaal",
        ]
    );
    let said = &written.rows("Summary")[3][0];
    assert!(said.starts_with("Only what something is said of"), "{said}");
}

#[test]
fn of_a_long_workbook_the_rows_are_copied_that_something_is_said_of() {
    let program = Program::new();
    let logboek = std::fs::read_to_string(fixture("aanbieder-a/logboek.toml")).expect("read");
    let (before, rest) = logboek.split_once("[csv]").expect("the table");
    let (_, rules) = rest.split_once("\n[").expect("more tables");
    let before = changed(before.to_owned(), &[("\"csv\"", "\"excel\"")]);
    program.write(
        "mappings/aanbieder-a/logboek.toml",
        &format!("{before}[excel]\n\n[{rules}"),
    );
    let tables = std::fs::read_to_string(fixture("_gedeeld/tabellen.toml")).expect("read");
    program.write("mappings/_gedeeld/tabellen.toml", &tables);
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    sheet.set_name("Q1").expect("a name");
    for (row, cells) in (0..).zip(long_log(12_000)) {
        for (column, cell) in (0..).zip(cells) {
            sheet.write_string(row, column, cell).expect("written");
        }
    }
    let bytes = book.save_to_buffer().expect("a workbook");
    std::fs::write(program.folder.join("lang.xlsx"), bytes).expect("written");
    let (code, written) = report(&program, "mappings/aanbieder-a/logboek.toml", "lang.xlsx");
    assert_eq!(code, 2);
    assert_eq!(written.sheets(), ["Q1", "Faults", "Summary"]);
    assert_eq!(written.rows("Q1")[0][..3], ["Row", "Dossier", "Datum"]);
    assert_eq!(
        told(&written, "Q1"),
        [
            "C2 bad datum.bestaatNiet | 31-04-2024",
            "F3 neutral code.onbekend, waarde.bewaard | Rooksignaal",
        ]
    );
}
