//! The faults of a JSON file: what is wrong, where, and what to do.

use super::pointer_step;
use super::read::Parser;
use super::read::Step;
use super::read::Stop;
use super::text::BadText;
use crate::document::At;
use crate::document::Fault;
use crate::document::Place;

impl Parser<'_, '_> {
    fn pointer(&self) -> String {
        let mut pointer = String::new();
        for step in &self.path {
            match step {
                Step::Item(index) => pointer_step(&mut pointer, &index.to_string()),
                Step::Member(number) => {
                    let name = self.names.name(*number);
                    pointer_step(&mut pointer, name.map_or("", |name| name));
                }
            }
        }
        pointer
    }

    fn push(&mut self, code: &'static str, at: At, nl: impl Into<String>, en: impl Into<String>) {
        let pointer = self.pointer();
        let place = Place::Json { pointer, at };
        self.faults.push(Fault::refused(code, place, nl, en));
    }

    /// A fault after which reading goes on, until there are too many.
    fn tell(&mut self, code: &'static str, at: At, nl: &str, en: &str) -> Result<(), Stop> {
        self.push(code, at, nl, en);
        if self.faults.len() >= self.limits.faults {
            return Err(Stop);
        }
        Ok(())
    }

    pub(super) fn fault_duplicate(&mut self, at: At) -> Result<(), Stop> {
        self.tell(
            "json.dubbel",
            at,
            "Deze naam staat tweemaal in hetzelfde object. Laat er één staan.",
            "This name occurs twice in the same object. Keep one.",
        )
    }

    pub(super) fn fault_character(&mut self) -> Result<(), Stop> {
        self.tell(
            "json.teken",
            self.at(),
            "Deze tekst bevat U+0000 of een half surrogaatpaar. Haal dat teken weg in het bronsysteem.",
            "This text holds U+0000 or half a surrogate pair. Remove that character in the source system.",
        )
    }

    pub(super) fn stop(
        &mut self,
        code: &'static str,
        nl: impl Into<String>,
        en: impl Into<String>,
    ) -> Stop {
        let at = self.at();
        self.push(code, at, nl, en);
        Stop
    }

    pub(super) fn stop_syntax(&mut self, nl: &str, en: &str) -> Stop {
        self.stop("json.syntaxis", nl, en)
    }

    pub(super) fn stop_value(&mut self) -> Stop {
        if self.position >= self.text.len() {
            return self.stop_end();
        }
        self.stop_syntax(
            "Hier hoort een waarde te staan: een object, lijst, tekst tussen aanhalingstekens, getal, true, false of null.",
            "A value belongs here: an object, list, text in quotation marks, number, true, false or null.",
        )
    }

    pub(super) fn stop_separator(&mut self) -> Stop {
        if self.position >= self.text.len() {
            return self.stop_end();
        }
        self.stop_syntax(
            "Hier hoort een komma, een dubbele punt of een sluithaak te staan.",
            "A comma, a colon or a closing bracket belongs here.",
        )
    }

    pub(super) fn stop_end(&mut self) -> Stop {
        self.stop_syntax(
            "Het bestand houdt op voordat het document af is. Het is waarschijnlijk afgebroken: stuur het opnieuw.",
            "The file ends before the document does. It was probably cut off: send it again.",
        )
    }

    pub(super) fn stop_text(&mut self, bad: BadText) -> Stop {
        let (BadText::Unclosed(offset) | BadText::Control(offset) | BadText::Escape(offset)) = bad;
        let passed = &self.text[self.position + 1..self.position + 1 + offset];
        self.continued += passed.len() - passed.chars().count();
        self.position += 1 + offset;
        match bad {
            BadText::Unclosed(_) => self.stop_end(),
            BadText::Control(_) => self.stop_syntax(
                "Hier staat een stuurteken in een tekst. Schrijf een regeleinde als \\n en een tab als \\t.",
                "There is a control character in a text here. Write a line end as \\n and a tab as \\t.",
            ),
            BadText::Escape(_) => self.stop_syntax(
                "Na deze backslash staat geen geldige code. Schrijf een backslash zelf als \\\\.",
                "There is no valid escape after this backslash. Write a backslash itself as \\\\.",
            ),
        }
    }

    pub(super) fn stop_depth(&mut self) -> Stop {
        let limit = self.limits.depth_kept();
        self.stop(
            "json.diepte",
            format!(
                "Objecten en lijsten zijn dieper genest dan {limit}. Stuur een vlakker bericht."
            ),
            format!("Objects and lists are nested deeper than {limit}. Send a flatter message."),
        )
    }

    pub(super) fn stop_nodes(&mut self) -> Stop {
        let limit = self.limits.nodes;
        self.stop(
            "json.omvang",
            format!("Het bestand heeft meer dan {limit} waarden. Stuur het in delen."),
            format!("The file has more than {limit} values. Send it in parts."),
        )
    }

    pub(super) fn stop_members(&mut self) -> Stop {
        let limit = self.limits.members;
        self.stop(
            "json.leden",
            format!("Dit object heeft meer dan {limit} leden. Stuur er minder."),
            format!("This object has more than {limit} members. Send fewer."),
        )
    }

    pub(super) fn stop_length(&mut self) -> Stop {
        let limit = self.limits.text;
        self.stop(
            "json.tekst",
            format!("Deze tekst is langer dan {limit} bytes. Kort hem in."),
            format!("This text is longer than {limit} bytes. Shorten it."),
        )
    }
}
