//! The project's own Sonar workbook, in the layout of the one published with the VNG UM pilot: sheets "Blad 1" (35
//! columns, 24 people) and "Keuzevelden". Every person is invented; every BSN passes the elfproef and lies in a range
//! that is not issued. The same people as a CSV, as a spreadsheet program saves it.

use jiff::ToSpan;
use jiff::civil::date;
use rust_xlsxwriter::DocProperties;
use rust_xlsxwriter::ExcelDateTime;
use rust_xlsxwriter::Format;
use rust_xlsxwriter::Workbook;
use rust_xlsxwriter::Worksheet;
use rust_xlsxwriter::XlsxError;

/// The columns, in the published order and spelling.
pub const HEADERS: [&str; 35] = [
    "Datum melding",
    "1e uitk dag (niet WW)",
    "BSN",
    "ID_WZ",
    "Beschikbare uren/wk",
    "Opleidingsniveau",
    "Beroepssector",
    "Bemiddelingsberoep",
    "Mondeling Nederlands",
    "Schriftelijk Nederlands",
    "Rijbewijs",
    "Inschrijfdatum",
    "Geslacht",
    "Telefoonnummer",
    "Volledige Naam",
    "Leeftijd",
    "E-mailadres",
    "Vervoer",
    "Gemeente",
    "Postcode",
    "Plaats",
    "Straatnaam",
    "Huisnummer",
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
    "Toestemming",
];

/// The lists of the second sheet: language levels and driving licences.
const LICENCES: [&str; 13] = [
    "A", "A1", "A2", "B", "B+", "C", "C1", "D", "D1", "BE", "CE", "DE", "T",
];

/// The serial number of 1 January 2024, the first date in the workbook.
const FIRST_DAY: u32 = 45_292;

/// One person: what differs from row to row.
pub struct Person {
    pub bsn: u32,
    pub name: &'static str,
    pub sex: &'static str,
    /// Hours a week; a number, or what somebody typed instead.
    pub hours: &'static str,
    pub level: &'static str,
    pub sector: &'static str,
    pub occupation: &'static str,
    /// Speaking and writing Dutch, 1 to 4.
    pub dutch: (u32, u32),
    pub licences: &'static str,
    pub transport: &'static str,
    pub municipality: &'static str,
    pub postcode: &'static str,
    /// Street and house number with suffix.
    pub street: (&'static str, u32, &'static str),
    pub jobs_agreement: u32,
    pub ladder: &'static str,
    pub consent: &'static str,
}

#[rustfmt::skip]
#[allow(clippy::too_many_arguments)] // a row of a table
const fn person(
    bsn: u32, name: &'static str, sex: &'static str, hours: &'static str, level: &'static str, sector: &'static str,
    occupation: &'static str, dutch: (u32, u32), licences: &'static str, transport: &'static str,
    municipality: &'static str, postcode: &'static str, street: (&'static str, u32, &'static str),
    jobs_agreement: u32, ladder: &'static str, consent: &'static str,
) -> Person {
    Person {
        bsn, name, sex, hours, level, sector, occupation, dutch, licences, transport, municipality, postcode, street,
        jobs_agreement, ladder, consent,
    }
}

/// The 24 rows. Row 2 is the person of the XML verwijzing; rows 9 and 10 share a BSN and nothing else; row 12 has a
/// text where hours belong; row 15 lost the leading zeros of 009999905; row 18 says no.
#[rustfmt::skip]
pub const PEOPLE: [Person; 24] = [
    person(999_990_019, "A.B. Testpersoon", "Vrouw", "24", "VMBO", "99999", "Productiemedewerker", (3, 3), "B", "FIETS", "0484", "1234AB", ("Kerkstraat", 1, ""), 1, "??", "Ja"),
    person(999_990_020, "Bram de Bouwer", "Man", "32", "MBO", "41200", "Metselaar", (4, 4), "B,BE", "AUTO", "484", "1234AC", ("Dorpsweg", 12, "A"), 2, "??", "Ja"),
    person(999_990_032, "Chantal van Dam", "Onbekend", "40", "HBO", "99999", "Softwareontwikkelaar", (4, 4), "B", "Motor", "0484", "1234BA", ("NNB", 3, ""), 2, "??", "Ja"),
    person(999_990_044, "Driss el Fictief", "Man", "16", "VMBO", "49410", "Vrachtwagenchauffeur", (2, 1), "B,C,CE,T", "Auto", "0363", "1012WX", ("Lange Laan", 44, ""), 2, "??", "Ja"),
    person(999_990_056, "Eva Eénhoorn", "Vrouw", "36", "WO", "99999", "Tekstschrijver", (4, 4), "B", "OV", "0363", "1012WZ", ("Gracht", 5, "2hoog"), 2, "??", "Ja"),
    person(999_990_068, "Farid Fantasie", "Man", "24", "MBO", "81210", "Schoonmaker", (3, 2), "AM", "Bromfiets", "0548", "8331AA", ("Veldweg", 6, ""), 1, "??", "Ja"),
    person(999_990_081, "Greetje Groot", "Vrouw", "20", "VMBO", "99999", "Secretaresse", (4, 4), "NNB", "Scooter", "0484", "1234AB", ("Kerkstraat", 7, ""), 2, "??", "Ja"),
    person(999_990_093, "Hans Hypothese", "Man", "40", "VMBO", "99999", "Magazijnbediende", (4, 3), "B", "scooter", "0484", "1234AC", ("Molenpad", 8, ""), 2, "??", "Ja"),
    person(999_990_093, "Henk Hypothese", "Man", "12", "MBO", "52100", "Orderpicker", (4, 4), "B,BE", "AUTO", "0484", "1234NF", ("Havenkade", 9, ""), 2, "??", "Ja"),
    person(999_990_111, "Ilse Imaginair", "Vrouw", "28", "MBO", "88911", "Pedagogisch medewerker", (4, 4), "B", "Fiets", "0484", "1234MJ", ("Schoolstraat", 10, ""), 2, "??", "Ja"),
    person(999_990_123, "Joost Jokers", "Man", "in overleg", "VMBO", "99999", "Hovenier", (4, 4), "B,T", "FIETS", "0548", "8331AB", ("Tuinpad", 11, ""), 1, "??", "Ja"),
    person(999_990_135, "Kim Karakter", "Onbekend", "32", "HBO", "86101", "Verpleegkundige", (4, 4), "B", "AUTO", "0548", "8331AC", ("Zusterlaan", 12, ""), 2, "??", "Ja"),
    person(999_990_147, "Loes Legende", "Vrouw", "16", "VMBO", "47110", "Vakkenvuller", (3, 3), "NNB", "Fiets", "0548", "8331AD", ("NNB", 13, ""), 1, "??", "Ja"),
    person(9_999_905, "Mo Mythe", "Man", "40", "MBO", "99999", "Pakketbezorger", (4, 3), "B", "AUTO", "0363", "1012XA", ("Ringbaan", 14, ""), 2, "??", "Ja"),
    person(999_990_159, "Nora Nergens", "Vrouw", "24", "WO", "99999", "Docent scheikunde", (4, 4), "B", "OV", "0363", "1012XB", ("Plein", 15, "bis"), 2, "??", "Ja"),
    person(999_990_160, "Otto Onwaar", "Man", "32", "MBO", "43210", "Elektricien", (4, 4), "B,BE", "Anders", "0484", "1234BB", ("Stroomweg", 16, ""), 2, "??", "Ja"),
    person(999_990_172, "Petra Pseudo", "Vrouw", "20", "VMBO", "56101", "Keukenhulp", (2, 2), "NNB", "FIETS", "0484", "1234BC", ("Eetlaan", 17, ""), 1, "??", "Nee"),
    person(999_990_184, "Quinten Quasi", "Man", "40", "HBO", "62010", "Testanalist", (4, 4), "B", "MOTOR", "0484", "1234BD", ("Proefweg", 18, ""), 2, "??", "Ja"),
    person(999_990_196, "Roos Raadsel", "Onbekend", "24", "MBO", "99999", "Receptionist", (4, 4), "B", "Auto", "0484", "1234BE", ("Balie", 19, ""), 2, "??", "Ja"),
    person(999_990_202, "Sam Schijn", "Man", "36", "VMBO", "49410", "Heftruckchauffeur", (3, 2), "B,T", "Scooter", "12345", "1234BG", ("Loods", 20, ""), 2, "??", "Ja"),
    person(999_990_214, "Tess Toneel", "Vrouw", "16", "VMBO", "90011", "Decorbouwer", (4, 4), "B", "Fiets", "0548", "8331AE", ("Podium", 21, ""), 1, "??", "Ja"),
    person(999_990_226, "Umar Utopia", "Man", "32", "MBO", "25620", "Operator B", (3, 3), "B", "AUTO", "0548", "8331AG", ("Fabriekstraat", 22, ""), 2, "??", "Ja"),
    person(999_990_238, "Vera Verzonnen", "Vrouw", "28", "HBO", "99999", "Laborant", (4, 4), "B", "Step", "0548", "8331AH", ("Labweg", 23, ""), 2, "??", "Ja"),
    person(999_990_251, "Wim Waanbeeld", "Man", "40", "Basisonderwijs", "01610", "Loonwerker", (4, 2), "B,C,BE,T", "FIETS", "0548", "8331AJ", ("Akker", 24, ""), 2, "??", "Ja"),
];

/// The workbook as bytes.
pub fn workbook() -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    let created = ExcelDateTime::from_ymd(2024, 3, 1)?;
    workbook.set_properties(
        &DocProperties::new()
            .set_author("Schakel")
            .set_comment("Verzonnen personen, test-BSN's")
            .set_creation_datetime(&created),
    );
    let sheet = workbook.add_worksheet().set_name("Blad 1")?;
    for (column, header) in (0..).zip(HEADERS) {
        sheet.write_string(0, column, header)?;
    }
    for (row, person) in (1..).zip(&PEOPLE) {
        write(sheet, row, person)?;
    }
    let lists = workbook.add_worksheet().set_name("Keuzevelden")?;
    lists.write_string(1, 1, "Taalbeheersing")?;
    lists.write_string(1, 2, "Rijbewijs")?;
    for level in 1..=4_u32 {
        lists.write_number(1 + level, 1, level)?;
    }
    for (row, licence) in (2..).zip(LICENCES) {
        lists.write_string(row, 2, licence)?;
    }
    workbook.save_to_buffer()
}

fn write(sheet: &mut Worksheet, row: u32, person: &Person) -> Result<(), XlsxError> {
    let date = Format::new().set_num_format("mm-dd-yy");
    let day = FIRST_DAY + row;
    for column in [0, 1, 11] {
        sheet.write_number_with_format(row, column, day, &date)?;
    }
    sheet.write_number(row, 2, person.bsn)?;
    number_or_text(sheet, row, 4, person.hours)?;
    number_or_text(sheet, row, 6, person.sector)?;
    sheet.write_number(row, 8, person.dutch.0)?;
    sheet.write_number(row, 9, person.dutch.1)?;
    sheet.write_number(row, 22, person.street.1)?;
    sheet.write_number(row, 24, person.jobs_agreement)?;
    sheet.write_number(row, 27, 0)?;
    sheet.write_number(row, 28, 1)?;
    sheet.write_number(row, 33, row - 1)?;
    for (column, text) in texts(row, person) {
        if !text.is_empty() {
            sheet.write_string(row, column, text)?;
        }
    }
    Ok(())
}

/// The cells of a row that hold text in the workbook.
fn texts(row: u32, person: &Person) -> [(u16, String); 22] {
    [
        (3, "NNB".to_owned()),
        (5, person.level.to_owned()),
        (7, person.occupation.to_owned()),
        (10, person.licences.to_owned()),
        (12, person.sex.to_owned()),
        (13, format!("088-{}", 1_234_500 + row)),
        (14, person.name.to_owned()),
        (15, "Onbekend".to_owned()),
        (16, format!("persoon{row}@example.nl")),
        (17, person.transport.to_owned()),
        (18, person.municipality.to_owned()),
        (19, person.postcode.to_owned()),
        (20, "Testdorp".to_owned()),
        (21, person.street.0.to_owned()),
        (23, person.street.2.to_owned()),
        (25, "NNB".to_owned()),
        (26, "NNB".to_owned()),
        (29, "H. Medewerker".to_owned()),
        (30, "Voorbeeld Bemiddeling".to_owned()),
        (31, "NNB".to_owned()),
        (32, person.ladder.to_owned()),
        (34, person.consent.to_owned()),
    ]
}

/// The first sheet as a CSV: semicolons, Windows-1252, CRLF and dd-mm-jjjj. A BSN that begins with a zero has lost it.
pub fn csv() -> Vec<u8> {
    let mut lines = vec![HEADERS.join(";")];
    for (row, person) in (1..).zip(&PEOPLE) {
        let mut cells = vec![String::new(); HEADERS.len()];
        let day = date(2024, 1, 1).saturating_add(i64::from(row).days());
        for column in [0, 1, 11] {
            cells[column] = day.strftime("%d-%m-%Y").to_string();
        }
        for (column, text) in [
            (2, format!("{:08}", person.bsn)),
            (4, person.hours.to_owned()),
            (6, person.sector.to_owned()),
            (8, person.dutch.0.to_string()),
            (9, person.dutch.1.to_string()),
            (22, person.street.1.to_string()),
            (24, person.jobs_agreement.to_string()),
            (27, "0".to_owned()),
            (28, "1".to_owned()),
            (33, (row - 1).to_string()),
        ]
        .into_iter()
        .chain(texts(row, person))
        {
            cells[usize::from(column)] = text;
        }
        lines.push(cells.join(";"));
    }
    let text = lines.join("\r\n") + "\r\n";
    encoding_rs::WINDOWS_1252.encode(&text).0.into_owned()
}

/// A number cell where the text is a number without a leading zero, as people type it.
fn number_or_text(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    text: &str,
) -> Result<(), XlsxError> {
    match text.parse::<u32>() {
        Ok(number) if !text.starts_with('0') => sheet.write_number(row, column, number)?,
        _ => sheet.write_string(row, column, text)?,
    };
    Ok(())
}
