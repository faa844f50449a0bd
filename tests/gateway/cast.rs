//! The organisations and agreements of these tests; all fictitious, like the shipped mappings that they use.
#![allow(dead_code)] // each test binary uses its own part

use serde_json::Value;
use serde_json::json;

pub const GEMEENTE: &str = "gemeente-voorbeeldstad";
pub const UWV: &str = "uwv";
pub const A: &str = "aanbieder-a";
pub const B: &str = "aanbieder-b";

pub fn organisaties() -> [(&'static str, Value); 4] {
    [
        (
            GEMEENTE,
            json!({
                "code": GEMEENTE, "naam": "Gemeente Voorbeeldstad", "soort": "gemeente",
                "oin": "00000099000000484000", "gemeentecodes": ["0484"], "rollen": ["G", "O"],
                "bsnGrondslag": "Participatiewet (voorbeeld)",
            }),
        ),
        (
            UWV,
            json!({
                "code": UWV, "naam": "UWV (voorbeeld)", "soort": "uwv",
                "oin": "00000099000000002000", "rollen": ["U", "O"],
                "bsnGrondslag": "Wet SUWI (voorbeeld)",
            }),
        ),
        (
            A,
            json!({
                "code": A, "naam": "Jobcoachorganisatie A", "soort": "jobcoachorganisatie",
                "oin": "00000099123456780000", "kvk": "12345678", "rollen": ["P"],
            }),
        ),
        (
            B,
            json!({
                "code": B, "naam": "Jobcoachorganisatie B", "soort": "jobcoachorganisatie",
                "oin": "00000099876543210000", "kvk": "87654321", "rollen": ["P"],
            }),
        ),
    ]
}

/// An agreement about everything that may be agreed on, from a day.
pub fn overeenkomst(nummer: &str, opdrachtgever: &str, uitvoerder: &str, profiles: &str) -> Value {
    let grant = |soort: &str, klassen: &[&str], reikwijdte: &str| json!({ "soort": soort, "klassen": klassen, "reikwijdte": reikwijdte });
    let bsn = opdrachtgever == UWV;
    let mut out = json!({
        "nummer": nummer, "opdrachtgever": opdrachtgever, "uitvoerder": uitvoerder,
        "grondslag": "Participatiewet art. 7 (voorbeeld)", "doel": "re-integratie", "van": "2024-01-01",
        "bsnToegestaan": bsn,
        "attribuutset": [
            grant("kandidaat", &["A", "B", "D"], profiles),
            grant("werkprofiel", &["A", "B", "C", "D"], profiles),
            grant("verwijzing", &["A", "B", "C", "D"], "toegewezen"),
            grant("opdracht", &["A", "B", "F"], "toegewezen"),
            grant("trajectplan", &["A", "B", "C", "D", "F"], "toegewezen"),
            grant("logboekregel", &["A", "D", "F"], "toegewezen"),
            grant("rapportage", &["A", "B", "D", "F"], "toegewezen"),
            grant("loonwaarde", &["A", "B", "D", "F"], "toegewezen"),
        ],
    });
    if bsn {
        out["bsnGrondslag"] = json!("Wet SUWI (voorbeeld)");
    }
    out
}

pub fn overeenkomsten() -> [Value; 3] {
    [
        overeenkomst("SO-2024-01", GEMEENTE, A, "toegewezen"),
        overeenkomst("SO-2024-02", UWV, A, "alle"),
        overeenkomst("SO-2024-03", GEMEENTE, B, "toegewezen"),
    ]
}
