//! Finding the route of a request, and what happens when there is none (`CommonMiddleware`'s APPEND_SLASH).

use std::borrow::Cow;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{Method, StatusCode, Uri, header};
use nuages_wire::next_urls::{escape_leading_slashes, full_path};
use nuages_wire::percent::{repercent_path, unquote_path};

use super::{Policy, Reverse};
use crate::error::Error;
use crate::middleware::deadline::RequestTimeout;

/// In the extensions of a request whose path axum took but a converter refused.
#[derive(Debug, Clone, Copy)]
struct Refused;

/// Puts the route's [`Policy`] and the [`Reverse`] into the request, for every layer inside of it.
///
/// ```
/// use axum::middleware::from_fn_with_state;
/// use axum::routing::get;
/// use nuages::urls::{self, Urls};
///
/// let urls = Urls::<()>::new().path("goods/<int:id>", get(|| async { "a book" }), "goods:detail");
/// let (router, reverse) = urls.build(&nuages::Settings::default())?;
/// let router = router.layer(from_fn_with_state(reverse, urls::resolve));
/// # let _: axum::Router = router;
/// # Ok::<(), nuages::Error>(())
/// ```
pub async fn resolve(State(reverse): State<Reverse>, mut request: Request, next: Next) -> Response {
    let policy = match reverse.resolve(request.uri().path()) {
        Some(route) => route.policy,
        None => {
            request.extensions_mut().insert(Refused);
            Policy::without_route()
        }
    };
    if let (Some(timeout), Some(running)) = (policy.timeout, request.extensions().get::<RequestTimeout>()) {
        running.set(timeout);
    }
    request.extensions_mut().insert(policy);
    request.extensions_mut().insert(reverse);
    next.run(request).await
}

/// The request with a path that every extractor can read as text, before any router sees it: what is not UTF-8 in it stays
/// written as `%FF`, as in Django (`repercent_broken_unicode`).
pub(crate) fn repercent<B>(mut request: http::Request<B>) -> http::Request<B> {
    let path = request.uri().path();
    if let Cow::Owned(path) = repercent_path(path) {
        let path_and_query = match request.uri().query() {
            Some(query) => format!("{path}?{query}"),
            None => path,
        };
        let mut parts = request.uri().clone().into_parts();
        parts.path_and_query = path_and_query.parse().ok();
        if let Ok(uri) = Uri::from_parts(parts) {
            *request.uri_mut() = uri;
        }
    }
    request
}

/// Stands before a route's handlers: a value that does not fit is a 404, whatever the method.
pub(super) async fn guard(State(reverse): State<Reverse>, request: Request, next: Next) -> Response {
    let refused = match request.extensions().get::<Policy>() {
        Some(_) => request.extensions().get::<Refused>().is_some(),
        None => reverse.resolve(request.uri().path()).is_none(),
    };
    if refused { missing(&reverse, &request) } else { next.run(request).await }
}

/// The answer when no route takes the path: on to the path with a slash when only that exists, else 404.
pub(super) fn missing(reverse: &Reverse, request: &Request) -> Response {
    let path = request.uri().path();
    let lacks_slash = reverse.append_slash()
        && !path.ends_with('/')
        && reverse.resolve(path).is_none()
        && reverse.resolve(&format!("{path}/")).is_some();
    if !lacks_slash {
        return Error::not_found("There is no such page.").into_response();
    }
    let target = full_path(&format!("{}/", unquote_path(path)), request.uri().query().unwrap_or_default());
    let target = escape_leading_slashes(&target);
    let method = request.method();
    let has_body = [Method::DELETE, Method::POST, Method::PUT, Method::PATCH].contains(method);
    if reverse.debug() && has_body {
        return Error::internal(format!(
            "This URL was called with {method}, but it does not end in a slash and APPEND_SLASH is set. A redirect \
             to the URL with a slash loses the data. Change the form to point to {target}, or set APPEND_SLASH to \
             false."
        ))
        .into_response();
    }
    (StatusCode::MOVED_PERMANENTLY, [(header::LOCATION, &*target)]).into_response()
}
