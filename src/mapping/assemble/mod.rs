//! A mapping as one table: its own file, the mapping it extends, and the shared fragments that they include put where
//! they belong.
//!
//! What comes from another file keeps its place there, so that a diagnostic points at it and names the mapping too.

mod extend;
mod include;
mod merge;
mod overrides;
mod parameters;
mod print;
mod shared;

pub(crate) use print::origin;
pub(crate) use print::pair;
pub(crate) use print::printed;
pub(crate) use print::written_out;
pub(crate) use shared::Shared;

use crate::mapping::diagnostic::Report;
use crate::mapping::syntax;
use crate::mapping::syntax::Item;
use crate::mapping::syntax::Table;

/// A mapping file with everything it takes over, and what was wrong with that.
pub(crate) struct Assembled<'t> {
    /// Nothing if the file is not TOML, or if what it extends cannot be had.
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
    let name = path.strip_suffix(".toml").unwrap_or(path);
    let root = root.and_then(|root| assembler.whole(root, "", &mut vec![name.to_owned()]));
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

/// A word of `[mapping]`.
fn head_word<'a>(root: &'a Table, key: &str) -> &'a str {
    let head = root.get("mapping").and_then(Item::as_table);
    head.and_then(|head| head.plain_text(key))
        .unwrap_or_default()
}
