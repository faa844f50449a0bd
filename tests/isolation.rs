//! Hostile workbooks come back as faults, while the process that asked for them lives on.

#![allow(clippy::unwrap_used)]

use bytes::Bytes;
use schakel::adapters::Limits;
use schakel::adapters::encode;
use schakel::document::Document;
use schakel::document::Format;
use schakel::document::Node;
use schakel::document::Value;
use schakel::document::Wire;
use schakel::isolation::IsolationConfig;
use schakel::isolation::ReadError;
use schakel::isolation::WorkbookReader;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::Duration;
use std::time::Instant;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

fn config() -> IsolationConfig {
    IsolationConfig::new(PathBuf::from(env!("CARGO_BIN_EXE_schakel")))
}

async fn read(
    config: IsolationConfig,
    bytes: Vec<u8>,
    limits: &Limits,
) -> Result<Document, String> {
    let reader = WorkbookReader::new(config);
    match reader.read(Bytes::from(bytes), limits).await {
        Ok(document) => Ok(document),
        Err(ReadError::Faults(faults)) => Err(faults[0].code.to_string()),
        Err(ReadError::Unavailable(_)) => Err("unavailable".to_owned()),
    }
}

const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const RELATIONS: &str = "http://schemas.openxmlformats.org/package/2006/relationships";
const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

fn relations(targets: &[(&str, &str)]) -> String {
    let one = |(index, (kind, target)): (usize, &(&str, &str))| {
        let id = index + 1;
        format!("<Relationship Id=\"rId{id}\" Type=\"{OFFICE}/{kind}\" Target=\"{target}\"/>")
    };
    let all: String = targets.iter().enumerate().map(one).collect();
    format!("<Relationships xmlns=\"{RELATIONS}\">{all}</Relationships>")
}

/// A workbook of one sheet; each piece of its shared texts is written as often as it says.
fn workbook(strings: &[(&str, usize)], cells: &str) -> Vec<u8> {
    let mut zip = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let mut part = |name: &str, pieces: &[(&str, usize)]| {
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        for (piece, times) in pieces {
            for _ in 0..*times {
                zip.write_all(piece.as_bytes()).unwrap();
            }
        }
    };
    let of_package = relations(&[("officeDocument", "xl/workbook.xml")]);
    let of_book = relations(&[
        ("worksheet", "worksheets/sheet1.xml"),
        ("sharedStrings", "sharedStrings.xml"),
    ]);
    let book = format!(
        "<workbook xmlns=\"{MAIN}\" xmlns:r=\"{OFFICE}\"><sheets>\
         <sheet name=\"Blad 1\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>"
    );
    let sheet = format!("<worksheet xmlns=\"{MAIN}\"><sheetData>{cells}</sheetData></worksheet>");
    part("_rels/.rels", &[(&of_package, 1)]);
    part("xl/_rels/workbook.xml.rels", &[(&of_book, 1)]);
    part("xl/workbook.xml", &[(&book, 1)]);
    part("xl/sharedStrings.xml", strings);
    part("xl/worksheets/sheet1.xml", &[(&sheet, 1)]);
    zip.finish().unwrap().into_inner()
}

const ONE_STRING: &[(&str, usize)] = &[("<sst uniqueCount=\"1\"><si><t>x</t></si></sst>", 1)];
const ONE_CELL: &str = "<row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c></row>";

fn sound() -> Vec<u8> {
    workbook(ONE_STRING, ONE_CELL)
}

#[tokio::test]
async fn a_sound_workbook_is_read_with_its_places() {
    let rows = vec![Node::made(Value::List(vec![Node::text("één")]))];
    let sheets = Value::Map(vec![("Blad 1".into(), Node::made(Value::List(rows)))]);
    let own = Document::new(Format::Excel, Node::made(sheets));
    let own = encode(&own, &Wire::Excel).unwrap();
    for (bytes, text) in [(sound(), "x"), (own, "één")] {
        let document = read(config(), bytes, &Limits::default()).await.unwrap();
        let cell = &document.root.get("Blad 1").unwrap().items()[0].items()[0];
        assert_eq!(cell.as_text(), Some(text));
        assert_eq!((cell.at.line, cell.at.column), (1, 1));
    }
}

#[tokio::test]
async fn rows_come_in_blocks_of_the_sheets_that_are_asked_for_in_that_order() {
    let cell = |text: String| Node::made(Value::List(vec![Node::text(text)]));
    let sheet = |name: &str, rows: usize| {
        let rows = (0..rows).map(|row| cell(format!("{name} {row}")));
        (name.into(), Node::made(Value::List(rows.collect())))
    };
    let sheets = Value::Map(vec![sheet("a", 3), sheet("b", 2_000), sheet("c", 1)]);
    let own = Document::new(Format::Excel, Node::made(sheets));
    let bytes = encode(&own, &Wire::Excel).unwrap();
    let limits = Limits::default();
    let reader = WorkbookReader::new(config());
    let opened = reader.open(&*bytes, bytes.len() as u64, &limits).await;
    let mut workbook = opened.unwrap();
    assert_eq!(workbook.sheets().len(), 3);
    workbook.choose(&[2, 1]).await.unwrap();
    let mut came = Vec::new();
    while let Some(block) = workbook.next().await.unwrap() {
        came.push((
            block.sheet,
            block.rows.len(),
            block.rows.first().map(|row| row.at.line),
        ));
    }
    came.retain(|(_, rows, _)| *rows > 0);
    assert_eq!(came[0], (2, 1, Some(1)));
    assert!(came.len() > 3, "several blocks");
    let of_b = came[1..].iter().map(|(sheet, rows, _)| {
        assert_eq!(*sheet, 1);
        rows
    });
    assert_eq!(of_b.sum::<usize>(), 2_000);
    assert!(workbook.next().await.unwrap().is_none());
    assert!(!workbook.exceeds(&limits));
    let fewer = Limits {
        rows: 1_999,
        ..limits
    };
    assert!(
        workbook.exceeds(&fewer),
        "what was not asked for counts too"
    );
}

#[tokio::test]
async fn what_a_child_may_not_say_is_the_workbooks_fault() {
    // a frame is its kind, a length, and so many bytes
    let frame = |kind: char, holds: &[u8]| {
        let length = u32::try_from(holds.len()).unwrap().to_le_bytes();
        let bytes = length.iter().chain(holds);
        let bytes: Vec<String> = bytes.map(|byte| format!("\\{byte:03o}")).collect();
        format!("printf '{kind}{}'", bytes.concat())
    };
    let head = frame('H', &[&[0; 8][..], &[1, 0, 0, 0], &[0; 8]].concat());
    let rows = |sheet: u8, lines: &[u8]| {
        let count = u8::try_from(lines.len()).unwrap();
        let rows = lines.iter().map(|line| [*line, 0, 0, 0, 0, 0, 0, 0]);
        let rows: Vec<u8> = rows.flatten().collect();
        frame('R', &[&[sheet, 0, 0, 0, count, 0, 0, 0], &*rows].concat())
    };
    let end = frame('E', &[0; 12]);
    for (what, body, expected) in [
        (
            "sound",
            format!("{head}; {}; {end}", rows(0, &[1, 3])),
            None,
        ),
        (
            "a row that goes back",
            format!("{head}; {}; {end}", rows(0, &[3, 1])),
            Some("werkmap.te-zwaar"),
        ),
        (
            "a row that is there twice",
            format!("{head}; {}; {}; {end}", rows(0, &[3]), rows(0, &[3])),
            Some("werkmap.te-zwaar"),
        ),
        (
            "another sheet",
            format!("{head}; {}; {end}", rows(7, &[1])),
            Some("werkmap.te-zwaar"),
        ),
        (
            "no end",
            format!("{head}; {}", rows(0, &[1])),
            Some("werkmap.te-zwaar"),
        ),
        ("no head", end.clone(), Some("werkmap.te-zwaar")),
        (
            "an end by itself",
            format!("{head}; kill -9 $$"),
            Some("werkmap.te-zwaar"),
        ),
        (
            "a refusal to work",
            format!("{head}; exit 3"),
            Some("unavailable"),
        ),
    ] {
        let config = IsolationConfig {
            program: script(&format!("says-{}", what.replace(' ', "-")), &body),
            ..config()
        };
        let outcome = read(config, sound(), &Limits::default()).await;
        assert_eq!(outcome.err().as_deref(), expected, "{what}");
    }
}

#[tokio::test]
async fn hostile_workbooks_come_back_as_faults_while_the_parent_lives() {
    let four_billion = workbook(&[("<sst uniqueCount=\"4294967295\"></sst>", 1)], ONE_CELL);
    let far_cell = "<row r=\"1048576\"><c r=\"XFD1048576\"><v>1</v></c></row>";
    let far_column = "<row r=\"1\"><c r=\"XFD1\"><v>1</v></c></row>";
    let million = "a".repeat(1_000_000);
    let bomb = [
        ("<sst><si><t>", 1),
        (million.as_str(), 20),
        ("</t></si></sst>", 1),
    ];
    let mut cut = sound();
    cut.truncate(cut.len() / 2);
    let mut flipped = sound();
    let name = b"xl/worksheets/sheet1.xml";
    let found = flipped.windows(name.len()).position(|part| part == name);
    let data = found.unwrap() + name.len() + 20;
    flipped[data..data + 8].fill(0xFF);
    let old = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".to_vec();
    let csv = b"naam;bsn\r\n".to_vec();
    for (what, bytes, code) in [
        ("four billion texts", four_billion, "werkmap.te-zwaar"),
        (
            "a last row",
            workbook(ONE_STRING, far_cell),
            "werkmap.rijen",
        ),
        (
            "a last column",
            workbook(ONE_STRING, far_column),
            "werkmap.kolommen",
        ),
        (
            "text packed a thousandfold",
            workbook(&bomb, ONE_CELL),
            "werkmap.te-zwaar",
        ),
        ("not a workbook", csv, "werkmap.vorm"),
        ("a cut workbook", cut, "werkmap.vorm"),
        ("a damaged workbook", flipped, "werkmap.vorm"),
        ("an old or protected workbook", old, "werkmap.beveiligd"),
        ("an empty file", Vec::new(), "bestand.leeg"),
    ] {
        let outcome = read(config(), bytes, &Limits::default()).await;
        assert_eq!(outcome.err().as_deref(), Some(code), "{what}");
    }
    assert!(read(config(), sound(), &Limits::default()).await.is_ok());
}

/// A workbook of so many sheets, each with one cell, in a row.
fn sparse(sheets: usize, row: u32) -> Vec<u8> {
    let mut book = rust_xlsxwriter::Workbook::new();
    for _ in 0..sheets {
        book.add_worksheet().write(row - 1, 0, "x").unwrap();
    }
    book.save_to_buffer().unwrap()
}

#[tokio::test]
async fn rows_that_are_left_out_count_for_the_limit_of_a_workbook_read_as_a_whole() {
    let limits = Limits {
        rows: 1_000,
        ..Limits::default()
    };
    for (sheets, row, expected) in [
        (1, 1_000, Ok(())),
        (2, 500, Ok(())),
        (2, 501, Err("werkmap.te-zwaar".to_owned())),
        (20, 1_000, Err("werkmap.te-zwaar".to_owned())),
    ] {
        let found = read(config(), sparse(sheets, row), &limits).await;
        assert_eq!(found.map(drop), expected, "{sheets} of {row}");
    }
}

#[tokio::test]
async fn a_file_that_ends_early_is_not_the_senders_fault_and_is_told_at_once() {
    let bytes = sound();
    let started = Instant::now();
    let opened = WorkbookReader::new(config())
        .open(&*bytes, bytes.len() as u64 + 1, &Limits::default())
        .await;
    assert!(
        matches!(opened, Err(ReadError::Unavailable(_))),
        "{opened:?}"
    );
    assert!(started.elapsed() < IsolationConfig::new(PathBuf::new()).wall / 2);
}

#[tokio::test]
async fn a_workbook_that_makes_the_library_abort_ends_the_child_only() {
    // A comment before the claim hides it from the look beforehand: the library then asks for 96 GiB and aborts.
    let comment = format!("<!--{}-->", " ".repeat(100_000));
    let claim = "<sst uniqueCount=\"4294967295\"></sst>";
    let bytes = workbook(&[(comment.as_str(), 1), (claim, 1)], ONE_CELL);
    let outcome = read(config(), bytes, &Limits::default()).await;
    assert_eq!(outcome.err().as_deref(), Some("werkmap.te-zwaar"));
}

#[tokio::test]
async fn unpacked_size_memory_and_cpu_are_each_limited() {
    let lax = Limits {
        ratio: u64::MAX,
        text: usize::MAX,
        ..Limits::default()
    };
    let text = "a".repeat(100_000);
    let large = [
        ("<sst><si><t>", 1),
        (text.as_str(), 1_200),
        ("</t></si></sst>", 1),
    ];
    let bytes = workbook(&large, ONE_CELL);
    let small = Limits {
        unpacked: 10 * 1024 * 1024,
        ..lax.clone()
    };
    let outcome = read(config(), bytes.clone(), &small).await;
    assert_eq!(outcome.err().as_deref(), Some("werkmap.te-zwaar"));
    for (what, config) in [
        (
            "memory",
            IsolationConfig {
                memory_bytes: 96 * 1024 * 1024,
                ..config()
            },
        ),
        (
            "cpu",
            IsolationConfig {
                cpu_seconds: 0,
                ..config()
            },
        ),
    ] {
        if what == "memory" {
            assert!(read(config.clone(), sound(), &lax).await.is_ok());
        }
        let outcome = read(config, bytes.clone(), &lax).await;
        assert_eq!(outcome.err().as_deref(), Some("werkmap.te-zwaar"), "{what}");
    }
}

/// A program of our own in place of the child.
fn script(name: &str, body: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let path = folder.join(format!("{name}-{}", std::process::id()));
    std::fs::write(&path, format!("#!/bin/sh\n{body}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).unwrap();
    path
}

#[tokio::test]
async fn a_child_that_does_not_end_is_ended() {
    let config = IsolationConfig {
        program: script("slow", "exec /bin/sleep 60"),
        wall: Duration::from_millis(300),
        ..config()
    };
    let started = Instant::now();
    let outcome = read(config, sound(), &Limits::default()).await;
    assert_eq!(outcome.err().as_deref(), Some("werkmap.te-zwaar"));
    assert!(started.elapsed() < Duration::from_secs(20));
}

#[tokio::test]
async fn the_child_gets_nothing_of_the_environment() {
    assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_some());
    let program = script("environment", "/usr/bin/env > \"$0.seen\"; exit 3");
    let seen = PathBuf::from(format!("{}.seen", program.display()));
    let config = IsolationConfig {
        program,
        ..config()
    };
    let outcome = read(config, sound(), &Limits::default()).await;
    assert_eq!(outcome.err().as_deref(), Some("unavailable"));
    let seen = std::fs::read_to_string(seen).unwrap();
    assert!(!seen.contains("CARGO"), "the environment reached the child");
    assert!(
        seen.contains("MIMALLOC"),
        "the limit on memory would not count"
    );
}

#[tokio::test]
async fn a_program_that_cannot_start_is_not_the_senders_fault() {
    let config = IsolationConfig {
        program: PathBuf::from("/nonexistent/schakel"),
        ..config()
    };
    let outcome = read(config, sound(), &Limits::default()).await;
    assert_eq!(outcome.err().as_deref(), Some("unavailable"));
}

#[tokio::test]
async fn more_workbooks_than_turns_wait_and_are_all_read() {
    let reader = WorkbookReader::new(IsolationConfig {
        at_once: 1,
        ..config()
    });
    let tasks: Vec<_> = (0..4)
        .map(|_| {
            let reader = reader.clone();
            tokio::spawn(async move {
                let bytes = Bytes::from(sound());
                reader.read(bytes, &Limits::default()).await.is_ok()
            })
        })
        .collect();
    for task in tasks {
        assert!(task.await.unwrap());
    }
}
