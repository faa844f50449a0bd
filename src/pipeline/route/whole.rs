//! Formats in which a message holds the full current set.

use crate::canonical::Kind;
use crate::canonical::OrgCode;
use crate::canonical::is_closed;
use crate::mapping::Library;
use crate::pipeline::directory::day_of;
use crate::pipeline::route::Round;
use crate::pipeline::route::Stop;
use crate::pipeline::view::Entry;
use jiff::Timestamp;
use jiff::civil::Date;
use std::collections::HashSet;
use uuid::Uuid;

/// The message kind of an opdracht on its way to who carries it out.
const OPDRACHT: &str = "opdracht";

/// Adds what else is in force between the two parties for the same person, where the recipient's format holds the full
/// current set: it would take what is missing for withdrawn (domain 2.5). Each set is looked up once, however many of it
/// a message changed.
pub(crate) fn whole_sets(mut stops: Vec<Stop>, round: &Round<'_>, library: &Library) -> Vec<Stop> {
    let mut more = Vec::new();
    let mut sets = HashSet::new();
    let opdrachten = || stops.iter().filter(|stop| stop.soort == OPDRACHT);
    let mut known: HashSet<(&OrgCode, Uuid)> = opdrachten()
        .map(|stop| (&stop.recipient, stop.record))
        .collect();
    for stop in opdrachten() {
        let full = library
            .outbound(stop.recipient.as_str(), OPDRACHT)
            .is_some_and(|mapping| mapping.is_full_set(Kind::Opdracht));
        let entry = round.overlay.record(&stop.record).filter(|_| full);
        let Some(kandidaat) = entry.and_then(|entry| entry.reference("kandidaat")) else {
            continue;
        };
        if !sets.insert((&stop.recipient, kandidaat)) {
            continue;
        }
        for link in round.overlay.links(&kandidaat) {
            let theirs = link.kind == Kind::Opdracht
                && link.opdrachtgever == *round.sender
                && link.uitvoerder == stop.recipient;
            let entry = round.overlay.record(&link.record).filter(|_| theirs);
            if entry.is_some_and(|entry| in_force(entry, round.now))
                && known.insert((&stop.recipient, link.record))
            {
                more.push(Stop {
                    record: link.record,
                    ..stop.clone()
                });
            }
        }
    }
    stops.extend(more);
    stops
}

/// Whether an opdracht is in force, so that a set of that day holds it: its life is not over, nor its period.
pub(crate) fn in_force(entry: &Entry, moment: Timestamp) -> bool {
    let status = entry.text("status").unwrap_or_default();
    let last: Option<Date> = entry.text("einddatum").and_then(|date| date.parse().ok());
    !is_closed(entry.kind, status) && last.is_none_or(|last| day_of(moment) <= last)
}
