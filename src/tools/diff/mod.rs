//! What differs between two mappings with all that they take from other files, rule by rule.

mod keys;
mod pairs;

use crate::document::Sentence;
use crate::mapping::Diagnostic;
use crate::mapping::assembled;
use crate::mapping::diagnostic::Report;
use crate::mapping::syntax;
use crate::mapping::syntax::Table;
use crate::mapping::syntax::tables_at;
use serde::Serialize;

/// One mapping, with the cases that stand beside it and what it may take over.
#[derive(Clone, Copy)]
pub struct Side<'a> {
    /// What the file is called.
    pub name: &'a str,
    /// Its text.
    pub text: &'a str,
    /// The text of the file with cases beside it.
    pub cases: Option<&'a str>,
    /// Paths and texts of the files that it may take something from.
    pub files: &'a [(String, String)],
    /// Which of them, by their path, count before others that call something the same.
    pub own: &'a dyn Fn(&str) -> bool,
}

/// What becomes of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum What {
    /// It is in the second file only.
    #[serde(rename = "erbij")]
    Added,
    /// It is in the first file only.
    #[serde(rename = "vervallen")]
    Removed,
    /// It is in both, and differs.
    #[serde(rename = "gewijzigd")]
    Changed,
    /// It is in both, at another place in the order.
    #[serde(rename = "verplaatst")]
    Moved,
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// What becomes of it.
    #[serde(rename = "wat")]
    pub what: What,
    /// The section (`[xml]`), the rule or the case.
    #[serde(rename = "waar")]
    pub place: String,
    /// The key, `codec.forms`; none for a rule or case as a whole.
    #[serde(rename = "sleutel")]
    pub key: Option<String>,
    /// What it was, as the file writes it.
    #[serde(rename = "was")]
    pub old: Option<String>,
    /// What it becomes.
    #[serde(rename = "wordt")]
    pub new: Option<String>,
    /// The file in which it stood: the first one, or what that takes it from.
    #[serde(rename = "bestandEerst")]
    pub old_file: Option<String>,
    /// The line in that file.
    #[serde(rename = "regelEerst")]
    pub old_line: Option<u32>,
    /// The file in which it stands: the second one, or what that takes it from.
    #[serde(rename = "bestandDaarna")]
    pub new_file: Option<String>,
    /// The line in that file.
    #[serde(rename = "regelDaarna")]
    pub new_line: Option<u32>,
    /// The same in a sentence.
    #[serde(rename = "zin")]
    pub sentence: Sentence,
}

/// What differs between two mappings with all that they take over, in the order of the second; or why one of them is no
/// TOML, or takes over what is not there. Comments, the order of keys and the way a value is written do not count, nor
/// whether something stands in a mapping itself or in what it takes over.
pub fn diff(old: Side<'_>, new: Side<'_>) -> Result<Vec<Change>, Vec<Diagnostic>> {
    let (one, old_report) = assembled((old.name, old.text), old.files, old.own)?;
    let (other, new_report) = assembled((new.name, new.text), new.files, new.own)?;
    let mut found = Vec::new();
    let compare = keys::Compare {
        old: &old_report,
        new: &new_report,
    };
    compare.sections(&one, &other, &mut found);
    let rules = |table| tables_at(table, "rule");
    compare.rules(&rules(&one), &rules(&other), "", &mut found);
    let beside = |side: Side<'_>| side.cases.map(|text| read(side.name, text)).transpose();
    let (beside_one, beside_other) = (beside(old)?, beside(new)?);
    let cases = |table: &'_ Table| tables_at(table, "case").len();
    if cases(&one) + cases(&other) > 0 || beside_one.is_some() || beside_other.is_some() {
        let all = |own, beside: Option<_>| -> Vec<_> {
            let mut all = tables_at(own, "case");
            all.extend(
                beside
                    .map(|table| tables_at(table, "case"))
                    .unwrap_or_default(),
            );
            all
        };
        compare.cases(
            &all(&one, beside_one.as_ref()),
            &all(&other, beside_other.as_ref()),
            &mut found,
        );
    }
    Ok(found)
}

fn read(name: &str, text: &str) -> Result<Table, Vec<Diagnostic>> {
    let mut report = Report::new(name, text);
    match syntax::parse(text, &mut report) {
        Some(table) => Ok(table),
        None => Err(report.into_found()),
    }
}
