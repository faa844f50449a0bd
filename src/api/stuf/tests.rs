#![allow(clippy::unwrap_used)] // a test may stop

use super::*;
use crate::adapters;
use crate::adapters::Limits;
use crate::api::GatewayError;
use crate::document::At;
use crate::document::Place;
use crate::document::Wire;
use crate::document::XmlWire;
use futures_util::FutureExt;
use http_body_util::BodyExt;
use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::json;
use uuid::Uuid;

const SECTOR: &str = "urn:voorbeeld:0100";
const NOW: &str = "2026-11-02T10:00:00Z";

fn letter(root: &str, stuf: &str, berichtcode: &str) -> String {
    format!(
        "<x:verwijzing xmlns:x='{root}' xmlns:S='{stuf}'><x:stuurgegevens><S:berichtcode>{berichtcode}</S:berichtcode>\
         <S:zender><S:organisatie>0484</S:organisatie><S:gebruiker>jv</S:gebruiker><S:applicatie>SuiteRegie</S:applicatie></S:zender>\
         <S:ontvanger><S:organisatie>00000099123456780000</S:organisatie></S:ontvanger>\
         <S:referentienummer>r-1</S:referentienummer></x:stuurgegevens></x:verwijzing>"
    )
}

fn question(body: &str) -> Question {
    Question {
        media_type: "text/xml",
        namespace: SECTOR.to_owned(),
        lang: Lang::Nl,
        body: Bytes::from(body.to_owned()),
        sender: "gemeente-w".to_owned(),
        now: NOW.parse().unwrap(),
    }
}

fn at(xpath: &str) -> Place {
    let xpath = format!("/x:verwijzing{xpath}");
    let at = At::new(3, 7);
    Place::Xml { xpath, at }
}

fn fault(code: &'static str, place: Place) -> Fault {
    Fault::refused(code, place, format!("Over {code}."), format!("On {code}."))
}

fn receipt(refusals: Vec<Fault>) -> Receipt {
    Receipt {
        id: Uuid::from_u128(7),
        received_at: "2026-11-02T09:00:00.5Z".parse::<Timestamp>().unwrap(),
        answer: json!({"totaal": 2, "opgenomen": 1}),
        refusals,
        replayed: false,
    }
}

async fn answered(
    body: &str,
    outcome: Result<Receipt, ReceiveError>,
) -> (u16, Option<String>, String) {
    let response = question(body).answer(outcome).await.unwrap();
    let retry = response.headers().get(header::RETRY_AFTER);
    let retry = retry.map(|value| value.to_str().unwrap().to_owned());
    assert_eq!(response.headers()[header::CONTENT_TYPE], "text/xml");
    let status = response.status().as_u16();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    (status, retry, String::from_utf8(bytes.to_vec()).unwrap())
}

fn within<'t>(text: &'t str, name: &str) -> &'t str {
    let start = format!("<StUF:{name}>");
    let text = &text[text
        .find(&start)
        .unwrap_or_else(|| panic!("no {name}: {text}"))
        + start.len()..];
    &text[..text.find("</StUF:").unwrap()]
}

#[tokio::test]
async fn what_is_taken_is_acknowledged_with_the_stuurgegevens_turned_round() {
    let body = letter(SECTOR, NAMESPACE, "Di01");
    let (status, _, text) = answered(&body, Ok(receipt(Vec::new()))).await;
    assert_eq!(status, 202);
    assert_eq!(
        text,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<StUF:Bv03Bericht xmlns:StUF=\"http://www.egem.nl/StUF/StUF0301\">\
         <StUF:stuurgegevens><StUF:berichtcode>Bv03</StUF:berichtcode>\
         <StUF:zender><StUF:organisatie>00000099123456780000</StUF:organisatie></StUF:zender>\
         <StUF:ontvanger><StUF:organisatie>0484</StUF:organisatie><StUF:applicatie>SuiteRegie</StUF:applicatie>\
         <StUF:gebruiker>jv</StUF:gebruiker></StUF:ontvanger>\
         <StUF:referentienummer>00000000-0000-0000-0000-000000000007</StUF:referentienummer>\
         <StUF:tijdstipBericht>20261102100000500</StUF:tijdstipBericht>\
         <StUF:crossRefnummer>r-1</StUF:crossRefnummer></StUF:stuurgegevens></StUF:Bv03Bericht>\n"
    );
}

#[tokio::test]
async fn the_berichtcode_of_an_answer_follows_that_of_the_message() {
    for (asked, taken, early, late) in [
        ("Di01", "Bv03", "Fo03", "Fo01"),
        ("Lk01", "Bv03", "Fo03", "Fo01"),
        ("Lk05", "Bv03", "Fo03", "Fo01"),
        ("Di02", "Bv02", "Fo02", "Fo02"),
        ("Lk06", "Bv02", "Fo02", "Fo02"),
        ("Lv01", "Bv02", "Fo02", "Fo02"),
        ("Lv02", "Bv03", "Fo03", "Fo01"),
    ] {
        let body = letter(SECTOR, NAMESPACE, asked);
        let refused = |code| ReceiveError::Invalid(vec![fault(code, at("/x:object"))]);
        for (outcome, expected) in [
            (Ok(receipt(Vec::new())), taken),
            (Err(refused("referentie.gebruikt")), early),
            (Err(refused("datum.vorm")), late),
        ] {
            let (_, _, text) = answered(&body, outcome).await;
            assert_eq!(within(&text, "berichtcode"), expected, "{asked}");
            assert!(
                text.contains(&format!("<StUF:{expected}Bericht ")),
                "{text}"
            );
        }
    }
}

/// What is pushed (a berichtcode, or a namespace of the root or of the stuurgegevens), the fault, where it stands, and
/// code, plek and berichtcode of the answer.
const CODES: [(&str, &str, &str, &str); 28] = [
    (
        "http://www.egem.nl/StUF/StUF0204",
        "waarde.verplicht",
        "/S:referentienummer",
        "StUF001 server Fo03",
    ),
    ("urn:ander:0100", "xml.wortel", "", "StUF004 server Fo03"),
    (
        "urn:voorbeeld:0200",
        "xml.wortel",
        "",
        "StUF007 server Fo03",
    ),
    (
        "Di01",
        "partij.onbekend",
        "/x:stuurgegevens/S:ontvanger/S:organisatie",
        "StUF010 client Fo03",
    ),
    (
        "Di01",
        "waarde.verplicht",
        "/x:stuurgegevens/S:ontvanger/S:organisatie",
        "StUF010 client Fo03",
    ),
    (
        "Di01",
        "afzender.anders",
        "/x:stuurgegevens/S:zender/S:organisatie",
        "StUF013 client Fo03",
    ),
    ("Di01", "referentie.gebruikt", "", "StUF016 client Fo03"),
    (
        "Xx99",
        "waarde.constante",
        "/x:stuurgegevens/S:berichtcode",
        "StUF022 client Fo03",
    ),
    (
        "Lk07",
        "waarde.constante",
        "/x:stuurgegevens/S:berichtcode",
        "StUF022 client Fo03",
    ),
    (
        "Lk01",
        "waarde.constante",
        "/x:stuurgegevens/S:berichtcode",
        "StUF025 server Fo03",
    ),
    (
        "Di01",
        "waarde.constante",
        "/x:stuurgegevens/S:entiteittype",
        "StUF031 server Fo03",
    ),
    (
        "Di01",
        "waarde.constante",
        "/x:object[1]/@S:entiteittype",
        "StUF031 server Fo03",
    ),
    (
        "Di01",
        "waarde.constante",
        "/x:stuurgegevens/S:functie",
        "StUF037 server Fo03",
    ),
    ("Di01", "xml.wortel", "", "StUF040 server Fo03"),
    (
        "Di01",
        "recht.geen-partij",
        "/x:object[1]",
        "StUF052 client Fo01",
    ),
    (
        "Di01",
        "partij.wijzigt",
        "/x:stuurgegevens/S:ontvanger/S:organisatie",
        "StUF058 server Fo01",
    ),
    (
        "Di01",
        "overeenkomst.afwezig",
        "/x:stuurgegevens/S:ontvanger/S:organisatie",
        "StUF052 client Fo01",
    ),
    (
        "Di01",
        "afzender.anders",
        "/x:object[1]/x:opdrachtgever",
        "StUF052 client Fo01",
    ),
    (
        "Di01",
        "datum.vorm",
        "/x:object[1]/x:datum",
        "StUF055 client Fo01",
    ),
    (
        "Di01",
        "status.onbekend",
        "/x:object[1]/x:telefoon",
        "StUF055 client Fo01",
    ),
    (
        "Di01",
        "waarde.constante",
        "/x:object[1]/x:soort",
        "StUF055 client Fo01",
    ),
    (
        "Di01",
        "tijdstip.vorm",
        "/x:stuurgegevens/S:tijdstipBericht",
        "StUF055 client Fo01",
    ),
    ("<x", "xml.afgebroken", "", "StUF055 client Fo03"),
    ("<x", "xml.wortel", "", "StUF055 client Fo03"),
    (
        "Di01",
        "status.overgang",
        "/x:object[1]/x:status",
        "StUF058 server Fo01",
    ),
    (
        "Di01",
        "identiteit.onbekend",
        "/x:object[1]/x:nummer",
        "StUF058 server Fo01",
    ),
    (
        "Di01",
        "partij.onbekend",
        "/x:object[1]/x:uitvoerder",
        "StUF058 server Fo01",
    ),
    ("Di01", "verzonden.toekomst", "", "StUF058 server Fo01"),
];

#[tokio::test]
async fn every_fault_has_its_code_by_what_and_where_it_is() {
    for (pushed, code, xpath, expected) in CODES {
        let body = match pushed {
            _ if pushed.starts_with("http:") => letter(SECTOR, pushed, "Di01"),
            _ if pushed.starts_with("urn:") => letter(pushed, NAMESPACE, "Di01"),
            _ if pushed.starts_with('<') => pushed.to_owned(),
            _ => letter(SECTOR, NAMESPACE, pushed),
        };
        let refused = ReceiveError::Invalid(vec![fault(code, at(xpath))]);
        let (status, _, text) = answered(&body, Err(refused)).await;
        let found = ["code", "plek", "berichtcode"].map(|name| within(&text, name));
        assert_eq!(
            (found.join(" ").as_str(), status),
            (expected, 400),
            "{code}"
        );
        assert!(within(&text, "details").contains(&format!("Over {code}.")));
        assert!(!within(&text, "omschrijving").is_empty());
    }
}

#[tokio::test]
async fn what_is_no_fault_of_the_content_has_the_status_it_has_for_anyone() {
    let body = letter(SECTOR, NAMESPACE, "Di01");
    let away = || GatewayError::Unavailable("10.0.0.9".to_owned());
    let broken = || GatewayError::Internal("SELECT x".to_owned());
    for (error, code, status, retry) in [
        (
            ReceiveError::Conflict(Uuid::from_u128(3)),
            "StUF016",
            409,
            None,
        ),
        (ReceiveError::NoPermission, "StUF013", 403, None),
        (ReceiveError::Busy, "StUF046", 503, Some("1")),
        (ReceiveError::Other(away()), "StUF046", 503, Some("5")),
        (ReceiveError::Other(broken()), "StUF046", 500, None),
        (ReceiveError::NoReference, "StUF055", 400, None),
    ] {
        let (found, after, text) = answered(&body, Err(error)).await;
        assert_eq!((found, after.as_deref()), (status, retry), "{code}");
        assert_eq!(within(&text, "code"), code);
        assert!(!within(&text, "details").is_empty());
        assert!(!text.contains("10.0.0.9") && !text.contains("SELECT"));
    }
    for error in [
        ReceiveError::TooLarge,
        ReceiveError::UnknownSoort,
        ReceiveError::UnsupportedType {
            expected: "application/xml".to_owned(),
        },
    ] {
        assert!(question(&body).answer(Err(error)).await.is_err());
    }
}

#[tokio::test]
async fn the_first_check_gives_the_code_and_details_name_every_fault_in_that_order() {
    let body = letter(SECTOR, NAMESPACE, "Xx99");
    let refused = || {
        ReceiveError::Invalid(vec![
            fault("status.overgang", at("/x:object[2]/x:status")),
            fault("datum.vorm", at("/x:object[1]/x:datum")),
            Fault::remark("deel.onbekend", at("/x:object[1]/x:iets"), "Iets.", "Some."),
            fault("waarde.constante", at("/x:stuurgegevens/S:berichtcode")),
            fault(
                "afzender.anders",
                at("/x:stuurgegevens/S:zender/S:organisatie"),
            ),
        ])
    };
    let (_, _, text) = answered(&body, Err(refused())).await;
    assert_eq!(within(&text, "code"), "StUF013");
    assert_eq!(within(&text, "berichtcode"), "Fo03");
    assert_eq!(
        within(&text, "details"),
        "afzender.anders /x:verwijzing/x:stuurgegevens/S:zender/S:organisatie (regel 3, kolom 7): Over afzender.anders.\n\
         waarde.constante /x:verwijzing/x:stuurgegevens/S:berichtcode (regel 3, kolom 7): Over waarde.constante.\n\
         datum.vorm /x:verwijzing/x:object[1]/x:datum (regel 3, kolom 7): Over datum.vorm.\n\
         status.overgang /x:verwijzing/x:object[2]/x:status (regel 3, kolom 7): Over status.overgang."
    );
    let (_, _, again) = answered(&body, Err(refused())).await;
    assert_eq!(text, again, "the same push, the same bytes");
    let other = letter(SECTOR, NAMESPACE, "Xx98");
    let (_, _, other) = answered(&other, Err(refused())).await;
    assert_ne!(
        within(&text, "referentienummer"),
        within(&other, "referentienummer")
    );
}

#[tokio::test]
async fn an_answer_has_every_part_that_the_standard_wants_whatever_the_message_lacks() {
    let whole = letter(SECTOR, NAMESPACE, "Di01");
    let timed = |moment: &str| {
        let end = "</S:referentienummer>";
        whole.replace(
            end,
            &format!("{end}<S:tijdstipBericht>{moment}</S:tijdstipBericht>"),
        )
    };
    let refused = || Err(ReceiveError::Invalid(vec![fault("datum.vorm", at("/x:a"))]));
    for (body, expected) in [
        (timed("20261102093000"), "20261102093000000"),
        (timed("20240314"), "20240314000000000"),
        // none, none that can be, and one that is yet to come: when it is answered
        (whole.clone(), "20261102110000000"),
        (timed("20261302093000"), "20261102110000000"),
        (timed("morgen"), "20261102110000000"),
        (timed("20261102110001"), "20261102110000000"),
        ("geen XML".to_owned(), "20261102110000000"),
    ] {
        let (_, _, text) = answered(&body, refused()).await;
        assert_eq!(within(&text, "tijdstipBericht"), expected, "{body}");
    }
    let (_, _, text) = answered("geen XML", refused()).await;
    assert!(text.contains("<StUF:zender><StUF:applicatie>Schakel</StUF:applicatie></StUF:zender>"));
    let ontvanger =
        "<StUF:ontvanger><StUF:organisatie>gemeente-w</StUF:organisatie></StUF:ontvanger>";
    assert!(text.contains(ontvanger), "{text}");
}

#[tokio::test]
async fn of_a_message_in_an_envelope_the_document_it_holds_is_content() {
    let body = letter(SECTOR, NAMESPACE, "Di01");
    let held = |xpath: &str| at(xpath).within("/x:verwijzing/x:bestand", At::new(1, 1));
    for (code, place, expected) in [
        ("envelop.wortel", at(""), "StUF040 Fo03"),
        ("xml.wortel", held(""), "StUF055 Fo01"),
        ("xml.afgebroken", held(""), "StUF055 Fo01"),
        ("envelop.codering", at("/x:bestand"), "StUF055 Fo01"),
        (
            "waarde.constante",
            held("/x:stuurgegevens/S:functie"),
            "StUF055 Fo01",
        ),
        (
            "waarde.constante",
            held("/x:object/@S:entiteittype"),
            "StUF055 Fo01",
        ),
        (
            "waarde.constante",
            at("/x:stuurgegevens/S:functie"),
            "StUF037 Fo03",
        ),
        ("status.overgang", held("/x:object"), "StUF058 Fo01"),
    ] {
        let refused = ReceiveError::Invalid(vec![fault(code, place)]);
        let (_, _, text) = answered(&body, Err(refused)).await;
        let found = ["code", "berichtcode"].map(|name| within(&text, name));
        assert_eq!(found.join(" "), expected, "{code}");
    }
}

#[tokio::test]
async fn of_many_faults_the_first_are_named_and_the_rest_is_counted() {
    let body = letter(SECTOR, NAMESPACE, "Di01");
    let many = vec![fault("datum.vorm", at("/x:object/x:datum")); NAMED_MAX + 3];
    let (_, _, text) = answered(&body, Err(ReceiveError::Invalid(many))).await;
    let details = within(&text, "details");
    assert_eq!(details.lines().count(), NAMED_MAX + 1);
    assert!(details.ends_with("En nog 3 andere."));
}

#[tokio::test]
async fn what_is_taken_in_part_is_kept_and_says_what_was_not() {
    let body = letter(SECTOR, NAMESPACE, "Di01");
    for (code, place, expected) in [
        ("datum.vorm", at("/x:object[2]/x:datum"), "StUF055"),
        // about one object of a message that is kept: not a check of kind 3
        (
            "partij.onbekend",
            at("/x:stuurgegevens/S:ontvanger/S:organisatie"),
            "StUF058",
        ),
    ] {
        let (status, _, text) = answered(&body, Ok(receipt(vec![fault(code, place)]))).await;
        assert_eq!(status, 202);
        assert_eq!(within(&text, "berichtcode"), "Fo01");
        assert_eq!(within(&text, "code"), expected);
        assert_eq!(within(&text, "tijdstipBericht"), "20261102100000500");
        let details = within(&text, "details");
        let first = "Bewaard; 1 van 2 objecten zijn overgenomen. De andere niet:\n";
        assert!(details.starts_with(first), "{details}");
        assert!(details.contains(code));
    }
}

#[test]
fn a_text_that_is_too_long_is_not_given_back() {
    let long = "9".repeat(201);
    let body = letter(SECTOR, NAMESPACE, "Di01").replace("SuiteRegie", &long);
    let head = Head::read(body.as_bytes());
    let names: Vec<&str> = head.zender.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["organisatie", "gebruiker"]);
}

proptest! {
    #[test]
    fn whatever_is_pushed_the_answer_can_be_read_and_is_turned_round(
        name in "\\PC{1,60}",
        junk in "\\PC{0,200}",
    ) {
        let escaped = name.replace('&', "&amp;").replace('<', "&lt;");
        let whole = letter(SECTOR, NAMESPACE, "Di01").replace("SuiteRegie", &escaped);
        let refused = || Err(ReceiveError::Invalid(vec![fault("datum.vorm", at("/x:a"))]));
        for (body, given) in [(&whole, name.trim()), (&junk, "")] {
            for outcome in [refused(), Ok(receipt(Vec::new()))] {
                let answered = answered(body, outcome).now_or_never();
                let (_, _, text) = answered.expect("nothing to wait for");
                let wire = Wire::Xml(XmlWire::default());
                let document = adapters::decode(text.as_bytes(), &wire, &Limits::default());
                prop_assert!(document.is_ok(), "{}", text);
                let head = Head::read(text.as_bytes());
                let back = head.ontvanger.iter().find(|(part, _)| *part == "applicatie");
                let back = back.map_or("", |(_, value)| value.as_str());
                prop_assert_eq!(back, given);
            }
        }
    }
}
