//! Row 2. Adapters: bytes in, a document with places out, and back. Pure, strict and capped.
//!
//! [`decode`] reads one file of a format into a [`Document`]; [`encode`] writes one. A file is taken whole or not at
//! all: whatever an adapter cannot read for certain is a [`Fault`] with a code, a place in the sender's own file and
//! a sentence in both languages that says what to do. No sentence holds a value of the file.
//!
//! `decode(encode(document))` gives the document back for everything a format can say; what it cannot say is an
//! [`EncodeError`], never a silent change. Each format's file says which documents those are.
//!
//! Workbooks of others are read in a child process only (`isolation`), because the library that reads them can be
//! made to abort. Everything else is safe to read in the gateway itself: no input makes a decoder panic, and time
//! and memory are bounded by [`Limits`].
//!
//! # Codes
//!
//! | code | raised when |
//! |---|---|
//! | `bestand.te-groot` | the file has more bytes than allowed |
//! | `bestand.leeg` | the file holds nothing |
//! | `envelop.wortel` | another root element than the agreed envelope's |
//! | `envelop.inhoud` | the envelope does not hold the file, or more than once |
//! | `envelop.codering` | what the envelope holds is not base64 |
//! | `bestand.tekenset` | bytes are not valid in the file's character encoding, or the file is in another one than agreed; a few such bytes in a file of rows make their own cell or line unreadable and refuse nothing else |
//! | `xml.syntaxis` | not well-formed XML |
//! | `xml.afgebroken` | the file ends before its root element is closed |
//! | `xml.wortel` | no root element, a second one, or content outside it |
//! | `xml.doctype` | there is a document type definition |
//! | `xml.entiteit` | a reference to an entity XML itself does not define |
//! | `xml.teken` | a character XML 1.0 does not allow, also as a reference |
//! | `xml.codering` | an encoding that is not supported, or that contradicts the file's first bytes |
//! | `xml.voorvoegsel` | a namespace prefix that is not declared, or wrongly |
//! | `xml.attribuut-dubbel` | an attribute twice, also by way of two prefixes |
//! | `xml.attributen` | more attributes (or namespaces) than allowed |
//! | `xml.diepte`, `json.diepte` | nested deeper than allowed |
//! | `xml.omvang`, `json.omvang` | more elements or values than allowed |
//! | `xml.tekst`, `json.tekst` | a text longer than allowed |
//! | `json.syntaxis` | not JSON |
//! | `json.dubbel` | a member twice in one object, also when written differently |
//! | `json.leden` | more members in one object than allowed |
//! | `json.teken` | U+0000 or half a surrogate pair |
//! | `csv.aanhaling` | a quotation mark that is not closed |
//! | `csv.rijen`, `werkmap.rijen` | more rows than allowed |
//! | `csv.kolommen`, `werkmap.kolommen` | more columns than allowed |
//! | `csv.rij` | a row with more bytes than allowed, in a file that is read in pieces |
//! | `csv.cel`, `werkmap.cel` | a cell with more text than allowed |
//! | `vast.rijen` | more lines of fixed width than allowed |
//! | `vast.regel` | a line of fixed width with more text than allowed |
//! | `werkmap.vorm` | not a workbook, a damaged one, or one this gateway does not read |
//! | `werkmap.beveiligd` | an encrypted workbook, or one in the format from before 2007 |
//! | `werkmap.te-zwaar` | unpacked it is larger than allowed, or reading it costs more than allowed |
//! | `xml.vorm`, `json.vorm`, `csv.vorm`, `vast.vorm`, `werkmap.vorm-uit` | (writing) the document has a shape the format cannot say |
//! | `xml.naam` | (writing) not a name in XML, or of a namespace the mapping does not declare |
//! | `csv.tekenset`, `vast.tekenset` | (writing) a character the agreed encoding does not have |
//! | `json.getal`, `werkmap.getal` | (writing) not a number, or one the format cannot hold exactly |

mod charset;
mod csv;
mod envelope;
mod error;
mod excel;
mod fixed;
mod json;
mod limits;
mod locate;
mod scan;
#[cfg(test)]
mod tests;
mod xml;
mod zipscan;

use crate::document::Charset;
use crate::document::Document;
use crate::document::Fault;
use crate::document::Name;
use crate::document::Place;
use crate::document::Spelled;
use crate::document::Tree;
use crate::document::Wire;

pub(crate) use charset::bytes_of;
pub use csv::CsvRows;
pub(crate) use csv::PIECE;
pub use error::EncodeError;
pub(crate) use excel::DATE_LOOK;
pub use excel::ExcelRows;
pub(crate) use excel::fill;
pub(crate) use excel::fits_a_cell;
pub(crate) use excel::is_sheet_name;
pub(crate) use excel::look_of;
pub(crate) use json::JsonMark;
pub(crate) use json::JsonStream;
pub(crate) use json::is_plain_json_name;
pub use limits::Limits;
pub(crate) use scan::Eight;
pub(crate) use scan::first_of;
pub(crate) use xml::can_write;
pub(crate) use xml::is_ncname;
pub(crate) use zipscan::too_heavy;

/// Reads a file of which everything can be read. Pure; a workbook of someone else is read through `isolation` and not here.
pub fn decode(bytes: &[u8], wire: &Wire, limits: &Limits) -> Result<Document, Vec<Fault>> {
    decode_apart(bytes, wire, limits)?.whole()
}

/// The same, for who takes one element and not another: what refuses only the element it stands in is kept in the document
/// ([`Document::broken`]), and a mapping that reads it says so.
pub fn decode_apart(bytes: &[u8], wire: &Wire, limits: &Limits) -> Result<Document, Vec<Fault>> {
    if bytes.len() > limits.bytes {
        return Err(vec![too_large(limits.bytes)]);
    }
    if bytes.is_empty() {
        return Err(vec![empty()]);
    }
    match wire {
        Wire::Xml(_) => xml::decode(bytes, limits),
        Wire::Json => json::decode(bytes, limits),
        Wire::Csv(wire) => csv::decode(bytes, wire, limits),
        Wire::Excel => excel::decode(bytes, limits),
        Wire::Fixed(wire) => fixed::decode(bytes, wire, limits),
        Wire::Enveloped(wire) => envelope::decode(bytes, wire, limits),
    }
}

/// Writes a document. The same document always gives the same bytes.
pub fn encode(document: &Document, wire: &Wire) -> Result<Vec<u8>, EncodeError> {
    match wire {
        Wire::Xml(wire) => xml::encode(&document.root, wire),
        Wire::Json => json::encode(&document.root, false),
        Wire::Excel => excel::encode(&document.root),
        Wire::Csv(_) | Wire::Fixed(_) => encode_rows(document, wire, 0),
        Wire::Enveloped(wire) => envelope::encode(document, wire),
    }
}

/// Writes a tree as JSON, of whatever it is made. `distinct`: no object has a name twice, which need not be looked for.
pub fn encode_json(root: &impl Tree, distinct: bool) -> Result<Vec<u8>, EncodeError> {
    json::encode(root, distinct)
}

/// Names of XML elements and, with `@` in front, attributes, as they are written with some prefixes and namespaces. What
/// cannot be written is not among them.
pub(crate) fn spelled<'n>(
    namespaces: &[(String, String)],
    names: impl Iterator<Item = &'n Name>,
) -> Spelled {
    xml::spelled(namespaces, names)
}

/// Writes the rows of a document behind `before` rows that were written of the same file: CSV and fixed width. Of another
/// format it is a whole document.
pub fn encode_rows(
    document: &Document,
    wire: &Wire,
    before: usize,
) -> Result<Vec<u8>, EncodeError> {
    match wire {
        Wire::Csv(wire) => csv::encode(&document.root, wire, before),
        Wire::Fixed(wire) => fixed::encode(&document.root, wire, before),
        Wire::Xml(_) | Wire::Json | Wire::Excel | Wire::Enveloped(_) => encode(document, wire),
    }
}

/// The media type of what [`encode`] writes.
#[must_use]
pub fn content_type(wire: &Wire) -> &'static str {
    match wire {
        Wire::Xml(_) | Wire::Enveloped(_) => "application/xml",
        Wire::Json => "application/json",
        Wire::Csv(wire) => match wire.encoding {
            Charset::Utf8 => "text/csv; charset=utf-8",
            Charset::Windows1252 => "text/csv; charset=windows-1252",
            Charset::Latin1 => "text/csv; charset=iso-8859-1",
        },
        Wire::Fixed(wire) => match wire.encoding {
            Charset::Utf8 => "text/plain; charset=utf-8",
            Charset::Windows1252 => "text/plain; charset=windows-1252",
            Charset::Latin1 => "text/plain; charset=iso-8859-1",
        },
        Wire::Excel => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    }
}

/// Whether a file sent with this `Content-Type` can be of the agreed format.
///
/// A `charset` parameter must not contradict the agreed encoding; for XML it is ignored, because the file's own
/// declaration decides there.
#[must_use]
pub fn accepts(wire: &Wire, content_type: &str) -> bool {
    let mut parts = content_type.split(';');
    let media = parts.next().unwrap_or_default().trim().to_ascii_lowercase();
    let charset = parts.find_map(|part| {
        let (name, value) = part.split_once('=')?;
        let value = value.trim().trim_matches('"');
        name.trim()
            .eq_ignore_ascii_case("charset")
            .then(|| encoding_rs::Encoding::for_label(value.as_bytes()))
    });
    let charset_is = |wanted| charset.is_none_or(|charset| charset == Some(wanted));
    match wire {
        Wire::Enveloped(wire) if wire.bare && accepts(&wire.payload, content_type) => true,
        Wire::Xml(_) | Wire::Enveloped(_) => {
            media == "application/xml" || media == "text/xml" || media.ends_with("+xml")
        }
        Wire::Json => {
            (media == "application/json" || media.ends_with("+json"))
                && charset_is(encoding_rs::UTF_8)
        }
        Wire::Csv(wire) => {
            (media == "text/csv" || media == "application/csv") && charset_is(label(wire.encoding))
        }
        Wire::Fixed(wire) => media == "text/plain" && charset_is(label(wire.encoding)),
        Wire::Excel => media == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    }
}

/// What a label in a `Content-Type` stands for; ISO-8859-1 and Windows-1252 are one there (WHATWG Encoding).
const fn label(encoding: Charset) -> &'static encoding_rs::Encoding {
    match encoding {
        Charset::Utf8 => encoding_rs::UTF_8,
        Charset::Windows1252 | Charset::Latin1 => encoding_rs::WINDOWS_1252,
    }
}

pub(crate) fn too_large(limit: usize) -> Fault {
    Fault::refused(
        "bestand.te-groot",
        Place::Whole,
        format!("Het bestand is groter dan {limit} bytes. Stuur het in delen."),
        format!("The file is larger than {limit} bytes. Send it in parts."),
    )
}

pub(crate) fn empty() -> Fault {
    Fault::refused(
        "bestand.leeg",
        Place::Whole,
        "Het bestand is leeg. Controleer of de export gelukt is en stuur het opnieuw.",
        "The file is empty. Check that the export succeeded and send it again.",
    )
}
