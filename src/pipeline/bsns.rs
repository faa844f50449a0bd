use crate::canonical::Kind;
use crate::document::Fault;
use crate::mapping::Element;
use crate::pipeline::faults;
use foldhash::quality::RandomState;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::BuildHasher;

/// The BSNs of one message. When two elements give one BSN different content, nobody can know which is right, so none
/// that has it is taken. An element that is refused for something else says nothing of the person: what is wrong with it
/// may be the very difference, and it is sent again.
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
    elements: usize,
}

impl Bsns {
    /// Notes the BSN of an element with nothing against it, if it has one.
    pub fn see(&mut self, element: &Element) {
        let Some(bsn) = said_by(element) else {
            return;
        };
        let person = self.hash.hash_one(element.bundle.record(Kind::Kandidaat));
        match self.seen.entry(self.hash.hash_one(bsn)) {
            Entry::Vacant(entry) => {
                entry.insert(Seen {
                    person,
                    differs: false,
                    elements: 1,
                });
            }
            Entry::Occupied(mut entry) => {
                let seen = entry.get_mut();
                seen.differs |= seen.person != person;
                seen.elements += 1;
            }
        }
    }

    /// Refuses every element that was seen whose BSN came with different content.
    pub fn refuse(&self, elements: &mut [Element]) {
        for element in elements {
            let bsn = said_by(element);
            let seen = bsn.and_then(|bsn| self.seen.get(&self.hash.hash_one(bsn)));
            if seen.is_some_and(|seen| seen.differs) {
                let place = element.place_of(Kind::Kandidaat, "/bsn");
                element.faults.push(faults::double_bsn(place));
            }
        }
    }

    /// How many elements are refused, all of which have nothing else against them.
    #[must_use]
    pub fn refused(&self) -> usize {
        let differing = self.seen.values().filter(|seen| seen.differs);
        differing.map(|seen| seen.elements).sum()
    }
}

/// The BSN of an element that would be taken.
fn said_by(element: &Element) -> Option<&str> {
    let bsn = element.bundle.text(Kind::Kandidaat, "bsn")?;
    (!element.faults.iter().any(Fault::refuses)).then_some(bsn)
}

#[cfg(test)]
mod tests {
    use super::Bsns;
    use crate::canonical::Kind;
    use crate::document::Fault;
    use crate::document::Place;
    use crate::mapping::Element;
    use serde_json::json;

    fn of(bsn: &str, name: &str, faults: Vec<Fault>) -> Element {
        let mut element = Element::default();
        let record = element.bundle.record_mut(Kind::Kandidaat);
        record.insert("bsn".to_owned(), json!(bsn));
        record.insert("geslachtsnaam".to_owned(), json!(name));
        element.faults = faults;
        element
    }

    fn own() -> Vec<Fault> {
        vec![Fault::refused("datum.bestaat", Place::Whole, "Nee.", "No.")]
    }

    fn remark() -> Vec<Fault> {
        vec![Fault::remark("waarde.bewaard", Place::Whole, "Zo.", "So.")]
    }

    /// The codes of each element, and how many are refused for their BSN.
    fn judged(mut elements: Vec<Element>) -> (Vec<Vec<String>>, usize) {
        let mut bsns = Bsns::default();
        for element in &elements {
            bsns.see(element);
        }
        bsns.refuse(&mut elements);
        let codes = |element: &Element| {
            let codes = element.faults.iter().map(|fault| fault.code.to_string());
            codes.collect()
        };
        (elements.iter().map(codes).collect(), bsns.refused())
    }

    #[test]
    fn only_what_would_be_taken_says_who_somebody_is() {
        const A: &str = "999990019";
        const B: &str = "123456782";
        const DOUBLE: &str = "bsn.dubbel";
        const OWN: &str = "datum.bestaat";
        let plain = |bsn, name| of(bsn, name, Vec::new());
        for (elements, expected, refused) in [
            (
                vec![plain(A, "Testpersoon"), plain(A, "Testpersoon")],
                vec![vec![], vec![]],
                0,
            ),
            (
                vec![
                    plain(A, "Testpersoon"),
                    plain(A, "Anders"),
                    plain(B, "Anders"),
                ],
                vec![vec![DOUBLE], vec![DOUBLE], vec![]],
                2,
            ),
            (
                vec![plain(A, "Testpersoon"), of(A, "Anders", own())],
                vec![vec![], vec![OWN]],
                0,
            ),
            (
                vec![
                    of(A, "Anders", own()),
                    plain(A, "Testpersoon"),
                    plain(A, "Testpersoon"),
                ],
                vec![vec![OWN], vec![], vec![]],
                0,
            ),
            (
                vec![
                    plain(A, "Testpersoon"),
                    of(A, "Anders", own()),
                    plain(A, "Derde"),
                ],
                vec![vec![DOUBLE], vec![OWN], vec![DOUBLE]],
                2,
            ),
            (
                vec![plain(A, "Testpersoon"), of(A, "Anders", remark())],
                vec![vec![DOUBLE], vec!["waarde.bewaard", DOUBLE]],
                2,
            ),
        ] {
            assert_eq!(
                judged(elements),
                (
                    expected
                        .into_iter()
                        .map(|codes| codes.into_iter().map(str::to_owned).collect())
                        .collect(),
                    refused
                )
            );
        }
    }
}
