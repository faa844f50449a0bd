//! Messages as the organisations send them, with values to fill in.
#![allow(dead_code)] // each test binary uses its own part

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rust_xlsxwriter::Workbook;
use serde_json::Value;
use serde_json::json;

/// What a verwijzing of the gemeente says; the rest is as in the shipped example.
#[derive(Debug, Clone)]
pub struct Verwijzing {
    pub reference: String,
    /// `yyyymmddhhmmss`, in Dutch time.
    pub moment: String,
    pub number: String,
    /// OIN of the recipient.
    pub to: String,
    pub bsn: String,
    pub name: String,
    pub initials: String,
    pub birthday: String,
    pub sex: String,
    pub phone: String,
    pub email: String,
    pub start: String,
    pub goal: String,
    pub contact: String,
}

impl Default for Verwijzing {
    fn default() -> Self {
        let text = str::to_owned;
        Self {
            reference: uuid::Uuid::new_v4().to_string(),
            moment: text("20240314101500"),
            number: text("2024-REI-000123"),
            to: text("00000099123456780000"),
            bsn: text("999990019"),
            name: text("Testpersoon"),
            initials: text("A.B."),
            birthday: text("19850101"),
            sex: text("V"),
            phone: text("0201234567"),
            email: text("a@voorbeeld.nl"),
            start: text("20240401"),
            goal: text("Werk"),
            contact: text("J. Voorbeeld"),
        }
    }
}

impl Verwijzing {
    pub fn xml(&self) -> String {
        let Self {
            reference,
            moment,
            number,
            to,
            bsn,
            name,
            initials,
            birthday,
            sex,
            phone,
            email,
            start,
            goal,
            contact,
        } = self;
        format!(
            r#"<rei:verwijzing_Di01 xmlns:StUF="http://www.egem.nl/StUF/StUF0301" xmlns:rei="urn:example:reintegratie:0100" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <rei:stuurgegevens>
    <StUF:berichtcode>Di01</StUF:berichtcode>
    <StUF:zender><StUF:organisatie>0484</StUF:organisatie><StUF:applicatie>SuiteRegie</StUF:applicatie></StUF:zender>
    <StUF:ontvanger><StUF:organisatie>{to}</StUF:organisatie><StUF:applicatie>Gateway</StUF:applicatie></StUF:ontvanger>
    <StUF:referentienummer>{reference}</StUF:referentienummer>
    <StUF:tijdstipBericht>{moment}000</StUF:tijdstipBericht>
    <StUF:functie>verwijzing</StUF:functie>
  </rei:stuurgegevens>
  <rei:object StUF:entiteittype="VRW" StUF:verwerkingssoort="T">
    <rei:zaaknummer>{number}</rei:zaaknummer>
    <rei:soort>verwijzing</rei:soort>
    <rei:grondslag>PW</rei:grondslag>
    <rei:klant StUF:entiteittype="NPS" StUF:verwerkingssoort="I">
      <rei:bsn>{bsn}</rei:bsn>
      <rei:geslachtsnaam>{name}</rei:geslachtsnaam>
      <rei:voorletters>{initials}</rei:voorletters>
      <rei:geboortedatum>{birthday}</rei:geboortedatum>
      <rei:geslacht>{sex}</rei:geslacht>
      <rei:telefoon>{phone}</rei:telefoon>
      <rei:email>{email}</rei:email>
      <rei:gemeenteCode>0484</rei:gemeenteCode>
    </rei:klant>
    <rei:instrument>30</rei:instrument>
    <rei:tegel>EW04</rei:tegel>
    <rei:doel>{goal}</rei:doel>
    <rei:begeleidingsbehoefte>hoog</rei:begeleidingsbehoefte>
    <rei:loonwaarde>45</rei:loonwaarde>
    <rei:gewensteIngangsdatum>{start}</rei:gewensteIngangsdatum>
    <rei:casemanager><rei:naam>{contact}</rei:naam><rei:telefoon>0201234567</rei:telefoon></rei:casemanager>
  </rei:object>
</rei:verwijzing_Di01>"#
        )
    }
}

/// A message in an envelope of the GGk.
pub fn in_envelope(reference: &str, message: &str) -> String {
    let payload = STANDARD.encode(message);
    format!(
        r#"<ggk:envelopHeenbericht-ggk_Di01 xmlns:ggk="http://www.stufstandaarden.nl/koppelvlak/ggk0210" xmlns:StUF="http://www.egem.nl/StUF/StUF0301">
<ggk:stuurgegevens><StUF:berichtcode>Di01</StUF:berichtcode>
<StUF:zender><StUF:organisatie>0484</StUF:organisatie><StUF:applicatie>SuiteRegie</StUF:applicatie></StUF:zender>
<StUF:ontvanger><StUF:organisatie>44556677</StUF:organisatie></StUF:ontvanger>
<StUF:referentienummer>{reference}</StUF:referentienummer><StUF:tijdstipBericht>20240320101530000</StUF:tijdstipBericht>
<StUF:functie>RI301</StUF:functie></ggk:stuurgegevens>
<ggk:parameters><ggk:functieVersie>0001</ggk:functieVersie><ggk:functieSubversie>0000</ggk:functieSubversie></ggk:parameters>
<ggk:bericht><ggk:xmlBestand>{payload}</ggk:xmlBestand></ggk:bericht></ggk:envelopHeenbericht-ggk_Di01>"#
    )
}

/// The provider's answer to a verwijzing: taken, under a dossier of its own.
pub fn besluit(number: &str, dossier: &str) -> Value {
    json!({
        "kenmerk": format!("besluit-{number}"), "verzonden": "2024-03-18T11:30:00+01:00",
        "toewijzing": number, "besluit": "Aangenomen", "datum": "18-03-2024", "dossierNr": dossier,
    })
}

/// An order of UWV in the canonical form, for somebody it knows by BSN.
pub fn opdracht(ordernummer: &str, bsn: &str) -> Value {
    json!({
        "bericht": {"referentie": format!("UWV-{ordernummer}"), "verzonden": "2024-03-25T09:00:00Z"},
        "kandidaat": {"bsn": bsn},
        "opdracht": {
            "ordernummer": ordernummer,
            "opdrachtgever": {"oin": "00000099000000002000"}, "uitvoerder": {"oin": "00000099123456780000"},
            "product": {"categorie": "RI", "lokaleCode": "persoonlijkeOndersteuning"},
            "toewijzingsTijdstip": "2024-03-25T09:00:00Z", "ingangsdatum": "2024-04-01", "einddatum": "2024-09-30",
            "urenToegekend": 5616,
        },
    })
}

const LOG_HEAD: &str =
    "Dossier;Datum;Van;Tot;Contact;Activiteit;Werkvloer;Doel;Omschrijving;Samenvatting;Uur\r\n";

/// A logboek of these lines (without line ends).
pub fn logboek(lines: &[String]) -> String {
    let mut out = LOG_HEAD.to_owned();
    for line in lines {
        out.push_str(line);
        out.push_str("\r\n");
    }
    out
}

/// One line of a logboek.
pub fn log_line(dossier: &str, datum: &str, eigen: &str, deelbaar: &str, uur: &str) -> String {
    format!("{dossier};{datum};9:00;10:15;Face-to-face;Driegesprek;N;1;{eigen};{deelbaar};{uur}")
}

/// The columns of the workbook that matter here, with a row that is right.
pub const ROW: [(&str, &str); 20] = [
    ("BSN", "999990020"),
    ("ID_WZ", "NNB"),
    ("Beschikbare uren/wk", "32"),
    ("Opleidingsniveau", "MBO"),
    ("Beroepssector", "41200"),
    ("Bemiddelingsberoep", "Metselaar"),
    ("Mondeling Nederlands", "4"),
    ("Schriftelijk Nederlands", "4"),
    ("Rijbewijs", "B"),
    ("Geslacht", "Man"),
    ("Telefoonnummer", "088-1234500"),
    ("Volledige Naam", "Bram de Bouwer"),
    ("E-mailadres", "persoon@voorbeeld.nl"),
    ("Vervoer", "AUTO"),
    ("Gemeente", "0484"),
    ("Postcode", "1234AC"),
    ("Plaats", "Testdorp"),
    ("Straatnaam", "Dorpsweg"),
    ("Huisnummer", "12"),
    ("Toestemming", "Ja"),
];

/// The other columns, which have no place in a profile or stay empty.
const REST: [&str; 15] = [
    "Datum melding",
    "1e uitk dag (niet WW)",
    "Inschrijfdatum",
    "Leeftijd",
    "Huisnummer Toevoeging",
    "Banenafspraak",
    "Klantprofiel",
    "Arbeidsmarktregio",
    "Cases (aantal)",
    "Sonar",
    "Medewerker Naam",
    "Organisatie Naam",
    "GSD Kantoor",
    "Participatieladder",
    "Aantal",
];

/// A workbook whose rows differ from [`ROW`] in the cells that are named.
pub fn workbook(sheet: &str, rows: &[&[(&str, &str)]]) -> Vec<u8> {
    let headers: Vec<&str> = ROW.iter().map(|(name, _)| *name).chain(REST).collect();
    workbook_under(sheet, &headers, rows)
}

/// The same with other headers above the cells.
pub fn workbook_under(sheet: &str, headers: &[&str], rows: &[&[(&str, &str)]]) -> Vec<u8> {
    let mut workbook = Workbook::new();
    let page = workbook.add_worksheet().set_name(sheet).expect("a name");
    for (column, header) in (0..).zip(headers) {
        page.write_string(0, column, *header).expect("written");
    }
    for (row, changes) in (1..).zip(rows) {
        for (column, (name, usual)) in (0..).zip(ROW) {
            let changed = changes.iter().find(|(changed, _)| *changed == name);
            let text = changed.map_or(usual, |(_, text)| *text);
            page.write_string(row, column, text).expect("written");
        }
    }
    workbook.save_to_buffer().expect("a workbook")
}
