//! The language that a request is answered in: `zh-hans`.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::request::Parts;

use super::settings;

/// The language of a request, such as `zh-hans`: an extractor, and in the extensions for the layers inside.
/// [`locale`](crate::middleware::locale) finds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Language(pub Arc<str>);

impl<S: Send + Sync> FromRequestParts<S> for Language {
    type Rejection = Infallible;

    /// Without the layer it is the site's own language.
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let known = parts.extensions.get::<Self>().cloned();
        let default = || Self(settings(&parts.extensions).language_code.as_str().into());
        Ok(known.unwrap_or_else(default))
    }
}
