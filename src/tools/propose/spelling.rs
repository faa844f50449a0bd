//! What people write in headers and what they mean by it: abbreviations, and other words for one thing. Dutch as it stands
//! in files of municipalities and providers, and the English of systems that are sold here.

/// Words for one thing, by the word that stands for all of them. What stands in several words there, or in one, or
/// with signs in between, is the same: `e-mail`, `e mail` and `email`.
const MEANT: [(&str, &[&str]); 46] = [
    (
        "bsn",
        &[
            "burgerservicenummer",
            "burgerservicenr",
            "bsnnummer",
            "bsnnr",
            "sofinummer",
            "sofinr",
            "sofi",
            "burgernummer",
            "burgernr",
            "citizenservicenumber",
        ],
    ),
    (
        "geboortedatum",
        &[
            "gebdatum",
            "gebdat",
            "gebdtm",
            "geboren",
            "geborenop",
            "geboortedat",
            "geboortedag",
            "datumgeboorte",
            "birthdate",
            "birthday",
            "dateofbirth",
            "dob",
        ],
    ),
    (
        "geslachtsnaam",
        &[
            "achternaam",
            "achternm",
            "familienaam",
            "anaam",
            "lastname",
            "surname",
            "familyname",
        ],
    ),
    (
        "voorletters",
        &["voorl", "voorletter", "vl", "initialen", "initials"],
    ),
    (
        "voorvoegsel",
        &[
            "voorv",
            "voorvoegsels",
            "tussenvoegsel",
            "tussenvoegsels",
            "tussenv",
            "tussenvgsl",
            "tv",
            "nameprefix",
        ],
    ),
    (
        "voornamen",
        &[
            "voornaam",
            "vnaam",
            "firstname",
            "firstnames",
            "givenname",
            "givennames",
        ],
    ),
    ("roepnaam", &["callingname", "callname", "nickname"]),
    (
        "volledigenaam",
        &["naam", "name", "fullname", "naamvolledig", "volledigename"],
    ),
    ("geslacht", &["mv", "manvrouw", "sekse", "gender", "sex"]),
    (
        "telefoon",
        &[
            "tel",
            "telnr",
            "telnummer",
            "telefoonnr",
            "telefoonnummer",
            "telefoonnummers",
            "telefoonnrs",
            "mobiel",
            "mobielnr",
            "mobielnummer",
            "mobielenummer",
            "gsm",
            "phone",
            "phonenumber",
            "telephone",
            "mobile",
            "mobilephone",
        ],
    ),
    (
        "email",
        &[
            "mail",
            "emailadres",
            "emailadressen",
            "mailadres",
            "emails",
            "epost",
            "emailaddress",
            "mailaddress",
        ],
    ),
    (
        "postcode",
        &["pc", "postcd", "postkode", "zip", "zipcode", "postalcode"],
    ),
    ("straatnaam", &["straat", "str", "street", "streetname"]),
    (
        "huisnummer",
        &["huisnr", "hnr", "housenumber", "streetnumber"],
    ),
    (
        "huisnummertoevoeging",
        &[
            "toevoeging",
            "toev",
            "huisnrtoevoeging",
            "huisnrtoev",
            "hnrtoev",
            "huisnummertoev",
        ],
    ),
    ("huisletter", &["hletter", "huislt"]),
    (
        "woonplaats",
        &[
            "plaats",
            "plaatsnaam",
            "wpl",
            "stad",
            "city",
            "town",
            "woonplaatsnaam",
        ],
    ),
    (
        "klantnummer",
        &[
            "klantnr",
            "klantid",
            "clientnr",
            "clientnummer",
            "clientid",
            "clientnumber",
            "customernumber",
            "customerid",
            "relatienr",
            "relatienummer",
            "inwonernr",
            "inwonernummer",
            "deelnemernr",
            "deelnemernummer",
        ],
    ),
    (
        "kandidaat",
        &[
            "client",
            "clienten",
            "klant",
            "inwoner",
            "burger",
            "werkzoekende",
            "deelnemer",
            "persoon",
            "cursist",
            "customer",
            "candidate",
            "person",
        ],
    ),
    (
        "contactpersoon",
        &[
            "klantmanager",
            "casemanager",
            "consulent",
            "contactperson",
            "regisseur",
            "werkcoach",
        ],
    ),
    (
        "jobcoach",
        &["coach", "begeleider", "trajectbegeleider", "loopbaancoach"],
    ),
    ("opdrachtgever", &["commissioner", "principal"]),
    (
        "uitvoerder",
        &[
            "aanbieder",
            "zorgaanbieder",
            "provider",
            "leverancier",
            "uitvoerendeorganisatie",
        ],
    ),
    ("werkgever", &["bedrijf", "employer", "company"]),
    ("gemeente", &["gem", "municipality"]),
    (
        "gemeentecode",
        &["gemcode", "cbscode", "gemeentenr", "gemeentenummer"],
    ),
    (
        "woonplaatsgemeente",
        &[
            "woongemeente",
            "gemeentewoonplaats",
            "gemeentevaninschrijving",
        ],
    ),
    (
        "begindatum",
        &[
            "startdatum",
            "start",
            "begin",
            "datumbegin",
            "datumstart",
            "begindat",
            "startdat",
            "startdate",
            "begindate",
            "ingangsdatum",
            "datumingang",
            "ingang",
            "datumaanvang",
            "aanvangsdatum",
            "aanvang",
        ],
    ),
    (
        "einddatum",
        &[
            "eind",
            "einde",
            "datumeinde",
            "datumeind",
            "einddat",
            "eindedatum",
            "enddate",
            "stopdatum",
            "datumstop",
        ],
    ),
    (
        "begintijd",
        &[
            "van",
            "starttijd",
            "tijdvan",
            "tijdbegin",
            "beginuur",
            "starttime",
        ],
    ),
    (
        "eindtijd",
        &["tot", "tijdtot", "tijdeinde", "einduur", "endtime"],
    ),
    (
        "omschrijving",
        &[
            "omschr",
            "oms",
            "beschrijving",
            "beschr",
            "description",
            "toelichting",
            "toel",
        ],
    ),
    ("nummer", &["nr", "num", "no", "number", "nummers"]),
    ("datum", &["dat", "dtm", "date"]),
    ("soort", &["type", "kind"]),
    ("status", &["stand", "state"]),
    ("doel", &["doelen", "goal", "goals", "doelstelling"]),
    ("uren", &["uur", "hours", "hour", "hrs", "duur"]),
    (
        "kanaal",
        &["contactvorm", "contactsoort", "contactwijze", "channel"],
    ),
    (
        "opmerking",
        &[
            "opm",
            "opmerkingen",
            "remark",
            "remarks",
            "notitie",
            "notities",
            "bijzonderheden",
        ],
    ),
    ("organisatie", &["org", "organisation", "organization"]),
    ("functie", &["beroep", "functienaam", "jobtitle"]),
    (
        "rijbewijs",
        &["rijbewijzen", "rijbew", "driverslicence", "drivinglicence"],
    ),
    (
        "referentie",
        &[
            "ref",
            "referentienr",
            "referentienummer",
            "kenmerk",
            "reference",
            "onskenmerk",
        ],
    ),
    ("dossier", &["dossiernr", "dossiernummer", "filenumber"]),
    ("percentage", &["perc", "pct", "procent", "percent"]),
];

/// Short words that are what they stand for only where they are all there is: `Van`, not `Datum van melding`.
const ALONE: [&str; 12] = [
    "van", "tot", "no", "tv", "vl", "pc", "str", "plaats", "mv", "type", "stand", "org",
];
/// Longest run of words that is looked for as one.
const RUN: usize = 4;

/// The words of a name as what they mean: runs of words that are one thing become its word.
pub(super) fn meant(words: &[String]) -> Vec<String> {
    let mut out = Vec::with_capacity(words.len());
    let mut at = 0;
    while at < words.len() {
        let longest = RUN.min(words.len() - at);
        let run = (1..=longest).rev().find_map(|length| {
            let joined = words[at..at + length].concat();
            let alone = length == words.len() || !ALONE.contains(&joined.as_str());
            let joined = alone.then_some(joined)?;
            known(&joined).map(|word| (length, word.to_owned()))
        });
        // the rest of a name is no name: what a klantmanager is called is not what somebody is called
        let (length, word) = run.unwrap_or_else(|| (1, lengthened(&words[at])));
        let word = if word == "volledigenaam" && length < words.len() && length == 1 {
            "naam".to_owned()
        } else {
            word
        };
        out.push(word);
        at += length;
    }
    out
}

/// What a word, or words joined, stand for.
fn known(joined: &str) -> Option<&'static str> {
    let means =
        |(word, others): &&(&'static str, &[&str])| *word == joined || others.contains(&joined);
    MEANT.iter().find(means).map(|(word, _)| *word)
}

/// Whether a word, in small letters, is one that people write in headers.
pub(in crate::tools) fn is_written(word: &str) -> bool {
    known(word).is_some() || ALONE.contains(&word)
}

/// A word of which the end is cut short: `aanmeldnr`, `contactdat`.
fn lengthened(word: &str) -> String {
    for (short, long) in [
        ("nr", "nummer"),
        ("dtm", "datum"),
        ("dat", "datum"),
        ("omschr", "omschrijving"),
    ] {
        if let Some(stem) = word.strip_suffix(short).filter(|stem| stem.len() > 3) {
            return format!("{stem}{long}");
        }
    }
    word.to_owned()
}

#[cfg(test)]
mod tests {
    use super::MEANT;
    use super::meant;
    use crate::tools::propose::name::words;

    #[test]
    fn what_people_write_is_one_thing_however_they_write_it() {
        for (one, others) in [
            (
                "geboortedatum",
                &[
                    "Geb.datum",
                    "GEB_DAT",
                    "gebDatum",
                    "Geboren op",
                    "date of birth",
                    "DOB",
                ][..],
            ),
            ("postcode", &["PC", "Post-code", "zip code"]),
            (
                "telefoon",
                &[
                    "Tel.",
                    "telefoonnr",
                    "Telefoon nummer",
                    "TEL_NR",
                    "phoneNumber",
                    "Mobiel",
                ],
            ),
            (
                "bsn",
                &[
                    "BSN",
                    "sofi-nr",
                    "Burger Service Nummer",
                    "burgerservicenummer",
                    "Burgernr.",
                ],
            ),
            (
                "geslachtsnaam",
                &["Achternaam", "achter naam", "lastName", "SURNAME"],
            ),
            ("voorletters", &["Voorl.", "voorletter(s)", "Initialen"]),
            ("email", &["E-mail", "Mail", "e-mailadres", "eMailAddress"]),
            (
                "klantnummer",
                &["Cliëntnr", "Cliënt-nummer", "klant nr.", "clientId"],
            ),
            ("geslacht", &["M/V", "gender"]),
        ] {
            for other in others {
                let other = other.replace("(s)", "");
                let found = meant(&words(&other)).join(" ");
                assert_eq!(found, one, "{other}");
            }
        }
        assert_eq!(
            meant(&words("Tel klantmanager")),
            ["telefoon", "contactpersoon"]
        );
        assert_eq!(meant(&words("Naam coach")), ["naam", "jobcoach"]);
        assert_eq!(meant(&words("Naam")), ["volledigenaam"]);
        assert_eq!(meant(&words("Aanmeldnr")), ["aanmeldnummer"]);
    }

    #[test]
    fn no_word_means_two_things() {
        let mut all: Vec<&str> = MEANT
            .iter()
            .flat_map(|(word, others)| others.iter().copied().chain([*word]))
            .collect();
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
    }
}
