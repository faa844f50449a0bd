use crate::mapping::codec::Codec;
use crate::mapping::codec::Register;
use crate::schema::Klasse;
use crate::schema::Shape;
use crate::schema::TextUse;
use crate::tools::mask::dates;
use crate::tools::mask::form::codec;
use crate::tools::mask::spell;
use crate::tools::mask::uses::Use;
use crate::tools::mask::words::Name;

/// Characters from which a text that nothing is known of is prose.
const PROSE: usize = 24;
/// Hexadecimal digits from which a text is a hash.
const HASH: usize = 32;

/// What a value is, as far as its mask goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    Bsn,
    Register(Register),
    Date {
        own: bool,
        partial: bool,
    },
    Clock,
    Number,
    Uuid,
    /// A hash.
    Hex,
    Postcode,
    Phone,
    Email,
    /// A number that a system gave: no two become one.
    Id,
    Name(Name),
    Prose,
    /// Nothing is known: it is what it looks like.
    Looks,
}

/// What a value of an attribute is, by its codec, its shape in the schema and its name there.
pub(super) fn sort_of(used: &Use<'_>) -> Sort {
    let attribute = used.attribute;
    let date = |partial| Sort::Date {
        own: attribute.klasse == Klasse::B,
        partial,
    };
    match codec(used) {
        Some(Codec::Bsn) => return Sort::Bsn,
        Some(Codec::Register(register)) => return Sort::Register(*register),
        Some(Codec::Postcode) => return Sort::Postcode,
        Some(Codec::Phone(_)) => return Sort::Phone,
        Some(Codec::Email) => return Sort::Email,
        _ => {}
    }
    let steps = attribute.path.rsplit('/').find(|step| *step != "*");
    match (&attribute.shape, steps.unwrap_or_default()) {
        _ if attribute.klasse == Klasse::Bsn => Sort::Bsn,
        (Shape::Date | Shape::Timestamp, _) => date(false),
        (Shape::PartialDate, _) => date(true),
        (Shape::ClockTime, _) => Sort::Clock,
        (Shape::Integer { .. }, _) => Sort::Number,
        (Shape::Uuid, _) => Sort::Uuid,
        (_, "telefoon") => Sort::Phone,
        (_, "email") => Sort::Email,
        (_, "postcode") => Sort::Postcode,
        (_, "oin") => Sort::Register(Register::Oin),
        (_, "rsin") => Sort::Register(Register::Rsin),
        (Shape::Text { .. }, _) => match attribute.text {
            TextUse::Name => Sort::Name(Name::of(&attribute.path)),
            TextUse::Number => Sort::Id,
            TextUse::Free => Sort::Prose,
        },
        _ => Sort::Looks,
    }
}

/// Of several sorts the one that asks most of a mask.
pub(super) const fn rank(sort: Sort) -> u8 {
    match sort {
        Sort::Bsn => 0,
        Sort::Register(_) | Sort::Uuid | Sort::Hex => 1,
        Sort::Date { .. } | Sort::Clock | Sort::Postcode | Sort::Phone | Sort::Email => 2,
        Sort::Id | Sort::Number => 3,
        Sort::Name(_) => 4,
        Sort::Prose | Sort::Looks => 5,
    }
}

/// Whether its form is one that every such value has, so that no part of it is anything by itself.
pub(super) const fn is_shaped(sort: Sort) -> bool {
    rank(sort) < 3
}

/// Whether two values may not get one mask.
pub(super) const fn unique(sort: Sort) -> bool {
    matches!(
        sort,
        Sort::Bsn | Sort::Register(_) | Sort::Id | Sort::Uuid | Sort::Hex
    )
}

/// Whether it is as long as a hash, and spelled as one.
pub(super) fn is_hex(text: &str) -> bool {
    text.len() >= HASH && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// What a text looks like of which nothing is known.
pub(super) fn looks(text: &str) -> Sort {
    let letters = text.chars().any(char::is_alphabetic);
    if text.contains('@') && !text.contains(char::is_whitespace) && !text.starts_with('@') {
        return Sort::Email;
    }
    if dates::moved(text, 40, false).is_some() {
        return Sort::Date {
            own: true,
            partial: false,
        };
    }
    // also what stands beside a date as its time
    if text.contains(':') && spell::clock(text, 1).is_some() {
        return Sort::Clock;
    }
    if crate::canonical::elfproef(text) {
        return Sort::Bsn;
    }
    if text.len() == 36 && text.parse::<::uuid::Uuid>().is_ok() {
        return Sort::Uuid;
    }
    if is_hex(text) {
        return Sort::Hex;
    }
    if letters && (text.chars().count() > PROSE || text.split_whitespace().count() > 2) {
        return Sort::Prose;
    }
    Sort::Id
}
