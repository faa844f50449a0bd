use crate::canonical::Kind;
use crate::canonical::OwnWord;
use crate::canonical::RAW;
use crate::canonical::Record;
use crate::canonical::STATES;
use crate::privacy::Agreement;
use crate::privacy::Grant;
use crate::privacy::suspicion;
use crate::schema::Attribute;
use crate::schema::Restriction;
use crate::schema::Schemas;
use serde_json::Map;
use serde_json::Value;

/// The attributes of a kandidaat that hold everything back, with the reason each gives.
pub const HOLDS: [(&str, &str); 2] = [
    ("afgeschermd", "kandidaat.afgeschermd"),
    ("toestemming", "kandidaat.geenToestemming"),
];

/// What may be shown of a record, and what was held back.
#[derive(Clone, PartialEq, Default)]
pub struct Filtered {
    /// The record without what the recipient has no ground to see.
    pub record: Record,
    /// Paths of attributes that were present and held back; names from the schema, never values.
    pub withheld: Vec<String>,
}

/// Why nothing about a kandidaat may be forwarded, if so: a code for the delivery and the log. One organisation that
/// shields the person or recorded a "Nee" is enough, whatever others say.
#[must_use]
pub fn hold(kandidaat: &Record) -> Option<&'static str> {
    HOLDS
        .into_iter()
        .find(|(attribute, _)| blocks(kandidaat, attribute))
        .map(|(_, reason)| reason)
}

fn blocks(record: &Record, attribute: &str) -> bool {
    OwnWord::about(attribute).is_some_and(|word| word.blocks(record))
}

/// Whether any organisation says that the address of a kandidaat is secret.
#[must_use]
pub fn has_secret_address(kandidaat: &Record) -> bool {
    blocks(kandidaat, "geheimAdres")
}

/// What an agreement lets the other party see of a record. `None` when it does not name the kind at all.
///
/// `kandidaat` is the whole record of the person that the record is about, if it is about one: a secret address is
/// secret on every record of that person.
#[must_use]
pub fn filter(
    kind: Kind,
    record: &Record,
    kandidaat: Option<&Record>,
    agreement: &Agreement,
    schemas: &Schemas,
) -> Option<Filtered> {
    let view = View {
        kind,
        schemas,
        grant: agreement.grant(kind)?,
        bsn: agreement.bsn_ground.is_some(),
        secret_address: has_secret_address(record) || kandidaat.is_some_and(has_secret_address),
    };
    let mut out = Out::default();
    let mut shown = view.members(record, "", &mut out);
    if let Some(states) = record.get(STATES).and_then(Value::as_object) {
        let visible: Map<String, Value> = states
            .iter()
            .filter(|(pointer, _)| {
                let path = path_of(pointer);
                view.may_see(&path) && !out.moved(&path)
            })
            .map(|(pointer, state)| (pointer.clone(), state.clone()))
            .collect();
        if !visible.is_empty() {
            shown.insert(STATES.to_owned(), Value::Object(visible));
        }
    }
    Some(Filtered {
        record: shown,
        withheld: out.withheld,
    })
}

/// What is noted while a record is filtered.
#[derive(Default)]
struct Out {
    withheld: Vec<String>,
    /// Paths of the items of lists of which some stayed behind: what points at an item by its place would now point at
    /// another.
    moved: Vec<String>,
}

impl Out {
    fn withhold(&mut self, path: &str) {
        if self.withheld.last().is_none_or(|last| last != path) {
            self.withheld.push(path.to_owned());
        }
    }

    fn moved(&self, path: &str) -> bool {
        self.moved.iter().any(|items| {
            path.strip_prefix(items.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }
}

/// What decides, for one record and one recipient.
struct View<'a> {
    kind: Kind,
    schemas: &'a Schemas,
    grant: &'a Grant,
    bsn: bool,
    secret_address: bool,
}

impl View<'_> {
    fn members(&self, record: &Record, above: &str, out: &mut Out) -> Record {
        let mut shown = Record::new();
        for (name, value) in record {
            if above.is_empty() && (name == STATES || name == RAW || OwnWord::is_member(name)) {
                continue;
            }
            let path = if above.is_empty() {
                name.clone()
            } else {
                format!("{above}/{name}")
            };
            if let Some(value) = self.value(value, &path, out) {
                shown.insert(name.clone(), value);
            }
        }
        shown
    }

    fn value(&self, value: &Value, path: &str, out: &mut Out) -> Option<Value> {
        let attribute = self.schemas.attribute(self.kind, path);
        // A group is shown as far as its parts are, a leaf by its own class. An incomplete date is a leaf, although
        // it is written as an object: its parts are no attributes, so it leaves whole or not at all.
        let is_group = attribute.is_none_or(|attribute| !attribute.is_leaf());
        match value {
            Value::Object(members) if is_group => {
                let shown = self.members(members, path, out);
                (!shown.is_empty()).then_some(Value::Object(shown))
            }
            Value::Array(items) if is_group => {
                let path = format!("{path}/*");
                let shown: Vec<Value> = items
                    .iter()
                    .filter_map(|item| self.item(item, &path, out))
                    .collect();
                if shown.len() < items.len() {
                    out.moved.push(path);
                }
                (!shown.is_empty()).then_some(Value::Array(shown))
            }
            leaf => {
                if attribute.is_some_and(|attribute| {
                    self.allows(attribute)
                        && !self.is_restricted(attribute, leaf)
                        && is_clean(attribute, leaf)
                }) {
                    return Some(leaf.clone());
                }
                out.withhold(path);
                None
            }
        }
    }

    /// An item of a list. One that a restricted code is about stays behind whole: what is said of it (a score, a date)
    /// means nothing without the code, and would tell that there is one.
    fn item(&self, item: &Value, path: &str, out: &mut Out) -> Option<Value> {
        if let Value::Object(members) = item {
            let restricted = members.iter().find_map(|(name, value)| {
                let path = format!("{path}/{name}");
                let attribute = self.schemas.attribute(self.kind, &path)?;
                self.is_restricted(attribute, value).then_some(path)
            });
            if let Some(restricted) = restricted {
                out.withhold(&restricted);
                return None;
            }
        }
        self.value(item, path, out)
    }

    fn may_see(&self, path: &str) -> bool {
        self.schemas
            .attribute(self.kind, path)
            .is_some_and(|attribute| self.allows(attribute))
    }

    fn allows(&self, attribute: &Attribute) -> bool {
        !(attribute.tells_address && self.secret_address) && self.grant.covers(attribute, self.bsn)
    }

    /// Whether a value is a restricted code that the agreement does not name.
    fn is_restricted(&self, attribute: &Attribute, value: &Value) -> bool {
        match (&attribute.restricted, value) {
            (Restriction::Codes(codes), Value::String(code)) => {
                !self.grant.restricted && codes.contains(code)
            }
            _ => false,
        }
    }
}

/// A text that holds a BSN or a word about somebody's health, past or debts does not leave, whatever its class.
fn is_clean(attribute: &Attribute, leaf: &Value) -> bool {
    leaf.as_str()
        .is_none_or(|text| suspicion(attribute, text).is_none())
}

/// A pointer as a schema path: list positions become `*`.
fn path_of(pointer: &str) -> String {
    pointer
        .split('/')
        .skip(1)
        .map(|step| {
            if !step.is_empty() && step.bytes().all(|b| b.is_ascii_digit()) {
                "*"
            } else {
                step
            }
        })
        .collect::<Vec<_>>()
        .join("/")
}

#[cfg(test)]
mod tests;
