//! `CACHES`: caches by their aliases, each a table of Django's own names.
//!
//! ```toml
//! [CACHES.default]
//! BACKEND = "django_redis.cache.RedisCache"
//! LOCATION = "redis://127.0.0.1:6379/1"
//! KEY_PREFIX = "shop"
//! OPTIONS = { SERIALIZER = "json", COMPRESSOR = "zlib", IGNORE_EXCEPTIONS = true }
//! ```
//!
//! In the environment each is a name of its own, with two underscores between its parts:
//! `NUAGES_CACHES__DEFAULT__OPTIONS__SERIALIZER=json`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use nuages_wire::cache::{Compressor, Serializer};
use nuages_wire::pickle::Protocol;

use super::Settings;
use super::secret::{ResourceUrl, SecretKey};
use super::value::{Problem, Value};

/// One entry of `CACHES`.
#[derive(Clone, PartialEq, Eq)]
pub struct CacheSettings {
    /// `BACKEND`.
    pub backend: CacheBackend,
    /// `LOCATION`: an address of Redis; in process it says nothing.
    pub location: String,
    /// `KEY_PREFIX`.
    pub key_prefix: String,
    /// `VERSION`.
    pub version: u32,
    /// `TIMEOUT`; `None` is for ever.
    pub timeout: Option<Duration>,
    /// `OPTIONS.SERIALIZER` of django-redis.
    pub serializer: Serializer,
    /// `OPTIONS.COMPRESSOR` of django-redis.
    pub compressor: Compressor,
    /// `OPTIONS.IGNORE_EXCEPTIONS`: while the server is away nothing is found and nothing is kept, instead of errors.
    pub ignore_exceptions: bool,
    /// `OPTIONS.MAX_BYTES` (ours): the most that keys and values may fill in process.
    pub max_bytes: u64,
    /// The other `OPTIONS`, which are for the connection: names in lower case as redis-py has them.
    pub connection: Vec<(String, SecretKey)>,
}

/// What a cache is on, and how it writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CacheBackend {
    /// In this process: `django.core.cache.backends.locmem.LocMemCache`.
    LocMem,
    /// Redis as Django's own backend writes it: `django.core.cache.backends.redis.RedisCache`.
    Redis,
    /// Redis as django-redis writes it: `django_redis.cache.RedisCache`.
    DjangoRedis,
}

impl Default for CacheSettings {
    fn default() -> Self {
        Self {
            backend: CacheBackend::LocMem,
            location: String::new(),
            key_prefix: String::new(),
            version: 1,
            timeout: Some(Duration::from_secs(300)),
            serializer: Serializer::Pickle(Protocol::V4),
            compressor: Compressor::Identity,
            ignore_exceptions: false,
            max_bytes: 64 << 20,
            connection: Vec::new(),
        }
    }
}

impl Settings {
    /// Reads `value` into the cache's field that `path` names: `default__OPTIONS__SERIALIZER`. The environment may write
    /// an alias in capitals.
    pub(super) fn assign_cache(&mut self, path: &str, value: &Value) -> Result<bool, Problem> {
        let Some((alias, name)) = path.split_once("__") else { return Ok(false) };
        let known = self.caches.keys().find(|known| known.eq_ignore_ascii_case(alias)).cloned();
        let alias =
            known.unwrap_or_else(|| match alias.contains(|letter: char| letter.is_ascii_lowercase()) {
                true => alias.to_owned(),
                false => alias.to_ascii_lowercase(),
            });
        self.caches.entry(alias).or_default().assign(name, value)
    }
}

impl CacheSettings {
    /// Reads `value` into the field named `name`; `Ok(false)` when there is no such field.
    pub(super) fn assign(&mut self, name: &str, value: &Value) -> Result<bool, Problem> {
        match name {
            "BACKEND" => {
                let backends = "locmem, redis, django_redis, or Django's dotted names of these";
                self.backend = value.one_of(CacheBackend::from_name, backends)?;
            }
            "LOCATION" => self.location = value.text()?,
            "KEY_PREFIX" => self.key_prefix = value.text()?,
            "VERSION" => self.version = value.number()?,
            "TIMEOUT" => self.timeout = timeout(value)?,
            _ => match name.strip_prefix("OPTIONS__") {
                Some(option) => self.assign_option(&option.to_ascii_uppercase(), value)?,
                None => return Ok(false),
            },
        }
        Ok(true)
    }

    fn assign_option(&mut self, name: &str, value: &Value) -> Result<(), Problem> {
        match name {
            "SERIALIZER" => self.serializer = value.one_of(serializer, "pickle, json, msgpack")?,
            "COMPRESSOR" => self.compressor = value.one_of(compressor, "identity, zlib, zstd")?,
            "PICKLE_VERSION" => self.serializer = pickle(value)?,
            "IGNORE_EXCEPTIONS" => self.ignore_exceptions = value.boolean()?,
            "MAX_BYTES" => self.max_bytes = value.number()?,
            _ => {
                let text = match value {
                    Value::Integer(number) => number.to_string(),
                    other => other.text()?,
                };
                self.connection.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
                self.connection.push((name.to_ascii_lowercase(), SecretKey::new(text)));
            }
        }
        Ok(())
    }
}

impl CacheBackend {
    fn from_name(text: &str) -> Option<Self> {
        match text {
            "locmem" | "django.core.cache.backends.locmem.LocMemCache" => Some(Self::LocMem),
            "redis" | "django.core.cache.backends.redis.RedisCache" => Some(Self::Redis),
            "django_redis" | "django_redis.cache.RedisCache" => Some(Self::DjangoRedis),
            _ => None,
        }
    }
}

/// Seconds; for ever when empty, `None` or `false`.
fn timeout(value: &Value) -> Result<Option<Duration>, Problem> {
    match value {
        Value::Boolean(false) => Ok(None),
        Value::Text(text) if text.eq_ignore_ascii_case("none") => Ok(None),
        other => other.optional_seconds(),
    }
}

fn pickle(value: &Value) -> Result<Serializer, Problem> {
    match value.number::<u8>() {
        Ok(4) => Ok(Serializer::Pickle(Protocol::V4)),
        Ok(5) => Ok(Serializer::Pickle(Protocol::V5)),
        _ => Err("expected 4 or 5".into()),
    }
}

fn serializer(name: &str) -> Option<Serializer> {
    match name {
        "pickle" | "django_redis.serializers.pickle.PickleSerializer" => {
            Some(Serializer::Pickle(Protocol::V4))
        }
        "json" | "django_redis.serializers.json.JSONSerializer" => Some(Serializer::Json),
        "msgpack" | "django_redis.serializers.msgpack.MSGPackSerializer" => Some(Serializer::MsgPack),
        _ => None,
    }
}

fn compressor(name: &str) -> Option<Compressor> {
    match name {
        "identity" | "django_redis.compressors.identity.IdentityCompressor" => Some(Compressor::Identity),
        "zlib" | "django_redis.compressors.zlib.ZlibCompressor" => Some(Compressor::Zlib),
        #[cfg(feature = "redis")]
        "zstd" | "django_redis.compressors.zstd.ZStdCompressor" => Some(Compressor::Zstd),
        _ => None,
    }
}

impl fmt::Debug for CacheSettings {
    /// Without passwords.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CacheSettings")
            .field("backend", &self.backend)
            .field("location", &ResourceUrl::from_str(&self.location).ok())
            .field("key_prefix", &self.key_prefix)
            .field("version", &self.version)
            .field("timeout", &self.timeout)
            .field("serializer", &self.serializer)
            .field("compressor", &self.compressor)
            .field("ignore_exceptions", &self.ignore_exceptions)
            .field("connection", &self.connection)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn assigned(entries: &[(&str, &str)]) -> Settings {
        let mut settings = Settings::default();
        for (path, value) in entries {
            assert_eq!(settings.assign_cache(path, &Value::Text((*value).to_owned())), Ok(true), "{path}");
        }
        settings
    }

    #[test]
    fn the_environment_and_the_file_mean_the_same_cache() {
        let settings = assigned(&[
            ("default__BACKEND", "django_redis.cache.RedisCache"),
            ("DEFAULT__LOCATION", "redis://:hunter2@127.0.0.1/1"),
            ("DEFAULT__TIMEOUT", "None"),
            ("DEFAULT__OPTIONS__SERIALIZER", "django_redis.serializers.json.JSONSerializer"),
            ("DEFAULT__OPTIONS__PASSWORD", "hunter2"),
            ("SESSIONS__KEY_PREFIX", "s"),
        ]);
        let default = &settings.caches["default"];
        assert_eq!(default.backend, CacheBackend::DjangoRedis);
        assert_eq!((default.timeout, default.serializer), (None, Serializer::Json));
        assert_eq!(default.connection, [("password".to_owned(), SecretKey::new("hunter2"))]);
        assert_eq!(settings.caches["sessions"].key_prefix, "s");
        assert!(!format!("{settings:?}").contains("hunter2"));
    }

    #[test]
    fn what_is_not_there_is_refused() {
        let mut settings = Settings::default();
        assert_eq!(settings.assign_cache("default__LOCATIONS", &Value::Text("x".into())), Ok(false));
        assert_eq!(settings.assign_cache("default", &Value::Text("x".into())), Ok(false));
        let memcached = Value::Text("django.core.cache.backends.memcached.PyMemcacheCache".into());
        assert!(settings.assign_cache("default__BACKEND", &memcached).is_err());
        assert!(settings.assign_cache("default__OPTIONS__PICKLE_VERSION", &Value::Integer(2)).is_err());
    }
}
