//! What the answer per element looks like, for the documentation: the pipeline makes it, a test compares them.

#![allow(dead_code)] // these types describe; the pipeline makes the values

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// Het antwoord op een bericht: wat er van elk element is geworden.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Retour {
    /// Kenmerk van het bericht in de gateway.
    pub id: Uuid,
    /// De eigen referentie van de verzender.
    pub referentie: String,
    /// Soort bericht.
    pub soort: String,
    /// Mapping en revisie die het bericht las.
    pub mapping: String,
    /// Wanneer het geheel binnen was.
    #[schema(format = DateTime)]
    pub ontvangen_op: String,
    /// Aantal elementen in het bericht.
    pub totaal: u32,
    /// Aantal dat is overgenomen, met of zonder opmerkingen.
    pub opgenomen: u32,
    /// Aantal dat met opmerkingen is overgenomen.
    pub met_opmerkingen: u32,
    /// Aantal dat is geweigerd.
    pub geweigerd: u32,
    /// Opmerkingen bij het bericht als geheel.
    pub opmerkingen: Vec<Melding>,
    /// Wat er van elk element is geworden. Bij grote bestanden alleen de elementen waarover iets te melden is.
    pub elementen: Vec<Elementretour>,
}

/// Wat er van één element (rij, record) is geworden.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Elementretour {
    /// Volgnummer in het bericht, vanaf 1.
    pub nummer: u32,
    /// Plek in het eigen bestand.
    pub plaats: String,
    /// Of het is overgenomen.
    pub uitkomst: Uitkomst,
    /// De gegevens waar het over gaat.
    pub records: Vec<Recordretour>,
    /// Alles wat er over te melden is.
    pub fouten: Vec<Melding>,
}

/// Of een element is overgenomen.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum Uitkomst {
    /// Overgenomen.
    Opgenomen,
    /// Niet overgenomen.
    Geweigerd,
}

/// Een gegeven dat een element maakte of wijzigde.
#[derive(Serialize, ToSchema)]
pub struct Recordretour {
    /// Soort gegeven.
    pub soort: String,
    /// Kenmerk in de gateway. Van een kandidaat of werkprofiel heeft elke organisatie een eigen kenmerk.
    pub id: Uuid,
    /// Versie na dit bericht. Afwezig bij een persoon van wie de organisatie geen verwijzing of opdracht deelt.
    #[schema(nullable = false)]
    pub versie: Option<i64>,
    /// Of dit bericht het wijzigde. Afwezig waar de versie afwezig is.
    #[schema(nullable = false)]
    pub gewijzigd: Option<bool>,
}

/// Een fout of opmerking met haar plek in het eigen bestand. Bevat nooit een waarde uit het bestand.
#[derive(Serialize, ToSchema)]
pub struct Melding {
    /// Vaste code, bijvoorbeeld `datum.vorm`.
    pub code: String,
    /// `weigering`: het element is niet overgenomen. `opmerking`: wel.
    pub ernst: Ernst,
    /// In welk deel van het verzoek.
    #[serde(rename = "in")]
    pub part: Deel,
    /// De plek: JSON Pointer, XPath, of rij en kolom.
    pub location: String,
    /// Wat er mis is en wat te doen.
    pub detail: String,
    /// Regel van een tekst, vanaf 1. Afwezig bij een tabel.
    #[schema(nullable = false)]
    pub regel: Option<u32>,
    /// Rij van een tabel (CSV, werkmap), vanaf 1, zoals een rekenblad telt: een regeleinde in een cel begint geen nieuwe rij.
    #[schema(nullable = false)]
    pub rij: Option<u32>,
    /// Kolom, vanaf 1.
    #[schema(nullable = false)]
    pub kolom: Option<u32>,
}

/// Hoe zwaar een melding weegt.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum Ernst {
    /// Het element is niet overgenomen.
    Weigering,
    /// Het element is overgenomen, met deze kanttekening.
    Opmerking,
}

/// Deel van een verzoek.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum Deel {
    /// De inhoud.
    Body,
    /// Een parameter in de query.
    Query,
    /// Een header.
    Header,
}

/// Welke kant een soort op gaat, gezien vanuit de organisatie.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum Richting {
    /// De organisatie kan het sturen.
    Sturen,
    /// De organisatie krijgt het.
    Ontvangen,
    /// Beide.
    Beide,
}

/// Familie van een formaat.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum Formaat {
    /// XML.
    Xml,
    /// JSON.
    Json,
    /// Tekst met scheidingstekens.
    Csv,
    /// Werkmap (.xlsx).
    Excel,
    /// Regels met vaste posities.
    VasteBreedte,
}

/// Foutantwoord volgens RFC 9457.
#[derive(Serialize, ToSchema)]
pub struct Problem {
    /// Soort probleem; op dit adres staat de uitleg.
    #[serde(rename = "type")]
    #[schema(format = "uri-reference")]
    pub kind: String,
    /// Korte naam van het probleem.
    pub title: String,
    /// HTTP-status.
    #[schema(minimum = 400, maximum = 599)]
    pub status: u16,
    /// Wat er aan de hand is en wat te doen.
    pub detail: String,
    /// Dit voorval; de beheerder vindt het hiermee terug.
    #[schema(format = "uri")]
    pub instance: String,
    /// Elke fout met haar plek; alle fouten in één keer.
    #[schema(nullable = false)]
    pub errors: Option<Vec<ProblemError>>,
    /// Hoeveel fouten er zijn, wanneer ze niet allemaal in `errors` staan.
    #[serde(rename = "aantalFouten")]
    #[schema(nullable = false)]
    pub total: Option<u32>,
}

/// Een fout in het verzoek met haar plek.
#[derive(Serialize, ToSchema)]
pub struct ProblemError {
    /// In welk deel van het verzoek.
    #[serde(rename = "in")]
    pub part: Deel,
    /// De plek: JSON Pointer, XPath, rij en kolom, of de naam van de parameter of header.
    #[schema(nullable = false)]
    pub location: Option<String>,
    /// Vaste code, bijvoorbeeld `verplicht`.
    pub code: String,
    /// Wat er mis is en wat te doen. Bevat nooit een waarde uit het verzoek.
    pub detail: String,
    /// Regel van een tekst, vanaf 1. Afwezig bij een tabel.
    #[schema(nullable = false)]
    pub line: Option<u32>,
    /// Rij van een tabel (CSV, werkmap), vanaf 1, zoals een rekenblad telt: een regeleinde in een cel begint geen nieuwe rij.
    #[schema(nullable = false)]
    pub row: Option<u32>,
    /// Kolom, vanaf 1.
    #[schema(nullable = false)]
    pub column: Option<u32>,
}
