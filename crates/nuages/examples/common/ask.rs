//! How the examples test themselves: a request into a router, and its answer as bytes.

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use http::{Response, request};
use tower::ServiceExt;

/// The answer to a request.
pub(crate) async fn ask(
    app: &Router,
    request: request::Builder,
    body: impl Into<Body>,
) -> Result<Response<Bytes>, Box<dyn std::error::Error>> {
    let (head, body) = app.clone().oneshot(request.body(body.into())?).await?.into_parts();
    Ok(Response::from_parts(head, to_bytes(body, 1 << 16).await?))
}
