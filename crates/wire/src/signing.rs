//! Signed values, tokens and cookies (`django.core.signing`).
//!
//! | class or function | text |
//! |---|---|
//! | [`Signer`] | `value:U0SxOfaUTYrlooPPqqeH-AlQAC8OjKY5rB5Ma8msNUc` |
//! | [`TimestampSigner`] | `value:1vgM1A:` and the signature of all before it; `1vgM1A` is [`base62`] of the Unix second |
//! | [`TimestampSigner::dumps`] | the same, the value being [`base64`] of JSON, or `.` and base64 of compressed JSON |
//!
//! The signature is unpadded URL-safe base64 of `HMAC-SHA256(SHA256(salt ‖ "signer" ‖ SECRET_KEY), value)`. Every key of
//! [`SecretKeys`] verifies, the first one signs.
//!
//! ```
//! use nuages_wire::crypto::SecretKeys;
//! use nuages_wire::json::Value;
//! use nuages_wire::signing::{Error, TimestampSigner};
//!
//! let signer = TimestampSigner::new(&SecretKeys::new("a secret"), "my.salt");
//! let now = 1768478400;
//! let token = signer.dumps(&Value::from("hello"), true, now);
//! assert_eq!(token, "ImhlbGxvIg:1vgM1A:flDJAN6Uw0neVHMFvXtol7MfyZopXdQfMZ-wsVRmzr8");
//! assert_eq!(signer.loads(&token, Some(60), now + 60), Ok(Value::from("hello")));
//! assert_eq!(signer.loads(&token, Some(60), now + 61), Err(Error::SignatureExpired));
//! assert_eq!(signer.loads("ImhlbGxvIg:1vgM1A:forged", None, now), Err(Error::BadSignature));
//! ```
//!
//! Cookies of `set_signed_cookie` are in [`cookie`](self::set_signed_cookie).

mod cookie;

use std::fmt;

pub use cookie::{CookieSalt, cookie_signer, get_signed_cookie, set_signed_cookie};

use crate::crypto::{Algorithm, HmacKey, SecretKeys, constant_time_eq};
use crate::json::{self, Style, Value};
use crate::{base62, base64, zlib};

/// The salt of `signing.dumps` and `signing.loads` when none is given.
pub const DEFAULT_SALT: &str = "django.core.signing";

/// The bytes to which a compressed payload may grow; Django has no such bound.
pub const MAX_INFLATED: usize = 16 << 20;

/// Why a signed text was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// No key made this signature (`BadSignature`).
    BadSignature,
    /// The signature is good but older than `max_age` (`SignatureExpired`).
    SignatureExpired,
    /// The signature is good, but what it covers is not a timestamp, base64, zlib or JSON. Django raises a
    /// `ValueError` or the like here.
    Malformed,
    /// The signature is good, but the payload inflates beyond [`MAX_INFLATED`].
    TooBig,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BadSignature => "the signature does not match",
            Self::SignatureExpired => "the signature has expired",
            Self::Malformed => "the signed text is malformed",
            Self::TooBig => "the signed text inflates beyond the limit",
        })
    }
}

impl std::error::Error for Error {}

/// A separator made of characters that a signature or a timestamp may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnsafeSeparator;

impl fmt::Display for UnsafeSeparator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a separator cannot be empty or consist of only A-z0-9-_=")
    }
}

impl std::error::Error for UnsafeSeparator {}

/// `django.core.signing.Signer`: text that proves to be ours.
///
/// Its keys are derived once; keep it for as long as the settings live.
#[derive(Clone, Debug)]
pub struct Signer {
    keys: Vec<HmacKey>,
    separator: Box<str>,
}

impl Signer {
    /// The salt of Django's `Signer()`.
    pub const SALT: &str = "django.core.signing.Signer";

    /// SHA-256 and the separator `:`, as everything in Django uses. As there, an empty salt means the class's own.
    pub fn new(keys: &SecretKeys, salt: &str) -> Self {
        Self::derive(keys, salt, ":", Algorithm::Sha256)
    }

    /// A separator and a hash of one's own (`Signer(sep=…, algorithm=…)`).
    ///
    /// # Errors
    /// [`UnsafeSeparator`], where Django raises `ValueError`.
    pub fn with_options(
        keys: &SecretKeys,
        salt: &str,
        separator: &str,
        algorithm: Algorithm,
    ) -> Result<Self, UnsafeSeparator> {
        // Django's pattern is `[A-z0-9-_=]`: `A-z` spans the punctuation between `Z` and `a` as well.
        if separator.bytes().all(|byte| matches!(byte, b'A'..=b'z' | b'0'..=b'9' | b'-' | b'=')) {
            return Err(UnsafeSeparator);
        }
        Ok(Self::derive(keys, salt, separator, algorithm))
    }

    fn derive(keys: &SecretKeys, salt: &str, separator: &str, algorithm: Algorithm) -> Self {
        let salt = [or_else(salt, Self::SALT).as_bytes(), b"signer"];
        let keys = keys.iter().map(|key| HmacKey::salted(algorithm, &salt, key)).collect();
        Self { keys, separator: separator.into() }
    }

    /// The signature alone, by the current key.
    pub fn signature(&self, value: &str) -> String {
        self.keys.first().map(|key| signature(key, value)).unwrap_or_default()
    }

    /// `value:signature`.
    pub fn sign(&self, value: &str) -> String {
        [value, &self.separator, &self.signature(value)].concat()
    }

    /// The value of a signed text.
    ///
    /// # Errors
    /// [`Error::BadSignature`].
    pub fn unsign<'a>(&self, signed: &'a str) -> Result<&'a str, Error> {
        let (value, given) = signed.rsplit_once(&*self.separator).ok_or(Error::BadSignature)?;
        let verify = |key| constant_time_eq(signature(key, value).as_bytes(), given.as_bytes());
        if self.keys.iter().any(verify) { Ok(value) } else { Err(Error::BadSignature) }
    }
}

fn or_else<'a>(salt: &'a str, default: &'a str) -> &'a str {
    if salt.is_empty() { default } else { salt }
}

fn signature(key: &HmacKey, value: &str) -> String {
    base64::encode(key.mac(&[value.as_bytes()]).as_ref())
}

/// `django.core.signing.TimestampSigner`: text that proves to be ours and of what time.
#[derive(Clone, Debug)]
pub struct TimestampSigner(Signer);

/// A timestamp signer of a signer's keys, separator and algorithm.
impl From<Signer> for TimestampSigner {
    fn from(signer: Signer) -> Self {
        Self(signer)
    }
}

impl TimestampSigner {
    /// The salt of Django's `TimestampSigner()`.
    pub const SALT: &str = "django.core.signing.TimestampSigner";

    /// SHA-256 and the separator `:`. As in Django, an empty salt means the class's own.
    pub fn new(keys: &SecretKeys, salt: &str) -> Self {
        Self(Signer::new(keys, or_else(salt, Self::SALT)))
    }

    /// `value:timestamp:signature`.
    pub fn sign(&self, value: &str, now: i64) -> String {
        self.0.sign(&[value, &self.0.separator, &base62::encode(now)].concat())
    }

    /// The value of a text signed at most `max_age` seconds ago. One signed in the future is accepted, as in Django.
    ///
    /// # Errors
    /// [`Error::BadSignature`], [`Error::SignatureExpired`]; [`Error::Malformed`] for a good signature over no timestamp.
    pub fn unsign<'a>(&self, signed: &'a str, max_age: Option<i64>, now: i64) -> Result<&'a str, Error> {
        let stamped = self.0.unsign(signed)?;
        let (value, timestamp) = stamped.rsplit_once(&*self.0.separator).ok_or(Error::Malformed)?;
        let timestamp = base62::decode(timestamp).ok_or(Error::Malformed)?;
        match max_age {
            Some(max_age) if now.saturating_sub(timestamp) > max_age => Err(Error::SignatureExpired),
            _ => Ok(value),
        }
    }

    /// `signing.dumps(value, compress=…)`, `sign_object` of this class.
    ///
    /// Compression is used only where it saves more than a byte.
    pub fn dumps(&self, value: &Value, compress: bool, now: i64) -> String {
        self.dumps_bytes(value.to_json(Style::DJANGO).as_bytes(), compress, now)
    }

    /// [`dumps`](Self::dumps) of what another serializer wrote.
    pub fn dumps_bytes(&self, bytes: &[u8], compress: bool, now: i64) -> String {
        // A zlib stream has 8 bytes of frame: nothing this short gets smaller.
        let compressed = (compress && bytes.len() > 10).then(|| zlib::compress(bytes));
        self.sign(
            &match compressed.filter(|compressed| compressed.len() < bytes.len() - 1) {
                Some(compressed) => format!(".{}", base64::encode(&compressed)),
                None => base64::encode(bytes),
            },
            now,
        )
    }

    /// `signing.loads(signed, max_age=…)`, `unsign_object` of this class.
    ///
    /// # Errors
    /// Any of [`Error`].
    pub fn loads(&self, signed: &str, max_age: Option<i64>, now: i64) -> Result<Value, Error> {
        let bytes = self.loads_bytes(signed, max_age, now)?;
        json::from_latin1(&bytes).map_err(|error| match error {
            json::Error::TooBig => Error::TooBig,
            json::Error::Syntax(_) | json::Error::TooDeep => Error::Malformed,
        })
    }

    /// [`loads`](Self::loads) before the serializer.
    ///
    /// # Errors
    /// Any of [`Error`].
    pub fn loads_bytes(&self, signed: &str, max_age: Option<i64>, now: i64) -> Result<Vec<u8>, Error> {
        let text = self.unsign(signed, max_age, now)?.as_bytes();
        match text.strip_prefix(b".") {
            Some(text) => {
                let stream = base64::decode(text).ok_or(Error::Malformed)?;
                zlib::decompress(&stream, MAX_INFLATED).map_err(|error| match error {
                    zlib::Error::Malformed => Error::Malformed,
                    zlib::Error::TooBig => Error::TooBig,
                })
            }
            None => base64::decode(text).ok_or(Error::Malformed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::SecretKey;

    const NOW: i64 = 1_768_478_400;

    fn keys() -> SecretKeys {
        SecretKeys {
            current: SecretKey::from("vector-secret-key-0123456789abcdefghijklmnopqrstuvwxyz"),
            fallbacks: vec![SecretKey::from("old-key-9876543210zyxwvutsrqponmlkjihgfedcba")],
        }
    }

    // From Django 5.2.19 under these keys.
    #[test]
    fn djangos_own_texts() {
        let signer = Signer::new(&keys(), Signer::SALT);
        assert_eq!(signer.sign(""), ":uq6p7pNzop1Gekru5q0DWe3dWDpSSFJ_ABicYN4lyho");
        assert_eq!(signer.unsign("v:1:LgrNVIGkuZIutCujftbLlRw7HsOYJL1NwjVKMK3lPZo"), Ok("v:1"));
        assert_eq!(Signer::new(&keys(), "").sign(""), signer.sign(""));
        let signer = TimestampSigner::new(&keys(), "");
        assert_eq!(signer.sign("", NOW), ":1vgM1A:8_07BXmjoKeu4jPErX6w1-8Ykw4Dz4bsy-J6wYH2xnc");
        let signer = TimestampSigner::new(&keys(), "my.salt");
        let token = "bnVsbA:1vgM1A:5et6QbNt0Xd5fVjrLxqfOxsQOGjM40FBlR_HYCpKbNc";
        assert_eq!(signer.dumps(&Value::Null, true, NOW), token);
        assert_eq!(signer.loads(token, Some(0), NOW), Ok(Value::Null));
    }

    #[test]
    fn separators() {
        let keys = keys();
        let new = |separator| Signer::with_options(&keys, "s", separator, Algorithm::Sha1);
        for bad in ["", "_", "a-z=0", "^", "`"] {
            assert_eq!(new(bad).err(), Some(UnsafeSeparator), "{bad:?}");
        }
        for good in ["|", "a:b", " "] {
            let signer = new(good);
            let back = signer.as_ref().map(|signer| signer.unsign(&signer.sign("v")) == Ok("v"));
            assert_eq!(back, Ok(true));
        }
    }

    #[test]
    fn a_bomb_is_too_big() {
        let signer = TimestampSigner::new(&keys(), DEFAULT_SALT);
        let token = signer.dumps_bytes(&vec![b' '; MAX_INFLATED + 1], true, NOW);
        assert_eq!(signer.loads(&token, None, NOW), Err(Error::TooBig));
    }

    #[test]
    fn a_signed_text_without_timestamp_is_malformed() {
        let keys = keys();
        let plain = Signer::new(&keys, "s");
        let timed = TimestampSigner::new(&keys, "s");
        for value in ["no timestamp", "v:", "v:!"] {
            assert_eq!(timed.unsign(&plain.sign(value), None, NOW), Err(Error::Malformed), "{value}");
        }
    }

    proptest::proptest! {
        #[test]
        fn round_trip(text: String, compress: bool, now in 0..4_000_000_000_i64) {
            let signer = TimestampSigner::new(&keys(), DEFAULT_SALT);
            let value = Value::from(text);
            let token = signer.dumps(&value, compress, now);
            proptest::prop_assert_eq!(signer.loads(&token, Some(0), now), Ok(value));
        }

        #[test]
        fn nothing_else_is_accepted(text: String) {
            let signer = TimestampSigner::new(&keys(), DEFAULT_SALT);
            proptest::prop_assert_eq!(signer.loads(&text, None, NOW), Err(Error::BadSignature));
        }
    }
}
