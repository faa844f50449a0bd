//! What the gateway would say of a message whatever is on record: for whoever tries a file out beside it.

use crate::document::Fault;
use crate::mapping::Element;
use crate::pipeline::faults;
use crate::pipeline::identify::differing_numbers;

/// Refuses elements that the gateway takes from nobody: two people who turned out to be one, and a change of a number.
/// Whether its sender may say so, and what it is a change of, only the gateway knows.
pub fn check_alone(elements: &mut [Element]) {
    for element in elements {
        if element.merges {
            let place = element.place.clone();
            element.faults.push(faults::merge_kept(place));
        } else if !element.faults.iter().any(Fault::refuses) {
            let found = changed_numbers(element);
            element.faults.extend(found);
        }
    }
}

fn changed_numbers(element: &Element) -> Vec<Fault> {
    let Some(was) = &element.was else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for (kind, before) in &was.bundle.records {
        let after = element.bundle.record(*kind);
        for attribute in after
            .into_iter()
            .flat_map(|after| differing_numbers(*kind, before, after))
        {
            let place = element.place_of(*kind, &format!("/{attribute}"));
            found.push(faults::another_was(place));
        }
    }
    found
}
