//! Names of nobody, and text that says nothing.

use crate::tools::mask::draw::Draw;

const FIRST: [&str; 24] = [
    "Proefje",
    "Testa",
    "Fictus",
    "Modella",
    "Verzina",
    "Bedachtje",
    "Nepomuk",
    "Schijnie",
    "Fantasius",
    "Denkbeelda",
    "Speelda",
    "Testo",
    "Proefina",
    "Fictia",
    "Modelius",
    "Sjablona",
    "Demo",
    "Mallia",
    "Patroon",
    "Ontwerpje",
    "Schetsje",
    "Loremina",
    "Ipsumo",
    "Dolora",
];
const LAST: [&str; 24] = [
    "Voorbeeldsma",
    "Testhuizen",
    "Proefveld",
    "Fictinga",
    "Verzonnenberg",
    "Bedachtstra",
    "Modelhof",
    "Schijnsma",
    "Fantasiestra",
    "Denkbeeldsma",
    "Nepkamp",
    "Mallemeer",
    "Sjabloonsma",
    "Oefenhout",
    "Demohuis",
    "Proefsma",
    "Testinga",
    "Fictema",
    "Verzinstra",
    "Modelsma",
    "Schetsveld",
    "Oefenstra",
    "Ontwerpsma",
    "Patroonstra",
];
const BETWEEN: [&str; 6] = ["op", "te", "bij", "aan", "uit", "tot"];
const STREETS: [&str; 10] = [
    "Voorbeeldstraat",
    "Testlaan",
    "Proefweg",
    "Fictieplein",
    "Modelhofje",
    "Oefenkade",
    "Demosingel",
    "Schetspad",
    "Sjabloondreef",
    "Verzinsteeg",
];
const TOWNS: [&str; 10] = [
    "Voorbeeldstad",
    "Testdorp",
    "Proefhaven",
    "Fictieveen",
    "Modelburg",
    "Oefenwijk",
    "Demovoort",
    "Schetsum",
    "Sjabloonrade",
    "Verzindam",
];
const HOUSES: [&str; 10] = [
    "Organisatie Voorbeeld",
    "Bedrijf Test",
    "Stichting Proef",
    "Bureau Fictie",
    "Werkplaats Model",
    "Groep Oefening",
    "Dienst Demo",
    "Huis Schets",
    "Bedrijf Sjabloon",
    "Stichting Verzinsel",
];
const NOTHING: [&str; 40] = [
    "lorem",
    "ipsum",
    "dolor",
    "sit",
    "amet",
    "consectetur",
    "adipiscing",
    "elit",
    "sed",
    "eiusmod",
    "tempor",
    "incididunt",
    "labore",
    "dolore",
    "magna",
    "aliqua",
    "enim",
    "minim",
    "veniam",
    "quis",
    "nostrud",
    "ullamco",
    "laboris",
    "nisi",
    "aliquip",
    "commodo",
    "consequat",
    "duis",
    "aute",
    "irure",
    "voluptate",
    "velit",
    "cillum",
    "fugiat",
    "nulla",
    "pariatur",
    "excepteur",
    "sint",
    "occaecat",
    "cupidatat",
];

/// What a name is the name of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Name {
    Initials,
    First,
    Between,
    Last,
    Full,
    Street,
    Town,
    House,
}

impl Name {
    /// What the name at an attribute's path is of.
    pub(super) fn of(path: &str) -> Self {
        let mut steps = path.rsplit('/').filter(|step| *step != "*");
        let (name, above) = (steps.next().unwrap_or_default(), steps.next());
        match (name, above) {
            ("voorletters", _) => Self::Initials,
            ("voornamen" | "roepnaam", _) => Self::First,
            ("voorvoegsel", _) => Self::Between,
            ("geslachtsnaam" | "partnernaam", _) => Self::Last,
            ("straatnaam", _) => Self::Street,
            ("woonplaats" | "werklocatie", _) => Self::Town,
            ("volledigeNaam" | "auteur" | "persoon" | "door", _)
            | ("naam", Some("contactpersoon" | "jobcoach" | "wettelijkVertegenwoordiger")) => {
                Self::Full
            }
            _ => Self::House,
        }
    }

    /// A name of nobody, like the one there was: as many words of its sort, capitals and commas where they were.
    pub(super) fn instead_of(self, text: &str, draw: &mut Draw<'_>) -> String {
        let mut pick = |among: &[&str]| draw.pick(among).copied().unwrap_or_default().to_owned();
        let name = match self {
            Self::Initials => return super::spell::scrambled(text, draw),
            Self::First => {
                let count = text.split_whitespace().count().clamp(1, 4);
                let names: Vec<String> = (0..count).map(|_| pick(&FIRST)).collect();
                names.join(" ")
            }
            Self::Between => pick(&BETWEEN),
            Self::Street => pick(&STREETS),
            Self::Town => pick(&TOWNS),
            Self::House => pick(&HOUSES),
            Self::Full if text.contains(',') => format!("{}, {}", pick(&LAST), pick(&FIRST)),
            Self::Full if text.contains(' ') => format!("{} {}", pick(&FIRST), pick(&LAST)),
            Self::Last | Self::Full => pick(&LAST),
        };
        if text.chars().any(char::is_lowercase) || !text.chars().any(char::is_uppercase) {
            name
        } else {
            name.to_uppercase()
        }
    }
}

/// Text that says nothing, of the same length in characters; line ends stay where they were.
pub(super) fn filler(text: &str, draw: &mut Draw<'_>, known: &dyn Fn(&str) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    for (index, line) in text.split('\n').enumerate() {
        if index > 0 {
            out.push('\n');
        }
        let bare = line.strip_suffix('\r').unwrap_or(line);
        out.push_str(&one_line(bare.chars().count(), draw, known));
        if bare.len() < line.len() {
            out.push('\r');
        }
    }
    out
}

fn one_line(length: usize, draw: &mut Draw<'_>, known: &dyn Fn(&str) -> bool) -> String {
    let mut line = String::with_capacity(length + 12);
    let mut tries = 0;
    while line.len() < length && tries < length + 200 {
        tries += 1;
        let word = draw.pick(&NOTHING).copied().unwrap_or("lorem");
        if known(word) {
            continue;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    let mut line: String = line.chars().take(length).collect();
    while line.len() < length || line.ends_with(' ') {
        if line.ends_with(' ') {
            line.pop();
        }
        line.push('x');
    }
    if let Some(first) = line.get(..1).map(str::to_uppercase) {
        line.replace_range(..1, &first);
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools::MaskKey;

    #[test]
    fn a_name_becomes_one_of_nobody_of_the_same_sort() {
        let key = MaskKey::new(b"een");
        let mut draw = Draw::new(&key, "naam", "x", 0);
        for (path, text, holds) in [
            ("voorletters", "J.P.", "."),
            ("adres/straatnaam", "Dorpsstraat", ""),
            ("volledigeNaam", "Jansen, Jan", ", "),
            ("jobcoach/naam", "Jan Jansen", " "),
            ("opdrachtgever/naam", "Gemeente Ergens", " "),
        ] {
            let name = Name::of(path).instead_of(text, &mut draw);
            assert!(name.contains(holds) && name != text, "{path}: {name}");
        }
        assert_eq!(Name::of("ondertekeningen/*/persoon"), Name::Full);
        assert_eq!(Name::of("werkervaring/*/organisatie"), Name::House);
        let upper = Name::Last.instead_of("JANSEN", &mut draw);
        assert_eq!(upper, upper.to_uppercase());
    }

    #[test]
    fn filler_is_as_long_as_the_text_and_has_its_lines() {
        let key = MaskKey::new(b"een");
        let mut draw = Draw::new(&key, "tekst", "x", 0);
        for text in [
            "",
            "a",
            "Een gesprek over één ding.",
            "twee\r\nregels\n",
            "x".repeat(500).as_str(),
        ] {
            let masked = filler(text, &mut draw, &|word| word == "ipsum");
            assert_eq!(masked.chars().count(), text.chars().count(), "{masked}");
            assert_eq!(masked.matches("\r\n").count(), text.matches("\r\n").count());
            assert!(!masked.contains("ipsum") && !masked.contains("gesprek"));
        }
        let stuck = filler("geen woord over", &mut draw, &|_| true);
        assert_eq!(stuck.len(), 15);
    }
}
