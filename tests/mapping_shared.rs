//! What mappings share: fragments, mappings that extend others, envelopes around payloads.

#[path = "mapping_shared/extend.rs"]
mod extend;
#[path = "mapping_shared/folder.rs"]
mod folder;
#[path = "mapping_shared/include.rs"]
mod include;
#[path = "mapping_shared/print.rs"]
mod print;

use schakel::adapters;
use schakel::adapters::Limits;
use schakel::document::Lang;
use schakel::mapping::Decoded;
use schakel::mapping::Library;
use schakel::mapping::Mapping;
use schakel::schema::Schemas;
use std::sync::LazyLock;

static SCHEMAS: LazyLock<Schemas> =
    LazyLock::new(|| Schemas::embedded().expect("the schemas are tested elsewhere"));

/// The library of some files; every diagnostic fails the test.
fn library(files: &[(&str, &str)]) -> Library {
    let owned: Vec<_> = files
        .iter()
        .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
        .collect();
    let library = Library::compile(&owned, &SCHEMAS).unwrap_or_else(|found| {
        let lines: Vec<_> = found.iter().map(|one| one.render(Lang::En)).collect();
        panic!("{}", lines.join("\n"))
    });
    let warnings = library.warnings().iter().map(|one| one.render(Lang::En));
    assert_eq!(warnings.collect::<Vec<_>>(), Vec::<String>::new());
    library
}

/// What `schakel mapping print` prints, with the lines that say where rules came from.
fn origins(mapping: &Mapping) -> Vec<&str> {
    let lines = mapping.printed().lines().map(str::trim);
    lines
        .filter_map(|line| line.strip_prefix("# from "))
        .collect()
}

fn read(mapping: &Mapping, text: &str) -> Decoded {
    let document = adapters::decode(text.as_bytes(), mapping.wire(), &Limits::default());
    mapping.decode(&document.expect("well-formed"))
}
