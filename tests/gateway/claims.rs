//! What a provider asks and claims of a municipality as iWmo 315 to 325 write it, and what that answers.

use crate::caller::Caller;
use crate::caller::JSON;
use crate::caller::XML;
use crate::house::House;
use crate::house::bsn;
use crate::kennisgevingen::name_change;
use crate::kennisgevingen::said;
use crate::letters::opdracht;
use crate::place::Place;
use crate::toewijzing::Toewijzing;
use crate::toewijzing::message;
use crate::toewijzing::provider;
use schakel::canonical::Kind;
use serde_json::Value;
use serde_json::json;

const PERSON: &str = "999990019";
const OTHER: &str = "123456782";

/// The provider, with an assignment of two people.
async fn assigned(house: &House) -> Caller {
    let provider = provider(house).await;
    for (reference, bsn, number) in [("T-1", PERSON, "2024000456"), ("T-2", OTHER, "2024000460")] {
        let one = Toewijzing {
            number,
            at: ("2024-03-01", "10:00:00"),
            end: "2027-12-31",
        };
        let message = message(reference, "2024-03-02", bsn, &[one]);
        house
            .gemeente
            .push("toewijzing", XML, None, message)
            .await
            .with(202);
    }
    provider.fetch_all(2, 600).await;
    provider
}

/// A shipped example.
fn example(path: &str) -> String {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("mappings");
    std::fs::read_to_string(folder.join(path)).expect("it is shipped")
}

async fn record(house: &House, kind: Kind, attribute: &str, value: &str) -> Value {
    let records = house.records(kind).await;
    let docs = records
        .iter()
        .map(|record| serde_json::from_str::<Value>(&record.doc).expect("a record"));
    let mut fitting = docs.filter(|doc| doc[attribute] == value);
    fitting.next().expect("it is there")
}

fn holds(content: &str, parts: &[&str]) {
    for part in parts {
        assert!(content.contains(part), "{part} in {content}");
    }
}

pub async fn a_request_reaches_the_municipality_and_its_answer_comes_back(place: Place) {
    let house = House::new(&place, &[]).await;
    let provider = assigned(&house).await;
    let request = example("aanbieder-iwmo/voorbeelden/verzoek.xml");
    provider.push("verzoek", XML, None, request).await.with(202);
    let change = example("aanbieder-iwmo/voorbeelden/verzoekwijziging.xml");
    provider
        .push("verzoekwijziging", XML, None, change.clone())
        .await
        .with(202);
    let mut mail = house.gemeente.fetch_all(2, 600).await;
    mail.sort_by(|one, other| one.soort.cmp(&other.soort));
    assert_eq!(mail[0].soort, "verzoekToewijzing");
    holds(
        &mail[0].content,
        &[
            "RI315",
            "<re:ReferentieAanbieder>V-2024-1<",
            "<re:Budget>160000<",
            "<re:Volume>40<",
        ],
    );
    assert_eq!(mail[1].soort, "verzoekWijziging");
    holds(
        &mail[1].content,
        &[
            "RI317",
            "<re:ToewijzingNummer>2024000456<",
            "<re:RedenVerzoek>1<",
            "<re:Bsn>999990019<",
        ],
    );

    let answer = example("gemeente-voorbeeldstad/voorbeelden/verzoekantwoord.xml");
    let looking = answer
        .replace("<re:VerzoekAntwoord>1<", "<re:VerzoekAntwoord>2<")
        .replace("<re:RedenAfwijzingVerzoek>2</re:RedenAfwijzingVerzoek>", "")
        .replace("T240020", "T240019");
    for (sent, status) in [(looking, "inOnderzoek"), (answer, "afgewezen")] {
        house
            .gemeente
            .push("verzoekantwoord", XML, None, sent)
            .await
            .with(202);
        let stored = record(&house, Kind::Verzoek, "referentieAanbieder", "V-2024-2").await;
        assert_eq!(stored["status"], status);
    }
    let mail = provider.fetch_all(2, 600).await;
    assert!(mail.iter().all(|one| one.soort == "verzoekAntwoord"));
    let rejected = mail
        .iter()
        .find(|one| one.content.contains("<re:VerzoekAntwoord>1<"));
    holds(
        &rejected.expect("the last word").content,
        &[
            "RI319",
            "<re:ReferentieAanbieder>V-2024-2<",
            "<re:RedenAfwijzingVerzoek>2<",
        ],
    );
    // what was rejected is over; who is no party has nothing to ask
    let own = change
        .replace("A240011", "A240013")
        .replace(
            "<re:ReferentieAanbieder>V-2024-2<",
            "<re:ReferentieAanbieder>V-2024-3<",
        )
        .replace("2024000456", "9999999999");
    let answer = provider
        .push("verzoekwijziging", XML, None, own)
        .await
        .with(400);
    assert!(
        answer.text().contains("identiteit.onbekend"),
        "{}",
        answer.text()
    );
    let stranger = example("aanbieder-iwmo/voorbeelden/verzoek.xml")
        .replace("A240010", "A240014")
        .replace("V-2024-1", "V-2024-4")
        .replace(PERSON, "111222333");
    let answer = provider
        .push("verzoek", XML, None, stranger)
        .await
        .with(400);
    assert!(
        answer.text().contains("identiteit.onbekend"),
        "{}",
        answer.text()
    );
    house.stop().await;
}

pub async fn a_change_of_several_products_reaches_the_municipality_as_one_request(place: Place) {
    let house = House::new(&place, &[]).await;
    let provider = provider(&house).await;
    let one = |number| Toewijzing {
        number,
        at: ("2024-03-01", "10:00:00"),
        end: "2027-12-31",
    };
    let own = [one("2024000456"), one("2024000457"), one("2024000458")];
    for (reference, bsn, assigned) in [
        ("T-1", PERSON, &own[..]),
        ("T-2", OTHER, &[one("2024000460")]),
    ] {
        let message = message(reference, "2024-03-02", bsn, assigned);
        house
            .gemeente
            .push("toewijzing", XML, None, message)
            .await
            .with(202);
    }
    provider.fetch_all(2, 600).await;
    let change = example("aanbieder-iwmo/voorbeelden/verzoekwijziging-meer.xml");
    let push = async |reference: &str, from: &str, to: &str| {
        let sent = change
            .replace("A240015", reference)
            .replace("V-2024-5", reference)
            .replace(from, to);
        provider.push("verzoekwijziging", XML, None, sent).await
    };
    let answer = push("A240015", "", "").await.with(202).json();
    assert_eq!(answer["opgenomen"], 1, "{answer}");
    let mail = house.gemeente.fetch_all(1, 600).await;
    holds(
        &mail[0].content,
        &[
            "<re:OngewijzigdProduct><re:ToewijzingNummer>2024000458<",
            "<re:TeWijzigenProduct><re:ToewijzingNummer>2024000456<",
            "<re:TeWijzigenProduct><re:ToewijzingNummer>2024000457<",
            "<re:Budget>640000<",
        ],
    );
    assert_eq!(
        mail[0].content.matches("<re:ReferentieAanbieder>").count(),
        1
    );
    // of another person, of nobody, and twice
    for (reference, to, code) in [
        ("A-1", "2024000460", "identiteit.botsing"),
        ("A-2", "9999999999", "identiteit.onbekend"),
        ("A-3", "2024000457", "verzoek.product-dubbel"),
    ] {
        let answer = push(reference, "2024000458", to).await.with(400);
        assert!(answer.text().contains(code), "{code} in {}", answer.text());
    }
    // who names one with the assignment itself asks the same
    let single = json!({
        "bericht": {"referentie": "A-4", "verzonden": "2024-07-01T10:00:00Z"},
        "opdracht": {"toewijzingsnummer": "2024000457"}, "kandidaat": {"bsn": PERSON},
        "verzoek": {"soort": "wijziging", "referentieAanbieder": "V-9", "einddatum": "2024-10-31", "opdrachtgever": {"gemeentecode": "0484"}},
    });
    provider
        .push("canoniek", JSON, None, single.to_string())
        .await
        .with(202);
    let mail = house.gemeente.fetch_all(1, 600).await;
    holds(
        &mail[0].content,
        &[
            "<re:ToewijzingNummer>2024000457<",
            "<re:Einddatum>2024-10-31<",
        ],
    );
    let none = single
        .to_string()
        .replace("A-4", "A-5")
        .replace("V-9", "V-10")
        .replace("\"opdracht\":{\"toewijzingsnummer\":\"2024000457\"},", "");
    let answer = provider.push("canoniek", JSON, None, none).await.with(400);
    assert!(
        answer.text().contains("verplicht.leeg"),
        "{}",
        answer.text()
    );
    house.stop().await;
}

/// What the provider asks about an assignment that is known by its order number alone has no product that a 317 can name,
/// until it has a number.
pub async fn a_change_of_an_assignment_without_a_number_waits_until_it_has_one(place: Place) {
    let house = House::new(&place, &[]).await;
    let provider = assigned(&house).await;
    let order = |reference: &str, own: Value| {
        let mut order = json!({
            "bericht": {"referentie": reference, "verzonden": "2024-03-25T09:00:00Z"},
            "kandidaat": {"bsn": PERSON},
            "opdracht": {
                "ordernummer": "4500000009",
                "opdrachtgever": {"gemeentecode": "0484"}, "uitvoerder": {"kvk": "44556677"},
                "product": {"categorie": "RI", "code": "JOBC2"},
                "toewijzingsTijdstip": "2024-03-25T09:00:00Z", "ingangsdatum": "2024-04-01",
            },
        });
        let said = order["opdracht"].as_object_mut().expect("an object");
        said.extend(own.as_object().expect("an object").clone());
        order
    };
    let request = |reference: &str, own: &str, value: &str| {
        json!({
            "bericht": {"referentie": reference, "verzonden": "2024-07-01T10:00:00Z"},
            "opdracht": {"ordernummer": "4500000009"}, "kandidaat": {"bsn": PERSON},
            "verzoek": {
                "soort": "wijziging", "referentieAanbieder": reference, own: value,
                "opdrachtgever": {"gemeentecode": "0484"},
            },
        })
    };
    let push = async |caller: &Caller, body: Value| {
        let answer = caller.push("canoniek", JSON, None, body.to_string()).await;
        answer.with(202).id()
    };
    push(&house.gemeente, order("T-3", json!({}))).await;
    let asked = push(&provider, request("V-7", "einddatum", "2024-10-31")).await;
    let parked = |all: &[Value]| all[0]["status"] == "geparkeerd";
    let seen = provider.deliveries_until(&asked, parked).await;
    assert_eq!(seen[0]["reden"], "mapping.onvolledig");
    // the number comes, and what waited is offered again
    let numbered = order("T-4", json!({"toewijzingsnummer": "2024000499"}));
    push(&house.gemeente, numbered).await;
    let id = seen[0]["id"].as_str().expect("an id");
    provider.replay(id).await.with(200);
    let named = "<re:TeWijzigenProduct><re:ToewijzingNummer>2024000499<";
    let mail = house.gemeente.fetch_all(1, 600).await;
    holds(&mail[0].content, &[named, "<re:Einddatum>2024-10-31<"]);
    // by its order number, of which nothing is said but that it is meant
    push(&provider, request("V-8", "redenVerzoek", "1")).await;
    let mail = house.gemeente.fetch_all(1, 600).await;
    holds(&mail[0].content, &[named, "<re:RedenVerzoek>1<"]);
    house.stop().await;
}

pub async fn a_claim_is_answered_line_by_line(place: Place) {
    let house = House::new(&place, &[]).await;
    let provider = assigned(&house).await;
    let claim = example("aanbieder-iwmo/voorbeelden/declaratie.xml");
    let wrong = claim
        .replace("A240012", "A240015")
        .replace("<re:TotaalBedrag>40000<", "<re:TotaalBedrag>40001<");
    let request = provider
        .request("POST", "/v1/berichten?soort=declaratie")
        .header("content-type", XML)
        .header("accept", XML)
        .body(wrong);
    let answer = provider.send(request).await.with(400);
    holds(
        &answer.text(),
        &[
            "RI324",
            "<re:RetourCode>9241</re:RetourCode></re:RetourCodes></re:Header>",
        ],
    );
    assert!(
        house.records(Kind::Declaratie).await.is_empty(),
        "no line is taken"
    );

    provider
        .push("declaratie", XML, None, claim)
        .await
        .with(202);
    let mail = house.gemeente.fetch_all(1, 600).await;
    assert_eq!(mail[0].soort, "declaratie");
    holds(
        &mail[0].content,
        &[
            "RI323",
            "<re:DeclaratieNummer>D-2024-06<",
            "<re:TotaalBedrag>40000<",
            "<re:Bsn>123456782<",
            "<re:ToewijzingNummer>2024000460<",
            "<re:IngediendBedrag>32000<",
            "<re:ProductTarief>4000<",
        ],
    );
    assert_eq!(mail[0].content.matches("<re:Prestatie>").count(), 2);

    let answer = example("gemeente-voorbeeldstad/voorbeelden/declaratieantwoord.xml");
    house
        .gemeente
        .push("declaratieantwoord", XML, None, answer)
        .await
        .with(202);
    let mail = provider.fetch_all(1, 600).await;
    assert_eq!(mail[0].soort, "declaratieAntwoord");
    holds(
        &mail[0].content,
        &["RI325", "<re:ToegekendBedrag>30000<", "<re:Beoordeling>2<"],
    );
    let stored = record(&house, Kind::Declaratie, "referentie", "P-1").await;
    assert_eq!(stored["status"], "deelsToegekend");
    assert_eq!(stored["toegekend"], 30_000);
    let stored = record(&house, Kind::Declaratie, "referentie", "P-2").await;
    assert_eq!(stored["status"], "ingediend", "the other line waits");
    house.stop().await;
}

pub async fn no_answer_tells_whether_others_know_a_person(place: Place) {
    let house = House::new(&place, &[]).await;
    let provider = assigned(&house).await;
    let (elsewhere, nobody) = (bsn(1), bsn(2));
    let order = opdracht("4500000001", &elsewhere).to_string();
    house
        .uwv
        .push("canoniek", JSON, None, order)
        .await
        .with(202);
    let request = |bsn: &str, reference: &str| {
        let example = example("aanbieder-iwmo/voorbeelden/verzoek.xml");
        let named = example.replace("V-2024-1", reference);
        named.replace("A240010", reference).replace(PERSON, bsn)
    };
    // of an opdracht that is the provider's own
    let start = |bsn: &str, reference: &str| {
        let example = example("aanbieder-iwmo/voorbeelden/start.xml");
        example.replace("A240001", reference).replace(PERSON, bsn)
    };
    let ask = async |bsn: &str, reference: &str| {
        let gemeente = &house.gemeente;
        let answers = [
            gemeente
                .push("klantkennisgeving", XML, None, name_change(bsn))
                .await,
            provider
                .push("verzoek", XML, None, request(bsn, reference))
                .await,
            provider
                .push("start", XML, None, start(bsn, &format!("{reference}-s")))
                .await,
        ];
        answers.map(|answer| (answer.status, said(&answer.json())))
    };
    let told = ask(&elsewhere, "R-1").await;
    let codes = told.each_ref().map(|(status, faults)| {
        let codes = faults.iter().map(|(code, _)| code.as_str());
        (*status, codes.collect::<Vec<&str>>())
    });
    let refused = |code| (400, vec![code]);
    assert_eq!(
        codes,
        [
            refused("identiteit.onbekend"),
            refused("identiteit.onbekend"),
            refused("identiteit.botsing"),
        ]
    );
    assert_eq!(ask(&nobody, "R-2").await, told, "whoever knows the person");
    // a person of its own, that gets the BSN later
    let mut given = Vec::new();
    for (number, bsn) in [("G-8", &elsewhere), ("G-9", &nobody)] {
        let mut answers = Vec::new();
        for kandidaat in [
            json!({"klantnummer": number}),
            json!({"klantnummer": number, "bsn": bsn}),
            json!({"bsn": bsn, "voornamen": "Noor"}),
        ] {
            let reference = format!("{number}-{}", answers.len());
            let bericht = json!({"referentie": reference, "verzonden": "2024-04-02T09:00:00Z"});
            let body = json!({"bericht": bericht, "kandidaat": kandidaat}).to_string();
            let answer = house.gemeente.push("canoniek", JSON, None, body).await;
            answers.push((answer.status, said(&answer.json())));
        }
        given.push(answers);
    }
    assert_eq!(given[0], given[1], "whoever has the BSN");
    assert!(
        given[0].iter().all(|(status, _)| *status == 202),
        "{given:?}"
    );
    let own = ask(PERSON, "R-3").await;
    assert_eq!(own.map(|(status, _)| status), [202; 3], "of who is known");
    house.stop().await;
}
