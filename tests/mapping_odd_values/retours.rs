//! Retours to deliveries: every place of every example in turn, made odd. A retour is judged by what it says. Only the
//! answer at what was touched may be another; no code and no number is invented, and none goes unsaid: where it cannot be
//! read what is rejected, the whole of it is refused, with the place.

use crate::change;
use crate::fixtures;
use crate::fixtures::Fixture;
use crate::fixtures::SCHEMAS;
use crate::judge::Judge;
use crate::judge::Touch;
use crate::judge::unnumbered;
use crate::may_be_twice;
use crate::odd;
use crate::odd::Keeps;
use crate::odd::TOKEN;
use crate::rules::Rules;
use crate::rules::printed;
use crate::sent;
use crate::shown;
use crate::spots;
use crate::spots::Spot;
use crate::spots::steps_of;
use crate::value::covers;
use crate::value::justified;
use crate::value::key;
use crate::value::location;
use crate::value::said;
use crate::value::same;
use schakel::adapters;
use schakel::adapters::Limits;
use schakel::document::At;
use schakel::document::Fault;
use schakel::document::Place;
use schakel::document::Value;
use schakel::mapping::Decoded;
use schakel::mapping::Element;
use schakel::mapping::Rejected;
use schakel::pipeline::read_document;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use toml::Table;

/// Where a mapping says that codes stand.
struct Codes {
    header: Vec<String>,
    path: Vec<String>,
    /// The code that says that nothing is rejected.
    accepted: String,
    /// The code of what was not looked at, which counts where something around it is rejected.
    unchecked: String,
}

impl Codes {
    fn of(fixture: &Fixture) -> Self {
        let root = printed(&fixture.mapping);
        let answers: &Table = root["answers"].as_table().expect("it is a retour");
        let text = |key: &str| answers[key].as_str().expect("a text").to_owned();
        Self {
            header: fixture.rules.steps(&text("header")),
            path: fixture.rules.steps(&text("code")),
            accepted: text("accepted"),
            unchecked: text("unchecked"),
        }
    }

    /// Whether a spot is a code, holds codes, or stands in one.
    fn touches(&self, spot: &Spot) -> bool {
        let begins = |from: usize| {
            let (rest, path) = (&spot.names[from..], &self.path);
            path.starts_with(rest) || rest.starts_with(path)
        };
        (0..spot.names.len()).any(begins)
    }

    /// Whether a spot is a code itself.
    fn is_one(&self, spot: &Spot) -> bool {
        spot.names.ends_with(&self.path)
    }
}

/// What a retour says at each place: codes by where they stand, of the whole and of each element.
struct Answer<'d> {
    whole: BTreeMap<String, BTreeSet<String>>,
    parts: BTreeMap<String, BTreeMap<String, BTreeSet<String>>>,
    elements: BTreeMap<String, &'d Element>,
}

impl<'d> Answer<'d> {
    fn of(decoded: &'d Decoded) -> Self {
        let codes = |all: &[Rejected]| {
            let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
            for one in all {
                let at = found.entry(location(&one.place)).or_default();
                at.extend(one.codes.iter().cloned());
            }
            found
        };
        let answered = decoded.answered.as_ref().expect("it is a retour");
        let parts = answered.parts.iter().map(|(index, rejected)| {
            let place = location(&decoded.elements[*index].place);
            (place, codes(rejected))
        });
        let elements = decoded.elements.iter();
        Self {
            whole: codes(&answered.whole),
            parts: parts.collect(),
            elements: elements.map(|one| (location(&one.place), one)).collect(),
        }
    }

    /// Every code that is said of an element, with where it stands.
    fn told(&self) -> BTreeSet<(String, String)> {
        let places = self.parts.values().flatten();
        let each =
            places.flat_map(|(at, codes)| codes.iter().map(move |code| (at.clone(), code.clone())));
        each.collect()
    }

    fn says_nothing(&self) -> bool {
        self.whole.is_empty() && self.parts.is_empty()
    }
}

/// A retour with something odd in it, held against what it said.
struct Held<'a, 'd> {
    codes: &'a Codes,
    judge: &'a mut Judge<'d>,
    old: Answer<'d>,
    new: Answer<'a>,
}

/// Whether a retour with something odd in it says what it said, but at what was touched.
fn judged(codes: &Codes, judge: &mut Judge<'_>, touched: &Decoded) {
    let mut held = Held {
        codes,
        old: Answer::of(&judge.fixture.decoded),
        new: Answer::of(touched),
        judge,
    };
    if !held.faults(touched) {
        held.judge.envelope(touched);
        held.elements();
        held.heard();
    }
}

fn all_faults(decoded: &Decoded) -> Vec<Fault> {
    let within = decoded.elements.iter().flat_map(|one| &one.faults);
    decoded.faults.iter().chain(within).cloned().collect()
}

impl<'d> Held<'_, 'd> {
    fn touch(&self) -> &'d Touch<'d> {
        &self.judge.touches[0]
    }

    /// Whether it is refused; what is said is about what was touched.
    fn faults(&mut self, touched: &Decoded) -> bool {
        let (fixture, spot) = (self.judge.fixture, self.touch().spot);
        let (before, faults) = (said(&all_faults(&fixture.decoded)), all_faults(touched));
        let fresh = |fault: &&Fault| !before.contains_key(&key(fault));
        for fault in faults.iter().filter(fresh) {
            let nothing = fault.code == "retour.leeg" && self.new.says_nothing();
            // a number that is for all elements is read for each
            let direct = self.judge.direct(spot);
            let its = direct
                .iter()
                .any(|claim| self.judge.is_at(&fault.place, claim));
            if !nothing && !spot.is_named_by(&fault.place) && !its {
                let what = format!("a fault elsewhere: {:?}", key(fault));
                self.judge.wrong(None, &what);
            }
        }
        let refused = faults.iter().any(Fault::refuses);
        let mut why = faults.iter().filter(|fault| fault.refuses());
        if refused && !why.any(|fault| fresh(&fault)) {
            self.judge.wrong(None, "it is refused and nothing says why");
        }
        refused
    }

    /// What is said of the whole and of each element.
    fn elements(&mut self) {
        let spot = self.touch().spot;
        let header = &self.codes.header;
        let in_header = spot.names.starts_with(header) || header.starts_with(&spot.names);
        let mut wrong = Vec::new();
        if !in_header && self.old.whole != self.new.whole {
            wrong.push("what is said of the whole changes".to_owned());
        }
        let (old, new) = (&self.old, &self.new);
        let places: BTreeSet<&String> = old.elements.keys().chain(new.elements.keys()).collect();
        for place in places {
            let (was, is) = (old.elements.get(place), new.elements.get(place));
            let about = &was.or(is).expect("one of them").place;
            if self.judge.touches_element(spot, about) {
                if let (Some(was), Some(is)) = (was, is) {
                    self.records(was, is, &mut wrong);
                }
                continue;
            }
            if old.parts.get(place) != new.parts.get(place) {
                wrong.push(format!("what is said of {place} changes"));
            }
            let records = |one: Option<&&Element>| one.map(|one| one.bundle.records.clone());
            if records(was) != records(is) {
                wrong.push(format!("{place} is about something else"));
            }
        }
        for (at, code) in new.told().difference(&old.told()) {
            // what is there twice has another number
            let moved =
                |one: &(String, String)| unnumbered(&one.0) == unnumbered(at) && one.1 == *code;
            let twice = self.touch().odd.twice && old.told().iter().any(moved);
            let mut sent = self.touch().odd.sent.iter();
            let sent = sent.any(|sent| sent.trim() == code) && self.codes.touches(spot);
            if !twice && !sent && *code != self.codes.unchecked {
                wrong.push(format!("{code} is invented at {at}"));
            }
        }
        for (at, code) in old.told().difference(&new.told()) {
            // what is not sent any more is not said any more
            let steps = steps_of(&Place::Xml {
                xpath: at.clone(),
                at: At::default(),
            });
            let holds = spot.steps.len() <= steps.len() && along(spot, &steps, spot.steps.len());
            if !holds && !self.codes.touches(spot) && !self.touch().odd.twice {
                wrong.push(format!("{code} at {at} goes"));
            }
        }
        for what in wrong {
            self.judge.wrong(None, &what);
        }
    }

    /// The numbers by which an element is known.
    fn records(&self, was: &Element, is: &Element, wrong: &mut Vec<String>) {
        let touch = self.touch();
        let direct = self.judge.direct(touch.spot);
        for change in change::between(&was.bundle, &is.bundle) {
            let mut its = direct.iter().filter(|claim| {
                let target = claim.target.as_ref();
                target.is_some_and(|target| covers(target, &change))
            });
            let fits = match &change.new {
                None => its.next().is_some(),
                Some(value) => its.any(|claim| {
                    let mut sent = touch.odd.sent.iter();
                    sent.any(|sent| justified(value, sent, claim))
                }),
            };
            if !fits {
                wrong.push(format!("{} {:?} changes", change.kind, change.path));
            }
        }
        if touch.odd.keeps == Keeps::All && was.bundle.records != is.bundle.records {
            wrong.push("it means the same and another value comes of it".to_owned());
        }
    }

    /// A code that is sent is told, unless it says that all is well or that nothing was looked at. A text where elements
    /// or codes should stand is not read as if there were none.
    fn heard(&mut self) {
        let touch = self.touch();
        let (names, path) = (&touch.spot.names, &self.codes.path);
        let of_code = (1..path.len()).any(|steps| names.ends_with(&path[..steps]));
        let structure = of_code || self.judge.fixture.rules.element.starts_with(names);
        let text = matches!(&touch.odd.value, Value::Text(text) if !text.trim().is_empty());
        if structure && text && !touch.odd.twice {
            self.judge.wrong(None, "a text stands where parts belong");
        }
        if !self.codes.is_one(touch.spot) {
            return;
        }
        let told = self.new.told();
        let whole = self.new.whole.values().flatten();
        let heard = |sent: &String| {
            let silent = [&self.codes.accepted, &self.codes.unchecked];
            told.iter().any(|(_, code)| same(code, sent))
                || whole.clone().any(|code| same(code, sent))
                || silent.iter().any(|code| same(code, sent))
        };
        if !touch.odd.sent.iter().all(heard) {
            self.judge.wrong(None, "a code is lost and nothing says so");
        }
    }
}

/// Whether a spot stands in the same of so many steps as a place.
fn along(spot: &Spot, place: &[(String, Option<usize>)], steps: usize) -> bool {
    let named = |step: &(String, Option<usize>)| (step.0.clone(), step.1.unwrap_or(0));
    let (own, its) = (spot.steps.iter().map(named), place.iter().map(named));
    own.zip(its).take(steps).all(|(one, other)| one == other)
}

fn fixture(name: String, example: &fixtures::Example) -> Option<Fixture> {
    let (_, mapping, bytes) = example;
    let document = adapters::decode(bytes, mapping.wire(), &Limits::default()).ok()?;
    let decoded = read_document(mapping, &document, &SCHEMAS);
    let within = decoded.elements.iter().flat_map(|one| &one.faults);
    let refused = decoded.faults.iter().chain(within).any(Fault::refuses);
    (!refused).then(|| Fixture {
        name,
        mapping: mapping.clone(),
        rules: Rules::of(mapping),
        document,
        elements: decoded.elements.clone(),
        decoded,
    })
}

#[test]
fn an_odd_value_in_a_retour_changes_the_answer_at_its_own_element_only() {
    let (mut found, mut looked) = (Vec::new(), 0);
    let mut kinds = BTreeSet::new();
    for example in fixtures::retours() {
        let Some(fixture) = fixture(example.0.clone(), &example) else {
            continue;
        };
        kinds.insert(fixture.mapping.id().1.to_owned());
        let codes = Codes::of(&fixture);
        let all = spots::of(&fixture);
        for spot in &all {
            let node = spots::get(&fixture.document, &spot.at);
            for odd in odd::for_place(fixture.document.format, node, spot.is_text(), None) {
                if odd.twice && !may_be_twice(&fixture, spot) {
                    continue;
                }
                looked += 1;
                let mut document = fixture.document.clone();
                spots::put(&mut document, &spot.at, odd.value.clone(), odd.twice);
                let raw = odd.raw.map(|raw| (TOKEN.to_owned(), raw));
                let raws: Vec<(String, &[u8])> = raw.into_iter().collect();
                let Some(file) = sent(&document, fixture.mapping.wire(), &raws) else {
                    continue;
                };
                let touch = Touch { spot, odd: &odd };
                let mut judge = Judge {
                    fixture: &fixture,
                    touches: std::slice::from_ref(&touch),
                    found: Vec::new(),
                };
                let wire = fixture.mapping.wire();
                match adapters::decode(&file.bytes, wire, &Limits::default()) {
                    Err(faults) => judge.unread(&faults, file.token),
                    Ok(document) => {
                        let decoded = read_document(&fixture.mapping, &document, &SCHEMAS);
                        if decoded.answered.is_some() {
                            judged(&codes, &mut judge, &decoded);
                        } else if !decoded.faults.iter().any(Fault::refuses) {
                            judge.wrong(None, "it answers nothing and nothing says so");
                        }
                    }
                }
                found.extend(judge.found);
            }
        }
    }
    assert!(kinds.len() > 5, "every shipped retour: {kinds:?}");
    shown(looked, &found);
}
