//! How near what a field is called is to what an attribute is called.

use crate::tools::propose::spelling::meant;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Words that say nothing of what a field is.
const EMPTY: [&str; 16] = [
    "de",
    "het",
    "een",
    "van",
    "the",
    "of",
    "in",
    "op",
    "code",
    "veld",
    "kandidaat",
    "id",
    "waarde",
    "indicatie",
    "ongecodeerd",
    "gegevens",
];

/// How near a name is that only shortens the words of another.
const ABBREVIATED: f64 = 0.92;
/// How near a name is that has the same words in another order, or differs in words that say nothing.
const SAME: f64 = 0.98;
/// Fewest letters of a word by which a compound is known.
const COMPOUND: usize = 5;

/// A name: its words as they stand, and what they mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Called {
    pub words: Vec<String>,
    pub meant: Vec<String>,
    /// The words as one.
    joined: String,
    /// What it means, without the words that say nothing, in order.
    telling: Vec<String>,
}

impl Called {
    pub(super) fn of(name: &str) -> Self {
        Self::made(words(name))
    }

    /// Without the words of another name; none where that leaves nothing, or everything.
    pub(super) fn without(&self, other: &Self) -> Option<Self> {
        let stems: Vec<&str> = other.words.iter().map(|word| stem(word)).collect();
        let own = self
            .words
            .iter()
            .filter(|word| !stems.contains(&stem(word)));
        let words: Vec<String> = own.cloned().collect();
        let some = !words.is_empty() && words.len() < self.words.len();
        some.then(|| Self::made(words))
    }

    fn made(words: Vec<String>) -> Self {
        let meant = meant(&words);
        let mut telling: Vec<String> = telling(&meant).into_iter().map(str::to_owned).collect();
        telling.sort_unstable();
        Self {
            joined: words.concat(),
            words,
            meant,
            telling,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Whether one of its words begins or ends so.
    pub(super) fn says(&self, wanted: &[&str]) -> bool {
        let says = |word: &String| {
            wanted
                .iter()
                .any(|one| word.starts_with(one) || word.ends_with(one))
        };
        self.words.iter().any(says)
    }
}

/// A name as its words: capitals within it, digits and signs part them; accents do not count.
pub(super) fn words(name: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut open = false;
    let mut before = ' ';
    for c in name.nfd().filter(|c| !is_combining_mark(*c)) {
        if c.is_alphanumeric() {
            if !open || before.is_lowercase() && c.is_uppercase() {
                out.push(String::new());
            }
            if let Some(last) = out.last_mut() {
                last.extend(c.to_lowercase());
            }
        } else if c == '%' {
            out.push("percentage".to_owned());
        }
        open = c.is_alphanumeric();
        before = c;
    }
    out
}

/// From 0 to 1: 1 for the same words, or words that mean the same, and less the more they differ. A word of `left` that
/// `right` does not have counts more than one of `right` that `left` does not: a field is seldom less than it says.
pub(super) fn nearness(left: &Called, right: &Called) -> f64 {
    if left.is_empty() || right.is_empty() {
        return 0.0;
    }
    if left.joined == right.joined {
        return 1.0;
    }
    if left.meant == right.meant {
        return SAME;
    }
    if left.telling == right.telling {
        return SAME;
    }
    let shared = shared(&left.telling, &right.telling);
    let (joined, other) = (left.joined.as_str(), right.joined.as_str());
    // a short name that differs in one letter is another name, and so is one that is alike for a part only
    let (few, many) = (joined.len().min(other.len()), joined.len().max(other.len()));
    let spelled = if few < 6 || few * 10 < many * 8 {
        0.0
    } else {
        Some(strsim::normalized_damerau_levenshtein(joined, other))
            .filter(|near| *near >= 0.8)
            .unwrap_or_default()
    };
    let short = if abbreviates(&left.words, other) || abbreviates(&right.words, joined) {
        ABBREVIATED
    } else {
        0.0
    };
    spelled.max(shared).max(short)
}

/// The words that say something; all of them where none does.
fn telling(words: &[String]) -> Vec<&str> {
    let told = |word: &&str| !EMPTY.contains(word);
    let own: Vec<&str> = words.iter().map(|word| stem(word)).filter(told).collect();
    if own.is_empty() {
        words.iter().map(|word| stem(word)).collect()
    } else {
        own
    }
}

/// A word without the ending of several.
fn stem(word: &str) -> &str {
    let plural = word.strip_suffix("en").filter(|stem| stem.len() > 3);
    let plural = plural.or_else(|| word.strip_suffix('s').filter(|stem| stem.len() > 3));
    plural.unwrap_or(word)
}

/// How near names are of which one holds the other: as words, or as a part of a compound.
fn shared(mine: &[String], yours: &[String]) -> f64 {
    #[allow(clippy::cast_precision_loss)] // words of a name, letters of a word
    let part = |few: usize, many: usize| few as f64 / many.max(1) as f64;
    let all_in = |few: &[String], many: &[String]| {
        !few.is_empty() && few.iter().all(|word| many.contains(word))
    };
    let words = if all_in(mine, yours) {
        0.6 + 0.3 * part(mine.len(), yours.len())
    } else if all_in(yours, mine) {
        0.45 + 0.3 * part(yours.len(), mine.len())
    } else {
        0.0
    };
    let compound = match (mine, yours) {
        ([mine], [yours]) => {
            let (few, many) = if mine.len() < yours.len() {
                (mine, yours)
            } else {
                (yours, mine)
            };
            let holds = few.len() >= COMPOUND
                && (many.ends_with(few.as_str()) || many.starts_with(few.as_str()));
            if holds {
                0.45 + 0.4 * part(few.len(), many.len())
            } else {
                0.0
            }
        }
        _ => 0.0,
    };
    words.max(compound)
}

/// Whether several words are the beginnings of what a name is made of: `geb. datum` of `geboortedatum`.
fn abbreviates(words: &[String], name: &str) -> bool {
    let [first, .., last] = words else {
        return false;
    };
    let mut rest = name;
    for word in words {
        let Some(at) = rest.find(word.as_str()) else {
            return false;
        };
        rest = &rest[at + word.len()..];
    }
    first.len() >= 3 && name.starts_with(first.as_str()) && name.ends_with(last.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_its_words_however_they_are_joined() {
        for name in [
            "geboorteDatum",
            "Geboorte datum",
            "GEBOORTE-DATUM",
            "geboorte_datum",
            "géboorte dàtum",
        ] {
            assert_eq!(words(name), ["geboorte", "datum"], "{name}");
        }
        assert_eq!(words("BSN"), ["bsn"]);
        assert_eq!(words("@{urn:x}"), ["urn", "x"]);
        assert_eq!(words("Loonwaarde %"), ["loonwaarde", "percentage"]);
    }

    #[test]
    fn names_are_nearer_the_more_they_share() {
        let near = |left: &str, right: &str| nearness(&Called::of(left), &Called::of(right));
        assert!(near("geboortedatum", "GeboorteDatum") >= 1.0);
        assert!(near("Geboortedatm", "geboortedatum") > 0.9);
        assert!(near("E-mail adres", "email") > 0.9);
        assert!(near("datum gesprek", "datum") < 0.7);
        assert!(near("Geb. datum", "geboortedatum") > 0.9);
        assert!(near("geb datum", "datum") < 0.9);
        assert!(near("Achternaam cliënt", "geslachtsnaam") > 0.9);
        assert!(near("Tel klantmanager", "telefoon") < 0.7);
        assert!(near("Tel klantmanager", "telefoon contactpersoon") > 0.9);
        assert!(near("Doelomschrijving", "omschrijving") > 0.5);
        assert!(near("BSN", "BGT") < 0.5);
        assert!(near("Kleur", "postcode") < 0.5);
        assert!(near("", "postcode") < 0.1);
    }
}
