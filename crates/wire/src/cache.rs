//! What Django's Redis caches store: `:1:cart` holds `3` or a pickle.
//!
//! Equals `django.core.cache.backends.redis` and django-redis 5.3 to 7.0. An integer is stored as decimal
//! digits, so that Redis can count with it; everything else goes through a serializer, in django-redis
//! also through a compressor that leaves 15 bytes or less as they are. A reader tries an integer first,
//! then to decompress, then takes the bytes as they are.
//!
//! ```
//! use nuages_wire::cache::{Codec, make_key};
//! use nuages_wire::pickle::{Limits, Value};
//!
//! assert_eq!(make_key("shop", 1, "cart"), "shop:1:cart");
//! assert_eq!(Codec::DJANGO.encode(&Value::from(3))?, b"3");
//! let stored = Codec::DJANGO.encode(&Value::from("3"))?;
//! assert_eq!(stored, b"\x80\x05\x8c\x013.");
//! assert_eq!(Codec::DJANGO.decode(&stored, Limits::default())?, Value::from("3"));
//! # Ok::<(), nuages_wire::cache::CacheError>(())
//! ```

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use num_bigint::BigInt;

use crate::pickle::{self, Limits, PickleError, Protocol, Value};
use crate::{json, zlib};

pub(crate) mod django_json;
mod msgpack;
mod plain;
#[cfg(feature = "zstd")]
mod zstd;

/// How a cache turns a value into bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Codec {
    /// The form of the value.
    pub serializer: Serializer,
    /// What is done with the bytes.
    pub compressor: Compressor,
}

/// A form of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Serializer {
    /// Python's pickle.
    Pickle(Protocol),
    /// Python's `json.dumps` with `DjangoJSONEncoder`: dates become text, tuples lists.
    Json,
    /// MessagePack, texts and bytes apart: tuples become lists.
    MsgPack,
}

/// A compressor of django-redis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Compressor {
    /// None.
    Identity,
    /// `django_redis.compressors.zlib`
    Zlib,
    /// `django_redis.compressors.zstd`
    #[cfg(feature = "zstd")]
    Zstd,
}

/// When an entry goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expiry {
    /// Never; `SET` without a time.
    Never,
    /// At once; `DEL`.
    Now,
    /// After this time; `EX` in Django, `PX` in django-redis.
    After(Duration),
}

/// Why a value cannot be stored or read; a cache takes an unreadable entry for a miss.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CacheError {
    /// A value that the serializer has no form for.
    Unsupported,
    /// Bytes that are no value.
    Malformed,
    /// More bytes than allowed, after decompressing.
    TooBig,
    /// A pickle that is refused.
    Pickle(PickleError),
}

/// Shorter bytes are not compressed (`min_length` of the compressors).
const MIN_LENGTH: usize = 15;

/// The digits that Python's `int()` takes at most.
const MAX_DIGITS: usize = 4300;

/// The key in Redis (`django.core.cache.backends.base.default_key_func`). The version is a number, unless
/// a site says otherwise.
pub fn make_key(key_prefix: &str, version: impl fmt::Display, key: &str) -> String {
    [key_prefix, ":", &version.to_string(), ":", key].concat()
}

impl Codec {
    /// `django.core.cache.backends.redis.RedisCache`.
    pub const DJANGO: Codec =
        Codec { serializer: Serializer::Pickle(Protocol::V5), compressor: Compressor::Identity };
    /// django-redis with its defaults.
    pub const DJANGO_REDIS: Codec =
        Codec { serializer: Serializer::Pickle(Protocol::V4), compressor: Compressor::Identity };

    /// The bytes to store.
    ///
    /// # Errors
    /// [`CacheError::Unsupported`], with JSON and MessagePack.
    pub fn encode(&self, value: &Value) -> Result<Vec<u8>, CacheError> {
        match value {
            Value::Int(number) => return Ok(number.to_string().into_bytes()),
            Value::BigInt(number) => return Ok(number.to_string().into_bytes()),
            _ => {}
        }
        let bytes = match self.serializer {
            Serializer::Pickle(protocol) => pickle::dumps(value, protocol),
            Serializer::Json => {
                let value = django_json::to_json(value).ok_or(CacheError::Unsupported)?;
                value.to_json(json::Style::PYTHON).into_bytes()
            }
            Serializer::MsgPack => msgpack::pack(value).ok_or(CacheError::Unsupported)?,
        };
        Ok(self.compress(bytes))
    }

    /// [`encode`](Self::encode) of a dict that JSON says all of.
    pub(crate) fn encode_object(&self, object: &json::Object) -> Result<Vec<u8>, CacheError> {
        let bytes = match self.serializer {
            Serializer::Pickle(protocol) => pickle::dumps_plain(object, protocol),
            Serializer::Json => {
                let mut text = String::with_capacity(32 * object.len());
                object.write_json(json::Style::PYTHON, &mut text);
                text.into_bytes()
            }
            Serializer::MsgPack => return self.encode(&json::Value::Object(object.clone()).into()),
        };
        Ok(self.compress(bytes))
    }

    /// The value of stored bytes; `limits.size` bounds them after decompressing too.
    ///
    /// # Errors
    /// [`CacheError`], but not [`CacheError::Unsupported`].
    pub fn decode(&self, bytes: &[u8], limits: Limits) -> Result<Value, CacheError> {
        self.read(bytes, limits, pickle::loads)
    }

    /// [`decode`](Self::decode), keeping pickled objects that are not known, as a session needs.
    ///
    /// # Errors
    /// [`CacheError`], but not [`CacheError::Unsupported`].
    pub fn decode_preserving(&self, bytes: &[u8], limits: Limits) -> Result<Value, CacheError> {
        self.read(bytes, limits, pickle::loads_preserving)
    }

    /// [`decode`](Self::decode) of a dict that JSON says all of; nothing for anything else, which takes the longer way.
    pub(crate) fn decode_object(&self, bytes: &[u8], limits: Limits) -> Option<json::Object> {
        let bytes = self.decompress(bytes, limits.size).ok()?;
        let value = match self.serializer {
            Serializer::Pickle(_) => pickle::loads_plain(&bytes, limits)?,
            Serializer::Json => {
                let limits = json::Limits { size: limits.size, depth: limits.depth };
                json::from_str_with(std::str::from_utf8(&bytes).ok()?, limits).ok()?
            }
            Serializer::MsgPack => return None,
        };
        match value {
            json::Value::Object(object) => Some(object),
            _ => None,
        }
    }

    fn read(
        &self,
        bytes: &[u8],
        limits: Limits,
        unpickle: fn(&[u8], Limits) -> Result<Value, PickleError>,
    ) -> Result<Value, CacheError> {
        if let Some(number) = integer(bytes) {
            return Ok(Value::integer(number));
        }
        let bytes = self.decompress(bytes, limits.size)?;
        match self.serializer {
            Serializer::Pickle(_) => unpickle(&bytes, limits).map_err(CacheError::Pickle),
            Serializer::Json => {
                let text = std::str::from_utf8(&bytes).map_err(|_| CacheError::Malformed)?;
                let limits = json::Limits { size: limits.size, depth: limits.depth };
                let value = json::from_str_with(text, limits).map_err(|_| CacheError::Malformed)?;
                Ok(value.into())
            }
            Serializer::MsgPack => msgpack::unpack(&bytes, limits).ok_or(CacheError::Malformed),
        }
    }

    fn compress(&self, bytes: Vec<u8>) -> Vec<u8> {
        if bytes.len() <= MIN_LENGTH {
            return bytes;
        }
        match self.compressor {
            Compressor::Identity => bytes,
            Compressor::Zlib => zlib::compress(&bytes),
            #[cfg(feature = "zstd")]
            Compressor::Zstd => zstd::compress(&bytes),
        }
    }

    fn decompress<'b>(&self, bytes: &'b [u8], limit: usize) -> Result<Cow<'b, [u8]>, CacheError> {
        let inflated = match self.compressor {
            Compressor::Identity => return Ok(Cow::Borrowed(bytes)),
            Compressor::Zlib => zlib::decompress(bytes, limit),
            #[cfg(feature = "zstd")]
            Compressor::Zstd => zstd::decompress(bytes, limit),
        };
        match inflated {
            Ok(inflated) => Ok(Cow::Owned(inflated)),
            Err(zlib::Error::Malformed) => Ok(Cow::Borrowed(bytes)),
            Err(zlib::Error::TooBig) => Err(CacheError::TooBig),
        }
    }
}

/// What serde can read of a value: dates and times in ISO 8601 with nothing cut off, decimals, UUIDs and safe texts as text,
/// tuples and sets as lists, bytes as a list of numbers, keys as Python's `json` writes them. Nothing for an object that is
/// not known.
///
/// ```
/// use nuages_wire::cache::plain;
/// use nuages_wire::pickle::Value;
///
/// let price = Value::Tuple(vec![Value::Decimal("16.80".into()), Value::from(1)]);
/// assert_eq!(plain(&price).map(|json| json.to_string()).as_deref(), Some(r#"["16.80",1]"#));
/// ```
pub fn plain(value: &Value) -> Option<json::Value> {
    plain::plain(value)
}

impl Expiry {
    /// What Django's own backend makes of a timeout in seconds: whole seconds, and none is never.
    pub fn django(timeout: Option<f64>) -> Self {
        match timeout {
            None => Expiry::Never,
            Some(seconds) if seconds < 1.0 => Expiry::Now,
            Some(seconds) => Expiry::After(Duration::from_secs(seconds as u64)),
        }
    }

    /// What django-redis makes of it: whole milliseconds.
    pub fn django_redis(timeout: Option<f64>) -> Self {
        match timeout {
            None => Expiry::Never,
            Some(seconds) if seconds < 0.001 => Expiry::Now,
            Some(seconds) => Expiry::After(Duration::from_millis((seconds * 1000.0) as u64)),
        }
    }
}

/// Python's `int(bytes)`: ASCII digits, with a sign, white space around and single underscores within.
fn integer(bytes: &[u8]) -> Option<BigInt> {
    let text = std::str::from_utf8(bytes).ok()?.trim_matches([' ', '\t', '\n', '\r', '\x0b', '\x0c']);
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let well_formed = |group: &str| !group.is_empty() && group.bytes().all(|byte| byte.is_ascii_digit());
    if !digits.split('_').all(well_formed) {
        return None;
    }
    let plain = digits.replace('_', "");
    if plain.len() > MAX_DIGITS {
        return None;
    }
    let number: BigInt = plain.parse().ok()?;
    Some(if text.starts_with('-') { -number } else { number })
}

impl fmt::Display for CacheError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CacheError::Unsupported => f.write_str("the serializer has no form for this value"),
            CacheError::Malformed => f.write_str("the cached bytes are no value"),
            CacheError::TooBig => f.write_str("the cached value is too big"),
            CacheError::Pickle(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for CacheError {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ZLIB: Codec = Codec { compressor: Compressor::Zlib, ..Codec::DJANGO_REDIS };

    #[test]
    fn integers_are_digits_and_booleans_are_not() {
        assert_eq!(Codec::DJANGO.encode(&Value::from(-3)).as_deref(), Ok(&b"-3"[..]));
        assert_eq!(Codec::DJANGO.encode(&Value::from(true)).as_deref(), Ok(&b"\x80\x05\x88."[..]));
        for (bytes, number) in [(&b" 5 "[..], 5), (b"1_000", 1000), (b"-0", 0), (b"+7\n", 7)] {
            assert_eq!(Codec::DJANGO.decode(bytes, Limits::default()), Ok(Value::from(number)));
        }
        for bytes in [&b"--1"[..], b"0x10", b"", b"1__0", "１".as_bytes()] {
            assert!(Codec::DJANGO.decode(bytes, Limits::default()).is_err(), "{bytes:?}");
        }
    }

    #[test]
    fn short_values_are_not_compressed_and_read_anyway() {
        assert_eq!(ZLIB.encode(&Value::None).as_deref(), Ok(&b"\x80\x04N."[..]));
        let long = Value::from("a".repeat(100).as_str());
        let stored = ZLIB.encode(&long).unwrap_or_default();
        assert!(stored.starts_with(b"\x78\x9c"));
        assert_eq!(ZLIB.decode(&stored, Limits::default()), Ok(long.clone()));
        let small = Limits { size: 50, ..Limits::default() };
        assert_eq!(ZLIB.decode(&stored, small), Err(CacheError::TooBig));
    }

    #[test]
    fn timeouts_are_whole_seconds_or_milliseconds() {
        assert_eq!(Expiry::django(Some(1.9)), Expiry::After(Duration::from_secs(1)));
        assert_eq!(Expiry::django_redis(Some(1.9)), Expiry::After(Duration::from_millis(1900)));
        assert_eq!(Expiry::django(Some(0.5)), Expiry::Now);
        assert_eq!(Expiry::django(None), Expiry::Never);
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            for serializer in [Serializer::Json, Serializer::MsgPack, Serializer::Pickle(Protocol::V4)] {
                for compressor in [Compressor::Identity, Compressor::Zlib] {
                    let _ = Codec { serializer, compressor }.decode(&bytes, Limits::default());
                }
            }
        }
    }
}
