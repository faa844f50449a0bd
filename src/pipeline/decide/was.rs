//! What a sender says that was, beside what it becomes.
//!
//! A difference with the record is told and refuses nothing: the record has its own history, and what is taken is what
//! it becomes. Compared is only what the sender said itself, so that nobody can find out by asking what others said, or
//! whether they said anything.

use crate::canonical::Kind;
use crate::canonical::OwnWord;
use crate::canonical::differing;
use crate::pipeline::decide::Step;
use crate::pipeline::decide::apply::Saying;
use crate::pipeline::faults;
use crate::pipeline::identify::Identified;
use crate::pipeline::identify::differing_numbers;
use crate::pipeline::view::Entry;

impl Step<'_> {
    /// Holds a change to what it changes: something that is known here, and the same before and after.
    pub(super) fn check_was(&mut self, known: &Identified) {
        let Some(was) = &self.element.was else {
            return;
        };
        let main = self.scope.mapping.main_of(&self.element.bundle);
        let found = match main {
            Kind::Verwijzing => known.verwijzing,
            Kind::Opdracht => known.opdracht,
            Kind::Kandidaat => known.kandidaat.filter(|id| self.knows(*id)),
            _ => return,
        };
        if found.is_none() {
            let place = self.place_of_number(main);
            self.faults.push(faults::unknown(main, place));
        }
        for (kind, before) in &was.bundle.records {
            let Some(after) = self.element.bundle.record(*kind) else {
                continue;
            };
            for attribute in differing_numbers(*kind, before, after) {
                let place = self.element.place_of(*kind, &format!("/{attribute}"));
                self.faults.push(faults::another_was(place));
            }
        }
    }

    /// Tells where what the sender says that was differs from the record.
    pub(super) fn compare_was(&mut self, saying: &Saying, current: Option<&Entry>) {
        let (Some(was), Some(current)) = (&self.element.was, current) else {
            return;
        };
        let Some(before) = was.bundle.record(saying.kind).filter(|_| saying.open) else {
            return;
        };
        let sender = &self.scope.sender.code;
        for pointer in differing(&current.record, before) {
            let attribute = pointer.split('/').nth(1).unwrap_or_default();
            let known = self.scope.schemas.attribute(saying.kind, attribute);
            // a BSN is sealed, and of a word of its own each organisation knows its own
            if attribute == "bsn" || OwnWord::about(attribute).is_some() {
                continue;
            }
            let mut said = current.sources.said_by(attribute);
            if said.any(|organisation| organisation == sender) {
                let title = known.map_or(attribute, |known| &known.title.nl);
                let place = was.place_of(saying.kind, &pointer);
                self.out.remarks.push(faults::was_differs(title, place));
            }
        }
    }
}
