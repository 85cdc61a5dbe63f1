//! What every page's context has: `request`, `user`, `csrf_token`, `messages`, `LANGUAGE_CODE`, `debug`.
//!
//! What costs something is lazy: a page that does not print the user reads neither session nor user.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::Method;
use http::request::Parts;
use nuages_wire::querydict::QueryDict;

use super::App;
use crate::auth::{Auth, User};
use crate::csrf::CsrfToken;
use crate::error::Result;
use crate::i18n::Translator;
use crate::messages::{Message, Messages};
use crate::querydict;
use crate::request::RequestInfo;
use crate::session::Session;
use crate::template::{Context, Dict, Lazy, Object, Value};

/// Who asks for a page: what a context processor may draw on.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// The site.
    pub app: App,
    /// The request.
    pub request: RequestInfo,
    /// The texts in the visitor's language.
    pub translator: Translator,
    /// The session; nothing is read until it is asked.
    pub session: Session,
    /// The login; nothing is read until it is asked.
    pub auth: Auth<User>,
    csrf_token: CsrfToken,
    messages: Messages,
    method: Method,
    query: Arc<QueryDict>,
}

impl Visitor {
    /// Takes the handles that the layers around have left in the request.
    pub(super) async fn of(app: &App, parts: &mut Parts) -> Result<Self> {
        Ok(Self {
            app: app.clone(),
            request: RequestInfo::of(&parts.headers, &parts.uri, &parts.extensions),
            translator: Translator::from_request_parts(parts, &())
                .await
                .unwrap_or_else(|never| match never {}),
            session: Session::from_request_parts(parts, &()).await?,
            auth: Auth::from_request_parts(parts, &()).await?,
            csrf_token: CsrfToken::from_request_parts(parts, &()).await?,
            messages: Messages::from_request_parts(parts, &()).await?,
            method: parts.method.clone(),
            query: querydict::Query::from_request_parts(parts, &())
                .await
                .map(|query| query.0)
                .unwrap_or_default(),
        })
    }

    /// The variables of every page.
    pub(super) fn context(&self) -> Context {
        let mut context = Context::new();
        let request = Dict::from_iter([
            ("path", Value::from(self.request.path())),
            ("get_full_path", Value::from(self.request.full_path())),
            ("method", Value::from(self.method.as_str())),
            ("GET", Value::object(Query(Arc::clone(&self.query)))),
        ]);
        context.insert("request", Value::from(request));
        context.insert("LANGUAGE_CODE", self.translator.language());
        context.insert("debug", self.app.settings.debug);
        let auth = self.auth.clone();
        context.insert(
            "user",
            Value::Lazy(Lazy::new(move || async move { Ok(user_value(auth.user().await?.as_ref())) })),
        );
        let csrf_token = self.csrf_token.clone();
        context.insert(
            "csrf_token",
            Value::Lazy(Lazy::new(move || async move { Ok(csrf_token.get().await?.into()) })),
        );
        let messages = self.messages.clone();
        context.insert(
            "messages",
            Value::Lazy(Lazy::new(move || async move {
                Ok(Value::list(
                    messages.list().await?.into_iter().map(|message| Value::object(Shown(message))),
                ))
            })),
        );
        context
    }
}

/// `user`: `is_authenticated`, username, `first_name`, `last_name`, email, `is_staff`, `is_superuser`, id. A guest has an
/// empty name (`AnonymousUser`).
fn user_value(user: Option<&User>) -> Value {
    let text = |field: fn(&User) -> &str| Value::from(user.map_or("", field));
    let truth = |field: fn(&User) -> bool| Value::from(user.is_some_and(field));
    Dict::from_iter([
        ("is_authenticated", Value::from(user.is_some())),
        ("is_anonymous", Value::from(user.is_none())),
        ("id", user.map_or(Value::None, |user| Value::from(user.id))),
        ("username", text(|user| &user.username)),
        ("first_name", text(|user| &user.first_name)),
        ("last_name", text(|user| &user.last_name)),
        ("email", text(|user| &user.email)),
        ("is_staff", truth(|user| user.is_staff)),
        ("is_superuser", truth(|user| user.is_superuser)),
    ])
    .into()
}

/// `request.GET`: the last value of each name, and what `{% querystring %}` works on.
#[derive(Debug)]
struct Query(Arc<QueryDict>);

impl Object for Query {
    fn get(&self, name: &str) -> Option<Value> {
        self.0.get(name).map(Value::from)
    }

    fn lists(&self) -> Option<Vec<(String, Vec<String>)>> {
        Some(self.0.lists().map(|(name, values)| (name.to_owned(), values.to_vec())).collect())
    }
}

/// A message as a template prints it: the text, with `tags` and `level`.
#[derive(Debug)]
struct Shown(Message);

impl Object for Shown {
    fn get(&self, name: &str) -> Option<Value> {
        match name {
            "tags" => Some(self.0.tags().into()),
            "level" => Some(self.0.level.into()),
            "message" => Some(self.text()),
            _ => None,
        }
    }

    fn text(&self) -> Value {
        let text = self.0.text.as_str();
        if self.0.safe { Value::safe(text) } else { Value::from(text) }
    }
}
