//! How sessions are kept and their cookie is made.

use nuages_wire::crypto::SecretKeys;

use crate::settings::{SameSite, SessionSerializer, Settings};
use crate::time::{Clock, Random};

/// The settings `SESSION_*` and what goes with them.
#[derive(Clone, Debug)]
pub struct SessionConfig {
    /// `SECRET_KEY` and its fallbacks: they sign what is stored.
    pub secret_keys: SecretKeys,
    /// `SESSION_SERIALIZER`: what signed text is made of.
    pub serializer: SessionSerializer,
    /// `SESSION_COOKIE_NAME`.
    pub cookie_name: String,
    /// `SESSION_COOKIE_AGE`, in seconds; two weeks.
    pub cookie_age: i64,
    /// `SESSION_COOKIE_DOMAIN`; `None` for the host alone.
    pub cookie_domain: Option<String>,
    /// `SESSION_COOKIE_PATH`.
    pub cookie_path: String,
    /// `SESSION_COOKIE_SECURE`.
    pub cookie_secure: bool,
    /// `SESSION_COOKIE_HTTPONLY`.
    pub cookie_httponly: bool,
    /// `SESSION_COOKIE_SAMESITE`; `None` leaves the attribute out, Django's `False`.
    pub cookie_samesite: Option<SameSite>,
    /// `SESSION_SAVE_EVERY_REQUEST`.
    pub save_every_request: bool,
    /// `SESSION_EXPIRE_AT_BROWSER_CLOSE`.
    pub expire_at_browser_close: bool,
    /// Refuse a blind write over another request's value of the same key with a 409.
    pub strict: bool,
    /// While the store is away, answer reads with an empty session instead of a 503 (`DJANGO_REDIS_IGNORE_EXCEPTIONS`).
    pub ignore_exceptions: bool,
    /// Log such a write, with the advice to use `update`.
    pub debug: bool,
    /// The time of day.
    pub clock: Clock,
    /// Where keys are drawn from.
    pub random: Random,
}

impl SessionConfig {
    /// Django's defaults with these keys.
    pub fn new(secret_keys: SecretKeys) -> Self {
        Self {
            secret_keys,
            serializer: SessionSerializer::Json,
            cookie_name: "sessionid".to_owned(),
            cookie_age: 1_209_600,
            cookie_domain: None,
            cookie_path: "/".to_owned(),
            cookie_secure: false,
            cookie_httponly: true,
            cookie_samesite: Some(SameSite::Lax),
            save_every_request: false,
            expire_at_browser_close: false,
            strict: false,
            ignore_exceptions: false,
            debug: false,
            clock: Clock::system(),
            random: Random::os(),
        }
    }
}

impl From<&Settings> for SessionConfig {
    fn from(settings: &Settings) -> Self {
        Self {
            serializer: settings.session_serializer,
            cookie_name: settings.session_cookie_name.clone(),
            cookie_age: i64::try_from(settings.session_cookie_age.as_secs()).unwrap_or(i64::MAX),
            cookie_domain: settings.session_cookie_domain.clone(),
            cookie_path: settings.session_cookie_path.clone(),
            cookie_secure: settings.session_cookie_secure,
            cookie_httponly: settings.session_cookie_httponly,
            cookie_samesite: settings.session_cookie_samesite,
            save_every_request: settings.session_save_every_request,
            expire_at_browser_close: settings.session_expire_at_browser_close,
            strict: settings.session_strict,
            ignore_exceptions: settings.django_redis_ignore_exceptions,
            debug: settings.debug,
            ..Self::new(settings.secret_keys())
        }
    }
}
