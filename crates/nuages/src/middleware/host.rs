//! No request for a host that is not ours goes further (`CommonMiddleware` asks `get_host()` of each request).

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::error::Error;
use crate::request::get_host;
use crate::settings::Settings;

/// The layer: 400 for a Host that `ALLOWED_HOSTS` has not.
pub async fn check_host(State(settings): State<Arc<Settings>>, request: Request, next: Next) -> Response {
    match get_host(request.headers(), &settings) {
        Ok(_) => next.run(request).await,
        Err(error) => Error::from(error).into_response(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use axum::Router;
    use axum::body::Body;
    use axum::middleware::from_fn_with_state;
    use http::header;
    use tower::ServiceExt;

    use super::*;

    #[tokio::test]
    async fn a_foreign_host_is_400() {
        let settings = Settings { debug: true, ..Settings::default() };
        let app = Router::new().layer(from_fn_with_state(Arc::new(settings), check_host));
        for (host, status) in [("localhost:8000", 404), ("evil.example", 400)] {
            let request = Request::get("/").header(header::HOST, host).body(Body::empty()).unwrap();
            assert_eq!(app.clone().oneshot(request).await.unwrap().status(), status);
        }
    }
}
