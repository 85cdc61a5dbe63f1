//! The signed text of a session.

use std::fmt;

use crate::crypto::SecretKeys;
use crate::json::{Object, Style, Value};
use crate::signing::{self, TimestampSigner};

/// Why a stored session was refused.
///
/// Django takes an empty session for the first three (logging the first one) **and keeps the session key**, and answers
/// 500 to the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// Signed by no key of ours, or not signed.
    BadSignature,
    /// Signed longer ago than `max_age`.
    SignatureExpired,
    /// Signed by us, but not readable: another serializer's, or beyond the limits.
    Malformed,
    /// Signed JSON that is not an object.
    NotAnObject,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BadSignature => "the stored session's signature does not match",
            Self::SignatureExpired => "the stored session's signature has expired",
            Self::Malformed => "the stored session is not readable",
            Self::NotAnObject => "the stored session is not an object",
        })
    }
}

impl std::error::Error for Error {}

impl From<signing::Error> for Error {
    fn from(error: signing::Error) -> Self {
        match error {
            signing::Error::BadSignature => Self::BadSignature,
            signing::Error::SignatureExpired => Self::SignatureExpired,
            signing::Error::Malformed | signing::Error::TooBig => Self::Malformed,
        }
    }
}

/// Reads and writes signed sessions; keys are derived once, so keep it.
#[derive(Clone, Debug)]
pub struct Codec(TimestampSigner);

impl Codec {
    /// The salt of the engines `db`, `file` and `cached_db`: `django.contrib.sessions.` and the store's class name.
    pub const SALT: &str = "django.contrib.sessions.SessionStore";
    /// The salt of the engine `signed_cookies`.
    pub const SIGNED_COOKIES_SALT: &str = "django.contrib.sessions.backends.signed_cookies";

    /// The codec of the engines `db`, `file` and `cached_db` (`SessionBase.encode`, `decode`).
    pub fn new(keys: &SecretKeys) -> Self {
        Self::with_salt(keys, Self::SALT)
    }

    /// The codec of the engine `signed_cookies`.
    pub fn signed_cookies(keys: &SecretKeys) -> Self {
        Self::with_salt(keys, Self::SIGNED_COOKIES_SALT)
    }

    /// The codec of a site whose store has a class name of its own.
    pub fn with_salt(keys: &SecretKeys, salt: &str) -> Self {
        Self(TimestampSigner::new(keys, salt))
    }

    /// The signed text, compressed where that is shorter.
    pub fn encode(&self, data: &Object, now: i64) -> String {
        let mut json = String::new();
        data.write_json(Style::DJANGO, &mut json);
        self.encode_bytes(json.as_bytes(), now)
    }

    /// [`encode`](Self::encode) of what another `SESSION_SERIALIZER` wrote.
    pub fn encode_bytes(&self, bytes: &[u8], now: i64) -> String {
        self.0.dumps_bytes(bytes, true, now)
    }

    /// [`decode_within`](Self::decode_within) before the `SESSION_SERIALIZER`.
    ///
    /// # Errors
    /// Any of [`Error`] but [`Error::NotAnObject`].
    pub fn decode_bytes(&self, stored: &str, max_age: Option<i64>, now: i64) -> Result<Vec<u8>, Error> {
        Ok(self.0.loads_bytes(stored, max_age, now)?)
    }

    /// The object of a signed text of any age.
    ///
    /// # Errors
    /// Any of [`Error`] but [`Error::SignatureExpired`].
    pub fn decode(&self, stored: &str) -> Result<Object, Error> {
        self.decode_within(stored, None, 0)
    }

    /// The object of a signed text at most `max_age` seconds old. The engine `signed_cookies` passes
    /// `SESSION_COOKIE_AGE`, whatever the session's own expiry.
    ///
    /// # Errors
    /// Any of [`Error`].
    pub fn decode_within(&self, stored: &str, max_age: Option<i64>, now: i64) -> Result<Object, Error> {
        match self.0.loads(stored, max_age, now)? {
            Value::Object(data) => Ok(data),
            _ => Err(Error::NotAnObject),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signed_but_no_session() {
        let keys = SecretKeys::new("k");
        let signer = TimestampSigner::new(&keys, Codec::SALT);
        let codec = Codec::new(&keys);
        assert_eq!(codec.decode(&signer.dumps(&Value::Null, true, 0)), Err(Error::NotAnObject));
        assert_eq!(codec.decode(&signer.dumps_bytes(b"\x80\x05}.", true, 0)), Err(Error::Malformed));
        assert_eq!(
            Codec::signed_cookies(&keys).decode(&codec.encode(&Object::new(), 0)),
            Err(Error::BadSignature)
        );
    }

    #[test]
    fn signed_cookies_age() {
        let codec = Codec::signed_cookies(&SecretKeys::new("k"));
        let cookie = codec.encode(&Object::new(), 100);
        assert_eq!(codec.decode_within(&cookie, Some(60), 160), Ok(Object::new()));
        assert_eq!(codec.decode_within(&cookie, Some(60), 161), Err(Error::SignatureExpired));
    }
}
