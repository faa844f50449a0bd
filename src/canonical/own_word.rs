use crate::canonical::Contribution;
use crate::canonical::Merged;
use crate::canonical::OrgCode;
use crate::canonical::Record;
use crate::canonical::forget_states;
use serde_json::Map;
use serde_json::Value;

/// An attribute of a kandidaat about which every organisation has a word of its own, that no other can take back:
/// its own number for the person, and what holds data back. A recorded "Nee" and a shield block until the organisation
/// that said it lifts it (domain 4.1, AP 2016 and iWmo OP003; that it is per organisation [ASM]).
///
/// The words stand next to each other in a member of the stored record. Each follows its own sender's clock, so the
/// clock of one organisation decides nothing about the word of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnWord {
    /// The attribute as its schema names it and organisations send it.
    pub attribute: &'static str,
    /// The member of the stored record that holds the words, by organisation code. Not in the schema: nobody can send
    /// it, and the visibility filter lets nothing through that the schema does not name.
    pub member: &'static str,
    /// The word that counts for everybody as long as one organisation stands by it; the attribute itself shows it.
    /// `None`: a word counts for its own organisation only, and the attribute is not on the record.
    pub strictest: Option<bool>,
}

/// Every attribute of which each organisation has a word of its own.
pub const OWN_WORDS: [OwnWord; 4] = [
    OwnWord {
        attribute: "klantnummer",
        member: "klantnummers",
        strictest: None,
    },
    OwnWord {
        attribute: "toestemming",
        member: "toestemmingen",
        strictest: Some(false),
    },
    OwnWord {
        attribute: "afgeschermd",
        member: "afschermingen",
        strictest: Some(true),
    },
    OwnWord {
        attribute: "geheimAdres",
        member: "geheimeAdressen",
        strictest: Some(true),
    },
];

impl OwnWord {
    /// The own word about an attribute, if each organisation has one.
    #[must_use]
    pub fn about(attribute: &str) -> Option<&'static Self> {
        OWN_WORDS.iter().find(|word| word.attribute == attribute)
    }

    /// Whether this member of a stored record holds own words.
    #[must_use]
    pub fn is_member(name: &str) -> bool {
        OWN_WORDS.iter().any(|word| word.member == name)
    }

    /// What one organisation says.
    #[must_use]
    pub fn of<'a>(&self, record: &'a Record, organisation: &OrgCode) -> Option<&'a Value> {
        record.get(self.member)?.get(organisation.as_str())
    }

    /// Whether any organisation stands by the strictest word. The attribute itself is looked at too.
    #[must_use]
    pub fn blocks(&self, record: &Record) -> bool {
        let Some(strictest) = self.strictest.map(Value::Bool) else {
            return false;
        };
        record.get(self.attribute) == Some(&strictest)
            || words(record, self.member).any(|(_, word)| *word == strictest)
    }

    /// Whether this organisation stands by the strictest word.
    #[must_use]
    pub fn is_blocked_by(&self, record: &Record, organisation: &OrgCode) -> bool {
        self.strictest.map(Value::Bool).as_ref() == self.of(record, organisation)
            && self.strictest.is_some()
    }

    /// Adds an organisation's word to what a message did to a record. An older word than its own last one is late;
    /// the words of others stay as they are. The attribute shows the strictest word that stands, with the source of
    /// an organisation that says so.
    pub fn say(&self, merged: &mut Merged, value: Value, by: &Contribution) {
        let source = self.source(by.organisatie.as_str());
        let newer = merged
            .sources
            .of(&source)
            .is_some_and(|(one, _)| one.verzonden > by.verzonden);
        if newer {
            if self.of(&merged.record, &by.organisatie) != Some(&value) {
                merged.late.push(self.attribute.to_owned());
            }
            return;
        }
        let mut all: Map<String, Value> = words(&merged.record, self.member)
            .map(|(organisation, word)| (organisation.clone(), word.clone()))
            .collect();
        let before = all.insert(by.organisatie.to_string(), value.clone());
        if before != Some(value) {
            merged.changed.push(self.member.to_owned());
        }
        merged.sources.set(&source, by, true);
        self.show(merged, &all);
        merged
            .record
            .insert(self.member.to_owned(), Value::Object(all));
        merged.sources.compact();
    }

    fn show(&self, merged: &mut Merged, all: &Map<String, Value>) {
        let Some(strictest) = self.strictest.map(Value::Bool) else {
            return;
        };
        let holder = all.iter().find(|(_, word)| **word == strictest);
        let Some((holder, shown)) = holder.or_else(|| all.iter().next()) else {
            return;
        };
        let cleared = forget_states(&mut merged.record, self.attribute);
        let before = merged
            .record
            .insert(self.attribute.to_owned(), shown.clone());
        if cleared || before.as_ref() != Some(shown) {
            merged.changed.push(self.attribute.to_owned());
        }
        if let Some(say) = merged.sources.attributen.get(&self.source(holder)).copied() {
            merged
                .sources
                .attributen
                .insert(self.attribute.to_owned(), say);
        }
    }

    /// The name under which the source of one organisation's word is kept.
    fn source(&self, organisation: &str) -> String {
        format!("{}/{organisation}", self.member)
    }
}

fn words<'a>(record: &'a Record, member: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    record
        .get(member)
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;
    use serde_json::json;
    use uuid::Uuid;

    /// (organisation, seconds by its own clock, word)
    type Said = (&'static str, i64, bool);

    fn after(word: &OwnWord, said: &[Said]) -> Merged {
        let mut merged = Merged::default();
        for (message, (organisation, second, value)) in said.iter().enumerate() {
            let by = Contribution {
                bericht: Uuid::from_u128(message as u128),
                organisatie: OrgCode::parse(organisation).expect("a code"),
                verzonden: Timestamp::from_second(*second).expect("a moment"),
                mapping: "test".to_owned(),
            };
            merged.changed.clear();
            merged.late.clear();
            word.say(&mut merged, json!(value), &by);
        }
        merged
    }

    #[test]
    fn a_no_stands_until_the_organisation_that_said_it_lifts_it() {
        let word = OwnWord::about("toestemming").expect("known");
        for (said, shown) in [
            (&[("uwv", 10, false)][..], false),
            (&[("uwv", 10, false), ("aanbieder", 99, true)], false),
            (&[("aanbieder", 99, true), ("uwv", 10, false)], false),
            (&[("uwv", 10, false), ("uwv", 20, true)], true),
            (&[("uwv", 20, true), ("uwv", 10, false)], true),
            (
                &[
                    ("uwv", 10, false),
                    ("gemeente", 5, false),
                    ("uwv", 20, true),
                ],
                false,
            ),
        ] {
            let merged = after(word, said);
            assert_eq!(merged.record["toestemming"], shown, "{said:?}");
            assert_eq!(word.blocks(&merged.record), !shown, "{said:?}");
            let (by, _) = merged.sources.of("toestemming").expect("a source");
            assert_eq!(
                word.of(&merged.record, &by.organisatie),
                Some(&json!(shown)),
                "the source is an organisation that says so: {said:?}"
            );
        }
    }

    #[test]
    fn a_shield_of_one_is_not_lifted_by_the_no_shield_of_another() {
        for attribute in ["afgeschermd", "geheimAdres"] {
            let word = OwnWord::about(attribute).expect("known");
            let merged = after(word, &[("gemeente", 10, true), ("uwv", 20, false)]);
            assert_eq!(merged.record[attribute], true);
            assert!(word.blocks(&merged.record));
            let org = |code| OrgCode::parse(code).expect("a code");
            assert!(word.is_blocked_by(&merged.record, &org("gemeente")));
            assert!(!word.is_blocked_by(&merged.record, &org("uwv")));
        }
    }

    #[test]
    fn an_organisation_with_a_slow_clock_keeps_its_own_word_and_its_late_word_is_late() {
        let word = OwnWord::about("klantnummer").expect("known");
        let merged = after(word, &[("uwv", 1_000, true), ("gemeente", 1, true)]);
        assert_eq!(
            merged.record["klantnummers"],
            json!({"gemeente": true, "uwv": true})
        );
        assert!(!merged.record.contains_key("klantnummer"));
        let late = after(word, &[("uwv", 20, true), ("uwv", 10, false)]);
        assert_eq!(late.late, ["klantnummer"]);
        assert!(late.changed.is_empty());
    }

    #[test]
    fn a_word_takes_the_state_away() {
        let word = OwnWord::about("toestemming").expect("known");
        let mut merged = Merged {
            record: json!({"waardeStatus": {"/toestemming": "waardeOnbekend"}})
                .as_object()
                .cloned()
                .expect("an object"),
            ..Merged::default()
        };
        let by = Contribution {
            bericht: Uuid::from_u128(1),
            organisatie: OrgCode::parse("uwv").expect("a code"),
            verzonden: Timestamp::UNIX_EPOCH,
            mapping: "test".to_owned(),
        };
        word.say(&mut merged, json!(true), &by);
        assert!(!merged.record.contains_key("waardeStatus"));
        assert_eq!(merged.changed, ["toestemmingen", "toestemming"]);
    }
}
