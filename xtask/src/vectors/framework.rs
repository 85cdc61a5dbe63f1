//! The operations that go through the framework's own layers: a request in, a response out.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::header::{COOKIE, SET_COOKIE, VARY};
use nuages::auth::{AuthConfig, AuthLayer, Passwords, User};
use nuages::db::{Db, DbOptions};
use nuages::session::{Session, SessionConfig};
use nuages::settings::SameSite;
use nuages::time::{Clock, Random};
use nuages_wire::json::Object;
use serde_json::Value;
use tower::{Layer, ServiceExt, service_fn};

use super::json_values::{from_object, keys};
use super::{BadCase, Case, Ran, Tagged};
use engine::Engine;

mod auth;
mod csrf;
mod engine;
mod messages;
mod sessions;

/// Runs one case on a database and a runtime of its own.
pub(super) fn run(format: &str, case: &Case) -> Ran {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    runtime.map_err(bad)?.block_on(async {
        match (format, case.op) {
            ("sessions", "response") => sessions::response(case).await,
            ("sessions", "cache_encode") => sessions::cache_encode(case).await,
            ("sessions", "cache_decode") => sessions::cache_decode(case),
            ("auth", "login") => auth::login(case).await,
            ("auth", "get_user") => auth::get_user(case).await,
            ("csrf", "request") => csrf::request(case).await,
            ("csrf", "cookie_out") => csrf::cookie_out(case).await,
            ("messages", "store") => messages::store(case).await,
            _ => case.unknown(),
        }
    })
}

/// The key under which a case's session is stored.
fn stored_key() -> String {
    "k".repeat(32)
}

/// Layers around a view, and the session that the view was given.
struct Site {
    db: Db,
    engine: Engine,
    session: SessionConfig,
    seen: Arc<Mutex<Option<Session>>>,
}

impl Site {
    async fn new(case: &Case<'_>) -> Result<Self, BadCase> {
        Self::on(case, Engine::Db).await
    }

    async fn on(case: &Case<'_>, engine: Engine) -> Result<Self, BadCase> {
        let db = Db::connect(&"sqlite://:memory:".parse().map_err(bad)?, DbOptions::default())
            .await
            .map_err(bad)?;
        let sessions = [nuages::session::schema(), nuages::session::cached_db_schema()];
        let apps = [nuages::auth::content_types(), nuages::auth::schema()].into_iter().chain(sessions);
        let apps: Vec<_> = apps.collect();
        nuages::migrate::migrate(&db, &apps).await.map_err(bad)?;
        Ok(Self { db, engine, session: session_config(case)?, seen: Arc::default() })
    }

    /// Stores a session as Django would have.
    async fn store(&self, data: &Object) -> Result<(), BadCase> {
        self.engine.store(&self.db, &self.session, data).await
    }

    /// Sends a request through the session's layer, the inner layer and into `view`.
    async fn send<L, F>(
        &self,
        request: Request,
        inner: L,
        view: impl Fn(Request) -> F + Clone + Send + 'static,
    ) -> Response
    where
        F: Future<Output = nuages::Result<Response>> + Send + 'static,
        L: Layer<View>,
        L::Service: tower::Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
        <L::Service as tower::Service<Request>>::Future: Send,
    {
        let seen = self.seen.clone();
        let view = service_fn(move |request: Request| {
            if let Ok(mut seen) = seen.lock() {
                *seen = request.extensions().get::<Session>().cloned();
            }
            let answer = view(request);
            async move { Ok(answer.await.unwrap_or_else(IntoResponse::into_response)) }
        });
        let layer = match self.engine.layer(&self.db, &self.session) {
            Ok(layer) => layer,
            Err(error) => return error.into_response(),
        };
        let service = layer.layer(inner.layer(tower::util::BoxCloneService::new(view)));
        match service.oneshot(request).await {
            Ok(response) => response,
        }
    }

    fn auth(&self) -> AuthLayer<User> {
        AuthLayer::new(AuthConfig {
            db: self.db.clone(),
            passwords: Passwords::new(1, Random::os()),
            secret_keys: self.session.secret_keys.clone(),
            login_url: "/accounts/login/".to_owned(),
            clock: self.session.clock.clone(),
        })
    }

    /// The session's data and `same`, `new` or `none`, as they are after the response.
    async fn after(&self) -> Result<(Tagged, &'static str), BadCase> {
        let session = self.seen.lock().map_err(bad)?.clone().ok_or_else(|| BadCase("no session".into()))?;
        let data = session.items().await.map_err(bad)?;
        let key = match session.session_key().await {
            None => "none",
            Some(key) if key.as_str() == stored_key() => "same",
            Some(_) => "new",
        };
        Ok((from_object(&data), key))
    }
}

type View = tower::util::BoxCloneService<Request, Response, Infallible>;

/// A request with these cookies.
fn request(cookies: &[(&str, &str)]) -> Result<Request, BadCase> {
    let line: Vec<String> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let mut request = Request::new(Body::empty());
    if !line.is_empty() {
        request.headers_mut().insert(COOKIE, header(&line.join("; "))?);
    }
    Ok(request)
}

fn header(text: &str) -> Result<http::HeaderValue, BadCase> {
    http::HeaderValue::from_bytes(text.as_bytes()).map_err(bad)
}

fn set_cookies(response: &Response) -> Vec<String> {
    let lines = response.headers().get_all(SET_COOKIE).iter();
    lines.map(|line| String::from_utf8_lossy(line.as_bytes()).into_owned()).collect()
}

fn vary(response: &Response) -> Option<&str> {
    response.headers().get(VARY).and_then(|line| line.to_str().ok())
}

/// `SESSION_*` of a case.
fn session_config(case: &Case<'_>) -> Result<SessionConfig, BadCase> {
    let flag = |name: &str, default| case.setting(name).and_then(Value::as_bool).unwrap_or(default);
    let text = |name: &str| case.setting(name).and_then(Value::as_str).map(str::to_owned);
    let defaults = SessionConfig::new(keys(case)?);
    Ok(SessionConfig {
        cookie_name: text("SESSION_COOKIE_NAME").unwrap_or(defaults.cookie_name),
        cookie_age: case.setting("SESSION_COOKIE_AGE").and_then(Value::as_i64).unwrap_or(defaults.cookie_age),
        cookie_domain: text("SESSION_COOKIE_DOMAIN"),
        cookie_path: text("SESSION_COOKIE_PATH").unwrap_or(defaults.cookie_path),
        cookie_secure: flag("SESSION_COOKIE_SECURE", false),
        cookie_httponly: flag("SESSION_COOKIE_HTTPONLY", true),
        cookie_samesite: same_site(case.setting("SESSION_COOKIE_SAMESITE")),
        save_every_request: flag("SESSION_SAVE_EVERY_REQUEST", false),
        expire_at_browser_close: flag("SESSION_EXPIRE_AT_BROWSER_CLOSE", false),
        clock: Clock::fixed(case.now()?),
        ..SessionConfig::new(keys(case)?)
    })
}

/// Django's `False` leaves the attribute out; absent is `Lax`.
fn same_site(setting: Option<&Value>) -> Option<SameSite> {
    match setting.map(|value| value.as_str()) {
        None | Some(Some("Lax")) => Some(SameSite::Lax),
        Some(Some("Strict")) => Some(SameSite::Strict),
        Some(Some("None")) => Some(SameSite::None),
        Some(_) => None,
    }
}

fn bad(error: impl std::fmt::Display) -> BadCase {
    BadCase(error.to_string())
}
