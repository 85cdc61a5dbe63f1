//! Cross-site request forgery protection (`django.middleware.csrf`).
//!
//! A [`Secret`] is 32 characters of `a-zA-Z0-9`; the cookie `csrftoken` holds it as it is. What goes into forms is a
//! [`MaskedToken`]: a fresh mask of 32 characters and the secret added to it, character by character, so that a page's
//! token differs each time. Secret `fx3SQDtHK2ICMJnQ3Adi6yybVluQcFnX` under mask `rTPe008IfwdR1YLjQa9bKyV2MJ5Abv3N` is
//! `rTPe008IfwdR1YLjQa9bKyV2MJ5Abv3NwgIWGtrfPoLjDxYZJAcjGWj3xUpgd0gA`. A client may send either.
//!
//! The decision on a request is a pure function in two steps, [`Policy::check_source`] (Origin and Referer) and
//! [`Policy::check_token`]; only the second needs the form.
//!
//! ```
//! use nuages_wire::csrf::{Policy, Rejection, Secret, Source, Stored};
//!
//! let secret = Secret::parse("fx3SQDtHK2ICMJnQ3Adi6yybVluQcFnX")?;
//! let token = secret.mask_with("rTPe008IfwdR1YLjQa9bKyV2MJ5Abv3N").unwrap();
//! assert_eq!(token.unmask(), secret);
//!
//! let policy = Policy::default();
//! let source = Source { secure: true, host: Some("shop.example"), origin: Some("https://evil.example"), ..Source::default() };
//! let rejection = policy.check_source(&source).unwrap_err();
//! assert_eq!(rejection.to_string(), "Origin checking failed - https://evil.example does not match any trusted origins.");
//!
//! let stored = Stored::Cookie(secret.as_str());
//! assert_eq!(policy.check_token(stored, Some(token.as_str()), None), Ok(()));
//! assert_eq!(policy.check_token(stored, None, None), Err(Rejection::TokenMissing));
//! # Ok::<(), nuages_wire::csrf::InvalidFormat>(())
//! ```

mod check;
mod reject;
mod token;

pub use check::{Policy, Source, Stored, TrustedOrigins, is_safe_method};
pub use reject::{InvalidFormat, Rejection, TokenProblem, TokenSource};
pub use token::{MaskedToken, Secret, check_format, token_matches};

/// The form field with the token.
pub const FORM_FIELD: &str = "csrfmiddlewaretoken";

/// The session entry with the secret, under `CSRF_USE_SESSIONS`.
pub const SESSION_ENTRY: &str = "_csrftoken";
