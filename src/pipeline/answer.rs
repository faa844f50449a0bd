use crate::canonical::Kind;
use crate::document::Fault;
use crate::document::Lang;
use crate::document::Place;
use crate::document::Severity;
use crate::pipeline::faults::MERGE_KEPT;
use jiff::Timestamp;
use serde::Deserialize;
use serde::Serialize;
use serde_json::Value;
use serde_json::json;
use uuid::Uuid;

/// Most elements that an answer lists one by one; beyond it, only those with something to say are listed.
const LISTED_MAX: usize = 1_000;
/// Most elements with something to say that an answer lists; the rest is counted.
const FAULTY_MAX: usize = 5_000;

/// What a sender is told about a message: how many elements were taken, and for each what became of it. It holds
/// places and sentences, never values, so it can be kept and given again word for word.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    /// The message.
    pub id: Uuid,
    /// The sender's own reference.
    pub referentie: String,
    /// The soort it was read as.
    pub soort: String,
    /// Mapping and revision.
    pub mapping: String,
    /// When received.
    pub ontvangen_op: Timestamp,
    /// Elements in the file.
    pub totaal: usize,
    /// Elements taken, those with remarks too.
    pub opgenomen: usize,
    /// Elements taken with remarks.
    pub met_opmerkingen: usize,
    /// Elements refused.
    pub geweigerd: usize,
    /// Remarks on the document as a whole.
    pub opmerkingen: Vec<Fault>,
    /// What became of each element.
    pub elementen: Vec<ElementAnswer>,
}

/// What became of one element.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ElementAnswer {
    /// Its number in the file, from 1.
    pub nummer: usize,
    /// Where it stands.
    pub plaats: Place,
    /// Whether it was taken.
    pub opgenomen: bool,
    /// The records it is about.
    pub records: Vec<RecordAnswer>,
    /// Everything there is to say about it.
    pub fouten: Vec<Fault>,
}

/// A record that an element made or changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordAnswer {
    /// Kind.
    pub soort: Kind,
    /// Id within the gateway; of a kandidaat or werkprofiel, the sender's own for it.
    pub id: Uuid,
    /// Version after this message. Not told about a person of whom the sender shares no case: it would tell that
    /// other organisations know the person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub versie: Option<i64>,
    /// Whether this message changed it; told like the version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gewijzigd: Option<bool>,
}

impl Answer {
    /// Leaves out what a person would not read: elements without a word to say beyond the first thousand. Where there
    /// are too many with something to say, the refused ones are told before those that were taken.
    pub(crate) fn trim(&mut self) {
        if self.elementen.len() <= LISTED_MAX {
            return;
        }
        self.elementen.retain(|element| !element.fouten.is_empty());
        let refused = self.elementen.iter().filter(|element| !element.opgenomen);
        let mut of_refused = FAULTY_MAX;
        let mut of_taken = FAULTY_MAX.saturating_sub(refused.count());
        self.elementen.retain(|element| {
            let room = if element.opgenomen {
                &mut of_taken
            } else {
                &mut of_refused
            };
            let fits = *room > 0;
            *room = room.saturating_sub(1);
            fits
        });
    }

    /// Why elements were refused.
    pub fn refusals(&self) -> impl Iterator<Item = &Fault> {
        let refused = self.elementen.iter().filter(|element| !element.opgenomen);
        refused
            .flat_map(|element| &element.fouten)
            .filter(|fault| fault.refuses())
    }

    /// Whether somebody has to look at the message: it says what no message can do by itself.
    pub(crate) fn waits_for_somebody(&self) -> bool {
        self.refusals().any(|fault| fault.code == MERGE_KEPT)
    }

    /// The answer as the API gives it, in one language.
    #[must_use]
    pub fn render(&self, lang: Lang) -> Value {
        let elements: Vec<Value> = self
            .elementen
            .iter()
            .map(|element| {
                json!({
                    "nummer": element.nummer,
                    "plaats": element.plaats.location(lang),
                    "uitkomst": if element.opgenomen { "opgenomen" } else { "geweigerd" },
                    "records": element.records,
                    "fouten": element.fouten.iter().map(|fault| render_fault(fault, lang)).collect::<Vec<_>>(),
                })
            })
            .collect();
        json!({
            "id": self.id,
            "referentie": self.referentie,
            "soort": self.soort,
            "mapping": self.mapping,
            "ontvangenOp": self.ontvangen_op,
            "totaal": self.totaal,
            "opgenomen": self.opgenomen,
            "metOpmerkingen": self.met_opmerkingen,
            "geweigerd": self.geweigerd,
            "opmerkingen": self.opmerkingen.iter().map(|fault| render_fault(fault, lang)).collect::<Vec<_>>(),
            "elementen": elements,
        })
    }
}

/// A fault as the API gives it, in one language.
#[must_use]
pub fn render_fault(fault: &Fault, lang: Lang) -> Value {
    let mut out = json!({
        "code": fault.code,
        "ernst": match fault.severity {
            Severity::Refused => "weigering",
            Severity::Remark => "opmerking",
        },
        "in": fault.place.part(),
        "location": fault.place.location(lang),
        "detail": fault.sentence.get(lang),
    });
    if let Some(number) = fault.place.record() {
        out["record"] = number.into();
    }
    if let (Some(at), Value::Object(members)) = (fault.place.at(), &mut out) {
        let row = fault.place.row();
        let (name, number) = row.map_or(("regel", at.line), |row| ("rij", row));
        members.insert(name.to_owned(), number.into());
        if at.column > 0 {
            members.insert("kolom".to_owned(), at.column.into());
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_no_line() {
        let at = crate::document::At::new(3, 7);
        let cell = Place::Cell {
            sheet: None,
            row: 3,
            column: 7,
            header: None,
        };
        let pointer = String::new();
        let positions = Place::Positions {
            line: 3,
            from: 7,
            to: 9,
        };
        for (place, row, line) in [
            (cell.clone(), json!(3), Value::Null),
            (cell.within("/a", at), json!(3), Value::Null),
            (Place::Json { pointer, at }, Value::Null, json!(3)),
            (Place::Text { at }, Value::Null, json!(3)),
            (positions, Value::Null, json!(3)),
            (Place::Whole, Value::Null, Value::Null),
        ] {
            let said = render_fault(&Fault::refused("x", place, "nl", "en"), Lang::Nl);
            assert_eq!((&said["rij"], &said["regel"]), (&row, &line), "{said}");
        }
    }

    #[test]
    fn a_refused_element_is_told_however_many_remarks_there_are() {
        let fault = |refuses: bool| {
            let make = if refuses {
                Fault::refused
            } else {
                Fault::remark
            };
            make("x", Place::Whole, "nl", "en")
        };
        let element = |nummer: usize, opgenomen: bool, fouten: Vec<Fault>| ElementAnswer {
            nummer,
            plaats: Place::Whole,
            opgenomen,
            records: Vec::new(),
            fouten,
        };
        let last = FAULTY_MAX + 10;
        let mut answer = Answer {
            id: Uuid::nil(),
            referentie: String::new(),
            soort: String::new(),
            mapping: String::new(),
            ontvangen_op: Timestamp::UNIX_EPOCH,
            totaal: last,
            opgenomen: last - 1,
            met_opmerkingen: last - 2,
            geweigerd: 1,
            opmerkingen: Vec::new(),
            elementen: (1..=last)
                .map(|nummer| match nummer {
                    2 => element(nummer, true, Vec::new()),
                    _ if nummer == last => element(nummer, false, vec![fault(true)]),
                    _ => element(nummer, true, vec![fault(false)]),
                })
                .collect(),
        };
        answer.trim();
        assert_eq!(answer.elementen.len(), FAULTY_MAX);
        assert_eq!(answer.refusals().count(), 1);
        let numbers: Vec<usize> = answer.elementen.iter().map(|one| one.nummer).collect();
        assert!(
            numbers.is_sorted() && numbers[..2] == [1, 3],
            "in their order"
        );
    }
}
