//! Protection against requests that another site makes a browser send (`django.middleware.csrf`).
//!
//! The cookie `csrftoken` holds a secret, `RkNgwEMu9nH1i5leDjUhVyLwPcF7sFX0`; each form carries it under a fresh mask in
//! the field `csrfmiddlewaretoken`, a script in the header `X-CSRFToken`. A form that Django rendered is accepted here,
//! and the other way round ([`nuages_wire::csrf`] decides).
//!
//! ```
//! use nuages::csrf::CsrfToken;
//!
//! async fn form(token: CsrfToken) -> nuages::Result<String> {
//!     let token = token.get().await?;
//!     Ok(format!(r#"<form method="post"><input type="hidden" name="csrfmiddlewaretoken" value="{token}"></form>"#))
//! }
//! ```
//!
//! Every request but GET, HEAD, OPTIONS and TRACE is checked, unless its route's [`Policy`](crate::urls::Policy) says
//! `csrf_exempt`. The form is parsed at most once: what the check reads waits for the handler.
//!
//! A browser sends an Origin with a form, and it must be this host's. Which hosts are this site's own is in the settings, so
//! a plain router has `Extension(Arc<Settings>)` outside of this layer: without it no host is, and every form is a 403.

mod middleware;
mod token;

use nuages_wire::csrf::{Policy, TrustedOrigins};

pub use middleware::CsrfLayer;
pub use token::CsrfToken;

use crate::error::{Error, Result};
use crate::settings::{SameSite, Settings};
use crate::time::{Clock, Random};

/// The settings `CSRF_*` and what goes with them.
#[derive(Clone, Debug)]
pub struct CsrfConfig {
    /// `CSRF_TRUSTED_ORIGINS`, the cookie's domain and the header's name, as the decision needs them.
    pub policy: Policy,
    /// `CSRF_COOKIE_NAME`.
    pub cookie_name: String,
    /// `CSRF_COOKIE_AGE`, in seconds; `None` until the browser closes.
    pub cookie_age: Option<i64>,
    /// `CSRF_COOKIE_DOMAIN`.
    pub cookie_domain: Option<String>,
    /// `CSRF_COOKIE_PATH`.
    pub cookie_path: String,
    /// `CSRF_COOKIE_SECURE`.
    pub cookie_secure: bool,
    /// `CSRF_COOKIE_HTTPONLY`.
    pub cookie_httponly: bool,
    /// `CSRF_COOKIE_SAMESITE`; `None` leaves the attribute out.
    pub cookie_samesite: Option<SameSite>,
    /// `CSRF_USE_SESSIONS`: keep the secret in the session instead of a cookie.
    pub use_sessions: bool,
    /// The time of day.
    pub clock: Clock,
    /// Where secrets and masks are drawn from.
    pub random: Random,
}

impl Default for CsrfConfig {
    fn default() -> Self {
        Self::from(&Settings::default())
    }
}

impl From<&Settings> for CsrfConfig {
    fn from(settings: &Settings) -> Self {
        let referer_domain = if settings.csrf_use_sessions {
            &settings.session_cookie_domain
        } else {
            &settings.csrf_cookie_domain
        };
        Self {
            policy: Policy {
                trusted_origins: TrustedOrigins::new(&settings.csrf_trusted_origins),
                cookie_domain: referer_domain.clone(),
                header_name: settings.csrf_header_name.as_str().to_owned(),
            },
            cookie_name: settings.csrf_cookie_name.clone(),
            cookie_age: settings.csrf_cookie_age.map(|age| i64::try_from(age.as_secs()).unwrap_or(i64::MAX)),
            cookie_domain: settings.csrf_cookie_domain.clone(),
            cookie_path: settings.csrf_cookie_path.clone(),
            cookie_secure: settings.csrf_cookie_secure,
            cookie_httponly: settings.csrf_cookie_httponly,
            cookie_samesite: settings.csrf_cookie_samesite,
            use_sessions: settings.csrf_use_sessions,
            clock: Clock::system(),
            random: Random::os(),
        }
    }
}

/// What a request must have for this: the session, when the secret lives there.
fn session_missing() -> Error {
    Error::configuration("CSRF_USE_SESSIONS needs a SessionLayer around the CsrfLayer")
}

/// The text of a drawn secret or mask.
fn draw(random: &Random) -> Result<String> {
    random.string(32, crate::time::ALPHANUMERIC)
}
