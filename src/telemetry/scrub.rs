use crate::canonical::elfproef;
use std::borrow::Cow;

/// What stands in place of masked text.
const MASK: &str = "…";

/// A text without what looks like a person: a number of nine digits that passes the elfproef, and e-mail addresses.
///
/// Nothing should log such a value in the first place; this is the net under that rule.
#[must_use]
pub fn scrub(text: &str) -> Cow<'_, str> {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    if digits < 9 && !text.contains('@') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !is_word(c)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        out.push_str(if is_personal(word) { MASK } else { word });
        let gap = after
            .char_indices()
            .find(|(_, c)| is_word(*c))
            .map_or(after.len(), |(at, _)| at);
        out.push_str(&after[..gap]);
        rest = &after[gap..];
    }
    if out == text {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(out)
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '@' || c == '.'
}

fn is_personal(word: &str) -> bool {
    let number = word.trim_matches('.');
    if number.len() == 9 && number.bytes().all(|b| b.is_ascii_digit()) {
        return elfproef(number);
    }
    word.split_once('@')
        .is_some_and(|(name, host)| !name.is_empty() && host.contains('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bsn_and_an_address_are_masked_and_the_rest_stays() {
        for (text, shown) in [
            ("BSN 999990019 is bekend", "BSN … is bekend"),
            ("(999990019)", "(…)"),
            ("999990019.", "…"),
            ("mail naar j.jansen@voorbeeld.nl aub", "mail naar … aub"),
            ("999990018", "999990018"),
            ("00000099000000484000", "00000099000000484000"),
            (
                "0192f0c1-7f44-7abc-8def-999990019abc",
                "0192f0c1-7f44-7abc-8def-999990019abc",
            ),
            ("amqp connection reset", "amqp connection reset"),
        ] {
            assert_eq!(scrub(text), shown);
        }
    }
}
