//! What settling and answering decide, apart from any database.

use super::AnswerOutcome;
use super::AuditRow;
use super::DeliveryState;
use super::LeaseAnswer;
use super::Outcome;
use super::Settlement;
use super::StoreResult;
use super::columns::Columns;
use super::columns::micros;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::collections::HashMap;
use std::collections::HashSet;
use uuid::Uuid;

/// Why a delivery was parked whose leases lapsed once too often.
pub const LEASES_USED_UP: &str = "uitreikingenOp";

/// One settlement as columns.
pub(super) struct Change<'a> {
    pub(super) id: Uuid,
    pub(super) claim: Option<Uuid>,
    pub(super) state: DeliveryState,
    /// Only a retry sets it.
    pub(super) next_at: Option<i64>,
    pub(super) reason: Option<&'a str>,
    pub(super) content_type: Option<&'a str>,
    pub(super) content: Option<&'a [u8]>,
    pub(super) ready_at: Option<i64>,
    pub(super) settled_at: Option<i64>,
    pub(super) audit: Option<&'a AuditRow>,
}

/// The first settlement of each delivery, by id: two workers that settle the same rows lock them in one order.
pub(super) fn changes(settlements: &[Settlement], now: Timestamp) -> Vec<Change<'_>> {
    let mut met = HashSet::with_capacity(settlements.len());
    let mut changes: Vec<_> = settlements
        .iter()
        .filter(|settlement| met.insert(settlement.id))
        .map(|settlement| change(settlement, micros(now)))
        .collect();
    changes.sort_by_key(|change| change.id);
    changes
}

fn change(settlement: &Settlement, now: i64) -> Change<'_> {
    let blank = Change {
        id: settlement.id,
        claim: settlement.claim,
        state: DeliveryState::Outbox,
        next_at: None,
        reason: None,
        content_type: None,
        content: None,
        ready_at: None,
        settled_at: None,
        audit: settlement.audit.as_ref(),
    };
    match &settlement.outcome {
        Outcome::Ready {
            content_type,
            content,
        } => Change {
            state: DeliveryState::Ready,
            content_type: Some(content_type),
            content: Some(content),
            ready_at: Some(now),
            ..blank
        },
        Outcome::Pushed => Change {
            state: DeliveryState::Confirmed,
            ready_at: Some(now),
            settled_at: Some(now),
            ..blank
        },
        Outcome::Retry { next_at, reason } => Change {
            next_at: Some(micros(*next_at)),
            reason: Some(reason),
            ..blank
        },
        Outcome::Parked { reason } => Change {
            state: DeliveryState::Parked,
            reason: Some(reason),
            settled_at: Some(now),
            ..blank
        },
        Outcome::Withheld { reason } => Change {
            state: DeliveryState::Withheld,
            reason: Some(reason),
            settled_at: Some(now),
            ..blank
        },
    }
}

/// The first answer for each delivery, by id.
pub(super) fn first_answers(answers: &[LeaseAnswer]) -> Vec<&LeaseAnswer> {
    let mut met = HashSet::with_capacity(answers.len());
    let mut first: Vec<_> = answers
        .iter()
        .filter(|answer| met.insert(answer.id))
        .collect();
    first.sort_by_key(|answer| answer.id);
    first
}

/// How a delivery stood when its answer did not apply.
pub(super) struct Standing {
    pub(super) state: DeliveryState,
    pub(super) token: Option<Uuid>,
    pub(super) reason: Option<String>,
}

/// The outcomes, in the order of the answers: `done` applied now, of the others `standing` tells how they stand
/// after that.
pub(super) fn outcomes(
    answers: &[LeaseAnswer],
    done: &HashSet<Uuid>,
    standing: &HashMap<Uuid, Standing>,
) -> Vec<AnswerOutcome> {
    let mut first = HashSet::with_capacity(answers.len());
    answers
        .iter()
        .map(|answer| match standing.get(&answer.id) {
            _ if first.insert(answer.id) && done.contains(&answer.id) => AnswerOutcome::Done,
            None => AnswerOutcome::Absent,
            Some(standing) if said_before(answer, standing) => AnswerOutcome::Done,
            Some(_) => AnswerOutcome::Lost,
        })
        .collect()
}

fn said_before(answer: &LeaseAnswer, standing: &Standing) -> bool {
    standing.token == Some(answer.token)
        && match &answer.refusal {
            None => standing.state == DeliveryState::Confirmed,
            Some(reason) => {
                standing.state == DeliveryState::Refused && standing.reason.as_ref() == Some(reason)
            }
        }
}

/// Whether some answers need to be looked up: not applied, or given twice.
pub(super) fn unsettled(answers: &[LeaseAnswer], done: &HashSet<Uuid>) -> Vec<Uuid> {
    if answers.len() == done.len() {
        return Vec::new();
    }
    let ids: HashSet<Uuid> = answers.iter().map(|answer| answer.id).collect();
    ids.into_iter().collect()
}

pub(super) fn standing(row: &impl Columns) -> StoreResult<(Uuid, Standing)> {
    let standing = Standing {
        state: row.state("state")?,
        token: row.id_if("lease_token")?,
        reason: row.text_if("reason")?,
    };
    Ok((row.id("id")?, standing))
}

/// The last use of each key, by id.
pub(super) fn last_used(used: &[(Uuid, Timestamp)]) -> Vec<(Uuid, i64)> {
    let mut latest: BTreeMap<Uuid, i64> = BTreeMap::new();
    for (id, at) in used {
        let kept = latest.entry(*id).or_insert(i64::MIN);
        *kept = micros(*at).max(*kept);
    }
    latest.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(id: u128, token: u128, refusal: Option<&str>) -> LeaseAnswer {
        LeaseAnswer {
            id: Uuid::from_u128(id),
            token: Uuid::from_u128(token),
            refusal: refusal.map(str::to_owned),
        }
    }

    fn standing(state: DeliveryState, token: u128, reason: Option<&str>) -> Standing {
        Standing {
            state,
            token: Some(Uuid::from_u128(token)),
            reason: reason.map(str::to_owned),
        }
    }

    #[test]
    fn an_answer_counts_once_and_again_only_when_it_is_the_same() {
        use AnswerOutcome::{Absent, Done, Lost};
        use DeliveryState::{Confirmed, Leased, Refused};
        let none: HashSet<Uuid> = HashSet::new();
        let cases = [
            (answer(1, 7, None), None, Absent),
            (answer(1, 7, None), Some(standing(Confirmed, 7, None)), Done),
            (
                answer(1, 7, None),
                Some(standing(Refused, 7, Some("x"))),
                Lost,
            ),
            (
                answer(1, 7, Some("x")),
                Some(standing(Refused, 7, Some("x"))),
                Done,
            ),
            (
                answer(1, 7, Some("y")),
                Some(standing(Refused, 7, Some("x"))),
                Lost,
            ),
            (answer(1, 8, None), Some(standing(Leased, 7, None)), Lost),
            (answer(1, 8, None), Some(standing(Confirmed, 7, None)), Lost),
        ];
        for (answer, standing, expected) in cases {
            let known = standing
                .map(|standing| (answer.id, standing))
                .into_iter()
                .collect();
            assert_eq!(outcomes(&[answer], &none, &known), [expected]);
        }
    }

    #[test]
    fn the_second_answer_of_one_call_is_judged_after_the_first() {
        let answers = [
            answer(1, 7, None),
            answer(1, 7, None),
            answer(1, 7, Some("x")),
        ];
        let done = HashSet::from([Uuid::from_u128(1)]);
        assert_eq!(unsettled(&answers, &done), [Uuid::from_u128(1)]);
        let after = HashMap::from([(
            Uuid::from_u128(1),
            standing(DeliveryState::Confirmed, 7, None),
        )]);
        assert_eq!(
            outcomes(&answers, &done, &after),
            [
                AnswerOutcome::Done,
                AnswerOutcome::Done,
                AnswerOutcome::Lost
            ]
        );
    }
}
