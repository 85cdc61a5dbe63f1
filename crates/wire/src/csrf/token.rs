//! Secrets and the tokens that hide them.

use std::fmt;

use super::InvalidFormat;
use crate::crypto::{constant_time_eq, random_string};

const ALPHABET: &[u8; 62] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const SECRET_LENGTH: usize = 32;

/// The secret of one visitor, 32 characters of `a-zA-Z0-9`; `Debug` does not print it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Box<str>);

/// A mask and the secret under it, 64 characters of `a-zA-Z0-9`; `Debug` does not print it.
#[derive(Clone, PartialEq, Eq)]
pub struct MaskedToken(Box<str>);

impl Secret {
    /// A new secret; `fill` draws random bytes from a cryptographic source.
    pub fn random(fill: &mut impl FnMut(&mut [u8])) -> Self {
        Self(random_string(SECRET_LENGTH, ALPHABET, fill).into_boxed_str())
    }

    /// The secret of a cookie or a session entry. One of 64 characters, as Django before 4.0 stored it, is unmasked.
    ///
    /// # Errors
    /// [`InvalidFormat`]; Django then makes a new secret.
    pub fn parse(text: &str) -> Result<Self, InvalidFormat> {
        check_format(text)?;
        Ok(match MaskedToken::parse(text) {
            Ok(token) => token.unmask(),
            Err(_) => Self(text.into()),
        })
    }

    /// The text, as it stands in the cookie.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A token for one page (`get_token`).
    pub fn mask(&self, fill: &mut impl FnMut(&mut [u8])) -> MaskedToken {
        let mask = random_string(SECRET_LENGTH, ALPHABET, fill);
        MaskedToken(add(&mask, self).into_boxed_str())
    }

    /// A token under a given mask.
    ///
    /// # Errors
    /// [`InvalidFormat`] unless the mask is 32 characters of `a-zA-Z0-9`.
    pub fn mask_with(&self, mask: &str) -> Result<MaskedToken, InvalidFormat> {
        check_format(mask)?;
        if mask.len() != SECRET_LENGTH {
            return Err(InvalidFormat::IncorrectLength);
        }
        Ok(MaskedToken(add(mask, self).into_boxed_str()))
    }
}

impl MaskedToken {
    /// A token that a client sent.
    ///
    /// # Errors
    /// [`InvalidFormat`] unless it is 64 characters of `a-zA-Z0-9`.
    pub fn parse(text: &str) -> Result<Self, InvalidFormat> {
        check_format(text)?;
        if text.len() == SECRET_LENGTH {
            return Err(InvalidFormat::IncorrectLength);
        }
        Ok(Self(text.into()))
    }

    /// The text, as it stands in a form.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The secret under the mask.
    pub fn unmask(&self) -> Secret {
        let (mask, cipher) = self.0.split_at(SECRET_LENGTH);
        let letters = cipher.bytes().zip(mask.bytes());
        Secret(letters.map(|(cipher, mask)| letter(index(cipher) + 62 - index(mask))).collect())
    }
}

/// Whether a token or secret from a client has the form of one (`_check_token_format`).
///
/// # Errors
/// [`InvalidFormat`], whose text is the end of Django's reason.
pub fn check_format(token: &str) -> Result<(), InvalidFormat> {
    let length = token.chars().count();
    if length != SECRET_LENGTH && length != 2 * SECRET_LENGTH {
        return Err(InvalidFormat::IncorrectLength);
    }
    let allowed = token.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if allowed { Ok(()) } else { Err(InvalidFormat::InvalidCharacters) }
}

/// Whether a token from a client, masked or not, is that of the secret; one of another form is not. In constant time.
pub fn token_matches(token: &str, secret: &Secret) -> bool {
    Secret::parse(token).is_ok_and(|token| constant_time_eq(token.0.as_bytes(), secret.0.as_bytes()))
}

fn add(mask: &str, secret: &Secret) -> String {
    let letters = secret.0.bytes().zip(mask.bytes());
    let cipher = letters.map(|(secret, mask)| letter(index(secret) + index(mask)));
    mask.chars().chain(cipher).collect()
}

fn letter(index: u8) -> char {
    char::from(ALPHABET[usize::from(index % 62)])
}

/// The place of a letter in the alphabet, without a table look-up that would depend on it.
fn index(letter: u8) -> u8 {
    match letter {
        b'a'..=b'z' => letter - b'a',
        b'A'..=b'Z' => letter - b'A' + 26,
        _ => letter.wrapping_sub(b'0') % 10 + 52,
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl fmt::Debug for MaskedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MaskedToken(..)")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn djangos_own_masks() {
        let secret = Secret::parse("wYH0BszwaHiTt9KEcxyO7Cplpb7kxtp7").unwrap();
        let token = secret.mask_with("IqgSdsMpYouorA1qMquslYBiJ4Ngzgym").unwrap();
        assert_eq!(token.as_str(), "IqgSdsMpYouorA1qMquslYBiJ4Ngzgym4eNIEKbLYVC7KzBUONS6iqQtY5KqWzNj");
        assert_eq!(Secret::parse(token.as_str()), Ok(secret));
    }

    #[test]
    fn forms() {
        assert_eq!(check_format(""), Err(InvalidFormat::IncorrectLength));
        assert_eq!(check_format(&"a".repeat(33)), Err(InvalidFormat::IncorrectLength));
        assert_eq!(check_format(&"é".repeat(32)), Err(InvalidFormat::InvalidCharacters));
        assert!(MaskedToken::parse(&"a".repeat(32)).is_err());
        let secret = Secret::parse(&"a".repeat(32)).unwrap();
        assert!(secret.mask_with(&"a".repeat(64)).is_err());
        assert!(!token_matches("short", &secret));
    }

    proptest::proptest! {
        #[test]
        fn round_trip(secret in "[a-zA-Z0-9]{32}", mask in "[a-zA-Z0-9]{32}") {
            let secret = Secret::parse(&secret).unwrap();
            let token = secret.mask_with(&mask).unwrap();
            proptest::prop_assert!(token_matches(token.as_str(), &secret));
            proptest::prop_assert_eq!(token.unmask(), secret);
        }
    }
}
