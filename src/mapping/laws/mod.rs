//! The two laws of a mapping that is read both ways, tested through the adapters, on the bytes a system would send:
//!
//! 1. `decode(encode(record))` gives the record back, on every mapped attribute;
//! 2. `encode(decode(document))` changes nothing after one round.
//!
//! [`check`] makes records out of the mapping's own reach: each attribute that a rule carries both ways gets a value
//! that its codec can write, a value state that the format can say, or nothing. Everything is generated, so a
//! [`Counterexample`] can be shown to anyone. It is reduced first: what does not matter to the failure is taken out.

mod generate;

use crate::adapters;
use crate::adapters::Limits;
use crate::canonical::Bundle;
use crate::document::Document;
use crate::document::Fault;
use crate::document::Lang;
use crate::mapping::Direction;
use crate::mapping::Mapping;
use crate::mapping::cases::json;
use crate::mapping::laws::generate::Generator;
use crate::schema::Schemas;
use serde_json::Value as Json;

/// Most attempts at making a counterexample smaller.
const REDUCTIONS_MAX: usize = 2_000;

/// A record that a law does not hold for. All of it is generated data.
#[derive(Debug, Clone)]
pub struct Counterexample {
    /// Organisation and soort of the mapping.
    pub mapping: (String, String),
    /// The seed that makes it again.
    pub seed: u64,
    /// The number of the case.
    pub case: u32,
    /// What went wrong.
    pub why: Breach,
    /// The smallest bundle that still shows it.
    pub bundle: Json,
    /// What it was written as, if it could be.
    pub document: Option<String>,
}

/// How a law fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Breach {
    /// The adapter cannot write the document.
    Unwritable(String),
    /// The adapter cannot read what was written.
    Unreadable(String),
    /// Reading refuses what was written: the fault's code and place.
    Refused(String, String),
    /// Another number of elements came back.
    Count(usize),
    /// An attribute came back different: its pointer, and what it was.
    Differs {
        /// `kind/pointer`.
        pointer: String,
        /// What went out.
        sent: Json,
        /// What came back.
        found: Json,
    },
    /// The second writing is another document than the first.
    Unstable,
}

impl Breach {
    /// Whether two breaches are of one sort, so that a smaller example still shows the same.
    fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Refused(code, _), Self::Refused(other, _)) => code == other,
            (Self::Differs { pointer, .. }, Self::Differs { pointer: other, .. }) => {
                pointer == other
            }
            _ => std::mem::discriminant(self) == std::mem::discriminant(other),
        }
    }
}

impl std::fmt::Display for Counterexample {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(
            f,
            "{}/{} (seed {}, case {})",
            self.mapping.0, self.mapping.1, self.seed, self.case
        )?;
        match &self.why {
            Breach::Unwritable(why) => writeln!(f, "  the document cannot be written: {why}")?,
            Breach::Unreadable(why) => writeln!(f, "  what was written cannot be read: {why}")?,
            Breach::Refused(code, place) => {
                writeln!(f, "  what was written is refused: {code} at {place}")?;
            }
            Breach::Count(count) => writeln!(f, "  one element was written, {count} came back")?,
            Breach::Differs {
                pointer,
                sent,
                found,
            } => {
                writeln!(f, "  {pointer} went out as {sent} and came back as {found}")?;
            }
            Breach::Unstable => writeln!(
                f,
                "  written, read and written again it is another document"
            )?,
        }
        writeln!(f, "  record: {}", self.bundle)?;
        match &self.document {
            Some(document) => writeln!(f, "  document:\n{document}"),
            None => Ok(()),
        }
    }
}

/// Tries both laws on generated records. A mapping that only goes out is tried for being writable; one that only comes
/// in promises nothing here.
pub fn check(
    mapping: &Mapping,
    schemas: &Schemas,
    seed: u64,
    cases: u32,
) -> Result<(), Box<Counterexample>> {
    let Some(plan) = mapping
        .plan()
        .filter(|_| mapping.direction() != Direction::In)
    else {
        return Ok(());
    };
    for case in 0..cases {
        let mut generator = Generator::new(plan, schemas, seed, case);
        let bundle = generator.bundle(mapping.main(), mapping.direction() == Direction::Both);
        if let Err(breach) = holds(mapping, &bundle) {
            let (bundle, why) = reduced(mapping, bundle, breach);
            let document = written(mapping, &bundle).ok();
            return Err(Box::new(Counterexample {
                mapping: (mapping.id().0.to_owned(), mapping.id().1.to_owned()),
                seed,
                case,
                why,
                bundle: json(&bundle),
                document: document.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
            }));
        }
    }
    Ok(())
}

/// Whether a document of a mapping that goes both ways is stable after one round: what it says, written, read and
/// written again, is the same document.
pub fn stable(mapping: &Mapping, document: &Document) -> Result<(), Breach> {
    if mapping.direction() != Direction::Both {
        return Ok(());
    }
    let bundles: Vec<Bundle> = mapping
        .decode(document)
        .elements
        .into_iter()
        .map(|element| element.bundle)
        .collect();
    for bundle in &bundles {
        let once = read(mapping, &written(mapping, bundle)?)?;
        let again = mapping
            .decode(&once)
            .elements
            .into_iter()
            .map(|element| element.bundle)
            .next();
        if written(mapping, &again.unwrap_or_default())? != written(mapping, bundle)? {
            return Err(Breach::Unstable);
        }
    }
    Ok(())
}

fn holds(mapping: &Mapping, bundle: &Bundle) -> Result<(), Breach> {
    let bytes = written(mapping, bundle)?;
    if mapping.direction() != Direction::Both {
        return Ok(());
    }
    let decoded = mapping.decode(&read(mapping, &bytes)?);
    let faults = decoded
        .faults
        .iter()
        .chain(decoded.elements.iter().flat_map(|element| &element.faults));
    if let Some(fault) = faults.into_iter().find(|fault| fault.refuses()) {
        return Err(Breach::Refused(
            fault.code.to_string(),
            fault.place.location(Lang::Nl),
        ));
    }
    let [element] = decoded.elements.as_slice() else {
        return Err(Breach::Count(decoded.elements.len()));
    };
    difference(&json(bundle), &json(&element.bundle), "")?;
    if written(mapping, &element.bundle)? == bytes {
        Ok(())
    } else {
        Err(Breach::Unstable)
    }
}

fn written(mapping: &Mapping, bundle: &Bundle) -> Result<Vec<u8>, Breach> {
    let encoded = mapping.encode(&generate::context(), std::slice::from_ref(bundle));
    adapters::encode(&encoded.document, mapping.wire())
        .map_err(|error| Breach::Unwritable(error.to_string()))
}

fn read(mapping: &Mapping, bytes: &[u8]) -> Result<Document, Breach> {
    adapters::decode(bytes, mapping.wire(), &Limits::default()).map_err(|faults| {
        let first = faults
            .first()
            .map(|fault: &Fault| format!("{} {}", fault.code, fault.place.location(Lang::Nl)));
        Breach::Unreadable(first.unwrap_or_default())
    })
}

/// The first attribute in which two bundles differ.
fn difference(sent: &Json, found: &Json, pointer: &str) -> Result<(), Breach> {
    match (sent, found) {
        (Json::Object(left), Json::Object(right)) => {
            let names = left
                .keys()
                .chain(right.keys().filter(|name| !left.contains_key(*name)));
            for name in names {
                let inner = if pointer.is_empty() {
                    name.clone()
                } else {
                    format!("{pointer}/{name}")
                };
                let part = |map: &serde_json::Map<String, Json>| {
                    map.get(name).cloned().unwrap_or(Json::Null)
                };
                difference(&part(left), &part(right), &inner)?;
            }
            Ok(())
        }
        _ if sent == found => Ok(()),
        _ => Err(Breach::Differs {
            pointer: pointer.to_owned(),
            sent: sent.clone(),
            found: found.clone(),
        }),
    }
}

/// The smallest bundle that still fails in the same way.
fn reduced(mapping: &Mapping, bundle: Bundle, breach: Breach) -> (Bundle, Breach) {
    let (mut bundle, mut breach) = (bundle, breach);
    let mut attempts = 0;
    loop {
        let mut smaller = None;
        for candidate in without_one(&bundle) {
            attempts += 1;
            if attempts > REDUCTIONS_MAX {
                return (bundle, breach);
            }
            if let Err(found) = holds(mapping, &candidate)
                && found.is_like(&breach)
            {
                smaller = Some((candidate, found));
                break;
            }
        }
        match smaller {
            Some((candidate, found)) => (bundle, breach) = (candidate, found),
            None => return (bundle, breach),
        }
    }
}

/// Every bundle with one thing less: a record, an attribute, a list item.
fn without_one(bundle: &Bundle) -> Vec<Bundle> {
    let mut smaller = Vec::new();
    for (kind, record) in &bundle.records {
        let mut without = bundle.clone();
        without.records.remove(kind);
        smaller.push(without);
        for value in lesser(&Json::Object(record.clone())) {
            if let Json::Object(record) = value {
                let mut with = bundle.clone();
                with.records.insert(*kind, record);
                smaller.push(with);
            }
        }
    }
    smaller
}

fn lesser(value: &Json) -> Vec<Json> {
    let mut found = Vec::new();
    match value {
        Json::Object(map) => {
            for (name, inner) in map {
                let mut without = map.clone();
                without.remove(name);
                found.push(Json::Object(without));
                for inner in lesser(inner) {
                    let mut with = map.clone();
                    with.insert(name.clone(), inner);
                    found.push(Json::Object(with));
                }
            }
        }
        Json::Array(items) => {
            for (index, inner) in items.iter().enumerate() {
                let mut without = items.clone();
                without.remove(index);
                found.push(Json::Array(without));
                for inner in lesser(inner) {
                    let mut with = items.clone();
                    with[index] = inner;
                    found.push(Json::Array(with));
                }
            }
        }
        _ => {}
    }
    found
}
