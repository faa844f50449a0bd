//! Row 2. What the schemas under `schemas/` say, and nothing else says: the type, limits, titles, owner
//! (`x-eigenaar`), visibility class (`x-klasse`), code list (`x-codelijst`) and Werklandschap tiles (`x-tegel`)
//! of every attribute of every kind; which values need more than their class to leave (`x-beperkt`), which tell where
//! a person lives (`x-adres`), whether a text is a name or a number instead of prose (`x-tekst`), and what a number
//! counts (`x-eenheid`).
//!
//! [`Schemas::embedded`] reads the schemas once, inserts the shared shapes of `gedeeld.json` and the codes of
//! `codelijsten.json`, refuses an attribute that lacks a title, owner, class or limit, and compiles a validator.
//! From then on everything is a lookup: [`Schemas::validate`] for a record, [`Schemas::attribute`] for what a
//! field is. No I/O: the files are part of the binary.
//!
//! Codes of a [`Violation`]:
//!
//! | code | |
//! |---|---|
//! | `schema.verplicht` | a required attribute is missing |
//! | `schema.onbekend` | an attribute the schema does not know |
//! | `schema.soort` | another type: a text where a number belongs |
//! | `schema.lengte` | a text too long or too short |
//! | `schema.bereik` | a number too large or too small |
//! | `schema.aantal` | too many or too few items or members |
//! | `schema.dubbel` | the same item twice in a list of different items |
//! | `schema.codelijst` | not a code of the list |
//! | `schema.vorm` | not the agreed form: a date, number or identifier that cannot be one |

mod alone;
mod attribute;
mod codes;
mod expand;
mod glance;
mod named;
mod ordered;
mod table;
#[cfg(test)]
mod tests;
mod texts;
mod tree;
mod validate;
mod words;

pub use alone::StandsAlone;
pub use attribute::Attribute;
pub use attribute::Counts;
pub use attribute::Klasse;
pub use attribute::Owner;
pub use attribute::Restriction;
pub use attribute::Shape;
pub use attribute::TextUse;
pub use codes::Code;
pub use codes::CodeList;
pub(crate) use glance::is_plain_address;
pub(crate) use tree::Tree;
pub use validate::Completeness;
pub use validate::Limits;
pub use validate::Violation;

use crate::canonical::Kind;
use crate::canonical::Record;
#[cfg(test)]
use crate::document::Sentence;
use serde_json::Value;
use std::collections::BTreeMap;
use std::collections::HashMap;
use validate::Checks;
use validate::Finding;

/// The text of every file under `schemas/`, by name without `.json`.
const SOURCES: [(&str, &str); 14] = [
    (expand::SHARED, include_str!("../../schemas/gedeeld.json")),
    (codes::LISTS, include_str!("../../schemas/codelijsten.json")),
    (
        "organisatie",
        include_str!("../../schemas/organisatie.json"),
    ),
    (
        "overeenkomst",
        include_str!("../../schemas/overeenkomst.json"),
    ),
    ("kandidaat", include_str!("../../schemas/kandidaat.json")),
    (
        "werkprofiel",
        include_str!("../../schemas/werkprofiel.json"),
    ),
    ("verwijzing", include_str!("../../schemas/verwijzing.json")),
    ("opdracht", include_str!("../../schemas/opdracht.json")),
    (
        "trajectplan",
        include_str!("../../schemas/trajectplan.json"),
    ),
    (
        "logboekregel",
        include_str!("../../schemas/logboekregel.json"),
    ),
    ("verzoek", include_str!("../../schemas/verzoek.json")),
    ("declaratie", include_str!("../../schemas/declaratie.json")),
    ("rapportage", include_str!("../../schemas/rapportage.json")),
    ("loonwaarde", include_str!("../../schemas/loonwaarde.json")),
];

/// Why the schemas cannot be used. The file and the place in it, never a value of a record.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    /// A schema file that is not there.
    #[error("schemas/{0}.json is missing")]
    Missing(String),
    /// A file that is not the JSON it should be.
    #[error("schemas/{file}.json: {reason}")]
    Unreadable {
        /// The file, without `.json`.
        file: String,
        /// What the reader says.
        reason: String,
    },
    /// A part of a schema that breaks the house rules.
    #[error("schemas/{file}.json at {at}: {reason}")]
    Rule {
        /// The file, without `.json`.
        file: String,
        /// Path of the attribute.
        at: String,
        /// What is missing or wrong.
        reason: String,
    },
}

/// Every schema, compiled.
pub struct Schemas {
    kinds: HashMap<Kind, Compiled>,
    lists: BTreeMap<String, CodeList>,
}

/// One kind: its schema, its attributes and its checks.
struct Compiled {
    raw: Value,
    required: Vec<String>,
    attributes: Vec<Attribute>,
    by_path: HashMap<String, usize>,
    checks: Checks,
}

impl Schemas {
    /// The schemas that are part of the binary.
    pub fn embedded() -> Result<Self, SchemaError> {
        Self::from_sources(&SOURCES)
    }

    /// Reads and compiles schemas from their texts, by name without `.json`: one for every kind, the shared shapes
    /// (`gedeeld`) and the code lists (`codelijsten`).
    pub fn from_sources(sources: &[(&str, &str)]) -> Result<Self, SchemaError> {
        let lists = codes::read(&expand::parse(sources, codes::LISTS)?)?;
        let shared = expand::parse(sources, expand::SHARED)?;
        let mut kinds = HashMap::new();
        for kind in Kind::ALL {
            let name = kind.as_str();
            let raw = expand::expand(name, expand::parse(sources, name)?, &shared, &lists)?;
            let attributes = table::attributes(name, &raw)?;
            let by_path = attributes
                .iter()
                .enumerate()
                .map(|(index, attribute)| (attribute.path.clone(), index))
                .collect();
            let required = table::required(&raw);
            let is_text = |attribute: &Attribute| matches!(attribute.shape, Shape::Text { .. });
            let texts = (attributes.iter().enumerate())
                .filter(|(_, attribute)| is_text(attribute))
                .map(|(index, attribute)| (&*attribute.path, index));
            let checks = Checks::compile(name, &raw, Tree::of(texts))?;
            kinds.insert(
                kind,
                Compiled {
                    raw,
                    required,
                    attributes,
                    by_path,
                    checks,
                },
            );
        }
        Ok(Self { kinds, lists })
    }

    /// Everything that is wrong with a record, in the order of its attributes; empty when it is right.
    ///
    /// `Partial` is for a record that only says what changed: required attributes may be absent at the top level.
    #[must_use]
    pub fn validate(&self, kind: Kind, record: &Record, how: Completeness) -> Vec<Violation> {
        self.compiled(kind).map_or_else(Vec::new, |compiled| {
            // with one that is so, no other text is looked at
            compiled.validate(record, how, &mut |_, _| true).0
        })
    }

    /// The same, and whether something is so of any text of the record, given with its attribute: names and numbers among
    /// them, but no codes or dates.
    #[must_use]
    pub fn validate_texts(
        &self,
        kind: Kind,
        record: &Record,
        how: Completeness,
        mut is_so: impl FnMut(&Attribute, &str) -> bool,
    ) -> (Vec<Violation>, bool) {
        self.compiled(kind)
            .map_or_else(Default::default, |compiled| {
                compiled.validate(record, how, &mut |index, text| {
                    let attribute = compiled.attributes.get(*index);
                    attribute.is_some_and(|attribute| is_so(attribute, text))
                })
            })
    }

    /// What an attribute is, by its path: `besluit/reden`; the items of a list are `*`, as in `doelen/*/nr`.
    #[must_use]
    pub fn attribute(&self, kind: Kind, path: &str) -> Option<&Attribute> {
        self.compiled(kind)?.attribute(path)
    }

    /// What stands at a JSON Pointer within a record, or what it is part of: `/doelen/0/nr` gives `doelen/*/nr`,
    /// `/geboortedatum/jaar` gives `geboortedatum`.
    #[must_use]
    pub fn attribute_at(&self, kind: Kind, pointer: &str) -> Option<&Attribute> {
        self.compiled(kind)?.attribute_at(pointer)
    }

    /// Every attribute of a kind, groups before their parts, in the order of the schema.
    #[must_use]
    pub fn attributes(&self, kind: Kind) -> &[Attribute] {
        self.compiled(kind)
            .map_or(&[], |compiled| &compiled.attributes)
    }

    /// The attributes a complete record of a kind must have.
    #[must_use]
    pub fn required(&self, kind: Kind) -> &[String] {
        self.compiled(kind)
            .map_or(&[], |compiled| &compiled.required)
    }

    /// What an attribute takes, by its path as in [`Self::attribute`]; none for one that is not there.
    #[must_use]
    pub fn limits(&self, kind: Kind, path: &str) -> Option<Limits> {
        let attribute = self.attribute(kind, path)?;
        let part = path
            .split('/')
            .try_fold(self.raw(kind), |part, step| match step {
                "*" => part.get("items"),
                name => part.get("properties")?.get(name),
            })?;
        Limits::of(kind.as_str(), part, attribute)
    }

    /// Whether the gateway fills an attribute when a message does not: identifiers of other records are its own, and it
    /// knows the parties, from who sends a message and from whom the record it is about already names.
    #[must_use]
    pub fn fills_itself(&self, kind: Kind, path: &str) -> bool {
        let reference = self
            .attribute(kind, path)
            .is_some_and(|attribute| attribute.shape == Shape::Uuid);
        reference || self.attribute(kind, &format!("{path}/oin")).is_some()
    }

    /// A code list by its name.
    #[must_use]
    pub fn code_list(&self, name: &str) -> Option<&CodeList> {
        self.lists.get(name)
    }

    /// Every code list, by name.
    pub fn code_lists(&self) -> impl Iterator<Item = &CodeList> {
        self.lists.values()
    }

    /// The schema of a kind on its own: shared shapes and codes are inserted, it refers to nothing else.
    #[must_use]
    pub fn raw(&self, kind: Kind) -> &Value {
        self.compiled(kind)
            .map_or(&Value::Null, |compiled| &compiled.raw)
    }

    /// Always there: `from_sources` compiles every kind of `Kind::ALL` or fails.
    fn compiled(&self, kind: Kind) -> Option<&Compiled> {
        self.kinds.get(&kind)
    }
}

impl Compiled {
    fn attribute(&self, path: &str) -> Option<&Attribute> {
        self.by_path
            .get(path)
            .and_then(|index| self.attributes.get(*index))
    }

    fn attribute_at(&self, pointer: &str) -> Option<&Attribute> {
        let mut path = String::with_capacity(pointer.len());
        let mut found = None;
        for step in pointer.split('/').skip(1) {
            let length = path.len();
            for name in [step, "*"] {
                path.truncate(length);
                if length > 0 {
                    path.push('/');
                }
                path.push_str(name);
                if let Some(attribute) = self.attribute(&path) {
                    found = Some(attribute);
                    break;
                }
            }
        }
        found
    }

    fn validate(
        &self,
        record: &Record,
        how: Completeness,
        is_so: &mut dyn FnMut(&usize, &str) -> bool,
    ) -> (Vec<Violation>, bool) {
        let mut violations = Vec::new();
        let mut found = |finding: Finding| {
            violations.push(finding.violation(|pointer| self.attribute_at(pointer)));
        };
        let any = (self.checks).run(record, how, &self.required, &mut found, is_so);
        (violations, any)
    }
}

impl std::fmt::Debug for Schemas {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Schemas({} kinds, {} lists)",
            self.kinds.len(),
            self.lists.len()
        )
    }
}
