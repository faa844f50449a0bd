//! The shipped mappings, and every document of their cases.

use schakel::adapters;
use schakel::adapters::Limits;
use schakel::document::Document;
use schakel::mapping::Given;
use schakel::mapping::Library;
use schakel::mapping::Mapping;
use schakel::schema::Schemas;
use std::sync::Arc;
use std::sync::LazyLock;

pub static SCHEMAS: LazyLock<Schemas> = LazyLock::new(|| Schemas::embedded().expect("they load"));
pub static LIBRARY: LazyLock<Library> =
    LazyLock::new(|| Library::shipped(&SCHEMAS).expect("they compile"));

/// Every document of the cases, with its mapping.
pub static SAMPLES: LazyLock<Vec<(Arc<Mapping>, Document)>> = LazyLock::new(|| {
    let mut found = Vec::new();
    for (mapping, bytes) in files() {
        if let Ok(document) = adapters::decode(&bytes, mapping.wire(), &Limits::default()) {
            found.push((mapping, document));
        }
    }
    found
});

/// The bytes of every document of the cases.
pub fn files() -> Vec<(Arc<Mapping>, Vec<u8>)> {
    let mut found = Vec::new();
    for mapping in LIBRARY.all() {
        let cases = mapping.cases().iter();
        for given in cases.flat_map(|case| case.given.iter().chain(&case.document)) {
            let bytes = match given {
                Given::Text(text) => text.trim_start().as_bytes().to_vec(),
                Given::File(path) => {
                    let path = format!("{}/{path}", mapping.id().0);
                    Library::shipped_file(&path).expect("it is there").to_vec()
                }
            };
            found.push((Arc::clone(mapping), bytes));
        }
    }
    found
}
