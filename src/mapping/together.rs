//! Rows that are one element: what tells that they belong together.

use crate::document::Made;
use crate::document::Node;
use crate::document::Value;
use crate::mapping::codec::Cell;
use crate::mapping::fixed::without_zeros;
use crate::mapping::letters::plain;
use crate::mapping::plan::KeyColumn;
use sha2::Digest;
use sha2::Sha256;
use std::borrow::Cow;
use std::collections::HashSet;

/// Most elements of one file of which the keys are kept.
const KEYS_MAX: usize = 1_000_000;
/// Bytes of a digest that are kept: two keys that share them are not found by looking for them.
const KEPT: usize = 16;

/// The texts of the columns that rows have in common, as one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Key([u8; KEPT]);

impl Key {
    pub(crate) fn of(texts: &[Cow<'_, str>]) -> Self {
        let mut digest = Sha256::new();
        for text in texts {
            digest.update(text.len().to_le_bytes());
            digest.update(text.as_bytes());
        }
        let mut kept = [0; KEPT];
        for (byte, from) in kept.iter_mut().zip(digest.finalize()) {
            *byte = from;
        }
        Self(kept)
    }
}

impl KeyColumn {
    /// What stands in a cell, as it is compared with that of other rows; none where it says nothing.
    pub(crate) fn text<'n>(&self, cell: &'n Node) -> Option<Cow<'n, str>> {
        self.said(match &cell.value {
            Value::Bool(value) => Cell::Bool(*value).text(),
            _ => cell.as_text()?,
        })
    }

    /// The same of a cell that is to be written.
    pub(crate) fn made<'n>(&self, cell: &'n Made<'_>) -> Option<Cow<'n, str>> {
        self.said(match cell {
            Made::Bool(value) => Cell::Bool(*value).text(),
            _ => cell.as_text()?,
        })
    }

    fn said<'n>(&self, text: &'n str) -> Option<Cow<'n, str>> {
        let text = plain(text);
        let trimmed = match text {
            Cow::Borrowed(text) => Cow::Borrowed(self.bare(text)),
            Cow::Owned(text) => Cow::Owned(self.bare(&text).to_owned()),
        };
        let mut placeholders = self.placeholders.iter();
        let says = !trimmed.is_empty() && !placeholders.any(|one| *plain(one) == *trimmed);
        says.then_some(trimmed)
    }

    fn bare<'n>(&self, text: &'n str) -> &'n str {
        let text = text.trim();
        if self.zeros {
            without_zeros(text)
        } else {
            text
        }
    }
}

/// The keys of the elements of one document so far: those of at most a million.
#[derive(Debug)]
pub struct Keys {
    seen: HashSet<Key>,
    most: usize,
}

impl Default for Keys {
    fn default() -> Self {
        Self {
            seen: HashSet::new(),
            most: KEYS_MAX,
        }
    }
}

/// What a key is to those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Known {
    New,
    Again,
    /// There is no room for it any more.
    Full,
}

impl Keys {
    pub(crate) fn meet(&mut self, key: Key) -> Known {
        if self.seen.contains(&key) {
            return Known::Again;
        }
        if self.seen.len() >= self.most {
            return Known::Full;
        }
        self.seen.insert(key);
        Known::New
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(zeros: bool) -> KeyColumn {
        KeyColumn {
            column: 0,
            placeholders: vec!["n.v.t.".into()],
            zeros,
        }
    }

    #[test]
    fn texts_that_look_the_same_are_one_key() {
        let text = |zeros, text: &str| column(zeros).text(&Node::text(text)).map(Cow::into_owned);
        assert_eq!(text(false, " Caf\u{65}\u{301} "), Some("Café".to_owned()));
        assert_eq!(text(false, "007"), Some("007".to_owned()));
        assert_eq!(text(true, "007"), Some("7".to_owned()));
        for nothing in ["", "  ", "n.v.t.", "\u{200B}"] {
            assert_eq!(text(false, nothing), None, "{nothing:?}");
        }
        let number = Node::made(Value::Number("7".into()));
        assert_eq!(column(false).text(&number).as_deref(), Some("7"));
        let word = Node::made(Value::Bool(true));
        assert_eq!(column(false).text(&word).as_deref(), Some("true"));
        assert_eq!(column(false).text(&Node::made(Value::Null)), None);
    }

    #[test]
    fn which_text_stands_in_which_column_counts() {
        let key = |texts: &[&str]| {
            let texts: Vec<Cow<'_, str>> = texts.iter().map(|text| Cow::Borrowed(*text)).collect();
            Key::of(&texts)
        };
        assert_eq!(key(&["a", "b"]), key(&["a", "b"]));
        assert_ne!(key(&["a", "b"]), key(&["b", "a"]));
        assert_ne!(key(&["ab", ""]), key(&["a", "b"]));
    }

    #[test]
    fn keys_are_kept_up_to_a_number() {
        let mut keys = Keys {
            most: 2,
            ..Keys::default()
        };
        let key = |text: &'static str| Key::of(&[Cow::Borrowed(text)]);
        assert_eq!(keys.meet(key("a")), Known::New);
        assert_eq!(keys.meet(key("b")), Known::New);
        assert_eq!(keys.meet(key("a")), Known::Again);
        assert_eq!(keys.meet(key("c")), Known::Full);
    }
}
