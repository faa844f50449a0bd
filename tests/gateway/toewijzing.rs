//! Assignments as iWmo 301 writes them, from a municipality to a provider.

use crate::caller::Caller;
use crate::caller::XML;
use crate::cast;
use crate::house::House;
use crate::place::Place;
use schakel::canonical::Kind;
use serde_json::Value;
use serde_json::json;

/// A provider that speaks the same format, and may hold a BSN.
const IWMO: &str = "aanbieder-iwmo";
const KVK: &str = "44556677";

/// Registers the provider, with an agreement about everything.
pub async fn provider(house: &House) -> Caller {
    let caller = house
        .join(&json!({
            "code": IWMO, "naam": "Jobcoachorganisatie iWmo", "soort": "jobcoachorganisatie",
            "oin": "00000099445566770000", "kvk": KVK, "rollen": ["P"],
            "bsnGrondslag": "Participatiewet (voorbeeld)",
        }))
        .await;
    let mut agreement = cast::overeenkomst("SO-2024-09", cast::GEMEENTE, IWMO, "toegewezen");
    agreement["bsnToegestaan"] = json!(true);
    agreement["bsnGrondslag"] = json!("Participatiewet (voorbeeld)");
    let grants = agreement["attribuutset"].as_array_mut().expect("a list");
    for soort in ["verzoek", "declaratie"] {
        grants.push(json!({"soort": soort, "klassen": ["A", "F"], "reikwijdte": "toegewezen"}));
    }
    house.agree(&agreement).await;
    caller
}

/// What differs in one assignment.
#[derive(Clone, Copy)]
pub struct Toewijzing<'a> {
    pub number: &'a str,
    /// Date and time of assignment.
    pub at: (&'a str, &'a str),
    pub end: &'a str,
}

/// A message about one person.
pub fn message(reference: &str, day: &str, bsn: &str, assigned: &[Toewijzing<'_>]) -> String {
    let products: String = assigned.iter().map(product).collect();
    format!(
        r#"<re:Bericht xmlns:re="urn:example:reintegratie:toewijzing:1_0"><re:Header>
<re:BerichtCode>RI301</re:BerichtCode><re:BerichtVersie>1</re:BerichtVersie><re:BerichtSubversie>0</re:BerichtSubversie>
<re:Afzender>0484</re:Afzender><re:Ontvanger>{KVK}</re:Ontvanger>
<re:BerichtIdentificatie><re:Identificatie>{reference}</re:Identificatie><re:Dagtekening>{day}</re:Dagtekening></re:BerichtIdentificatie>
</re:Header><re:Client><re:Bsn>{bsn}</re:Bsn><re:ToegewezenProducten>{products}</re:ToegewezenProducten></re:Client></re:Bericht>"#
    )
}

fn product(one: &Toewijzing<'_>) -> String {
    let Toewijzing {
        number,
        at: (date, time),
        end,
    } = one;
    format!(
        "<re:ToegewezenProduct><re:ToewijzingNummer>{number}</re:ToewijzingNummer>\
         <re:Toewijzingsdatum>{date}</re:Toewijzingsdatum><re:Toewijzingstijd>{time}</re:Toewijzingstijd>\
         <re:Ingangsdatum>2024-04-01</re:Ingangsdatum><re:Einddatum>{end}</re:Einddatum></re:ToegewezenProduct>"
    )
}

/// The opdrachten on record, by number.
pub async fn opdrachten(house: &House) -> Vec<(String, Value)> {
    let records = house.records(Kind::Opdracht).await;
    let docs = records.iter().map(|record| {
        let doc: Value = serde_json::from_str(&record.doc).expect("a record");
        let number = doc["toewijzingsnummer"].as_str().expect("a number");
        (number.to_owned(), doc)
    });
    let mut docs: Vec<_> = docs.collect();
    docs.sort_by(|one, other| one.0.cmp(&other.0));
    docs
}

pub async fn toewijzingen_reach_a_provider_that_speaks_the_same_format(place: Place) {
    let house = House::new(&place, &[]).await;
    let provider = provider(&house).await;
    let example = include_str!("../../mappings/gemeente-voorbeeldstad/voorbeelden/toewijzing.xml");
    let example = example.replace("12345678", KVK);
    let answer = house
        .gemeente
        .push("toewijzing", XML, None, example)
        .await
        .with(202)
        .json();
    assert_eq!(answer["opgenomen"], 4, "{answer}");
    let mail = provider.fetch_all(1, 600).await;
    assert_eq!(mail[0].soort, "opdracht");
    let content = &mail[0].content;
    for (part, times) in [
        ("<re:Client>", 3),
        ("<re:ToegewezenProduct>", 4),
        ("<re:Bsn>999990019</re:Bsn>", 1),
        ("<re:Toewijzingsdatum>2024-03-20</re:Toewijzingsdatum>", 1),
        ("<re:Toewijzingstijd>10:15:00</re:Toewijzingstijd>", 1),
        ("<re:DatumGebruik>2</re:DatumGebruik>", 1),
        ("<re:Budget>480000</re:Budget>", 1),
        ("<re:Ontvanger>44556677</re:Ontvanger>", 1),
    ] {
        assert_eq!(content.matches(part).count(), times, "{part} in {content}");
    }
    house.stop().await;
}

pub async fn the_latest_moment_of_assignment_counts_whatever_came_last(place: Place) {
    let house = House::new(&place, &[]).await;
    provider(&house).await;
    let push = async |reference: &str, day: &str, time: &str, end: &str| {
        let one = Toewijzing {
            number: "456",
            at: (day, time),
            end,
        };
        let message = message(reference, "2024-03-22", "999990019", &[one]);
        let sent = house.gemeente.push("toewijzing", XML, None, message).await;
        sent.with(202).json()
    };
    // one day, one Dagtekening: only the moment of assignment tells which is the later
    push("T-2", "2024-03-20", "15:00:00", "2024-12-31").await;
    let late = push("T-1", "2024-03-20", "09:00:00", "2024-09-30").await;
    assert!(late.to_string().contains("volgorde.ouder"), "{late}");
    let [(_, stored)] = &opdrachten(&house).await[..] else {
        panic!("one opdracht");
    };
    assert_eq!(stored["einddatum"], "2024-12-31");
    push("T-3", "2024-03-21", "08:00:00", "2024-06-30").await;
    let [(_, stored)] = &opdrachten(&house).await[..] else {
        panic!("one opdracht");
    };
    assert_eq!(stored["einddatum"], "2024-06-30");
    house.stop().await;
}

/// Pushes and asks for the answer in the message's own format.
async fn told(house: &House, message: String) -> (u16, String, String) {
    let request = house
        .gemeente
        .request("POST", "/v1/berichten?soort=toewijzing")
        .header("content-type", XML)
        .header("accept", XML)
        .body(message);
    let answer = house.gemeente.send(request).await;
    let place = answer
        .headers
        .lines()
        .find(|line| line.starts_with("location: "));
    let place = place.map_or_else(String::new, |line| line["location: ".len()..].to_owned());
    assert!(
        answer.headers.contains("content-type: application/xml"),
        "{}",
        answer.headers
    );
    (answer.status, answer.text(), place)
}

/// Asks for a retour in another form than it has: refused, and nothing of it in the audit.
async fn what_cannot_be_handed_over_is_not_made(house: &House, path: &str) {
    let object = format!("bericht/{}", path.rsplit('/').next().expect("an id"));
    let made = async || {
        let rows = house.app().store().audit_of(&object, 100).await.unwrap();
        let made = rows.iter().filter(|row| row.action == "bericht.retour");
        made.count()
    };
    let before = made().await;
    let gemeente = &house.gemeente;
    let request = gemeente.request("GET", &format!("{path}/retour"));
    let request = request.header("accept", "text/csv");
    gemeente.send(request).await.with(406);
    assert_eq!(made().await, before);
}

pub async fn the_retour_names_what_was_refused_and_stays_the_same(place: Place) {
    let house = House::new(&place, &[]).await;
    let provider = provider(&house).await;
    let one = |number, end| Toewijzing {
        number,
        at: ("2024-03-20", "10:15:00"),
        end,
    };
    let two = [one("456", "2024-12-31"), one("457", "2024-02-30")];
    let mixed = message("T-1", "2024-03-20", "999990019", &two);
    let (status, retour, path) = told(&house, mixed.clone()).await;
    assert_eq!(status, 202);
    assert!(
        retour.contains("<re:BerichtCode>RI302</re:BerichtCode>"),
        "{retour}"
    );
    assert!(
        retour.contains("<re:ToewijzingNummer>457</re:ToewijzingNummer>"),
        "{retour}"
    );
    assert!(!retour.contains("456</re:ToewijzingNummer>"), "{retour}");
    assert!(
        retour.contains("<re:RetourCode>9211</re:RetourCode>"),
        "{retour}"
    );
    let mail = provider.fetch_all(1, 600).await;
    assert!(
        mail[0].content.contains("456"),
        "what was not refused goes on"
    );
    house.later(86_400).await;
    let (again, same, _) = told(&house, mixed).await;
    assert_eq!((again, &same), (202, &retour), "sent again");
    let later = house
        .gemeente
        .get(&format!("{path}/retour"))
        .await
        .with(200);
    assert_eq!(later.text(), retour, "asked for later");
    provider.get(&format!("{path}/retour")).await.with(404);
    what_cannot_be_handed_over_is_not_made(&house, &path).await;

    let all = message(
        "T-2",
        "2024-03-20",
        "999990019",
        &[one("458", "2024-12-31")],
    );
    let (status, retour, _) = told(&house, all).await;
    assert_eq!(status, 202);
    assert!(
        retour.contains("<re:RetourCode>0200</re:RetourCode>"),
        "{retour}"
    );
    assert!(!retour.contains("re:Client"), "{retour}");

    let elsewhere = message(
        "T-3",
        "2024-03-20",
        "999990019",
        &[one("459", "2024-12-31")],
    );
    let elsewhere = elsewhere.replace(KVK, "99999999");
    let (status, retour, path) = told(&house, elsewhere).await;
    assert_eq!((status, path.as_str()), (400, ""), "{retour}");
    assert!(
        retour.contains("<re:RetourCode>9311</re:RetourCode></re:RetourCodes></re:Header>"),
        "{retour}"
    );

    // whoever asks for nothing in particular gets the API's own answer
    let none = message(
        "T-4",
        "2024-03-20",
        "999990018",
        &[one("460", "2024-12-31")],
    );
    let usual = house
        .gemeente
        .push("toewijzing", XML, None, none)
        .await
        .with(400);
    assert!(
        usual.headers.contains("application/problem+json"),
        "{}",
        usual.headers
    );
    house.stop().await;
}

/// A start or stop of the provider, with the products in it.
fn step(soort: &str, code: &str, reference: &str, day: &str, products: &str) -> String {
    let name = if soort == "start" { "Start" } else { "Stop" };
    format!(
        r#"<re:Bericht xmlns:re="urn:example:reintegratie:{soort}:1_0"><re:Header>
<re:BerichtCode>{code}</re:BerichtCode><re:BerichtVersie>1</re:BerichtVersie><re:BerichtSubversie>0</re:BerichtSubversie>
<re:Afzender>{KVK}</re:Afzender><re:Ontvanger>0484</re:Ontvanger>
<re:BerichtIdentificatie><re:Identificatie>{reference}</re:Identificatie><re:Dagtekening>{day}</re:Dagtekening></re:BerichtIdentificatie>
</re:Header><re:Client><re:Bsn>999990019</re:Bsn><re:{name}Producten><re:{name}Product>{products}</re:{name}Product></re:{name}Producten></re:Client></re:Bericht>"#
    )
}

pub async fn the_municipality_hears_in_its_format_that_it_began_and_ended(place: Place) {
    let house = House::new(&place, &[]).await;
    let provider = provider(&house).await;
    let one = Toewijzing {
        number: "456",
        at: ("2024-03-20", "10:15:00"),
        end: "2024-12-31",
    };
    let assigned = message("T-1", "2024-03-20", "999990019", &[one]);
    house
        .gemeente
        .push("toewijzing", XML, None, assigned)
        .await
        .with(202);
    provider.fetch_all(1, 600).await;

    let product =
        "<re:ToewijzingNummer>456</re:ToewijzingNummer><re:Begindatum>2024-04-02</re:Begindatum>";
    let begin = format!("{product}<re:StatusAanlevering>1</re:StatusAanlevering>");
    let begin = step("start", "RI305", "A-1", "2024-04-03", &begin);
    provider.push("start", XML, None, begin).await.with(202);
    let mail = house.gemeente.fetch_all(1, 600).await;
    assert_eq!(mail[0].soort, "opdrachtStart");
    for part in [
        "<re:BerichtCode>RI305</re:BerichtCode>",
        "<re:Afzender>44556677</re:Afzender>",
        "<re:Bsn>999990019</re:Bsn>",
        "<re:ToewijzingNummer>456</re:ToewijzingNummer>",
        "<re:Begindatum>2024-04-02</re:Begindatum>",
    ] {
        assert!(
            mail[0].content.contains(part),
            "{part} in {}",
            mail[0].content
        );
    }

    let end = format!(
        "{product}<re:Einddatum>2024-06-28</re:Einddatum><re:RedenBeeindiging>19</re:RedenBeeindiging>\
         <re:StatusAanlevering>1</re:StatusAanlevering>"
    );
    let end = step("stop", "RI307", "A-2", "2024-06-30", &end);
    provider.push("stop", XML, None, end).await.with(202);
    let mail = house.gemeente.fetch_all(1, 600).await;
    assert_eq!(mail[0].soort, "opdrachtStop");
    assert!(
        mail[0]
            .content
            .contains("<re:RedenBeeindiging>19</re:RedenBeeindiging>")
    );
    let [(_, stored)] = &opdrachten(&house).await[..] else {
        panic!("one opdracht");
    };
    assert_eq!(stored["status"], "beeindigd");
    assert_eq!(stored["begonnenOp"], "2024-04-02");

    // what ended does not begin again; whoever asks hears it in its own format
    let again = "<re:ToewijzingNummer>456</re:ToewijzingNummer><re:Begindatum>2024-07-02</re:Begindatum>\
         <re:StatusAanlevering>1</re:StatusAanlevering>";
    let again = step("start", "RI305", "A-3", "2024-07-03", again);
    let request = provider
        .request("POST", "/v1/berichten?soort=start")
        .header("content-type", XML)
        .header("accept", XML)
        .body(again);
    let answer = provider.send(request).await.with(400);
    for part in ["RI306", "<re:RetourCode>9331</re:RetourCode>"] {
        assert!(answer.text().contains(part), "{part} in {}", answer.text());
    }
    house.stop().await;
}

pub async fn a_start_without_a_number_means_the_one_assignment_that_fits_and_a_removal_a_correction(
    place: Place,
) {
    let house = House::new(&place, &[]).await;
    let provider = provider(&house).await;
    let one = |number| Toewijzing {
        number,
        at: ("2024-03-20", "10:15:00"),
        end: "2024-12-31",
    };
    let product = |code: &str| {
        format!("<re:Product><re:Categorie>RI</re:Categorie><re:Code>{code}</re:Code></re:Product>")
    };
    let assigned = message("T-1", "2024-03-20", "999990019", &[one("456"), one("457")]).replacen(
        "<re:Toewijzingsdatum>",
        &(product("JOBC1") + "<re:Toewijzingsdatum>"),
        1,
    );
    let sent = house.gemeente.push("toewijzing", XML, None, assigned).await;
    sent.with(202);
    provider.fetch_all(1, 600).await;
    let begin = |what: &str, day: &str, status: &str| {
        format!(
            "{what}<re:ToewijzingIngangsdatum>2024-04-01</re:ToewijzingIngangsdatum>\
             <re:Begindatum>{day}</re:Begindatum><re:StatusAanlevering>{status}</re:StatusAanlevering>"
        )
    };
    let push = async |reference: &str, products: &str| {
        let sent = step("start", "RI305", reference, "2024-04-10", products);
        provider.push("start", XML, None, sent).await
    };
    // both begin that day; only one of them is this product
    let answer = push("A-1", &begin("", "2024-04-02", "1")).await.with(400);
    assert!(
        answer.text().contains("identiteit.meerduidig")
            && answer.text().contains("re:StartProduct[1]"),
        "{}",
        answer.text()
    );
    let answer = push("A-2", &begin(&product("JOBC9"), "2024-04-02", "1")).await;
    assert!(answer.with(400).text().contains("identiteit.onbekend"));
    let first = begin(&product("JOBC1"), "2024-04-02", "1");
    push("A-3", &first).await.with(202);
    let stored = opdrachten(&house).await;
    assert_eq!(stored[0].1["begonnenOp"], "2024-04-02");
    assert_eq!(stored[1].1["begonnenOp"], Value::Null);
    assert_eq!(
        house.gemeente.fetch_all(1, 600).await[0].soort,
        "opdrachtStart"
    );

    // a removal alone leaves it as it is; with what takes its place it is a correction (IV008)
    let removal = begin(&product("JOBC1"), "2024-04-02", "3");
    let answer = push("A-4", &removal).await.with(400);
    assert!(
        answer.text().contains("paar.verwijdering"),
        "{}",
        answer.text()
    );
    let corrected = begin(&product("JOBC1"), "2024-04-08", "1");
    let both = format!("{removal}</re:StartProduct><re:StartProduct>{corrected}");
    let answer = push("A-5", &both).await.with(202).json();
    assert_eq!(answer["totaal"], 1, "{answer}");
    assert!(!answer.to_string().contains("was.anders"), "{answer}");
    let stored = opdrachten(&house).await;
    assert_eq!(stored[0].1["begonnenOp"], "2024-04-08");
    let mail = house.gemeente.fetch_all(1, 600).await;
    assert!(mail[0].content.contains("<re:Begindatum>2024-04-08<"));
    // what was not is told, and what it becomes counts
    let other = begin(&product("JOBC1"), "2024-05-01", "3");
    let corrected = begin(&product("JOBC1"), "2024-04-09", "1");
    let both = format!("{other}</re:StartProduct><re:StartProduct>{corrected}");
    let answer = push("A-6", &both).await.with(202).json();
    assert!(answer.to_string().contains("was.anders"), "{answer}");
    house.stop().await;
}
