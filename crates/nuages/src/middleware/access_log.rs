//! A line in the log for each request, without the secrets that addresses carry:
//!
//! ```text
//! INFO nuages::access: method=GET path="/user/active/…" status=302 ms=3.1 client=127.0.0.1
//! ```
//!
//! An answer of 500 and above adds a line at ERROR with its cause.

use std::time::Instant;

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;

use super::redact::redact;
use crate::error::Reported;
use crate::request::RequestInfo;

/// The layer. It belongs outermost, so that it sees every answer and all of its time.
pub async fn access_log(request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let method = request.method().clone();
    let path = redact(request.uri());
    let client = RequestInfo::of(request.headers(), request.uri(), request.extensions()).client_ip();
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use axum::Router;
    use axum::body::Body;
    use axum::middleware::from_fn;
    use axum::response::IntoResponse;
    use axum::routing::get;
    use tower::ServiceExt;

    use super::*;
    use crate::error::Error;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn a_line_for_each_request_and_the_cause_of_a_500() {
        let lines = Lines::default();
        let writer = lines.clone();
        let log = tracing_subscriber::fmt().with_writer(move || writer.clone()).with_ansi(false).finish();
        let _guard = tracing::subscriber::set_default(log);
        let app = Router::new()
            .route("/broken", get(|| async { Error::internal("the disk is full").into_response() }))
            .layer(from_fn(access_log));
        for path in ["/user/active/abc.def?password=hunter2", "/broken"] {
            let request = Request::get(path).body(Body::empty()).unwrap();
            app.clone().oneshot(request).await.unwrap();
        }
        let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[0].contains("method=GET path=\"/user/active/…?password=…\" status=404 ms="), "{text}");
        assert!(lines[1].contains("status=500"), "{text}");
        assert!(lines[2].contains("ERROR") && lines[2].contains("the disk is full"), "{text}");
        assert_eq!(lines.len(), 3);
    }
}
