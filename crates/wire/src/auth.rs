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
//! let sessions = auth::SessionAuthHash::new(&keys);
//! let hash = sessions.hash("");
//! assert_eq!(hash, "f600941c87eb7e35fd37e08d4ac1daaa2830fbd112b282331278624ae7518903");
//! assert_eq!(sessions.verify(&hash, ""), auth::Verified::Current);
//! assert_eq!(auth::uid_encode("1"), "MQ");
//! assert_eq!(auth::uid_decode("MQ").as_deref(), Some("1"));
//! ```

mod reset;

pub use reset::{ResetUser, base36_decode, base36_encode, check_reset_token, make_reset_token};

use crate::base64;
use crate::crypto::{Algorithm, HmacKey, SecretKeys, constant_time_eq};

/// The entry with the user's primary key, as text.
pub const SESSION_KEY: &str = "_auth_user_id";
/// The entry with the dotted path of the backend that let the user in.
pub const BACKEND_SESSION_KEY: &str = "_auth_user_backend";
/// The entry with the [`SessionAuthHash`].
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

/// `AbstractBaseUser.get_session_auth_hash()`: 64 hexadecimal digits over the password column's text.
///
/// Its keys are derived once; keep it for as long as the settings live.
#[derive(Clone, Debug)]
pub struct SessionAuthHash {
    current: HmacKey,
    fallbacks: Vec<HmacKey>,
}

impl SessionAuthHash {
    /// Of these secrets: the first one makes hashes, the fallbacks are accepted too.
    pub fn new(keys: &SecretKeys) -> Self {
        let salt: [&[u8]; 1] = [b"django.contrib.auth.models.AbstractBaseUser.get_session_auth_hash"];
        let derive = |key| HmacKey::salted(Algorithm::Sha256, &salt, key);
        Self { current: derive(&keys.current), fallbacks: keys.fallbacks.iter().map(derive).collect() }
    }

    /// The hash for a session.
    pub fn hash(&self, password: &str) -> String {
        self.current.mac(&[password.as_bytes()]).to_hex()
    }

    /// Compares the hash of a session with the user's password column, in constant time for each key.
    pub fn verify(&self, hash: &str, password: &str) -> Verified {
        let matches = |key: &HmacKey| {
            constant_time_eq(key.mac(&[password.as_bytes()]).to_hex().as_bytes(), hash.as_bytes())
        };
        if matches(&self.current) {
            Verified::Current
        } else if self.fallbacks.iter().any(matches) {
            Verified::Fallback
        } else {
            Verified::No
        }
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
        let (sessions, old) = (SessionAuthHash::new(&keys), SessionAuthHash::new(&SecretKeys::new("old")));
        let hash = old.hash("!");
        assert_eq!(sessions.verify(&hash, "!"), Verified::Fallback);
        assert_eq!(SessionAuthHash::new(&SecretKeys::new("new")).verify(&hash, "!"), Verified::No);
        assert_eq!(sessions.verify("", "!"), Verified::No);
    }
}
