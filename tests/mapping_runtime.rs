//! The mapping engine on the formats of the field, through the adapters: what a system sends is what is read here.

use schakel::adapters;
use schakel::adapters::Limits;
use schakel::canonical::Bundle;
use schakel::canonical::Kind;
use schakel::document::At;
use schakel::document::Document;
use schakel::document::Fault;
use schakel::document::Format;
use schakel::document::Lang;
use schakel::document::Node;
use schakel::document::Severity;
use schakel::document::Value;
use schakel::mapping::Decoded;
use schakel::mapping::Library;
use schakel::mapping::Mapping;
use schakel::mapping::laws;
use schakel::schema::Schemas;
use serde_json::Value as Json;
use serde_json::json;
use std::sync::Arc;

const VERWIJZING: &str = include_str!("mapping/gemeente/verwijzing.toml");
const VERWIJZING_XML: &str = include_str!("mapping/gemeente/verwijzing.xml");
const PLAN: &str = include_str!("mapping/aanbieder/trajectplan.toml");
const LOGBOEK: &str = include_str!("mapping/aanbieder/logboek.toml");
const SONAR: &str = include_str!("mapping/uwv/sonar.toml");

fn schemas() -> Schemas {
    Schemas::embedded().expect("the schemas are tested elsewhere")
}

fn compiled(path: &str, text: &str) -> Arc<Mapping> {
    let tables = (
        "_gedeeld/tabellen.toml".to_owned(),
        "[jn]\nJ = true\nN = false\n".to_owned(),
    );
    let files = [tables, (path.to_owned(), text.to_owned())];
    let library = Library::compile(&files, &schemas()).unwrap_or_else(|found| {
        panic!(
            "{}",
            found
                .iter()
                .map(|one| one.render(Lang::En))
                .collect::<Vec<_>>()
                .join("\n")
        )
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

fn record(decoded: &Decoded, element: usize, kind: Kind) -> Json {
    Json::Object(
        decoded.elements[element]
            .bundle
            .record(kind)
            .cloned()
            .unwrap_or_default(),
    )
}

fn parties() -> Json {
    json!({
        "id": "m-1", "referentie": "REF-7", "verzonden": "2024-03-14T09:15:00.123Z",
        "afzender": {"gemeentecode": "0484"}, "ontvanger": {"oin": "00000099123456780000"},
    })
}

#[test]
fn a_stuf_like_referral_becomes_a_verwijzing_and_a_kandidaat() {
    let mapping = verwijzing();
    let decoded = read(&mapping, VERWIJZING_XML.as_bytes());
    assert_eq!(faults(&decoded.faults), []);
    assert_eq!(faults(&decoded.elements[0].faults), []);
    assert_eq!(
        decoded.envelope.reference.as_deref(),
        Some("9c0f7b90-5c69-41e5-a837-0800200c9a66")
    );
    assert_eq!(
        decoded.envelope.sent_at.map(|at| at.to_string()).as_deref(),
        Some("2024-03-14T09:15:00.123Z")
    );
    assert_eq!(
        decoded
            .envelope
            .sender
            .as_ref()
            .map(|(text, _)| text.as_str()),
        Some("0484")
    );
    assert_eq!(
        record(&decoded, 0, Kind::Verwijzing),
        json!({
            "nummer": "2024-REI-000123", "uitvoerder": {"oin": "00000099123456780000"}, "instrument": "30",
            "gewensteStart": "2024-04-01", "indicatie": {"loonwaarde": {"percentage": 4500}},
            "contactpersoon": {"naam": "J. Voorbeeld", "telefoon": "0201234567"},
        })
    );
    assert_eq!(
        record(&decoded, 0, Kind::Kandidaat),
        json!({
            "bsn": "999990019", "geslachtsnaam": "Testpersoon", "geslacht": "2", "geboortedatum": {"jaar": 1985},
            "waardeStatus": {"/voorvoegsel": "geenWaarde", "/telefoon": "waardeOnbekend"},
        })
    );
    let place = decoded.elements[0].place_of(Kind::Kandidaat, "/geboortedatum/jaar");
    assert_eq!(
        place.location(Lang::Nl),
        "/rei:verwijzing_Di01/rei:object[1]/rei:klant/rei:geboortedatum"
    );
}

#[test]
fn every_fault_of_an_element_is_reported_with_its_place_and_its_neighbour_is_taken() {
    let two = VERWIJZING_XML.replace(
        "</rei:verwijzing_Di01>",
        "<rei:object><rei:zaaknummer> 2 </rei:zaaknummer></rei:object></rei:verwijzing_Di01>",
    );
    let odd = two
        .replacen("999990019", "999990018", 1)
        .replacen("20240401", "20240231", 1)
        .replacen(">45<", ">45,5<", 1)
        .replacen("\"VRW\"", "\"ZAK\"", 1)
        .replacen("waardeOnbekend", "weetIkNiet", 1)
        .replacen(
            "<rei:instrument>30</rei:instrument>",
            "<rei:instrument>30</rei:instrument><rei:instrument>31</rei:instrument>",
            1,
        );
    let decoded = read(&verwijzing(), odd.as_bytes());
    let object = "/rei:verwijzing_Di01/rei:object[1]";
    let expected = [
        ("waarde.constante", "/@StUF:entiteittype"),
        ("bsn.elfproef", "/rei:klant/rei:bsn"),
        ("status.onbekend", "/rei:klant/rei:telefoon"),
        ("waarde.meermalen", "/rei:instrument"),
        ("getal.vorm", "/rei:loonwaarde"),
        ("datum.bestaatNiet", "/rei:gewensteIngangsdatum"),
    ];
    let expected: Vec<_> = expected
        .iter()
        .map(|(code, at)| ((*code).to_owned(), format!("{object}{at}")))
        .collect();
    assert_eq!(faults(&decoded.elements[0].faults), expected);
    assert!(decoded.elements[1].faults.is_empty());
    assert_eq!(record(&decoded, 1, Kind::Verwijzing)["nummer"], "2");
    for fault in &decoded.elements[0].faults {
        for value in ["999990018", "20240231", "45,5", "ZAK", "weetIkNiet"] {
            assert!(
                !fault.sentence.nl.contains(value) && !fault.sentence.en.contains(value),
                "{}",
                fault.code
            );
        }
    }
}

#[test]
fn another_root_or_constant_of_the_envelope_refuses_the_document() {
    let other = VERWIJZING_XML.replace("verwijzing_Di01", "intrekking_Di01");
    assert_eq!(
        faults(&read(&verwijzing(), other.as_bytes()).faults),
        [("xml.wortel".to_owned(), "/*".to_owned())]
    );
    let other = VERWIJZING_XML.replace("<StUF:berichtcode>Di01", "<StUF:berichtcode>Di02");
    let found = read(&verwijzing(), other.as_bytes()).faults;
    assert_eq!(found[0].code, "waarde.constante");
    assert!(found[0].refuses());
}

#[test]
fn a_record_goes_out_in_the_order_of_the_rules_and_comes_back() {
    let mapping = verwijzing();
    let decoded = read(&mapping, VERWIJZING_XML.as_bytes());
    let encoded = mapping.encode(
        &parties(),
        std::slice::from_ref(&decoded.elements[0].bundle),
    );
    assert_eq!(faults(&encoded.faults), []);
    let bytes = adapters::encode(&encoded.document, mapping.wire()).expect("writable");
    let text = String::from_utf8(bytes.clone()).expect("UTF-8");
    let order = [
        "StUF:berichtcode",
        "StUF:referentienummer",
        "rei:zaaknummer",
        "rei:bsn",
        "rei:instrument",
    ];
    let places: Vec<_> = order
        .iter()
        .map(|name| {
            text.find(name)
                .unwrap_or_else(|| panic!("{name} in {text}"))
        })
        .collect();
    assert!(places.is_sorted(), "{text}");
    for part in [
        r#"StUF:indOnvolledigeDatum="M">19850101<"#,
        r#"StUF:noValue="geenWaarde""#,
        r#"StUF:entiteittype="NPS""#,
        "<rei:loonwaarde>45</rei:loonwaarde>",
        "<StUF:tijdstipBericht>20240314101500123</StUF:tijdstipBericht>",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let again = read(&mapping, &bytes);
    assert_eq!(again.elements[0].bundle, decoded.elements[0].bundle);
}

#[test]
fn a_constant_in_an_element_of_its_own_needs_company() {
    let mapping = verwijzing();
    let mut bundle = Bundle::default();
    bundle
        .record_mut(Kind::Verwijzing)
        .insert("nummer".to_owned(), json!("1"));
    let encoded = mapping.encode(&parties(), &[bundle]);
    let text =
        String::from_utf8(adapters::encode(&encoded.document, mapping.wire()).expect("writable"))
            .expect("UTF-8");
    assert!(
        !text.contains("rei:klant") && text.contains("VRW"),
        "{text}"
    );
}

#[test]
fn groups_in_json_are_aligned_by_key_and_each_item_has_its_place() {
    let mapping = compiled("aanbieder/trajectplan.toml", PLAN);
    let decoded = read(
        &mapping,
        br#"{"dossierNr":"W2","trajectPlan":{"datum":"05-04-2024","doelen":[
            {"nr":1,"tekst":"Op tijd komen","score":2},{"tekst":"zonder nummer"},{"nr":1,"tekst":"dubbel"},
            {"nr":"x","tekst":"y"}, 7]},"uren":{"gepland":"120,00","gebruikt":"7,2"}}"#,
    );
    assert_eq!(
        record(&decoded, 0, Kind::Trajectplan),
        json!({
            "begindatum": "2024-04-05", "urenGepland": 7200, "urenGebruikt": 432,
            "doelen": [
                {"nr": 1, "omschrijving": "Op tijd komen", "score": 2}, {"omschrijving": "zonder nummer"},
                {"nr": 1, "omschrijving": "dubbel"}, {"omschrijving": "y"},
            ],
        })
    );
    let expected = [
        ("waarde.verplicht", "/trajectPlan/doelen/1/nr"),
        ("groep.sleutel", "/trajectPlan/doelen/1"),
        ("groep.dubbel", "/trajectPlan/doelen/2"),
        ("getal.vorm", "/trajectPlan/doelen/3/nr"),
        ("groep.sleutel", "/trajectPlan/doelen/3"),
        ("waarde.vorm", "/trajectPlan/doelen/4"),
    ];
    let expected: Vec<_> = expected
        .iter()
        .map(|(code, at)| ((*code).to_owned(), (*at).to_owned()))
        .collect();
    assert_eq!(faults(&decoded.elements[0].faults), expected);
}

#[test]
fn of_many_items_each_that_has_the_key_of_an_earlier_one_is_told() {
    let mapping = compiled("aanbieder/trajectplan.toml", PLAN);
    // the keys 0 to 19, then 3 and 19 again, and one of which the key is another
    let keys = (0..20).chain([3, 19, 20]);
    let items: Vec<String> = keys
        .map(|key| format!("{{\"nr\":{key},\"tekst\":\"t\"}}"))
        .collect();
    let items = items.join(",");
    let text = format!("{{\"dossierNr\":\"W2\",\"trajectPlan\":{{\"doelen\":[{items}]}}}}");
    let decoded = read(&mapping, text.as_bytes());
    let told = faults(&decoded.elements[0].faults);
    let told: Vec<&str> = (told.iter())
        .filter(|(code, _)| code == "groep.dubbel")
        .map(|(_, at)| at.as_str())
        .collect();
    assert_eq!(told, ["/trajectPlan/doelen/20", "/trajectPlan/doelen/21"]);
}

#[test]
fn what_nobody_reads_is_told_of_a_list_beside_one_that_two_rules_read() {
    let group = |source: &str, when: &str| {
        format!(
            "[[rule]]\nsource = \"{source}\"\ntarget = \"trajectplan.doelen\"\nkey = \"nr\"\n{when}\n  [[rule.rule]]\n  source = \"nr\"\n  target = \"nr\"\n  codec = \"integer\"\n"
        )
    };
    let text = format!(
        "[mapping]\norganisatie = \"aanbieder\"\nsoort = \"plan\"\ntitel = \"t\"\nstatus = \"s\"\ndirection = \"in\"\nformat = \"json\"\nmain = \"trajectplan\"\n{}{}{}",
        group("a", "when = { source = \"soort\", present = true }"),
        group("a", "when = { source = \"soort\", is = \"c\" }"),
        group("b", "when = { source = \"soort\", is = \"b\" }")
    );
    let mapping = compiled("aanbieder/plan.toml", &text);
    // the items of `a` are read twice, those of `b` not at all
    let decoded = read(
        &mapping,
        br#"{"a":[{"nr":1}],"b":[{"nr":2,"x":3}],"soort":"c"}"#,
    );
    let told = faults(&decoded.faults);
    let told: Vec<&str> = (told.iter())
        .filter(|(code, _)| code == "deel.onbekend")
        .map(|(_, at)| at.as_str())
        .collect();
    assert_eq!(told, ["/b/0/x"]);
}

#[test]
fn a_json_list_is_as_many_elements() {
    let mapping = compiled("aanbieder/trajectplan.toml", PLAN);
    let decoded = read(
        &mapping,
        br#"[{"dossierNr":"A"},5,{"dossierNr":null},{"dossierNr":{"x":1}},{"dossierNr":12}]"#,
    );
    let codes: Vec<_> = decoded
        .elements
        .iter()
        .map(|element| faults(&element.faults))
        .collect();
    assert_eq!(codes[0], []);
    assert_eq!(codes[1], [("json.vorm".to_owned(), "/1".to_owned())]);
    assert_eq!(
        codes[2],
        [("waarde.verplicht".to_owned(), "/2/dossierNr".to_owned())]
    );
    assert_eq!(
        codes[3],
        [("waarde.vorm".to_owned(), "/3/dossierNr".to_owned())]
    );
    assert_eq!(codes[4], []);
    let nothing = read(&mapping, b"7");
    assert_eq!(
        faults(&nothing.faults),
        [("json.vorm".to_owned(), String::new())]
    );
}

const CSV: &str = "\r\nDossier;DATUM;van;Tot;Contact;Doel; Omschrijving ;Uur;Extra\r\n\
W2;02-04-2024;9:00;10:15;face-to-face;\"1,2\";\"Driegesprek\r\nmet casemanager\";1,25;x\r\n\
;;;;;;;;\r\n\
W2;09-04-2024;;;Duif;1;\"Bericht: \"\"ik blijf\"\"\";0,25;\r\n\
W2;31-02-2024;25:00;;App;a;tekst;0,1;\r\n\
W2;09-04-2024;;;App;1;los;zin;0,25;;nog\r\n\
Totaal;;;;;;;1,5;\r\n";

#[test]
fn a_logbook_is_read_row_by_row() {
    let mapping = compiled("aanbieder/logboek.toml", LOGBOEK);
    let decoded = read(&mapping, CSV.as_bytes());
    assert_eq!(
        faults(&decoded.faults),
        [
            ("kolom.onbekend".to_owned(), "rij 2, kolom I".to_owned()),
            ("rij.totaal".to_owned(), "rij 8".to_owned()),
        ]
    );
    assert_eq!(decoded.faults[0].severity, Severity::Remark);
    assert_eq!(
        record(&decoded, 0, Kind::Logboekregel),
        json!({
            "datum": "2024-04-02", "beginTijd": "09:00", "eindTijd": "10:15", "kanaal": "F2F_ELDERS", "doelen": [1, 2],
            "beschrijving": "Driegesprek\r\nmet casemanager", "minuten": 75,
        })
    );
    assert_eq!(
        record(&decoded, 0, Kind::Opdracht),
        json!({"referentieAanbieder": "W2"})
    );
    // A code the table does not have is kept, reported, and stops nothing.
    assert_eq!(
        record(&decoded, 1, Kind::Logboekregel),
        json!({
            "datum": "2024-04-09", "doelen": [1], "beschrijving": "Bericht: \"ik blijf\"", "minuten": 15,
            "nietVertaald": {"/kanaal": "Duif"},
        })
    );
    let second = &decoded.elements[1].faults;
    assert!(
        second.iter().all(|fault| !fault.refuses()) && second.len() == 2,
        "{:?}",
        faults(second)
    );
    let third: Vec<_> = decoded.elements[2]
        .faults
        .iter()
        .map(|fault| fault.code.to_string())
        .collect();
    assert_eq!(third, ["tijd.vorm", "getal.vorm", "datum.bestaatNiet"]);
    let place = decoded.elements[2].faults[0].place.location(Lang::Nl);
    assert!(place.ends_with("kolom C (Van)"), "{place}");
    assert_eq!(decoded.elements[3].faults[0].code, "rij.cellen");
    assert_eq!(decoded.elements.len(), 4);
}

#[test]
fn a_file_without_its_columns_is_refused_as_a_whole() {
    let mapping = compiled("aanbieder/logboek.toml", LOGBOEK);
    let codes = |text: &str| -> Vec<String> {
        let decoded = read(&mapping, text.as_bytes());
        assert!(decoded.elements.is_empty());
        decoded
            .faults
            .iter()
            .map(|fault| fault.code.to_string())
            .collect()
    };
    assert_eq!(codes("a;b\r\n1;2\r\n"), ["kop.ontbreekt"]);
    // a file with another delimiter has one cell in each row
    for (text, hints) in [
        ("a;b\r\n1;2\r\n", false),
        ("Dossier,Datum\r\n1,2\r\n", true),
    ] {
        let said = read(&mapping, text.as_bytes()).faults.remove(0).sentence;
        assert_eq!(said.nl.contains("`delimiter`"), hints, "{}", said.nl);
        assert_eq!(said.en.contains("`delimiter`"), hints, "{}", said.en);
    }
    assert_eq!(codes("Dossier;Van\r\n1;2\r\n"), ["kolom.ontbreekt"]);
    assert_eq!(codes("Dossier;Datum;datum\r\n1;2;3\r\n"), ["kolom.dubbel"]);
}

fn cell(value: Value) -> Node {
    Node::made(value)
}

fn row(number: u32, cells: Vec<Value>) -> Node {
    Node::new(
        At::new(number, 0),
        Value::List(cells.into_iter().map(cell).collect()),
    )
}

#[test]
fn a_workbook_row_gives_a_kandidaat_and_a_werkprofiel() {
    let text = |text: &str| Value::Text(text.into());
    let number = |text: &str| Value::Number(text.into());
    let rows = vec![
        row(1, vec![text("Overzicht")]),
        row(
            3,
            [
                "BSN",
                "ID_WZ",
                "Mondeling Nederlands",
                "Rijbewijs",
                "Inschrijfdatum",
                "",
                "Toestemming",
                "Leeftijd",
            ]
            .map(text)
            .to_vec(),
        ),
        row(
            4,
            vec![
                number("9999905"),
                text("NNB"),
                number("3"),
                text("B, BE"),
                number("45383"),
                text("a@b.nl"),
                text("Nee"),
                number("40"),
            ],
        ),
        row(
            5,
            vec![
                Value::Null,
                text("x"),
                number("9"),
                text("??"),
                Value::Unreadable("#N/A".into()),
                Value::Null,
                text("Ja"),
                Value::Null,
            ],
        ),
        row(6, vec![Value::Null; 8]),
        row(7, vec![text("Totaal"), number("2")]),
    ];
    let sheet = (Arc::from("blad 1 "), Node::made(Value::List(rows)));
    let document = Document::new(Format::Excel, Node::made(Value::Map(vec![sheet])));
    let mapping = compiled("uwv/sonar.toml", SONAR);
    let decoded = mapping.decode(&document);
    assert_eq!(
        faults(&decoded.faults),
        [
            (
                "kolom.letter".to_owned(),
                "blad 1 : rij 3, kolom F (E-mailadres)".to_owned()
            ),
            ("rij.totaal".to_owned(), "blad 1 : rij 7".to_owned()),
        ]
    );
    assert_eq!(
        record(&decoded, 0, Kind::Kandidaat),
        json!({
            "bsn": "009999905", "toestemming": false, "email": ["a@b.nl"],
            "waardeStatus": {"/klantnummer": "waardeOnbekend"},
        })
    );
    assert_eq!(
        record(&decoded, 0, Kind::Werkprofiel),
        json!({
            "talen": [{"taal": "nld", "mondeling": "3"}], "rijbewijzen": ["B", "BE"],
            "beschikbaarheid": {"van": "2024-04-01"},
        })
    );
    assert_eq!(
        faults(&decoded.elements[0].faults),
        [(
            "bsn.aangevuld".to_owned(),
            "blad 1 : rij 4, kolom A (BSN)".to_owned()
        )]
    );
    let codes: Vec<_> = decoded.elements[1]
        .faults
        .iter()
        .map(|fault| fault.code.to_string())
        .collect();
    assert_eq!(
        codes,
        ["waarde.verplicht", "code.onbekend", "waarde.onleesbaar"]
    );
    assert_eq!(
        record(&decoded, 1, Kind::Werkprofiel),
        json!({"waardeStatus": {"/rijbewijzen": "waardeOnbekend"}})
    );
    assert_eq!(decoded.elements.len(), 2);
}

#[test]
fn the_laws_hold_for_the_mappings_of_these_tests() {
    let schemas = schemas();
    for mapping in [verwijzing(), compiled("f/alles.toml", ALLES)] {
        if let Err(found) = laws::check(&mapping, &schemas, 20_260_101, 150) {
            panic!("{found}");
        }
    }
    let tables = [
        ALLES.replace("format = \"json\"", "format = \"csv\""),
        ALLES.replace("format = \"json\"", "format = \"excel\""),
    ];
    for text in tables {
        let text = text
            .split("# trees only")
            .next()
            .expect("there is a first part")
            .to_owned();
        if let Err(found) = laws::check(&compiled("f/alles.toml", &text), &schemas, 20_260_102, 60)
        {
            panic!("{found}");
        }
    }
}

#[test]
fn a_law_that_does_not_hold_is_shown_by_the_smallest_record() {
    // What is written is read with a table of its own, in which both codes mean the same.
    let codes =
        "codec = { codec = \"table\", codes = { \"A!\" = \"1\", \"B!\" = \"2\" }, fold = true }\n";
    let rule = format!("[[rule]]\nsource = \"geslacht\"\ntarget = \"kandidaat.geslacht\"\n{codes}");
    assert!(ALLES.contains(&rule), "it is there to be misread");
    let written = format!("{rule}direction = \"out\"\n");
    let read = format!("{rule}direction = \"in\"\n").replace("\"2\"", "\"1\"");
    let text = ALLES.replace(&rule, &format!("{written}\n{read}"));
    let found = laws::check(&compiled("f/alles.toml", &text), &schemas(), 7, 500)
        .expect_err("it cannot hold");
    assert_eq!(
        found.bundles[0]["kandidaat"],
        json!({"geslacht": "2"}),
        "{found}"
    );
    assert!(
        found
            .to_string()
            .contains("kandidaat/geslacht went out as \"2\" and came back as \"1\""),
        "{found}"
    );
}

#[test]
fn what_a_format_cannot_say_is_reported_going_out() {
    let mapping = compiled(
        "f/alles.toml",
        &ALLES
            .replace("format = \"json\"", "format = \"csv\"")
            .split("# trees only")
            .next()
            .map(str::to_owned)
            .unwrap_or_default(),
    );
    let mut bundle = Bundle::default();
    bundle.records.insert(
        Kind::Kandidaat,
        json!({"telefoon": ["0612345678", "0687654321"], "geslacht": "0", "waardeStatus": {"/voorletters": "nietGeautoriseerd"}})
            .as_object()
            .cloned()
            .unwrap_or_default(),
    );
    bundle.records.insert(
        Kind::Logboekregel,
        json!({"minuten": 1})
            .as_object()
            .cloned()
            .unwrap_or_default(),
    );
    let encoded = mapping.encode(&parties(), &[bundle]);
    let found: Vec<_> = faults(&encoded.faults);
    for expected in [
        ("uit.verplicht", "logboekregel/datum"),
        ("uit.plaats", "kandidaat/telefoon"),
        ("uit.code", "kandidaat/geslacht"),
        ("uit.status", "kandidaat/voorletters"),
        ("uit.nietPrecies", "logboekregel/minuten"),
    ] {
        assert!(
            found.contains(&(expected.0.to_owned(), expected.1.to_owned())),
            "{expected:?} in {found:?}"
        );
    }
    let refused: Vec<_> = encoded
        .faults
        .iter()
        .filter(|fault| fault.refuses())
        .map(|fault| &*fault.code)
        .collect();
    assert_eq!(refused, ["uit.verplicht"], "the rest are remarks");
}

#[test]
fn conditions_choose_by_the_document_and_by_the_record() {
    let text = r#"
[mapping]
organisatie = "f"
soort = "keuze"
titel = "t"
status = "s"
direction = "both"
format = "json"
main = "verwijzing"
delivers = "verwijzing"
[[rule]]
source = "nr"
target = "verwijzing.nummer"
required = true
[[rule]]
source = "aard"
target = "verwijzing.soort"
[[rule]]
source = "tekst"
target = "verwijzing.doel"
when = { source = "aard", is = "aanmelding", target = "verwijzing.soort", value = "aanmelding" }
[[rule]]
source = "tekst"
target = "verwijzing.voorliggendTraject"
when = { source = "aard", is_not = "aanmelding", target = "verwijzing.soort", value_not = "aanmelding" }
"#;
    let mapping = compiled("f/keuze.toml", text);
    for (aard, attribute) in [("aanmelding", "doel"), ("vervolg", "voorliggendTraject")] {
        let document = format!(r#"{{"nr":"1","aard":"{aard}","tekst":"x"}}"#);
        let decoded = read(&mapping, document.as_bytes());
        assert_eq!(record(&decoded, 0, Kind::Verwijzing)[attribute], "x");
        let out = mapping.encode(&json!({}), &[decoded.elements[0].bundle.clone()]);
        assert_eq!(
            adapters::encode(&out.document, mapping.wire()).expect("writable"),
            document.as_bytes()
        );
    }
}

#[test]
fn canonical_json_is_taken_as_it_is_and_nothing_unknown_with_it() {
    let schemas = schemas();
    let library = Library::compile(&[], &schemas).expect("nothing to go wrong");
    let mapping = library.canonical();
    let text = br#"[{"bericht":{"referentie":"r1","verzonden":"2024-03-14T09:15:00Z"},
        "opdracht":{"ordernummer":"4500123456","budget":480000,"einddatum":null,"waardeStatus":{"/einddatum":"geenWaarde"}},
        "kandidaat":{"geboortedatum":{"jaar":1985},"telefoon":["0612345678"]}}]"#;
    let decoded = read(mapping, text);
    assert_eq!(faults(&decoded.elements[0].faults), []);
    assert_eq!(decoded.envelope.reference.as_deref(), Some("r1"));
    assert_eq!(
        record(&decoded, 0, Kind::Opdracht),
        json!({"ordernummer": "4500123456", "budget": 480_000, "waardeStatus": {"/einddatum": "geenWaarde"}})
    );
    assert_eq!(mapping.main_of(&decoded.elements[0].bundle), Kind::Opdracht);
    let out = mapping.encode(&json!({}), &[decoded.elements[0].bundle.clone()]);
    let again = mapping.decode(&out.document);
    assert_eq!(again.elements[0].bundle, decoded.elements[0].bundle);
    let odd = read(
        mapping,
        br#"{"opdracht":{"kleur":"x","budget":1.5,"product":{"prijs":1}},"zaak":{},"kandidaat":7,
        "verwijzing":{"waardeStatus":{"/x":"misschien"}},
        "logboekregel":{"minuten":3,"doelen":[1],"waardeStatus":{"/minuten":"geenWaarde","/bestaatniet":"geenWaarde",
        "/doelen":"geenWaarde","/doelen/x":"geenWaarde","/kanaal":"geenWaarde"},"nietVertaald":{"/zomaar":"x","/kanaal":"y"}}}"#,
    );
    let expected = [
        ("attribuut.onbekend", "/opdracht/kleur"),
        ("getal.geheel", "/opdracht/budget"),
        ("attribuut.onbekend", "/opdracht/product/prijs"),
        ("soort.onbekend", "/zaak"),
        ("json.vorm", "/kandidaat"),
        ("status.onbekend", "/verwijzing/waardeStatus/~1x"),
        // a value, and why there is none; and what there is not
        (
            "waarde.tegenstrijdig",
            "/logboekregel/waardeStatus/~1minuten",
        ),
        (
            "attribuut.onbekend",
            "/logboekregel/waardeStatus/~1bestaatniet",
        ),
        (
            "waarde.tegenstrijdig",
            "/logboekregel/waardeStatus/~1doelen",
        ),
        (
            "attribuut.onbekend",
            "/logboekregel/waardeStatus/~1doelen~1x",
        ),
        ("attribuut.onbekend", "/logboekregel/nietVertaald/~1zomaar"),
    ];
    let expected: Vec<_> = expected
        .iter()
        .map(|(code, at)| ((*code).to_owned(), (*at).to_owned()))
        .collect();
    assert_eq!(faults(&odd.elements[0].faults), expected);
    // the value stays
    let hours = record(&odd, 0, Kind::Logboekregel);
    assert_eq!(hours["minuten"], 3);
    assert_eq!(hours["waardeStatus"].get("/minuten"), None);
    assert_eq!(hours["waardeStatus"]["/kanaal"], "geenWaarde");
}

/// Every codec both ways.
const ALLES: &str = include_str!("mapping/f/alles.toml");
