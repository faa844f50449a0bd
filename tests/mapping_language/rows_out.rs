//! Several rows that are one record: their items, what is written, the laws, and the tools.

use crate::forms::SCHEMAS;
use crate::forms::assert_laws;
use crate::forms::compile;
use crate::forms::mapping;
use crate::forms::text;
use crate::table_rows::GOALS;
use crate::table_rows::LIST;
use crate::table_rows::TABLES;
use crate::table_rows::fault;
use crate::table_rows::goals;
use crate::table_rows::read;
use crate::table_rows::said;
use crate::table_rows::together;
use crate::table_rows::written;
use schakel::adapters;
use schakel::adapters::Limits;
use schakel::mapping::Library;
use schakel::mapping::laws;
use schakel::tools::Side;
use schakel::tools::diff;
use schakel::tools::export;
use schakel::tools::import;
use serde_json::Value as Json;
use serde_json::json;
use std::sync::Arc;

#[test]
fn an_item_has_its_key_and_what_is_asked_of_the_list_is_asked_of_all_rows() {
    let list = LIST.replace("required = true\n", "").replacen(
        "key = \"nr\"",
        "key = \"nr\"\nrequired = true",
        1,
    );
    for format in TABLES {
        let mapping = mapping(format, together(format), &format!("{GOALS}{list}"));
        let decoded = read(
            &mapping,
            &[
                &["O-1", "", "", "1", "Een"],
                &["O-1", "", "", "1", "Weer een"],
                &["O-2", "", "", "", "Zonder nummer"],
                &["O-3"],
                &["O-3", "R-1"],
            ],
        );
        assert_eq!(
            said(&mapping, &decoded),
            [
                (1, true, vec![fault("groep.dubbel", 2, 0)]),
                (3, false, vec![fault("groep.sleutel", 3, 0)]),
                (4, false, vec![fault("waarde.verplicht", 4, 0)]),
            ],
            "{format}"
        );
        assert_laws(&mapping);
    }
}

#[test]
fn a_record_is_written_as_a_row_for_each_item() {
    for format in TABLES {
        let mapping = goals(format, "", "");
        let order = json!({"ordernummer": "O-1", "raamcontract": "R-1"});
        let with = |goals: Json| json!({"opdracht": order, "trajectplan": {"doelen": goals}});
        for (goals, rows, faults) in [
            (
                json!([{"nr": 1, "omschrijving": "Een"}, {"nr": 2}]),
                vec!["O-1|R-1||1|Een", "O-1|R-1||2|"],
                vec![],
            ),
            (json!([]), vec!["O-1|R-1|||"], vec![]),
            // what nobody would recognise, and what cannot be written at all
            (
                json!([{"omschrijving": "Een"}, {"nr": 2}, {"score": 3}]),
                vec!["O-1|R-1||2|"],
                vec![
                    ("uit.verplicht", "trajectplan/doelen/0/nr"),
                    ("uit.sleutel", "trajectplan/doelen/0"),
                    ("uit.verplicht", "trajectplan/doelen/2/nr"),
                ],
            ),
        ] {
            let (found, said) = written(&mapping, &[with(goals)]);
            assert_eq!(found, rows, "{format}");
            let said: Vec<_> = said.iter().map(|(code, at)| (&**code, &**at)).collect();
            assert_eq!(said, faults, "{format}");
        }
        let (rows, said) = written(&mapping, &[json!({"opdracht": {"ordernummer": "O-1"}})]);
        assert_eq!((rows.len(), said.len()), (1, 0), "{format}");
        assert_laws(&mapping);
    }
}

#[test]
fn two_records_that_would_be_read_as_one_do_not_go_out() {
    for format in TABLES {
        let mapping = goals(format, "", "");
        let order = |number: &str| json!({"opdracht": {"ordernummer": number}});
        let all = ["O-1", "O-2", "O-1"].map(order);
        let (_, said) = written(&mapping, &all);
        let at = "record 3, opdracht/ordernummer";
        let double = ("uit.dubbel".to_owned(), at.to_owned());
        assert_eq!(said, [double], "{format}");
        let (_, said) = written(&mapping, &all[..2]);
        assert_eq!(said, [], "{format}");
        // what lacks its key is not compared
        let none = [json!({"opdracht": {}}), json!({"opdracht": {}})];
        let (_, said) = written(&mapping, &none);
        assert!(
            said.iter().all(|(code, _)| code == "uit.verplicht"),
            "{said:?}"
        );
    }
}

#[test]
fn a_group_with_constants_says_the_items_that_have_them_and_the_rest_is_told() {
    let list = "[[rule]]\nsource = \".\"\ntarget = \"werkprofiel.talen\"\nkey = \"taal\"\n\
        [[rule.rule]]\n@c\ntarget = \"taal\"\nrequired = true\n\
        [[rule.rule]]\n@d\ntarget = \"mondeling\"\n[[rule.rule]]\n@e\nconst = \"T\"\n";
    for format in TABLES {
        let mapping = mapping(format, together(format), &format!("{GOALS}{list}"));
        let decoded = read(
            &mapping,
            &[
                &["O-1", "", "", "nld", "1", "T"],
                &["O-1", "", "", "deu", "2", "T"],
                &["O-1"],
                &["O-1", "", "", "fra", "2", "U"],
            ],
        );
        assert_eq!(
            said(&mapping, &decoded),
            [(1, false, vec![fault("waarde.constante", 4, 6)])],
            "{format}: it stands in each row that gives an item"
        );
        assert_laws(&mapping);
    }
}

#[test]
fn a_law_that_does_not_hold_is_shown_by_the_smallest_rows() {
    // what is written is read with a table of its own, in which both texts mean the same
    let list = LIST.replace(
        "target = \"omschrijving\"",
        "target = \"status\"\ndirection = \"out\"\n\
         codec = { codec = \"table\", codes = { \"zo!\" = \"open\", \"Zo!\" = \"bezig\" } }\n\
         [[rule.rule]]\n@d\ntarget = \"status\"\ndirection = \"in\"\n\
         codec = { codec = \"table\", codes = { \"zo!\" = \"open\", \"Zo!\" = \"open\" } }",
    );
    for format in TABLES {
        let mapping = mapping(format, together(format), &list);
        let found = laws::check(&mapping, &SCHEMAS, 1, 200).expect_err("it cannot hold");
        let goals = &found.bundles[0]["trajectplan"]["doelen"];
        assert_eq!(goals.as_array().map(Vec::len), Some(1), "{format}: {goals}");
        assert_eq!(goals[0]["status"], "bezig", "{format}");
        let document = found.document.expect("it is written");
        assert!(document.contains("Zo!"), "{format}: {document}");
    }
}

#[test]
fn it_is_taken_over_printed_compared_and_exchanged() {
    let base = text("csv", together("csv"), &format!("{GOALS}{LIST}"));
    let own = "[mapping]\norganisatie = \"f\"\nsoort = \"eigen\"\ntitel = \"t\"\nextends = \"f/taal\"\ndelivers = \"none\"\n";
    let compiled = |own: &str| {
        let files = [("f/taal.toml", base.as_str()), ("f/eigen.toml", own)];
        let files = files.map(|(path, text)| (path.to_owned(), text.to_owned()));
        let library = Library::compile(&files, &SCHEMAS);
        let library = library.unwrap_or_else(|found| panic!("{found:#?}"));
        Arc::clone(library.get("f", "eigen").expect("it was compiled"))
    };
    let rows: [&[&str]; 2] = [&["O-1", "R-1", "", "1"], &["O-1", "R-1", "", "2"]];
    let mapping = compiled(own);
    assert_eq!(read(&mapping, &rows).elements.len(), 1);
    // what the mapping says itself counts
    let other = compiled(&format!("{own}[csv]\ntogether = [\"nr\", \"c\"]\n[[rule]]\nsource = \"c\"\ntarget = \"opdracht.tariefafspraak\"\nrequired = true\ndirection = \"in\"\n[[rule]]\nsource = \"c\"\ntarget = \"opdracht.tariefafspraak\"\nrequired = true\ndirection = \"out\"\n").replace("extends = \"f/taal\"\n", "extends = \"f/taal\"\nremove = [\"trajectplan.doelen\"]\n"));
    assert_eq!(read(&other, &rows).elements.len(), 2);
    let printed = mapping.printed();
    assert!(printed.contains("together"), "{printed}");
    let bytes = export("f/taal.toml", &base).expect("a workbook");
    let wire = schakel::document::Wire::Excel;
    let document = adapters::decode(&bytes, &wire, &Limits::default()).expect("a workbook");
    let again = import(&document).unwrap_or_else(|_| panic!("it comes back"));
    let side = |text| Side {
        name: "f/taal.toml",
        text,
        cases: None,
        files: &[],
        own: &|_| true,
    };
    assert_eq!(diff(side(&base), side(&again.text)).expect("TOML").len(), 0);
    let without = base.replacen(together("csv"), "", 1);
    let changes = diff(side(&base), side(&without)).expect("TOML");
    assert_eq!(changes.len(), 1);
    assert_eq!(read(&compile(&again.text), &rows).elements.len(), 1);
    assert_eq!(read(&compile(&without), &rows).elements.len(), 2);
}
