use serde::Deserialize;
use serde::Serialize;

/// Why an attribute has no value. An attribute that is absent without a state is unchanged in an update.
/// The names are those of `StUF:noValue` (`StUF` 03.01).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ValueState {
    /// Known to be empty.
    GeenWaarde,
    /// There may be a value; the sender does not know it.
    WaardeOnbekend,
    /// Looked into, and stays unknown.
    VastgesteldOnbekend,
    /// The sender may not give it.
    NietGeautoriseerd,
    /// The sender's system cannot give it.
    NietOndersteund,
}

impl ValueState {
    /// Every state.
    pub const ALL: [Self; 5] = [
        Self::GeenWaarde,
        Self::WaardeOnbekend,
        Self::VastgesteldOnbekend,
        Self::NietGeautoriseerd,
        Self::NietOndersteund,
    ];

    /// The name in records and in `StUF:noValue`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::GeenWaarde => "geenWaarde",
            Self::WaardeOnbekend => "waardeOnbekend",
            Self::VastgesteldOnbekend => "vastgesteldOnbekend",
            Self::NietGeautoriseerd => "nietGeautoriseerd",
            Self::NietOndersteund => "nietOndersteund",
        }
    }

    /// The state with this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }
}
