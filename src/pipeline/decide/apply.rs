//! Merging one record, and everything that follows from it.

use crate::canonical::Kind;
use crate::canonical::Record;
use crate::canonical::compare_status;
use crate::canonical::first_status;
use crate::canonical::may_become;
use crate::canonical::merge;
use crate::document::Lang;
use crate::pipeline::answer::RecordAnswer;
use crate::pipeline::decide::Change;
use crate::pipeline::decide::Step;
use crate::pipeline::faults;
use crate::pipeline::view::Entry;
use crate::schema::Owner;
use crate::store::ProposalRow;
use crate::store::VersionRow;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;
use uuid::Uuid;

impl Step<'_> {
    /// Merges one record, checks its status and its required attributes, and notes everything that follows.
    pub(super) fn apply(
        &mut self,
        kind: Kind,
        id: Uuid,
        incoming: &Record,
        roles: &[Owner],
        sealed: Option<&str>,
    ) {
        let scope = self.scope;
        let current = self.overlay.record(&id).cloned();
        let mut incoming = incoming.clone();
        let first =
            first_status(kind).filter(|_| current.is_none() && !incoming.contains_key("status"));
        if let Some(first) = first {
            incoming.insert("status".to_owned(), json!(first));
        }
        let owns = |attribute: &str| {
            // a first status is nobody's word: the first that anybody says stands before it, however old
            if attribute == "status" && first.is_some() {
                return false;
            }
            scope
                .schemas
                .attribute(kind, attribute)
                .is_none_or(|attribute| {
                    attribute.owner.contains(&Owner::Gw)
                        || attribute.owner.iter().any(|owner| roles.contains(owner))
                })
        };
        let mut merged = merge(
            current
                .as_ref()
                .map(|entry| (&entry.record, &entry.sources)),
            &incoming,
            &scope.by,
            owns,
            |attribute, on_record, said| {
                let statuses = (on_record.as_str()?, said.as_str()?);
                (attribute == "status")
                    .then(|| compare_status(kind, statuses.0, statuses.1))
                    .flatten()
            },
        );
        if let Some(attribute) = sealed {
            merged.sources.set(attribute, &scope.by, owns(attribute));
        }
        self.check(kind, current.as_ref(), &merged.record, &merged.changed);
        if !merged.late.is_empty() {
            let place = self.element.place.clone();
            self.out.remarks.push(faults::older(kind, place));
        }
        for (attribute, value) in &merged.proposals {
            let place = self.element.place_of(kind, &format!("/{attribute}"));
            let title = scope
                .schemas
                .attribute(kind, attribute)
                .map_or(attribute.as_str(), |known| &known.title.nl);
            self.out.remarks.push(faults::proposal(title, place));
            self.out.proposals.push(ProposalRow {
                id: scope.ids.next(scope.now),
                record: id,
                kind,
                attribute: attribute.clone(),
                value: value.to_string(),
                proposer: scope.sender.code.clone(),
                message: scope.by.bericht,
                at: scope.now,
            });
        }
        let says = !merged.changed.is_empty() || !merged.late.is_empty() || current.is_none();
        let version = current.as_ref().map_or(0, |entry| entry.version) + i64::from(says);
        let changed = !merged.changed.is_empty();
        if says {
            self.out.versions.push(VersionRow {
                kind,
                record: id,
                version,
                message: scope.by.bericht,
                sent_at: scope.by.verzonden,
                stored_at: scope.now,
                applied: changed,
                doc: Value::Object(if changed {
                    merged.record.clone()
                } else {
                    incoming.clone()
                })
                .to_string(),
                provenance: self.provenance(kind, &incoming, &merged.late),
            });
        }
        self.out.answers.push(RecordAnswer {
            soort: kind,
            id,
            versie: version,
            gewijzigd: changed,
        });
        self.out.changes.push(Change {
            kind,
            id,
            changed,
            consequence: false,
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

    pub(super) fn check(
        &mut self,
        kind: Kind,
        current: Option<&Entry>,
        record: &Record,
        changed: &[String],
    ) {
        if let (Some(current), Some(to)) = (current, record.get("status").and_then(Value::as_str)) {
            let from = current.text("status").unwrap_or(to);
            let place = || self.element.place_of(kind, "/status");
            if !may_become(kind, from, to) {
                let fault = faults::transition(kind, from, place());
                self.faults.push(fault);
            } else if kind == Kind::Logboekregel
                && from == "definitief"
                && changed.iter().any(|attribute| attribute != "status")
            {
                let fault = faults::definitive(self.element.place.clone());
                self.faults.push(fault);
            }
        }
        for attribute in self.scope.schemas.required(kind) {
            let stated = record
                .get(crate::canonical::STATES)
                .and_then(Value::as_object)
                .is_some_and(|states| states.contains_key(&format!("/{attribute}")));
            if !record.contains_key(attribute) && !stated {
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
    }

    /// Rule and place of each value this message set, and the values of it that came too late.
    pub(super) fn provenance(&self, kind: Kind, incoming: &Record, late: &[String]) -> String {
        let rules: Map<String, Value> = self
            .element
            .origins
            .iter()
            .filter(|origin| origin.kind == kind)
            .map(|origin| {
                let place = origin.place.location(Lang::Nl);
                (origin.pointer.to_string(), json!([&*origin.rule, place]))
            })
            .collect();
        let late: Map<String, Value> = late
            .iter()
            .filter_map(|attribute| Some((attribute.clone(), incoming.get(attribute)?.clone())))
            .collect();
        let mut out = json!({ "regels": rules });
        if !late.is_empty() {
            out["laat"] = Value::Object(late);
        }
        out.to_string()
    }
}
