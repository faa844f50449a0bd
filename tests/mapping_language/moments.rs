//! Cells that a spreadsheet shows as a date or a time: of `1-2` typed in a column of text it makes the first of February.

use crate::forms::mapping;
use crate::forms::read;
use crate::forms::records;
use schakel::adapters;
use schakel::document::Document;
use schakel::document::Format;
use schakel::document::Lang;
use schakel::document::Node;
use schakel::document::Value;
use schakel::document::Wire;
use schakel::mapping::Decoded;
use serde_json::json;

const RULES: &str = r#"
[[rule]]
@a
target = "opdracht.raamcontract"
[[rule]]
@b
target = "opdracht.tariefafspraak"
invalid = "keep"
[[rule]]
@c
target = "opdracht.ingangsdatum"
codec = { codec = "date", forms = ["excel"] }
[[rule]]
@d
target = "kandidaat.geboortedatum"
[[rule]]
@e
target = "werkprofiel.beschikbaarheid.urenPerWeekMax"
[[rule]]
@f
target = "kandidaat.geslacht"
codec = { codec = "table", codes = { 45323 = "1", V = "2" } }
[[rule]]
@g
target = "werkprofiel.rijbewijzen"
codec = { codec = "list", separator = "," }
invalid = "keep"
[[rule]]
@h
target = "opdracht.einddatum"
codec = { codec = "date", forms = ["excel"] }
when = { source = "i", is_not = "45323" }
direction = "in"
"#;

/// A workbook with one row of numbers, all shown as dates where `shown` says so.
fn workbook(shown: bool) -> Vec<u8> {
    let names = ["nr", "a", "b", "c", "d", "e", "f", "g", "h", "i"];
    let header = names.map(Node::text).to_vec();
    let number = |name: &str| match name {
        "nr" => Node::text("1"),
        _ if shown => Node::made(Value::Moment("45323".into())),
        _ => Node::made(Value::Number("45323".into())),
    };
    let row = names.map(number).to_vec();
    let rows = [header, row].map(|cells| Node::made(Value::List(cells)));
    let sheet = Node::made(Value::List(rows.into()));
    let root = Node::made(Value::Map(vec![("Blad1".into(), sheet)]));
    adapters::encode(&Document::new(Format::Excel, root), &Wire::Excel).expect("writable")
}

fn faults(decoded: &Decoded) -> Vec<(&str, String, bool)> {
    let elements = decoded.elements.iter().flat_map(|element| &element.faults);
    let shown = elements.map(|fault| {
        let place = fault.place.location(Lang::Nl);
        (&*fault.code, place, fault.refuses())
    });
    shown.collect()
}

#[test]
fn a_cell_that_became_a_date_is_no_text_no_number_and_no_code_and_is_told_where_it_stands() {
    let mapping = mapping("excel", "", RULES);
    let decoded = read(&mapping, &workbook(true));
    let found = faults(&decoded);
    let of = |code: &str| -> Vec<(&str, bool)> {
        let found = found.iter().filter(|(found, ..)| *found == code);
        found
            .map(|(_, at, refuses)| (at.as_str(), *refuses))
            .collect()
    };
    assert_eq!(
        of("cel.datum"),
        [
            ("Blad1: rij 2, kolom B (a)", true),
            ("Blad1: rij 2, kolom C (b)", false),
            ("Blad1: rij 2, kolom E (d)", true),
            ("Blad1: rij 2, kolom F (e)", true),
            ("Blad1: rij 2, kolom G (f)", true),
            ("Blad1: rij 2, kolom H (g)", false),
        ]
    );
    assert_eq!(
        of("waarde.bewaard"),
        [
            ("Blad1: rij 2, kolom C (b)", false),
            ("Blad1: rij 2, kolom H (g)", false)
        ]
    );
    assert_eq!(found.len(), 8, "{found:?}");
    assert_eq!(
        records(&decoded),
        json!({
            "opdracht": {
                "ordernummer": "1", "ingangsdatum": "2024-02-01", "einddatum": "2024-02-01",
                "nietVertaald": {"/tariefafspraak": "45323"},
            },
            "werkprofiel": {"nietVertaald": {"/rijbewijzen": "45323"}},
        })
    );
}

#[test]
fn a_number_that_is_shown_as_one_is_what_it_was() {
    let mapping = mapping("excel", "", RULES);
    let decoded = read(&mapping, &workbook(false));
    let found = records(&decoded);
    assert_eq!(found["opdracht"]["raamcontract"], "45323");
    assert_eq!(found["kandidaat"]["geslacht"], "1");
    assert!(
        faults(&decoded)
            .iter()
            .all(|(code, ..)| *code != "cel.datum")
    );
}
