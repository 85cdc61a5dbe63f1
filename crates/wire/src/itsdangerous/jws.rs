//! The JWS serializer that `itsdangerous` had up to 2.0.

use super::serializer::parse;
use super::{Error, KeyDerivation, Options, Signer};
use crate::crypto::{Algorithm, SecretKeys};
use crate::json::{Number, Object, Style, Value};
use crate::{base64, int};

/// How a JWS is signed, by the name in its header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JwsAlgorithm {
    /// HMAC-SHA256, the default of itsdangerous 0.24.
    Hs256,
    /// HMAC-SHA384.
    Hs384,
    /// HMAC-SHA512, the default from 1.0 on.
    Hs512,
    /// Not at all: anybody can make such a token. Only a serializer made with this accepts one.
    None,
}

impl JwsAlgorithm {
    /// The algorithm of a name such as `HS512`.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Hs256, Self::Hs384, Self::Hs512, Self::None]
            .into_iter()
            .find(|algorithm| algorithm.name() == name)
    }

    /// The name in the header.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hs256 => "HS256",
            Self::Hs384 => "HS384",
            Self::Hs512 => "HS512",
            Self::None => "none",
        }
    }

    fn hash(self) -> Option<Algorithm> {
        match self {
            Self::Hs256 => Some(Algorithm::Sha256),
            Self::Hs384 => Some(Algorithm::Sha384),
            Self::Hs512 => Some(Algorithm::Sha512),
            Self::None => None,
        }
    }
}

/// `TimedJSONWebSignatureSerializer` of itsdangerous 1.1: a JWS with `iat` and `exp` **in its header**,
/// `{"alg":"HS512","iat":1768478400,"exp":1768482000}`, where no JWT library looks for them.
///
/// The key is the secret itself when there is no salt, else `SHA1(salt ‖ "signer" ‖ secret)`.
///
/// ```
/// use nuages_wire::crypto::SecretKeys;
/// use nuages_wire::itsdangerous::{Error, JwsAlgorithm, TimedJsonWebSignatureSerializer};
///
/// let keys = SecretKeys::new("a secret");
/// let serializer = TimedJsonWebSignatureSerializer::new(&keys, None, JwsAlgorithm::Hs256);
/// let now = 1768478400;
/// let token = serializer.dumps(&r#"{"confirm":1}"#.parse()?, 3600, now);
/// assert!(token.starts_with("eyJhbGciOiJIUzI1NiIsImlhdCI6MTc2ODQ3ODQwMCwiZXhwIjoxNzY4NDgyMDAwfQ.eyJjb25maXJtIjoxfQ."));
/// assert!(serializer.loads(&token, now + 3600).is_ok());
/// assert_eq!(serializer.loads(&token, now + 3601), Err(Error::SignatureExpired));
/// # Ok::<(), nuages_wire::json::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct TimedJsonWebSignatureSerializer {
    /// `None` for the algorithm `none`.
    signer: Option<Signer>,
    algorithm: JwsAlgorithm,
}

impl TimedJsonWebSignatureSerializer {
    /// A serializer of one algorithm; a token of any other is refused.
    pub fn new(keys: &SecretKeys, salt: Option<&str>, algorithm: JwsAlgorithm) -> Self {
        let key_derivation = if salt.is_some() { KeyDerivation::DjangoConcat } else { KeyDerivation::None };
        let options = Options { key_derivation, ..Options::default() };
        let signer = |hash| Signer::derive(keys, salt.unwrap_or_default(), &options, hash);
        Self { signer: algorithm.hash().map(signer), algorithm }
    }

    /// The token of a value, good for `expires_in` seconds (the package's default is 3600).
    pub fn dumps(&self, value: &Value, expires_in: i64, now: i64) -> String {
        let header = Value::Object(Object::from_iter([
            ("alg", Value::from(self.algorithm.name())),
            ("iat", Value::from(now)),
            ("exp", Value::from(now.saturating_add(expires_in))),
        ]));
        let [header, payload] =
            [&header, value].map(|part| base64::encode(part.to_json(Style::COMPACT).as_bytes()));
        let unsigned = format!("{header}.{payload}");
        match &self.signer {
            Some(signer) => signer.sign(&unsigned),
            None => unsigned + ".",
        }
    }

    /// The value of a token that has not expired; the last second still counts.
    ///
    /// # Errors
    /// Any of [`Error`].
    pub fn loads(&self, token: &str, now: i64) -> Result<Value, Error> {
        let (header, value) = self.load(token)?;
        let expires = header.get("exp").and_then(int_date).ok_or(Error::BadHeader)?;
        if expires < i128::from(now) { Err(Error::SignatureExpired) } else { Ok(value) }
    }

    /// The value of a token of the untimed `JSONWebSignatureSerializer`, or of any age.
    ///
    /// # Errors
    /// Any of [`Error`] but [`Error::SignatureExpired`].
    pub fn loads_untimed(&self, token: &str) -> Result<Value, Error> {
        self.load(token).map(|(_, value)| value)
    }

    fn load(&self, token: &str) -> Result<(Object, Value), Error> {
        let signed = match &self.signer {
            Some(signer) => signer.unsign(token)?,
            None => match token.rsplit_once('.') {
                Some((signed, "")) => signed,
                _ => return Err(Error::BadSignature),
            },
        };
        let (header, payload) = signed.split_once('.').ok_or(Error::BadPayload)?;
        let header = base64::decode(header.as_bytes()).ok_or(Error::BadHeader)?;
        let payload = base64::decode(payload.as_bytes()).ok_or(Error::BadPayload)?;
        let Ok(Value::Object(header)) = parse(&header) else { return Err(Error::BadHeader) };
        let value = parse(&payload)?;
        if header.get("alg").and_then(Value::as_str) != Some(self.algorithm.name()) {
            return Err(Error::BadHeader);
        }
        Ok((header, value))
    }
}

/// Python's `int(exp)`, not negative: a number, cut at the point, or the text of a whole one.
fn int_date(exp: &Value) -> Option<i128> {
    let number = match exp {
        Value::Bool(flag) => i128::from(*flag),
        Value::Number(number) => number.as_i128().or_else(|| whole(number))?,
        Value::String(text) => int::parse(text.as_str()?, 10)?,
        _ => return None,
    };
    (number >= 0).then_some(number)
}

/// A float without its fraction, and an integer beyond `i128` as a very large one.
fn whole(number: &Number) -> Option<i128> {
    let float = number.as_f64();
    (float.is_finite() || !number.is_float()).then_some(float as i128)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> SecretKeys {
        SecretKeys::new("vector-secret-key-0123456789abcdefghijklmnopqrstuvwxyz")
    }

    // From itsdangerous 1.1.0.
    #[test]
    fn the_packages_own_token() {
        let token = "eyJhbGciOiJIUzI1NiIsImlhdCI6MTc2ODQ3ODQwMCwiZXhwIjoxNzY4NDgyMDAwfQ.eyJjb25maXJtIjoxfQ.qTzPylruo1cJxIwASbcUNhR8Qffg1E4zHcI7VHCiHi4";
        let serializer = TimedJsonWebSignatureSerializer::new(&keys(), None, JwsAlgorithm::Hs256);
        let value = serializer.loads(token, 1_768_482_000);
        assert_eq!(value.map(|value| serializer.dumps(&value, 3600, 1_768_478_400)).as_deref(), Ok(token));
        let other = TimedJsonWebSignatureSerializer::new(&keys(), Some(""), JwsAlgorithm::Hs256);
        assert_eq!(other.loads(token, 0), Err(Error::BadSignature));
    }

    #[test]
    fn none_is_accepted_only_where_it_is_asked_for() {
        let none = TimedJsonWebSignatureSerializer::new(&keys(), None, JwsAlgorithm::None);
        let token = none.dumps(&Value::from(1), 60, 0);
        assert_eq!(none.loads(&token, 60), Ok(Value::from(1)));
        assert_eq!(none.loads(&format!("{token}x"), 60), Err(Error::BadSignature));
        for algorithm in [JwsAlgorithm::Hs256, JwsAlgorithm::Hs384, JwsAlgorithm::Hs512] {
            let serializer = TimedJsonWebSignatureSerializer::new(&keys(), None, algorithm);
            assert_eq!(serializer.loads(&token, 60), Err(Error::BadSignature));
        }
    }

    #[test]
    fn dates() {
        let date = |json: &str| json.parse().ok().and_then(|value: Value| int_date(&value));
        assert_eq!(date("1.9"), Some(1));
        assert_eq!(date("-0.9"), Some(0));
        assert_eq!(date(r#"" 12""#), Some(12));
        assert_eq!(date("true"), Some(1));
        assert_eq!(date(&"9".repeat(60)), Some(i128::MAX));
        for bad in ["-1", "NaN", "Infinity", "null", "[]", r#""1.5""#, r#""""#] {
            assert_eq!(date(bad), None, "{bad}");
        }
    }
}
