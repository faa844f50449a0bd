use crate::adapters;
use crate::adapters::EncodeError;
use crate::api::stuf::NAMESPACE;
use crate::api::stuf::code::Code;
use crate::api::stuf::head::Head;
use crate::api::stuf::head::System;
use crate::document::Document;
use crate::document::Format;
use crate::document::Name;
use crate::document::Node;
use crate::document::Value;
use crate::document::Wire;
use crate::document::XmlWire;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::sync::LazyLock;

/// The time zone of moments in StUF, which name none.
static AMSTERDAM: LazyLock<TimeZone> =
    LazyLock::new(|| TimeZone::get("Europe/Amsterdam").expect("the time zones are bundled"));

/// The application that answers a message which does not say to whom it was sent; the same as in the messages it sends.
const APPLICATION: &str = "Schakel";

/// An answer, before it is written.
pub(super) struct Letter {
    pub berichtcode: &'static str,
    pub referentienummer: String,
    pub moment: Timestamp,
    /// The code and the details of an error.
    pub fault: Option<(Code, String)>,
}

impl Letter {
    /// The answer to the message with this head: its stuurgegevens turned round, in the order of the standard. Who sent
    /// and who received it must stand there: where the message does not say so, that is the organisation `sender` and
    /// this application.
    pub fn bytes(&self, head: &Head, sender: &str) -> Result<Vec<u8>, EncodeError> {
        let mut about = vec![text("berichtcode", self.berichtcode)];
        about.push(system(
            "zender",
            &head.ontvanger,
            ("applicatie", APPLICATION),
        ));
        about.push(system("ontvanger", &head.zender, ("organisatie", sender)));
        about.push(text("referentienummer", &self.referentienummer));
        about.push(text("tijdstipBericht", &digits(self.moment)));
        let answered = head.referentienummer.as_deref();
        about.extend(answered.map(|reference| text("crossRefnummer", reference)));
        let mut parts = vec![element("stuurgegevens", about)];
        if let Some((code, details)) = &self.fault {
            parts.push(element(
                "body",
                vec![
                    text("code", code.name()),
                    text("plek", code.plek()),
                    text("omschrijving", code.omschrijving()),
                    text("details", details),
                ],
            ));
        }
        let root = element(&format!("{}Bericht", self.berichtcode), parts);
        let document = Document::new(Format::Xml, Node::made(Value::Map(vec![root])));
        let namespaces = vec![("StUF".to_owned(), NAMESPACE.to_owned())];
        let wire = Wire::Xml(XmlWire::new(namespaces));
        adapters::encode(&document, &wire)
    }
}

/// A system by its parts; by one part where the message has none.
fn system(name: &str, parts: &System, otherwise: (&str, &str)) -> (Name, Node) {
    let mut parts: Vec<_> = parts
        .iter()
        .map(|(part, value)| text(part, value))
        .collect();
    if parts.is_empty() {
        parts.push(text(otherwise.0, otherwise.1));
    }
    element(name, parts)
}

fn element(name: &str, parts: Vec<(Name, Node)>) -> (Name, Node) {
    (named(name), Node::made(Value::Map(parts)))
}

fn text(name: &str, text: &str) -> (Name, Node) {
    (named(name), Node::text(text))
}

fn named(name: &str) -> Name {
    format!("{{{NAMESPACE}}}{name}").into()
}

/// A moment as StUF writes it, to the millisecond: `EEJJMMDDhhmmssmmm`, local time.
fn digits(moment: Timestamp) -> String {
    let local = AMSTERDAM.to_datetime(moment);
    format!(
        "{:04}{:02}{:02}{:02}{:02}{:02}{:03}",
        local.year(),
        local.month(),
        local.day(),
        local.hour(),
        local.minute(),
        local.second(),
        local.millisecond()
    )
}
