//! Reading what a batch of messages may be about.

use crate::canonical::Kind;
use crate::document::Fault;
use crate::pipeline::Pipeline;
use crate::pipeline::identify::derived;
use crate::pipeline::identify::keys;
use crate::pipeline::identify::log_id;
use crate::pipeline::receive::Prepared;
use crate::pipeline::view::Entry;
use crate::pipeline::view::View;
use crate::store::IdentityKey;
use crate::store::IntakeTx;
use crate::store::StoreError;
use std::collections::BTreeSet;
use std::collections::HashMap;
use uuid::Uuid;

/// How often records lead to further records: row, case, opdracht, its kandidaat.
const CLOSURE_ROUNDS: usize = 4;

impl Pipeline {
    /// Reads every record that the messages may be about.
    pub(super) async fn read_view(
        &self,
        tx: &mut dyn IntakeTx,
        messages: &[Box<Prepared>],
    ) -> Result<View, StoreError> {
        let sealer = &self.parts.sealer;
        let wanted: BTreeSet<IdentityKey> = messages
            .iter()
            .flat_map(|message| &message.elements)
            .filter(|element| !element.faults.iter().any(Fault::refuses))
            .flat_map(|element| &element.bundle.records)
            .flat_map(|(kind, record)| keys(sealer, *kind, record))
            .map(|(_, key)| key)
            .collect();
        let mut view = View::default();
        let wanted: Vec<IdentityKey> = wanted.into_iter().collect();
        for row in tx.identify(&wanted).await? {
            view.add_identity(row.key, row.issuer, row.record);
        }
        let mut next: BTreeSet<Uuid> = view.identified().copied().collect();
        let mut logs_asked = false;
        for _ in 0..CLOSURE_ROUNDS {
            let ids: Vec<Uuid> = next
                .iter()
                .filter(|id| !view.was_asked(id))
                .copied()
                .collect();
            if ids.is_empty() {
                break;
            }
            let found = tx.load(&ids).await?;
            view.add_records(&ids, &found)?;
            next = view
                .entries()
                .flat_map(|(id, entry)| related(*id, entry))
                .collect();
            if !logs_asked
                && view
                    .entries()
                    .any(|(_, entry)| entry.kind == Kind::Opdracht)
            {
                logs_asked = true;
                next.extend(self.log_ids(messages, &view));
            }
        }
        let kandidaten: Vec<Uuid> = view
            .entries()
            .filter(|(_, entry)| entry.kind == Kind::Kandidaat)
            .map(|(id, _)| *id)
            .collect();
        if !kandidaten.is_empty() {
            for link in tx.links(&kandidaten).await? {
                view.add_link(link);
            }
        }
        Ok(view)
    }

    /// The ids under which the logboekregels of these messages are on record, if they are.
    fn log_ids(&self, messages: &[Box<Prepared>], view: &View) -> Vec<Uuid> {
        let sealer = &self.parts.sealer;
        let overlay = view.overlay();
        let mut out = Vec::new();
        for message in messages {
            let key = message.mapping.record_key(Kind::Logboekregel);
            let mut repeats: HashMap<Uuid, u32> = HashMap::new();
            for element in &message.elements {
                let (Some(log), Some(opdracht)) = (
                    element.bundle.record(Kind::Logboekregel),
                    element.bundle.record(Kind::Opdracht),
                ) else {
                    continue;
                };
                let opdrachten = keys(sealer, Kind::Opdracht, opdracht)
                    .into_iter()
                    .flat_map(|(_, key)| overlay.identified(&key))
                    .map(|(_, id)| id);
                for opdracht in opdrachten {
                    let first = log_id(sealer, opdracht, key, log, 0);
                    let seen = repeats.entry(first).or_default();
                    out.push(log_id(sealer, opdracht, key, log, *seen));
                    *seen += 1;
                }
            }
        }
        out
    }
}

/// The records that a record leads to: what it refers to, and what there is exactly one of for it.
fn related(id: Uuid, entry: &Entry) -> Vec<Uuid> {
    let mut out: Vec<Uuid> = ["kandidaat", "verwijzing", "opdracht"]
        .into_iter()
        .filter_map(|name| entry.reference(name))
        .collect();
    match entry.kind {
        Kind::Kandidaat => out.push(derived(Kind::Werkprofiel, id)),
        Kind::Verwijzing => out.push(derived(Kind::Opdracht, id)),
        Kind::Opdracht => out.push(derived(Kind::Trajectplan, id)),
        _ => {}
    }
    out
}
