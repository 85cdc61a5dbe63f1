//! Gives each request its `Auth`, and keeps guests from routes that need a login.

use std::convert::Infallible;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use futures_util::future::BoxFuture;
use tower::{Layer, Service};

use super::{Auth, AuthConfig, Handle, NotLoggedIn, User, UserModel};
use crate::csrf::CsrfToken;
use crate::session::Session;
use crate::urls::Policy;

/// Stands inside of the session's layer, and of the CSRF layer where there is one. `U` is who may pass a route whose
/// [`Policy`] says `login_required`.
pub struct AuthLayer<U = User> {
    config: Arc<AuthConfig>,
    user_model: PhantomData<fn() -> U>,
}

/// What [`AuthLayer`] makes of a service.
pub struct AuthService<S, U = User> {
    inner: S,
    config: Arc<AuthConfig>,
    user_model: PhantomData<fn() -> U>,
}

impl<U: UserModel> AuthLayer<U> {
    /// A layer; its clones share the hashing threads.
    pub fn new(config: AuthConfig) -> Self {
        Self { config: Arc::new(config), user_model: PhantomData }
    }
}

impl<S, U> Layer<S> for AuthLayer<U> {
    type Service = AuthService<S, U>;

    fn layer(&self, inner: S) -> Self::Service {
        AuthService { inner, config: self.config.clone(), user_model: PhantomData }
    }
}

impl<S, U> Service<Request> for AuthService<S, U>
where
    S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
    U: UserModel,
{
    type Response = Response;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response, Infallible>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let extensions = request.extensions_mut();
        let handle = Handle {
            config: self.config.clone(),
            session: extensions.get::<Session>().cloned(),
            csrf: extensions.get::<CsrfToken>().cloned(),
            user: Arc::default(),
        };
        extensions.insert(handle.clone());
        if !extensions.get::<Policy>().is_some_and(|policy| policy.login_required) {
            return Box::pin(self.inner.call(request));
        }
        // The one that was polled ready goes into the future.
        let fresh = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, fresh);
        Box::pin(async move {
            let auth = Auth::<U> { handle, user_model: PhantomData };
            match auth.user().await {
                Ok(Some(_)) => inner.call(request).await,
                Ok(None) => {
                    let login_url = &auth.handle.config.login_url;
                    let (method, uri) = (request.method(), request.uri());
                    let refusal =
                        NotLoggedIn::of(method, uri, request.headers(), request.extensions(), login_url);
                    Ok(refusal.into_response())
                }
                Err(error) => Ok(error.into_response()),
            }
        })
    }
}

impl<U> Clone for AuthLayer<U> {
    fn clone(&self) -> Self {
        Self { config: self.config.clone(), user_model: PhantomData }
    }
}

impl<S: Clone, U> Clone for AuthService<S, U> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), config: self.config.clone(), user_model: PhantomData }
    }
}

impl<U> fmt::Debug for AuthLayer<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthLayer").finish_non_exhaustive()
    }
}

impl<S, U> fmt::Debug for AuthService<S, U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthService").finish_non_exhaustive()
    }
}
