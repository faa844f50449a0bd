//! What the batch that is being written leaves, for the one that is decided meanwhile.

use crate::canonical::OrgCode;
use crate::pipeline::batch::rows::as_seen;
use crate::pipeline::view::Entry;
use crate::store::IdentityKey;
use crate::store::IdentityRow;
use crate::store::Link;
use crate::store::Looked;
use crate::store::ProposalRow;
use crate::store::Writes;
use std::collections::BTreeSet;
use std::collections::HashMap;
use std::collections::HashSet;
use std::sync::Arc;
use uuid::Uuid;

/// What was decided and cannot be read yet.
pub(super) struct Left {
    /// The records that changed, as they are now.
    pub(super) changed: HashMap<Uuid, Entry>,
    /// Everything that is written.
    pub(super) writes: Arc<Writes>,
}

impl Left {
    /// Adds messages and keys to what the store knows of them. It may know them already: both say the same then.
    pub(super) fn add_to(
        &self,
        looked: &mut Looked,
        references: &[(OrgCode, String)],
        keys: &[IdentityKey],
    ) {
        let references: HashSet<(&OrgCode, &str)> = references
            .iter()
            .map(|(sender, reference)| (sender, reference.as_str()))
            .collect();
        let messages = self.writes.messages.iter();
        let same = messages.filter(|row| references.contains(&(&row.sender, &row.reference)));
        looked.seen.extend(same.map(as_seen));
        let keys: HashSet<&IdentityKey> = keys.iter().collect();
        let identities = self.writes.identities.iter();
        let known = identities.filter(|row| keys.contains(&row.key));
        looked.known.extend(known.map(|row| IdentityRow {
            key: row.key.clone(),
            issuer: row.issuer.clone(),
            record: row.record,
        }));
    }

    /// Puts proposals on these records among those that are stored, as this batch makes or settles them.
    pub(super) fn add_proposals(&self, rows: &mut Vec<ProposalRow>, records: &BTreeSet<Uuid>) {
        let proposals = self.writes.proposals.iter();
        for row in proposals.filter(|row| records.contains(&row.record)) {
            match rows.iter_mut().find(|stored| stored.id == row.id) {
                Some(stored) => *stored = row.clone(),
                None => rows.push(row.clone()),
            }
        }
    }

    /// The links of these kandidaten.
    pub(super) fn links(&self, kandidaten: &[Uuid]) -> Vec<Link> {
        let links = self.writes.links.iter();
        let theirs = links.filter(|link| kandidaten.contains(&link.kandidaat));
        theirs.cloned().collect()
    }
}
