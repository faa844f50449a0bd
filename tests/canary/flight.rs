//! What is sent: everything right and everything wrong that the marked people can be in.

use crate::caller::Answer;
use crate::caller::CSV;
use crate::caller::Caller;
use crate::caller::EXCEL;
use crate::caller::JSON;
use crate::caller::XML;
use crate::cast;
use crate::letters;
use crate::letters::Verwijzing;
use crate::marks::BIRTHDAY;
use crate::marks::BSNS;
use crate::marks::CLIENT;
use crate::marks::EMAIL;
use crate::marks::FIRST_NAME;
use crate::marks::NAME;
use crate::marks::ORIGINAL;
use crate::marks::PASSWORD;
use crate::marks::PHONE;
use crate::marks::POSTCODE;
use crate::marks::STREET;
use crate::marks::TEXT;
use crate::outside::Listener;
use crate::program::Program;
use serde_json::Value;
use serde_json::json;
use std::path::Path;
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;

/// The organisations with their keys; what any of them heard is kept in one place.
pub struct Callers {
    pub admin: Caller,
    pub gemeente: Caller,
    pub uwv: Caller,
    pub a: Caller,
    pub b: Caller,
}

impl Callers {
    pub async fn register(program: &Program) -> Self {
        let admin = Caller::new(&program.api, &program.key("beheer", &["beheer"]));
        for (code, record) in cast::organisaties() {
            let path = format!("/v1/organisaties/{code}");
            admin.json("PUT", &path, &record).await.with(201);
        }
        for record in cast::overeenkomsten() {
            let path = format!("/v1/overeenkomsten/{}", record["nummer"].as_str().unwrap());
            admin.json("PUT", &path, &record).await.with(201);
        }
        let scopes = [
            "berichten:schrijven",
            "berichten:lezen",
            "postvak:lezen",
            "webhook",
        ];
        let with = |org| admin.other(&program.key(org, &scopes));
        Self {
            gemeente: with(cast::GEMEENTE),
            uwv: with(cast::UWV),
            a: with(cast::A),
            b: with(cast::B),
            admin,
        }
    }

    pub fn keys(&self) -> Vec<String> {
        let all = [&self.admin, &self.gemeente, &self.uwv, &self.a, &self.b];
        all.map(|caller| caller.key.clone()).to_vec()
    }
}

fn marked() -> Verwijzing {
    Verwijzing {
        bsn: BSNS[0].to_owned(),
        name: NAME.to_owned(),
        initials: "R.B.".to_owned(),
        birthday: BIRTHDAY.to_owned(),
        phone: PHONE.to_owned(),
        email: EMAIL.to_owned(),
        goal: TEXT.to_owned(),
        contact: FIRST_NAME.to_owned(),
        ..Verwijzing::default()
    }
}

fn marked_cells() -> Vec<(&'static str, &'static str)> {
    vec![
        ("BSN", BSNS[1]),
        ("ID_WZ", CLIENT),
        ("Volledige Naam", NAME),
        ("Telefoonnummer", PHONE),
        ("E-mailadres", EMAIL),
        ("Postcode", POSTCODE),
        ("Straatnaam", STREET),
    ]
}

/// Everything goes as it should, up to a webhook that fails and a replay that does not.
#[allow(clippy::too_many_lines)] // one flight, leg by leg
pub async fn right(callers: &Callers, receiver: &Listener) {
    let Callers {
        gemeente,
        uwv,
        a,
        b,
        ..
    } = callers;
    let webhook = format!("/v1/organisaties/{}/webhook", cast::GEMEENTE);
    let address = json!({ "url": format!("{}/haak", receiver.url) });
    // The secret in the answer is the one thing that is meant to be seen once.
    gemeente.json("PUT", &webhook, &address).await.with(201);
    gemeente.get(&webhook).await.with(200);

    let verwijzing = marked();
    let remark = format!("<!-- {ORIGINAL} --></rei:object>");
    let xml = verwijzing.xml().replace("</rei:object>", &remark);
    let sent = gemeente.push("verwijzing", XML, None, xml.clone()).await;
    let sent = sent.with(202);
    gemeente.push("verwijzing", XML, None, xml).await.with(202);
    let changed = Verwijzing {
        name: STREET.to_owned(),
        ..verwijzing.clone()
    };
    gemeente
        .push("verwijzing", XML, None, changed.xml())
        .await
        .with(409);
    let cells = marked_cells();
    let no_consent: Vec<_> = cells
        .iter()
        .copied()
        .filter(|(name, _)| *name != "BSN")
        .chain([("BSN", BSNS[2]), ("Toestemming", "Nee")])
        .collect();
    let book = letters::workbook("Blad 1", &[&cells, &no_consent]);
    uwv.push("sonar", EXCEL, Some("werkmap-1"), book)
        .await
        .with(202);
    let order = letters::opdracht("4500123456", BSNS[1]);
    uwv.push("canoniek", JSON, None, order.to_string())
        .await
        .with(202);

    let mail = a.fetch_all(3, 600).await;
    assert!(
        mail.iter().any(|one| one.content.contains(NAME)),
        "the recipient sees whom it is about"
    );
    for one in &mail {
        a.get(&format!("/v1/postvak/{}", one.id)).await.with(200);
        a.get(&format!("/v1/postvak/{}/inhoud", one.id))
            .await
            .with(200);
    }
    a.refuse(&mail[0], "kandidaat.onbekend").await.with(200);
    a.confirm(&mail[1..]).await.with(200);
    a.replay(&mail[0].id).await.with(200);
    let again = a.fetch_all(1, 600).await;
    a.confirm(&again).await.with(200);

    let mut besluit = letters::besluit("2024-REI-000123", "W2-2024-0117");
    besluit["door"] = json!(NAME);
    besluit["toelichting"] = json!(TEXT);
    besluit["clientNr"] = json!(CLIENT);
    besluit["coach"] = json!({ "naam": FIRST_NAME, "tel": PHONE, "email": EMAIL });
    let decided = a
        .push("besluit", JSON, None, besluit.to_string())
        .await
        .with(202);
    let plan = json!({
        "kenmerk": "A-1", "dossierNr": "W2-2024-0117", "planNr": "TP-1", "status": "Lopend", "startDt": "02-04-2024",
        "trajectPlan": {
            "einddoelen": [{"tekst": TEXT}], "doelen": [{"nr": 1, "tekst": TEXT}],
            "handtekeningen": [{"wie": "klant", "naam": NAME, "datum": "05-04-2024", "hoe": "pen"}],
        },
    });
    a.push("trajectplan", JSON, None, plan.to_string())
        .await
        .with(202);
    let lines = [
        letters::log_line("W2-2024-0117", "02-04-2024", TEXT, FIRST_NAME, "1,25"),
        // Texts that should not say who it is, and do.
        letters::log_line(
            "W2-2024-0117",
            "03-04-2024",
            &format!("BSN {} van {NAME}", BSNS[3]),
            &format!("gebeld met {} ({})", BSNS[3], PHONE),
            "0,5",
        ),
    ];
    a.push("logboek", CSV, Some("logboek-1"), letters::logboek(&lines))
        .await
        .with(202);

    // The webhook fails, is parked, is replayed, and then gets through.
    let parked = |all: &[Value]| all.iter().any(|one| one["status"] == "geparkeerd");
    let deliveries = a.deliveries_until(&decided.id(), parked).await;
    let delivery = deliveries
        .iter()
        .find(|one| one["status"] == "geparkeerd")
        .unwrap();
    receiver.get_well();
    a.replay(delivery["id"].as_str().unwrap()).await.with(200);
    let arrived = |all: &[Value]| all.iter().all(|one| one["status"] == "bevestigd");
    a.deliveries_until(&decided.id(), arrived).await;

    for caller in [gemeente, uwv, a, b] {
        caller.get("/v1/berichten").await.with(200);
        caller.get("/v1/postvak").await.with(200);
        caller.get("/v1/soorten").await.with(200);
    }
    gemeente
        .get(&format!("/v1/berichten/{}", sent.id()))
        .await
        .with(200);
    b.get(&format!("/v1/berichten/{}", sent.id()))
        .await
        .with(404);
}

/// Messages that are wrong, each with a marked person where the fault is.
pub async fn wrong(callers: &Callers) {
    let Callers {
        gemeente, uwv, a, ..
    } = callers;
    for (number, file) in wrong_xml().into_iter().enumerate() {
        let _ = number;
        gemeente.push("verwijzing", XML, None, file).await;
    }
    for (number, file) in wrong_json().into_iter().enumerate() {
        let key = format!("fout-{number}");
        a.push("besluit", JSON, Some(&key), file.clone()).await;
        a.push(
            "trajectplan",
            JSON,
            Some(&format!("plan-{key}")),
            file.clone(),
        )
        .await;
        uwv.push("canoniek", JSON, Some(&key), file).await;
    }
    for (number, file) in wrong_csv().into_iter().enumerate() {
        a.push("logboek", CSV, Some(&format!("fout-csv-{number}")), file)
            .await;
    }
    for (number, file) in wrong_excel().into_iter().enumerate() {
        uwv.push("sonar", EXCEL, Some(&format!("fout-excel-{number}")), file)
            .await;
    }
}

/// One marked value after the other in each place of a file that should hold something else.
fn wrong_xml() -> Vec<String> {
    let good = Verwijzing {
        number: "2024-REI-000200".to_owned(),
        ..marked()
    };
    let xml = good.xml();
    let mut all = Vec::new();
    for mark in [BSNS[2], NAME, PHONE, EMAIL, POSTCODE] {
        let text = || mark.to_owned();
        for wrong in [
            Verwijzing {
                bsn: text(),
                ..good.clone()
            },
            Verwijzing {
                sex: text(),
                ..good.clone()
            },
            Verwijzing {
                start: text(),
                ..good.clone()
            },
            Verwijzing {
                birthday: text(),
                ..good.clone()
            },
            Verwijzing {
                moment: text(),
                ..good.clone()
            },
            Verwijzing {
                to: text(),
                ..good.clone()
            },
            Verwijzing {
                phone: text(),
                ..good.clone()
            },
            Verwijzing {
                email: text(),
                ..good.clone()
            },
        ] {
            let reference = uuid::Uuid::new_v4().to_string();
            all.push(Verwijzing { reference, ..wrong }.xml());
        }
        for (from, to) in [
            ("<rei:soort>verwijzing", format!("<rei:soort>{mark}")),
            ("<rei:grondslag>PW", format!("<rei:grondslag>{mark}")),
            ("<rei:instrument>30", format!("<rei:instrument>{mark}")),
            ("<rei:loonwaarde>45", format!("<rei:loonwaarde>{mark}")),
            ("<rei:tegel>EW04", format!("<rei:tegel>{mark}")),
            (">Di01<", format!(">{mark}<")),
            (">0484</StUF", format!(">{mark}</StUF")),
            ("\"VRW\"", format!("\"{mark}\"")),
            (
                "</rei:object>",
                format!("<rei:onbekend naam=\"{mark}\">{mark}</rei:onbekend></rei:object>"),
            ),
            ("</rei:object>", format!("{mark}</rei:object>")),
            (
                "</rei:object>",
                format!("<!-- {mark} --></rei:object><?{NAME} {mark}?>"),
            ),
            ("</rei:object>", format!("&{mark};</rei:object>")),
            (
                "</rei:object>",
                format!("<rei:{mark}>x</rei:{NAME}></rei:object>"),
            ),
            (
                "<rei:verwijzing_Di01",
                format!("<!DOCTYPE {NAME} [<!ENTITY x \"{mark}\">]><rei:verwijzing_Di01"),
            ),
        ] {
            all.push(xml.replace(from, &to));
        }
    }
    all.push(xml.replace("rei:soort>", &format!("rei:{NAME}>")));
    all.push(xml.replace(
        "</rei:object>",
        &format!("<rei:{NAME} x=\"1\" x=\"2\"/></rei:object>"),
    ));
    all.push(xml.replace(
        "</rei:object>",
        &format!("<rei:{NAME}><{NAME}:x/></rei:{NAME}></rei:object>"),
    ));
    all.push(xml.replace("verwijzing_Di01", NAME));
    all.push(xml.replace("urn:example:reintegratie:0100", NAME));
    all.push(xml.replace("xmlns:xsi", &format!("xmlns:{NAME}")));
    all.push(xml[..xml.len() / 2].to_owned());
    all.push(format!("{NAME} {}", BSNS[2]));
    all.push(format!("<?xml version=\"1.0\" encoding=\"{NAME}\"?>{xml}"));
    all
}

fn wrong_json() -> Vec<String> {
    let good = letters::besluit("2024-REI-000123", "W2-2024-0117");
    let mut all = Vec::new();
    let names: Vec<String> = good.as_object().unwrap().keys().cloned().collect();
    for mark in [BSNS[2], NAME, EMAIL, PHONE] {
        for name in &names {
            let mut wrong = good.clone();
            wrong[name] = json!(mark);
            all.push(wrong.to_string());
            wrong[name] = json!({ mark: mark });
            all.push(wrong.to_string());
            wrong[name] = json!([mark, 1]);
            all.push(wrong.to_string());
        }
        let mut wrong = good.clone();
        wrong[mark] = json!(mark);
        all.push(wrong.to_string());
        all.push(format!("{{\"{mark}\": 1, \"{mark}\": 2}}"));
        all.push(format!("{{\"a\": {{\"{mark}\": [1, {mark}]}}}}"));
        all.push(format!("{{\"{mark}\": \"x\\u0000\"}}"));
        all.push(format!("[\"{mark}\"]"));
        all.push(format!("{{\"{mark}\": nul}}"));
        all.push(json!({ "kandidaat": { mark: mark, "bsn": mark }, mark: { "x": 1 } }).to_string());
        all.push(json!({ "bericht": {"referentie": "r", mark: 1}, "kandidaat": { "geslacht": mark, "geboortedatum": mark } }).to_string());
        all.push(json!({ "opdracht": { "ordernummer": {"x": mark}, "opdrachtgever": mark, "uitvoerder": {"oin": mark} } }).to_string());
        let deep = "{\"x\":".repeat(80);
        all.push(format!("{deep}\"{mark}\""));
    }
    all
}

fn wrong_csv() -> Vec<Vec<u8>> {
    let good = letters::logboek(&[letters::log_line(
        "W2-2024-0117",
        "05-04-2024",
        TEXT,
        "Tempo",
        "1",
    )]);
    let mut all = Vec::new();
    for mark in [BSNS[2], NAME, EMAIL, PHONE] {
        let line = |dossier: &str, datum: &str, uur: &str| {
            letters::logboek(&[letters::log_line(dossier, datum, mark, mark, uur)])
        };
        all.extend([
            line(mark, "05-04-2024", "1"),
            line("W2-2024-0117", mark, "1"),
            line("W2-2024-0117", "05-04-2024", mark),
            good.replace("Dossier", mark),
            good.replace("Uur", &format!("Uur;{mark}")),
            good.replace("Datum", "Dossier").replace("Van", mark),
            good.replace("9:00", mark),
            good.replace("Face-to-face", mark),
            good.replace("Driegesprek", mark),
            good.replace(";N;", &format!(";{mark};")),
            good.replace(";1;", &format!(";{mark};")),
            format!("{good}{mark}\r\n"),
            format!("{good}\"{mark}"),
            format!("{good}\"{mark}\"x;1\r\n"),
            format!("{mark}\r\n"),
        ]);
    }
    let mut all: Vec<Vec<u8>> = all.into_iter().map(String::into_bytes).collect();
    all.push([NAME.as_bytes(), &[0x81, 0x8d, 0]].concat());
    all
}

fn wrong_excel() -> Vec<Vec<u8>> {
    let headers: Vec<&str> = letters::ROW.iter().map(|(name, _)| *name).collect();
    let mut all = vec![
        letters::workbook(NAME, &[&marked_cells()]),
        letters::workbook(BSNS[2], &[&marked_cells()]),
        [b"PK\x03\x04".as_slice(), NAME.as_bytes()].concat(),
        NAME.as_bytes().to_vec(),
    ];
    // Every value in the column next to its own, and each mark in every column, a row each.
    let mut rows: Vec<Vec<(&str, &str)>> = Vec::new();
    for mark in [BSNS[2], NAME, EMAIL] {
        for name in &headers {
            rows.push(vec![(name, mark)]);
        }
    }
    rows.push(vec![("BSN", BSNS[3]), ("Volledige Naam", NAME)]);
    rows.push(vec![("BSN", BSNS[3]), ("Volledige Naam", FIRST_NAME)]);
    let rows: Vec<&[(&str, &str)]> = rows.iter().map(Vec::as_slice).collect();
    all.push(letters::workbook("Blad 1", &rows));
    for mark in [BSNS[2], NAME, EMAIL] {
        let mut other = headers.clone();
        other[9] = mark;
        all.push(letters::workbook_under(
            "Blad 1",
            &other,
            &[&marked_cells()],
        ));
        other[0] = mark;
        all.push(letters::workbook_under(
            "Blad 1",
            &other,
            &[&marked_cells()],
        ));
        let mut more = headers.clone();
        more.push(mark);
        all.push(letters::workbook_under("Blad 1", &more, &[&marked_cells()]));
    }
    let good = letters::workbook("Blad 1", &[&marked_cells()]);
    all.push(good[..good.len() / 2].to_vec());
    all
}

/// Requests with a marked value where a path, a query, a header or a small JSON body should say something else.
#[allow(clippy::too_many_lines)] // one list of requests
pub async fn strange_requests(callers: &Callers) {
    let Callers {
        admin, gemeente, a, ..
    } = callers;
    for mark in [
        BSNS[2],
        NAME,
        "putter.merk%40vogelmerk.example",
        PHONE,
        PASSWORD,
    ] {
        // An unknown member of a request is named in the answer when its name is one: letters only. So a mark that is
        // one word cannot stand there; every other mark does.
        let member = if mark == NAME { PASSWORD } else { mark };
        for path in [
            format!("/v1/berichten?bsn={mark}"),
            format!("/v1/berichten?{member}=1"),
            format!("/v1/berichten?limit={mark}"),
            format!("/v1/berichten?cursor={mark}"),
            format!("/v1/postvak?status={mark}"),
            format!("/v1/berichten/{mark}"),
            format!("/v1/postvak/{mark}"),
            format!("/v1/postvak/{mark}/inhoud"),
            format!("/v1/{mark}"),
            format!("/{mark}/"),
            format!("/v1/berichten/{mark}/"),
            format!("/v1/organisaties/{mark}"),
            format!("/v1/organisaties/{mark}/webhook"),
            format!("/v1/overeenkomsten/{mark}"),
            format!("/v1/schemas/{mark}"),
            format!("/v1/problemen/{mark}"),
        ] {
            for method in ["GET", "DELETE", "POST"] {
                gemeente.send(gemeente.request(method, &path)).await;
            }
            admin.get(&path).await;
            gemeente.send(gemeente.stranger("GET", &path)).await;
        }
        gemeente
            .push(mark, XML, None, marked().xml())
            .await
            .with(404);
        let content_type = format!("application/{}", mark.replace("%40", "-"));
        gemeente
            .push("verwijzing", &content_type, None, marked().xml())
            .await
            .with(415);
        for (name, value) in [
            ("accept", format!("text/{mark}")),
            ("accept-language", mark.to_owned()),
            ("content-encoding", mark.to_owned()),
            ("traceparent", format!("00-{mark}-1-01")),
            ("tracestate", format!("a={mark}")),
            ("baggage", format!("naam={mark}")),
            ("user-agent", mark.to_owned()),
            ("x-request-id", mark.to_owned()),
            ("referer", format!("https://voorbeeld.nl/{mark}")),
            ("schakel-verzonden-op", mark.to_owned()),
            ("idempotency-key", format!("\"{mark}")),
            ("cookie", format!("sessie={mark}")),
            ("api-version", mark.to_owned()),
        ] {
            let wrong = Verwijzing {
                start: NAME.to_owned(),
                ..marked()
            };
            let request = gemeente.request("POST", "/v1/berichten?soort=verwijzing");
            let request = request.header("content-type", XML).header(name, value);
            gemeente.send(request.body(wrong.xml())).await;
        }
        for authorization in [
            format!("Bearer {mark}"),
            format!("Basic {mark}"),
            mark.to_owned(),
            format!("Bearer {} {mark}", gemeente.key),
        ] {
            let request = gemeente.stranger("GET", "/v1/berichten");
            gemeente
                .send(request.header("authorization", authorization))
                .await
                .with(401);
        }
        for (method, path) in [
            ("POST", "/v1/postvak/_haal"),
            ("POST", "/v1/postvak/_bevestig"),
            ("POST", "/v1/postvak/_weiger"),
            ("POST", "/v1/afleveringen/_herhaal"),
            ("PUT", "/v1/organisaties/aanbieder-a/webhook"),
        ] {
            for body in [
                json!({ member: 1 }),
                json!({ "aantal": mark, "bevestigingen": mark, "weigeringen": [mark], "ids": [mark], "url": mark }),
                json!({ "weigeringen": [{"id": uuid::Uuid::nil(), "token": uuid::Uuid::nil(), "reden": mark}] }),
                json!({ "bevestigingen": [{"id": mark, "token": mark, member: mark}] }),
                json!({ "url": format!("ftp://{mark}/") }),
                json!({ "url": format!("http://{mark}:x@127.0.0.1/") }),
                json!(mark),
            ] {
                a.json(method, path, &body).await;
            }
            let broken = a.request(method, path).header("content-type", JSON);
            a.send(broken.body(format!("{{\"{mark}\": {mark}"))).await;
        }
        for (path, record) in [
            (
                "/v1/organisaties/aanbieder-c",
                json!({ "code": "aanbieder-c", "naam": 1, "soort": mark, mark: mark, "oin": mark, "rollen": [mark] }),
            ),
            (
                "/v1/overeenkomsten/SO-9",
                json!({ "nummer": mark, "opdrachtgever": mark, "uitvoerder": mark, "van": mark, mark: 1 }),
            ),
        ] {
            admin.json("PUT", path, &record).await.with(400);
        }
    }
}

/// What no HTTP client would send.
pub async fn raw_requests(callers: &Callers, api: &str) {
    let address = api.trim_start_matches("http://");
    let (bsn, key) = (BSNS[2], &callers.gemeente.key);
    let long = format!("{NAME}{bsn}").repeat(4_000);
    let requests = [
        format!("{NAME} {bsn}\r\n\r\n"),
        format!("GET /{bsn} HTTP/9.{bsn}\r\n\r\n"),
        format!("GET /v1/berichten HTTP/1.1\r\n{NAME} {bsn}\r\n\r\n"),
        format!("GET /v1/berichten HTTP/1.1\r\nhost: {NAME}\r\nx: {long}\r\n\r\n"),
        format!("GET /{long} HTTP/1.1\r\nhost: {NAME}\r\n\r\n"),
        format!("{NAME} /v1/berichten HTTP/1.1\r\nhost: x\r\n\r\n"),
        format!(
            "POST /v1/berichten?soort=verwijzing HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\ncontent-type: {XML}\r\ncontent-length: {bsn}\r\n\r\n{NAME}"
        ),
        format!(
            "POST /v1/berichten?soort=verwijzing HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\ncontent-type: {XML}\r\ntransfer-encoding: chunked\r\n\r\n{NAME}\r\n{bsn}\r\n"
        ),
        format!(
            "GET /v1/berichten?soort=%zz{bsn} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\nconnection: close\r\n\r\n"
        ),
    ];
    // Side by side: some are answered only when the gateway has had enough of waiting.
    let answers = requests.map(|request| tokio::spawn(raw_answer(address.to_owned(), request)));
    for answer in answers {
        let answer = answer.await.expect("it ended");
        let mut heard = callers.gemeente.heard.lock().expect("not poisoned");
        heard.push(answer);
    }
}

async fn raw_answer(address: String, request: String) -> Answer {
    let mut stream = tokio::net::TcpStream::connect(address)
        .await
        .expect("connected");
    let _ = stream.write_all(request.as_bytes()).await;
    let mut bytes = Vec::new();
    let reading = stream.read_to_end(&mut bytes);
    let _ = tokio::time::timeout(Duration::from_millis(700), reading).await;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let status = text.split(' ').nth(1).and_then(|code| code.parse().ok());
    Answer {
        asked: "raw".to_owned(),
        status: status.unwrap_or(400),
        headers: String::new(),
        bytes,
        content: false,
    }
}

/// Conversions from the command line, right and wrong: a name and the arguments.
pub fn conversions(folder: &Path) -> Vec<(String, Vec<String>)> {
    let mut all = Vec::new();
    let mut add = |kind: &str, mapping: &str, files: Vec<Vec<u8>>| {
        for (number, bytes) in files.into_iter().enumerate() {
            let name = format!("{kind}-{number}");
            let path = |end: &str| {
                folder
                    .join(format!("{name}.{end}"))
                    .to_string_lossy()
                    .into_owned()
            };
            std::fs::write(path("in"), bytes).expect("written");
            let arguments = [
                "convert",
                "--from",
                mapping,
                "--in",
                &path("in"),
                "--out",
                &path("out"),
                "--report",
                &path("report"),
            ];
            all.push((name.clone(), arguments.map(str::to_owned).to_vec()));
        }
    };
    // One of each sort of fault is enough here: the engine is that of the server.
    let few =
        |files: Vec<Vec<u8>>, step: usize| files.into_iter().step_by(step).collect::<Vec<_>>();
    let bytes = |files: Vec<String>| {
        files
            .into_iter()
            .map(String::into_bytes)
            .collect::<Vec<_>>()
    };
    add(
        "xml",
        "gemeente-voorbeeldstad/verwijzing",
        vec![marked().xml().into_bytes()],
    );
    add(
        "xml-fout",
        "gemeente-voorbeeldstad/verwijzing",
        few(bytes(wrong_xml()), 9),
    );
    add(
        "json-fout",
        "aanbieder-a/besluit",
        few(bytes(wrong_json()), 11),
    );
    add("csv-fout", "aanbieder-a/logboek", few(wrong_csv(), 7));
    add("excel-fout", "uwv/sonar", few(wrong_excel(), 3));
    all
}
