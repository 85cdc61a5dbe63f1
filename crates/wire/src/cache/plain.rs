//! A Python value as JSON that loses nothing but kinds: `datetime(2026, 1, 2, 3, 4, 5, 123456, UTC)` is the text
//! `2026-01-02T03:04:05.123456+00:00`.

use super::django_json::{key_text, uuid_text};
use crate::json;
use crate::pickle::Value;

pub(super) fn plain(value: &Value) -> Option<json::Value> {
    let list = |items: &[Value]| items.iter().map(plain).collect::<Option<Vec<_>>>().map(json::Value::Array);
    Some(match value {
        Value::SafeString(text) => json::Value::String(text.clone()),
        Value::Bytes(bytes) | Value::ByteArray(bytes) => {
            json::Value::Array(bytes.iter().map(|&byte| json::Value::from(byte)).collect())
        }
        Value::List(items) | Value::Tuple(items) | Value::Set(items) | Value::FrozenSet(items) => {
            list(items)?
        }
        Value::Dict(entries) | Value::OrderedDict(entries) => {
            let mut object = json::Object::new();
            for (key, value) in entries {
                object.insert(key_text(key)?, plain(value)?);
            }
            json::Value::Object(object)
        }
        Value::DateTime(moment) => json::Value::from(moment.to_string()),
        Value::Date(date) => json::Value::from(date.to_string()),
        Value::Time(time, None) => json::Value::from(time.to_string()),
        Value::Time(time, Some(offset)) => json::Value::from(format!("{time}{offset}")),
        Value::TimeDelta(duration) => json::Value::from(duration.to_string()),
        Value::Decimal(text) => json::Value::from(text.as_str()),
        Value::Uuid(number) => json::Value::from(uuid_text(*number)),
        Value::Opaque(_) => return None,
        same => same.to_json()?,
    })
}
