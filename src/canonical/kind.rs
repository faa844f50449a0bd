use serde::Deserialize;
use serde::Serialize;

/// The kinds of record. The name is the one used in the API, in mappings and in `schemas/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A party in the chain.
    Organisatie,
    /// The agreement between an opdrachtgever and an uitvoerder; drives every decision on who may see what.
    Overeenkomst,
    /// The person the work is about.
    Kandidaat,
    /// What a kandidaat can and wants to do; one per kandidaat.
    Werkprofiel,
    /// A referral with, later, its besluit.
    Verwijzing,
    /// An assignment.
    Opdracht,
    /// The trajectory plan of an opdracht.
    Trajectplan,
    /// One entry of the contact log of an opdracht.
    Logboekregel,
    /// What an uitvoerder asks: an assignment, or another one; with the answer.
    Verzoek,
    /// A line of a claim for work done on an opdracht; with what was granted.
    Declaratie,
    /// A report on an opdracht, that its opdrachtgever approves.
    Rapportage,
    /// The wage value of a kandidaat at a workplace, as an expert reports it.
    Loonwaarde,
}

impl Kind {
    /// Every kind, in the order in which one message's records are written: a record comes after those it refers to.
    pub const ALL: [Self; 12] = [
        Self::Organisatie,
        Self::Overeenkomst,
        Self::Kandidaat,
        Self::Werkprofiel,
        Self::Verwijzing,
        Self::Opdracht,
        Self::Trajectplan,
        Self::Logboekregel,
        Self::Verzoek,
        Self::Declaratie,
        Self::Rapportage,
        Self::Loonwaarde,
    ];

    /// Whether Dutch calls it `het` and not `de`.
    #[must_use]
    pub const fn is_neuter(self) -> bool {
        matches!(self, Self::Werkprofiel | Self::Trajectplan | Self::Verzoek)
    }

    /// The name in the API, in mappings and of the schema's file.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Organisatie => "organisatie",
            Self::Overeenkomst => "overeenkomst",
            Self::Kandidaat => "kandidaat",
            Self::Werkprofiel => "werkprofiel",
            Self::Verwijzing => "verwijzing",
            Self::Opdracht => "opdracht",
            Self::Trajectplan => "trajectplan",
            Self::Logboekregel => "logboekregel",
            Self::Verzoek => "verzoek",
            Self::Declaratie => "declaratie",
            Self::Rapportage => "rapportage",
            Self::Loonwaarde => "loonwaarde",
        }
    }

    /// The kind with this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
