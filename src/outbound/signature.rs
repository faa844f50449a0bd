//! Signing by Standard Webhooks 1.0.0: `v1,` and the HMAC-SHA256 of `id.timestamp.body` in base64.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::Hmac;
use hmac::KeyInit;
use hmac::Mac;
use sha2::Sha256;
use zeroize::Zeroizing;

/// What a secret starts with.
const PREFIX: &str = "whsec_";
/// Bytes of a new secret.
const SECRET_BYTES: usize = 32;
/// Fewest bytes of a secret, by the standard.
const SECRET_BYTES_MIN: usize = 24;
/// Most bytes of a secret, by the standard.
const SECRET_BYTES_MAX: usize = 64;
/// The version of the signature.
const VERSION: &str = "v1,";

/// Why a secret is not usable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// Not `whsec_` and 24 to 64 bytes in base64.
    #[error("a webhook secret is `whsec_` and 24 to 64 bytes in base64")]
    Malformed,
    /// The machine gives no random numbers.
    #[error("no random numbers are available")]
    NoRandom,
}

/// Makes a new secret: `whsec_` and 32 random bytes in base64. It is a secret: store it sealed, show it once.
pub fn new_secret() -> Result<String, SecretError> {
    let mut bytes = Zeroizing::new([0_u8; SECRET_BYTES]);
    getrandom::fill(&mut *bytes).map_err(|_| SecretError::NoRandom)?;
    Ok(format!("{PREFIX}{}", STANDARD.encode(*bytes)))
}

/// Signs a message: the value of `webhook-signature`. `timestamp` is in seconds since 1970.
pub fn sign(secret: &str, id: &str, timestamp: i64, body: &[u8]) -> Result<String, SecretError> {
    let mac = mac(secret, id, timestamp, body)?;
    Ok(format!(
        "{VERSION}{}",
        STANDARD.encode(mac.finalize().into_bytes())
    ))
}

/// Whether one of the signatures in a `webhook-signature` header (separated by spaces) is right for this message.
/// A receiver also checks that `timestamp` is recent. Compares in constant time.
pub fn verify(
    secret: &str,
    id: &str,
    timestamp: i64,
    body: &[u8],
    header: &str,
) -> Result<bool, SecretError> {
    let mac = mac(secret, id, timestamp, body)?;
    let right = header
        .split(' ')
        .filter_map(|signature| signature.strip_prefix(VERSION))
        .filter_map(|signature| STANDARD.decode(signature).ok())
        .any(|signature| mac.clone().verify_slice(&signature).is_ok());
    Ok(right)
}

fn mac(secret: &str, id: &str, timestamp: i64, body: &[u8]) -> Result<Hmac<Sha256>, SecretError> {
    let encoded = secret.strip_prefix(PREFIX).unwrap_or(secret);
    let key = Zeroizing::new(
        STANDARD
            .decode(encoded)
            .map_err(|_| SecretError::Malformed)?,
    );
    if !(SECRET_BYTES_MIN..=SECRET_BYTES_MAX).contains(&key.len()) {
        return Err(SecretError::Malformed);
    }
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).map_err(|_| SecretError::Malformed)?;
    mac.update(format!("{id}.{timestamp}.").as_bytes());
    mac.update(body);
    Ok(mac)
}

#[cfg(test)]
mod tests {
    use super::SecretError;
    use super::new_secret;
    use super::sign;
    use super::verify;

    const SECRET: &str = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const BODY: &[u8] = br#"{"test": 2432232314}"#;
    const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    #[test]
    fn the_vector_of_the_standard_comes_out() {
        for secret in [SECRET.to_owned(), format!("whsec_{SECRET}")] {
            assert_eq!(
                sign(&secret, ID, 1_614_265_330, BODY).as_deref(),
                Ok(SIGNATURE)
            );
        }
    }

    #[test]
    fn a_signature_verifies_only_for_its_own_message() {
        let check = |id, timestamp, body, header: &str| verify(SECRET, id, timestamp, body, header);
        let stamp = 1_614_265_330;
        assert_eq!(check(ID, stamp, BODY, SIGNATURE), Ok(true));
        assert_eq!(
            check(ID, stamp, BODY, &format!("v1,AAAA v2,x {SIGNATURE}")),
            Ok(true)
        );
        assert_eq!(check("msg_other", stamp, BODY, SIGNATURE), Ok(false));
        assert_eq!(check(ID, stamp + 1, BODY, SIGNATURE), Ok(false));
        assert_eq!(check(ID, stamp, b"{}", SIGNATURE), Ok(false));
        assert_eq!(check(ID, stamp, BODY, ""), Ok(false));
        assert_eq!(check(ID, stamp, BODY, "v1,?"), Ok(false));
    }

    #[test]
    fn a_new_secret_signs_and_differs_each_time() {
        let (one, other) = (new_secret().expect("random"), new_secret().expect("random"));
        assert!(one.starts_with("whsec_") && one != other);
        let signature = sign(&one, ID, 1, BODY).expect("a secret");
        assert_eq!(verify(&one, ID, 1, BODY, &signature), Ok(true));
        assert_eq!(verify(&other, ID, 1, BODY, &signature), Ok(false));
    }

    #[test]
    fn a_secret_that_is_none_is_refused() {
        for secret in ["", "whsec_", "whsec_AAAA", "whsec_?", &"A".repeat(100)] {
            assert_eq!(
                sign(secret, ID, 1, BODY),
                Err(SecretError::Malformed),
                "{secret}"
            );
        }
    }
}
