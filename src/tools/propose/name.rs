//! How near what a field is called is to what an attribute is called.

/// Words that say nothing of what a field is.
const EMPTY: [&str; 9] = ["de", "het", "een", "van", "the", "of", "nr", "code", "veld"];

/// How near a name is that only shortens the words of another.
const ABBREVIATED: f64 = 0.92;

/// A name as its words: capitals within it, digits and signs part them.
pub(super) fn words(name: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut open = false;
    let mut before = ' ';
    for c in name.chars() {
        if c.is_alphanumeric() {
            if !open || before.is_lowercase() && c.is_uppercase() {
                out.push(String::new());
            }
            if let Some(last) = out.last_mut() {
                last.extend(c.to_lowercase());
            }
        }
        open = c.is_alphanumeric();
        before = c;
    }
    out
}

/// From 0 to 1: 1 for the same words, and less the more they differ.
pub(super) fn nearness(left: &[String], right: &[String]) -> f64 {
    let (joined, other) = (left.concat(), right.concat());
    if joined.is_empty() || other.is_empty() {
        return 0.0;
    }
    if joined == other {
        return 1.0;
    }
    let spelled = strsim::normalized_damerau_levenshtein(&joined, &other);
    let within = |few: &[String], many: &[String]| {
        let told = few.iter().any(|word| !EMPTY.contains(&word.as_str()));
        told && few.iter().all(|word| many.contains(word))
    };
    let shared = if within(left, right) || within(right, left) {
        let (few, many) = (left.len().min(right.len()), left.len().max(right.len()));
        #[allow(clippy::cast_precision_loss)] // words of a name
        let part = few as f64 / many as f64;
        0.6 + 0.3 * part
    } else {
        0.0
    };
    // a short name that differs in one letter is another name
    let spelled = if joined.len().min(other.len()) < 5 {
        spelled * 0.6
    } else {
        spelled
    };
    let short = if abbreviates(left, &other) || abbreviates(right, &joined) {
        ABBREVIATED
    } else {
        0.0
    };
    spelled.max(shared).max(short)
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
        ] {
            assert_eq!(words(name), ["geboorte", "datum"], "{name}");
        }
        assert_eq!(words("BSN"), ["bsn"]);
        assert_eq!(words("@{urn:x}"), ["urn", "x"]);
    }

    #[test]
    fn names_are_nearer_the_more_they_share() {
        let near = |left: &str, right: &str| nearness(&words(left), &words(right));
        assert!(near("geboortedatum", "GeboorteDatum") >= 1.0);
        assert!(near("Geboortedatm", "geboortedatum") > 0.9);
        assert!(near("E-mail adres", "email") >= 0.5);
        assert!(near("datum gesprek", "datum") > 0.7);
        assert!(near("Geb. datum", "geboortedatum") > 0.9);
        assert!(near("geb datum", "datum") < 0.9);
        assert!(near("BSN", "BGT") < 0.5);
        assert!(near("Kleur", "postcode") < 0.5);
        assert!(near("", "postcode") < 0.1);
    }
}
