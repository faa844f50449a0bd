//! What the language promises of single values, each clause in every format: what is read, what is said of it, and what
//! goes out for it.

use crate::forms::FORMATS;
use crate::forms::assert_laws;
use crate::forms::cell;
use crate::forms::codes;
use crate::forms::document;
use crate::forms::mapping;
use crate::forms::read;
use crate::forms::records;
use crate::forms::written;
use serde_json::Value as Json;
use serde_json::json;

/// A target with a codec, and what becomes of a text.
struct Clause {
    target: &'static str,
    rule: &'static str,
    given: &'static str,
    /// What is read; null for nothing.
    value: Json,
    /// What goes out for it.
    out: &'static str,
    /// What the sender is told.
    said: &'static [&'static str],
}

fn clause(
    target: &'static str,
    rule: &'static str,
    given: &'static str,
    value: impl Into<Json>,
    out: &'static str,
    said: &'static [&'static str],
) -> Clause {
    Clause {
        target,
        rule,
        given,
        value: value.into(),
        out,
        said,
    }
}

const NONE: &[&str] = &[];
const TEXT: &str = "opdracht.raamcontract";
const DATE: &str = "opdracht.ingangsdatum";
const NUMBER: &str = "opdracht.budget";
const HOURS: &str = "opdracht.urenToegekend";
const MOMENT: &str = "opdracht.toewijzingsTijdstip";
const BIRTH: &str = "kandidaat.geboortedatum";
const SEX: &str = "kandidaat.geslacht";

#[allow(clippy::too_many_lines)] // one line for each promise
fn clauses() -> Vec<Clause> {
    let day = "2024-04-01";
    vec![
        // text: trimmed, cased, held to a length with the policy that was chosen
        clause(
            TEXT,
            "",
            "  J. de  Vries ",
            "J. de  Vries",
            "J. de  Vries",
            NONE,
        ),
        clause(
            TEXT,
            "codec = { codec = \"text\", case = \"upper\" }",
            "ab1é",
            "AB1É",
            "AB1É",
            NONE,
        ),
        clause(
            TEXT,
            "codec = { codec = \"text\", max = 3 }",
            "abcd",
            Json::Null,
            "",
            &["tekst.lang"],
        ),
        clause(
            TEXT,
            "codec = { codec = \"text\", max = 3, over = \"cut\" }",
            "abcd",
            "abc",
            "abc",
            &["tekst.afgekapt"],
        ),
        clause(TEXT, "", "0012", "0012", "0012", NONE),
        // numbers: whole, with a comma or a point, and never through a float
        clause(
            NUMBER,
            "codec = { codec = \"integer\", as = \"text\" }",
            "007",
            7,
            "7",
            NONE,
        ),
        clause(
            NUMBER,
            "codec = \"integer\"",
            "7,5",
            Json::Null,
            "",
            &["getal.vorm"],
        ),
        clause(
            NUMBER,
            "codec = { codec = \"decimal\", separator = \",\", factor = 100, as = \"text\" }",
            "480,1",
            48010,
            "480,1",
            NONE,
        ),
        clause(
            NUMBER,
            "codec = { codec = \"decimal\", factor = 100, as = \"text\" }",
            "0.07",
            7,
            "0.07",
            NONE,
        ),
        clause(
            NUMBER,
            "codec = { codec = \"decimal\", factor = 100, as = \"text\" }",
            "90071992547409.93",
            9_007_199_254_740_993_i64,
            "90071992547409.93",
            NONE,
        ),
        clause(
            NUMBER,
            "codec = { codec = \"decimal\", factor = 100, as = \"text\" }",
            "1.005",
            Json::Null,
            "",
            &["getal.nietPrecies"],
        ),
        clause(
            NUMBER,
            "codec = { codec = \"decimal\", factor = 100, rounding = \"nearest\", as = \"text\" }",
            "1.006",
            101,
            "1.01",
            &["getal.afgerond"],
        ),
        // units
        clause(
            HOURS,
            "codec = { codec = \"decimal\", separator = \",\", unit = { from = \"hours\", to = \"minutes\" }, as = \"text\" }",
            "1,25",
            75,
            "1,25",
            NONE,
        ),
        clause(
            HOURS,
            "codec = { codec = \"integer\", unit = { from = \"quarters\", to = \"minutes\" }, as = \"text\" }",
            "5",
            75,
            "5",
            NONE,
        ),
        clause(
            NUMBER,
            "codec = { codec = \"decimal\", unit = { from = \"euro\", to = \"cent\" }, as = \"text\" }",
            "12.50",
            1250,
            "12.5",
            NONE,
        ),
        clause(
            "verwijzing.indicatie.loonwaarde.percentage",
            "codec = { codec = \"integer\", unit = { from = \"percent\", to = \"basis-points\" }, as = \"text\" }",
            "45",
            4500,
            "45",
            NONE,
        ),
        // dates
        clause(DATE, "codec = \"date\"", day, day, day, NONE),
        clause(
            DATE,
            "codec = { codec = \"date\", forms = [\"eejjmmdd\", \"iso\"] }",
            day,
            day,
            "20240401",
            NONE,
        ),
        clause(
            DATE,
            "codec = { codec = \"date\", forms = [\"dd-mm-jjjj\"] }",
            "01-04-2024",
            day,
            "01-04-2024",
            NONE,
        ),
        clause(
            DATE,
            "codec = { codec = \"date\", forms = [\"d-m-jjjj\"] }",
            "1-4-2024",
            day,
            "1-4-2024",
            NONE,
        ),
        clause(
            DATE,
            "codec = { codec = \"date\", forms = [\"d-m-jj\"], pivot = 40 }",
            "1-4-24",
            day,
            "1-4-24",
            NONE,
        ),
        clause(
            DATE,
            "codec = { codec = \"date\", forms = [\"d-m-jj\"], pivot = 40 }",
            "1-4-41",
            "1941-04-01",
            "1-4-41",
            NONE,
        ),
        clause(
            DATE,
            "codec = \"date\"",
            "2024-02-30",
            Json::Null,
            "",
            &["datum.bestaatNiet"],
        ),
        clause(
            DATE,
            "codec = \"date\"",
            "01-04-2024",
            Json::Null,
            "",
            &["datum.vorm"],
        ),
        // dates of which parts are unknown
        clause(
            BIRTH,
            "codec = \"partial-date\"",
            "1985-01",
            json!({"jaar": 1985, "maand": 1}),
            "1985-01",
            NONE,
        ),
        clause(
            BIRTH,
            "codec = { codec = \"partial-date\", forms = [\"eejjmmdd\"] }",
            "19850000",
            json!({"jaar": 1985}),
            "19850000",
            NONE,
        ),
        // moments: Dutch time with its doubled and its missing hour
        clause(
            MOMENT,
            "codec = { codec = \"timestamp\", forms = [\"stuf\"], digits = 14 }",
            "20240314101500",
            "2024-03-14T09:15:00Z",
            "20240314101500",
            NONE,
        ),
        clause(
            MOMENT,
            "codec = { codec = \"timestamp\", forms = [\"stuf\"], digits = 14 }",
            "20241027023000",
            "2024-10-27T00:30:00Z",
            "20241027023000",
            &["tijdstip.dubbelUur"],
        ),
        clause(
            MOMENT,
            "codec = { codec = \"timestamp\", forms = [\"stuf\"], digits = 14 }",
            "20240331023000",
            Json::Null,
            "",
            &["tijdstip.bestaatNiet"],
        ),
        // yes and no, as any words
        clause(
            "kandidaat.tolkNodig",
            "codec = { codec = \"boolean\", true = [\"J\", \"Ja\"], false = [\"N\"] }",
            "ja",
            true,
            "J",
            NONE,
        ),
        clause(
            "kandidaat.tolkNodig",
            "codec = { codec = \"boolean\", true = [\"1\"], false = [\"0\"] }",
            "0",
            false,
            "0",
            NONE,
        ),
        clause(
            "kandidaat.tolkNodig",
            "codec = { codec = \"boolean\", true = [\"J\"], false = [\"N\"] }",
            "misschien",
            Json::Null,
            "",
            &["keuze.onbekend"],
        ),
        // code tables, with each policy for what is unknown
        clause(
            SEX,
            "codec = { codec = \"table\", codes = { M = \"1\", V = \"2\" } }",
            "V",
            "2",
            "V",
            NONE,
        ),
        clause(
            SEX,
            "codec = { codec = \"table\", codes = { M = \"1\", V = \"2\" } }",
            "X",
            Json::Null,
            "",
            &["code.onbekend"],
        ),
        clause(
            SEX,
            "codec = { codec = \"table\", codes = { M = \"1\", V = \"2\" }, unknown = \"keep\" }",
            "X",
            Json::Null,
            "",
            &["code.onbekend", "waarde.bewaard"],
        ),
        clause(
            SEX,
            "codec = { codec = \"table\", codes = { M = \"1\", O = \"0\" }, unknown = \"default\" }\ndefault = \"0\"",
            "X",
            "0",
            "O",
            &["code.onbekend", "waarde.standaard"],
        ),
        clause(
            SEX,
            "codec = { codec = \"table\", codes = { M = \"1\", O = \"0\" }, unknown = \"default\" }\ndefault = \"0\"\nrequired = true",
            "X",
            "0",
            "O",
            &["code.onbekend", "waarde.standaard"],
        ),
        clause(
            SEX,
            "codec = { codec = \"table\", codes = { M = \"1\", O = \"0\" } }\ndefault = \"0\"",
            "X",
            Json::Null,
            "",
            &["code.onbekend"],
        ),
        clause(
            SEX,
            "codec = { codec = \"table\", codes = { Man = \"1\", M = \"1\" }, fold = true }",
            "m",
            "1",
            "Man",
            NONE,
        ),
        // a default is always marked
        clause(
            SEX,
            "codec = { codec = \"table\", codes = { M = \"1\", O = \"0\" } }\ndefault = \"0\"",
            "",
            "0",
            "O",
            &["waarde.standaard"],
        ),
        // lists in one text
        clause(
            "werkprofiel.rijbewijzen",
            "codec = { codec = \"list\", separator = \",\" }",
            "B, BE",
            json!(["B", "BE"]),
            "B,BE",
            NONE,
        ),
        clause(
            "werkprofiel.rijbewijzen",
            "codec = { codec = \"list\", separator = \"|\" }",
            "B||A",
            json!(["B", "A"]),
            "B|A",
            NONE,
        ),
        // numbers of people and organisations, with the zeros that spreadsheets take
        clause(
            "kandidaat.bsn",
            "codec = \"bsn\"",
            "999990019",
            "999990019",
            "999990019",
            NONE,
        ),
        clause(
            "kandidaat.bsn",
            "codec = \"bsn\"",
            "999990018",
            Json::Null,
            "",
            &["bsn.elfproef"],
        ),
        clause(
            "opdracht.opdrachtgever.kvk",
            "codec = \"kvk\"",
            "1234567",
            "01234567",
            "01234567",
            &["kvk.aangevuld"],
        ),
        clause(
            "opdracht.opdrachtgever.oin",
            "codec = \"oin\"",
            "00000099000000001000",
            "00000099000000001000",
            "00000099000000001000",
            NONE,
        ),
        clause(
            "opdracht.opdrachtgever.oin",
            "codec = \"oin\"",
            "99000000001000",
            Json::Null,
            "",
            &["oin.vorm"],
        ),
        clause(
            "kandidaat.adres.postcode",
            "codec = \"postcode\"",
            "8331 aa",
            "8331AA",
            "8331AA",
            NONE,
        ),
        clause(
            "opdracht.jobcoach.telefoon",
            "codec = \"phone\"",
            "06 12345678",
            "06 12345678",
            "06 12345678",
            NONE,
        ),
        clause(
            "opdracht.jobcoach.email",
            "codec = \"email\"",
            "a@voorbeeld",
            Json::Null,
            "",
            &["email.vorm"],
        ),
        // what cannot be read is kept, where the mapping says so
        clause(
            DATE,
            "codec = \"date\"\ninvalid = \"keep\"",
            "morgen",
            Json::Null,
            "",
            &["datum.vorm", "waarde.bewaard"],
        ),
    ]
}

#[test]
fn every_clause_holds_in_every_format_and_both_ways() {
    for format in FORMATS {
        for clause in clauses() {
            let Clause {
                target,
                rule,
                given,
                value,
                out,
                said,
            } = &clause;
            let about = format!("{format}: {target} {rule} {given:?}");
            let mapping = mapping(
                format,
                "",
                &format!("[[rule]]\n@a\ntarget = \"{target}\"\n{rule}\n"),
            );
            let decoded = read(&mapping, &document(&mapping, &[("a", given)]));
            assert_eq!(codes(&decoded), *said, "{about}");
            let mut found = records(&decoded);
            let pointer = format!("/{}", target.replace('.', "/"));
            let taken = found.pointer(&pointer).cloned().unwrap_or(Json::Null);
            assert_eq!(taken, *value, "{about}");
            if value.is_null() {
                continue;
            }
            found["opdracht"]["ordernummer"] = json!("1");
            let (bytes, remarks) = written(&mapping, &found);
            assert_eq!(remarks, Vec::<String>::new(), "{about}");
            assert_eq!(
                cell(&mapping, &bytes, "a").as_deref(),
                Some(*out),
                "{about}"
            );
            let again = records(&read(&mapping, &bytes));
            assert_eq!(again.pointer(&pointer), Some(value), "{about}");
        }
    }
}

#[test]
fn what_a_spreadsheet_took_of_a_number_is_given_back_and_said() {
    use schakel::document::Document;
    use schakel::document::Format;
    use schakel::document::Node;
    use schakel::document::Value;
    let rules = "[[rule]]\n@a\ntarget = \"kandidaat.bsn\"\ncodec = \"bsn\"\n[[rule]]\n@b\ntarget = \"opdracht.ingangsdatum\"\ncodec = { codec = \"date\", forms = [\"excel\", \"iso\"] }\n[[rule]]\n@c\ntarget = \"opdracht.budget\"\ncodec = { codec = \"decimal\", factor = 100 }\n";
    let mapping = mapping("excel", "", rules);
    let number = |text: &str| Node::made(Value::Number(text.into()));
    let header = ["nr", "a", "b", "c"].map(Node::text);
    let row = [
        Node::text("1"),
        number("12345672"),
        number("45383"),
        number("0.1"),
    ];
    let rows = [header.to_vec(), row.to_vec()].map(|cells| Node::made(Value::List(cells)));
    let sheet = Node::made(Value::Map(vec![(
        "Blad1".into(),
        Node::made(Value::List(rows.into())),
    )]));
    let decoded = mapping.decode(&Document::new(Format::Excel, sheet));
    let found = records(&decoded);
    assert_eq!(
        found["opdracht"],
        json!({"ordernummer": "1", "ingangsdatum": "2024-04-01", "budget": 10})
    );
    assert_eq!(found["kandidaat"], json!({"bsn": "012345672"}));
    assert_eq!(codes(&decoded), ["bsn.aangevuld"]);
}

#[test]
fn a_row_gives_several_records_and_conditions_choose_what_counts() {
    let rules = "[[rule]]\n@a\ntarget = \"kandidaat.geslachtsnaam\"\n[[rule]]\n@b\ntarget = \"werkprofiel.rijbewijzen\"\n[[rule]]\n@c\ntarget = \"opdracht.raamcontract\"\n[[rule]]\n@d\ntarget = \"opdracht.tariefafspraak\"\n";
    for format in FORMATS {
        let source = if format == "fixed" {
            "position = [61, 80]"
        } else {
            "source = \"c\""
        };
        let when = format!(
            "when = {{ {source}, is = [\"V\", \"A\"], target = \"opdracht.raamcontract\", value = [\"V\", \"A\"] }}\n"
        );
        let mapping = mapping(format, "", &format!("{rules}{when}"));
        for (c, d) in [("V", Some("tarief")), ("X", None)] {
            let values = [("a", "Testpersoon"), ("b", "B"), ("c", c), ("d", "tarief")];
            let found = records(&read(&mapping, &document(&mapping, &values)));
            assert_eq!(
                found["kandidaat"]["geslachtsnaam"], "Testpersoon",
                "{format}"
            );
            assert_eq!(
                found["werkprofiel"]["rijbewijzen"],
                json!(["B"]),
                "{format}"
            );
            assert_eq!(
                found["opdracht"]
                    .get("tariefafspraak")
                    .and_then(Json::as_str),
                d,
                "{format}"
            );
            let mut record = found.clone();
            record["opdracht"]["tariefafspraak"] = json!("tarief");
            let (bytes, _) = written(&mapping, &record);
            let out = cell(&mapping, &bytes, "d").filter(|text| !text.is_empty());
            assert_eq!(out.as_deref(), d, "{format}");
        }
        assert_laws(&mapping);
    }
}
