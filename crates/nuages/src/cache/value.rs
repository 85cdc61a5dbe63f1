//! Values of one's own types as a cache's bytes, and back.

use bytes::Bytes;
use nuages_wire::cache::plain;
use nuages_wire::json;
use nuages_wire::pickle::{Limits, Value};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::options::Format;
use crate::error::{BoxError, Error, Result};

/// The bytes that `format` stores for `value`.
pub(super) fn encode<T: Serialize + ?Sized>(format: Format, value: &T) -> Result<Bytes> {
    let bytes = match format {
        Format::Json => serde_json::to_vec(value).map_err(Error::internal)?,
        _ => {
            let value = json::to_value(value).map_err(Error::internal)?;
            format.codec().encode(&Value::from(value)).map_err(Error::internal)?
        }
    };
    Ok(bytes.into())
}

/// The value of stored bytes. One of another shape, left by an older release or another program say, is a miss: it is
/// logged, computed and stored again.
pub(super) fn decode<T: DeserializeOwned>(format: Format, key: &str, bytes: &[u8]) -> Option<T> {
    let decoded = match format {
        Format::Json => serde_json::from_slice(bytes).map_err(BoxError::from),
        _ => read(format, bytes),
    };
    decoded
        .inspect_err(|error| {
            let wanted = std::any::type_name::<T>();
            tracing::warn!(key, wanted, %error, "a cache entry that cannot be read is a miss");
        })
        .ok()
}

fn read<T: DeserializeOwned>(format: Format, bytes: &[u8]) -> Result<T, BoxError> {
    let value = format.codec().decode(bytes, Limits::default())?;
    let value = plain(&value).ok_or("it holds an object that is not known")?;
    Ok(json::from_value(&value)?)
}
