//! Reading what a batch of messages may be about.

use crate::canonical::Bundle;
use crate::canonical::Kind;
use crate::document::Fault;
use crate::pipeline::Pipeline;
use crate::pipeline::batch::left::Left;
use crate::pipeline::identify::ENTRIES;
use crate::pipeline::identify::derived;
use crate::pipeline::identify::entry_id;
use crate::pipeline::identify::keys;
use crate::pipeline::identify::listed;
use crate::pipeline::propose::Word;
use crate::pipeline::receive::Prepared;
use crate::pipeline::view::Entry;
use crate::pipeline::view::Overlay;
use crate::pipeline::view::View;
use crate::sealing::Sealer;
use crate::store::IdentityKey;
use crate::store::IdentityRow;
use crate::store::IntakeTx;
use crate::store::Link;
use crate::store::ProposalRow;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::StoreResult;
use crate::store::StoredRecord;
use std::collections::BTreeSet;
use std::collections::HashMap;
use uuid::Uuid;

/// How often records lead to further records: row, case, opdracht, its kandidaat.
const CLOSURE_ROUNDS: usize = 4;

/// Where records are read: beside whoever writes, or in the transaction that will write.
pub(super) enum Reading<'a> {
    Beside(&'a dyn Store),
    Within(&'a mut dyn IntakeTx),
}

impl Reading<'_> {
    async fn records(&mut self, ids: &[Uuid]) -> StoreResult<Vec<StoredRecord>> {
        match self {
            Self::Beside(store) => store.records(ids).await,
            Self::Within(tx) => tx.load(ids).await,
        }
    }

    async fn links(&mut self, kandidaten: &[Uuid]) -> StoreResult<Vec<Link>> {
        match self {
            Self::Beside(store) => store.links(kandidaten).await,
            Self::Within(tx) => tx.links(kandidaten).await,
        }
    }

    /// The proposals, settled ones too, on records of which something was said. Asks only about these.
    pub(super) async fn proposals(
        &mut self,
        words: &[Word],
        left: Option<&Left>,
    ) -> StoreResult<Vec<ProposalRow>> {
        let records: BTreeSet<Uuid> = words.iter().map(|word| word.record).collect();
        if records.is_empty() {
            return Ok(Vec::new());
        }
        let wanted: Vec<Uuid> = records.iter().copied().collect();
        let mut rows = match self {
            Self::Beside(store) => store.proposals(&wanted).await?,
            Self::Within(tx) => tx.proposals(&wanted).await?,
        };
        if let Some(left) = left {
            left.add_proposals(&mut rows, &records);
        }
        Ok(rows)
    }

    /// Adds records to a view that were not asked for before: as the batch ahead leaves them, or as they are stored.
    /// Whether there was any to ask for.
    async fn add_records(
        &mut self,
        view: &mut View,
        ids: BTreeSet<Uuid>,
        mut left: Option<&mut Left>,
    ) -> StoreResult<bool> {
        let mut stored = Vec::new();
        let mut asked = false;
        for id in ids {
            if view.was_asked(&id) {
                continue;
            }
            asked = true;
            match left.as_mut().and_then(|left| left.changed.remove(&id)) {
                Some(entry) => view.add_entry(id, entry),
                None => stored.push(id),
            }
        }
        if !stored.is_empty() {
            let found = self.records(&stored).await?;
            view.add_records(&stored, &found)?;
        }
        Ok(asked)
    }
}

impl Pipeline {
    /// The numbers and names by which the messages call records.
    pub(super) fn wanted_keys(&self, messages: &[Box<Prepared>]) -> Vec<IdentityKey> {
        let sealer = &self.parts.sealer;
        let wanted: BTreeSet<IdentityKey> = messages
            .iter()
            .flat_map(|message| &message.elements)
            .filter(|element| !element.faults.iter().any(Fault::refuses))
            .flat_map(|element| &element.bundle.records)
            .flat_map(|(kind, record)| {
                let own = keys(sealer, *kind, record).into_iter().map(|(_, key)| key);
                let listed = listed(sealer, *kind, record).into_iter();
                own.chain(listed.map(|(_, key)| key))
            })
            .collect();
        wanted.into_iter().collect()
    }

    /// Reads every record that the messages may be about, from those that are known by their keys on.
    pub(super) async fn read_view(
        &self,
        reading: &mut Reading<'_>,
        messages: &[Box<Prepared>],
        known: Vec<IdentityRow>,
        mut left: Option<&mut Left>,
    ) -> Result<View, StoreError> {
        let mut view = View::default();
        for row in known {
            view.add_identity(row.key, row.issuer, row.record);
        }
        let mut next: BTreeSet<Uuid> = view.identified().copied().collect();
        let mut entries_asked = false;
        for _ in 0..CLOSURE_ROUNDS {
            if !reading
                .add_records(&mut view, next, left.as_deref_mut())
                .await?
            {
                break;
            }
            next = view
                .entries()
                .flat_map(|(id, entry)| related(*id, entry))
                .collect();
            if !entries_asked
                && view
                    .entries()
                    .any(|(_, entry)| entry.kind == Kind::Opdracht)
            {
                entries_asked = true;
                next.extend(self.entry_ids(messages, &view));
            }
        }
        let kandidaten: Vec<Uuid> = view
            .entries()
            .filter(|(_, entry)| entry.kind == Kind::Kandidaat)
            .map(|(id, _)| *id)
            .collect();
        if !kandidaten.is_empty() {
            let mut links = reading.links(&kandidaten).await?;
            links.extend(left.iter().flat_map(|left| left.links(&kandidaten)));
            // whether a case is still open says who may hear of its kandidaat
            let cases = links.iter().map(|link| link.record).collect();
            reading.add_records(&mut view, cases, left).await?;
            for link in links {
                view.add_link(link);
            }
        }
        Ok(view)
    }

    /// The ids under which the entries of these messages are on record, if they are.
    fn entry_ids(&self, messages: &[Box<Prepared>], view: &View) -> Vec<Uuid> {
        let sealer = &self.parts.sealer;
        let overlay = view.overlay();
        let mut out = Vec::new();
        for message in messages {
            let mut repeats: HashMap<Uuid, u32> = HashMap::new();
            for element in &message.elements {
                let entries = ENTRIES.map(|kind| Some((kind, element.bundle.record(kind)?)));
                let mut entries = entries.into_iter().flatten().peekable();
                if entries.peek().is_none() {
                    continue;
                }
                let opdrachten = opdrachten(&element.bundle, sealer, &overlay);
                for (kind, entry) in entries {
                    let key = message.mapping.record_key(kind);
                    for opdracht in opdrachten.iter().copied() {
                        let first = entry_id(sealer, kind, opdracht, key, entry, 0);
                        let seen = repeats.entry(first).or_default();
                        out.push(entry_id(sealer, kind, opdracht, key, entry, *seen));
                        *seen += 1;
                    }
                }
            }
        }
        out
    }
}

/// The opdrachten that an element may be about: named by a number of their own, or as what a verwijzing became.
fn opdrachten(bundle: &Bundle, sealer: &Sealer, overlay: &Overlay<'_>) -> BTreeSet<Uuid> {
    let named = |kind| {
        let record = bundle.record(kind);
        let keys = record.map(|record| keys(sealer, kind, record));
        let found = keys.into_iter().flatten();
        found.flat_map(|(_, key)| overlay.identified(&key).into_iter().map(|(_, id)| id))
    };
    let became = named(Kind::Verwijzing).map(|id| derived(Kind::Opdracht, id));
    named(Kind::Opdracht).chain(became).collect()
}

/// The records that a record leads to: what it refers to, and what there is exactly one of for it.
fn related(id: Uuid, entry: &Entry) -> Vec<Uuid> {
    let mut out: Vec<Uuid> = entry.references().collect();
    match entry.kind {
        Kind::Kandidaat => out.push(derived(Kind::Werkprofiel, id)),
        Kind::Verwijzing => out.push(derived(Kind::Opdracht, id)),
        Kind::Opdracht => out.push(derived(Kind::Trajectplan, id)),
        _ => {}
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sealing::KEY_BYTES;
    use serde_json::json;

    #[test]
    fn an_opdracht_is_found_by_its_own_number_and_as_what_its_verwijzing_became() {
        let sealer = Sealer::new(&[7; KEY_BYTES]);
        let (verwijzing, opdracht) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let mut view = View::default();
        for (kind, attribute, value, id) in [
            (Kind::Verwijzing, "nummer", "V-1", verwijzing),
            (Kind::Opdracht, "ordernummer", "O-1", opdracht),
        ] {
            let record = json!({ attribute: value });
            let record = record.as_object().expect("an object");
            for (_, key) in keys(&sealer, kind, record) {
                view.add_identity(key, "gemeente".to_owned(), id);
            }
        }
        let became = derived(Kind::Opdracht, verwijzing);
        for (verwijzing, opdracht, found) in [
            (Some("V-1"), None, vec![became]),
            (None, Some("O-1"), vec![opdracht]),
            (Some("V-1"), Some("O-1"), vec![opdracht, became]),
            (Some("V-2"), Some("O-2"), vec![]),
        ] {
            let mut bundle = Bundle::default();
            if let Some(nummer) = verwijzing {
                let record = bundle.record_mut(Kind::Verwijzing);
                record.insert("nummer".to_owned(), json!(nummer));
                bundle.record_mut(Kind::Opdracht);
            }
            if let Some(nummer) = opdracht {
                let record = bundle.record_mut(Kind::Opdracht);
                record.insert("ordernummer".to_owned(), json!(nummer));
            }
            let overlay = view.overlay();
            let found: BTreeSet<Uuid> = found.into_iter().collect();
            assert_eq!(opdrachten(&bundle, &sealer, &overlay), found);
        }
    }
}
