//! A tree that is about to be written.

use crate::document::Name;
use crate::document::Node;
use crate::document::Value;
use std::borrow::Cow;
use std::sync::Arc;

/// What a mapping writes: the same as a [`Node`], with the mapping's own names, and texts that mostly are those of the
/// record. A format that is written from it as it is takes no memory for either.
#[derive(Clone, PartialEq)]
pub enum Made<'v> {
    /// JSON `null`, an empty cell of a workbook.
    Null,
    /// A boolean.
    Bool(bool),
    /// A number, as it is spelled.
    Number(Cow<'v, str>),
    /// A date or time of a workbook, as its serial number.
    Moment(Cow<'v, str>),
    /// Text.
    Text(Cow<'v, str>),
    /// A list.
    List(Vec<Self>),
    /// Named parts, in order.
    Map(Parts<'v>),
}

/// Named parts, in order.
pub type Parts<'v> = Vec<(&'v Name, Made<'v>)>;

/// A tree as a writer looks at it, part by part.
pub enum Look<'t, T: Tree> {
    /// Nothing.
    Null,
    /// A boolean.
    Bool(bool),
    /// A number, as it is spelled.
    Number(&'t str),
    /// Text.
    Text(&'t str),
    /// A list.
    List(&'t [T]),
    /// Named parts, in order.
    Map(&'t [(T::Name, T)]),
    /// Something that no format can say.
    Unreadable,
}

/// What can be written without being something else first.
pub trait Tree: Sized {
    /// How it holds names.
    type Name: AsRef<str>;

    /// What stands here.
    fn look(&self) -> Look<'_, Self>;
}

impl Made<'_> {
    /// A text.
    #[must_use]
    pub fn text<'v>(text: impl Into<Cow<'v, str>>) -> Made<'v> {
        Made::Text(text.into())
    }

    /// The part with a name, if this is a map that has one.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Self> {
        let mut parts = self.parts().iter();
        parts
            .find(|(part, _)| &***part == name)
            .map(|(_, made)| made)
    }

    /// The named parts of a map; empty for anything else.
    #[must_use]
    pub fn parts(&self) -> &[(&Name, Self)] {
        match self {
            Self::Map(parts) => parts,
            _ => &[],
        }
    }

    /// The text of a scalar, or an element's own text.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Number(text) | Self::Moment(text) => Some(text),
            Self::Map(_) => self.get("#text").and_then(Self::as_text),
            Self::Null | Self::Bool(_) | Self::List(_) => None,
        }
    }

    /// Whether a cell of this has nothing in it.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Text(text) => text.trim().is_empty(),
            _ => false,
        }
    }
}

impl From<Made<'_>> for Node {
    fn from(made: Made<'_>) -> Self {
        Self::made(match made {
            Made::Null => Value::Null,
            Made::Bool(value) => Value::Bool(value),
            Made::Number(text) => Value::Number(text.into()),
            Made::Moment(text) => Value::Moment(text.into()),
            Made::Text(text) => Value::Text(text.into()),
            Made::List(items) => Value::List(items.into_iter().map(Self::from).collect()),
            Made::Map(parts) => Value::Map(named(parts)),
        })
    }
}

/// Parts with names of their own.
#[must_use]
pub fn named(parts: Parts<'_>) -> Vec<(Name, Node)> {
    let parts = parts.into_iter();
    parts
        .map(|(name, made)| (Arc::clone(name), made.into()))
        .collect()
}

impl<'v> Tree for Made<'v> {
    type Name = &'v Name;

    fn look(&self) -> Look<'_, Self> {
        match self {
            Self::Null => Look::Null,
            Self::Bool(value) => Look::Bool(*value),
            Self::Number(text) | Self::Moment(text) => Look::Number(text),
            Self::Text(text) => Look::Text(text),
            Self::List(items) => Look::List(items),
            Self::Map(parts) => Look::Map(parts),
        }
    }
}

impl Tree for Node {
    type Name = Name;

    fn look(&self) -> Look<'_, Self> {
        match &self.value {
            Value::Null => Look::Null,
            Value::Bool(value) => Look::Bool(*value),
            Value::Number(text) | Value::Moment(text) | Value::Measure(_, text) => {
                Look::Number(text)
            }
            Value::Text(text) => Look::Text(text),
            Value::List(items) => Look::List(items),
            Value::Map(parts) => Look::Map(parts),
            Value::Unreadable(_) => Look::Unreadable,
        }
    }
}

// What is written holds personal data: a log line shows none of it.
impl std::fmt::Debug for Made<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Made(..)")
    }
}
