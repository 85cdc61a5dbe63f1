//! `URLSafeSerializer` and `URLSafeTimedSerializer`.

use super::{Error, Signer, TimestampSigner};
use crate::crypto::SecretKeys;
use crate::json::{self, Style, Value};
use crate::signing::MAX_INFLATED;
use crate::{base64, zlib};

/// JSON as a token without a time.
#[derive(Clone, Debug)]
pub struct UrlSafeSerializer(Signer);

/// JSON as a token that can be too old.
#[derive(Clone, Debug)]
pub struct UrlSafeTimedSerializer(TimestampSigner);

/// A serializer of a signer's keys and options (`signer_kwargs`).
impl From<Signer> for UrlSafeSerializer {
    fn from(signer: Signer) -> Self {
        Self(signer)
    }
}

impl UrlSafeSerializer {
    /// The salt when none is given.
    pub const SALT: &str = "itsdangerous";

    /// A serializer with the package's defaults.
    pub fn new(keys: &SecretKeys, salt: &str) -> Self {
        Signer::new(keys, salt).into()
    }

    /// The token of a value.
    pub fn dumps(&self, value: &Value) -> String {
        self.0.sign(&dump_payload(value))
    }

    /// The value of a token.
    ///
    /// # Errors
    /// [`Error::BadSignature`] and [`Error::BadPayload`].
    pub fn loads(&self, token: &str) -> Result<Value, Error> {
        load_payload(self.0.unsign(token)?)
    }
}

/// A serializer of a signer's keys and options (`signer_kwargs`).
impl From<Signer> for UrlSafeTimedSerializer {
    fn from(signer: Signer) -> Self {
        Self(signer.into())
    }
}

impl UrlSafeTimedSerializer {
    /// The salt when none is given.
    pub const SALT: &str = "itsdangerous";

    /// A serializer with the package's defaults.
    pub fn new(keys: &SecretKeys, salt: &str) -> Self {
        Signer::new(keys, salt).into()
    }

    /// The token of a value.
    pub fn dumps(&self, value: &Value, now: i64) -> String {
        self.0.sign(&dump_payload(value), now)
    }

    /// The value of a token at most `max_age` seconds old.
    ///
    /// # Errors
    /// [`Error::BadSignature`], [`Error::SignatureExpired`] and [`Error::BadPayload`].
    pub fn loads(&self, token: &str, max_age: Option<i64>, now: i64) -> Result<Value, Error> {
        load_payload(self.0.unsign(token, max_age, now)?)
    }
}

fn dump_payload(value: &Value) -> String {
    let json = value.to_json(Style::COMPACT);
    // A zlib stream has 8 bytes of frame: nothing this short gets smaller.
    let compressed = (json.len() > 10).then(|| zlib::compress(json.as_bytes()));
    match compressed.filter(|compressed| compressed.len() < json.len() - 1) {
        Some(compressed) => format!(".{}", base64::encode(&compressed)),
        None => base64::encode(json.as_bytes()),
    }
}

fn load_payload(payload: &str) -> Result<Value, Error> {
    let bytes = match payload.strip_prefix('.') {
        Some(payload) => {
            base64::decode(payload.as_bytes()).and_then(|stream| zlib::decompress(&stream, MAX_INFLATED).ok())
        }
        None => base64::decode(payload.as_bytes()),
    };
    parse(&bytes.ok_or(Error::BadPayload)?)
}

/// JSON in UTF-8.
pub(super) fn parse(bytes: &[u8]) -> Result<Value, Error> {
    let text = std::str::from_utf8(bytes).map_err(|_| Error::BadPayload)?;
    json::from_str(text).map_err(|_| Error::BadPayload)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signed_garbage_is_a_bad_payload() {
        let keys = SecretKeys::new("k");
        let signer = Signer::new(&keys, UrlSafeSerializer::SALT);
        let serializer = UrlSafeSerializer::new(&keys, UrlSafeSerializer::SALT);
        for payload in ["", "!!!", ".e30", "bm9wZQ", "_w", "a"] {
            assert_eq!(serializer.loads(&signer.sign(payload)), Err(Error::BadPayload), "{payload}");
        }
        assert_eq!(serializer.loads("e30"), Err(Error::BadSignature));
    }

    proptest::proptest! {
        #[test]
        fn round_trip(text: String) {
            let serializer = UrlSafeSerializer::new(&SecretKeys::new("k"), "s");
            let value = Value::from(text);
            proptest::prop_assert_eq!(serializer.loads(&serializer.dumps(&value)), Ok(value));
        }
    }
}
