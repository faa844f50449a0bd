//! How a value is written: what its rule makes of it, without the value.

use crate::mapping::codec::Cell;
use crate::mapping::codec::Codec;
use crate::mapping::plan::Act;
use crate::mapping::plan::Field;
use crate::mapping::plan::Many;
use crate::mapping::plan::Spread;
use crate::tools::mask::uses::Use;

/// How a value is written.
#[derive(Clone, Copy)]
pub(super) enum Form<'m> {
    /// As one value that one codec reads.
    Field(&'m Field),
    /// As one of the attributes that a text is together, by its number.
    Part(&'m Spread, usize),
    /// As a part of a value, or as nothing a codec reads.
    Loose,
}

impl<'m> Form<'m> {
    /// How a rule reads what it sets at a pointer.
    pub(super) fn of(act: Option<&'m Act>, pointer: &str) -> Self {
        match act {
            // one place of several does not hold what the codec reads
            Some(Act::Field(field)) if field.parts.is_none() => Self::Field(field),
            Some(Act::Spread(spread)) => {
                let steps: Vec<&str> = pointer.split('/').collect();
                let fits = |segments: &[Box<str>]| {
                    let own = segments.iter().map(|segment| &**segment).rev();
                    steps.len() > segments.len()
                        && own.eq(steps.iter().rev().copied().take(segments.len()))
                };
                let targets = spread.targets.iter().enumerate();
                targets
                    .filter(|(_, (target, _))| fits(&target.segments))
                    .max_by_key(|(_, (target, _))| target.segments.len())
                    .map_or(Self::Loose, |(index, _)| Self::Part(spread, index))
            }
            _ => Self::Loose,
        }
    }

    /// What stands between several values in one text.
    pub(super) fn separator(self) -> Option<&'m str> {
        match self {
            Self::Field(field) => match &field.many {
                Many::Separated(separator) => Some(separator),
                Many::One | Many::Occurrences => None,
            },
            _ => None,
        }
    }

    /// Whether a text says that there is no value.
    pub(super) fn is_placeholder(self, text: &str) -> bool {
        let field = match self {
            Self::Field(field) => field,
            Self::Part(spread, _) => &spread.whole,
            Self::Loose => return false,
        };
        is_placeholder(field, text)
    }

    const fn codec(self) -> Option<&'m Codec> {
        match self {
            Self::Field(field) => Some(&field.codec),
            Self::Part(spread, index) => match spread.targets.as_slice().split_at_checked(index) {
                Some((_, [(_, codec), ..])) => Some(codec),
                _ => None,
            },
            Self::Loose => None,
        }
    }
}

pub(super) fn is_placeholder(field: &Field, text: &str) -> bool {
    field.placeholders.iter().any(|(word, _)| **word == *text)
}

/// The codec of a value that is written by it alone.
pub(super) const fn codec<'m>(used: &Use<'m>) -> Option<&'m Codec> {
    used.form.codec()
}

/// What a rule makes of a text, without the value: two texts of which it makes the same are of one sort. None where no
/// codec reads it.
pub(super) fn reading(used: &Use<'_>, text: &str, number: bool) -> Option<Vec<&'static str>> {
    let codec = codec(used)?;
    let mut out = Vec::new();
    let mut one = |text: &str| {
        if used.form.is_placeholder(text.trim()) {
            out.push("status");
            return;
        }
        let cell = if number {
            Cell::Number(text)
        } else {
            Cell::Text(text)
        };
        match codec.decode(cell, None) {
            Err(note) => out.push(note.code),
            Ok(taken) => {
                out.push(if taken.value.is_ok() { "" } else { "status" });
                out.extend(taken.remark.map(|note| note.code));
            }
        }
    };
    match used.form.separator() {
        Some(separator) => text.split(separator).for_each(one),
        None => one(text),
    }
    Some(out)
}
