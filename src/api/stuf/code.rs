//! Which code of StUF 03.01 says what the gateway found.
//!
//! | code | the gateway found |
//! |---|---|
//! | `StUF001` | the stuurgegevens are of another version of StUF |
//! | `StUF004` `StUF007` `StUF040` | another root element: of another sectormodel, of another version of it, another of the same |
//! | `StUF010` | the receiver is missing, or nobody here |
//! | `StUF013` | the sender is missing, or another than the key is of |
//! | `StUF016` | the referentienummer was used before with other content |
//! | `StUF022` `StUF025` | a berichtcode that StUF does not have; one that this soort does not read |
//! | `StUF031` `StUF037` | an entiteittype, a functie that this soort does not read |
//! | `StUF046` | it cannot be stored, or not now |
//! | `StUF052` | the sender may not say this |
//! | `StUF055` | a part that cannot be read, that of the stuurgegevens has no code of its own too (tijdstipBericht, a missing referentienummer); also what is no XML at all, for which the standard has no code (then in a `Fo03`) [ASM] |
//! | `StUF058` | the record does not allow it |
//!
//! Of a message in an envelope the envelope is the message: what is wrong in the document that it holds is content
//! (`StUF055`), the stuurgegevens that this document may have itself too.
//!
//! Never given: `StUF019`, because a message that comes late is kept as history and refused by nobody; `StUF028` and
//! `StUF034`, because a mapping tells what it reads and not what else its sectormodel has; `StUF043`, `StUF049`,
//! `StUF061` and `StUF960`, because nothing here answers an earlier message or waits for another process. The README says
//! so to who connects.

use crate::api::stuf::head::Head;
use crate::document::Fault;
use crate::document::Place;

/// The codes in the order in which StUF 03.01 has them checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Code {
    StufVersion,
    Sectormodel,
    SectormodelVersion,
    Receiver,
    Sender,
    Reference,
    UnknownBerichtcode,
    Berichtcode,
    Entiteittype,
    Functie,
    Combination,
    Storing,
    Authorisation,
    Schema,
    Processing,
}

/// What the beginning of a fault's code says of it, wherever it stands; the rest is about how it is written.
const BY_CODE: [(&str, Code); 14] = [
    ("referentie.gebruikt", Code::Reference),
    ("recht.", Code::Authorisation),
    ("overeenkomst.", Code::Authorisation),
    ("identiteit.", Code::Processing),
    ("status.overgang", Code::Processing),
    ("status.partij", Code::Processing),
    ("record.", Code::Processing),
    ("partij.", Code::Processing),
    ("bsn.dubbel", Code::Processing),
    ("bsn.niet-verzegeld", Code::Processing),
    ("verzonden.", Code::Processing),
    ("was.", Code::Processing),
    ("paar.verwijdering", Code::Processing),
    ("ontdubbeling.", Code::Processing),
];

impl Code {
    /// The code of a fault, by what and where it is.
    pub fn of(fault: &Fault, head: &Head, namespace: &str) -> Self {
        let code = fault.code.as_ref();
        let root = matches!(code, "xml.wortel" | "envelop.wortel");
        let is_content = matches!(fault.place, Place::Within { .. });
        if root && !is_content && head.root.is_some() {
            return Self::of_root(head, namespace);
        }
        let known = BY_CODE.iter().find(|(start, _)| code.starts_with(start));
        // who somebody is stands in the stuurgegevens; what they may say there is not about the stuurgegevens
        let by_place = known.is_none() || code == "partij.onbekend";
        match stuurgegeven(&fault.place).filter(|_| by_place) {
            Some("zender") => return Self::Sender,
            Some("ontvanger") => return Self::Receiver,
            Some("berichtcode") if head.has_known_berichtcode() => return Self::Berichtcode,
            Some("berichtcode") => return Self::UnknownBerichtcode,
            Some("entiteittype") => return Self::Entiteittype,
            Some("functie") => return Self::Functie,
            _ => {}
        }
        if code == "afzender.anders" {
            return Self::Authorisation;
        }
        if code == "waarde.constante" && last_step(&fault.place) == Some("entiteittype") {
            return Self::Entiteittype;
        }
        known.map_or(Self::Schema, |(_, code)| *code)
    }

    fn of_root(head: &Head, namespace: &str) -> Self {
        let found = head.root.as_deref().unwrap_or_default();
        if found == namespace {
            Self::Combination
        } else if unversioned(found) == unversioned(namespace) {
            Self::SectormodelVersion
        } else {
            Self::Sectormodel
        }
    }

    /// Code, place of the fault (`client` or `server`), and omschrijving, as StUF 03.01 has them.
    const fn row(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::StufVersion => ("StUF001", "server", "Versie StUF niet ondersteund"),
            Self::Sectormodel => ("StUF004", "server", "Sectormodel niet ondersteund"),
            Self::SectormodelVersion => {
                ("StUF007", "server", "Versie sectormodel niet ondersteund")
            }
            Self::Receiver => (
                "StUF010",
                "client",
                "Combinatie van ontvangende organisatie, applicatie en administratie onbekend",
            ),
            Self::Sender => (
                "StUF013",
                "client",
                "Combinatie van zendende organisatie, applicatie en administratie onbekend",
            ),
            Self::Reference => (
                "StUF016",
                "client",
                "Combinatie zender en referentienummer niet uniek",
            ),
            Self::UnknownBerichtcode => ("StUF022", "client", "Berichtcode onbekend"),
            Self::Berichtcode => ("StUF025", "server", "Berichtcode niet ondersteund"),
            Self::Entiteittype => ("StUF031", "server", "Entiteittype niet ondersteund"),
            Self::Functie => ("StUF037", "server", "Functie niet ondersteund"),
            Self::Combination => (
                "StUF040",
                "server",
                "Combinatie van berichtcode, entiteittype en functie niet ondersteund",
            ),
            Self::Storing => ("StUF046", "server", "Opslaan bericht niet mogelijk"),
            Self::Authorisation => (
                "StUF052",
                "client",
                "Het zendende systeem is niet geautoriseerd voor de gevraagde combinatie van berichtcode, entiteittype en functie",
            ),
            Self::Schema => (
                "StUF055",
                "client",
                "Berichtbody is niet conform schema in sectormodel",
            ),
            Self::Processing => (
                "StUF058",
                "server",
                "Proces voor afhandelen bericht geeft fout",
            ),
        }
    }

    /// The code itself.
    pub const fn name(self) -> &'static str {
        self.row().0
    }

    /// Whose fault it is.
    pub const fn plek(self) -> &'static str {
        self.row().1
    }

    /// What it means.
    pub const fn omschrijving(self) -> &'static str {
        self.row().2
    }

    /// Whether it is checked before a message is acknowledged (kind 3).
    pub fn is_technical(self) -> bool {
        self <= Self::Storing
    }
}

/// Which part of the stuurgegevens a place is in.
fn stuurgegeven(place: &Place) -> Option<&str> {
    let mut steps = steps(place);
    steps.find(|step| *step == "stuurgegevens")?;
    steps.next()
}

fn last_step(place: &Place) -> Option<&str> {
    steps(place).last()
}

/// The local names of the steps to a place.
fn steps(place: &Place) -> impl Iterator<Item = &str> {
    let path = match place {
        Place::Xml { xpath, .. } => xpath.as_str(),
        _ => "",
    };
    path.split('/').map(|step| {
        let name = step.split('[').next().unwrap_or_default();
        name.trim_start_matches('@')
            .rsplit(':')
            .next()
            .unwrap_or_default()
    })
}

/// A namespace without the version that stands at its end.
fn unversioned(namespace: &str) -> &str {
    let version = namespace.rsplit([':', '/']).next().unwrap_or_default();
    if !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit()) {
        &namespace[..namespace.len() - version.len()]
    } else {
        namespace
    }
}
