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
use schakel::tools::check_cases;
use schakel::tools::check_reach;
use schakel::tools::check_sample;
use schakel::tools::coverage;
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

const FIXED: &str = r#"[mapping]
organisatie = "org"
soort = "zaak"
titel = "Titel"
status = "test"
direction = "in"
format = "fixed"
main = "logboekregel"

[fixed]
record_length = 16
header = "00"
ignore = [[14, 14]]

[[rule]]
position = [1, 10]
target = "logboekregel.datum"
required = true

[[rule]]
position = [11, 13]
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

fn lines(text: &str) -> Document {
    let wire = schakel::document::FixedWire {
        encoding: schakel::document::Charset::Utf8,
        crlf: false,
    };
    read(text, &Wire::Fixed(wire))
}

#[test]
fn positions_of_a_sample_are_compared_too() {
    let found = |text: &str| {
        let sample = lines(text);
        shown(&with(FIXED, |subject| check_sample(subject, &[sample])))
    };
    assert_eq!(found("00 kop\n2024-04-01 60x  \n"), [""; 0]);
    assert_eq!(
        found("2024-04-01   x  \n2024-04-02   y  \n"),
        [
            "M070 21 The sample has nothing at the positions 11-13. Correct the path, or leave it when this is not always sent."
        ]
    );
    let other = found("2024-04-01 60x  \n2024-04-02 60\n");
    assert_eq!(other.len(), 1, "{other:?}");
    assert!(
        other[0].starts_with("M071 11 In the sample 1 of the 2 lines are not 16 characters long."),
        "{other:?}"
    );
    let nothing = found("00 kop\n");
    assert!(
        nothing[0].starts_with("M071 11 The sample has no line that is a record."),
        "{nothing:?}"
    );
}

#[test]
fn coverage_of_positions_counts_what_is_read_left_and_lost() {
    let samples = [lines("2024-04-01 60x a\n2024-04-02 60   \n")];
    let found = with(FIXED, |subject| coverage(subject, &samples)).expect("a mapping with rules");
    let inward = found.inward.expect("it comes in");
    let fields = |fields: &[schakel::tools::Field]| -> Vec<(String, usize)> {
        fields
            .iter()
            .map(|field| (field.path.clone(), field.times))
            .collect()
    };
    assert_eq!(inward.fields, 2);
    assert_eq!(fields(&inward.unread), [("15-16".to_owned(), 1)]);
    assert_eq!(fields(&inward.ignored), [("14-14".to_owned(), 1)]);
}

#[test]
fn what_stands_beside_a_value_and_what_is_ignored_is_compared_too() {
    let rules = r#"
[[rule]]
source = "a:geb"
target = "kandidaat.geboortedatum"
codec = { codec = "partial-date", indicator = "@a:ind" }

[[rule]]
source = "a:dag"
target = "opdracht.toewijzingsTijdstip"
codec = { codec = "timestamp", forms = ["date"], time = "a:tijd" }
"#;
    let text = format!("{XML}{rules}").replace(
        "element = \"a:o\"\n",
        "element = \"a:o\"\nignore = [\"a:kleur\", \"/a:kop\"]\n",
    );
    let whole = WHOLE.replace(
        "</a:o>",
        "<a:geb a:ind='V'>1</a:geb><a:dag>1</a:dag><a:tijd>1</a:tijd><a:kleur/></a:o><a:kop/>",
    );
    let found = |sample: &str| {
        let sample = xml(sample);
        shown(&with(&text, |subject| check_sample(subject, &[sample])))
    };
    assert_eq!(found(&whole), [""; 0]);
    for (from, to, expected) in [
        (
            " a:ind='V'",
            "",
            "M070 40 The sample has no `@a:ind` in `a:o/a:geb`.",
        ),
        (
            "<a:tijd>1</a:tijd>",
            "",
            "M070 45 The sample has no `a:tijd` in `a:o`.",
        ),
        (
            "<a:kleur/>",
            "<a:kluer/>",
            "M070 14 The sample has no `a:kleur` in `a:o`. Did you mean `a:kluer`?",
        ),
        ("<a:kop/>", "", "M070 14 The sample has no `a:kop`."),
    ] {
        let lines = found(&whole.replacen(from, to, 1));
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert!(lines[0].starts_with(expected), "{lines:?}");
        // A case need not have what is left unread on purpose.
        let sample = xml(&whole.replacen(from, to, 1));
        let cases = with(&text, |subject| check_cases(subject, &[sample]));
        assert_eq!(
            cases.is_empty(),
            expected.starts_with("M070 14"),
            "{expected}"
        );
    }
    let table = CSV.replace(
        "[[rule]]\nsource = \"Datum\"",
        "[csv]\nignore = [\"Kleur\"]\n\n[[rule]]\nsource = \"Datum\"",
    );
    let found = with(&table, |subject| {
        check_sample(subject, &[csv("Datum;Minuten;Kleurr\n1;2;3\n")])
    });
    assert_eq!(
        shown(&found),
        ["M070 11 The sample has no column `kleur`. Did you mean `Kleurr`?"]
    );
}

#[test]
fn a_part_that_is_missing_is_said_once_for_all_rules_that_look_in_it() {
    let sample = WHOLE.replace("a:klant>", "a:persoon>");
    let found = shown(&with(XML, |subject| check_sample(subject, &[xml(&sample)])));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].starts_with("M070 22 The sample has no `a:klant` in `a:o`."),
        "{found:?}"
    );
}

#[test]
fn codes_and_required_attributes_that_no_rule_can_say_are_named() {
    let reach = |text: &str| shown(&with(text, check_reach));
    assert_eq!(reach(XML), [""; 0]);
    let when = |value: &str| {
        format!(
            "when = {{ source = \"a:w\", is = \"{value}\", target = \"verwijzing.instrument\", value = \"{value}\" }}\n"
        )
    };
    let table = |codes: &str, when: &str| {
        format!(
            "\n[[rule]]\nsource = \"a:g\"\ntarget = \"kandidaat.geslacht\"\ncodec = {{ codec = \"table\", codes = {{ {codes} }} }}\n{when}"
        )
    };
    let found = reach(&format!("{XML}{}", table("M = \"1\", V = \"2\"", "")));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].starts_with("M074 39 The code table has no text for these codes of GESLACHT: 0"),
        "{found:?}"
    );
    // Rules that share the attribute share its codes.
    let two = [
        table("M = \"1\", V = \"2\"", &when("30")),
        table("O = \"0\"", &when("31")),
    ];
    assert_eq!(reach(&format!("{XML}{}", two.concat())), [""; 0]);
    let goals = "\n[[rule]]\nsource = \"a:doelen\"\ntarget = \"trajectplan.doelen\"\nkey = \"nr\"\n  [[rule.rule]]\n  source = \"a:nr\"\n  target = \"nr\"\n";
    let found = reach(&format!("{XML}{goals}"));
    assert!(
        found.iter().any(|one| one.starts_with(
            "M026 38 `trajectplan.doelen.nr` is required, and can stay empty with these rules although `trajectplan.doelen` is there."
        )),
        "{found:?}"
    );
    let sure = reach(&format!("{XML}{goals}  required = true\n"));
    assert!(
        !sure.iter().any(|one| one.contains("doelen.nr")),
        "{sure:?}"
    );
    // Of a mapping that only writes nothing can stay empty.
    let out = format!("{XML}{goals}").replace("direction = \"both\"", "direction = \"out\"");
    assert_eq!(reach(&out), [""; 0]);
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
