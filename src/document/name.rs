use std::sync::Arc;

/// The name of a member, element, attribute or sheet. Shared, because names repeat on every row.
pub type Name = Arc<str>;

/// A name of some parts. Nearly all are short, and put together where that takes no memory of its own.
#[must_use]
pub fn joined(parts: &[&str]) -> Name {
    const SHORT: usize = 128;
    let mut room = [0; SHORT];
    let mut length = 0;
    for part in parts {
        let Some(place) = room.get_mut(length..length + part.len()) else {
            return parts.concat().into();
        };
        place.copy_from_slice(part.as_bytes());
        length += part.len();
    }
    str::from_utf8(&room[..length]).map_or_else(|_| parts.concat().into(), Name::from)
}

/// Whether two names are the same. In a namespace names begin alike, so it is their ends that tell them apart.
#[inline]
#[must_use]
pub fn same_name(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    one.len() == other.len()
        && (std::ptr::eq(one, other) || one.last() == other.last() && one == other)
}

/// How many steps two paths have in common at their beginning.
#[must_use]
pub(crate) fn shared(one: &[Name], other: &[Name]) -> usize {
    let both = std::iter::zip(one, other);
    both.take_while(|(one, other)| one == other).count()
}

/// What tells a name from others at a glance: how long it is, how it begins and how it ends. Of a short name that is all
/// there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ends {
    length: usize,
    first: u64,
    last: u64,
}

impl Ends {
    #[inline]
    pub(crate) fn of(name: &str) -> Self {
        let bytes = name.as_bytes();
        let (first, last) = match (bytes.first_chunk(), bytes.last_chunk()) {
            (Some(first), Some(last)) => (u64::from_le_bytes(*first), u64::from_le_bytes(*last)),
            _ => (few_bytes(bytes), 0),
        };
        Self {
            length: bytes.len(),
            first,
            last,
        }
    }

    /// Whether two names with these ends are the same.
    #[inline]
    pub(crate) fn are_of(self, one: &str, other: &str) -> bool {
        self.length <= 2 * size_of::<u64>() || one == other
    }
}

/// Fewer than eight bytes as a number, the first of them lowest.
#[inline]
#[must_use]
pub(crate) fn few_bytes(bytes: &[u8]) -> u64 {
    if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        // those that are in both are the same in both
        let behind = 8 * bytes.len().saturating_sub(4);
        let last = u64::from(u32::from_le_bytes(*last));
        return u64::from(u32::from_le_bytes(*first)) | last << behind;
    }
    match *bytes {
        [one] => u64::from(one),
        [one, two] => u64::from(u16::from_le_bytes([one, two])),
        [one, two, three] => u64::from(u32::from_le_bytes([one, two, three, 0])),
        _ => 0,
    }
}

/// The first bytes of a name, as a number that has the order of names.
#[inline]
#[must_use]
pub(crate) fn beginning(name: &str) -> u64 {
    let name = name.as_bytes();
    let first = name.first_chunk().copied().map(u64::from_be_bytes);
    first.unwrap_or_else(|| few_bytes(name).swap_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn few_bytes_are_a_number_with_the_first_lowest() {
        for length in 0..8 {
            let bytes: Vec<u8> = (1..=length).collect();
            let expected = bytes.iter().rev();
            let expected = expected.fold(0, |number, byte| number << 8 | u64::from(*byte));
            assert_eq!(few_bytes(&bytes), expected, "{length}");
        }
    }

    proptest! {
        #[test]
        fn names_are_the_same_where_their_ends_are_and_what_is_between(one in "[ab]{0,20}", other in "[ab]{0,20}") {
            let long = format!("{one}{other}{one}");
            for name in [&other, &one, &long] {
                let ends = Ends::of(&one);
                let same = ends == Ends::of(name) && ends.are_of(&one, name);
                prop_assert_eq!(same, one == *name);
            }
        }

        /// Of two names that begin otherwise the order is that of their beginnings.
        #[test]
        fn names_have_the_order_of_their_beginnings(one in "[a-cé]{0,10}", other in "[a-cé]{0,10}") {
            let order = beginning(&one).cmp(&beginning(&other));
            prop_assert!(order.is_eq() || order == one.cmp(&other));
            let (short, long) = (one.as_bytes(), other.as_bytes());
            prop_assert_eq!(order.is_eq(), short.iter().take(8).eq(long.iter().take(8)));
        }
    }
}
