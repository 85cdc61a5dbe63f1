//! Tokens of the package `itsdangerous`, as Django sites use them in activation and reset links.
//!
//! | class | text |
//! |---|---|
//! | [`Signer`] | `value.6RWTmiNp9gKBFPR0UM8toXmfIiM` |
//! | [`TimestampSigner`] | `v.aWjWwA.ptBNg2J4pjzx5ggyM1AipNruALk`; `aWjWwA` is base64 of the Unix second as big-endian bytes |
//! | [`UrlSafeSerializer`] | the first over base64 of JSON, or `.` and base64 of compressed JSON |
//! | [`UrlSafeTimedSerializer`] | the second over the same |
//! | [`TimedJsonWebSignatureSerializer`] | `<header>.<payload>.<signature>`, a JWS whose header says when it expires |
//!
//! By default the key is `SHA1(salt ‖ "signer" ‖ secret)` and the signature `HMAC-SHA1`; [`Options`] has the others. JSON
//! is raw UTF-8 here, unlike in Django's own tokens. This is what releases 1.1 to 2.2 write; 0.24 counts its timestamps
//! from 2011, and 1.1 and older accept timestamps of the future, which is refused here as in 2.x.
//!
//! ```
//! use nuages_wire::crypto::SecretKeys;
//! use nuages_wire::itsdangerous::{Error, UrlSafeTimedSerializer};
//! use nuages_wire::json::Value;
//!
//! let keys = SecretKeys::new("vector-secret-key-0123456789abcdefghijklmnopqrstuvwxyz");
//! let serializer = UrlSafeTimedSerializer::new(&keys, UrlSafeTimedSerializer::SALT);
//! let now = 1768478400;
//! let token = serializer.dumps(&r#"{"confirm":7}"#.parse()?, now);
//! assert_eq!(token, "eyJjb25maXJtIjo3fQ.aWjWwA.-H6VKd7iCDKidN8TsAKcqRLyVE8");
//! assert!(serializer.loads(&token, Some(3600), now + 3600).is_ok());
//! assert_eq!(serializer.loads(&token, Some(3600), now + 3601), Err(Error::SignatureExpired));
//! # Ok::<(), nuages_wire::json::Error>(())
//! ```

mod jws;
mod serializer;
mod signer;

use std::fmt;

pub use jws::{JwsAlgorithm, TimedJsonWebSignatureSerializer};
pub use serializer::{UrlSafeSerializer, UrlSafeTimedSerializer};
pub use signer::{KeyDerivation, Options, Signer, TimestampSigner};

/// Why a token was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// No key made this signature, or it covers no timestamp (`BadSignature`, `BadTimeSignature`).
    BadSignature,
    /// The signature is good but too old, or of the future (`SignatureExpired`).
    SignatureExpired,
    /// The signature is good, but a JWS header is not this serializer's: another algorithm or no expiry (`BadHeader`).
    BadHeader,
    /// The signature is good, but what it covers is not base64, zlib or JSON, or too big (`BadPayload`).
    BadPayload,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BadSignature => "the signature does not match",
            Self::SignatureExpired => "the signature has expired",
            Self::BadHeader => "the token's header is not acceptable",
            Self::BadPayload => "the token's payload is malformed",
        })
    }
}

impl std::error::Error for Error {}
