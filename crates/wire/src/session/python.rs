//! The JSON of a Python value, and the way back.

use super::NoJson;
use crate::cache::django_json;
use crate::json::{self, Object};
use crate::pickle::{Value, distinct, is_decimal};

/// Whether the value's JSON says all of it.
pub(super) fn is_plain(value: &Value) -> bool {
    match value {
        Value::None | Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Str(_) => true,
        Value::List(items) => items.iter().all(is_plain),
        Value::Dict(entries) => {
            entries.iter().all(|(key, value)| matches!(key, Value::Str(_)) && is_plain(value))
        }
        // More digits than Python's `int()` takes are no JSON number.
        Value::BigInt(_) => value.to_json().is_some(),
        _ => false,
    }
}

/// The JSON of a plain value.
pub(super) fn plain(value: Value) -> json::Value {
    match value {
        Value::Bool(flag) => flag.into(),
        Value::Int(number) => number.into(),
        Value::Float(number) => number.into(),
        Value::Str(text) => text.into(),
        Value::List(items) => items.into_iter().map(plain).collect::<Vec<_>>().into(),
        Value::Dict(entries) => {
            let mut object = Object::new();
            for (key, value) in entries {
                if let Value::Str(key) = key {
                    object.insert(key, plain(value));
                }
            }
            object.into()
        }
        other => other.to_json().unwrap_or_default(),
    }
}

/// The JSON that a program is shown: dates, decimals and UUIDs as `DjangoJSONEncoder` writes them, tuples and sets as
/// lists, keys as texts. Nothing for bytes, unknown objects and whatever holds them.
pub(super) fn view(value: &Value) -> Option<json::Value> {
    Some(match value {
        Value::List(items) | Value::Tuple(items) | Value::Set(items) | Value::FrozenSet(items) => {
            items.iter().map(view).collect::<Option<Vec<_>>>()?.into()
        }
        Value::Dict(entries) | Value::OrderedDict(entries) => {
            let mut object = Object::new();
            for (key, value) in entries {
                // `1` and `"1"` would be one.
                if object.insert(django_json::key_text(key)?, view(value)?).is_some() {
                    return None;
                }
            }
            object.into()
        }
        leaf => django_json::to_json(leaf)?,
    })
}

/// What Python's own `json` writes.
pub(super) fn to_json(value: &Value) -> Result<json::Value, NoJson> {
    match value {
        Value::SafeString(text) => Ok(text.clone().into()),
        Value::List(items) | Value::Tuple(items) => {
            Ok(items.iter().map(to_json).collect::<Result<Vec<_>, _>>()?.into())
        }
        Value::Dict(entries) | Value::OrderedDict(entries) => {
            let mut object = Object::new();
            for (key, entry) in entries {
                let key = django_json::key_text(key).ok_or_else(|| obstacle(key))?;
                object.insert(key, to_json(entry)?);
            }
            Ok(object.into())
        }
        leaf => leaf.to_json().ok_or_else(|| obstacle(leaf)),
    }
}

/// The class that keeps a value from having a JSON.
pub(super) fn obstacle(value: &Value) -> NoJson {
    let name = match value {
        Value::Opaque(opaque) => return NoJson(opaque.name()),
        Value::List(items) | Value::Tuple(items) | Value::Set(items) | Value::FrozenSet(items) => {
            match items.iter().find(|item| view(item).is_none()) {
                Some(item) => return obstacle(item),
                None => "set",
            }
        }
        Value::Dict(entries) | Value::OrderedDict(entries) => {
            match entries.iter().find(|(_, value)| view(value).is_none()) {
                Some((_, value)) => return obstacle(value),
                None => "dict",
            }
        }
        Value::Bytes(_) => "bytes",
        Value::ByteArray(_) => "bytearray",
        Value::DateTime(_) => "datetime.datetime",
        Value::Date(_) => "datetime.date",
        Value::Time(..) => "datetime.time",
        Value::TimeDelta(_) => "datetime.timedelta",
        Value::Decimal(_) => "decimal.Decimal",
        Value::Uuid(_) => "uuid.UUID",
        _ => "int",
    };
    NoJson(name.to_owned())
}

/// What the program left in the place of `original`, in Python's types as far as they still fit: what it did not change
/// is the original itself.
pub(super) fn merge(original: &Value, json: &json::Value) -> Value {
    if view(original).as_ref() == Some(json) {
        return original.clone();
    }
    match (original, json) {
        (Value::List(items), json::Value::Array(new)) => Value::List(in_order(items, new)),
        (Value::Tuple(items), json::Value::Array(new)) => Value::Tuple(in_order(items, new)),
        (Value::Set(items), json::Value::Array(new)) => {
            members(items, new).map_or_else(|| json.clone().into(), Value::Set)
        }
        (Value::FrozenSet(items), json::Value::Array(new)) => {
            members(items, new).map_or_else(|| json.clone().into(), Value::FrozenSet)
        }
        (Value::Dict(entries), json::Value::Object(new)) => Value::Dict(by_key(entries, new)),
        (Value::OrderedDict(entries), json::Value::Object(new)) => Value::OrderedDict(by_key(entries, new)),
        (original, json::Value::String(text)) => {
            let same_type = text.as_str().and_then(|text| like(original, text));
            same_type.unwrap_or_else(|| Value::Str(text.clone()))
        }
        _ => json.clone().into(),
    }
}

fn in_order(originals: &[Value], new: &[json::Value]) -> Vec<Value> {
    let rest = new.iter().skip(originals.len()).cloned().map(Value::from);
    originals.iter().zip(new).map(|(original, json)| merge(original, json)).chain(rest).collect()
}

/// Nothing when Python could not hash a new member.
fn members(originals: &[Value], new: &[json::Value]) -> Option<Vec<Value>> {
    let member = |json: &json::Value| {
        let original = originals.iter().find(|original| view(original).as_ref() == Some(json));
        original.cloned().unwrap_or_else(|| json.clone().into())
    };
    distinct(new.iter().map(member).collect()).ok()
}

/// New keys are integers where all the old ones are.
fn by_key(originals: &[(Value, Value)], new: &Object) -> Vec<(Value, Value)> {
    let counted = originals.iter().all(|(key, _)| matches!(key, Value::Int(_)));
    let entry = |(text, json): (&json::Text, &json::Value)| {
        let named = |key: &Value| django_json::key_text(key).as_ref() == Some(text);
        match originals.iter().find(|(key, _)| named(key)) {
            Some((key, original)) => (key.clone(), merge(original, json)),
            None => {
                let number = text.as_str().and_then(|text| text.parse::<i64>().ok());
                let number = number.filter(|number| counted && *text == *number.to_string());
                (number.map_or_else(|| Value::Str(text.clone()), Value::Int), json.clone().into())
            }
        }
    };
    new.iter().map(entry).collect()
}

/// A new text in the type of the old value, when it is one of those.
fn like(original: &Value, text: &str) -> Option<Value> {
    match original {
        Value::DateTime(old) => {
            let new: crate::datetime::DateTime = text.parse().ok()?;
            (new.offset.is_some() == old.offset.is_some()).then_some(Value::DateTime(new))
        }
        Value::Date(_) => {
            let date: jiff::civil::Date = text.parse().ok()?;
            (date.to_string() == text).then_some(Value::Date(date))
        }
        Value::Decimal(_) => is_decimal(text).then(|| Value::Decimal(text.to_owned())),
        Value::Uuid(_) => {
            let hex: String = text.split('-').collect();
            let number = u128::from_str_radix(&hex, 16).ok().map(Value::Uuid)?;
            (view(&number)?.as_str() == Some(text)).then_some(number)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn merged(original: &Value, json: &str) -> Value {
        merge(original, &json.parse().unwrap())
    }

    #[test]
    fn types_stay_where_they_fit() {
        let pair = Value::Tuple(vec![1.into(), Value::SafeString("<b>".into())]);
        assert_eq!(merged(&pair, r#"[1, "<b>"]"#), pair);
        assert_eq!(
            merged(&pair, r#"[2, "<b>", null]"#),
            Value::Tuple(vec![2.into(), Value::SafeString("<b>".into()), Value::None])
        );
        assert_eq!(
            merged(&pair, r#"[1, "<script>"]"#),
            Value::Tuple(vec![1.into(), "<script>".into()]),
            "a new text is not safe because an old one was"
        );
        assert_eq!(merged(&pair, "5"), 5.into());
        let cart = Value::Dict(vec![(Value::Int(7), 1.into())]);
        assert_eq!(merged(&cart, r#"{"9": 2}"#), Value::Dict(vec![(Value::Int(9), 2.into())]));
        assert_eq!(
            merged(&cart, r#"{"7": 2, "07": 3, "x": 4}"#),
            Value::Dict(vec![(Value::Int(7), 2.into()), ("07".into(), 3.into()), ("x".into(), 4.into())])
        );
        let set = Value::Set(vec!["a".into(), Value::Uuid(1)]);
        assert_eq!(
            merged(&set, r#"["00000000-0000-0000-0000-000000000001", "b", "b"]"#),
            Value::Set(vec![Value::Uuid(1), "b".into()])
        );
        assert_eq!(merged(&set, "[[1]]"), Value::List(vec![Value::List(vec![1.into()])]));
    }

    #[test]
    fn a_new_text_has_the_old_values_type_if_it_is_one() {
        let price = Value::Decimal("12.50".into());
        assert_eq!(merged(&price, r#""12.5""#), Value::Decimal("12.5".into()));
        assert_eq!(merged(&price, r#""free""#), "free".into());
        let moment = Value::DateTime("2026-01-15T12:00:00.123456+00:00".parse().unwrap());
        assert_eq!(
            merged(&moment, r#""2026-01-15T12:00:00.123Z""#),
            moment,
            "the view is cut, the value is not"
        );
        let later = Value::DateTime("2026-01-16T12:00:00+00:00".parse().unwrap());
        assert_eq!(merged(&moment, r#""2026-01-16T12:00:00Z""#), later);
        assert_eq!(merged(&moment, r#""2026-01-16T12:00:00""#), "2026-01-16T12:00:00".into());
    }

    #[test]
    fn what_has_no_view() {
        assert_eq!(view(&Value::Dict(vec![(1.into(), 1.into()), ("1".into(), 2.into())])), None);
        assert_eq!(view(&Value::List(vec![Value::Bytes(vec![1])])), None);
        assert_eq!(obstacle(&Value::List(vec![Value::Bytes(vec![1])])).0, "bytes");
        assert_eq!(to_json(&Value::List(vec![Value::Set(vec![])])), Err(NoJson("set".into())));
    }
}
