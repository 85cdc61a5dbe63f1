//! The framework's one error: what went wrong, the status a client is told, and the cause.
//!
//! A handler returns [`Result`]; a battery's own error becomes an [`Error`] through `?`. What the client sees is the
//! status and, for the kinds below 500, the message; a cause is for the log alone.
//!
//! ```
//! use nuages::error::{Error, ErrorKind};
//!
//! let error = Error::not_found("no SKU 42");
//! assert_eq!(error.status(), 404);
//! assert_eq!(error.kind(), ErrorKind::NotFound);
//! ```

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::RETRY_AFTER;

/// A boxed cause of any type.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The framework's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, one pointer wide.
pub struct Error {
    inner: Box<Inner>,
}

struct Inner {
    kind: ErrorKind,
    message: Cow<'static, str>,
    retry_after: Option<Duration>,
    source: Option<BoxError>,
}

/// The kinds of [`Error`], each with its status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The request cannot be understood or was tampered with: 400 (`SuspiciousOperation`, `BadRequest`).
    BadRequest,
    /// A login is needed: 401 for a client that asks for JSON; pages redirect instead.
    Unauthenticated,
    /// Known but not allowed: 403 (`PermissionDenied`).
    PermissionDenied,
    /// The CSRF check refused the request: 403 with the reason of `CsrfViewMiddleware`.
    CsrfFailure,
    /// No such page or row: 404 (`Http404`).
    NotFound,
    /// The request arrived too slowly: 408.
    RequestTimeout,
    /// The state forbids it, nothing was changed: 409.
    Conflict,
    /// The body is over its limit: 413.
    TooLarge,
    /// Too many attempts: 429.
    TooManyRequests,
    /// A defect or an outage of ours: 500.
    Internal,
    /// Nuages cannot do this yet: 501 at run time, a refusal to start where it is seen at start.
    Unsupported,
    /// A resource is away or full: 503; try again later.
    Unavailable,
    /// The settings do not fit together (`ImproperlyConfigured`): 500 at run time, a refusal to start otherwise.
    Configuration,
}

impl ErrorKind {
    /// The HTTP status that this kind answers with.
    pub const fn status(self) -> StatusCode {
        match self {
            Self::BadRequest => StatusCode::BAD_REQUEST,
            Self::Unauthenticated => StatusCode::UNAUTHORIZED,
            Self::PermissionDenied | Self::CsrfFailure => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::RequestTimeout => StatusCode::REQUEST_TIMEOUT,
            Self::Conflict => StatusCode::CONFLICT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
            Self::Internal | Self::Configuration => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Unsupported => StatusCode::NOT_IMPLEMENTED,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

macro_rules! constructors {
    ($($(#[$doc:meta])* $name:ident => $kind:ident;)*) => {$(
        $(#[$doc])*
        pub fn $name(message: impl Into<Cow<'static, str>>) -> Self {
            Self::new(ErrorKind::$kind, message)
        }
    )*};
}

impl Error {
    /// An error of `kind`. For a kind below 500 the `message` is shown to the client: it must hold no secret.
    pub fn new(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        Self { inner: Box::new(Inner { kind, message: message.into(), retry_after: None, source: None }) }
    }

    /// A defect or an outage of ours, with its cause: 500.
    pub fn internal(source: impl Into<BoxError>) -> Self {
        Self::new(ErrorKind::Internal, "internal error").with_source(source)
    }

    constructors! {
        /// The request cannot be understood: 400.
        bad_request => BadRequest;
        /// A login is needed: 401.
        unauthenticated => Unauthenticated;
        /// Not allowed: 403.
        permission_denied => PermissionDenied;
        /// The CSRF check refused the request: 403.
        csrf_failure => CsrfFailure;
        /// No such page or row: 404.
        not_found => NotFound;
        /// The request arrived too slowly: 408.
        request_timeout => RequestTimeout;
        /// The state forbids it: 409.
        conflict => Conflict;
        /// The body is over its limit: 413.
        too_large => TooLarge;
        /// Too many attempts: 429.
        too_many_requests => TooManyRequests;
        /// Nuages cannot do this yet: 501.
        unsupported => Unsupported;
        /// A resource is away or full: 503.
        unavailable => Unavailable;
        /// The settings do not fit together: 500.
        configuration => Configuration;
    }

    /// The same error with its cause.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<BoxError>) -> Self {
        self.inner.source = Some(source.into());
        self
    }

    /// The same error with the time after which the client may try again, told in `Retry-After`.
    #[must_use]
    pub fn with_retry_after(mut self, wait: Duration) -> Self {
        self.inner.retry_after = Some(wait);
        self
    }

    /// The same error with the place that it is about before its message: the name of a setting.
    #[must_use]
    pub(crate) fn within(mut self, place: &str) -> Self {
        self.inner.message = format!("{place}: {}", self.inner.message).into();
        self
    }

    /// What kind of error it is.
    pub fn kind(&self) -> ErrorKind {
        self.inner.kind
    }

    /// The HTTP status that it answers with.
    pub fn status(&self) -> StatusCode {
        self.inner.kind.status()
    }

    /// After what time the client may try again.
    pub fn retry_after(&self) -> Option<Duration> {
        self.inner.retry_after
    }

    /// The message; for a kind below 500 it is meant for the client.
    pub fn message(&self) -> &str {
        &self.inner.message
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { kind, message, source, .. } = &*self.inner;
        f.debug_struct("Error").field("kind", kind).field("message", message).field("source", source).finish()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.inner.source {
            Some(source) => write!(f, "{}: {source}", self.inner.message),
            None => f.write_str(&self.inner.message),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.inner.source.as_deref().map(|source| source as _)
    }
}

/// The error behind a response, left in its extensions for the layer that draws error pages and for the log.
#[derive(Clone, Debug)]
pub struct Reported(pub Arc<Error>);

impl IntoResponse for Error {
    /// The status with a line of plain text, and `Retry-After` in whole seconds, rounded up (RFC 9110, 10.2.3); `site`
    /// draws the page over it.
    fn into_response(self) -> Response {
        let status = self.status();
        let text = if status.is_server_error() {
            status.canonical_reason().unwrap_or("Error")
        } else {
            self.message()
        };
        let mut response = (status, text.to_owned()).into_response();
        if let Some(wait) = self.inner.retry_after {
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        response.extensions_mut().insert(Reported(Arc::new(self)));
        response
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_cause_is_for_the_log_and_not_for_the_client() {
        let error = Error::internal(std::io::Error::other("password=hunter2"));
        assert!(error.to_string().contains("hunter2"));
        let response = error.into_response();
        assert_eq!(response.status(), 500);
        assert!(response.extensions().get::<Reported>().is_some());
        let body = futures_util::FutureExt::now_or_never(axum::body::to_bytes(response.into_body(), 1024));
        assert_eq!(&*body.unwrap().unwrap(), b"Internal Server Error");
    }

    #[test]
    fn a_wait_is_told_in_whole_seconds() {
        let error = Error::unavailable("busy").with_retry_after(Duration::from_millis(1200));
        assert_eq!(error.into_response().headers()["retry-after"], "2");
        assert!(!Error::unavailable("busy").into_response().headers().contains_key("retry-after"));
    }

    #[test]
    fn it_is_one_pointer_wide() {
        assert_eq!(size_of::<Error>(), size_of::<usize>());
    }
}
