//! Sessions in the cache (`django.contrib.sessions.backends.cache`).
//!
//! Under `:1:django.contrib.sessions.cachei3vr09339ru910s5rx8frs5h483bpri1` is the bare dict, as the cache writes its
//! values: `80 05 7d 8c 01 61 4b 01 73 2e` is the session `{'a': 1}` in Django's Redis cache. The entry lives for
//! `get_expiry_age()` seconds and goes by itself.
//!
//! A read is one command (`GET`), a change one more: what is stored is compared and replaced in one step. A cache that
//! runs out of room may drop a session: who must not lose any takes `cached_db`.

use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use nuages_wire::session::{CACHE_PREFIX, SessionKey};

use super::Encoding;
use super::store::{Record, SessionStore, Swap};
use crate::cache::{Cache, Swapped};
use crate::error::Result;

/// Sessions in a cache.
#[derive(Clone, Debug)]
pub struct CacheStore {
    cache: Cache,
}

impl CacheStore {
    /// A store in this cache (`SESSION_CACHE_ALIAS`).
    pub fn new(cache: Cache) -> Self {
        Self { cache: cache.under(CACHE_PREFIX) }
    }
}

impl SessionStore for CacheStore {
    /// Asks nothing about `now`: the cache has dropped what is over.
    async fn load(&self, key: &SessionKey, _: Timestamp) -> Result<Option<Bytes>> {
        self.cache.get_bytes(key.as_str()).await
    }

    async fn exists(&self, key: &SessionKey) -> Result<bool> {
        self.cache.has_key(key.as_str()).await
    }

    async fn create(&self, key: &SessionKey, record: &Record) -> Result<Option<SessionKey>> {
        let added = self.cache.add_bytes(key.as_str(), record.data.clone(), timeout(record)).await?;
        Ok(added.then(|| key.clone()))
    }

    async fn save(&self, key: &SessionKey, loaded: &Bytes, record: &Record) -> Result<Swap> {
        let data = record.data.clone();
        Ok(self.cache.compare_and_swap(key.as_str(), loaded, data, timeout(record)).await?.into())
    }

    async fn delete(&self, key: &SessionKey, loaded: Option<&Bytes>) -> Result<Swap> {
        match loaded {
            Some(loaded) => Ok(self.cache.compare_and_delete(key.as_str(), loaded).await?.into()),
            None => Ok(if self.cache.delete(key.as_str()).await? { Swap::Done } else { Swap::Gone }),
        }
    }

    /// Always 0: entries go by themselves.
    async fn clear_expired(&self, _: Timestamp, _: u32) -> Result<u64> {
        Ok(0)
    }

    fn encoding(&self) -> Encoding {
        Encoding::Cache(self.cache.codec())
    }
}

impl From<Swapped> for Swap {
    fn from(swapped: Swapped) -> Self {
        match swapped {
            Swapped::Done => Self::Done,
            Swapped::Changed(bytes) => Self::Changed(bytes),
            Swapped::Missing => Self::Gone,
        }
    }
}

/// How long the entry lives; a session that is over is gone at once.
pub(super) fn timeout(record: &Record) -> Duration {
    Duration::from_secs(u64::try_from(record.expiry_age).unwrap_or(0))
}
