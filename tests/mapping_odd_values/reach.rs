//! What a fault, or a rule, is about: which of the places of a document.

use crate::change::leaves;
use crate::judge::Judge;
use crate::judge::Touch;
use crate::judge::is_between;
use crate::rules::Claim;
use crate::rules::folded;
use crate::rules::texts;
use crate::spots::Row;
use crate::spots::Spot;
use crate::spots::row_of;
use crate::spots::steps_of;
use crate::standing;
use crate::value::justified;
use schakel::document::Fault;
use schakel::document::Format;
use schakel::document::Place;
use schakel::mapping::Decoded;
use schakel::mapping::Element;

impl<'a> Judge<'a> {
    /// Whether a line now begins as those that are no records do.
    pub(crate) fn opens_or_closes(&self, touch: &Touch<'_>) -> bool {
        let format = &self.fixture.rules.format;
        let starts = ["header", "trailer"];
        let mut starts = starts.iter().flat_map(|key| texts(format.get(*key)));
        let positions = touch.spot.cell.as_ref().and_then(|cell| cell.positions);
        let sent = touch.odd.sent.first();
        positions.is_some_and(|(from, _)| from == 1)
            && sent.is_some_and(|sent| starts.any(|start| sent.starts_with(&start)))
    }

    pub(crate) fn in_an_element(&self, spot: &Spot) -> bool {
        self.fixture
            .elements
            .iter()
            .any(|element| spot.is_within(&element.place))
    }

    /// Whether a spot is in an element, or is about all of them.
    pub(crate) fn touches_element(&self, spot: &Spot, element: &Place) -> bool {
        if spot.cell.is_some() {
            return spot.is_row(Row::Header) && spot.is_on_sheet_of(element)
                || spot.is_within(element)
                || self.is_in_run(spot, element);
        }
        // what stands once in the document is about what elements become, and not about what they were
        let taken = &self.fixture.decoded.elements;
        let of_all = !self.in_an_element(spot) && taken.iter().any(|one| one.place == *element);
        spot.is_within(element) || spot.holds(element) || of_all && self.is_around(spot, element)
    }

    /// Whether a spot stands in what is around an element; true where nothing is around elements, or the spot is not in it.
    fn is_around(&self, spot: &Spot, element: &Place) -> bool {
        let around = &self.fixture.rules.around;
        if around.is_empty() || !spot.names.starts_with(around) {
            return true;
        }
        let steps = steps_of(element);
        let named = |step: &(String, Option<usize>)| (step.0.clone(), step.1.unwrap_or(0));
        let (own, its) = (spot.steps.iter().map(named), steps.iter().map(named));
        own.zip(its)
            .take(around.len() + 1)
            .all(|(one, other)| one == other)
    }

    /// Whether a place says which elements belong together.
    pub(crate) fn pairs(&self, spot: &Spot) -> bool {
        let rules = &self.fixture.rules;
        let says = rules.pair.iter().any(|path| path.starts_with(&spot.names));
        // what stands around elements that have something in common is no part of what was
        let around = rules.pair.len() > 1
            && spot.names.starts_with(&rules.around)
            && !spot.names.starts_with(&rules.element);
        says && self.in_an_element(spot) || around
    }

    /// The rules on a place, on what it stands in or on what stands in it.
    pub(crate) fn direct(&self, spot: &Spot) -> Vec<&'a Claim> {
        let format = self.fixture.document.format;
        let is = |claim: &&Claim| match &spot.cell {
            Some(cell) if format != Format::FixedWidth && spot.names.is_empty() => {
                claim.letter == Some(cell.column)
            }
            Some(cell) => {
                claim.sources.contains(&spot.names)
                    || spot.is_row(Row::Header) && claim.letter == Some(cell.column)
            }
            None => claim.sources.iter().any(|source| {
                source.starts_with(&spot.names)
                    || !claim.group && spot.names.starts_with(source) && !source.is_empty()
            }),
        };
        self.fixture.rules.claims.iter().filter(is).collect()
    }

    /// The rules that look at a place to know whether they count.
    pub(crate) fn beside(&self, spot: &Spot) -> Vec<&'a Claim> {
        let meets = |path: &Vec<String>| {
            if spot.cell.is_some() {
                return *path == spot.names;
            }
            path.starts_with(&spot.names) || spot.names.starts_with(path)
        };
        self.fixture
            .rules
            .claims
            .iter()
            .filter(|claim| claim.beside.iter().any(meets))
            .collect()
    }

    /// Whether a spot stands in an item of a list or group.
    pub(crate) fn in_an_item(&self, spot: &Spot) -> bool {
        let groups = self.fixture.rules.claims.iter().filter(|claim| claim.group);
        let in_group = groups.flat_map(|claim| &claim.sources).any(|source| {
            spot.names.len() > source.len() && spot.names.starts_with(source) && !source.is_empty()
        });
        spot.cell.is_none() && in_group
    }

    /// Whether a fault is about what was touched: at its place, or at a place whose rule looks there.
    pub(crate) fn is_about(
        &self,
        fault: &Fault,
        touch: &Touch<'_>,
        element: Option<&Element>,
    ) -> bool {
        let spot = touch.spot;
        if spot.is_named_by(&fault.place) || self.is_about_run(fault, touch) {
            return true;
        }
        // what no rule reads is said once, where it stands first; which of several is passed over, another may decide
        let unread = matches!(
            &*fault.code,
            "deel.onbekend" | "deel.overig" | "kolom.onbekend" | "positie.onbekend"
        );
        if unread && spot.is_on_sheet_of(&fault.place) && Self::has_name_of(&fault.place, spot) {
            return true;
        }
        if element.is_none() && spot.cell.is_none() && self.in_an_element(spot) {
            return false;
        }
        let claims = self.beside(spot);
        let row = row_of(&fault.place);
        let row_is = row.is_none() || row == spot.row();
        let header = spot.is_row(Row::Header)
            && spot.is_on_sheet_of(&fault.place)
            && self
                .direct(spot)
                .iter()
                .any(|claim| self.is_at(&fault.place, claim));
        header || row_is && claims.iter().any(|claim| self.is_at(&fault.place, claim))
    }

    /// Whether a place has the name of a spot, whichever item or row it is in.
    fn has_name_of(place: &Place, spot: &Spot) -> bool {
        match (place, &spot.cell) {
            (Place::Cell { column, .. }, Some(cell)) => {
                usize::try_from(*column).is_ok_and(|column| column == cell.column + 1)
            }
            (Place::Positions { from, to, .. }, Some(cell)) => {
                let small = |number: u32| usize::try_from(number).expect("small");
                cell.positions
                    .is_some_and(|(first, last)| small(*from) <= last && first <= small(*to))
            }
            (_, None) => {
                let names = |steps: &[(String, Option<usize>)]| -> Vec<String> {
                    steps
                        .iter()
                        .map(|(name, _)| name.clone())
                        .filter(|name| !name.bytes().all(|b| b.is_ascii_digit()))
                        .collect()
                };
                let (place, spot) = (names(&steps_of(place)), names(&spot.steps));
                place.starts_with(&spot) || spot.starts_with(&place) && place.len() > 1
            }
            _ => false,
        }
    }

    /// Whether a place is that of a rule.
    pub(crate) fn is_at(&self, place: &Place, claim: &Claim) -> bool {
        match place {
            Place::Cell { header, .. } => header
                .as_ref()
                .is_some_and(|header| claim.sources.contains(&vec![folded(header)])),
            Place::Positions { from, to, .. } => {
                claim.sources.contains(&vec![format!("[{from},{to}]")])
            }
            _ => {
                let steps = steps_of(place);
                let skip = usize::from(self.fixture.document.format == Format::Xml);
                let names: Vec<&String> = steps
                    .iter()
                    .skip(skip)
                    .map(|(name, _)| name)
                    .filter(|name| !name.bytes().all(|b| b.is_ascii_digit()))
                    .collect();
                claim.sources.iter().any(|source| {
                    let labels: Vec<String> = source
                        .iter()
                        .map(|name| self.fixture.rules.label(name))
                        .collect();
                    names.len() == labels.len()
                        && names
                            .iter()
                            .zip(&labels)
                            .all(|(name, label)| *name == label)
                })
            }
        }
    }

    pub(crate) fn reported(&self, touch: &Touch<'_>, element: &Element, touched: &Decoded) -> bool {
        let faults = element.faults.iter().chain(&touched.faults);
        faults
            .filter(|fault| !is_between(fault))
            .any(|fault| self.is_about(fault, touch, Some(element)))
    }

    /// Whether what stood at a place was left out before, by the conditions of all rules that read it.
    pub(crate) fn left_out(&self, spot: &Spot, old: &Element, direct: &[&Claim]) -> bool {
        let own = standing(self.fixture, spot);
        let own = own.as_text().unwrap_or_default().trim();
        let mut inward = direct.iter().filter(|claim| claim.inward).peekable();
        let conditional = |claim: &&Claim| {
            let target = claim.target.as_ref();
            let kept = target.is_some_and(|target| {
                let values = leaves(&old.bundle, &target.kind, &target.path);
                values.iter().any(|value| justified(value, own, claim))
            });
            claim.rule.contains_key("when") && !kept
        };
        !own.is_empty() && inward.peek().is_some() && inward.all(conditional)
    }

    /// Whether a place says nothing by what the mapping says: it is ignored, only written, or only looked at.
    pub(crate) fn by_rule(&self, spot: &Spot, direct: &[&Claim]) -> bool {
        let rules = &self.fixture.rules;
        let ignored = rules.ignored.iter().any(|path| {
            if spot.cell.is_some() {
                *path == spot.names
            } else {
                spot.names.starts_with(path)
            }
        });
        let own = spot.names.last().is_some_and(|name| {
            name.contains("XMLSchema-instance}") || name.contains("/XML/1998/")
        });
        let outward = !direct.is_empty() && direct.iter().all(|claim| !claim.inward);
        let tested = direct.is_empty() && !self.beside(spot).is_empty();
        ignored || own || outward || tested || spot.is_row(Row::Aside)
    }
}
