use crate::document::Sentence;
use serde::Deserialize;
use serde::Serialize;

/// Who decides on an attribute (`x-eigenaar`; domain model 2.0). A change by anyone else is a proposal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Owner {
    /// A municipality.
    G,
    /// UWV.
    U,
    /// Whoever commissioned: a municipality, UWV or an employer.
    O,
    /// The provider.
    P,
    /// An employer.
    W,
    /// The candidate.
    K,
    /// The gateway.
    #[serde(rename = "GW")]
    Gw,
}

impl Owner {
    /// Every owner.
    pub const ALL: [Self; 7] = [
        Self::G,
        Self::U,
        Self::O,
        Self::P,
        Self::W,
        Self::K,
        Self::Gw,
    ];

    /// The name in the schemas.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::G => "G",
            Self::U => "U",
            Self::O => "O",
            Self::P => "P",
            Self::W => "W",
            Self::K => "K",
            Self::Gw => "GW",
        }
    }

    /// The owner with this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|owner| owner.as_str() == name)
    }
}

/// Who may see an attribute (`x-klasse`; domain model 2.0 and 4.2). Class E, special personal data, does not
/// exist: such data are not stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Klasse {
    /// Routing and administration.
    A,
    /// Identity and contact.
    B,
    /// The BSN: only with a ground named in the agreement.
    #[serde(rename = "B*")]
    Bsn,
    /// Work profile.
    C,
    /// Functional support need and working conditions.
    D,
    /// Money and hours.
    F,
    /// The own organisation only.
    N,
}

impl Klasse {
    /// Every class.
    pub const ALL: [Self; 7] = [
        Self::A,
        Self::B,
        Self::Bsn,
        Self::C,
        Self::D,
        Self::F,
        Self::N,
    ];

    /// The name in the schemas.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::B => "B",
            Self::Bsn => "B*",
            Self::C => "C",
            Self::D => "D",
            Self::F => "F",
            Self::N => "N",
        }
    }

    /// The class with this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|klasse| klasse.as_str() == name)
    }
}

/// What a whole number counts (`x-eenheid`; domain model 2.0: time in minutes, money in cents, shares in basis points).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counts {
    /// Minutes.
    Minutes,
    /// Euro cents.
    Cents,
    /// Hundredths of a percent.
    BasisPoints,
}

impl Counts {
    /// The unit with this name in the schemas.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "minuten" => Self::Minutes,
            "eurocent" => Self::Cents,
            "honderdste procent" => Self::BasisPoints,
            _ => return None,
        })
    }

    /// What a mapping calls it.
    #[must_use]
    pub const fn unit(self) -> &'static str {
        match self {
            Self::Minutes => "minutes",
            Self::Cents => "cent",
            Self::BasisPoints => "basis-points",
        }
    }
}

/// What a value of an attribute looks like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    /// Text of at most so many characters.
    Text {
        /// Longest text, in characters.
        max: usize,
    },
    /// A whole number.
    Integer {
        /// Smallest.
        min: i64,
        /// Largest.
        max: i64,
        /// What it counts, where a file may count in something else.
        counts: Option<Counts>,
    },
    /// Yes or no.
    Boolean,
    /// An ISO date.
    Date,
    /// A date of which the day, or day and month, may be unknown: `{"jaar": 1985}`.
    PartialDate,
    /// A moment, RFC 3339 in UTC.
    Timestamp,
    /// A local time, `09:30`.
    ClockTime,
    /// A UUID.
    Uuid,
    /// A code of the named list.
    Code(String),
    /// A list; its items have the path of the list with `/*`.
    List,
    /// A group with parts of its own.
    Object,
}

/// How much of an attribute's class leaves only with an agreement that names restricted values too (`x-beperkt`;
/// domain model 2.2 and 5.4: target groups, the jobs agreement and client characteristics that point at a disability).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Restriction {
    /// Nothing: the class decides.
    #[default]
    None,
    /// The attribute as a whole.
    Whole,
    /// These codes.
    Codes(Vec<String>),
}

/// What a text is written for (`x-tekst`), which says how it is checked before it leaves (domain model 4.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TextUse {
    /// Written by a person, whatever its length: what a schema does not call anything else.
    #[default]
    Free,
    /// The name of a person, an organisation or a place (`naam`).
    Name,
    /// A number, code or version that a system made (`nummer`), or a text with a form of its own.
    Number,
}

/// One attribute of a kind: what the schema says about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// Path within the record: `besluit/reden`; the items of a list are `*`, as in `doelen/*/nr`.
    pub path: String,
    /// What its values look like.
    pub shape: Shape,
    /// Dutch and English title.
    pub title: Sentence,
    /// Where the rule comes from, and whether it is an assumption (Dutch).
    pub description: Option<String>,
    /// Who decides on it; its own or that of the group it is in.
    pub owner: Vec<Owner>,
    /// Who may see it; its own or that of the group it is in.
    pub klasse: Klasse,
    /// What of it needs more than its class; its own or that of the group it is in.
    pub restricted: Restriction,
    /// Whether it tells where a person lives (`x-adres`), and stays behind when the address is secret; its own or that
    /// of the group it is in.
    pub tells_address: bool,
    /// What its text is written for.
    pub text: TextUse,
    /// The code list of its values.
    pub code_list: Option<String>,
    /// The Werklandschap tiles it serves; its own or those of the group it is in.
    pub tiles: Vec<String>,
    /// Whether its group (or the record) must have it.
    pub required: bool,
    /// Most items, for a list.
    pub max_items: Option<usize>,
}

impl Attribute {
    /// The last step of the path: `reden` of `besluit/reden`.
    #[must_use]
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// Whether it has no parts of its own: a value that a rule of a mapping can fill.
    #[must_use]
    pub const fn is_leaf(&self) -> bool {
        !matches!(self.shape, Shape::List | Shape::Object)
    }
}
