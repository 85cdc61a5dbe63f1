//! `get_or_set`: of many who miss one key, one computes.

use std::future::Future;
use std::sync::Arc;

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::value::{decode, encode};
use super::{Cache, Timeout};
use crate::error::{Error, Result};

impl Cache {
    /// The value under `key`; when it is missing, what `make` gives, which is stored.
    ///
    /// However many ask at once in this process, one computes and the others wait for it (Django computes in each).
    /// When the one fails or its request goes away, the next in line computes.
    ///
    /// # Errors
    /// What `make` gives, and as [`Cache::set`].
    pub async fn get_or_set<T, F, Fut>(&self, key: &str, timeout: impl Into<Timeout>, make: F) -> Result<T>
    where
        T: Serialize + DeserializeOwned,
        F: FnOnce() -> Fut,
        Fut: Future<Output = Result<T>>,
    {
        let key = self.make_key(key);
        let read = |bytes: &Bytes| decode(self.shared.format, &key, bytes);
        self.find_or_make(&key, timeout.into(), read, make).await
    }

    /// As [`Cache::get_or_set`], decoded at most once while the entry stands; every reader shares it.
    ///
    /// # Errors
    /// As [`Cache::get_or_set`].
    pub async fn get_or_set_shared<T, F, Fut>(
        &self,
        key: &str,
        timeout: impl Into<Timeout>,
        make: F,
    ) -> Result<Arc<T>>
    where
        T: Serialize + DeserializeOwned + Send + Sync + 'static,
        F: FnOnce() -> Fut,
        Fut: Future<Output = Result<T>>,
    {
        let key = self.make_key(key);
        let read = |bytes: &Bytes| {
            self.shared.decoded.share(&key, bytes, || decode(self.shared.format, &key, bytes))
        };
        self.find_or_make(&key, timeout.into(), read, make).await
    }

    /// What is returned is always read back from the stored bytes, so that a value that loses something on the way
    /// shows it at its first use and not only to the next process.
    async fn find_or_make<T, R, F, Fut>(
        &self,
        key: &str,
        timeout: Timeout,
        read: impl Fn(&Bytes) -> Option<R>,
        make: F,
    ) -> Result<R>
    where
        T: Serialize,
        F: FnOnce() -> Fut,
        Fut: Future<Output = Result<T>>,
    {
        let store = &self.shared.store;
        let mut standing = store.get(key).await?;
        if let Some(found) = standing.as_ref().and_then(&read) {
            return Ok(found);
        }
        let turn = self.shared.flights.enter(key).await;
        if turn.waited {
            standing = store.get(key).await?;
            if let Some(found) = standing.as_ref().and_then(&read) {
                return Ok(found);
            }
        }
        let made = encode(self.shared.format, &make().await?)?;
        let mut answer = made.clone();
        if !turn.overtaken() {
            if let Some(other) = self.put(key, standing.as_ref(), &made, timeout).await? {
                answer = other;
            }
            if turn.overtaken() {
                // The write or deletion may have come just before ours, which then has to go again.
                store.compare_and_delete(key, &made).await?;
            }
        }
        read(&answer)
            .or_else(|| read(&made))
            .ok_or_else(|| Error::configuration("a value for the cache cannot be read back from its bytes"))
    }

    /// Stores `made` in the place of what was `standing` there; what another process put there meanwhile.
    async fn put(
        &self,
        key: &str,
        standing: Option<&Bytes>,
        made: &Bytes,
        timeout: Timeout,
    ) -> Result<Option<Bytes>> {
        let (store, expiry) = (&self.shared.store, self.expiry(timeout));
        if let Some(unreadable) = standing {
            store.compare_and_swap(key, unreadable, made.clone(), expiry).await?;
            return Ok(None);
        }
        if store.add(key, made.clone(), expiry).await? { Ok(None) } else { store.get(key).await }
    }
}
