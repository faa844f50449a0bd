//! The two laws of a mapping that is read both ways, tested through the adapters, on the bytes a system would send:
//!
//! 1. `decode(encode(record))` gives the record back, on every mapped attribute;
//! 2. `encode(decode(document))` changes nothing after one round.
//!
//! [`check`] makes records out of the mapping's own reach: each attribute that a rule carries both ways gets a value
//! that its codec can write, a value state that the format can say, or nothing. A rule with a condition gets one where
//! the condition holds going out; that it holds coming in is for the law to show. Where a document takes several
//! records there are several. What is left out has a name: [`exceptions`]. [`check_cases`] tries the laws on what the
//! mapping's cases hold. All of it is generated or invented, so a [`Counterexample`] can be shown to anyone. It is
//! reduced first: what does not matter to the failure is taken out, and what matters is made short.

mod breach;
mod cases;
mod cause;
mod conditions;
mod dest;
mod exceptions;
mod generate;
mod random;
mod reduce;
#[cfg(test)]
mod tests;
mod trip;
mod values;

pub use breach::Breach;
pub use cases::CaseLaws;
pub use cases::check as check_cases;
pub use cases::stable;
pub use exceptions::Exception;
pub use exceptions::exceptions;

use crate::canonical::Bundle;
use crate::document::Lang;
use crate::document::Sentence;
use crate::mapping::Direction;
use crate::mapping::Mapping;
use crate::mapping::cases::json;
use crate::mapping::laws::generate::Generator;
use crate::mapping::laws::random::Random;
use crate::mapping::laws::reduce::reduced;
use crate::mapping::laws::trip::Trip;
use crate::mapping::shown;
use crate::schema::Schemas;
use serde_json::Value as Json;

/// Records that a law does not hold for. All of it is generated or invented data.
#[derive(Debug, Clone)]
pub struct Counterexample {
    /// Organisation and soort of the mapping.
    pub mapping: (String, String),
    /// Where it comes from.
    pub origin: Origin,
    /// What went wrong.
    pub why: Breach,
    /// The conditions under which rules read what came back different: what a condition looks at may be what is missing.
    pub conditions: Vec<Sentence>,
    /// The smallest bundles that still show it: one, unless it takes several in one document.
    pub bundles: Vec<Json>,
    /// What they were written as, as a person can read it; none if they could not be.
    pub document: Option<String>,
}

/// Where a counterexample comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Generated: the seed that makes it again, and the how manieth it was.
    Generated {
        /// The seed.
        seed: u64,
        /// Counted from 0.
        number: u32,
    },
    /// A case of the mapping, by its name.
    Case(String),
}

impl Counterexample {
    fn of(trip: &Trip<'_>, origin: Origin, why: Breach, bundles: &[Bundle]) -> Box<Self> {
        let (org, soort) = trip.mapping.id();
        Box::new(Self {
            mapping: (org.to_owned(), soort.to_owned()),
            origin,
            conditions: (trip.mapping.plan())
                .map_or_else(Vec::new, |plan| cause::conditions(plan, &why)),
            why,
            bundles: bundles.iter().map(json).collect(),
            document: shown::shown(&trip.document(bundles), trip.mapping.wire()),
        })
    }

    /// All of it, over several lines, in both languages: what went wrong, the records, and the document.
    #[must_use]
    pub fn sentence(&self) -> Sentence {
        let why = self.why.sentence();
        let (nl, en) = match &self.origin {
            Origin::Generated { seed, number } => (
                format!("een wet houdt geen stand (seed {seed}, bericht {number})"),
                format!("a law does not hold (seed {seed}, message {number})"),
            ),
            Origin::Case(name) => (
                format!("een wet houdt geen stand voor het geval \"{name}\""),
                format!("a law does not hold for the case \"{name}\""),
            ),
        };
        let records = match self.bundles.as_slice() {
            [one] => one.to_string(),
            several => Json::from(several.to_vec()).to_string(),
        };
        let records = set_in(&shown::json(&records));
        let document = self.document.as_deref().map(set_in);
        let told = |lang, head: &str, names: (&str, &str)| {
            let mut text = format!("{head}: {}", why.get(lang));
            for condition in &self.conditions {
                text.extend(["\n  ", condition.get(lang)]);
            }
            text.extend(["\n  ", names.0, ":\n", &records]);
            if let Some(document) = &document {
                text.extend(["\n  ", names.1, ":\n", document]);
            }
            text
        };
        Sentence::new(
            told(Lang::Nl, &nl, ("gegevens", "document")),
            told(Lang::En, &en, ("records", "document")),
        )
    }
}

impl std::fmt::Display for Counterexample {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (org, soort) = &self.mapping;
        write!(f, "{org}/{soort}: {}", self.sentence().en)
    }
}

fn set_in(text: &str) -> String {
    let lines = text.lines().map(|line| format!("    {line}"));
    lines.collect::<Vec<_>>().join("\n")
}

/// The context and the bundles of a generated message, for tests of what is written.
#[cfg(test)]
pub(crate) fn message(
    mapping: &Mapping,
    plan: &crate::mapping::plan::Plan,
    schemas: &Schemas,
    number: u32,
) -> (Json, Vec<Bundle>) {
    let context = generate::context();
    let random = Random::new(2, number);
    let bundles = Generator::new(mapping, plan, schemas, &context, random).message();
    (context, bundles)
}

/// Whether [`check`] has something to try of a mapping: it goes out, and has rules.
#[must_use]
pub fn apply(mapping: &Mapping) -> bool {
    mapping.plan().is_some() && mapping.direction() != Direction::In
}

/// Tries both laws on `records` generated messages. What is refused when it is written shows nothing, and if it is nearly
/// all of them that is said ([`Breach::Untried`]). A mapping that only goes out is tried for being writable; one that
/// only comes in promises nothing here.
pub fn check(
    mapping: &Mapping,
    schemas: &Schemas,
    seed: u64,
    records: u32,
) -> Result<(), Box<Counterexample>> {
    let Some(plan) = mapping.plan().filter(|_| apply(mapping)) else {
        return Ok(());
    };
    let context = generate::context();
    let trip = Trip {
        mapping,
        context: &context,
    };
    let (mut refused, mut last) = (0, None);
    for number in 0..records {
        let random = Random::new(seed, number);
        let bundles = Generator::new(mapping, plan, schemas, &context, random).message();
        match trip.holds(&bundles) {
            Ok(None) => {}
            Ok(Some(why)) => {
                refused += 1;
                last = Some((why, number, bundles));
            }
            Err(breach) => {
                let (bundles, why) = reduced(&trip, schemas, bundles, breach);
                let origin = Origin::Generated { seed, number };
                return Err(Counterexample::of(&trip, origin, why, &bundles));
            }
        }
    }
    match last {
        // of twenty messages one that could be written: what holds for it shows next to nothing
        Some((why, number, bundles)) if refused * 20 >= records * 19 => {
            let origin = Origin::Generated { seed, number };
            let why = Breach::Untried {
                refused,
                of: records,
                why,
            };
            Err(Counterexample::of(&trip, origin, why, &bundles))
        }
        _ => Ok(()),
    }
}
