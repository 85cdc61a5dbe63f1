//! JSON columns, with the text that Django's `JSONField` stores: `{"size": 42, "name": "\u5929"}`, `json.dumps` of
//! Python. PostgreSQL keeps it as `jsonb`, in an order of its own.
//!
//! SQL's NULL is the `None` of an `Option<Json<T>>`; JSON's `null` is a value like any other, such as
//! `Json(serde_json::Value::Null)`. As under Django, `eq(None)` asks for JSON's `null` and `is_null()` for SQL's.

use nuages_wire::json::{self, Style};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{DbError, FromValue, Value};

/// What is stored as JSON: a type of your own that serde knows, or `serde_json::Value`.
///
/// ```
/// use nuages::db::{Json, Value};
///
/// #[derive(serde::Serialize)]
/// struct Size {
///     height: u32,
///     unit: &'static str,
/// }
/// let stored = Value::from(Json(Size { height: 42, unit: "厘米" }));
/// assert_eq!(stored, Value::Json(r#"{"height": 42, "unit": "\u5398\u7c73"}"#.to_owned()));
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Json<T>(pub T);

impl<T: Serialize> From<Json<T>> for Value {
    /// What serde refuses to write, such as a map whose keys are lists, is [`Value::Unwritable`].
    fn from(Json(value): Json<T>) -> Self {
        match json::to_value(&value) {
            Ok(value) => Self::Json(value.to_json(Style::PYTHON)),
            Err(error) => Self::Unwritable(format!("not to be written as JSON: {error}")),
        }
    }
}

impl<T: DeserializeOwned> FromValue for Json<T> {
    fn from_value(value: Value) -> Result<Self, DbError> {
        let (Value::Json(text) | Value::Text(text)) = value else {
            return Err(DbError::conversion(format!("{} where JSON was expected", value.kind())));
        };
        // serde's own words would show the value.
        serde_json::from_str(&text).map(Self).map_err(|_| DbError::conversion("JSON of another form"))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn null_is_a_value() {
        let stored = Value::from(Json(serde_json::Value::Null));
        assert_eq!(stored, Value::Json("null".to_owned()));
        assert_eq!(Json::<serde_json::Value>::from_value(stored).unwrap().0, serde_json::Value::Null);
        let none: Option<Json<serde_json::Value>> = FromValue::from_value(Value::Null).unwrap();
        assert_eq!(none, None);
    }

    #[test]
    fn what_cannot_be_written_is_told_when_it_is_bound() {
        let odd = BTreeMap::from([(vec![1], 2)]);
        assert!(matches!(Value::from(Json(odd)), Value::Unwritable(_)));
        let error = Json::<Vec<u8>>::from_value(Value::Text("{\"secret\": 1}".to_owned())).unwrap_err();
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}
