//! Time limits of a request, and the courtesy of reading what a handler did not.
//!
//! A body has `REQUEST_BODY_TIMEOUT` to arrive and a second more for each 16 KiB that did: a client that sends one
//! byte a second gets its 408, an honest slow one may finish. The answer has `REQUEST_TIMEOUT` from the end of the
//! body: 503 beyond it. When a handler answers without having read the body, the rest is read and dropped before the
//! answer goes out, up to 512 MiB and half a minute: a client that is still sending would not see it otherwise.

mod body;

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use http_body::Body as _;
use http_body_util::BodyExt;
use tokio::time::{Instant, sleep_until, timeout};

use crate::error::Error;
use crate::settings::Settings;
use body::{Progress, Watched};

pub use body::BodyTooSlow;

const DRAIN_BYTES: u64 = 512 << 20;
const DRAIN_TIME: Duration = Duration::from_secs(30);

/// The layer. It belongs outside of everything that reads a body.
pub async fn deadline(State(settings): State<Arc<Settings>>, request: Request, next: Next) -> Response {
    let expects_continue = request.headers().contains_key(header::EXPECT);
    let progress = Progress::new(settings.request_timeout, settings.request_body_timeout);
    let (mut parts, body) = request.into_parts();
    parts.extensions.insert(RequestTimeout(progress.clone()));
    let body = if body.is_end_stream() { body } else { Body::new(Watched::new(body, progress.clone())) };
    let response = answer_in_time(next.run(Request::from_parts(parts, body)), &progress).await;
    // The wrapped body came back when the handler dropped it.
    match progress.take_rest() {
        // Asking for a body of which nothing was read would make the client send it.
        Some(rest) if !expects_continue || progress.is_read() => drain(rest).await,
        _ => {}
    }
    // An extractor of axum's calls it a bad request.
    let is_refusal = response.status().is_client_error() && response.status() != StatusCode::REQUEST_TIMEOUT;
    if progress.is_too_slow() && is_refusal {
        return Error::request_timeout("The request came too slowly.").into_response();
    }
    response
}

/// The request time-out of the running request, for the route to change.
#[derive(Debug, Clone)]
pub(crate) struct RequestTimeout(Arc<Progress>);

impl RequestTimeout {
    pub(crate) fn set(&self, timeout: Duration) {
        self.0.set_answer_timeout(timeout);
    }
}

async fn answer_in_time(answer: impl Future<Output = Response>, progress: &Progress) -> Response {
    let mut answer = std::pin::pin!(answer);
    // The route, which may have a time-out of its own, is known once the answer was polled.
    let mut check = Instant::now();
    loop {
        tokio::select! {
            biased;
            response = &mut answer => return response,
            () = sleep_until(check) => {
                if progress.answer_deadline().is_some_and(|deadline| deadline <= Instant::now()) {
                    return Error::unavailable("The answer took too long.").into_response();
                }
                check = progress.next_check();
            }
        }
    }
}

async fn drain(mut body: Body) {
    let rest = async {
        let mut left = DRAIN_BYTES;
        while let Some(Ok(frame)) = body.frame().await {
            let read = frame.data_ref().map_or(0, |data| data.len() as u64);
            match left.checked_sub(read) {
                Some(rest) => left = rest,
                None => break,
            }
        }
    };
    // Beyond the time the connection is closed under the client, as for one that never ends.
    if timeout(DRAIN_TIME, rest).await.is_err() {
        tracing::debug!("gave up reading a refused body");
    }
}

#[cfg(test)]
mod tests;
