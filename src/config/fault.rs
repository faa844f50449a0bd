use crate::document::Lang;
use crate::document::Sentence;
use std::path::PathBuf;

/// Something wrong with the configuration: where it stands, which key, and a sentence that says what to do. It never
/// holds a value, because a value may be a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigFault {
    /// Where it stands.
    pub source: Source,
    /// The key as `section.key`, empty when no key is at fault (a syntax error, a file that cannot be read).
    pub key: String,
    /// What is wrong and what to do.
    pub sentence: Sentence,
}

/// Where a setting, or the fault in it, came from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// A line and column of a file, both from 1; line 0 for the file as a whole.
    File {
        /// The file.
        path: PathBuf,
        /// Line.
        line: usize,
        /// Column, in characters.
        column: usize,
    },
    /// An environment variable, by name.
    Environment(String),
    /// Nothing was set: the default, or a key that should have been there.
    Default,
}

impl ConfigFault {
    /// A fault at a place.
    #[must_use]
    pub fn new(
        source: Source,
        key: impl Into<String>,
        nl: impl Into<String>,
        en: impl Into<String>,
    ) -> Self {
        Self {
            source,
            key: key.into(),
            sentence: Sentence::new(nl, en),
        }
    }

    /// The fault as one line: `schakel.toml:4:8 http.kop_tijd: ...`.
    #[must_use]
    pub fn line(&self, lang: Lang) -> String {
        let place = match &self.source {
            Source::File { path, line: 0, .. } => path.display().to_string(),
            Source::File { path, line, column } => format!("{}:{line}:{column}", path.display()),
            Source::Environment(name) => name.clone(),
            Source::Default => match lang {
                Lang::Nl => "configuratie".to_owned(),
                Lang::En => "configuration".to_owned(),
            },
        };
        let key = if self.key.is_empty() {
            String::new()
        } else {
            format!(" {}", self.key)
        };
        format!("{place}{key}: {}", self.sentence.get(lang))
    }
}
