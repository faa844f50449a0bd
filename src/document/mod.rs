//! Row 0. A value tree with the place of each part in the sender's own file.
//!
//! Adapters turn bytes into a [`Document`] and a [`Document`] into bytes; mappings read and write it.
//! Whatever the format, a reader of the tree can always say *where* a value stood, so that a fault can be
//! answered with a place the sender can find ([`Place`]) and a sentence they can act on ([`Fault`]).
//!
//! How each format looks as a tree:
//!
//! | format | tree |
//! |---|---|
//! | XML | a map with one entry, the root element. An element with only text is [`Value::Text`]; any other is a [`Value::Map`] of its attributes (`@{namespace}local`, no braces without namespace), its children (`{namespace}local`, repeated names repeat) and its own text (`#text`) |
//! | JSON | as it is; numbers keep the sender's own spelling |
//! | CSV | a list of rows, each a list of text cells; the header row is a row like any other |
//! | Excel | a map from sheet name to a list of rows, each a list of cells |
//! | fixed width | a list of text lines |

mod fault;
mod made;
mod name;
mod place;
mod tree;
mod wire;

pub use fault::Fault;
pub use fault::Lang;
pub use fault::Sentence;
pub use fault::Severity;
pub use made::Look;
pub use made::Made;
pub use made::Parts;
pub use made::Tree;
pub use made::named;
pub(crate) use name::Ends;
pub use name::Name;
pub(crate) use name::beginning;
pub(crate) use name::few_bytes;
pub use name::joined;
pub use name::same_name;
pub(crate) use name::shared;
pub use place::Place;
pub use place::column_letters;
pub use place::words;
pub use tree::At;
pub use tree::Document;
pub use tree::Format;
pub use tree::Hidden;
pub use tree::Measure;
pub use tree::NO_DIGITS;
pub use tree::NO_END;
pub use tree::NO_LETTER;
pub use tree::NO_TEXT;
pub use tree::Node;
pub use tree::Value;
pub use wire::Charset;
pub use wire::CsvWire;
pub use wire::EnvelopeWire;
pub use wire::FixedWire;
pub use wire::Spelled;
pub use wire::Wire;
pub use wire::XmlWire;
