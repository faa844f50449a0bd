//! Whether a record may become what a message makes of it.

use crate::canonical::Actor;
use crate::canonical::Kind;
use crate::canonical::Merged;
use crate::canonical::Record;
use crate::canonical::STATES;
use crate::canonical::may_become;
use crate::canonical::may_say;
use crate::document::Place;
use crate::pipeline::decide::Step;
use crate::pipeline::decide::apply::Saying;
use crate::pipeline::faults;
use crate::pipeline::view::Entry;
use serde_json::Value;

impl Step<'_> {
    /// Holds a status that the message says to the state machine of its kind: whether it can be reached, and whether
    /// it is this party's to say (domain 2.13).
    pub(super) fn check_status(
        &mut self,
        saying: &Saying,
        current: Option<&Entry>,
        merged: &Merged,
    ) {
        let kind = saying.kind;
        let Some(to) = merged.record.get("status").and_then(Value::as_str) else {
            return;
        };
        let from = current.and_then(|entry| entry.text("status"));
        let says = merged.changed.iter().any(|attribute| attribute == "status");
        if let Some(from) = from.filter(|from| !may_become(kind, from, to)) {
            let fault = faults::transition(kind, from, self.place_of_status(kind));
            self.faults.push(fault);
        } else if says && !may_say(kind, from, to, &saying.actors) {
            let place = self.place_of_status(kind);
            let may = |actor| may_say(kind, from, to, &[actor]);
            let whose = [
                (Actor::Opdrachtgever, "opdrachtgever"),
                (Actor::Uitvoerder, "uitvoerder"),
            ];
            let whose = whose
                .into_iter()
                .find(|(actor, _)| may(*actor))
                .map(|(_, name)| name);
            self.faults
                .push(faults::status_of_other(kind, whose, place));
        } else if kind == Kind::Logboekregel
            && from == Some("definitief")
            && merged.changed.iter().any(|attribute| attribute != "status")
        {
            let fault = faults::definitive(self.element.place.clone());
            self.faults.push(fault);
        }
    }

    /// Where the status stands: its own place, or the besluit that it follows from.
    fn place_of_status(&self, kind: Kind) -> Place {
        let said = self.element.bundle.record(kind);
        let pointer = if said.is_some_and(|record| record.contains_key("status")) {
            "/status"
        } else {
            "/besluit/uitkomst"
        };
        self.element.place_of(kind, pointer)
    }

    /// Faults what a record of this kind must have and this one has not, nor a state that says why.
    pub(super) fn check_required(&mut self, kind: Kind, record: &Record) {
        let schemas = self.scope.schemas;
        for attribute in schemas.required(kind) {
            let stated = record
                .get(STATES)
                .and_then(Value::as_object)
                .is_some_and(|states| states.contains_key(&format!("/{attribute}")));
            if !record.contains_key(attribute) && !stated {
                self.lacking(kind, attribute);
            }
        }
    }

    /// Faults an attribute that is not there.
    pub(super) fn lacking(&mut self, kind: Kind, attribute: &str) {
        let title = self
            .scope
            .schemas
            .attribute(kind, attribute)
            .map(|known| &known.title);
        let place = self.element.place_of(kind, &format!("/{attribute}"));
        let fault = title.map_or_else(
            || faults::required(attribute, attribute, place.clone()),
            |title| faults::required(&title.nl, &title.en, place.clone()),
        );
        self.faults.push(fault);
    }
}
