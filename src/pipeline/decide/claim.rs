//! What an uitvoerder asks or claims of an opdrachtgever, and what that answers: a verzoek, a declaratie.

use crate::canonical::Kind;
use crate::canonical::OrgCode;
use crate::canonical::Record;
use crate::mapping::RecordRole;
use crate::pipeline::decide::Step;
use crate::pipeline::decide::apply::Saying;
use crate::pipeline::decide::parties::Parties;
use crate::pipeline::faults;
use crate::pipeline::identify::Identified;
use crate::pipeline::view::Entry;
use crate::schema::Owner;
use serde_json::json;
use uuid::Uuid;

/// What a new one says, that an answer to it need not repeat.
const fn needed(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Verzoek => &["soort"],
        Kind::Declaratie => &["bedrag"],
        _ => &[],
    }
}

/// The number under which an uitvoerder knows its own.
const fn reference(kind: Kind) -> &'static str {
    match kind {
        Kind::Declaratie => "/referentie",
        _ => "/referentieAanbieder",
    }
}

impl Step<'_> {
    /// Writes a verzoek or declaratie. Its uitvoerder makes it: about an opdracht, or about a kandidaat of whom it shares
    /// a case with the opdrachtgever. From then on either party says its own part, and it stays about what it was about.
    pub(super) fn claim(
        &mut self,
        kind: Kind,
        known: Option<Uuid>,
        opdracht: Option<Uuid>,
        Identified {
            kandidaat, product, ..
        }: Identified,
    ) {
        let Some(mut incoming) = self.bundle.records.remove(&kind) else {
            return;
        };
        if self.scope.mapping.role(kind) == RecordRole::Reference {
            return;
        }
        let on_record = known.and_then(|id| self.overlay.record(&id)).cloned();
        let parties = match &on_record {
            Some(entry) => {
                self.check_same(kind, entry, &incoming, opdracht);
                incoming.remove("opdrachtgever");
                incoming.remove("uitvoerder");
                Parties::of(entry)
            }
            None => self.claimed(kind, &mut incoming, opdracht.or(product), kandidaat),
        };
        let Some(parties) = parties else { return };
        if kind == Kind::Verzoek {
            let about = on_record.unwrap_or_else(|| Entry::of(kind, incoming.clone()));
            let opdracht = opdracht.or(about.reference("opdracht"));
            self.products(&mut incoming, &about, opdracht);
        }
        let id = known.unwrap_or_else(|| self.scope.ids.next(self.scope.now));
        let roles = self.roles(Some(&parties), false);
        self.apply(Saying {
            actors: parties.actors(&self.scope.sender.code),
            ..Saying::new(kind, id, incoming, roles)
        });
        self.number_and_link(kind, id);
    }

    /// Holds what is said of one on record to whom it is between and what it is about: under a reference that was used
    /// before, something else would reach another opdrachtgever, or count for another person.
    fn check_same(&mut self, kind: Kind, entry: &Entry, said: &Record, opdracht: Option<Uuid>) {
        for side in ["opdrachtgever", "uitvoerder"] {
            if self.names_another(said, side, entry.party(side)) {
                let place = self.element.place_of(kind, &format!("/{side}"));
                self.faults.push(faults::party_changes(side, place));
            }
        }
        let about = entry.reference("opdracht");
        // an opdrachtgever may name the opdracht that came of what was asked
        let of_uitvoerder = entry.party("uitvoerder") == Some(self.scope.sender.code.as_str());
        if opdracht.is_some() && opdracht != about && (about.is_some() || of_uitvoerder) {
            let place = self.element.place_of(kind, reference(kind));
            self.faults.push(faults::about_another(kind, place));
        }
    }

    /// Whether what is said names somebody else as a party than who it is.
    fn names_another(&self, said: &Record, side: &str, party: Option<&str>) -> bool {
        said.get(side).is_some_and(|named| {
            let named = self.scope.directory.party(named);
            named.map(|org| org.code.as_str()) != party
        })
    }

    /// The parties of a new one, which are put in it with what it is about. `None` is a fault.
    fn claimed(
        &mut self,
        kind: Kind,
        incoming: &mut Record,
        opdracht: Option<Uuid>,
        kandidaat: Option<Uuid>,
    ) -> Option<Parties> {
        let sender = self.scope.sender.code.clone();
        if !self.scope.sender.has_role(Owner::P) {
            let place = self.place_of_number(kind);
            self.faults.push(faults::unknown(kind, place));
            return None;
        }
        let case = opdracht.and_then(|id| self.overlay.record(&id)).cloned();
        let about = case
            .as_ref()
            .and_then(|entry| entry.reference("kandidaat"))
            .or(kandidaat.filter(|id| self.is_linked(*id)));
        let opdrachtgever = match &case {
            Some(entry) => {
                if self.names_another(incoming, "opdrachtgever", entry.party("opdrachtgever")) {
                    let place = self.element.place_of(kind, "/opdrachtgever");
                    self.faults
                        .push(faults::party_changes("opdrachtgever", place));
                }
                Parties::of(entry).map(|parties| parties.opdrachtgever)
            }
            None => self.named_opdrachtgever(kind, incoming),
        }?;
        let uitvoerder = match &case {
            Some(entry) => entry.party("uitvoerder").map(str::to_owned),
            None => about.and_then(|kandidaat| {
                let links = self.overlay.links(&kandidaat).into_iter();
                let mut shared = links.filter(|link| link.opdrachtgever == opdrachtgever);
                shared
                    .any(|link| link.uitvoerder == sender)
                    .then(|| sender.to_string())
            }),
        };
        if self.names_another(incoming, "uitvoerder", Some(sender.as_str())) {
            let place = self.element.place_of(kind, "/uitvoerder");
            self.faults.push(faults::other_sender(place));
        }
        let place = self.place_of_number(kind);
        if about.is_none() {
            self.faults.push(faults::unknown(Kind::Kandidaat, place));
            return None;
        }
        if uitvoerder.as_deref() != Some(sender.as_str()) {
            self.faults.push(faults::no_party(kind, place));
            return None;
        }
        if !self.agreed(&opdrachtgever, &sender, kind) {
            self.faults.push(faults::no_agreement(kind, place));
            return None;
        }
        let lacks = needed(kind)
            .iter()
            .filter(|name| !incoming.contains_key(**name));
        for name in lacks.copied().collect::<Vec<_>>() {
            self.lacking(kind, name);
        }
        let said = [
            ("kandidaat", about.map(|id| json!(id))),
            ("opdracht", opdracht.map(|id| json!(id))),
            ("opdrachtgever", Some(json!({ "code": opdrachtgever }))),
            ("uitvoerder", Some(json!({ "code": sender }))),
        ];
        for (name, value) in said {
            incoming.remove(name);
            incoming.extend(value.map(|value| (name.to_owned(), value)));
        }
        Some(Parties {
            opdrachtgever,
            uitvoerder: Some(sender),
        })
    }

    fn named_opdrachtgever(&mut self, kind: Kind, incoming: &Record) -> Option<OrgCode> {
        let place = self.element.place_of(kind, "/opdrachtgever");
        let found = incoming
            .get("opdrachtgever")
            .and_then(|party| self.scope.directory.party(party))
            .map(|org| org.code.clone());
        if found.is_none() {
            self.faults
                .push(faults::unknown_party("opdrachtgever", place));
        }
        found
    }
}
