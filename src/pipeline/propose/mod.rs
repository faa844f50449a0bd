//! Proposals: what one organisation says otherwise about what another owns. It is not applied; the owner decides.
//!
//! An owner accepts by saying the value itself, in a message like any other; saying another value than the one that
//! stood, it overtakes the proposal; [`Pipeline::reject`] rejects it. So there is one road by which a record changes.

mod sight;
mod word;

pub(crate) use word::Proposed;
pub(crate) use word::Says;
pub(crate) use word::Word;
pub(crate) use word::settled;

use crate::canonical::Kind;
use crate::canonical::OrgCode;
use crate::pipeline::Pipeline;
use crate::pipeline::identify::alias;
use crate::pipeline::propose::sight::Sight;
use crate::pipeline::view::View;
use crate::store::AuditRow;
use crate::store::ProposalRow;
use crate::store::ProposalState;
use crate::store::StoreError;
use crate::store::Writes;
use jiff::Timestamp;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Rows read at a time for a list: of some the reader may see nothing.
const LOOK: u32 = 200;

impl Pipeline {
    /// The proposals on which an organisation decides, newest first, from (not including) `before`, in one state or
    /// all. Each is as that organisation may see it: with the record under its own id for it, and the value filtered
    /// like a delivery from the proposer.
    pub async fn proposals(
        &self,
        reader: &OrgCode,
        state: Option<ProposalState>,
        before: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<ProposalRow>, StoreError> {
        let store = &self.parts.store;
        let mut shown = Vec::new();
        let mut before = before;
        if let Some(id) = before
            && self.shown(reader, id).await?.is_none()
        {
            return Ok(shown); // after what is not there, for this reader, comes nothing
        }
        let look = LOOK.max(limit);
        while shown.len() < limit as usize {
            let rows = store.proposals_beside(reader, state, before, look).await?;
            shown.extend(self.show(reader, &rows).await?);
            let Some(last) = rows.last().filter(|_| rows.len() == look as usize) else {
                break;
            };
            before = Some(last.id);
        }
        shown.truncate(limit as usize);
        Ok(shown)
    }

    /// One proposal on which an organisation decides, as it may see it; noted in the audit. `None` when absent or
    /// another organisation's.
    pub async fn proposal(
        &self,
        reader: &OrgCode,
        actor: &str,
        id: Uuid,
    ) -> Result<Option<ProposalRow>, StoreError> {
        let Some(row) = self.shown(reader, id).await? else {
            return Ok(None);
        };
        let now = self.parts.clock.now();
        let read = audit(now, "voorstel.gelezen", id, "gelukt", actor);
        self.parts.store.audit(&[read]).await?;
        Ok(Some(row))
    }

    /// Rejects a proposal on which an organisation decides, if it is open, and returns it as it stands then: a second
    /// time does nothing, and what was accepted or overtaken stays so. `None` when absent or another organisation's.
    pub async fn reject(
        &self,
        reader: &OrgCode,
        actor: &str,
        id: Uuid,
    ) -> Result<Option<ProposalRow>, StoreError> {
        let store = &self.parts.store;
        let shown = self.shown(reader, id).await?;
        let is_open = |row: &ProposalRow| row.state == ProposalState::Open;
        let (true, Some(row)) = (
            shown.as_ref().is_some_and(is_open),
            store.proposal(id).await?,
        ) else {
            return Ok(shown);
        };
        // among the messages, in turn: what an owner says itself at the same moment comes before it or after it
        let mut tx = store.begin_intake().await?;
        let mut rows = tx.proposals(&[row.record]).await?;
        rows.retain(|row| row.id == id && is_open(row));
        let now = self.parts.clock.now();
        for row in &mut rows {
            row.state = ProposalState::Rejected;
            row.settled_at = Some(now);
            row.settled_by = Some(reader.clone());
        }
        let result = ProposalState::Rejected.as_str();
        let noted = rows.iter().map(|_| audit(now, SETTLED, id, result, actor));
        let writes = Writes {
            audit: noted.collect(),
            proposals: rows,
            ..Writes::default()
        };
        tx.write(&writes).await?;
        tx.commit().await?;
        self.shown(reader, id).await
    }

    async fn shown(&self, reader: &OrgCode, id: Uuid) -> Result<Option<ProposalRow>, StoreError> {
        let row = self.parts.store.proposal(id).await?;
        Ok(self.show(reader, row.as_slice()).await?.pop())
    }

    /// Of some proposals those on which an organisation decides, as it may see them. One that cannot be read stops no
    /// other.
    async fn show(
        &self,
        reader: &OrgCode,
        rows: &[ProposalRow],
    ) -> Result<Vec<ProposalRow>, StoreError> {
        let mut shown = Vec::new();
        match self.show_together(reader, rows).await {
            Err(StoreError::Corrupt(_)) => {
                for row in rows {
                    match self.show_together(reader, std::slice::from_ref(row)).await {
                        Err(StoreError::Corrupt(why)) => {
                            tracing::error!(proposal.id = %row.id, why, "A proposal cannot be read and is not shown");
                        }
                        other => shown.extend(other?),
                    }
                }
            }
            other => shown = other?,
        }
        Ok(shown)
    }

    async fn show_together(
        &self,
        reader: &OrgCode,
        rows: &[ProposalRow],
    ) -> Result<Vec<ProposalRow>, StoreError> {
        let parts = &self.parts;
        let directory = self.directory();
        let Some(organisation) = directory.organisation(reader).filter(|_| !rows.is_empty()) else {
            return Ok(Vec::new());
        };
        let view = self.around(rows).await?;
        let sight = Sight {
            overlay: &view.overlay(),
            directory: &directory,
            schemas: &parts.schemas,
            now: parts.clock.now(),
        };
        let shown = rows.iter().filter_map(|row| {
            let value = sight.value_for(organisation, row)?;
            let record = match row.kind {
                Kind::Kandidaat | Kind::Werkprofiel => alias(&parts.sealer, reader, row.record),
                _ => row.record,
            };
            Some(ProposalRow {
                record,
                value: value.to_string(),
                ..row.clone()
            })
        });
        Ok(shown.collect())
    }

    /// The records that proposals are about, their kandidaten, and the cases of these.
    async fn around(&self, rows: &[ProposalRow]) -> Result<View, StoreError> {
        let store = &self.parts.store;
        let kandidaten: BTreeSet<Uuid> = rows.iter().map(|row| row.kandidaat).collect();
        let kandidaten: Vec<Uuid> = kandidaten.into_iter().collect();
        let links = store.links(&kandidaten).await?;
        let cases = links.iter().map(|link| link.record);
        let about = rows.iter().map(|row| row.record).chain(kandidaten);
        let ids: BTreeSet<Uuid> = about.chain(cases).collect();
        let ids: Vec<Uuid> = ids.into_iter().collect();
        let mut view = View::default();
        view.add_records(&ids, &store.records(&ids).await?)?;
        for link in links {
            view.add_link(link);
        }
        Ok(view)
    }
}

/// What is noted of proposals that a batch settles.
pub(super) fn audit_of_settled(proposals: &[ProposalRow]) -> impl Iterator<Item = AuditRow> {
    proposals.iter().filter_map(|row| {
        let actor = format!("schakel:{}", row.settled_by.as_ref()?);
        let result = row.state.as_str();
        Some(audit(row.settled_at?, SETTLED, row.id, result, &actor))
    })
}

const SETTLED: &str = "voorstel.afgehandeld";

fn audit(at: Timestamp, action: &str, proposal: Uuid, result: &str, actor: &str) -> AuditRow {
    AuditRow {
        at,
        action: action.to_owned(),
        object: format!("voorstel/{proposal}"),
        result: result.to_owned(),
        origin: "api".to_owned(),
        actor: actor.to_owned(),
    }
}
