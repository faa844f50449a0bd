//! Row 2. Sealing what is kept: originals, delivered content, BSNs and webhook secrets are AES-256-GCM encrypted
//! before the store sees them, and numbers that people have are looked up by a keyed hash.
//!
//! A sealed value is `version (1) || nonce (12) || ciphertext and tag`. The context (what the value is and whose)
//! is authenticated with it, so that a sealed value moved to another row does not open.

use aes_gcm::Aes256Gcm;
use aes_gcm::KeyInit;
use aes_gcm::aead::Aead;
use aes_gcm::aead::Payload;
use hmac::Hmac;
use hmac::Mac;
use sha2::Digest;
use sha2::Sha256;
use zeroize::Zeroizing;

/// The version byte of this layout.
const VERSION: u8 = 1;
/// Bytes of a GCM nonce.
const NONCE_BYTES: usize = 12;
/// Bytes of the master key.
pub const KEY_BYTES: usize = 32;

/// Why a value could not be sealed or opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// Not sealed with this key, for this context, or damaged.
    #[error("a sealed value does not open with this key in this place")]
    Damaged,
    /// The machine gives no random numbers.
    #[error("no random numbers are available")]
    NoRandom,
}

/// Seals and opens values, and makes lookup hashes, under one master key.
pub struct Sealer {
    cipher: Aes256Gcm,
    index_key: Zeroizing<[u8; KEY_BYTES]>,
}

impl Sealer {
    /// A sealer from 32 secret bytes. The encryption and index keys are derived from it, each for its own use.
    #[must_use]
    pub fn new(master: &[u8; KEY_BYTES]) -> Self {
        let cipher_key = Zeroizing::new(keyed_hash(master, &[b"schakel/seal/1"]));
        Self {
            cipher: Aes256Gcm::new((&*cipher_key).into()),
            index_key: Zeroizing::new(keyed_hash(master, &[b"schakel/index/1"])),
        }
    }

    /// Seals a value for a context, for example `original:0192…`.
    pub fn seal(&self, context: &str, plain: &[u8]) -> Result<Vec<u8>, SealError> {
        let mut nonce = [0_u8; NONCE_BYTES];
        getrandom::fill(&mut nonce).map_err(|_| SealError::NoRandom)?;
        let sealed = self
            .cipher
            .encrypt(
                (&nonce).into(),
                Payload {
                    msg: plain,
                    aad: context.as_bytes(),
                },
            )
            .map_err(|_| SealError::Damaged)?;
        let mut out = Vec::with_capacity(1 + NONCE_BYTES + sealed.len());
        out.push(VERSION);
        out.extend_from_slice(&nonce);
        out.extend_from_slice(&sealed);
        Ok(out)
    }

    /// Opens a value that was sealed for the same context.
    pub fn open(&self, context: &str, sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        let (version, rest) = sealed.split_first().ok_or(SealError::Damaged)?;
        let (nonce, ciphertext) = rest
            .split_first_chunk::<NONCE_BYTES>()
            .ok_or(SealError::Damaged)?;
        if *version != VERSION {
            return Err(SealError::Damaged);
        }
        self.cipher
            .decrypt(
                nonce.into(),
                Payload {
                    msg: ciphertext,
                    aad: context.as_bytes(),
                },
            )
            .map_err(|_| SealError::Damaged)
    }

    /// The lookup hash of a value within a numbering: the same value gives the same hash, and nobody without the
    /// key can find the value by trying all of them.
    #[must_use]
    pub fn index(&self, scheme: &str, value: &str) -> Vec<u8> {
        keyed_hash(
            &self.index_key,
            &[scheme.as_bytes(), b"\0", value.as_bytes()],
        )
        .to_vec()
    }
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sealer(..)")
    }
}

/// SHA-256 of some parts, each preceded by its length, so that no two lists of parts hash alike.
#[must_use]
pub fn content_hash(parts: &[&[u8]]) -> Vec<u8> {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().to_vec()
}

fn keyed_hash(key: &[u8; KEY_BYTES], parts: &[&[u8]]) -> [u8; KEY_BYTES] {
    let mut block = [0_u8; 64]; // SHA-256's block: HMAC pads a shorter key with zeros, so this is the same key
    block[..KEY_BYTES].copy_from_slice(key);
    let mut mac = <Hmac<Sha256> as KeyInit>::new((&block).into());
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_value_opens_only_in_its_own_context_and_undamaged() {
        let ours = Sealer::new(&[7; KEY_BYTES]);
        let sealed = ours.seal("original:1", b"geheim").expect("seals");
        assert_eq!(ours.open("original:1", &sealed), Ok(b"geheim".to_vec()));
        assert_eq!(ours.open("original:2", &sealed), Err(SealError::Damaged));
        let mut damaged = sealed.clone();
        *damaged.last_mut().expect("not empty") ^= 1;
        assert_eq!(ours.open("original:1", &damaged), Err(SealError::Damaged));
        assert_eq!(
            Sealer::new(&[8; KEY_BYTES]).open("original:1", &sealed),
            Err(SealError::Damaged)
        );
        assert!(!sealed.windows(6).any(|part| part == b"geheim"));
    }

    #[test]
    fn the_lookup_hash_depends_on_key_scheme_and_value() {
        let ours = Sealer::new(&[7; KEY_BYTES]);
        assert_eq!(
            ours.index("bsn", "999990019"),
            ours.index("bsn", "999990019")
        );
        assert_ne!(
            ours.index("bsn", "999990019"),
            ours.index("bsn", "123456782")
        );
        assert_ne!(
            ours.index("bsn", "999990019"),
            ours.index("nummer", "999990019")
        );
        assert_ne!(
            ours.index("bsn", "999990019"),
            Sealer::new(&[8; KEY_BYTES]).index("bsn", "999990019")
        );
    }
}
