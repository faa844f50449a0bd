//! What a message says about the kandidaat and the werkprofiel.

use crate::canonical::Kind;
use crate::mapping::RecordRole;
use crate::pipeline::decide::Step;
use crate::pipeline::faults;
use crate::pipeline::identify::Identified;
use crate::pipeline::identify::derived;
use crate::pipeline::identify::keys;
use crate::schema::Owner;
use serde_json::Value;
use serde_json::json;
use uuid::Uuid;

/// The member of a stored kandidaat that holds each organisation's own number for it. Not in the schema: nobody can
/// send it, and the filter lets nothing through that the schema does not name.
pub(crate) const OWN_NUMBERS: &str = "klantnummers";

impl Step<'_> {
    /// Writes what is said about the kandidaat. The outer `None` is a fault; the inner `None` is nobody.
    #[allow(clippy::option_option)]
    pub(super) fn kandidaat(&mut self, known: &Identified) -> Option<Option<Uuid>> {
        let Some(mut incoming) = self.bundle.records.remove(&Kind::Kandidaat) else {
            return Some(known.kandidaat);
        };
        if self.scope.mapping.role(Kind::Kandidaat) == RecordRole::Reference {
            return Some(known.kandidaat);
        }
        let linked = known.kandidaat.is_some_and(|id| self.is_linked(id));
        let may_make = [Owner::G, Owner::U, Owner::O, Owner::W]
            .into_iter()
            .any(|role| self.scope.sender.has_role(role));
        if !linked && !may_make {
            let place = self.place_of_number(Kind::Kandidaat);
            let place = if self.element.bundle.record(Kind::Kandidaat).is_some() {
                place
            } else {
                self.element.place.clone()
            };
            self.faults
                .push(faults::not_allowed(Kind::Kandidaat, place));
            return None;
        }
        let id = known
            .kandidaat
            .unwrap_or_else(|| self.scope.ids.next(self.scope.now));
        let numbers = keys(self.scope.sealer, Kind::Kandidaat, &incoming);
        let bsn = incoming.remove("bsn");
        if let Some(number) = incoming.remove("klantnummer") {
            let own = self.own_numbers(id, number);
            incoming.insert(OWN_NUMBERS.to_owned(), own);
        }
        if let (Some(Value::String(bsn)), Some((_, key))) = (
            &bsn,
            numbers.iter().find(|(attribute, _)| *attribute == "bsn"),
        ) {
            let has_other = self
                .overlay
                .record(&id)
                .is_some_and(|entry| entry.sources.of("bsn").is_some())
                && !self.overlay.identified(key).iter().any(|(_, of)| *of == id);
            if has_other {
                let place = self.element.place_of(Kind::Kandidaat, "/bsn");
                self.faults.push(faults::clash(place));
                return None;
            }
            match self.scope.sealer.seal(&bsn_context(id), bsn.as_bytes()) {
                Ok(sealed) => self.out.bsns.push((id, sealed)),
                Err(_) => return None,
            }
        }
        let roles = self.roles(None, linked);
        self.apply(
            Kind::Kandidaat,
            id,
            &incoming,
            &roles,
            bsn.is_some().then_some("bsn"),
        );
        for (attribute, key) in numbers {
            let by = if attribute == "bsn" {
                String::new()
            } else {
                self.scope.sender.code.to_string()
            };
            self.overlay.identities.push((key, by, id));
        }
        Some(Some(id))
    }

    /// The numbers that organisations have given a kandidaat, with the sender's new one. Each goes back to its own
    /// organisation only.
    pub(super) fn own_numbers(&self, kandidaat: Uuid, number: Value) -> Value {
        let mut numbers = self
            .overlay
            .record(&kandidaat)
            .and_then(|entry| entry.record.get(OWN_NUMBERS)?.as_object().cloned())
            .unwrap_or_default();
        numbers.insert(self.scope.sender.code.to_string(), number);
        Value::Object(numbers)
    }

    pub(super) fn is_linked(&self, kandidaat: Uuid) -> bool {
        self.overlay.links(&kandidaat).iter().any(|link| {
            link.uitvoerder == self.scope.sender.code
                || link.opdrachtgever == self.scope.sender.code
        })
    }

    pub(super) fn werkprofiel(&mut self, kandidaat: Option<Uuid>) {
        let Some(mut incoming) = self.bundle.records.remove(&Kind::Werkprofiel) else {
            return;
        };
        let Some(kandidaat) = kandidaat else {
            let place = self.element.place.clone();
            self.faults.push(faults::unknown(Kind::Kandidaat, place));
            return;
        };
        incoming.insert("kandidaat".to_owned(), json!(kandidaat));
        let roles = self.roles(None, self.is_linked(kandidaat));
        let id = derived(Kind::Werkprofiel, kandidaat);
        self.apply(Kind::Werkprofiel, id, &incoming, &roles, None);
    }
}

/// The sealing context of a kandidaat's BSN.
pub(crate) fn bsn_context(kandidaat: Uuid) -> String {
    format!("bsn:{kandidaat}")
}
