//! Merging one record, and everything that follows from it.

use crate::canonical::Actor;
use crate::canonical::Contribution;
use crate::canonical::Kind;
use crate::canonical::Merged;
use crate::canonical::OwnWord;
use crate::canonical::Record;
use crate::canonical::compare_status;
use crate::canonical::first_status;
use crate::canonical::forget_states;
use crate::canonical::merge;
use crate::document::Lang;
use crate::pipeline::answer::RecordAnswer;
use crate::pipeline::decide::Change;
use crate::pipeline::decide::Step;
use crate::pipeline::faults;
use crate::pipeline::identify::alias;
use crate::pipeline::view::Entry;
use crate::schema::Owner;
use crate::store::VersionRow;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use serde_json::json;
use std::borrow::Cow;
use std::collections::BTreeMap;
use uuid::Uuid;

/// What is said about one record.
pub(super) struct Saying {
    pub(super) kind: Kind,
    pub(super) id: Uuid,
    pub(super) record: Record,
    /// What stands for the sender alone, next to what others say (kandidaat).
    pub(super) own: Vec<(&'static OwnWord, Value)>,
    /// Whether a BSN was sealed next to the record.
    pub(super) bsn: bool,
    /// As what the sender owns attributes.
    pub(super) roles: Vec<Owner>,
    /// As what party of the case the sender says a status.
    pub(super) actors: Vec<Actor>,
    /// Whether the sender may know what others did to the record: it is a party of it, or shares a case of the
    /// kandidaat.
    pub(super) open: bool,
    /// Made by the gateway as a consequence, not said by the message.
    pub(super) consequence: bool,
    /// From when it counts, where that is not when the message was sent.
    pub(super) from: Option<Timestamp>,
}

impl Saying {
    pub(super) const fn new(kind: Kind, id: Uuid, record: Record, roles: Vec<Owner>) -> Self {
        Self {
            kind,
            id,
            record,
            own: Vec::new(),
            bsn: false,
            roles,
            actors: Vec::new(),
            open: true,
            consequence: false,
            from: None,
        }
    }

    /// Everything the message said, as it is kept in the history.
    fn said(&self) -> Record {
        let own = self.own.iter();
        let own = own.map(|(word, value)| (word.attribute.to_owned(), value.clone()));
        self.record.clone().into_iter().chain(own).collect()
    }
}

/// Where the values of a version come from.
#[derive(Serialize)]
struct Provenance<'a> {
    /// For each value the rule that read it, and where it stood.
    regels: BTreeMap<Cow<'a, str>, (&'a str, String)>,
    /// Values that came too late.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    laat: BTreeMap<&'a str, &'a Value>,
}

impl Step<'_> {
    /// Merges one record, checks its status and its required attributes, and notes everything that follows.
    pub(super) fn apply(&mut self, mut saying: Saying) {
        let (kind, id) = (saying.kind, saying.id);
        let current = self.overlay.record(&id).cloned();
        if self.is_mirrored(&saying, current.as_ref()) {
            saying.record.remove("status");
        }
        self.compare_was(&saying, current.as_ref());
        let named = saying.record.contains_key("status");
        let first = first_status(kind).filter(|_| current.is_none() && !named);
        if let Some(first) = first {
            saying.record.insert("status".to_owned(), json!(first));
        }
        let by = Contribution {
            verzonden: saying.from.unwrap_or(self.scope.by.verzonden),
            ..self.scope.by.clone()
        };
        let merged = self.merged(&saying, current.as_ref(), &by, first.is_some());
        if first.is_none() && !saying.consequence {
            self.check_status(&saying, current.as_ref(), &merged);
        }
        self.check_required(kind, &merged.record);
        self.remark(&saying, &merged);
        if current.is_some() {
            self.words(&saying, &merged, by.verzonden);
        }
        let says = !merged.changed.is_empty() || !merged.late.is_empty() || current.is_none();
        let version = current.as_ref().map_or(0, |entry| entry.version) + i64::from(says);
        let changed = !merged.changed.is_empty();
        if says {
            // what was said is in the record as it is now, as far as it came in time
            let said = (!changed || !merged.late.is_empty()).then(|| saying.said());
            let provenance = self.provenance(kind, said.as_ref(), &merged.late);
            let doc = said.as_ref().filter(|_| !changed).unwrap_or(&merged.record);
            let doc = serde_json::to_string(doc).unwrap_or_default();
            self.out.versions.push(VersionRow {
                kind,
                record: id,
                version,
                message: self.scope.by.bericht,
                sent_at: by.verzonden,
                stored_at: self.scope.now,
                applied: changed,
                doc,
                provenance,
            });
        }
        self.answer(&saying, version, changed);
        let tells = |attribute: &String| self.scope.schemas.attribute(kind, attribute).is_some();
        self.out.changes.push(Change {
            kind,
            id,
            changed: merged.changed.iter().any(tells),
            attributes: merged.changed,
            consequence: saying.consequence,
        });
        self.overlay.records.insert(
            id,
            Entry {
                kind,
                version,
                record: merged.record,
                sources: merged.sources,
            },
        );
    }

    /// Whether the status is what another party said before: repeating it says nothing, and it stays that party's word.
    fn is_mirrored(&self, saying: &Saying, current: Option<&Entry>) -> bool {
        first_status(saying.kind).is_some()
            && current.is_some_and(|entry| {
                entry.text("status").is_some()
                    && entry.record.get("status") == saying.record.get("status")
                    && entry
                        .sources
                        .of("status")
                        .is_some_and(|(by, _)| by.organisatie != self.scope.sender.code)
            })
    }

    fn merged(
        &self,
        saying: &Saying,
        current: Option<&Entry>,
        by: &Contribution,
        first: bool,
    ) -> Merged {
        let scope = self.scope;
        let kind = saying.kind;
        let owns = |attribute: &str| {
            // a first status is nobody's word: the first that anybody says stands before it, however old
            if attribute == "status" && first {
                return false;
            }
            let owners = scope
                .schemas
                .attribute(kind, attribute)
                .map(|known| &known.owner);
            // what only the gateway fills was taken out of what the sender said: the gateway said this itself
            owners.is_none_or(|owners| {
                owners.iter().all(|owner| *owner == Owner::Gw)
                    || owners.iter().any(|owner| saying.roles.contains(owner))
            })
        };
        let mut merged = merge(
            current.map(|entry| (&entry.record, &entry.sources)),
            &saying.record,
            by,
            owns,
            |attribute, on_record, said| {
                let statuses = (on_record.as_str()?, said.as_str()?);
                (attribute == "status")
                    .then(|| compare_status(kind, statuses.0, statuses.1))
                    .flatten()
            },
        );
        for (word, value) in &saying.own {
            word.say(&mut merged, value.clone(), by);
        }
        if saying.bsn {
            if !current.is_some_and(Entry::has_bsn) {
                merged.changed.push("bsn".to_owned());
            }
            forget_states(&mut merged.record, "bsn");
            // an identified BSN is the same for whoever says it: each may share it
            merged.sources.also("bsn", &scope.by.organisatie);
            merged.sources.set("bsn", by, owns("bsn"));
        }
        merged
    }

    /// What the sender is told about the record. About a person it shares no case of, it is told the same whether
    /// others know the person or not: no version, no change, and an id that is its own.
    fn answer(&mut self, saying: &Saying, version: i64, changed: bool) {
        let id = match saying.kind {
            Kind::Kandidaat | Kind::Werkprofiel => {
                alias(self.scope.sealer, &self.scope.sender.code, saying.id)
            }
            _ => saying.id,
        };
        self.out.answers.push(RecordAnswer {
            soort: saying.kind,
            id,
            versie: saying.open.then_some(version),
            gewijzigd: saying.open.then_some(changed),
        });
    }

    /// Remarks on what was not applied. What another organisation's word stands before is
    /// told only to who may know of that organisation.
    fn remark(&mut self, saying: &Saying, merged: &Merged) {
        let (scope, kind) = (self.scope, saying.kind);
        let is_own = |attribute: &String| {
            saying
                .own
                .iter()
                .any(|(word, _)| word.attribute == attribute)
                || merged
                    .sources
                    .of(attribute)
                    .is_some_and(|(by, _)| by.organisatie == scope.sender.code)
        };
        if merged.late.iter().any(|one| saying.open || is_own(one)) {
            let place = self.element.place.clone();
            self.out.remarks.push(faults::older(kind, place));
        }
        let proposed = merged.proposals.iter().filter(|_| saying.open);
        for (attribute, _) in proposed {
            let place = self.element.place_of(kind, &format!("/{attribute}"));
            let title = scope
                .schemas
                .attribute(kind, attribute)
                .map_or(attribute.as_str(), |known| &known.title.nl);
            self.out.remarks.push(faults::proposal(title, place));
        }
    }

    /// Rule and place of each value this message set, and the values of it that came too late.
    fn provenance(&self, kind: Kind, incoming: Option<&Record>, late: &[String]) -> String {
        let origins = self.element.origins.iter();
        let rules = origins.filter(|origin| origin.kind == kind).map(|origin| {
            let place = origin.place().location(Lang::Nl);
            (origin.pointer(), (origin.rule, place))
        });
        let late = late
            .iter()
            .filter_map(|attribute| Some((attribute.as_str(), incoming?.get(attribute)?)));
        let provenance = Provenance {
            regels: rules.collect(),
            laat: late.collect(),
        };
        // text and pointers can always be written
        serde_json::to_string(&provenance).unwrap_or_default()
    }
}
