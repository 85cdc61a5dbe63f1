//! The pages and JSON bodies of errors.
//!
//! A client that asks for JSON gets `{"code": 404, "message": "…"}`. Else `404.html` of the site's own templates, or the
//! one of its class (`400.html`, `500.html`), or Django's bare lines when there is none. Of an error above 499 nothing is told
//! but its status; while DEBUG, its causes.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::CONTENT_TYPE;
use serde_json::json;

use super::Visitor;
use super::pages::{Painter, html};
use crate::context;
use crate::error::{Error, ErrorKind, Reported};
use crate::template::{self, RenderOptions, Template};

/// Whether an answer is an error that nobody has drawn a page for: plain text, or nothing.
pub(super) fn is_bare(response: &Response) -> bool {
    let drawn =
        response.headers().get(CONTENT_TYPE).is_some_and(|kind| !kind.as_bytes().starts_with(b"text/plain"));
    let status = response.status();
    !drawn && (status.is_client_error() || status.is_server_error())
}

/// The answer with a page, or with JSON. Its status and headers stay.
pub(super) async fn draw(painter: &Painter, visitor: &Visitor, response: Response) -> Response {
    let status = response.status();
    let error = response.extensions().get::<Reported>().cloned();
    let error = error.as_ref().map(|Reported(error)| &**error);
    log(status, error, visitor);
    if visitor.request.accepts_json() {
        let message = error.map(Error::message).filter(|_| !status.is_server_error());
        let message = message.or(status.canonical_reason()).unwrap_or("error");
        let (mut parts, body) =
            Json(json!({"code": status.as_u16(), "message": message})).into_response().into_parts();
        let (old, _) = response.into_parts();
        parts.status = status;
        parts.headers.extend(old.headers.into_iter().filter_map(|(name, value)| {
            // The body is another: what described the old one goes.
            name.filter(|name| name != CONTENT_TYPE && name != http::header::CONTENT_LENGTH)
                .map(|name| (name, value))
        }));
        parts.extensions.extend(old.extensions);
        return Response::from_parts(parts, body);
    }
    let page = if status == StatusCode::INTERNAL_SERVER_ERROR && painter.app.settings.debug {
        debug_page(error)
    } else {
        page(painter, visitor, status, error).await
    };
    html(response, page)
}

/// The first of the site's templates for this status that there is and that can be rendered.
async fn page(painter: &Painter, visitor: &Visitor, status: StatusCode, error: Option<&Error>) -> String {
    let own = match error.map(Error::kind) {
        Some(ErrorKind::CsrfFailure) => "403_csrf.html".to_owned(),
        _ => format!("{}.html", status.as_u16()),
    };
    let class = if status.is_server_error() { "500.html" } else { "400.html" };
    for name in [own.as_str(), class] {
        let rendered = if status.is_server_error() {
            // Whatever broke may break the base's context too: this page must need nothing.
            let language = visitor.translator.language().to_owned();
            let bare = context! { LANGUAGE_CODE: language.as_str() };
            let options = RenderOptions { language: Some(language), ..RenderOptions::default() };
            painter.app.templates.render(name, &bare, &options).await.map_err(Error::internal)
        } else {
            let context =
                context! { status: i64::from(status.as_u16()), reason: error.map_or("", Error::message) };
            painter.render(Template::new(name.to_owned(), context), visitor).await
        };
        match rendered {
            Ok(page) => return page,
            Err(error) if is_missing(&error) => {}
            Err(error) => tracing::error!(%error, "the page of an error cannot be rendered"),
        }
    }
    format!(
        "<!doctype html>\n<title>{0}</title>\n<h1>{0}</h1>\n",
        status.canonical_reason().unwrap_or("Error")
    )
}

fn is_missing(error: &Error) -> bool {
    let source =
        std::error::Error::source(error).and_then(|source| source.downcast_ref::<template::TemplateError>());
    source.is_some_and(|error| matches!(error.kind(), template::ErrorKind::DoesNotExist(_)))
}

/// While DEBUG: the error and what caused it.
fn debug_page(error: Option<&Error>) -> String {
    let mut causes = String::new();
    let mut next = error.map(|error| error as &dyn std::error::Error);
    while let Some(error) = next {
        causes.push_str(&format!("<li><pre>{}</pre></li>\n", escape(&format!("{error:?}"))));
        next = error.source();
    }
    let heading =
        error.map_or_else(|| "Internal Server Error".to_owned(), |error| escape(&error.to_string()));
    format!(
        "<!doctype html>\n<meta charset=\"utf-8\">\n<title>500</title>\n<h1>{heading}</h1>\n<ol>\n{causes}</ol>\n<p>Shown because DEBUG is on.</p>\n"
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// A server's error is an error in the log; what a client did wrong is worth a line, and no more.
fn log(status: StatusCode, error: Option<&Error>, visitor: &Visitor) {
    let cause = error.map_or_else(|| status.to_string(), Error::to_string);
    if status.is_server_error() {
        tracing::error!(target: "nuages::request", status = status.as_u16(), %cause, "a request failed");
    } else if error.is_some_and(|error| error.kind() == ErrorKind::CsrfFailure) {
        tracing::warn!(target: "nuages::security", %cause, client = ?visitor.request.client_ip(), "a request was refused");
    }
}
