//! Sessions in Redis, whatever the site's cache is: the bytes and keys of the engine `cache`, on a connection of its own
//! (`SESSION_REDIS_URL`).
//!
//! For a Django beside it this is `SESSION_ENGINE = "django.contrib.sessions.backends.cache"` with a
//! `SESSION_CACHE_ALIAS` of that address: `:1:django.contrib.sessions.cachei3vr09339ru910s5rx8frs5h483bpri1`.

use bytes::Bytes;
use jiff::Timestamp;
use nuages_wire::session::SessionKey;

use super::store::{Record, SessionStore, Swap};
use super::{CacheStore, Encoding};
use crate::cache::{Cache, CacheOptions};
use crate::error::Result;

/// Sessions in a Redis of their own.
#[derive(Clone, Debug)]
pub struct RedisStore {
    sessions: CacheStore,
}

impl RedisStore {
    /// A store at this address; prefix, version and format are Django's `CACHES[alias]`.
    ///
    /// # Errors
    /// A configuration error for an address that is none.
    pub fn new(url: &str, options: CacheOptions) -> Result<Self> {
        Ok(Self { sessions: CacheStore::new(Cache::from_url(url, options)?) })
    }
}

impl SessionStore for RedisStore {
    async fn load(&self, key: &SessionKey, now: Timestamp) -> Result<Option<Bytes>> {
        self.sessions.load(key, now).await
    }

    async fn exists(&self, key: &SessionKey) -> Result<bool> {
        self.sessions.exists(key).await
    }

    async fn create(&self, key: &SessionKey, record: &Record) -> Result<Option<SessionKey>> {
        self.sessions.create(key, record).await
    }

    async fn save(&self, key: &SessionKey, loaded: &Bytes, record: &Record) -> Result<Swap> {
        self.sessions.save(key, loaded, record).await
    }

    async fn delete(&self, key: &SessionKey, loaded: Option<&Bytes>) -> Result<Swap> {
        self.sessions.delete(key, loaded).await
    }

    async fn clear_expired(&self, now: Timestamp, batch: u32) -> Result<u64> {
        self.sessions.clear_expired(now, batch).await
    }

    fn encoding(&self) -> Encoding {
        self.sessions.encoding()
    }
}
