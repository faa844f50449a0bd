//! The mappings in `mappings/`: each compiles, holds its cases and its laws, and reads its example files; and the
//! example files are what they say they are.

mod sonar;

use schakel::adapters;
use schakel::adapters::Limits;
use schakel::canonical::elfproef;
use schakel::document::Document;
use schakel::document::Wire;
use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;

fn mappings() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("mappings")
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
    assert_eq!(bytes.iter().filter(|byte| **byte == b'\n').count(), lines);
}
