use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::Digest;
use sha2::Sha256;
use std::fmt::Write;
use uuid::Uuid;
use zeroize::Zeroizing;

/// What every key starts with.
const PREFIX: &str = "schakel_";
/// Characters of the id part.
const ID_CHARS: usize = 8;
/// Characters of the secret part: 32 bytes in base64url.
const SECRET_CHARS: usize = 43;
/// Random bytes that go into a key: 16 for its id, 32 for its secret.
pub const KEY_RANDOM_BYTES: usize = 48;

/// An API key in the open: as it was just made, or as a caller presents it. Never stored and never printed by
/// accident.
pub struct ApiKey(Zeroizing<String>);

impl ApiKey {
    /// Makes a key and its id from random bytes.
    #[must_use]
    pub fn from_random(random: &[u8; KEY_RANDOM_BYTES]) -> (Uuid, Self) {
        let (id_bytes, secret) = random.split_at(16);
        let mut id = [0_u8; 16];
        id.copy_from_slice(id_bytes);
        let id = uuid::Builder::from_random_bytes(id).into_uuid();
        let mut text = Zeroizing::new(String::with_capacity(
            PREFIX.len() + ID_CHARS + 1 + SECRET_CHARS,
        ));
        text.push_str(PREFIX);
        for byte in &id.as_bytes()[..ID_CHARS / 2] {
            let _ = write!(text, "{byte:02x}");
        }
        text.push('_');
        text.push_str(&Zeroizing::new(URL_SAFE_NO_PAD.encode(secret)));
        (id, Self(text))
    }

    /// The key a caller presents; `None` when it cannot be one, so that the store need not be asked.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (id, secret) = text.strip_prefix(PREFIX)?.split_once('_')?;
        let hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        let base64url = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        let well_formed = id.len() == ID_CHARS
            && id.bytes().all(hex)
            && secret.len() == SECRET_CHARS
            && secret.bytes().all(base64url);
        well_formed.then(|| Self(Zeroizing::new(text.to_owned())))
    }

    /// The key itself, to be shown once.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is stored of it.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0.as_bytes()).into()
    }
}

impl std::fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ApiKey(..)")
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test may stop
mod tests {
    use super::*;

    #[test]
    fn a_key_that_was_made_is_read_back_with_the_same_hash() {
        let random = std::array::from_fn(|i| u8::try_from(i * 5 % 256).unwrap());
        let (id, key) = ApiKey::from_random(&random);
        let read = ApiKey::parse(key.reveal()).expect("a made key is well formed");
        assert_eq!(read.hash(), key.hash());
        assert_eq!(&key.reveal()[8..16], &id.simple().to_string()[..8]);
        assert_eq!(key.reveal().len(), 60);
    }

    #[test]
    fn what_cannot_be_a_key_is_not_read_as_one() {
        let good = ApiKey::from_random(&[7; KEY_RANDOM_BYTES]).1;
        let good = good.reveal();
        for text in [
            String::new(),
            "schakel_".to_owned(),
            good[..59].to_owned(),
            format!("{good}A"),
            good.replacen("schakel_", "Schakel_", 1),
            good.replacen('7', "G", 1),
            format!("{} ", &good[..59]),
        ] {
            assert!(ApiKey::parse(&text).is_none(), "{text:?}");
        }
    }

    #[test]
    fn debug_shows_nothing_of_a_key() {
        let (_, key) = ApiKey::from_random(&[1; KEY_RANDOM_BYTES]);
        assert_eq!(format!("{key:?}"), "ApiKey(..)");
    }
}
