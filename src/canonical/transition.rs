use crate::canonical::Kind;
use std::cmp::Ordering;

/// A party of a case that can say a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// Who commissions (O).
    Opdrachtgever,
    /// Who carries out (P).
    Uitvoerder,
}

/// Whose a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    /// The opdrachtgever's.
    O,
    /// The uitvoerder's.
    P,
    /// Either party's.
    Both,
    /// The uitvoerder's, and the gateway takes it by receiving: nobody waits for it.
    Receipt,
    /// The opdrachtgever's, and any change it sends takes it: nobody waits for it.
    Supplement,
}

impl By {
    fn allows(self, actor: Actor) -> bool {
        match self {
            Self::O | Self::Supplement => actor == Actor::Opdrachtgever,
            Self::P | Self::Receipt => actor == Actor::Uitvoerder,
            Self::Both => true,
        }
    }

    const fn goes_by_itself(self) -> bool {
        matches!(self, Self::Receipt | Self::Supplement)
    }
}

/// The status in which a kind's life begins.
const fn start(kind: Kind) -> Option<(&'static str, By)> {
    match kind {
        Kind::Verwijzing => Some(("concept", By::O)),
        Kind::Opdracht => Some(("aangeboden", By::O)),
        Kind::Trajectplan => Some(("opgesteld", By::P)),
        Kind::Verzoek => Some(("ingediend", By::P)),
        Kind::Logboekregel | Kind::Declaratie | Kind::Rapportage => Some(("concept", By::P)),
        Kind::Loonwaarde => Some(("concept", By::Both)),
        Kind::Organisatie | Kind::Overeenkomst | Kind::Kandidaat | Kind::Werkprofiel => None,
    }
}

/// The legal steps of each kind's `status` and whose they are, from the state machines of the domain (domain 2.13:
/// verwijzing, opdracht, trajectplan, logboekregel, declaratie, rapportage; a verzoek from the answers of iWmo 319,
/// WJ760, beside which the gateway keeps that it was granted or taken back, and a loonwaarde are ours [ASM]). Receipt by
/// the gateway stands for `ontvangst bevestigen`. Where the domain names no actor: who does the work starts, interrupts
/// and resumes it, and either party may end it [ASM].
const fn steps(kind: Kind) -> &'static [(&'static str, &'static str, By)] {
    use By::Both;
    use By::O;
    use By::P;
    use By::Receipt;
    use By::Supplement;
    match kind {
        Kind::Verwijzing => &[
            ("concept", "ingediend", O),
            ("ingediend", "ontvangen", Receipt),
            ("ontvangen", "toegewezen", P),
            ("ontvangen", "aanvullingGevraagd", P),
            ("toegewezen", "aanvullingGevraagd", P),
            ("aanvullingGevraagd", "ontvangen", Supplement),
            ("ontvangen", "aangenomen", P),
            ("toegewezen", "aangenomen", P),
            ("ontvangen", "afgewezen", P),
            ("toegewezen", "afgewezen", P),
            ("toegewezen", "afgewezenNaIntake", P),
            ("aangenomen", "afgewezenNaIntake", P),
            ("concept", "ingetrokken", O),
            ("ingediend", "ingetrokken", O),
            ("ontvangen", "ingetrokken", O),
            ("toegewezen", "ingetrokken", O),
            ("aanvullingGevraagd", "ingetrokken", O),
        ],
        Kind::Opdracht => &[
            ("aangeboden", "geaccepteerd", P),
            ("aangeboden", "geweigerd", P),
            ("geaccepteerd", "gestart", P),
            ("gestart", "onderbroken", P),
            ("onderbroken", "gestart", P),
            ("gestart", "beeindigd", Both),
            ("geaccepteerd", "beeindigd", Both),
            ("aangeboden", "ingetrokken", O),
            ("geaccepteerd", "ingetrokken", O),
            ("gestart", "ingetrokken", O),
            ("onderbroken", "ingetrokken", O),
        ],
        Kind::Trajectplan => &[
            ("opgesteld", "terOndertekening", P),
            ("terOndertekening", "ondertekend", Both),
            ("ondertekend", "actief", P),
            ("actief", "terOndertekening", P),
            ("actief", "afgerond", P),
            ("actief", "beeindigd", Both),
        ],
        Kind::Logboekregel => &[
            ("concept", "definitief", P),
            ("definitief", "gecorrigeerd", P),
        ],
        Kind::Verzoek => &[
            ("ingediend", "inOnderzoek", O),
            ("ingediend", "toegekend", O),
            ("ingediend", "afgewezen", O),
            ("inOnderzoek", "toegekend", O),
            ("inOnderzoek", "afgewezen", O),
            ("ingediend", "ingetrokken", P),
            ("inOnderzoek", "ingetrokken", P),
        ],
        Kind::Declaratie => &[
            ("concept", "ingediend", P),
            ("ingediend", "volledigToegekend", O),
            ("ingediend", "deelsToegekend", O),
            ("ingediend", "afgekeurd", O),
            ("deelsToegekend", "gecorrigeerd", P),
            ("afgekeurd", "gecorrigeerd", P),
        ],
        Kind::Rapportage => &[
            ("concept", "ingediend", P),
            ("ingediend", "aanvullingGevraagd", O),
            ("aanvullingGevraagd", "ingediend", P),
            ("ingediend", "goedgekeurd", O),
            ("ingediend", "afgekeurd", O),
            ("concept", "ingetrokken", P),
            ("ingediend", "ingetrokken", P),
            ("aanvullingGevraagd", "ingetrokken", P),
        ],
        Kind::Loonwaarde => &[
            ("concept", "ingediend", Both),
            ("ingediend", "vastgesteld", O),
            ("concept", "ingetrokken", Both),
            ("ingediend", "ingetrokken", Both),
        ],
        Kind::Organisatie | Kind::Overeenkomst | Kind::Kandidaat | Kind::Werkprofiel => &[],
    }
}

/// Whether a record may come from one status into another.
///
/// Steps in between may be missing: the message that takes them can still be under way, and changes are ordered by
/// the sender's own times, not by arrival. So a status is legal when it can be *reached*.
#[must_use]
pub fn may_become(kind: Kind, from: &str, to: &str) -> bool {
    steps(kind).is_empty() || from == to || reaches(kind, from, to, |_| true, |_| true)
}

/// Whether somebody who is these `actors` of a case may say that its status is `to` now. `from` is the status on
/// record; `None` is a record that does not exist yet. Kinds without a life of their own take any.
///
/// The last step must be theirs. Steps in between may be missing as for [`may_become`], as far as they are theirs too
/// or go by themselves: what another party decides is known when that party says it, and nobody says it for them.
#[must_use]
pub fn may_say(kind: Kind, from: Option<&str>, to: &str, actors: &[Actor]) -> bool {
    let theirs = |by: By| actors.iter().any(|actor| by.allows(*actor));
    let through = |by: By| by.goes_by_itself() || theirs(by);
    let Some((first, by)) = start(kind) else {
        return true;
    };
    match from {
        Some(from) => from == to || reaches(kind, from, to, through, theirs),
        None => theirs(by) && (first == to || reaches(kind, first, to, through, theirs)),
    }
}

/// Whether a record's life is over: no step leads on from this status. Kinds without a life of their own never close.
#[must_use]
pub fn is_closed(kind: Kind, status: &str) -> bool {
    let steps = steps(kind);
    !steps.is_empty()
        && steps.iter().any(|(_, to, _)| *to == status)
        && steps.iter().all(|(from, ..)| *from != status)
}

/// Whether there is a way from one status to another over steps that may be passed, with a last step that may be
/// taken.
fn reaches(
    kind: Kind,
    from: &str,
    to: &str,
    through: impl Fn(By) -> bool,
    last: impl Fn(By) -> bool,
) -> bool {
    let mut reached = vec![from];
    let mut next = 0;
    while let Some(at) = reached.get(next).copied() {
        next += 1;
        for (_, target, by) in steps(kind).iter().filter(|(source, ..)| *source == at) {
            if *target == to && last(*by) {
                return true;
            }
            if through(*by) && !reached.contains(target) {
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
        Kind::Verwijzing
        | Kind::Verzoek
        | Kind::Declaratie
        | Kind::Rapportage
        | Kind::Loonwaarde => Some("ingediend"),
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
    fn a_life_is_over_when_no_step_leads_on() {
        for (kind, status, closed) in [
            (Kind::Verwijzing, "ingediend", false),
            (Kind::Verwijzing, "aangenomen", false),
            (Kind::Verwijzing, "afgewezen", true),
            (Kind::Opdracht, "beeindigd", true),
            (Kind::Opdracht, "onderbroken", false),
            (Kind::Opdracht, "nergens genoemd", false),
            (Kind::Kandidaat, "om het even", false),
        ] {
            assert_eq!(is_closed(kind, status), closed, "{kind} {status}");
        }
    }

    #[test]
    fn a_status_is_said_by_the_party_whose_step_it_is() {
        // kind: on record (nothing: no record yet) -> said: who may say it
        for case in [
            "verwijzing:  -> concept: O",
            "verwijzing:  -> ingediend: O",
            "verwijzing:  -> ingetrokken: O",
            "verwijzing:  -> ontvangen: ",
            "verwijzing:  -> aangenomen: ",
            "verwijzing: ingediend -> ontvangen: P",
            "verwijzing: ingediend -> aangenomen: P",
            "verwijzing: ingediend -> afgewezen: P",
            "verwijzing: ingediend -> ingetrokken: O",
            "verwijzing: concept -> aangenomen: ",
            "verwijzing: aanvullingGevraagd -> ontvangen: O",
            "verwijzing: aanvullingGevraagd -> aangenomen: P",
            "verwijzing: aangenomen -> afgewezenNaIntake: P",
            "verwijzing: aangenomen -> aangenomen: OP",
            "opdracht:  -> aangeboden: O",
            "opdracht:  -> geaccepteerd: ",
            "opdracht: aangeboden -> geaccepteerd: P",
            "opdracht: aangeboden -> gestart: P",
            "opdracht: gestart -> beeindigd: OP",
            "opdracht: gestart -> ingetrokken: O",
            "trajectplan:  -> actief: P",
            "trajectplan: terOndertekening -> ondertekend: OP",
            "trajectplan: ondertekend -> actief: P",
            "logboekregel:  -> definitief: P",
            "verzoek:  -> ingediend: P",
            "verzoek: ingediend -> afgewezen: O",
            "verzoek: inOnderzoek -> toegekend: O",
            "verzoek: inOnderzoek -> ingetrokken: P",
            "verzoek: afgewezen -> toegekend: ",
            "declaratie:  -> ingediend: P",
            "declaratie: ingediend -> deelsToegekend: O",
            "declaratie: afgekeurd -> gecorrigeerd: P",
            "declaratie: volledigToegekend -> afgekeurd: ",
            "rapportage:  -> ingediend: P",
            "rapportage: ingediend -> goedgekeurd: O",
            "rapportage: ingediend -> aanvullingGevraagd: O",
            "rapportage: aanvullingGevraagd -> ingediend: P",
            "rapportage: aanvullingGevraagd -> goedgekeurd: ",
            "rapportage: goedgekeurd -> ingetrokken: ",
            "loonwaarde:  -> ingediend: OP",
            "loonwaarde:  -> vastgesteld: O",
            "loonwaarde: ingediend -> vastgesteld: O",
            "loonwaarde: vastgesteld -> ingediend: ",
            "kandidaat:  -> om het even: OP",
        ] {
            let parts: Vec<&str> = case.split(": ").collect();
            let (from, to) = parts[1].split_once("-> ").expect("a step");
            let kind = Kind::parse(parts[0]).expect("a kind");
            let from = Some(from.trim()).filter(|from| !from.is_empty());
            for (actor, letter) in [(Actor::Opdrachtgever, 'O'), (Actor::Uitvoerder, 'P')] {
                let may = may_say(kind, from, to, &[actor]);
                assert_eq!(may, parts[2].contains(letter), "{case} ({letter})");
            }
        }
        assert!(!may_say(Kind::Verwijzing, None, "concept", &[]));
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
