//! What one element of a message does to the record. Pure: everything it needs was read before, everything it does
//! is a list of writes.

mod apply;
mod case;
mod check;
mod claim;
mod parties;
mod person;
mod products;
mod strip;
#[cfg(test)]
mod tests;
mod was;
mod words;

pub(crate) use parties::Parties;
pub(crate) use parties::roles_of;
pub(crate) use parties::unknown_uitvoerders;
pub(crate) use person::OWN_NUMBERS;
pub(crate) use person::bsn_context;
pub(crate) use products::with_product;

use crate::canonical::Bundle;
use crate::canonical::Contribution;
use crate::canonical::IdSource;
use crate::canonical::Kind;
use crate::document::Fault;
use crate::mapping::Element;
use crate::mapping::Mapping;
use crate::pipeline::answer::RecordAnswer;
use crate::pipeline::directory::Directory;
use crate::pipeline::directory::Organisation;
use crate::pipeline::identify::ENTRIES;
use crate::pipeline::identify::identify;
use crate::pipeline::propose::Word;
use crate::pipeline::view::Entry;
use crate::pipeline::view::Overlay;
use crate::pipeline::view::View;
use crate::schema::Schemas;
use crate::sealing::Sealer;
use crate::store::IdentityKey;
use crate::store::Link;
use crate::store::VersionRow;
use jiff::Timestamp;
use std::collections::HashMap;
use uuid::Uuid;

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
    /// Whether anything changed that could be told to others.
    pub changed: bool,
    /// The attributes that changed.
    pub attributes: Vec<String>,
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
    /// Kandidaten that got a BSN by which others know another kandidaat. For the functioneel beheerder: the sender must
    /// not hear that others know the person.
    pub doubles: Vec<Uuid>,
    pub words: Vec<Word>,
    pub changes: Vec<Change>,
    pub answers: Vec<RecordAnswer>,
    pub remarks: Vec<Fault>,
}

impl Accepted {
    /// The record of a kind that the element made or changed, or would have if anything were new.
    pub(crate) fn id_of(&self, kind: Kind) -> Option<Uuid> {
        let of = self.changes.iter().find(|change| change.kind == kind);
        of.map(|change| change.id)
    }
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

impl Step<'_> {
    fn run(&mut self, repeats: &mut HashMap<Uuid, u32>) {
        self.strip();
        let known = match identify(
            self.element,
            &self.bundle,
            &self.overlay,
            self.scope.sealer,
            self.scope.sender,
            self.scope.directory,
            self.scope.mapping.record_key(Kind::Opdracht),
        ) {
            Ok(known) => known,
            Err(faults) => return self.faults.extend(faults),
        };
        self.check_references(&known);
        self.check_was(&known);
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
        for kind in ENTRIES {
            self.of_opdracht(kind, opdracht, repeats);
        }
        self.claim(Kind::Verzoek, known.verzoek, opdracht, known);
        self.claim(Kind::Declaratie, known.declaratie, opdracht, known);
    }
}
