//! What both databases must refuse or fold alike, decided before either sees it.

use super::AuditRow;
use super::Delivery;
use super::DeliveryState;
use super::KeyRow;
use super::LeaseAnswer;
use super::Outcome;
use super::PushClaim;
use super::Settlement;
use super::StoreError;
use super::StoreResult;
use super::WebhookRow;
use super::Withholding;
use super::Writes;
use std::collections::HashSet;
use std::hash::Hash;

/// Longest text that is part of an index, in bytes (an index entry of `PostgreSQL` holds some 2,700).
pub const INDEXED_TEXT_MAX: usize = 1_000;

/// `PostgreSQL` has no U+0000 in text and `SQLite` cuts some functions off at it: both refuse it.
fn plain<'a>(texts: impl IntoIterator<Item = &'a str>) -> StoreResult<()> {
    if texts.into_iter().any(|text| text.as_bytes().contains(&0)) {
        return Err(StoreError::Refused("a text holds U+0000".into()));
    }
    Ok(())
}

fn indexed<'a>(texts: impl IntoIterator<Item = &'a str>) -> StoreResult<()> {
    if texts.into_iter().any(|text| text.len() > INDEXED_TEXT_MAX) {
        let text = format!("a text to search by is longer than {INDEXED_TEXT_MAX} bytes");
        return Err(StoreError::Refused(text));
    }
    Ok(())
}

pub(super) fn audit(rows: &[AuditRow]) -> StoreResult<()> {
    indexed(rows.iter().map(|row| row.object.as_str()))?;
    plain(rows.iter().flat_map(|row| {
        [
            &row.action,
            &row.object,
            &row.result,
            &row.origin,
            &row.actor,
        ]
        .map(String::as_str)
    }))
}

pub(super) fn key(key: &KeyRow, audited: &AuditRow) -> StoreResult<()> {
    plain(std::iter::once(key.name.as_str()).chain(key.scopes.iter().map(String::as_str)))?;
    audit(std::slice::from_ref(audited))
}

pub(super) fn webhook(webhook: Option<&WebhookRow>, audited: &AuditRow) -> StoreResult<()> {
    plain(webhook.map(|webhook| webhook.url.as_str()))?;
    audit(std::slice::from_ref(audited))
}

pub(super) fn answers(answers: &[LeaseAnswer]) -> StoreResult<()> {
    plain(
        answers
            .iter()
            .filter_map(|answer| answer.refusal.as_deref()),
    )
}

pub(super) fn claims(claims: &[PushClaim]) -> StoreResult<()> {
    plain(claims.iter().map(|claim| claim.content_type.as_str()))
}

pub(super) fn settlements(settlements: &[Settlement]) -> StoreResult<()> {
    for settlement in settlements {
        match &settlement.outcome {
            Outcome::Ready { content_type, .. } => plain([content_type.as_str()])?,
            Outcome::Pushed => {}
            Outcome::Retry { reason, .. }
            | Outcome::Parked { reason }
            | Outcome::Withheld { reason } => plain([reason.as_str()])?,
        }
        if let Some(row) = &settlement.audit {
            audit(std::slice::from_ref(row))?;
        }
    }
    Ok(())
}

pub(super) fn withheld(withheld: &[Withholding]) -> StoreResult<()> {
    plain(withheld.iter().map(|one| one.reason.as_str()))?;
    withheld
        .iter()
        .try_for_each(|one| audit(std::slice::from_ref(&one.audit)))
}

pub(super) fn writes(writes: &Writes) -> StoreResult<()> {
    indexed(writes.messages.iter().map(|row| row.reference.as_str()))?;
    indexed(
        writes
            .identities
            .iter()
            .flat_map(|row| [row.key.scheme.as_str(), row.issuer.as_str()]),
    )?;
    plain(writes.messages.iter().flat_map(|row| {
        [
            &row.reference,
            &row.soort,
            &row.mapping,
            &row.content_type,
            &row.answer,
            &row.traceparent,
        ]
        .map(String::as_str)
    }))?;
    plain(
        writes
            .records
            .iter()
            .flat_map(|row| [row.doc.as_str(), row.sources.as_str()]),
    )?;
    plain(
        writes
            .versions
            .iter()
            .flat_map(|row| [row.doc.as_str(), row.provenance.as_str()]),
    )?;
    plain(
        writes
            .identities
            .iter()
            .flat_map(|row| [row.key.scheme.as_str(), row.issuer.as_str()]),
    )?;
    plain(
        writes
            .proposals
            .iter()
            .flat_map(|row| [row.attribute.as_str(), row.value.as_str()]),
    )?;
    plain(
        writes
            .deliveries
            .iter()
            .flat_map(|row| [row.soort.as_str(), row.traceparent.as_str()]),
    )?;
    for verdict in &writes.verdicts {
        plain(verdict.refusal.as_deref())?;
    }
    audit(&writes.audit)?;
    let misplaced = |row: &Delivery| row.state != DeliveryState::Outbox;
    if writes.deliveries.iter().any(misplaced) {
        return Err(StoreError::Refused(
            "a new delivery starts in the outbox".into(),
        ));
    }
    Ok(())
}

/// The last row of each key, as if they were written one after the other.
pub(super) fn last_of_each<T, K: Eq + Hash>(rows: &[T], key: impl Fn(&T) -> K) -> Vec<&T> {
    let mut met = HashSet::with_capacity(rows.len());
    let mut kept: Vec<&T> = rows
        .iter()
        .rev()
        .filter(|row| met.insert(key(row)))
        .collect();
    kept.reverse();
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_of_each_key_is_kept_in_order() {
        let rows = [(1, 'a'), (2, 'b'), (1, 'c'), (3, 'd'), (2, 'e')];
        let kept: Vec<_> = last_of_each(&rows, |row| row.0)
            .into_iter()
            .copied()
            .collect();
        assert_eq!(kept, [(1, 'c'), (3, 'd'), (2, 'e')]);
    }

    #[test]
    fn a_nul_anywhere_in_a_text_is_refused() {
        assert!(plain(["", "gewoon", "emoji 🦑", "'; --"]).is_ok());
        assert!(plain(["goed", "fou\0t"]).is_err());
    }
}
