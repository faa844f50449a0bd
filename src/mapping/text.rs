use crate::document::Name;
use std::collections::HashMap;
use std::fmt::Display;
use std::fmt::Formatter;
use std::ops::Deref;
use std::sync::Arc;

/// A text of a mapping that is told of values: a rule's name, a path, an attribute. It has a number among all those of its
/// mapping, so that what is kept of every value is a number.
#[derive(Clone, Debug)]
pub(crate) struct Text {
    text: Name,
    number: u32,
}

/// The texts of a mapping, each once. The first is the empty one.
#[derive(Clone)]
pub(crate) struct Texts {
    all: Vec<Name>,
    numbers: HashMap<Name, u32>,
}

impl Text {
    /// A text that is no mapping's, and has no number.
    pub(crate) fn loose(text: impl Into<Name>) -> Self {
        Self {
            text: text.into(),
            number: u32::MAX,
        }
    }

    /// The text, to be shared.
    pub(crate) const fn name(&self) -> &Name {
        &self.text
    }

    /// Its number among those of its mapping, if it has one.
    pub(crate) fn number(&self) -> Option<u32> {
        (self.number != u32::MAX).then_some(self.number)
    }
}

impl Default for Text {
    /// The empty text.
    fn default() -> Self {
        Self {
            text: "".into(),
            number: 0,
        }
    }
}

impl Default for Texts {
    fn default() -> Self {
        let empty = Text::default().text;
        Self {
            all: vec![Name::clone(&empty)],
            numbers: HashMap::from([(empty, 0)]),
        }
    }
}

impl Texts {
    /// A text with its number, which it gets here if it has none.
    pub(crate) fn of(&mut self, text: &str) -> Text {
        if let Some((text, number)) = self.numbers.get_key_value(text) {
            return Text {
                text: Name::clone(text),
                number: *number,
            };
        }
        let text = self.another(text);
        if let Some(number) = text.number() {
            self.numbers.insert(Name::clone(text.name()), number);
        }
        text
    }

    /// A text with a number of its own, though there may be one like it: a rule is known by that of its name.
    pub(crate) fn another(&mut self, text: &str) -> Text {
        let Some(number) = u32::try_from(self.all.len()).ok().filter(|n| *n < OWN) else {
            return Text::loose(text);
        };
        let text = Name::from(text);
        self.all.push(Name::clone(&text));
        Text { text, number }
    }

    /// All of them, by their numbers.
    pub(crate) fn all(&self) -> Arc<[Name]> {
        self.all.as_slice().into()
    }
}

/// From this number on texts are not the mapping's.
pub(crate) const OWN: u32 = 1 << 31;

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text
    }
}

impl Display for Text {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str(self)
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Text {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_one_number_and_is_found_by_it() {
        let mut texts = Texts::default();
        let numbers = ["a", "b", "a", "", "b"].map(|text| texts.of(text).number());
        assert_eq!(numbers, [1, 2, 1, 0, 2].map(Some));
        assert_eq!(*texts.all(), ["", "a", "b"].map(Name::from));
        assert_eq!(Text::default(), texts.of(""));
        assert_eq!(Text::default().number(), Some(0));
        assert_eq!(Text::loose("a").number(), None);
        assert_eq!(texts.another("a").number(), Some(3));
        assert_eq!(texts.of("a").number(), Some(1));
        assert_eq!(Text::loose("a"), texts.of("a"));
    }
}
