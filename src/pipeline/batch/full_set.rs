//! The full current set: each message holds every assignment of a person that is in force with a provider, so what a
//! later message no longer holds is withdrawn (domain 2.5, iWmo 301). Nothing is deleted, and an older message that
//! comes late withdraws nothing.

use crate::canonical::Bundle;
use crate::canonical::Contribution;
use crate::canonical::Kind;
use crate::canonical::OrgCode;
use crate::document::Fault;
use crate::document::Place;
use crate::document::Severity;
use crate::mapping::Element;
use crate::mapping::Mapping;
use crate::pipeline::answer::Answer;
use crate::pipeline::answer::ElementAnswer;
use crate::pipeline::batch::Draft;
use crate::pipeline::batch::message::take;
use crate::pipeline::batch::message::told;
use crate::pipeline::decide::Scope;
use crate::pipeline::decide::decide;
use crate::pipeline::faults;
use crate::pipeline::identify::issuer;
use crate::pipeline::identify::keys;
use crate::pipeline::route::Stop;
use crate::pipeline::route::in_force;
use crate::pipeline::view::Entry;
use crate::pipeline::view::Overlay;
use crate::pipeline::view::View;
use crate::store::IdentityKey;
use jiff::Timestamp;
use serde_json::json;
use std::collections::BTreeMap;
use std::collections::HashMap;
use std::collections::HashSet;
use uuid::Uuid;

/// What a withdrawal says: the end is the beginning, for this reason (domain 2.5).
const WITHDRAWN: &str = "ingetrokken";
const REMOVED: &str = "13";

/// The sets that the elements of one message make up.
#[derive(Default)]
pub(super) struct Sets {
    /// Whether the message holds full sets at all.
    full: bool,
    /// By kandidaat and uitvoerder.
    by_person: BTreeMap<(Uuid, OrgCode), Set>,
    /// The opdrachten that were taken.
    taken: HashSet<Uuid>,
    /// The numbers of those that were refused: they are in the set, whatever is wrong with them.
    refused: HashSet<IdentityKey>,
    /// Kandidaten about whom an element was refused that names no opdracht: it can be any.
    unclear: HashSet<Uuid>,
}

/// The set of one person with one uitvoerder.
struct Set {
    /// The first element of it, from 0.
    element: usize,
    /// From when it counts: the latest moment that the message names for it.
    moment: Timestamp,
}

/// An opdracht that is in the set no longer.
struct Gone {
    element: usize,
    moment: Timestamp,
    opdracht: Uuid,
}

impl Sets {
    pub(super) fn of(mapping: &Mapping) -> Self {
        Self {
            full: mapping.is_full_set(Kind::Opdracht),
            ..Self::default()
        }
    }

    /// Notes an element that was taken, after the view knows it.
    pub(super) fn taken(
        &mut self,
        (index, element): (usize, &Element),
        opdracht: Option<Uuid>,
        overlay: &Overlay<'_>,
        scope: &Scope<'_>,
    ) {
        let opdracht = opdracht.filter(|_| self.full);
        let Some((id, entry)) = opdracht.and_then(|id| Some((id, overlay.record(&id)?))) else {
            return;
        };
        self.taken.insert(id);
        let (Some(kandidaat), Some(uitvoerder)) =
            (entry.reference("kandidaat"), party(entry, "uitvoerder"))
        else {
            return;
        };
        if entry.party("opdrachtgever") != Some(scope.sender.code.as_str()) {
            return;
        }
        let own = scope
            .mapping
            .moment(Kind::Opdracht)
            .and_then(|attribute| element.bundle.text(Kind::Opdracht, attribute))
            .and_then(|text| text.parse().ok());
        let moment = own.unwrap_or(scope.by.verzonden).max(scope.by.verzonden);
        let set = self.by_person.entry((kandidaat, uitvoerder));
        let set = set.or_insert(Set {
            element: index,
            moment,
        });
        set.moment = set.moment.max(moment);
    }

    /// Notes an element that was refused.
    pub(super) fn refused(&mut self, element: &Element, overlay: &Overlay<'_>, scope: &Scope<'_>) {
        if !self.full {
            return;
        }
        let named = |kind| {
            let record = element.bundle.record(kind);
            record.map_or_else(Vec::new, |record| keys(scope.sealer, kind, record))
        };
        let numbers = named(Kind::Opdracht);
        if numbers.is_empty() {
            let people = named(Kind::Kandidaat);
            let people = people.iter().flat_map(|(_, key)| overlay.identified(key));
            self.unclear.extend(people.map(|(_, id)| id));
        }
        self.refused.extend(numbers.into_iter().map(|(_, key)| key));
    }

    /// What is gone, and what the sender should know of what stays: element and remark.
    fn gone(
        &self,
        overlay: &Overlay<'_>,
        scope: &Scope<'_>,
        elements: &[Element],
    ) -> (Vec<Gone>, Vec<(usize, Fault)>) {
        let (mut gone, mut remarks) = (Vec::new(), Vec::new());
        for ((kandidaat, uitvoerder), set) in &self.by_person {
            let place = || elements[set.element].place.clone();
            let links = overlay.links(kandidaat).into_iter();
            let own = links.filter(|link| {
                link.kind == Kind::Opdracht
                    && link.opdrachtgever == scope.sender.code
                    && link.uitvoerder == *uitvoerder
                    && !self.taken.contains(&link.record)
            });
            for link in own {
                let Some(entry) = overlay.record(&link.record) else {
                    continue;
                };
                if !in_force(entry, set.moment) || !was_in_a_set(entry, scope) {
                    continue;
                }
                let numbers = keys(scope.sealer, Kind::Opdracht, &entry.record);
                if numbers.iter().any(|(_, key)| self.refused.contains(key)) {
                    continue;
                }
                if self.unclear.contains(kandidaat) {
                    remarks.push((set.element, faults::set_unclear(place())));
                } else if newest_word(entry, &scope.sender.code) > Some(set.moment) {
                    remarks.push((set.element, faults::older(Kind::Opdracht, place())));
                } else {
                    gone.push(Gone {
                        element: set.element,
                        moment: set.moment,
                        opdracht: link.record,
                    });
                }
            }
        }
        remarks.dedup();
        (gone, remarks)
    }

    /// Withdraws what is in a set no longer, and tells the sender so at the first element of the set. Where it goes.
    pub(super) fn withdraw(
        &self,
        scope: &Scope<'_>,
        elements: &[Element],
        view: &mut View,
        draft: &mut Draft,
        answer: &mut Answer,
    ) -> Vec<Stop> {
        let (gone, remarks) = self.gone(&view.overlay(), scope, elements);
        for (index, remark) in remarks {
            tell(answer, index, vec![remark]);
        }
        let mut stops = Vec::new();
        for one in gone {
            let place = elements[one.element].place.clone();
            // it is known by its links: nothing in the message called it by its number
            for (key, issuer) in numbered(&view.overlay(), one.opdracht, scope) {
                view.add_identity(key, issuer, one.opdracht);
            }
            let Some(said) = withdrawal(&view.overlay(), one.opdracht, place.clone()) else {
                continue;
            };
            let scope = Scope {
                by: Contribution {
                    verzonden: one.moment,
                    ..scope.by.clone()
                },
                ..*scope
            };
            match decide(&scope, &said, view, &mut HashMap::new()) {
                Ok(mut accepted) => {
                    let mut faults = vec![faults::withdrawn(place)];
                    faults.append(&mut accepted.remarks);
                    let records = std::mem::take(&mut accepted.answers);
                    let route = take(accepted, view, draft, &scope);
                    faults.extend(route.refusals.iter().map(|one| told(one, &said)));
                    stops.extend(route.stops);
                    if let Some(element) = answer.elementen.get_mut(one.element) {
                        element.records.extend(records);
                    }
                    tell(answer, one.element, faults);
                }
                Err(found) => {
                    // the set was taken: what cannot be withdrawn is said, and stays
                    let remark = |fault: Fault| Fault {
                        severity: Severity::Remark,
                        ..fault
                    };
                    tell(answer, one.element, found.into_iter().map(remark).collect());
                }
            }
        }
        stops
    }
}

/// Adds remarks to what is answered about an element.
fn tell(answer: &mut Answer, index: usize, faults: Vec<Fault>) {
    let Some(ElementAnswer { fouten, .. }) = answer.elementen.get_mut(index) else {
        return;
    };
    answer.met_opmerkingen += usize::from(fouten.is_empty());
    fouten.extend(faults);
}

/// What a message would say that withdraws an opdracht.
fn withdrawal(overlay: &Overlay<'_>, opdracht: Uuid, place: Place) -> Option<Element> {
    let entry = overlay.record(&opdracht)?;
    let mut bundle = Bundle::default();
    let record = bundle.record_mut(Kind::Opdracht);
    for (from, to) in [
        ("toewijzingsnummer", "toewijzingsnummer"),
        ("ordernummer", "ordernummer"),
        ("ingangsdatum", "einddatum"),
    ] {
        if let Some(value) = entry.record.get(from) {
            record.insert(to.to_owned(), value.clone());
        }
    }
    record.insert("redenWijziging".to_owned(), json!(REMOVED));
    record.insert("status".to_owned(), json!(WITHDRAWN));
    Some(Element {
        place,
        bundle,
        ..Element::default()
    })
}

/// The numbers of an opdracht, each with whose numbering it is.
fn numbered(
    overlay: &Overlay<'_>,
    opdracht: Uuid,
    scope: &Scope<'_>,
) -> Vec<(IdentityKey, String)> {
    let Some(entry) = overlay.record(&opdracht) else {
        return Vec::new();
    };
    keys(scope.sealer, Kind::Opdracht, &entry.record)
        .into_iter()
        .map(|(attribute, key)| (key, issuer(attribute, &scope.sender.code, entry)))
        .collect()
}

fn party(entry: &Entry, side: &str) -> Option<OrgCode> {
    entry.party(side).and_then(|code| OrgCode::parse(code).ok())
}

/// Whether the sender named an opdracht in an earlier message of this soort: only that is missing from a later one.
fn was_in_a_set(entry: &Entry, scope: &Scope<'_>) -> bool {
    let soort = |mapping: &str| mapping.split('@').next().unwrap_or_default().to_owned();
    ["toewijzingsnummer", "ordernummer"].iter().any(|number| {
        entry.sources.of(number).is_some_and(|(by, _)| {
            by.organisatie == scope.sender.code && soort(&by.mapping) == soort(&scope.by.mapping)
        })
    })
}

/// The latest moment from which something counts that an organisation said of a record.
fn newest_word(entry: &Entry, organisation: &OrgCode) -> Option<Timestamp> {
    let own = entry.sources.bijdragen.iter();
    own.filter(|by| by.organisatie == *organisation)
        .map(|by| by.verzonden)
        .max()
}
