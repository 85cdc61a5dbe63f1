//! Secret keys, digests and Django's salted HMAC (`django.utils.crypto`).
//!
//! `salted_hmac(key_salt, value, secret)` is `HMAC-H(H(key_salt ‖ secret), value)`: the key is always a digest, however
//! long the secret. The authentication hash of the password column `pbkdf2_sha256$1$s$h` under the secret `k` is such a
//! value, printed as 64 hexadecimal digits.
//!
//! ```
//! use nuages_wire::crypto::{Algorithm, HmacKey, SecretKey};
//!
//! let secret = SecretKey::from("k");
//! let key = HmacKey::salted(Algorithm::Sha256, &[b"a.salt"], &secret);
//! assert_eq!(key.mac(&[b"value"]).to_hex().len(), 64);
//! assert_eq!(format!("{secret:?}"), "SecretKey(..)");
//! ```

use std::fmt;

use hmac::{EagerHash, Hmac, KeyInit, Mac};
use md5::Md5;
use sha1::Sha1;
use sha2::{Sha224, Sha256, Sha384, Sha512};
use subtle::ConstantTimeEq;

/// One `SECRET_KEY`. Its bytes do not show in `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretKey(Box<[u8]>);

/// `SECRET_KEY` and `SECRET_KEY_FALLBACKS`: the first signs, every one of them verifies, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretKeys {
    /// The key that signs.
    pub current: SecretKey,
    /// Retired keys that still verify.
    pub fallbacks: Vec<SecretKey>,
}

/// A hash function, by Python's `hashlib` name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// `md5`, 16 bytes.
    Md5,
    /// `sha1`, 20 bytes.
    Sha1,
    /// `sha224`, 28 bytes.
    Sha224,
    /// `sha256`, 32 bytes.
    Sha256,
    /// `sha384`, 48 bytes.
    Sha384,
    /// `sha512`, 64 bytes.
    Sha512,
}

/// The output of a hash function or of a MAC.
#[derive(Clone, Copy, Debug)]
pub struct Digest {
    bytes: [u8; 64],
    len: usize,
}

/// An HMAC key with its first block already hashed, so that each further MAC saves that work.
#[derive(Clone)]
pub struct HmacKey(State);

#[derive(Clone)]
enum State {
    Md5(Hmac<Md5>),
    Sha1(Hmac<Sha1>),
    Sha224(Hmac<Sha224>),
    Sha256(Hmac<Sha256>),
    Sha384(Hmac<Sha384>),
    Sha512(Hmac<Sha512>),
}

impl SecretKey {
    /// A key of these bytes; text is taken as UTF-8.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into().into_boxed_slice())
    }

    /// The raw bytes, for a derivation that this crate does not know.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// The key of `signing.get_cookie_signer`: `"django.http.cookies" ‖ secret`.
    pub fn for_cookies(&self) -> Self {
        Self::new([b"django.http.cookies", self.expose()].concat())
    }
}

impl From<&str> for SecretKey {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(..)")
    }
}

impl SecretKeys {
    /// One key without fallbacks.
    pub fn new(current: impl Into<SecretKey>) -> Self {
        Self { current: current.into(), fallbacks: Vec::new() }
    }

    /// The current key, then the fallbacks.
    pub fn iter(&self) -> impl Iterator<Item = &SecretKey> {
        std::iter::once(&self.current).chain(&self.fallbacks)
    }

    /// Each key as [`SecretKey::for_cookies`].
    pub fn for_cookies(&self) -> Self {
        Self {
            current: self.current.for_cookies(),
            fallbacks: self.fallbacks.iter().map(SecretKey::for_cookies).collect(),
        }
    }
}

impl Algorithm {
    /// The algorithm of a `hashlib` name such as `sha256`; `None` for one that is not supported here.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "md5" => Some(Self::Md5),
            "sha1" => Some(Self::Sha1),
            "sha224" => Some(Self::Sha224),
            "sha256" => Some(Self::Sha256),
            "sha384" => Some(Self::Sha384),
            "sha512" => Some(Self::Sha512),
            _ => None,
        }
    }

    /// The digest of the concatenated parts.
    pub fn digest(self, parts: &[&[u8]]) -> Digest {
        match self {
            Self::Md5 => hash::<Md5>(parts),
            Self::Sha1 => hash::<Sha1>(parts),
            Self::Sha224 => hash::<Sha224>(parts),
            Self::Sha256 => hash::<Sha256>(parts),
            Self::Sha384 => hash::<Sha384>(parts),
            Self::Sha512 => hash::<Sha512>(parts),
        }
    }
}

impl Digest {
    fn copy(from: &[u8]) -> Self {
        let mut bytes = [0; 64];
        let len = from.len().min(64);
        bytes[..len].copy_from_slice(&from[..len]);
        Self { bytes, len }
    }

    /// Lower-case hexadecimal digits, two a byte.
    pub fn to_hex(&self) -> String {
        hex(self.as_ref())
    }
}

impl AsRef<[u8]> for Digest {
    fn as_ref(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

impl HmacKey {
    /// A key of any length (RFC 2104: one longer than the block is hashed first).
    pub fn new(algorithm: Algorithm, key: &[u8]) -> Self {
        Self(match algorithm {
            Algorithm::Md5 => State::Md5(start::<Md5>(key)),
            Algorithm::Sha1 => State::Sha1(start::<Sha1>(key)),
            Algorithm::Sha224 => State::Sha224(start::<Sha224>(key)),
            Algorithm::Sha256 => State::Sha256(start::<Sha256>(key)),
            Algorithm::Sha384 => State::Sha384(start::<Sha384>(key)),
            Algorithm::Sha512 => State::Sha512(start::<Sha512>(key)),
        })
    }

    /// The key of `salted_hmac`: the digest of the salt's parts and the secret.
    pub fn salted(algorithm: Algorithm, salt: &[&[u8]], secret: &SecretKey) -> Self {
        let parts: Vec<&[u8]> = salt.iter().copied().chain([secret.expose()]).collect();
        Self::new(algorithm, algorithm.digest(&parts).as_ref())
    }

    /// The MAC of the concatenated parts.
    pub fn mac(&self, parts: &[&[u8]]) -> Digest {
        match &self.0 {
            State::Md5(mac) => finish(mac, parts),
            State::Sha1(mac) => finish(mac, parts),
            State::Sha224(mac) => finish(mac, parts),
            State::Sha256(mac) => finish(mac, parts),
            State::Sha384(mac) => finish(mac, parts),
            State::Sha512(mac) => finish(mac, parts),
        }
    }
}

impl fmt::Debug for HmacKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HmacKey(..)")
    }
}

/// `salted_hmac(key_salt, value, secret, algorithm)` of `django.utils.crypto`.
pub fn salted_hmac(algorithm: Algorithm, key_salt: &str, value: &[u8], secret: &SecretKey) -> Digest {
    HmacKey::salted(algorithm, &[key_salt.as_bytes()], secret).mac(&[value])
}

/// Compares secrets in a time that depends on their lengths only (`constant_time_compare`).
pub fn constant_time_eq(a: &[u8], b: &[u8]) -> bool {
    a.ct_eq(b).into()
}

/// Lower-case hexadecimal digits of the bytes.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|digit| DIGITS[usize::from(digit)] as char)
        .collect()
}

/// A random text of `len` letters of an ASCII alphabet, without bias (`get_random_string`).
///
/// `fill` draws random bytes; a draw that would favour the first letters is drawn again.
pub fn random_string(len: usize, alphabet: &[u8], fill: &mut impl FnMut(&mut [u8])) -> String {
    let letters = alphabet.len().clamp(1, 256);
    let fair = 256 - 256 % letters;
    let mut text = String::with_capacity(len);
    let mut bytes = [0_u8; 64];
    while text.len() < len && !alphabet.is_empty() {
        fill(&mut bytes);
        let drawn = bytes.iter().map(|&byte| usize::from(byte)).filter(|&byte| byte < fair);
        text.extend(drawn.map(|byte| alphabet[byte % letters] as char).take(len - text.len()));
    }
    text
}

fn hash<D: sha2::Digest>(parts: &[&[u8]]) -> Digest {
    let mut hasher = D::new();
    for part in parts {
        hasher.update(part);
    }
    Digest::copy(&hasher.finalize())
}

fn start<D: EagerHash + sha2::Digest>(key: &[u8]) -> Hmac<D>
where
    Hmac<D>: KeyInit,
{
    let mut block = hmac::digest::Key::<Hmac<D>>::default();
    if key.len() <= block.len() {
        block[..key.len()].copy_from_slice(key);
    } else {
        let digest = D::digest(key);
        block[..digest.len()].copy_from_slice(&digest);
    }
    Hmac::new(&block)
}

fn finish<M: Mac + Clone>(mac: &M, parts: &[&[u8]]) -> Digest {
    let mut mac = mac.clone();
    for part in parts {
        mac.update(part);
    }
    Digest::copy(&mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    // From django.utils.crypto.salted_hmac(..).hexdigest() of Django 5.2.
    #[test]
    fn salted_hmac_is_djangos() {
        let secret = SecretKey::from("k");
        let sha1 = salted_hmac(Algorithm::Sha1, "s", b"v", &secret);
        assert_eq!(sha1.to_hex(), "bc1d3a52eca289bfac0ffdb487a5d5d03dad27d7");
        let sha512 = salted_hmac(Algorithm::Sha512, "s", b"v", &secret);
        assert!(sha512.to_hex().starts_with("04b4e84381822e4615463c8bf6ae2732b24ad9c8"));
    }

    #[test]
    fn a_long_key_is_hashed_first() {
        let long = [b'x'; 200];
        let short = Algorithm::Sha256.digest(&[&long]);
        let (a, b) =
            (HmacKey::new(Algorithm::Sha256, &long), HmacKey::new(Algorithm::Sha256, short.as_ref()));
        assert_eq!(a.mac(&[b"v"]).as_ref(), b.mac(&[b"v"]).as_ref());
    }

    #[test]
    fn random_letters_come_from_the_alphabet() {
        let mut next = 0_u8;
        let text = random_string(100, b"abc", &mut |bytes| {
            for byte in bytes {
                *byte = next;
                next = next.wrapping_add(7);
            }
        });
        assert_eq!(text.len(), 100);
        assert!(text.bytes().all(|byte| b"abc".contains(&byte)));
        assert_eq!(random_string(3, b"", &mut |_| {}), "");
    }
}
