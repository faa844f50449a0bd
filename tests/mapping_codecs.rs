//! Codecs through the adapters: what a system sends, what it becomes, and what goes out again. The laws are tried on
//! each of these mappings in every format that it can be written in.

use schakel::adapters;
use schakel::adapters::Limits;
use schakel::canonical::Bundle;
use schakel::canonical::Kind;
use schakel::document::Fault;
use schakel::document::Lang;
use schakel::mapping::Decoded;
use schakel::mapping::LawClass;
use schakel::mapping::Library;
use schakel::mapping::Mapping;
use schakel::mapping::laws;
use schakel::schema::Schemas;
use serde_json::Value as Json;
use serde_json::json;
use std::sync::Arc;
use std::sync::LazyLock;

/// Generated records for each mapping and format.
const LAW_CASES: u32 = 150;

static SCHEMAS: LazyLock<Schemas> =
    LazyLock::new(|| Schemas::embedded().expect("the schemas are tested elsewhere"));

/// A mapping both ways with some rules; the opdracht's number is always there.
fn mapping(format: &str, rules: &str) -> Arc<Mapping> {
    let own = match format {
        "xml" => "[xml]\nroot = \"r\"\nelement = \"o\"\n",
        _ => "",
    };
    let text = format!(
        "[mapping]\norganisatie = \"f\"\nsoort = \"proef\"\ntitel = \"t\"\nstatus = \"s\"\ndirection = \"both\"\n\
         format = \"{format}\"\nmain = \"opdracht\"\ndelivers = \"opdracht\"\n{own}\
         [[rule]]\nsource = \"nr\"\ntarget = \"opdracht.ordernummer\"\nrequired = true\n{rules}"
    );
    let library = Library::compile(&[("f/proef.toml".to_owned(), text)], &SCHEMAS);
    let library = library.unwrap_or_else(|found| {
        let lines: Vec<_> = found.iter().map(|one| one.render(Lang::En)).collect();
        panic!("{}", lines.join("\n"))
    });
    Arc::clone(library.get("f", "proef").expect("it was compiled"))
}

fn read(mapping: &Mapping, text: &str) -> Decoded {
    let document = adapters::decode(text.as_bytes(), mapping.wire(), &Limits::default());
    mapping.decode(&document.expect("well-formed"))
}

/// Codes and places of everything that was said.
fn said(decoded: &Decoded) -> Vec<(String, String)> {
    let elements = decoded.elements.iter().flat_map(|one| &one.faults);
    pairs(decoded.faults.iter().chain(elements))
}

fn pairs<'f>(faults: impl IntoIterator<Item = &'f Fault>) -> Vec<(String, String)> {
    faults
        .into_iter()
        .map(|fault| (fault.code.to_string(), fault.place.location(Lang::Nl)))
        .collect()
}

fn pair(code: &str, place: &str) -> (String, String) {
    (code.to_owned(), place.to_owned())
}

fn record(decoded: &Decoded, kind: Kind) -> Json {
    let record = decoded.elements[0].bundle.record(kind);
    Json::Object(record.cloned().unwrap_or_default())
}

fn write(mapping: &Mapping, records: &Json) -> (String, Vec<(String, String)>) {
    let mut bundle = Bundle::default();
    for (kind, record) in records.as_object().expect("records") {
        let kind = Kind::parse(kind).expect("a kind");
        let record = record.as_object().cloned().expect("a record");
        bundle.records.insert(kind, record);
    }
    let encoded = mapping.encode(&json!({}), &[bundle]);
    let bytes = adapters::encode(&encoded.document, mapping.wire()).expect("writable");
    let text = String::from_utf8(bytes).expect("UTF-8");
    (text, pairs(&encoded.faults))
}

/// Both laws in each of some formats.
fn keeps_the_laws(formats: &[&str], rules: &str) {
    for (seed, format) in (20_260_110..).zip(formats) {
        let mapping = mapping(format, rules);
        if let Err(found) = laws::check(&mapping, &SCHEMAS, seed, LAW_CASES) {
            panic!("{format}: {found}");
        }
    }
}

const TREES: [&str; 2] = ["xml", "json"];
const ALL: [&str; 4] = ["xml", "json", "csv", "excel"];

const DATES: &str = r#"
[[rule]]
source = "kort"
target = "opdracht.ingangsdatum"
codec = { codec = "date", forms = ["d-m-jj", "iso"], pivot = 40 }
[[rule]]
source = "serie"
target = "opdracht.einddatum"
codec = { codec = "date", forms = ["excel"] }
[[rule]]
source = "nullen"
target = "kandidaat.geboortedatum"
codec = { codec = "partial-date", forms = ["eejjmmdd"] }
"#;

#[test]
fn short_years_serial_numbers_and_zeros_for_unknown_parts_are_read_and_written() {
    keeps_the_laws(&ALL, DATES);
    let csv = mapping("csv", DATES);
    let decoded = read(&csv, "nr;kort;serie;nullen\n1;1-4-24;45383;19850000\n");
    assert_eq!(said(&decoded), []);
    assert_eq!(
        record(&decoded, Kind::Opdracht),
        json!({"ordernummer": "1", "ingangsdatum": "2024-04-01", "einddatum": "2024-04-01"})
    );
    assert_eq!(
        record(&decoded, Kind::Kandidaat),
        json!({"geboortedatum": {"jaar": 1985}})
    );
    let unknown = json!({"opdracht": {"ordernummer": "1", "ingangsdatum": "1941-02-03"},
        "kandidaat": {"waardeStatus": {"/geboortedatum": "waardeOnbekend"}}});
    assert_eq!(
        write(&csv, &unknown),
        (
            "nr;kort;serie;nullen\r\n1;3-2-41;;00000000\r\n".to_owned(),
            vec![]
        )
    );
    let decoded = read(&csv, "nr;kort;serie;nullen\n1;;;00000000\n");
    assert_eq!(
        record(&decoded, Kind::Kandidaat),
        json!({"waardeStatus": {"/geboortedatum": "waardeOnbekend"}})
    );
    let later = json!({"opdracht": {"ordernummer": "1", "ingangsdatum": "2041-02-03"}});
    assert_eq!(
        write(&csv, &later).1,
        [pair("uit.vorm", "opdracht/ingangsdatum")]
    );
    let from_1904 = DATES.replace("[\"excel\"]", "[\"excel\"], system = 1904");
    keeps_the_laws(&["json", "csv"], &from_1904);
    let decoded = read(&mapping("json", &from_1904), r#"{"nr":"1","serie":43921}"#);
    assert_eq!(record(&decoded, Kind::Opdracht)["einddatum"], "2024-04-01");
}

const MARKED: &str = r#"
[[rule]]
source = "geboren/datum"
target = "kandidaat.geboortedatum"
codec = { codec = "partial-date", forms = ["iso", "eejjmmdd"], indicator = "gebruik" }
"#;

#[test]
fn a_part_beside_a_date_says_how_much_of_it_counts() {
    keeps_the_laws(&TREES, MARKED);
    let flat = MARKED.replace("geboren/datum", "datum");
    keeps_the_laws(&["csv", "excel"], &flat);
    let xml = mapping("xml", MARKED);
    let document = |inner: &str| format!("<r><o><nr>1</nr><geboren>{inner}</geboren></o></r>");
    for (inner, expected) in [
        (
            "<datum>1985-01-01</datum><gebruik>2</gebruik>",
            json!({"geboortedatum": {"jaar": 1985}}),
        ),
        (
            "<datum>19850201</datum><gebruik>1</gebruik>",
            json!({"geboortedatum": {"jaar": 1985, "maand": 2}}),
        ),
        (
            "<datum>1985-02-03</datum>",
            json!({"geboortedatum": {"jaar": 1985, "maand": 2, "dag": 3}}),
        ),
        (
            "<datum>1900-01-01</datum><gebruik>3</gebruik>",
            json!({"waardeStatus": {"/geboortedatum": "waardeOnbekend"}}),
        ),
    ] {
        let decoded = read(&xml, &document(inner));
        assert_eq!(said(&decoded), [], "{inner}");
        assert_eq!(record(&decoded, Kind::Kandidaat), expected, "{inner}");
        let out = write(
            &xml,
            &json!({"opdracht": {"ordernummer": "1"}, "kandidaat": expected}),
        );
        assert_eq!(out.1, [], "{inner}");
        let again = read(&xml, &out.0);
        assert_eq!(record(&again, Kind::Kandidaat), expected, "{}", out.0);
        let marked = inner.contains("gebruik");
        assert_eq!(out.0.contains("gebruik"), marked, "{}", out.0);
    }
    for (inner, place) in [
        (
            "<datum>1985-01-01</datum><gebruik>4</gebruik>",
            "/r/o[1]/geboren/datum",
        ),
        (
            "<datum>1985-01-01</datum><gebruik>1</gebruik><gebruik>2</gebruik>",
            "/r/o[1]/geboren/gebruik",
        ),
    ] {
        let decoded = read(&xml, &document(inner));
        let codes = said(&decoded);
        assert_eq!(codes.len(), 1);
        assert_eq!(codes[0].1, place);
        assert_eq!(
            record(&decoded, Kind::Opdracht),
            json!({"ordernummer": "1"})
        );
    }
}

const UNITS: &str = r#"
[[rule]]
source = "uren"
target = "opdracht.urenToegekend"
codec = { codec = "decimal", separator = ",", unit = { from = "hours", to = "minutes" } }
[[rule]]
source = "kwartieren"
target = "logboekregel.minuten"
codec = { codec = "integer", unit = { from = "quarters", to = "minutes" } }
[[rule]]
source = "budget"
target = "opdracht.budget"
codec = { codec = "decimal", unit = { from = "euro", to = "cent" }, pad = true, as = "text" }
[[rule]]
source = "loonwaarde"
target = "verwijzing.indicatie.loonwaarde.percentage"
codec = { codec = "decimal", unit = { from = "percent", to = "basis-points" } }
"#;

#[test]
fn units_are_named_and_counted_exactly() {
    keeps_the_laws(&ALL, UNITS);
    let json = mapping("json", UNITS);
    let decoded = read(
        &json,
        r#"{"nr":"1","uren":"7,25","kwartieren":5,"budget":4800.5,"loonwaarde":45.5}"#,
    );
    assert_eq!(said(&decoded), []);
    assert_eq!(
        record(&decoded, Kind::Opdracht),
        json!({"ordernummer": "1", "urenToegekend": 435, "budget": 480_050})
    );
    assert_eq!(record(&decoded, Kind::Logboekregel), json!({"minuten": 75}));
    let between = read(
        &json,
        r#"{"nr":"1","uren":"0,17","kwartieren":1.5,"budget":"0.005"}"#,
    );
    let codes = ["getal.nietPrecies", "getal.geheel", "getal.nietPrecies"];
    let places = ["/uren", "/kwartieren", "/budget"];
    let expected: Vec<_> = codes
        .iter()
        .zip(places)
        .map(|(code, at)| pair(code, at))
        .collect();
    assert_eq!(said(&between), expected);
    let records = json!({
        "opdracht": {"ordernummer": "1", "urenToegekend": 435, "budget": 480_000},
        "logboekregel": {"minuten": 20},
        "verwijzing": {"indicatie": {"loonwaarde": {"percentage": 4550}}},
    });
    let (text, remarks) = write(&json, &records);
    assert_eq!(remarks, [pair("uit.nietPrecies", "logboekregel/minuten")]);
    let written: Json = serde_json::from_str(&text).expect("JSON");
    assert_eq!(
        written,
        json!({"nr": "1", "uren": "7,25", "budget": "4800.00", "loonwaarde": 45.5})
    );
}

const REGISTERS: &str = r#"
[[rule]]
source = "oin"
target = "opdracht.opdrachtgever.oin"
codec = "oin"
[[rule]]
source = "kvk"
target = "opdracht.uitvoerder.kvk"
codec = "kvk"
[[rule]]
source = "rsin"
target = "opdracht.raamcontract"
codec = "rsin"
[[rule]]
source = "agb"
target = "opdracht.referentieAanbieder"
codec = "agb"
"#;

#[test]
fn numbers_of_registers_keep_their_zeros() {
    keeps_the_laws(&ALL, REGISTERS);
    let json = mapping("json", REGISTERS);
    let text = r#"{"nr":"1","oin":"00000099123456780000","kvk":1234567,"rsin":"123456782","agb":"03012345"}"#;
    let decoded = read(&json, text);
    assert_eq!(said(&decoded), [pair("kvk.aangevuld", "/kvk")]);
    assert_eq!(
        record(&decoded, Kind::Opdracht),
        json!({"ordernummer": "1", "opdrachtgever": {"oin": "00000099123456780000"},
            "uitvoerder": {"kvk": "01234567"}, "raamcontract": "123456782", "referentieAanbieder": "03012345"})
    );
    let wrong = read(
        &json,
        r#"{"nr":"1","oin":"99123456780000","kvk":"01.234.567","rsin":"123456789","agb":"3012345"}"#,
    );
    let expected = [
        "oin.vorm /oin",
        "kvk.vorm /kvk",
        "rsin.elfproef /rsin",
        "agb.vorm /agb",
    ];
    let found: Vec<_> = said(&wrong)
        .iter()
        .map(|(code, at)| format!("{code} {at}"))
        .collect();
    assert_eq!(found, expected);
    assert_eq!(record(&wrong, Kind::Opdracht), json!({"ordernummer": "1"}));
}

const LONG: &str = r#"
[[rule]]
source = "kort"
target = "verwijzing.doel"
codec = { codec = "text", max = 10 }
[[rule]]
source = "afgekapt"
target = "verwijzing.voorliggendTraject"
codec = { codec = "text", max = 10, over = "cut" }
"#;

#[test]
fn text_that_is_too_long_is_refused_or_cut_as_the_mapping_says() {
    keeps_the_laws(&ALL, LONG);
    let json = mapping("json", LONG);
    let law = |name: &str| {
        json.rules()
            .iter()
            .find(|rule| rule.rule == name)
            .map(|rule| rule.law)
    };
    assert_eq!(law("kort"), Some(LawClass::Lossless));
    assert_eq!(law("afgekapt"), Some(LawClass::OneWay));
    let decoded = read(
        &json,
        r#"{"nr":"1","kort":"Škoda überé","afgekapt":"Škoda überé rijden"}"#,
    );
    assert_eq!(
        said(&decoded),
        [
            pair("tekst.lang", "/kort"),
            pair("tekst.afgekapt", "/afgekapt")
        ]
    );
    assert_eq!(
        record(&decoded, Kind::Verwijzing),
        json!({"voorliggendTraject": "Škoda über"})
    );
    let long = json!({"opdracht": {"ordernummer": "1"}, "verwijzing":
        {"doel": "meer dan tien", "voorliggendTraject": "meer dan tien"}});
    let (text, remarks) = write(&json, &long);
    assert_eq!(
        remarks,
        [
            pair("uit.vorm", "verwijzing/doel"),
            pair("uit.afgekapt", "verwijzing/voorliggendTraject"),
        ]
    );
    let written: Json = serde_json::from_str(&text).expect("JSON");
    assert_eq!(written, json!({"nr": "1", "afgekapt": "meer dan t"}));
}

#[test]
fn zeros_beside_an_indicator_are_taken_with_a_remark_and_bytes_that_are_no_letter_refuse_their_row()
{
    let rules = "[[rule]]\nsource = \"geboren\"\ntarget = \"kandidaat.geboortedatum\"\ncodec = { codec = \"partial-date\", forms = [\"eejjmmdd\"], indicator = \"gebruik\" }\n[[rule]]\nsource = \"naam\"\ntarget = \"kandidaat.geslachtsnaam\"\n";
    let csv = mapping("csv", rules);
    let text = b"nr;geboren;gebruik;naam\n1;19850000;2;Jansen\n2;;;Jans\xE9\x81\n3;;;Jansen\n";
    let document = adapters::decode(text, csv.wire(), &Limits::default()).expect("well-formed");
    let decoded = csv.decode(&document);
    let codes = |element: usize| -> Vec<&str> {
        let faults = decoded.elements[element].faults.iter();
        faults.map(|fault| &*fault.code).collect()
    };
    assert_eq!(codes(0), ["datum.nullen"]);
    assert_eq!(
        record(&decoded, Kind::Kandidaat)["geboortedatum"],
        json!({"jaar": 1985})
    );
    assert_eq!(codes(1), ["waarde.tekenset"]);
    assert_eq!(codes(2), Vec::<&str>::new());
}
