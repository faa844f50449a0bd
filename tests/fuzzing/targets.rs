//! The targets of `fuzz/` themselves, from their own files and with a stand-in for the tool that runs them: one that does
//! not compile any more is noticed without the tool and the toolchain that it needs.

use crate::Entry;
use std::collections::BTreeSet;
use std::path::Path;
use toml::Table;
use toml::Value;

/// What `libfuzzer_sys` calls so, as far as the targets use it.
#[macro_export]
macro_rules! fuzz_target {
    (|$bytes:ident: &[u8]| $body:expr) => {
        pub fn target($bytes: &[u8]) {
            $body
        }
    };
}

// each is the root of a program of its own there
#[allow(unused_attributes)]
#[path = "../../fuzz/fuzz_targets/csv.rs"]
mod csv;
#[allow(unused_attributes)]
#[path = "../../fuzz/fuzz_targets/envelope.rs"]
mod envelope;
#[allow(unused_attributes)]
#[path = "../../fuzz/fuzz_targets/excel.rs"]
mod excel;
#[allow(unused_attributes)]
#[path = "../../fuzz/fuzz_targets/fixed.rs"]
mod fixed;
#[allow(unused_attributes)]
#[path = "../../fuzz/fuzz_targets/import.rs"]
mod import;
#[allow(unused_attributes)]
#[path = "../../fuzz/fuzz_targets/json.rs"]
mod json;
#[allow(unused_attributes)]
#[path = "../../fuzz/fuzz_targets/mapping.rs"]
mod mapping;
#[allow(unused_attributes)]
#[path = "../../fuzz/fuzz_targets/pieces.rs"]
mod pieces;
#[allow(unused_attributes)]
#[path = "../../fuzz/fuzz_targets/xml.rs"]
mod xml;

/// Every target by its name.
pub const TARGETS: [(&str, Entry); 9] = [
    ("csv", csv::target),
    ("envelope", envelope::target),
    ("excel", excel::target),
    ("fixed", fixed::target),
    ("import", import::target),
    ("json", json::target),
    ("mapping", mapping::target),
    ("pieces", pieces::target),
    ("xml", xml::target),
];

/// The target with a name.
pub fn target(name: &str) -> Entry {
    let mut found = TARGETS.into_iter().filter(|(known, _)| *known == name);
    found.next().expect("there is such a target").1
}

fn manifest(path: &str) -> Table {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    let text = std::fs::read_to_string(path).expect("a manifest");
    text.parse().expect("TOML")
}

#[test]
fn every_target_is_one_here_and_a_program_there() {
    let here: BTreeSet<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/fuzz_targets");
    let files = std::fs::read_dir(folder).expect("a folder").flatten();
    let files = files.map(|file| file.file_name().to_string_lossy().into_owned());
    let files: BTreeSet<String> = files
        .map(|name| name.trim_end_matches(".rs").to_owned())
        .collect();
    assert_eq!(files, here);
    let manifest = manifest("fuzz/Cargo.toml");
    let programs = manifest["bin"].as_array().expect("programs").iter();
    let programs: BTreeSet<String> = programs
        .map(|program| {
            let name = program["name"].as_str().expect("a name");
            let path = program["path"].as_str().expect("a path");
            assert_eq!(path, format!("fuzz_targets/{name}.rs"));
            name.to_owned()
        })
        .collect();
    assert_eq!(programs, here);
}

/// What compiles here compiles there: with the same edition and the same crates.
#[test]
fn the_targets_are_built_with_the_crates_that_the_tests_are_built_with() {
    let (own, theirs) = (manifest("Cargo.toml"), manifest("fuzz/Cargo.toml"));
    assert_eq!(own["package"]["edition"], theirs["package"]["edition"]);
    let crates = theirs["dependencies"].as_table().expect("crates");
    let mut used: Vec<&str> = Vec::new();
    for (name, asked) in crates {
        used.push(name);
        match name.as_str() {
            "libfuzzer-sys" => assert_eq!(*asked, Value::from("0.4")),
            "schakel" => assert_eq!(asked["path"].as_str(), Some("..")),
            _ => assert_eq!(own["dependencies"].get(name), Some(asked), "{name}"),
        }
    }
    assert_eq!(used, ["libfuzzer-sys", "schakel", "serde_json", "zip"]);
}
