//! Deciding about one message: its elements, its answer, its deliveries.

use crate::canonical::Contribution;
use crate::canonical::Kind;
use crate::document::Fault;
use crate::document::Severity;
use crate::mapping::Element;
use crate::pipeline::Pipeline;
use crate::pipeline::answer::Answer;
use crate::pipeline::answer::ElementAnswer;
use crate::pipeline::batch::ACCEPTED;
use crate::pipeline::batch::Draft;
use crate::pipeline::batch::full_set::Sets;
use crate::pipeline::batch::rows::message_row;
use crate::pipeline::decide::Accepted;
use crate::pipeline::decide::Scope;
use crate::pipeline::decide::decide;
use crate::pipeline::decide::unknown_uitvoerders;
use crate::pipeline::directory::Directory;
use crate::pipeline::faults;
use crate::pipeline::receive::Prepared;
use crate::pipeline::receive::Receipt;
use crate::pipeline::receive::ReceiveError;
use crate::pipeline::route::Letterhead;
use crate::pipeline::route::Refusal;
use crate::pipeline::route::Round;
use crate::pipeline::route::Route;
use crate::pipeline::route::deliveries;
use crate::pipeline::route::route;
use crate::pipeline::route::whole_sets;
use crate::pipeline::verdict::Judged;
use crate::pipeline::view::View;
use crate::privacy::HOLDS;
use crate::schema::Owner;
use crate::store::AuditRow;
use crate::store::IdentityRow;
use jiff::Timestamp;
use std::collections::HashMap;
use uuid::Uuid;

impl Pipeline {
    /// Decides about each element of one message and adds what it writes.
    pub(super) fn decide_message(
        &self,
        message: &Prepared,
        directory: &Directory,
        view: &mut View,
        draft: &mut Draft,
    ) -> Result<Receipt, ReceiveError> {
        let now = self.parts.clock.now();
        let scope = Scope {
            directory,
            schemas: &self.parts.schemas,
            sealer: &self.parts.sealer,
            ids: self.parts.ids.as_ref(),
            now,
            sender: &message.sender,
            mapping: &message.mapping,
            by: Contribution {
                bericht: message.id,
                organisatie: message.sender.code.clone(),
                verzonden: message.sent_at,
                mapping: message.revision.clone(),
            },
        };
        if let Some(judged) = &message.judged {
            return Ok(self.take_retour(message, judged, now, draft));
        }
        let mut answer = unanswered(message);
        let mut repeats = HashMap::new();
        let mut stops = Vec::new();
        let mut sets = Sets::of(&message.mapping);
        for (index, element) in message.elements.iter().enumerate() {
            let decided = decided(&scope, message, element, view, &mut repeats);
            let mut faults = element.faults.clone();
            let mut records = Vec::new();
            let taken = decided.is_ok();
            match decided {
                Ok(mut accepted) => {
                    faults.append(&mut accepted.remarks);
                    records = std::mem::take(&mut accepted.answers);
                    let opdracht = accepted.id_of(Kind::Opdracht);
                    let doubles = accepted.doubles.iter();
                    let doubles = doubles.map(|id| self.perhaps_double(message, *id));
                    draft.writes.audit.extend(doubles);
                    let route = take(accepted, view, draft, &scope);
                    stops.extend(route.stops);
                    faults.extend(route.refusals.iter().map(|one| told(one, element)));
                    sets.taken((index, element), opdracht, &view.overlay(), &scope);
                    answer.opgenomen += 1;
                    answer.met_opmerkingen += usize::from(!faults.is_empty());
                }
                Err(found) => {
                    sets.refused(element, &view.overlay(), &scope);
                    faults.extend(found);
                    answer.geweigerd += 1;
                }
            }
            answer.elementen.push(ElementAnswer {
                nummer: index + 1,
                plaats: element.place.clone(),
                opgenomen: taken,
                records,
                fouten: faults,
            });
        }
        let merging = says_who_is_who(message);
        if answer.opgenomen == 0 && !merging {
            let all = answer
                .elementen
                .into_iter()
                .flat_map(|element| element.fouten);
            return Err(ReceiveError::Invalid(
                answer.opmerkingen.into_iter().chain(all).collect(),
            ));
        }
        stops.extend(sets.withdraw(&scope, &message.elements, view, draft, &mut answer));
        let round = Round {
            overlay: &view.overlay(),
            directory,
            sender: &message.sender.code,
            now,
        };
        let stops = whole_sets(stops, &round, &self.parts.library);
        answer.trim();
        let head = Letterhead {
            ids: self.parts.ids.as_ref(),
            library: &self.parts.library,
            sender: &message.sender.code,
            message: message.id,
            traceparent: &message.traceparent,
            now,
        };
        let writes = &mut draft.writes;
        writes.deliveries.extend(deliveries(stops, &head));
        writes.audit.push(self.audit(message, "opgenomen"));
        writes
            .audit
            .extend(merging.then(|| self.merge_asked(message)));
        writes.messages.push(message_row(message, &answer, now));
        Ok(Receipt {
            id: message.id,
            status: ACCEPTED,
            answer,
            replayed: false,
        })
    }

    /// A retour to a delivery: it is answered as in the postvak, and nothing else changes.
    fn take_retour(
        &self,
        message: &Prepared,
        judged: &Judged,
        now: Timestamp,
        draft: &mut Draft,
    ) -> Receipt {
        let mut answer = unanswered(message);
        answer.elementen.clone_from(&judged.elements);
        let remarked = |one: &&ElementAnswer| !one.fouten.is_empty();
        answer.totaal = answer.elementen.len();
        answer.opgenomen = answer.totaal;
        answer.met_opmerkingen = answer.elementen.iter().filter(remarked).count();
        answer.trim();
        let verdict = &judged.verdict;
        let writes = &mut draft.writes;
        writes.audit.push(self.audit(message, "opgenomen"));
        if !judged.known {
            let action = if verdict.refusal.is_some() {
                "aflevering.geweigerd"
            } else {
                "aflevering.bevestigd"
            };
            writes.audit.push(AuditRow {
                action: action.to_owned(),
                object: format!("aflevering/{}", verdict.delivery),
                ..self.audit(message, "gelukt")
            });
            writes.verdicts.push(verdict.clone());
        }
        writes.messages.push(message_row(message, &answer, now));
        Receipt {
            id: message.id,
            status: ACCEPTED,
            answer,
            replayed: false,
        }
    }

    /// For the functioneel beheerder: this message has to be looked at.
    fn merge_asked(&self, message: &Prepared) -> AuditRow {
        tracing::warn!(message = %message.id, "Two people turned out to be one: somebody has to look at this message");
        AuditRow {
            action: "kandidaat.ontdubbeling".to_owned(),
            ..self.audit(message, "te-beoordelen")
        }
    }

    /// For the functioneel beheerder: two kandidaten have one BSN.
    fn perhaps_double(&self, message: &Prepared, kandidaat: Uuid) -> AuditRow {
        metrics::counter!("schakel_kandidaten_perhaps_double_total").increment(1);
        tracing::warn!(message = %message.id, "A kandidaat may be on record twice: somebody has to look at this message");
        AuditRow {
            action: "kandidaat.mogelijk-dubbel".to_owned(),
            object: format!("kandidaat/{kandidaat}"),
            ..self.audit(message, "te-beoordelen")
        }
    }

    pub(super) fn audit(&self, message: &Prepared, result: &str) -> AuditRow {
        AuditRow {
            at: self.parts.clock.now(),
            action: "bericht.ontvangen".to_owned(),
            object: format!("bericht/{}", message.id),
            result: result.to_owned(),
            origin: "api".to_owned(),
            actor: message.actor.clone(),
        }
    }
}

/// What an element does, or every reason why it does nothing.
fn decided(
    scope: &Scope<'_>,
    message: &Prepared,
    element: &Element,
    view: &View,
    repeats: &mut HashMap<Uuid, u32>,
) -> Result<Accepted, Vec<Fault>> {
    if element.merges {
        Err(vec![merge(message, element)])
    } else if element.faults.iter().any(Fault::refuses) {
        Err(unknown_uitvoerders(scope.directory, element))
    } else {
        decide(scope, element, view, repeats)
    }
}

/// Whether a message says that two people are one, by a sender who may: a gemeente or UWV, which own who somebody is
/// (domain 2.2).
fn says_who_is_who(message: &Prepared) -> bool {
    message.elements.iter().any(|element| element.merges)
        && [Owner::G, Owner::U]
            .into_iter()
            .any(|role| message.sender.has_role(role))
}

/// People are never merged by a message alone: it cannot be undone for those who heard of either, and a mistake shows
/// one person's data to the parties of another. It is kept, and said that somebody has to look.
fn merge(message: &Prepared, element: &Element) -> Fault {
    let place = element.place.clone();
    if says_who_is_who(message) {
        faults::merge_kept(place)
    } else {
        faults::not_allowed(Kind::Kandidaat, place)
    }
}

/// The answer before anything is decided.
fn unanswered(message: &Prepared) -> Answer {
    Answer {
        id: message.id,
        referentie: message.reference.clone(),
        soort: message.soort.clone(),
        mapping: message.revision.clone(),
        ontvangen_op: message.received_at,
        totaal: message.elements.len(),
        opgenomen: 0,
        met_opmerkingen: 0,
        geweigerd: 0,
        opmerkingen: message.remarks.clone(),
        elementen: Vec::with_capacity(message.elements.len()),
    }
}

/// Takes over what an accepted element does, and says where its changes go.
pub(super) fn take(
    accepted: Accepted,
    view: &mut View,
    draft: &mut Draft,
    scope: &Scope<'_>,
) -> Route {
    draft.touched.extend(accepted.records.keys());
    draft.words.extend(accepted.words);
    let writes = &mut draft.writes;
    for (key, issuer, record) in &accepted.identities {
        writes.identities.push(IdentityRow {
            key: key.clone(),
            issuer: issuer.clone(),
            record: *record,
        });
    }
    writes.links.extend(accepted.links.iter().cloned());
    writes.versions.extend(accepted.versions);
    writes.bsns.extend(accepted.bsns);
    view.accept(accepted.records, accepted.identities, accepted.links);
    route(
        &accepted.changes,
        &Round {
            overlay: &view.overlay(),
            directory: scope.directory,
            sender: &scope.sender.code,
            now: scope.now,
        },
    )
}

/// What the sender is told about changes that do not travel.
pub(super) fn told(refusal: &Refusal, element: &Element) -> Fault {
    match refusal {
        Refusal::NoAgreement(kind) => Fault {
            severity: Severity::Remark,
            ..faults::no_agreement(*kind, element.place.clone())
        },
        Refusal::Held(reason) => {
            let attribute = HOLDS.iter().find(|(_, of)| of == reason);
            let place = attribute.map_or_else(
                || element.place.clone(),
                |(attribute, _)| element.place_of(Kind::Kandidaat, &format!("/{attribute}")),
            );
            faults::held(reason, place)
        }
        Refusal::OutsidePeriod => {
            faults::outside_period(element.place_of(Kind::Logboekregel, "/datum"))
        }
        Refusal::NoMessage => faults::no_message_for_kandidaat(element.place.clone()),
    }
}
