//! XML 1.0 with namespaces, without document type definitions.
//!
//! Text and tags that are as they should be are read here; of all other markup, and of a tag in which anything is odd,
//! quick-xml finds where it ends or what is wrong with it. It takes what a strict reader must refuse, which is refused here:
//! two roots, text outside the root, a truncated document, U+0000 (also as `&#0;`), undeclared prefixes and attributes equal
//! by namespace. No entity is ever expanded but XML's own five.
//!
//! Line ends and white space in attributes are normalised as XML 1.0 asks (2.11, 3.3.3). White space between
//! elements is layout and dropped; the text of an element without child elements is kept to the last space.
//! `decode(encode(x)) = x` for every tree the table in [`crate::document`] describes: attributes first, then
//! children, then `#text`, and no `#text` of white space alone beside children.

mod attributes;
mod chars;
mod encoding;
mod names;
mod prolog;
mod read;
mod refuse;
#[cfg(test)]
mod tests;
mod write;

pub(crate) use chars::is_ncname;
pub(super) use read::decode;
pub(crate) use write::can_write;
pub(super) use write::encode;
pub(super) use write::spelled;
