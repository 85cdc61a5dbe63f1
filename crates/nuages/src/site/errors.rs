//! The pages and JSON bodies of errors.
//!
//! A client that asks for JSON gets `{"code": 404, "message": "…"}`. Else `404.html` of the site's own templates, or the
//! one of its class (`400.html`, `500.html`), or Django's bare lines when there is none. Of an error above 499 nothing is
//! told but its status; while DEBUG, its causes.

use std::fmt::Write;

use axum::Json;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderValue, StatusCode};
use serde_json::json;

use super::App;
use crate::cookies;
use crate::error::{Error, ErrorKind, Reported};
use crate::request::RequestInfo;
use crate::template::escape::escape;
use crate::template::{Context, ErrorKind as TemplateErrorKind, RenderOptions};

/// The layer that draws the refusals of the layers inside of it: a wrong host, a missing CSRF token, a body that is too
/// slow. Their pages have no user and no cart, for session and login are not there.
pub(super) async fn refusals(State(app): State<App>, request: Request, next: Next) -> Response {
    let info = RequestInfo::of(request.headers(), request.uri(), request.extensions());
    let response = next.run(request).await;
    if is_bare(&response) { draw(&app, &info, &Context::new(), response).await } else { response }
}

/// Whether an answer is an error that nobody has drawn a page for: plain text, or nothing.
pub(super) fn is_bare(response: &Response) -> bool {
    let kind = response.headers().get(CONTENT_TYPE);
    let drawn = kind.is_some_and(|kind| !kind.as_bytes().starts_with(b"text/plain"));
    let status = response.status();
    !drawn && (status.is_client_error() || status.is_server_error())
}

/// The answer with a page, or with JSON. Its status and headers stay.
pub(super) async fn draw(
    app: &App,
    request: &RequestInfo,
    context: &Context,
    mut response: Response,
) -> Response {
    cookies::vary(response.headers_mut(), "Accept");
    let status = response.status();
    let error = response.extensions().get::<Reported>().cloned();
    let error = error.as_ref().map(|Reported(error)| &**error);
    if request.accepts_json() {
        let message = error.filter(|_| !status.is_server_error()).map(|error| match error.kind() {
            // What exactly was missing would help whoever tries it.
            ErrorKind::CsrfFailure if !app.settings.debug => "CSRF verification failed. Request aborted.",
            _ => error.message(),
        });
        let message = message.or(status.canonical_reason()).unwrap_or("error");
        return with_json(response, &json!({"code": status.as_u16(), "message": message}));
    }
    let page = if status == StatusCode::INTERNAL_SERVER_ERROR && app.settings.debug {
        debug_page(error)
    } else {
        page(app, request, context, status, error).await
    };
    html(response, page)
}

/// The same status and headers around a page of HTML.
pub(super) fn html<B>(response: Response<B>, page: String) -> Response {
    let (mut parts, _) = response.into_parts();
    parts.headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    parts.headers.remove(CONTENT_LENGTH);
    Response::from_parts(parts, page.into())
}

/// The same status and headers around JSON.
fn with_json(response: Response, body: &serde_json::Value) -> Response {
    let (json, body) = Json(body).into_response().into_parts();
    let (mut parts, _) = response.into_parts();
    parts.headers.remove(CONTENT_LENGTH);
    parts.headers.extend(json.headers);
    Response::from_parts(parts, body)
}

/// The first of the site's templates for this status that there is and that can be rendered.
async fn page(
    app: &App,
    request: &RequestInfo,
    context: &Context,
    status: StatusCode,
    error: Option<&Error>,
) -> String {
    let own = match error.map(Error::kind) {
        Some(ErrorKind::CsrfFailure) => "403_csrf.html".to_owned(),
        _ => format!("{}.html", status.as_u16()),
    };
    // Whatever broke may break the site's own context too: a page of ours alone must need nothing.
    let ours = status.is_server_error();
    let mut context = if ours { Context::new() } else { context.clone() };
    context.insert("LANGUAGE_CODE", request.language());
    context.insert("status", i64::from(status.as_u16()));
    context.insert("reason", error.filter(|_| !ours).map_or("", Error::message));
    let options = RenderOptions { language: Some(request.language().to_owned()), ..RenderOptions::default() };
    for name in [own.as_str(), if ours { "500.html" } else { "400.html" }] {
        match app.templates.render(name, &context, &options).await {
            Ok(page) => return page,
            Err(error) if matches!(error.kind(), TemplateErrorKind::DoesNotExist(_)) => {}
            Err(error) => tracing::error!(%error, "the page of an error cannot be rendered"),
        }
    }
    format!(
        "<!doctype html>\n<title>{0}</title>\n<h1>{0}</h1>\n",
        status.canonical_reason().unwrap_or("Error")
    )
}

/// While DEBUG: the error and what caused it.
fn debug_page(error: Option<&Error>) -> String {
    let heading =
        error.map_or_else(|| "Internal Server Error".to_owned(), |error| escape(&error.to_string()));
    let mut page =
        format!("<!doctype html>\n<meta charset=\"utf-8\">\n<title>500</title>\n<h1>{heading}</h1>\n<ol>\n");
    let mut next = error.map(|error| error as &dyn std::error::Error);
    while let Some(error) = next {
        // Writing into a String cannot fail.
        let _ = writeln!(page, "<li><pre>{}</pre></li>", escape(&format!("{error:?}")));
        next = error.source();
    }
    page.push_str("</ol>\n<p>Shown because DEBUG is on.</p>\n");
    page
}
