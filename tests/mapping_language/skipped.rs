//! Rows and lines that their reader passes over: what makes a record look like one is not written, and said.

use crate::forms::assert_laws;
use crate::forms::compile;
use crate::forms::read;
use crate::forms::records;
use crate::forms::text;
use crate::forms::written;
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
