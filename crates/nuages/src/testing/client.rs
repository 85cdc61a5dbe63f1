//! A browser without JavaScript, in the same process.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Body;
use axum::routing::{MethodRouter, get};
use axum::{Extension, Router};
use http::header::{CONTENT_TYPE, COOKIE, HOST, SET_COOKIE};
use http::{Method, Request};
use serde::Serialize;
use tower::ServiceExt;

use super::Response;
use crate::auth::{Auth, User};
use crate::error::{Error, Result};
use crate::mail::SentMail;
use crate::session::Session;
use crate::site::{App, Built, Site, layers};
use crate::urls;

/// The longest body that a test reads.
const MOST_BYTES: usize = 64 << 20;

/// A client of a site, with a cookie jar of its own. Redirects are not followed.
#[derive(Debug)]
pub struct Client {
    site: Arc<Built>,
    cookies: Mutex<BTreeMap<String, String>>,
}

impl Client {
    /// Builds the site, makes its tables, and opens a client.
    ///
    /// # Errors
    /// Those of [`Site::build`] and of migrating.
    pub async fn of(site: Site) -> Result<Self> {
        let site = site.build().await?;
        site.migrate().await?;
        Ok(Self { site: site.into(), cookies: Mutex::default() })
    }

    /// Another visitor of the same site: an empty cookie jar.
    #[must_use]
    pub fn another(&self) -> Self {
        Self { site: self.site.clone(), cookies: Mutex::default() }
    }

    /// The site's parts: its database, its clock.
    pub fn app(&self) -> &App {
        &self.site.app
    }

    /// The site's router, for a server of the test's own.
    pub fn router(&self) -> Router {
        self.site.router.clone()
    }

    /// The value of a cookie in the jar.
    pub fn cookie(&self, name: &str) -> Option<String> {
        self.jar().get(name).cloned()
    }

    /// Puts a cookie into the jar.
    pub fn set_cookie(&self, name: &str, value: impl Into<String>) {
        self.jar().insert(name.to_owned(), value.into());
    }

    /// `GET`.
    pub async fn get(&self, path: &str) -> Response {
        self.send(self.request(Method::GET, path), Body::empty()).await
    }

    /// `GET`, for a client that asks for JSON.
    pub async fn get_json(&self, path: &str) -> Response {
        self.send(self.request(Method::GET, path).header("accept", "application/json"), Body::empty()).await
    }

    /// `POST` of a form, with the CSRF token of this client's cookie; a token is fetched from `/` when there is none.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        let form = self.form(fields).await;
        self.send(self.request(Method::POST, path).header(CONTENT_TYPE, FORM), form).await
    }

    /// As [`Client::post`], for a client that asks for JSON.
    pub async fn post_json(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        let form = self.form(fields).await;
        let request =
            self.request(Method::POST, path).header(CONTENT_TYPE, FORM).header("accept", "application/json");
        self.send(request, form).await
    }

    /// A request in the making: the jar's cookies and the host are on it, the rest is the caller's.
    pub fn request(&self, method: Method, path: &str) -> http::request::Builder {
        let cookies =
            self.jar().iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ");
        let request = Request::builder().method(method).uri(path).header(HOST, super::HOST);
        if cookies.is_empty() { request } else { request.header(COOKIE, cookies) }
    }

    /// Sends a request and keeps the cookies of its answer. A request that cannot be made is answered with 400.
    pub async fn send(&self, request: http::request::Builder, body: impl Into<Body>) -> Response {
        self.send_to(self.site.router.clone(), request, body.into()).await
    }

    async fn send_to(&self, router: Router, request: http::request::Builder, body: Body) -> Response {
        let Ok(request) = request.body(body) else {
            let (status, headers, body) =
                (http::StatusCode::BAD_REQUEST, http::HeaderMap::new(), bytes::Bytes::new());
            return Response { status, headers, body };
        };
        let Ok(answer) = router.oneshot(urls::repercent(request)).await;
        let (parts, body) = answer.into_parts();
        for line in parts.headers.get_all(SET_COOKIE).iter().filter_map(|line| line.to_str().ok()) {
            self.keep(line);
        }
        let body = axum::body::to_bytes(body, MOST_BYTES).await.unwrap_or_default();
        Response { status: parts.status, headers: parts.headers, body }
    }

    /// Logs the user in without a password being asked.
    ///
    /// # Errors
    /// The session's and the database's own.
    pub async fn force_login(&self, user: &User) -> Result<()> {
        let user = user.clone();
        self.through(get(move |auth: Auth| async move { auth.login(&user).await })).await
    }

    /// Sets a value in this visitor's session, as another program on the same database might.
    ///
    /// # Errors
    /// The session's own.
    pub async fn set_session<T: Serialize>(&self, key: &str, value: &T) -> Result<()> {
        let (key, value) = (key.to_owned(), serde_json::to_value(value).map_err(Error::internal)?);
        self.through(get(move |session: Session| async move { session.insert(&key, &value).await })).await
    }

    /// Answers one request by `handler`, within the layers that know who asks.
    async fn through(&self, handler: MethodRouter) -> Result<()> {
        let router = layers::identified(Router::new().route("/", handler), &self.site.app)?;
        let settings = Arc::clone(&self.site.app.settings);
        let request = self.request(Method::GET, "/");
        let answer = self.send_to(router.layer(Extension(settings)), request, Body::empty()).await;
        if answer.status() == 200 { Ok(()) } else { Err(Error::internal(answer.text())) }
    }

    /// Runs what waits in the outbox, and what that leaves there.
    ///
    /// # Errors
    /// When the outbox cannot be read.
    pub async fn run_tasks(&self) -> Result<usize> {
        self.site.app.tasks.run_once(self.site.app.clone(), &self.site.tasks).await
    }

    /// Runs the tasks; the mails that are delivered, the newest first.
    ///
    /// # Errors
    /// When the outbox or the mailbox cannot be read.
    pub async fn outbox(&self) -> Result<Vec<SentMail>> {
        self.run_tasks().await?;
        self.site.app.mailer.outbox().await
    }

    async fn form(&self, fields: &[(&str, &str)]) -> String {
        if self.cookie(&self.site.app.settings.csrf_cookie_name).is_none() {
            self.get("/").await;
        }
        let token = self.cookie(&self.site.app.settings.csrf_cookie_name).unwrap_or_default();
        let mut form = nuages_wire::querydict::QueryDict::default();
        form.append("csrfmiddlewaretoken", token);
        for (name, value) in fields {
            form.append(name, *value);
        }
        form.urlencode()
    }

    fn keep(&self, line: &str) {
        let Some((name, rest)) = line.split_once('=') else { return };
        let value = rest.split(';').next().unwrap_or_default();
        if rest.contains("Max-Age=0") || value.is_empty() || value == "\"\"" {
            self.jar().remove(name);
        } else {
            self.jar().insert(name.to_owned(), value.to_owned());
        }
    }

    fn jar(&self) -> MutexGuard<'_, BTreeMap<String, String>> {
        self.cookies.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const FORM: &str = "application/x-www-form-urlencoded";
