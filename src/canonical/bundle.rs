use crate::canonical::Kind;
use serde_json::Map;
use serde_json::Value;
use std::collections::BTreeMap;

/// The member of a record that holds its value states: a map from JSON Pointer within the record (`/voorvoegsel`)
/// to a [`crate::canonical::ValueState`] name.
pub const STATES: &str = "waardeStatus";

/// The member of a record that holds source values no mapping could translate: a map from JSON Pointer to the raw
/// text. They are kept and reported, and never leave to another organisation.
pub const RAW: &str = "nietVertaald";

/// The attributes of one record: a JSON object as its schema under `schemas/` describes it, Dutch lowerCamelCase
/// names, with [`STATES`] and [`RAW`] as optional members.
pub type Record = Map<String, Value>;

/// The records that one element of a message is about: at most one of each kind. A row of a workbook gives a
/// kandidaat and a werkprofiel; a verwijzing gives a kandidaat and a verwijzing.
#[derive(Clone, PartialEq, Default)]
pub struct Bundle {
    /// The records by kind.
    pub records: BTreeMap<Kind, Record>,
}

impl Bundle {
    /// The record of a kind, made empty if there is none.
    pub fn record_mut(&mut self, kind: Kind) -> &mut Record {
        self.records.entry(kind).or_default()
    }

    /// The record of a kind.
    #[must_use]
    pub fn record(&self, kind: Kind) -> Option<&Record> {
        self.records.get(&kind)
    }

    /// What stands at a JSON Pointer in a record.
    #[must_use]
    pub fn at(&self, kind: Kind, pointer: &str) -> Option<&Value> {
        let (name, rest) = match pointer.strip_prefix('/')?.split_once('/') {
            Some((name, _)) => (name, pointer.get(name.len() + 1..)?),
            None => (pointer.get(1..)?, ""),
        };
        self.record(kind)?.get(name)?.pointer(rest)
    }

    /// The text at a top-level attribute of a record.
    #[must_use]
    pub fn text(&self, kind: Kind, attribute: &str) -> Option<&str> {
        self.record(kind)?.get(attribute)?.as_str()
    }
}

// Records hold personal data: a log line may show which kinds there are, nothing else.
impl std::fmt::Debug for Bundle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.records.keys()).finish()
    }
}
