//! The cache: the verbs of `django.core.cache`.
//!
//! A key is written as Django writes it, `KEY_PREFIX:VERSION:key`, so `cache.set("index", …)` is the entry
//! `:1:index`. In process a value is its JSON text, in Redis what Django stores there ([`Format`]), so that both read what
//! either wrote. An integer is its decimal digits (`5` is stored as the byte `5`), which is why [`Cache::incr`] works on it
//! as Redis's `INCRBY` does.
//!
//! The entries are in a [`CacheBackend`]; who keeps bytes of its own uses the verbs ending in `_bytes` and the two that compare.
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

mod answer;
mod backend;
mod bytes;
mod caches;
mod decoded;
mod flight;
mod get_or_set;
mod in_process;
mod lenient;
mod many;
mod options;
#[cfg(feature = "redis")]
pub mod redis;
mod typed;
mod value;

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use nuages_wire::cache::{Codec, Expiry, make_key};

use crate::error::{Error, Result};
use crate::time::Clock;

use self::decoded::Decoded;
use self::flight::Flights;

pub use answer::Answer;
pub use backend::{CacheBackend, Swapped, Ttl};
pub use caches::Caches;
pub use in_process::InProcess;
pub use options::{CacheOptions, Format, Timeout};

/// A cache. Cloning is cheap and gives another handle on the same entries.
#[derive(Clone)]
pub struct Cache {
    shared: Arc<Shared>,
    /// What every key begins with: `KEY_PREFIX:VERSION:`.
    prefix: Arc<str>,
}

struct Shared {
    store: Box<dyn CacheBackend>,
    format: Format,
    flights: Flights,
    decoded: Decoded,
    key_prefix: String,
    timeout: Option<std::time::Duration>,
    clock: Clock,
}

impl Cache {
    /// A cache in this process's memory: other processes do not see it, and it is empty after a restart.
    pub fn in_process(options: CacheOptions) -> Self {
        Self::new(InProcess::new(options.max_bytes, options.clock.clone()), options)
    }

    /// A cache on a store of one's own; without a format its values are JSON.
    pub fn new(store: impl CacheBackend, options: CacheOptions) -> Self {
        Self::with(Box::new(store), Format::Json, options)
    }

    /// A cache in Redis; without a format it is Django's own. Nothing is connected yet.
    ///
    /// # Errors
    /// As [`redis::Redis::new`].
    #[cfg(feature = "redis")]
    pub fn redis(server: &redis::RedisOptions, options: CacheOptions) -> Result<Self> {
        Ok(Self::with(Box::new(redis::Redis::new(server)?), Format::Django, options))
    }

    /// The cache of an address, as `CACHE_URL` has it: `locmem://`, or nothing, is in process; `RedisOptions::from_url`
    /// has those of Redis.
    ///
    /// # Errors
    /// Unsupported for memcached, database and file caches, and for Redis without the feature `redis`; a configuration
    /// error for anything else.
    pub fn from_url(url: &str, options: CacheOptions) -> Result<Self> {
        let scheme = url.split_once("://").map_or(url, |(scheme, _)| scheme);
        match scheme {
            "" | "locmem" | "locmemcache" => Ok(Self::in_process(options)),
            #[cfg(feature = "redis")]
            "redis" | "rediss" | "unix" | "redis+socket" | "redis+sentinel" | "rediss+sentinel"
            | "redis+cluster" | "rediss+cluster" => {
                Self::redis(&redis::RedisOptions::from_url(url)?, options)
            }
            #[cfg(not(feature = "redis"))]
            "redis" | "rediss" | "unix" | "redis+socket" | "redis+sentinel" | "rediss+sentinel"
            | "redis+cluster" | "rediss+cluster" => {
                Err(Error::unsupported("this program was built without the feature `redis`"))
            }
            "memcache" | "memcached" | "pymemcache" | "db" | "dbcache" | "file" | "filecache" => {
                Err(Error::unsupported(format!("a cache of kind {scheme} is not there yet")))
            }
            _ => Err(Error::configuration("that is no kind of cache that Django knows")),
        }
    }

    fn with(store: Box<dyn CacheBackend>, own: Format, options: CacheOptions) -> Self {
        let CacheOptions { key_prefix, version, timeout, format, ignore_exceptions, clock, .. } = options;
        let store: Box<dyn CacheBackend> =
            if ignore_exceptions { Box::new(lenient::Lenient::new(store)) } else { store };
        let format = format.unwrap_or(own);
        let (flights, decoded) = (Flights::default(), Decoded::default());
        let prefix = make_key(&key_prefix, version, "").into();
        let shared = Shared { store, format, flights, decoded, key_prefix, timeout, clock };
        Self { shared: Arc::new(shared), prefix }
    }

    /// The same cache under another `VERSION`: it sees only the entries of that version.
    #[must_use]
    pub fn with_version(&self, version: u32) -> Self {
        let prefix = make_key(&self.shared.key_prefix, version, "").into();
        Self { shared: Arc::clone(&self.shared), prefix }
    }

    /// The same cache, every key with this before it.
    pub(crate) fn under(&self, prefix: &str) -> Self {
        Self { shared: Arc::clone(&self.shared), prefix: self.make_key(prefix).into() }
    }

    /// The key as it is stored: `KEY_PREFIX:VERSION:key` (`django.core.cache.backends.base.default_key_func`).
    pub fn make_key(&self, key: &str) -> String {
        [&self.prefix, key].concat()
    }

    /// How values are written here: Django's core Redis cache, a django-redis variant, or JSON in process.
    pub fn codec(&self) -> Codec {
        self.shared.format.codec()
    }

    /// What time it is for the entries.
    pub(crate) fn now(&self) -> Timestamp {
        self.shared.clock.now()
    }

    fn expiry(&self, timeout: Timeout) -> Expiry {
        let timeout = match timeout {
            Timeout::Default => self.shared.timeout,
            Timeout::After(duration) => Some(duration),
            Timeout::Never => None,
        };
        timeout.map_or(Expiry::Never, |timeout| self.shared.format.expiry(timeout))
    }
}

impl fmt::Debug for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache")
            .field("store", &self.shared.store)
            .field("format", &self.shared.format)
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}
