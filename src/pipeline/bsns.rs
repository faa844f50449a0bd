use crate::canonical::Kind;
use crate::document::Fault;
use crate::mapping::Element;
use crate::pipeline::faults;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;

/// The BSNs of one message. When two elements give one BSN different content, nobody can know which is right, so none
/// that has it is taken.
///
/// Of each BSN and what goes with it a keyed hash of 64 bits is kept, so that a message of any length can be gone through
/// twice without being held: first [`Bsns::see`] for every element, then [`Bsns::refuse`].
#[derive(Default)]
pub struct Bsns {
    hash: RandomState,
    seen: HashMap<u64, Seen>,
}

struct Seen {
    /// What the first element with this BSN says of the person.
    person: u64,
    differs: bool,
    /// Elements with nothing else against them.
    fit: usize,
}

impl Bsns {
    /// Notes the BSN of an element, if it has one.
    pub fn see(&mut self, element: &Element) {
        let Some(bsn) = element.bundle.text(Kind::Kandidaat, "bsn") else {
            return;
        };
        let person = self.hash.hash_one(element.bundle.record(Kind::Kandidaat));
        let fit = usize::from(!element.faults.iter().any(Fault::refuses));
        match self.seen.entry(self.hash.hash_one(bsn)) {
            Entry::Vacant(entry) => {
                entry.insert(Seen {
                    person,
                    differs: false,
                    fit,
                });
            }
            Entry::Occupied(mut entry) => {
                let seen = entry.get_mut();
                seen.differs |= seen.person != person;
                seen.fit += fit;
            }
        }
    }

    /// Refuses every element whose BSN was seen with different content.
    pub fn refuse(&self, elements: &mut [Element]) {
        for element in elements {
            let bsn = element.bundle.text(Kind::Kandidaat, "bsn");
            let seen = bsn.and_then(|bsn| self.seen.get(&self.hash.hash_one(bsn)));
            if seen.is_some_and(|seen| seen.differs) {
                let place = element.place_of(Kind::Kandidaat, "/bsn");
                element.faults.push(faults::double_bsn(place));
            }
        }
    }

    /// How many elements are refused that have nothing else against them.
    #[must_use]
    pub fn refused(&self) -> usize {
        let differing = self.seen.values().filter(|seen| seen.differs);
        differing.map(|seen| seen.fit).sum()
    }
}
