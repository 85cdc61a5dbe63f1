//! Gives each request its `Messages`, and stores on the way out those that nobody has seen.

use std::borrow::Cow;
use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use futures_util::future::BoxFuture;
use nuages_wire::messages::{COOKIE_NAME, CookieCodec};
use tower::Layer;

use super::{Messages, MessagesConfig, Shared, storage};
use crate::cookies;
use crate::error::Result;
use crate::middleware::{Around, Inner, Wrapped};
use crate::session::Session;

/// Stands inside of the session's layer.
#[derive(Clone, Debug)]
pub struct MessagesLayer {
    shared: Arc<Shared>,
}

impl MessagesLayer {
    /// A layer.
    pub fn new(config: MessagesConfig) -> Self {
        let codec = CookieCodec::new(&config.secret_keys);
        Self { shared: Arc::new(Shared { config, codec }) }
    }
}

impl<S> Layer<S> for MessagesLayer {
    type Service = Wrapped<Self, S>;

    fn layer(&self, inner: S) -> Self::Service {
        Wrapped::new(self.clone(), inner)
    }
}

impl Around for MessagesLayer {
    type Future<I: Inner> = BoxFuture<'static, Result<Response, Infallible>>;

    fn call<I: Inner>(&self, mut request: Request, inner: &mut I) -> Self::Future<I> {
        let cookie = cookies::get(request.headers(), COOKIE_NAME).map(Cow::into_owned);
        let session = request.extensions().get::<Session>().cloned();
        let messages = Messages {
            shared: self.shared.clone(),
            request: Arc::new(storage::Request { cookie, session }),
            state: Arc::default(),
        };
        request.extensions_mut().insert(messages.clone());
        let response = inner.call(request);
        Box::pin(async move {
            let mut response = response.await?;
            match store(&messages, &mut response).await {
                Ok(()) => Ok(response),
                Err(error) => Ok(error.into_response()),
            }
        })
    }
}

async fn store(messages: &Messages, response: &mut Response) -> Result<()> {
    let Some((unread, before)) = messages.unread().await? else { return Ok(()) };
    messages.request.store(&unread, &before, &messages.shared, response.headers_mut()).await
}
