use crate::document::Lang;
use crate::document::Place;
use crate::document::Sentence;
use crate::mapping::Diagnostic;
use crate::tools::Failure;
use crate::tools::Imported;
use serde::Serialize;
use serde::ser::SerializeStruct;

/// Something wrong with a mapping in a workbook: which cell, what, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SheetFault {
    /// Stable code, documented in `mappings/README.md`.
    pub code: &'static str,
    /// Sheet, row and column.
    pub place: Place,
    /// What is wrong.
    pub sentence: Sentence,
    /// What to do.
    pub remedy: Sentence,
    /// Whether the mapping can be used all the same.
    pub warning: bool,
}

impl SheetFault {
    pub(super) fn new(
        code: &'static str,
        place: Place,
        nl: (&str, &str),
        en: (&str, &str),
    ) -> Self {
        Self {
            code,
            place,
            sentence: Sentence::new(nl.0, en.0),
            remedy: Sentence::new(nl.1, en.1),
            warning: false,
        }
    }

    /// What the compiler says of a mapping, at the cell it came from.
    #[must_use]
    pub fn of(diagnostic: &Diagnostic, place: Place) -> Self {
        Self {
            code: diagnostic.code,
            place,
            sentence: in_words(&diagnostic.sentence),
            remedy: in_words(&diagnostic.remedy),
            warning: diagnostic.level == crate::mapping::Level::Warning,
        }
    }

    /// A case or a law of a mapping that does not hold: of a case its row, if it is in the workbook.
    #[must_use]
    pub fn failed(failure: &Failure, imported: &Imported) -> Self {
        let place = match failure {
            Failure::Case(name, _) => imported.case(name),
            Failure::Law(_) => Place::Whole,
        };
        let (code, remedy) = match failure {
            Failure::Case(..) => (
                "M130",
                Sentence::new(
                    "Verbeter de regels, of wat het geval verwacht.",
                    "Correct the rules, or what the case expects.",
                ),
            ),
            Failure::Law(_) => (
                "M131",
                Sentence::new(
                    "Verbeter de regels die dit lezen en schrijven, of laat ze een kant op werken (`direction`).",
                    "Correct the rules that read and write this, or let them work one way (`direction`).",
                ),
            ),
        };
        Self {
            code,
            place,
            sentence: failure.sentence(),
            remedy,
            warning: false,
        }
    }

    /// One line: the cell, code, sentence and remedy.
    #[must_use]
    pub fn render(&self, lang: Lang) -> String {
        let line = format!(
            "{} {} {} {}",
            self.place.location(lang),
            self.code,
            self.sentence.get(lang),
            self.remedy.get(lang)
        );
        line.trim().to_owned()
    }
}

/// A sentence as a workbook writes yes and no.
fn in_words(sentence: &Sentence) -> Sentence {
    Sentence::new(
        sentence.nl.replace("true of false", "ja of nee"),
        sentence.en.replace("true or false", "ja or nee"),
    )
}

impl Serialize for SheetFault {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let at = self.place.at().unwrap_or_default();
        let sheet = match &self.place {
            Place::Cell { sheet, .. } => sheet.as_deref(),
            _ => None,
        };
        let mut out = serializer.serialize_struct("SheetFault", 7)?;
        out.serialize_field("code", self.code)?;
        out.serialize_field("ernst", if self.warning { "waarschuwing" } else { "fout" })?;
        out.serialize_field("blad", &sheet)?;
        out.serialize_field("rij", &at.line)?;
        out.serialize_field("kolom", &crate::document::column_letters(at.column))?;
        out.serialize_field("melding", &self.sentence)?;
        out.serialize_field("oplossing", &self.remedy)?;
        out.end()
    }
}
