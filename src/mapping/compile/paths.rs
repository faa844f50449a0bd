//! Rules whose paths no document can have together.

use crate::document::Format;
use crate::mapping::compile::Compiler;
use crate::mapping::compile::placed::Placed;
use crate::mapping::compile::spot::Clash;
use crate::mapping::compile::spot::Spot;
use crate::mapping::compile::spot::Starts;

/// A rule and one of its places, from the root.
type At<'p> = (&'p Placed, Spot);

impl Compiler<'_> {
    /// Says of each rule whether its place cannot be together with another rule's, or with one of `others`.
    pub(super) fn check_paths(&mut self, starts: Starts<'_>, others: &[Spot]) {
        if !matches!(self.format, Format::Xml | Format::Json) {
            return;
        }
        let places = self.placed.iter().flat_map(|placed| {
            let spots = placed.spots.iter();
            spots.map(move |spot| (placed, spot.rooted(starts)))
        });
        let places: Vec<At<'_>> = places.collect();
        let mut found = Vec::new();
        for (index, (placed, spot)) in places.iter().enumerate() {
            let with_other = || {
                others.iter().find_map(|other| {
                    let same = spot.key() == other.key() && !other.whole.is_empty();
                    let clash = spot.clash(other, self.format, placed.outward);
                    Some((clash.or_else(|| same.then_some(Clash::Place))?, other))
                })
            };
            let first = self.first_clash(index, &places).or_else(with_other);
            found.extend(first.map(|(clash, other)| {
                let names = (spot.whole.clone(), other.whole.clone());
                (placed.span.clone(), clash, names)
            }));
        }
        // A value that stands at several places is one rule.
        found.dedup_by(|one, other| one.0 == other.0);
        for (span, clash, (own, other)) in found {
            self.no_pair_of_paths(&span, clash, &own, &other);
        }
    }

    /// The first place of another rule, or another of this one, that cannot be together with one of them.
    fn first_clash<'p>(&self, index: usize, all: &'p [At<'p>]) -> Option<(Clash, &'p Spot)> {
        let (placed, spot) = &all[index];
        let others = all.iter().enumerate().filter(|(at, _)| *at != index);
        others.into_iter().find_map(|(_, (other, at))| {
            let written = placed.outward && other.outward && !placed.is_apart(other, true);
            let out = written.then(|| spot.clash(at, self.format, true)).flatten();
            if let Some(clash) = out {
                // That two rules write one place is said already.
                return (spot.key() != at.key()).then_some((clash, at));
            }
            if !(placed.inward && other.inward) {
                return None;
            }
            let clash = spot.clash(at, self.format, false)?;
            let kept = spot.gives_way(at, clash) && placed.has_own_condition(other, false)
                || at.gives_way(spot, clash) && other.has_own_condition(placed, false);
            (!kept).then_some((clash, at))
        })
    }

    fn no_pair_of_paths(
        &mut self,
        span: &std::ops::Range<usize>,
        clash: Clash,
        own: &str,
        other: &str,
    ) {
        let (nl, en) = match (clash, other.is_empty()) {
            (Clash::Place, _) => (
                format!(
                    "`{own}` is hier al iets anders: daar staat het bericht zelf, of een code."
                ),
                format!(
                    "`{own}` is something else already: the message itself stands there, or a code."
                ),
            ),
            (Clash::Parts, false) => (
                format!(
                    "`{own}` en `{other}` kunnen niet samen in een bericht: wat bij het ene een waarde is, heeft bij het andere onderdelen."
                ),
                format!(
                    "`{own}` and `{other}` cannot be in a message together: what is a value for one has parts for the other."
                ),
            ),
            (Clash::Times, false) => (
                format!(
                    "`{own}` en `{other}` kunnen niet samen in een bericht: wat bij het ene eenmaal voorkomt, herhaalt zich bij het andere, of op een andere manier."
                ),
                format!(
                    "`{own}` and `{other}` cannot be in a message together: what is there once for one repeats for the other, or in another way."
                ),
            ),
            (Clash::Parts, true) => (
                format!(
                    "`{own}` is hier een waarde, en daar of daarin staan de elementen van deze mapping."
                ),
                format!(
                    "`{own}` is a value here, and the elements of this mapping stand there or in it."
                ),
            ),
            (Clash::Times, true) => (
                format!(
                    "`{own}` gaat door wat zich herhaalt (de elementen van deze mapping, of wat eromheen staat), alsof het er eenmaal is."
                ),
                format!(
                    "`{own}` goes through what repeats (the elements of this mapping, or what is around them) as if it were there once."
                ),
            ),
        };
        self.report.error(
            "M083",
            span,
            (&nl, &en),
            (
                "Verbeter een van de paden, zet de regel in de groep, of geef elk een `when` als een bericht het ene of het andere heeft.",
                "Correct one of the paths, put the rule in the group, or give each a `when` if a message has one or the other.",
            ),
        );
    }
}
