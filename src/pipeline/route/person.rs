//! Who gets to know that a kandidaat or a werkprofiel changed.

use crate::canonical::Kind;
use crate::canonical::OrgCode;
use crate::canonical::is_closed;
use crate::pipeline::decide::Change;
use crate::pipeline::identify::derived;
use crate::pipeline::route::Refusal;
use crate::pipeline::route::Round;
use crate::pipeline::route::Route;
use crate::pipeline::route::Stop;
use crate::privacy::Reach;
use crate::store::Link;
use std::collections::BTreeMap;
use uuid::Uuid;

/// What changed about one person.
struct News<'a> {
    changes: &'a [Change],
    kandidaat: bool,
    werkprofiel: bool,
    /// The werkprofiel, if there is one.
    profile: Option<Uuid>,
}

impl News<'_> {
    fn said(&self, record: Uuid) -> bool {
        self.changes.iter().any(|change| change.id == record)
    }
}

/// Adds where a change of the kandidaat or the werkprofiel goes: to the other party of each open case that the sender
/// shares, and as a werkprofiel to uitvoerders whose agreement says all.
pub(super) fn of_person(changes: &[Change], round: &Round<'_>, route: &mut Route) {
    let is_news = |kind| {
        changes
            .iter()
            .any(|change| change.kind == kind && change.changed)
    };
    let kandidaat = changes.iter().find_map(|change| match change.kind {
        Kind::Kandidaat => Some(change.id),
        Kind::Werkprofiel => round.overlay.record(&change.id)?.reference("kandidaat"),
        _ => None,
    });
    let Some(kandidaat) = kandidaat else { return };
    let profile = derived(Kind::Werkprofiel, kandidaat);
    let news = News {
        changes,
        kandidaat: is_news(Kind::Kandidaat),
        werkprofiel: is_news(Kind::Werkprofiel),
        profile: round.overlay.record(&profile).map(|_| profile),
    };
    if !news.kandidaat && !news.werkprofiel {
        return;
    }
    let shared = shared_cases(kandidaat, round);
    for (recipient, cases) in &shared {
        to_party(recipient, cases, &news, round, route);
    }
    for agreement in round.directory.agreements_of(round.sender, round.now) {
        let all = agreement
            .grant(Kind::Werkprofiel)
            .is_some_and(|grant| grant.reach == Reach::Alle);
        let recipient = &agreement.uitvoerder;
        let is_new =
            news.werkprofiel || (news.kandidaat && agreement.grant(Kind::Kandidaat).is_some());
        if let (true, true, Some(profile)) = (all, is_new, news.profile)
            && agreement.opdrachtgever == *round.sender
            && recipient != round.sender
            && !shared.contains_key(recipient)
        {
            route.stops.push(Stop {
                recipient: recipient.clone(),
                soort: "werkprofiel",
                record: profile,
            });
        }
    }
}

/// Whether another organisation is in an open case of this kandidaat with the sender.
pub(crate) fn shares_open_case(kandidaat: Uuid, other: &OrgCode, round: &Round<'_>) -> bool {
    shared_cases(kandidaat, round).contains_key(other)
}

/// Who else is in an open case of this kandidaat with the sender, with those cases. A case between others says nothing
/// about what the sender may share, and one that is over gives no ground any more.
fn shared_cases(kandidaat: Uuid, round: &Round<'_>) -> BTreeMap<OrgCode, Vec<Link>> {
    let mut shared: BTreeMap<OrgCode, Vec<Link>> = BTreeMap::new();
    for link in round.overlay.links(&kandidaat) {
        let other = if link.opdrachtgever == *round.sender {
            &link.uitvoerder
        } else if link.uitvoerder == *round.sender {
            &link.opdrachtgever
        } else {
            continue;
        };
        if other != round.sender && is_open(&link, round) {
            shared.entry(other.clone()).or_default().push(link);
        }
    }
    shared
}

fn is_open(link: &Link, round: &Round<'_>) -> bool {
    let open = |id| {
        let entry = round.overlay.record(&id)?;
        let status = entry.text("status").unwrap_or_default();
        Some(!is_closed(entry.kind, status))
    };
    // a verwijzing that became an opdracht ends with it
    let became = match link.kind {
        Kind::Verwijzing => open(derived(Kind::Opdracht, link.record)),
        _ => None,
    };
    open(link.record).unwrap_or(false) && became.unwrap_or(true)
}

fn to_party(
    recipient: &OrgCode,
    cases: &[Link],
    news: &News<'_>,
    round: &Round<'_>,
    route: &mut Route,
) {
    let mut due = |is_new: bool, kind| {
        let granted = round.grants(recipient, kind);
        if is_new && !granted {
            route.refuse(Refusal::NoAgreement(kind));
        }
        is_new && granted
    };
    let profile_due = due(news.werkprofiel, Kind::Werkprofiel);
    let kandidaat_due = due(news.kandidaat, Kind::Kandidaat);
    let gets = |soort: &str| {
        let mut stops = route.stops.iter();
        stops.any(|stop| stop.recipient == *recipient && stop.soort == soort)
    };
    // both go along with a verwijzing, the kandidaat also with an opdracht
    if gets("verwijzing") || (!profile_due && (!kandidaat_due || gets("opdracht"))) {
        return;
    }
    let by_profile = news
        .profile
        .filter(|_| round.grants(recipient, Kind::Werkprofiel))
        .map(|profile| ("werkprofiel", profile));
    let carrier = if profile_due {
        by_profile
    } else {
        let by_case = carrying_case(recipient, cases, news, round);
        match (by_case, by_profile) {
            // what the message itself is about comes first, then what the recipient has in any case
            (Some(case), _) if news.said(case.1) => Some(case),
            (_, Some(profile)) if news.said(profile.1) => Some(profile),
            (case, profile) => case.or(profile),
        }
    };
    match carrier {
        Some((soort, record)) => route.stops.push(Stop {
            recipient: recipient.clone(),
            soort,
            record,
        }),
        None if news.profile.is_some() => route.refuse(Refusal::NoAgreement(Kind::Werkprofiel)),
        None => route.refuse(Refusal::NoMessage),
    }
}

/// The case with which an opdrachtgever tells its uitvoerder about a kandidaat: one that the message is about, else
/// the newest; a verwijzing before an opdracht.
fn carrying_case(
    recipient: &OrgCode,
    cases: &[Link],
    news: &News<'_>,
    round: &Round<'_>,
) -> Option<(&'static str, Uuid)> {
    cases
        .iter()
        .filter(|link| link.opdrachtgever == *round.sender && round.grants(recipient, link.kind))
        .max_by_key(|link| {
            let verwijzing = link.kind == Kind::Verwijzing;
            (news.said(link.record), verwijzing, link.record)
        })
        .map(|link| match link.kind {
            Kind::Verwijzing => ("verwijzing", link.record),
            _ => ("opdracht", link.record),
        })
}
