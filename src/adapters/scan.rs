//! Looking for bytes that are seldom there, eight at a time.

use crate::document::few_bytes;

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

/// Eight bytes of a text, the first of them lowest.
#[derive(Clone, Copy)]
pub(crate) struct Eight(u64);

/// Marks of bytes that were looked for: the lowest is where the first of them stands, what is above it means nothing.
#[derive(Clone, Copy)]
pub(crate) struct Marks(u64);

impl Eight {
    /// The bytes that are this one.
    #[inline]
    pub(crate) const fn same(self, byte: u8) -> Marks {
        let same = self.0 ^ (ONES * byte as u64);
        Marks(same.wrapping_sub(ONES) & !same & HIGH)
    }

    /// The bytes below a limit, which is at most 128.
    #[inline]
    pub(crate) const fn below(self, limit: u8) -> Marks {
        Marks(self.0.wrapping_sub(ONES * limit as u64) & !self.0 & HIGH)
    }

    /// The bytes that are no ASCII.
    #[inline]
    pub(crate) const fn wide(self) -> Marks {
        Marks(self.0 & HIGH)
    }
}

impl Marks {
    #[inline]
    pub(crate) const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Where the first one stands.
    #[inline]
    const fn first(self) -> Option<usize> {
        match self.0 {
            0 => None,
            marks => Some(marks.trailing_zeros() as usize / 8),
        }
    }

    /// Whether there is one before a place.
    #[inline]
    const fn has_before(self, place: usize) -> bool {
        self.0.trailing_zeros() as usize / 8 < place
    }
}

/// Where the first byte stands that ends a text, and whether there is an odd one before it.
#[inline]
pub(super) fn end_of_text(
    bytes: &[u8],
    ends: impl Fn(Eight) -> Marks,
    odd: impl Fn(Eight) -> Marks,
) -> (Option<usize>, bool) {
    let mut has_odd = false;
    let mut passed = 0;
    let (pieces, rest) = bytes.as_chunks::<8>();
    for piece in pieces {
        let eight = Eight(u64::from_le_bytes(*piece));
        let odd = odd(eight);
        if let Some(end) = ends(eight).first() {
            return (Some(passed + end), has_odd || odd.has_before(end));
        }
        has_odd |= odd.0 != 0;
        passed += 8;
    }
    if rest.is_empty() {
        return (None, has_odd);
    }
    let (eight, from, count) = if let Some(last) = bytes.last_chunk() {
        // some of these were passed: what ends a text is not among them, and of the odd ones is known
        (u64::from_le_bytes(*last), bytes.len() - 8, 8)
    } else {
        (few_bytes(rest), 0, rest.len())
    };
    let eight = Eight(eight);
    // what is behind the last bytes does not count
    let end = ends(eight).first().filter(|end| *end < count);
    let has_odd = has_odd || odd(eight).has_before(end.unwrap_or(count));
    (end.map(|end| from + end), has_odd)
}

/// Where the first byte stands that is looked for.
#[inline]
pub(crate) fn first_of(bytes: &[u8], looked_for: impl Fn(Eight) -> Marks) -> Option<usize> {
    end_of_text(bytes, looked_for, |_| Marks(0)).0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_first_byte_is_found_wherever_it_stands() {
        for length in [1, 7, 8, 9, 15, 16, 17, 33] {
            let plain = vec![b'a'; length];
            assert_eq!(first_of(&plain, |eight| eight.same(b'<')), None, "{length}");
            for place in 0..length {
                let mut bytes = plain.clone();
                bytes[place..].fill(b'<');
                let found = first_of(&bytes, |eight| eight.same(b'<'));
                assert_eq!(found, Some(place), "{length}");
            }
        }
        assert_eq!(first_of(b"", |eight| eight.same(b'<')), None);
    }

    proptest! {
        /// The same as one byte after another.
        #[test]
        fn eight_at_a_time_is_as_one_by_one(bytes in proptest::collection::vec(prop_oneof![Just(0x1F), Just(0x20), Just(0x7F), Just(0x80), Just(b'<'), Just(b'='), Just(b';'), any::<u8>()], 0..40)) {
            let one = |is: &dyn Fn(u8) -> bool| bytes.iter().position(|byte| is(*byte));
            prop_assert_eq!(first_of(&bytes, |eight| eight.same(b'<')), one(&|byte| byte == b'<'));
            prop_assert_eq!(first_of(&bytes, |eight| eight.same(0)), one(&|byte| byte == 0));
            prop_assert_eq!(first_of(&bytes, |eight| eight.same(0xEF)), one(&|byte| byte == 0xEF));
            prop_assert_eq!(first_of(&bytes, |eight| eight.below(0x20)), one(&|byte| byte < 0x20));
            prop_assert_eq!(first_of(&bytes, Eight::wide), one(&|byte| byte >= 0x80));
            let either = |eight: Eight| eight.same(b'<').or(eight.below(0x20));
            let end = one(&|byte| byte == b'<' || byte < 0x20);
            let odd = |eight: Eight| eight.same(b'=').or(eight.wide());
            let has_odd = bytes[..end.unwrap_or(bytes.len())].iter().any(|byte| *byte == b'=' || *byte >= 0x80);
            prop_assert_eq!(end_of_text(&bytes, either, odd), (end, has_odd));
        }
    }
}
