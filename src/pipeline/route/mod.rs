//! Who gets to know of a change. Pure. Without an agreement that names the kind, nobody does, and the sender is told.

mod delivery;
mod person;
mod whole;

pub(crate) use delivery::Letterhead;
pub(crate) use delivery::deliveries;
pub(crate) use person::shares_open_case;
pub(crate) use whole::in_force;
pub(crate) use whole::whole_sets;

use crate::canonical::Kind;
use crate::canonical::OrgCode;
use crate::pipeline::decide::Change;
use crate::pipeline::directory::Directory;
use crate::pipeline::hold::told_reason;
use crate::pipeline::view::Entry;
use crate::pipeline::view::Overlay;
use crate::privacy::hold;
use jiff::Timestamp;
use jiff::civil::Date;
use uuid::Uuid;

/// One recipient of one changed record, by message kind.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Stop {
    pub recipient: OrgCode,
    pub soort: &'static str,
    pub record: Uuid,
}

/// Why a change does not travel, to one or more who would get it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// No agreement names this kind.
    NoAgreement(Kind),
    /// Outside the period of the opdracht.
    OutsidePeriod,
    /// The kandidaat said no, or is shielded: nothing about this person goes anywhere.
    Held(&'static str),
    /// A change of the kandidaat, and nothing that it could travel with.
    NoMessage,
}

/// What becomes of the changes of one element: where they go, and what the sender should know about where they do not.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Route {
    pub stops: Vec<Stop>,
    pub refusals: Vec<Refusal>,
}

impl Route {
    fn refuse(&mut self, refusal: Refusal) {
        if !self.refusals.contains(&refusal) {
            self.refusals.push(refusal);
        }
    }
}

/// What a route is decided with.
#[derive(Clone, Copy)]
pub(crate) struct Round<'a> {
    pub overlay: &'a Overlay<'a>,
    pub directory: &'a Directory,
    pub sender: &'a OrgCode,
    pub now: Timestamp,
}

impl Round<'_> {
    /// Whether the sender and another have an agreement that names a kind.
    fn grants(&self, other: &OrgCode, kind: Kind) -> bool {
        self.directory
            .agreement(self.sender, other, self.now)
            .is_some_and(|agreement| agreement.grant(kind).is_some())
    }
}

/// Where the changes of one accepted element go: those of a case to its other party; those of the kandidaat and the
/// werkprofiel to everybody who shares an open case with the sender and does not get them with the case.
pub(crate) fn route(changes: &[Change], round: &Round<'_>) -> Route {
    let mut route = Route::default();
    if let Some(reason) = held(changes, round) {
        route.refuse(Refusal::Held(reason));
        return route;
    }
    let mut answered_verwijzing = false;
    for kind in [
        Kind::Verwijzing,
        Kind::Opdracht,
        Kind::Trajectplan,
        Kind::Logboekregel,
        Kind::Verzoek,
        Kind::Declaratie,
        Kind::Rapportage,
        Kind::Loonwaarde,
    ] {
        let Some(change) = changes
            .iter()
            .find(|change| change.kind == kind && change.changed && !change.consequence)
        else {
            continue;
        };
        // an opdracht that changes along with its verwijzing is told with the verwijzing
        if kind == Kind::Opdracht && answered_verwijzing {
            continue;
        }
        answered_verwijzing |= kind == Kind::Verwijzing;
        match of_case(change, round) {
            Ok(stop) => route.stops.extend(stop),
            Err(refusal) => route.refuse(refusal),
        }
    }
    person::of_person(changes, round, &mut route);
    route
}

/// Why nothing about the kandidaat of these changes may travel, if so, as the sender may hear it.
fn held(changes: &[Change], round: &Round<'_>) -> Option<&'static str> {
    let kandidaat = changes.iter().find_map(|change| match change.kind {
        Kind::Kandidaat => Some(change.id),
        _ => round.overlay.record(&change.id)?.reference("kandidaat"),
    })?;
    let record = &round.overlay.record(&kandidaat)?.record;
    let reason = hold(record)?;
    let links = round.overlay.links(&kandidaat);
    Some(told_reason(reason, record, &links, round.sender))
}

fn of_case(change: &Change, round: &Round<'_>) -> Result<Option<Stop>, Refusal> {
    let overlay = round.overlay;
    let Some(entry) = overlay.record(&change.id) else {
        return Ok(None);
    };
    let case = match change.kind {
        Kind::Trajectplan | Kind::Logboekregel | Kind::Rapportage | Kind::Loonwaarde => entry
            .reference("opdracht")
            .and_then(|id| overlay.record(&id)),
        _ => Some(entry),
    };
    let Some(case) = case else { return Ok(None) };
    let party = |side| case.party(side).and_then(|code| OrgCode::parse(code).ok());
    let (Some(opdrachtgever), Some(uitvoerder)) = (party("opdrachtgever"), party("uitvoerder"))
    else {
        return Ok(None);
    };
    if opdrachtgever == uitvoerder {
        return Ok(None); // one organisation in two roles: nothing travels
    }
    let to_provider = *round.sender == opdrachtgever;
    let soort = match (change.kind, to_provider) {
        (Kind::Verwijzing, true) => "verwijzing",
        (Kind::Verwijzing, false) => "verwijzingBesluit",
        (Kind::Opdracht, true) => "opdracht",
        (Kind::Opdracht, false) => step_of(change),
        (Kind::Trajectplan, _) => "trajectplan",
        (Kind::Logboekregel, _) => "logboek",
        (Kind::Verzoek, false) if entry.text("soort") == Some("wijziging") => "verzoekWijziging",
        (Kind::Verzoek, false) => "verzoekToewijzing",
        (Kind::Verzoek, true) => "verzoekAntwoord",
        (Kind::Declaratie, false) => "declaratie",
        (Kind::Declaratie, true) => "declaratieAntwoord",
        (Kind::Rapportage, _) => "rapportage",
        (Kind::Loonwaarde, _) => "loonwaarde",
        _ => return Ok(None),
    };
    let recipient = if to_provider {
        uitvoerder
    } else {
        opdrachtgever
    };
    if !round.grants(&recipient, change.kind) {
        return Err(Refusal::NoAgreement(change.kind));
    }
    if change.kind == Kind::Logboekregel && !within_period(entry, case) {
        return Err(Refusal::OutsidePeriod);
    }
    Ok(Some(Stop {
        recipient,
        soort,
        record: change.id,
    }))
}

/// What an uitvoerder says of an opdracht: that it ended, that it began, or anything else. Who has no format of its own
/// for a beginning or an end gets it as the last ([`wider`]).
fn step_of(change: &Change) -> &'static str {
    let says = |name: &str| change.attributes.iter().any(|attribute| attribute == name);
    if says("beeindigdOp") {
        STOP
    } else if says("begonnenOp") {
        START
    } else {
        ANSWER
    }
}

/// The message kinds of what an uitvoerder says of an opdracht.
const ANSWER: &str = "opdrachtBevestiging";
const START: &str = "opdrachtStart";
const STOP: &str = "opdrachtStop";

/// The message kind that another is a case of.
pub(crate) fn wider(soort: &str) -> Option<&'static str> {
    matches!(soort, START | STOP).then_some(ANSWER)
}

/// Hours belong to an opdracht only within its period; an opdracht without dates has no bounds.
fn within_period(entry: &Entry, opdracht: &Entry) -> bool {
    let date = |entry: &Entry, name| -> Option<Date> { entry.text(name)?.parse().ok() };
    let Some(day) = date(entry, "datum") else {
        return false;
    };
    date(opdracht, "ingangsdatum").is_none_or(|first| first <= day)
        && date(opdracht, "einddatum").is_none_or(|last| day <= last)
}
