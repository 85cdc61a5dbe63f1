//! Django's verbs over values of one's own types.

use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::value::{decode, encode};
use super::{Cache, Timeout, Ttl};
use crate::error::Result;

impl Cache {
    /// The value under `key`, or `None` when it is not there, has run out, or is not a `T`.
    ///
    /// # Errors
    /// Unavailable when the store cannot be reached; so with every verb.
    pub async fn get<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>> {
        let key = self.make_key(key);
        let found = self.shared.store.get(&key).await?;
        Ok(found.and_then(|bytes| decode(self.shared.format, &key, &bytes)))
    }

    /// As [`Cache::get`], decoded at most once while the entry stands; every reader shares it.
    ///
    /// # Errors
    /// As [`Cache::get`].
    pub async fn get_shared<T>(&self, key: &str) -> Result<Option<Arc<T>>>
    where
        T: DeserializeOwned + Send + Sync + 'static,
    {
        let key = self.make_key(key);
        let found = self.shared.store.get(&key).await?;
        Ok(found.and_then(|bytes| {
            let decode = || decode(self.shared.format, &key, &bytes);
            self.shared.decoded.share(&key, &bytes, decode)
        }))
    }

    /// Whether there is an entry under `key` (`has_key`).
    ///
    /// # Errors
    /// As [`Cache::get`].
    pub async fn has_key(&self, key: &str) -> Result<bool> {
        Ok(self.ttl(key).await? != Ttl::Missing)
    }

    /// How long the entry under `key` still stands.
    ///
    /// # Errors
    /// As [`Cache::get`].
    pub async fn ttl(&self, key: &str) -> Result<Ttl> {
        self.shared.store.ttl(&self.make_key(key)).await
    }

    /// Stores `value` under `key`, whatever was there.
    ///
    /// # Errors
    /// When the format has no form for the value, and as [`Cache::get`].
    pub async fn set<T>(&self, key: &str, value: &T, timeout: impl Into<Timeout>) -> Result<()>
    where
        T: Serialize + ?Sized,
    {
        self.set_bytes(key, encode(self.shared.format, value)?, timeout).await
    }

    /// Stores `value` only if there is nothing under `key`; says whether it did. Of two at once, one does.
    ///
    /// # Errors
    /// As [`Cache::set`].
    pub async fn add<T>(&self, key: &str, value: &T, timeout: impl Into<Timeout>) -> Result<bool>
    where
        T: Serialize + ?Sized,
    {
        self.add_bytes(key, encode(self.shared.format, value)?, timeout).await
    }

    /// Removes the entry; says whether there was one. A [`Cache::get_or_set`] that is computing the value right now
    /// answers its own caller with it but does not leave it stored: the next reader computes afresh.
    ///
    /// # Errors
    /// As [`Cache::get`].
    pub async fn delete(&self, key: &str) -> Result<bool> {
        let key = self.make_key(key);
        self.shared.flights.overtake(&key);
        self.shared.store.delete(&key).await
    }

    /// Gives the entry a new time to stand; says whether there was one.
    ///
    /// # Errors
    /// As [`Cache::get`].
    pub async fn touch(&self, key: &str, timeout: impl Into<Timeout>) -> Result<bool> {
        self.shared.store.touch(&self.make_key(key), self.expiry(timeout.into())).await
    }

    /// Adds `delta` to the integer under `key` in one step and answers the sum; the time it stands is kept. `None`
    /// when there is no entry, where Django raises `ValueError`.
    ///
    /// # Errors
    /// A conflict when the entry is no integer, or the sum does not fit in 64 bits; and as [`Cache::get`].
    pub async fn incr(&self, key: &str, delta: i64) -> Result<Option<i64>> {
        self.shared.store.incr(&self.make_key(key), delta).await
    }

    /// [`Cache::incr`] by `-delta`.
    ///
    /// # Errors
    /// As [`Cache::incr`].
    pub async fn decr(&self, key: &str, delta: i64) -> Result<Option<i64>> {
        match delta.checked_neg() {
            Some(delta) => self.incr(key, delta).await,
            None => Err(super::in_process::no_integer()),
        }
    }

    /// Removes every entry, of all prefixes and versions.
    ///
    /// # Errors
    /// As [`Cache::get`].
    pub async fn clear(&self) -> Result<()> {
        self.shared.flights.overtake_all();
        self.shared.store.clear().await
    }
}
