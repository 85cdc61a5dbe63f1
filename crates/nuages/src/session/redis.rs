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

/// Each verb is the engine `cache`'s.
impl SessionStore for RedisStore {
    fn load(&self, key: &SessionKey, now: Timestamp) -> impl Future<Output = Result<Option<Bytes>>> + Send {
        self.sessions.load(key, now)
    }

    fn exists(&self, key: &SessionKey) -> impl Future<Output = Result<bool>> + Send {
        self.sessions.exists(key)
    }

    fn create(
        &self,
        key: &SessionKey,
        record: &Record,
    ) -> impl Future<Output = Result<Option<SessionKey>>> + Send {
        self.sessions.create(key, record)
    }

    fn save(
        &self,
        key: &SessionKey,
        loaded: &Bytes,
        record: &Record,
    ) -> impl Future<Output = Result<Swap>> + Send {
        self.sessions.save(key, loaded, record)
    }

    fn delete(&self, key: &SessionKey, loaded: Option<&Bytes>) -> impl Future<Output = Result<Swap>> + Send {
        self.sessions.delete(key, loaded)
    }

    fn clear_expired(&self, now: Timestamp, batch: u32) -> impl Future<Output = Result<u64>> + Send {
        self.sessions.clear_expired(now, batch)
    }

    fn encoding(&self) -> Encoding {
        self.sessions.encoding()
    }
}
