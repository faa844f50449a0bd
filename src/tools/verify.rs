use crate::document::Sentence;
use crate::mapping::Mapping;
use crate::mapping::laws;
use crate::schema::Schemas;
use std::collections::BTreeSet;

/// How much is tried of the laws.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Effort {
    /// Where the generated messages start from: the same seed makes the same messages.
    pub seed: u64,
    /// Generated messages for each mapping.
    pub messages: u32,
}

impl Effort {
    /// What a person waits for: `schakel mapping test`, and a mapping that is saved.
    pub const FULL: Self = Self {
        seed: 1,
        messages: 200,
    };
    /// What a server waits for that starts: the first of the same messages.
    pub const START: Self = Self {
        seed: 1,
        messages: 20,
    };
}

/// What was tried of a mapping, and what does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Its cases.
    pub cases: usize,
    /// Generated messages for which the laws were tried; 0 for a mapping that only comes in.
    pub messages: u32,
    /// Documents of its cases for which the laws were tried.
    pub documents: usize,
    /// What does not hold.
    pub failures: Vec<Failure>,
}

/// Something that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// A case, with what was found instead.
    Case(String, Sentence),
    /// A law, with the smallest counterexample.
    Law(Sentence),
}

impl Failure {
    /// All of it, over several lines. What it shows is generated or invented.
    #[must_use]
    pub fn sentence(&self) -> Sentence {
        match self {
            Self::Case(name, why) => Sentence::new(
                format!("het geval \"{name}\" houdt geen stand: {}", why.nl),
                format!("the case \"{name}\" does not hold: {}", why.en),
            ),
            Self::Law(why) => why.clone(),
        }
    }

    /// What does not hold, without what was found: for a log or wherever else no document may stand. Somebody may have
    /// made a case of a real message.
    #[must_use]
    pub fn brief(&self) -> Sentence {
        match self {
            Self::Case(name, _) => Sentence::new(
                format!(
                    "het geval \"{name}\" houdt geen stand (`schakel mapping test` laat zien waarom)"
                ),
                format!("the case \"{name}\" does not hold (`schakel mapping test` shows why)"),
            ),
            Self::Law(_) => Sentence::new(
                "een wet houdt geen stand (`schakel mapping test` laat het document zien)",
                "a law does not hold (`schakel mapping test` shows the document)",
            ),
        }
    }
}

impl Verified {
    /// How many cases hold, and how many do not.
    #[must_use]
    pub fn counted_cases(&self) -> (usize, usize) {
        let names = self.failures.iter().filter_map(|failure| match failure {
            Failure::Case(name, _) => Some(name.as_str()),
            Failure::Law(_) => None,
        });
        let failed = names.collect::<BTreeSet<_>>().len();
        (self.cases.saturating_sub(failed), failed)
    }

    /// Whether the laws hold, if they were tried.
    #[must_use]
    pub fn laws_hold(&self) -> Option<bool> {
        let tried = self.messages > 0 || self.documents > 0;
        let failed = self
            .failures
            .iter()
            .any(|failure| matches!(failure, Failure::Law(_)));
        tried.then_some(!failed)
    }
}

/// Runs the cases of a mapping and tries its laws, on generated messages and on what its cases hold: what a mapping has to
/// stand before it is used. `files` gives the bytes of a file by its path under `mappings/`.
#[must_use]
pub fn verify(
    mapping: &Mapping,
    schemas: &Schemas,
    files: &dyn Fn(&str) -> Option<Vec<u8>>,
    effort: Effort,
) -> Verified {
    let of_cases = mapping.check_cases(files).into_iter();
    let mut failures: Vec<Failure> = of_cases
        .map(|failure| Failure::Case(failure.case, failure.why))
        .collect();
    if let Err(found) = laws::check(mapping, schemas, effort.seed, effort.messages) {
        failures.push(Failure::Law(found.sentence()));
    }
    let tried = laws::check_cases(mapping, files);
    let found = tried.found.iter().map(laws::Counterexample::sentence);
    failures.extend(found.map(Failure::Law));
    Verified {
        cases: mapping.cases().len(),
        messages: if laws::apply(mapping) {
            effort.messages
        } else {
            0
        },
        documents: tried.documents,
        failures,
    }
}
