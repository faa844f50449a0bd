//! Several rows that are one record, in each format that has rows: what is read.

use crate::forms::assert_laws;
use crate::forms::compile;
use crate::forms::text;
use crate::table_rows::GOALS;
use crate::table_rows::LIST;
use crate::table_rows::TABLES;
use crate::table_rows::at;
use crate::table_rows::fault;
use crate::table_rows::goals;
use crate::table_rows::is_taken;
use crate::table_rows::read;
use crate::table_rows::records;
use crate::table_rows::said;
use crate::table_rows::table;
use crate::table_rows::together;
use schakel::adapters;
use schakel::adapters::Limits;
use schakel::canonical::Kind;
use schakel::document::Name;
use schakel::document::Value;
use serde_json::json;

#[test]
fn rows_with_one_number_are_one_record_with_an_item_for_each() {
    for format in TABLES {
        let mapping = goals(format, "", "");
        let decoded = read(
            &mapping,
            &[
                &["O-1", "R-1", "2024-04-01", "1", "Op tijd komen"],
                &["O-1", "R-1", "2024-04-01", "2", "Hulp vragen"],
                &["O-2", "R-2"],
                &["O-3", "", "", "7"],
            ],
        );
        assert_eq!(
            said(&mapping, &decoded),
            [(1, true, vec![]), (3, true, vec![]), (4, true, vec![])],
            "{format}"
        );
        let first = &decoded.elements[0];
        assert_eq!(
            records(first),
            json!({
                "opdracht": {"ordernummer": "O-1", "raamcontract": "R-1", "ingangsdatum": "2024-04-01"},
                "trajectplan": {"doelen": [{"nr": 1, "omschrijving": "Op tijd komen"}, {"nr": 2, "omschrijving": "Hulp vragen"}]},
            })
        );
        assert_eq!(
            records(&decoded.elements[1]),
            json!({"opdracht": {"ordernummer": "O-2", "raamcontract": "R-2"}}),
            "{format}: a row in which nothing stands of a goal is none"
        );
        let place = |kind, pointer| at(&mapping, &first.place_of(kind, pointer));
        for (kind, pointer, row, column) in [
            (Kind::Opdracht, "/ordernummer", 1, 1),
            (Kind::Opdracht, "/raamcontract", 1, 2),
            (Kind::Trajectplan, "/doelen/0/nr", 1, 4),
            (Kind::Trajectplan, "/doelen/1/nr", 2, 4),
            (Kind::Trajectplan, "/doelen/1/omschrijving", 2, 5),
            (Kind::Trajectplan, "/doelen/1/score", 2, 0),
            (Kind::Trajectplan, "/doelen", 2, 0),
        ] {
            assert_eq!(place(kind, pointer), (row, column), "{format} {pointer}");
        }
    }
}

#[test]
fn what_rows_say_of_a_record_is_the_same_in_each_and_empty_says_nothing() {
    for format in TABLES {
        let mapping = goals(format, "", "");
        // the first row, another, whether it is taken, what is said of the second
        for (one, other, fault_at) in [
            (["R-1", "2024-04-01"], ["R-1", "2024-04-01"], None),
            (["R-1", "2024-04-01"], ["R-1", "01-04-2024"], None),
            (["R-1", "2024-04-01"], ["", ""], None),
            (["", ""], ["R-1", "2024-04-01"], None),
            (
                ["R-1", "2024-04-01"],
                ["R-2", "2024-04-01"],
                Some(("rij.verschilt", 2)),
            ),
            (
                ["R-1", "2024-04-01"],
                ["R-1", "2024-04-02"],
                Some(("rij.verschilt", 3)),
            ),
            (
                ["R-1", "2024-04-01"],
                ["R-1", "2024-04-31"],
                Some(("datum.bestaatNiet", 3)),
            ),
        ] {
            let decoded = read(
                &mapping,
                &[
                    &["O-0", "R-1"],
                    &["O-1", one[0], one[1], "1"],
                    &["O-1", one[0], one[1], "2"],
                    &["O-1", other[0], other[1], "3"],
                    &["O-2", "R-1"],
                ],
            );
            let faults: Vec<_> = fault_at
                .map(|(code, column)| fault(code, 4, column))
                .into_iter()
                .collect();
            assert_eq!(
                said(&mapping, &decoded),
                [
                    (1, true, vec![]),
                    (2, faults.is_empty(), faults),
                    (5, true, vec![])
                ],
                "{format} {one:?} {other:?}"
            );
            if fault_at.is_none() {
                let order = &records(&decoded.elements[1])["opdracht"];
                assert_eq!(order["raamcontract"], "R-1");
                assert_eq!(order["ingangsdatum"], "2024-04-01");
            }
        }
        let decoded = read(&mapping, &[&["O-1", "R-1"], &["O-1", "R-2"]]);
        let sentence = &decoded.elements[0].faults[0].sentence;
        let first = if format == "fixed" { "rij 1" } else { "rij 2" };
        assert!(sentence.nl.contains(first), "{}", sentence.nl);
        assert!(!sentence.nl.contains("R-") && !sentence.en.contains("R-"));
    }
}

#[test]
fn what_is_required_or_has_a_default_or_is_agreed_is_asked_of_all_rows_together() {
    let more = "[[rule]]\n@e\ntarget = \"opdracht.tariefafspraak\"\n";
    for format in TABLES {
        let required = goals(format, "", &format!("{more}required = true\n"));
        let default = goals(
            format,
            "",
            &format!("{more}default = \"T\"\ndirection = \"in\"\n"),
        );
        let stated = goals(format, "", &format!("{more}empty = \"geenWaarde\"\n"));
        let agreed = goals(format, "", "[[rule]]\n@e\nconst = \"J\"\nrequired = true\n");
        let rows = |one, other| -> [[&str; 6]; 2] {
            [
                ["O-1", "", "", "1", "", one],
                ["O-1", "", "", "2", "", other],
            ]
        };
        for (mapping, one, other, faults, value) in [
            (
                &required,
                "",
                "",
                vec![fault("waarde.verplicht", 1, 6)],
                None,
            ),
            (&required, "", "T", vec![], Some("T")),
            (&required, "T", "", vec![], Some("T")),
            (
                &default,
                "",
                "",
                vec![fault("waarde.standaard", 1, 6)],
                Some("T"),
            ),
            (&default, "", "U", vec![], Some("U")),
            (
                &default,
                "T",
                "U",
                vec![fault("rij.verschilt", 2, 6)],
                Some("T"),
            ),
            (&stated, "", "", vec![], None),
            // here an empty cell says that there is nothing
            (
                &stated,
                "T",
                "",
                vec![fault("rij.verschilt", 2, 6)],
                Some("T"),
            ),
            (&stated, "", "T", vec![fault("rij.verschilt", 2, 6)], None),
            (&agreed, "J", "", vec![], None),
            (
                &agreed,
                "J",
                "N",
                vec![fault("waarde.constante", 2, 6)],
                None,
            ),
            (&agreed, "", "", vec![fault("waarde.constante", 1, 6)], None),
        ] {
            let rows = rows(one, other);
            let decoded = read(mapping, &[&rows[0], &rows[1]]);
            let taken = !faults.iter().any(|(code, _)| code != "waarde.standaard");
            assert_eq!(
                said(mapping, &decoded),
                [(1, taken, faults)],
                "{format} {one}-{other}"
            );
            let record = &records(&decoded.elements[0])["opdracht"];
            assert_eq!(
                record["tariefafspraak"].as_str(),
                value,
                "{format} {one}-{other}"
            );
        }
        for mapping in [&required, &stated, &agreed] {
            assert_laws(mapping);
        }
    }
}

#[test]
fn a_condition_is_judged_row_by_row() {
    let kind = "when = { source = \"e\", is = \"D\" }\n";
    let set = "[[rule]]\ntarget = \"opdracht.status\"\nconst = \"gestart\"\nwhen = { source = \"e\", is = \"S\" }\n";
    let contract = format!("[[rule]]\n@a\ntarget = \"opdracht.raamcontract\"\n{kind}{set}");
    let list = LIST.replace("key = \"nr\"\n", &format!("key = \"nr\"\n{kind}"));
    let text = text("csv", together("csv"), &format!("{contract}{list}"));
    let mapping = compile(
        &text
            .replace("direction = \"both\"", "direction = \"in\"")
            .replace("delivers = \"opdracht\"\n", ""),
    );
    let decoded = read(
        &mapping,
        &[
            &["O-1", "", "", "9", "", "K"],
            &["O-1", "R-1", "", "1", "", "D"],
            &["O-1", "R-1", "", "2", "", "D"],
            &["O-1", "", "", "", "", "S"],
            &["O-2", "R-2", "", "", "", ""],
        ],
    );
    assert_eq!(
        records(&decoded.elements[0]),
        json!({
            "opdracht": {"ordernummer": "O-1", "raamcontract": "R-1", "status": "gestart"},
            "trajectplan": {"doelen": [{"nr": 1}, {"nr": 2}]},
        })
    );
    assert_eq!(
        said(&mapping, &decoded),
        [
            (1, true, vec![fault("waarde.overgeslagen", 1, 4)]),
            (5, true, vec![fault("waarde.overgeslagen", 5, 2)]),
        ]
    );
}

#[test]
fn rows_belong_together_by_what_the_key_looks_like() {
    let own = "total_rows = [\"Totaal\"]\nplaceholders = { \"-\" = \"geenWaarde\" }\n";
    for format in ["csv", "excel"] {
        let mapping = goals(format, own, "");
        // what is no row stands between none
        let decoded = read(
            &mapping,
            &[
                &["Caf\u{E9}-1", "R-1", "", "1"],
                &[],
                &["Totaal", "2"],
                &[" Cafe\u{301}-1\u{200B}", "R-1", "", "2"],
                &["café-1", "R-1", "", "3"],
            ],
        );
        let said = said(&mapping, &decoded);
        let firsts: Vec<u32> = said.iter().map(|(row, ..)| *row).collect();
        assert_eq!(firsts, [1, 5], "{format}");
        // what stands for no value is no key
        let decoded = read(&mapping, &[&["-", "R-1"], &["O-1", "R-1"]]);
        assert_eq!(
            crate::table_rows::said(&mapping, &decoded),
            [
                (1, false, vec![fault("rij.sleutel", 1, 1)]),
                (2, false, vec![fault("rij.onzeker", 1, 1)]),
            ],
            "{format}"
        );
    }
    // a number is what it looks like, and a cell that cannot be read is no key
    let mapping = goals("excel", "", "");
    let mut document = table(&mapping, &[&["7", "R-1"], &["", "R-1"], &["", "R-1"]]);
    if let Value::Map(sheets) = &mut document.root.value
        && let Value::List(rows) = &mut sheets[0].1.value
    {
        for (row, value) in [
            (2, Value::Number("7".into())),
            (3, Value::Unreadable("#N/A".into())),
        ] {
            if let Value::List(cells) = &mut rows[row].value {
                cells[0].value = value;
            }
        }
    }
    assert_eq!(
        said(&mapping, &mapping.decode(&document)),
        [
            (1, false, vec![fault("rij.onzeker", 3, 1)]),
            (3, false, vec![fault("waarde.onleesbaar", 3, 1)]),
        ]
    );
    // zeros that pad a number are no part of it
    let padded = text("fixed", together("fixed"), GOALS).replacen(
        "required = true",
        "required = true\nalign = \"right\"\npad = \"0\"",
        1,
    );
    let decoded = read(
        &compile(&padded),
        &[&["0000000007", "R-1"], &["         7", "R-1"]],
    );
    assert_eq!(decoded.elements.len(), 1);
}

#[test]
fn a_row_of_which_the_key_is_not_known_refuses_what_may_lack_it() {
    for format in TABLES {
        let mapping = goals(format, "", "");
        let decoded = read(
            &mapping,
            &[
                &["O-1", "", "", "1"],
                &["O-2", "", "", "1"],
                &["", "", "", "2"],
                &["O-2", "", "", "3"],
                &["O-3", "", "", "1"],
            ],
        );
        let unsure = || fault("rij.onzeker", 3, 1);
        assert_eq!(
            said(&mapping, &decoded),
            [
                (1, true, vec![]),
                (2, false, vec![unsure()]),
                (3, false, vec![fault("rij.sleutel", 3, 1)]),
                (4, false, vec![unsure()]),
                (5, true, vec![]),
            ],
            "{format}"
        );
    }
    // a row of another shape
    let csv = goals("csv", "", "");
    let bytes = b"nr;a;b;c;d\r\nO-1;;;1;\r\nO-1;x\r\nO-2;;;1;\r\nO-3;;;1;\r\n";
    let document = adapters::decode(bytes, csv.wire(), &Limits::default()).expect("CSV");
    let loose = |code| fault(code, 2, 0);
    assert_eq!(
        said(&csv, &csv.decode(&document)),
        [
            (1, false, vec![loose("rij.onzeker")]),
            (2, false, vec![loose("rij.cellen")]),
            (3, false, vec![loose("rij.onzeker")]),
            (4, true, vec![]),
        ]
    );
    let fixed = goals("fixed", "", "");
    let decoded = read(&fixed, &[&["O-1"], &["kort"], &["O-2"], &["O-3"]]);
    let taken: Vec<bool> = decoded.elements.iter().map(is_taken).collect();
    assert_eq!(taken, [false, false, false, true]);
    assert_eq!(decoded.elements[1].faults[0].code, "regel.lengte");
    assert_eq!(decoded.elements[2].faults[0].code, "rij.onzeker");
}

#[test]
fn what_comes_back_after_other_rows_is_refused_also_on_another_sheet() {
    for format in TABLES {
        let mapping = goals(format, "", "");
        let decoded = read(
            &mapping,
            &[
                &["O-1", "", "", "1"],
                &["O-2", "", "", "1"],
                &["O-1", "", "", "2"],
                &["O-1", "", "", "x"],
            ],
        );
        assert_eq!(
            said(&mapping, &decoded),
            [
                (1, true, vec![]),
                (2, true, vec![]),
                // and what else is wrong with it
                (
                    3,
                    false,
                    vec![fault("rij.terug", 3, 0), fault("getal.vorm", 4, 4)]
                ),
            ],
            "{format}"
        );
    }
    let mapping = goals("excel", "sheets = \"all\"\n", "");
    let mut document = table(&mapping, &[&["O-1", "", "", "1"]]);
    let other = table(&mapping, &[&["O-1", "", "", "2"], &["O-2"]]);
    if let (Value::Map(sheets), Value::Map(more)) = (&mut document.root.value, other.root.value) {
        let sheet = more
            .into_iter()
            .map(|(_, sheet)| (Name::from("Later"), sheet));
        sheets.extend(sheet);
    }
    assert_eq!(
        said(&mapping, &mapping.decode(&document)),
        [
            (1, true, vec![]),
            (1, false, vec![fault("rij.terug", 1, 0)]),
            (2, true, vec![]),
        ]
    );
}

#[test]
fn the_rows_of_one_record_have_a_most() {
    let mapping = goals("csv", "", "");
    let many = |count: usize| {
        let numbers: Vec<String> = (1..=count).map(|number| number.to_string()).collect();
        let rows: Vec<[&str; 4]> = numbers.iter().map(|nr| ["O-1", "R", "", nr]).collect();
        let mut all: Vec<&[&str]> = rows.iter().map(|row| &row[..]).collect();
        all.push(&["O-2", "R"]);
        read(&mapping, &all)
    };
    let decoded = many(1_000);
    let list = records(&decoded.elements[0])["trajectplan"]["doelen"].clone();
    assert_eq!(list.as_array().map(Vec::len), Some(1_000));
    assert_eq!(
        said(&mapping, &many(1_002)),
        [
            (1, false, vec![fault("rij.veel", 1_001, 0)]),
            (1_003, true, vec![])
        ]
    );
    // and so has what stands in them
    let long = "x".repeat(4 << 20);
    let row = ["O-1", long.as_str()];
    let rows: Vec<&[&str]> = vec![&row; 9];
    let decoded = mapping.decode(&table(&mapping, &rows));
    let faults: Vec<_> = decoded.elements[0].faults.iter().collect();
    assert_eq!((decoded.elements.len(), faults.len()), (1, 1));
    assert_eq!(faults[0].code, "rij.veel");
    assert!(decoded.elements[0].bundle.records.is_empty());
}
