//! Counts per state, from the rows of [`super::sql::FIGURES`].

use super::DeliveryState;
use super::Figures;
use super::StoreError;
use super::StoreResult;
use super::columns::Columns;
use std::collections::HashMap;

/// States in which something is still to happen by itself or by the recipient.
const OPEN: [DeliveryState; 5] = [
    DeliveryState::Outbox,
    DeliveryState::Published,
    DeliveryState::Pushing,
    DeliveryState::Ready,
    DeliveryState::Leased,
];

/// Every open state is listed, also at 0, so that a metric goes back to 0.
pub(super) fn figures<R: Columns>(rows: &[R]) -> StoreResult<Figures> {
    let mut counts = HashMap::with_capacity(rows.len());
    let (mut oldest_due, mut oldest_unpublished) = (None, None);
    for row in rows {
        let state = row.state("state")?;
        let number = u64::try_from(row.number("number")?)
            .map_err(|_| StoreError::Corrupt("a count".into()))?;
        counts.insert(state, number);
        // Published is not handed over: what is stuck at the broker ages as what is stuck before it.
        if matches!(state, DeliveryState::Outbox | DeliveryState::Published) {
            oldest_due = oldest_due.into_iter().chain(row.time_if("due")?).min();
        }
        oldest_unpublished = row.time_if("unpublished")?; // the same in every row
    }
    let count = |state| counts.get(&state).copied().unwrap_or(0);
    Ok(Figures {
        open: OPEN.map(|state| (state, count(state))).to_vec(),
        parked: count(DeliveryState::Parked),
        oldest_due,
        oldest_unpublished,
    })
}
