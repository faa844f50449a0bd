//! What a mapping covers, and what it loses, each way it goes.

mod loss;
pub(super) mod model;
mod source;
mod spelling;

use crate::canonical::Kind;
use crate::document::Document;
use crate::document::Sentence;
use crate::mapping::Direction;
use crate::tools::Subject;
use crate::tools::outline::VEIL;
use crate::tools::vocabulary::Vocabulary;
use serde::Serialize;

/// What a mapping covers of what its organisation sends and of the shared model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Coverage {
    /// The organisation.
    pub organisatie: String,
    /// The soort.
    pub soort: String,
    /// The revision.
    pub revisie: String,
    /// How many documents were looked at: samples and cases.
    #[serde(rename = "voorbeelden")]
    pub samples: usize,
    /// Coming in, if it does.
    #[serde(rename = "naarBinnen")]
    pub inward: Option<Way>,
    /// Going out, if it does.
    #[serde(rename = "naarBuiten")]
    pub outward: Option<Way>,
    /// Which rules do not give back what they took, and why.
    #[serde(rename = "verlies")]
    pub losses: Vec<Loss>,
}

/// One direction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Way {
    /// Fields of the samples that a rule reads (or writes).
    #[serde(rename = "velden")]
    pub fields: usize,
    /// Those that no rule does, and that are not left out on purpose.
    #[serde(rename = "ongelezen")]
    pub unread: Vec<Field>,
    /// Those that `ignore` leaves out on purpose.
    #[serde(rename = "overgeslagen")]
    pub ignored: Vec<Field>,
    /// Attributes of the kinds it touches that a rule fills (or carries).
    #[serde(rename = "attributen")]
    pub attributes: usize,
    /// Those that no rule does; a group of which nothing is filled is named once.
    #[serde(rename = "ongevuld")]
    pub unfilled: Vec<Lacking>,
    /// Coming in: attributes that the schema requires and that can stay empty. Going out: rules that stop a delivery
    /// when they have no value, although the schema lets their attribute be empty.
    #[serde(rename = "kanLeeg")]
    pub open: Vec<Lacking>,
}

/// A field of the organisation's format.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Field {
    /// Its path as a mapping writes it from the root, or its header; `*` stands for names that may be somebody's data, with
    /// the letter of a column behind it.
    #[serde(rename = "pad")]
    pub path: String,
    /// How often it stands in the samples.
    #[serde(rename = "aantal")]
    pub times: usize,
}

impl Field {
    /// Whether a name of its path is not told, because it may be the datum of somebody.
    #[must_use]
    pub fn is_veiled(&self) -> bool {
        let veil = |step: &str| step.trim_start_matches('@') == VEIL || step.starts_with("* (");
        self.path.split('/').any(veil)
    }
}

/// An attribute of the shared model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Lacking {
    /// `kind.attribute.part`.
    #[serde(rename = "attribuut")]
    pub attribute: String,
    /// What people call it.
    #[serde(rename = "titel")]
    pub title: Sentence,
    /// Its visibility class.
    #[serde(rename = "klasse")]
    pub class: &'static str,
}

impl Lacking {
    /// What people call an attribute at a path of the schema.
    pub(super) fn name(kind: Kind, path: &str) -> String {
        format!("{kind}.{}", path.replace("/*", "").replace('/', "."))
    }
}

/// A rule that does not give back what it took.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Loss {
    /// The rule, after its groups; empty for the mapping as a whole.
    #[serde(rename = "regel")]
    pub rule: String,
    /// Why, as a stable word: `richting`, `gezet`, `schrijfwijze`, `codes`, `codelijst`, `lijst`, `standaard`, `bewaard`,
    /// `plaatshouder`, `volgorde`, `delen`, `afgekapt`, `afgerond`, `getal`, `tijd`, `eeuw`, `eenmaal`, `voorwaarde`.
    #[serde(rename = "waarom")]
    pub why: &'static str,
    /// Why, in words.
    #[serde(rename = "uitleg")]
    pub sentence: Sentence,
}

/// What a mapping covers of some samples and of the shared model, and what it loses. Nothing of the canonical mapping.
#[must_use]
pub fn coverage(subject: &Subject<'_>, samples: &[Document]) -> Option<Coverage> {
    let mapping = subject.mapping;
    let (plan, root) = (mapping.plan()?, subject.toml()?);
    let rules = Subject::rules(plan, &root);
    let around = Subject::envelope(plan, &root);
    let vocabulary = Vocabulary::of(subject.schemas).with(mapping.printed());
    let way = |inward: bool| {
        let mut fields = source::fields(subject, samples, &rules, &vocabulary, inward);
        if let Some(around) = &around {
            let own = source::of_envelope(around, samples, &vocabulary, inward);
            fields.covered += own.covered;
            fields.unread.extend(own.unread);
            fields.ignored.extend(own.ignored);
        }
        let model = model::attributes(subject, &rules, inward);
        Way {
            fields: fields.covered,
            unread: fields.unread,
            ignored: fields.ignored,
            attributes: model.covered,
            unfilled: model.unfilled,
            open: model.open,
        }
    };
    let direction = mapping.direction();
    Some(Coverage {
        organisatie: mapping.id().0.to_owned(),
        soort: mapping.id().1.to_owned(),
        revisie: mapping.revision().to_owned(),
        samples: samples.len(),
        inward: (direction != Direction::Out).then(|| way(true)),
        outward: (direction != Direction::In).then(|| way(false)),
        losses: {
            let mut losses = loss::losses(subject, &rules);
            let around = around.iter();
            losses.extend(around.flat_map(|around| loss::of_rules(subject, &around.rules)));
            losses
        },
    })
}
