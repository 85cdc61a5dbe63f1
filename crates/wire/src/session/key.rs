//! The session's key.

use std::fmt;
use std::sync::Arc;

use arrayvec::ArrayString;

use crate::crypto::random_string;

const ALPHABET: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";

/// What a session is stored under, and the value of its cookie: a secret, which `Debug` does not print.
///
/// Django makes 32 characters of `a-z0-9`, and takes from a cookie any text of 8 characters or more
/// (`SessionBase._validate_session_key`).
///
/// ```
/// use nuages_wire::session::SessionKey;
///
/// assert_eq!(SessionKey::parse("seven77"), None);
/// let key = SessionKey::parse("i3vr09339ru910s5rx8frs5h483bpri1").unwrap();
/// assert_eq!(key.as_str(), "i3vr09339ru910s5rx8frs5h483bpri1");
/// assert_eq!(format!("{key:?}"), "SessionKey(..)");
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct SessionKey(Kept);

/// A text that fits is always `Drawn`.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Kept {
    /// As long as a key that was drawn, at most: without an allocation.
    Drawn(ArrayString<DRAWN>),
    /// What is kept in the cookie itself.
    Long(Arc<str>),
}

/// Characters of a key that was drawn.
const DRAWN: usize = 32;

impl SessionKey {
    /// A key that came with a cookie; `None` when it is too short to be one.
    pub fn parse(text: &str) -> Option<Self> {
        let is_long_enough = text.chars().nth(7).is_some();
        is_long_enough.then(|| Self::kept(text))
    }

    /// A new key of 32 characters; `fill` draws random bytes from a cryptographic source.
    pub fn random(fill: &mut impl FnMut(&mut [u8])) -> Self {
        Self::kept(&random_string(DRAWN, ALPHABET, fill))
    }

    fn kept(text: &str) -> Self {
        Self(ArrayString::from(text).map_or_else(|_| Kept::Long(text.into()), Kept::Drawn))
    }

    /// The text of the key.
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Kept::Drawn(text) => text,
            Kept::Long(text) => text,
        }
    }

    /// Whether the file engine accepts it: nothing but `a-z0-9`.
    pub fn is_file_safe(&self) -> bool {
        is_file_safe(self.as_str())
    }
}

impl fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionKey(..)")
    }
}

/// What stands before the session's key in the cache key of the engine `cache`, after the cache's own prefix and version.
pub const CACHE_PREFIX: &str = "django.contrib.sessions.cache";

/// The engine `cache`: the cache key before the cache's own prefix and version.
pub fn cache_key(key: &SessionKey) -> String {
    [CACHE_PREFIX, key.as_str()].concat()
}

/// What the cache keys of the engine `cached_db` begin with.
pub const CACHED_DB_PREFIX: &str = "django.contrib.sessions.cached_db";

/// The engine `cached_db`: the cache key before the cache's own prefix and version.
pub fn cached_db_key(key: &SessionKey) -> String {
    [CACHED_DB_PREFIX, key.as_str()].concat()
}

pub(super) fn is_file_safe(key: &str) -> bool {
    key.bytes().all(|byte| ALPHABET.contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_characters_are_enough() {
        assert_eq!(SessionKey::parse(""), None);
        assert!(SessionKey::parse("中文中文中文中文").is_some());
        assert!(SessionKey::parse("中文中文中文中").is_none());
    }

    #[test]
    fn new_keys_are_file_safe() {
        let mut seed = 0_u8;
        let key = SessionKey::random(&mut |bytes| {
            bytes.iter_mut().for_each(|byte| {
                seed = seed.wrapping_mul(5).wrapping_add(3);
                *byte = seed;
            });
        });
        assert_eq!(key.as_str().len(), 32);
        assert!(key.is_file_safe());
    }
}
