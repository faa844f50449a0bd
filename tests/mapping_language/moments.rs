//! Cells that a spreadsheet shows as a date or a time: of `1-2` typed in a column of text it makes the first of February.

use crate::forms::assert_laws;
use crate::forms::mapping;
use crate::forms::read;
use crate::forms::records;
use crate::forms::written;
use rust_xlsxwriter::Format as Look;
use rust_xlsxwriter::Workbook;
use schakel::adapters;
use schakel::adapters::Limits;
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

/// A workbook with one row of numbers, each shown as its look says.
fn looks(cells: &[(&str, f64, &str)]) -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write_string(0, 0, "nr").expect("a header");
    sheet.write_string(1, 0, "1").expect("a cell");
    for (column, (name, number, look)) in (1..).zip(cells) {
        sheet.write_string(0, column, *name).expect("a header");
        let look = Look::new().set_num_format(*look);
        sheet
            .write_number_with_format(1, column, *number, &look)
            .expect("a cell");
    }
    book.save_to_buffer().expect("a workbook")
}

const MEASURES: &str = r#"
[[rule]]
@a
target = "verwijzing.indicatie.loonwaarde.percentage"
codec = { codec = "decimal", unit = { from = "percent", to = "basis-points" } }
[[rule]]
@b
target = "loonwaarde.percentage"
[[rule]]
@c
target = "logboekregel.minuten"
codec = { codec = "decimal", unit = { from = "hours", to = "minutes" } }
[[rule]]
@d
target = "opdracht.raamcontract"
[[rule]]
@e
target = "opdracht.tariefafspraak"
[[rule]]
@f
target = "opdracht.ingangsdatum"
codec = { codec = "date", forms = ["excel"] }
[[rule]]
@g
target = "logboekregel.beginTijd"
[[rule]]
@h
target = "werkprofiel.beschikbaarheid.urenPerWeekMax"
[[rule]]
@i
target = "werkprofiel.sectoren"
codec = { codec = "list", separator = "," }
"#;

#[test]
fn a_percentage_and_hours_past_a_day_are_what_a_person_sees_or_are_told() {
    let mapping = mapping("excel", "", MEASURES);
    // what people type as 60%, 7,5%, 26:30 and 9:00
    let bytes = looks(&[
        ("a", 0.6, "0%"),
        ("b", 0.075, "0.00%"),
        ("c", 26.5 / 24.0, "[h]:mm"),
        ("d", 0.6, "0%"),
        ("e", 1.5, "[h]:mm"),
        ("f", 1.0, "[h]:mm"),
        ("g", 0.375, "[h]:mm"),
        ("h", 0.4, "0%"),
        ("i", 0.5, "0%"),
    ]);
    let decoded = read(&mapping, &bytes);
    assert_eq!(
        faults(&decoded),
        [
            ("cel.procent", "Sheet1: rij 2, kolom E (d)".to_owned(), true),
            ("cel.duur", "Sheet1: rij 2, kolom F (e)".to_owned(), true),
            ("cel.duur", "Sheet1: rij 2, kolom G (f)".to_owned(), true),
            ("cel.procent", "Sheet1: rij 2, kolom I (h)".to_owned(), true),
            ("cel.procent", "Sheet1: rij 2, kolom J (i)".to_owned(), true),
        ]
    );
    assert_eq!(
        records(&decoded),
        json!({
            "opdracht": { "ordernummer": "1" },
            "verwijzing": { "indicatie": { "loonwaarde": { "percentage": 6000 } } },
            "loonwaarde": { "percentage": 750 },
            "logboekregel": { "minuten": 1590, "beginTijd": "09:00" },
        })
    );
    // the same numbers, shown as they are
    let plain = looks(&[
        ("a", 60.0, "0"),
        ("b", 750.0, "0.0\"%\""),
        ("c", 26.5, "0.00"),
    ]);
    let decoded = read(&mapping, &plain);
    assert_eq!(faults(&decoded), []);
    assert_eq!(
        records(&decoded)["verwijzing"]["indicatie"]["loonwaarde"]["percentage"],
        6000
    );
    assert_eq!(records(&decoded)["loonwaarde"]["percentage"], 750);
    assert_eq!(records(&decoded)["logboekregel"]["minuten"], 1590);
}

#[test]
fn a_date_that_goes_out_as_a_serial_number_is_shown_as_a_date_where_there_are_cells() {
    let rules = r#"
[[rule]]
@a
target = "opdracht.ingangsdatum"
codec = { codec = "date", forms = ["excel"] }
"#;
    let record = json!({"opdracht": {"ordernummer": "1", "ingangsdatum": "2024-02-01"}});
    for (format, expected) in [
        ("excel", Value::Moment("45323".into())),
        ("json", Value::Number("45323".into())),
        ("csv", Value::Text("45323".into())),
    ] {
        let mapping = mapping(format, "", rules);
        let (bytes, faults) = written(&mapping, &record);
        assert_eq!(faults, Vec::<String>::new(), "{format}");
        let document = adapters::decode(&bytes, mapping.wire(), &Limits::default());
        let root = document.expect("well-formed").root;
        let found = match root.parts() {
            [] => root.items()[1].items()[1].clone(),
            [(_, sheet)] => sheet.items()[1].items()[1].clone(),
            _ => root.get("a").expect("it is there").clone(),
        };
        assert_eq!(found.value, expected, "{format}");
        assert_eq!(records(&read(&mapping, &bytes)), record, "{format}");
        assert_laws(&mapping);
    }
}
