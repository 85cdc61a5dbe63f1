//! What the batteries' layers have in common: each sees a request on its way in and its response on the way out.
//!
//! ```
//! use std::convert::Infallible;
//! use axum::extract::Request;
//! use axum::response::Response;
//! use futures_util::future::BoxFuture;
//! use nuages::middleware::{Around, Inner, Wrapped};
//!
//! /// Says who made the page.
//! #[derive(Clone)]
//! struct Signature;
//!
//! impl Around for Signature {
//!     type Future<I: Inner> = BoxFuture<'static, Result<Response, Infallible>>;
//!
//!     fn call<I: Inner>(&self, request: Request, inner: &mut I) -> Self::Future<I> {
//!         let response = inner.call(request);
//!         Box::pin(async move {
//!             let mut response = response.await?;
//!             response.headers_mut().insert("x-made-by", http::HeaderValue::from_static("nuages"));
//!             Ok(response)
//!         })
//!     }
//! }
//!
//! impl<S> tower::Layer<S> for Signature {
//!     type Service = Wrapped<Self, S>;
//!
//!     fn layer(&self, inner: S) -> Self::Service {
//!         Wrapped::new(self.clone(), inner)
//!     }
//! }
//!
//! let app: axum::Router = axum::Router::new().layer(Signature);
//! ```

use std::convert::Infallible;
use std::task::{Context, Poll};

use axum::extract::Request;
use axum::response::Response;
use tower::Service;

/// What a layer stands around: any service that axum's routers take.
pub trait Inner:
    Service<Request, Response = Response, Error = Infallible, Future: Send> + Clone + Send + 'static
{
    /// The service itself, to be called in a future; a clone takes its place. Only the one that was polled ready may be
    /// called, which the clone was not.
    fn take(&mut self) -> Self {
        let fresh = self.clone();
        std::mem::replace(self, fresh)
    }
}

impl<S> Inner for S where
    S: Service<Request, Response = Response, Error = Infallible, Future: Send> + Clone + Send + 'static
{
}

/// A layer, as a function of the request and of the service inside.
pub trait Around {
    /// The answer in the making: a box, or a future of one's own where a box would count.
    type Future<I: Inner>: Future<Output = Result<Response, Infallible>> + Send + 'static;

    /// The answer to `request`. Calling `inner` before the future is made spares the clone of [`Inner::take`].
    fn call<I: Inner>(&self, request: Request, inner: &mut I) -> Self::Future<I>;
}

/// A service with a layer around it.
#[derive(Clone, Debug)]
pub struct Wrapped<L, S> {
    layer: L,
    inner: S,
}

impl<L, S> Wrapped<L, S> {
    /// `inner` with `layer` around it.
    pub const fn new(layer: L, inner: S) -> Self {
        Self { layer, inner }
    }
}

impl<L: Around, S: Inner> Service<Request> for Wrapped<L, S> {
    type Response = Response;
    type Error = Infallible;
    type Future = L::Future<S>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        self.layer.call(request, &mut self.inner)
    }
}
