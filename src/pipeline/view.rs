use crate::canonical::Kind;
use crate::canonical::OrgCode;
use crate::canonical::Record;
use crate::canonical::STATES;
use crate::canonical::Sources;
use crate::pipeline::hold::shares_case;
use crate::store::IdentityKey;
use crate::store::Link;
use crate::store::StoreError;
use crate::store::StoredRecord;
use serde_json::Value;
use std::collections::HashMap;
use std::collections::HashSet;
use uuid::Uuid;

/// The attributes by which one record refers to another. What leads from a delivery to its people, and so to what
/// holds them back, follows these and no list of its own.
pub(crate) const REFERENCES: [&str; 3] = ["kandidaat", "verwijzing", "opdracht"];

/// A record as a decision sees it.
#[derive(Clone, PartialEq)]
pub(crate) struct Entry {
    pub kind: Kind,
    pub version: i64,
    pub record: Record,
    pub sources: Sources,
}

/// What was read for a batch of messages, with what earlier elements of the batch did to it. Later elements see
/// it; the store does not, until the commit.
#[derive(Default)]
pub(crate) struct View {
    records: HashMap<Uuid, Entry>,
    /// Ids that were asked for, found or not.
    asked: HashSet<Uuid>,
    identities: HashMap<IdentityKey, Vec<(String, Uuid)>>,
    links: HashMap<Uuid, Vec<Link>>,
}

/// The changes of one element, on top of a view, taken over only when the whole element is accepted.
pub(crate) struct Overlay<'a> {
    pub view: &'a View,
    pub records: HashMap<Uuid, Entry>,
    pub identities: Vec<(IdentityKey, String, Uuid)>,
    pub links: Vec<Link>,
}

impl Entry {
    pub(crate) fn from_stored(stored: &StoredRecord) -> Result<Self, StoreError> {
        let corrupt = |_| StoreError::Corrupt(format!("{} {} is not JSON", stored.kind, stored.id));
        Ok(Self {
            kind: stored.kind,
            version: stored.version,
            record: serde_json::from_str(&stored.doc).map_err(corrupt)?,
            sources: serde_json::from_str(&stored.sources).map_err(corrupt)?,
        })
    }

    /// One that is being made, of which nobody said anything before.
    pub(crate) fn of(kind: Kind, record: Record) -> Self {
        Self {
            kind,
            version: 0,
            record,
            sources: Sources::default(),
        }
    }

    /// The id that a reference attribute (one of [`REFERENCES`]) holds.
    pub(crate) fn reference(&self, attribute: &str) -> Option<Uuid> {
        self.record.get(attribute)?.as_str()?.parse().ok()
    }

    /// The ids of everything it refers to.
    pub(crate) fn references(&self) -> impl Iterator<Item = Uuid> {
        REFERENCES
            .into_iter()
            .filter_map(|name| self.reference(name))
    }

    /// The code of a party attribute (`opdrachtgever`, `uitvoerder`).
    pub(crate) fn party(&self, attribute: &str) -> Option<&str> {
        self.record.get(attribute)?.get("code")?.as_str()
    }

    pub(crate) fn text(&self, attribute: &str) -> Option<&str> {
        self.record.get(attribute)?.as_str()
    }

    /// Whether a BSN of this kandidaat is sealed next to its record. Sealing one clears any state under `bsn`, and a
    /// state is not taken once there is one, so the two never stand together.
    pub(crate) fn has_bsn(&self) -> bool {
        let state = self
            .record
            .get(STATES)
            .and_then(Value::as_object)
            .is_some_and(|states| states.contains_key("/bsn"));
        self.sources.of("bsn").is_some() && !state
    }

    /// Whether an organisation said anything of what stands, words of its own included.
    pub(crate) fn is_said_by(&self, organisation: &OrgCode) -> bool {
        let sources = &self.sources;
        let mut said = sources
            .attributen
            .keys()
            .flat_map(|name| sources.said_by(name));
        said.any(|one| one == organisation)
    }
}

impl View {
    pub(crate) fn add_records(
        &mut self,
        asked: &[Uuid],
        found: &[StoredRecord],
    ) -> Result<(), StoreError> {
        self.asked.extend(asked);
        for stored in found {
            self.records.insert(stored.id, Entry::from_stored(stored)?);
        }
        Ok(())
    }

    pub(crate) fn add_entry(&mut self, id: Uuid, entry: Entry) {
        self.asked.insert(id);
        self.records.insert(id, entry);
    }

    /// Takes records out.
    pub(crate) fn take(&mut self, ids: HashSet<Uuid>) -> HashMap<Uuid, Entry> {
        let records = &mut self.records;
        let taken = ids.into_iter();
        taken
            .filter_map(|id| Some((id, records.remove(&id)?)))
            .collect()
    }

    pub(crate) fn add_identity(&mut self, key: IdentityKey, issuer: String, record: Uuid) {
        let known = self.identities.entry(key).or_default();
        if !known.iter().any(|(by, _)| *by == issuer) {
            known.push((issuer, record));
        }
    }

    pub(crate) fn add_link(&mut self, link: Link) {
        let known = self.links.entry(link.kandidaat).or_default();
        if !known.contains(&link) {
            known.push(link);
        }
    }

    pub(crate) fn was_asked(&self, id: &Uuid) -> bool {
        self.asked.contains(id)
    }

    pub(crate) fn entries(&self) -> impl Iterator<Item = (&Uuid, &Entry)> {
        self.records.iter()
    }

    pub(crate) fn identified(&self) -> impl Iterator<Item = &Uuid> {
        self.identities.values().flatten().map(|(_, id)| id)
    }

    pub(crate) fn overlay(&self) -> Overlay<'_> {
        Overlay {
            view: self,
            records: HashMap::new(),
            identities: Vec::new(),
            links: Vec::new(),
        }
    }

    /// Takes over what an accepted element changed.
    pub(crate) fn accept(
        &mut self,
        records: HashMap<Uuid, Entry>,
        identities: Vec<(IdentityKey, String, Uuid)>,
        links: Vec<Link>,
    ) {
        self.records.extend(records);
        for (key, issuer, record) in identities {
            self.add_identity(key, issuer, record);
        }
        for link in links {
            self.add_link(link);
        }
    }
}

impl Overlay<'_> {
    pub(crate) fn record(&self, id: &Uuid) -> Option<&Entry> {
        self.records.get(id).or_else(|| self.view.records.get(id))
    }

    pub(crate) fn identified(&self, key: &IdentityKey) -> Vec<(String, Uuid)> {
        let mut found = self.view.identities.get(key).cloned().unwrap_or_default();
        found.extend(
            self.identities
                .iter()
                .filter(|(known, _, _)| known == key)
                .map(|(_, issuer, id)| (issuer.clone(), *id)),
        );
        found
    }

    /// Whether an organisation knows a kandidaat of itself: it shares a case of it, or said something of it before. It
    /// must not hear of a person that only others know.
    pub(crate) fn is_known_to(&self, kandidaat: &Uuid, organisation: &OrgCode) -> bool {
        let said = |entry: &Entry| entry.is_said_by(organisation);
        shares_case(&self.links(kandidaat), organisation)
            || self.record(kandidaat).is_some_and(said)
    }

    pub(crate) fn links(&self, kandidaat: &Uuid) -> Vec<Link> {
        let mut found = self.view.links.get(kandidaat).cloned().unwrap_or_default();
        found.extend(
            self.links
                .iter()
                .filter(|link| link.kandidaat == *kandidaat)
                .cloned(),
        );
        found
    }
}
