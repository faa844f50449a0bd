use crate::canonical::Kind;
use std::cmp::Ordering;

/// The legal steps of each kind's `status`, from the state machines of the domain (verwijzing, opdracht,
/// trajectplan, logboekregel). Receipt by the gateway stands for `ontvangst bevestigen`.
const fn steps(kind: Kind) -> &'static [(&'static str, &'static str)] {
    match kind {
        Kind::Verwijzing => &[
            ("concept", "ingediend"),
            ("ingediend", "ontvangen"),
            ("ontvangen", "toegewezen"),
            ("ontvangen", "aanvullingGevraagd"),
            ("toegewezen", "aanvullingGevraagd"),
            ("aanvullingGevraagd", "ontvangen"),
            ("ontvangen", "aangenomen"),
            ("toegewezen", "aangenomen"),
            ("ontvangen", "afgewezen"),
            ("toegewezen", "afgewezen"),
            ("toegewezen", "afgewezenNaIntake"),
            ("aangenomen", "afgewezenNaIntake"),
            ("concept", "ingetrokken"),
            ("ingediend", "ingetrokken"),
            ("ontvangen", "ingetrokken"),
            ("toegewezen", "ingetrokken"),
            ("aanvullingGevraagd", "ingetrokken"),
        ],
        Kind::Opdracht => &[
            ("aangeboden", "geaccepteerd"),
            ("aangeboden", "geweigerd"),
            ("geaccepteerd", "gestart"),
            ("gestart", "onderbroken"),
            ("onderbroken", "gestart"),
            ("gestart", "beeindigd"),
            ("geaccepteerd", "beeindigd"),
            ("aangeboden", "ingetrokken"),
            ("geaccepteerd", "ingetrokken"),
            ("gestart", "ingetrokken"),
            ("onderbroken", "ingetrokken"),
        ],
        Kind::Trajectplan => &[
            ("opgesteld", "terOndertekening"),
            ("terOndertekening", "ondertekend"),
            ("ondertekend", "actief"),
            ("actief", "terOndertekening"),
            ("actief", "afgerond"),
            ("actief", "beeindigd"),
        ],
        Kind::Logboekregel => &[("concept", "definitief"), ("definitief", "gecorrigeerd")],
        Kind::Organisatie | Kind::Overeenkomst | Kind::Kandidaat | Kind::Werkprofiel => &[],
    }
}

/// Whether a record may come from one status into another.
///
/// Steps in between may be missing: the message that takes them can still be under way, and changes are ordered by
/// the sender's own times, not by arrival. So a status is legal when it can be *reached*.
#[must_use]
pub fn may_become(kind: Kind, from: &str, to: &str) -> bool {
    let steps = steps(kind);
    if steps.is_empty() || from == to {
        return true;
    }
    let mut reached = vec![from];
    let mut next = 0;
    while let Some(at) = reached.get(next).copied() {
        next += 1;
        for (_, target) in steps.iter().filter(|(source, _)| *source == at) {
            if *target == to {
                return true;
            }
            if !reached.contains(target) {
                reached.push(target);
            }
        }
    }
    false
}

/// Whether `said` lies after or before `on_record` in the life of a record. `None` when neither leads to the other,
/// or each to the other (a plan that is revised): then the life itself orders nothing.
#[must_use]
pub fn compare_status(kind: Kind, on_record: &str, said: &str) -> Option<Ordering> {
    if steps(kind).is_empty() {
        return None;
    }
    match (
        may_become(kind, on_record, said),
        may_become(kind, said, on_record),
    ) {
        (true, false) => Some(Ordering::Greater),
        (false, true) => Some(Ordering::Less),
        _ => None,
    }
}

/// The status that a new record of a kind gets when its maker names none: the first step that a pushed record has
/// already taken.
#[must_use]
pub const fn first_status(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Verwijzing => Some("ingediend"),
        Kind::Opdracht => Some("aangeboden"),
        Kind::Trajectplan => Some("opgesteld"),
        Kind::Logboekregel => Some("definitief"),
        Kind::Organisatie | Kind::Overeenkomst | Kind::Kandidaat | Kind::Werkprofiel => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_legal_when_it_can_be_reached() {
        for (kind, from, to, legal) in [
            (Kind::Verwijzing, "ingediend", "aangenomen", true),
            (Kind::Verwijzing, "ingediend", "afgewezenNaIntake", true),
            (Kind::Verwijzing, "aangenomen", "ingetrokken", false),
            (Kind::Verwijzing, "afgewezen", "aangenomen", false),
            (Kind::Opdracht, "aangeboden", "gestart", true),
            (Kind::Opdracht, "beeindigd", "gestart", false),
            (Kind::Trajectplan, "actief", "actief", true),
            (Kind::Trajectplan, "actief", "ondertekend", true),
            (Kind::Trajectplan, "afgerond", "actief", false),
            (Kind::Logboekregel, "gecorrigeerd", "definitief", false),
            (Kind::Kandidaat, "om het even", "wat", true),
        ] {
            assert_eq!(may_become(kind, from, to), legal, "{kind} {from} {to}");
        }
    }

    #[test]
    fn a_status_lies_after_another_when_only_that_way_is_open() {
        for (kind, on_record, said, order) in [
            (
                Kind::Verwijzing,
                "ingediend",
                "aangenomen",
                Some(Ordering::Greater),
            ),
            (
                Kind::Verwijzing,
                "aangenomen",
                "ingediend",
                Some(Ordering::Less),
            ),
            (Kind::Verwijzing, "afgewezen", "ingetrokken", None),
            (Kind::Opdracht, "gestart", "onderbroken", None),
            (Kind::Opdracht, "gestart", "gestart", None),
            (Kind::Kandidaat, "om het even", "wat", None),
        ] {
            assert_eq!(
                compare_status(kind, on_record, said),
                order,
                "{kind} {on_record} {said}"
            );
        }
    }
}
