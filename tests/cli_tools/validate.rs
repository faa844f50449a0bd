use crate::marked::Written;
use crate::marked::rows;
use crate::program::Program;
use crate::program::code;
use crate::program::err;
use crate::program::fixture;
use crate::program::out;
use crate::shared::json;
use crate::shared::shipped;
use schakel::adapters;
use schakel::adapters::Limits;
use schakel::document::CsvWire;
use schakel::document::Wire;
use std::io::Write;
use std::process::Command;
use std::process::Stdio;

/// The log of the sample provider, with a date that is not there in row 3, a code that nobody knows in row 4 and a text
/// that looks like a formula in row 5.
fn logboek(program: &Program, name: &str) {
    let good = std::fs::read(fixture("aanbieder-a/voorbeelden/logboek.csv")).expect("read");
    let mut bad = good;
    for (from, to) in [
        (&b"09-04-2024"[..], &b"99-04-2024"[..]),
        (
            b";Face-to-face;Begeleiding werkplek;J;\"1,2\"",
            b";Rooksignaal;Begeleiding werkplek;J;\"1,2\"",
        ),
        (
            b"\"Werkgever is tevreden over de eerste twee weken\"",
            b"=1+1",
        ),
    ] {
        let at = bad
            .windows(from.len())
            .position(|window| window == from)
            .expect("it is there");
        bad.splice(at..at + from.len(), to.iter().copied());
    }
    std::fs::write(program.folder.join(name), bad).expect("written");
}

fn validate(program: &Program, mapping: &str, input: &str, report: &str) -> i32 {
    let validated = program.run(&[
        "--lang", "en", "validate", "--from", mapping, "--in", input, "--report", report,
    ]);
    assert!(out(&validated).is_empty(), "nothing is converted");
    assert!(program.folder.join(report).is_file(), "{}", err(&validated));
    code(&validated)
}

/// A sheet of a report as rows of texts.
fn sheet(program: &Program, report: &str, name: &str) -> Vec<Vec<String>> {
    Written::of(program, report).rows(name)
}

/// A part of the archive that a workbook is.
fn part(program: &Program, report: &str, name: &str) -> String {
    Written::of(program, report).part(name)
}

#[test]
fn validate_gives_the_report_and_the_exit_code_of_convert_and_writes_nothing_else() {
    let program = Program::new();
    logboek(&program, "logboek.csv");
    assert_eq!(
        validate(&program, "aanbieder-a/logboek", "logboek.csv", "een.json"),
        2
    );
    let converted = program.run(&[
        "--lang",
        "en",
        "convert",
        "--from",
        "aanbieder-a/logboek",
        "--in",
        "logboek.csv",
        "--report",
        "twee.json",
    ]);
    assert_eq!(code(&converted), 2);
    let [one, other] = ["een.json", "twee.json"]
        .map(|name| json(&std::fs::read_to_string(program.folder.join(name)).expect("the report")));
    assert_eq!(one, other);
    assert_eq!(
        (&one["opgenomen"], &one["metOpmerkingen"], &one["geweigerd"]),
        (&7.into(), &1.into(), &1.into())
    );
    let good = shipped("aanbieder-a/voorbeelden/logboek.csv");
    assert_eq!(
        validate(&program, "aanbieder-a/logboek", &good, "goed.json"),
        0
    );
    program.write("leeg.csv", "Kleur\ngroen\n");
    assert_eq!(
        validate(&program, "aanbieder-a/logboek", "leeg.csv", "niets.json"),
        1
    );
    let unknown = program.run(&["validate", "--from", "niemand/niets", "--in", "leeg.csv"]);
    assert_eq!(code(&unknown), 1);
}

#[test]
fn a_csv_report_has_a_row_for_each_fault_and_one_with_the_counts_and_no_formula() {
    let program = Program::new();
    logboek(&program, "=logboek.csv");
    assert_eq!(
        validate(
            &program,
            "aanbieder-a/logboek",
            "=logboek.csv",
            "fouten.csv"
        ),
        2
    );
    let bytes = std::fs::read(program.folder.join("fouten.csv")).expect("read");
    assert!(
        bytes.starts_with(b"\xEF\xBB\xBF"),
        "a spreadsheet knows that it is UTF-8"
    );
    let document = adapters::decode(&bytes, &Wire::Csv(CsvWire::default()), &Limits::default());
    let table = rows(document.expect("CSV").root.items());
    assert_eq!(
        table[0],
        [
            "File", "Element", "Outcome", "Place", "Row", "Line", "Column", "Code", "Severity",
            "Sentence"
        ]
    );
    assert_eq!(
        table[1][..9],
        [
            "'=logboek.csv",
            "2",
            "refused",
            "row 3, column B (Datum)",
            "3",
            "",
            "2",
            "datum.bestaatNiet",
            "refusal"
        ]
    );
    assert_eq!(
        table[2][..9],
        [
            "'=logboek.csv",
            "3",
            "taken",
            "row 4, column E (Contact)",
            "4",
            "",
            "5",
            "code.onbekend",
            "remark"
        ]
    );
    let last = table.last().expect("the counts");
    assert_eq!(
        last[8..],
        ["summary", "7 taken, 1 of them with remarks; 1 refused."]
    );
    assert_eq!(table.len(), 5);
}

#[test]
fn a_row_with_a_line_end_in_it_is_one_row_and_no_line() {
    let program = Program::new();
    let rows =
        "Dossier;Datum;Uur;Omschrijving\nD1;02-04-2024;1;\"een\ntwee\ndrie\"\nD2;99-04-2024;1;x\n";
    program.write("log.csv", rows);
    assert_eq!(
        validate(&program, "aanbieder-a/logboek", "log.csv", "r.json"),
        2
    );
    let report = program.json("r.json");
    let fault = &report["elementen"][1]["fouten"][0];
    assert_eq!(fault["code"], "datum.bestaatNiet", "{report:#}");
    assert_eq!((&fault["rij"], &fault["kolom"]), (&3.into(), &2.into()));
    assert!(fault["regel"].is_null(), "{fault}");
    program.write(
        "plan.json",
        "{\"trajectPlan\": {\n \"dossier\": 1,\n \"doelen\": 2}}",
    );
    validate(&program, "aanbieder-a/trajectplan", "plan.json", "r.csv");
    let text = std::fs::read_to_string(program.folder.join("r.csv")).expect("read");
    let line = text
        .lines()
        .find(|line| line.contains("/trajectPlan/doelen/0;"));
    assert!(
        line.is_some_and(|line| line.contains("/trajectPlan/doelen/0;;3;")),
        "{text}"
    );
}

#[test]
fn an_excel_report_copies_the_rows_marks_the_cells_and_holds_no_formula() {
    let program = Program::new();
    logboek(&program, "logboek.csv");
    assert_eq!(
        validate(
            &program,
            "aanbieder-a/logboek",
            "logboek.csv",
            "fouten.xlsx"
        ),
        2
    );
    let copy = sheet(&program, "fouten.xlsx", "Rows");
    assert_eq!(copy[0][1], "Datum");
    assert_eq!(copy[2][1], "99-04-2024");
    assert_eq!(copy[4][9], "=1+1", "text, and no formula");
    let written = Written::of(&program, "fouten.xlsx");
    assert!(!written.has_formula());
    let marked = written.marked("Rows");
    let told: Vec<_> = marked
        .iter()
        .map(|(at, mark)| (at.as_str(), mark.colour))
        .collect();
    assert_eq!(
        told,
        [("B3", "bad"), ("E4", "neutral")],
        "only what is wrong has a colour"
    );
    assert!(marked["B3"].comment.starts_with("datum.bestaatNiet: "));
    for code in ["code.onbekend: ", "\nwaarde.bewaard: "] {
        assert!(marked["E4"].comment.contains(code), "{code}");
    }
    let faults = sheet(&program, "fouten.xlsx", "Faults");
    assert_eq!(faults.len(), 4);
    assert_eq!(faults[1][7], "datum.bestaatNiet");
    assert_eq!(
        sheet(&program, "fouten.xlsx", "Summary"),
        [
            [
                "File",
                "Total",
                "Taken",
                "With remarks",
                "Refused",
                "Not written",
                "Values not writable"
            ]
            .map(str::to_owned),
            ["logboek.csv", "8", "7", "1", "1", "0", "0"].map(str::to_owned),
        ]
    );
}

#[test]
fn an_excel_report_of_a_workbook_keeps_its_sheets_and_of_what_cannot_be_read_has_the_faults_alone()
{
    let program = Program::new();
    let sonar = shipped("uwv/voorbeelden/sonar.xlsx");
    assert_eq!(validate(&program, "uwv/sonar", &sonar, "fouten.xlsx"), 2);
    let original = adapters::decode(
        &std::fs::read(&sonar).expect("read"),
        &Wire::Excel,
        &Limits::default(),
    );
    let original = original.expect("a workbook");
    let (name, rows_of) = &original.root.parts()[0];
    let copied = sheet(&program, "fouten.xlsx", name);
    let original = rows(rows_of.items());
    assert_eq!(copied.len(), original.len());
    for (copy, row) in copied.iter().zip(&original) {
        let filled = |row: &[String]| row.iter().filter(|cell| !cell.is_empty()).count();
        assert_eq!(filled(copy), filled(row));
    }
    assert!(part(&program, "fouten.xlsx", "xl/comments1.xml").contains("bsn.aangevuld"));
    program.write("fout.xml", "<a><b></a>");
    assert_eq!(
        validate(
            &program,
            "gemeente-voorbeeldstad/verwijzing",
            "fout.xml",
            "xml.xlsx"
        ),
        1
    );
    let faults = sheet(&program, "xml.xlsx", "Faults");
    assert_eq!(faults[1][7], "xml.syntaxis");
    assert_eq!(
        Written::of(&program, "xml.xlsx").sheets(),
        ["Faults", "Summary"]
    );
}

/// The program starts itself to read a workbook. Here it is gone by then, as when it is replaced while it runs.
#[test]
#[cfg(target_os = "linux")]
fn a_workbook_that_cannot_be_read_now_is_said_to_be_just_that() {
    let program = Program::new();
    let moved = program.folder.join("schakel");
    let own = env!("CARGO_BIN_EXE_schakel");
    if std::fs::hard_link(own, &moved).is_err() {
        std::fs::copy(own, &moved).expect("copied");
    }
    let mut running = Command::new(&moved)
        .args(["validate", "--from", "uwv/sonar", "--report", "r.json"])
        .current_dir(&program.folder)
        .env_clear()
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    std::fs::remove_file(&moved).expect("removed");
    let workbook = std::fs::read(fixture("uwv/voorbeelden/sonar.xlsx")).expect("read");
    let mut input = running.stdin.take().expect("piped");
    input.write_all(&workbook).expect("given");
    drop(input);
    let validated = running.wait_with_output().expect("it ends");
    assert_eq!(code(&validated), 1);
    let fault = &program.json("r.json")["opmerkingen"][0];
    assert_eq!(fault["code"], "werkmap.niet-gelezen", "{fault}");
    assert_eq!(
        fault["detail"],
        "de werkmap kon nu niet gelezen worden: het proces dat werkmappen leest kon niet gestart worden"
    );
}
