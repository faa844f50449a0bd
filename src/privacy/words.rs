//! The words that point at health or criminal data, or at debts (AVG art. 9 and 10; AP rules on sick employees:
//! functional terms yes, nature and cause no; domain model 1.1 and 4.5). Source: the domain's own examples, [ASM].
//!
//! The lists hold words about a person. A hit keeps the text at its own organisation until somebody there rewrites
//! it, so a word of ordinary work (a shift, a training, a job in a hospital) must not be among them.

use aho_corasick::AhoCorasick;
use aho_corasick::AhoCorasickKind;
use std::sync::LazyLock;

/// What a word begins with.
const BEGIN: [&str; 63] = [
    "afkick",
    "alcoholis",
    "alcoholmisbruik",
    "alcoholprobl",
    "antidepress",
    "antipsychot",
    "asperger",
    "autis",
    "bipolair",
    "borderline",
    "burnout",
    "delict",
    "depressi",
    "detentie",
    "diabet",
    "diagnose",
    "drugsgebruik",
    "drugsprobl",
    "drugsverleden",
    "epilep",
    "fibromyalg",
    "gedetineerd",
    "gediagnosticeerd",
    "getraumatiseerd",
    "gevangenis",
    "hartaanval",
    "hartinfarct",
    "hernia",
    "hersenbloed",
    "herseninfarct",
    "hersenletsel",
    "kanker",
    "medicatie",
    "medicijn",
    "methadon",
    "paniekaanval",
    "psychiatr",
    "psychisch",
    "psychose",
    "psychosoc",
    "psychotisch",
    "recidiv",
    "reclassering",
    "reuma",
    "ritalin",
    "schizofren",
    "schuldeis",
    "schulden",
    "schuldhulp",
    "schuldsaner",
    "strafbla",
    "strafrecht",
    "strafzaak",
    "suicid",
    "suïcid",
    "veroordeeld",
    "veroordeling",
    "verstandelijk",
    "zelfmoord",
    "ziekgemeld",
    "ziekmelding",
    "zwakbegaafd",
    "zwanger",
];

/// What a word contains: the last part of a compound says what it is about.
const WITHIN: [&str; 5] = [
    "depressie",
    "stoornis",
    "verslaafd",
    "verslaving",
    "zedendelict",
];

/// Words of their own: as a beginning they would hit too much.
const WHOLE: [&str; 14] = [
    "add",
    "adhd",
    "asd",
    "beroerte",
    "celstraf",
    "copd",
    "hiv",
    "lvb",
    "odd",
    "pddnos",
    "ptss",
    "taakstraf",
    "tbs",
    "trauma",
];

/// Beginnings of words of work that the lists above would hit.
const WORK: [&str; 11] = [
    "diagnoseapparatuur",
    "diagnosemont",
    "diagnosestell",
    "diagnosesysteem",
    "diagnosetechn",
    "gevangenisbewa",
    "reclasseringsmedewerk",
    "reclasseringswerk",
    "verslavingskund",
    "verslavingszorg",
    "zwangerschapsverv",
];

/// All of the words that may point at a person, wherever in a text they stand. It is none only if the library could not
/// make it of these lists.
static ANYWHERE: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .kind(Some(AhoCorasickKind::DFA))
        .build(WHOLE.iter().chain(&BEGIN).chain(&WITHIN))
        .ok()
});

/// Whether a text holds a word about a person that must not travel.
///
/// A word is cut at its hyphens (`ex-verslaafde`, `ADHD-diagnose`) and also tried without them (`burn-out`).
pub(super) fn points_at_a_person(text: &str) -> bool {
    // nearly all texts have none of it anywhere, which one look at each letter tells
    let simple = text.is_ascii() && !text.contains('-');
    let may_hold = |words: &AhoCorasick| words.is_match(text);
    if simple && !ANYWHERE.as_ref().is_none_or(may_hold) {
        return false;
    }
    let lower = text.to_lowercase();
    let is_hyphen = |c: char| matches!(c, '-' | '\u{2010}' | '\u{2011}' | '\u{ad}');
    lower
        .split(|c: char| !c.is_alphanumeric() && !is_hyphen(c))
        .filter(|word| !word.is_empty())
        .any(|word| {
            hits(word)
                || word.contains(is_hyphen)
                    && (word.split(is_hyphen).any(hits) || hits(&word.replace(is_hyphen, "")))
        })
}

fn hits(word: &str) -> bool {
    WHOLE.contains(&word)
        || (begins(word, &BEGIN) || holds_any(word, &WITHIN)) && !begins(word, &WORK)
}

/// Whether a word begins with one of a list, which is in order.
fn begins(word: &str, list: &[&str]) -> bool {
    let first = |word: &str| word.as_bytes().first().copied();
    let from = list.partition_point(|stem| first(stem) < first(word));
    let mut same = list[from..]
        .iter()
        .take_while(|stem| first(stem) == first(word));
    same.any(|stem| word.starts_with(stem))
}

fn holds_any(word: &str, list: &[&str]) -> bool {
    list.iter()
        .any(|stem| word.len() >= stem.len() && word.contains(stem))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_about_a_person_are_found_and_words_of_work_are_not() {
        for text in [
            // the domain's own examples
            "autism",
            "Asperger",
            "Is ex-verslaafde en heeft dat achter zich gelaten",
            "tbs gehad",
            "heeft tbs-maatregel",
            "psychische problematiek",
            "Er zijn schulden",
            // and their family
            "Heeft autisme",
            "ADHD-diagnose",
            "ADHD.",
            "veroordeeld in 2019",
            "(burn-out)",
            "burn-outklachten",
            "een BURNOUT",
            "gokverslaving",
            "drugsverslaafde",
            "persoonlijkheidsstoornis",
            "manisch-depressief",
            "een trauma's",
            "onder toezicht van reclassering",
            "zit in de schuldhulpverlening",
            "Ziekgemeld",
            "verstandelijke beperking",
        ] {
            assert!(points_at_a_person(text), "{text}");
        }
        for text in [
            "Instructie met kleurkaart geoefend",
            "werkt als medewerker verslavingszorg",
            "prikkelarme werkplek, kan 4 uur achtereen",
            "Diagnostiek en intake gedaan",
            "storingsmonteur, diagnosetechniek",
            "Geen alcohol of drugs op de werkvloer",
            "schoonmaker in een ziekenhuis",
            "nautisch medewerker",
            "gaat niet schuldig weg",
            "draait nachtdienst en tbsp is een eetlepel",
            "gevangenisbewaarder",
            "heeft een vooroordeel weggenomen, beoordeeld door de ploegchef",
            "toeslagen en depot",
            "onverslagen en verslag gemaakt",
            "zwangerschapsvervanging bij de balie",
            "ex-militair, vrachtwagenchauffeur CE",
            "- - --",
            "",
        ] {
            assert!(!points_at_a_person(text), "{text}");
        }
    }

    #[test]
    fn the_lists_are_lower_case_and_in_order() {
        for list in [&BEGIN[..], &WITHIN, &WHOLE, &WORK] {
            assert!(list.is_sorted());
            assert!(list.iter().all(|word| **word == word.to_lowercase()));
        }
    }
}
