//! Rows and lines that their reader passes over: what makes a record look like one is not written, and said.

use crate::forms::assert_laws;
use crate::forms::compile;
use crate::forms::read;
use crate::forms::records;
use crate::forms::text;
use crate::forms::written;
use crate::table_rows;
use schakel::document::Lang;
use schakel::mapping::Decoded;
use serde_json::json;

const RULES: &str = r#"
[[rule]]
@a
target = "opdracht.raamcontract"
[[rule]]
@b
target = "opdracht.tariefafspraak"
"#;

/// A format, and what of its own table makes a row or line no record.
const PASSED: [(&str, &str); 3] = [
    ("csv", "total_rows = [\"Totaal\", \"Aantal  opdrachten\"]"),
    ("excel", "total_rows = [\"Totaal\", \"Aantal  opdrachten\"]"),
    (
        "fixed",
        "header = \"Totaal\"\ntrailer = [\"Aantal opdrachten\"]",
    ),
];

#[test]
fn a_value_in_front_that_makes_a_row_no_record_is_not_written() {
    for (format, own) in PASSED {
        let mapping = compile(&text(format, own, RULES).replacen("required = true\n", "", 1));
        for value in ["Totaal 3", "Aantal opdrachten"] {
            let sent = json!({"opdracht": {"ordernummer": value, "raamcontract": "Totaal", "tariefafspraak": "x"}});
            let (bytes, faults) = written(&mapping, &sent);
            let spoken = if format == "fixed" {
                // what stands further on in a line is not its beginning
                assert_eq!(faults, ["uit.vorm"], "{format} {value}");
                json!({"opdracht": {"raamcontract": "Totaal", "tariefafspraak": "x"}})
            } else {
                assert_eq!(faults, ["uit.vorm", "uit.vorm"], "{format} {value}");
                json!({"opdracht": {"tariefafspraak": "x"}})
            };
            assert_eq!(records(&read(&mapping, &bytes)), spoken, "{format} {value}");
        }
        let sent = json!({"opdracht": {"ordernummer": "1 Totaal", "raamcontract": "Totaal"}});
        let (bytes, faults) = written(&mapping, &sent);
        assert_eq!(faults, [""; 0], "{format}");
        assert_eq!(records(&read(&mapping, &bytes)), sent, "{format}");
    }
}

#[test]
fn a_required_value_that_makes_a_row_no_record_refuses_it() {
    for (format, own) in PASSED {
        let mapping = compile(&text(format, own, RULES));
        let (_, faults) = written(&mapping, &json!({"opdracht": {"ordernummer": "Totaal"}}));
        assert_eq!(faults, ["uit.vorm", "uit.verplicht"], "{format}");
    }
}

#[test]
fn the_laws_try_values_with_which_a_row_is_passed_over() {
    for (format, own) in PASSED {
        assert_laws(&compile(&text(format, own, RULES)));
        assert_laws(&compile(&text(format, own, RULES).replacen(
            "required = true\n",
            "",
            1,
        )));
    }
}

/// What is said of rows that were skipped: their places and sentences.
fn whole(decoded: &Decoded) -> Vec<(String, String)> {
    let said = decoded.faults.iter();
    let said = said.filter(|fault| fault.code == "rij.totaal" && !fault.refuses());
    said.map(|fault| {
        let place = fault.place.location(Lang::Nl);
        (place, fault.sentence.get(Lang::Nl).to_owned())
    })
    .collect()
}

#[test]
fn a_row_is_a_total_by_whole_words_and_each_that_is_passed_over_is_counted() {
    for (format, own) in &PASSED[..2] {
        let mapping = compile(&text(format, own, RULES));
        let decoded = table_rows::read(
            &mapping,
            &[
                &["Totaalman", "R-1"],
                &["Totaal", "R-2"],
                &["totaal: 3"],
                &["", "Aantal opdrachten 3"],
                &["Aantal opdrachtenlijsten", "R-3"],
            ],
        );
        let found: Vec<_> = decoded.elements.iter().map(table_rows::records).collect();
        assert_eq!(
            found,
            [
                json!({"opdracht": {"ordernummer": "Totaalman", "raamcontract": "R-1"}}),
                json!({"opdracht": {"ordernummer": "Aantal opdrachtenlijsten", "raamcontract": "R-3"}}),
            ],
            "{format}"
        );
        let said = whole(&decoded);
        assert_eq!(said.len(), 1, "{format}: {said:?}");
        assert!(said[0].0.ends_with("rij 3"), "{format}: {said:?}");
        assert!(said[0].1.contains(" 3 rijen "), "{format}: {said:?}");
        let one = whole(&table_rows::read(&mapping, &[&["Totaal"], &["O-1"]]));
        assert!(one[0].1.starts_with("Deze rij begint"), "{format}: {one:?}");
    }
}

#[test]
fn a_row_that_begins_as_a_total_and_has_all_that_a_row_needs_is_refused_and_not_passed_over() {
    let rules = RULES.replacen(
        "target = \"opdracht.raamcontract\"\n",
        "target = \"opdracht.raamcontract\"\nrequired = true\n",
        1,
    );
    for (format, own) in &PASSED[..2] {
        for together in ["", "together = [\"nr\"]\n"] {
            let mapping = compile(&text(format, &format!("{together}{own}"), &rules));
            let decoded = table_rows::read(
                &mapping,
                &[&["Totaal", "", "x"], &["Totaal", "R-1"], &["O-1", "R-2"]],
            );
            let refused = decoded.elements.iter().find(|element| {
                element
                    .faults
                    .iter()
                    .any(|fault| fault.code == "rij.totaal")
            });
            let refused = refused.unwrap_or_else(|| panic!("{format}: {decoded:?}"));
            assert!(refused.faults[0].refuses(), "{format}");
            assert!(
                refused.place.location(Lang::Nl).ends_with("rij 3"),
                "{format}: {refused:?}"
            );
            assert_eq!(decoded.elements.len(), 2, "{format}");
            assert_eq!(
                whole(&decoded).len(),
                1,
                "{format}: the other one is a total"
            );
        }
    }
}
