use crate::canonical::OrgCode;
use crate::canonical::RAW;
use crate::canonical::Record;
use crate::canonical::STATES;
use jiff::Timestamp;
use serde::Deserialize;
use serde::Serialize;
use serde_json::Map;
use serde_json::Value;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use uuid::Uuid;

/// One message's say in a record: who, when by its own account, by which message and mapping.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contribution {
    /// The message.
    pub bericht: Uuid,
    /// The sender.
    pub organisatie: OrgCode,
    /// When the sender says it was sent; the order of changes follows this and never the order of arrival.
    pub verzonden: Timestamp,
    /// The mapping and its revision, for example `uwv/sonar@3f2a…`.
    pub mapping: String,
}

/// For each top-level attribute of a record, whose say it is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Sources {
    /// The messages that still have a say, in order of arrival.
    pub bijdragen: Vec<Contribution>,
    /// Attribute to its place in `bijdragen` and whether the sender owns it.
    pub attributen: BTreeMap<String, Say>,
    /// The organisations that said the value that stands, where it was more than one.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub gezegd: BTreeMap<String, BTreeSet<OrgCode>>,
}

/// Whose say an attribute is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Say {
    /// Index in [`Sources::bijdragen`].
    pub bijdrage: usize,
    /// Whether the sender owned the attribute.
    pub eigenaar: bool,
}

impl Sources {
    /// The contribution that set an attribute.
    #[must_use]
    pub fn of(&self, attribute: &str) -> Option<(&Contribution, bool)> {
        let say = self.attributen.get(attribute)?;
        Some((self.bijdragen.get(say.bijdrage)?, say.eigenaar))
    }

    /// The organisations that said what stands for an attribute. What one of them may share, it may share whoever said
    /// it last; what only others said is theirs to share.
    pub fn said_by(&self, attribute: &str) -> impl Iterator<Item = &OrgCode> {
        let several = self.gezegd.get(attribute).into_iter().flatten();
        let one = self.of(attribute).map(|(by, _)| &by.organisatie);
        several.chain(one)
    }

    /// Notes that one more organisation says what stands.
    pub fn also(&mut self, attribute: &str, organisation: &OrgCode) {
        let Some((by, _)) = self.of(attribute) else {
            return;
        };
        if by.organisatie != *organisation {
            let earlier = by.organisatie.clone();
            let several = self.gezegd.entry(attribute.to_owned()).or_default();
            several.extend([earlier, organisation.clone()]);
        }
    }

    /// Gives an attribute to a contribution, and forgets contributions that no longer have a say.
    pub fn set(&mut self, attribute: &str, by: &Contribution, owner: bool) {
        let index = self
            .bijdragen
            .iter()
            .position(|one| one.bericht == by.bericht && one.verzonden == by.verzonden)
            .unwrap_or_else(|| {
                self.bijdragen.push(by.clone());
                self.bijdragen.len() - 1
            });
        self.attributen.insert(
            attribute.to_owned(),
            Say {
                bijdrage: index,
                eigenaar: owner,
            },
        );
    }

    /// Drops contributions without a say, so that a record that changes often stays small.
    pub(super) fn compact(&mut self) {
        let used: BTreeSet<usize> = self.attributen.values().map(|say| say.bijdrage).collect();
        if used.len() == self.bijdragen.len() {
            return;
        }
        let places: BTreeMap<usize, usize> = used
            .iter()
            .enumerate()
            .map(|(new, old)| (*old, new))
            .collect();
        self.bijdragen = std::mem::take(&mut self.bijdragen)
            .into_iter()
            .enumerate()
            .filter(|(old, _)| used.contains(old))
            .map(|(_, one)| one)
            .collect();
        for say in self.attributen.values_mut() {
            say.bijdrage = places.get(&say.bijdrage).copied().unwrap_or(0);
        }
    }
}

/// What a message does to a record.
#[derive(Clone, PartialEq, Default)]
pub struct Merged {
    /// The record after it.
    pub record: Record,
    /// Whose say each attribute is after it.
    pub sources: Sources,
    /// Attributes whose value it changed.
    pub changed: Vec<String>,
    /// Attributes for which a newer or an owner's word stands: kept as history.
    pub late: Vec<String>,
    /// Attributes of another owner with a different value: for the owner to decide.
    pub proposals: Vec<(String, Value)>,
}

// A record holds personal data: names of attributes may be shown, values never.
impl std::fmt::Debug for Merged {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let proposed = self.proposals.iter().map(|(attribute, _)| attribute);
        f.debug_struct("Merged")
            .field("changed", &self.changed)
            .field("late", &self.late)
            .field("proposals", &proposed.collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

/// Merges what a message says into a record, attribute by attribute (top-level attributes; a list or object is
/// taken whole).
///
/// The word that stands for an attribute is the one with the greatest (sender owns it, sender's time): an owner's
/// word before another's, a newer before an older. So the outcome does not depend on the order of arrival. A
/// non-owner's different word against an owner's becomes a proposal (domain rule: ownership per attribute).
/// Attributes that the message does not name stay as they are.
///
/// `owns` says whether the sender owns an attribute of this record. `follows` compares the incoming value of an
/// attribute with the one on record where the domain itself orders them (a status). It decides between owners of
/// different organisations, whose clocks say nothing about each other; one sender's words follow its own clock.
#[must_use]
pub fn merge(
    current: Option<(&Record, &Sources)>,
    incoming: &Record,
    by: &Contribution,
    owns: impl Fn(&str) -> bool,
    follows: impl Fn(&str, &Value, &Value) -> Option<Ordering>,
) -> Merged {
    let Some((record, sources)) = current else {
        return first(incoming, by, owns);
    };
    let mut merged = Merged {
        record: record.clone(),
        sources: sources.clone(),
        ..Merged::default()
    };
    for attribute in named(incoming) {
        let owner = owns(attribute);
        let same = same_say(&merged.record, incoming, attribute);
        let ordered = || {
            follows(
                attribute,
                merged.record.get(attribute)?,
                incoming.get(attribute)?,
            )
        };
        let stands = merged.sources.of(attribute).map(|(one, owned)| {
            let another = one.organisatie != by.organisatie;
            let stronger = match (another && owned && owner).then(ordered).flatten() {
                Some(order) => order == Ordering::Less,
                None => (owned, one.verzonden) > (owner, by.verzonden),
            };
            (stronger, owned && !owner && another)
        });
        if same {
            merged.sources.also(attribute, &by.organisatie);
        }
        if let Some((true, foreign)) = stands {
            if foreign && !same {
                let value = incoming.get(attribute).cloned().unwrap_or(Value::Null);
                merged.proposals.push((attribute.to_owned(), value));
            } else if !same {
                merged.late.push(attribute.to_owned());
            }
        } else {
            merged.sources.set(attribute, by, owner);
            if !same {
                take(&mut merged.record, incoming, attribute);
                merged.sources.gezegd.remove(attribute);
                merged.changed.push(attribute.to_owned());
            }
        }
    }
    merged.sources.compact();
    merged
}

/// What the first message makes of a record: all that it says stands.
fn first(incoming: &Record, by: &Contribution, owns: impl Fn(&str) -> bool) -> Merged {
    let mut merged = Merged {
        record: incoming.clone(),
        ..Merged::default()
    };
    for attribute in named(incoming) {
        merged.sources.set(attribute, by, owns(attribute));
        merged.changed.push(attribute.to_owned());
    }
    for member in [STATES, RAW] {
        // of these, only what is about an attribute
        if let Some(Value::Object(map)) = merged.record.get_mut(member) {
            map.retain(|pointer, _| pointer.split('/').nth(1).is_some());
        }
        let nothing = |value: &Value| value.as_object().is_none_or(Map::is_empty);
        if merged.record.get(member).is_some_and(nothing) {
            merged.record.remove(member);
        }
    }
    merged
}

/// The top-level attributes that a message says something about: by value, by state or by an untranslated value.
fn named(incoming: &Record) -> BTreeSet<&str> {
    let by_pointer = [STATES, RAW]
        .into_iter()
        .filter_map(|member| incoming.get(member)?.as_object())
        .flat_map(Map::keys)
        .filter_map(|pointer| pointer.split('/').nth(1));
    incoming
        .keys()
        .map(String::as_str)
        .filter(|name| *name != STATES && *name != RAW)
        .chain(by_pointer)
        .collect()
}

fn same_say(current: &Record, incoming: &Record, attribute: &str) -> bool {
    current.get(attribute) == incoming.get(attribute)
        && [STATES, RAW].into_iter().all(|member| {
            pointers_under(current, member, attribute)
                == pointers_under(incoming, member, attribute)
        })
}

fn pointers_under<'a>(
    record: &'a Record,
    member: &str,
    attribute: &str,
) -> BTreeMap<&'a str, &'a Value> {
    record
        .get(member)
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .filter(|(pointer, _)| pointer.split('/').nth(1) == Some(attribute))
        .map(|(pointer, value)| (pointer.as_str(), value))
        .collect()
}

/// Takes away what stands under an attribute in [`STATES`] and [`RAW`]: its value is known after all. Returns whether
/// there was anything.
pub fn forget_states(record: &mut Record, attribute: &str) -> bool {
    let mut found = false;
    for member in [STATES, RAW] {
        let Some(Value::Object(map)) = record.get_mut(member) else {
            continue;
        };
        let before = map.len();
        map.retain(|pointer, _| pointer.split('/').nth(1) != Some(attribute));
        found |= map.len() < before;
        if map.is_empty() {
            record.remove(member);
        }
    }
    found
}

fn take(record: &mut Record, incoming: &Record, attribute: &str) {
    match incoming.get(attribute) {
        Some(value) => {
            record.insert(attribute.to_owned(), value.clone());
        }
        None => {
            record.remove(attribute);
        }
    }
    forget_states(record, attribute);
    for member in [STATES, RAW] {
        let fresh: Vec<(String, Value)> = pointers_under(incoming, member, attribute)
            .into_iter()
            .map(|(pointer, value)| (pointer.to_owned(), value.clone()))
            .collect();
        if !fresh.is_empty()
            && let Value::Object(map) = record
                .entry(member)
                .or_insert_with(|| Value::Object(Map::new()))
        {
            map.extend(fresh);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn record(value: &Value) -> Record {
        value.as_object().cloned().expect("an object")
    }

    fn unordered(_: &str, _: &Value, _: &Value) -> Option<Ordering> {
        None
    }

    fn by(org: &str, second: i64, message: u128) -> Contribution {
        Contribution {
            bericht: Uuid::from_u128(message),
            organisatie: OrgCode::parse(org).expect("a code"),
            verzonden: Timestamp::from_second(second).expect("a moment"),
            mapping: "test".to_owned(),
        }
    }

    #[test]
    fn a_first_message_stands_as_it_would_in_an_empty_record() {
        for incoming in [
            json!({}),
            json!({"naam": "a", "adres": {"plaats": "b"}}),
            json!({"telefoon": null}),
            json!({"naam": "a", STATES: {"/telefoon": "geenWaarde", "/adres/plaats": "nietGeautoriseerd"}}),
            json!({"naam": "a", RAW: {"/geslacht": "x"}, STATES: {}}),
            json!({"naam": "a", STATES: {"zomaar": "geenWaarde"}, RAW: "zomaar"}),
        ] {
            let incoming = record(&incoming);
            let by = by("a", 1, 1);
            let empty = (&Record::new(), &Sources::default());
            let owns = |attribute: &str| attribute == "naam";
            let first = merge(None, &incoming, &by, owns, unordered);
            let second = merge(Some(empty), &incoming, &by, owns, unordered);
            assert!(first == second, "{incoming:?}");
        }
    }

    #[test]
    fn a_late_older_message_does_not_overwrite_but_fills_what_was_absent() {
        let newer = merge(
            None,
            &record(&json!({"naam": "nieuw"})),
            &by("a", 20, 1),
            |_| true,
            unordered,
        );
        let both = merge(
            Some((&newer.record, &newer.sources)),
            &record(&json!({"naam": "oud", "plaats": "hier"})),
            &by("a", 10, 2),
            |_| true,
            unordered,
        );
        assert_eq!(
            Value::Object(both.record),
            json!({"naam": "nieuw", "plaats": "hier"})
        );
        assert_eq!(
            (both.changed, both.late),
            (vec!["plaats".to_owned()], vec!["naam".to_owned()])
        );
    }

    #[test]
    fn of_what_one_message_says_twice_the_newest_moment_counts() {
        let mut current: Option<Merged> = None;
        for (second, message, einddatum) in [
            (10, 1, "2024-06-30"),
            (30, 1, "2024-12-31"),
            (20, 2, "2024-09-30"),
        ] {
            let said = record(&json!({ "einddatum": einddatum }));
            let on_record = current
                .as_ref()
                .map(|merged| (&merged.record, &merged.sources));
            let by = by("a", second, message);
            current = Some(merge(on_record, &said, &by, |_| true, unordered));
        }
        let merged = current.expect("merged");
        assert_eq!(merged.record["einddatum"], "2024-12-31");
        assert_eq!(merged.late, ["einddatum"]);
    }

    #[test]
    fn a_non_owner_fills_an_empty_attribute_and_proposes_over_an_owners_word() {
        let filled = merge(
            None,
            &record(&json!({"naam": "van uwv"})),
            &by("uwv", 10, 1),
            |_| false,
            unordered,
        );
        assert_eq!(filled.changed, ["naam"]);
        let owned = merge(
            Some((&filled.record, &filled.sources)),
            &record(&json!({"naam": "van gemeente"})),
            &by("gemeente", 5, 2),
            |_| true,
            unordered,
        );
        assert_eq!(
            owned.changed,
            ["naam"],
            "the owner's older word stands before another's newer"
        );
        let proposed = merge(
            Some((&owned.record, &owned.sources)),
            &record(&json!({"naam": "toch van uwv"})),
            &by("uwv", 30, 3),
            |_| false,
            unordered,
        );
        assert_eq!(
            proposed.proposals,
            [("naam".to_owned(), json!("toch van uwv"))]
        );
        assert_eq!(
            Value::Object(proposed.record),
            json!({"naam": "van gemeente"})
        );
    }

    #[test]
    fn between_owners_the_further_status_stands_whatever_their_clocks_say() {
        let length = |_: &str, on_record: &Value, said: &Value| {
            Some(said.as_str()?.len().cmp(&on_record.as_str()?.len()))
        };
        for (first, then, stands) in [
            // (organisation, seconds by its own clock, status)
            (("a", 500, "x"), ("b", 10, "xx"), "xx"),
            (("b", 10, "xx"), ("a", 500, "x"), "xx"),
            (("a", 500, "x"), ("a", 10, "xx"), "x"),
            (("a", 10, "xx"), ("a", 500, "x"), "x"),
        ] {
            let mut current: Option<(Record, Sources)> = None;
            for (message, (org, second, status)) in [first, then].into_iter().enumerate() {
                let merged = merge(
                    current.as_ref().map(|(record, sources)| (record, sources)),
                    &record(&json!({ "status": status })),
                    &by(org, second, message as u128),
                    |_| true,
                    length,
                );
                current = Some((merged.record, merged.sources));
            }
            let (record, _) = current.expect("merged");
            assert_eq!(record["status"], stands, "{first:?} {then:?}");
        }
    }

    #[test]
    fn a_state_takes_the_value_away_and_a_value_takes_the_state_away() {
        let known = merge(
            None,
            &record(&json!({"telefoon": "1"})),
            &by("a", 1, 1),
            |_| true,
            unordered,
        );
        let emptied = merge(
            Some((&known.record, &known.sources)),
            &record(&json!({"waardeStatus": {"/telefoon": "geenWaarde"}})),
            &by("a", 2, 2),
            |_| true,
            unordered,
        );
        assert_eq!(
            Value::Object(emptied.record.clone()),
            json!({"waardeStatus": {"/telefoon": "geenWaarde"}})
        );
        let again = merge(
            Some((&emptied.record, &emptied.sources)),
            &record(&json!({"telefoon": "2"})),
            &by("a", 3, 3),
            |_| true,
            unordered,
        );
        assert_eq!(Value::Object(again.record), json!({"telefoon": "2"}));
        assert_eq!(
            again.sources.bijdragen.len(),
            1,
            "earlier messages have no say any more"
        );
    }

    #[test]
    fn debug_names_attributes_and_never_shows_a_value() {
        let owned = merge(
            None,
            &record(&json!({"naam": "Geheim", "plaats": "Verborgen"})),
            &by("gemeente", 5, 1),
            |_| true,
            unordered,
        );
        let proposed = merge(
            Some((&owned.record, &owned.sources)),
            &record(&json!({"naam": "Anders"})),
            &by("uwv", 9, 2),
            |_| false,
            unordered,
        );
        let shown = format!("{owned:?} {proposed:?}");
        assert!(shown.contains("naam") && shown.contains("plaats"));
        for value in ["Geheim", "Verborgen", "Anders"] {
            assert!(!shown.contains(value), "{shown}");
        }
    }

    #[test]
    fn who_says_the_same_has_said_it_until_the_value_changes() {
        let said = |merged: &Merged| -> BTreeSet<String> {
            merged
                .sources
                .said_by("naam")
                .map(ToString::to_string)
                .collect()
        };
        let mut current: Option<Merged> = None;
        for (org, second, naam, by_whom) in [
            ("a", 5, "x", &["a"][..]),
            ("a", 6, "x", &["a"]),
            ("b", 3, "x", &["a", "b"]), // later or older: said is said
            ("c", 9, "x", &["a", "b", "c"]),
            ("b", 4, "y", &["a", "b", "c"]), // too late to count
            ("b", 20, "y", &["b"]),
        ] {
            let merged = merge(
                current
                    .as_ref()
                    .map(|merged| (&merged.record, &merged.sources)),
                &record(&json!({ "naam": naam })),
                &by(org, second, u128::from(second.unsigned_abs())),
                |_| true,
                unordered,
            );
            assert_eq!(
                said(&merged),
                by_whom.iter().map(|org| (*org).to_owned()).collect(),
                "{org} {second}"
            );
            current = Some(merged);
        }
    }

    #[test]
    fn the_same_word_again_changes_nothing() {
        let once = merge(
            None,
            &record(&json!({"a": [1, 2]})),
            &by("a", 1, 1),
            |_| true,
            unordered,
        );
        let twice = merge(
            Some((&once.record, &once.sources)),
            &record(&json!({"a": [1, 2]})),
            &by("a", 2, 2),
            |_| true,
            unordered,
        );
        assert!(twice.changed.is_empty() && twice.late.is_empty() && twice.proposals.is_empty());
    }

    proptest! {
        #[test]
        fn the_outcome_does_not_depend_on_the_order_of_arrival(
            words in prop::collection::vec((0_u8..3, 0_u8..3, 0_i64..1000), 1..8),
            shuffle in any::<u64>(),
        ) {
            // (sender, attribute, time): distinct times, because a sender's own times rise
            let mut seen = BTreeSet::new();
            let words: Vec<_> = words.into_iter().filter(|word| seen.insert(word.2)).collect();
            let run = |order: &[usize]| {
                let mut current: Option<(Record, Sources)> = None;
                for &index in order {
                    let (sender, attribute, time) = words[index];
                    let name = format!("a{attribute}");
                    let incoming = record(&json!({ name.clone(): index }));
                    let merged = merge(
                        current.as_ref().map(|(record, sources)| (record, sources)),
                        &incoming,
                        &by(&format!("org{sender}"), time, index as u128),
                        |asked| asked.ends_with(char::from(b'0' + sender)),
                        unordered,
                    );
                    current = Some((merged.record, merged.sources));
                }
                current.map(|(record, _)| record)
            };
            let straight: Vec<usize> = (0..words.len()).collect();
            let mut mixed = straight.clone();
            let mut state = shuffle;
            for index in (1..mixed.len()).rev() {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                mixed.swap(index, usize::try_from(state >> 33).expect("31 bits") % (index + 1));
            }
            prop_assert_eq!(run(&straight), run(&mixed));
        }
    }
}
