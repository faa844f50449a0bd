//! The products of a request for a change (iWmo 317): each of them an assignment of the same person, between the same two.

use crate::canonical::Kind;
use crate::canonical::Record;
use crate::pipeline::decide::Step;
use crate::pipeline::faults;
use crate::pipeline::identify::PRODUCTS;
use crate::pipeline::identify::listed;
use crate::pipeline::view::Entry;
use serde_json::Value;
use serde_json::json;
use std::collections::HashSet;
use uuid::Uuid;

const CHANGES: &str = PRODUCTS[0];
/// What a request about one assignment can say of it beside its list.
const OWN: [&str; 5] = ["product", "ingangsdatum", "einddatum", "omvang", "budget"];

impl Step<'_> {
    /// Holds every product that a request names to the person and the parties that it is about, and puts one that is
    /// named by the opdracht alone in the list.
    pub(super) fn products(&mut self, said: &mut Record, about: &Entry, opdracht: Option<Uuid>) {
        let is_change = is_change(said) || is_change(&about.record);
        if !is_change || about.party("uitvoerder") != Some(self.scope.sender.code.as_str()) {
            return;
        }
        let is_new = about.version == 0;
        let entry = opdracht.and_then(|id| self.overlay.record(&id));
        let number = entry.and_then(|entry| entry.text("toewijzingsnummer"));
        if let Some(number) = number.filter(|_| !said.contains_key(CHANGES)) {
            list_alone(said, number, is_new);
        }
        if is_new && opdracht.is_none() && !said.contains_key(CHANGES) {
            self.lacking(Kind::Verzoek, CHANGES);
        }
        let mut seen = HashSet::new();
        for (pointer, key) in listed(self.scope.sealer, Kind::Verzoek, said) {
            let place = self.element.place_of(Kind::Verzoek, &pointer);
            let is_meant = |id: &Uuid| {
                self.overlay.record(id).is_some_and(|entry| {
                    let same = |side| entry.party(side) == about.party(side);
                    same("opdrachtgever")
                        && same("uitvoerder")
                        && entry.reference("kandidaat") == about.reference("kandidaat")
                })
            };
            let found = self.overlay.identified(&key);
            if !found.iter().any(|(_, id)| is_meant(id)) {
                self.faults.push(faults::unknown(Kind::Opdracht, place));
            } else if !seen.insert(key) {
                self.faults.push(faults::product_twice(place));
            }
        }
    }
}

/// Puts what a request says of one assignment beside its list in that list, by the number of the assignment. One about
/// which nothing else is said, and that has no list, gets an item too if `always`: that it is meant is said.
fn list_alone(said: &mut Record, number: &str, always: bool) {
    let says = OWN.iter().any(|name| said.contains_key(*name));
    let is_listed = said.contains_key(CHANGES);
    if !says && (is_listed || !always) {
        return;
    }
    let own = OWN.iter();
    let own: Vec<_> = own.filter_map(|name| said.remove_entry(*name)).collect();
    let list = said
        .entry(CHANGES)
        .or_insert_with(|| Value::Array(Vec::new()));
    let Value::Array(items) = list else { return };
    let is_it =
        |item: &Value| item.get("toewijzingsnummer").and_then(Value::as_str) == Some(number);
    let at = items.iter().position(is_it).unwrap_or_else(|| {
        items.push(json!({ "toewijzingsnummer": number }));
        items.len() - 1
    });
    if let Some(item) = items.get_mut(at).and_then(Value::as_object_mut) {
        for (name, value) in own {
            item.entry(name).or_insert(value);
        }
    }
}

/// The same of a request that is on record, for whoever gets it: its assignment may have had no number when it was asked,
/// and have one now.
pub(crate) fn with_product(request: &mut Record, assignment: Option<&Entry>) {
    let number = assignment.and_then(|entry| entry.text("toewijzingsnummer"));
    if let Some(number) = number.filter(|_| is_change(request)) {
        list_alone(request, number, true);
    }
}

fn is_change(request: &Record) -> bool {
    request.get("soort").and_then(Value::as_str) == Some("wijziging")
}
