use crate::adapters;
use crate::adapters::Limits;
use crate::api::stuf::NAMESPACE;
use crate::api::stuf::code::Code;
use crate::document::Node;
use crate::document::Wire;
use crate::document::XmlWire;
use crate::mapping::codec::Cell;
use crate::mapping::codec::TimestampCodec;
use crate::mapping::codec::TimestampForm;
use jiff::Timestamp;

/// What namespaces of StUF begin with, whatever the version.
const FAMILY: &str = "http://www.egem.nl/StUF/StUF";
/// Longest text that is given back, in characters: that of the longest referentienummer the gateway takes.
const TEXT_MAX: usize = 200;
/// The parts of a system, in the order in which they are written.
const SYSTEM: [&str; 4] = ["organisatie", "applicatie", "administratie", "gebruiker"];
/// What a berichtcode of StUF 03.01 begins with, and the highest number that follows.
const BERICHTCODES: [(&str, u32); 10] = [
    ("Lk", 6),
    ("Di", 2),
    ("Du", 2),
    ("Lv", 14),
    ("La", 14),
    ("Sa", 4),
    ("Sh", 4),
    ("Bv", 4),
    ("Fo", 3),
    ("Tr", 1),
];

/// Digits of a moment to the millisecond.
const STUF_DIGITS: usize = 17;

/// Sender or receiver: the parts that are there, in the order in which they are written.
pub(super) type System = Vec<(&'static str, String)>;

/// The stuurgegevens of a message, as far as they can be read: everything is absent when it is no XML, or has none.
#[derive(Default)]
pub(super) struct Head {
    /// Namespace of the root element.
    pub root: Option<String>,
    /// Namespace of the berichtcode.
    pub version: Option<String>,
    pub berichtcode: Option<String>,
    pub zender: System,
    pub ontvanger: System,
    pub referentienummer: Option<String>,
    pub tijdstip: Option<Timestamp>,
}

impl Head {
    /// Reads a message.
    pub fn read(body: &[u8]) -> Self {
        let limits = Limits {
            bytes: body.len(),
            // an envelope holds a whole file as one text
            text: body.len(),
            ..Limits::default()
        };
        let wire = Wire::Xml(XmlWire::default());
        adapters::decode(body, &wire, &limits)
            .ok()
            .and_then(|document| Self::of(&document.root))
            .unwrap_or_default()
    }

    fn of(root: &Node) -> Option<Self> {
        let (name, root) = root.parts().first()?;
        let mut head = Self {
            root: namespace(name).map(str::to_owned),
            ..Self::default()
        };
        let Some((_, stuurgegevens)) = part(root, "stuurgegevens") else {
            return Some(head);
        };
        if let Some((name, code)) = part(stuurgegevens, "berichtcode") {
            head.version = namespace(name).map(str::to_owned);
            head.berichtcode = shown(code);
        }
        let system =
            |name| part(stuurgegevens, name).map_or_else(Vec::new, |(_, node)| parts(node));
        head.zender = system("zender");
        head.ontvanger = system("ontvanger");
        head.referentienummer =
            part(stuurgegevens, "referentienummer").and_then(|(_, node)| shown(node));
        head.tijdstip = part(stuurgegevens, "tijdstipBericht").and_then(|(_, node)| moment(node));
        Some(head)
    }

    /// Whether the stuurgegevens are of another version of StUF.
    pub fn is_another_version(&self) -> bool {
        let version = self.version.as_deref();
        version.is_some_and(|version| version.starts_with(FAMILY) && version != NAMESPACE)
    }

    /// Whether StUF 03.01 has this berichtcode.
    pub fn has_known_berichtcode(&self) -> bool {
        let code = self.berichtcode.as_deref().unwrap_or_default();
        BERICHTCODES.iter().any(|(kind, most)| {
            number(code, kind).is_some_and(|number| (1..=*most).contains(&number))
        })
    }

    /// Whether the sender waits for the result. In StUF 03.01 the numbers of synchronous messages are even, and of
    /// questions odd.
    fn is_synchronous(&self) -> bool {
        let code = self.berichtcode.as_deref().unwrap_or_default();
        let of = |kinds: &[&str], rest: u32| {
            let mut numbers = kinds.iter().filter_map(|kind| number(code, kind));
            numbers.any(|number| number % 2 == rest)
        };
        of(&["Lk", "Di", "Du", "Sa", "Sh"], 0) || of(&["Lv"], 1)
    }

    /// When an answer is said to be made that is not kept. It is the message's own moment, so that the same message gets
    /// the same answer again; what has none, or one that is yet to come, is answered now.
    pub fn answered_at(&self, now: Timestamp) -> Timestamp {
        self.tijdstip.filter(|own| *own <= now).unwrap_or(now)
    }

    /// The berichtcode of an acknowledgement.
    pub fn acknowledgement(&self) -> &'static str {
        if self.is_synchronous() {
            "Bv02"
        } else {
            "Bv03"
        }
    }

    /// The berichtcode of an error. A message whose stuurgegevens cannot be read has nobody to write to later, so the
    /// error is always the technical one.
    pub fn error(&self, code: Code) -> &'static str {
        if self.is_synchronous() {
            "Fo02"
        } else if code.is_technical() || self.berichtcode.is_none() {
            "Fo03"
        } else {
            "Fo01"
        }
    }
}

fn number(code: &str, kind: &str) -> Option<u32> {
    let digits = code.strip_prefix(kind)?;
    let fits = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
    fits.then(|| digits.parse().ok())?
}

/// The namespace of a name that is written `{namespace}local`.
fn namespace(name: &str) -> Option<&str> {
    let (namespace, _) = name.strip_prefix('{')?.split_once('}')?;
    Some(namespace)
}

/// The first part with this local name, in whatever namespace.
fn part<'a>(node: &'a Node, local: &str) -> Option<(&'a str, &'a Node)> {
    let mut parts = node.parts().iter();
    parts
        .find(|(name, _)| name.rsplit('}').next() == Some(local))
        .map(|(name, node)| (&**name, node))
}

fn parts(system: &Node) -> System {
    SYSTEM
        .iter()
        .filter_map(|name| Some((*name, shown(part(system, name)?.1)?)))
        .collect()
}

/// A moment as StUF writes it.
fn moment(node: &Node) -> Option<Timestamp> {
    let codec = TimestampCodec {
        forms: vec![TimestampForm::Stuf],
        digits: STUF_DIGITS,
        timed: false,
    };
    let taken = codec.decode(Cell::Text(node.as_text()?), None).ok()?;
    taken.value.ok()?.as_str()?.parse().ok()
}

fn shown(node: &Node) -> Option<String> {
    let text = node.as_text()?.trim();
    let fits = !text.is_empty() && text.chars().count() <= TEXT_MAX;
    fits.then(|| text.to_owned())
}
