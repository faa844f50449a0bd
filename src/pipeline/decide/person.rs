//! What a message says about the kandidaat and the werkprofiel.

use crate::canonical::Kind;
use crate::canonical::OWN_WORDS;
use crate::canonical::OwnWord;
use crate::canonical::Record;
use crate::canonical::forget_states;
use crate::mapping::RecordRole;
use crate::pipeline::decide::Step;
use crate::pipeline::decide::apply::Saying;
use crate::pipeline::faults;
use crate::pipeline::hold::shares_case;
use crate::pipeline::identify::Identified;
use crate::pipeline::identify::derived;
use crate::pipeline::identify::keys;
use crate::pipeline::view::Entry;
use crate::schema::Owner;
use serde_json::Value;
use serde_json::json;
use uuid::Uuid;

/// The member of a stored kandidaat that holds each organisation's own number for it (see [`OWN_WORDS`]).
pub(crate) const OWN_NUMBERS: &str = OWN_WORDS[0].member;

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
            self.faults
                .push(faults::not_allowed(Kind::Kandidaat, place));
            return None;
        }
        let id = known
            .kandidaat
            .unwrap_or_else(|| self.scope.ids.next(self.scope.now));
        let numbers = keys(self.scope.sealer, Kind::Kandidaat, &incoming);
        let sealed = self.seal_bsn(id, &mut incoming)?;
        let own = own_words(&mut incoming);
        self.apply(Saying {
            own,
            bsn: sealed,
            open: linked,
            ..Saying::new(Kind::Kandidaat, id, incoming, self.roles(None, linked))
        });
        for (attribute, key) in numbers {
            let found = self.overlay.identified(&key);
            let of_another = |(issuer, of): &(String, Uuid)| issuer.is_empty() && *of != id;
            let apart = attribute == "bsn" && found.iter().any(of_another);
            let by = if attribute == "bsn" && !apart {
                String::new()
            } else {
                self.scope.sender.code.to_string()
            };
            if apart && !found.iter().any(|(_, of)| *of == id) {
                self.out.doubles.push(id);
            }
            self.overlay.identities.push((key, by, id));
        }
        Some(Some(id))
    }

    /// Takes the BSN out of what is said about a kandidaat and seals it; whether there was one. `None` is a fault. It
    /// is never another than the sealed one: that is not the same kandidaat (see [`identify`]).
    ///
    /// [`identify`]: crate::pipeline::identify::identify
    ///
    /// That a sender has no BSN to give (a state) does not take away a sealed one. It is not remarked on either:
    /// that would tell that somebody else gave it.
    fn seal_bsn(&mut self, id: Uuid, incoming: &mut Record) -> Option<bool> {
        let has_one = self.overlay.record(&id).is_some_and(Entry::has_bsn);
        let said = incoming.remove("bsn");
        if said.is_some() || has_one {
            forget_states(incoming, "bsn");
        }
        let Some(Value::String(bsn)) = said else {
            return Some(false);
        };
        // no random numbers on this machine: the element waits for a machine that has them
        let Ok(sealed) = self.scope.sealer.seal(&bsn_context(id), bsn.as_bytes()) else {
            let place = self.element.place_of(Kind::Kandidaat, "/bsn");
            self.faults.push(faults::not_sealed(place));
            return None;
        };
        self.out.bsns.push((id, sealed));
        Some(true)
    }

    /// Whether the sender shares a case of this kandidaat.
    pub(super) fn is_linked(&self, kandidaat: Uuid) -> bool {
        shares_case(&self.overlay.links(&kandidaat), &self.scope.sender.code)
    }

    /// Whether the sender knows this kandidaat of itself. Another one is answered about as one whom nobody knows.
    pub(super) fn knows(&self, kandidaat: Uuid) -> bool {
        self.overlay
            .is_known_to(&kandidaat, &self.scope.sender.code)
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
        let linked = self.is_linked(kandidaat);
        let id = derived(Kind::Werkprofiel, kandidaat);
        self.apply(Saying {
            open: linked,
            ..Saying::new(Kind::Werkprofiel, id, incoming, self.roles(None, linked))
        });
    }
}

/// Takes out what stands for the sender alone.
fn own_words(incoming: &mut Record) -> Vec<(&'static OwnWord, Value)> {
    let mut own = Vec::new();
    for word in &OWN_WORDS {
        if let Some(value) = incoming.remove(word.attribute) {
            forget_states(incoming, word.attribute);
            own.push((word, value));
        }
    }
    own
}

/// The sealing context of a kandidaat's BSN.
pub(crate) fn bsn_context(kandidaat: Uuid) -> String {
    format!("bsn:{kandidaat}")
}
