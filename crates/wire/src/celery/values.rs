//! kombu's JSON: types that JSON lacks are objects with `__type__` and `__value__`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::datetime::DateTime;
use crate::json::{self, Object};
use crate::pickle::Value;

/// The JSON of a value; nothing for sets, time spans and unknown objects.
pub(super) fn to_json(value: &Value) -> Option<json::Value> {
    Some(match value {
        Value::SafeString(text) => json::Value::String(text.clone()),
        Value::List(items) | Value::Tuple(items) => {
            json::Value::Array(items.iter().map(to_json).collect::<Option<Vec<_>>>()?)
        }
        Value::Dict(entries) | Value::OrderedDict(entries) => {
            let mut object = Object::new();
            for (key, value) in entries {
                let Value::Str(key) = key else { return None };
                object.insert(key.clone(), to_json(value)?);
            }
            object.into()
        }
        Value::Bytes(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => typed("bytes", text.into()),
            Err(_) => typed("base64", STANDARD.encode(bytes).into()),
        },
        Value::DateTime(moment) => typed("datetime", moment.to_string().into()),
        Value::Date(date) => typed("date", date.to_string().into()),
        Value::Time(time, offset) => {
            let whole = DateTime {
                civil: jiff::civil::Date::constant(2000, 1, 1).to_datetime(*time),
                offset: *offset,
            };
            typed("time", whole.to_string().split_off(DAY.len()).into())
        }
        Value::Decimal(text) => typed("decimal", text.as_str().into()),
        Value::Uuid(number) => {
            let mut fields = Object::new();
            fields.insert("hex", format!("{number:032x}"));
            typed("uuid", fields.into())
        }
        plain => plain.to_json()?,
    })
}

/// The value of JSON; nothing for a type that kombu does not know.
pub(super) fn from_json(value: &json::Value) -> Option<Value> {
    match value {
        json::Value::Array(items) => items.iter().map(from_json).collect::<Option<Vec<_>>>().map(Value::List),
        json::Value::Object(object) => match (object.get("__type__"), object.get("__value__")) {
            (Some(kind), Some(value)) if object.len() == 2 => untyped(kind.as_str()?, value),
            _ => object
                .iter()
                .map(|(key, value)| Some((Value::Str(key.clone()), from_json(value)?)))
                .collect::<Option<Vec<_>>>()
                .map(Value::Dict),
        },
        plain => Some(plain.clone().into()),
    }
}

/// A day for a time to stand behind.
const DAY: &str = "2000-01-01T";

fn typed(kind: &str, value: json::Value) -> json::Value {
    let mut object = Object::new();
    object.insert("__type__", kind);
    object.insert("__value__", value);
    object.into()
}

fn untyped(kind: &str, value: &json::Value) -> Option<Value> {
    if kind == "uuid" {
        let hex: String = value.as_object()?.get("hex")?.as_str()?.chars().filter(|c| *c != '-').collect();
        return u128::from_str_radix(&hex, 16).ok().filter(|_| hex.len() == 32).map(Value::Uuid);
    }
    let text = value.as_str()?;
    Some(match kind {
        "bytes" => Value::Bytes(text.as_bytes().to_vec()),
        "base64" => Value::Bytes(STANDARD.decode(text).ok()?),
        "datetime" => Value::DateTime(text.parse().ok()?),
        "date" => Value::Date(text.parse::<DateTime>().ok()?.civil.date()),
        "time" => {
            let whole: DateTime = format!("{DAY}{text}").parse().ok()?;
            Value::Time(whole.civil.time(), whole.offset)
        }
        "decimal" => Value::Decimal(text.to_owned()),
        _ => return None,
    })
}
