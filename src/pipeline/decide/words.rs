//! What a message says to the proposals on a record.

use crate::canonical::Kind;
use crate::canonical::Merged;
use crate::canonical::RAW;
use crate::canonical::STATES;
use crate::pipeline::decide::Step;
use crate::pipeline::decide::apply::Saying;
use crate::pipeline::propose::Proposed;
use crate::pipeline::propose::Says;
use crate::pipeline::propose::Word;
use jiff::Timestamp;
use serde_json::Value;

impl Step<'_> {
    /// Notes what a message says of the attributes of a record that was there before: what it proposes, what it decides
    /// as their owner, and where it agrees with the owner.
    pub(super) fn words(&mut self, saying: &Saying, merged: &Merged, sent_at: Timestamp) {
        let sender = &self.scope.sender.code;
        let own_now = |attribute: &str| {
            let said = merged.sources.of(attribute);
            said.is_some_and(|(by, owner)| owner && by.bericht == self.scope.by.bericht)
        };
        let decided = merged.changed.iter().filter(|one| own_now(one)).map(|one| {
            let value = merged.record.get(one).cloned().unwrap_or(Value::Null);
            (one.clone(), Says::Decides(value))
        });
        let another_owns = |attribute: &str| {
            let said = merged.sources.of(attribute);
            said.is_some_and(|(by, owner)| owner && by.organisatie != *sender)
        };
        let named = saying.record.keys().filter(|one| {
            *one != STATES
                && *one != RAW
                && !merged.changed.contains(one)
                && !merged.late.contains(one)
                && !merged
                    .proposals
                    .iter()
                    .any(|(proposed, _)| proposed == *one)
        });
        let agreed = named
            .filter(|one| another_owns(one))
            .map(|one| (one.clone(), Says::Agrees));
        let proposed = merged.proposals.iter().map(|(attribute, value)| {
            let kandidaat = match saying.kind {
                Kind::Kandidaat => None,
                _ => merged.record.get("kandidaat").and_then(Value::as_str),
            };
            let proposed = Proposed {
                id: self.scope.ids.next(self.scope.now),
                kind: saying.kind,
                kandidaat: kandidaat
                    .and_then(|id| id.parse().ok())
                    .unwrap_or(saying.id),
                value: value.clone(),
                message: self.scope.by.bericht,
            };
            (attribute.clone(), Says::Proposes(proposed))
        });
        let words = decided.chain(agreed).chain(proposed);
        let words = words.map(|(attribute, says)| Word {
            record: saying.id,
            attribute,
            by: sender.clone(),
            sent_at,
            at: self.scope.now,
            says,
        });
        self.out.words.extend(words.collect::<Vec<_>>());
    }
}
