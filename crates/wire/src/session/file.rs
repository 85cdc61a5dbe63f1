//! The file engine (`backends.file`).

use std::fmt;

use super::key::is_file_safe;
use super::{Expiry, InvalidExpiry, Policy};
use crate::datetime::DateTime;
use crate::json::Object;

/// A key with a character that must not become part of a file's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidSessionKey;

impl fmt::Display for InvalidSessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("invalid characters in session key")
    }
}

impl std::error::Error for InvalidSessionKey {}

/// The name of a session's file in `SESSION_FILE_PATH`: the cookie's name and the key, `sessionidi3vr0933…`.
///
/// # Errors
/// [`InvalidSessionKey`] unless the key is of `a-z0-9`.
pub fn file_name(cookie_name: &str, key: &str) -> Result<String, InvalidSessionKey> {
    if is_file_safe(key) { Ok(format!("{cookie_name}{key}")) } else { Err(InvalidSessionKey) }
}

/// Whether Django would delete this session's file when it loads it.
///
/// `modified` is the file's modification time. Without an expiry of its own the session lives `SESSION_COOKIE_AGE` from
/// then; a moment is a moment. With a number of seconds Django compares just that number with 0: a positive one never
/// expires, a negative one is expired at once.
///
/// # Errors
/// [`InvalidExpiry`].
pub fn file_is_expired(
    data: &Object,
    modified: &DateTime,
    now: &DateTime,
    policy: Policy,
) -> Result<bool, InvalidExpiry> {
    let expiry = match Expiry::of(data)? {
        Expiry::Policy | Expiry::Seconds(0) => Expiry::At(Expiry::Policy.date(modified, policy)?),
        expiry => expiry,
    };
    Ok(expiry.age(now, policy)? <= 0)
}

#[cfg(test)]
mod tests {
    use super::super::EXPIRY_ENTRY;
    use super::*;
    use crate::json::Value;

    #[test]
    fn names() {
        assert_eq!(file_name("sessionid", "abc123").as_deref(), Ok("sessionidabc123"));
        for bad in ["../../etc/passwd", "ABC", "abc\0", "中文", "........"] {
            assert_eq!(file_name("sessionid", bad), Err(InvalidSessionKey));
        }
    }

    #[test]
    fn a_number_never_expires_or_is_expired_at_once() {
        let policy = Policy::default();
        let then = DateTime::utc(jiff::Timestamp::UNIX_EPOCH);
        let now = then.checked_add_seconds(policy.cookie_age).unwrap_or(then);
        let expired =
            |entry: Value| file_is_expired(&Object::from_iter([(EXPIRY_ENTRY, entry)]), &then, &now, policy);
        assert_eq!(expired(Value::Null), Ok(true));
        assert_eq!(expired(0.into()), Ok(true));
        assert_eq!(expired(1.into()), Ok(false));
        assert_eq!(expired((-1).into()), Ok(true));
        assert_eq!(file_is_expired(&Object::new(), &now, &now, policy), Ok(false));
    }
}
