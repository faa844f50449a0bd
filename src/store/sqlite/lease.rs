//! The postvak, inside the caller's transaction.

use super::super::AnswerOutcome;
use super::super::Delivery;
use super::super::LeaseAnswer;
use super::super::StoreResult;
use super::super::Withholding;
use super::super::columns;
use super::super::columns::micros;
use super::super::failure::failed;
use super::super::id::Id;
use super::super::settling;
use super::Statement;
use super::batch;
use super::batch::Batch;
use super::reads;
use crate::canonical::OrgCode;
use jiff::Timestamp;
use sqlx::SqliteConnection;
use std::collections::HashMap;
use std::collections::HashSet;
use uuid::Uuid;

pub(super) async fn lease(
    conn: &mut SqliteConnection,
    lease: Statement,
) -> StoreResult<Vec<Delivery>> {
    let rows = lease.fetch_all(&mut *conn).await.map_err(failed)?;
    let ids = columns::all(&rows, columns::just_id)?;
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let query = sqlx::query(reads::DELIVERIES).bind(batch::ids(&ids));
    columns::all(
        &query.fetch_all(conn).await.map_err(failed)?,
        columns::delivery_with_content,
    )
}

/// What was made for the recipient is forgotten: a replay maps again, under the rules of then.
pub(super) async fn withhold(
    conn: &mut SqliteConnection,
    token: Uuid,
    withheld: Vec<Withholding>,
    now: Timestamp,
) -> StoreResult<Vec<Uuid>> {
    let list: Vec<_> = withheld
        .iter()
        .map(|it| serde_json::json!([it.id.simple().to_string(), it.reason]))
        .collect();
    let query = sqlx::query(reads::WITHHOLD)
        .bind(serde_json::Value::from(list).to_string())
        .bind(Id(token))
        .bind(micros(now));
    let rows = query.fetch_all(&mut *conn).await.map_err(failed)?;
    let done = columns::all(&rows, columns::just_id)?;
    if !done.is_empty() {
        let forget = sqlx::query(reads::FORGET_CONTENTS).bind(batch::ids(&done));
        forget.execute(&mut *conn).await.map_err(failed)?;
        let audit: Vec<_> = withheld
            .into_iter()
            .filter_map(|it| done.contains(&it.id).then_some(it.audit))
            .collect();
        let mut batch = Batch::default();
        batch.audit(&audit);
        batch.execute(conn).await?;
    }
    Ok(done)
}

pub(super) async fn answer(
    conn: &mut SqliteConnection,
    recipient: OrgCode,
    answers: Vec<LeaseAnswer>,
    now: Timestamp,
) -> StoreResult<Vec<AnswerOutcome>> {
    let list: Vec<_> = settling::first_answers(&answers)
        .into_iter()
        .map(|it| {
            serde_json::json!([
                it.id.simple().to_string(),
                it.token.simple().to_string(),
                it.refusal
            ])
        })
        .collect();
    let query = sqlx::query(reads::ANSWER)
        .bind(serde_json::Value::from(list).to_string())
        .bind(recipient.as_str())
        .bind(micros(now));
    let rows = query.fetch_all(&mut *conn).await.map_err(failed)?;
    let done: HashSet<Uuid> = columns::all(&rows, columns::just_id)?.into_iter().collect();
    let unsettled = settling::unsettled(&answers, &done);
    let mut standing = HashMap::new();
    if !unsettled.is_empty() {
        let query = sqlx::query(reads::STANDING)
            .bind(batch::ids(&unsettled))
            .bind(recipient.as_str());
        let rows = query.fetch_all(conn).await.map_err(failed)?;
        standing = columns::all(&rows, settling::standing)?
            .into_iter()
            .collect();
    }
    Ok(settling::outcomes(&answers, &done, &standing))
}
