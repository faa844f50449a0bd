//! What several of these tests need.

use crate::program::Program;
use crate::program::fixture;
use serde_json::Value;

pub fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

/// The path of a file beside the shipped mappings.
pub fn shipped(name: &str) -> String {
    fixture(name).to_string_lossy().into_owned()
}

/// The path of a shipped mapping with one thing changed, in the program's own folder.
pub fn changed(program: &Program, name: &str, from: &str, to: &str) -> String {
    let text = std::fs::read_to_string(fixture(name)).expect("read");
    assert!(text.contains(from), "{from}");
    let tables = std::fs::read_to_string(fixture("_gedeeld/tabellen.toml")).expect("read");
    program.write("mappings/_gedeeld/tabellen.toml", &tables);
    program.write(&format!("mappings/{name}"), &text.replacen(from, to, 1));
    format!("mappings/{name}")
}
