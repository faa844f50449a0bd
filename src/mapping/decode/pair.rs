//! Elements of which two say one thing: what was, and what it becomes.

use crate::document::Fault;
use crate::document::Name;
use crate::document::Node;
use crate::document::Place;
use crate::document::Severity;
use crate::mapping::Decoded;
use crate::mapping::Element;
use crate::mapping::Origin;
use crate::mapping::decode::Reader;
use crate::mapping::decode::each_at;
use crate::mapping::decode::scope::Found;
use crate::mapping::decode::scope::Scope;
use crate::mapping::decode::scope::Trunk;
use crate::mapping::plan::Pair;
use crate::mapping::plan::Source;
use crate::mapping::plan::Way;
use std::collections::HashMap;
use std::collections::HashSet;
use std::collections::VecDeque;

impl Reader<'_> {
    /// Reads elements as their mapping pairs them.
    pub(super) fn pairs(
        &self,
        pair: &Pair,
        elements: &[&Node],
        trunk: Trunk<'_>,
        decoded: &mut Decoded,
    ) {
        let mut places: Vec<Name> = Vec::with_capacity(elements.len());
        let inner = self.plan.inner();
        each_at(trunk.around, trunk.outside, &inner, true, |_, here| {
            places.push(here.into());
        });
        let ways: Vec<Option<Way>> = elements
            .iter()
            .map(|node| Self::way(pair, node, trunk))
            .collect();
        let replaced = Self::replaced(pair, elements, &ways, trunk);
        let made_good: HashSet<usize> = replaced.values().copied().collect();
        let mut index = 0;
        while let Some(&way) = ways.get(index) {
            if made_good.contains(&index) {
                index += 1;
                continue;
            }
            let pairs = way.is_some_and(Way::takes_two);
            let two = pairs && ways.get(index + 1) == Some(&way);
            let old = if two {
                Some(index)
            } else {
                replaced.get(&index).copied()
            };
            let before = old.map(|old| self.aside(elements[old], &places[old], trunk));
            let last = index + usize::from(two);
            self.element(elements[last], trunk, &places[last], decoded);
            index = last + 1;
            let Some(element) = decoded.elements.last_mut() else {
                continue;
            };
            let place = element.place.clone();
            match way {
                None => element.faults.push(not_known(pair, place)),
                Some(Way::Removed) if pair.same.is_empty() => element.faults.push(removed(place)),
                Some(Way::Removed) => element.faults.push(removed_alone(place)),
                Some(_) if pairs && !two => element.faults.push(half(place)),
                Some(Way::Merged) => element.merges = true,
                Some(Way::Added | Way::Changed) => {}
            }
            if let Some(mut before) = before {
                element.faults.append(&mut before.faults);
                element.was = Some(Box::new(before));
            }
        }
    }

    /// Removals that are made good by a later addition of the same thing: the addition, and the removal.
    fn replaced(
        pair: &Pair,
        elements: &[&Node],
        ways: &[Option<Way>],
        trunk: Trunk<'_>,
    ) -> HashMap<usize, usize> {
        let mut found = HashMap::new();
        if pair.same.is_empty() {
            return found;
        }
        let mut open: HashMap<Vec<String>, VecDeque<usize>> = HashMap::new();
        for (index, (node, way)) in elements.iter().zip(ways).enumerate() {
            let same = pair.same.iter();
            let same = same.map(|source| Self::text(source, node, trunk).unwrap_or_default());
            let key: Vec<String> = same.collect();
            // what nothing tells apart is not known to be the same
            if key.iter().all(String::is_empty) {
                continue;
            }
            match way {
                Some(Way::Removed) => open.entry(key).or_default().push_back(index),
                Some(Way::Added) => {
                    let old = open.get_mut(&key).and_then(VecDeque::pop_front);
                    found.extend(old.map(|old| (index, old)));
                }
                _ => {}
            }
        }
        found
    }

    fn way(pair: &Pair, node: &Node, trunk: Trunk<'_>) -> Option<Way> {
        pair.way(&Self::text(&pair.source, node, trunk)?)
    }

    /// The text at a place of an element, if there is one.
    fn text(source: &Source, node: &Node, trunk: Trunk<'_>) -> Option<String> {
        let scope = Scope::Tree {
            trunk: &trunk,
            node,
            here: trunk.whole,
            found: &[],
        };
        match scope.find(source) {
            Found::One(node) => Some(node.as_text()?.trim().to_owned()),
            Found::Nothing | Found::Twice(_) => None,
        }
    }

    /// What was: only what the element itself says. A value in it that cannot be read is not compared, and refuses
    /// nothing, because it is not what is taken.
    fn aside(&self, node: &Node, here: &Name, trunk: Trunk<'_>) -> Element {
        let mut decoded = Decoded::default();
        self.element(node, trunk, here, &mut decoded);
        let mut was = decoded.elements.pop().unwrap_or_default();
        let own =
            |place: &Place| matches!(place, Place::Xml { xpath, .. } if xpath.starts_with(&**here));
        was.faults.retain(|fault| own(&fault.place));
        for fault in &mut was.faults {
            fault.severity = Severity::Remark;
        }
        // with an attribute goes where it came from
        let attribute = |origin: Origin<'_>| {
            let pointer = origin.pointer();
            let name = pointer.split('/').nth(1)?;
            Some((origin.kind, name.to_owned()))
        };
        let of_document = was.origins.iter();
        let of_document = of_document.filter(|origin| !origin.is_in(here));
        let gone: HashSet<_> = of_document.filter_map(attribute).collect();
        for (kind, attribute) in &gone {
            if let Some(record) = was.bundle.records.get_mut(kind) {
                record.remove(attribute);
            }
        }
        was.origins.retain(|origin| {
            let goes = |one| gone.contains(&one);
            origin.is_in(here) && (gone.is_empty() || !attribute(origin).is_some_and(goes))
        });
        was
    }
}

fn not_known(pair: &Pair, mut place: Place) -> Fault {
    if let (Place::Xml { xpath, .. }, Source::Path(source)) = (&mut place, &pair.source) {
        xpath.push_str(&source.label);
    }
    Fault::refused(
        "paar.onbekend",
        place,
        "Hier staat niet wat er met dit onderdeel is gebeurd, of iets dat dit soort bericht niet kent. Stuur een toevoeging of een wijziging.",
        "This does not say what happened to this part, or says something that this kind of message does not know. Send an addition or a change.",
    )
}

fn half(place: Place) -> Fault {
    Fault::refused(
        "paar.helft",
        place,
        "Een wijziging bestaat uit twee onderdelen na elkaar: wat het was en wat het wordt. Hier staat er maar een.",
        "A change is two parts in a row: what it was and what it becomes. There is only one here.",
    )
}

fn removed(place: Place) -> Fault {
    Fault::refused(
        "paar.verwijdering",
        place,
        "Een verwijdering wordt niet uitgevoerd: wat gedeeld is blijft bewaard. Stuur een wijziging met de status die past, zoals ingetrokken.",
        "A removal is not carried out: what was shared is kept. Send a change with the status that fits, such as withdrawn.",
    )
}

fn removed_alone(place: Place) -> Fault {
    Fault::refused(
        "paar.verwijdering",
        place,
        "Een verwijdering alleen wordt niet uitgevoerd: wat gedeeld is blijft bewaard, en de status gaat niet terug. Stuur in hetzelfde bericht daarna wat ervoor in de plaats komt, of overleg met de ontvanger.",
        "A removal alone is not carried out: what was shared is kept, and the status does not go back. Send in the same message, after it, what takes its place, or ask the recipient.",
    )
}
