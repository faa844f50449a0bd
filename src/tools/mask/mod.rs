//! A real sample made into one of nobody: the same shape, other people.
//!
//! Default deny: what the mapping does not know to be public (a code of a list that is not restricted, a constant of the
//! format) is masked, whatever it is and wherever it stands. The mapping tells what a value is, so that its mask is of
//! the same sort; what it does not read is masked by what it looks like. Comments, formulas, looks and the properties
//! of a file are no part of a [`Document`](crate::document::Document) and do not come along.

mod code;
mod dates;
mod draw;
mod form;
mod names;
mod parts;
mod sort;
mod spell;
mod spot;
mod table;
mod treat;
mod tree;
mod uses;
mod walk;
mod words;
mod written;

pub(super) use dates::moved;
pub use draw::MaskKey;
pub use written::masked_workbook;

use crate::canonical::ValueState;
use crate::document::Document;
use crate::document::Fault;
use crate::document::Format;
use crate::document::Name;
use crate::document::Value;
use crate::document::Wire;
use crate::mapping::Decoded;
use crate::mapping::Mapping;
use crate::mapping::plan::Plan;
use crate::mapping::plan::folded;
use crate::schema::Schemas;
use crate::tools::mask::names::Names;
use crate::tools::mask::parts::Wholes;
use crate::tools::mask::spot::Path;
use crate::tools::mask::spot::Spot;
use crate::tools::mask::treat::Masker;
use crate::tools::mask::uses::Use;
use crate::tools::mask::uses::Uses;
use crate::tools::mask::uses::said;
use crate::tools::mask::walk::Maker;
use crate::tools::mask::walk::Role;
use crate::tools::mask::walk::Site;
use crate::tools::mask::walk::Walk;
use std::collections::BTreeMap;
use std::collections::BTreeSet;

/// How often values are masked anew of which the mapping makes something else.
const ROUNDS: usize = 8;
/// The attribute that says that an element has no value.
const NIL: &str = "@{http://www.w3.org/2001/XMLSchema-instance}nil";

/// A masked document.
pub struct Masked {
    /// The document; its parts keep the places that they had.
    pub document: Document,
    /// How it is written.
    pub wire: Wire,
    /// Values that were replaced.
    pub replaced: usize,
    /// Values that stayed, because they are public codes.
    pub stayed: usize,
    /// Places of which the mapping makes something else than of the original.
    pub differing: usize,
}

/// Masks a document. `read` is how the gateway reads it by the mapping: the masked document gives the same elements
/// and the same faults at the same places, as far as masks allow; how often they do not is told.
#[must_use]
pub fn mask(
    document: &Document,
    mapping: &Mapping,
    schemas: &Schemas,
    key: &MaskKey,
    read: &dyn Fn(&Document) -> Decoded,
) -> Masked {
    let walk = Walk::new(document, mapping);
    let decoded = read(document);
    let wanted = findings(&decoded, document);
    let mut uses = Uses::of(mapping, schemas, &decoded, &walk);
    let mut learn = Learn {
        found: Vec::new(),
        uses: &uses,
    };
    walk.rebuild(&mut learn);
    for (path, index) in learn.found {
        uses.learn(path, index);
    }
    let mut making = Making {
        mapping,
        uses: &uses,
        masker: Masker::new(key, schemas),
        names: Names::new(mapping, schemas, document.format),
        wholes: Wholes::of(&walk, &uses),
        pass: Pass::Words,
        sheets: Vec::new(),
        replaced: 0,
        stayed: 0,
    };
    walk.rebuild(&mut making);
    let mut differing = BTreeSet::new();
    let mut made = making.pass(&walk, Pass::Masks);
    for round in 0..=ROUNDS {
        // sheets have other names in it, and are known by their number
        let named = if document.format == Format::Excel {
            &made
        } else {
            document
        };
        differing = differences(&wanted, &findings(&read(&made), named));
        if differing.is_empty() || round == ROUNDS {
            break;
        }
        making.pass(&walk, Pass::Anew(differing.clone()));
        made = making.pass(&walk, Pass::Masks);
    }
    Masked {
        document: made,
        wire: making.names.wire(document.envelope.is_some()),
        replaced: making.replaced,
        stayed: making.stayed,
        differing: differing.len(),
    }
}

/// What was found at each place: faults by their code, values by what they are.
fn findings(decoded: &Decoded, document: &Document) -> BTreeMap<Spot, Vec<String>> {
    let mut found: BTreeMap<Spot, Vec<String>> = BTreeMap::new();
    let fault = |fault: &Fault| (Spot::of(document, &fault.place), fault.code.to_string());
    // a sheet that is not read has another name when masked
    let shown = |fault: &&Fault| fault.code != "blad.niet-gelezen";
    let mut all: Vec<(Spot, String)> = decoded.faults.iter().filter(shown).map(fault).collect();
    for element in decoded.elements.iter().flat_map(said) {
        all.push((Spot::of(document, &element.place), "element".to_owned()));
        all.extend(element.faults.iter().map(fault));
        let origins = element.origins.iter();
        all.extend(origins.map(|origin| {
            (
                Spot::of(document, &origin.place()),
                format!("{}{}", origin.kind, origin.pointer()),
            )
        }));
    }
    for (spot, what) in all {
        found.entry(spot).or_default().push(what);
    }
    for list in found.values_mut() {
        list.sort_unstable();
    }
    found
}

fn differences(
    wanted: &BTreeMap<Spot, Vec<String>>,
    found: &BTreeMap<Spot, Vec<String>>,
) -> BTreeSet<Spot> {
    let spots = wanted.keys().chain(found.keys());
    spots
        .filter(|spot| wanted.get(spot) != found.get(spot))
        .copied()
        .collect()
}

/// Learns along which paths values stand that were read.
struct Learn<'u, 'm> {
    uses: &'u Uses<'m>,
    found: Vec<(Path, usize)>,
}

impl Maker for Learn<'_, '_> {
    fn value(&mut self, site: &Site<'_>, _: &Value) -> Value {
        for index in self.uses.here(site.spot) {
            let known = (site.path.clone(), *index);
            if self.uses.along(&known.0).contains(index) || site.path == Path::Elsewhere {
                continue;
            }
            if !self.found.contains(&known) {
                self.found.push(known);
            }
        }
        Value::Null
    }

    fn name(&mut self, name: &Name, _: bool) -> Name {
        Name::clone(name)
    }

    fn sheet(&mut self, name: &Name, _: usize, _: bool) -> Name {
        Name::clone(name)
    }
}

/// What is done with each value.
enum Pass {
    /// Its words are noted: no mask may hold them.
    Words,
    /// It is masked.
    Masks,
    /// Another mask is asked for, where the mapping made something else of it.
    Anew(BTreeSet<Spot>),
}

struct Making<'u, 'm> {
    mapping: &'m Mapping,
    uses: &'u Uses<'m>,
    masker: Masker<'m>,
    names: Names<'m>,
    wholes: Wholes<'m>,
    pass: Pass,
    sheets: Vec<String>,
    replaced: usize,
    stayed: usize,
}

impl Making<'_, '_> {
    fn pass(&mut self, walk: &Walk<'_>, pass: Pass) -> Document {
        self.pass = pass;
        self.sheets.clear();
        (self.replaced, self.stayed) = (0, 0);
        if matches!(self.pass, Pass::Masks) {
            self.wholes.mask(self.uses, &mut self.masker);
        }
        walk.rebuild(self)
    }

    /// Whether a text is no value of anybody: a constant, a word of a condition, how XML says that there is nothing.
    fn is_structure(&self, site: &Site<'_>, text: &str) -> bool {
        let text = text.trim();
        if text.is_empty() || self.uses.is_word(&site.path, text) {
            return true;
        }
        let (Path::Tree(steps) | Path::Envelope(steps)) = &site.path else {
            return false;
        };
        let last = steps.last().map_or("", |name| &**name);
        let nil = self.mapping.plan().and_then(|plan| plan.nil.as_deref());
        let states = self.mapping.plan().is_none() || nil == Some(last);
        last == NIL && matches!(text, "true" | "false" | "0" | "1")
            || states && ValueState::parse(text).is_some()
    }
}

impl<'m> Making<'_, 'm> {
    /// What a value is: what it was read as, or what others along its path were.
    fn of(&self, site: &Site<'_>) -> Vec<(usize, Use<'m>)> {
        let mut found = self.uses.here(site.spot);
        if site.path == Path::Elsewhere {
            found = &[];
        } else if found.is_empty() {
            found = self.uses.along(&site.path);
        }
        // the canonical mapping takes a partial date as a whole
        if let (true, true, Some(above)) = (
            found.is_empty(),
            self.mapping.plan().is_none(),
            site.within.last(),
        ) {
            found = self.uses.here(above.spot);
        }
        let all = &self.uses.all;
        found.iter().map(|index| (*index, all[*index])).collect()
    }

    fn text(&mut self, site: &Site<'_>, text: &str, number: bool) -> String {
        if let (Role::Total(word), Pass::Masks) = (site.role, &self.pass) {
            return word.to_owned();
        }
        if self.is_structure(site, text) || site.role == Role::Header && self.names.is_known(text) {
            return text.to_owned();
        }
        let whole = self.wholes.at(site).cloned();
        if let (Some((_, mask)), Pass::Masks) = (&whole, &self.pass) {
            self.replaced += 1;
            return mask.clone();
        }
        let uses = self.of(site);
        let plain: Vec<Use<'_>> = uses.iter().map(|(_, used)| *used).collect();
        if self.masker.stays(text, &plain, number) {
            self.stayed += 1;
            return text.to_owned();
        }
        self.replaced += 1;
        match &self.pass {
            Pass::Words => self.masker.avoid(text),
            Pass::Masks => return self.masker.mask(text, &uses, number, site.width),
            Pass::Anew(spots) => {
                let differs = |spot: &Spot| *spot != Spot::NOWHERE && spots.contains(spot);
                let mut above = site.within.iter();
                if differs(&site.spot) || above.any(|holder| differs(&holder.spot)) {
                    let text = whole.as_ref().map_or(text, |(whole, _)| whole);
                    self.masker.bump(text.trim());
                }
            }
        }
        String::new()
    }
}

impl Maker for Making<'_, '_> {
    fn value(&mut self, site: &Site<'_>, value: &Value) -> Value {
        match value {
            Value::Text(text) => Value::Text(self.text(site, text, false).into()),
            Value::Number(number) => {
                let masked = self.text(site, number, true);
                if masked.parse::<f64>().is_ok_and(f64::is_finite) {
                    Value::Number(masked.into())
                } else {
                    Value::Text(masked.into())
                }
            }
            Value::Moment(number) => {
                let masked = self.text(site, number, true);
                let counts = masked.parse::<f64>().is_ok_and(|number| number >= 0.0);
                // it stays what its program shows as a date, whatever a rule makes of it
                Value::Moment(if counts { masked } else { "1".to_owned() }.into())
            }
            Value::Measure(measure, number) => {
                let masked = self.text(site, number, true);
                let counts = masked.parse::<f64>().is_ok_and(|number| number >= 0.0);
                Value::Measure(
                    *measure,
                    if counts { masked } else { "1".to_owned() }.into(),
                )
            }
            Value::Bool(known) => {
                let uses: Vec<Use<'_>> = self.of(site).into_iter().map(|(_, used)| used).collect();
                let word = if *known { "true" } else { "false" };
                let stays =
                    self.masker.stays(word, &uses, false) || self.uses.is_word(&site.path, word);
                Value::Bool(*known && stays)
            }
            // a formula without result, an error of a cell: not something that was written there
            value => value.clone(),
        }
    }

    fn name(&mut self, name: &Name, envelope: bool) -> Name {
        self.names.part(name, envelope)
    }

    fn sheet(&mut self, name: &Name, index: usize, read: bool) -> Name {
        // what the mapping does not name itself may be the name of a person: a sheet for each coach
        let plan = self.mapping.plan();
        let named = |plan: &Plan| {
            let mut names = plan.table.names.iter();
            names.any(|known| folded(known) == folded(name))
        };
        let mut made = if read && plan.is_some_and(named) || self.names.is_known(name) {
            name.to_string()
        } else {
            format!("Blad {}", index + 1)
        };
        while self
            .sheets
            .iter()
            .any(|taken| taken.to_lowercase() == made.to_lowercase())
        {
            made = format!("Blad {}-{}", index + 1, made.len());
        }
        self.sheets.push(made.clone());
        made.into()
    }
}
