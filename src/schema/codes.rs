use crate::document::Sentence;
use crate::schema::SchemaError;
use foldhash::fast::RandomState;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::collections::HashMap;

/// The file that holds the code lists.
pub(super) const LISTS: &str = "codelijsten";

/// One code with its label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    /// The code, as records hold it: `"01"` and `"1"` are two codes.
    pub code: String,
    /// What it means. Where a source has no English, the Dutch stands in.
    pub label: Sentence,
}

/// A code list: what the values of an attribute may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeList {
    /// The name in `x-codelijst`.
    pub name: String,
    /// Dutch and English title.
    pub title: Sentence,
    /// Where it comes from: `[PUB]` with the publication, `[GEN]` general knowledge, `[ASM]` our assumption.
    pub source: String,
    /// The codes in the order of the source.
    pub codes: Vec<Code>,
    index: HashMap<String, usize, RandomState>,
}

impl CodeList {
    /// Whether the list has this code.
    #[must_use]
    pub fn contains(&self, code: &str) -> bool {
        self.index.contains_key(code)
    }

    /// What a code means.
    #[must_use]
    pub fn label(&self, code: &str) -> Option<&Sentence> {
        let index = self.index.get(code)?;
        self.codes.get(*index).map(|code| &code.label)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListFile {
    titel: String,
    title: String,
    bron: String,
    codes: Vec<CodeFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CodeFile {
    code: String,
    nl: String,
    en: Option<String>,
}

/// Reads the code lists; a list without codes or with a code twice is refused.
pub(super) fn read(file: &Value) -> Result<BTreeMap<String, CodeList>, SchemaError> {
    let lists: BTreeMap<String, ListFile> =
        Deserialize::deserialize(file).map_err(|error| SchemaError::Unreadable {
            file: LISTS.to_owned(),
            reason: error.to_string(),
        })?;
    lists
        .into_iter()
        .map(|(name, list)| Ok((name.clone(), code_list(name, list)?)))
        .collect()
}

fn code_list(name: String, list: ListFile) -> Result<CodeList, SchemaError> {
    let broken = |reason: &str| SchemaError::Rule {
        file: LISTS.to_owned(),
        at: name.clone(),
        reason: reason.to_owned(),
    };
    if list.codes.is_empty() || list.bron.is_empty() {
        return Err(broken("a list has codes and a source"));
    }
    let mut index = HashMap::with_capacity_and_hasher(list.codes.len(), RandomState::default());
    let mut codes = Vec::with_capacity(list.codes.len());
    for CodeFile { code, nl, en } in list.codes {
        if index.insert(code.clone(), codes.len()).is_some() {
            return Err(broken("a code stands there twice"));
        }
        let label = Sentence::new(nl.clone(), en.unwrap_or(nl));
        codes.push(Code { code, label });
    }
    Ok(CodeList {
        title: Sentence::new(list.titel, list.title),
        source: list.bron,
        codes,
        index,
        name,
    })
}
