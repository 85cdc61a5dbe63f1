//! Gives each request its `Auth`, and keeps guests from routes that need a login.

use std::convert::Infallible;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use futures_util::future::BoxFuture;
use nuages_wire::auth::SessionAuthHash;
use tower::Layer;

use super::{Auth, AuthConfig, Handle, NotLoggedIn, Shared, User, UserModel};
use crate::csrf::CsrfToken;
use crate::middleware::{Around, Inner, Wrapped};
use crate::session::Session;
use crate::urls::Policy;

/// Stands inside of the session's layer, and of the CSRF layer where there is one. `U` is who may pass a route whose
/// [`Policy`] says `login_required`.
pub struct AuthLayer<U = User> {
    shared: Arc<Shared>,
    user_model: PhantomData<fn() -> U>,
}

impl<U: UserModel> AuthLayer<U> {
    /// A layer; its clones share the hashing threads.
    pub fn new(config: AuthConfig) -> Self {
        let session_hash = SessionAuthHash::new(&config.secret_keys);
        Self { shared: Arc::new(Shared { config, session_hash }), user_model: PhantomData }
    }
}

impl<S, U> Layer<S> for AuthLayer<U> {
    type Service = Wrapped<Self, S>;

    fn layer(&self, inner: S) -> Self::Service {
        Wrapped::new(self.clone(), inner)
    }
}

impl<U: UserModel> Around for AuthLayer<U> {
    type Future<I: Inner> = BoxFuture<'static, Result<Response, Infallible>>;

    fn call<I: Inner>(&self, mut request: Request, inner: &mut I) -> Self::Future<I> {
        let extensions = request.extensions_mut();
        let handle = Handle {
            config: self.shared.clone(),
            session: extensions.get::<Session>().cloned(),
            csrf: extensions.get::<CsrfToken>().cloned(),
            user: Arc::default(),
        };
        extensions.insert(handle.clone());
        if !extensions.get::<Policy>().is_some_and(|policy| policy.login_required) {
            return Box::pin(inner.call(request));
        }
        let mut inner = inner.take();
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
        Self { shared: self.shared.clone(), user_model: PhantomData }
    }
}

impl<U> fmt::Debug for AuthLayer<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthLayer").finish_non_exhaustive()
    }
}
