//! Settling, recovering and replaying deliveries, inside the caller's transaction.

use super::super::AuditRow;
use super::super::PushClaim;
use super::super::Recovered;
use super::super::Recovery;
use super::super::Settlement;
use super::super::StoreResult;
use super::super::columns;
use super::super::columns::micros;
use super::super::failure::failed;
use super::super::id::Id;
use super::super::settling;
use super::super::settling::LEASES_USED_UP;
use super::super::sql;
use super::Statement;
use super::batch;
use super::batch::Batch;
use super::reads;
use jiff::Timestamp;
use sqlx::SqliteConnection;
use std::collections::HashSet;
use uuid::Uuid;

/// Settlements, ready to run.
pub(super) struct Plan {
    changes: String,
    contents: Vec<(Uuid, Vec<u8>)>,
    audit: Vec<(Uuid, super::super::AuditRow)>,
}

impl Plan {
    pub(super) fn of(settlements: &[Settlement], now: Timestamp) -> Self {
        let changes = settling::changes(settlements, now);
        let columns: Vec<_> = changes
            .iter()
            .map(|it| {
                serde_json::json!([
                    it.id.simple().to_string(),
                    it.state.as_str(),
                    it.next_at,
                    it.reason,
                    it.content_type,
                    it.ready_at,
                    it.settled_at,
                    it.claim.map(|claim| claim.simple().to_string()),
                ])
            })
            .collect();
        Self {
            changes: serde_json::Value::from(columns).to_string(),
            contents: changes
                .iter()
                .filter_map(|it| Some((it.id, it.content?.to_vec())))
                .collect(),
            audit: changes
                .iter()
                .filter_map(|it| Some((it.id, it.audit?.clone())))
                .collect(),
        }
    }

    pub(super) async fn execute(self, conn: &mut SqliteConnection) -> StoreResult<Vec<Uuid>> {
        let query = sqlx::query(reads::SETTLE).bind(self.changes);
        let (settled, now) = ids(query, conn).await?;
        let contents = self
            .contents
            .iter()
            .filter(|(id, _)| now.contains(id))
            .map(|(id, content)| (*id, content.as_slice()));
        let audit: Vec<_> = self
            .audit
            .into_iter()
            .filter_map(|(id, row)| now.contains(&id).then_some(row))
            .collect();
        let mut batch = Batch::default();
        keep(&mut batch, &contents.collect::<Vec<_>>());
        batch.audit(&audit);
        batch.execute(conn).await?;
        Ok(settled)
    }
}

/// The ids that a statement returns, in its order and as a set.
async fn ids(
    query: Statement,
    conn: &mut SqliteConnection,
) -> StoreResult<(Vec<Uuid>, HashSet<Uuid>)> {
    let rows = query.fetch_all(conn).await.map_err(failed)?;
    let ids = columns::all(&rows, columns::just_id)?;
    let set = ids.iter().copied().collect();
    Ok((ids, set))
}

/// Keeps contents, in the place of what was kept before.
fn keep(batch: &mut Batch, contents: &[(Uuid, &[u8])]) {
    batch.add(
        "INSERT INTO contents (delivery, content) ",
        contents,
        " ON CONFLICT (delivery) DO UPDATE SET content = excluded.content",
        |row, (id, content)| {
            row.push_bind(Id(*id)).push_bind(*content);
        },
    );
}

/// Takes deliveries for a push and keeps what will be sent.
pub(super) async fn claim(
    conn: &mut SqliteConnection,
    claims: Vec<PushClaim>,
    now: Timestamp,
    until: Timestamp,
    token: Uuid,
) -> StoreResult<Vec<Uuid>> {
    let list: Vec<_> = claims
        .iter()
        .map(|it| serde_json::json!([it.id.simple().to_string(), it.attempts, it.content_type]))
        .collect();
    let query = sqlx::query(reads::CLAIM_PUSH)
        .bind(serde_json::Value::from(list).to_string())
        .bind(micros(now))
        .bind(micros(until))
        .bind(Id(token));
    let (claimed, now) = ids(query, conn).await?;
    let contents = claims
        .iter()
        .filter(|it| now.contains(&it.id))
        .map(|it| (it.id, it.content.as_slice()));
    let mut batch = Batch::default();
    keep(&mut batch, &contents.collect::<Vec<_>>());
    batch.execute(conn).await?;
    Ok(claimed)
}

pub(super) async fn recover(
    conn: &mut SqliteConnection,
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
    Ok(Recovered {
        republished: published
            .execute(&mut *conn)
            .await
            .map_err(failed)?
            .rows_affected(),
        unclaimed: pushing
            .execute(&mut *conn)
            .await
            .map_err(failed)?
            .rows_affected(),
        lapsed: leased
            .execute(&mut *conn)
            .await
            .map_err(failed)?
            .rows_affected(),
        parked: parked
            .execute(&mut *conn)
            .await
            .map_err(failed)?
            .rows_affected(),
    })
}

/// What was made for the recipient is forgotten: a replay maps again, under the rules of now. One audit row each.
pub(super) async fn replay(
    conn: &mut SqliteConnection,
    replay: Statement,
    audit: AuditRow,
) -> StoreResult<Vec<Uuid>> {
    let rows = replay.fetch_all(&mut *conn).await.map_err(failed)?;
    let replayed = columns::all(&rows, columns::just_id)?;
    if !replayed.is_empty() {
        let forget = sqlx::query(reads::FORGET_CONTENTS).bind(batch::ids(&replayed));
        forget.execute(&mut *conn).await.map_err(failed)?;
        let each = |id: &Uuid| AuditRow {
            object: format!("{}/{id}", audit.object),
            ..audit.clone()
        };
        let audit: Vec<AuditRow> = replayed.iter().map(each).collect();
        let mut batch = Batch::default();
        batch.audit(&audit);
        batch.execute(conn).await?;
    }
    Ok(replayed)
}
