//! What is answered to a message in its own format: the retour of the shipped toewijzing.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use schakel::adapters;
use schakel::adapters::Limits;
use schakel::document::Document;
use schakel::document::Fault;
use schakel::document::Lang;
use schakel::document::Place;
use schakel::mapping::Library;
use schakel::mapping::Mapping;
use schakel::mapping::Refused;
use schakel::schema::Schemas;
use serde_json::json;
use std::sync::Arc;
use std::sync::LazyLock;

static MAPPING: LazyLock<Arc<Mapping>> = LazyLock::new(|| {
    let schemas = Schemas::embedded().expect("they load");
    let library = Library::shipped(&schemas).expect("they compile");
    let mapping = library.inbound("gemeente-voorbeeldstad", "toewijzing");
    Arc::clone(mapping.expect("it is shipped"))
});

const PERSON: [&str; 3] = ["999990019", "123456782", "111222333"];

/// A message about people, each with the assignments of these numbers.
fn message(code: &str, people: &[&[&str]]) -> String {
    let clients = people
        .iter()
        .zip(PERSON)
        .map(|(numbers, bsn)| {
            let products = numbers
                .iter()
                .map(|number| {
                    format!(
                        "<re:ToegewezenProduct><re:ToewijzingNummer>{number}</re:ToewijzingNummer>\
                         <re:Toewijzingsdatum>2024-03-20</re:Toewijzingsdatum><re:Toewijzingstijd>10:00:00</re:Toewijzingstijd>\
                         <re:Ingangsdatum>2024-04-01</re:Ingangsdatum></re:ToegewezenProduct>"
                    )
                })
                .collect::<Vec<_>>()
                .concat();
            format!("<re:Client><re:Bsn>{bsn}</re:Bsn><re:ToegewezenProducten>{products}</re:ToegewezenProducten></re:Client>")
        })
        .collect::<Vec<_>>()
        .concat();
    format!(
        "<re:Bericht xmlns:re=\"urn:example:reintegratie:toewijzing:1_0\"><re:Header><re:BerichtCode>{code}</re:BerichtCode>\
         <re:BerichtVersie>1</re:BerichtVersie><re:BerichtSubversie>0</re:BerichtSubversie><re:Afzender>0484</re:Afzender>\
         <re:Ontvanger>12345678</re:Ontvanger><re:BerichtIdentificatie><re:Identificatie>T1</re:Identificatie>\
         <re:Dagtekening>2024-03-20</re:Dagtekening></re:BerichtIdentificatie></re:Header>{clients}</re:Bericht>"
    )
}

fn document(text: &str) -> Document {
    adapters::decode(text.as_bytes(), MAPPING.wire(), &Limits::default()).expect("it is XML")
}

/// The retour, and everything the mapping itself finds, with more faults at places.
fn retour(text: &str, more: &[(&'static str, &str)]) -> Option<String> {
    let document = document(text);
    let decoded = MAPPING.decode(&document);
    let found = decoded.faults.into_iter();
    let found = found.chain(decoded.elements.into_iter().flat_map(|one| one.faults));
    let more = more.iter().map(|(code, xpath)| {
        let place = match *xpath {
            "" => Place::Whole,
            xpath => Place::Xml {
                xpath: xpath.to_owned(),
                at: document.root.at,
            },
        };
        Fault::refused(code, place, "nl", "en")
    });
    let faults: Vec<Fault> = found.chain(more).collect();
    let context = json!({"id": "r-1", "referentie": "r-1", "verzonden": "2024-03-21T09:00:00Z"});
    let retour = MAPPING.retour(&document, Refused::Message(&faults), &context)?;
    Some(written(&MAPPING, &retour))
}

/// A retour in one line, without what lies between the elements.
fn written(mapping: &Mapping, retour: &Document) -> String {
    let wire = mapping.retour_wire_of(retour).expect("it has one");
    let bytes = adapters::encode(retour, wire).expect("it can be written");
    let text = String::from_utf8(bytes).expect("UTF-8");
    text.lines().map(str::trim).collect()
}

/// The header as it comes back, with codes.
fn header(code: &str, codes: &[&str]) -> String {
    let codes = codes
        .iter()
        .map(|code| format!("<re:RetourCode>{code}</re:RetourCode>"))
        .collect::<Vec<_>>()
        .concat();
    let codes = if codes.is_empty() {
        codes
    } else {
        format!("<re:RetourCodes>{codes}</re:RetourCodes>")
    };
    format!(
        "<re:Header><re:BerichtCode>{code}</re:BerichtCode><re:BerichtVersie>1</re:BerichtVersie>\
         <re:BerichtSubversie>0</re:BerichtSubversie><re:Afzender>0484</re:Afzender><re:Ontvanger>12345678</re:Ontvanger>\
         <re:BerichtIdentificatie><re:Identificatie>T1</re:Identificatie><re:Dagtekening>2024-03-20</re:Dagtekening>\
         </re:BerichtIdentificatie><re:IdentificatieRetour>r-1</re:IdentificatieRetour>\
         <re:DagtekeningRetour>2024-03-21</re:DagtekeningRetour>\
         <re:XsdVersieRetour>1.0.0</re:XsdVersieRetour>{codes}</re:Header>"
    )
}

#[test]
fn a_message_of_which_all_is_taken_gets_its_header_back_and_that_all_is_well() {
    let told = retour(&message("RI301", &[&["1"], &["2", "3"]]), &[]).expect("a retour");
    assert!(
        told.contains("xmlns:re=\"urn:example:reintegratie:toewijzingretour:1_0\""),
        "{told}"
    );
    assert!(told.contains(&header("RI302", &["0200"])), "{told}");
    assert!(!told.contains("re:Client"), "{told}");
}

#[test]
fn only_what_is_refused_comes_back_with_its_codes() {
    let product = "/re:Bericht/re:Client[2]/re:ToegewezenProducten/re:ToegewezenProduct[2]";
    let within = format!("{product}/re:Ingangsdatum");
    let told = retour(
        &message("RI301", &[&["1"], &["2", "3", "4"]]),
        &[
            ("overeenkomst.afwezig", product),
            ("iets.anders", &within),
            ("overeenkomst.afwezig", &within),
        ],
    );
    let told = told.expect("a retour");
    assert!(told.contains(&header("RI302", &[])), "{told}");
    assert_eq!(told.matches("<re:Client>").count(), 1, "{told}");
    assert!(told.contains("<re:Bsn>123456782</re:Bsn>"), "{told}");
    assert_eq!(told.matches("<re:ToegewezenProduct>").count(), 1, "{told}");
    assert!(
        told.contains("<re:ToewijzingNummer>3</re:ToewijzingNummer>"),
        "{told}"
    );
    assert!(
        told.contains(
            "</re:Ingangsdatum><re:RetourCodes><re:RetourCode>9321</re:RetourCode><re:RetourCode>0001</re:RetourCode></re:RetourCodes></re:ToegewezenProduct>"
        ),
        "each code once, at the end of what it is about: {told}"
    );
}

#[test]
fn what_is_in_a_refused_part_was_not_looked_at_unless_it_has_a_fault_of_its_own() {
    let people: &[&[&str]] = &[&["1", "2"], &["3"]];
    let bad = message("RI301", people).replace("999990019", "999990018");
    let product = "/re:Bericht/re:Client[1]/re:ToegewezenProducten/re:ToegewezenProduct[2]";
    let told = retour(&bad, &[("datum.vorm", product)]).expect("a retour");
    let codes: Vec<&str> = told
        .match_indices("<re:RetourCode>")
        .map(|(at, tag)| &told[at + tag.len()..at + tag.len() + 4])
        .collect();
    assert_eq!(codes, ["0233", "9211", "9101"], "{told}");
    assert_eq!(told.matches("<re:Client>").count(), 1, "{told}");
}

#[test]
fn of_a_message_that_was_taken_only_what_was_refused_comes_back_wherever_its_reason_lies() {
    let text = message("RI301", &[&["1", "9"], &["2"]]);
    let document = document(&text);
    let at = |xpath: &str| Place::Xml {
        xpath: xpath.to_owned(),
        at: document.root.at,
    };
    let product = |client: u8, number: u8| {
        at(&format!(
            "/re:Bericht/re:Client[{client}]/re:ToegewezenProducten/re:ToegewezenProduct[{number}]"
        ))
    };
    let context = json!({"id": "r-1", "referentie": "r-1", "verzonden": "2024-03-21T09:00:00Z"});
    for (code, place, told) in [
        (
            "identiteit.botsing",
            "/re:Bericht/re:Client[1]/re:Bsn",
            "9302",
        ),
        (
            "partij.wijzigt",
            "/re:Bericht/re:Header/re:Ontvanger",
            "9312",
        ),
    ] {
        let faults = [
            Fault::remark("deel.onbekend", at(place), "nl", "en"),
            Fault::refused(code, at(place), "nl", "en"),
        ];
        let refused = product(1, 1);
        let refused = Refused::Elements(vec![(&refused, &faults[..])]);
        let retour = MAPPING.retour(&document, refused, &context);
        let retour = written(&MAPPING, &retour.expect("a retour"));
        assert!(retour.contains(&header("RI302", &[])), "{retour}");
        assert_eq!(retour.matches("<re:RetourCode>").count(), 1, "{retour}");
        assert!(
            retour.contains(&format!(
                "<re:RetourCode>{told}</re:RetourCode></re:RetourCodes></re:ToegewezenProduct>"
            )),
            "{retour}"
        );
        let numbers = retour.matches("<re:ToewijzingNummer>").count();
        assert!(
            numbers == 1 && retour.contains("<re:ToewijzingNummer>1<"),
            "{retour}"
        );
    }
}

#[test]
fn what_stands_around_too_many_elements_is_refused_and_its_neighbours_are_read() {
    let name = "x".repeat(20_000);
    let numbers: Vec<String> = (0..1_500).map(|number| number.to_string()).collect();
    let numbers: Vec<&str> = numbers.iter().map(String::as_str).collect();
    let text = message("RI301", &[&numbers, &["2"]]).replacen(
        "</re:Bsn>",
        &format!("</re:Bsn><re:Extra>{name}</re:Extra>"),
        1,
    );
    let decoded = MAPPING.decode(&document(&text));
    let codes = |index: usize| -> Vec<&str> {
        let faults = decoded.elements[index].faults.iter();
        faults.map(|fault| &*fault.code).collect()
    };
    assert_eq!(decoded.elements.len(), 2);
    assert_eq!(codes(0), ["omgeving.omvang"]);
    assert!(!codes(1).contains(&"omgeving.omvang"));
}

#[test]
fn a_message_that_is_refused_as_a_whole_has_its_code_at_the_header() {
    let told = retour(&message("RI305", &[&["1"]]), &[]).expect("a retour");
    assert!(told.contains(&header("RI302", &["9202"])), "{told}");
    assert!(!told.contains("re:Client"), "{told}");
    let told = retour(
        &message("RI301", &[&["1"]]),
        &[
            ("aanlevering.leeg", ""),
            ("partij.onbekend", "/re:Bericht/re:Header/re:Ontvanger"),
        ],
    );
    let told = told.expect("a retour");
    assert!(told.contains(&header("RI302", &["0001", "9311"])), "{told}");
}

/// What no mapping declares cannot be written back, and does not keep the rest from coming back.
#[test]
fn what_has_a_namespace_that_the_mapping_does_not_declare_is_left_out_of_the_retour() {
    let foreign = "<x:Ext xmlns:x=\"urn:elders\">x</x:Ext>";
    let nil = " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:nil=\"true\"";
    let text = message("RI301", &[&["1"]])
        .replacen("</re:Header>", &format!("{foreign}</re:Header>"), 1)
        .replacen(
            "</re:Bsn>",
            &format!("</re:Bsn>{foreign}<re:Naam{nil}/>"),
            1,
        );
    let product = "/re:Bericht/re:Client[1]/re:ToegewezenProducten/re:ToegewezenProduct[1]";
    let told = retour(&text, &[("iets.anders", product)]).expect("a retour");
    assert!(told.contains(&header("RI302", &[])), "{told}");
    assert!(
        told.contains("<re:Bsn>999990019</re:Bsn><re:Naam/>"),
        "{told}"
    );
    assert!(!told.contains("Ext"), "{told}");
}

#[test]
fn a_text_where_parts_belong_comes_back_with_its_codes() {
    let text = message("RI301", &[&["1"]]);
    let (before, _) = text.split_once("<re:Client>").expect("there is one");
    let bare = format!("{before}<re:Client>Jan</re:Client></re:Bericht>");
    let told = retour(&bare, &[("iets.anders", "/re:Bericht/re:Client[1]")]).expect("a retour");
    assert!(told.contains("<re:Client>Jan<re:RetourCodes>"), "{told}");
    let (before, rest) = text
        .split_once("<re:ToegewezenProduct>")
        .expect("there is one");
    let (_, after) = rest.split_once("</re:ToegewezenProduct>").expect("it ends");
    let bare = format!("{before}<re:ToegewezenProduct>P</re:ToegewezenProduct>{after}");
    let told = retour(&bare, &[]).expect("a retour");
    assert!(
        told.contains("<re:ToegewezenProduct>P<re:RetourCodes>"),
        "{told}"
    );
}

#[test]
fn another_document_gets_no_retour() {
    let other = message("RI301", &[&["1"]]).replace("toewijzing:1_0", "anders:1_0");
    assert_eq!(retour(&other, &[]), None);
}

#[test]
fn remarks_are_no_rejections() {
    let text =
        message("RI301", &[&["1"]]).replace("</re:Client>", "<re:Extra>x</re:Extra></re:Client>");
    let found = MAPPING.decode(&document(&text)).faults;
    let codes: Vec<String> = found
        .iter()
        .map(|fault| format!("{} {}", fault.code, fault.place.location(Lang::Nl)))
        .collect();
    assert_eq!(codes, ["deel.onbekend /re:Bericht/re:Client[1]/re:Extra"]);
    let told = retour(&text, &[]).expect("a retour");
    assert!(told.contains(&header("RI302", &["0200"])), "{told}");
}

/// The value of the only element with a name that is called so, with what stands around it in an envelope.
fn value(envelope: &str, parts: [&str; 2]) -> Vec<String> {
    let [outer, inner] = parts.map(|name| (format!("<{name}>"), format!("</{name}>")));
    let around = envelope.split(&*outer.0).skip(1);
    let around = around.filter_map(|rest| rest.split(&*outer.1).next());
    let values = around.flat_map(|rest| rest.split(&*inner.0).skip(1));
    let values = values.filter_map(|rest| rest.split(&*inner.1).next());
    values.map(str::to_owned).collect()
}

#[test]
fn a_message_in_an_envelope_is_answered_in_one_that_goes_back_to_its_sender() {
    let schemas = Schemas::embedded().expect("they load");
    let library = Library::shipped(&schemas).expect("they compile");
    let mapping = library.inbound("gemeente-voorbeeldstad", "toewijzing-ggk");
    let mapping = mapping.expect("it is shipped");
    let held = STANDARD.encode(message("RI301", &[&["1"], &["2"]]));
    // what another than the mapping put beside a name does not come back
    let came = format!(
        "<g:envelopHeenbericht-ggk_Di01 xmlns:g=\"http://www.stufstandaarden.nl/koppelvlak/ggk0210\" \
         xmlns:S=\"http://www.egem.nl/StUF/StUF0301\" xmlns:x=\"urn:x\"><g:stuurgegevens><S:berichtcode>Di01</S:berichtcode>\
         <S:zender><S:organisatie>0484</S:organisatie><S:applicatie>SuiteRegie</S:applicatie><x:eigen>1</x:eigen></S:zender>\
         <S:ontvanger><S:organisatie>12345678</S:organisatie></S:ontvanger><S:referentienummer>ggk-1</S:referentienummer>\
         <S:tijdstipBericht>20240320101530000</S:tijdstipBericht><S:functie>RI301</S:functie></g:stuurgegevens>\
         <g:parameters><g:functieVersie>0001</g:functieVersie><g:functieSubversie>0000</g:functieSubversie></g:parameters>\
         <g:bericht><g:xmlBestand>{held}</g:xmlBestand></g:bericht></g:envelopHeenbericht-ggk_Di01>"
    );
    let document = adapters::decode(came.as_bytes(), mapping.wire(), &Limits::default());
    let document = document.expect("it is an envelope");
    let place = Place::Xml {
        xpath: "/re:Bericht/re:Client[2]/re:ToegewezenProducten/re:ToegewezenProduct[1]".to_owned(),
        at: document.root.at,
    };
    let place = place.within("/ggk:e/ggk:b", document.root.at);
    let faults = [Fault::refused("partij.wijzigt", place.clone(), "nl", "en")];
    let refused = Refused::Elements(vec![(&place, &faults[..])]);
    let context = json!({"id": "r-1", "referentie": "r-1", "verzonden": "2024-03-21T09:00:00Z"});
    let retour = mapping.retour(&document, refused, &context);
    let told = written(mapping, &retour.expect("a retour"));
    assert!(
        told.contains("<ggk:envelopRetourbericht-ggk_Du01 "),
        "{told}"
    );
    let order = [
        "berichtcode",
        "zender",
        "ontvanger",
        "referentienummer",
        "tijdstipBericht",
        "crossRefnummer",
        "functie",
    ];
    let places = order.map(|name| told.find(&format!("<StUF:{name}>")).expect(name));
    assert!(places.is_sorted(), "as StUF has them: {told}");
    for (around, name, expected) in [
        ("ggk:stuurgegevens", "StUF:berichtcode", "Du01"),
        ("StUF:zender", "StUF:organisatie", "12345678"),
        ("StUF:ontvanger", "StUF:organisatie", "0484"),
        ("StUF:ontvanger", "StUF:applicatie", "SuiteRegie"),
        ("ggk:stuurgegevens", "StUF:referentienummer", "r-1"),
        (
            "ggk:stuurgegevens",
            "StUF:tijdstipBericht",
            "20240321100000000",
        ),
        ("ggk:stuurgegevens", "StUF:crossRefnummer", "ggk-1"),
        ("ggk:stuurgegevens", "StUF:functie", "RI302"),
        ("ggk:parameters", "ggk:functieVersie", "0001"),
    ] {
        assert_eq!(value(&told, [around, name]), [expected], "{told}");
    }
    let held = value(&told, ["ggk:bericht", "ggk:xmlBestand"]);
    let held = STANDARD.decode(&held[0]).expect("base64");
    let held = String::from_utf8(held).expect("UTF-8");
    let held: String = held.lines().map(str::trim).collect();
    assert!(held.contains(&header("RI302", &[])), "{held}");
    assert!(
        held.contains("<re:RetourCode>9312</re:RetourCode>"),
        "{held}"
    );
    assert_eq!(held.matches("<re:ToewijzingNummer>").count(), 1, "{held}");
}
