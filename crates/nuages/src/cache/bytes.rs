//! The verbs over bytes, for those who write values of their own: the session engines, say.

use bytes::Bytes;

use super::{Cache, Swapped, Timeout};
use crate::error::Result;

impl Cache {
    /// The bytes under `key`, or `None` when nothing is there.
    ///
    /// # Errors
    /// Unavailable when the store cannot be reached; so with every verb.
    pub async fn get_bytes(&self, key: &str) -> Result<Option<Bytes>> {
        self.shared.store.get(&self.make_key(key)).await
    }

    /// Stores `value` under `key` as it is, whatever was there.
    ///
    /// # Errors
    /// As [`Cache::get_bytes`].
    pub async fn set_bytes(&self, key: &str, value: Bytes, timeout: impl Into<Timeout>) -> Result<()> {
        let (key, expiry) = (self.make_key(key), self.expiry(timeout.into()));
        self.shared.flights.overtake(&key);
        self.shared.store.set(&key, value, expiry).await
    }

    /// Stores `value` only if there is nothing under `key`; says whether it did. Of two at once, one does.
    ///
    /// # Errors
    /// As [`Cache::get_bytes`].
    pub async fn add_bytes(&self, key: &str, value: Bytes, timeout: impl Into<Timeout>) -> Result<bool> {
        self.shared.store.add(&self.make_key(key), value, self.expiry(timeout.into())).await
    }

    /// Replaces exactly `expected` by `value` in one step: one command, one key, a script on Redis.
    ///
    /// # Errors
    /// As [`Cache::get_bytes`]. Whether the write happened is then not known.
    pub async fn compare_and_swap(
        &self,
        key: &str,
        expected: &Bytes,
        value: Bytes,
        timeout: impl Into<Timeout>,
    ) -> Result<Swapped> {
        let (key, expiry) = (self.make_key(key), self.expiry(timeout.into()));
        self.shared.flights.overtake(&key);
        self.shared.store.compare_and_swap(&key, expected, value, expiry).await
    }

    /// Removes exactly `expected` in one step.
    ///
    /// # Errors
    /// As [`Cache::compare_and_swap`].
    pub async fn compare_and_delete(&self, key: &str, expected: &Bytes) -> Result<Swapped> {
        let key = self.make_key(key);
        self.shared.flights.overtake(&key);
        self.shared.store.compare_and_delete(&key, expected).await
    }
}
