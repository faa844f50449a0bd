//! The organisations and agreements of the demonstration, all fictitious.

use serde_json::Value;
use serde_json::json;

/// The gemeente of the demonstration.
pub const GEMEENTE: &str = "gemeente-voorbeeldstad";
/// UWV in the demonstration; not the real one.
pub const UWV: &str = "uwv";
/// The provider that does the work.
pub const AANBIEDER_A: &str = "aanbieder-a";
/// The provider that must see nothing of it.
pub const AANBIEDER_B: &str = "aanbieder-b";

/// The organisations, all fictitious: OINs with the test prefix 00000099.
#[must_use]
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
            AANBIEDER_A,
            json!({
                "code": AANBIEDER_A, "naam": "Jobcoachorganisatie A", "soort": "jobcoachorganisatie",
                "oin": "00000099123456780000", "kvk": "12345678", "rollen": ["P"],
            }),
        ),
        (
            AANBIEDER_B,
            json!({
                "code": AANBIEDER_B, "naam": "Jobcoachorganisatie B", "soort": "jobcoachorganisatie",
                "oin": "00000099876543210000", "kvk": "87654321", "rollen": ["P"],
            }),
        ),
    ]
}

/// The agreements. Provider B has them too, so that it sees nothing because nothing is for it. The BSN goes along with
/// UWV only, which needs it to book hours.
#[must_use]
pub fn overeenkomsten() -> [(&'static str, Value); 4] {
    let agreement = |nummer: &str,
                     opdrachtgever: &str,
                     uitvoerder: &str,
                     bsn: bool,
                     profiles: &str| {
        let grant = |soort: &str, klassen: &[&str], reikwijdte: &str| json!({ "soort": soort, "klassen": klassen, "reikwijdte": reikwijdte });
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
    };
    [
        (
            "SO-2024-01",
            agreement("SO-2024-01", GEMEENTE, AANBIEDER_A, false, "toegewezen"),
        ),
        (
            "SO-2024-02",
            agreement("SO-2024-02", UWV, AANBIEDER_A, true, "alle"),
        ),
        (
            "SO-2024-03",
            agreement("SO-2024-03", GEMEENTE, AANBIEDER_B, false, "toegewezen"),
        ),
        (
            "SO-2024-04",
            agreement("SO-2024-04", UWV, AANBIEDER_B, false, "toegewezen"),
        ),
    ]
}
