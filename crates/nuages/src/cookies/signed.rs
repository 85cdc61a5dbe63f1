//! Signed cookies (`HttpResponse.set_signed_cookie`, `HttpRequest.get_signed_cookie`): the visitor can read them and not
//! change them.
//!
//! `uid` with the salt `pepper` is `42:1vgM1A:…`: the value, a second, a signature. Since 5.2.15 Django signs under another salt
//! and reads the older one too, unless `SIGNED_COOKIE_LEGACY_SALT_FALLBACK` is off.

use std::fmt;
use std::time::Duration;

use nuages_wire::crypto::SecretKeys;
use nuages_wire::signing::{self, CookieSalt, get_signed_cookie, set_signed_cookie};

use super::Cookies;
use crate::error::Error;
use crate::settings::Settings;
use crate::time::Clock;

/// Makes and reads signed cookies.
///
/// ```
/// use http::HeaderMap;
/// use nuages::Settings;
/// use nuages::cookies::{self, Cookies, SetCookie, SignedCookies};
/// use nuages::time::Clock;
///
/// let signed = SignedCookies::new(&Settings::default(), Clock::system());
/// let value = signed.sign("uid", "42", "pepper");
/// let mut headers = HeaderMap::new();
/// cookies::set(&mut headers, &SetCookie::new("uid", &value), &Clock::system())?;
///
/// headers.insert("cookie", format!("uid={value}").parse()?);
/// assert_eq!(signed.get(&Cookies::read(&headers), "uid", "pepper", None)?, "42");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct SignedCookies {
    keys: SecretKeys,
    legacy_salt_fallback: bool,
    clock: Clock,
}

/// Why a signed cookie is not taken; as an [`Error`] a bad request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignedCookieError {
    /// There is no cookie of this name (`KeyError`).
    Missing,
    /// It is too old (`SignatureExpired`).
    Expired,
    /// It was not signed by this site under this name and salt (`BadSignature`).
    BadSignature,
}

impl SignedCookies {
    /// As the settings say.
    pub fn new(settings: &Settings, clock: Clock) -> Self {
        let legacy_salt_fallback = settings.signed_cookie_legacy_salt_fallback;
        Self { keys: settings.secret_keys(), legacy_salt_fallback, clock }
    }

    /// The value for the cookie `name` ([`SetCookie`](super::SetCookie)) that says `value`.
    pub fn sign(&self, name: &str, value: &str, salt: &str) -> String {
        set_signed_cookie(&self.keys, name, value, salt, CookieSalt::V2, self.clock.unix())
    }

    /// What the cookie `name` says, if it was signed with the same salt, at most `max_age` ago.
    ///
    /// # Errors
    /// [`SignedCookieError`].
    pub fn get<'c>(
        &self,
        cookies: &'c Cookies,
        name: &str,
        salt: &str,
        max_age: Option<Duration>,
    ) -> Result<&'c str, SignedCookieError> {
        let signed = cookies.get(name).ok_or(SignedCookieError::Missing)?;
        let max_age = max_age.map(|age| i64::try_from(age.as_secs()).unwrap_or(i64::MAX));
        let (fallback, now) = (self.legacy_salt_fallback, self.clock.unix());
        Ok(get_signed_cookie(&self.keys, name, signed, salt, max_age, fallback, now)?)
    }
}

impl From<signing::Error> for SignedCookieError {
    fn from(error: signing::Error) -> Self {
        match error {
            signing::Error::SignatureExpired => Self::Expired,
            _ => Self::BadSignature,
        }
    }
}

impl fmt::Display for SignedCookieError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "a cookie is missing",
            Self::Expired => "a cookie is too old",
            Self::BadSignature => "a cookie was not signed by this site",
        })
    }
}

impl std::error::Error for SignedCookieError {}

impl From<SignedCookieError> for Error {
    fn from(error: SignedCookieError) -> Self {
        Self::bad_request(error.to_string()).with_source(error)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use http::HeaderMap;
    use jiff::{SignedDuration, Timestamp};

    use super::*;
    use crate::settings::SecretKey;

    // From Django 5.2.19, and its cookie of the older salt.
    const V2: &str = "42:1vgM1A:c9i8tzo2qF1bs-zNHOFSOd7RctZV9e02Lm1WO-NkdBM";
    const LEGACY: &str = "42:1vgM1A:j9_FQWw9F4e39sr7cjqoKxRqBg9Ev1KRWTcxs-qEmdY";

    fn signed(fallback: bool) -> SignedCookies {
        let settings = Settings {
            secret_key: SecretKey::new("vector-secret-key-0123456789abcdefghijklmnopqrstuvwxyz"),
            signed_cookie_legacy_salt_fallback: fallback,
            ..Settings::default()
        };
        SignedCookies::new(&settings, Clock::fixed(Timestamp::from_second(1_768_478_400).unwrap()))
    }

    fn came(cookie: &str) -> Cookies {
        let mut headers = HeaderMap::new();
        headers.insert("cookie", format!("uid={cookie}").parse().unwrap());
        Cookies::read(&headers)
    }

    #[test]
    fn as_django_signs_and_reads() {
        let signer = signed(true);
        assert_eq!(signer.sign("uid", "42", "pepper"), V2);
        let get = |cookie: &str, salt| signer.get(&came(cookie), "uid", salt, None).map(str::to_owned);
        assert_eq!(get(V2, "pepper").as_deref(), Ok("42"));
        assert_eq!(get(LEGACY, "pepper").as_deref(), Ok("42"));
        assert_eq!(get(V2, "salt"), Err(SignedCookieError::BadSignature));
        assert_eq!(get("42", "pepper"), Err(SignedCookieError::BadSignature));
        let none = Cookies::default();
        assert_eq!(signer.get(&none, "uid", "pepper", None), Err(SignedCookieError::Missing));
    }

    #[test]
    fn the_older_salt_only_where_the_setting_says_so() {
        let strict = signed(false).get(&came(LEGACY), "uid", "pepper", None).map(str::to_owned);
        assert_eq!(strict, Err(SignedCookieError::BadSignature));
    }

    #[test]
    fn it_may_be_too_old() {
        let signer = signed(true);
        let minute = Some(Duration::from_secs(60));
        signer.clock.advance(SignedDuration::from_secs(60));
        assert_eq!(signer.get(&came(V2), "uid", "pepper", minute), Ok("42"));
        signer.clock.advance(SignedDuration::from_secs(1));
        assert_eq!(signer.get(&came(V2), "uid", "pepper", minute), Err(SignedCookieError::Expired));
    }
}
