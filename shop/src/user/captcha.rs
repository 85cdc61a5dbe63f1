//! `GET /captcha.png?id=`: the picture of one form's challenge.

use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use nuages::captcha::Captcha;
use nuages::prelude::*;
use nuages::querydict::Query;

/// A PNG that nobody keeps; an unknown or spent challenge has none.
pub(crate) async fn picture(captcha: Captcha, Query(query): Query) -> Result<Response> {
    let picture = captcha.picture(query.get("id").unwrap_or_default()).await?;
    let picture = picture.ok_or_else(|| Error::not_found("There is no such picture."))?;
    Ok(([(CONTENT_TYPE, "image/png"), (CACHE_CONTROL, "no-store")], picture).into_response())
}
