//! Changes to a file that leave most of it as it was.

use proptest::prelude::*;
use proptest::sample::Index;

/// Longest slice that is moved about.
const SLICE_MAX: usize = 200;
/// Longest file that is made.
const FILE_MAX: usize = 64 * 1024;
/// What readers and compilers might trip over.
const WORDS: [&[u8]; 32] = [
    b"\0",
    b"\xFF",
    b"\xC3",
    b"\xEF\xBB\xBF",
    b"\r",
    b"\n",
    b"\"",
    b"\"\"",
    b"'''",
    b";",
    b"|",
    b"<",
    b"</",
    b"<![CDATA[",
    b"]]>",
    b"&#0;",
    b"&#x10FFFF;",
    b"&amp",
    b"<!DOCTYPE a [",
    b"xmlns:a=\"\"",
    b"{",
    b"}",
    b"[[",
    b"]",
    b"\\ud800",
    b"1e999",
    b"-0",
    b"null",
    b"source = \".\"\n",
    b"[[rule]]\n",
    b"include = \"stuurgegevens-uit\"\n",
    b"extends = \"proef/proef\"\n",
];

/// One change.
#[derive(Debug, Clone)]
pub(crate) enum Mutation {
    /// One bit of a byte the other way.
    Flip(Index, u8),
    /// Another byte.
    Byte(Index, u8),
    /// The file ends here.
    Cut(Index),
    /// A slice taken out.
    Remove(Index, usize),
    /// A slice once more, somewhere.
    Double(Index, usize, Index),
    /// A slice of another file in the place of one of this.
    Splice(Index, Index, Index, usize),
    /// A word put in.
    Word(Index, Index),
}

pub(crate) fn mutation() -> impl Strategy<Value = Mutation> {
    let at = any::<Index>;
    prop_oneof![
        3 => (at(), 0..8_u8).prop_map(|(at, bit)| Mutation::Flip(at, bit)),
        2 => (at(), any::<u8>()).prop_map(|(at, byte)| Mutation::Byte(at, byte)),
        1 => at().prop_map(Mutation::Cut),
        2 => (at(), 1..SLICE_MAX).prop_map(|(at, length)| Mutation::Remove(at, length)),
        2 => (at(), 1..SLICE_MAX, at()).prop_map(|(at, length, to)| Mutation::Double(at, length, to)),
        2 => (at(), at(), at(), 1..SLICE_MAX).prop_map(|(at, which, from, length)| Mutation::Splice(at, which, from, length)),
        3 => (at(), at()).prop_map(|(at, which)| Mutation::Word(at, which)),
    ]
}

/// A file with changes made to it, one after the other.
pub(crate) fn mutated(file: &[u8], changes: &[Mutation], others: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = file.to_vec();
    for change in changes {
        let size = bytes.len();
        let place = |at: &Index| at.index(size + 1);
        let slice = |bytes: &[u8], at: usize, length: usize| {
            bytes[at..bytes.len().min(at + length)].to_vec()
        };
        match change {
            Mutation::Flip(at, bit) if !bytes.is_empty() => {
                let at = at.index(bytes.len());
                bytes[at] ^= 1 << bit;
            }
            Mutation::Byte(at, byte) if !bytes.is_empty() => {
                let at = at.index(bytes.len());
                bytes[at] = *byte;
            }
            Mutation::Flip(..) | Mutation::Byte(..) => {}
            Mutation::Cut(at) => bytes.truncate(place(at)),
            Mutation::Remove(at, length) => {
                let at = place(at);
                let end = bytes.len().min(at + length);
                bytes.drain(at..end);
            }
            Mutation::Double(at, length, to) => {
                let (piece, to) = (slice(&bytes, place(at), *length), place(to));
                bytes.splice(to..to, piece);
            }
            Mutation::Splice(at, which, from, length) => {
                let other = which.get(others);
                let piece = slice(other, from.index(other.len() + 1), *length);
                let at = place(at);
                let end = bytes.len().min(at + length);
                bytes.splice(at..end, piece);
            }
            Mutation::Word(at, which) => {
                let at = place(at);
                bytes.splice(at..at, which.get(&WORDS).iter().copied());
            }
        }
        bytes.truncate(FILE_MAX);
    }
    bytes
}
