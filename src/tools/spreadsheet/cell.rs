//! A value of a mapping file as a cell, and back: exact, and plain where it can be.

use crate::mapping::diagnostic::Report;
use crate::mapping::syntax;
use crate::mapping::syntax::Item;
use crate::mapping::syntax::Toml;
use crate::tools::toml::inline;
use crate::tools::toml::quoted;

/// What `true` and `false` are in a cell.
const YES: &str = "ja";
const NO: &str = "nee";

/// A value as a cell: text as it is, unless it would be read as something else; the rest as TOML.
pub(super) fn shown(item: &Item) -> String {
    match &item.value {
        Toml::Text(text) if is_plain(text) => text.clone(),
        Toml::Boolean(true) => YES.to_owned(),
        Toml::Boolean(false) => NO.to_owned(),
        _ => inline(item),
    }
}

/// A cell as the value that it stands for; none for one that begins as TOML and is not.
pub(super) fn read(text: &str) -> Option<Item> {
    let item = |value| Some(Item { span: 0..0, value });
    let bare = text.trim();
    if bare.eq_ignore_ascii_case(YES) {
        return item(Toml::Boolean(true));
    }
    if bare.eq_ignore_ascii_case(NO) {
        return item(Toml::Boolean(false));
    }
    match value(bare) {
        Some(found) => Some(found),
        None if bare.starts_with(['"', '\'', '[', '{']) => None,
        None => item(Toml::Text(text.to_owned())),
    }
}

/// Whether a text is read back from a cell as it is.
pub(super) fn is_plain(text: &str) -> bool {
    let control = |c: char| c.is_control() && c != '\n';
    !text.is_empty()
        && text.trim() == text
        && !text.contains(control)
        && !text.starts_with(['"', '\'', '[', '{'])
        && !text.eq_ignore_ascii_case(YES)
        && !text.eq_ignore_ascii_case(NO)
        && value(text).is_none()
}

/// A text as a cell in which everything is text.
pub(super) fn word(text: &str) -> String {
    let control = |c: char| c.is_control();
    let plain = !text.is_empty() && text.trim() == text && !text.contains(control);
    if plain && !text.starts_with('"') {
        text.to_owned()
    } else {
        quoted(text)
    }
}

/// The text of a cell in which everything is text.
pub(super) fn read_word(text: &str) -> Option<String> {
    if !text.starts_with('"') {
        return Some(text.to_owned());
    }
    match value(text)?.value {
        Toml::Text(text) => Some(text),
        _ => None,
    }
}

/// A text as one value of TOML.
pub(super) fn value(text: &str) -> Option<Item> {
    members(&format!("x = {text}"))
        .filter(|entries| entries.len() == 1)
        .and_then(|mut entries| entries.pop())
        .map(|(_, item)| item)
}

/// A text as keys and values of TOML; none where it is not.
fn members(text: &str) -> Option<Vec<(String, Item)>> {
    let mut report = Report::new("", text);
    let root = syntax::parse(text, &mut report)?;
    let entries = root.entries.into_iter();
    Some(entries.map(|entry| (entry.key, entry.item)).collect())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test stops where it is wrong
mod tests {
    use super::*;
    use crate::tools::toml::same;
    use proptest::prelude::*;

    fn text(text: &str) -> Item {
        Item {
            span: 0..0,
            value: Toml::Text(text.to_owned()),
        }
    }

    #[test]
    fn plain_text_stands_as_it_is_and_what_looks_like_more_between_quotes() {
        for (value, expect) in [
            ("kandidaat.bsn", "kandidaat.bsn"),
            ("Naam van de klant", "Naam van de klant"),
            ("twee\nregels", "twee\nregels"),
            ("01", "01"),
            ("1", "\"1\""),
            ("1.5", "\"1.5\""),
            ("true", "\"true\""),
            ("Ja", "\"Ja\""),
            ("", "\"\""),
            (" x", "\" x\""),
            ("{a}", "\"{a}\""),
            ("=1+1", "=1+1"),
        ] {
            assert_eq!(shown(&text(value)), expect);
        }
        assert_eq!(shown(&read("ja").unwrap()), "ja");
        assert_eq!(shown(&read("[ 'a',\"b\"]").unwrap()), "[\"a\", \"b\"]");
        assert!(read("{ a = ").is_none());
        assert!(read("\"half").is_none());
        for word_of in ["01", "ja", "\"", "", " 1", "a\tb"] {
            assert_eq!(read_word(&word(word_of)).as_deref(), Some(word_of));
        }
    }

    proptest! {
        #[test]
        fn every_text_comes_back_from_its_cell(value in "\\PC*|[ \\n\\t\"'\\[{=a1]{0,9}|ja|nee|[0-9.:T-]{1,12}") {
            let item = text(&value);
            let back = read(&shown(&item));
            prop_assert!(back.is_some_and(|back| same(&back, &item)), "{value:?}");
            let word_back = read_word(&word(&value));
            prop_assert_eq!(word_back, Some(value));
        }
    }
}
