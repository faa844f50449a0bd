//! Row 2. Mappings: one declarative file per organisation and soort, read in both directions.
//!
//! A mapping file (`mappings/<organisatie>/<soort>.toml`) is compiled once, against the canonical schemas, into a
//! [`Mapping`]; decoding a [`Document`] gives [`Decoded`] elements, encoding bundles gives a document back. All of it
//! is pure and bounded: no I/O, no clock, no loops in the language.

mod types;

pub use types::*;
