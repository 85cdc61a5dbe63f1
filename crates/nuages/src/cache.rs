//! The cache: the verbs of `django.core.cache` over an in-process store, with values that any store can hold.
//!
//! A key is written as Django writes it, `KEY_PREFIX:VERSION:key`, so `cache.set("index", …)` is the entry
//! `:1:index`. A value is its JSON text: what one process writes another reads, and an integer is its decimal digits
//! (`5` is stored as the byte `5`), which is why [`Cache::incr`] works on it as Redis's `INCRBY` does. What JSON cannot
//! hold (a map whose keys are not texts, NaN) is an error when it is stored.
//!
//! A value that is read often and decoded dearly is read by [`Cache::get_shared`]: it is decoded once for as long as the
//! entry stands, and every reader is given the same `Arc`. Nobody can change what others see.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> nuages::Result<()> {
//! use std::time::Duration;
//! use nuages::cache::{Cache, CacheOptions, Timeout};
//!
//! let cache = Cache::in_process(CacheOptions::default());
//! cache.set("greeting", &"你好".to_owned(), Duration::from_secs(60)).await?;
//! assert_eq!(cache.get::<String>("greeting").await?.as_deref(), Some("你好"));
//!
//! let goods: std::sync::Arc<Vec<u32>> =
//!     cache.get_or_set_shared("goods", Timeout::Default, || async { Ok(vec![1, 2, 3]) }).await?;
//! assert_eq!(goods.len(), 3);
//! # Ok(())
//! # }
//! ```

mod flight;
mod in_process;

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, Result};
use crate::time::Clock;

use self::flight::Flights;
use self::in_process::{Entry, InProcess};

/// How long an entry stands (`timeout` of Django's verbs).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Timeout {
    /// As long as [`CacheOptions::timeout`] says.
    #[default]
    Default,
    /// This long; zero is gone at once.
    After(Duration),
    /// Until it is deleted, or evicted for want of room (`timeout=None`).
    Never,
}

impl From<Duration> for Timeout {
    fn from(duration: Duration) -> Self {
        Self::After(duration)
    }
}

impl From<Option<Duration>> for Timeout {
    /// `None` is for ever, as in Django.
    fn from(duration: Option<Duration>) -> Self {
        duration.map_or(Self::Never, Self::After)
    }
}

/// The settings of a cache (`CACHES["default"]`).
#[derive(Debug, Clone)]
pub struct CacheOptions {
    /// `KEY_PREFIX`, put before every key.
    pub key_prefix: String,
    /// `VERSION`, the number between prefix and key.
    pub version: u32,
    /// `TIMEOUT`: how long an entry stands that names no time of its own; `None` is for ever. Django's 300 seconds.
    pub timeout: Option<Duration>,
    /// The most bytes that keys and values may fill together; the entries used longest ago go first. 64 MiB.
    pub max_bytes: u64,
    /// What time it is.
    pub clock: Clock,
}

impl Default for CacheOptions {
    fn default() -> Self {
        Self {
            key_prefix: String::new(),
            version: 1,
            timeout: Some(Duration::from_secs(300)),
            max_bytes: 64 << 20,
            clock: Clock::system(),
        }
    }
}

/// A cache. Cloning is cheap and gives another handle on the same entries.
#[derive(Clone)]
pub struct Cache {
    store: Arc<Store>,
    version: u32,
}

struct Store {
    entries: InProcess,
    flights: Flights,
    key_prefix: String,
    timeout: Option<Duration>,
    clock: Clock,
}

impl Cache {
    /// A cache in this process's memory: other processes do not see it, and it is empty after a restart.
    pub fn in_process(options: CacheOptions) -> Self {
        let CacheOptions { key_prefix, version, timeout, max_bytes, clock } = options;
        let entries = InProcess::new(max_bytes, clock.clone());
        Self {
            store: Arc::new(Store { entries, flights: Flights::default(), key_prefix, timeout, clock }),
            version,
        }
    }

    /// The cache that `CACHE_URL` names: `locmem://`, or nothing, is in process.
    ///
    /// # Errors
    /// Unsupported for Redis, memcached, database and file caches; a configuration error for anything else.
    pub fn from_url(url: &str, options: CacheOptions) -> Result<Self> {
        let scheme = url.split_once("://").map_or(url, |(scheme, _)| scheme);
        match scheme {
            "" | "locmem" | "locmemcache" => Ok(Self::in_process(options)),
            "redis" | "rediss" | "unix" | "memcache" | "memcached" | "pymemcache" | "db" | "dbcache"
            | "file" | "filecache" => Err(Error::unsupported(format!(
                "CACHE_URL: a cache of kind {scheme} is not there yet; use locmem://"
            ))),
            _ => {
                Err(Error::configuration("CACHE_URL names no kind of cache that Django knows; use locmem://"))
            }
        }
    }

    /// The same cache under another `VERSION`: it sees only the entries of that version.
    #[must_use]
    pub fn with_version(&self, version: u32) -> Self {
        Self { store: Arc::clone(&self.store), version }
    }

    /// The key as it is stored: `KEY_PREFIX:VERSION:key` (`django.core.cache.backends.base.default_key_func`).
    pub fn make_key(&self, key: &str) -> String {
        format!("{}:{}:{key}", self.store.key_prefix, self.version)
    }

    /// The value under `key`, or `None` when it is not there, has run out, or is not a `T`.
    ///
    /// # Errors
    /// When the store cannot be reached, which this one always can.
    pub async fn get<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>> {
        let key = self.make_key(key);
        Ok(self.store.entries.get(&key).and_then(|entry| decode(&key, &entry.value)))
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
        Ok(self.store.entries.get(&key).and_then(|entry| shared(&key, &entry)))
    }

    /// Whether there is an entry under `key` (`has_key`).
    ///
    /// # Errors
    /// As [`Cache::get`].
    pub async fn has_key(&self, key: &str) -> Result<bool> {
        Ok(self.store.entries.get(&self.make_key(key)).is_some())
    }

    /// Stores `value` under `key`, whatever was there.
    ///
    /// # Errors
    /// When JSON cannot hold the value.
    pub async fn set<T>(&self, key: &str, value: &T, timeout: impl Into<Timeout>) -> Result<()>
    where
        T: Serialize + ?Sized,
    {
        let (key, value) = (self.make_key(key), encode(value)?);
        let deadline = self.deadline(timeout.into());
        self.store.flights.overtake(&key, || self.store.entries.set(&key, value, deadline));
        Ok(())
    }

    /// Stores `value` only if there is nothing under `key`; says whether it did. Of two at once, one does.
    ///
    /// # Errors
    /// As [`Cache::set`].
    pub async fn add<T>(&self, key: &str, value: &T, timeout: impl Into<Timeout>) -> Result<bool>
    where
        T: Serialize + ?Sized,
    {
        let deadline = self.deadline(timeout.into());
        Ok(self.store.entries.add(&self.make_key(key), encode(value)?, deadline))
    }

    /// Removes the entry; says whether there was one. A [`Cache::get_or_set`] that is computing the value right now
    /// answers its own caller with it but does not store it: the next reader computes afresh.
    ///
    /// # Errors
    /// As [`Cache::get`].
    pub async fn delete(&self, key: &str) -> Result<bool> {
        let key = self.make_key(key);
        Ok(self.store.flights.overtake(&key, || self.store.entries.delete(&key)))
    }

    /// Gives the entry a new time to stand; says whether there was one.
    ///
    /// # Errors
    /// As [`Cache::get`].
    pub async fn touch(&self, key: &str, timeout: impl Into<Timeout>) -> Result<bool> {
        Ok(self.store.entries.touch(&self.make_key(key), self.deadline(timeout.into())))
    }

    /// Adds `delta` to the integer under `key` in one step and answers the sum; the time it stands is kept. `None`
    /// when there is no entry, where Django raises `ValueError`.
    ///
    /// # Errors
    /// A conflict when the entry is no integer, or the sum does not fit in 64 bits.
    pub async fn incr(&self, key: &str, delta: i64) -> Result<Option<i64>> {
        self.store.entries.incr(&self.make_key(key), delta)
    }

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
        self.find_or_make(&key, timeout.into(), |entry| decode(&key, &entry.value), make).await
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
        self.find_or_make(&key, timeout.into(), |entry| shared(&key, entry), make).await
    }

    /// Removes every entry, of all prefixes and versions.
    ///
    /// # Errors
    /// As [`Cache::get`].
    pub async fn clear(&self) -> Result<()> {
        self.store.flights.overtake_all(|| self.store.entries.clear());
        Ok(())
    }

    /// What time it is for the entries.
    pub(crate) fn now(&self) -> Timestamp {
        self.store.clock.now()
    }

    /// What is returned is always read back from the stored bytes, so that a value whose JSON loses something shows it
    /// at its first use and not only to the next process.
    async fn find_or_make<T, R, F, Fut>(
        &self,
        key: &str,
        timeout: Timeout,
        read: impl Fn(&Entry) -> Option<R>,
        make: F,
    ) -> Result<R>
    where
        T: Serialize,
        F: FnOnce() -> Fut,
        Fut: Future<Output = Result<T>>,
    {
        let Store { entries, flights, .. } = &*self.store;
        if let Some(found) = entries.get(key).as_ref().and_then(&read) {
            return Ok(found);
        }
        let flight = flights.enter(key).await;
        if let Some(found) = entries.get(key).as_ref().and_then(&read) {
            return Ok(found);
        }
        let made = Entry::new(encode(&make().await?)?, self.deadline(timeout));
        let entry = match flight.land(|| entries.get_or_put(key, made.clone(), |entry| read(entry).is_some()))
        {
            Some(standing) => standing,
            None => made,
        };
        read(&entry)
            .ok_or_else(|| Error::configuration("a value for the cache cannot be read back from its JSON"))
    }

    fn deadline(&self, timeout: Timeout) -> Option<Timestamp> {
        let timeout = match timeout {
            Timeout::Default => self.store.timeout?,
            Timeout::After(duration) => duration,
            Timeout::Never => return None,
        };
        self.store.clock.now().checked_add(timeout).ok()
    }
}

impl fmt::Debug for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache")
            .field("key_prefix", &self.store.key_prefix)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

fn encode<T: Serialize + ?Sized>(value: &T) -> Result<Bytes> {
    serde_json::to_vec(value).map(Bytes::from).map_err(Error::internal)
}

/// A value of another shape, left by an older release say, is a miss: it is computed and stored again.
fn decode<T: DeserializeOwned>(key: &str, value: &[u8]) -> Option<T> {
    serde_json::from_slice(value)
        .inspect_err(|_| {
            tracing::warn!(key, wanted = std::any::type_name::<T>(), "cache entry of another type")
        })
        .ok()
}

fn shared<T: DeserializeOwned + Send + Sync + 'static>(key: &str, entry: &Entry) -> Option<Arc<T>> {
    if let Some(decoded) = entry.decoded.get() {
        // Under two types for one key the first keeps the place, and the other is decoded each time.
        return match Arc::clone(decoded).downcast() {
            Ok(decoded) => Some(decoded),
            Err(_) => decode(key, &entry.value).map(Arc::new),
        };
    }
    let decoded: Arc<T> = Arc::new(decode(key, &entry.value)?);
    let first = Arc::clone(entry.decoded.get_or_init(|| decoded.clone()));
    Some(first.downcast().unwrap_or(decoded))
}
