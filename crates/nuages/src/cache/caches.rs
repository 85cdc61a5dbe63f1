//! The caches of a site by their aliases (`django.core.cache.caches`).

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Cache, CacheOptions, Format};
use crate::error::{Error, Result};
use crate::settings::{CacheBackend, CacheSettings, Settings};
use crate::time::Clock;

/// The alias of the cache that is meant when none is named.
const DEFAULT: &str = "default";

/// The caches that `CACHES` names, and `CACHE_URL` as the one called `default`. Cloning is cheap.
#[derive(Debug, Clone)]
pub struct Caches {
    default: Cache,
    others: Arc<BTreeMap<String, Cache>>,
}

impl Caches {
    /// Opens them; those in Redis connect when they are first used.
    ///
    /// # Errors
    /// A configuration error, or Unsupported, that names the setting.
    pub fn open(settings: &Settings, clock: &Clock) -> Result<Self> {
        let mut others = BTreeMap::new();
        for (alias, cache) in &settings.caches {
            let cache = open(cache, clock).map_err(|error| error.within(&format!("CACHES.{alias}")))?;
            others.insert(alias.clone(), cache);
        }
        let default = match others.remove(DEFAULT) {
            Some(cache) => cache,
            None => {
                let options = CacheOptions { clock: clock.clone(), ..CacheOptions::default() };
                Cache::from_url(settings.cache_url.as_str(), options)
                    .map_err(|error| error.within("CACHE_URL"))?
            }
        };
        Ok(Self { default, others: Arc::new(others) })
    }

    /// A cache of its own that answers errors for an absent server, whatever `IGNORE_EXCEPTIONS` says.
    pub(crate) fn open_strictly(settings: &CacheSettings, clock: &Clock) -> Result<Cache> {
        open(&CacheSettings { ignore_exceptions: false, ..settings.clone() }, clock)
    }

    /// The cache of that alias.
    ///
    /// # Errors
    /// A configuration error when `CACHES` has none (`InvalidCacheBackendError`).
    pub fn get(&self, alias: &str) -> Result<&Cache> {
        if alias == DEFAULT {
            return Ok(&self.default);
        }
        let cache = self.others.get(alias);
        cache.ok_or_else(|| Error::configuration(format!("CACHES: there is no cache `{alias}`")))
    }

    /// The cache `default`.
    pub const fn default_cache(&self) -> &Cache {
        &self.default
    }
}

fn open(settings: &CacheSettings, clock: &Clock) -> Result<Cache> {
    let options = CacheOptions {
        key_prefix: settings.key_prefix.clone(),
        version: settings.version,
        timeout: settings.timeout,
        format: match settings.backend {
            CacheBackend::LocMem => None,
            CacheBackend::Redis => Some(Format::Django),
            CacheBackend::DjangoRedis => {
                Some(Format::DjangoRedis { serializer: settings.serializer, compressor: settings.compressor })
            }
        },
        ignore_exceptions: settings.ignore_exceptions,
        max_bytes: settings.max_bytes,
        clock: clock.clone(),
    };
    match settings.backend {
        CacheBackend::LocMem => Ok(Cache::in_process(options)),
        CacheBackend::Redis | CacheBackend::DjangoRedis => redis(settings, options),
    }
}

#[cfg(feature = "redis")]
fn redis(settings: &CacheSettings, options: CacheOptions) -> Result<Cache> {
    let address = super::redis::RedisOptions::from_url(&settings.location);
    let mut address = address.map_err(|error| error.within("LOCATION"))?;
    for (name, value) in &settings.connection {
        address.put(name, value.as_str()).map_err(|error| error.within("OPTIONS"))?;
    }
    Cache::redis(&address, options)
}

#[cfg(not(feature = "redis"))]
fn redis(_: &CacheSettings, _: CacheOptions) -> Result<Cache> {
    Err(Error::unsupported("BACKEND: this program was built without the feature `redis`"))
}
