//! A pickled value and the JSON of the same Python value.

use num_bigint::BigInt;

use super::Value;
use crate::json;

/// What `json.loads` would give.
impl From<json::Value> for Value {
    fn from(value: json::Value) -> Self {
        match value {
            json::Value::Null => Value::None,
            json::Value::Bool(flag) => Value::Bool(flag),
            json::Value::Number(number) => number_value(&number),
            json::Value::String(text) => Value::Str(text),
            json::Value::Array(items) => Value::List(items.into_iter().map(Into::into).collect()),
            json::Value::Object(object) => {
                Value::Dict(object.into_iter().map(|(key, value)| (Value::Str(key), value.into())).collect())
            }
        }
    }
}

impl Value {
    /// The JSON of a value that JSON has too: nothing for bytes, dates, tuples, sets, dicts with other
    /// keys than text, and whatever holds them.
    pub fn to_json(&self) -> Option<json::Value> {
        Some(match self {
            Value::None => json::Value::Null,
            Value::Bool(flag) => json::Value::Bool(*flag),
            Value::Int(number) => json::Value::from(*number),
            Value::BigInt(number) => json::Value::Number(json::Number::from_decimal(&number.to_string())?),
            Value::Float(number) => json::Value::from(*number),
            Value::Str(text) => json::Value::String(text.clone()),
            Value::List(items) => {
                json::Value::Array(items.iter().map(Value::to_json).collect::<Option<Vec<_>>>()?)
            }
            Value::Dict(entries) => {
                let mut object = json::Object::new();
                for (key, value) in entries {
                    let Value::Str(key) = key else { return None };
                    object.insert(key.clone(), value.to_json()?);
                }
                json::Value::Object(object)
            }
            _ => return None,
        })
    }
}

fn number_value(number: &json::Number) -> Value {
    if number.is_float() {
        return Value::Float(number.as_f64());
    }
    if let Some(int) = number.as_i64() {
        return Value::Int(int);
    }
    match number.to_string().parse::<BigInt>() {
        Ok(int) => Value::integer(int),
        Err(_) => Value::Float(number.as_f64()),
    }
}
