//! A mapping as one table: its own file, with the shared fragments that it includes put where they belong.
//!
//! What comes from another file keeps its place there, so that a diagnostic points at it and names the mapping too.

mod include;
mod parameters;
mod shared;

pub(crate) use shared::Shared;

use crate::mapping::diagnostic::Report;
use crate::mapping::syntax;
use crate::mapping::syntax::Item;
use crate::mapping::syntax::Table;
use crate::mapping::syntax::Toml;

/// A mapping file with everything it takes over, and what was wrong with that.
pub(crate) struct Assembled<'t> {
    /// Nothing if the file is not TOML.
    pub root: Option<Table>,
    pub report: Report<'t>,
}

/// Puts a mapping together.
pub(crate) fn assemble<'t>(path: &'t str, text: &'t str, shared: &Shared<'t>) -> Assembled<'t> {
    let mut assembler = Assembler {
        report: Report::new(path, text),
        shared,
        rules: 0,
        broken: 0,
    };
    let root = syntax::parse(text, &mut assembler.report);
    let root = root.map(|mut root| {
        let tabular = is_tabular(format_of(&root));
        if let Some(Toml::List(rules)) = root.get_mut("rule").map(|item| &mut item.value) {
            *rules = assembler.included(std::mem::take(rules), tabular);
        }
        root
    });
    Assembled {
        root,
        report: assembler.report,
    }
}

/// What a mapping is put together with.
struct Assembler<'s, 't> {
    report: Report<'t>,
    shared: &'s Shared<'t>,
    /// Rules taken over so far.
    rules: usize,
    /// Fragments that could not be taken over.
    broken: usize,
}

fn format_of(root: &Table) -> &str {
    let head = root.get("mapping").and_then(Item::as_table);
    head.and_then(|head| head.plain_text("format"))
        .unwrap_or_default()
}

/// Whether a rule's source is the header of a column, and no path.
fn is_tabular(format: &str) -> bool {
    !matches!(format, "xml" | "json")
}
