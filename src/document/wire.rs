use crate::document::Name;
use foldhash::fast::RandomState;
use serde::Deserialize;
use serde::Serialize;
use std::collections::HashMap;
use std::sync::Arc;

/// How a file of a format is written down: what an adapter must know beside the tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Wire {
    /// XML.
    Xml(XmlWire),
    /// JSON, always UTF-8.
    Json,
    /// Delimiter-separated text.
    Csv(CsvWire),
    /// A workbook.
    Excel,
    /// Records of fixed positions, one a line.
    Fixed(FixedWire),
    /// A file of another format, as base64 in one element of an XML envelope.
    Enveloped(Box<EnvelopeWire>),
}

impl Wire {
    /// How the file itself is written: without its envelope.
    #[must_use]
    pub fn payload(&self) -> &Self {
        match self {
            Self::Enveloped(wire) => &wire.payload,
            own => own,
        }
    }
}

/// How an envelope is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnvelopeWire {
    /// The envelope's own XML.
    pub xml: XmlWire,
    /// Its root element.
    pub root: Name,
    /// From the root to the element that holds the file.
    pub steps: Vec<Name>,
    /// How places write that element.
    pub label: String,
    /// The file in it. Never an envelope: only one is opened.
    pub payload: Wire,
    /// Whether the file may also come without an envelope.
    pub bare: bool,
}

/// How an XML file is written. Reading takes the encoding from the file's own declaration.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct XmlWire {
    /// Prefix and namespace, declared on the root in this order when writing.
    pub namespaces: Vec<(String, String)>,
    /// Names of elements and attributes as they are written, as far as that was worked out before. What is not here is
    /// worked out while writing, with the same result.
    #[serde(skip)]
    pub spelled: Arc<Spelled>,
}

impl XmlWire {
    /// With these namespaces, each with its prefix.
    #[must_use]
    pub fn new(namespaces: Vec<(String, String)>) -> Self {
        Self {
            namespaces,
            spelled: Arc::default(),
        }
    }
}

/// Names and how they are written.
pub type Spelled = HashMap<Name, Box<str>, RandomState>;

/// How a delimiter-separated file is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CsvWire {
    /// The delimiter, one ASCII character.
    pub delimiter: u8,
    /// The character encoding. Reading as UTF-8 takes (and drops) a byte order mark.
    pub encoding: Charset,
    /// Whether lines end in CR LF (else LF) when writing; reading takes both.
    pub crlf: bool,
}

impl Default for CsvWire {
    fn default() -> Self {
        Self {
            delimiter: b';',
            encoding: Charset::Utf8,
            crlf: true,
        }
    }
}

/// How a file of fixed width is written. Positions are characters, whatever the encoding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FixedWire {
    /// The character encoding. Reading as UTF-8 takes (and drops) a byte order mark.
    pub encoding: Charset,
    /// Whether lines end in CR LF (else LF) when writing; reading takes both.
    pub crlf: bool,
}

/// A character encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Charset {
    /// UTF-8.
    #[serde(rename = "utf-8")]
    Utf8,
    /// Windows-1252; of ISO-8859-1 everything but its control characters.
    #[serde(rename = "windows-1252")]
    Windows1252,
    /// ISO-8859-1 without its control characters: a byte that only means something in Windows-1252 is refused.
    #[serde(rename = "latin-1")]
    Latin1,
}
