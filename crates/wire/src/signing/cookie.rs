//! Signed cookies (`HttpResponse.set_signed_cookie`, `HttpRequest.get_signed_cookie`).

use super::{Error, TimestampSigner};
use crate::crypto::SecretKeys;

/// Which of Django's two salts a signed cookie is written with.
///
/// Django 5.2.15 changed the salt; an older Django cannot read the new one. Write what the oldest peer reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CookieSalt {
    /// `django.http.cookies.v2:<len(salt)>:<salt><name>`, since 5.2.15; the length is in code points.
    #[default]
    V2,
    /// `<name><salt>`, up to 5.2.14.
    Legacy,
}

/// The signer of one cookie: its key is `"django.http.cookies" ‖ SECRET_KEY`.
pub fn cookie_signer(keys: &SecretKeys, name: &str, salt: &str, form: CookieSalt) -> TimestampSigner {
    let salt = match form {
        CookieSalt::V2 => format!("django.http.cookies.v2:{}:{salt}{name}", salt.chars().count()),
        CookieSalt::Legacy => format!("{name}{salt}"),
    };
    TimestampSigner::new(&keys.for_cookies(), &salt)
}

/// The value of a signed cookie, as `set_signed_cookie(name, value, salt)` writes it.
///
/// ```
/// use nuages_wire::crypto::SecretKeys;
/// use nuages_wire::signing::{CookieSalt, get_signed_cookie, set_signed_cookie};
///
/// let keys = SecretKeys::new("vector-secret-key-0123456789abcdefghijklmnopqrstuvwxyz");
/// let now = 1768478400;
/// let value = set_signed_cookie(&keys, "uid", "42", "", CookieSalt::V2, now);
/// assert_eq!(value, "42:1vgM1A:U0SxOfaUTYrlooPPqqeH-AlQAC8OjKY5rB5Ma8msNUc");
/// assert_eq!(get_signed_cookie(&keys, "uid", &value, "", None, true, now), Ok("42"));
/// ```
pub fn set_signed_cookie(
    keys: &SecretKeys,
    name: &str,
    value: &str,
    salt: &str,
    form: CookieSalt,
    now: i64,
) -> String {
    cookie_signer(keys, name, salt, form).sign(value, now)
}

/// The value inside a signed cookie, as `get_signed_cookie(name, salt, max_age)` reads it.
///
/// `legacy_salt_fallback` is the setting `SIGNED_COOKIE_LEGACY_SALT_FALLBACK`: whether the older salt is accepted too.
///
/// # Errors
/// [`Error::BadSignature`], [`Error::SignatureExpired`] and [`Error::Malformed`].
pub fn get_signed_cookie<'a>(
    keys: &SecretKeys,
    name: &str,
    signed: &'a str,
    salt: &str,
    max_age: Option<i64>,
    legacy_salt_fallback: bool,
    now: i64,
) -> Result<&'a str, Error> {
    let unsign = |form| cookie_signer(keys, name, salt, form).unsign(signed, max_age, now);
    match unsign(CookieSalt::V2) {
        Err(Error::BadSignature) if legacy_salt_fallback => unsign(CookieSalt::Legacy),
        answer => answer,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // From Django 5.2.19, and its cookie of the older salt.
    #[test]
    fn both_salts() {
        let keys = SecretKeys::new("vector-secret-key-0123456789abcdefghijklmnopqrstuvwxyz");
        let legacy = "42:1vgM1A:j9_FQWw9F4e39sr7cjqoKxRqBg9Ev1KRWTcxs-qEmdY";
        let now = 1_768_478_400;
        assert_eq!(set_signed_cookie(&keys, "uid", "42", "pepper", CookieSalt::Legacy, now), legacy);
        let read = |name, fallback| get_signed_cookie(&keys, name, legacy, "pepper", Some(9), fallback, now);
        assert_eq!(read("uid", true), Ok("42"));
        assert_eq!(read("uid", false), Err(Error::BadSignature));
        assert_eq!(read("uidx", true), Err(Error::BadSignature));
    }
}
