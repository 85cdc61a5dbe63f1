//! The request's session goes in, and on the way out it is saved and the cookie set, step by step as
//! `django.contrib.sessions.middleware.SessionMiddleware`.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use futures_util::future::BoxFuture;
use http::HeaderMap;
use jiff::SignedDuration;
use nuages_wire::session::SessionKey;
use tokio::sync::{Mutex, OwnedMutexGuard};
use tower::Layer;

use super::handle::finish;
use super::save::Engine;
use super::state::State;
use super::{Session, SessionConfig, SessionStore};
use crate::cookies::{self, Cookies, SetCookie};
use crate::error::Result;
use crate::middleware::{Around, Inner, Wrapped};
use crate::settings::SameSite;

/// Gives each request its [`Session`] and saves it on the way out.
#[derive(Clone, Debug)]
pub struct SessionLayer {
    engine: Arc<Engine>,
}

impl SessionLayer {
    /// A layer over `store`. Its clones share the queue of saves, so build one and clone it.
    pub fn new(store: impl SessionStore, config: SessionConfig) -> Self {
        Self { engine: Arc::new(Engine::new(Box::new(store), config)) }
    }
}

impl<S> Layer<S> for SessionLayer {
    type Service = Wrapped<Self, S>;

    fn layer(&self, inner: S) -> Self::Service {
        Wrapped::new(self.clone(), inner)
    }
}

impl Around for SessionLayer {
    fn call(
        &self,
        mut request: Request,
        inner: &mut impl Inner,
    ) -> BoxFuture<'static, Result<Response, Infallible>> {
        let cookies = Cookies::of(&mut request);
        let sent = cookies.get(&self.engine.config.cookie_name);
        let has_cookie = sent.is_some();
        let state = State { key: sent.and_then(SessionKey::parse), ..State::default() };
        let session = Session { engine: self.engine.clone(), state: Arc::new(Mutex::new(state)) };
        request.extensions_mut().insert(session.clone());
        let response = inner.call(request);
        Box::pin(async move {
            let mut response = response.await?;
            let state = session.state.lock_owned().await;
            let succeeded = !response.status().is_server_error();
            match respond(session.engine, state, has_cookie, succeeded, response.headers_mut()).await {
                Ok(()) => Ok(response),
                Err(error) => Ok(error.into_response()),
            }
        })
    }
}

/// `process_response`. An error replaces the response, the view's cookies with it.
async fn respond(
    engine: Arc<Engine>,
    mut state: OwnedMutexGuard<State>,
    has_cookie: bool,
    succeeded: bool,
    headers: &mut HeaderMap,
) -> Result<()> {
    state.closed = true;
    if has_cookie && state.is_empty() {
        cookies::vary(headers, "Cookie");
        return cookies::set(headers, &forgetting(&engine.config), &engine.config.clock);
    }
    if state.accessed {
        cookies::vary(headers, "Cookie");
    }
    let every = engine.config.save_every_request;
    let lost = state.failed || state.untouchable.is_some();
    let wanted = (state.modified || every) && !state.is_empty() && !lost;
    if !wanted || !(succeeded || state.committed) {
        return Ok(());
    }
    if succeeded && (state.dirty || every && !state.committed) {
        let engine = engine.clone();
        state = finish(async move {
            engine.load(&mut state).await?;
            engine.save(&mut state).await?;
            Ok(state)
        })
        .await?;
        if state.abandoned {
            return Ok(());
        }
    }
    cookies::vary(headers, "Cookie");
    let lifetime = engine.lifetime(state.data().as_object())?;
    let Some(key) = &state.key else { return Ok(()) };
    let cookie = SetCookie {
        value: key.as_str(),
        max_age: (!lifetime.at_browser_close).then(|| SignedDuration::from_secs(lifetime.age)),
        http_only: engine.config.cookie_httponly,
        secure: engine.config.cookie_secure,
        ..named(&engine.config)
    };
    cookies::set(headers, &cookie, &engine.config.clock)
}

/// A session cookie with what setting and deleting have in common.
fn named(config: &SessionConfig) -> SetCookie<'_> {
    SetCookie {
        path: Some(&config.cookie_path),
        domain: config.cookie_domain.as_deref(),
        same_site: config.cookie_samesite.map(SameSite::as_str),
        ..SetCookie::new(&config.cookie_name, "")
    }
}

/// The cookie that makes the browser forget its session.
fn forgetting(config: &SessionConfig) -> SetCookie<'_> {
    let cookie = named(config);
    SetCookie { path: cookie.path, domain: cookie.domain, ..SetCookie::delete(cookie.name, cookie.same_site) }
}
