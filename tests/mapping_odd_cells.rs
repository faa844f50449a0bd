//! Values that look like others, or like nothing: invisible and control characters, letters in two spellings, cells that
//! cannot be read, columns without a header. Table by table what is taken, and what is said about it.

use schakel::adapters;
use schakel::adapters::Limits;
use schakel::canonical::Bundle;
use schakel::canonical::Kind;
use schakel::document::Fault;
use schakel::document::Lang;
use schakel::mapping::Decoded;
use schakel::mapping::Library;
use schakel::mapping::Mapping;
use schakel::schema::Schemas;
use serde_json::Value as Json;
use serde_json::json;
use std::sync::Arc;

const HEAD: &str = r#"
[mapping]
organisatie = "proef"
soort       = "proef"
titel       = "Proef"
status      = "[ASM]"
direction   = "in"
main        = "verwijzing"
"#;

const JSON: &str = r#"
format = "json"

[json]
placeholders = { "onbekénd" = "waardeOnbekend" }

[[rule]]
source = "versie"
const  = "één"

[[rule]]
source   = "nummer"
target   = "verwijzing.nummer"
required = true

[[rule]]
source = "doel"
target = "verwijzing.doel"

[[rule]]
source = "soort"
target = "verwijzing.soort"
codec  = { codec = "table", codes = { "Vérder" = "vervolg" }, unknown = "keep" }

[[rule]]
source = "telefoon"
target = "kandidaat.telefoon"

[[rule]]
source = "spoed"
target = "verwijzing.spoed"
codec  = { codec = "boolean", true = ["já"], false = ["neé"] }

[[rule]]
source = "dossier"
target = "kandidaat.klantnummer"
when   = { source = "wie", is = "én" }
"#;

const CSV: &str = r#"
format = "csv"

[[rule]]
source   = "Nummer"
target   = "verwijzing.nummer"
required = true

[[rule]]
source = "Dóel"
column = "C"
target = "verwijzing.doel"

[[rule]]
source = "Dossier"
target = "kandidaat.klantnummer"
when   = { source = "Wie", is_not = "X" }
"#;

const XML: &str = r#"
format   = "xml"
delivers = "verwijzing"

[xml]
root = "verwijzing"

[[rule]]
source = "nummer"
target = "verwijzing.nummer"

[[rule]]
source = "doel"
target = "verwijzing.doel"
"#;

fn mapping(rest: &str) -> Arc<Mapping> {
    let schemas = Schemas::embedded().expect("the schemas are tested elsewhere");
    let files = [("proef/proef.toml".to_owned(), format!("{HEAD}{rest}"))];
    let library = Library::compile(&files, &schemas).unwrap_or_else(|found| panic!("{found:#?}"));
    Arc::clone(library.get("proef", "proef").expect("it was compiled"))
}

fn canonical() -> Arc<Mapping> {
    let schemas = Schemas::embedded().expect("the schemas are tested elsewhere");
    let library = Library::compile(&[], &schemas).expect("nothing can be wrong");
    Arc::clone(library.canonical())
}

fn read(mapping: &Mapping, bytes: &[u8]) -> Decoded {
    let document = adapters::decode(bytes, mapping.wire(), &Limits::default());
    mapping.decode(&document.expect("well-formed"))
}

/// Code and place of every fault, those that refuse with a `!`.
fn said(decoded: &Decoded) -> Vec<String> {
    let elements = decoded.elements.iter().flat_map(|element| &element.faults);
    let shown = |fault: &Fault| {
        let mark = if fault.refuses() { "!" } else { "" };
        format!("{mark}{} {}", fault.code, fault.place.location(Lang::Nl))
    };
    decoded.faults.iter().chain(elements).map(shown).collect()
}

fn value(decoded: &Decoded, pointer: &str) -> Option<Json> {
    let (kind, pointer) = pointer.split_once('/').expect("kind and pointer");
    let kind = Kind::parse(kind).expect("a kind");
    let record = decoded.elements.first()?.bundle.record(kind)?.clone();
    Json::Object(record)
        .pointer(&format!("/{pointer}"))
        .cloned()
}

#[test]
fn texts_that_look_the_same_are_read_the_same_and_what_is_left_out_is_said() {
    let mapping = mapping(JSON);
    for (member, text, pointer, taken, faults) in [
        (
            "doel",
            "Caf\u{E9}",
            "verwijzing/doel",
            Some("Caf\u{E9}"),
            &[][..],
        ),
        (
            "doel",
            "Cafe\u{301}",
            "verwijzing/doel",
            Some("Caf\u{E9}"),
            &[],
        ),
        (
            "doel",
            "Ca\u{200B}fé",
            "verwijzing/doel",
            Some("Café"),
            &["tekst.onzichtbaar /doel"],
        ),
        (
            "doel",
            "\u{FEFF}\u{200B}",
            "verwijzing/doel",
            None,
            &["tekst.onzichtbaar /doel"],
        ),
        (
            "doel",
            "Caf\u{FFFD}",
            "verwijzing/doel",
            Some("Caf\u{FFFD}"),
            &["tekst.verminkt /doel"],
        ),
        (
            "doel",
            "Caf\u{1}",
            "verwijzing/doel",
            None,
            &["!tekst.teken /doel"],
        ),
        (
            "doel",
            "Caf\u{85}",
            "verwijzing/doel",
            None,
            &["!tekst.teken /doel"],
        ),
        ("doel", "a\tb\nc", "verwijzing/doel", Some("a\tb\nc"), &[]),
        (
            "soort",
            "Ve\u{301}rder",
            "verwijzing/soort",
            Some("vervolg"),
            &[],
        ),
        (
            "soort",
            "Vérder\u{200B}",
            "verwijzing/soort",
            Some("vervolg"),
            &["tekst.onzichtbaar /soort"],
        ),
        (
            "doel",
            "onbeke\u{301}nd",
            "verwijzing/waardeStatus/~1doel",
            Some("waardeOnbekend"),
            &[],
        ),
        (
            "versie",
            "e\u{301}e\u{301}n",
            "verwijzing/versie",
            None,
            &[],
        ),
        (
            "versie",
            "één\u{1}",
            "verwijzing/versie",
            None,
            &["!waarde.constante /versie"],
        ),
    ] {
        let document = json!({"nummer": "1", member: text});
        let decoded = read(&mapping, document.to_string().as_bytes());
        assert_eq!(value(&decoded, pointer), taken.map(Json::from), "{text:?}");
        assert_eq!(said(&decoded), faults, "{text:?}");
    }
}

#[test]
fn a_value_that_is_only_invisible_is_no_value() {
    let decoded = read(&mapping(JSON), "{\"nummer\": \"\u{200B}\"}".as_bytes());
    assert_eq!(
        said(&decoded),
        ["tekst.onzichtbaar /nummer", "!waarde.verplicht /nummer"]
    );
}

#[test]
fn each_item_of_a_list_is_looked_at() {
    let document = "{\"nummer\": \"1\", \"telefoon\": [\"020\u{200B}\", \"0\\u0007\", true, 12]}";
    let decoded = read(&mapping(JSON), document.as_bytes());
    let faults = [
        "tekst.onzichtbaar /telefoon/0",
        "!tekst.teken /telefoon/1",
        "!tekst.vorm /telefoon/2",
    ];
    assert_eq!(said(&decoded), faults);
    assert_eq!(
        value(&decoded, "kandidaat/telefoon"),
        Some(json!(["020", "12"]))
    );
}

#[test]
fn words_and_conditions_are_compared_as_they_look() {
    let mapping = mapping(JSON);
    for (spoed, expect) in [("ja\u{301}", true), ("nee\u{301}", false)] {
        let document = json!({"nummer": "1", "spoed": spoed, "wie": "e\u{301}n", "dossier": "D"});
        let decoded = read(&mapping, document.to_string().as_bytes());
        assert_eq!(said(&decoded), [""; 0]);
        assert_eq!(
            value(&decoded, "verwijzing/spoed"),
            Some(Json::Bool(expect))
        );
        assert_eq!(value(&decoded, "kandidaat/klantnummer"), Some(json!("D")));
    }
}

#[test]
fn a_yes_or_no_is_no_text() {
    for document in [r#"{"nummer": true}"#, r#"{"nummer": "1", "doel": false}"#] {
        let decoded = read(&mapping(JSON), document.as_bytes());
        assert!(said(&decoded)[0].starts_with("!tekst.vorm"), "{document}");
    }
    // a number is a text in the sender's own spelling
    let decoded = read(&mapping(JSON), br#"{"nummer": 1e5}"#);
    assert_eq!(value(&decoded, "verwijzing/nummer"), Some(json!("1e5")));
}

#[test]
fn a_column_without_a_header_is_said_once_with_the_first_row_that_loses_something() {
    let mapping = mapping(CSV);
    for (csv, faults) in [
        // spelled in another way, and none at all where a letter says which it is
        ("Nummer;Do\u{301}el\n1;x\n", &[][..]),
        ("Nummer;\u{200B};Dóel\n1;;x\n", &[]),
        ("Nummer;;\n1;;x\n", &["kolom.letter rij 1, kolom C (Dóel)"]),
        (
            "Nummer;;;Wie\n1;;x;\n",
            &["kolom.letter rij 1, kolom C (Dóel)"],
        ),
        (
            "Nummer;;Dóel\n1;;x\n2;kwijt;y\n3;ook;z\n",
            &["kolom.onbekend rij 3, kolom B"],
        ),
        (
            "Nummer;Dóel;;\n1;x;kwijt;\n2;y;;ook\n",
            &[
                "kolom.onbekend rij 2, kolom C",
                "kolom.onbekend rij 3, kolom D",
            ],
        ),
        // with another number of cells it may be another column
        ("Nummer;Dóel;\n1;x;y;\n2;x;\n", &["!rij.cellen rij 2"]),
    ] {
        let decoded = read(&mapping, csv.as_bytes());
        assert_eq!(said(&decoded), faults, "{csv}");
    }
}

#[test]
fn bytes_that_are_no_letters_are_the_matter_of_their_own_row() {
    let mapping = mapping(CSV);
    let csv = b"Nummer;D\xC3\xB3el;Wie;Dossier\n1;x;;\n2;caf\xE9;;\n3;a\0b;;\n4;\xC3\xA9;;\n";
    let decoded = read(&mapping, csv);
    let faults = [
        "!waarde.tekenset rij 3, kolom B (Dóel)",
        "!tekst.teken rij 4, kolom B (Dóel)",
    ];
    assert_eq!(said(&decoded), faults);
    assert_eq!(decoded.elements.len(), 4);
    // a condition that looks at what cannot be read holds as for any other word
    let decoded = read(&mapping, b"Nummer;Wie;Dossier\n1;\xE9;D\n");
    assert_eq!(value(&decoded, "kandidaat/klantnummer"), Some(json!("D")));
}

#[test]
fn a_control_character_that_is_there_already_does_not_stop_a_message_in_xml() {
    let schemas = Schemas::embedded().expect("the schemas are tested elsewhere");
    let text = format!("{HEAD}{XML}").replace("\"in\"", "\"out\"");
    let files = [("proef/proef.toml".to_owned(), text)];
    let library = Library::compile(&files, &schemas).unwrap_or_else(|found| panic!("{found:#?}"));
    let mapping = library.get("proef", "proef").expect("it was compiled");
    let mut bundle = Bundle::default();
    let record = bundle.record_mut(Kind::Verwijzing);
    record.insert("nummer".to_owned(), json!("V-1"));
    record.insert("doel".to_owned(), json!("koken\u{1}"));
    let encoded = mapping.encode(&json!({}), &[bundle]);
    let [fault] = encoded.faults.as_slice() else {
        panic!("one fault")
    };
    assert_eq!((&*fault.code, fault.refuses()), ("uit.vorm", false));
    assert_eq!(fault.place.location(Lang::Nl), "verwijzing/doel");
    let bytes = adapters::encode(&encoded.document, mapping.wire()).expect("it can be written");
    let text = String::from_utf8(bytes).expect("UTF-8");
    assert!(text.contains("<nummer>V-1</nummer>") && !text.contains("doel"));
}

#[test]
fn canonical_json_loses_nothing_without_a_word() {
    let canonical = canonical();
    for (document, pointer, taken, faults) in [
        (
            r#"{"verwijzing": {"doel": "Cafe\u0301"}}"#,
            "verwijzing/doel",
            Some(json!("Café")),
            &[][..],
        ),
        (
            r#"{"verwijzing": {"doel": "a\u0001"}}"#,
            "verwijzing/doel",
            None,
            &["!tekst.teken /verwijzing/doel"],
        ),
        (
            r#"{"verwijzing": {"doel": "a\u200b"}}"#,
            "verwijzing/doel",
            Some(json!("a")),
            &["tekst.onzichtbaar /verwijzing/doel"],
        ),
        (
            r#"{"kandidaat": {"geboortedatum": {"jaar": 1985, "maand": null}}}"#,
            "kandidaat/geboortedatum",
            Some(json!({"jaar": 1985})),
            &[],
        ),
        (
            r#"{"kandidaat": {"geboortedatum": {"jaar": 1985.5}}}"#,
            "kandidaat/geboortedatum/jaar",
            None,
            &["!getal.geheel /kandidaat/geboortedatum/jaar"],
        ),
        (
            r#"{"bericht": "x", "verwijzing": {"doel": "a"}}"#,
            "verwijzing/doel",
            Some(json!("a")),
            &["!json.vorm /bericht"],
        ),
    ] {
        let decoded = read(&canonical, document.as_bytes());
        assert_eq!(value(&decoded, pointer), taken, "{document}");
        assert_eq!(said(&decoded), faults, "{document}");
    }
}

#[test]
fn text_behind_a_closing_quotation_mark_refuses_its_row_and_no_other() {
    let mapping = mapping(CSV);
    let decoded = read(
        &mapping,
        "Nummer;Dóel;Dossier;Wie\n1;a;2;B\n2;\"b\"c;2;B\n3;d;\"2\"\"\";B\n4;e;2;\"B\"; \"\n"
            .as_bytes(),
    );
    assert_eq!(
        said(&decoded),
        ["!csv.aanhaling rij 3, kolom B", "!rij.cellen rij 5"]
    );
    assert_eq!(decoded.elements.len(), 4);
    // the file's cells are told by its header row
    let decoded = read(
        &mapping,
        "Nummer;\"D\"óel;Dossier;Wie\n1;a;2;B\n".as_bytes(),
    );
    assert_eq!(said(&decoded), ["!csv.aanhaling rij 1, kolom B"]);
    assert!(decoded.elements.is_empty());
}

const EXCEL: &str = r#"
format = "excel"

[[rule]]
source   = "Nummer"
target   = "verwijzing.nummer"
required = true

[[rule]]
source = "Doel"
target = "verwijzing.doel"

[[rule]]
source = "OIN"
target = "verwijzing.uitvoerder.oin"
codec  = "oin"
"#;

#[test]
fn a_number_of_which_a_workbook_lost_digits_is_refused_whatever_reads_it() {
    let mapping = mapping(EXCEL);
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let sheet = workbook.add_worksheet();
    for (column, header) in (0..).zip(["Nummer", "Doel", "OIN"]) {
        sheet.write_string(0, column, header).expect("written");
    }
    for (row, number) in (1..).zip([999_999_999_999_999.0, 1e15, 123_456_789_012_345_678.0]) {
        sheet.write_string(row, 0, "V-1").expect("written");
        sheet.write_number(row, 1, number).expect("written");
    }
    let bytes = workbook.save_to_buffer().expect("written");
    let decoded = read(&mapping, &bytes);
    assert_eq!(
        value(&decoded, "verwijzing/doel"),
        Some(json!("999999999999999"))
    );
    assert_eq!(
        said(&decoded),
        [
            "!getal.cijfers Sheet1: rij 3, kolom B (Doel)",
            "!getal.cijfers Sheet1: rij 4, kolom B (Doel)",
        ]
    );
    assert_eq!(decoded.elements[1].faults[0].code, "getal.cijfers");
}
