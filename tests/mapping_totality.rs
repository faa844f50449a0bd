//! Whatever is sent, reading it ends in an answer: no panic, every fault with a place, and never nothing without a
//! reason. Every shipped mapping, on every example file, changed at random, and on documents made of nothing but
//! the names that mappings look for.

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::TestCaseResult;
use schakel::adapters;
use schakel::adapters::Limits;
use schakel::document::At;
use schakel::document::Document;
use schakel::document::Fault;
use schakel::document::Format;
use schakel::document::Name;
use schakel::document::Node;
use schakel::document::Place;
use schakel::document::Value;
use schakel::document::Wire;
use schakel::mapping::Direction;
use schakel::mapping::Library;
use schakel::mapping::Mapping;
use schakel::pipeline::read_document;
use schakel::schema::Schemas;
use std::path::Path;
use std::sync::Arc;
use std::sync::LazyLock;

/// Cases of each property; each is read by every mapping of its format.
const CASES: u32 = 512;
/// Rows that a changed workbook keeps: the whole one would be most of the time.
const ROWS_MAX: usize = 6;
/// Texts that codecs and readers might trip over.
const ODD: [&str; 22] = [
    "",
    " ",
    "\u{0}",
    "\u{feff}",
    "é\u{301}",
    "👩‍👩‍👧",
    "\r\n",
    "-1",
    "0",
    "1e999",
    "-0.0",
    "99999999999999999999",
    "NaN",
    "31-02-2024",
    "20240231",
    "00000000",
    "2024-13-45T99:99:99Z",
    "24:60",
    "999990019",
    "a@b",
    "J",
    "../..",
];

static SCHEMAS: LazyLock<Schemas> =
    LazyLock::new(|| Schemas::embedded().expect("the schemas are tested elsewhere"));

/// Every mapping that reads.
static READERS: LazyLock<Vec<Arc<Mapping>>> = LazyLock::new(|| {
    let library = Library::shipped(&SCHEMAS).unwrap_or_else(|found| panic!("{found:#?}"));
    library
        .all()
        .chain([library.canonical()])
        .filter(|mapping| mapping.direction() != Direction::Out)
        .cloned()
        .collect()
});

/// Every example file.
static FILES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("mappings");
    let folders = std::fs::read_dir(folder).expect("it is there").flatten();
    let files =
        folders.filter_map(|entry| std::fs::read_dir(entry.path().join("voorbeelden")).ok());
    files
        .flat_map(Iterator::flatten)
        .map(|file| std::fs::read(file.path()).expect("it was listed"))
        .collect()
});

/// Every example as the trees it is to the mappings that can decode it.
static TREES: LazyLock<Vec<Document>> = LazyLock::new(|| {
    let mut found: Vec<Document> = Vec::new();
    for mapping in READERS.iter() {
        for bytes in FILES.iter() {
            let Ok(mut document) = adapters::decode(bytes, mapping.wire(), &Limits::default())
            else {
                continue;
            };
            if document.format == Format::Excel {
                shorten(&mut document.root);
            }
            if !found.contains(&document) {
                found.push(document);
            }
        }
    }
    found
});

fn shorten(node: &mut Node) {
    match &mut node.value {
        Value::List(rows) => rows.truncate(ROWS_MAX),
        Value::Map(sheets) => sheets.iter_mut().for_each(|(_, sheet)| shorten(sheet)),
        _ => {}
    }
}

/// The names of all parts of all examples, and some that are none.
static NAMES: LazyLock<Vec<Name>> = LazyLock::new(|| {
    fn gather(node: &Node, into: &mut Vec<Name>) {
        for (name, part) in node.parts() {
            into.push(Arc::clone(name));
            gather(part, into);
        }
        node.items().iter().for_each(|item| gather(item, into));
    }
    let mut names: Vec<Name> = [
        "#text",
        "@",
        "{}",
        "a/b~c",
        "bericht",
        "waardeStatus",
        "nietVertaald",
        "999990019",
    ]
    .map(Name::from)
    .to_vec();
    TREES
        .iter()
        .for_each(|document| gather(&document.root, &mut names));
    names.sort();
    names.dedup();
    names
});

fn checked(mapping: &Mapping, document: &Document) -> TestCaseResult {
    let decoded = read_document(mapping, document, &SCHEMAS);
    for fault in &decoded.faults {
        has_words(fault)?;
        let whole = ["xml.wortel", "blad.ontbreekt", "element.ontbreekt"];
        prop_assert!(
            fault.place != Place::Whole || whole.contains(&&*fault.code),
            "{}",
            fault.code
        );
    }
    for element in &decoded.elements {
        prop_assert_ne!(&element.place, &Place::Whole);
        for fault in &element.faults {
            has_words(fault)?;
            prop_assert_ne!(&fault.place, &Place::Whole, "{}", fault.code);
        }
    }
    let refused = decoded.faults.iter().any(Fault::refuses);
    prop_assert!(
        refused || !decoded.elements.is_empty(),
        "nothing, and no reason"
    );
    Ok(())
}

fn has_words(fault: &Fault) -> TestCaseResult {
    let words =
        !fault.code.is_empty() && !fault.sentence.nl.is_empty() && !fault.sentence.en.is_empty();
    prop_assert!(words, "{}", fault.code);
    Ok(())
}

/// A tree by every mapping of its format.
fn by_all(document: &Document) -> TestCaseResult {
    for mapping in READERS.iter() {
        let fits = match mapping.wire() {
            Wire::Xml(_) | Wire::Enveloped(_) => Format::Xml,
            Wire::Json => Format::Json,
            Wire::Csv(_) => Format::Csv,
            Wire::Excel => Format::Excel,
            Wire::Fixed(_) => Format::FixedWidth,
        };
        if fits == document.format {
            checked(mapping, document)?;
        }
    }
    Ok(())
}

/// One change to a tree.
#[derive(Debug, Clone)]
enum Change {
    Remove,
    Double,
    IntoList,
    IntoMap(Index),
    Replace(Odd),
    Rename(Index),
}

/// A value that stands where another is meant.
#[derive(Debug, Clone)]
enum Odd {
    Null,
    Bool,
    Number(Index),
    Text(Index),
    Long,
    Empty,
    Unreadable,
    Part(Index),
}

impl Odd {
    fn value(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool => Value::Bool(true),
            Self::Number(which) => Value::Number((*which.get(&ODD)).into()),
            Self::Text(which) => Value::Text((*which.get(&ODD)).into()),
            Self::Long => Value::Text("x9 ".repeat(2_000).into()),
            Self::Empty => Value::List(Vec::new()),
            Self::Unreadable => Value::Unreadable("#N/A".into()),
            Self::Part(which) => {
                Value::Map(vec![(Arc::clone(which.get(&NAMES[..])), Node::text("x"))])
            }
        }
    }
}

fn odd() -> impl Strategy<Value = Odd> {
    prop_oneof![
        Just(Odd::Null),
        Just(Odd::Bool),
        any::<Index>().prop_map(Odd::Number),
        any::<Index>().prop_map(Odd::Text),
        Just(Odd::Long),
        Just(Odd::Empty),
        Just(Odd::Unreadable),
        any::<Index>().prop_map(Odd::Part),
    ]
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        1 => Just(Change::Remove),
        1 => Just(Change::Double),
        1 => Just(Change::IntoList),
        1 => any::<Index>().prop_map(Change::IntoMap),
        3 => odd().prop_map(Change::Replace),
        1 => any::<Index>().prop_map(Change::Rename),
    ]
}

fn count(node: &Node) -> usize {
    let parts = node.parts().iter().map(|(_, part)| count(part));
    1 + parts.sum::<usize>() + node.items().iter().map(count).sum::<usize>()
}

/// Applies a change to the `left`-th child counted through the tree; whether it was there.
fn apply(node: &mut Node, left: &mut usize, change: &Change) -> bool {
    let altered = |node: &mut Node| match change {
        Change::IntoList => node.value = Value::List(vec![node.clone()]),
        Change::IntoMap(name) => {
            node.value = Value::Map(vec![(Arc::clone(name.get(&NAMES[..])), node.clone())]);
        }
        Change::Replace(odd) => node.value = odd.value(),
        Change::Remove | Change::Double | Change::Rename(_) => {}
    };
    match &mut node.value {
        Value::Map(parts) => {
            for index in 0..parts.len() {
                if *left == 0 {
                    match change {
                        Change::Remove => drop(parts.remove(index)),
                        Change::Double => parts.insert(index, parts[index].clone()),
                        Change::Rename(name) => parts[index].0 = Arc::clone(name.get(&NAMES[..])),
                        _ => altered(&mut parts[index].1),
                    }
                    return true;
                }
                *left -= 1;
                if apply(&mut parts[index].1, left, change) {
                    return true;
                }
            }
            false
        }
        Value::List(items) => {
            for index in 0..items.len() {
                if *left == 0 {
                    match change {
                        Change::Remove => drop(items.remove(index)),
                        Change::Double => items.insert(index, items[index].clone()),
                        _ => altered(&mut items[index]),
                    }
                    return true;
                }
                *left -= 1;
                if apply(&mut items[index], left, change) {
                    return true;
                }
            }
            false
        }
        _ => false,
    }
}

/// A tree of any shape, of names that mappings look for.
fn tree() -> impl Strategy<Value = Node> {
    let leaf = odd().prop_map(|odd| Node::new(At::new(1, 1), odd.value()));
    leaf.prop_recursive(6, 60, 6, |inner| {
        let part = (any::<Index>(), inner.clone())
            .prop_map(|(name, node)| (Arc::clone(name.get(&NAMES[..])), node));
        prop_oneof![
            prop::collection::vec(inner, 0..6).prop_map(Value::List),
            prop::collection::vec(part, 0..6).prop_map(Value::Map),
        ]
        .prop_map(|value| Node::new(At::new(2, 2), value))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: CASES, ..ProptestConfig::default() })]

    #[test]
    fn a_changed_example_is_answered_by_every_mapping(
        which in any::<Index>(),
        changes in prop::collection::vec((any::<Index>(), change()), 1..8),
    ) {
        let mut document = which.get(&TREES[..]).clone();
        for (at, change) in &changes {
            let mut left = at.index(count(&document.root));
            apply(&mut document.root, &mut left, change);
        }
        by_all(&document)?;
    }

    #[test]
    fn a_document_of_any_shape_is_answered_by_every_mapping(root in tree(), format in 0_usize..4) {
        let format = [Format::Xml, Format::Json, Format::Csv, Format::Excel][format];
        by_all(&Document::new(format, root))?;
    }

    #[test]
    fn an_example_with_other_bytes_is_answered_by_every_mapping(
        which in any::<Index>(),
        bytes in prop::collection::vec((any::<Index>(), any::<u8>()), 1..6),
        cut in prop::option::weighted(0.2, any::<Index>()),
    ) {
        // a workbook with other bytes is no zip file any more; its tree is changed above
        let texts: Vec<&Vec<u8>> = FILES.iter().filter(|file| !file.starts_with(b"PK")).collect();
        let mut file = (*which.get(&texts)).clone();
        for (at, byte) in bytes {
            let at = at.index(file.len());
            file[at] = byte;
        }
        if let Some(cut) = cut {
            file.truncate(cut.index(file.len()));
        }
        for mapping in READERS.iter().filter(|mapping| *mapping.wire() != Wire::Excel) {
            match adapters::decode(&file, mapping.wire(), &Limits::default()) {
                Ok(document) => checked(mapping, &document)?,
                Err(faults) => {
                    prop_assert!(faults.iter().any(Fault::refuses));
                    for fault in &faults {
                        has_words(fault)?;
                    }
                }
            }
        }
    }
}

#[test]
fn every_example_and_every_mapping_that_reads_takes_part() {
    assert_eq!(READERS.len(), reading_files() + 1, "and the canonical one");
    assert!(FILES.len() >= 7);
    for format in [Format::Xml, Format::Json, Format::Csv, Format::Excel] {
        assert!(TREES.iter().any(|tree| tree.format == format), "{format:?}");
    }
}

/// The files in `mappings/` that say they read.
fn reading_files() -> usize {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("mappings");
    let folders = std::fs::read_dir(folder).expect("it is there").flatten();
    // what is shared belongs to nobody
    let folders = folders.filter(|entry| entry.file_name() != "_gedeeld");
    let files = folders.filter_map(|entry| std::fs::read_dir(entry.path()).ok());
    files
        .flatten()
        .flatten()
        .filter_map(|file| std::fs::read_to_string(file.path()).ok())
        .filter(|text| {
            // one that extends another goes the ways of that one, unless it says itself
            let says = |key: &str| text.lines().find(|line| line.starts_with(key));
            match says("direction") {
                Some(line) => !line.contains("\"out\""),
                None => says("extends").is_some(),
            }
        })
        .count()
}
