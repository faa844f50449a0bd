use crate::canonical::Kind;
use crate::canonical::OwnWord;
use crate::canonical::RAW;
use crate::canonical::Record;
use crate::canonical::STATES;
use crate::privacy::Agreement;
use crate::privacy::suspicion;
use crate::schema::Attribute;
use crate::schema::Klasse;
use crate::schema::Schemas;
use crate::schema::Shape;
use serde_json::Map;
use serde_json::Value;

/// Longest text that is a number, a name or a code; anything that may be longer is free text.
const NAME_MAX: usize = 100;

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

/// What an agreement lets the other party see of a record. `None` when it does not name the kind at all.
#[must_use]
pub fn filter(
    kind: Kind,
    record: &Record,
    agreement: &Agreement,
    schemas: &Schemas,
) -> Option<Filtered> {
    let grant = agreement.grant(kind)?;
    let view = View {
        kind,
        schemas,
        classes: &grant.classes,
        bsn: agreement.bsn_ground.is_some(),
        secret_address: blocks(record, "geheimAdres"),
    };
    let mut withheld = Vec::new();
    let mut shown = view.members(record, "", &mut withheld);
    if let Some(states) = record.get(STATES).and_then(Value::as_object) {
        let visible: Map<String, Value> = states
            .iter()
            .filter(|(pointer, _)| view.may_see(&path_of(pointer)))
            .map(|(pointer, state)| (pointer.clone(), state.clone()))
            .collect();
        if !visible.is_empty() {
            shown.insert(STATES.to_owned(), Value::Object(visible));
        }
    }
    Some(Filtered {
        record: shown,
        withheld,
    })
}

/// What decides, for one record and one recipient.
struct View<'a> {
    kind: Kind,
    schemas: &'a Schemas,
    classes: &'a [Klasse],
    bsn: bool,
    secret_address: bool,
}

impl View<'_> {
    fn members(&self, record: &Record, above: &str, withheld: &mut Vec<String>) -> Record {
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
            if let Some(value) = self.value(value, &path, withheld) {
                shown.insert(name.clone(), value);
            }
        }
        shown
    }

    fn value(&self, value: &Value, path: &str, withheld: &mut Vec<String>) -> Option<Value> {
        // a group is shown as far as its parts are; a leaf by its own class
        match value {
            Value::Object(members) => {
                let shown = self.members(members, path, withheld);
                (!shown.is_empty()).then_some(Value::Object(shown))
            }
            Value::Array(items) => {
                let path = format!("{path}/*");
                let shown: Vec<Value> = items
                    .iter()
                    .filter_map(|item| self.value(item, &path, withheld))
                    .collect();
                (!shown.is_empty()).then_some(Value::Array(shown))
            }
            leaf => {
                let attribute = self.schemas.attribute(self.kind, path);
                if attribute.is_some_and(|attribute| self.allows(attribute))
                    && is_clean(attribute, leaf)
                {
                    return Some(leaf.clone());
                }
                if withheld.last().is_none_or(|last| last != path) {
                    withheld.push(path.to_owned());
                }
                None
            }
        }
    }

    fn may_see(&self, path: &str) -> bool {
        self.schemas
            .attribute(self.kind, path)
            .is_some_and(|attribute| self.allows(attribute))
    }

    fn allows(&self, attribute: &Attribute) -> bool {
        if self.secret_address
            && (attribute.path == "adres" || attribute.path.starts_with("adres/"))
        {
            return false;
        }
        match attribute.klasse {
            Klasse::N => false,
            Klasse::Bsn => self.bsn,
            class => self.classes.contains(&class),
        }
    }
}

/// A free text that holds a BSN or a diagnosis does not leave, whatever its class.
fn is_clean(attribute: Option<&Attribute>, leaf: &Value) -> bool {
    match leaf {
        Value::String(text) if attribute.is_some_and(is_free_text) => suspicion(text).is_none(),
        _ => true,
    }
}

/// Whether an attribute is free text: a text too long to be a number, a code or a name of something.
#[must_use]
pub fn is_free_text(attribute: &Attribute) -> bool {
    matches!(attribute.shape, Shape::Text { max } if max > NAME_MAX)
        && attribute.klasse != Klasse::Bsn
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
mod tests {
    use super::*;
    use serde_json::json;

    fn record(value: &Value) -> Record {
        value.as_object().cloned().expect("an object")
    }

    fn agreement(classes: &[&str], bsn: bool) -> Agreement {
        Agreement::from_record(&record(&json!({
            "nummer": "SO-1", "opdrachtgever": "gemeente", "uitvoerder": "aanbieder", "van": "2024-01-01",
            "bsnToegestaan": bsn, "bsnGrondslag": "PW art. 7",
            "attribuutset": [
                {"soort": "kandidaat", "klassen": classes},
                {"soort": "logboekregel", "klassen": ["A", "D", "F"]},
            ],
        })))
        .expect("an agreement")
    }

    fn kandidaat() -> Record {
        record(&json!({
            "bsn": "999990019", "geslachtsnaam": "Testpersoon", "woonplaatsgemeente": "0484",
            "adres": {"postcode": "2400AA", "huisnummer": 1},
            "waardeStatus": {"/voorvoegsel": "geenWaarde", "/woonplaatsgemeente": "waardeOnbekend"},
            "nietVertaald": {"/geslacht": "X"},
        }))
    }

    fn shown(record: &Record, agreement: &Agreement) -> Value {
        let schemas = Schemas::embedded().expect("the schemas load");
        let filtered =
            filter(Kind::Kandidaat, record, agreement, &schemas).expect("the kind is named");
        Value::Object(filtered.record)
    }

    #[test]
    fn only_named_classes_leave_and_a_state_goes_with_its_attribute() {
        assert_eq!(
            shown(&kandidaat(), &agreement(&["A"], false)),
            json!({"woonplaatsgemeente": "0484", "waardeStatus": {"/woonplaatsgemeente": "waardeOnbekend"}})
        );
        assert_eq!(
            shown(&kandidaat(), &agreement(&[], true)),
            json!({"bsn": "999990019"})
        );
    }

    #[test]
    fn the_bsn_leaves_only_with_a_named_ground_and_a_secret_address_never() {
        let mut secret = kandidaat();
        secret.insert("geheimAdres".to_owned(), json!(true));
        let out = shown(&secret, &agreement(&["A", "B", "C", "D", "F"], false));
        assert!(out.get("bsn").is_none() && out.get("adres").is_none());
        assert_eq!(out["geslachtsnaam"], "Testpersoon");
        assert!(
            out.get("nietVertaald").is_none(),
            "untranslated values never leave"
        );
        let mut of_one = kandidaat();
        of_one.insert("geheimAdres".to_owned(), json!(false));
        of_one.insert(
            "geheimeAdressen".to_owned(),
            json!({"gemeente": true, "uwv": false}),
        );
        of_one.insert("klantnummers".to_owned(), json!({"uwv": "C-1"}));
        let out = shown(&of_one, &agreement(&["A", "B", "C", "D", "F"], false));
        assert!(out.get("adres").is_none(), "one secret is enough");
        assert!(out.get("geheimeAdressen").is_none() && out.get("klantnummers").is_none());
    }

    #[test]
    fn a_kind_that_the_agreement_does_not_name_does_not_leave() {
        let schemas = Schemas::embedded().expect("the schemas load");
        assert!(
            filter(
                Kind::Werkprofiel,
                &Record::new(),
                &agreement(&["A"], true),
                &schemas
            )
            .is_none()
        );
    }

    #[test]
    fn internal_prose_and_suspicious_summaries_stay() {
        let schemas = Schemas::embedded().expect("the schemas load");
        for (summary, leaves) in [
            ("Werkt prettig in rust", true),
            ("Diagnose autisme besproken", false),
        ] {
            let log = record(
                &json!({"datum": "2024-04-02", "beschrijving": "intern", "samenvattingDeelbaar": summary}),
            );
            let filtered =
                filter(Kind::Logboekregel, &log, &agreement(&[], false), &schemas).expect("named");
            assert!(!filtered.record.contains_key("beschrijving"));
            assert_eq!(
                filtered.record.contains_key("samenvattingDeelbaar"),
                leaves,
                "{summary}"
            );
            assert!(filtered.withheld.contains(&"beschrijving".to_owned()));
        }
    }

    #[test]
    fn a_recorded_no_or_a_shielded_person_holds_everything() {
        for (value, held) in [
            (
                json!({"toestemming": false}),
                Some("kandidaat.geenToestemming"),
            ),
            (json!({"toestemming": true}), None),
            (
                json!({"afgeschermd": true, "toestemming": true}),
                Some("kandidaat.afgeschermd"),
            ),
            (
                json!({"toestemming": true, "toestemmingen": {"uwv": false, "aanbieder": true}}),
                Some("kandidaat.geenToestemming"),
            ),
            (
                json!({"afgeschermd": false, "afschermingen": {"gemeente": true}}),
                Some("kandidaat.afgeschermd"),
            ),
            (json!({"toestemmingen": {"uwv": true}}), None),
            (json!({}), None),
        ] {
            assert_eq!(hold(&record(&value)), held);
        }
    }
}
