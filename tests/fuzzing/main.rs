//! What the fuzz targets of `fuzz/` do, without their tool: every decoder and the compiler of mappings, on bytes of any
//! kind and on example files that were bent, cut, doubled and pasted together. The checks are those of the targets.

#[path = "../../fuzz/src/lib.rs"]
mod entry;
mod mutation;
mod targets;

// what the targets call by these names is here
extern crate self as libfuzzer_sys;
extern crate self as schakel_fuzz;

use entry::csv;
use entry::envelope;
use entry::excel;
use entry::fixed;
use entry::import;
use entry::json;
use entry::mapping;
use entry::pieces;
use entry::xml;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mutation::Mutation;
use mutation::mutated;
use mutation::mutation;
use proptest::prelude::*;
use proptest::sample::Index;
use schakel::mapping::Library;
use schakel::tools;
use std::io::Cursor;
use std::io::Read;
use std::io::Write;
use std::path::Path;
use std::sync::LazyLock;
use targets::TARGETS;
use targets::target;
use zip::ZipArchive;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// Cases of each property, unless `PROPTEST_CASES` says how many.
const CASES: u32 = 192;
/// Changes to one file.
const CHANGES: usize = 6;

type Entry = fn(&[u8]);

fn cases() -> u32 {
    let asked = std::env::var("PROPTEST_CASES").ok();
    asked.and_then(|text| text.parse().ok()).unwrap_or(CASES)
}

/// The files of `mappings/` whose names end so, and those of `tests/`: what a format looks like when it is well.
fn files(end: &str) -> Vec<Vec<u8>> {
    fn walk(folder: &Path, end: &str, into: &mut Vec<Vec<u8>>) {
        let mut entries: Vec<_> = std::fs::read_dir(folder)
            .into_iter()
            .flatten()
            .flatten()
            .collect();
        entries.sort_by_key(std::fs::DirEntry::path);
        for entry in entries {
            let path = entry.path();
            if path.is_dir() {
                walk(&path, end, into);
            } else if path.to_string_lossy().ends_with(end) {
                into.push(std::fs::read(&path).expect("it was listed"));
            }
        }
    }
    let mut found = Vec::new();
    for folder in ["mappings", "tests/mapping_odd_values", "tests/mapping"] {
        walk(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join(folder),
            end,
            &mut found,
        );
    }
    found
}

/// A byte before each file: which encoding and delimiter it is read with.
fn led(files: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let with = |byte: u8| move |file: &Vec<u8>| [&[byte][..], file].concat();
    (0..12)
        .flat_map(|byte| files.iter().map(with(byte)).collect::<Vec<_>>())
        .collect()
}

static XML: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| files(".xml"));
static JSON: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| files(".json"));
static CSV: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| led(&files(".csv")));
static FIXED: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| led(&files(".txt")));
static PIECES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| led(&files(".csv")));
/// Files of each format in an envelope, with the byte that says which.
static ENVELOPE: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let ends = [".xml", ".json", ".csv", ".txt"];
    let wrapped = (0_u8..).zip(ends).flat_map(|(first, end)| {
        files(end).into_iter().map(move |file| {
            let held = STANDARD.encode(file);
            let text = format!("<envelop><kop>REF-1</kop><bericht>{held}</bericht></envelop>");
            [&[first][..], text.as_bytes()].concat()
        })
    });
    wrapped.collect()
});
/// Shipped mappings as the workbooks that admins exchange.
static IMPORT: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let files = Library::shipped_files().into_iter();
    let files = files.filter(|(path, _)| !path.starts_with("_gedeeld/"));
    let books = files.filter_map(|(path, text)| tools::export(&path, &text).ok());
    books.take(6).collect()
});
static EXCEL: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| files(".xlsx"));
static MAPPING: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let mut found = files(".toml");
    found.retain(|file| file.windows(9).any(|window| window == b"[mapping]"));
    found
});

fn bent(files: &[Vec<u8>], which: Index, changes: &[Mutation], entry: Entry) {
    let file = which.get(files);
    entry(&mutated(file, changes, files));
}

fn changes() -> impl Strategy<Value = Vec<Mutation>> {
    prop::collection::vec(mutation(), 1..CHANGES)
}

/// The parts of an archive, one of them bent, packed again.
fn bent_within(archive: &[u8], which: Index, changes: &[Mutation]) -> Vec<u8> {
    let mut archive = ZipArchive::new(Cursor::new(archive)).expect("a workbook");
    let bent = which.index(archive.len());
    let mut packed = ZipWriter::new(Cursor::new(Vec::new()));
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).expect("it is there");
        let name = part.name().expect("a name").to_string();
        let mut bytes = Vec::new();
        part.read_to_end(&mut bytes).expect("it is whole");
        if index == bent {
            bytes = mutated(&bytes, changes, &XML);
        }
        packed
            .start_file(name, SimpleFileOptions::default())
            .expect("a new part");
        packed.write_all(&bytes).expect("memory");
    }
    packed.finish().expect("memory").into_inner()
}

#[test]
fn the_files_as_they_are_are_answered() {
    let examples = |name| -> &[Vec<u8>] {
        match name {
            "xml" => &XML,
            "json" => &JSON,
            "csv" => &CSV,
            "fixed" => &FIXED,
            "excel" => &EXCEL,
            "mapping" => &MAPPING,
            "envelope" => &ENVELOPE,
            "pieces" => &PIECES,
            "import" => &IMPORT,
            other => panic!("{other} has no examples"),
        }
    };
    for (name, entry) in TARGETS {
        let files = examples(name);
        assert!(!files.is_empty());
        for file in files {
            entry(file);
        }
        [&b""[..], b"\0", b"\xEF\xBB\xBF", b"\xFF\xFE\0"]
            .into_iter()
            .for_each(entry);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), ..ProptestConfig::default() })]

    #[test]
    fn bytes_of_any_kind_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        for (_, entry) in TARGETS {
            entry(&bytes);
        }
    }

    #[test]
    fn a_bent_xml_file_is_answered(which in any::<Index>(), changes in changes()) {
        bent(&XML, which, &changes, target("xml"));
    }

    #[test]
    fn a_bent_json_file_is_answered(which in any::<Index>(), changes in changes()) {
        bent(&JSON, which, &changes, target("json"));
    }

    #[test]
    fn a_bent_csv_file_is_answered(which in any::<Index>(), changes in changes()) {
        bent(&CSV, which, &changes, target("csv"));
    }

    #[test]
    fn a_bent_file_of_fixed_width_is_answered(which in any::<Index>(), changes in changes()) {
        bent(&FIXED, which, &changes, target("fixed"));
    }

    #[test]
    fn a_bent_workbook_is_answered(which in any::<Index>(), part in any::<Index>(), changes in changes()) {
        let file: &Vec<u8> = which.get(&EXCEL[..]);
        target("excel")(&mutated(file, &changes, &EXCEL));
        target("excel")(&bent_within(file, part, &changes));
    }

    #[test]
    fn a_bent_mapping_is_answered(which in any::<Index>(), changes in changes()) {
        bent(&MAPPING, which, &changes, target("mapping"));
    }

    #[test]
    fn a_bent_envelope_is_answered(which in any::<Index>(), changes in changes()) {
        bent(&ENVELOPE, which, &changes, target("envelope"));
    }

    #[test]
    fn a_bent_csv_file_is_the_same_in_pieces_as_it_is_whole(which in any::<Index>(), changes in changes()) {
        bent(&PIECES, which, &changes, target("pieces"));
    }

    #[test]
    fn a_mapping_in_a_bent_workbook_is_answered(which in any::<Index>(), part in any::<Index>(), changes in changes()) {
        let file: &Vec<u8> = which.get(&IMPORT[..]);
        target("import")(&bent_within(file, part, &changes));
    }
}
