//! A line in the log for each request, without the secrets that addresses carry:
//!
//! ```text
//! INFO nuages::access: method=GET path=/user/active/… status=302 ms=3.1 client=127.0.0.1
//! ```
//!
//! An answer of 500 and above adds a line at ERROR with its cause.

use std::net::SocketAddr;
use std::time::Instant;

use axum::extract::{ConnectInfo, Request};
use axum::middleware::Next;
use axum::response::Response;

use super::redact::redact;
use crate::error::Reported;

/// The layer. It belongs outermost, so that it sees every answer and all of its time.
pub async fn access_log(request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let method = request.method().clone();
    let path = redact(request.uri());
    let client = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(client)| client.ip());
    let response = next.run(request).await;
    let status = response.status();
    // Tenths of a millisecond are as exact as the measure is.
    let ms = (begun.elapsed().as_secs_f64() * 10_000.0).round() / 10.0;
    let client = client.map(tracing::field::display);
    tracing::info!(target: "nuages::access", %method, path, status = status.as_u16(), ms, client);
    if status.is_server_error() {
        let error = response.extensions().get::<Reported>();
        let cause = error.map(|Reported(error)| error.to_string());
        tracing::error!(target: "nuages::request", %method, path, cause, "{status}");
    }
    response
}
