//! What messages say to the proposals on a record, and what becomes of those. Pure.

use crate::canonical::Kind;
use crate::canonical::OrgCode;
use crate::store::ProposalRow;
use crate::store::ProposalState;
use jiff::Timestamp;
use serde_json::Value;
use std::collections::HashSet;
use uuid::Uuid;

/// What one message says of one attribute of a record that was there before.
pub(crate) struct Word {
    pub record: Uuid,
    pub attribute: String,
    pub by: OrgCode,
    /// When, by the sender's own clock.
    pub sent_at: Timestamp,
    pub at: Timestamp,
    pub says: Says,
}

/// What it says to proposals on the attribute.
pub(crate) enum Says {
    /// An owner changes the value, to this. What it only repeats decides nothing: systems send whole records.
    Decides(Value),
    /// One that does not own the attribute has the owner's value too, and takes back what it proposed.
    Agrees,
    /// One that does not own the attribute has another value than the owner.
    Proposes(Proposed),
}

/// A value that is proposed.
pub(crate) struct Proposed {
    pub id: Uuid,
    pub kind: Kind,
    pub kandidaat: Uuid,
    /// `null` proposes that there is none.
    pub value: Value,
    pub message: Uuid,
}

/// The proposals that words make or settle, out of those on the records that the words are about (`rows`, in order of
/// writing).
///
/// What an organisation proposes replaces what it proposed before, by its own clock. What it says once more while that
/// waits, or after it was rejected, is nothing new.
pub(crate) fn settled(mut rows: Vec<ProposalRow>, words: Vec<Word>) -> Vec<ProposalRow> {
    let mut touched = HashSet::new();
    for word in words {
        let mut close = |row: &mut ProposalRow, state| {
            row.state = state;
            row.settled_at = Some(word.at);
            row.settled_by = Some(word.by.clone());
            touched.insert(row.id);
        };
        match word.says {
            Says::Decides(value) => {
                for row in open_on(&mut rows, word.record, &word.attribute) {
                    let state = if proposes(row, &value) {
                        ProposalState::Accepted
                    } else {
                        ProposalState::Overtaken
                    };
                    close(row, state);
                }
            }
            Says::Agrees => {
                for row in open_on(&mut rows, word.record, &word.attribute) {
                    if row.proposer == word.by && row.sent_at <= word.sent_at {
                        close(row, ProposalState::Overtaken);
                    }
                }
            }
            Says::Proposes(proposed) => {
                let latest = rows
                    .iter()
                    .filter(|row| {
                        row.record == word.record
                            && row.attribute == word.attribute
                            && row.proposer == word.by
                    })
                    .max_by_key(|row| row.sent_at);
                if latest
                    .is_some_and(|row| row.sent_at > word.sent_at || says_again(row, &proposed))
                {
                    continue;
                }
                for row in open_on(&mut rows, word.record, &word.attribute) {
                    if row.proposer == word.by {
                        close(row, ProposalState::Overtaken);
                    }
                }
                touched.insert(proposed.id);
                rows.push(ProposalRow {
                    id: proposed.id,
                    record: word.record,
                    kind: proposed.kind,
                    kandidaat: proposed.kandidaat,
                    attribute: word.attribute,
                    value: proposed.value.to_string(),
                    proposer: word.by,
                    message: proposed.message,
                    sent_at: word.sent_at,
                    at: word.at,
                    state: ProposalState::Open,
                    settled_at: None,
                    settled_by: None,
                });
            }
        }
    }
    rows.retain(|row| touched.contains(&row.id));
    rows
}

fn open_on<'a>(
    rows: &'a mut [ProposalRow],
    record: Uuid,
    attribute: &'a str,
) -> impl Iterator<Item = &'a mut ProposalRow> {
    rows.iter_mut().filter(move |row| {
        row.record == record && row.attribute == attribute && row.state == ProposalState::Open
    })
}

fn says_again(row: &ProposalRow, proposed: &Proposed) -> bool {
    matches!(row.state, ProposalState::Open | ProposalState::Rejected)
        && proposes(row, &proposed.value)
}

/// Whether this is the value of a proposal, in whatever order its members were written.
fn proposes(row: &ProposalRow, value: &Value) -> bool {
    serde_json::from_str::<Value>(&row.value).is_ok_and(|proposed| proposed == *value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const RECORD: Uuid = Uuid::from_u128(100);

    /// (organisation, seconds by its own clock, what it says; `p` proposes, `d` decides, `a` agrees)
    type Said<'a> = (&'a str, i64, char, Value);

    fn words(said: &[Said<'_>], first: usize) -> Vec<Word> {
        let word = |(nth, (by, second, how, value)): (usize, &Said<'_>)| {
            let moment = |second| Timestamp::from_second(second).expect("a moment");
            Word {
                record: RECORD,
                attribute: "telefoon".to_owned(),
                by: OrgCode::parse(by).expect("a code"),
                sent_at: moment(*second),
                at: moment(1_000 + i64::try_from(nth).expect("small")),
                says: match how {
                    'd' => Says::Decides(value.clone()),
                    'a' => Says::Agrees,
                    _ => Says::Proposes(Proposed {
                        id: Uuid::from_u128((first + nth) as u128),
                        kind: Kind::Kandidaat,
                        kandidaat: RECORD,
                        value: value.clone(),
                        message: Uuid::from_u128(7),
                    }),
                },
            }
        };
        said.iter().enumerate().map(word).collect()
    }

    fn standing(rows: &[ProposalRow]) -> Vec<(&str, &str, &str)> {
        rows.iter()
            .map(|row| {
                (
                    row.proposer.as_str(),
                    row.value.as_str(),
                    row.state.as_str(),
                )
            })
            .collect()
    }

    #[test]
    fn an_owner_accepts_with_the_same_value_and_overtakes_with_another() {
        let (one, two) = (json!(["1"]), json!(["2"]));
        for (said, stands) in [
            (
                vec![("a", 1, 'p', one.clone()), ("g", 1, 'd', one.clone())],
                vec![("a", "[\"1\"]", "aanvaard")],
            ),
            (
                vec![("a", 1, 'p', one.clone()), ("g", 1, 'd', two.clone())],
                vec![("a", "[\"1\"]", "achterhaald")],
            ),
            (
                // to each its own, and what is proposed afterwards is open
                vec![
                    ("a", 1, 'p', one.clone()),
                    ("b", 1, 'p', two.clone()),
                    ("g", 1, 'd', two.clone()),
                    ("a", 2, 'p', one.clone()),
                ],
                vec![
                    ("a", "[\"1\"]", "achterhaald"),
                    ("b", "[\"2\"]", "aanvaard"),
                    ("a", "[\"1\"]", "open"),
                ],
            ),
            (
                // none is a value too
                vec![("a", 1, 'p', Value::Null), ("g", 1, 'd', Value::Null)],
                vec![("a", "null", "aanvaard")],
            ),
        ] {
            let rows = settled(Vec::new(), words(&said, 1));
            assert_eq!(standing(&rows), stands);
            let by = |row: &ProposalRow| row.settled_by.as_ref().map(|org| org.as_str().to_owned());
            for row in &rows {
                let open = row.state == ProposalState::Open;
                assert_eq!(by(row), (!open).then(|| "g".to_owned()));
                assert_eq!(row.settled_at.is_none(), open);
            }
        }
    }

    #[test]
    fn an_organisation_has_one_open_proposal_its_newest_by_its_own_clock() {
        let (one, two) = (json!("1"), json!("2"));
        for (said, stands) in [
            (
                vec![("a", 1, 'p', one.clone()), ("a", 2, 'p', one.clone())],
                vec![("a", "\"1\"", "open")],
            ),
            (
                vec![("a", 1, 'p', one.clone()), ("a", 2, 'p', two.clone())],
                vec![("a", "\"1\"", "achterhaald"), ("a", "\"2\"", "open")],
            ),
            (
                vec![("a", 2, 'p', two.clone()), ("a", 1, 'p', one.clone())],
                vec![("a", "\"2\"", "open")],
            ),
            (
                vec![("a", 1, 'p', one.clone()), ("a", 2, 'a', Value::Null)],
                vec![("a", "\"1\"", "achterhaald")],
            ),
            (
                vec![("a", 2, 'p', one.clone()), ("a", 1, 'a', Value::Null)],
                vec![("a", "\"1\"", "open")],
            ),
            (
                vec![("a", 1, 'p', one.clone()), ("b", 2, 'a', Value::Null)],
                vec![("a", "\"1\"", "open")],
            ),
        ] {
            let rows = settled(Vec::new(), words(&said, 1));
            assert_eq!(standing(&rows), stands, "{:?}", standing(&rows));
        }
    }

    #[test]
    fn what_was_rejected_is_not_proposed_again_by_repeating_it() {
        let value = json!({"straat": "A", "huisnummer": 1});
        let mut known = settled(Vec::new(), words(&[("a", 1, 'p', value.clone())], 1));
        known[0].state = ProposalState::Rejected;
        // members in another order are the same value
        known[0].value = r#"{"huisnummer":1,"straat":"A"}"#.to_owned();
        let again = settled(known.clone(), words(&[("a", 2, 'p', value)], 2));
        assert!(again.is_empty());
        let other = settled(
            known.clone(),
            words(&[("a", 3, 'p', json!({"straat": "B"}))], 3),
        );
        assert_eq!(standing(&other), [("a", r#"{"straat":"B"}"#, "open")]);
        let decided = settled(known, words(&[("g", 4, 'd', json!("x"))], 4));
        assert!(decided.is_empty(), "what is settled stays as it is");
    }

    #[test]
    fn words_on_another_record_or_attribute_settle_nothing() {
        let known = settled(Vec::new(), words(&[("a", 1, 'p', json!("1"))], 1));
        let mut elsewhere = words(&[("g", 2, 'd', json!("1")), ("g", 2, 'd', json!("1"))], 2);
        elsewhere[0].record = Uuid::from_u128(101);
        elsewhere[1].attribute = "email".to_owned();
        assert!(settled(known, elsewhere).is_empty());
    }
}
