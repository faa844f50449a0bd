//! What is handed over of a delivery: the records it is about, what the recipient may see of them, in its own format.

use crate::adapters;
use crate::canonical::Bundle;
use crate::canonical::Kind;
use crate::canonical::OrgCode;
use crate::canonical::Personal;
use crate::canonical::Record;
use crate::canonical::forget_states;
use crate::document::Fault;
use crate::document::Lang;
use crate::mapping::Mapping;
use crate::pipeline::Pipeline;
use crate::pipeline::decide::OWN_NUMBERS;
use crate::pipeline::decide::bsn_context;
use crate::pipeline::decide::with_product;
use crate::pipeline::directory::Directory;
use crate::pipeline::identify::alias;
use crate::pipeline::view::Entry;
use crate::privacy::Agreement;
use crate::privacy::filter;
use crate::privacy::has_secret_address;
use crate::privacy::hold;
use crate::store::Delivery;
use crate::store::StoreError;
use jiff::Timestamp;
use serde_json::Value;
use serde_json::json;
use std::collections::BTreeSet;
use std::collections::HashMap;
use std::sync::Arc;
use uuid::Uuid;

/// How often references lead to further records: logboekregel, opdracht, verwijzing, kandidaat.
const REFERENCE_ROUNDS: usize = 3;
/// Most attributes that the audit of a delivery names as not written.
const LOST_MAX: usize = 20;

/// The records that a batch of deliveries needs.
pub(super) type Loaded = HashMap<Uuid, Entry>;
/// The BSNs of kandidaten.
pub(super) type Bsns = HashMap<Uuid, Personal<String>>;

/// The rules under which a delivery was made, as a fingerprint.
#[derive(Clone, Copy)]
pub(super) struct Ground(Uuid);

/// What a delivery became before it is handed over: content, or the reason that there is none.
pub(super) enum Made {
    /// The content type, the content, the rules it was made under, and what its format could not say.
    Content(String, Vec<u8>, Ground, Lost),
    Withheld(&'static str),
    Unmappable(&'static str),
}

/// What a format could not say of the records in a delivery: codes with attributes, and never a value. Nothing for
/// what was made before: it was told then.
#[derive(Default)]
pub(super) struct Lost(Vec<String>);

impl Lost {
    fn of<'f>(faults: impl Iterator<Item = &'f Fault>) -> Self {
        let mut known: HashMap<String, usize> = HashMap::new();
        let mut lost: Vec<(String, usize)> = Vec::new();
        let mut more = 0;
        for fault in faults {
            let said = format!("{} {}", fault.code, fault.place.location(Lang::Nl));
            let index = known.get(&said).copied();
            if let Some((_, times)) = index.and_then(|index| lost.get_mut(index)) {
                *times += fault.times;
            } else if lost.len() < LOST_MAX {
                known.insert(said.clone(), lost.len());
                lost.push((said, fault.times));
            } else {
                more += fault.times;
            }
        }
        let told = |(said, times): (String, usize)| match times {
            1 => said,
            _ => format!("{said} ({times} keer)"),
        };
        let mut lost: Vec<String> = lost.into_iter().map(told).collect();
        if more > 0 {
            lost.push(format!("en {more} meer"));
        }
        Self(lost)
    }

    /// What became of a delivery, with what is not in it: for its audit.
    pub(super) fn after(&self, result: &str) -> String {
        if self.0.is_empty() {
            return result.to_owned();
        }
        format!("{result}; niet geschreven: {}", self.0.join(", "))
    }
}

impl Pipeline {
    /// The main records of deliveries and what they refer to.
    pub(super) async fn load_for(&self, deliveries: &[Delivery]) -> Result<Loaded, StoreError> {
        let mut loaded = Loaded::new();
        let mut next: BTreeSet<Uuid> = deliveries
            .iter()
            .flat_map(|one| one.records.iter().copied())
            .collect();
        let mut asked = BTreeSet::new();
        for _ in 0..=REFERENCE_ROUNDS {
            // one that is not there was asked for all the same
            next.retain(|id| asked.insert(*id));
            if next.is_empty() {
                break;
            }
            let ids: Vec<Uuid> = next.iter().copied().collect();
            let mut found = BTreeSet::new();
            for stored in self.parts.store.records(&ids).await? {
                let entry = Entry::from_stored(&stored)?;
                found.extend(related(stored.id, &entry));
                loaded.insert(stored.id, entry);
            }
            next = found;
        }
        Ok(loaded)
    }

    /// The BSNs of the kandidaten in some deliveries; they go no further than an agreement that allows them.
    pub(super) async fn bsns_for(
        &self,
        deliveries: &[Delivery],
        loaded: &Loaded,
    ) -> Result<Bsns, StoreError> {
        let directory = self.directory();
        let now = self.parts.clock.now();
        let wanted = deliveries.iter().any(|delivery| {
            may_hold_bsn(&delivery.recipient, &directory)
                && directory
                    .agreement(&delivery.sender, &delivery.recipient, now)
                    .is_some_and(|agreement| agreement.bsn_ground.is_some())
        });
        if !wanted {
            return Ok(HashMap::new());
        }
        let kandidaten: Vec<Uuid> = loaded
            .iter()
            .filter(|(_, entry)| entry.kind == Kind::Kandidaat)
            .map(|(id, _)| *id)
            .collect();
        let mut bsns = HashMap::new();
        for (id, sealed) in self.parts.store.bsns(&kandidaten).await? {
            let opened = self
                .parts
                .sealer
                .open(&bsn_context(id), &sealed)
                .ok()
                .and_then(|bytes| String::from_utf8(bytes).ok())
                .ok_or_else(|| {
                    StoreError::Corrupt(format!("the BSN of kandidaat {id} does not open"))
                })?;
            bsns.insert(id, Personal::new(opened));
        }
        Ok(bsns)
    }

    /// What is handed over. A delivery that was made before is sent as it was made, to the letter, while the rules it
    /// was made under are those of now. It is asked each time that something leaves, because what was made in time may
    /// wait in a postvak, or for a webhook, long after the ground has gone or has become narrower.
    pub(super) fn make(
        &self,
        delivery: &Delivery,
        loaded: &Loaded,
        bsns: &Bsns,
        directory: &Directory,
    ) -> Made {
        self.as_made(delivery, loaded, directory)
            .unwrap_or_else(|| self.make_anew(delivery, loaded, bsns, directory))
    }

    /// What was made before, if it was made under the rules of now: its seal opens with no others.
    pub(super) fn as_made(
        &self,
        delivery: &Delivery,
        loaded: &Loaded,
        directory: &Directory,
    ) -> Option<Made> {
        let content_type = delivery.content_type.clone()?;
        let sealed = delivery.content.as_deref()?;
        let ground = self.ground(delivery, loaded, directory);
        let seal = content_context(delivery.id, &ground);
        let content = self.parts.sealer.open(&seal, sealed).ok()?;
        Some(Made::Content(
            content_type,
            content,
            ground,
            Lost::default(),
        ))
    }

    /// A fingerprint of the rules that decide what of a delivery its recipient gets: what the agreement grants, who may
    /// hold a BSN, and what holds each person back.
    fn ground(&self, delivery: &Delivery, loaded: &Loaded, directory: &Directory) -> Ground {
        let now = self.parts.clock.now();
        let agreement = directory.agreement(&delivery.sender, &delivery.recipient, now);
        let granted = agreement.map(|agreement| agreement.rules.as_str());
        let held: Vec<_> = delivery
            .records
            .iter()
            .flat_map(|main| together(*main, loaded))
            .filter(|(_, entry)| entry.kind == Kind::Kandidaat)
            .map(|(id, entry)| {
                (
                    id,
                    hold(&entry.record),
                    has_secret_address(&entry.record),
                    entry.sources.said_by("bsn").next().is_some(),
                )
            })
            .collect();
        let bsn = may_hold_bsn(&delivery.recipient, directory);
        let rules = format!("{granted:?} {bsn} {held:?}");
        Ground(Uuid::new_v5(&Uuid::NAMESPACE_OID, rules.as_bytes()))
    }

    /// Filters, maps out and encodes one delivery, under the rules of now.
    pub(super) fn make_anew(
        &self,
        delivery: &Delivery,
        loaded: &Loaded,
        bsns: &Bsns,
        directory: &Directory,
    ) -> Made {
        let now = self.parts.clock.now();
        let Some(agreement) = directory.agreement(&delivery.sender, &delivery.recipient, now)
        else {
            return Made::Withheld("overeenkomst.afwezig");
        };
        let mut held = None;
        let mut bundles = Vec::with_capacity(delivery.records.len());
        for main in &delivery.records {
            match self.bundle(*main, delivery, loaded, bsns, agreement, directory) {
                Ok(bundle) => bundles.push(bundle),
                Err(reason) => held = Some(reason),
            }
        }
        if bundles.is_empty() {
            return Made::Withheld(held.unwrap_or("record.afwezig"));
        }
        let library = &self.parts.library;
        let mapping = library
            .outbound(delivery.recipient.as_str(), &delivery.soort)
            .unwrap_or_else(|| library.canonical());
        let context = context(delivery, directory, bundles.len());
        let ground = self.ground(delivery, loaded, directory);
        encode(mapping, &context, &bundles, ground)
    }

    /// The bundle around a main record: what the recipient may see of it and of what it refers to.
    pub(super) fn bundle(
        &self,
        main: Uuid,
        delivery: &Delivery,
        loaded: &Loaded,
        bsns: &Bsns,
        agreement: &Agreement,
        directory: &Directory,
    ) -> Result<Bundle, &'static str> {
        let recipient = &delivery.recipient;
        let now = self.parts.clock.now();
        let mut bundle = Bundle::default();
        let main_kind = loaded.get(&main).ok_or("record.afwezig")?.kind;
        for (id, entry) in together(main, loaded) {
            if entry.kind == Kind::Kandidaat
                && let Some(reason) = hold(&entry.record)
            {
                return Err(reason);
            }
            let kandidaat = entry
                .reference("kandidaat")
                .and_then(|id| loaded.get(&id))
                .map(|kandidaat| &kandidaat.record);
            let schemas = &self.parts.schemas;
            let mut record = entry.record.clone();
            for attribute in others_words(entry, &delivery.sender, recipient) {
                // what only third parties said of a person goes along with their own agreement or not at all
                let shared = entry.sources.said_by(&attribute).find_map(|by| {
                    let theirs = directory.agreement(by, recipient, now)?;
                    let part = Record::from_iter([(
                        attribute.clone(),
                        entry.record.get(&attribute)?.clone(),
                    )]);
                    filter(entry.kind, &part, kandidaat, theirs, schemas)?
                        .record
                        .remove(&attribute)
                });
                forget_states(&mut record, &attribute);
                record.remove(&attribute);
                record.extend(shared.map(|value| (attribute, value)));
            }
            let may_tell_bsn = |by: &OrgCode| {
                by == recipient
                    || by == &delivery.sender
                    || directory
                        .agreement(by, recipient, now)
                        .is_some_and(|theirs| theirs.bsn_ground.is_some())
            };
            if let Some(bsn) = bsns.get(&id)
                && may_hold_bsn(recipient, directory)
                && entry.sources.said_by("bsn").any(may_tell_bsn)
            {
                record.insert("bsn".to_owned(), Value::String(bsn.reveal().clone()));
            }
            if let Some(own) = record
                .remove(OWN_NUMBERS)
                .and_then(|numbers| numbers.get(recipient.as_str()).cloned())
            {
                record.insert("klantnummer".to_owned(), own);
            }
            if let Some(kandidaat) = entry.reference("kandidaat") {
                let own = alias(&self.parts.sealer, recipient, kandidaat);
                record.insert("kandidaat".to_owned(), json!(own));
            }
            enrich(&mut record, directory);
            if entry.kind == Kind::Verzoek {
                let opdracht = entry.reference("opdracht");
                with_product(&mut record, opdracht.and_then(|id| loaded.get(&id)));
            }
            match filter(entry.kind, &record, kandidaat, agreement, schemas) {
                Some(filtered) => {
                    bundle.records.entry(entry.kind).or_insert(filtered.record);
                }
                None if entry.kind == main_kind => return Err("overeenkomst.afwezig"),
                None => {}
            }
        }
        Ok(bundle)
    }
}

/// Whether an organisation has a ground of its own to hold a BSN (domain 4.2): an agreement that allows the exchange
/// is not enough.
fn may_hold_bsn(organisation: &OrgCode, directory: &Directory) -> bool {
    directory
        .organisation(organisation)
        .is_some_and(|known| known.bsn_ground.is_some())
}

/// The attributes of a person that neither sender nor recipient said, in the value that stands. Cases and what hangs
/// on them are between their two parties; only about a person more than two organisations speak.
fn others_words(entry: &Entry, sender: &OrgCode, recipient: &OrgCode) -> Vec<String> {
    if !matches!(entry.kind, Kind::Kandidaat | Kind::Werkprofiel) {
        return Vec::new();
    }
    let is_others = |attribute: &&String| {
        let mut said = entry.sources.said_by(attribute).peekable();
        said.peek().is_some() && !said.any(|by| by == sender || by == recipient)
    };
    let attributes = entry.sources.attributen.keys();
    attributes.filter(is_others).cloned().collect()
}

/// The sealing context of what a recipient gets. It holds the rules it was made under: under others it does not open.
pub(super) fn content_context(delivery: Uuid, ground: &Ground) -> String {
    format!("aflevering:{delivery}:{}", ground.0)
}

/// What a record refers to, and what there is one of for it. The werkprofiel is found by the id of its kandidaat, so
/// the two can be asked for at once.
fn related(id: Uuid, entry: &Entry) -> Vec<Uuid> {
    let mut out: Vec<Uuid> = entry.references().collect();
    let kandidaat = match entry.kind {
        Kind::Kandidaat => Some(id),
        _ => entry.reference("kandidaat"),
    };
    let werkprofiel = kandidaat.map(|id| crate::pipeline::identify::derived(Kind::Werkprofiel, id));
    out.extend(werkprofiel);
    out
}

/// A main record and all that goes along with it, as far as there is such a record.
pub(super) fn together(main: Uuid, loaded: &Loaded) -> Vec<(Uuid, &Entry)> {
    let Some(kind) = loaded.get(&main).map(|entry| entry.kind) else {
        return Vec::new();
    };
    let mut ids = vec![main];
    let mut out = Vec::new();
    while let Some(id) = ids.get(out.len()).copied() {
        let Some(entry) = loaded.get(&id) else {
            ids.remove(out.len());
            continue;
        };
        for more in goes_along(kind, id, entry) {
            if !ids.contains(&more) {
                ids.push(more);
            }
        }
        out.push((id, entry));
    }
    out
}

/// What goes along with a main record. The werkprofiel goes along with a verwijzing only: others have their own.
fn goes_along(main: Kind, id: Uuid, entry: &Entry) -> Vec<Uuid> {
    let mut out: Vec<Uuid> = entry.references().collect();
    if main == Kind::Verwijzing && entry.kind == Kind::Kandidaat {
        out.push(crate::pipeline::identify::derived(Kind::Werkprofiel, id));
    }
    out
}

/// Parties go out with every identifier, so that each format finds the one it uses.
fn enrich(record: &mut Record, directory: &Directory) {
    for side in ["opdrachtgever", "uitvoerder"] {
        if let Some(party) = record.get_mut(side)
            && let Some(organisation) = directory.party(party)
        {
            *party = organisation.as_party();
        }
    }
}

/// The letterhead. Its moment is that of the delivery, not of this attempt: a letter that is made once more, because a
/// crash came between sending it and keeping it, or in a replay, is the same letter.
fn context(delivery: &Delivery, directory: &Directory, count: usize) -> Value {
    let party = |code: &OrgCode| {
        directory.organisation(code).map_or_else(
            || json!({ "code": code }),
            |organisation| organisation.as_party(),
        )
    };
    // Formats write at most thousandths of a second and refuse to drop digits: a finer moment is in no message at all.
    let made = delivery.created_at;
    let made = Timestamp::from_millisecond(made.as_millisecond()).unwrap_or(made);
    json!({
        "id": delivery.id,
        "referentie": delivery.id,
        "verzonden": made,
        "soort": delivery.soort,
        "afzender": party(&delivery.sender),
        "ontvanger": party(&delivery.recipient),
        "aantal": count,
    })
}

fn encode(mapping: &Arc<Mapping>, bericht: &Value, bundles: &[Bundle], ground: Ground) -> Made {
    let out = mapping.write(bericht, bundles);
    if out.faults.iter().any(Fault::refuses) {
        return Made::Unmappable("mapping.onvolledig");
    }
    match out.bytes {
        Ok(content) => {
            let content_type = adapters::content_type(mapping.wire()).to_owned();
            let unwritten = mapping.unwritten(bericht, bundles);
            let lost = Lost::of(out.faults.iter().chain(&unwritten));
            Made::Content(content_type, content, ground, lost)
        }
        Err(_) => Made::Unmappable("formaat.onmogelijk"),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test stops where it is wrong
mod tests {
    use super::*;
    use crate::document::Place;
    use crate::mapping::Library;
    use crate::schema::Schemas;
    use crate::store::DeliveryState;

    #[test]
    fn every_shipped_mapping_can_write_the_moment_of_the_gateway_s_letter() {
        let now: Timestamp = "2024-03-14T09:15:00.123456789Z".parse().unwrap();
        let delivery = Delivery {
            id: Uuid::from_u128(1),
            recipient: OrgCode::parse("gemeente-voorbeeldstad").unwrap(),
            sender: OrgCode::parse("aanbieder-a").unwrap(),
            message: Uuid::from_u128(2),
            soort: "verwijzingBesluit".to_owned(),
            records: Vec::new(),
            state: DeliveryState::Published,
            attempts: 0,
            next_at: now,
            claimed_until: None,
            lease_token: None,
            reason: None,
            content_type: None,
            content: None,
            traceparent: String::new(),
            created_at: now,
            published_at: None,
            ready_at: None,
            settled_at: None,
            rejected: None,
        };
        let bericht = context(&delivery, &Directory::default(), 1);
        assert_eq!(bericht["verzonden"], "2024-03-14T09:15:00.123Z");
        let library = Library::shipped(&Schemas::embedded().unwrap()).unwrap();
        let moment = Place::Record {
            pointer: "bericht/verzonden".to_owned(),
            number: None,
        };
        for mapping in library.all() {
            let written = mapping.encode(&bericht, &[Bundle::default()]);
            let found = written.faults.iter().find(|fault| fault.place == moment);
            assert_eq!(found, None, "{:?}", mapping.id());
        }
    }
}
