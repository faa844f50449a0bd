//! The documents that are made odd: every one that a shipped case reads, from a file or written out in the case; every
//! other example file that a mapping of its organisation reads; and some of this test's own for what no shipped mapping
//! has.

use crate::rules::Rules;
use crate::value::elements;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use schakel::adapters;
use schakel::adapters::Limits;
use schakel::document::Document;
use schakel::document::Fault;
use schakel::document::Format;
use schakel::document::Name;
use schakel::document::Node;
use schakel::document::Value;
use schakel::document::Wire;
use schakel::mapping::Decoded;
use schakel::mapping::Direction;
use schakel::mapping::Element;
use schakel::mapping::Given;
use schakel::mapping::Library;
use schakel::mapping::Mapping;
use schakel::pipeline::read_document;
use schakel::schema::Schemas;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::LazyLock;

/// Mappings of this test's own, each with a document that it reads.
fn owned() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    vec![
        (
            "proef/vast.toml",
            include_str!("vast.toml"),
            include_bytes!("vast.txt").to_vec(),
        ),
        (
            "proef/tabel.toml",
            include_str!("tabel.toml"),
            include_bytes!("tabel.csv").to_vec(),
        ),
        ("proef/bladen.toml", include_str!("bladen.toml"), sheets()),
    ]
}

/// A workbook of several sheets with the same columns, in another order, and one that no rule is about.
fn sheets() -> Vec<u8> {
    let row = |cells: &[&str]| {
        let cells = cells.iter().map(|text| Node::text((*text).to_owned()));
        Node::made(Value::List(cells.collect()))
    };
    let sheet = |name: &str, rows: Vec<Node>| (Name::from(name), Node::made(Value::List(rows)));
    let sheets = vec![
        sheet(
            "Uitleg",
            vec![row(&["Kl.nr", "Naam"]), row(&["K-0", "Voorbeeld"])],
        ),
        sheet(
            "Noord",
            vec![
                row(&["Kl.nr", "Naam", "Telefoon", "Einde"]),
                row(&["K-1", "Testpersoon", "0201234567", "2024-09-30"]),
                row(&["K-2", "Geïmagineerd", "onbekend", ""]),
            ],
        ),
        sheet(
            "Zuid",
            vec![
                row(&["Overzicht van april"]),
                row(&["Naam", "Einde", "Kl.nr", "Kleur"]),
                row(&["José Één", "2024-12-31", "K-3", "blauw"]),
                row(&["de Vries", "", "K-4", ""]),
                row(&["Totaal", "", "", ""]),
            ],
        ),
    ];
    let document = Document::new(Format::Excel, Node::made(Value::Map(sheets)));
    adapters::encode(&document, &Wire::Excel).expect("it is a workbook")
}

pub(crate) static SCHEMAS: LazyLock<Schemas> =
    LazyLock::new(|| Schemas::embedded().expect("the schemas are tested elsewhere"));

/// A document with the mapping that reads it, and what it says as it is.
pub(crate) struct Fixture {
    pub name: String,
    pub mapping: Arc<Mapping>,
    pub rules: Rules,
    pub document: Document,
    pub decoded: Decoded,
    /// Its elements, each by itself.
    pub elements: Vec<Element>,
}

impl Fixture {
    /// None where nothing is read. Of a document that no case names for this mapping something must be taken too: else
    /// it is another one's.
    fn new(name: String, mapping: &Arc<Mapping>, bytes: &[u8], named: bool) -> Option<Self> {
        let document = adapters::decode(bytes, mapping.wire(), &Limits::default()).ok()?;
        let decoded = read_document(mapping, &document, &SCHEMAS);
        let taken = decoded
            .elements
            .iter()
            .any(|element| named || !element.faults.iter().any(Fault::refuses));
        let refused = decoded.faults.iter().any(Fault::refuses);
        let rules = Rules::of(mapping);
        (taken && !refused).then(|| Self {
            name,
            rules,
            mapping: Arc::clone(mapping),
            document,
            elements: elements(&decoded),
            decoded,
        })
    }

    /// The organisation's mapping and the file, for a message.
    pub(crate) fn label(&self) -> String {
        let (org, soort) = self.mapping.id();
        format!("{} by {org}/{soort}", self.name)
    }
}

/// Every fixture of a format.
pub(crate) fn of(format: Format) -> Vec<Fixture> {
    let mut found = Vec::new();
    let named = named_by_cases();
    for mapping in readers().iter().filter(|one| format_of(one) == format) {
        for path in files(mapping.id().0) {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            // a file that cases name is read as they say; any other by all that can
            let its_own = |one: &Named| one.org == mapping.id().0 && one.file == name;
            let is_named = named.iter().any(its_own);
            let by_this = |one: &Named| its_own(one) && one.soort == mapping.id().1;
            let by_this = named.iter().any(by_this);
            if is_named && !by_this {
                continue;
            }
            let bytes = std::fs::read(&path).expect("it was listed");
            found.extend(Fixture::new(name.into_owned(), mapping, &bytes, by_this));
        }
        for (name, text) in written_out(mapping) {
            found.extend(Fixture::new(name, mapping, text.as_bytes(), true));
        }
    }
    for (path, text, bytes) in owned() {
        let mapping = own(path, text);
        if format_of(&mapping) == format {
            let fixture = Fixture::new(path.to_owned(), &mapping, &bytes, true);
            found.push(fixture.expect("this test's own document is read"));
        }
    }
    found
}

/// A document that a case of a mapping reads: a file, or the text of the case itself under the case's name.
pub(crate) struct Named {
    pub org: String,
    pub soort: String,
    pub file: String,
}

impl Named {
    fn of(mapping: &Mapping, file: String) -> Self {
        let (org, soort) = mapping.id();
        Self {
            org: org.to_owned(),
            soort: soort.to_owned(),
            file,
        }
    }
}

/// The documents that the shipped cases read.
pub(crate) fn named_by_cases() -> Vec<Named> {
    let mut found = Vec::new();
    for mapping in readers().iter() {
        for case in mapping.cases() {
            if let Some(Given::File(file)) = &case.given {
                let name = file.rsplit('/').next().unwrap_or(file);
                found.push(Named::of(mapping, name.to_owned()));
            }
        }
        let texts = written_out(mapping);
        found.extend(texts.map(|(name, _)| Named::of(mapping, name)));
    }
    found
}

/// The documents that stand in a mapping's cases themselves, by the name of the case.
fn written_out(mapping: &Mapping) -> impl Iterator<Item = (String, &str)> {
    mapping.cases().iter().filter_map(|case| match &case.given {
        Some(Given::Text(text)) => Some((case.name.clone(), text.as_str())),
        _ => None,
    })
}

/// Every shipped mapping that reads.
fn inbound() -> Arc<[Arc<Mapping>]> {
    static INBOUND: LazyLock<Arc<[Arc<Mapping>]>> = LazyLock::new(|| {
        let library = Library::shipped(&SCHEMAS).unwrap_or_else(|found| panic!("{found:#?}"));
        let all = library.all().cloned();
        all.filter(|mapping| mapping.direction() != Direction::Out)
            .collect()
    });
    Arc::clone(&INBOUND)
}

fn is_enveloped(mapping: &Mapping) -> bool {
    matches!(mapping.wire(), Wire::Enveloped(_))
}

/// Those that read a document as it is and take records of it: what is in an envelope, and a retour, are made odd by
/// themselves.
fn readers() -> Arc<[Arc<Mapping>]> {
    static READERS: LazyLock<Arc<[Arc<Mapping>]>> = LazyLock::new(|| {
        let all = inbound();
        let all = all.iter().cloned();
        all.filter(|mapping| !is_enveloped(mapping) && mapping.answers().is_empty())
            .collect()
    });
    Arc::clone(&READERS)
}

/// A document by the name of its file or case, with the mapping that reads it.
pub(crate) type Example = (String, Arc<Mapping>, Vec<u8>);

/// Every document in an envelope that a shipped case reads, and one of this test's own.
pub(crate) fn enveloped() -> Vec<Example> {
    let mut found = examples(is_enveloped);
    assert!(!found.is_empty(), "one is shipped");
    let own = own("proef/envelop.toml", include_str!("envelop.toml"));
    let file = STANDARD.encode(include_str!("envelop.json"));
    let text = include_str!("envelop.xml").replace("BESTAND", &file);
    found.push(("envelop.xml".to_owned(), own, text.into_bytes()));
    found
}

/// Every retour that a shipped case reads.
pub(crate) fn retours() -> Vec<Example> {
    examples(|mapping| !mapping.answers().is_empty())
}

fn examples(is_it: impl Fn(&Mapping) -> bool) -> Vec<Example> {
    let mut found = Vec::new();
    for mapping in inbound().iter().filter(|mapping| is_it(mapping)) {
        for case in mapping.cases() {
            let (name, bytes) = match &case.given {
                Some(Given::Text(text)) => (case.name.clone(), text.clone().into_bytes()),
                Some(Given::File(file)) => {
                    let name = file.rsplit('/').next().unwrap_or(file);
                    let path = folder(mapping.id().0).join(name);
                    (name.to_owned(), std::fs::read(path).expect("it is shipped"))
                }
                None => continue,
            };
            found.push((name, Arc::clone(mapping), bytes));
        }
    }
    found
}

fn own(path: &str, text: &str) -> Arc<Mapping> {
    let files = [(path.to_owned(), text.to_owned())];
    let library = Library::compile(&files, &SCHEMAS).unwrap_or_else(|found| panic!("{found:#?}"));
    let mapping = library.all().next().expect("it was compiled");
    Arc::clone(mapping)
}

fn folder(org: &str) -> PathBuf {
    let mappings = Path::new(env!("CARGO_MANIFEST_DIR")).join("mappings");
    mappings.join(org).join("voorbeelden")
}

/// The example files of an organisation, in a fixed order.
fn files(org: &str) -> Vec<PathBuf> {
    fn walk(folder: &Path, into: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                walk(&path, into);
            } else {
                into.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(&folder(org), &mut found);
    found.sort();
    found
}

pub(crate) fn format_of(mapping: &Mapping) -> Format {
    match mapping.wire() {
        Wire::Xml(_) | Wire::Enveloped(_) => Format::Xml,
        Wire::Json => Format::Json,
        Wire::Csv(_) => Format::Csv,
        Wire::Excel => Format::Excel,
        Wire::Fixed(_) => Format::FixedWidth,
    }
}
