//! The request's session goes in, and on the way out it is saved and the cookie set, step by step as
//! `django.contrib.sessions.middleware.SessionMiddleware`.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use nuages_wire::session::SessionKey;
use pin_project_lite::pin_project;
use tower::Layer;

use super::cookie;
use super::handle::{Unfinished, finish};
use super::lifetime::Lifetime;
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
        Answering::Asking { response: inner.call(request), session }
    }
}

pin_project! {
    /// The response, and then what the session makes of it.
    #[derive(Debug)]
    #[project = Step]
    pub enum Answering<F> {
        /// The handler is at work.
        Asking {
            #[pin]
            response: F,
            session: Session,
        },
        /// The session is being stored.
        Saving {
            response: Option<Response>,
            session: Session,
            saving: Unfinished<Additions>,
        },
    }
}

/// What a session adds to the response.
pub(super) struct Additions {
    varies: bool,
    cookie: Option<String>,
}

impl<F: Future<Output = Result<Response, Infallible>>> Future for Answering<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        loop {
            match self.as_mut().project() {
                Step::Asking { response, session } => {
                    let Ok(mut response) = ready!(response.poll(context));
                    let succeeded = !response.status().is_server_error();
                    // Most requests save nothing, and nobody holds their session any more.
                    if let Some(mut state) = session.try_lock()
                        && !is_unsaved(&mut state, &session.engine().config, succeeded)
                    {
                        if !is_untouched(&state, &session.engine().config) {
                            let additions = additions(session.engine(), &mut state, succeeded);
                            add(&mut response, session, additions);
                        }
                        return Poll::Ready(Ok(response));
                    }
                    let saving = finish(close(session.clone(), succeeded));
                    let (response, session) = (Some(response), session.clone());
                    self.set(Self::Saving { response, session, saving });
                }
                Step::Saving { response, session, saving } => {
                    let additions = ready!(Pin::new(saving).poll(context));
                    let Some(mut response) = response.take() else { return Poll::Pending };
                    add(&mut response, session, additions);
                    return Poll::Ready(Ok(response));
                }
            }
        }
    }
}

/// Saves.
async fn close(session: Session, succeeded: bool) -> Result<Additions> {
    let mut state = session.lock().await;
    if is_unsaved(&mut state, &session.engine().config, succeeded) {
        session.engine().load(&mut state).await?;
        session.engine().save(&mut state).await?;
    }
    additions(session.engine(), &mut state, succeeded)
}

/// The response is there: whether the session is to be stored before it goes. Nobody changes it from here on.
fn is_unsaved(state: &mut State, config: &SessionConfig, succeeded: bool) -> bool {
    state.closed = true;
    let unsaved = state.dirty || config.save_every_request && !state.committed;
    unsaved && !state.is_empty() && !state.is_lost() && succeeded
}

/// Nobody has asked, and no cookie is to be set or deleted: nothing is to be added.
fn is_untouched(state: &State, config: &SessionConfig) -> bool {
    !state.accessed && !config.save_every_request && !state.has_idle_cookie()
}

/// An error replaces the response, the view's cookies with it.
fn add(response: &mut Response, session: &Session, additions: Result<Additions>) {
    let headers = response.headers_mut();
    let added = additions.and_then(|Additions { varies, cookie }| {
        if varies {
            cookies::vary(headers, "Cookie");
        }
        cookie.map_or(Ok(()), |line| cookies::insert(headers, &session.engine().config.cookie_name, line))
    });
    if let Err(error) = added {
        *response = error.into_response();
    }
}

/// `process_response`, after the save.
fn additions(engine: &Engine, state: &mut State, succeeded: bool) -> Result<Additions> {
    let config = &engine.config;
    if state.has_idle_cookie() {
        return Ok(Additions { varies: true, cookie: Some(cookie::forgetting(config)?) });
    }
    let mut additions = Additions { varies: state.accessed, cookie: None };
    let wanted = (state.modified || config.save_every_request) && !state.is_empty() && !state.is_lost();
    if wanted && (succeeded || state.committed) {
        let lifetime = match state.lifetime {
            Some(lifetime) => lifetime,
            None => Lifetime::of(state.data(), config)?,
        };
        additions.cookie =
            state.key.as_ref().map(|key| engine.attributes.cookie(key, lifetime, config)).transpose()?;
    }
    Ok(additions)
}
