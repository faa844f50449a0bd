//! The laws. What a document says when something in it is odd is held against what it says as it is: by the place that
//! was touched, by what stood there, and by what the mapping's own text says about that place.

use crate::change;
use crate::change::Change;
use crate::fixtures::Fixture;
use crate::kept;
use crate::odd::Keeps;
use crate::odd::Odd;
use crate::rules::Claim;
use crate::runs::digits;
use crate::spots::Row;
use crate::spots::Spot;
use crate::value::covers;
use crate::value::covers_state;
use crate::value::differs;
use crate::value::elements;
use crate::value::is_placeholder;
use crate::value::json_of;
use crate::value::justified;
use crate::value::justified_envelope;
use crate::value::key;
use crate::value::named;
use crate::value::said;
use crate::value::same;
use schakel::canonical::Bundle;
use schakel::document::Fault;
use schakel::document::Value;
use schakel::mapping::Decoded;
use schakel::mapping::Element;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::collections::BTreeSet;

/// Whether a fault is about what is sent together, and tested where that is looked at: two rows with one BSN refuse each
/// other, and a total is that of all lines of a claim.
pub(crate) fn is_between(fault: &Fault) -> bool {
    matches!(&*fault.code, "bsn.dubbel" | "declaratie.totaal")
}

/// One place, and what was put there.
pub(crate) struct Touch<'a> {
    pub spot: &'a Spot,
    pub odd: &'a Odd,
}

pub(crate) struct Judge<'a> {
    pub fixture: &'a Fixture,
    pub touches: &'a [Touch<'a>],
    pub found: Vec<String>,
}

impl<'a> Judge<'a> {
    pub(crate) fn wrong(&mut self, touch: Option<&Touch<'_>>, what: &str) {
        let touch = touch.or_else(|| self.touches.first());
        let (spot, odd) = touch.map_or((String::new(), ""), |touch| {
            let spot = match &touch.spot.cell {
                Some(cell) => format!(
                    "row {} column {} {:?}",
                    cell.row,
                    cell.column + 1,
                    touch.spot.names
                ),
                None => touch.spot.pointer(),
            };
            (spot, touch.odd.what)
        });
        let text = format!("{}: {odd} at {spot}: {what}", self.fixture.label());
        self.found.push(text);
    }

    /// A file that could not be read at all: only where its format knows no other way, and with the place.
    pub(crate) fn unread(&mut self, faults: &[Fault], token: Option<(u32, u32)>) {
        if self.fixture.document.format.is_table() || token.is_none() {
            return self.wrong(None, "the whole file is refused");
        }
        let (line, column) = token.unwrap_or_default();
        let near = faults.iter().all(|fault| {
            fault.place.at().is_some_and(|at| {
                at.line == line && at.column <= column + 10 && at.column + 60 >= column
            })
        });
        if !near || !faults.iter().any(Fault::refuses) {
            self.wrong(None, "the file is refused without the place");
        }
    }

    pub(crate) fn read(&mut self, touched: &Decoded) {
        let fixture = self.fixture;
        let before = said(&fixture.decoded.faults);
        for fault in &touched.faults {
            if !before.contains_key(&key(fault))
                && !self
                    .touches
                    .iter()
                    .any(|touch| self.is_about(fault, touch, None))
            {
                self.wrong(
                    None,
                    &format!("the document has a fault elsewhere: {:?}", key(fault)),
                );
            }
        }
        if touched.faults.iter().any(Fault::refuses) {
            let lone = touched.elements.is_empty() && fixture.elements.len() <= 1;
            let whole = |touch: &Touch<'_>| {
                touch.spot.is_row(Row::Header)
                    || touch.spot.cell.is_none() && !self.in_an_element(touch.spot)
            };
            if !lone && !self.touches.iter().any(whole) {
                self.wrong(None, "one element refuses the document");
            }
            return;
        }
        self.envelope(touched);
        let by_name = |elements: &'a [Element]| elements.iter().map(|one| (named(&one.place), one));
        let old: BTreeMap<String, &Element> = by_name(&fixture.elements).collect();
        let elements = elements(touched);
        let new = elements.iter().map(|one| (named(&one.place), one));
        let new: BTreeMap<String, &Element> = new.collect();
        if self.touches.iter().any(|touch| self.is_key(touch.spot)) {
            return self.regrouped(&old, &new);
        }
        if self.touches.iter().any(|touch| self.pairs(touch.spot)) {
            // which elements belong together is another thing now: it is the same, or there is a refusal
            let refused = elements
                .iter()
                .flat_map(|one| &one.faults)
                .any(Fault::refuses);
            if !refused && old.keys().ne(new.keys()) {
                self.wrong(None, "other elements are paired and nothing says so");
            }
            return;
        }
        for (place, element) in &new {
            let place_of = old.get(place).map_or(&element.place, |old| &old.place);
            let within: Vec<&Touch<'_>> = self
                .touches
                .iter()
                .filter(|touch| self.touches_element(touch.spot, place_of))
                .collect();
            match (old.get(place), within.as_slice()) {
                (Some(old), []) => {
                    if let Some(what) = differs(old, element) {
                        self.wrong(None, &format!("{place} changes: {what}"));
                    }
                }
                (Some(old), some) => {
                    for touch in some.iter().copied() {
                        self.element(touch, old, element, touched);
                    }
                }
                (None, []) => self.wrong(None, &format!("{place} is new")),
                (None, _) => {}
            }
        }
        for (place, element) in old.iter().filter(|(place, _)| !new.contains_key(*place)) {
            let touch = self
                .touches
                .iter()
                .find(|touch| self.touches_element(touch.spot, &element.place));
            let within = touched.elements.iter().flat_map(|one| &one.faults);
            let mut faults = touched.faults.iter().chain(within);
            let about = touch.is_some_and(|touch| {
                touch.odd.sent.is_empty()
                    || self.opens_or_closes(touch)
                    || faults.any(|fault| self.is_about(fault, touch, None))
            });
            if !about {
                self.wrong(touch, &format!("{place} is gone and nothing says so"));
            }
        }
    }

    pub(crate) fn envelope(&mut self, touched: &Decoded) {
        let (old, new) = (&self.fixture.decoded.envelope, &touched.envelope);
        let parts = [
            ("referentie", old.reference.clone(), new.reference.clone()),
            (
                "verzonden",
                old.sent_at.map(|at| at.to_string()),
                new.sent_at.map(|at| at.to_string()),
            ),
            (
                "afzender",
                old.sender.clone().map(|one| one.0),
                new.sender.clone().map(|one| one.0),
            ),
            (
                "aflevering",
                old.delivery.clone().map(|one| one.0),
                new.delivery.clone().map(|one| one.0),
            ),
        ];
        for (name, old, new) in parts {
            if old == new {
                continue;
            }
            let target = |claim: &&&Claim| {
                claim
                    .target
                    .as_ref()
                    .is_some_and(|target| target.kind == "bericht" && target.path[0] == name)
            };
            let justified = self.touches.iter().any(|touch| {
                let claims = self.direct(touch.spot);
                let mut claims = claims.iter().filter(target).peekable();
                claims.peek().is_some()
                    && new.as_ref().is_none_or(|new| {
                        claims.any(|claim| {
                            touch
                                .odd
                                .sent
                                .iter()
                                .any(|sent| justified(&Json::from(new.as_str()), sent, claim))
                        })
                    })
            });
            if !justified {
                self.wrong(None, &format!("the envelope's {name} changes"));
            }
        }
    }

    /// One element in which something is odd.
    fn element(&mut self, touch: &Touch<'_>, old: &Element, new: &Element, touched: &Decoded) {
        let before = said(&old.faults);
        for fault in &new.faults {
            // an item that is there twice is told of at the second
            let again = touch.odd.twice && fault.code == "groep.dubbel";
            let again = again || kept::is_of_given_up(fault, touch, new);
            // with one more before it the number of what was wrong is another
            let (code, at) = key(fault);
            let moved =
                |one: &(String, String)| one.0 == code && unnumbered(&one.1) == unnumbered(&at);
            let again = again || touch.odd.twice && before.keys().any(moved);
            let known = again || before.contains_key(&key(fault)) || is_between(fault);
            if !known && !self.is_about(fault, touch, Some(new)) {
                self.wrong(Some(touch), &format!("a fault elsewhere: {:?}", key(fault)));
            }
        }
        // An element of which nothing was read, as a row of another length than its header, says so and nothing more;
        // it may be read when what stands around it is another thing.
        if old.bundle.records.is_empty() && old.faults.iter().any(Fault::refuses) {
            return;
        }
        let changes = change::between(&old.bundle, &new.bundle);
        let refused = new
            .faults
            .iter()
            .any(|fault| fault.refuses() && self.is_about(fault, touch, Some(new)));
        let direct = self.direct(touch.spot);
        let beside = self.beside(touch.spot);
        if refused && new.bundle.records.is_empty() {
            // nothing of it was read, and that is said
            return;
        }
        if let Some(stray) = kept::stray(new) {
            self.wrong(Some(touch), &format!("{stray} is kept nowhere"));
        }
        for change in &changes {
            if !kept::went_along(touch, change, old, new) {
                self.change(touch, change, &direct, &beside, new, touched);
            }
        }
        let items: BTreeSet<&(String, usize)> = changes
            .iter()
            .filter_map(|change| change.item.as_ref())
            .collect();
        let lists: BTreeSet<&String> = items.iter().map(|(list, _)| list).collect();
        if self.in_an_item(touch.spot) && items.len() > lists.len() && beside.is_empty() {
            self.wrong(Some(touch), "more than one item changes");
        }
        // what is kept untranslated is kept as it is written
        let other = |change: &Change| change.by_pointer != Some("nietVertaald");
        if touch.odd.keeps == Keeps::All && changes.iter().any(other) && !refused {
            self.wrong(
                Some(touch),
                "it means the same and another value comes of it",
            );
        }
        self.heard(touch, old, new, touched, &direct);
    }

    #[allow(clippy::too_many_arguments)] // what one change is held against
    fn change(
        &mut self,
        touch: &Touch<'_>,
        change: &Change,
        direct: &[&Claim],
        beside: &[&Claim],
        new: &Element,
        touched: &Decoded,
    ) {
        let shown = format!(
            "{}/{} {:?}",
            change.kind,
            change.path.join("/"),
            change.by_pointer
        );
        if let Some((_, value)) = self
            .fixture
            .rules
            .sets
            .iter()
            .find(|(target, _)| covers(target, change))
        {
            if change
                .new
                .as_ref()
                .is_some_and(|new| *new != json_of(value))
            {
                self.wrong(Some(touch), &format!("{shown} is set to something else"));
            }
            return;
        }
        let is_its = |claim: &&&Claim| {
            claim
                .target
                .as_ref()
                .is_some_and(|target| covers(target, change) || covers_state(target, change))
        };
        if beside.iter().any(|claim| is_its(&claim)) {
            return;
        }
        let its: Vec<&Claim> = direct.iter().filter(is_its).copied().collect();
        let container = direct.iter().any(|claim| {
            claim.group
                && claim
                    .target
                    .as_ref()
                    .is_some_and(|target| covers(target, change))
        });
        if its.is_empty() && !container {
            return self.wrong(Some(touch), &format!("{shown} changes"));
        }
        let Some(value) = &change.new else {
            // whether what was sent instead is in the result, is asked below; of a header it is not
            let header = touch.spot.is_row(Row::Header);
            if header && !self.reported(touch, new, touched) {
                self.wrong(Some(touch), &format!("{shown} goes and nothing says so"));
            }
            return;
        };
        let stated = change.by_pointer == Some("waardeStatus");
        let justified = match change.by_pointer {
            Some("nietVertaald") => {
                let mut sent = touch.odd.sent.iter();
                let text = value.as_str().unwrap_or_default().trim();
                // of a date in a workbook the number is kept that stands there
                let own = matches!(&touch.odd.value, Value::Moment(own) if **own == *text);
                let is_it = own || touch.odd.raw.is_some() || sent.any(|sent| sent.trim() == text);
                is_it && self.reported(touch, new, touched)
            }
            _ if stated => {
                touch.odd.sent.is_empty()
                    || touch.odd.sent.iter().any(|sent| {
                        its.iter()
                            .any(|claim| is_placeholder(sent, claim, self.fixture))
                    })
                    || touch.spot.is_attribute()
            }
            _ if touch.spot.is_attribute() && touch.spot.names.len() > 1 => true,
            _ if touch.odd.sent.is_empty() && !self.said_in_run(touch.spot).is_empty() => {
                let texts = self.said_in_run(touch.spot);
                texts.iter().any(|text| {
                    let same_digits = value
                        .as_str()
                        .is_some_and(|value| digits(value) == digits(text));
                    same_digits || its.iter().any(|claim| justified(value, text, claim))
                })
            }
            _ => its.iter().any(|claim| {
                let default = claim
                    .rule
                    .get("default")
                    .is_some_and(|default| json_of(default) == *value);
                default && self.reported(touch, new, touched)
                    || touch
                        .odd
                        .sent
                        .iter()
                        .any(|sent| justified(value, sent, claim))
            }),
        };
        if !justified {
            self.wrong(Some(touch), &format!("{shown} is invented: {value}"));
        }
    }

    /// What was sent is in the result, or said, or left out on purpose.
    fn heard(
        &mut self,
        touch: &Touch<'_>,
        old: &Element,
        new: &Element,
        touched: &Decoded,
        direct: &[&Claim],
    ) {
        let reported = self.reported(touch, new, touched);
        // a header is no value: that its column is lost shows in the rows
        let header = touch.spot.is_row(Row::Header);
        let left_out = self.left_out(touch.spot, old, direct);
        let silent = header || left_out || self.by_rule(touch.spot, direct);
        if touch.odd.sent.is_empty() || reported || silent {
            return;
        }
        if touch.odd.said {
            let claimed = direct
                .iter()
                .any(|claim| claim.target.is_some() && claim.inward);
            if claimed {
                return self.wrong(Some(touch), "it is not said");
            }
        }
        for sent in &touch.odd.sent {
            let taken = direct.iter().any(|claim| {
                if claim
                    .constant
                    .as_ref()
                    .is_some_and(|constant| same(constant, sent))
                {
                    return true;
                }
                let Some(target) = &claim.target else {
                    return false;
                };
                if target.kind == "bericht" {
                    return touch.odd.keeps != Keeps::Nothing
                        || justified_envelope(touched, target, sent, claim);
                }
                let is = |bundle: &Bundle| change::leaves(bundle, &target.kind, &target.path);
                let (now, was) = (is(&new.bundle), is(&old.bundle));
                touch.odd.keeps != Keeps::Nothing && now == was && !now.is_empty()
                    || now.iter().any(|value| justified(value, sent, claim))
                    || is_placeholder(sent, claim, self.fixture)
            });
            if !taken {
                return self.wrong(Some(touch), "what was sent is lost and nothing says so");
            }
        }
    }
}

/// A path without the numbers of its steps.
pub(crate) fn unnumbered(path: &str) -> String {
    let steps = path.split('/').map(|step| {
        let numbered = step
            .strip_suffix(']')
            .and_then(|step| step.rsplit_once('['));
        numbered.map_or(step, |(name, _)| name)
    });
    steps.collect::<Vec<_>>().join("/")
}
