use crate::canonical::elfproef;
use jiff::civil::Date;

/// Characters of generated text: what spreadsheets, XML and Windows-1252 like to trip over, but can all write.
const LETTERS: &[char] = &[
    'a', 'b', 'Z', 'é', 'ï', 'ß', '€', '0', '9', ' ', ';', ',', '"', '\'', '<', '&', '>', '-', '/',
    '.', '=', '\n',
];
/// Characters of most texts, and of the longest.
const WORD: usize = 12;
const LONGEST: usize = 300;
/// Days on which dates go wrong: ends of months and years, leap days, and around the day that workbooks have too many.
const DAYS: &[&str] = &[
    "1900-01-01",
    "1900-02-28",
    "1900-03-01",
    "1904-01-01",
    "1940-12-31",
    "1999-12-31",
    "2000-01-01",
    "2000-02-29",
    "2024-02-29",
    "2024-12-31",
    "2040-01-31",
    "2099-12-31",
];

/// A small seeded generator (splitmix64): the same seed gives the same records on every machine.
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64, number: u32) -> Self {
        let mut random = Self(seed ^ (u64::from(number) << 32));
        random.next();
        random
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// From 0 up to but not including `limit`.
    pub(super) fn below(&mut self, limit: usize) -> usize {
        let limit = u64::try_from(limit.max(1)).unwrap_or(1);
        usize::try_from(self.next() % limit).unwrap_or(0)
    }

    /// Once in so many times.
    pub(super) fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// Within limits, both included.
    pub(super) fn between(&mut self, least: i64, most: i64) -> i64 {
        let span = most.abs_diff(least).saturating_add(1).max(1);
        least.saturating_add_unsigned(self.next() % span)
    }

    pub(super) fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        from.get(self.below(from.len()))
    }

    /// A short code of capitals, small letters or digits alone.
    pub(super) fn code(&mut self, max: usize) -> String {
        const SORTS: [&[u8]; 3] = [
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZ",
            b"abcdefghijklmnopqrstuvwxyz",
            b"0123456789",
        ];
        let sort = SORTS[self.below(SORTS.len())];
        let length = 1 + self.below(max.clamp(1, WORD));
        let letters = (0..length).filter_map(|_| self.pick(sort));
        letters.map(|letter| char::from(*letter)).collect()
    }

    /// A text of at most so many characters: mostly short, now and then as long as it may be.
    pub(super) fn words(&mut self, max: usize) -> String {
        let max = max.clamp(1, LONGEST);
        let length = if self.once_in(8) {
            max
        } else {
            1 + self.below(max.min(WORD))
        };
        let mut text: Vec<char> = (0..length)
            .filter_map(|_| self.pick(LETTERS).copied())
            .collect();
        // Text is trimmed coming in: what starts or ends with white space cannot come back.
        for end in [0, length - 1] {
            if let Some(letter) = text.get_mut(end).filter(|letter| letter.is_whitespace()) {
                *letter = 'x';
            }
        }
        text.into_iter().collect()
    }

    /// A day, as ISO writes it: of the centuries that messages are about, or one on which dates go wrong.
    pub(super) fn day(&mut self) -> String {
        if self.once_in(4) {
            return self.pick(DAYS).copied().unwrap_or_default().to_owned();
        }
        let first = Date::constant(1900, 1, 1);
        let day = first.saturating_add(jiff::Span::new().days(self.between(0, 73_048)));
        day.to_string()
    }

    pub(super) fn bsn(&mut self) -> String {
        loop {
            let digits = format!("{:09}", self.between(10_000_000, 999_999_999));
            if elfproef(&digits) {
                return digits;
            }
        }
    }
}
