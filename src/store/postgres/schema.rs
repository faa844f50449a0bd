//! The schema, and whether it fits.

use super::super::StoreResult;
use super::super::columns::Columns;
use super::super::schema;
use super::super::sql;
use super::lanes::Lanes;
use super::tx::Tx;
use sqlx::postgres::PgRow;

/// Gateways that migrate at the same time wait for each other on this number ("SCHAKEL" and 2 in ASCII).
const BEGIN: &str = "BEGIN; SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0; \
     SELECT pg_advisory_xact_lock(5999718573860539442)";

/// Applies the missing steps in one transaction.
pub(super) async fn migrate(lanes: &Lanes) -> StoreResult<()> {
    let mut tx = Tx::begin_long(lanes, BEGIN).await?;
    tx.script(schema::CREATE_VERSIONS).await?;
    let rows = tx.rows(sqlx::query(sql::SCHEMA_VERSION)).await?;
    for step in schema::missing(found(&rows)?)? {
        tx.script(step.postgres).await?;
        tx.execute(sqlx::query(schema::ADD_VERSION).bind(step.version))
            .await?;
    }
    tx.commit().await
}

pub(super) fn check(rows: &[PgRow]) -> StoreResult<()> {
    schema::fits(found(rows)?)
}

fn found(rows: &[PgRow]) -> StoreResult<Option<i64>> {
    Ok(rows
        .first()
        .map(|row| row.number_if("version"))
        .transpose()?
        .flatten())
}
