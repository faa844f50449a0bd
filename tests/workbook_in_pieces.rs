//! Workbooks that are longer than a message may be: their rows come in blocks from the process that reads them, with
//! what the whole would give and within a bound of memory.

#[path = "support/pieces.rs"]
mod pieces;
#[path = "cli_tools/program.rs"]
mod program;

use pieces::assert_same;
use program::Program;
use program::code;
use program::err;
use program::fixture;
use program::out;
use proptest::prelude::*;
use rust_xlsxwriter::Workbook;
use schakel::adapters;
use schakel::adapters::Limits;
use schakel::canonical::Bundle;
use schakel::document::At;
use schakel::document::Document;
use schakel::document::Fault;
use schakel::document::Format;
use schakel::document::Hidden;
use schakel::document::Name;
use schakel::document::Node;
use schakel::document::Value;
use schakel::document::Wire;
use schakel::mapping::Decoded;
use schakel::mapping::Library;
use schakel::mapping::Mapping;
use schakel::pipeline::read_document;
use schakel::schema::Schemas;
use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::Arc;
use std::sync::LazyLock;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// A mapping of workbooks, with what its `[excel]` says.
fn boek(excel: &str) -> String {
    format!(
        r#"
[mapping]
organisatie = "aanbieder"
soort       = "boek"
titel       = "Boek"
status      = "proef"
direction   = "in"
format      = "excel"
main        = "logboekregel"

[excel]
header_within = 4
total_rows    = ["totaal"]
ignore        = ["c"]
{excel}

[[rule]]
source   = "a"
target   = "logboekregel.datum"
codec    = "date"
required = true

[[rule]]
source = "b"
target = "logboekregel.beschrijving"

[[rule]]
source = "d"
target = "opdracht.referentieAanbieder"
"#
    )
}

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

[[rule]]
source = "dossier"
target = "opdracht.referentieAanbieder"

[[rule]]
source   = "omschrijving"
target   = "logboekregel.beschrijving"
required = true
"#;

fn compiled(soort: &str, text: &str) -> Arc<Mapping> {
    let schemas = Schemas::embedded().expect("the schemas are tested elsewhere");
    let library = Library::compile(
        &[(format!("aanbieder/{soort}.toml"), text.to_owned())],
        &schemas,
    );
    let library = library.unwrap_or_else(|found| panic!("{soort}: {found:?}"));
    Arc::clone(library.get("aanbieder", soort).expect("it was compiled"))
}

static MAPPINGS: LazyLock<Vec<Arc<Mapping>>> = LazyLock::new(|| {
    [
        "",
        "sheet = \"Q2\"",
        "sheets = \"all\"",
        "sheets = [\"Q2\", \"Q1\", \"Q9\"]",
        "hidden = \"skip\"",
        "hidden = \"skip\"\nsheets = \"all\"",
        "hidden = \"skip\"\nsheets = [\"Q1\", \"Q3\"]",
        "together = [\"a\"]",
        "hidden = \"skip\"\nsheets = \"all\"\ntogether = [\"a\"]",
        "sheets = [\"Q2\", \"Q1\"]\ntogether = [\"a\"]",
    ]
    .map(|excel| compiled("boek", &boek(excel)))
    .to_vec()
});

/// What a mapping says of a workbook of which the rows come in blocks, as the child gives them: without those that have
/// no cell.
fn in_blocks(mapping: &Mapping, document: &Document, size: usize) -> Decoded {
    let mut book = mapping.book().expect("it reads workbooks");
    let sheets = document.root.parts();
    let names: Vec<Name> = sheets.iter().map(|(name, _)| name.clone()).collect();
    let mut all = Decoded::default();
    for index in book.choose(&names, &document.hidden) {
        let rows = sheets[index].1.items().iter();
        let rows: Vec<Node> = rows
            .filter(|row| !row.items().is_empty())
            .cloned()
            .collect();
        for block in rows.chunks(size) {
            all.append(book.rows(index, block.to_vec()));
        }
    }
    all.append(book.end());
    if all.faults.iter().any(Fault::refuses) {
        all.elements.clear();
    }
    all
}

/// A sheet from lines, in which a semicolon stands between cells.
fn sheet(lines: &[&str]) -> Node {
    let filled = lines.iter().rposition(|line| !line.is_empty());
    let lines = &lines[..filled.map_or(0, |last| last + 1)];
    let rows = (1_u32..).zip(lines).map(|(row, line)| {
        let cells = (1_u32..).zip(line.split(';')).map(|(column, text)| {
            let value = match text {
                "" => Value::Null,
                text => Value::Text(text.into()),
            };
            Node::new(At::new(row, column), value)
        });
        let cells = if line.is_empty() {
            Vec::new()
        } else {
            cells.collect()
        };
        Node::new(At::new(row, 1), Value::List(cells))
    });
    Node::new(At::new(1, 1), Value::List(rows.collect()))
}

fn lines() -> impl Strategy<Value = Vec<&'static str>> {
    prop::collection::vec(
        prop::sample::select(vec![
            "Overzicht",
            "",
            "",
            "a;b;c",
            "a;b;c;d",
            "b;a",
            "a;b;c;d",
            "a;a;b",
            "2024-04-01;x",
            "2024-04-01;x;z;W-1",
            "2024-04-02;y;z;W-1",
            "2024-04-31;x",
            ";x;y",
            "2024-04-03;;;later;nog",
            "Totaal;3",
            "2024-04-05",
            " ; ",
        ]),
        0..12,
    )
}

type Ranges = Vec<(u32, u32)>;

fn hidden() -> impl Strategy<Value = (bool, Ranges, Ranges)> {
    let ranges = || prop::sample::select(vec![vec![], vec![], vec![(1, 1)], vec![(2, 3), (6, 6)]]);
    (prop::bool::weighted(0.2), ranges(), ranges())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn sheets_in_blocks_say_what_the_whole_workbook_says_at_once(
        sheets in prop::collection::vec((lines(), hidden()), 0..4),
        names in Just(vec!["Q1", "Q2", "Q3", "Blad 4"]).prop_shuffle(),
        mapping in 0_usize..10,
        size in prop::sample::select(vec![1_usize, 2, 7]),
    ) {
        let mapping = &MAPPINGS[mapping];
        let named = || sheets.iter().zip(&names);
        let parts = named().map(|((lines, _), name)| (Name::from(*name), sheet(lines)));
        let hidden = named().map(|((_, (whole, rows, columns)), name)| Hidden {
            sheet: Name::from(*name),
            whole: *whole,
            rows: rows.clone(),
            columns: columns.clone(),
        });
        let document = Document {
            hidden: hidden.filter(Hidden::has_any).collect(),
            ..Document::new(Format::Excel, Node::new(At::default(), Value::Map(parts.collect())))
        };
        let whole = mapping.decode(&document);
        let blocks = in_blocks(mapping, &document, size);
        assert_same(&blocks, &whole)?;
    }
}

#[test]
fn the_block_reader_is_for_workbooks_alone() {
    assert!(compiled("terug", TERUG).book().is_none());
    assert!(MAPPINGS[0].table().is_none());
}

/// A workbook of three sheets with titles above the headers, in which a row, a column and a sheet are hidden.
fn three_sheets(rows: u32, wrong: bool) -> Vec<u8> {
    let mut book = Workbook::new();
    for (name, title) in [("Januari", 0_u32), ("Februari", 2), ("Geheim", 0)] {
        let sheet = book.add_worksheet();
        sheet.set_name(name).expect("named");
        for above in 0..title {
            sheet.write_string(above, 0, "Overzicht").expect("written");
        }
        for (column, header) in (0_u16..).zip(["a", "b", "c", "d"]) {
            sheet.write_string(title, column, header).expect("written");
        }
        for row in 0..rows {
            let date = if row % 50 == 49 {
                "2024-04-31"
            } else {
                "2024-04-01"
            };
            // some rows are not there
            let line = title + 1 + row + row / 10;
            sheet.write_string(line, 0, date).expect("written");
            sheet
                .write_string(line, 1, format!("{name} {row}: café; \"ja\""))
                .expect("written");
            sheet
                .write_number(line, 3, f64::from(row))
                .expect("written");
        }
        sheet.set_row_hidden(title + 5).expect("hidden");
        sheet.set_column_hidden(2).expect("hidden");
        if name == "Geheim" {
            sheet.set_hidden(true);
        }
        if wrong && name == "Februari" {
            sheet.write_string(title, 1, "a").expect("written");
        }
    }
    book.save_to_buffer().expect("made")
}

#[test]
fn the_shipped_workbook_comes_out_as_it_does_at_once() {
    let program = Program::new();
    let path = fixture("uwv/voorbeelden/sonar.xlsx");
    let schemas = Schemas::embedded().expect("the schemas are tested elsewhere");
    let library = Library::shipped(&schemas).expect("the shipped mappings compile");
    let from = library.get("uwv", "sonar").expect("shipped");
    let bytes = std::fs::read(&path).expect("read");
    let document = adapters::decode(&bytes, from.wire(), &Limits::default()).expect("it fits");
    let decoded = read_document(from, &document, &schemas);
    let path = path.to_str().expect("a path");
    let converted = program.run(&["convert", "--from", "uwv/sonar", "--in", path]);
    let written: serde_json::Value = serde_json::from_str(&out(&converted)).expect("JSON");
    let taken = decoded.elements.into_iter();
    let taken = taken.filter(|element| !element.faults.iter().any(Fault::refuses));
    assert_eq!(
        written.as_array().map(Vec::len),
        Some(taken.count()),
        "{}",
        err(&converted)
    );
}

/// What a whole workbook gives: decoded at once, mapped at once.
fn at_once(bytes: &[u8], from: &Mapping) -> Decoded {
    let document = adapters::decode(bytes, &Wire::Excel, &Limits::default()).expect("it fits");
    from.decode(&document)
}

#[test]
fn several_blocks_of_several_sheets_give_the_bytes_that_the_whole_gives() {
    let program = Program::new();
    let bytes = three_sheets(1_500, false);
    std::fs::write(program.folder.join("in.xlsx"), &bytes).expect("written");
    program.write("eigen/aanbieder/terug.toml", TERUG);
    let to = compiled("terug", TERUG);
    for (excel, told) in [
        ("sheets = \"all\"", "4410 opgenomen, 90 geweigerd."),
        (
            "sheets = [\"Februari\", \"Januari\"]\nhidden = \"skip\"",
            "2938 opgenomen, 60 geweigerd.",
        ),
    ] {
        program.write("eigen/aanbieder/boek.toml", &boek(excel));
        let decoded = at_once(&bytes, &compiled("boek", &boek(excel)));
        let taken = decoded.elements.into_iter();
        let taken = taken.filter(|element| !element.faults.iter().any(Fault::refuses));
        let bundles: Vec<Bundle> = taken.map(|element| element.bundle).collect();
        let converted = program.run(&[
            "convert",
            "--from",
            "eigen/aanbieder/boek.toml",
            "--to",
            "eigen/aanbieder/terug.toml",
            "--in",
            "in.xlsx",
            "--report",
            "verslag.json",
        ]);
        assert_eq!(code(&converted), 2, "{}", err(&converted));
        assert!(err(&converted).contains(told), "{}", err(&converted));
        let encoded = to.encode(&serde_json::json!({}), &bundles);
        let expected = adapters::encode(&encoded.document, to.wire()).expect("written");
        assert!(converted.stdout == expected, "{excel}: the bytes differ");
        let report = program.json("verslag.json");
        let remarks = report["opmerkingen"].as_array().expect("a list");
        assert_eq!(remarks.len(), decoded.faults.len(), "{excel}");
    }
}

#[test]
fn a_sheet_that_cannot_be_read_leaves_nothing_of_the_sheets_before_it() {
    let program = Program::new();
    std::fs::write(program.folder.join("in.xlsx"), three_sheets(1_500, true)).expect("written");
    program.write("eigen/aanbieder/boek.toml", &boek("sheets = \"all\""));
    let converted = program.run(&[
        "convert",
        "--from",
        "eigen/aanbieder/boek.toml",
        "--in",
        "in.xlsx",
        "--out",
        "uit.json",
    ]);
    assert_eq!(code(&converted), 1);
    let told = err(&converted);
    assert!(told.contains("Februari: rij 3, kolom B"), "{told}");
    assert!(told.contains("0 opgenomen, 0 geweigerd."), "{told}");
    assert!(!program.folder.join("uit.json").exists());
}

/// A workbook of so many rows of twenty columns, as programs write them: texts that are shared, and numbers.
#[cfg(target_os = "linux")]
fn long(rows: u32) -> Vec<u8> {
    let mut zip = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let mut part = |name: &str, text: &str| {
        let options = SimpleFileOptions::default().compression_level(Some(1));
        zip.start_file(name, options).expect("begun");
        zip.write_all(text.as_bytes()).expect("written");
    };
    let namespaces = "xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" \
        xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"";
    let relations =
        "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">";
    let kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    part(
        "_rels/.rels",
        &format!(
            "{relations}<Relationship Id=\"rId1\" Type=\"{kind}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
        ),
    );
    part(
        "xl/_rels/workbook.xml.rels",
        &format!(
            "{relations}<Relationship Id=\"rId1\" Type=\"{kind}/worksheet\" Target=\"worksheets/sheet1.xml\"/>\
             <Relationship Id=\"rId2\" Type=\"{kind}/sharedStrings\" Target=\"sharedStrings.xml\"/></Relationships>"
        ),
    );
    part(
        "xl/workbook.xml",
        &format!(
            "<workbook {namespaces}><sheets><sheet name=\"Blad 1\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>"
        ),
    );
    let mut texts = format!("<sst {namespaces}>");
    for header in ["a", "b", "c", "d", "2024-04-01", "2024-04-31"] {
        write!(texts, "<si><t>{header}</t></si>").expect("a text takes it");
    }
    for row in 0..rows {
        write!(
            texts,
            "<si><t>Gesprek {row} over de werkplek en de volgende stap</t></si>"
        )
        .expect("a text takes it");
    }
    texts.push_str("</sst>");
    part("xl/sharedStrings.xml", &texts);
    drop(texts);
    let mut sheet = format!("<worksheet {namespaces}><sheetData><row r=\"1\">");
    for (column, text) in ["A", "B", "C", "D"].iter().zip(0..) {
        write!(sheet, "<c r=\"{column}1\" t=\"s\"><v>{text}</v></c>").expect("a text takes it");
    }
    sheet.push_str("</row>");
    let letters: Vec<char> = ('A'..='T').collect();
    for row in 0..rows {
        let line = row + 2;
        let (date, text) = (if row % 50 == 49 { 5 } else { 4 }, row + 6);
        write!(
            sheet,
            "<row r=\"{line}\"><c r=\"A{line}\" t=\"s\"><v>{date}</v></c><c r=\"B{line}\" t=\"s\"><v>{text}</v></c>"
        )
        .expect("a text takes it");
        for letter in &letters[2..] {
            write!(sheet, "<c r=\"{letter}{line}\"><v>{row}</v></c>").expect("a text takes it");
        }
        sheet.push_str("</row>");
    }
    sheet.push_str("</sheetData></worksheet>");
    part("xl/worksheets/sheet1.xml", &sheet);
    zip.finish().expect("made").into_inner()
}

#[cfg(target_os = "linux")]
#[test]
fn a_workbook_of_a_hundred_thousand_rows_takes_less_than_150_megabytes() {
    let program = Program::new();
    std::fs::write(program.folder.join("in.xlsx"), long(100_000)).expect("written");
    program.write("eigen/aanbieder/boek.toml", &boek(""));
    // as it is tested the child takes longer than as it is installed
    program.write(
        "schakel.toml",
        "[werkmap]\nrekentijd = \"300s\"\ntijd = \"600s\"\n",
    );
    let (most, converted) = program.peak(&[
        "convert",
        "--from",
        "eigen/aanbieder/boek.toml",
        "--in",
        "in.xlsx",
        "--out",
        "uit.json",
        "--report",
        "verslag.json",
    ]);
    let told = err(&converted);
    assert_eq!(code(&converted), 2, "{told}");
    assert!(told.contains("98000 opgenomen, 2000 geweigerd."), "{told}");
    assert!(
        told.contains("Stuur het daarheen in delen."),
        "more rows than a message may have: {told}"
    );
    let written = std::fs::read(program.folder.join("uit.json")).expect("there");
    let records: Vec<serde_json::Value> = serde_json::from_slice(&written).expect("JSON");
    assert_eq!(records.len(), 98_000, "all rows came out");
    let report = program.json("verslag.json");
    assert_eq!(report["totaal"], 100_000);
    assert_eq!(report["elementen"].as_array().map(Vec::len), Some(2_000));
    assert!((20..150).contains(&most), "{most} MB");
    assert!(out(&converted).is_empty());
}

#[cfg(target_os = "linux")]
#[test]
fn the_bench_of_translations_measures_the_memory_of_long_files() {
    let program = Program::new();
    let measured = program.run(&[
        "bench",
        "mapping",
        "gemeente-voorbeelddorp/verwijzing",
        "--each",
        "1",
        "--rows",
        "300",
        "--json",
    ]);
    assert_eq!(code(&measured), 0, "{}", err(&measured));
    let told: serde_json::Value = serde_json::from_str(&out(&measured)).expect("JSON");
    assert_eq!(told["translations"].as_array().map(Vec::len), Some(1));
    let memory = told["memory"].as_array().expect("a list");
    for (one, format) in memory.iter().zip(["csv", "excel"]) {
        assert_eq!(one["format"], format);
        assert_eq!(one["rows"], 300);
        assert!(one["peakBytes"].as_u64().expect("a number") > 1 << 20);
    }
    assert_eq!(memory.len(), 2);
}
