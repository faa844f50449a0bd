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
        let is_change = [said, &about.record]
            .iter()
            .any(|record| record.get("soort") == Some(&json!("wijziging")));
        if !is_change || about.party("uitvoerder") != Some(self.scope.sender.code.as_str()) {
            return;
        }
        self.single(said, opdracht);
        let is_new = about.version == 0;
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

    /// What is said of one assignment beside the list, as the one item of it.
    fn single(&self, said: &mut Record, opdracht: Option<Uuid>) {
        let entry = opdracht.and_then(|id| self.overlay.record(&id));
        let number = entry.and_then(|entry| entry.text("toewijzingsnummer"));
        if said.contains_key(CHANGES) || !OWN.iter().any(|name| said.contains_key(*name)) {
            return;
        }
        let Some(number) = number else { return };
        let mut item = Record::from_iter([("toewijzingsnummer".to_owned(), json!(number))]);
        for name in OWN {
            item.extend(said.remove(name).map(|value| (name.to_owned(), value)));
        }
        said.insert(CHANGES.to_owned(), Value::Array(vec![Value::Object(item)]));
    }
}
