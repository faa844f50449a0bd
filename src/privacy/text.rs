use crate::canonical::elfproef;
use crate::privacy::words::points_at_a_person;
use crate::schema::Attribute;
use crate::schema::Klasse;
use crate::schema::Shape;
use crate::schema::TextUse;

/// Digits of a BSN.
const BSN_DIGITS: usize = 9;

/// Why a free text is not forwarded. It is received and kept for its own organisation; the sender corrects it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Suspicion {
    /// It holds nine digits that pass the elfproef.
    Bsn,
    /// It holds a word for a diagnosis, medication, addiction, detention or debts.
    Special,
}

/// Whether an attribute holds text that is looked through before it leaves: prose of any length, and names, which may
/// hold a number that is none of theirs. Numbers and codes are not: nine digits of a reference pass the elfproef one
/// time in eleven. Source: domain model 4.5.
#[must_use]
pub fn holds_text(attribute: &Attribute) -> bool {
    matches!(attribute.shape, Shape::Text { .. })
        && attribute.text != TextUse::Number
        && attribute.klasse != Klasse::Bsn
}

/// Looks through the text of an attribute for what must not travel. `None` is clean, or not looked through.
///
/// A name is looked through for a BSN only: people are called what they are called, and a former employer may be a
/// clinic.
#[must_use]
pub fn suspicion(attribute: &Attribute, text: &str) -> Option<Suspicion> {
    if !holds_text(attribute) {
        return None;
    }
    if holds_bsn(text) {
        return Some(Suspicion::Bsn);
    }
    (attribute.text == TextUse::Free && points_at_a_person(text)).then_some(Suspicion::Special)
}

/// Whether nine digits in a text pass the elfproef: any nine in one run of digits, and whole runs that are joined by
/// one kind of separator, a single space, dot or dash (`9999.90.019`).
///
/// Joined runs are taken whole and their separators alike. Cut or joined anyhow, the digits of a date and a time
/// beside it would be a BSN one time in eleven.
#[must_use]
pub fn holds_bsn(text: &str) -> bool {
    // most texts have not even the digits for it
    if text.bytes().filter(u8::is_ascii_digit).count() < BSN_DIGITS {
        return false;
    }
    let mut digits = String::new();
    // where each of the joined runs starts in `digits`
    let mut starts: Vec<usize> = Vec::new();
    let mut joint = None;
    let mut gap = Gap::Apart;
    for c in text.chars().chain(['\n']) {
        if c.is_ascii_digit() {
            match gap {
                Gap::None => {}
                Gap::One(separator) if joint.is_none_or(|known| known == separator) => {
                    joint = Some(separator);
                    starts.push(digits.len());
                }
                Gap::One(separator) => {
                    // another kind of separator: only the last run can go on
                    digits.drain(..starts.last().copied().unwrap_or_default());
                    joint = Some(separator);
                    starts = vec![0, digits.len()];
                }
                Gap::Apart => {
                    digits.clear();
                    joint = None;
                    starts = vec![0];
                }
            }
            gap = Gap::None;
            digits.push(c);
        } else {
            if matches!(gap, Gap::None) && is_bsn_in(&digits, &starts) {
                return true;
            }
            gap = match (gap, separator(c)) {
                (Gap::None, Some(separator)) => Gap::One(separator),
                _ => Gap::Apart,
            };
        }
    }
    false
}

/// What stands between two runs of digits.
#[derive(Clone, Copy)]
enum Gap {
    /// Nothing: the run goes on.
    None,
    /// One separator.
    One(char),
    /// Anything else.
    Apart,
}

/// Whether a BSN ends in the last of these runs.
fn is_bsn_in(digits: &str, starts: &[usize]) -> bool {
    let end = digits.len();
    let last = starts.last().copied().unwrap_or(end);
    let within = (last..end).filter_map(|from| digits.get(from..from + BSN_DIGITS));
    let joined = starts
        .iter()
        .rev()
        .skip(1)
        .filter_map(|start| digits.get(*start..))
        .take_while(|whole| whole.len() <= BSN_DIGITS)
        .filter(|whole| whole.len() == BSN_DIGITS);
    within.chain(joined).any(elfproef)
}

/// The kind of separator, if it is one that people put between the digits of a number.
const fn separator(c: char) -> Option<char> {
    match c {
        ' ' | '\u{a0}' => Some(' '),
        '-' | '\u{2010}'..='\u{2013}' => Some('-'),
        '.' => Some('.'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canonical::Kind;
    use crate::schema::Schemas;

    #[test]
    fn a_bsn_is_found_among_neighbouring_numbers_and_however_it_is_grouped() {
        for (text, found) in [
            ("Klant 999990019 gebeld", true),
            ("bsn 9999.90.019", true),
            ("BSN 999990019 14 uur", true),
            ("14 999990019", true),
            ("12-04-2024 999990019", true),
            ("12-04-2024 999990019 14 uur", true),
            ("999 990 019", true),
            ("999-990-019 en verder", true),
            ("999\u{a0}990\u{a0}019", true),
            ("9999\u{2013}90\u{2013}019", true),
            ("BSN999990019", true),
            ("(999990019)", true),
            ("nr 0999990019", true),
            ("1 2 3 999990019 4", true),
            ("123456789 is geen bsn", false),
            ("tel 020-1234567", false),
            ("02-04-2024 10:15 tot 11:45", false),
            ("99-99-9001 9 uur", false),
            ("2024-04-02, 75 minuten", false),
            ("999990 en 019", false),
            ("9999,90,019", false),
            ("000000000", false),
            ("", false),
        ] {
            assert_eq!(holds_bsn(text), found, "{text}");
        }
    }

    #[test]
    fn a_long_row_of_numbers_is_looked_through_once() {
        // joined runs grow by one each time; nine one-digit runs together are a BSN too
        assert!(holds_bsn("9 9 9 9 9 0 0 1 9"));
        let long = "1 ".repeat(20_000);
        let began = std::time::Instant::now();
        assert!(!holds_bsn(&long));
        assert!(began.elapsed().as_secs() < 2);
    }

    #[test]
    fn prose_of_any_length_is_looked_through_names_for_a_bsn_and_numbers_not_at_all() {
        let schemas = Schemas::embedded().expect("the schemas load");
        for (kind, path, text, found) in [
            (
                Kind::Werkprofiel,
                "cursussen/*/naam",
                "Omgaan met autisme",
                Some(Suspicion::Special),
            ),
            (
                Kind::Kandidaat,
                "wettelijkVertegenwoordiger/rol",
                "bewind wegens schulden",
                Some(Suspicion::Special),
            ),
            (
                Kind::Verwijzing,
                "indicatie/loonwaarde/methode",
                "999990019",
                Some(Suspicion::Bsn),
            ),
            (
                Kind::Kandidaat,
                "geslachtsnaam",
                "Jansen 999990019",
                Some(Suspicion::Bsn),
            ),
            (Kind::Kandidaat, "geslachtsnaam", "van Asperger", None),
            (
                Kind::Werkprofiel,
                "werkervaring/*/organisatie",
                "Psychiatrisch Centrum",
                None,
            ),
            (
                Kind::Verwijzing,
                "externeIds/*/waarde",
                "999990019",
                Some(Suspicion::Bsn),
            ),
            (Kind::Verwijzing, "nummer", "999990019", None),
            (Kind::Opdracht, "ordernummer", "999990019", None),
            (Kind::Kandidaat, "bsn", "999990019", None),
            (Kind::Kandidaat, "telefoon/*", "999990019", None),
        ] {
            let attribute = schemas.attribute(kind, path).expect(path);
            assert_eq!(suspicion(attribute, text), found, "{kind} {path}");
        }
    }
}
