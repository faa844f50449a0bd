//! What one element of a message does to the record. Pure: everything it needs was read before, everything it does
//! is a list of writes.

use crate::canonical::Bundle;
use crate::canonical::Contribution;
use crate::canonical::IdSource;
use crate::canonical::Kind;
use crate::canonical::OrgCode;
use crate::canonical::Record;
use crate::canonical::compare_status;
use crate::canonical::first_status;
use crate::canonical::may_become;
use crate::canonical::merge;
use crate::document::Fault;
use crate::document::Lang;
use crate::mapping::Element;
use crate::mapping::Mapping;
use crate::mapping::RecordRole;
use crate::pipeline::answer::RecordAnswer;
use crate::pipeline::directory::Directory;
use crate::pipeline::directory::Organisation;
use crate::pipeline::faults;
use crate::pipeline::identify::Identified;
use crate::pipeline::identify::derived;
use crate::pipeline::identify::identify;
use crate::pipeline::identify::issuer;
use crate::pipeline::identify::keys;
use crate::pipeline::identify::log_id;
use crate::pipeline::view::Entry;
use crate::pipeline::view::Overlay;
use crate::pipeline::view::View;
use crate::schema::Owner;
use crate::schema::Schemas;
use crate::sealing::Sealer;
use crate::store::IdentityKey;
use crate::store::Link;
use crate::store::ProposalRow;
use crate::store::VersionRow;
use jiff::Timestamp;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;
use std::collections::HashMap;
use uuid::Uuid;

/// The member of a stored kandidaat that holds each organisation's own number for it. Not in the schema: nobody can
/// send it, and the filter lets nothing through that the schema does not name.
pub(crate) const OWN_NUMBERS: &str = "klantnummers";

/// What a decision is made with.
pub(crate) struct Scope<'a> {
    pub directory: &'a Directory,
    pub schemas: &'a Schemas,
    pub sealer: &'a Sealer,
    pub ids: &'a dyn IdSource,
    pub now: Timestamp,
    pub sender: &'a Organisation,
    pub mapping: &'a Mapping,
    pub by: Contribution,
}

/// A record that an accepted element made or changed, for routing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    pub kind: Kind,
    pub id: Uuid,
    pub changed: bool,
    /// Made by the gateway as a consequence, not said by the message.
    pub consequence: bool,
}

/// Everything an accepted element does.
#[derive(Default)]
pub(crate) struct Accepted {
    pub records: HashMap<Uuid, Entry>,
    pub identities: Vec<(IdentityKey, String, Uuid)>,
    pub links: Vec<Link>,
    pub versions: Vec<VersionRow>,
    pub bsns: Vec<(Uuid, Vec<u8>)>,
    pub proposals: Vec<ProposalRow>,
    pub changes: Vec<Change>,
    pub answers: Vec<RecordAnswer>,
    pub remarks: Vec<Fault>,
}

/// Decides about one element. `Err` refuses it with every fault found; nothing of it is kept then.
pub(crate) fn decide(
    scope: &Scope<'_>,
    element: &Element,
    view: &View,
    repeats: &mut HashMap<Uuid, u32>,
) -> Result<Accepted, Vec<Fault>> {
    let mut step = Step {
        scope,
        element,
        overlay: view.overlay(),
        bundle: element.bundle.clone(),
        out: Accepted::default(),
        faults: Vec::new(),
    };
    step.run(repeats);
    if step.faults.is_empty() {
        step.out.records = step.overlay.records;
        step.out.identities = step.overlay.identities;
        step.out.links = step.overlay.links;
        Ok(step.out)
    } else {
        step.faults.append(&mut step.out.remarks);
        Err(step.faults)
    }
}

struct Step<'a> {
    scope: &'a Scope<'a>,
    element: &'a Element,
    overlay: Overlay<'a>,
    bundle: Bundle,
    out: Accepted,
    faults: Vec<Fault>,
}

/// The two parties of a verwijzing or opdracht.
#[derive(Clone, PartialEq, Eq)]
struct Parties {
    opdrachtgever: OrgCode,
    uitvoerder: Option<OrgCode>,
}

impl Step<'_> {
    fn run(&mut self, repeats: &mut HashMap<Uuid, u32>) {
        self.strip();
        let may_use_bsn = self.scope.sender.bsn_ground.is_some();
        let known = match identify(
            self.element,
            &self.bundle,
            &self.overlay,
            self.scope.sealer,
            &self.scope.sender.code,
            may_use_bsn,
        ) {
            Ok(known) => known,
            Err(faults) => return self.faults.extend(faults),
        };
        self.check_references(&known);
        let verwijzing_parties = self.parties(Kind::Verwijzing, known.verwijzing);
        let opdracht_parties = self.parties(Kind::Opdracht, known.opdracht);
        if !self.faults.is_empty() {
            return;
        }
        let Some(kandidaat) = self.kandidaat(&known) else {
            return;
        };
        self.werkprofiel(kandidaat);
        let verwijzing = self.case(
            Kind::Verwijzing,
            known.verwijzing,
            verwijzing_parties,
            kandidaat,
        );
        let accepted = verwijzing.and_then(|id| self.opdracht_of(id));
        let opdracht = self.opdracht(
            known.opdracht.or(accepted),
            verwijzing,
            opdracht_parties,
            kandidaat,
        );
        self.of_opdracht(Kind::Trajectplan, opdracht, repeats);
        self.of_opdracht(Kind::Logboekregel, opdracht, repeats);
    }

    /// Takes out what a sender cannot say: references and what is derived are the gateway's, and a BSN needs a ground.
    fn strip(&mut self) {
        for kind in [Kind::Organisatie, Kind::Overeenkomst] {
            if self.bundle.records.remove(&kind).is_some() {
                self.faults
                    .push(faults::not_allowed(kind, self.element.place.clone()));
            }
        }
        for record in self.bundle.records.values_mut() {
            for own in [
                "kandidaat",
                "verwijzing",
                "opdracht",
                "volledigheid",
                OWN_NUMBERS,
            ] {
                record.remove(own);
            }
        }
        if self.scope.sender.bsn_ground.is_none()
            && let Some(kandidaat) = self.bundle.records.get_mut(&Kind::Kandidaat)
            && kandidaat.remove("bsn").is_some()
        {
            let place = self.element.place_of(Kind::Kandidaat, "/bsn");
            self.out.remarks.push(faults::bsn_without_ground(place));
        }
    }

    fn check_references(&mut self, known: &Identified) {
        for (kind, found) in [
            (Kind::Verwijzing, known.verwijzing),
            (Kind::Opdracht, known.opdracht),
            (Kind::Kandidaat, known.kandidaat),
        ] {
            let named = self.bundle.record(kind).is_some();
            if named && found.is_none() && self.scope.mapping.role(kind) == RecordRole::Reference {
                let place = self.place_of_number(kind);
                self.faults.push(faults::unknown(kind, place));
            }
        }
    }

    fn place_of_number(&self, kind: Kind) -> crate::document::Place {
        self.bundle
            .record(kind)
            .and_then(|record| record.keys().next())
            .map_or_else(
                || self.element.place.clone(),
                |attribute| self.element.place_of(kind, &format!("/{attribute}")),
            )
    }

    /// The parties of a verwijzing or opdracht that the element writes: on record, or as a new one says. Checks that
    /// the sender may speak here and that an agreement covers it.
    fn parties(&mut self, kind: Kind, known: Option<Uuid>) -> Option<Parties> {
        let record = self.bundle.record(kind)?.clone();
        let sender = &self.scope.sender.code;
        let code =
            |entry: &Entry, side| entry.party(side).and_then(|code| OrgCode::parse(code).ok());
        if let Some(entry) = known.and_then(|id| self.overlay.record(&id)) {
            let parties = Parties {
                opdrachtgever: code(entry, "opdrachtgever")?,
                uitvoerder: code(entry, "uitvoerder"),
            };
            for (side, now) in [
                ("opdrachtgever", Some(&parties.opdrachtgever)),
                ("uitvoerder", parties.uitvoerder.as_ref()),
            ] {
                let said = record
                    .get(side)
                    .map(|party| self.scope.directory.party(party));
                if said.is_some_and(|said| now.is_some() && said.map(|org| &org.code) != now) {
                    let place = self.element.place_of(kind, &format!("/{side}"));
                    self.faults.push(faults::party_changes(side, place));
                }
            }
            return Some(parties);
        }
        // a new case is made by its opdrachtgever; an uitvoerder can only answer one that exists
        if !self.scope.sender.has_role(Owner::O) {
            if kind == Kind::Verwijzing {
                let place = self.place_of_number(kind);
                self.faults.push(faults::unknown(kind, place));
            }
            return None;
        }
        let named = |side| {
            record
                .get(side)
                .map(|party| self.scope.directory.party(party))
        };
        if let Some(said) = named("opdrachtgever")
            && said.map(|org| &org.code) != Some(sender)
        {
            let place = self.element.place_of(kind, "/opdrachtgever");
            self.faults.push(faults::other_sender(place));
        }
        let uitvoerder = named("uitvoerder").map(|said| said.map(|org| org.code.clone()));
        let place = self.element.place_of(kind, "/uitvoerder");
        match &uitvoerder {
            Some(None) => self.faults.push(faults::unknown_party("uitvoerder", place)),
            Some(Some(code)) if !self.agreed(sender, code, kind) => {
                self.faults.push(faults::no_agreement(kind, place));
            }
            _ => {}
        }
        Some(Parties {
            opdrachtgever: sender.clone(),
            uitvoerder: uitvoerder.flatten(),
        })
    }

    fn agreed(&self, one: &OrgCode, other: &OrgCode, kind: Kind) -> bool {
        self.scope
            .directory
            .agreement(one, other, self.scope.now)
            .is_some_and(|agreement| agreement.grant(kind).is_some())
    }

    /// Writes what is said about the kandidaat. The outer `None` is a fault; the inner `None` is nobody.
    #[allow(clippy::option_option)]
    fn kandidaat(&mut self, known: &Identified) -> Option<Option<Uuid>> {
        let Some(mut incoming) = self.bundle.records.remove(&Kind::Kandidaat) else {
            return Some(known.kandidaat);
        };
        if self.scope.mapping.role(Kind::Kandidaat) == RecordRole::Reference {
            return Some(known.kandidaat);
        }
        let linked = known.kandidaat.is_some_and(|id| self.is_linked(id));
        let may_make = [Owner::G, Owner::U, Owner::O, Owner::W]
            .into_iter()
            .any(|role| self.scope.sender.has_role(role));
        if !linked && !may_make {
            let place = self.place_of_number(Kind::Kandidaat);
            let place = if self.element.bundle.record(Kind::Kandidaat).is_some() {
                place
            } else {
                self.element.place.clone()
            };
            self.faults
                .push(faults::not_allowed(Kind::Kandidaat, place));
            return None;
        }
        let id = known
            .kandidaat
            .unwrap_or_else(|| self.scope.ids.next(self.scope.now));
        let numbers = keys(self.scope.sealer, Kind::Kandidaat, &incoming);
        let bsn = incoming.remove("bsn");
        if let Some(number) = incoming.remove("klantnummer") {
            let own = self.own_numbers(id, number);
            incoming.insert(OWN_NUMBERS.to_owned(), own);
        }
        if let (Some(Value::String(bsn)), Some((_, key))) = (
            &bsn,
            numbers.iter().find(|(attribute, _)| *attribute == "bsn"),
        ) {
            let has_other = self
                .overlay
                .record(&id)
                .is_some_and(|entry| entry.sources.of("bsn").is_some())
                && !self.overlay.identified(key).iter().any(|(_, of)| *of == id);
            if has_other {
                let place = self.element.place_of(Kind::Kandidaat, "/bsn");
                self.faults.push(faults::clash(place));
                return None;
            }
            match self.scope.sealer.seal(&bsn_context(id), bsn.as_bytes()) {
                Ok(sealed) => self.out.bsns.push((id, sealed)),
                Err(_) => return None,
            }
        }
        let roles = self.roles(None, linked);
        self.apply(
            Kind::Kandidaat,
            id,
            &incoming,
            &roles,
            bsn.is_some().then_some("bsn"),
        );
        for (attribute, key) in numbers {
            let by = if attribute == "bsn" {
                String::new()
            } else {
                self.scope.sender.code.to_string()
            };
            self.overlay.identities.push((key, by, id));
        }
        Some(Some(id))
    }

    /// The numbers that organisations have given a kandidaat, with the sender's new one. Each goes back to its own
    /// organisation only.
    fn own_numbers(&self, kandidaat: Uuid, number: Value) -> Value {
        let mut numbers = self
            .overlay
            .record(&kandidaat)
            .and_then(|entry| entry.record.get(OWN_NUMBERS)?.as_object().cloned())
            .unwrap_or_default();
        numbers.insert(self.scope.sender.code.to_string(), number);
        Value::Object(numbers)
    }

    fn is_linked(&self, kandidaat: Uuid) -> bool {
        self.overlay.links(&kandidaat).iter().any(|link| {
            link.uitvoerder == self.scope.sender.code
                || link.opdrachtgever == self.scope.sender.code
        })
    }

    fn werkprofiel(&mut self, kandidaat: Option<Uuid>) {
        let Some(mut incoming) = self.bundle.records.remove(&Kind::Werkprofiel) else {
            return;
        };
        let Some(kandidaat) = kandidaat else {
            let place = self.element.place.clone();
            self.faults.push(faults::unknown(Kind::Kandidaat, place));
            return;
        };
        incoming.insert("kandidaat".to_owned(), json!(kandidaat));
        let roles = self.roles(None, self.is_linked(kandidaat));
        let id = derived(Kind::Werkprofiel, kandidaat);
        self.apply(Kind::Werkprofiel, id, &incoming, &roles, None);
    }

    /// Writes a verwijzing or opdracht with its parties, numbers and link.
    fn case(
        &mut self,
        kind: Kind,
        known: Option<Uuid>,
        parties: Option<Parties>,
        kandidaat: Option<Uuid>,
    ) -> Option<Uuid> {
        let mut incoming = self.bundle.records.remove(&kind)?;
        if self.scope.mapping.role(kind) == RecordRole::Reference {
            return known;
        }
        let parties = parties?;
        incoming.remove("opdrachtgever");
        incoming.remove("uitvoerder");
        if known.is_none() {
            let Some(kandidaat) = kandidaat else {
                let place = self.element.place.clone();
                self.faults
                    .push(faults::required("Kandidaat", "Kandidaat", place));
                return None;
            };
            incoming.insert("kandidaat".to_owned(), json!(kandidaat));
            incoming.insert(
                "opdrachtgever".to_owned(),
                json!({ "code": parties.opdrachtgever }),
            );
        }
        let on_record = known
            .and_then(|id| self.overlay.record(&id))
            .is_some_and(|entry| entry.party("uitvoerder").is_some());
        if let (false, Some(uitvoerder)) = (on_record, &parties.uitvoerder) {
            incoming.insert("uitvoerder".to_owned(), json!({ "code": uitvoerder }));
        }
        // a besluit is a step in the verwijzing's life: the status follows from it unless the message names one
        if let Some(uitkomst) = incoming
            .get("besluit")
            .and_then(|besluit| besluit.get("uitkomst"))
            .cloned()
        {
            incoming.entry("status").or_insert(uitkomst);
        }
        let id = known.unwrap_or_else(|| self.scope.ids.next(self.scope.now));
        let roles = self.roles(Some(&parties), false);
        self.apply(kind, id, &incoming, &roles, None);
        self.number_and_link(kind, id);
        Some(id)
    }

    /// Registers the numbers of a case and ties its kandidaat to its parties.
    fn number_and_link(&mut self, kind: Kind, id: Uuid) {
        let Some(entry) = self.overlay.record(&id) else {
            return;
        };
        let numbers: Vec<_> = keys(self.scope.sealer, kind, &entry.record)
            .into_iter()
            .map(|(attribute, key)| (key, issuer(attribute, &self.scope.sender.code, entry), id))
            .collect();
        let party = |side| entry.party(side).and_then(|code| OrgCode::parse(code).ok());
        let link = || {
            Some(Link {
                kandidaat: entry.reference("kandidaat")?,
                kind,
                record: id,
                opdrachtgever: party("opdrachtgever")?,
                uitvoerder: party("uitvoerder")?,
            })
        };
        let link = link();
        self.overlay.identities.extend(numbers);
        self.overlay.links.extend(link);
    }

    /// An accepted verwijzing becomes an opdracht; this makes it, once. Everything in it is the verwijzing's own.
    fn opdracht_of(&mut self, verwijzing: Uuid) -> Option<Uuid> {
        let id = derived(Kind::Opdracht, verwijzing);
        if self.overlay.record(&id).is_some() {
            return Some(id);
        }
        let entry = self.overlay.record(&verwijzing)?;
        if entry.text("status") != Some("aangenomen") {
            return None;
        }
        let mut made = Record::new();
        made.insert("verwijzing".to_owned(), json!(verwijzing));
        made.insert("status".to_owned(), json!("geaccepteerd"));
        for (from, to) in [
            ("nummer", "toewijzingsnummer"),
            ("kandidaat", "kandidaat"),
            ("opdrachtgever", "opdrachtgever"),
            ("uitvoerder", "uitvoerder"),
        ] {
            if let Some(value) = entry.record.get(from) {
                made.insert(to.to_owned(), value.clone());
            }
        }
        self.apply(Kind::Opdracht, id, &made, &[Owner::O, Owner::P], None);
        if let Some(change) = self.out.changes.last_mut() {
            change.consequence = true;
        }
        self.number_and_link(Kind::Opdracht, id);
        Some(id)
    }

    fn opdracht(
        &mut self,
        known: Option<Uuid>,
        verwijzing: Option<Uuid>,
        parties: Option<Parties>,
        kandidaat: Option<Uuid>,
    ) -> Option<Uuid> {
        if self.bundle.record(Kind::Opdracht).is_none() {
            return known;
        }
        let parties = parties.or_else(|| {
            let entry = known.and_then(|id| self.overlay.record(&id))?;
            Some(Parties {
                opdrachtgever: OrgCode::parse(entry.party("opdrachtgever")?).ok()?,
                uitvoerder: entry
                    .party("uitvoerder")
                    .and_then(|code| OrgCode::parse(code).ok()),
            })
        });
        if parties.is_none() || (known.is_none() && !self.scope.sender.has_role(Owner::O)) {
            let place = self.place_of_number(Kind::Opdracht);
            if verwijzing.is_some() {
                self.bundle.records.remove(&Kind::Opdracht);
                self.out.remarks.push(faults::no_opdracht_yet(place));
            } else {
                self.faults.push(faults::unknown(Kind::Opdracht, place));
            }
            return None;
        }
        self.case(Kind::Opdracht, known, parties, kandidaat)
    }

    /// Writes a trajectplan or logboekregel of an opdracht; only its uitvoerder may.
    fn of_opdracht(
        &mut self,
        kind: Kind,
        opdracht: Option<Uuid>,
        repeats: &mut HashMap<Uuid, u32>,
    ) {
        let Some(mut incoming) = self.bundle.records.remove(&kind) else {
            return;
        };
        let Some((opdracht, entry)) = opdracht.and_then(|id| Some((id, self.overlay.record(&id)?)))
        else {
            let place = self.element.place.clone();
            self.faults.push(faults::unknown(Kind::Opdracht, place));
            return;
        };
        if entry.party("uitvoerder") != Some(self.scope.sender.code.as_str()) {
            let place = self.element.place.clone();
            self.faults.push(faults::no_party(kind, place));
            return;
        }
        let parties = Parties {
            opdrachtgever: entry
                .party("opdrachtgever")
                .and_then(|code| OrgCode::parse(code).ok())
                .unwrap_or_else(|| self.scope.sender.code.clone()),
            uitvoerder: Some(self.scope.sender.code.clone()),
        };
        let kandidaat = entry.record.get("kandidaat").cloned();
        incoming.insert("opdracht".to_owned(), json!(opdracht));
        if let Some(kandidaat) = kandidaat {
            incoming.insert("kandidaat".to_owned(), kandidaat);
        }
        let id = if kind == Kind::Logboekregel {
            let key = self.scope.mapping.record_key(kind);
            let first = log_id(self.scope.sealer, opdracht, key, &incoming, 0);
            let seen = repeats.entry(first).or_default();
            let nth = *seen;
            *seen += 1;
            log_id(self.scope.sealer, opdracht, key, &incoming, nth)
        } else {
            derived(kind, opdracht)
        };
        let roles = self.roles(Some(&parties), true);
        self.apply(kind, id, &incoming, &roles, None);
    }

    /// As what the sender speaks about a record.
    fn roles(&self, parties: Option<&Parties>, linked: bool) -> Vec<Owner> {
        let sender = self.scope.sender;
        sender
            .roles
            .iter()
            .copied()
            .filter(|role| match role {
                Owner::O => parties.is_none_or(|parties| parties.opdrachtgever == sender.code),
                Owner::P => {
                    linked
                        || parties.is_some_and(|parties| {
                            parties.uitvoerder.as_ref() == Some(&sender.code)
                        })
                }
                _ => true,
            })
            .collect()
    }

    /// Merges one record, checks its status and its required attributes, and notes everything that follows.
    fn apply(
        &mut self,
        kind: Kind,
        id: Uuid,
        incoming: &Record,
        roles: &[Owner],
        sealed: Option<&str>,
    ) {
        let scope = self.scope;
        let current = self.overlay.record(&id).cloned();
        let mut incoming = incoming.clone();
        let first =
            first_status(kind).filter(|_| current.is_none() && !incoming.contains_key("status"));
        if let Some(first) = first {
            incoming.insert("status".to_owned(), json!(first));
        }
        let owns = |attribute: &str| {
            // a first status is nobody's word: the first that anybody says stands before it, however old
            if attribute == "status" && first.is_some() {
                return false;
            }
            scope
                .schemas
                .attribute(kind, attribute)
                .is_none_or(|attribute| {
                    attribute.owner.contains(&Owner::Gw)
                        || attribute.owner.iter().any(|owner| roles.contains(owner))
                })
        };
        let mut merged = merge(
            current
                .as_ref()
                .map(|entry| (&entry.record, &entry.sources)),
            &incoming,
            &scope.by,
            owns,
            |attribute, on_record, said| {
                let statuses = (on_record.as_str()?, said.as_str()?);
                (attribute == "status")
                    .then(|| compare_status(kind, statuses.0, statuses.1))
                    .flatten()
            },
        );
        if let Some(attribute) = sealed {
            merged.sources.set(attribute, &scope.by, owns(attribute));
        }
        self.check(kind, current.as_ref(), &merged.record, &merged.changed);
        if !merged.late.is_empty() {
            let place = self.element.place.clone();
            self.out.remarks.push(faults::older(kind, place));
        }
        for (attribute, value) in &merged.proposals {
            let place = self.element.place_of(kind, &format!("/{attribute}"));
            let title = scope
                .schemas
                .attribute(kind, attribute)
                .map_or(attribute.as_str(), |known| &known.title.nl);
            self.out.remarks.push(faults::proposal(title, place));
            self.out.proposals.push(ProposalRow {
                id: scope.ids.next(scope.now),
                record: id,
                kind,
                attribute: attribute.clone(),
                value: value.to_string(),
                proposer: scope.sender.code.clone(),
                message: scope.by.bericht,
                at: scope.now,
            });
        }
        let says = !merged.changed.is_empty() || !merged.late.is_empty() || current.is_none();
        let version = current.as_ref().map_or(0, |entry| entry.version) + i64::from(says);
        let changed = !merged.changed.is_empty();
        if says {
            self.out.versions.push(VersionRow {
                kind,
                record: id,
                version,
                message: scope.by.bericht,
                sent_at: scope.by.verzonden,
                stored_at: scope.now,
                applied: changed,
                doc: Value::Object(if changed {
                    merged.record.clone()
                } else {
                    incoming.clone()
                })
                .to_string(),
                provenance: self.provenance(kind, &incoming, &merged.late),
            });
        }
        self.out.answers.push(RecordAnswer {
            soort: kind,
            id,
            versie: version,
            gewijzigd: changed,
        });
        self.out.changes.push(Change {
            kind,
            id,
            changed,
            consequence: false,
        });
        self.overlay.records.insert(
            id,
            Entry {
                kind,
                version,
                record: merged.record,
                sources: merged.sources,
            },
        );
    }

    fn check(&mut self, kind: Kind, current: Option<&Entry>, record: &Record, changed: &[String]) {
        if let (Some(current), Some(to)) = (current, record.get("status").and_then(Value::as_str)) {
            let from = current.text("status").unwrap_or(to);
            let place = || self.element.place_of(kind, "/status");
            if !may_become(kind, from, to) {
                let fault = faults::transition(kind, from, place());
                self.faults.push(fault);
            } else if kind == Kind::Logboekregel
                && from == "definitief"
                && changed.iter().any(|attribute| attribute != "status")
            {
                let fault = faults::definitive(self.element.place.clone());
                self.faults.push(fault);
            }
        }
        for attribute in self.scope.schemas.required(kind) {
            let stated = record
                .get(crate::canonical::STATES)
                .and_then(Value::as_object)
                .is_some_and(|states| states.contains_key(&format!("/{attribute}")));
            if !record.contains_key(attribute) && !stated {
                let title = self
                    .scope
                    .schemas
                    .attribute(kind, attribute)
                    .map(|known| &known.title);
                let place = self.element.place_of(kind, &format!("/{attribute}"));
                let fault = title.map_or_else(
                    || faults::required(attribute, attribute, place.clone()),
                    |title| faults::required(&title.nl, &title.en, place.clone()),
                );
                self.faults.push(fault);
            }
        }
    }

    /// Rule and place of each value this message set, and the values of it that came too late.
    fn provenance(&self, kind: Kind, incoming: &Record, late: &[String]) -> String {
        let rules: Map<String, Value> = self
            .element
            .origins
            .iter()
            .filter(|origin| origin.kind == kind)
            .map(|origin| {
                let place = origin.place.location(Lang::Nl);
                (origin.pointer.to_string(), json!([&*origin.rule, place]))
            })
            .collect();
        let late: Map<String, Value> = late
            .iter()
            .filter_map(|attribute| Some((attribute.clone(), incoming.get(attribute)?.clone())))
            .collect();
        let mut out = json!({ "regels": rules });
        if !late.is_empty() {
            out["laat"] = Value::Object(late);
        }
        out.to_string()
    }
}

/// The sealing context of a kandidaat's BSN.
pub(crate) fn bsn_context(kandidaat: Uuid) -> String {
    format!("bsn:{kandidaat}")
}
