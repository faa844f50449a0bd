//! What a message says about a verwijzing or opdracht, and about what hangs on an opdracht.

use crate::canonical::Actor;
use crate::canonical::Kind;
use crate::canonical::OrgCode;
use crate::canonical::Record;
use crate::canonical::is_closed;
use crate::canonical::wage_value_sums;
use crate::mapping::RecordRole;
use crate::pipeline::decide::Step;
use crate::pipeline::decide::apply::Saying;
use crate::pipeline::decide::parties::Parties;
use crate::pipeline::faults;
use crate::pipeline::identify::ENTRIES;
use crate::pipeline::identify::derived;
use crate::pipeline::identify::entry_id;
use crate::pipeline::identify::issuer;
use crate::pipeline::identify::keys;
use crate::pipeline::receive::AHEAD_MAX;
use crate::schema::Owner;
use crate::store::Link;
use jiff::Timestamp;
use serde_json::json;
use std::collections::HashMap;
use uuid::Uuid;

/// The reason of an assignment that is withdrawn (iWmo JZ002).
const REMOVED: &str = "13";
/// What stays as it is of an assignment, once it is made.
const FIXED: [&str; 5] = [
    "/product/categorie",
    "/product/code",
    "/ingangsdatum",
    "/omvang/eenheid",
    "/omvang/frequentie",
];

impl Step<'_> {
    /// Writes a verwijzing or opdracht with its parties, numbers and link.
    pub(super) fn case(
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
        if kind == Kind::Opdracht {
            self.assignment(known, &mut incoming);
        }
        let id = known.unwrap_or_else(|| self.scope.ids.next(self.scope.now));
        let roles = self.roles(Some(&parties), false);
        let from = self.moment(kind, &incoming);
        self.apply(Saying {
            actors: parties.actors(&self.scope.sender.code),
            from,
            ..Saying::new(kind, id, incoming, roles)
        });
        self.number_and_link(kind, id);
        Some(id)
    }

    /// What an assignment of its opdrachtgever says by itself (domain 2.5 and 2.13, iWmo OP033x1): with reason 13 it is
    /// withdrawn; and where its format holds the full current set, of one that is on record only the end, the volume
    /// and the budget change. Anything else is another assignment.
    fn assignment(&mut self, known: Option<Uuid>, incoming: &mut Record) {
        let current = known.and_then(|id| self.overlay.record(&id)).cloned();
        let closed = current
            .as_ref()
            .is_some_and(|entry| is_closed(entry.kind, entry.text("status").unwrap_or_default()));
        if incoming.get("redenWijziging") == Some(&json!(REMOVED)) && !closed {
            incoming
                .entry("status")
                .or_insert_with(|| json!("ingetrokken"));
        }
        let Some(entry) = current.filter(|_| self.scope.mapping.is_full_set(Kind::Opdracht)) else {
            return;
        };
        for pointer in FIXED {
            let at = |record: &Record| {
                let mut steps = pointer.split('/').skip(1);
                let first = record.get(steps.next()?)?;
                steps
                    .try_fold(first, |value, step| value.get(step))
                    .cloned()
            };
            let (on_record, said) = (at(&entry.record), at(incoming));
            if said.is_some() && on_record.is_some() && said != on_record {
                let place = self.element.place_of(Kind::Opdracht, pointer);
                self.faults.push(faults::fixed(place));
            }
        }
    }

    /// From when what is said of a record counts, where the mapping says that an attribute of its own tells.
    fn moment(&mut self, kind: Kind, said: &Record) -> Option<Timestamp> {
        let attribute = self.scope.mapping.moment(kind)?;
        let moment: Timestamp = said.get(attribute)?.as_str()?.parse().ok()?;
        let latest = self.scope.now.checked_add(AHEAD_MAX);
        if latest.is_ok_and(|latest| moment > latest) {
            let place = self.element.place_of(kind, &format!("/{attribute}"));
            self.faults.push(faults::counts_in_the_future(place));
        }
        Some(moment)
    }

    /// Registers the numbers of a case and ties its kandidaat to its parties.
    pub(super) fn number_and_link(&mut self, kind: Kind, id: Uuid) {
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
        // what is asked or claimed gives no ground of its own: that is the case it is about
        let link = link().filter(|_| matches!(kind, Kind::Verwijzing | Kind::Opdracht));
        self.overlay.identities.extend(numbers);
        self.overlay.links.extend(link);
    }

    /// An accepted verwijzing becomes an opdracht; this makes it, once. Everything in it is the verwijzing's own.
    pub(super) fn opdracht_of(&mut self, verwijzing: Uuid) -> Option<Uuid> {
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
        self.apply(Saying {
            consequence: true,
            ..Saying::new(Kind::Opdracht, id, made, vec![Owner::O, Owner::P])
        });
        self.number_and_link(Kind::Opdracht, id);
        Some(id)
    }

    pub(super) fn opdracht(
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
            Parties::of(entry)
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

    /// Writes what hangs on an opdracht. Its uitvoerder may; its opdrachtgever too where it has a say of its own: a
    /// rapportage that is on record, and a loonwaarde.
    pub(super) fn of_opdracht(
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
        let kandidaat = entry.record.get("kandidaat").cloned();
        let parties = Parties::of(entry);
        incoming.insert("opdracht".to_owned(), json!(opdracht));
        if let Some(kandidaat) = kandidaat {
            incoming.insert("kandidaat".to_owned(), kandidaat);
        }
        let id = if ENTRIES.contains(&kind) {
            let (sealer, key) = (self.scope.sealer, self.scope.mapping.record_key(kind));
            let first = entry_id(sealer, kind, opdracht, key, &incoming, 0);
            let seen = repeats.entry(first).or_default();
            let nth = *seen;
            *seen += 1;
            entry_id(sealer, kind, opdracht, key, &incoming, nth)
        } else {
            derived(kind, opdracht)
        };
        let actors = parties
            .as_ref()
            .map(|parties| parties.actors(&self.scope.sender.code))
            .unwrap_or_default();
        let on_record = self.overlay.record(&id).is_some();
        let speaks = match kind {
            Kind::Loonwaarde => !actors.is_empty(),
            Kind::Rapportage if on_record => !actors.is_empty(),
            _ => actors.contains(&Actor::Uitvoerder),
        };
        if !speaks {
            let place = self.element.place.clone();
            // an opdrachtgever that answers a rapportage must name it as it was sent
            let fault = if kind == Kind::Rapportage && !actors.is_empty() {
                faults::unknown(kind, place)
            } else {
                faults::no_party(kind, place)
            };
            self.faults.push(fault);
            return;
        }
        if kind == Kind::Loonwaarde {
            for sum in wage_value_sums(&incoming) {
                let place = self.element.place_of(kind, sum.pointer());
                self.out.remarks.push(faults::wage_value(sum, place));
            }
        }
        let roles = self.roles(parties.as_ref(), actors.contains(&Actor::Uitvoerder));
        self.apply(Saying {
            actors,
            ..Saying::new(kind, id, incoming, roles)
        });
    }
}
