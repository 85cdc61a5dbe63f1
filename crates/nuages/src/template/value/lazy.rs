//! Values computed when a template first asks for them: a queryset, the user, the session.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

use super::Value;
use crate::template::error::{BoxError, TemplateError};

type Job = Pin<Box<dyn Future<Output = Result<Value, BoxError>> + Send>>;

/// An asynchronous computation that runs at most once, and only if a template asks.
///
/// A template asks by a name, by an attribute or by looping. A filter that looks into a list by itself, such as
/// `join`, takes items of it that nobody asked for as empty: give it a lazy list, not a list of lazy items.
///
/// ```
/// use nuages::template::{Lazy, Value};
/// let count = Lazy::new(|| async { Ok(Value::from(3)) });
/// ```
#[derive(Clone)]
pub struct Lazy {
    inner: Arc<Inner>,
}

struct Inner {
    job: Mutex<Option<Job>>,
    value: OnceCell<Value>,
}

impl Lazy {
    /// A value that `compute` answers when it is first needed.
    pub fn new<F, Fut>(compute: F) -> Self
    where
        F: FnOnce() -> Fut + Send + 'static,
        Fut: Future<Output = Result<Value, BoxError>> + Send + 'static,
    {
        let job: Job = Box::pin(async move { compute().await });
        Self { inner: Arc::new(Inner { job: Mutex::new(Some(job)), value: OnceCell::new() }) }
    }

    /// The value, if it was computed.
    pub fn get(&self) -> Option<&Value> {
        self.inner.value.get()
    }

    /// Computes the value unless it is there. After a failure every further call fails too.
    ///
    /// # Errors
    /// What the computation failed with.
    pub async fn resolve(&self) -> Result<&Value, TemplateError> {
        let compute = || async {
            let job = self.inner.job.lock().unwrap_or_else(PoisonError::into_inner).take();
            let Some(job) = job else { return Err(TemplateError::lazy("it failed before".into())) };
            let mut value = job.await.map_err(TemplateError::lazy)?;
            while let Value::Lazy(inner) = &value {
                value = Box::pin(inner.resolve()).await?.clone();
            }
            Ok(value)
        };
        self.inner.value.get_or_try_init(compute).await
    }
}

impl fmt::Debug for Lazy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Lazy").field(&self.get()).finish()
    }
}
