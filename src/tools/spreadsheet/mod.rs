//! A mapping as the workbook that functional admins exchange, and back. The round trip is exact: what is read back says
//! the same, in the same order, with at each rule where it came from.
//!
//! | sheet | a row is |
//! |---|---|
//! | `kop` | a key of `[mapping]`, of the format's own table or of another section |
//! | `regels` | a rule; a sub-rule has the number of its group and one of its own, `3.1` |
//! | `codetabellen` | a code of a table that a rule names as `@T3` |
//! | `gevallen` | a case |
//! | `toelichting` | nothing: it says how to fill the others |
//!
//! Keys that have no column of their own stand in `Overig` as TOML, so that a new key of the language comes along by
//! itself.

mod cell;
mod export;
mod fault;
mod grid;
mod import;
mod list;
mod table;

pub use export::ExportError;
pub use export::export;
pub use fault::SheetFault;
pub use import::Imported;
pub use import::import;

/// The sheets.
const HEAD: &str = "kop";
const RULES: &str = "regels";
const TABLES: &str = "codetabellen";
const CASES: &str = "gevallen";
const HELP: &str = "toelichting";

/// Headers of columns that are no key.
const NUMBER: &str = "Nr";
const OTHER: &str = "Overig";
const ORDER: &str = "Volgorde";
const ORIGIN: &str = "Herkomst";

/// What the first cell of a row says that goes on with the one above: a text can be longer than a cell.
const MORE: &str = "…";

/// What a reference to a code table begins with.
const REFERENCE: char = '@';

/// Columns of a rule: header and key, in the order in which most rules have them.
const RULE: [(&str, &str); 26] = [
    ("Naam", "name"),
    ("Opnemen", "include"),
    ("Vervangt", "replace"),
    ("Achter", "after"),
    ("Bron", "source"),
    ("Bronnen", "sources"),
    ("Aliassen", "aliases"),
    ("Kolom", "column"),
    ("Positie", "position"),
    ("Posities", "positions"),
    ("Doel", "target"),
    ("Met", "with"),
    ("Codec", "codec"),
    ("Sleutel", "key"),
    ("Uitlijning", "align"),
    ("Vulling", "pad"),
    ("Verplicht", "required"),
    ("Richting", "direction"),
    ("Voorwaarde", "when"),
    ("Constante", "const"),
    ("Standaardwaarde", "default"),
    ("Leeg", "empty"),
    ("Plaatshouders", "placeholders"),
    ("Onleesbaar", "invalid"),
    ("Notitie", "note"),
    ("Codetabel", "table"),
];

/// Columns of a case.
const CASE: [(&str, &str); 12] = [
    ("Naam", "name"),
    ("Bestand", "file"),
    ("Document in", "given"),
    ("Verwacht", "expect"),
    ("Gedeeltelijk", "partial"),
    ("Meldingen", "faults"),
    ("Afgewezen", "rejected"),
    ("Bericht", "bericht"),
    ("Bundels", "bundles"),
    ("Bestand uit", "document_file"),
    ("Document uit", "document"),
    ("Notitie", "note"),
];
