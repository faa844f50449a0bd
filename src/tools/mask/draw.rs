use hmac::Hmac;
use hmac::KeyInit;
use hmac::Mac;
use sha2::Digest;
use sha2::Sha256;

/// What masks follow from: the same value under the same key gives the same mask, and nobody without the key can find
/// the value by trying all of them.
#[derive(Clone)]
pub struct MaskKey([u8; 32]);

impl MaskKey {
    /// A key from a secret text or from random bytes.
    #[must_use]
    pub fn new(secret: &[u8]) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"schakel/mask/1");
        hash.update(secret);
        Self(hash.finalize().into())
    }
}

impl std::fmt::Debug for MaskKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MaskKey(..)")
    }
}

/// Numbers that follow from a key and a value, as many as are asked for.
pub(super) struct Draw<'k> {
    key: &'k MaskKey,
    seed: Vec<u8>,
    block: [u8; 32],
    /// Bytes of the block that are used.
    used: usize,
    blocks: u32,
}

impl<'k> Draw<'k> {
    /// `what` keeps masks of different sorts apart; another `attempt` gives other numbers for the same value.
    pub(super) fn new(key: &'k MaskKey, what: &str, value: &str, attempt: u32) -> Self {
        let mut seed = Vec::with_capacity(what.len() + value.len() + 6);
        seed.extend_from_slice(what.as_bytes());
        seed.push(0);
        seed.extend_from_slice(&attempt.to_be_bytes());
        seed.extend_from_slice(value.as_bytes());
        Self {
            key,
            seed,
            block: [0; 32],
            used: 32,
            blocks: 0,
        }
    }

    fn byte(&mut self) -> u8 {
        if self.used == self.block.len() {
            let mut padded = [0_u8; 64]; // SHA-256's block: HMAC pads a shorter key with zeros
            padded[..32].copy_from_slice(&self.key.0);
            let mut mac = <Hmac<Sha256> as KeyInit>::new((&padded).into());
            mac.update(&self.blocks.to_be_bytes());
            mac.update(&self.seed);
            self.block = mac.finalize().into_bytes().into();
            self.blocks += 1;
            self.used = 0;
        }
        self.used += 1;
        self.block[self.used - 1]
    }

    /// A number below another one, which is not zero.
    pub(super) fn below(&mut self, limit: usize) -> usize {
        let bytes = [self.byte(), self.byte(), self.byte(), self.byte()];
        u32::from_be_bytes(bytes) as usize % limit.max(1)
    }

    /// One of some things.
    pub(super) fn pick<'t, T>(&mut self, among: &'t [T]) -> Option<&'t T> {
        if among.is_empty() {
            return None;
        }
        among.get(self.below(among.len()))
    }

    /// A digit from one to another, both included.
    pub(super) fn digit(&mut self, from: u8, to: u8) -> char {
        let span = usize::from(to.saturating_sub(from)) + 1;
        let step = u8::try_from(self.below(span)).unwrap_or(0);
        char::from(b'0' + from + step)
    }

    /// A letter of the same case that is another one.
    pub(super) fn letter(&mut self, instead_of: char) -> char {
        let first = if instead_of.is_uppercase() {
            b'A'
        } else {
            b'a'
        };
        let step = u8::try_from(self.below(26)).unwrap_or(0);
        let letter = char::from(first + step);
        if letter == instead_of {
            char::from(first + (step + 1) % 26)
        } else {
            letter
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_follow_from_key_sort_value_and_attempt() {
        let (ours, theirs) = (MaskKey::new(b"een"), MaskKey::new(b"twee"));
        let first = |key: &MaskKey, what: &str, value: &str, attempt| {
            let mut draw = Draw::new(key, what, value, attempt);
            (0..20).map(|_| draw.below(1000)).collect::<Vec<_>>()
        };
        let one = first(&ours, "naam", "Jansen", 0);
        assert_eq!(one, first(&ours, "naam", "Jansen", 0));
        assert_ne!(one, first(&theirs, "naam", "Jansen", 0));
        assert_ne!(one, first(&ours, "tekst", "Jansen", 0));
        assert_ne!(one, first(&ours, "naam", "Janssen", 0));
        assert_ne!(one, first(&ours, "naam", "Jansen", 1));
        assert!(one.iter().all(|number| *number < 1000));
    }

    #[test]
    fn a_letter_is_another_one_of_the_same_case() {
        let key = MaskKey::new(b"een");
        for number in 0..200 {
            let mut draw = Draw::new(&key, "letter", "x", number);
            let (upper, lower) = (draw.letter('Q'), draw.letter('q'));
            assert!(upper.is_ascii_uppercase() && upper != 'Q');
            assert!(lower.is_ascii_lowercase() && lower != 'q');
        }
    }
}
