//! What a mapping loses, and that it says so: parts that no rule names coming in, values that a format cannot do
//! without going out.

use schakel::adapters;
use schakel::adapters::Limits;
use schakel::canonical::Bundle;
use schakel::canonical::Kind;
use schakel::document::Fault;
use schakel::document::Lang;
use schakel::document::Severity;
use schakel::mapping::Decoded;
use schakel::mapping::Library;
use schakel::mapping::Mapping;
use schakel::schema::Schemas;
use serde_json::Value as Json;
use serde_json::json;
use std::sync::Arc;

const VERWIJZING: &str = include_str!("mapping/gemeente/verwijzing.toml");
const VERWIJZING_XML: &str = include_str!("mapping/gemeente/verwijzing.xml");
const PLAN: &str = include_str!("mapping/aanbieder/trajectplan.toml");

fn schemas() -> Schemas {
    Schemas::embedded().expect("the schemas are tested elsewhere")
}

fn compiled(path: &str, text: &str) -> Arc<Mapping> {
    let files = [
        (
            "_gedeeld/tabellen.toml".to_owned(),
            "[jn]\nJ = true\n".to_owned(),
        ),
        (path.to_owned(), text.to_owned()),
    ];
    let library = Library::compile(&files, &schemas()).unwrap_or_else(|found| {
        let lines: Vec<_> = found.iter().map(|one| one.render(Lang::En)).collect();
        panic!("{}", lines.join("\n"))
    });
    let (org, soort) = path
        .trim_end_matches(".toml")
        .split_once('/')
        .expect("org/soort");
    Arc::clone(library.get(org, soort).expect("it was compiled"))
}

fn verwijzing() -> Arc<Mapping> {
    compiled("gemeente/verwijzing.toml", VERWIJZING)
}

fn read(mapping: &Mapping, bytes: &[u8]) -> Decoded {
    let document =
        adapters::decode(bytes, mapping.wire(), &Limits::default()).expect("well-formed");
    mapping.decode(&document)
}

fn faults(found: &[Fault]) -> Vec<(String, String)> {
    found
        .iter()
        .map(|fault| (fault.code.to_string(), fault.place.location(Lang::Nl)))
        .collect()
}

/// Rules of every form, each with `required = true`.
const VERPLICHT: &str = r#"
[mapping]
organisatie = "f"
soort = "verplicht"
titel = "t"
status = "s"
direction = "out"
format = "json"
main = "verwijzing"
delivers = "verwijzing"
[[rule]]
source = "id"
target = "bericht.id"
required = true
[[rule]]
source = "nr"
target = "verwijzing.nummer"
required = true
[[rule]]
source = "geslacht"
target = "kandidaat.geslacht"
codec = { codec = "table", codes = { M = "1" } }
required = true
[[rule]]
source = "voorletters"
target = "kandidaat.voorletters"
placeholders = { "NNB" = "waardeOnbekend" }
required = true
[[rule]]
source = "telefoon"
target = "kandidaat.telefoon"
codec = { codec = "list", separator = ";" }
required = true
[[rule]]
source = "beroepen"
target = "werkprofiel.bemiddelingsberoepen"
key = "omschrijving"
required = true
  [[rule.rule]]
  source = "naam"
  target = "omschrijving"
  required = true
[[rule]]
source = "."
target = "werkprofiel.talen"
key = "taal"
required = true
  [[rule.rule]]
  target = "taal"
  const = "nld"
  [[rule.rule]]
  source = "nederlands"
  target = "mondeling"
"#;

/// What is done to a whole record.
type Change = fn(&mut Json);

#[test]
fn a_record_that_lacks_what_the_format_cannot_do_without_is_refused_going_out() {
    let mapping = compiled("f/verplicht.toml", VERPLICHT);
    let whole = json!({
        "verwijzing": {"nummer": "1"},
        "kandidaat": {"geslacht": "1", "voorletters": "A.", "telefoon": ["0612345678"]},
        "werkprofiel": {"bemiddelingsberoepen": [{"omschrijving": "Metselaar"}], "talen": [{"taal": "nld", "mondeling": "3"}]},
    });
    let refused = |change: &dyn Fn(&mut Json)| -> Vec<String> {
        let mut records = whole.clone();
        change(&mut records);
        let mut bundle = Bundle::default();
        for (kind, record) in records.as_object().expect("records") {
            let kind = Kind::parse(kind).expect("a kind");
            bundle
                .records
                .insert(kind, record.as_object().cloned().expect("a record"));
        }
        let encoded = mapping.encode(&json!({"id": "m-1"}), &[bundle]);
        let refused = encoded.faults.iter().filter(|fault| fault.refuses());
        refused
            .inspect(|fault| assert_eq!(fault.code, "uit.verplicht"))
            .map(|fault| fault.place.location(Lang::Nl))
            .collect()
    };
    assert_eq!(refused(&|_| {}), Vec::<String>::new());
    let cases: [(&str, Change); 9] = [
        ("verwijzing/nummer", |r| r["verwijzing"] = json!({})),
        ("kandidaat/geslacht", |r| {
            r["kandidaat"]["geslacht"] = json!("2");
        }),
        ("kandidaat/voorletters", |r| {
            r["kandidaat"]["voorletters"] = json!(null);
        }),
        // a state is no value, also where the format can say it
        ("kandidaat/voorletters", |r| {
            r["kandidaat"] = json!({
                "geslacht": "1", "telefoon": ["0612345678"], "waardeStatus": {"/voorletters": "waardeOnbekend"},
            });
        }),
        ("kandidaat/telefoon", |r| {
            r["kandidaat"]["telefoon"] = json!([]);
        }),
        ("kandidaat/telefoon", |r| {
            r["kandidaat"]["telefoon"] = json!(["06;12"]);
        }),
        ("werkprofiel/bemiddelingsberoepen", |r| {
            r["werkprofiel"]["bemiddelingsberoepen"] = json!([]);
        }),
        ("werkprofiel/bemiddelingsberoepen/1/omschrijving", |r| {
            r["werkprofiel"]["bemiddelingsberoepen"] =
                json!([{"omschrijving": "x"}, {"code": "7"}]);
        }),
        ("werkprofiel/talen", |r| {
            r["werkprofiel"]["talen"] = json!([{"taal": "eng", "mondeling": "3"}]);
        }),
    ];
    for (pointer, change) in cases {
        assert_eq!(refused(&change), [pointer]);
    }
}

#[test]
fn a_csv_line_without_its_order_number_is_refused_going_out() {
    let library = Library::shipped(&schemas()).expect("they compile");
    let mapping = library.outbound("uwv", "logboek").expect("it is shipped");
    let mut bundle = Bundle::default();
    *bundle.record_mut(Kind::Logboekregel) = json!({"datum": "2024-04-02", "minuten": 75})
        .as_object()
        .cloned()
        .unwrap_or_default();
    let encoded = mapping.encode(&json!({"id": "m-1"}), &[bundle]);
    assert_eq!(
        faults(&encoded.faults),
        [(
            "uit.verplicht".to_owned(),
            "opdracht/ordernummer".to_owned()
        )]
    );
    assert!(encoded.faults[0].refuses());
}

#[test]
fn what_no_rule_names_is_said_once_with_its_first_place() {
    let extra = VERWIJZING_XML
        .replace(
            "<rei:bsn>",
            "<rei:bijnaam soort=\"x\"><rei:deel>GEHEIM</rei:deel></rei:bijnaam><rei:bsn kanaal=\"web\" xml:lang=\"nl\">",
        )
        .replace(
            "</rei:stuurgegevens>",
            "<x:volgnr xmlns:x=\"urn:x\">1</x:volgnr></rei:stuurgegevens>",
        )
        .replace(
            "</rei:verwijzing_Di01>",
            "<rei:object><rei:zaaknummer>2</rei:zaaknummer><rei:klant><rei:bijnaam/></rei:klant><rei:slot/></rei:object>\
             <rei:object><rei:klant>los GEHEIM</rei:klant></rei:object></rei:verwijzing_Di01>",
        );
    let decoded = read(&verwijzing(), extra.as_bytes());
    let found = faults(&decoded.faults);
    let object = "/rei:verwijzing_Di01/rei:object";
    let expected = [
        "/rei:verwijzing_Di01/rei:stuurgegevens/*:volgnr".to_owned(),
        format!("{object}[1]/rei:klant/rei:bijnaam"),
        format!("{object}[1]/rei:klant/rei:bsn/@kanaal"),
        format!("{object}[2]/rei:slot"),
        format!("{object}[3]/rei:klant"),
    ];
    let expected: Vec<_> = expected
        .into_iter()
        .map(|at| ("deel.onbekend".to_owned(), at))
        .collect();
    assert_eq!(found, expected);
    let times: Vec<usize> = decoded.faults.iter().map(|fault| fault.times).collect();
    assert_eq!(times, [1, 2, 1, 1, 1]);
    let said = |index: usize| decoded.faults[index].sentence.get(Lang::Nl).to_owned();
    assert!(said(1).ends_with(" (2 keer)."), "{}", said(1));
    assert!(!said(2).contains("keer"), "{}", said(2));
    for fault in &decoded.faults {
        assert_eq!(fault.severity, Severity::Remark);
        assert!(fault.place.at().is_some(), "line and column are known");
        assert!(!format!("{fault:?}").contains("GEHEIM"));
    }
}

#[test]
fn what_no_rule_names_in_json_is_said_and_what_is_ignored_is_not() {
    let text = PLAN.replacen(
        "[json]",
        "[json]\nignore = [\"fase\", \"trajectPlan/doelen/notitie\", \"/meta\"]",
        1,
    );
    let mapping = compiled("aanbieder/trajectplan.toml", &text);
    let decoded = read(
        &mapping,
        br#"[{"dossierNr":"W2","fase":{"x":1},"kleur":"rood","trajectPlan":{"doelen":[
            {"nr":1,"notitie":"n","toon":2},{"nr":2,"toon":3}]}},
            {"dossierNr":"W3","kleur":null,"uren":"veel","trajectPlan":{"doelen":{"nr":1,"a/b":1}}},
            {"dossierNr":"W4","trajectPlan":[{"doelen":[]}]}]"#,
    );
    let expected = [
        "/0/kleur",
        "/0/trajectPlan/doelen/0/toon",
        "/1/uren",
        "/1/trajectPlan/doelen/a~1b",
        "/2/trajectPlan",
    ];
    let expected: Vec<_> = expected
        .iter()
        .map(|at| ("deel.onbekend".to_owned(), (*at).to_owned()))
        .collect();
    assert_eq!(faults(&decoded.faults), expected);
}

#[test]
fn of_a_document_of_unread_parts_twenty_are_named_and_the_others_counted_without_long_names() {
    let mut members: Vec<String> = (0..4_000)
        .map(|number| format!("\"veld{number}\":{number}"))
        .collect();
    members.push("\"dossierNr\":\"W2\"".to_owned());
    members.insert(0, format!("\"{}\":1", "n".repeat(3_000)));
    let mapping = compiled("aanbieder/trajectplan.toml", PLAN);
    let decoded = read(&mapping, format!("{{{}}}", members.join(",")).as_bytes());
    assert_eq!(decoded.faults.len(), 21);
    let last = &decoded.faults[20];
    assert_eq!(last.code, "deel.onbekend");
    assert!(last.sentence.get(Lang::Nl).contains(" nog 3981 "));
    assert!(last.sentence.get(Lang::En).contains(" 3981 more "));
    assert_eq!(
        decoded.faults[0].place.location(Lang::Nl).chars().count(),
        62
    );
    let opdracht = decoded.elements[0].bundle.record(Kind::Opdracht);
    assert_eq!(opdracht.expect("it was read")["referentieAanbieder"], "W2");
}

/// A mapping that writes some of a profile, in every way that a rule can say something of it.
const DEELS: &str = r#"
[mapping]
organisatie = "f"
soort = "deels"
titel = "t"
status = "s"
direction = "both"
format = "json"
main = "werkprofiel"
delivers = "werkprofiel"
[[rule]]
source = "nr"
target = "kandidaat.klantnummer"
[[rule]]
source = "postcode"
target = "werkprofiel.mobiliteit.postcode"
[[rule]]
source = "afstand"
target = "werkprofiel.mobiliteit.reisafstandMax"
when = { source = "afstand", target = "werkprofiel.mobiliteit.postcode", present = true }
[[rule]]
source = "ploegen"
const = "ja"
direction = "out"
when = { target = "werkprofiel.beschikbaarheid.ploegendienst", value = ["1"] }
[[rule]]
source = "talen"
target = "werkprofiel.talen"
key = "taal"
  [[rule.rule]]
  source = "taal"
  target = "taal"
  [[rule.rule]]
  target = "schaal"
  const = "vum"
"#;

#[test]
fn what_no_rule_writes_is_told_once_for_each_attribute_without_its_value() {
    let mapping = compiled("f/deels.toml", DEELS);
    let lost = |records: Json| -> Vec<Fault> {
        let mut bundle = Bundle::default();
        for (kind, record) in records.as_object().expect("records") {
            let kind = Kind::parse(kind).expect("a kind");
            bundle
                .records
                .insert(kind, record.as_object().cloned().expect("a record"));
        }
        let found = mapping.unwritten(&json!({}), &[bundle]);
        assert!(found.iter().all(|fault| !fault.refuses()));
        found
    };
    let named = |found: &[Fault], code: &str| -> Vec<String> {
        let of_code = found.iter().filter(|fault| fault.code == code);
        of_code
            .map(|fault| match fault.times {
                1 => fault.place.location(Lang::Nl),
                times => format!("{} {times}", fault.place.location(Lang::Nl)),
            })
            .collect()
    };
    let unwritten = |records: Json| named(&lost(records), "uit.geenRegel");
    let whole = json!({
        "kandidaat": {"klantnummer": "1"},
        "werkprofiel": {
            "kandidaat": "018f3a5e-7b1c-7c3e-9a51-2f6f3d9f6a10",
            "mobiliteit": {"postcode": "8331AA", "reisafstandMax": 10}, "beschikbaarheid": {"ploegendienst": "1"},
            "talen": [{"taal": "nld", "schaal": "vum"}],
        },
    });
    assert_eq!(lost(whole.clone()), []);
    // why there is no value is told too, where no rule says it: of what none writes, of a list of items, of a part with a
    // rule for what is in it, and of one whose condition does not hold
    let mut states = whole.clone();
    states["werkprofiel"]["waardeStatus"] = json!({
        "/sectoren": "geenWaarde", "/opleidingen": "nietGeautoriseerd", "/talen": "geenWaarde", "/mobiliteit": "geenWaarde",
        "/talen/0/lezen": "waardeOnbekend", "/talen/1/lezen": "waardeOnbekend",
    });
    states["kandidaat"]["waardeStatus"] =
        json!({"/klantnummer": "geenWaarde", "/email": "geenWaarde"});
    let mut found = named(&lost(states), "uit.status");
    found.sort();
    assert_eq!(
        found,
        [
            "kandidaat/email",
            "werkprofiel/mobiliteit",
            "werkprofiel/opleidingen",
            "werkprofiel/sectoren",
            "werkprofiel/talen",
            "werkprofiel/talen/0/lezen 2",
        ]
    );
    let mut conditional = json!({"werkprofiel": {"mobiliteit": {"postcode": "8331AA"}}});
    conditional["werkprofiel"]["waardeStatus"] =
        json!({"/mobiliteit/reisafstandMax": "geenWaarde"});
    assert_eq!(lost(conditional.clone()), []);
    conditional["werkprofiel"]["mobiliteit"] = json!({});
    assert_eq!(
        named(&lost(conditional), "uit.status"),
        ["werkprofiel/mobiliteit/reisafstandMax"]
    );
    let mut more = whole;
    let profile = &mut more["werkprofiel"];
    profile["mobiliteit"] = json!({"reisafstandMax": 10, "reistijdMax": 5});
    profile["beschikbaarheid"] = json!({"ploegendienst": "2"});
    profile["talen"] = json!([
        {"taal": "nld", "schaal": "sonar"}, {"taal": "eng", "lezen": "3"}, {"taal": "deu", "lezen": "2", "schaal": "sonar"},
    ]);
    profile["sectoren"] = json!(["81210"]);
    more["kandidaat"]["email"] = json!(["a@voorbeeld.nl"]);
    more["verwijzing"] = json!({"nummer": "1"});
    let mut found = unwritten(more);
    found.sort();
    assert_eq!(
        found,
        [
            "kandidaat/email",
            "verwijzing",
            "werkprofiel/beschikbaarheid/ploegendienst",
            // the condition of its rule does not hold
            "werkprofiel/mobiliteit/reisafstandMax",
            "werkprofiel/mobiliteit/reistijdMax",
            "werkprofiel/sectoren",
            // at the first item that has it
            "werkprofiel/talen/0/schaal 2",
            "werkprofiel/talen/1/lezen 2",
        ]
    );
    // a record of nothing but such attributes is told of in bounds, and what is not named is counted
    let many: serde_json::Map<String, Json> =
        (0..150).map(|n| (format!("a{n}"), json!(1))).collect();
    let found = lost(json!({"werkprofiel": many}));
    assert_eq!(found.len(), 101);
    assert_eq!(found.iter().map(|fault| fault.times).sum::<usize>(), 150);
    assert!(found[100].sentence.get(Lang::Nl).ends_with(": 50."));
}

#[test]
fn what_no_json_may_hold_refuses_its_element_and_no_other() {
    let own = PLAN.replacen("element = \"\"", "element = \"plannen\"", 1);
    let mapping = compiled("aanbieder/trajectplan.toml", &own);
    let apart = |bytes: &str| {
        let document = adapters::decode_apart(bytes.as_bytes(), mapping.wire(), &Limits::default());
        mapping.decode(&document.expect("JSON"))
    };
    let text = r#"{"plannen": [{"dossierNr": "W\u0000"}, {"dossierNr": "W2"}, {"dossierNr": "\ud800"},
        {"dossierNr": "W4", "trajectPlan": {"doelen": [{"nr": 1, "nr": 2}]}}, {"dossierNr": "W5", "x\u0000": 1}]}"#;
    let decoded = apart(text);
    let found: Vec<_> = decoded
        .elements
        .iter()
        .map(|element| faults(&element.faults))
        .collect();
    let pair = |code: &str, at: &str| vec![(code.to_owned(), at.to_owned())];
    assert_eq!(
        found,
        [
            pair("json.teken", "/plannen/0/dossierNr"),
            vec![],
            pair("json.teken", "/plannen/2/dossierNr"),
            pair("json.dubbel", "/plannen/3/trajectPlan/doelen/0/nr"),
            pair("json.teken", "/plannen/4"),
        ]
    );
    assert!(decoded.elements[0].faults[0].refuses());
    assert!(!decoded.faults.iter().any(Fault::refuses));
    // what stands in no element refuses the document
    for text in [
        r#"{"meta": "\u0000", "plannen": [{"dossierNr": "W2"}]}"#,
        r#"{"plannen": [{"dossierNr": "W2"}], "plannen": []}"#,
        r#"{"plannen-2": [{"a": 1, "a": 2}], "plannen": [{"dossierNr": "W2"}]}"#,
    ] {
        let refused = apart(text).faults.into_iter().filter(Fault::refuses);
        assert_eq!(refused.count(), 1, "{text}");
    }
    // who takes all or nothing still does
    let strict = adapters::decode(text.as_bytes(), mapping.wire(), &Limits::default());
    assert_eq!(strict.expect_err("faults").len(), 4);
}
