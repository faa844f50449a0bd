//! The faults of an XML file: what is wrong, where, and what to do.

use super::attributes::BadTag;
use super::chars::BadReference;
use super::read::Decoder;
use crate::adapters::error::Refused;
use crate::adapters::locate::Locator;
use crate::document::Fault;
use crate::document::Name;
use crate::document::Place;
use quick_xml::errors::Error;
use quick_xml::errors::IllFormedError;
use quick_xml::errors::SyntaxError;
use std::fmt::Write;

pub(super) type Words = (&'static str, &'static str);

pub(super) const NO_ROOT: Words = (
    "Het bestand heeft geen element. Stuur een XML-document met één hoofdelement.",
    "The file has no element. Send an XML document with one root element.",
);
pub(super) const SECOND_ROOT: Words = (
    "Hier begint een tweede hoofdelement. Stuur elk document als een eigen bestand.",
    "A second root element starts here. Send each document as a file of its own.",
);
pub(super) const OUTSIDE_ROOT: Words = (
    "Hier staat tekst buiten het hoofdelement. Haal die weg.",
    "There is text outside the root element here. Remove it.",
);

impl Decoder<'_, '_> {
    /// The path of the innermost open element. Of elements with the same name, the second is `[2]`.
    fn xpath(&self) -> String {
        let mut path = String::new();
        for (index, open) in self.open.iter().enumerate() {
            let _ = write!(path, "/{}", open.qname);
            let earlier = index.checked_sub(1).map_or(0, |parent| {
                // behind those of an element stand those of the one that is open in it
                let parts = &self.parts[self.open[parent].from..open.from];
                let same = parts
                    .iter()
                    .filter(|(name, _)| Name::ptr_eq(name, &open.name));
                same.count()
            });
            if earlier > 0 {
                let _ = write!(path, "[{}]", earlier + 1);
            }
        }
        path
    }

    pub(super) fn refuse(
        &self,
        code: &'static str,
        offset: usize,
        nl: impl Into<String>,
        en: impl Into<String>,
    ) -> Refused {
        // Only a fault asks for a place out of order, and only one does.
        let offset = self.text.floor_char_boundary(offset);
        let at = Locator::new(self.text).at(offset);
        let place = if self.open.is_empty() {
            Place::Text { at }
        } else {
            let xpath = self.xpath();
            Place::Xml { xpath, at }
        };
        Box::new(Fault::refused(code, place, nl, en))
    }

    pub(super) fn refuse_syntax(&self, offset: usize) -> Refused {
        self.refuse(
            "xml.syntaxis",
            offset,
            "Hier is het bestand geen welgevormde XML. Laat het bestand door een XML-programma maken en niet door tekst samen te voegen.",
            "The file is not well-formed XML here. Let an XML library make the file rather than joining text.",
        )
    }

    pub(super) fn refuse_truncated(&self) -> Refused {
        self.refuse(
            "xml.afgebroken",
            self.text.len(),
            "Het bestand houdt op voordat dit element gesloten is. Het is waarschijnlijk afgebroken: stuur het opnieuw.",
            "The file ends before this element is closed. It was probably cut off: send it again.",
        )
    }

    pub(super) fn refuse_root(&self, offset: usize, (nl, en): Words) -> Refused {
        self.refuse("xml.wortel", offset, nl, en)
    }

    pub(super) fn refuse_doctype(&self, offset: usize) -> Refused {
        self.refuse(
            "xml.doctype",
            offset,
            "Het bestand heeft een DOCTYPE; die wordt uit veiligheid geweigerd. Haal hem weg.",
            "The file has a DOCTYPE, which is refused for safety. Remove it.",
        )
    }

    pub(super) fn refuse_character(&self, offset: usize) -> Refused {
        self.refuse(
            "xml.teken",
            offset,
            "Hier staat een teken dat in XML 1.0 niet mag (een stuurteken). Haal het weg in het bronsysteem.",
            "There is a character here that XML 1.0 does not allow (a control character). Remove it in the source system.",
        )
    }

    pub(super) fn refuse_reference(&self, offset: usize, bad: BadReference) -> Refused {
        match bad {
            BadReference::Character => self.refuse_character(offset),
            BadReference::Syntax => self.refuse_syntax(offset),
            BadReference::Entity => self.refuse(
                "xml.entiteit",
                offset,
                "Hier staat een verwijzing naar een entiteit die XML niet kent. Gebruik het teken zelf; alleen &lt; &gt; &amp; &apos; en &quot; bestaan.",
                "There is a reference here to an entity that XML does not know. Use the character itself; only &lt; &gt; &amp; &apos; and &quot; exist.",
            ),
        }
    }

    pub(super) fn refuse_tag(&self, offset: usize, bad: &BadTag) -> Refused {
        let offset = offset + bad.offset;
        match bad.reference {
            Some(reference) => self.refuse_reference(offset, reference),
            None => self.refuse_syntax(offset),
        }
    }

    pub(super) fn refuse_depth(&self, offset: usize) -> Refused {
        let limit = self.limits.depth_kept();
        self.refuse(
            "xml.diepte",
            offset,
            format!("De elementen zijn dieper genest dan {limit}. Stuur een vlakker bericht."),
            format!("The elements are nested deeper than {limit}. Send a flatter message."),
        )
    }

    pub(super) fn refuse_attributes(&self, offset: usize) -> Refused {
        let limit = self.limits.attributes;
        self.refuse(
            "xml.attributen",
            offset,
            format!(
                "Dit element heeft meer dan {limit} attributen of naamruimten. Stuur er minder."
            ),
            format!("This element has more than {limit} attributes or namespaces. Send fewer."),
        )
    }

    pub(super) fn refuse_prefix(&self, offset: usize) -> Refused {
        self.refuse(
            "xml.voorvoegsel",
            offset,
            "Hier staat een naamruimtevoorvoegsel dat niet, of onjuist, gedeclareerd is. Declareer het met xmlns op dit of een hoger element.",
            "There is a namespace prefix here that is not declared, or wrongly. Declare it with xmlns on this or a higher element.",
        )
    }

    pub(super) fn refuse_duplicate(&self, offset: usize) -> Refused {
        self.refuse(
            "xml.attribuut-dubbel",
            offset,
            "Dit element heeft tweemaal hetzelfde attribuut (misschien met twee voorvoegsels voor één naamruimte). Laat er één staan.",
            "This element has the same attribute twice (perhaps with two prefixes for one namespace). Keep one.",
        )
    }

    pub(super) fn refuse_markup(&self, error: &Error, offset: usize) -> Refused {
        let cut_off = match error {
            Error::Syntax(syntax) => {
                // A `<!` that is nothing XML knows is wrong; anything else just never ended.
                !matches!(syntax, SyntaxError::InvalidBangMarkup)
            }
            Error::IllFormed(IllFormedError::MissingEndTag(_)) => true,
            _ => false,
        };
        if cut_off && !self.text[offset..].starts_with("<!DOCTYPE") {
            return self.refuse_truncated();
        }
        if self.text[offset..].starts_with("<!DOCTYPE") {
            return self.refuse_doctype(offset);
        }
        self.refuse_syntax(offset)
    }
}
