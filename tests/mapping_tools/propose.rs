//! A mapping proposed from a sample: right where the names and values tell, open where they do not, and without a value
//! of the sample.

use crate::shipped::LIBRARY;
use crate::shipped::SCHEMAS;
use crate::shipped::files;
use schakel::adapters;
use schakel::adapters::Limits;
use schakel::document::Document;
use schakel::document::Fault;
use schakel::document::Node;
use schakel::document::Value;
use schakel::mapping::Library;
use schakel::pipeline::read_document;
use schakel::tools::Asked;
use schakel::tools::Proposal;
use schakel::tools::Proposed;
use schakel::tools::guess_wire;
use schakel::tools::propose;

fn asked() -> Asked {
    Asked {
        organisatie: "nieuw".to_owned(),
        soort: "voorbeeld".to_owned(),
        kind: None,
    }
}

fn proposed(name: &str, bytes: &[u8], known: &[(String, String)]) -> (Document, Proposal) {
    let wire = guess_wire(name, bytes).expect("a format");
    let document = adapters::decode(bytes, &wire, &Limits::default())
        .unwrap_or_else(|faults| panic!("{name}: {}", faults[0].sentence.en));
    let made = propose(&asked(), &document, &wire, &SCHEMAS, known).expect("it has fields");
    (document, made)
}

/// Compiles a proposal with what the shipped mappings share, as it would be in a folder of its own.
fn compile(text: &str) -> Result<Library, Vec<schakel::mapping::Diagnostic>> {
    let shared = Library::shipped_files().into_iter();
    let shared = shared.filter(|(path, _)| path.starts_with("_gedeeld/"));
    let own = ("nieuw/voorbeeld.toml".to_owned(), text.to_owned());
    let files: Vec<_> = shared.chain([own]).collect();
    Library::compile(&files, &SCHEMAS)
}

fn find<'p>(lines: &'p [Proposed], source: &str) -> &'p Proposed {
    let found = lines.iter().find(|line| line.source == source);
    found.unwrap_or_else(|| panic!("{source} in {lines:#?}"))
}

#[test]
fn names_aliases_and_values_tell_what_a_column_is() {
    let csv = "BSN;Achternaam;Geb. datum;Geslacht;Telefoonnummer;E-mailadres;Postcode;Huisnummer;Kleur;Burgernr\r\n\
        999990019;Voorbeeld;01-02-1985;Man;06-12345678;a@example.org;8331 AB;12;groen;\r\n\
        123456782;Proef;11-12-1990;Vrouw;030-1234567;b@example.org;1234CD;3;blauw;\r\n";
    let (_, made) = proposed("x.csv", csv.as_bytes(), &Library::shipped_files());
    for (source, target, taken) in [
        ("BSN", Some("kandidaat.bsn"), true),
        ("Achternaam", Some("kandidaat.geslachtsnaam"), true),
        ("Geslacht", Some("kandidaat.geslacht"), true),
        ("Telefoonnummer", Some("kandidaat.telefoon"), true),
        ("E-mailadres", Some("kandidaat.email"), true),
        ("Huisnummer", Some("kandidaat.adres.huisnummer"), true),
    ] {
        let line = find(&made.lines, source);
        assert_eq!(
            (line.target.as_deref(), line.taken),
            (target, taken),
            "{source}: {line:#?}"
        );
    }
    assert!(!find(&made.lines, "Kleur").taken);
    let postcode = find(&made.lines, "Postcode");
    assert!(
        postcode
            .target
            .as_deref()
            .is_some_and(|target| target.ends_with("postcode"))
    );
    assert!(
        made.text
            .contains("{ codec = \"partial-date\", forms = [\"dd-mm-jjjj\"] }"),
        "{}",
        made.text
    );
    assert!(
        made.text.contains(
            "{ codec = \"table\", table = \"geslacht-woord\", fold = true, unknown = \"keep\" }"
        ),
        "{}",
        made.text
    );
    assert!(
        made.text.contains("# source = \"Kleur\""),
        "what is not known is a comment: {}",
        made.text
    );
}

#[test]
fn a_certainty_says_whether_name_and_values_agree() {
    let csv = "Postcode;Geb.dat;Achternaam;Spoed\r\n\
        8331AB;01-02-1985;Voorbeeld;J\r\n\
        8331AC;00-12-1990;Proef;N\r\n";
    let (_, both) = proposed("x.csv", csv.as_bytes(), &Library::shipped_files());
    let postcode = find(&both.lines, "Postcode");
    assert!(postcode.taken && postcode.certainty >= 90, "{postcode:#?}");
    let birth = find(&both.lines, "Geb.dat");
    assert_eq!(birth.target.as_deref(), Some("kandidaat.geboortedatum"));
    assert!(birth.taken && birth.certainty >= 90, "{birth:#?}");
    assert!(find(&both.lines, "Spoed").taken);
    // values alone: a candidate, and no more
    let (_, alone) = proposed("x.csv", b"X2;Y\r\n8331AB;a b\r\n8331AC;c d\r\n", &[]);
    let alone = find(&alone.lines, "X2");
    assert!(
        !alone.taken && (45..=60).contains(&alone.certainty),
        "{alone:#?}"
    );
    // a name alone: less sure than with values
    let (_, named) = proposed("x.csv", b"Postcode;Achternaam\r\n;\r\n", &[]);
    let named = find(&named.lines, "Postcode");
    assert!(named.certainty < postcode.certainty, "{named:#?}");
    // values that say something else than the name
    let csv = "Geboortedatum;Postcode\r\nja;groen\r\nnee;blauw\r\n";
    let (_, other) = proposed("x.csv", csv.as_bytes(), &Library::shipped_files());
    for (source, named) in [
        ("Geboortedatum", "kandidaat.geboortedatum"),
        ("Postcode", "kandidaat.adres.postcode"),
    ] {
        let line = find(&other.lines, source);
        assert!(!line.taken, "{line:#?}");
        assert_eq!(line.contradicted.as_deref(), Some(named));
        let said = format!("de naam wijst op {named}, maar de waarden zien er anders uit");
        assert!(other.text.contains(&said), "{}", other.text);
    }
}

#[test]
fn values_alone_tell_a_bsn_and_nothing_less_does() {
    let csv = "Sofi,X1\n999990019,123456789\n111222333,123456780\n";
    let (_, made) = proposed("x.csv", csv.as_bytes(), &[]);
    assert_eq!(
        find(&made.lines, "Sofi").target.as_deref(),
        Some("kandidaat.bsn")
    );
    assert_eq!(find(&made.lines, "X1").target, None);
    assert!(made.text.contains("delimiter = \",\""));
}

#[test]
fn numbers_are_no_prose_and_several_in_a_cell_are_a_list() {
    let csv = "Doel;Beschrijving\n1,2;eerste gesprek\n3;tweede gesprek\n";
    let asked = Asked {
        kind: Some(schakel::canonical::Kind::Logboekregel),
        ..asked()
    };
    let wire = guess_wire("x.csv", csv.as_bytes()).expect("a format");
    let document = adapters::decode(csv.as_bytes(), &wire, &Limits::default()).expect("CSV");
    let made = propose(
        &asked,
        &document,
        &wire,
        &SCHEMAS,
        &Library::shipped_files(),
    )
    .expect("it");
    let line = find(&made.lines, "Doel");
    assert_eq!(
        line.target.as_deref(),
        Some("logboekregel.doelen"),
        "{line:#?}"
    );
    let codec = "{ codec = \"list\", separator = \",\", item = \"integer\" }";
    assert!(made.text.contains(codec), "{}", made.text);
}

#[test]
fn what_is_proposed_for_every_shipped_sample_compiles_and_reads_that_sample_again() {
    let (mut known, mut right) = (0, 0);
    for (mapping, bytes) in files() {
        let name = match mapping.wire() {
            schakel::document::Wire::Xml(_) => "x.xml",
            schakel::document::Wire::Json => "x.json",
            schakel::document::Wire::Csv(_) => "x.csv",
            schakel::document::Wire::Excel => "x.xlsx",
            schakel::document::Wire::Fixed(_) | schakel::document::Wire::Enveloped(_) => continue,
        };
        let wire = guess_wire(name, &bytes).expect("a format");
        let Ok(document) = adapters::decode(&bytes, &wire, &Limits::default()) else {
            continue;
        };
        // the mapping itself is not there to look in
        let (org, soort) = mapping.id();
        let own = format!("{org}/{soort}");
        let others: Vec<_> = Library::shipped_files()
            .into_iter()
            .filter(|(path, _)| !path.starts_with(&own))
            .collect();
        let Some(made) = propose(&asked(), &document, &wire, &SCHEMAS, &others) else {
            continue;
        };
        let library = match compile(&made.text) {
            Ok(library) => library,
            // a sample in which nothing is sure enough has no rule
            Err(found) => {
                let codes: Vec<&str> = found
                    .iter()
                    .filter(|one| one.level == schakel::mapping::Level::Error)
                    .map(|one| one.code)
                    .collect();
                assert!(
                    codes.iter().all(|code| *code == "M038" || *code == "M003"),
                    "{own}: {codes:?}\n{}",
                    made.text
                );
                continue;
            }
        };
        let again = library.get("nieuw", "voorbeeld").expect("compiled");
        let read = again.decode(&document);
        assert!(!read.elements.is_empty(), "{own}\n{}", made.text);
        assert!(
            !read.faults.iter().any(Fault::refuses),
            "{own}: {:?}\n{}",
            read.faults,
            made.text
        );
        let rules = LIBRARY
            .get(org, soort)
            .map(|mapping| mapping.printed().to_owned())
            .unwrap_or_default();
        // a retour repeats what was delivered, and its mapping reads only by what that is known
        if rules.contains("[answers]") {
            continue;
        }
        for line in made
            .lines
            .iter()
            .filter(|line| line.taken && line.parts.is_empty())
        {
            known += 1;
            let target = line.target.clone().unwrap_or_default();
            right += usize::from(rules.contains(&format!("\"{target}\"")));
        }
    }
    // of what is proposed as sure most is what the mapping that people wrote fills
    assert!(known > 100 && right * 10 >= known * 7, "{right} of {known}");
}

#[test]
fn no_value_of_a_sample_is_in_what_is_proposed() {
    let mut compared = 0;
    for (mapping, bytes) in files() {
        let Some(wire) = guess_wire("x", &bytes) else {
            continue;
        };
        let Ok(document) = adapters::decode(&bytes, &wire, &Limits::default()) else {
            continue;
        };
        let Some(made) = propose(&asked(), &document, &wire, &SCHEMAS, &[]) else {
            continue;
        };
        let table = matches!(
            document.format,
            schakel::document::Format::Csv | schakel::document::Format::Excel
        );
        values(&document.root, &mut |value| {
            let tells = value.chars().filter(|c| c.is_alphanumeric()).count() >= 6;
            // a header is a name; a word of a known list or of the notation is no value of anybody
            let public = SCHEMAS.code_lists().any(|list| {
                list.codes
                    .iter()
                    .any(|code| code.code == value || code.label.nl.eq_ignore_ascii_case(value))
            });
            if tells && !table && !public {
                compared += 1;
                assert!(!made.text.contains(&format!("\"{value}\"")), "{mapping:?}");
            }
        });
    }
    assert!(compared > 100, "{compared}");
    let secret = "Naam;Vraag\r\nGeheimsma;Geheime vraag\r\n999990019;Geheim\r\n";
    let (_, made) = proposed("x.csv", secret.as_bytes(), &Library::shipped_files());
    assert!(
        !made.text.to_lowercase().contains("geheim"),
        "{}",
        made.text
    );
    assert!(
        !format!("{:?}", made.lines)
            .to_lowercase()
            .contains("geheim")
    );
    let keyed = r#"{"kleur": "x", "klanten": {"jan@geheim.nl": {"naam": "x"}, "999990019": 1}}"#;
    let (_, made) = proposed("x.json", keyed.as_bytes(), &[]);
    assert!(
        !made.text.contains("geheim") && !made.text.contains("999990019"),
        "{}",
        made.text
    );
    assert_eq!(made.hidden, 2);
    let keyed = r#"{"Toonbeeld": {"naam": "x"}, "Bedenksel": {"naam": "y"}, "Jan Jansen": 1, "kleur": "x"}"#;
    let (_, made) = proposed("x.json", keyed.as_bytes(), &[]);
    for name in ["Toonbeeld", "Bedenksel", "Jan"] {
        assert!(!made.text.contains(name), "{}", made.text);
    }
    assert_eq!(made.hidden, 3);
}

#[test]
fn a_table_without_a_header_row_has_its_columns_by_letter_and_no_value_in_it() {
    for (name, rows) in [
        ("one row", "999990019;Jan Jansen;01-02-1985;Man;Zwolle"),
        (
            "a number that its column has",
            "999990019;Toonbeeld;Werk\n123456782;Bedenksel;Werk",
        ),
        (
            "texts that stand there again",
            "Toonbeeld;Zwolle;Man\nBedenksel;Zwolle;Man\nVerzinsel;Almere;Vrouw",
        ),
        (
            "a row that is longer than the first",
            "Toonbeeld;a@example.org\nBedenksel;b@example.org;Zwolle",
        ),
    ] {
        let csv = format!("{rows}\n");
        let (_, made) = proposed("x.csv", csv.as_bytes(), &Library::shipped_files());
        assert!(made.headless, "{name}");
        for value in rows.split([';', '\n']) {
            let quoted = format!("\"{value}\"");
            assert!(!made.text.contains(&quoted), "{name}: {}", made.text);
        }
        assert!(
            made.text.contains("column = \"B\"") && made.text.contains("geen rij met koppen"),
            "{name}: {}",
            made.text
        );
        if made.lines.iter().any(|line| line.taken) {
            compile(&made.text).unwrap_or_else(|found| panic!("{found:#?}"));
        }
    }
    for (name, rows) in [
        ("years", "Kleur;2023;2024\nrood;1;2\nblauw;3;4"),
        ("columns by day", "Naam;BSN;1-1-2024\nToonbeeld;999990019;8"),
        (
            "a column of ticks",
            "Kandidaat;Stagiair\nToonbeeld;Stagiair\nBedenksel;",
        ),
        ("a title above it", "Lijst\nNaam;BSN\nToonbeeld;999990019"),
        (
            "a header with fewer texts than a row",
            "BSN;Naam;\n999990019;Toonbeeld;x y\n123456782;Bedenksel;y z",
        ),
        ("only a header", "BSN;Naam;Kleur"),
    ] {
        let csv = format!("{rows}\n");
        let (_, made) = proposed("x.csv", csv.as_bytes(), &Library::shipped_files());
        assert!(!made.headless, "{name}: {}", made.text);
    }
}

fn values(node: &Node, visit: &mut dyn FnMut(&str)) {
    match &node.value {
        Value::Map(parts) => parts.iter().for_each(|(_, part)| values(part, visit)),
        Value::List(items) => items.iter().for_each(|item| values(item, visit)),
        Value::Text(text) | Value::Number(text) | Value::Moment(text) => visit(text),
        _ => {}
    }
}

#[test]
fn repeated_parts_become_groups_and_what_surrounds_the_elements_is_taken_from_the_root() {
    let xml = r#"<?xml version="1.0"?><p:plannen xmlns:p="urn:x"><p:kop><p:referentienummer>abc-1</p:referentienummer></p:kop>
      <p:plan><p:begindatum>2024-04-01</p:begindatum><p:doelen><p:doel><p:nr>1</p:nr><p:omschrijving>een twee</p:omschrijving></p:doel><p:doel><p:nr>2</p:nr><p:omschrijving>drie</p:omschrijving></p:doel></p:doelen></p:plan>
      <p:plan><p:begindatum>2024-05-01</p:begindatum><p:doelen><p:doel><p:nr>1</p:nr><p:omschrijving>vier</p:omschrijving></p:doel></p:doelen></p:plan></p:plannen>"#;
    let (document, made) = proposed("x.xml", xml.as_bytes(), &Library::shipped_files());
    assert!(
        made.text.contains("root       = \"p:plannen\""),
        "{}",
        made.text
    );
    assert!(
        made.text.contains("element    = \"p:plan\""),
        "{}",
        made.text
    );
    let reference = find(&made.lines, "/p:kop/p:referentienummer");
    assert_eq!(
        reference.target.as_deref(),
        Some("bericht.referentie"),
        "{reference:#?}"
    );
    let group = find(&made.lines, "p:doelen/p:doel");
    assert_eq!(
        group.target.as_deref(),
        Some("trajectplan.doelen"),
        "{group:#?}"
    );
    assert_eq!(find(&group.parts, "p:nr").target.as_deref(), Some("nr"));
    assert_eq!(made.main.as_str(), "trajectplan");
    let library = compile(&made.text).unwrap_or_else(|found| panic!("{found:#?}\n{}", made.text));
    let read = read_document(
        library.get("nieuw", "voorbeeld").expect("it"),
        &document,
        &SCHEMAS,
    );
    assert_eq!(read.elements.len(), 2, "{}", made.text);
}

#[test]
fn positions_are_proposed_where_every_line_of_fixed_width_is_blank() {
    let lines = "00PROEF 20240401\r\n10 999990019 Testpersoon   20240401\r\n10 123456782 de Vries      20240501\r\n10 111222333 Voorbeeld             \r\n99000003\r\n";
    let (document, made) = proposed("x.txt", lines.as_bytes(), &Library::shipped_files());
    for has in [
        "record_length = 35",
        "header        = \"00\"",
        "trailer       = \"99\"",
        "# zekerheid 99%: velden zijn gesplitst waar een positie in alle 3 bekeken regels leeg is.",
        "position = [4, 13]",
        "# position = [28, 35]",
    ] {
        assert!(made.text.contains(has), "{has} in {}", made.text);
    }
    assert!(!made.text.contains("999990019") && !made.text.contains("Testpersoon"));
    let bsn = find(&made.lines, "[4, 13]");
    assert_eq!(bsn.target.as_deref(), Some("kandidaat.bsn"));
    assert!(bsn.taken);
    let library = compile(&made.text).unwrap_or_else(|found| panic!("{found:#?}"));
    let mapping = library.get("nieuw", "voorbeeld").expect("it was compiled");
    let decoded = read_document(mapping, &document, &SCHEMAS);
    assert_eq!(decoded.elements.len(), 3);
    let refused = decoded.elements.iter().flat_map(|one| &one.faults);
    assert!(!refused.into_iter().any(Fault::refuses));
}
