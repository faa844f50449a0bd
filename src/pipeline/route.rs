//! Who gets to know of a change. Pure. Without an agreement that names the kind, nobody does.

use crate::canonical::IdSource;
use crate::canonical::Kind;
use crate::canonical::OrgCode;
use crate::mapping::Library;
use crate::mapping::Per;
use crate::pipeline::decide::Change;
use crate::pipeline::directory::Directory;
use crate::pipeline::view::Entry;
use crate::pipeline::view::Overlay;
use crate::privacy::Reach;
use crate::privacy::hold;
use crate::store::Delivery;
use crate::store::DeliveryState;
use jiff::Timestamp;
use jiff::civil::Date;
use std::collections::BTreeSet;
use uuid::Uuid;

/// One recipient of one changed record, by message kind.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Stop {
    pub recipient: OrgCode,
    pub soort: &'static str,
    pub record: Uuid,
}

/// What becomes of a change: stops, or the reason that there is none worth telling the sender.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Route {
    Stops(Vec<Stop>),
    NoAgreement,
    OutsidePeriod,
    /// The kandidaat said no, or is shielded: nothing about this person goes anywhere.
    Held(&'static str),
}

/// Where the changes of one accepted element go. `main` is the mapping's main kind: a kandidaat that comes along
/// with a verwijzing is not sent on its own.
pub(crate) fn route(
    changes: &[Change],
    overlay: &Overlay<'_>,
    directory: &Directory,
    sender: &OrgCode,
    now: Timestamp,
) -> Route {
    if let Some(reason) = held(changes, overlay) {
        return Route::Held(reason);
    }
    let said = |kind| {
        changes
            .iter()
            .find(|change| change.kind == kind && change.changed && !change.consequence)
    };
    let cases = [
        Kind::Verwijzing,
        Kind::Opdracht,
        Kind::Trajectplan,
        Kind::Logboekregel,
    ];
    let mut stops = Vec::new();
    let mut refused = None;
    let mut answered_verwijzing = false;
    for kind in cases {
        let Some(change) = said(kind) else {
            continue;
        };
        // an opdracht that changes along with its verwijzing is told with the verwijzing
        if kind == Kind::Opdracht && answered_verwijzing {
            continue;
        }
        answered_verwijzing |= kind == Kind::Verwijzing;
        match of_case(change, overlay, directory, sender, now) {
            Ok(stop) => stops.extend(stop),
            Err(reason) => refused = Some(reason),
        }
    }
    if stops.is_empty() && refused.is_none() && !cases.iter().any(|kind| said(*kind).is_some()) {
        stops = of_profile(changes, overlay, directory, sender, now);
    }
    match refused {
        Some(reason) if stops.is_empty() => reason,
        _ => Route::Stops(stops),
    }
}

/// Why nothing about the kandidaat of these changes may travel, if so.
fn held(changes: &[Change], overlay: &Overlay<'_>) -> Option<&'static str> {
    changes.iter().find_map(|change| {
        let entry = overlay.record(&change.id)?;
        let kandidaat = match change.kind {
            Kind::Kandidaat => change.id,
            _ => entry.reference("kandidaat")?,
        };
        hold(&overlay.record(&kandidaat)?.record)
    })
}

fn of_case(
    change: &Change,
    overlay: &Overlay<'_>,
    directory: &Directory,
    sender: &OrgCode,
    now: Timestamp,
) -> Result<Option<Stop>, Route> {
    let Some(entry) = overlay.record(&change.id) else {
        return Ok(None);
    };
    let case = match change.kind {
        Kind::Trajectplan | Kind::Logboekregel => entry
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
    let to_provider = *sender == opdrachtgever;
    let soort = match (change.kind, to_provider) {
        (Kind::Verwijzing, true) => "verwijzing",
        (Kind::Verwijzing, false) => "verwijzingBesluit",
        (Kind::Opdracht, true) => "opdracht",
        (Kind::Opdracht, false) => "opdrachtBevestiging",
        (Kind::Trajectplan, _) => "trajectplan",
        (Kind::Logboekregel, _) => "logboek",
        _ => return Ok(None),
    };
    let covered = directory
        .agreement(&opdrachtgever, &uitvoerder, now)
        .is_some_and(|agreement| agreement.grant(change.kind).is_some());
    if !covered {
        return Err(Route::NoAgreement);
    }
    if change.kind == Kind::Logboekregel && !within_period(entry, case) {
        return Err(Route::OutsidePeriod);
    }
    Ok(Some(Stop {
        recipient: if to_provider {
            uitvoerder
        } else {
            opdrachtgever
        },
        soort,
        record: change.id,
    }))
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

/// A werkprofiel (or kandidaat) that changed on its own goes to those who share a case of this kandidaat with the
/// sender's side, and to uitvoerders whose agreement says all.
fn of_profile(
    changes: &[Change],
    overlay: &Overlay<'_>,
    directory: &Directory,
    sender: &OrgCode,
    now: Timestamp,
) -> Vec<Stop> {
    let profile = changes
        .iter()
        .find(|change| change.kind == Kind::Werkprofiel)
        .map(|change| change.id);
    let news = changes
        .iter()
        .any(|change| matches!(change.kind, Kind::Werkprofiel | Kind::Kandidaat) && change.changed);
    let (Some(profile), true) = (profile, news) else {
        return Vec::new();
    };
    let Some(kandidaat) = overlay
        .record(&profile)
        .and_then(|entry| entry.reference("kandidaat"))
    else {
        return Vec::new();
    };
    let mut recipients: BTreeSet<OrgCode> = overlay
        .links(&kandidaat)
        .into_iter()
        .filter_map(|link| match (link.opdrachtgever, link.uitvoerder) {
            (one, other) | (other, one) if one == *sender => Some(other),
            _ => None, // a case between others says nothing about what the sender may share
        })
        .collect();
    recipients.retain(|other| {
        directory
            .agreement(sender, other, now)
            .is_some_and(|agreement| agreement.grant(Kind::Werkprofiel).is_some())
    });
    for agreement in directory.agreements_of(sender, now) {
        let all = agreement
            .grant(Kind::Werkprofiel)
            .is_some_and(|grant| grant.reach == Reach::Alle);
        if all && agreement.opdrachtgever == *sender {
            recipients.insert(agreement.uitvoerder.clone());
        }
    }
    recipients.remove(sender);
    recipients
        .into_iter()
        .map(|recipient| Stop {
            recipient,
            soort: "werkprofiel",
            record: profile,
        })
        .collect()
}

/// What a message's deliveries are made with.
pub(crate) struct Letterhead<'a> {
    pub ids: &'a dyn IdSource,
    pub library: &'a Library,
    pub sender: &'a OrgCode,
    pub message: Uuid,
    pub traceparent: &'a str,
    pub now: Timestamp,
}

/// The deliveries of one message: one for each record, or one for all where the recipient's mapping says so.
pub(crate) fn deliveries(stops: Vec<Stop>, head: &Letterhead<'_>) -> Vec<Delivery> {
    let mut out: Vec<Delivery> = Vec::new();
    for stop in stops {
        let together = head
            .library
            .outbound(stop.recipient.as_str(), stop.soort)
            .is_some_and(|mapping| mapping.per() == Per::Message);
        let same = |delivery: &&mut Delivery| {
            delivery.recipient == stop.recipient
                && delivery.soort == stop.soort
                && (together || delivery.records.contains(&stop.record))
        };
        if let Some(delivery) = out.iter_mut().find(same) {
            if !delivery.records.contains(&stop.record) {
                delivery.records.push(stop.record);
            }
            continue;
        }
        out.push(Delivery {
            id: head.ids.next(head.now),
            recipient: stop.recipient,
            sender: head.sender.clone(),
            message: head.message,
            soort: stop.soort.to_owned(),
            records: vec![stop.record],
            state: DeliveryState::Outbox,
            attempts: 0,
            next_at: head.now,
            claimed_until: None,
            lease_token: None,
            reason: None,
            content_type: None,
            content: None,
            traceparent: head.traceparent.to_owned(),
            created_at: head.now,
            published_at: None,
            ready_at: None,
            settled_at: None,
        });
    }
    out
}
