//! Answers that a client has already are not sent again (`ConditionalGetMiddleware`).
//!
//! A GET answered with 200 gets the ETag `"<md5 of the body>"`, unless it has one or says `no-store`; a client that
//! sends it back as `If-None-Match` is told 304. A body that is streamed is left alone.

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use http_body::Body as _;
use nuages_wire::conditional::{Conditions, Decision, NOT_MODIFIED_HEADERS};
use nuages_wire::crypto::Algorithm;
use nuages_wire::http_dates::parse_http_date;

use crate::error::Error;
use crate::time::Clock;

/// A page is no larger; a larger answer is a file, which has a validator of its own.
const MAX_PAGE: u64 = 4 << 20;

/// The layer.
pub async fn conditional_get(State(clock): State<Clock>, request: Request, next: Next) -> Response {
    if request.method() != Method::GET {
        return next.run(request).await;
    }
    let conditions = Asked::of(request.headers());
    let mut response = next.run(request).await;
    if response.status() == StatusCode::OK && !response.headers().contains_key(header::ETAG) {
        response = match with_etag(response).await {
            Ok(response) => response,
            Err(error) => return error.into_response(),
        };
    }
    if !response.status().is_success() {
        return response;
    }
    decided(response, &conditions, &Method::GET, &clock)
}

/// The conditional headers of a request.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    if_match: Option<String>,
    if_unmodified_since: Option<String>,
    if_none_match: Option<String>,
    if_modified_since: Option<String>,
}

impl Asked {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let text = |name: HeaderName| Some(headers.get(name)?.to_str().ok()?.to_owned());
        Self {
            if_match: text(header::IF_MATCH),
            if_unmodified_since: text(header::IF_UNMODIFIED_SINCE),
            if_none_match: text(header::IF_NONE_MATCH),
            if_modified_since: text(header::IF_MODIFIED_SINCE),
        }
    }
}

/// The answer, or 304 or 412 in its place, by its own `ETag` and `Last-Modified`.
pub(crate) fn decided(response: Response, asked: &Asked, method: &Method, clock: &Clock) -> Response {
    let text = |name: HeaderName| response.headers().get(name).and_then(|value| value.to_str().ok());
    let year = clock.now().to_zoned(jiff::tz::TimeZone::UTC).year();
    let last_modified = text(header::LAST_MODIFIED).and_then(|date| parse_http_date(date, year).ok());
    let etag = text(header::ETAG);
    if etag.is_none() && last_modified.is_none() {
        return response;
    }
    let conditions = Conditions {
        if_match: asked.if_match.as_deref(),
        if_unmodified_since: asked.if_unmodified_since.as_deref(),
        if_none_match: asked.if_none_match.as_deref(),
        if_modified_since: asked.if_modified_since.as_deref(),
    };
    match conditions.decide(method.as_str(), etag, last_modified, year) {
        Decision::Proceed => response,
        Decision::NotModified => not_modified(response.headers()),
        Decision::PreconditionFailed => StatusCode::PRECONDITION_FAILED.into_response(),
    }
}

async fn with_etag(response: Response) -> Result<Response, Error> {
    let size = response.body().size_hint().exact();
    let tagged = size.is_some_and(|size| size > 0 && size <= MAX_PAGE) && may_be_stored(response.headers());
    if !tagged {
        return Ok(response);
    }
    let (mut parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.map_err(Error::internal)?;
    let digest = Algorithm::Md5.digest(&[&body]).to_hex();
    if let Ok(etag) = HeaderValue::try_from(format!("\"{digest}\"")) {
        parts.headers.insert(header::ETAG, etag);
    }
    Ok(Response::from_parts(parts, Body::from(body)))
}

fn may_be_stored(headers: &HeaderMap) -> bool {
    let lines = headers.get_all(header::CACHE_CONTROL).iter().filter_map(|value| value.to_str().ok());
    !lines.flat_map(|line| line.split(',')).any(|word| word.trim().eq_ignore_ascii_case("no-store"))
}

fn not_modified(headers: &HeaderMap) -> Response {
    let mut response = StatusCode::NOT_MODIFIED.into_response();
    let kept = |name: &HeaderName| {
        *name == header::SET_COOKIE
            || NOT_MODIFIED_HEADERS.iter().any(|kept| name.as_str().eq_ignore_ascii_case(kept))
    };
    for (name, value) in headers.iter().filter(|(name, _)| kept(name)) {
        response.headers_mut().append(name, value.clone());
    }
    response
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use axum::Router;
    use axum::middleware::from_fn_with_state;
    use axum::routing::get;
    use tower::ServiceExt;

    use super::*;

    async fn call(method: &str, path: &str, asked: &[(&str, &str)]) -> Response {
        let page = || async { ([(header::SET_COOKIE, "a=1"), (header::CONTENT_LANGUAGE, "en")], "page") };
        let dated = || async { ([(header::LAST_MODIFIED, "Thu, 15 Jan 2026 12:00:00 GMT")], "") };
        let app = Router::new()
            .route("/", get(page).post(|| async { "post" }))
            .route("/private", get(|| async { ([(header::CACHE_CONTROL, "private, No-Store")], "page") }))
            .route("/dated", get(dated))
            .route("/missing", get(|| async { (StatusCode::NOT_FOUND, "page") }))
            .layer(from_fn_with_state(Clock::system(), conditional_get));
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in asked {
            request = request.header(*name, *value);
        }
        app.oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
    }

    #[tokio::test]
    async fn a_page_is_sent_once() {
        let response = call("GET", "/", &[]).await;
        // hashlib.md5(b"page").hexdigest()
        assert_eq!(response.headers()[header::ETAG], "\"71860c77c6745379b0d44304d66b6a13\"");
        let response = call("GET", "/", &[("if-none-match", "W/\"71860c77c6745379b0d44304d66b6a13\"")]).await;
        assert_eq!(response.status(), 304);
        assert_eq!(response.headers()[header::SET_COOKIE], "a=1");
        assert!(!response.headers().contains_key(header::CONTENT_LANGUAGE));
        assert!(to_bytes(response.into_body(), 10).await.unwrap().is_empty());
        assert_eq!(call("GET", "/", &[("if-none-match", "\"other\"")]).await.status(), 200);
        assert_eq!(call("GET", "/", &[("if-match", "\"other\"")]).await.status(), 412);
    }

    #[tokio::test]
    async fn other_answers_have_no_etag() {
        for (method, path) in [("POST", "/"), ("GET", "/private"), ("GET", "/missing"), ("GET", "/dated")] {
            let response = call(method, path, &[("if-none-match", "*")]).await;
            assert!(!response.headers().contains_key(header::ETAG), "{path}");
        }
    }

    #[tokio::test]
    async fn a_date_does_as_well() {
        let since = async |date| call("GET", "/dated", &[("if-modified-since", date)]).await;
        assert_eq!(since("Thu, 15 Jan 2026 12:00:00 GMT").await.status(), 304);
        assert_eq!(since("Thu, 15 Jan 2026 11:59:59 GMT").await.status(), 200);
    }
}
