//! What the verbs of a [`CacheBackend`](super::CacheBackend) return.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

#[cfg(feature = "redis")]
use super::redis::Asked;
use crate::error::Result;

/// A future of what a verb answers.
///
/// It has one type whatever the store, so that a [`Cache`](super::Cache) needs no type parameter. A store that knows at once
/// allocates nothing for it; one that has to wait boxes its future:
///
/// ```
/// use bytes::Bytes;
/// use nuages::cache::{Answer, Ttl};
///
/// struct Nowhere;
///
/// impl Nowhere {
///     fn get<'a>(&'a self, key: &'a str) -> Answer<'a, Option<Bytes>> {
///         Answer::ready(Ok(None))
///     }
///
///     fn ttl<'a>(&'a self, key: &'a str) -> Answer<'a, Ttl> {
///         Answer::new(async move {
///             let found = self.get(key).await?;
///             Ok(if found.is_some() { Ttl::Never } else { Ttl::Missing })
///         })
///     }
/// }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> nuages::Result<()> {
/// assert_eq!(Nowhere.ttl("key").await?, Ttl::Missing);
/// # Ok(())
/// # }
/// ```
#[must_use = "a verb may do nothing until its answer is awaited"]
pub struct Answer<'a, T>(Kind<'a, T>);

enum Kind<'a, T> {
    /// Until it is taken.
    Ready(Option<Result<T>>),
    #[cfg(feature = "redis")]
    Asked(Asked<'a, T>),
    Future(Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>),
}

impl<'a, T> Answer<'a, T> {
    /// The answer of a store that knows it.
    pub const fn ready(result: Result<T>) -> Self {
        Self(Kind::Ready(Some(result)))
    }

    /// The answer of a store that has to wait for it.
    pub fn new(future: impl Future<Output = Result<T>> + Send + 'a) -> Self {
        Self(Kind::Future(Box::pin(future)))
    }

    #[cfg(feature = "redis")]
    pub(super) const fn asked(asked: Asked<'a, T>) -> Self {
        Self(Kind::Asked(asked))
    }
}

impl<T> Future for Answer<'_, T> {
    type Output = Result<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<T>> {
        match &mut self.0 {
            Kind::Ready(result) => result.take().map_or(Poll::Pending, Poll::Ready),
            #[cfg(feature = "redis")]
            Kind::Asked(asked) => Pin::new(asked).poll(cx),
            Kind::Future(future) => future.as_mut().poll(cx),
        }
    }
}

// A `T` that is there is only ever moved out.
impl<T> Unpin for Answer<'_, T> {}

impl<T> fmt::Debug for Answer<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::Swapped;

    #[test]
    fn it_is_small_since_every_future_that_awaits_it_holds_it() {
        assert!(size_of::<Answer<'_, Swapped>>() <= 128, "{}", size_of::<Answer<'_, Swapped>>());
    }
}
