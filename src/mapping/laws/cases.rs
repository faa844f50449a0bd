use crate::adapters;
use crate::adapters::Limits;
use crate::canonical::Bundle;
use crate::document::Document;
use crate::document::Fault;
use crate::mapping::Case;
use crate::mapping::Direction;
use crate::mapping::Mapping;
use crate::mapping::Per;
use crate::mapping::cases::bundle;
use crate::mapping::laws::Breach;
use crate::mapping::laws::Counterexample;
use crate::mapping::laws::Origin;
use crate::mapping::laws::generate;
use crate::mapping::laws::trip::Trip;
use serde_json::Value as Json;

/// What came of trying the laws on the cases of a mapping.
#[derive(Debug, Default)]
pub struct CaseLaws {
    /// Documents they were tried on: written again, or written from the records of a case.
    pub documents: usize,
    /// Those they do not hold for.
    pub found: Vec<Counterexample>,
}

/// Tries the laws on the cases of a mapping that goes both ways. What a case gives to read must be stable after one round,
/// as far as it is taken and can be written; what a case gives to write must come back, where all of it is written.
/// `files` gives the bytes of a file by its path under `mappings/`.
#[must_use]
pub fn check(mapping: &Mapping, files: &dyn Fn(&str) -> Option<Vec<u8>>) -> CaseLaws {
    let mut tried = CaseLaws::default();
    if mapping.direction() != Direction::Both {
        return tried;
    }
    for case in mapping.cases() {
        let given = case
            .given
            .as_ref()
            .and_then(|given| mapping.bytes(given, files).ok());
        let document = given.and_then(|bytes| {
            let read = adapters::decode(&bytes, mapping.wire(), &Limits::default());
            read.ok()
        });
        if let Some(document) = document {
            tried.again(mapping, case, &document);
        }
        tried.back(mapping, case);
    }
    tried
}

impl CaseLaws {
    /// What a case gives to read, written again.
    fn again(&mut self, mapping: &Mapping, case: &Case, document: &Document) {
        let context = generate::context();
        let trip = Trip {
            mapping,
            context: &context,
        };
        for bundles in rewritable(&trip, document) {
            self.documents += 1;
            let held = trip.stable(&bundles);
            self.note(&trip, case, &bundles, held);
        }
    }

    /// What a case gives to write, read back. What the format has no place for does not come back, and the case says so.
    fn back(&mut self, mapping: &Mapping, case: &Case) {
        let bundles = case.bundles.iter().flatten().map(bundle);
        let Ok(bundles) = bundles.collect::<Result<Vec<_>, _>>() else {
            return;
        };
        let trip = Trip {
            mapping,
            context: &case.bericht,
        };
        let whole = !bundles.is_empty()
            && mapping.encode(&case.bericht, &bundles).faults.is_empty()
            && mapping.unwritten(&case.bericht, &bundles).is_empty();
        if whole {
            self.documents += 1;
            let held = trip.comes_back(&bundles);
            self.note(&trip, case, &bundles, held);
        }
    }

    fn note(&mut self, trip: &Trip<'_>, case: &Case, bundles: &[Bundle], held: Result<(), Breach>) {
        if let Err(why) = held {
            let origin = Origin::Case(case.name.clone());
            self.found
                .push(*Counterexample::of(trip, origin, why, bundles));
        }
    }
}

/// Whether a document of a mapping that goes both ways is stable after one round: what it says, written, read and
/// written again, is the same document. Gives how many documents were written of it: none of a mapping that goes one
/// way, or where nothing of it can be taken and written.
pub fn stable(mapping: &Mapping, document: &Document) -> Result<usize, Breach> {
    if mapping.direction() != Direction::Both {
        return Ok(0);
    }
    let context: Json = generate::context();
    let trip = Trip {
        mapping,
        context: &context,
    };
    let documents = rewritable(&trip, document);
    for bundles in &documents {
        trip.stable(bundles)?;
    }
    Ok(documents.len())
}

/// The records of a document, for each document that they are written to: those that are taken and can be written.
fn rewritable(trip: &Trip<'_>, document: &Document) -> Vec<Vec<Bundle>> {
    let decoded = trip.mapping.decode(document);
    if decoded.faults.iter().any(Fault::refuses) {
        return Vec::new();
    }
    let taken = decoded.elements.into_iter().filter(|element| {
        let refused = element.faults.iter().any(Fault::refuses);
        !refused && element.was.is_none() && !element.merges
    });
    let written = taken.map(|element| element.bundle).filter(|bundle| {
        let encoded = trip
            .mapping
            .encode(trip.context, std::slice::from_ref(bundle));
        !encoded.faults.iter().any(Fault::refuses)
    });
    match trip.mapping.per() {
        Per::Record => written.map(|bundle| vec![bundle]).collect(),
        Per::Message => {
            let together: Vec<Bundle> = written.collect();
            if together.is_empty() {
                Vec::new()
            } else {
                vec![together]
            }
        }
    }
}
