//! What every fuzz target and `tests/fuzzing` put bytes through, and what must hold whatever the bytes are: no panic, an
//! answer within the limits, every fault with a place and a sentence, and nothing refused without a reason.

mod readers;

pub use readers::envelope;
pub use readers::import;
pub use readers::pieces;

use schakel::adapters;
use schakel::adapters::Limits;
use schakel::document::Charset;
use schakel::document::CsvWire;
use schakel::document::Document;
use schakel::document::Fault;
use schakel::document::FixedWire;
use schakel::document::Node;
use schakel::document::Place;
use schakel::document::Value;
use schakel::document::Wire;
use schakel::document::XmlWire;
use schakel::mapping::Diagnostic;
use schakel::mapping::Direction;
use schakel::mapping::Level;
use schakel::mapping::Library;
use schakel::mapping::Mapping;
use schakel::pipeline::read_document;
use schakel::schema::Schemas;
use serde_json::Value as Json;
use std::io::Cursor;
use std::io::Read;
use std::sync::Arc;
use std::sync::LazyLock;

/// Most of anything that one file may cost here; small, so that much is tried.
const LIMITS: Limits = Limits {
    bytes: 256 * 1024,
    depth: 32,
    nodes: 20_000,
    attributes: 32,
    members: 256,
    rows: 2_000,
    columns: 64,
    text: 16 * 1024,
    entries: 40,
    unpacked: 2 * 1024 * 1024,
    ratio: 100,
    faults: 20,
};
/// What is wrong with a file as a whole has no place in it.
const WHOLE: [&str; 6] = [
    "bestand.",
    "werkmap.",
    "xml.codering",
    "xml.wortel",
    "blad.ontbreekt",
    "element.ontbreekt",
];
/// Texts of a workbook that its library may make room for; a claim of more makes it end the program, which is why the
/// gateway reads workbooks of others in a child process.
const TEXTS_MAX: u64 = 100_000;
/// The mapping that is fuzzed.
const FILE: &str = "proef/proef.toml";

static SCHEMAS: LazyLock<Schemas> =
    LazyLock::new(|| Schemas::embedded().expect("they are part of the program"));

/// The mappings that read, the canonical one among them.
static READERS: LazyLock<Vec<Arc<Mapping>>> = LazyLock::new(|| {
    let library = Library::shipped(&SCHEMAS).expect("they are part of the program");
    let all = library.all().chain([library.canonical()]);
    all.filter(|mapping| mapping.direction() != Direction::Out)
        .cloned()
        .collect()
});

/// The files that mappings share.
static SHARED: LazyLock<Vec<(String, String)>> = LazyLock::new(|| {
    let files = Library::shipped_files().into_iter();
    files
        .filter(|(path, _)| path.starts_with("_gedeeld/"))
        .collect()
});

/// Bytes as XML.
pub fn xml(bytes: &[u8]) {
    decoded(bytes, &Wire::Xml(XmlWire::default()));
}

/// Bytes as JSON.
pub fn json(bytes: &[u8]) {
    decoded(bytes, &Wire::Json);
}

/// Bytes as CSV, in an encoding and with a delimiter that the first byte says.
pub fn csv(bytes: &[u8]) {
    let (first, rest) = bytes.split_first().unwrap_or((&0, bytes));
    let delimiters = [b';', b',', b'|', b'\t'];
    decoded(
        rest,
        &Wire::Csv(CsvWire {
            delimiter: delimiters[usize::from(*first / 4) % delimiters.len()],
            encoding: charset(*first),
            crlf: true,
        }),
    );
}

/// Bytes as lines of fixed width, in an encoding that the first byte says.
pub fn fixed(bytes: &[u8]) {
    let (first, rest) = bytes.split_first().unwrap_or((&0, bytes));
    let encoding = charset(*first);
    decoded(
        rest,
        &Wire::Fixed(FixedWire {
            encoding,
            crlf: true,
        }),
    );
}

/// Bytes as a workbook.
pub fn excel(bytes: &[u8]) {
    if !claims_too_much(bytes) {
        decoded(bytes, &Wire::Excel);
    }
}

/// Bytes as the text of a mapping.
pub fn mapping(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let compile = |text: String| {
        let files = [(FILE.to_owned(), text)];
        let files: Vec<_> = files.iter().chain(SHARED.iter()).cloned().collect();
        Library::compile(&files, &SCHEMAS)
    };
    let library = match compile(text) {
        Ok(library) => library,
        Err(found) => {
            assert!(
                found.iter().any(|one| one.level == Level::Error),
                "refused without a reason"
            );
            return found.iter().for_each(sound);
        }
    };
    library.warnings().iter().for_each(sound);
    for mapping in library.all() {
        let printed = compile(mapping.printed().to_owned());
        let printed =
            printed.unwrap_or_else(|found| panic!("what is printed does not compile: {found:?}"));
        let again = printed.all().next().map(|again| again.printed().to_owned());
        assert_eq!(
            again.as_deref(),
            Some(mapping.printed()),
            "printed again it is another"
        );
        if mapping.direction() != Direction::In {
            let _ = mapping.encode(&Json::Null, &[]);
        }
    }
}

const fn charset(byte: u8) -> Charset {
    match byte % 3 {
        0 => Charset::Utf8,
        1 => Charset::Windows1252,
        _ => Charset::Latin1,
    }
}

/// Reads bytes, and what they are by every mapping of the format.
fn decoded(bytes: &[u8], wire: &Wire) {
    let document = match adapters::decode(bytes, wire, &LIMITS) {
        Ok(document) => document,
        Err(faults) => {
            assert!(
                faults.iter().any(Fault::refuses),
                "refused without a reason"
            );
            assert!(faults.len() <= LIMITS.faults + 1, "{} faults", faults.len());
            return faults.iter().for_each(placed);
        }
    };
    let mut size = Size::default();
    size.add(&document.root, 0);
    assert!(size.nodes <= LIMITS.nodes * 2 + 2, "{} nodes", size.nodes);
    assert!(
        size.longest <= LIMITS.text,
        "a text of {} bytes",
        size.longest
    );
    assert!(size.depth <= LIMITS.depth + 3, "{} deep", size.depth);
    comes_back(&document, wire);
    for mapping in READERS
        .iter()
        .filter(|mapping| same_format(mapping.wire(), wire))
    {
        let decoded = read_document(mapping, &document, &SCHEMAS);
        let refused = decoded.faults.iter().any(Fault::refuses);
        assert!(
            refused || !decoded.elements.is_empty(),
            "nothing, and no reason"
        );
        decoded.faults.iter().for_each(placed);
        for element in &decoded.elements {
            element.faults.iter().for_each(placed);
        }
        if mapping.direction() == Direction::Both {
            let bundles: Vec<_> = decoded
                .elements
                .into_iter()
                .map(|element| element.bundle)
                .collect();
            let encoded = mapping.encode(&Json::Null, &bundles);
            encoded.faults.iter().for_each(worded);
        }
    }
}

/// What an adapter writes of what it read, it reads the same.
fn comes_back(document: &Document, wire: &Wire) {
    // A workbook does not tell an empty text from nothing.
    if *wire == Wire::Excel {
        return;
    }
    // In a file of one byte a character, letters may happen to be UTF-8, which is refused.
    let certain = match wire {
        Wire::Csv(wire) => wire.encoding == Charset::Utf8,
        Wire::Fixed(wire) => wire.encoding == Charset::Utf8,
        _ => true,
    };
    let Ok(bytes) = adapters::encode(document, wire) else {
        return;
    };
    match adapters::decode(&bytes, wire, &Limits::default()) {
        Ok(again) => assert!(
            same(&document.root, &again.root),
            "it comes back as something else"
        ),
        Err(faults) => assert!(!certain, "it does not come back: {}", faults[0].code),
    }
}

/// Whether two trees say the same, wherever their parts stand.
fn same(one: &Node, other: &Node) -> bool {
    match (&one.value, &other.value) {
        (Value::List(one), Value::List(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Value::Map(one), Value::Map(other)) => {
            let parts = one.iter().zip(other);
            let mut parts =
                parts.map(|((name, one), (again, other))| name == again && same(one, other));
            one.len() == other.len() && parts.all(|same| same)
        }
        (one, other) => one == other,
    }
}

#[derive(Default)]
struct Size {
    nodes: usize,
    longest: usize,
    depth: usize,
}

impl Size {
    fn add(&mut self, node: &Node, depth: usize) {
        self.nodes += 1;
        self.depth = self.depth.max(depth);
        self.longest = self.longest.max(node.as_text().map_or(0, str::len));
        let parts = node.parts().iter().map(|(_, part)| part);
        parts
            .chain(node.items())
            .for_each(|part| self.add(part, depth + 1));
    }
}

/// A fault says what is wrong and where.
fn placed(fault: &Fault) {
    worded(fault);
    let whole = fault.place == Place::Whole;
    assert!(
        !whole || WHOLE.iter().any(|code| fault.code.starts_with(code)),
        "{} without a place",
        fault.code
    );
}

fn worded(fault: &Fault) {
    let Fault { code, sentence, .. } = fault;
    assert!(
        !code.is_empty() && !sentence.nl.is_empty() && !sentence.en.is_empty(),
        "{code}"
    );
}

fn sound(found: &Diagnostic) {
    assert!(
        found.line > 0 && found.column > 0 && !found.file.is_empty(),
        "{} without a place",
        found.code
    );
    assert!(
        !found.sentence.nl.is_empty() && !found.remedy.en.is_empty(),
        "{}",
        found.code
    );
}

fn same_format(one: &Wire, other: &Wire) -> bool {
    std::mem::discriminant(one) == std::mem::discriminant(other)
}

fn claims_too_much(bytes: &[u8]) -> bool {
    let Ok(mut archive) = zip::ZipArchive::new(Cursor::new(bytes)) else {
        return false;
    };
    (0..archive.len().min(LIMITS.entries)).any(|index| {
        let Ok(entry) = archive.by_index(index) else {
            return false;
        };
        let mut text = Vec::new();
        let _ = entry.take(LIMITS.unpacked).read_to_end(&mut text);
        let text = String::from_utf8_lossy(&text);
        text.split("uniqueCount").skip(1).any(|rest| {
            let digits: String = rest
                .chars()
                .skip_while(|c| !c.is_ascii_digit())
                .take_while(char::is_ascii_digit)
                .collect();
            digits.parse().unwrap_or(u64::MAX) > TEXTS_MAX
        })
    })
}
