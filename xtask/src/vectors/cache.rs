//! `cache.json`: keys and values of Django's Redis cache and of django-redis.

use nuages_wire::cache::{CacheError, Codec, Compressor, Expiry, Serializer, make_key};
use nuages_wire::pickle::{Limits, Protocol, Value};
use serde_json::json;

use super::python_values::{to_tagged, to_value};
use super::{BadCase, Case, Outcome, Ran, Tagged, from_base64};

pub(super) fn run(case: &Case) -> Ran {
    match case.op {
        "make_key" | "make_key_django_redis" => {
            let prefix = case.optional_text("key_prefix").unwrap_or_default();
            let version = case
                .get("version")
                .map_or("1".into(), |version| version.as_str().map_or(version.to_string(), str::to_owned));
            case.check(Ok(json!(make_key(prefix, version, case.text("key")?))))
        }
        "encode" => {
            let tagged = case.tagged("value")?.unwrap_or(Tagged::None);
            encoded(case, codec(case)?, &tagged)
        }
        "decode" => decode(case),
        "ttl" => {
            let timeout = match case.tagged("timeout")?.unwrap_or(Tagged::None) {
                Tagged::Int(seconds) => seconds.to_string().parse().ok(),
                Tagged::Float(seconds) => Some(seconds),
                _ => None,
            };
            let django = case.text("codec")? == "core";
            // Redis rounds the time that is left to seconds.
            case.check(Ok(
                match if django { Expiry::django(timeout) } else { Expiry::django_redis(timeout) } {
                    Expiry::Never => json!(-1),
                    Expiry::Now => json!(-2),
                    Expiry::After(time) => json!((time.as_millis() + 500) as u64 / 1000),
                },
            ))
        }
        _ => case.unknown(),
    }
}

/// Compares what a codec reads in `stored_b64`.
pub(super) fn decode(case: &Case) -> Ran {
    match codec(case)?.decode(&case.bytes("stored_b64")?, Limits::default()) {
        Ok(value) => case.check_tagged(Ok(to_tagged(&value)?)),
        Err(_) => case.check_tagged(Err("malformed")),
    }
}

/// The codec of an input.
pub(super) fn codec(case: &Case) -> Result<Codec, BadCase> {
    let name = case.text("codec")?;
    if name == "core" {
        return Ok(Codec::DJANGO);
    }
    let mut parts = name.split('_').skip(1);
    let serializer = match parts.next() {
        Some("pickle") => Serializer::Pickle(Protocol::V4),
        Some("json") => Serializer::Json,
        Some("msgpack") => Serializer::MsgPack,
        _ => return Err(BadCase(format!("unknown codec {name}"))),
    };
    let compressor = match parts.next() {
        None => Compressor::Identity,
        Some("zlib") => Compressor::Zlib,
        Some("zstd") => Compressor::Zstd,
        Some(_) => return Err(BadCase(format!("unknown codec {name}"))),
    };
    Ok(Codec { serializer, compressor })
}

/// Compares what a codec stores for a value with `expect.stored_b64`, as `expect.compare` says.
pub(super) fn encoded(case: &Case, codec: Codec, tagged: &Tagged) -> Ran {
    match codec.encode(&to_value(tagged)?) {
        Ok(bytes) => stored_alike(case, codec, &bytes),
        Err(_) => case.check(Err("malformed")),
    }
}

/// Compares what was stored with `expect.stored_b64`, as `expect.compare` says.
pub(super) fn stored_alike(case: &Case, codec: Codec, bytes: &[u8]) -> Ran {
    let stored = from_base64(case.expect()?["stored_b64"].as_str().unwrap_or_default())?;
    if case.expect()?["compare"] == "exact" {
        return Ok(case.judge(bytes == stored, || format!("{:?}", String::from_utf8_lossy(bytes))));
    }
    // What the real package stored for the value tells what ours must decode to.
    let read = |bytes: &[u8]| -> Result<Value, CacheError> { codec.decode(bytes, Limits::default()) };
    let same = match (read(bytes), read(&stored)) {
        (Ok(ours), Ok(theirs)) => to_tagged(&ours)?.same(&to_tagged(&theirs)?),
        _ => false,
    };
    Ok(if same { Outcome::Passed } else { case.judge(false, || format!("{bytes:?}")) })
}
