//! Tagged values as Python's JSON writes them, and back; the keys of a case.

use nuages_wire::crypto::{SecretKey, SecretKeys};
use nuages_wire::json::{Number, Object, Style, Text, Value};

use super::{BadCase, Case, Tagged};

/// The JSON value of a Python object, its keys turned into text as `json.dumps` does.
pub(super) fn to_json(tagged: &Tagged) -> Result<Value, BadCase> {
    Ok(match tagged {
        Tagged::None => Value::Null,
        Tagged::Bool(flag) => Value::Bool(*flag),
        Tagged::Int(number) => Value::Number(
            Number::from_decimal(&number.to_string())
                .ok_or_else(|| BadCase(format!("no JSON integer: {number}")))?,
        ),
        Tagged::Float(number) => Value::from(*number),
        Tagged::Str(bytes) => Value::String(text(bytes)?),
        Tagged::SafeStr(text) => Value::from(text.as_str()),
        Tagged::List(items) | Tagged::Tuple(items) => {
            Value::Array(items.iter().map(to_json).collect::<Result<_, _>>()?)
        }
        Tagged::Dict(_) | Tagged::OrderedDict(_) => Value::Object(to_object(tagged)?),
        _ => return Err(BadCase(format!("no JSON for {tagged:?}"))),
    })
}

/// The JSON object of a Python dict.
pub(super) fn to_object(tagged: &Tagged) -> Result<Object, BadCase> {
    let (Tagged::Dict(entries) | Tagged::OrderedDict(entries)) = tagged else {
        return Err(BadCase(format!("not a dict: {tagged:?}")));
    };
    let mut object = Object::new();
    for (key, value) in entries {
        let key = match to_json(key)? {
            Value::String(text) => text,
            scalar => Text::from(scalar.to_json(Style::PYTHON)),
        };
        object.insert(key, to_json(value)?);
    }
    Ok(object)
}

/// What `json.loads` makes of a value.
pub(super) fn from_json(value: &Value) -> Tagged {
    match value {
        Value::Null => Tagged::None,
        Value::Bool(flag) => Tagged::Bool(*flag),
        Value::Number(number) if number.is_float() => Tagged::Float(number.as_f64()),
        Value::Number(number) => Tagged::Int(number.to_string().parse().unwrap_or_default()),
        Value::String(text) => Tagged::Str(text.to_surrogatepass()),
        Value::Array(items) => Tagged::List(items.iter().map(from_json).collect()),
        Value::Object(object) => from_object(object),
    }
}

/// The Python dict of an object.
pub(super) fn from_object(object: &Object) -> Tagged {
    let entry = |(key, value): (&Text, &Value)| (Tagged::Str(key.to_surrogatepass()), from_json(value));
    Tagged::Dict(object.iter().map(entry).collect())
}

/// `SECRET_KEY` and `SECRET_KEY_FALLBACKS`, or the case's own `key` and `fallback_keys`.
pub(super) fn keys(case: &Case) -> Result<SecretKeys, BadCase> {
    let setting = case.setting("SECRET_KEY").and_then(serde_json::Value::as_str);
    let current = case.optional_text("key").or(setting).ok_or_else(|| BadCase("no SECRET_KEY".into()))?;
    let fallbacks = match case.get("fallback_keys") {
        Some(_) => case.texts("fallback_keys")?,
        None => case
            .setting("SECRET_KEY_FALLBACKS")
            .and_then(serde_json::Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(serde_json::Value::as_str)
            .collect(),
    };
    Ok(SecretKeys {
        current: SecretKey::from(current),
        fallbacks: fallbacks.into_iter().map(SecretKey::from).collect(),
    })
}

/// `max_age` in whole seconds: against whole timestamps a fraction never counts.
pub(super) fn max_age(case: &Case) -> Option<i64> {
    case.number("max_age").map(|seconds| seconds.floor() as i64)
}

fn text(bytes: &[u8]) -> Result<Text, BadCase> {
    Text::from_surrogatepass(bytes).ok_or_else(|| BadCase("not surrogatepass text".into()))
}
