//! The innermost layer: draws the [`Template`] that a handler answered with, and the page of an error.
//!
//! It stands inside of session and CSRF, so that a page's lazy values may still touch them.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use http::Method;

use super::{App, ContextProcessor, Visitor, errors};
use crate::db::DbError;
use crate::error::Error;
use crate::template::{Context, RenderOptions, Template, TemplateError};

/// What the layer draws with.
pub(super) struct Painter {
    pub(super) app: App,
    pub(super) processor: Option<ContextProcessor>,
}

impl Painter {
    /// The variables of every page: the base's and the application's.
    pub(super) fn context(&self, visitor: &Visitor) -> Context {
        let mut context = self.processor.as_ref().map_or_else(Context::new, |processor| processor(visitor));
        context.extend_missing(visitor.context());
        context
    }

    /// A page's text in the visitor's language.
    pub(super) async fn render(&self, template: Template, visitor: &Visitor) -> Result<String, Error> {
        let Template { name, mut context, .. } = template;
        context.extend_missing(self.context(visitor));
        let options = RenderOptions {
            language: Some(visitor.translator.language().to_owned()),
            now: Some(self.app.clock.now()),
            ..RenderOptions::default()
        };
        self.app.templates.render(&name, &context, &options).await.map_err(failed)
    }
}

/// Runs the handler and draws its answer. A handler that panics is a 500 like any other defect.
pub(super) async fn pages(State(painter): State<Arc<Painter>>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let visitor = match Visitor::of(&painter.app, &mut parts).await {
        Ok(visitor) => visitor,
        Err(error) => return error.into_response(),
    };
    let head = parts.method == Method::HEAD;
    let answer = AssertUnwindSafe(next.run(Request::from_parts(parts, body))).catch_unwind().await;
    let mut response = answer.unwrap_or_else(|_| Error::internal("the handler panicked").into_response());
    if let Some(template) = response.extensions_mut().remove::<Template>() {
        let (parts, _) = response.into_parts();
        response = match painter.render(template, &visitor).await {
            Ok(page) => errors::html(Response::from_parts(parts, ()), page),
            Err(error) => error.into_response(),
        };
    }
    if errors::is_bare(&response) {
        response = errors::draw(&painter.app, &visitor.request, &painter.context(&visitor), response).await;
    }
    if head { response.map(|_| axum::body::Body::empty()) } else { response }
}

/// A page whose lazy value has no database is a 503, as the handler's own look would have been; a template that is wrong
/// is a defect.
fn failed(error: TemplateError) -> Error {
    error.into_cause::<Error>().unwrap_or_else(|error| match error.into_cause::<DbError>() {
        Ok(cause) => cause.into(),
        Err(error) => Error::internal(error),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::DbErrorKind;

    #[test]
    fn a_lazy_value_that_fails_keeps_its_status() {
        let away = || DbError::new(DbErrorKind::Unavailable, "away");
        assert_eq!(failed(TemplateError::lazy(away().into())).status(), 503);
        assert_eq!(failed(TemplateError::lazy(Error::from(away()).into())).status(), 503);
        assert_eq!(failed(TemplateError::lazy("it failed before".into())).status(), 500);
        assert_eq!(failed(TemplateError::syntax("no such tag")).status(), 500);
    }
}
