//! Workbooks: several sheets in one mapping, and what of them is hidden.

use crate::forms::assert_laws;
use crate::forms::mapping;
use crate::forms::read;
use crate::forms::written;
use rust_xlsxwriter::Workbook;
use schakel::document::Fault;
use schakel::document::Lang;
use schakel::mapping::Decoded;
use serde_json::json;

const RULES: &str = "[[rule]]\n@a\ntarget = \"opdracht.raamcontract\"\naliases = [\"Contract\"]\n[[rule]]\n@b\ntarget = \"opdracht.tariefafspraak\"\n";

/// A sheet: its name, whether it is hidden, its rows, and the rows and columns that are hidden.
type Sheet<'t> = (&'t str, bool, &'t [&'t [&'t str]], &'t [u32], &'t [u16]);

fn workbook(sheets: &[Sheet<'_>]) -> Vec<u8> {
    let mut book = Workbook::new();
    let mut shown = false;
    for (name, hidden, rows, hidden_rows, hidden_columns) in sheets {
        let sheet = book.add_worksheet();
        sheet.set_name(*name).expect("a name");
        sheet.set_hidden(*hidden);
        // the sheet that a workbook opens on is never hidden
        if !*hidden && !shown {
            sheet.set_active(true);
            shown = true;
        }
        for (row, cells) in (0..).zip(*rows) {
            for (column, cell) in (0..).zip(*cells) {
                if !cell.is_empty() {
                    sheet.write_string(row, column, *cell).expect("a cell");
                }
            }
        }
        for row in *hidden_rows {
            sheet.set_row_hidden(*row).expect("a row");
        }
        for column in *hidden_columns {
            sheet.set_column_hidden(*column).expect("a column");
        }
    }
    book.save_to_buffer().expect("a workbook")
}

fn numbers(decoded: &Decoded) -> Vec<String> {
    let text = |record: &serde_json::Map<String, serde_json::Value>| {
        let part = |name: &str| {
            record
                .get(name)
                .and_then(serde_json::Value::as_str)
                .unwrap_or("-")
                .to_owned()
        };
        format!(
            "{} {} {}",
            part("ordernummer"),
            part("raamcontract"),
            part("tariefafspraak")
        )
    };
    let records = decoded
        .elements
        .iter()
        .flat_map(|element| element.bundle.records.values());
    records.map(text).collect()
}

fn faults(decoded: &Decoded) -> Vec<(String, String)> {
    let one = |fault: &Fault| (fault.code.to_string(), fault.place.location(Lang::Nl));
    decoded.faults.iter().map(one).collect()
}

fn pair(code: &str, place: &str) -> (String, String) {
    (code.to_owned(), place.to_owned())
}

#[test]
fn the_rows_of_several_sheets_are_elements_each_by_the_columns_of_its_own_sheet() {
    let bytes = workbook(&[
        ("Uitleg", false, &[&["nr"], &["dit is uitleg"]], &[], &[]),
        (
            "Q1",
            false,
            &[&["nr", "a", "b"], &["1", "x", "y"]],
            &[],
            &[],
        ),
        (
            "q2 ",
            false,
            &[
                &["Overzicht"],
                &[],
                &["b", "CONTRACT", "nr"],
                &["q", "p", "2"],
                &["s", "r", "3"],
            ],
            &[],
            &[],
        ),
    ]);
    let decoded = read(
        &mapping("excel", "sheets = [\"Q1\", \"Q2\"]", RULES),
        &bytes,
    );
    assert_eq!(
        faults(&decoded),
        [pair("blad.niet-gelezen", "Uitleg: rij 1")]
    );
    assert_eq!(numbers(&decoded), ["1 x y", "2 p q", "3 r s"]);
    let place = decoded.elements[1].place.location(Lang::Nl);
    assert_eq!(place, "q2 : rij 4");

    let decoded = read(
        &mapping(
            "excel",
            "sheets = [\"Q3\", \"Q1\"]\nignore_sheets = [\"uitleg\"]",
            RULES,
        ),
        &bytes,
    );
    let unread = pair("blad.niet-gelezen", "q2 : rij 1");
    assert_eq!(faults(&decoded), [pair("blad.afwezig", ""), unread]);
    assert_eq!(numbers(&decoded), ["1 x y"]);
    let decoded = read(
        &mapping("excel", "sheets = [\"Q3\", \"Q4\"]", RULES),
        &bytes,
    );
    assert_eq!(faults(&decoded), [pair("blad.ontbreekt", "")]);
    assert_eq!(decoded.elements.len(), 0);
    let decoded = read(
        &mapping(
            "excel",
            "sheets = \"all\"\nignore_sheets = [\" UITLEG\"]",
            RULES,
        ),
        &bytes,
    );
    assert_eq!(faults(&decoded), []);
    assert_eq!(numbers(&decoded), ["1 x y", "2 p q", "3 r s"]);
    // a sheet without the required column, or without headers, refuses the file before any row is taken
    let decoded = read(
        &mapping("excel", "sheets = \"all\"", RULES),
        &workbook(&[
            ("Q1", false, &[&["nr", "a"], &["1", "x"]], &[], &[]),
            ("Q2", false, &[&["a", "b"], &["x", "y"]], &[], &[]),
            ("Leeg", false, &[], &[], &[]),
            ("Tekst", false, &[&["dit is uitleg"]], &[], &[]),
        ]),
    );
    let expected = [
        pair("kolom.ontbreekt", "Q2: rij 1 (nr)"),
        pair("kop.ontbreekt", "Tekst: rij 1"),
    ];
    assert_eq!(faults(&decoded), expected);
    assert_eq!(decoded.elements.len(), 0);
}

#[test]
fn going_out_the_first_sheet_is_written_and_comes_back() {
    let mapping = mapping("excel", "sheets = [\"Q1\", \"Q2\"]", RULES);
    let record = json!({"opdracht": {"ordernummer": "1", "raamcontract": "x"}});
    let (bytes, remarks) = written(&mapping, &record);
    assert_eq!(remarks, Vec::<String>::new());
    let decoded = read(&mapping, &bytes);
    assert_eq!(faults(&decoded), [pair("blad.afwezig", "")]);
    assert_eq!(numbers(&decoded), ["1 x -"]);
    assert_laws(&mapping);
}

#[test]
fn what_is_hidden_is_read_or_skipped_as_the_mapping_says_and_either_way_it_is_said() {
    let rows: &[&[&str]] = &[
        &["nr", "a", "b"],
        &["1", "x", "y"],
        &["2", "p", "q"],
        &["3", "r", "s"],
        &["4", "t", "u"],
    ];
    let bytes = workbook(&[
        ("Oud", true, &[&["nr"], &["9"]], &[], &[]),
        ("Nu", false, rows, &[1, 3, 200], &[2, 9]),
    ]);
    let decoded = read(&mapping("excel", "hidden = \"skip\"", RULES), &bytes);
    let skipped = "verborgen.overgeslagen";
    assert_eq!(numbers(&decoded), ["2 p -", "4 t -"]);
    assert_eq!(
        faults(&decoded),
        [
            pair(skipped, "Nu: rij 2"),
            pair(skipped, "Nu: rij 1, kolom C"),
            pair("blad.niet-gelezen", "Oud: rij 1"),
        ]
    );
    assert_eq!(
        decoded.faults[0].sentence.nl,
        "2 rijen van dit blad zijn verborgen en niet gelezen."
    );

    // a column is told where it begins, below a title too
    let titled: &[&[&str]] = &[&["Titel"], &["nr", "a", "b"], &["1", "x", "y"]];
    let bytes_titled = workbook(&[("Nu", false, titled, &[], &[2])]);
    let decoded = read(&mapping("excel", "", RULES), &bytes_titled);
    assert_eq!(
        faults(&decoded),
        [pair("verborgen.gelezen", "Nu: rij 2, kolom C")]
    );

    let decoded = read(&mapping("excel", "sheet = \"Nu\"", RULES), &bytes);
    let taken = "verborgen.gelezen";
    assert_eq!(numbers(&decoded), ["1 x y", "2 p q", "3 r s", "4 t u"]);
    assert_eq!(
        faults(&decoded),
        [
            pair(taken, "Nu: rij 2"),
            pair(taken, "Nu: rij 1, kolom C"),
            pair("blad.niet-gelezen", "Oud: rij 1"),
        ]
    );

    let decoded = read(&mapping("excel", "", RULES), &bytes);
    assert_eq!(numbers(&decoded), ["9 - -"]);
    let unread = pair("blad.niet-gelezen", "Nu: rij 1");
    assert_eq!(faults(&decoded), [pair(taken, "Oud: rij 1"), unread]);
    let decoded = read(
        &mapping("excel", "sheet = \"Oud\"\nhidden = \"skip\"", RULES),
        &bytes,
    );
    assert_eq!(
        faults(&decoded),
        [pair(skipped, "Oud: rij 1"), pair("blad.ontbreekt", "")]
    );
}

#[test]
fn a_hidden_column_is_as_one_that_is_not_there() {
    let rows: &[&[&str]] = &[&["nr", "a", "b"], &["1", "x", "y"]];
    let skip = |rules: &str, columns: &[u16], hidden_rows: &[u32]| {
        let bytes = workbook(&[("Nu", false, rows, hidden_rows, columns)]);
        let decoded = read(&mapping("excel", "hidden = \"skip\"", rules), &bytes);
        let codes: Vec<String> = faults(&decoded).into_iter().map(|(code, _)| code).collect();
        (codes, numbers(&decoded))
    };
    let (codes, taken) = skip(RULES, &[0], &[]);
    assert_eq!(codes, ["verborgen.overgeslagen", "kolom.ontbreekt"]);
    assert_eq!(taken, Vec::<String>::new());
    let lettered = RULES.replacen("aliases = [\"Contract\"]", "column = \"B\"", 1);
    let (codes, taken) = skip(&lettered, &[1], &[]);
    assert_eq!(codes, ["verborgen.overgeslagen"]);
    assert_eq!(taken, ["1 - y"]);
    // a hidden header row is no header row
    let (codes, _) = skip(RULES, &[], &[0]);
    assert_eq!(codes, ["verborgen.overgeslagen", "kop.ontbreekt"]);
}

#[test]
fn a_row_above_the_header_that_looks_like_data_is_told_and_a_title_is_not() {
    let above: &[&[&str]] = &[
        &["Overzicht", "april"],
        &["1", "x", "y"],
        &[],
        &["", "van", ""],
        &["Totaal", "x", "y"],
        &["2", "", "y", "z"],
        &["Contract", "nr", "b", "extra"],
        &["p", "3", "q", ""],
    ];
    let own = "total_rows = [\"Totaal\"]\nignore = [\"extra\"]";
    let csv = above
        .iter()
        .map(|row| row.join(";"))
        .collect::<Vec<_>>()
        .join("\r\n");
    let decoded = read(&mapping("csv", own, RULES), csv.as_bytes());
    assert_eq!(
        faults(&decoded),
        [
            pair("rij.boven-kop", "rij 2"),
            pair("rij.boven-kop", "rij 6")
        ]
    );
    assert_eq!(numbers(&decoded), ["3 p q"]);
    let skipping = format!("sheets = \"all\"\nhidden = \"skip\"\n{own}");
    let bytes = workbook(&[("Q1", false, above, &[5], &[])]);
    let decoded = read(&mapping("excel", &skipping, RULES), &bytes);
    assert_eq!(
        faults(&decoded),
        [
            pair("verborgen.overgeslagen", "Q1: rij 6"),
            pair("rij.boven-kop", "Q1: rij 2")
        ]
    );
    // where a table has two columns a title may fill them both: it is told all the same
    let two = "[[rule]]\n@a\ntarget = \"opdracht.raamcontract\"\n";
    let decoded = read(
        &mapping("csv", "", two),
        b"Peildatum;1 april\r\nOverzicht\r\nnr;a\r\n1;x\r\n",
    );
    assert_eq!(faults(&decoded), [pair("rij.boven-kop", "rij 1")]);
}
