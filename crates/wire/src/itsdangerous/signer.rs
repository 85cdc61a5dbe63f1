//! `Signer` and `TimestampSigner`.

use super::Error;
use crate::base64;
use crate::crypto::{Algorithm, HmacKey, SecretKey, SecretKeys, constant_time_eq};
use crate::signing::UnsafeSeparator;

/// What may differ from the package's defaults.
#[derive(Clone, Copy, Debug)]
pub struct Options<'a> {
    /// Between the value and the signature: `.`.
    pub separator: &'a str,
    /// How secret and salt become a key: [`KeyDerivation::DjangoConcat`].
    pub key_derivation: KeyDerivation,
    /// The hash of both key and signature: [`Algorithm::Sha1`].
    pub digest: Algorithm,
}

impl Default for Options<'_> {
    fn default() -> Self {
        Self { separator: ".", key_derivation: KeyDerivation::default(), digest: Algorithm::Sha1 }
    }
}

/// How the key is made of secret and salt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KeyDerivation {
    /// `H(salt ‖ secret)`.
    Concat,
    /// `H(salt ‖ "signer" ‖ secret)`.
    #[default]
    DjangoConcat,
    /// `HMAC-H(secret, salt)`.
    Hmac,
    /// The secret itself; the salt does not count.
    None,
}

impl KeyDerivation {
    /// The derivation of a name such as `django-concat`.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "concat" => Some(Self::Concat),
            "django-concat" => Some(Self::DjangoConcat),
            "hmac" => Some(Self::Hmac),
            "none" => Some(Self::None),
            _ => None,
        }
    }

    fn key(self, digest: Algorithm, salt: &[u8], secret: &SecretKey, signs: Algorithm) -> HmacKey {
        let secret = secret.expose();
        match self {
            Self::Concat => HmacKey::new(signs, digest.digest(&[salt, secret]).as_ref()),
            Self::DjangoConcat => HmacKey::new(signs, digest.digest(&[salt, b"signer", secret]).as_ref()),
            Self::Hmac => HmacKey::new(signs, HmacKey::new(digest, secret).mac(&[salt]).as_ref()),
            Self::None => HmacKey::new(signs, secret),
        }
    }
}

/// Signs text. Keys are derived once, so keep it.
#[derive(Clone, Debug)]
pub struct Signer {
    keys: Vec<HmacKey>,
    separator: Box<str>,
}

impl Signer {
    /// The salt of `Signer` and `TimestampSigner`.
    pub const SALT: &str = "itsdangerous.Signer";

    /// A signer with the package's defaults.
    pub fn new(keys: &SecretKeys, salt: &str) -> Self {
        Self::derive(keys, salt, &Options::default(), Algorithm::Sha1)
    }

    /// A signer with options.
    ///
    /// # Errors
    /// [`UnsafeSeparator`] for one that is empty or part of the base64 alphabet.
    pub fn with_options(
        keys: &SecretKeys,
        salt: &str,
        options: &Options<'_>,
    ) -> Result<Self, UnsafeSeparator> {
        const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=";
        if ALPHABET.contains(options.separator) {
            return Err(UnsafeSeparator);
        }
        Ok(Self::derive(keys, salt, options, options.digest))
    }

    /// The digest makes the key, another hash may sign.
    pub(super) fn derive(keys: &SecretKeys, salt: &str, options: &Options<'_>, signs: Algorithm) -> Self {
        let key = |secret| options.key_derivation.key(options.digest, salt.as_bytes(), secret, signs);
        Self { keys: keys.iter().map(key).collect(), separator: options.separator.into() }
    }

    /// `value.signature`.
    pub fn sign(&self, value: &str) -> String {
        let signature = self.keys.first().map(|key| base64::encode(key.mac(&[value.as_bytes()]).as_ref()));
        [value, &self.separator, &signature.unwrap_or_default()].concat()
    }

    /// The value of a signed text.
    ///
    /// # Errors
    /// [`Error::BadSignature`].
    pub fn unsign<'a>(&self, signed: &'a str) -> Result<&'a str, Error> {
        let (value, given) = signed.rsplit_once(&*self.separator).ok_or(Error::BadSignature)?;
        let given = base64::decode(given.as_bytes()).ok_or(Error::BadSignature)?;
        let verify = |key: &HmacKey| constant_time_eq(key.mac(&[value.as_bytes()]).as_ref(), &given);
        if self.keys.iter().any(verify) { Ok(value) } else { Err(Error::BadSignature) }
    }
}

/// Signs text together with the time.
#[derive(Clone, Debug)]
pub struct TimestampSigner(Signer);

/// A timestamp signer of a signer's keys and options.
impl From<Signer> for TimestampSigner {
    fn from(signer: Signer) -> Self {
        Self(signer)
    }
}

impl TimestampSigner {
    /// A signer with the package's defaults.
    pub fn new(keys: &SecretKeys, salt: &str) -> Self {
        Signer::new(keys, salt).into()
    }

    /// `value.timestamp.signature`. A time before 1970 counts as 1970.
    pub fn sign(&self, value: &str, now: i64) -> String {
        let bytes = now.max(0).to_be_bytes();
        let start = bytes.iter().position(|&byte| byte != 0).unwrap_or(bytes.len());
        self.0.sign(&[value, &self.0.separator, &base64::encode(&bytes[start..])].concat())
    }

    /// The value of a text signed at most `max_age` seconds ago and, when that is asked, not in the future.
    ///
    /// # Errors
    /// [`Error::BadSignature`] and [`Error::SignatureExpired`].
    pub fn unsign<'a>(&self, signed: &'a str, max_age: Option<i64>, now: i64) -> Result<&'a str, Error> {
        let stamped = self.0.unsign(signed)?;
        let (value, timestamp) = stamped.rsplit_once(&*self.0.separator).ok_or(Error::BadSignature)?;
        let timestamp = base64::decode(timestamp.as_bytes()).ok_or(Error::BadSignature)?;
        // A number beyond 64 bits is far in the future, whatever it is.
        let timestamp = timestamp
            .iter()
            .fold(0_i64, |number, &byte| number.saturating_mul(256).saturating_add(i64::from(byte)));
        let age = now.saturating_sub(timestamp);
        match max_age {
            Some(max_age) if age > max_age || age < 0 => Err(Error::SignatureExpired),
            _ => Ok(value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> SecretKeys {
        SecretKeys::new("vector-secret-key-0123456789abcdefghijklmnopqrstuvwxyz")
    }

    // From itsdangerous 2.2.
    #[test]
    fn the_packages_own_texts() {
        let signer = TimestampSigner::new(&keys(), Signer::SALT);
        assert_eq!(signer.sign("", 1_768_478_400), ".aWjWwA.fxjPLQ1A4TARX5B4w3ksBOVV5aI");
        assert_eq!(
            signer.unsign("v.aWjWxQ.eupIrPXtgfCCtysgt8afBXOKkMk", Some(10), 1_768_478_400),
            Err(Error::SignatureExpired)
        );
        let options = Options { digest: Algorithm::Sha512, ..Options::default() };
        let signer = Signer::with_options(&keys(), "s", &options)
            .map(|signer| TimestampSigner::from(signer).sign("", 1_768_478_400));
        assert_eq!(
            signer.as_deref(),
            Ok(
                ".aWjWwA.wi2-rsNIBXwkv13fgB9Vz_AC1o9Mqs5x6UKyOucwgnvNwMaIQerDe-TPvETeaqiVM_bKPXaoPCH5kgiLFqqhTA"
            )
        );
    }

    #[test]
    fn separators() {
        let new =
            |separator| Signer::with_options(&keys(), "s", &Options { separator, ..Options::default() });
        assert!(["", "A", "yz01", "-_="].into_iter().all(|bad| new(bad).is_err()));
        assert!([":", "=-", "AC"].into_iter().all(|good| new(good).is_ok()));
    }

    proptest::proptest! {
        #[test]
        fn round_trip(value: String, now in 0..i64::MAX) {
            let signer = TimestampSigner::new(&keys(), "s");
            let signed = signer.sign(&value, now);
            proptest::prop_assert_eq!(signer.unsign(&signed, Some(0), now), Ok(&*value));
        }
    }
}
