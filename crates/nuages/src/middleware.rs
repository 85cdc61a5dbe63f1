//! The layers around a site, each an async function for `axum::middleware::from_fn` or `from_fn_with_state`, and each
//! at home on a plain `axum::Router`. The batteries that give requests something of their own (session, CSRF, login,
//! messages) are [`Around`] layers.
//!
//! | function | state | what it does | Django's own |
//! |---|---|---|---|
//! | [`access_log`] | | a line in the log, secrets redacted | the server's |
//! | [`deadline`](deadline::deadline) | `Arc<Settings>` | body and answer in time; a refused body is read to its end | the server's |
//! | [`security_headers`] | [`SecurityHeaders`] | `nosniff`, frame, referrer and content policies, HSTS, to HTTPS | `SecurityMiddleware`, `XFrameOptionsMiddleware` |
//! | [`check_host`] | `Arc<Settings>` | 400 for a Host that is not ours | `CommonMiddleware` |
//! | [`conditional_get`] | [`Clock`](crate::time::Clock) | ETag and 304 | `ConditionalGetMiddleware` |
//! | [`locale`] | [`Locale`] | the visitor's language | `LocaleMiddleware` |
//!
//! ```
//! use std::sync::Arc;
//! use axum::middleware::{from_fn, from_fn_with_state};
//! use nuages::middleware::{self, SecurityHeaders, deadline::deadline};
//!
//! let settings = Arc::new(nuages::Settings::default());
//! let headers = SecurityHeaders::new(settings.clone())?;
//! // The last one added is the outermost.
//! let app: axum::Router = axum::Router::new()
//!     .layer(from_fn_with_state(settings.clone(), middleware::check_host))
//!     .layer(from_fn_with_state(headers, middleware::security_headers))
//!     .layer(from_fn_with_state(settings, deadline))
//!     .layer(from_fn(middleware::access_log));
//! # Ok::<(), nuages::Error>(())
//! ```

mod access_log;
mod around;
pub(crate) mod conditional;
pub mod deadline;
mod host;
mod locale;
pub mod redact;
mod security;

pub use access_log::access_log;
pub use around::{Around, Inner, Wrapped};
pub use conditional::conditional_get;
pub use host::check_host;
pub use locale::{Locale, locale};
pub use security::{SecurityHeaders, security_headers};
