//! One value that stands at several places: its parts as one text, and that text as its parts again.
//!
//! A text is only ever taken apart where its separator tells for certain what each part was. Where it cannot, the rule
//! comes in only; nothing is split by guess.

use crate::mapping::codec::Note;
use crate::mapping::codec::note;
use crate::mapping::plan::Source;

/// What stands between the parts of a code: a control character that no code of a mapping holds.
pub(crate) const CODES: &str = "\u{1f}";

/// Where the parts of a value stand, and how they are one.
pub(crate) struct Parts {
    /// Where the other parts stand; the first stands at the rule's own source.
    pub others: Vec<Source>,
    pub join: Join,
    /// How each part goes out, where the format has more than text.
    pub kinds: Vec<PartKind>,
}

/// How parts become one text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Join {
    /// With a text between them that no part may hold; a part without a value keeps its place.
    Apart(String),
    /// Those that have a value, with a text between them: what each of them was cannot be told afterwards.
    Run(String),
    /// Together they are a code.
    Codes,
}

/// What a part is where the format has more than text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PartKind {
    Text,
    Number,
    Boolean,
}

impl Join {
    /// What stands between the parts.
    pub(crate) fn between(&self) -> &str {
        match self {
            Self::Apart(text) | Self::Run(text) => text,
            Self::Codes => CODES,
        }
    }

    /// Whether a text of parts can be taken apart again.
    pub(crate) const fn comes_apart(&self) -> bool {
        !matches!(self, Self::Run(_))
    }

    /// The parts as one text. Each is trimmed; empty is a part without a value.
    pub(crate) fn joined(&self, parts: &[&str]) -> Result<String, Note> {
        if let Self::Run(between) = self {
            let filled: Vec<&str> = parts
                .iter()
                .copied()
                .filter(|part| !part.is_empty())
                .collect();
            return Ok(filled.join(between));
        }
        let text = parts.join(self.between());
        let text = text.trim();
        if *self != Self::Codes && self.pieces(text) != parts {
            return Err(note!(
                "deel.scheiding",
                "Een van de delen bevat het teken dat de delen scheidt; zij zijn daarna niet meer te onderscheiden.",
                "One of the parts holds what separates the parts; they could not be told apart afterwards.",
            ));
        }
        Ok(text.to_owned())
    }

    /// The parts that a text was made of, if it was made of that many.
    pub(crate) fn split<'t>(&self, text: &'t str, count: usize) -> Result<Vec<&'t str>, Note> {
        let parts = self.pieces(text);
        let same = self.joined(&parts).is_ok_and(|joined| joined == text);
        let filled = parts.iter().any(|part| !part.is_empty());
        if self.comes_apart() && parts.len() == count && same && filled {
            Ok(parts)
        } else {
            Err(note!(
                "uit.vorm",
                "De waarde bestaat niet uit de delen waarin het formaat haar schrijft; zij is niet geschreven.",
                "The value is not made of the parts in which the format writes it; it was not written.",
            ))
        }
    }

    fn pieces<'t>(&self, text: &'t str) -> Vec<&'t str> {
        text.split(self.between().trim()).map(str::trim).collect()
    }

    /// The parts as a person reads them.
    pub(crate) fn shown(&self, parts: &[&str]) -> String {
        match self {
            Self::Codes => parts.join(" + "),
            Self::Apart(between) | Self::Run(between) => parts.join(between),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test stops where it is wrong
mod tests {
    use super::*;

    fn apart(text: &str) -> Join {
        Join::Apart(text.to_owned())
    }

    #[test]
    fn parts_that_are_told_apart_come_back() {
        for (join, parts, text) in [
            (apart("|"), &["a", "b", "c"][..], "a|b|c"),
            (apart("|"), &["", "b", ""], "|b|"),
            (apart(", "), &["Berg", "van der"], "Berg, van der"),
            (apart(", "), &["Berg", ""], "Berg,"),
            (apart(", "), &["", "Jan"], ", Jan"),
            (apart("--"), &["a", "b"], "a--b"),
            (Join::Codes, &["J", ""], "J\u{1f}"),
        ] {
            assert_eq!(join.joined(parts).unwrap(), text);
            assert_eq!(join.split(text, parts.len()).unwrap(), parts, "{text}");
        }
    }

    #[test]
    fn a_part_that_holds_the_separator_is_refused() {
        for (join, parts) in [
            (apart("|"), ["a|", "b"]),
            (apart(", "), ["a,b", "c"]),
            (apart("--"), ["a-", "b"]),
        ] {
            assert_eq!(join.joined(&parts).unwrap_err().code, "deel.scheiding");
        }
    }

    #[test]
    fn a_text_of_other_parts_is_not_taken_apart() {
        for (join, text) in [
            (apart("|"), "a"),
            (apart("|"), "a|b|c"),
            (apart("|"), " a|b"),
            (apart("|"), "|"),
            (apart(", "), "a,b"),
            (Join::Run(" ".to_owned()), "a b"),
            (Join::Run(String::new()), "ab"),
        ] {
            assert_eq!(join.split(text, 2).unwrap_err().code, "uit.vorm", "{text}");
        }
    }

    #[test]
    fn a_run_leaves_out_what_has_no_value() {
        let run = Join::Run(" ".to_owned());
        assert_eq!(
            run.joined(&["Jan", "", "de Vries"]).unwrap(),
            "Jan de Vries"
        );
        assert_eq!(run.joined(&["", ""]).unwrap(), "");
    }
}
