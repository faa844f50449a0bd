//! Who may speak about which record, and as what.

use crate::canonical::Kind;
use crate::canonical::OrgCode;
use crate::mapping::RecordRole;
use crate::pipeline::decide::Step;
use crate::pipeline::faults;
use crate::pipeline::identify::Identified;
use crate::pipeline::view::Entry;
use crate::schema::Owner;
use uuid::Uuid;

/// The two parties of a verwijzing or opdracht.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Parties {
    pub(super) opdrachtgever: OrgCode,
    pub(super) uitvoerder: Option<OrgCode>,
}

impl Step<'_> {
    pub(super) fn check_references(&mut self, known: &Identified) {
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

    pub(super) fn place_of_number(&self, kind: Kind) -> crate::document::Place {
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
    pub(super) fn parties(&mut self, kind: Kind, known: Option<Uuid>) -> Option<Parties> {
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

    pub(super) fn agreed(&self, one: &OrgCode, other: &OrgCode, kind: Kind) -> bool {
        self.scope
            .directory
            .agreement(one, other, self.scope.now)
            .is_some_and(|agreement| agreement.grant(kind).is_some())
    }

    /// As what the sender speaks about a record.
    pub(super) fn roles(&self, parties: Option<&Parties>, linked: bool) -> Vec<Owner> {
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
}
