//! The organisations and what lies between them; everything made up.

use crate::caller::Caller;
use reqwest::Method;
use serde_json::Value;
use serde_json::json;

pub const GEMEENTE: &str = "gemeente-voorbeeldstad";
pub const AANBIEDER_A: &str = "aanbieder-a";
/// Has an agreement with the gemeente too, but nothing is for it.
pub const AANBIEDER_B: &str = "aanbieder-b";

/// Registers everybody through the API.
pub async fn register(beheer: &Caller) {
    for organisatie in [
        json!({"code": GEMEENTE, "naam": "Gemeente Voorbeeldstad", "soort": "gemeente", "oin": "00000099000000484000",
            "gemeentecodes": ["0484"], "rollen": ["G", "O"], "bsnGrondslag": "Participatiewet (voorbeeld)"}),
        json!({"code": AANBIEDER_A, "naam": "Jobcoachorganisatie A", "soort": "jobcoachorganisatie",
            "oin": "00000099123456780000", "kvk": "12345678", "rollen": ["P"]}),
        json!({"code": AANBIEDER_B, "naam": "Jobcoachorganisatie B", "soort": "jobcoachorganisatie",
            "oin": "00000099876543210000", "kvk": "87654321", "rollen": ["P"]}),
    ] {
        let code = organisatie["code"].as_str().expect("a code").to_owned();
        put(beheer, &format!("/v1/organisaties/{code}"), &organisatie).await;
    }
    for (number, uitvoerder) in [("SO-1", AANBIEDER_A), ("SO-2", AANBIEDER_B)] {
        let grant = |soort: &str| json!({"soort": soort, "klassen": ["A", "B", "C", "D"], "reikwijdte": "toegewezen"});
        let overeenkomst = json!({"nummer": number, "opdrachtgever": GEMEENTE, "uitvoerder": uitvoerder,
            "grondslag": "Participatiewet art. 7 (voorbeeld)", "doel": "re-integratie", "van": "2024-01-01",
            "bsnToegestaan": false, "attribuutset": [grant("kandidaat"), grant("verwijzing")]});
        put(
            beheer,
            &format!("/v1/overeenkomsten/{number}"),
            &overeenkomst,
        )
        .await;
    }
}

async fn put(beheer: &Caller, path: &str, record: &Value) {
    let answer = beheer.send(Method::PUT, path, record).await;
    let answer = answer.expect("an answer");
    assert_eq!(answer.status, 201, "{}", answer.body);
}

/// A verwijzing as the gemeente sends it: what differs from one to the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verwijzing {
    pub number: String,
    pub reference: String,
    /// Seconds since a moment in 2024; what the sender orders its own messages by.
    pub moment: i64,
    pub bsn: String,
    pub name: String,
    pub contact: String,
    pub day: u64,
    pub percent: u64,
}

impl Verwijzing {
    pub fn xml(&self) -> String {
        let begin = jiff::civil::date(2024, 3, 14).at(9, 0, 0, 0);
        let moment = begin
            .checked_add(jiff::SignedDuration::from_secs(self.moment))
            .expect("a moment");
        include_str!("verwijzing.xml")
            .replace("{referentie}", &self.reference)
            .replace(
                "{tijdstip}",
                &moment.strftime("%Y%m%d%H%M%S000").to_string(),
            )
            .replace("{nummer}", &self.number)
            .replace("{bsn}", &self.bsn)
            .replace("{naam}", &escape(&self.name))
            .replace("{contact}", &escape(&self.contact))
            .replace("{start}", &format!("202404{:02}", self.day))
            .replace("{loonwaarde}", &self.percent.to_string())
    }

    /// Whether the provider's own JSON says exactly this, in its own words.
    pub fn is_told_by(&self, document: &Value) -> bool {
        document["toewijzing"] == *self.number
            && document["client"]["achternaam"] == *self.name
            && document["contact"]["naam"] == *self.contact
            && document["startDt"] == format!("{:02}-04-2024", self.day)
            && document["loonwaardePct"].as_str() == Some(&*self.percent.to_string())
            && document["begeleiding"] == "hoog"
            && document["opdrachtgever"]["gemeente"] == "0484"
            && document["client"]["geboren"] == "1985"
            && document["client"]["bsn"].is_null()
    }
}

/// What the provider decides on a verwijzing.
pub fn besluit(number: &str) -> Value {
    json!({"kenmerk": format!("besluit-{number}"), "toewijzing": number, "besluit": "Aangenomen",
        "datum": "18-03-2024", "toelichting": motivatie(number), "door": "T. Teamleider"})
}

pub fn motivatie(number: &str) -> String {
    format!("Één plek vrij & \"direct\" voor <{number}>")
}

/// Whether the gemeente's own XML tells the besluit on this verwijzing.
pub fn tells_besluit(xml: &str, number: &str) -> bool {
    let plain = xml
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&amp;", "&");
    [
        format!("<rei:zaaknummer>{number}</rei:zaaknummer>"),
        "</StUF:tijdstipBericht>".to_owned(),
        format!("<rei:motivatie>{}</rei:motivatie>", motivatie(number)),
        "<rei:uitkomst>aangenomen</rei:uitkomst>".to_owned(),
        "<rei:datum>20240318</rei:datum>".to_owned(),
    ]
    .iter()
    .all(|part| plain.contains(part))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// The BSN at a place among those of the test range that pass the elfproef.
pub fn bsn(index: usize) -> String {
    (0..100_000)
        .map(|number| format!("9999{number:05}"))
        .filter(|bsn| schakel::canonical::elfproef(bsn))
        .nth(index)
        .expect("there are some nine thousand")
}
