//! A mapping as the workbook that functional admins exchange: what comes back says the same and prints the same.

use crate::shipped::LIBRARY;
use crate::shipped::SAMPLES;
use crate::shipped::SCHEMAS;
use proptest::prelude::*;
use schakel::adapters;
use schakel::adapters::Limits;
use schakel::document::Document;
use schakel::document::Lang;
use schakel::document::Name;
use schakel::document::Node;
use schakel::document::Value;
use schakel::document::Wire;
use schakel::mapping::Library;
use schakel::pipeline::read_document;
use schakel::tools::SheetFault;
use schakel::tools::export;
use schakel::tools::import;
use std::fmt::Write;

fn workbook(file: &str, text: &str) -> Document {
    let bytes = export(file, text).expect("it can be written");
    adapters::decode(&bytes, &Wire::Excel, &Limits::default()).expect("a workbook")
}

fn back(file: &str, text: &str) -> String {
    let imported = import(&workbook(file, text));
    let imported = imported.unwrap_or_else(|faults| panic!("{file}: {}", lines(&faults)));
    let id = format!("{}/{}.toml", imported.id.0, imported.id.1);
    assert_eq!(id, file);
    imported.text
}

fn lines(faults: &[SheetFault]) -> String {
    let lines: Vec<String> = faults.iter().map(|fault| fault.render(Lang::En)).collect();
    lines.join("\n")
}

fn mapping_files() -> Vec<(String, String)> {
    let own = |path: &str| !path.starts_with("_gedeeld/") && !path.contains(".cases.");
    let all = Library::shipped_files().into_iter();
    all.filter(|(path, _)| own(path)).collect()
}

#[test]
fn every_shipped_mapping_comes_back_with_the_same_rules_prints_the_same_and_reads_the_same() {
    let files = Library::shipped_files();
    let mut compared = 0;
    for (path, text) in mapping_files() {
        let again = back(&path, &text);
        let changed: Vec<(String, String)> = files
            .iter()
            .map(|(known, own)| {
                (
                    known.clone(),
                    if *known == path {
                        again.clone()
                    } else {
                        own.clone()
                    },
                )
            })
            .collect();
        let library = Library::compile(&changed, &SCHEMAS).unwrap_or_else(|found| {
            panic!("{path}: {}", found[0].render(Lang::En));
        });
        let id = path
            .trim_end_matches(".toml")
            .split_once('/')
            .expect("a path");
        let (before, after) = (
            LIBRARY.get(id.0, id.1).expect("shipped"),
            library.get(id.0, id.1).expect("compiled"),
        );
        assert_eq!(before.printed(), after.printed(), "{path}");
        assert_eq!(before.rules(), after.rules(), "{path}");
        for (mapping, document) in SAMPLES
            .iter()
            .filter(|(mapping, _)| mapping.id() == before.id())
        {
            compared += 1;
            let before = read_document(mapping, document, &SCHEMAS);
            let after = read_document(after, document, &SCHEMAS);
            assert_eq!(format!("{before:?}"), format!("{after:?}"), "{path}");
        }
        assert_eq!(back(&path, &again), again, "once more gives the same file");
    }
    assert!(compared > 20, "{compared}");
}

#[test]
fn the_printed_form_of_every_shipped_mapping_comes_back_letter_by_letter() {
    for mapping in LIBRARY.all() {
        let (org, soort) = mapping.id();
        let file = format!("{org}/{soort}.toml");
        assert_eq!(back(&file, mapping.printed()), mapping.printed(), "{file}");
    }
}

/// A mapping with keys that no column has, odd texts, an order of its own and a text longer than a cell.
#[test]
fn what_the_language_may_have_one_day_comes_back_too() {
    let long = "lang ".repeat(20_000);
    let text = format!(
        "top = 1\nempty = []\n\n[mapping]\norganisatie = \"org\"\nsoort = \"zaak\"\nversie = 1.10\nsinds = 2024-04-01\nlijst = [\"01\", 2, true]\n\n[csv]\nignore = \"a, b\"\n\n[new.deep]\na = \"=SOM(A1)\"\n\n[leeg]\n\n\
         [[rule]]\ntarget = \"x\"\nsource = \" met spaties \"\nnew_key = {{ a = [1, 2], \"b c\" = \"d\" }}\ncodec = {{ codes = {{ \"01\" = \"1\", ja = true, \"\" = 3 }}, codec = \"table\", item = {{ codes = {{}} }} }}\n\n\
         [[rule]]\nsource = \"a\"\n\n  [[rule.rule]]\n  note = \"twee\\nregels\"\n  required = true\n\n    [[rule.rule.rule]]\n    default = \"nee\"\n\n  [[rule.rule]]\n  const = \"1\"\n\n[[case]]\nname = \"é\"\ngiven = '''\n{{ \"a\": 1 }}\n'''\nexpect = \"{long}\"\n"
    );
    let once = back("org/zaak.toml", &text);
    assert_eq!(back("org/zaak.toml", &once), once);
    for part in [
        "versie = 1.10",
        "sinds = 2024-04-01",
        "lijst = [\"01\", 2, true]",
        "ignore = \"a, b\"",
        "deep = { a = \"=SOM(A1)\" }",
        "[leeg]",
        "source = \" met spaties \"",
        "new_key = { a = [1, 2], \"b c\" = \"d\" }",
        "codec = { codes = { 01 = \"1\", ja = true, \"\" = 3 }, codec = \"table\", item = { codes = {} } }",
        "default = \"nee\"",
        "given = '''\n{ \"a\": 1 }\n'''",
        long.as_str(),
    ] {
        assert!(
            once.contains(part),
            "{part} in {}",
            once.replace(&long, "…")
        );
    }
    let places = ["target =", "source =", "new_key =", "codec ="].map(|key| once.find(key));
    assert!(places.is_sorted(), "the order is that of the file");
}

/// Changes the cell at a sheet, row and column (from 1), which is made where it is not there.
fn put(document: &mut Document, sheet: &str, (row, column): (usize, usize), value: Value) {
    let Value::Map(sheets) = &mut document.root.value else {
        panic!("sheets")
    };
    let sheet = sheets
        .iter_mut()
        .find(|(name, _)| &**name == sheet)
        .expect("the sheet");
    let Value::List(rows) = &mut sheet.1.value else {
        panic!("rows")
    };
    while rows.len() < row {
        rows.push(Node::made(Value::List(Vec::new())));
    }
    let Value::List(cells) = &mut rows[row - 1].value else {
        panic!("cells")
    };
    while cells.len() < column {
        cells.push(Node::made(Value::Null));
    }
    cells[column - 1] = Node::made(value);
}

const SMALL: &str = "[mapping]\norganisatie = \"org\"\nsoort = \"zaak\"\n\n[[rule]]\nsource = \"a\"\ntarget = \"b\"\ncodec = { codec = \"table\", codes = { A = \"1\" } }\n\n[[rule]]\nsource = \"c\"\n\n  [[rule.rule]]\n  source = \"d\"\n";

#[test]
fn each_fault_of_a_workbook_is_told_with_its_cell() {
    let text = |text: &str| Value::Text(text.into());
    for (code, at, sheet, cell, value) in [
        (
            "M101",
            "regels: row 1, column B (Bronn)",
            "regels",
            (1, 2),
            text("Bronn"),
        ),
        ("M101", "kop: row 1", "kop", (1, 2), text("Sleutels")),
        (
            "M102",
            "kop: row 4, column C (Waarde)",
            "kop",
            (4, 3),
            text("Leeftijd, Aantal"),
        ),
        (
            "M102",
            "regels: row 2, column D (Codec)",
            "regels",
            (2, 4),
            text("{ codec = "),
        ),
        (
            "M102",
            "kop: row 2, column C (Waarde)",
            "kop",
            (2, 3),
            text("\"org"),
        ),
        (
            "M103",
            "regels: row 4, column A (Nr)",
            "regels",
            (4, 1),
            text("3.1"),
        ),
        (
            "M104",
            "regels: row 2, column D (Codec)",
            "codetabellen",
            (2, 1),
            text("T9"),
        ),
        (
            "M105",
            "regels: row 3, column C (Doel)",
            "regels",
            (3, 3),
            Value::Unreadable("#REF!".into()),
        ),
        (
            "M106",
            "regels: row 2, column G (Overig)",
            "regels",
            (2, 7),
            text("source = \"x\""),
        ),
        (
            "M106",
            "kop: row 3, column B (Sleutel)",
            "kop",
            (3, 2),
            text("organisatie"),
        ),
    ] {
        let mut document = workbook("org/zaak.toml", SMALL);
        for (column, key) in [(1, "csv"), (2, "ignore"), (3, "\"Leeftijd, Aantal\"")] {
            put(&mut document, "kop", (4, column), text(key));
        }
        assert!(import(&document).is_ok(), "what is quoted is one text");
        put(&mut document, sheet, cell, value);
        let faults = import(&document).expect_err(code);
        let named = |fault: &SheetFault| fault.remedy.nl.contains("Er zijn: Nr, Naam,");
        let listed = faults.iter().any(named);
        assert_eq!(
            listed,
            cell == (1, 2) && sheet == "regels",
            "{code}: {}",
            lines(&faults)
        );
        let found = faults
            .iter()
            .any(|fault| fault.code == code && fault.place.location(Lang::En) == at);
        assert!(found, "{code} at {at}: {}", lines(&faults));
    }
    let mut document = workbook("org/zaak.toml", SMALL);
    let Value::Map(sheets) = &mut document.root.value else {
        panic!("sheets")
    };
    sheets.retain(|(name, _)| &**name != "regels");
    sheets.push((Name::from("Regel"), Node::made(Value::List(Vec::new()))));
    let faults = import(&document).expect_err("M100");
    assert_eq!(
        faults.iter().filter(|fault| fault.code == "M100").count(),
        2,
        "{}",
        lines(&faults)
    );
}

#[test]
fn what_an_admin_types_is_taken_as_it_is_meant() {
    let mut document = workbook("org/zaak.toml", SMALL);
    put(&mut document, "regels", (2, 5), Value::Bool(true));
    put(
        &mut document,
        "regels",
        (5, 2),
        Value::Text("Nieuwe kolom".into()),
    );
    put(
        &mut document,
        "regels",
        (5, 3),
        Value::Text("verwijzing.nummer".into()),
    );
    put(
        &mut document,
        "codetabellen",
        (3, 1),
        Value::Text("T1".into()),
    );
    put(
        &mut document,
        "codetabellen",
        (3, 2),
        Value::Number("2".into()),
    );
    put(
        &mut document,
        "codetabellen",
        (3, 3),
        Value::Text("2".into()),
    );
    let text = import(&document)
        .unwrap_or_else(|faults| panic!("{}", lines(&faults)))
        .text;
    assert!(text.contains("codes = { A = \"1\", 2 = \"2\" }"), "{text}");
    assert!(text.contains("required = true"), "{text}");
    assert!(
        text.ends_with("[[rule]]\nsource = \"Nieuwe kolom\"\ntarget = \"verwijzing.nummer\"\n"),
        "{text}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// Whatever texts, keys and nesting a file has.
    #[test]
    fn any_rules_come_back(
        rules in prop::collection::vec((
            "\\PC{0,12}", "[a-z_]{1,8}", "\\PC{0,8}", any::<i64>(), any::<bool>(),
            prop::collection::vec(("\\PC{0,5}", "\\PC{0,5}"), 0..4),
        ), 0..6),
    ) {
        let quoted = |text: &str| serde_json::to_string(text).expect("a text");
        let mut text = "[mapping]\norganisatie = \"org\"\nsoort = \"zaak\"\n".to_owned();
        for (index, (source, key, value, number, flag, codes)) in rules.iter().enumerate() {
            let mut known: Vec<&str> = Vec::new();
            let mut pairs = Vec::new();
            for (code, meaning) in codes {
                if !known.contains(&code.as_str()) {
                    known.push(code);
                    pairs.push(format!("{} = {}", quoted(code), quoted(meaning)));
                }
            }
            let (header, indent) = if index % 3 == 2 { ("rule.rule", "  ") } else { ("rule", "") };
            let _ = write!(text,
                "\n{indent}[[{header}]]\n{indent}x{key} = {}\n{indent}source = {}\n{indent}required = {flag}\n{indent}default = {number}\n{indent}codec = {{ codes = {{ {} }} }}\n",
                quoted(value), quoted(source), pairs.join(", "),
            );
        }
        let once = back("org/zaak.toml", &text);
        let again = back("org/zaak.toml", &once);
        prop_assert_eq!(&once, &again);
        let bare = |text: &str| text.lines().filter(|line| !line.trim_start().starts_with("# from")).map(str::to_owned).collect::<Vec<_>>();
        prop_assert_eq!(bare(&once).len(), bare(&text).len());
    }
}
