//! Records of fixed positions, one a line: a list of lines.
//!
//! Which positions a record has, and whether a line has the right length, is the mapping's to say, so that one line of
//! another length never stops its neighbours. LF, CR LF and CR end a line. A blank line is a line like any other.
//!
//! `decode(encode(x)) = x` for every list of texts that has a first one, whose characters the encoding has, and without
//! line ends or U+0000, unless the bytes of the encoding happen to be UTF-8.

mod read;
#[cfg(test)]
mod tests;
mod write;

pub(super) use read::decode;
pub(super) use write::encode;
