//! Proof of who is logged in, and password-reset links (`django.contrib.auth`).
//!
//! A login is three entries of the session: [`SESSION_KEY`] (the primary key as text), [`BACKEND_SESSION_KEY`] and
//! [`HASH_SESSION_KEY`], the last one an HMAC over the *encoded* password, so that a new password ends every session.
//! A reset link is `<uid>/<token>/`, say `MQ/d2g400-864802e598fba4518e2a97bd4be3960c/`.
//!
//! ```
//! use nuages_wire::auth;
//! use nuages_wire::crypto::SecretKeys;
//!
//! let keys = SecretKeys::new("vector-secret-key-0123456789abcdefghijklmnopqrstuvwxyz");
//! let hash = auth::session_auth_hash("", &keys.current);
//! assert_eq!(hash, "f600941c87eb7e35fd37e08d4ac1daaa2830fbd112b282331278624ae7518903");
//! assert_eq!(auth::verify_session_auth_hash(&hash, "", &keys), auth::Verified::Current);
//! assert_eq!(auth::uid_encode("1"), "MQ");
//! assert_eq!(auth::uid_decode("MQ").as_deref(), Some("1"));
//! ```

mod reset;

pub use reset::{ResetUser, base36_decode, base36_encode, check_reset_token, make_reset_token};

use crate::base64;
use crate::crypto::{Algorithm, SecretKey, SecretKeys, constant_time_eq, salted_hmac};

/// The entry with the user's primary key, as text.
pub const SESSION_KEY: &str = "_auth_user_id";
/// The entry with the dotted path of the backend that let the user in.
pub const BACKEND_SESSION_KEY: &str = "_auth_user_backend";
/// The entry with [`session_auth_hash`].
pub const HASH_SESSION_KEY: &str = "_auth_user_hash";
/// The backend of Django's default `AUTHENTICATION_BACKENDS`.
pub const MODEL_BACKEND: &str = "django.contrib.auth.backends.ModelBackend";

/// Whether a session's hash belongs to the user's password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verified {
    /// By the current key.
    Current,
    /// By a retired key: Django cycles the session key and writes the hash of the current one.
    Fallback,
    /// By none: Django flushes the session.
    No,
}

/// `AbstractBaseUser.get_session_auth_hash()` over the password column's text: 64 hexadecimal digits.
pub fn session_auth_hash(password: &str, key: &SecretKey) -> String {
    let salt = "django.contrib.auth.models.AbstractBaseUser.get_session_auth_hash";
    salted_hmac(Algorithm::Sha256, salt, password.as_bytes(), key).to_hex()
}

/// Compares the hash of a session with the user's password column, in constant time for each key.
pub fn verify_session_auth_hash(hash: &str, password: &str, keys: &SecretKeys) -> Verified {
    let matches = |key| constant_time_eq(session_auth_hash(password, key).as_bytes(), hash.as_bytes());
    if matches(&keys.current) {
        Verified::Current
    } else if keys.fallbacks.iter().any(matches) {
        Verified::Fallback
    } else {
        Verified::No
    }
}

/// `urlsafe_base64_encode` of a primary key's text.
pub fn uid_encode(primary_key: &str) -> String {
    base64::encode(primary_key.as_bytes())
}

/// The primary key's text, or `None` where Django's view finds no user (`urlsafe_base64_decode`).
pub fn uid_decode(uid: &str) -> Option<String> {
    // Django completes the padding with `len % 4` signs here, which is not what `signing` does.
    let bytes = base64::decode_padded(uid.as_bytes(), uid.len() % 4)?;
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_retired_key_verifies() {
        let keys = SecretKeys { current: "new".into(), fallbacks: vec!["old".into()] };
        let old = session_auth_hash("!", &keys.fallbacks[0]);
        assert_eq!(verify_session_auth_hash(&old, "!", &keys), Verified::Fallback);
        assert_eq!(verify_session_auth_hash(&old, "!", &SecretKeys::new("new")), Verified::No);
        assert_eq!(verify_session_auth_hash("", "!", &keys), Verified::No);
    }
}
