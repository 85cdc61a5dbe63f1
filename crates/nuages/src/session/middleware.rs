//! The request's session goes in, and on the way out it is saved and the cookie set, step by step as
//! `django.contrib.sessions.middleware.SessionMiddleware`.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::HeaderMap;
use nuages_wire::session::SessionKey;
use pin_project_lite::pin_project;
use tower::Layer;

use super::cookie;
use super::handle::{Unfinished, finish};
use super::save::Engine;
use super::state::State;
use super::{Session, SessionConfig, SessionStore};
use crate::cookies;
use crate::error::Result;
use crate::middleware::{Around, Inner, Wrapped};

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
    type Future<I: Inner> = Answering<I::Future>;

    fn call<I: Inner>(&self, mut request: Request, inner: &mut I) -> Self::Future<I> {
        let sent = cookies::get(request.headers(), &self.engine.config.cookie_name);
        let state = State {
            key: sent.as_deref().and_then(SessionKey::parse),
            has_cookie: sent.is_some(),
            ..State::default()
        };
        let session = Session::new(self.engine.clone(), state);
        request.extensions_mut().insert(session.clone());
        Answering { response: inner.call(request), session, closing: None }
    }
}

pin_project! {
    /// The response, and then what the session makes of it.
    #[derive(Debug)]
    pub struct Answering<F> {
        #[pin]
        response: F,
        session: Session,
        closing: Option<Unfinished<Response>>,
    }
}

impl<F: Future<Output = Result<Response, Infallible>>> Future for Answering<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let closing = match this.closing {
            Some(closing) => closing,
            None => {
                let Ok(response) = ready!(this.response.poll(context));
                let engine = this.session.engine();
                // Most requests save nothing, and nobody holds their session any more.
                if let Some(mut state) = this.session.try_lock()
                    && !is_unsaved(&mut state, &engine.config, &response)
                {
                    return Poll::Ready(Ok(answer(engine, &mut state, response)));
                }
                this.closing.insert(finish(close(this.session.clone(), response)))
            }
        };
        let answer = ready!(Pin::new(closing).poll(context));
        Poll::Ready(Ok(answer.unwrap_or_else(IntoResponse::into_response)))
    }
}

/// Saves and answers.
async fn close(session: Session, response: Response) -> Result<Response> {
    let mut state = session.lock().await;
    if is_unsaved(&mut state, &session.engine().config, &response) {
        session.engine().load(&mut state).await?;
        session.engine().save(&mut state).await?;
    }
    Ok(answer(session.engine(), &mut state, response))
}

/// The response is there: whether the session is to be stored before it goes. Nobody changes it from here on.
fn is_unsaved(state: &mut State, config: &SessionConfig, response: &Response) -> bool {
    state.closed = true;
    let unsaved = state.dirty || config.save_every_request && !state.committed;
    unsaved && !state.is_empty() && !state.is_lost() && !response.status().is_server_error()
}

/// An error replaces the response, the view's cookies with it.
fn answer(engine: &Engine, state: &mut State, mut response: Response) -> Response {
    let succeeded = !response.status().is_server_error();
    match write(engine, state, succeeded, response.headers_mut()) {
        Ok(()) => response,
        Err(error) => error.into_response(),
    }
}

/// `process_response`, after the save.
fn write(engine: &Engine, state: &mut State, succeeded: bool, headers: &mut HeaderMap) -> Result<()> {
    let config = &engine.config;
    if state.has_cookie && state.is_empty() {
        cookies::vary(headers, "Cookie");
        return cookie::forget(headers, config);
    }
    if state.accessed {
        cookies::vary(headers, "Cookie");
    }
    let wanted = (state.modified || config.save_every_request) && !state.is_empty() && !state.is_lost();
    if !wanted || !(succeeded || state.committed) {
        return Ok(());
    }
    let lifetime = match state.lifetime {
        Some(lifetime) => lifetime,
        None => engine.lifetime(state.data().as_object())?,
    };
    match &state.key {
        Some(key) => engine.cookie.set(headers, key, lifetime, config),
        None => Ok(()),
    }
}
