//! Who may speak about which record, and as what.

use crate::canonical::Actor;
use crate::canonical::Kind;
use crate::canonical::OrgCode;
use crate::canonical::Record;
use crate::document::Fault;
use crate::mapping::Element;
use crate::mapping::RecordRole;
use crate::pipeline::decide::Step;
use crate::pipeline::directory::Directory;
use crate::pipeline::directory::Organisation;
use crate::pipeline::faults;
use crate::pipeline::identify::Identified;
use crate::pipeline::view::Entry;
use crate::schema::Owner;
use serde_json::Value;
use uuid::Uuid;

/// The two parties of a verwijzing or opdracht.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Parties {
    pub(super) opdrachtgever: OrgCode,
    pub(super) uitvoerder: Option<OrgCode>,
}

impl Parties {
    /// Those of a case on record.
    pub(crate) fn of(case: &Entry) -> Option<Self> {
        let code = |side| case.party(side).and_then(|code| OrgCode::parse(code).ok());
        Some(Self {
            opdrachtgever: code("opdrachtgever")?,
            uitvoerder: code("uitvoerder"),
        })
    }

    /// As what parties of the case an organisation speaks.
    pub(crate) fn actors(&self, sender: &OrgCode) -> Vec<Actor> {
        let opdrachtgever = (self.opdrachtgever == *sender).then_some(Actor::Opdrachtgever);
        let uitvoerder = (self.uitvoerder.as_ref() == Some(sender)).then_some(Actor::Uitvoerder);
        opdrachtgever.into_iter().chain(uitvoerder).collect()
    }
}

impl Step<'_> {
    pub(super) fn check_references(&mut self, known: &Identified) {
        for (kind, found) in [
            (Kind::Verwijzing, known.verwijzing),
            (Kind::Opdracht, known.opdracht),
            (
                Kind::Kandidaat,
                known.kandidaat.filter(|id| self.knows(*id)),
            ),
            (Kind::Verzoek, known.verzoek),
            (Kind::Declaratie, known.declaratie),
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
        if let Some(entry) = known.and_then(|id| self.overlay.record(&id)) {
            let parties = Parties::of(entry)?;
            return Some(self.known_parties(kind, &record, parties));
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
        Some(Parties {
            opdrachtgever: sender.clone(),
            uitvoerder: self.named_uitvoerder(kind, record.get("uitvoerder")),
        })
    }

    /// The parties of a case on record. They stay who they are, and are told so when a message says otherwise; only
    /// an uitvoerder that was not named yet can be named later, by the opdrachtgever.
    fn known_parties(&mut self, kind: Kind, record: &Record, mut parties: Parties) -> Parties {
        let directory = self.scope.directory;
        let named = |side| {
            record
                .get(side)
                .map(|party| directory.party(party).map(|org| org.code.clone()))
        };
        let said = named("opdrachtgever");
        if said.is_some_and(|said| said.as_ref() != Some(&parties.opdrachtgever)) {
            let place = self.element.place_of(kind, "/opdrachtgever");
            self.faults
                .push(faults::party_changes("opdrachtgever", place));
        }
        let said = record.get("uitvoerder");
        if parties.uitvoerder.is_none() && self.scope.mapping.role(kind) == RecordRole::Write {
            if parties.opdrachtgever == self.scope.sender.code {
                parties.uitvoerder = self.named_uitvoerder(kind, said);
            } else if said.is_some() {
                let place = self.element.place_of(kind, "/uitvoerder");
                self.faults.push(faults::no_party(kind, place));
            }
        } else if parties.uitvoerder.is_some()
            && named("uitvoerder").is_some_and(|said| said != parties.uitvoerder)
        {
            let place = self.element.place_of(kind, "/uitvoerder");
            self.faults.push(faults::party_changes("uitvoerder", place));
        }
        parties
    }

    /// The uitvoerder that the sender, who commissions, names for a case: known here, and with an agreement.
    fn named_uitvoerder(&mut self, kind: Kind, said: Option<&Value>) -> Option<OrgCode> {
        let place = self.element.place_of(kind, "/uitvoerder");
        let found = self
            .scope
            .directory
            .party(said?)
            .map(|org| org.code.clone());
        match &found {
            None => self.faults.push(faults::unknown_party("uitvoerder", place)),
            Some(code) if !self.agreed(&self.scope.sender.code, code, kind) => {
                self.faults.push(faults::no_agreement(kind, place));
            }
            Some(_) => {}
        }
        found
    }

    pub(super) fn agreed(&self, one: &OrgCode, other: &OrgCode, kind: Kind) -> bool {
        self.scope
            .directory
            .agreement(one, other, self.scope.now)
            .is_some_and(|agreement| agreement.grant(kind).is_some())
    }

    /// As what the sender speaks about a record.
    pub(super) fn roles(&self, parties: Option<&Parties>, linked: bool) -> Vec<Owner> {
        roles_of(self.scope.sender, parties, linked)
    }
}

/// The uitvoerders that an element names and nobody here is: for one that is refused before its parties are looked at,
/// so that the sender hears of everything at once.
pub(crate) fn unknown_uitvoerders(directory: &Directory, element: &Element) -> Vec<Fault> {
    let unknown = |kind| {
        let said = element.bundle.record(kind)?.get("uitvoerder")?;
        let place = || element.place_of(kind, "/uitvoerder");
        let known = directory.party(said).is_some();
        (!known).then(|| faults::unknown_party("uitvoerder", place()))
    };
    let kinds = [Kind::Verwijzing, Kind::Opdracht].into_iter();
    kinds.filter_map(unknown).collect()
}

/// As what an organisation speaks about a record, by its roles and its part: one of the `parties` of a case, or linked
/// to a person by a case.
pub(crate) fn roles_of(
    organisation: &Organisation,
    parties: Option<&Parties>,
    linked: bool,
) -> Vec<Owner> {
    let code = &organisation.code;
    let speaks_as = |role: &Owner| match role {
        Owner::O => parties.is_none_or(|parties| parties.opdrachtgever == *code),
        Owner::P => {
            linked || parties.is_some_and(|parties| parties.uitvoerder.as_ref() == Some(code))
        }
        _ => true,
    };
    organisation
        .roles
        .iter()
        .copied()
        .filter(speaks_as)
        .collect()
}
