use serde::Deserialize;
use serde::Serialize;
use std::sync::Arc;

/// The short name of an organisation within this gateway: 1 to 40 of `a-z`, `0-9` and `-`, starting with a letter.
/// It names folders, queues and keys, so it never holds personal data or a secret.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OrgCode(Arc<str>);

/// Why a text is not an [`OrgCode`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an organisation code has 1 to 40 characters a-z, 0-9 or -, and starts with a letter")]
pub struct OrgCodeError;

impl OrgCode {
    /// Longest code, in characters.
    pub const MAX: usize = 40;

    /// Checks and takes a code.
    pub fn parse(code: &str) -> Result<Self, OrgCodeError> {
        let well_formed = (1..=Self::MAX).contains(&code.len())
            && code.starts_with(|c: char| c.is_ascii_lowercase())
            && code
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        well_formed
            .then(|| Self(Arc::from(code)))
            .ok_or(OrgCodeError)
    }

    /// The code as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for OrgCode {
    type Error = OrgCodeError;

    fn try_from(code: String) -> Result<Self, Self::Error> {
        Self::parse(&code)
    }
}

impl From<OrgCode> for String {
    fn from(code: OrgCode) -> Self {
        code.0.to_string()
    }
}

impl std::str::FromStr for OrgCode {
    type Err = OrgCodeError;

    fn from_str(code: &str) -> Result<Self, Self::Err> {
        Self::parse(code)
    }
}

impl std::fmt::Display for OrgCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}
