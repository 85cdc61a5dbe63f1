//! A page as a handler's answer; it is drawn later, by the layer that knows the visitor.

use std::borrow::Cow;

use axum::response::{IntoResponse, Response};
use http::StatusCode;

use super::context::Context;

/// A template's name, its variables and the status of the answer.
///
/// As a response it is empty and carries itself in its extensions: a layer inside session and CSRF takes it from there
/// and renders it.
///
/// ```
/// use nuages::context;
/// use nuages::template::Template;
///
/// let page = Template::new("goods/detail.html", context! { name: "tea" });
/// ```
#[derive(Clone, Debug)]
pub struct Template {
    /// The template's name, such as `user/address.html`.
    pub name: Cow<'static, str>,
    /// Its variables.
    pub context: Context,
    /// The status of the answer; 200 unless it is set.
    pub status: StatusCode,
}

impl Template {
    /// Names a template to be rendered with `context`.
    pub fn new(name: impl Into<Cow<'static, str>>, context: Context) -> Self {
        Self { name: name.into(), context, status: StatusCode::OK }
    }

    /// Sets the status of the answer.
    #[must_use]
    pub fn with_status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }
}

impl IntoResponse for Template {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}
