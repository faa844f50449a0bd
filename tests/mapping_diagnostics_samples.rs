//! The diagnostics that need more than the mapping: a sample of what is sent, or an agreement.

use schakel::adapters;
use schakel::adapters::Limits;
use schakel::document::CsvWire;
use schakel::document::Document;
use schakel::document::Wire;
use schakel::mapping::Diagnostic;
use schakel::mapping::Level;
use schakel::mapping::Library;
use schakel::privacy::Agreement;
use schakel::schema::Schemas;
use schakel::tools::Subject;
use schakel::tools::check_agreement;
use schakel::tools::check_sample;
use serde_json::json;

const XML: &str = r#"[mapping]
organisatie = "org"
soort = "zaak"
titel = "Titel"
status = "test"
direction = "both"
format = "xml"
main = "verwijzing"
delivers = "verwijzing"

[xml]
root = "a:r"
element = "a:o"
namespaces = { a = "urn:a" }

[[rule]]
source = "a:nr"
target = "verwijzing.nummer"
required = true

[[rule]]
source = "a:klant/a:naam"
target = "kandidaat.geslachtsnaam"

[[rule]]
source = "a:klant/a:bsn"
target = "kandidaat.bsn"
codec = "bsn"
required = true

[[rule]]
source = "a:doel"
target = "verwijzing.doel"
when = { source = "a:soort", is = "V", target = "verwijzing.instrument", value = "30" }
"#;

const CSV: &str = r#"[mapping]
organisatie = "org"
soort = "zaak"
titel = "Titel"
status = "test"
direction = "in"
format = "csv"
main = "logboekregel"

[[rule]]
source = "Datum"
target = "logboekregel.datum"
required = true

[[rule]]
source = "Minuten"
aliases = ["Min"]
target = "logboekregel.minuten"
required = true
"#;

fn with<R>(text: &str, work: impl FnOnce(&Subject<'_>) -> R) -> R {
    let schemas = Schemas::embedded().expect("the schemas are tested elsewhere");
    let files = [("org/zaak.toml".to_owned(), text.to_owned())];
    let library = Library::compile(&files, &schemas).expect("it compiles");
    let mapping = library.get("org", "zaak").expect("it is there");
    work(&Subject {
        mapping,
        file: "org/zaak.toml",
        text,
        schemas: &schemas,
    })
}

fn read(text: &str, wire: &Wire) -> Document {
    adapters::decode(text.as_bytes(), wire, &Limits::default()).expect("well-formed")
}

fn xml(inner: &str) -> Document {
    let text = format!("<a:r xmlns:a='urn:a' xmlns:b='urn:b'>{inner}</a:r>");
    read(&text, &Wire::Xml(schakel::document::XmlWire::default()))
}

fn csv(text: &str) -> Document {
    read(text, &Wire::Csv(CsvWire::default()))
}

/// Code, line and the English sentence with its remedy.
fn shown(found: &[Diagnostic]) -> Vec<String> {
    found
        .iter()
        .map(|one| {
            let (sentence, remedy) = (&one.sentence.en, &one.remedy.en);
            format!("{} {} {sentence} {remedy}", one.code, one.line)
        })
        .collect()
}

const WHOLE: &str = "<a:o><a:nr>1</a:nr><a:klant><a:naam>x</a:naam><a:bsn>1</a:bsn></a:klant><a:doel>d</a:doel><a:soort>V</a:soort></a:o>";

#[test]
fn a_sample_that_has_every_path_gives_nothing() {
    assert_eq!(
        with(XML, |subject| check_sample(subject, &[xml(WHOLE)])),
        []
    );
    for table in ["Datum;Minuten\n1;2\n", "Titel\nmin;DATUM\n1;2\n"] {
        assert_eq!(
            with(CSV, |subject| check_sample(subject, &[csv(table)])),
            []
        );
    }
    // What one sample lacks the other may have.
    let halves = [
        xml("<a:o><a:nr>1</a:nr><a:doel>d</a:doel></a:o>"),
        xml("<a:o><a:klant><a:naam>x</a:naam><a:bsn>1</a:bsn></a:klant><a:soort>V</a:soort></a:o>"),
    ];
    assert_eq!(with(XML, |subject| check_sample(subject, &halves)), []);
}

#[test]
fn a_path_that_the_sample_does_not_have_is_named_with_what_is_nearest() {
    for (from, to, expected) in [
        (
            "<a:nr>1</a:nr>",
            "<a:num>1</a:num>",
            "M070 17 The sample has no `a:nr`. Correct the path, or leave it when this is not always sent.",
        ),
        (
            "<a:naam>x</a:naam>",
            "<a:naam1>x</a:naam1>",
            "M070 22 The sample has no `a:naam` in `a:o/a:klant`. Did you mean `a:naam1`?",
        ),
        (
            "<a:naam>x</a:naam>",
            "<b:naam>x</b:naam>",
            "M070 22 The sample has no `a:naam` in `a:o/a:klant`. Did you mean `*:naam`?",
        ),
        (
            "<a:bsn>1</a:bsn></a:klant>",
            "</a:klant><a:bsn>1</a:bsn>",
            "M070 26 The sample has no `a:bsn` in `a:o/a:klant`. It does stand at `a:o/a:bsn`, seen from the root.",
        ),
        (
            "<a:soort>V</a:soort>",
            "",
            "M070 34 The sample has no `a:soort` in `a:o`. Correct the path, or leave it when this is not always sent.",
        ),
    ] {
        assert!(WHOLE.contains(from), "{from}");
        let sample = xml(&WHOLE.replacen(from, to, 1));
        let found = shown(&with(XML, |subject| check_sample(subject, &[sample])));
        let expected = expected.replace("no `a:nr`.", "no `a:nr` in `a:o`.");
        assert_eq!(found, [expected]);
    }
    let found = with(CSV, |subject| {
        check_sample(subject, &[csv("Datum;Minutn\n1;2\n")])
    });
    assert_eq!(
        shown(&found),
        ["M070 16 The sample has no column `Minuten`. Did you mean `Minutn`?"]
    );
    assert!(found.iter().all(|one| one.level == Level::Warning));
}

#[test]
fn a_sample_of_another_kind_is_said_once() {
    let other = "<a:q xmlns:a='urn:a'/>";
    let other = read(other, &Wire::Xml(schakel::document::XmlWire::default()));
    let found = shown(&with(XML, |subject| check_sample(subject, &[other])));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("M071 12 The sample has another root element"));
    let found = shown(&with(XML, |subject| {
        check_sample(subject, &[xml("<a:p/>")])
    }));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].starts_with("M070 12 The sample has no `a:o`."),
        "{found:?}"
    );
    let found = shown(&with(CSV, |subject| {
        check_sample(subject, &[csv("Kleur;Maat\n1;2\n")])
    }));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("M071 2 "), "{found:?}");
}

#[test]
fn a_rule_that_writes_what_the_agreement_does_not_let_out_is_named() {
    let agreement = |set: serde_json::Value, bsn: bool| {
        let record = json!({
            "nummer": "SO-1", "opdrachtgever": "gemeente", "uitvoerder": "org", "van": "2024-01-01",
            "bsnToegestaan": bsn, "bsnGrondslag": "wet", "attribuutset": set,
        });
        Agreement::from_record(record.as_object().expect("a record")).expect("it can be read")
    };
    let all = json!([
        {"soort": "kandidaat", "klassen": ["A", "B", "C", "D", "F"]},
        {"soort": "verwijzing", "klassen": ["A", "B", "C", "D", "F"]},
    ]);
    let check = |agreement: &Agreement| with(XML, |subject| check_agreement(subject, agreement));
    assert_eq!(check(&agreement(all.clone(), true)), []);
    let found = check(&agreement(all, false));
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].level, Level::Error, "the rule is required");
    assert_eq!(
        shown(&found),
        [
            "M072 27 `kandidaat.bsn` does not leave: agreement SO-1 names no ground for the BSN. Change the agreement if there is a ground for it, or remove the rule."
        ]
    );
    let narrow = json!([{"soort": "verwijzing", "klassen": ["A"]}]);
    let found = shown(&check(&agreement(narrow, true)));
    let starts = [
        "M072 23 `kandidaat.geslachtsnaam` does not leave: agreement SO-1 does not name `kandidaat`.",
        "M072 27 `kandidaat.bsn` does not leave: agreement SO-1 does not name `kandidaat`.",
    ];
    for start in starts {
        assert!(found.iter().any(|one| one.starts_with(start)), "{found:#?}");
    }
    assert!(
        found
            .iter()
            .any(|one| one.starts_with("M072 33 `verwijzing.doel` does not leave")),
        "{found:#?}"
    );
    assert!(
        found
            .iter()
            .any(|one| one.starts_with("M072 34 The condition looks at `verwijzing.instrument`")),
        "{found:#?}"
    );
}
