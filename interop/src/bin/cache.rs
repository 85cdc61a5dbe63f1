//! Every verb of the cache behind one door: a line of JSON in, a line of JSON out.
//!
//! ```text
//! cache redis://127.0.0.1:6379/0 core shop
//! {"verb": "set", "key": "cart", "value": [1, 2], "timeout": 60}   →   {"ok": null}
//! {"verb": "get", "key": "cart"}                                   →   {"ok": [1, 2]}
//! ```
//!
//! `interop/tests/test_cache.py` talks to it, with the real Django and django-redis at the other end of Redis. The arguments are
//! the address, the format (`core`, or a serializer and a compressor of django-redis: `json+zlib`), and the prefix of the keys.

use std::error::Error;
use std::io::{BufRead, Write};
use std::time::Duration;

use nuages::cache::{Cache, CacheOptions, Format, Timeout, Ttl};
use nuages_wire::cache::{Compressor, Serializer};
use nuages_wire::pickle::Protocol;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
struct Ask {
    verb: String,
    #[serde(default)]
    key: String,
    #[serde(default)]
    keys: Vec<String>,
    #[serde(default)]
    value: Value,
    /// Seconds; null is for ever, and absent is the default.
    #[serde(default, with = "timeout")]
    timeout: Timeout,
    #[serde(default)]
    delta: i64,
}

mod timeout {
    use super::{Deserialize, Duration, Timeout};

    pub(super) fn deserialize<'de, D: serde::Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Timeout, D::Error> {
        Ok(Option::<f64>::deserialize(deserializer)?.map(Duration::from_secs_f64).into())
    }
}

async fn answer(cache: &Cache, line: &str) -> Result<Value, Box<dyn Error>> {
    let Ask { verb, key, keys, value, timeout, delta } = serde_json::from_str(line)?;
    let (key, names) = (key.as_str(), keys.iter().map(String::as_str).collect::<Vec<_>>());
    Ok(match verb.as_str() {
        "get" => cache.get::<Value>(key).await?.map_or(json!("(missing)"), |value| value),
        "get_date" => json!(cache.get::<jiff::Timestamp>(key).await?),
        "set" => json!(cache.set(key, &value, timeout).await?),
        "add" => json!(cache.add(key, &value, timeout).await?),
        "delete" => json!(cache.delete(key).await?),
        "touch" => json!(cache.touch(key, timeout).await?),
        "has_key" => json!(cache.has_key(key).await?),
        "incr" => json!(cache.incr(key, delta).await?),
        "get_many" => json!(cache.get_many::<Value>(&names).await?),
        "set_many" => {
            let entries = names.iter().map(|&name| (name, &value));
            json!(cache.set_many(entries, timeout).await?)
        }
        "delete_many" => json!(cache.delete_many(&names).await?),
        "ttl" => match cache.ttl(key).await? {
            Ttl::Missing => json!(0),
            Ttl::Never => Value::Null,
            Ttl::After(left) => json!(left.as_secs_f64()),
        },
        _ => return Err("no such verb".into()),
    })
}

fn format(name: &str) -> Option<Format> {
    if name == "core" {
        return Some(Format::Django);
    }
    let (serializer, compressor) = name.split_once('+').unwrap_or((name, ""));
    let serializer = match serializer {
        "pickle" => Serializer::Pickle(Protocol::V4),
        "json" => Serializer::Json,
        "msgpack" => Serializer::MsgPack,
        _ => return None,
    };
    let compressor = match compressor {
        "" => Compressor::Identity,
        "zlib" => Compressor::Zlib,
        "zstd" => Compressor::Zstd,
        _ => return None,
    };
    Some(Format::DjangoRedis { serializer, compressor })
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(url), Some(name), Some(key_prefix)) = (arguments.next(), arguments.next(), arguments.next())
    else {
        return Err("cache ADDRESS FORMAT PREFIX".into());
    };
    let format = Some(format(&name).ok_or("no such format")?);
    let cache = Cache::from_url(&url, CacheOptions { key_prefix, format, ..CacheOptions::default() })?;
    for line in std::io::stdin().lock().lines() {
        let answer = match answer(&cache, &line?).await {
            Ok(value) => json!({"ok": value}),
            Err(error) => json!({"error": error.to_string()}),
        };
        let mut out = std::io::stdout().lock();
        writeln!(out, "{answer}")?;
        out.flush()?;
    }
    Ok(())
}
