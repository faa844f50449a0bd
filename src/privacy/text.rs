use crate::canonical::elfproef;

/// Why a free text is not forwarded. It is received and kept for its own organisation; the sender corrects it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Suspicion {
    /// It holds nine digits that pass the elfproef.
    Bsn,
    /// It holds a word for a diagnosis, medication, addiction or detention.
    Special,
}

/// Words that point at health or criminal data (AVG art. 9 and 10; AP rules on sick employees: functional terms
/// yes, nature and cause no). Word beginnings, lower case. Source: the domain's own examples, [ASM].
const SPECIAL: [&str; 24] = [
    "adhd",
    "alcoholis",
    "angststoornis",
    "antidepress",
    "asperger",
    "autis",
    "bipolair",
    "borderline",
    "burn-out",
    "burnout",
    "depressi",
    "detentie",
    "diagnose",
    "drugsverslaaf",
    "epilep",
    "gedetineerd",
    "kanker",
    "medicatie",
    "psychiatr",
    "psychose",
    "ptss",
    "schizofren",
    "tbs",
    "verslaafd",
];

/// Looks for what must not travel in free text. `None` is clean. Job words such as "medewerker verslavingszorg" do
/// not hit: the list holds words about a person.
#[must_use]
pub fn suspicion(text: &str) -> Option<Suspicion> {
    if holds_bsn(text) {
        return Some(Suspicion::Bsn);
    }
    let lower = text.to_lowercase();
    lower
        .split(|c: char| !c.is_alphanumeric() && c != '-')
        .any(|word| {
            SPECIAL.iter().any(|special| {
                // three letters are a word of their own, or every "tbsp" would hit
                if special.len() <= 4 {
                    word == *special
                } else {
                    word.starts_with(special)
                }
            })
        })
        .then_some(Suspicion::Special)
}

fn holds_bsn(text: &str) -> bool {
    // digits may be grouped with dots, spaces or dashes: 9999.90.019
    let mut run = String::new();
    let mut separators = 0;
    let check = |run: &mut String| {
        let hit = run.len() == 9 && elfproef(run);
        run.clear();
        hit
    };
    for c in text.chars() {
        if c.is_ascii_digit() {
            run.push(c);
            separators = 0;
        } else if !run.is_empty() && separators == 0 && matches!(c, '.' | ' ' | '-') {
            separators = 1;
        } else {
            separators = 0;
            if check(&mut run) {
                return true;
            }
        }
    }
    check(&mut run)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_words_that_must_not_travel_are_found() {
        for (text, found) in [
            ("Instructie met kleurkaart geoefend", None),
            ("Klant 999990019 gebeld", Some(Suspicion::Bsn)),
            ("bsn 9999.90.019", Some(Suspicion::Bsn)),
            ("tel 020-1234567", None),
            ("123456789 is geen bsn", None),
            ("Heeft autisme", Some(Suspicion::Special)),
            ("tbs gehad", Some(Suspicion::Special)),
            ("werkt als medewerker verslavingszorg", None),
            ("prikkelarme werkplek, kan 4 uur achtereen", None),
        ] {
            assert_eq!(suspicion(text), found, "{text}");
        }
    }
}
