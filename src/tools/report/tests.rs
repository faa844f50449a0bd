use super::COPIED_MAX;
use super::ELEMENTS_MAX;
use super::FAULTS_MAX;
use super::Keeper;
use super::Outcome;
use super::content::SAID_MAX;
use super::workbook;
use crate::adapters;
use crate::adapters::Limits;
use crate::document::At;
use crate::document::Document;
use crate::document::Fault;
use crate::document::Lang;
use crate::document::Node;
use crate::document::Place;
use crate::document::Value;
use crate::document::Wire;
use crate::mapping::Library;
use crate::mapping::Mapping;
use crate::schema::Schemas;
use std::sync::Arc;

fn faults(count: usize) -> Vec<Fault> {
    let fault = || Fault::remark("x", Place::Whole, "nl", "en");
    (0..count).map(|_| fault()).collect()
}

fn numbers(outcome: &Outcome) -> Vec<usize> {
    outcome
        .elements()
        .iter()
        .map(|element| element.number)
        .collect()
}

#[test]
fn of_a_long_file_only_the_elements_with_findings_are_listed_and_all_are_counted() {
    let mut outcome = Outcome::default();
    for number in 1..=ELEMENTS_MAX {
        outcome.add(Place::Whole, faults(usize::from(number == 7)));
    }
    assert_eq!(outcome.elements().len(), ELEMENTS_MAX, "what fits is whole");
    assert_eq!(outcome.shortened(Lang::En), None);
    outcome.add(Place::Whole, faults(0));
    outcome.add(Place::Whole, faults(2));
    assert_eq!(numbers(&outcome), [7, ELEMENTS_MAX + 2]);
    let said = outcome.shortened(Lang::En).unwrap_or_default();
    assert!(said.contains("only those with findings"), "{said}");
    let tally = outcome.tally();
    assert_eq!(
        (tally.total, tally.taken, tally.remarked),
        (ELEMENTS_MAX + 2, ELEMENTS_MAX + 2, 2)
    );
}

#[test]
fn the_list_of_findings_ends_somewhere_and_says_how_many_are_not_in_it() {
    let mut outcome = Outcome::default();
    outcome.add(Place::Whole, faults(FAULTS_MAX));
    assert_eq!(outcome.shortened(Lang::Nl), None);
    outcome.add(Place::Whole, faults(3));
    outcome.add(Place::Whole, faults(1));
    assert_eq!(numbers(&outcome), [1]);
    let said = outcome.shortened(Lang::Nl).unwrap_or_default();
    assert!(said.starts_with("Nog 4 meldingen"), "{said}");

    let mut outcome = Outcome::default();
    outcome.lacks(faults(FAULTS_MAX - 1));
    outcome.lacks(faults(3));
    assert_eq!(outcome.unwritten().len(), FAULTS_MAX);
    assert_eq!(outcome.tally().unwritten, FAULTS_MAX + 2);
    let said = outcome.shortened(Lang::Nl).unwrap_or_default();
    assert!(said.starts_with("Nog 2 meldingen"), "{said}");
}

const FAULTS: &str = "Meldingen";

fn canonical() -> Arc<Mapping> {
    let schemas = Schemas::embedded().expect("the schemas are tested elsewhere");
    let library = Library::compile(&[], &schemas).expect("nothing to go wrong");
    Arc::clone(library.canonical())
}

fn at(pointer: &str, line: u32, column: u32) -> Place {
    Place::Json {
        pointer: pointer.to_owned(),
        at: At::new(line, column),
    }
}

/// The sheets of a report.
fn sheets(outcome: &Outcome) -> Document {
    let bytes = workbook(outcome, &canonical(), Lang::Nl).expect("written");
    adapters::decode(&bytes, &Wire::Excel, &Limits::default()).expect("a workbook")
}

fn column(sheets: &Document, name: &str, column: usize) -> Vec<String> {
    let rows = sheets.root.get(name).expect("the sheet is there").items();
    let text = |row: &Node| {
        let cell = row.items().get(column).and_then(Node::as_text);
        cell.unwrap_or_default().to_owned()
    };
    rows.iter().map(text).collect()
}

/// A list of objects, each on a line of its own: `{"a": 1, "b": [2, 3]}`.
fn list(objects: usize) -> Document {
    let lines: Vec<_> = (0..objects)
        .map(|_| "{\"a\":1,\"b\":[2,3]}".to_owned())
        .collect();
    let text = format!("[\n{}\n]", lines.join(",\n"));
    adapters::decode(text.as_bytes(), &Wire::Json, &Limits::default()).expect("JSON")
}

#[test]
fn of_a_long_document_the_values_are_listed_of_what_something_is_said_of() {
    let objects = COPIED_MAX / 4 / 3 + 1;
    for (refused, listed) in [
        // all values of the two elements, and the value that is said something of
        (
            2,
            vec![
                "/0/a", "/0/b/0", "/0/b/1", "/1/a", "/1/b/0", "/1/b/1", "/9/b/1",
            ],
        ),
        // of that many elements only what is marked
        (objects, vec!["/0/a", "/1/a", "/2/a"]),
    ] {
        let mut outcome = Outcome {
            document: Some(list(objects)),
            ..Outcome::default()
        };
        outcome.faults = vec![Fault::remark("x", at("/9/b/1", 11, 15), "nl", "en")];
        for number in 0..objects.min(ELEMENTS_MAX) {
            let line = u32::try_from(number).expect("small") + 2;
            let place = at(&format!("/{number}"), line, 1);
            let fault = Fault::refused("y", place.clone(), "nl", "en");
            let faults = if number < refused {
                vec![fault]
            } else {
                vec![]
            };
            outcome.add(place, faults);
        }
        let sheets = sheets(&outcome);
        let places = column(&sheets, "Waarden", 0);
        assert_eq!(places[0], "Plaats");
        assert_eq!(places[1..=listed.len()], listed);
        assert!(
            column(&sheets, "Samenvatting", 0)[3].starts_with("Alleen waarover iets gemeld is")
        );
    }
    let outcome = Outcome {
        document: Some(list(3)),
        ..Outcome::default()
    };
    let sheets = sheets(&outcome);
    assert_eq!(column(&sheets, "Waarden", 0).len(), 10, "a short one whole");
    assert_eq!(column(&sheets, "Samenvatting", 0).len(), 2);
}

#[test]
fn a_comment_of_many_sentences_is_cut_where_a_spreadsheet_program_ends() {
    let mut outcome = Outcome {
        document: Some(list(1)),
        ..Outcome::default()
    };
    let sentence = "é".repeat(40_000);
    outcome.faults = vec![
        Fault::remark("x", at("/0/a", 2, 6), sentence.clone(), sentence.clone()),
        Fault::remark("x", at("/0/a", 2, 6), sentence.clone(), sentence),
    ];
    assert_eq!(column(&sheets(&outcome), FAULTS, 7), ["Code", "x", "x"]);
}

#[test]
fn the_first_thousand_cells_have_a_comment_and_the_rest_a_colour() {
    for (count, said) in [(1_000, false), (1_001, true)] {
        let mut outcome = Outcome {
            document: Some(list(1_001)),
            ..Outcome::default()
        };
        let fault = |line| Fault::remark("x", at("/0/a", line, 6), "nl", "en");
        outcome.faults = (2..count + 2).map(fault).collect();
        let summary = column(&sheets(&outcome), "Samenvatting", 0);
        let found = summary
            .iter()
            .any(|text| text.starts_with("Alleen de eerste 1000 cellen"));
        assert_eq!(found, said, "{count}");
    }
}

#[test]
fn rows_are_kept_within_a_bound_and_what_is_not_is_counted() {
    let schemas = Schemas::embedded().expect("the schemas are tested elsewhere");
    let text = include_str!("../../../mappings/aanbieder-a/logboek.toml");
    let tables = include_str!("../../../mappings/_gedeeld/tabellen.toml");
    let files = [
        ("_gedeeld/tabellen.toml".to_owned(), tables.to_owned()),
        ("aanbieder-a/logboek.toml".to_owned(), text.to_owned()),
    ];
    let library = Library::compile(&files, &schemas).expect("it compiles");
    let mapping = library.get("aanbieder-a", "logboek").expect("compiled");
    let row = |line: u32, cell: &str, cells: u32| {
        let cells =
            (1..=cells).map(|column| Node::new(At::new(line, column), Value::Text(cell.into())));
        Node::new(At::new(line, 1), Value::List(cells.collect()))
    };
    let cell = |row| Place::Cell {
        sheet: None,
        row,
        column: 2,
        header: None,
    };
    // rows of 99 cells and a number: so many fit, beside the ten in which the header is looked for
    let fit = u32::try_from(SAID_MAX / 100).expect("small");
    for (text, cells, no_room) in [("x", 99, 91), (&*"x".repeat(1024 * 1024), 1, 165)] {
        let mut outcome = Outcome::default();
        for line in 2..fit + 102 {
            outcome.add(
                cell(line),
                vec![Fault::remark("x", Place::Whole, "nl", "en")],
            );
        }
        let mut keeper = Keeper::new(&outcome, mapping).expect("it reads a table");
        for line in 1..fit + 200 {
            let text = if line <= 20 || line > 200 { "y" } else { text };
            keeper.take(None, vec![row(line, text, cells)]);
        }
        keeper.end(&mut outcome);
        let document = outcome.document.as_ref().expect("kept");
        assert_eq!(outcome.kept, Some(no_room));
        let rows = document.root.items().len();
        assert_eq!(rows, fit as usize + 101 - no_room);
    }
}
