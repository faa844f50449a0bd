//! Taking out what a sender cannot say.

use crate::canonical::Kind;
use crate::canonical::OwnWord;
use crate::canonical::RAW;
use crate::canonical::STATES;
use crate::document::Fault;
use crate::pipeline::decide::Step;
use crate::pipeline::faults;
use crate::pipeline::view::REFERENCES;
use crate::privacy::holds_bsn;
use crate::schema::Owner;
use serde_json::Value;

/// What a case or what hangs on one always has: "no value" is no answer to it.
const FIXED: [&str; 3] = ["status", "opdrachtgever", "uitvoerder"];

/// Whether an attribute stands for its sender alone and is not on the record that others share: there only a word can
/// be kept, not that there is none.
fn is_own(kind: Kind, attribute: &str) -> bool {
    kind == Kind::Kandidaat
        && OwnWord::about(attribute).is_some_and(|word| word.strictest.is_none())
}

impl Step<'_> {
    /// Takes out what a sender cannot say: what only the gateway fills (owner GW alone), a BSN without a ground or
    /// under another name, and a state or raw value in the place of what a record always has.
    pub(super) fn strip(&mut self) {
        for kind in [Kind::Organisatie, Kind::Overeenkomst] {
            if self.bundle.records.remove(&kind).is_some() {
                self.faults
                    .push(faults::not_allowed(kind, self.element.place.clone()));
            }
        }
        let kinds: Vec<Kind> = self.bundle.records.keys().copied().collect();
        for kind in kinds {
            self.strip_gateways(kind);
            self.strip_pointers(kind, STATES);
            self.strip_pointers(kind, RAW);
        }
        if self.scope.sender.bsn_ground.is_none()
            && let Some(kandidaat) = self.bundle.records.get_mut(&Kind::Kandidaat)
            && kandidaat.remove("bsn").is_some()
        {
            let place = self.element.place_of(Kind::Kandidaat, "/bsn");
            self.out.remarks.push(faults::bsn_without_ground(place));
        }
    }

    /// Whether only the gateway fills an attribute, or the schema does not know it.
    fn is_gateways(&self, kind: Kind, attribute: &str) -> bool {
        self.scope
            .schemas
            .attribute(kind, attribute)
            .is_none_or(|known| known.owner.iter().all(|owner| *owner == Owner::Gw))
    }

    fn strip_gateways(&mut self, kind: Kind) {
        let Some(record) = self.bundle.record(kind) else {
            return;
        };
        let names: Vec<String> = record
            .keys()
            .filter(|name| *name != STATES && *name != RAW && self.is_gateways(kind, name))
            .cloned()
            .collect();
        for name in names {
            self.bundle.record_mut(kind).remove(&name);
            // what the gateway delivers holds references, so that they come back is no mistake
            if !REFERENCES.contains(&name.as_str()) {
                self.not_taken(kind, &format!("/{name}"), &name);
            }
        }
    }

    /// Takes out states or raw values that would stand in the place of something else.
    fn strip_pointers(&mut self, kind: Kind, member: &str) {
        let Some(Value::Object(map)) = self
            .bundle
            .records
            .get_mut(&kind)
            .and_then(|r| r.remove(member))
        else {
            return;
        };
        let mut kept = serde_json::Map::new();
        for (pointer, value) in map {
            let attribute = pointer.split('/').nth(1).unwrap_or_default().to_owned();
            let holds_bsn =
                member == RAW && (attribute == "bsn" || value.as_str().is_some_and(holds_bsn));
            let fixed = kind != Kind::Werkprofiel && FIXED.contains(&attribute.as_str());
            if holds_bsn {
                let place = self.element.place_of(kind, &pointer);
                self.out.remarks.push(faults::raw_bsn(place));
            } else if fixed || self.is_gateways(kind, &attribute) || is_own(kind, &attribute) {
                if member == RAW {
                    self.not_taken(kind, &pointer, &attribute);
                }
            } else {
                kept.insert(pointer, value);
            }
        }
        if !kept.is_empty() {
            self.bundle
                .record_mut(kind)
                .insert(member.to_owned(), Value::Object(kept));
        }
    }

    fn not_taken(&mut self, kind: Kind, pointer: &str, attribute: &str) {
        let place = self.element.place_of(kind, pointer);
        let title = self.scope.schemas.attribute(kind, attribute);
        let fault: Fault = title.map_or_else(
            || faults::not_taken(attribute, attribute, place.clone()),
            |known| faults::not_taken(&known.title.nl, &known.title.en, place.clone()),
        );
        self.out.remarks.push(fault);
    }
}
