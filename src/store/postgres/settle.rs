//! Settling, answering and recovering deliveries.

use super::super::LeaseAnswer;
use super::super::PushClaim;
use super::super::Recovered;
use super::super::Recovery;
use super::super::Settlement;
use super::super::StoreResult;
use super::super::Withholding;
use super::super::columns::micros;
use super::super::id::Id;
use super::super::settling;
use super::super::settling::Change;
use super::super::settling::LEASES_USED_UP;
use super::super::sql;
use super::Statement;
use super::lanes::Lanes;
use super::reads;
use super::tx::Tx;
use crate::canonical::OrgCode;
use jiff::Timestamp;
use uuid::Uuid;

/// The one statement that takes a batch for a push.
pub(super) fn claim(
    claims: &[PushClaim],
    now: Timestamp,
    until: Timestamp,
    token: Uuid,
) -> Statement {
    sqlx::query(reads::CLAIM_PUSH)
        .bind(column(claims, |it| Id(it.id)))
        .bind(column(claims, |it| i64::from(it.attempts)))
        .bind(column(claims, |it| it.content_type.as_str()))
        .bind(column(claims, |it| it.content.as_slice()))
        .bind(micros(now))
        .bind(micros(until))
        .bind(Id(token))
}

/// The one statement that settles a batch.
pub(super) fn statement(settlements: &[Settlement], now: Timestamp) -> Statement {
    let changes = settling::changes(settlements, now);
    let audited = |change: &Change<'_>| change.audit.map(|audit| micros(audit.at));
    sqlx::query(reads::SETTLE)
        .bind(column(&changes, |it| Id(it.id)))
        .bind(column(&changes, |it| it.state.as_str()))
        .bind(column(&changes, |it| it.next_at))
        .bind(column(&changes, |it| it.reason))
        .bind(column(&changes, |it| it.content_type))
        .bind(column(&changes, |it| it.content))
        .bind(column(&changes, |it| it.ready_at))
        .bind(column(&changes, |it| it.settled_at))
        .bind(column(&changes, audited))
        .bind(column(&changes, |it| {
            it.audit.map(|audit| audit.action.as_str())
        }))
        .bind(column(&changes, |it| {
            it.audit.map(|audit| audit.object.as_str())
        }))
        .bind(column(&changes, |it| {
            it.audit.map(|audit| audit.result.as_str())
        }))
        .bind(column(&changes, |it| {
            it.audit.map(|audit| audit.origin.as_str())
        }))
        .bind(column(&changes, |it| {
            it.audit.map(|audit| audit.actor.as_str())
        }))
        .bind(column(&changes, |it| it.claim.map(Id)))
}

fn column<'a, R, T>(rows: &'a [R], value: impl Fn(&'a R) -> T) -> Vec<T> {
    rows.iter().map(value).collect()
}

/// The one statement that withholds what was leased.
pub(super) fn withhold(token: Uuid, withheld: &[Withholding], now: Timestamp) -> Statement {
    sqlx::query(reads::WITHHOLD)
        .bind(column(withheld, |it| Id(it.id)))
        .bind(column(withheld, |it| it.reason.as_str()))
        .bind(Id(token))
        .bind(micros(now))
        .bind(column(withheld, |it| micros(it.audit.at)))
        .bind(column(withheld, |it| it.audit.action.as_str()))
        .bind(column(withheld, |it| it.audit.object.as_str()))
        .bind(column(withheld, |it| it.audit.result.as_str()))
        .bind(column(withheld, |it| it.audit.origin.as_str()))
        .bind(column(withheld, |it| it.audit.actor.as_str()))
}

/// The one statement that applies answers.
pub(super) fn answer(recipient: &OrgCode, answers: &[LeaseAnswer], now: Timestamp) -> Statement {
    let first = settling::first_answers(answers);
    sqlx::query(reads::ANSWER)
        .bind(column(&first, |it| Id(it.id)))
        .bind(column(&first, |it| Id(it.token)))
        .bind(column(&first, |it| it.refusal.as_deref()))
        .bind(recipient.as_str())
        .bind(micros(now))
}

pub(super) async fn recover(
    lanes: &Lanes,
    now: Timestamp,
    stuck: Recovery,
) -> StoreResult<Recovered> {
    let (now, leases_max) = (micros(now), i64::from(stuck.leases_max));
    let published = sqlx::query(reads::RECOVER_PUBLISHED)
        .bind(now)
        .bind(micros(stuck.published_before))
        .bind(micros(stuck.published_long_before))
        .bind(i64::from(stuck.republish_max));
    let pushing = sqlx::query(sql::RECOVER_PUSHING).bind(now);
    let leased = sqlx::query(sql::RECOVER_LEASED).bind(now).bind(leases_max);
    let parked = sqlx::query(sql::RECOVER_PARKED)
        .bind(now)
        .bind(leases_max)
        .bind(LEASES_USED_UP);
    let mut tx = Tx::begin(lanes, "BEGIN").await?;
    let recovered = Recovered {
        republished: tx.execute(published).await?,
        unclaimed: tx.execute(pushing).await?,
        lapsed: tx.execute(leased).await?,
        parked: tx.execute(parked).await?,
    };
    tx.commit().await?;
    Ok(recovered)
}
